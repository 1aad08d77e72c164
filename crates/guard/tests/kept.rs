//! The kept state: a room opened from it is the room that its ledger gives, and a forged one is found.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::time::{Duration, Instant};

use common::{START, World};
use loot::{LOG, Loot, SNAPSHOT};
use proptest::prelude::*;
use small::{house, loot as take, reopen_on};
use strongroom_guard::api::*;
use strongroom_record::event::Act;
use strongroom_record::{Clock, Stream, Timestamp, encode};
use strongroom_seal::{PersonKeys, Suite};
use strongroom_vault::Key;
use strongroom_vault::testing::{Fault, FaultDisk, Loss};

/// A room with people and some records.
fn room() -> World {
    let mut world = small::room(41, Suite::Mock);
    world.add_person("alice", &["reader"], "at-most Secret");
    for n in 0..3 {
        world.file_text(
            "chief",
            &format!("Note {n}\n\nWords of {n}.\n"),
            "Secret",
            n,
        );
    }
    world
}

/// Waits until the ledger has been read anew, or the room is closed.
fn settled(world: &World) -> Status {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let status = world.guard().status();
        if status.read_anew.is_none() || status.because.is_some() {
            return status;
        }
        assert!(Instant::now() < until, "reading anew does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the room would keep now, read from the first event on: without the states kept before.
fn from_the_first_event(store: &Loot, world: &World) -> Vec<u8> {
    let mut bare = store.clone();
    bare.rows.retain(|key, _| key.kind != SNAPSHOT);
    kept_anew(&bare, world)
}

/// What a room on a store keeps: all pieces under the house key, and what its event says of them.
fn kept_anew(store: &Loot, world: &World) -> Vec<u8> {
    let mut other = small::room(41, Suite::Mock);
    other.house = world.house.clone();
    reopen_on(&mut other, store.disk()).unwrap();
    other.guard().keep_state().unwrap();
    let stored = take(&other);
    let house = house(&other, &stored);
    let event = forge::event_at(&house, &stored, stored.entries.len() - 1);
    let pieces = stored
        .keys(SNAPSHOT)
        .into_iter()
        .filter(|k| k.id != [0; 16]);
    let mut bytes = encode(&event.act);
    pieces.for_each(|key| bytes.extend(house.get(&stored, key)));
    bytes
}

#[test]
fn a_room_that_is_shut_opens_from_its_kept_state() {
    let mut world = room();
    let ids = world.list("chief");
    world.reopen();
    assert!(!world.raw_rows(SNAPSHOT).is_empty());
    let status = settled(&world);
    assert_eq!((status.state.as_str(), status.because), ("open", None));
    world.sign_in("chief");
    world.sign_in("alice");
    assert_eq!(world.list("chief").records.len(), ids.records.len());
    assert!(world.list("alice").records.len() == 3);
    let checked: LedgerChecked = world.get("chief", Request::LedgerCheck);
    assert_eq!(checked.entries, world.guard().status().entries);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 0, ..ProptestConfig::default() })]
    /// After any history, the state that is kept from the state kept before it and the events since is
    /// the one that the whole ledger gives.
    #[test]
    fn a_kept_state_and_what_came_since_are_the_whole_ledger(
        acts in prop::collection::vec((0_u8..11, any::<u8>()), 1..24),
    ) {
        let mut world = room();
        for (n, (act, pick)) in acts.into_iter().enumerate() {
            let records = world.list("chief").records;
            let record = records[usize::from(pick) % records.len()].id.clone();
            match act {
                0 => drop(world.file_text("chief", &format!("More {n}\n\nWords.\n"), "Secret", 100 + n as u64)),
                1 => drop(world.ask("chief", &common::restriction(&record, "Top Secret", &[]))),
                2 => drop(world.ask("chief", &common::restriction(&record, "Nodis", &["1"]))),
                3 => drop(world.read("chief", &record)),
                4 => drop(world.ask("alice", &Request::Read(ReadQuery { record, ..ReadQuery::default() }))),
                5 => world.add_person(&format!("person-{n}"), &["reader"], "at-most Secret"),
                6 => drop(world.sign_in("alice")),
                7 => {
                    world.reopen();
                    world.sign_in("chief");
                    world.sign_in("alice");
                }
                8 => {
                    let atom = ["Secret", "Top Secret", "Nodis"][usize::from(pick) % 3];
                    let turn = AtomTurn { atom: atom.to_owned(), request: None };
                    drop(world.ask("chief", &Request::AtomTurn(turn)).unwrap());
                }
                9 => {
                    let portions: &[&str] = if pick % 2 == 0 { &[] } else { &["marking"] };
                    drop(world.ask("chief", &common::grading(&record, "C3", portions)).unwrap());
                }
                _ => world.guard().keep_state().unwrap(),
            }
        }
        world.guard().keep_state().unwrap();
        world.sign_in("alice");
        let store = take(&world);
        prop_assert_eq!(kept_anew(&store, &world), from_the_first_event(&store, &world));
        world.reopen();
        prop_assert_eq!(settled(&world).because, None);
    }
}

