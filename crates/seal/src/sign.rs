//! Signatures: Ed25519 and ML-DSA-87, both required, over one message.
//!
//! What is signed is a frame that names the suite and *both* public keys before the domain and the
//! message. Neither signature means anything without the other: one taken out and put beside another
//! key, or shown alone, was made over a frame that names a key which is not there.
//!
//! ML-DSA signing here is hedged by the library with the system's randomness: two signatures over one
//! message differ. Verification follows FIPS 204 and RFC 8032.

use std::fmt;
use std::sync::Arc;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use strongroom_record::Stream;

use crate::domain::{self, Domain};
use crate::kem::{PublicKeyError, suite_of_public};
use crate::provider::Signer;
use crate::secret::Secret;
use crate::suite::{SUITE_BYTES, Suite, SuiteFloor, SuiteId, SuiteRefused};

/// A private key to sign with: both seeds, and what follows from them.
pub struct SigningKey {
    seeds: [Secret<32>; 2],
    signer: Signer,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Draws a key.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        let ed25519 = Secret::random(stream);
        let ml_dsa = Secret::random(stream);
        Self::from_seeds(suite, ed25519, ml_dsa)
    }
    /// The key of two seeds that were kept: Ed25519's and ML-DSA's.
    pub fn from_seeds(suite: Suite, ed25519: Secret<32>, ml_dsa: Secret<32>) -> Self {
        let signer = Signer::new(suite, &ed25519, &ml_dsa);
        let mut bytes = suite.id().to_bytes().to_vec();
        bytes.extend(signer.public());
        Self {
            seeds: [ed25519, ml_dsa],
            signer,
            verifying: VerifyingKey {
                suite,
                bytes: bytes.into(),
            },
        }
    }
    /// The seeds of Ed25519 and ML-DSA, for sealing them.
    pub fn seeds(&self) -> [&Secret<32>; 2] {
        [&self.seeds[0], &self.seeds[1]]
    }
    /// The public half.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
    /// Signs a message for a domain.
    pub fn sign(&self, domain: Domain, message: &[u8]) -> Signature {
        let mut bytes = self.verifying.suite.id().to_bytes().to_vec();
        bytes.extend(self.signer.sign(&frame(&self.verifying, domain, message)));
        Signature { bytes }
    }
}

/// What both signatures are made over.
fn frame(key: &VerifyingKey, domain: Domain, message: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 4] = [
        domain::SIGNATURE.as_bytes(),
        &key.bytes,
        domain.as_bytes(),
        message,
    ];
    let len = parts.iter().map(|p| 8 + p.len()).sum();
    let mut out = Vec::with_capacity(len);
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Its suite is unknown or below the floor.
    #[error(transparent)]
    Suite(#[from] SuiteRefused),
    /// Signature and key are of different suites.
    #[error("signature is of cipher suite {signature}, the key of {key}")]
    OtherSuite {
        /// The signature's suite.
        signature: SuiteId,
        /// The key's suite.
        key: SuiteId,
    },
    /// One of the two signatures, or both, were not made by this key over this message.
    #[error("signature is not this key's over this message")]
    Wrong,
}

/// The public half: both keys, checked to be keys. In CBOR a byte string: suite, Ed25519, ML-DSA.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifyingKey {
    suite: Suite,
    bytes: Arc<[u8]>,
}

impl VerifyingKey {
    /// Reads suite and both keys.
    ///
    /// # Errors
    /// The bytes are not two public keys of a suite that this build knows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let (suite, keys) = suite_of_public(bytes)?;
        if keys.len() != suite.verifying_bytes() || !suite.verifying_is_valid(keys) {
            return Err(PublicKeyError::Invalid);
        }
        Ok(Self {
            suite,
            bytes: bytes.into(),
        })
    }
    /// Suite and both keys.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The keys' suite.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// Checks both signatures.
    ///
    /// # Errors
    /// The suite is refused or another than the key's, or either signature is wrong.
    pub fn verify(
        &self,
        floor: SuiteFloor,
        domain: Domain,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), VerifyError> {
        let suite = floor.admit(signature.suite())?;
        if suite != self.suite {
            return Err(VerifyError::OtherSuite {
                signature: suite.id(),
                key: self.suite.id(),
            });
        }
        let framed = frame(self, domain, message);
        let keys = &self.bytes[SUITE_BYTES..];
        if suite.verify(keys, &framed, &signature.bytes[SUITE_BYTES..]) {
            Ok(())
        } else {
            Err(VerifyError::Wrong)
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VerifyingKey({}, {} bytes)",
            self.suite.id(),
            self.bytes.len()
        )
    }
}

