//! `withdraw`: takes a misfiling back, by two persons.

use std::fmt::Write as _;

use strongroom_guard::api::{
    Request, WithdrawApprove, WithdrawAsk, WithdrawDone, WithdrawRow, WithdrawRows,
    WithdrawTakeBack,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::history::statement_lines;
use super::list::SHORT_ID_CHARS;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID", required_unless_present = "list")]
    record: Option<String>,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long, required_unless_present_any = ["approve", "take_back", "list"])]
    reason: Option<String>,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    /// Why it was filed by mistake
    #[arg(long, required_unless_present_any = ["approve", "take_back", "list"])]
    because: Option<String>,
    /// Does what somebody else asked for: nothing of the record opens any more
    #[arg(long, conflicts_with_all = ["reason", "authority", "because", "list"])]
    approve: bool,
    /// Takes back what you asked for, while nobody has done it
    #[arg(long, conflicts_with_all = ["reason", "authority", "because", "approve", "list"])]
    take_back: bool,
    /// Lists what was asked for and not done yet
    #[arg(long, conflicts_with_all = ["record", "reason", "authority", "because", "request"])]
    list: bool,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let screen = Screen::stdout();
    if args.list {
        let (rows, json) = Session::of(globals)?.get::<WithdrawRows>(&Request::WithdrawList)?;
        if globals.json {
            screen.json(&json)?;
        } else {
            print(&waiting(&rows))?;
        }
        return Ok(Exit::Done);
    }
    let record = args.record.clone().unwrap_or_default();
    check_id(&record)?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let request = Some(id.clone());
    let ask = if args.approve {
        Request::WithdrawApprove(WithdrawApprove { record, request })
    } else if args.take_back {
        Request::WithdrawTakeBack(WithdrawTakeBack { record, request })
    } else {
        Request::Withdraw(WithdrawAsk {
            record,
            reason: args.reason.clone().unwrap_or_default(),
            authority: args.authority.clone(),
            because: args.because.clone().unwrap_or_default(),
            request,
        })
    };
    let json = session.change(&ask, &id)?;
    if globals.json {
        screen.json(&json)?;
    } else {
        print(&told(&read(&json)?))?;
    }
    Ok(Exit::Done)
}

fn told(done: &WithdrawDone) -> String {
    let record = harmless(&done.record);
    let what = match (done.withdrawn, done.taken_back) {
        (true, _) => "is withdrawn: nothing of it opens any more".to_owned(),
        (false, true) => "stays: what you asked for is taken back".to_owned(),
        (false, false) => {
            let short: String = record.chars().take(SHORT_ID_CHARS).collect();
            format!(
                "is not withdrawn yet: another records officer does that with `withdraw {short} --approve`"
            )
        }
    };
    format!("{record} {what}\n  receipt {}\n", harmless(&done.receipt))
}

fn waiting(rows: &WithdrawRows) -> String {
    if rows.waiting.is_empty() {
        return "no withdrawal waits that you may know of\n".to_owned();
    }
    rows.waiting.iter().map(row).collect()
}

fn row(row: &WithdrawRow) -> String {
    let mut text = format!(
        "{}  {}  asked for by {} at {}\n",
        harmless(&row.record),
        harmless(&row.banner),
        harmless(&row.by),
        harmless(&row.at)
    );
    for (label, said) in row.why.iter().flat_map(statement_lines) {
        writeln!(text, "    {label:<9} {}", harmless(&said)).expect("strings take text");
    }
    text
}
