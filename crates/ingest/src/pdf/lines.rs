//! Signs to lines: what stands on one base line, from left to right, with the spaces that its gaps show.
//!
//! Text that runs in another direction than the page (a stamp across it, a note in the margin) makes lines of its own, after
//! those of the page.

use hayro_interpret::kurbo::{Affine, Point};

use super::columns;
use super::page::Sign;
use super::rule::PdfRule;

/// A line on the page.
#[derive(Debug, Clone)]
pub(super) struct PrintedLine {
    /// Left and right end, and the base line, in points.
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) base: f64,
    /// Height of the font of most of it.
    pub(super) size: f64,
    /// Width of its first word: whether it would have had room on the line before.
    pub(super) first_word: f64,
    pub(super) words: String,
    /// Where its columns after the first begin, on the page and in its words.
    pub(super) columns: Vec<(f64, usize)>,
    /// Where the lines of its column begin and end.
    pub(super) margins: (f64, f64),
    /// It stands across the page.
    pub(super) turned: bool,
}

/// A gap wider than this, of the height, parts words where no space stands.
const WORD_GAP: f64 = 0.16;
/// A gap wider than this, of the height, parts columns, and is kept as several spaces.
const COLUMN_GAP: f64 = 1.5;
/// How much of the lower of two signs must lie beside the other for both to stand on one line.
const BESIDE_MIN: f64 = 0.5;

/// The lines of a page, from its top to its bottom. `page` is its number.
pub(super) fn lines(page: usize, signs: Vec<Sign>) -> Result<Vec<PrintedLine>, PdfRule> {
    let mut level = Vec::new();
    let mut turned: Vec<(i32, Vec<Sign>)> = Vec::new();
    for sign in signs {
        if sign.text.is_none() && sign.end == sign.at {
            // A sign without width that stands for nothing is none.
            continue;
        }
        match degrees(&sign) {
            0 => level.push(sign),
            angle => match turned.iter_mut().find(|(other, _)| *other == angle) {
                Some((_, signs)) => signs.push(sign),
                None => turned.push((angle, vec![sign])),
            },
        }
    }
    let mut lines = of_one_direction(page, level)?;
    turned.sort_by_key(|(angle, _)| *angle);
    for (angle, mut signs) in turned {
        let upright = Affine::rotate(-f64::from(angle).to_radians());
        for sign in &mut signs {
            sign.at = upright * sign.at;
            sign.end = upright * sign.end;
        }
        let across = of_one_direction(page, signs)?;
        lines.extend(across.into_iter().map(|line| PrintedLine {
            turned: true,
            ..line
        }));
    }
    Ok(lines)
}

/// The direction in which the line of a sign runs, in whole degrees.
fn degrees(sign: &Sign) -> i32 {
    let along = sign.end - sign.at;
    if along.hypot() <= f64::EPSILON {
        return 0;
    }
    // Between -180 and 180: the conversion loses nothing.
    along.atan2().to_degrees().round() as i32
}

fn of_one_direction(page: usize, mut signs: Vec<Sign>) -> Result<Vec<PrintedLine>, PdfRule> {
    signs.sort_by(|a, b| a.at.y.total_cmp(&b.at.y));
    // From the lowest to the highest base line: a sign joins the line whose band it lies in.
    let mut rows: Vec<Row> = Vec::new();
    for sign in signs {
        let (top, bottom) = band(&sign);
        // Rows that end far above are done with.
        let beside = rows.iter_mut().rev().take(ROWS_OPEN_MAX).find(|row| {
            let common = bottom.min(row.bottom) - top.max(row.top);
            common >= BESIDE_MIN * (bottom - top).min(row.bottom - row.top)
        });
        match beside {
            Some(row) => row.signs.push(sign),
            None => rows.push(Row {
                top,
                bottom,
                signs: vec![sign],
            }),
        }
    }
    rows.sort_by(|a, b| a.bottom.total_cmp(&b.bottom));
    let mut lines = Vec::with_capacity(rows.len());
    for group in columns::in_reading_order(rows) {
        let mut column = Vec::with_capacity(group.len());
        for row in group {
            column.extend(line(page, row.signs)?);
        }
        column.sort_by(|a: &PrintedLine, b| a.base.total_cmp(&b.base));
        let left = column
            .iter()
            .map(|line| line.left)
            .fold(f64::INFINITY, f64::min);
        let right = right_margin(&column);
        for line in &mut column {
            line.margins = (left, right);
        }
        lines.extend(column);
    }
    Ok(lines)
}

/// Where the lines of a column end: the rightmost place at which more than one does, of lines that are not justified too. A line
/// that stands out further by itself makes no margin.
fn right_margin(lines: &[PrintedLine]) -> f64 {
    let mut sizes: Vec<f64> = lines.iter().map(|line| line.size).collect();
    sizes.sort_by(f64::total_cmp);
    let size = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
    let of_size = lines
        .iter()
        .filter(|line| (line.size - size).abs() <= 0.05 * size);
    let mut ends: Vec<f64> = of_size.map(|line| line.right).collect();
    ends.sort_by(|a, b| b.total_cmp(a));
    let together = ends
        .windows(2)
        .find(|ends| ends[0] - ends[1] <= RAGGED * size);
    let furthest = together.and_then(|ends| ends.first()).or(ends.first());
    furthest.copied().unwrap_or(0.0)
}

/// How far apart, of the height, lines end that are not justified.
const RAGGED: f64 = 2.0;

/// Rows that a sign is compared with: base lines of one row differ by a raised sign's height, and few rows lie within that.
const ROWS_OPEN_MAX: usize = 8;

