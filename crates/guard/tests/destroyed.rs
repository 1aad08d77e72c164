//! Destruction: three persons, nothing opens any more from whatever copy of the store, a skeleton and a certificate stay.

#[path = "common/backed.rs"]
mod backed;
mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use common::{PEER, World, approve, destroy, house_key, to_destroy};
use loot::{LAYER_KEY, Loot, RECORD_KEY, VALUE};
use small::{house, loot as take, thief as thief_of};
use strongroom_guard::api::*;
use strongroom_guard::{Code, Guard};
use strongroom_record::decode;
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::keeping::Lost;
use strongroom_seal::Suite;
use strongroom_vault::testing::{Loss, Machine};
use strongroom_vault::{Key, Vault};
use thief::{GroupKey, contains, found};

const NOTE: &str = "A note\n\nThe first thing.\n\nThe second thing.\n";
const OTHER: &str = "Another\n\nAnother thing.\n";
const WORDS: [&str; 3] = ["The first thing.", "The second thing.", "What was changed."];
const KEPT: [&str; 1] = ["Another thing."];

fn people(world: &mut World) {
    world.add_person("otto", &["records-officer", "reader"], "at-most Secret");
    world.add_person("ina", &["inspector"], "inspectors");
    world.add_person("ben", &["reader"], "at-most Secret");
    world.add_person("carl", &["records-officer", "reader"], "Open");
}

fn world(seed: u64, suite: Suite) -> World {
    let mut world = small::room(seed, suite);
    world.give_slots();
    people(&mut world);
    world
}

fn file(world: &World, text: &str, seed: u64) -> String {
    let done = world.file_text("chief", text, "Secret", seed);
    done.records[0].record.clone()
}

