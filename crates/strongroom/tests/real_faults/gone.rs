//! A store, or a ledger folder, that is deleted, emptied, replaced or read-only, under an open room and under
//! a closed one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::house::House;
use crate::{closes, file, opens_again, status, until};

/// A room with a note in it, open.
fn filed() -> (House, String) {
    let house = House::open();
    let record = file(&house, "note.txt", "A note\n\nIts words.\n").map_err(|e| e.err);
    (house, record.unwrap())
}

fn still_there(house: &House, record: &str) {
    house.sign_in("founder").ok();
    let read = house.as_("founder", &["read", record]).ok();
    assert!(read.out.contains("Its words."));
}

fn close(house: &mut House) {
    house.run(&["close"]).ok();
    house.ended();
}

/// Makes a file or folder read-only, or writable again, also for root; whether that can be had here.
fn immutable(path: &Path, yes: bool) -> bool {
    let mut command = Command::new("chattr");
    command.arg(if yes { "+i" } else { "-i" }).arg(path);
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

#[test]
fn a_store_that_is_deleted_closes_the_open_room_until_it_is_back() {
    let (house, record) = filed();
    let (store, kept) = (house.room().join("room.redb"), house.path("kept"));
    fs::hard_link(&store, &kept).unwrap();
    fs::remove_file(&store).unwrap();
    closes(&house, "deleted, moved or replaced");
    // A folder in its place is not it.
    fs::create_dir(&store).unwrap();
    closes(&house, "deleted, moved or replaced");
    fs::remove_dir(&store).unwrap();
    fs::hard_link(&kept, &store).unwrap();
    opens_again(&house);
    still_there(&house, &record);
}

#[test]
fn a_store_that_is_emptied_under_the_open_room_closes_it_for_good() {
    let (mut house, record) = filed();
    let store = house.room().join("room.redb");
    let whole = house.path("whole");
    until("no checkpoint", || status(&house).code == 0);
    fs::copy(&store, &whole).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&store)
        .unwrap();
    closes(&house, "");
    house.crash();
    let refused = house.run(&["open"]).exits(9);
    assert!(refused.err.contains("0 bytes long"), "{}", refused.err);
    // A copy from before, put in its place, is the room as it was then; the folder tells if that was too early.
    fs::copy(&whole, &store).unwrap();
    house.open_guard();
    still_there(&house, &record);
}

#[test]
fn a_closed_room_without_its_store_does_not_open_and_says_so() {
    let (mut house, record) = filed();
    close(&mut house);
    let (store, kept) = (house.room().join("room.redb"), house.path("kept"));
    fs::rename(&store, &kept).unwrap();
    assert!(!house.run(&["open"]).exits(5).err.is_empty());
    fs::write(&store, "").unwrap();
    let said = house.run(&["open"]).exits(9).err;
    assert!(said.contains("0 bytes long"), "{said}");
    fs::remove_file(&store).unwrap();
    fs::create_dir(&store).unwrap();
    assert!(house.run(&["open"]).code != 0);
    assert!(house.run(&["status"]).code != 0);
    fs::remove_dir(&store).unwrap();
    fs::rename(&kept, &store).unwrap();
    if immutable(&store, true) {
        let refused = house.run(&["open"]);
        assert!(immutable(&store, false));
        let said = refused.exits(9).err;
        assert!(
            said.contains("not allow") || said.contains("ermission") || said.contains("ermitted"),
            "{said}"
        );
    } else {
        println!("not tried: a store that is read-only, since no file can be made immutable here");
    }
    house.open_guard();
    still_there(&house, &record);
}

