//! That one tree is the beginning of another.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tlog_tiles::tlog::{Hash, check_tree};

use super::inclusion::split_proof;
use super::{MAX_PROOF_HASHES, ProofError, TreeHead, TreeSize};
use crate::checkpoint::{decimal, decode_hash};
use crate::digest::DIGEST_LEN;

/// What begins the two lines with sizes of a proof as text.
const OLD: &str = "old ";
const NEW: &str = "new ";

/// That the tree of the new size begins with the tree of the old size: the proof
/// of RFC 6962 §2.1.2. From a tree to itself it is empty, and from the empty tree, of
/// which no hash tells anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsistencyProof {
    old: TreeSize,
    new: TreeSize,
    path: Vec<[u8; DIGEST_LEN]>,
}

impl ConsistencyProof {
    const HEAD: usize = 16;
    /// The longest text: two lines with a size, and a line for each hash.
    pub const MAX_TEXT_BYTES: usize = (2 + MAX_PROOF_HASHES) * 64;

    /// Puts a proof together from its parts.
    ///
    /// # Errors
    ///
    /// [`ProofError::SizesOutOfOrder`], or [`ProofError::BadLength`] (in bytes)
    /// when there are more hashes than any proof has.
    pub fn from_parts(
        old: TreeSize,
        new: TreeSize,
        path: Vec<[u8; DIGEST_LEN]>,
    ) -> Result<Self, ProofError> {
        if old > new {
            return Err(ProofError::SizesOutOfOrder {
                old: old.get(),
                new: new.get(),
            });
        }
        let trivial = old == TreeSize::ZERO || old == new;
        if path.len() > MAX_PROOF_HASHES || (trivial && !path.is_empty()) {
            return Err(ProofError::BadLength(path.len() * DIGEST_LEN));
        }
        Ok(Self { old, new, path })
    }

    /// The size of the earlier tree.
    #[must_use]
    pub const fn old(&self) -> TreeSize {
        self.old
    }

    /// The size of the later tree.
    #[must_use]
    pub const fn new_size(&self) -> TreeSize {
        self.new
    }

    /// The hashes, in the order of RFC 6962.
    #[must_use]
    pub fn path(&self) -> &[[u8; DIGEST_LEN]] {
        &self.path
    }

    /// Checks that the tree of `head` begins with the tree of `earlier`, as RFC 9162
    /// §2.1.4.2 does: two trees of one size have one root, and from the empty tree
    /// there is nothing to prove, so that an empty proof shows nothing. That every
    /// log begins as the empty one is [`ProvenHead::from_proof`]'s to say.
    ///
    /// [`ProvenHead::from_proof`]: super::ProvenHead::from_proof
    ///
    /// # Errors
    ///
    /// [`ProofError::Mismatch`] when it does not, the heads are of other sizes, or
    /// the first alone is empty.
    pub fn verify(&self, earlier: &TreeHead, head: &TreeHead) -> Result<(), ProofError> {
        if self.old != earlier.size() || self.new != head.size() {
            return Err(ProofError::Mismatch);
        }
        if self.old == self.new {
            return if earlier == head {
                Ok(())
            } else {
                Err(ProofError::Mismatch)
            };
        }
        if self.old == TreeSize::ZERO {
            return Err(ProofError::Mismatch);
        }
        check_tree(
            &self.path.iter().copied().map(Hash).collect(),
            self.new.get(),
            Hash(*head.root().as_bytes()),
            self.old.get(),
            Hash(*earlier.root().as_bytes()),
        )
        .map_err(|_| ProofError::Mismatch)
    }

    /// The encoding: old size, new size, hashes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEAD + self.path.len() * DIGEST_LEN);
        out.extend_from_slice(&self.old.get().to_be_bytes());
        out.extend_from_slice(&self.new.get().to_be_bytes());
        out.extend_from_slice(self.path.as_flattened());
        out
    }

    /// Reads [`ConsistencyProof::to_bytes`] back.
    ///
    /// # Errors
    ///
    /// Any [`ProofError`] but [`ProofError::Mismatch`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let (old, new, path) = split_proof(bytes)?;
        Self::from_parts(TreeSize::new(old)?, TreeSize::new(new)?, path)
    }

    /// The proof as text: the sizes in decimal, and the hashes in base64, a line each.
    ///
    /// ```text
    /// old 8
    /// new 13
    /// gSKyXoYZUgZ6jduWYrkDOARi…
    /// B95lDa8R83lS8n0eG+o0buTx…
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{OLD}{}\n{NEW}{}\n", self.old, self.new);
        for hash in &self.path {
            writeln!(text, "{}", STANDARD.encode(hash)).expect("strings take text");
        }
        text
    }

    /// Reads [`ConsistencyProof::to_text`] back, and only that.
    ///
    /// # Errors
    ///
    /// Any [`ProofError`] but [`ProofError::Mismatch`].
    pub fn from_text(text: &str) -> Result<Self, ProofError> {
        if text.len() > Self::MAX_TEXT_BYTES {
            return Err(ProofError::BadLength(text.len()));
        }
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(ProofError::NotEnded)?
            .split('\n')
            .zip(1..);
        let mut size = |begins: &'static str| {
            let line = lines.next();
            let (number, at) = line
                .and_then(|(line, at)| Some((line.strip_prefix(begins)?, at)))
                .ok_or(ProofError::NoSize(begins.trim_end()))?;
            TreeSize::new(decimal(number).ok_or(ProofError::BadLine(at))?).map_err(ProofError::Size)
        };
        let (old, new) = (size(OLD)?, size(NEW)?);
        let path = lines
            .map(|(line, at)| decode_hash(line).ok_or(ProofError::BadLine(at)))
            .collect::<Result<_, _>>()?;
        Self::from_parts(old, new, path)
    }
}
