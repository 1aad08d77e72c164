//! `check`: everything stored is walked, and whatever is damaged, missing or orphaned is named with its kind
//! and id; while the room is in use it finds nothing that is not there.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::{PASSPHRASE, PEER, World, filing, grading, house_key, restriction};
use loot::*;
use small::{house, loot as take};
use strongroom_guard::api::*;
use strongroom_guard::{Code, OpenError, Peer, Refusal, check_offline};
use strongroom_record::event::{Act, Holds};
use strongroom_record::{EventId, Stream, decode, encode};
use strongroom_seal::{SealedShare, Suite};
use strongroom_vault::testing::{Fault, FaultDisk};
use strongroom_vault::{Key, StorageBackend, Vault};

/// The account that the guard runs under.
const OWN: Peer = PEER;

fn go_on(_: CheckProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn check(world: &World) -> Checked {
    let copy = world
        .guard()
        .check(PEER, OWN, &CheckAsk::default(), &mut go_on)
        .unwrap();
    serde_json::from_slice(copy.json()).unwrap()
}

fn offline(world: &World, loot: &Loot) -> Result<Checked, OpenError> {
    offline_on(world, loot.disk())
}

fn offline_on(world: &World, disk: FaultDisk) -> Result<Checked, OpenError> {
    let house = house_key(&world.house, world.env.floor);
    let vault = Vault::with_backend(disk).unwrap();
    check_offline(vault, house, &world.env, &[], None, &mut go_on)
}

#[track_caller]
fn assert_sound(checked: &Checked) {
    assert!(checked.is_sound(), "{checked:#?}");
    assert!(checked.not_checked.is_empty(), "{checked:#?}");
    assert!(checked.checkpoint.is_some());
}

/// A room with every kind of row, and one of each restriction.
fn filled(suite: Suite) -> World {
    let mut world = small::room(5, suite);
    world.add_person("alice", &["reader"], "at-most Secret");
    world.add_person("clerk", &["records-officer", "reader"], "Open");
    let text = |n| format!("Note {n}\n\nThe first thing of {n}.\n\nThe second thing of {n}.\n");
    let mut ids = Vec::new();
    for (n, filer) in (0..).zip(["chief", "chief", "chief", "clerk", "clerk"]) {
        let filed = world.file_text(filer, &text(n), "Secret", n);
        ids.push(filed.records[0].record.clone());
    }
    world.restrict("chief", &ids[0], "Top Secret", &[]);
    world.restrict("chief", &ids[0], "Nodis", &[]);
    let _ = world.read("chief", &ids[1]);
    world.restrict("chief", &ids[1], "Top Secret", &["1"]);
    let _ = world.read("chief", &ids[2]);
    world.restrict("chief", &ids[2], "Top Secret", &["0", "1", "2"]);
    world.restrict("clerk", &ids[3], "Top Secret", &[]);
    let _: Graded = world.get("chief", grading(&ids[2], "B2", &["1"]));
    // Opened by someone who holds the label: its keys are taken over from the clerk's batch.
    let _ = world.read("alice", &ids[4]);
    world.guard().tick();
    world
}

/// What a check finds of a changed store: kind, id and what is wrong, of each finding.
fn found(world: &World, loot: &Loot) -> BTreeSet<(String, String, Wrong)> {
    let checked = offline(world, loot).unwrap();
    assert!(!checked.is_sound(), "nothing was noticed");
    let named = checked.findings.into_iter();
    named.map(|f| (f.kind, f.id, f.wrong)).collect()
}

/// How a check names the row of a key.
fn name_of(key: Key) -> (&'static str, String) {
    let id = EventId::from_bytes(key.id).to_string();
    let kind = match key.kind {
        ROOM => "room",
        EVENT => "event",
        COMMAND => "signature",
        BUNDLE => "bundle",
        HOLDING => "holding",
        SHARE => "share",
        KEY_BOX => "key box",
        RECORD_KEY => "record key",
        LAYER_KEY => "layer key",
        VALUE => "value",
        NOTE_BOX => "note box",
        FILING => "filing digest",
        LOG if key.counter == 0 => return ("log", "keys".to_owned()),
        LOG => return ("log", "checkpoint".to_owned()),
        other => panic!("kind {other}"),
    };
    match key.counter {
        0 => (kind, id),
        n => (kind, format!("{id} {n}")),
    }
}

#[test]
fn a_sound_room_is_found_sound_open_and_closed_and_the_check_is_an_event() {
    for suite in [Suite::Mock, Suite::Cnsa] {
        let world = filled(suite);
        let before = take(&world);
        let checked = check(&world);
        assert_sound(&checked);
        assert_eq!(checked.entries, before.entries.len() as u64);
        assert_eq!(checked.rows, before.rows.len() as u64);
        assert_eq!(
            (checked.values_to_the_portion, checked.values_under_layers),
            (11, 11)
        );
        let after = take(&world);
        let house = house(&world, &after);
        let last = forge::event_at(&house, &after, after.entries.len() - 1);
        assert_eq!(Some(last.id.to_string()), checked.receipt);
        let rows = checked.rows;
        let expected = Act::Checked {
            whole: true,
            entries: checked.entries,
            rows,
            damaged: 0,
            missing: 0,
            orphaned: 0,
        };
        assert_eq!(last.act, expected);
        assert_sound(&check(&world));
        assert_sound(&offline(&world, &take(&world)).unwrap());
    }
}

#[test]
fn only_the_machines_operator_checks() {
    let world = filled(Suite::Mock);
    let entries = take(&world).entries.len();
    let refused: Refusal = world
        .guard()
        .check(Peer(OWN.0 + 1), OWN, &CheckAsk::default(), &mut go_on)
        .unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed);
    assert_eq!(take(&world).entries.len(), entries);
    assert!(
        world
            .guard()
            .check(Peer(0), OWN, &CheckAsk::default(), &mut go_on)
            .is_ok()
    );
}

