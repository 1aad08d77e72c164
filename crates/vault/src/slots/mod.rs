//! The slot file: short keys in places of their own, which are overwritten in place.
//!
//! A store keeps what was deleted in pages that are free, until they are used again; backups of its file system
//! keep it longer. What lies under a slot's key is destroyed by overwriting 32 bytes instead: the place of a slot
//! never changes, nothing else of the store has those bytes, and whatever copy of the *store* somebody keeps,
//! free pages included, opens no more without them. Who has a copy of the slot file from before has the key.
//!
//! # The file
//!
//! | bytes | what |
//! | --- | --- |
//! | 16 | `strongroom slots` |
//! | 2 | the version, 1, most significant byte first |
//! | 16 | the room |
//! | 16 | the file's own id, random |
//! | 16 | check: the first bytes of SHA-256 over the 50 before it |
//! | … | zeros, up to 4,096 |
//!
//! and then pages of 4,096 bytes, each of 85 slots and 16 zeros. A slot is
//!
//! | bytes | what |
//! | --- | --- |
//! | 32 | the key |
//! | 16 | check: the first bytes of SHA-256 over `strongroom slot`, the file's id, the slot's number in 8 bytes, and the key |
//!
//! Slots are numbered from 0 through all pages. A slot of zeros alone was *wiped*, or was never drawn; a key of
//! zeros is never drawn. The check stands in the slot and not in the page, for it must go with the key: a checksum over
//! a page would have to be written at another place in the same moment, and after a crash in between, all slots
//! of the page would be in doubt. It is of use to nobody who has not got the key: one who could find 32 random bytes by
//! their digest could find them by trying.
//!
//! # Crashes
//!
//! * **Making** the file: it lies beside its place under another name until all of its header is durable.
//! * **Drawing**: whole pages are written behind those that count, and synced, before [`Slots::draw`] returns. How many
//!   count is said by whoever keeps the store ([`Named::drawn`]), durably, before a slot of them is used. So what a
//!   crash left of pages that do not count was used by nobody, and the next drawing writes over it.
//! * **Wiping**: zeros over 48 bytes, synced, and read again. A crash may leave some of them; so whoever wipes says
//!   durably beforehand that it is to be done, and does it again when it opens.
//!
//! # What it does not do
//!
//! It overwrites what the file system shows at a place. A file system that writes elsewhere (copy on write, snapshots),
//! a flash disk that moves blocks, and a copy that somebody made keep the old bytes: see the room's SECURITY page.

mod error;
mod file;
mod layout;
mod place;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::StorageBackend;
use zeroize::Zeroizing;

pub use error::SlotsError;
pub use layout::{SLOT_KEY_BYTES, SLOTS_IN_PAGE};
pub use place::SlotsPlace;

use crate::StoreName;
pub use crate::limits::{DRAWN_PAGES, SLOTS_MAX, SLOTS_READ_MAX};
use file::HeldFile;
use layout::{HEADER_BYTES, PAGE_BYTES, SLOT_BYTES, Seen, offset_of};

/// The number of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotNumber(pub u64);

/// The id of a slot file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotsId(pub [u8; 16]);

/// Which slot file a store goes with, as the store says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The file.
    pub id: SlotsId,
    /// How many slots of it count, from the first on.
    pub drawn: u64,
}

/// A slot's key. Wiped when it is dropped.
pub type SlotBytes = Zeroizing<[u8; SLOT_KEY_BYTES]>;

/// What is found in a slot.
pub enum Slot {
    /// Its key.
    Key(SlotBytes),
    /// It was wiped.
    Wiped,
    /// There is no such slot.
    None,
    /// What is there is neither.
    Damaged,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(..)",
            Self::Wiped => "Wiped",
            Self::None => "None",
            Self::Damaged => "Damaged",
        })
    }
}

/// An open slot file. Whoever has the store open has this one too: no other process changes it.
pub struct Slots {
    name: StoreName,
    backend: Arc<dyn StorageBackend>,
    held: Option<HeldFile>,
    id: SlotsId,
    drawn: AtomicU64,
    /// One changes the file at a time.
    changing: Mutex<()>,
}

impl Slots {
    /// The file's id.
    pub fn id(&self) -> SlotsId {
        self.id
    }

