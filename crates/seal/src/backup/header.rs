//! What anyone may read of a backup.

use minicbor::bytes::ByteVec;
use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::{BackupId, RoomId, encode};

use super::key::BackupShares;
use crate::digest::{Digest, digest};
use crate::domain;
use crate::suite::Suite;

/// Longest header: the shares of as many key holders as there may be take 2 KiB each.
pub const HEADER_MAX_BYTES: usize = 128 << 10;

/// Longest range: a lineage's id, a few numbers, and room for what a later store needs.
pub const RANGE_MAX_BYTES: usize = 1 << 10;

/// The head of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct LedgerHead {
    /// How many entries there are.
    #[n(0)]
    pub size: u64,
    /// The root of the tree over them.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// The clear header of a backup. What it says is bound into every chunk; who reads it without the key
/// has only its word for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct BackupHeader {
    /// The backup's key, dealt among the key holders; names room, suite and backup.
    #[n(0)]
    pub shares: BackupShares,
    /// The backup that this one continues; none if it stands alone.
    #[n(1)]
    pub base: Option<BackupId>,
    /// The ledger's head when it was taken.
    #[n(2)]
    pub head: LedgerHead,
    /// Which part of which store it holds, as the store writes it: at most [`RANGE_MAX_BYTES`].
    #[n(3)]
    pub range: ByteVec,
}

#[derive(Decode)]
struct RawHeader {
    #[n(0)]
    shares: BackupShares,
    #[n(1)]
    base: Option<BackupId>,
    #[n(2)]
    head: LedgerHead,
    #[n(3)]
    range: ByteVec,
}

impl<'b, C> Decode<'b, C> for BackupHeader {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawHeader::decode(d, ctx)?;
        let header = Self {
            shares: raw.shares,
            base: raw.base,
            head: raw.head,
            range: raw.range,
        };
        match header.fault() {
            None => Ok(header),
            Some(fault) => Err(DecodeError::message(fault).at(at)),
        }
    }
}

impl BackupHeader {
    /// The backup.
    pub const fn backup(&self) -> BackupId {
        self.shares.subject().backup()
    }
    /// The room.
    pub const fn room(&self) -> RoomId {
        self.shares.room()
    }
    /// The suite of the chunks.
    pub const fn suite(&self) -> Suite {
        self.shares.suite()
    }
    /// The digest that every chunk is bound to.
    pub fn digest(&self) -> Digest {
        digest(domain::BACKUP_HEADER_DIGEST, &[&encode(self)])
    }

    /// What makes this the header of no backup, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.range.len() > RANGE_MAX_BYTES {
            return Some("a backup's range is shorter");
        }
        if self.base == Some(self.backup()) {
            return Some("no backup continues itself");
        }
        None
    }
}
