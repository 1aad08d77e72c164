//! Withdrawing: taking a misfiling back, by two persons.
//!
//! One records officer asks, and says why, and may take that back; another does it. Each stored value of the record, in
//! every version, gets one more layer, whose key is sealed to the key holders' quorum alone: no clearance opens it.
//! Nothing is destroyed. To those who could read it before a skeleton stays: that it was there, who filed it, who
//! withdrew it, and why.
//!
//! As with a restriction nobody reads the record for it, and what the two do not see of it is withdrawn with the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{Act, GroupRaised, Role, SealedFor, Statement, Withdrawn};
use strongroom_record::{RecordId, encode};
use strongroom_seal::keybox::{BoxKey, Purpose};
use strongroom_seal::note::NoteKey;

use crate::api::{
    WithdrawApprove, WithdrawAsk, WithdrawDone, WithdrawRow, WithdrawRows, WithdrawTakeBack,
};
use crate::fault::{Fault, Stop};
use crate::filing::checked_statement;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::label_keys::make_box;
use crate::limits::LIST_MAX;
use crate::opening::Permit;
use crate::reading::join;
use crate::refusal::{Code, Refusal};
use crate::restrict::Layered;
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{RecordState, State};
use crate::versions::Stated;

/// A withdrawal that waits, as a listing found it.
struct Waiting {
    record: RecordId,
    label: Label,
    asked: Stated,
}

