//! Files beside a record: what came with it, and the recording that it is the transcript of.

use serde::{Deserialize, Serialize};

/// A file beside a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnclosedFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its media type, in lower case.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Their SHA-256, hexadecimal.
    pub sha256: String,
}

/// See [`Request::Piece`](super::Request::Piece).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PieceQuery {
    /// The record's id, or the beginning of it.
    pub record: String,
    /// Which attachment, counted from 1 as `read` shows them; without it, the recording.
    #[serde(default)]
    pub attachment: Option<usize>,
    /// The version that the attachment came with, as `read` counts them; the newest, if left out. A recording is the
    /// record's, whatever its version.
    #[serde(default)]
    pub version: Option<usize>,
    /// Which piece of the recording, counted from 0. An attachment is one piece.
    #[serde(default)]
    pub piece: u32,
}

/// A piece of a file beside a record, as one reader was given it once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PieceShown {
    /// The record.
    pub record: String,
    /// The number of this issued copy: the event of its opening.
    pub copy: String,
    /// Whom it was given to.
    pub reader: String,
    /// When.
    pub at: String,
    /// The banner of what is given.
    pub banner: String,
    /// How many pieces the room has of the file.
    pub pieces: u32,
    /// None is missing.
    pub whole: bool,
    /// The bytes, base64.
    pub bytes: String,
}

/// What comes before the bytes of a recording's next pieces.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingAsk {
    /// The record's id, from the receipt of its filing.
    pub record: String,
    /// How many pieces came before these. Where no bytes follow, it is only told how many there are.
    #[serde(default)]
    pub first: u32,
    /// None comes behind these.
    #[serde(default)]
    pub last: bool,
}

/// How far a recording has come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingTaken {
    /// The record.
    pub record: String,
    /// How many pieces are in, each durable.
    pub pieces: u32,
    /// All of them.
    pub whole: bool,
    /// The receipt's id, where some came in just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}
