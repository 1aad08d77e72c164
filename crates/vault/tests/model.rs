//! Random operations, against a map and a list.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use strongroom_vault::testing::{FaultDisk, Loss};
use strongroom_vault::{Commit, Entry, Key, Lineage, Standing, Vault};

/// Few enough keys for most operations to meet a row that is there.
fn keys() -> impl Strategy<Value = Key> {
    let counters = prop_oneof![0..4u64, Just(u64::MAX)];
    (0..3u8, 0..3u8, counters).prop_map(|(kind, id, counter)| Key::new(kind, [id; 16], counter))
}

#[derive(Debug, Clone)]
enum Change {
    Put(Key, Vec<u8>),
    Delete(Key),
    Entry(u8),
}

#[derive(Debug, Clone)]
enum Act {
    Commit(Vec<Change>),
    /// Several commits submitted before the first is waited for.
    Burst(Vec<Vec<Change>>),
    Close,
    Crash(u64),
    Range(Key, Key),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let sizes = prop_oneof![8 => 0..200usize, 2 => 3900..4200usize, 1 => 60_000..70_000usize];
    let change = prop_oneof![
        4 => (keys(), any::<u8>(), sizes).prop_map(|(k, fill, size)| Change::Put(k, vec![fill; size])),
        2 => keys().prop_map(Change::Delete),
        3 => any::<u8>().prop_map(Change::Entry),
    ];
    vec(change, 0..8)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => changes().prop_map(Act::Commit),
        3 => vec(changes(), 1..6).prop_map(Act::Burst),
        1 => Just(Act::Close),
        1 => any::<u64>().prop_map(Act::Crash),
        3 => (keys(), keys()).prop_map(|(from, to)| Act::Range(from, to)),
    ];
    vec(act, 1..24)
}

#[derive(Default)]
struct Model {
    rows: BTreeMap<Key, Vec<u8>>,
    entries: Vec<Entry>,
    /// How the store stood after each act so far, and what it held.
    views: Vec<(Standing, BTreeMap<Key, Vec<u8>>)>,
    /// Keys touched, with the number of views there were when it was done.
    touched: Vec<(usize, Key)>,
}

const LINEAGE: Lineage = Lineage([7; 16]);

impl Model {
    fn apply(&mut self, changes: &[Change]) -> Commit {
        let mut commit = Commit::new();
        for change in changes {
            match change {
                Change::Put(key, value) => {
                    commit.put(*key, value.clone());
                    self.rows.insert(*key, value.clone());
                    self.touched.push((self.views.len(), *key));
                }
                Change::Delete(key) => {
                    commit.delete(*key);
                    self.rows.remove(key);
                    self.touched.push((self.views.len(), *key));
                }
                Change::Entry(n) => {
                    commit.entry([*n; 33], [!*n; 16]);
                    self.entries.push(([*n; 33], [!*n; 16]));
                }
            }
        }
        commit
    }

