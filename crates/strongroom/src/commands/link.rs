//! `link`: links a record to one that it denies or answers.

use strongroom_guard::api::{LinkDone, LinkQuery, Request};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// The record that denies or answers, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    /// The record that it denies
    #[arg(long, value_name = "ID", group = "what")]
    denies: Option<String>,
    /// The record that it answers
    #[arg(long, value_name = "ID", group = "what")]
    responds_to: Option<String>,
    /// The portion that is denied or answered: a number as `read` last showed it, an id, or a header field's name
    #[arg(long, value_name = "N")]
    portion: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let (kind, what, to) = match (&args.denies, &args.responds_to) {
        (Some(to), _) => ("denial", "denies", to),
        (None, Some(to)) => ("response", "responds to", to),
        (None, None) => return Err(Failure::usage("what does it deny, or respond to?")),
    };
    check_id(to)?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Link(LinkQuery {
        record: args.record.clone(),
        to: to.clone(),
        portion: args.portion.clone(),
        kind: kind.to_owned(),
        request: Some(id.clone()),
    });
    let json = session.change(&ask, &id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        let done: LinkDone = read(&json)?;
        let portion = args
            .portion
            .as_ref()
            .map_or_else(String::new, |p| format!(", portion {}", harmless(p)));
        print(&format!(
            "{} {what} {}{portion}\n  receipt {}\n",
            harmless(&args.record),
            harmless(to),
            harmless(&done.receipt)
        ))?;
    }
    Ok(Exit::Done)
}
