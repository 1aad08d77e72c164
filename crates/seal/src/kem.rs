//! Key pairs to seal to.
//!
//! A sealed object is laid out as
//!
//! | bytes | what |
//! | --- | --- |
//! | 2 | suite |
//! | 1,665 | encapsulated key (ML-KEM-1024 ciphertext, point of P-384) |
//! | 32 | key commitment |
//! | n + 16 | ciphertext and tag |
//!
//! It is HPKE in base mode (RFC 9180): `info` is suite and domain, the associated data is the binding.
//! AES-GCM alone does not commit to its key, so the commitment is a secret that the HPKE context
//! exports for the binding; it is compared before anything is decrypted. Nothing tells who sealed:
//! who it was is said by the signed event that names the object.

use std::fmt;
use std::sync::{Arc, OnceLock};

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use strongroom_record::Stream;

use crate::aead::admit_head;
use crate::digest::{Digest, digest};
use crate::domain::{self, Domain};
use crate::error::OpenError;
use crate::provider::{KemContext, Opener};
use crate::secret::{Secret, SecretBytes};
use crate::suite::{SUITE_BYTES, Suite, SuiteFloor, SuiteId, SuiteRefused};

/// Longest plaintext sealed to a public key: keys, shares and what goes with them.
/// Anything longer is sealed under a key that is sealed here.
pub const KEM_PLAINTEXT_MAX_BYTES: usize = 4 << 10;

/// Bytes that are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Too short to name a suite.
    #[error("public key is cut short")]
    TooShort,
    /// A suite that this build does not know.
    #[error("public key is of cipher suite {0}, which is unknown here")]
    UnknownSuite(SuiteId),
    /// Not a key of its suite: wrong length, or no point or polynomial.
    #[error("public key is not one of its cipher suite")]
    Invalid,
}

/// Reads the suite that stands before a public key.
pub(crate) fn suite_of_public(bytes: &[u8]) -> Result<(Suite, &[u8]), PublicKeyError> {
    let (head, rest) = bytes
        .split_first_chunk::<SUITE_BYTES>()
        .ok_or(PublicKeyError::TooShort)?;
    let id = SuiteId::new(u16::from_be_bytes(*head));
    Ok((
        Suite::from_id(id).ok_or(PublicKeyError::UnknownSuite(id))?,
        rest,
    ))
}

/// A public key to seal to, checked to be one. In CBOR a byte string: suite, then the key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KemPublic {
    suite: Suite,
    bytes: Arc<[u8]>,
}

impl KemPublic {
    /// Reads suite and key.
    ///
    /// # Errors
    /// The bytes are no public key of a suite that this build knows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let (suite, key) = suite_of_public(bytes)?;
        if !suite.kem_public_is_valid(key) {
            return Err(PublicKeyError::Invalid);
        }
        Ok(Self {
            suite,
            bytes: bytes.into(),
        })
    }
    /// Suite and key.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The key's suite.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// The digest by which key holders name whom they give to.
    pub fn digest(&self) -> Digest {
        digest(domain::RECIPIENT_DIGEST, &[&self.bytes])
    }
    fn key(&self) -> &[u8] {
        &self.bytes[SUITE_BYTES..]
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KemPublic({}, {} bytes)",
            self.suite.id(),
            self.key().len()
        )
    }
}

impl<C> Encode<C> for KemPublic {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for KemPublic {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        Self::from_bytes(d.bytes()?).map_err(|e| DecodeError::message(e.to_string()).at(at))
    }
}

/// A private key: the 32-byte seed from which the key pair follows, and the pair once it was needed.
pub struct KemPrivate {
    suite: Suite,
    seed: Secret<32>,
    opener: OnceLock<Opener>,
}

impl KemPrivate {
    /// Draws a private key.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self::from_seed(suite, Secret::random(stream))
    }
    /// The private key of a seed that was kept.
    pub fn from_seed(suite: Suite, seed: Secret<32>) -> Self {
        Self {
            suite,
            seed,
            opener: OnceLock::new(),
        }
    }
    /// Expands the seed at the first use: half of what an opening costs.
    fn opener(&self) -> &Opener {
        self.opener
            .get_or_init(|| Opener::new(self.suite, &self.seed))
    }
    /// The seed, for sealing it.
    pub fn seed(&self) -> &Secret<32> {
        &self.seed
    }
    /// The key's suite.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// The public key that belongs to it; the first time it takes as long as making the pair.
    pub fn public(&self) -> KemPublic {
        let mut bytes = self.suite.id().to_bytes().to_vec();
        bytes.extend(self.opener().public());
        KemPublic {
            suite: self.suite,
            bytes: bytes.into(),
        }
    }
    /// Opens what was sealed to this key's public half for the same domain and binding.
    ///
    /// # Errors
    /// The object has an impossible length, its suite is refused or is not this key's, it was sealed to
    /// another key or for another place, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        domain: Domain,
        binding: &[u8],
        sealed: &[u8],
    ) -> Result<SecretBytes, OpenError> {
        let (suite, body) = admit_head(floor, sealed)?;
        if suite != self.suite {
            return Err(OpenError::Suite(SuiteRefused(suite.id())));
        }
        if body.len() > self.suite.kem_sealed_max() {
            return Err(OpenError::TooLong);
        }
        with_context(suite, domain, binding, |context| {
            self.opener().open(context, body)
        })
    }
}

