//! The keys of labels: which box holds the key of a label, now and before.
//!
//! A label has one key at a time. When an atom that it asks for has turned, the next session that files under
//! the label makes another, and only then is one accepted. Records under the older keys are taken over
//! as they are opened, and until then open as before.

use std::collections::BTreeMap;

use strongroom_label::Label;
use strongroom_record::{AtomId, BoxId};
use strongroom_seal::digest::Digest;

use super::Atoms;

/// The box of a label's key.
#[derive(Debug, Clone)]
pub(crate) struct LabelKey {
    pub(crate) id: BoxId,
    /// Digest of the box as it was made.
    pub(crate) digest: Digest,
    /// What it was to be sealed to when it was made: atoms in their epochs, ascending.
    pub(crate) sealed_to: Vec<(AtomId, u32)>,
}

/// The keys of labels, of each from the first on.
#[derive(Debug, Default)]
pub(crate) struct LabelKeys(pub(super) BTreeMap<Label, Vec<LabelKey>>);

impl LabelKeys {
    /// The key that a label has now, if it is of the newest epochs: the one to seal under.
    pub(crate) fn present(&self, label: &Label, atoms: &Atoms) -> Option<&LabelKey> {
        self.0
            .get(label)?
            .last()
            .filter(|key| key.sealed_to == atoms.of_label(label))
    }
    /// The key of a label in a box, whether present or not.
    pub(crate) fn in_box(&self, label: &Label, key_box: BoxId) -> Option<&LabelKey> {
        self.0.get(label)?.iter().find(|key| key.id == key_box)
    }
    /// How many keys a label has had.
    pub(crate) fn count(&self, label: &Label) -> usize {
        self.0.get(label).map_or(0, Vec::len)
    }

    /// A label's key was made.
    pub(super) fn made(
        &mut self,
        id: BoxId,
        label: &Label,
        digest: Digest,
        atoms: &Atoms,
    ) -> Result<(), &'static str> {
        if self.present(label, atoms).is_some() {
            return Err("the label has a key of the newest epochs already");
        }
        let key = LabelKey {
            id,
            digest,
            sealed_to: atoms.of_label(label),
        };
        self.0.entry(label.clone()).or_default().push(key);
        Ok(())
    }
}
