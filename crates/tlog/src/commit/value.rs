//! One salted value: [`Salt`], [`Commitment`], [`commit`], and the commitment to
//! a personal signature. The formats are in the [module's docs](super).

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::FieldTag;
use crate::digest::{DIGEST_LEN, digest_type};

const VALUE_DOMAIN: &[u8] = b"strongroom/value/v1\n";
const SIGNATURE_DOMAIN: &[u8] = b"strongroom/signature/v1\n";
const NO_SIGNATURE_DOMAIN: &[u8] = b"strongroom/no-signature/v1\n";

/// The 32 random bytes that hide a committed value.
///
/// A salt is as secret as its value: whoever has the salt can try values until
/// one fits. It is used once, sealed with what it covers and destroyed with it.
/// It shows itself only through [`Salt::as_bytes`], prints as `Salt(..)`, and
/// its memory is wiped when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Salt([u8; Salt::LEN]);

impl Salt {
    /// Length of a salt. As long as the digest, so that guessing it is no easier
    /// than finding a preimage.
    pub const LEN: usize = 32;

    /// Takes 32 bytes, which the caller drew from its random source for this
    /// value alone, or read back from where they were sealed.
    #[must_use]
    pub const fn new(bytes: [u8; Salt::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed beside the value or shown with it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Salt::LEN] {
        &self.0
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

digest_type! {
    /// A commitment to one tagged value under its salt: it binds the value and
    /// shows nothing of it.
    Commitment
}

/// Commits to `value` as the field `tag`, hidden by `salt`.
///
/// The same value under another tag or salt gives another commitment. To check a
/// value that was shown, commit to it again and compare.
#[must_use]
pub fn commit(tag: FieldTag, salt: &Salt, value: &[u8]) -> Commitment {
    let mut hash = Sha256::new();
    hash.update(VALUE_DOMAIN);
    hash.update(tag.get().to_be_bytes());
    hash.update(salt.as_bytes());
    update_framed(&mut hash, value);
    Commitment::from_bytes(finish(hash))
}

digest_type! {
    /// A commitment to the personal signature on an event, or to there being
    /// none. Which of the two does not show without the salt.
    SignatureCommitment
}

impl SignatureCommitment {
    /// Commits to a signature. Its bytes mean nothing to this crate.
    #[must_use]
    pub fn present(salt: &Salt, signature: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(SIGNATURE_DOMAIN);
        hash.update(salt.as_bytes());
        update_framed(&mut hash, signature);
        Self::from_bytes(finish(hash))
    }

    /// Commits to the absence of a signature: a reading, which the checkpoint
    /// alone covers. It differs from a commitment to an empty signature.
    #[must_use]
    pub fn absent(salt: &Salt) -> Self {
        let mut hash = Sha256::new();
        hash.update(NO_SIGNATURE_DOMAIN);
        hash.update(salt.as_bytes());
        Self::from_bytes(finish(hash))
    }
}

/// Hashes the length, then the bytes.
fn update_framed(hash: &mut Sha256, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
    hash.update(length.to_be_bytes());
    hash.update(bytes);
}

fn finish(hash: Sha256) -> [u8; DIGEST_LEN] {
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salt(byte: u8) -> Salt {
        Salt::new([byte; Salt::LEN])
    }

    #[test]
    fn tag_salt_and_value_each_matter() {
        let one = commit(FieldTag::new(1), &salt(1), b"a");
        assert_eq!(one, commit(FieldTag::new(1), &salt(1), b"a"));
        assert_ne!(one, commit(FieldTag::new(2), &salt(1), b"a"));
        assert_ne!(one, commit(FieldTag::new(1), &salt(2), b"a"));
        assert_ne!(one, commit(FieldTag::new(1), &salt(1), b"a\0"));
        assert_ne!(one, commit(FieldTag::new(1), &salt(1), b""));
    }

    #[test]
    fn absent_is_neither_empty_nor_a_value() {
        let absent = SignatureCommitment::absent(&salt(1));
        assert_ne!(absent, SignatureCommitment::present(&salt(1), b""));
        assert_ne!(absent, SignatureCommitment::absent(&salt(2)));
        assert_ne!(
            SignatureCommitment::present(&salt(1), b"x").as_bytes(),
            commit(FieldTag::new(0), &salt(1), b"x").as_bytes()
        );
    }

    #[test]
    fn a_salt_does_not_print_itself() {
        assert_eq!(format!("{:?}", salt(7)), "Salt(..)");
    }
}
