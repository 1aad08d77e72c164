//! A spool: values that come from outside, in a file of their own that has its whole size from the beginning.
//!
//! What anybody may bring must not take the space of what the room itself writes, and must find space where everything
//! else is full. So it lies apart from the store, in a file whose blocks are set aside when it is made: a flood fills the
//! spool and nothing else, and a disk that is full otherwise still takes what the spool has room for.
//!
//! # Layout
//!
//! | bytes | what |
//! | --- | --- |
//! | 64 for each of [`SLOTS`] | directory: one entry for each slot |
//! | [`SLOT_BYTES`] for each of them | the slots |
//!
//! A value lies in slots that follow one another; the entry of the first names it:
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `SRSP` |
//! | 1 + 16 + 8 | the key: kind, id, counter |
//! | 4 | length of the value, most significant byte first |
//! | 31 | zero |
//!
//! An entry lies within one sector. A value is written and synced before its entry is, so that after a crash it is there
//! whole or not at all, and what was acknowledged is there. Removing it writes zeros over its entry, synced, and then over
//! its slots. An entry that cannot be one is left alone with its slot, and told ([`Spool::damaged`]).
//!
//! What the values are is for the caller, and whether they are what was written: the guard seals each to its key.
//!
//! # When the disk fails
//!
//! After a write or a sync that failed nobody knows what lies there. The spool then refuses everything with that cause
//! until it is opened again. The store is not touched by that.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::Key;

/// Bytes of a slot: the smallest value, with what lies around it, takes one.
pub const SLOT_BYTES: usize = 16 << 10;

/// Slots: 64 MiB. Some four thousand short messages, or eight of the longest.
pub const SLOTS: usize = 4_096;

/// Bytes of the whole file.
pub const SPOOL_BYTES: u64 = (SLOTS * (SLOT_BYTES + ENTRY_BYTES)) as u64;

const ENTRY_BYTES: usize = 64;
const MAGIC: [u8; 4] = *b"SRSP";
const LENGTH_AT: usize = MAGIC.len() + Key::BYTES;
const USED_BYTES: usize = LENGTH_AT + 4;

const _: () = assert!(USED_BYTES <= ENTRY_BYTES);
const _: () = assert!(512 % ENTRY_BYTES == 0, "an entry lies within one sector");

/// Why a spool does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There is no room for it.
    #[error("the space set aside for disclosures is full")]
    Full,
    /// It holds this key already.
    #[error("the spool holds this already")]
    There,
    /// The disk failed, now or before.
    #[error("the spool's disk failed: {0}")]
    Disk(String),
}

/// Where a value lies.
#[derive(Debug, Clone, Copy)]
struct Extent {
    first: usize,
    length: usize,
}

impl Extent {
    const fn slots(self) -> usize {
        slots_of(self.length)
    }
}

const fn slots_of(length: usize) -> usize {
    let slots = length.div_ceil(SLOT_BYTES);
    if slots == 0 { 1 } else { slots }
}

/// What the directory says.
#[derive(Debug)]
struct Directory {
    values: BTreeMap<Key, Extent>,
    taken: Vec<bool>,
    damaged: usize,
    failed: Option<String>,
}

/// A spool.
#[derive(Debug)]
pub struct Spool {
    backend: Box<dyn StorageBackend>,
    slots: usize,
    directory: Mutex<Directory>,
}

impl Spool {
    /// Opens the spool in a file, which is made, with all its space, where it is missing.
    ///
    /// # Errors
    /// The file cannot be made or read, or there is no space for all of it: then none is left lying about.
    pub fn open(path: &Path) -> io::Result<Self> {
        let new = !path.exists();
        let opened = Self::open_file(path);
        if new && opened.is_err() {
            // What is left of it is in nobody's way, should it not go.
            let _ = std::fs::remove_file(path);
        }
        opened
    }

