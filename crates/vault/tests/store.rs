//! A store in a folder: made, opened, locked, refused.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use strongroom_vault::{Commit, Health, Key, Lineage, Standing, Vault, VaultError};

const KEY: Key = Key::new(7, [3; 16], 0);

fn commit(value: &[u8], leaf: u8) -> Commit {
    let mut commit = Commit::new();
    commit
        .put(KEY, value.to_vec())
        .entry([leaf; 33], [leaf; 16]);
    commit
}

#[test]
fn what_was_committed_is_there_after_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let vault = Vault::create(&path).unwrap();
    assert_eq!(vault.size(), 0);
    let position = vault.submit(commit(b"one", 1)).wait().unwrap();
    assert_eq!((position.first, position.count), (0, 1));
    vault.close().unwrap();

    let vault = Vault::open(&path).unwrap();
    assert_eq!(vault.get(KEY).unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(vault.entries(0, 10).unwrap(), vec![([1; 33], [1; 16])]);
    assert_eq!(vault.submit(commit(b"two", 2)).wait().unwrap().first, 1);
    drop(vault);
    assert_eq!(Vault::open(&path).unwrap().size(), 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn dropping_makes_durable_what_was_submitted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let vault = Vault::create(&path).unwrap();
    let pending: Vec<_> = (0..100).map(|n| vault.submit(commit(&[n], n))).collect();
    drop(vault);
    for (first, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait().unwrap().first, first);
    }
    assert_eq!(Vault::open(&path).unwrap().size(), 100);
}

#[test]
fn a_closed_vault_says_so() {
    let vault = Vault::memory().unwrap();
    let snapshot = vault.snapshot().unwrap();
    vault.close().unwrap();
    vault.close().unwrap();
    let refused = vault.submit(commit(b"late", 1)).wait().unwrap_err();
    assert!(matches!(refused, VaultError::NotStored { .. }), "{refused}");
    assert!(
        matches!(refused.cause(), VaultError::Closed { .. }),
        "{refused}"
    );
    assert!(matches!(vault.get(KEY), Err(VaultError::Closed { .. })));
    assert!(matches!(
        vault.try_recover(),
        Err(VaultError::Closed { .. })
    ));
    assert!(matches!(
        snapshot.get(KEY),
        Ok(None) | Err(VaultError::Stale { .. })
    ));
}

