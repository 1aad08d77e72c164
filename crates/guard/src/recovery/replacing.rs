//! Everything is split anew, among other key holders: one atom after the other, each wiped before the next.

use strongroom_record::event::Act;
use strongroom_record::recovery::{AtomDealt, KeyHoldersChanged, Recover};
use strongroom_record::{RecoveryId, decode, encode};
use strongroom_seal::{
    GivenShare, HousePurpose, HouseShares, KeyHolderCard, OpenedShare, deal, recover,
};

use crate::fault::{Fault, Stop};
use crate::guard::Core;
use crate::kinds;
use crate::state::State;

impl Core {
    /// Splits everything among the key holders that a complete recovery names. The shares of before go.
    pub(crate) fn replace(&self, state: &mut State, id: RecoveryId) -> Result<(), Stop> {
        let recovery = state
            .recoveries
            .get(id, self.now())
            .ok_or(Fault::Missing("a recovery that was complete"))?
            .clone();
        let Recover::KeyHolders { cards, quorum, .. } = &recovery.what else {
            return Err(Fault::Missing("the new key holders").into());
        };
        let recipient = self
            .desk
            .recipient(id)
            .ok_or(Fault::Missing("the key that shares were given to"))?;
        let cards: Vec<KeyHolderCard> = cards
            .iter()
            .map(|card| decode(card))
            .collect::<Result<_, _>>()
            .map_err(|_| Fault::Damaged("a new key holder's card"))?;
        let needed = usize::from(*quorum);
        let unfit = |_| Fault::Damaged("the cards of the new key holders");
        let mut given: Vec<std::vec::IntoIter<GivenShare>> = Vec::new();
        for one in recovery.given.values() {
            given.push(self.given_row(&recovery, one.row, one.digest)?.into_iter());
        }

        let mut command = self.command_of_nobody(&format!("replaced {id}"));
        let mut atoms = Vec::with_capacity(recovery.places.len());
        for place in &recovery.places {
            let public = state
                .atoms
                .in_epoch(place.atom, place.epoch)
                .ok_or(Fault::Missing("an atom that a recovery names"))?;
            let shares: Vec<OpenedShare> = given
                .iter_mut()
                .filter_map(Iterator::next)
                .map(|share| share.take(self.env.floor, self.room, id, &recipient))
                .collect::<Result<_, _>>()
                .map_err(|_| Fault::Damaged("a share that opened when it was given"))?;
            let private = recover(&shares, public)
                .map_err(|_| Fault::Damaged("shares of an atom do not give its key"))?;
            let dealt =
                deal(self.room, &private, needed, &cards, &mut command.dice).map_err(unfit)?;
            drop(private);
            for share in &dealt {
                command.put_row(kinds::share(share.facts.id), share);
            }
            atoms.push(AtomDealt {
                atom: place.atom,
                epoch: place.epoch,
                shares: dealt
                    .iter()
                    .map(|share| (share.facts.id, encode(&share.facts.digest).into()))
                    .collect(),
            });
        }
        let house = self
            .store
            .deal_house(HousePurpose::Recovery, needed, &cards, &mut command.dice)
            .map_err(unfit)?;
        command.put_row(kinds::house_shares(), &house);
        for share in state.key_holders.shares() {
            command.delete(kinds::share(share.id));
        }
        let gone = state.recoveries.living(self.now());
        let gone = gone.into_iter().filter(|r| r.id == id || !r.is_complete());
        for key in gone
            .flat_map(|r| self.rows_of(state, r.id))
            .collect::<Vec<_>>()
        {
            command.delete(key);
        }
        command.event(Act::KeyHoldersChanged(Box::new(KeyHoldersChanged {
            recovery: id,
            atoms,
            house: house_digests(&house),
        })));
        self.enact(state, command, None)?;
        self.desk.forget(id);
        self.desk.shares_changed();
        Ok(())
    }
}

/// What the ledger commits to of the shares of the house key.
pub(crate) fn house_digests(shares: &HouseShares) -> Vec<minicbor::bytes::ByteVec> {
    let shares = shares.shares().iter();
    shares
        .map(|named| encode(&named.share.facts.digest).into())
        .collect()
}
