//! The participants of a memorandum: by side, in columns, with who took notes among them.
//!
//! A side stands above its people: `U.S.`, `The British Side`, `Ostmark:`. Much else is as short, so a line is a side
//! only with evidence:
//!
//! | form | evidence |
//! | --- | --- |
//! | ends with a colon, and nothing follows | none needed |
//! | an abbreviation of states (`U.S.`, `UK`), or with a word such as `Side` or `Delegation` | none needed |
//! | one capitalised word that is no title, or with a word such as `Republic` | another side stands in the list |
//!
//! Whoever stands below a side is told with it: `U.S.: President Clinton`.

use strongroom_record::Place;

use super::labels::{self, Label};
use crate::fold::fold;
use crate::speaker;

/// Words of a side's name that nothing but a side has.
const SIDE_WORDS: [&str; 4] = ["side", "delegation", "party", "team"];
/// Words of states' names.
const STATE_WORDS: [&str; 9] = [
    "commonwealth",
    "confederation",
    "emirates",
    "federation",
    "kingdom",
    "republic",
    "states",
    "union",
    "nations",
];
/// Abbreviations of states, without full stops.
const STATES: [&str; 9] = ["US", "USA", "UK", "USSR", "FRG", "GDR", "PRC", "ROK", "UN"];
/// What is said of who took notes, behind the name.
const NOTED_BEHIND: [&str; 4] = ["notetaker", "note taker", "note-taker", "drafter"];
/// A tab stands for this many columns, as typewriters and text have them.
const TAB_COLUMNS: usize = 8;
/// Words that a line does not end with if the next is another person's.
const RUNS_ON: [&str; 8] = ["and", "at", "for", "in", "of", "on", "the", "to"];

/// A line of the list, as it stands in its column.
#[derive(Debug, Clone)]
pub(super) struct Listed<'t> {
    pub(super) text: &'t str,
    /// The column, counted from 0, at which `text` begins on its line.
    pub(super) indent: usize,
    pub(super) place: Place,
}

/// Those who took part, and those who wrote it down.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Participants {
    pub(super) people: Vec<(Place, String)>,
    pub(super) drafted: Vec<String>,
}

/// One cell of the list.
#[derive(Debug)]
struct Cell<'t> {
    text: &'t str,
    column: usize,
    place: Place,
}

