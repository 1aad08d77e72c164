//! How long a record is kept, and that its label falls: schedules, what falls due, holds, lowering.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::Label;

use crate::id::{ApprovalRequestId, BoxId, EventId, GroupId, PortionId, RecordId};
use crate::time::Timestamp;

/// How long a record is to be kept, as its filing says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FiledKeeping {
    /// The schedule, by its name in the marking policy; none where the policy has no schedules.
    #[n(0)]
    pub schedule: Option<String>,
    /// What its label is to fall to, and when: each later than the one before.
    #[n(1)]
    pub due: Vec<Due>,
}

/// A label that falls due.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Due {
    /// From when on.
    #[n(0)]
    pub on: Timestamp,
    /// The label that the record is to have then.
    #[n(1)]
    pub label: Label,
}

/// A record whose label fell, or that of some of its portions.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Lowered {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// What allows it.
    #[n(1)]
    pub by: LoweredBy,
    /// What falls.
    #[n(2)]
    pub groups: Vec<GroupLowered>,
}

/// What allows a label to fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum LoweredBy {
    /// It fell due, as this event had said.
    #[n(0)]
    Due(#[n(0)] EventId),
    /// This request asked for it, and was approved.
    #[n(1)]
    Request(#[n(0)] ApprovalRequestId),
}

/// A stored value whose label falls.
///
/// Words are sealed anew: they lie in another value, with a record key of their own, and so no key that opens them opens
/// what was in the same value before. A file beside the words stays the value it is: its layers come off, and its
/// record key is wrapped for the new label.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GroupLowered {
    /// The group that held it.
    #[n(0)]
    pub from: GroupId,
    /// The group that holds the words from now on; `from` itself where it is a file.
    #[n(1)]
    pub to: GroupId,
    /// The portions that fall, in their order; none where it is a file. Without portions left, `from` is gone.
    #[n(2)]
    pub portions: Vec<PortionId>,
    /// The label from now on, below the present one.
    #[n(3)]
    pub label: Label,
    /// The key box under which the record key is wrapped from now on.
    #[n(4)]
    pub key_box: BoxId,
    /// Digest over the sealed bytes of the portions, as of a filed group; empty where it is a file, which stays sealed as
    /// it was.
    #[n(5)]
    pub seals: ByteVec,
}
