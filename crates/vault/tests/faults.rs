//! A disk that fails and comes back: everyone is told the same, and recovery keeps every promise.

mod support;

use std::sync::{Arc, Mutex};

use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use strongroom_vault::{Commit, Health, Key, Resolved, Vault, VaultError};
use support::{State, as_one_group, script};

fn entry(n: u8) -> Commit {
    let mut commit = Commit::new();
    commit.entry([n; 33], [n; 16]);
    commit
}

/// Runs the script on a disk that fails at its operation number `at` after the store was made.
///
/// Each time a group fails it heals the disk and recovers, and believes what that says about the
/// group. Returns how the group in doubt was resolved, if one was.
fn run(at: u64, fault: Fault) -> Option<Resolved> {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    disk.fail_at(disk.operations() + at, fault);
    let mut state = State::default();
    let mut resolved = None;
    for group in script() {
        let answers = as_one_group(&vault, group.iter().map(|step| step.commit()).collect());
        let mut stored: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        if let Some(error) = answers.iter().find_map(|answer| answer.as_ref().err()) {
            assert!(disk.is_failing(), "{error}");
            let in_doubt: Vec<bool> = answers
                .iter()
                .map(|a| matches!(a, Err(VaultError::InDoubt { .. })))
                .collect();
            assert!(matches!(vault.health(), Health::Failed(_)));
            let refused = vault.submit(entry(1)).wait().unwrap_err();
            assert!(matches!(refused, VaultError::NotStored { .. }), "{refused}");
            assert_eq!(refused.cause().to_string(), error.cause().to_string());
            assert!(vault.try_recover().is_err() || fault == Fault::Reads);

            disk.heal();
            let recovery = vault.try_recover().unwrap();
            assert!(matches!(vault.health(), Health::Open));
            assert_eq!(recovery.size, vault.size());
            if let Some(Resolved::Stored(_)) = recovery.in_doubt {
                for (stored, in_doubt) in stored.iter_mut().zip(&in_doubt) {
                    *stored |= in_doubt;
                }
            }
            assert!(recovery.in_doubt.is_none() || in_doubt.contains(&true));
            resolved = recovery.in_doubt.or(resolved);
        }
        for (step, stored) in group.iter().zip(stored) {
            if stored {
                step.apply(&mut state);
            }
        }
        assert!(
            State::of(&vault).unwrap() == state,
            "as told, at {at} with {fault:?}"
        );
        // What is told is durable, though pages of a failed sync never reached the disk.
        let crashed = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
        assert!(
            State::of(&crashed).unwrap() == state,
            "after a crash, at {at} with {fault:?}"
        );
    }
    resolved
}

/// Every operation of the script is where the fault sets in, once; says how doubts were resolved.
fn at_every_operation(fault: Fault) -> (u32, u32) {
    let whole = {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        let before = disk.operations();
        for group in script() {
            as_one_group(&vault, group.iter().map(|step| step.commit()).collect());
        }
        disk.operations() - before
    };
    let (mut stored, mut lost) = (0, 0);
    for at in 0..whole {
        match run(at, fault) {
            Some(Resolved::Stored(_)) => stored += 1,
            Some(Resolved::NotStored) => lost += 1,
            None => {}
        }
    }
    (stored, lost)
}

#[test]
fn writes_fail_at_every_operation() {
    let (_, lost) = at_every_operation(Fault::Writes);
    assert!(lost > 0);
}

#[test]
fn the_disk_is_full_at_every_operation() {
    let (_, lost) = at_every_operation(Fault::Full);
    assert!(lost > 0);
}

#[test]
fn syncs_fail_at_every_operation() {
    // A sync that fails in the first phase loses the group; in the second the root was written.
    let (stored, lost) = at_every_operation(Fault::Syncs);
    assert!(stored > 0 && lost > 0, "{stored} stored, {lost} lost");
}

#[test]
fn the_power_comes_back_at_every_operation() {
    at_every_operation(Fault::PowerLost);
}

