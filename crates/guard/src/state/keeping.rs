//! How long records are kept: their schedule, what fell due, the holds on them.
//!
//! What cannot happen: a label that falls while a hold lies on the record, without a due date that has come or an
//! approved request, or by somebody who does not hold the present label; a label that does not fall below what it was; a
//! portion that was restricted since its record's due date was set; a restriction that is undone after a day.

use std::time::Duration;

use strongroom_label::{Label, LabelBits, Policy};
use strongroom_record::approval::Asked;
use strongroom_record::event::{
    Act, Due, FiledKeeping, GroupLowered, Lowered, LoweredBy, Role, StoredEvent,
};
use strongroom_record::{EventId, PersonId, RecordId, Timestamp, decode};

use super::State;
use super::bounds::each_once;
use super::labels::{LabelRef, Labels};
use super::people::Person;
use super::records::{Group, RecordState, Records};
use crate::laws::Law;
use crate::limits::{DECIDED_LAG_MAX, DUE_MAX, UNDO_WITHIN};

type Broken = &'static str;

const UNKNOWN: Broken = "it is about a record that its actor cannot know of";

/// How long a record is kept, as its filing said, or an act after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// The schedule's name.
    pub(crate) schedule: Option<String>,
    /// What its label is to fall to, each later than the one before.
    pub(crate) due: Vec<DueLabel>,
}

/// A label that falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DueLabel {
    /// The event that says so.
    pub(crate) set_by: EventId,
    /// From when on.
    pub(crate) on: Timestamp,
    /// The label from then on.
    pub(crate) label: LabelRef,
    /// Events that had raised the record by then, its filing among them: what rose later does not fall with it.
    pub(crate) raised: u32,
}

/// A restriction that came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastRaised {
    pub(crate) event: EventId,
    pub(crate) by: PersonId,
    pub(crate) at: Timestamp,
}

impl LastRaised {
    /// Whether it may still be undone: within a day.
    pub(crate) fn is_fresh(&self, now: Timestamp, lag: Duration) -> bool {
        now < self.at.plus(UNDO_WITHIN).plus(lag)
    }
}

impl Keeping {
    /// As a filing says.
    pub(super) fn filed(
        event: &StoredEvent,
        keeping: &FiledKeeping,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<Self, Broken> {
        let schedule = keeping.schedule.clone();
        may_be_kept_so(policy, schedule.as_deref(), Some(&keeping.due))?;
        Ok(Self {
            schedule,
            due: due((event, 1), &keeping.due, labels, policy)?,
        })
    }
    /// The last of what fell due by an instant.
    pub(crate) fn due_at(&self, now: Timestamp) -> Option<DueLabel> {
        self.due.iter().rfind(|due| due.on <= now).copied()
    }
}

/// Whether a record can be kept so.
fn may_be_kept_so(
    policy: &Policy,
    schedule: Option<&str>,
    due: Option<&[Due]>,
) -> Result<(), Broken> {
    if schedule.is_some_and(|name| policy.schedule(name).is_none()) {
        return Err("it names a schedule that the policy does not have");
    }
    let due = due.unwrap_or_default();
    if due.len() > DUE_MAX || !due.is_sorted_by(|a, b| a.on < b.on) {
        return Err("what falls due is out of order, or more than may");
    }
    let known = |label: &Label| LabelBits::new(policy, label).is_ok();
    if !due.iter().all(|due| known(&due.label)) {
        return Err("the policy does not know the label");
    }
    Ok(())
}

/// What falls due, as an event says it.
fn due(
    (event, raised): (&StoredEvent, u32),
    due: &[Due],
    labels: &mut Labels,
    policy: &Policy,
) -> Result<Vec<DueLabel>, Broken> {
    let of_policy = |due: &Due| {
        Ok(DueLabel {
            set_by: event.id,
            on: due.on,
            label: labels.intern(&due.label, policy)?,
            raised,
        })
    };
    due.iter().map(of_policy).collect()
}

impl RecordState {
    /// Whether a group was raised after what fell due was set, which then does not speak of it any more.
    fn raised_since(&self, group: &Group, due: DueLabel) -> bool {
        let before = self.events.iter().take(due.raised as usize);
        let before: Vec<&EventId> = before.collect();
        let known = |event: &EventId| before.contains(&event);
        !group.layers.iter().all(|layer| known(&layer.event))
    }

