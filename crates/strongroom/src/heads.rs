//! The last head of each room's ledger that this account saw: kept here, and shown to the guard again.
//!
//! Whoever puts a room back as it was some time ago can make it consistent in itself, and not with what
//! this account remembers. So each command first has the guard prove that its ledger goes on from the head seen
//! last. The proof is checked on this side: a guard that says yes and cannot prove it is not believed.
//!
//! ```text
//! $XDG_STATE_HOME/strongroom/heads/ROOM-ID        (~/.local/state where that is not set)
//!     the log's two public keys, as seen first, a line each
//!     (an empty line)
//!     the checkpoint, as it was signed
//! ```
//!
//! The keys are those of the first sight: compare `ledger keys` with what the room's founder reads out, if
//! that sight could have been wrong.
//!
//! A room that was restored with loss goes on with another log under the same keys. Its head takes the place of the
//! former log's when somebody has accepted it ([`Former`]); that one stays beside it, as `ROOM-ID.log1`.
//!
//! What cannot happen: a head takes the place of another without a proof that its ledger contains it; two
//! commands at once leave the older of two heads; a file that cannot be read counts as none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use strongroom_guard::api::{HeadQuery, HeadSeen, HeadShown, SeenBy, Status};
use strongroom_guard::log_generation;
use strongroom_record::RoomId;
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::tree::ConsistencyProof;
use strongroom_tlog::verify::{KeptFault, goes_on};

use crate::client::{Client, read};
use crate::files;
use crate::outcome::{Exit, Failure, note};
use crate::places::state_folder;
use crate::screen::harmless;

/// How often a head is asked for again because another command of this account kept one meanwhile.
const TRIES: usize = 4;

/// The head of a room that this account keeps.
pub(crate) struct Heads {
    path: PathBuf,
}

/// A head, and the keys that it was believed by.
#[derive(Clone, PartialEq, Eq)]
struct Kept {
    keys: LogPublicKeys,
    text: String,
    head: Checkpoint,
}

impl Client {
    /// Has the guard prove that the room's ledger goes on from what this account saw of it, and keeps the
    /// newest head. To be done before anything is asked or told.
    ///
    /// # Errors
    /// At its place another room was seen; the ledger does not contain what was seen, or is not the one that
    /// was seen; or the room is closed.
    pub(crate) fn recognise(&self, status: &Status) -> Result<(), Failure> {
        let sight = self.sight(status)?;
        self.goes_on(status, sight.saw_a_head())?;
        sight.noted();
        Ok(())
    }

    /// The same of the ledger alone.
    fn goes_on(&self, status: &Status, seen: bool) -> Result<(), Failure> {
        // A room that is closed says why, and proves nothing: so it is told nothing.
        if let Some(because) = &status.because {
            let state = if status.state == "closed" {
                "closed"
            } else {
                "not open"
            };
            let said = format!("the room is {state}: {}", harmless(because));
            let remedy = match &status.remedy {
                Some(remedy) => harmless(remedy).into_owned(),
                None => "`strongroom status` tells when it is open".to_owned(),
            };
            return Err(
                Failure::new(Exit::Closed, said).hint(format!("nothing was sent to it; {remedy}"))
            );
        }
        let Some(heads) = Heads::of_room(&status.room)? else {
            note(
                "strongroom: neither XDG_STATE_HOME nor HOME is set: nothing of the room is kept, and one that was put back or exchanged would not be noticed\n",
            );
            return Ok(());
        };
        let mut kept = heads.kept()?;
        if seen && kept.is_none() {
            note(&format!(
                "strongroom: this account has been here before, and {} is gone: an older copy of the room would not be noticed by it this time\n",
                heads.path.display()
            ));
        }
        for _ in 0..TRIES {
            if kept.as_ref().is_some_and(|k| k.text == status.checkpoint) {
                return Ok(());
            }
            let newest = self.newest(status, kept.as_ref(), &heads)?;
            match heads.replace(kept.as_ref(), &newest)? {
                Replaced::Done => return Ok(()),
                // Another command of this account saw another head: that one is to be contained, too.
                Replaced::Changed(other) => kept = *other,
            }
        }
        // Many commands at once: each has seen that the ledger goes on from what was kept when it began.
        Ok(())
    }

