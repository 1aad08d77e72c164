//! What came of filing several files: told at the end, file by file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::outcome::{Exit, Failure, note};
use crate::screen::{Screen, count, harmless};

use super::folder::Found;

/// Of the files that were not begun, so many are named to people: a folder may have thousands.
const NOT_BEGUN_NAMED_MAX: usize = 5;

/// How far a run has come.
#[derive(Debug, Default)]
pub(super) struct Batch {
    filed: usize,
    before: usize,
    failed: Vec<(PathBuf, Failure)>,
    left_out: Vec<(PathBuf, &'static str)>,
    not_begun: Vec<PathBuf>,
}

/// The same for programs.
#[derive(Serialize)]
struct Told {
    batch: Lines,
}

#[derive(Serialize)]
struct Lines {
    filed: usize,
    before: usize,
    failed: Vec<Failed>,
    left_out: Vec<LeftOut>,
    not_begun: Vec<String>,
}

#[derive(Serialize)]
struct Failed {
    file: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
}

#[derive(Serialize)]
struct LeftOut {
    file: String,
    reason: &'static str,
}

impl Batch {
    /// A run that begins.
    pub(super) fn of(found: &mut Found) -> Self {
        Self {
            failed: std::mem::take(&mut found.unreadable),
            left_out: std::mem::take(&mut found.left_out),
            ..Self::default()
        }
    }
    /// A file is in whole; it may have been before.
    pub(super) fn done(&mut self, before: bool) {
        if before {
            self.before += 1;
        } else {
            self.filed += 1;
        }
    }
    pub(super) fn failed(&mut self, path: &Path, failure: Failure) {
        self.failed.push((path.to_owned(), failure));
    }
    pub(super) fn not_begun<'a>(&mut self, paths: impl Iterator<Item = &'a Path>) {
        self.not_begun.extend(paths.map(Path::to_owned));
    }

    /// Whether a failure is one that every file after it would end with as well.
    pub(super) const fn ends_all(exit: Exit) -> bool {
        matches!(
            exit,
            Exit::Closed | Exit::NotSignedIn | Exit::NotAllowed | Exit::Behind | Exit::Usage
        )
    }

    /// Says of several files that were named one by one how many are in, and how to go on. What each ended with has been
    /// told. The same command without the request's id would file those that are in a second time.
    pub(super) fn not_whole(self, exit: Exit, of: usize, request: &str) {
        let whole = self.filed + self.before;
        let interrupted = match exit {
            Exit::Interrupted => "interrupted: ",
            _ => "",
        };
        let mut text = format!("strongroom: {interrupted}{whole} of {of} files are in whole\n");
        let not_begun: Vec<_> = self
            .not_begun
            .iter()
            .map(|path| harmless(&path.to_string_lossy()).into_owned())
            .collect();
        if !not_begun.is_empty() {
            writeln!(text, "  not begun: {}", not_begun.join(", ")).expect("strings take text");
        }
        writeln!(
            text,
            "  the same command with `--request {request}` files what is missing, and nothing twice"
        )
        .expect("strings take text");
        note(&text);
    }

    /// Tells what came of it, and how to go on. `exit` is what the run ends with otherwise.
    pub(super) fn end(self, exit: Exit, json: bool) -> Result<Exit, Failure> {
        let exit = match (exit, self.failed.first()) {
            (Exit::Done, Some((_, failure))) => failure.exit(),
            _ => exit,
        };
        note(&self.text(exit == Exit::Interrupted));
        if json {
            let told = serde_json::to_vec(&self.told()).expect("words are JSON");
            Screen::stdout().json(&told)?;
        }
        Ok(exit)
    }

