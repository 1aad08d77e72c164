//! What comes to a record after its filing, and what lies beside it: corrections, links, gradings, withdrawals,
//! attachments and recordings, done in a test's room.
#![allow(
    dead_code,
    reason = "each test file uses what it needs of what comes later"
)]

use std::ops::ControlFlow;

use strongroom_guard::api::*;
use strongroom_guard::{Intake, Refusal};
use strongroom_ingest::{Format, Read};
use strongroom_label::Policy;
use strongroom_record::{Draft, DraftAttachment, DraftPortion, DraftSet, PortionKind};
use strongroom_seal::FileDigest;

use super::common::{PEER, World, filing};

/// A file that comes with another: its name and its bytes.
pub(crate) type Enclosure = (&'static str, &'static [u8]);

/// Reads a text whose first paragraph is its heading, and which came with enclosures.
pub(crate) struct Letter(pub(crate) &'static [Enclosure]);

impl Intake for Letter {
    fn read<'a>(&self, _: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let text = std::str::from_utf8(bytes).expect("text");
        let kinds =
            std::iter::once(PortionKind::Heading).chain(std::iter::repeat(PortionKind::Paragraph));
        let portions = text
            .split("\n\n")
            .zip(kinds)
            .map(|(words, kind)| DraftPortion::new(kind, words.trim_end().to_owned()))
            .collect();
        let attachments = self.0.iter().map(|(name, bytes)| DraftAttachment {
            name: (*name).to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: bytes.to_vec(),
        });
        let draft = Draft {
            id: "letter".to_owned(),
            portions,
            slice: 0..bytes.len(),
            attachments: attachments.collect(),
            ..Draft::default()
        };
        Ok(Read {
            original: bytes.into(),
            drafts: DraftSet::new(file.to_owned(), bytes.len(), vec![draft]).expect("one slice"),
            format: Format::Text,
        })
    }
}

/// Files a text with what came with it.
pub(crate) fn letter(
    world: &World,
    who: &str,
    ask: &Filing,
    text: &str,
    enclosures: &'static [Enclosure],
) -> FilingDone {
    let mut on = |_| ControlFlow::Continue(());
    let token = &world.tokens[who];
    let (intake, bytes) = (Letter(enclosures), text.as_bytes());
    let done = world
        .guard()
        .file_read_by(&intake, token, PEER, ask, bytes, &mut on)
        .unwrap_or_else(|e| panic!("{e:?}"));
    serde_json::from_slice(done.json()).expect("an answer")
}

/// A filing under a marking.
pub(crate) fn marked(file: &str, marking: &str) -> Filing {
    Filing {
        marking: Some(marking.to_owned()),
        ..filing(file)
    }
}

/// A further version of a record, with a marking of its own.
pub(crate) fn correction(record: &str, marking: &str) -> Filing {
    Filing {
        correction: Some(Correcting {
            record: record.to_owned(),
            listened: vec!["the duty officer".to_owned()],
            changed: "a word that was misheard".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..marked("again.txt", marking)
    }
}

/// What is said of a recording.
pub(crate) fn said_of(bytes: &[u8]) -> EnclosedFile {
    EnclosedFile {
        name: "talk.ogg".to_owned(),
        media_type: "audio/ogg".to_owned(),
        bytes: bytes.len() as u64,
        sha256: data_encoding::HEXLOWER.encode(&FileDigest::of(bytes)),
    }
}

/// A link of a kind, to a portion or to the whole record.
pub(crate) fn link(from: &str, kind: &str, to: &str, portion: Option<&str>) -> Request {
    Request::Link(LinkQuery {
        record: from.to_owned(),
        to: to.to_owned(),
        portion: portion.map(str::to_owned),
        kind: kind.to_owned(),
        request: None,
    })
}

/// Asks for a record to be withdrawn.
pub(crate) fn withdraw(record: &str) -> Request {
    Request::Withdraw(WithdrawAsk {
        record: record.to_owned(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "it was meant for another room".to_owned(),
        request: None,
    })
}

/// A version of a record.
pub(crate) fn version(record: &str, version: usize) -> Request {
    Request::Read(ReadQuery {
        record: record.to_owned(),
        version: Some(version),
        ..ReadQuery::default()
    })
}

/// An attachment of a version, or a piece of the recording.
pub(crate) fn piece(
    record: &str,
    attachment: Option<usize>,
    version: Option<usize>,
    n: u32,
) -> Request {
    Request::Piece(PieceQuery {
        record: record.to_owned(),
        attachment,
        version,
        piece: n,
    })
}
