//! A suite that keeps no secret, for tests that need thousands of rooms.
//!
//! **This is not cryptography.** Whoever holds a public key can open and sign. What it does give, with
//! certainty or all but: what is sealed opens again, another key or binding or a changed byte is
//! refused, everything follows from its stream, and each operation takes about a microsecond.

use strongroom_record::Stream;

use crate::error::OpenError;
use crate::provider::{
    BINDING_DIGEST_BYTES, COMMITMENT_BYTES, KemContext, NONCE_BYTES, TAG_BYTES, Work,
};
use crate::secret::{Secret, SecretBytes};

pub(crate) const ENCAPSULATED_BYTES: usize = 32;
const HALF_BYTES: usize = 32;
pub(crate) const VERIFYING_BYTES: usize = 2 * HALF_BYTES;
pub(crate) const SIGNATURE_BYTES: usize = 2 * HALF_BYTES;

/// Two lanes of multiply and rotate. Each step is a bijection of each lane, so that inputs of one
/// shape that differ in one word always end in different states.
struct Mixer([u64; 2]);

impl Mixer {
    fn word(&mut self, word: u64) {
        self.0[0] = (self.0[0] ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
        self.0[1] = (self.0[1] ^ word)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            .rotate_left(23);
    }

    fn part(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.word(u64::from_le_bytes(word.try_into().expect("eight bytes")));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    /// Words that follow from the state, as splitmix64 spreads them.
    fn words(mut self) -> impl FnMut() -> u64 {
        self.word(0x5f);
        move || {
            self.0.swap(0, 1);
            self.0[0] = self.0[0].wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0[0];
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }
}

fn mixer(purpose: u64, parts: &[&[u8]]) -> Mixer {
    let mut mixer = Mixer([0x6d6f_636b ^ purpose, 0x7365_616c]);
    parts.iter().for_each(|p| mixer.part(p));
    mixer
}

fn mix<const N: usize>(purpose: u64, parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    xor(&mut out, mixer(purpose, parts).words());
    out
}

fn xor(bytes: &mut [u8], mut words: impl FnMut() -> u64) {
    for chunk in bytes.chunks_mut(8) {
        for (b, w) in chunk.iter_mut().zip(words().to_le_bytes()) {
            *b ^= w;
        }
    }
}

pub(crate) fn binding_digest(binding: &[u8]) -> [u8; BINDING_DIGEST_BYTES] {
    mix(1, &[binding])
}

pub(crate) fn derive(key: &[u8], salt: &[u8], info: &[&[u8]], out: &mut [u8]) {
    let mut state = mixer(2, &[key, salt]);
    info.iter().for_each(|p| state.part(p));
    out.fill(0);
    xor(out, state.words());
}

fn tag(key: &[u8], nonce: &[u8], aad: &[u8], ciphertext: &[u8]) -> [u8; TAG_BYTES] {
    mix(3, &[key, nonce, aad, ciphertext])
}

pub(crate) fn encrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    in_out: &mut [u8],
) -> [u8; TAG_BYTES] {
    xor(in_out, mixer(4, &[key, nonce]).words());
    tag(key, nonce, aad, in_out)
}

pub(crate) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    (ciphertext, stored): (&[u8], &[u8]),
    out: &mut [u8],
) -> bool {
    out.copy_from_slice(ciphertext);
    xor(out, mixer(4, &[key, nonce]).words());
    tag(key, nonce, aad, ciphertext) == stored
}

pub(crate) fn kem_public_is_valid(public: &[u8]) -> bool {
    public.len() == 32
}

/// Key, nonce and commitment, from nothing that is secret.
fn kem_keys(
    public: &[u8],
    encapsulated: &[u8],
    context: &KemContext<'_>,
) -> ([u8; 32], [u8; COMMITMENT_BYTES]) {
    let parts = [public, encapsulated, context.info, context.commitment];
    (mix(6, &parts), mix(7, &parts))
}

pub(crate) fn kem_seal(
    public: &[u8],
    context: &KemContext<'_>,
    plaintext: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let encapsulated: [u8; ENCAPSULATED_BYTES] = stream.bytes();
    let (key, commitment) = kem_keys(public, &encapsulated, context);
    let mut out = [&encapsulated[..], &commitment, plaintext].concat();
    let tag = encrypt(
        &key,
        &[0; NONCE_BYTES],
        context.aad,
        &mut out[ENCAPSULATED_BYTES + COMMITMENT_BYTES..],
    );
    out.extend_from_slice(&tag);
    out
}

/// All that opening takes here is the public key.
pub(crate) struct Opener([u8; 32]);

impl Opener {
    pub(crate) fn new(seed: &Secret<32>) -> Self {
        Self(mix(5, &[seed.expose()]))
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        self.0.to_vec()
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
        let (committed, rest) = rest.split_at(COMMITMENT_BYTES);
        let body = rest.split_at(rest.len() - TAG_BYTES);
        let (key, commitment) = kem_keys(&self.0, encapsulated, context);
        if commitment != committed {
            return Err(OpenError::WrongKeyOrBinding);
        }
        let mut out = vec![0; body.0.len()];
        if decrypt(&key, &[0; NONCE_BYTES], context.aad, body, &mut out) {
            Ok(SecretBytes::from_vec(out))
        } else {
            Err(OpenError::Damaged)
        }
    }
}

pub(crate) struct Signer {
    public: [u8; VERIFYING_BYTES],
}

impl Signer {
    pub(crate) fn new(first: &Secret<32>, second: &Secret<32>) -> Self {
        let mut public = [0; VERIFYING_BYTES];
        public[..HALF_BYTES].copy_from_slice(&mix::<HALF_BYTES>(8, &[first.expose()]));
        public[HALF_BYTES..].copy_from_slice(&mix::<HALF_BYTES>(9, &[second.expose()]));
        Self { public }
    }
    pub(crate) fn public(&self) -> Vec<u8> {
        self.public.to_vec()
    }
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        signature(&self.public, message)
    }
}

fn signature(public: &[u8], message: &[u8]) -> Vec<u8> {
    let (first, second) = public.split_at(HALF_BYTES);
    let half = |public| mix::<HALF_BYTES>(10, &[public, message]);
    [half(first), half(second)].concat()
}

pub(crate) fn verifying_is_valid(public: &[u8]) -> bool {
    public.len() == VERIFYING_BYTES
}

pub(crate) fn verify(public: &[u8], message: &[u8], stored: &[u8]) -> bool {
    verifying_is_valid(public) && signature(public, message) == stored
}

pub(crate) fn stretch(passphrase: &[u8], salt: &[u8; 32], work: Work) -> Secret<32> {
    let work = [work.memory_kib, work.passes, work.lanes].map(u32::to_le_bytes);
    Secret::from_bytes(mix(11, &[passphrase, salt, work.as_flattened()]))
}
