//! Files beside a record, written where the reader says: nothing is overwritten, and nobody else reads it.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use strongroom_guard::api::{EnclosedFile, PieceQuery, PieceShown, ReadQuery, Request, Shown};
use strongroom_seal::FileDigest;

use crate::files::create_private_new;
use crate::outcome::{Exit, Failure, note};
use crate::screen::harmless;
use crate::session::Session;

/// Which file beside a record.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// An attachment, counted from 1.
    Attachment(usize),
    Recording,
}

/// Writes a file beside a record to a new file of mode 0600, and compares it with what was said of it at filing.
pub(super) fn write(
    session: &Session,
    record: &str,
    which: Which,
    version: Option<usize>,
    path: &Path,
) -> Result<(), Failure> {
    let ask = Request::Read(ReadQuery {
        record: record.to_owned(),
        original: false,
        version,
    });
    let (shown, _) = session.get::<Shown>(&ask)?;
    let said = said(&shown, which)?;
    let failed = |e| Failure::file("written", path, &e);
    let mut file = create_private_new(path)?;
    let written = pieces(session, &shown.record, (which, version), |bytes| {
        file.write_all(bytes).map_err(failed)
    });
    let written = written
        .and_then(|written| file.sync_all().map_err(failed).map(|()| written))
        .and_then(|written| compare(&said, written));
    if written.is_err() {
        // What is not whole is not left to be taken for it.
        let _ = fs::remove_file(path);
    }
    let banner = written?;
    note(&format!(
        "{}: {} ({}, {} bytes) of {}\n",
        harmless(&path.to_string_lossy()),
        harmless(&said.name),
        harmless(&said.media_type),
        said.bytes,
        harmless(&banner),
    ));
    Ok(())
}

/// What the record's header says of it.
fn said(shown: &Shown, which: Which) -> Result<EnclosedFile, Failure> {
    let value = |field: &str| {
        let field = shown.header.iter().find(|h| h.field == field)?;
        Some(field.value.clone())
    };
    let (said, what) = match which {
        Which::Attachment(n) => {
            let all = value("attachments");
            let one = all.and_then(|all| all.get(n.checked_sub(1)?).cloned());
            (one, format!("attachment {n}"))
        }
        Which::Recording => (value("recording"), "recording".to_owned()),
    };
    said.and_then(|said| serde_json::from_value(said).ok())
        .ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                format!("there is no {what} of this record in your view"),
            )
            .hint("`read` shows what came with it")
        })
}

/// What was written.
struct Written {
    banner: String,
    bytes: u64,
    digest: FileDigest,
    whole: bool,
}

fn pieces(
    session: &Session,
    record: &str,
    (which, version): (Which, Option<usize>),
    mut write: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<Written, Failure> {
    let mut written = Written {
        banner: String::new(),
        bytes: 0,
        digest: FileDigest::default(),
        whole: false,
    };
    for piece in 0.. {
        let ask = Request::Piece(PieceQuery {
            record: record.to_owned(),
            attachment: match which {
                Which::Attachment(n) => Some(n),
                Which::Recording => None,
            },
            version,
            piece,
        });
        let (shown, _) = session.get::<PieceShown>(&ask)?;
        let bytes = data_encoding::BASE64
            .decode(shown.bytes.as_bytes())
            .map_err(|_| Failure::new(Exit::Machine, "the guard's answer cannot be read"))?;
        write(&bytes)?;
        written.digest.update(&bytes);
        written.bytes += bytes.len() as u64;
        written.banner = shown.banner;
        written.whole = shown.whole;
        if piece + 1 >= shown.pieces {
            break;
        }
    }
    Ok(written)
}

/// Whether it is what was said of it.
fn compare(said: &EnclosedFile, written: Written) -> Result<String, Failure> {
    let digest = data_encoding::HEXLOWER.encode(&written.digest.finish());
    if written.bytes == said.bytes && digest == said.sha256 {
        return Ok(written.banner);
    }
    if !written.whole {
        return Err(Failure::unfit(format!(
            "only {} of {} bytes are in; nothing was written",
            written.bytes, said.bytes
        ))
        .hint("whoever filed the record files the rest of its recording"));
    }
    Err(Failure::unfit(
        "it is not the file that was said to come with the record; nothing was written",
    )
    .hint("its filer said of it another size or SHA-256 than its bytes have"))
}
