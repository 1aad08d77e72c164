//! Labels in use, each interned once with its compiled form, so that a decision is a few words compared.

use std::collections::BTreeMap;

use strongroom_label::{ClearanceBits, Label, LabelBits, Policy};

/// A label of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LabelRef(u32);

/// The table of labels in use.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    known: BTreeMap<Label, LabelRef>,
    rows: Vec<(Label, LabelBits)>,
}

impl Labels {
    /// The reference of a label, made on first use.
    ///
    /// # Errors
    /// The label has a name that the policy does not have.
    pub(crate) fn intern(
        &mut self,
        label: &Label,
        policy: &Policy,
    ) -> Result<LabelRef, &'static str> {
        if let Some(known) = self.known.get(label) {
            return Ok(*known);
        }
        let bits =
            LabelBits::new(policy, label).map_err(|_| "the policy does not know the label")?;
        let new = LabelRef(u32::try_from(self.rows.len()).map_err(|_| "too many labels")?);
        self.rows.push((label.clone(), bits));
        self.known.insert(label.clone(), new);
        Ok(new)
    }
    /// The label.
    pub(crate) fn get(&self, label: LabelRef) -> &Label {
        &self.rows[label.0 as usize].0
    }
    /// Whether a clearance admits to the label.
    pub(crate) fn admits(&self, clearance: &ClearanceBits, label: LabelRef) -> bool {
        clearance.permits(&self.rows[label.0 as usize].1)
    }
}
