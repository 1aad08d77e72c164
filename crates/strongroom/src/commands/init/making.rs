//! A room in the making: in a folder beside its place, or in it where the place was there before and empty. It gets its
//! name when it is whole and on the disk, and goes again, with what was written for it elsewhere, if it does not
//! come to that. What the end of the machine leaves of it is told to whoever founds there again.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::backup_file::sync_folder;
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::room::Room;

/// What the folder's name ends with until the room is whole.
const UNFINISHED: &str = ".founding";

/// A room that is not one yet.
pub(super) struct Making {
    room: Room,
    /// Where it will be.
    place: PathBuf,
    /// The place was there before, and empty: perhaps a disk of its own.
    within: bool,
    /// What was written elsewhere, or is in its place already.
    written: Vec<PathBuf>,
    done: bool,
}

impl Making {
    /// Makes the folder in which the room is made.
    pub(super) fn begin(room: &Room) -> Result<Self, Failure> {
        let place = room.folder();
        let within = fs::symlink_metadata(place).is_ok();
        if within {
            check_empty(place)?;
        }
        let folder = if within {
            place.join(UNFINISHED)
        } else {
            let mut name =
                OsString::from(place.file_name().ok_or_else(|| {
                    Failure::usage(format!("{} names no folder", place.display()))
                })?);
            name.push(UNFINISHED);
            place.with_file_name(name)
        };
        files::make_private_folder(&folder).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => left_over(&folder),
            _ => Failure::file("made", &folder, &e),
        })?;
        Ok(Self {
            room: Room::at(&folder),
            place: place.to_owned(),
            within,
            written: Vec::new(),
            done: false,
        })
    }

    /// Where it is made.
    pub(super) const fn room(&self) -> &Room {
        &self.room
    }

    /// Writes a file of the room, or one for it elsewhere, that is not there yet.
    pub(super) fn write(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        match path.strip_prefix(&self.place) {
            Ok(name) => files::write_private_new(&self.room.folder().join(name), text),
            Err(_) => {
                files::write_private_new(path, text)?;
                self.written.push(path.to_owned());
                Ok(())
            }
        }
    }

    /// Gives the room its name.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let named = if self.within {
            self.move_up()
        } else {
            let folder = self.room.folder();
            sync_folder(&self.room.store()).and_then(|()| fs::rename(folder, &self.place))
        };
        named
            .and_then(|()| sync_folder(&self.place))
            .map_err(|e| Failure::file("made", &self.place, &e))?;
        self.done = true;
        Ok(())
    }

    /// Moves all of it to its place, the store last: without it a folder is no room.
    fn move_up(&mut self) -> io::Result<()> {
        let folder = self.room.folder();
        let mut names = fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<Vec<_>>>()?;
        let store = self.room.store();
        names.sort_by_key(|name| Some(name.as_os_str()) == store.file_name());
        for name in names {
            let to = self.place.join(&name);
            fs::rename(folder.join(&name), &to)?;
            self.written.push(to);
        }
        fs::remove_dir(folder)?;
        sync_folder(&self.place.join(UNFINISHED))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // What cannot be taken away is told of by the error that led here.
        let _ = fs::remove_dir_all(self.room.folder());
        for file in &self.written {
            let _ = fs::remove_file(file);
        }
    }
}

fn check_empty(place: &Path) -> Result<(), Failure> {
    let failed = |e| Failure::file("made", place, &e);
    if fs::symlink_metadata(place.join(UNFINISHED)).is_ok() {
        return Err(left_over(&place.join(UNFINISHED)));
    }
    let there = fs::read_dir(place).and_then(|mut names| Ok(names.next().transpose()?.is_some()));
    let conflict = |what: &str| Failure::new(Exit::Conflict, format!("{} {what}", place.display()));
    if there.map_err(failed)? {
        return Err(
            conflict("is there already and not empty; it was left as it is")
                .hint("choose another folder for the new room"),
        );
    }
    if !files::is_private_folder(place).map_err(failed)? {
        return Err(conflict("is open to others, or not this account's")
            .hint("`chmod 700` closes it, or name a folder that is not there yet"));
    }
    Ok(())
}

fn left_over(folder: &Path) -> Failure {
    Failure::new(
        Exit::Conflict,
        format!(
            "{} is there: another `init` is at work, or one was killed",
            folder.display()
        ),
    )
    .hint("if none is at work, remove it: it is no room, and nothing in it is needed")
}
