//! What others sign under a checkpoint: keys of witnesses, and their lines.

use thiserror::Error;

use super::keys::cosigned_message;
use super::note::{KeyId, SignatureLine};
use super::verifier::{KeyType, VerifierKey};
use super::{
    MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, Origin, SignedCheckpoint, UnixSeconds,
    VerifierKeyError,
};
use crate::tree::TreeHead;

/// The first line of what an Ed25519 cosignature is over.
const ED25519_HEADER: &str = "cosignature/v1";

/// The two kinds of cosignature of tlog-cosignature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CosignatureKind {
    /// Type `04`, a timestamped Ed25519 signature.
    Ed25519,
    /// Type `06`, a timestamped ML-DSA-44 signature, which also covers the name.
    MlDsa44,
}

impl CosignatureKind {
    pub(super) const fn key_type(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::Ed25519Cosignature,
            Self::MlDsa44 => KeyType::MlDsa44Cosignature,
        }
    }
}

impl std::fmt::Display for CosignatureKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
        })
    }
}

/// The public key of a witness: a name, a kind, and the key.
///
/// As text it is a verifier key of signed-note, `name+key id+key`, of type `04`
/// or `06`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessKey {
    key: VerifierKey,
    kind: CosignatureKind,
}

impl WitnessKey {
    /// The key of a witness, from its bytes.
    ///
    /// # Errors
    ///
    /// [`VerifierKeyError::NotAKey`].
    pub fn new(
        name: &Origin,
        kind: CosignatureKind,
        public: &[u8],
    ) -> Result<Self, VerifierKeyError> {
        let key = VerifierKey::new(kind.key_type(), name, public)?;
        Ok(Self { key, kind })
    }

    /// Reads the text of a key, without a newline.
    ///
    /// # Errors
    ///
    /// [`VerifierKeyError`] names the rule.
    pub fn parse(text: &str) -> Result<Self, VerifierKeyError> {
        let key = VerifierKey::parse(text)?;
        let kind = match key.key_type() {
            KeyType::Ed25519Cosignature => CosignatureKind::Ed25519,
            KeyType::MlDsa44Cosignature => CosignatureKind::MlDsa44,
            other @ KeyType::Ed25519Note => return Err(VerifierKeyError::misplaced(other)),
        };
        Ok(Self { key, kind })
    }

    /// The witness.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        self.key.name()
    }

    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> CosignatureKind {
        self.kind
    }

    /// The bare public key, by which two keys are the same whatever their names.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        self.key.public_bytes()
    }

    pub(super) const fn id(&self) -> KeyId {
        self.key.id
    }

    /// Checks a line that names this key, and says what time it states.
    fn check(
        &self,
        line: &SignatureLine<'_>,
        origin: &Origin,
        head: &TreeHead,
        text: &str,
    ) -> Option<UnixSeconds> {
        if line.signature.len() != self.kind.key_type().line_len() {
            return None;
        }
        let (time, signature) = line.signature.split_first_chunk()?;
        let time = UnixSeconds::new(u64::from_be_bytes(*time))?;
        let message = match self.kind {
            CosignatureKind::Ed25519 => ed25519_message(time, text),
            CosignatureKind::MlDsa44 => cosigned_message(self.name(), origin, time, head),
        };
        self.key.holds(&message, signature).then_some(time)
    }
}

impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key.to_text())
    }
}

/// What an Ed25519 cosignature is over: two lines, then the note's text.
pub(super) fn ed25519_message(time: UnixSeconds, text: &str) -> Vec<u8> {
    format!("{ED25519_HEADER}\ntime {time}\n{text}").into_bytes()
}

/// That a witness vouched for a checkpoint, by one of its keys.
///
/// It is only made by checking the signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    witness: Origin,
    kind: CosignatureKind,
    time: UnixSeconds,
}

impl Cosignature {
    /// Who.
    #[must_use]
    pub const fn witness(&self) -> &Origin {
        &self.witness
    }

    /// By which kind of key.
    #[must_use]
    pub const fn kind(&self) -> CosignatureKind {
        self.kind
    }

    /// When, by the witness' clock.
    #[must_use]
    pub const fn time(&self) -> UnixSeconds {
        self.time
    }
}

