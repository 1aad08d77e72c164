//! Recovery shares: an atom's private half, split so that M of N key holders together get it back.
//!
//! The seed is split by Shamir's scheme over GF(256). Each share is sealed to one key holder. The event
//! that makes an atom carries the salted digest of each share; the salt is sealed with its share, so
//! that the digest tells nothing while the share is kept, and proves it once it is shown.

use std::collections::BTreeSet;

use blahaj::{Share as Point, Sharks};
use minicbor::{Decode, Encode};
use strongroom_record::{AtomId, RoomId, ShareId, Stream, encode};
use subtle::ConstantTimeEq;

use crate::atom::{AtomPrivate, AtomPublic};
use crate::cnsa::Draws;
use crate::digest::{Digest, digest};
use crate::domain;
use crate::error::OpenError;
use crate::holder::{HolderId, KeyHolder, KeyHolderCard};
use crate::kem::{KemPrivate, OtherSuite, seal_to};
use crate::secret::{Secret, SecretBytes};
use crate::suite::SuiteFloor;

/// Most key holders of a room: more than that many people are never called together.
pub const HOLDERS_MAX: usize = 32;

const SALT_BYTES: usize = 32;
/// A share of 32 bytes is its index and one byte for each.
const POINT_BYTES: usize = 1 + 32;

/// How many key holders there are, and how many of them are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Quorum {
    #[n(0)]
    needed: u8,
    #[n(1)]
    of: u8,
}

/// A quorum that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a quorum of {needed} out of {of} key holders: needed are at least one and at most all, of at most {HOLDERS_MAX}"
)]
pub struct QuorumError {
    needed: usize,
    of: usize,
}

impl Quorum {
    /// `needed` out of `of`.
    ///
    /// # Errors
    /// Nobody is needed, more than there are, or there are more than [`HOLDERS_MAX`].
    pub fn new(needed: usize, of: usize) -> Result<Self, QuorumError> {
        let error = QuorumError { needed, of };
        if needed == 0 || needed > of || of > HOLDERS_MAX {
            return Err(error);
        }
        match (u8::try_from(needed), u8::try_from(of)) {
            (Ok(needed), Ok(of)) => Ok(Self { needed, of }),
            _ => Err(error),
        }
    }
    /// How many are needed.
    pub const fn needed(self) -> usize {
        self.needed as usize
    }
    /// How many there are.
    pub const fn of(self) -> usize {
        self.of as usize
    }
}

/// One share, sealed to one key holder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedShare {
    /// Names the share.
    #[n(0)]
    pub id: ShareId,
    /// The atom.
    #[n(1)]
    pub atom: AtomId,
    /// The epoch of its key pair.
    #[n(2)]
    pub epoch: u32,
    /// Which share it is, from 1.
    #[n(3)]
    pub index: u8,
    /// How many are needed, out of how many.
    #[n(4)]
    pub quorum: Quorum,
    /// The key holder.
    #[n(5)]
    pub holder: HolderId,
    /// The salted digest of the share, which the atom's event carries.
    #[n(6)]
    pub digest: Digest,
    /// The sealed salt and share.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// What a share is sealed for.
#[derive(Encode)]
struct ShareBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    id: ShareId,
    #[n(2)]
    atom: AtomId,
    #[n(3)]
    epoch: u32,
    #[n(4)]
    index: u8,
    #[n(5)]
    quorum: Quorum,
    #[n(6)]
    holder: HolderId,
    #[n(7)]
    digest: Digest,
}

/// Why an atom could not be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// No sensible quorum of the cards given.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
    /// One key holder twice: that holder would count for two.
    #[error("key holder {name} ({id}) is there twice")]
    Twice {
        /// The name on the second card.
        name: String,
        /// The id of both.
        id: HolderId,
    },
    /// A card of another suite than the atom.
    #[error("the card of {name}: {why}")]
    OtherSuite {
        /// The name on the card.
        name: String,
        /// The suites.
        why: OtherSuite,
    },
}

