//! Where a store lies: a locked file, or a disk of a test's own.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::stall::Readings;
use crate::{StoreName, VaultError};

/// What the file of a new store is called until it is whole.
const UNFINISHED_SUFFIX: &str = ".unfinished";

/// The place a store lies in, kept (and kept locked) while databases on it come and go.
#[derive(Debug, Clone)]
pub(crate) struct Medium {
    pub(crate) name: StoreName,
    backend: Arc<dyn StorageBackend>,
    /// The file once more, for its lock and its place; a test's disk has none.
    locked: Option<Arc<Locked>>,
    /// The header that was written last; empty while that is not known.
    header: Arc<Mutex<Vec<u8>>>,
    pub(crate) readings: Arc<Readings>,
}

/// A locked file, and where it is to be found.
#[derive(Debug)]
struct Locked {
    file: File,
    path: PathBuf,
    /// How long it is at least.
    length: AtomicU64,
}

impl Medium {
    pub(crate) fn of_backend(backend: impl StorageBackend) -> Self {
        Self {
            name: StoreName::of_backend(),
            backend: Arc::new(backend),
            locked: None,
            header: Arc::default(),
            readings: Arc::new(Readings::new()),
        }
    }

    /// Locks the file for this process; the lock ends with the process, however that ends.
    fn of_file(name: StoreName, path: &Path, file: File) -> Result<Self, VaultError> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => VaultError::InUse {
                store: name.clone(),
            },
            TryLockError::Error(error) => VaultError::from_io(&name, "locking the file", error),
        })?;
        let locked = file
            .try_clone()
            .map_err(|error| VaultError::from_io(&name, "opening the file", error))?;
        let length = locked
            .metadata()
            .map_err(|error| VaultError::from_io(&name, "reading the file's length", error))?
            .len();
        let backend = FileBackend::new(file)
            .map_err(|error| VaultError::from_redb(&name, "opening the file", error))?;
        Ok(Self {
            name,
            backend: Arc::new(backend),
            locked: Some(Arc::new(Locked {
                file: locked,
                path: path.to_owned(),
                length: AtomicU64::new(length),
            })),
            header: Arc::default(),
            readings: Arc::new(Readings::new()),
        })
    }

    /// Gives up the lock, when there is no database on the medium any more.
    pub(crate) fn release(&self) -> Result<(), VaultError> {
        self.locked.as_ref().map_or(Ok(()), |locked| {
            locked
                .file
                .unlock()
                .map_err(|error| VaultError::from_io(&self.name, "unlocking the file", error))
        })
    }

    /// The file of an existing store, locked.
    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        let name = StoreName::of_path(path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => VaultError::Missing {
                    store: name.clone(),
                },
                io::ErrorKind::IsADirectory => VaultError::Foreign {
                    store: name.clone(),
                    what: "it is a folder".into(),
                },
                _ => VaultError::from_io(&name, "opening the file", error),
            })?;
        if !is_regular(&file) {
            return Err(VaultError::Foreign {
                store: name,
                what: "it is not a regular file".into(),
            });
        }
        Self::of_file(name, path, file)
    }

    /// One database's view of the medium.
    pub(crate) fn handle(&self) -> Handle {
        Handle {
            backend: self.backend.clone(),
            locked: self.locked.clone(),
            header: self.header.clone(),
            readings: self.readings.clone(),
        }
    }

    /// Whether the file is at its path, and as long as what was written to it.
    pub(crate) fn in_place(&self) -> Result<(), VaultError> {
        let Some(locked) = &self.locked else {
            return Ok(());
        };
        let asked = |error| VaultError::from_io(&self.name, "looking for the file", error);
        let least = locked.length.load(Ordering::Acquire);
        let held = locked.file.metadata().map_err(asked)?;
        let moved = match fs::metadata(&locked.path) {
            Ok(named) => (named.dev(), named.ino()) != (held.dev(), held.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(asked(error)),
        };
        if moved {
            return Err(VaultError::Moved {
                store: self.name.clone(),
            });
        }
        // While its length is being changed, it is for another time.
        if held.len() < least && locked.length.load(Ordering::Acquire) == least {
            let what = format!("its file was {least} bytes long and has {}", held.len());
            return Err(VaultError::damaged(&self.name, what));
        }
        Ok(())
    }

    /// Reads the beginning of the file, between two writes of its header; damaged, if that is not the one that was
    /// written last.
    pub(crate) fn read_header(&self, out: &mut [u8]) -> Result<(), VaultError> {
        let written = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(0, out)?;
        if out.starts_with(&written) {
            return Ok(());
        }
        let what = "its header on the disk is not the one that was written last";
        Err(VaultError::damaged(&self.name, what))
    }

    pub(crate) fn len(&self) -> Result<u64, VaultError> {
        self.backend
            .len()
            .map_err(|error| VaultError::from_io(&self.name, "reading the file's length", error))
    }

    pub(crate) fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), VaultError> {
        self.backend
            .read(offset, out)
            .map_err(|error| VaultError::from_io(&self.name, "reading the file", error))
    }
}