    /// From every earlier view, the changes lead to this one, and name nothing that was not touched.
    fn check_changes(&mut self, vault: &Vault) {
        let snapshot = vault.snapshot().unwrap();
        let standing = snapshot.standing().unwrap();
        assert_eq!(standing.lineage, Some(LINEAGE));
        assert_eq!(standing.entries, self.entries.len() as u64);
        let all: BTreeMap<_, _> = snapshot.all().unwrap().map(Result::unwrap).collect();
        assert!(all == self.rows);
        self.views.push((standing, all));
        for (view, (then, rows)) in self.views.iter().enumerate() {
            let changes: Vec<_> = snapshot
                .changes(then.groups)
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let keys: BTreeSet<Key> = changes.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys.len(), changes.len(), "each key once");
            let touched: BTreeSet<Key> = self
                .touched
                .iter()
                .filter_map(|(at, key)| (*at > view).then_some(*key))
                .collect();
            assert!(keys.is_subset(&touched));
            let mut rows = rows.clone();
            for (key, value) in changes {
                match value {
                    Some(value) => drop(rows.insert(key, value)),
                    None => drop(rows.remove(&key)),
                }
            }
            assert!(rows == self.rows);
            // What stands and was put since is there even if it was put with the same bytes.
            assert!(
                touched
                    .iter()
                    .all(|k| !rows.contains_key(k) || keys.contains(k))
            );
        }
    }

    fn check(&self, vault: &Vault) {
        assert_eq!(vault.size(), self.entries.len() as u64);
        assert!(vault.entries(0, usize::MAX).unwrap() == self.entries);
        for kind in 0..3 {
            let found: Vec<_> = vault.scan(kind).unwrap().map(Result::unwrap).collect();
            let expected: Vec<_> = self
                .rows
                .range(Key::all_of_kind(kind))
                .map(|(key, value)| (*key, value.clone()))
                .collect();
            assert!(found == expected);
            for id in 0..3 {
                let found = vault
                    .scan_id(kind, [id; 16])
                    .unwrap()
                    .map(|row| row.unwrap().0);
                let expected = expected.iter().map(|(key, _)| *key);
                assert!(found.eq(expected.filter(|key| key.id == [id; 16])));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_store_is_a_map_and_a_list(acts in acts()) {
        let mut disk = FaultDisk::new();
        let mut vault = Vault::with_backend(disk.clone()).unwrap();
        prop_assert_eq!(vault.begin_lineage(LINEAGE).unwrap(), LINEAGE);
        let mut model = Model::default();
        for act in acts {
            match act {
                Act::Commit(changes) => {
                    let before = model.entries.len() as u64;
                    let position = vault.submit(model.apply(&changes)).wait().unwrap();
                    prop_assert_eq!(position.first, before);
                    prop_assert_eq!(position.count, model.entries.len() as u64 - before);
                }
                Act::Burst(commits) => {
                    let mut next = model.entries.len() as u64;
                    let pending: Vec<_> = commits
                        .iter()
                        .map(|changes| vault.submit(model.apply(changes)))
                        .collect();
                    for pending in pending {
                        let position = pending.wait().unwrap();
                        prop_assert_eq!(position.first, next);
                        next += position.count;
                    }
                    prop_assert_eq!(next, model.entries.len() as u64);
                }
                Act::Close => {
                    vault.close().unwrap();
                    vault = Vault::with_backend(disk.clone()).unwrap();
                }
                Act::Crash(seed) => {
                    disk = disk.after_crash(Loss::Drawn(seed));
                    vault = Vault::with_backend(disk.clone()).unwrap();
                }
                Act::Range(from, to) => {
                    let found = vault.snapshot().unwrap().range(from..=to).unwrap();
                    let found: Vec<_> = found.rev().map(Result::unwrap).collect();
                    let expected: Vec<_> = model
                        .rows
                        .iter()
                        .filter(|(key, _)| (from..=to).contains(*key))
                        .map(|(key, value)| (*key, value.clone()))
                        .rev()
                        .collect();
                    prop_assert!(found == expected);
                }
            }
            model.check(&vault);
            model.check_changes(&vault);
        }
    }

    #[test]
    fn pages_of_the_ledger_fit_together(sizes in vec(0..20u8, 0..12), from in 0..120u64, max in 0..120usize) {
        let vault = Vault::memory().unwrap();
        let mut all: Vec<Entry> = Vec::new();
        for count in sizes {
            let mut commit = Commit::new();
            for n in 0..count {
                commit.entry([n; 33], [count; 16]);
                all.push(([n; 33], [count; 16]));
            }
            let _ = vault.submit(commit).wait().unwrap();
        }
        let from_there = all.into_iter().skip(from as usize).take(max).collect::<Vec<_>>();
        prop_assert_eq!(vault.entries(from, max).unwrap(), from_there);
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let vault = Vault::memory().unwrap();
    let key = Key::new(1, [1; 16], 0);
    let set = |value: &[u8]| {
        let mut commit = Commit::new();
        commit.put(key, value.to_vec()).entry([0; 33], [0; 16]);
        vault.submit(commit).wait().unwrap();
    };
    set(b"before");
    let snapshot = vault.snapshot().unwrap();
    for n in 0..50u8 {
        set(&[n; 5000]);
    }
    assert_eq!(snapshot.get(key).unwrap().unwrap(), b"before");
    assert_eq!(snapshot.size(), 1);
    assert_eq!(snapshot.entries(0, 100).unwrap().len(), 1);
    assert_eq!(vault.entries(0, 100).unwrap().len(), 51);
}
