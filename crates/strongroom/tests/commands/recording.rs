//! A recording beside its transcript: in by pieces, out to a file of one's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::house::{House, WHY};

/// Somewhat more than the pieces that are given at once.
const BYTES: usize = (17 << 20) + 5;

fn recording(house: &House) -> (String, Vec<u8>) {
    let bytes: Vec<u8> = (0..BYTES).map(|n| (n % 253) as u8).collect();
    (house.write("talk.mp3", &bytes), bytes)
}

#[test]
fn a_recording_is_sealed_beside_its_transcript_and_given_back_whole() {
    let mut house = House::open();
    let (path, bytes) = recording(&house);
    let talk = house.write("talk.txt", "A talk\n\nWords.\n");
    let more = ["--marking", "Secret", "--recording", &path, "--json"];
    let filed = house.file(&talk, &more).ok().json();
    let record = filed["records"][0]["record"].as_str().unwrap().to_owned();
    let shown = house.run(&["read", &record]).ok().out;
    assert!(
        shown.contains(&format!("talk.mp3 (audio/mpeg, {BYTES} bytes)")),
        "{shown}"
    );

    // Of a room that was closed in between, too.
    house.run(&["close"]).ok();
    house.ended();
    house.open_guard();
    house.sign_in("founder").ok();
    let out = house.path("out.mp3");
    let write = ["read", &record, "--recording", "-o", out.to_str().unwrap()];
    let done = house.run(&write).ok();
    assert!(
        done.err.contains("talk.mp3") && done.err.contains("SECRET"),
        "{}",
        done.err
    );
    assert_eq!(fs::read(&out).unwrap(), bytes);
    assert_eq!(
        fs::metadata(&out).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = house.run(&write).exits(7);
    assert!(again.err.contains("was left as it is"), "{}", again.err);
    let none = house.path("none").to_str().unwrap().to_owned();
    house
        .run(&["read", &record, "--attachment", "1", "-o", &none])
        .exits(5);
    assert!(!house.path("none").exists());
    house.run(&["read", &record, "--recording"]).exits(2);
    house.run(&["check"]).ok();

    // Who reads less has neither.
    house.person("low", &["reader"], Some("at-most Confidential"));
    house
        .as_("low", &["read", &record, "--recording", "-o", &none])
        .exits(5);
    assert!(!house.path("none").exists());
}

#[test]
fn an_interrupted_recording_goes_on_and_what_is_none_is_refused() {
    let mut house = House::open();
    let (path, bytes) = recording(&house);
    let talk = house.write("talk.txt", "A talk\n\nWords.\n");
    let id = "0".repeat(26);
    let more = [
        "--marking",
        "Secret",
        "--recording",
        &path,
        "--request",
        &id,
        "--json",
    ];
    let args = [&["file", talk.as_str()], &WHY[..], &more[..]].concat();
    let mut filing = house.command(&args).spawn().unwrap();
    // The guard goes away at some instant of it: before the record, between pieces, or behind them.
    std::thread::sleep(std::time::Duration::from_millis(400));
    house.crash();
    filing.wait().unwrap();
    house.open_guard();
    house.sign_in("founder").ok();
    let filed = house.run(&args).ok().json();
    assert_eq!(house.listed("founder").len(), 1);
    let record = filed["records"][0]["record"].as_str().unwrap();
    let out = house.path("out.mp3");
    house
        .run(&["read", record, "--recording", "-o", out.to_str().unwrap()])
        .ok();
    assert_eq!(fs::read(&out).unwrap(), bytes);

    let empty = house.write("empty.mp3", "");
    house
        .file(&talk, &["--marking", "Secret", "--recording", &empty])
        .exits(8);
    let folder = house.dir.path().to_str().unwrap().to_owned();
    house
        .file(&talk, &["--marking", "Secret", "--recording", &folder])
        .exits(1);
    house
        .file(&folder, &["--marking", "Secret", "--recording", &path])
        .exits(2);
    house
        .file(&talk, &["--dry-run", "--recording", &path])
        .exits(2);
    assert_eq!(house.listed("founder").len(), 1);
}
