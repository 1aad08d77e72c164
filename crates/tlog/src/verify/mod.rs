//! Offline checks, for whoever has public keys and what the room gave out.
//!
//! This module owns [`Report`]: what was checked, what failed, and what could not
//! be checked, line by line; and the checks themselves.
//!
//! | check | of what | against what |
//! |---|---|---|
//! | [`folder`] | a ledger folder, every entry rehashed | its checkpoint, and heads seen before |
//! | [`receipt`] | that an entry stands in the log | a checkpoint |
//! | [`event`], [`proven`] | fields shown of an event | the entry of a receipt |
//! | [`checkpoints`], [`checkpoints_in`] | two checkpoints of one log | each other, with a proof or a ledger folder |
//! | [`goes_on`] | a head | the one that somebody kept |
//! | [`witnesses`] | cosignatures | a policy |
//!
//! What cannot happen: a check that could not be made does not count as made, and
//! nothing is said to hold that was not read. A [`Report`] passes only if all that
//! was asked for was checked and held. What was asked for and could not be checked
//! stands in it as [`Standing::Unsure`], and what lies beyond as [`Standing::Open`],
//! each with what would settle it.
//!
//! Everything given is hostile: files may be of any length, a checkpoint that the
//! log really signed may claim any size. The work is bounded by what is there, and
//! after [`MAX_FAILURES`] failures a check ends.

mod event;
mod folder;
mod heads;
mod kept;
mod report;

pub use event::{EventField, EventShown, MAX_SHOWN_FIELDS, event, proven, receipt};
pub use folder::{FolderVerified, folder};
pub use heads::{checkpoints, checkpoints_in, witnesses};
pub use kept::{KeptFault, goes_on};
pub use report::{Check, Finding, MAX_FAILURES, Report, Standing, Verdict};
