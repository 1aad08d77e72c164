//! A ledger folder on a disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use strongroom_tlog::tile::LedgerFiles;

use crate::outcome::{Exit, Failure};

/// A folder that is read and believed in nothing.
pub(super) struct LedgerFolder {
    root: PathBuf,
}

impl LedgerFolder {
    /// The folder, which must be one.
    pub(super) fn at(root: &Path) -> Result<Self, Failure> {
        let there = fs::metadata(root).map_err(|e| Failure::file("read", root, &e))?;
        if !there.is_dir() {
            return Err(
                Failure::new(Exit::Machine, format!("{} is no folder", root.display()))
                    .hint("give the folder that holds `checkpoint` and `tile`"),
            );
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }
}

impl LedgerFiles for LedgerFolder {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, String> {
        match read(&self.root.join(path), max) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(format!("it cannot be read: {e}")),
        }
    }
}

fn read(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    // A pipe in the place of a file would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_absent(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
