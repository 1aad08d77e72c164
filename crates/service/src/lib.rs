//! The guard as a local service: one JSON API over a Unix socket. `docs/api.md` describes it for clients.
//!
//! This crate carries bytes and decides nothing about people or records. It owns the socket, the bounds on
//! what a connection may cost, and the way a room shuts. Below it nothing is async; here, requests run on
//! threads of bounded number, because the guard waits for the disk.
//!
//! ```text
//! connection ─▶ bounds ─▶ route ─▶ lane (a bounded number at once) ─▶ Guard ─▶ IssuedCopy | Refusal ─▶ answer
//! ```
//!
//! What cannot happen here:
//!
//! * **No other success.** What is sent as the answer to a session is an
//!   [`IssuedCopy`](strongroom_guard::IssuedCopy), which only the guard can make; besides it go out refusals,
//!   the [`Status`](strongroom_guard::api::Status) that anyone may know, and counts of how far work has come.
//! * **No peer of its own saying.** Who is at the other end is what the kernel says of the socket.
//! * **No unbounded cost.** Connections, headers, bodies, waits and threads have limits, each in [`limits`].
//! * **No work on a broken invariant.** A panic below ends the process: a stopped strongroom is a closed one.
//! * **No second guard.** A socket is replaced only when nobody answers on it.
//!
//! | module | subject |
//! | --- | --- |
//! | `socket` | binding the socket, and whose it is |
//! | `serve` | accepting connections, the checkpoint's rhythm, shutting |
//! | `opening` | telling that a room is being opened |
//! | `watch` | telling when a room closes and opens by itself |
//! | `gather` | taking shares of key holders, before a room is open or beside it |
//! | `connections` | how many connections, of whom |
//! | `patient` | a connection that gives up on a peer who stops reading |
//! | `routes`, `body`, `answer`, `filing`, `lines` | from a request to its answer |
//! | [`confined`] | reading hostile formats in a process that can do nothing else |
//! | `keeping` | what the machine's operator asks for |
//! | `witness` | asking witnesses, and being one |
//! | `lanes` | how many requests of a kind run at once |
//! | [`limits`] | every bound, with its reason |

mod answer;
mod body;
pub mod confined;
mod connections;
mod filing;
mod gather;
mod keeping;
mod lanes;
pub mod limits;
mod lines;
mod opening;
mod patient;
mod routes;
mod serve;
mod socket;
mod watch;
mod witness;

pub use gather::{GatherError, gather};
pub use opening::{OpeningError, while_opening};
pub use serve::{ServeError, Word, serve, serve_telling, termination};
pub use socket::{Listener, SOCKET_NAME, SocketError};
pub use witness::{WitnessBooks, serve_witness};
