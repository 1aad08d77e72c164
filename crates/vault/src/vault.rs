//! The vault itself: opening, submitting, reading, following, recovering, closing.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use crate::StoreName;
use crate::durable::Durable;
use crate::medium::{Medium, Unfinished};
use crate::queue::{Queue, Reply, Request, Ticket, answer};
use crate::slots::SlotsPlace;
use crate::stall::Stall;
use crate::writer::{Recovery, Writer};
use crate::{Commit, Entry, Key, Lineage, Position, Rows, Snapshot, Standing, VaultError};

/// What [`Vault::follow`] calls: with leaves in the order of the ledger, and the index of the first.
pub(crate) type Follower = Box<dyn FnMut(&[[u8; Commit::LEAF_BYTES]], u64) + Send>;

/// What the writer and everyone else have in common.
pub(crate) struct Shared {
    pub(crate) durable: Durable,
    pub(crate) queue: Queue,
    pub(crate) size: AtomicU64,
    pub(crate) stall: Stall,
}

impl Shared {
    /// Runs a reading; if it shows that the store has failed, the vault has.
    ///
    /// Once it has, every reading that fails is answered with the first cause, not with what
    /// followed from it.
    pub(crate) fn watched<T>(
        &self,
        read: impl FnOnce(&Durable) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        read(&self.durable).map_err(|error| {
            if matches!(error, VaultError::Stale { .. }) {
                return error;
            }
            self.queue.refuse(error.clone());
            self.queue.refusal().unwrap_or(error)
        })
    }

    /// What a reading found wrong with the store.
    pub(crate) fn damaged(&self, what: String) -> VaultError {
        let error = VaultError::damaged(&self.durable.medium.name, what);
        self.queue.refuse(error.clone());
        error
    }
}

/// A store, open in this process alone.
///
/// Shared by reference between as many threads as one likes. Dropping it closes it: what was
/// submitted is still made durable.
pub struct Vault {
    pub(crate) shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
    slots: SlotsPlace,
}

/// Whether the vault takes commits.
#[derive(Debug, Clone)]
pub enum Health {
    /// It does.
    Open,
    /// It does not, for this reason, until [`Vault::try_recover`] succeeds (which it cannot after
    /// [`VaultError::Closed`] or [`VaultError::Stopped`]).
    Failed(VaultError),
}

/// A commit on its way to the disk.
#[must_use = "a commit is not stored before `wait` has returned"]
pub struct Pending {
    answer: Receiver<Result<Position, VaultError>>,
    shared: Arc<Shared>,
}

impl Pending {
    /// Waits until the commit is durable.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotStored`] if it certainly is not; [`VaultError::InDoubt`] if that will be
    /// known when the vault has recovered; [`VaultError::TooLarge`] if it exceeds a limit.
    pub fn wait(self) -> Result<Position, VaultError> {
        self.answer.recv().unwrap_or_else(|_| {
            // The writer ended by a panic, perhaps after the commit had become durable.
            Err(self.shared.stopped().in_doubt())
        })
    }
}

impl Vault {
    /// Makes a new, empty store at `path` and opens it. The file appears only once it is whole.
    ///
    /// # Errors
    ///
    /// [`VaultError::Exists`] if there is anything at `path`; else why it cannot be made there.
    pub fn create(path: impl AsRef<Path>) -> Result<Vault, VaultError> {
        let unfinished = Unfinished::new(path.as_ref())?;
        let (durable, standing) = Durable::create(unfinished.medium.clone())?;
        unfinished.finish()?;
        Self::start(durable, standing, SlotsPlace::beside(path.as_ref()))
    }

    /// The same for a store that is to be thrown away, with its slot file. Once this returns neither needs its name any
    /// more: whoever removes the names leaves nothing behind, whatever happens to the process.
    ///
    /// # Errors
    ///
    /// As for [`Vault::create`], and if the slot file cannot be made beside it.
    pub fn create_scratch(path: impl AsRef<Path>) -> Result<Vault, VaultError> {
        let slots = SlotsPlace::scratch_beside(path.as_ref()).map_err(|e| {
            VaultError::from_io(
                &StoreName::of_path(path.as_ref()),
                "making the slot file",
                e,
            )
        })?;
        let unfinished = Unfinished::new(path.as_ref())?;
        let (durable, standing) = Durable::create(unfinished.medium.clone())?;
        unfinished.finish()?;
        Self::start(durable, standing, slots)
    }

