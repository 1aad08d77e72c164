//! Clearances: what a person holds, and whether that admits to a label.

use crate::atom::AtomName;
use crate::cbor::{array_of, canonical, read_set, read_sets, write_set, write_sets};
use crate::label::{CategorySets, Label};
use crate::limits::{CATEGORIES_MAX, LEVELS_MAX, VALUES_MAX};
use crate::name::Name;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::fmt;

/// What a person holds: an explicit set of levels, and values of categories.
///
/// A level held says nothing about those below: `at-most Secret` is written out when a clearance is read from text.
/// An empty clearance admits to nothing, since every label has a level.
///
/// In CBOR an array of two: the levels, then an array of `[category, [values]]`; all names ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clearance {
    levels: BTreeSet<Name>,
    values: CategorySets,
}

/// What a clearance says to a label, and which part of the label decided.
///
/// The part is for those who may know the label (an officer asking why). To the reader who was refused it must not be
/// shown: it names what that reader may not know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Every part of the label is held.
    Admitted,
    /// This level is not held.
    LacksLevel(Name),
    /// This restrictive value is not held.
    LacksValue {
        /// The category.
        category: Name,
        /// The value.
        value: Name,
    },
    /// None of the values that the label names of this permissive category is held.
    LacksAnyOf {
        /// The category.
        category: Name,
    },
    /// The label names no value of this permissive category, so it admits nobody.
    AdmitsNobody {
        /// The category.
        category: Name,
    },
}

impl Decision {
    /// Whether the label is admitted.
    pub fn is_admitted(&self) -> bool {
        *self == Self::Admitted
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admitted => write!(f, "everything that the label asks is held"),
            Self::LacksLevel(level) => write!(f, "the level {level} is not held"),
            Self::LacksValue { category, value } => write!(f, "{category}: {value} is not held"),
            Self::LacksAnyOf { category } => {
                write!(f, "{category}: none of the values named is held")
            }
            Self::AdmitsNobody { category } => {
                write!(f, "{category}: no value is left, so nobody is admitted")
            }
        }
    }
}

impl Clearance {
    /// The clearance that holds exactly these atoms.
    pub fn from_atoms(atoms: impl IntoIterator<Item = AtomName>) -> Self {
        atoms.into_iter().collect()
    }

    /// Adds one atom; says whether it is new.
    pub fn insert(&mut self, atom: AtomName) -> bool {
        match atom {
            AtomName::Level(level) => self.levels.insert(level),
            AtomName::Value { category, value } => {
                self.values.entry(category).or_default().insert(value)
            }
        }
    }

    /// Takes one atom away; says whether it was held.
    pub fn remove(&mut self, atom: &AtomName) -> bool {
        match atom {
            AtomName::Level(level) => self.levels.remove(level),
            AtomName::Value { category, value } => {
                let Some(values) = self.values.get_mut(category) else {
                    return false;
                };
                let held = values.remove(value);
                if values.is_empty() {
                    self.values.remove(category);
                }
                held
            }
        }
    }

    /// The levels held, ascending by name.
    pub fn levels(&self) -> &BTreeSet<Name> {
        &self.levels
    }

    /// The values held, by category. No set is empty.
    pub fn values(&self) -> &CategorySets {
        &self.values
    }

    /// Every atom held: levels first, then values by category, ascending.
    pub fn atoms(&self) -> impl Iterator<Item = AtomName> + '_ {
        let levels = self.levels.iter().map(AtomName::level);
        levels.chain(self.values.iter().flat_map(|(category, values)| {
            values
                .iter()
                .map(move |value| AtomName::value(category, value))
        }))
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty() && self.values.is_empty()
    }

    /// Whether this atom is held.
    pub fn holds(&self, atom: &AtomName) -> bool {
        match atom {
            AtomName::Level(level) => self.levels.contains(level),
            AtomName::Value { category, value } => self.holds_value(category, value),
        }
    }

    fn holds_value(&self, category: &Name, value: &Name) -> bool {
        self.values
            .get(category)
            .is_some_and(|held| held.contains(value))
    }

    /// Whether this clearance admits to the label: every level and restrictive value held, and one value of each
    /// permissive category present.
    pub fn permits(&self, label: &Label) -> bool {
        self.decide(label).is_admitted()
    }

    /// As [`permits`](Self::permits), naming the first part of the label that refuses.
    ///
    /// Levels are asked first, then restrictive values, then permissive categories, each ascending by name.
    pub fn decide(&self, label: &Label) -> Decision {
        if let Some(level) = label
            .levels()
            .iter()
            .find(|level| !self.levels.contains(*level))
        {
            return Decision::LacksLevel(level.clone());
        }
        for (category, values) in label.restrictive() {
            if let Some(value) = values
                .iter()
                .find(|value| !self.holds_value(category, value))
            {
                return Decision::LacksValue {
                    category: category.clone(),
                    value: value.clone(),
                };
            }
        }
        for (category, values) in label.permissive() {
            if values.is_empty() {
                return Decision::AdmitsNobody {
                    category: category.clone(),
                };
            }
            if !values.iter().any(|value| self.holds_value(category, value)) {
                return Decision::LacksAnyOf {
                    category: category.clone(),
                };
            }
        }
        Decision::Admitted
    }
}

impl FromIterator<AtomName> for Clearance {
    fn from_iter<I: IntoIterator<Item = AtomName>>(atoms: I) -> Self {
        let mut clearance = Self::default();
        clearance.extend(atoms);
        clearance
    }
}

impl Extend<AtomName> for Clearance {
    fn extend<I: IntoIterator<Item = AtomName>>(&mut self, atoms: I) {
        for atom in atoms {
            self.insert(atom);
        }
    }
}

impl<C> Encode<C> for Clearance {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?;
        write_set(e, &self.levels, LEVELS_MAX)?;
        write_sets(e, &self.values, CATEGORIES_MAX, VALUES_MAX)
    }
}

impl<'b, C> Decode<'b, C> for Clearance {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        canonical(d, |d| {
            array_of(d, 2)?;
            Ok(Self {
                levels: read_set(d, LEVELS_MAX)?,
                values: read_sets(d, CATEGORIES_MAX, VALUES_MAX, false)?,
            })
        })
    }
}
