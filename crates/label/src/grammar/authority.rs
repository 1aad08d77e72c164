//! The block that says who classified, why, and until when: what it must hold, and which values are no longer written.

use super::file::AuthorityEntry;
use super::load::Building;
use crate::name::{Name, escaped};
use crate::policy::{Policy, PolicyError, Text};
use std::sync::Arc;

/// What the authority block of a marked document must hold.
#[derive(Debug)]
pub struct AuthorityRules {
    levels: Vec<Name>,
    lines: Vec<AuthorityLine>,
    blocks: Vec<AuthorityBlock>,
    values: Vec<AuthorityValue>,
}

/// One line of a block: `Declassify On`.
#[derive(Debug)]
pub struct AuthorityLine {
    /// As it is written.
    pub name: String,
    /// Other spellings.
    pub also: Vec<String>,
    /// It says when the document falls to the lowest level.
    pub falls_due: bool,
}

/// One kind of block.
#[derive(Debug)]
pub struct AuthorityBlock {
    /// `original`, `derivative`.
    pub name: String,
    /// The line by which it is told from the others.
    pub told_by: String,
    /// The lines it must have.
    pub needs: Vec<String>,
    /// The lines it must not have.
    pub never: Vec<String>,
    /// Where that stands.
    pub cites: Arc<str>,
}

/// What a line may say, or may say no more.
#[derive(Debug)]
pub struct AuthorityValue {
    /// The rule's short name.
    pub rule: Arc<str>,
    /// The line that it speaks of.
    pub line: String,
    forms: Vec<Vec<Piece>>,
    /// The forms as the policy writes them.
    written: Vec<String>,
    blocks: Vec<String>,
    /// Whether it is refused.
    pub obsolete: bool,
    years_most: Option<u16>,
    years_after_source: Option<u16>,
    instead: Option<String>,
    /// What it means, for people.
    pub says: String,
    /// Where that stands.
    pub cites: Arc<str>,
}

/// A piece of a form that values have.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// These words, in any case.
    Text(String),
    /// One digit or letter between two.
    Digit(char, char),
    /// A day as eight digits.
    Date,
    /// Anything, and not nothing.
    Words,
}

/// What is to be said of a value of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It may stand there.
    Good,
    /// It breaks a rule.
    Bad {
        /// The rule's short name.
        rule: Arc<str>,
        /// What is wrong, and what it means.
        message: String,
        /// What to write instead, where that can be told.
        instead: Option<String>,
        /// Where the rule stands.
        cites: Arc<str>,
    },
    /// The policy says nothing of such a value, and the line has others that it knows.
    Unknown,
}

impl Building<'_> {
    pub(super) fn authority(&self, entry: &AuthorityEntry) -> Result<AuthorityRules, PolicyError> {
        let texts = |texts: &[Text]| {
            texts
                .iter()
                .map(|text| text.get_ref().clone())
                .collect::<Vec<_>>()
        };
        let lines: Vec<AuthorityLine> = entry
            .line
            .iter()
            .map(|line| AuthorityLine {
                name: line.name.get_ref().clone(),
                also: texts(&line.also),
                falls_due: line.falls_due,
            })
            .collect();
        let known = |text: &Text| match lines.iter().any(|line| line.name == *text.get_ref()) {
            true => Ok(text.get_ref().clone()),
            false => Err(self.refuse(
                text,
                format!(
                    "no line is called `{}`: add a [[grammar.authority.line]]",
                    escaped(text.get_ref())
                ),
            )),
        };
        let mut blocks = Vec::new();
        for block in &entry.block {
            blocks.push(AuthorityBlock {
                name: block.name.get_ref().clone(),
                told_by: known(&block.told_by)?,
                needs: block.needs.iter().map(known).collect::<Result<_, _>>()?,
                never: block.never.iter().map(known).collect::<Result<_, _>>()?,
                cites: block.cites.get_ref().as_str().into(),
            });
        }
        let mut values = Vec::new();
        for value in &entry.value {
            let forms = value.is.iter().map(|text| {
                pieces(text.get_ref()).ok_or_else(|| {
                    self.refuse(
                        text,
                        "write {date}, {words} or a digit as {1-9} between braces",
                    )
                })
            });
            values.push(AuthorityValue {
                rule: value.rule.get_ref().as_str().into(),
                line: known(&value.line)?,
                forms: forms.collect::<Result<_, _>>()?,
                written: texts(&value.is),
                blocks: texts(&value.blocks),
                obsolete: value.obsolete,
                years_most: value.years_most,
                years_after_source: value.years_after_source,
                instead: value.instead.as_ref().map(|text| text.get_ref().clone()),
                says: value.says.clone(),
                cites: value.cites.get_ref().as_str().into(),
            });
        }
        let levels = entry.levels.iter().map(|text| {
            self.find_level(text)
                .map(|id| self.policy.level(id).name().clone())
        });
        Ok(AuthorityRules {
            levels: levels.collect::<Result<_, _>>()?,
            lines,
            blocks,
            values,
        })
    }
}

