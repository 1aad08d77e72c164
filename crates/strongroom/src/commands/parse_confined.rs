//! `parse-confined`: the process that reads one file of a hostile format, started by this program alone.

use std::borrow::Cow;
use std::process::ExitCode;

use strongroom_ingest::marked::Words;
use strongroom_label::Policy;
use strongroom_service::confined::{Bounds, parse_confined};

/// How the process is asked for, as [`intake`](crate::intake) writes it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Bytes of memory
    #[arg(long)]
    bytes: u64,
    /// Seconds of the processor
    #[arg(long)]
    seconds: u64,
    /// A kernel without Landlock will do
    #[arg(long)]
    without_landlock: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let bounds = Bounds {
        bytes: args.bytes,
        seconds: args.seconds,
        without_landlock: args.without_landlock,
        ..Bounds::default()
    };
    parse_confined(&bounds, &|asked| {
        let policy = asked.policy.map(Policy::from_toml).transpose();
        let policy = policy.map_err(|e| e.to_string())?;
        let words = policy
            .as_ref()
            .map_or(Cow::Borrowed(Words::builtin()), Words::with);
        strongroom_ingest::read_by(&words, asked.file, asked.bytes)
            .map(|read| read.drafts)
            .map_err(|e| e.to_string())
    })
}
