//! The slot file: what is drawn is there after a crash, what is wiped is gone, and another file is not taken for it.

use std::fs;

use strongroom_vault::slots::{
    DRAWN_PAGES, Named, SLOTS_IN_PAGE, SLOTS_MAX, Slot, SlotNumber, Slots, SlotsError, SlotsId,
};
use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use strongroom_vault::{StorageBackend, Vault};

const ROOM: [u8; 16] = [7; 16];
const DRAWN: u64 = DRAWN_PAGES * SLOTS_IN_PAGE;

/// Fills each key with a number that counts up, from one on.
fn keys(from: u8) -> impl FnMut(&mut [u8]) {
    let mut n = u64::from(from) << 32;
    move |key| {
        n += 1;
        key.fill(0xa5);
        key[..8].copy_from_slice(&n.to_be_bytes());
    }
}

fn open(disk: &FaultDisk, named: Option<Named>) -> Result<Slots, SlotsError> {
    let vault = Vault::with_backends(FaultDisk::new(), disk.clone()).unwrap();
    vault
        .slots()
        .open(ROOM, named, SlotsId([1; 16]))
        .map(Option::unwrap)
}

fn named(drawn: u64) -> Option<Named> {
    Some(Named {
        id: SlotsId([1; 16]),
        drawn,
    })
}

fn key(slots: &Slots, number: u64) -> Option<[u8; 32]> {
    match slots.read(SlotNumber(number)).unwrap() {
        Slot::Key(key) => Some(*key),
        _ => None,
    }
}

#[test]
fn what_is_drawn_is_read_again_and_what_is_wiped_is_not() {
    let disk = FaultDisk::new();
    let slots = open(&disk, None).unwrap();
    assert_eq!(slots.drawn(), 0);
    assert!(matches!(slots.read(SlotNumber(0)).unwrap(), Slot::None));
    assert_eq!(slots.draw(&mut keys(1)).unwrap(), DRAWN);
    let all: Vec<_> = (0..DRAWN).map(|n| key(&slots, n).unwrap()).collect();
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len() as u64, DRAWN);

    slots.wipe(SlotNumber(100)).unwrap();
    assert!(matches!(slots.read(SlotNumber(100)).unwrap(), Slot::Wiped));
    slots.wipe(SlotNumber(100)).unwrap();
    let image = disk.after_crash(Loss::All).image();
    let there = |key: &[u8; 32]| image.windows(32).any(|bytes| bytes == key);
    assert!(!there(&all[100]) && there(&all[99]) && there(&all[101]));

    let again = open(&disk.after_crash(Loss::All), named(DRAWN)).unwrap();
    for n in 0..DRAWN {
        assert_eq!(key(&again, n), (n != 100).then_some(all[n as usize]), "{n}");
    }
    let copied: Vec<u8> = (0..DRAWN)
        .step_by(strongroom_vault::slots::SLOTS_READ_MAX)
        .flat_map(|n| again.keys_from(n).unwrap().to_vec())
        .collect();
    let mut expected = all.clone();
    expected[100] = [0; 32];
    assert_eq!(copied, expected.concat());

    let fresh = open(&FaultDisk::new(), None).unwrap();
    for part in copied.chunks(32 * SLOTS_IN_PAGE as usize * 5) {
        fresh.put(part).unwrap();
    }
    assert_eq!(fresh.drawn(), DRAWN);
    for n in 0..DRAWN {
        assert_eq!(key(&fresh, n), key(&again, n), "{n}");
    }
}

