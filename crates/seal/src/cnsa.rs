//! The default suite, from libraries: AES-256-GCM, SHA-384, HKDF, Ed25519 and ML-DSA-87 of aws-lc,
//! HPKE (RFC 9180, draft-ietf-hpke-pq) of the `hpke` crate, Argon2id (RFC 9106) of `argon2`.

use std::convert::Infallible;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA384, digest};
use aws_lc_rs::hkdf::{HKDF_SHA384, KeyType, Salt};
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair, ML_DSA_87, ML_DSA_87_SIGNING, ParsedPublicKey, PqdsaKeyPair,
};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha384;
use hpke::kem::MlKem1024P384;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use strongroom_record::Stream;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::OpenError;
use crate::provider::{
    BINDING_DIGEST_BYTES, COMMITMENT_BYTES, KemContext, NONCE_BYTES, TAG_BYTES, Work,
};
use crate::secret::{Secret, SecretBytes};

/// An encapsulated key: a ML-KEM-1024 ciphertext (1,568) and an uncompressed point of P-384 (97).
pub(crate) const ENCAPSULATED_BYTES: usize = 1_568 + 97;
const ED25519_PUBLIC_BYTES: usize = 32;
const ED25519_SIGNATURE_BYTES: usize = 64;
const ML_DSA_PUBLIC_BYTES: usize = 2_592;
const ML_DSA_SIGNATURE_BYTES: usize = 4_627;
pub(crate) const VERIFYING_BYTES: usize = ED25519_PUBLIC_BYTES + ML_DSA_PUBLIC_BYTES;
pub(crate) const SIGNATURE_BYTES: usize = ED25519_SIGNATURE_BYTES + ML_DSA_SIGNATURE_BYTES;

type PublicKey = <MlKem1024P384 as Kem>::PublicKey;
type PrivateKey = <MlKem1024P384 as Kem>::PrivateKey;
type EncappedKey = <MlKem1024P384 as Kem>::EncappedKey;

pub(crate) fn binding_digest(binding: &[u8]) -> [u8; BINDING_DIGEST_BYTES] {
    let mut out = [0; BINDING_DIGEST_BYTES];
    out.copy_from_slice(digest(&SHA384, binding).as_ref());
    out
}

struct OutLen(usize);

impl KeyType for OutLen {
    fn len(&self) -> usize {
        self.0
    }
}

pub(crate) fn derive(key: &[u8], salt: &[u8], info: &[&[u8]], out: &mut [u8]) {
    Salt::new(HKDF_SHA384, salt)
        .extract(key)
        .expand(info, OutLen(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("no derivation here asks for more than HKDF gives");
}

fn gcm(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

pub(crate) fn encrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    in_out: &mut [u8],
) -> [u8; TAG_BYTES] {
    let tag = gcm(key)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), in_out)
        .expect("what is sealed is shorter than AES-GCM's bound");
    tag.as_ref().try_into().expect("a tag of GCM has 16 bytes")
}

pub(crate) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    (ciphertext, tag): (&[u8], &[u8]),
    out: &mut [u8],
) -> bool {
    gcm(key)
        .open_separate_gather(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(aad),
            ciphertext,
            tag,
            out,
        )
        .is_ok()
}

/// A stream of ours in the shape that `hpke` and `blahaj` ask for.
pub(crate) struct Draws<'a>(pub(crate) &'a mut Stream);

impl TryRng for Draws<'_> {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Draws<'_> {}

pub(crate) fn kem_public_is_valid(public: &[u8]) -> bool {
    PublicKey::from_bytes(public).is_ok()
}

pub(crate) fn kem_seal(
    public: &[u8],
    context: &KemContext<'_>,
    plaintext: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let public = PublicKey::from_bytes(public).expect("public keys are checked when they are read");
    let (encapsulated, mut sender) = hpke::setup_sender_with_rng::<
        AesGcm256,
        HkdfSha384,
        MlKem1024P384,
    >(
        &OpModeS::Base, &public, context.info, &mut Draws(stream)
    )
    .expect("a valid public key can be sealed to");
    let mut commitment = [0; COMMITMENT_BYTES];
    sender
        .export(context.commitment, &mut commitment)
        .expect("a commitment is short enough to export");
    let ciphertext = sender
        .seal(plaintext, context.aad)
        .expect("the first message of a context can be sealed");
    [encapsulated.to_bytes().as_slice(), &commitment, &ciphertext].concat()
}

