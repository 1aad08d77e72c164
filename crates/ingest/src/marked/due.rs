//! On which portions of a marked document a mark is due.

use strongroom_record::{PrintedPage, PrintedPortion};

use super::shape;
use super::words::Words;
use crate::date;
use crate::document::BlockKind;

/// Words of a paragraph that ends as sentences do.
const PROSE_WORDS: usize = 4;

/// Words of a paragraph that does not: fewer are a line of a letterhead, an address, a name with a title.
const UNENDED_WORDS: usize = 14;

/// Characters of the name of a header line.
const FIELD_NAME_MAX_CHARS: usize = 32;

/// Header lines on which no mark is due: they say who, when and where the paper goes.
const FIELDS: [&str; 61] = [
    "from",
    "to",
    "date",
    "time",
    "place",
    "location",
    "participants",
    "present",
    "attendees",
    "via",
    "thru",
    "through",
    "cc",
    "bcc",
    "copy to",
    "info",
    "memorandum for",
    "memorandum to",
    "memo for",
    "drafted",
    "drafted by",
    "drafter",
    "notetaker",
    "note taker",
    "attachment",
    "attachments",
    "enclosure",
    "enclosures",
    "encl",
    "tab",
    "tabs",
    "distribution",
    "ref",
    "refs",
    "reference",
    "references",
    "file",
    "poc",
    "prepared by",
    "approved",
    "approved by",
    "cleared by",
    "sent",
    "number",
    "serial",
    "copies",
    "notetakers",
    "note takers",
    "date, time",
    "date and time",
    "and place",
    "distribution list",
    "office symbol",
    "cleared",
    "clearance",
    "clearances",
    "released by",
    "importance",
    "precedence",
    "point of contact",
    "originator",
];

/// How other lines begin on which none is due: those that say several of these at once, with a colon or without one.
const NOT_DUE: [&str; 7] = [
    // What a memorandum says of itself.
    "caution:",
    "date, time",
    "date and time",
    "date/time",
    "date & time",
    "time and place",
    "time, place",
];

/// Header lines that are titles.
pub(crate) const TITLES: [&str; 5] = ["subject", "subj", "re", "title", "topic"];

/// What the portions of a document look like, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// The letter in parentheses that numbered a portion last.
    pub(crate) series: Option<char>,
    seen: Vec<Seen>,
    /// What stands here is listed under the name of a header line: enclosures, addressees.
    listing: bool,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// How the portion is numbered, where it is: a digit, a letter, the bullet.
    style: Option<char>,
    marked: bool,
    shape: Shape,
    /// It says something that a list behind it belongs to: a paragraph, or a line that ends in a colon, and no title.
    leads: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Due.
    Prose,
    /// Due where others numbered like it are marked.
    Item,
    /// Not due.
    Line,
}

impl Outline {
    /// Notes the letter in parentheses with which a line begins.
    pub(crate) fn see_letter(&mut self, line: &str) {
        if let Some(letter) = shape::series_letter(line) {
            self.series = Some(letter);
        }
    }

    /// Notes a portion: its words as printed, its mark and all.
    pub(crate) fn note(
        &mut self,
        printed: &str,
        kind: BlockKind,
        portion: &PrintedPortion,
        words: &Words,
    ) {
        if portion.text.is_empty() && portion.mark.is_none() {
            return;
        }
        let style = style(printed);
        // What a document says of its own marking is none of its portions.
        let mut shape = if words.is_statement(&portion.text.to_lowercase()) {
            Shape::Line
        } else {
            shape_of(&portion.text, kind, style)
        };
        if shape == Shape::Item && self.listing && !ends_as_prose(&portion.text) {
            shape = Shape::Line;
        } else {
            self.listing = shape == Shape::Line && begins_list(&portion.text);
        }
        let is_title = kind == BlockKind::Heading
            || field(&portion.text).is_some_and(|(name, _)| TITLES.contains(&name.as_str()));
        // A letter in parentheses that is the mark numbers nothing.
        let mark_first = portion.mark.is_some() && printed.trim_start().starts_with(['(', '[']);
        let of_words = shape_of(&portion.text, kind, style.filter(|_| !mark_first));
        self.seen.push(Seen {
            style,
            marked: portion.mark.is_some(),
            shape,
            leads: !is_title && (of_words != Shape::Line || portion.text.ends_with(':')),
        });
    }

