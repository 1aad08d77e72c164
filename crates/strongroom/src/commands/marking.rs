//! `marking`: markings read, rolled up and decided on, without a room.
//!
//! What each prints is a value of `reading.rs`; a marking that is wrong is told with the character, the rule, where it
//! stands and what to write. Every command ends with [`Exit::Unfit`] where something is wrong, or the answer is no.

mod check;
mod decide;
mod lines;
mod parse;
mod policy;
mod reading;
mod rollup;

use clap::Subcommand;

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Reads markings: valid or the error at its character, the banner and portion forms, the label's parts
    Parse(parse::Args),
    /// Makes the banner of portion marks, with the rows of the table that decided
    Rollup(rollup::Args),
    /// Checks marked documents: each thing that is wrong, where, by which rule, and what to write instead
    Check(check::Args),
    /// Says whether a clearance admits to a label, and which part decided
    Decide(decide::Args),
    /// Lists the marking policies that are built in, or prints one: to read, or to copy and change
    Policy(policy::Args),
}

/// The policy that markings are read by.
#[derive(clap::Args)]
pub(crate) struct PolicyArg {
    /// A marking policy that is built in (`marking policy` lists them), or a file with one
    #[arg(long, value_name = "NAME|FILE", default_value = "us")]
    policy: String,
}

impl PolicyArg {
    /// The policy.
    pub(crate) fn read(&self) -> Result<strongroom_label::Policy, Failure> {
        crate::policies::named(&self.policy)
    }
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Parse(args) => parse::run(globals, args),
        Command::Rollup(args) => rollup::run(globals, args),
        Command::Check(args) => check::run(globals, args),
        Command::Decide(args) => decide::run(globals, args),
        Command::Policy(args) => policy::run(globals, args),
    }
}