    /// Whether a group falls with what fell due: it is words, of a label above that one, and was not raised since.
    pub(crate) fn falls(
        &self,
        group: &Group,
        due: DueLabel,
        (labels, policy): (&Labels, &Policy),
    ) -> bool {
        group.holds.portions()
            && policy.is_below(labels.get(due.label), labels.get(group.label))
            && !self.raised_since(group, due)
    }
}

impl State {
    /// Whether a record can be kept so, by a request.
    pub(crate) fn may_be_kept_so(
        &self,
        schedule: Option<&str>,
        due: Option<&[Due]>,
    ) -> Result<(), Broken> {
        if schedule.is_none() && due.is_none() {
            return Err("nothing would change about keeping the record");
        }
        may_be_kept_so(&self.policy, schedule, due)
    }

    /// Takes in what was done about keeping a record: that its label fell, that a hold was released, that a schedule
    /// was set.
    pub(super) fn kept(&mut self, event: &StoredEvent) -> Result<(), Broken> {
        match &event.act {
            Act::Lowered(lowered) => self.fell(event, lowered),
            Act::HoldReleased {
                record,
                hold,
                request,
            } => {
                let asked = Asked::ReleaseHold {
                    record: *record,
                    hold: *hold,
                };
                self.carried_out(Some(*request), event, |a| *a == asked)?;
                let record = self.records.row(*record)?;
                let at = record.holds.iter().position(|h| h == hold);
                record
                    .holds
                    .remove(at.ok_or("it releases a hold that does not lie on the record")?);
                record.kept_by.push(event.id);
                Ok(())
            }
            Act::ScheduleSet {
                record,
                schedule,
                due: falls,
                request,
            } => {
                let asked = Asked::Schedule {
                    record: *record,
                    schedule: schedule.clone(),
                    due: falls.clone(),
                };
                self.carried_out(Some(*request), event, |a| *a == asked)?;
                self.may_be_kept_so(schedule.as_deref(), falls.as_deref())?;
                let raised = self.records.row(*record)?.events.len();
                let raised = u32::try_from(raised).map_err(|_| "it rose too often")?;
                let set = falls
                    .as_deref()
                    .map(|falls| due((event, raised), falls, &mut self.labels, &self.policy))
                    .transpose()?;
                let record = self.records.row(*record)?;
                let keeping = record.keeping.get_or_insert(Keeping {
                    schedule: None,
                    due: Vec::new(),
                });
                if schedule.is_some() {
                    keeping.schedule.clone_from(schedule);
                }
                if let Some(set) = set {
                    keeping.due = set;
                }
                record.kept_by.push(event.id);
                Ok(())
            }
            _ => unreachable!("the others are applied elsewhere"),
        }
    }

