//! The log as a folder of files that never change: C2SP
//! [tlog-tiles](https://c2sp.org/tlog-tiles).
//!
//! This module owns the names of the files ([`TilePath`]), which of them a growth
//! of the log writes ([`growth`], [`superseded`]), their bytes ([`cut`]), and how
//! one reads them back ([`LedgerFiles`], [`read_bundle`]). It writes no disk.
//!
//! ```text
//! checkpoint                     the newest head, signed        (replaced)
//! tile/entries/x001/x234/067     entries 256·1234067 and on     (never changes)
//! tile/0/x001/x234/067           their leaf hashes
//! tile/1/x004/820                a hash for each full tile below it
//! tile/0/x001/x234/068.p/17      the last tile, 17 hashes wide so far
//! ```
//!
//! | file | bytes |
//! |---|---|
//! | entry bundle | for each entry `u16 length ‖ entry`; the length is always 33 |
//! | tile | for each place a hash of 32 bytes |
//!
//! A full one is 256 wide. A partial one carries its width in its name and is
//! superseded when the log grows; it may be removed once no checkpoint that
//! needs it is served.
//!
//! What cannot happen: a path cannot name anything outside the folder, since it is
//! made of numbers; two texts cannot be the same path.

mod bundle;
mod cut;
mod path;

pub use bundle::{BundleError, MAX_BUNDLE_BYTES, bundle, read_bundle};
pub use cut::{TileFile, cut, cut_one, growth, superseded};
pub use path::{MAX_LEVEL, MAX_PATH_BYTES, MAX_TILE_INDEX, PathError, TileKind, TilePath};

use crate::digest::DIGEST_LEN;

/// How wide a full tile or bundle is.
pub const TILE_WIDTH: u16 = 256;

/// How many levels of the tree a tile spans.
pub(crate) const TILE_HEIGHT: u8 = 8;

/// The most bytes of a tile.
pub const MAX_TILE_BYTES: usize = TILE_WIDTH as usize * DIGEST_LEN;

/// The name of the file with the newest checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// The files of a ledger folder, wherever they are: a folder on disk, a test's
/// memory, another machine. Whoever implements it is believed in nothing.
pub trait LedgerFiles {
    /// The bytes of the file `path`, which is relative and made as [`TilePath`] or
    /// [`CHECKPOINT_PATH`]; `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, for people; also when it is longer than `max` bytes,
    /// of which at most `max + 1` need be read to know.
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, String>;
}

impl<F: LedgerFiles + ?Sized> LedgerFiles for &F {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, String> {
        (**self).read(path, max)
    }
}
