//! Records as the events describe them: which groups each has, under which labels, in how many layers.

use std::collections::{BTreeMap, HashSet};

use strongroom_label::{ClearanceBits, Policy};
use strongroom_record::event::{
    Act, Filed, GroupFiled, GroupRaised, Holds, RecordingFiled, StoredEvent,
};
use strongroom_record::{
    BoxId, EventId, GroupId, PersonId, PortionId, RecordId, Timestamp, decode,
};
use strongroom_seal::Digest;

use crate::limits::GRADINGS_MAX;

use super::keeping::{Keeping, LastRaised};
use super::labels::{Admitted, LabelRef, Labels};
use crate::sealing::FIRST_VERSION;

/// A layer that a restriction put around a group's stored bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    /// The restriction.
    pub(crate) event: EventId,
    /// The label from then on.
    pub(crate) label: LabelRef,
    /// The box under which the layer's key is wrapped.
    pub(crate) key_box: BoxId,
}

/// One stored value of a record.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    /// The version of the record that it belongs to.
    pub(crate) version: u32,
    pub(crate) holds: Holds,
    /// The label under which it was filed.
    pub(crate) filed_under: LabelRef,
    /// The label now.
    pub(crate) label: LabelRef,
    /// The group in whose row the wrapped record key lies: itself, unless it was parted from another.
    pub(crate) key_row: GroupId,
    /// The box under which the record key was wrapped at filing, or when the label fell.
    pub(crate) key_box: BoxId,
    /// The label of that box: that of the filing, or the one that it fell to.
    pub(crate) key_label: LabelRef,
    /// The event that the record key is bound to: the filing, or the lowering.
    pub(crate) sealed_by: EventId,
    /// Before its label fell: its filing, restrictions, and lowerings, each with the box that its words were sealed under.
    pub(crate) past: Vec<Layer>,
    /// The filing event.
    pub(crate) filed_by: EventId,
    /// What the filing event says of how the portions of the key's row were sealed.
    pub(crate) seals: Digest,
    /// Outermost last.
    pub(crate) layers: Vec<Layer>,
    pub(crate) portions: Vec<PortionId>,
}

/// A record.
#[derive(Debug)]
pub(crate) struct RecordState {
    pub(crate) id: RecordId,
    /// Who filed it.
    pub(crate) filer: Option<PersonId>,
    /// A frame holds what lies between the records of a file: it has no portions, and is not listed.
    pub(crate) frame: bool,
    /// Of every version.
    pub(crate) groups: Vec<Group>,
    /// Filing first, then restrictions, and the withdrawal.
    pub(crate) events: Vec<EventId>,
    /// Gradings of it and of its portions, in the order of the ledger.
    pub(crate) graded: Vec<EventId>,
    /// The corrections: those of version 2 and further.
    pub(crate) corrections: Vec<EventId>,
    /// Who asked for it to be withdrawn, and with which event.
    pub(crate) asked: Option<(PersonId, EventId)>,
    /// Where that was taken back: what asked for it, and what took it back, in the order of the ledger.
    pub(crate) taken_back: Vec<EventId>,
    /// That it was withdrawn.
    pub(crate) withdrawn: Option<Withdrawal>,
    /// When it was filed: terms run from then.
    pub(crate) filed_at: Timestamp,
    /// The restriction that came last, if nothing fell since.
    pub(crate) restricted: Option<LastRaised>,
    /// How long it is kept, if its filing said so.
    pub(crate) keeping: Option<Keeping>,
    /// The holds that lie on it, by the events that placed them.
    pub(crate) holds: Vec<EventId>,
    /// What was done about keeping it, in the order of the ledger.
    pub(crate) kept_by: Vec<EventId>,
    /// Its recording is in whole.
    pub(crate) recorded: bool,
    /// That it was destroyed. It has no groups then, and so is in nobody's view.
    pub(crate) destroyed: Option<Destruction>,
}

/// How a record came to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destruction {
    /// The event that destroyed it. Where a restore lost that, the ledger has it no more.
    pub(crate) by: EventId,
    /// The event that the ledger has: the same, or a restore.
    pub(crate) event: EventId,
    /// Its keys lay under a slot.
    pub(crate) slot: bool,
    /// The event that says that the slot was wiped.
    pub(crate) wiped: Option<EventId>,
    /// The groups that it had: no other has their ids.
    pub(crate) groups: Vec<GroupId>,
}

/// How a record came to be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Withdrawal {
    /// The event that withdrew it. Where a restore lost that, the ledger has it no more.
    pub(crate) by: EventId,
    /// The event that put the layers on, which the ledger has: the same, or a restore.
    pub(crate) event: EventId,
}

impl Group {
    /// What its label was until now: each event with the label that it led to, and the box of that.
    pub(crate) fn until_now(&self) -> Vec<Layer> {
        let sealed = Layer {
            event: self.sealed_by,
            label: self.key_label,
            key_box: self.key_box,
        };
        let past = self.past.iter().chain(std::iter::once(&sealed));
        past.chain(&self.layers).cloned().collect()
    }
}

