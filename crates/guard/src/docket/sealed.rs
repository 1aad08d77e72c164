//! Opening what acts sealed to the inspectors, compared with what the ledger committed to.

use strongroom_record::event::{Act, DocketFacts, SealedFor, Statement, StoredEvent};
use strongroom_record::{EventId, decode};
use strongroom_seal::note::{NoteBinding, open_note};
use strongroom_tlog::commit::{FieldTag, Salt, commit};

use crate::fault::Fault;
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::sealing::{DOCKET, STATEMENT};

const SALT_BYTES: usize = 32;

/// What an act says to the inspectors.
#[derive(Default)]
pub(super) struct Said {
    pub(super) statement: Option<Statement>,
    /// Of a filing or a correction, with the statement in it.
    pub(super) facts: Option<DocketFacts>,
}

impl Said {
    pub(super) fn statement(&self) -> Option<&Statement> {
        let of_facts = self.facts.as_ref().map(|facts| &facts.statement);
        self.statement.as_ref().or(of_facts)
    }
}

impl Core {
    /// The words of a sealed field of an event, from the copy that is sealed to the inspectors; none if it has none.
    pub(crate) fn field_for_inspectors(
        &self,
        _permit: &Permit,
        asking: &Asking,
        event: &StoredEvent,
        field: u16,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let at = usize::from(field - STATEMENT);
        let Some(sealed) = event.sealed.get(at) else {
            return Ok(None);
        };
        let copies = sealed.copies.iter();
        let mut copies = copies.filter_map(|copy| match copy.readable {
            SealedFor::Inspectors(command) => Some((command, &copy.sealed)),
            _ => None,
        });
        let Some((command, copy)) = copies.next() else {
            return Ok(None);
        };
        let key = {
            let state = self.state();
            let person = state.people.get(asking.session.person);
            let person = person.ok_or(Fault::Missing("a person"))?;
            asking
                .session
                .keyring
                .note_key(&self.store, &state, person, command)?
        };
        let binding = NoteBinding {
            room: self.room,
            event: event.id,
            field,
        };
        let damaged = || Fault::Damaged("what is sealed to the inspectors does not open");
        let plain = open_note(self.env.floor, &key, &binding, copy).map_err(|_| damaged())?;
        let (salt, words) = plain
            .expose()
            .split_first_chunk::<SALT_BYTES>()
            .ok_or_else(damaged)?;
        let committed = commit(FieldTag::new(field), &Salt::new(*salt), words);
        if *committed.as_bytes() != sealed.commitment {
            return Err(Fault::Damaged(
                "what is sealed to the inspectors is not what the ledger committed to",
            ));
        }
        Ok(Some(words.to_vec()))
    }

    /// What an act on a record says to the inspectors. A withdrawal says it with the event that asked for it.
    pub(super) fn said(
        &self,
        permit: &Permit,
        asking: &Asking,
        event: &StoredEvent,
    ) -> Result<Said, Fault> {
        let other = || Fault::Damaged("what is sealed to the inspectors has another form");
        match &event.act {
            Act::Filed(_) | Act::Corrected(_) => {
                let words = self.field_for_inspectors(permit, asking, event, DOCKET)?;
                let facts = words.map(|w| decode(&w).map_err(|_| other())).transpose()?;
                Ok(Said {
                    statement: None,
                    facts,
                })
            }
            Act::Restricted { .. }
            | Act::WithdrawalAsked { .. }
            | Act::ApprovalAsked(_)
            | Act::HoldPlaced { .. } => {
                let words = self.field_for_inspectors(permit, asking, event, STATEMENT)?;
                let statement = words.map(|w| decode(&w).map_err(|_| other())).transpose()?;
                Ok(Said {
                    statement,
                    facts: None,
                })
            }
            Act::Withdrawn(withdrawn) => self.said_at(permit, asking, withdrawn.asked),
            Act::Destroyed(destroyed) => self.said_at(permit, asking, destroyed.asked),
            _ => Ok(Said::default()),
        }
    }

    fn said_at(&self, permit: &Permit, asking: &Asking, event: EventId) -> Result<Said, Fault> {
        let event = self.stored_event(event)?;
        match &event.act {
            // One that asks for nothing further, so that this ends.
            Act::Withdrawn(_) | Act::Destroyed(_) => Ok(Said::default()),
            _ => self.said(permit, asking, &event),
        }
    }
}
