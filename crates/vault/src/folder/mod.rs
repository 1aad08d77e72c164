//! The ledger as others read it, and a head kept outside: small files in folders.
//!
//! A [`LedgerFolder`] is the folder of [C2SP tlog-tiles](https://c2sp.org/tlog-tiles): tiles, bundles of
//! entries, and one `checkpoint`. A [`HeadFile`] is one small file anywhere outside the room. Both
//! go through the trait [`Files`], so that a test can be the file system; [`DiskFiles`] is the real one.
//!
//! # How a file comes to be
//!
//! ```text
//! write under a name of its own ─► fsync ─► rename to its name ─► fsync of the folder
//! ```
//!
//! # What cannot happen
//!
//! * Under a name that others read there is a file that is half written, whenever the machine stops.
//! * The checkpoint promises a tile that a loss of power could still take: tiles, and the folders
//!   that they lie in, are durable before the checkpoint gets its name.
//! * A partial tile that the published checkpoint needs is removed.
//! * A link that somebody put into the folder is followed: each part of a path is opened relative to the
//!   folder before it, links refused, beginning at the folder that was opened.
//! * The guard goes on in a folder that was moved away: what the path names is compared each time.
//!
//! What is in these folders is not believed: others can write there. Whoever reads it checks signatures
//! and hashes.

mod disk;
mod error;
mod files;
mod head;
mod ledger;
mod path;

pub use disk::{Audience, DiskFiles};
pub use error::FolderError;
pub use files::{Files, Listed};
pub use head::{HEAD_FILE_BYTES_MAX, HeadFile};
pub use ledger::{CHECKPOINT, LedgerFolder};
pub use path::PATH_BYTES_MAX;
