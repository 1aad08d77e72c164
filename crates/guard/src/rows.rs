//! Rows of the store that belong to the guard alone.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_record::{BoxId, PortionId, RecordId, encode};
use strongroom_seal::{Digest, digest, domain};

/// The portions of a group, each sealed; what the layers of restrictions lie around.
#[derive(Encode, Decode)]
pub(crate) struct SealedPortions(#[n(0)] pub(crate) Vec<(PortionId, ByteVec)>);

/// What opens a filed group: its record key, and how its portions were sealed.
#[derive(Encode, Decode)]
pub(crate) struct GroupKey {
    /// The box that the record key is wrapped under.
    #[n(0)]
    pub(crate) key_box: BoxId,
    /// The wrapped record key.
    #[n(1)]
    pub(crate) wrapped: ByteVec,
    /// Digests of the portions' sealed bytes, as filed. The filing event commits to them.
    #[n(2)]
    pub(crate) seals: Vec<(PortionId, Digest)>,
    /// The number of the record's slot, under which `wrapped` lies; none for a record from before there were slots.
    #[n(3)]
    pub(crate) slot: Option<u64>,
}

/// Digest of a portion's sealed bytes.
pub(crate) fn seal_of(sealed: &[u8]) -> Digest {
    digest(domain::SEALED_DIGEST, &[sealed])
}

/// Digest over the digests of a group's portions.
pub(crate) fn digest_of_seals(seals: &[(PortionId, Digest)]) -> Digest {
    digest(domain::SEALS_DIGEST, &[&encode(&seals)])
}

/// A key wrapped under a box's key.
#[derive(Encode, Decode)]
pub(crate) struct WrappedKey {
    /// The box.
    #[n(0)]
    pub(crate) key_box: BoxId,
    /// The wrapped key.
    #[n(1)]
    pub(crate) wrapped: ByteVec,
    /// The number of the record's slot, under which `wrapped` lies, if it has one.
    #[n(2)]
    pub(crate) slot: Option<u64>,
}

/// Which slot file the store goes with.
#[derive(Clone, Encode, Decode)]
pub(crate) struct SlotsRow {
    /// The file.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) id: [u8; 16],
    /// How many of its slots count: those were synced before this was written, and none beyond is in use.
    #[n(1)]
    pub(crate) drawn: u64,
    /// The first that no record has, where the room was shut in order; else none from `drawn` on is in use.
    #[n(2)]
    pub(crate) next: Option<u64>,
}

/// A slot that is to be wiped, since its record was destroyed.
#[derive(Encode, Decode)]
pub(crate) struct DueSlot {
    /// The number of the slot.
    #[n(0)]
    pub(crate) slot: u64,
}

/// What lies between the records of a filed file: with the slices of the records, the whole of it.
#[derive(Encode, Decode)]
pub(crate) struct Frame {
    /// The records, in the order of the file.
    #[n(0)]
    pub(crate) records: Vec<RecordId>,
    /// The bytes before, between and behind them: one piece more than records.
    #[n(1)]
    pub(crate) pieces: Vec<ByteVec>,
}
