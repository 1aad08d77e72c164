//! Atoms: the public keys of every level and value, of each epoch.
//!
//! An atom begins with epoch 1 and turns from each to the next. What is sealed from then on is sealed to the
//! newest; older ones stay, for what was sealed to them.

use std::collections::BTreeMap;

use strongroom_label::{AtomName, Label};
use strongroom_record::event::AtomBorn;
use strongroom_record::{AtomId, decode};
use strongroom_seal::atom::{AtomPublic, AtomRole};

/// The epoch that an atom begins with.
pub(crate) const FIRST_EPOCH: u32 = 1;

/// The word for the inspectors' key pair.
pub(crate) const INSPECTORS: &str = "inspectors";
/// The word for the key holders' quorum's.
pub(crate) const QUORUM: &str = "quorum";

/// The word for an atom in commands and lists.
pub(crate) fn atom_word(role: &AtomRole) -> String {
    match role {
        AtomRole::Label(name) => name.to_string(),
        AtomRole::Inspectors => INSPECTORS.to_owned(),
        AtomRole::Quorum => QUORUM.to_owned(),
    }
}

/// The public keys of the room's atoms, by id and by what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    /// Of each atom the keys of its epochs, from the first on. None is empty.
    pub(super) by_id: BTreeMap<AtomId, Vec<AtomPublic>>,
    pub(super) by_role: BTreeMap<AtomRole, AtomId>,
}

impl Atoms {
    /// The newest key of an atom.
    pub(crate) fn get(&self, id: AtomId) -> Option<&AtomPublic> {
        self.by_id.get(&id)?.last()
    }
    /// The key of an atom in an epoch.
    pub(crate) fn in_epoch(&self, id: AtomId, epoch: u32) -> Option<&AtomPublic> {
        let at = usize::try_from(epoch.checked_sub(FIRST_EPOCH)?).ok()?;
        self.by_id.get(&id)?.get(at)
    }
    /// The epochs of an atom, ascending; none of an unknown one.
    pub(crate) fn epochs(&self, id: AtomId) -> impl Iterator<Item = u32> {
        self.by_id
            .get(&id)
            .into_iter()
            .flatten()
            .map(|key| key.epoch)
    }
    /// The newest key for a level, a value, the inspectors or the quorum.
    pub(crate) fn standing_for(&self, role: &AtomRole) -> Option<&AtomPublic> {
        self.by_role.get(role).and_then(|id| self.get(*id))
    }
    /// The newest key for a level or a value.
    pub(crate) fn named(&self, name: &AtomName) -> Option<&AtomPublic> {
        self.standing_for(&AtomRole::Label(name.clone()))
    }
    /// The newest key of every atom, by what it stands for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &AtomPublic> {
        self.by_role.values().filter_map(|id| self.get(*id))
    }
    /// What a key box for a label is sealed to now: every atom that its lock names, in its newest epoch, and
    /// the quorum where nobody will do.
    pub(crate) fn of_label(&self, label: &Label) -> Vec<(AtomId, u32)> {
        let lock = label.lock();
        let named = lock.atoms().into_iter().filter_map(|name| self.named(name));
        let quorum = lock
            .admits_nobody()
            .then(|| self.standing_for(&AtomRole::Quorum))
            .flatten();
        let mut atoms: Vec<_> = named.chain(quorum).map(|a| (a.id, a.epoch)).collect();
        atoms.sort_unstable();
        atoms.dedup();
        atoms
    }

    /// An atom came into being.
    pub(super) fn made(&mut self, born: &AtomBorn) -> Result<AtomId, &'static str> {
        let public = read(born)?;
        if self.by_id.contains_key(&public.id) || self.by_role.contains_key(&public.name) {
            return Err("the atom exists already");
        }
        if public.epoch != FIRST_EPOCH {
            return Err("an atom begins with its first epoch");
        }
        let id = public.id;
        self.by_role.insert(public.name.clone(), id);
        self.by_id.insert(id, vec![public]);
        Ok(id)
    }
    /// An atom turned to its next epoch.
    pub(super) fn turned(&mut self, born: &AtomBorn) -> Result<(AtomId, u32), &'static str> {
        let public = read(born)?;
        let keys = self
            .by_id
            .get_mut(&public.id)
            .ok_or("it turns an unknown atom")?;
        let before = keys.last().expect("an atom has a key");
        if before.name != public.name {
            return Err("the atom stands for something else than before");
        }
        if before.epoch.checked_add(1) != Some(public.epoch) {
            return Err("the atom's epoch does not follow");
        }
        let place = (public.id, public.epoch);
        keys.push(public);
        Ok(place)
    }
}

fn read(born: &AtomBorn) -> Result<AtomPublic, &'static str> {
    decode(&born.public).map_err(|_| "the atom's public key cannot be read")
}
