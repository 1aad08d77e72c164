//! What a page prints that is none of its words: banners and page numbers.

use strongroom_record::{Place, PrintedLine};

use super::due;
use super::shape::{self, BannerFound, Strength};
use super::words::Words;
use crate::document::{BlockKind, DocLine, DocPage};
use crate::fold::{fold, unspaced};

/// Rows at the beginning of a page among which its banner is looked for: a letterhead or the header of a message may stand
/// above it.
pub(crate) const TOP_ROWS: usize = 12;

/// Rows at the end of a page among which its banner is looked for: an authority block may stand below it.
pub(crate) const BOTTOM_ROWS: usize = 14;

/// Rows at either end among which a page's number is looked for.
const NUMBER_ROWS: usize = 3;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Words,
    Banner,
    /// A page's number, or a line that is drawn.
    Number,
    Authority,
}

/// One line of a page.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) block: usize,
    pub(crate) kind: BlockKind,
    pub(crate) line: DocLine,
    pub(crate) role: Role,
}

/// A page as rows, and its banners.
#[derive(Debug)]
pub(crate) struct PageRows {
    pub(crate) rows: Vec<Row>,
    pub(crate) top: Option<PrintedLine>,
    pub(crate) bottom: Option<PrintedLine>,
    pub(crate) between: Vec<PrintedLine>,
}

impl PageRows {
    pub(crate) fn new(page: DocPage) -> Self {
        let rows = page
            .blocks
            .into_iter()
            .enumerate()
            .flat_map(|(block, b)| {
                b.lines.into_iter().map(move |line| Row {
                    block,
                    kind: b.kind,
                    line,
                    role: Role::Words,
                })
            })
            .collect();
        Self {
            rows,
            top: None,
            bottom: None,
            between: Vec::new(),
        }
    }
    /// Where the page begins.
    pub(crate) fn place(&self) -> Place {
        self.rows
            .first()
            .map_or(Place { line: 1, column: 1 }, |row| row.line.place())
    }
    /// Takes the row as a banner, with the row behind it where it goes on there.
    fn take(&mut self, nth: usize, found: BannerFound) -> PrintedLine {
        let row = &mut self.rows[nth];
        row.role = Role::Banner;
        let mut text = fold(&unspaced(&row.line.text[found.start..found.end]));
        let place = at_byte(&row.line, found.start);
        let block = row.block;
        if text.ends_with([',', '/', '-'])
            && let Some(next) = self.rows.get_mut(nth + 1)
            && next.block == block
            && next.role == Role::Words
            && shape::may_be_banner(&next.line.text)
        {
            next.role = Role::Banner;
            text.push('\n');
            text.push_str(&fold(&next.line.text));
        }
        PrintedLine {
            name: String::new(),
            text,
            place,
        }
    }
}

/// The place of a byte of a line.
pub(crate) fn at_byte(line: &DocLine, byte: usize) -> Place {
    let before = line.text[..byte].chars().count();
    Place {
        line: line.line,
        column: line
            .column
            .saturating_add(u32::try_from(before).unwrap_or(u32::MAX)),
    }
}

