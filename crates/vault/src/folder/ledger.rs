//! The folder of the ledger: tiles, bundles of entries, the checkpoint.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use strongroom_tlog::checkpoint::MAX_NOTE_BYTES;

use super::path::{check, folders, is_full_tile_within, parent};
use super::{Audience, DiskFiles, Files, FolderError};

/// The name of the file that is published last.
pub const CHECKPOINT: &str = "checkpoint";

/// What a file is called while it is written. There is one at a time.
const UNFINISHED: &str = ".unfinished";

/// The folder that all tiles and bundles lie in.
const TILES: &str = "tile";

/// What a folder of partial tiles ends with.
const PARTIAL: &str = ".p";

/// A folder that anyone may read, in which a log is published.
///
/// Which files make up a log is the caller's to say; here is in which order they come to be, so that
/// at any instant the checkpoint promises nothing that is not there.
pub struct LedgerFolder {
    files: Box<dyn Files>,
    kept: Mutex<Kept>,
}

/// What is remembered from one publication to the next. Nothing that a restart may not lose.
#[derive(Default)]
struct Kept {
    /// Folders whose own names are known to be durable.
    settled: BTreeSet<String>,
    /// Full tiles of the last publication, whose partial ones can go with the next.
    filled: Vec<String>,
}

impl LedgerFolder {
    /// The folder at `path`, which is made, for everyone to read, if it is missing.
    ///
    /// # Errors
    ///
    /// Why it cannot be made or opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let path = path.as_ref();
        let files = DiskFiles::make(path, Audience::Everyone).map_err(|error| {
            FolderError::from_io(path.display().to_string(), "opening the folder", error)
        })?;
        Ok(Self::over(files))
    }

    /// A folder on files of the caller's own.
    pub fn over(files: impl Files + 'static) -> Self {
        Self {
            files: Box::new(files),
            kept: Mutex::default(),
        }
    }

    /// The checkpoint that is published, if any is.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no file that was written here.
    pub fn published(&self) -> Result<Option<Vec<u8>>, FolderError> {
        self.attach()?;
        self.read_checked(CHECKPOINT, MAX_NOTE_BYTES)
    }

    /// The name of something in the folder that is no part of a log, if there is anything.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn stranger(&self) -> Result<Option<String>, FolderError> {
        self.attach()?;
        let listed = self.io("listing a folder", self.files.list(""))?;
        let names = listed.unwrap_or_default().into_iter().map(|l| l.name);
        let mut strange =
            names.filter(|name| ![CHECKPOINT, UNFINISHED, TILES].contains(&name.as_str()));
        Ok(strange.next())
    }

    /// One file of at most `max` bytes; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`FolderError::Name`] for a path that has no place here; [`FolderError::TooLarge`]; when it
    /// cannot be read.
    pub fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, FolderError> {
        check(path)?;
        self.read_checked(path, max)
    }

    /// Publishes `files`, and then `checkpoint`, in place of the published checkpoint `base`.
    ///
    /// When this returns all of it is durable. When it fails, or the machine stops on the way, the checkpoint
    /// is either still `base` or already the new one, with all its tiles; to go on, look which
    /// ([`LedgerFolder::published`]) and publish the growth from there. Files that are there already are
    /// written anew: a repetition harms nothing, and repairs.
    ///
    /// Where a full tile takes the place of partial ones, these are removed with a later publication,
    /// as C2SP tlog-tiles allows: a reader of the checkpoint before still finds them.
    ///
    /// # Errors
    ///
    /// [`FolderError::Changed`] if the published checkpoint is not `base`, and [`FolderError::TooLarge`] for a
    /// checkpoint beyond [`MAX_NOTE_BYTES`], which nobody would read; nothing was written then;
    /// [`FolderError::Name`] for a path that has no place here; or why the disk cannot be written.
    pub fn publish<F>(
        &self,
        base: Option<&[u8]>,
        files: F,
        checkpoint: &[u8],
    ) -> Result<(), FolderError>
    where
        F: IntoIterator<Item = (String, Vec<u8>)>,
    {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if base.is_none() {
            // It is another folder, or an emptied one: none of the folders in it need be there.
            *kept = Kept::default();
        }
        let published = self.publish_over(&mut kept, base, files, checkpoint);
        if published.is_err() {
            // Somebody else may have changed what is remembered of it: the next attempt looks anew.
            *kept = Kept::default();
        }
        published
    }

    fn publish_over<F>(
        &self,
        kept: &mut Kept,
        base: Option<&[u8]>,
        files: F,
        checkpoint: &[u8],
    ) -> Result<(), FolderError>
    where
        F: IntoIterator<Item = (String, Vec<u8>)>,
    {
        if checkpoint.len() > MAX_NOTE_BYTES {
            return Err(self.too_large(CHECKPOINT, MAX_NOTE_BYTES));
        }
        if self.published()?.as_deref() != base {
            return Err(FolderError::Changed {
                folder: self.files.name(),
            });
        }
        let mut names = BTreeSet::new();
        let mut made = BTreeSet::new();
        let mut filled = Vec::new();
        for (path, bytes) in files {
            check(&path)?;
            for folder in folders(&path).filter(|folder| !kept.settled.contains(*folder)) {
                if made.insert(folder.to_owned()) {
                    self.io("making a folder", self.files.create_folder(folder))?;
                    names.insert(parent(folder).to_owned());
                }
            }
            self.put(&path, &bytes)?;
            names.insert(parent(&path).to_owned());
            if !parent(&path).ends_with(PARTIAL) {
                filled.push(path);
            }
        }
        for folder in &names {
            self.sync(folder)?;
        }
        kept.settled.append(&mut made);

        self.put(CHECKPOINT, checkpoint)?;
        self.sync("")?;

        for tile in std::mem::replace(&mut kept.filled, filled) {
            let partial = tile + PARTIAL;
            kept.settled.remove(&partial);
            // One that stays is in nobody's way; `tidy` finds it.
            let _ = self.remove_all(&partial);
        }
        Ok(())
    }

    /// Removes partial tiles for which there is a full one within the published checkpoint, as an
    /// interrupted run leaves them. For the time after opening: it looks at every name there is.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written.
    pub fn tidy(&self) -> Result<(), FolderError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(size) = self.published()?.as_deref().and_then(size_of_checkpoint) else {
            return Ok(());
        };
        let mut folders = vec![TILES.to_owned()];
        while let Some(folder) = folders.pop() {
            let listed = self.io("listing a folder", self.files.list(&folder))?;
            let listed = listed.unwrap_or_default();
            for name in listed.iter().filter(|listed| listed.is_folder) {
                let path = format!("{folder}/{}", name.name);
                match path.strip_suffix(PARTIAL) {
                    None => folders.push(path),
                    Some(full) => {
                        let there = listed.iter().any(|other| {
                            !other.is_folder && name.name.strip_suffix(PARTIAL) == Some(&other.name)
                        });
                        if there && is_full_tile_within(full, size) {
                            kept.settled.remove(&path);
                            self.io("removing partial tiles", self.remove_all(&path))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the log out of the folder, the checkpoint first, for another log to be published there.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn clear(&self) -> Result<(), FolderError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.attach()?;
        *kept = Kept::default();
        let doing = "emptying the folder";
        self.io(doing, self.files.remove(CHECKPOINT))?;
        self.sync("")?;
        self.io(doing, self.remove_all(TILES))?;
        self.sync("")
    }

    /// Writes a file and gives it its name; neither survives a loss of power before the folder is synced.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.io("writing a file", self.files.write(UNFINISHED, bytes))?;
        self.io("naming a file", self.files.rename(UNFINISHED, path))
    }

    fn sync(&self, folder: &str) -> Result<(), FolderError> {
        self.io("making names durable", self.files.sync_folder(folder))
    }

    /// Removes a file, or a folder with all that is in it.
    fn remove_all(&self, path: &str) -> io::Result<()> {
        let Some(listed) = self.files.list(path)? else {
            return Ok(());
        };
        for listed in listed {
            let inner = format!("{path}/{}", listed.name);
            if listed.is_folder {
                self.remove_all(&inner)?;
            } else {
                self.files.remove(&inner)?;
            }
        }
        self.files.remove(path)
    }

    fn read_checked(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, FolderError> {
        let read = self.files.read(path, max.saturating_add(1));
        match self.io("reading a file", read)? {
            Some(bytes) if bytes.len() > max => Err(self.too_large(path, max)),
            found => Ok(found),
        }
    }

    fn too_large(&self, path: &str, limit: usize) -> FolderError {
        FolderError::TooLarge {
            folder: self.files.name(),
            path: path.to_owned(),
            limit,
        }
    }

    fn attach(&self) -> Result<(), FolderError> {
        self.io("opening the folder", self.files.attach())
    }

    fn io<T>(&self, doing: &'static str, result: io::Result<T>) -> Result<T, FolderError> {
        result.map_err(|error| FolderError::from_io(self.files.name(), doing, error))
    }
}

/// The size of the log in the second line of a checkpoint.
fn size_of_checkpoint(checkpoint: &[u8]) -> Option<u64> {
    let line = checkpoint.split(|byte| *byte == b'\n').nth(1)?;
    std::str::from_utf8(line).ok()?.parse().ok()
}

impl std::fmt::Debug for LedgerFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerFolder")
            .field("folder", &self.files.name())
            .finish_non_exhaustive()
    }
}
