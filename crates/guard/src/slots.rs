//! The room's slots: which record has which, and what lies under them.
//!
//! Every record gets a slot when it is filed, and every key of it that is ever wrapped (of its groups in all versions,
//! of its layers, of its recording) is sealed once more under that slot's key. To destroy the record is to
//! overwrite 32 bytes. The rows of the keys name the slot by its number, and no event does: numbers count
//! all records of the room, and an event is shown in its receipt.
//!
//! ```text
//! drawing   pages of the slot file, synced ─▶ the store's row counts them, durable ─▶ slots are given to records
//! filing    one slot a record, from memory: no sync of its own
//! shutting  the row says where to go on; an opening believes that once, and strikes it out before it gives a slot
//! ```
//!
//! After a crash the room goes on behind all that count: at most those of one drawing are used by nobody.
//! A room from before there were slots gets its file when it is opened; what was filed until then has none.
//!
//! What cannot happen: two records have one slot; a slot is given before it is durable; a room opens with another
//! slot file than its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minicbor::bytes::ByteVec;
use strongroom_record::{Entropy, GroupId, Stream};
use strongroom_seal::{SlotBinding, SlotKey, Suite};
use strongroom_vault::Commit;
use strongroom_vault::slots::{Named, SLOTS_READ_MAX, Slot, SlotNumber, Slots, SlotsId};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::guard::Core;
use crate::kinds;
use crate::rows::{GroupKey, SlotsRow};
use crate::state::RecordState;
use crate::store::Store;

/// The slot of one record.
#[derive(Clone)]
pub(crate) struct RecordSlot {
    number: u64,
    key: Arc<SlotKey>,
}

impl RecordSlot {
    /// Its number.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }
}

/// Slots that were taken for records that are being filed; of a vault without a slot file, none for each.
pub(crate) type TakenSlots = std::vec::IntoIter<Option<RecordSlot>>;

/// The slots of an open room.
pub(crate) struct RoomSlots {
    suite: Suite,
    file: Slots,
    next: Mutex<Next>,
}

/// Where giving slots goes on.
struct Next {
    /// The first slot that no record has.
    slot: u64,
    /// How many count in the store's row.
    counted: u64,
    /// The row says where to go on.
    marked: bool,
}

impl RoomSlots {
    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot file.
    pub(crate) const fn file(&self) -> &Slots {
        &self.file
    }

    /// Writes the row, durably.
    fn say(&self, store: &Store, next: Option<u64>, entropy: &dyn Entropy) -> Result<u64, Fault> {
        let drawn = self.file.drawn();
        put_row(store, self.file.id(), drawn, next, entropy)?;
        Ok(drawn)
    }

    /// Takes slots that no record has.
    fn take(&self, store: &Store, many: usize, entropy: &dyn Entropy) -> Result<Vec<u64>, Fault> {
        let mut next = self.next();
        let until = next.slot + many as u64;
        if next.marked {
            next.counted = self.say(store, None, entropy)?;
            next.marked = false;
        }
        while until > next.counted {
            // Those of a drawing whose row failed count in the file, and in no row.
            if self.file.drawn() <= next.counted {
                let name = [
                    b"slots".as_slice(),
                    &self.file.id().0,
                    &next.counted.to_be_bytes(),
                ];
                let mut dice = entropy.stream(&name.concat());
                self.file.draw(&mut |key| dice.fill(key))?;
            }
            next.counted = self.say(store, None, entropy)?;
        }
        let taken = (next.slot..until).collect();
        next.slot = until;
        Ok(taken)
    }

    /// The slot of a number, which a record that stands has.
    fn of(&self, number: u64) -> Result<RecordSlot, Fault> {
        match self.file.read(SlotNumber(number))? {
            Slot::Key(key) => Ok(RecordSlot {
                number,
                key: Arc::new(SlotKey::new(self.suite, &key)),
            }),
            Slot::Wiped => Err(Fault::Damaged(
                "the slot of a record was wiped, and no event says that it was destroyed",
            )),
            Slot::None => Err(Fault::Damaged("a record's slot is not in the slot file")),
            Slot::Damaged => Err(Fault::Damaged(
                "a record's slot does not hold what was drawn",
            )),
        }
    }
}

/// Says in the store, durably, which slot file goes with it.
pub(crate) fn put_row(
    store: &Store,
    id: SlotsId,
    drawn: u64,
    next: Option<u64>,
    entropy: &dyn Entropy,
) -> Result<(), Fault> {
    let mut dice = entropy.stream(b"slots' row");
    let row = SlotsRow {
        id: id.0,
        drawn,
        next,
    };
    let mut commit = Commit::new();
    store.put_row(&mut commit, kinds::slots(), &row, &mut dice);
    store.vault.submit(commit).wait()?;
    Ok(())
}

impl Store {
    /// Opens the slot file that the store names; makes one where it names none, if it is to.
    ///
    /// # Errors
    /// It is not the one, or cannot be read or made.
    pub(crate) fn open_slots(
        &self,
        suite: Suite,
        entropy: &dyn Entropy,
        make: bool,
    ) -> Result<(), Fault> {
        if self.slots.get().is_some() {
            return Ok(());
        }
        let row = match self.find(kinds::slots())? {
            Some(_) => Some(self.row::<SlotsRow>(kinds::slots(), "the slots' row")?),
            None if make => None,
            None => return Ok(()),
        };
        let named = row.as_ref().map(|row| Named {
            id: SlotsId(row.id),
            drawn: row.drawn,
        });
        let new = SlotsId(entropy.stream(b"slot file").bytes());
        let room = *self.room.as_bytes();
        let Some(file) = self.vault.slots().open(room, named, new)? else {
            return Ok(());
        };
        if row.is_none() {
            put_row(self, file.id(), 0, Some(0), entropy)?;
        }
        let next = row.as_ref().map_or(Some(0), |row| row.next);
        let drawn = file.drawn();
        if next.is_some_and(|next| next > drawn) {
            return Err(Fault::Damaged("the slots' row goes on behind its slots"));
        }
        let next = Next {
            slot: next.unwrap_or(drawn),
            counted: drawn,
            marked: next.is_some(),
        };
        // Whoever opens a store does it once.
        let _ = self.slots.set(RoomSlots {
            suite,
            file,
            next: Mutex::new(next),
        });
        Ok(())
    }

