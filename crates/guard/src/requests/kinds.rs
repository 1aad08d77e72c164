//! What is particular to each kind of request: one place for each, in each of these functions.
//!
//! The fold asks them and the guard does, with the same state: what one of them refuses, neither writes nor takes in.
//! A new kind says here
//!
//! * which rule it is under ([`ruled`]) and whom beside the roles its rule may name ([`special`]);
//! * whether it can be asked for as things are ([`may_be_asked`]);
//! * what it is about, as its asker sees it ([`seen`], [`basis`]): once that is otherwise, nothing comes of it;
//! * who is cleared for it ([`is_cleared`]): nobody else learns that it is there, but the inspectors;
//! * how it is shown ([`shown`]); and in `carry_out` what is done.

use std::collections::BTreeSet;

use minicbor::Encode;
use strongroom_label::Label;
use strongroom_record::approval::{Asked, REQUEST_DIGEST_BYTES};
use strongroom_record::event::{Act, Role};
use strongroom_record::{AtomId, EventId, GroupId, PersonId, RecordId, encode};
use strongroom_seal::{AtomRole, LabelDigest, digest, domain};

use super::reasons::Readers;
use super::view::knows_all;
use crate::limits::REQUEST_ATOMS_MAX;
use crate::people::clearance_words;
use crate::rules::{Ruled, Who};
use crate::state::{Group, Person, RecordState, Request, State};

type Broken = &'static str;

/// The rule that it is under.
pub(crate) const fn ruled(asked: &Asked) -> Ruled {
    match asked {
        Asked::Clear { .. } => Ruled::Clear,
        Asked::Withdraw { .. } => Ruled::Withdraw,
        Asked::Destroy { .. } => Ruled::Destroy,
    }
}

/// What an event about a request is called in the history of its record: "withdrawal asked", "withdrawal denied".
pub(crate) fn told(state: &State, act: &Act) -> Option<String> {
    let (request, what) = match act {
        Act::ApprovalAsked(asked) => (asked.request, "asked"),
        Act::Approved(approval) => (approval.request, "approved"),
        Act::Denied { request } => (*request, "denied"),
        Act::RequestTakenBack { request } => (*request, "taken back"),
        _ => return None,
    };
    let request = state.approvals.get(request)?;
    Some(format!("{} {what}", noun(&request.asked)))
}

/// The word for what is asked, as a thing.
const fn noun(asked: &Asked) -> &'static str {
    match asked {
        Asked::Clear { .. } => "clearance",
        Asked::Withdraw { .. } => "withdrawal",
        Asked::Destroy { .. } => "destruction",
    }
}

/// What its rule may call a person beside the roles.
pub(crate) fn special(state: &State, asked: &Asked, person: &Person) -> Option<Who> {
    match asked {
        Asked::Clear { atoms, .. } => {
            let holds = atoms.iter().any(|atom| person.holdings.contains_key(atom));
            (holds && state.people.active(person.id).is_some()).then_some(Who::Holder)
        }
        Asked::Withdraw { .. } | Asked::Destroy { .. } => None,
    }
}

/// Whether it can be asked for by this person as things are. Who may ask at all, its rule says.
pub(crate) fn may_be_asked(state: &State, asked: &Asked, asker: &Person) -> Result<(), Broken> {
    match asked {
        Asked::Clear { person, atoms } => {
            let person = state.people.active(*person);
            let person = person.ok_or("a clearance is asked for somebody who is not confirmed")?;
            if atoms.is_empty()
                || atoms.len() > REQUEST_ATOMS_MAX
                || !atoms.is_sorted_by(|a, b| a < b)
            {
                return Err("a clearance is asked for no atoms, too many, or out of order");
            }
            let new =
                |id: &AtomId| state.atoms.get(*id).is_some() && !person.holdings.contains_key(id);
            // What is sealed to the inspectors is for them alone, and what is sealed to the quorum for nobody.
            let fits = |id: &AtomId| match state.atoms.get(*id).map(|atom| &atom.name) {
                Some(AtomRole::Label(_)) => true,
                Some(AtomRole::Inspectors) => person.may(Role::Inspector),
                Some(AtomRole::Quorum) | None => false,
            };
            if !atoms.iter().all(fits) {
                return Err("a clearance is asked for what is not for the person");
            }
            if !atoms.iter().all(new) {
                return Err(
                    "a clearance is asked for an unknown atom, or one that the person holds",
                );
            }
            Ok(())
        }
        Asked::Withdraw { record } => standing(state, *record, asker).map(drop),
        Asked::Destroy { record } => known(state, *record, asker).map(drop),
    }
}

/// A record that its asker knows of, withdrawn or not.
fn known<'s>(
    state: &'s State,
    record: RecordId,
    asker: &Person,
) -> Result<&'s RecordState, Broken> {
    let record = state.records.get(record).filter(|r| !r.frame);
    let record = record.filter(|r| r.exists_for(&state.labels, &asker.bits));
    record.ok_or("something is asked of a record that the asker cannot know of")
}

/// A record that its asker knows of, and that was not withdrawn.
pub(crate) fn standing<'s>(
    state: &'s State,
    record: RecordId,
    asker: &Person,
) -> Result<&'s RecordState, Broken> {
    let record = known(state, record, asker)?;
    if record.withdrawn.is_some() {
        return Err("something is asked of a record that was withdrawn");
    }
    Ok(record)
}

/// Of a request about a record, the labels of what its asker sees of it, ascending.
pub(crate) fn seen(state: &State, asked: &Asked, asker: &Person) -> Vec<Label> {
    let record = asked.record().and_then(|id| state.records.get(id));
    let seen = record
        .into_iter()
        .flat_map(|r| r.admitted(&state.labels, &asker.bits));
    let seen: BTreeSet<Label> = seen
        .map(|g| state.labels.get(g.label).as_ref().clone())
        .collect();
    seen.into_iter().collect()
}

