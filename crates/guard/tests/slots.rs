//! Slots: every key of a record lies under its slot, filing waits for no sync more, and a room opens with its own slot
//! file alone.

#[path = "common/backed.rs"]
mod backed;
mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/later.rs"]
mod later;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use common::{PEER, World, house_key};
use loot::{LAYER_KEY, Loot, RECORD_KEY};
use small::{house, loot as take, thief as thief_of};
use strongroom_guard::api::*;
use strongroom_guard::{Guard, OpenError, check_offline};
use strongroom_record::decode;
use strongroom_record::event::{Act, StoredEvent};
use strongroom_seal::Suite;
use strongroom_vault::Vault;
use strongroom_vault::slots::{DRAWN_PAGES, SLOTS_IN_PAGE};
use strongroom_vault::testing::{FaultDisk, Loss};
use thief::{GroupKey, WrappedKey, found};

const DRAWN: usize = (DRAWN_PAGES * SLOTS_IN_PAGE) as usize;
const WORDS: [&str; 3] = ["The first thing.", "The second thing.", "Another thing."];
const NOTE: &str = "A note\n\nThe first thing.\n\nThe second thing.\n";

fn slotted(seed: u64, suite: Suite) -> World {
    let mut world = small::room(seed, suite);
    world.give_slots();
    world
}

fn file(world: &World, text: &str, seed: u64) -> String {
    let done = world.file_text("chief", text, "Secret", seed);
    done.records[0].record.clone()
}

/// Which slot each wrapped key lies under, by its row.
fn slots_of_rows(world: &World, loot: &Loot) -> Vec<(u8, [u8; 16], Option<u64>)> {
    let house = house(world, loot);
    let mut out = Vec::new();
    for key in loot.keys(RECORD_KEY) {
        let row: GroupKey = decode(&house.get(loot, key)).unwrap();
        out.push((RECORD_KEY, key.id, row.slot));
    }
    for key in loot.keys(LAYER_KEY) {
        let row: WrappedKey = decode(&house.get(loot, key)).unwrap();
        out.push((LAYER_KEY, key.id, row.slot));
    }
    out
}

/// The record of each group, as the events say.
fn records_of_groups(world: &World, loot: &Loot) -> BTreeMap<[u8; 16], String> {
    let house = house(world, loot);
    let mut out = BTreeMap::new();
    let mut parted = Vec::new();
    for (_, id) in &loot.entries {
        let at = strongroom_vault::Key::new(loot::EVENT, *id, 0);
        let event: StoredEvent = decode(&house.get(loot, at)).unwrap();
        let mut put = |record: &dyn ToString, groups: &[strongroom_record::event::GroupFiled]| {
            out.extend(
                groups
                    .iter()
                    .map(|g| (*g.id.as_bytes(), record.to_string())),
            );
        };
        match &event.act {
            Act::Filed(f) | Act::Corrected(f) => put(&f.record, &f.groups),
            Act::RecordingFiled(f) => put(&f.record, &f.groups),
            Act::FrameFiled { record, group, .. } => put(record, std::slice::from_ref(group)),
            Act::Restricted { record, groups, .. } => {
                let of = groups.iter().filter(|g| g.from != g.to);
                parted.extend(of.map(|g| (*g.to.as_bytes(), record.to_string())));
            }
            _ => {}
        }
    }
    out.extend(parted);
    out
}

#[test]
fn every_key_of_a_record_lies_under_its_slot_and_no_other_records_does() {
    for (seed, suite) in [(1, Suite::Mock), (21, Suite::Cnsa)] {
        let mut world = slotted(seed, suite);
        world.add_person("clerk", &["records-officer", "reader"], "Open");
        let first = file(&world, NOTE, 1);
        let second = file(&world, "Another\n\nAnother thing.\n", 2);
        // Blind, rewrapped at the first reading, parted, restricted, corrected, recorded, withdrawn.
        let blind = world.file_text("clerk", NOTE, "Secret", 3).records[0]
            .record
            .clone();
        let _ = world.read("chief", &blind);
        let _ = world.read("chief", &first);
        world.restrict("chief", &first, "Top Secret", &["1"]);
        world.restrict("chief", &second, "Nodis", &[]);
        let ask = later::correction(&second, "Secret");
        let text = b"Another\n\nAnother thing. Changed.\n";
        world.file("chief", &ask, text).unwrap();
        world.record("chief", &second, 0, true, b"what was said");
        world.restrict("chief", &second, "Top Secret", &[]);

        let loot = take(&world);
        let groups = records_of_groups(&world, &loot);
        let mut by_record: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let rows = slots_of_rows(&world, &loot);
        assert!(rows.iter().filter(|(kind, ..)| *kind == LAYER_KEY).count() > 8);
        for (_, group, slot) in rows {
            let slot = slot.expect("every wrapped key lies under a slot");
            by_record
                .entry(groups[&group].clone())
                .or_default()
                .insert(slot);
        }
        assert!(
            by_record.values().all(|slots| slots.len() == 1),
            "{by_record:?}"
        );
        let all: BTreeSet<_> = by_record.values().flatten().collect();
        assert_eq!(all.len(), by_record.len(), "no two records have one slot");
        assert!(by_record.contains_key(&first) && by_record.contains_key(&second));

        // With everybody's keys and the slot file all of it opens; without the slot file nothing does.
        let mut thief = thief_of(&world, &loot, &["chief"]);
        let opened = thief.open_all(&loot);
        let got = found(&opened, &WORDS);
        assert_eq!(got.len(), WORDS.len(), "{got:?} {:?}", thief.key_counts());
        let slots = world.slots.take();
        let opened = thief_of(&world, &loot, &["chief"]).open_all(&loot);
        assert!(found(&opened, &WORDS).is_empty());
        world.slots = slots;
        world.again();
        assert_eq!(world.read("chief", &first).portions.len(), 3);
    }
}

