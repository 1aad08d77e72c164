//! What a witness answers.

use thiserror::Error;

use crate::checkpoint::{MAX_NOTE_BYTES, decimal};
use crate::tree::TreeSize;

/// The most bytes of an answer that are read: as of a checkpoint, since it is part
/// of one.
pub const MAX_ANSWER_BYTES: usize = MAX_NOTE_BYTES;

/// How much of a refusal's text is kept, in characters: it is another machine's.
const MAX_REASON_CHARS: usize = 200;

/// The answer to an [`AddCheckpoint`](super::AddCheckpoint).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// 200: signature lines, to be added with
    /// [`SignedCheckpoint::with_cosignatures`](crate::checkpoint::SignedCheckpoint::with_cosignatures).
    Cosigned(String),
    /// 400: the request is malformed, or impossible.
    BadRequest(String),
    /// 403: the log's signatures are not all there, or do not hold.
    WrongSignature(String),
    /// 404: no log of this name is watched.
    UnknownLog(String),
    /// 409: the witness saw this size last.
    Conflict(TreeSize),
    /// 422: the proof does not lead from the old head to the new.
    BadProof(String),
}

impl Answer {
    /// The status code of HTTP.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::BadRequest(_) => 400,
            Self::WrongSignature(_) => 403,
            Self::UnknownLog(_) => 404,
            Self::Conflict(_) => 409,
            Self::BadProof(_) => 422,
        }
    }

    /// The `Content-Type`.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict(_) => "text/x.tlog.size",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// The body: lines, a size, or for people why not.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(lines) => lines.clone(),
            Self::Conflict(size) => format!("{size}\n"),
            Self::BadRequest(why)
            | Self::WrongSignature(why)
            | Self::UnknownLog(why)
            | Self::BadProof(why) => format!("{why}\n"),
        }
    }

    /// Reads what a witness answered. Lines are not checked here, and the text of
    /// a refusal is cut and cleared of control characters.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] when it is no answer that the protocol has.
    pub fn read(status: u16, body: &[u8]) -> Result<Self, AnswerError> {
        if body.len() > MAX_ANSWER_BYTES {
            return Err(AnswerError::TooLong(body.len()));
        }
        Ok(match status {
            200 => {
                let lines = std::str::from_utf8(body).map_err(|_| AnswerError::NotUtf8)?;
                Self::Cosigned(lines.to_owned())
            }
            400 => Self::BadRequest(reason(body)),
            403 => Self::WrongSignature(reason(body)),
            404 => Self::UnknownLog(reason(body)),
            409 => {
                let size = std::str::from_utf8(body)
                    .ok()
                    .and_then(|body| body.strip_suffix('\n'))
                    .and_then(decimal)
                    .and_then(|size| TreeSize::new(size).ok())
                    .ok_or(AnswerError::BadSize)?;
                Self::Conflict(size)
            }
            422 => Self::BadProof(reason(body)),
            other => return Err(AnswerError::UnknownStatus(other, reason(body))),
        })
    }
}

/// The text of a refusal, fit to be shown.
fn reason(body: &[u8]) -> String {
    let clear: String = String::from_utf8_lossy(body)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let kept: String = clear.trim().chars().take(MAX_REASON_CHARS).collect();
    kept.trim_end().to_owned()
}

/// Why an answer is none.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AnswerError {
    /// More than [`MAX_ANSWER_BYTES`].
    #[error("the witness answered {0} bytes; at most {MAX_ANSWER_BYTES} are read")]
    TooLong(usize),
    /// Lines that are not UTF-8.
    #[error("the witness answered lines that are not UTF-8")]
    NotUtf8,
    /// A conflict without a size.
    #[error("the witness saw another head last, and did not answer its size as it should")]
    BadSize,
    /// A status that the protocol has not.
    #[error("the witness answered {0}, which its protocol does not have: {1}")]
    UnknownStatus(u16, String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_back_as_it_was_read() {
        let long = format!("{} x", "a".repeat(MAX_REASON_CHARS - 1));
        for body in ["no such log\n", "\u{1} why \u{2}\n", &long] {
            let read = Answer::read(404, body.as_bytes()).unwrap();
            let again = Answer::read(404, read.body().as_bytes());
            assert_eq!(again, Ok(read));
        }
    }
}
