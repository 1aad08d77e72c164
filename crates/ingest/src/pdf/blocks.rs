//! Lines to blocks: which of them are one paragraph, and which are printed on every page.
//!
//! A PDF tells none of this. What is printed does:
//!
//! * Lines whose cells stand in columns are rows of a table.
//! * A wider gap than between most lines, another height, the sign of a list, or text that runs across the page begins a block.
//! * A line that had room for the next line's first word ended there on purpose: in documents without gaps between paragraphs it ends
//!   a block, in others only where a sentence ends.
//! * So does a line before an indented one, where the line after that stands at the margin again.
//! * A line in the top or bottom fifth of its page whose words stand at the same height on half of the pages or more, figures aside, is a
//!   running header or footer. So is a bare page number at the bottom.

use std::collections::HashMap;

use super::hyphens;
use super::lines::{BULLET, PrintedLine};
use super::tables;
use crate::document::{Block, BlockKind, DocLine, DocPage};
use crate::fold::fold;

/// The lines of one page, from its top to its bottom.
#[derive(Debug)]
pub(super) struct PrintedPage {
    pub(super) lines: Vec<PrintedLine>,
    pub(super) height: f64,
}

/// How much wider than between most lines a gap is that parts paragraphs.
const GAP_WIDER: f64 = 1.2;
/// Gaps that lines of one document have, of the height; and that of a document whose lines show none within a paragraph: print is
/// set at 1.1 to 1.35, and a gap of a whole line is 2 and more.
const GAP_LEAST: f64 = 0.8;
const GAP_MOST: f64 = 4.0;
const SINGLE: f64 = 1.45;
/// How much wider than within paragraphs the gap of a blank line is at least.
const GAP_OF_BLANK: f64 = 1.5;
/// Heights that differ by more, of the smaller, are two.
const SIZE_DIFFERS: f64 = 0.15;
/// How much higher than most of the text a heading is.
const HEADING_HIGHER: f64 = 1.2;
/// How near, of its height, two places on a line are the same, and how far in a paragraph is indented.
const SAME_PLACE: f64 = 0.5;
const INDENT_MIN: f64 = 0.8;
/// The share of a page at its top and its bottom in which running headers and footers stand.
const MARGIN_SHARE: f64 = 0.2;
/// How near, in points, base lines of running headers and footers are on different pages.
const RUNNING_NEAR: f64 = 2.0;
/// The width of a space, of the height.
const SPACE_WIDTH: f64 = 0.5;
/// The width of a typist's column, of the height: less than that of common letters, so that no cell reaches into the next. And how
/// many there are at most.
const GRID: f64 = 0.35;
const COLUMNS_MAX: f64 = 240.0;
/// How much room, of the height, a cell of a table may leave between its text and the margin of the page.
const CELL_SLACK: f64 = 4.0;

/// What most of the document is printed like.
#[derive(Debug)]
struct Print {
    /// Base line to base line within paragraphs, of the height.
    leading: f64,
    /// Paragraphs have gaps between them.
    spaced: bool,
    /// The height of most of its text.
    size: f64,
}

/// The pages of a document, as blocks; its comments stand behind the text of the last.
pub(super) fn pages(
    printed: Vec<PrintedPage>,
    comments: Vec<String>,
    hyphenates: bool,
) -> Vec<DocPage> {
    let print = Print::of(&printed);
    let running = running(&printed);
    let mut pages: Vec<DocPage> = Vec::with_capacity(printed.len());
    let mut line = 1;
    for (printed, kinds) in printed.into_iter().zip(running) {
        let mut page = DocPage::default();
        for kind in [Some(BlockKind::Header), None, Some(BlockKind::Footer)] {
            let of_kind = printed
                .lines
                .iter()
                .zip(&kinds)
                .filter(|(_, k)| **k == kind);
            let lines: Vec<&PrintedLine> = of_kind.map(|(line, _)| line).collect();
            let blocks = match kind {
                None => print.blocks_and_rows(&lines),
                Some(_) => print.blocks(&lines),
            };
            for (found, lines) in blocks {
                let lines = lines
                    .into_iter()
                    .map(|text| {
                        line += 1;
                        DocLine::new(line - 1, 1, text)
                    })
                    .collect();
                page.blocks.push(Block {
                    kind: kind.unwrap_or(found),
                    lines,
                });
            }
        }
        pages.push(page);
    }
    hyphens::join(&mut pages, hyphenates);
    if let Some(page) = pages.last_mut() {
        for comment in comments {
            page.blocks.push(Block {
                kind: BlockKind::Paragraph,
                lines: vec![DocLine::new(line, 1, comment)],
            });
            line += 1;
        }
    }
    pages
}

