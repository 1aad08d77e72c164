//! The keys that a session holds: a person's own, and what they open.
//!
//! An atom's private half and a label's key are opened once a session and kept: HPKE costs a
//! millisecond, and the session ends with all of it wiped. Nothing here decides; whatever a keyring
//! can open, its owner was given.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use strongroom_label::{Label, LockPart};
use strongroom_record::{AtomId, BoxId, CommandId, HoldingId};
use strongroom_seal::{
    AtomPrivate, BoxKey, Holding, KeyBox, NoteBox, NoteKey, PersonKeys, SuiteFloor,
};

use crate::fault::Fault;
use crate::kinds;
use crate::state::{Person, State};
use crate::store::Store;

/// A session's keys.
pub(crate) struct Keyring {
    keys: PersonKeys,
    floor: SuiteFloor,
    atoms: RwLock<HashMap<(AtomId, u32), Arc<AtomPrivate>>>,
    boxes: RwLock<HashMap<BoxId, Arc<BoxKey>>>,
    notes: RwLock<HashMap<CommandId, Arc<NoteKey>>>,
}

impl Keyring {
    pub(crate) fn new(keys: PersonKeys, floor: SuiteFloor) -> Self {
        Self {
            keys,
            floor,
            atoms: RwLock::default(),
            boxes: RwLock::default(),
            notes: RwLock::default(),
        }
    }

    /// The person's own keys.
    pub(crate) fn keys(&self) -> &PersonKeys {
        &self.keys
    }

    /// An atom that the person holds, in one of its epochs.
    ///
    /// # Errors
    /// The holding is missing or damaged, or the person does not hold the atom.
    pub(crate) fn atom(
        &self,
        store: &Store,
        state: &State,
        person: &Person,
        (atom, epoch): (AtomId, u32),
    ) -> Result<Arc<AtomPrivate>, Fault> {
        if let Some(open) = self
            .atoms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(atom, epoch))
        {
            return Ok(Arc::clone(open));
        }
        let holding = *person
            .holdings
            .get(&atom)
            .and_then(|epochs| epochs.get(&epoch))
            .ok_or(Fault::Missing("a holding that a clearance names"))?;
        let opened = Arc::new(self.open_holding(store, state, person, (atom, epoch), holding)?);
        self.atoms
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((atom, epoch), Arc::clone(&opened));
        Ok(opened)
    }

    /// The key of a command's notes to the inspectors, for one who holds their keys.
    ///
    /// # Errors
    /// The box is missing or damaged, or the person does not hold the inspectors' keys.
    pub(crate) fn note_key(
        &self,
        store: &Store,
        state: &State,
        person: &Person,
        command: CommandId,
    ) -> Result<Arc<NoteKey>, Fault> {
        let known = self.notes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = known.get(&command) {
            return Ok(Arc::clone(open));
        }
        drop(known);
        let sealed: NoteBox = store.row(kinds::note_box(command), "a note box")?;
        let place = (sealed.atom(), sealed.epoch());
        let inspectors = self.atom(store, state, person, place)?;
        let opened = sealed
            .open(self.floor, state.genesis.room, &inspectors)
            .ok()
            .filter(|_| sealed.command() == command)
            .ok_or(Fault::Damaged(
                "a note box does not open for the inspectors",
            ))?;
        let opened = Arc::new(opened);
        self.notes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(command, Arc::clone(&opened));
        Ok(opened)
    }

    fn open_holding(
        &self,
        store: &Store,
        state: &State,
        person: &Person,
        (atom, epoch): (AtomId, u32),
        holding: HoldingId,
    ) -> Result<AtomPrivate, Fault> {
        let public = state
            .atoms
            .in_epoch(atom, epoch)
            .ok_or(Fault::Missing("an atom that a holding names"))?;
        let sealed: Holding =
            store.row(kinds::holding(holding), "a holding that a clearance names")?;
        sealed
            .open(self.floor, state.genesis.room, &self.keys)
            .ok()
            .filter(|private| {
                sealed.person == person.id && sealed.id == holding && private.belongs_to(public)
            })
            .ok_or(Fault::Damaged(
                "a holding does not open for the person it was sealed to",
            ))
    }

    /// The key of the box that the ledger names for a label, opened with the atoms that the person holds.
    ///
    /// # Errors
    /// The box is missing or damaged, is for another label, or asks for atoms that the person does not hold.
    pub(crate) fn box_key(
        &self,
        store: &Store,
        state: &State,
        person: &Person,
        id: BoxId,
        label: &Label,
    ) -> Result<Arc<BoxKey>, Fault> {
        if let Some(open) = self
            .boxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
        {
            return Ok(Arc::clone(open));
        }
        let key_box = load_box(store, state, id, label)?;
        let held = self.atoms_for(store, state, person, &key_box)?;
        let opened = key_box
            .open(self.floor, state.genesis.room, |name, epoch| {
                let atom = state.atoms.named(name)?;
                held.get(&(atom.id, epoch)).map(Arc::as_ref)
            })
            .map_err(|_| Fault::Damaged("a key box does not open with the atoms of its label"))?;
        let opened = Arc::new(opened);
        self.remember(id, &opened);
        Ok(opened)
    }

    /// Of the atoms that a box is sealed to, in the epochs it is sealed to them: one for each part of its label.
    fn atoms_for(
        &self,
        store: &Store,
        state: &State,
        person: &Person,
        key_box: &KeyBox,
    ) -> Result<HashMap<(AtomId, u32), Arc<AtomPrivate>>, Fault> {
        let epochs: HashMap<AtomId, u32> = key_box.atoms().collect();
        let mut held = HashMap::new();
        for part in &key_box.label().lock().parts {
            let name = match part {
                LockPart::Atom(name) => Some(name),
                LockPart::AnyOf { atoms, .. } => atoms.iter().find(|a| person.clearance.holds(a)),
            };
            let atom = name.and_then(|name| state.atoms.named(name));
            if let Some(atom) = atom
                && let Some(epoch) = epochs.get(&atom.id).copied()
                && person.holdings.contains_key(&atom.id)
            {
                let place = (atom.id, epoch);
                held.insert(place, self.atom(store, state, person, place)?);
            }
        }
        Ok(held)
    }

    /// Keeps the key of a box that this session made, or opened.
    pub(crate) fn remember(&self, id: BoxId, key: &Arc<BoxKey>) {
        self.boxes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, Arc::clone(key));
    }
}

/// A box as the ledger knows it: for this label, and a label key's own with the digest that its event
/// committed to. Anyone can make a box; one for a lower label would open just as well, for more people.
fn load_box(store: &Store, state: &State, id: BoxId, label: &Label) -> Result<KeyBox, Fault> {
    let key_box: KeyBox = store.row(kinds::key_box(id), "a key box")?;
    if key_box.id() != id || key_box.label() != label {
        return Err(Fault::Damaged(
            "a key box is for another label than the ledger says",
        ));
    }
    if let Some(known) = state.label_keys.in_box(label, id) {
        if known.digest != key_box.digest() {
            return Err(Fault::Damaged(
                "a label key's box is not the one that the ledger committed to",
            ));
        }
        // Its maker held the label, and could still have sealed it to an epoch that had been given up.
        let mut sealed_to: Vec<_> = key_box.atoms().collect();
        sealed_to.sort_unstable();
        sealed_to.dedup();
        if sealed_to != known.sealed_to {
            return Err(Fault::Damaged(
                "a label key's box is for other epochs than its atoms had",
            ));
        }
    }
    Ok(key_box)
}
