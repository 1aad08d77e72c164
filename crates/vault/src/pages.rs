//! What the disk holds, verified under a store that is open.
//!
//! redb answers from its cache, so that a page which was destroyed on the disk is missed only when the store
//! is opened the next time. Here every page that the root on the disk leads to is read from the medium,
//! past that cache, and its checksum verified: the walk that opening makes ([`crate::opening`]), on a
//! [`Beside`] that lets nothing be written.
//!
//! First beside the running writer: a reader is held meanwhile, so that pages of the data are not used
//! again, and nobody waits. redb's own trees may change under that walk all the same, so what it
//! finds is not told: it is looked at again by the writer itself, between two groups, when nothing
//! changes, and only what is found then is damage. Where the first walk finds nothing there is no second.
//!
//! The writer knows the header that it wrote last; another one on the disk, such as that of an older copy put
//! there, leads to pages that may be sound, and is damage too.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use redb::StorageBackend;

use crate::medium::{Handle, Medium};
use crate::opening;
use crate::queue::{Request, answer};
use crate::snapshot::Snapshot;
use crate::vault::Shared;
use crate::{Vault, VaultError};

/// How often is told how far a walk has come: often enough for a bar that moves.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// The part of the file that redb's header lies in; no page of a tree does. redb's smallest page.
const HEADER_BYTES: u64 = 4096;

/// How far a walk of the pages has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagesRead {
    /// Bytes that were read.
    pub bytes: u64,
    /// Bytes that the file has; those in pages which hold nothing are not read.
    pub of: u64,
}

/// What one walk and those who look on have in common.
#[derive(Debug, Default)]
pub(crate) struct Far {
    bytes: AtomicU64,
    of: AtomicU64,
    stopped: AtomicBool,
}

impl Vault {
    /// Reads every page that is in use from the disk, past all that is cached in this process, and verifies its
    /// checksum, while the store is in use. `progress` is told how far it has come, several times a second; breaking ends it,
    /// which is then what is returned.
    ///
    /// It takes what verifying takes when the store is opened: less than half a second a gigabyte where the operating system has the
    /// file in memory, else as long as the disk takes to read it. Nobody waits for that. Only if something seems wrong is it all read once more
    /// with the writer held, so that commits wait as long; [`Vault::stalled`] counts from the last page
    /// that came, so that this is no stall, and a disk that hangs is.
    ///
    /// What is found leaves the vault as it is: what its cache holds can still be read and copied.
    ///
    /// # Errors
    ///
    /// [`VaultError::Damaged`] if the disk does not hold what was written, or why it cannot be read;
    /// [`VaultError::Closed`] or [`VaultError::Stopped`] if there is no writer.
    pub fn verify_pages(
        &self,
        progress: &mut dyn FnMut(PagesRead) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, VaultError> {
        let far = Arc::new(Far::default());
        // What it finds may be a commit that came between.
        if let Ok(ended) = followed(&self.shared, &far, self.walk_beside(&far)?, progress) {
            return Ok(ended);
        }
        let far = Arc::new(Far::default());
        let (reply, answered) = sync_channel(1);
        let request = Request::VerifyPages(far.clone(), reply);
        self.shared.queue.request(request)?;
        followed(&self.shared, &far, answered, progress)
    }

    /// A walk on a thread of its own, under a reader.
    fn walk_beside(&self, far: &Arc<Far>) -> Result<Receiver<Result<(), VaultError>>, VaultError> {
        let (reply, answered) = sync_channel(1);
        let (shared, far) = (self.shared.clone(), far.clone());
        let name = &self.shared.durable.medium.name;
        thread::Builder::new()
            .name("vault-pages".into())
            .spawn(move || {
                // Of a vault that has failed there is no view; the second walk needs none.
                let seen = Snapshot::of(&shared)
                    .and_then(|_held| walk(&shared.durable.medium, &far, None));
                // Before the answer, so that whoever has it may close the vault.
                drop(shared);
                answer(&reply, seen);
            })
            .map_err(|e| VaultError::from_io(name, "starting a thread", e))?;
        Ok(answered)
    }
}

/// Waits for a walk's end, telling how far it is.
fn followed(
    shared: &Shared,
    far: &Far,
    answered: Receiver<Result<(), VaultError>>,
    progress: &mut dyn FnMut(PagesRead) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, VaultError> {
    loop {
        match answered.recv_timeout(TOLD_EVERY) {
            Ok(_) if far.stopped.load(Ordering::Relaxed) => return Ok(ControlFlow::Break(())),
            Ok(ended) => return ended.map(ControlFlow::Continue),
            Err(RecvTimeoutError::Disconnected) => return Err(shared.stopped()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if progress(far.read()).is_break() {
            far.stopped.store(true, Ordering::Relaxed);
        }
    }
}

/// Reads all pages of the medium; if its writer waits for that, with what it has in common with others.
pub(crate) fn walk(
    medium: &Medium,
    far: &Arc<Far>,
    held: Option<&Arc<Shared>>,
) -> Result<(), VaultError> {
    let mut header = vec![0; HEADER_BYTES as usize];
    medium.read_header(&mut header)?;
    // Behind the header, so that the file is as long as that says at least.
    let length = medium.len()?;
    far.of.store(length, Ordering::Relaxed);
    let beside = Beside {
        medium: medium.handle(),
        header: Mutex::new(header),
        length,
        far: far.clone(),
        held: held.cloned(),
    };
    opening::verify_on(medium, beside)
}

impl Far {
    fn read(&self) -> PagesRead {
        let of = self.of.load(Ordering::Relaxed);
        PagesRead {
            // A page that was pushed out of the walk's cache is read again.
            bytes: self.bytes.load(Ordering::Relaxed).min(of),
            of,
        }
    }
}

/// The medium with its header and length as of one moment, on which nothing can be written.
///
/// The header of a store that is open says that it was not closed in order, which redb would
/// set right on the disk, under the writer: here it does so in memory.
struct Beside {
    medium: Handle,
    header: Mutex<Vec<u8>>,
    length: u64,
    far: Arc<Far>,
    /// Whose writer waits for this.
    held: Option<Arc<Shared>>,
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beside").finish_non_exhaustive()
    }
}

impl Beside {
    fn header(&self) -> MutexGuard<'_, Vec<u8>> {
        self.header.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Beside {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.far.stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other("it was stopped before the end"));
        }
        let in_header = usize::try_from(offset)
            .ok()
            .filter(|_| offset < HEADER_BYTES);
        if let Some(from) = in_header {
            let header = self.header();
            let bytes = from
                .checked_add(out.len())
                .and_then(|to| header.get(from..to));
            out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            return Ok(());
        }
        self.medium.read(offset, out)?;
        self.far
            .bytes
            .fetch_add(out.len() as u64, Ordering::Relaxed);
        if let Some(shared) = &self.held {
            shared.stall.go_on();
        }
        Ok(())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut header = self.header();
        let place = usize::try_from(offset)
            .ok()
            .and_then(|from| header.get_mut(from..from.checked_add(data.len())?))
            .ok_or(io::ErrorKind::ReadOnlyFilesystem)?;
        place.copy_from_slice(data);
        Ok(())
    }
}
