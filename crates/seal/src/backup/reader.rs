//! Opening a backup as it is read.

use std::io::{self, Read};

use strongroom_record::{CodecError, decode};

use super::MAGIC;
use super::chunk::{CHUNK_BYTES, Chunks, HEAD_BYTES, Place};
use super::header::{BackupHeader, HEADER_MAX_BYTES};
use super::key::BackupKey;
use crate::provider::TAG_BYTES;
use crate::secret::SecretBytes;
use crate::suite::{SuiteFloor, SuiteRefused};

/// Why a backup cannot be read. Chunks are counted from 0.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The input fails.
    #[error("the backup cannot be read: {0}")]
    Input(#[from] io::Error),
    /// It does not begin as backups do.
    #[error(
        "this is no backup of a room, or one of another version: it does not begin with `strongroom backup 1`"
    )]
    NoBackup,
    /// The input ends within the header.
    #[error("the backup ends within its header: the rest of it is lost")]
    HeaderCut,
    /// The header claims a length that none has.
    #[error("the backup's header is said to have {0} bytes; it has at most {HEADER_MAX_BYTES}")]
    HeaderLength(u32),
    /// The header is not one.
    #[error("the backup's header was changed: {0}")]
    Header(#[from] CodecError),
    /// Its suite is below the floor.
    #[error(transparent)]
    Suite(#[from] SuiteRefused),
    /// The key is another backup's.
    #[error("this key is not the backup's: its shares were of another backup")]
    OtherKey,
    /// The input ends before the last chunk.
    #[error("the backup ends within chunk {chunk}: the rest of it is lost")]
    Cut {
        /// The first chunk that is not whole.
        chunk: u64,
    },
    /// A chunk's head is none.
    #[error("chunk {chunk} of the backup has a flag or a length that no chunk has: it was changed")]
    ChunkHead {
        /// The chunk.
        chunk: u64,
    },
    /// A chunk is not the one that was sealed for its place.
    #[error(
        "chunk {chunk} of the backup is not what was sealed there: it was changed, moved, or comes from another backup"
    )]
    Chunk {
        /// The chunk.
        chunk: u64,
    },
    /// Bytes follow the last chunk.
    #[error("bytes follow chunk {chunk}, which is the backup's last: something was joined to it")]
    Beyond {
        /// The last chunk.
        chunk: u64,
    },
    /// A reader that failed before.
    #[error("the backup failed to be read before; nothing more is taken from it")]
    Failed,
}

/// A backup whose header was read. Nothing that the header says is proved before the first chunk opens.
pub struct SealedBackup<R> {
    input: R,
    header: BackupHeader,
}

impl<R: Read> SealedBackup<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The input fails, is no backup or ends early, the header was changed, or its suite is refused.
    pub fn read_header(mut input: R, floor: SuiteFloor) -> Result<Self, BackupError> {
        let mut magic = [0; MAGIC.len()];
        fill(&mut input, &mut magic, || BackupError::NoBackup)?;
        if magic != *MAGIC {
            return Err(BackupError::NoBackup);
        }
        let mut len = [0; 4];
        fill(&mut input, &mut len, || BackupError::HeaderCut)?;
        let len = u32::from_be_bytes(len);
        let bytes = usize::try_from(len).unwrap_or(usize::MAX);
        if bytes > HEADER_MAX_BYTES {
            return Err(BackupError::HeaderLength(len));
        }
        let mut clear = vec![0; bytes];
        fill(&mut input, &mut clear, || BackupError::HeaderCut)?;
        let header: BackupHeader = decode(&clear)?;
        floor.admit(header.suite().id())?;
        Ok(Self { input, header })
    }

    /// The header.
    pub const fn header(&self) -> &BackupHeader {
        &self.header
    }

    /// Goes on to the content, with the key that the key holders gave back.
    ///
    /// # Errors
    /// The key is another backup's.
    pub fn open(self, key: &BackupKey) -> Result<BackupReader<R>, BackupError> {
        if !self.header.shares.are_of(key) {
            return Err(BackupError::OtherKey);
        }
        Ok(BackupReader {
            input: self.input,
            chunks: Chunks::of(&self.header, key.copy()),
            sealed: vec![0; CHUNK_BYTES + TAG_BYTES],
            plain: SecretBytes::from_vec(vec![0; CHUNK_BYTES]),
            next: Next::Chunk(0),
            shown: 0..0,
        })
    }
}

