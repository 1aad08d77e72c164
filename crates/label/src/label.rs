//! Labels: what a portion is marked with, how two combine, and which is the stricter.

use crate::atom::AtomName;
use crate::cbor::{array_of, canonical, read_set, read_sets, write_set, write_sets};
use crate::limits::{CATEGORIES_MAX, LEVELS_MAX, VALUES_MAX};
use crate::lock::{Lock, LockPart};
use crate::name::Name;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// The values named of each category of one kind.
pub type CategorySets = BTreeMap<Name, BTreeSet<Name>>;

/// What a portion is marked with: levels, and values of categories.
///
/// Who reads it must hold every level, every restrictive value, and one value of each permissive category that is
/// present; informative values are shown and decide nothing.
///
/// A portion is given one level. Joining keeps each level joined, so that the key of each stays needed: a set of levels
/// stays a set and is shown as its highest. There is always at least one level. A category stands among the restrictive
/// or informative ones only with a value; a permissive category may stand with none, and then nobody is admitted,
/// while one that is absent admits every value.
///
/// Labels know no policy: [`Policy::validate`](crate::Policy::validate) says whether each name is one of the policy's.
///
/// In CBOR an array of four: the levels, then restrictive, permissive and informative categories, each an array of
/// `[category, [values]]`; all names ascending. Encoding refuses a label beyond the limits, which no valid label is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    levels: BTreeSet<Name>,
    restrictive: CategorySets,
    permissive: CategorySets,
    informative: CategorySets,
}

impl Label {
    /// The label of one level and no category.
    pub fn of_level(level: Name) -> Self {
        Self {
            levels: BTreeSet::from([level]),
            restrictive: BTreeMap::new(),
            permissive: BTreeMap::new(),
            informative: BTreeMap::new(),
        }
    }

    /// This label with one more level.
    #[must_use]
    pub fn with_level(mut self, level: Name) -> Self {
        self.levels.insert(level);
        self
    }

    /// This label with one more restrictive value, which every reader must hold.
    #[must_use]
    pub fn with_restrictive(mut self, category: Name, value: Name) -> Self {
        self.restrictive.entry(category).or_default().insert(value);
        self
    }

    /// This label with a permissive category of which every reader must hold one of `values`; none means nobody.
    /// Where the category was present already, only the values that both name are left, as in [`join`](Self::join).
    #[must_use]
    pub fn with_permissive(mut self, category: Name, values: BTreeSet<Name>) -> Self {
        narrow(&mut self.permissive, &category, &values);
        self
    }

    /// This label with one more informative value, which decides nothing.
    #[must_use]
    pub fn with_informative(mut self, category: Name, value: Name) -> Self {
        self.informative.entry(category).or_default().insert(value);
        self
    }

    /// The levels, ascending by name (not by rank, which only a policy knows). Never empty.
    pub fn levels(&self) -> &BTreeSet<Name> {
        &self.levels
    }

    /// The restrictive values by category. No set is empty.
    pub fn restrictive(&self) -> &CategorySets {
        &self.restrictive
    }

    /// The permissive values by category. An empty set admits nobody.
    pub fn permissive(&self) -> &CategorySets {
        &self.permissive
    }

    /// The informative values by category. No set is empty.
    pub fn informative(&self) -> &CategorySets {
        &self.informative
    }