impl<C> Encode<C> for VerifyingKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for VerifyingKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        Self::from_bytes(d.bytes()?).map_err(|e| DecodeError::message(e.to_string()).at(at))
    }
}

/// Bytes that are no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A suite that this build does not know, or none.
    #[error("signature is of no cipher suite known here")]
    UnknownSuite,
    /// Not the length of both signatures.
    #[error("signature does not hold exactly two signatures of its cipher suite")]
    Length,
}

/// Both signatures. In CBOR a byte string: suite, Ed25519, ML-DSA; each of fixed length.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    bytes: Vec<u8>,
}

impl Signature {
    /// Reads suite and both signatures. Whether they are right is for [`VerifyingKey::verify`].
    ///
    /// # Errors
    /// The suite is unknown, or the length is not that of both signatures.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let (suite, rest) = suite_of_public(bytes).map_err(|_| SignatureError::UnknownSuite)?;
        if rest.len() != suite.signature_bytes() {
            return Err(SignatureError::Length);
        }
        Ok(Self {
            bytes: bytes.to_vec(),
        })
    }
    /// Suite and both signatures.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The signatures' suite.
    pub fn suite(&self) -> SuiteId {
        SuiteId::new(u16::from_be_bytes([self.bytes[0], self.bytes[1]]))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", self.suite())
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        Self::from_bytes(d.bytes()?).map_err(|e| DecodeError::message(e.to_string()).at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(SigningKey);

    #[test]
    fn either_signature_taken_from_elsewhere_is_refused() {
        for suite in [Suite::Mock, Suite::Cnsa] {
            let floor = SuiteFloor::at(suite);
            let mut stream = Stream::from_seed([3; 32]);
            let [ada, bo] = [0; 2].map(|_| SigningKey::random(suite, &mut stream));
            let first = SUITE_BYTES + if suite == Suite::Cnsa { 64 } else { 32 };
            let of_ada = ada.sign(domain::SIGN_COMMAND, b"raise").as_bytes().to_vec();
            let others = [
                bo.sign(domain::SIGN_COMMAND, b"raise"),
                ada.sign(domain::SIGN_COMMAND, b"lower"),
                ada.sign(domain::SIGN_POSSESSION, b"raise"),
            ];
            for other in others {
                for keep in [0..first, first..of_ada.len()] {
                    let mut mixed = other.as_bytes().to_vec();
                    mixed[keep.clone()].copy_from_slice(&of_ada[keep]);
                    let mixed = Signature::from_bytes(&mixed).unwrap();
                    assert_eq!(
                        ada.verifying()
                            .verify(floor, domain::SIGN_COMMAND, b"raise", &mixed),
                        Err(VerifyError::Wrong)
                    );
                }
            }
        }
    }

    #[test]
    fn a_key_whose_second_half_was_swapped_verifies_nothing() {
        for suite in [Suite::Mock, Suite::Cnsa] {
            let mut stream = Stream::from_seed([4; 32]);
            let ada = SigningKey::random(suite, &mut stream);
            let bo = SigningKey::random(suite, &mut stream);
            let mut mixed = bo.verifying().as_bytes().to_vec();
            mixed[..SUITE_BYTES + 32]
                .copy_from_slice(&ada.verifying().as_bytes()[..SUITE_BYTES + 32]);
            let mixed = VerifyingKey::from_bytes(&mixed).unwrap();
            let signature = ada.sign(domain::SIGN_COMMAND, b"m");
            let refused = mixed.verify(
                SuiteFloor::at(suite),
                domain::SIGN_COMMAND,
                b"m",
                &signature,
            );
            assert_eq!(refused, Err(VerifyError::Wrong));
        }
    }

    #[test]
    fn one_signature_alone_is_no_signature() {
        let key = SigningKey::random(Suite::Cnsa, &mut Stream::from_seed([5; 32]));
        let both = key.sign(domain::SIGN_COMMAND, b"m");
        assert_eq!(both.as_bytes().len(), 2 + 64 + 4_627);
        for cut in [SUITE_BYTES, SUITE_BYTES + 64, both.as_bytes().len() - 1] {
            assert_eq!(
                Signature::from_bytes(&both.as_bytes()[..cut]),
                Err(SignatureError::Length)
            );
        }
        assert_eq!(
            Signature::from_bytes(&[0]),
            Err(SignatureError::UnknownSuite)
        );
    }
}
