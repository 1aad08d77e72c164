//! What the machine's operator asks of a room: to be checked, and backed up.

use serde::{Deserialize, Serialize};

/// A backup to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupAsk {
    /// The backup to be continued, by the id in its header: then only what has changed since goes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// Who has seen a head of the ledger, of those who can show one to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeenBy {
    /// The account that asks.
    Client,
    /// The ledger folder.
    Folder,
    /// The anchor.
    Anchor,
}

impl SeenBy {
    /// Who that is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Client => "this account",
            Self::Folder => "the ledger folder",
            Self::Anchor => "the anchor",
        }
    }
}

/// A head of the ledger that was seen outside the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadSeen {
    /// Who has seen it.
    pub by: SeenBy,
    /// The signed checkpoint, as it was found there.
    pub checkpoint: String,
}

/// A check to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckAsk {
    /// Heads to compare with, beside those that the guard itself finds outside its store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<HeadSeen>,
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckProgress {
    /// Entries and rows that were walked, and pages that were read from the disk.
    pub done: u64,
    /// How many there are, as far as the ledger read so far says; of pages, all that the file has.
    pub of: u64,
    /// Bytes that were walked, as they are stored.
    pub bytes: u64,
    /// What was found so far.
    pub findings: u64,
}

/// What a check found, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheck {
    /// When it ended.
    pub at: String,
    /// Everything was walked.
    pub whole: bool,
    /// How much is damaged, missing or orphaned.
    pub findings: u64,
}

/// What kind of fault a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// It is there and is not what it must be.
    Damaged,
    /// The ledger names it and it is not there.
    Missing,
    /// It is there and nothing names it.
    Orphaned,
}

impl Wrong {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Orphaned => "orphaned",
        }
    }
}

/// Something that is not as it must be. It names places and rules, never a word of a record or a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is: `event`, `value`, `key box` and so on.
    pub kind: String,
    /// Its id; of an entry of the ledger, its index.
    pub id: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// The rule that it breaks.
    pub rule: String,
    /// What follows from it.
    pub means: String,
    /// What to do about it.
    pub remedy: String,
}

/// The result of walking everything that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Everything was walked.
    pub whole: bool,
    /// What was not walked, or could not be judged, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_checked: Vec<String>,
    /// Entries of the ledger that were walked.
    pub entries: u64,
    /// Rows that were walked.
    pub rows: u64,
    /// Their bytes, as they are stored.
    pub bytes: u64,
    /// Stored values whose portions agree, one by one, with what was filed.
    pub values_to_the_portion: u64,
    /// Stored values under layers of restrictions: without keys, only that they open at their place is seen.
    pub values_under_layers: u64,
    /// Key boxes of filings that were interrupted: nothing lies under them.
    pub left_over: u64,
    /// How many rows are damaged.
    pub damaged: u64,
    /// How many are missing.
    pub missing: u64,
    /// How many are orphaned.
    pub orphaned: u64,
    /// The findings, the first of them if they are many.
    pub findings: Vec<Finding>,
    /// The checkpoint that the walked entries agree with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// The event that records the check; none where the room is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

impl Checked {
    /// Whether nothing is wrong, and everything was walked.
    pub const fn is_sound(&self) -> bool {
        self.whole && self.damaged == 0 && self.missing == 0 && self.orphaned == 0
    }
}
