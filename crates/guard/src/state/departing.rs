//! People who leave: from that event on nothing is theirs.
//!
//! What they held is deleted, and each atom turns, so that what is sealed from then on opens for nobody with a key kept
//! from before. What they asked for is void, and what they agreed to counts no more. What they had read stays in the
//! histories; their name is nobody else's.

use std::collections::BTreeSet;

use strongroom_record::approval::{Asked, Departed};
use strongroom_record::event::{Role, StoredEvent};
use strongroom_record::{ApprovalRequestId, AtomId, PersonId, Timestamp, decode};
use strongroom_seal::AtomPublic;

use super::{Person, Standing, State};
use crate::laws::Law;

type Broken = &'static str;

/// Whose leaving takes more than a security officer: those who decide on what others do.
const OVERSEEN: [Role; 3] = [
    Role::SecurityOfficer,
    Role::Inspector,
    Role::MaskingAuthority,
];

impl State {
    /// Whether a security officer alone says that this person leaves.
    pub(crate) fn departs_at_once(&self, person: &Person) -> bool {
        Law::LeavesByHands.met(!OVERSEEN.iter().any(|role| person.roles.contains(role)))
    }

    /// The atoms that turn when a person leaves: all that the person holds, but for those that are being recovered.
    pub(crate) fn turning_for(&self, person: &Person, now: Timestamp) -> BTreeSet<AtomId> {
        let held = person.holdings.keys().copied();
        held.filter(|atom| !self.recoveries.names(*atom, now))
            .collect()
    }

    /// Whether somebody may leave: there, and not the last who is a security officer.
    pub(crate) fn may_depart(&self, id: PersonId) -> Result<&Person, Broken> {
        let person = self.people.active(id);
        let person = person.ok_or("somebody is to leave who is not there")?;
        let officers = self.people.iter().filter(|p| p.may(Role::SecurityOfficer));
        Law::LastOfficerStays.ensure(officers.filter(|p| p.id != id).count() > 0)?;
        Ok(person)
    }

    pub(super) fn departed(
        &mut self,
        event: &StoredEvent,
        departed: &Departed,
    ) -> Result<(), Broken> {
        let id = departed.person;
        let person = self.may_depart(id)?;
        match departed.request {
            Some(_) => {
                let is = |asked: &Asked| *asked == Asked::Depart { person: id };
                self.carried_out(departed.request, event, is)?;
            }
            None => {
                if !self.departs_at_once(person) {
                    return Err(Law::LeavesByHands.sentence());
                }
                Law::LeavesByOfficer.ensure(self.actor(event)?.may(Role::SecurityOfficer))?;
            }
        }
        let held = self.people.depart(id, &self.policy)?;
        let mut turned = BTreeSet::new();
        for born in &departed.turned {
            let atom: AtomPublic =
                decode(&born.public).map_err(|_| "an atom's public key in it cannot be read")?;
            if turned.last().is_some_and(|last| *last >= atom.id) || !held.contains(&atom.id) {
                return Err("an atom turned that the person did not hold, or one twice");
            }
            turned.insert(atom.id);
            self.atom_turned(born, event.at)?;
        }
        // What was decided while a recovery lived gets its time a moment later: then it may live no more.
        let left = |atom: &&AtomId| !turned.contains(atom);
        if held
            .iter()
            .filter(left)
            .any(|atom| !self.recoveries.named_for(*atom, event.at))
        {
            return Err("an atom did not turn that the person held");
        }
        self.recoveries.departed(id);
        self.acting_departed(id, event.at);
        let of = |request: ApprovalRequestId| {
            let request = self.approvals.get(request).expect("it is open");
            let own = request.by == id || request.asked.subject() == Some(id);
            request.waits(event.at) && !Law::LeaversAskNothing.met(!own)
        };
        let open: Vec<ApprovalRequestId> = self.approvals.open.iter().copied().collect();
        let void: Vec<ApprovalRequestId> = open.into_iter().filter(|id| of(*id)).collect();
        for request in void {
            self.approvals.void(request, event.id);
        }
        Ok(())
    }
}

impl Person {
    /// Whether the person has left.
    pub(crate) fn has_left(&self) -> bool {
        self.standing == Standing::Departed
    }
}
