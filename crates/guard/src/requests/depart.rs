//! People who leave.
//!
//! From that event on nothing is theirs: open sessions end, what was sealed to them is deleted, and each atom that they
//! held turns, so that a key kept from before opens nothing that is sealed from then on. What they had read stays listed.
//! Of who decides on what others do (security officers, inspectors, masking authorities) it takes a request; of
//! everybody else a security officer says so alone, and at once.

use strongroom_record::approval::{Asked, Departed};
use strongroom_record::event::{Act, AtomBorn, Role};
use strongroom_record::{ApprovalRequestId, PersonId};
use strongroom_seal::{KemPublic, atom};

use super::{by_rule, statement};
use crate::api::{Depart, DepartDone};
use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::laws::Law;
use crate::people::confirmed_named;
use crate::recovery::dealing;
use crate::refusal::{Code, Refusal};
use crate::rules::Ruled;
use crate::state::{State, atom_word};

impl Core {
    /// Has a person leave, or asks for it.
    pub(crate) fn depart(&self, asking: &Asking, ask: &Depart) -> Result<DepartDone, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "depart", ask)?;
        let mut state = self.state_mut();
        let actor = asking.active(&state)?;
        by_rule(&state, actor, Ruled::Depart)?;
        self.not_done_before(asking, &state, request)?;
        let id = confirmed_named(&state, &ask.name)?.id;
        let person = state.may_depart(id).map_err(|_| {
            Refusal::new(
                Code::Conflict,
                format!(
                    "{} is the last security officer, and cannot leave",
                    ask.name
                ),
            )
            .hint("have another one invited and confirmed first")
        })?;
        let mut command = self.command(asking, request);
        let done = if state.departs_at_once(person) {
            Law::LeavesByOfficer
                .ensure(actor.may(Role::SecurityOfficer))
                .map_err(|_| Refusal::not_allowed(Role::SecurityOfficer.word()))?;
            let done = self.depart_now(&state, &mut command, id, None)?;
            let receipt = command.last_event().expect("one was added").to_string();
            self.enact(&mut state, command, asking.signer())?;
            self.sessions.end_of(id);
            DepartDone {
                name: ask.name.clone(),
                asked: None,
                done,
                receipt,
            }
        } else {
            let asked = Asked::Depart { person: id };
            let statement = statement(&state, actor, &asked, None, None, &ask.because)?;
            let made = self.put_request(asking, &state, &mut command, asked, &statement)?;
            self.enact(&mut state, command, asking.signer())?;
            self.call_for(&state, &made);
            DepartDone {
                name: ask.name.clone(),
                asked: Some(made.id),
                done: Vec::new(),
                receipt: made.receipt,
            }
        };
        Ok(done)
    }

    /// Adds to a command that a person leaves. Says what that means, line by line.
    pub(super) fn depart_now(
        &self,
        state: &State,
        command: &mut Command<'_>,
        id: PersonId,
        request: Option<ApprovalRequestId>,
    ) -> Result<Vec<String>, Stop> {
        let person = state
            .may_depart(id)
            .map_err(|rule| Refusal::new(Code::Conflict, rule))?;
        let event = command.draw_event_id();
        let turning = state.turning_for(person, self.now());
        let mut turned: Vec<AtomBorn> = Vec::with_capacity(turning.len());
        let mut orphaned = Vec::new();
        for atom_id in &turning {
            let before = state.atoms.get(*atom_id).ok_or(Fault::Missing("an atom"))?;
            let next = before.epoch.checked_add(1).ok_or_else(|| {
                Refusal::new(
                    Code::Limit,
                    "an atom has turned as often as epochs are counted",
                )
            })?;
            let role = before.name.clone();
            let (public, private) = atom::make(self.suite, *atom_id, role, next, &mut command.dice);
            let others = state.people.iter().filter(|p| p.id != id);
            let holders: Vec<(_, &KemPublic)> = others
                .filter(|p| p.holdings.contains_key(atom_id))
                .map(|p| (p.id, p.keys.kem()))
                .collect();
            if holders.is_empty() {
                orphaned.push(atom_word(&public.name));
            }
            let among = (state.key_holders.cards(), state.key_holders.quorum());
            let pair = (&public, &private);
            let born = dealing::bring_forth(command, self.room, pair, &holders, event, among)
                .map_err(|_| Fault::Damaged("the key holders' cards"))?;
            turned.push(born);
        }
        for holding in person.holdings.values().flat_map(|held| held.values()) {
            command.delete(kinds::holding(*holding));
        }
        command.delete(kinds::bundle(id));
        let mut done = vec![format!(
            "{} has left: sessions ended, keys deleted, {} turned",
            person.name,
            match turned.len() {
                1 => "1 atom".to_owned(),
                n => format!("{n} atoms"),
            }
        )];
        let kept = person.holdings.len() - turned.len();
        if kept > 0 {
            done.push(format!(
                "{kept} of what was held is being recovered and did not turn: `atom turn` when that is done"
            ));
        }
        if !orphaned.is_empty() {
            done.push(format!(
                "nobody holds these any more, and the key holders recover them, with `recover atom`: {}",
                orphaned.join("; ")
            ));
        }
        let departed = Departed {
            person: id,
            turned,
            request,
        };
        command.event_as(event, Act::Departed(Box::new(departed)), Vec::new());
        Ok(done)
    }
}