/// The pieces of a form; `None` if its braces are none that are known.
fn pieces(form: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = form;
    while let Some((before, behind)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_lowercase()));
        }
        let (inside, behind) = behind.split_once('}')?;
        pieces.push(match (inside, inside.as_bytes()) {
            ("date", _) => Piece::Date,
            ("words", _) => Piece::Words,
            (_, [from, b'-', to]) if from.is_ascii_alphanumeric() && to.is_ascii_alphanumeric() => {
                Piece::Digit(char::from(*from), char::from(*to))
            }
            _ => return None,
        });
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_lowercase()));
    }
    Some(pieces)
}

/// A form as people read it.
fn shown(form: &str) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, behind)) = rest.split_once('{') {
        let (inside, behind) = behind.split_once('}').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(match inside {
            "date" => "YYYYMMDD",
            "words" => "…",
            range if range.starts_with(|c: char| c.is_ascii_digit()) => "#",
            range => range,
        });
        rest = behind;
    }
    out + rest
}

/// Whether a text, in small letters, is of a form; the first date in it as YYYYMMDD.
fn matches(pieces: &[Piece], text: &str) -> Option<Option<u32>> {
    let Some((first, behind)) = pieces.split_first() else {
        return text.is_empty().then_some(None);
    };
    match first {
        Piece::Text(words) => matches(behind, text.strip_prefix(words.as_str())?),
        Piece::Digit(from, to) => {
            let digit = text.chars().next().filter(|c| (*from..=*to).contains(c))?;
            matches(behind, &text[digit.len_utf8()..])
        }
        Piece::Date => {
            let digits = text.get(..8)?;
            let date = day(digits)?;
            matches(behind, &text[8..]).map(|other| other.or(Some(date)))
        }
        Piece::Words if behind.is_empty() => (!text.trim().is_empty()).then_some(None),
        // As few of them as will do.
        Piece::Words => text
            .char_indices()
            .skip(1)
            .find_map(|(at, _)| matches(behind, &text[at..])),
    }
}

/// Eight digits that are a day of the calendar.
fn day(digits: &str) -> Option<u32> {
    let date: u32 = digits
        .bytes()
        .all(|c| c.is_ascii_digit())
        .then(|| digits.parse().ok())??;
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (digits.len() == 8 && (1..=days).contains(&day)).then_some(date)
}

/// The same day some years later; the last of February where there is none.
fn years_later(date: u32, years: u16) -> u32 {
    let later = date + u32::from(years) * 10_000;
    match day(&format!("{later:08}")) {
        Some(later) => later,
        None => later - 1,
    }
}

impl AuthorityRules {
    /// Whether documents of this level bear the block.
    pub fn asked_of(&self, level: &Name) -> bool {
        self.levels.contains(level)
    }

    /// The lines that a block may have.
    pub fn lines(&self) -> &[AuthorityLine] {
        &self.lines
    }

