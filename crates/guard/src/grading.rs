//! Grading records and portions: how far the source, what it says and a judgement are to be relied on.
//!
//! A grading is an act of its own, beside what was filed: a later one stands beside the earlier, and the newest counts.
//! What it says is sealed under the labels of what it grades, so that whoever may see that may see the grading, and nobody
//! else. Of a record as a whole it shows to those who see the header.

use std::collections::{BTreeSet, HashSet};

use strongroom_label::Label;
use strongroom_record::event::{Act, Role, SealedFor, StoredEvent};
use strongroom_record::{BoxId, EventId, Grading, PortionId, RecordId, decode, encode};
use strongroom_seal::keybox::Purpose;
use strongroom_seal::note::NoteKey;

use crate::api::{Grade, GradeShown, Graded};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::{GRADE_PORTIONS_MAX, GRADINGS_MAX};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{Group, Person, RecordState, State};
use crate::versions::Edition;

/// How often a grading is begun anew because a label's key changed meanwhile.
const TRIES_MAX: usize = 4;

/// What is to be graded, as its grader sees it.
struct Target {
    record: RecordId,
    /// None where it is the record as a whole.
    portions: Vec<PortionId>,
    /// The labels of what is graded.
    labels: BTreeSet<Label>,
}

/// A grading that a reader may see, not yet opened.
pub(crate) struct DueGrading {
    pub(crate) event: StoredEvent,
    /// Of the reader's portions those that it grades; none where it grades the record as a whole.
    pub(crate) portions: Vec<PortionId>,
    note: (BoxId, NoteKey),
}

impl DueGrading {
    /// Whether it grades the record as a whole.
    pub(crate) fn is_of_record(&self) -> bool {
        self.portions.is_empty()
    }
}

/// Whether a person sees the header fields as they were filed, but for those that rose by themselves. A grading of the
/// whole stands there, so that what rose elsewhere makes no difference to who sees it.
fn sees_header(state: &State, person: &Person, record: &RecordState) -> bool {
    let header = record.header();
    header.is_some_and(|g| state.labels.admits(&person.bits, g.label))
}