#[test]
fn a_store_that_becomes_read_only_closes_the_open_room_until_it_is_not() {
    let (house, record) = filed();
    let store = house.room().join("room.redb");
    if !immutable(&store, true) {
        println!("skipped: no file can be made immutable here, and modes do not bind root");
        return;
    }
    // What is asked shows it: an open file can be read as before.
    let refused = file(&house, "more.txt", "More\n\nWords.\n");
    let tells = refused.is_err() && status(&house).code == 3;
    let said = status(&house).out;
    assert!(immutable(&store, false));
    assert!(tells, "{said}");
    println!("read-only: {}", said.lines().next().unwrap());
    opens_again(&house);
    still_there(&house, &record);
}

#[test]
fn a_ledger_folder_that_is_deleted_or_emptied_is_written_anew() {
    let (mut house, record) = filed();
    let ledger = house.room().join("ledger");
    let keys = house.run(&["ledger", "keys"]).ok().out;
    let keys = house.write("keys", keys);
    let verified = |house: &House| {
        let folder = ledger.to_str().unwrap();
        house
            .run(&["verify", "ledger", folder, "--keys", &keys])
            .code
            == 0
    };
    until("it is not published", || verified(&house));
    let empty = |path: &Path| {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                fs::remove_dir_all(entry).unwrap();
            } else {
                fs::remove_file(entry).unwrap();
            }
        }
    };
    for harm in ["emptied", "hollow", "deleted"] {
        let how = |path: &Path| match harm {
            "emptied" => empty(path),
            "hollow" => fs::write(path.join("checkpoint"), "").unwrap(),
            _ => fs::remove_dir_all(path).unwrap(),
        };
        // Under the open room, with something new to publish. One that is found half emptied closes it for a moment.
        how(&ledger);
        until(harm, || house.run(&["list"]).code == 0);
        until(harm, || status(&house).code == 0 && verified(&house));
        // Under the closed one.
        close(&mut house);
        how(&ledger);
        house.open_guard();
        house.sign_in("founder").ok();
        until(harm, || verified(&house));
    }
    still_there(&house, &record);
}

#[test]
fn a_ledger_folder_that_cannot_be_written_closes_the_room_until_it_can() {
    let (mut house, record) = filed();
    let ledger = house.room().join("ledger");
    let kept = house.path("kept");
    // A file in its place, while the room is open.
    fs::rename(&ledger, &kept).unwrap();
    fs::write(&ledger, "").unwrap();
    closes(&house, "the ledger cannot be published");
    fs::remove_file(&ledger).unwrap();
    fs::rename(&kept, &ledger).unwrap();
    opens_again(&house);
    still_there(&house, &record);
    // And while it is closed: the room opens closed, or says why not.
    close(&mut house);
    fs::rename(&ledger, &kept).unwrap();
    fs::write(&ledger, "").unwrap();
    let refused = house.run(&["open"]).exits(9).err;
    assert!(refused.contains("ledger"), "{refused}");
    fs::remove_file(&ledger).unwrap();
    fs::rename(&kept, &ledger).unwrap();
    house.open_guard();
    house.sign_in("founder").ok();
    // Read-only.
    if !immutable(&ledger, true) {
        println!("not tried: a read-only folder, since none can be made immutable here");
        return;
    }
    let _ = house.run(&["list"]);
    until("it does not close", || status(&house).code == 3);
    let said = status(&house).out;
    let tried = file(&house, "more.txt", "More\n\nWords.\n");
    assert!(immutable(&ledger, false));
    assert!(said.contains("the ledger cannot be published"), "{said}");
    assert_eq!(tried.err().map(|done| done.code), Some(3));
    opens_again(&house);
    still_there(&house, &record);
    // Read-only from before it is opened: open, and closed until it can be published.
    close(&mut house);
    assert!(immutable(&ledger, true));
    house.open_guard();
    let closed = status(&house);
    let in_time = until("it does not close", || {
        let _ = house.sign_in("founder");
        status(&house).code == 3
    });
    assert!(immutable(&ledger, false));
    println!(
        "read-only at opening: {} after {in_time:?}",
        closed.out.lines().next().unwrap()
    );
    opens_again(&house);
    still_there(&house, &record);
}
