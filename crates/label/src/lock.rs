//! The formula of a label's key.

use crate::atom::AtomName;
use crate::name::Name;
use std::collections::BTreeSet;

/// What opens a label, as the parts that are *all* needed, in canonical order: each level, each restrictive value, then
/// each permissive category that is present; within these, ascending by name. Two equal labels have equal locks.
///
/// Informative values are no part of it. There is always at least one part, since a label has a level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// The parts, all of which are needed.
    pub parts: Vec<LockPart>,
}

/// One part of a [`Lock`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockPart {
    /// This atom is needed.
    Atom(AtomName),
    /// One of these atoms is needed, whichever. With none, nothing opens the lock.
    AnyOf {
        /// The permissive category.
        category: Name,
        /// Its values that the label names.
        atoms: BTreeSet<AtomName>,
    },
}

impl Lock {
    /// Every atom that occurs, needed or offered, ascending and each once: those whose public keys a sealer needs.
    pub fn atoms(&self) -> BTreeSet<&AtomName> {
        let mut occurring = BTreeSet::new();
        for part in &self.parts {
            match part {
                LockPart::Atom(atom) => {
                    occurring.insert(atom);
                }
                LockPart::AnyOf { atoms, .. } => occurring.extend(atoms),
            }
        }
        occurring
    }

    /// Whether no set of atoms opens it.
    pub fn admits_nobody(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, LockPart::AnyOf { atoms, .. } if atoms.is_empty()))
    }

    /// Whether holding exactly the atoms for which `holds` is true opens it.
    pub fn opens(&self, mut holds: impl FnMut(&AtomName) -> bool) -> bool {
        self.parts.iter().all(|part| match part {
            LockPart::Atom(atom) => holds(atom),
            LockPart::AnyOf { atoms, .. } => atoms.iter().any(&mut holds),
        })
    }
}
