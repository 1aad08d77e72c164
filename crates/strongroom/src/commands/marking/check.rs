//! `marking check`: marked documents, checked without a room.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use strongroom_ingest::marked::{Checked, Day, Finding, check};
use strongroom_ingest::{Format, Read};
use strongroom_label::Policy;
use strongroom_record::limits::FILE_MAX_BYTES;
use strongroom_record::time::{Clock, SystemClock};
use strongroom_record::{PrintedLine, PrintedPage, PrintedPortion};

use crate::cli::Globals;
use crate::commands::file;
use crate::outcome::{Exit, Failure};
use crate::screen::{count, harmless, print};

use super::PolicyArg;

/// Stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Characters of a line that are shown with a finding: before the place, and from it on.
const SHOWN_BEFORE: usize = 60;
const SHOWN_FROM: usize = 60;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Marked documents, in any format that is filed; `-` reads a text from standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    policy: PolicyArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let policy = args.policy.read()?;
    if !policy.reads_banners() {
        return Err(Failure::usage(format!(
            "the marking policy {} says nothing of banners and portion marks",
            policy.name()
        ))
        .hint("check by another one: `strongroom marking policy` lists those that are built in"));
    }
    let on = Day::of(SystemClock.now());
    let mut exit = Exit::Done;
    // Each file stands for itself: one that cannot be read stops none of the others.
    for path in &args.files {
        let ended = one(globals, &policy, on, path).unwrap_or_else(|failure| {
            failure.tell();
            failure.exit()
        });
        exit = file::first_of(exit, ended);
    }
    Ok(exit)
}

fn one(globals: &Globals, policy: &Policy, on: Day, path: &Path) -> Result<Exit, Failure> {
    let (name, bytes) = if path.as_os_str() == STANDARD_INPUT {
        (STANDARD_INPUT.to_owned(), standard_input()?)
    } else {
        file::read(path)?
    };
    let read = crate::intake::read(Some(policy), &name, &bytes)?;
    let shown = path.to_string_lossy();
    let [draft] = read.drafts.drafts() else {
        return Err(Failure::unfit(format!(
            "{shown} holds {}, and a marked document is one",
            count(read.drafts.drafts().len(), "record")
        ))
        .hint("check a text, a DOCX, a PDF or a message"));
    };
    let checked = check(policy, draft, on);
    if globals.json {
        print(&(checked.to_json(&shown) + "\n"))?;
    } else {
        print(&told(&shown, &checked, &read))?;
    }
    Ok(if checked.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Unfit
    })
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let failed = |e| Failure::new(Exit::Machine, format!("standard input cannot be read: {e}"));
    let most = FILE_MAX_BYTES as u64 + 1;
    io::stdin()
        .lock()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

/// What was checked, for people: each finding as compilers print theirs.
fn told(file: &str, checked: &Checked, read: &Read<'_>) -> String {
    let file = harmless(file);
    if checked.findings.is_empty() {
        let portions = checked.pages.iter().map(|page| page.portions.len()).sum();
        let banner = checked.pages.iter().find_map(|page| page.banner.as_deref());
        return format!(
            "{file}: nothing is wrong: {}, {}, {}\n",
            harmless(banner.unwrap_or("no banner")),
            count(checked.pages.len(), "page"),
            count(portions, "portion"),
        );
    }
    // Places count in the file only where it is a text.
    let text = match read.format {
        Format::Text => std::str::from_utf8(&read.original).ok(),
        _ => None,
    };
    let lines: Vec<&str> = text
        .map(|text| text.split('\n').collect())
        .unwrap_or_default();
    let mut out = String::new();
    for finding in &checked.findings {
        let line = (finding.place.line as usize)
            .checked_sub(1)
            .and_then(|nth| lines.get(nth));
        let printed = text.is_none().then(|| printed_at(read, finding.place.line));
        tell(&mut out, &file, finding, line.copied(), printed.flatten());
    }
    out
}

/// What a document that is no text prints on a line of the text taken out of it: nobody sees such lines counted, and
/// looks for the words.
fn printed_at(read: &Read<'_>, line: u32) -> Option<String> {
    let [draft] = read.drafts.drafts() else {
        return None;
    };
    let of_portion = |portion: &PrintedPortion| {
        let mark = portion.mark.as_ref();
        let there = portion.place.line == line || mark.is_some_and(|m| m.place.line == line);
        let mark = mark
            .map(|m| format!("({}) ", m.words()))
            .unwrap_or_default();
        there.then(|| mark + &portion.text)
    };
    let of_line = |printed: &PrintedLine| {
        let named = match printed.name.as_str() {
            "" => printed.words(),
            name => format!("{name}: {}", printed.text),
        };
        (printed.place.line == line).then_some(named)
    };
    let marks = &draft.marks;
    let of_page = |page: &PrintedPage| {
        let banners = page.top.iter().chain(&page.between).chain(&page.bottom);
        let portions = page.portions.iter().find_map(of_portion);
        portions.or_else(|| banners.into_iter().find_map(of_line))
    };
    let found = marks.pages.iter().find_map(of_page);
    found.or_else(|| marks.authority.iter().find_map(of_line))
}

fn tell(
    out: &mut String,
    file: &str,
    finding: &Finding,
    line: Option<&str>,
    printed: Option<String>,
) {
    let place = finding.place;
    let weight = if finding.stops { "" } else { "note: " };
    writeln!(
        out,
        "{file}:{}:{}: {weight}{}: {}",
        place.line,
        place.column,
        finding.rule,
        harmless(&finding.message_with_source())
    )
    .expect("strings take text");
    if let Some(line) = line {
        let column = (place.column as usize).saturating_sub(1);
        let from = column.saturating_sub(SHOWN_BEFORE);
        let line = line.trim_end_matches('\r');
        let before: String = line.chars().skip(from).take(column - from).collect();
        let behind: String = line.chars().skip(column).take(SHOWN_FROM).collect();
        let before = harmless(&before);
        let indent = " ".repeat(before.chars().count());
        writeln!(out, "    {before}{}\n    {indent}^", harmless(&behind))
            .expect("strings take text");
    }
    if let Some(printed) = printed {
        let shown: String = printed.chars().take(SHOWN_BEFORE + SHOWN_FROM).collect();
        writeln!(out, "    {}", harmless(&shown)).expect("strings take text");
    }
    if let Some(instead) = &finding.instead {
        writeln!(out, "    instead: {}", harmless(instead)).expect("strings take text");
    }
}
