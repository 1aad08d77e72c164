//! Persons' keys: one pair to seal to, one to sign with, and the bundle they are kept in.
//!
//! Both pairs are made on the person's side. What leaves it is [`PersonPublic`], with a signature that
//! its maker holds the private half, and the [`Bundle`], which opens with the passphrase alone. A bundle
//! holds the digest of the room's genesis event, so that whoever opens one's bundle for one cannot
//! pass another room off as one's own.

use std::fmt;
use std::str::FromStr;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::limits::ACCOUNT_NAME_MAX_BYTES;
use strongroom_record::{InvitationId, PersonId, RoomId, Stream, decode, encode};

use crate::digest::digest;
use crate::domain;
use crate::kem::{KemPrivate, KemPublic};
pub use crate::locked::UnlockError;
use crate::locked::{Locked, decoy};
use crate::passphrase::Passphrase;
use crate::printed::{base32, value_of};
use crate::secret::{Secret, SecretBytes};
use crate::sign::{Signature, SigningKey, VerifyError, VerifyingKey};
use crate::suite::{Suite, SuiteFloor};

/// Bytes of a mark of what a person asked.
pub const MARK_BYTES: usize = 32;

/// A person's private halves.
pub struct PersonKeys {
    /// Opens what is sealed to the person.
    pub kem: KemPrivate,
    /// Signs what the person does.
    pub signing: SigningKey,
}

impl PersonKeys {
    /// Draws a person's keys.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self {
            kem: KemPrivate::random(suite, stream),
            signing: SigningKey::random(suite, stream),
        }
    }
    /// The public halves; takes as long as making a pair to seal to.
    pub fn public(&self) -> PersonPublic {
        PersonPublic {
            kem: self.kem.public(),
            verifying: self.signing.verifying().clone(),
        }
    }
    /// A mark of what the person asks: the same for the same words, and without these keys nobody can tell whether
    /// it is the mark of any words.
    pub fn mark(&self, room: RoomId, parts: &[&[u8]]) -> [u8; MARK_BYTES] {
        let suite = self.kem.suite();
        let asked = digest(domain::REQUEST_MARK, parts);
        let id = suite.id().to_bytes();
        let domain = domain::REQUEST_MARK.as_bytes();
        let info: [&[u8]; 4] = [&id, domain, room.as_bytes(), asked.as_bytes()];
        let mut mark = [0; MARK_BYTES];
        suite.derive(self.kem.seed().expose(), domain, &info, &mut mark);
        mark
    }
    /// Signs that these keys are the signer's, for one invitation and one name.
    pub fn prove_possession(
        &self,
        room: RoomId,
        invitation: InvitationId,
        name: &str,
    ) -> Signature {
        let claim = Possession {
            room,
            invitation,
            name,
            public: &self.public(),
        };
        self.signing.sign(domain::SIGN_POSSESSION, &encode(&claim))
    }
}

/// What is signed by who joins.
#[derive(Encode)]
struct Possession<'a> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    invitation: InvitationId,
    #[n(2)]
    name: &'a str,
    #[n(3)]
    public: &'a PersonPublic,
}

/// A person's public halves. Believed only if an event of the ledger binds them to the person.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct PersonPublic {
    #[n(0)]
    kem: KemPublic,
    #[n(1)]
    verifying: VerifyingKey,
}

#[derive(Decode)]
struct RawPersonPublic {
    #[n(0)]
    kem: KemPublic,
    #[n(1)]
    verifying: VerifyingKey,
}

impl<'b, C> Decode<'b, C> for PersonPublic {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawPersonPublic::decode(d, ctx)?;
        if raw.kem.suite() != raw.verifying.suite() {
            return Err(DecodeError::message("both keys of a person are of one suite").at(at));
        }
        Ok(Self {
            kem: raw.kem,
            verifying: raw.verifying,
        })
    }
}

impl PersonPublic {
    /// The suite of both keys.
    pub const fn suite(&self) -> Suite {
        self.kem.suite()
    }
    /// The key to seal to.
    pub const fn kem(&self) -> &KemPublic {
        &self.kem
    }
    /// The key that verifies the person's signatures.
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
    /// What two people compare by voice to know that they mean the same keys.
    pub fn fingerprint(&self) -> Fingerprint {
        let full = digest(domain::FINGERPRINT, &[&encode(self)]);
        let text: String = base32(full.as_bytes(), FINGERPRINT_CHARS).collect();
        Fingerprint(text)
    }
    /// Checks that the holder of these keys claimed them for this invitation and name.
    ///
    /// # Errors
    /// The signature is not these keys' over that claim, or its suite is refused.
    pub fn check_possession(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        invitation: InvitationId,
        name: &str,
        signature: &Signature,
    ) -> Result<(), VerifyError> {
        let claim = encode(&Possession {
            room,
            invitation,
            name,
            public: self,
        });
        self.verifying
            .verify(floor, domain::SIGN_POSSESSION, &claim, signature)
    }
}

/// Characters of a fingerprint: 125 bits, so that nobody makes another pair with the same one.
const FINGERPRINT_CHARS: usize = 25;
const FINGERPRINT_GROUP_CHARS: usize = 5;

/// A digest of public keys that people can read to each other: `0a1b2-c3d4e-…`, five groups of five.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at % FINGERPRINT_GROUP_CHARS == 0 {
                f.write_str("-")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

