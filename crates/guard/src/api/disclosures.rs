//! Disclosures: what anybody may ask without a session, and what inspectors ask.

use serde::{Deserialize, Serialize};

use super::ReceiptShown;

/// The key that disclosures are sealed to, and the proof that the ledger binds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureKeyShown {
    /// The room.
    pub room: String,
    /// The suite to seal under.
    pub suite: u16,
    /// The inspectors' public key, encoded, in base 64.
    pub key: String,
    /// The ways by which one can disclose, which the room's approval rules set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteShown>,
    /// The newest batch in the ledger, whose field `portions` shows the digests of key and routes.
    pub proof: ReceiptShown,
}

/// A way by which one can disclose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RouteShown {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The accounts of the inspectors who look into what comes by it; of all of them if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inspectors: Vec<String>,
    /// A body outside of the room, and how to reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
    /// It names inspectors, and none of them is one now: what comes by it goes to every inspector. The room says so; the ledger
    /// does not show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_every_inspector: bool,
}

/// A message was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureBrought {
    /// Its number under its code.
    pub number: u32,
    /// Digest of its sealed bytes, by which it is known again.
    pub digest: String,
}

/// Coming back with a code.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosedQuery {
    /// The proof that one has the code, base 64.
    pub access: String,
}

impl std::fmt::Debug for DisclosedQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisclosedQuery(..)")
    }
}

/// What became of what was disclosed under a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosedShown {
    /// The room.
    pub room: String,
    /// The disclosure's id, by which inspectors speak of it.
    pub disclosure: String,
    /// The messages, in order.
    pub messages: Vec<DisclosedMessage>,
    /// What the inspectors did, in order.
    pub answers: Vec<DisclosedAnswer>,
}

/// A message that was brought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosedMessage {
    /// Its number.
    pub number: u32,
    /// When it was taken in; none while it waits for the full hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// An inspector said that it was received.
    pub acknowledged: bool,
    /// It was taken in, and is not there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// The proof that it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<DisclosureProof>,
}

/// What an inspector did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosedAnswer {
    /// Its number.
    pub number: u32,
    /// When.
    pub at: String,
    /// What was written, sealed to who disclosed, in base 64; none of an acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

/// The proof that a message was taken in: `verify disclosure` checks it offline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureProof {
    /// The room.
    pub room: String,
    /// The disclosure.
    pub disclosure: String,
    /// The message's number there.
    pub number: u32,
    /// Digest of the sealed message, hexadecimal.
    pub digest: String,
    /// The salt of its leaf, hexadecimal.
    pub salt: String,
    /// From the leaf to the batch's root: size, place and hashes, in base 64.
    pub path: String,
    /// The batch in the ledger.
    pub batch: ReceiptShown,
}

/// See [`Request::Disclosures`](super::Request::Disclosures).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureRows {
    /// Those to which something came last, the newest at the end.
    pub disclosures: Vec<DisclosureRow>,
    /// How many older ones are not listed.
    pub older: usize,
}

/// A disclosure, without a word of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureRow {
    /// Its id.
    pub id: String,
    /// By which route it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// It came to other inspectors, and is listed because it is overdue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// When the first message was taken in.
    pub first: Option<String>,
    /// When the last was.
    pub last: Option<String>,
    /// How many messages.
    pub messages: usize,
    /// How many of them were acknowledged.
    pub acknowledged: usize,
    /// Acknowledgements and replies.
    pub answers: usize,
    /// Replies.
    pub replies: usize,
    /// What is owed: `acknowledge` or `answer`; none where the last word is an inspector's.
    pub owed: Option<String>,
    /// By when.
    pub by: Option<String>,
    /// That is past.
    pub overdue: bool,
    /// Messages that were taken in and are not there any more.
    pub lost: Vec<u32>,
}

/// See [`Request::DisclosureRead`](super::Request::DisclosureRead).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureReadQuery {
    /// The disclosure, by its id or the beginning of it.
    pub disclosure: String,
    /// The number of the message, or of the answer.
    pub number: u32,
    /// An answer is meant.
    #[serde(default)]
    pub answer: bool,
}

/// A message or an answer, opened.
#[derive(Clone, Serialize, Deserialize)]
pub struct DisclosureOpened {
    /// The disclosure.
    pub id: String,
    /// The number.
    pub number: u32,
    /// Whether it is an answer.
    pub answer: bool,
    /// When it was taken in, or given.
    pub at: String,
    /// How many messages there are.
    pub messages: usize,
    /// How many answers there are.
    pub answers: usize,
    /// The text.
    pub text: String,
    /// The files.
    pub files: Vec<DisclosureFile>,
}

/// A file of a message or an answer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureFile {
    /// Its name.
    pub name: String,
    /// What is in it, base 64.
    pub bytes: String,
}

impl std::fmt::Debug for DisclosureFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisclosureFile(..)")
    }
}

/// See [`Request::DisclosureAcknowledge`](super::Request::DisclosureAcknowledge).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureAcknowledge {
    /// The disclosure, by its id or the beginning of it.
    pub disclosure: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// See [`Request::DisclosureReply`](super::Request::DisclosureReply).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureReply {
    /// The disclosure, by its id or the beginning of it.
    pub disclosure: String,
    /// What is written.
    pub text: String,
    /// Files that go with it.
    #[serde(default)]
    pub files: Vec<DisclosureFile>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

impl std::fmt::Debug for DisclosureReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisclosureReply(..)")
    }
}

/// It was acknowledged, or answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisclosureDone {
    /// The disclosure.
    pub id: String,
    /// The receipt's id.
    pub receipt: String,
}
