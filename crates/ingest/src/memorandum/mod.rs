//! Documents to drafts: heading, header, and the portions of the text.
//!
//! A document that calls itself a memorandum of conversation (`title`) has that for its heading, and a header with
//! participants by side, notetakers, date, time and place (`memo`, `labels`, `participants`). Of any other document
//! the first line is the heading, and lines such as "Subject: …" right after it are the header (`header`), as far as they
//! are plainly one. The rest are paragraphs; where a paragraph is a row of turns, or its lines bear marks, each turn or
//! marked line is a portion of its own. Hard line breaks within a paragraph are white space. A document's caution
//! against itself (`caution`) is a field.
//!
//! What cannot happen here: a word of the document that stands neither in a portion nor in a field. Running headers
//! and footers are kept once, after the header and at the end; of them bare page numbers alone are left out.

mod caution;
mod header;
mod labels;
mod memo;
mod participants;
mod running;
mod title;

use std::ops::Range;

use strongroom_record::{Draft, Place, PortionKind};

use crate::document::{BlockKind, DocFault, DocPage, Document};
use crate::error::{Fault, Rule};
use crate::fold::{Folded, fold};
use crate::marked::{self, Lifted, Words};
use crate::parts::{Parts, TextBudget};
use crate::speaker;
use header::{Fields, Found, Header};

/// A line of the text, and what is known of its surroundings.
#[derive(Debug, Clone, Copy)]
struct Line<'d> {
    text: &'d str,
    place: Place,
    mark: Option<&'d str>,
    kind: BlockKind,
    /// It is the first of its block.
    begins: bool,
}

/// A document as the draft `id`, whose bytes are `slice`.
///
/// # Errors
/// There is no word in it; a portion or a header value is longer than may be; or there are too many.
pub(crate) fn draft(
    document: Document,
    words: &Words,
    id: &str,
    slice: Range<usize>,
) -> Result<Draft, DocFault> {
    let Lifted { document, marks } = marked::lift(document, words)?;
    let lines = body(&document.pages);
    let running = running::of(&document.pages);
    if lines.is_empty() {
        let rule = Rule::Empty;
        return Err(DocFault { place: START, rule });
    }
    let Opening {
        heading,
        mut letterhead,
        mut fields,
        mut rest,
    } = opening(&lines)?;

    let length = lines.iter().map(|line| line.text.len() + 1).sum::<usize>() + running.bytes();
    let mut budget = TextBudget::for_file(length);
    let mut parts = Parts::new(0, &mut budget);
    let mut push = |kind, text, place, mark: Option<&str>| {
        let mark = mark.map(str::to_owned);
        parts.push_from(kind, text, place, mark).map_err(at(place))
    };
    let (start, mark) = heading
        .first()
        .map_or((START, None), |line| (line.place, line.mark));
    push(PortionKind::Heading, joined(heading), start, mark)?;
    for found in fields.subject.drain(..) {
        push(PortionKind::Subject, found.text, found.place, found.mark)?;
    }
    for found in fields.participants.drain(..) {
        push(
            PortionKind::Participant,
            found.text,
            found.place,
            found.mark,
        )?;
    }
    for found in fields.unread.drain(..) {
        push(PortionKind::Paragraph, found.text, found.place, found.mark)?;
    }
    for (place, text) in running.headers {
        push(PortionKind::Paragraph, text, place, None)?;
    }
    while let [first, ..] = letterhead {
        let block = take_block(&mut letterhead);
        push(
            PortionKind::Paragraph,
            joined(block),
            first.place,
            first.mark,
        )?;
    }
    while !rest.is_empty() {
        for piece in pieces(take_block(&mut rest)) {
            let [first, ..] = piece else { continue };
            push(
                portion_kind(first.kind),
                joined(piece),
                first.place,
                first.mark,
            )?;
        }
    }
    for (place, text) in running.footers {
        push(PortionKind::Paragraph, text, place, None)?;
    }
    let mut portions = parts.into_portions();
    let (caution, produced) = caution::take(&mut portions);
    speaker::mark(&mut portions, fields.from.iter().chain(&fields.to).cloned());
    Ok(Draft {
        id: id.to_owned(),
        number: None,
        when: fields.when,
        place: fields.place,
        from: fields.from,
        to: fields.to,
        mark: fields.mark,
        portions,
        slice,
        attachments: document.attachments,
        marks,
        drafted: fields.drafted,
        caution,
        produced,
    })
}

/// How a document opens, and the text after it.
struct Opening<'l, 'd> {
    heading: &'l [Line<'d>],
    /// What stands around the title of a memorandum.
    letterhead: &'l [Line<'d>],
    fields: Fields<'d>,
    rest: &'l [Line<'d>],
}

/// Lines between the title of a memorandum and its first label: a date, a number.
const BELOW_TITLE_MAX: usize = 6;