/// Splits an atom's private half among key holders; `needed` of them get it back.
///
/// # Errors
/// The quorum makes no sense, a key holder is there twice, or a card is of another suite.
pub fn deal(
    room: RoomId,
    atom: &AtomPrivate,
    needed: usize,
    cards: &[KeyHolderCard],
    stream: &mut Stream,
) -> Result<Vec<SealedShare>, DealError> {
    let quorum = Quorum::new(needed, cards.len())?;
    let mut seen = BTreeSet::new();
    for card in cards {
        if !seen.insert(card.id()) {
            return Err(DealError::Twice {
                name: card.name().to_owned(),
                id: card.id(),
            });
        }
    }
    let points = split(atom.key().seed(), quorum, stream);
    let mut sealed = Vec::with_capacity(cards.len());
    for (card, point) in cards.iter().zip(points) {
        let salt: [u8; SALT_BYTES] = stream.bytes();
        let mut share = SealedShare {
            id: ShareId::random(stream),
            atom: atom.id(),
            epoch: atom.epoch(),
            index: point.expose()[0],
            quorum,
            holder: card.id(),
            digest: digest(domain::SHARE_DIGEST, &[&salt, point.expose()]),
            sealed: Vec::new(),
        };
        let content = Secret::<{ SALT_BYTES + POINT_BYTES }>::fill_with(|out| {
            out[..SALT_BYTES].copy_from_slice(&salt);
            out[SALT_BYTES..].copy_from_slice(point.expose());
        });
        let binding = share.binding(room);
        let suite = atom.key().suite();
        share.sealed = seal_to(
            suite,
            card.key(),
            domain::SHARE,
            &binding,
            content.expose(),
            stream,
        )
        .map_err(|why| DealError::OtherSuite {
            name: card.name().to_owned(),
            why,
        })?;
        sealed.push(share);
    }
    Ok(sealed)
}

impl SealedShare {
    /// Opens the share as its key holder.
    ///
    /// # Errors
    /// It was sealed to someone else, in another room or as another share, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        holder: &KeyHolder,
    ) -> Result<OpenedShare, OpenError> {
        let binding = self.binding(room);
        let content = holder
            .key()
            .open(floor, domain::SHARE, &binding, &self.sealed)?;
        let (salt, point) = content
            .expose()
            .split_at_checked(SALT_BYTES)
            .ok_or(OpenError::Damaged)?;
        let committed = digest(domain::SHARE_DIGEST, &[salt, point]);
        let matches: bool = committed.as_bytes().ct_eq(self.digest.as_bytes()).into();
        let point = Secret::<POINT_BYTES>::from_slice(point).ok_or(OpenError::Damaged)?;
        if !matches || point.expose()[0] != self.index {
            return Err(OpenError::Damaged);
        }
        Ok(OpenedShare {
            atom: self.atom,
            epoch: self.epoch,
            quorum: self.quorum,
            point,
        })
    }

    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&ShareBinding {
            room,
            id: self.id,
            atom: self.atom,
            epoch: self.epoch,
            index: self.index,
            quorum: self.quorum,
            holder: self.holder,
            digest: self.digest,
        })
    }
}

/// A share as its key holder opened it. The first byte of the point is its index.
pub struct OpenedShare {
    atom: AtomId,
    epoch: u32,
    quorum: Quorum,
    point: Secret<POINT_BYTES>,
}

/// Why shares do not give an atom back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// Shares of different atoms, epochs or splittings.
    #[error("the shares are not of one splitting of this atom")]
    Mixed,
    /// The same share twice: it counts once.
    #[error("share {0} is there twice")]
    Twice(u8),
    /// Fewer than needed.
    #[error("{have} shares are there, {needed} are needed")]
    TooFew {
        /// How many there are.
        have: usize,
        /// How many are needed.
        needed: usize,
    },
    /// What comes out is not the private half of the atom.
    #[error("the shares do not give the atom's key: one of them is of another splitting")]
    Wrong,
}

