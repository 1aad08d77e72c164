//! Rooms that close by themselves: what is said where the guard runs, and that `close` ends it in any state. And
//! folders for the ledger that are not as they were left.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::heads::{acted_after, put_back};
use crate::house::{Done, House};

/// How long a room may take to notice something.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the guard with its standard error in a file.
fn open_told(house: &mut House) -> PathBuf {
    let told = house.path("told");
    let mut command = house.command(&["open"]);
    command.stderr(File::create(&told).unwrap());
    assert!(
        house.start(command),
        "{}",
        fs::read_to_string(&told).unwrap()
    );
    told
}

#[track_caller]
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn says(told: &Path, words: &str) {
    until(words, || fs::read_to_string(told).unwrap().contains(words));
}

#[test]
fn an_older_copy_says_where_it_runs_that_it_closed_and_is_ended_by_close() {
    let mut house = acted_after("older");
    put_back(&house, "older");
    let told = open_told(&mut house);
    let refused = house.sign_in("founder").exits(3);
    says(
        &told,
        "strongroom: the room is closed: this room is an older copy",
    );
    let published = fs::read(house.room().join("ledger/checkpoint")).unwrap();
    for said in [&fs::read_to_string(&told).unwrap(), &refused.err] {
        assert!(said.contains("does not reopen by itself"), "{said}");
        assert!(said.contains("strongroom close"), "{said}");
        assert!(!said.contains("tries again"), "{said}");
    }
    let status = house.run(&["status"]).exits(3);
    assert!(
        status.out.contains("do       nothing is shown"),
        "{}",
        status.out
    );
    let again = house.run(&["list"]).exits(3);
    assert!(again.err.contains("strongroom close"), "{}", again.err);
    // Nobody can be signed in any more: it is ended all the same, and nothing of it is published.
    house.run(&["close"]).ok();
    house.ended();
    let after = fs::read(house.room().join("ledger/checkpoint")).unwrap();
    assert!(after == published, "it was published");
}

#[test]
fn a_room_that_closes_and_opens_by_itself_says_both_and_is_ended_meanwhile() {
    let mut house = House::open();
    house.run(&["close"]).ok();
    house.ended();
    let told = open_told(&mut house);
    let (store, away) = (house.room().join("room.redb"), house.path("away.redb"));
    fs::rename(&store, &away).unwrap();
    says(&told, "strongroom: the room is closed: ");
    let said = fs::read_to_string(&told).unwrap();
    assert!(said.contains("tries again by itself"), "{said}");
    assert_eq!(said.matches("the room is closed").count(), 1, "{said}");
    fs::rename(&away, &store).unwrap();
    says(&told, "strongroom: the room is open again");
    fs::rename(&store, &away).unwrap();
    until("closed", || house.run(&["status"]).code == 3);
    house.run(&["close"]).ok();
    until("it runs", || house.guard().try_wait().unwrap().is_some());
    assert!(!house.socket().exists());
}

#[test]
fn a_room_that_waits_for_its_key_holders_is_ended_by_close() {
    let mut house = House::open();
    house.run(&["close"]).ok();
    house.ended();
    fs::rename(house.room().join("house.key"), house.path("kept.key")).unwrap();
    let mut waiting = house
        .command(&["open", "--recover-house-key"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("it waits", || {
        house.run(&["status"]).out.starts_with("waiting")
    });
    house.run(&["close"]).ok();
    assert_eq!(waiting.wait().unwrap().code(), Some(3));
    assert!(!house.socket().exists());
}

/// A closed room whose ledger was published.
fn published() -> House {
    let mut house = House::open();
    house.run(&["list"]).ok();
    house.run(&["close"]).ok();
    house.ended();
    assert!(house.room().join("ledger/checkpoint").exists());
    house
}

#[test]
fn a_ledger_folder_that_is_gone_is_written_anew_and_told_of() {
    let mut house = published();
    let checkpoint = house.room().join("ledger/checkpoint");
    let told = open_told(&mut house);
    until("open", || house.run(&["status"]).code == 0);
    assert_eq!(fs::read_to_string(&told).unwrap(), "");
    // Under the open room, then under the closed one.
    for under in ["open", "closed"] {
        // The guard may write there meanwhile.
        let ledger = house.room().join("ledger");
        until("removed", || fs::remove_dir_all(&ledger).is_ok());
        if under == "closed" {
            let _ = open_told(&mut house);
        }
        says(
            &told,
            "the ledger folder was missing or empty, and is written anew",
        );
        until("it is written", || checkpoint.exists());
        // One that is found half removed closes the room for a moment.
        until("told", || {
            let status = house.run(&["status"]);
            status.code == 0 && status.out.contains("missing or empty")
        });
        house.sign_in("founder").ok();
        house.run(&["close"]).ok();
        house.ended();
    }
}

#[test]
fn a_folder_that_is_not_the_rooms_is_left_as_it_is() {
    let mut house = published();
    house.open_guard();
    let room = house.room_id();
    house.sign_in("founder").ok();
    house.run(&["close"]).ok();
    house.ended();
    let ledger = house.room().join("ledger");
    // Another room's, which says so in its first line and in its signatures.
    let checkpoint = fs::read_to_string(ledger.join("checkpoint")).unwrap();
    let other = "0".repeat(room.len());
    let checkpoint = checkpoint.replace(&room, &other);
    fs::write(ledger.join("checkpoint"), &checkpoint).unwrap();
    let refused = |house: &House, words: &str| {
        let refused: Done = house.run(&["open"]).exits(3);
        assert!(refused.err.contains(words), "{}", refused.err);
        assert!(
            refused.err.contains("move that folder away"),
            "{}",
            refused.err
        );
    };
    refused(&house, &format!("holds the ledger of strongroom/{other}"));
    let left = fs::read_to_string(ledger.join("checkpoint")).unwrap();
    assert!(left == checkpoint, "it was written over");
    fs::remove_dir_all(&ledger).unwrap();
    fs::create_dir(&ledger).unwrap();
    fs::write(ledger.join("letters.txt"), "dear").unwrap();
    refused(&house, "letters.txt");
    assert_eq!(crate::house::names_in(&ledger), ["letters.txt"]);
    fs::remove_dir_all(&ledger).unwrap();
    house.open_guard();
}
