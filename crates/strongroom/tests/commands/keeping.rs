//! What the machine's operator does: `check`, `backup`, `restore`.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::house::{House, names_in};

#[test]
fn a_room_is_checked_while_it_is_open_and_while_it_is_not() {
    let mut house = House::open();
    let text = house.write("note.txt", "A heading\n\nWords.\n");
    house.file(&text, &["--marking", "Secret"]).ok();
    let said = house.run(&["check"]).ok();
    assert!(
        said.out.contains("Sound: nothing is damaged"),
        "{}",
        said.out
    );
    let open = house.run(&["check", "--json"]).ok().json();
    assert_eq!(open["whole"], true);
    assert!(open["receipt"].is_string() && open["checkpoint"].is_string());
    house.crash();
    let closed = house.run(&["check", "--json"]).ok().json();
    assert!(closed["receipt"].is_null());
    assert!(closed["entries"].as_u64() > open["entries"].as_u64());
    // Whose house key is not where it should be is told what is missing.
    let key = house.room().join("house.key");
    fs::rename(&key, house.path("kept.key")).unwrap();
    assert!(house.run(&["check"]).exits(9).err.contains("--house-key"));
    house.run(&["check", "--house-key", "kept.key"]).ok();
}

#[test]
fn a_store_that_cannot_be_read_is_told_of() {
    let house = House::founded();
    let store = house.room().join("room.redb");
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    // Not the first pages, which say what kind of file it is; then all that hold something.
    let len = fs::metadata(&store).unwrap().len();
    for page in (8_192..len).step_by(4_096) {
        file.write_all_at(&[0xa5; 64], page + 100).unwrap();
    }
    let said = house.run(&["check"]);
    assert!(
        said.code == 9 || said.code == 1,
        "{} {}",
        said.code,
        said.err
    );
    assert!(!(said.out + &said.err).contains("Sound"));
    let nowhere = house.run(&["check", "--room", "nowhere"]);
    assert_eq!(nowhere.exits(5).out, "");
}

#[test]
fn a_store_that_is_overwritten_under_its_guard_is_told_of_while_it_can_be_saved() {
    let house = House::open();
    let text = house.write("note.txt", "A heading\n\nWords.\n");
    house.file(&text, &["--marking", "Secret"]).ok();
    house.run(&["check"]).ok();
    let store = house.room().join("room.redb");
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    let len = usize::try_from(fs::metadata(&store).unwrap().len()).unwrap();
    let from = 64 << 10;
    file.write_all_at(&vec![0; len - from], from as u64)
        .unwrap();
    let said = house.run(&["check"]).exits(1).out;
    assert!(said.contains("damaged store file"), "{said}");
    assert!(
        said.contains("every page on the disk is as it was written"),
        "{said}"
    );
    assert!(
        said.contains("keep the guard running") && !said.contains("Sound"),
        "{said}"
    );
    let json = house.run(&["check", "--json"]).exits(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["findings"][0]["kind"], "store");
    // What it says to do can be done.
    house.run(&["backup", "make", "saved.backup"]).ok();
}

/// Everything that a person can list and read, without what differs at each reading.
fn shown(house: &House, room: &str) -> Vec<String> {
    let person = ["--as", "founder", "--room", room];
    let listing = house.run(&[&["list", "--json"], &person[..]].concat()).ok();
    let records = listing.json()["records"].clone();
    let mut shown = vec![records.to_string()];
    for record in records.as_array().unwrap() {
        let id = record["id"].as_str().unwrap();
        let read = house
            .run(&[&["read", "--json", id], &person[..]].concat())
            .ok()
            .json();
        shown.push(format!(
            "{} {} {}",
            read["banner"], read["header"], read["portions"]
        ));
    }
    shown
}

