//! Witnesses, both sides: a room that asks, and a witness that answers. C2SP tlog-witness over HTTP.
//!
//! ```text
//! guard ─ for_witness ─▶ POST add-checkpoint ─▶ witness: decide, remember, sign ─▶ lines ─ witnessed ─▶ guard
//!                          └─ 409, 422 ─▶ GET the checkpoint that it has seen ─ witness_has_seen ─▶ guard closes
//! ```
//!
//! It is plain HTTP over TCP. What goes over it is signed on both sides and public, so that whoever listens
//! or interferes learns and forges nothing; he can keep a witness from being reached, which `status` shows.

mod ask;
mod serve;

pub(crate) use ask::keep_witnesses;
pub use serve::{WitnessBooks, serve_witness};
