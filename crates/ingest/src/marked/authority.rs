//! The lines of an authority block within a page: who classified, from what, until when.

use strongroom_record::PrintedLine;

use super::furniture::{PageRows, Role, at_byte};
use super::shape;
use super::words::{FieldName, Words};
use crate::fold::fold;

/// The key of the list of sources: its items are lines of their own.
const SOURCES: &str = "sources";

/// The lines found so far, through all pages.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    lines: Vec<PrintedLine>,
    /// The key of the field that rows may continue.
    open: Option<String>,
    /// The block of the last row, and its page: rows go on within a block.
    last_row: Option<usize>,
}

impl Fields {
    pub(crate) fn into_lines(self) -> Vec<PrintedLine> {
        self.lines
    }
}

/// The name of the field with which a line begins: behind a bullet, and with a colon or in capitals.
pub(crate) fn begins<'w>(line: &str, words: &'w Words) -> Option<&'w FieldName> {
    name_at(line.trim_start(), words).map(|(name, _)| name)
}

/// The field's name at the beginning of a text, and the bytes before its words.
fn name_at<'w>(text: &str, words: &'w Words) -> Option<(&'w FieldName, usize)> {
    let upper = text.get(..text.len().min(64)).map_or_else(
        || {
            text.chars()
                .take(64)
                .collect::<String>()
                .to_ascii_uppercase()
        },
        str::to_ascii_uppercase,
    );
    let field = words.name_at(&upper)?;
    let behind = text.get(field.name.len()..)?;
    let rest = behind.trim_start();
    let spaces = behind.len() - rest.len();
    if let Some(value) = rest.strip_prefix(':') {
        let value_at = value.len() - value.trim_start().len();
        return Some((field, field.name.len() + spaces + 1 + value_at));
    }
    // Without a colon only a name of several words, each with a capital: `Classified By J. Doe`.
    let name = &text[..field.name.len()];
    let capitals = name.contains(' ')
        && name
            .split(' ')
            .all(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
    (capitals && field.anchor && spaces > 0).then_some((field, field.name.len() + spaces))
}

/// Finds the lines of authority blocks among the words of a page.
pub(crate) fn find(page: &mut PageRows, words: &Words, fields: &mut Fields) {
    fields.last_row = None;
    if fields.open.as_deref() != Some(SOURCES) {
        fields.open = None;
    }
    for nth in 0..page.rows.len() {
        if page.rows[nth].role != Role::Words {
            continue;
        }
        if begins_here(page, nth, words, fields) {
            take_fields(page, nth, words, fields);
            page.rows[nth].role = Role::Authority;
            fields.last_row = Some(nth);
        } else if goes_on(page, nth, words, fields) {
            go_on(page, nth, words, fields);
            page.rows[nth].role = Role::Authority;
            fields.last_row = Some(nth);
        } else {
            fields.open = None;
        }
    }
}

/// Whether a row begins a field: by a name that tells, or by any name beside such a row.
fn begins_here(page: &PageRows, nth: usize, words: &Words, fields: &Fields) -> bool {
    let name = |nth: usize| {
        let row = page.rows.get(nth).filter(|row| row.role == Role::Words)?;
        begins(&row.line.text, words)
    };
    let Some(field) = name(nth) else {
        return false;
    };
    let beside = fields.last_row.is_some_and(|last| nth - last <= 2)
        || (1..=3).any(|ahead| name(nth + ahead).is_some_and(|field| field.anchor));
    // A list of sources may stand on a page of its own.
    let listed = field.key == SOURCES && !fields.lines.is_empty();
    field.anchor || beside || listed
}

/// Whether a row goes on with the field before: in the same block, or as an item of the list of sources.
fn goes_on(page: &PageRows, nth: usize, words: &Words, fields: &Fields) -> bool {
    let row = &page.rows[nth];
    if fields.open.is_none() || shape::mark_before(&row.line.text, words, None).is_some() {
        return false;
    }
    let same_block = fields
        .last_row
        .is_some_and(|last| page.rows[last].block == row.block && last + 1 == nth);
    let item = shape::number(row.line.text.trim_start()).is_some();
    same_block || fields.open.as_deref() == Some(SOURCES) && item
}

/// Takes the field, or the several fields, of a row.
fn take_fields(page: &PageRows, nth: usize, words: &Words, fields: &mut Fields) {
    let line = &page.rows[nth].line;
    let mut at = line.text.len() - line.text.trim_start().len();
    while let Some((field, value)) = name_at(&line.text[at..], words) {
        let printed = fold(&line.text[at..at + field.name.len()]);
        let start = at + value;
        let end = next_name(&line.text, start, words).unwrap_or(line.text.len());
        let text = line.text[start..end].trim_end_matches([' ', '\t', ';', '|', '\r']);
        fields.lines.push(PrintedLine {
            name: printed,
            text: fold(text),
            place: at_byte(line, start.min(line.text.trim_end().len())),
        });
        fields.open = Some(field.key.clone());
        if end == line.text.len() {
            break;
        }
        at = end;
    }
}

/// Where the next field of a row begins.
fn next_name(text: &str, from: usize, words: &Words) -> Option<usize> {
    text.get(from..)?
        .char_indices()
        .filter(|(byte, c)| {
            *byte > 0
                && c.is_alphabetic()
                && text[..from + byte].ends_with([' ', '\t', ';', '|', '.', ','])
        })
        .map(|(byte, _)| from + byte)
        .find(|&at| {
            name_at(&text[at..], words).is_some_and(|(field, value)| {
                // Only with a colon: `Classified By` may stand in the words of another field.
                text[at + field.name.len()..at + value].contains(':')
            })
        })
}

/// Adds a row to the field before, or to the list of sources.
fn go_on(page: &PageRows, nth: usize, words: &Words, fields: &mut Fields) {
    let line = &page.rows[nth].line;
    let indent = line.text.len() - line.text.trim_start().len();
    let item = shape::number(&line.text[indent..]);
    let sources = fields.open.as_deref() == Some(SOURCES);
    if item.is_some() || sources {
        let Some(name) = words.name_of(SOURCES) else {
            return;
        };
        let begins = indent + item.unwrap_or(0);
        fields.lines.push(PrintedLine {
            name: name.to_owned(),
            text: fold(&line.text[begins..]),
            place: at_byte(line, begins),
        });
        return;
    }
    let text = fold(&line.text);
    let place = at_byte(line, indent);
    if let Some(last) = fields.lines.last_mut() {
        if last.text.is_empty() {
            last.place = place;
        } else {
            last.text.push(' ');
        }
        last.text.push_str(&text);
    }
}