#[test]
fn a_room_from_before_goes_on_and_what_it_had_is_read() {
    let mut world = small::room(2, Suite::Mock);
    let before = file(&world, NOTE, 1);
    world.give_slots();
    let after = file(&world, "Another\n\nAnother thing.\n", 2);
    world.restrict("chief", &before, "Nodis", &[]);
    for _ in 0..2 {
        assert_eq!(world.read("chief", &before).portions.len(), 3);
        assert_eq!(world.read("chief", &after).portions.len(), 2);
        world.again();
    }
    let loot = take(&world);
    let with: usize = slots_of_rows(&world, &loot)
        .iter()
        .filter(|(.., s)| s.is_some())
        .count();
    let without = slots_of_rows(&world, &loot).len() - with;
    assert!(with >= 3 && without >= 3, "{with} with, {without} without");
    assert_sound(&check(&world));
}

#[test]
fn slots_are_given_once_across_openings_and_crashes() {
    let mut world = slotted(3, Suite::Mock);
    for n in 0..4 {
        file(&world, NOTE, n);
        world.again();
    }
    let loot = take(&world);
    let used = |loot: &Loot, world: &World| -> BTreeSet<u64> {
        slots_of_rows(world, loot)
            .iter()
            .filter_map(|(.., slot)| *slot)
            .collect()
    };
    // A record and its frame each, and none is left out where the room was shut in order.
    assert_eq!(used(&loot, &world), (0..8).collect());
    // After a crash it goes on behind all that count.
    file(&world, NOTE, 10);
    let (disk, slots) = (
        world.disk.after_crash(Loss::All),
        world.slots.as_ref().unwrap(),
    );
    let slots = slots.after_crash(Loss::All);
    (world.disk, world.slots) = (disk, Some(slots));
    world.guard = None;
    world.again();
    file(&world, NOTE, 11);
    let used = used(&take(&world), &world);
    assert_eq!(used.len(), 12);
    assert!(
        used.iter().filter(|n| **n >= DRAWN as u64).count() == 2,
        "{used:?}"
    );
    assert_sound(&check(&world));
}

#[test]
fn a_filing_syncs_no_more_often_than_without_slots() {
    let mut world = World::founded_on(FaultDisk::new(), 4, Suite::Mock, small::policy());
    let slots = FaultDisk::new();
    world.slots = Some(slots.clone());
    world.reopen();
    world.sign_in("chief");
    // The first filing of an opening draws, and says so in the store's row.
    file(&world, NOTE, 1);
    let (drawn, row) = (slots.operations(), world.raw_rows(15));
    assert!(drawn > 0 && row.len() == 1);
    for n in 2..22 {
        file(&world, NOTE, n);
    }
    // No operation on the slot file, so no sync; and no commit but those of the filings, which say nothing of slots.
    assert_eq!(slots.operations(), drawn);
    assert_eq!(world.raw_rows(15), row);
}

fn open_with(world: &World, slots: Option<FaultDisk>) -> Result<(), OpenError> {
    let copy = FaultDisk::from_image(world.disk.image());
    let vault = match slots {
        None => Vault::with_backend(copy).unwrap(),
        Some(slots) => Vault::with_backends(copy, slots).unwrap(),
    };
    let house = house_key(&world.house, world.env.floor);
    Guard::open(vault, house, world.env.clone()).map(|guard| drop(guard.shut()))
}

