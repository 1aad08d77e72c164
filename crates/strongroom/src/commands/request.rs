//! `request …`: asks for what takes more hands than one's own.

use clap::Subcommand;
use strongroom_guard::api::{Request, RequestAsk, RequestFor, RequestMade};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::list::SHORT_ID_CHARS;

/// Why, and the request id of a lost attempt.
#[derive(clap::Args)]
pub(crate) struct Why {
    /// Why, in words, for those who are to approve it
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Asks for a person to be cleared; who holds the levels and captions approves
    Clear {
        /// The account name
        name: String,
        /// Levels and captions: `at-most Secret; Nodis` is Secret and all below it, and Nodis
        clearance: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for a record to be taken back that was filed by mistake
    Withdraw {
        /// The record, by id or the beginning of it
        #[arg(value_name = "ID")]
        record: String,
        /// A reason of the policy; a wrong one is answered with the list
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for a record to be destroyed: every key and every value of it, in all its versions, for good
    Destroy {
        /// The record, by id or the beginning of it
        #[arg(value_name = "ID")]
        record: String,
        /// A reason of the policy; a wrong one is answered with the list
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        why: Why,
    },
}

impl Command {
    fn parts(&self) -> Result<(RequestFor, Option<&String>, &Why), Failure> {
        Ok(match self {
            Self::Clear {
                name,
                clearance,
                why,
            } => {
                let ask = RequestFor::Clear {
                    name: name.clone(),
                    clearance: clearance.clone(),
                };
                (ask, None, why)
            }
            Self::Withdraw {
                record,
                reason,
                why,
            } => {
                check_id(record)?;
                let ask = RequestFor::Withdraw {
                    record: record.clone(),
                };
                (ask, Some(reason), why)
            }
            Self::Destroy {
                record,
                reason,
                why,
            } => {
                check_id(record)?;
                let ask = RequestFor::Destroy {
                    record: record.clone(),
                };
                (ask, Some(reason), why)
            }
        })
    }
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let (ask, reason, why) = command.parts()?;
    let id = request_id(why.request.request.as_deref());
    let ask = Request::Ask(RequestAsk {
        ask,
        reason: reason.cloned(),
        authority: why.authority.clone(),
        because: why.because.clone(),
        request: Some(id.clone()),
    });
    made(globals, &ask, &id)
}

/// Sends what asks for something, and says how it goes on.
pub(super) fn made(globals: &Globals, ask: &Request, id: &str) -> Result<Exit, Failure> {
    let json = Session::of(globals)?.change(ask, id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&read(&json)?))?;
    }
    Ok(Exit::Done)
}

fn told(made: &RequestMade) -> String {
    let id = harmless(&made.id);
    let short: String = id.chars().take(SHORT_ID_CHARS).collect();
    format!(
        "asked for: request {id}\n  others decide with `approve {short}` or `deny {short}`, until {}\n  receipt {}\n",
        harmless(&made.until),
        harmless(&made.receipt)
    )
}
