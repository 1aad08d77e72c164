//! Why something is asked for, and why it is denied: words that are never stored but sealed, each copy to those who
//! are to read them.

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{Role, SealedField, SealedFor, Statement, StoredEvent};
use strongroom_record::{AtomId, EventId, PersonId, encode};
use strongroom_seal::keybox::{BoxKey, Purpose};
use strongroom_seal::note::{NoteBox, NoteKey, PersonNoteBox};

use crate::api::StatementShown;
use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds as rows;
use crate::limits::REQUEST_READERS_MAX;
use crate::opening::Permit;
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{Person, State};

/// Who is to read a reason, beside the inspectors.
#[derive(Default)]
pub(crate) struct Readers {
    /// Whoever holds one of these labels.
    pub(crate) labels: BTreeSet<Label>,
    /// These persons. Of more than [`REQUEST_READERS_MAX`] the others read what is asked for, and not why.
    pub(crate) persons: BTreeSet<PersonId>,
    /// Whoever holds one of these atoms.
    pub(crate) atoms: BTreeSet<AtomId>,
}

impl Readers {
    /// Whoever can read the words of a record.
    pub(crate) fn of_record(state: &State, record: &crate::state::RecordState) -> Self {
        let portions = record.groups.iter().filter(|g| g.holds.portions());
        let labels = portions.map(|g| state.labels.get(g.label).as_ref().clone());
        Self {
            labels: labels.collect(),
            ..Self::default()
        }
    }
    /// The confirmed persons who have one of these roles.
    pub(crate) fn with_roles(state: &State, roles: &[Role]) -> Self {
        let persons = state.people.iter();
        let persons = persons.filter(|p| roles.iter().any(|role| p.may(*role)));
        Self {
            persons: persons.map(|p| p.id).collect(),
            ..Self::default()
        }
    }
}

/// A copy of an event's words, and the key to it.
pub(crate) struct DueReason {
    event: StoredEvent,
    copy: Option<(SealedFor, NoteKey)>,
}

impl DueReason {
    /// The event whose words they are.
    pub(crate) const fn event(&self) -> &StoredEvent {
        &self.event
    }
}

impl Core {
    /// Seals why something is asked for or denied, for an event whose id was drawn.
    pub(crate) fn seal_reason(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        event: EventId,
        readers: &Readers,
        statement: &Statement,
    ) -> Result<SealedField, Stop> {
        self.seal_words(asking, state, command, event, readers, &encode(statement))
    }

    /// The same of words of another form.
    pub(crate) fn seal_words(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        event: EventId,
        readers: &Readers,
        words: &[u8],
    ) -> Result<SealedField, Stop> {
        let mut dice = command.dice.fork();
        // Salts of statements stand in receipts: what else is drawn, and for how many readers, moves none.
        let mut statements = command.dice.fork();
        let wrap = self.wrap_keys_now(asking, state, &readers.labels, Purpose::Layer, &mut dice)?;
        // Nor does how many boxes are new: the salt of the signature is drawn after them.
        for key_box in &wrap.new_boxes {
            let at = rows::key_box(key_box.id());
            let covered = self.store.cover(at, &encode(key_box), &mut dice);
            command.put_covered(at, covered);
        }
        let id = command.id();
        let (note_box, inspectors) = self.note_box(state, id, &mut dice)?;
        command.put_row(rows::note_box(id), &note_box);
        let of_label = |(label, key): (&Label, &Arc<BoxKey>)| {
            let readable = SealedFor::Label(key.id(), label.clone());
            (readable, NoteKey::of_box(key))
        };
        let mut keys: Vec<(SealedFor, NoteKey)> = wrap.keys.iter().map(of_label).collect();
        let other_suite =
            |_| Fault::Damaged("a reader's keys are of another suite than the room's");
        let persons = readers
            .persons
            .iter()
            .filter_map(|id| state.people.active(*id));
        for person in persons.take(REQUEST_READERS_MAX) {
            let to = (person.id, person.keys.kem());
            let (row, key) = PersonNoteBox::make(self.suite, self.room, id, to, &mut dice)
                .map_err(other_suite)?;
            let at = rows::note_for(id, person.id.as_bytes());
            let covered = self.store.cover(at, &encode(&row), &mut dice);
            command.put_covered(at, covered);
            keys.push((SealedFor::Person(id, person.id), key));
        }
        for atom in &readers.atoms {
            let public = state.atoms.get(*atom).ok_or(Fault::Missing("an atom"))?;
            let (row, key) =
                NoteBox::make(self.suite, self.room, id, public, &mut dice).map_err(other_suite)?;
            let at = rows::note_for(id, atom.as_bytes());
            let covered = self.store.cover(at, &encode(&row), &mut dice);
            command.put_covered(at, covered);
            keys.push((SealedFor::Holders(id, *atom), key));
        }
        let mut copies: Vec<(SealedFor, &NoteKey)> =
            keys.iter().map(|(r, k)| (r.clone(), k)).collect();
        copies.push((SealedFor::Inspectors(id), &inspectors));
        Ok(seal_statement(
            self.room,
            event,
            STATEMENT,
            &copies,
            words,
            &mut statements,
        ))
    }

