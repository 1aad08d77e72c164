//! Ctrl-C between two acts, and while a room is founded.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::house::{Done, House, WHY, names_in};
use crate::recovery::POLICY;

#[test]
fn one_interrupt_ends_a_filing_of_several_files() {
    const FILES: usize = 60;
    let house = House::open();
    let paths: Vec<String> = (0..FILES)
        .map(|n| house.write(&format!("{n}.txt"), format!("Talk {n}\n\nWords.\n")))
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let options = [&WHY[..], &["--marking", "Secret"]].concat();
    let mut filing = house
        .command(&[&["file"], &paths[..], &options].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(filing.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("0.txt: 1 record filed"), "{line}");
    kill_process(Pid::from_child(&filing), Signal::INT).unwrap();
    out.read_to_string(&mut line).unwrap();
    let done = Done::from(filing.wait_with_output().unwrap()).exits(130);
    let said = line.matches("1 record filed").count();
    assert!(said < FILES, "{line}");
    let told = format!("interrupted: {said} of {FILES} files are in whole\n  not begun: ");
    assert!(done.err.contains(&told), "{}", done.err);
    assert!(done.err.contains("59.txt"), "{}", done.err);
    assert_eq!(house.listed("founder").len(), said);
    // With the id that it gives the same command files the rest, and none of what is in a second time.
    let (_, id) = done.err.split_once("--request ").expect("how to go on");
    let again = [&["file"], &paths[..], &options, &["--request", &id[..26]]].concat();
    let rest = house.run(&again).ok().out;
    assert_eq!(
        rest.matches("had been filed before").count(),
        said,
        "{rest}"
    );
    assert_eq!(house.listed("founder").len(), FILES);
    let third = house.run(&again).ok().out;
    assert_eq!(
        third.matches("had been filed before").count(),
        FILES,
        "{third}"
    );
}

#[test]
fn an_interrupted_founding_leaves_nothing_and_the_next_one_works() {
    let house = House::empty();
    let policy = house.write("policy.toml", POLICY);
    let passphrase = house.passphrase("founder");
    let before = names_in(house.dir.path());
    let init = [
        "init",
        "--policy",
        &policy,
        "--passphrase-file",
        &passphrase,
        "--recovery-sheet",
        "sheet",
    ];
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let founding = house
            .command(&init)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        // The passphrase is there before the keys are made.
        while !house.path("founder.passphrase").exists() {
            assert!(began.elapsed() < Duration::from_secs(60));
            thread::sleep(Duration::from_millis(1));
        }
        assert!(
            !house.room().exists(),
            "it has its name only when it is whole"
        );
        kill_process(Pid::from_child(&founding), signal).unwrap();
        let done = Done::from(founding.wait_with_output().unwrap()).exits(130);
        assert!(done.err.contains("no room was founded"), "{}", done.err);
        assert_eq!(names_in(house.dir.path()), before);
    }
    // What a machine that stopped leaves is told of.
    std::fs::create_dir(house.path("room.founding")).unwrap();
    let said = house.run(&init).exits(7).err;
    assert!(
        said.contains("room.founding") && said.contains("remove it"),
        "{said}"
    );
    std::fs::remove_dir(house.path("room.founding")).unwrap();
    house.run(&init).ok();
    let names = ["house.key", "house.recovery", "room.redb"];
    assert_eq!(names_in(&house.room()), names);
    assert!(!names_in(house.dir.path()).contains(&"room.founding".to_owned()));
}
