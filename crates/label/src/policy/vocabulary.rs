//! Which spelling means what.

use super::{CategoryId, LevelId, ValueId};
use std::collections::{BTreeSet, HashMap};

/// What a spelling means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A level.
    Level(LevelId),
    /// A value of a category.
    Value(ValueId),
    /// A permissive category with these values, perhaps none.
    AnyOf(CategoryId, BTreeSet<ValueId>),
    /// A word that says how to treat a paper, and nothing of who may read it.
    Handling,
    /// A printed form that stands for several of these at once; none of them is a reading or a level.
    Reading(Vec<Meaning>),
}

/// Something said of a spelling, and at which byte of the policy.
#[derive(Clone, Debug)]
pub(super) struct Said<T> {
    pub(super) meaning: T,
    pub(super) at: usize,
}

/// Every spelling of a policy, folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    pub(super) entries: HashMap<String, Said<Meaning>>,
    pub(super) categories: HashMap<String, Said<CategoryId>>,
    pub(super) unmarked: HashMap<String, Said<()>>,
}

impl Vocabulary {
    /// What a text means, written in whatever case and with whatever dashes.
    pub(crate) fn meaning(&self, text: &str) -> Option<&Meaning> {
        self.entries.get(&fold(text)).map(|said| &said.meaning)
    }

    /// The category that is written before a colon.
    pub(crate) fn category(&self, text: &str) -> Option<CategoryId> {
        self.categories.get(&fold(text)).map(|said| said.meaning)
    }

    /// Whether a printed text says that a record bears no level.
    pub(crate) fn is_unmarked(&self, text: &str) -> bool {
        self.unmarked.contains_key(&fold(text))
    }

    /// How many spellings there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.categories.len() + self.unmarked.len()
    }
}

/// Makes alike what people take for the same spelling: case, runs of white space, kinds of dash and apostrophe.
///
/// Nothing else: letters of different scripts that look alike stay different, and are then unknown.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in word.chars() {
            match c {
                '\u{2010}'..='\u{2015}' | '\u{2212}' => folded.push('-'),
                '\u{2018}' | '\u{2019}' => folded.push('\''),
                _ => folded.extend(c.to_lowercase()),
            }
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folding_forgives_case_space_and_dashes_only() {
        assert_eq!(fold("  TOP\t secret "), "top secret");
        assert_eq!(fold("Official–Informal"), fold("official-informal"));
        assert_eq!(fold("President’s"), fold("president's"));
        assert_ne!(
            fold("Nodis"),
            fold("N\u{43e}dis"),
            "a Cyrillic o is another letter"
        );
        assert_eq!(fold(" \u{a0} "), "");
    }
}
