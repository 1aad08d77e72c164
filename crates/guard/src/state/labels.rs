//! Labels in use, each interned once with its compiled form, so that a decision is a few words compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use strongroom_label::{ClearanceBits, Label, LabelBits, Policy};
use strongroom_seal::LabelDigest;

/// A label of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LabelRef(pub(super) u32);

/// The table of labels in use.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    pub(super) known: BTreeMap<Label, LabelRef>,
    pub(super) rows: Vec<Row>,
}

/// A label with what is computed from it once.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: Arc<Label>,
    pub(super) bits: LabelBits,
    pub(super) digest: LabelDigest,
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
        self.rows.push(Row {
            label: Arc::new(label.clone()),
            bits,
            digest: LabelDigest::of(label),
        });
        self.known.insert(label.clone(), new);
        Ok(new)
    }
    /// Compiles every label anew, against the next version of the policy.
    ///
    /// # Errors
    /// The policy lacks a name of one.
    pub(super) fn compile(&mut self, policy: &Policy) -> Result<(), &'static str> {
        for row in &mut self.rows {
            row.bits = LabelBits::new(policy, &row.label)
                .map_err(|_| "the policy does not know a label that is in use")?;
        }
        Ok(())
    }
    /// The label.
    pub(crate) fn get(&self, label: LabelRef) -> &Arc<Label> {
        &self.row(label).label
    }
    /// The digest by which bindings name the label.
    pub(crate) fn digest(&self, label: LabelRef) -> LabelDigest {
        self.row(label).digest
    }
    /// Whether a clearance admits to the label.
    pub(crate) fn admits(&self, clearance: &ClearanceBits, label: LabelRef) -> bool {
        clearance.permits(&self.row(label).bits)
    }
    /// For every label of the table, whether a clearance admits to it.
    pub(crate) fn admitted(&self, clearance: &ClearanceBits) -> Admitted {
        Admitted(
            self.rows
                .iter()
                .map(|row| clearance.permits(&row.bits))
                .collect(),
        )
    }
    fn row(&self, label: LabelRef) -> &Row {
        &self.rows[label.0 as usize]
    }
}

/// Which labels of the table a clearance admits to: decided once, for a walk over many records.
pub(crate) struct Admitted(Vec<bool>);

impl Admitted {
    /// Whether the label is among them.
    pub(crate) fn has(&self, label: LabelRef) -> bool {
        self.0[label.0 as usize]
    }
}
