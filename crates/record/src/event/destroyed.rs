//! Records that were destroyed.

use minicbor::{Decode, Encode};

use crate::id::{ApprovalRequestId, EventId, RecordId};

/// A record was destroyed: every value and every wrapped key of it, in all its versions. What is left is what the ledger
/// says of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Destroyed {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The event that asked for it.
    #[n(1)]
    pub asked: EventId,
    /// Stored values that were deleted.
    #[n(2)]
    pub values: u32,
    /// Wrapped keys that were deleted: record keys, and keys of layers.
    #[n(3)]
    pub wraps: u32,
    /// They lay under a slot, which is wiped once this is durable.
    #[n(4)]
    pub slot: bool,
    /// The request that was approved.
    #[n(5)]
    pub request: Option<ApprovalRequestId>,
}
