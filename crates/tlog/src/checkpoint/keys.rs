//! The public keys of a log, and the messages that their signatures are over.

use thiserror::Error;

use super::verifier::{KeyType, VerifierKey};
use super::{Origin, OriginError, UnixSeconds, VerifierKeyError};
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
    /// The type of a log's key of this kind.
    pub(super) const fn key_type(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::Ed25519Note,
            Self::MlDsa44 => KeyType::MlDsa44Cosignature,
        }
    }

    /// Length of a public key of this kind in bytes.
    #[must_use]
    pub const fn public_key_len(self) -> usize {
        self.key_type().public_key_len()
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
        let new = |kind: SignatureKind, key: &[u8]| {
            VerifierKey::new(kind.key_type(), &origin, key)
                .map_err(|fault| KeysError::of(kind, fault))
        };
        Ok(Self {
            ed25519: new(SignatureKind::Ed25519, ed25519)?,
            ml_dsa_44: new(SignatureKind::MlDsa44, ml_dsa_44)?,
            origin,
        })
    }

    /// The log whose keys these are.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same two keys under another name: those of a log that somebody goes on with as another one.
    #[must_use]
    pub fn renamed(&self, origin: &Origin) -> Self {
        let renamed = |key: &VerifierKey| {
            VerifierKey::new(key.key_type(), origin, key.public_bytes())
                .expect("they are keys already")
        };
        Self {
            origin: origin.clone(),
            ed25519: renamed(&self.ed25519),
            ml_dsa_44: renamed(&self.ml_dsa_44),
        }
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
        self.key(kind).to_text()
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
        let ed25519 = parse_line(SignatureKind::Ed25519, first)?;
        let ml_dsa_44 = parse_line(SignatureKind::MlDsa44, second)?;
        if ed25519.name() != ml_dsa_44.name() {
            return Err(KeysError::TwoNames);
        }
        Ok(Self {
            origin: ed25519.name().clone(),
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
        self.ed25519 == other.ed25519 && self.ml_dsa_44 == other.ml_dsa_44
    }
}

impl Eq for LogPublicKeys {}

/// Reads the line of one key of a log.
fn parse_line(kind: SignatureKind, line: &str) -> Result<VerifierKey, KeysError> {
    let key = VerifierKey::parse(line).map_err(|fault| KeysError::of(kind, fault))?;
    if key.key_type() != kind.key_type() {
        return Err(KeysError::WrongType(kind));
    }
    Ok(key)
}

/// What an ML-DSA-44 cosignature over a whole tree is over: the
/// `cosigned_message` of tlog-cosignature. A log that signs its own head is its
/// own cosigner.
pub(super) fn cosigned_message(
    cosigner: &Origin,
    origin: &Origin,
    time: UnixSeconds,
    head: &TreeHead,
) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend_from_slice(COSIGNED_LABEL);
    push_name(cosigner, &mut message);
    message.extend_from_slice(&time.get().to_be_bytes());
    push_name(origin, &mut message);
    message.extend_from_slice(&0_u64.to_be_bytes());
    message.extend_from_slice(&head.size().get().to_be_bytes());
    message.extend_from_slice(head.root().as_bytes());
    message
}

fn push_name(name: &Origin, message: &mut Vec<u8>) {
    let name = name.as_str().as_bytes();
    message.push(u8::try_from(name.len()).expect("a name is at most 255 bytes"));
    message.extend_from_slice(name);
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

impl KeysError {
    const fn of(kind: SignatureKind, fault: VerifierKeyError) -> Self {
        match fault {
            VerifierKeyError::TooLong(length) => Self::TooLong(length),
            VerifierKeyError::NotAVerifierKey => Self::NotAVerifierKey(kind),
            VerifierKeyError::BadName(fault) => Self::BadName { kind, fault },
            VerifierKeyError::WrongType(_) => Self::WrongType(kind),
            VerifierKeyError::NotAKey => Self::NotAKey(kind),
            VerifierKeyError::WrongKeyId => Self::WrongKeyId(kind),
        }
    }
}
