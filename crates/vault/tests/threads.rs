//! Many threads at once: the ledger stays dense, ordered, and in step with its follower.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use strongroom_vault::{Commit, GROUP_BYTES_MAX, Key, QUEUE_BYTES_MAX, Vault};

const THREADS: u8 = 32;
const COMMITS: u64 = 60;

fn leaf(thread: u8, n: u64) -> [u8; 33] {
    let mut leaf = [thread; 33];
    leaf[1..9].copy_from_slice(&n.to_be_bytes());
    leaf
}

#[test]
fn indices_are_dense_unique_and_in_each_threads_order() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::create(folder.path().join("store")).unwrap();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let followed = Arc::new(AtomicU64::new(0));
    let (sink, count) = (shown.clone(), followed.clone());
    vault
        .follow(0, move |leaves, first| {
            let mut shown = sink.lock().unwrap();
            assert_eq!(first, shown.len() as u64);
            shown.extend_from_slice(leaves);
            count.store(shown.len() as u64, Ordering::Release);
        })
        .unwrap();

    let positions: Vec<Vec<u64>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (vault, followed) = (&vault, &followed);
                scope.spawn(move || {
                    let mut firsts = Vec::new();
                    for n in 0..COMMITS {
                        let key = Key::new(thread, [thread; 16], n);
                        let mut commit = Commit::new();
                        commit.put(key, vec![thread; 300]);
                        // Some with two entries, some with none.
                        for _ in 0..(n % 3) {
                            commit.entry(leaf(thread, n), [thread; 16]);
                        }
                        let position = vault.submit(commit).wait().unwrap();
                        assert_eq!(position.count, n % 3);
                        // Once answered it is there for all to see, and the follower has seen it.
                        assert!(vault.size() >= position.first + position.count);
                        let seen = followed.load(Ordering::Acquire);
                        assert!(seen >= position.first + position.count);
                        assert_eq!(vault.get(key).unwrap().unwrap(), vec![thread; 300]);
                        firsts.extend(position.first..position.first + position.count);
                    }
                    firsts
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });

    let all: BTreeSet<u64> = positions.iter().flatten().copied().collect();
    let total = u64::from(THREADS) * COMMITS;
    assert_eq!(all, (0..total).collect());
    assert!(positions.iter().all(|firsts| firsts.is_sorted()));
    let entries = vault.entries(0, usize::MAX).unwrap();
    for (thread, firsts) in (0..).zip(&positions) {
        assert!(
            firsts
                .iter()
                .all(|at| entries[*at as usize].1 == [thread; 16])
        );
    }
    let leaves: Vec<_> = entries.into_iter().map(|(leaf, _)| leaf).collect();
    assert!(*shown.lock().unwrap() == leaves);
}

#[test]
fn a_full_queue_makes_submitters_wait_and_loses_nothing() {
    let vault = Vault::memory().unwrap();
    let large = GROUP_BYTES_MAX / 2 + 1;
    let fits = QUEUE_BYTES_MAX / large;
    thread::scope(|scope| {
        for thread in 0..4u8 {
            let vault = &vault;
            scope.spawn(move || {
                let pending: Vec<_> = (0..fits as u64)
                    .map(|n| {
                        let mut commit = Commit::new();
                        commit.put(Key::new(thread, [0; 16], n), vec![0; large]);
                        commit.entry(leaf(thread, n), [thread; 16]);
                        vault.submit(commit)
                    })
                    .collect();
                for pending in pending {
                    pending.wait().unwrap();
                }
            });
        }
    });
    assert_eq!(vault.size(), 4 * fits as u64);
}

#[test]
fn closing_while_many_submit_answers_everyone_truly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let vault = Vault::create(&path).unwrap();
    let stored: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..8u8)
            .map(|thread| {
                let vault = &vault;
                scope.spawn(move || {
                    (0..)
                        .take_while(|n| {
                            let mut commit = Commit::new();
                            commit.entry(leaf(thread, *n), [thread; 16]);
                            vault.submit(commit).wait().is_ok()
                        })
                        .count() as u64
                })
            })
            .collect();
        thread::sleep(std::time::Duration::from_millis(30));
        vault.close().unwrap();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(Vault::open(&path).unwrap().size(), stored);
}