/// A private key, expanded from its seed. The library wipes it when it is dropped.
pub(crate) struct Opener(PrivateKey);

impl Opener {
    pub(crate) fn new(seed: &Secret<32>) -> Self {
        Self(PrivateKey::from_bytes(seed.expose()).expect("any 32 bytes are a private key"))
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        MlKem1024P384::sk_to_pk(&self.0).to_bytes().to_vec()
    }

    pub(crate) fn open(
        &self,
        context: &KemContext<'_>,
        sealed: &[u8],
    ) -> Result<SecretBytes, OpenError> {
        if sealed.len() < ENCAPSULATED_BYTES + COMMITMENT_BYTES + TAG_BYTES {
            return Err(OpenError::TooShort);
        }
        let (encapsulated, rest) = sealed.split_at(ENCAPSULATED_BYTES);
        let (committed, ciphertext) = rest.split_at(COMMITMENT_BYTES);
        let encapsulated = EncappedKey::from_bytes(encapsulated).map_err(|_| OpenError::Damaged)?;
        let mut receiver = hpke::setup_receiver::<AesGcm256, HkdfSha384, MlKem1024P384>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            context.info,
        )
        .map_err(|_| OpenError::Damaged)?;
        let mut commitment = [0; COMMITMENT_BYTES];
        receiver
            .export(context.commitment, &mut commitment)
            .expect("a commitment is short enough to export");
        if !bool::from(commitment.ct_eq(committed)) {
            return Err(OpenError::WrongKeyOrBinding);
        }
        receiver
            .open(ciphertext, context.aad)
            .map(SecretBytes::from_vec)
            .map_err(|_| OpenError::Damaged)
    }
}

/// Both key pairs, expanded from their seeds. The library wipes its memory when it frees them.
pub(crate) struct Signer {
    ed25519: Ed25519KeyPair,
    ml_dsa: PqdsaKeyPair,
}

impl Signer {
    pub(crate) fn new(ed25519: &Secret<32>, ml_dsa: &Secret<32>) -> Self {
        Self {
            ed25519: Ed25519KeyPair::from_seed_unchecked(ed25519.expose())
                .expect("any 32 bytes are a seed"),
            ml_dsa: PqdsaKeyPair::from_seed(&ML_DSA_87_SIGNING, ml_dsa.expose())
                .expect("any 32 bytes are a seed"),
        }
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        [
            self.ed25519.public_key().as_ref(),
            self.ml_dsa.public_key().as_ref(),
        ]
        .concat()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut out = vec![0; SIGNATURE_BYTES];
        let (first, second) = out.split_at_mut(ED25519_SIGNATURE_BYTES);
        first.copy_from_slice(self.ed25519.sign(message).as_ref());
        let written = self.ml_dsa.sign(message, second);
        assert_eq!(
            written.ok(),
            Some(ML_DSA_SIGNATURE_BYTES),
            "ML-DSA-87 signatures have one length"
        );
        out
    }
}

fn parse_verifying(public: &[u8]) -> Option<(ParsedPublicKey, ParsedPublicKey)> {
    if public.len() != VERIFYING_BYTES {
        return None;
    }
    let (first, second) = public.split_at(ED25519_PUBLIC_BYTES);
    Some((
        ParsedPublicKey::new(&ED25519, first).ok()?,
        ParsedPublicKey::new(&ML_DSA_87, second).ok()?,
    ))
}

pub(crate) fn verifying_is_valid(public: &[u8]) -> bool {
    parse_verifying(public).is_some()
}

pub(crate) fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some((ed25519, ml_dsa)) = parse_verifying(public) else {
        return false;
    };
    if signature.len() != SIGNATURE_BYTES {
        return false;
    }
    let (first, second) = signature.split_at(ED25519_SIGNATURE_BYTES);
    ed25519.verify_sig(message, first).is_ok() && ml_dsa.verify_sig(message, second).is_ok()
}

pub(crate) fn stretch(passphrase: &[u8], salt: &[u8; 32], work: Work) -> Secret<32> {
    let params = Params::new(work.memory_kib, work.passes, work.lanes, Some(32))
        .expect("the work is within bounds that Argon2 takes");
    // The memory is ours, so that it is wiped: its last blocks give the key away.
    let mut memory = Zeroizing::new(vec![Block::default(); params.block_count()]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Secret::fill_with(|out| {
        argon2
            .hash_password_into_with_memory(passphrase, salt, out, memory.as_mut_slice())
            .expect("passphrase and salt are within bounds that Argon2 takes");
    })
}
