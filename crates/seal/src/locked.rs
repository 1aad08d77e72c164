//! Private halves under a passphrase.
//!
//! The key is stretched from the passphrase with Argon2id (RFC 9106) and a fresh salt; how much work
//! that takes stands beside the sealed bytes, is bound by them, and is bounded when it is read: what
//! asks for less was not made here, what asks for more would be a way to exhaust the machine.

use minicbor::{Decode, Encode};
use strongroom_record::{Stream, encode};

use crate::aead;
use crate::domain::Domain;
use crate::error::OpenError;
use crate::passphrase::Passphrase;
use crate::provider::Work;
use crate::secret::{Secret, SecretBytes};
use crate::suite::{Suite, SuiteFloor, SuiteId, SuiteRefused};

/// Memory of Argon2id in KiB: the second recommendation of RFC 9106 (64 MiB), 0.15 s on the measured machine.
pub(crate) const ARGON2_MEMORY_KIB: u32 = 64 << 10;
/// Passes of Argon2id over that memory, of the same recommendation.
pub(crate) const ARGON2_PASSES: u32 = 3;
/// Lanes of Argon2id. One, since a guard that serves many sign-ins gains nothing from splitting one.
pub(crate) const ARGON2_LANES: u32 = 1;

/// Most memory that is believed: a later build may ask for four times as much.
pub(crate) const ARGON2_MEMORY_MAX_KIB: u32 = 256 << 10;
/// Most passes that are believed.
pub(crate) const ARGON2_PASSES_MAX: u32 = 12;
/// Most lanes that are believed.
pub(crate) const ARGON2_LANES_MAX: u32 = 4;

/// Why something under a passphrase did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// Its suite is unknown or below the floor.
    #[error(transparent)]
    Suite(#[from] SuiteRefused),
    /// It asks for work outside the bounds.
    #[error(
        "it asks for Argon2id with {memory_kib} KiB, {passes} passes and {lanes} lanes, which is outside the bounds: it was changed, or made by something else"
    )]
    Work {
        /// Memory asked for.
        memory_kib: u32,
        /// Passes asked for.
        passes: u32,
        /// Lanes asked for.
        lanes: u32,
    },
    /// The passphrase is not the one it was locked with, or the bytes before the content were changed.
    #[error("the passphrase is not the one it was locked with")]
    WrongPassphrase,
    /// The passphrase is right, the content is not what was locked.
    #[error("it is damaged: its content was changed after it was locked")]
    Damaged,
}

/// Bytes under a passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Locked {
    #[n(0)]
    suite: SuiteId,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    passes: u32,
    #[n(3)]
    lanes: u32,
    #[cbor(n(4), with = "minicbor::bytes")]
    salt: [u8; 32],
    #[cbor(n(5), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// What the sealed bytes are bound to: all that stands beside them.
#[derive(Encode)]
struct LockBinding<'a> {
    #[n(0)]
    suite: SuiteId,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    passes: u32,
    #[n(3)]
    lanes: u32,
    #[cbor(n(4), with = "minicbor::bytes")]
    salt: &'a [u8],
}

impl Locked {
    pub(crate) fn new(
        suite: Suite,
        domain: Domain,
        passphrase: &Passphrase,
        content: &SecretBytes,
        stream: &mut Stream,
    ) -> Self {
        let mut locked = Self {
            suite: suite.id(),
            memory_kib: ARGON2_MEMORY_KIB,
            passes: ARGON2_PASSES,
            lanes: ARGON2_LANES,
            salt: stream.bytes(),
            sealed: Vec::new(),
        };
        let key = locked.stretch(suite, passphrase);
        let binding = locked.binding();
        locked.sealed = aead::seal(suite, &key, domain, &binding, content.expose(), stream);
        locked
    }

