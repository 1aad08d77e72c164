//! `person invite`, `person confirm`, `person list`.

use clap::Subcommand;
use strongroom_guard::api::{ClearanceChanged, Confirm, Invite, Invited, PersonRows, Request};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, pad, print, width_of};
use crate::session::{Session, request_id};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a one-time code with which a person joins
    Invite {
        /// The account name
        name: String,
        /// What the person may do: security-officer, records-officer, reader, masking-authority, inspector, key-holder
        #[arg(long, value_name = "ROLE", required = true, num_args = 1..)]
        role: Vec<String>,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Believes the keys of a person who joined, by the fingerprint that this person reads out
    Confirm {
        /// The account name
        name: String,
        /// The fingerprint, as `join` printed it
        #[arg(required = true, num_args = 1..)]
        fingerprint: Vec<String>,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Lists the persons of the room
    List,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    let (json, text) = match command {
        Command::Invite {
            name,
            role,
            request,
        } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::PersonInvite(Invite {
                name: name.clone(),
                roles: role.clone(),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let invited: Invited = read(&json)?;
            let text = format!(
                "{name} is invited until {until}.{replaces} Give this code to {name} in private; it is good once:\n\n    {code}\n\n{name} runs: strongroom join CODE\nreceipt {receipt}\n",
                replaces = if invited.replaces {
                    "\nThe code that was given before, and keys that were made with it, count no more."
                } else {
                    ""
                },
                name = harmless(&invited.name),
                until = harmless(&invited.until),
                code = harmless(&invited.code),
                receipt = harmless(&invited.receipt),
            );
            (json, text)
        }
        Command::Confirm {
            name,
            fingerprint,
            request,
        } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::PersonConfirm(Confirm {
                name: name.clone(),
                fingerprint: fingerprint.join(" "),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let confirmed: ClearanceChanged = read(&json)?;
            let text = format!(
                "{} is confirmed and can sign in\nreceipt {}\n",
                harmless(&confirmed.name),
                harmless(&confirmed.receipt)
            );
            (json, text)
        }
        Command::List => {
            let (rows, json) = session.get::<PersonRows>(&Request::PersonList)?;
            (json, table(&rows))
        }
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn table(rows: &PersonRows) -> String {
    let names = rows.persons.iter().map(|p| width_of(&harmless(&p.name)));
    let columns = names.max().unwrap_or(0).max(4);
    rows.persons
        .iter()
        .map(|person| {
            format!(
                "{}  {}  {}\n",
                pad(&harmless(&person.name), columns),
                pad(&harmless(&person.status), 7),
                harmless(&person.roles.join(", "))
            )
        })
        .collect()
}