/// A record to which everything happened that wraps a key.
fn used(world: &World, seed: u64) -> String {
    let blind = world.file_text("carl", NOTE, "Secret", seed).records[0]
        .record
        .clone();
    let _ = world.read("chief", &blind);
    let correction = Filing {
        marking: Some("Secret".to_owned()),
        correction: Some(Correcting {
            record: blind.clone(),
            listened: vec!["the duty officer".to_owned()],
            changed: "a word".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..common::filing("again.txt")
    };
    let text = b"A note\n\nThe first thing.\n\nWhat was changed.\n";
    world.file("chief", &correction, text).unwrap();
    world.record("carl", &blind, 0, true, b"What was said.");
    let _ = world.read("chief", &blind);
    world.restrict("chief", &blind, "Top Secret", &["1"]);
    blind
}

fn read(record: &str) -> Request {
    Request::Read(ReadQuery {
        record: record.to_owned(),
        ..ReadQuery::default()
    })
}

fn of(record: &str) -> RecordRef {
    RecordRef {
        record: record.to_owned(),
    }
}

fn check(world: &World) -> Checked {
    let mut go_on = |_| ControlFlow::Continue(());
    let ask = CheckAsk::default();
    let copy = world.guard().check(PEER, PEER, &ask, &mut go_on).unwrap();
    serde_json::from_slice(copy.json()).unwrap()
}

#[track_caller]
fn assert_sound(world: &World) {
    let checked = check(world);
    assert!(checked.is_sound(), "{checked:#?}");
}

#[test]
fn it_takes_three_persons_and_leaves_a_skeleton() {
    let mut world = world(1, Suite::Mock);
    let kept = file(&world, OTHER, 1);
    let record = used(&world, 2);
    // Not by who may not ask, not alone, not without the inspector.
    assert_eq!(
        world.refused("ben", to_destroy(&record)).code,
        Code::NotAllowed
    );
    assert_eq!(
        world.refused("carl", to_destroy(&record)).code,
        Code::NotFound
    );
    let made: RequestMade = world.get("otto", to_destroy(&record));
    assert_eq!(
        world.refused("otto", approve(&made.id)).code,
        Code::NotAllowed
    );
    assert_eq!(
        world.refused("carl", approve(&made.id)).code,
        Code::NotFound
    );
    assert_eq!(world.refused("ben", approve(&made.id)).code, Code::NotFound);
    let first: RequestDecided = world.get("chief", approve(&made.id));
    assert!(!first.carried_out);
    assert_eq!(
        world.refused("chief", approve(&made.id)).code,
        Code::NotAllowed
    );
    assert!(!world.read("chief", &record).portions.is_empty());
    let last: RequestDecided = world.get("ina", approve(&made.id));
    assert!(
        last.carried_out && last.done[0].contains("is destroyed"),
        "{last:?}"
    );

    let ways = |world: &World| {
        for name in ["chief", "otto", "ben", "carl"] {
            assert_eq!(
                world.refused(name, read(&record)).code,
                Code::NotFound,
                "{name}"
            );
            let history = Request::History(of(&record));
            assert_eq!(world.refused(name, history).code, Code::NotFound, "{name}");
            let listed = world.list(name).records;
            assert!(listed.iter().all(|row| row.id != record), "{name}");
        }
        assert_eq!(
            world.refused("otto", to_destroy(&record)).code,
            Code::NotFound
        );
        let graded = common::grading(&record, "B2", &[]);
        assert_eq!(world.refused("chief", graded).code, Code::NotFound);
        let corrected = Filing {
            marking: Some("Secret".to_owned()),
            correction: Some(Correcting {
                record: record.clone(),
                listened: vec!["x".to_owned()],
                changed: "x".to_owned(),
                produced: "x".to_owned(),
            }),
            ..common::filing("again.txt")
        };
        let refused = world
            .file("chief", &corrected, NOTE.as_bytes())
            .unwrap_err();
        assert_eq!(refused.code, Code::NotFound);
        let pieces = world.try_record("carl", &record, 1, true, b"more");
        assert_eq!(pieces.unwrap_err().code, Code::NotFound);
        // Who knows its id alone restricts it, as any that may be there or not.
        world.restrict("otto", &record, "Top Secret", &[]);
        assert!(!world.read("chief", &kept).portions.is_empty());
        assert_sound(world);
    };
    ways(&world);
    world.guard().keep_state().unwrap();
    world.again();
    ways(&world);
    // What is read from the first event on is the same.
    world.guard = None;
    world.again();
    ways(&world);

    for name in ["otto", "chief", "ina"] {
        let told: Certificate = world.get(name, Request::Destroyed(of(&record[..12])));
        assert_eq!(
            (told.record.as_str(), told.filed_by.as_str()),
            (&*record, "carl")
        );
        assert_eq!(told.asked_by.as_deref(), Some("otto"));
        assert_eq!(told.approved_by, ["chief", "ina"]);
        assert_eq!(told.slot, "wiped");
        assert!(told.wiped_at.is_some() && told.backups.is_empty());
        // Two versions of header and text, with what was parted, two originals, and a piece of the recording.
        assert!(
            told.values.unwrap() >= 7 && told.wraps >= told.values,
            "{told:?}"
        );
        let because = told.why.map(|why| why.because);
        assert_eq!(because.as_deref(), Some("its term is over"), "{name}");
    }
    // The docket has it with all that was done to it.
    let docket: Docket = world.get("ina", Request::Docket(DocketQuery::default()));
    let of_it = docket.entries.iter().filter(|entry| entry.record == record);
    let acts: Vec<&str> = of_it.clone().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts.first(), Some(&"filed"));
    assert!(
        acts.contains(&"destroyed") && acts.contains(&"restricted"),
        "{acts:?}"
    );
    let entry = of_it
        .clone()
        .find(|entry| entry.act == "destroyed")
        .unwrap();
    let because = entry.statement.as_ref().map(|said| said.because.as_str());
    assert!(entry.destroyed && entry.present.is_empty(), "{entry:?}");
    assert_eq!(
        (because, entry.by.as_str()),
        (Some("its term is over"), "ina")
    );

    for name in ["ben", "carl"] {
        let refused = world.refused(name, Request::Destroyed(of(&record)));
        assert_eq!(refused.code, Code::NotFound, "{name}");
    }
    let stands = world.refused("ina", Request::Destroyed(of(&kept)));
    assert_eq!(stands.code, Code::NotFound);
}

/// The slot of a record, by the rows of its keys.
fn slot_of(world: &World, loot: &Loot, record: &str) -> u64 {
    let house = house(world, loot);
    for (_, id) in &loot.entries {
        let event: StoredEvent = decode(&house.get(loot, Key::new(loot::EVENT, *id, 0))).unwrap();
        if let Act::Filed(filed) = &event.act
            && filed.record.to_string() == record
        {
            let at = Key::new(RECORD_KEY, *filed.groups[0].id.as_bytes(), 0);
            let row: GroupKey = decode(&house.get(loot, at)).unwrap();
            return row.slot.unwrap();
        }
    }
    panic!("no record {record}");
}

/// An inspector who looks before and after misses nothing of it, whoever was in it: another inspector too.
#[test]
fn a_records_officer_who_files_restricts_and_destroys_between_two_inspections_is_seen() {
    let mut world = world(11, Suite::Mock);
    world.add_person("iris", &["inspector"], "inspectors");
    let seen =
        |world: &World| -> Docket { world.get("iris", Request::Docket(DocketQuery::default())) };
    let known = seen(&world).entries.len();
    let filed = world.file_text("otto", NOTE, "Open", 1);
    let record = filed.records[0].record.clone();
    world.restrict("otto", &record, "Secret", &[]);
    destroy(&world, &record, "otto", &["chief", "ina"]);
    for _ in 0..2 {
        let docket = seen(&world);
        assert!(docket.entries.len() > known);
        let of_it = docket.entries.iter().filter(|entry| entry.record == record);
        let acts: Vec<(&str, &str)> = of_it
            .clone()
            .map(|entry| (entry.act.as_str(), entry.by.as_str()))
            .collect();
        let in_order = [
            ("filed", "otto"),
            ("restricted", "otto"),
            ("approval-asked", "otto"),
            ("destroyed", "ina"),
        ];
        let places: Vec<_> = in_order
            .iter()
            .map(|act| acts.iter().position(|other| other == act))
            .collect();
        assert!(places.iter().all(Option::is_some), "{acts:?}");
        assert!(places.is_sorted(), "{acts:?}");
        let with_why = of_it.clone().filter(|entry| entry.statement.is_some());
        assert!(with_why.count() >= in_order.len(), "each says why");
        let told: Certificate = world.get("iris", Request::Destroyed(of(&record)));
        assert_eq!(told.asked_by.as_deref(), Some("otto"));
        assert_eq!(told.approved_by, ["chief", "ina"]);
        // The ledger read from its first event on says the same.
        world.guard = None;
        world.again();
    }
    assert_sound(&world);
}

/// The thief holds the store, its free pages, the slot file as it is now, the house key, and the private keys of everybody
/// who could ever read the record, and so every atom: key holders, whose shares are of these atoms, hold no more. The
/// ledger's folder and an anchor are made of roots and heads, of which no key follows.
#[test]
fn a_thief_of_everything_opens_nothing_of_it_from_any_page_of_any_file() {
    for (seed, suite) in [(2, Suite::Mock), (3, Suite::Cnsa)] {
        let mut world = world(seed, suite);
        file(&world, OTHER, 1);
        let record = used(&world, 2);
        let everybody = ["chief", "otto", "ina", "ben", "carl"];
        let before = take(&world);
        let slots_before = world.slots.as_ref().unwrap().image();
        let number = slot_of(&world, &before, &record);
        let at = 4096 + (number / 85 * 4096 + number % 85 * 48) as usize;
        let key = slots_before[at..at + 32].to_vec();
        assert_ne!(key, [0; 32]);
        let all = |world: &World, loot: &Loot| {
            found(&thief_of(world, loot, &everybody).open_all(loot), &WORDS)
        };
        assert_eq!(all(&world, &before).len(), WORDS.len(), "it would be seen");

        destroy(&world, &record, "otto", &["chief", "ina"]);
        let after = take(&world);
        let (store, slots) = (world.disk.image(), world.slots.as_ref().unwrap().image());
        assert!(!contains(&slots, &key) && !contains(&store, &key));
        // The rows are gone, and so they are not in the store; in its free pages they may be.
        let rows = |kind| before.keys(kind).len() - after.keys(kind).len();
        assert!(rows(VALUE) >= 7 && rows(RECORD_KEY) >= 5 && rows(LAYER_KEY) >= 1);
        assert_eq!(all(&world, &after), BTreeSet::new());
        // Whatever free pages hold is of what was stored before: all of that, with everything there is now.
        assert_eq!(all(&world, &before), BTreeSet::new());
        let mut both = before.clone();
        both.rows.extend(after.rows.clone());
        assert_eq!(all(&world, &both), BTreeSet::new());
        let mut thief = thief_of(&world, &both, &everybody);
        assert_eq!(
            found(&thief.open_all(&both), &KEPT).len(),
            KEPT.len(),
            "others open"
        );
        // With a copy of the slot file from before they open: the copy is what is to be kept from thieves.
        thief.take_slots(&slots_before);
        assert_eq!(found(&thief.open_all(&before), &WORDS).len(), WORDS.len());
        world.again();
        assert_sound(&world);
    }
}

#[test]
fn at_every_cut_of_a_destruction_the_record_is_whole_or_gone() {
    let machine = Machine::recording();
    let mut world = World::founded_on(machine.disk("store"), 4, Suite::Mock, small::policy());
    world.slots = Some(machine.disk("slots"));
    world.reopen();
    world.sign_in("chief");
    people(&mut world);
    let record = used(&world, 1);
    let kept = file(&world, OTHER, 2);
    let made: RequestMade = world.get("otto", to_destroy(&record));
    let _: RequestDecided = world.get("chief", approve(&made.id));
    let loot = Loot::of(&world.disk);
    let number = slot_of(&world, &loot, &record);
    let at = 4096 + (number / 85 * 4096 + number % 85 * 48) as usize;
    let begun = machine.operations();
    let _: RequestDecided = world.get("ina", approve(&made.id));
    let done = machine.operations();
    let house = world.house.clone();
    world.guard.take().unwrap().shut().unwrap();

    let recording = machine.recorded();
    let mut replay = recording.replay();
    let (mut whole, mut gone) = (0, 0);
    for operation in begun..=done {
        replay.to(operation);
        let drawn = (0..4).map(|n| Loss::Drawn(operation * 4 + n));
        for loss in drawn.chain([Loss::All, Loss::Nothing]) {
            let left = replay.crash(loss);
            let (store, slots) = (left.disk("store"), left.disk("slots"));
            let vault = Vault::with_backends(store.clone(), slots.clone()).unwrap();
            let key = house_key(&house, world.env.floor);
            let guard = Guard::open(vault, key, world.env.clone())
                .unwrap_or_else(|e| panic!("{operation}, {loss:?}: {e}"));
            world.guard = Some(guard);
            let what = format!("operation {operation} of {begun} to {done}, {loss:?}");
            world.sign_in("chief");
            let key = slots.image()[at..at + 48].to_vec();
            match world.ask("chief", &read(&record)) {
                Ok(_) => {
                    assert!(
                        operation < done,
                        "{what}: an acknowledged destruction is lost"
                    );
                    assert_ne!(key, [0; 48], "{what}");
                    whole += 1;
                }
                Err(refused) => {
                    assert_eq!(refused.code, Code::NotFound, "{what}");
                    assert_eq!(key, [0; 48], "{what}: it is wiped when the room is open");
                    gone += 1;
                }
            }
            assert!(!world.read("chief", &kept).portions.is_empty(), "{what}");
            assert_sound(&world);
            world.guard.take().unwrap().shut().unwrap();
        }
    }
    assert!(whole > 5 && gone > 5, "{whole} whole, {gone} gone");
}

#[test]
fn what_is_put_back_is_found_and_opens_for_nobody() {
    let mut world = world(5, Suite::Mock);
    let record = used(&world, 1);
    let before = take(&world);
    destroy(&world, &record, "otto", &["ina", "chief"]);
    let after = take(&world);
    let mut changed = after.clone();
    for (key, row) in &before.rows {
        if [VALUE, RECORD_KEY, LAYER_KEY].contains(&key.kind) && !after.rows.contains_key(key) {
            changed.rows.insert(*key, row.clone());
        }
    }
    small::reopen_on(&mut world, changed.disk()).unwrap();
    world.sign_in("chief");
    assert_eq!(world.refused("chief", read(&record)).code, Code::NotFound);
    let checked = check(&world);
    assert!(
        checked.orphaned >= 10 && checked.damaged == 0,
        "{checked:#?}"
    );

    // A slot that is due without a destruction closes the room.
    let house = house(&world, &after);
    let mut forged = after.clone();
    let due = Key::new(15, [7; 16], 1);
    house.put(&mut forged, due, &strongroom_record::encode(&(0u64,)));
    let refused = small::reopen_on(&mut world, forged.disk()).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("whose record was not destroyed"),
        "{refused}"
    );
}

