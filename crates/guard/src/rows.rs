//! Rows of the store that belong to the guard alone.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_record::{BoxId, PortionId, RecordId};

/// The portions of a group, each sealed; what the layers of restrictions lie around.
#[derive(Encode, Decode)]
pub(crate) struct SealedPortions(#[n(0)] pub(crate) Vec<(PortionId, ByteVec)>);

/// A key wrapped under a box's key.
#[derive(Encode, Decode)]
pub(crate) struct WrappedKey {
    /// The box.
    #[n(0)]
    pub(crate) key_box: BoxId,
    /// The wrapped key.
    #[n(1)]
    pub(crate) wrapped: ByteVec,
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
