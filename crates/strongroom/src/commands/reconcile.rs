//! `reconcile`: sets a list of calls from outside against the docket.

mod calls;

use std::fmt::Write as _;
use std::path::PathBuf;

use strongroom_guard::api::{CallListed, CustodyEntry, ReconcileQuery, Reconciled, Request};

use crate::cli::Globals;
use crate::files::read_bounded;
use crate::outcome::{Exit, Failure, note};
use crate::screen::{Screen, count, harmless, print};
use crate::session::Session;

use calls::{CALLS_FILE_MAX_BYTES, SPLIT};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The list, CSV with a first line of names: `date` as 2026-05-01, and if you have them `time` as 17:35 or 5:35 pm, `with` or `participants`
    /// (names, a semicolon between) and `place`; other columns are passed over
    #[arg(value_name = "CALLS.csv")]
    calls: PathBuf,
    /// What this is asked for
    #[arg(long)]
    because: String,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let bytes = read_bounded(&args.calls, CALLS_FILE_MAX_BYTES).map_err(|failure| {
        match failure.exit() == Exit::Unfit && args.calls.is_file() {
            true => failure.hint(SPLIT),
            false => failure,
        }
    })?;
    let read = calls::read(&args.calls, &bytes)?;
    if let Some(said) = &read.note {
        note(&format!("strongroom: {}\n", harmless(said)));
    }
    let ask = Request::Reconcile(ReconcileQuery {
        calls: read.calls,
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