#[test]
fn a_check_that_is_stopped_says_so() {
    let world = filled(Suite::Mock);
    let mut stop = |_| ControlFlow::Break(());
    let copy = world
        .guard()
        .check(PEER, OWN, &CheckAsk::default(), &mut stop)
        .unwrap();
    let checked: Checked = serde_json::from_slice(copy.json()).unwrap();
    assert!(!checked.whole && !checked.is_sound());
    assert!(checked.not_checked.iter().any(|s| s.contains("stopped")));
}

#[test]
fn a_changed_byte_of_any_row_is_named() {
    let world = filled(Suite::Mock);
    let store = take(&world);
    for (n, (key, row)) in store.rows.iter().enumerate() {
        let mut changed = store.clone();
        let at = (n * 7919) % row.len();
        changed.rows.get_mut(key).unwrap()[at] ^= 1 << (n % 8);
        if key.kind == ROOM {
            assert!(offline(&world, &changed).is_err(), "another room, or none");
            continue;
        }
        let (kind, id) = name_of(*key);
        let found = found(&world, &changed);
        let named = (kind.to_owned(), id, Wrong::Damaged);
        assert!(found.contains(&named), "{named:?} is not among {found:?}");
        // What a lost event had named is not called orphaned.
        assert!(found.iter().all(|f| f.2 != Wrong::Orphaned), "{found:?}");
    }
}

#[test]
fn a_row_that_is_gone_is_named_and_so_is_one_too_many() {
    let world = filled(Suite::Mock);
    let store = take(&world);
    let house = house(&world, &store);
    for key in store.rows.keys() {
        // The checkpoint is written anew within a second: without one, the tree is compared with nothing.
        if key.kind == ROOM || *key == Key::new(LOG, [0; 16], 1) {
            continue;
        }
        let mut changed = store.clone();
        changed.rows.remove(key);
        let (kind, id) = name_of(*key);
        let named = (kind.to_owned(), id, Wrong::Missing);
        let found = found(&world, &changed);
        assert!(found.contains(&named), "{named:?} is not among {found:?}");

        let mut more = store.clone();
        let bytes = house.get(&store, *key);
        let strange = Key::new(key.kind, [9; 16], key.counter);
        house.put(&mut more, strange, &bytes);
        let (kind, id) = name_of(strange);
        let kind = kind.to_owned();
        if key.kind == LOG {
            continue;
        }
        let found = self::found(&world, &more);
        assert_eq!(found, [(kind, id, Wrong::Orphaned)].into(), "{key:?}");
    }
    let mut unknown = store.clone();
    house.put(&mut unknown, Key::new(200, [1; 16], 0), b"what is this");
    let found = found(&world, &unknown);
    assert!(found.iter().all(|f| f.2 == Wrong::Orphaned) && found.len() == 1);
}

