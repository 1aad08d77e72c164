//! `correct`: files a further version of a record.

use std::path::PathBuf;

use strongroom_guard::api::{Correcting, Filing};

use crate::cli::{Globals, RequestArg};
use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure};
use crate::session::{Session, check_id, request_id};

use super::file::{self, Ids};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    /// The corrected text, whole: it becomes the newest version, and those before it stay
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who listened to the recording, or was there and read the draft
    #[arg(long, required = true, value_name = "WHO", num_args = 1..)]
    listened: Vec<String>,
    /// What is different now, in your words
    #[arg(long, value_name = "WHAT")]
    changed: String,
    /// How the text was produced: from a recording, from notes, from memory
    #[arg(long, value_name = "HOW")]
    produced: String,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long)]
    reason: String,
    /// By whose authority it is corrected
    #[arg(long)]
    authority: String,
    /// The particular need, in your words
    #[arg(long)]
    because: String,
    /// The marking of this version, whatever is printed; it is never below what you read of the one before
    #[arg(long)]
    marking: Option<String>,
    /// Its marking if it bears none
    #[arg(long, value_name = "MARKING")]
    unmarked_as: Option<String>,
    /// What captions count as that the policy does not know: a value of it, or `handling`
    #[arg(long, value_name = "VALUE")]
    unknown_as: Option<String>,
    /// Files it although rules of the marking policy are broken that would stop it: why
    #[arg(long = "override", value_name = "REASON")]
    overrides: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let session = Session::of(globals)?;
    let interrupts = Interrupts::of_ctrl_c()?;
    let (name, bytes) = file::read(&args.file)?;
    let filing = Filing {
        file: name,
        reason: args.reason.clone(),
        authority: args.authority.clone(),
        because: args.because.clone(),
        marking: args.marking.clone(),
        unmarked_as: args.unmarked_as.clone(),
        unknown_as: args.unknown_as.clone(),
        override_because: args.overrides.clone(),
        correction: Some(Correcting {
            record: args.record.clone(),
            listened: args.listened.clone(),
            changed: args.changed.clone(),
            produced: args.produced.clone(),
        }),
        ..Filing::default()
    };
    let ids = Ids::of(&request_id(args.request.request.as_deref()), 0)?;
    file::send(globals, &session, &interrupts, filing, (bytes, None), ids).map(|(exit, _)| exit)
}
