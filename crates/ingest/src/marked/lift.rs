//! Taking the marks out of a document: what is left are its words, and what was taken is kept as it was printed.

use strongroom_record::limits::{
    HEADER_VALUE_MAX_BYTES, HEADER_VALUES_MAX, PORTION_MAX_BYTES, PORTIONS_MAX,
};
use strongroom_record::{MarkForm, Place, PrintedLine, PrintedMarks, PrintedPage, PrintedPortion};

use super::authority::{self, Fields};
use super::due::{self, Outline};
use super::furniture::{self, PageRows, Role};
use super::shape::{self, Found, Strength};
use super::words::Words;
use crate::document::{Block, BlockKind, DocFault, DocLine, DocPage, Document};
use crate::error::Rule;
use crate::fold::fold;

/// A document without its marks, and the marks.
#[derive(Debug)]
pub(crate) struct Lifted {
    pub(crate) document: Document,
    pub(crate) marks: PrintedMarks,
}

/// Takes the marks out of a document. One that bears none comes out as it went in.
///
/// # Errors
/// There are more pages, or lines of an authority block, or longer lines than may be.
pub(crate) fn lift(document: Document, words: &Words) -> Result<Lifted, DocFault> {
    Ok(lift_titled(None, document, words)?.1)
}

/// The same, of a document whose title stands beside its pages: it is the first portion of the first.
///
/// # Errors
/// As of [`lift`].
pub(crate) fn lift_titled(
    title: Option<DocLine>,
    document: Document,
    words: &Words,
) -> Result<(Option<DocLine>, Lifted), DocFault> {
    if !is_marked(title.as_ref(), &document, words) {
        let marks = PrintedMarks::default();
        return Ok((title, Lifted { document, marks }));
    }
    let mut marks = PrintedMarks::default();
    let mut fields = Fields::default();
    let mut outline = Outline::default();
    let mut pages = Vec::with_capacity(document.pages.len());
    let (title, printed_title) = title
        .map(|line| of_title(line, words, &mut outline))
        .unzip();
    for page in document.pages {
        if page.blocks.is_empty() {
            continue;
        }
        let mut rows = PageRows::new(page);
        furniture::banners(&mut rows, words);
        authority::find(&mut rows, words, &mut fields);
        let (page, printed) = portions(rows, words, &mut outline);
        marks.pages.push(printed);
        pages.push(page);
    }
    if let Some(title) = printed_title.flatten() {
        if marks.pages.is_empty() {
            marks.pages.push(PrintedPage {
                place: title.place,
                top: None,
                bottom: None,
                between: Vec::new(),
                portions: Vec::new(),
            });
        }
        marks.pages[0].portions.insert(0, title);
    }
    outline.decide(&mut marks.pages);
    marks.authority = fields.into_lines();
    bounded(&marks)?;
    let document = Document {
        pages,
        attachments: document.attachments,
    };
    Ok((title, Lifted { document, marks }))
}

/// A title without its mark, and as it is printed; nothing of a blank one.
fn of_title(
    line: DocLine,
    words: &Words,
    outline: &mut Outline,
) -> (DocLine, Option<PrintedPortion>) {
    let text = Text {
        kind: BlockKind::Heading,
        joined: line.text.clone(),
        lines: vec![(0, line.clone())],
    };
    let span = text.span(0);
    let found = shape::mark_before(&text.joined, words, None)
        .or_else(|| shape::mark_after(&text.joined, words));
    let Some(printed) = portion(&text, span, found) else {
        return (line, None);
    };
    outline.note(&text.joined, text.kind, &printed, words);
    let mark = printed.mark.as_ref().map(PrintedLine::words);
    let mut lines = Vec::new();
    rest(&text, span, found, mark.clone(), &mut lines);
    // A title that is nothing but its mark has no words.
    let bare = lines.pop().unwrap_or(DocLine {
        mark,
        text: String::new(),
        ..line
    });
    (bare, Some(printed))
}

