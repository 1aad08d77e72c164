//! Disclosures over the socket: from somebody without an account to the inspectors and back, and what is refused.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::house::House;

const WORDS: &str = "The minister's call was left out of the record.";

/// A room that is open, with two inspectors who hold the inspectors' key.
fn house() -> House {
    let house = House::open();
    house.sign_in("founder").ok();
    for name in ["ines", "igor"] {
        house.person(name, &["inspector"], None);
        house
            .as_("founder", &["clearance", "grant", name, "inspectors"])
            .ok();
    }
    house
}

/// Somebody at an account of the machine that nobody is signed in at.
fn outside(house: &House, args: &[&str], text: &str) -> Output {
    let mut command = house.command(&[&["disclose"], args].concat());
    let mut child = command
        .env("XDG_RUNTIME_DIR", house.path("elsewhere-run"))
        .env("XDG_STATE_HOME", house.path("elsewhere-state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn ok(output: &Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output, code: i32, words: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert!(err.contains(words), "{err}");
}

/// Until the guard has bound the inspectors' key: that takes a tick.
fn first_batch(house: &House) {
    let until = Instant::now() + Duration::from_secs(20);
    let bound = || {
        let folder = house.room().join("ledger/checkpoint");
        let text = fs::read_to_string(folder).unwrap_or_default();
        let size = text.lines().nth(1).and_then(|n| n.parse::<u64>().ok());
        let status = house.run(&["status", "--json"]).ok().json();
        size.is_some() && size == status["entries"].as_u64()
    };
    while !bound() {
        assert!(Instant::now() < until, "no batch was taken");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What an inspector is shown as taken in.
fn listed(house: &House, name: &str) -> Vec<Value> {
    let listed = house.as_(name, &["disclosures", "--json"]).ok().json();
    listed["disclosures"].as_array().unwrap().clone()
}

/// Closes and opens the room, which takes in what waits, and signs people in again.
fn reopen_and_take(house: &mut House, names: &[&str], inspector: &str) {
    house.as_("founder", &["close"]).ok();
    house.ended();
    house.open_guard();
    names.iter().for_each(|name| drop(house.sign_in(name).ok()));
    let until = Instant::now() + Duration::from_secs(20);
    while listed(house, inspector).is_empty() {
        assert!(Instant::now() < until, "nothing was taken in");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn somebody_without_an_account_writes_comes_back_and_is_told_what_became_of_it() {
    let mut house = house();
    first_batch(&house);
    let file = house.write("evidence.bin", vec![7; 5_000]);
    let told = ok(&outside(&house, &[&file], WORDS));
    let code: Vec<&str> = told
        .lines()
        .skip_while(|line| !line.contains("shown this once"))
        .find(|line| line.split_whitespace().count() == 7)
        .unwrap()
        .split_whitespace()
        .collect();
    let code = house.write_private("code", &code.join(" "));
    let back = ok(&outside(&house, &["--code-file", &code, "--json"], ""));
    let back: Value = serde_json::from_str(&back).unwrap();
    assert_eq!(back["messages"].as_array().unwrap().len(), 1);
    assert!(
        back["messages"][0]["at"].is_null(),
        "it waits for the full hour"
    );
    let more = outside(
        &house,
        &["--code-file", &code, "--write"],
        "And one thing more.",
    );
    assert!(ok(&more).contains("message   2, of the disclosure"));
    let said = String::from_utf8_lossy(&more.stderr);
    assert!(
        said.contains("holds a code already, so this is sent as message 2"),
        "{said}"
    );
    // A text that nobody asked to be sent is not lost in silence.
    let back = outside(&house, &["--code-file", &code], "A third thing.");
    assert!(ok(&back).contains("message 2"));
    let said = String::from_utf8_lossy(&back.stderr);
    assert!(said.contains("sends nothing. --write sends"), "{said}");
    // Nothing of it is to be seen by who may not know, and no file of the sender's side tells of the room.
    house.person("rhea", &["reader"], None);
    house.as_("rhea", &["disclosures"]).exits(6);
    assert!(!house.path("elsewhere-state").exists());
    assert!(!house.path("elsewhere-run").exists());
    assert_eq!(listed(&house, "ines").len(), 0, "not before the hour");
    reopen_and_take(&mut house, &["founder", "ines", "igor", "rhea"], "ines");
    let id = listed(&house, "ines")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(listed(&house, "ines")[0]["messages"], 2);
    inspectors_answer(&house, &id);
    let kept = house.path("kept");
    let back = ok(&outside(
        &house,
        &["--code-file", &code, "-o", kept.to_str().unwrap()],
        "",
    ));
    assert!(
        back.contains("Which call was it?") && back.contains("it was received"),
        "{back}"
    );
    assert_eq!(
        fs::read_to_string(kept.join("answer-2-annex.txt")).unwrap(),
        "An annex."
    );
    for kept in [
        kept.clone(),
        kept.join("answer-2-annex.txt"),
        kept.join("message-1.proof.json"),
        house.path("read/message-1-evidence.bin"),
    ] {
        let mode = fs::metadata(&kept).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is private", kept.display());
    }
    let text = fs::read_to_string(kept.join("message-1.proof.json")).unwrap();
    the_proof_is_checked_offline(&house, &text);
}

#[test]
fn routes_are_set_by_three_hands_listed_to_anybody_and_narrow_who_looks_into_it() {
    let mut house = house();
    first_batch(&house);
    assert!(ok(&outside(&house, &["--routes"], "")).contains("no routes"));
    fails(
        &outside(&house, &["--route", "audit"], WORDS),
        5,
        "no route audit",
    );
    let rules = house.as_("founder", &["rules", "show"]).ok().out;
    let route = "[[route]]\nname = \"audit\"\nabout = \"What concerns an inspector.\"\ninspectors = [\"ines\"]\noutside = \"The Ombudsman, Old Square 1.\"\n";
    let file = house.write("rules.toml", format!("{rules}\n{route}").into_bytes());
    let because = ["--because", "Who fears an inspector needs a way."];
    let asked = house
        .as_(
            "ines",
            &[&["request", "rules", &file, "--json"][..], &because].concat(),
        )
        .ok()
        .json();
    let asked = asked["id"].as_str().unwrap().to_owned();
    let shown = house.as_("igor", &["requests", &asked]).ok().out;
    assert!(
        shown.contains("disclosures by audit, then: looked into by ines"),
        "{shown}"
    );
    for name in ["founder", "igor"] {
        house.as_(name, &["approve", &asked]).ok();
    }
    let until = Instant::now() + Duration::from_secs(20);
    let routes = loop {
        let routes = ok(&outside(&house, &["--routes"], ""));
        if !routes.contains("no routes") {
            break routes;
        }
        assert!(Instant::now() < until, "the routes were not bound");
        std::thread::sleep(Duration::from_millis(100));
    };
    for words in [
        "audit",
        "What concerns an inspector.",
        "looked into by ines",
        "The Ombudsman, Old Square 1.",
    ] {
        assert!(routes.contains(words), "{routes}");
    }
    let code = house.path("routed.code");
    let code = code.to_str().unwrap();
    let begun = ok(&outside(
        &house,
        &["--route", "audit", "--code-file", code],
        WORDS,
    ));
    assert!(begun.contains(&format!("code      in {code}")), "{begun}");
    fails(
        &outside(&house, &["--route", "audit", "--code-file", code], WORDS),
        2,
        "leave --route out",
    );
    reopen_and_take(&mut house, &["ines", "igor"], "ines");
    assert_eq!(listed(&house, "ines")[0]["route"], "audit");
    assert!(
        house
            .as_("ines", &["disclosures"])
            .ok()
            .out
            .contains("by audit")
    );
    assert_eq!(listed(&house, "igor").len(), 0);
}

/// The log keys of a room that was founded apart.
fn another_rooms_keys() -> String {
    let mut other = House::new();
    other.open_guard();
    other.run(&["ledger", "keys"]).ok().out
}

/// One reads, the other acknowledges and writes back.
fn inspectors_answer(house: &House, id: &str) {
    let out = house.path("read");
    let read = ["disclosures", "read", &id[..8], "-o", out.to_str().unwrap()];
    let read = house.as_("ines", &read).ok().out;
    assert!(
        read.contains(WORDS) && read.contains("And one thing more."),
        "{read}"
    );
    let evidence = fs::read(out.join("message-1-evidence.bin")).unwrap();
    assert_eq!(evidence, vec![7; 5_000]);
    house.as_("igor", &["disclosures", "acknowledge", id]).ok();
    let annex = house.write("annex.txt", "An annex.");
    let reply = [
        "disclosures",
        "reply",
        id,
        "--text",
        "Which call was it?",
        "--file",
        &annex,
    ];
    house.as_("igor", &reply).ok();
    let told = house.as_("ines", &["disclosures"]).ok().out;
    assert!(
        told.contains("answered") && told.contains("1 reply"),
        "{told}"
    );
    house.as_("rhea", &["disclosures", "read", id]).exits(6);
}

/// It verifies, and nothing of it can be altered but what is for the eye alone.
fn the_proof_is_checked_offline(house: &House, text: &str) {
    let keys = house.write("log.keys", house.run(&["ledger", "keys"]).ok().out);
    let verify = |text: &str, keys: &str| {
        let proof = house.write("proof.json", text);
        house.run(&["verify", "disclosure", &proof, "--keys", keys])
    };
    let verified = verify(text, &keys).ok().out;
    assert!(
        verified.contains("was taken in with this batch"),
        "{verified}"
    );
    let proof: Value = serde_json::from_str(text).unwrap();
    let altered = |value: &str, at: usize| {
        let other = if value[at..].starts_with('0') {
            "1"
        } else {
            "0"
        };
        format!("{}{other}{}", &value[..at], &value[at + 1..])
    };
    for field in ["digest", "salt", "path"] {
        let mut changed = proof.clone();
        changed[field] = altered(changed[field].as_str().unwrap(), 0).into();
        verify(&changed.to_string(), &keys).exits(1);
    }
    for field in 0..10 {
        let mut changed = proof.clone();
        let shown = &mut changed["batch"]["fields"][field];
        if let Some(value) = shown["value"].as_str() {
            shown["value"] = altered(value, value.len() - 1).into();
            verify(&changed.to_string(), &keys).exits(1);
        }
    }
    let others = house.write("other.keys", another_rooms_keys());
    verify(text, &others).exits(1);
}

#[test]
fn a_code_that_is_none_or_nobodys_is_told_apart_from_one_another_by_the_words_alone() {
    let house = house();
    first_batch(&house);
    let six = house.write_private("six", "abacus abdomen abdominal abide abiding ability\n");
    fails(
        &outside(&house, &["--code-file", &six], ""),
        2,
        "7 different words",
    );
    let nobodys = "abacus abdomen abdominal abide abiding ability zoom\n";
    let nobodys = house.write_private("nobodys", nobodys);
    fails(
        &outside(&house, &["--code-file", &nobodys], ""),
        5,
        "under such a code",
    );
    let nowhere = house.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    fails(
        &outside(&house, &["--code", "--code-file", nowhere], ""),
        5,
        "no code in",
    );
    fails(&outside(&house, &[], ""), 1, "says nothing");
    fails(&outside(&house, &["--write"], WORDS), 2, "coming back");
}

#[test]
fn from_an_account_that_is_signed_in_it_is_said_before_anything_is_sent() {
    let house = house();
    first_batch(&house);
    let before = house.run(&["disclose"]);
    assert!(before.err.contains("NOT anonymous"), "{}", before.err);
    assert_ne!(before.code, 0, "there is no terminal to ask on");
    let sent = house.path("sent");
    let sent = sent.to_str().unwrap();
    let file = house.write("note.txt", WORDS);
    let done = house
        .run(&["disclose", "--yes", "--code-file", sent, &file])
        .ok();
    assert!(done.err.contains("NOT anonymous"), "{}", done.err);
    assert!(
        !done.out.contains("shown this once"),
        "the code went into the file"
    );
    assert_eq!(
        fs::read_to_string(sent).unwrap().split_whitespace().count(),
        7
    );
}

#[test]
fn a_room_whose_log_keys_are_others_than_those_given_gets_nothing() {
    let house = house();
    first_batch(&house);
    let keys = house.write("keys", another_rooms_keys());
    fails(
        &outside(&house, &["--keys", &keys], WORDS),
        1,
        "nothing was sent",
    );
    let own = house.run(&["ledger", "keys"]).ok().out;
    let own = house.write("own", own);
    ok(&outside(&house, &["--keys", &own], WORDS));
}