/// A thief with the house key and the ledger's keys in it writes a state that binds another key, and an
/// event for it, in a ledger whose entries and heads fit.
#[test]
fn a_forged_state_closes_the_room() {
    let mut world = room();
    world.guard().keep_state().unwrap();
    world.guard().tick();
    let store = take(&world);
    let house = house(&world, &store);
    let keys = PersonKeys::random(Suite::Mock, &mut Stream::from_seed([9; 32]));

    let mut forged = store.clone();
    let index = forge::find(&house, &store, |e| matches!(e.act, Act::StateKept { .. }));
    forge::kept_state(&house, &mut forged, index, |piece| {
        let real = encode(&small::keys_of(&world, &store, "alice").public());
        replaced(piece, &real, &encode(&keys.public()))
    });
    reopen_on(&mut world, forged.disk()).expect("its event bears it out");
    let status = settled(&world);
    assert_eq!(status.state, "closed");
    let because = status.because.unwrap();
    assert!(
        because.contains("read from its first entry on"),
        "{because}"
    );
    let ask = SignIn {
        name: "chief".to_owned(),
        passphrase: common::PASSPHRASE.to_owned(),
    };
    let refused = world.guard().sign_in(&ask, common::PEER).unwrap_err();
    assert_eq!(refused.code, strongroom_guard::Code::Closed);
    // It does not pass by itself.
    world.guard().tick();
    assert_eq!(world.guard().status().state, "closed");
}

/// Bytes with others in the place of some, which are as long.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.windows(from.len()).position(|w| w == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn every_changed_row_of_a_kept_state_closes_the_room_and_a_missing_one_is_missed() {
    let mut world = room();
    world.guard().keep_state().unwrap();
    let store = take(&world);
    let house = house(&world, &store);
    let keys = store.keys(SNAPSHOT);
    assert!(keys.len() > 5);
    for key in keys {
        let row = store.rows[&key].clone();
        for at in [0, row.len() / 2, row.len() - 1] {
            let mut changed = store.clone();
            changed.rows.get_mut(&key).unwrap()[at] ^= 1;
            assert!(
                reopen_on(&mut world, changed.disk()).is_err(),
                "{key:?} {at}"
            );
        }
        // By one who has the house key.
        let mut bytes = house.get(&store, key);
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let mut changed = store.clone();
        house.put(&mut changed, key, &bytes);
        assert!(reopen_on(&mut world, changed.disk()).is_err(), "{key:?}");
        let mut changed = store.clone();
        changed.rows.remove(&key);
        let opened = reopen_on(&mut world, changed.disk());
        // Without the row that names it, there is none, and all is read.
        assert_eq!(opened.is_ok(), key.id == [0; 16], "{key:?}");
        if opened.is_ok() {
            assert_eq!(world.guard().status().read_anew, None);
        }
    }
}

