//! A checkpoint before and after it is believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::keys::cosigned_message;
use super::note::{Note, SignatureLine, decimal, decode_hash};
use super::verifier::VerifierKey;
use super::{LogPublicKeys, LogSigner, NoteError, Origin, SignError, SignatureKind, UnixSeconds};
use crate::tree::{ProvenHead, SizeError, TreeHead, TreeRoot, TreeSize};

/// What a log signed: its name, its head, and when.
///
/// One that came out of [`SignedCheckpoint::verify`] is the log's word. It is not
/// proof that the log told everyone the same: for that, heads are compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    origin: Origin,
    head: TreeHead,
    time: UnixSeconds,
}

impl Checkpoint {
    /// Signs a head that grew from the one `signer` signed last.
    ///
    /// # Errors
    ///
    /// As [`LogSigner::sign`], which this is by another name.
    pub fn sign(
        signer: &mut LogSigner,
        head: &ProvenHead,
        time: UnixSeconds,
    ) -> Result<SignedCheckpoint, SignError> {
        signer.sign(head, time)
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its size and root.
    #[must_use]
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// When it was signed, by the log's own clock.
    #[must_use]
    pub const fn time(&self) -> UnixSeconds {
        self.time
    }
}

/// The text that both signatures are about.
pub(super) fn note_text(origin: &Origin, head: &TreeHead) -> String {
    let root = STANDARD.encode(head.root().as_bytes());
    format!("{origin}\n{}\n{root}\n", head.size())
}

/// A checkpoint as it travels: well-formed, and believed by nobody yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedCheckpoint {
    text: String,
    size: TreeSize,
}

impl SignedCheckpoint {
    /// Takes a checkpoint that came from somewhere, if it is well-formed.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] of the kinds that concern form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VerifyError> {
        let note = Note::parse(bytes)?;
        let (_, head) = read_head(note.text)?;
        let text = std::str::from_utf8(bytes).map_err(|e| NoteError::NotUtf8(e.valid_up_to()))?;
        Ok(Self {
            text: text.to_owned(),
            size: head.size(),
        })
    }

    /// For the signer, whose text is well-formed.
    pub(super) const fn written(text: String, head: &TreeHead) -> Self {
        Self {
            text,
            size: head.size(),
        }
    }

    /// The size it claims, for choosing what to prove. Nothing is verified.
    #[must_use]
    pub const fn claimed_size(&self) -> TreeSize {
        self.size
    }

    /// The log it claims to be of, for choosing keys. Nothing is verified.
    #[must_use]
    pub fn claimed_origin(&self) -> Origin {
        let (_, origin, _) = self.parts();
        origin
    }

    /// The head it claims, for telling what is claimed. Nothing is verified.
    #[must_use]
    pub fn claimed_head(&self) -> TreeHead {
        let (_, _, head) = self.parts();
        head
    }

    /// What it holds, which was found well-formed when this was made.
    pub(super) fn parts(&self) -> (Note<'_>, Origin, TreeHead) {
        const WELL_FORMED: &str = "a checkpoint is checked for its form when it is made";
        let note = Note::parse(self.text.as_bytes()).expect(WELL_FORMED);
        let (origin, head) = read_head(note.text).expect(WELL_FORMED);
        (note, origin, head)
    }

    /// The text, as it is stored and sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Believes the checkpoint if both signatures of the log hold.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: the name is another log's, or a signature is missing,
    /// doubled or wrong.
    pub fn verify(&self, keys: &LogPublicKeys) -> Result<Checkpoint, VerifyError> {
        let (note, origin, head) = self.parts();
        if origin != *keys.origin() {
            return Err(VerifyError::OtherLog {
                named: origin,
                expected: keys.origin().clone(),
            });
        }
        let of_log = |kind| check_line(&note, &origin, &head, kind, keys.key(kind));
        // Both must be there before either is worth checking.
        only_line(
            &note,
            SignatureKind::Ed25519,
            keys.key(SignatureKind::Ed25519),
        )?;
        only_line(
            &note,
            SignatureKind::MlDsa44,
            keys.key(SignatureKind::MlDsa44),
        )?;
        of_log(SignatureKind::Ed25519)?;
        let time = of_log(SignatureKind::MlDsa44)?.expect("an ML-DSA-44 line states a time");
        Ok(Checkpoint { origin, head, time })
    }
}

