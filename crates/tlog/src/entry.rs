//! What the log holds: an entry is a version and a root, 33 bytes, always.
//!
//! ```text
//! entry         01 ‖ entry root[32]
//! entry root    H("strongroom/entry/v1\n" ‖ body root[32] ‖ signature commitment[32])
//! leaf hash     H(00 ‖ entry[33])                       (RFC 6962 §2.1)
//! ```
//!
//! The body root is over the fields of the event ([`crate::commit`]). A person
//! signs once a command, over a message that holds the
//! [`CommandRoot`](crate::commit::CommandRoot) over the body roots of its events;
//! the signature is then committed to beside each body, since it cannot lie
//! inside what it signs. All entries look alike: nothing in one says what the
//! event was, whose it was, or whether it was signed.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::commit::{BodyRoot, SignatureCommitment};
use crate::digest::{DIGEST_LEN, digest_type};
use crate::tree::LeafHash;

const ENTRY_DOMAIN: &[u8] = b"strongroom/entry/v1\n";

digest_type! {
    /// The root of an event: its fields and its signature.
    EntryRoot
}

/// The two halves of an entry root. Given with a
/// [`ShownField`](crate::commit::ShownField), it leads from the field to the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryOpening {
    /// The root over the event's fields.
    pub body: BodyRoot,
    /// The commitment to its signature.
    pub signature: SignatureCommitment,
}

impl EntryOpening {
    /// The entry that these two make.
    #[must_use]
    pub fn entry(&self) -> Entry {
        let mut hash = Sha256::new();
        hash.update(ENTRY_DOMAIN);
        hash.update(self.body.as_bytes());
        hash.update(self.signature.as_bytes());
        let digest: [u8; DIGEST_LEN] = hash.finalize().into();
        Entry {
            root: EntryRoot::from_bytes(digest),
        }
    }
}

/// An entry of the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// The root of the event.
    pub root: EntryRoot,
}

impl Entry {
    /// The version that every entry begins with.
    pub const VERSION: u8 = 1;
    /// Length of an entry: the version and the root.
    pub const LEN: usize = 1 + DIGEST_LEN;

    /// The 33 bytes that the log holds.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Entry::LEN] {
        let mut bytes = [Entry::VERSION; Entry::LEN];
        bytes[1..].copy_from_slice(self.root.as_bytes());
        bytes
    }

    /// Reads an entry: 33 bytes of a version known here, and nothing else.
    ///
    /// # Errors
    ///
    /// [`EntryError`] says which rule was broken.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        let bytes: &[u8; Entry::LEN] = bytes
            .try_into()
            .map_err(|_| EntryError::BadLength(bytes.len()))?;
        let [version, root @ ..] = *bytes;
        if version != Entry::VERSION {
            return Err(EntryError::UnknownVersion(version));
        }
        Ok(Self {
            root: EntryRoot::from_bytes(root),
        })
    }

    /// The hash of this entry as a leaf of the log.
    #[must_use]
    pub fn leaf_hash(&self) -> LeafHash {
        LeafHash::of(&self.to_bytes())
    }
}

/// Why bytes are not an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EntryError {
    /// An entry is exactly [`Entry::LEN`] bytes.
    #[error("a ledger entry is {0} bytes long; every entry is exactly {len}", len = Entry::LEN)]
    BadLength(usize),
    /// The first byte is not [`Entry::VERSION`].
    #[error(
        "a ledger entry begins with version {0}, which this program does not know; \
         it is damaged, or was written by a newer program"
    )]
    UnknownVersion(u8),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::Salt;

    fn opening() -> EntryOpening {
        EntryOpening {
            body: BodyRoot::from_bytes([1; 32]),
            signature: SignatureCommitment::absent(&Salt::new([2; 32])),
        }
    }

    #[test]
    fn an_entry_reads_back() {
        let entry = opening().entry();
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry));
    }

    #[test]
    fn body_and_signature_each_matter() {
        let mut other = opening();
        other.signature = SignatureCommitment::present(&Salt::new([2; 32]), b"");
        assert_ne!(opening().entry(), other.entry());
        let swapped = EntryOpening {
            body: BodyRoot::from_bytes(*opening().signature.as_bytes()),
            signature: SignatureCommitment::from_bytes(*opening().body.as_bytes()),
        };
        assert_ne!(opening().entry(), swapped.entry());
    }

    #[test]
    fn only_33_bytes_of_version_1_are_an_entry() {
        let bytes = opening().entry().to_bytes();
        for cut in 0..bytes.len() {
            assert_eq!(
                Entry::from_bytes(&bytes[..cut]),
                Err(EntryError::BadLength(cut))
            );
        }
        let long = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Entry::from_bytes(&long), Err(EntryError::BadLength(34)));
        for version in (0..=u8::MAX).filter(|v| *v != Entry::VERSION) {
            let mut other = bytes;
            other[0] = version;
            assert_eq!(
                Entry::from_bytes(&other),
                Err(EntryError::UnknownVersion(version))
            );
        }
    }
}
