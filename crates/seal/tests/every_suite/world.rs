//! A room's keys, small enough to look at.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_label::{AtomName, Label, Name};
use strongroom_record::{AtomId, BoxId, RoomId, Stream};
use strongroom_seal::{
    AtomPrivate, AtomPublic, AtomRole, BoxKey, KeyBox, OpenBoxError, Purpose, Suite, SuiteFloor,
    atom,
};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// `Secret`, or `Caption:Nodis`.
pub(crate) fn atom_name(text: &str) -> AtomName {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A label of one level, `Caption` values that are all needed and, if given, `Releasable` values of
/// which any will do.
pub(crate) fn label(level: &str, captions: &[&str], releasable: Option<&[&str]>) -> Label {
    let mut label = Label::of_level(name(level));
    for caption in captions {
        label = label.with_restrictive(name("Caption"), name(caption));
    }
    if let Some(values) = releasable {
        let values: BTreeSet<Name> = values.iter().map(|v| name(v)).collect();
        label = label.with_permissive(name("Releasable"), values);
    }
    label
}

pub(crate) const ATOMS: [&str; 6] = [
    "Secret",
    "Top Secret",
    "Caption:Nodis",
    "Caption:Exdis",
    "Releasable:GBR",
    "Releasable:CAN",
];

pub(crate) struct World {
    pub(crate) suite: Suite,
    pub(crate) floor: SuiteFloor,
    pub(crate) room: RoomId,
    pub(crate) stream: Stream,
    pub(crate) public: BTreeMap<AtomName, AtomPublic>,
    pub(crate) private: BTreeMap<AtomName, AtomPrivate>,
    pub(crate) quorum: (AtomPublic, AtomPrivate),
}

impl World {
    pub(crate) fn new(suite: Suite) -> Self {
        let mut stream = Stream::from_seed([42; 32]);
        let room = RoomId::random(&mut stream);
        let mut public = BTreeMap::new();
        let mut private = BTreeMap::new();
        for text in ATOMS {
            let name = atom_name(text);
            let role = AtomRole::Label(name.clone());
            let id = AtomId::random(&mut stream);
            let (a, b) = atom::make(suite, id, role, 1, &mut stream);
            public.insert(name.clone(), a);
            private.insert(name, b);
        }
        let id = AtomId::random(&mut stream);
        let quorum = atom::make(suite, id, AtomRole::Quorum, 1, &mut stream);
        Self {
            suite,
            floor: SuiteFloor::at(suite),
            room,
            stream,
            public,
            private,
            quorum,
        }
    }

    pub(crate) fn make(&mut self, label: Label, purpose: Purpose) -> (KeyBox, BoxKey) {
        let id = BoxId::random(&mut self.stream);
        KeyBox::make(
            self.suite,
            self.room,
            id,
            label,
            purpose,
            |name| self.public.get(name),
            &self.quorum.0,
            &mut self.stream,
        )
        .unwrap_or_else(|e| panic!("{e}"))
    }

    pub(crate) fn open(&self, key_box: &KeyBox, held: &[&str]) -> Result<BoxKey, OpenBoxError> {
        let held: BTreeSet<AtomName> = held.iter().map(|text| atom_name(text)).collect();
        key_box.open(self.floor, self.room, |name, _| {
            self.private.get(name).filter(|_| held.contains(name))
        })
    }

    pub(crate) fn open_as_quorum(
        &self,
        key_box: &KeyBox,
        held: &[&str],
    ) -> Result<BoxKey, OpenBoxError> {
        let held: BTreeSet<AtomName> = held.iter().map(|text| atom_name(text)).collect();
        let holder = |name: &AtomName, _| self.private.get(name).filter(|_| held.contains(name));
        key_box.open_as_quorum(self.floor, self.room, holder, |_| Some(&self.quorum.1))
    }
}

/// Whether two keys are one: what follows from them is the same.
pub(crate) fn same(a: &BoxKey, b: &BoxKey) -> bool {
    a.id() == b.id() && a.index_key() == b.index_key()
}
