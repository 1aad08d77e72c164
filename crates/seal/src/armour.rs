//! Public or locked objects as text that can be mailed: base 64 between two lines that name them.
//!
//! ```text
//! -----BEGIN STRONGROOM KEY HOLDER CARD-----
//! # for people
//! ggFYqgAB…
//! =8f2c1d0a4b6e
//! -----END STRONGROOM KEY HOLDER CARD-----
//! ```
//!
//! The line before the last is a checksum in hexadecimal digits. It finds damage, not forgery.

use data_encoding::{BASE64, HEXLOWER};

use crate::digest::digest;
use crate::domain;

/// Bytes of the checksum: damage passes once in 2^48.
const CHECKSUM_BYTES: usize = 6;
/// Characters of base 64 in a line.
const LINE_CHARS: usize = 64;
/// Longest text of a card, a file, or the shares of a house key among as many holders as there may be
/// (2 KiB each, and a third more in base 64).
const TEXT_MAX_BYTES: usize = 128 << 10;
/// Longest text of a request for shares, or of an answer: some six thousand of them.
const LONG_TEXT_MAX_BYTES: usize = 16 << 20;

/// A text that is not the armour of an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArmourError {
    /// Far longer than any object.
    #[error("the text is longer than {max} bytes, so it is not a {what}")]
    TooLong {
        /// What the file claims to be.
        what: &'static str,
        /// The longest there is.
        max: usize,
    },
    /// The first line is missing.
    #[error(
        "no line `-----BEGIN STRONGROOM {0}-----`: this is another file, or its beginning is lost"
    )]
    NoBegin(&'static str),
    /// The last line is missing.
    #[error("no line `-----END STRONGROOM {0}-----`: the end of the file is lost")]
    NoEnd(&'static str),
    /// Not base 64.
    #[error("the lines of the {0} are not base 64: a character was changed or lost")]
    Characters(&'static str),
    /// The checksum is missing or does not match.
    #[error("the checksum of the {0} is missing or does not match: the file was changed")]
    Checksum(&'static str),
    /// The bytes inside are not the object's.
    #[error("the {what} does not hold what it should: {why}")]
    Content {
        /// What the file claims to be.
        what: &'static str,
        /// What does not fit.
        why: String,
    },
}

fn checksum(what: &str, bytes: &[u8]) -> String {
    let full = digest(domain::CHECKSUM, &[what.as_bytes(), bytes]);
    HEXLOWER.encode(&full.as_bytes()[..CHECKSUM_BYTES])
}

pub(crate) fn to_text(what: &'static str, remarks: &[String], bytes: &[u8]) -> String {
    let mut text = format!("-----BEGIN STRONGROOM {what}-----\n");
    for remark in remarks {
        text.extend(["# ", remark, "\n"]);
    }
    let encoded = BASE64.encode(bytes);
    for line in encoded.as_bytes().chunks(LINE_CHARS) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.extend(["=", &checksum(what, bytes), "\n"]);
    text.push_str(&format!("-----END STRONGROOM {what}-----\n"));
    text
}

pub(crate) fn from_text(what: &'static str, text: &str) -> Result<Vec<u8>, ArmourError> {
    read(what, text, TEXT_MAX_BYTES)
}

/// Reads the text of an object that may hold many shares.
pub(crate) fn from_long_text(what: &'static str, text: &str) -> Result<Vec<u8>, ArmourError> {
    read(what, text, LONG_TEXT_MAX_BYTES)
}

fn read(what: &'static str, text: &str, max: usize) -> Result<Vec<u8>, ArmourError> {
    if text.len() > max {
        return Err(ArmourError::TooLong { what, max });
    }
    let begin = format!("-----BEGIN STRONGROOM {what}-----");
    let end = format!("-----END STRONGROOM {what}-----");
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    if !lines.by_ref().any(|l| l == begin) {
        return Err(ArmourError::NoBegin(what));
    }
    let mut body = String::new();
    let mut sum = None;
    for line in lines {
        if line == end {
            let bytes = BASE64
                .decode(body.as_bytes())
                .map_err(|_| ArmourError::Characters(what))?;
            return match sum {
                Some(sum) if sum == checksum(what, &bytes) => Ok(bytes),
                _ => Err(ArmourError::Checksum(what)),
            };
        }
        match line.strip_prefix('=') {
            Some(rest) if sum.is_none() => sum = Some(rest.to_owned()),
            // Nothing comes behind the checksum, and there is one.
            _ if sum.is_some() => return Err(ArmourError::Checksum(what)),
            _ if line.starts_with('#') => {}
            _ => body.push_str(line),
        }
    }
    Err(ArmourError::NoEnd(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "TEST OBJECT";

    #[test]
    fn reads_what_it_writes_whatever_stands_around_it() {
        for len in [0, 1, 2, 3, 47, 48, 49, 1_700] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let text = to_text(WHAT, &["Ada".to_owned()], &bytes);
            assert_eq!(from_text(WHAT, &text), Ok(bytes.clone()));
            let mailed = format!("Dear all,\r\n{}\r\nyours", text.replace('\n', "\r\n"));
            assert_eq!(from_text(WHAT, &mailed), Ok(bytes));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let text = to_text(WHAT, &[], &[7; 100]);
        assert_eq!(
            from_text("OTHER", &text),
            Err(ArmourError::NoBegin("OTHER"))
        );
        assert_eq!(from_text(WHAT, &text[..100]), Err(ArmourError::NoEnd(WHAT)));
        let strange = text.replacen("Bwc", "B%c", 1);
        assert_eq!(
            from_text(WHAT, &strange),
            Err(ArmourError::Characters(WHAT))
        );
        let changed = text.replacen("Bwc", "Awc", 1);
        assert_eq!(from_text(WHAT, &changed), Err(ArmourError::Checksum(WHAT)));
        let begin = text.rfind("\n=").unwrap();
        let unsummed = format!("{}\n-----END STRONGROOM {WHAT}-----", &text[..begin]);
        assert_eq!(from_text(WHAT, &unsummed), Err(ArmourError::Checksum(WHAT)));
        assert_eq!(
            from_text(WHAT, &" ".repeat(TEXT_MAX_BYTES + 1)),
            Err(ArmourError::TooLong {
                what: WHAT,
                max: TEXT_MAX_BYTES
            })
        );
    }
}
