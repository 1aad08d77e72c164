//! What goes with what: exclusions, requirements, levels.

use super::file::{OnlyIn, RuleEntry};
use super::load::{Building, said};
use super::marking::{Entry, Form, Marking, Token};
use super::{CodeId, FactId, Facts, Grammar, WordId};
use crate::policy::{LevelId, PolicyError, Text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A rule over what is present.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) rule: Arc<str>,
    pub(crate) says: Box<str>,
    pub(crate) cites: Arc<str>,
    when: Facts,
    unless: Facts,
    never: Facts,
    needs: Facts,
    /// The levels allowed; all where none is said.
    levels: Option<u64>,
    within: Option<WordId>,
    only: Option<Form>,
    pub(crate) retired: bool,
    /// What to leave out, and what to add, to keep it.
    pub(crate) drop: Facts,
    pub(crate) add: Vec<WordId>,
}

/// A rule that a marking breaks, and which facts say so.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) rule: usize,
    pub(crate) at: Facts,
    /// Of an exclusion, the facts that exclude.
    pub(crate) beside: Facts,
}

impl Building<'_> {
    pub(super) fn rule(&self, entry: &RuleEntry) -> Result<Rule, PolicyError> {
        let when = self.find_facts(&entry.when)?;
        let asks = [
            !entry.never.is_empty(),
            !entry.needs.is_empty(),
            !entry.levels.is_empty(),
            entry.within.is_some(),
        ];
        if when.is_empty() || asks.into_iter().filter(|asked| *asked).count() != 1 {
            let what = "a rule has `when`, and one of `never`, `needs`, `levels` and `within`";
            return Err(self.loader.refuse(&entry.rule, said(what)));
        }
        let never = self.find_facts(&entry.never)?;
        let levels = (!entry.levels.is_empty())
            .then(|| self.levels(&entry.levels))
            .transpose()?;
        let drop = match (entry.drop.is_empty() && entry.add.is_empty(), levels) {
            (false, _) => self.find_facts(&entry.drop)?,
            (true, Some(_)) => when,
            (true, None) => never,
        };
        let mut add = self.words(&entry.add)?;
        if entry.add.is_empty() && entry.drop.is_empty() {
            let first = entry
                .needs
                .first()
                .and_then(|text| self.grammar.word_of(self.find_fact(text).ok()?));
            add.extend(first);
        }
        Ok(Rule {
            rule: entry.rule.get_ref().as_str().into(),
            says: entry.says.as_str().into(),
            cites: entry.cites.get_ref().as_str().into(),
            when,
            unless: self.find_facts(&entry.unless)?,
            never,
            needs: self.find_facts(&entry.needs)?,
            levels,
            within: entry
                .within
                .as_ref()
                .map(|text| self.find_word(text))
                .transpose()?,
            only: entry.only.map(|only| match only {
                OnlyIn::Banner => Form::Banner,
                OnlyIn::Portion => Form::Portion,
            }),
            retired: entry.retired,
            drop,
            add,
        })
    }

    pub(super) fn words(&self, texts: &[Text]) -> Result<Vec<WordId>, PolicyError> {
        texts.iter().map(|text| self.find_word(text)).collect()
    }

    pub(super) fn levels(&self, texts: &[Text]) -> Result<u64, PolicyError> {
        let mut levels = 0;
        for text in texts {
            let LevelId(at) = self.find_level(text)?;
            levels |= 1 << at;
        }
        Ok(levels)
    }
}

impl Grammar {
    /// Every rule that a marking breaks, in the order of the policy.
    pub(super) fn broken(&self, marking: &Marking, facts: Facts, form: Form) -> Vec<Broken> {
        let mut broken = Vec::new();
        for (nth, rule) in self.rules.iter().enumerate() {
            if !facts.meets(rule.when)
                || facts.meets(rule.unless)
                || rule.only.is_some_and(|only| only != form)
            {
                continue;
            }
            let LevelId(level) = marking.level_id(self);
            let beside = match facts.meets(rule.never) {
                true => facts.and(rule.when),
                false => Facts::default(),
            };
            let at = if facts.meets(rule.never) {
                facts.and(rule.never)
            } else if !rule.needs.is_empty() && !facts.meets(rule.needs)
                || rule.levels.is_some_and(|levels| levels & (1 << level) == 0)
                || rule
                    .within
                    .is_some_and(|word| !self.is_within(marking, rule.when, word))
            {
                facts.and(rule.when)
            } else {
                continue;
            };
            broken.push(Broken {
                rule: nth,
                at,
                beside,
            });
        }
        broken
    }

    /// Whether the codes that stand with `when` are all in the list of a word, groups taken apart.
    fn is_within(&self, marking: &Marking, when: Facts, word: WordId) -> bool {
        let Some(entry) = marking
            .entries
            .iter()
            .find(|entry| entry.known() == Some(word))
        else {
            return false;
        };
        if entry.bare {
            return true;
        }
        let there = self.expanded(&entry.codes);
        let head = &self.heads[usize::from(marking.head)];
        let owners = if when.has(head.fact) {
            &marking.owners[..]
        } else {
            &[]
        };
        let others = marking
            .entries
            .iter()
            .filter(|entry| entry.known().is_some_and(|id| when.has(self.word(id).fact)));
        let mut asked = owners.iter().chain(others.flat_map(|entry| &entry.codes));
        asked.all(|code| entry.codes.contains(code) || self.expanded(&[*code]).is_subset(&there))
    }

    /// Codes with those that stand for several replaced by them.
    pub(super) fn expanded(&self, codes: &[CodeId]) -> BTreeSet<CodeId> {
        let mut all = BTreeSet::new();
        for id in codes {
            match &self.code(*id).expands[..] {
                [] => {
                    all.insert(*id);
                }
                members => all.extend(members),
            }
        }
        all
    }

    /// What holds of a marking.
    pub(super) fn facts_of(&self, marking: &Marking) -> Facts {
        let mut facts = Facts::default();
        facts.insert(self.heads[usize::from(marking.head)].fact);
        for entry in &marking.entries {
            self.facts_of_entry(entry, |fact| facts.insert(fact));
        }
        facts
    }

    /// What an entry says.
    pub(super) fn facts_of_entry(&self, entry: &Entry, mut note: impl FnMut(FactId)) {
        note(self.slot(entry.slot).fact);
        let word = entry.known().map(|id| self.word(id));
        if let Some(word) = word {
            note(word.fact);
            if let Some(alone) = word.alone_fact.filter(|_| entry.codes.is_empty()) {
                note(alone);
            }
        }
        for part in &entry.parts {
            match &part.word {
                Token::Known(id) => {
                    note(self.part(*id).fact);
                    if !part.subs.is_empty() {
                        note(self.part(*id).sub_fact);
                    }
                }
                Token::Open(_) => {
                    if let Some(open) = word.and_then(|word| word.open_fact) {
                        note(open);
                    }
                }
            }
        }
    }
}
