//! Plain text: one record.
//!
//! The first line is the heading. Lines such as "Subject: …" right after it are the header, as far as they are
//! plainly one. The rest are paragraphs, with blank lines between them; where a paragraph is a row of turns, each
//! turn is a paragraph of its own.

mod header;

use strongroom_record::{Draft, PortionKind};

use crate::error::Fault;
use crate::fold::fold;
use crate::parts::{Parts, TextBudget};
use crate::speaker;
use header::Header;

/// The record's id: a text has no other record to tell it from.
const ID: &str = "text";

/// A line and the offset at which it begins.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    at: usize,
    text: &'t str,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.chars().all(crate::fold::is_space)
    }
}

/// A text as a draft.
///
/// # Errors
/// A portion or a header value is longer than may be, or there are too many.
pub(crate) fn read(text: &str) -> Result<Draft, Fault> {
    let mut at = 0;
    let mut lines = text
        .split_inclusive('\n')
        .map(move |text| {
            let line = Line { at, text };
            at += text.len();
            line
        })
        .skip_while(Line::is_blank)
        .peekable();

    let (heading, mut header) = match lines.peek().copied() {
        Some(first) if header::begins_field(first.text) => (None, Header::default()),
        _ => (lines.next(), Header::default()),
    };
    while let Some(line) = lines.next_if(|line| header.goes_on(line.text)) {
        header.take(line)?;
    }

    let mut budget = TextBudget::for_file(text.len());
    let mut parts = Parts::new(heading.map_or(0, |line| line.at), &mut budget);
    parts.push(
        PortionKind::Heading,
        heading.map_or_else(String::new, |line| fold(line.text)),
    )?;
    let mut fields = header.finish()?;
    for text in fields.subject.drain(..) {
        parts.push(PortionKind::Subject, text)?;
    }
    for text in fields.participants.drain(..) {
        parts.push(PortionKind::Participant, text)?;
    }
    for text in fields.unread.drain(..) {
        parts.push(PortionKind::Paragraph, text)?;
    }
    while let Some(first) = lines.next() {
        if first.is_blank() {
            continue;
        }
        let mut piece = Line { ..first };
        let turns = speaker::begins_turn(&fold(first.text));
        while let Some(line) = lines.next_if(|line| !line.is_blank()) {
            if turns && speaker::begins_turn(&fold(line.text)) {
                parts.point_to(piece.at);
                parts.push(PortionKind::Paragraph, fold(piece.text))?;
                piece = line;
            } else {
                piece.text = &text[piece.at..line.at + line.text.len()];
            }
        }
        parts.point_to(piece.at);
        parts.push(PortionKind::Paragraph, fold(piece.text))?;
    }
    let mut portions = parts.into_portions();
    speaker::mark(&mut portions, fields.from.iter().chain(&fields.to).cloned());
    Ok(Draft {
        id: ID.to_owned(),
        number: None,
        when: fields.when,
        place: fields.place,
        from: fields.from,
        to: fields.to,
        mark: fields.mark,
        portions,
        slice: 0..text.len(),
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(PortionKind, String, Option<String>)> {
        let draft = read(text).unwrap();
        draft
            .portions
            .into_iter()
            .map(|p| (p.kind, p.text, p.speaker))
            .collect()
    }

    #[test]
    fn header_and_turns() {
        let text = "\n Call with the Ambassador\r\n\r\nSubject: Cuba\nDate: February 14, 1969, 5:35 p.m.\nPlace: Washington\n\
                    Participants: Mr. Kissinger; Ambassador Dobrynin\nClassification: TOP SECRET; Sensitive\n\n\
                    K: Good\n  evening.\nD: Good evening. [2 lines not declassified]\n\nThey spoke\nof other things.\n";
        let draft = read(text).unwrap();
        assert_eq!(draft.slice, 0..text.len());
        assert_eq!(draft.when.as_ref().unwrap().start, "1969-02-14T17:35:00");
        assert_eq!(draft.place.as_deref(), Some("Washington"));
        assert_eq!(draft.mark.level.as_deref(), Some("Top Secret"));
        assert_eq!(draft.mark.captions, ["Sensitive"]);
        let texts: Vec<_> = draft
            .portions
            .iter()
            .map(|p| (p.kind.word(), p.text.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                ("heading", "Call with the Ambassador"),
                ("subject", "Cuba"),
                ("participant", "Mr. Kissinger"),
                ("participant", "Ambassador Dobrynin"),
                ("p", "K: Good evening."),
                ("p", "D: Good evening. [2 lines not declassified]"),
                ("p", "They spoke of other things."),
            ]
        );
        assert_eq!(draft.portions[4].speaker.as_deref(), Some("K"));
        assert_eq!(draft.portions[5].gaps, ["2 lines not declassified"]);
    }

    #[test]
    fn without_header() {
        let found = kinds("Heading\n\nHe said to\nMr. Smith: no.\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].1, "He said to Mr. Smith: no.");
        assert_eq!(found[1].2, None);
        assert_eq!(kinds("only a line").len(), 1);
    }

    #[test]
    fn what_is_no_date_stays_in_the_text() {
        let draft = read("H\nDate: soon\n\ntext").unwrap();
        assert_eq!(draft.when, None);
        assert_eq!(draft.portions[1].text, "Date: soon");
    }

    #[test]
    fn a_header_first_leaves_the_heading_empty() {
        let draft = read("Subject: Cuba\n\ntext").unwrap();
        assert_eq!(draft.portions[0].text, "");
        assert_eq!(draft.portions[1].text, "Cuba");
    }
}
