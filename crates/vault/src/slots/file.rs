//! Slot files of the real disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::SlotsError;
use crate::StoreName;

/// What a new file is called until its header is durable.
const UNFINISHED_SUFFIX: &str = ".unfinished";

/// The file that is open, and where it is to be found.
#[derive(Debug)]
pub(super) struct HeldFile {
    file: File,
    path: PathBuf,
}

impl HeldFile {
    /// The file at a path, which must be a regular one; none if nothing is there.
    pub(super) fn open(path: &Path) -> io::Result<Option<(File, Self)>> {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(NO_LINK)
            .open(path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let held = Self {
            file: file.try_clone()?,
            path: path.to_owned(),
        };
        Ok(Some((file, held)))
    }

    /// Whether it is still at its path, and as long as it must be.
    pub(super) fn in_place(&self, name: &StoreName, least: u64) -> Result<(), SlotsError> {
        let asked = |error| SlotsError::from_io(name, "looking for the file", error);
        let moved = || SlotsError::Moved {
            place: name.clone(),
        };
        let held = self.file.metadata().map_err(asked)?;
        let named = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(moved()),
            other => other.map_err(asked)?,
        };
        if (named.dev(), named.ino()) != (held.dev(), held.ino()) || held.len() < least {
            return Err(moved());
        }
        Ok(())
    }
}

/// Never through a link, and never waiting for whoever would write to a pipe.
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW
    .union(rustix::fs::OFlags::NONBLOCK)
    .bits()
    .cast_signed();

/// A new, empty file where nothing is.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes the file at a path where nothing is: all of it, durably, or nothing.
pub(super) fn make(path: &Path, header: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED_SUFFIX);
    let unfinished = PathBuf::from(unfinished);
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(header)?;
    file.sync_all()?;
    // Fails where something came to be at the place meanwhile, which a renaming would replace.
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    linked?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