/// Draws a key pair.
pub fn generate(suite: Suite, stream: &mut Stream) -> (KemPrivate, KemPublic) {
    let private = KemPrivate::random(suite, stream);
    let public = private.public();
    (private, public)
}

/// A public key of another suite than the one to seal under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the public key is of cipher suite {key}, and {wanted} is to be sealed under; its owner needs a key of that suite first"
)]
pub struct OtherSuite {
    /// The key's suite.
    pub key: SuiteId,
    /// The suite to seal under.
    pub wanted: SuiteId,
}

/// Seals a short plaintext to a public key, for a domain and a place that the binding names.
///
/// # Errors
/// The key is of another suite.
///
/// # Panics
/// If the plaintext is longer than [`KEM_PLAINTEXT_MAX_BYTES`].
pub fn seal_to(
    suite: Suite,
    public: &KemPublic,
    domain: Domain,
    binding: &[u8],
    plaintext: &[u8],
    stream: &mut Stream,
) -> Result<Vec<u8>, OtherSuite> {
    assert!(
        plaintext.len() <= KEM_PLAINTEXT_MAX_BYTES,
        "only keys are sealed to public keys"
    );
    if public.suite != suite {
        return Err(OtherSuite {
            key: public.suite.id(),
            wanted: suite.id(),
        });
    }
    Ok(with_context(suite, domain, binding, |context| {
        let mut sealed = suite.id().to_bytes().to_vec();
        sealed.extend(suite.kem_seal(public.key(), context, plaintext, stream));
        sealed
    }))
}

fn with_context<T>(
    suite: Suite,
    domain: Domain,
    binding: &[u8],
    act: impl FnOnce(&KemContext<'_>) -> T,
) -> T {
    let id = suite.id().to_bytes();
    let commitment_domain = domain::KEM_COMMITMENT.as_bytes();
    act(&KemContext {
        info: &[&id[..], domain.as_bytes()].concat(),
        commitment: &[commitment_domain, &suite.binding_digest(binding)].concat(),
        aad: binding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(KemPrivate);

    #[test]
    fn a_public_key_that_is_none_is_refused() {
        let (_, public) = generate(Suite::Cnsa, &mut Stream::from_seed([1; 32]));
        let good = public.as_bytes();
        assert_eq!(good.len(), 2 + 1_665);
        assert_eq!(KemPublic::from_bytes(good).unwrap(), public);
        assert_eq!(KemPublic::from_bytes(&[0]), Err(PublicKeyError::TooShort));
        assert_eq!(
            KemPublic::from_bytes(&[0, 9, 1]),
            Err(PublicKeyError::UnknownSuite(SuiteId::new(9)))
        );
        let cut = &good[..good.len() - 1];
        assert_eq!(KemPublic::from_bytes(cut), Err(PublicKeyError::Invalid));
        let mut off_curve = good.to_vec();
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(
            KemPublic::from_bytes(&off_curve),
            Err(PublicKeyError::Invalid)
        );
        // A coefficient of the lattice key beyond its modulus.
        let mut too_big = good.to_vec();
        too_big[2..5].fill(0xff);
        assert_eq!(
            KemPublic::from_bytes(&too_big),
            Err(PublicKeyError::Invalid)
        );
    }

    #[test]
    fn a_key_of_another_suite_is_not_sealed_to() {
        let mut stream = Stream::from_seed([1; 32]);
        let (_, public) = generate(Suite::Mock, &mut stream);
        let refused = seal_to(Suite::Cnsa, &public, domain::HOLDING, b"", b"", &mut stream);
        assert_eq!(
            refused,
            Err(OtherSuite {
                key: Suite::Mock.id(),
                wanted: Suite::Cnsa.id()
            })
        );
    }
}
