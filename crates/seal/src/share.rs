//! Shares: a secret of 32 bytes, split so that M of N key holders together get it back.
//!
//! ```text
//! secret ─ split ─▶ SealedShare, one to each holder ─ open, as the holder ─▶ OpenedShare
//!                                                                               │ give, on the holder's side
//! secret ◀─ recover ─ OpenedShare ◀─ take, as the recipient ─ GivenShare ◀──────┘
//! ```
//!
//! What is split is a [`Subject`]: an atom's private half in one epoch, the house key, a backup's key.
//! Each has domains of its own: a share of one never serves as a share of another, whatever bytes are
//! moved. The secret is split by Shamir's scheme over GF(256); each share is sealed to one key holder.
//!
//! A share has a salted digest, which the event that makes an atom carries. The salt is sealed with its share, so
//! that the digest tells nothing while the share is kept, and proves it once it is shown. Giver and
//! taker both compare it: who gives something else is found out by name, not by a recovery that fails.
//!
//! **Giving** seals a share once more, to the recipient of one recovery. It is bound to room and
//! recovery: what was given for one is of no use in another, and who sees it go by opens nothing.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::{AtomId, RecoveryId, RoomId, ShareId, Stream, encode};
use subtle::ConstantTimeEq;

use crate::atom::{AtomPrivate, AtomPublic};
use crate::digest::{Digest, digest};
use crate::domain::{self, Domain};
use crate::error::OpenError;
use crate::holder::{HolderId, KeyHolder, KeyHolderCard};
use crate::kem::{KemPrivate, KemPublic, OtherSuite, seal_to};
pub use crate::quorum::{HOLDERS_MAX, Quorum, QuorumError};
use crate::quorum::{POINT_BYTES, combine, split};
use crate::secret::Secret;
use crate::suite::{Suite, SuiteFloor};

const SALT_BYTES: usize = 32;
/// What is sealed: salt and point.
const CONTENT_BYTES: usize = SALT_BYTES + POINT_BYTES;

/// The domains of one kind of shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareDomains {
    pub(crate) digest: Domain,
    pub(crate) sealed: Domain,
    pub(crate) given: Domain,
}

/// What is split among key holders, and goes into every binding of its shares.
pub trait Subject:
    Clone + PartialEq + Eq + fmt::Debug + Encode<()> + for<'b> Decode<'b, ()>
{
    /// The domains of its shares: those of no other kind.
    fn domains(&self) -> ShareDomains;
}

/// An atom's private half in one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct AtomKey {
    /// The atom.
    #[n(0)]
    pub atom: AtomId,
    /// The epoch of its key pair.
    #[n(1)]
    pub epoch: u32,
}

impl Subject for AtomKey {
    fn domains(&self) -> ShareDomains {
        ShareDomains {
            digest: domain::SHARE_DIGEST,
            sealed: domain::SHARE,
            given: domain::SHARE_GIVEN,
        }
    }
}

/// Which share of what it is, and whose; the same on a share sealed to its holder and on one given.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct ShareFacts<S = AtomKey> {
    /// Names the share.
    #[n(0)]
    pub id: ShareId,
    /// What was split.
    #[n(1)]
    pub subject: S,
    /// Which share it is, from 1.
    #[n(2)]
    pub index: u8,
    /// How many are needed, out of how many.
    #[n(3)]
    pub quorum: Quorum,
    /// The key holder.
    #[n(4)]
    pub holder: HolderId,
    /// The salted digest of the share. An atom's event carries it.
    #[n(5)]
    pub digest: Digest,
}

#[derive(Decode)]
struct RawFacts<S> {
    #[n(0)]
    id: ShareId,
    #[n(1)]
    subject: S,
    #[n(2)]
    index: u8,
    #[n(3)]
    quorum: Quorum,
    #[n(4)]
    holder: HolderId,
    #[n(5)]
    digest: Digest,
}

impl<'b, C, S: Decode<'b, C>> Decode<'b, C> for ShareFacts<S> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawFacts::decode(d, ctx)?;
        if !raw.quorum.has_index(raw.index) {
            let fault = "a share's index is from 1 to the number of key holders";
            return Err(DecodeError::message(fault).at(at));
        }
        Ok(Self {
            id: raw.id,
            subject: raw.subject,
            index: raw.index,
            quorum: raw.quorum,
            holder: raw.holder,
            digest: raw.digest,
        })
    }
}

