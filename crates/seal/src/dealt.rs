//! A key that stands for itself, dealt among key holders: the house key, a backup's key.
//!
//! An atom is recovered against its public half, which the ledger binds. These keys have none, so what
//! goes with their shares is a [`KeyCheck`]: 32 bytes that follow from the key, by which it is known
//! again, and which tell nothing about it. It is part of what every share is bound to: shares of two
//! keys do not mix.
//!
//! [`DealtKey`] holds all that is needed beside the holders' own keys. Of what it protects it shows
//! nothing, of the room its id and who the key holders are.

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::{RoomId, Stream};
use subtle::ConstantTimeEq;

use crate::domain::Domain;
use crate::holder::{HolderId, KeyHolderCard, check_name};
use crate::quorum::Quorum;
use crate::secret::Secret;
use crate::share::{
    DealError, GivenShare, OpenedShare, RecoverError, SealedShare, Subject, deal_secret,
    recover_secret,
};
use crate::suite::Suite;

const CHECK_BYTES: usize = 32;

/// What a key is known again by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyCheck(#[cbor(n(0), with = "minicbor::bytes")] [u8; CHECK_BYTES]);

impl KeyCheck {
    /// The check of a key for one domain. Keys are random: there is nothing to guess and compare.
    pub(crate) fn of(suite: Suite, key: &Secret<32>, domain: Domain) -> Self {
        let id = suite.id().to_bytes();
        let info: [&[u8]; 2] = [&id, domain.as_bytes()];
        let mut out = [0; CHECK_BYTES];
        suite.derive(key.expose(), domain.as_bytes(), &info, &mut out);
        Self(out)
    }
    pub(crate) fn is_of(&self, suite: Suite, key: &Secret<32>, domain: Domain) -> bool {
        Self::of(suite, key, domain).0.ct_eq(&self.0).into()
    }
}

/// A [`Subject`] whose key is known again by a check.
pub trait Checked: Subject {
    /// The check of the key.
    fn check(&self) -> &KeyCheck;
    /// What the check is derived for.
    fn check_domain(&self) -> Domain;
}

/// A share, and the name on its holder's card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NamedShare<S> {
    /// The name on the card.
    #[n(0)]
    pub name: String,
    /// The share.
    #[n(1)]
    pub share: SealedShare<S>,
}

/// A key dealt among key holders: all shares of one splitting, in the order of their indices.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct DealtKey<S> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    suite: Suite,
    #[n(2)]
    subject: S,
    #[n(3)]
    quorum: Quorum,
    #[n(4)]
    shares: Vec<NamedShare<S>>,
}

#[derive(Decode)]
struct RawDealtKey<S> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    suite: Suite,
    #[n(2)]
    subject: S,
    #[n(3)]
    quorum: Quorum,
    #[n(4)]
    shares: Vec<NamedShare<S>>,
}

impl<'b, C, S: Subject + Decode<'b, C>> Decode<'b, C> for DealtKey<S> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawDealtKey::decode(d, ctx)?;
        let dealt = Self {
            room: raw.room,
            suite: raw.suite,
            subject: raw.subject,
            quorum: raw.quorum,
            shares: raw.shares,
        };
        match dealt.fault() {
            None => Ok(dealt),
            Some(fault) => Err(DecodeError::message(fault).at(at)),
        }
    }
}

impl<S: Subject> DealtKey<S> {
    /// The room that the key is of.
    pub const fn room(&self) -> RoomId {
        self.room
    }
    /// The suite of the key.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// What was dealt.
    pub const fn subject(&self) -> &S {
        &self.subject
    }
    /// How many holders are needed, out of how many.
    pub const fn quorum(&self) -> Quorum {
        self.quorum
    }
    /// The shares, each with its holder's name.
    pub fn shares(&self) -> &[NamedShare<S>] {
        &self.shares
    }
    /// The share of one holder.
    pub fn share_of(&self, holder: HolderId) -> Option<&SealedShare<S>> {
        let mut shares = self.shares.iter().map(|n| &n.share);
        shares.find(|s| s.facts.holder == holder)
    }
    /// Whether a given share says of itself that it is one of these.
    #[must_use]
    pub fn has(&self, given: &GivenShare<S>) -> bool {
        self.share_of(given.facts.holder)
            .is_some_and(|sealed| given.is_of(sealed))
    }

    /// What makes this none that was ever dealt, if anything.
    fn fault(&self) -> Option<&'static str> {
        if self.shares.len() != self.quorum.of() {
            return Some("a dealt key has one share for each key holder");
        }
        let mut seen = std::collections::BTreeSet::new();
        for (place, NamedShare { name, share }) in self.shares.iter().enumerate() {
            let facts = &share.facts;
            if facts.subject != self.subject || facts.quorum != self.quorum {
                return Some("the shares of a dealt key are of one splitting");
            }
            if usize::from(facts.index) != place + 1 {
                return Some("the shares of a dealt key are counted from 1");
            }
            if !seen.insert(facts.holder) {
                return Some("a dealt key has one share for each key holder");
            }
            if check_name(name).is_err() {
                return Some("a dealt key names its holders as their cards do");
            }
        }
        None
    }
}

impl<S: Checked> DealtKey<S> {
    pub(crate) fn deal(
        suite: Suite,
        room: RoomId,
        subject: S,
        key: &Secret<32>,
        needed: usize,
        cards: &[KeyHolderCard],
        stream: &mut Stream,
    ) -> Result<Self, DealError> {
        let shares = deal_secret(suite, room, &subject, key, needed, cards, stream)?;
        let named = cards.iter().zip(shares).map(|(card, share)| NamedShare {
            name: card.name().to_owned(),
            share,
        });
        Ok(Self {
            room,
            suite,
            subject,
            quorum: Quorum::new(needed, cards.len())?,
            shares: named.collect(),
        })
    }

    /// Puts the key together again and checks that it is the one that was dealt.
    pub(crate) fn combine(&self, shares: &[OpenedShare<S>]) -> Result<Secret<32>, RecoverError> {
        let key = recover_secret(shares, &self.subject)?;
        let domain = self.subject.check_domain();
        if self.subject.check().is_of(self.suite, &key, domain) {
            Ok(key)
        } else {
            Err(RecoverError::Wrong)
        }
    }
}
