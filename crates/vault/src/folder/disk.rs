//! Folders of the real disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};

use super::path::parent;
use super::{Files, Listed};

/// For whom files are written. Modes are set as they stand here, whatever the process' umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everyone may read: folders of mode 0755, files of mode 0644.
    Everyone,
    /// The account that writes: 0700 and 0600.
    Owner,
}

impl Audience {
    fn folder(self) -> Mode {
        Mode::from_raw_mode(match self {
            Self::Everyone => 0o755,
            Self::Owner => 0o700,
        })
    }

    fn file(self) -> Mode {
        Mode::from_raw_mode(match self {
            Self::Everyone => 0o644,
            Self::Owner => 0o600,
        })
    }
}

/// A folder of the real disk, opened once, so that everything below it is found from there.
pub struct DiskFiles {
    place: PathBuf,
    audience: Audience,
    /// Make the folder itself where it is missing.
    makes_folder: bool,
    root: RwLock<Arc<OwnedFd>>,
}

/// A folder is opened to get at what lies in it, and never through a link.
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

impl DiskFiles {
    /// The folder at `place`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn make(place: &Path, audience: Audience) -> io::Result<Self> {
        make_folder(place, audience)?;
        Self::with(place, audience, true)
    }

    /// The folder at `place`, which must be there.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn open(place: &Path, audience: Audience) -> io::Result<Self> {
        Self::with(place, audience, false)
    }

    fn with(place: &Path, audience: Audience, makes_folder: bool) -> io::Result<Self> {
        Ok(Self {
            place: place.to_owned(),
            audience,
            makes_folder,
            root: RwLock::new(Arc::new(open_root(place)?)),
        })
    }

    fn root(&self) -> Arc<OwnedFd> {
        self.root
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Opens a folder below the root, one name after the other.
    fn folder(&self, path: &str) -> io::Result<Arc<OwnedFd>> {
        let mut at = self.root();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = Arc::new(rustix::fs::openat(&*at, name, FOLDER, Mode::empty())?);
        }
        Ok(at)
    }

    /// Opens the folder that `path` lies in, and says what the path is called there.
    fn beside<'a>(&self, path: &'a str) -> io::Result<(Arc<OwnedFd>, &'a str)> {
        let parent = parent(path);
        let name = path.rsplit('/').next().unwrap_or(path);
        Ok((self.folder(parent)?, name))
    }
}

/// What stands at the place itself may be a link: that is for whoever runs the room to say.
fn open_root(place: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, place, flags, Mode::empty())?)
}

/// Makes the folder, durably, unless it is there.
fn make_folder(place: &Path, audience: Audience) -> io::Result<()> {
    match fs::create_dir(place) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    rustix::fs::fchmod(open_root(place)?, audience.folder())?;
    let above = match place.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    File::open(above)?.sync_all()
}

/// What a missing file or folder is: `None`, not an error.
fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Files for DiskFiles {
    fn name(&self) -> String {
        self.place.display().to_string()
    }

    fn attach(&self) -> io::Result<()> {
        let held = rustix::fs::fstat(&*self.root())?;
        if let Some(named) = unless_missing(fs::metadata(&self.place))?
            && (named.dev(), named.ino()) == (held.st_dev, held.st_ino)
        {
            return Ok(());
        }
        if self.makes_folder {
            make_folder(&self.place, self.audience)?;
        }
        let root = Arc::new(open_root(&self.place)?);
        *self.root.write().unwrap_or_else(PoisonError::into_inner) = root;
        Ok(())
    }

    fn create_folder(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.beside(path)?;
        match rustix::fs::mkdirat(&*folder, name, self.audience.folder()) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => {
                // It must be a folder, and not a link to one.
                rustix::fs::openat(&*folder, name, FOLDER, Mode::empty())?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        let made = rustix::fs::openat(&*folder, name, FOLDER, Mode::empty())?;
        Ok(rustix::fs::fchmod(made, self.audience.folder())?)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let (folder, name) = self.beside(path)?;
        unless_missing(
            rustix::fs::unlinkat(&*folder, name, AtFlags::empty()).map_err(io::Error::from),
        )?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&*folder, name, flags, self.audience.file())?;
        rustix::fs::fchmod(&file, self.audience.file())?;
        let mut file = File::from(file);
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from_folder, from) = self.beside(from)?;
        let (to_folder, to) = self.beside(to)?;
        Ok(rustix::fs::renameat(&*from_folder, from, &*to_folder, to)?)
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        Ok(rustix::fs::fsync(&*self.folder(path)?)?)
    }

    fn read(&self, path: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        let Some((folder, name)) = unless_missing(self.beside(path))? else {
            return Ok(None);
        };
        // Without NONBLOCK, opening a pipe would wait for whoever writes to it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&*folder, name, flags, Mode::empty());
        let Some(file) = unless_missing(opened.map_err(io::Error::from))? else {
            return Ok(None);
        };
        let file = File::from(file);
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        file.take(max as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let Some((folder, name)) = unless_missing(self.beside(path))? else {
            return Ok(());
        };
        let removed = match rustix::fs::unlinkat(&*folder, name, AtFlags::empty()) {
            // What Linux and POSIX say of a folder.
            Err(rustix::io::Errno::ISDIR | rustix::io::Errno::PERM) => {
                rustix::fs::unlinkat(&*folder, name, AtFlags::REMOVEDIR)
            }
            other => other,
        };
        unless_missing(removed.map_err(io::Error::from)).map(drop)
    }

    fn list(&self, path: &str) -> io::Result<Option<Vec<Listed>>> {
        let Some(folder) = unless_missing(self.folder(path))? else {
            return Ok(None);
        };
        let mut listed = Vec::new();
        for entry in Dir::read_from(&*folder)? {
            let entry = entry?;
            // A name that is no text is none of ours.
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let is_folder = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    let flags = AtFlags::SYMLINK_NOFOLLOW;
                    let stat = rustix::fs::statat(&*folder, name, flags)?;
                    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
                }
                known => known == FileType::Directory,
            };
            listed.push(Listed {
                name: name.to_owned(),
                is_folder,
            });
        }
        Ok(Some(listed))
    }
}

impl std::fmt::Debug for DiskFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiskFiles")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
