//! Persons and clearances.

use serde::{Deserialize, Serialize};

/// See [`Request::PersonInvite`](super::Request::PersonInvite).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The account name.
    pub name: String,
    /// Role words.
    pub roles: Vec<String>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// An invitation, to be given to the person in private.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invited {
    /// The account name.
    pub name: String,
    /// The one-time code.
    pub code: String,
    /// When it lapses.
    pub until: String,
    /// The receipt's id.
    pub receipt: String,
    /// This name was invited before: that code, and keys that were made with it, count no more.
    #[serde(default)]
    pub replaces: bool,
}

/// See [`Request::PersonConfirm`](super::Request::PersonConfirm).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The account name.
    pub name: String,
    /// The fingerprint that the person read out.
    pub fingerprint: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// Names a person; oneself if left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// The account name.
    #[serde(default)]
    pub name: Option<String>,
}

/// See [`Request::ClearanceGrant`](super::Request::ClearanceGrant).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearanceGrant {
    /// The account name.
    pub name: String,
    /// Levels and values, as the policy writes clearances: `at-most Secret; Nodis`.
    pub clearance: String,
    /// Why; needed where somebody is to approve it.
    #[serde(default)]
    pub because: Option<String>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// What a clearance act brought about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClearanceChanged {
    /// The account name.
    pub name: String,
    /// What the person holds from now on because of this act.
    pub sealed: Vec<String>,
    /// What waits for the approval of a holder.
    pub pending: Vec<String>,
    /// The request that waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// The receipt's id.
    pub receipt: String,
}

/// A person in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonRow {
    /// The account name.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
    /// `invited`, `joined` (waits to be confirmed) or `active`.
    pub status: String,
}

/// The persons of the room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonRows {
    /// In the order of their names.
    pub persons: Vec<PersonRow>,
}

/// A clearance as the asker may see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClearanceShown {
    /// The account name.
    pub name: String,
    /// What is held, of that which the asker may know.
    pub held: Vec<String>,
    /// What waits for a holder, of that which the asker may know.
    pub pending: Vec<String>,
}

/// Oneself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The account name.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
    /// What is held.
    pub clearance: Vec<String>,
    /// When the session ends by itself.
    pub until: String,
}
