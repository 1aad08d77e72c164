//! `custody`: whether a record of a meeting was put in, with a statement that can be checked outside.

use std::path::PathBuf;

use strongroom_guard::api::{CustodyQuery, CustodyShown, Request};

use crate::cli::Globals;
use crate::files::write_private_new;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::Session;

use super::reconcile::record;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The day of the meeting, as 2026-05-01
    #[arg(long, value_name = "DATE", conflicts_with_all = ["from", "to"])]
    date: Option<String>,
    /// The meeting was on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// It was on this day or before
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Words of its place
    #[arg(long)]
    place: Option<String>,
    /// Words of the name of one who took part; may be repeated
    #[arg(long, value_name = "NAME")]
    participant: Vec<String>,
    /// What this is asked for; it stands in the statement
    #[arg(long)]
    because: String,
    /// Keeps the statement in a file that must not be there yet, for `verify custody`
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let ask = Request::Custody(CustodyQuery {
        from: args.date.clone().or_else(|| args.from.clone()),
        to: args.date.clone().or_else(|| args.to.clone()),
        place: args.place.clone(),
        participants: args.participant.clone(),
        because: args.because.clone(),
    });
    let (custody, json) = Session::of(globals)?.get::<CustodyShown>(&ask)?;
    if let Some(output) = &args.output {
        write_private_new(output, &format!("{}\n", String::from_utf8_lossy(&json)))?;
    }
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&custody))?;
    }
    Ok(Exit::Done)
}

fn told(custody: &CustodyShown) -> String {
    let mut lines = Vec::new();
    for (title, entries) in [
        ("declare such a meeting", &custody.found),
        ("do not declare all that was asked for", &custody.silent),
    ] {
        lines.push(format!("{} {title}", entries.len()));
        lines.extend(entries.iter().map(|entry| format!("  {}", record(entry))));
    }
    let opened = match custody.opened {
        1 => "1 filing or correction".to_owned(),
        several => format!("{several} filings and corrections"),
    };
    lines.push(match custody.found.is_empty() {
        true => format!("all {opened} under the head of the statement were opened, and none declares such a meeting"),
        false => format!("{opened} under the head of the statement were opened"),
    });
    lines.push(format!("receipt {}", custody.stated.id));
    let lines = lines.iter().map(|line| format!("{}\n", harmless(line)));
    lines.collect()
}
