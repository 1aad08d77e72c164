//! Key holders: whose cards the ledger binds, how many are needed, and which shares each keeps.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use strongroom_record::event::Genesis;
use strongroom_record::recovery::{HOLDER_ID_BYTES, KeyHoldersChanged};
use strongroom_record::{AtomId, ShareId, Timestamp, decode};
use strongroom_seal::digest::Digest;
use strongroom_seal::{AtomKey, HolderId, KeyHolderCard};

use super::bounds::{each_once, is_quorum};

/// A share that the ledger committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) id: ShareId,
    /// The salted digest of what is sealed in it.
    pub(crate) digest: Digest,
}

/// The present key holders of a room.
#[derive(Debug)]
pub(crate) struct KeyHolders {
    pub(super) cards: Vec<KeyHolderCard>,
    pub(super) quorum: u8,
    /// Of each atom in each epoch one share for each card, in the order of the cards.
    pub(super) shares: BTreeMap<(AtomId, u32), Vec<Share>>,
    /// Digests of the recovery shares of the house key, in the order of the cards.
    pub(super) house: Vec<Digest>,
    /// When each last rehearsed, and how many shares were wrong then.
    pub(super) rehearsals: BTreeMap<HolderId, (Timestamp, usize)>,
}

impl KeyHolders {
    pub(super) fn found(genesis: &Genesis) -> Result<Self, &'static str> {
        Self::of(&genesis.key_holders, genesis.quorum, &genesis.house_shares)
    }

    fn of(cards: &[ByteVec], quorum: u8, house: &[ByteVec]) -> Result<Self, &'static str> {
        let cards = Self::quorum_of(cards, quorum)?;
        if house.len() != cards.len() {
            return Err("the house key has not one share for each key holder");
        }
        let house = house
            .iter()
            .map(|digest| decode(digest).map_err(|_| "a share's digest cannot be read"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            cards,
            quorum,
            shares: BTreeMap::new(),
            house,
            rehearsals: BTreeMap::new(),
        })
    }

    /// The cards, if so many of them make a quorum.
    pub(super) fn quorum_of(
        cards: &[ByteVec],
        quorum: u8,
    ) -> Result<Vec<KeyHolderCard>, &'static str> {
        if !is_quorum(usize::from(quorum), cards.len()) {
            return Err("the quorum does not fit the key holders");
        }
        let cards: Vec<KeyHolderCard> = cards
            .iter()
            .map(|card| decode(card).map_err(|_| "a key holder's card cannot be read"))
            .collect::<Result<_, _>>()?;
        if !each_once(cards.iter().map(KeyHolderCard::id)) {
            return Err("a key holder is there twice");
        }
        Ok(cards)
    }

    /// Their cards, in the order of the shares.
    pub(crate) fn cards(&self) -> &[KeyHolderCard] {
        &self.cards
    }
    /// How many of them are needed.
    pub(crate) fn quorum(&self) -> u8 {
        self.quorum
    }
    /// The card of a key holder, by the id's bytes.
    pub(crate) fn card(&self, id: &[u8; HOLDER_ID_BYTES]) -> Option<&KeyHolderCard> {
        self.cards.iter().find(|card| card.id().as_bytes() == id)
    }
    /// The card of a key holder, by the id or the name as they are written.
    pub(crate) fn named(&self, word: &str) -> Vec<&KeyHolderCard> {
        let by_id = |card: &&KeyHolderCard| card.id().to_string() == word;
        match self.cards.iter().find(by_id) {
            Some(card) => vec![card],
            None => self.cards.iter().filter(|c| c.name() == word).collect(),
        }
    }
    /// The share of an atom's epoch that a key holder keeps.
    pub(crate) fn share_of(&self, place: AtomKey, holder: HolderId) -> Option<Share> {
        let at = self.cards.iter().position(|card| card.id() == holder)?;
        self.shares
            .get(&(place.atom, place.epoch))?
            .get(at)
            .copied()
    }
    /// Every share that a key holder keeps, with what it is of.
    pub(crate) fn shares_of(&self, holder: HolderId) -> Vec<(AtomKey, Share)> {
        let places = self.shares.keys();
        places
            .filter_map(|(atom, epoch)| {
                let place = AtomKey {
                    atom: *atom,
                    epoch: *epoch,
                };
                Some((place, self.share_of(place, holder)?))
            })
            .collect()
    }
    /// Every share of every atom.
    pub(crate) fn shares(&self) -> impl Iterator<Item = &Share> {
        self.shares.values().flatten()
    }
    /// The digests of the house key's recovery shares, in the order of the cards.
    pub(crate) fn house(&self) -> &[Digest] {
        &self.house
    }
    /// When a key holder last rehearsed, and how many shares were wrong.
    pub(crate) fn rehearsal(&self, holder: HolderId) -> Option<(Timestamp, usize)> {
        self.rehearsals.get(&holder).copied()
    }

    /// A key holder opened the shares that are kept.
    pub(super) fn rehearsed(
        &mut self,
        holder: &[u8; HOLDER_ID_BYTES],
        at: Timestamp,
        sound: u32,
        wrong: &[ShareId],
    ) -> Result<(), &'static str> {
        let card = self
            .card(holder)
            .ok_or("no key holder of the room rehearsed")?
            .id();
        if !self.may_rehearse(card, sound, wrong) {
            return Err("a key holder rehearsed more shares than he keeps");
        }
        self.rehearsals.insert(card, (at, wrong.len()));
        Ok(())
    }
    /// How many shares a key holder keeps: of atoms, and one of the house key.
    pub(crate) fn kept_by(&self, holder: HolderId) -> usize {
        self.shares_of(holder).len() + 1
    }
    /// Whether a key holder can have rehearsed so many shares.
    pub(crate) fn may_rehearse(&self, holder: HolderId, sound: u32, wrong: &[ShareId]) -> bool {
        let sound = usize::try_from(sound).unwrap_or(usize::MAX);
        each_once(wrong) && sound.saturating_add(wrong.len()) <= self.kept_by(holder)
    }
    /// Every atom was split anew, among others.
    pub(super) fn change(
        &mut self,
        cards: &[ByteVec],
        quorum: u8,
        changed: &KeyHoldersChanged,
    ) -> Result<(), &'static str> {
        let mut then = Self::of(cards, quorum, &changed.house)?;
        for dealt in &changed.atoms {
            then.dealt((dealt.atom, dealt.epoch), &dealt.shares)?;
        }
        if !then.shares.keys().eq(self.shares.keys()) {
            return Err("not every atom was split anew");
        }
        *self = then;
        Ok(())
    }

    /// An atom's private half of an epoch was split among them.
    pub(super) fn dealt(
        &mut self,
        place: (AtomId, u32),
        shares: &[(ShareId, ByteVec)],
    ) -> Result<(), &'static str> {
        if shares.len() != self.cards.len() {
            return Err("an atom has not one share for each key holder");
        }
        let shares = shares
            .iter()
            .map(|(id, digest)| {
                let digest = decode(digest).map_err(|_| "a share's digest cannot be read")?;
                Ok(Share { id: *id, digest })
            })
            .collect::<Result<_, &'static str>>()?;
        if self.shares.insert(place, shares).is_some() {
            return Err("an atom's epoch is split twice");
        }
        Ok(())
    }
}
