//! The words by which marks are known from other words: levels, controls, and the names of an authority block's lines.
//!
//! They come from marking policies, never from here: from all that are built in, and from the policy that a file is read
//! for, which may have words of its own.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use strongroom_label::Policy;

use super::check::key;

/// Words, in capitals and with single spaces.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Levels as banners and as portion marks have them, the longest first.
    levels: Vec<String>,
    /// Everything else that stands in markings.
    controls: HashSet<String>,
    /// Names of the lines of an authority block, the longest first.
    names: Vec<FieldName>,
    /// What is said in a document of its own marking, by phrases in small letters.
    statements: Vec<String>,
}

/// A name under which a line of an authority block is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldName {
    /// The name in capitals.
    pub(crate) name: String,
    /// The field's key: `declassify_on`.
    pub(crate) key: String,
    /// Whether the name tells by itself that a block begins; others are names only beside those.
    pub(crate) anchor: bool,
}

impl Words {
    /// The words of the policies that are built in.
    pub fn builtin() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(|| {
            let policies: Vec<Policy> = Policy::builtin_names()
                .filter_map(Policy::builtin)
                .collect();
            Self::of(&policies)
        })
    }

    /// The words by which a file is read for a policy: its own, and those of the policies that are built in.
    pub fn with(policy: &Policy) -> Cow<'static, Self> {
        if policy.is_builtin() {
            return Cow::Borrowed(Self::builtin());
        }
        let mut words = Self::builtin().clone();
        let own = Self::of(std::slice::from_ref(policy));
        words.levels.extend(own.levels);
        words.controls.extend(own.controls);
        words.names.extend(own.names);
        words.statements.extend(own.statements);
        words.put_in_order();
        Cow::Owned(words)
    }

    /// The words of these policies.
    pub fn of(policies: &[Policy]) -> Self {
        let words: Vec<_> = policies.iter().map(Policy::marking_words).collect();
        let mut names = Vec::new();
        for rules in policies.iter().filter_map(Policy::authority) {
            for line in rules.lines() {
                // A name of one word stands in any text; one of several, that a block needs, tells by itself.
                let needed = rules
                    .blocks()
                    .iter()
                    .any(|block| block.needs.contains(&line.name));
                for name in std::iter::once(&line.name).chain(&line.also) {
                    names.push((name.clone(), key(&line.name), needed && name.contains(' ')));
                }
            }
        }
        Self::from_lists(
            words
                .iter()
                .flat_map(|words| &words.levels)
                .map(String::as_str),
            words
                .iter()
                .flat_map(|words| &words.controls)
                .map(String::as_str),
            names
                .iter()
                .map(|(name, key, anchor)| (name.as_str(), key.as_str(), *anchor)),
            policies
                .iter()
                .filter_map(Policy::document)
                .flat_map(|rules| rules.phrases()),
        )
    }

    /// Words from lists: levels and controls as written, names with their keys and whether they tell by themselves.
    pub(crate) fn from_lists<'a>(
        levels: impl IntoIterator<Item = &'a str>,
        controls: impl IntoIterator<Item = &'a str>,
        names: impl IntoIterator<Item = (&'a str, &'a str, bool)>,
        statements: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let upper = |word: &str| crate::fold::fold(word).to_uppercase();
        let mut words = Self {
            levels: levels.into_iter().map(upper).collect(),
            controls: controls.into_iter().map(upper).collect(),
            names: names
                .into_iter()
                .map(|(name, key, anchor)| FieldName {
                    name: name.to_ascii_uppercase(),
                    key: key.to_owned(),
                    anchor,
                })
                .collect(),
            statements: statements.into_iter().map(str::to_lowercase).collect(),
        };
        words.put_in_order();
        words
    }

    /// The longest first, each once.
    fn put_in_order(&mut self) {
        let by_length = |one: &str, other: &str| other.len().cmp(&one.len()).then(one.cmp(other));
        self.levels.sort_by(|one, other| by_length(one, other));
        self.levels.dedup();
        // Of two fields of one name, the first one that was given stays the first.
        self.names
            .sort_by_key(|field| std::cmp::Reverse(field.name.len()));
    }

    /// The name under which a field is printed first of all.
    pub(crate) fn name_of(&self, key: &str) -> Option<&str> {
        self.names
            .iter()
            .find(|field| field.key == key)
            .map(|field| field.name.as_str())
    }

    /// Whether a text, in capitals, begins with a level: the bytes of the longest that ends where a word does.
    pub(crate) fn level_at(&self, upper: &str) -> Option<usize> {
        self.levels
            .iter()
            .find(|level| {
                upper.strip_prefix(level.as_str()).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '\'')
                })
            })
            .map(String::len)
    }

    /// Whether a text, in capitals, begins with the first word of a level: `TLP` of `TLP:RED`.
    pub(crate) fn begins_like_level(&self, upper: &str) -> bool {
        let first = |text: &str| {
            let end = text
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(text.len());
            text[..end].to_owned()
        };
        let begins = first(upper);
        begins.len() > 1 && self.levels.iter().any(|level| first(level) == begins)
    }

    /// Whether a text, in capitals, is a control or begins with one that takes codes behind it.
    pub(crate) fn is_control(&self, upper: &str) -> bool {
        self.controls.contains(upper)
            || upper
                .match_indices([' ', '-'])
                .any(|(at, _)| self.controls.contains(&upper[..at]))
    }

    /// The name with which a line, in capitals, begins.
    pub(crate) fn name_at(&self, upper: &str) -> Option<&FieldName> {
        self.names.iter().find(|field| {
            upper
                .strip_prefix(field.name.as_str())
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    }

    /// Whether a text, in small letters, says something of the document's own marking.
    pub(crate) fn is_statement(&self, lower: &str) -> bool {
        self.statements
            .iter()
            .any(|phrase| lower.contains(phrase.as_str()))
    }
}
