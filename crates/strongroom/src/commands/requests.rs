//! `requests`, `approve`, `deny`, `withdraw-request`: what waits for more hands, and deciding on it.

use std::fmt::Write as _;

use strongroom_guard::api::{
    Approve, Deny, RecoverRow, Request, RequestDecided, RequestRow, RequestRows, RequestTakeBack,
    RequestsQuery, StatementShown,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::history::statement_lines;

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    /// Only this request, whether it waits or not, by id or the beginning of it
    #[arg(value_name = "REQUEST")]
    id: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct ApproveArgs {
    /// The request, by id or the beginning of it
    #[arg(value_name = "REQUEST")]
    id: String,
    #[command(flatten)]
    request: RequestArg,
}

#[derive(clap::Args)]
pub(crate) struct DenyArgs {
    /// The request, by id or the beginning of it
    #[arg(value_name = "REQUEST")]
    id: String,
    /// Why, in words, for who asked
    #[arg(long, value_name = "TEXT")]
    because: String,
    #[command(flatten)]
    request: RequestArg,
}

#[derive(clap::Args)]
pub(crate) struct TakeBackArgs {
    /// The request, by id or the beginning of it
    #[arg(value_name = "REQUEST")]
    id: String,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn list(globals: &Globals, args: &ListArgs) -> Result<Exit, Failure> {
    args.id.as_deref().map(check_id).transpose()?;
    let ask = Request::Requests(RequestsQuery {
        id: args.id.clone(),
    });
    let (rows, json) = Session::of(globals)?.get::<RequestRows>(&ask)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else if rows.requests.is_empty() && rows.recoveries.is_empty() {
        print("no request waits that you may know of\n")?;
    } else {
        let requests = rows.requests.iter().map(row);
        print(
            &requests
                .chain(rows.recoveries.iter().map(recovery))
                .collect::<String>(),
        )?;
    }
    Ok(Exit::Done)
}

pub(crate) fn approve(globals: &Globals, args: &ApproveArgs) -> Result<Exit, Failure> {
    check_id(&args.id)?;
    let request = request_id(args.request.request.as_deref());
    let ask = Request::Approve(Approve {
        id: args.id.clone(),
        request: Some(request.clone()),
    });
    decided(globals, &ask, &request)
}

pub(crate) fn deny(globals: &Globals, args: &DenyArgs) -> Result<Exit, Failure> {
    check_id(&args.id)?;
    let request = request_id(args.request.request.as_deref());
    let ask = Request::Deny(Deny {
        id: args.id.clone(),
        because: args.because.clone(),
        request: Some(request.clone()),
    });
    decided(globals, &ask, &request)
}

pub(crate) fn take_back(globals: &Globals, args: &TakeBackArgs) -> Result<Exit, Failure> {
    check_id(&args.id)?;
    let request = request_id(args.request.request.as_deref());
    let ask = Request::RequestTakeBack(RequestTakeBack {
        id: args.id.clone(),
        request: Some(request.clone()),
    });
    decided(globals, &ask, &request)
}

fn decided(globals: &Globals, ask: &Request, id: &str) -> Result<Exit, Failure> {
    let json = Session::of(globals)?.change(ask, id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let decided: RequestDecided = read(&json)?;
    let nothing = match decided.done.is_empty() {
        true => "nothing comes of it",
        false => "nothing more comes of it",
    };
    let what = match decided.decided.as_str() {
        "denied" => format!("denied: {nothing}"),
        "taken-back" => format!("taken back: {nothing}"),
        _ if decided.carried_out => "approved, and done".to_owned(),
        _ => "approved; it waits for more approvals".to_owned(),
    };
    let mut text = format!("request {} is {what}\n", harmless(&decided.id));
    for line in &decided.done {
        text += &format!("  {}\n", harmless(line));
    }
    text += &format!("  receipt {}\n", harmless(&decided.receipt));
    print(&text)?;
    Ok(Exit::Done)
}

/// What the key holders decide.
fn recovery(row: &RecoverRow) -> String {
    format!(
        "{}  recover  waiting\n    what      {}\n    asked by  {}\n    until     {}\n    takes     {} key holders, of whom {} gave: each with `key-holder give`\n    waits for {}\n",
        harmless(&row.recovery),
        harmless(&row.what),
        harmless(&row.by),
        harmless(&row.until),
        row.needed,
        row.given,
        harmless(&row.waits_for)
    )
}

fn row(row: &RequestRow) -> String {
    let yours = if row.yours { ", for you to decide" } else { "" };
    let mut text = format!(
        "{}  {}  {}{yours}\n",
        harmless(&row.id),
        harmless(&row.what),
        harmless(&row.stage)
    );
    let mut line = |label: &str, said: &str| {
        writeln!(text, "    {label:<9} {}", harmless(said)).expect("strings take text");
    };
    for what in &row.lines {
        line("what", what);
    }
    if let Some(banner) = &row.banner {
        line("marking", banner);
    }
    line("asked by", &format!("{}, {}", row.by, row.at));
    line("until", &row.until);
    for need in &row.needs {
        line("takes", need);
    }
    for agreed in &row.agreed {
        let of = agreed.acting_for.as_ref();
        let of = of.map_or_else(String::new, |name| format!(" for {name}"));
        line("approved", &format!("{}{of}, {}", agreed.by, agreed.at));
    }
    let why = |said: &Option<StatementShown>| -> Vec<_> {
        let lines = said.iter().flat_map(statement_lines);
        let lines = lines.map(|(label, said)| (label.to_string(), said.to_string()));
        lines.filter(|(_, said)| !said.is_empty()).collect()
    };
    for (label, said) in why(&row.why) {
        line(&label, &said);
    }
    for (_, said) in why(&row.denied)
        .into_iter()
        .filter(|(label, _)| label == "because")
    {
        line("denied", &said);
    }
    text
}
