//! A room whose disk died: what was restricted after its backup stays so, and clients go on with it only once
//! they have seen what was lost.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::heads::copy;
use crate::house::{Done, House, WHY};
use crate::malicious::FalseGuard;

const HOLDERS: [&str; 3] = ["ada", "bo", "cyd"];

/// An open room of three key holders, of whom two are needed, with an anchor; alice reads what is secret.
fn anchored() -> House {
    let mut house = House::empty();
    let pass = house.passphrase("holders");
    for name in HOLDERS {
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
        "--quorum",
        "2",
    ];
    house.run(&[&fixed[..], cards.as_flattened()].concat()).ok();
    open(&mut house);
    house.sign_in("founder").ok();
    house.person("alice", &["reader"], Some("at-most Secret"));
    house
}

fn open(house: &mut House) {
    let anchor = house.path("anchor");
    house.open_guard_with(&["--anchor", anchor.to_str().unwrap()]);
}

/// Restores the room to its place.
fn restore(house: &House, more: &[&str]) -> Done {
    let pass = house.passphrase("holders");
    let fixed = [
        "restore",
        "full.backup",
        "--into",
        "room",
        "--passphrase-file",
        &pass,
        "--private",
        "ada.key",
        "cyd.key",
    ];
    house.run(&[&fixed[..], more].concat())
}

/// The same account of the machine with another memory.
fn elsewhere(house: &House, args: &[&str]) -> Done {
    let mut command = house.command(args);
    command.env("XDG_STATE_HOME", house.path("other-state"));
    command.env("XDG_RUNTIME_DIR", house.path("other-run"));
    command.output().unwrap().into()
}