/// Refuses marks of which there are more than a draft may have.
fn bounded(marks: &PrintedMarks) -> Result<(), DocFault> {
    let limit = |place, what, max| {
        let rule = Rule::Limit { what, max };
        Err(DocFault { place, rule })
    };
    if let Some(page) = marks.pages.get(PORTIONS_MAX) {
        return limit(page.place, "pages in one record", PORTIONS_MAX);
    }
    if let Some(line) = marks.authority.get(HEADER_VALUES_MAX) {
        return limit(line.place, "lines of an authority block", HEADER_VALUES_MAX);
    }
    let mut lines = marks.authority.iter();
    if let Some(line) = lines.find(|line| line.text.len() > HEADER_VALUE_MAX_BYTES) {
        return limit(
            line.place,
            "bytes in a header value",
            HEADER_VALUE_MAX_BYTES,
        );
    }
    for page in &marks.pages {
        if let Some(line) = page.between.get(HEADER_VALUES_MAX) {
            return limit(line.place, "banners on one page", HEADER_VALUES_MAX);
        }
        if let Some(portion) = page.portions.get(PORTIONS_MAX) {
            return limit(portion.place, "portions on one page", PORTIONS_MAX);
        }
        if let Some(portion) = page
            .portions
            .iter()
            .find(|p| p.text.len() > PORTION_MAX_BYTES)
        {
            return limit(portion.place, "bytes in one portion", PORTION_MAX_BYTES);
        }
    }
    Ok(())
}

/// Whether anything in a document shows that it is marked: one thing that is nothing but a mark, or two that could be.
fn is_marked(title: Option<&DocLine>, document: &Document, words: &Words) -> bool {
    let (mut plain, mut fields) = (0, 0);
    let mut series = None;
    let of_title = title.and_then(|line| shape::mark_before(&line.text, words, None));
    match of_title.map(|found| found.strength) {
        Some(Strength::Strong) => return true,
        Some(Strength::Plain) => plain += 1,
        _ => {}
    }
    for page in &document.pages {
        if furniture::ends_alike(page, words) {
            return true;
        }
        let rows: usize = page.blocks.iter().map(|block| block.lines.len()).sum();
        let mut row = 0;
        for block in &page.blocks {
            for line in &block.lines {
                row += 1;
                let at_edge = row <= furniture::TOP_ROWS || rows - row < furniture::BOTTOM_ROWS;
                if at_edge
                    && shape::banner(&line.text, words).is_some_and(|b| b.strength > Strength::Weak)
                {
                    return true;
                }
                match shape::mark_before(&line.text, words, series).map(|found| found.strength) {
                    Some(Strength::Strong) => return true,
                    Some(Strength::Plain) => plain += 1,
                    _ => series = shape::series_letter(&line.text).or(series),
                }
                if authority::begins(&line.text, words).is_some_and(|name| name.anchor) {
                    fields += 1;
                }
                if plain + fields >= 2 {
                    return true;
                }
            }
        }
    }
    false
}

/// Lines of one block that are words, joined by line feeds, and where each begins.
struct Text {
    kind: BlockKind,
    joined: String,
    lines: Vec<(usize, DocLine)>,
}

impl Text {
    /// The place of a byte.
    fn place(&self, byte: usize) -> Place {
        let nth = self
            .lines
            .partition_point(|(start, _)| *start <= byte)
            .max(1)
            - 1;
        let (start, line) = &self.lines[nth];
        let end = (start + line.text.len()).min(self.joined.len());
        let before = self.joined[*start..byte.clamp(*start, end)].chars().count();
        Place {
            line: line.line,
            column: line
                .column
                .saturating_add(u32::try_from(before).unwrap_or(u32::MAX)),
        }
    }
    /// The bytes of the nth line.
    fn span(&self, nth: usize) -> (usize, usize) {
        let (start, line) = &self.lines[nth];
        (*start, start + line.text.len())
    }
}

