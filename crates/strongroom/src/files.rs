//! Files that only their owner may read, and reading what is bounded.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::outcome::{Exit, Failure};

/// Of files with secrets.
const PRIVATE_FILE: u32 = 0o600;
/// Of folders with secrets.
const PRIVATE_FOLDER: u32 = 0o700;
/// Everyone but the owner.
const OTHERS: u32 = 0o077;

/// Longest text file that is read whole: keys, cards, passphrases and policies are far shorter.
const TEXT_MAX_BYTES: u64 = 1 << 20;

/// Makes a file that is not there yet, which only its owner may read, and waits until it is on the disk.
pub(crate) fn write_private_new(
    path: &Path,
    what: &(impl AsRef<[u8]> + ?Sized),
) -> Result<(), Failure> {
    let file = create_new(path, PRIVATE_FILE)?;
    fill(file, what.as_ref()).map_err(|e| Failure::file("written", path, &e))
}

/// Makes an empty file that is not there yet, which only its owner may read.
pub(crate) fn create_private_new(path: &Path) -> Result<File, Failure> {
    create_new(path, PRIVATE_FILE)
}

/// Makes a file that is not there yet and that anyone may read.
pub(crate) fn write_public_new(path: &Path, text: &str) -> Result<(), Failure> {
    let file = create_new(path, 0o644)?;
    fill(file, text.as_bytes()).map_err(|e| Failure::file("written", path, &e))
}

/// Puts a private file in the place of another, or of none: whoever reads sees the one or the other, whole.
pub(crate) fn replace_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = std::path::PathBuf::from(beside);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE_FILE)
        .open(&beside)
        .and_then(|file| fill(file, text.as_bytes()))
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        });
    written.map_err(|e| Failure::file("written", path, &e))
}

fn create_new(path: &Path, mode: u32) -> Result<File, Failure> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    made.map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            Exit::Conflict,
            format!("{} is there already, and was left as it is", path.display()),
        )
        .hint("choose another name, or move it away"),
        _ => Failure::file("written", path, &e),
    })
}

/// Writes a private file, which may be there already and empty.
pub(crate) fn write_private_empty(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(path);
    file.and_then(|file| {
        if file.metadata()?.len() > 0 {
            return Err(io::Error::other("it has come to hold something meanwhile"));
        }
        file.set_permissions(fs::Permissions::from_mode(PRIVATE_FILE))?;
        fill(file, text.as_bytes())
    })
    .map_err(|e| Failure::file("written", path, &e))
}

fn fill(mut file: File, what: &[u8]) -> io::Result<()> {
    file.write_all(what)?;
    file.sync_all()
}

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(PRIVATE_FOLDER).create(path)
}

/// Makes a folder that only its owner may enter, and those above it that are not there; one that is there stays as it is.
pub(crate) fn make_private_folders(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .recursive(true)
        .create(path);
    made.map_err(|e| Failure::file("made", path, &e))
}

/// Whether a folder is this account's, a real one, and closed to others.
pub(crate) fn is_private_folder(path: &Path) -> io::Result<bool> {
    let there = fs::symlink_metadata(path)?;
    Ok(there.is_dir() && is_own(&there) && there.mode() & OTHERS == 0)
}

fn is_own(there: &fs::Metadata) -> bool {
    there.uid() == rustix::process::geteuid().as_raw()
}

/// Why a file could not be read: it is another thing than is wanted, or the machine failed.
fn unreadable(path: &Path, cause: &io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::IsADirectory => Failure::unfit(format!(
            "{} is a folder, and a file is wanted",
            path.display()
        )),
        io::ErrorKind::InvalidData => Failure::unfit(format!(
            "{} is no text, so it is not what is wanted here",
            path.display()
        )),
        _ => Failure::file("read", path, cause),
    }
}

/// Reads a short text file whole.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |e: io::Error| unreadable(path, &e);
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(failed)?;
    let read = file
        .take(TEXT_MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if read as u64 > TEXT_MAX_BYTES {
        return Err(Failure::unfit(format!(
            "{} is longer than {TEXT_MAX_BYTES} bytes, so it is not what is wanted here",
            path.display()
        )));
    }
    Ok(text)
}

/// Reads a file of at most so many bytes.
pub(crate) fn read_bounded(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let failed = |e: io::Error| unreadable(path, &e);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > max {
        return Err(Failure::new(
            Exit::Unfit,
            format!(
                "{} is longer than {max} bytes, so it is not what is wanted here",
                path.display()
            ),
        ));
    }
    Ok(bytes)
}

/// Reads a file with a secret, if nobody but its owner may read it.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<String>, Failure> {
    check_private(path)?;
    read_text(path)
}

/// Makes sure that nobody but its owner may read a file. What is no file on a disk, like a pipe, has one reader.
pub(crate) fn check_private(path: &Path) -> Result<(), Failure> {
    let there = fs::metadata(path).map_err(|e| Failure::file("read", path, &e))?;
    if there.is_file() && there.mode() & OTHERS != 0 {
        return Err(Failure::new(
            Exit::Machine,
            format!(
                "{} can be read by others than its owner (mode {:03o})",
                path.display(),
                there.mode() & 0o777
            ),
        )
        .hint(format!(
            "`chmod 600 {}` closes it; if others may have read it, what it opens is no longer safe",
            path.display()
        )));
    }
    Ok(())
}