/// A new store's file, which gets its name only when the store in it is whole.
///
/// Until then it lies beside its place under a name of its own; dropped before, it is removed.
pub(crate) struct Unfinished {
    path: PathBuf,
    place: PathBuf,
    pub(crate) medium: Medium,
}

impl Unfinished {
    /// An empty, locked file beside `place`, where nothing may be yet.
    ///
    /// A file that a crash left there is used again; one that another process is just filling is
    /// [`VaultError::InUse`].
    pub(crate) fn new(place: &Path) -> Result<Self, VaultError> {
        let name = StoreName::of_path(place);
        let failed = |error| VaultError::from_io(&name, "creating the file", error);
        if fs::symlink_metadata(place).is_ok() {
            return Err(VaultError::Exists { store: name });
        }
        let mut path = place.as_os_str().to_owned();
        path.push(UNFINISHED_SUFFIX);
        let path = PathBuf::from(path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => VaultError::Missing {
                    store: StoreName::of_path(place.parent().unwrap_or(place)),
                },
                _ => failed(error),
            })?;
        let held = file.metadata().map_err(failed)?;
        let medium = Medium::of_file(name.clone(), place, file)?;
        // Another process may have finished this very file between our opening and our locking
        // it: it is then somebody's store, and no longer under this name.
        let named = fs::symlink_metadata(&path).map_err(failed)?;
        if (named.dev(), named.ino(), named.nlink()) != (held.dev(), held.ino(), 1) {
            return Err(VaultError::InUse { store: name });
        }
        medium.handle().set_len(0).map_err(failed)?;
        Ok(Self {
            path,
            place: place.to_owned(),
            medium,
        })
    }

    /// Gives the file its name, durably; fails if there is something of that name by now.
    pub(crate) fn finish(self) -> Result<Medium, VaultError> {
        let name = self.medium.name.clone();
        let failed = |error| VaultError::from_io(&name, "naming the new file", error);
        fs::hard_link(&self.path, &self.place).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => VaultError::Exists {
                store: name.clone(),
            },
            _ => failed(error),
        })?;
        let medium = self.medium.clone();
        let folder = match self.place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        drop(self);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(medium)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Left behind, it would be found and used by the next attempt.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_regular(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// What redb gets: the medium's bytes, but neither its lock nor its end.
///
/// A database that redb has given up after a failure closes its backend. The file, and with it the
/// lock, must outlive that, so that no other process comes between it and its successor.
#[derive(Debug)]
pub(crate) struct Handle {
    backend: Arc<dyn StorageBackend>,
    locked: Option<Arc<Locked>>,
    header: Arc<Mutex<Vec<u8>>>,
    readings: Arc<Readings>,
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.readings.during(|| self.backend.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // What is said of the length is true of the file at every moment.
        let note = |how: fn(&AtomicU64, u64, Ordering) -> u64| {
            self.locked.iter().for_each(|locked| {
                how(&locked.length, len, Ordering::AcqRel);
            });
        };
        note(AtomicU64::fetch_min);
        self.backend.set_len(len)?;
        note(AtomicU64::fetch_max);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.backend.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let header = (offset == 0).then(|| {
            let mut header = self.header.lock().unwrap_or_else(PoisonError::into_inner);
            // Should this fail, what is there is not known.
            header.clear();
            header
        });
        self.backend.write(offset, data)?;
        if let Some(mut header) = header {
            header.extend_from_slice(data);
        }
        Ok(())
    }
}
