//! Withdrawing: taking a misfiling back, by two persons.
//!
//! One records officer asks, and says why, and may take that back; another approves it (`requests`). Each stored value of the record, in
//! every version, gets one more layer, whose key is sealed to the key holders' quorum alone: no clearance opens it.
//! Nothing is destroyed. To those who could read it before a skeleton stays: that it was there, who filed it, who
//! withdrew it, and why.
//!
//! As with a restriction nobody reads the record for it, and what the two do not see of it is withdrawn with the rest.

use std::collections::BTreeMap;

use strongroom_label::Label;
use strongroom_record::RecordId;
use strongroom_record::event::{Act, GroupRaised, Withdrawn};
use strongroom_seal::keybox::{BoxKey, Purpose};

use crate::api::{RequestAsk, RequestFor, RequestMade, WithdrawAsk};
use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::label_keys::make_box;
use crate::refusal::Refusal;
use crate::restrict::Layered;
use crate::state::{RecordState, Request, State};

impl Core {
    /// Asks for a record to be withdrawn: a short way to the request.
    pub(crate) fn withdraw(&self, asking: &Asking, ask: &WithdrawAsk) -> Result<RequestMade, Stop> {
        let asked = RequestAsk {
            ask: RequestFor::Withdraw {
                record: ask.record.clone(),
            },
            reason: Some(ask.reason.clone()),
            authority: ask.authority.clone(),
            because: ask.because.clone(),
            request: ask.request.clone(),
        };
        self.request_ask(asking, &asked)
    }

    /// Withdraws a record for which a request was approved.
    pub(crate) fn withdraw_now(
        &self,
        state: &State,
        command: &mut Command<'_>,
        record: RecordId,
        request: &Request,
    ) -> Result<(), Stop> {
        let record = state
            .records
            .get(record)
            .ok_or_else(Refusal::no_such_record)?;
        let event = command.draw_event_id();
        let groups = self.put_away(state, record, event, command)?;
        let act = Act::Withdrawn(Withdrawn {
            record: record.id,
            asked: request.event,
            groups,
            request: Some(request.id),
        });
        command.event_as(event, act, Vec::new());
        Ok(())
    }

    /// Puts the quorum's layer around every stored value of a record.
    fn put_away(
        &self,
        state: &State,
        record: &RecordState,
        event: strongroom_record::EventId,
        command: &mut Command<'_>,
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
}
