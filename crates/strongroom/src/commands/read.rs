//! `read`: shows records, as a page or as the guard's JSON.

mod enclosed;

use std::path::PathBuf;

use serde_json::Value;
use strongroom_guard::api::{
    Changes, ChangesQuery, GradeShown, HeaderShown, PortionShown, ReadQuery, Request, Shown,
};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{
    BANNER, FAINT, GAP, STRONG, Screen, harmless, harmless_lines, pad, print, print_bytes,
    width_of, wrap,
};
use crate::session::{Session, check_id};

use self::enclosed::Which;
use super::{grade, keeping, versions};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Records, by id or the beginning of it
    #[arg(required = true, value_name = "ID")]
    records: Vec<String>,
    /// Gives the record's slice of the original file instead of its text
    #[arg(long)]
    original: bool,
    /// The version, as `read` counts them; the newest, if left out
    #[arg(long, value_name = "N")]
    version: Option<usize>,
    /// Shows what changed from the version before to this one, of what you may read of both
    #[arg(long, conflicts_with = "original")]
    changes: bool,
    /// Writes an attachment of the record to a file: the one of this number, as `read` shows them
    #[arg(long, value_name = "N", requires = "output", conflicts_with_all = ["original", "recording", "changes"])]
    attachment: Option<usize>,
    /// Writes the recording of the record to a file
    #[arg(long, requires = "output", conflicts_with_all = ["original", "changes", "version"])]
    recording: bool,
    /// The file to write, which must not be there yet
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    if let Some(path) = &args.output {
        let which = match (args.attachment, args.recording) {
            (Some(n), _) => Which::Attachment(n),
            (None, true) => Which::Recording,
            (None, false) => {
                return Err(Failure::usage("-o is for --attachment and --recording")
                    .hint("what `read` prints, the shell writes: `strongroom read ID > FILE`"));
            }
        };
        let [record] = args.records.as_slice() else {
            return Err(Failure::usage("a file is written of one record"));
        };
        if path.as_os_str() == "-" {
            return Err(Failure::usage("-o names a new file; `-` is none")
                .hint("what came from elsewhere is not sent to a terminal"));
        }
        check_id(record)?;
        enclosed::write(&session, record, which, args.version, path)?;
        return Ok(Exit::Done);
    }
    let screen = Screen::stdout();
    let mut exit = Exit::Done;
    for record in &args.records {
        match check_id(record).and_then(|()| one(globals, args, &session, &screen, record)) {
            Ok(()) => {}
            // Each record stands for itself.
            Err(failure) => {
                let failure = match args.records.len() {
                    1 => failure,
                    _ => failure.of(record),
                };
                failure.tell();
                if exit == Exit::Done {
                    exit = failure.exit();
                }
            }
        }
    }
    Ok(exit)
}

/// Shows one record.
fn one(
    globals: &Globals,
    args: &Args,
    session: &Session,
    screen: &Screen,
    record: &str,
) -> Result<(), Failure> {
    if args.changes {
        let ask = Request::Changes(ChangesQuery {
            record: record.to_owned(),
            version: args.version,
        });
        let (changes, json) = session.get::<Changes>(&ask)?;
        return match globals.json {
            true => screen.json(&json),
            false => print(&versions::changes(screen, &changes)),
        };
    }
    let ask = Request::Read(ReadQuery {
        record: record.to_owned(),
        original: args.original,
        version: args.version,
    });
    let (shown, json) = session.get::<Shown>(&ask)?;
    match (globals.json, args.original) {
        (true, _) => screen.json(&json),
        (false, true) => original(screen, &shown),
        (false, false) => print(&page(screen, &shown)),
    }
}

/// The slice of the original: its very bytes, except on a terminal, which they could run.
fn original(screen: &Screen, shown: &Shown) -> Result<(), Failure> {
    let bytes = shown
        .original
        .as_deref()
        .and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok())
        .ok_or_else(|| Failure::new(Exit::Machine, "the guard's answer cannot be read"))?;
    if screen.columns().is_none() {
        return print_bytes(&bytes);
    }
    let banner = banner(screen, &shown.banner);
    let text = harmless_lines(&String::from_utf8_lossy(&bytes));
    print(&format!("{banner}\n{text}\n{banner}\n"))
}

