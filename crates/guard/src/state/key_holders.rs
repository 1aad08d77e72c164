//! Key holders: whose cards the ledger binds, how many are needed, and which shares each keeps.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use strongroom_record::event::Genesis;
use strongroom_record::{AtomId, ShareId, decode};
use strongroom_seal::KeyHolderCard;
use strongroom_seal::digest::Digest;

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
}

impl KeyHolders {
    pub(super) fn found(genesis: &Genesis) -> Result<Self, &'static str> {
        Self::of(&genesis.key_holders, genesis.quorum)
    }

    fn of(cards: &[ByteVec], quorum: u8) -> Result<Self, &'static str> {
        let cards: Vec<KeyHolderCard> = cards
            .iter()
            .map(|card| decode(card).map_err(|_| "a key holder's card cannot be read"))
            .collect::<Result<_, _>>()?;
        let needed = usize::from(quorum);
        if needed == 0 || needed > cards.len() {
            return Err("the quorum does not fit the key holders");
        }
        Ok(Self {
            cards,
            quorum,
            shares: BTreeMap::new(),
        })
    }

    /// Their cards, in the order of the shares.
    pub(crate) fn cards(&self) -> &[KeyHolderCard] {
        &self.cards
    }
    /// How many of them are needed.
    pub(crate) fn quorum(&self) -> u8 {
        self.quorum
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
