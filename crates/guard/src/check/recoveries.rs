//! The rows that events of recoveries name, and those that they take away.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::recovery::{HOLDER_ID_BYTES, KeyHoldersChanged, Recover, RecoveryAsked};
use strongroom_record::{InvitationId, PersonId, RecoveryId, Timestamp, decode};
use strongroom_seal::{Digest, KeyHolderCard, Quorum};

use super::named::{Named, Want};
use crate::kinds;

/// A recovery, as far as its rows go.
#[derive(Debug)]
struct Recovery {
    what: Recover,
    until: Timestamp,
    needed: usize,
    given: BTreeMap<[u8; HOLDER_ID_BYTES], u64>,
}

impl Recovery {
    fn person(&self) -> Option<PersonId> {
        match &self.what {
            Recover::Atom { person, .. } | Recover::Person { person, .. } => Some(*person),
            Recover::KeyHolders { .. } => None,
        }
    }
}

/// Those that may have rows.
#[derive(Debug, Default)]
pub(super) struct Recoveries(BTreeMap<RecoveryId, Recovery>);

impl Named {
    /// The recovery that somebody joins with the code of.
    pub(super) fn recovery_of(&self, invitation: InvitationId) -> Option<RecoveryId> {
        let mut all = self.recoveries.0.iter();
        all.find(
            |(_, r)| matches!(&r.what, Recover::Person { invitation: i, .. } if *i == invitation),
        )
        .map(|(id, _)| *id)
    }

    /// Takes in an event of a recovery.
    pub(super) fn recovery(&mut self, event: &StoredEvent) -> Result<(), &'static str> {
        const UNKNOWN: &str = "it is for a recovery that no event before it names";
        match &event.act {
            Act::RecoveryAsked(asked) => {
                self.asked(asked, event.at);
                Ok(())
            }
            Act::ShareGiven(given) => {
                let digest = decode(&given.given).map_err(|_| "a digest in it cannot be read")?;
                let recovery = self.recoveries.0.get_mut(&given.recovery).ok_or(UNKNOWN)?;
                let next = recovery.given.len() as u64;
                let row = *recovery.given.entry(given.by.holder).or_insert(next);
                let at = kinds::given(given.recovery, row);
                self.rows.insert(at, Want::Given(Box::new(digest)));
                Ok(())
            }
            Act::Rekeyed(rekeyed) => {
                self.rows.remove(&kinds::offered_bundle(rekeyed.recovery));
                let others = |(id, r): (&RecoveryId, &Recovery)| {
                    let other = r.person() == Some(rekeyed.person) && *id != rekeyed.recovery;
                    other.then_some(*id)
                };
                for id in self
                    .recoveries
                    .0
                    .iter()
                    .filter_map(others)
                    .collect::<Vec<_>>()
                {
                    self.ended(id);
                }
                let of =
                    |want: &Want| matches!(want, Want::Holding(h) if h.person == rekeyed.person);
                self.rows.retain(|_, want| !of(want));
                self.person(rekeyed.person, &rekeyed.keys)
            }
            Act::Recovered(recovered) => {
                let recovery = self.recoveries.0.get(&recovered.recovery).ok_or(UNKNOWN)?;
                let person = recovery.person().ok_or("it recovers for nobody")?;
                self.ended(recovered.recovery);
                for made in &recovered.holdings {
                    let at = kinds::holding(made.holding);
                    self.holding(at, made.atom, made.epoch, person);
                }
                Ok(())
            }
            Act::RecoveryWithdrawn { recovery } => {
                self.ended(*recovery);
                Ok(())
            }
            Act::KeyHoldersChanged(changed) => self.other_holders(changed),
            _ => Ok(()),
        }
    }

    fn asked(&mut self, asked: &RecoveryAsked, now: Timestamp) {
        // Asking for another takes away what lapsed.
        let lapsed = |(id, r): (&RecoveryId, &Recovery)| (now >= r.until).then_some(*id);
        for id in self
            .recoveries
            .0
            .iter()
            .filter_map(lapsed)
            .collect::<Vec<_>>()
        {
            self.ended(id);
        }
        let recovery = Recovery {
            what: asked.what.clone(),
            until: asked.until,
            needed: self.quorum.map_or(0, Quorum::needed),
            given: BTreeMap::new(),
        };
        self.recoveries.0.insert(asked.recovery, recovery);
    }

    fn ended(&mut self, id: RecoveryId) {
        self.rows.remove(&kinds::offered_bundle(id));
        if let Some(recovery) = self.recoveries.0.remove(&id) {
            for row in recovery.given.into_values() {
                self.rows.remove(&kinds::given(id, row));
            }
        }
    }

    fn other_holders(&mut self, changed: &KeyHoldersChanged) -> Result<(), &'static str> {
        let recovery = self.recoveries.0.get(&changed.recovery);
        let Some(Recover::KeyHolders { cards, quorum, .. }) = recovery.map(|r| r.what.clone())
        else {
            return Err("it changes the key holders without a recovery that asked for it");
        };
        self.key_holders(&cards, quorum, &changed.house)?;
        self.rows.retain(|_, want| !matches!(want, Want::Share(_)));
        for dealt in &changed.atoms {
            self.shares((dealt.atom, dealt.epoch), &dealt.shares)?;
        }
        let gone = |(id, r): (&RecoveryId, &Recovery)| {
            let gone = *id == changed.recovery || r.given.len() < r.needed;
            gone.then_some(*id)
        };
        for id in self
            .recoveries
            .0
            .iter()
            .filter_map(gone)
            .collect::<Vec<_>>()
        {
            self.ended(id);
        }
        Ok(())
    }

    /// Who the key holders are from an event on.
    pub(super) fn key_holders(
        &mut self,
        cards: &[ByteVec],
        quorum: u8,
        house: &[ByteVec],
    ) -> Result<(), &'static str> {
        let cards: Vec<KeyHolderCard> = cards
            .iter()
            .map(|card| decode(card).map_err(|_| "a key holder's card in it cannot be read"))
            .collect::<Result<_, _>>()?;
        self.holders = cards.iter().map(KeyHolderCard::id).collect();
        self.quorum = Some(
            Quorum::new(usize::from(quorum), cards.len())
                .map_err(|_| "its quorum makes no sense")?,
        );
        let digests: Vec<Digest> = house
            .iter()
            .map(|digest| decode(digest).map_err(|_| "a share's digest in it cannot be read"))
            .collect::<Result<_, _>>()?;
        self.rows
            .insert(kinds::house_shares(), Want::HouseShares(digests));
        Ok(())
    }
}