/// A record as one page.
fn page(screen: &Screen, shown: &Shown) -> String {
    let banner = banner(screen, &shown.banner);
    let margin = Margin::of(shown);
    let mut text = format!("{banner}\n");
    text += &versions::version_lines(screen, shown);
    text += &versions::links_of_record(screen, shown);
    if let Some(withdrawn) = &shown.withdrawn {
        text += &versions::withdrawn(withdrawn);
    }
    if let Some(keeping) = &shown.keeping {
        text += &versions::faint(screen, &keeping::line(keeping));
    }
    for field in &shown.header {
        text += &margin.header(screen, field);
        text += &versions::links_of_portion(screen, shown, &field.field);
    }
    // A grading at filing stands among the header fields; a later one beside it, and counts.
    if let Some(later) = shown.grade.as_ref().filter(|grade| grade.by.is_some()) {
        text += &margin.grade(screen, "", later);
    }
    let mut before = "";
    for portion in &shown.portions {
        if before.is_empty() || !(portion.kind == before && runs_on(before)) {
            text.push('\n');
        }
        text += &margin.portion(screen, portion);
        text += &versions::links_of_portion(screen, shown, &portion.n.to_string());
        before = &portion.kind;
    }
    let copy = format!(
        "copy {} for {} at {}",
        harmless(&shown.copy),
        harmless(&shown.reader),
        harmless(&shown.at)
    );
    text += &format!("\n{}\n{banner}\n", screen.paint(FAINT, &copy));
    text
}

fn banner(screen: &Screen, banner: &str) -> String {
    screen.paint(BANNER, &format!(" {} ", harmless(banner)))
}

/// Whether portions of a kind stand line below line, without space between.
fn runs_on(kind: &str) -> bool {
    matches!(kind, "participant" | "subject" | "item" | "row")
}

/// Columns of the names of header fields, at least.
const FIELD_COLUMNS_MIN: usize = 8;

/// What stands to the left of the text: the number that commands take, the portion mark, when in a recording it was
/// said, and of a header field its name.
struct Margin {
    number: usize,
    mark: usize,
    time: usize,
    field: usize,
}

impl Margin {
    fn of(shown: &Shown) -> Self {
        let marks = shown.portions.iter().map(|p| &p.mark);
        let marks = marks.chain(shown.header.iter().map(|h| &h.mark));
        let times = shown.portions.iter().filter_map(time);
        let fields = shown.header.iter().map(|h| width_of(&harmless(&h.field)));
        Self {
            time: times.map(|time| width_of(&time) + 2).max().unwrap_or(0),
            field: fields.max().unwrap_or(0).max(FIELD_COLUMNS_MIN) + 1,
            number: shown.portions.len().saturating_sub(1).to_string().len(),
            mark: marks.map(|m| width_of(&harmless(m))).max().unwrap_or(0),
        }
    }
    fn columns(&self) -> usize {
        self.number + self.mark + self.time + 3
    }
    fn left(&self, screen: &Screen, number: &str, mark: &str, time: &str) -> String {
        let (mark, time) = (pad(&harmless(mark), self.mark), pad(time, self.time));
        let left = format!("{number:>width$} {mark}  {time}", width = self.number);
        screen.paint(FAINT, &left)
    }

    fn header(&self, screen: &Screen, field: &HeaderShown) -> String {
        if field.field == "grade"
            && let Ok(grade) = serde_json::from_value(field.value.clone())
        {
            return self.grade(screen, &field.mark, &grade);
        }
        let value = header_value(&field.field, &field.value);
        let lines = self.lines(screen, &harmless(&value), self.field);
        let text = self.field(screen, &field.field, &field.mark, &lines);
        text + &self.graded(screen, field.grade.as_ref())
    }