    fn open_file(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another process has it open"),
            TryLockError::Error(error) => error,
        })?;
        set_aside(&file)?;
        file.sync_all()?;
        let backend = FileBackend::new(file).map_err(io::Error::other)?;
        Self::on(backend, SLOTS)
    }

    /// A spool on a disk of a test's own, of so many slots.
    ///
    /// # Errors
    /// The disk fails, or has no space for all of it.
    pub fn on(backend: impl StorageBackend, slots: usize) -> io::Result<Self> {
        let bytes = (slots * (SLOT_BYTES + ENTRY_BYTES)) as u64;
        let mut at = backend.len()?;
        if at < bytes {
            backend.set_len(bytes)?;
            let zeros = vec![0; SLOT_BYTES];
            while at < bytes {
                let some = usize::try_from(bytes - at).map_or(zeros.len(), |n| n.min(zeros.len()));
                backend.write(at, &zeros[..some])?;
                at += some as u64;
            }
            backend.sync_data()?;
        }
        let mut entries = vec![0; slots * ENTRY_BYTES];
        backend.read(0, &mut entries)?;
        let directory = Directory::read(&entries);
        Ok(Self {
            backend: Box::new(backend),
            slots,
            directory: Mutex::new(directory),
        })
    }

    const fn slot_at(&self, slot: usize) -> u64 {
        (self.slots * ENTRY_BYTES + slot * SLOT_BYTES) as u64
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys that it holds, ascending.
    pub fn keys(&self) -> Vec<Key> {
        self.directory().values.keys().copied().collect()
    }
    /// Whether it holds a key.
    pub fn holds(&self, key: Key) -> bool {
        self.directory().values.contains_key(&key)
    }
    /// Entries of its directory that are none.
    pub fn damaged(&self) -> usize {
        self.directory().damaged
    }
    /// Bytes of all slots.
    pub const fn bytes(&self) -> u64 {
        (self.slots * SLOT_BYTES) as u64
    }
    /// Bytes of slots that are free.
    pub fn free_bytes(&self) -> u64 {
        let free = self.directory().taken.iter().filter(|t| !**t).count();
        (free * SLOT_BYTES) as u64
    }

    /// A value.
    ///
    /// # Errors
    /// The disk fails.
    pub fn get(&self, key: Key) -> Result<Option<Vec<u8>>, SpoolError> {
        let directory = self.directory();
        directory.works()?;
        let Some(extent) = directory.values.get(&key).copied() else {
            return Ok(None);
        };
        let mut bytes = vec![0; extent.length];
        self.backend
            .read(self.slot_at(extent.first), &mut bytes)
            .map_err(|e| SpoolError::Disk(e.to_string()))?;
        Ok(Some(bytes))
    }

    /// Takes a value in, durably, if that leaves so many bytes of slots free.
    ///
    /// # Errors
    /// There is no room, the key is there, or the disk fails.
    pub fn put(&self, key: Key, bytes: &[u8], keep_free: u64) -> Result<(), SpoolError> {
        let mut directory = self.directory();
        directory.works()?;
        if directory.values.contains_key(&key) {
            return Err(SpoolError::There);
        }
        let slots = slots_of(bytes.len());
        let free = directory.taken.iter().filter(|t| !**t).count();
        let left = free.checked_sub(slots).ok_or(SpoolError::Full)?;
        if ((left * SLOT_BYTES) as u64) < keep_free {
            return Err(SpoolError::Full);
        }
        let first = directory.room_for(slots).ok_or(SpoolError::Full)?;
        let extent = Extent {
            first,
            length: bytes.len(),
        };
        let written = self
            .backend
            .write(self.slot_at(first), bytes)
            .and_then(|()| self.backend.sync_data())
            .and_then(|()| {
                self.backend
                    .write(entry_at(first), &entry(key, bytes.len()))
            })
            .and_then(|()| self.backend.sync_data());
        directory.noted(written)?;
        directory.taken[first..first + slots].fill(true);
        directory.values.insert(key, extent);
        Ok(())
    }

    /// Removes a value, which need not be there, and writes zeros over it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn remove(&self, key: Key) -> Result<(), SpoolError> {
        let mut directory = self.directory();
        directory.works()?;
        let Some(extent) = directory.values.get(&key).copied() else {
            return Ok(());
        };
        let zeros = vec![0; extent.slots() * SLOT_BYTES];
        let written = self
            .backend
            .write(entry_at(extent.first), &[0; ENTRY_BYTES])
            .and_then(|()| self.backend.sync_data())
            .and_then(|()| self.backend.write(self.slot_at(extent.first), &zeros));
        directory.noted(written)?;
        directory.values.remove(&key);
        directory.taken[extent.first..extent.first + extent.slots()].fill(false);
        Ok(())
    }
}

