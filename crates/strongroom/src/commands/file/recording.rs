//! The recording beside a transcript: what is said of it, and its bytes, which follow the record piece by piece.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use strongroom_guard::api::{EnclosedFile, RecordingAsk, RecordingTaken};
use strongroom_record::limits::{
    RECORDING_MAX_BYTES, RECORDING_PIECE_BYTES, RECORDING_PIECES_AT_ONCE_MAX,
};
use strongroom_seal::FileDigest;

use crate::client::read;
use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure};
use crate::session::Session;

/// Bytes that are given at once.
const AT_ONCE: usize = RECORDING_PIECES_AT_ONCE_MAX * RECORDING_PIECE_BYTES;

/// What files of audio and video are, by the ends of their names.
const TYPES: [(&str, &str); 14] = [
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("flac", "audio/flac"),
    ("m4a", "audio/mp4"),
    ("mp3", "audio/mpeg"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("avi", "video/x-msvideo"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
];

/// A recording that is to be filed.
pub(crate) struct Recording {
    path: PathBuf,
    file: File,
    pub(super) said: EnclosedFile,
}

impl Recording {
    /// Reads the file once, for its digest.
    pub(super) fn open(path: &Path, interrupts: &Interrupts) -> Result<Self, Failure> {
        let failed = |e| Failure::file("read", path, &e);
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| {
                Failure::unfit(format!("{} has no name that is text", path.display()))
            })?;
        let mut file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Failure::unfit(format!(
                "{} is not a regular file",
                path.display()
            )));
        }
        let mut digest = FileDigest::default();
        let mut bytes = 0;
        let mut piece = vec![0; RECORDING_PIECE_BYTES];
        loop {
            interrupts.check("interrupted: nothing was filed")?;
            let some = file.read(&mut piece).map_err(failed)?;
            if some == 0 {
                break;
            }
            bytes += some as u64;
            if bytes > RECORDING_MAX_BYTES {
                return Err(Failure::new(
                    Exit::Limit,
                    format!(
                        "{} is larger than the {RECORDING_MAX_BYTES} bytes that a recording may have",
                        path.display()
                    ),
                ));
            }
            digest.update(&piece[..some]);
        }
        let sha256 = data_encoding::HEXLOWER.encode(&digest.finish());
        Ok(Self {
            path: path.to_owned(),
            file,
            said: EnclosedFile {
                name: name.to_owned(),
                media_type: media_type(name).to_owned(),
                bytes,
                sha256,
            },
        })
    }

    /// Gives what the room lacks of it.
    ///
    /// # Errors
    /// The room does not take it, or the file has changed since it was opened.
    pub(super) fn give(
        &mut self,
        session: &Session,
        record: &str,
        interrupts: &Interrupts,
    ) -> Result<(), Failure> {
        let mut ask = RecordingAsk {
            record: record.to_owned(),
            first: 0,
            last: false,
        };
        let mut taken = give(session, &ask, &[])?;
        let mut piece = Vec::with_capacity(AT_ONCE);
        while !taken.whole {
            interrupts.check("interrupted: the record is in, and not all of its recording")?;
            let from = u64::from(taken.pieces) * RECORDING_PIECE_BYTES as u64;
            self.next(from, &mut piece)?;
            ask.first = taken.pieces;
            ask.last = from + piece.len() as u64 == self.said.bytes;
            taken = give(session, &ask, &piece)?;
        }
        Ok(())
    }

    /// Reads what stands behind a place.
    fn next(&mut self, from: u64, piece: &mut Vec<u8>) -> Result<(), Failure> {
        let failed = |e| Failure::file("read", &self.path, &e);
        piece.clear();
        self.file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let left = self.said.bytes.saturating_sub(from);
        let mut rest = (&self.file).take(left.min(AT_ONCE as u64));
        rest.read_to_end(piece).map_err(failed)?;
        let due = usize::try_from(left).map_or(AT_ONCE, |left| left.min(AT_ONCE));
        if piece.is_empty() || piece.len() != due {
            return Err(Failure::unfit(format!(
                "{} has changed while it was filed",
                self.path.display()
            )));
        }
        Ok(())
    }
}

fn give(session: &Session, ask: &RecordingAsk, bytes: &[u8]) -> Result<RecordingTaken, Failure> {
    let mut body = serde_json::to_vec(ask).expect("words are JSON");
    body.push(b'\n');
    body.extend_from_slice(bytes);
    read(
        &session
            .client
            .send_bytes("/v1/recording", session.token(), body)?,
    )
}

/// What a file is by the end of its name.
fn media_type(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    TYPES
        .iter()
        .find(|(known, _)| *known == end)
        .map_or("application/octet-stream", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_known_by_their_names() {
        assert_eq!(media_type("Talk.MP3"), "audio/mpeg");
        assert_eq!(media_type("talk"), "application/octet-stream");
        assert!(TYPES.iter().all(|(_, kind)| *kind == kind.to_lowercase()));
    }
}