    /// Says of each portion whether a mark is due on it.
    pub(crate) fn decide(&self, pages: &mut [PrintedPage]) {
        let mut nth = 0;
        for page in pages {
            let mut first = true;
            for portion in &mut page.portions {
                let Some(seen) = self.seen.get(nth).copied() else {
                    return;
                };
                portion.due = match seen.shape {
                    _ if seen.marked => true,
                    Shape::Prose => !(first && nth > 0 && goes_on(&portion.text)),
                    Shape::Item => self.stands_beside_marked(nth),
                    Shape::Line => false,
                };
                first = false;
                nth += 1;
            }
        }
    }

    /// Whether an item belongs to a list in which others are marked, or to nothing that is.
    fn stands_beside_marked(&self, nth: usize) -> bool {
        let style = self.seen[nth].style;
        let alike = |seen: &&Seen| seen.style == style;
        let near = self.seen[nth.saturating_sub(64)..self.seen.len().min(nth + 64)].iter();
        if near.filter(alike).any(|seen| seen.marked) {
            return true;
        }
        // Under a marked paragraph one mark is enough for the list.
        !self.seen[..nth]
            .iter()
            .rev()
            .find(|seen| !alike(seen) && (seen.marked || seen.shape != Shape::Line))
            .is_some_and(|seen| seen.marked && seen.leads)
    }
}

/// How a portion is numbered: `0` for a number, `a`, `A` for a letter, or its bullet.
fn style(printed: &str) -> Option<char> {
    let text = printed.trim_start();
    shape::number(text)?;
    text.chars().find(|c| *c != '(').map(|c| match c {
        '0'..='9' => '0',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        other => other,
    })
}

fn shape_of(text: &str, kind: BlockKind, style: Option<char>) -> Shape {
    if matches!(kind, BlockKind::Header | BlockKind::Footer | BlockKind::Row)
        || text.starts_with('|')
    {
        return Shape::Line;
    }
    let lower = text.to_lowercase();
    if NOT_DUE.iter().any(|name| lower.starts_with(name)) {
        return Shape::Line;
    }
    if let Some((name, value)) = field(text) {
        if TITLES.contains(&name.as_str()) && !value.is_empty() {
            return Shape::Prose;
        }
        if FIELDS.contains(&name.as_str()) {
            return Shape::Line;
        }
    }
    if !text.chars().any(char::is_lowercase) && kind != BlockKind::Heading {
        return Shape::Line;
    }
    if date::written(text).is_some() || is_count_of_enclosures(text) {
        return Shape::Line;
    }
    let words = text.split_whitespace().count();
    let prose = words >= UNENDED_WORDS || ends_as_prose(text) && words >= PROSE_WORDS;
    match (style, kind) {
        (_, BlockKind::Heading) => Shape::Prose,
        (Some(_), _) | (None, BlockKind::Item) => Shape::Item,
        (None, _) if prose => Shape::Prose,
        _ => Shape::Line,
    }
}

/// Whether a text ends as sentences do.
fn ends_as_prose(text: &str) -> bool {
    text.trim_end_matches(['"', '”', ')', '\''])
        .ends_with(['.', '!', '?'])
}

/// `2 Enclosures`, `3 Encls     J. DOE`: what comes with a letter, counted.
fn is_count_of_enclosures(text: &str) -> bool {
    let mut parts = text.split_whitespace();
    let count = parts.next().unwrap_or_default();
    let what = parts.next().unwrap_or_default().to_lowercase();
    count.len() <= 2
        && count.bytes().all(|b| b.is_ascii_digit())
        && (what.starts_with("encl") || what.starts_with("attachment"))
        && !ends_as_prose(text)
}

/// Whether items behind a line belong to it and not to the text: `2 Encls`, `Distribution:`.
fn begins_list(text: &str) -> bool {
    is_count_of_enclosures(text)
        || field(text).is_some_and(|(name, _)| FIELDS.contains(&name.as_str()))
}

/// Whether a line begins with the name of a field.
pub(crate) fn is_field(line: &str) -> bool {
    field(line).is_some()
}

/// The name of the field that a line is, in small letters, and what it says.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    let is_name = name.starts_with(char::is_alphabetic)
        && name.chars().count() <= FIELD_NAME_MAX_CHARS
        && name.split_whitespace().count() <= 4
        && name
            .chars()
            .all(|c| c.is_alphabetic() || " ,./&-()".contains(c));
    is_name.then(|| {
        (
            name.to_lowercase().trim_end_matches("(s)").to_owned(),
            value.trim(),
        )
    })
}

/// Whether a text goes on with a sentence that the page before has begun.
fn goes_on(text: &str) -> bool {
    text.starts_with(char::is_lowercase)
}
