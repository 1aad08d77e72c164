//! What was done to records, in the order of the ledger; and what the docket knows of each record.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{Act, Holds, Statement, StoredEvent};
use strongroom_record::{Day, EventId, PersonId, RecordId, Timestamp};

use super::sealed::Said;
use crate::api::{Conversation, Readings, ReadingsOf, StatementShown};
use crate::fault::Fault;
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::reading::join;
use crate::state::{Group, RecordState, State};

/// Where something that was done to a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) event: EventId,
    pub(super) record: RecordId,
}

/// An entry, opened.
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) event: StoredEvent,
    pub(super) said: Said,
}

/// What the docket knows of a record, whatever was done to it.
pub(super) struct Known {
    pub(super) filed_at: Timestamp,
    pub(super) original: Label,
    pub(super) conversation: Conversation,
    /// The days on which the conversation may have taken place.
    pub(super) days: Option<(Day, Day)>,
}

/// What was found out of records so far, so that of one with many entries it is found out once.
pub(super) type KnownRecords = HashMap<RecordId, Arc<Known>>;

impl Core {
    /// Everything that the docket lists, in the order of the ledger.
    pub(super) fn places(&self, state: &State) -> Vec<Place> {
        let mut places = Vec::new();
        let trail = self.trail();
        for record in state.records.in_order().filter(|r| !r.frame) {
            let asked = record.asked.map(|(_, event)| event);
            let linked = state.links.of(record.id);
            let linked = linked.filter(|l| l.link.from == record.id).map(|l| l.event);
            let waited = state.approvals.of_record(record.id).map(|r| r.event);
            let events = record.events.iter().chain(&record.corrections);
            let events = events.chain(&record.graded).chain(&record.taken_back);
            let events = events.chain(&record.kept_by);
            for event in events.copied().chain(asked).chain(linked).chain(waited) {
                if let Some(index) = trail.index_of(event) {
                    places.push(Place {
                        index,
                        event,
                        record: record.id,
                    });
                }
            }
        }
        drop(trail);
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Reads and opens an entry.
    pub(super) fn entry(
        &self,
        permit: &Permit,
        asking: &Asking,
        place: Place,
        event: StoredEvent,
    ) -> Result<Entry, Fault> {
        Ok(Entry {
            place,
            said: self.said(permit, asking, &event)?,
            event,
        })
    }

    /// What the docket knows of a record: its filing, and what its corrections say of date, place and participants.
    pub(super) fn known(
        &self,
        permit: &Permit,
        asking: &Asking,
        record: RecordId,
        known: &mut KnownRecords,
    ) -> Result<Arc<Known>, Fault> {
        if let Some(known) = known.get(&record) {
            return Ok(Arc::clone(known));
        }
        let missing = || Fault::Missing("a record that the docket lists");
        let (filing, corrections) = {
            let state = self.state();
            let record = state.records.get(record).ok_or_else(missing)?;
            (record.events[0], record.corrections.clone())
        };
        let filing = self.stored_event(filing)?;
        let Act::Filed(filed) = &filing.act else {
            return Err(Fault::Damaged("a record of the docket was never filed"));
        };
        let words = filed.groups.iter().filter(|g| g.holds.portions());
        let original = join(words.map(|g| &g.label)).ok_or_else(missing)?;
        let mut facts = self.said(permit, asking, &filing)?.facts;
        for correction in corrections {
            let event = self.stored_event(correction)?;
            let newer = self.said(permit, asking, &event)?.facts;
            if let (Some(facts), Some(newer)) = (&mut facts, newer) {
                facts.when = newer.when.or(facts.when.take());
                facts.place = newer.place.or(facts.place.take());
                if !newer.participants.is_empty() {
                    facts.participants = newer.participants;
                }
            }
        }
        let when = facts.as_ref().and_then(|f| f.when.as_ref());
        let days = when.and_then(Day::of_conversation);
        let found = Arc::new(Known {
            filed_at: filing.at,
            original,
            days: days.map(|days| (*days.start(), *days.end())),
            conversation: facts.map_or_else(Conversation::default, |facts| Conversation {
                date: facts.when.map(|when| when.to_string()),
                place: facts.place,
                participants: facts.participants,
            }),
        });
        known.insert(record, Arc::clone(&found));
        Ok(found)
    }

    /// For whom the words of a record were opened.
    pub(super) fn readings(&self, record: RecordId) -> Result<Readings, Fault> {
        let openings = self.trail().of_record(record);
        let mut by: BTreeMap<PersonId, (usize, Timestamp)> = BTreeMap::new();
        for opening in openings {
            let event = self.stored_event(opening)?;
            let state = self.state();
            let record = state.records.get(record);
            if let (Some(record), Some(actor)) = (record, event.actor)
                && gave_words(record, &event)
            {
                let (count, last) = by.entry(actor).or_insert((0, event.at));
                *count += 1;
                *last = event.at;
            }
        }
        let state = self.state();
        let mut by: Vec<ReadingsOf> = by
            .into_iter()
            .map(|(person, (count, last))| ReadingsOf {
                name: state.people.name_of(Some(person)),
                count,
                last: last.to_string(),
            })
            .collect();
        by.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Readings {
            count: by.iter().map(|of| of.count).sum(),
            by,
        })
    }
}

/// Whether an opening gave out words, or the original that has them; and not a piece of a recording or an attachment, of which
/// there is an event for each.
fn gave_words(record: &RecordState, event: &StoredEvent) -> bool {
    let Act::Opened {
        portions, original, ..
    } = &event.act
    else {
        return false;
    };
    let Some(first) = portions.first() else {
        return *original;
    };
    let mut groups = record.groups.iter();
    let group = groups.find(|g| g.portions.contains(first));
    // What has been sealed anew since was words: a file keeps its group.
    group.is_none_or(|g| !matches!(g.holds, Holds::Attachment | Holds::Recording))
}

/// The marking of a record as a whole at an index of the ledger, when the event there had been done: the join of the labels of
/// all words that were there.
pub(super) fn label_at(
    state: &State,
    record: &RecordState,
    index: u64,
    index_of: impl Fn(EventId) -> Option<u64>,
) -> Option<Label> {
    let by = |event: EventId| index_of(event).is_some_and(|at| at <= index);
    let label = |group: &Group| {
        let until_now = group.until_now();
        let then = until_now.iter().rev().find(|layer| by(layer.event));
        then.map_or(group.filed_under, |layer| layer.label)
    };
    let there = record.groups.iter();
    let there = there.filter(|g| g.holds.portions() && by(g.filed_by));
    join(there.map(|g| state.labels.get(label(g)).as_ref()))
}

/// The marking of a record now.
pub(super) fn label_now(state: &State, record: &RecordState) -> Option<Label> {
    let words = record.groups.iter().filter(|g| g.holds.portions());
    join(words.map(|g| state.labels.get(g.label).as_ref()))
}

/// A statement, as it is shown.
pub(super) fn shown(statement: &Statement) -> StatementShown {
    StatementShown {
        reason: statement.reason.clone(),
        authority: statement.authority.clone(),
        because: statement.because.clone(),
        from_system: statement.from_system.clone(),
        already_held_by: statement.already_held_by.clone(),
        override_because: statement.override_because.clone(),
        practice: statement.practice.map(|p| p.to_string()),
    }
}
