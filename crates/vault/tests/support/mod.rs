//! A scripted run and the states it may leave, shared by the tests of crashes and of faults.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::thread;

use strongroom_vault::{Commit, Entry, Key, Position, Vault, VaultError};

/// What a store holds: all rows of the kinds that the script uses, and the whole ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) rows: BTreeMap<Key, Vec<u8>>,
    pub(crate) entries: Vec<Entry>,
}

/// The kinds of keys that the script uses.
const KINDS: u8 = 3;

impl State {
    pub(crate) fn of(vault: &Vault) -> Result<State, VaultError> {
        let snapshot = vault.snapshot()?;
        let mut rows = BTreeMap::new();
        for kind in 0..KINDS {
            for row in snapshot.scan(kind)? {
                let (key, value) = row?;
                rows.insert(key, value);
            }
        }
        let entries = snapshot.entries(0, usize::MAX)?;
        assert_eq!(entries.len() as u64, snapshot.size());
        Ok(State { rows, entries })
    }
}

/// One commit of the script, and what it does to a state.
pub(crate) struct Step {
    puts: Vec<(Key, Vec<u8>)>,
    deletes: Vec<Key>,
    entries: Vec<Entry>,
}

impl Step {
    pub(crate) fn commit(&self) -> Commit {
        let mut commit = Commit::new();
        for (key, value) in &self.puts {
            commit.put(*key, value.clone());
        }
        for key in &self.deletes {
            commit.delete(*key);
        }
        for (leaf, event) in &self.entries {
            commit.entry(*leaf, *event);
        }
        commit
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.rows.extend(self.puts.iter().cloned());
        for key in &self.deletes {
            state.rows.remove(key);
        }
        state.entries.extend(&self.entries);
    }
}

/// Groups of commits: small ones, several in one group, deletions, overwrites, a value of many
/// pages, a commit without entries, one with nothing at all.
pub(crate) fn script() -> Vec<Vec<Step>> {
    let key = |n: u8, counter| Key::new(n % KINDS, [n; 16], counter);
    let leaf = |n: u8| ([n; 33], [n; 16]);
    let step = |n: u8, value: usize, deletes: Vec<Key>, entries: usize| Step {
        puts: if value == 0 {
            Vec::new()
        } else {
            vec![
                (key(n, 0), vec![n; value]),
                (key(0, 1), vec![n; 40]), // Overwritten by every step.
            ]
        },
        deletes,
        entries: vec![leaf(n); entries],
    };
    vec![
        vec![step(1, 300, vec![], 1)],
        vec![
            step(2, 10, vec![], 1),
            step(3, 5000, vec![], 2),
            step(4, 1, vec![key(1, 0)], 1),
        ],
        vec![step(5, 200_000, vec![], 1)],
        vec![step(6, 10, vec![], 0)],
        vec![step(0, 0, vec![], 0)],
        vec![
            step(7, 10, vec![key(5, 0)], 1),
            step(8, 30_000, vec![key(3, 0), key(9, 9)], 1),
        ],
        vec![step(9, 10, vec![], 40)],
    ]
}

/// Submits `commits` so that they are written as one group, and waits for all of them.
///
/// The writer is held back meanwhile by a follower that shows it the last entry once more; on an
/// empty ledger there is none, and the commits make whatever groups they make.
pub(crate) fn as_one_group(
    vault: &Vault,
    commits: Vec<Commit>,
) -> Vec<Result<Position, VaultError>> {
    let (holding, held) = sync_channel(1);
    let (release, mut released) = {
        let (release, released) = sync_channel(1);
        (release, Some(released))
    };
    thread::scope(|scope| {
        if let Some(last) = vault.size().checked_sub(1) {
            scope.spawn(move || {
                vault.follow(last, move |_, _| {
                    if let Some(released) = released.take() {
                        holding.send(()).unwrap();
                        released.recv().unwrap();
                    }
                })
            });
            // An error means that the vault has failed: the commits will be told.
            let _ = held.recv();
        }
        let pending: Vec<_> = commits.into_iter().map(|c| vault.submit(c)).collect();
        let _ = release.send(());
        pending.into_iter().map(|p| p.wait()).collect()
    })
}
