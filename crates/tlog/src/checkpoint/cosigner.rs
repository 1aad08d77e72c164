//! The keys of a witness, and the one place where they sign.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, PqdsaKeyPair};
use thiserror::Error;

use super::cosignature::ed25519_message;
use super::keys::cosigned_message;
use super::note::SignatureLine;
use super::signed::note_text;
use super::{CosignatureKind, Origin, SEED_LEN, SignatureKind, UnixSeconds, WitnessKey};
use crate::tree::ProvenHead;

/// The private keys of a witness, one of each kind.
///
/// It signs a head only if that was proved to grow from an earlier one. That the
/// earlier one is what was signed last, and that the new one is kept before the
/// lines are given out, is [`crate::witness`]'s to see to.
///
/// ```compile_fail
/// fn printable<T: std::fmt::Debug>() {}
/// printable::<strongroom_tlog::checkpoint::Cosigner>();
/// ```
pub struct Cosigner {
    name: Origin,
    ed25519: Ed25519KeyPair,
    ml_dsa_44: PqdsaKeyPair,
    keys: [WitnessKey; 2],
}

impl Cosigner {
    /// Takes up the keys of a witness from their two seeds, which the caller
    /// wipes.
    ///
    /// # Errors
    ///
    /// [`CosignError`] when the library takes no such seed.
    pub fn from_seeds(
        name: Origin,
        ed25519: &[u8; SEED_LEN],
        ml_dsa_44: &[u8; SEED_LEN],
    ) -> Result<Self, CosignError> {
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(ed25519).map_err(|_| CosignError)?;
        let ml_dsa_44 =
            PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa_44).map_err(|_| CosignError)?;
        let key = |kind, public: &[u8]| WitnessKey::new(&name, kind, public).or(Err(CosignError));
        let keys = [
            key(CosignatureKind::Ed25519, ed25519.public_key().as_ref())?,
            key(CosignatureKind::MlDsa44, ml_dsa_44.public_key().as_ref())?,
        ];
        Ok(Self {
            name,
            ed25519,
            ml_dsa_44,
            keys,
        })
    }

    /// The name of the witness.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        &self.name
    }

    /// The keys that believe what this signs: Ed25519, then ML-DSA-44.
    #[must_use]
    pub const fn keys(&self) -> &[WitnessKey; 2] {
        &self.keys
    }

    /// Signs a head of the log `origin` as of `time`: a line of each kind.
    ///
    /// # Errors
    ///
    /// [`CosignError`] when the library refuses.
    ///
    /// # Panics
    ///
    /// Never: FIPS 204 fixes the length of a signature.
    pub fn cosign(
        &self,
        origin: &Origin,
        head: &ProvenHead,
        time: UnixSeconds,
    ) -> Result<String, CosignError> {
        let head = head.head();
        let at = time.get().to_be_bytes();

        let message = ed25519_message(time, &note_text(origin, head));
        let signature = self.ed25519.try_sign(&message).map_err(|_| CosignError)?;
        let ed25519 = [at.as_slice(), signature.as_ref()].concat();

        let message = cosigned_message(&self.name, origin, time, head);
        let mut signature = vec![0; SignatureKind::MlDsa44.signature_len()];
        let written = self
            .ml_dsa_44
            .sign(&message, &mut signature)
            .map_err(|_| CosignError)?;
        assert_eq!(written, signature.len(), "FIPS 204 fixes the length");
        let ml_dsa_44 = [at.as_slice(), &signature].concat();

        let mut lines = String::new();
        for (key, signature) in self.keys.iter().zip([ed25519, ml_dsa_44]) {
            SignatureLine::write(&self.name, key.id(), &signature, &mut lines);
        }
        Ok(lines)
    }
}

/// The library refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the cryptographic library refused to load or use the keys of the witness")]
pub struct CosignError;
