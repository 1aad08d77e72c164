//! The authority block: there where it is due, with its lines, each saying what it may.

use std::collections::BTreeMap;

use strongroom_label::{AuthorityRules, Judged, Policy};
use strongroom_record::time::Timestamp;
use strongroom_record::{Place, Precision, PrintedLine, When};

use super::reading::Read;
use super::{Checking, Finding};
use crate::date;

/// A day, as the number that `YYYYMMDD` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u32);

impl Day {
    /// The day of an instant, in UTC.
    pub fn of(instant: Timestamp) -> Self {
        let printed = instant.to_string();
        let day = printed.split('T').next().unwrap_or_default();
        Self(day.replace('-', "").parse().unwrap_or(u32::MAX))
    }
}

/// The lines of an authority block by key: the policy's name of a line in small letters, with `_` for spaces. A line that
/// the policy does not name keeps its own.
pub(super) fn by_key(policy: &Policy, lines: &[PrintedLine]) -> BTreeMap<String, Vec<String>> {
    let mut authority: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let known = policy.authority().and_then(|rules| rules.line(&line.name));
        let name = known.map_or(line.name.as_str(), |known| &known.name);
        authority
            .entry(key(name))
            .or_default()
            .push(line.text.clone());
    }
    authority
}

/// The key of a line: `Declassify On` is `declassify_on`.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

