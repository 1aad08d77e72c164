//! Opening what a decision let out.
//!
//! [`Fetched`] holds a group's rows as they were when the decision was made. Only a [`Permit`] turns
//! it into words, and a permit is made from the durable event of the decision alone: no event, no
//! words. [`Opened`] cannot be printed, copied or serialised, and its memory is wiped by the types it
//! is made of; what leaves the guard is a view made from it.

use std::sync::Arc;

use minicbor::bytes::ByteVec;
use strongroom_label::Label;
use strongroom_record::event::Holds;
use strongroom_record::{BoxId, EventId, GroupId, PortionId, RecordId, RoomId, Stream, decode};
use strongroom_seal::digest::{Digest, LabelDigest};
use strongroom_seal::keybox::BoxKey;
use strongroom_seal::layer::{LayerBinding, LayerKey, add_layer, remove_layer};
use strongroom_seal::portion::{PortionBinding, open_portion};
use strongroom_seal::record_key::{RecordKey, WrapBinding};
use strongroom_seal::secret::SecretBytes;

use crate::command::Durable;
use crate::fault::Fault;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::rows::{GroupKey, SealedPortions, WrappedKey, digest_of_seals, seal_of};
use crate::state::{Group, RecordState, State};

/// The right to open what one event names, once.
pub(crate) struct Permit(());

impl Permit {
    /// The event is durable: what it names may be opened.
    pub(crate) fn of(_durable: &Durable) -> Self {
        Self(())
    }
    /// For finding what is to be sealed higher, or no lower: a header field by its name, the same words in another
    /// version. Nothing of what is opened is shown. What follows is an event of its own; a dry run of it shows no more.
    pub(crate) fn for_sealing_higher() -> Self {
        Self(())
    }
}

impl Permit {
    /// For sealing words anew under a lower label, in the command whose event says so: nothing of what is opened is shown,
    /// and nothing is lower before that event is durable.
    pub(crate) fn for_sealing_anew() -> Self {
        Self(())
    }
    /// For comparing what is filed with what its filer may read: nothing of what is opened is shown, and that records are
    /// pointed out is an event of its own.
    pub(crate) fn for_comparing() -> Self {
        Self(())
    }
}

/// A group's rows and the keys to them, as a decision found them.
pub(crate) struct Fetched {
    record: RecordId,
    version: u32,
    group: Group,
    key_label: Arc<Label>,
    key_digest: LabelDigest,
    filing: LabelDigest,
    /// The label now.
    pub(crate) label: Arc<Label>,
    value: SecretBytes,
    /// Out from under its slot, as the keys of layers are.
    key: GroupKey,
    key_under: Arc<BoxKey>,
    layers: Vec<(WrappedKey, Arc<BoxKey>, LayerBinding)>,
}

/// A portion's plaintext.
pub(crate) struct Opened {
    pub(crate) id: PortionId,
    pub(crate) plain: SecretBytes,
}

