//! Backups: what a room is, in one stream that M key holders together open.
//!
//! | bytes | what |
//! | --- | --- |
//! | 20 | `strongroom backup 1`, and a line break |
//! | 4 | length of the header, most significant byte first |
//! | n | [`BackupHeader`] in CBOR: clear |
//! | … | chunks, one behind the other, to the end |
//!
//! and a chunk is
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 1 for the last chunk, 0 for all before it |
//! | 4 | length of its content, most significant byte first: [`CHUNK_BYTES`], for the last at most that |
//! | n | ciphertext |
//! | 16 | tag |
//!
//! The key is drawn for one backup and dealt among the key holders, whose shares stand in the header.
//! Key and nonce of a chunk are derived from it with the header's digest as salt, and the chunk's
//! number and whether it is the last in the info; these and its length are the associated data.
//! So a chunk opens in one place of one backup under one header: cut, reordered, doubled, exchanged
//! with another backup's or continued behind its end, the stream is refused where that begins.
//! The header's [`KeyCheck`](crate::KeyCheck) commits to the key, so chunks carry no commitment.
//!
//! A key seals one stream: [`NewBackupKey`] is used up by [`BackupWriter`], and what holders recover
//! is a [`BackupKey`], which opens and seals nothing. Neither side sees a file: bytes go to
//! an [`io::Write`](std::io::Write) and come from an [`io::Read`](std::io::Read).

mod chunk;
mod header;
mod key;
mod reader;
mod writer;

pub use chunk::CHUNK_BYTES;
pub use header::{BackupHeader, HEADER_MAX_BYTES, LedgerHead, RANGE_MAX_BYTES};
pub use key::{BackupKey, BackupSecret, BackupShares, NewBackupKey};
pub use reader::{BackupError, BackupReader, SealedBackup};
pub use writer::BackupWriter;

/// What every backup begins with.
const MAGIC: &[u8; 20] = b"strongroom backup 1\n";
