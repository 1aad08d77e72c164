//! The public keys of a log, and the messages that their signatures are over.

use aws_lc_rs::signature::{ED25519, ML_DSA_44, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::note::KeyId;
use super::{Origin, OriginError, UnixSeconds};
use crate::tree::TreeHead;

/// The label that begins what an ML-DSA-44 cosignature is over.
const COSIGNED_LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// The two signatures of a log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SignatureKind {
    /// The note signature, type `01`.
    Ed25519,
    /// The cosignature of tlog-cosignature, type `06`.
    MlDsa44,
}

impl SignatureKind {
    /// The type byte of signed-note.
    const fn type_byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::MlDsa44 => 0x06,
        }
    }

    /// Length of a public key of this kind in bytes.
    #[must_use]
    pub const fn public_key_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::MlDsa44 => 1312,
        }
    }

    /// Length of a bare signature of this kind in bytes.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::MlDsa44 => 2420,
        }
    }
}

impl std::fmt::Display for SignatureKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
        })
    }
}

/// The public keys of a log: all that is needed to believe its checkpoints.
///
/// As text they are two verifier keys of signed-note, `name+key id+key`, the
/// Ed25519 one first, a line each:
///
/// ```text
/// example.org/room+0a1b2c3d+AfEdC…
/// example.org/room+4e5f6071+BnR2d…
/// ```
///
/// Whoever gets them from the log itself believes the log; they are to be handed
/// over by another way.
#[derive(Clone, Debug)]
pub struct LogPublicKeys {
    origin: Origin,
    ed25519: VerifierKey,
    ml_dsa_44: VerifierKey,
}

impl LogPublicKeys {
    /// The longest text: two names, two key ids, two keys in base64, and what is
    /// between them.
    pub const MAX_TEXT_BYTES: usize = 4096;

    /// The keys of `origin`, from their bytes.
    ///
    /// # Errors
    ///
    /// [`KeysError::NotAKey`] when the bytes are not a public key of their kind.
    pub fn new(
        origin: Origin,
        ed25519: &[u8; 32],
        ml_dsa_44: &[u8; 1312],
    ) -> Result<Self, KeysError> {
        let ed25519 = VerifierKey::new(SignatureKind::Ed25519, &origin, ed25519)?;
        let ml_dsa_44 = VerifierKey::new(SignatureKind::MlDsa44, &origin, ml_dsa_44)?;
        Ok(Self {
            origin,
            ed25519,
            ml_dsa_44,
        })
    }

    /// The log whose keys these are.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The keys as text: two lines, as shown above.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n",
            self.verifier_key(SignatureKind::Ed25519),
            self.verifier_key(SignatureKind::MlDsa44)
        )
    }

    /// One of the keys as a verifier key of signed-note, for other programs.
    #[must_use]
    pub fn verifier_key(&self, kind: SignatureKind) -> String {
        let key = self.key(kind);
        let typed = typed_key(kind, key.public.as_ref());
        format!(
            "{}+{}+{}",
            self.origin,
            HEXLOWER.encode(&key.id),
            STANDARD.encode(typed)
        )
    }

    /// Reads [`LogPublicKeys::to_text`] back, and only that.
    ///
    /// # Errors
    ///
    /// [`KeysError`] names the line and the rule.
    pub fn from_text(text: &str) -> Result<Self, KeysError> {
        if text.len() > Self::MAX_TEXT_BYTES {
            return Err(KeysError::TooLong(text.len()));
        }
        let (first, rest) = text.split_once('\n').ok_or(KeysError::NotTwoLines)?;
        let second = rest.strip_suffix('\n').ok_or(KeysError::NotTwoLines)?;
        if second.contains('\n') {
            return Err(KeysError::NotTwoLines);
        }
        let (origin, ed25519) = VerifierKey::parse(SignatureKind::Ed25519, first)?;
        let (other, ml_dsa_44) = VerifierKey::parse(SignatureKind::MlDsa44, second)?;
        if origin != other {
            return Err(KeysError::TwoNames);
        }
        Ok(Self {
            origin,
            ed25519,
            ml_dsa_44,
        })
    }

    pub(super) const fn key(&self, kind: SignatureKind) -> &VerifierKey {
        match kind {
            SignatureKind::Ed25519 => &self.ed25519,
            SignatureKind::MlDsa44 => &self.ml_dsa_44,
        }
    }
}

impl PartialEq for LogPublicKeys {
    fn eq(&self, other: &Self) -> bool {
        self.to_text() == other.to_text()
    }
}

