//! Lowering: the label of a record, or of portions of it, falls.
//!
//! It takes a session that holds the present label, for nothing falls unopened. Words are opened and sealed anew, under
//! the new label, in a value and with a record key of their own: whoever gets the new key gets none that opens what stood
//! in the same value before. What stays goes on as it was. A file beside the words (original, attachment, recording)
//! holds all of them, so it falls only with the last of them; it stays sealed as it is, its layers come off in the course of the
//! one commit, each value read and written before the next, and its record key is wrapped for the new label.
//!
//! The old value, its record key and its layers' keys go in the same commit, which holds the event: nothing is readable
//! lower before it is in the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{GroupLowered, Holds};
use strongroom_record::{EventId, GroupId, PortionId, encode};
use strongroom_seal::digest::LabelDigest;
use strongroom_seal::keybox::{BoxKey, Purpose};
use strongroom_seal::layer::remove_layer;
use strongroom_seal::portion::{PortionBinding, seal_portion};
use strongroom_seal::record_key::{RecordKey, WrapBinding};

use crate::command::Command;
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::opening::{Fetched, Opened, Permit};
use crate::rows::{GroupKey, SealedPortions, digest_of_seals, seal_of};
use crate::slots::RecordSlot;
use crate::state::{Fall, Falling, Group, RecordState, State};

/// The place of what is sealed anew.
struct Place<'a> {
    record: &'a RecordState,
    slot: Option<&'a RecordSlot>,
    under: &'a Arc<BoxKey>,
    label: &'a Label,
    event: EventId,
}

impl Core {
    /// Puts into a command what becomes of the rows of what falls, and gives what its event is to say.
    pub(crate) fn lower_now(
        &self,
        asking: &Asking,
        state: &State,
        record: &RecordState,
        falling: &Falling,
        event: EventId,
        command: &mut Command<'_>,
    ) -> Result<Vec<GroupLowered>, Stop> {
        let labels: BTreeSet<Label> = falling.labels().cloned().collect();
        let mut dice = command.dice.fork();
        let wrap = self.wrap_keys_now(asking, state, &labels, Purpose::Batch, &mut dice)?;
        wrap.new_boxes
            .iter()
            .for_each(|b| command.put_row(kinds::key_box(b.id()), b));
        let slot = self.store.slot_of(record)?;
        let place = |label| {
            let (label, under) = wrap.keys.get_key_value(label).expect("a key for each");
            Place {
                record,
                slot: slot.as_ref(),
                under,
                label,
                event,
            }
        };
        let named = |id: GroupId| {
            let mut groups = record.groups.iter();
            groups.find(|g| g.id == id).expect("a group of this record")
        };
        let mut out = Vec::new();
        for fall in falling.words() {
            let fetched = self.fetch(asking, state, record, named(fall.group))?;
            out.push(self.words_anew(&place(&fall.label), &fetched, fall, command)?);
            self.what_stays(record, named(fall.group), &fetched, falling, command)?;
        }
        for (id, label) in falling.of_files() {
            let fetched = self.fetch(asking, state, record, named(*id))?;
            out.push(self.file_anew(&place(label), named(*id), fetched, command)?);
        }
        Ok(out)
    }

    /// Opens words and seals them under the new label, in a value of their own.
    fn words_anew(
        &self,
        place: &Place<'_>,
        fetched: &Fetched,
        fall: &Fall,
        command: &mut Command<'_>,
    ) -> Result<GroupLowered, Stop> {
        let filing = LabelDigest::of(place.label);
        let group = GroupId::random(&mut command.dice);
        let key = RecordKey::random(self.suite, &mut command.dice);
        let binding = WrapBinding {
            room: self.room,
            record: place.record.id,
            group,
            filing,
            present: filing,
            event: place.event,
            key_box: place.under.id(),
        };
        let wrapped = key.wrap(place.under, &binding, &mut command.dice);
        let wrapped = self.under_slot(place, group, wrapped, command);
        let mut sealed = SealedPortions(Vec::with_capacity(fall.portions.len()));
        for Opened { id, plain } in self.open(&Permit::for_sealing_anew(), fetched)? {
            if !fall.portions.contains(&id) {
                continue;
            }
            let binding = PortionBinding {
                room: self.room,
                record: place.record.id,
                version: fetched.version(),
                portion: id,
                filing,
            };
            let dice = &mut command.dice;
            let anew = seal_portion(self.suite, &key, &binding, plain.expose(), dice);
            sealed.0.push((id, anew.into()));
        }
        let seals: Vec<_> = sealed.0.iter().map(|(id, b)| (*id, seal_of(b))).collect();
        let row = GroupKey {
            key_box: place.under.id(),
            wrapped: wrapped.into(),
            seals,
            slot: place.slot.map(RecordSlot::number),
        };
        command.put_row(kinds::record_key(group), &row);
        command.put_row(kinds::value(group), &sealed);
        Ok(GroupLowered {
            from: fall.group,
            to: group,
            portions: sealed.0.into_iter().map(|(id, _)| id).collect(),
            label: place.label.clone(),
            key_box: place.under.id(),
            seals: encode(&digest_of_seals(&row.seals)).into(),
        })
    }