/// The portions of a page.
fn portions(rows: PageRows, words: &Words, outline: &mut Outline) -> (DocPage, PrintedPage) {
    let mut printed = PrintedPage {
        place: rows.place(),
        top: rows.top.clone(),
        bottom: rows.bottom.clone(),
        between: rows.between.clone(),
        portions: Vec::new(),
    };
    let mut blocks = Vec::new();
    for text in texts(rows) {
        let kind = text.kind;
        let mut lines = Vec::new();
        for run in cut(&text, words, outline) {
            take(
                &text,
                &run,
                words,
                outline,
                &mut printed.portions,
                &mut lines,
            );
        }
        if !lines.is_empty() {
            blocks.push(Block { kind, lines });
        }
    }
    (DocPage { blocks }, printed)
}

/// The rows that are words, block by block; what stood in the middle of a block parts it.
fn texts(rows: PageRows) -> Vec<Text> {
    let mut texts: Vec<(usize, Text)> = Vec::new();
    let mut parted = false;
    for row in rows.rows {
        if row.role != Role::Words {
            parted = true;
            continue;
        }
        let parted = std::mem::take(&mut parted);
        match texts.last_mut() {
            Some((block, text)) if *block == row.block && !parted => {
                text.joined.push('\n');
                text.lines.push((text.joined.len(), row.line));
            }
            _ => texts.push((
                row.block,
                Text {
                    kind: row.kind,
                    joined: String::new(),
                    lines: vec![(0, row.line)],
                },
            )),
        }
        if let Some((_, text)) = texts.last_mut()
            && let Some((_, line)) = text.lines.last()
        {
            text.joined.push_str(&line.text);
        }
    }
    texts.into_iter().map(|(_, text)| text).collect()
}

/// Lines of a block that are one portion.
struct Run {
    /// Bytes of the block.
    span: (usize, usize),
    /// The mark before its words, counted from the span's beginning.
    found: Option<Found>,
}

/// A block as runs.
fn cut(text: &Text, words: &Words, outline: &mut Outline) -> Vec<Run> {
    let count = text.lines.len();
    // Where the last mark ends: a line that begins within it begins nothing.
    let mut mark_end = 0;
    let mut within = Vec::with_capacity(count);
    let found: Vec<Option<Found>> = (0..count)
        .map(|nth| {
            let (start, _) = text.span(nth);
            within.push(start < mark_end);
            if start < mark_end {
                return None;
            }
            let found = shape::mark_before(&text.joined[start..], words, outline.series);
            // A letter that is itself the mark numbers nothing.
            if found.is_none_or(|found| !text.joined[start..start + found.open].trim().is_empty()) {
                outline.see_letter(&text.lines[nth].1.text);
            }
            mark_end = found.map_or(mark_end, |found| start + found.end);
            found
        })
        .collect();
    let marked = |nth: usize| found[nth].is_some();
    let is_within = |nth: usize| within[nth];
    let run = |first: usize, end: usize| Run {
        span: (text.span(first).0, text.span(end - 1).1),
        found: found[first],
    };
    let numbered = |nth: usize| shape::number(text.lines[nth].1.text.trim_start()).is_some();
    let items = (0..count).any(|nth| marked(nth) && numbered(nth));
    let header = due::is_field(&text.lines[0].1.text);
    let mut runs = Vec::new();
    let mut first = 0;
    for nth in 1..count {
        // Within a paragraph that bears its mark before it, `Ambassador: (U) is the letter` goes on with a sentence.
        let goes_on = found[first].is_some_and(|of_run| !of_run.labelled)
            && found[nth].is_some_and(|here| {
                let behind = &text.joined[text.span(nth).0 + here.end..];
                here.labelled
                    && here.strength == Strength::Plain
                    && behind.trim_start().starts_with(char::is_lowercase)
            });
        let begins = marked(nth) && !goes_on
            || items && numbered(nth)
            || header && due::is_field(&text.lines[nth].1.text)
            || text.kind == BlockKind::Row;
        if begins && !is_within(nth) {
            runs.push(run(first, nth));
            first = nth;
        }
    }
    runs.push(run(first, count));
    runs
}