#[test]
fn a_record_from_before_there_were_slots_is_destroyed_and_the_certificate_says_so() {
    let mut world = small::room(6, Suite::Mock);
    people(&mut world);
    let record = used(&world, 1);
    world.give_slots();
    destroy(&world, &record, "otto", &["ina", "chief"]);
    let told: Certificate = world.get("ina", Request::Destroyed(of(&record)));
    assert_eq!((told.slot.as_str(), told.wiped_at), ("none", None));
    assert_eq!(world.refused("chief", read(&record)).code, Code::NotFound);
    assert_sound(&world);
    world.again();
    assert_sound(&world);
}

#[test]
fn a_restore_destroys_again_what_an_anchor_knows_of() {
    let mut room = backed::slotted(7);
    room.world
        .add_person("otto", &["records-officer", "reader"], "at-most Secret");
    room.world.add_person("ina", &["inspector"], "inspectors");
    let record = room.records[2].clone();
    let whole = room.backup(None);
    destroy(&room.world, &record, "otto", &["chief", "ina"]);
    let told: Certificate = room.world.get("ina", Request::Destroyed(of(&record)));
    assert_eq!(told.backups.len(), 1);
    assert_eq!(
        told.backups[0].backup,
        backed::header(&whole).backup().to_string()
    );
    assert!(told.backup_days > 0 && told.backups[0].until > told.backups[0].at);
    let later = room.backup(None);
    let told: Certificate = room.world.get("ina", Request::Destroyed(of(&record)));
    assert_eq!(told.backups.len(), 1, "what came later has it no more");
    let anchor = room.anchored();

    // A backup from after it restores as it is.
    let (disk, restored) = room.restore(&[&later], Lost::Unknown).unwrap();
    assert!(restored.checked.is_sound());
    drop(disk);
    // One from before it brings the record back where nobody knows better.
    let (disk, _) = room.restore(&[&whole], Lost::Unknown).unwrap();
    let brought = Vault::with_backends(disk, room.restored_slots.take().unwrap()).unwrap();
    let key = house_key(&room.world.house, room.world.env.floor);
    let guard = Guard::open(brought, key, room.world.env.clone()).unwrap();
    let ours = room.world.guard.replace(guard);
    room.world.sign_in("chief");
    assert!(!room.world.read("chief", &record).portions.is_empty());
    room.world.guard = ours;
    // With the anchor it is destroyed again, and the slot wiped in the new slot file.
    let (disk, restored) = room.restore_anchored(&[&whole], &anchor).unwrap();
    assert!(restored.checked.is_sound());
    room.move_to(disk);
    room.world.sign_in("ina");
    assert_eq!(
        room.world.refused("chief", read(&record)).code,
        Code::NotFound
    );
    assert!(
        !room
            .world
            .read("chief", &room.records[1].clone())
            .portions
            .is_empty()
    );
    let told: Certificate = room.world.get("ina", Request::Destroyed(of(&record)));
    assert_eq!((told.slot.as_str(), told.asked_by), ("at-restore", None));
    assert_sound(&room.world);
    room.world.again();
    assert_sound(&room.world);
}

