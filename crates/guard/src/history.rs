//! The history of a record: who filed it, who raised it and why, for whom it was opened.
//!
//! An asker sees of each event what touches the portions in the asker's own view, and nothing of
//! what touches others. It says "opened for", not "read": what happened before the eyes of the
//! reader no system knows. Listings are events too, but no part of this: how far a listing of
//! someone cleared higher reaches depends on records that this asker may not know of.

use std::collections::{BTreeSet, HashMap};

use strongroom_record::event::{Act, Role, Statement, StoredEvent};
use strongroom_record::{BoxId, EventId, PortionId, decode};
use strongroom_seal::note::NoteKey;

use crate::api::{History, HistoryRow, RecordRef, StatementShown};
use crate::fault::{Fault, Stop};
use crate::grading::DueGrading;
use crate::guard::{Asking, Core};
use crate::opening::{Fetched, Permit};
use crate::reading::{Sight, marking_shown};
use crate::state::{Group, LabelRef, State};

/// An event of a record, and the boxes under which its statement may be opened for the asker.
struct Due {
    event: StoredEvent,
    to: Option<String>,
    notes: Vec<(BoxId, NoteKey)>,
    /// The portions of the asker's view that the event raised.
    raised: Vec<PortionId>,
}

/// What an event did to groups that the asker sees, of those that it left under one label.
struct Touch {
    raised_to: Option<LabelRef>,
    /// Boxes under which the statement may be sealed, each with its label.
    boxes: Vec<(BoxId, LabelRef)>,
    portions: Vec<PortionId>,
}

/// What an event did to what the asker sees: the filing once, a restriction once for each label it led to.
fn touched(event: EventId, visible: &[&Group]) -> Vec<Touch> {
    let filed = visible.iter().filter(|g| g.filed_by == event);
    let boxes: BTreeSet<(BoxId, LabelRef)> = filed.map(|g| (g.key_box, g.filed_under)).collect();
    if !boxes.is_empty() {
        return vec![Touch {
            raised_to: None,
            boxes: boxes.into_iter().collect(),
            portions: Vec::new(),
        }];
    }
    let mut touched: Vec<Touch> = Vec::new();
    for group in visible {
        let Some(layer) = group.layers.iter().find(|l| l.event == event) else {
            continue;
        };
        let portions = group.portions.iter().copied();
        match touched
            .iter_mut()
            .find(|t| t.raised_to == Some(layer.label))
        {
            Some(same) => same.portions.extend(portions),
            None => touched.push(Touch {
                raised_to: Some(layer.label),
                boxes: vec![(layer.key_box, layer.label)],
                portions: portions.collect(),
            }),
        }
    }
    touched
}

impl Core {
    pub(crate) fn history(&self, asking: &Asking, ask: &RecordRef) -> Result<History, Stop> {
        let (id, fetched, due, gradings, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let record = self.resolve(&state, person, &ask.record)?;
            let visible: Vec<_> = record.visible(&state.labels, &person.bits).collect();
            let fetched = visible
                .iter()
                .map(|g| self.fetch(asking, &state, record, g))
                .collect::<Result<Vec<Fetched>, Fault>>()?;
            let mut due = Vec::new();
            for event in &record.events {
                let touched = touched(*event, &visible);
                #[cfg(feature = "planted-leaks")]
                if touched.is_empty() && crate::planted::is(crate::planted::Leak::HistoryOfWhole) {
                    due.push(Due {
                        event: self.stored_event(*event)?,
                        to: None,
                        notes: Vec::new(),
                        raised: Vec::new(),
                    });
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
                    });
                }
            }
            for event in self.trail().of_record(record.id) {
                due.push(Due {
                    event: self.stored_event(event)?,
                    to: None,
                    notes: Vec::new(),
                    raised: Vec::new(),
                });
            }
            let gradings = self.due_gradings(asking, &state, person, record)?;
            #[cfg(feature = "planted-leaks")]
            if crate::planted::is(crate::planted::Leak::GradeOfHidden) {
                for event in &record.graded {
                    due.push(Due {
                        event: self.stored_event(*event)?,
                        to: None,
                        notes: Vec::new(),
                        raised: Vec::new(),
                    });
                }
            }
            let mut command = self.command(asking, None);
            command.event(Act::HistoryShown { record: record.id });
            let submitted = self.submit(command, None);
            (record.id, fetched, due, gradings, submitted)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let words = self.words_of(&permit, &fetched)?;
        let state = self.state();
        let mut rows = due
            .iter()
            .map(|d| self.history_row(&permit, &state, d, &words))
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

    /// What to call each portion of the asker's view: its number, or the name of its field.
    fn words_of(
        &self,
        permit: &Permit,
        fetched: &[Fetched],
    ) -> Result<HashMap<PortionId, String>, Fault> {
        Ok(Sight::of(self, permit, fetched)?.names())
    }

    fn history_row(
        &self,
        permit: &Permit,
        state: &State,
        due: &Due,
        words: &HashMap<PortionId, String>,
    ) -> Result<(EventId, Option<HistoryRow>), Fault> {
        let event = &due.event;
        let mut portions = Vec::new();
        let what = match &event.act {
            Act::Filed(_) => "filed",
            Act::Restricted { .. } => {
                portions = ordered(due.raised.iter().filter_map(|p| words.get(p)));
                "restricted"
            }
            #[cfg(feature = "planted-leaks")]
            Act::Graded { .. } => "graded",
            // A restore put the layer back that a restriction after the backup had put on.
            Act::Restored(_) => "restricted",
            Act::Opened {
                portions: opened, ..
            } => {
                portions = ordered(opened.iter().filter_map(|p| words.get(p)));
                if portions.is_empty() {
                    return Ok((event.id, None));
                }
                "opened for"
            }
            _ => return Ok((event.id, None)),
        };
        let statement = self.statement_of(permit, event, &due.notes)?;
        let row = HistoryRow {
            at: event.at.to_string(),
            who: state.people.name_of(event.actor),
            what: what.to_owned(),
            portions,
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
        words: &HashMap<PortionId, String>,
    ) -> Result<HistoryRow, Fault> {
        Ok(HistoryRow {
            at: due.event.at.to_string(),
            who: state.people.name_of(due.event.actor),
            what: "graded".to_owned(),
            portions: ordered(due.portions.iter().filter_map(|p| words.get(p))),
            to: None,
            overrode: Vec::new(),
            grade: Some(self.open_grading(permit, state, due)?),
            statement: None,
        })
    }

    /// The statement of an event, from the copy that is sealed under one of the boxes.
    fn statement_of(
        &self,
        permit: &Permit,
        event: &StoredEvent,
        notes: &[(BoxId, NoteKey)],
    ) -> Result<Option<StatementShown>, Fault> {
        for (key_box, key) in notes {
            if let Some(words) = self.first_field(permit, event, *key_box, key)? {
                let s: Statement =
                    decode(&words).map_err(|_| Fault::Damaged("a statement has another form"))?;
                return Ok(Some(StatementShown {
                    reason: s.reason,
                    authority: s.authority,
                    because: s.because,
                    from_system: s.from_system,
                    already_held_by: s.already_held_by,
                    override_because: s.override_because,
                }));
            }
        }
        Ok(None)
    }
}

/// The rules that a filing overrode, for those who may see why: their ids tell of the whole document's marks.
fn overrode(act: &Act, why: Option<&StatementShown>) -> Vec<String> {
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
