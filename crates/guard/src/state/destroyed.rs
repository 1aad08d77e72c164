//! Records that were destroyed: what is left of them is that they were there.
//!
//! What cannot happen: a record is destroyed twice, or in part; a slot counts as wiped whose record was not destroyed, or
//! had none.

use std::collections::BTreeSet;

use strongroom_label::{Keep, Schedule};
use strongroom_record::approval::Asked;
use strongroom_record::event::{Destroyed, StoredEvent};
use strongroom_record::{EventId, GroupId, RecordId, Timestamp};

use super::State;
use super::bounds::each_once;
use super::records::{Destruction, RecordState, Records};
use crate::due::{kept_until, schedule};
use crate::laws::Law;

type Broken = &'static str;

/// How many stored values and how many wrapped keys a record has.
pub(crate) fn counts(record: &RecordState) -> (u32, u32) {
    // Groups that were parted from one another share the row of their record key.
    let keys: BTreeSet<GroupId> = record.groups.iter().map(|g| g.key_row).collect();
    let layers: usize = record.groups.iter().map(|g| g.layers.len()).sum();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (count(record.groups.len()), count(keys.len() + layers))
}

/// Whether a record may be destroyed at an instant as things are, whoever agreed to it. The guard asks this before it takes a
/// request and before it carries one out, and the fold asks it too: so nothing is written that would stop that.
///
/// # Errors
/// The rule that keeps it.
pub(crate) fn may_be_destroyed(
    state: &State,
    record: &RecordState,
    now: Timestamp,
) -> Result<(), Broken> {
    still_there(record)?;
    Law::NoHold.ensure(record.holds.is_empty())?;
    // Else destroying a record would bury what is said against its placing.
    let challenges = state.challenges.of_record(record.id);
    if challenges.iter().any(|c| c.answered.is_none()) {
        return Err(
            "a challenge of this record waits for an answer: it is not destroyed before (`challenges`)",
        );
    }
    term_is_over(state, record, now)
}

/// Whether a record's schedule has it kept still. Where the policy has no schedule, it says nothing of how long.
fn term_is_over(state: &State, record: &RecordState, now: Timestamp) -> Result<(), Broken> {
    match schedule(state, record).map(Schedule::keep) {
        Some(Keep::Permanent) => {
            Err("the schedule of this record has it kept for good: it is never destroyed")
        }
        Some(Keep::Years(_)) if kept_until(state, record).is_none_or(|until| now < until) => {
            Err("the term of this record's schedule has not run out: it is not destroyed before")
        }
        Some(Keep::Years(_)) | None => Ok(()),
    }
}

fn still_there(record: &RecordState) -> Result<(), Broken> {
    if record.frame {
        return Err("what lies between the records of a file is no record");
    }
    if record.destroyed.is_some() {
        return Err("the record was destroyed before");
    }
    Ok(())
}

impl State {
    /// A record is destroyed, for which a request was approved.
    pub(super) fn destroyed(
        &mut self,
        event: &StoredEvent,
        destroyed: &Destroyed,
    ) -> Result<(), Broken> {
        let of = destroyed.record;
        let is = |asked: &Asked| matches!(asked, Asked::Destroy { record } if *record == of);
        let request = self.carried_out(destroyed.request, event, is)?;
        if request.event != destroyed.asked {
            return Err("it names another event than the one that asked for it");
        }
        let record = self
            .records
            .get(of)
            .ok_or("it destroys an unknown record")?;
        may_be_destroyed(self, record, event.at)?;
        self.records.destroyed(event, destroyed)
    }
}

impl Records {
    fn destroyed(&mut self, event: &StoredEvent, destroyed: &Destroyed) -> Result<(), Broken> {
        let record = self.standing(destroyed.record)?;
        if counts(record) != (destroyed.values, destroyed.wraps) {
            return Err("it destroys another number of values or of keys than the record has");
        }
        gone(record, (event.id, event.id), destroyed.slot);
        Ok(())
    }

    /// A record that there is something left of to be destroyed.
    fn standing(&mut self, id: RecordId) -> Result<&mut RecordState, Broken> {
        let record = self.by_id.get(&id).map(|at| &mut self.rows[*at]);
        let record = record.ok_or("it destroys an unknown record")?;
        still_there(record)?;
        Ok(record)
    }

    /// A record that was destroyed after the backup from which the room was restored.
    pub(super) fn destroyed_again(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        by: EventId,
    ) -> Result<(), Broken> {
        let record = self.standing(record)?;
        gone(record, (by, event.id), false);
        Ok(())
    }

    pub(super) fn slots_wiped(
        &mut self,
        event: &StoredEvent,
        records: &[RecordId],
    ) -> Result<(), Broken> {
        if records.is_empty() || !each_once(records) {
            return Err("it wipes no slot, or one of them twice");
        }
        for id in records {
            let record = self.by_id.get(id).map(|at| &mut self.rows[*at]);
            let destroyed = record.and_then(|r| r.destroyed.as_mut());
            let due = destroyed.filter(|d| d.slot && d.wiped.is_none());
            let due = due.ok_or("it wipes the slot of a record that has none to be wiped")?;
            due.wiped = Some(event.id);
        }
        Ok(())
    }
}

fn gone(record: &mut RecordState, (by, event): (EventId, EventId), slot: bool) {
    let groups = std::mem::take(&mut record.groups);
    record.destroyed = Some(Destruction {
        by,
        event,
        slot,
        wiped: None,
        groups: groups.iter().map(|g| g.id).collect(),
    });
    record.events.push(event);
}