/// Makes one portion of a run, or one of each cell of a row of marked cells.
fn take(
    text: &Text,
    run: &Run,
    words: &Words,
    outline: &mut Outline,
    portions: &mut Vec<PrintedPortion>,
    lines: &mut Vec<DocLine>,
) {
    let cells = cells(text, run, words);
    let whole = cells.len() == 1;
    for span in cells {
        let words_of = &text.joined[span.0..span.1];
        let before = if whole {
            run.found
        } else {
            shape::mark_before(words_of, words, None)
        };
        let found = before.or_else(|| shape::mark_after(words_of, words));
        let Some(portion) = portion(text, span, found) else {
            continue;
        };
        let mark = portion.mark.as_ref().map(PrintedLine::words);
        outline.note(words_of, text.kind, &portion, words);
        if !(portion.text.is_empty() && mark.is_none()) {
            portions.push(portion);
        }
        rest(text, span, found, mark, lines);
    }
}

/// The spans of the cells of a row of which several are marked, or the span itself.
fn cells(text: &Text, run: &Run, words: &Words) -> Vec<(usize, usize)> {
    let (start, end) = run.span;
    let whole = &text.joined[start..end];
    if !whole.contains('|') || whole.contains('\n') {
        return vec![run.span];
    }
    let mut cells = Vec::new();
    let mut at = start;
    for cell in whole.split('|') {
        if !cell.trim().is_empty() {
            cells.push((at, at + cell.len()));
        }
        at += cell.len() + 1;
    }
    let marked = cells
        .iter()
        .filter(|(from, to)| shape::mark_before(&text.joined[*from..*to], words, None).is_some())
        .count();
    if marked >= 2 { cells } else { vec![run.span] }
}

/// What a page prints of a span.
fn portion(
    text: &Text,
    (start, end): (usize, usize),
    found: Option<Found>,
) -> Option<PrintedPortion> {
    let (from, to) = match found {
        Some(found) if found.form == MarkForm::After => (start, start + found.open),
        Some(found) => (start + found.end, end),
        None => (start, end),
    };
    // `SUBJECT (U): Talks`: the colon belongs to what stands before the mark.
    let colon = text.joined[from..to].starts_with(':');
    let from = from + usize::from(colon && found.is_some());
    let words = &text.joined[from..to];
    let first = words.find(|c: char| !c.is_whitespace());
    let place = match (first, found) {
        (Some(byte), _) => text.place(from + byte),
        (None, Some(found)) => text.place(start + found.open),
        (None, None) => return None,
    };
    Some(PrintedPortion {
        mark: found.map(|found| PrintedLine {
            name: String::new(),
            text: text.joined[start + found.inner..start + found.inner_end]
                .split('\n')
                .map(fold)
                .collect::<Vec<_>>()
                .join("\n"),
            place: text.place(start + found.inner),
        }),
        form: found.map_or(MarkForm::Before, |found| found.form),
        text: fold(words),
        place,
        due: false,
    })
}

/// The lines of a span without its mark.
fn rest(
    text: &Text,
    (start, end): (usize, usize),
    found: Option<Found>,
    mut mark: Option<String>,
    lines: &mut Vec<DocLine>,
) {
    let cut = found.map(|found| (start + found.open, start + found.end));
    for (line_start, line) in &text.lines {
        let (from, to) = (
            (*line_start).max(start),
            (line_start + line.text.len()).min(end),
        );
        if from >= to {
            continue;
        }
        let (head, tail_at) = match cut {
            Some((open, close)) if open < to && close > from => {
                (&text.joined[from..open.max(from)], close.clamp(from, to))
            }
            _ => ("", from),
        };
        let tail = &text.joined[tail_at..to];
        let bare_head = head.trim().is_empty();
        let words = if bare_head {
            if tail_at == from {
                tail.to_owned()
            } else {
                tail.trim_start().to_owned()
            }
        } else {
            format!("{} {}", head.trim_end(), tail.trim_start())
                .trim_end()
                .to_owned()
        };
        if words.trim().is_empty() {
            continue;
        }
        let begins = if bare_head { to - words.len() } else { from };
        let place = text.place(begins);
        lines.push(DocLine {
            line: place.line,
            column: place.column,
            mark: mark.take(),
            text: words,
        });
    }
}