#[test]
fn what_is_kept_of_an_older_ledger_or_of_another_is_refused() {
    let mut world = room();
    world.guard().keep_state().unwrap();
    let older = take(&world);
    world.file_text("chief", "A later note\n\nIts words.\n", "Secret", 50);
    world.guard().keep_state().unwrap();
    let store = take(&world);
    // The older state as a whole is one that the ledger bears out.
    let mut back = store.clone();
    back.rows.retain(|key, _| key.kind != SNAPSHOT);
    let rows = older.rows.iter().filter(|(key, _)| key.kind == SNAPSHOT);
    back.rows.extend(rows.map(|(key, row)| (*key, row.clone())));
    reopen_on(&mut world, back.disk()).unwrap();
    assert_eq!(settled(&world).because, None);
    world.sign_in("chief");
    assert_eq!(world.list("chief").records.len(), 4);
    // Its ledger cut below what it follows from, and spliced, with no head that tells.
    let mut cut = store.clone();
    cut.entries.truncate(older.entries.len() - 3);
    cut.rows.remove(&Key::new(LOG, [0; 16], 1));
    assert!(reopen_on(&mut world, cut.disk()).is_err());
    let mut spliced = store.clone();
    let at = spliced.entries.len() / 2;
    spliced.entries.swap(at, at + 1);
    spliced.rows.remove(&Key::new(LOG, [0; 16], 1));
    assert!(reopen_on(&mut world, spliced.disk()).is_err());
}

/// A crash at any write while the state is kept leaves a room that opens with all that was acknowledged.
#[test]
fn a_crash_while_the_state_is_kept_loses_nothing() {
    let mut world = room();
    world.guard().keep_state().unwrap();
    world.file_text("chief", "A later note\n\nIts words.\n", "Secret", 60);
    let entries = world.guard().status().entries;
    let image = world.disk.image();
    let (mut at, mut kept) = (0, false);
    while !kept {
        let disk = FaultDisk::from_image(image.clone());
        reopen_on(&mut world, disk.clone()).unwrap();
        assert_eq!(settled(&world).because, None);
        disk.fail_at(disk.operations() + at, Fault::PowerLost);
        kept = world.guard().keep_state().is_ok() && !disk.is_failing();
        for loss in [Loss::All, Loss::Nothing, Loss::Drawn(at)] {
            reopen_on(&mut world, disk.after_crash(loss)).unwrap();
            let status = settled(&world);
            assert_eq!(status.because, None, "operation {at}");
            let there = status.entries;
            assert!(
                there >= entries && (!kept || there > entries),
                "operation {at}"
            );
            world.sign_in("chief");
            assert_eq!(world.list("chief").records.len(), 4);
        }
        at += 1;
    }
    assert!(at > 4, "a state is kept in several writes: {at}");
}

/// The instants of a room never go back: not behind its last event, nor behind its last checkpoint.
#[test]
fn time_never_runs_backwards_across_openings() {
    let at = |world: &World| {
        let store = take(world);
        let house = house(world, &store);
        forge::events(&house, &store).last().unwrap().at
    };
    let mut world = room();
    let before = at(&world);
    // A checkpoint long after the last event, as of which the clock is then set back.
    let _ = world.list("chief");
    world.clock.advance(Duration::from_secs(3_600));
    world.guard().tick();
    let signed = world.clock.now();
    world
        .clock
        .set(Timestamp::from_millis(START.millis() - 365 * 86_400_000));
    for _ in 0..2 {
        let store = take(&world);
        reopen_on(&mut world, store.disk()).unwrap();
        world.sign_in("chief");
        assert!(at(&world) >= before);
        assert!(
            at(&world).millis() / 1000 >= signed.millis() / 1000,
            "behind the checkpoint"
        );
    }
}
