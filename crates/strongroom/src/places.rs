//! Which room this account saw at a place: noted at first sight, and compared before anything is sent.
//!
//! Heads of ledgers are kept by their room's own id ([`crate::heads`]), and it is whoever answers on the
//! socket who says which id that is. Another room, put where one was, would be one that nobody saw before, and
//! be sent the passphrase that is typed for the one that was there. So the place remembers, too.
//!
//! ```text
//! $XDG_STATE_HOME/strongroom/places/DIGEST        (~/.local/state where that is not set)
//!     the room's id; ` founded` behind it, as long as who founded the room saw no head of it
//!     the place: its path as it was named, made absolute; links in it are not followed
//! ```
//!
//! Links are not followed because whoever turns one puts another room at the place that is typed.
//!
//! What cannot happen: a place comes to stand for another room by what that room says; a file that cannot be
//! read counts as none.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use strongroom_guard::api::Status;
use strongroom_record::RoomId;
use strongroom_tlog::tree::LeafHash;
use tempfile::NamedTempFile;

use crate::client::Client;
use crate::files;
use crate::outcome::{Exit, Failure, note};
use crate::room::Room;

/// Where this account keeps what it saw of rooms; none if it has no place for it.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("strongroom"))
}

/// A room at a place, which is the one that was seen there, if one was.
#[must_use = "a first sight is to be noted"]
pub(crate) struct Sight {
    room: RoomId,
    place: Option<Place>,
    before: Before,
}

/// What this account has done with a room at its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that is known.
    Nothing,
    /// It founded the room, and saw no head of its ledger.
    Founded,
    /// It saw one.
    Saw,
}

/// Behind the id of a room that was founded and not yet seen.
const FOUNDED: &str = " founded";

impl Client {
    /// Makes sure that the room is the one that this account saw at its place. To be done before anything is
    /// asked or told.
    ///
    /// # Errors
    /// Another one was seen there, or what was kept of it cannot be read.
    pub(crate) fn sight(&self, status: &Status) -> Result<Sight, Failure> {
        // The id comes from whoever answers on the socket.
        let room: RoomId = status.room.parse().map_err(|_| {
            Failure::new(
                Exit::Machine,
                "what answers on the room's socket gives no room's id",
            )
        })?;
        let Some(place) = Place::of(self.room()) else {
            return Ok(Sight {
                room,
                place: None,
                before: Before::Nothing,
            });
        };
        let before = match place.seen()? {
            None => Before::Nothing,
            Some((seen, before)) if seen == room => before,
            Some((seen, _)) => return Err(place.taken(seen, room)),
        };
        Ok(Sight {
            room,
            place: Some(place),
            before,
        })
    }
}

impl Sight {
    /// Whether this account saw a head of the room's ledger here.
    pub(crate) fn saw_a_head(&self) -> bool {
        self.before == Before::Saw
    }

    /// Notes that a head was seen, and tells a first sight.
    pub(crate) fn noted(self) {
        let Some(place) = self.place else {
            return;
        };
        match self.before {
            Before::Saw => return,
            Before::Founded => {}
            Before::Nothing => note(&format!(
                "strongroom: first time that this account talks to the room {} at {}\n",
                self.room,
                place.named.display()
            )),
        }
        place.keep(self.room, "");
    }
}

/// A path, and the file that says which room was seen there.
pub(crate) struct Place {
    named: PathBuf,
    file: PathBuf,
}

impl Place {
    /// A room's place; none if this account cannot keep what it sees.
    pub(crate) fn of(room: &Room) -> Option<Self> {
        let named = std::path::absolute(room.folder()).ok()?;
        let digest = LeafHash::of(named.as_os_str().as_bytes());
        let file = state_folder()?
            .join("places")
            .join(HEXLOWER.encode(digest.as_bytes()));
        Some(Self { named, file })
    }

    /// The room that was seen here, if one was.
    fn seen(&self) -> Result<Option<(RoomId, Before)>, Failure> {
        match fs::symlink_metadata(&self.file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::file("read", &self.file, &e)),
            Ok(_) => {}
        }
        let text = files::read_private(&self.file)?;
        let first = text.lines().next().unwrap_or_default();
        let (room, before) = match first.strip_suffix(FOUNDED) {
            Some(room) => (room, Before::Founded),
            None => (first, Before::Saw),
        };
        room.parse().map(|room| Some((room, before))).map_err(|_| {
            Failure::new(
                Exit::Machine,
                format!(
                    "{} does not say which room was seen at {}; it is damaged or was altered",
                    self.file.display(),
                    self.named.display()
                ),
            )
            .hint("if you know why, remove it: the room that is there now is then believed at sight, as on the first day")
        })
    }

    /// Keeps which room is here, also in place of another: for whoever has just made it.
    pub(crate) fn founded(&self, room: RoomId) {
        self.keep(room, FOUNDED);
    }

    fn keep(&self, room: RoomId, behind: &str) {
        if let Err(e) = self.write(room, behind) {
            note(&format!(
                "strongroom: which room is at {} is not kept in {}: {e}; another one in its place would not be noticed\n",
                self.named.display(),
                self.file.display()
            ));
        }
    }

    fn write(&self, room: RoomId, behind: &str) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let mut new = NamedTempFile::new_in(folder)?;
        new.write_all(format!("{room}{behind}\n").as_bytes())?;
        new.write_all(self.named.as_os_str().as_bytes())?;
        new.write_all(b"\n")?;
        new.as_file().sync_all()?;
        new.persist(&self.file)?;
        Ok(())
    }

    fn taken(&self, seen: RoomId, now: RoomId) -> Failure {
        Failure::new(
            Exit::Behind,
            format!(
                "at {} is another room than this account saw there: {now}, and it was {seen}; nothing was sent to it",
                self.named.display()
            ),
        )
        .hint(format!(
            "check --room or STRONGROOM_ROOM; if it is right, ask those who keep the room. Only if they put another there, remove {}: this account then begins anew with it",
            self.file.display()
        ))
    }
}