    /// An event with the key to its words, if one of their copies is for the asker.
    pub(crate) fn due_reason(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        event: EventId,
    ) -> Result<DueReason, Fault> {
        let event = self.stored_event(event)?;
        let copies = event.sealed.first().into_iter().flat_map(|f| &f.copies);
        for copy in copies {
            if let Some(key) = self.key_to_copy(asking, state, person, &copy.readable)? {
                let copy = Some((copy.readable.clone(), key));
                return Ok(DueReason { event, copy });
            }
        }
        Ok(DueReason { event, copy: None })
    }

    /// The key to a copy of an event's words, if it is for this person.
    pub(crate) fn key_to_copy(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        readable: &SealedFor,
    ) -> Result<Option<NoteKey>, Fault> {
        let ring = &asking.session.keyring;
        let closed = |_| Fault::Damaged("the key of a note does not open for whom it is");
        let by_atom = |row: NoteBox| -> Result<Option<NoteKey>, Fault> {
            if !person.holdings.contains_key(&row.atom()) {
                return Ok(None);
            }
            let atom = ring.atom(&self.store, state, person, (row.atom(), row.epoch()))?;
            let key = row.open(self.env.floor, self.room, &atom).map_err(closed)?;
            Ok(Some(key))
        };
        const NOTE: &str = "the key of a note";
        match readable {
            SealedFor::Label(id, label) if person.clearance.permits(label) => {
                let key = ring.box_key(&self.store, state, person, *id, label)?;
                Ok(Some(NoteKey::of_box(&key)))
            }
            SealedFor::Person(command, id) if *id == person.id => {
                let at = rows::note_for(*command, id.as_bytes());
                let row: PersonNoteBox = self.store.row(at, NOTE)?;
                // What was sealed to keys that the person has no more opens for nobody.
                let keys = ring.keys();
                Ok(row.open(self.env.floor, self.room, keys).ok())
            }
            SealedFor::Holders(command, atom) if person.holdings.contains_key(atom) => by_atom(
                self.store
                    .row(rows::note_for(*command, atom.as_bytes()), NOTE)?,
            ),
            SealedFor::Inspectors(command) if person.may(Role::Inspector) => {
                by_atom(self.store.row(rows::note_box(*command), NOTE)?)
            }
            _ => Ok(None),
        }
    }

    /// The words as they were encoded, if they are for the asker.
    pub(crate) fn words_of_reason(
        &self,
        permit: &Permit,
        due: &DueReason,
    ) -> Result<Option<Vec<u8>>, Fault> {
        match &due.copy {
            Some((readable, key)) => self.first_field_for(permit, &due.event, readable, key),
            None => Ok(None),
        }
    }

    /// The words, if they are for the asker.
    pub(crate) fn reason_shown(
        &self,
        permit: &Permit,
        state: &State,
        asker: PersonId,
        due: &DueReason,
    ) -> Result<Option<StatementShown>, Fault> {
        self.words_of_reason(permit, due)?
            .map(|words| crate::history::statement_shown(&words, state, asker))
            .transpose()
    }
}