    fn fell(&mut self, event: &StoredEvent, lowered: &Lowered) -> Result<(), Broken> {
        let by_request = match lowered.by {
            LoweredBy::Due(_) => None,
            LoweredBy::Request(id) => {
                let is = |asked: &Asked| {
                    asked.record() == Some(lowered.record)
                        && matches!(asked, Asked::Lower { .. } | Asked::UndoRestriction { .. })
                };
                Some(self.carried_out(Some(id), event, is)?)
            }
        };
        let actor = event.actor.and_then(|id| self.people.get(id));
        let actor = actor.ok_or("nobody did it")?;
        let record = self.records.get(lowered.record).filter(|r| !r.frame);
        let record = record.ok_or(UNKNOWN)?;
        if record.withdrawn.is_some() || record.destroyed.is_some() {
            return Err("it lowers a record that was withdrawn or destroyed");
        }
        Law::HoldStopsLowering.ensure(record.holds.is_empty())?;
        let falling = match (lowered.by, &by_request) {
            (LoweredBy::Due(set_by), _) => {
                let due = record.keeping.as_ref().and_then(|k| k.due_at(event.at));
                let due = due.filter(|due| due.set_by == set_by);
                let due = due.ok_or("it lowers what did not fall due")?;
                self.falls_due(record, due, actor)
            }
            (_, Some(request)) => {
                if let Asked::UndoRestriction { restriction, .. } = request.asked {
                    let last = record.restricted.filter(|last| last.event == restriction);
                    let fresh = last.is_some_and(|last| last.is_fresh(event.at, DECIDED_LAG_MAX));
                    Law::UndoneInTime.ensure(fresh)?;
                }
                self.falls_by(&request.asked, &request.seen, actor)?
            }
            (LoweredBy::Request(_), None) => unreachable!("it was looked up"),
        };
        let held = |fall: &super::Fall| {
            let group = record.groups.iter().find(|g| g.id == fall.group);
            group.is_some_and(|g| self.labels.admits(&actor.bits, g.label))
        };
        if !falling.words().iter().all(held) {
            return Err("it is done by somebody who does not hold the present label");
        }
        if falling.is_empty() || !falling.is(&lowered.groups) {
            return Err("it lowers something else than what is to fall");
        }
        for group in &lowered.groups {
            let label = self.labels.intern(&group.label, &self.policy)?;
            self.records
                .lower_group(event, lowered.record, group, label)?;
        }
        let record = self.records.row(lowered.record)?;
        record.restricted = None;
        record.kept_by.push(event.id);
        Ok(())
    }
}

impl Records {
    pub(super) fn hold_placed(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        labels: &Labels,
        person: &Person,
    ) -> Result<(), Broken> {
        // By its id a record can be held by those who watch over all of them, known to them or not.
        let by_id = person.may(Role::Inspector) || person.may(Role::SecurityOfficer);
        let Ok(record) = self.row(record) else {
            return if by_id { Ok(()) } else { Err(UNKNOWN) };
        };
        if !by_id && !record.exists_for(labels, &person.bits) {
            return Err(UNKNOWN);
        }
        record.holds.push(event.id);
        record.kept_by.push(event.id);
        Ok(())
    }

    pub(super) fn lower_group(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        lowered: &GroupLowered,
        label: LabelRef,
    ) -> Result<(), &'static str> {
        let new = lowered.to != lowered.from;
        if new && !self.groups.insert(lowered.to) {
            return Err("words fall into a group that exists already");
        }
        let groups = &mut self.row(record)?.groups;
        let at = groups.iter().position(|g| g.id == lowered.from);
        let at = at.ok_or("it lowers a group that the record does not have")?;
        let group = &mut groups[at];
        if new != group.holds.portions() || new == lowered.portions.is_empty() {
            return Err("words fall into another group, and a file as the value that it is");
        }
        if !new {
            group.past = group.until_now();
            group.layers.clear();
            (group.label, group.key_label) = (label, label);
            (group.key_box, group.sealed_by) = (lowered.key_box, event.id);
            return Ok(());
        }
        let portions = &lowered.portions;
        if !each_once(portions) || !portions.iter().all(|p| group.portions.contains(p)) {
            return Err("it lowers portions that are not in the group, or one of them twice");
        }
        let fallen = Group {
            id: lowered.to,
            version: group.version,
            holds: group.holds,
            filed_under: label,
            label,
            key_row: lowered.to,
            key_box: lowered.key_box,
            key_label: label,
            sealed_by: event.id,
            past: group.until_now(),
            filed_by: group.filed_by,
            seals: decode(&lowered.seals).map_err(|_| "the digest of its seals cannot be read")?,
            layers: Vec::new(),
            portions: portions.clone(),
        };
        group.portions.retain(|p| !portions.contains(p));
        let emptied = group.portions.is_empty().then(|| groups.remove(at).id);
        groups.insert(at, fallen);
        if let Some(gone) = emptied {
            self.groups.remove(&gone);
        }
        Ok(())
    }
}