/// Puts an atom's private half together again and checks that it is the one of `public`.
///
/// # Errors
/// Too few shares, shares that do not belong together, or not this atom's.
pub fn recover(shares: &[OpenedShare], public: &AtomPublic) -> Result<AtomPrivate, RecoverError> {
    let Some(first) = shares.first() else {
        return Err(RecoverError::TooFew { have: 0, needed: 1 });
    };
    let mut seen = BTreeSet::new();
    for share in shares {
        let same = share.quorum == first.quorum;
        if !same || share.atom != public.id || share.epoch != public.epoch {
            return Err(RecoverError::Mixed);
        }
        if !seen.insert(share.point.expose()[0]) {
            return Err(RecoverError::Twice(share.point.expose()[0]));
        }
    }
    let points: Vec<_> = shares.iter().map(|s| &s.point).collect();
    let seed = combine(&points, first.quorum)?;
    let key = KemPrivate::from_seed(public.key.suite(), seed);
    let atom = AtomPrivate::from_key(public.id, public.epoch, key);
    if atom.belongs_to(public) {
        Ok(atom)
    } else {
        Err(RecoverError::Wrong)
    }
}

/// One point of the polynomial for each key holder; the index stands first and counts from 1.
fn split(secret: &Secret<32>, quorum: Quorum, stream: &mut Stream) -> Vec<Secret<POINT_BYTES>> {
    let mut draws = Draws(stream);
    Sharks(quorum.needed)
        .dealer_rng(secret.expose(), &mut draws)
        .take(quorum.of())
        .map(|point| {
            let bytes = SecretBytes::from_vec(Vec::from(&point));
            Secret::from_slice(bytes.expose()).expect("an index and 32 bytes")
        })
        .collect()
}

/// The secret behind as many points as are needed. Their indices differ and none is 0.
fn combine(points: &[&Secret<POINT_BYTES>], quorum: Quorum) -> Result<Secret<32>, RecoverError> {
    let needed = quorum.needed();
    let few = RecoverError::TooFew {
        have: points.len(),
        needed,
    };
    let points = points.get(..needed).ok_or(few)?;
    let points: Vec<Point> = points
        .iter()
        .map(|p| Point::try_from(p.expose().as_slice()).expect("an index and 32 bytes"))
        .collect();
    let secret = Sharks(quorum.needed).recover(&points).map_err(|_| few)?;
    let secret = SecretBytes::from_vec(secret);
    Secret::from_slice(secret.expose()).ok_or(RecoverError::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(OpenedShare);

    #[test]
    fn quorums_that_make_no_sense_are_refused() {
        for (needed, of) in [(0, 0), (0, 3), (4, 3), (1, 33), (usize::MAX, usize::MAX)] {
            assert_eq!(Quorum::new(needed, of), Err(QuorumError { needed, of }));
        }
        assert!(Quorum::new(1, 1).is_ok() && Quorum::new(32, 32).is_ok());
    }

    #[test]
    fn any_m_points_give_the_secret_and_fewer_say_nothing() {
        let mut stream = Stream::from_seed([1; 32]);
        let secret = Secret::random(&mut stream);
        let quorum = Quorum::new(3, 5).unwrap();
        let points = split(&secret, quorum, &mut stream);
        for skip in 0..5 {
            for also in skip + 1..5 {
                let three: Vec<_> = (0..5)
                    .filter(|i| *i != skip && *i != also)
                    .map(|i| &points[i])
                    .collect();
                assert!(combine(&three, quorum).is_ok_and(|s| s == secret));
                assert!(combine(&three[..2], quorum).is_err());
            }
        }
        // For each value that a byte of the secret could have there is a third point that fits the two
        // held: they exclude none. A polynomial over a field passes through any three points, so it is
        // enough that combining is a bijection in the third.
        let mut third = *points[2].expose();
        let values: BTreeSet<u8> = (0..=255)
            .map(|y| {
                third[1] = y;
                let guess = Secret::from_bytes(third);
                let whole = combine(&[&points[0], &points[1], &guess], quorum);
                whole.unwrap().expose()[0]
            })
            .collect();
        assert_eq!(values.len(), 256);
    }
}
