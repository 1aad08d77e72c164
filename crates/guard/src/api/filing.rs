//! Filing: what a client says of a file, and hears of it.

use serde::{Deserialize, Serialize};

use super::{Correcting, Downgrade, EnclosedFile, FiledLink, Judgement};

/// How a file is to be filed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filing {
    /// The file's name, without a folder.
    pub file: String,
    /// A reason of the policy.
    pub reason: String,
    /// By whose authority.
    pub authority: String,
    /// The particular need.
    pub because: String,
    /// The marking of every record, whatever is printed.
    #[serde(default)]
    pub marking: Option<String>,
    /// The marking of records that bear none.
    #[serde(default)]
    pub unmarked_as: Option<String>,
    /// What unknown captions count as: a value of the policy, or `handling`.
    #[serde(default)]
    pub unknown_as: Option<String>,
    /// The system that held it before.
    #[serde(default)]
    pub from_system: Option<String>,
    /// Who already holds copies.
    #[serde(default)]
    pub already_held_by: Vec<String>,
    /// Why it is to be filed although rules of the policy are broken that would stop it.
    #[serde(default)]
    pub override_because: Option<String>,
    /// The source's own caution, in addition to what the document says itself: that it may have been exaggerated.
    #[serde(default)]
    pub caution: Option<String>,
    /// How every record is graded.
    #[serde(default)]
    pub judged: Judgement,
    /// The schedule of every record, by its name in the policy; the policy's default, if left out.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The day on which every record falls to the lowest level; else the one that a document's own block names.
    #[serde(default)]
    pub declassify_on: Option<String>,
    /// The day on which every record falls to a marking.
    #[serde(default)]
    pub downgrade: Option<Downgrade>,
    /// The recording that the file's one record is the transcript of. Its bytes come afterwards.
    #[serde(default)]
    pub recording: Option<EnclosedFile>,
    /// Its path within the folder that it is filed with, the folder's own name first. A file of the same path and
    /// bytes that the same person filed so before is not filed again: its receipts are the answer, and an
    /// interrupted one is gone on with. `request` then only names the filing while it runs, to stop it.
    #[serde(default)]
    pub within: Option<String>,
    /// The placement practice under which it is filed, by its id or the beginning of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<String>,
    /// The file is a further version of a record.
    #[serde(default)]
    pub correction: Option<Correcting>,
    /// The file's one record is linked to another.
    #[serde(default)]
    pub link: Option<FiledLink>,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

impl Filing {
    /// The word for what is asked in refusals and in the ledger.
    pub const fn word(&self) -> &'static str {
        match self.correction {
            Some(_) => "correct",
            None => "file",
        }
    }
}

/// How far a filing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Records filed and durable.
    pub filed: usize,
    /// Records in the file.
    pub of: usize,
}

/// A file was filed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FilingDone {
    /// The filing.
    pub filing: String,
    /// Every record of the file was filed; otherwise the filing was stopped, and those listed are in.
    pub complete: bool,
    /// The records, in the order of the file, with the source's id for each.
    pub records: Vec<FiledRow>,
    /// How many of them an earlier try of the same request had filed.
    pub resumed: usize,
    /// Records whose printed marking is higher than the one that was given for all, by their source's ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub below_printed: Vec<String>,
    /// Labels that this session does not hold: filed blind.
    pub blind: Vec<String>,
    /// What is wrong with the marks of the documents, and did not stop the filing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingShown>,
    /// What the printed marks admit and the room does not list: left out, so that fewer may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The number that a correction has in the filer's view; none if the filer does not hold its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<usize>,
    /// The receipt of the link that was made with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Records that the filer may read, and that some of these are much like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resembling: Vec<Resembling>,
}

/// A record that a filed one is much like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resembling {
    /// The filed record's id within its file.
    pub source: String,
    /// The record that it is like.
    pub record: String,
    /// How much of their words is the same, roughly.
    pub like_percent: usize,
}

/// Something that is wrong with the marks of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingShown {
    /// The record's id within its file.
    pub record: String,
    /// Where, counted from 1: in the file, or in the text that was taken out of it.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
    /// The rule's id.
    pub rule: String,
    /// What is wrong, and what it means.
    pub message: String,
    /// What to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// Where the rule stands.
    pub cites: String,
    /// It stops a filing unless it is overridden.
    pub stops: bool,
}

/// A filed record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FiledRow {
    /// The record's id within its file; empty of a file that was filed before, and not read again.
    pub source: String,
    /// The record.
    pub record: String,
    /// Its banner as it was filed.
    pub banner: String,
    /// The receipt's id.
    pub receipt: String,
}
