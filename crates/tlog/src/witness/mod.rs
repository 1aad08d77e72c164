//! Witnesses: somebody elsewhere who remembers the newest head of a log and
//! vouches only for what grew from it. C2SP
//! [tlog-witness](https://c2sp.org/tlog-witness).
//!
//! This module owns what is asked ([`AddCheckpoint`]), what is answered
//! ([`Answer`]), and the decision between them ([`Witness::decide`]), over a
//! memory that the caller provides ([`WitnessMemory`]). It opens no socket.
//!
//! ```text
//! old 20852014                     what the asker believes the witness saw last
//! PlRNCrwHpqhGrupue0L7gxbjbMiK…    the consistency proof from there, a hash a line
//! jrJZDmY8Y7SyJE0MWLpLozkIVMSM…
//!                                  (an empty line)
//! example.org/room                 the checkpoint, as the log signed it
//! …
//! ```
//!
//! | status | when |
//! |---|---|
//! | 200 | the new head is remembered, and these lines vouch for it |
//! | 400 | the request is malformed, or `old` is larger than the checkpoint |
//! | 403 | a signature of the log is missing or wrong |
//! | 404 | the log is not one that is watched here |
//! | 409 | the witness saw another size last, which is the answer; or at that size another root |
//! | 422 | the proof does not lead from the old head to the new |
//!
//! What cannot happen: no cosignature exists before the head that it is for is
//! kept. A decision to vouch is a [`Pending`], which borrows the memory so that no
//! other decision can come in between, and which signs only inside
//! [`Pending::persist`], once the memory says that it is durable.
//!
//! Stricter than the specification: every key that a watched log was entered with
//! must have signed, not one of them; and checkpoints are read as
//! [`crate::checkpoint`] does, without extension lines.

mod answer;
mod decide;
mod remembered;
mod request;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::checkpoint::Origin;

/// Where a witness takes requests, behind its address.
pub const ADD_CHECKPOINT_PATH: &str = "/add-checkpoint";

/// Where a witness of this crate shows the checkpoint that it vouched for last, behind its address: named by
/// the SHA-256 of the log's name, which has characters that an address has not. tlog-witness knows no such
/// thing; a log that gets a conflict learns from it, by its own signatures, whether it was rolled back.
#[must_use]
pub fn checkpoint_path(origin: &Origin) -> String {
    let id = HEXLOWER.encode(&Sha256::digest(origin.as_str()));
    format!("/logs/{id}/checkpoint")
}

pub use answer::{Answer, AnswerError, MAX_ANSWER_BYTES};
pub use decide::{Decision, Pending, Witness, WitnessConfigError, WitnessFault};
pub use remembered::{MAX_REMEMBERED_BYTES, Remembered, RememberedError, WitnessMemory};
pub use request::{AddCheckpoint, MAX_REQUEST_BYTES, RequestError};