impl Checking<'_> {
    /// Finds what is wrong with the authority block.
    pub(super) fn block(&mut self, read: &Read) {
        let Some(rules) = self.policy.authority() else {
            return;
        };
        let lines = &self.draft.marks.authority;
        // Without a banner, the highest portion tells whether the document is classified.
        let highest = read.overall().or_else(|| {
            let portions = read.pages.iter().flat_map(|page| &page.portions).flatten();
            portions.max_by_key(|meant| meant.rank)
        });
        let Some(highest) = highest else {
            return;
        };
        let level = highest.marking.level(self.policy);
        let due = rules.asked_of(level.name());
        let foreign = highest.marking.is_of_others(self.policy);
        match (lines.first(), due) {
            (None, true) if !foreign && !self.only_transmits() => self.block_missing(rules),
            // What is not understood may say more, and the block is due on a portion above its banner.
            (Some(first), false)
                if read.is_understood(&self.draft.marks.pages) && !self.has_due(rules, read) =>
            {
                let message = format!(
                    "the document is {} and bears an authority block, which is for classified documents",
                    level.name()
                );
                let instead = Some("the document without the block".to_owned());
                self.find("authority-not-due", first.place, message, instead);
            }
            (Some(first), true) => self.block_lines(rules, first.place),
            _ => {}
        }
    }

    /// Whether the block is due on a portion by itself.
    fn has_due(&self, rules: &AuthorityRules, read: &Read) -> bool {
        let mut portions = read.pages.iter().flat_map(|page| &page.portions).flatten();
        portions.any(|meant| rules.asked_of(meant.marking.level(self.policy).name()))
    }

    /// Whether the document says that it is classified by what it transmits alone.
    fn only_transmits(&self) -> bool {
        let mut portions = self
            .draft
            .marks
            .pages
            .iter()
            .flat_map(|page| &page.portions);
        portions.any(|portion| self.rules.transmits(&portion.text.to_lowercase()))
    }

    fn block_missing(&mut self, rules: &AuthorityRules) {
        let page = self.draft.marks.pages.first();
        let banner = page.and_then(|page| page.top.as_ref().or(page.bottom.as_ref()));
        let place = match (banner, page) {
            (Some(banner), _) => banner.place,
            (None, Some(page)) => page.place,
            (None, None) => Place { line: 1, column: 1 },
        };
        let message = "the document is classified and bears no authority block: nobody can tell who classified it, by what, and until when";
        let instead = rules.blocks().iter().map(|block| {
            let lines: Vec<String> = block
                .needs
                .iter()
                .map(|line| format!("{line}: …"))
                .collect();
            lines.join("; ")
        });
        let mut forms: Vec<String> = Vec::new();
        for form in instead {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        let instead = forms.join(" | or ");
        self.find("authority-missing", place, message, Some(instead));
    }

    fn block_lines(&mut self, rules: &AuthorityRules, first: Place) {
        let lines = &self.draft.marks.authority;
        let names: Vec<&str> = lines
            .iter()
            .filter_map(|line| rules.line(&line.name))
            .map(|line| line.name.as_str())
            .collect();
        let block = rules.block_of(names.iter().copied());
        match block {
            None => {
                let telling: Vec<String> = rules
                    .blocks()
                    .iter()
                    .map(|block| format!("`{}` ({})", block.told_by, block.name))
                    .collect();
                let message = format!(
                    "the authority block does not tell what kind it is: it has no line {}",
                    telling.join(" or ")
                );
                let instead = rules
                    .blocks()
                    .first()
                    .map(|block| format!("{}: …", block.told_by));
                self.find("authority-kind", first, message, instead);
            }
            Some(block) => {
                for needed in block
                    .needs
                    .iter()
                    .filter(|needed| !names.contains(&needed.as_str()))
                {
                    let message = format!(
                        "the authority block ({}) has no line `{needed}`",
                        block.name
                    );
                    self.find(
                        "authority-line-missing",
                        first,
                        message,
                        Some(format!("{needed}: …")),
                    );
                }
                for line in lines {
                    let known = rules.line(&line.name);
                    if let Some(known) = known.filter(|known| block.never.contains(&known.name)) {
                        let message = format!(
                            "`{}` is not carried in a block that is {}: leave it out",
                            known.name, block.name
                        );
                        let instead = Some("the block without this line".to_owned());
                        self.find("authority-line-not-carried", line.place, message, instead);
                    }
                }
            }
        }
        let kind = block.map(|block| block.name.clone());
        for line in lines {
            self.value(rules, line, kind.as_deref());
        }
        self.sources(rules);
    }

    /// What one line says.
    fn value(&mut self, rules: &AuthorityRules, line: &PrintedLine, block: Option<&str>) {
        let Some(known) = rules.line(&line.name) else {
            return;
        };
        let name = known.name.clone();
        if line.text.is_empty() {
            if key(&name) != SOURCES {
                let message = format!("`{name}` says nothing");
                self.find(
                    "authority-line-empty",
                    line.place,
                    message,
                    Some(format!("{name}: …")),
                );
            }
            return;
        }
        let document = self.document_day().or(Some(self.on.0));
        // `Source Marked OADR, date of source 19940315` gives the source's day itself.
        let source = day_in(&line.text).or_else(|| self.source_day(rules));
        match rules.judge(&name, &line.text, block, document, source) {
            Judged::Good => self.past(rules, line, &name),
            Judged::Unknown => {
                let message = format!("`{}` is nothing that `{name}` may say", line.text);
                let instead = rules.suggest(&name, block, &line.text).or_else(|| {
                    let day = day_in(&line.text)
                        .or_else(|| written_day(&line.text))?
                        .to_string();
                    (rules.judge(&name, &day, block, document, source) == Judged::Good)
                        .then_some(day)
                });
                let instead = instead.or_else(|| {
                    let forms = rules.forms(&name, block);
                    (!forms.is_empty()).then(|| forms.join(" | "))
                });
                self.find("authority-value", line.place, message, instead);
            }
            Judged::Bad {
                rule,
                message,
                instead,
                cites,
            } => self.findings.push(Finding {
                place: line.place,
                rule: rule.to_string(),
                message,
                cites: cites.to_string(),
                instead,
                stops: true,
            }),
        }
    }

    /// A date of declassification that has passed.
    fn past(&mut self, rules: &AuthorityRules, line: &PrintedLine, name: &str) {
        // Only where the policy says what the line may say: elsewhere a date is one of a source.
        let bounded = rules.judge(name, "\u{1}", None, None, None) == Judged::Unknown;
        let Some(day) = day_in(&line.text).filter(|day| bounded && *day < self.on.0) else {
            return;
        };
        let message = format!(
            "the day {day} has passed: the document is due for a review of its classification"
        );
        let instead = Some("what the originator says of its classification now".to_owned());
        self.find("declassify-past", line.place, message, instead);
    }

    /// Several sources are listed.
    fn sources(&mut self, rules: &AuthorityRules) {
        let lines = &self.draft.marks.authority;
        let Some(several) = lines
            .iter()
            .find(|line| self.rules.is_several_sources(&line.text.to_lowercase()))
        else {
            return;
        };
        let named = lines.iter().any(|line| {
            rules
                .line(&line.name)
                .is_some_and(|known| key(&known.name) == SOURCES)
        });
        let words = self
            .draft
            .marks
            .pages
            .iter()
            .flat_map(|page| &page.portions);
        let texts = words.map(|portion| &portion.text);
        let mut texts = texts.chain(lines.iter().map(|line| &line.text));
        let heads = |text: &String| {
            let lower = text.to_lowercase();
            lower.trim_end_matches(':') == SOURCES || self.rules.is_source_list(&lower)
        };
        let listed = named || texts.any(heads);
        if !listed {
            let message = "several sources are named and none is listed: whoever reviews the document cannot tell where it comes from";
            let instead = Some(
                "Sources: each source on a line of its own, with its office and date".to_owned(),
            );
            self.find("sources-missing", several.place, message, instead);
        }
    }

    /// The day of the document, where it gives one.
    pub(super) fn document_day(&self) -> Option<u32> {
        self.draft.when.as_ref().and_then(day_of)
    }

    /// The day of the source, where the block gives exactly one.
    fn source_day(&self, rules: &AuthorityRules) -> Option<u32> {
        let told_by: Vec<&str> = rules
            .blocks()
            .iter()
            .map(|block| block.told_by.as_str())
            .collect();
        let mut days = self.draft.marks.authority.iter().filter_map(|line| {
            let known = rules.line(&line.name)?;
            told_by
                .contains(&known.name.as_str())
                .then(|| day_in(&line.text))?
        });
        let first = days.next()?;
        days.next().is_none().then_some(first)
    }
}