    /// The least label that is at least as strict as both: whoever it admits, both admit.
    ///
    /// Levels, restrictive and informative values are united. A permissive category that only one side has is kept as
    /// it is, since absence means every value; one that both have is intersected, and stays even when that leaves
    /// nothing, so that combining never removes a check (ADatP-4774.1 §4.4 drops it, and there the check is lost).
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        joined.levels.extend(other.levels.iter().cloned());
        unite(&mut joined.restrictive, &other.restrictive);
        unite(&mut joined.informative, &other.informative);
        for (category, values) in &other.permissive {
            narrow(&mut joined.permissive, category, values);
        }
        joined
    }

    /// Whether this label is at least as strict as `other` in everything: it holds all that `other` holds.
    ///
    /// More levels, more restrictive and more informative values are stricter; a permissive category is stricter the
    /// fewer values it has, and absent it is least strict. A partial order, of which [`join`](Self::join) is the least
    /// upper bound: `a.dominates(&b)` exactly when `a.join(&b) == a`.
    pub fn dominates(&self, other: &Self) -> bool {
        self.levels.is_superset(&other.levels)
            && covers(&self.restrictive, &other.restrictive)
            && covers(&self.informative, &other.informative)
            && other.permissive.iter().all(|(category, values)| {
                self.permissive
                    .get(category)
                    .is_some_and(|narrower| narrower.is_subset(values))
            })
    }

    /// This label with one level in place of those it has: what a banner shows of it.
    pub(crate) fn at_level(&self, level: &Name) -> Self {
        let mut shown = self.clone();
        shown.levels = BTreeSet::from([level.clone()]);
        shown
    }

    /// Whether it asks of readers all that the other asks: as [`dominates`](Self::dominates), informative values aside.
    ///
    /// So whoever may read what bears this label may read what bears the other.
    pub fn asks_all_of(&self, other: &Self) -> bool {
        let mut asking = other.clone();
        asking.informative.clear();
        self.dominates(&asking)
    }

    /// Whether no clearance at all can read it, since some permissive category has no value left.
    pub fn admits_nobody(&self) -> bool {
        self.permissive.values().any(BTreeSet::is_empty)
    }

    /// What a key must be made of to open what bears this label; see [`Lock`].
    pub fn lock(&self) -> Lock {
        let levels = self
            .levels
            .iter()
            .map(|level| LockPart::Atom(AtomName::level(level)));
        let restrictive = self.restrictive.iter().flat_map(|(category, values)| {
            values
                .iter()
                .map(move |value| LockPart::Atom(AtomName::value(category, value)))
        });
        let permissive = self
            .permissive
            .iter()
            .map(|(category, values)| LockPart::AnyOf {
                category: category.clone(),
                atoms: values
                    .iter()
                    .map(|value| AtomName::value(category, value))
                    .collect(),
            });
        Lock {
            parts: levels.chain(restrictive).chain(permissive).collect(),
        }
    }
}

/// Adds each value of `more` to `sets`.
fn unite(sets: &mut CategorySets, more: &CategorySets) {
    for (category, values) in more {
        sets.entry(category.clone())
            .or_default()
            .extend(values.iter().cloned());
    }
}

/// Leaves of a permissive category what `values` names too; an absent category admitted every value.
pub(crate) fn narrow(sets: &mut CategorySets, category: &Name, values: &BTreeSet<Name>) {
    match sets.get_mut(category) {
        Some(present) => present.retain(|value| values.contains(value)),
        None => {
            sets.insert(category.clone(), values.clone());
        }
    }
}

/// Whether `sets` has each value that `fewer` has.
fn covers(sets: &CategorySets, fewer: &CategorySets) -> bool {
    fewer.iter().all(|(category, values)| {
        sets.get(category)
            .is_some_and(|more| more.is_superset(values))
    })
}

impl<C> Encode<C> for Label {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(4)?;
        write_set(e, &self.levels, LEVELS_MAX)?;
        for sets in [&self.restrictive, &self.permissive, &self.informative] {
            write_sets(e, sets, CATEGORIES_MAX, VALUES_MAX)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Label {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        canonical(d, |d| {
            array_of(d, 4)?;
            let at = d.position();
            let levels = read_set(d, LEVELS_MAX)?;
            if levels.is_empty() {
                return Err(DecodeError::message("a label has at least one level").at(at));
            }
            Ok(Self {
                levels,
                restrictive: read_sets(d, CATEGORIES_MAX, VALUES_MAX, false)?,
                permissive: read_sets(d, CATEGORIES_MAX, VALUES_MAX, true)?,
                informative: read_sets(d, CATEGORIES_MAX, VALUES_MAX, false)?,
            })
        })
    }
}
