//! A tree's size and root, and the proof that it grew from an earlier one.

use thiserror::Error;
use tlog_tiles::tlog::EMPTY_HASH;

use super::{ConsistencyProof, TreeSize};
use crate::digest::digest_type;

digest_type! {
    /// The RFC 6962 tree hash over all entries of the log.
    TreeRoot
}

/// What a log was at one moment: a size and a root. It is a claim, which anyone
/// can make; a [`Checkpoint`](crate::checkpoint::Checkpoint) is one that was
/// signed, a [`ProvenHead`] one that grew from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TreeHead {
    size: TreeSize,
    root: TreeRoot,
}

impl TreeHead {
    /// The head of the empty log, with which every log begins.
    pub const EMPTY: Self = Self {
        size: TreeSize::ZERO,
        root: TreeRoot::from_bytes(EMPTY_HASH.0),
    };

    /// A claim.
    #[must_use]
    pub const fn new(size: TreeSize, root: TreeRoot) -> Self {
        Self { size, root }
    }

    /// How many entries.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The root over them.
    #[must_use]
    pub const fn root(&self) -> &TreeRoot {
        &self.root
    }

    /// Whether a log can have it: no entries have one root, known to all.
    pub(crate) fn is_possible(&self) -> bool {
        self.size != TreeSize::ZERO || *self == Self::EMPTY
    }
}

/// A head whose tree was shown to begin with the tree of an earlier head. Only
/// [`Tree::prove_head`](super::Tree::prove_head) and [`ProvenHead::from_proof`]
/// make one; only one can be signed.
///
/// ```compile_fail
/// use strongroom_tlog::tree::{ProvenHead, TreeHead};
/// let forged = ProvenHead { earlier: TreeHead::EMPTY, head: TreeHead::EMPTY };
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct ProvenHead {
    earlier: TreeHead,
    head: TreeHead,
}

impl ProvenHead {
    /// Takes the word of a consistency proof, for whoever does not hold the tree. Every
    /// log begins as the empty one, from which the proof is empty.
    ///
    /// Stricter than the proof alone: the root of no entries is that of the empty log.
    ///
    /// # Errors
    ///
    /// [`ForkError`] when the proof does not lead from one head to the other.
    pub fn from_proof(
        earlier: &TreeHead,
        head: &TreeHead,
        proof: &ConsistencyProof,
    ) -> Result<Self, ForkError> {
        let sizes = proof.old() == earlier.size() && proof.new_size() == head.size();
        let from_empty = sizes && *earlier == TreeHead::EMPTY;
        let led = from_empty || proof.verify(earlier, head).is_ok();
        if led && earlier.is_possible() && head.is_possible() {
            Ok(Self::shown(earlier, head))
        } else {
            Err(ForkError::between(earlier, head))
        }
    }

    /// For the tree, once it has compared.
    pub(super) const fn shown(earlier: &TreeHead, head: &TreeHead) -> Self {
        Self {
            earlier: *earlier,
            head: *head,
        }
    }

    /// The head that it grew from.
    #[must_use]
    pub const fn earlier(&self) -> &TreeHead {
        &self.earlier
    }

    /// The head itself.
    #[must_use]
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }
}

/// The ledger does not contain what was vouched for before: entries were lost,
/// altered or rolled back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error(
    "the ledger of {now} entries does not begin with the one of {before} entries that was \
     vouched for before: entries were lost, altered or rolled back. Close the room and compare \
     it with the heads kept outside"
)]
pub struct ForkError {
    /// The size vouched for before.
    pub before: u64,
    /// The size now.
    pub now: u64,
}

impl ForkError {
    pub(crate) const fn between(earlier: &TreeHead, head: &TreeHead) -> Self {
        Self {
            before: earlier.size.get(),
            now: head.size.get(),
        }
    }
}