    /// The guard's newest head, proved to go on from the one that is kept.
    fn newest(&self, status: &Status, kept: Option<&Kept>, heads: &Heads) -> Result<Kept, Failure> {
        let ask = HeadQuery {
            known: kept.map(|k| k.text.clone()),
        };
        if let Some(kept) = kept
            && kept.keys.to_text() != status.log_keys
        {
            return Err(match generations(kept, status) {
                Some((_, was, now)) if was < now => heads.restored(kept, (was, now)),
                Some(_) => heads.not_contained(kept, "it is from before it was restored"),
                None => heads.not_contained(kept, "its ledger has other keys"),
            });
        }
        let shown: HeadShown = read(&self.ask("/v1/head", None, &ask)?)?;
        let keys = match kept {
            Some(kept) => kept.keys.clone(),
            None => own_keys(status)?,
        };
        let head = believed(&keys, &shown.checkpoint).ok_or_else(|| unsigned(&heads.path))?;
        if let Some(kept) = kept {
            let proof = shown.consistency.as_deref();
            let proof = proof.and_then(|text| ConsistencyProof::from_text(text).ok());
            match proof.map(|proof| goes_on(&kept.head, &head, &proof)) {
                Some(Ok(_)) => {}
                Some(Err(KeptFault::TimeRanBackwards { .. })) => {
                    return Err(heads.not_contained(kept, "its newest head was signed before that"));
                }
                Some(Err(KeptFault::Fork(_) | KeptFault::OtherLog { .. })) | None => {
                    return Err(heads.not_contained(kept, "its ledger does not go on from there"));
                }
            }
        }
        Ok(Kept {
            keys,
            text: shown.checkpoint,
            head,
        })
    }
}

/// The log keys of a room as this account saw them first, if it has seen it; nothing is kept by asking.
pub(crate) fn keys_seen(room: &str) -> Result<Option<LogPublicKeys>, Failure> {
    match Heads::of_room(room)? {
        Some(heads) => Ok(heads.kept()?.map(|kept| kept.keys)),
        None => Ok(None),
    }
}

/// A log of a room that was restored since, and the one that came after it.
pub(crate) struct Former {
    heads: Heads,
    kept: Kept,
    keys: LogPublicKeys,
    /// The room.
    pub(crate) room: RoomId,
    /// The log whose head this account keeps, counted from 1.
    pub(crate) was: u32,
    /// The log that the room's ledger is now.
    pub(crate) now: u32,
}

impl Client {
    /// The log that this account saw, if the room says that it was restored since and has another.
    ///
    /// # Errors
    /// At its place another room was seen, or what is kept cannot be read.
    pub(crate) fn former(&self, status: &Status) -> Result<Option<Former>, Failure> {
        // The first command that goes on with the room notes it.
        let _unnoted = self.sight(status)?;
        let Some(heads) = Heads::of_room(&status.room)? else {
            return Ok(None);
        };
        let Some(kept) = heads.kept()? else {
            return Ok(None);
        };
        let Some((keys, was, now)) = generations(&kept, status).filter(|(_, was, now)| was < now)
        else {
            return Ok(None);
        };
        Ok(Some(Former {
            room: status.room.parse().map_err(|_| no_room())?,
            heads,
            kept,
            keys,
            was,
            now,
        }))
    }
}

impl Former {
    /// The head that is kept.
    pub(crate) fn head(&self) -> &Checkpoint {
        &self.kept.head
    }
    /// The keys of the room's present log: those of the former one, under its name.
    pub(crate) fn keys(&self) -> &LogPublicKeys {
        &self.keys
    }
    /// Where the head is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.heads.path
    }
    /// A head of the present log.
    pub(crate) fn believed(&self, text: &str) -> Result<Checkpoint, Failure> {
        believed(&self.keys, text).ok_or_else(|| unsigned(&self.heads.path))
    }
    /// Keeps a head of the present log from now on, and the one of the former log beside it; gives its place.
    pub(crate) fn accept(&self, newest: &str) -> Result<PathBuf, Failure> {
        let newest = Kept {
            keys: self.keys.clone(),
            text: newest.to_owned(),
            head: self.believed(newest)?,
        };
        let before = self.heads.beside(&format!("log{}", self.was));
        write(&before, &self.heads.beside("new"), &self.kept)
            .map_err(|e| Failure::file("written", &before, &e))?;
        match self.heads.replace(Some(&self.kept), &newest)? {
            Replaced::Done => Ok(before),
            Replaced::Changed(_) => Err(Failure::new(
                Exit::Conflict,
                "another command of this account kept another head meanwhile; nothing was accepted",
            )
            .hint("look at it again")),
        }
    }
}

/// The keys of the room's present log and the numbers of the log that was seen and of this one, if they are two logs of one
/// room: the same keys under another name.
fn generations(kept: &Kept, status: &Status) -> Option<(LogPublicKeys, u32, u32)> {
    let room: RoomId = status.room.parse().ok()?;
    let keys = LogPublicKeys::from_text(&status.log_keys).ok()?;
    let was = log_generation(room, kept.keys.origin())?;
    let now = log_generation(room, keys.origin())?;
    (kept.keys.renamed(keys.origin()) == keys).then_some((keys, was, now))
}

fn no_room() -> Failure {
    Failure::new(
        Exit::Machine,
        "what answers on the room's socket gives no room's id",
    )
}

fn own_keys(status: &Status) -> Result<LogPublicKeys, Failure> {
    let room = format!("strongroom/{}", status.room);
    LogPublicKeys::from_text(&status.log_keys)
        .ok()
        .filter(|keys| {
            let origin = keys.origin().as_str();
            origin == room || origin.starts_with(&format!("{room}/"))
        })
        .ok_or_else(|| {
            Failure::new(
                Exit::Machine,
                "what answers on the room's socket gives no keys of the room's ledger",
            )
        })
}