/// What a person is told of a record, and of the room, in every way there is.
fn seen(world: &World, name: &str, record: &str) -> Vec<Result<String, String>> {
    let asks = [
        Request::List(ListQuery::default()),
        read(record),
        Request::History(of(record)),
        Request::Destroyed(of(record)),
        Request::Changes(ChangesQuery {
            record: record.to_owned(),
            version: None,
        }),
        Request::Piece(PieceQuery {
            record: record.to_owned(),
            attachment: None,
            version: None,
            piece: 0,
        }),
        Request::Requests(RequestsQuery::default()),
        common::grading(record, "B2", &[]),
        to_destroy(record),
    ];
    asks.iter()
        .map(|ask| {
            let told = world.ask(name, ask);
            told.map(|json| String::from_utf8(json).unwrap())
                .map_err(|refused| format!("{refused:?}"))
        })
        .collect()
}

#[test]
fn a_destroyed_record_shows_as_one_that_was_restricted_and_as_one_that_was_never_there() {
    let twin = |what: &str| {
        let mut world = world(8, Suite::Mock);
        world.add_person("dora", &["records-officer", "reader"], "at-most Secret");
        file(&world, OTHER, 1);
        let record = file(&world, NOTE, 2);
        let _ = world.read("ben", &record);
        match what {
            "destroyed" => drop(destroy(&world, &record, "otto", &["chief", "ina"])),
            "restricted" => drop(world.restrict("chief", &record, "Top Secret", &[])),
            _ => {}
        }
        (world, record)
    };
    let (destroyed, record) = twin("destroyed");
    let (restricted, same) = twin("restricted");
    assert_eq!(record, same);
    for name in ["ben", "carl", "dora"] {
        let told = seen(&destroyed, name, &record);
        assert_eq!(told, seen(&restricted, name, &record), "{name}");
        let never = seen(&destroyed, name, &"0".repeat(26));
        assert_eq!(told, never, "{name}: as one that was never there");
    }
    let stands = seen(&twin("nothing").0, "ben", &record);
    assert_ne!(
        stands,
        seen(&restricted, "ben", &record),
        "it would be seen"
    );
}

