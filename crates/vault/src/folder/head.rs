//! One small file outside the room.

use std::io;
use std::path::{Path, PathBuf};

use super::{Audience, DiskFiles, Files, FolderError};

/// The largest head file, in bytes.
///
/// A checkpoint with its signatures has some ten thousand; what else must outlast the room's own disk
/// may come to as many again for each of a few hundred acts.
pub const HEAD_FILE_BYTES_MAX: usize = 16 << 20;

/// One small file, replaced as a whole: a head that is kept outside the room.
///
/// Readable for the account that writes it, and for no other.
pub struct HeadFile {
    files: Box<dyn Files>,
    name: String,
    unfinished: String,
}

impl HeadFile {
    /// The file at `path`, which need not be there yet; its folder must.
    ///
    /// # Errors
    ///
    /// When there is no such folder, it cannot be opened, or the path does not name a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let failed =
            |error| FolderError::from_io(folder.display().to_string(), "opening the folder", error);
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let files = DiskFiles::open(&folder, Audience::Owner).map_err(failed)?;
        Ok(Self::over(files, name))
    }

    /// The file called `name` in a folder of the caller's own.
    pub fn over(files: impl Files + 'static, name: &str) -> Self {
        Self {
            files: Box::new(files),
            name: name.to_owned(),
            unfinished: format!(".{name}.unfinished"),
        }
    }

    /// What the file holds; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`FolderError::TooLarge`] beyond [`HEAD_FILE_BYTES_MAX`]; when it cannot be read.
    pub fn read(&self) -> Result<Option<Vec<u8>>, FolderError> {
        self.io("opening the folder", self.files.attach())?;
        let read = self.files.read(&self.name, HEAD_FILE_BYTES_MAX + 1);
        match self.io("reading the file", read)? {
            Some(bytes) if bytes.len() > HEAD_FILE_BYTES_MAX => Err(self.too_large()),
            found => Ok(found),
        }
    }

    /// Replaces what the file holds. Durable when this returns; when it fails, or the machine stops
    /// on the way, the file holds either all of what it held before or all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`FolderError::TooLarge`] beyond [`HEAD_FILE_BYTES_MAX`]; why it cannot be written.
    pub fn replace(&self, bytes: &[u8]) -> Result<(), FolderError> {
        if bytes.len() > HEAD_FILE_BYTES_MAX {
            return Err(self.too_large());
        }
        self.io("opening the folder", self.files.attach())?;
        self.io(
            "writing the file",
            self.files.write(&self.unfinished, bytes),
        )?;
        self.io(
            "naming the file",
            self.files.rename(&self.unfinished, &self.name),
        )?;
        self.io("making the name durable", self.files.sync_folder(""))
    }

    fn too_large(&self) -> FolderError {
        FolderError::TooLarge {
            folder: self.files.name(),
            path: self.name.clone(),
            limit: HEAD_FILE_BYTES_MAX,
        }
    }

    fn io<T>(&self, doing: &'static str, result: io::Result<T>) -> Result<T, FolderError> {
        result.map_err(|error| FolderError::from_io(self.files.name(), doing, error))
    }
}

impl std::fmt::Debug for HeadFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeadFile")
            .field("folder", &self.files.name())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