/// Reads the lines of a list of participants.
pub(super) fn read(lines: &[Listed<'_>]) -> Participants {
    let rows: Vec<(Cell<'_>, Vec<Cell<'_>>)> = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .map(|line| (whole(line), cells(line)))
        .collect();
    let all = rows.iter().flat_map(|(_, cells)| cells);
    let sided = all.into_iter().any(|cell| is_side(cell.text, false));
    let base = rows.iter().map(|(whole, _)| whole.column).min();
    let mut found = Participants::default();
    // The sides that head the columns.
    let mut sides: Vec<Side> = Vec::new();
    // Of each column, the last person: a person may take several lines.
    let mut last: Vec<(usize, usize)> = Vec::new();
    for (whole, row) in &rows {
        if row.iter().all(|cell| is_side(cell.text, sided)) {
            found.alone(std::mem::take(&mut sides));
            sides = row.iter().map(Side::of).collect();
            last.clear();
            continue;
        }
        let columns = sides.len();
        // Without columns, what stands apart on a line is a person's office.
        let cells = if columns < 2 {
            std::slice::from_ref(whole)
        } else {
            row.as_slice()
        };
        for (nth, cell) in cells.iter().enumerate() {
            let column = match columns {
                0 | 1 => 0,
                _ if cells.len() == columns => nth,
                _ => nearest(&sides, cell.column),
            };
            let before = last.iter().find(|(of, _)| *of == column).map(|(_, at)| *at);
            if let Some(at) = before
                && runs_on(&found.people[at].1, cell, base.filter(|_| columns < 2))
            {
                let person = &mut found.people[at].1;
                person.push(' ');
                person.push_str(&fold(cell.text));
                continue;
            }
            last.retain(|(of, _)| *of != column);
            if let Some(names) = noted(cell.text) {
                found.drafted.extend(names);
                continue;
            }
            for person in people(cell.text) {
                if let Some(names) = noted(&person) {
                    found.drafted.extend(names);
                    continue;
                }
                found.drafted.extend(noted_behind(&person));
                let told = match sides.get_mut(column) {
                    Some(side) => {
                        side.has_people = true;
                        format!("{}: {person}", side.name)
                    }
                    None => person,
                };
                last.retain(|(of, _)| *of != column);
                last.push((column, found.people.len()));
                found.people.push((cell.place, told));
            }
        }
    }
    found.alone(sides);
    found
}

/// A side that heads a column.
#[derive(Debug)]
struct Side {
    column: usize,
    name: String,
    place: Place,
    has_people: bool,
}

impl Side {
    fn of(cell: &Cell<'_>) -> Self {
        let name = fold(cell.text);
        Self {
            column: cell.column,
            name: name.strip_suffix(':').unwrap_or(&name).to_owned(),
            place: cell.place,
            has_people: false,
        }
    }
}

impl Participants {
    /// A side of which nobody is named took part itself.
    fn alone(&mut self, sides: Vec<Side>) {
        let alone = sides.into_iter().filter(|side| !side.has_people);
        self.people
            .extend(alone.map(|side| (side.place, side.name)));
    }
}

/// Those who took notes, if a text says that they did.
fn noted(text: &str) -> Option<Vec<String>> {
    let note = labels::of(text).filter(|note| note.label == Label::Drafted)?;
    Some(names(note.printed, note.value))
}

/// A participant of whom it is said behind the name that notes were taken: `Mary Quill, Director (notetaker)`. One
/// stays a participant.
fn noted_behind(person: &str) -> Option<String> {
    let (name, said) = match person.strip_suffix(')') {
        Some(person) => person.rsplit_once('(')?,
        None => person.rsplit_once([',', '-', '–'])?,
    };
    let name = name.trim_end_matches([' ', ',', '-', '–']);
    let is_note = NOTED_BEHIND.contains(&said.trim().to_lowercase().as_str());
    (is_note && !name.is_empty()).then(|| name.to_owned())
}

/// Those who are named after a label such as `Notetakers`: several with semicolons between them, or, where the label
/// says that they are several, commas.
pub(super) fn names(label: &str, value: &str) -> Vec<String> {
    let several = label.trim_end().to_lowercase().ends_with(['s', ')']);
    let by = |c: char| c == ';' || several && c == ',';
    let names = value.split(by).map(fold);
    names.filter(|name| !name.is_empty()).collect()
}

/// A line as one cell.
fn whole<'t>(line: &Listed<'t>) -> Cell<'t> {
    let text = line.text.trim_start();
    Cell {
        text: text.trim_end(),
        column: line.indent + line.text.chars().count() - text.chars().count(),
        place: line.place,
    }
}

/// The cells of a line: several columns stand apart by tabs or three spaces.
fn cells<'t>(line: &Listed<'t>) -> Vec<Cell<'t>> {
    let mut cells = Vec::new();
    let (mut column, mut start, mut gap) = (line.indent, None, 0);
    let mut begun = line.indent;
    let mut end = 0;
    for (at, c) in line.text.char_indices() {
        let wide = match c {
            '\t' => TAB_COLUMNS - column % TAB_COLUMNS,
            _ => 1,
        };
        if c.is_whitespace() {
            gap += if c == '\t' { TAB_COLUMNS } else { 1 };
        } else {
            if let Some(from) = start
                && gap >= 3
            {
                cells.push(Cell {
                    text: &line.text[from..end],
                    column: begun,
                    place: line.place,
                });
                start = None;
            }
            if start.is_none() {
                start = Some(at);
                begun = column;
            }
            gap = 0;
            end = at + c.len_utf8();
        }
        column += wide;
    }
    if let Some(from) = start {
        cells.push(Cell {
            text: &line.text[from..end],
            column: begun,
            place: line.place,
        });
    }
    cells
}

/// The side in whose column a cell stands.
fn nearest(sides: &[Side], column: usize) -> usize {
    sides
        .iter()
        .rposition(|side| side.column <= column + 2)
        .unwrap_or(0)
}

/// Whether a cell goes on with the person above it: it is indented further than the list, which begins at `base`, or
/// the person's line ends within something.
fn runs_on(above: &str, cell: &Cell<'_>, base: Option<usize>) -> bool {
    let deeper = base.is_some_and(|base| cell.column > base + 1);
    let open = above.ends_with(',')
        || above
            .rsplit(' ')
            .next()
            .is_some_and(|word| RUNS_ON.contains(&word));
    (deeper || open) && labels::of(cell.text).is_none()
}