/// Digest over what it is about. Of a record, as far as it lies within what its asker saw: so that what is done above tells nobody
/// anything.
pub(crate) fn basis(
    state: &State,
    asked: &Asked,
    seen: &[Label],
) -> Result<[u8; REQUEST_DIGEST_BYTES], Broken> {
    let about = match asked {
        Asked::Clear { person, .. } => encode(&of_person(state, *person)?),
        Asked::Withdraw { record } | Asked::Destroy { record } => of_record(state, *record, seen)?,
    };
    let word = ruled(asked).word().as_bytes();
    Ok(*digest(domain::REQUEST_BASIS, &[word, &about]).as_bytes())
}

/// What a person is, for requests about persons: keys and roles.
#[derive(Encode)]
pub(crate) struct PersonBasis {
    #[n(0)]
    person: PersonId,
    #[cbor(n(1), with = "minicbor::bytes")]
    keys: Vec<u8>,
    #[n(2)]
    roles: Vec<Role>,
}

pub(crate) fn of_person(state: &State, id: PersonId) -> Result<PersonBasis, Broken> {
    let person = state.people.active(id);
    let person = person.ok_or("it is about somebody who is not confirmed")?;
    Ok(PersonBasis {
        person: id,
        keys: encode(&person.keys),
        roles: person.roles.iter().copied().collect(),
    })
}

/// A group of a record as far as a request depends on it: its id, its label, the layers around it, its portions.
#[derive(Encode)]
struct GroupBasis {
    #[n(0)]
    id: GroupId,
    #[n(1)]
    label: LabelDigest,
    #[n(2)]
    layers: Vec<EventId>,
    #[n(3)]
    portions: u64,
}

/// What a record is within labels: its groups there, and whether it was withdrawn.
pub(crate) fn of_record(state: &State, id: RecordId, seen: &[Label]) -> Result<Vec<u8>, Broken> {
    let record = state
        .records
        .get(id)
        .ok_or("it is about an unknown record")?;
    let within = |group: &&Group| {
        let label = state.labels.get(group.label);
        seen.iter().any(|seen| seen.dominates(label))
    };
    let mut groups: Vec<GroupBasis> = record
        .groups
        .iter()
        .filter(within)
        .map(|group| GroupBasis {
            id: group.id,
            label: state.labels.digest(group.label),
            layers: group.layers.iter().map(|layer| layer.event).collect(),
            portions: group.portions.len() as u64,
        })
        .collect();
    groups.sort_by_key(|group| group.id);
    Ok(encode(&(id, groups, record.withdrawn.is_some())))
}

/// Whether somebody is cleared for what it is about. Who decides must be; for others there is no such request, but for
/// who asked and the inspectors.
pub(crate) fn is_cleared(state: &State, request: &Request, person: &Person) -> bool {
    match &request.asked {
        Asked::Clear { atoms, .. } => atoms.iter().any(|atom| person.holdings.contains_key(atom)),
        Asked::Withdraw { .. } => sees_record(state, request, person),
        // It opens nothing: an inspector agrees who sees that, who and why.
        Asked::Destroy { .. } => sees_record(state, request, person) || state.oversees(person),
    }
}

/// Whether somebody sees as much of the record as its asker did.
pub(crate) fn sees_record(state: &State, request: &Request, person: &Person) -> bool {
    let record = request.asked.record().and_then(|id| state.records.get(id));
    record.is_some_and(|r| r.exists_for(&state.labels, &person.bits))
        && request
            .seen
            .iter()
            .all(|label| person.clearance.permits(label))
}

/// To whom the reason is readable beside the inspectors and who asks.
pub(crate) fn readers(state: &State, asked: &Asked) -> Readers {
    match asked {
        Asked::Clear { atoms, .. } => Readers {
            atoms: atoms.iter().copied().collect(),
            ..Readers::with_roles(state, &[Role::SecurityOfficer])
        },
        Asked::Withdraw { record } | Asked::Destroy { record } => {
            match state.records.get(*record) {
                Some(record) => Readers::of_record(state, record),
                None => Readers::default(),
            }
        }
    }
}

/// What it would do, for who looks at it: what, for whom, what it would open.
pub(crate) fn shown(state: &State, request: &Request, reader: &Person) -> Vec<String> {
    match &request.asked {
        Asked::Clear { person, atoms } => {
            let all = knows_all(state, request, reader);
            let known = atoms
                .iter()
                .filter(|atom| all || reader.holdings.contains_key(atom));
            let name = state.people.name_of(Some(*person));
            let words = clearance_words(state, known).join("; ");
            vec![format!("{name} would hold: {words}")]
        }
        Asked::Destroy { record } => {
            vec![format!(
                "{record} would be destroyed: every key and every stored value of it, in all its versions; only backups could bring it back"
            )]
        }
        Asked::Withdraw { record } => {
            vec![format!(
                "{record} would be withdrawn: nothing of it would open any more"
            )]
        }
    }
}

/// Whether somebody who looks at a request sees that this other person approved it: of a clearance only where both hold
/// an atom that it is about, so that nobody learns of atoms that others hold.
pub(crate) fn shows_approval(
    state: &State,
    request: &Request,
    reader: &Person,
    approver: PersonId,
) -> bool {
    let Asked::Clear { atoms, .. } = &request.asked else {
        return true;
    };
    let approver = state.people.get(approver);
    let both = |atom: &AtomId| {
        reader.holdings.contains_key(atom)
            && approver.is_some_and(|p| p.holdings.contains_key(atom))
    };
    knows_all(state, request, reader) || atoms.iter().any(both)
}
