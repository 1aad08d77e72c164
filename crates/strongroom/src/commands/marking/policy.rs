//! `marking policy`: the policies that are built in.

use std::fmt::Write as _;

use strongroom_label::Policy;

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::policies;
use crate::screen::{Screen, pad, print};

/// Columns of a name in the list.
const NAME_COLUMNS: usize = 21;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Prints the source of this one, as it is built in; without it, lists all
    name: Option<String>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    match &args.name {
        None => list(globals)?,
        Some(name) => {
            let policy = Policy::builtin(name).ok_or_else(|| {
                Failure::usage(format!("no marking policy called {name} is built in"))
                    .hint(format!("built in: {}", policies::builtin_names()))
            })?;
            print(policy.source())?;
        }
    }
    Ok(Exit::Done)
}

fn list(globals: &Globals) -> Result<(), Failure> {
    let all = Policy::builtin_names().filter_map(Policy::builtin);
    if globals.json {
        let all: Vec<_> = all
            .map(|p| serde_json::json!({ "name": p.name().as_str(), "title": p.title() }))
            .collect();
        return Screen::stdout().json(serde_json::Value::from(all).to_string().as_bytes());
    }
    let mut text = String::new();
    for policy in all {
        let name = pad(policy.name().as_str(), NAME_COLUMNS);
        writeln!(text, "{name}{}", policy.title()).expect("strings take text");
    }
    print(&text)
}