    /// The line that is called like this, in any case.
    pub fn line(&self, name: &str) -> Option<&AuthorityLine> {
        let name = name.trim();
        self.lines.iter().find(|line| {
            let mut names = std::iter::once(&line.name).chain(&line.also);
            names.any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The day on which a line says that the document falls to the lowest level: year, month, day. None where it says
    /// another thing, or something else than a date.
    pub fn falls_due(&self, line: &str, value: &str) -> Option<(u16, u8, u8)> {
        self.line(line).filter(|line| line.falls_due)?;
        let day = matches(&pieces("{date}").expect("a form"), value.trim())??;
        let two = |n: u32| u8::try_from(n % 100).ok();
        Some((
            u16::try_from(day / 10_000).ok()?,
            two(day / 100)?,
            two(day)?,
        ))
    }

    /// The kinds of block.
    pub fn blocks(&self) -> &[AuthorityBlock] {
        &self.blocks
    }

    /// The kind of a block that has these lines, as the policy names lines.
    pub fn block_of<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Option<&AuthorityBlock> {
        let lines: Vec<&str> = lines.into_iter().collect();
        self.blocks
            .iter()
            .find(|block| lines.contains(&block.told_by.as_str()))
    }

    /// What a line of a block may say, for people: `YYYYMMDD`, `25X#, YYYYMMDD`.
    pub fn forms(&self, line: &str, block: Option<&str>) -> Vec<String> {
        self.values_of(line, block)
            .flat_map(|value| &value.written)
            .map(|form| shown(form))
            .collect()
    }

    /// The value that was meant, where one has the same letters and digits: `50X1-HUM` for `50x1 hum`.
    pub fn suggest(&self, line: &str, block: Option<&str>, value: &str) -> Option<String> {
        let bare = |text: &str| -> String {
            let signs = text.chars().filter(|c| c.is_alphanumeric());
            signs.collect::<String>().to_lowercase()
        };
        let meant = bare(value);
        self.values_of(line, block)
            .flat_map(|value| &value.written)
            .find(|form| !form.contains('{') && bare(form) == meant)
            .cloned()
    }

    fn values_of<'a>(
        &'a self,
        line: &'a str,
        block: Option<&'a str>,
    ) -> impl Iterator<Item = &'a AuthorityValue> {
        self.values.iter().filter(move |value| {
            let here = value.blocks.is_empty()
                || block.is_some_and(|block| value.blocks.iter().any(|other| other == block));
            value.line == line && !value.obsolete && here
        })
    }

    /// Judges what a line of a block says.
    ///
    /// `document` and `source` are days as YYYYMMDD: of the document, and of what it was derived from.
    pub fn judge(
        &self,
        line: &str,
        value: &str,
        block: Option<&str>,
        document: Option<u32>,
        source: Option<u32>,
    ) -> Judged {
        let folded = value
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        let folded = folded
            .trim_end_matches('.')
            .replace(['\u{2013}', '\u{2014}'], "-");
        let mut known = false;
        for rule in self.values.iter().filter(|rule| rule.line == line) {
            known = true;
            let here = rule.blocks.is_empty()
                || block.is_some_and(|block| rule.blocks.iter().any(|other| other == block));
            let Some(date) = rule
                .forms
                .iter()
                .find_map(|form| matches(form, &folded))
                .filter(|_| here)
            else {
                continue;
            };
            return rule.judged(value, date, document, source);
        }
        match known {
            true => Judged::Unknown,
            false => Judged::Good,
        }
    }
}

impl AuthorityValue {
    fn judged(
        &self,
        value: &str,
        date: Option<u32>,
        document: Option<u32>,
        source: Option<u32>,
    ) -> Judged {
        let bad = |message: String, instead: Option<String>| Judged::Bad {
            rule: self.rule.clone(),
            message,
            instead,
            cites: self.cites.clone(),
        };
        if self.obsolete {
            let from = source.or(document);
            let later = self
                .years_after_source
                .zip(from)
                .map(|(years, from)| years_later(from, years).to_string());
            let told = || {
                self.years_after_source.map(|years| {
                    format!("the day {years} years after the date of the source, as YYYYMMDD")
                })
            };
            let instead = self.instead.clone().or(later).or_else(told);
            return bad(format!("`{}`: {}", escaped(value), self.says), instead);
        }
        if let (Some(years), Some(date), Some(document)) = (self.years_most, date, document)
            && date > years_later(document, years)
        {
            let message = format!(
                "`{}` lies more than {years} years after the date of the document: {}",
                escaped(value),
                self.says
            );
            return bad(message, Some(years_later(document, years).to_string()));
        }
        Judged::Good
    }
}

impl Policy {
    /// What the authority block of a marked document must hold, if the policy says so.
    pub fn authority(&self) -> Option<&AuthorityRules> {
        self.grammar()?.authority.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_words_digits_and_days() {
        let form = pieces("25X{1-9}, {date}").expect("a form");
        assert_eq!(matches(&form, "25x1, 20410102"), Some(Some(20_410_102)));
        assert_eq!(matches(&form, "25x0, 20410102"), None);
        assert_eq!(matches(&form, "25x1, 20410230"), None);
        assert_eq!(
            matches(
                &pieces("Source marked {words}").expect("a form"),
                "source marked oadr"
            ),
            Some(None)
        );
        assert_eq!(pieces("{year}"), None);
    }

    #[test]
    fn forms_for_people() {
        assert_eq!(shown("25X{1-9}, {date}"), "25X#, YYYYMMDD");
        assert_eq!(shown("N/A to {words}"), "N/A to …");
        assert_eq!(shown("1.4({a-h})"), "1.4(a-h)");
        assert_eq!(shown("50X1-HUM"), "50X1-HUM");
    }

    #[test]
    fn words_stand_anywhere() {
        let form = pieces("{words}1.4({a-h}){words}").expect("a form");
        assert_eq!(matches(&form, "e.o. 13526, 1.4(c), (d)"), Some(None));
        assert_eq!(matches(&form, "e.o. 13526, 1.4(z), (d)"), None);
        assert_eq!(matches(&form, "1.4(c)"), None);
    }

    #[test]
    fn years_later_is_the_same_day() {
        assert_eq!(years_later(20_160_229, 25), 20_410_228);
        assert_eq!(years_later(20_161_231, 25), 20_411_231);
    }
}
