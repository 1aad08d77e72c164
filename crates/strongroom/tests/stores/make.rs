//! Makes a store with everything in it that a version can store, small.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::house::House;
use crate::{copy, facts, file};

/// A policy with few atoms: their keys are soon made.
const POLICY: &str = r#"
name = "small"
handling = []
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[level]]
name = "Secret"
rank = 5
portion = "S"
[[category]]
name = "Caption"
kind = "restrictive"
values = [{ name = "Nodis" }]
[[reason]]
code = "practice"
description = "Standing practice."
"#;

/// What of the folder is kept. The state of clients is not, so that none knows the room before.
const KEPT: [&str; 16] = [
    "ada.card",
    "ada.key",
    "anchor",
    "bo.card",
    "bo.key",
    "dan.card",
    "dan.key",
    "founder.passphrase",
    "full.backup",
    "holders.passphrase",
    "ledger.keys",
    "more.backup",
    "receipt.json",
    "receipt.proof",
    "rosa.passphrase",
    "sven.passphrase",
];

/// Lives through a room: all kinds of acts, in a room that is closed at the end.
pub(crate) fn store() -> House {
    let mut house = House::empty();
    let policy = house.write("policy.toml", POLICY);
    let typed = house.passphrase("holders");
    for name in ["ada", "bo", "cyd", "dan"] {
        let args = ["key-holder", "new", name, "--passphrase-file", &typed];
        house.run(&args).ok();
    }
    let founder = house.passphrase("founder");
    let init = ["init", "--policy", &policy, "--passphrase-file", &founder];
    let cards = ["--key-holder", "ada.card", "bo.card", "cyd.card"];
    house
        .run(&[&init[..], &cards, &["--quorum", "2"]].concat())
        .ok();
    house.open_guard_with(&["--anchor", "anchor"]);
    house.sign_in("founder").ok();
    house.person("rosa", &["reader"], Some("at-most Secret"));
    house.person("sven", &["reader"], Some("at-most Open"));

    let talk = "Talk on the harbour\n\nThe mayor spoke first.\n\nThe Überfall was not mentioned – not once.\n";
    let filed = file(&house, "talk.txt", talk, "Secret");
    let open = file(&house, "open.txt", "Tides\n\nHigh water at nine.\n", "Open");
    file(
        &house,
        "few.txt",
        "For few\n\nNobody else.\n",
        "Secret; Nodis",
    );
    for record in facts::shown(&house, "rosa").as_array().unwrap() {
        let id = record["id"].as_str().unwrap();
        house.as_("rosa", &["history", id]).ok();
    }
    let ids = house.listed("founder");
    let id = |n: usize| ids[n]["id"].as_str().unwrap();
    let why = ["--reason", "practice", "--because", "it was too much"];
    let part = ["restrict", id(0), "--portion", "2", "--to", "Secret; Nodis"];
    house.as_("founder", &["read", id(0)]).ok();
    house.as_("founder", &[&part[..], &why].concat()).ok();
    let whole = ["restrict", id(1), "--to", "Secret"];
    house.as_("founder", &[&whole[..], &why].concat()).ok();
    assert!(filed.is_object() && open.is_object());

    // Keys change: a passphrase, an atom, a key holder, a person.
    let new = house.passphrase("founder-new");
    let change = ["passphrase", "--new-passphrase-file", &new];
    let old = ["--passphrase-file", &founder];
    house.as_("founder", &[&change[..], &old].concat()).ok();
    fs::rename(&new, &founder).unwrap();
    house.as_("founder", &["atom", "turn", "Secret"]).ok();
    let replace = ["recover", "key-holder", "cyd", "--new", "dan.card"];
    house.as_("founder", &replace).ok();
    for holder in ["ada", "bo"] {
        by(&house, holder, &["key-holder", "give", "--yes"]);
    }
    by(&house, "dan", &["key-holder", "rehearse"]);
    let asked = by(&house, "ada", &["recover", "person", "sven", "--json"]).json();
    fs::remove_file(house.passphrase("sven")).unwrap();
    let join = ["join", asked["code"].as_str().unwrap()];
    let sven = house.passphrase("sven");
    house
        .run(&[&join[..], &["--passphrase-file", &sven]].concat())
        .ok();
    for holder in ["ada", "dan"] {
        by(&house, holder, &["key-holder", "give", "--yes"]);
    }

    house.run(&["backup", "make", "full.backup"]).ok();
    file(
        &house,
        "after.txt",
        "After\n\nOf the new epoch.\n",
        "Secret",
    );
    house.run(&["check"]).ok();
    let since = ["--since", "full.backup"];
    house
        .run(&[&["backup", "make", "more.backup"][..], &since].concat())
        .ok();
    keep_proofs(&house);
    house.as_("founder", &["close"]).ok();
    house.ended();
    // What opening writes of the state and the ledger is in the store as well.
    house.open_guard_with(&["--anchor", "anchor"]);
    house
}

/// A key holder's command, which succeeds.
fn by(house: &House, holder: &str, args: &[&str]) -> crate::house::Done {
    let (private, typed) = (format!("{holder}.key"), house.passphrase("holders"));
    let mine = ["--private", &private, "--passphrase-file", &typed];
    house.run(&[args, &mine].concat()).ok()
}

fn keep_proofs(house: &House) {
    let keys = house.run(&["ledger", "keys"]).ok().out;
    house.write("ledger.keys", keys);
    let acts = house.as_("founder", &["receipt", "--json"]).ok().json();
    let acts = acts["receipts"].as_array().unwrap();
    let filed = acts.iter().find(|act| act["what"] == "filed").unwrap();
    let id = filed["id"].as_str().unwrap();
    let json = house.as_("founder", &["receipt", id, "--json"]).ok().out;
    house.write("receipt.json", json);
    let proof = house.as_("founder", &["receipt", id, "--proof"]).ok().out;
    house.write("receipt.proof", proof);
}

/// Writes down what everybody sees, closes the room, and copies what is kept of it.
pub(crate) fn keep(mut house: House, to: &Path) {
    let mut shown = serde_json::Map::new();
    for name in ["founder", "rosa", "sven"] {
        house.sign_in(name).ok();
        shown.insert(name.to_owned(), facts::shown(&house, name));
    }
    let room = house.room_id();
    let checkpoint = house.run(&["ledger", "checkpoint"]).ok().out;
    house.as_("founder", &["close"]).ok();
    house.ended();

    fs::create_dir(to).unwrap();
    copy(&house.room(), &to.join("room"));
    for name in KEPT {
        fs::copy(house.path(name), to.join(name)).unwrap();
    }
    fs::write(to.join("room.checkpoint"), checkpoint).unwrap();
    let facts = json!({ "room": room, "shown": shown });
    let facts = serde_json::to_string_pretty(&facts).expect("plain JSON") + "\n";
    fs::write(to.join("facts.json"), facts).unwrap();
}
