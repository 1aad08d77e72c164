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
//! What cannot happen: a head takes the place of another without a proof that its ledger contains it; two
//! commands at once leave the older of two heads; a file that cannot be read counts as none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use strongroom_guard::api::{HeadQuery, HeadShown, Status};
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
        self.goes_on(status)?;
        sight.noted();
        Ok(())
    }

    /// The same of the ledger alone.
    fn goes_on(&self, status: &Status) -> Result<(), Failure> {
        // A room that is closed says why, and proves nothing: so it is told nothing.
        if let Some(because) = &status.because {
            let state = if status.state == "waiting" {
                "not open"
            } else {
                "closed"
            };
            let said = format!("the room is {state}: {}", harmless(because));
            return Err(Failure::new(Exit::Closed, said)
                .hint("nothing was sent to it; `strongroom status` tells when it is open"));
        }
        let Some(heads) = Heads::of_room(&status.room)? else {
            note(
                "strongroom: neither XDG_STATE_HOME nor HOME is set: nothing of the room is kept, and one that was put back or exchanged would not be noticed\n",
            );
            return Ok(());
        };
        let mut kept = heads.kept()?;
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
            return Err(heads.not_contained(kept, "its ledger has other keys"));
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
        let room: RoomId = id.parse().map_err(|_| {
            Failure::new(
                Exit::Machine,
                "what answers on the room's socket gives no room's id",
            )
        })?;
        Ok(state_folder().map(|state| Self {
            path: state.join("heads").join(room.to_string()),
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
        let new = self.beside("new");
        let written = private(&new, true).and_then(|mut file| {
            file.write_all(newest.keys.to_text().as_bytes())?;
            file.write_all(b"\n")?;
            file.write_all(newest.text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        });
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

/// Opens a file that only its owner may read, empty if it is to be written.
fn private(path: &Path, empty: bool) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(empty)
        .mode(0o600)
        .open(path)
}