impl Print {
    fn of(pages: &[PrintedPage]) -> Self {
        let mut sizes: HashMap<i64, usize> = HashMap::new();
        for line in pages.iter().flat_map(|page| &page.lines) {
            *sizes.entry(halves(line.size)).or_default() += line.words.len();
        }
        let size = sizes
            .iter()
            .max_by_key(|(size, count)| (**count, -**size))
            .map_or(0, |(size, _)| *size);
        let pairs = || {
            let pairs = pages.iter().flat_map(|page| page.lines.windows(2));
            pairs
                .filter(|pair| pair.iter().all(|line| halves(line.size) == size))
                .map(|pair| (gap(&pair[0], &pair[1]), pair))
                .filter(|(gap, _)| (GAP_LEAST..GAP_MOST).contains(gap))
        };
        let mut gaps: Vec<f64> = pairs().map(|(gap, _)| gap).collect();
        gaps.sort_by(f64::total_cmp);
        // Where a line is full and the next begins within a sentence, they are of one paragraph.
        let mut within: Vec<f64> = pairs()
            .filter(|(_, pair)| {
                !has_room(&pair[0], &pair[1], SAME_PLACE)
                    && pair[1].words.starts_with(char::is_lowercase)
            })
            .map(|(gap, _)| gap)
            .collect();
        within.sort_by(f64::total_cmp);
        let leading = within.get(within.len() / 2).copied();
        let leading =
            leading.unwrap_or_else(|| gaps.first().copied().unwrap_or(SINGLE).min(SINGLE));
        let wide = gaps
            .iter()
            .filter(|gap| **gap > leading * GAP_WIDER)
            .count();
        Self {
            leading,
            spaced: wide * 10 >= gaps.len() && wide >= 2,
            size: size as f64 / 2.0,
        }
    }

    /// The blocks of lines that follow one another on a page, and the rows of tables among them.
    fn blocks_and_rows(&self, lines: &[&PrintedLine]) -> Vec<(BlockKind, Vec<String>)> {
        let mut blocks = Vec::new();
        let (mut from, mut nth) = (0, 0);
        while nth < lines.len() {
            let Some(table) = tables::at_beginning(&lines[nth..]) else {
                nth += 1;
                continue;
            };
            blocks.extend(self.blocks(&lines[from..nth]));
            let rows = table.rows.into_iter();
            blocks.extend(rows.map(|row| (BlockKind::Row, vec![row])));
            nth += table.lines;
            from = nth;
        }
        blocks.extend(self.blocks(&lines[from..]));
        blocks
    }

