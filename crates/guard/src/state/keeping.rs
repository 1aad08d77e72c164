//! How long records are kept: their schedule, what fell due, the holds on them.
//!
//! What cannot happen: a label that falls while a hold lies on the record, without a due date that has come, or by
//! somebody who does not hold the present label; a label that does not fall below what it was; a portion that was
//! restricted since its record's due date was set.

use strongroom_label::{ClearanceBits, Policy};
use strongroom_record::event::{
    Due, FiledKeeping, GroupLowered, Lowered, LoweredBy, Role, StoredEvent,
};
use strongroom_record::{EventId, RecordId, Timestamp, decode};

use super::bounds::each_once;
use super::labels::{LabelRef, Labels};
use super::people::Person;
use super::records::{Group, RecordState, Records};
use crate::limits::DUE_MAX;

const UNKNOWN: &str = "it is about a record that its actor cannot know of";

/// How long a record is kept, as its filing said, or an act after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// When it was filed: terms run from then.
    pub(crate) filed_at: Timestamp,
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

impl Keeping {
    /// As a filing says.
    pub(super) fn filed(
        event: &StoredEvent,
        keeping: &FiledKeeping,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<Self, &'static str> {
        let schedule = keeping.schedule.clone();
        if schedule
            .as_deref()
            .is_some_and(|name| policy.schedule(name).is_none())
        {
            return Err("it names a schedule that the policy does not have");
        }
        Ok(Self {
            filed_at: event.at,
            schedule,
            due: due((event, 1), &keeping.due, labels, policy)?,
        })
    }
    /// The last of what fell due by an instant.
    pub(crate) fn due_at(&self, now: Timestamp) -> Option<DueLabel> {
        self.due.iter().rfind(|due| due.on <= now).copied()
    }
}

/// What falls due, as an event says it.
fn due(
    (event, raised): (&StoredEvent, u32),
    due: &[Due],
    labels: &mut Labels,
    policy: &Policy,
) -> Result<Vec<DueLabel>, &'static str> {
    if due.len() > DUE_MAX || !due.is_sorted_by(|a, b| a.on < b.on) {
        return Err("what falls due is out of order, or more than may");
    }
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
        !group
            .layers
            .iter()
            .all(|layer| before.contains(&&layer.event))
    }

    /// Whether a group falls with what fell due: it is words, of a label above that one, and was not raised since.
    pub(crate) fn falls(
        &self,
        group: &Group,
        due: DueLabel,
        (labels, policy): (&Labels, &Policy),
    ) -> bool {
        group.holds.portions()
            && below((labels, policy), due.label, group.label)
            && !self.raised_since(group, due)
    }
}

/// Whether a label is below another: it asks for something less, and for nothing more.
pub(crate) fn below(
    (labels, policy): (&Labels, &Policy),
    label: LabelRef,
    other: LabelRef,
) -> bool {
    policy.is_below(labels.get(label), labels.get(other))
}

impl Records {
    pub(super) fn hold_placed(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        labels: &Labels,
        person: &Person,
    ) -> Result<(), &'static str> {
        // By its id a record can be held by those who watch over all of them, known to them or not.
        let by_id = person.may(Role::Inspector) || person.may(Role::SecurityOfficer);
        let at = self.by_id.get(&record).copied();
        let record = at.map(|at| &mut self.rows[at]).filter(|r| !r.frame);
        let Some(record) = record else {
            return if by_id { Ok(()) } else { Err(UNKNOWN) };
        };
        if !by_id && !record.exists_for(labels, &person.bits) {
            return Err(UNKNOWN);
        }
        record.holds.push(event.id);
        record.kept_by.push(event.id);
        Ok(())
    }

    pub(super) fn lowered(
        &mut self,
        event: &StoredEvent,
        lowered: &Lowered,
        labels: &mut Labels,
        policy: &Policy,
        clearance: &ClearanceBits,
    ) -> Result<(), &'static str> {
        let record = self.row(lowered.record)?;
        if record.withdrawn.is_some() {
            return Err("it lowers a record that was withdrawn");
        }
        if !record.holds.is_empty() {
            return Err("it lowers a record on which a hold lies");
        }
        let LoweredBy::Due(set_by) = lowered.by;
        let keeping = record.keeping.as_ref();
        let due = keeping.and_then(|keeping| keeping.due_at(event.at));
        let due = due.filter(|due| due.set_by == set_by);
        let due = due.ok_or("it lowers what did not fall due")?;
        for group in &lowered.groups {
            let label = labels.intern(&group.label, policy)?;
            let from = record.groups.iter().find(|g| g.id == group.from);
            let from = from.ok_or("it lowers a group that the record does not have")?;
            if !labels.admits(clearance, from.label) {
                return Err("it is done by somebody who does not hold the present label");
            }
            if !below((&*labels, policy), label, from.label) {
                return Err("a label falls to one that is not below it");
            }
            let falls = !from.holds.portions() || record.falls(from, due, (&*labels, policy));
            if label != due.label || !falls {
                return Err("it lowers what did not fall due");
            }
        }
        for group in &lowered.groups {
            let label = labels.intern(&group.label, policy)?;
            self.lower_group(event, lowered.record, group, label)?;
        }
        // A file beside the words holds all of them: it falls with the last.
        let record = self.row(lowered.record)?;
        let words_within = |label: LabelRef| {
            let mut words = record.groups.iter().filter(|g| g.holds.portions());
            words.all(|g| g.label == label || below((&*labels, policy), g.label, label))
        };
        let mut files = record.groups.iter().filter(|g| !g.holds.portions());
        if files.any(|g| g.sealed_by == event.id && !words_within(g.label)) {
            return Err("a file beside the words falls below them");
        }
        record.kept_by.push(event.id);
        Ok(())
    }

    fn lower_group(
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
