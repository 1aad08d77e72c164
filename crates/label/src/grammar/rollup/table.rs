//! The table of release: which classes of portions make which words of the banner.

use super::{RollUpFacts, RowUsed};
use crate::grammar::marking::{Entry, Marking};
use crate::grammar::{CodeId, Facts, Grammar, WordId};
use std::collections::BTreeSet;

/// A table of release.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) words: Vec<WordId>,
    pub(super) facts: Facts,
    pub(super) keep: Vec<WordId>,
    pub(super) implies: Vec<(WordId, Vec<WordId>)>,
    pub(super) caveats: Facts,
    pub(super) foreign: Facts,
    pub(super) since: u32,
    pub(super) unmarked: UnmarkedAs,
    pub(super) rows: Vec<Row>,
}

/// What portions without a word of release are treated as.
#[derive(Debug)]
pub(super) struct UnmarkedAs {
    pub(super) foreign: Option<WordId>,
    pub(super) caveated: Option<WordId>,
    pub(super) late: Option<WordId>,
    pub(super) early: Option<WordId>,
    pub(super) undated: Option<WordId>,
    pub(super) unclassified: Option<WordId>,
    pub(super) unclassified_caveated: Option<WordId>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) row: RowUsed,
    pub(super) one: Vec<Class>,
    pub(super) other: Vec<Class>,
    pub(super) only: bool,
    pub(super) classified: Option<bool>,
    pub(super) lists: Vec<WordId>,
    pub(super) common: Option<bool>,
    pub(super) expands: bool,
    pub(super) gives: Vec<WordId>,
}

/// What a portion says of release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Exactly these words, ascending.
    Words(Vec<WordId>),
    /// None, and it is treated as this one.
    Unmarked(WordId),
    /// Whatever it says; only in rows.
    Any,
}

/// A portion that counts, and its class.
struct Counted<'a> {
    marking: &'a Marking,
    class: Class,
}

impl Table {
    pub(super) fn release_facts(&self) -> Facts {
        self.facts
    }

    /// Whether the table, and not the union of portions, decides on an entry.
    pub(super) fn decides(&self, entry: &Entry) -> bool {
        entry
            .known()
            .is_some_and(|id| self.words.contains(&id) && !self.keep.contains(&id))
    }

    /// Adds to a banner what the first row that fits gives.
    pub(super) fn decide(
        &self,
        grammar: &Grammar,
        marked: &[(&Marking, Option<u32>)],
        facts: &RollUpFacts,
        classified: bool,
        banner: &mut Marking,
        rows: &mut Vec<RowUsed>,
    ) {
        let analytic = facts.analytic && classified;
        let counted: Vec<Counted<'_>> = marked
            .iter()
            .filter_map(|(marking, date)| {
                let class = self.class(grammar, marking, *date, analytic)?;
                Some(Counted { marking, class })
            })
            .collect();
        if !counted
            .iter()
            .any(|portion| matches!(portion.class, Class::Words(_)))
        {
            return;
        }
        for row in &self.rows {
            if row.classified.is_some_and(|asked| asked != classified) {
                continue;
            }
            let Some(counting) = row.fits(&counted) else {
                continue;
            };
            let commons: Vec<Vec<CodeId>> = row
                .lists
                .iter()
                .map(|word| self.common(grammar, *word, &counting))
                .collect();
            let all = row
                .lists
                .iter()
                .zip(&commons)
                .all(|(word, codes)| enough(grammar, *word, codes));
            if row.common.is_some_and(|asked| asked != all) {
                continue;
            }
            if row.expands
                && !row
                    .lists
                    .iter()
                    .any(|word| self.differ(grammar, *word, &counting))
            {
                continue;
            }
            let mut given: Vec<(WordId, Vec<CodeId>)> = Vec::new();
            for id in &row.gives {
                let mut entry = Entry::of_word(grammar, *id);
                if grammar.word(*id).list.is_some() {
                    entry.codes = self.common(grammar, *id, &counting);
                    // What a wider word of the same banner gives need not be said again.
                    let wider = given
                        .iter()
                        .filter(|(word, _)| self.implied(*id).contains(word));
                    let said: Vec<CodeId> = wider.flat_map(|(_, codes)| codes.clone()).collect();
                    let said = grammar.expanded(&said);
                    entry
                        .codes
                        .retain(|code| !grammar.expanded(&[*code]).is_subset(&said));
                    given.push((*id, entry.codes.clone()));
                    if entry.codes.is_empty() {
                        continue;
                    }
                }
                banner.entries.push(entry);
            }
            grammar.settle(&mut banner.entries);
            rows.push(row.row.clone());
            return;
        }
    }