    /// The blocks of lines that follow one another on a page, each line with its indent.
    fn blocks(&self, lines: &[&PrintedLine]) -> Vec<(BlockKind, Vec<String>)> {
        let mut blocks: Vec<(BlockKind, Vec<String>)> = Vec::new();
        let columns: Vec<f64> = lines
            .iter()
            .flat_map(|line| &line.columns)
            .map(|(x, _)| *x)
            .collect();
        let is_at = |x: f64, line: &PrintedLine| (x - line.left).abs() <= SAME_PLACE * line.size;
        // The line before stands at a column, or has one there, and the line stands under it.
        let goes_on = |before: &PrintedLine, line: &PrintedLine| {
            columns.iter().any(|x| is_at(*x, line))
                && (is_at(before.left, line) || before.columns.iter().any(|(x, _)| is_at(*x, line)))
        };
        let mut first = 0;
        for (nth, line) in lines.iter().enumerate() {
            let begins =
                nth == 0 || self.begins(&lines[first..nth], line, lines.get(nth + 1).copied());
            if begins {
                first = nth;
                blocks.push((self.kind(line), Vec::new()));
            }
            let Some((_, block)) = blocks.last_mut() else {
                continue;
            };
            // A value that is longer than its line is one value.
            if let (false, Some(text)) = (begins, block.last_mut())
                && goes_on(lines[nth - 1], line)
                && !has_room(lines[nth - 1], line, CELL_SLACK)
                && gap(lines[nth - 1], line) <= self.leading * GAP_WIDER
            {
                text.push(' ');
                text.push_str(&line.words);
                continue;
            }
            block.push(self.set(line));
        }
        blocks
    }

    /// A line as a typist sets it, so that what stands under one another on the page does so in the text.
    fn set(&self, line: &PrintedLine) -> String {
        let mut text = String::new();
        let mut from = 0;
        let ends = line
            .columns
            .iter()
            .map(|(_, at)| *at)
            .chain([line.words.len()]);
        let starts = [line.left]
            .into_iter()
            .chain(line.columns.iter().map(|(x, _)| *x));
        for (x, end) in starts.zip(ends) {
            let column = (x - line.margins.0) / (GRID * self.size.max(1.0));
            let column = if line.turned {
                0.0
            } else {
                column.round().clamp(0.0, COLUMNS_MAX)
            };
            let spaces = (column as usize).saturating_sub(text.chars().count());
            let least = if from == 0 { 0 } else { 3 };
            text.extend(std::iter::repeat_n(' ', spaces.max(least)));
            text.push_str(line.words[from..end].trim_end());
            from = end;
        }
        text
    }

    fn kind(&self, line: &PrintedLine) -> BlockKind {
        if line.words.starts_with(BULLET) {
            BlockKind::Item
        } else if line.size >= self.size * HEADING_HIGHER && !line.turned {
            BlockKind::Heading
        } else {
            BlockKind::Paragraph
        }
    }

    /// Whether `line` begins a block after those of `block`.
    fn begins(
        &self,
        block: &[&PrintedLine],
        line: &PrintedLine,
        next: Option<&PrintedLine>,
    ) -> bool {
        let Some(before) = block.last() else {
            return true;
        };
        let size = before.size.min(line.size).max(1.0);
        if before.turned != line.turned || (before.size - line.size).abs() > SIZE_DIFFERS * size {
            return true;
        }
        let gap = gap(before, line);
        if gap < 0.0 || line.words.starts_with(BULLET) {
            return true;
        }
        // A value goes on under the value of the line above, up to a blank line.
        if under_value(block, line) && gap <= self.leading * GAP_OF_BLANK {
            return false;
        }
        if gap > self.leading * GAP_WIDER {
            return true;
        }
        let short = has_room(before, line, SAME_PLACE);
        if short && (!self.spaced || ends_sentence(&before.words)) {
            return true;
        }
        let middle = |line: &PrintedLine| (line.left + line.right) / 2.0;
        if (middle(before) - middle(line)).abs() <= SAME_PLACE * size {
            // One below the other in the middle of the page: a letterhead, a title of two lines.
            return false;
        }
        let further_in = line.left - before.left > INDENT_MIN * size;
        let then_out = next.is_none_or(|next| line.left - next.left > INDENT_MIN * size);
        if further_in
            && then_out
            && (short || ends_sentence(&before.words))
            && !is_numbered(&before.words)
        {
            return true;
        }
        // After the first line of an indented paragraph, or all of a hanging one.
        before.left - line.left > INDENT_MIN * size && block.len() >= 2
    }
}