fn opening<'l, 'd>(lines: &'l [Line<'d>]) -> Result<Opening<'l, 'd>, DocFault> {
    let mut rest = lines;
    if let Some(title) = title::find(lines) {
        let above = take(&mut rest, title.start);
        let heading = take(&mut rest, title.len());
        let labelled = |line: &Line<'_>| labels::of(line.text).is_some();
        let turn = |line: &Line<'_>| speaker::begins_turn(&fold(line.text)) && !labelled(line);
        let below = rest
            .iter()
            .take(BELOW_TITLE_MAX)
            .take_while(|line| !turn(line));
        let before = below.clone().position(labelled).unwrap_or(0);
        let (fields, count) = memo::read(&rest[before..])?;
        let mut fields = fields;
        let mut between = &rest[..before];
        while let [first, ..] = between {
            let text = joined(take_block(&mut between));
            let (place, mark) = (first.place, first.mark);
            fields.unread.insert(0, Found { text, place, mark });
        }
        return Ok(Opening {
            heading,
            letterhead: above,
            fields,
            rest: &rest[before + count..],
        });
    }
    let heading = match lines {
        [first, ..] if header::begins_field(first.text) => &[],
        [first, ..] if first.kind == BlockKind::Heading => take_block(&mut rest),
        _ => take(&mut rest, 1),
    };
    let mut header = Header::default();
    while let Some(line) = rest.first().filter(|line| header.goes_on(line)) {
        header.take(line)?;
        rest = &rest[1..];
    }
    Ok(Opening {
        heading,
        letterhead: &[],
        fields: header.finish()?,
        rest,
    })
}

/// Where a document begins.
const START: Place = Place { line: 1, column: 1 };

/// The lines between the running headers and footers, through all pages.
fn body(pages: &[DocPage]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for page in pages {
        let blocks = page
            .blocks
            .iter()
            .filter(|block| !matches!(block.kind, BlockKind::Header | BlockKind::Footer));
        for (nth, block) in blocks.enumerate() {
            for (of_block, line) in block.lines.iter().enumerate() {
                let line = Line {
                    text: &line.text,
                    place: line.place(),
                    mark: line.mark.as_deref(),
                    kind: block.kind,
                    begins: true,
                };
                let begins = of_block == 0
                    && !(nth == 0 && lines.last().is_some_and(|last| runs_on(last, &line)));
                lines.push(Line { begins, ..line });
            }
        }
    }
    lines
}

/// Whether a paragraph that a page ends in goes on with the first line of the next page: it stops within a sentence,
/// and the line begins within one.
fn runs_on(last: &Line<'_>, next: &Line<'_>) -> bool {
    let words = |c: char| c.is_alphanumeric() || matches!(c, ',' | '-' | '–');
    last.kind == BlockKind::Paragraph
        && next.kind == BlockKind::Paragraph
        && next.mark.is_none()
        && last.text.trim_end().ends_with(words)
        && next.text.trim_start().starts_with(char::is_lowercase)
}

/// The lines of the first block.
fn take_block<'l, 'd>(lines: &mut &'l [Line<'d>]) -> &'l [Line<'d>] {
    let more = lines.iter().skip(1).position(|line| line.begins);
    let count = more.map_or(lines.len(), |at| at + 1);
    take(lines, count)
}

fn take<'l, 'd>(lines: &mut &'l [Line<'d>], count: usize) -> &'l [Line<'d>] {
    let (taken, rest) = lines.split_at(count);
    *lines = rest;
    taken
}

/// The portions of a block: one, or one for each marked line, or for each turn if it begins with one.
fn pieces<'l, 'd>(block: &'l [Line<'d>]) -> impl Iterator<Item = &'l [Line<'d>]> {
    let begins_turn = |line: &Line<'_>| speaker::begins_turn(&fold(line.text));
    let turns = block
        .first()
        .is_some_and(|first| first.kind == BlockKind::Paragraph && begins_turn(first));
    block.chunk_by(move |_, next| next.mark.is_none() && !(turns && begins_turn(next)))
}

const fn portion_kind(kind: BlockKind) -> PortionKind {
    match kind {
        BlockKind::Header | BlockKind::Footer | BlockKind::Paragraph => PortionKind::Paragraph,
        BlockKind::Heading => PortionKind::Head,
        BlockKind::Item => PortionKind::Item,
        BlockKind::Row => PortionKind::Row,
    }
}

/// Lines as one text, white space folded.
fn joined(lines: &[Line<'_>]) -> String {
    let mut folded = Folded::default();
    for line in lines {
        folded.push_str(line.text);
        folded.space();
    }
    folded.finish()
}

/// Gives a rule its place in the document.
fn at(place: Place) -> impl Fn(Fault) -> DocFault {
    move |fault| DocFault {
        place,
        rule: fault.rule,
    }
}
