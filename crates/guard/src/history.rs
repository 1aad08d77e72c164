//! The history of a record: who filed it, who raised it and why, for whom it was opened.
//!
//! An asker sees of each event what touches the portions in the asker's own view, and nothing of
//! what touches others. It says "opened for", not "read": what happened before the eyes of the
//! reader no system knows. Listings are events too, but no part of this: how far a listing of
//! someone cleared higher reaches depends on records that this asker may not know of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use strongroom_record::event::{Act, Role, Statement, StoredEvent};
use strongroom_record::{BoxId, EventId, PersonId, PortionId, decode};
use strongroom_seal::note::NoteKey;

use crate::api::{History, HistoryRow, RecordRef, StatementShown};
use crate::fault::{Fault, Stop};
use crate::given::Given;
use crate::grading::DueGrading;
use crate::guard::{Asking, Core};
use crate::opening::{Fetched, Permit};
use crate::practice::knows_practice;
use crate::reading::{Sight, marking_shown};
use crate::requests::kinds::{sees_record, told};
use crate::state::{Group, LabelRef, Person, RecordState, State};
use crate::versions::Stated;

/// An event of a record, and the boxes under which its statement may be opened for the asker.
struct Due {
    event: StoredEvent,
    to: Option<String>,
    notes: Vec<(BoxId, NoteKey)>,
    /// The portions of the asker's view that the event raised.
    raised: Vec<PortionId>,
    /// The version that it touched, as the asker counts, where there are several.
    version: Option<usize>,
    /// The file beside the record that it gave out.
    given: Option<Given>,
}

impl Due {
    /// An event of which nothing else is told.
    fn of(event: StoredEvent) -> Self {
        Self {
            event,
            to: None,
            notes: Vec::new(),
            raised: Vec::new(),
            version: None,
            given: None,
        }
    }
}

/// What portions are called.
struct Called {
    /// Of those that open: their number within their version, or the name of their field.
    names: HashMap<PortionId, String>,
    /// Of all in the asker's view the version in which they stand; none where there is only one.
    versions: HashMap<PortionId, Option<usize>>,
}

impl Called {
    fn names<'a>(&self, portions: impl Iterator<Item = &'a PortionId>) -> Vec<String> {
        ordered(portions.filter_map(|p| self.names.get(p)))
    }
    /// The version of portions that stand in one.
    fn version<'a>(&self, mut portions: impl Iterator<Item = &'a PortionId>) -> Option<usize> {
        portions.find_map(|p| self.versions.get(p).copied().flatten())
    }
}

/// What an event did to groups of one version that the asker sees, of those that it left under one label.
struct Touch {
    raised_to: Option<LabelRef>,
    /// Boxes under which the statement may be sealed, each with its label.
    boxes: Vec<(BoxId, LabelRef)>,
    portions: Vec<PortionId>,
    version: u32,
}

/// What an event did to what the asker sees: the filing of a version once, a restriction or a lowering once for each
/// version and each label it led to. Of what a label was before it fell, those are told who hold that.
fn touched(state: &State, person: &Person, event: EventId, visible: &[&Group]) -> Vec<Touch> {
    let filed = visible.iter().filter(|g| g.filed_by == event);
    let version = filed.clone().map(|g| g.version).max();
    let boxes: BTreeSet<(BoxId, LabelRef)> = filed
        .map(|g| match g.past.first() {
            Some(filed) => (filed.key_box, filed.label),
            None => (g.key_box, g.filed_under),
        })
        .filter(|(_, label)| state.labels.admits(&person.bits, *label))
        .collect();
    if let Some(version) = version {
        return vec![Touch {
            raised_to: None,
            boxes: boxes.into_iter().collect(),
            portions: Vec::new(),
            version,
        }];
    }
    let mut touched: Vec<Touch> = Vec::new();
    for group in visible {
        let fallen = (group.sealed_by == event).then_some((group.key_label, group.key_box));
        let mut layers = group.layers.iter().chain(&group.past);
        let layer = layers.find(|l| l.event == event);
        let layer = layer.map(|l| (l.label, l.key_box)).or(fallen);
        let layer = layer.filter(|(label, _)| state.labels.admits(&person.bits, *label));
        let Some((label, key_box)) = layer else {
            continue;
        };
        let portions = group.portions.iter().copied();
        match touched
            .iter_mut()
            .find(|t| t.raised_to == Some(label) && t.version == group.version)
        {
            Some(same) => same.portions.extend(portions),
            None => touched.push(Touch {
                raised_to: Some(label),
                boxes: vec![(key_box, label)],
                portions: portions.collect(),
                version: group.version,
            }),
        }
    }
    touched
}

