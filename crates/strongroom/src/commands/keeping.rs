//! `due`, `lower-due` and `hold`: what falls due, carrying it out, and holds that stop it; how keeping is printed.

use std::fmt::Write as _;

use strongroom_guard::api::{
    DueRows, HoldPlace, HoldRows, HoldsPlaced, KeepingShown, LowerDue, LoweredDone, Request,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, count, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::history::statement_lines;

#[derive(clap::Args)]
pub(crate) struct LowerDueArgs {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    #[command(flatten)]
    request: RequestArg,
}

/// Holds.
#[derive(clap::Subcommand)]
pub(crate) enum Hold {
    /// Places a hold on records for a matter: they are neither lowered nor destroyed until it is released
    Place(PlaceArgs),
    /// Lists the holds on records that you may know of
    List,
}

#[derive(clap::Args)]
pub(crate) struct PlaceArgs {
    /// The matter: a case, an inquiry
    #[arg(value_name = "MATTER")]
    matter: String,
    /// The records, by their ids or the beginnings of them
    #[arg(required = true, value_name = "ID")]
    records: Vec<String>,
    /// Why
    #[arg(long)]
    because: String,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn due(globals: &Globals) -> Result<Exit, Failure> {
    let json = Session::of(globals)?.ask(&Request::Due)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let rows: DueRows = read(&json)?;
    let mut text = String::new();
    for row in &rows.due {
        let to = row.to.as_ref().map(|to| format!(" to {}", harmless(to)));
        let held = if row.held { ", held" } else { "" };
        writeln!(
            text,
            "{}  {}  {}{} since {}{held}",
            harmless(&row.record),
            harmless(&row.banner),
            harmless(&row.what),
            to.unwrap_or_default(),
            harmless(&row.since),
        )
        .expect("strings take text");
    }
    if rows.due.is_empty() {
        text = "nothing fell due that you may know of\n".to_owned();
    }
    print(&text)?;
    Ok(Exit::Done)
}

pub(crate) fn lower_due(globals: &Globals, args: &LowerDueArgs) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::LowerDue(LowerDue {
        record: args.record.clone(),
        request: Some(id.clone()),
    });
    let json = session.change(&ask, &id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&lowered(&read(&json)?))?;
    }
    Ok(Exit::Done)
}

/// What fell.
fn lowered(done: &LoweredDone) -> String {
    let files = if done.files {
        ", with the files beside them"
    } else {
        ""
    };
    format!(
        "{}: {} lowered to {}{files}\n  receipt {}\n",
        harmless(&done.record),
        count(done.portions, "portion"),
        harmless(&done.to),
        harmless(&done.receipt)
    )
}

pub(crate) fn hold(globals: &Globals, command: &Hold) -> Result<Exit, Failure> {
    match command {
        Hold::Place(args) => place(globals, args),
        Hold::List => list(globals),
    }
}

fn place(globals: &Globals, args: &PlaceArgs) -> Result<Exit, Failure> {
    args.records.iter().try_for_each(|id| check_id(id))?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::HoldPlace(HoldPlace {
        matter: args.matter.clone(),
        records: args.records.clone(),
        because: args.because.clone(),
        request: Some(id.clone()),
    });
    let json = session.change(&ask, &id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let placed: HoldsPlaced = read(&json)?;
    let mut text = String::new();
    for (record, receipt) in placed.records.iter().zip(&placed.receipts) {
        let (record, receipt) = (harmless(record), harmless(receipt));
        writeln!(text, "{record} is held\n  receipt {receipt}").expect("strings take text");
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn list(globals: &Globals) -> Result<Exit, Failure> {
    let json = Session::of(globals)?.ask(&Request::HoldList)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let rows: HoldRows = read(&json)?;
    let mut text = String::new();
    for row in &rows.holds {
        writeln!(
            text,
            "{}  {} by {}\n  hold {}",
            harmless(&row.record),
            harmless(&row.at),
            harmless(&row.by),
            harmless(&row.hold)
        )
        .expect("strings take text");
        for (label, said) in row.statement.iter().flat_map(statement_lines) {
            let label = if label == "reason" { "matter" } else { label };
            writeln!(text, "  {label:<9} {}", harmless(&said)).expect("strings take text");
        }
    }
    if rows.holds.is_empty() {
        text = "no hold that you may know of\n".to_owned();
    }
    print(&text)?;
    Ok(Exit::Done)
}

/// How long a record is kept, in one line.
pub(super) fn line(keeping: &KeepingShown) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(schedule) = &keeping.schedule {
        parts.push(match (&keeping.until, &keeping.then) {
            (Some(until), Some(then)) => format!("kept until {until}, then {then} ({schedule})"),
            _ => format!("kept for good ({schedule})"),
        });
    }
    let due = keeping.due.iter();
    parts.extend(due.map(|due| format!("{} on {}", due.to, due.on)));
    if keeping.holds > 0 {
        parts.push(count(keeping.holds, "hold"));
    }
    harmless(&parts.join("; ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::DueShown;

    #[test]
    fn keeping_is_one_line() {
        let keeping = KeepingShown {
            schedule: Some("general".to_owned()),
            until: Some("2033-05-01".to_owned()),
            then: Some("review".to_owned()),
            due: vec![DueShown {
                on: "2030-12-31".to_owned(),
                to: "UNCLASSIFIED".to_owned(),
            }],
            holds: 1,
        };
        assert_eq!(
            line(&keeping),
            "kept until 2033-05-01, then review (general); UNCLASSIFIED on 2030-12-31; 1 hold"
        );
        let good = KeepingShown {
            until: None,
            due: Vec::new(),
            holds: 0,
            ..keeping
        };
        assert_eq!(line(&good), "kept for good (general)");
    }
}