    /// A grading of the record as a whole.
    fn grade(&self, screen: &Screen, mark: &str, grade: &GradeShown) -> String {
        let lines: Vec<String> = grade::lines(grade)
            .iter()
            .flat_map(|line| self.lines(screen, &harmless(line), self.field))
            .collect();
        self.field(screen, "grade", mark, &lines)
    }

    /// The lines of a header field, behind its name.
    fn field(&self, screen: &Screen, name: &str, mark: &str, lines: &[String]) -> String {
        let label = screen.paint(FAINT, &pad(&harmless(name), self.field));
        let left = self.left(screen, "", mark, "") + &label;
        self.join(&left, self.field, lines)
    }

    /// A grading, below what it grades.
    fn graded(&self, screen: &Screen, grade: Option<&GradeShown>) -> String {
        let indent = " ".repeat(self.columns());
        let lines = grade.into_iter().flat_map(grade::lines);
        lines
            .flat_map(|line| self.lines(screen, &harmless(&line), 0))
            .map(|line| format!("{indent}{}\n", screen.paint(FAINT, &line)))
            .collect()
    }

    fn portion(&self, screen: &Screen, portion: &PortionShown) -> String {
        let text = harmless_lines(&portion.text);
        let lines = self.lines(screen, &text, 0);
        let styled = match portion.kind.as_str() {
            "heading" | "head" => lines.iter().map(|l| screen.paint(STRONG, l)).collect(),
            _ => set_off(screen, portion, lines),
        };
        let time = time(portion).unwrap_or_default();
        let left = self.left(screen, &portion.n.to_string(), &portion.mark, &time);
        let text = self.join(&left, 0, &styled);
        text + &self.graded(screen, portion.grade.as_ref())
    }

    /// The lines of a text to the right of the margin.
    fn lines(&self, screen: &Screen, text: &str, label: usize) -> Vec<String> {
        let lines = text.split('\n');
        match screen.columns() {
            Some(columns) => {
                let columns = columns.saturating_sub(self.columns() + label).max(20);
                lines.flat_map(|line| wrap(line, columns)).collect()
            }
            None => lines.map(str::to_owned).collect(),
        }
    }
    fn join(&self, left: &str, label_columns: usize, lines: &[String]) -> String {
        let indent = " ".repeat(self.columns() + label_columns);
        let mut text = left.to_owned();
        for (n, line) in lines.iter().enumerate() {
            if n > 0 {
                text += &indent;
            }
            text += line;
            text.push('\n');
        }
        text
    }
}

/// When in the recording a portion begins: `1:02`, `1:00:02`.
fn time(portion: &PortionShown) -> Option<String> {
    let seconds = portion.cue.as_ref()?.start_ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    })
}

/// Sets off who speaks, at the beginning, and acknowledged gaps, which stand in brackets where text is missing.
/// A gap that was broken over lines is set off on each.
fn set_off(screen: &Screen, portion: &PortionShown, lines: Vec<String>) -> Vec<String> {
    let speaker = portion.speaker.as_deref().map(harmless);
    let mut in_gap = None;
    lines
        .into_iter()
        .enumerate()
        .map(|(n, line)| {
            let (said_by, rest) = match &speaker {
                Some(name) if n == 0 && line.starts_with(&**name) => line.split_at(name.len()),
                _ => ("", line.as_str()),
            };
            let said_by = if said_by.is_empty() {
                String::new()
            } else {
                screen.paint(STRONG, said_by)
            };
            said_by + &gaps(screen, &portion.gaps, rest, &mut in_gap)
        })
        .collect()
}