#[test]
fn a_room_is_backed_up_rehearsed_and_restored_as_it_was() {
    let mut house = House::open();
    let text = house.write("note.txt", "A heading\n\nWords.\n\nMore words.\n");
    house.file(&text, &["--marking", "Secret"]).ok();
    house.run(&["backup", "make", "full.backup"]).ok();
    house.file(&text, &["--marking", "Top Secret"]).ok();
    let made = house.run(&[
        "backup",
        "make",
        "more.backup",
        "--since",
        "full.backup",
        "--json",
    ]);
    assert!(made.ok().json()["base"].is_string());
    let piped = house.command(&["backup", "make", "-"]).output().unwrap();
    assert!(piped.status.success() && piped.stdout.starts_with(b"strongroom backup 1\n"));
    assert!(
        house
            .run(&["backup", "make", "full.backup"])
            .exits(7)
            .err
            .contains("already")
    );
    let room = house.room().display().to_string();
    let before = shown(&house, &room);
    assert_eq!(before.len(), 3);
    let names = names_in(house.dir.path());
    // A rehearsal leaves nothing.
    fs::create_dir(house.path("scratch")).unwrap();
    let chain = ["full.backup", "more.backup", "--private", "sheet"];
    let rehearse = [&["backup", "rehearse", "--scratch", "scratch"], &chain[..]].concat();
    let said = house.run(&rehearse).ok();
    assert!(
        said.out.contains("rehearsed to the head of"),
        "{}",
        said.out
    );
    assert!(names_in(&house.path("scratch")).is_empty());
    fs::remove_dir(house.path("scratch")).unwrap();
    // What may be lost is said before anything is done.
    let restore = [&["restore", "--into", "back"], &chain[..]].concat();
    let refused = house.run(&restore).exits(7);
    assert!(
        refused.err.contains("restrictions made after the backup"),
        "{}",
        refused.err
    );
    assert_eq!(names_in(house.dir.path()), names);
    let restore = [&restore[..], &["--accept-loss"]].concat();
    house.run(&restore).ok();
    assert!(house.run(&restore).exits(7).err.contains("already"));
    house.crash();
    // The one room goes, the other comes, under the same name.
    fs::rename(house.room(), house.path("lost")).unwrap();
    fs::rename(house.path("back"), house.room()).unwrap();
    house.open_guard();
    // This account saw the former log, and does not take this one for it silently.
    let refused = house.sign_in("founder").exits(10);
    assert!(refused.err.contains("accept-restore"), "{}", refused.err);
    let accepted = house.run(&["ledger", "accept-restore", "--yes"]).ok();
    assert!(
        accepted.out.contains("nobody knows how much"),
        "{}",
        accepted.out
    );
    house.sign_in("founder").ok();
    assert_eq!(shown(&house, &room), before);
    house.run(&["check"]).ok();
    let status = house.run(&["status", "--json"]).ok().json();
    let line = format!("strongroom/{}/2\n", status["room"].as_str().unwrap());
    assert!(
        status["checkpoint"].as_str().unwrap().starts_with(&line),
        "{status}"
    );
}

#[test]
fn what_is_no_whole_backup_restores_nothing_and_leaves_nothing() {
    let house = House::open();
    house.run(&["backup", "make", "full.backup"]).ok();
    let whole = fs::read(house.path("full.backup")).unwrap();
    house.write("cut.backup", &whole[..whole.len() - 1]);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    house.write("flipped.backup", &flipped);
    house.write("none.backup", "words");
    let names = names_in(house.dir.path());
    for (file, words) in [
        ("cut.backup", "ends"),
        ("flipped.backup", "chunk"),
        ("none.backup", "no backup"),
    ] {
        let private = ["--private", "sheet", "--into", "back", "--accept-loss"];
        let said = house
            .run(&[&["restore", file], &private[..]].concat())
            .exits(1);
        assert!(said.err.contains(words), "{file}: {}", said.err);
        assert_eq!(names_in(house.dir.path()), names, "{file}");
    }
    // Another account's word for it is no private file.
    let other = house.write_private("other", "strongroom recovery sheet");
    let args = [
        "restore",
        "full.backup",
        "--into",
        "back",
        "--accept-loss",
        "--private",
        &other,
    ];
    house.run(&args).exits(1);
    assert_eq!(names_in(house.dir.path()).len(), names.len() + 1);
}

#[test]
fn fewer_key_holders_than_are_needed_restore_nothing() {
    let mut house = House::empty();
    let pass = house.passphrase("holders");
    for name in ["ada", "bo", "cyd"] {
        house
            .run(&["key-holder", "new", name, "--passphrase-file", &pass])
            .ok();
    }
    let founder = house.passphrase("founder");
    let args = [
        "init",
        "--policy",
        "us-state-historical",
        "--passphrase-file",
        &founder,
        "--quorum",
        "2",
        "--key-holder",
        "ada.card",
        "--key-holder",
        "bo.card",
        "--key-holder",
        "cyd.card",
    ];
    house.run(&args).ok();
    house.open_guard();
    house.run(&["backup", "make", "full.backup"]).ok();
    let with = |private: &[&str]| {
        let fixed = [
            "backup",
            "rehearse",
            "full.backup",
            "--passphrase-file",
            &pass,
            "--private",
        ];
        house.run(&[&fixed[..], private].concat())
    };
    assert!(with(&["bo.key"]).exits(6).err.contains("1 of the 2"));
    assert!(
        with(&["bo.key", "bo.key"])
            .exits(6)
            .err
            .contains("1 of the 2")
    );
    with(&["cyd.key", "ada.key"]).ok();
}