impl Core {
    /// Fetches a group of a record for a session that the decision admitted to its label.
    pub(crate) fn fetch(
        &self,
        asking: &Asking,
        state: &State,
        record: &RecordState,
        group: &Group,
    ) -> Result<Fetched, Fault> {
        let person = state
            .people
            .get(asking.session.person)
            .ok_or(Fault::Missing("a person"))?;
        let ring = &asking.session.keyring;
        let rows = self.store.now()?;
        let value = rows.get(kinds::value(group.id), "a stored value")?;
        let mut key: GroupKey = rows.row(kinds::record_key(group.key_row), "a record key")?;
        key.wrapped = (self.store).bare(key.slot, (group.key_row, None), key.wrapped)?;
        if digest_of_seals(&key.seals) != group.seals {
            return Err(Fault::Damaged(
                "how a group's portions were sealed is not what the ledger committed to",
            ));
        }
        let key_label = state.labels.get(group.key_label);
        let rewrapped = state.label_keys.in_box(key_label, key.key_box).is_some();
        if key.key_box != group.key_box && !rewrapped {
            return Err(Fault::Damaged(
                "a record key is wrapped under a box that the ledger does not name",
            ));
        }
        let key_under = ring.box_key(&self.store, state, person, key.key_box, key_label)?;
        let mut layers = Vec::with_capacity(group.layers.len());
        for (index, layer) in (0u32..).zip(&group.layers) {
            let mut wrapped: WrappedKey = rows.row(
                kinds::layer_key(group.id, index as usize),
                "the key of a layer",
            )?;
            let at = (group.id, Some(index));
            wrapped.wrapped = self.store.bare(wrapped.slot, at, wrapped.wrapped)?;
            if wrapped.key_box != layer.key_box {
                return Err(Fault::Damaged(
                    "a layer's key is wrapped under a box that the ledger does not name",
                ));
            }
            let label = state.labels.get(layer.label);
            let under = ring.box_key(&self.store, state, person, layer.key_box, label)?;
            let present = state.labels.digest(layer.label);
            let binding = LayerBinding {
                room: self.room,
                group: group.id,
                index,
                event: layer.event,
                present,
            };
            layers.push((wrapped, under, binding));
        }
        Ok(Fetched {
            record: record.id,
            version: group.version,
            group: group.clone(),
            key_label: Arc::clone(key_label),
            key_digest: state.labels.digest(group.key_label),
            filing: state.labels.digest(group.filed_under),
            label: Arc::clone(state.labels.get(group.label)),
            value,
            key,
            key_under,
            layers,
        })
    }

    /// Takes the layers off a group's stored bytes; what comes out is still sealed.
    pub(crate) fn sealed_portions(&self, fetched: &Fetched) -> Result<SealedPortions, Fault> {
        let mut stored: Option<Vec<u8>> = None;
        for (wrapped, under, binding) in fetched.layers.iter().rev() {
            let key = LayerKey::unwrap(self.env.floor, under, binding, &wrapped.wrapped)
                .map_err(|_| Fault::Damaged("a layer's key does not unwrap"))?;
            let outer = stored.as_deref().unwrap_or_else(|| fetched.value.expose());
            let inner = remove_layer(self.env.floor, &key, binding, outer).map_err(|_| {
                Fault::Damaged("a stored value is not the one that its restriction left")
            })?;
            stored = Some(inner);
        }
        let sealed: SealedPortions =
            decode(stored.as_deref().unwrap_or_else(|| fetched.value.expose()))
                .map_err(|_| Fault::Damaged("a stored value has another form"))?;
        if !sealed
            .0
            .iter()
            .map(|(id, _)| id)
            .eq(&fetched.group.portions)
        {
            return Err(Fault::Damaged(
                "a stored value holds other portions than the ledger says",
            ));
        }
        // Those of a group keep their order when others are parted from them.
        let mut seals = fetched.key.seals.iter();
        let mut filed = |(id, bytes): &(PortionId, ByteVec)| {
            seals.any(|(of, seal)| of == id && *seal == seal_of(bytes))
        };
        if !sealed.0.iter().all(&mut filed) {
            return Err(Fault::Damaged("a portion is not the one that was filed"));
        }
        Ok(sealed)
    }

    /// Opens every portion of a group.
    pub(crate) fn open(&self, _permit: &Permit, fetched: &Fetched) -> Result<Vec<Opened>, Fault> {
        let sealed = self.sealed_portions(fetched)?;
        let key = self.record_key(fetched)?;
        let filing = fetched.filing;
        let binding = |portion| PortionBinding {
            room: self.room,
            record: fetched.record,
            version: fetched.version,
            portion,
            filing,
        };
        sealed
            .0
            .iter()
            .map(|(id, bytes)| {
                open_portion(self.env.floor, &key, &binding(*id), bytes)
                    .map(|plain| Opened { id: *id, plain })
                    .map_err(|_| Fault::Damaged("a portion does not open"))
            })
            .collect()
    }
}

