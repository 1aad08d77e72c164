//! Rolling up: the banner that the marks of portions make, and the rows that decided.
//!
//! In this order. The level is the highest. Every entry of every portion rises, those of one word made one. The words of
//! release are decided by the table, the first row that fits. Then the steps of the policy are taken, each once. Last, the
//! floor: what a portion asks of readers and the banner does not is put back, whatever the policy says.

mod build;
mod table;

use super::marking::{Entry, Form, Marking, Part, Token};
use super::{CodeId, Facts, Grammar, WordId};
use crate::policy::{LevelId, Policy};
use std::collections::BTreeSet;
use std::sync::Arc;
use table::Table;

/// The rules of rolling up.
#[derive(Debug)]
pub(crate) struct RollUpRules {
    head: usize,
    keep_heads: Facts,
    unclassified: u64,
    raise: Vec<(LevelId, LevelId)>,
    steps: Vec<Step>,
    table: Option<Table>,
}

/// What becomes of a word or slot.
#[derive(Debug)]
struct Step {
    row: RowUsed,
    when: Facts,
    with: Facts,
    classified: Option<bool>,
    unless: Facts,
    drop: Facts,
    add: Vec<WordId>,
    codes: Vec<CodeId>,
    owners_to: Option<WordId>,
    conceal: Option<WordId>,
    parts_to: Option<WordId>,
}

/// A portion as rolling up knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortionMark {
    /// Its mark; `None` where it bears none, and then it adds nothing but a row that says so.
    pub marking: Option<Marking>,
    /// The day its information is of, as YYYYMMDD, where it is not the document's.
    pub date: Option<u32>,
}

/// A portion that bears no mark, or one without a word of release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmarked {
    /// It bears no mark at all.
    Wholly,
    /// It has a level, and no word of release.
    OfRelease,
}

/// What is known of the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollUpFacts {
    /// The day of the document, as YYYYMMDD.
    pub date: Option<u32>,
    /// It is an analytic product, in which every classified portion counts as marked for release.
    pub analytic: bool,
    /// By compilation the whole is marked at least like this, with a reason in writing.
    pub compilation: Option<Marking>,
}

/// A rule that had a say in a banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowUsed {
    /// Its short name.
    pub rule: Arc<str>,
    /// Where it stands.
    pub cites: Arc<str>,
    /// What it does, for people.
    pub says: Arc<str>,
}

/// A banner, and what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUp {
    /// The banner.
    pub banner: Marking,
    /// The rules that had a say, in the order in which they were asked.
    pub rows: Vec<RowUsed>,
}

impl From<Marking> for PortionMark {
    fn from(marking: Marking) -> Self {
        Self {
            marking: Some(marking),
            date: None,
        }
    }
}

impl PortionMark {
    /// A portion that bears no mark.
    pub fn unmarked() -> Self {
        Self {
            marking: None,
            date: None,
        }
    }

    /// The same, of information of a day.
    #[must_use]
    pub fn of_day(mut self, date: u32) -> Self {
        self.date = Some(date);
        self
    }

    /// In what it is unmarked, if it is.
    pub fn lacks(&self, policy: &Policy) -> Option<Unmarked> {
        let Some(marking) = &self.marking else {
            return Some(Unmarked::Wholly);
        };
        let grammar = marking.grammar(policy);
        let table = grammar.rollup.as_ref()?.table.as_ref()?;
        (!grammar.facts_of(marking).meets(table.release_facts())).then_some(Unmarked::OfRelease)
    }
}

