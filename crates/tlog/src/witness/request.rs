//! What a witness is asked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::checkpoint::{MAX_NOTE_BYTES, SignedCheckpoint, VerifyError, decimal, decode_hash};
use crate::digest::DIGEST_LEN;
use crate::tree::{ConsistencyProof, MAX_PROOF_HASHES, ProofError, SizeError, TreeSize};

const OLD: &str = "old ";

/// The most bytes of a request: the largest checkpoint, and 63 hashes with the
/// line before them at less than 64 bytes a line.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + (MAX_PROOF_HASHES + 2) * 64;

/// A checkpoint to be cosigned, with the proof that it grew from the one that the
/// witness cosigned last. Well-formed, and believed in nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    old: TreeSize,
    path: Vec<[u8; DIGEST_LEN]>,
    checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// A request for `checkpoint`, whose size `proof` leads to.
    ///
    /// # Errors
    ///
    /// [`RequestError::OtherSize`] when the proof leads elsewhere.
    pub fn new(
        proof: &ConsistencyProof,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, RequestError> {
        if proof.new_size() != checkpoint.claimed_size() {
            return Err(RequestError::OtherSize {
                proof: proof.new_size(),
                checkpoint: checkpoint.claimed_size(),
            });
        }
        Ok(Self {
            old: proof.old(),
            path: proof.path().to_vec(),
            checkpoint,
        })
    }

    /// The size that the asker believes the witness cosigned last.
    #[must_use]
    pub const fn old(&self) -> TreeSize {
        self.old
    }

    /// The checkpoint to be cosigned.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The proof, if it can be one between these two sizes.
    pub(super) fn proof(&self) -> Result<ConsistencyProof, ProofError> {
        let new = self.checkpoint.claimed_size();
        ConsistencyProof::from_parts(self.old, new, self.path.clone())
    }

    /// The body of the request.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{OLD}{}\n", self.old);
        for hash in &self.path {
            STANDARD.encode_string(hash, &mut text);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(self.checkpoint.as_str());
        text
    }

    /// Reads [`AddCheckpoint::to_text`] back, and only that. That the old size is
    /// not above the checkpoint's is not its form, and checked later.
    ///
    /// # Errors
    ///
    /// [`RequestError`] names the line and the rule.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong(bytes.len()));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| RequestError::NotUtf8(e.valid_up_to()))?;
        let (lines, checkpoint) = text.split_once("\n\n").ok_or(RequestError::NoCheckpoint)?;
        let mut lines = lines.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix(OLD))
            .and_then(decimal)
            .ok_or(RequestError::BadOld)?;
        let mut path = Vec::new();
        for (n, line) in lines.enumerate() {
            if n == MAX_PROOF_HASHES {
                return Err(RequestError::TooManyHashes);
            }
            path.push(decode_hash(line).ok_or(RequestError::BadHash(n + 1))?);
        }
        Ok(Self {
            old: TreeSize::new(old)?,
            path,
            checkpoint: SignedCheckpoint::from_bytes(checkpoint.as_bytes())?,
        })
    }
}

/// Why a request is not well-formed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RequestError {
    /// More than [`MAX_REQUEST_BYTES`].
    #[error("the request is {0} bytes long; at most {MAX_REQUEST_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8 from this byte on.
    #[error("the request is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// There is no empty line with a checkpoint after it.
    #[error("the request has no empty line with a checkpoint after it; it was cut")]
    NoCheckpoint,
    /// The first line does not hold the old size.
    #[error("the first line of the request is not \"old \" and a decimal number")]
    BadOld,
    /// The old size is impossible.
    #[error("the first line of the request: {0}")]
    Size(#[from] SizeError),
    /// A line of the proof is not a hash. Lines of the proof count from 1.
    #[error("line {0} of the proof in the request is not 32 bytes in base64")]
    BadHash(usize),
    /// More hashes than any proof has.
    #[error("the proof in the request has more than {MAX_PROOF_HASHES} lines")]
    TooManyHashes,
    /// The checkpoint is not well-formed.
    #[error("the checkpoint of the request: {0}")]
    Checkpoint(#[from] VerifyError),
    /// Proof and checkpoint are of two sizes.
    #[error("the proof leads to {proof} entries and the checkpoint is of {checkpoint}")]
    OtherSize {
        /// The size that the proof leads to.
        proof: TreeSize,
        /// The size of the checkpoint.
        checkpoint: TreeSize,
    },
}
