//! Where the tokens of open sessions lie: one file of mode 0600 for each room and person, in a folder that
//! is this account's alone and goes when the machine stops.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use strongroom_guard::account_name;
use zeroize::Zeroizing;

use crate::files;
use crate::outcome::{Exit, Failure};

const SUFFIX: &str = ".token";

/// The tokens of one room.
#[derive(Debug)]
pub(crate) struct Tokens {
    folder: PathBuf,
}

impl Tokens {
    /// The tokens of the room with this id.
    pub(crate) fn of_room(id: &str) -> Result<Self, Failure> {
        // The id comes from whoever answers on the socket, and becomes part of a path.
        id.parse::<strongroom_record::RoomId>().map_err(|_| {
            Failure::new(
                Exit::Machine,
                "what answers on the room's socket gives no room's id",
            )
        })?;
        let all = base()?;
        private(&all)?;
        let folder = all.join(id);
        private(&folder)?;
        Ok(Self { folder })
    }

    /// Whether anybody is signed in to a room from this account of the machine. Makes no folder by looking.
    pub(crate) fn any(id: &str) -> bool {
        let folder = base().ok().map(|all| all.join(id));
        let found = folder.and_then(|folder| fs::read_dir(folder).ok());
        let mut files = found.into_iter().flatten().flatten();
        files.any(|file| {
            file.file_name()
                .to_str()
                .is_some_and(|name| name.ends_with(SUFFIX))
        })
    }

    fn path(&self, name: &str) -> Result<PathBuf, Failure> {
        account_name(name).map_err(Failure::usage)?;
        Ok(self.folder.join(format!("{name}{SUFFIX}")))
    }

    /// Keeps a token, in place of an older one of the same person, which is given back.
    pub(crate) fn keep(
        &self,
        name: &str,
        token: &str,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        let path = self.path(name)?;
        let old = self.find(name)?;
        let new = path.with_extension(format!("new-{}", std::process::id()));
        let failed = |e: io::Error| Failure::file("written", &path, &e);
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| io::Write::write_all(&mut file, token.as_bytes()))
            .and_then(|()| fs::rename(&new, &path))
            .map_err(failed)?;
        Ok(old)
    }

    /// A person's token.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        let path = self.path(name)?;
        if path.exists() {
            let text = files::read_private(&path)?;
            Ok(Some(Zeroizing::new(text.trim().to_owned())))
        } else {
            Ok(None)
        }
    }

    /// Forgets a person's token.
    pub(crate) fn forget(&self, name: &str) -> Result<(), Failure> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file("removed", &path, &e))
            }
            _ => Ok(()),
        }
    }

    /// Who is signed in here, in the order of the names.
    pub(crate) fn names(&self) -> Result<Vec<String>, Failure> {
        let failed = |e: io::Error| Failure::file("read", &self.folder, &e);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let file = entry.map_err(failed)?.file_name();
            let name = file.to_str().and_then(|f| f.strip_suffix(SUFFIX));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }
}

/// The folder of all rooms' tokens.
fn base() -> Result<PathBuf, Failure> {
    let uid = rustix::process::geteuid().as_raw();
    let own = |dir: &Path| fs::metadata(dir).is_ok_and(|d| d.is_dir() && d.uid() == uid);
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() && own(&runtime) => Ok(runtime.join("strongroom")),
        _ => Ok(std::env::temp_dir().join(format!("strongroom-{uid}"))),
    }
}

/// Makes sure that a folder is there, is this account's, and is closed to others.
fn private(folder: &Path) -> Result<(), Failure> {
    match files::make_private_folder(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
            return Err(Failure::file("made", folder, &e));
        }
        _ => {}
    }
    if files::is_private_folder(folder).map_err(|e| Failure::file("read", folder, &e))? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Machine,
        format!(
            "{} is not a folder of this account alone, so no session's token is kept or believed there",
            folder.display()
        ),
    )
    .hint("remove it, or set XDG_RUNTIME_DIR to a folder of your own"))
}