/// Whether a cell names a side; `sided` if another is known to.
fn is_side(text: &str, sided: bool) -> bool {
    let text = fold(text);
    if let Some(name) = text.strip_suffix(':') {
        return labels::of(&text).is_none() && !name.is_empty();
    }
    if text.contains([',', ';', ':', '(']) {
        return false;
    }
    let words: Vec<&str> = text.split(' ').collect();
    let one_of = |known: &[&str]| {
        words
            .iter()
            .any(|word| known.contains(&word.to_lowercase().as_str()))
    };
    let bare = text.replace('.', "");
    let bare = bare.strip_prefix("The ").unwrap_or(&bare);
    if STATES.contains(&bare) || one_of(&SIDE_WORDS) && words.len() <= 4 {
        return true;
    }
    let states = one_of(&STATE_WORDS) && !words.iter().any(|word| speaker::is_title(word));
    let word = words.len() == 1
        && text.chars().count() > 3
        && text.chars().next().is_some_and(char::is_uppercase)
        && !speaker::is_title(&text)
        && !speaker::is_office(&text);
    sided && (states || word) || one_of(&STATE_WORDS) && words.len() == 2 && states
}

/// Persons of one cell: several with semicolons between them; marks of a list are left out.
pub(super) fn people(cell: &str) -> impl Iterator<Item = String> {
    cell.split(';')
        .map(|person| {
            fold(person)
                .trim_start_matches(['-', '–', '•', '*', ' '])
                .to_owned()
        })
        .filter(|person| !person.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str]) -> (Vec<String>, Vec<String>) {
        let listed: Vec<Listed<'_>> = lines
            .iter()
            .map(|line| Listed {
                text: line.trim_start(),
                indent: line.len() - line.trim_start().len(),
                place: Place { line: 1, column: 1 },
            })
            .collect();
        let Participants { people, drafted } = read(&listed);
        (people.into_iter().map(|(_, name)| name).collect(), drafted)
    }

    #[test]
    fn by_side() {
        let (people, drafted) = found(&[
            "U.S.",
            "President Aldridge",
            "Samuel R. Boyle, Assistant to the President for",
            "National Security Affairs",
            "Notetaker: Mary Quill, Director for Central Europe",
            "Ostmark",
            "Chancellor Brandauer; Dr. Otto Klemm",
        ]);
        assert_eq!(
            people,
            [
                "U.S.: President Aldridge",
                "U.S.: Samuel R. Boyle, Assistant to the President for National Security Affairs",
                "Ostmark: Chancellor Brandauer",
                "Ostmark: Dr. Otto Klemm",
            ]
        );
        assert_eq!(drafted, ["Mary Quill, Director for Central Europe"]);
    }

    #[test]
    fn who_took_notes_is_told_behind_the_name() {
        let (people, drafted) = found(&[
            "The President",
            "Peter Lund, NSC Staff (Notetaker)",
            "Ruth Amsel, Desk Officer, notetaker",
            "Jan Roos (interpreter)",
        ]);
        assert_eq!(people.len(), 4);
        assert_eq!(people[1], "Peter Lund, NSC Staff (Notetaker)");
        assert_eq!(
            drafted,
            ["Peter Lund, NSC Staff", "Ruth Amsel, Desk Officer"]
        );
    }

    #[test]
    fn in_columns() {
        let (people, drafted) = found(&[
            "    United States          The British Side",
            "    President Aldridge     Prime Minister Cole",
            "    Mr. Boyle              Mr. Sayer",
            "                           Notetakers: A. Beck, B. Hale",
        ]);
        assert_eq!(
            people,
            [
                "United States: President Aldridge",
                "The British Side: Prime Minister Cole",
                "United States: Mr. Boyle",
                "The British Side: Mr. Sayer",
            ]
        );
        assert_eq!(drafted, ["A. Beck", "B. Hale"]);
    }

    #[test]
    fn without_sides() {
        let (people, drafted) = found(&[
            "The President",
            "Kissinger",
            "- Ambassador Reyes,",
            "    Political Adviser",
            "Interpreter: Mme. Dufour",
            "Notetaker(s): A. Beck; B. Hale",
        ]);
        assert_eq!(
            people,
            [
                "The President",
                "Kissinger",
                "Ambassador Reyes, Political Adviser",
                "Interpreter: Mme. Dufour"
            ]
        );
        assert_eq!(drafted, ["A. Beck", "B. Hale"]);
    }
}