    /// What a portion says of release; `None` where it does not count.
    fn class(
        &self,
        grammar: &Grammar,
        marking: &Marking,
        date: Option<u32>,
        analytic: bool,
    ) -> Option<Class> {
        let mut words: Vec<WordId> = marking
            .entries
            .iter()
            .filter_map(Entry::known)
            .filter(|id| self.words.contains(id))
            .collect();
        words.sort_unstable();
        if !words.is_empty() {
            return Some(Class::Words(words));
        }
        let facts = grammar.facts_of(marking);
        let caveated = facts.meets(self.caveats);
        let rules = grammar.rollup.as_ref()?;
        let treated = match (
            rules.is_classified(grammar, marking),
            facts.meets(self.foreign),
        ) {
            (_, true) => self.unmarked.foreign,
            (false, _) if caveated => self.unmarked.unclassified_caveated,
            (false, _) => self.unmarked.unclassified,
            (true, _) if caveated => self.unmarked.caveated,
            (true, _) => match date {
                Some(date) if date >= self.since => self.unmarked.late,
                Some(_) => self.unmarked.early,
                None => self.unmarked.undated,
            },
        };
        treated.map(
            |word| match analytic && rules.is_classified(grammar, marking) {
                true => Class::Words(vec![word]),
                false => Class::Unmarked(word),
            },
        )
    }

    /// The words whose lists count as one of this word's too.
    fn implied(&self, word: WordId) -> &[WordId] {
        let implied = self.implies.iter().find(|(of, _)| *of == word);
        implied.map_or(&[][..], |(_, words)| words)
    }

    /// The lists that portions have of a word, or of those that imply it.
    fn lists_of(&self, word: WordId, counting: &[&Marking]) -> Vec<Vec<CodeId>> {
        let implied = self.implied(word);
        let mut lists = Vec::new();
        for marking in counting {
            let entries: Vec<&Entry> = marking
                .entries
                .iter()
                .filter(|entry| !entry.bare)
                .filter(|entry| {
                    entry
                        .known()
                        .is_some_and(|id| id == word || implied.contains(&id))
                })
                .collect();
            if !entries.is_empty() {
                lists.push(
                    entries
                        .iter()
                        .flat_map(|entry| entry.codes.iter().copied())
                        .collect(),
                );
            }
        }
        lists
    }

    /// Whether some list of a word names a group that not every one of them names.
    fn differ(&self, grammar: &Grammar, word: WordId, counting: &[&Marking]) -> bool {
        let lists = self.lists_of(word, counting);
        let mut groups = lists
            .iter()
            .flatten()
            .filter(|code| !grammar.code(**code).expands.is_empty());
        groups.any(|group| !lists.iter().all(|codes| codes.contains(group)))
    }

    /// The codes that all lists of a word have in common, groups kept where all have them.
    fn common(&self, grammar: &Grammar, word: WordId, counting: &[&Marking]) -> Vec<CodeId> {
        let list = grammar.word(word).list.map(|list| grammar.list(list));
        let lists = self.lists_of(word, counting);
        let mut lists_left = lists.iter().map(|codes| grammar.expanded(codes));
        let Some(mut common) = lists_left.next() else {
            return Vec::new();
        };
        for other in lists_left {
            common.retain(|code| other.contains(code));
        }
        let mut codes: BTreeSet<CodeId> = common.clone();
        // A group that every list names stays a group.
        for group in lists.first().into_iter().flatten() {
            let members = grammar.expanded(&[*group]);
            let named = lists.iter().all(|codes| codes.contains(group));
            if named && !grammar.code(*group).expands.is_empty() && members.is_subset(&common) {
                let alone = |code: &CodeId| !lists.iter().all(|codes| codes.contains(code));
                codes.retain(|code| !members.contains(code) || !alone(code));
                codes.insert(*group);
            }
        }
        let mut codes: Vec<CodeId> = codes
            .into_iter()
            .filter(|code| {
                list.is_none_or(|list| {
                    grammar.code_order(list, *code).is_some() && !list.never.contains(code)
                })
            })
            .collect();
        if let Some(first) = list.and_then(|list| list.first)
            && !codes.contains(&first)
            && !codes.is_empty()
        {
            codes.push(first);
        }
        if let Some(list) = list {
            codes.sort_by(|one, other| {
                grammar
                    .code_order(list, *one)
                    .cmp(&grammar.code_order(list, *other))
            });
        }
        codes
    }
}

/// Whether a list of these codes may be written.
fn enough(grammar: &Grammar, word: WordId, codes: &[CodeId]) -> bool {
    let least = grammar
        .word(word)
        .list
        .map_or(0, |list| grammar.list(list).least);
    !codes.is_empty() && codes.len() >= least
}

impl Row {
    /// The portions that the row speaks of, if it fits.
    fn fits<'a>(&self, counted: &'a [Counted<'_>]) -> Option<Vec<&'a Marking>> {
        let is_one = |portion: &Counted<'_>| {
            self.one.contains(&Class::Any) || self.one.contains(&portion.class)
        };
        let is_other = |portion: &Counted<'_>| {
            self.other.contains(&Class::Any) || self.other.contains(&portion.class)
        };
        let ones = || {
            counted
                .iter()
                .enumerate()
                .filter(|(_, portion)| is_one(portion))
        };
        let fits = if self.other.is_empty() {
            counted.iter().all(is_one)
        } else {
            ones().any(|(at, one)| {
                self.other.contains(&one.class)
                    || counted
                        .iter()
                        .enumerate()
                        .any(|(nth, other)| nth != at && is_other(other))
            })
        };
        let named = counted
            .iter()
            .all(|portion| is_one(portion) || is_other(portion));
        if !fits || counted.is_empty() || (self.only && !named) {
            return None;
        }
        Some(
            counted
                .iter()
                .filter(|portion| is_one(portion) || is_other(portion))
                .map(|portion| portion.marking)
                .collect(),
        )
    }
}