/// A line with its gaps set off. `open` is what is still to come of a gap that began on a line before.
fn gaps(screen: &Screen, gaps: &[String], line: &str, open: &mut Option<String>) -> String {
    let mut out = String::new();
    let mut rest = line;
    if let Some(missing) = open.take() {
        match rest.find(']') {
            Some(end) if missing.ends_with(rest[..end].trim_start()) => {
                out += &screen.paint(GAP, &rest[..=end]);
                rest = &rest[end + 1..];
            }
            _ if missing.starts_with(rest) => {
                *open = Some(missing[rest.len()..].trim_start().to_owned());
                return screen.paint(GAP, rest);
            }
            _ => {}
        }
    }
    while let Some(start) = rest.find('[') {
        let (before, bracket) = rest.split_at(start);
        out += before;
        let inside = &bracket[1..];
        let whole = gaps.iter().map(|g| harmless(g)).find(|g| {
            inside
                .strip_prefix(&**g)
                .is_some_and(|r| r.starts_with(']'))
        });
        let broken = gaps
            .iter()
            .map(|g| harmless(g))
            .find(|g| !inside.is_empty() && g.starts_with(inside));
        if let Some(gap) = whole {
            let end = gap.len() + 2;
            out += &screen.paint(GAP, &bracket[..end]);
            rest = &bracket[end..];
        } else if let Some(gap) = broken {
            *open = Some(gap[inside.len()..].trim_start().to_owned());
            return out + &screen.paint(GAP, bracket);
        } else {
            out.push('[');
            rest = inside;
        }
    }
    out + rest
}

/// A header field as a line.
fn header_value(field: &str, value: &Value) -> String {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    match (field, value) {
        (_, Value::String(text)) => text.clone(),
        ("attachments", Value::Array(files)) => {
            let files = (1..).zip(files);
            let files: Vec<String> = files
                .map(|(n, file)| format!("{n}. {}", file_line(file)))
                .collect();
            files.join("; ")
        }
        ("recording", file) => file_line(file),
        (_, Value::Array(items)) if field != "authority" => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        ("source", _) => {
            let number = text("number").map_or_else(String::new, |n| format!(", number {n}"));
            format!(
                "{} in {}{number}",
                text("id").unwrap_or_default(),
                text("file").unwrap_or_default()
            )
        }
        ("date", _) => {
            let end = text("end").map_or_else(String::new, |end| format!(" to {end}"));
            let doubt = match value.get("uncertain").and_then(Value::as_bool) {
                Some(true) => "?",
                _ => "",
            };
            let printed = text("printed").map_or_else(String::new, |p| format!(" (printed: {p})"));
            format!("{}{end}{doubt}{printed}", text("start").unwrap_or_default())
        }
        ("marking", _) => {
            let captions = value.get("captions").and_then(Value::as_array);
            let captions = captions.into_iter().flatten().filter_map(Value::as_str);
            let words: Vec<&str> = text("level").into_iter().chain(captions).collect();
            let words = words.join("; ");
            // The words are those that were printed; the label is the filer's if the filer gave one.
            match (
                value.get("filer_assigned").and_then(Value::as_bool),
                words.is_empty(),
            ) {
                (Some(true), true) => "none printed; label assigned by the filer".to_owned(),
                (Some(true), false) => format!("printed: {words}; label assigned by the filer"),
                (_, true) => "none printed".to_owned(),
                (_, false) => words,
            }
        }
        ("authority", Value::Array(lines)) => lines
            .iter()
            .filter_map(|line| {
                let text = |key: &str| line.get(key).and_then(Value::as_str);
                Some(format!("{}: {}", text("name")?, text("text")?))
            })
            .collect::<Vec<_>>()
            .join("; "),
        ("correction", _) => {
            let listened = value.get("listened").and_then(Value::as_array);
            let listened = listened.into_iter().flatten().filter_map(Value::as_str);
            let listened = listened.collect::<Vec<_>>().join(", ");
            format!(
                "{}; listened: {listened}; produced: {}",
                text("changed").unwrap_or_default(),
                text("produced").unwrap_or_default()
            )
        }
        (_, other) => other.to_string(),
    }
}

