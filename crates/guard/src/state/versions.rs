//! Records after their filing: corrected, and withdrawn.
//!
//! What cannot happen: a version without those before it; a version by someone for whom the record does not exist; a
//! version whose label lies below what its corrector could read of the one before; a withdrawal by whoever asked for
//! it, or of a part of a record; one that was asked for being taken back by anybody else.
//!
//! A corrector need not see all of a record. To refuse because there is more would tell that there is; so the new
//! version is held to what its corrector could have the words from, and the portions above stay in the version before.

use strongroom_label::{ClearanceBits, Label, Policy};
use strongroom_record::event::{Filed, GroupRaised, StoredEvent, Withdrawn};
use strongroom_record::{EventId, PersonId, RecordId};

use super::bounds::each_once;
use super::labels::Labels;
use super::records::{Group, Layer, RecordState, Records, Withdrawal};
use crate::reading::join;
use crate::sealing::FIRST_VERSION;

const UNKNOWN: &str = "it is about a record that its actor cannot know of";
const GONE: &str = "it is about a record that was withdrawn";

impl RecordState {
    /// The number of the newest version, for whomever it is.
    pub(crate) fn newest(&self) -> u32 {
        let further = u32::try_from(self.corrections.len()).expect("versions are few");
        FIRST_VERSION + further
    }
    /// The event that filed a version.
    pub(crate) fn version_event(&self, version: u32) -> EventId {
        match version.checked_sub(FIRST_VERSION + 1) {
            None => self.events[0],
            Some(at) => self.corrections[at as usize],
        }
    }
    /// The versions of which a clearance admits to something, in their order. Their numbers for that reader are their
    /// places in this list: the numbers that the room gives would tell of versions above.
    pub(crate) fn versions(&self, labels: &Labels, clearance: &ClearanceBits) -> Vec<u32> {
        let mut versions: Vec<u32> = self
            .admitted(labels, clearance)
            .map(|g| g.version)
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }
    /// What a clearance admits to of the newest version of which it admits to anything.
    pub(crate) fn newest_admitted<'a>(
        &'a self,
        labels: &'a Labels,
        clearance: &'a ClearanceBits,
    ) -> Vec<&'a Group> {
        let mut groups: Vec<&Group> = self.admitted(labels, clearance).collect();
        let newest = groups.iter().map(|g| g.version).max();
        groups.retain(|g| Some(g.version) == newest);
        groups
    }
}

/// What a correction must be of what its corrector could read: the new version as a whole of all of it, and every part
/// of something of it.
fn holds_to(read: &[&Label], new: &[&Label]) -> bool {
    let of_all = |labels: &[&Label]| join(labels.iter().copied());
    let whole = match (of_all(read), of_all(new)) {
        (Some(read), Some(new)) => new.dominates(&read),
        _ => false,
    };
    whole && new.iter().all(|n| read.iter().any(|r| n.dominates(r)))
}

