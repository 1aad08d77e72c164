//! Passphrases: present ones, and new ones.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, Rlimit, setrlimit};
use strongroom_record::{Entropy, OsEntropy};
use strongroom_seal::Passphrase;

use crate::files;
use crate::outcome::{Exit, Failure};
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
        Some(file) => files::read_private(file)?,
        None => prompt::secret(
            question,
            "a passphrase",
            "give it in a file: --passphrase-file FILE",
        )?,
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
    /// Where it was written to, until it is kept.
    unkept: Option<Unkept>,
}

/// The file of a generated passphrase, for something that has not come about yet.
struct Unkept {
    file: PathBuf,
    /// The file was there before, and empty.
    was_there: bool,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some(Unkept { file, was_there }) = self.unkept.take() else {
            return;
        };
        // What opens nothing is not left lying about. If it cannot be taken away, it still opens nothing.
        let _ = if was_there {
            fs::File::create(file).map(drop)
        } else {
            fs::remove_file(file)
        };
    }
}

impl Fresh {
    /// What it is for has come about, or may have: from now on its file stays.
    pub(crate) fn keep(&mut self) {
        self.unkept = None;
    }
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

/// A new passphrase: the one in the file, or a generated one, which goes into the file if one is named. The
/// file goes again unless the passphrase is [kept](Fresh::keep).
pub(crate) fn fresh(file: Option<&Path>, floor: Floor) -> Result<Fresh, Failure> {
    let was_there = file.is_some_and(Path::exists);
    if let Some(file) = file
        && was_there
    {
        let text = files::read_text(file)?;
        if !text.trim().is_empty() {
            files::check_private(file)?;
            let passphrase = Passphrase::new(&text).map_err(|e| Failure::usage(e.to_string()))?;
            if !passphrase.meets_floor(floor.words, floor.own_chars) {
                return Err(too_weak(file, floor));
            }
            return Ok(Fresh {
                passphrase,
                to_show: false,
                unkept: None,
            });
        }
    }
    let passphrase = Passphrase::generate(floor.words, &mut OsEntropy.stream(b"passphrase"));
    let mut unkept = None;
    if let Some(file) = file {
        files::write_private_empty(file, &format!("{}\n", passphrase.expose()))?;
        unkept = Some(Unkept {
            file: file.to_owned(),
            was_there,
        });
    }
    Ok(Fresh {
        passphrase,
        to_show: file.is_none(),
        unkept,
    })
}

/// Keeps a new passphrase unless the guard said that what it is for was not done: a connection that is lost
/// says nothing.
pub(crate) fn keep_unless_refused<T>(fresh: &mut Fresh, answer: &Result<T, Failure>) {
    let unknown = |failure: &Failure| matches!(failure.exit(), Exit::Closed | Exit::Done);
    if answer.as_ref().err().is_none_or(unknown) {
        fresh.keep();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor {
        words: 6,
        own_chars: 0,
    };

    #[test]
    fn a_generated_passphrase_stays_only_if_it_opens_something() {
        let folder = tempfile::tempdir().expect("a folder");
        let (absent, empty) = (folder.path().join("absent"), folder.path().join("empty"));
        fs::write(&empty, "").expect("written");
        for file in [&absent, &empty] {
            drop(fresh(Some(file), FLOOR).expect("generated"));
        }
        assert!(!absent.exists());
        assert_eq!(fs::read_to_string(&empty).expect("read"), "");
        for file in [&absent, &empty] {
            fresh(Some(file), FLOOR).expect("generated").keep();
            let kept = fs::read_to_string(file).expect("read");
            assert_eq!(kept.split_whitespace().count(), 6);
            // One that was there before is nobody's to take away.
            drop(fresh(Some(file), FLOOR).expect("read"));
            assert_eq!(fs::read_to_string(file).expect("read"), kept);
        }
    }
}
