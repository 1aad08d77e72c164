//! Atoms that turn, and recovering keys with the key holders.

use serde::{Deserialize, Serialize};

use super::RecoverAsk;

/// See [`Request::AtomTurn`](super::Request::AtomTurn).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtomTurn {
    /// The atom: a level, or a value with its category or without, or `inspectors`, or `quorum`.
    pub atom: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// An atom turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AtomTurned {
    /// The atom.
    pub atom: String,
    /// Its epoch from now on.
    pub epoch: u32,
    /// How many persons hold it.
    pub holders: usize,
    /// The receipt's id.
    pub receipt: String,
}

/// An atom in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AtomRow {
    /// The atom, as commands take it.
    pub atom: String,
    /// Its newest epoch, from 1.
    pub epoch: u32,
    /// The asker holds it.
    pub held: bool,
}

/// The atoms that the asker may know of: an officer of all, others of those they hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AtomRows {
    /// In the policy's order; then the inspectors' and the quorum's.
    pub atoms: Vec<AtomRow>,
}

/// See [`Request::Recover`](super::Request::Recover).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoverRequest {
    /// What is asked for.
    pub ask: RecoverAsk,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// The key holders are asked.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecoverAsked {
    /// The recovery.
    pub recovery: String,
    /// The one-time code with which a person joins again, to be given to that person in private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many key holders must give.
    pub needed: usize,
    /// How many there are.
    pub of: usize,
    /// When it lapses.
    pub until: String,
    /// The receipt's id.
    pub receipt: String,
}

/// A recovery in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoverRow {
    /// The recovery.
    pub recovery: String,
    /// What is asked for, in one line.
    pub what: String,
    /// Who asked.
    pub by: String,
    /// How many have given.
    pub given: usize,
    /// How many must.
    pub needed: usize,
    /// What it waits for.
    pub waits_for: String,
    /// When it lapses.
    pub until: String,
}

/// The recoveries that the asker may know of: an officer of all, others of other keys for themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoverList {
    /// The oldest first.
    pub recoveries: Vec<RecoverRow>,
}

/// A key holder in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyHolderRow {
    /// The name on the card.
    pub name: String,
    /// The id.
    pub id: String,
    /// When this key holder last rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<String>,
    /// How many shares were wrong then.
    pub wrong: usize,
}

/// The key holders of the room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoverStatus {
    /// In the order of their cards.
    pub key_holders: Vec<KeyHolderRow>,
    /// How many of them are needed.
    pub needed: usize,
}

/// See [`Request::RecoverWithdraw`](super::Request::RecoverWithdraw).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoverWithdraw {
    /// The recovery.
    pub recovery: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A recovery was taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoverWithdrawn {
    /// The recovery.
    pub recovery: String,
    /// The receipt's id.
    pub receipt: String,
}

/// A rehearsal is in the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderRehearsedDone {
    /// How many shares opened and agree with the ledger.
    pub sound: u32,
    /// How many the key holder should keep.
    pub kept: usize,
    /// How many were neither sound nor wrong: the store lacks them.
    pub missing: usize,
    /// The event.
    pub receipt: String,
}

/// See [`Request::RecoverShareRequest`](super::Request::RecoverShareRequest).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRequestQuery {
    /// The recovery.
    pub recovery: String,
    /// The name or the id of the key holder.
    pub holder: String,
}

/// A request to a key holder, as a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShareFile {
    /// The file's text.
    pub text: String,
}
