//! Sizes and places in the log.

use thiserror::Error;

/// The largest tree: 2⁶² entries. A proof in it has at most [`MAX_PROOF_HASHES`]
/// hashes, the most that C2SP's tlog-witness lets a witness receive, and the
/// stored-hash index of each of its nodes fits 64 bits.
pub const MAX_TREE_SIZE: u64 = 1 << 62;

/// The most hashes in a proof: a consistency proof in the largest tree has one
/// hash a level and one for where it begins.
pub const MAX_PROOF_HASHES: usize = MAX_TREE_SIZE.ilog2() as usize + 1;

/// A number of entries, at most [`MAX_TREE_SIZE`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TreeSize(u64);

impl TreeSize {
    /// No entries.
    pub const ZERO: Self = Self(0);

    /// So many entries.
    ///
    /// # Errors
    ///
    /// [`SizeError`] above [`MAX_TREE_SIZE`].
    pub const fn new(entries: u64) -> Result<Self, SizeError> {
        if entries > MAX_TREE_SIZE {
            return Err(SizeError(entries));
        }
        Ok(Self(entries))
    }

    /// How many.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for TreeSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of an entry in the log, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LeafIndex(u64);

impl LeafIndex {
    /// The entry at this place. Whether a tree has one is for the tree to say.
    #[must_use]
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The place.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A size above [`MAX_TREE_SIZE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("a ledger of {0} entries is larger than any can be ({MAX_TREE_SIZE}); the number is wrong")]
pub struct SizeError(pub u64);
