//! Listing and reading: what a client asks for, and is shown.

use serde::{Deserialize, Serialize};

use super::{CorrectedShown, GradeShown, KeepingShown, LinkShown, WithdrawnShown};

/// See [`Request::List`](super::Request::List).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// At most so many records.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Those filed after this one, which was the last of the listing before.
    #[serde(default)]
    pub after: Option<String>,
}

/// A record in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListRow {
    /// The record.
    pub id: String,
    /// The join of what this reader may see of it.
    pub banner: String,
    /// The same as a marking that can be given to commands.
    pub marking: String,
    /// When the conversation took place.
    pub date: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// The heading.
    pub heading: Option<String>,
    /// The record's id within the file it came in.
    pub source: Option<String>,
    /// How the record as a whole is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeShown>,
    /// Which version the row is of, of those in the asker's view: the newest.
    pub version: usize,
    /// How many versions there are in the asker's view.
    pub versions: usize,
    /// Records that its filer filed to be read instead of it, of those that the asker may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded_by: Vec<String>,
    /// The record was withdrawn: that it was there is all that shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// How long the record is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeping: Option<KeepingShown>,
}

/// Records that the asker may read, in the order of their filing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listing {
    /// The banner of the whole list.
    pub banner: Option<String>,
    /// The rows.
    pub records: Vec<ListRow>,
    /// There are more: ask again with `after`.
    pub more: bool,
    /// How many records the asker may read in all.
    pub readable: usize,
}

/// See [`Request::Read`](super::Request::Read).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadQuery {
    /// The record's id, or the beginning of it.
    pub record: String,
    /// Gives the record's slice of the original file instead of its text.
    #[serde(default)]
    pub original: bool,
    /// The version, as versions count within the asker's view; the newest, if left out.
    #[serde(default)]
    pub version: Option<usize>,
}

/// A header field as shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeaderShown {
    /// Its name: `source`, `date`, `place`, `from`, `to`, `drafted`, `produced`, `marking`, `authority`, `caution`,
    /// `grade`, `correction`.
    pub field: String,
    /// The portion's id.
    pub id: String,
    /// The portion mark.
    pub mark: String,
    /// What it says.
    pub value: serde_json::Value,
    /// How it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeShown>,
}

/// A text portion as shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PortionShown {
    /// Its number within this view; the first is 0.
    pub n: usize,
    /// Its id.
    pub id: String,
    /// The portion mark.
    pub mark: String,
    /// What it is: `heading`, `p`, `item` …
    pub kind: String,
    /// Its words.
    pub text: String,
    /// Who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// Acknowledged gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
    /// The portion mark that was printed before it, without parentheses. The label may be higher by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_mark: Option<String>,
    /// When in a recording it is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cue: Option<CueShown>,
    /// How it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeShown>,
}

/// A span of a recording, in milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueShown {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
}

/// A record as one reader was shown it once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shown {
    /// The record.
    pub record: String,
    /// The number of this issued copy: the event of its opening.
    pub copy: String,
    /// Whom it was shown to.
    pub reader: String,
    /// When.
    pub at: String,
    /// The join of what is shown.
    pub banner: String,
    /// Header fields.
    pub header: Vec<HeaderShown>,
    /// Text portions.
    pub portions: Vec<PortionShown>,
    /// How the record as a whole is graded: by the newest grading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeShown>,
    /// The slice of the original, base64, when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Which version this is, of those in the reader's view; the first is 1.
    pub version: usize,
    /// How many versions there are in the reader's view.
    pub versions: usize,
    /// When and by whom, where this version is a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<CorrectedShown>,
    /// What is left of the record, where it was withdrawn: then nothing of it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<WithdrawnShown>,
    /// What denies, answers or succeeds it, or is denied, answered or succeeded by it, of what the reader may see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkShown>,
    /// How long the record is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeping: Option<KeepingShown>,
}
