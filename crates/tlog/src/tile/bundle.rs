//! Entry bundles: up to 256 entries in one file.

use thiserror::Error;

use super::TILE_WIDTH;
use crate::entry::{Entry, EntryError};

/// An entry in a bundle: its length, then its bytes.
const FRAMED: usize = size_of::<u16>() + Entry::LEN;

/// What stands before each entry: its length.
const LENGTH: [u8; 2] = [0, 33];
const _: () = assert!(LENGTH[1] as usize == Entry::LEN);

/// The most bytes of a bundle of this log.
pub const MAX_BUNDLE_BYTES: usize = TILE_WIDTH as usize * FRAMED;

/// The bytes of a bundle of these entries.
#[must_use]
pub fn bundle(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * FRAMED);
    for entry in entries {
        bytes.extend_from_slice(&LENGTH);
        bytes.extend_from_slice(&entry.to_bytes());
    }
    bytes
}

/// Reads a bundle of exactly `width` entries.
///
/// # Errors
///
/// [`BundleError`] names the place in the bundle and the rule.
pub fn read_bundle(bytes: &[u8], width: u16) -> Result<Vec<Entry>, BundleError> {
    let expected = usize::from(width) * FRAMED;
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    for place in 0..width {
        let Some((length, after)) = rest.split_first_chunk::<2>() else {
            return Err(BundleError::BadLength {
                expected,
                actual: bytes.len(),
            });
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length != Entry::LEN {
            let fault = EntryError::BadLength(length);
            return Err(BundleError::BadEntry { place, fault });
        }
        let Some((entry, after)) = after.split_at_checked(length) else {
            return Err(BundleError::BadLength {
                expected,
                actual: bytes.len(),
            });
        };
        let entry =
            Entry::from_bytes(entry).map_err(|fault| BundleError::BadEntry { place, fault })?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(BundleError::BadLength {
            expected,
            actual: bytes.len(),
        });
    }
    Ok(entries)
}

/// Why bytes are not a bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BundleError {
    /// It was cut or lengthened.
    #[error("it is {actual} bytes long instead of {expected}: it was cut or lengthened")]
    BadLength {
        /// How long a bundle of its width is.
        expected: usize,
        /// How long it is.
        actual: usize,
    },
    /// An entry is not one of this log. Places count from 0 within the bundle.
    #[error("at place {place} of it: {fault}")]
    BadEntry {
        /// Where in the bundle.
        place: u16,
        /// What is wrong.
        fault: EntryError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::EntryRoot;

    fn entries(count: u8) -> Vec<Entry> {
        (0..count)
            .map(|n| Entry {
                root: EntryRoot::from_bytes([n; 32]),
            })
            .collect()
    }

    #[test]
    fn a_bundle_reads_back_at_its_width_alone() {
        let bytes = bundle(&entries(3));
        assert_eq!(read_bundle(&bytes, 3), Ok(entries(3)));
        for width in [1, 2, 4, 256] {
            assert!(matches!(
                read_bundle(&bytes, width),
                Err(BundleError::BadLength { actual: 105, .. })
            ));
        }
        for cut in 0..bytes.len() {
            assert!(read_bundle(&bytes[..cut], 3).is_err());
        }
    }

    #[test]
    fn the_place_of_a_bad_entry_is_named() {
        let mut bytes = bundle(&entries(3));
        bytes[35 + 2] = 9;
        assert_eq!(
            read_bundle(&bytes, 3),
            Err(BundleError::BadEntry {
                place: 1,
                fault: EntryError::UnknownVersion(9)
            })
        );
        bytes[70] = 1;
        bytes[37] = 1;
        assert_eq!(
            read_bundle(&bytes, 3),
            Err(BundleError::BadEntry {
                place: 2,
                fault: EntryError::BadLength(289)
            })
        );
    }
}