/// Finds the banners and the number of a page.
pub(crate) fn banners(page: &mut PageRows, words: &Words) {
    let count = page.rows.len();
    numbers(page);
    let edge = |nth: usize| nth < TOP_ROWS || count - nth <= BOTTOM_ROWS;
    let candidates: Vec<(usize, BannerFound)> = page
        .rows
        .iter()
        .enumerate()
        .filter(|(nth, row)| edge(*nth) && row.role == Role::Words)
        .filter_map(|(nth, row)| Some((nth, shape::banner(&row.line.text, words)?)))
        .collect();
    let marked: Vec<usize> = page
        .rows
        .iter()
        .enumerate()
        // A message names its subject, mark and all, above its banner.
        .filter(|(_, row)| !due::is_field(&row.line.text))
        .filter(|(_, row)| shape::mark_before(&row.line.text, words, None).is_some())
        .filter(|(nth, _)| !candidates.iter().any(|(c, _)| c == nth))
        .map(|(nth, _)| nth)
        .collect();
    let first_marked = marked.first().copied().unwrap_or(count);
    let last_marked = marked.last().copied();
    let outermost = |nth: usize, row: &Row| {
        nth < 2 || nth + 2 >= count || matches!(row.kind, BlockKind::Header | BlockKind::Footer)
    };
    let plain = |nth: usize, found: &BannerFound| {
        found.strength > Strength::Weak || outermost(nth, &page.rows[nth])
    };
    let top = candidates
        .iter()
        .find(|(nth, found)| *nth < TOP_ROWS && *nth < first_marked && plain(*nth, found))
        .filter(|(nth, _)| !(*nth > 0 && *nth + 1 == count))
        .filter(|(nth, _)| page.rows[*nth].kind != BlockKind::Footer)
        .copied();
    let bottom = candidates
        .iter()
        .rev()
        .find(|(nth, found)| {
            count - nth <= BOTTOM_ROWS
                && last_marked.is_none_or(|last| *nth > last)
                && top.is_none_or(|(top, _)| *nth > top)
                && plain(*nth, found)
        })
        .filter(|(nth, _)| page.rows[*nth].kind != BlockKind::Header)
        .copied();
    page.top = top.map(|(nth, found)| page.take(nth, found));
    page.bottom = bottom.map(|(nth, found)| page.take(nth, found));
    for (nth, found) in candidates {
        let text = fold(&unspaced(&page.rows[nth].line.text[found.start..found.end]));
        let again = [&page.top, &page.bottom]
            .into_iter()
            .flatten()
            .any(|banner| banner.text == text);
        let between = page.rows[nth].role == Role::Words
            && found.strength > Strength::Weak
            && (again || text.contains("//"))
            && !marked.contains(&nth);
        if between {
            let line = page.take(nth, found);
            page.between.push(line);
        }
    }
    unknown(page);
}

/// The same line in capitals at both ends of a page is a banner, whatever it says, where no other is.
fn unknown(page: &mut PageRows) {
    let words: Vec<usize> = (0..page.rows.len())
        .filter(|&nth| page.rows[nth].role == Role::Words)
        .collect();
    let (Some(&first), Some(&last)) = (words.first(), words.last()) else {
        return;
    };
    let text = |nth: usize| fold(&page.rows[nth].line.text);
    if page.top.is_none()
        && page.bottom.is_none()
        && words.len() >= 3
        && shape::may_be_banner(&text(first))
        && text(first) == text(last)
    {
        let whole = |line: &DocLine| BannerFound {
            start: line.text.len() - line.text.trim_start().len(),
            end: line.text.trim_end().len(),
            strength: Strength::Weak,
        };
        let (a, b) = (whole(&page.rows[first].line), whole(&page.rows[last].line));
        page.top = Some(page.take(first, a));
        page.bottom = Some(page.take(last, b));
    }
}

/// Whether a page says the same at both ends, and begins as levels do: a banner, though perhaps a wrong one.
pub(crate) fn ends_alike(page: &DocPage, words: &Words) -> bool {
    let lines = || page.blocks.iter().flat_map(|block| &block.lines);
    let (Some(first), Some(last)) = (lines().next(), lines().next_back()) else {
        return false;
    };
    let text = first.text.trim();
    first.place() != last.place()
        && text == last.text.trim()
        && shape::may_be_banner(text)
        && words.begins_like_level(text)
}

fn numbers(page: &mut PageRows) {
    let count = page.rows.len();
    for (nth, row) in page.rows.iter_mut().enumerate() {
        let near = nth < NUMBER_ROWS || count - nth <= NUMBER_ROWS;
        let number = near && count > 1 && shape::is_page_number(&row.line.text);
        if number || shape::is_drawn(&row.line.text) {
            row.role = Role::Number;
        }
    }
}