#[test]
fn loss_of_power_at_every_write_keeps_what_counts() {
    let (mut cuts, mut gone, mut kept) = (0, 0, 0);
    for cut in 0.. {
        let disk = FaultDisk::new();
        disk.fail_at(disk.operations() + cut, Fault::PowerLost);
        // What was promised: slots that count, and one that is wiped, or may be.
        let (mut counted, mut wiped) = (None, None);
        let done = (|| {
            let slots = open(&disk, None)?;
            counted = Some(0);
            counted = Some(slots.draw(&mut keys(1))?);
            counted = Some(slots.draw(&mut keys(2))?);
            wiped = Some(false);
            slots.wipe(SlotNumber(5))?;
            wiped = Some(true);
            Ok::<_, SlotsError>(())
        })();
        let whole = done.is_ok();
        cuts += 1;
        let losses = (0..12).map(|n| Loss::Drawn(cut * 12 + n));
        for loss in losses.chain([Loss::All, Loss::Nothing]) {
            let left = disk.after_crash(loss);
            let slots = match counted {
                // The store names no file before it is made.
                None => open(&left, None),
                Some(drawn) => open(&left, named(drawn)),
            };
            let slots = slots.unwrap_or_else(|e| panic!("cut {cut}, {loss:?}: {e}"));
            for n in 0..counted.unwrap_or(0) {
                match (n, wiped) {
                    (5, Some(true)) => {
                        assert!(matches!(slots.read(SlotNumber(5)).unwrap(), Slot::Wiped));
                        gone += 1;
                    }
                    // Whoever wipes does it again.
                    (5, Some(false)) => {
                        slots.wipe(SlotNumber(5)).unwrap();
                        assert!(matches!(slots.read(SlotNumber(5)).unwrap(), Slot::Wiped));
                        kept += 1;
                    }
                    _ => assert!(key(&slots, n).is_some(), "cut {cut}, {loss:?}: slot {n}"),
                }
            }
            // It goes on, over what a drawing left that does not count.
            let before = slots.drawn();
            slots.draw(&mut keys(9)).unwrap();
            assert!((before..slots.drawn()).all(|n| key(&slots, n).is_some()));
        }
        if whole {
            break;
        }
    }
    assert!(cuts > 8 && gone > 0 && kept > 0, "{cuts} {gone} {kept}");
}

#[test]
fn a_disk_that_fails_counts_nothing() {
    for fault in [Fault::Writes, Fault::Syncs, Fault::Full, Fault::ReadOnly] {
        let disk = FaultDisk::new();
        let slots = open(&disk, None).unwrap();
        slots.draw(&mut keys(1)).unwrap();
        let (first, last) = (key(&slots, 0), key(&slots, DRAWN - 1));
        disk.fail_now(fault);
        let failed = slots.draw(&mut keys(2)).unwrap_err();
        assert!(
            matches!(failed, SlotsError::Io { .. }) && failed.may_pass(),
            "{fault:?}"
        );
        assert!(slots.wipe(SlotNumber(3)).is_err(), "{fault:?}");
        assert_eq!(slots.drawn(), DRAWN);
        disk.heal();
        assert_eq!(slots.draw(&mut keys(3)).unwrap(), 2 * DRAWN);
        slots.wipe(SlotNumber(3)).unwrap();
        let again = open(&disk.after_crash(Loss::All), named(2 * DRAWN)).unwrap();
        assert_eq!((key(&again, 0), key(&again, DRAWN - 1)), (first, last));
        assert!(matches!(again.read(SlotNumber(3)).unwrap(), Slot::Wiped));
        assert!((DRAWN..2 * DRAWN).all(|n| key(&again, n) == key(&slots, n)));
    }
}

