//! Stored values under the house key.
//!
//! Every value that the vault gets passes [`Store::put`] and is wrapped once in the outer layer,
//! bound to its key and its room: a value moved to another key does not open. What comes back is
//! bytes of this room, at this key; whether they agree with the ledger is for the caller to check.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minicbor::{Decode, Encode};
use strongroom_record::{RoomId, Stream, decode, encode};
use strongroom_seal::house::{self, HouseKey, VaultKey};
use strongroom_seal::secret::SecretBytes;
use strongroom_seal::suite::SuiteFloor;
use strongroom_seal::{DealError, HousePurpose, HouseShares, KeyHolderCard};
use strongroom_vault::{Commit, Entry, Key, Snapshot, Vault};

use crate::fault::Fault;
use crate::slots::RoomSlots;

/// The vault and the key to its outer layer.
pub(crate) struct Store {
    pub(crate) vault: Vault,
    /// Shared with what the vault's writer makes anew.
    house: Arc<HouseKey>,
    pub(crate) room: RoomId,
    pub(crate) floor: SuiteFloor,
    /// Once they are open.
    pub(crate) slots: OnceLock<RoomSlots>,
}

impl Store {
    pub(crate) fn new(vault: Vault, house: HouseKey, room: RoomId, floor: SuiteFloor) -> Self {
        Self {
            vault,
            house: Arc::new(house),
            room,
            floor,
            slots: OnceLock::new(),
        }
    }

    /// The key of the outer layer, for a backup.
    pub(crate) fn house(&self) -> &HouseKey {
        &self.house
    }
    /// Closes the store and gives the key back.
    pub(crate) fn close(self) -> Result<HouseKey, Fault> {
        self.vault.close()?;
        Ok(alone(self.house))
    }

    /// The vault and the key again.
    pub(crate) fn into_parts(self) -> (Vault, HouseKey) {
        (self.vault, alone(self.house))
    }
    /// Deals the house key among key holders.
    pub(crate) fn deal_house(
        &self,
        purpose: HousePurpose,
        needed: usize,
        cards: &[KeyHolderCard],
        dice: &mut Stream,
    ) -> Result<HouseShares, DealError> {
        HouseShares::of_house(self.room, &self.house, purpose, needed, cards, dice)
    }

    /// Adds a row to a commit, wrapped.
    pub(crate) fn put(&self, commit: &mut Commit, key: Key, bytes: &[u8], dice: &mut Stream) {
        commit.put(key, self.cover(key, bytes, dice));
    }
    /// Adds an encoded row to a commit, wrapped.
    pub(crate) fn put_row<T: Encode<()>>(
        &self,
        commit: &mut Commit,
        key: Key,
        row: &T,
        dice: &mut Stream,
    ) {
        self.put(commit, key, &encode(row), dice);
    }

    /// Has a row made anew from its bytes while the commit is written: so a large one is in nobody's memory before. If `make`
    /// cannot, the row is not what it should be, and nothing is written.
    pub(crate) fn remake(
        &self,
        commit: &mut Commit,
        key: Key,
        dice: &mut Stream,
        make: impl Fn(&[u8], &mut Stream) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) {
        let (house, room, floor) = (Arc::clone(&self.house), self.room, self.floor);
        // What is drawn is drawn once, should it be made twice.
        let dice = Mutex::new(dice.fork());
        let remake = move |covered: &[u8]| {
            let bytes = house::uncover(floor, &house, room, place(key), covered).ok()?;
            let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
            let made = make(&bytes, &mut dice)?;
            Some(house::cover(&house, room, place(key), &made, &mut dice))
        };
        commit.remake(key, Arc::new(remake));
    }

    /// A row as it is stored at a key.
    pub(crate) fn cover(&self, key: Key, bytes: &[u8], dice: &mut Stream) -> Vec<u8> {
        house::cover(&self.house, self.room, place(key), bytes, dice)
    }

    /// The rows as they are now, for several readings that belong together.
    pub(crate) fn now(&self) -> Result<Rows<'_>, Fault> {
        Ok(Rows {
            store: self,
            snapshot: self.vault.snapshot()?,
        })
    }
    /// The bytes of a row, if it is there.
    pub(crate) fn find(&self, key: Key) -> Result<Option<SecretBytes>, Fault> {
        self.now()?.find(key)
    }
    /// The bytes of a row that the ledger says is there.
    pub(crate) fn get(&self, key: Key, what: &'static str) -> Result<SecretBytes, Fault> {
        self.now()?.get(key, what)
    }
    /// A decoded row that the ledger says is there.
    pub(crate) fn row<T: Encode<()> + for<'b> Decode<'b, ()>>(
        &self,
        key: Key,
        what: &'static str,
    ) -> Result<T, Fault> {
        self.now()?.row(key, what)
    }

    /// A stored row with its outer layer taken off, if it opens at its place. What comes out is still
    /// sealed, or is a name that the house key may read.
    pub(crate) fn open_row(&self, key: Key, covered: &[u8]) -> Option<Vec<u8>> {
        house::uncover(self.floor, &self.house, self.room, place(key), covered).ok()
    }

    /// Opens a row as it is stored at a key.
    pub(crate) fn uncover(&self, key: Key, covered: &[u8]) -> Result<SecretBytes, Fault> {
        house::uncover(self.floor, &self.house, self.room, place(key), covered)
            .map(SecretBytes::from_vec)
            .map_err(|_| Fault::Damaged("a row does not open with the house key at its place"))
    }
}

/// The rows and entries of one instant.
pub(crate) struct Rows<'a> {
    store: &'a Store,
    snapshot: Snapshot,
}

impl Rows<'_> {
    /// Entries of the ledger from an index on, none beyond its end.
    pub(crate) fn entries(&self, from: u64, max: usize) -> Result<Vec<Entry>, Fault> {
        Ok(self.snapshot.entries(from, max)?)
    }
    /// The keys of a kind and id from one on.
    pub(crate) fn keys_from(&self, key: Key) -> Result<Vec<Key>, Fault> {
        let last = Key {
            counter: u64::MAX,
            ..key
        };
        let rows = self.snapshot.range(key..=last)?;
        Ok(rows
            .map(|row| row.map(|(key, _)| key))
            .collect::<Result<_, _>>()?)
    }
    /// The bytes of a row, if it is there.
    pub(crate) fn find(&self, key: Key) -> Result<Option<SecretBytes>, Fault> {
        let Some(covered) = self.snapshot.get(key)? else {
            return Ok(None);
        };
        self.store.uncover(key, &covered).map(Some)
    }
    /// The bytes of a row that the ledger says is there.
    pub(crate) fn get(&self, key: Key, what: &'static str) -> Result<SecretBytes, Fault> {
        self.find(key)?.ok_or(Fault::Missing(what))
    }
    /// A decoded row that the ledger says is there.
    pub(crate) fn row<T: Encode<()> + for<'b> Decode<'b, ()>>(
        &self,
        key: Key,
        what: &'static str,
    ) -> Result<T, Fault> {
        decode(self.get(key, what)?.expose()).map_err(|_| Fault::Damaged(what))
    }
}

/// The key of the outer layer when nothing is left to be written.
fn alone(house: Arc<HouseKey>) -> HouseKey {
    Arc::into_inner(house).expect("no commit waits that makes rows anew")
}

fn place(key: Key) -> VaultKey {
    VaultKey {
        kind: key.kind,
        id: key.id,
        counter: key.counter,
    }
}
