//! The tree with all its nodes in memory.

use tlog_tiles::tlog::{Error, Hash, HashReader, prove_record, prove_tree, tree_hash};

use super::{
    ConsistencyProof, ForkError, Frontier, InclusionProof, LeafHash, LeafIndex, ProofError,
    ProvenHead, TreeHead, TreeRoot, TreeSize,
};
use crate::digest::DIGEST_LEN;

/// The append-only tree over the entries of a log, every node in memory.
///
/// It has no way to change or remove a leaf. Entries are appended after they are
/// durable; a room that fails to make them durable drops the tree with the rest.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Nodes,
}

impl Tree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The empty tree, with room for so many entries.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        Self {
            nodes: Nodes::with_capacity(entries),
        }
    }

    /// Appends an entry and says where it stands.
    ///
    /// # Panics
    ///
    /// When the tree already has [`MAX_TREE_SIZE`](super::MAX_TREE_SIZE) entries.
    pub fn append(&mut self, leaf: LeafHash) -> LeafIndex {
        self.nodes.append(leaf)
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        self.nodes.frontier.size()
    }

    /// The right edge: a clone of it can be appended to without touching this.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.nodes.frontier
    }

    /// Size and root now.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.nodes.frontier.head()
    }

    /// Size and root when the tree had `size` entries; `None` if it has fewer.
    #[must_use]
    pub fn head_at(&self, size: TreeSize) -> Option<TreeHead> {
        if size > self.size() {
            return None;
        }
        let root = tree_hash(size.get(), &self.nodes).expect(IN_MEMORY);
        Some(TreeHead::new(size, TreeRoot::from_bytes(root.0)))
    }

    /// Shows that this tree began as the tree of `earlier`, so that its head may
    /// be signed after that one.
    ///
    /// # Errors
    ///
    /// [`ForkError`] when it is smaller, or had another root at that size.
    pub fn prove_head(&self, earlier: &TreeHead) -> Result<ProvenHead, ForkError> {
        let head = self.head();
        if self.head_at(earlier.size()) == Some(*earlier) {
            Ok(ProvenHead::shown(earlier, &head))
        } else {
            Err(ForkError::between(earlier, &head))
        }
    }

    /// The hash of the entry at `index`; `None` if the tree has no such entry.
    #[must_use]
    pub fn leaf(&self, index: LeafIndex) -> Option<LeafHash> {
        if index.get() >= self.size().get() {
            return None;
        }
        let at = tlog_tiles::tlog::stored_hash_index(0, index.get());
        Some(LeafHash::from_bytes(self.nodes.at(at).0))
    }

    /// The hash of the complete subtree of 2^`level` entries that is the `n`th of
    /// its level.
    ///
    /// # Panics
    ///
    /// When the tree has no such subtree.
    pub(crate) fn node(&self, level: u8, n: u64) -> [u8; DIGEST_LEN] {
        let at = tlog_tiles::tlog::stored_hash_index(level, n);
        self.nodes.at(at).0
    }

    /// Proves that the tree of `size` entries has the one at `index`.
    ///
    /// # Errors
    ///
    /// [`ProofError::NotInTree`] or [`ProofError::SizesOutOfOrder`].
    pub fn prove_inclusion(
        &self,
        size: TreeSize,
        index: LeafIndex,
    ) -> Result<InclusionProof, ProofError> {
        self.check_size(size)?;
        if index.get() >= size.get() {
            return Err(ProofError::NotInTree {
                index: index.get(),
                size: size.get(),
            });
        }
        let path = self.nodes.path(size.get(), index.get());
        InclusionProof::from_parts(size, index, path)
    }

    /// Proves that the tree of `new` entries begins with the tree of `old`.
    ///
    /// # Errors
    ///
    /// [`ProofError::SizesOutOfOrder`].
    pub fn prove_consistency(
        &self,
        old: TreeSize,
        new: TreeSize,
    ) -> Result<ConsistencyProof, ProofError> {
        self.check_size(new)?;
        if old > new {
            return Err(ProofError::SizesOutOfOrder {
                old: old.get(),
                new: new.get(),
            });
        }
        let path = if old == TreeSize::ZERO {
            // Every tree begins with the empty one: RFC 6962 defines no proof.
            Vec::new()
        } else {
            prove_tree(new.get(), old.get(), &self.nodes).expect(IN_MEMORY)
        };
        ConsistencyProof::from_parts(old, new, path.into_iter().map(|hash| hash.0).collect())
    }

    fn check_size(&self, size: TreeSize) -> Result<(), ProofError> {
        if size > self.size() {
            return Err(ProofError::SizesOutOfOrder {
                old: size.get(),
                new: self.size().get(),
            });
        }
        Ok(())
    }
}

/// Why reading a node of a tree in memory cannot fail.
const IN_MEMORY: &str = "sizes and indices were checked and every node is in memory";

/// All nodes of a tree, in the order of the stored-hash index: a leaf, then the
/// subtrees that it completes, then the next leaf.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    frontier: Frontier,
    stored: Vec<Hash>,
}

impl Nodes {
    pub(crate) fn with_capacity(leaves: usize) -> Self {
        Self {
            frontier: Frontier::new(),
            stored: Vec::with_capacity(leaves.saturating_mul(2)),
        }
    }

    pub(crate) fn append(&mut self, leaf: LeafHash) -> LeafIndex {
        let stored = &mut self.stored;
        self.frontier.append_each(leaf, |node| stored.push(node))
    }

    /// The RFC 6962 tree hash.
    pub(crate) fn root(&self) -> [u8; DIGEST_LEN] {
        self.frontier.root()
    }

    /// The audit path of leaf `index` in the tree of the first `size` leaves.
    /// Both must be in the tree.
    pub(crate) fn path(&self, size: u64, index: u64) -> Vec<[u8; DIGEST_LEN]> {
        let path = prove_record(size, index, self).expect(IN_MEMORY);
        path.into_iter().map(|hash| hash.0).collect()
    }

    fn at(&self, index: u64) -> Hash {
        self.stored[usize::try_from(index).expect(IN_MEMORY)]
    }
}

impl HashReader for Nodes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.at(*index)).collect())
    }
}
