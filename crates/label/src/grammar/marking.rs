//! One marking, read.

use super::{CodeId, Grammar, PartId, WordId};
use crate::policy::{LevelId, Policy};

/// How a marking is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As a line above and below a page.
    Banner,
    /// As an abbreviation before a portion, without its parentheses.
    Portion,
}

impl Form {
    pub(crate) fn at(self) -> usize {
        match self {
            Self::Banner => 0,
            Self::Portion => 1,
        }
    }
}

/// A marking of a policy that has a grammar: a head with its level and owners, and entries in the grammar's order.
///
/// Whatever one was read from, equal markings are written alike; [`banner`](Self::banner) and [`portion`](Self::portion)
/// are the canonical forms. A marking knows the policy that it was read by, and prints by no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Marking {
    pub(super) tag: u64,
    pub(super) head: u8,
    /// Which of the head's words for levels.
    pub(super) mark: u8,
    pub(super) owners: Vec<CodeId>,
    pub(super) entries: Vec<Entry>,
}

/// One entry of a slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) slot: u8,
    pub(super) word: Token<WordId>,
    pub(super) codes: Vec<CodeId>,
    pub(super) parts: Vec<Part>,
    /// Stands for the banner's own list.
    pub(super) bare: bool,
}

/// A part of an entry, with its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    pub(super) word: Token<PartId>,
    pub(super) subs: Vec<Box<str>>,
}

/// A word of a list, or one of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token<Id> {
    Known(Id),
    Open(Box<str>),
}

/// One entry of a marking, for those who show it in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkingPart {
    /// The slot of the grammar: `dissemination`.
    pub slot: String,
    /// The entry as a banner writes it: `REL TO USA, GBR`.
    pub banner: String,
    /// The entry as a portion mark writes it.
    pub portion: String,
    /// The codes of its list, if it has any.
    pub codes: Vec<String>,
}

impl Entry {
    pub(super) fn of_word(grammar: &Grammar, id: WordId) -> Self {
        Self {
            slot: grammar.word(id).slot,
            word: Token::Known(id),
            codes: Vec::new(),
            parts: Vec::new(),
            bare: false,
        }
    }

    pub(super) fn known(&self) -> Option<WordId> {
        match &self.word {
            Token::Known(id) => Some(*id),
            Token::Open(_) => None,
        }
    }
}

impl Marking {
    /// The grammar that it was read by.
    ///
    /// # Panics
    ///
    /// If `policy` is another one: its words mean other things.
    pub(super) fn grammar<'a>(&self, policy: &'a Policy) -> &'a Grammar {
        assert_eq!(
            self.tag,
            policy.tag(),
            "a marking of another marking policy"
        );
        policy
            .grammar()
            .expect("a policy that read a marking has a grammar")
    }

    pub(super) fn level_id(&self, grammar: &Grammar) -> LevelId {
        grammar.heads[usize::from(self.head)].marks[usize::from(self.mark)].level
    }

    /// Whether an entry stands for the banner's own list, as `REL` alone does: [`Policy::expand`] fills it in.
    pub fn is_abridged(&self) -> bool {
        self.entries.iter().any(|entry| entry.bare)
    }

    /// Whether a portion leaves out its owners, who are the banner's then: [`Policy::expand`] fills them in.
    ///
    /// # Panics
    ///
    /// If `policy` is another one than it was read by.
    pub fn omits_owners(&self, policy: &Policy) -> bool {
        let head = &self.grammar(policy).heads[usize::from(self.head)];
        head.owners.is_some() && self.owners.is_empty()
    }

    /// Its level, as the policy names it.
    pub fn level<'a>(&self, policy: &'a Policy) -> &'a crate::policy::Level {
        let grammar = self.grammar(policy);
        policy.level(self.level_id(grammar))
    }

    /// Whose the information is: the codes beside the level, if any.
    pub fn owners<'a>(&self, policy: &'a Policy) -> Vec<&'a str> {
        let grammar = self.grammar(policy);
        self.owners
            .iter()
            .map(|id| &*grammar.code(*id).text)
            .collect()
    }

    /// The entries after the level, one by one.
    pub fn parts(&self, policy: &Policy) -> Vec<MarkingPart> {
        let grammar = self.grammar(policy);
        self.entries
            .iter()
            .map(|entry| MarkingPart {
                slot: grammar.slot(entry.slot).name.to_string(),
                banner: grammar.entry_text(entry, Form::Banner),
                portion: grammar.entry_text(entry, Form::Portion),
                codes: entry
                    .codes
                    .iter()
                    .map(|id| grammar.code(*id).text.to_string())
                    .collect(),
            })
            .collect()
    }
}