impl RecordState {
    /// The groups of portions that a clearance admits to, of every version: what there is of the record for whoever
    /// holds it. Of a record that was withdrawn that is what shows that it was there, and opens for nobody.
    pub(crate) fn admitted<'a>(
        &'a self,
        labels: &'a Labels,
        clearance: &'a ClearanceBits,
    ) -> impl Iterator<Item = &'a Group> {
        self.groups
            .iter()
            .filter(move |g| g.holds.portions() && labels.admits(clearance, g.label))
    }
    /// Those of them that can be opened.
    pub(crate) fn visible<'a>(
        &'a self,
        labels: &'a Labels,
        clearance: &'a ClearanceBits,
    ) -> impl Iterator<Item = &'a Group> {
        let open = self.withdrawn.is_none();
        self.admitted(labels, clearance).filter(move |_| open)
    }
    /// Those of the visible groups that hold header fields.
    pub(crate) fn visible_header<'a>(
        &'a self,
        labels: &'a Labels,
        clearance: &'a ClearanceBits,
    ) -> impl Iterator<Item = &'a Group> {
        self.visible(labels, clearance)
            .filter(|g| g.holds == Holds::Header)
    }
    /// The group of header fields that bear the label of the whole; others may have risen out of it.
    pub(crate) fn header(&self) -> Option<&Group> {
        let open = self.withdrawn.is_none();
        self.groups
            .iter()
            .find(|g| open && g.holds == Holds::Header)
    }
    /// The groups of a version that hold pieces of the original file.
    pub(crate) fn originals(&self, version: u32) -> impl Iterator<Item = &Group> {
        let open = self.withdrawn.is_none();
        self.groups
            .iter()
            .filter(move |g| open && g.version == version && g.holds == Holds::Original)
    }
    /// How many pieces of its recording are in.
    pub(crate) fn recordings(&self) -> u32 {
        let pieces = self.groups.iter().filter(|g| g.holds == Holds::Recording);
        u32::try_from(pieces.count()).unwrap_or(u32::MAX)
    }
    /// The same for a walk over many records, with the labels that a clearance admits to.
    pub(crate) fn exists_among(&self, admitted: &Admitted) -> bool {
        self.groups
            .iter()
            .any(|g| g.holds.portions() && admitted.has(g.label))
    }
    /// Whether the record exists for a clearance: whether one portion may be read, or might be if it were not withdrawn.
    pub(crate) fn exists_for(&self, labels: &Labels, clearance: &ClearanceBits) -> bool {
        self.admitted(labels, clearance).next().is_some()
    }
}

/// The records of the room.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(super) rows: Vec<RecordState>,
    pub(super) by_id: BTreeMap<RecordId, usize>,
    /// By the place of the filing in the ledger.
    pub(super) order: BTreeMap<u64, usize>,
    /// The ids of all groups: each names a row of the store, so that none is used again.
    pub(super) groups: HashSet<GroupId>,
}

impl Records {
    pub(crate) fn get(&self, id: RecordId) -> Option<&RecordState> {
        self.by_id.get(&id).map(|at| &self.rows[*at])
    }
    /// In the order of filing.
    pub(crate) fn in_order(&self) -> impl DoubleEndedIterator<Item = &RecordState> {
        self.order.values().map(|at| &self.rows[*at])
    }
    /// Records whose id lies in a range, in no order that means anything.
    pub(crate) fn between(
        &self,
        low: RecordId,
        high: RecordId,
    ) -> impl Iterator<Item = &RecordState> {
        self.by_id.range(low..=high).map(|(_, at)| &self.rows[*at])
    }

    pub(super) fn filed(
        &mut self,
        event: &StoredEvent,
        index: u64,
        filed: &Filed,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        self.add(
            event,
            index,
            filed.record,
            false,
            &filed.groups,
            labels,
            policy,
        )?;
        if let Some(keeping) = &filed.keeping {
            let keeping = Keeping::filed(event, keeping, labels, policy)?;
            self.rows[self.by_id[&filed.record]].keeping = Some(keeping);
        }
        Ok(())
    }

    pub(super) fn frame_filed(
        &mut self,
        event: &StoredEvent,
        index: u64,
        record: RecordId,
        group: &GroupFiled,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        self.add(
            event,
            index,
            record,
            true,
            std::slice::from_ref(group),
            labels,
            policy,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call for two acts that share all of it"
    )]
    fn add(
        &mut self,
        event: &StoredEvent,
        index: u64,
        record: RecordId,
        frame: bool,
        groups: &[GroupFiled],
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        if self.by_id.contains_key(&record) {
            return Err("the record exists already");
        }
        let groups = self.new_groups(event.id, FIRST_VERSION, groups, labels, policy)?;
        let at = self.rows.len();
        self.rows.push(RecordState {
            id: record,
            filer: event.actor,
            frame,
            groups,
            events: vec![event.id],
            graded: Vec::new(),
            corrections: Vec::new(),
            asked: None,
            taken_back: Vec::new(),
            withdrawn: None,
            filed_at: event.at,
            restricted: None,
            keeping: None,
            holds: Vec::new(),
            kept_by: Vec::new(),
            recorded: false,
            destroyed: None,
        });
        self.by_id.insert(record, at);
        self.order.insert(index, at);
        Ok(())
    }

