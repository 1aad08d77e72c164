//! Disks that fill up, hang, and are slow.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use strongroom_vault::{Health, Resolved, Vault, VaultError};
use support::{State, as_one_group, script};

/// How much larger the disk is each time.
const STEP: usize = 16 << 10;

#[test]
fn a_disk_of_every_size_is_full_in_its_own_words_and_goes_on_when_there_is_room() {
    let (mut unmade, mut refused) = (0, 0);
    for limit in (0..).step_by(STEP) {
        let disk = FaultDisk::new();
        disk.limit(Some(limit));
        let vault = match Vault::with_backend(disk.clone()) {
            Ok(vault) => vault,
            Err(error) => {
                assert_is_full(&error);
                unmade += 1;
                continue;
            }
        };
        let mut state = State::default();
        let mut failed = false;
        for group in script() {
            let commits = || group.iter().map(|step| step.commit()).collect();
            let mut answers = as_one_group(&vault, commits());
            if answers.iter().any(Result::is_err) {
                failed = true;
                for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                    assert_is_full(error);
                }
                // What stood before can be read, and nothing more is taken.
                assert!(State::of(&vault).unwrap() == state);
                if let Err(error) = vault.try_recover() {
                    assert_is_full(&error);
                    assert!(matches!(
                        vault.health(),
                        Health::Failed(VaultError::Full { .. })
                    ));
                }
                disk.limit(None);
                let recovery = vault.try_recover().unwrap();
                assert!(!matches!(recovery.in_doubt, Some(Resolved::Stored(_))));
                assert!(State::of(&vault).unwrap() == state);
                answers = as_one_group(&vault, commits());
            }
            assert!(answers.iter().all(Result::is_ok));
            group.iter().for_each(|step| step.apply(&mut state));
            let crashed = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
            assert!(State::of(&crashed).unwrap() == state);
        }
        if !failed {
            break;
        }
        refused += 1;
    }
    assert!(unmade > 0 && refused > 10, "{unmade} and {refused}");
}

fn assert_is_full(error: &VaultError) {
    assert!(matches!(error.cause(), VaultError::Full { .. }), "{error}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
}

#[test]
fn a_disk_that_hangs_shows_at_once_and_goes_on_when_it_is_released() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let commit = || script()[0][0].commit();
    vault.submit(commit()).wait().unwrap();
    let begun = Instant::now();
    let hanging = disk.hang();
    let pending = vault.submit(commit());
    let stalled = loop {
        match vault.stalled() {
            Some(stalled) if stalled >= Duration::from_millis(20) => break stalled,
            _ => assert!(begun.elapsed() < Duration::from_secs(20)),
        }
        thread::sleep(Duration::from_millis(1));
    };
    assert!(stalled <= begun.elapsed());
    // What takes no disk still answers.
    assert!(matches!(vault.health(), Health::Open));
    assert_eq!(vault.size(), 1);
    hanging.release();
    pending.wait().unwrap();
    vault.close().unwrap();
    assert_eq!(vault.stalled(), None);
}

#[test]
fn a_recovery_that_hangs_shows_too() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    disk.fail_now(Fault::Writes);
    let failed = vault.submit(script()[0][0].commit()).wait();
    assert!(failed.is_err());
    disk.heal();
    thread::scope(|scope| {
        let hanging = disk.hang();
        let recovering = scope.spawn(|| vault.try_recover());
        let begun = Instant::now();
        while vault
            .stalled()
            .is_none_or(|stalled| stalled < Duration::from_millis(10))
        {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(1));
        }
        hanging.release();
        recovering.join().unwrap().unwrap();
    });
    vault.submit(script()[0][0].commit()).wait().unwrap();
}

#[test]
fn a_slow_disk_is_only_slow() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    disk.slow(Duration::from_millis(10));
    let begun = Instant::now();
    let pending: Vec<_> = (0..50)
        .map(|_| vault.submit(script()[0][0].commit()))
        .collect();
    for pending in pending {
        pending.wait().unwrap();
    }
    // Two syncs a group, and all that waits goes in one group.
    assert!(begun.elapsed() >= Duration::from_millis(20));
    assert!(matches!(vault.health(), Health::Open));
    assert_eq!(vault.size(), 50);
}
