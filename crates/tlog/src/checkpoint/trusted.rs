//! A log that somebody else watches: the keys that its checkpoints must be signed
//! with, one or both.

use thiserror::Error;

use super::signed::check_line;
use super::verifier::{KeyType, VerifierKey};
use super::{
    LogPublicKeys, Origin, SignatureKind, SignedCheckpoint, UnixSeconds, VerifierKeyError,
    VerifyError,
};
use crate::tree::TreeHead;

/// One key of a log, as another program may have only one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogKey {
    key: VerifierKey,
    kind: SignatureKind,
}

impl LogKey {
    /// Reads a verifier key of type `01` or `06`, without a newline.
    ///
    /// # Errors
    ///
    /// [`VerifierKeyError`] names the rule.
    pub fn parse(text: &str) -> Result<Self, VerifierKeyError> {
        let key = VerifierKey::parse(text)?;
        let kind = match key.key_type() {
            KeyType::Ed25519Note => SignatureKind::Ed25519,
            KeyType::MlDsa44Cosignature => SignatureKind::MlDsa44,
            other @ KeyType::Ed25519Cosignature => return Err(VerifierKeyError::misplaced(other)),
        };
        Ok(Self { key, kind })
    }

    /// The log, which is the name of the key.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        self.key.name()
    }

    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The bare public key, by which two keys are the same whatever their names.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        self.key.public_bytes()
    }
}

impl std::fmt::Display for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key.to_text())
    }
}

/// A log and the keys that its checkpoints must *all* be signed with.
///
/// A room's log has two ([`LogPublicKeys`]); another log may have one. Whoever
/// watches a log is told its keys by another way than from the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedLog {
    keys: Vec<LogKey>,
}

impl TrustedLog {
    /// The log of these keys: one, or one of each kind.
    ///
    /// # Errors
    ///
    /// [`TrustedLogError`] names the rule.
    pub fn new(keys: Vec<LogKey>) -> Result<Self, TrustedLogError> {
        let [first, others @ ..] = keys.as_slice() else {
            return Err(TrustedLogError::NoKey);
        };
        match others {
            [] => {}
            [second] if second.origin() != first.origin() => return Err(TrustedLogError::TwoNames),
            [second] if second.kind != first.kind => {}
            _ => return Err(TrustedLogError::TwoOfAKind),
        }
        Ok(Self { keys })
    }

    /// The log of one key.
    pub(crate) fn of_one(key: &LogKey) -> Self {
        Self {
            keys: vec![key.clone()],
        }
    }

    /// Reads one or two verifier keys, a line each.
    ///
    /// # Errors
    ///
    /// [`TrustedLogError`] names the rule.
    pub fn from_text(text: &str) -> Result<Self, TrustedLogError> {
        if text.len() > LogPublicKeys::MAX_TEXT_BYTES {
            return Err(VerifierKeyError::TooLong(text.len()).into());
        }
        let keys = text.lines().map(LogKey::parse).collect::<Result<_, _>>()?;
        Self::new(keys)
    }

    /// The keys as text, a line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.keys.iter().map(|key| format!("{key}\n")).collect()
    }

    /// The log.
    ///
    /// # Panics
    ///
    /// Never: there is a key.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.keys.first().expect("a log has a key").origin()
    }

    /// The keys, all of which must have signed.
    #[must_use]
    pub fn keys(&self) -> &[LogKey] {
        &self.keys
    }

    /// Believes the head of a checkpoint if every key of the log signed it. With
    /// an ML-DSA-44 key this is also the time that the log claims.
    ///
    /// # Errors
    ///
    /// As [`SignedCheckpoint::verify`].
    pub fn verify(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(TreeHead, Option<UnixSeconds>), VerifyError> {
        let (note, origin, head) = checkpoint.parts();
        if origin != *self.origin() {
            return Err(VerifyError::OtherLog {
                named: origin,
                expected: self.origin().clone(),
            });
        }
        let mut time = None;
        for LogKey { key, kind } in &self.keys {
            time = check_line(&note, &origin, &head, *kind, key)?.or(time);
        }
        Ok((head, time))
    }
}

impl From<&LogPublicKeys> for TrustedLog {
    fn from(keys: &LogPublicKeys) -> Self {
        let keys = [SignatureKind::Ed25519, SignatureKind::MlDsa44]
            .map(|kind| LogKey {
                key: keys.key(kind).clone(),
                kind,
            })
            .into();
        Self { keys }
    }
}

/// Why keys are not those of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TrustedLogError {
    /// There is no key.
    #[error("no key of the log is given; a log has one key or one of each kind, a line each")]
    NoKey,
    /// A line is not a key.
    #[error(transparent)]
    Key(#[from] VerifierKeyError),
    /// The keys are of two logs.
    #[error("the keys name two different logs")]
    TwoNames,
    /// Two keys of a kind, or more than two.
    #[error("a log has at most one key of each kind")]
    TwoOfAKind,
}
