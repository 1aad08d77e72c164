//! Sealing under a symmetric key.
//!
//! A sealed object is laid out as
//!
//! | bytes | what |
//! | --- | --- |
//! | 2 | suite |
//! | 32 | salt, fresh for every seal |
//! | 32 | key commitment |
//! | n | ciphertext, as long as the plaintext |
//! | 16 | tag |
//!
//! Key, nonce and commitment are derived together from the caller's key and the salt; the info names
//! suite, domain and the digest of the binding. So one key may seal any number of objects: none of
//! them shares a nonce with another under the same derived key, an object moved to another place does
//! not open there, and none opens under two keys. The commitment is compared before anything is
//! decrypted. The binding is the associated data too.

use subtle::ConstantTimeEq;

use strongroom_record::Stream;
use strongroom_record::limits::FILE_MAX_BYTES;

use crate::domain::Domain;
use crate::error::OpenError;
use crate::provider::{COMMITMENT_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::secret::{Secret, SecretBytes};
use crate::suite::{SUITE_BYTES, Suite, SuiteFloor, SuiteId};

/// Bytes of the salt: two of 2^64 seals under one key meet with a chance of 2^-128.
pub const SALT_BYTES: usize = 32;

/// Bytes before the ciphertext.
const HEAD_BYTES: usize = SUITE_BYTES + SALT_BYTES + COMMITMENT_BYTES;

/// How much longer a sealed object is than what it holds.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + TAG_BYTES;

/// Longest sealed object: the longest file there is, with room for the layers and wrappings around it;
/// far below the 64 GiB that AES-GCM can take.
pub const SEALED_MAX_BYTES: usize = 2 * FILE_MAX_BYTES;

/// What the caller's key gives for one salt, domain and binding.
struct Derived(Secret<{ 32 + NONCE_BYTES + COMMITMENT_BYTES }>);

impl Derived {
    fn new(suite: Suite, key: &Secret<32>, domain: Domain, binding: &[u8], salt: &[u8]) -> Self {
        let domain_len = [domain.as_bytes().len() as u8];
        let info: [&[u8]; 4] = [
            &suite.id().to_bytes(),
            &domain_len,
            domain.as_bytes(),
            &suite.binding_digest(binding),
        ];
        Self(Secret::fill_with(|out| {
            suite.derive(key.expose(), salt, &info, out);
        }))
    }
    fn key(&self) -> &[u8; 32] {
        self.0.expose()[..32].try_into().expect("32 bytes")
    }
    fn nonce(&self) -> &[u8; NONCE_BYTES] {
        self.0.expose()[32..32 + NONCE_BYTES]
            .try_into()
            .expect("12 bytes")
    }
    fn commitment(&self) -> &[u8] {
        &self.0.expose()[32 + NONCE_BYTES..]
    }
}

/// Seals `plaintext` under a key, for a domain and a place that the binding names.
///
/// # Panics
/// If the sealed object would be longer than [`SEALED_MAX_BYTES`].
pub fn seal(
    suite: Suite,
    key: &Secret<32>,
    domain: Domain,
    binding: &[u8],
    plaintext: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let len = OVERHEAD_BYTES.saturating_add(plaintext.len());
    assert!(
        len <= SEALED_MAX_BYTES,
        "nothing longer than a file is sealed in one piece"
    );
    let salt: [u8; SALT_BYTES] = stream.bytes();
    let derived = Derived::new(suite, key, domain, binding, &salt);
    let mut out = Vec::with_capacity(len);
    out.extend_from_slice(&suite.id().to_bytes());
    out.extend_from_slice(&salt);
    out.extend_from_slice(derived.commitment());
    out.extend_from_slice(plaintext);
    let tag = suite.encrypt(
        derived.key(),
        derived.nonce(),
        binding,
        &mut out[HEAD_BYTES..],
    );
    out.extend_from_slice(&tag);
    out
}

/// Opens what [`seal`] made with the same key, domain and binding.
///
/// # Errors
/// The object has an impossible length, its suite is refused, it was sealed under another key or for
/// another place, or it was changed.
pub fn open(
    floor: SuiteFloor,
    key: &Secret<32>,
    domain: Domain,
    binding: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, OpenError> {
    if sealed.len() > SEALED_MAX_BYTES {
        return Err(OpenError::TooLong);
    }
    let (suite, rest) = admit_head(floor, sealed)?;
    if sealed.len() < OVERHEAD_BYTES {
        return Err(OpenError::TooShort);
    }
    let (salt, rest) = rest.split_at(SALT_BYTES);
    let (committed, rest) = rest.split_at(COMMITMENT_BYTES);
    let body = rest.split_at(rest.len() - TAG_BYTES);
    let derived = Derived::new(suite, key, domain, binding, salt);
    if !bool::from(derived.commitment().ct_eq(committed)) {
        return Err(OpenError::WrongKeyOrBinding);
    }
    // Wiped also where the tag is wrong: what was decrypted until then is nobody's.
    let mut plain = SecretBytes::from_vec(vec![0; body.0.len()]);
    if suite.decrypt(
        derived.key(),
        derived.nonce(),
        binding,
        body,
        plain.expose_mut(),
    ) {
        Ok(plain)
    } else {
        Err(OpenError::Damaged)
    }
}

/// Reads the suite at the head of a sealed object and lets it pass, or not.
pub(crate) fn admit_head(floor: SuiteFloor, sealed: &[u8]) -> Result<(Suite, &[u8]), OpenError> {
    let (head, rest) = sealed
        .split_first_chunk::<SUITE_BYTES>()
        .ok_or(OpenError::TooShort)?;
    let suite = floor.admit(SuiteId::new(u16::from_be_bytes(*head)))?;
    Ok((suite, rest))
}