/// The key of the list of sources.
const SOURCES: &str = "sources";

/// The day of a date.
fn day_of(when: &When) -> Option<u32> {
    if when.precision < Precision::Day {
        return None;
    }
    when.start.get(..10)?.replace('-', "").parse().ok()
}

/// The day that a text writes in words, `31 December 2045`, or in figures of which only one can be the month: `12/31/2045`.
fn written_day(text: &str) -> Option<u32> {
    date::written(text).as_ref().and_then(day_of).or_else(|| {
        let mut parts = text.trim().split('/').map(|part| part.parse::<u32>().ok());
        let (one, other, year) = (parts.next()??, parts.next()??, parts.next()??);
        let (month, day) = match (one, other) {
            (1..=12, 13..=31) => (one, other),
            (13..=31, 1..=12) => (other, one),
            _ => return None,
        };
        let is_year = parts.next().is_none() && (1900..2200).contains(&year);
        is_year.then_some(year * 10_000 + month * 100 + day)
    })
}

/// The first day that stands in a text as eight digits, or as `YYYY-MM-DD`.
fn day_in(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit() && c != '-')
        .map(|word| word.replace('-', ""))
        .filter(|digits| digits.len() == 8)
        .find_map(|digits| {
            let day: u32 = digits.parse().ok()?;
            let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
            let plausible = (1900..2200).contains(&year)
                && (1..=12).contains(&month)
                && (1..=31).contains(&of_month);
            plausible.then_some(day)
        })
}
