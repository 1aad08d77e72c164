//! Where in the ledger each event stands, and which events to look at for a person or a record.

use std::collections::HashMap;

use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::{EventId, PersonId, RecordId};

/// The index of the ledger by event, person and record.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(super) index: HashMap<EventId, u64>,
    pub(super) by_person: HashMap<PersonId, Vec<EventId>>,
    pub(super) openings: HashMap<RecordId, Vec<EventId>>,
}

impl Trail {
    /// Takes in an event that became durable at an index of the ledger.
    pub(crate) fn note(&mut self, event: &StoredEvent, index: u64) {
        self.index.insert(event.id, index);
        // A label's key is made by whoever files under the label first. That is the room's affair: a
        // receipt for it would tell the filer that nobody filed there before, or that somebody did.
        let of_the_room = matches!(event.act, Act::LabelKeyMade { .. });
        #[cfg(feature = "planted-leaks")]
        let of_the_room =
            of_the_room && !crate::planted::is(crate::planted::Leak::ReceiptOfLabelKey);
        if let Some(person) = event.actor.filter(|_| !of_the_room) {
            self.by_person.entry(person).or_default().push(event.id);
        }
        if let Act::Opened { record, .. } = &event.act {
            self.openings.entry(*record).or_default().push(event.id);
        }
    }
    /// The index of an event.
    pub(crate) fn index_of(&self, event: EventId) -> Option<u64> {
        self.index.get(&event).copied()
    }
    /// The events of a person, in the order of the ledger.
    pub(crate) fn of_person(&self, person: PersonId) -> Vec<EventId> {
        self.sorted(
            self.by_person
                .get(&person)
                .map_or(&[][..], Vec::as_slice)
                .iter(),
        )
    }
    /// The openings of a record, in the order of the ledger.
    pub(crate) fn of_record(&self, record: RecordId) -> Vec<EventId> {
        self.sorted(
            self.openings
                .get(&record)
                .map_or(&[][..], Vec::as_slice)
                .iter(),
        )
    }
    /// Whether every event below an index was taken in.
    pub(crate) fn has_all_below(&self, size: u64) -> bool {
        let below = self.index.values().filter(|index| **index < size);
        below.count() as u64 == size
    }
    /// The event at an index.
    pub(crate) fn at(&self, index: u64) -> Option<EventId> {
        let mut all = self.index.iter();
        all.find(|(_, at)| **at == index).map(|(event, _)| *event)
    }
    fn sorted<'a>(&self, events: impl Iterator<Item = &'a EventId>) -> Vec<EventId> {
        let mut events: Vec<_> = events.copied().collect();
        events.sort_by_key(|e| self.index.get(e));
        events
    }
}