    /// Makes the slot file of a store that was restored, with the keys that its backup had.
    pub(crate) fn restore_slots(
        &self,
        suite: Suite,
        keys: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<(), Fault> {
        let id = SlotsId(entropy.stream(b"restored slot file").bytes());
        let room = *self.room.as_bytes();
        let file = self
            .vault
            .slots()
            .open(room, None, id)?
            .ok_or(Fault::Missing(
                "a place for the slot file that its backup has",
            ))?;
        file.put(keys)?;
        put_row(self, file.id(), file.drawn(), None, entropy)?;
        drop(file);
        self.open_slots(suite, entropy, false)
    }

    /// The keys of all slots as they are now, in pieces of whole pages.
    pub(crate) fn slots_now(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, Fault> {
        let Some(slots) = self.slots.get() else {
            return Ok(Vec::new());
        };
        let drawn = slots.file.drawn();
        let firsts = (0..drawn).step_by(SLOTS_READ_MAX);
        firsts.map(|n| Ok(slots.file.keys_from(n)?)).collect()
    }

    /// What is wrong with the slot that a row names, as a rule that is broken; none if nothing is.
    pub(crate) fn broken_slot(&self, number: Option<u64>) -> Option<&'static str> {
        let number = SlotNumber(number?);
        let lacks = "the slot that it lies under is in the slot file that goes with the store";
        let Some(slots) = self.slots.get() else {
            return Some(lacks);
        };
        match slots.file.read(number) {
            Ok(Slot::Key(_)) => None,
            Ok(Slot::Wiped) => Some("the slot that it lies under was not wiped"),
            Ok(Slot::None) => Some(lacks),
            Ok(Slot::Damaged) => Some("the slot that it lies under holds what was drawn"),
            Err(_) => Some("the slot that it lies under can be read"),
        }
    }

    /// Says where giving slots goes on, before the store is closed.
    pub(crate) fn leave_slots(&self, entropy: &dyn Entropy) -> Result<(), Fault> {
        let Some(slots) = self.slots.get() else {
            return Ok(());
        };
        let mut next = slots.next();
        // A drawing whose row failed is not counted: the row has the last word.
        if !next.marked && next.counted == slots.file.drawn() {
            slots.say(self, Some(next.slot), entropy)?;
            next.marked = true;
        }
        Ok(())
    }

    /// The slot of a number, if there is a number.
    pub(crate) fn slot(&self, number: Option<u64>) -> Result<Option<RecordSlot>, Fault> {
        let Some(number) = number else {
            return Ok(None);
        };
        let slots = self.slots.get().ok_or(Fault::Damaged(
            "a row names a slot, and the store names no slot file",
        ))?;
        slots.of(number).map(Some)
    }

    /// The slot of a record, which the rows of its keys name; none for one from before there were slots.
    pub(crate) fn slot_of(&self, record: &RecordState) -> Result<Option<RecordSlot>, Fault> {
        self.slot(self.slot_number_of(record)?)
    }

    /// Its number.
    pub(crate) fn slot_number_of(&self, record: &RecordState) -> Result<Option<u64>, Fault> {
        let Some(group) = record.groups.first() else {
            return Ok(None);
        };
        let row: GroupKey = self.row(kinds::record_key(group.key_row), "a record key")?;
        Ok(row.slot)
    }

    /// A wrapped key under a record's slot, if it has one.
    pub(crate) fn under_slot(
        &self,
        slot: Option<&RecordSlot>,
        at: (GroupId, Option<u32>),
        wrapped: Vec<u8>,
        dice: &mut Stream,
    ) -> Vec<u8> {
        match slot {
            None => wrapped,
            Some(slot) => slot
                .key
                .cover(&self.binding(slot.number, at), &wrapped, dice),
        }
    }

    /// A wrapped key out from under the slot that its row names, if it names one.
    pub(crate) fn bare(
        &self,
        slot: Option<u64>,
        at: (GroupId, Option<u32>),
        covered: ByteVec,
    ) -> Result<ByteVec, Fault> {
        let Some(slot) = self.slot(slot)? else {
            return Ok(covered);
        };
        let binding = self.binding(slot.number, at);
        let bare = slot.key.uncover(self.floor, &binding, &covered);
        bare.map(Into::into)
            .map_err(|_| Fault::Damaged("a wrapped key does not open under its record's slot"))
    }

    fn binding(&self, slot: u64, (group, layer): (GroupId, Option<u32>)) -> SlotBinding {
        SlotBinding {
            room: self.room,
            slot,
            group,
            layer,
        }
    }
}

impl Core {
    /// Takes a slot for each of so many records.
    pub(crate) fn take_slots(&self, many: usize) -> Result<TakenSlots, Fault> {
        let Some(slots) = self.store.slots.get() else {
            return Ok(vec![None; many].into_iter());
        };
        let taken = slots.take(&self.store, many, &*self.env.entropy)?;
        let taken = taken.into_iter().map(|n| slots.of(n).map(Some));
        Ok(taken.collect::<Result<Vec<_>, _>>()?.into_iter())
    }
}
