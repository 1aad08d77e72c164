//! Exit codes and errors. `docs/exit-codes.md` lists the codes for users.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use strongroom_guard::{Code, Refusal};

use crate::screen::harmless;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done, or had been done before.
    Done = 0,
    /// The content was refused: of a file to be filed, or of one that the command names.
    Unfit = 1,
    /// The command or the request is malformed.
    Usage = 2,
    /// The room is closed, or no guard is running.
    Closed = 3,
    /// Not signed in, or not let in.
    NotSignedIn = 4,
    /// Nothing of that name in this person's view.
    NotFound = 5,
    /// This person's roles do not include it.
    NotAllowed = 6,
    /// It conflicts with what is there.
    Conflict = 7,
    /// Too much, too large or too often.
    Limit = 8,
    /// The machine failed: a file, a terminal, a store.
    Machine = 9,
    /// The room is not the one that this account saw, or an older copy of it.
    Behind = 10,
    /// Interrupted from the terminal.
    Interrupted = 130,
}

/// What `--help` says of exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 done, or done before; 1 content refused; 2 wrong usage; 3 room closed or no guard running; \
4 not signed in; 5 not found in your view; 6 not allowed; 7 conflict; 8 a limit, or slow down; \
9 the machine failed; 10 the room is not the one seen before; 130 interrupted. docs/exit-codes.md tells more.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Code> for Exit {
    fn from(code: Code) -> Self {
        match code {
            Code::AlreadyDone => Self::Done,
            Code::Unfit => Self::Unfit,
            Code::Invalid => Self::Usage,
            Code::Closed => Self::Closed,
            Code::NotSignedIn | Code::SignInFailed => Self::NotSignedIn,
            Code::NotFound => Self::NotFound,
            Code::NotAllowed => Self::NotAllowed,
            Code::Conflict => Self::Conflict,
            Code::Limit | Code::SlowDown => Self::Limit,
        }
    }
}

/// Why a command did not do what was asked: what happened, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    said: Option<Refusal>,
}

impl Failure {
    /// A failure on this side.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        // The code is of no consequence: the exit says what kind it is.
        Self {
            exit,
            said: Some(Refusal::new(Code::Invalid, message)),
        }
    }
    /// The command is not used as it should be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
    /// A file that was named is not what is wanted there.
    pub(crate) fn unfit(message: impl Into<String>) -> Self {
        Self::new(Exit::Unfit, message)
    }
    /// The same with what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.said = self.said.map(|said| said.hint(hint));
        self
    }
    /// The same with what was seen, a line each.
    pub(crate) fn details(mut self, details: impl Iterator<Item = String>) -> Self {
        self.said = self.said.map(|said| said.details(details.collect()));
        self
    }
    /// A file that cannot be worked with.
    pub(crate) fn file(doing: &str, path: &Path, cause: &io::Error) -> Self {
        Self::new(
            Exit::Machine,
            format!("{} cannot be {doing}: {cause}", path.display()),
        )
    }
    /// The same of one of several things, which is named.
    pub(crate) fn of(mut self, which: &str) -> Self {
        if let Some(said) = &mut self.said {
            said.message = format!("{which}: {}", said.message);
        }
        self
    }
    /// Whoever reads the output has enough: nothing is to be said.
    pub(crate) const fn quiet(exit: Exit) -> Self {
        Self { exit, said: None }
    }
    /// The exit code.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// What is said of it; nothing where nobody is there to hear it.
    pub(crate) const fn said(&self) -> Option<&Refusal> {
        self.said.as_ref()
    }

    /// Whether the guard said that there is no such session: a passphrase that is wrong is another matter.
    pub(crate) fn says_session_ended(&self) -> bool {
        self.said
            .as_ref()
            .is_some_and(|said| said.code == Code::NotSignedIn)
    }

    /// Says it on standard error.
    pub(crate) fn tell(&self) {
        if let Some(said) = &self.said {
            note(&text(said));
        }
    }
}

/// Says something beside the answer, on standard error.
pub(crate) fn note(text: &str) {
    // There is nowhere to complain if standard error is gone.
    let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
}

/// The number by which the operating system knows an error, as errors of this language print it.
const OS_CODE: &str = " (os error ";

/// A message without the numbers of errors, whose words stand before them.
fn without_codes(message: &str) -> String {
    let mut parts = message.split(OS_CODE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((code, rest)) if code.chars().all(|c| c.is_ascii_digit()) => out += rest,
            _ => out.extend([OS_CODE, part]),
        }
    }
    out
}

/// What happened on one line, details and what to do below it.
fn text(said: &Refusal) -> String {
    let mut text = format!("strongroom: {}\n", harmless(&without_codes(&said.message)));
    for line in said.details.iter().chain(&said.hint) {
        writeln!(text, "  {}", harmless(line)).expect("strings take text");
    }
    text
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self {
            exit: refusal.code.into(),
            said: Some(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_an_exit_and_only_a_repetition_is_a_success() {
        let codes = [
            Code::Invalid,
            Code::NotSignedIn,
            Code::SignInFailed,
            Code::SlowDown,
            Code::NotAllowed,
            Code::NotFound,
            Code::Conflict,
            Code::AlreadyDone,
            Code::Unfit,
            Code::Closed,
            Code::Limit,
        ];
        for code in codes {
            assert_eq!(Exit::from(code) == Exit::Done, code == Code::AlreadyDone);
        }
    }

    #[test]
    fn the_words_of_an_error_are_enough() {
        assert_eq!(
            without_codes("a cannot be read: No such file (os error 2); b (os error x)"),
            "a cannot be read: No such file; b (os error x)"
        );
    }

    #[test]
    fn an_error_is_told_with_its_remedy_and_without_escapes() {
        let refusal = Refusal::invalid("no \u{1b}[31m such thing")
            .details(vec!["d1".to_owned()])
            .hint("try another");
        assert_eq!(
            text(&refusal),
            "strongroom: no ␛[31m such thing\n  d1\n  try another\n"
        );
    }
}
