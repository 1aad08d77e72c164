//! `strongroom`: the command line of a room.
//!
//! `init` founds a room, `open` runs its guard; every other command is a client of that guard, over the
//! socket in the room's folder. No command but these two touches a room's store or its house key.
//!
//! What cannot happen here:
//!
//! * **No secret in an argument or the environment.** Passphrases come from a terminal without echo, or from a file.
//! * **No key of a person leaves unwrapped.** `join` makes keys on this side and sends the public halves, and
//!   private ones under a passphrase that stays here.
//! * **No text of a record runs a terminal.** What is printed passes [`screen::harmless`].
//! * **No half-made room.** `init` leaves a whole room or nothing.
//!
//! | module | subject |
//! | --- | --- |
//! | `cli` | what can be typed |
//! | `commands` | one file a subject |
//! | `room`, `client`, `tokens`, `session` | finding the room; asking its guard; who is signed in here |
//! | `heads`, `places` | the last head of each room's ledger that this account saw; which room it saw where |
//! | `holder` | a key holder's private half, and what is said to a guard with it |
//! | `intake` | who reads files: a confined process, where the format is hostile |
//! | `secrets`, `prompt`, `files` | passphrases; a terminal without echo; private files |
//! | `interrupts` | Ctrl-C, heard also between two acts |
//! | `screen` | what may be printed, and how |
//! | `tour` | the main job from end to end, by these same commands |
//! | `outcome` | exit codes and errors |

mod backup_file;
mod cli;
mod client;
mod commands;
#[cfg(test)]
mod documented;
mod fields;
mod files;
mod heads;
mod holder;
mod hook;
mod intake;
mod interrupts;
mod outcome;
mod places;
mod policies;
mod prompt;
mod room;
mod screen;
mod secrets;
mod session;
mod tokens;
mod tour;

use std::process::ExitCode;

use clap::Parser;

use crate::outcome::Exit;

fn main() -> ExitCode {
    secrets::keep_out_of_core_dumps();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help that was asked for is a success; nobody reading it is no failure.
            let _ = e.print();
            return if e.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            };
        }
    };
    if let Some(args) = cli.parses_confined() {
        return commands::parse_confined::run(args);
    }
    match cli.run() {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell();
            failure.exit().into()
        }
    }
}
