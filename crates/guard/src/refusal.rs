//! What the guard answers when it does not do what was asked.
//!
//! A refusal is made of words and codes that are fixed here or follow from what the asker may see.
//! A thing that does not exist and a thing that the asker may not see are refused with the same
//! value, built by the same constructor: [`Refusal::no_such_record`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strongroom_record::EventId;

/// Why the guard did not do what was asked. The command line maps each to an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The request is malformed or names something that the policy does not have.
    Invalid,
    /// There is no valid session.
    NotSignedIn,
    /// Name or passphrase are wrong, or the account is not confirmed: alike for all.
    SignInFailed,
    /// Too many attempts; wait.
    SlowDown,
    /// The asker's roles do not include this act.
    NotAllowed,
    /// Nothing of that name in the asker's view.
    NotFound,
    /// It conflicts with what is there: a person twice, a used invitation, a stale number.
    Conflict,
    /// This request was carried out before; the details are its receipts.
    AlreadyDone,
    /// The file cannot be filed as it is.
    Unfit,
    /// The room is closed.
    Closed,
    /// Too much at once, or larger than a limit.
    Limit,
}

/// What happened, what it means, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The kind of refusal.
    pub code: Code,
    /// What happened and what it means.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Details, one a line: the records without a marking, the captions that are unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// Characters of what was typed that a refusal repeats: enough to know it again.
const ECHOED_MAX_CHARS: usize = 64;

/// What was typed, in quotes, as far as a refusal repeats it.
pub(crate) fn echoed(text: &str) -> String {
    match text.char_indices().nth(ECHOED_MAX_CHARS) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            details: Vec::new(),
        }
    }
    /// The same with what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The same with details.
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
    /// A malformed request.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }
    /// What was written as a marking or a clearance is none: `what` names the place and the rule.
    pub(crate) fn no_marking(what: impl Into<String>) -> Self {
        Self::invalid(what).hint(
            "`atom list` lists the levels and values that you hold; to a security officer, all that the policy has",
        )
    }
    /// What is asked of a record takes its words, and it was withdrawn.
    pub(crate) fn withdrawn() -> Self {
        Self::new(
            Code::Conflict,
            "this record was withdrawn; nothing of it opens any more",
        )
        .hint("`read` shows what is left of it: who filed it, who withdrew it, and why")
    }
    /// Two parts of one request, each of which was read: where both are refused, both are told.
    pub(crate) fn together<A, B>(
        one: Result<A, Self>,
        other: Result<B, Self>,
    ) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => Err(refusal),
            (Err(mut one), Err(other)) => {
                one.message = format!("{}; {}", one.message, other.message);
                one.details.extend(other.details);
                let hints = [one.hint, other.hint].into_iter().flatten();
                let hints: BTreeSet<String> = hints.collect();
                one.hint = Some(hints.into_iter().collect::<Vec<_>>().join("; "))
                    .filter(|hint| !hint.is_empty());
                Err(one)
            }
        }
    }
    /// The one answer for every record that is not in the asker's view, whatever the cause.
    pub fn no_such_record() -> Self {
        Self::new(Code::NotFound, "there is no such record in your view")
            .hint("`list` shows the records that you may read; `receipt` shows what you did and read before")
    }
    /// No valid session.
    pub fn not_signed_in() -> Self {
        Self::new(
            Code::NotSignedIn,
            "you are not signed in to this room, or the session has ended",
        )
        .hint("sign in with `strongroom sign-in NAME`")
    }
    /// The one answer for an unknown person, a wrong passphrase and an unconfirmed account.
    pub fn sign_in_failed() -> Self {
        Self::new(
            Code::SignInFailed,
            "name or passphrase are not right, or the account is not confirmed yet",
        )
        .hint("check both; a person who has joined must be confirmed by a security officer first")
    }
    /// The request was carried out before: its receipts are in the details.
    pub(crate) fn already_done(events: &[EventId]) -> Self {
        Self::new(
            Code::AlreadyDone,
            "this request was carried out before; nothing was done again",
        )
        .hint("`receipt ID` shows what was done")
        .details(events.iter().map(ToString::to_string).collect())
    }
    /// A request id stands for one request.
    pub(crate) fn other_request() -> Self {
        Self::new(
            Code::Conflict,
            "you used this request id for another request; nothing was done",
        )
        .hint("a repetition asks for just the same; another request takes an id of its own")
    }
    /// A role is missing.
    pub fn not_allowed(needs: &str) -> Self {
        Self::new(
            Code::NotAllowed,
            format!("this needs the role {needs}, which you do not have"),
        )
    }
}
