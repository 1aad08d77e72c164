//! The history of a record: who filed it, who raised it and why, for whom it was opened.
//!
//! An asker sees of each event what touches the portions in the asker's own view, and nothing of
//! what touches others. It says "opened for", not "read": what happened before the eyes of the
//! reader no system knows. Listings are events too, but no part of this: how far a listing of
//! someone cleared higher reaches depends on records that this asker may not know of.

use std::collections::HashMap;

use strongroom_record::event::{Act, Role, SealedFor, Statement, StoredEvent};
use strongroom_record::{BoxId, EventId, PortionId, decode};
use strongroom_seal::note::{NoteBinding, NoteKey, open_note};
use strongroom_tlog::commit::{FieldTag, Salt, commit};

use crate::api::{History, HistoryRow, RecordRef, StatementShown};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::opening::{Fetched, Permit};
use crate::reading::Sight;
use crate::sealing::STATEMENT;
use crate::state::{Group, LabelRef, State};

const SALT_BYTES: usize = 32;

/// An event of a record, and the boxes under which its statement may be opened for the asker.
struct Due {
    event: StoredEvent,
    to: Option<String>,
    note: Option<(BoxId, NoteKey)>,
    /// The portions of the asker's view that the event raised.
    raised: Vec<PortionId>,
}

/// What an event did to groups that the asker sees, of those that it left under one label.
struct Touch {
    raised_to: Option<LabelRef>,
    key_box: BoxId,
    box_label: LabelRef,
    portions: Vec<PortionId>,
}

/// What an event did to what the asker sees: the filing once, a restriction once for each label it led to.
fn touched(event: EventId, visible: &[&Group]) -> Vec<Touch> {
    if let Some(group) = visible.iter().find(|g| g.filed_by == event) {
        return vec![Touch {
            raised_to: None,
            key_box: group.key_box,
            box_label: group.filed_under,
            portions: Vec::new(),
        }];
    }
    let mut touched: Vec<Touch> = Vec::new();
    for group in visible {
        let Some(layer) = group.layers.iter().find(|l| l.event == event) else {
            continue;
        };
        let portions = group.portions.iter().copied();
        match touched.iter_mut().find(|t| t.box_label == layer.label) {
            Some(same) => same.portions.extend(portions),
            None => touched.push(Touch {
                raised_to: Some(layer.label),
                key_box: layer.key_box,
                box_label: layer.label,
                portions: portions.collect(),
            }),
        }
    }
    touched
}

impl Core {
    pub(crate) fn history(&self, asking: &Asking, ask: &RecordRef) -> Result<History, Stop> {
        let (id, fetched, due, submitted) = {
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
                        note: None,
                        raised: Vec::new(),
                    });
                }
                for touch in touched {
                    let key = asking.session.keyring.box_key(
                        &self.store,
                        &state,
                        person,
                        touch.key_box,
                        state.labels.get(touch.box_label),
                    )?;
                    let to = touch.raised_to.map(|l| state.labels.get(l));
                    due.push(Due {
                        event: self.stored_event(*event)?,
                        to: to.map(|label| state.policy.marking(label)),
                        note: Some((touch.key_box, NoteKey::of_box(&key))),
                        raised: touch.portions,
                    });
                }
            }
            for event in self.trail().of_record(record.id) {
                due.push(Due {
                    event: self.stored_event(event)?,
                    to: None,
                    note: None,
                    raised: Vec::new(),
                });
            }
            let mut command = self.command(asking, None);
            command.event(Act::HistoryShown { record: record.id });
            (record.id, fetched, due, self.submit(command, None))
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
        let statement = match &due.note {
            Some((key_box, key)) => self.statement_of(permit, event, *key_box, key)?,
            None => None,
        };
        let row = HistoryRow {
            at: event.at.to_string(),
            who: state.people.name_of(event.actor),
            what: what.to_owned(),
            portions,
            to: due.to.clone(),
            statement,
        };
        Ok((event.id, Some(row)))
    }

    /// The statement of an event, from the copy that is sealed under a box.
    fn statement_of(
        &self,
        _permit: &Permit,
        event: &StoredEvent,
        key_box: BoxId,
        key: &NoteKey,
    ) -> Result<Option<StatementShown>, Fault> {
        let mine =
            |readable: &SealedFor| matches!(readable, SealedFor::Label(id, _) if *id == key_box);
        let Some(field) = event.sealed.first() else {
            return Ok(None);
        };
        let Some(copy) = field.copies.iter().find(|c| mine(&c.readable)) else {
            return Ok(None);
        };
        let binding = NoteBinding {
            room: self.room,
            event: event.id,
            field: STATEMENT,
        };
        let damaged = || Fault::Damaged("a statement does not open");
        let plain =
            open_note(self.env.floor, key, &binding, &copy.sealed).map_err(|_| damaged())?;
        let (salt, words) = plain
            .expose()
            .split_first_chunk::<SALT_BYTES>()
            .ok_or_else(damaged)?;
        let committed = commit(FieldTag::new(STATEMENT), &Salt::new(*salt), words);
        if *committed.as_bytes() != field.commitment {
            return Err(Fault::Damaged(
                "a statement is not the one that the ledger committed to",
            ));
        }
        let s: Statement = decode(words).map_err(|_| damaged())?;
        Ok(Some(StatementShown {
            reason: s.reason,
            authority: s.authority,
            because: s.because,
            from_system: s.from_system,
            already_held_by: s.already_held_by,
        }))
    }

    /// An event that the ledger names.
    pub(crate) fn stored_event(&self, id: EventId) -> Result<StoredEvent, Fault> {
        self.store.row(kinds::event(id), "an event of the ledger")
    }
}

/// Numbers in their order, then the names of header fields.
fn ordered<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut words: Vec<String> = words.cloned().collect();
    words.sort_by_key(|w| (w.parse::<usize>().unwrap_or(usize::MAX), w.clone()));
    words
}