#[test]
fn a_follower_sees_every_leaf_once_whatever_fails() {
    for at in 0..60 {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let sink = shown.clone();
        vault
            .follow(0, move |leaves, first| {
                let mut shown = sink.lock().unwrap();
                assert_eq!(first, shown.len() as u64);
                shown.extend_from_slice(leaves);
            })
            .unwrap();
        disk.fail_at(disk.operations() + at, Fault::Syncs);
        for n in 0..20 {
            let answer = vault.submit(entry(n)).wait();
            let durable = vault.entries(0, 100);
            if answer.is_err() {
                disk.heal();
                vault.try_recover().unwrap();
            } else if let Ok(durable) = durable {
                assert_eq!(durable.last(), Some(&([n; 33], [n; 16])));
            }
            let leaves = vault
                .entries(0, 100)
                .unwrap()
                .into_iter()
                .map(|(leaf, _)| leaf);
            assert_eq!(*shown.lock().unwrap(), leaves.collect::<Vec<_>>());
        }
    }
}

#[test]
fn each_fault_is_said_in_its_own_words() {
    for (fault, word) in [
        (Fault::Full, "Make room"),
        (Fault::ReadOnly, "not permitted"),
        (Fault::Writes, "Check the disk"),
    ] {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        disk.fail_now(fault);
        let refused = vault.submit(entry(1)).wait().unwrap_err();
        assert!(refused.to_string().contains(word), "{refused}");
        let still = vault.try_recover().unwrap_err();
        assert!(still.to_string().contains(word), "{still}");
        drop(vault);
        let unopened = Vault::with_backend(disk.clone()).unwrap_err();
        assert!(unopened.to_string().contains(word), "{unopened}");
        disk.heal();
        assert_eq!(Vault::with_backend(disk).unwrap().size(), 0);
    }
}

#[test]
fn everything_queued_behind_a_failure_fails_with_its_cause() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    vault.submit(entry(0)).wait().unwrap();
    disk.fail_now(Fault::Full);
    let answers = as_one_group(&vault, (1..100).map(entry).collect());
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(matches!(error.cause(), VaultError::Full { .. }), "{error}");
    }
    assert_eq!(vault.size(), 1);
    disk.heal();
    assert_eq!(vault.try_recover().unwrap().size, 1);
    assert_eq!(vault.submit(entry(100)).wait().unwrap().first, 1);
}

#[test]
fn a_reading_that_fails_closes_the_vault_until_it_recovers() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let key = Key::new(0, [0; 16], 0);
    let mut commit = Commit::new();
    commit.put(key, vec![1; 100]);
    vault.submit(commit).wait().unwrap();
    drop(vault);

    let vault = Vault::with_backend(disk.clone()).unwrap();
    let snapshot = vault.snapshot().unwrap();
    disk.fail_now(Fault::Reads);
    let failed = vault.get(key).and_then(|_| snapshot.get(key));
    let Err(error) = failed else {
        // The page was in memory: then nothing failed, and nothing is closed.
        assert!(matches!(vault.health(), Health::Open));
        return;
    };
    assert!(matches!(error, VaultError::Io { .. }), "{error}");
    let refused = vault.submit(entry(1)).wait().unwrap_err();
    assert!(
        matches!(refused.cause(), VaultError::Io { .. }),
        "{refused}"
    );
    disk.heal();
    vault.try_recover().unwrap();
    assert_eq!(vault.get(key).unwrap().unwrap(), [1; 100]);
    assert!(matches!(snapshot.scan(0), Err(VaultError::Stale { .. })));
    assert!(
        matches!(vault.health(), Health::Open),
        "an old view closes nothing"
    );
}

#[test]
fn recovering_a_sound_vault_changes_nothing() {
    let vault = Vault::memory().unwrap();
    vault.submit(entry(1)).wait().unwrap();
    let snapshot = vault.snapshot().unwrap();
    let recovery = vault.try_recover().unwrap();
    assert_eq!((recovery.size, recovery.in_doubt), (1, None));
    assert_eq!(snapshot.entries(0, 5).unwrap().len(), 1);
}

#[test]
fn a_follower_that_panics_stops_the_vault_and_no_one_waits_for_ever() {
    let vault = Vault::memory().unwrap();
    vault.follow(0, |_, _| panic!("planned")).unwrap();
    let first = vault.submit(entry(1)).wait().unwrap_err();
    assert!(
        matches!(first.cause(), VaultError::Stopped { .. }),
        "{first}"
    );
    assert!(
        matches!(first, VaultError::InDoubt { .. }),
        "it was stored, in fact: {first}"
    );
    let later = vault.submit(entry(2)).wait().unwrap_err();
    assert!(matches!(later, VaultError::NotStored { .. }), "{later}");
    assert!(matches!(
        vault.try_recover(),
        Err(VaultError::Stopped { .. })
    ));
    assert!(matches!(vault.close(), Err(VaultError::Stopped { .. })));
}
