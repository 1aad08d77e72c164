//! Marking policies: the levels, categories, spellings, reasons and terms in use. Data, not code.
//!
//! A policy is read from TOML, checked whole, and never changes; a room may come to use a next version of it (`policy/change.rs`). What a file may say is in `policy/file.rs`; what is
//! checked, in `policy/load.rs`, `spell.rs` and `rules.rs`. This module knows no level and no codeword: every one comes from the file.

mod change;
mod error;
mod file;
mod load;
mod rules;
mod schedule;
mod spell;
mod vocabulary;

pub use change::PolicyLoss;
pub use error::{PolicyError, PolicyRule};
pub(crate) use file::Text;
pub(crate) use load::Loader;
pub use rules::{PassphraseFloor, Reason, Terms};
pub use schedule::{Keep, Schedule, Then};
pub(crate) use vocabulary::{Meaning, fold};

use crate::atom::AtomName;
use crate::grammar::Grammar;
use crate::label::{CategorySets, Label};
use crate::name::Name;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use vocabulary::Vocabulary;

/// The policies that are built in: name and source.
const BUILTIN: [(&str, &str); 6] = [
    (
        "us-state-historical",
        include_str!("../policies/us-state-historical.toml"),
    ),
    ("us", include_str!("../policies/us.toml")),
    ("nato", include_str!("../policies/nato.toml")),
    ("uk", include_str!("../policies/uk.toml")),
    ("tlp", include_str!("../policies/tlp.toml")),
    ("corporate", include_str!("../policies/corporate.toml")),
];

/// Where a level stands in its policy, in ascending rank; its bit in a compiled decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LevelId(pub(crate) u8);

/// Where a category stands in its policy, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CategoryId(pub(crate) u8);

/// Where a value stands among all values of its policy, in the order of the file; its bit in a compiled decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ValueId(pub(crate) u8);

/// A marking policy: what may be written in a marking, what it means, and who decides by which words.
///
/// Every spelling means one thing. Two policies are equal when their sources are, character for character.
#[derive(Clone)]
pub struct Policy {
    name: Name,
    title: String,
    source: Arc<str>,
    levels: Vec<Level>,
    categories: Vec<Category>,
    values: Vec<Value>,
    vocabulary: Vocabulary,
    atoms: BTreeSet<AtomName>,
    reasons: Vec<Reason>,
    prohibited: Vec<Reason>,
    passphrase: PassphraseFloor,
    terms: Terms,
    schedules: Vec<Schedule>,
    tag: u64,
    grammar: Option<Arc<Grammar>>,
}

/// A level of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    pub(crate) name: Name,
    pub(crate) rank: u16,
    pub(crate) banner: String,
    pub(crate) portion: String,
}

/// What a category asks of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CategoryKind {
    /// Every value marked must be held.
    Restrictive,
    /// One of the values marked must be held; where the category is absent, none is asked.
    Permissive,
    /// Values are shown and ask nothing.
    Informative,
}

/// A category of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub(crate) name: Name,
    pub(crate) kind: CategoryKind,
    pub(crate) banner: String,
    pub(crate) portion: String,
    pub(crate) values: Vec<ValueId>,
}

/// A value of a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) category: CategoryId,
    pub(crate) name: Name,
    pub(crate) banner: String,
    pub(crate) portion: String,
}

/// Why a label is none of a policy's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignName {
    /// The policy has no such level.
    #[error("the policy has no level `{0}`: the label was made under another one")]
    Level(Name),
    /// The policy has no such category, or it is of another kind.
    #[error("the policy has no {kind} category `{category}`: the label was made under another one", kind = kind.adjective())]
    Category {
        /// The category.
        category: Name,
        /// The kind that the label takes it for.
        kind: CategoryKind,
    },
    /// The category has no such value.
    #[error(
        "the policy has no value `{value}` in `{category}`: the label was made under another one"
    )]
    Value {
        /// The category.
        category: Name,
        /// The value.
        value: Name,
    },
}

