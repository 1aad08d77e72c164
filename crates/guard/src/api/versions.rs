//! Records after their filing: versions, what changed between them, links, withdrawals.

use serde::{Deserialize, Serialize};

use super::StatementShown;

/// What makes a filing a correction: the record whose further version the file is, and how that came about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correcting {
    /// The record, by its id or the beginning of it.
    pub record: String,
    /// Who listened to the recording, or was there and read the draft.
    pub listened: Vec<String>,
    /// What is different now, in words.
    pub changed: String,
    /// How the text was produced.
    pub produced: String,
}

/// What the record of a filed file is linked to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiledLink {
    /// `denial`, `response` or `successor`.
    pub kind: String,
    /// The record that it denies or answers, by its id or the beginning of it; or, of one's own filings, the one that
    /// it succeeds, by the whole id of the record or of its receipt.
    pub to: String,
    /// The portion that it denies or answers: a number of the last view, an id, or a header field's name.
    #[serde(default)]
    pub portion: Option<String>,
}

/// See [`Request::Link`](super::Request::Link).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkQuery {
    /// The record that denies or answers.
    pub record: String,
    /// The record that it denies or answers.
    pub to: String,
    /// The portion of that: a number of the last view, an id, or a header field's name.
    #[serde(default)]
    pub portion: Option<String>,
    /// `denial` or `response`.
    pub kind: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A link was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkDone {
    /// The receipt's id.
    pub receipt: String,
}

/// A link, as it is shown with the record at one end of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkShown {
    /// What the record shown is to the other, or the other to it: `denies`, `responds-to`, `succeeds`; `denied-by`,
    /// `answered-by`, `succeeded-by`.
    pub what: String,
    /// The record at the other end.
    pub record: String,
    /// The portion that is denied or answered, by its number or its field's name, where it is one of this view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portion: Option<String>,
    /// The version that the portion stands in, where that is another than the one shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<usize>,
}

/// When and by whom a version was made that is a correction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CorrectedShown {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// The version before has portions, in the reader's view, that bear more than this version does. Its
    /// corrector may not have seen them, and they stand there alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// What is left of a record that was withdrawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WithdrawnShown {
    /// When it was filed.
    pub filed_at: String,
    /// Who filed it.
    pub filed_by: String,
    /// When it was withdrawn.
    pub at: String,
    /// Who withdrew it; the key holders, where a restore did so again.
    pub by: String,
    /// Who had asked for that, if the ledger still says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// Why it was asked for, if the reader may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<StatementShown>,
}

/// See [`Request::Changes`](super::Request::Changes).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// The record's id, or the beginning of it.
    pub record: String,
    /// The version that is compared with the one before it; the newest, if left out.
    #[serde(default)]
    pub version: Option<usize>,
}

/// What changed from one version of a record to the next, of what the asker may read of both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Changes {
    /// The record.
    pub record: String,
    /// The number of this issued copy: the event of the newer version's opening.
    pub copy: String,
    /// Whom it was shown to.
    pub reader: String,
    /// When.
    pub at: String,
    /// The join of what is shown of both versions.
    pub banner: String,
    /// The version.
    pub version: usize,
    /// The version that it is compared with.
    pub before: usize,
    /// How many versions there are in the asker's view.
    pub versions: usize,
    /// When and by whom the newer one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<CorrectedShown>,
    /// Header fields that differ.
    pub header: Vec<FieldChanged>,
    /// All text portions of both, in order.
    pub portions: Vec<PortionChanged>,
}

/// A header field that differs between two versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldChanged {
    /// Its name.
    pub field: String,
    /// What it said, as a line of text; none if the version before has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A text portion of one version, or of both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PortionChanged {
    /// `same`, `changed`, `added` or `removed`.
    pub what: String,
    /// Its number in the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
    /// Its number in this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
    /// Its portion mark, in this version or else in the one before.
    pub mark: String,
    /// Its words: of one that changed, those of both versions.
    pub words: Vec<WordsChanged>,
}

/// Words that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsChanged {
    /// `same`, `added` or `removed`.
    pub what: String,
    /// The words, with the white space that goes with them.
    pub text: String,
}

/// See [`Request::Withdraw`](super::Request::Withdraw).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAsk {
    /// The record, by its id or the beginning of it.
    pub record: String,
    /// A reason of the policy.
    pub reason: String,
    /// By whose authority; the office of the one who asks, if left out.
    #[serde(default)]
    pub authority: Option<String>,
    /// Why it is a misfiling.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}
