//! `ledger check`, `ledger keys`.

use clap::Subcommand;
use strongroom_guard::api::{LedgerChecked, Request};

use crate::cli::Globals;
use crate::client::Client;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless_lines, print};
use crate::session::Session;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Has the guard walk the whole ledger and check it
    Check,
    /// Prints the public keys that verify the ledger's checkpoints; needs no session
    Keys,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Check => {
            let session = Session::of(globals)?;
            let (checked, json) = session.get::<LedgerChecked>(&Request::LedgerCheck)?;
            if globals.json {
                Screen::stdout().json(&json)?;
            } else {
                print(&format!(
                    "{} entries: each event, its root and its personal signature agree, and so does the checkpoint:\n\n{}\n\n--json gives it whole, for checking elsewhere\n",
                    checked.entries,
                    Screen::stdout().glimpse(&checked.checkpoint)
                ))?;
            }
        }
        Command::Keys => {
            let (status, _) = Client::of(&globals.room()?)?.status()?;
            if globals.json {
                let keys = serde_json::json!({ "room": status.room, "log_keys": status.log_keys });
                Screen::stdout().json(keys.to_string().as_bytes())?;
            } else {
                print(&format!("{}\n", harmless_lines(status.log_keys.trim_end())))?;
            }
        }
    }
    Ok(Exit::Done)
}
