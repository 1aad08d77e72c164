//! What lies where a room was named: another room, none, something else.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;

use crate::heads::copy;
use crate::house::{Done, House, names_in};
use crate::recovery::POLICY;

const FIRST: &str = "first time that this account talks to the room";

/// A room of its own, with other keys than the one that most tests share.
fn another() -> House {
    let house = House::empty();
    let (policy, passphrase) = (
        house.write("policy.toml", POLICY),
        house.passphrase("founder"),
    );
    let init = ["init", "--policy", &policy, "--recovery-sheet", "sheet"];
    house
        .run(&[&init[..], &["--passphrase-file", &passphrase]].concat())
        .ok();
    house
}

#[test]
fn another_room_at_a_place_is_refused_before_a_passphrase_is_sent() {
    let mut house = House::founded();
    house.open_guard();
    let (room, at) = (house.room_id(), house.room().display().to_string());
    let first = house.sign_in("founder").ok().err;
    assert_eq!(first, format!("strongroom: {FIRST} {room} at {at}\n"));
    assert_eq!(house.run(&["list"]).ok().err, "");

    house.crash();
    fs::rename(house.room(), house.path("elsewhere")).unwrap();
    copy(&another().room(), &house.room());
    house.open_guard();
    let now = house.room_id();
    assert_ne!(now, room);
    let refused = house.sign_in("founder").exits(10).err;
    for said in [&room, &now, &at, "another room", "nothing was sent"] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    // A code and a key holder's word are not sent either.
    house.run(&["list"]).exits(10);
    let asked = house.run(&["key-holder", "requests", "--recovery-sheet", "sheet"]);
    asked.exits(10);
    // What to do is said, and works.
    let file = refused.split("remove ").nth(1).unwrap();
    let file = file.split(':').next().unwrap();
    let places = house.path("state/strongroom/places");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&places), mode(file.as_ref())), (0o700, 0o600));
    fs::remove_file(file).unwrap();
    // The passphrase is that of the room of before.
    let anew = house.sign_in("founder").exits(4).err;
    assert!(anew.contains(FIRST) && anew.contains(&now), "{anew}");
}

#[test]
fn who_founds_a_room_has_seen_it() {
    let mut house = another();
    house.open_guard();
    assert_eq!(house.sign_in("founder").ok().err, "");
    let places = house.path("state/strongroom/places");
    let file = places.join(&names_in(&places)[0]);
    fs::write(&file, "no room\n").unwrap();
    let said = house.run(&["list"]).exits(9).err;
    assert!(said.contains("damaged or was altered"), "{said}");
}

#[test]
fn what_is_no_room_is_told_as_what_it_is() {
    let house = House::empty();
    let file = house.write("file", "words");
    for command in [&["status"][..], &["check"], &["open"], &["sign-in", "ben"]] {
        let said = house.run(&[command, &["--room", &file]].concat()).exits(5);
        assert!(said.err.contains("a room is a folder"), "{}", said.err);
    }
    // A folder that this account may not enter: nothing is said of what is in it.
    fs::create_dir(house.room()).unwrap();
    fs::set_permissions(house.room(), fs::Permissions::from_mode(0o000)).unwrap();
    for name in ["status", "check", "open"] {
        let mut command = house.command(&[name]);
        if rustix::process::geteuid().is_root() {
            // Root may look everywhere; nobody may not.
            command.uid(65_534).current_dir("/");
        }
        let Ok(output) = command.output() else {
            // Where the program itself lies out of reach.
            return;
        };
        let said = Done::from(output).exits(6);
        assert!(said.err.contains("may not look into"), "{}", said.err);
    }
    fs::set_permissions(house.room(), fs::Permissions::from_mode(0o700)).unwrap();
}
