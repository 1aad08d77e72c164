//! `clearance grant`, `clearance show`.

use clap::Subcommand;
use strongroom_guard::api::{
    ClearanceChanged, ClearanceGrant, ClearanceShown, PersonName, Request,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, request_id};

use super::list::SHORT_ID_CHARS;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Clears a person: asks for it as security officer, and who holds it approves; a founder who is alone does it at once
    Grant {
        /// The account name
        name: String,
        /// Levels and captions: `at-most Secret; Nodis` is Secret and all below it, and Nodis
        clearance: String,
        /// Why, for those who are to approve it
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Shows what a person holds, of that which you may know; without a name, what you hold
    Show {
        /// The account name
        name: Option<String>,
    },
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    let (json, text) = match command {
        Command::Grant {
            name,
            clearance,
            because,
            request,
        } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::ClearanceGrant(ClearanceGrant {
                name: name.clone(),
                clearance: clearance.clone(),
                because: because.clone(),
                request: Some(id.clone()),
            });
            changed(session.change(&ask, &id)?)?
        }
        Command::Show { name } => {
            let ask = Request::ClearanceShow(PersonName { name: name.clone() });
            let (shown, json) = session.get::<ClearanceShown>(&ask)?;
            let text = format!(
                "{}\n{}{}",
                harmless(&shown.name),
                line("holds", &shown.held, "nothing that you may know of"),
                line("pending", &shown.pending, ""),
            );
            (json, text)
        }
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn changed(json: Vec<u8>) -> Result<(Vec<u8>, String), Failure> {
    let changed: ClearanceChanged = read(&json)?;
    let mut text = format!(
        "{}\n{}{}",
        harmless(&changed.name),
        line("sealed", &changed.sealed, ""),
        line("pending", &changed.pending, ""),
    );
    if let Some(asked) = &changed.asked {
        let asked = harmless(asked);
        let short: String = asked.chars().take(SHORT_ID_CHARS).collect();
        text += &format!(
            "request  {asked}\n         who holds what is pending decides with `approve {short}`\n"
        );
    }
    text += &format!("receipt  {}\n", harmless(&changed.receipt));
    Ok((json, text))
}

/// A line of a list; of an empty one what stands for it, or no line.
fn line(label: &str, items: &[String], empty: &str) -> String {
    match (items.is_empty(), empty.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("{label:<8} {empty}\n"),
        (false, _) => Screen::stdout().listed(label, items),
    }
}
