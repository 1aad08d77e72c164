//! From the text of approval rules to [`Rules`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use strongroom_label::toml_fault;
use strongroom_record::event::Role;
use toml::Spanned;

use super::routes::RouteEntry;
use super::{Need, Rule, Ruled, Rules, Who};
use crate::limits::{
    APPROVALS_MAX, REQUEST_LASTS_DAYS_MAX, RULES_MAX_BYTES, RULES_WORD_SHOWN_MAX_CHARS,
};

/// A text that is no approval rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the approval rules: {rule}")]
pub struct RulesError {
    /// The line, counted from 1.
    pub line: usize,
    /// The rule that it breaks.
    pub rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Entry>,
    #[serde(default)]
    route: Vec<RouteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    act: Spanned<String>,
    asks: Spanned<Vec<Spanned<String>>>,
    needs: Spanned<Vec<NeedEntry>>,
    #[serde(default)]
    not: Vec<Spanned<String>>,
    within: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedEntry {
    from: Spanned<Vec<Spanned<String>>>,
    approvals: Spanned<u64>,
}

pub(super) struct Loader<'a>(&'a str);

impl Loader<'_> {
    pub(super) fn refuse<T>(&self, at: usize, rule: impl Into<String>) -> Result<T, RulesError> {
        let before = self.0.get(..at).unwrap_or(self.0);
        Err(RulesError {
            line: before.matches('\n').count() + 1,
            rule: rule.into(),
        })
    }

    fn whom(
        &self,
        act: Ruled,
        words: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<BTreeSet<Who>, RulesError> {
        let mut whom = BTreeSet::new();
        for word in words.get_ref() {
            let at = word.span().start;
            let word = word.get_ref();
            let role = Role::from_word(word).map(Who::Role);
            let special = || Who::SPECIAL.into_iter().find(|w| w.word() == word);
            let Some(who) = role.or_else(special) else {
                let word = shown(word);
                return self.refuse(
                    at,
                    format!("nobody is called {word:?} in rules: name roles"),
                );
            };
            if !matches!(who, Who::Role(_)) && act.special() != Some(who) {
                let (word, act) = (who.word(), act.word());
                return self.refuse(at, format!("there is no {word} where the act is {act}"));
            }
            if !whom.insert(who) {
                return self.refuse(at, format!("{} stands twice in one list", who.word()));
            }
        }
        if whom.is_empty() {
            return self.refuse(words.span().start, "nobody is named: name one at least");
        }
        Ok(whom)
    }

    fn needs(
        &self,
        act: Ruled,
        entries: &Spanned<Vec<NeedEntry>>,
    ) -> Result<Vec<Need>, RulesError> {
        let mut needs = Vec::new();
        let mut all = 0_usize;
        for entry in entries.get_ref() {
            let at = entry.approvals.span().start;
            let approvals = usize::try_from(*entry.approvals.get_ref()).unwrap_or(usize::MAX);
            all = all.saturating_add(approvals);
            if approvals == 0 || all > APPROVALS_MAX {
                return self.refuse(
                    at,
                    format!("a rule takes one approval at least, and {APPROVALS_MAX} at most: with none it would pass alone"),
                );
            }
            let from = self.whom(act, &entry.from)?;
            needs.push(Need { from, approvals });
        }
        if needs.is_empty() {
            return self.refuse(
                entries.span().start,
                "no approval is asked for: an act that has a rule takes one at least",
            );
        }
        if act == Ruled::Admit && all != 1 {
            return self.refuse(
                entries.span().start,
                "a person is confirmed in one act: by one person, other than who invited",
            );
        }
        // Who holds an atom seals it: without one of them nothing can be carried out.
        let holders = |need: &Need| need.from == BTreeSet::from([Who::Holder]);
        if act == Ruled::Clear && !needs.iter().all(holders) {
            return self.refuse(
                entries.span().start,
                "a clearance is sealed by who holds the atoms: its approvals come from the holder",
            );
        }
        Ok(needs)
    }

    fn rule(&self, entry: &Entry) -> Result<(Ruled, Rule), RulesError> {
        let word = entry.act.get_ref();
        let act = Ruled::ALL.into_iter().find(|act| act.word() == word);
        let Some(act) = act else {
            let known: Vec<&str> = Ruled::ALL.iter().map(|act| act.word()).collect();
            let (word, known) = (shown(word), known.join(", "));
            let rule = format!("there is no act {word:?} that takes approvals; there are {known}");
            return self.refuse(entry.act.span().start, rule);
        };
        let mut not_subject = false;
        for word in &entry.not {
            match word.get_ref().as_str() {
                // Always so; it is written down for who reads it.
                "requester" => {}
                "subject" => not_subject = true,
                other => {
                    let rule = format!(
                        "{:?}: who may not approve is the requester or the subject",
                        shown(other)
                    );
                    return self.refuse(word.span().start, rule);
                }
            }
        }
        let within = self.within(&entry.within)?;
        let rule = Rule {
            asks: self.whom(act, &entry.asks)?,
            needs: self.needs(act, &entry.needs)?,
            not_subject,
            within,
        };
        Ok((act, rule))
    }

    /// `N days`, `N hours`.
    fn within(&self, text: &Spanned<String>) -> Result<Duration, RulesError> {
        let longest = u64::from(REQUEST_LASTS_DAYS_MAX) * 24;
        let hours = text.get_ref().split_once(' ').and_then(|(number, unit)| {
            let number: u64 = number.parse().ok()?;
            let hours = match unit {
                "hour" | "hours" => 1,
                "day" | "days" => 24,
                _ => return None,
            };
            number.checked_mul(hours)
        });
        match hours {
            Some(hours) if (1..=longest).contains(&hours) => {
                Ok(Duration::from_secs(hours * 60 * 60))
            }
            _ => self.refuse(
                text.span().start,
                format!(
                    "how long it may take is from \"1 hour\" to \"{REQUEST_LASTS_DAYS_MAX} days\""
                ),
            ),
        }
    }
}