    /// A record key as it is stored: under the record's slot, as all keys of it are.
    fn under_slot(
        &self,
        place: &Place<'_>,
        group: GroupId,
        wrapped: Vec<u8>,
        command: &mut Command<'_>,
    ) -> Vec<u8> {
        let dice = &mut command.dice;
        self.store
            .under_slot(place.slot, (group, None), wrapped, dice)
    }

    /// Writes what stays of a value under its layers once more; of one without words left, nothing.
    fn what_stays(
        &self,
        record: &RecordState,
        group: &Group,
        fetched: &Fetched,
        falling: &Falling,
        command: &mut Command<'_>,
    ) -> Result<(), Stop> {
        let falls = |id: GroupId, portion: &PortionId| {
            let mut words = falling.words().iter();
            words.any(|fall| fall.group == id && fall.portions.contains(portion))
        };
        let stays = |group: &Group| !group.portions.iter().all(|p| falls(group.id, p));
        if stays(group) {
            let mut staying = self.sealed_portions(fetched)?;
            staying.0.retain(|(id, _)| !falls(group.id, id));
            let dice = &mut command.dice;
            let stored = self.layered_again(fetched, &encode(&staying), dice)?;
            command.put(kinds::value(group.id), &stored);
            return Ok(());
        }
        command.delete(kinds::value(group.id));
        for layer in 0..group.layers.len() {
            command.delete(kinds::layer_key(group.id, layer));
        }
        // Portions that were parted from this value, and stay where they are, open with the same record key.
        let of_key = |g: &&Group| g.key_row == group.key_row;
        if !record.groups.iter().filter(of_key).any(stays) {
            command.delete(kinds::record_key(group.key_row));
        }
        Ok(())
    }

    /// Takes the layers off a file and wraps its record key for the new label.
    fn file_anew(
        &self,
        place: &Place<'_>,
        group: &Group,
        fetched: Fetched,
        command: &mut Command<'_>,
    ) -> Result<GroupLowered, Stop> {
        let key = self.record_key(&fetched)?;
        let present = (LabelDigest::of(place.label), place.event);
        let binding = fetched.wrap_binding_anew(self.room, place.under.id(), present);
        let wrapped = key.wrap(place.under, &binding, &mut command.dice);
        let wrapped = self.under_slot(place, group.key_row, wrapped, command);
        let row = GroupKey {
            key_box: place.under.id(),
            wrapped: wrapped.into(),
            seals: fetched.seals().to_vec(),
            slot: place.slot.map(RecordSlot::number),
        };
        command.put_row(kinds::record_key(group.key_row), &row);
        let layers = self.layer_keys(&fetched)?;
        for layer in 0..layers.len() {
            command.delete(kinds::layer_key(group.id, layer));
        }
        if !layers.is_empty() {
            let floor = self.env.floor;
            command.remake(kinds::value(group.id), move |stored, _| {
                let mut inner = stored.to_vec();
                for (key, binding) in layers.iter().rev() {
                    inner = remove_layer(floor, key, binding, &inner).ok()?;
                }
                Some(inner)
            });
        }
        debug_assert!(matches!(
            group.holds,
            Holds::Original | Holds::Attachment | Holds::Recording
        ));
        Ok(GroupLowered {
            from: group.id,
            to: group.id,
            portions: Vec::new(),
            label: place.label.clone(),
            key_box: place.under.id(),
            seals: Vec::new().into(),
        })
    }
}
