//! What the disk holds, verified beside a store that is in use: damage that the cache hides is found, and what
//! a commit changes meanwhile is never told as damage.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use strongroom_vault::testing::{Fault, FaultDisk};
use strongroom_vault::{Commit, Health, Key, PagesRead, StorageBackend, Vault, VaultError};

/// redb's page, in bytes.
const PAGE: usize = 4096;

/// How many walks are made under load.
const WALKS: usize = 200;

fn go_on(_: PagesRead) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn key(n: u8) -> Key {
    Key::new(n % 3, [n; 16], 0)
}

fn value(n: u8) -> Vec<u8> {
    vec![n; [3, 300, 4000, 20_000][usize::from(n % 4)]]
}

fn fill(vault: &Vault) {
    for n in 0..40u8 {
        let mut commit = Commit::new();
        commit.put(key(n), value(n));
        commit.entry([n; 33], [n; 16]);
        vault.submit(commit).wait().unwrap();
    }
}

#[track_caller]
fn assert_sound(vault: &Vault) {
    let seen = vault.verify_pages(&mut go_on);
    assert!(matches!(seen, Ok(ControlFlow::Continue(()))), "{seen:?}");
}

#[test]
fn a_page_that_is_destroyed_on_the_disk_is_found_and_the_vault_goes_on_answering() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    fill(&vault);
    assert_sound(&vault);
    let image = disk.image();
    let mut found = 0;
    for (page, bytes) in image.chunks(PAGE).enumerate() {
        let at = bytes.len() / 2;
        let at = (page * PAGE + bytes.iter().position(|b| *b != 0).unwrap_or(at)) as u64;
        let old = image[at as usize];
        disk.write(at, &[old ^ 0x10]).unwrap();
        let seen = vault.verify_pages(&mut go_on);
        // What does not open any more is what is found, and nothing else.
        let opens = Vault::with_backend(FaultDisk::from_image(disk.image())).is_ok();
        assert!(opens || seen.is_err(), "page {page} was not found");
        assert!(!opens || seen.is_ok() || page == 0, "page {page}: {seen:?}");
        found += usize::from(seen.is_err());
        for n in 0..40 {
            assert_eq!(vault.get(key(n)).unwrap(), Some(value(n)));
        }
        assert!(matches!(vault.health(), Health::Open));
        disk.write(at, &[old]).unwrap();
    }
    assert!(found > 40, "{found} pages");
    assert_sound(&vault);
    let image = disk.image();
    disk.write(PAGE as u64, &vec![0; image.len() - PAGE])
        .unwrap();
    let all = vault.verify_pages(&mut go_on).unwrap_err();
    assert!(matches!(all, VaultError::Damaged { .. }), "{all}");
}

#[test]
fn an_older_copy_put_in_its_place_is_found() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    fill(&vault);
    let older = disk.image();
    let mut commit = Commit::new();
    commit.put(key(1), vec![7; 9]);
    vault.submit(commit).wait().unwrap();
    assert_sound(&vault);
    assert_eq!(disk.image().len(), older.len());
    disk.write(0, &older).unwrap();
    let found = vault.verify_pages(&mut go_on).unwrap_err();
    assert!(found.to_string().contains("header"), "{found}");
}

#[test]
fn a_disk_that_cannot_be_read_is_an_error_that_says_so() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    fill(&vault);
    disk.fail_now(Fault::Reads);
    let found = vault.verify_pages(&mut go_on).unwrap_err();
    assert!(matches!(found, VaultError::Io { .. }), "{found}");
    disk.heal();
    assert_sound(&vault);
    vault.close().unwrap();
    let closed = vault.verify_pages(&mut go_on).unwrap_err();
    assert!(matches!(closed, VaultError::Closed { .. }), "{closed}");
}

#[test]
fn it_can_be_stopped_and_tells_how_far_it_is() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    fill(&vault);
    let mut hanging = Some(disk.hang());
    let mut told = None;
    let seen = vault.verify_pages(&mut |read| {
        told = Some(read);
        hanging.take();
        ControlFlow::Break(())
    });
    assert!(matches!(seen, Ok(ControlFlow::Break(()))), "{seen:?}");
    assert!(told.is_some());
    assert_sound(&vault);
}

/// Walks while four threads write, replace and delete; tells how many walks the writer was held for.
fn walks_under_load(vault: &Vault) {
    fill(vault);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..4u8 {
            let (vault, done) = (vault, &done);
            scope.spawn(move || {
                for n in 0u64.. {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut commit = Commit::new();
                    let id = [thread; 16];
                    commit.put(
                        Key::new(9, id, n % 50),
                        vec![n as u8; (n as usize * 997) % 9000],
                    );
                    commit.delete(Key::new(9, id, (n * 7) % 50));
                    commit.entry([thread; 33], id);
                    vault.submit(commit).wait().unwrap();
                }
            });
        }
        for n in 0..WALKS {
            let seen = vault.verify_pages(&mut go_on);
            if !matches!(seen, Ok(ControlFlow::Continue(()))) {
                done.store(true, Ordering::Relaxed);
                panic!("walk {n}: {seen:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_written_meanwhile_is_never_told_as_damage() {
    walks_under_load(&Vault::memory().unwrap());
    let folder = tempfile::tempdir().unwrap();
    walks_under_load(&Vault::create(folder.path().join("store")).unwrap());
}
