//! Sealing a backup as it is written.

use std::io::{self, Write};

use strongroom_record::encode;

use super::MAGIC;
use super::chunk::{CHUNK_BYTES, Chunks, HEAD_BYTES, Place};
use super::header::{BackupHeader, HEADER_MAX_BYTES};
use super::key::{BackupKey, NewBackupKey};
use crate::provider::TAG_BYTES;
use crate::secret::SecretBytes;
use crate::suite::Suite;

/// Seals what is written to it, chunk by chunk. A backup is whole only after [`finish`](Self::finish):
/// dropped before, it leaves a stream that every reader finds cut short.
pub struct BackupWriter<W> {
    out: W,
    suite: Suite,
    chunks: Chunks,
    /// The chunk in the making: its head, its content, its tag. Wiped with the writer.
    buffer: SecretBytes,
    /// How much content there is so far.
    filled: usize,
    number: u64,
    /// The output failed within a chunk: what lies in the buffer was sealed, and is not sealed twice.
    failed: bool,
}

impl<W: Write> BackupWriter<W> {
    /// Writes the header. The key serves this one backup.
    ///
    /// # Errors
    /// The output fails.
    ///
    /// # Panics
    /// The header is not one that readers take, or the key is not the one that it deals.
    pub fn begin(mut out: W, header: &BackupHeader, key: NewBackupKey) -> io::Result<Self> {
        assert_eq!(header.fault(), None, "a header is made as it is read");
        let key = key.into_key();
        assert!(
            header.shares.are_of(&key),
            "a backup is sealed under the key that it deals"
        );
        let clear = encode(header);
        assert!(
            clear.len() <= HEADER_MAX_BYTES,
            "a header is bounded by its shares"
        );
        let len = u32::try_from(clear.len()).expect("a header is far shorter than 2^32");
        out.write_all(MAGIC)?;
        out.write_all(&len.to_be_bytes())?;
        out.write_all(&clear)?;
        let buffer = vec![0; HEAD_BYTES + CHUNK_BYTES + TAG_BYTES];
        Ok(Self {
            out,
            suite: header.suite(),
            chunks: Chunks::of(header, key.key),
            buffer: SecretBytes::from_vec(buffer),
            filled: 0,
            number: 0,
            failed: false,
        })
    }

    /// Seals the last chunk. Gives back the output, not flushed, and the key to read the backup with.
    ///
    /// # Errors
    /// The output fails, or failed before.
    pub fn finish(mut self) -> io::Result<(W, BackupKey)> {
        self.put_chunk(true)?;
        let Self {
            out, chunks, suite, ..
        } = self;
        let key = chunks.into_key();
        Ok((out, BackupKey { suite, key }))
    }

    fn put_chunk(&mut self, last: bool) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other(
                "the backup's output failed before; begin a new backup",
            ));
        }
        self.failed = true;
        let (number, len) = (self.number, self.filled);
        let place = Place { number, last, len };
        let (head, rest) = self.buffer.expose_mut().split_at_mut(HEAD_BYTES);
        head.copy_from_slice(&place.head());
        let tag = self.chunks.seal(place, &mut rest[..len]);
        rest[len..len + TAG_BYTES].copy_from_slice(&tag);
        let whole = &self.buffer.expose()[..HEAD_BYTES + len + TAG_BYTES];
        self.out.write_all(whole)?;
        self.filled = 0;
        self.number += 1;
        self.failed = false;
        Ok(())
    }
}

impl<W: Write> Write for BackupWriter<W> {
    /// Takes at most what fits the present chunk. A full one is sealed when more comes, so that the last
    /// is known for it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.failed || self.filled == CHUNK_BYTES {
            self.put_chunk(false)?;
        }
        let taken = &bytes[..bytes.len().min(CHUNK_BYTES - self.filled)];
        let from = HEAD_BYTES + self.filled;
        self.buffer.expose_mut()[from..from + taken.len()].copy_from_slice(taken);
        self.filled += taken.len();
        Ok(taken.len())
    }

    /// Flushes what was sealed. The present chunk is sealed when it is full, or by `finish`.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
