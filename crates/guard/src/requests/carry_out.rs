//! What is done once a request has its approvals: in the command and the session of the last of them, so that the one
//! who opens something holds the keys to it.

use strongroom_record::approval::{ActingBegan, Asked};
use strongroom_record::event::Act;
use strongroom_record::{AtomId, PersonId};

use crate::command::Command;
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::people::clearance_words;
use crate::state::{Request, State};

impl Core {
    /// Adds to the command of the last approval what was asked for. Says what was done, line by line: never nothing.
    pub(super) fn carry_out_request(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        request: &Request,
    ) -> Result<Vec<String>, Stop> {
        let person = asking.active(state)?;
        match &request.asked {
            Asked::Clear { person: to, .. } => {
                let approved = state.atoms_approved(request, Some(person)).into_iter();
                let held: Vec<AtomId> = approved
                    .filter(|atom| person.holdings.contains_key(atom))
                    .collect();
                self.seal_atoms(asking, state, command, *to, &held, Some(request.id))?;
                let name = state.people.name_of(Some(*to));
                let words = clearance_words(state, &held).join("; ");
                Ok(vec![format!("{name} holds from now on: {words}")])
            }
            Asked::Destroy { record } => {
                self.destroy_now(state, command, *record, request)?;
                Ok(vec![format!(
                    "{record} is destroyed; `destroyed {record}` says what remains, and which backups still have it"
                )])
            }
            Asked::Withdraw { record } => {
                self.withdraw_now(state, command, *record, request)?;
                Ok(vec![format!(
                    "{record} is withdrawn: nothing of it opens any more"
                )])
            }
            Asked::Rules { rules } => {
                command.event(Act::RulesInForce {
                    rules: rules.clone(),
                    request: Some(request.id),
                });
                Ok(vec!["these approval rules are in force".to_owned()])
            }
            Asked::Policy { policy } => self.change_policy(state, command, policy, request),
            Asked::Acting {
                deputy,
                principal,
                until,
            } => {
                command.event(Act::ActingBegan(ActingBegan {
                    deputy: *deputy,
                    principal: *principal,
                    until: *until,
                    request: request.id,
                }));
                let name = |id: &PersonId| state.people.name_of(Some(*id));
                Ok(vec![format!(
                    "{} stands for {} until {until}",
                    name(deputy),
                    name(principal)
                )])
            }
            Asked::Depart { person } => self.depart_now(state, command, *person, Some(request.id)),
            Asked::Lower { .. } | Asked::UndoRestriction { .. } => {
                self.lower_for(asking, state, command, request)
            }
            Asked::ReleaseHold { record, hold } => {
                command.event(Act::HoldReleased {
                    record: *record,
                    hold: *hold,
                    request: request.id,
                });
                Ok(vec![format!("the hold {hold} on {record} is released")])
            }
            Asked::Schedule {
                record,
                schedule,
                due,
            } => {
                command.event(Act::ScheduleSet {
                    record: *record,
                    schedule: schedule.clone(),
                    due: due.clone(),
                    request: request.id,
                });
                Ok(vec![format!("{record} is kept so from now on")])
            }
        }
    }
}
