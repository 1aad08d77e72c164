//! What becomes of a record after its filing: that it is taken back, and what is linked to it.

use minicbor::{Decode, Encode};

use super::GroupRaised;
use crate::id::{ApprovalRequestId, EventId, PortionId, RecordId};

/// A record that was taken back, by another person than the one who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Withdrawn {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The event that asked for it.
    #[n(1)]
    pub asked: EventId,
    /// Every stored value of the record, in every version. Each keeps its label, and gets a layer whose box is sealed to
    /// the key holders' quorum alone.
    #[n(2)]
    pub groups: Vec<GroupRaised>,
    /// The request that was approved for it; none in a room without approval rules.
    #[n(3)]
    pub request: Option<ApprovalRequestId>,
}

/// What a record is to the one that it is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum LinkKind {
    /// It denies what the other says.
    #[n(0)]
    Denial,
    /// It answers what the other says.
    #[n(1)]
    Response,
    /// It is to be read instead of the other, says who filed both.
    #[n(2)]
    Successor,
}

impl LinkKind {
    /// The word for it on the command line and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Denial => "denial",
            Self::Response => "response",
            Self::Successor => "successor",
        }
    }
}

/// A record linked to another, or to a portion of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The record that denies, responds or succeeds.
    #[n(0)]
    pub from: RecordId,
    /// The record that it speaks of.
    #[n(1)]
    pub to: RecordId,
    /// The portion that it speaks of; none where it speaks of the whole record.
    #[n(2)]
    pub to_portion: Option<PortionId>,
    /// What it is to it.
    #[n(3)]
    pub kind: LinkKind,
}
