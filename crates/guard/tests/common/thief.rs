//! A thief with the whole store, the house key and some persons' keys, who opens all that these open.
//!
//! The thief decides nothing and leaves nothing out: every key that was got at is tried on every
//! stored object that such a key could open, whoever the object was meant for, until nothing new
//! comes to light. So what the thief does not find, those keys do not open.
#![allow(dead_code, reason = "each test file uses what it needs of the thief")]

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::{AtomName, Label};
use strongroom_record::event::{Act, GroupFiled, GroupLowered, SealedFor, StoredEvent, Withdrawn};
use strongroom_record::{BoxId, CommandId, EventId, GroupId, PortionId, RecordId, decode};
use strongroom_seal::{
    AtomPrivate, AtomPublic, AtomRole, BoxKey, Bundle, Digest, Holding, KeyBox, LabelDigest,
    LayerBinding, LayerKey, NoteBinding, NoteBox, NoteKey, Passphrase, PersonKeys, PersonNoteBox,
    PortionBinding, RecordKey, SlotBinding, SlotKey, WrapBinding, open_note, open_portion,
    remove_layer,
};
use strongroom_vault::Key;

use super::loot::{
    BUNDLE, EVENT, HOLDING, House, KEY_BOX, LAYER_KEY, Loot, NOTE_BOX, NOTE_FOR, RECORD_KEY, VALUE,
};

/// As the guard stores a wrapped key.
#[derive(Encode, Decode)]
pub(crate) struct WrappedKey {
    #[n(0)]
    pub(crate) key_box: BoxId,
    #[n(1)]
    pub(crate) wrapped: ByteVec,
    #[n(2)]
    pub(crate) slot: Option<u64>,
}

/// As the guard stores what opens a filed group.
#[derive(Encode, Decode)]
pub(crate) struct GroupKey {
    #[n(0)]
    pub(crate) key_box: BoxId,
    #[n(1)]
    pub(crate) wrapped: ByteVec,
    #[n(2)]
    pub(crate) seals: Vec<(PortionId, Digest)>,
    #[n(3)]
    pub(crate) slot: Option<u64>,
}