    /// How many slots count.
    pub fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::Acquire)
    }

    /// Draws [`DRAWN_PAGES`] of slots behind those that count; `fill` makes each key. Durable when it returns, and counted
    /// from then on in this process; in the store whoever calls says so.
    ///
    /// # Errors
    /// There are as many as there may be, or the disk fails: nothing counts then that did not before.
    pub fn draw(&self, fill: &mut dyn FnMut(&mut [u8])) -> Result<u64, SlotsError> {
        let _alone = self.alone();
        let drawn = self.drawn();
        let more = drawn + DRAWN_PAGES * SLOTS_IN_PAGE;
        if more > SLOTS_MAX {
            return Err(SlotsError::Full {
                place: self.name.clone(),
                limit: SLOTS_MAX,
            });
        }
        let fill = |_: u64, key: &mut [u8; SLOT_KEY_BYTES]| {
            fill(key);
            assert_ne!(*key, [0; SLOT_KEY_BYTES], "a key of zeros is never drawn");
        };
        self.write_pages(drawn, DRAWN_PAGES, fill)?;
        self.drawn.store(more, Ordering::Release);
        Ok(more)
    }

    /// Writes keys from the next slot on that counts, a whole page at least: those of a backup. A key of zeros is that
    /// of a wiped slot.
    ///
    /// # Errors
    /// They are more than there may be, or the disk fails.
    pub fn put(&self, keys: &[u8]) -> Result<u64, SlotsError> {
        let _alone = self.alone();
        let drawn = self.drawn();
        let pages = (keys.len() / SLOT_KEY_BYTES).div_ceil(SLOTS_IN_PAGE as usize) as u64;
        let more = drawn + pages * SLOTS_IN_PAGE;
        if more > SLOTS_MAX {
            return Err(SlotsError::Full {
                place: self.name.clone(),
                limit: SLOTS_MAX,
            });
        }
        self.write_pages(drawn, pages, |n, key| {
            let at = usize::try_from(n - drawn).unwrap_or(usize::MAX);
            if let Some(given) = keys.chunks_exact(SLOT_KEY_BYTES).nth(at) {
                key.copy_from_slice(given);
            }
        })?;
        self.drawn.store(more, Ordering::Release);
        Ok(more)
    }

    fn write_pages(
        &self,
        first: u64,
        pages: u64,
        mut key_of: impl FnMut(u64, &mut [u8; SLOT_KEY_BYTES]),
    ) -> Result<(), SlotsError> {
        let bytes = usize::try_from(pages).unwrap_or(usize::MAX) * PAGE_BYTES;
        let mut written = Zeroizing::new(vec![0; bytes]);
        let mut number = first;
        for page in written.chunks_mut(PAGE_BYTES) {
            for slot in page
                .chunks_exact_mut(SLOT_BYTES)
                .take(SLOTS_IN_PAGE as usize)
            {
                let mut key = SlotBytes::default();
                key_of(number, &mut key);
                layout::write(self.id, number, &key, slot);
                number += 1;
            }
        }
        let at = offset_of(first);
        let end = at + bytes as u64;
        let doing = "drawing slots";
        if self.io(doing, self.backend.len())? < end {
            self.io(doing, self.backend.set_len(end))?;
        }
        self.io(doing, self.backend.write(at, &written))?;
        self.io(doing, self.backend.sync_data())
    }

    /// What is in a slot.
    ///
    /// # Errors
    /// The disk fails.
    pub fn read(&self, slot: SlotNumber) -> Result<Slot, SlotsError> {
        if slot.0 >= self.drawn() {
            return Ok(Slot::None);
        }
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        self.io(
            "reading a slot",
            self.backend.read(offset_of(slot.0), &mut *bytes),
        )?;
        Ok(match layout::read(self.id, slot.0, &bytes) {
            Seen::Key(key) => Slot::Key(key),
            Seen::Wiped => Slot::Wiped,
            Seen::Damaged => Slot::Damaged,
        })
    }

    /// The keys of up to [`SLOTS_READ_MAX`] slots from one on, one behind the other, for a backup: zeros for what was
    /// wiped, and for what is damaged.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keys_from(&self, first: u64) -> Result<Zeroizing<Vec<u8>>, SlotsError> {
        let until = self
            .drawn()
            .min(first.saturating_add(SLOTS_READ_MAX as u64));
        let mut keys = Zeroizing::new(Vec::with_capacity(SLOTS_READ_MAX * SLOT_KEY_BYTES));
        for number in first..until {
            match self.read(SlotNumber(number))? {
                Slot::Key(key) => keys.extend_from_slice(&*key),
                Slot::Wiped | Slot::None | Slot::Damaged => {
                    keys.extend_from_slice(&[0; SLOT_KEY_BYTES]);
                }
            }
        }
        Ok(keys)
    }

    /// Overwrites a slot where it lies, with zeros. Durable when it returns; one that was wiped is wiped again.
    ///
    /// # Errors
    /// There is no such slot, or the disk fails: then it may be wiped or not.
    pub fn wipe(&self, slot: SlotNumber) -> Result<(), SlotsError> {
        let _alone = self.alone();
        if slot.0 >= self.drawn() {
            return Err(SlotsError::damaged(
                &self.name,
                "a slot is to be wiped that is not there",
            ));
        }
        let at = offset_of(slot.0);
        let doing = "wiping a slot";
        self.io(doing, self.backend.write(at, &[0; SLOT_BYTES]))?;
        self.io(doing, self.backend.sync_data())?;
        match self.read(slot)? {
            Slot::Wiped => Ok(()),
            _ => Err(SlotsError::damaged(
                &self.name,
                "a slot that was overwritten still reads as it was",
            )),
        }
    }

    /// Whether the file that is open is still the one at its path.
    ///
    /// # Errors
    /// [`SlotsError::Moved`], which ends when it is put back; or why the file system does not say.
    pub fn in_place(&self) -> Result<(), SlotsError> {
        let least = offset_of(self.drawn());
        self.held
            .as_ref()
            .map_or(Ok(()), |held| held.in_place(&self.name, least))
    }

    fn alone(&self) -> std::sync::MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io<T>(&self, doing: &'static str, done: std::io::Result<T>) -> Result<T, SlotsError> {
        done.map_err(|error| SlotsError::from_io(&self.name, doing, error))
    }
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots")
            .field("place", &self.name)
            .field("drawn", &self.drawn())
            .finish_non_exhaustive()
    }
}

const _: () = assert!(DRAWN_PAGES * SLOTS_IN_PAGE < SLOTS_MAX);
const _: () = assert!(HEADER_BYTES == PAGE_BYTES);
const _: () = assert!(SLOTS_READ_MAX.is_multiple_of(SLOTS_IN_PAGE as usize));