#[test]
fn without_a_checkpoint_a_check_says_what_it_could_not_compare() {
    let world = filled(Suite::Mock);
    let mut store = take(&world);
    forge::strip_checkpoint(&mut store);
    let checked = offline(&world, &store).unwrap();
    assert!(
        checked
            .not_checked
            .iter()
            .any(|s| s.contains("no checkpoint"))
    );
    assert_eq!(checked.checkpoint, None);
}

/// Someone who has the house key covers what he puts in place of what was there.
#[test]
fn what_was_put_in_place_by_who_has_the_house_key_is_named() {
    let world = filled(Suite::Mock);
    let store = take(&world);
    let house = house(&world, &store);
    let events = forge::events(&house, &store);
    let groups: Vec<_> = events
        .iter()
        .filter_map(|e| match &e.act {
            Act::Filed(f) => Some(&f.groups),
            _ => None,
        })
        .collect();
    let text = |record: usize| {
        let group = groups[record].iter().find(|g| g.holds == Holds::Text);
        *group.unwrap().id.as_bytes()
    };
    let row = |kind, id| Key::new(kind, id, 0);
    let named = |key: Key| (name_of(key).0.to_owned(), name_of(key).1, Wrong::Damaged);
    // Exchanged: each row is one of its kind, and in the wrong place.
    let exchanged = [
        (row(VALUE, text(1)), row(VALUE, text(4))),
        (row(RECORD_KEY, text(1)), row(RECORD_KEY, text(4))),
        (
            Key::new(LAYER_KEY, text(0), 0),
            Key::new(LAYER_KEY, text(0), 1),
        ),
        pair(&store, HOLDING),
        pair(&store, SHARE),
        pair(&store, KEY_BOX),
        pair(&store, NOTE_BOX),
        pair(&store, EVENT),
        pair(&store, COMMAND),
    ];
    for (a, b) in exchanged {
        let mut changed = store.clone();
        house.swap(&mut changed, a, b);
        let found = found(&world, &changed);
        assert!(
            found.contains(&named(a)) && found.contains(&named(b)),
            "{a:?} {b:?}: {found:?}"
        );
    }
    // A share whose digest is its own, and not the event's.
    let at = store.keys(SHARE)[3];
    let mut share: SealedShare = decode(&house.get(&store, at)).unwrap();
    share.facts.digest =
        strongroom_seal::digest(strongroom_seal::domain::SHARE_DIGEST, &[b"other"]);
    let mut changed = store.clone();
    house.put(&mut changed, at, &encode(&share));
    assert_eq!(found(&world, &changed), [named(at)].into());
    // A portion of a value exchanged for other sealed bytes.
    let at = row(VALUE, text(4));
    let mut bytes = house.get(&store, at);
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    house.put(&mut changed, at, &bytes);
    let found = found(&world, &changed);
    assert!(found.contains(&named(at)) && found.len() == 2, "{found:?}");
}

fn pair(store: &Loot, kind: u8) -> (Key, Key) {
    let keys = store.keys(kind);
    (keys[0], keys[1])
}