#[test]
fn key_holders_give_over_the_socket_and_the_rehearsal_goes_on() {
    let mut house = House::empty();
    let pass = house.passphrase("holders");
    for name in ["ada", "bo", "cyd"] {
        let made = house.run(&["key-holder", "new", name, "--passphrase-file", &pass]);
        made.ok();
    }
    let founder = house.passphrase("founder");
    let cards = ["ada.card", "bo.card", "cyd.card"].map(|card| ["--key-holder", card]);
    let fixed = [
        "init",
        "--policy",
        "us-state-historical",
        "--passphrase-file",
        &founder,
    ];
    let among = ["--quorum", "2"];
    house
        .run(&[&fixed[..], &among, cards.as_flattened()].concat())
        .ok();
    house.open_guard();
    house.run(&["backup", "make", "full.backup"]).ok();
    fs::create_dir(house.path("scratch")).unwrap();
    let rehearse = ["backup", "rehearse", "full.backup", "--scratch", "scratch"];
    let mut waiting = house
        .command(&rehearse)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let room = loop {
        assert!(Instant::now() < until, "nothing waits for key holders");
        let names = names_in(&house.path("scratch"));
        if let Some(name) = names.first()
            && house.path("scratch").join(name).join("guard.sock").exists()
        {
            break format!("scratch/{name}");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    for holder in ["cyd.key", "ada.key"] {
        let private = ["--private", holder, "--passphrase-file", &pass, "--yes"];
        house
            .run(&[&["key-holder", "give", "--room", &room], &private[..]].concat())
            .ok();
    }
    let done = waiting.wait().unwrap();
    assert!(done.success());
    assert!(names_in(&house.path("scratch")).is_empty());
}

#[test]
fn what_is_no_chain_of_backups_is_refused_by_the_name_of_its_file() {
    let mut other = House::new();
    other.open_guard();
    other.run(&["backup", "make", "other.backup"]).ok();
    let house = House::open();
    let foreign = fs::read(other.path("other.backup")).unwrap();
    house.write("other.backup", foreign);
    let make = |file: &str, since: &[&str]| {
        let made = house.run(&[&["backup", "make", file], since].concat());
        made.ok();
    };
    make("full", &[]);
    house.run(&["list"]).ok();
    make("second", &["--since", "full"]);
    house.run(&["list"]).ok();
    make("third", &["--since", "second"]);
    let second = fs::read(house.path("second")).unwrap();
    house.write("cut", &second[..second.len() - 40]);
    let mut bytes = second.clone();
    let at = bytes.len() - 200;
    bytes[at] ^= 1;
    house.write("flipped", &bytes);
    let cases: [(&[&str], &str, &str); 11] = [
        (&["second"], "second: ", "comes first"),
        (&["second", "full"], "second: ", "comes first"),
        (&["full", "third"], "third: ", "does not continue"),
        (&["full", "third", "second"], "third: ", "does not continue"),
        (
            &["full", "second", "second"],
            "second: ",
            "does not continue",
        ),
        (
            &["full", "full"],
            "full: ",
            "a whole one, which stands first",
        ),
        (&["full", "other.backup"], "other.backup: ", "another room"),
        (&["full", "cut"], "cut: ", ""),
        (&["full", "flipped"], "flipped: ", ""),
        (&["full", "cut", "third"], "cut: ", ""),
        (&["full", "flipped", "third"], "flipped: ", ""),
    ];
    let names = names_in(house.dir.path());
    for (chain, file, words) in cases {
        let private = ["--private", "sheet", "--into", "back", "--accept-loss"];
        let refused = house
            .run(&[&["restore"], chain, &private[..]].concat())
            .exits(1);
        let said = &refused.err;
        assert!(
            said.contains(&format!("strongroom: {file}")) && said.contains(words),
            "{chain:?}: {said}"
        );
        assert_eq!(names_in(house.dir.path()), names, "{chain:?}");
    }
    let whole = ["restore", "full", "second", "third", "--into", "back"];
    let more = ["--private", "sheet", "--accept-loss"];
    house.run(&[&whole[..], &more].concat()).ok();
}
