//! `key-holder new`: a card to give away, a file to keep.

use std::path::PathBuf;

use clap::Subcommand;
use strongroom_record::{Entropy, OsEntropy};
use strongroom_seal::passphrase::GENERATED_WORDS;
use strongroom_seal::{KeyHolder, Suite};

use crate::cli::Globals;
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::secrets::{self, Floor};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a card, and a private file under a passphrase
    New {
        /// The key holder's name, as the card is to bear it
        name: String,
        /// Where to put the card [default: NAME.card]
        #[arg(long, value_name = "FILE")]
        card: Option<PathBuf>,
        /// Where to put the private file [default: NAME.key]
        #[arg(long, value_name = "FILE")]
        private: Option<PathBuf>,
    },
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let Command::New {
        name,
        card,
        private,
    } = command;
    if globals.json && globals.passphrase_file.is_none() {
        return Err(Failure::usage("with --json, secrets are not printed")
            .hint("name a file for the passphrase: --passphrase-file FILE"));
    }
    check_name(name)?;
    let mut dice = OsEntropy.stream(b"key-holder");
    let holder = KeyHolder::random(Suite::Cnsa, name, &mut dice)
        .map_err(|e| Failure::usage(e.to_string()))?;
    // The name may hold what a file name may not.
    let stem: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let card_path = card
        .clone()
        .unwrap_or_else(|| format!("{stem}.card").into());
    let private_path = private
        .clone()
        .unwrap_or_else(|| format!("{stem}.key").into());
    let mut fresh = secrets::fresh(
        globals.passphrase_file.as_deref(),
        Floor {
            words: GENERATED_WORDS,
            own_chars: 0,
        },
    )?;
    let file = holder.lock(&fresh.passphrase, &mut dice);
    files::write_private_new(&private_path, &file.to_text())?;
    let made = holder.card();
    if let Err(failure) = files::write_public_new(&card_path, &made.to_text()) {
        // A private file without its card is of no use; nothing else was made.
        let _ = std::fs::remove_file(&private_path);
        return Err(failure);
    }
    fresh.keep();
    if globals.json {
        let facts = serde_json::json!({
            "name": made.name(),
            "id": made.id().to_string(),
            "card": card_path,
            "private": private_path,
        });
        Screen::stdout().json(facts.to_string().as_bytes())?;
    } else {
        print(&format!(
            "Key holder {} has the id {}.\n\n{}: the card. Give it to whoever founds the room, and read the id out to them.\n{}: the private file. Keep it, where no room is.\n{}",
            made.name(),
            made.id(),
            card_path.display(),
            private_path.display(),
            fresh.lines()
        ))?;
    }
    Ok(Exit::Done)
}

/// A name that people compare, and that becomes part of file names, shows whole and is no path.
fn check_name(name: &str) -> Result<(), Failure> {
    let shows = name.trim() == name && harmless(name) == name;
    if shows && !name.starts_with('.') && !name.contains(['/', '\\']) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} cannot be a key holder's name"))
        .hint("a name does not begin with a dot, has no slashes, no space around it, and nothing that does not show"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_people_have() {
        for name in ["Ada", "Ada Lovelace", "J. O'Neill", "Zoë"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "../evil",
            "a/b",
            "a\\b",
            ".x",
            " Ada",
            "Ada ",
            "A\u{202e}da",
            "A\u{1b}[2J",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
