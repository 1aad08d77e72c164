//! Who is signed in here, and asking in that person's name.

use serde::de::DeserializeOwned;
use strongroom_guard::api::Request;
use strongroom_record::id::PREFIX_MIN_CHARS;
use strongroom_record::{Entropy, OsEntropy, RequestId, Stream};
use zeroize::Zeroizing;

use crate::cli::Globals;
use crate::client::{Client, read};
use crate::outcome::{Exit, Failure};
use crate::tokens::Tokens;

/// An open session of this account of the machine.
pub(crate) struct Session {
    pub(crate) client: Client,
    tokens: Tokens,
    name: String,
    token: Zeroizing<String>,
}

impl Session {
    /// The session that the command is for: the one of `--as`, or the only one.
    pub(crate) fn of(globals: &Globals) -> Result<Self, Failure> {
        let client = Client::of(&globals.room()?)?;
        let (status, _) = client.status()?;
        client.recognise(&status)?;
        let tokens = Tokens::of_room(&status.room)?;
        let name = match &globals.as_name {
            Some(name) => name.clone(),
            None => only(tokens.names()?)?,
        };
        let token = tokens.find(&name)?.ok_or_else(|| {
            Failure::new(Exit::NotSignedIn, format!("{name} is not signed in here"))
                .hint(format!("`strongroom sign-in {name}`"))
        })?;
        Ok(Self {
            client,
            tokens,
            name,
            token,
        })
    }

    /// Whose session it is.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The session's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Asks, and gives the guard's line of JSON. A session that has ended is forgotten.
    pub(crate) fn ask(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        let answer = self.client.ask("/v1/call", Some(&self.token), request);
        if matches!(&answer, Err(failure) if failure.says_session_ended()) {
            self.tokens.forget(&self.name)?;
        }
        answer
    }

    /// Asks for a change. What became of it is told when the connection is lost.
    pub(crate) fn change(&self, request: &Request, id: &str) -> Result<Vec<u8>, Failure> {
        self.ask(request).map_err(|failure| match failure.exit() {
            Exit::Closed => failure.hint(retry(id)),
            _ => failure,
        })
    }

    /// Asks, and reads the answer.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<(T, Vec<u8>), Failure> {
        let json = self.ask(request)?;
        Ok((read(&json)?, json))
    }

    /// Ends the session.
    pub(crate) fn end(self) -> Result<String, Failure> {
        let ended = self
            .client
            .ask("/v1/call", Some(&self.token), &Request::SignOut);
        match ended {
            // It had ended by itself.
            Err(failure) if failure.exit() == Exit::NotSignedIn => {}
            ended => {
                ended?;
            }
        }
        self.tokens.forget(&self.name)?;
        Ok(self.name)
    }
}

/// What to do when nobody knows whether a change was made.
pub(crate) fn retry(id: &str) -> String {
    format!(
        "whether it was done is not known; the same command with `--request {id}` does it only if it was not"
    )
}

/// The id of a change: the one given, to try again what was lost, or a new one.
pub(crate) fn request_id(given: Option<&str>) -> String {
    given.map_or_else(
        || RequestId::random(&mut OsEntropy.stream(b"request")).to_string(),
        str::to_owned,
    )
}

/// The request id of a part of what is done in parts, as a bulk restriction or a filing of several files is: that of the whole for the first, and for each that follows one that
/// follows from it, so that a repetition of the whole repeats each part.
pub(crate) fn request_of_part(whole: &str, part: usize) -> Result<String, Failure> {
    let id: RequestId = whole.parse().map_err(|_| {
        Failure::usage("the request id is malformed")
            .hint("it is the one that the interrupted command printed")
    })?;
    if part == 0 {
        return Ok(id.to_string());
    }
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(id.as_bytes());
    seed[16..24].copy_from_slice(&(part as u64).to_be_bytes());
    Ok(RequestId::random(&mut Stream::from_seed(seed)).to_string())
}

/// Makes sure that what was typed is long enough to name one thing.
pub(crate) fn check_id(text: &str) -> Result<(), Failure> {
    if text.len() < PREFIX_MIN_CHARS {
        return Err(
            Failure::usage(format!("{text:?} is too short for an id")).hint(format!(
                "the first {PREFIX_MIN_CHARS} characters of one suffice"
            )),
        );
    }
    Ok(())
}

fn only(mut names: Vec<String>) -> Result<String, Failure> {
    match names.len() {
        0 => Err(
            Failure::new(Exit::NotSignedIn, "nobody is signed in to this room here")
                .hint("`strongroom sign-in NAME`"),
        ),
        1 => Ok(names.remove(0)),
        _ => Err(
            Failure::usage("several persons are signed in here; say who asks with --as NAME")
                .hint(format!("signed in: {}", names.join(", "))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_ids_of_their_own_that_come_again() {
        let whole = RequestId::from_bytes([7; 16]).to_string();
        let of = |n| request_of_part(&whole, n).unwrap();
        assert_eq!(of(0), whole);
        assert_eq!(of(1), of(1));
        assert!(of(1) != of(2) && of(1) != whole);
        assert!(request_of_part("x", 0).is_err());
    }
}