impl Core {
    /// Unwraps a group's record key.
    pub(crate) fn record_key(&self, fetched: &Fetched) -> Result<RecordKey, Fault> {
        let binding = fetched.wrap_binding(self.room, fetched.key.key_box);
        let wrapped = &fetched.key.wrapped;
        RecordKey::unwrap(self.env.floor, &fetched.key_under, &binding, wrapped)
            .map_err(|_| Fault::Damaged("a record key does not unwrap"))
    }

    /// Puts the layers that a group has around other bytes, fresh: what stays when portions are parted.
    pub(crate) fn layered_again(
        &self,
        fetched: &Fetched,
        bytes: &[u8],
        dice: &mut Stream,
    ) -> Result<Vec<u8>, Fault> {
        let mut stored = bytes.to_vec();
        for (wrapped, under, binding) in &fetched.layers {
            let key = LayerKey::unwrap(self.env.floor, under, binding, &wrapped.wrapped)
                .map_err(|_| Fault::Damaged("a layer's key does not unwrap"))?;
            stored = add_layer(&key, binding, &stored, dice);
        }
        Ok(stored)
    }

    /// The keys of a group's layers, each with where it belongs; outermost last.
    pub(crate) fn layer_keys(
        &self,
        fetched: &Fetched,
    ) -> Result<Vec<(LayerKey, LayerBinding)>, Fault> {
        let unwrap = |(wrapped, under, binding): &(WrappedKey, Arc<BoxKey>, LayerBinding)| {
            LayerKey::unwrap(self.env.floor, under, binding, &wrapped.wrapped)
                .map(|key| (key, binding.clone()))
                .map_err(|_| Fault::Damaged("a layer's key does not unwrap"))
        };
        fetched.layers.iter().map(unwrap).collect()
    }
}

impl Fetched {
    /// Where the record key belongs, when it is wrapped under a box.
    pub(crate) fn wrap_binding(&self, room: RoomId, key_box: BoxId) -> WrapBinding {
        WrapBinding {
            room,
            record: self.record,
            group: self.group.key_row,
            filing: self.filing,
            present: self.key_digest,
            event: self.group.sealed_by,
            key_box,
        }
    }
    /// The same for another label, set by another event.
    pub(crate) fn wrap_binding_anew(
        &self,
        room: RoomId,
        key_box: BoxId,
        (present, event): (LabelDigest, EventId),
    ) -> WrapBinding {
        WrapBinding {
            present,
            event,
            ..self.wrap_binding(room, key_box)
        }
    }
    /// The label that the record key is wrapped for: that of the filing, or the one that it fell to.
    pub(crate) fn key_label(&self) -> &Label {
        &self.key_label
    }
    /// Digests of the sealed portions, as filed.
    pub(crate) fn seals(&self) -> &[(PortionId, Digest)] {
        &self.key.seals
    }
    /// Whether the record still has it.
    pub(crate) fn stands(&self, state: &State) -> bool {
        let record = state.records.get(self.record);
        record.is_some_and(|r| r.groups.iter().any(|g| g.id == self.group.id))
    }
    /// The number of the record's slot, if it has one.
    pub(crate) fn slot(&self) -> Option<u64> {
        self.key.slot
    }
    /// The group in whose row the wrapped record key lies.
    pub(crate) fn key_row(&self) -> GroupId {
        self.group.key_row
    }
    /// Whether the record key is wrapped under another key than the label's present one: a batch key, or one
    /// from before an atom of the label turned.
    pub(crate) fn under_older(&self, state: &State) -> bool {
        state
            .label_keys
            .present(&self.key_label, &state.atoms)
            .is_none_or(|k| k.id != self.key.key_box)
    }
    /// The version of the record that it belongs to.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }
    /// The portions that opening will give.
    pub(crate) fn portions(&self) -> &[PortionId] {
        &self.group.portions
    }
    /// Whether it is the slice of the original.
    pub(crate) fn is_original(&self) -> bool {
        self.group.holds == Holds::Original
    }
}
