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

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use minicbor::Encode;
use strongroom_label::{Clearance, Label, Policy};
use strongroom_record::approval::{Asked, REQUEST_DIGEST_BYTES};
use strongroom_record::event::{Act, Role};
use strongroom_record::{AtomId, EventId, PersonId, RecordId, Timestamp, encode};
use strongroom_seal::{AtomRole, LabelDigest, digest, domain};

use super::policy;
use super::reasons::Readers;
use super::view::knows_all;
use crate::due::{kept_until, schedule};
use crate::laws::Law;
use crate::limits::{ACTING_DAYS_MAX, REQUEST_ATOMS_MAX};
use crate::people::clearance_words;
use crate::reading::marking_shown;
use crate::rules::{Ruled, Rules, Who, changed};
use crate::state::{Agreed, Group, Person, RecordState, Request, State};

type Broken = &'static str;

/// The rule that it is under.
pub(crate) const fn ruled(asked: &Asked) -> Ruled {
    match asked {
        Asked::Clear { .. } => Ruled::Clear,
        Asked::Withdraw { .. } => Ruled::Withdraw,
        Asked::Destroy { .. } => Ruled::Destroy,
        Asked::Rules { .. } => Ruled::Rules,
        Asked::Policy { .. } => Ruled::Policy,
        Asked::Acting { .. } => Ruled::Acting,
        Asked::Depart { .. } => Ruled::Depart,
        Asked::Lower { .. } => Ruled::Lower,
        Asked::UndoRestriction { .. } => Ruled::UndoRestriction,
        Asked::ReleaseHold { .. } => Ruled::ReleaseHold,
        Asked::Schedule { .. } => Ruled::Schedule,
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
        Asked::Rules { .. } => "change of the approval rules",
        Asked::Policy { .. } => "change of the marking policy",
        Asked::Acting { .. } => "deputy",
        Asked::Depart { .. } => "departure",
        Asked::Lower { .. } => "lowering",
        Asked::UndoRestriction { .. } => "undoing of a restriction",
        Asked::ReleaseHold { .. } => "release of a hold",
        Asked::Schedule { .. } => "schedule",
    }
}

/// What its rule may call a person beside the roles.
pub(crate) fn special(state: &State, asked: &Asked, person: &Person) -> Option<Who> {
    match asked {
        Asked::Clear { atoms, .. } => {
            let holds = atoms.iter().any(|atom| person.holdings.contains_key(atom));
            (holds && state.people.active(person.id).is_some()).then_some(Who::Holder)
        }
        Asked::UndoRestriction {
            record,
            restriction,
        } => {
            let record = state.records.get(*record);
            let last = record.and_then(|r| r.restricted);
            let own = last.is_some_and(|last| last.event == *restriction && last.by == person.id);
            own.then_some(Who::Author)
        }
        Asked::Acting { principal, .. } => (person.id == *principal).then_some(Who::Principal),
        Asked::Withdraw { .. }
        | Asked::Destroy { .. }
        | Asked::Rules { .. }
        | Asked::Policy { .. }
        | Asked::Depart { .. }
        | Asked::Lower { .. }
        | Asked::ReleaseHold { .. }
        | Asked::Schedule { .. } => None,
    }
}

