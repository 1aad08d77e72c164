//! Tables: lines whose cells begin at the same places, one below the other.
//!
//! A PDF tells of no table. Lines of three cells and more that begin at the same places are one, whoever set them; two columns are
//! as often names beside what they are called, and stay lines. A line that begins in a column goes on with cells of the row
//! above. What does not fit ends the table, and is read as any line: where the rule fails, nothing is lost or put elsewhere.

use super::lines::{BULLET, PrintedLine};

/// Cells of the first row, and of as many rows as a table has at least.
const CELLS_MIN: usize = 3;
const ROWS_MIN: usize = 2;
/// Cells of a further row: some may be blank.
const CELLS_OF_ROW_MIN: usize = 2;
/// How near, of the height, cells of one column begin.
const SAME_COLUMN: f64 = 0.5;
/// How far apart, of the height, lines of one table are at most.
const GAP_MAX: f64 = 4.0;
/// By how much, of the smaller, heights of one table differ at most.
const SIZE_DIFFERS: f64 = 0.15;
/// What stands between cells.
const BETWEEN: &str = " | ";

/// A table at the beginning of lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Its rows, their cells parted.
    pub(super) rows: Vec<String>,
    /// How many lines it takes.
    pub(super) lines: usize,
}

/// The table that begins with the first of these lines, if one does.
pub(super) fn at_beginning(lines: &[&PrintedLine]) -> Option<Table> {
    let (first, _) = lines.split_first()?;
    let places: Vec<f64> = cells(first).map(|(x, _)| x).collect();
    if places.len() < CELLS_MIN || !is_plain(first) {
        return None;
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut taken, mut full) = (0, 0);
    for (nth, line) in lines.iter().enumerate() {
        let follows = nth == 0 || follow(lines[nth - 1], line);
        let Some(found) = in_columns(line, &places).filter(|_| follows) else {
            break;
        };
        let begins = found.first().is_some_and(|(column, _)| *column == 0);
        if begins && (found.len() < CELLS_OF_ROW_MIN || !is_plain(line)) {
            break;
        }
        if begins {
            full += usize::from(found.len() >= CELLS_MIN);
            rows.push(vec![String::new(); places.len()]);
        }
        let row = rows.last_mut()?;
        for (column, words) in found {
            if !row[column].is_empty() {
                row[column].push(' ');
            }
            row[column].push_str(words);
        }
        taken = nth + 1;
    }
    let written = |row: Vec<String>| {
        let cells: Vec<String> = row.into_iter().filter(|cell| !cell.is_empty()).collect();
        cells.join(BETWEEN)
    };
    (full >= ROWS_MIN).then(|| Table {
        rows: rows.into_iter().map(written).collect(),
        lines: taken,
    })
}

/// The cells of a line: where each begins, and its words.
fn cells(line: &PrintedLine) -> impl Iterator<Item = (f64, &str)> {
    let starts = [(line.left, 0)]
        .into_iter()
        .chain(line.columns.iter().copied());
    let ends = line.columns.iter().map(|(_, at)| *at);
    starts
        .zip(ends.chain([line.words.len()]))
        .map(|((x, from), to)| (x, line.words[from..to].trim()))
}

/// The cells of a line with the columns that they begin in, if every one begins in a column and none reaches into the next.
fn in_columns<'l>(line: &'l PrintedLine, places: &[f64]) -> Option<Vec<(usize, &'l str)>> {
    let near = SAME_COLUMN * line.size;
    let column = |x: f64| places.iter().position(|place| (place - x).abs() <= near);
    let found: Option<Vec<(usize, &str)>> = cells(line)
        .map(|(x, words)| Some((column(x)?, words)))
        .collect();
    let found = found?;
    let (last, _) = found.last()?;
    let ends = places.get(last + 1).is_none_or(|next| line.right < *next);
    ends.then_some(found)
}

fn follow(before: &PrintedLine, line: &PrintedLine) -> bool {
    let size = before.size.min(line.size).max(1.0);
    let gap = (line.base - before.base) / size;
    !line.turned
        && (0.0..GAP_MAX).contains(&gap)
        && (before.size - line.size).abs() <= SIZE_DIFFERS * size
}

/// Whether a row begins with a cell as tables have them: no sign or number of a list, no mark of a portion.
fn is_plain(line: &PrintedLine) -> bool {
    let first = cells(line).next().map_or("", |(_, words)| words);
    let numbers = first.ends_with(['.', ')']) && first.len() <= 5;
    !line.turned && !numbers && !first.starts_with(['(', '[']) && !first.starts_with(BULLET)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of cells at these places, each sign six points wide.
    fn line(base: f64, cells: &[(f64, &str)]) -> PrintedLine {
        let mut words = String::new();
        let mut columns = Vec::new();
        for (nth, (x, cell)) in cells.iter().enumerate() {
            if nth > 0 {
                words.push_str("   ");
                columns.push((*x, words.len()));
            }
            words.push_str(cell);
        }
        let (x, last) = cells[cells.len() - 1];
        PrintedLine {
            left: cells[0].0,
            right: x + 6.0 * last.len() as f64,
            base,
            size: 12.0,
            first_word: 12.0,
            words,
            columns,
            margins: (72.0, 540.0),
            turned: false,
        }
    }

    fn rows(lines: &[PrintedLine]) -> Option<(Vec<String>, usize)> {
        let lines: Vec<&PrintedLine> = lines.iter().collect();
        at_beginning(&lines).map(|table| (table.rows, table.lines))
    }

    #[test]
    fn rows_with_cells_of_several_lines_and_blank_ones() {
        let table = [
            line(
                100.0,
                &[(72.0, "Time"), (150.0, "Caller"), (300.0, "Matter")],
            ),
            line(
                120.0,
                &[(72.0, "21:40"), (150.0, "Reyes"), (301.0, "Asks for news")],
            ),
            line(134.0, &[(300.0, "before six")]),
            line(154.0, &[(72.0, "22:15"), (300.0, "Test")]),
            line(174.0, &[(72.0, "Nothing further was said until six.")]),
        ];
        let due = [
            "Time | Caller | Matter",
            "21:40 | Reyes | Asks for news before six",
            "22:15 | Test",
        ];
        assert_eq!(rows(&table), Some((due.map(str::to_owned).to_vec(), 4)));
    }

    #[test]
    fn what_is_no_table() {
        let both = |cells: &[(f64, &str)]| [line(100.0, cells), line(114.0, cells)];
        for cells in [
            &[(72.0, "DATE:"), (150.0, "March 3")][..],
            &[(72.0, "(S)"), (100.0, "1."), (150.0, "Words")],
            &[(72.0, "1."), (100.0, "a"), (150.0, "b")],
        ] {
            assert_eq!(rows(&both(cells)), None, "{cells:?}");
        }
        let first = line(100.0, &[(72.0, "a"), (150.0, "b"), (300.0, "c")]);
        let other = line(114.0, &[(72.0, "a"), (170.0, "b"), (300.0, "c")]);
        let far = line(200.0, &[(72.0, "a"), (150.0, "b"), (300.0, "c")]);
        let sides = line(114.0, &[(150.0, "b"), (300.0, "c")]);
        for second in [other, far, sides] {
            assert_eq!(rows(&[first.clone(), second]), None);
        }
    }
}
