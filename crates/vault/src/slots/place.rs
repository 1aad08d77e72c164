//! Where a slot file lies, and opening it: it is the one that the store goes with, or it stays closed.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::file::{self, HeldFile};
use super::layout::{HEADER_BYTES, Header, VERSION, header, offset_of, read_header};
use super::{Named, SLOTS_MAX, Slots, SlotsError, SlotsId};
use crate::StoreName;

/// What the slot file of a store is called, instead of the store's own ending.
const ENDING: &str = "slots";

/// Where the slot file of a vault lies.
#[derive(Debug, Clone)]
pub struct SlotsPlace {
    name: StoreName,
    at: At,
}

#[derive(Debug, Clone)]
enum At {
    /// A vault without one: what is stored in it lies under no slot.
    Nowhere,
    File(PathBuf),
    /// A disk of a test's own.
    Backend(Arc<dyn StorageBackend>),
}

/// A file as it was found.
struct Found {
    backend: Arc<dyn StorageBackend>,
    held: Option<HeldFile>,
    length: u64,
}

impl SlotsPlace {
    pub(crate) fn nowhere() -> Self {
        Self {
            name: StoreName::of_backend(),
            at: At::Nowhere,
        }
    }
    /// Beside the store at a path.
    pub(crate) fn beside(store: &Path) -> Self {
        let path = store.with_extension(ENDING);
        Self {
            name: StoreName::of_path(&path),
            at: At::File(path),
        }
    }
    /// The same, of a file that is open from now on and needs its name no more.
    pub(crate) fn scratch_beside(store: &Path) -> std::io::Result<Self> {
        let file = file::create_new(&store.with_extension(ENDING))?;
        let backend = FileBackend::new(file).map_err(std::io::Error::other)?;
        Ok(Self::on(backend))
    }
    pub(crate) fn on(backend: impl StorageBackend) -> Self {
        Self {
            name: StoreName::of_backend(),
            at: At::Backend(Arc::new(backend)),
        }
    }

    /// The slot file that a store names; or, for a store that names none yet, a new one of this id, or one that was made
    /// for this room and never named. None where a vault has no place for one, and its store names none.
    ///
    /// # Errors
    /// It is missing, is not the one, is damaged in its header or cut, or the disk fails. Nothing of it was changed.
    pub fn open(
        &self,
        room: [u8; 16],
        named: Option<Named>,
        new: SlotsId,
    ) -> Result<Option<Slots>, SlotsError> {
        let missing = || SlotsError::Missing {
            place: self.name.clone(),
        };
        let found = match (self.find()?, named) {
            (None, None) if matches!(self.at, At::Nowhere) => return Ok(None),
            (None, Some(_)) => return Err(missing()),
            (Some(found), _) => found,
            (None, None) => {
                self.make(room, new)?;
                self.find()?.ok_or_else(missing)?
            }
        };
        let (found, id) = match self.check(&found, room, named) {
            // A crash left it on a disk that has no names under which it could lie until it is whole.
            Err(SlotsError::Foreign { .. } | SlotsError::Damaged { .. })
                if named.is_none() && found.held.is_none() =>
            {
                self.make(room, new)?;
                let made = self.find()?.ok_or_else(missing)?;
                let id = self.check(&made, room, named)?;
                (made, id)
            }
            checked => (found, checked?),
        };
        let drawn = named.map_or(0, |named| named.drawn);
        Ok(Some(Slots {
            name: self.name.clone(),
            backend: found.backend,
            held: found.held,
            id,
            drawn: AtomicU64::new(drawn),
            changing: Mutex::new(()),
        }))
    }

    /// Whether what was found is the file that a store goes with.
    fn check(
        &self,
        found: &Found,
        room: [u8; 16],
        named: Option<Named>,
    ) -> Result<SlotsId, SlotsError> {
        let place = || self.name.clone();
        let mut bytes = [0; HEADER_BYTES];
        if found.length < HEADER_BYTES as u64 {
            return Err(SlotsError::Foreign { place: place() });
        }
        self.io("reading the slot file", found.backend.read(0, &mut bytes))?;
        let (of_room, id) = match read_header(&bytes) {
            Header::Of(room, id) => (room, id),
            Header::Foreign => return Err(SlotsError::Foreign { place: place() }),
            Header::Damaged => {
                return Err(SlotsError::damaged(&self.name, "its header is not whole"));
            }
            Header::Newer(found) => {
                return Err(SlotsError::Newer {
                    place: place(),
                    found,
                    known: VERSION,
                });
            }
        };
        if of_room != room {
            return Err(SlotsError::OtherRoom { place: place() });
        }
        let Some(named) = named else {
            // What no store ever named has no slots: this one is of a newer copy of the store.
            return match found.length > HEADER_BYTES as u64 {
                true => Err(SlotsError::Other { place: place() }),
                false => Ok(id),
            };
        };
        if named.id != id {
            return Err(SlotsError::Other { place: place() });
        }
        if named.drawn > SLOTS_MAX || found.length < offset_of(named.drawn) {
            return Err(SlotsError::Short { place: place() });
        }
        Ok(id)
    }

    fn find(&self) -> Result<Option<Found>, SlotsError> {
        let doing = "opening the slot file";
        let (backend, held): (Arc<dyn StorageBackend>, _) = match &self.at {
            At::Nowhere => return Ok(None),
            At::Backend(backend) => (Arc::clone(backend), None),
            At::File(path) => match self.io(doing, HeldFile::open(path))? {
                None => return Ok(None),
                Some((file, held)) => {
                    let backend = FileBackend::new(file).map_err(|error| {
                        SlotsError::from_io(&self.name, doing, std::io::Error::other(error))
                    })?;
                    (Arc::new(backend), Some(held))
                }
            },
        };
        let length = self.io(doing, backend.len())?;
        // A disk on which nothing was ever written holds no file.
        if held.is_none() && length == 0 {
            return Ok(None);
        }
        Ok(Some(Found {
            backend,
            held,
            length,
        }))
    }

    fn make(&self, room: [u8; 16], id: SlotsId) -> Result<(), SlotsError> {
        let doing = "making the slot file";
        let header = header(room, id);
        match &self.at {
            At::Nowhere => Ok(()),
            At::File(path) => self.io(doing, file::make(path, &header)),
            At::Backend(backend) => {
                let whole = backend
                    .set_len(header.len() as u64)
                    .and_then(|()| backend.write(0, &header))
                    .and_then(|()| backend.sync_data());
                self.io(doing, whole)
            }
        }
    }

    fn io<T>(&self, doing: &'static str, done: std::io::Result<T>) -> Result<T, SlotsError> {
        done.map_err(|error| SlotsError::from_io(&self.name, doing, error))
    }
}