/// Text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a fingerprint: it has {FINGERPRINT_CHARS} letters and digits in five groups, as the room printed it"
)]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;
    /// Reads what `Display` writes; forgives what [`printed keys`](crate::house) forgive.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let normal = text
            .chars()
            .filter(|c| *c != '-' && !c.is_whitespace())
            .map(|c| value_of(c).map(|v| char::from(crate::printed::ALPHABET[usize::from(v)])))
            .take(FINGERPRINT_CHARS + 1)
            .collect::<Option<String>>()
            .ok_or(FingerprintError)?;
        if normal.len() == FINGERPRINT_CHARS {
            Ok(Self(normal))
        } else {
            Err(FingerprintError)
        }
    }
}

/// What a bundle says about whom and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BundleFacts {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The person.
    #[n(1)]
    pub person: PersonId,
    /// The person's account name.
    #[n(2)]
    pub name: String,
    /// The digest of the room's genesis event, from which all keys are believed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub genesis: [u8; 32],
}

/// A person's private halves under a passphrase, with the facts they are for.
///
/// Inside lie the seeds of the key to seal to, of Ed25519 and of ML-DSA, 32 bytes each, then the facts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Bundle(#[n(0)] Locked);

const SEEDS_BYTES: usize = 3 * 32;

impl Bundle {
    /// Wraps a person's keys under a passphrase.
    ///
    /// # Panics
    /// If the name is longer than an account name may be.
    pub fn wrap(
        keys: &PersonKeys,
        facts: &BundleFacts,
        passphrase: &Passphrase,
        stream: &mut Stream,
    ) -> Self {
        assert!(
            facts.name.len() <= ACCOUNT_NAME_MAX_BYTES,
            "account names are bounded where they are made"
        );
        let facts = encode(facts);
        let [ed25519, ml_dsa] = keys.signing.seeds();
        let mut content = Vec::with_capacity(SEEDS_BYTES + facts.len());
        for seed in [keys.kem.seed(), ed25519, ml_dsa] {
            content.extend_from_slice(seed.expose());
        }
        content.extend_from_slice(&facts);
        let content = SecretBytes::from_vec(content);
        let suite = keys.kem.suite();
        Self(Locked::new(
            suite,
            domain::BUNDLE,
            passphrase,
            &content,
            stream,
        ))
    }

    /// Opens the bundle.
    ///
    /// # Errors
    /// The passphrase is wrong, the suite or the work is refused, or the bundle is damaged.
    pub fn unwrap(
        &self,
        floor: SuiteFloor,
        passphrase: &Passphrase,
    ) -> Result<(PersonKeys, BundleFacts), UnlockError> {
        let (suite, content) = self.0.unlock(floor, domain::BUNDLE, passphrase)?;
        let (seeds, facts) = content
            .expose()
            .split_at_checked(SEEDS_BYTES)
            .ok_or(UnlockError::Damaged)?;
        let facts: BundleFacts = decode(facts).map_err(|_| UnlockError::Damaged)?;
        if facts.name.len() > ACCOUNT_NAME_MAX_BYTES {
            return Err(UnlockError::Damaged);
        }
        let seed = |n: usize| Secret::from_slice(&seeds[n * 32..][..32]).expect("32 bytes");
        let keys = PersonKeys {
            kem: KemPrivate::from_seed(suite, seed(0)),
            signing: SigningKey::from_seeds(suite, seed(1), seed(2)),
        };
        Ok((keys, facts))
    }

    /// The same keys and facts under a new passphrase.
    ///
    /// # Errors
    /// The bundle does not open with the old one.
    pub fn rewrap(
        &self,
        floor: SuiteFloor,
        old: &Passphrase,
        new: &Passphrase,
        stream: &mut Stream,
    ) -> Result<Self, UnlockError> {
        let (suite, content) = self.0.unlock(floor, domain::BUNDLE, old)?;
        Ok(Self(Locked::new(
            suite,
            domain::BUNDLE,
            new,
            &content,
            stream,
        )))
    }

    /// Does the work of one failed [`unwrap`](Self::unwrap), for a person there is none of: an unknown
    /// name and a wrong passphrase take the same time.
    pub fn decoy_work(suite: Suite, passphrase: &Passphrase) {
        decoy(suite, domain::BUNDLE, passphrase);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(PersonKeys);

    #[test]
    fn a_mark_is_of_its_words_its_room_and_its_person() {
        for suite in [Suite::Cnsa, Suite::Mock] {
            let mut stream = Stream::from_seed([7; 32]);
            let (one, two) = (
                PersonKeys::random(suite, &mut stream),
                PersonKeys::random(suite, &mut stream),
            );
            let (here, there) = (RoomId::random(&mut stream), RoomId::random(&mut stream));
            let mark = one.mark(here, &[b"restrict", b"because"]);
            assert_eq!(mark, one.mark(here, &[b"restrict", b"because"]));
            assert_ne!(mark, one.mark(here, &[b"restrict", b"otherwise"]));
            assert_ne!(mark, one.mark(here, &[b"restrictb", b"ecause"]));
            assert_ne!(mark, one.mark(there, &[b"restrict", b"because"]));
            assert_ne!(mark, two.mark(here, &[b"restrict", b"because"]));
        }
    }

    #[test]
    fn a_fingerprint_reads_back_as_spoken() {
        let keys = PersonKeys::random(Suite::Mock, &mut Stream::from_seed([1; 32]));
        let fingerprint = keys.public().fingerprint();
        let text = fingerprint.to_string();
        assert_eq!(text.len(), 29);
        assert_eq!(text.parse(), Ok(fingerprint.clone()));
        let spoken = text.to_uppercase().replace('-', " ");
        assert_eq!(spoken.parse(), Ok(fingerprint));
        for bad in [
            "",
            "0",
            &text[1..],
            &format!("{text}0"),
            &text.replace('-', "u"),
        ] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError));
        }
    }
}