impl Core {
    pub(crate) fn grade(&self, asking: &Asking, ask: &Grade) -> Result<Graded, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "grade", ask)?;
        let grading = ask.judged.read()?.ok_or_else(|| {
            Refusal::invalid("nothing is judged")
                .hint("give --grade, --likelihood or --confidence, or several of them")
        })?;
        if ask.portions.len() > GRADE_PORTIONS_MAX {
            return Err(Refusal::invalid(format!(
                "a grading names at most {GRADE_PORTIONS_MAX} portions"
            ))
            .into());
        }
        for _ in 0..TRIES_MAX {
            // What is graded is readable to the grader, so each label has a key of its own, or gets one here.
            let labels = {
                let state = self.state();
                asking.may(&state, Role::RecordsOfficer)?;
                self.not_done_before(asking, &state, request)?;
                self.grade_target(asking, &state, ask)?.labels
            };
            self.make_label_keys(asking, &labels)?;
            let mut state = self.state_mut();
            let person = asking.may(&state, Role::RecordsOfficer)?;
            self.not_done_before(asking, &state, request)?;
            let target = self.grade_target(asking, &state, ask)?;
            let keyed = |l: &Label| state.label_keys.present(l, &state.atoms).is_some();
            if !target.labels.iter().all(keyed) {
                continue;
            }
            let by = person.name.clone();
            let mut command = self.command(asking, request);
            let mut dice = command.dice.fork();
            let wrap =
                self.wrap_keys_now(asking, &state, &target.labels, Purpose::LabelKey, &mut dice)?;
            let event = command.draw_event_id();
            let notes: Vec<(SealedFor, NoteKey)> = wrap
                .keys
                .iter()
                .map(|(label, key)| {
                    let readable = SealedFor::Label(key.id(), label.clone());
                    (readable, NoteKey::of_box(key))
                })
                .collect();
            let readers: Vec<(SealedFor, &NoteKey)> =
                notes.iter().map(|(r, k)| (r.clone(), k)).collect();
            let sealed = seal_statement(
                self.room,
                event,
                STATEMENT,
                &readers,
                &encode(&grading),
                &mut dice,
            );
            let act = Act::Graded {
                record: target.record,
                portions: target.portions,
            };
            command.event_as(event, act, vec![sealed]);
            self.enact(&mut state, command, asking.signer())?;
            let at = self.stored_event(event)?.at;
            return Ok(Graded {
                record: target.record.to_string(),
                portions: ask.portions.clone(),
                grade: GradeShown {
                    by: Some(by),
                    at: Some(at.to_string()),
                    ..GradeShown::as_filed(&grading)
                },
                receipt: event.to_string(),
            });
        }
        Err(Refusal::new(
            Code::Conflict,
            "the keys of what is graded change all the time; nothing was graded",
        )
        .hint("try again")
        .into())
    }

    /// What an asker grades, within that asker's view.
    fn grade_target(&self, asking: &Asking, state: &State, ask: &Grade) -> Result<Target, Stop> {
        let person = asking.active(state)?;
        let record = self.resolve(state, person, &ask.record)?;
        if record.graded.len() >= GRADINGS_MAX {
            return Err(Refusal::new(
                Code::Limit,
                format!("a record is graded at most {GRADINGS_MAX} times"),
            )
            .into());
        }
        let label_of = |g: &Group| state.labels.get(g.label).as_ref();
        let (portions, labels) = if ask.portions.is_empty() {
            let header = record.header();
            let seen = header.filter(|g| state.labels.admits(&person.bits, g.label));
            let header = seen.ok_or_else(|| {
                Refusal::new(
                    Code::NotFound,
                    "the header of this record is not in your view, and the record as a whole is graded there",
                )
                .hint("grade portions of it with --portion")
            })?;
            (BTreeSet::new(), BTreeSet::from([label_of(header).clone()]))
        } else {
            let named = self.named_portions(asking, state, person, record, &ask.portions)?;
            let labels = record
                .visible(&state.labels, &person.bits)
                .filter(|g| g.portions.iter().any(|p| named.contains(p)))
                .map(|g| label_of(g).clone())
                .collect();
            (named, labels)
        };
        Ok(Target {
            record: record.id,
            portions: portions.into_iter().collect(),
            labels,
        })
    }

    /// The gradings of a record that touch what a person sees of it, in the order of the ledger.
    pub(crate) fn due_gradings(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<Vec<DueGrading>, Fault> {
        if record.graded.is_empty() {
            return Ok(Vec::new());
        }
        let portions: HashSet<PortionId> = record
            .visible(&state.labels, &person.bits)
            .flat_map(|g| g.portions.iter().copied())
            .collect();
        let header = sees_header(state, person, record);
        let mut due = Vec::new();
        for id in &record.graded {
            let event = self.stored_event(*id)?;
            due.extend(self.due_grading(asking, state, person, event, &portions, header)?);
        }
        Ok(due)
    }

    /// The gradings that stand with a version that is read, each with the version that stood when it was made, if that is another.
    ///
    /// A grading of portions stands with them, in whatever version. One of the record as a whole is of the version that stood
    /// when it was made: it stands with that and with later ones, and not with those that were corrected before.
    pub(crate) fn gradings_of(
        &self,
        state: &State,
        person: &Person,
        record: &RecordState,
        edition: &Edition,
        due: Vec<DueGrading>,
    ) -> Result<Vec<(DueGrading, Option<usize>)>, Fault> {
        let trail = self.trail();
        let place = |event: EventId| {
            let index = trail.index_of(event);
            index.ok_or(Fault::Missing("the place of an event in the ledger"))
        };
        // As the reader counts: a version of which nothing is in view makes no difference.
        let versions = record.versions(&state.labels, &person.bits);
        let versions = versions
            .into_iter()
            .map(|number| place(record.version_event(number)));
        let versions = versions.collect::<Result<Vec<u64>, Fault>>()?;
        let mut of = Vec::with_capacity(due.len());
        for grading in due {
            if !grading.is_of_record() {
                of.push((grading, None));
                continue;
            }
            let made = place(grading.event.id)?;
            let stood = versions.iter().filter(|at| **at < made).count().max(1);
            if stood <= edition.n {
                of.push((grading, (stood < edition.n).then_some(stood)));
            }
        }
        Ok(of)
    }

    /// The newest grading of a record as a whole that a person may see.
    pub(crate) fn newest_of_record(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<Option<DueGrading>, Fault> {
        let header = sees_header(state, person, record);
        for id in record.graded.iter().rev().filter(|_| header) {
            let event = self.stored_event(*id)?;
            let none = HashSet::new();
            let due = self.due_grading(asking, state, person, event, &none, header)?;
            if due.is_some() {
                return Ok(due);
            }
        }
        Ok(None)
    }

    fn due_grading(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        event: StoredEvent,
        visible: &HashSet<PortionId>,
        header: bool,
    ) -> Result<Option<DueGrading>, Fault> {
        let Act::Graded { portions, .. } = &event.act else {
            return Err(Fault::Damaged("a grading is another act"));
        };
        let seen: Vec<PortionId> = portions
            .iter()
            .filter(|p| visible.contains(p))
            .copied()
            .collect();
        let touches = if portions.is_empty() {
            header
        } else {
            !seen.is_empty()
        };
        if !touches {
            return Ok(None);
        }
        let note = self.key_to_first_field(asking, state, person, &event)?;
        Ok(note.map(|note| DueGrading {
            event,
            portions: seen,
            note,
        }))
    }

    /// Opens a grading, as it is shown.
    pub(crate) fn open_grading(
        &self,
        permit: &Permit,
        state: &State,
        due: &DueGrading,
    ) -> Result<GradeShown, Fault> {
        let (key_box, key) = &due.note;
        let words = self
            .first_field(permit, &due.event, *key_box, key)?
            .ok_or(Fault::Missing("the words of a grading"))?;
        let grading: Grading =
            decode(&words).map_err(|_| Fault::Damaged("a grading has another form"))?;
        Ok(GradeShown {
            by: Some(state.people.name_of(due.event.actor)),
            at: Some(due.event.at.to_string()),
            ..GradeShown::as_filed(&grading)
        })
    }
}
