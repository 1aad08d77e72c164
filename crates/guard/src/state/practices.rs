//! Placement practices: standing rules by which records are placed.
//!
//! A practice has a label. It exists for records officers who hold that, and for the inspectors: its words may name what
//! only they may know of. Which filings cite it, their sealed statements say; the state does not know.

use std::collections::BTreeMap;

use strongroom_label::Policy;
use strongroom_record::event::{PracticeAdded, StoredEvent};
use strongroom_record::{EventId, PersonId, PracticeId, Timestamp};

use super::labels::{LabelRef, Labels};
use super::people::Person;

/// A practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Practice {
    pub(crate) id: PracticeId,
    /// The event that has its words.
    pub(crate) event: EventId,
    pub(crate) by: PersonId,
    pub(crate) label: LabelRef,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
    /// The event that ended it before its time.
    pub(crate) ended: Option<EventId>,
}

impl Practice {
    /// Whether it may be cited at an instant.
    pub(crate) fn holds_at(&self, at: Timestamp) -> bool {
        self.ended.is_none() && self.from <= at && self.until.is_none_or(|until| at < until)
    }
    /// Whether a person may know of it by what that person holds.
    pub(crate) fn exists_for(&self, labels: &Labels, person: &Person) -> bool {
        labels.admits(&person.bits, self.label)
    }
}

/// The practices of the room.
#[derive(Debug, Default)]
pub(crate) struct Practices(pub(super) BTreeMap<PracticeId, Practice>);

impl Practices {
    pub(crate) fn get(&self, id: PracticeId) -> Option<&Practice> {
        self.0.get(&id)
    }
    /// In the order of their ids, which means nothing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Practice> {
        self.0.values()
    }

    pub(super) fn added(
        &mut self,
        event: &StoredEvent,
        added: &PracticeAdded,
        maker: &Person,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        if self.0.contains_key(&added.practice) {
            return Err("the practice exists already");
        }
        if added.until.is_some_and(|until| until <= added.from) {
            return Err("a practice ends before it begins");
        }
        let label = labels.intern(&added.label, policy)?;
        if !labels.admits(&maker.bits, label) {
            return Err("its maker does not hold the label of the practice");
        }
        let practice = Practice {
            id: added.practice,
            event: event.id,
            by: maker.id,
            label,
            from: added.from,
            until: added.until,
            ended: None,
        };
        self.0.insert(added.practice, practice);
        Ok(())
    }

    pub(super) fn ended(
        &mut self,
        event: &StoredEvent,
        id: PracticeId,
        who: &Person,
        labels: &Labels,
    ) -> Result<(), &'static str> {
        let practice = self.0.get_mut(&id).ok_or("it ends an unknown practice")?;
        if practice.ended.is_some() {
            return Err("the practice has ended already");
        }
        if !practice.exists_for(labels, who) {
            return Err("who ends the practice does not hold its label");
        }
        practice.ended = Some(event.id);
        Ok(())
    }
}