impl Policy {
    /// The banner that portions make, and the rules that decided. Never asks less of readers than one of the portions.
    ///
    /// `None` if the policy has no grammar, or none of the portions bears a mark.
    ///
    /// # Panics
    ///
    /// If a mark was read by another policy.
    pub fn roll_up(&self, portions: &[PortionMark], facts: &RollUpFacts) -> Option<RollUp> {
        let grammar = self.grammar()?;
        let rules = grammar.rollup.as_ref()?;
        let marked: Vec<(&Marking, Option<u32>)> = portions
            .iter()
            .filter_map(|portion| Some((portion.marking.as_ref()?, portion.date.or(facts.date))))
            .collect();
        let mut rows = Vec::new();
        if marked.len() < portions.len() {
            rows.push(grammar.own_row(
                "unmarked-portion",
                "portions without a mark add nothing to the banner, and each must have one",
            ));
        }
        let mut banner = rules.begin(self, grammar, &marked, &mut rows)?;
        let classified = rules.is_classified(grammar, &banner);
        let mut all = Facts::default();
        for (marking, _) in &marked {
            all = all.or(grammar.facts_of(marking));
        }
        if let Some(table) = &rules.table {
            table.decide(grammar, &marked, facts, classified, &mut banner, &mut rows);
        }
        for step in &rules.steps {
            step.take(grammar, &marked, all, classified, &mut banner, &mut rows);
        }
        if let Some(compilation) = &facts.compilation {
            grammar.raise_to(self, &mut banner, compilation, &mut rows);
        }
        grammar.keep_rules(self, &mut banner, &mut rows);
        grammar.floor(self, &mut banner, &marked, &mut rows);
        Some(RollUp { banner, rows })
    }

    /// An abridged portion mark with the lists that its banner has: `S//REL` under `SECRET//REL TO USA, GBR`.
    ///
    /// Gives the mark as it is where the banner has no such list.
    ///
    /// # Panics
    ///
    /// If one of the two was read by another policy.
    pub fn expand(&self, portion: &Marking, banner: &Marking) -> Marking {
        let mut expanded = portion.clone();
        let _ = (portion.grammar(self), banner.grammar(self));
        for entry in expanded.entries.iter_mut().filter(|entry| entry.bare) {
            let of_banner = banner
                .entries
                .iter()
                .find(|other| other.word == entry.word && !other.bare);
            if let Some(of_banner) = of_banner {
                entry.codes.clone_from(&of_banner.codes);
                entry.bare = false;
            }
        }
        if expanded.owners.is_empty() && expanded.head == banner.head {
            expanded.owners.clone_from(&banner.owners);
        }
        expanded
    }
}

impl Marking {
    /// Whether it is a marking of others: of those whose banners a document of the policy's own never has.
    ///
    /// # Panics
    ///
    /// If `policy` is another one than it was read by.
    pub fn is_of_others(&self, policy: &Policy) -> bool {
        let grammar = self.grammar(policy);
        let head = usize::from(self.head);
        grammar.rollup.as_ref().is_some_and(|rules| {
            head != rules.head && !rules.keep_heads.has(grammar.heads[head].fact)
        })
    }

    /// Whether another marking is of the same ones.
    pub fn is_of_same(&self, other: &Self) -> bool {
        self.head == other.head && self.owners == other.owners
    }
}

impl RollUpRules {
    /// The level and every entry that rises by itself.
    fn begin(
        &self,
        policy: &Policy,
        grammar: &Grammar,
        marked: &[(&Marking, Option<u32>)],
        rows: &mut Vec<RowUsed>,
    ) -> Option<Marking> {
        let (first, _) = marked.first()?;
        let level = marked
            .iter()
            .map(|(marking, _)| marking.level_id(grammar))
            .max()?;
        let head = &grammar.heads[usize::from(first.head)];
        let same = marked
            .iter()
            .all(|(marking, _)| marking.head == first.head && marking.owners == first.owners);
        let (head, owners) = match same && self.keep_heads.has(head.fact) {
            true => (usize::from(first.head), first.owners.clone()),
            false => (self.head, Vec::new()),
        };
        let mark = self.mark_of(grammar, head, level);
        rows.push(grammar.own_row(
            "rollup-level",
            "the banner has the highest level of its portions",
        ));
        let mut entries: Vec<Entry> = marked
            .iter()
            .flat_map(|(marking, _)| marking.entries.iter().cloned())
            .collect();
        if let Some(table) = &self.table {
            entries.retain(|entry| !table.decides(entry));
        }
        grammar.settle(&mut entries);
        if !entries.is_empty() {
            rows.push(grammar.own_row(
                "rollup-union",
                "every control of a portion rises to the banner, each once",
            ));
        }
        Some(Marking {
            tag: policy.tag(),
            head: crate::policy::index(head),
            mark,
            owners,
            entries,
        })
    }