    fn text(&self, interrupted: bool) -> String {
        let begin = if interrupted { "interrupted: " } else { "" };
        let mut text = format!("strongroom: {begin}{} filed", count(self.filed, "file"));
        for (some, what) in [
            (self.before, "had been filed before"),
            (self.failed.len(), "failed"),
            (self.left_out.len(), "left out"),
            (self.not_begun.len(), "not begun"),
        ] {
            if some > 0 {
                write!(text, ", {some} {what}").expect("strings take text");
            }
        }
        text.push('\n');
        let mut line = |what: &str, path: &Path, why: &str| {
            let path = path.to_string_lossy();
            let colon = if why.is_empty() { "" } else { ": " };
            let (path, why) = (harmless(&path), harmless(why));
            writeln!(text, "  {what}{path}{colon}{why}").expect("strings take text");
        };
        for (path, failure) in &self.failed {
            let said = failure.said();
            line("failed: ", path, said.map_or("", |said| &said.message));
            for more in said
                .iter()
                .flat_map(|said| said.details.iter().chain(&said.hint))
            {
                line("  ", Path::new(more), "");
            }
        }
        for (path, why) in &self.left_out {
            line("left out: ", path, why);
        }
        for path in self.not_begun.iter().take(NOT_BEGUN_NAMED_MAX) {
            line("not begun: ", path, "");
        }
        if self.not_begun.len() > NOT_BEGUN_NAMED_MAX {
            let more = self.not_begun.len() - NOT_BEGUN_NAMED_MAX;
            writeln!(text, "  and {more} more; --json names them").expect("strings take text");
        }
        if !self.failed.is_empty() || !self.not_begun.is_empty() {
            text.push_str("  the same command again files what is missing, and nothing twice\n");
        }
        text
    }

    fn told(self) -> Told {
        let shown = |path: PathBuf| path.to_string_lossy().into_owned();
        let failed = self.failed.into_iter().map(|(path, failure)| {
            let said = failure.said().cloned();
            Failed {
                file: shown(path),
                reason: said.as_ref().map(|s| s.message.clone()).unwrap_or_default(),
                hint: said.as_ref().and_then(|s| s.hint.clone()),
                details: said.map(|s| s.details).unwrap_or_default(),
            }
        });
        let left_out = self.left_out.into_iter().map(|(path, reason)| LeftOut {
            file: shown(path),
            reason,
        });
        Told {
            batch: Lines {
                filed: self.filed,
                before: self.before,
                failed: failed.collect(),
                left_out: left_out.collect(),
                not_begun: self.not_begun.into_iter().map(shown).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_listed_with_its_reason_and_decides_the_exit() {
        let mut batch = Batch::default();
        batch.done(false);
        batch.done(true);
        batch.left_out.push((PathBuf::from("a/.b"), "hidden"));
        let failure = Failure::unfit("it is\u{1b} bad").hint("mend it");
        batch.failed(Path::new("a/c"), failure);
        batch.not_begun([Path::new("a/d")].into_iter());
        let text = batch.text(false);
        assert_eq!(
            text,
            "strongroom: 1 file filed, 1 had been filed before, 1 failed, 1 left out, 1 not begun\n  \
             failed: a/c: it is␛ bad\n    mend it\n  left out: a/.b: hidden\n  not begun: a/d\n  \
             the same command again files what is missing, and nothing twice\n"
        );
        let told = serde_json::to_value(batch.told()).expect("JSON");
        assert_eq!(told["batch"]["failed"][0]["hint"], "mend it");
        assert_eq!(told["batch"]["not_begun"][0], "a/d");
        let mut batch = Batch::default();
        batch.not_begun((0..9).map(|_| Path::new("a/e")));
        let text = batch.text(true);
        assert!(text.starts_with("strongroom: interrupted: 0 files filed, 9 not begun\n"));
        assert_eq!(text.matches("not begun: a/e").count(), NOT_BEGUN_NAMED_MAX);
        assert!(text.contains("  and 4 more; --json names them\n"), "{text}");
        let mut batch = Batch::default();
        batch.failed(Path::new("x"), Failure::unfit("no"));
        assert_eq!(batch.end(Exit::Done, false).expect("told"), Exit::Unfit);
    }
}
