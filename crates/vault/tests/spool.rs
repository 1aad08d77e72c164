//! The spool: what it acknowledged is there after whatever crash, and it takes no more than its own space.

use strongroom_vault::testing::{Fault, FaultDisk, Loss, Machine};
use strongroom_vault::{Key, SLOT_BYTES, Spool, SpoolError};

const SLOTS: usize = 8;

fn key(n: u8) -> Key {
    Key::new(16, [n; 16], 1)
}

fn value(n: u8, len: usize) -> Vec<u8> {
    vec![n; len]
}

#[test]
fn it_gives_back_what_it_took_also_after_it_was_closed() {
    let disk = FaultDisk::new();
    let spool = Spool::on(disk.clone(), SLOTS).unwrap();
    assert_eq!(spool.free_bytes(), spool.bytes());
    spool.put(key(1), &value(1, 10), 0).unwrap();
    spool.put(key(2), &value(2, 2 * SLOT_BYTES + 1), 0).unwrap();
    spool.put(key(3), &[], 0).unwrap();
    assert!(matches!(spool.put(key(1), &[], 0), Err(SpoolError::There)));
    assert_eq!(spool.free_bytes(), 3 * SLOT_BYTES as u64);
    drop(spool);
    let spool = Spool::on(disk, SLOTS).unwrap();
    assert_eq!(spool.keys(), [key(1), key(2), key(3)]);
    assert_eq!(spool.get(key(1)).unwrap().unwrap(), value(1, 10));
    assert_eq!(
        spool.get(key(2)).unwrap().unwrap(),
        value(2, 2 * SLOT_BYTES + 1)
    );
    assert_eq!(spool.get(key(3)).unwrap().unwrap(), []);
    assert_eq!(spool.get(key(4)).unwrap(), None);
    assert_eq!(
        (spool.free_bytes(), spool.damaged()),
        (3 * SLOT_BYTES as u64, 0)
    );
}

#[test]
fn it_takes_no_more_than_its_space_and_leaves_what_is_to_be_left() {
    let disk = FaultDisk::new();
    // The disk has no page more than the spool's own.
    let size = SLOTS * (SLOT_BYTES + 64);
    disk.limit(Some(size.next_multiple_of(4096)));
    let spool = Spool::on(disk.clone(), SLOTS).unwrap();
    let full = |spool: &Spool, n: u8, slots: usize, keep: u64| {
        let put = spool.put(key(n), &value(n, slots * SLOT_BYTES), keep);
        matches!(put, Err(SpoolError::Full))
    };
    assert!(full(&spool, 9, SLOTS + 1, 0));
    assert!(full(&spool, 9, SLOTS, 1));
    spool
        .put(key(1), &value(1, 5 * SLOT_BYTES), 3 * SLOT_BYTES as u64)
        .unwrap();
    assert!(full(&spool, 9, 1, 3 * SLOT_BYTES as u64));
    for n in 2..=4 {
        spool.put(key(n), &value(n, SLOT_BYTES), 0).unwrap();
    }
    assert!(full(&spool, 9, 1, 0));
    // What is removed makes room, and leaves no byte of it behind.
    spool.remove(key(3)).unwrap();
    spool.remove(key(3)).unwrap();
    assert!(!disk.image().windows(64).any(|w| w == [3; 64]));
    assert!(full(&spool, 9, 2, 0));
    spool.put(key(5), &value(5, SLOT_BYTES), 0).unwrap();
    assert_eq!(spool.get(key(5)).unwrap().unwrap(), value(5, SLOT_BYTES));
    assert_eq!(disk.image().len(), size);
}

#[test]
fn a_disk_without_room_for_all_of_it_makes_none() {
    let disk = FaultDisk::new();
    disk.limit(Some(SLOT_BYTES));
    assert!(Spool::on(disk, SLOTS).is_err());
}

#[test]
fn after_a_fault_it_refuses_until_it_is_opened_again() {
    for fault in [Fault::Writes, Fault::Syncs, Fault::Full, Fault::ReadOnly] {
        let disk = FaultDisk::new();
        let spool = Spool::on(disk.clone(), SLOTS).unwrap();
        spool.put(key(1), &value(1, 10), 0).unwrap();
        disk.fail_now(fault);
        assert!(matches!(
            spool.put(key(2), &value(2, 10), 0),
            Err(SpoolError::Disk(_))
        ));
        disk.heal();
        assert!(matches!(
            spool.put(key(3), &value(3, 10), 0),
            Err(SpoolError::Disk(_))
        ));
        assert!(matches!(spool.get(key(1)), Err(SpoolError::Disk(_))));
        assert!(matches!(spool.remove(key(1)), Err(SpoolError::Disk(_))));
        let spool = Spool::on(disk, SLOTS).unwrap();
        assert_eq!(spool.get(key(1)).unwrap().unwrap(), value(1, 10));
        spool.put(key(3), &value(3, 10), 0).unwrap();
    }
}

