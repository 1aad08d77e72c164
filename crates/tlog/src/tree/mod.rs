//! The append-only Merkle tree of RFC 6962 §2.1 over the ledger's entries.
//!
//! This module owns [`Tree`] (every node, in memory), [`Frontier`] (the few nodes
//! that appending needs), the two proofs, and [`ProvenHead`], without which no
//! checkpoint is signed. It knows no storage, no text format and no signature.
//!
//! What cannot happen: a leaf cannot be changed or taken away once appended; a
//! [`ProvenHead`] cannot exist for a tree that does not hold the earlier head as
//! its beginning; a proof that was read cannot be longer than its sizes call for.
//!
//! # Where the leaves are
//!
//! Storing entries is the vault's task. [`Tree`] holds the hashes of all nodes in
//! memory, 64 bytes an entry (64 MB for a million), and is rebuilt from the
//! entries when a room opens. Appending `n` entries costs `O(n)`: about two
//! hashes an entry. Nodes are kept in the order of C2SP tiles'
//! stored-hash index ([`tlog_tiles::tlog::stored_hash_index`]), so that tiles can
//! be cut from the same sequence ([`crate::tile`]).
//!
//! # Proofs as bytes
//!
//! ```text
//! inclusion proof      u64 tree size ‖ u64 index ‖ hash[32]…    RFC 6962 §2.1.1
//! consistency proof    u64 old size ‖ u64 new size ‖ hash[32]…  RFC 6962 §2.1.2
//! ```
//!
//! A consistency proof has a form as text, too: [`ConsistencyProof::to_text`].

mod consistency;
mod frontier;
mod head;
mod inclusion;
mod memory;
mod size;

pub use consistency::ConsistencyProof;
pub use frontier::{Frontier, FrontierError};
pub use head::{ForkError, ProvenHead, TreeHead, TreeRoot};
pub use inclusion::InclusionProof;
pub use memory::Tree;
pub use size::{LeafIndex, MAX_PROOF_HASHES, MAX_TREE_SIZE, SizeError, TreeSize};

pub(crate) use inclusion::{path_len, root_from_path};
pub(crate) use memory::Nodes;

use thiserror::Error;

use crate::digest::digest_type;

digest_type! {
    /// The hash of one leaf: `H(00 ‖ data)`.
    LeafHash
}

impl LeafHash {
    /// Hashes the data of a leaf as RFC 6962 §2.1 does.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        Self::from_bytes(tlog_tiles::tlog::record_hash(data).0)
    }
}

/// Why a proof was not given, read or believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ProofError {
    /// An inclusion proof for an entry that the tree does not have.
    #[error("entry {index} is not in a tree of {size} entries")]
    NotInTree {
        /// The entry.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A proof about a tree larger than the one at hand, or from a larger to a
    /// smaller.
    #[error(
        "a proof from size {old} to size {new} was asked for or given; the first must not be \
         larger than the second, nor the second than the tree"
    )]
    SizesOutOfOrder {
        /// The smaller size.
        old: u64,
        /// The larger size.
        new: u64,
    },
    /// A size above [`MAX_TREE_SIZE`].
    #[error(transparent)]
    Size(#[from] SizeError),
    /// An encoded proof that ends within a number or a hash, or holds another
    /// count of hashes than its sizes call for.
    #[error("a proof has a wrong length ({0} bytes): it was cut or lengthened")]
    BadLength(usize),
    /// A proof as text that does not end with a newline.
    #[error("the text of a proof does not end with a newline: it was cut")]
    NotEnded,
    /// A proof as text without one of its two sizes.
    #[error("the text of a proof has no line {0:?} with a size where it should stand")]
    NoSize(&'static str),
    /// A line of a proof as text that is no number or hash.
    #[error("line {0} of a proof is neither a number nor a hash in canonical form")]
    BadLine(usize),
    /// The proof does not lead to the root.
    #[error(
        "the proof does not lead to the root of the tree: what it is for is not in this tree, \
         or one of them was altered"
    )]
    Mismatch,
}
