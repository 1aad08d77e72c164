//! `history`: who had read a record, and what was done to it.

use std::fmt::Write as _;

use strongroom_guard::api::{GradeShown, History, HistoryRow, RecordRef, Request, StatementShown};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, Screen, harmless, print};
use crate::session::{Session, check_id};

use super::grade;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let ask = Request::History(RecordRef {
        record: args.record.clone(),
    });
    let (history, json) = Session::of(globals)?.get::<History>(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else {
        print(
            &history
                .events
                .iter()
                .map(|row| told(&screen, row))
                .collect::<String>(),
        )?;
    }
    Ok(Exit::Done)
}

fn told(screen: &Screen, row: &HistoryRow) -> String {
    // Who opened it stands after the words; who did something to it stands before them.
    let (what, who) = (harmless(&row.what), harmless(&row.who));
    let mut text = screen.paint(FAINT, &harmless(&row.at));
    if what.ends_with(" for") {
        write!(text, "  {what} {who}").expect("strings take text");
    } else {
        write!(text, "  {what} by {who}").expect("strings take text");
    }
    if let Some(version) = row.version {
        write!(text, ", version {version}").expect("strings take text");
    }
    if let Some(file) = &row.file {
        write!(text, ", {}", harmless(file)).expect("strings take text");
    }
    if let Some((first, last)) = row.pieces {
        write!(text, ", pieces {first} to {last}").expect("strings take text");
    }
    if !row.portions.is_empty() {
        write!(text, ": {}", harmless(&ranges(&row.portions))).expect("strings take text");
    }
    if let Some(to) = &row.to {
        let of = match (row.portions.is_empty(), what.as_ref()) {
            (true, _) => ",",
            (false, "lowered") => " fell",
            (false, _) => " raised",
        };
        write!(text, "{of} to {}", harmless(to)).expect("strings take text");
    }
    text.push('\n');
    if !row.overrode.is_empty() {
        let rules = row.overrode.join(", ");
        writeln!(text, "    {:<9} {}", "overrode", harmless(&rules)).expect("strings take text");
    }
    for line in row.grade.iter().flat_map(judgements) {
        writeln!(text, "    {}", harmless(&line)).expect("strings take text");
    }
    for (label, said) in row.statement.iter().flat_map(statement_lines) {
        writeln!(text, "    {label:<9} {}", harmless(&said)).expect("strings take text");
    }
    text
}

/// What was judged, line by line. Who and when stand in the row itself.
fn judgements(grade: &GradeShown) -> Vec<String> {
    grade::lines(&GradeShown {
        by: None,
        at: None,
        ..grade.clone()
    })
}

/// What was said of why, line by line, with what each is.
pub(super) fn statement_lines(why: &StatementShown) -> Vec<(&'static str, String)> {
    let held = why.already_held_by.join(", ");
    [
        ("reason", Some(why.reason.clone())),
        ("authority", Some(why.authority.clone())),
        ("because", Some(why.because.clone())),
        ("override", why.override_because.clone()),
        ("practice", why.practice.clone()),
        ("from", why.from_system.clone()),
        ("held by", Some(held).filter(|held| !held.is_empty())),
    ]
    .into_iter()
    .filter_map(|(label, said)| Some((label, said?)))
    .collect()
}

/// Portions in short: `3-7` for numbers that follow one another; names of fields as they are.
pub(super) fn ranges(portions: &[String]) -> String {
    let mut numbers: Vec<usize> = portions.iter().filter_map(|p| p.parse().ok()).collect();
    numbers.sort_unstable();
    let mut parts: Vec<String> = portions
        .iter()
        .filter(|p| p.parse::<usize>().is_err())
        .cloned()
        .collect();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        parts.push(match run {
            [one] => one.to_string(),
            [first, .., last] => format!("{first}-{last}"),
            [] => unreachable!("chunks have something in them"),
        });
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_one_another_are_drawn_together() {
        let portions = ["place", "2", "0", "1", "5", "7", "8"].map(str::to_owned);
        assert_eq!(ranges(&portions), "place, 0-2, 5, 7-8");
    }
}
