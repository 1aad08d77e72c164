//! The right edge of the tree: all that appending and the root need.

use thiserror::Error;
use tlog_tiles::tlog::{EMPTY_HASH, Hash, node_hash};

use super::{LeafHash, LeafIndex, MAX_TREE_SIZE, TreeHead, TreeRoot, TreeSize};
use crate::digest::DIGEST_LEN;

/// The roots of the complete subtrees that a tree is made of: one for each 1 in
/// the binary form of its size, the largest first.
///
/// A frontier is at most 63 hashes, so a clone of it is a cheap way to learn the
/// root that a group of entries will have before they are committed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// Takes up a frontier that was kept: the subtree roots of
    /// [`Frontier::subtree_roots`], which must give `head`.
    ///
    /// # Errors
    ///
    /// [`FrontierError`] when there are too many or too few of them, or their
    /// root is not the head's.
    pub fn resume(head: &TreeHead, roots: &[[u8; DIGEST_LEN]]) -> Result<Self, FrontierError> {
        let size = head.size().get();
        let expected = size.count_ones() as usize;
        if roots.len() != expected {
            return Err(FrontierError::WrongCount {
                size,
                expected,
                actual: roots.len(),
            });
        }
        let frontier = Self {
            size,
            peaks: roots.iter().copied().map(Hash).collect(),
        };
        if frontier.head() != *head {
            return Err(FrontierError::WrongRoot { size });
        }
        Ok(frontier)
    }

    /// How many entries the tree has.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        TreeSize::new(self.size).expect("append keeps the size within the limit")
    }

    /// The roots of the complete subtrees, the largest first.
    pub fn subtree_roots(&self) -> impl ExactSizeIterator<Item = [u8; DIGEST_LEN]> {
        self.peaks.iter().map(|peak| peak.0)
    }

    /// Appends a leaf.
    ///
    /// # Panics
    ///
    /// When the tree already has [`MAX_TREE_SIZE`] entries.
    pub fn append(&mut self, leaf: LeafHash) -> LeafIndex {
        self.append_each(leaf, |_| ())
    }

    /// Appends a leaf and calls `store` with each node that this completes, the
    /// leaf first and then upwards: the order of the stored-hash index.
    pub(crate) fn append_each(&mut self, leaf: LeafHash, mut store: impl FnMut(Hash)) -> LeafIndex {
        assert!(self.size < MAX_TREE_SIZE, "the tree is full");
        let index = self.size;
        let mut node = Hash(*leaf.as_bytes());
        store(node);
        // Each trailing 1 of the size is a complete subtree that the new one joins.
        for _ in 0..index.trailing_ones() {
            let left = self.peaks.pop().expect("one peak for each 1 in the size");
            node = node_hash(left, node);
            store(node);
        }
        self.peaks.push(node);
        self.size += 1;
        LeafIndex::new(index)
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead::new(self.size(), TreeRoot::from_bytes(self.root()))
    }

    /// The RFC 6962 tree hash.
    pub(crate) fn root(&self) -> [u8; DIGEST_LEN] {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else {
            return EMPTY_HASH.0;
        };
        peaks
            .fold(*smallest, |right, left| node_hash(*left, right))
            .0
    }
}

/// Why a kept frontier was not taken up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum FrontierError {
    /// Another number of subtrees than the size has.
    #[error(
        "a kept frontier for {size} entries has {actual} hashes instead of {expected}; \
         rebuild it from the entries"
    )]
    WrongCount {
        /// The size of the tree.
        size: u64,
        /// How many hashes such a tree has.
        expected: usize,
        /// How many were given.
        actual: usize,
    },
    /// The hashes give another root.
    #[error(
        "a kept frontier for {size} entries does not give the root kept with it; \
         one of them was altered: rebuild it from the entries"
    )]
    WrongRoot {
        /// The size of the tree.
        size: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resumes_only_what_gives_the_head() {
        let mut frontier = Frontier::new();
        for n in 0..21_u8 {
            let head = frontier.head();
            let roots: Vec<_> = frontier.subtree_roots().collect();
            assert_eq!(Frontier::resume(&head, &roots), Ok(frontier.clone()));
            for broken in 0..roots.len() {
                let mut other = roots.clone();
                other[broken][0] ^= 1;
                assert_eq!(
                    Frontier::resume(&head, &other),
                    Err(FrontierError::WrongRoot { size: n.into() })
                );
            }
            let mut longer = roots.clone();
            longer.push([0; 32]);
            assert!(matches!(
                Frontier::resume(&head, &longer),
                Err(FrontierError::WrongCount { .. })
            ));
            frontier.append(LeafHash::of(&[n]));
        }
    }
}