#[test]
fn an_existing_store_is_not_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(Vault::create(&path).unwrap());
    let before = fs::read(&path).unwrap();
    assert!(matches!(
        Vault::create(&path),
        Err(VaultError::Exists { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_creation_that_was_cut_off_leaves_no_store_and_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::write(folder.path().join("store.unfinished"), b"half a header").unwrap();
    assert!(matches!(
        Vault::open(&path),
        Err(VaultError::Missing { .. })
    ));
    drop(Vault::create(&path).unwrap());
    assert_eq!(Vault::open(&path).unwrap().size(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_creation_that_another_is_at_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let other = fs::File::create(folder.path().join("store.unfinished")).unwrap();
    other.lock().unwrap();
    let refused = Vault::create(folder.path().join("store"));
    assert!(matches!(refused, Err(VaultError::InUse { .. })));
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text"), b"a perfectly ordinary text file\n").unwrap();
    fs::write(at("empty"), b"").unwrap();
    let other = redb::Database::create(at("other.redb")).unwrap();
    drop(other);

    assert!(matches!(
        Vault::open(at("text")),
        Err(VaultError::Foreign { .. })
    ));
    assert!(matches!(
        Vault::open(at("other.redb")),
        Err(VaultError::Foreign { .. })
    ));
    assert!(matches!(
        Vault::open(at("empty")),
        Err(VaultError::Damaged { .. })
    ));
    assert!(matches!(
        Vault::open(at("nothing")),
        Err(VaultError::Missing { .. })
    ));
    assert!(matches!(
        Vault::open(folder.path()),
        Err(VaultError::Foreign { .. })
    ));
    assert!(matches!(
        Vault::create(at("no/such/folder")),
        Err(VaultError::Missing { .. })
    ));
    assert_eq!(
        fs::read(at("text")).unwrap(),
        b"a perfectly ordinary text file\n"
    );
    assert!(fs::read(at("empty")).unwrap().is_empty());
}

#[test]
fn a_store_of_a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(Vault::create(&path).unwrap());
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let header: redb::TableDefinition<&str, u64> = redb::TableDefinition::new("strongroom.header");
    transaction
        .open_table(header)
        .unwrap()
        .insert("format", 3)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let refused = Vault::open(&path).unwrap_err();
    assert!(
        matches!(
            refused,
            VaultError::Newer {
                found: 3,
                known: 2,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_ledger_with_a_gap_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let vault = Vault::create(&path).unwrap();
    for n in 0..3 {
        vault.submit(commit(b"x", n)).wait().unwrap();
    }
    drop(vault);
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let ledger: redb::TableDefinition<u64, &[u8; 49]> =
        redb::TableDefinition::new("strongroom.ledger");
    transaction.open_table(ledger).unwrap().remove(1).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(
        Vault::open(&path),
        Err(VaultError::Damaged { .. })
    ));
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root is not held back by modes; the same error is tested with a disk that refuses in `faults`.
    let held_back = fs::write(folder.path().join("probe"), b"").is_err();
    match Vault::create(&path) {
        Err(refused) => {
            assert!(matches!(refused, VaultError::Denied { .. }), "{refused}");
            assert!(refused.to_string().contains("store"), "{refused}");
        }
        Ok(_) => assert!(!held_back),
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_store_that_nobody_may_read_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(Vault::create(&path).unwrap());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn a_second_opener_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let first = Vault::create(&path).unwrap();
    assert!(matches!(Vault::open(&path), Err(VaultError::InUse { .. })));
    assert!(matches!(
        Vault::create(&path),
        Err(VaultError::Exists { .. })
    ));
    first.submit(commit(b"undisturbed", 1)).wait().unwrap();
    drop(first);
    assert_eq!(Vault::open(&path).unwrap().size(), 1);
}

/// Not a test of its own: the process that the next test starts, holds to, and kills.
#[test]
fn holder_process() {
    let Ok(path) = std::env::var("STRONGROOM_VAULT_TEST_HOLD") else {
        return;
    };
    let vault = Vault::create(path).unwrap();
    for n in 0u64.. {
        let mut next = Commit::new();
        next.put(Key::new(1, [0; 16], n), n.to_be_bytes().to_vec())
            .entry([n as u8; 33], [n as u8; 16]);
        vault.submit(next).wait().unwrap();
        println!("acknowledged {n}");
    }
}

#[test]
fn a_killed_process_leaves_no_lock_and_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holder_process", "--nocapture"])
        .env("STRONGROOM_VAULT_TEST_HOLD", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("acknowledged 50\n") {
        assert_ne!(
            lines.read_line(&mut said).unwrap(),
            0,
            "the holder ended: {said}"
        );
    }
    assert!(matches!(Vault::open(&path), Err(VaultError::InUse { .. })));
    holder.kill().unwrap();
    holder.wait().unwrap();
    lines.read_to_string(&mut said).unwrap();

    let vault = Vault::open(&path).unwrap();
    let acknowledged = said
        .lines()
        .filter(|l| l.starts_with("acknowledged"))
        .count() as u64;
    assert!(vault.size() >= acknowledged);
    assert_eq!(vault.scan(1).unwrap().count() as u64, vault.size());
}

#[test]
fn the_first_lineage_stands_and_is_durable() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let standing = |vault: &Vault| vault.snapshot().unwrap().standing().unwrap();
    assert_eq!(standing(&vault).lineage, None);
    let (first, second) = (Lineage([1; 16]), Lineage([2; 16]));
    assert_eq!(vault.begin_lineage(first).unwrap(), first);
    assert_eq!(vault.begin_lineage(second).unwrap(), first);
    vault.submit(commit(b"value", 1)).wait().unwrap();
    let vault = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
    assert_eq!(vault.begin_lineage(second).unwrap(), first);
    let expected = Standing {
        lineage: Some(first),
        entries: 1,
        groups: 1,
    };
    assert_eq!(standing(&vault), expected);
}

#[test]
fn a_lineage_that_could_not_be_written_can_be_begun_after_recovery() {
    for at in 0..8 {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        disk.fail_at(disk.operations() + at, Fault::Syncs);
        let wanted = Lineage([3; 16]);
        if vault.begin_lineage(wanted).is_err() {
            assert!(matches!(vault.health(), Health::Failed(_)));
            assert!(vault.begin_lineage(wanted).is_err(), "until it recovers");
            disk.heal();
            vault.try_recover().unwrap();
            assert_eq!(vault.begin_lineage(wanted).unwrap(), wanted);
        }
        let crashed = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
        let standing = crashed.snapshot().unwrap().standing().unwrap();
        assert_eq!(standing.lineage, Some(wanted));
    }
}

#[test]
fn a_writer_that_is_held_up_says_for_how_long() {
    let vault = Vault::memory().unwrap();
    vault.submit(commit(b"value", 1)).wait().unwrap();
    let (holding, held) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            vault.follow(0, move |_, _| {
                holding.send(()).unwrap();
                let _ = released.recv();
            })
        });
        held.recv().unwrap();
        let first = vault.stalled().expect("the writer is at work");
        thread::sleep(Duration::from_millis(5));
        assert!(vault.stalled().unwrap() >= first + Duration::from_millis(5));
        drop(release);
    });
    vault.close().unwrap();
    assert_eq!(vault.stalled(), None);
}

/// The value with one more byte behind it, if it ends with the byte before.
fn counted_on(from: u8) -> strongroom_vault::Remake {
    std::sync::Arc::new(move |value| {
        let fits = value.last() == Some(&from);
        fits.then(|| [value, &[from + 1]].concat())
    })
}

#[test]
fn rows_are_made_anew_within_their_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let vault = Vault::create(&path).unwrap();
    vault.submit(commit(&[1], 1)).wait().unwrap();
    let mut again = Commit::new();
    let other = Key { counter: 1, ..KEY };
    again
        .remake(KEY, counted_on(1))
        .put(other, vec![5])
        .remake(other, counted_on(5))
        .remake(KEY, counted_on(2))
        .entry([2; 33], [2; 16]);
    assert_eq!(again.bytes(), 4 * Key::BYTES + 1 + 49);
    vault.submit(again).wait().unwrap();
    vault.close().unwrap();
    let vault = Vault::open(&path).unwrap();
    assert_eq!(vault.get(KEY).unwrap().as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!(vault.get(other).unwrap().as_deref(), Some(&[5, 6][..]));
    assert_eq!(vault.size(), 2);
}

#[test]
fn what_cannot_be_made_anew_leaves_everything_as_it_was() {
    let missing = Key { counter: 9, ..KEY };
    for (key, from) in [(KEY, 7), (missing, 1)] {
        let vault = Vault::memory().unwrap();
        vault.submit(commit(&[1], 1)).wait().unwrap();
        let mut again = Commit::new();
        again
            .remake(KEY, counted_on(1))
            .remake(key, counted_on(from))
            .entry([2; 33], [2; 16]);
        let refused = vault.submit(again).wait().unwrap_err();
        assert!(refused.to_string().contains("damaged"), "{refused}");
        assert_eq!(vault.get(KEY).unwrap().as_deref(), Some(&[1][..]));
        vault.try_recover().unwrap();
        assert_eq!(vault.size(), 1);
        vault.submit(commit(&[2], 2)).wait().unwrap();
    }
}

/// More than a commit may hold in memory.
#[test]
fn any_number_of_large_rows_are_made_anew_together() {
    const BYTES: usize = 4 << 20;
    let rows = strongroom_vault::COMMIT_BYTES_MAX / BYTES + 2;
    let vault = Vault::memory().unwrap();
    let keys = (0..rows as u64).map(|counter| Key { counter, ..KEY });
    for key in keys.clone() {
        let mut row = Commit::new();
        row.put(key, vec![1; BYTES]);
        vault.submit(row).wait().unwrap();
    }
    let mut all = Commit::new();
    for key in keys.clone() {
        all.remake(key, counted_on(1));
    }
    vault.submit(all).wait().unwrap();
    for key in keys {
        assert_eq!(vault.get(key).unwrap().unwrap().len(), BYTES + 1);
    }
}