/// A word of the text, as far as a message repeats it.
pub(super) fn shown(word: &str) -> String {
    word.chars().take(RULES_WORD_SHOWN_MAX_CHARS).collect()
}

/// That rules which somebody gives say of each route whom it is for. Rules that the ledger has are read without.
pub(super) fn says_whom(text: &str) -> Result<(), RulesError> {
    let loader = Loader(text);
    loader.every_list_names_somebody(&file(&loader)?.route)
}

fn file(loader: &Loader<'_>) -> Result<File, RulesError> {
    toml::from_str(loader.0).or_else(|fault| {
        let at = fault.span().map_or(0, |span| span.start);
        loader.refuse(at, toml_fault(fault.message()))
    })
}

/// Reads rules. Acts that they do not name have those that are given beside.
pub(super) fn load(text: &str, beside: &BTreeMap<Ruled, Rule>) -> Result<Rules, RulesError> {
    let loader = Loader(text);
    if text.len() > RULES_MAX_BYTES {
        return loader.refuse(
            0,
            format!(
                "they have {} bytes, and may have {RULES_MAX_BYTES}",
                text.len()
            ),
        );
    }
    let file = file(&loader)?;
    let mut by_act = BTreeMap::new();
    for entry in &file.rule {
        let (act, rule) = loader.rule(entry)?;
        if by_act.insert(act, rule).is_some() {
            let rule = format!("the act {} has a rule already", act.word());
            return loader.refuse(entry.act.span().start, rule);
        }
    }
    for act in Ruled::ALL {
        if by_act.contains_key(&act) {
            continue;
        }
        let Some(rule) = beside.get(&act) else {
            return loader.refuse(text.len(), format!("the act {} has no rule", act.word()));
        };
        by_act.insert(act, rule.clone());
    }
    Ok(Rules {
        text: text.to_owned(),
        by_act,
        routes: loader.routes(&file.route)?,
    })
}
