//! Who is signed in here, and asking in that person's name.

use serde::de::DeserializeOwned;
use strongroom_guard::api::Request;
use strongroom_record::id::PREFIX_MIN_CHARS;
use strongroom_record::{Entropy, OsEntropy, RequestId};
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