/// Whether it can be asked for by this person as things are. Who may ask at all, its rule says.
pub(crate) fn may_be_asked(
    state: &State,
    asked: &Asked,
    asker: &Person,
    now: Timestamp,
) -> Result<(), Broken> {
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
            Law::OfficeForOffice.ensure(atoms.iter().all(fits))?;
            if !atoms.iter().all(new) {
                return Err(
                    "a clearance is asked for an unknown atom, or one that the person holds",
                );
            }
            Ok(())
        }
        Asked::Withdraw { record } => standing(state, *record, asker).map(drop),
        Asked::Destroy { record } => known(state, *record, asker).map(drop),
        Asked::Rules { rules } => {
            Rules::given(rules).map_err(|_| "approval rules are asked for that are none")?;
            Law::RulesAreOther.ensure(state.rules()?.text() != rules)?;
            Ok(())
        }
        Asked::Policy { policy } => state.may_change_to(policy).map(drop),
        Asked::Acting {
            deputy,
            principal,
            until,
        } => {
            let there = |id: &PersonId| state.people.active(*id).is_some();
            let another = there(deputy) && there(principal) && deputy != principal;
            Law::DeputyIsAnother.ensure(another)?;
            let longest = Duration::from_secs(u64::from(ACTING_DAYS_MAX) * 24 * 3600);
            Law::DeputyForATime.ensure(*until <= now.plus(longest))?;
            Ok(())
        }
        Asked::Depart { person } => {
            let person = state.may_depart(*person)?;
            if state.departs_at_once(person) {
                return Err("a request is made where a security officer says so alone");
            }
            Ok(())
        }
        Asked::Lower { record, .. } => {
            standing(state, *record, asker)?;
            falls(state, asked, asker)
        }
        Asked::UndoRestriction {
            record,
            restriction,
        } => {
            let last = standing(state, *record, asker)?.restricted;
            if last.is_none_or(|last| last.event != *restriction || last.by != asker.id) {
                return Err(
                    "a restriction is undone by who made it, and as the last that there was",
                );
            }
            falls(state, asked, asker)
        }
        Asked::ReleaseHold { record, hold } => {
            let known = state.records.get(*record).filter(|r| !r.frame);
            let known =
                known.filter(|r| state.oversees(asker) || r.exists_for(&state.labels, &asker.bits));
            let held = known.is_some_and(|r| r.holds.contains(hold));
            held.then_some(())
                .ok_or("a hold is to be released that its asker cannot know of")
        }
        Asked::Schedule {
            record,
            schedule,
            due,
        } => {
            standing(state, *record, asker)?;
            state.may_be_kept_so(schedule.as_deref(), due.as_deref())
        }
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

/// Whether something falls by what is asked for, of what its asker sees.
fn falls(state: &State, asked: &Asked, asker: &Person) -> Result<(), Broken> {
    let seen = seen(state, asked, asker);
    state.falls_by(asked, &seen, asker).map(drop)
}

/// A record that its asker knows of, and that was not withdrawn.
pub(crate) fn standing<'s>(
    state: &'s State,
    record: RecordId,
    asker: &Person,
) -> Result<&'s RecordState, Broken> {
    let record = known(state, record, asker)?;
    Law::RecordStands.ensure(record.withdrawn.is_none())?;
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
        Asked::Withdraw { record }
        | Asked::Destroy { record }
        | Asked::Lower { record, .. }
        | Asked::UndoRestriction { record, .. } => of_record(state, *record, seen)?,
        Asked::ReleaseHold { record, hold } => {
            let held = state.records.get(*record);
            encode(&(record, hold, held.is_some_and(|r| r.holds.contains(hold))))
        }
        Asked::Schedule { record, .. } => {
            let keeping = state.records.get(*record).and_then(|r| r.keeping.as_ref());
            let schedule = keeping.and_then(|k| k.schedule.as_ref());
            let due: Vec<_> = keeping
                .iter()
                .flat_map(|k| &k.due)
                .map(|d| d.set_by)
                .collect();
            [of_record(state, *record, seen)?, encode(&(schedule, due))].concat()
        }
        Asked::Rules { .. } => encode(&state.rules()?.text()),
        Asked::Policy { .. } => encode(&state.policy.source()),
        Asked::Acting {
            deputy, principal, ..
        } => encode(&(of_person(state, *deputy)?, of_person(state, *principal)?)),
        Asked::Depart { person } => encode(&of_person(state, *person)?),
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

/// A group of a record as far as a request depends on it: the event that sealed it, its label, the layers around it, its
/// portions. Its id is no part of that: beside other groups above, which its asker does not see, it would have another.
#[derive(Encode, PartialEq, Eq, PartialOrd, Ord)]
struct GroupBasis {
    #[n(0)]
    sealed_by: EventId,
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
            sealed_by: group.sealed_by,
            label: state.labels.digest(group.label),
            layers: group.layers.iter().map(|layer| layer.event).collect(),
            portions: group.portions.len() as u64,
        })
        .collect();
    groups.sort_unstable();
    Ok(encode(&(id, groups, record.withdrawn.is_some())))
}

