//! That an entry is in a tree.

use tlog_tiles::tlog::{Hash, node_hash};

use super::{LeafHash, LeafIndex, ProofError, TreeHead, TreeSize};
use crate::digest::DIGEST_LEN;

/// That the tree of some size holds a leaf at some index: the audit path of RFC
/// 6962 §2.1.1. Size and path fit each other; whether it is true is for
/// [`InclusionProof::verify`] to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InclusionProof {
    size: TreeSize,
    index: LeafIndex,
    path: Vec<[u8; DIGEST_LEN]>,
}

impl InclusionProof {
    const HEAD: usize = 16;

    /// Puts a proof together from its parts, the path from the leaf's sibling up.
    ///
    /// # Errors
    ///
    /// [`ProofError::NotInTree`], or [`ProofError::BadLength`] (in bytes) when
    /// the path is not as long as size and index call for.
    pub fn from_parts(
        size: TreeSize,
        index: LeafIndex,
        path: Vec<[u8; DIGEST_LEN]>,
    ) -> Result<Self, ProofError> {
        if index.get() >= size.get() {
            return Err(ProofError::NotInTree {
                index: index.get(),
                size: size.get(),
            });
        }
        if path.len() != path_len(size.get(), index.get()) {
            return Err(ProofError::BadLength(path.len() * DIGEST_LEN));
        }
        Ok(Self { size, index, path })
    }

    /// The size of the tree.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The place of the entry.
    #[must_use]
    pub const fn index(&self) -> LeafIndex {
        self.index
    }

    /// The hashes, from the leaf's sibling up to the root's child.
    #[must_use]
    pub fn path(&self) -> &[[u8; DIGEST_LEN]] {
        &self.path
    }

    /// Checks that `leaf` stands at this proof's index in the tree of `head`.
    ///
    /// # Errors
    ///
    /// [`ProofError::Mismatch`] when it does not, or the head is of another size.
    pub fn verify(&self, leaf: &LeafHash, head: &TreeHead) -> Result<(), ProofError> {
        let root = root_from_path(&self.path, self.size.get(), self.index.get(), *leaf);
        if self.size == head.size() && root == *head.root().as_bytes() {
            Ok(())
        } else {
            Err(ProofError::Mismatch)
        }
    }

    /// The encoding: size, index, path.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEAD + self.path.len() * DIGEST_LEN);
        out.extend_from_slice(&self.size.get().to_be_bytes());
        out.extend_from_slice(&self.index.get().to_be_bytes());
        out.extend_from_slice(self.path.as_flattened());
        out
    }

    /// Reads [`InclusionProof::to_bytes`] back, and only that.
    ///
    /// # Errors
    ///
    /// Any [`ProofError`] but [`ProofError::Mismatch`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let (size, index, path) = split_proof(bytes)?;
        Self::from_parts(TreeSize::new(size)?, LeafIndex::new(index), path)
    }
}

/// Splits an encoded proof into its two numbers and its hashes.
pub(super) fn split_proof(bytes: &[u8]) -> Result<(u64, u64, Vec<[u8; DIGEST_LEN]>), ProofError> {
    let bad_length = ProofError::BadLength(bytes.len());
    let (first, rest) = bytes.split_first_chunk().ok_or(bad_length)?;
    let (second, rest) = rest.split_first_chunk().ok_or(bad_length)?;
    let (hashes, []) = rest.as_chunks() else {
        return Err(bad_length);
    };
    if hashes.len() > super::MAX_PROOF_HASHES {
        return Err(bad_length);
    }
    Ok((
        u64::from_be_bytes(*first),
        u64::from_be_bytes(*second),
        hashes.to_vec(),
    ))
}

/// How many hashes the audit path of leaf `index` has in a tree of `size` leaves.
///
/// # Panics
///
/// When `index` is not below `size`.
pub(crate) fn path_len(size: u64, index: u64) -> usize {
    assert!(index < size, "only a leaf of the tree has a path");
    // Up to where leaf and last leaf part, every level has a sibling. Above, the
    // leaf is on the right edge, which has one only where it turns right.
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner + border) as usize
}

/// The root that a path leads to from a leaf (RFC 9162 §2.1.3.2 without the
/// comparison at its end).
///
/// # Panics
///
/// When the path is not of [`path_len`].
pub(crate) fn root_from_path(
    path: &[[u8; DIGEST_LEN]],
    size: u64,
    index: u64,
    leaf: LeafHash,
) -> [u8; DIGEST_LEN] {
    assert_eq!(path.len(), path_len(size, index), "the path fits the place");
    let mut node = Hash(*leaf.as_bytes());
    let (mut at, mut last) = (index, size - 1);
    for sibling in path.iter().copied().map(Hash) {
        if at == last {
            // On the right edge: climb to where this subtree is a right child.
            let climb = at.trailing_zeros();
            at >>= climb;
            last >>= climb;
        }
        node = if at & 1 == 1 {
            node_hash(sibling, node)
        } else {
            node_hash(node, sibling)
        };
        at >>= 1;
        last >>= 1;
    }
    node.0
}