#[test]
fn a_ledger_that_was_cut_reordered_or_rewritten_is_named() {
    let world = filled(Suite::Mock);
    let store = take(&world);
    let size = store.entries.len();
    type Change = fn(&mut Loot, usize);
    let changes: [(&str, Change); 6] = [
        ("cut", |l, size| l.entries.truncate(size - 1)),
        ("removed", |l, size| {
            let _ = l.entries.remove(size / 2);
        }),
        ("exchanged", |l, size| {
            l.entries.swap(size / 2, size / 2 + 1)
        }),
        ("twice", |l, size| l.entries.push(l.entries[size / 2])),
        ("root", |l, size| l.entries[size / 2].0[9] ^= 1),
        ("version", |l, size| l.entries[size / 2].0[0] ^= 1),
    ];
    for (what, change) in changes {
        let mut changed = store.clone();
        change(&mut changed, size);
        let checked = offline(&world, &changed).unwrap();
        assert!(!checked.is_sound(), "{what}");
        let opens = checked
            .not_checked
            .iter()
            .any(|s| s.contains("does not open"));
        assert!(opens, "{what}: {:?}", checked.not_checked);
    }
    // Rewritten whole, with entries and head that fit, by one who has the house key and nobody's signature.
    let house = house(&world, &store);
    let mut forged = store.clone();
    let at = forge::find(&house, &store, |e| matches!(e.act, Act::Restricted { .. }));
    let mut event = forge::event_at(&house, &store, at);
    let signed = event.command.unwrap();
    let Act::Restricted { given, .. } = &mut event.act else {
        unreachable!()
    };
    let label = world.guard.as_ref().map(|_| given.clone()).unwrap();
    *given = label.join(&small::policy().parse_marking("Top Secret; Nodis").unwrap());
    forge::replace(&house, &mut forged, at, &event);
    let found = found(&world, &forged);
    let named = ("signature".to_owned(), signed.to_string(), Wrong::Damaged);
    assert!(found.contains(&named), "{found:?}");
}

#[test]
fn a_room_that_is_closed_by_damage_is_still_checked_and_says_why() {
    let mut world = filled(Suite::Mock);
    let store = take(&world);
    let house = house(&world, &store);
    let events = forge::events(&house, &store);
    let filed = events.iter().find_map(|e| match &e.act {
        Act::Filed(f) => Some(f.clone()),
        _ => None,
    });
    let record = filed.unwrap();
    let group = record
        .groups
        .iter()
        .find(|g| g.holds == Holds::Header)
        .unwrap();
    let at = Key::new(VALUE, *group.id.as_bytes(), 0);
    let mut changed = store.clone();
    changed.rows.get_mut(&at).unwrap()[70] ^= 1;
    small::reopen_on(&mut world, changed.disk()).unwrap();
    world.sign_in("chief");
    let read = Request::Read(ReadQuery {
        record: record.record.to_string(),
        original: false,
        ..ReadQuery::default()
    });
    assert_eq!(world.refused("chief", read).code, Code::Closed);
    let checked = check(&world);
    assert_eq!((checked.damaged, checked.receipt.is_none()), (1, true));
    assert_eq!(checked.findings[0].id, group.id.to_string());
    // Of a room whose ledger is damaged: why it does not open, and all that can be said.
    let event = Key::new(EVENT, store.entries[9].1, 0);
    changed.rows.get_mut(&event).unwrap()[70] ^= 1;
    let checked = offline(&world, &changed).unwrap();
    let says = |what: &str| checked.not_checked.iter().any(|s| s.contains(what));
    assert!(
        says("does not open") && says("cannot be read"),
        "{checked:#?}"
    );
    assert!(!checked.whole && checked.damaged >= 2);
}

#[test]
fn another_rooms_house_key_checks_nothing() {
    let world = filled(Suite::Mock);
    let other = small::room(77, Suite::Mock);
    let house = house_key(&other.house, other.env.floor);
    let vault = Vault::with_backend(take(&world).disk()).unwrap();
    let refused = check_offline(vault, house, &world.env, &[], None, &mut go_on);
    assert!(matches!(refused, Err(OpenError::HouseKey)));
    let empty = Vault::with_backend(FaultDisk::new()).unwrap();
    let house = house_key(&world.house, world.env.floor);
    let refused = check_offline(empty, house, &world.env, &[], None, &mut go_on);
    assert!(matches!(refused, Err(OpenError::NoRoom)));
}

#[test]
fn what_an_interrupted_filing_leaves_is_no_finding() {
    let world = filled(Suite::Mock);
    let many: String = (0..600)
        .map(|n| format!("<div type=\"document\" n=\"{n}\"><head>{n}</head><p>{n}</p></div>"))
        .collect();
    let tei = format!(
        "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><teiHeader/><text><body>{many}</body></text></TEI>"
    );
    let mut filing = filing("many.xml");
    filing.unmarked_as = Some("Secret; Nodis".to_owned());
    let copy = world
        .guard()
        .file(
            &world.tokens["clerk"],
            PEER,
            &filing,
            tei.as_bytes(),
            &mut |_| ControlFlow::Break(()),
        )
        .unwrap();
    let done: FilingDone = serde_json::from_slice(copy.json()).unwrap();
    assert!(!done.complete && !done.records.is_empty());
    assert_sound(&check(&world));
    // A box that nobody made for a filing is one.
    let store = take(&world);
    assert!(!store.keys(FILING).is_empty());
}

