//! `restrict`: raises the label of records or of portions.

use std::fmt::Write as _;

use strongroom_guard::api::{Request, Restrict, Restricted};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, request_id};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Records, by id or the beginning of it
    #[arg(required = true, value_name = "ID")]
    records: Vec<String>,
    /// The marking to raise to; the new label is its join with the present one
    #[arg(long, value_name = "MARKING")]
    to: String,
    /// Only these portions of one record: numbers as `read` last showed them, ids, or names of header fields
    #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
    portion: Vec<String>,
    /// A reason that the policy lists
    #[arg(long)]
    reason: String,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    /// The particular need
    #[arg(long)]
    because: String,
    /// Restricts nothing: lists who would lose access
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    if !args.portion.is_empty() && args.records.len() > 1 {
        return Err(Failure::usage("portions are those of one record")
            .hint("restrict the portions of each record by a command of its own"));
    }
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Restrict(Restrict {
        records: args.records.clone(),
        to: args.to.clone(),
        portions: args.portion.clone(),
        reason: args.reason.clone(),
        authority: args.authority.clone(),
        because: args.because.clone(),
        dry_run: args.dry_run,
        request: (!args.dry_run).then(|| id.clone()),
    });
    let json = if args.dry_run {
        session.ask(&ask)?
    } else {
        session.change(&ask, &id)?
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&read(&json)?, args.dry_run))?;
    }
    Ok(Exit::Done)
}

fn told(restricted: &Restricted, dry_run: bool) -> String {
    let (raised, lose) = if dry_run {
        ("would be raised to", "would lose access")
    } else {
        ("is raised to", "can no longer read it")
    };
    let mut text = String::new();
    for (n, record) in restricted.records.iter().enumerate() {
        let who = if record.lose_access.is_empty() {
            "nobody, as far as you can see,".to_owned()
        } else {
            record.lose_access.join(", ")
        };
        write!(
            text,
            "{} {raised} {}\n  {} {lose}\n",
            harmless(&record.record),
            harmless(&restricted.to),
            harmless(&who)
        )
        .expect("strings take text");
        if let Some(receipt) = restricted.receipts.get(n) {
            writeln!(text, "  receipt {}", harmless(receipt)).expect("strings take text");
        }
    }
    text
}