/// Whether somebody is cleared for what it is about. Who decides must be; for others there is no such request, but for
/// who asked and the inspectors.
pub(crate) fn is_cleared(state: &State, request: &Request, person: &Person) -> bool {
    match &request.asked {
        Asked::Clear { atoms, .. } => atoms.iter().any(|atom| person.holdings.contains_key(atom)),
        // It opens nothing: an inspector agrees who sees that, who and why.
        Asked::Destroy { .. } => sees_record(state, request, person) || state.oversees(person),
        // That a hold is released opens nothing; who oversees may know of every record.
        Asked::ReleaseHold { .. } => state.oversees(person) || sees_record(state, request, person),
        Asked::Withdraw { .. }
        | Asked::Lower { .. }
        | Asked::UndoRestriction { .. }
        | Asked::Schedule { .. } => sees_record(state, request, person),
        // These open nothing.
        Asked::Rules { .. }
        | Asked::Policy { .. }
        | Asked::Acting { .. }
        | Asked::Depart { .. } => true,
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
        Asked::Withdraw { record }
        | Asked::Destroy { record }
        | Asked::Lower { record, .. }
        | Asked::UndoRestriction { record, .. }
        | Asked::ReleaseHold { record, .. }
        | Asked::Schedule { record, .. } => match state.records.get(*record) {
            Some(record) => Readers::of_record(state, record),
            None => Readers::default(),
        },
        Asked::Policy { .. } => Readers::with_roles(
            state,
            &[Role::SecurityOfficer, Role::RecordsOfficer, Role::Inspector],
        ),
        Asked::Rules { .. } | Asked::Acting { .. } | Asked::Depart { .. } => {
            let mut readers = Readers::with_roles(state, &[Role::SecurityOfficer, Role::Inspector]);
            if let Asked::Acting { principal, .. } = asked {
                readers.persons.insert(*principal);
            }
            readers
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
            let would = format!("{name} would hold: {words}");
            std::iter::once(would)
                .chain(part_given(state, request, reader))
                .collect()
        }
        Asked::Destroy { record } => {
            let would = format!(
                "{record} would be destroyed: every key and every stored value of it, in all its versions; only backups could bring it back"
            );
            let known = sees_record(state, request, reader).then(|| state.records.get(*record));
            let kept = known.flatten().and_then(|record| kept_words(state, record));
            std::iter::once(would).chain(kept).collect()
        }
        Asked::Withdraw { record } => {
            vec![format!(
                "{record} would be withdrawn: nothing of it would open any more"
            )]
        }
        Asked::Rules { rules } => match (state.rules(), Rules::given(rules)) {
            (Ok(present), Ok(asked)) => {
                let mut lines = changed(present, &asked);
                for route in asked.routes() {
                    let none = route
                        .inspectors
                        .iter()
                        .filter(|name| !state.is_inspector_called(name));
                    lines.extend(none.map(|name| {
                        let route = route.name.as_str();
                        format!("disclosures by {route}: nobody called {name} is an inspector who holds the inspectors' key now")
                    }));
                }
                lines
            }
            _ => Vec::new(),
        },
        Asked::Policy { policy } => match Policy::from_toml(policy) {
            Ok(next) => policy::told(state, &next, request.by),
            Err(_) => Vec::new(),
        },
        Asked::Acting {
            deputy,
            principal,
            until,
        } => {
            let name = |id: &PersonId| state.people.name_of(Some(*id));
            let (deputy, principal) = (name(deputy), name(principal));
            vec![format!(
                "{deputy} would stand for {principal} until {until}: the two would be one hand"
            )]
        }
        Asked::Depart { person } => {
            let name = state.people.name_of(Some(*person));
            vec![format!(
                "{name} would leave: no session, no key, nothing that waits"
            )]
        }
        Asked::Lower {
            record,
            portions,
            label,
        } => {
            let to = marking_shown(&state.policy, label);
            let mut lines = vec![match portions.as_slice() {
                [] => format!("{record} would be lowered to {to}"),
                _ => format!("portions of {record} would be lowered to {to}"),
            }];
            lines.extend(portions.iter().map(|portion| format!("portion {portion}")));
            lines.extend(opens_to(state, request, reader));
            lines
        }
        Asked::UndoRestriction { record, .. } => {
            let line = format!("the last restriction of {record} would be undone");
            let mut lines = vec![line];
            lines.extend(opens_to(state, request, reader));
            lines
        }
        Asked::ReleaseHold { record, hold } => vec![format!(
            "the hold {hold} on {record} would be released: others that lie on it stay"
        )],
        Asked::Schedule {
            record,
            schedule,
            due,
        } => {
            let schedule = schedule.iter();
            let mut lines: Vec<String> = schedule
                .map(|name| format!("{record} would come under the schedule {name}"))
                .collect();
            let due = due.iter().flatten();
            lines.extend(due.map(|due| {
                let to = marking_shown(&state.policy, &due.label);
                format!("{record} would fall to {to} on {}", due.on.day())
            }));
            lines
        }
    }
}

