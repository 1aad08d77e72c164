//! Which entries of the docket are asked for.
//!
//! What the clear part of an event answers is asked first, so that nothing is opened of what is not meant.

use strongroom_label::{Label, Policy};
use strongroom_record::event::StoredEvent;
use strongroom_record::{Day, PersonId, PracticeId, RecordId, Timestamp, id};

use super::entries::{Entry, Known, Place};
use crate::api::DocketQuery;
use crate::refusal::{Code, Refusal, echoed};
use crate::state::State;

/// The words of acts that the docket lists.
const ACTS: [&str; 15] = [
    "filed",
    "restricted",
    "corrected",
    "graded",
    "linked",
    "hold-placed",
    "lowered",
    "approval-asked",
    "withdrawal-asked",
    "withdrawal-taken-back",
    "withdrawn",
    "destroyed",
    "hold-released",
    "schedule-set",
    "restored",
];

/// Two days, each of which may be open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    from: Option<Day>,
    to: Option<Day>,
}

impl Span {
    pub(super) fn read(from: Option<&str>, to: Option<&str>) -> Result<Self, Refusal> {
        let day = |text: Option<&str>| {
            let day = text.map(str::parse::<Day>).transpose();
            day.map_err(|e| Refusal::invalid(e.to_string()))
        };
        let span = Self {
            from: day(from)?,
            to: day(to)?,
        };
        if let (Some(from), Some(to)) = (span.from, span.to)
            && to < from
        {
            return Err(Refusal::invalid(format!("{to} is before {from}")));
        }
        Ok(span)
    }
    pub(super) fn has(&self, at: Timestamp) -> bool {
        let day = Day::of(at);
        self.overlaps((day, day))
    }
    /// Whether something that lies within these days may lie within the span.
    pub(super) fn overlaps(&self, (first, last): (Day, Day)) -> bool {
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
    }
    pub(super) fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// What is asked for.
pub(super) struct Filter {
    done: Span,
    conversation: Span,
    by: Option<PersonId>,
    reason: Option<String>,
    practice: Option<PracticeId>,
    marking: Option<String>,
    record: Option<RecordId>,
    act: Option<String>,
}

impl Filter {
    pub(super) fn read(state: &State, ask: &DocketQuery) -> Result<Self, Refusal> {
        if let Some(act) = ask.act.as_deref().filter(|act| !ACTS.contains(act)) {
            return Err(Refusal::invalid(format!(
                "{} is nothing that the docket lists",
                echoed(act)
            ))
            .hint(format!("it lists {}", ACTS.join(", "))));
        }
        if let Some(reason) = &ask.reason
            && state.policy.reason(reason).is_none()
        {
            let known = state.policy.reasons().iter();
            let known = known.map(|r| format!("{}: {}", r.code(), r.description()));
            return Err(
                Refusal::invalid(format!("the policy has no reason {}", echoed(reason)))
                    .details(known.collect()),
            );
        }
        if let Some(marking) = &ask.marking {
            restriction_of(&state.policy, None, marking)
                .map_err(|e| Refusal::no_marking(format!("--marking: {e}")))?;
        }
        Ok(Self {
            done: Span::read(ask.from.as_deref(), ask.to.as_deref())?,
            conversation: Span::read(
                ask.conversation_from.as_deref(),
                ask.conversation_to.as_deref(),
            )?,
            by: ask
                .by
                .as_deref()
                .map(|name| person(state, name))
                .transpose()?,
            reason: ask.reason.clone(),
            practice: ask
                .practice
                .as_deref()
                .map(|text| practice(state, text))
                .transpose()?,
            marking: ask.marking.clone(),
            record: ask
                .record
                .as_deref()
                .map(|text| record(state, text))
                .transpose()?,
            act: ask.act.clone(),
        })
    }

    /// What can be said before the event is read.
    pub(super) fn place(&self, place: &Place) -> bool {
        self.record.is_none_or(|record| place.record == record)
    }
    /// What its clear part answers.
    pub(super) fn event(&self, event: &StoredEvent) -> bool {
        self.done.has(event.at)
            && self.by.is_none_or(|by| event.actor == Some(by))
            && self
                .act
                .as_deref()
                .is_none_or(|act| event.act.word() == act)
    }
    /// What it takes its sealed part to answer.
    pub(super) fn entry(&self, entry: &Entry) -> bool {
        let statement = entry.said.statement();
        let reason = |reason: &String| statement.is_some_and(|s| s.reason == *reason);
        let practice = |id: &PracticeId| statement.is_some_and(|s| s.practice == Some(*id));
        self.reason.as_ref().is_none_or(reason) && self.practice.as_ref().is_none_or(practice)
    }
    /// What the docket knows of the record.
    pub(super) fn record(&self, policy: &Policy, known: &Known, present: Option<&Label>) -> bool {
        let dated = |days: (Day, Day)| self.conversation.overlaps(days);
        if !self.conversation.is_open() && !known.days.is_some_and(dated) {
            return false;
        }
        let Some(marking) = &self.marking else {
            return true;
        };
        let asks = |label: &Label| {
            restriction_of(policy, Some(label), marking)
                .is_ok_and(|given| label.asks_all_of(&given))
        };
        asks(&known.original) || present.is_some_and(asks)
    }
}

/// A marking, with the level of a label where it names none.
fn restriction_of(
    policy: &Policy,
    label: Option<&Label>,
    marking: &str,
) -> Result<Label, strongroom_label::MarkingError> {
    let lowest = policy.levels().first().expect("a policy has levels");
    let lowest = Label::of_level(lowest.name().clone());
    policy.parse_restriction(label.unwrap_or(&lowest), marking)
}

fn person(state: &State, name: &str) -> Result<PersonId, Refusal> {
    state.people.named(name).map(|p| p.id).ok_or_else(|| {
        Refusal::new(
            Code::NotFound,
            format!("there is no person named {} in the room", echoed(name)),
        )
        .hint("`person list` shows the persons of the room")
    })
}

/// The one thing among several whose id begins so.
fn one<T: ToString + Copy>(
    all: impl Iterator<Item = T>,
    text: &str,
    what: &str,
) -> Result<T, Refusal> {
    let prefix = id::normal_prefix(text)
        .map_err(|e| Refusal::invalid(format!("{text:?} does not name a {what}: {e}")))?;
    let mut named = all.filter(|id| id.to_string().starts_with(&prefix));
    let found = named
        .next()
        .ok_or_else(|| Refusal::new(Code::NotFound, format!("the docket has no {what} {text}")))?;
    if named.next().is_some() {
        return Err(Refusal::new(
            Code::Conflict,
            format!(
                "{} is the beginning of the ids of several: give more of it",
                echoed(text)
            ),
        ));
    }
    Ok(found)
}

fn practice(state: &State, text: &str) -> Result<PracticeId, Refusal> {
    one(state.practices.iter().map(|p| p.id), text, "practice")
}

pub(super) fn record(state: &State, text: &str) -> Result<RecordId, Refusal> {
    let records = state.records.in_order().filter(|r| !r.frame);
    one(records.map(|r| r.id), text, "record")
}

/// The place of an entry that is named by its id, or the beginning of it.
pub(super) fn place_of(places: &[Place], text: &str) -> Result<usize, Refusal> {
    let event = one(places.iter().map(|p| p.event), text, "entry")?;
    let mut places = places.iter();
    Ok(places
        .position(|p| p.event == event)
        .expect("found among them"))
}