impl Records {
    pub(super) fn row(&mut self, id: RecordId) -> Result<&mut RecordState, &'static str> {
        let at = self.by_id.get(&id).copied();
        let record = at.map(|at| &mut self.rows[at]);
        record.filter(|r| !r.frame).ok_or(UNKNOWN)
    }

    pub(super) fn corrected(
        &mut self,
        event: &StoredEvent,
        filed: &Filed,
        labels: &mut Labels,
        policy: &Policy,
        corrector: &ClearanceBits,
    ) -> Result<(), &'static str> {
        let groups = self.new_groups(event.id, filed.version, &filed.groups, labels, policy)?;
        let record = self.row(filed.record)?;
        if record.withdrawn.is_some() {
            return Err(GONE);
        }
        if filed.version != record.newest() + 1 {
            return Err("it is not the version behind the last");
        }
        let of = |g: &&Group| labels.get(g.label).as_ref();
        let read = record.newest_admitted(labels, corrector);
        let read: Vec<&Label> = read.iter().map(of).collect();
        if read.is_empty() {
            return Err(UNKNOWN);
        }
        let new: Vec<&Label> = groups.iter().map(|g| of(&g)).collect();
        if !holds_to(&read, &new) {
            return Err("a correction cannot lower a label");
        }
        record.groups.extend(groups);
        record.corrections.push(event.id);
        Ok(())
    }

    pub(super) fn withdrawal_asked(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        labels: &Labels,
        (asker, clearance): (PersonId, &ClearanceBits),
    ) -> Result<(), &'static str> {
        let record = self.row(record)?;
        if !record.exists_for(labels, clearance) {
            return Err(UNKNOWN);
        }
        if record.withdrawn.is_some() || record.asked.is_some() {
            return Err("its record was withdrawn, or somebody asked for that already");
        }
        record.asked = Some((asker, event.id));
        Ok(())
    }

    /// Whoever asked takes it back. Both events stay with the record.
    pub(super) fn withdrawal_taken_back(
        &mut self,
        event: &StoredEvent,
        (record, asked): (RecordId, EventId),
        labels: &Labels,
        (person, clearance): (PersonId, &ClearanceBits),
    ) -> Result<(), &'static str> {
        let record = self.row(record)?;
        if !record.exists_for(labels, clearance) {
            return Err(UNKNOWN);
        }
        if record.withdrawn.is_some() {
            return Err(GONE);
        }
        if record.asked != Some((person, asked)) {
            return Err("its actor did not ask for that, or took it back already");
        }
        record.asked = None;
        record.taken_back.extend([asked, event.id]);
        Ok(())
    }

    pub(super) fn withdrawn(
        &mut self,
        event: &StoredEvent,
        withdrawn: &Withdrawn,
        labels: &mut Labels,
        policy: &Policy,
        (person, clearance): (PersonId, &ClearanceBits),
    ) -> Result<(), &'static str> {
        let record = self.row(withdrawn.record)?;
        if !record.exists_for(labels, clearance) {
            return Err(UNKNOWN);
        }
        let (asker, asked) = record.asked.ok_or("nobody asked for it")?;
        if asked != withdrawn.asked {
            return Err("it names another event than the one that asked for it");
        }
        if asker == person {
            return Err("whoever asked for a withdrawal does not do it");
        }
        self.put_away(
            event,
            (withdrawn.record, event.id),
            &withdrawn.groups,
            labels,
            policy,
        )
    }

    /// A withdrawal that a request was approved for.
    pub(super) fn taken_back(
        &mut self,
        event: &StoredEvent,
        withdrawn: &Withdrawn,
        (asker, asked): (PersonId, EventId),
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        if withdrawn.asked != asked {
            return Err("it names another event than the one that asked for it");
        }
        self.row(withdrawn.record)?.asked = Some((asker, asked));
        let by = (withdrawn.record, event.id);
        self.put_away(event, by, &withdrawn.groups, labels, policy)
    }

    /// Puts the quorum's layer around all that is stored of a record.
    pub(super) fn put_away(
        &mut self,
        event: &StoredEvent,
        (record, by): (RecordId, EventId),
        groups: &[GroupRaised],
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let record = self.row(record)?;
        if record.withdrawn.is_some() {
            return Err(GONE);
        }
        let once = each_once(groups.iter().map(|g| g.from));
        if !once || groups.len() != record.groups.len() {
            return Err("a withdrawal takes back all of a record, and each part of it once");
        }
        for raised in groups {
            let label = labels.intern(&raised.label, policy)?;
            let group = record.groups.iter_mut().find(|g| g.id == raised.from);
            let group = group.ok_or("it names an unknown group")?;
            if raised.to != raised.from || !labels.get(label).dominates(labels.get(group.label)) {
                return Err("a withdrawal leaves every group where it is, under its label");
            }
            group.label = label;
            group.layers.push(Layer {
                event: event.id,
                label,
                key_box: raised.key_box,
            });
        }
        record.withdrawn = Some(Withdrawal {
            by,
            event: event.id,
        });
        record.events.push(event.id);
        Ok(())
    }
}
