//! Holds: a matter for which records are neither destroyed nor lowered.
//!
//! They only protect, so one person places them, alone and at once: a records officer on what that officer may read, a
//! security officer or an inspector on any record, by its id. The answer is the same whether the room holds such a record
//! or not, and so is the event. They are released by others (`request release-hold`).
//!
//! Which matter it is, and why, is sealed under the labels of the record and to the inspectors.

use std::collections::BTreeSet;

use strongroom_label::Label;
use strongroom_record::event::{Act, Role, SealedField, SealedFor, Statement};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::{EventId, RecordId, encode};
use strongroom_seal::keybox::Purpose;
use strongroom_seal::note::NoteKey;

use crate::api::{HoldPlace, HoldRow, HoldRows, HoldsPlaced};
use crate::command::Command;
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::history::statement_shown;
use crate::kinds;
use crate::limits::{LIST_MAX, RESTRICT_RECORDS_MAX};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{Person, RecordState, State};
use crate::versions::Stated;

/// Who may place a hold on a record by its id alone.
fn by_id(person: &Person) -> bool {
    person.may(Role::Inspector) || person.may(Role::SecurityOfficer)
}

impl Core {
    /// Places a hold on records.
    pub(crate) fn hold_place(&self, asking: &Asking, ask: &HoldPlace) -> Result<HoldsPlaced, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "hold-place", ask)?;
        check_form(ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        if !by_id(person) {
            asking.may(&state, Role::RecordsOfficer)?;
        }
        self.not_done_before(asking, &state, request)?;
        let statement = Statement {
            reason: ask.matter.trim().to_owned(),
            authority: person.name.clone(),
            because: ask.because.clone(),
            from_system: None,
            already_held_by: Vec::new(),
            override_because: None,
            practice: None,
        };
        let records = self.to_be_held(&state, person, &ask.records)?;
        let mut command = self.command(asking, request);
        let mut receipts = Vec::with_capacity(records.len());
        let words = encode(&statement);
        let mut dice = command.dice.fork();
        let notes = command.id();
        let (note_box, inspectors) = self.note_box(&state, notes, &mut dice)?;
        command.put_row(kinds::note_box(notes), &note_box);
        for record in records {
            let event = command.draw_event_id();
            let words = (words.as_slice(), &inspectors);
            let sealed = self.hold_words(asking, &state, record, event, words, &mut command)?;
            command.event_as(event, Act::HoldPlaced { record }, vec![sealed]);
            receipts.push(event.to_string());
        }
        self.enact(&mut state, command, asking.signer())?;
        Ok(HoldsPlaced {
            records: ask.records.clone(),
            receipts,
        })
    }

    /// The records that are named, each once.
    fn to_be_held(
        &self,
        state: &State,
        person: &Person,
        names: &[String],
    ) -> Result<Vec<RecordId>, Refusal> {
        let mut records: Vec<RecordId> = Vec::with_capacity(names.len());
        for name in names {
            let record = match self.resolve(state, person, name) {
                Ok(record) => record.id,
                // A whole id, known from elsewhere: held if it is here, and nothing told.
                Err(refusal) if refusal.code == Code::NotFound && by_id(person) => {
                    name.parse().map_err(|_| refusal)?
                }
                Err(refusal) => return Err(refusal),
            };
            if records.contains(&record) {
                return Err(Refusal::invalid(format!("record {name} is named twice")));
            }
            records.push(record);
        }
        Ok(records)
    }

    /// The matter and the reason, sealed for those who see something of the record, and for the inspectors.
    fn hold_words(
        &self,
        asking: &Asking,
        state: &State,
        record: RecordId,
        event: EventId,
        (words, inspectors): (&[u8], &NoteKey),
        command: &mut Command<'_>,
    ) -> Result<SealedField, Stop> {
        let record = state.records.get(record).filter(|r| !r.frame);
        let groups = record.iter().flat_map(|r| &r.groups);
        let labels: BTreeSet<Label> = groups
            .filter(|g| g.holds.portions())
            .map(|g| state.labels.get(g.label).as_ref().clone())
            .collect();
        // Salts of statements stand in receipts: what else is drawn, and for how many labels, moves none.
        let (mut dice, mut statements) = (command.dice.fork(), command.dice.fork());
        let wrap = self.wrap_keys_now(asking, state, &labels, Purpose::Layer, &mut dice)?;
        for key_box in &wrap.new_boxes {
            let at = kinds::key_box(key_box.id());
            let covered = self.store.cover(at, &encode(key_box), &mut dice);
            command.put_covered(at, covered);
        }
        let keys: Vec<(SealedFor, NoteKey)> = wrap
            .keys
            .iter()
            .map(|(label, key)| {
                let readable = SealedFor::Label(key.id(), label.clone());
                (readable, NoteKey::of_box(key))
            })
            .collect();
        let mut readers: Vec<(SealedFor, &NoteKey)> =
            keys.iter().map(|(r, k)| (r.clone(), k)).collect();
        readers.push((SealedFor::Inspectors(command.id()), inspectors));
        Ok(seal_statement(
            self.room,
            event,
            STATEMENT,
            &readers,
            words,
            &mut statements,
        ))
    }

    /// Lists the holds on records that the asker may know of: inspectors who hold the inspectors' keys may of all.
    pub(crate) fn hold_list(&self, asking: &Asking) -> Result<HoldRows, Stop> {
        let (holds, oversees, submitted) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let oversees = state.oversees(person);
            let known = |r: &&RecordState| {
                !r.holds.is_empty() && (oversees || r.exists_for(&state.labels, &person.bits))
            };
            let mut holds: Vec<(RecordId, Stated)> = Vec::new();
            for record in state.records.in_order().filter(known) {
                for event in &record.holds {
                    holds.push((record.id, self.stated(asking, &state, person, *event)?));
                }
                if holds.len() >= LIST_MAX {
                    break;
                }
            }
            holds.truncate(LIST_MAX);
            let mut records: Vec<RecordId> = holds.iter().map(|(record, ..)| *record).collect();
            records.dedup();
            let mut command = self.command(asking, None);
            command.event(Act::Listed { records });
            (holds, oversees, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        // What is sealed to the inspectors opens with their keys, which are looked up apart.
        let mut words = Vec::with_capacity(holds.len());
        for (_, Stated { event, note }) in &holds {
            let own = self.statement_of(
                &permit,
                &self.state(),
                asking.person(),
                event,
                note.as_slice(),
            )?;
            let sealed = match oversees && own.is_none() {
                true => self.field_for_inspectors(&permit, asking, event, STATEMENT)?,
                false => None,
            };
            words.push(match sealed {
                Some(sealed) => Some(statement_shown(&sealed, &self.state(), asking.person())?),
                None => own,
            });
        }
        let state = self.state();
        let holds = holds.iter().zip(words);
        let holds = holds.map(|((record, Stated { event, .. }), statement)| HoldRow {
            hold: event.id.to_string(),
            record: record.to_string(),
            at: event.at.to_string(),
            by: state.people.name_of(event.actor),
            statement,
        });
        let holds = holds.collect();
        Ok(HoldRows { holds })
    }
}

fn check_form(ask: &HoldPlace) -> Result<(), Refusal> {
    if ask.records.is_empty() || ask.records.len() > RESTRICT_RECORDS_MAX {
        return Err(Refusal::invalid(format!(
            "a hold is placed on between 1 and {RESTRICT_RECORDS_MAX} records at once"
        )));
    }
    let texts = [&ask.matter, &ask.because];
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Refusal::invalid(
            "a hold says for which matter it is, and why (--because): words, not blanks",
        ));
    }
    if texts.iter().any(|text| text.len() > STATEMENT_MAX_BYTES) {
        return Err(Refusal::new(
            Code::Limit,
            format!("a matter, and why, is said in at most {STATEMENT_MAX_BYTES} bytes each"),
        ));
    }
    Ok(())
}