impl std::fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads the three lines of a checkpoint's text.
pub(super) fn read_head(text: &str) -> Result<(Origin, TreeHead), VerifyError> {
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let mut line = || lines.next().ok_or(VerifyError::MissingLine);
    let (origin, size, root) = (line()?, line()?, line()?);
    if lines.next().is_some() {
        return Err(VerifyError::ExtensionLine);
    }
    let origin = Origin::new(origin).map_err(VerifyError::BadOrigin)?;
    let size = decimal(size).ok_or(VerifyError::BadSize)?;
    let size = TreeSize::new(size)?;
    let root = decode_hash(root).ok_or(VerifyError::BadRoot)?;
    let head = TreeHead::new(size, TreeRoot::from_bytes(root));
    if !head.is_possible() {
        return Err(VerifyError::BadRoot);
    }
    Ok((origin, head))
}

/// The one line of a note that is signed by this key of the log.
fn only_line<'n, 'a>(
    note: &'n Note<'a>,
    kind: SignatureKind,
    key: &VerifierKey,
) -> Result<&'n SignatureLine<'a>, VerifyError> {
    let mut of_key = note.lines.iter().filter(|line| line.is_of(key));
    let line = of_key.next().ok_or(VerifyError::MissingSignature(kind))?;
    match of_key.next() {
        Some(_) => Err(VerifyError::DoubledSignature(kind)),
        None => Ok(line),
    }
}

/// Checks the signature of a log by one of its keys, and says what time it states.
pub(super) fn check_line(
    note: &Note<'_>,
    origin: &Origin,
    head: &TreeHead,
    kind: SignatureKind,
    key: &VerifierKey,
) -> Result<Option<UnixSeconds>, VerifyError> {
    let line = only_line(note, kind, key)?;
    let wrong = VerifyError::WrongSignature(kind);
    match kind {
        SignatureKind::Ed25519 => key
            .holds(note.text.as_bytes(), &line.signature)
            .then_some(None)
            .ok_or(wrong),
        SignatureKind::MlDsa44 => {
            let (time, signature) = line.signature.split_first_chunk().ok_or(wrong.clone())?;
            let time = u64::from_be_bytes(*time);
            let time = UnixSeconds::new(time).ok_or(VerifyError::NoSuchTime(time))?;
            let message = cosigned_message(key.name(), origin, time, head);
            key.holds(&message, signature)
                .then_some(Some(time))
                .ok_or(wrong)
        }
    }
}

/// Why a checkpoint is not well-formed or not believed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum VerifyError {
    /// It is not a signed note.
    #[error("a checkpoint is not a signed note: {0}")]
    Note(#[from] NoteError),
    /// It has fewer than three lines of text.
    #[error("a checkpoint has fewer than the three lines origin, size and root")]
    MissingLine,
    /// It has more than three lines of text.
    #[error(
        "a checkpoint has lines after its root; they are refused, because not every signature \
         covers them"
    )]
    ExtensionLine,
    /// The first line is not the name of a log.
    #[error("the origin line of a checkpoint: {0}")]
    BadOrigin(#[source] super::OriginError),
    /// The second line is not a number in decimal form.
    #[error("the size line of a checkpoint is not a decimal number without leading zeroes")]
    BadSize,
    /// The size is impossible.
    #[error("the size line of a checkpoint: {0}")]
    Size(#[from] SizeError),
    /// The third line is not 32 bytes in canonical base64, or not the root of the
    /// empty log where the size is 0.
    #[error("the root line of a checkpoint is not 32 bytes in base64, or not what its size allows")]
    BadRoot,
    /// It is of another log.
    #[error(
        "the checkpoint is of the log {named}, and the keys are of {expected}; use the keys of \
         that log"
    )]
    OtherLog {
        /// The log it names.
        named: Origin,
        /// The log of the keys.
        expected: Origin,
    },
    /// One of the log's two signatures is not there.
    #[error(
        "the checkpoint has no {0} signature of its log; both are needed, and this one was \
         stripped, or made with another key"
    )]
    MissingSignature(SignatureKind),
    /// One of the log's signatures is there more than once.
    #[error("the checkpoint has more than one {0} signature of its log; somebody added one")]
    DoubledSignature(SignatureKind),
    /// One of the log's signatures does not hold.
    #[error("the {0} signature of the checkpoint is wrong: the checkpoint was altered or forged")]
    WrongSignature(SignatureKind),
    /// The time is beyond what a cosignature may state.
    #[error("the checkpoint claims to be signed {0} seconds after 1970, which no clock can show")]
    NoSuchTime(u64),
}
