//! Decompression of gzip files, bounded.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use strongroom_record::limits::FILE_MAX_BYTES;

use crate::error::{Fault, Rule};

/// The two bytes with which every gzip member begins (RFC 1952, section 2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether bytes look like a gzip file.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The content of a gzip file, all members one after the other.
///
/// # Errors
/// It is damaged, cut off, followed by something else, or holds more than [`FILE_MAX_BYTES`]; of that it
/// reads one byte more and stops.
pub(crate) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(FILE_MAX_BYTES as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|why| Fault::whole(Rule::BrokenGzip(why.to_string())))?;
    if content.len() > FILE_MAX_BYTES {
        return Err(Fault::whole(Rule::FileTooLarge));
    }
    Ok(content)
}
