//! Plain text: one record.
//!
//! Blank lines part paragraphs; form feeds, and lines of three hyphens, part pages. What the words say is told by
//! [`memorandum`], as of every document.

use strongroom_record::{Draft, Place};

use crate::document::{Block, BlockKind, DocLine, DocPage, Document};
use crate::error::Fault;
use crate::fold::is_space;
use crate::limits::LINES_MAX;
use crate::marked::Words;
use crate::memorandum;

/// The record's id: a text has no other record to tell it from.
const ID: &str = "text";

/// A text as a draft.
///
/// # Errors
/// A portion or a header value is longer than may be, or there are too many.
pub(crate) fn read(text: &str, words: &Words) -> Result<Draft, Fault> {
    let bytes = text.bytes().enumerate();
    if let Some((at, _)) = bytes
        .filter(|(_, byte)| matches!(byte, b'\n' | b'\x0c'))
        .nth(LINES_MAX)
    {
        return Err(Fault::limit(at, "lines in one document", LINES_MAX));
    }
    memorandum::draft(document(text), words, ID, 0..text.len())
        .map_err(|fault| Fault::at(offset(text, fault.place), fault.rule))
}

/// A text as pages, paragraphs and lines.
pub(crate) fn document(text: &str) -> Document {
    let mut pages = vec![DocPage::default()];
    let mut block: Vec<DocLine> = Vec::new();
    let end_block = |block: &mut Vec<DocLine>, page: &mut DocPage| {
        if !block.is_empty() {
            page.blocks.push(Block {
                kind: BlockKind::Paragraph,
                lines: std::mem::take(block),
            });
        }
    };
    for (line, printed) in (1..).zip(text.split('\n')) {
        let mut column = 1;
        for (nth, piece) in printed.split('\u{c}').enumerate() {
            let page_ends = nth > 0 || piece.trim() == "---";
            if page_ends {
                end_block(&mut block, last(&mut pages));
                pages.push(DocPage::default());
            }
            if piece.trim() == "---" {
                // It parts pages and says nothing.
            } else if piece.chars().all(is_space) {
                end_block(&mut block, last(&mut pages));
            } else {
                block.push(DocLine::new(line, column, piece.to_owned()));
            }
            column = saturating_u32(column as usize + piece.chars().count() + 1);
        }
    }
    end_block(&mut block, last(&mut pages));
    Document {
        pages,
        attachments: Vec::new(),
    }
}

fn last(pages: &mut [DocPage]) -> &mut DocPage {
    pages.last_mut().expect("there is always a page")
}

fn saturating_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The offset of a place in a text.
fn offset(text: &str, place: Place) -> usize {
    let lines_before = (place.line as usize).saturating_sub(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(lines_before)
        .map(str::len)
        .sum();
    let rest = &text[start..];
    start
        + rest
            .char_indices()
            .nth((place.column as usize).saturating_sub(1))
            .map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use strongroom_record::PortionKind;

    use super::*;

    fn read(text: &str) -> Result<Draft, Fault> {
        super::read(text, Words::builtin())
    }

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

    #[test]
    fn pages_are_parted_and_paragraphs_run_on() {
        let text = "H\n\nThey spoke of the\n\u{c}treaty, and\n---\nof grain.\n---\nHe left.\u{c}\n";
        assert_eq!(document(text).pages.len(), 5);
        let draft = read(text).unwrap();
        let found: Vec<_> = draft
            .portions
            .iter()
            .map(|p| (p.text.as_str(), p.place.unwrap()))
            .collect();
        let place = |line, column| Place { line, column };
        assert_eq!(
            found,
            [
                ("H", place(1, 1)),
                ("They spoke of the treaty, and of grain.", place(3, 1)),
                ("He left.", place(8, 1)),
            ]
        );
        assert_eq!(document(text).pages[1].blocks[0].lines[0].column, 2);
        assert!(matches!(
            read("---\n\u{c}").unwrap_err().rule,
            crate::error::Rule::Empty
        ));
    }
}
