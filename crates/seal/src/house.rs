//! The house key, and the one outer layer of every stored value.
//!
//! It opens the room: without it nothing in the store can be read, with it alone nothing but account
//! names and label names. A covered value is bound to the key it is stored under (kind, id, counter),
//! so that values cannot change places.

use minicbor::Encode;
use strongroom_record::{RoomId, Stream, encode};

use crate::aead;
use crate::domain;
use crate::error::OpenError;
use crate::printed;
pub use crate::printed::PrintedKeyError;
use crate::secret::{Secret, SecretBytes, SecretText};
use crate::suite::{Suite, SuiteFloor};

const HEADER: &str = "strongroom house key 1";

/// The key of the outer layer.
pub struct HouseKey {
    suite: Suite,
    key: Secret<32>,
}

/// The key under which a value is stored: outside the layer, and part of its binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct VaultKey {
    /// What kind of value it is.
    #[n(0)]
    pub kind: u8,
    /// Random.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Counts the values of one id.
    #[n(2)]
    pub counter: u64,
}

/// Where a covered value belongs.
#[derive(Encode)]
struct CoverBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    at: VaultKey,
}

impl HouseKey {
    /// Draws a house key.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self {
            suite,
            key: Secret::random(stream),
        }
    }
    /// A house key that was put together from its shares.
    pub(crate) const fn from_key(suite: Suite, key: Secret<32>) -> Self {
        Self { suite, key }
    }
    /// The bare key, for dealing it.
    pub(crate) const fn key(&self) -> &Secret<32> {
        &self.key
    }
    /// The suite of the layer.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// The text of a key file.
    pub fn to_text(&self) -> SecretText {
        let remarks = [
            "This file opens the room: the service reads it when it starts. By itself it reads no record.",
            "Keep a copy where the room's disk and its backups are not. Lost, nothing can be read again.",
        ];
        printed::print(HEADER, &remarks, self.suite, &self.key)
    }
    /// Reads a key file.
    ///
    /// # Errors
    /// It is no key file, it is damaged, or its suite is refused.
    pub fn from_text(floor: SuiteFloor, text: &str) -> Result<Self, PrintedKeyError> {
        let (suite, key) = printed::parse(HEADER, floor, text)?;
        Ok(Self { suite, key })
    }
}

/// Covers a value with the outer layer.
pub fn cover(
    key: &HouseKey,
    room: RoomId,
    at: VaultKey,
    value: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let binding = encode(&CoverBinding { room, at });
    aead::seal(key.suite, &key.key, domain::HOUSE, &binding, value, stream)
}

/// Takes the outer layer off. What comes out is still sealed, or is a name that the house key may
/// read, so it is no secret and is not wiped: wiping would cost more than decrypting.
///
/// # Errors
/// It was covered under another key, in another room or for another place, or it was changed.
pub fn uncover(
    floor: SuiteFloor,
    key: &HouseKey,
    room: RoomId,
    at: VaultKey,
    covered: &[u8],
) -> Result<Vec<u8>, OpenError> {
    let binding = encode(&CoverBinding { room, at });
    aead::open(floor, &key.key, domain::HOUSE, &binding, covered).map(SecretBytes::into_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(HouseKey);

    #[test]
    fn a_key_file_opens_what_its_key_covered() {
        let mut stream = Stream::from_seed([2; 32]);
        let key = HouseKey::random(Suite::Cnsa, &mut stream);
        let room = RoomId::random(&mut stream);
        let at = VaultKey {
            kind: 3,
            id: stream.bytes(),
            counter: 1,
        };
        let covered = cover(&key, room, at, b"value", &mut stream);
        let again = HouseKey::from_text(SuiteFloor::CNSA, key.to_text().expose()).unwrap();
        let open = |at| uncover(SuiteFloor::CNSA, &again, room, at, &covered);
        assert_eq!(open(at), Ok(b"value".to_vec()));
        for elsewhere in [
            VaultKey { kind: 4, ..at },
            VaultKey { id: [0; 16], ..at },
            VaultKey { counter: 2, ..at },
        ] {
            assert_eq!(open(elsewhere).err(), Some(OpenError::WrongKeyOrBinding));
        }
    }
}