/// Signs that stand beside one another.
#[derive(Debug)]
pub(super) struct Row {
    top: f64,
    bottom: f64,
    pub(super) signs: Vec<Sign>,
}

impl Row {
    /// What of it begins to the left of a place, and what does not.
    pub(super) fn parted(self, x: f64) -> (Option<Self>, Option<Self>) {
        let Self { top, bottom, signs } = self;
        let (left, right): (Vec<Sign>, Vec<Sign>) =
            signs.into_iter().partition(|sign| sign.at.x < x);
        let row = |signs: Vec<Sign>| (!signs.is_empty()).then_some(Self { top, bottom, signs });
        (row(left), row(right))
    }
    pub(super) fn left(&self) -> f64 {
        self.signs
            .iter()
            .map(|sign| sign.at.x)
            .fold(f64::INFINITY, f64::min)
    }
    pub(super) fn right(&self) -> f64 {
        self.signs.iter().map(|sign| sign.end.x).fold(0.0, f64::max)
    }
    pub(super) fn size(&self) -> f64 {
        self.signs.first().map_or(1.0, |sign| sign.size)
    }
    /// Left end, right end and height of the signs that begin where `on_side` holds.
    pub(super) fn part(&self, on_side: impl Fn(f64) -> bool) -> Option<(f64, f64, f64)> {
        let signs = || {
            self.signs
                .iter()
                .filter(|sign| sign.says() && on_side(sign.at.x))
        };
        let first = signs().next()?;
        let left = signs().map(|sign| sign.at.x).fold(f64::INFINITY, f64::min);
        let right = signs().map(|sign| sign.end.x).fold(0.0, f64::max);
        Some((left, right, first.size))
    }
}

/// From the height of small letters to below the base line.
fn band(sign: &Sign) -> (f64, f64) {
    (sign.at.y - 0.7 * sign.size, sign.at.y + 0.2 * sign.size)
}

/// The line of a row, unless it is blank.
fn line(page: usize, mut signs: Vec<Sign>) -> Result<Option<PrintedLine>, PdfRule> {
    signs.sort_by(|a, b| a.at.x.total_cmp(&b.at.x));
    let mut words = String::new();
    let mut shape: Option<(Point, f64)> = None;
    let mut end = 0.0_f64;
    let mut space = false;
    let mut first_word = None;
    let mut base = Vec::new();
    let mut last: Option<&Sign> = None;
    let mut columns = Vec::new();
    for (nth, sign) in signs.iter().enumerate() {
        let Some(text) = characters(page, sign, words.is_empty())? else {
            space = true;
            continue;
        };
        // Drawn twice to be bold.
        if let Some(last) = last
            && last.text == sign.text
            && (last.at - sign.at).hypot() < 0.1 * sign.size
        {
            continue;
        }
        match &mut shape {
            None => shape = Some((sign.at, sign.size)),
            Some((_, size)) => {
                let height = size.min(sign.size);
                let gap = sign.at.x - end;
                if gap > COLUMN_GAP * height {
                    words.push_str("   ");
                    columns.push((sign.at.x, words.len()));
                } else if space || gap > WORD_GAP * height {
                    words.push(' ');
                }
                if words.ends_with(' ') {
                    first_word.get_or_insert(end);
                }
                // The height of most signs: that of the line.
                *size += (sign.size - *size) / (nth + 1) as f64;
            }
        }
        space = false;
        words.push_str(&text);
        end = end.max(sign.end.x).max(sign.at.x);
        base.push((sign.size, sign.at.y));
        last = Some(sign);
    }
    let Some((start, size)) = shape else {
        return Ok(None);
    };
    // Raised signs are smaller: the base line is that of the tallest.
    let tallest = base.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Some(PrintedLine {
        left: start.x,
        right: end,
        base: tallest.map_or(start.y, |(_, y)| y),
        size,
        first_word: first_word.unwrap_or(end) - start.x,
        words,
        columns,
        margins: (start.x, end),
        turned: false,
    }))
}

/// What a sign stands for: nothing for a space.
fn characters(page: usize, sign: &Sign, first: bool) -> Result<Option<String>, PdfRule> {
    let unmapped = |c: char| {
        matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\u{f0000}'..='\u{10ffff}')
            || c.is_control() && !c.is_whitespace()
    };
    let Some(text) = &sign.text else {
        return if first {
            Ok(Some(BULLET.to_owned()))
        } else {
            Err(PdfRule::Unmapped(page))
        };
    };
    if text.chars().any(unmapped) {
        // Fonts of ornaments have no characters: at the beginning of a line they are the sign of a list's item.
        return if first {
            Ok(Some(BULLET.to_owned()))
        } else {
            Err(PdfRule::Unmapped(page))
        };
    }
    if text.chars().any(is_right_to_left) {
        return Err(PdfRule::Direction(page));
    }
    if text.chars().all(crate::fold::is_space) {
        return Ok(None);
    }
    Ok(Some(text.chars().map(without_ligature).collect()))
}

/// What stands for a list's sign.
pub(super) const BULLET: &str = "•";

/// Letters of scripts that run from right to left: Hebrew, Arabic and their neighbours.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Letters that print draws as one.
fn without_ligature(c: char) -> String {
    match c {
        '\u{fb00}' => "ff".to_owned(),
        '\u{fb01}' => "fi".to_owned(),
        '\u{fb02}' => "fl".to_owned(),
        '\u{fb03}' => "ffi".to_owned(),
        '\u{fb04}' => "ffl".to_owned(),
        '\u{fb05}' | '\u{fb06}' => "st".to_owned(),
        _ => c.to_string(),
    }
}