#[test]
fn another_file_is_told_by_what_it_is() {
    let disk = FaultDisk::new();
    let slots = open(&disk, None).unwrap();
    slots.draw(&mut keys(1)).unwrap();
    let image = disk.image();
    let on = |image: Vec<u8>, named| open(&FaultDisk::from_image(image), named);
    assert!(on(image.clone(), named(DRAWN)).is_ok());
    assert!(matches!(
        on(Vec::new(), named(0)),
        Err(SlotsError::Missing { .. })
    ));
    assert!(matches!(
        on(image.clone(), named(DRAWN + 1)),
        Err(SlotsError::Short { .. })
    ));
    let cut = image[..image.len() - 1].to_vec();
    assert!(matches!(
        on(cut, named(DRAWN)),
        Err(SlotsError::Short { .. })
    ));
    let too_many = named(SLOTS_MAX + 1);
    assert!(matches!(
        on(image.clone(), too_many),
        Err(SlotsError::Short { .. })
    ));
    // One with slots, beside a store that names none, is of a newer copy: it is not begun anew.
    assert!(matches!(
        on(image.clone(), None),
        Err(SlotsError::Other { .. })
    ));
    let other = Some(Named {
        id: SlotsId([2; 16]),
        drawn: DRAWN,
    });
    assert!(matches!(
        on(image.clone(), other),
        Err(SlotsError::Other { .. })
    ));
    for (bit, expected) in [
        (0, "not a slot file"),
        (17 * 8, "damaged"),
        (20 * 8, "damaged"),
    ] {
        let mut changed = image.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = on(changed, named(DRAWN)).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(matches!(
        on(vec![0; 100], named(0)),
        Err(SlotsError::Foreign { .. })
    ));

    let vault = Vault::with_backends(FaultDisk::new(), FaultDisk::from_image(image)).unwrap();
    let of_other_room = vault.slots().open([8; 16], named(DRAWN), SlotsId([1; 16]));
    assert!(matches!(of_other_room, Err(SlotsError::OtherRoom { .. })));

    let nowhere = Vault::with_backend(FaultDisk::new()).unwrap();
    assert!(
        nowhere
            .slots()
            .open(ROOM, None, SlotsId([1; 16]))
            .unwrap()
            .is_none()
    );
    let named = nowhere.slots().open(ROOM, named(0), SlotsId([1; 16]));
    assert!(matches!(named, Err(SlotsError::Missing { .. })));
}

#[test]
fn a_changed_bit_of_a_slot_is_found_and_touches_no_other() {
    let disk = FaultDisk::new();
    let slots = open(&disk, None).unwrap();
    slots.draw(&mut keys(1)).unwrap();
    disk.write(4096 + 48 * 3 + 40, &[0xee]).unwrap();
    assert!(matches!(slots.read(SlotNumber(3)).unwrap(), Slot::Damaged));
    assert!(key(&slots, 2).is_some() && key(&slots, 4).is_some());
    // Moved to another place, a slot is none.
    let mut moved = [0; 48];
    disk.read(4096 + 48 * 4, &mut moved).unwrap();
    disk.write(4096 + 48 * 5, &moved).unwrap();
    assert!(matches!(slots.read(SlotNumber(5)).unwrap(), Slot::Damaged));
}

#[test]
fn a_file_of_the_real_disk_is_the_owners_and_stays_where_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("room.redb");
    let file = folder.path().join("room.slots");
    let vault = Vault::create(&store).unwrap();
    let new = SlotsId([1; 16]);
    let slots = vault.slots().open(ROOM, None, new).unwrap().unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    slots.draw(&mut keys(1)).unwrap();
    slots.wipe(SlotNumber(7)).unwrap();
    slots.in_place().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    assert!(matches!(slots.in_place(), Err(SlotsError::Moved { .. })));
    fs::rename(&elsewhere, &file).unwrap();
    slots.in_place().unwrap();
    drop(slots);
    let again = vault
        .slots()
        .open(ROOM, named(DRAWN), new)
        .unwrap()
        .unwrap();
    assert!(matches!(again.read(SlotNumber(7)).unwrap(), Slot::Wiped));
    assert!(key(&again, 8).is_some());
    drop(again);

    fs::rename(&file, &elsewhere).unwrap();
    let missing = vault.slots().open(ROOM, named(DRAWN), new);
    assert!(matches!(missing, Err(SlotsError::Missing { .. })));
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    assert!(
        vault.slots().open(ROOM, named(DRAWN), new).is_err(),
        "never through a link"
    );
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(vault.slots().open(ROOM, None, new).is_err());
}
