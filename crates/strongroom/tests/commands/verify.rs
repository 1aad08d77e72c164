//! `verify`: without a room, with public keys alone.

use std::convert::Infallible;
use std::fs;

use serde_json::Value;
use strongroom_tlog::checkpoint::{
    Checkpoint, Cosigner, LogSigner, Origin, SignedCheckpoint, UnixSeconds,
};
use strongroom_tlog::entry::{Entry, EntryRoot};
use strongroom_tlog::tile::cut;
use strongroom_tlog::tree::{Tree, TreeHead, TreeSize};

use crate::house::House;

const ORIGIN: &str = "strongroom/test";

/// A log of the test's own, written to folders beside the house.
struct Log {
    house: House,
    entries: Vec<Entry>,
}

impl Log {
    fn new(count: u8) -> Self {
        let house = House::empty();
        let entries = (0..count)
            .map(|n| Entry {
                root: EntryRoot::from_bytes([n; 32]),
            })
            .collect();
        house.write("keys", signer().public_keys().to_text());
        Self { house, entries }
    }

    fn size(&self) -> TreeSize {
        TreeSize::new(self.entries.len() as u64).unwrap()
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        for entry in &self.entries {
            tree.append(entry.leaf_hash());
        }
        tree
    }

    fn checkpoint(&self, seconds: u64) -> SignedCheckpoint {
        let head = self.tree().prove_head(&TreeHead::EMPTY).unwrap();
        let time = UnixSeconds::new(seconds).unwrap();
        Checkpoint::sign(&mut signer(), &head, time).unwrap()
    }

    /// Writes all files of the log as it is, and gives the folder's path.
    fn write(&self, name: &str) -> String {
        let folder = self.house.path(name);
        for file in cut(&self.tree(), TreeSize::ZERO, self.size(), |range| {
            let range = range.start as usize..range.end as usize;
            Ok::<_, Infallible>(self.entries[range].to_vec())
        }) {
            let file = file.unwrap();
            let path = folder.join(file.path.to_string());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.bytes).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("checkpoint"), self.checkpoint(1000).as_str()).unwrap();
        folder.to_str().unwrap().to_owned()
    }

    fn verify(&self, args: &[&str]) -> crate::house::Done {
        let keys = self.house.path("keys");
        let more = ["--keys", keys.to_str().unwrap()];
        self.house.run(&[&["verify"], args, &more].concat())
    }
}

fn signer() -> LogSigner {
    LogSigner::from_seeds(Origin::new(ORIGIN).unwrap(), &[1; 32], &[2; 32], None).unwrap()
}