impl Eq for LogPublicKeys {}

/// One public key, parsed, with its id under the log's name.
#[derive(Clone, Debug)]
pub(super) struct VerifierKey {
    pub(super) id: KeyId,
    public: ParsedPublicKey,
}

impl VerifierKey {
    fn new(kind: SignatureKind, name: &Origin, key: &[u8]) -> Result<Self, KeysError> {
        let not_a_key = KeysError::NotAKey(kind);
        // The library would take an encoding of another length, too.
        if key.len() != kind.public_key_len() {
            return Err(not_a_key);
        }
        let public = match kind {
            SignatureKind::Ed25519 => ParsedPublicKey::new(&ED25519, key),
            SignatureKind::MlDsa44 => ParsedPublicKey::new(&ML_DSA_44, key),
        };
        Ok(Self {
            id: key_id(kind, name, key),
            public: public.map_err(|_| not_a_key)?,
        })
    }

    fn parse(kind: SignatureKind, line: &str) -> Result<(Origin, Self), KeysError> {
        let mut parts = line.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeysError::NotAVerifierKey(kind));
        };
        let name = Origin::new(name).map_err(|fault| KeysError::BadName { kind, fault })?;
        let id = HEXLOWER
            .decode(id.as_bytes())
            .map_err(|_| KeysError::NotAVerifierKey(kind))?;
        let typed = STANDARD
            .decode(key)
            .map_err(|_| KeysError::NotAVerifierKey(kind))?;
        let key = match typed.split_first() {
            Some((byte, key)) if *byte == kind.type_byte() => key,
            _ => return Err(KeysError::WrongType(kind)),
        };
        let parsed = Self::new(kind, &name, key)?;
        if id != parsed.id {
            return Err(KeysError::WrongKeyId(kind));
        }
        Ok((name, parsed))
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}

fn typed_key(kind: SignatureKind, key: &[u8]) -> Vec<u8> {
    [[kind.type_byte()].as_slice(), key].concat()
}

/// The key id that signed-note recommends.
pub(super) fn key_id(kind: SignatureKind, name: &Origin, key: &[u8]) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(name.as_str());
    hash.update(b"\n");
    hash.update(typed_key(kind, key));
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d]
}

/// What an ML-DSA-44 cosignature of a log over its own head is over: the
/// `cosigned_message` of tlog-cosignature, with the log as cosigner.
pub(super) fn cosigned_message(origin: &Origin, time: UnixSeconds, head: &TreeHead) -> Vec<u8> {
    let name = origin.as_str().as_bytes();
    let length = u8::try_from(name.len()).expect("an origin is at most 255 bytes");
    let mut message = Vec::new();
    message.extend_from_slice(COSIGNED_LABEL);
    message.push(length);
    message.extend_from_slice(name);
    message.extend_from_slice(&time.get().to_be_bytes());
    message.push(length);
    message.extend_from_slice(name);
    message.extend_from_slice(&0_u64.to_be_bytes());
    message.extend_from_slice(&head.size().get().to_be_bytes());
    message.extend_from_slice(head.root().as_bytes());
    message
}

/// Why a text is not the public keys of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum KeysError {
    /// More than [`LogPublicKeys::MAX_TEXT_BYTES`].
    #[error("the keys of a log are {0} bytes long; at most {max} are read", max = LogPublicKeys::MAX_TEXT_BYTES)]
    TooLong(usize),
    /// Not two lines, each ended by a newline.
    #[error("the keys of a log are two lines, each ended by a newline: Ed25519, then ML-DSA-44")]
    NotTwoLines,
    /// A line is not a verifier key.
    #[error("the {0} key is not of the form name+key id+key")]
    NotAVerifierKey(SignatureKind),
    /// The name is not that of a log.
    #[error("the {kind} key: {fault}")]
    BadName {
        /// Which key.
        kind: SignatureKind,
        /// The rule broken.
        fault: OriginError,
    },
    /// The key is of another type than its line should hold.
    #[error("the line for the {0} key holds a key of another type")]
    WrongType(SignatureKind),
    /// The bytes are not a public key.
    #[error("the {0} key is not a public key of that kind")]
    NotAKey(SignatureKind),
    /// The id is not that of name and key.
    #[error("the {0} key has an id that does not belong to it; one of them was altered")]
    WrongKeyId(SignatureKind),
    /// The two keys are of two logs.
    #[error("the two keys name two different logs")]
    TwoNames,
}