#[test]
fn a_room_opens_with_its_own_slot_file_alone() {
    let mut world = slotted(5, Suite::Mock);
    file(&world, NOTE, 1);
    let fresh = FaultDisk::from_image(world.slots.as_ref().unwrap().image());
    world.guard.take().unwrap().shut().unwrap();
    let image = world.slots.as_ref().unwrap().image();
    open_with(&world, Some(FaultDisk::from_image(image.clone()))).unwrap();
    open_with(&world, Some(fresh)).unwrap();
    let refused = |slots, words: &str| {
        let told = open_with(&world, slots).unwrap_err().to_string();
        assert!(
            told.starts_with("the room stays closed: ") && told.contains(words),
            "{told}"
        );
    };
    refused(None, "the slot file is missing");
    refused(Some(FaultDisk::new()), "the slot file is missing");
    refused(
        Some(FaultDisk::from_image(image[..4096].to_vec())),
        "fewer slots",
    );
    let other = slotted(6, Suite::Mock);
    let others = FaultDisk::from_image(other.slots.as_ref().unwrap().image());
    refused(Some(others), "another room");
    let mut damaged = image.clone();
    damaged[30] ^= 1;
    refused(
        Some(FaultDisk::from_image(damaged)),
        "its header is not whole",
    );
}

#[test]
fn a_slot_that_is_gone_or_damaged_closes_the_room_and_check_names_it() {
    for (bytes, words) in [
        (vec![0; 48], "was wiped"),
        (vec![3; 48], "does not hold what was drawn"),
    ] {
        let mut world = slotted(7, Suite::Mock);
        let record = file(&world, NOTE, 1);
        assert_sound(&check(&world));
        world.guard.take().unwrap().shut().unwrap();
        let mut image = world.slots.as_ref().unwrap().image();
        image[4096..4096 + 48].copy_from_slice(&bytes);
        world.slots = Some(FaultDisk::from_image(image));
        world
            .tokens
            .insert("chief".to_owned(), strongroom_guard::Token::presented(""));
        world.again();
        let checked = check(&world);
        assert!(!checked.is_sound());
        let named: BTreeSet<&str> = checked.findings.iter().map(|f| f.kind.as_str()).collect();
        assert_eq!(named, BTreeSet::from(["record key"]));
        assert!(
            checked
                .findings
                .iter()
                .all(|f| f.rule.contains("the slot that it lies under"))
        );
        let read = Request::Read(ReadQuery {
            record,
            ..ReadQuery::default()
        });
        let refused = world.refused("chief", read);
        assert!(refused.message.contains(words), "{refused:?}");
    }
}

fn check(world: &World) -> Checked {
    let mut go_on = |_| ControlFlow::Continue(());
    let ask = CheckAsk::default();
    let copy = world.guard().check(PEER, PEER, &ask, &mut go_on).unwrap();
    serde_json::from_slice(copy.json()).unwrap()
}

#[track_caller]
fn assert_sound(checked: &Checked) {
    assert!(checked.is_sound(), "{checked:#?}");
}

#[test]
fn a_check_without_a_guard_says_that_the_slot_file_is_missing() {
    let mut world = slotted(8, Suite::Mock);
    file(&world, NOTE, 1);
    world.guard.take().unwrap().shut().unwrap();
    let house = house_key(&world.house, world.env.floor);
    let vault = Vault::with_backend(world.disk.clone()).unwrap();
    let mut go_on = |_| ControlFlow::Continue(());
    let checked = check_offline(vault, house, &world.env, &[], None, &mut go_on).unwrap();
    assert!(!checked.is_sound());
    assert!(
        checked.not_checked[0].contains("the slot file is missing"),
        "{checked:#?}"
    );
    assert!(
        checked
            .findings
            .iter()
            .any(|f| f.rule.contains("is in the slot file"))
    );
}

#[test]
fn a_backup_carries_the_slots_and_a_restored_room_has_a_file_of_its_own() {
    let mut room = backed::slotted(9);
    room.world
        .record("chief", &room.records[1].clone(), 0, true, b"what was said");
    let whole = room.backup(None);
    room.file(7, "clerk");
    let further = room.backup(Some(&whole));
    let before = room.world.slots.as_ref().unwrap().image();
    let lost = strongroom_record::keeping::Lost::Unknown;
    for parts in [vec![whole.as_slice()], vec![&whole, &further]] {
        let (disk, restored) = room.restore(&parts, lost).unwrap();
        assert!(restored.checked.is_sound());
        let slots = room.restored_slots.borrow().clone().unwrap();
        assert_ne!(slots.image()[..66], before[..66], "a file of its own");
        let kept = slots.clone();
        room.move_to(disk);
        let read = room.world.list("chief").records;
        assert_eq!(
            read.len(),
            2 + parts.len() * 2 - usize::from(parts.len() == 2)
        );
        for row in &read {
            assert!(!room.world.read("chief", &row.id).portions.is_empty());
        }
        file(&room.world, NOTE, 77);
        assert_sound(&check(&room.world));
        // What the room had before does not go with what was restored.
        room.world.guard.take().unwrap().shut().unwrap();
        let old = open_with(&room.world, Some(FaultDisk::from_image(before.clone())));
        assert!(
            old.unwrap_err().to_string().contains("not the one"),
            "another file"
        );
        room.world.slots = Some(kept);
        room.world.again();
    }
}