/// Since when a record is there, and how long it was to be kept.
fn kept_words(state: &State, record: &RecordState) -> Option<String> {
    let filed = record.filed_at.day();
    let schedule = schedule(state, record)?;
    let until = kept_until(state, record)?;
    Some(format!(
        "it was filed on {filed} under the schedule {}, whose term ends on {}",
        schedule.name(),
        until.day()
    ))
}

/// Which part of a clearance is given already, where another is not, as far as the one who looks knows of it.
pub(crate) fn part_given(state: &State, request: &Request, reader: &Person) -> Option<String> {
    let Asked::Clear { person, atoms } = &request.asked else {
        return None;
    };
    let subject = state.people.get(*person)?;
    let all = knows_all(state, request, reader);
    let known = atoms
        .iter()
        .filter(|atom| all || reader.holdings.contains_key(atom));
    let (given, left): (Vec<&AtomId>, Vec<&AtomId>) =
        known.partition(|atom| subject.holdings.contains_key(atom));
    let words = clearance_words(state, given.iter().copied()).join("; ");
    (!given.is_empty() && !left.is_empty())
        .then(|| format!("of that {} holds by now: {words}", subject.name))
}

/// To whom what falls would open, as far as the one who looks may know who holds what: of another's clearance that is what
/// he holds too, but for officers.
fn opens_to(state: &State, request: &Request, reader: &Person) -> Option<String> {
    if !sees_record(state, request, reader) {
        return None;
    }
    let falling = state.falls_by(&request.asked, &request.seen, reader).ok()?;
    let record = state.records.get(request.asked.record()?)?;
    let all = reader.may(Role::SecurityOfficer);
    let known = |person: &Person| -> Clearance {
        let atoms = person.clearance.atoms();
        atoms.filter(|a| all || reader.clearance.holds(a)).collect()
    };
    let gains = |person: &&Person| {
        let known = known(person);
        let mut words = falling.words().iter();
        person.may(Role::Reader)
            && words.any(|fall| {
                let group = record.groups.iter().find(|g| g.id == fall.group);
                known.permits(&fall.label)
                    && group.is_some_and(|g| !known.permits(state.labels.get(g.label)))
            })
    };
    let names: Vec<&str> = state
        .people
        .iter()
        .filter(gains)
        .map(|p| p.name.as_str())
        .collect();
    (!names.is_empty()).then(|| format!("it would open to {}", names.join(", ")))
}

/// The approvals that somebody sees who looks at a request. Of a clearance, whoever knows some of the atoms alone sees those
/// that gave these: what else was approved tells of atoms that others hold.
pub(crate) fn agreed_shown<'r>(
    state: &State,
    request: &'r Request,
    reader: &Person,
) -> Vec<&'r Agreed> {
    let Asked::Clear { atoms, .. } = &request.asked else {
        return request.agreed.iter().collect();
    };
    if knows_all(state, request, reader) {
        return request.agreed.iter().collect();
    }
    let known: Vec<&AtomId> = atoms
        .iter()
        .filter(|atom| reader.holdings.contains_key(atom))
        .collect();
    let needed = state.approvals_needed(request);
    let mut counts: BTreeMap<&AtomId, usize> = BTreeMap::new();
    let mut gives = |agreed: &&Agreed| {
        let approver = state.people.get(agreed.person);
        let mut gives = false;
        for atom in &known {
            let count = counts.entry(atom).or_default();
            let holds = approver.is_some_and(|p| p.holdings.contains_key(atom));
            if holds && *count < needed {
                *count += 1;
                gives = true;
            }
        }
        gives
    };
    request
        .agreed
        .iter()
        .filter(|agreed| gives(agreed))
        .collect()
}
