//! Labels and clearances compiled to bits, so that a decision costs a few words and no allocation.
//!
//! Every level and value of a policy has a bit. A decision is the one of [`Clearance::permits`]; a property test holds
//! the two together.

use crate::atom::AtomName;
use crate::clearance::Clearance;
use crate::label::Label;
use crate::name::Name;
use crate::policy::{ForeignName, LevelId, Policy, ValueId};

/// One bit for each value of a policy.
type Values = [u64; 4];

/// A label compiled against its policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelBits {
    tag: u64,
    levels: u64,
    needed: Values,
    any_of: Box<[Values]>,
}

/// A clearance compiled against its policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClearanceBits {
    tag: u64,
    levels: u64,
    held: Values,
}

impl LabelBits {
    /// Compiles a label.
    ///
    /// # Errors
    ///
    /// If the label is none of this policy's.
    pub fn new(policy: &Policy, label: &Label) -> Result<Self, ForeignName> {
        policy.validate(label)?;
        let mut bits = Self {
            tag: policy.tag(),
            levels: 0,
            needed: [0; 4],
            any_of: Box::default(),
        };
        for level in label.levels() {
            set_level(&mut bits.levels, known(policy.find_level(level)));
        }
        for (category, values) in label.restrictive() {
            for value in values {
                set_value(&mut bits.needed, value_id(policy, category, value));
            }
        }
        let mut any_of = Vec::with_capacity(label.permissive().len());
        for (category, values) in label.permissive() {
            let mut set = [0; 4];
            for value in values {
                set_value(&mut set, value_id(policy, category, value));
            }
            any_of.push(set);
        }
        bits.any_of = any_of.into();
        Ok(bits)
    }
}

impl ClearanceBits {
    /// Compiles a clearance.
    ///
    /// # Errors
    ///
    /// If an atom held is none of this policy's.
    pub fn new(policy: &Policy, clearance: &Clearance) -> Result<Self, ForeignName> {
        let mut bits = Self {
            tag: policy.tag(),
            levels: 0,
            held: [0; 4],
        };
        for atom in clearance.atoms() {
            match &atom {
                AtomName::Level(level) => {
                    let id = policy
                        .find_level(level)
                        .ok_or_else(|| ForeignName::Level(level.clone()))?;
                    set_level(&mut bits.levels, id);
                }
                AtomName::Value { category, value } => {
                    let id = policy
                        .find_category(category)
                        .and_then(|id| policy.find_value(id, value));
                    let foreign = || ForeignName::Value {
                        category: category.clone(),
                        value: value.clone(),
                    };
                    set_value(&mut bits.held, id.ok_or_else(foreign)?);
                }
            }
        }
        Ok(bits)
    }

    /// Whether the clearance admits to the label; the decision of [`Clearance::permits`].
    ///
    /// # Panics
    ///
    /// If the two were compiled against different policies: their bits mean different things.
    pub fn permits(&self, label: &LabelBits) -> bool {
        assert_eq!(
            self.tag, label.tag,
            "a decision between two marking policies"
        );
        let lacking = label.levels & !self.levels
            | label.needed[0] & !self.held[0]
            | label.needed[1] & !self.held[1]
            | label.needed[2] & !self.held[2]
            | label.needed[3] & !self.held[3];
        lacking == 0
            && label
                .any_of
                .iter()
                .all(|set| (0..4).any(|word| set[word] & self.held[word] != 0))
    }
}

fn value_id(policy: &Policy, category: &Name, value: &Name) -> ValueId {
    known(
        policy
            .find_category(category)
            .and_then(|id| policy.find_value(id, value)),
    )
}

fn known<T>(found: Option<T>) -> T {
    found.expect("a validated label has only names of its policy")
}

fn set_level(levels: &mut u64, LevelId(at): LevelId) {
    *levels |= 1 << at;
}

fn set_value(values: &mut Values, ValueId(at): ValueId) {
    values[usize::from(at) / 64] |= 1 << (at % 64);
}
