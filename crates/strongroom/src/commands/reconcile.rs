//! `reconcile`: sets a list of calls from outside against the docket.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use strongroom_guard::api::{CallListed, CustodyEntry, ReconcileQuery, Reconciled, Request};
use strongroom_record::Day;

use crate::cli::Globals;
use crate::files::read_bounded;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, count, harmless, print};
use crate::session::Session;

/// Bytes of a list of calls: what a request takes, and names are long.
const CALLS_MAX_BYTES: usize = 512 << 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The list, CSV with a first line of names: `date` as 2026-05-01, and if you have them `time`, `with` (names, a semicolon between) and `place`
    #[arg(value_name = "CALLS.csv")]
    calls: PathBuf,
    /// What this is asked for
    #[arg(long)]
    because: String,
}

/// A line of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    date: String,
    #[serde(default)]
    time: Option<String>,
    #[serde(default, alias = "participants")]
    with: Option<String>,
    #[serde(default)]
    place: Option<String>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let bytes = read_bounded(&args.calls, CALLS_MAX_BYTES)?;
    let ask = Request::Reconcile(ReconcileQuery {
        calls: calls(&args.calls, &bytes)?,
        because: args.because.clone(),
    });
    let (reconciled, json) = Session::of(globals)?.get::<Reconciled>(&ask)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&reconciled))?;
    }
    Ok(Exit::Done)
}

/// On which line of a file a byte stands, for bytes that ascend.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
        }
    }
    /// The line of the first byte from one on that does not end a line.
    fn at(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(here) = self.bytes.get(self.at) {
            if self.at >= byte && !matches!(here, b'\r' | b'\n') {
                break;
            }
            self.line += usize::from(*here == b'\n');
            self.at += 1;
        }
        self.line
    }
}

fn calls(path: &Path, bytes: &[u8]) -> Result<Vec<CallListed>, Failure> {
    let unfit = |why: String| Failure::unfit(format!("{}: {why}", path.display()));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let head = reader.headers().map_err(|e| unfit(e.to_string()))?.clone();
    let mut lines = Lines::of(bytes);
    let mut calls = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| unfit(e.to_string()))?;
        let at = lines.at(record.position().map_or(0, csv::Position::byte));
        let line: Line = record.deserialize(Some(&head)).map_err(|e| {
            unfit(format!("line {at}: {e}"))
                .hint("the columns are date, time, with and place; the date is as 2026-05-01")
        })?;
        line.date
            .parse::<Day>()
            .map_err(|e| unfit(format!("line {at}: {e}")))?;
        let with = line.with.unwrap_or_default();
        let names = with.split(';').map(str::trim).filter(|n| !n.is_empty());
        calls.push(CallListed {
            line: at,
            date: line.date,
            time: line.time.filter(|t| !t.is_empty()),
            participants: names.map(str::to_owned).collect(),
            place: line.place.filter(|p| !p.is_empty()),
        });
    }
    if calls.is_empty() {
        return Err(unfit("it lists no call".to_owned()));
    }
    Ok(calls)
}

fn told(reconciled: &Reconciled) -> String {
    let mut text = String::new();
    let mut title = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            writeln!(text, "{title}").expect("strings take text");
        }
        for line in lines {
            writeln!(text, "  {}", harmless(&line)).expect("strings take text");
        }
    };
    let missing = reconciled.without_record.iter().map(call);
    title("calls without a record", missing.collect());
    let doubtful = reconciled.doubtful.iter().flat_map(|doubt| {
        let records = doubt.records.iter().map(|r| format!("  {}", record(r)));
        let first = format!("{}: {}", call(&doubt.call), doubt.because);
        std::iter::once(first).chain(records).collect::<Vec<_>>()
    });
    title("in doubt", doubtful.collect());
    let without = reconciled.without_call.iter().map(record);
    title("records without a call", without.collect());
    let said = format!(
        "{} matched; {} compared, {} of them without a date",
        count(reconciled.matched, "call"),
        count(reconciled.opened, "record"),
        reconciled.undated
    );
    writeln!(text, "{said}").expect("strings take text");
    text
}

fn call(call: &CallListed) -> String {
    let mut said = format!("line {}: {}", call.line, call.date);
    for more in call.time.iter().chain(&call.place) {
        write!(said, " {more}").expect("strings take text");
    }
    if !call.participants.is_empty() {
        write!(said, " {}", call.participants.join("; ")).expect("strings take text");
    }
    said
}

/// A record, on one line.
pub(super) fn record(entry: &CustodyEntry) -> String {
    let conversation = &entry.conversation;
    let date = conversation.date.as_deref().unwrap_or("without a date");
    let mut said = format!(
        "{date}  record {}, {} {}",
        entry.record, entry.act, entry.at
    );
    if let Some(place) = &conversation.place {
        write!(said, ", {place}").expect("strings take text");
    }
    if !conversation.participants.is_empty() {
        write!(said, ", {}", conversation.participants.join("; ")).expect("strings take text");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<CallListed>, String> {
        let said = |f: Failure| f.said().unwrap().message.clone();
        calls(Path::new("calls.csv"), text.as_bytes()).map_err(said)
    }

    #[test]
    fn a_list_of_calls_is_read_as_rfc_4180_has_it() {
        let text = "date,time,with,place\r\n1969-02-14,17:35,\"Dobrynin; \"\"Kissinger, Henry\"\"\",\"The White\r\nHouse\"\r\n1969-02-15,,,\r\n";
        let calls = read(text).unwrap();
        assert_eq!((calls[0].line, calls[1].line), (2, 4));
        assert_eq!(calls[0].participants, ["Dobrynin", "\"Kissinger, Henry\""]);
        assert_eq!(calls[0].place.as_deref(), Some("The White\r\nHouse"));
        assert!(calls[1].participants.is_empty() && calls[1].time.is_none());
        let other = read("participants,date\nBrandt,1969-02-14\n").unwrap();
        assert_eq!(other[0].participants, ["Brandt"]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        for (text, says) in [
            ("date\n1969-02-14\n14.2.1969\n", "line 3"),
            ("when\n1969-02-14\n", "line 2"),
            ("date,subject\n1969-02-14,talks\n", "line 2"),
            ("date,with\n1969-02-14\n", "line: 2"),
            ("date\n", "no call"),
            ("", "no call"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(says), "{text:?}: {refused}");
        }
    }
}
