//! One chunk: where it belongs, and the key and nonce that follow from that.

use minicbor::Encode;
use strongroom_record::encode;

use super::header::BackupHeader;
use crate::digest::Digest;
use crate::domain;
use crate::provider::{NONCE_BYTES, TAG_BYTES};
use crate::secret::Secret;
use crate::suite::Suite;

/// Content of every chunk but the last. A reader holds two of these in memory, and shows nothing of one
/// before all of it is proved; smaller ones cost more for each byte.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Bytes of flag and length before the ciphertext.
pub(super) const HEAD_BYTES: usize = 1 + 4;

/// Which chunk it is, and how long.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Counts from 0.
    pub(super) number: u64,
    pub(super) last: bool,
    pub(super) len: usize,
}

impl Place {
    pub(super) fn head(self) -> [u8; HEAD_BYTES] {
        let len = u32::try_from(self.len).expect("a chunk is far shorter than 2^32");
        let [a, b, c, d] = len.to_be_bytes();
        [u8::from(self.last), a, b, c, d]
    }
    /// Reads the head of the chunk of that number; `None` if no chunk has it.
    pub(super) fn of_head(number: u64, [flag, len @ ..]: [u8; HEAD_BYTES]) -> Option<Self> {
        let len = usize::try_from(u32::from_be_bytes(len)).ok()?;
        let last = match flag {
            0 if len == CHUNK_BYTES => false,
            1 if len <= CHUNK_BYTES => true,
            _ => return None,
        };
        Some(Self { number, last, len })
    }
}

/// What a chunk is bound to.
#[derive(Encode)]
struct ChunkBinding {
    #[n(0)]
    header: Digest,
    #[n(1)]
    number: u64,
    #[n(2)]
    last: bool,
    #[n(3)]
    len: u64,
}

/// The chunks of one backup.
pub(super) struct Chunks {
    suite: Suite,
    key: Secret<32>,
    header: Digest,
}

impl Chunks {
    pub(super) fn of(header: &BackupHeader, key: Secret<32>) -> Self {
        Self {
            suite: header.suite(),
            key,
            header: header.digest(),
        }
    }

    /// Encrypts a chunk where it lies.
    pub(super) fn seal(&self, place: Place, content: &mut [u8]) -> [u8; TAG_BYTES] {
        let derived = self.derive(place);
        let (key, nonce) = split(&derived);
        let binding = self.binding(place);
        self.suite.encrypt(key, nonce, &binding, content)
    }

    /// Decrypts a chunk into `out`, which has its length; false if it is not the one of that place.
    #[must_use]
    pub(super) fn open(&self, place: Place, sealed: (&[u8], &[u8]), out: &mut [u8]) -> bool {
        let derived = self.derive(place);
        let (key, nonce) = split(&derived);
        let binding = self.binding(place);
        self.suite.decrypt(key, nonce, &binding, sealed, out)
    }

    pub(super) fn into_key(self) -> Secret<32> {
        self.key
    }

    fn derive(&self, place: Place) -> Secret<{ 32 + NONCE_BYTES }> {
        let id = self.suite.id().to_bytes();
        let number = place.number.to_be_bytes();
        let last = [u8::from(place.last)];
        let info: [&[u8]; 4] = [&id, domain::BACKUP_CHUNK.as_bytes(), &number, &last];
        let salt = self.header.as_bytes();
        Secret::fill_with(|out| self.suite.derive(self.key.expose(), salt, &info, out))
    }

    fn binding(&self, place: Place) -> Vec<u8> {
        encode(&ChunkBinding {
            header: self.header,
            number: place.number,
            last: place.last,
            len: place.len as u64,
        })
    }
}

fn split(derived: &Secret<{ 32 + NONCE_BYTES }>) -> (&[u8; 32], &[u8; NONCE_BYTES]) {
    let (key, nonce) = derived.expose().split_at(32);
    (
        key.try_into().expect("32 bytes"),
        nonce.try_into().expect("12 bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(Chunks);

    #[test]
    fn heads_that_no_chunk_has_are_told_from_those_that_one_has() {
        let full = u32::try_from(CHUNK_BYTES).unwrap();
        let head = |flag: u8, len: u32| {
            let [a, b, c, d] = len.to_be_bytes();
            [flag, a, b, c, d]
        };
        for (flag, len) in [(0, full), (1, 0), (1, 1), (1, full)] {
            let read = Place::of_head(7, head(flag, len)).unwrap();
            assert_eq!(read.head(), head(flag, len));
            assert_eq!(read.number, 7);
        }
        for (flag, len) in [
            (0, 0),
            (0, full - 1),
            (0, full + 1),
            (1, full + 1),
            (1, u32::MAX),
            (2, full),
            (255, 1),
        ] {
            assert!(Place::of_head(0, head(flag, len)).is_none());
        }
    }
}