    /// The groups of an act that files some, as it describes them.
    pub(super) fn new_groups(
        &mut self,
        event: EventId,
        version: u32,
        groups: &[GroupFiled],
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<Vec<Group>, &'static str> {
        let taken = &mut self.groups;
        let new = |g: &GroupFiled| {
            if !taken.insert(g.id) {
                return Err("a group of it exists already");
            }
            let label = labels.intern(&g.label, policy)?;
            let seals = decode(&g.seals).map_err(|_| "the digest of its seals cannot be read")?;
            Ok(Group {
                id: g.id,
                version,
                holds: g.holds,
                filed_under: label,
                label,
                key_row: g.id,
                key_box: g.key_box,
                key_label: label,
                sealed_by: event,
                past: Vec::new(),
                filed_by: event,
                seals,
                layers: Vec::new(),
                portions: g.portions.clone(),
            })
        };
        groups.iter().map(new).collect()
    }

    pub(super) fn recording_filed(
        &mut self,
        event: &StoredEvent,
        filed: &RecordingFiled,
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let at = *self
            .by_id
            .get(&filed.record)
            .ok_or("it files the recording of an unknown record")?;
        let record = &self.rows[at];
        if record.frame || record.destroyed.is_some() {
            return Err("it files a recording where there can be none");
        }
        if record.recorded || record.recordings() != filed.first {
            return Err("pieces of a recording that do not follow those before");
        }
        let groups = self.new_groups(event.id, FIRST_VERSION, &filed.groups, labels, policy)?;
        let record = &mut self.rows[at];
        record.groups.extend(groups);
        record.recorded = filed.last;
        Ok(())
    }

    pub(super) fn restricted(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        raised: &[GroupRaised],
        labels: &mut Labels,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let Some(record) = self.by_id.get(&record).map(|at| &mut self.rows[*at]) else {
            // Someone restricted what the room does not hold: the ledger says so, and nothing follows.
            return if raised.is_empty() {
                Ok(())
            } else {
                Err("it names an unknown record")
            };
        };
        for raise in raised {
            let label = labels.intern(&raise.label, policy)?;
            let layer = Layer {
                event: event.id,
                label,
                key_box: raise.key_box,
            };
            let at = record
                .groups
                .iter()
                .position(|g| g.id == raise.from)
                .ok_or("it names an unknown group")?;
            if !labels
                .get(label)
                .dominates(labels.get(record.groups[at].label))
            {
                return Err("a restriction cannot lower a label");
            }
            if raise.from == raise.to {
                let group = &mut record.groups[at];
                group.label = label;
                group.layers.push(layer);
            } else {
                if !self.groups.insert(raise.to) {
                    return Err("portions rise into a group that exists already");
                }
                let parted = part(&mut record.groups[at], raise, label, layer)?;
                record.groups.push(parted);
            }
        }
        record.events.push(event.id);
        record.restricted = event
            .actor
            .filter(|_| matches!(event.act, Act::Restricted { .. }))
            .map(|by| LastRaised {
                event: event.id,
                by,
                at: event.at,
            });
        Ok(())
    }

    pub(super) fn graded(
        &mut self,
        event: &StoredEvent,
        record: RecordId,
        portions: &[PortionId],
    ) -> Result<(), &'static str> {
        let record = self.by_id.get(&record).map(|at| &mut self.rows[*at]);
        let record = record
            .filter(|r| !r.frame && r.destroyed.is_none())
            .ok_or("it grades an unknown record")?;
        let of_words = || record.groups.iter().filter(|g| g.holds.portions());
        if !portions
            .iter()
            .all(|p| of_words().any(|g| g.portions.contains(p)))
        {
            return Err("it grades a portion that the record does not have");
        }
        if record.graded.len() >= GRADINGS_MAX {
            return Err("the record was graded more often than any is");
        }
        record.graded.push(event.id);
        Ok(())
    }
}

/// Takes the portions that rise out of their group.
fn part(
    group: &mut Group,
    raise: &GroupRaised,
    label: LabelRef,
    layer: Layer,
) -> Result<Group, &'static str> {
    if !raise.portions.iter().all(|p| group.portions.contains(p)) {
        return Err("it raises portions that are not in the group");
    }
    group.portions.retain(|p| !raise.portions.contains(p));
    if group.portions.is_empty() {
        return Err("all portions of a group rise as the group");
    }
    Ok(Group {
        id: raise.to,
        version: group.version,
        holds: group.holds,
        filed_under: group.filed_under,
        label,
        key_row: group.key_row,
        key_box: group.key_box,
        key_label: group.key_label,
        sealed_by: group.sealed_by,
        past: group.past.clone(),
        filed_by: group.filed_by,
        seals: group.seals,
        layers: vec![layer],
        portions: raise.portions.clone(),
    })
}