/// One share, sealed to one key holder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedShare<S = AtomKey> {
    /// Which share it is.
    #[n(0)]
    pub facts: ShareFacts<S>,
    /// The sealed salt and share.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// One share, given by its key holder for one recovery and sealed to its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GivenShare<S = AtomKey> {
    /// Which share it is. Compare it with the sealed share's: a holder could make up another.
    #[n(0)]
    pub facts: ShareFacts<S>,
    /// The salt and share, sealed to the recipient.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// What a share is sealed to its holder for.
#[derive(Encode)]
struct SealedBinding<'a, S> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    facts: &'a ShareFacts<S>,
}

/// What a share is given for.
#[derive(Encode)]
struct GivenBinding<'a, S> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    recovery: RecoveryId,
    #[n(2)]
    facts: &'a ShareFacts<S>,
}

/// Why a secret could not be split.
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
    /// A card of another suite than the secret.
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
    let subject = AtomKey {
        atom: atom.id(),
        epoch: atom.epoch(),
    };
    let (suite, seed) = (atom.key().suite(), atom.key().seed());
    deal_secret(suite, room, &subject, seed, needed, cards, stream)
}

/// Splits any secret of 32 bytes: the share at each place is that card's.
pub(crate) fn deal_secret<S: Subject>(
    suite: Suite,
    room: RoomId,
    subject: &S,
    secret: &Secret<32>,
    needed: usize,
    cards: &[KeyHolderCard],
    stream: &mut Stream,
) -> Result<Vec<SealedShare<S>>, DealError> {
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
    let domains = subject.domains();
    let points = split(secret, quorum, stream);
    let mut sealed = Vec::with_capacity(cards.len());
    for (card, point) in cards.iter().zip(points) {
        let content = Content::new(&point, stream);
        let facts = ShareFacts {
            id: ShareId::random(stream),
            subject: subject.clone(),
            index: content.index(),
            quorum,
            holder: card.id(),
            digest: content.digest(domains),
        };
        let facts_of = SealedBinding {
            room,
            facts: &facts,
        };
        let binding = encode(&facts_of);
        let bytes = content.0.expose();
        let sealed_to = seal_to(suite, card.key(), domains.sealed, &binding, bytes, stream);
        sealed.push(SealedShare {
            facts,
            sealed: sealed_to.map_err(|why| DealError::OtherSuite {
                name: card.name().to_owned(),
                why,
            })?,
        });
    }
    Ok(sealed)
}

/// Salt and point of one share, as they are sealed.
struct Content(Secret<CONTENT_BYTES>);

impl Content {
    fn new(point: &Secret<POINT_BYTES>, stream: &mut Stream) -> Self {
        Self(Secret::fill_with(|out| {
            stream.fill(&mut out[..SALT_BYTES]);
            out[SALT_BYTES..].copy_from_slice(point.expose());
        }))
    }
    /// What was opened, if it is the share that the facts name.
    fn of<S: Subject>(bytes: &[u8], facts: &ShareFacts<S>) -> Result<Self, OpenError> {
        let content = Self(Secret::from_slice(bytes).ok_or(OpenError::Damaged)?);
        let digest = content.digest(facts.subject.domains());
        let matches: bool = digest.as_bytes().ct_eq(facts.digest.as_bytes()).into();
        if !matches || content.index() != facts.index {
            return Err(OpenError::Damaged);
        }
        Ok(content)
    }
    fn index(&self) -> u8 {
        self.0.expose()[SALT_BYTES]
    }
    fn digest(&self, domains: ShareDomains) -> Digest {
        let (salt, point) = self.0.expose().split_at(SALT_BYTES);
        digest(domains.digest, &[salt, point])
    }
    fn point(&self) -> Secret<POINT_BYTES> {
        Secret::from_slice(&self.0.expose()[SALT_BYTES..]).expect("a point follows the salt")
    }
}

impl<S: Subject> SealedShare<S> {
    /// Opens the share as its key holder.
    ///
    /// # Errors
    /// It was sealed to someone else, in another room or as another share, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        holder: &KeyHolder,
    ) -> Result<OpenedShare<S>, OpenError> {
        let facts = &self.facts;
        let binding = encode(&SealedBinding { room, facts });
        let domain = facts.subject.domains().sealed;
        let content = holder.key().open(floor, domain, &binding, &self.sealed)?;
        Ok(OpenedShare {
            suite: holder.suite(),
            content: Content::of(content.expose(), facts)?,
            facts: facts.clone(),
        })
    }
}

