//! Opening the sealed fields of events: the words of a statement, of a grading.
//!
//! What opens is compared with what the ledger committed to, so that nobody who holds a label puts other words in.

use strongroom_record::event::{SealedFor, StoredEvent};
use strongroom_record::{BoxId, EventId};
use strongroom_seal::note::{NoteBinding, NoteKey, open_note};
use strongroom_tlog::commit::{FieldTag, Salt, commit};

use crate::fault::Fault;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::opening::Permit;
use crate::sealing::STATEMENT;
use crate::state::{Person, State};

const SALT_BYTES: usize = 32;

impl Core {
    /// The words of an event's first sealed field, from the copy that is sealed under a box; none if there is no such copy.
    pub(crate) fn first_field(
        &self,
        _permit: &Permit,
        event: &StoredEvent,
        key_box: BoxId,
        key: &NoteKey,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let mine =
            |readable: &SealedFor| matches!(readable, SealedFor::Label(id, _) if *id == key_box);
        self.copy_of_first_field(event, mine, key)
    }

    /// The same from the copy that is sealed for just these readers.
    pub(crate) fn first_field_for(
        &self,
        _permit: &Permit,
        event: &StoredEvent,
        readable: &SealedFor,
        key: &NoteKey,
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.copy_of_first_field(event, |other| other == readable, key)
    }

    fn copy_of_first_field(
        &self,
        event: &StoredEvent,
        mine: impl Fn(&SealedFor) -> bool,
        key: &NoteKey,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(field) = event.sealed.first() else {
            return Ok(None);
        };
        let Some(copy) = field.copies.iter().find(|c| mine(&c.readable)) else {
            return Ok(None);
        };
        let binding = NoteBinding {
            room: self.room,
            event: event.id,
            field: STATEMENT,
        };
        let damaged = || Fault::Damaged("a statement does not open");
        let plain =
            open_note(self.env.floor, key, &binding, &copy.sealed).map_err(|_| damaged())?;
        let (salt, words) = plain
            .expose()
            .split_first_chunk::<SALT_BYTES>()
            .ok_or_else(damaged)?;
        let committed = commit(FieldTag::new(STATEMENT), &Salt::new(*salt), words);
        if *committed.as_bytes() != field.commitment {
            return Err(Fault::Damaged(
                "a statement is not the one that the ledger committed to",
            ));
        }
        Ok(Some(words.to_vec()))
    }

    /// The key to an event's first sealed field for someone who holds the label of one of its copies; none for others.
    pub(crate) fn key_to_first_field(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        event: &StoredEvent,
    ) -> Result<Option<(BoxId, NoteKey)>, Fault> {
        let copies = event.sealed.first().into_iter().flat_map(|f| &f.copies);
        for copy in copies {
            if let SealedFor::Label(id, label) = &copy.readable
                && person.clearance.permits(label)
            {
                let ring = &asking.session.keyring;
                let key = ring.box_key(&self.store, state, person, *id, label)?;
                return Ok(Some((*id, NoteKey::of_box(&key))));
            }
        }
        Ok(None)
    }

    /// An event that the ledger names.
    pub(crate) fn stored_event(&self, id: EventId) -> Result<StoredEvent, Fault> {
        self.store.row(kinds::event(id), "an event of the ledger")
    }
}
