//! Opening a redb database: its pages verified in one walk, and no second one where it closed in order.
//!
//! redb's own check of integrity walks all pages twice, once for their checksums and once to learn which
//! pages are free, though closing has written down the latter. And in a cache of any size a walk
//! writes each page where no core has looked lately, for a page that is not looked at again. So the walk
//! is called off when the checksums are verified, and goes through a cache that the core's own
//! holds: for a store of a gigabyte a fifth of the time.

use redb::{Builder, Database, DatabaseError, RepairSession, StorageBackend};

use crate::durable::guarded;
use crate::medium::Medium;
use crate::{CACHE_BYTES, VaultError};

/// The cache of what walks all pages, in bytes: a few inner pages of the trees and the page at hand, within
/// what a core caches. With 128 MiB a walk took 2.7 times as long.
const WALK_CACHE_BYTES: usize = 256 << 10;

/// How far redb says that its check is when it has verified the pages of the root in force: it says 0.0
/// before, 0.3 where it goes back to the root before, and 0.6 behind that (`tests/damage.rs` fails
/// where it says so sooner).
const VERIFIED: f64 = 0.6;

/// Reads every page that the store uses and verifies its checksum. Writes nothing.
pub(crate) fn verify(medium: &Medium) -> Result<(), VaultError> {
    verify_on(medium, medium.handle())
}

/// The same on a view of the medium.
pub(crate) fn verify_on(medium: &Medium, view: impl StorageBackend) -> Result<(), VaultError> {
    let mut walk = builder(WALK_CACHE_BYTES);
    walk.set_check_integrity_on_open(true);
    walk.set_repair_callback(|check| {
        if check.progress() >= VERIFIED {
            check.abort();
        }
    });
    match begin(medium, view, &walk)? {
        None => Ok(()),
        // It verified all there is, and had nothing to ask.
        Some(database) => close(medium, database),
    }
}

/// Opens what is verified, or was written by this process.
pub(crate) fn open(medium: &Medium) -> Result<Database, VaultError> {
    let mut plain = builder(CACHE_BYTES);
    plain.set_repair_callback(RepairSession::abort);
    if let Some(database) = begin(medium, medium.handle(), &plain)? {
        return Ok(database);
    }
    // It was not closed in order, so redb has to look which pages are free: walks again.
    if let Some(mended) = begin(medium, medium.handle(), &builder(WALK_CACHE_BYTES))? {
        close(medium, mended)?;
    }
    begin(medium, medium.handle(), &builder(CACHE_BYTES))?.ok_or_else(|| {
        VaultError::damaged(&medium.name, "closed in order, it opens as if it was not")
    })
}

/// A database with a cache of so many bytes.
pub(crate) fn builder(cache_bytes: usize) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(cache_bytes);
    builder
}

/// The database on a view of a medium; none if the builder's callback called it off.
fn begin(
    medium: &Medium,
    view: impl StorageBackend,
    builder: &Builder,
) -> Result<Option<Database>, VaultError> {
    guarded(medium, || match builder.create_with_backend(view) {
        Err(DatabaseError::RepairAborted) => Ok(None),
        Ok(database) => Ok(Some(database)),
        Err(e) => Err(VaultError::from_redb(&medium.name, "opening the store", e)),
    })
}

/// Closes a database, telling what redb finds amiss in doing so.
pub(crate) fn close(medium: &Medium, database: Database) -> Result<(), VaultError> {
    guarded(medium, || {
        database
            .close()
            .map_err(|e| VaultError::from_redb(&medium.name, "closing the store", e))
    })
}
