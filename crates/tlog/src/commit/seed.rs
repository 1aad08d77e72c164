//! Many salts from one seed.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{FieldTag, Salt};

const SEED_DOMAIN: &[u8] = b"strongroom/salt-seed/v1\n";

/// A seed from which the salts of one thing's fields follow, one for each tag:
///
/// ```text
/// salt    H("strongroom/salt-seed/v1\n" ‖ seed[32] ‖ u16 tag)
/// ```
///
/// It is random and kept as secret as the fields are. A salt that is shown with its
/// field tells nothing about the seed, so nothing about the other salts.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SaltSeed([u8; SaltSeed::LEN]);

impl SaltSeed {
    /// Length of a seed in bytes.
    pub const LEN: usize = 32;

    /// Takes 32 bytes that were drawn for one event or one portion.
    #[must_use]
    pub const fn new(bytes: [u8; SaltSeed::LEN]) -> Self {
        Self(bytes)
    }

    /// The salt of the field with this tag.
    #[must_use]
    pub fn salt(&self, tag: FieldTag) -> Salt {
        let mut hash = Sha256::new();
        hash.update(SEED_DOMAIN);
        hash.update(self.0);
        hash.update(tag.get().to_be_bytes());
        Salt::new(hash.finalize().into())
    }
}

/// Does not print the seed.
impl std::fmt::Debug for SaltSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SaltSeed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tag_has_its_own_salt_and_each_seed_its_own_salts() {
        let salt = |seed: u8, tag| {
            *SaltSeed::new([seed; 32])
                .salt(FieldTag::new(tag))
                .as_bytes()
        };
        assert_eq!(salt(1, 1), salt(1, 1));
        assert_ne!(salt(1, 1), salt(1, 2));
        assert_ne!(salt(1, 1), salt(2, 1));
    }
}
