//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    atom, backup, check, clearance, close, file, history, init, join, key_holder, ledger, list,
    open, person, read, receipt, recover, restore, restrict, sign_in, status, verify, whoami,
    witness,
};
use crate::outcome::{EXIT_CODES, Exit, Failure};
use crate::room::Room;
use crate::tour;

/// A records system for conversations that must be kept and must not get out.
#[derive(Parser)]
#[command(name = "strongroom", version, after_help = EXIT_CODES, propagate_version = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What goes with every command.
#[derive(Args)]
pub(crate) struct Globals {
    /// The room's folder [default: $STRONGROOM_ROOM]
    // Not by clap's `env`: what is in the environment would stand in every usage as if it had been typed.
    #[arg(long, value_name = "DIR", global = true)]
    room: Option<PathBuf>,
    /// Whose session, if several persons are signed in here
    #[arg(long = "as", value_name = "NAME", global = true)]
    pub(crate) as_name: Option<String>,
    /// Takes the passphrase from a file instead of the terminal
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Prints the guard's answer as JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Globals {
    /// The room that is meant.
    pub(crate) fn room(&self) -> Result<Room, Failure> {
        let named = || std::env::var_os("STRONGROOM_ROOM").filter(|dir| !dir.is_empty());
        self.room
            .clone()
            .or_else(|| named().map(PathBuf::from))
            .map(|folder| Room::at(&folder))
            .ok_or_else(|| {
                Failure::usage("which room?")
                    .hint("give its folder with --room DIR, or set STRONGROOM_ROOM")
            })
    }
    /// The room that is meant by a command that takes it as its own argument.
    pub(crate) fn room_or(&self, given: Option<&PathBuf>) -> Result<Room, Failure> {
        given.map_or_else(|| self.room(), |folder| Ok(Room::at(folder)))
    }
}

#[derive(Subcommand)]
enum Command {
    /// Founds a room
    Init(init::Args),
    /// Key holders: their cards, and what they give
    #[command(subcommand)]
    KeyHolder(key_holder::Command),
    /// Runs the guard of a room, until it is closed or interrupted
    Open(open::Args),
    /// Has the guard end
    Close,
    /// Says how the room is
    Status,
    /// Backs the room up, and proves that a backup restores
    #[command(subcommand)]
    Backup(backup::Command),
    /// Restores a room from backups, with the key holders
    Restore(restore::Args),
    /// Walks everything stored and names what is damaged, missing or orphaned
    Check(check::Args),
    /// Signs in, until signing out or for twelve hours
    SignIn(sign_in::SignInArgs),
    /// Signs out
    SignOut,
    /// Changes the passphrase
    Passphrase(sign_in::PassphraseArgs),
    /// Says who you are here and what you hold
    Whoami,
    /// Persons of the room
    #[command(subcommand)]
    Person(person::Command),
    /// Joins a room with an invitation code
    Join(join::Args),
    /// Clearances
    #[command(subcommand)]
    Clearance(clearance::Command),
    /// Atoms: the keys of levels and values, and their epochs
    #[command(subcommand)]
    Atom(atom::Command),
    /// Files TEI volumes and plain texts
    File(file::Args),
    /// Lists the records that you may read
    List(list::Args),
    /// Shows records
    Read(read::Args),
    /// Recovers keys with the key holders
    #[command(subcommand)]
    Recover(recover::Command),
    /// Raises the label of records or of portions
    Restrict(restrict::Args),
    /// Says who had read a record and what was done to it
    History(history::Args),
    /// Shows your own receipts
    Receipt(receipt::Args),
    /// The ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Checks a ledger, a receipt or two checkpoints offline, with public keys alone
    #[command(subcommand)]
    Verify(verify::Command),
    /// Vouches for the ledgers of rooms on other machines
    Witness(witness::Args),
    /// Shows the main job in a fresh room, with real records
    Tour(tour::Args),
}

impl Cli {
    /// Does it.
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let globals = &self.globals;
        match &self.command {
            Command::Init(args) => init::run(globals, args),
            Command::KeyHolder(command) => key_holder::run(globals, command),
            Command::Open(args) => open::run(globals, args),
            Command::Close => close::run(globals),
            Command::Status => status::run(globals),
            Command::Backup(command) => backup::run(globals, command),
            Command::Restore(args) => restore::run(globals, args),
            Command::Check(args) => check::run(globals, args),
            Command::SignIn(args) => sign_in::sign_in(globals, args),
            Command::SignOut => sign_in::sign_out(globals),
            Command::Passphrase(args) => sign_in::passphrase(globals, args),
            Command::Whoami => whoami::run(globals),
            Command::Person(command) => person::run(globals, command),
            Command::Join(args) => join::run(globals, args),
            Command::Clearance(command) => clearance::run(globals, command),
            Command::Atom(command) => atom::run(globals, command),
            Command::File(args) => file::run(globals, args),
            Command::List(args) => list::run(globals, args),
            Command::Read(args) => read::run(globals, args),
            Command::Recover(command) => recover::run(globals, command),
            Command::Restrict(args) => restrict::run(globals, args),
            Command::History(args) => history::run(globals, args),
            Command::Receipt(args) => receipt::run(globals, args),
            Command::Ledger(command) => ledger::run(globals, command),
            Command::Verify(command) => verify::run(globals, command),
            Command::Witness(args) => witness::run(globals, args),
            Command::Tour(args) => args.run(globals),
        }
    }
}

/// Tries a change again whose answer was lost.
#[derive(Args)]
pub(crate) struct RequestArg {
    /// The request id that a lost attempt printed: does it only if it was not done then
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