/// What the guard answers to a question without a session.
fn post(house: &House, address: &str, body: &Value) -> Value {
    let mut stream = UnixStream::connect(house.socket()).unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {address} HTTP/1.1\r\nhost: room\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn head_file(house: &House) -> std::path::PathBuf {
    let heads = house.path("state").join("strongroom/heads");
    heads.join(house.room_id())
}

#[test]
fn a_room_whose_disk_died_comes_back_restricted_and_is_accepted_when_its_loss_was_seen() {
    let mut house = anchored();
    let text = house.write("note.txt", "A heading\n\nWords of the note.\n");
    for _ in 0..2 {
        house.file(&text, &["--marking", "Secret"]).ok();
    }
    house.run(&["backup", "make", "full.backup"]).ok();
    // Another account sees no more than the backup holds.
    fs::create_dir(house.path("other-run")).unwrap();
    elsewhere(&house, &["ledger", "checkpoint"]).ok();
    let listed = house.listed("alice");
    assert_eq!(listed.len(), 2);
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    let restrict = [&["restrict", &id, "--to", "Top Secret"], &WHY[..]].concat();
    house.as_("founder", &restrict).ok();
    house.as_("alice", &["read", &id]).exits(5);
    let keys = house.run(&["ledger", "keys"]).ok().out;
    house.write("former.keys", &keys);
    house.as_("founder", &["close"]).ok();
    house.ended();
    copy(&house.room().join("ledger"), &house.path("former-ledger"));
    fs::remove_dir_all(house.room()).unwrap();

    // The disk is gone. Without the anchor nobody would know of the restriction.
    let refused = restore(&house, &[]).exits(7);
    assert!(
        refused.err.contains("restrictions made after the backup"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("--accept-loss"), "{}", refused.err);
    let done = restore(&house, &["--anchor", "anchor"]).ok();
    assert!(done.out.contains("goes on as log 2"), "{}", done.out);
    open(&mut house);

    // Whoever saw the former log is told, and tells the room nothing.
    let kept = fs::read_to_string(head_file(&house)).unwrap();
    for refused in [
        house.sign_in("alice"),
        house.as_("founder", &["list"]),
        house.run(&["ledger", "checkpoint"]),
        elsewhere(&house, &["ledger", "checkpoint"]),
    ] {
        let refused = refused.exits(10);
        assert!(refused.err.contains("log 2"), "{}", refused.err);
        assert!(
            refused.err.contains("`strongroom ledger accept-restore`"),
            "{}",
            refused.err
        );
    }
    // It is shown, and not taken by itself.
    let shown = house.run(&["ledger", "accept-restore"]).exits(7);
    for words in [
        "goes on as log 2",
        "what came after, up to",
        "open   log 2: that",
        "are lost; that the",
    ] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    assert_eq!(fs::read_to_string(head_file(&house)).unwrap(), kept);
    false_guards_are_seen_through(&mut house, &kept);
    // With the cards of those who gave, their signatures count; another's card says nothing.
    let cards = [
        "--card", "ada.card", "--card", "bo.card", "--card", "cyd.card",
    ];
    let accept = [&["ledger", "accept-restore", "--yes"], &cards[..]].concat();
    let accepted = house.run(&accept).ok();
    for words in [
        "holds  log 2: ada signed for it",
        "holds  log 2: cyd signed for it",
        "approved  ada, cyd",
    ] {
        assert!(accepted.out.contains(words), "{words}: {}", accepted.out);
    }
    assert!(!accepted.out.contains("bo signed"), "{}", accepted.out);
    assert_eq!(
        fs::read_to_string(head_file(&house).with_extension("log1")).unwrap(),
        kept
    );
    let again = house.run(&["ledger", "accept-restore"]).ok();
    assert!(again.out.contains("nothing to accept"), "{}", again.out);
    // Who saw no more than was kept has lost nothing, and is shown that.
    let accepted = elsewhere(&house, &["ledger", "accept-restore", "--yes", "--json"]).ok();
    let accepted: Value = serde_json::from_str(&accepted.out).unwrap();
    assert_eq!(accepted["was"]["log"], 1);
    assert_eq!(accepted["now"]["log"], 2);
    assert!(
        accepted
            .to_string()
            .contains("that this account saw are in the ledger"),
        "{accepted}"
    );
    // Which records rose again is shown to nobody by this.
    let told = post(&house, "/v1/restores", &json!({"seen": 1}));
    let fields = told["restores"][0]["fields"].as_array().unwrap();
    assert!(fields[9]["value"].is_null() && !fields[7]["value"].is_null());

    // The room is as it was, and the restricted stays so.
    for name in ["founder", "alice"] {
        house.sign_in(name).ok();
    }
    assert_eq!(house.listed("founder").len(), 2);
    let left = house.listed("alice");
    assert_eq!(left.len(), 1);
    assert_ne!(left[0]["id"], id.as_str());
    house.as_("alice", &["read", &id]).exits(5);
    the_two_logs_are_verified_each_by_its_own_keys(&house);
    house.run(&["backup", "make", "again.backup"]).ok();
    let pass = house.passphrase("holders");
    let rehearse = [
        "backup",
        "rehearse",
        "again.backup",
        "--passphrase-file",
        &pass,
    ];
    house
        .run(&[&rehearse[..], &["--private", "bo.key", "cyd.key"]].concat())
        .ok();
}

/// Nothing that a guard says of a restore is believed without proof; and nothing is kept of it.
fn false_guards_are_seen_through(house: &mut House, kept: &str) {
    let status = house.run(&["status", "--json"]).ok().json();
    let seen: u64 = kept
        .split("\n\n")
        .nth(1)
        .unwrap()
        .lines()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let own = post(house, "/v1/restores", &json!({ "seen": seen }));
    let heads = house.path("other-state").join("strongroom/heads");
    let other = fs::read_to_string(heads.join(house.room_id())).unwrap();
    let seen: u64 = other
        .split("\n\n")
        .nth(1)
        .unwrap()
        .lines()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let others = post(house, "/v1/restores", &json!({ "seen": seen }));
    let kept_at = head_file(house);
    house.crash();
    let former = kept.split_once("\n\n").unwrap().1;
    let event = |change: &dyn Fn(&mut Value)| {
        let mut shown = own.clone();
        change(&mut shown["restores"][0]);
        shown
    };
    let flipped = |text: &Value| {
        let text = text.as_str().unwrap();
        let last = if text.ends_with('0') { "1" } else { "0" };
        json!(format!("{}{last}", &text[..text.len() - 1]))
    };
    let mut without = own.clone();
    without["restores"] = json!([]);
    let mut twice = own.clone();
    twice["restores"] = json!([own["restores"][0], own["restores"][0]]);
    let mut of_former = own.clone();
    of_former["checkpoint"] = json!(former);
    let lies: [(&str, Value, &str); 8] = [
        ("no event", without, "shows no restore"),
        ("one event twice", twice, "shows no restore"),
        ("a head of the former log", of_former, "not signed"),
        (
            "another act",
            event(&|e| e["fields"][7]["value"] = flipped(&e["fields"][7]["value"])),
            "altered",
        ),
        (
            "a closed act",
            event(&|e| {
                e["fields"][7]
                    .as_object_mut()
                    .unwrap()
                    .retain(|k, _| k != "value" && k != "salt");
            }),
            "do not say",
        ),
        (
            "another place",
            event(&|e| e["log"]["index"] = json!(e["log"]["index"].as_u64().unwrap() + 1)),
            "not the proof's",
        ),
        (
            "another room",
            event(&|e| e["fields"][0]["value"] = flipped(&e["fields"][0]["value"])),
            "altered",
        ),
        (
            "no proof",
            event(&|e| e["log"]["proof"] = json!("none")),
            "",
        ),
    ];
    for (lie, shown, words) in lies {
        let answers = vec![("/v1/status", status.clone()), ("/v1/restores", shown)];
        let guard = FalseGuard::answering(house, answers);
        let refused = house.run(&["ledger", "accept-restore", "--yes"]).exits(10);
        assert!(refused.err.contains(words), "{lie}: {}", refused.err);
        assert_eq!(fs::read_to_string(&kept_at).unwrap(), kept, "{lie}");
        drop(guard);
    }
    // One that does not prove that it kept what it says it did.
    let mut unproved = others.clone();
    unproved.as_object_mut().unwrap().remove("consistency");
    let answers = vec![("/v1/status", status), ("/v1/restores", unproved)];
    let guard = FalseGuard::answering(house, answers);
    let refused = elsewhere(house, &["ledger", "accept-restore", "--yes"]).exits(10);
    assert!(
        refused.err.contains("are not among them"),
        "{}",
        refused.err
    );
    drop(guard);
    fs::remove_file(house.socket()).unwrap();
    open(house);
}

/// Former and present ledger are each verified by their own keys, and neither by the other's.
fn the_two_logs_are_verified_each_by_its_own_keys(house: &House) {
    let keys = house.run(&["ledger", "keys"]).ok().out;
    house.write("present.keys", &keys);
    let verify =
        |folder: &str, keys: &str| house.run(&["verify", "ledger", folder, "--keys", keys]);
    verify("former-ledger", "former.keys").ok();
    verify("room/ledger", "present.keys").ok();
    verify("former-ledger", "present.keys").exits(1);
    verify("room/ledger", "former.keys").exits(1);
    // The keys are the same two under another name.
    let bytes = |keys: &str| -> Vec<String> {
        keys.lines()
            .map(|l| l.rsplit_once('+').unwrap().1.to_owned())
            .collect()
    };
    let former = fs::read_to_string(house.path("former.keys")).unwrap();
    assert_eq!(bytes(&former), bytes(&keys));
    assert_ne!(former, keys);
    // Heads of the two are never compared as if they were of one log.
    let compare = |keys: &str| {
        let heads = ["former-ledger/checkpoint", "room/ledger/checkpoint"];
        house.run(&[&["verify", "checkpoints"], &heads[..], &["--keys", keys]].concat())
    };
    compare("former.keys").exits(1);
    compare("present.keys").exits(1);
}
