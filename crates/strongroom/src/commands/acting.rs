//! `acting list`, `acting end`: who stands for whom.

use clap::Subcommand;
use strongroom_guard::api::{ActingEnd, ActingEnded, ActingRows, Request};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, request_id};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists who stands for whom, and until when
    List,
    /// Ends it: as one of the two, or as security officer
    End {
        /// Whom the deputy stands for
        #[arg(value_name = "FOR")]
        principal: String,
        /// The deputy's account name
        #[arg(long = "by", value_name = "NAME")]
        deputy: String,
        #[command(flatten)]
        request: RequestArg,
    },
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    let (json, text) = match command {
        Command::List => {
            let (rows, json) = session.get::<ActingRows>(&Request::ActingList)?;
            let row = |row: &strongroom_guard::api::ActingRow| {
                let (deputy, principal) = (harmless(&row.deputy), harmless(&row.principal));
                format!(
                    "{deputy} stands for {principal} until {}\n",
                    harmless(&row.until)
                )
            };
            let text: String = rows.acting.iter().map(row).collect();
            (
                json,
                if text.is_empty() {
                    "nobody stands for anybody\n".to_owned()
                } else {
                    text
                },
            )
        }
        Command::End {
            principal,
            deputy,
            request,
        } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::ActingEnd(ActingEnd {
                deputy: deputy.clone(),
                principal: principal.clone(),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let ended: ActingEnded = read(&json)?;
            let text = format!(
                "{} stands for {} no more\n  receipt {}\n",
                harmless(deputy),
                harmless(principal),
                harmless(&ended.receipt)
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