/// A file beside the record: its name, type and size.
fn file_line(file: &Value) -> String {
    let text = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
    let bytes = file
        .get("bytes")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    format!("{} ({}, {bytes} bytes)", text("name"), text("media_type"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::CueShown;

    fn shown() -> Shown {
        let portion =
            |n, kind: &str, text: &str, speaker: Option<&str>, gaps: &[&str]| PortionShown {
                n,
                id: String::new(),
                mark: "(S)".to_owned(),
                kind: kind.to_owned(),
                text: text.to_owned(),
                speaker: speaker.map(str::to_owned),
                gaps: gaps.iter().map(|g| (*g).to_owned()).collect(),
                printed_mark: None,
                cue: None,
                grade: None,
            };
        Shown {
            record: "r".to_owned(),
            copy: "c".to_owned(),
            reader: "anna".to_owned(),
            at: "now".to_owned(),
            banner: "SECRET".to_owned(),
            header: vec![HeaderShown {
                field: "date".to_owned(),
                id: String::new(),
                mark: "(U)".to_owned(),
                value: serde_json::json!({ "start": "1969", "uncertain": true, "end": null }),
                grade: None,
            }],
            portions: vec![
                portion(0, "heading", "A talk", None, &[]),
                portion(1, "p", "K: Well, \u{1b}]0;x\u{7} then.", Some("K"), &[]),
                portion(
                    2,
                    "p",
                    "D: one two three [4 lines not declassified] five [sic].",
                    Some("D"),
                    &["4 lines not declassified"],
                ),
            ],
            grade: None,
            original: None,
            version: 1,
            versions: 1,
            corrected: None,
            withdrawn: None,
            links: Vec::new(),
            keeping: None,
        }
    }

    #[test]
    fn a_marking_line_tells_what_was_printed_from_what_was_given() {
        let line = |level: Option<&str>, captions: &[&str], assigned| {
            let value = serde_json::json!({ "level": level, "captions": captions, "filer_assigned": assigned });
            header_value("marking", &value)
        };
        assert_eq!(line(Some("Secret"), &["Nodis"], false), "Secret; Nodis");
        assert_eq!(
            line(Some("Top Secret"), &[], true),
            "printed: Top Secret; label assigned by the filer"
        );
        assert_eq!(
            line(None, &[], true),
            "none printed; label assigned by the filer"
        );
    }

    #[test]
    fn a_page_for_a_file_is_plain() {
        assert_eq!(
            page(&Screen::of(false, false, 80), &shown()),
            " SECRET \n  (U)  date     1969?\n\n0 (S)  A talk\n\n1 (S)  K: Well, ␛]0;x␇ then.\n\n\
             2 (S)  D: one two three [4 lines not declassified] five [sic].\n\ncopy c for anna at now\n SECRET \n"
        );
    }

    #[test]
    fn what_was_said_in_a_recording_has_its_time_beside_it() {
        let mut shown = shown();
        for (portion, start_ms) in shown.portions[1..].iter_mut().zip([62_900, 3_602_000]) {
            let end_ms = start_ms + 1000;
            portion.cue = Some(CueShown { start_ms, end_ms });
        }
        let page = page(&Screen::of(false, false, 80), &shown);
        assert!(page.contains("0 (S)           A talk\n"), "{page}");
        assert!(page.contains("1 (S)  1:02     K: Well"), "{page}");
        assert!(page.contains("2 (S)  1:00:02  D: one"), "{page}");
    }

    #[test]
    fn a_page_for_a_terminal_sets_off_speakers_and_gaps() {
        let page = page(&Screen::of(true, true, 40), &shown());
        let bold = |text: &str| format!("{STRONG}{text}{STRONG:#}");
        let gap = |text: &str| format!("{GAP}{text}{GAP:#}");
        assert!(page.contains(&bold("A talk")));
        assert!(page.contains(&bold("K")));
        // Broken over two lines, set off on both.
        assert!(page.contains(&gap("[4 lines not")), "{page}");
        assert!(page.contains(&gap("declassified]")), "{page}");
        assert!(!page.contains(&gap("[sic]")));
        assert!(!page.contains("\u{1b}]0"));
    }
}
