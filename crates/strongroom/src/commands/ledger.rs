//! `ledger check`, `checkpoint`, `prove`, `consistency`, `keys`, `accept-restore`.
//!
//! What these print is read by other programs, so it is printed whole and without colour; long lines are
//! cut for people only where a command says something besides.

mod accept_restore;
mod judged;

use clap::Subcommand;
use strongroom_guard::api::{
    EntryIndex, HeadQuery, HeadShown, LedgerChecked, LedgerConsistent, LedgerProved, LogSizes,
    Request,
};

use crate::cli::Globals;
use crate::client::{Client, read};
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless_lines, print};
use crate::session::Session;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Has the guard walk the whole ledger and check it
    Check,
    /// Prints the newest signed checkpoint; needs no session
    Checkpoint,
    /// Proves that an entry stands in the ledger, for `verify` and other programs
    Prove {
        /// The entry's place; the first is 0, and `receipt ID` tells one's own
        index: u64,
    },
    /// Proves that the ledger of one size begins with that of an earlier one
    Consistency {
        /// Entries of the earlier checkpoint
        #[arg(value_name = "A")]
        from: u64,
        /// Entries of the later one
        #[arg(value_name = "B")]
        to: u64,
    },
    /// Prints the public keys that verify the ledger's checkpoints; needs no session
    Keys,
    /// Takes the log of a room that was restored in place of the one that this account saw; needs no session
    AcceptRestore(accept_restore::Args),
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
        Command::Checkpoint => {
            let client = Client::of(&globals.room()?)?;
            client.recognise(&client.status()?.0)?;
            let json = client.ask("/v1/head", None, &HeadQuery::default())?;
            show(globals, &json, || Ok(read::<HeadShown>(&json)?.checkpoint))?;
        }
        Command::Prove { index } => {
            let ask = Request::LedgerProve(EntryIndex { index: *index });
            let (proved, json) = Session::of(globals)?.get::<LedgerProved>(&ask)?;
            show(globals, &json, || Ok(proved.proof))?;
        }
        Command::Consistency { from, to } => {
            let ask = Request::LedgerConsistency(LogSizes {
                from: *from,
                to: *to,
            });
            let (proved, json) = Session::of(globals)?.get::<LedgerConsistent>(&ask)?;
            show(globals, &json, || Ok(proved.proof))?;
        }
        Command::AcceptRestore(args) => return accept_restore::run(globals, args),
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

/// Prints a text that other programs read, or the guard's JSON.
fn show(
    globals: &Globals,
    json: &[u8],
    text: impl FnOnce() -> Result<String, Failure>,
) -> Result<(), Failure> {
    if globals.json {
        Screen::stdout().json(json)
    } else {
        print(&harmless_lines(&text()?))
    }
}