impl Core {
    pub(crate) fn history(&self, asking: &Asking, ask: &RecordRef) -> Result<History, Stop> {
        let (id, (fetched, versions), due, gradings, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let record = self.resolve(&state, person, &ask.record)?;
            let versions = record.versions(&state.labels, &person.bits);
            let n = |version: u32| {
                let place = versions.iter().position(|v| *v == version);
                place.filter(|_| versions.len() > 1).map(|at| at + 1)
            };
            let mut fetched: BTreeMap<u32, Vec<Fetched>> = BTreeMap::new();
            for group in record.visible(&state.labels, &person.bits) {
                let one = self.fetch(asking, &state, record, group)?;
                fetched.entry(group.version).or_default().push(one);
            }
            let fetched: Vec<_> = fetched.into_values().collect();
            let admitted: Vec<_> = record.admitted(&state.labels, &person.bits).collect();
            let in_view = admitted
                .iter()
                .flat_map(|g| g.portions.iter().map(|p| (*p, n(g.version))));
            let versions_of: HashMap<PortionId, Option<usize>> = in_view.collect();
            let mut due = Vec::new();
            let changes = record.events.iter().chain(&record.corrections);
            for event in changes.chain(&record.kept_by) {
                // What is under the layer of a withdrawal opens for nobody, and neither does its box.
                if record.withdrawn.is_some_and(|gone| gone.event == *event) {
                    due.push(Due::of(self.stored_event(*event)?));
                    continue;
                }
                if let Some(held) = self.held(asking, &state, person, record, *event)? {
                    due.push(held);
                    continue;
                }
                let touched = touched(&state, person, *event, &admitted);
                #[cfg(feature = "planted-leaks")]
                if touched.is_empty() && crate::planted::is(crate::planted::Leak::HistoryOfWhole) {
                    due.push(Due::of(self.stored_event(*event)?));
                }
                for touch in touched {
                    let ring = &asking.session.keyring;
                    let note = |(id, label): &(BoxId, LabelRef)| {
                        let label = state.labels.get(*label);
                        let key = ring.box_key(&self.store, &state, person, *id, label)?;
                        Ok((*id, NoteKey::of_box(&key)))
                    };
                    let notes = touch.boxes.iter().map(note).collect::<Result<_, Fault>>()?;
                    let to = touch.raised_to.map(|l| state.labels.get(l));
                    due.push(Due {
                        event: self.stored_event(*event)?,
                        to: to.map(|label| marking_shown(&state.policy, label)),
                        notes,
                        raised: touch.portions,
                        version: n(touch.version),
                        given: None,
                    });
                }
            }
            // Of rooms of before there were requests; what a request asked for stands below.
            let asked = record.asked.map(|(_, event)| event);
            let requested = |event: &EventId| {
                state
                    .approvals
                    .of_record(record.id)
                    .any(|r| r.event == *event)
            };
            let before = record.taken_back.iter().copied().chain(asked);
            let before = before.filter(|event| !requested(event));
            let about = state.approvals.of_record(record.id);
            let about = about.filter(|request| sees_record(&state, request, person));
            let about =
                about.flat_map(|request| [request.event].into_iter().chain(request.followed_by()));
            for asked in before.chain(about) {
                let Stated { event, note } = self.stated(asking, &state, person, asked)?;
                due.push(Due {
                    notes: note.into_iter().collect(),
                    ..Due::of(event)
                });
            }
            let openings = self.trail().of_record(record.id);
            let openings = openings.into_iter().map(|event| self.stored_event(event));
            for event in openings.collect::<Result<Vec<_>, Fault>>()? {
                let given = Given::by(&state, person, record, &event);
                // What was opened out of view comes between no two rows. Of what was withdrawn it still is told for
                // whom it had been opened.
                if given.is_none() && !opened(&event).any(|p| versions_of.contains_key(p)) {
                    continue;
                }
                let last = due.last_mut().filter(|last: &&mut Due| {
                    last.event.actor == event.actor && last.given.is_some()
                });
                if let (Some(last), Some((next, _))) = (last, given)
                    && last.given.as_mut().is_some_and(|given| given.follow(next))
                {
                    continue;
                }
                due.push(Due {
                    version: given.and_then(|(_, version)| n(version?)),
                    given: given.map(|(given, _)| given),
                    ..Due::of(event)
                });
            }
            let gradings = self.due_gradings(asking, &state, person, record)?;
            #[cfg(feature = "planted-leaks")]
            if crate::planted::is(crate::planted::Leak::GradeOfHidden) {
                for event in &record.graded {
                    due.push(Due::of(self.stored_event(*event)?));
                }
            }
            let mut command = self.command(asking, None);
            command.event(Act::HistoryShown { record: record.id });
            let submitted = self.submit(command, None);
            (record.id, (fetched, versions_of), due, gradings, submitted)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let words = Called {
            names: self.words_of(&permit, &fetched)?,
            versions,
        };
        let state = self.state();
        let mut rows = due
            .iter()
            .map(|d| self.history_row(&permit, &state, asking.person(), d, &words))
            .collect::<Result<Vec<_>, Fault>>()?;
        for grading in &gradings {
            let row = self.graded_row(&permit, &state, grading, &words)?;
            rows.push((grading.event.id, Some(row)));
        }
        let trail = self.trail();
        rows.sort_by_key(|(event, _)| trail.index_of(*event));
        let events = rows.into_iter().filter_map(|(_, row)| row).collect();
        Ok(History {
            record: id.to_string(),
            events,
        })
    }

    /// An event about keeping the record as a whole, which is told to whoever may know of it.
    fn held(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        event: EventId,
    ) -> Result<Option<Due>, Fault> {
        if !record.kept_by.contains(&event) {
            return Ok(None);
        }
        let Stated { event, note } = self.stated(asking, state, person, event)?;
        let lowers = matches!(event.act, Act::Lowered(_));
        Ok((!lowers).then(|| Due {
            notes: note.into_iter().collect(),
            ..Due::of(event)
        }))
    }

    /// What to call each portion of the asker's view: its number within its version, or the name of its field.
    fn words_of(
        &self,
        permit: &Permit,
        fetched: &[Vec<Fetched>],
    ) -> Result<HashMap<PortionId, String>, Fault> {
        let mut names = HashMap::new();
        for groups in fetched {
            names.extend(Sight::of(self, permit, groups)?.names());
        }
        Ok(names)
    }

    fn history_row(
        &self,
        permit: &Permit,
        state: &State,
        asker: PersonId,
        due: &Due,
        words: &Called,
    ) -> Result<(EventId, Option<HistoryRow>), Fault> {
        let event = &due.event;
        let mut portions = Vec::new();
        let mut version = due.version;
        let told_of;
        let what = match &event.act {
            Act::Filed(_) => "filed",
            Act::Corrected(_) => "corrected",
            Act::WithdrawalAsked { .. } => "withdrawal asked",
            Act::WithdrawalTakenBack { .. } => "withdrawal taken back",
            Act::ApprovalAsked(_)
            | Act::Approved(_)
            | Act::Denied { .. }
            | Act::RequestTakenBack { .. } => match told(state, &event.act) {
                Some(what) => {
                    told_of = what;
                    &told_of
                }
                None => return Ok((event.id, None)),
            },
            Act::Withdrawn(_) => "withdrawn",
            Act::HoldPlaced { .. } => "hold placed",
            Act::HoldReleased { .. } => "hold released",
            Act::ScheduleSet { .. } => "schedule set",
            Act::Lowered(_) => {
                portions = words.names(due.raised.iter());
                "lowered"
            }
            Act::Restricted { .. } => {
                portions = words.names(due.raised.iter());
                "restricted"
            }
            #[cfg(feature = "planted-leaks")]
            Act::Graded { .. } => "graded",
            // A restore put the layer back that a restriction or a withdrawal after the backup had put on.
            Act::Restored(_) if due.to.is_none() => "withdrawn",
            Act::Restored(_) => "restricted",
            Act::Opened { .. } => {
                portions = words.names(opened(event));
                version = version.or_else(|| words.version(opened(event)));
                "opened for"
            }
            _ => return Ok((event.id, None)),
        };
        let statement = self.statement_of(permit, state, asker, event, &due.notes)?;
        let row = HistoryRow {
            at: event.at.to_string(),
            who: state.people.name_of(event.actor),
            what: what.to_owned(),
            portions,
            version,
            file: due.given.map(Given::word),
            pieces: due.given.and_then(Given::pieces),
            to: due.to.clone(),
            overrode: overrode(&event.act, statement.as_ref()),
            grade: None,
            statement,
        };
        Ok((event.id, Some(row)))
    }

    fn graded_row(
        &self,
        permit: &Permit,
        state: &State,
        due: &DueGrading,
        words: &Called,
    ) -> Result<HistoryRow, Fault> {
        Ok(HistoryRow {
            at: due.event.at.to_string(),
            who: state.people.name_of(due.event.actor),
            what: "graded".to_owned(),
            portions: words.names(due.portions.iter()),
            version: words.version(due.portions.iter()),
            file: None,
            pieces: None,
            to: None,
            overrode: Vec::new(),
            grade: Some(self.open_grading(permit, state, due)?),
            statement: None,
        })
    }

    /// The statement of an event as an asker is told it, from the copy that is sealed under one of the boxes.
    pub(crate) fn statement_of(
        &self,
        permit: &Permit,
        state: &State,
        asker: PersonId,
        event: &StoredEvent,
        notes: &[(BoxId, NoteKey)],
    ) -> Result<Option<StatementShown>, Fault> {
        for (key_box, key) in notes {
            if let Some(words) = self.first_field(permit, event, *key_box, key)? {
                return statement_shown(&words, state, asker).map(Some);
            }
        }
        Ok(None)
    }
}

/// A statement as an asker is told it: what is sealed, but a practice's id for who may know of the practice. A statement
/// can be read by more than may know of the practice that it cites.
pub(crate) fn statement_shown(
    words: &[u8],
    state: &State,
    asker: PersonId,
) -> Result<StatementShown, Fault> {
    let s: Statement = decode(words).map_err(|_| Fault::Damaged("a statement has another form"))?;
    Ok(StatementShown {
        reason: s.reason,
        authority: s.authority,
        because: s.because,
        from_system: s.from_system,
        already_held_by: s.already_held_by,
        override_because: s.override_because,
        practice: s
            .practice
            .filter(|p| knows_practice(state, asker, *p))
            .map(|p| p.to_string()),
    })
}

/// The portions that an event opened.
fn opened(event: &StoredEvent) -> impl Iterator<Item = &PortionId> {
    let portions = match &event.act {
        Act::Opened { portions, .. } => portions.as_slice(),
        _ => &[],
    };
    portions.iter()
}

/// The rules that a filing overrode, for those who may see why: their ids tell of the whole document's marks.
fn overrode(act: &Act, why: Option<&StatementShown>) -> Vec<String> {
    #[cfg(feature = "planted-leaks")]
    if let (Act::Filed(filed), true) = (
        act,
        crate::planted::is(crate::planted::Leak::OverrodeOfWhole),
    ) {
        return filed.overridden.clone().map_or_else(Vec::new, |o| o.rules);
    }
    match (act, why) {
        (Act::Filed(filed), Some(_)) => filed
            .overridden
            .as_ref()
            .map_or_else(Vec::new, |o| o.rules.clone()),
        _ => Vec::new(),
    }
}

/// Numbers in their order, then the names of header fields.
fn ordered<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut words: Vec<String> = words.cloned().collect();
    words.sort_by_key(|w| (w.parse::<usize>().unwrap_or(usize::MAX), w.clone()));
    words
}