    pub(crate) fn unlock(
        &self,
        floor: SuiteFloor,
        domain: Domain,
        passphrase: &Passphrase,
    ) -> Result<(Suite, SecretBytes), UnlockError> {
        let suite = floor.admit(self.suite)?;
        let in_bounds = (ARGON2_MEMORY_KIB..=ARGON2_MEMORY_MAX_KIB).contains(&self.memory_kib)
            && (ARGON2_PASSES..=ARGON2_PASSES_MAX).contains(&self.passes)
            && (ARGON2_LANES..=ARGON2_LANES_MAX).contains(&self.lanes);
        if !in_bounds {
            return Err(UnlockError::Work {
                memory_kib: self.memory_kib,
                passes: self.passes,
                lanes: self.lanes,
            });
        }
        let key = self.stretch(suite, passphrase);
        match aead::open(floor, &key, domain, &self.binding(), &self.sealed) {
            Ok(content) => Ok((suite, content)),
            Err(OpenError::Suite(refused)) => Err(UnlockError::Suite(refused)),
            Err(OpenError::WrongKeyOrBinding) => Err(UnlockError::WrongPassphrase),
            Err(OpenError::TooShort | OpenError::TooLong | OpenError::Damaged) => {
                Err(UnlockError::Damaged)
            }
        }
    }

    fn stretch(&self, suite: Suite, passphrase: &Passphrase) -> Secret<32> {
        let work = Work {
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        };
        suite.stretch(passphrase.expose().as_bytes(), &self.salt, work)
    }

    fn binding(&self) -> Vec<u8> {
        encode(&LockBinding {
            suite: self.suite,
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
            salt: &self.salt,
        })
    }
}

/// Does the work of one failed unlocking, for someone whom there is nothing to unlock for.
pub(crate) fn decoy(suite: Suite, domain: Domain, passphrase: &Passphrase) {
    let decoy = Locked {
        suite: suite.id(),
        memory_kib: ARGON2_MEMORY_KIB,
        passes: ARGON2_PASSES,
        lanes: ARGON2_LANES,
        salt: [0; 32],
        sealed: [&suite.id().to_bytes()[..], &[0; aead::OVERHEAD_BYTES]].concat(),
    };
    let outcome = decoy.unlock(SuiteFloor::at(suite), domain, passphrase);
    assert!(
        matches!(outcome, Err(UnlockError::WrongPassphrase)),
        "no passphrase opens a decoy"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain;

    #[test]
    fn work_outside_the_bounds_is_refused_before_it_is_done() {
        let mut stream = Stream::from_seed([1; 32]);
        let passphrase = Passphrase::generate(6, &mut stream);
        let content = SecretBytes::from_slice(b"seeds");
        let good = Locked::new(
            Suite::Mock,
            domain::BUNDLE,
            &passphrase,
            &content,
            &mut stream,
        );
        let unlock = |locked: &Locked| {
            locked
                .unlock(SuiteFloor::at(Suite::Mock), domain::BUNDLE, &passphrase)
                .map(|(_, content)| content.expose().to_vec())
        };
        assert_eq!(unlock(&good), Ok(b"seeds".to_vec()));
        type Change = fn(&mut Locked);
        let changes: [Change; 6] = [
            |l| l.memory_kib = 8,
            |l| l.memory_kib = u32::MAX,
            |l| l.passes = 1,
            |l| l.passes = u32::MAX,
            |l| l.lanes = 0,
            |l| l.lanes = u32::MAX,
        ];
        for change in changes {
            let mut changed = good.clone();
            change(&mut changed);
            assert!(matches!(unlock(&changed), Err(UnlockError::Work { .. })));
        }
        let mut more = good.clone();
        more.passes += 1;
        assert_eq!(unlock(&more), Err(UnlockError::WrongPassphrase));
        let mut salted = good.clone();
        salted.salt[31] ^= 1;
        assert_eq!(unlock(&salted), Err(UnlockError::WrongPassphrase));
        let mut cut = good;
        cut.sealed.clear();
        assert_eq!(unlock(&cut), Err(UnlockError::Damaged));
    }

    #[test]
    fn the_decoy_opens_for_nobody() {
        let mut stream = Stream::from_seed([1; 32]);
        decoy(
            Suite::Mock,
            domain::BUNDLE,
            &Passphrase::generate(6, &mut stream),
        );
    }
}
