//! Requests: what nobody does alone, and who agreed to it.
//!
//! Somebody asks ([`ApprovalAsked`]), others approve ([`Approval`]) as the room's approval rules say, and the last
//! approval that is needed carries it out in the same command. An approval names a digest of the very event that
//! asked, so that it counts for nothing else. What is carried out names the request.

use minicbor::{Decode, Encode};
use strongroom_label::Label;

use crate::event::{AtomBorn, Due};
use crate::id::{ApprovalRequestId, AtomId, EventId, PersonId, PortionId, RecordId};
use crate::time::Timestamp;

/// Bytes of the digests that requests and approvals name: SHA-384.
pub const REQUEST_DIGEST_BYTES: usize = 48;

/// Something asked for that takes more hands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ApprovalAsked {
    /// The request.
    #[n(0)]
    pub request: ApprovalRequestId,
    /// What is asked for.
    #[n(1)]
    pub asked: Asked,
    /// Digest over what it is about, as the asker could see it: once that is otherwise, nothing comes of the request.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub basis: [u8; REQUEST_DIGEST_BYTES],
    /// When it lapses.
    #[n(3)]
    pub until: Timestamp,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Asked {
    /// To clear a person for atoms.
    #[n(0)]
    Clear {
        /// The person.
        #[n(0)]
        person: PersonId,
        /// The atoms, each once, ascending.
        #[n(1)]
        atoms: Vec<AtomId>,
    },
    /// To take a record back.
    #[n(1)]
    Withdraw {
        /// The record.
        #[n(0)]
        record: RecordId,
    },
    /// To destroy a record.
    #[n(3)]
    Destroy {
        /// The record.
        #[n(0)]
        record: RecordId,
    },
    /// To lower the label of a record, or of portions of it.
    #[n(2)]
    Lower {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// Only these; none where it is the record as a whole.
        #[n(1)]
        portions: Vec<PortionId>,
        /// The label from then on.
        #[n(2)]
        label: Label,
    },
    /// To undo a restriction that was made by mistake.
    #[n(4)]
    UndoRestriction {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The restriction.
        #[n(1)]
        restriction: EventId,
    },
    /// To release a hold.
    #[n(5)]
    ReleaseHold {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The event that placed the hold.
        #[n(1)]
        hold: EventId,
    },
    /// To put a record under another schedule, or to say when its label falls.
    #[n(6)]
    Schedule {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The schedule's name; none where it stays as it is.
        #[n(1)]
        schedule: Option<String>,
        /// What falls due; none where that stays as it is.
        #[n(2)]
        due: Option<Vec<Due>>,
    },
    /// To put other approval rules into force.
    #[n(7)]
    Rules {
        /// The rules, exactly as given.
        #[n(0)]
        rules: String,
    },
    /// To put the next version of the marking policy into force.
    #[n(8)]
    Policy {
        /// The policy, exactly as given.
        #[n(0)]
        policy: String,
    },
    /// To have somebody stand for somebody else.
    #[n(9)]
    Acting {
        /// Who stands for the other.
        #[n(0)]
        deputy: PersonId,
        /// Who is stood for.
        #[n(1)]
        principal: PersonId,
        /// Until when.
        #[n(2)]
        until: Timestamp,
    },
    /// To have a person leave.
    #[n(10)]
    Depart {
        /// The person.
        #[n(0)]
        person: PersonId,
    },
}

impl Asked {
    /// The record that it is about, if it is about one.
    pub const fn record(&self) -> Option<RecordId> {
        match self {
            Self::Withdraw { record }
            | Self::Destroy { record }
            | Self::Lower { record, .. }
            | Self::UndoRestriction { record, .. }
            | Self::ReleaseHold { record, .. }
            | Self::Schedule { record, .. } => Some(*record),
            Self::Clear { .. }
            | Self::Rules { .. }
            | Self::Policy { .. }
            | Self::Acting { .. }
            | Self::Depart { .. } => None,
        }
    }
    /// The person whom it is about, if it is about one.
    pub const fn subject(&self) -> Option<PersonId> {
        match self {
            Self::Clear { person, .. } | Self::Depart { person } => Some(*person),
            Self::Acting { deputy, .. } => Some(*deputy),
            Self::Withdraw { .. }
            | Self::Destroy { .. }
            | Self::Lower { .. }
            | Self::UndoRestriction { .. }
            | Self::ReleaseHold { .. }
            | Self::Schedule { .. }
            | Self::Rules { .. }
            | Self::Policy { .. } => None,
        }
    }
}

/// Somebody agreed to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Approval {
    /// The request.
    #[n(0)]
    pub request: ApprovalRequestId,
    /// Digest of the event that asked, as `seal` makes it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; REQUEST_DIGEST_BYTES],
    /// For whom the approver acted, where it was as a deputy.
    #[n(2)]
    pub acting_for: Option<PersonId>,
}

/// The next version of the marking policy is in force.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PolicyChanged {
    /// The policy, exactly as given.
    #[n(0)]
    pub policy: String,
    /// The atoms of the levels and values that are new in it, in the order of their names: whoever asked holds each, and
    /// nobody else does.
    #[n(1)]
    pub made: Vec<AtomBorn>,
    /// The request that was approved for it.
    #[n(2)]
    pub request: ApprovalRequestId,
}

/// Somebody stands for somebody else: approves with that person's roles. The two are one hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ActingBegan {
    /// Who stands for the other.
    #[n(0)]
    pub deputy: PersonId,
    /// Who is stood for.
    #[n(1)]
    pub principal: PersonId,
    /// Until when.
    #[n(2)]
    pub until: Timestamp,
    /// The request that was approved for it.
    #[n(3)]
    pub request: ApprovalRequestId,
}

/// A person left. Nothing is the person's any more: no right, no key, nothing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Departed {
    /// The person.
    #[n(0)]
    pub person: PersonId,
    /// The next epoch of each atom that the person held, but for those that are being recovered: ascending by the atoms'
    /// ids.
    #[n(1)]
    pub turned: Vec<AtomBorn>,
    /// The request that was approved for it; none where a security officer says so alone.
    #[n(2)]
    pub request: Option<ApprovalRequestId>,
}
