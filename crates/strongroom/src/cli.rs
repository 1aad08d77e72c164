//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    acting, atom, backup, challenge, check, clearance, close, correct, custody, destroyed,
    disclose, disclosures, docket, file, grade, history, init, join, keeping, key_holder, ledger,
    link, list, marking, open, parse_confined, person, policy, practice, read, receipt, reconcile,
    recover, report, request, requests, restore, restrict, rules, sign_in, status, verify, whoami,
    withdraw, witness,
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

/// Over the options that stand in the help of every command.
const EVERYWHERE: &str = "With every command";

/// What goes with every command.
#[derive(Args)]
pub(crate) struct Globals {
    /// The room's folder [default: $STRONGROOM_ROOM]
    // Not by clap's `env`: what is in the environment would stand in every usage as if it had been typed.
    #[arg(long, value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    room: Option<PathBuf>,
    /// Whose session, if several persons are signed in here
    #[arg(long = "as", value_name = "NAME", global = true, help_heading = EVERYWHERE)]
    pub(crate) as_name: Option<String>,
    /// Takes the passphrase from a file instead of the terminal; a new one is generated into it if it is empty or absent
    #[arg(long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Prints the guard's answer as JSON, for programs
    #[arg(long, global = true, help_heading = EVERYWHERE)]
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
    /// Founds a room: makes its folder, the founder's keys and the key holders' shares
    Init(init::Args),
    /// For key holders: makes a card, shows what is asked of you, gives your shares
    #[command(subcommand)]
    KeyHolder(key_holder::Command),
    /// Runs the guard of a room, until it is closed or interrupted
    Open(open::Args),
    /// Closes the room: its guard finishes what runs, and ends
    Close,
    /// Says whether the room is open, why not, and how far its ledger is; needs no session
    Status,
    /// Backs the room up, and proves that a backup restores
    #[command(subcommand)]
    Backup(backup::Command),
    /// Restores a room from backups, with the key holders
    Restore(restore::Args),
    /// Walks everything stored and names what is damaged, missing or orphaned; for the account that runs the guard
    Check(check::Args),
    /// Signs a person in, until signing out or for twelve hours
    SignIn(sign_in::SignInArgs),
    /// Signs out
    SignOut,
    /// Changes your passphrase
    Passphrase(sign_in::PassphraseArgs),
    /// Says who you are here and what you hold
    Whoami,
    /// Invites, confirms and lists persons
    #[command(subcommand)]
    Person(person::Command),
    /// Joins a room with the code of an invitation or a recovery: makes your keys on this side
    Join(join::Args),
    /// Grants and shows clearances: who may read what
    #[command(subcommand)]
    Clearance(clearance::Command),
    /// Lists and turns atoms: the keys of each level and each caption
    #[command(subcommand)]
    Atom(atom::Command),
    /// Files documents, messages, transcripts and volumes as records, each portion under its label
    File(Box<file::Args>),
    /// Lists the records that you may read
    List(list::Args),
    /// Shows records, each portion with its mark
    Read(read::Args),
    /// Asks the key holders to recover keys: an atom, a person, the house key; or replaces a key holder
    #[command(subcommand)]
    Recover(recover::Command),
    /// Raises the marking of records or of portions, at once
    Restrict(restrict::Args),
    /// Says how far a record or portions are to be relied on: source, information, likelihood, confidence
    Grade(grade::Args),
    /// Files a further version of a record; the versions before it stay
    Correct(correct::Args),
    /// Links a record to one that it denies or answers
    Link(link::Args),
    /// Takes a misfiling back: one asks, another approves it, and nothing is destroyed
    Withdraw(withdraw::Args),
    /// Asks for what takes more hands than one's own
    #[command(subcommand)]
    Request(request::Command),
    /// Lists the requests that wait and that you may know of, or shows one
    Requests(requests::ListArgs),
    /// Agrees to a request; the last approval that is needed carries it out
    Approve(requests::ApproveArgs),
    /// Refuses to agree to a request: nothing comes of it
    Deny(requests::DenyArgs),
    /// Takes back what you asked for
    WithdrawRequest(requests::TakeBackArgs),
    /// Who stands for whom
    #[command(subcommand)]
    Acting(acting::Command),
    /// Shows the approval rules: what takes more hands, and whose
    #[command(subcommand)]
    Rules(rules::Command),
    /// Shows the marking policy in force
    #[command(subcommand)]
    Policy(policy::Command),
    /// Makes, lists and ends standing rules by which records are placed
    #[command(subcommand)]
    Practice(practice::Command),
    /// For inspectors: what was placed, by whom, under which reason and authority, and what was done to it since
    Docket(Box<docket::Args>),
    /// Lists what fell due: markings that are to fall, records whose time is up
    Due,
    /// Lowers a record whose marking is to fall, now that it is due
    LowerDue(keeping::LowerDueArgs),
    /// Places and lists holds: what is held is neither lowered nor destroyed
    #[command(subcommand)]
    Hold(keeping::Hold),
    /// Writes to the inspectors without an account, and comes back with seven words
    Disclose(disclose::Args),
    /// For inspectors: lists, opens, acknowledges and answers what was disclosed
    Disclosures(disclosures::Args),
    /// For inspectors: says whether a record of a meeting was put in, with a statement that can be checked outside
    Custody(custody::Args),
    /// For inspectors: sets a list of calls against the docket: calls without a record, records without a call
    Reconcile(reconcile::Args),
    /// For inspectors: the figures of a year
    Report(report::Args),
    /// Disputes the placing of a record that you read, or once read; its owner must answer
    Challenge(challenge::Args),
    /// Lists the challenges that you may know of
    Challenges,
    /// Answers a challenge of a record that you filed
    AnswerChallenge(challenge::AnswerArgs),
    /// Says who had read a record and what was done to it
    History(history::Args),
    /// Says what is left of a destroyed record, who agreed to that, and which backups still have it
    Destroyed(destroyed::Args),
    /// Lists what you did, and proves one act
    Receipt(receipt::Args),
    /// Checks the ledger, and prints its keys, checkpoints and proofs
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Checks a ledger, a receipt or two checkpoints offline, with public keys alone
    #[command(subcommand)]
    Verify(verify::Command),
    /// Reads markings, rolls them up, checks marked documents and decides, without a room
    #[command(subcommand)]
    Marking(marking::Command),
    /// Vouches for the ledgers of rooms on other machines
    Witness(witness::Args),
    /// Shows all of it at work in a fresh room, with real records
    Tour(tour::Args),
    /// Reads one file in a process that can do nothing else; the guard starts it
    #[command(hide = true, name = crate::intake::COMMAND)]
    ParseConfined(parse_confined::Args),
}

