//! The process that reads a file: confines itself, reads one question, answers, ends.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use strongroom_record::DraftSet;

use super::Bounds;
use super::lock::lock;
use super::message::{Answer, Asked, QUESTION_MAX_BYTES, SAID_MAX_BYTES, question};

/// Reads a file: its drafts, or what is wrong with it.
pub type Reader<'a> = &'a dyn Fn(&Asked<'_>) -> Result<DraftSet, String>;

/// Does what a process is for that [`Confined`](super::Confined) starts: to be called first of all, by a process of
/// one thread that has opened nothing.
///
/// A process that cannot be confined says so, and reads nothing.
pub fn parse_confined(bounds: &Bounds, read: Reader<'_>) -> ExitCode {
    let answer = match lock(bounds) {
        Ok(()) => answer(read),
        Err(why) => Answer::Open(why.to_string()),
    };
    let mut out = std::io::stdout();
    let written = out.write_all(&answer.to_bytes()).and_then(|()| out.flush());
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(read: Reader<'_>) -> Answer {
    let mut asked = Vec::new();
    let most = QUESTION_MAX_BYTES as u64 + 1;
    let whole = std::io::stdin().lock().take(most).read_to_end(&mut asked);
    let asked = match whole {
        Ok(len) if len <= QUESTION_MAX_BYTES => question(&asked),
        _ => None,
    };
    let Some(asked) = asked else {
        return Answer::Unfit("the question was not whole".to_owned());
    };
    match read(&asked) {
        Ok(drafts) => Answer::Drafts(drafts.to_bytes()),
        Err(why) => Answer::Unfit(harmless(&why)),
    }
}

/// The words of an error as an answer may have them.
fn harmless(why: &str) -> String {
    let mut said = String::with_capacity(why.len());
    for c in why.chars() {
        let c = if c.is_control() { ' ' } else { c };
        if said.len() + c.len_utf8() > SAID_MAX_BYTES {
            break;
        }
        said.push(c);
    }
    said
}
