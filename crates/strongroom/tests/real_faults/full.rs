//! A disk that is full, at one megabyte after another: the guard runs under a limit on the length of files, which
//! is lifted again while it runs. For a file it is the same as a full disk, and needs no rights.

use std::fs;
use std::process::{Command, Stdio};

use crate::house::{House, STRONGROOM};
use crate::{closes, file, from_env, opens_again, status, until};

const MIB: u64 = 1 << 20;

/// Sets how long the guard's files may become; none for as long as it likes.
fn limit(house: &mut House, bytes: Option<u64>) {
    let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |n| n.to_string());
    let set = Command::new("prlimit")
        .arg(format!("--pid={}", house.guard().id()))
        .arg(format!("--fsize={bytes}:unlimited"))
        .status();
    assert!(set.unwrap().success());
}

/// A note of some 200 kB that does not pack.
fn large(n: u64) -> String {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = format!("Note {n}\n");
    for _ in 0..200 {
        text.push_str("\n\n");
        for _ in 0..60 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            text.push_str(&format!("{x:016x} "));
        }
    }
    text
}

/// Runs the guard with a limit on the length of its files that does not end it. If it does not open the room,
/// what it said.
fn open_limited(house: &mut House, bytes: u64) -> Result<(), String> {
    // The shell counts in blocks of 512 bytes. That a signal is ignored is handed on to the program.
    let blocks = bytes.div_ceil(512);
    let script = format!("ulimit -S -f {blocks}; trap '' XFSZ; exec \"$0\" open");
    let said = house.path("said");
    let mut limited = Command::new("sh");
    let guard = house.command(&[]);
    for (name, value) in guard.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
        .args(["-c", &script])
        .arg(STRONGROOM)
        .stdin(Stdio::null());
    limited.stderr(fs::File::create(&said).unwrap());
    if house.start(limited) {
        return Ok(());
    }
    Err(fs::read_to_string(said).unwrap())
}

#[test]
fn a_full_disk_closes_the_room_at_every_megabyte_and_space_opens_it() {
    if Command::new("prlimit")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("skipped: there is no prlimit here, which gives space to a process that runs");
        return;
    }
    let mut house = House::founded();
    let store = house.room().join("room.redb");
    let len = || fs::metadata(&store).unwrap().len();
    // So far there is space for all that opening and signing in write.
    open_limited(&mut house, len() + 64 * MIB).unwrap();
    house.sign_in("founder").ok();
    let mut filed: Vec<(String, String)> = Vec::new();
    let mut n = 0;
    let megabytes = from_env("STRONGROOM_FULL_MIB", 3) as u64;
    let mut refused_at = Vec::new();
    let first = len() / MIB + 1;
    for full in (first..first + megabytes).map(|n| n * MIB) {
        limit(&mut house, Some(full));
        let refused = loop {
            n += 1;
            assert!(n < 100 + 20 * megabytes, "the disk is never full");
            match file(&house, &format!("note-{n}.txt"), &large(n)) {
                Ok(record) => filed.push((record, format!("Note {n}"))),
                Err(refused) => break refused,
            }
        };
        assert!(refused.code == 3, "{}", refused.err);
        assert!(refused.err.contains("the disk is full"), "{}", refused.err);
        refused_at.push(full / MIB);
        // What is smaller may still fit, and then the room opens again for that. Now nothing does.
        limit(&mut house, Some(4096));
        closes(&house, "the disk is full");
        // It tries once a second, and stays closed.
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        closes(&house, "the disk is full");
        limit(&mut house, None);
        opens_again(&house);
        // Nothing that was acknowledged is missing.
        for (record, heading) in filed.iter().rev().take(3) {
            let read = house.as_("founder", &["read", record]).ok();
            assert!(read.out.contains(heading.as_str()), "{record}");
        }
        n += 1;
        let more = file(&house, &format!("note-{n}.txt"), &large(n));
        filed.push((
            more.unwrap_or_else(|e| panic!("{}", e.err)),
            format!("Note {n}"),
        ));
    }
    for (record, heading) in &filed {
        let read = house.as_("founder", &["read", record]).ok();
        assert!(read.out.contains(heading.as_str()), "{record}");
    }
    house.run(&["check"]).ok();
    println!(
        "full at {refused_at:?} MiB; {} records are all there",
        filed.len()
    );
    // A guard that is started on a full disk says so.
    house.run(&["close"]).ok();
    house.ended();
    let before = len();
    let started = open_limited(&mut house, 4096);
    match started {
        Err(said) => assert!(said.contains("full"), "{said}"),
        Ok(()) => {
            until("it is not closed", || status(&house).code == 3);
            closes(&house, "the disk is full");
        }
    }
    assert!(len() >= before, "the store was cut");
}
