//! `rules show`: the approval rules of a room.

use clap::Subcommand;
use strongroom_guard::api::{Request, RulesShown};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::Session;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Shows the approval rules in force: what takes more hands, and whose
    Show,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let Command::Show = command;
    let (shown, json) = Session::of(globals)?.get::<RulesShown>(&Request::RulesShow)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        let lines = shown
            .rules
            .lines()
            .map(|line| harmless(line).to_string() + "\n");
        let mut text: String = lines.collect();
        text += "\n# What the key holders decide, whatever these rules say:\n";
        for line in &shown.key_holders {
            text += &format!("# {}\n", harmless(line));
        }
        print(&text)?;
    }
    Ok(Exit::Done)
}
