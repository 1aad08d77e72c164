//! The keys of a log, and the one place where they sign.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, PqdsaKeyPair};
use thiserror::Error;

use super::keys::cosigned_message;
use super::note::SignatureLine;
use super::signed::note_text;
use super::{LogPublicKeys, Origin, SignatureKind, SignedCheckpoint, UnixSeconds, VerifyError};
use crate::tree::{ForkError, ProvenHead, TreeHead};

/// Length of the seed of either key: RFC 8032 §5.1.5 and FIPS 204 §5.1.
pub const SEED_LEN: usize = 32;

/// The private keys of a log, and the head that they signed last.
///
/// There is no way to get the keys out, to copy them, or to print them, and their
/// memory is wiped by the library when this is dropped. It signs a head only if
/// that grew from the last one, so whoever opens a log hands over the checkpoint
/// that was signed last.
///
/// Two things it cannot see are the caller's: that the entries under a head are
/// durable before it is signed, since a head that was given out can never be taken
/// back; and that no second signer runs with the same keys.
///
/// ```compile_fail
/// fn printable<T: std::fmt::Debug>() {}
/// printable::<strongroom_tlog::checkpoint::LogSigner>();
/// ```
/// ```compile_fail
/// fn copyable<T: Clone>() {}
/// copyable::<strongroom_tlog::checkpoint::LogSigner>();
/// ```
pub struct LogSigner {
    origin: Origin,
    ed25519: Ed25519KeyPair,
    ml_dsa_44: PqdsaKeyPair,
    public: LogPublicKeys,
    signed: TreeHead,
    signed_at: UnixSeconds,
}

impl LogSigner {
    /// Takes up the keys of a log from their two seeds, which the caller wipes.
    ///
    /// `last` is the newest checkpoint of this log, which is verified; `None` only
    /// for a log that never signed one.
    ///
    /// # Errors
    ///
    /// [`SignError::LastCheckpoint`] when `last` is not of these keys;
    /// [`SignError::Library`] when the library takes no such seed.
    pub fn from_seeds(
        origin: Origin,
        ed25519: &[u8; SEED_LEN],
        ml_dsa_44: &[u8; SEED_LEN],
        last: Option<&SignedCheckpoint>,
    ) -> Result<Self, SignError> {
        let ed25519 =
            Ed25519KeyPair::from_seed_unchecked(ed25519).map_err(|_| SignError::Library)?;
        let ml_dsa_44 = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa_44)
            .map_err(|_| SignError::Library)?;
        let public = public_keys(&origin, &ed25519, &ml_dsa_44).ok_or(SignError::Library)?;
        let (signed, signed_at) = match last {
            None => (TreeHead::EMPTY, UnixSeconds::EPOCH),
            Some(last) => {
                let last = last.verify(&public).map_err(SignError::LastCheckpoint)?;
                (*last.head(), last.time())
            }
        };
        Ok(Self {
            origin,
            ed25519,
            ml_dsa_44,
            public,
            signed,
            signed_at,
        })
    }

    /// The keys that believe what this signs.
    #[must_use]
    pub const fn public_keys(&self) -> &LogPublicKeys {
        &self.public
    }

    /// The head signed last: what the next must be proved to have grown from. The
    /// head of the empty log if none was.
    #[must_use]
    pub const fn last_signed(&self) -> &TreeHead {
        &self.signed
    }

    /// Signs a head twice, as of `time`.
    ///
    /// The same head may be signed again at a later time. The ML-DSA-44 signature
    /// draws its own randomness within the library, so two signatures of one head
    /// differ.
    ///
    /// # Errors
    ///
    /// [`SignError::Fork`] when the head was not proved to grow from the one
    /// signed last, [`SignError::TimeRanBackwards`], or [`SignError::Library`].
    /// Nothing was signed then.
    pub fn sign(
        &mut self,
        head: &ProvenHead,
        time: UnixSeconds,
    ) -> Result<SignedCheckpoint, SignError> {
        if *head.earlier() != self.signed {
            return Err(SignError::Fork(ForkError::between(
                &self.signed,
                head.head(),
            )));
        }
        if time < self.signed_at {
            return Err(SignError::TimeRanBackwards {
                now: time,
                last: self.signed_at,
            });
        }
        let text = self.sign_text(head.head(), time)?;
        self.signed = *head.head();
        self.signed_at = time;
        Ok(SignedCheckpoint::written(text, head.head()))
    }

    fn sign_text(&self, head: &TreeHead, time: UnixSeconds) -> Result<String, SignError> {
        let mut text = note_text(&self.origin, head);
        let ed25519 = self
            .ed25519
            .try_sign(text.as_bytes())
            .map_err(|_| SignError::Library)?;

        let mut cosignature = vec![0; 8 + SignatureKind::MlDsa44.signature_len()];
        let (at, signature) = cosignature.split_at_mut(8);
        at.copy_from_slice(&time.get().to_be_bytes());
        let written = self
            .ml_dsa_44
            .sign(
                &cosigned_message(&self.origin, &self.origin, time, head),
                signature,
            )
            .map_err(|_| SignError::Library)?;
        assert_eq!(written, signature.len(), "FIPS 204 fixes the length");

        text.push('\n');
        for (kind, signature) in [
            (SignatureKind::Ed25519, ed25519.as_ref()),
            (SignatureKind::MlDsa44, cosignature.as_slice()),
        ] {
            let id = self.public.key(kind).id;
            SignatureLine::write(&self.origin, id, signature, &mut text);
        }
        Ok(text)
    }
}

fn public_keys(
    origin: &Origin,
    ed25519: &Ed25519KeyPair,
    ml_dsa_44: &PqdsaKeyPair,
) -> Option<LogPublicKeys> {
    let ed25519 = ed25519.public_key().as_ref().try_into().ok()?;
    let ml_dsa_44 = ml_dsa_44.public_key().as_ref().try_into().ok()?;
    LogPublicKeys::new(origin.clone(), ed25519, ml_dsa_44).ok()
}

/// Why a checkpoint was not signed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SignError {
    /// The head did not grow from the one signed last.
    #[error("no checkpoint is signed: {0}")]
    Fork(#[from] ForkError),
    /// The clock shows less than when it was last signed.
    #[error(
        "no checkpoint is signed: the clock shows {now} seconds after 1970 and showed {last} \
         before; set the clock right"
    )]
    TimeRanBackwards {
        /// What it shows.
        now: UnixSeconds,
        /// What it showed when the last checkpoint was signed.
        last: UnixSeconds,
    },
    /// The checkpoint handed over as the last is not of this log.
    #[error("the log cannot go on from its last checkpoint: {0}")]
    LastCheckpoint(#[source] VerifyError),
    /// The library refused.
    #[error("the cryptographic library refused to load or use the keys of the log")]
    Library,
}
