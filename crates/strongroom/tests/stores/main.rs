//! Rooms that earlier versions stored, which this one must open, read, check, verify, recover and restore.
//!
//! `tests/fixtures/store-N` is what version N of the stored formats left: the room's folder, an anchor, the
//! cards and private files of its key holders, two backups, a receipt, and in `facts.json` what each of its
//! people could read there. Its passphrases lie beside it: it has no secrets. [`facts`] says what is kept of
//! what was read; it is compared by what users see, so that the forms of answers may grow.
//!
//! `STRONGROOM_MAKE_STORE=DIR` has [`make`] make such a folder with the program as it is now. That is done once
//! for each version of the formats, and what was made is never made anew.

#[allow(dead_code, reason = "of the house some things are not needed here")]
#[path = "../commands/house.rs"]
mod house;

mod facts;
mod make;

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use house::{House, WHY};
use serde_json::Value;

/// The folders of all versions.
fn stores() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut stores: Vec<PathBuf> = fs::read_dir(fixtures)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    stores.sort();
    assert!(!stores.is_empty());
    stores
}

/// Copies a folder, as only its owner may enter and read it: a checkout keeps no modes.
fn copy(from: &Path, to: &Path) {
    if !to.exists() {
        fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::write(&to, fs::read(&path).unwrap()).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// A copy of a store, where a test may do what it likes, and its facts.
fn copied(store: &Path) -> (House, Value) {
    println!("{}", store.display());
    let house = House::empty();
    copy(store, house.dir.path());
    let facts = fs::read(house.path("facts.json")).unwrap();
    (house, serde_json::from_slice(&facts).unwrap())
}

/// Signs everyone in, and compares what they see with what they saw.
#[track_caller]
fn all_is_as_it_was(house: &House, facts: &Value) {
    for (name, shown) in facts["shown"].as_object().unwrap() {
        house.sign_in(name).ok();
        assert_eq!(&facts::shown(house, name), shown, "{name}");
    }
}

#[test]
fn a_store_of_each_version_opens_and_gives_what_was_filed_there() {
    for store in stores() {
        let (mut house, facts) = copied(&store);
        assert!(house.run(&["check"]).ok().out.contains("Sound"));
        house.open_guard_with(&["--anchor", "anchor"]);
        all_is_as_it_was(&house, &facts);
        let status = house.run(&["status", "--json"]).ok().json();
        assert_eq!(status["room"], facts["room"]);
        house.as_("founder", &["ledger", "check"]).ok();
        assert!(house.run(&["check"]).ok().out.contains("Sound"));
        // And it goes on.
        let text = house.write("new.txt", "Of later\n\nThese words are new.\n");
        house.file(&text, &["--marking", "Secret"]).ok();
        let newest = house.listed("founder").pop().unwrap();
        let read = ["read", newest["id"].as_str().unwrap()];
        assert!(house.as_("founder", &read).ok().out.contains("are new"));
        // What was kept outside still fits.
        house.as_("founder", &["close"]).ok();
        house.ended();
        house.open_guard_with(&["--anchor", "anchor"]);
        let verify = ["verify", "ledger", "room/ledger", "--keys", "ledger.keys"];
        let earlier = ["--earlier", "room.checkpoint"];
        house.run(&[&verify[..], &earlier].concat()).ok();
        for receipt in ["receipt.json", "receipt.proof"] {
            let verify = ["verify", "receipt", receipt, "--keys", "ledger.keys"];
            house.run(&verify).ok();
        }
    }
}

#[test]
fn key_holders_of_each_version_recover_and_restore() {
    for store in stores() {
        let (mut house, facts) = copied(&store);
        // The backups alone give the room back, to where the second ended.
        let chain = ["full.backup", "more.backup"];
        let holders = ["--private", "ada.key", "bo.key"];
        let passphrase = house.passphrase("holders");
        let typed = ["--passphrase-file", &passphrase];
        let into = ["--into", "back", "--anchor", "anchor"];
        let args = [&["restore"], &chain[..], &holders, &typed, &into].concat();
        house.run(&args).ok();
        // Nothing was lost: the anchor saw no more.
        fs::rename(house.room(), house.path("lost")).unwrap();
        fs::rename(house.path("back"), house.room()).unwrap();
        house.open_guard();
        all_is_as_it_was(&house, &facts);
        // A passphrase that was lost.
        let by = |holder: &str, args: &[&str]| {
            let private = format!("{holder}.key");
            house.run(&[args, &["--private", &private], &typed].concat())
        };
        for holder in ["ada", "bo"] {
            by(holder, &["key-holder", "rehearse"]).ok();
        }
        let asked = by("ada", &["recover", "person", "rosa", "--json"]).ok();
        let code = asked.json()["code"].as_str().unwrap().to_owned();
        let new = house.path("rosa.new").to_str().unwrap().to_owned();
        house.run(&["join", &code, "--passphrase-file", &new]).ok();
        for holder in ["ada", "bo"] {
            by(holder, &["key-holder", "give", "--yes"]).ok();
        }
        house
            .run(&["sign-in", "rosa", "--passphrase-file", &new])
            .ok();
        assert_eq!(facts::shown(&house, "rosa"), facts["shown"]["rosa"]);
    }
}

#[test]
fn the_store_of_this_version_can_be_made() {
    let scratch = tempfile::tempdir().unwrap();
    let asked = std::env::var_os("STRONGROOM_MAKE_STORE");
    let to = asked.map_or_else(|| scratch.path().join("store"), PathBuf::from);
    make::keep(make::store(), &to);
    let (mut house, facts) = copied(&to);
    house.open_guard_with(&["--anchor", "anchor"]);
    all_is_as_it_was(&house, &facts);
}

/// Files a text as the founder.
fn file(house: &House, name: &str, text: &str, marking: &str) -> Value {
    let path = house.write(name, text);
    let args = [&["file", &path, "--json", "--marking", marking], &WHY[..]].concat();
    house.as_("founder", &args).ok().json()
}
