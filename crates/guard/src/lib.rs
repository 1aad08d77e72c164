//! The guard: the reference monitor of a room. Everything that anyone does passes through it.
//!
//! It holds the house key, the open sessions with their keys, the state of the room, and the one way
//! to the ledger. It is the only crate that sees both sealed bytes on a disk and keys that open them.
//!
//! ```text
//! in    bytes ─▶ Draft ─▶ Masked ─▶ Labelled ─▶ Sealed ─▶ one commit with its event ─▶ receipt
//! out   Session ─▶ decision ─▶ event durable ─▶ Permit ─▶ Opened ─▶ view ─▶ IssuedCopy
//! ```
//!
//! What cannot happen:
//!
//! * **No text without its event.** Only a `Permit` (`opening`) opens what is sealed, and only a durable
//!   event makes one. One exception, by a name of its own: to find the header field that a restriction
//!   names, the header is opened inside, and nothing of it is shown but what the asker said himself.
//! * **No state but from events.** The state is a fold over the ledger; the same code replays it and
//!   lives through it.
//! * **No key that the ledger does not bind.** Public keys are taken from signed events alone.
//! * **No answer that depends on what the asker may not see.** Numbers, orders, prefixes, previews and
//!   refusals are made from the asker's own view; see each module for how.
//! * **No other exit.** [`IssuedCopy`] is the only type that a service can send, and only this crate
//!   makes one.
//!
//! Nothing here is async, and time, randomness and disk come from outside ([`Environment`], the vault):
//! a whole room runs in a test.
//!
//! | module | subject |
//! | --- | --- |
//! | [`api`] | requests and answers |
//! | `guard`, `dispatch`, `env`, `fault`, `refusal`, `limits` | the open room; what it takes from outside; why it closes; why it refuses; bounds |
//! | `founding`, `people`, `sign_in`, `session`, `keyring` | founding, persons and clearances, sessions and their keys |
//! | `intake`, `labelling`, `sealing`, `filing`, `resuming`, `resembling`, `label_keys` | the way in |
//! | `opening`, `notes`, `reading`, `history`, `rewrap` | the way out |
//! | `enclosed` | attachments and recordings, in and out |
//! | `restrict`, `elsewhere` | raising labels, in every version |
//! | `due`, `lowering`, `holds` | labels that fall, and what falls due; holds, under which nothing falls |
//! | `grading` | how far records and portions are to be relied on |
//! | `versions`, `comparing`, `changes`, `correct` | further versions of a record, and what is different in them |
//! | `practice` | standing rules by which records are placed |
//! | `challenge` | disputing the placing of a record, and answering that |
//! | `docket` | what inspectors see: that, who and why, never the words |
//! | `link`, `withdraw` | what is said of a record later: that another denies, answers or succeeds it, that it is taken back |
//! | `rules`, `requests`, `laws` | approval rules, and what nobody does alone: asked for, approved, carried out; what must hold for that |
//! | `disclosures` | what somebody outside writes to the inspectors, and their answers |
//! | `gathering` | shares of a key that is not in the room, before it is open or beside it |
//! | `recovery` | atoms that turn, and what the key holders give back |
//! | `command`, `ledger`, `receipts`, `walk`, `replay`, `ledger_check` | events, their place in the ledger, proofs, and reading it back |
//! | `taking_up`, `snapshot`, `anew` | opening: from the kept state, which is proved behind it; keeping it |
//! | `backup` | all that is stored, in a stream that the key holders open |
//! | `restore`, `restrict_again` | from backups to a room that opens, and what must not come back by it |
//! | `check` | walking everything that is stored |
//! | `heads`, `publish`, `anchor`, `witnesses` | heads of the ledger that others keep; the ledger folder and the anchor; who vouches for it |
//! | `state` | the fold |
//! | `store`, `kinds`, `rows` | what is stored, under the outer layer |

mod anchor;
mod anew;
pub mod api;
mod backup;
mod certificate;
mod challenge;
mod changes;
mod check;
mod command;
mod comparing;
mod correct;
mod destroy;
mod disclosures;
mod dispatch;
mod docket;
mod due;
mod elsewhere;
mod enclosed;
mod env;
mod fault;
mod filing;
mod folder_found;
mod founding;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod gathering;
mod given;
mod grading;
mod guard;
mod heads;
mod history;
mod holds;
mod in_flight;
mod in_order;
mod intake;
mod keyring;
mod kinds;
mod label_keys;
mod labelling;
mod laws;
mod ledger;
mod ledger_check;
pub mod limits;
mod link;
mod look_alike;
mod lowering;
mod notes;
mod opening;
mod people;
#[cfg(feature = "planted-leaks")]
pub mod planted;
mod practice;
mod publish;
mod reading;
mod receipts;
pub mod recovery;
mod refusal;
mod replay;
mod requests;
mod resembling;
mod restore;
mod restrict;
mod restrict_again;
mod resuming;
mod rewrap;
mod rows;
mod rules;
mod sealing;
mod session;
mod sign_in;
mod slots;
mod snapshot;
mod state;
mod store;
mod taking_up;
mod told;
mod under_way;
mod versions;
mod walk;
mod withdraw;
mod witnesses;

pub use anchor::{AnchorError, head_in_anchor};
pub use check::{OnCheck, check_offline};
pub use disclosures::{BROUGHT_MAX_BYTES, disclosed_leaf};
pub use env::Environment;
pub use fault::{Behind, Fault, Keeper};
pub use filing::OnProgress;
pub use founding::{Founded, Founding, FoundingError, account_name, found, log_generation};
pub use gathering::{Gather, Gatherable, Gathered, Gathering};
pub use guard::{Guard, IssuedCopy, OpenError, room_in};
pub use intake::{InPlace, Intake, unfit};
pub use people::genesis_in_code;
pub use publish::Outside;
pub use refusal::{Code, Refusal};
pub use restore::{
    Approval, Chain, ChainError, OnRestore, RestoreError, RestoreProgress, RestoredRoom, lost_by,
    restore, restore_asked,
};
pub use rules::{DEFAULT as DEFAULT_RULES, RulesError, check_rules};
pub use session::{Peer, Token};
pub use state::Misfit;
