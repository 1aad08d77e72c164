//! `atom turn`, `atom list`.

use clap::Subcommand;
use strongroom_guard::api::{AtomRows, AtomTurn, AtomTurned, Request};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, pad, print, width_of};
use crate::session::{Session, request_id};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Turns an atom to its next epoch, as security officer: what is filed from then on is sealed to new keys
    Turn {
        /// A level, a value of a category, `inspectors` or `quorum`, as `atom list` writes it
        name: String,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Lists the atoms: all of them for a security officer, for others those they hold
    List,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    let (json, text) = match command {
        Command::Turn { name, request } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::AtomTurn(AtomTurn {
                atom: name.clone(),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let turned: AtomTurned = read(&json)?;
            let holders = match turned.holders {
                0 => "nobody holds it".to_owned(),
                1 => "the one who holds it has the new key".to_owned(),
                n => format!("the {n} who hold it have the new key"),
            };
            let text = format!(
                "{} has turned to epoch {}; {holders}\nreceipt {}\n",
                harmless(&turned.atom),
                turned.epoch,
                harmless(&turned.receipt)
            );
            (json, text)
        }
        Command::List => {
            let (rows, json) = session.get::<AtomRows>(&Request::AtomList)?;
            (json, table(&rows))
        }
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn table(rows: &AtomRows) -> String {
    let names = rows.atoms.iter().map(|a| width_of(&harmless(&a.atom)));
    let columns = names.max().unwrap_or(0).max(4);
    rows.atoms
        .iter()
        .map(|row| {
            format!(
                "{}  epoch {:<3} {}",
                pad(&harmless(&row.atom), columns),
                row.epoch,
                if row.held { "held" } else { "" }
            )
            .trim_end()
            .to_owned()
                + "\n"
        })
        .collect()
}