/// As the guard stores sealed portions.
#[derive(Encode, Decode)]
pub(crate) struct SealedPortions(#[n(0)] pub(crate) Vec<(PortionId, ByteVec)>);

/// A place where something was filed: all that a binding names, none of it secret.
struct Place {
    record: RecordId,
    version: u32,
    group: GroupFiled,
    /// The label that the record key is wrapped for, and the event that set it.
    present: Label,
    event: EventId,
}

/// What the events tell whoever has the house key.
#[derive(Default)]
struct Map {
    events: Vec<StoredEvent>,
    atoms: Vec<AtomPublic>,
    places: Vec<Place>,
    /// Layers by the group they lie around: the event and the label.
    layers: Vec<(GroupId, EventId, Label)>,
}

impl Map {
    /// What a lowering says: words in a value of their own, or a file whose key is wrapped for the new label.
    fn lowered(&mut self, event: EventId, record: RecordId, lowered: &GroupLowered) {
        let file = lowered.from == lowered.to;
        let same = |p: &&Place| match file {
            true => p.group.id == lowered.from,
            false => p.group.portions.contains(&lowered.portions[0]),
        };
        let before = self.places.iter().find(same).expect("it was filed");
        let (version, mut group) = (before.version, before.group.clone());
        if !file {
            group.id = lowered.to;
            group.label = lowered.label.clone();
            group.portions.clone_from(&lowered.portions);
        }
        self.places.push(Place {
            record,
            version,
            group,
            present: lowered.label.clone(),
            event,
        });
    }
}

/// Keys that were got at. They are kept: a thief forgets nothing.
pub(crate) struct Thief {
    house: House,
    persons: Vec<Rc<PersonKeys>>,
    pub(crate) atoms: Vec<(AtomRole, AtomPrivate)>,
    boxes: Vec<BoxKey>,
    notes: Vec<NoteKey>,
    records: Vec<RecordKey>,
    layers: Vec<LayerKey>,
    /// Slots that were read, by their numbers: of one number there may be several, of several copies.
    slots: Vec<(u64, [u8; 32])>,
}

impl Thief {
    /// Someone who has the house key alone.
    pub(crate) fn new(house: House) -> Self {
        Self {
            house,
            persons: Vec::new(),
            atoms: Vec::new(),
            boxes: Vec::new(),
            notes: Vec::new(),
            records: Vec::new(),
            layers: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Has what a copy of the slot file holds, from then on.
    pub(crate) fn take_slots(&mut self, image: &[u8]) {
        let pages = image.chunks_exact(4096).skip(1);
        let slots = pages.flat_map(|page| page[..4080].chunks_exact(48));
        let keys = slots.map(|slot| <[u8; 32]>::try_from(&slot[..32]).unwrap());
        self.slots
            .extend((0..).zip(keys).filter(|(_, key)| *key != [0; 32]));
    }

    /// What may lie under a slot, with each key of that number; or what lies under none.
    fn bare(
        &self,
        slot: Option<u64>,
        group: [u8; 16],
        layer: Option<u32>,
        row: &[u8],
    ) -> Vec<Vec<u8>> {
        let Some(number) = slot else {
            return vec![row.to_vec()];
        };
        let binding = SlotBinding {
            room: self.house.room,
            slot: number,
            group: GroupId::from_bytes(group),
            layer,
        };
        let of_it = self.slots.iter().filter(|(n, _)| *n == number);
        of_it
            .filter_map(|(_, key)| {
                let key = SlotKey::new(self.house.key.suite(), key);
                key.uncover(self.house.floor, &binding, row).ok()
            })
            .collect()
    }

    /// Has these keys of a person from then on.
    pub(crate) fn become_person(&mut self, keys: &Rc<PersonKeys>) {
        self.persons.push(Rc::clone(keys));
    }

    /// All bytes that the house key alone lays open.
    pub(crate) fn under_the_house_key(&self, loot: &Loot) -> Vec<Vec<u8>> {
        loot.rows
            .iter()
            .map(|(key, row)| self.house.uncover(*key, row).unwrap_or_else(|| row.clone()))
            .collect()
    }

    /// Opens everything that opens. Gives the words of portions, originals and statements.
    pub(crate) fn open_all(&mut self, loot: &Loot) -> Vec<Vec<u8>> {
        let map = self.map(loot);
        self.open_holdings(loot, &map);
        self.open_boxes(loot);
        self.open_wraps(loot, &map);
        let mut plain = self.open_values(loot, &map);
        plain.extend(self.open_statements(&map));
        plain
    }

    fn rows<T: for<'b> Decode<'b, ()> + Encode<()>>(&self, loot: &Loot, kind: u8) -> Vec<(Key, T)> {
        let row = |key| {
            decode(&self.house.get(loot, key))
                .ok()
                .map(|row| (key, row))
        };
        loot.keys(kind).into_iter().filter_map(row).collect()
    }

    fn map(&self, loot: &Loot) -> Map {
        let mut map = Map::default();
        let mut fallen = Vec::new();
        for (_, event) in self.rows::<StoredEvent>(loot, EVENT) {
            match &event.act {
                Act::AtomMade(born) | Act::AtomTurned(born) => {
                    map.atoms.push(decode(&born.public).unwrap())
                }
                Act::Departed(departed) => {
                    let turned = departed.turned.iter();
                    map.atoms
                        .extend(turned.map(|born| decode::<AtomPublic>(&born.public).unwrap()));
                }
                Act::PolicyChanged(changed) => {
                    let made = changed.made.iter();
                    map.atoms
                        .extend(made.map(|born| decode::<AtomPublic>(&born.public).unwrap()));
                }
                Act::Filed(filed) | Act::Corrected(filed) => {
                    map.places.extend(filed.groups.iter().map(|g| Place {
                        record: filed.record,
                        version: filed.version,
                        present: g.label.clone(),
                        group: g.clone(),
                        event: event.id,
                    }))
                }
                // A recording is the record's, whatever its version.
                Act::RecordingFiled(filed) => {
                    map.places.extend(filed.groups.iter().map(|g| Place {
                        record: filed.record,
                        version: 1,
                        present: g.label.clone(),
                        group: g.clone(),
                        event: event.id,
                    }))
                }
                Act::FrameFiled { group, record, .. } => map.places.push(Place {
                    record: *record,
                    version: 1,
                    present: group.label.clone(),
                    group: group.clone(),
                    event: event.id,
                }),
                Act::Restricted { groups, .. } | Act::Withdrawn(Withdrawn { groups, .. }) => {
                    let layer = |id, label: &Label| (id, event.id, label.clone());
                    map.layers
                        .extend(groups.iter().map(|g| layer(g.to, &g.label)));
                }
                Act::Lowered(lowered) => {
                    let groups = lowered.groups.iter();
                    fallen.extend(groups.map(|g| (event.id, lowered.record, g.clone())));
                }
                Act::Restored(restored) => {
                    let again = restored.restricted.iter().flat_map(|r| &r.groups);
                    map.layers
                        .extend(again.map(|g| (g.to, event.id, g.label.clone())));
                }
                _ => {}
            }
            map.events.push(event);
        }
        for (event, record, group) in fallen {
            map.lowered(event, record, &group);
        }
        map
    }

    fn open_holdings(&mut self, loot: &Loot, map: &Map) {
        for (_, holding) in self.rows::<Holding>(loot, HOLDING) {
            for keys in self.persons.clone() {
                let Ok(private) = holding.open(self.house.floor, self.house.room, &keys) else {
                    continue;
                };
                let public = map.atoms.iter().find(|a| a.id == private.id()).unwrap();
                self.keep_atom(public.name.clone(), private);
            }
        }
    }

    /// Has an atom's private half from then on, of the epoch that it is of.
    pub(crate) fn keep_atom(&mut self, role: AtomRole, private: AtomPrivate) {
        if self.atom(&role, private.epoch()).is_none() {
            self.atoms.push((role, private));
        }
    }

    fn atom(&self, wanted: &AtomRole, epoch: u32) -> Option<&AtomPrivate> {
        self.atoms
            .iter()
            .find(|(role, private)| role == wanted && private.epoch() == epoch)
            .map(|(_, private)| private)
    }

    fn open_boxes(&mut self, loot: &Loot) {
        let (floor, room) = (self.house.floor, self.house.room);
        let mut opened = Vec::new();
        for (_, key_box) in self.rows::<KeyBox>(loot, KEY_BOX) {
            let holder = |name: &AtomName, epoch| self.atom(&AtomRole::Label(name.clone()), epoch);
            let quorum = |epoch| self.atom(&AtomRole::Quorum, epoch);
            opened.extend(key_box.open(floor, room, holder));
            opened.extend(key_box.open_as_quorum(floor, room, holder, quorum));
        }
        self.notes.extend(opened.iter().map(NoteKey::of_box));
        self.boxes.extend(opened);
        let mut notes = Vec::new();
        for (_, note_box) in self.rows::<NoteBox>(loot, NOTE_BOX) {
            for (_, atom) in &self.atoms {
                notes.extend(note_box.open(floor, room, atom));
            }
        }
        // Of why something was asked for: for a person, or for who holds an atom.
        for (_, note_box) in self.rows::<NoteBox>(loot, NOTE_FOR) {
            for (_, atom) in &self.atoms {
                notes.extend(note_box.open(floor, room, atom));
            }
        }
        for (_, note_box) in self.rows::<PersonNoteBox>(loot, NOTE_FOR) {
            for keys in &self.persons {
                notes.extend(note_box.open(floor, room, keys));
            }
        }
        self.notes.extend(notes);
    }

    /// Every box's key on every wrapped key, whatever box the row names.
    fn open_wraps(&mut self, loot: &Loot, map: &Map) {
        let (floor, room) = (self.house.floor, self.house.room);
        for (key, row) in self.rows::<GroupKey>(loot, RECORD_KEY) {
            let bare = self.bare(row.slot, key.id, None, &row.wrapped);
            for place in map
                .places
                .iter()
                .filter(|p| *p.group.id.as_bytes() == key.id)
            {
                let filing = LabelDigest::of(&place.group.label);
                for under in &self.boxes {
                    let binding = WrapBinding {
                        room,
                        record: place.record,
                        group: place.group.id,
                        filing,
                        present: LabelDigest::of(&place.present),
                        event: place.event,
                        key_box: under.id(),
                    };
                    for wrapped in &bare {
                        let key = RecordKey::unwrap(floor, under, &binding, wrapped);
                        self.records.extend(key);
                    }
                }
            }
        }
        for (key, row) in self.rows::<WrappedKey>(loot, LAYER_KEY) {
            let bare = self.bare(row.slot, key.id, Some(key.counter as u32), &row.wrapped);
            for binding in self.layers_of(map, key.id, key.counter) {
                for under in &self.boxes {
                    for wrapped in &bare {
                        let key = LayerKey::unwrap(floor, under, &binding, wrapped);
                        self.layers.extend(key);
                    }
                }
            }
        }
    }

    fn layers_of(&self, map: &Map, group: [u8; 16], index: u64) -> Vec<LayerBinding> {
        map.layers
            .iter()
            .filter(|(id, _, _)| *id.as_bytes() == group)
            .map(|(group, event, label)| LayerBinding {
                room: self.house.room,
                group: *group,
                index: index as u32,
                event: *event,
                present: LabelDigest::of(label),
            })
            .collect()
    }

    /// Takes off what layers come off, in whatever order, and tries every record key on what is inside.
    fn open_values(&self, loot: &Loot, map: &Map) -> Vec<Vec<u8>> {
        let mut plain = Vec::new();
        for key in loot.keys(VALUE) {
            let mut inside = vec![self.house.get(loot, key)];
            while let Some(stored) = inside.pop() {
                if let Ok(sealed) = decode::<SealedPortions>(&stored) {
                    plain.extend(self.open_portions(map, &sealed));
                }
                for index in 0..map.layers.len() as u64 {
                    for binding in self.layers_of(map, key.id, index) {
                        inside.extend(self.layers.iter().filter_map(|layer| {
                            remove_layer(self.house.floor, layer, &binding, &stored).ok()
                        }));
                    }
                }
            }
        }
        plain
    }

    fn open_portions(&self, map: &Map, sealed: &SealedPortions) -> Vec<Vec<u8>> {
        let mut plain = Vec::new();
        for (portion, bytes) in &sealed.0 {
            let holds = |p: &&Place| p.group.portions.contains(portion);
            for place in map.places.iter().filter(holds) {
                let binding = PortionBinding {
                    room: self.house.room,
                    record: place.record,
                    version: place.version,
                    portion: *portion,
                    filing: LabelDigest::of(&place.group.label),
                };
                plain.extend(self.records.iter().filter_map(|key| {
                    let words = open_portion(self.house.floor, key, &binding, bytes).ok()?;
                    Some(words.expose().to_vec())
                }));
            }
        }
        plain
    }

    /// Every note key on every statement.
    fn open_statements(&self, map: &Map) -> Vec<Vec<u8>> {
        let mut plain = Vec::new();
        for event in &map.events {
            for (field, sealed) in (64u16..).zip(&event.sealed) {
                let binding = NoteBinding {
                    room: self.house.room,
                    event: event.id,
                    field,
                };
                for copy in &sealed.copies {
                    plain.extend(self.notes.iter().filter_map(|key| {
                        let words =
                            open_note(self.house.floor, key, &binding, &copy.sealed).ok()?;
                        Some(words.expose().to_vec())
                    }));
                }
            }
        }
        plain
    }

    /// How many keys of each kind were got at.
    pub(crate) fn key_counts(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("atoms", self.atoms.len()),
            ("boxes", self.boxes.len()),
            ("notes", self.notes.len()),
            ("records", self.records.len()),
            ("layers", self.layers.len()),
        ])
    }
}

/// A person's private keys, from the bundle in the store and the passphrase.
pub(crate) fn unlock(house: &House, loot: &Loot, name: &str, passphrase: &str) -> PersonKeys {
    let passphrase = Passphrase::new(passphrase).unwrap();
    let bundle = bundle_of(house, loot, name);
    let bundle: Bundle = decode(&house.get(loot, bundle)).unwrap();
    bundle.unwrap(house.floor, &passphrase).ok().unwrap().0
}

/// Where a person's bundle lies.
pub(crate) fn bundle_of(house: &House, loot: &Loot, name: &str) -> Key {
    let mut invited = BTreeMap::new();
    let events = loot.entries.iter().map(|(_, id)| Key::new(EVENT, *id, 0));
    for key in events {
        let event: StoredEvent = decode(&house.get(loot, key)).unwrap();
        let person = match event.act {
            Act::Founded(genesis) if genesis.founder_name == name => genesis.founder,
            Act::Invited {
                invitation,
                name: of,
                ..
            } => {
                invited.insert(invitation, of);
                continue;
            }
            Act::Joined {
                invitation, person, ..
            } if invited[&invitation] == name => person,
            _ => continue,
        };
        return Key::new(BUNDLE, *person.as_bytes(), 0);
    }
    panic!("nobody named {name}");
}

/// Which of some texts occur in some bytes.
pub(crate) fn found<'t>(plain: &[Vec<u8>], texts: &[&'t str]) -> BTreeSet<&'t str> {
    let occurs = |text: &&&str| plain.iter().any(|bytes| contains(bytes, text.as_bytes()));
    texts.iter().filter(occurs).copied().collect()
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Which commands' notes an event's copies are for: all that is known of them without a key.
pub(crate) fn noted(event: &StoredEvent) -> Vec<CommandId> {
    event
        .sealed
        .iter()
        .flat_map(|f| &f.copies)
        .filter_map(|c| match c.readable {
            SealedFor::Inspectors(command)
            | SealedFor::Person(command, _)
            | SealedFor::Holders(command, _) => Some(command),
            SealedFor::Label(..) => None,
        })
        .collect()
}