impl Directory {
    fn read(bytes: &[u8]) -> Self {
        let mut directory = Self {
            values: BTreeMap::new(),
            taken: vec![false; bytes.len() / ENTRY_BYTES],
            damaged: 0,
            failed: None,
        };
        for (first, entry) in bytes.chunks_exact(ENTRY_BYTES).enumerate() {
            if entry.iter().all(|byte| *byte == 0) {
                continue;
            }
            match read_entry(entry).filter(|(key, length)| directory.fits(*key, first, *length)) {
                Some((key, length)) => {
                    let extent = Extent { first, length };
                    directory.taken[first..first + extent.slots()].fill(true);
                    directory.values.insert(key, extent);
                }
                None => {
                    directory.damaged += 1;
                    directory.taken[first] = true;
                }
            }
        }
        directory
    }

    fn fits(&self, key: Key, first: usize, length: usize) -> bool {
        let end = first.saturating_add(slots_of(length));
        let free = self.taken.get(first..end);
        !self.values.contains_key(&key) && free.is_some_and(|slots| slots.iter().all(|t| !t))
    }

    fn works(&self) -> Result<(), SpoolError> {
        match &self.failed {
            Some(cause) => Err(SpoolError::Disk(cause.clone())),
            None => Ok(()),
        }
    }

    /// What came of writing: after a failure nothing is known.
    fn noted(&mut self, written: io::Result<()>) -> Result<(), SpoolError> {
        written.map_err(|error| {
            let cause = error.to_string();
            self.failed = Some(cause.clone());
            SpoolError::Disk(cause)
        })
    }

    /// The first run of free slots that is long enough.
    fn room_for(&self, slots: usize) -> Option<usize> {
        let mut run = 0;
        for (at, taken) in self.taken.iter().enumerate() {
            run = if *taken { 0 } else { run + 1 };
            if run == slots {
                return Some(at + 1 - slots);
            }
        }
        None
    }
}

fn entry(key: Key, length: usize) -> [u8; ENTRY_BYTES] {
    let length = u32::try_from(length).expect("the spool is far shorter");
    let mut entry = [0; ENTRY_BYTES];
    entry[..MAGIC.len()].copy_from_slice(&MAGIC);
    entry[MAGIC.len()..LENGTH_AT].copy_from_slice(&key.to_bytes());
    entry[LENGTH_AT..USED_BYTES].copy_from_slice(&length.to_be_bytes());
    entry
}

fn read_entry(entry: &[u8]) -> Option<(Key, usize)> {
    let rest = entry.strip_prefix(&MAGIC)?;
    let (key, rest) = rest.split_first_chunk::<{ Key::BYTES }>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.iter()
        .all(|byte| *byte == 0)
        .then(|| (Key::from_bytes(key), length))
}

const fn entry_at(slot: usize) -> u64 {
    (slot * ENTRY_BYTES) as u64
}

/// Has the file system set all the space aside that the file needs.
fn set_aside(file: &File) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(file, FallocateFlags::empty(), 0, SPOOL_BYTES) {
        // A file system that sets nothing aside: zeros are written instead, where the file is opened.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        other => Ok(other?),
    }
}
