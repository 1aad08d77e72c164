//! Columns of text, as a newspaper has them: the left one is read before the right one.
//!
//! A gutter is a strip that no sign crosses through many rows, with full lines on its left. A table, or names beside what they are
//! called, has cells that end where they please: such rows are read across.

use super::lines::Row;

/// Rows that each side of a gutter has at least: fewer are a table or a title block.
const ROWS_MIN: usize = 8;
/// How many of a hundred lines on the left come near the gutter, and what is near, of the height: lines that are not justified end
/// within a long word of it.
const FULL_PERCENT_MIN: usize = 60;
const FULL_NEAR: f64 = 5.0;
/// Half the width of a gutter, and the least width of a column, of the height of most lines.
const GUTTER_HALF: f64 = 0.35;
const COLUMN_MIN: f64 = 12.0;
/// Places that are tried for a gutter: one every two points on common paper.
const PLACES: usize = 256;

/// Parts of a page, one above the other, that have columns at different places.
const PARTS_MAX: usize = 8;

/// Rows of a page from its top to its bottom, as groups that are read one after another.
pub(super) fn in_reading_order(mut rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut groups = Vec::new();
    for _ in 0..PARTS_MAX {
        let Some((gutter, from, to)) = gutter(&rows) else {
            break;
        };
        let below = rows.split_off(to);
        let parted = rows.split_off(from);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for row in parted {
            let (one, other) = row.parted(gutter);
            left.extend(one);
            right.extend(other);
        }
        groups.extend([rows, left, right]);
        rows = below;
    }
    groups.push(rows);
    groups.retain(|group| !group.is_empty());
    groups
}

/// The place of a gutter, and the rows from and to which it reaches: the one that parts most rows.
fn gutter(rows: &[Row]) -> Option<(f64, usize, usize)> {
    if rows.len() < ROWS_MIN {
        return None;
    }
    let left = rows.iter().map(Row::left).fold(f64::INFINITY, f64::min);
    let right = rows.iter().map(Row::right).fold(0.0, f64::max);
    let mut sizes: Vec<f64> = rows.iter().map(Row::size).collect();
    sizes.sort_by(f64::total_cmp);
    let half = GUTTER_HALF * sizes[sizes.len() / 2];
    let places = Places { left, right, half };
    let crossed: Vec<Crossed> = rows.iter().map(|row| places.crossed(row)).collect();
    let mut best: Option<(usize, f64, usize, usize)> = None;
    for place in 1..PLACES {
        let x = places.at(place);
        let mut from = 0;
        for to in 0..=rows.len() {
            if crossed.get(to).is_some_and(|crossed| !crossed[place]) {
                continue;
            }
            let parted = &rows[from..to];
            let least = best.map_or(ROWS_MIN, |(count, ..)| count + 1);
            if parted.len() >= least && are_columns(parted, x) {
                best = Some((parted.len(), x, from, to));
            }
            from = to + 1;
        }
    }
    best.map(|(_, x, from, to)| (x, from, to))
}

/// Which places a row crosses.
type Crossed = [bool; PLACES];

/// The places that are tried, from the left end of all rows to the right one, and how much room a gutter takes on each side.
struct Places {
    left: f64,
    right: f64,
    half: f64,
}

impl Places {
    fn at(&self, place: usize) -> f64 {
        self.left + (self.right - self.left) * place as f64 / PLACES as f64
    }

    /// The places at which a sign of a row stands: each sign is looked at once, whatever the number of places.
    fn crossed(&self, row: &Row) -> Crossed {
        let mut crossed = [false; PLACES];
        for sign in row.signs.iter().filter(|sign| sign.says()) {
            let (from, to) = (sign.at.x - self.half, sign.end.x + self.half);
            // The first place that may lie within; a place before the first or behind the last is none.
            let share = (from - self.left) / (self.right - self.left) * PLACES as f64;
            let first = share.floor().clamp(0.0, PLACES as f64) as usize;
            let after = (first..PLACES).skip_while(|place| self.at(*place) <= from);
            for place in after.take_while(|place| self.at(*place) < to) {
                crossed[place] = true;
            }
        }
        crossed
    }
}

fn are_columns(rows: &[Row], x: f64) -> bool {
    let on_left: Vec<(f64, f64, f64)> = rows
        .iter()
        .filter_map(|row| row.part(|at| at < x))
        .collect();
    let on_right: Vec<(f64, f64, f64)> = rows
        .iter()
        .filter_map(|row| row.part(|at| at >= x))
        .collect();
    let wide = |parts: &[(f64, f64, f64)]| {
        let wide = parts
            .iter()
            .filter(|(from, to, size)| to - from >= COLUMN_MIN * size)
            .count();
        wide >= ROWS_MIN
    };
    let full = on_left
        .iter()
        .filter(|(_, to, size)| x - to <= FULL_NEAR * size)
        .count();
    wide(&on_left) && wide(&on_right) && full * 100 >= on_left.len() * FULL_PERCENT_MIN
}