    /// The head's word for a level, or for the one that stands in, or else for the least above.
    fn mark_of(&self, grammar: &Grammar, head: usize, level: LevelId) -> u8 {
        let raised = self
            .raise
            .iter()
            .find(|(from, _)| *from == level)
            .map_or(level, |(_, to)| *to);
        let marks = || grammar.heads[head].marks.iter().enumerate();
        let exact = marks().find(|(_, mark)| mark.level == raised);
        let above = || {
            marks()
                .filter(|(_, mark)| mark.level > level)
                .min_by_key(|(_, mark)| mark.level)
        };
        let highest = || marks().max_by_key(|(_, mark)| mark.level);
        let (at, _) = exact
            .or_else(above)
            .or_else(highest)
            .expect("a head has marks");
        crate::policy::index(at)
    }

    fn is_classified(&self, grammar: &Grammar, banner: &Marking) -> bool {
        let LevelId(level) = banner.level_id(grammar);
        self.unclassified & (1 << level) == 0
    }
}

impl Step {
    fn take(
        &self,
        grammar: &Grammar,
        marked: &[(&Marking, Option<u32>)],
        all: Facts,
        classified: bool,
        banner: &mut Marking,
        rows: &mut Vec<RowUsed>,
    ) {
        let now = grammar.facts_of(banner);
        let there = all.or(now);
        let holds = there.meets(self.when)
            && (self.with.is_empty() || now.meets(self.with))
            && self.classified.is_none_or(|asked| asked == classified)
            && !now.meets(self.unless);
        if !holds {
            return;
        }
        let before = banner.entries.clone();
        banner.entries.retain(|entry| {
            let word = entry
                .known()
                .is_some_and(|id| self.drop.has(grammar.word(id).fact));
            !word && !self.drop.has(grammar.slot(entry.slot).fact)
        });
        for id in &self.add {
            let mut entry = Entry::of_word(grammar, *id);
            entry.codes.clone_from(&self.codes);
            banner.entries.push(entry);
        }
        if let Some(id) = self.owners_to {
            let owners = marked
                .iter()
                .filter(|(marking, _)| self.when.has(grammar.heads[usize::from(marking.head)].fact))
                .flat_map(|(marking, _)| marking.owners.iter().copied())
                .filter(|id| !self.codes.contains(id))
                .collect::<BTreeSet<_>>();
            let mut entry = Entry::of_word(grammar, id);
            entry.codes.extend(owners);
            grammar.order_codes(&mut entry);
            if !entry.codes.is_empty() {
                banner.entries.push(entry);
            }
        }
        if let Some(to) = self.parts_to {
            let dropped = before.iter().filter(|entry| {
                entry
                    .known()
                    .is_some_and(|id| self.drop.has(grammar.word(id).fact))
            });
            let mut entry = Entry::of_word(grammar, to);
            entry.parts = dropped
                .flat_map(|from| grammar.parts_of(to, from))
                .collect();
            banner.entries.push(entry);
        }
        grammar.settle(&mut banner.entries);
        for entry in &mut banner.entries {
            if self.conceal.is_some() && entry.known() == self.conceal {
                entry.codes.clear();
            }
        }
        if banner.entries != before {
            rows.push(self.row.clone());
        }
    }
}

impl Grammar {
    /// A rule that the code knows by itself, with the policy's citation.
    fn own_row(&self, rule: &str, says: &str) -> RowUsed {
        RowUsed {
            rule: rule.into(),
            cites: self.citation(rule),
            says: says.into(),
        }
    }

