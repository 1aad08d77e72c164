//! Receipts: that one event was taken in.
//!
//! This module owns [`Receipt`] and [`Acceptance`]. What cannot happen: an
//! [`Acceptance`] does not come out of a receipt unless the checkpoint is believed
//! ([`crate::checkpoint`]) *and* its tree holds the entry.
//!
//! As text a receipt is a [tlog-proof](https://c2sp.org/tlog-proof) of C2SP, its
//! extra data the 33 bytes of the entry, which the leaf hash is made of:
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra AdpW…                    the entry[33], base64
//! index 73894                    its place, decimal
//! gSKyXoYZUgZ6jduWYrkDOARi…      the audit path, a hash a line
//! B95lDa8R83lS8n0eG+o0buTx…
//!                                (an empty line)
//! example.org/room               the checkpoint, as it was signed
//! …
//! ```
//!
//! An [`EntryOpening`] and a [`ShownField`] lead on from the entry to what the
//! event says: [`Acceptance::read`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::checkpoint::{
    Checkpoint, LogPublicKeys, MAX_NOTE_BYTES, SignedCheckpoint, VerifyError, decimal, decode_hash,
};
use crate::commit::{ShownField, TreeError};
use crate::digest::DIGEST_LEN;
use crate::entry::{Entry, EntryError, EntryOpening};
use crate::tree::{InclusionProof, LeafIndex, MAX_PROOF_HASHES, ProofError, TreeSize};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
const EXTRA: &str = "extra ";
const INDEX: &str = "index ";

/// The most bytes of a receipt: the largest checkpoint, and the largest proof at
/// 45 bytes a line with the lines before it.
pub const MAX_RECEIPT_BYTES: usize = MAX_NOTE_BYTES + (MAX_PROOF_HASHES + 4) * 64;

/// That an entry stands in the log at an index, by the word of a checkpoint.
/// Well-formed, and believed only through [`Receipt::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    entry: Entry,
    inclusion: InclusionProof,
    checkpoint: SignedCheckpoint,
}

/// What a receipt that held says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acceptance {
    /// The entry that was taken in.
    pub entry: Entry,
    /// Its place in the log.
    pub index: LeafIndex,
    /// The checkpoint that vouches for it.
    pub checkpoint: Checkpoint,
}

impl Acceptance {
    /// Reads one field of the event that was taken in: the opening must make the
    /// entry, and the field must be one of its body.
    ///
    /// # Errors
    ///
    /// [`TreeError::Mismatch`] when either is of another event, or was altered.
    pub fn read<'f>(
        &self,
        opening: &EntryOpening,
        field: &'f ShownField,
    ) -> Result<&'f [u8], TreeError> {
        if opening.entry() != self.entry {
            return Err(TreeError::Mismatch);
        }
        field.verify(&opening.body)
    }
}

impl Receipt {
    /// A receipt for `entry`, by a checkpoint of the size that `inclusion` is for.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::OtherSize`] when the checkpoint is of another size.
    pub fn new(
        entry: Entry,
        inclusion: InclusionProof,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ReceiptError> {
        let size = checkpoint.claimed_size();
        if size != inclusion.size() {
            return Err(ReceiptError::OtherSize {
                proof: inclusion.size(),
                checkpoint: size,
            });
        }
        Ok(Self {
            entry,
            inclusion,
            checkpoint,
        })
    }

    /// The entry that this is about.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The proof that it is in the tree.
    #[must_use]
    pub const fn inclusion(&self) -> &InclusionProof {
        &self.inclusion
    }

    /// The checkpoint, not believed.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Believes the receipt if the log signed the checkpoint and its tree holds
    /// the entry.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Checkpoint`] or [`ReceiptError::Proof`].
    pub fn verify(&self, keys: &LogPublicKeys) -> Result<Acceptance, ReceiptError> {
        let checkpoint = self.checkpoint.verify(keys)?;
        self.inclusion
            .verify(&self.entry.leaf_hash(), checkpoint.head())?;
        Ok(Acceptance {
            entry: self.entry,
            index: self.inclusion.index(),
            checkpoint,
        })
    }

    /// The text, to be kept as a file `NAME.tlog-proof`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let entry = STANDARD.encode(self.entry.to_bytes());
        let index = self.inclusion.index();
        let mut text = format!("{FIRST_LINE}\n{EXTRA}{entry}\n{INDEX}{index}\n");
        for hash in self.inclusion.path() {
            STANDARD.encode_string(hash, &mut text);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(self.checkpoint.as_str());
        text
    }

    /// Reads [`Receipt::to_text`] back, and only that.
    ///
    /// # Errors
    ///
    /// [`ReceiptError`] names the line and the rule.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::TooLong(bytes.len()));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| ReceiptError::NotUtf8(e.valid_up_to()))?;
        let (proof, checkpoint) = text.split_once("\n\n").ok_or(ReceiptError::NoCheckpoint)?;
        let checkpoint = SignedCheckpoint::from_bytes(checkpoint.as_bytes())?;

        let mut lines = proof.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(ReceiptError::NotAReceipt);
        }
        let entry = lines
            .next()
            .and_then(|line| line.strip_prefix(EXTRA))
            .and_then(|entry| STANDARD.decode(entry).ok())
            .ok_or(ReceiptError::BadExtra)?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix(INDEX))
            .and_then(decimal)
            .ok_or(ReceiptError::BadIndex)?;
        let path = lines
            .enumerate()
            .map(|(n, line)| decode_hash(line).ok_or(ReceiptError::BadHash(n + 1)))
            .collect::<Result<Vec<[u8; DIGEST_LEN]>, _>>()?;
        let size = checkpoint.claimed_size();
        let inclusion = InclusionProof::from_parts(size, LeafIndex::new(index), path)?;
        Self::new(Entry::from_bytes(&entry)?, inclusion, checkpoint)
    }
}

/// Why a receipt is not well-formed or not believed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ReceiptError {
    /// More than [`MAX_RECEIPT_BYTES`].
    #[error("the receipt is {0} bytes long; at most {MAX_RECEIPT_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8 from this byte on.
    #[error("the receipt is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// It does not begin as a tlog-proof.
    #[error("the receipt does not begin with the line {FIRST_LINE:?}; it is something else")]
    NotAReceipt,
    /// There is no empty line with a checkpoint after it.
    #[error("the receipt has no empty line with a checkpoint after it; it was cut")]
    NoCheckpoint,
    /// The second line does not hold an entry in base64.
    #[error("the second line of the receipt is not \"extra \" and an entry in base64")]
    BadExtra,
    /// The entry is not one.
    #[error("the second line of the receipt: {0}")]
    Entry(#[from] EntryError),
    /// The third line does not hold an index.
    #[error("the third line of the receipt is not \"index \" and a decimal number")]
    BadIndex,
    /// A line of the path is not a hash. Lines of the path count from 1.
    #[error("line {0} of the path in the receipt is not 32 bytes in base64")]
    BadHash(usize),
    /// Proof and checkpoint are of two sizes.
    #[error("the proof is for {proof} entries and the checkpoint for {checkpoint}")]
    OtherSize {
        /// The size that the proof is for.
        proof: TreeSize,
        /// The size that the checkpoint is for.
        checkpoint: TreeSize,
    },
    /// The checkpoint is not well-formed or not believed.
    #[error("the checkpoint of the receipt: {0}")]
    Checkpoint(#[from] VerifyError),
    /// The entry is not in the tree of the checkpoint.
    #[error("the proof of the receipt: {0}")]
    Proof(#[from] ProofError),
}
