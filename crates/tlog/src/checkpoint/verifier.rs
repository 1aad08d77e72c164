//! One public key with its name and id: the verifier key of signed-note.

use aws_lc_rs::signature::{ED25519, ML_DSA_44, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::note::KeyId;
use super::{Origin, OriginError};

/// The longest verifier key as text: a name, an id, a key in base64, and what is
/// between them.
pub const MAX_VERIFIER_KEY_BYTES: usize = 2048;

/// What a key signs: the type byte of signed-note.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum KeyType {
    /// `01`: Ed25519 over the note's text.
    Ed25519Note,
    /// `04`: Ed25519 over a time and the note's text.
    Ed25519Cosignature,
    /// `06`: ML-DSA-44 over name, time and head.
    MlDsa44Cosignature,
}

impl KeyType {
    const ALL: [Self; 3] = [
        Self::Ed25519Note,
        Self::Ed25519Cosignature,
        Self::MlDsa44Cosignature,
    ];

    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519Note => 0x01,
            Self::Ed25519Cosignature => 0x04,
            Self::MlDsa44Cosignature => 0x06,
        }
    }

    /// Length of a public key in bytes.
    pub(super) const fn public_key_len(self) -> usize {
        match self {
            Self::Ed25519Note | Self::Ed25519Cosignature => 32,
            Self::MlDsa44Cosignature => 1312,
        }
    }

    /// Length of what follows the key id on a signature line, in bytes.
    pub(super) const fn line_len(self) -> usize {
        match self {
            Self::Ed25519Note => 64,
            Self::Ed25519Cosignature => 8 + 64,
            Self::MlDsa44Cosignature => 8 + 2420,
        }
    }
}

/// One public key, parsed, under its name.
#[derive(Clone, Debug)]
pub(crate) struct VerifierKey {
    key_type: KeyType,
    name: Origin,
    pub(super) id: KeyId,
    public: ParsedPublicKey,
}

impl VerifierKey {
    pub(super) fn new(
        key_type: KeyType,
        name: &Origin,
        key: &[u8],
    ) -> Result<Self, VerifierKeyError> {
        // The library would take an encoding of another length, too.
        if key.len() != key_type.public_key_len() {
            return Err(VerifierKeyError::NotAKey);
        }
        let public = match key_type {
            KeyType::Ed25519Note | KeyType::Ed25519Cosignature => {
                ParsedPublicKey::new(&ED25519, key)
            }
            KeyType::MlDsa44Cosignature => ParsedPublicKey::new(&ML_DSA_44, key),
        };
        Ok(Self {
            key_type,
            name: name.clone(),
            id: key_id(key_type, name, key),
            public: public.map_err(|_| VerifierKeyError::NotAKey)?,
        })
    }

    /// Reads the text of a key, and only that: no newline.
    pub(crate) fn parse(line: &str) -> Result<Self, VerifierKeyError> {
        if line.len() > MAX_VERIFIER_KEY_BYTES {
            return Err(VerifierKeyError::TooLong(line.len()));
        }
        let mut parts = line.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::NotAVerifierKey);
        };
        let name = Origin::new(name)?;
        let id = HEXLOWER
            .decode(id.as_bytes())
            .map_err(|_| VerifierKeyError::NotAVerifierKey)?;
        let typed = STANDARD
            .decode(key)
            .map_err(|_| VerifierKeyError::NotAVerifierKey)?;
        let (byte, key) = typed
            .split_first()
            .ok_or(VerifierKeyError::NotAVerifierKey)?;
        let key_type = KeyType::ALL
            .into_iter()
            .find(|key_type| key_type.byte() == *byte)
            .ok_or(VerifierKeyError::WrongType(*byte))?;
        let parsed = Self::new(key_type, &name, key)?;
        if id != parsed.id {
            return Err(VerifierKeyError::WrongKeyId);
        }
        Ok(parsed)
    }

    /// The text of the key.
    pub(super) fn to_text(&self) -> String {
        format!(
            "{}+{}+{}",
            self.name,
            HEXLOWER.encode(&self.id),
            STANDARD.encode(typed_key(self.key_type, self.public.as_ref()))
        )
    }

    pub(crate) const fn key_type(&self) -> KeyType {
        self.key_type
    }

    pub(crate) const fn name(&self) -> &Origin {
        &self.name
    }

    /// The bare public key, by which two keys are the same whatever they are called.
    pub(crate) fn public_bytes(&self) -> &[u8] {
        self.public.as_ref()
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        self.key_type == other.key_type
            && self.name == other.name
            && self.public_bytes() == other.public_bytes()
    }
}

impl Eq for VerifierKey {}

fn typed_key(key_type: KeyType, key: &[u8]) -> Vec<u8> {
    [[key_type.byte()].as_slice(), key].concat()
}

/// The key id that signed-note recommends and tlog-cosignature demands.
fn key_id(key_type: KeyType, name: &Origin, key: &[u8]) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(name.as_str());
    hash.update(b"\n");
    hash.update(typed_key(key_type, key));
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d]
}

/// Why a text is not a verifier key that is known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum VerifierKeyError {
    /// More than [`MAX_VERIFIER_KEY_BYTES`].
    #[error("the key is {0} bytes long; at most {MAX_VERIFIER_KEY_BYTES} are read")]
    TooLong(usize),
    /// It is of another form.
    #[error("the key is not of the form name+key id+key")]
    NotAVerifierKey,
    /// The name is not one.
    #[error("the key: {0}")]
    BadName(#[from] OriginError),
    /// The key is of a type that is not known here, or not one for this place.
    #[error(
        "the key is of type {0:02x}; a log's is 01 (Ed25519) or 06 (ML-DSA-44), a witness's 04 \
         (Ed25519 cosignatures) or 06"
    )]
    WrongType(u8),
    /// The bytes are not a public key.
    #[error("the key is not a public key of its type")]
    NotAKey,
    /// The id is not that of name and key.
    #[error("the key has an id that does not belong to it; one of them was altered")]
    WrongKeyId,
}

impl VerifierKeyError {
    /// For a key whose type is known, but has no business where it stands.
    pub(super) const fn misplaced(key_type: KeyType) -> Self {
        Self::WrongType(key_type.byte())
    }
}
