//! Cipher suites, and the floor below which a room opens nothing.
//!
//! Every sealed object begins with the two bytes of its suite, most significant first. They are read
//! before anything else: a suite that is unknown or below the room's [`SuiteFloor`] ends the attempt.

use std::fmt;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// Bytes of a suite id at the head of every sealed object.
pub const SUITE_BYTES: usize = 2;

/// The number that names a suite, known here or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SuiteId(u16);

impl SuiteId {
    /// A suite's number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }
    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
    /// The bytes that stand at the head of a sealed object.
    pub const fn to_bytes(self) -> [u8; SUITE_BYTES] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}

impl fmt::Debug for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SuiteId({self})")
    }
}

impl<C> Encode<C> for SuiteId {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u16(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for SuiteId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        d.u16().map(Self)
    }
}

/// A suite that this build can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// The default, `0x0001`: HPKE base mode with MLKEM1024-P384, HKDF-SHA384 and AES-256-GCM; Ed25519
    /// and ML-DSA-87 signatures, both required; Argon2id. The lattice parts are those of CNSA 2.0.
    Cnsa,
    /// `0xfffe`: follows from its seed, is fast, and keeps **no** secret. For tests only.
    #[cfg(feature = "mock")]
    Mock,
}

impl Suite {
    /// The number that names the suite.
    pub const fn id(self) -> SuiteId {
        match self {
            Self::Cnsa => SuiteId(0x0001),
            #[cfg(feature = "mock")]
            Self::Mock => SuiteId(0xfffe),
        }
    }

    /// The suite of that number, if this build has it.
    pub fn from_id(id: SuiteId) -> Option<Self> {
        match id.0 {
            0x0001 => Some(Self::Cnsa),
            #[cfg(feature = "mock")]
            0xfffe => Some(Self::Mock),
            _ => None,
        }
    }

    /// How strong the suite is among suites; only the order matters.
    const fn rank(self) -> u8 {
        match self {
            Self::Cnsa => 1,
            #[cfg(feature = "mock")]
            Self::Mock => 0,
        }
    }
}

impl<C> Encode<C> for Suite {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        self.id().encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Suite {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        Self::from_id(SuiteId::decode(d, ctx)?)
            .ok_or_else(|| DecodeError::message("a cipher suite that this build knows").at(at))
    }
}

/// A suite that is unknown, or weaker than the room allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cipher suite {0} is unknown here or below what the room allows")]
pub struct SuiteRefused(pub SuiteId);

/// The weakest suite that a room opens and verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SuiteFloor(Suite);

impl SuiteFloor {
    /// The floor of every real room.
    pub const CNSA: Self = Self(Suite::Cnsa);

    /// A floor at a suite.
    pub const fn at(suite: Suite) -> Self {
        Self(suite)
    }

    /// The suite of that number, if the floor lets it pass.
    ///
    /// # Errors
    /// The number is unknown to this build, or the suite is weaker than the floor.
    pub fn admit(self, id: SuiteId) -> Result<Suite, SuiteRefused> {
        match Suite::from_id(id) {
            Some(suite) if suite.rank() >= self.0.rank() => Ok(suite),
            _ => Err(SuiteRefused(id)),
        }
    }
}

impl Default for SuiteFloor {
    fn default() -> Self {
        Self::CNSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_of_real_rooms_refuses_the_mock_suite_and_unknown_ones() {
        assert_eq!(SuiteFloor::CNSA.admit(SuiteId(1)), Ok(Suite::Cnsa));
        for number in [0, 2, 0x0100, 0xfffe, 0xffff] {
            let id = SuiteId(number);
            assert_eq!(SuiteFloor::CNSA.admit(id), Err(SuiteRefused(id)));
        }
    }

    #[test]
    fn a_mock_room_takes_both_suites_it_knows() {
        let floor = SuiteFloor::at(Suite::Mock);
        assert_eq!(floor.admit(Suite::Mock.id()), Ok(Suite::Mock));
        assert_eq!(floor.admit(Suite::Cnsa.id()), Ok(Suite::Cnsa));
        assert!(floor.admit(SuiteId(0)).is_err());
    }
}
