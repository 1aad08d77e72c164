//! Backups as files: what arrives is watched for its end, and what is not whole never bears its name.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use strongroom_seal::{SealedBackup, SuiteFloor};

use crate::outcome::{Exit, Failure};

/// Bytes before the header: the first line, and the header's length.
const BEGINNING: usize = 20 + 4;
/// Bytes of a chunk's flag and length.
const CHUNK_HEAD: usize = 1 + 4;
/// Bytes of a chunk's tag.
const TAG: u64 = 16;

/// What is read while what it reads goes by.
enum Place {
    /// Before the header: these bytes so far.
    Beginning(Vec<u8>),
    /// So much is left of the header, or of a chunk; and whether that chunk is the last.
    Within(u64, bool),
    /// Before a chunk: these bytes so far.
    ChunkHead(Vec<u8>),
    /// Behind the last chunk.
    End,
    /// Something that no backup has.
    Nothing,
}

/// Follows a backup as it goes by, and knows whether it came to its end. What lies in it only its key
/// holders can say.
pub(crate) struct Frames(Place);

impl Frames {
    pub(crate) const fn new() -> Self {
        Self(Place::Beginning(Vec::new()))
    }

    /// The next bytes went by.
    pub(crate) fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let place = std::mem::replace(&mut self.0, Place::Nothing);
            self.0 = match place {
                Place::Beginning(mut seen) => {
                    if !take(&mut seen, &mut bytes, BEGINNING) {
                        Place::Beginning(seen)
                    } else {
                        Place::Within(length(&seen), false)
                    }
                }
                Place::ChunkHead(mut seen) => {
                    if !take(&mut seen, &mut bytes, CHUNK_HEAD) {
                        Place::ChunkHead(seen)
                    } else {
                        Place::Within(length(&seen) + TAG, seen[0] == 1)
                    }
                }
                Place::Within(left, last) => {
                    let passed = left.min(bytes.len() as u64);
                    bytes = &bytes[usize::try_from(passed).expect("at most what is there")..];
                    match (left - passed, last) {
                        (0, true) => Place::End,
                        (0, false) => Place::ChunkHead(Vec::new()),
                        (left, last) => Place::Within(left, last),
                    }
                }
                // Nothing follows the end of a backup.
                Place::End | Place::Nothing => return,
            };
        }
    }

    /// Whether the last chunk went by, and nothing after it.
    pub(crate) const fn is_whole(&self) -> bool {
        matches!(self.0, Place::End)
    }
}

/// Fills `seen` up to a length; says whether it has come to it.
fn take(seen: &mut Vec<u8>, bytes: &mut &[u8], len: usize) -> bool {
    let (now, rest) = bytes.split_at((len - seen.len()).min(bytes.len()));
    seen.extend_from_slice(now);
    *bytes = rest;
    seen.len() == len
}

/// The length in the last four bytes.
fn length(seen: &[u8]) -> u64 {
    let len = seen.last_chunk().expect("a head ends with a length");
    u64::from(u32::from_be_bytes(*len))
}

/// A file in the making, beside the place where it will be.
pub(crate) struct Arriving {
    file: File,
    part: PathBuf,
    path: PathBuf,
    done: bool,
}

impl Arriving {
    /// Begins a file that is not there yet.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(Failure::new(
                Exit::Conflict,
                format!("{} is there already, and was left as it is", path.display()),
            )
            .hint("choose another name, or move it away"));
        }
        let mut part = OsString::from(path);
        part.push(".part");
        let part = PathBuf::from(part);
        // What an earlier try left is no backup, and nobody's work.
        let _ = fs::remove_file(&part);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)
            .map_err(|e| Failure::file("written", &part, &e))?;
        Ok(Self {
            file,
            part,
            path: path.to_owned(),
            done: false,
        })
    }
    /// Adds bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|e| Failure::file("written", &self.part, &e))
    }
    /// Gives the file its name, now that it is whole and on the disk.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let placed = self.file.sync_all().and_then(|()| {
            // A link takes no other file's place.
            fs::hard_link(&self.part, &self.path)?;
            fs::remove_file(&self.part)?;
            sync_folder(&self.path)
        });
        placed.map_err(|e| Failure::file("put in its place", &self.path, &e))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be taken away bears no name of a backup.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Waits until the names in the folder of a path are on the disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Opens a backup and reads its header.
pub(crate) fn open(
    path: &Path,
    floor: SuiteFloor,
) -> Result<SealedBackup<impl Read + use<>>, Failure> {
    let file = File::open(path).map_err(|e| Failure::file("read", path, &e))?;
    let input = BufReader::with_capacity(1 << 20, file);
    SealedBackup::read_header(input, floor)
        .map_err(|e| Failure::new(Exit::Unfit, format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(chunks: &[(u8, usize)]) -> Vec<u8> {
        let mut bytes = b"strongroom backup 1\n".to_vec();
        bytes.extend_from_slice(&[0, 0, 0, 3, 1, 2, 3]);
        for (flag, len) in chunks {
            bytes.push(*flag);
            bytes.extend_from_slice(&u32::try_from(*len).unwrap().to_be_bytes());
            bytes.extend(std::iter::repeat_n(7, len + 16));
        }
        bytes
    }

    fn is_whole(bytes: &[u8], pieces: usize) -> bool {
        let mut frames = Frames::new();
        bytes.chunks(pieces).for_each(|piece| frames.pass(piece));
        frames.is_whole()
    }

    #[test]
    fn only_a_backup_that_came_to_its_end_is_whole() {
        let bytes = backup(&[(0, 40), (0, 1), (1, 5)]);
        for pieces in [1, 2, 7, 64, bytes.len()] {
            assert!(is_whole(&bytes, pieces), "{pieces}");
            for cut in 0..bytes.len() {
                assert!(!is_whole(&bytes[..cut], pieces), "{pieces}: cut at {cut}");
            }
        }
        let more = [&bytes[..], &[0]].concat();
        assert!(is_whole(&more[..bytes.len()], 9) && !is_whole(&more, 9));
        assert!(!is_whole(&backup(&[(0, 40)]), 9), "no last chunk");
        assert!(is_whole(&backup(&[(1, 0)]), 9), "an empty last chunk");
    }
}