/// The checks that failed.
fn failed(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let failed = findings.iter().filter(|f| f["standing"] == "fails");
    failed
        .map(|f| f["check"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_ledger_folder_is_checked_without_a_room() {
    let mut log = Log::new(3);
    let old = log.house.write("old", log.checkpoint(900).as_str());
    log.entries.extend((3..250).map(|n| Entry {
        root: EntryRoot::from_bytes([n; 32]),
    }));
    let folder = log.write("ledger");
    let done = log.verify(&["ledger", &folder, "--earlier", &old]).ok();
    assert!(done.out.contains("250 entries are there"), "{}", done.out);
    assert!(
        done.out.contains("begins with the head of 3 entries"),
        "{}",
        done.out
    );
    assert!(done.out.contains("verified: "), "{}", done.out);
    assert!(done.out.contains("open   elsewhere"), "{}", done.out);

    let report = log.verify(&["ledger", &folder, "--json"]).ok().json();
    assert_eq!(report["verified"], true);
    assert_eq!(report["findings"][0]["check"], "checkpoint");

    let bundle = log.house.path("ledger").join("tile/entries/000.p/250");
    let kept = fs::read(&bundle).unwrap();
    let mut altered = kept.clone();
    altered[40] ^= 1;
    fs::write(&bundle, altered).unwrap();
    let done = log.verify(&["ledger", &folder]).exits(1);
    assert!(done.out.contains("NOT verified"), "{}", done.out);
    assert!(
        done.out.contains("tile/0/000.p/250: its hash 1 "),
        "{}",
        done.out
    );
    fs::remove_file(&bundle).unwrap();
    let report = log.verify(&["ledger", &folder, "--json"]).exits(1).json();
    assert_eq!(failed(&report), ["entries"]);
    let done = log.verify(&["ledger", &folder]).exits(1);
    for (line, says) in [
        ("holds  root", false),
        ("holds  tiles", false),
        ("unsure root", true),
    ] {
        assert_eq!(done.out.contains(line), says, "{line}: {}", done.out);
    }
    fs::create_dir(&bundle).unwrap();
    let done = log.verify(&["ledger", &folder]).exits(1);
    assert!(done.out.contains("it is no file"), "{}", done.out);
    fs::remove_dir(&bundle).unwrap();
    fs::write(&bundle, kept).unwrap();
    log.verify(&["ledger", &folder]).ok();

    let ahead = log
        .house
        .write("ahead", Log::new(251).checkpoint(900).as_str());
    let done = log
        .verify(&["ledger", &folder, "--earlier", &ahead])
        .exits(1);
    assert!(done.out.contains("rewind"), "{}", done.out);
    log.verify(&["ledger", &format!("{folder}/nothing")])
        .exits(9);
    log.verify(&["ledger", &old]).exits(9);
    log.house.run(&["verify", "ledger", &folder]).exits(2);
}

#[test]
fn two_checkpoints_are_checked_with_a_proof_or_a_folder() {
    let mut log = Log::new(3);
    let one = log.house.write("one", log.checkpoint(900).as_str());
    let forked = {
        let mut fork = Log::new(3);
        fork.entries[1] = fork.entries[0];
        fork.checkpoint(900)
    };
    let forked = log.house.write("forked", forked.as_str());
    log.entries.push(log.entries[0]);
    let two = log.house.write("two", log.checkpoint(1000).as_str());
    let proof = log
        .tree()
        .prove_consistency(TreeSize::new(3).unwrap(), log.size())
        .unwrap();
    let proof = log.house.write("proof", proof.to_text());
    let folder = log.write("ledger");

    // Two right signatures are not taken for the answer to what was asked.
    let unsure = log.verify(&["checkpoints", &one, &two]).exits(1);
    assert!(unsure.out.contains("unsure consistency"), "{}", unsure.out);
    let verdict = "NOT decided: 2 hold, 0 fail, 1 could not be checked, 0 left open";
    assert!(unsure.out.contains(verdict), "{}", unsure.out);
    let report = log
        .verify(&["checkpoints", &one, &two, "--json"])
        .exits(1)
        .json();
    assert_eq!(report["verified"], false);
    assert_eq!(report["verdict"], "undecided");
    // One head, and the empty log, with which every log begins, need no proof.
    log.verify(&["checkpoints", &one, &one]).ok();
    let empty = Log::new(0).checkpoint(800);
    let empty = log.house.write("empty", empty.as_str());
    log.verify(&["checkpoints", &empty, &two]).ok();
    let held = log
        .verify(&["checkpoints", &one, &two, "--proof", &proof])
        .ok();
    assert!(held.out.contains("holds  consistency"), "{}", held.out);
    let held = log
        .verify(&["checkpoints", &two, &one, "--ledger", &folder])
        .ok();
    assert!(held.out.contains("holds  consistency"), "{}", held.out);
    for against in [["--proof", &proof], ["--ledger", &folder]] {
        let fork = log
            .verify(&[&["checkpoints", &forked, &two], &against[..]].concat())
            .exits(1);
        assert!(fork.out.contains("fork"), "{}", fork.out);
    }
    let fork = log.verify(&["checkpoints", &one, &forked]).exits(1);
    assert!(fork.out.contains("fork"), "{}", fork.out);

    let text = fs::read_to_string(&one).unwrap();
    let stripped: Vec<&str> = text.lines().take(5).collect();
    let stripped = log.house.write("stripped", stripped.join("\n") + "\n");
    let done = log
        .verify(&["checkpoints", &stripped, &two, "--proof", &proof])
        .exits(1);
    assert!(done.out.contains("was stripped"), "{}", done.out);
    let garbage = log.house.write("garbage", "nothing of the kind");
    log.verify(&["checkpoints", &garbage, &two]).exits(1);
    log.verify(&["checkpoints", &one, &two, "--proof", &garbage])
        .exits(1);
    let keys = log.house.write("keys", "no keys\n");
    log.verify(&["checkpoints", &one, &two])
        .exits(1)
        .err
        .contains(&keys);
}

#[test]
fn a_policy_asks_for_witnesses() {
    let log = Log::new(3);
    let folder = log.write("ledger");
    let witness =
        Cosigner::from_seeds(Origin::new("w.example").unwrap(), &[5; 32], &[6; 32]).unwrap();
    let policy = format!("witness w {}\nquorum w\n", witness.keys()[1]);
    let policy = log.house.write("policy", policy);
    let lone = log
        .verify(&["ledger", &folder, "--policy", &policy])
        .exits(1);
    assert!(
        lone.out.contains("quorum of the policy is not met"),
        "{}",
        lone.out
    );

    let head = log.tree().prove_head(&TreeHead::EMPTY).unwrap();
    let time = UnixSeconds::new(1001).unwrap();
    let lines = witness
        .cosign(&Origin::new(ORIGIN).unwrap(), &head, time)
        .unwrap();
    let (signed, _) = log
        .checkpoint(1000)
        .with_cosignatures(lines.as_bytes(), witness.keys())
        .unwrap();
    fs::write(log.house.path("ledger").join("checkpoint"), signed.as_str()).unwrap();
    let held = log.verify(&["ledger", &folder, "--policy", &policy]).ok();
    assert!(
        held.out.contains("vouched at 1970-01-01 00:16:41 UTC"),
        "{}",
        held.out
    );
    // Of two checkpoints each line says which it is about.
    let lone = log.house.write("lone", log.checkpoint(1000).as_str());
    let with = log.house.write("with", signed.as_str());
    let both = log
        .verify(&["checkpoints", &lone, &with, "--policy", &policy])
        .exits(1);
    for line in [
        "fails  witnesses    the first: the quorum of the policy is not met",
        "holds  witnesses    the second: w (w.example, ML-DSA-44) vouched",
        "holds  witnesses    the second: the quorum of the policy is met",
    ] {
        assert!(both.out.contains(line), "{line}: {}", both.out);
    }
    let bad = log.house.write("bad", "quorum nobody\n");
    log.verify(&["ledger", &folder, "--policy", &bad]).exits(1);
}

#[test]
fn a_receipt_of_a_real_room_is_checked_in_both_forms() {
    let house = House::open();
    let keys = house.write("keys", house.run(&["ledger", "keys"]).ok().out);
    let listed = house.run(&["receipt", "--json"]).ok().json();
    let verify = |file: &str| house.run(&["verify", "receipt", file, "--keys", &keys]);
    let receipts: Vec<String> = listed["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            house
                .run(&["receipt", row["id"].as_str().unwrap(), "--json"])
                .ok()
                .out
        })
        .collect();
    for (n, whole) in receipts.iter().enumerate() {
        let said: Value = serde_json::from_str(whole).unwrap();
        let id = said["id"].as_str().unwrap();
        let proof = house.run(&["receipt", id, "--proof"]).ok().out;
        let proof = house.write("proof", proof);
        let lone = verify(&proof).ok();
        assert!(lone.out.contains("not whose it is"), "{}", lone.out);
        assert!(lone.out.contains("may be anyone's"), "{}", lone.out);

        let done = verify(&house.write("receipt", whole)).ok();
        for line in [
            format!("holds  fields       id: {id}\n"),
            format!(
                "holds  fields       kind: {}\n",
                said["what"].as_str().unwrap()
            ),
        ] {
            assert!(done.out.contains(&line), "{}", done.out);
        }
        if n > 0 {
            continue;
        }
        let other: Value = serde_json::from_str(&receipts[1]).unwrap();
        for (name, place, change) in changes(&other) {
            let mut altered = said.clone();
            change(&mut altered);
            let altered = house.write("altered", altered.to_string());
            let done = verify(&altered).exits(1);
            assert!(done.out.contains("NOT verified"), "{name}: {}", done.out);
            let named = format!("fails  fields       {place}");
            assert!(done.out.contains(&named), "{name}: {}", done.out);
            // What is shown of another event, or beside it, is not said to hold.
            if name.starts_with("of another") {
                assert!(!done.out.contains("holds  fields"), "{name}: {}", done.out);
            }
        }
        type Change = fn(&mut Value);
        let unfit: [Change; 4] = [
            |r| r["id"] = Value::Null,
            |r| r["fields"][0]["salt"] = Value::Null,
            |r| r["fields"][0]["commitment"] = "AB".into(),
            |r| r["log"]["proof"] = "c2sp.org/tlog-proof@v1\n".into(),
        ];
        for change in unfit {
            let mut altered = said.clone();
            change(&mut altered);
            let altered = house.write("altered", altered.to_string());
            let done = verify(&altered).exits(1);
            assert!(
                done.out.is_empty() && done.err.contains("altered"),
                "{}",
                done.err
            );
        }
        let twice = whole.replacen('{', &format!("{{\"id\":\"{id}\","), 1);
        let done = verify(&house.write("twice", twice)).exits(1);
        assert!(done.err.contains("duplicate field `id`"), "{}", done.err);
    }
    let garbage = house.write("garbage", "{\"id\": 1}");
    verify(&garbage).exits(1);
    verify("/nowhere/at/all").exits(9);
}

type Change<'c> = Box<dyn Fn(&mut Value) + 'c>;

/// Ways of altering a receipt, and the place at which each is named.
fn changes(other: &Value) -> Vec<(&'static str, &'static str, Change<'_>)> {
    let at = |pointer: &'static str, value: Value| -> Change<'static> {
        Box::new(move |receipt| *receipt.pointer_mut(pointer).unwrap() = value.clone())
    };
    let more = |pointer: &'static str, key: &'static str| -> Change<'static> {
        Box::new(move |receipt| {
            receipt.pointer_mut(pointer).unwrap()[key] = "boss".into();
        })
    };
    vec![
        (
            "time beside",
            "at: no field",
            at("/at", "2001-01-01T00:00:00.000Z".into()),
        ),
        (
            "act beside",
            "what: no field",
            at("/what", "released".into()),
        ),
        ("record beside", "record: no field", more("", "record")),
        (
            "value",
            "field 1, tag 1: its salt and value",
            at("/fields/0/value", "00".into()),
        ),
        (
            "value, and its line",
            "room: it is not shown",
            at("/fields/0/value", "00".into()),
        ),
        (
            "salt",
            "field 4, tag 4: ",
            at("/fields/3/salt", "00".repeat(32).into()),
        ),
        ("signature", "the fields and the signature", {
            at("/log/signature", "00".repeat(32).into())
        }),
        (
            "place",
            "log: the entry or place",
            at("/log/index", 1_000_000.into()),
        ),
        ("name of a field", "fields[3]: here is the field actor", {
            at("/fields/3/name", "boss".into())
        }),
        (
            "two names",
            "fields[1]: here is the field id",
            at("/fields/1/name", "at".into()),
        ),
        (
            "key beside",
            "who: no receipt has such a key",
            more("", "who"),
        ),
        (
            "key in a field",
            "fields[9].note: no receipt",
            more("/fields/9", "note"),
        ),
        (
            "key in the log",
            "log.by: no receipt has",
            more("/log", "by"),
        ),
        ("dropped", "fields: an event has 10 fields", {
            Box::new(|receipt| drop(receipt["fields"].as_array_mut().unwrap().pop()))
        }),
        ("closed, and said beside", "what: no field", {
            Box::new(|receipt| {
                for key in ["salt", "value"] {
                    receipt["fields"][6].as_object_mut().unwrap().remove(key);
                }
            })
        }),
        ("of another, its fields", "the fields and the signature", {
            Box::new(|receipt| receipt["fields"] = other["fields"].clone())
        }),
        ("of another, one field", "kind: it is not shown", {
            Box::new(|receipt| receipt["fields"][1] = other["fields"][1].clone())
        }),
        ("of another, its proof", "id: it is not shown", {
            Box::new(|receipt| receipt["log"] = other["log"].clone())
        }),
    ]
}
