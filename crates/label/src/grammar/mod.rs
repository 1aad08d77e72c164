//! Markings written as banner lines and portion marks, by a grammar that the policy brings.
//!
//! The shape is here: heads, slots, lists of codes, entries with parts, rules over what is present, a table that rolls
//! portions up. Every word, code, separator, order and rule is data: this module knows no level and no codeword.
//!
//! - [`Grammar`] is the data, checked and indexed (`file.rs` is what a policy may say, `load.rs` checks it).
//! - [`Marking`] is one marking read: a head, its level and owners, and entries in the order of the grammar.
//!   It prints itself in both forms (`print.rs`), and says what it means for readers as a [`Label`](crate::Label)
//!   (`meaning.rs`).
//! - `read.rs` reads either form and notes every fault on the way, so that what is meant can be written rightly;
//!   `rules.rs` asks what goes with what; `repair.rs` says what to write instead.
//! - `rollup.rs` makes a banner of portions, with the rows that decided.
//! - [`AuthorityRules`] says what the block about who classified must hold.
//!
//! What cannot happen: a marking with a fault that reads as one without; two canonical writings of one marking; a banner
//! from [`Policy::roll_up`](crate::Policy::roll_up) that asks less of readers than one of its portions; a panic from
//! hostile text.

mod authority;
mod bits;
mod document;
mod fault;
pub(crate) mod file;
mod load;
mod marking;
mod meaning;
mod pattern;
mod print;
mod read;
mod repair;
mod rollup;
mod rules;
mod words;

pub use authority::{AuthorityBlock, AuthorityLine, AuthorityRules, AuthorityValue, Judged};
pub use document::{DOCUMENT_RULES, DocumentRule, DocumentRules};
pub use fault::BrokenRule;
pub use marking::{Form, Marking, MarkingPart};
pub use rollup::{PortionMark, RollUp, RollUpFacts, RowUsed, Unmarked};
pub use words::MarkingWords;

pub(crate) use load::load;

use bits::Facts;
use file::{Side, Sort};
use pattern::Pattern;
use rollup::RollUpRules;
use rules::Rule;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::name::Name;
use crate::policy::LevelId;

/// A grammar, checked and indexed.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub(crate) between: [Box<str>; 2],
    /// Whether everything is written in capital letters, so that small ones are a fault and not another word.
    pub(crate) upper: bool,
    pub(crate) cites: BTreeMap<String, Arc<str>>,
    pub(crate) heads: Vec<Head>,
    pub(crate) codes: Vec<Code>,
    pub(crate) kinds: Vec<CodeKind>,
    pub(crate) code_by_text: HashMap<Box<str>, CodeId>,
    pub(crate) code_also: HashMap<Box<str>, CodeId>,
    pub(crate) lists: Vec<CodeList>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) words: Vec<Word>,
    pub(crate) parts: Vec<PartWord>,
    /// What each form writes, titles among the banner's, to the word meant.
    pub(crate) written: [HashMap<Box<str>, WordId>; 2],
    /// Words for a banner's own list, in portions.
    pub(crate) bare: HashMap<Box<str>, WordId>,
    /// Spellings that are recognised and refused.
    pub(crate) also: HashMap<Box<str>, WordId>,
    pub(crate) fact_names: Vec<Arc<str>>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) rollup: Option<RollUpRules>,
    pub(crate) authority: Option<AuthorityRules>,
    pub(crate) document: Option<DocumentRules>,
}

/// Where a code stands among all codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CodeId(pub(crate) u16);

/// Where a word stands among all words of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WordId(pub(crate) u16);

/// Where a part stands among all parts of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartId(pub(crate) u16);

/// Where a list stands among the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ListId(pub(crate) u8);

/// A fact of markings, as a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FactId(pub(crate) u8);

/// What something means for readers: a value of a category.
pub(crate) type Means = (Name, Name);

/// A way to begin a marking.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) begins: [Box<str>; 2],
    pub(crate) in_form: [bool; 2],
    pub(crate) marks: Vec<HeadMark>,
    pub(crate) owners: Option<Owners>,
    pub(crate) means: Vec<Means>,
    pub(crate) alone: Vec<Means>,
    pub(crate) fact: FactId,
}

/// A word for a level.
#[derive(Debug)]
pub(crate) struct HeadMark {
    pub(crate) written: [Box<str>; 2],
    pub(crate) level: LevelId,
    pub(crate) means: Vec<Means>,
}

/// Whose the information is.
#[derive(Debug)]
pub(crate) struct Owners {
    pub(crate) list: ListId,
    pub(crate) at: Side,
    pub(crate) portion_may_omit: bool,
}

/// One code.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) text: Arc<str>,
    pub(crate) kind: u8,
    pub(crate) expands: Vec<CodeId>,
}

