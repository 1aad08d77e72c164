//! Reading hostile formats in a process that can do nothing but read.
//!
//! A document that unpacks, nests and refers is read by large libraries. A flaw in one of them must not reach the
//! keys that the guard holds, nor the disk, nor the network. So the guard has such files read by a process of its own,
//! one for each file:
//!
//! ```text
//! guard ─▶ this program's own image, `parse-confined`: no environment, no descriptor but these three
//!           stdin  ─ name, policy and bytes of the file ─▶ limits ─▶ Landlock ─▶ seccomp ─▶ only now is a byte read
//!           stdout ◀─ drafts, or why there are none
//!       ◀─ DraftSet::from_bytes: the answer is believed no more than the file
//! ```
//!
//! What cannot happen in it, whatever the file makes its reader do: to open, make or remove a file; to have a socket
//! of any kind; to begin a process or a thread, or run a program; to signal another process; to read from or write to
//! anything but its two pipes, inherited by mistake or not; to take more than [`Bounds::bytes`] of memory, or to go on
//! for longer than [`Bounds::wait`]. It ends with the guard's thread that waits for it.
//!
//! What can: it answers with other words than the file has. Whoever can make a file that does so can as well write
//! those words into the file.
//!
//! | module | subject |
//! | --- | --- |
//! | `ask` | the side of the guard: starts the process, waits for it, judges the answer |
//! | `child` | the other side |
//! | `lock` | limits, Landlock and seccomp |
//! | `message` | what goes through the pipes |

mod ask;
mod child;
mod lock;
mod message;

use std::time::Duration;

pub use ask::Confined;
pub use child::{Reader, parse_confined};
pub use message::Asked;

use crate::limits::{PARSE_CPU_MAX, PARSE_MEMORY_MAX, PARSE_WAIT};

/// What a process that reads a file may cost, and what may be missing from its confinement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of address space.
    pub bytes: u64,
    /// Time of a processor, in whole seconds.
    pub seconds: u64,
    /// Time altogether.
    pub wait: Duration,
    /// A kernel without Landlock will do; the rest is never left out.
    pub without_landlock: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: PARSE_MEMORY_MAX,
            seconds: PARSE_CPU_MAX.as_secs(),
            wait: PARSE_WAIT,
            without_landlock: false,
        }
    }
}
