//! `marking parse`: markings read one by one.

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, print};

use super::PolicyArg;
use super::lines::each;
use super::reading::{heading, read, read_portion};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Markings: portion marks stand in parentheses, all others are banners; `-` reads one from each line of standard input
    #[arg(required = true)]
    marking: Vec<String>,
    /// Takes every marking for a portion mark, without parentheses too
    #[arg(long)]
    portion: bool,
    #[command(flatten)]
    policy: PolicyArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let policy = args.policy.read()?;
    let screen = Screen::stdout();
    let mut exit = Exit::Done;
    each(&args.marking, |text| {
        let written = match args.portion {
            true => read_portion(&policy, text),
            false => read(&policy, text),
        };
        if written.is_err() {
            exit = Exit::Unfit;
        }
        if globals.json {
            let json = written.map_or_else(|wrong| wrong.json(text), |right| right.json(text));
            return screen.json(json.to_string().as_bytes());
        }
        print(&match written {
            Ok(written) => heading(&screen, text, "valid") + &written.told(),
            Err(wrong) => wrong.told(&screen, text),
        })
    })?;
    Ok(exit)
}