/// A kind of codes.
#[derive(Debug)]
pub(crate) struct CodeKind {
    pub(crate) says: Box<str>,
}

/// How a list of codes is written.
#[derive(Debug)]
pub(crate) struct CodeList {
    /// Kinds of codes in their order.
    pub(crate) kinds: Vec<u8>,
    pub(crate) between: Box<str>,
    pub(crate) first: Option<CodeId>,
    pub(crate) has: Option<CodeId>,
    /// Codes that it never has.
    pub(crate) never: Vec<CodeId>,
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) category: Option<Name>,
    pub(crate) implies: Vec<Name>,
    pub(crate) cites: Option<Arc<str>>,
}

/// One category of a marking.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: Box<str>,
    pub(crate) says: Box<str>,
    pub(crate) cites: Option<Arc<str>>,
    pub(crate) before: [Box<str>; 2],
    pub(crate) entries: [Box<str>; 2],
    pub(crate) begins: Box<str>,
    pub(crate) begins_title: Option<Box<str>>,
    pub(crate) sort: Sort,
    pub(crate) category: Option<Name>,
    pub(crate) open: Option<Pattern>,
    pub(crate) open_alone: bool,
    /// Whether one of its words may have parts.
    pub(crate) has_parts: bool,
    pub(crate) open_parts: Option<Pattern>,
    pub(crate) open_subs: Option<Pattern>,
    pub(crate) part_before: Box<str>,
    pub(crate) sub_before: Box<str>,
    pub(crate) most: usize,
    pub(crate) fact: FactId,
    /// Its words that a list of codes may follow.
    pub(crate) with_lists: Vec<WordId>,
}

/// One word of a slot.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) slot: u8,
    pub(crate) written: [Box<str>; 2],
    pub(crate) title: Option<Box<str>>,
    pub(crate) bare: Option<Box<str>>,
    pub(crate) list: Option<ListId>,
    pub(crate) list_before: bool,
    pub(crate) list_optional: bool,
    pub(crate) means: Vec<Means>,
    /// What it means where no list says more.
    pub(crate) alone: Vec<Means>,
    /// What says the same as this word with too short a list.
    pub(crate) too_few: Option<WordId>,
    pub(crate) parts: Vec<PartId>,
    pub(crate) open_parts: Option<Pattern>,
    pub(crate) has_parts: bool,
    pub(crate) needs_part: bool,
    pub(crate) fact: FactId,
    /// The fact that it has a part that is not listed.
    pub(crate) open_fact: Option<FactId>,
    /// The fact that its optional list is left out.
    pub(crate) alone_fact: Option<FactId>,
}

/// A listed part of a word.
#[derive(Debug)]
pub(crate) struct PartWord {
    pub(crate) written: [Box<str>; 2],
    pub(crate) title: Option<Box<str>>,
    pub(crate) subs: Option<Pattern>,
    pub(crate) needs_sub: bool,
    pub(crate) means: Vec<Means>,
    pub(crate) sub_category: Option<Name>,
    pub(crate) fact: FactId,
    /// The fact that it has parts of its own.
    pub(crate) sub_fact: FactId,
}

impl Grammar {
    pub(crate) fn code(&self, CodeId(at): CodeId) -> &Code {
        &self.codes[usize::from(at)]
    }

    pub(crate) fn word(&self, WordId(at): WordId) -> &Word {
        &self.words[usize::from(at)]
    }

    pub(crate) fn part(&self, PartId(at): PartId) -> &PartWord {
        &self.parts[usize::from(at)]
    }

    pub(crate) fn list(&self, ListId(at): ListId) -> &CodeList {
        &self.lists[usize::from(at)]
    }

    pub(crate) fn slot(&self, at: u8) -> &Slot {
        &self.slots[usize::from(at)]
    }

    /// Where a rule that the code knows by itself stands.
    pub(crate) fn citation(&self, rule: &str) -> Arc<str> {
        let found = self.cites.get(rule).or_else(|| self.cites.get("default"));
        found.cloned().unwrap_or_else(|| Arc::from(""))
    }

    /// The order of a code in a list: what leads it, then its kinds, then letters. `None` if the list has none of its kind.
    pub(crate) fn code_order<'a>(&'a self, list: &CodeList, id: CodeId) -> Option<(u8, &'a str)> {
        let code = self.code(id);
        if list.first == Some(id) {
            return Some((0, &code.text));
        }
        let kind = list.kinds.iter().position(|kind| *kind == code.kind)?;
        Some((u8::try_from(kind + 1).unwrap_or(u8::MAX), &code.text))
    }

    /// The words whose fact this is, in the order of the grammar.
    pub(crate) fn word_of(&self, fact: FactId) -> Option<WordId> {
        let at = self.words.iter().position(|word| word.fact == fact)?;
        u16::try_from(at).ok().map(WordId)
    }
}