    /// The parts of an entry as parts of another word of the same writing; what that word does not have is left out.
    fn parts_of(&self, to: WordId, from: &Entry) -> Vec<Part> {
        let listed = &self.word(to).parts;
        let parts = from.parts.iter().filter_map(|part| {
            let text = self.part_text(part);
            let id = listed
                .iter()
                .find(|id| *self.part(**id).written[0] == *text)?;
            Some(Part {
                word: Token::Known(*id),
                subs: part.subs.clone(),
            })
        });
        parts.collect()
    }

    /// Raises a banner to what compilation makes of the whole.
    fn raise_to(
        &self,
        policy: &Policy,
        banner: &mut Marking,
        to: &Marking,
        rows: &mut Vec<RowUsed>,
    ) {
        to.grammar(policy);
        let before = banner.clone();
        if to.level_id(self) > banner.level_id(self) {
            banner.mark = self.rollup.as_ref().map_or(to.mark, |rules| {
                rules.mark_of(self, usize::from(banner.head), to.level_id(self))
            });
        }
        let there = banner.label(policy);
        for entry in &to.entries {
            let alone = Marking {
                entries: vec![entry.clone()],
                ..banner.clone()
            };
            if !there.join(&alone.label(policy)).eq(&there)
                || !banner.entries.iter().any(|other| other.word == entry.word)
            {
                banner.entries.retain(|other| other.word != entry.word);
                banner.entries.push(entry.clone());
            }
        }
        self.settle(&mut banner.entries);
        if *banner != before {
            rows.push(self.own_row("compilation", "the whole is marked above its portions by compilation, for which the reasons stand in writing"));
        }
    }

    /// Changes a banner so that it keeps the rules of banners, where that asks no less of readers.
    fn keep_rules(&self, policy: &Policy, banner: &mut Marking, rows: &mut Vec<RowUsed>) {
        let broken = self.broken(banner, self.facts_of(banner), Form::Banner);
        let Some(rule) = broken.first().map(|broken| &self.rules[broken.rule]) else {
            return;
        };
        if let Some(kept) = self.repaired(banner.clone(), Form::Banner)
            && kept.label(policy).dominates(&banner.label(policy))
        {
            rows.push(RowUsed {
                rule: rule.rule.clone(),
                cites: rule.cites.clone(),
                says: (&*rule.says).into(),
            });
            *banner = kept;
        }
    }

    /// Puts back what a portion asks of readers and the banner does not.
    fn floor(
        &self,
        policy: &Policy,
        banner: &mut Marking,
        marked: &[(&Marking, Option<u32>)],
        rows: &mut Vec<RowUsed>,
    ) {
        let mut put_back = false;
        for (marking, _) in marked {
            let of_portion = marking.label(policy).at_level(banner.level(policy).name());
            if banner.label(policy).asks_all_of(&of_portion) {
                continue;
            }
            for entry in &marking.entries {
                let there = banner.label(policy);
                let alone = Marking {
                    head: banner.head,
                    mark: banner.mark,
                    owners: banner.owners.clone(),
                    entries: vec![entry.clone()],
                    tag: banner.tag,
                };
                if !there.asks_all_of(&alone.label(policy)) {
                    put_back = true;
                    let list = entry.known().and_then(|id| self.word(id).list);
                    match (
                        list,
                        banner
                            .entries
                            .iter_mut()
                            .find(|other| other.word == entry.word),
                    ) {
                        (Some(_), Some(other)) => {
                            other.codes.retain(|code| entry.codes.contains(code))
                        }
                        _ => banner.entries.push(entry.clone()),
                    }
                    self.settle(&mut banner.entries);
                }
            }
        }
        if put_back {
            rows.push(self.own_row(
                "floor",
                "what a portion asks of readers, its banner asks too",
            ));
        }
    }
}