/// A share as its key holder opened it, or as its recipient took it.
pub struct OpenedShare<S = AtomKey> {
    suite: Suite,
    facts: ShareFacts<S>,
    content: Content,
}

impl<S: Subject> OpenedShare<S> {
    /// Which share it is.
    pub const fn facts(&self) -> &ShareFacts<S> {
        &self.facts
    }

    /// Gives the share to the recipient of one recovery, and to nobody else.
    ///
    /// # Errors
    /// The recipient's key is of another suite than the share.
    pub fn give(
        &self,
        room: RoomId,
        recovery: RecoveryId,
        recipient: &KemPublic,
        stream: &mut Stream,
    ) -> Result<GivenShare<S>, OtherSuite> {
        let facts = self.facts.clone();
        let binding = given_binding(room, recovery, &facts);
        let domain = facts.subject.domains().given;
        let bytes = self.content.0.expose();
        let sealed = seal_to(self.suite, recipient, domain, &binding, bytes, stream)?;
        Ok(GivenShare { facts, sealed })
    }
}

impl<S: Subject> GivenShare<S> {
    /// Whether this says of itself that it is that share. Only such a one is worth taking: what it says
    /// is then what was made when the secret was split.
    #[must_use]
    pub fn is_of(&self, sealed: &SealedShare<S>) -> bool {
        self.facts == sealed.facts
    }

    /// Takes the share as the recipient of the recovery that it was given for.
    ///
    /// # Errors
    /// It was given to someone else, for another recovery, in another room or as another share, it was
    /// changed, or it is not the share whose digest it bears.
    pub fn take(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        recovery: RecoveryId,
        recipient: &KemPrivate,
    ) -> Result<OpenedShare<S>, OpenError> {
        let facts = &self.facts;
        let binding = given_binding(room, recovery, facts);
        let domain = facts.subject.domains().given;
        let content = recipient.open(floor, domain, &binding, &self.sealed)?;
        Ok(OpenedShare {
            suite: recipient.suite(),
            content: Content::of(content.expose(), facts)?,
            facts: facts.clone(),
        })
    }
}

fn given_binding<S: Subject>(room: RoomId, recovery: RecoveryId, facts: &ShareFacts<S>) -> Vec<u8> {
    encode(&GivenBinding {
        room,
        recovery,
        facts,
    })
}

/// Why shares do not give a secret back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// Shares of different secrets, epochs or splittings.
    #[error("the shares are not of one splitting of this key")]
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
    /// What comes out is not the secret.
    #[error("the shares do not give the key: one of them is of another splitting")]
    Wrong,
}

/// Puts an atom's private half together again and checks that it is the one of `public`.
///
/// # Errors
/// Too few shares, shares that do not belong together, or not this atom's.
pub fn recover(shares: &[OpenedShare], public: &AtomPublic) -> Result<AtomPrivate, RecoverError> {
    let subject = AtomKey {
        atom: public.id,
        epoch: public.epoch,
    };
    let seed = recover_secret(shares, &subject)?;
    let key = KemPrivate::from_seed(public.key.suite(), seed);
    let atom = AtomPrivate::from_key(public.id, public.epoch, key);
    if atom.belongs_to(public) {
        Ok(atom)
    } else {
        Err(RecoverError::Wrong)
    }
}

/// What the shares give; whether it is the secret, the caller checks.
pub(crate) fn recover_secret<S: Subject>(
    shares: &[OpenedShare<S>],
    subject: &S,
) -> Result<Secret<32>, RecoverError> {
    let Some(first) = shares.first() else {
        return Err(RecoverError::TooFew { have: 0, needed: 1 });
    };
    let quorum = first.facts.quorum;
    let mut seen = BTreeSet::new();
    for OpenedShare { facts, .. } in shares {
        if facts.quorum != quorum || facts.subject != *subject {
            return Err(RecoverError::Mixed);
        }
        if !seen.insert(facts.index) {
            return Err(RecoverError::Twice(facts.index));
        }
    }
    let points: Vec<_> = shares.iter().map(|s| s.content.point()).collect();
    let points: Vec<_> = points.iter().collect();
    combine(&points, quorum).ok_or(RecoverError::TooFew {
        have: points.len(),
        needed: quorum.needed(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(OpenedShare, Content);
}
