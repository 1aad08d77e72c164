//! A document as a draft.

use std::ops::Range;

use strongroom_record::{Draft, PortionKind, PrintedMark, When};

use super::blocks;
use super::tag::{Name, Tag};
use super::tree::{NodeId, Tree};
use crate::date;
use crate::error::Fault;
use crate::marking;
use crate::parts::{Parts, TextBudget, header_value, header_values, phrases};
use crate::speaker;

/// How an untyped source note begins.
const SOURCE: &str = "Source:";

/// Bytes of a note within which [`SOURCE`] must stand, white space before it included.
const SOURCE_BYTES: usize = 1_024;

/// Bytes of a person's tagged name that are looked at: real ones have less than a hundred.
const NAME_BYTES: usize = 256;

/// Makes a draft of the document in `tree`, whose bytes are `slice`.
pub(super) fn draft(
    tree: &Tree<'_>,
    id: String,
    slice: Range<usize>,
    budget: &mut TextBudget,
) -> Result<Draft, Fault> {
    let at = slice.start;
    let heading = tree
        .inside(NodeId::ROOT)
        .find(|(_, e)| e.tag == Tag::Head && e.parent == NodeId::ROOT)
        .map(|(head, _)| head);
    let printed = heading.map_or_else(String::new, |head| tree.block_text(head));
    let (number, words) = numbered(&printed);

    let subject = listed(tree, "subject", at)?;
    let participants = listed(tree, "participants", at)?;
    let mut parts = Parts::new(at, budget);
    parts.push(PortionKind::Heading, words.to_owned())?;
    for text in subject {
        parts.push(PortionKind::Subject, text)?;
    }
    for text in participants {
        parts.push(PortionKind::Participant, text)?;
    }
    blocks::add(tree, heading, &mut parts)?;
    let mut portions = parts.into_portions();
    let names = tree
        .inside(NodeId::ROOT)
        .filter(|(_, e)| e.tag == Tag::PersName)
        .map(|(name, _)| tree.opening(name, NAME_BYTES));
    speaker::mark(&mut portions, names);

    let dateline = tree
        .inside(NodeId::ROOT)
        .find(|(_, e)| e.tag == Tag::Dateline)
        .map(|(dateline, _)| dateline);
    let place = dateline
        .and_then(|line| tree.inside(line).find(|(_, e)| e.tag == Tag::PlaceName))
        .map(|(place, _)| tree.whole_text(place))
        .filter(|place| !place.is_empty());
    let people = |kind| {
        heading.map_or_else(Vec::new, |head| {
            tree.inside(head)
                .filter(|(_, e)| e.tag == Tag::PersName)
                .filter(|(name, _)| tree.attribute(*name, Name::Type) == Some(kind))
                .filter_map(|(name, _)| tree.attribute(name, Name::Corresp))
                .map(|pointer| pointer.strip_prefix('#').unwrap_or(pointer).to_owned())
                .collect()
        })
    };
    let mark = marking(tree);
    Ok(Draft {
        id,
        number: number
            .map(|number| header_value(at, number.to_owned()))
            .transpose()?,
        when: dateline
            .and_then(|line| when(tree, line))
            .map(|when| checked(at, when))
            .transpose()?,
        place: place.map(|place| header_value(at, place)).transpose()?,
        from: header_values(at, people("from"))?,
        to: header_values(at, people("to"))?,
        mark: PrintedMark {
            level: mark.level,
            captions: header_values(at, mark.captions)?,
            stray_level: mark.stray_level,
            phrases: phrases(at, mark.phrases)?,
        },
        portions,
        slice,
        ..Draft::default()
    })
}

/// The number before a heading, and the heading after it: `12. Memorandum`, `[12a] Memorandum`.
fn numbered(heading: &str) -> (Option<&str>, &str) {
    let rest = heading.strip_prefix('[').unwrap_or(heading);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let letter = usize::from(rest[digits..].starts_with(|c: char| c.is_ascii_lowercase()));
    let (number, rest) = rest.split_at(digits + letter);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let rest = rest.strip_prefix(']').unwrap_or(rest);
    match rest.strip_prefix(' ') {
        Some(words) if digits > 0 => (Some(number), words),
        _ => (None, heading),
    }
}

/// The items of the lists of one type, outside footnotes.
fn listed(tree: &Tree<'_>, kind: &str, at: usize) -> Result<Vec<String>, Fault> {
    let items = tree
        .inside(NodeId::ROOT)
        .filter(|(_, e)| e.tag == Tag::List && !e.in_note)
        .filter(|(list, _)| tree.attribute(*list, Name::Type) == Some(kind))
        .flat_map(|(list, _)| tree.inside(list).filter(|(_, e)| e.tag == Tag::Item))
        .map(|(item, _)| tree.block_text(item))
        .filter(|text| !text.is_empty());
    header_values(at, items)
}

/// The marking in the source note.
fn marking(tree: &Tree<'_>) -> PrintedMark {
    let notes = || {
        tree.inside(NodeId::ROOT)
            .filter(|(_, e)| e.tag == Tag::Note)
            .map(|(note, _)| note)
    };
    notes()
        .find(|note| tree.attribute(*note, Name::Type) == Some("source"))
        .map(|note| tree.whole_text(note))
        .or_else(|| {
            // Some volumes leave the type out.
            notes()
                .find(|note| tree.opening(*note, SOURCE_BYTES).starts_with(SOURCE))
                .map(|note| tree.whole_text(note))
        })
        .map_or_else(PrintedMark::default, |text| marking::find(&text))
}

/// The first date of a dateline, if it tags a beginning; the words include a time that is tagged beside it.
fn when(tree: &Tree<'_>, dateline: NodeId) -> Option<When> {
    let (date, _) = tree.inside(dateline).find(|(_, e)| e.tag == Tag::Date)?;
    let tagged = |name| tree.attribute(date, name).map(str::to_owned);
    let exact = tagged(Name::When);
    let (start, end, bounds_only) = if exact.is_some() {
        (exact, None, false)
    } else {
        let start = tagged(Name::From);
        let end = tagged(Name::To);
        let bounds_only = start.is_none();
        (
            start.or_else(|| tagged(Name::NotBefore)),
            end.or_else(|| tagged(Name::NotAfter)),
            bounds_only,
        )
    };
    let mut printed = tree.block_text(date);
    if let Some((time, _)) = tree.inside(dateline).find(|(_, e)| e.tag == Tag::Time) {
        printed.push_str(", ");
        printed.push_str(&tree.block_text(time));
    }
    let doubted =
        bounds_only || matches!(tree.attribute(date, Name::Cert), Some("low" | "unknown"));
    Some(date::tagged(start?, end, doubted, printed))
}

/// A date whose words have the size of a header value.
fn checked(at: usize, when: When) -> Result<When, Fault> {
    Ok(When {
        start: header_value(at, when.start)?,
        end: when.end.map(|end| header_value(at, end)).transpose()?,
        printed: header_value(at, when.printed)?,
        ..when
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_before_headings() {
        assert_eq!(numbered("12. Memo"), (Some("12"), "Memo"));
        assert_eq!(numbered("[12a.] Memo"), (Some("12a"), "Memo"));
        assert_eq!(numbered("12 Memo"), (Some("12"), "Memo"));
        for whole in ["12.", "12th Meeting", "Memo 12", "[Memo]", "", "a. b"] {
            assert_eq!(numbered(whole), (None, whole));
        }
    }
}
