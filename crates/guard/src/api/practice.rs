//! Placement practices: standing rules by which records are placed.

use serde::{Deserialize, Serialize};

/// See [`Request::PracticeAdd`](super::Request::PracticeAdd).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeAdd {
    /// The rule, in words.
    pub words: String,
    /// By whose authority.
    pub authority: String,
    /// Who may know of it and cite it: records officers who hold this. If left out, the highest level that its maker
    /// holds and every value that its words name.
    #[serde(default)]
    pub marking: Option<String>,
    /// The first day on which it may be cited, `2026-05-01`; today, if left out.
    #[serde(default)]
    pub from: Option<String>,
    /// The last day on which it may be cited.
    #[serde(default)]
    pub until: Option<String>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A practice came into use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PracticeAdded {
    /// Its id.
    pub practice: String,
    /// Who may know of it and cite it, beside the inspectors: records officers who hold this.
    pub marking: String,
    /// The receipt's id.
    pub receipt: String,
}

/// See [`Request::PracticeEnd`](super::Request::PracticeEnd).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeEnd {
    /// The practice, by its id or the beginning of it.
    pub practice: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A practice ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PracticeEnded {
    /// Its id.
    pub practice: String,
    /// The receipt's id.
    pub receipt: String,
}

/// A practice, for those who may know of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PracticeShown {
    /// Its id.
    pub practice: String,
    /// The rule.
    pub words: String,
    /// By whose authority.
    pub authority: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: String,
    /// Who may cite it: records officers who hold this.
    pub marking: String,
    /// The first day on which it may be cited.
    pub from: String,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// When it was ended before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// It may be cited now.
    pub in_use: bool,
}

/// Practices, in the order in which they were made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PracticeRows {
    /// The rows.
    pub practices: Vec<PracticeShown>,
}