impl Cli {
    /// Whether this process is to confine itself, and read a file: it does nothing else, and begins nothing first.
    pub(crate) const fn parses_confined(&self) -> Option<&parse_confined::Args> {
        match &self.command {
            Command::ParseConfined(args) => Some(args),
            _ => None,
        }
    }

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
            Command::Grade(args) => grade::run(globals, args),
            Command::Correct(args) => correct::run(globals, args),
            Command::Link(args) => link::run(globals, args),
            Command::Withdraw(args) => withdraw::run(globals, args),
            Command::Request(command) => request::run(globals, command),
            Command::Requests(args) => requests::list(globals, args),
            Command::Approve(args) => requests::approve(globals, args),
            Command::Deny(args) => requests::deny(globals, args),
            Command::WithdrawRequest(args) => requests::take_back(globals, args),
            Command::Acting(command) => acting::run(globals, command),
            Command::Rules(command) => rules::run(globals, command),
            Command::Policy(command) => policy::run(globals, command),
            Command::Practice(command) => practice::run(globals, command),
            Command::Docket(args) => docket::run(globals, args),
            Command::Due => keeping::due(globals),
            Command::LowerDue(args) => keeping::lower_due(globals, args),
            Command::Hold(command) => keeping::hold(globals, command),
            Command::Disclose(args) => disclose::run(globals, args),
            Command::Disclosures(args) => disclosures::run(globals, args),
            Command::Custody(args) => custody::run(globals, args),
            Command::Reconcile(args) => reconcile::run(globals, args),
            Command::Report(args) => report::run(globals, args),
            Command::Challenge(args) => challenge::run(globals, args),
            Command::Challenges => challenge::list(globals),
            Command::AnswerChallenge(args) => challenge::answer(globals, args),
            Command::History(args) => history::run(globals, args),
            Command::Destroyed(args) => destroyed::run(globals, args),
            Command::Receipt(args) => receipt::run(globals, args),
            Command::Ledger(command) => ledger::run(globals, command),
            Command::Verify(command) => verify::run(globals, command),
            Command::Marking(command) => marking::run(globals, command),
            Command::Witness(args) => witness::run(globals, args),
            Command::Tour(args) => args.run(globals),
            Command::ParseConfined(_) => unreachable!("main does that itself"),
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
