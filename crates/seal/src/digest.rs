//! SHA-384 digests, each for one domain.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA384};
use minicbor::{Decode, Encode};
use strongroom_label::Label;
use strongroom_record::encode;

use crate::domain::{self, Domain};

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 48;

/// A SHA-384 digest (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(#[cbor(n(0), with = "minicbor::bytes")] [u8; DIGEST_BYTES]);

impl Digest {
    /// A digest as it was stored.
    pub const fn from_bytes(bytes: [u8; DIGEST_BYTES]) -> Self {
        Self(bytes)
    }
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The digest of a list of byte strings under a domain.
///
/// Hashed are the domain and each part, all with their lengths before them (8 bytes, most significant
/// first): no two lists under any domains give the same input.
pub fn digest(domain: Domain, parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA384);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(domain.as_bytes());
    parts.iter().for_each(|p| part(p));
    let mut out = [0; DIGEST_BYTES];
    out.copy_from_slice(context.finish().as_ref());
    Digest(out)
}

/// The digest of a label, by which bindings name it.
///
/// It is not salted: whoever may guess a label can recognise its digest. It goes into bindings, which
/// are not stored; where it is stored, the house layer covers it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct LabelDigest(#[n(0)] Digest);

impl LabelDigest {
    /// The digest of a label's one encoding.
    pub fn of(label: &Label) -> Self {
        Self(digest(domain::LABEL_DIGEST, &[&encode(label)]))
    }
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for LabelDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelDigest({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_matters_and_so_does_the_domain() {
        let d = domain::LABEL_DIGEST;
        assert_ne!(digest(d, &[b"ab", b"c"]), digest(d, &[b"a", b"bc"]));
        assert_ne!(digest(d, &[b"ab"]), digest(d, &[b"ab", b""]));
        assert_ne!(digest(d, &[b"a"]), digest(domain::CHECKSUM, &[b"a"]));
        assert_eq!(digest(d, &[b"a"]), digest(d, &[b"a"]));
    }
}