fn believed(keys: &LogPublicKeys, text: &str) -> Option<Checkpoint> {
    SignedCheckpoint::from_bytes(text.as_bytes())
        .and_then(|signed| signed.verify(keys))
        .ok()
}

fn unsigned(path: &Path) -> Failure {
    Failure::new(
        Exit::Behind,
        "the room's head is not signed by the ledger's two keys, as this account knows them; nothing more was sent to it",
    )
    .hint(format!(
        "tell those who keep the room; what this account saw before is in {}",
        path.display()
    ))
}

/// What became of replacing a head.
enum Replaced {
    Done,
    /// It was another than expected.
    Changed(Box<Option<Kept>>),
}

impl Heads {
    /// Where the head of a room is kept; none if this account has no place for it.
    fn of_room(id: &str) -> Result<Option<Self>, Failure> {
        // The id comes from whoever answers on the socket, and becomes part of a path.
        let room: RoomId = id.parse().map_err(|_| no_room())?;
        Ok(state_folder().map(|state| Self {
            path: state.join("heads").join(room.to_string()),
        }))
    }

    /// The head that this account keeps of a room, for comparing a store with it. One that cannot be read is
    /// shown as none that is signed.
    pub(crate) fn seen_of(room: &str) -> Result<Option<HeadSeen>, Failure> {
        let kept = Self::of_room(room)?.map_or(Ok(None), |heads| heads.kept());
        let checkpoint = match kept {
            Ok(None) => return Ok(None),
            Ok(Some(kept)) => kept.text,
            Err(_) => String::new(),
        };
        Ok(Some(HeadSeen {
            by: SeenBy::Client,
            checkpoint,
        }))
    }

    /// The head that is kept, if there is one.
    fn kept(&self) -> Result<Option<Kept>, Failure> {
        match fs::symlink_metadata(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::file("read", &self.path, &e)),
            Ok(_) => {}
        }
        let text = files::read_private(&self.path)?;
        let parsed = text.split_once("\n\n").and_then(|(keys, checkpoint)| {
            let keys = LogPublicKeys::from_text(&format!("{keys}\n")).ok()?;
            let head = believed(&keys, checkpoint)?;
            Some(Kept {
                keys,
                text: checkpoint.to_owned(),
                head,
            })
        });
        parsed.map(Some).ok_or_else(|| {
            Failure::new(
                Exit::Machine,
                format!(
                    "{} is not a head as it was kept there; it is damaged or was altered",
                    self.path.display()
                ),
            )
            .hint("if you know why, remove it: the room's present head is then believed at sight, as on the first day")
        })
    }

    /// Keeps a head in place of the one that was read, or tells that it is another by now.
    fn replace(&self, read: Option<&Kept>, newest: &Kept) -> Result<Replaced, Failure> {
        let folder = self.path.parent().expect("it lies in a folder");
        let prepared = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| private(&self.beside("lock"), false));
        let lock = match prepared.and_then(|lock| {
            flock(&lock, FlockOperation::LockExclusive)?;
            Ok(lock)
        }) {
            Ok(lock) => lock,
            Err(e) => return Ok(self.not_kept(&e)),
        };
        let now = self.kept()?;
        if now.as_ref() != read {
            return Ok(Replaced::Changed(Box::new(now)));
        }
        let written = write(&self.path, &self.beside("new"), newest);
        drop(lock);
        Ok(written.map_or_else(|e| self.not_kept(&e), |()| Replaced::Done))
    }

    fn beside(&self, what: &str) -> PathBuf {
        self.path.with_extension(what)
    }

    /// Says that from now on a rollback would not be noticed by this account.
    fn not_kept(&self, cause: &io::Error) -> Replaced {
        note(&format!(
            "strongroom: the room's head is not kept in {}: {cause}; what is done from now on could be taken back unnoticed\n",
            self.path.display()
        ));
        Replaced::Done
    }

    fn restored(&self, kept: &Kept, (was, now): (u32, u32)) -> Failure {
        Failure::new(
            Exit::Behind,
            format!(
                "this room was restored from a backup, and its ledger goes on as log {now}; this account saw log {was} ({} entries), of which something may be lost; nothing more was sent to it",
                kept.head.head().size()
            ),
        )
        .hint("`strongroom ledger accept-restore` shows what was lost and who approved it, and takes the new log")
    }

    fn not_contained(&self, kept: &Kept, why: &str) -> Failure {
        Failure::new(
            Exit::Behind,
            format!(
                "this is not the room that this account saw, or an older copy of it: {why} ({} entries were seen); nothing more was sent to it",
                kept.head.head().size()
            ),
        )
        .hint(format!(
            "tell those who keep the room, and keep {}: it proves what was there",
            self.path.display()
        ))
    }
}

/// Writes a head to its place, by way of another name.
fn write(path: &Path, new: &Path, kept: &Kept) -> io::Result<()> {
    let mut file = private(new, true)?;
    file.write_all(kept.keys.to_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.write_all(kept.text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// Opens a file that only its owner may read, empty if it is to be written.
fn private(path: &Path, empty: bool) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(empty)
        .mode(0o600)
        .open(path)
}