    /// Opens the store at `path`, for this process alone, and verifies all of it: every page is
    /// read and its checksum compared, however the store was closed; some half a second a gigabyte.
    ///
    /// # Errors
    ///
    /// [`VaultError::InUse`], without waiting, while another process has it open;
    /// [`VaultError::Missing`], [`VaultError::Foreign`], [`VaultError::Newer`] or
    /// [`VaultError::Damaged`] by what is found there; or why the disk cannot be read and written.
    pub fn open(path: impl AsRef<Path>) -> Result<Vault, VaultError> {
        let (durable, standing) = Durable::open(Medium::open(path.as_ref())?)?;
        Self::start(durable, standing, SlotsPlace::beside(path.as_ref()))
    }

    /// Opens the store on a disk of the caller's own; on an empty one, a new store. It has no place for a slot file.
    ///
    /// # Errors
    ///
    /// As for [`Vault::open`], except that nothing is locked.
    pub fn with_backend(backend: impl StorageBackend) -> Result<Vault, VaultError> {
        Self::on(backend, SlotsPlace::nowhere())
    }

    /// The same with a disk for the slot file too.
    ///
    /// # Errors
    ///
    /// As for [`Vault::with_backend`].
    pub fn with_backends(
        store: impl StorageBackend,
        slots: impl StorageBackend,
    ) -> Result<Vault, VaultError> {
        Self::on(store, SlotsPlace::on(slots))
    }

    fn on(backend: impl StorageBackend, slots: SlotsPlace) -> Result<Vault, VaultError> {
        let medium = Medium::of_backend(backend);
        let (durable, standing) = match medium.len()? {
            0 => Durable::create(medium)?,
            _ => Durable::open(medium)?,
        };
        Self::start(durable, standing, slots)
    }

    /// A new store in memory, which ends with the vault.
    ///
    /// # Errors
    ///
    /// When there is no memory for it, or no thread.
    pub fn memory() -> Result<Vault, VaultError> {
        Self::with_backend(InMemoryBackend::new())
    }