impl CategoryKind {
    /// The kind as an English adjective, in lower case.
    pub fn adjective(self) -> &'static str {
        match self {
            Self::Restrictive => "restrictive",
            Self::Permissive => "permissive",
            Self::Informative => "informative",
        }
    }
}

impl Level {
    /// The level's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its rank: higher is stricter, and no two levels of a policy share one.
    pub fn rank(&self) -> u16 {
        self.rank
    }
}

impl Category {
    /// The category's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// What it asks of a reader.
    pub fn kind(&self) -> CategoryKind {
        self.kind
    }
}

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    ///
    /// The first rule that the text breaks, with its line and what to write instead.
    pub fn from_toml(source: &str) -> Result<Self, PolicyError> {
        load::load(source)
    }

    /// A policy that is built in, or `None` if there is none of that name.
    ///
    /// # Panics
    ///
    /// If a built-in policy breaks a rule; a test reads each.
    pub fn builtin(name: &str) -> Option<Self> {
        let (name, source) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Some(Self::from_toml(source).unwrap_or_else(|e| panic!("the built-in policy {name}: {e}")))
    }

    /// The names that [`builtin`](Self::builtin) knows.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// The policy's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// What the policy is, in a line, for people. May be empty.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The text that the policy was read from, character for character: what a ledger keeps the digest of.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is one of those that are built in, sign for sign.
    pub fn is_builtin(&self) -> bool {
        BUILTIN.iter().any(|(_, source)| *source == self.source())
    }

    /// The levels, in ascending rank. Never empty.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The categories, in the order of the file, which is their order in a banner.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The names of a category's values, in the order of the file; none if the policy has no such category.
    pub fn values_of(&self, category: &Name) -> impl Iterator<Item = &Name> {
        let found = self.categories.iter().find(|known| known.name == *category);
        found
            .into_iter()
            .flat_map(|known| &known.values)
            .map(|id| &self.value(*id).name)
    }

    /// Every atom that needs a key: each level, and each value of the restrictive and permissive categories.
    pub fn atoms(&self) -> &BTreeSet<AtomName> {
        &self.atoms
    }

    /// The names of the levels at or below `level`, or `None` if the policy has no such level.
    pub fn at_most(&self, level: &Name) -> Option<BTreeSet<Name>> {
        let LevelId(top) = self.find_level(level)?;
        Some(
            self.levels[..=usize::from(top)]
                .iter()
                .map(|level| level.name.clone())
                .collect(),
        )
    }

    /// The level of the label that ranks highest: the one a banner shows. `None` if it has none of this policy's.
    pub fn highest(&self, label: &Label) -> Option<&Level> {
        let top = label
            .levels()
            .iter()
            .filter_map(|level| self.find_level(level))
            .max()?;
        Some(self.level(top))
    }

    /// Whether a label is below another, in the order in which labels fall: it asks for something less and for nothing
    /// more. A lower level asks for less, which no set of levels says by itself.
    pub fn is_below(&self, label: &Label, other: &Label) -> bool {
        let (top, other_top) = (self.highest(label), self.highest(other));
        let (Some(top), Some(other_top)) = (top, other_top) else {
            return false;
        };
        let lower = top.rank < other_top.rank;
        let same_levels = label.levels() == other.levels();
        let levels = lower || label.levels().is_subset(other.levels());
        let all_of = |here: &CategorySets, there: &CategorySets| {
            here.iter()
                .all(|(category, values)| there.get(category).is_some_and(|t| values.is_subset(t)))
        };
        let restrictive = all_of(label.restrictive(), other.restrictive());
        // Of a permissive category any value will do: the more of them, the less is asked.
        let permissive = label.permissive().iter().all(|(category, values)| {
            let there = other.permissive().get(category);
            there.is_some_and(|there| there.is_subset(values))
        });
        let same = same_levels
            && label.restrictive() == other.restrictive()
            && label.permissive() == other.permissive();
        levels && restrictive && permissive && !same
    }

    /// The reasons that may be given for filing and restricting, in the order of the file.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The reason with this code, as it is written in the policy; `None` if it may not be given.
    pub fn reason(&self, code: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.code() == code)
    }

    /// The purposes for which nothing may be restricted, so that a refusal can say which rule forbids it.
    pub fn prohibited(&self) -> &[Reason] {
        &self.prohibited
    }

    /// The least that is asked of a passphrase.
    pub fn passphrase(&self) -> PassphraseFloor {
        self.passphrase
    }

    /// How long things may take.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// The schedules, in the order of the file. None where the policy says nothing of keeping.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The schedule of a name.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|known| known.name() == name)
    }

    /// The schedule of records for which nobody said another.
    pub fn default_schedule(&self) -> Option<&Schedule> {
        self.schedules.iter().find(|known| known.is_default())
    }

    /// Checks that every name of the label is this policy's, and every category of the kind the label takes it for.
    ///
    /// # Errors
    ///
    /// The first name that is not.
    pub fn validate(&self, label: &Label) -> Result<(), ForeignName> {
        for level in label.levels() {
            self.find_level(level)
                .ok_or_else(|| ForeignName::Level(level.clone()))?;
        }
        for (kind, sets) in [
            (CategoryKind::Restrictive, label.restrictive()),
            (CategoryKind::Permissive, label.permissive()),
            (CategoryKind::Informative, label.informative()),
        ] {
            for (category, values) in sets {
                let id = self
                    .find_category(category)
                    .filter(|id| self.category(*id).kind == kind)
                    .ok_or_else(|| ForeignName::Category {
                        category: category.clone(),
                        kind,
                    })?;
                for value in values {
                    self.find_value(id, value)
                        .ok_or_else(|| ForeignName::Value {
                            category: category.clone(),
                            value: value.clone(),
                        })?;
                }
            }
        }
        Ok(())
    }

    /// Tells policies apart within one process; equal sources have equal tags.
    pub(crate) fn tag(&self) -> u64 {
        self.tag
    }

    /// How markings are written, if the policy says so.
    pub(crate) fn grammar(&self) -> Option<&Grammar> {
        self.grammar.as_deref()
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    pub(crate) fn level(&self, LevelId(at): LevelId) -> &Level {
        &self.levels[usize::from(at)]
    }

    pub(crate) fn category(&self, CategoryId(at): CategoryId) -> &Category {
        &self.categories[usize::from(at)]
    }

    pub(crate) fn value(&self, ValueId(at): ValueId) -> &Value {
        &self.values[usize::from(at)]
    }

    /// What the category of a value asks of a reader.
    pub(crate) fn kind_of(&self, id: ValueId) -> CategoryKind {
        self.category(self.value(id).category).kind
    }

    /// The level of exactly this name.
    pub(crate) fn find_level(&self, name: &Name) -> Option<LevelId> {
        let at = self.levels.iter().position(|level| level.name == *name)?;
        Some(LevelId(index(at)))
    }

    /// The category of exactly this name.
    pub(crate) fn find_category(&self, name: &Name) -> Option<CategoryId> {
        let at = self
            .categories
            .iter()
            .position(|category| category.name == *name)?;
        Some(CategoryId(index(at)))
    }

    /// The value of exactly this name in the category.
    pub(crate) fn find_value(&self, category: CategoryId, name: &Name) -> Option<ValueId> {
        self.category(category)
            .values
            .iter()
            .copied()
            .find(|id| self.value(*id).name == *name)
    }
}

/// An index that the limits of a policy keep below 256.
pub(crate) fn index(at: usize) -> u8 {
    u8::try_from(at).expect("a policy's lists are limited to 256")
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Policy {}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_policy_keeps_the_rules_and_bears_its_name() {
        for name in Policy::builtin_names() {
            let policy = Policy::builtin(name).expect("it is built in");
            assert_eq!(policy.name().as_str(), name);
            assert!(!policy.reasons().is_empty());
        }
        assert!(Policy::builtin("no-such-policy").is_none());
    }
}
