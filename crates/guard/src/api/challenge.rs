//! Challenges: disputing the placing of a record, and answering that.

use serde::{Deserialize, Serialize};

/// See [`Request::Challenge`](super::Request::Challenge).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeAsk {
    /// The record: in one's view by its id or the beginning of it; else by its whole id. With a receipt it may be left out.
    #[serde(default)]
    pub record: Option<String>,
    /// Why, in words.
    pub because: String,
    /// The receipt of one's own reading, for a record that one can no longer read. The receipt names the record.
    #[serde(default)]
    pub receipt: Option<String>,
    /// A purpose for which the policy forbids to place anything.
    #[serde(default)]
    pub alleges: Option<String>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A challenge was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChallengeMade {
    /// Its reference.
    pub challenge: String,
    /// By when it must be answered.
    pub until: String,
    /// The receipt's id.
    pub receipt: String,
}

/// See [`Request::AnswerChallenge`](super::Request::AnswerChallenge).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeAnswer {
    /// The challenge, by its reference or the beginning of it.
    pub challenge: String,
    /// `upheld`, `partly` or `rejected`.
    pub outcome: String,
    /// Why, in words.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A challenge was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChallengeAnswered {
    /// Its reference.
    pub challenge: String,
    /// The receipt's id.
    pub receipt: String,
}

/// A challenge, for those who may know of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChallengeRow {
    /// Its reference.
    pub challenge: String,
    /// The record.
    pub record: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: String,
    /// By when it must be answered.
    pub until: String,
    /// `open`, `overdue`, or what came of it.
    pub status: String,
    /// It is the asker's to answer.
    pub yours_to_answer: bool,
    /// Why it was made, if that is sealed to the asker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The forbidden purpose that it alleges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alleges: Option<String>,
    /// Its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerShown>,
}

/// The answer to a challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerShown {
    /// Who gave it.
    pub by: String,
    /// For whom, where a deputy did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_for: Option<String>,
    /// When.
    pub at: String,
    /// In which words, if they are sealed to the asker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Challenges, in the order in which they were made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChallengeRows {
    /// The rows.
    pub challenges: Vec<ChallengeRow>,
}
