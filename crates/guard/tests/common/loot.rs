//! A copy of a store: all rows and all entries of its ledger, to be searched, or changed and put back.
#![allow(
    dead_code,
    reason = "each test file uses what it needs of the stolen store"
)]

use std::collections::BTreeMap;

use strongroom_record::{RoomId, Stream, decode};
use strongroom_seal::{HouseKey, SuiteFloor, SuiteId, VaultKey, house};
use strongroom_vault::testing::{FaultDisk, Loss};
use strongroom_vault::{Commit, Entry, Key, Vault};

// The kinds of rows, as the stored format numbers them.
pub(crate) const ROOM: u8 = 0;
pub(crate) const EVENT: u8 = 1;
pub(crate) const COMMAND: u8 = 2;
pub(crate) const BUNDLE: u8 = 3;
pub(crate) const HOLDING: u8 = 4;
pub(crate) const SHARE: u8 = 5;
pub(crate) const KEY_BOX: u8 = 6;
pub(crate) const RECORD_KEY: u8 = 7;
pub(crate) const LAYER_KEY: u8 = 8;
pub(crate) const VALUE: u8 = 9;
pub(crate) const NOTE_BOX: u8 = 10;
pub(crate) const FILING: u8 = 12;
pub(crate) const SNAPSHOT: u8 = 13;
pub(crate) const GIVEN: u8 = 14;
pub(crate) const LOG: u8 = 11;
pub(crate) const NOTE_FOR: u8 = 20;

/// Everything that a vault holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Loot {
    pub(crate) rows: BTreeMap<Key, Vec<u8>>,
    pub(crate) entries: Vec<Entry>,
}

impl Loot {
    /// Copies a disk as a crash would leave it, and reads all of the copy.
    pub(crate) fn of(disk: &FaultDisk) -> Self {
        let vault = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
        let snapshot = vault.snapshot().unwrap();
        let all = Key::new(0, [0; 16], 0)..=Key::new(u8::MAX, [u8::MAX; 16], u64::MAX);
        let rows = snapshot.range(all).unwrap().map(Result::unwrap).collect();
        let mut entries = Vec::new();
        loop {
            let page = snapshot.entries(entries.len() as u64, 1 << 10).unwrap();
            if page.is_empty() {
                break;
            }
            entries.extend(page);
        }
        Self { rows, entries }
    }

    /// A disk with just these rows and entries.
    pub(crate) fn disk(&self) -> FaultDisk {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        let mut commit = Commit::new();
        for (key, row) in &self.rows {
            commit.put(*key, row.clone());
        }
        for (leaf, event) in &self.entries {
            commit.entry(*leaf, *event);
        }
        vault.submit(commit).wait().unwrap();
        vault.close().unwrap();
        disk
    }

    pub(crate) fn keys(&self, kind: u8) -> Vec<Key> {
        let of_kind = |k: &&Key| k.kind == kind;
        self.rows.keys().filter(of_kind).copied().collect()
    }

    /// Exchanges two rows.
    pub(crate) fn swap(&mut self, a: Key, b: Key) {
        let (x, y) = (self.rows[&a].clone(), self.rows[&b].clone());
        self.rows.insert(a, y);
        self.rows.insert(b, x);
    }
}

/// The house key with the room it is for: takes the outer layer off, and puts it on.
pub(crate) struct House {
    pub(crate) key: HouseKey,
    pub(crate) room: RoomId,
    pub(crate) floor: SuiteFloor,
}

impl House {
    pub(crate) fn new(key: HouseKey, floor: SuiteFloor, loot: &Loot) -> Self {
        let named = &loot.rows[&Key::new(ROOM, [0; 16], 0)];
        let (room, _): (RoomId, SuiteId) = decode(named).unwrap();
        Self { key, room, floor }
    }

    /// A row's bytes, if it opens at its place.
    pub(crate) fn uncover(&self, key: Key, covered: &[u8]) -> Option<Vec<u8>> {
        house::uncover(self.floor, &self.key, self.room, place(key), covered).ok()
    }

    /// Writes a row as only who has the house key can.
    pub(crate) fn put(&self, loot: &mut Loot, key: Key, bytes: &[u8]) {
        let mut dice = Stream::from_seed([77; 32]);
        let covered = house::cover(&self.key, self.room, place(key), bytes, &mut dice);
        loot.rows.insert(key, covered);
    }

    /// The bytes of a row that must be there.
    pub(crate) fn get(&self, loot: &Loot, key: Key) -> Vec<u8> {
        self.uncover(key, &loot.rows[&key]).expect("a row opens")
    }

    /// Exchanges the contents of two rows, each covered anew for its new place.
    pub(crate) fn swap(&self, loot: &mut Loot, a: Key, b: Key) {
        let (x, y) = (self.get(loot, a), self.get(loot, b));
        self.put(loot, a, &y);
        self.put(loot, b, &x);
    }

    /// Puts back a row as it was in an older copy.
    pub(crate) fn replay(&self, loot: &mut Loot, older: &Loot, key: Key) {
        match older.rows.get(&key) {
            Some(row) => loot.rows.insert(key, row.clone()),
            None => loot.rows.remove(&key),
        };
    }
}

fn place(key: Key) -> VaultKey {
    VaultKey {
        kind: key.kind,
        id: key.id,
        counter: key.counter,
    }
}