/// Why a key did not vouch for a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum CosignatureFault {
    /// No line names the key.
    #[error("there is no cosignature by this key")]
    Missing,
    /// Lines name the key, and none of them holds.
    #[error("the cosignature by this key is wrong: it is of another checkpoint, or was altered")]
    Wrong,
}

impl SignedCheckpoint {
    /// Whether the witness of `key` vouches for this checkpoint. Of several lines
    /// by one key the latest that holds counts.
    ///
    /// Nothing is said of the log's own signatures: that is
    /// [`SignedCheckpoint::verify`].
    ///
    /// # Errors
    ///
    /// [`CosignatureFault`].
    pub fn cosignature(&self, key: &WitnessKey) -> Result<Cosignature, CosignatureFault> {
        let (note, origin, head) = self.parts();
        let mut lines = note
            .lines
            .iter()
            .filter(|line| line.is_of(&key.key))
            .peekable();
        if lines.peek().is_none() {
            return Err(CosignatureFault::Missing);
        }
        let time = lines
            .filter_map(|line| key.check(line, &origin, &head, note.text))
            .max()
            .ok_or(CosignatureFault::Wrong)?;
        Ok(Cosignature {
            witness: key.name().clone(),
            kind: key.kind,
            time,
        })
    }

    /// The cosignatures by `keys` that hold.
    #[must_use]
    pub fn cosignatures(&self, keys: &[WitnessKey]) -> Vec<Cosignature> {
        keys.iter()
            .filter_map(|key| self.cosignature(key).ok())
            .collect()
    }

    /// Takes in what a witness answered: signature lines, each ended by a newline.
    /// Those by one of `keys` must hold, and each replaces an older line by its
    /// key; lines of other keys are passed over.
    ///
    /// Returns the checkpoint with them, and who vouched. Nothing is returned
    /// unless at least one line was by one of `keys`.
    ///
    /// # Errors
    ///
    /// [`AddError`]; this checkpoint is as it was.
    pub fn with_cosignatures(
        &self,
        lines: &[u8],
        keys: &[WitnessKey],
    ) -> Result<(Self, Vec<Cosignature>), AddError> {
        let answer = parse_lines(lines)?;
        let (note, origin, head) = self.parts();
        let mut kept: Vec<&SignatureLine<'_>> = note.lines.iter().collect();
        let mut added = Vec::new();
        for line in &answer {
            let Some(key) = keys.iter().find(|key| line.is_of(&key.key)) else {
                continue;
            };
            let time = key
                .check(line, &origin, &head, note.text)
                .ok_or_else(|| AddError::Wrong(key.name().clone(), key.kind))?;
            kept.retain(|line| !line.is_of(&key.key));
            kept.push(line);
            added.push(Cosignature {
                witness: key.name().clone(),
                kind: key.kind,
                time,
            });
        }
        if added.is_empty() {
            return Err(AddError::NoneKnown);
        }
        if kept.len() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures(kept.len()).into());
        }
        let mut text = format!("{}\n", note.text);
        for line in kept {
            line.write_to(&mut text);
        }
        if text.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(text.len()).into());
        }
        Ok((Self::written(text, &head), added))
    }
}

/// Takes an answer of signature lines apart.
fn parse_lines(bytes: &[u8]) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    if bytes.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLong(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| NoteError::NotUtf8(e.valid_up_to()))?;
    if let Some(at) = text.bytes().position(|b| b < b' ' && b != b'\n') {
        return Err(NoteError::ControlCharacter(at));
    }
    let lines = text.strip_suffix('\n').ok_or(NoteError::NoLastNewline)?;
    let count = lines.split('\n').count();
    if count > MAX_SIGNATURES {
        return Err(NoteError::TooManySignatures(count));
    }
    lines
        .split('\n')
        .enumerate()
        .map(|(n, line)| SignatureLine::parse_at(line, n + 1))
        .collect()
}

/// Why nothing was added to a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AddError {
    /// The answer is not signature lines, or there would be too many.
    #[error("the answer of the witness is not lines of signatures that can be added: {0}")]
    Note(#[from] NoteError),
    /// A line by a known key does not hold.
    #[error(
        "the {1} cosignature that {0} answered is wrong: it is of another checkpoint, or was \
         altered"
    )]
    Wrong(Origin, CosignatureKind),
    /// No line is by a known key.
    #[error("the answer holds no cosignature by a known key; check the keys of the witness")]
    NoneKnown,
}
