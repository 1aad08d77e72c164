//! Passphrases: present ones, and new ones.

use std::path::Path;

use rustix::process::{Resource, Rlimit, setrlimit};
use strongroom_record::{Entropy, OsEntropy};
use strongroom_seal::Passphrase;

use crate::files;
use crate::outcome::Failure;
use crate::prompt;

/// Keeps the memory of this process out of files that a crash would leave.
pub(crate) fn keep_out_of_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Where it is not allowed it already is so, or the account is meant to dump.
    let _ = setrlimit(Resource::Core, none);
}

/// The present passphrase, from a file or from the terminal.
pub(crate) fn present(file: Option<&Path>, question: &str) -> Result<Passphrase, Failure> {
    let typed = match file {
        Some(file) => files::read_text(file)?,
        None => prompt::secret(question)?,
    };
    Passphrase::new(&typed).map_err(|e| Failure::usage(e.to_string()))
}

/// The least that a new passphrase must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor {
    /// Words of a generated one.
    pub(crate) words: usize,
    /// Fewest characters of one's own; 0 where there may be none.
    pub(crate) own_chars: usize,
}

/// A new passphrase.
pub(crate) struct Fresh {
    pub(crate) passphrase: Passphrase,
    /// It was generated and stands nowhere: its owner must see it, once.
    pub(crate) to_show: bool,
}

impl Fresh {
    /// What its owner is told.
    pub(crate) fn lines(&self) -> String {
        if self.to_show {
            format!(
                "\nYour passphrase, shown this once:\n\n    {}\n\nWrite it down and keep it apart; nobody else has it.\n",
                self.passphrase.expose()
            )
        } else {
            String::new()
        }
    }
}

/// A new passphrase: the one in the file, or a generated one, which goes into the file if one is named.
pub(crate) fn fresh(file: Option<&Path>, floor: Floor) -> Result<Fresh, Failure> {
    if let Some(file) = file
        && file.exists()
    {
        let text = files::read_text(file)?;
        if !text.trim().is_empty() {
            let passphrase = Passphrase::new(&text).map_err(|e| Failure::usage(e.to_string()))?;
            if !passphrase.meets_floor(floor.words, floor.own_chars) {
                return Err(too_weak(file, floor));
            }
            return Ok(Fresh {
                passphrase,
                to_show: false,
            });
        }
    }
    let passphrase = Passphrase::generate(floor.words, &mut OsEntropy.stream(b"passphrase"));
    if let Some(file) = file {
        files::write_private_empty(file, &format!("{}\n", passphrase.expose()))?;
    }
    Ok(Fresh {
        passphrase,
        to_show: file.is_none(),
    })
}

fn too_weak(file: &Path, floor: Floor) -> Failure {
    let own = match floor.own_chars {
        0 => String::new(),
        n => format!(", or any text of at least {n} characters"),
    };
    Failure::usage(format!(
        "the passphrase in {} is weaker than the room's policy allows",
        file.display()
    ))
    .hint(format!(
        "the policy asks for {} words of the list{own}; name an empty or absent file to have one generated into it",
        floor.words
    ))
}
