//! What goes through the pipes of a process that reads a file.
//!
//! The question is the length of the file's name (two bytes, the higher first) and the name, the length of a marking
//! policy (four bytes) and the policy, and the file's bytes to the end. A policy that is built in is left out: its
//! length is 0. The answer is one byte that says what it is, and the rest.

use strongroom_label::limits::POLICY_BYTES_MAX;
use strongroom_record::limits::{ENCODED_MAX_BYTES, FILE_MAX_BYTES, HEADER_VALUE_MAX_BYTES};

/// What the process is asked to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The file's name, without a folder.
    pub file: &'a str,
    /// The source of a marking policy of one's own, by whose words marks are known.
    pub policy: Option<&'a str>,
    /// The file's bytes.
    pub bytes: &'a [u8],
}

/// Bytes of a question at most.
pub(super) const QUESTION_MAX_BYTES: usize =
    2 + HEADER_VALUE_MAX_BYTES + 4 + POLICY_BYTES_MAX + FILE_MAX_BYTES;

/// Bytes of an answer at most.
pub(super) const ANSWER_MAX_BYTES: usize = 1 + ENCODED_MAX_BYTES;

/// Bytes of a sentence in an answer at most: what is wrong with a file is said in a few hundred.
pub(super) const SAID_MAX_BYTES: usize = 4 << 10;

const DRAFTS: u8 = b'D';
const UNFIT: u8 = b'U';
const OPEN: u8 = b'O';

/// What the process answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The encoding of drafts.
    Drafts(Vec<u8>),
    /// The file is unfit: why.
    Unfit(String),
    /// The process could not be confined, and did not look at the file: why.
    Open(String),
}

impl Answer {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (kind, rest) = match self {
            Self::Drafts(bytes) => (DRAFTS, bytes.as_slice()),
            Self::Unfit(said) => (UNFIT, said.as_bytes()),
            Self::Open(said) => (OPEN, said.as_bytes()),
        };
        [&[kind], rest].concat()
    }

    /// Reads an answer, which anyone may have written. What is said in it is cut, and has no control characters.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let said = || {
            let text = std::str::from_utf8(rest).ok()?;
            let fits = !text.is_empty() && text.len() <= SAID_MAX_BYTES;
            (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
        };
        match *kind {
            DRAFTS => Some(Self::Drafts(rest.to_vec())),
            UNFIT => said().map(Self::Unfit),
            OPEN => said().map(Self::Open),
            _ => None,
        }
    }
}

/// What stands before a file's bytes in a question.
pub(super) fn heading(name: &str, policy: Option<&str>) -> Option<Vec<u8>> {
    let policy = policy.unwrap_or_default();
    let name_long = u16::try_from(name.len()).ok()?;
    let policy_long = u32::try_from(policy.len()).ok()?;
    Some(
        [
            &name_long.to_be_bytes(),
            name.as_bytes(),
            &policy_long.to_be_bytes(),
            policy.as_bytes(),
        ]
        .concat(),
    )
}

/// The file that a question is about, and the policy by whose words it is to be read.
pub(super) fn question(bytes: &[u8]) -> Option<Asked<'_>> {
    let (long, rest) = bytes.split_first_chunk::<2>()?;
    let (file, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*long)))?;
    let (long, rest) = rest.split_first_chunk::<4>()?;
    let long = usize::try_from(u32::from_be_bytes(*long)).ok()?;
    let (policy, bytes) = rest.split_at_checked(long)?;
    let policy = std::str::from_utf8(policy).ok()?;
    Some(Asked {
        file: std::str::from_utf8(file).ok()?,
        policy: (!policy.is_empty()).then_some(policy),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_back() {
        for policy in [None, Some("name = \"own\"")] {
            let bytes = [heading("a.pdf", policy).unwrap().as_slice(), b"%PDF"].concat();
            let asked = Asked {
                file: "a.pdf",
                policy,
                bytes: b"%PDF",
            };
            assert_eq!(question(&bytes), Some(asked));
            for cut in 0..bytes.len() - 4 {
                assert_eq!(question(&bytes[..cut]), None);
            }
        }
        assert_eq!(heading(&"x".repeat(1 << 16), None), None);
        for answer in [
            Answer::Drafts(vec![1, 2]),
            Answer::Unfit("why".to_owned()),
            Answer::Open("why".to_owned()),
        ] {
            assert_eq!(Answer::from_bytes(answer.to_bytes()), Some(answer));
        }
    }

    #[test]
    fn an_answer_says_nothing_that_could_harm_who_reads_it() {
        for bytes in [
            b"".to_vec(),
            b"U".to_vec(),
            b"Xwhy".to_vec(),
            b"U\x1b[2J".to_vec(),
            b"U\xff".to_vec(),
            [b"U".as_slice(), &vec![b'x'; SAID_MAX_BYTES + 1]].concat(),
        ] {
            assert_eq!(Answer::from_bytes(bytes), None);
        }
    }
}