#[test]
fn while_the_room_is_used_nothing_is_found_that_is_not_there() {
    let world = filled(Suite::Mock);
    let (rounds, seconds) = match std::env::var("STRONGROOM_CHECK_SECONDS") {
        Ok(text) => (usize::MAX, text.parse().expect("a number of seconds")),
        Err(_) => (12, 60),
    };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let done = AtomicBool::new(false);
    let world = &world;
    thread::scope(|scope| {
        let done = &done;
        let filer = scope.spawn(move || {
            let mut n = 100;
            while !done.load(Ordering::Relaxed) {
                n += 1;
                let name = if n % 2 == 0 { "chief" } else { "clerk" };
                let text = format!("Note {n}\n\nOne of {n}.\n\nTwo of {n}.\n\nThree of {n}.\n");
                let filed = world.file_text(name, &text, "Secret", n);
                let id = &filed.records[0].record;
                let _ = world.read("alice", id);
                let _ = world.read("chief", id);
                match n % 4 {
                    0 => drop(world.restrict("chief", id, "Top Secret", &["1"])),
                    1 => drop(world.restrict("clerk", id, "Top Secret", &[])),
                    2 => {
                        let all = ["0", "1", "2", "3"];
                        let _ = world.ask("chief", &restriction(id, "Nodis", &all));
                        let _ = world.ask("chief", &restriction(id, "Top Secret", &["2"]));
                    }
                    _ => {}
                }
            }
            n
        });
        let reader = scope.spawn(move || {
            let mut dice = Stream::from_seed([3; 32]);
            while !done.load(Ordering::Relaxed) {
                let list = world.list("alice");
                let pick = usize::from(dice.bytes::<1>()[0]) % list.records.len();
                // It may have been raised since it was listed.
                let record = list.records[pick].id.clone();
                let read = ReadQuery {
                    record,
                    original: false,
                    ..ReadQuery::default()
                };
                let _ = world.ask("alice", &Request::Read(read));
                world.guard().tick();
            }
        });
        for _ in 0..rounds {
            if std::time::Instant::now() > until {
                break;
            }
            assert_sound(&check(world));
        }
        done.store(true, Ordering::Relaxed);
        assert!(filer.join().unwrap() > 101);
        reader.join().unwrap();
    });
    let change = Request::Passphrase(PassphraseChange {
        old: PASSPHRASE.to_owned(),
        new: "zoom zone zombie zodiac zipping zipfile".to_owned(),
        request: None,
    });
    let _ = world.ask("alice", &change);
    assert_sound(&check(world));
}

#[test]
fn what_the_disk_lost_under_the_open_room_is_named_although_the_room_still_answers() {
    let world = filled(Suite::Mock);
    assert_sound(&check(&world));
    let image = world.disk.image();
    // As `dd` would: everything behind the first pages.
    let from = image.len() / 4;
    world
        .disk
        .write(from as u64, &vec![0; image.len() - from])
        .unwrap();
    let checked = check(&world);
    assert!(!checked.is_sound(), "nothing was noticed");
    let [found] = &checked.findings[..] else {
        panic!("{checked:#?}");
    };
    assert_eq!(
        (found.kind.as_str(), found.wrong),
        ("store", Wrong::Damaged)
    );
    assert!(found.rule.contains("on the disk"), "{found:?}");
    assert!(found.remedy.contains("backup make"), "{found:?}");
    // The room goes on with what it has in memory, and so can be backed up.
    assert!(!world.list("alice").records.is_empty());
    assert!(Vault::with_backend(FaultDisk::from_image(world.disk.image())).is_err());
}

#[test]
fn a_disk_that_does_not_give_its_pages_is_a_finding() {
    let world = filled(Suite::Mock);
    world.disk.fail_now(Fault::Reads);
    let checked = check(&world);
    world.disk.heal();
    assert!(!checked.is_sound());
    let found = checked.findings.iter().find(|f| f.kind == "store");
    let found = found.unwrap_or_else(|| panic!("{checked:#?}"));
    assert!(found.rule.contains("failed"), "{found:?}");
}
