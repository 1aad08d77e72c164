//! Atoms that turn, and recovering keys with the key holders.

use serde::{Deserialize, Serialize};

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
