//! Restricting again, at a restore, what was restricted after the backup, as far as an anchor knows it.
//!
//! Nobody reads the records for that. A group that rose as a whole rises so again. Where only some of its
//! portions rose, they cannot be parted unread, and all of the group rises: more is closed than was, never less.
//! Whoever holds the label may part it anew.
//!
//! A record that was withdrawn after the backup is withdrawn again, under the label that it had come to by then.

use std::collections::BTreeMap;

use strongroom_label::Label;
use strongroom_record::event::GroupRaised;
use strongroom_record::keeping::RestrictedAgain;
use strongroom_record::{EventId, GroupId, RecordId, RoomId, Stream};
use strongroom_seal::keybox::{BoxKey, Purpose};
use strongroom_seal::layer::{LayerBinding, LayerKey, add_layer};
use strongroom_seal::{LabelDigest, Suite};
use strongroom_vault::Commit;

use crate::anchor::RestrictionKept;
use crate::fault::Fault;
use crate::kinds;
use crate::label_keys::make_box;
use crate::limits::RESTORE_COMMIT_BYTES;
use crate::rows::WrappedKey;
use crate::slots::RecordSlot;
use crate::state::{RecordState, State};
use crate::store::Store;

/// What is due to a restored record.
#[derive(Default)]
pub(crate) struct Due {
    /// The labels that its groups are to have: of those only that rise, or of all that are withdrawn.
    rising: BTreeMap<GroupId, Label>,
    /// The event that withdrew it.
    withdrawn: Option<EventId>,
}

/// What is due to the records of a restored room.
pub(crate) fn due(state: &State, kept: &[RestrictionKept]) -> BTreeMap<RecordId, Due> {
    let mut due: BTreeMap<RecordId, Due> = BTreeMap::new();
    // Groups that were parted after the backup, by the group of the backup that holds their portions.
    let mut parted: BTreeMap<GroupId, GroupId> = BTreeMap::new();
    for restriction in kept {
        let Some(record) = state.records.get(restriction.record) else {
            // It was filed after the backup, or was never there.
            continue;
        };
        let Due { rising, withdrawn } = due.entry(record.id).or_default();
        if record.withdrawn.is_none() {
            *withdrawn = withdrawn.or(restriction.withdrawn);
        }
        for raised in &restriction.groups {
            let origin = parted.get(&raised.from).copied().unwrap_or(raised.from);
            parted.insert(raised.to, origin);
            let known = record.groups.iter().any(|g| g.id == origin);
            let groups = record.groups.iter().map(|g| g.id);
            // What is not known to be of one group may be of any.
            for group in groups.filter(|id| !known || *id == origin) {
                let before = rising
                    .get(&group)
                    .cloned()
                    .unwrap_or_else(|| label_of(state, record, group));
                rising.insert(group, before.join(&raised.label));
            }
        }
    }
    for (id, due) in &mut due {
        let record = state.records.get(*id).expect("due of what is known");
        if due.withdrawn.is_some() {
            for group in &record.groups {
                let present = || label_of(state, record, group.id);
                due.rising.entry(group.id).or_insert_with(present);
            }
        } else {
            due.rising
                .retain(|group, label| *label != label_of(state, record, *group));
        }
    }
    due.retain(|_, due| !due.rising.is_empty());
    due
}

fn label_of(state: &State, record: &RecordState, group: GroupId) -> Label {
    let group = record.groups.iter().find(|g| g.id == group);
    let group = group.expect("a group of this record");
    state.labels.get(group.label).as_ref().clone()
}

/// Puts the layers on, and makes them durable; gives what the event of the restore is to say of them.
pub(crate) fn restrict_again(
    store: &Store,
    state: &State,
    (room, suite): (RoomId, Suite),
    event: EventId,
    kept: &[RestrictionKept],
    dice: &mut Stream,
) -> Result<Vec<RestrictedAgain>, Fault> {
    let mut boxes: BTreeMap<(Label, Purpose), BoxKey> = BTreeMap::new();
    let mut commit = Commit::new();
    let mut again = Vec::new();
    for (record, Due { rising, withdrawn }) in due(state, kept) {
        let purpose = withdrawn.map_or(Purpose::Layer, |_| Purpose::Withdrawal);
        let known = state.records.get(record).expect("due of what is known");
        let slot = store.slot_of(known)?;
        let mut groups = Vec::with_capacity(rising.len());
        for (id, label) in rising {
            let under = match boxes.entry((label.clone(), purpose)) {
                std::collections::btree_map::Entry::Occupied(made) => made.into_mut(),
                std::collections::btree_map::Entry::Vacant(none) => {
                    let (key_box, key) = make_box(state, (room, suite), &label, purpose, dice)?;
                    store.put_row(&mut commit, kinds::key_box(key_box.id()), &key_box, dice);
                    none.insert(key)
                }
            };
            let index = known.groups.iter().find(|g| g.id == id);
            let index = index.expect("a group of this record").layers.len();
            let binding = LayerBinding {
                room,
                group: id,
                index: u32::try_from(index).expect("layers are few"),
                event,
                present: LabelDigest::of(&label),
            };
            let key = LayerKey::random(suite, dice);
            let stored = store.get(kinds::value(id), "a stored value")?;
            let layered = add_layer(&key, &binding, stored.expose(), dice);
            store.put(&mut commit, kinds::value(id), &layered, dice);
            let wrapped = key.wrap(under, &binding, dice);
            let at = (id, Some(binding.index));
            let wrapped = WrappedKey {
                key_box: under.id(),
                wrapped: store.under_slot(slot.as_ref(), at, wrapped, dice).into(),
                slot: slot.as_ref().map(RecordSlot::number),
            };
            store.put_row(&mut commit, kinds::layer_key(id, index), &wrapped, dice);
            groups.push(GroupRaised {
                from: id,
                to: id,
                portions: Vec::new(),
                label,
                key_box: under.id(),
            });
            // The store is no room before the restore ends: what is half done in it is never opened.
            if commit.bytes() >= RESTORE_COMMIT_BYTES {
                store.vault.submit(std::mem::take(&mut commit)).wait()?;
            }
        }
        again.push(RestrictedAgain {
            record,
            groups,
            withdrawn,
            destroyed: None,
        });
    }
    store.vault.submit(commit).wait()?;
    Ok(again)
}
