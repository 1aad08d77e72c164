//! The rules of rolling up, from the policy.

use super::table::{Class, Row, Table, UnmarkedAs};
use super::{RollUpRules, RowUsed, Step};
use crate::grammar::WordId;
use crate::grammar::file::{ReleaseEntry, RollUpEntry, RowEntry, StepEntry};
use crate::grammar::load::Building;
use crate::name::{Name, escaped};
use crate::policy::{PolicyError, Text};

/// Before the word that a portion without a word of release is treated as.
const UNMARKED: &str = "unmarked ";
/// Every class.
const ANY: &str = "any";

impl Building<'_> {
    pub(in crate::grammar) fn rollup(
        &self,
        entry: &RollUpEntry,
    ) -> Result<RollUpRules, PolicyError> {
        let fact = self.find_fact(&entry.head)?;
        let head = self.grammar.heads.iter().position(|head| head.fact == fact);
        let head = head.ok_or_else(|| self.refuse(&entry.head, "this is no head"))?;
        let mut raise = Vec::new();
        for (from, to) in &entry.raise {
            let from = Name::new(from)
                .ok()
                .and_then(|name| self.policy.find_level(&name));
            let from = from.ok_or_else(|| {
                self.refuse(to, "the policy has no level of the name before this")
            })?;
            raise.push((from, self.find_level(to)?));
        }
        Ok(RollUpRules {
            head,
            keep_heads: self.find_facts(&entry.keep_heads)?,
            unclassified: self.levels(&entry.unclassified)?,
            raise,
            steps: entry
                .step
                .iter()
                .map(|step| self.step(step))
                .collect::<Result<_, _>>()?,
            table: entry
                .release
                .as_ref()
                .map(|release| self.table(release))
                .transpose()?,
        })
    }

    fn step(&self, entry: &StepEntry) -> Result<Step, PolicyError> {
        Ok(Step {
            row: row(&entry.rule, &entry.says, &entry.cites),
            when: self.find_facts(&entry.when)?,
            with: self.find_facts(&entry.with)?,
            classified: entry.classified,
            unless: self.find_facts(&entry.unless)?,
            drop: self.find_facts(&entry.drop)?,
            add: self.words(&entry.add)?,
            codes: entry
                .codes
                .iter()
                .map(|text| self.find_code(text))
                .collect::<Result<_, _>>()?,
            owners_to: self.maybe_word(entry.owners_to.as_ref())?,
            conceal: self.maybe_word(entry.conceal.as_ref())?,
            parts_to: self.maybe_word(entry.parts_to.as_ref())?,
        })
    }

    fn maybe_word(&self, text: Option<&Text>) -> Result<Option<WordId>, PolicyError> {
        text.map(|text| self.find_word(text)).transpose()
    }

    fn table(&self, entry: &ReleaseEntry) -> Result<Table, PolicyError> {
        let words = self.words(&entry.words)?;
        let mut implies = Vec::new();
        for (of, others) in &entry.implies {
            let fact = self
                .grammar
                .words
                .iter()
                .position(|word| *word.written[0] == **of);
            let of = fact.and_then(|at| u16::try_from(at).ok()).map(WordId);
            let at = others.first().unwrap_or(&entry.words[0]);
            implies.push((
                of.ok_or_else(|| self.refuse(at, "the word before this is none of a slot"))?,
                self.words(others)?,
            ));
        }
        let unmarked = &entry.unmarked;
        Ok(Table {
            facts: self.find_facts(&entry.words)?,
            keep: self.words(&entry.keep)?,
            implies,
            caveats: self.find_facts(&entry.caveats)?,
            foreign: self.find_facts(&entry.foreign)?,
            since: entry.since,
            unmarked: UnmarkedAs {
                foreign: self.maybe_word(unmarked.foreign.as_ref())?,
                caveated: self.maybe_word(unmarked.caveated.as_ref())?,
                late: self.maybe_word(unmarked.late.as_ref())?,
                early: self.maybe_word(unmarked.early.as_ref())?,
                undated: self.maybe_word(unmarked.undated.as_ref())?,
                unclassified: self.maybe_word(unmarked.unclassified.as_ref())?,
                unclassified_caveated: self.maybe_word(unmarked.unclassified_caveated.as_ref())?,
            },
            rows: entry
                .row
                .iter()
                .map(|row| self.table_row(row, &words))
                .collect::<Result<_, _>>()?,
            words,
        })
    }

    fn table_row(&self, entry: &RowEntry, words: &[WordId]) -> Result<Row, PolicyError> {
        let classes = |texts: &[Text]| {
            texts
                .iter()
                .map(|text| self.class(text, words))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Row {
            row: row(&entry.rule, &entry.says, &entry.cites),
            one: classes(&entry.one)?,
            other: classes(&entry.other)?,
            only: entry.only,
            classified: entry.classified,
            lists: self.words(&entry.lists)?,
            common: entry.common,
            expands: entry.expands,
            gives: self.words(&entry.gives)?,
        })
    }

    /// `REL TO/RELIDO`, `unmarked NOFORN` or `any`.
    fn class(&self, text: &Text, words: &[WordId]) -> Result<Class, PolicyError> {
        let find = |name: &str| {
            let known = words
                .iter()
                .copied()
                .find(|id| *self.grammar.word(*id).written[0] == *name);
            known.ok_or_else(|| {
                self.refuse(
                    text,
                    format!(
                        "`{}` is no word of release: list it under `words`",
                        escaped(name)
                    ),
                )
            })
        };
        let class = text.get_ref().as_str();
        if class == ANY {
            return Ok(Class::Any);
        }
        if let Some(treated) = class.strip_prefix(UNMARKED) {
            return Ok(Class::Unmarked(find(treated)?));
        }
        let mut words = class.split('/').map(find).collect::<Result<Vec<_>, _>>()?;
        words.sort_unstable();
        Ok(Class::Words(words))
    }
}

fn row(rule: &Text, says: &str, cites: &Text) -> RowUsed {
    RowUsed {
        rule: rule.get_ref().as_str().into(),
        cites: cites.get_ref().as_str().into(),
        says: says.into(),
    }
}
