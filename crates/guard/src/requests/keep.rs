//! Requests about keeping records: lowering, undoing a restriction, releasing a hold.

use std::collections::BTreeSet;
use std::time::Duration;

use strongroom_record::approval::Asked;
use strongroom_record::event::{Act, Lowered, LoweredBy};
use strongroom_record::{EventId, PortionId, RecordId, id};

use crate::command::Command;
use crate::due::not_held;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::laws::Law;
use crate::reading::marking_shown;
use crate::refusal::{Code, Refusal};
use crate::state::{Falling, Person, RecordState, Request, State};

impl Core {
    /// A lowering, of a record or of portions.
    pub(super) fn lower_asked(
        &self,
        asking: &Asking,
        state: &State,
        (record, to, portions): (&str, &str, &[String]),
    ) -> Result<Asked, Stop> {
        let person = asking.active(state)?;
        let record = self.standing(state, person, record)?;
        let label = state
            .policy
            .parse_marking(to)
            .map_err(|e| Refusal::no_marking(format!("--to: {e}")))?;
        let named: BTreeSet<PortionId> =
            self.named_portions(asking, state, person, record, portions)?;
        Ok(Asked::Lower {
            record: record.id,
            portions: named.into_iter().collect(),
            label,
        })
    }

    /// The undoing of the last restriction.
    pub(super) fn undo_asked(
        &self,
        state: &State,
        person: &Person,
        record: &str,
    ) -> Result<Asked, Stop> {
        let record = self.standing(state, person, record)?;
        let last = record.restricted.filter(|last| last.by == person.id);
        let last = last.ok_or_else(|| {
            Refusal::new(
                Code::Conflict,
                "the last that was done to this record is no restriction of yours",
            )
            .hint("`request lower` asks for a record to be lowered that somebody else restricted")
        })?;
        let asked = Asked::UndoRestriction {
            record: record.id,
            restriction: last.event,
        };
        let seen = super::kinds::seen(state, &asked, person);
        if let Ok(falling) = state.falls_by(&asked, &seen, person) {
            self.may_be_undone(record, last.event, &falling)?;
        }
        Ok(asked)
    }

    /// Whether a restriction is less than a day old, and nobody has read since what falls by its undoing, or is reading it.
    fn may_be_undone(
        &self,
        record: &RecordState,
        restriction: EventId,
        falling: &Falling,
    ) -> Result<(), Stop> {
        let last = record.restricted.filter(|last| last.event == restriction);
        let fresh = last.is_some_and(|last| last.is_fresh(self.now(), Duration::ZERO));
        Law::UndoneInTime.ensure(fresh).map_err(|_| {
            Refusal::new(
                Code::Conflict,
                "a restriction is undone within a day, as the last that was done to its record",
            )
            .hint("`request lower` asks for the record to be lowered")
        })?;
        let unread = |so: bool| {
            Law::UndoneUnread.ensure(so).map_err(|_| {
                Refusal::new(
                    Code::Conflict,
                    "somebody has read this record since it was restricted: that cannot be undone",
                )
                .hint("`history` says who; `request lower` asks for the record to be lowered")
            })
        };
        // One that is under way is asked for first: it ends once it is noted.
        unread(!self.in_flight.has(record.id))?;
        let openings = {
            let trail = self.trail();
            let since = trail.index_of(restriction);
            let openings = trail.of_record(record.id).into_iter();
            openings
                .filter(|event| trail.index_of(*event) > since)
                .collect::<Vec<_>>()
        };
        let raised = |portion: &PortionId| {
            let mut words = falling.words().iter();
            words.any(|fall| fall.portions.contains(portion))
        };
        for event in openings {
            let opened = self.stored_event(event)?;
            let read = match &opened.act {
                Act::Opened { portions, .. } => portions.iter().any(raised),
                _ => false,
            };
            unread(!read)?;
        }
        Ok(())
    }

    /// The release of a hold.
    pub(super) fn release_asked(
        &self,
        state: &State,
        person: &Person,
        record: &str,
        hold: Option<&str>,
    ) -> Result<Asked, Stop> {
        let known = match self.resolve(state, person, record) {
            Ok(known) => known,
            // Inspectors know that there are records, and which.
            Err(refusal) if state.oversees(person) => {
                let id: RecordId = record.parse().map_err(|_| refusal.clone())?;
                let known = state.records.get(id).filter(|r| !r.frame);
                known.ok_or(refusal)?
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let named: Vec<EventId> = match hold {
            None => known.holds.clone(),
            Some(text) => {
                let prefix = id::normal_prefix(text)
                    .map_err(|e| Refusal::invalid(format!("{text:?} does not name a hold: {e}")))?;
                let named = known.holds.iter().copied();
                named
                    .filter(|hold| hold.to_string().starts_with(&prefix))
                    .collect()
            }
        };
        match named.as_slice() {
            [hold] => Ok(Asked::ReleaseHold {
                record: known.id,
                hold: *hold,
            }),
            [] => Err(
                Refusal::new(Code::NotFound, "no such hold lies on this record")
                    .hint("`hold list` shows the holds that you may know of")
                    .into(),
            ),
            _ => Err(
                Refusal::new(Code::Conflict, "several holds lie on this record")
                    .hint("name one with --hold, as `hold list` shows them")
                    .into(),
            ),
        }
    }

    /// Lowers what a request asked for, in the session of the last who approved it.
    pub(super) fn lower_for(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        request: &Request,
    ) -> Result<Vec<String>, Stop> {
        let person = asking.active(state)?;
        let record = request.asked.record().and_then(|id| state.records.get(id));
        let record = record.ok_or(Fault::Missing("a record"))?;
        not_held(record)?;
        let falling = state
            .falls_by(&request.asked, &request.seen, person)
            .map_err(|rule| {
                Refusal::new(
                    Code::Conflict,
                    format!("this cannot be carried out as things are: {rule}"),
                )
            })?;
        if let Asked::UndoRestriction { restriction, .. } = request.asked {
            self.may_be_undone(record, restriction, &falling)?;
        }
        let event = command.draw_event_id();
        let groups = self.lower_now(asking, state, record, &falling, event, command)?;
        let lowered = Lowered {
            record: record.id,
            by: LoweredBy::Request(request.id),
            groups,
        };
        command.event_as(event, Act::Lowered(Box::new(lowered)), Vec::new());
        let labels: BTreeSet<String> = falling
            .labels()
            .map(|label| marking_shown(&state.policy, label))
            .collect();
        let labels: Vec<String> = labels.into_iter().collect();
        Ok(vec![format!(
            "{} is lowered to {}",
            record.id,
            labels.join(", ")
        )])
    }
}
