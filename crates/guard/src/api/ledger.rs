//! What is asked and answered about the ledger, which is public: its size, places and heads tell of no record.

use serde::{Deserialize, Serialize};

use super::ReceiptShown;

/// Where in the public log an entry stands. Size and positions of the log are public.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogProof {
    /// The entry: version and root, hexadecimal.
    pub entry: String,
    /// Its index.
    pub index: u64,
    /// The commitment to the personal signature, hexadecimal.
    pub signature: String,
    /// Inclusion proof and signed checkpoint, as C2SP tlog-proof writes them.
    pub proof: String,
}

/// The result of walking the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerChecked {
    /// Entries that were walked: of each, event, root and personal signature agree.
    pub entries: u64,
    /// The checkpoint whose two signatures and root agree with them.
    pub checkpoint: String,
}

/// See [`Request::LedgerProve`](super::Request::LedgerProve).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryIndex {
    /// The place of the entry; the first is 0.
    pub index: u64,
}

/// That an entry stands in the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerProved {
    /// Its place.
    pub index: u64,
    /// Entry, inclusion proof and signed checkpoint, as C2SP tlog-proof writes them.
    pub proof: String,
}

/// See [`Request::LedgerConsistency`](super::Request::LedgerConsistency).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSizes {
    /// The earlier size.
    pub from: u64,
    /// The later size.
    pub to: u64,
}

/// That the ledger of the later size begins with that of the earlier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerConsistent {
    /// The earlier size.
    pub from: u64,
    /// The later size.
    pub to: u64,
    /// The proof: the two sizes and the hashes of RFC 6962, a line each.
    pub proof: String,
}

/// Asks for the newest head of the ledger, and shows one that was seen before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadQuery {
    /// A checkpoint of this ledger that the asker saw earlier, with the signatures of the log.
    #[serde(default)]
    pub known: Option<String>,
}

/// The newest head of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeadShown {
    /// The signed checkpoint.
    pub checkpoint: String,
    /// That its tree begins with the one that was known, as in [`LedgerConsistent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<String>,
}

/// Asks for the restores by which the ledger became another log.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoresQuery {
    /// Entries of a head that the asker has seen, of this log or of a former one; 0 for none.
    #[serde(default)]
    pub seen: u64,
}

/// The restores by which the ledger became another log. Which records rose again by one is not shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestoresShown {
    /// The newest signed checkpoint.
    pub checkpoint: String,
    /// That its tree begins with that of so many entries as were seen, as in [`LedgerConsistent`]; none where the
    /// ledger has fewer. It leads to the head that was seen only if the ledger still has all of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<String>,
    /// The events, in the order of the ledger, each proved under that checkpoint; of many, the last ones.
    pub restores: Vec<ReceiptShown>,
}

/// What the room keeps outside its store. All of it is as public as the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OutsideShown {
    /// Entries of the checkpoint in the ledger folder; none if there is no folder, or nothing in it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<u64>,
    /// Entries of the head in the anchor; none if there is no anchor, or nothing in it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<u64>,
    /// When and why the folder was last written anew, since the room was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_anew: Option<WrittenAnew>,
    /// How long writing there took the last time, in microseconds.
    pub took_us: u64,
    /// Entries of the newest checkpoint that as many witnesses vouch for as the policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<u64>,
    /// The witnesses that are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<WitnessShown>,
}

/// That the ledger folder did not hold what had been published in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenAnew {
    /// When that was seen.
    pub at: String,
    /// What was seen: the folder's predicate in a sentence.
    pub why: String,
}

/// How a witness stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WitnessShown {
    /// Its name.
    pub name: String,
    /// Entries of the checkpoint that it vouched for last, since the room was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// Why it did not vouch the last time it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}