#[test]
fn what_was_not_stored_of_a_wiping_is_done_when_the_disk_is_well_again() {
    let mut world = world(9, Suite::Mock);
    let record = used(&world, 1);
    let made: RequestMade = world.get("otto", to_destroy(&record));
    let _: RequestDecided = world.get("chief", approve(&made.id));
    let slots = world.slots.clone().unwrap();
    slots.fail_now(strongroom_vault::testing::Fault::Writes);
    let refused = world.refused("ina", approve(&made.id));
    assert_eq!(refused.code, Code::Closed);
    assert!(refused.message.contains("wiping a slot"), "{refused:?}");
    world.guard().tick();
    assert_eq!(world.refused("chief", read(&record)).code, Code::Closed);
    slots.heal();
    world.guard().tick();
    assert_eq!(world.refused("chief", read(&record)).code, Code::NotFound);
    let told: Certificate = world.get("ina", Request::Destroyed(of(&record)));
    assert_eq!(told.slot, "wiped");
    world.again();
    assert_sound(&world);
}

#[test]
fn what_is_held_or_whose_term_runs_is_not_destroyed() {
    let schedules = r#"
[[schedule]]
name = "calls"
title = "Calls"
keep_years = 2
then = "destroy"
default = true
[[schedule]]
name = "treaties"
title = "Treaties"
permanent = true
then = "review"
"#;
    let policy = format!("{}{schedules}", small::policy().source());
    let policy = strongroom_label::Policy::from_toml(&policy).unwrap();
    let mut world = World::with_policy(10, Suite::Mock, policy);
    world.give_slots();
    people(&mut world);
    let record = used(&world, 1);
    let early = world.refused("otto", to_destroy(&record));
    assert_eq!(early.code, Code::Conflict);
    assert!(early.message.contains("has not run out"), "{early:?}");
    let hint = early.hint.unwrap_or_default();
    assert!(hint.contains("kept until 20"), "{hint}");
    let years = std::time::Duration::from_secs(3 * 366 * 24 * 3600);
    world.clock.advance(years);
    world
        .tokens
        .keys()
        .cloned()
        .collect::<Vec<_>>()
        .iter()
        .for_each(|name| {
            world.sign_in(name);
        });
    let hold = Request::HoldPlace(HoldPlace {
        matter: "an inquiry".to_owned(),
        records: vec![record.clone()],
        because: "it was asked for".to_owned(),
        request: None,
    });
    // Placed before it is asked for, and between the approvals.
    let other = file(&world, OTHER, 2);
    world.clock.advance(years);
    world
        .tokens
        .keys()
        .cloned()
        .collect::<Vec<_>>()
        .iter()
        .for_each(|name| {
            world.sign_in(name);
        });
    let made: RequestMade = world.get("otto", to_destroy(&record));
    let _: RequestDecided = world.get("chief", approve(&made.id));
    world.ask("ina", &hold).unwrap();
    let held = world.refused("ina", approve(&made.id));
    assert!(
        held.message.contains("a hold lies on the record"),
        "{held:?}"
    );
    assert!(!world.read("chief", &record).portions.is_empty());
    assert_sound(&world);
    destroy(&world, &other, "otto", &["ina", "chief"]);
    assert_sound(&world);
}