#[test]
fn an_entry_that_is_none_is_left_alone_and_told() {
    let disk = FaultDisk::new();
    let spool = Spool::on(disk.clone(), SLOTS).unwrap();
    spool.put(key(1), &value(1, 10), 0).unwrap();
    spool.put(key(2), &value(2, SLOT_BYTES + 1), 0).unwrap();
    drop(spool);
    let image = disk.image();
    // Each byte of the first two entries in turn.
    for at in 0..128 {
        let mut changed = image.clone();
        changed[at] ^= 0x40;
        let spool = Spool::on(FaultDisk::from_image(changed), SLOTS).unwrap();
        let there = |n: u8, len: usize| {
            spool
                .get(key(n))
                .unwrap()
                .is_some_and(|v| v == value(n, len))
        };
        let (whole, other) = if at < 64 {
            (there(2, SLOT_BYTES + 1), there(1, 10))
        } else {
            (there(1, 10), there(2, SLOT_BYTES + 1))
        };
        assert!(!other, "byte {at}");
        // A length that reaches into another's slots takes the other's entry for damaged, and is told.
        assert!(whole || spool.damaged() > 0, "byte {at}");
        for n in 5..12 {
            let _ = spool.put(key(n), &value(n, 100), 0);
        }
        assert_eq!(whole, {
            let spool_keys = spool.keys();
            let kept = if at < 64 { key(2) } else { key(1) };
            spool_keys.contains(&kept) && spool.get(kept).unwrap().is_some()
        });
    }
}

#[test]
fn whatever_crash_comes_what_was_acknowledged_is_there_and_nothing_else_is_half() {
    let machine = Machine::recording();
    let disk = machine.disk("spool");
    let spool = Spool::on(disk, SLOTS).unwrap();
    // How far the machine was when something was acknowledged, and what was there then.
    let mut acknowledged = vec![(machine.operations(), Vec::new())];
    let mut there: Vec<(u8, usize)> = Vec::new();
    let begun = machine.operations();
    for (n, len) in [(1, 10), (2, SLOT_BYTES + 5), (3, 100), (4, 3 * SLOT_BYTES)] {
        spool.put(key(n), &value(n, len), 0).unwrap();
        there.push((n, len));
        acknowledged.push((machine.operations(), there.clone()));
        if n == 3 {
            spool.remove(key(2)).unwrap();
            there.retain(|(n, _)| *n != 2);
            acknowledged.push((machine.operations(), there.clone()));
        }
    }
    let recording = machine.recorded();
    let mut replay = recording.replay();
    let mut crashes = 0;
    for operation in begun..=recording.operations() {
        replay.to(operation);
        let at = acknowledged
            .iter()
            .rposition(|(at, _)| *at <= operation)
            .unwrap();
        let before = &acknowledged[at].1;
        let after = acknowledged.get(at + 1).map_or(before, |(_, there)| there);
        for loss in [
            Loss::All,
            Loss::Nothing,
            Loss::Drawn(operation),
            Loss::Drawn(operation + 99),
        ] {
            let left = replay.crash(loss);
            let spool = Spool::on(left.disk("spool"), SLOTS).unwrap();
            crashes += 1;
            assert_eq!(spool.damaged(), 0, "operation {operation}");
            for key in spool.keys() {
                let value_of = spool.get(key).unwrap().unwrap();
                let n = key.id[0];
                let known = before.iter().chain(after).find(|(m, _)| *m == n);
                let (_, len) = known.expect("nothing is there that was not put");
                assert_eq!(
                    value_of,
                    value(n, *len),
                    "operation {operation}: {n} is whole"
                );
            }
            let kept = before.iter().filter(|had| after.contains(had));
            for (n, _) in kept {
                assert!(
                    spool.holds(key(*n)),
                    "operation {operation}: {n} was acknowledged"
                );
            }
        }
    }
    assert!(crashes > 40, "{crashes}");
}

#[test]
fn a_file_has_its_space_from_the_beginning() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("disclosures.spool");
    let spool = Spool::open(&path).unwrap();
    let meta = std::fs::metadata(&path).unwrap();
    assert_eq!(meta.len(), strongroom_vault::SPOOL_BYTES);
    assert!(
        meta.blocks() * 512 >= strongroom_vault::SPOOL_BYTES,
        "its blocks are set aside"
    );
    assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    spool.put(key(1), &value(1, 10), 0).unwrap();
    assert!(Spool::open(&path).is_err(), "one process has it");
    drop(spool);
    let spool = Spool::open(&path).unwrap();
    assert_eq!(spool.get(key(1)).unwrap().unwrap(), value(1, 10));
}
