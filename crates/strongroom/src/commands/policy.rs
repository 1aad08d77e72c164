//! `policy show`: the marking policy of a room.

use clap::Subcommand;
use strongroom_guard::api::{PolicyShown, Request};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless_lines, print};
use crate::session::Session;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Shows the marking policy in force, to security officers: what a next version begins from
    Show,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let Command::Show = command;
    let (shown, json) = Session::of(globals)?.get::<PolicyShown>(&Request::PolicyShow)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&harmless_lines(&shown.policy))?;
    }
    Ok(Exit::Done)
}
