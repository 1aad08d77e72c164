//! The nouns of a room and the one way they are written down.
//!
//! This crate owns what every other floor talks about: random ids, times, the [`Draft`] that an
//! intake makes of a file, the portions of a record, the events of the ledger, and the strict
//! deterministic CBOR in which all of these are stored and committed to.
//!
//! What cannot happen here:
//!
//! * **No second encoding.** A value has exactly one encoding; [`codec::decode`] refuses every other
//!   byte string that would decode to the same value (long integers, unsorted maps, trailing bytes).
//! * **No counted id.** Ids are 16 random bytes. Nothing about the room can be read from one, and
//!   two ids of different kinds cannot be confused: each kind is a type.
//! * **No hidden clock or dice.** [`Timestamp`]s and random bytes come from outside through
//!   [`Clock`] and [`Entropy`], so that a whole room can run in a test with a clock and a seed of
//!   the test's own.
//! * **No key, no disk, no decision.** Sealing is `seal`'s, storage `vault`'s, deciding `guard`'s.
//!
//! | module | subject |
//! | --- | --- |
//! | [`id`] | random ids, their text form |
//! | [`time`] | instants of the room, the [`Clock`] |
//! | [`entropy`] | random streams, one for each action |
//! | [`codec`] | deterministic CBOR, limits |
//! | [`day`] | days of the calendar, also before 1970 |
//! | [`when`] | dates as historical records give them: uncertain, partial, ranges |
//! | [`draft`] | what an intake makes of a file, before labels |
//! | [`portion`] | the smallest thing that is labelled, sealed and shown |
//! | [`grading`] | how far a source and a judgement are to be relied on |
//! | [`event`] | the entries of the ledger: acts, fields, statements |
//! | [`approval`] | what nobody does alone: requests, and who agreed to them |
//! | [`disclosure`], [`route`] | what somebody outside writes to the inspectors, and by which way |
//! | [`recovery`] | what the ledger says of recovering keys, and what key holders are asked for |
//! | [`keeping`] | what the ledger says of backups and restores |
//! | [`limits`] | every bound, with its reason |

pub mod approval;
pub mod codec;
pub mod day;
pub mod disclosure;
pub mod draft;
pub mod entropy;
pub mod event;
pub mod grading;
pub mod id;
pub mod keeping;
pub mod limits;
pub mod portion;
pub mod recovery;
pub mod route;
pub mod time;
pub mod when;

pub use codec::{CodecError, decode, encode};
pub use day::Day;
pub use draft::{
    Cue, Draft, DraftAttachment, DraftPortion, DraftSet, MarkForm, Phrase, Place, PrintedLine,
    PrintedMark, PrintedMarks, PrintedPage, PrintedPortion, UnfitDrafts,
};
pub use entropy::{Entropy, OsEntropy, SeededEntropy, Stream};
pub use grading::{
    Confidence, Credibility, Grading, Likelihood, NoGrade, Reliability, SourceGrade,
};
pub use id::{
    ApprovalRequestId, AtomId, BackupId, BoxId, ChallengeId, CommandId, DisclosureId, EventId,
    GroupId, HoldingId, InvitationId, PersonId, PortionId, PracticeId, RecordId, RecoveryId,
    RequestId, RoomId, SessionId, ShareId,
};
pub use portion::{HeaderField, Portion, PortionKind};
pub use route::{Route, RouteName};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
pub use when::{Precision, When};