/// What a reader does next.
#[derive(Clone, Copy)]
enum Next {
    Chunk(u64),
    /// All was read.
    End,
    /// Something was wrong.
    Nothing,
}

/// The content of a backup. Of a chunk that is not proved nothing is shown.
pub struct BackupReader<R> {
    input: R,
    chunks: Chunks,
    sealed: Vec<u8>,
    plain: SecretBytes,
    next: Next,
    /// What of `plain` was proved and not yet taken through `Read`.
    shown: std::ops::Range<usize>,
}

impl<R: Read> BackupReader<R> {
    /// The content of the next chunk; `None` after the last, when the input was seen to end there.
    ///
    /// # Errors
    /// The input fails or ends early, or a chunk is not the one that belongs there. After an error
    /// there is nothing but errors.
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, BackupError> {
        self.shown = 0..0;
        let number = match self.next {
            Next::Chunk(number) => number,
            Next::End => return Ok(None),
            Next::Nothing => return Err(BackupError::Failed),
        };
        self.next = Next::Nothing;
        let place = self.read_chunk(number)?;
        self.next = if place.last {
            self.expect_end(number)?;
            Next::End
        } else {
            Next::Chunk(number + 1)
        };
        Ok(Some(&self.plain.expose()[..place.len]))
    }

    /// Reads and proves one chunk; its content lies in `plain`.
    fn read_chunk(&mut self, chunk: u64) -> Result<Place, BackupError> {
        let cut = || BackupError::Cut { chunk };
        let mut head = [0; HEAD_BYTES];
        fill(&mut self.input, &mut head, cut)?;
        let place = Place::of_head(chunk, head).ok_or(BackupError::ChunkHead { chunk })?;
        let sealed = &mut self.sealed[..place.len + TAG_BYTES];
        fill(&mut self.input, sealed, cut)?;
        let body = sealed.split_at(place.len);
        let out = &mut self.plain.expose_mut()[..place.len];
        if self.chunks.open(place, body, out) {
            Ok(place)
        } else {
            Err(BackupError::Chunk { chunk })
        }
    }

    fn expect_end(&mut self, chunk: u64) -> Result<(), BackupError> {
        let mut more = [0];
        loop {
            match self.input.read(&mut more) {
                Ok(0) => return Ok(()),
                Ok(_) => return Err(BackupError::Beyond { chunk }),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

impl<R: Read> Read for BackupReader<R> {
    /// Reads on. A [`BackupError`] comes inside an error of the kind `InvalidData`; the input's own come as they are.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.shown.is_empty() && !out.is_empty() {
            match self.next_chunk() {
                Ok(Some(content)) => self.shown = 0..content.len(),
                Ok(None) => return Ok(0),
                Err(BackupError::Input(e)) => return Err(e),
                Err(e) => return Err(io::Error::new(io::ErrorKind::InvalidData, e)),
            }
        }
        let count = out.len().min(self.shown.len());
        let from = self.shown.start;
        out[..count].copy_from_slice(&self.plain.expose()[from..from + count]);
        self.shown.start += count;
        Ok(count)
    }
}

/// Fills `out`; an input that ends before is what `cut` says.
fn fill(
    input: &mut impl Read,
    out: &mut [u8],
    cut: impl FnOnce() -> BackupError,
) -> Result<(), BackupError> {
    input.read_exact(out).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => cut(),
        _ => BackupError::Input(e),
    })
}
