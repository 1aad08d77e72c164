//! The few operations that a suite is made of, given by [`cnsa`](crate::cnsa) or by the mock.
//!
//! Everything above this file is the same for every suite: formats, bindings, domains and checks
//! live there, arithmetic here.

use strongroom_record::Stream;

use crate::cnsa;
use crate::error::OpenError;
use crate::kem::KEM_PLAINTEXT_MAX_BYTES;
#[cfg(feature = "mock")]
use crate::mock;
use crate::secret::{Secret, SecretBytes};
use crate::suite::Suite;

/// Bytes of an authentication tag.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = 12;
/// Bytes of a key commitment: 128 bits of resistance to two keys for one commitment.
pub(crate) const COMMITMENT_BYTES: usize = 32;
/// Bytes of the digest of a binding.
pub(crate) const BINDING_DIGEST_BYTES: usize = 48;

/// What an encapsulation is for: goes into HPKE as `info`, exporter context and associated data.
pub(crate) struct KemContext<'a> {
    pub(crate) info: &'a [u8],
    pub(crate) commitment: &'a [u8],
    pub(crate) aad: &'a [u8],
}

/// How much work a passphrase costs: memory in KiB, passes over it, lanes.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

/// The expanded private halves for signing.
pub(crate) enum Signer {
    Cnsa(Box<cnsa::Signer>),
    #[cfg(feature = "mock")]
    Mock(mock::Signer),
}

impl Signer {
    pub(crate) fn new(suite: Suite, first: &Secret<32>, second: &Secret<32>) -> Self {
        match suite {
            Suite::Cnsa => Self::Cnsa(Box::new(cnsa::Signer::new(first, second))),
            #[cfg(feature = "mock")]
            Suite::Mock => Self::Mock(mock::Signer::new(first, second)),
        }
    }
    /// Both public keys, one behind the other.
    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Cnsa(signer) => signer.public(),
            #[cfg(feature = "mock")]
            Self::Mock(signer) => signer.public(),
        }
    }
    /// Both signatures, one behind the other.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Cnsa(signer) => signer.sign(message),
            #[cfg(feature = "mock")]
            Self::Mock(signer) => signer.sign(message),
        }
    }
}

/// A private key to open with, expanded from its seed.
pub(crate) enum Opener {
    Cnsa(Box<cnsa::Opener>),
    #[cfg(feature = "mock")]
    Mock(mock::Opener),
}

impl Opener {
    pub(crate) fn new(suite: Suite, seed: &Secret<32>) -> Self {
        match suite {
            Suite::Cnsa => Self::Cnsa(Box::new(cnsa::Opener::new(seed))),
            #[cfg(feature = "mock")]
            Suite::Mock => Self::Mock(mock::Opener::new(seed)),
        }
    }
    /// The public key.
    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Cnsa(opener) => opener.public(),
            #[cfg(feature = "mock")]
            Self::Mock(opener) => opener.public(),
        }
    }
    /// Opens what [`Suite::kem_seal`] made.
    pub(crate) fn open(
        &self,
        context: &KemContext<'_>,
        sealed: &[u8],
    ) -> Result<SecretBytes, OpenError> {
        match self {
            Self::Cnsa(opener) => opener.open(context, sealed),
            #[cfg(feature = "mock")]
            Self::Mock(opener) => opener.open(context, sealed),
        }
    }
}

macro_rules! by_suite {
    ($suite:expr, $function:ident ( $($arg:expr),* )) => {
        match $suite {
            Suite::Cnsa => cnsa::$function($($arg),*),
            #[cfg(feature = "mock")]
            Suite::Mock => mock::$function($($arg),*),
        }
    };
}

impl Suite {
    /// A digest of a binding, within the derivations of this suite.
    pub(crate) fn binding_digest(self, binding: &[u8]) -> [u8; BINDING_DIGEST_BYTES] {
        by_suite!(self, binding_digest(binding))
    }
    /// HKDF: extract with the salt, expand under the info, which is taken as one string.
    pub(crate) fn derive(self, key: &[u8], salt: &[u8], info: &[&[u8]], out: &mut [u8]) {
        by_suite!(self, derive(key, salt, info, out))
    }
    /// Encrypts in place. A key and nonce serve one call.
    pub(crate) fn encrypt(
        self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> [u8; TAG_BYTES] {
        by_suite!(self, encrypt(key, nonce, aad, in_out))
    }
    /// Decrypts into `out`, which has the length of the ciphertext; true if the tag was right.
    #[must_use]
    pub(crate) fn decrypt(
        self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        (ciphertext, tag): (&[u8], &[u8]),
        out: &mut [u8],
    ) -> bool {
        by_suite!(self, decrypt(key, nonce, aad, (ciphertext, tag), out))
    }
    /// Bytes of the longest body that [`Suite::kem_seal`] makes.
    pub(crate) const fn kem_sealed_max(self) -> usize {
        let encapsulated = match self {
            Self::Cnsa => cnsa::ENCAPSULATED_BYTES,
            #[cfg(feature = "mock")]
            Self::Mock => mock::ENCAPSULATED_BYTES,
        };
        encapsulated + COMMITMENT_BYTES + KEM_PLAINTEXT_MAX_BYTES + TAG_BYTES
    }
    /// Whether these bytes are a public key to seal to.
    #[must_use]
    pub(crate) fn kem_public_is_valid(self, public: &[u8]) -> bool {
        by_suite!(self, kem_public_is_valid(public))
    }
    /// Seals to a valid public key: encapsulated key, commitment, ciphertext and tag.
    pub(crate) fn kem_seal(
        self,
        public: &[u8],
        context: &KemContext<'_>,
        plaintext: &[u8],
        stream: &mut Stream,
    ) -> Vec<u8> {
        by_suite!(self, kem_seal(public, context, plaintext, stream))
    }
    /// Bytes of both public keys for signatures.
    pub(crate) const fn verifying_bytes(self) -> usize {
        match self {
            Self::Cnsa => cnsa::VERIFYING_BYTES,
            #[cfg(feature = "mock")]
            Self::Mock => mock::VERIFYING_BYTES,
        }
    }
    /// Bytes of both signatures.
    pub(crate) const fn signature_bytes(self) -> usize {
        match self {
            Self::Cnsa => cnsa::SIGNATURE_BYTES,
            #[cfg(feature = "mock")]
            Self::Mock => mock::SIGNATURE_BYTES,
        }
    }
    /// Whether these bytes are two public keys to verify with.
    #[must_use]
    pub(crate) fn verifying_is_valid(self, public: &[u8]) -> bool {
        by_suite!(self, verifying_is_valid(public))
    }
    /// Whether both signatures are right.
    #[must_use]
    pub(crate) fn verify(self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        by_suite!(self, verify(public, message, signature))
    }
    /// A key from a passphrase.
    pub(crate) fn stretch(self, passphrase: &[u8], salt: &[u8; 32], work: Work) -> Secret<32> {
        by_suite!(self, stretch(passphrase, salt, work))
    }
}
