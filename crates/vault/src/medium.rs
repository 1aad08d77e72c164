//! Where a store lies: a locked file, or a disk of a test's own.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::{StoreName, VaultError};

/// What the file of a new store is called until it is whole.
const UNFINISHED_SUFFIX: &str = ".unfinished";

/// The place a store lies in, kept (and kept locked) while databases on it come and go.
#[derive(Debug, Clone)]
pub(crate) struct Medium {
    pub(crate) name: StoreName,
    backend: Arc<dyn StorageBackend>,
    /// The file once more, for its lock; a test's disk has none.
    locked: Option<Arc<File>>,
}

impl Medium {
    pub(crate) fn of_backend(backend: impl StorageBackend) -> Self {
        Self {
            name: StoreName::of_backend(),
            backend: Arc::new(backend),
            locked: None,
        }
    }

    /// Locks the file for this process; the lock ends with the process, however that ends.
    fn of_file(name: StoreName, file: File) -> Result<Self, VaultError> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => VaultError::InUse {
                store: name.clone(),
            },
            TryLockError::Error(error) => VaultError::from_io(&name, "locking the file", error),
        })?;
        let locked = file
            .try_clone()
            .map_err(|error| VaultError::from_io(&name, "opening the file", error))?;
        let backend = FileBackend::new(file)
            .map_err(|error| VaultError::from_redb(&name, "opening the file", error))?;
        Ok(Self {
            name,
            backend: Arc::new(backend),
            locked: Some(Arc::new(locked)),
        })
    }

    /// Gives up the lock, when there is no database on the medium any more.
    pub(crate) fn release(&self) -> Result<(), VaultError> {
        self.locked.as_ref().map_or(Ok(()), |file| {
            file.unlock()
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
        Self::of_file(name, file)
    }

    /// One database's view of the medium.
    pub(crate) fn handle(&self) -> Handle {
        Handle(self.backend.clone())
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
        let medium = Medium::of_file(name.clone(), file)?;
        // Another process may have finished this very file between our opening and our locking
        // it: it is then somebody's store, and no longer under this name.
        let named = fs::symlink_metadata(&path).map_err(failed)?;
        if (named.dev(), named.ino(), named.nlink()) != (held.dev(), held.ino(), 1) {
            return Err(VaultError::InUse { store: name });
        }
        medium.backend.set_len(0).map_err(failed)?;
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
pub(crate) struct Handle(Arc<dyn StorageBackend>);

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