    fn start(durable: Durable, standing: Standing, slots: SlotsPlace) -> Result<Vault, VaultError> {
        let shared = Arc::new(Shared {
            durable,
            queue: Queue::new(),
            size: AtomicU64::new(standing.entries),
            stall: Stall::new(),
        });
        let writer = Writer::new(shared.clone(), standing);
        let writer = thread::Builder::new()
            .name("vault-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| {
                let name = &shared.durable.medium.name;
                VaultError::from_io(name, "starting the writer's thread", error)
            })?;
        Ok(Vault {
            shared,
            writer: Mutex::new(Some(writer)),
            slots,
        })
    }

    /// Puts a commit in the queue. The order of calls is the order of the ledger.
    ///
    /// Waits while the queue is full ([`QUEUE_COMMITS_MAX`](crate::QUEUE_COMMITS_MAX),
    /// [`QUEUE_BYTES_MAX`](crate::QUEUE_BYTES_MAX)); a refusal comes out of [`Pending::wait`].
    pub fn submit(&self, commit: Commit) -> Pending {
        let (reply, answered) = sync_channel(1);
        match commit.check() {
            Ok(()) => self.shared.queue.submit(Ticket { commit, reply }),
            Err(refused) => answer(&reply, Err(refused)),
        }
        Pending {
            answer: answered,
            shared: self.shared.clone(),
        }
    }

    /// The committed value of `key`, if it has one.
    ///
    /// # Errors
    ///
    /// When the disk fails or the store is damaged; the vault then counts as failed.
    pub fn get(&self, key: Key) -> Result<Option<Vec<u8>>, VaultError> {
        self.snapshot()?.get(key)
    }

    /// All committed rows of one kind, in the order of their keys, as of now.
    ///
    /// # Errors
    ///
    /// As for [`Vault::get`].
    pub fn scan(&self, kind: u8) -> Result<Rows, VaultError> {
        self.snapshot()?.scan(kind)
    }

    /// All committed rows of one kind and id, by counter, as of now.
    ///
    /// # Errors
    ///
    /// As for [`Vault::get`].
    pub fn scan_id(&self, kind: u8, id: [u8; 16]) -> Result<Rows, VaultError> {
        self.snapshot()?.scan_id(kind, id)
    }

    /// Durable ledger entries by index, from `from` on: at most `max` and at most
    /// [`ENTRIES_PAGE_MAX`](crate::ENTRIES_PAGE_MAX), none beyond the end.
    ///
    /// # Errors
    ///
    /// As for [`Vault::get`].
    pub fn entries(&self, from: u64, max: usize) -> Result<Vec<Entry>, VaultError> {
        self.snapshot()?.entries(from, max)
    }

    /// The number of durable ledger entries.
    pub fn size(&self) -> u64 {
        self.shared.size.load(Ordering::Acquire)
    }

    /// The store as of now, for several readings that belong together.
    ///
    /// # Errors
    ///
    /// As for [`Vault::get`].
    pub fn snapshot(&self) -> Result<Snapshot, VaultError> {
        Snapshot::of(&self.shared)
    }

    /// Shows every leaf from index `from` on to `follower`, in order and once each: those already
    /// durable before this returns, later ones each time a group has become durable and before
    /// anyone who waits for it is answered.
    ///
    /// It runs on the writer's thread: it must be quick and must not wait for the vault, and a panic
    /// in it stops the vault. It replaces the follower before it.
    ///
    /// # Errors
    ///
    /// [`VaultError::Beyond`] if the ledger has fewer than `from` entries; when the ledger cannot
    /// be read. There is then no new follower, and the one before it stays.
    pub fn follow(
        &self,
        from: u64,
        follower: impl FnMut(&[[u8; Commit::LEAF_BYTES]], u64) + Send + 'static,
    ) -> Result<(), VaultError> {
        self.ask(|reply| Request::Follow(from, Box::new(follower), reply))
    }

    /// Whether commits are taken, and if not, why not.
    pub fn health(&self) -> Health {
        match self.shared.queue.refusal() {
            None => Health::Open,
            Some(cause) => Health::Failed(cause),
        }
    }

    /// For how long the writer has been at what it is doing: a group on its way to the disk, a
    /// recovery, a follower being shown leaves. `None` while it waits for work.
    ///
    /// On a sound disk a group takes milliseconds, or up to some hundred for many megabytes; seconds
    /// mean that the disk hangs. Or for how long readers have waited of whom none was answered, if that is
    /// longer. Takes no lock and reads nothing, so that it answers even then.
    pub fn stalled(&self) -> Option<Duration> {
        let reading = self.shared.durable.medium.readings.lasting();
        self.shared.stall.lasting().max(reading)
    }

    /// Whether the file that is open is the one at its path, and as long as it must be: what is written to
    /// one that was deleted, replaced or cut is lost, and nothing else tells.
    ///
    /// Asks the file system, so that it waits on one that hangs.
    ///
    /// # Errors
    ///
    /// [`VaultError::Moved`], which ends when the file is put back; [`VaultError::Damaged`] if it was cut;
    /// or why the file system does not say.
    pub fn in_place(&self) -> Result<(), VaultError> {
        self.shared.durable.medium.in_place()
    }

    /// Where the store's slot file lies.
    pub fn slots(&self) -> &SlotsPlace {
        &self.slots
    }

    /// Says which store this is, durably, unless that was said before; returns what stands.
    ///
    /// Whoever makes a store calls this once with 16 random bytes, before the first commit.
    ///
    /// # Errors
    ///
    /// When the disk fails; the vault then counts as failed. After [`Vault::try_recover`] it can be
    /// asked again.
    pub fn begin_lineage(&self, lineage: Lineage) -> Result<Lineage, VaultError> {
        self.ask(|reply| Request::BeginLineage(lineage, reply))
    }

    /// After a failure, opens the store anew, and takes commits again once one was durably written.
    ///
    /// Says what became of commits that were answered [`VaultError::InDoubt`]. On a vault that has
    /// not failed it changes nothing. Snapshots from before are [`VaultError::Stale`] afterwards.
    ///
    /// # Errors
    ///
    /// Why the store still cannot be written; it can be tried again.
    pub fn try_recover(&self) -> Result<Recovery, VaultError> {
        self.ask(Request::Recover)
    }

    /// Makes durable what was submitted, takes nothing more, and closes the file.
    ///
    /// # Errors
    ///
    /// When closing fails; what was acknowledged is safe all the same.
    pub fn close(&self) -> Result<(), VaultError> {
        let name = &self.shared.durable.medium.name;
        self.shared.queue.end(VaultError::Closed {
            store: name.clone(),
        });
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            return Err(self.shared.stopped());
        }
        self.shared.durable.close()
    }

    fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, VaultError> {
        let (reply, answered) = sync_channel(1);
        self.shared.queue.request(request(reply))?;
        answered
            .recv()
            .unwrap_or_else(|_| Err(self.shared.stopped()))
    }
}

impl Shared {
    pub(crate) fn stopped(&self) -> VaultError {
        VaultError::Stopped {
            store: self.durable.medium.name.clone(),
        }
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // What was acknowledged is durable whatever closing says; `close` is there to ask.
        let _ = self.close();
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("store", &self.shared.durable.medium.name)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
