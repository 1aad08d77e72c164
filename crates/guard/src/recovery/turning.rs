//! Atoms turn: from one epoch to the next.
//!
//! A new key pair is drawn, its private half sealed to everyone who holds the atom and split among the key
//! holders, and wiped. What is sealed from then on is sealed to the new pair: a label's key that was sealed to
//! the older one is made anew by the next session that files under the label, and blind filings and layers are
//! sealed to the newest pair always. What was sealed before stays as it is, and so do the older halves, which
//! its readers need. So a turn ends what a private half that got out opens, for all that is filed or restricted after.

use strongroom_label::AtomName;
use strongroom_record::event::{Act, Role};
use strongroom_seal::{AtomRole, KemPublic, atom};

use crate::api::{AtomRow, AtomRows, AtomTurn, AtomTurned};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::recovery::dealing;
use crate::refusal::{Code, Refusal};
use crate::state::{INSPECTORS, QUORUM, State, atom_word};

impl Core {
    pub(crate) fn atom_turn(&self, asking: &Asking, ask: &AtomTurn) -> Result<AtomTurned, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "atom-turn", ask)?;
        let mut state = self.state_mut();
        asking.may(&state, Role::SecurityOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let role = atom_role(&state, &ask.atom)?;
        let before = state
            .atoms
            .standing_for(&role)
            .ok_or(Fault::Missing("the key of an atom of the policy"))?;
        let (id, epoch) = (before.id, before.epoch);
        let next = epoch.checked_add(1).ok_or_else(|| {
            Refusal::new(
                Code::Limit,
                "this atom has turned as often as epochs are counted",
            )
        })?;
        if state.recoveries.names(id, self.now()) {
            return Err(Refusal::new(
                Code::Conflict,
                "the key holders are recovering this atom: it can turn when that is done",
            )
            .hint("`recover list` shows what they are asked for; `recover withdraw` ends it")
            .into());
        }
        let mut command = self.command(asking, request);
        let event = command.draw_event_id();
        let (public, private) = atom::make(self.suite, id, role, next, &mut command.dice);
        let holders: Vec<(_, &KemPublic)> = state
            .people
            .iter()
            .filter(|p| p.holdings.contains_key(&id))
            .map(|p| (p.id, p.keys.kem()))
            .collect();
        let among = (state.key_holders.cards(), state.key_holders.quorum());
        let pair = (&public, &private);
        let born = dealing::bring_forth(&mut command, self.room, pair, &holders, event, among)
            .map_err(|_| Fault::Damaged("the key holders' cards"))?;
        let turned = AtomTurned {
            atom: atom_word(&public.name),
            epoch: next,
            holders: holders.len(),
            receipt: event.to_string(),
        };
        command.event_as(event, Act::AtomTurned(born), Vec::new());
        self.enact(&mut state, command, asking.signer())?;
        Ok(turned)
    }

    pub(crate) fn atom_list(&self, asking: &Asking) -> Result<AtomRows, Stop> {
        let state = self.state();
        let person = asking.active(&state)?;
        // An officer knows all atoms; others know of those that they hold.
        let officer = person.may(Role::SecurityOfficer);
        let mut atoms: Vec<_> = state
            .atoms
            .iter()
            .filter(|atom| officer || person.holdings.contains_key(&atom.id))
            .map(|atom| (place_in_policy(&state, &atom.name), atom))
            .collect();
        atoms.sort_by_key(|(place, _)| *place);
        Ok(AtomRows {
            atoms: atoms
                .into_iter()
                .map(|(_, atom)| AtomRow {
                    atom: atom_word(&atom.name),
                    epoch: atom.epoch,
                    held: person.holdings.contains_key(&atom.id),
                })
                .collect(),
        })
    }
}

/// What an atom stands for, from its word: a level, a value, the inspectors or the quorum.
pub(crate) fn atom_role(state: &State, word: &str) -> Result<AtomRole, Refusal> {
    match word {
        INSPECTORS => return Ok(AtomRole::Inspectors),
        QUORUM => return Ok(AtomRole::Quorum),
        _ => {}
    }
    let named = word.parse::<AtomName>().ok();
    if let Some(name) = named.filter(|name| state.policy.atoms().contains(name)) {
        return Ok(AtomRole::Label(name));
    }
    // As in clearances, a value need not name its category.
    let unknown = || {
        Refusal::invalid(format!("the marking policy has no level or value {word:?}"))
            .hint("one of them at a time, as `atom list` writes it, or `inspectors`, or `quorum`")
    };
    let clearance = state.policy.parse_clearance(word).map_err(|_| unknown())?;
    let mut atoms = clearance.atoms();
    match (atoms.next(), atoms.next()) {
        (Some(one), None) => Ok(AtomRole::Label(one)),
        _ => Err(unknown()),
    }
}

/// The policy's order, and behind it what is of no label.
fn place_in_policy(state: &State, role: &AtomRole) -> usize {
    let atoms = state.policy.atoms();
    let of = |name| atoms.iter().position(|a| a == name);
    match role {
        AtomRole::Label(name) => of(name).unwrap_or(usize::MAX),
        AtomRole::Inspectors => atoms.len(),
        AtomRole::Quorum => atoms.len() + 1,
    }
}