impl Core {
    /// Asks for a record to be withdrawn.
    pub(crate) fn withdraw(
        &self,
        asking: &Asking,
        ask: &WithdrawAsk,
    ) -> Result<WithdrawDone, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "withdraw", ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let statement = checked_statement(
            &state.policy,
            Statement {
                reason: ask.reason.clone(),
                authority: ask
                    .authority
                    .clone()
                    .unwrap_or_else(|| format!("records officer {}", person.name)),
                because: ask.because.clone(),
                from_system: None,
                already_held_by: Vec::new(),
                override_because: None,
            },
        )?;
        let record = self.standing(&state, person, &ask.record)?;
        if let Some((by, event)) = record.asked {
            let who = if by == person.id {
                "you asked".to_owned()
            } else {
                format!("{} asked", state.people.name_of(Some(by)))
            };
            let at = self.stored_event(event)?.at;
            return Err(Refusal::new(Code::Conflict, format!("{who} for that already, at {at}"))
                .hint("another records officer who may read the record does it: `withdraw ID --approve`")
                .into());
        }
        let id = record.id;
        let portions = record.groups.iter().filter(|g| g.holds.portions());
        let labels: BTreeSet<Label> = portions
            .map(|g| state.labels.get(g.label).as_ref().clone())
            .collect();
        let mut command = self.command(asking, request);
        let mut dice = command.dice.fork();
        // Salts of statements stand in receipts: what else is drawn, and for how many labels, moves none.
        let mut statements = command.dice.fork();
        let wrap = self.wrap_keys_now(asking, &state, &labels, Purpose::Layer, &mut dice)?;
        // Nor does how many boxes are new: the salt of the signature is drawn after them.
        for key_box in &wrap.new_boxes {
            let at = kinds::key_box(key_box.id());
            let covered = self.store.cover(at, &encode(key_box), &mut dice);
            command.put_covered(at, covered);
        }
        let notes = command.id();
        let (note_box, inspectors) = self.note_box(&state, notes, &mut dice)?;
        command.put_row(kinds::note_box(notes), &note_box);
        let of_label = |(label, key): (&Label, &Arc<BoxKey>)| {
            let readable = SealedFor::Label(key.id(), label.clone());
            (readable, NoteKey::of_box(key))
        };
        let keys: Vec<(SealedFor, NoteKey)> = wrap.keys.iter().map(of_label).collect();
        let mut readers: Vec<(SealedFor, &NoteKey)> =
            keys.iter().map(|(r, k)| (r.clone(), k)).collect();
        readers.push((SealedFor::Inspectors(notes), &inspectors));
        let event = command.draw_event_id();
        let sealed = seal_statement(
            self.room,
            event,
            STATEMENT,
            &readers,
            &encode(&statement),
            &mut statements,
        );
        command.event_as(event, Act::WithdrawalAsked { record: id }, vec![sealed]);
        self.enact(&mut state, command, asking.signer())?;
        Ok(WithdrawDone {
            record: id.to_string(),
            withdrawn: false,
            taken_back: false,
            receipt: event.to_string(),
        })
    }

    /// Withdraws a record that somebody else asked for.
    pub(crate) fn withdraw_approve(
        &self,
        asking: &Asking,
        ask: &WithdrawApprove,
    ) -> Result<WithdrawDone, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "withdraw-approve", ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let record = self.standing(&state, person, &ask.record)?;
        let (asker, asked) = record.asked.ok_or_else(|| {
            Refusal::new(
                Code::Conflict,
                "nobody asked for this record to be withdrawn",
            )
            .hint("`withdraw ID --reason … --because …` asks; then somebody else does it")
        })?;
        if asker == person.id {
            return Err(Refusal::new(
                Code::NotAllowed,
                "you asked for this withdrawal; somebody else is to do it",
            )
            .hint("another records officer who may read the record: `withdraw --list` shows it to them")
            .into());
        }
        let id = record.id;
        let mut command = self.command(asking, request);
        let event = command.draw_event_id();
        let groups = self.put_away(&state, record, event, &mut command)?;
        let act = Act::Withdrawn(Withdrawn {
            record: id,
            asked,
            groups,
        });
        command.event_as(event, act, Vec::new());
        self.enact(&mut state, command, asking.signer())?;
        Ok(WithdrawDone {
            record: id.to_string(),
            withdrawn: true,
            taken_back: false,
            receipt: event.to_string(),
        })
    }

    /// Takes back what the asker asked for. Nothing was done for it yet, and from now on nothing is.
    pub(crate) fn withdraw_take_back(
        &self,
        asking: &Asking,
        ask: &WithdrawTakeBack,
    ) -> Result<WithdrawDone, Stop> {
        let request =
            asking.request(self.room, ask.request.as_deref(), "withdraw-take-back", ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        #[cfg(feature = "planted-leaks")]
        crate::planted::asked(&state, &ask.record)?;
        let record = self.standing(&state, person, &ask.record)?;
        let (asker, asked) = record.asked.ok_or_else(|| {
            Refusal::new(
                Code::Conflict,
                "nobody asked for this record to be withdrawn, or that was taken back",
            )
        })?;
        if asker != person.id {
            return Err(Refusal::new(
                Code::NotAllowed,
                format!(
                    "{} asked for this withdrawal; nobody else takes that back",
                    state.people.name_of(Some(asker))
                ),
            )
            .hint("without somebody who does it, nothing comes of it")
            .into());
        }
        let id = record.id;
        let mut command = self.command(asking, request);
        let event = command.event(Act::WithdrawalTakenBack { record: id, asked });
        self.enact(&mut state, command, asking.signer())?;
        Ok(WithdrawDone {
            record: id.to_string(),
            withdrawn: false,
            taken_back: true,
            receipt: event.to_string(),
        })
    }

    /// Puts the quorum's layer around every stored value of a record.
    fn put_away(
        &self,
        state: &State,
        record: &RecordState,
        event: strongroom_record::EventId,
        command: &mut crate::command::Command<'_>,
    ) -> Result<Vec<GroupRaised>, Fault> {
        let mut boxes: BTreeMap<Label, BoxKey> = BTreeMap::new();
        let mut out = Vec::with_capacity(record.groups.len());
        let slot = self.store.slot_of(record)?;
        for group in &record.groups {
            let label = state.labels.get(group.label).as_ref();
            if !boxes.contains_key(label) {
                let at = (self.room, self.suite);
                let mut dice = command.dice.fork();
                let (key_box, key) = make_box(state, at, label, Purpose::Withdrawal, &mut dice)?;
                command.put_row(kinds::key_box(key_box.id()), &key_box);
                boxes.insert(label.clone(), key);
            }
            let under = &boxes[label];
            let layered = Layered {
                group: group.id,
                index: group.layers.len(),
                label,
                event,
                slot: slot.as_ref(),
            };
            self.layer_stored(&layered, group.holds, under, command)?;
            out.push(GroupRaised {
                from: group.id,
                to: group.id,
                portions: Vec::new(),
                label: label.clone(),
                key_box: under.id(),
            });
        }
        Ok(out)
    }

    /// Lists the withdrawals that wait, of records that the asker may read.
    pub(crate) fn withdraw_list(&self, asking: &Asking) -> Result<WithdrawRows, Stop> {
        let (waiting, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::RecordsOfficer)?;
            let mut waiting = Vec::new();
            for record in state.records.in_order() {
                let Some((_, asked)) = record.asked.filter(|_| record.withdrawn.is_none()) else {
                    continue;
                };
                let groups = record.newest_admitted(&state.labels, &person.bits);
                let label = join(groups.iter().map(|g| state.labels.get(g.label).as_ref()));
                #[cfg(feature = "planted-leaks")]
                let label = crate::planted::waiting(&state, record, label);
                let Some(label) = label else {
                    continue;
                };
                waiting.push(Waiting {
                    record: record.id,
                    label,
                    asked: self.stated(asking, &state, person, asked)?,
                });
                if waiting.len() == LIST_MAX {
                    break;
                }
            }
            let mut command = self.command(asking, None);
            command.event(Act::Listed {
                records: waiting.iter().map(|w| w.record).collect(),
            });
            (waiting, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let state = self.state();
        let row = |waiting: &Waiting| -> Result<WithdrawRow, Fault> {
            let event = &waiting.asked.event;
            let why = self.statement_of(&permit, event, waiting.asked.note.as_slice())?;
            Ok(WithdrawRow {
                record: waiting.record.to_string(),
                banner: state.policy.banner(&waiting.label),
                at: event.at.to_string(),
                by: state.people.name_of(event.actor),
                why,
            })
        };
        let waiting = waiting.iter().map(row).collect::<Result<_, _>>()?;
        Ok(WithdrawRows { waiting })
    }
}