/// Whether a line stands under the value of a line of its block: `Participants:`, and names beside it and below.
fn under_value(block: &[&PrintedLine], line: &PrintedLine) -> bool {
    let near = |column: &f64| (column - line.left).abs() <= SAME_PLACE * line.size;
    let named = block
        .iter()
        .rposition(|before| before.columns.iter().any(|(x, _)| near(x)));
    named.is_some_and(|nth| block[nth + 1..].iter().all(|before| near(&before.left)))
}

/// Base line to base line, of the height.
fn gap(before: &PrintedLine, line: &PrintedLine) -> f64 {
    (line.base - before.base) / before.size.min(line.size).max(1.0)
}

/// Whether a line had room for the first word of the next, and for so much more, of the height.
fn has_room(before: &PrintedLine, line: &PrintedLine, slack: f64) -> bool {
    let size = before.size.min(line.size);
    before.right + (SPACE_WIDTH + slack) * size + line.first_word < before.margins.1
}

/// A height in half points.
fn halves(size: f64) -> i64 {
    (size * 2.0).round() as i64
}

fn ends_sentence(words: &str) -> bool {
    words
        .trim_end_matches(['"', '”', '’', '\'', ')', ']', ' '])
        .ends_with(['.', '?', '!', ':', ';'])
}

/// `1. The first`, `(a) the second`: the beginning of an item.
fn is_numbered(words: &str) -> bool {
    let label = words.split(' ').next().unwrap_or_default();
    let bare = label.trim_matches(['(', ')', '.']);
    bare.len() < label.len()
        && (1..=3).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Which lines of each page are running headers and footers.
fn running(pages: &[PrintedPage]) -> Vec<Vec<Option<BlockKind>>> {
    let mut seen: HashMap<(BlockKindKey, String), Vec<f64>> = HashMap::new();
    for page in pages {
        for line in &page.lines {
            if let Some(kind) = in_margin(page, line) {
                seen.entry((kind, without_figures(&line.words)))
                    .or_default()
                    .push(line.base);
            }
        }
    }
    for heights in seen.values_mut() {
        heights.sort_by(f64::total_cmp);
    }
    let repeated = |kind, line: &PrintedLine| {
        let heights = seen.get(&(kind, without_figures(&line.words)));
        let same = heights.map_or(0, |heights| {
            let from = heights.partition_point(|base| *base < line.base - RUNNING_NEAR);
            let to = heights.partition_point(|base| *base <= line.base + RUNNING_NEAR);
            to - from
        });
        same >= 2 && same * 2 >= pages.len()
    };
    let kind_of = |page: &PrintedPage, nth: usize, line: &PrintedLine| {
        let kind = in_margin(page, line)?;
        let last = nth + 1 == page.lines.len();
        match kind {
            BlockKindKey::Header if repeated(kind, line) => Some(BlockKind::Header),
            BlockKindKey::Footer if repeated(kind, line) || last && is_page_number(&line.words) => {
                Some(BlockKind::Footer)
            }
            _ => None,
        }
    };
    pages
        .iter()
        .map(|page| {
            let lines = page.lines.iter().enumerate();
            lines.map(|(nth, line)| kind_of(page, nth, line)).collect()
        })
        .collect()
}

/// [`BlockKind`] cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum BlockKindKey {
    Header,
    Footer,
}

fn in_margin(page: &PrintedPage, line: &PrintedLine) -> Option<BlockKindKey> {
    if line.turned {
        None
    } else if line.base <= page.height * MARGIN_SHARE {
        Some(BlockKindKey::Header)
    } else if line.base >= page.height * (1.0 - MARGIN_SHARE) {
        Some(BlockKindKey::Footer)
    } else {
        None
    }
}

fn without_figures(words: &str) -> String {
    let mut out = String::new();
    for c in fold(words).chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

/// `3`, `- 3 -`: alone at the bottom.
fn is_page_number(words: &str) -> bool {
    let bare = words.trim_matches([' ', '-', '–', '—']);
    (1..=4).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit())
}
