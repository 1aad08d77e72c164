//! What goes wrong outside: a clear error, and nothing lost.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use crate::house::{House, WHY, names_in};
use crate::soon::soon;

#[test]
fn a_second_guard_is_refused_and_the_first_goes_on() {
    let house = House::open();
    let second = house.run(&["open"]).exits(7);
    assert!(
        second.err.contains("a guard is already running"),
        "{}",
        second.err
    );
    house.run(&["whoami"]).ok();
}

#[test]
fn a_stale_socket_is_replaced() {
    let mut house = House::founded();
    drop(UnixListener::bind(house.socket()).unwrap());
    assert!(house.socket().exists());
    // Nobody listens: that is what is said, and quickly.
    let closed = soon(Duration::from_secs(1), || house.run(&["status"]).exits(3));
    assert!(closed.err.contains("no guard is running"));
    house.open_guard();
    house.run(&["status"]).ok();
    // The same after a crash.
    house.crash();
    house.run(&["status"]).exits(3);
    house.open_guard();
    house.run(&["status"]).ok();
}

#[test]
fn a_stopped_guard_ends_cleanly() {
    let mut house = House::open();
    let guard = rustix::process::Pid::from_child(house.guard());
    rustix::process::kill_process(guard, rustix::process::Signal::TERM).unwrap();
    assert_eq!(house.guard().wait().unwrap().code(), Some(0));
    assert_eq!(
        names_in(&house.room()),
        [
            "disclosures.spool",
            "house.key",
            "house.recovery",
            "ledger",
            "room.redb",
            "room.slots"
        ]
    );
}

#[test]
fn a_frozen_guard_does_not_hold_status_up() {
    let mut house = House::open();
    let guard = rustix::process::Pid::from_child(house.guard());
    rustix::process::kill_process(guard, rustix::process::Signal::STOP).unwrap();
    let said = soon(Duration::from_secs(2), || house.run(&["status"]).exits(3));
    assert!(said.err.contains("does not answer"));
    rustix::process::kill_process(guard, rustix::process::Signal::CONT).unwrap();
    house.run(&["status"]).ok();
}

#[test]
fn what_lies_in_the_way_is_left_alone() {
    let house = House::founded();
    fs::write(house.socket(), "notes").unwrap();
    let refused = house.run(&["open"]).exits(7);
    assert!(refused.err.contains("is no socket"), "{}", refused.err);
    assert_eq!(fs::read_to_string(house.socket()).unwrap(), "notes");
    // So is a folder that holds something when a room is to be founded in it.
    let other = House::empty();
    fs::create_dir(other.room()).unwrap();
    fs::write(other.room().join("notes"), "notes").unwrap();
    other.init(&[]).exits(7);
    assert_eq!(names_in(&other.room()), ["notes"]);
}

#[test]
fn a_folder_that_cannot_be_written_gets_no_room() {
    // A file in the place of the folder above: the same for root, whom no mode stops.
    let house = House::empty();
    let file = house.write("file", "");
    let refused = house.init(&[&format!("{file}/room")]).exits(9);
    assert!(refused.err.contains("cannot be made"), "{}", refused.err);
    if rustix::process::geteuid().is_root() {
        eprintln!("root: that a read-only folder is refused is not tried here");
        return;
    }
    let closed = house.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    house
        .init(&[closed.join("room").to_str().unwrap()])
        .exits(9);
    assert!(names_in(&closed).is_empty());
}

#[test]
fn an_over_long_path_is_named_as_such() {
    let house = House::empty();
    let deep = house.path(&"x".repeat(90));
    house.init(&[deep.to_str().unwrap()]).ok();
    let refused = house.run(&["open", deep.to_str().unwrap()]).exits(2);
    assert!(refused.err.contains("shorter path"), "{}", refused.err);
    house
        .run(&["status", "--room", deep.to_str().unwrap()])
        .exits(2);
}

#[test]
fn a_room_that_is_not_there() {
    let house = House::empty();
    house.run(&["open"]).exits(5);
    // A folder that is not there, and one that is and holds no room.
    for folder in [house.room(), house.path("run")] {
        let folder = folder.to_str().unwrap();
        let opened = house.run(&["open", folder]).exits(5);
        let asked = house.run(&["status", "--room", folder]).exits(5);
        assert_eq!(asked.err, opened.err);
        assert!(!asked.err.contains("strongroom open"), "{}", asked.err);
    }
    let mut unnamed = house.command(&["list"]);
    let unnamed = unnamed.env_remove("STRONGROOM_ROOM").output().unwrap();
    assert_eq!(unnamed.status.code(), Some(2));
}

#[test]
fn a_policy_that_is_none() {
    let house = House::empty();
    house.run(&["init", "--policy", "no-such-policy"]).exits(2);
    let file = house.write("policy.toml", "levels = 3");
    house.run(&["init", "--policy", &file]).exits(1);
    assert!(!house.room().exists());
}

#[test]
fn an_anchor_is_a_file() {
    let house = House::founded();
    let folder = house.dir.path().to_str().unwrap();
    for path in [".", "..", folder] {
        let refused = house.run(&["open", "--anchor", path]).exits(1);
        assert!(refused.err.contains("is a folder"), "{}", refused.err);
        assert!(refused.err.contains("room.anchor"), "{}", refused.err);
    }
}

#[test]
fn what_is_wrong_with_a_command_is_told_at_once_and_where_the_right_words_are() {
    let house = House::open();
    let talk = house.write("talk.txt", "A heading\n\nWords.\n");
    let why = ["--reason", "nope", "--authority", "a", "--because", "b"];
    let marking = ["--marking", "Secret; Nodes", "--unknown-as", "nothing"];
    let refused = house.run(&[&["file", &talk], &why[..], &marking].concat());
    let refused = refused.exits(2).err;
    for said in [
        "\"nope\"",
        "practice: ",
        "`Nodes`",
        "`nothing`",
        "`atom list`",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let to = ["--to", "Secrt", "--reason", "nope", "--because", "b"];
    let refused = house.run(&[&["restrict", "abcd"], &to[..]].concat());
    let refused = refused.exits(2).err;
    assert!(
        refused.contains("nope") && refused.contains("Secrt"),
        "{refused}"
    );
    // A code is asked for, and no passphrase.
    let refused = house.run(&["join"]).exits(2).err;
    assert!(
        refused.contains("an invitation code is needed"),
        "{refused}"
    );
    assert!(refused.contains("join CODE"), "{refused}");
    // Another code for the same name takes the place of the first.
    let invite = ["person", "invite", "ben", "--role", "reader"];
    assert!(!house.run(&invite).ok().out.contains("count no more"));
    assert!(house.run(&invite).ok().out.contains("count no more"));
}

#[test]
fn a_restriction_that_changes_nothing_speaks_of_what_was_named() {
    let house = House::open();
    let talk = house.write("talk.txt", "A heading\n\nWords.\n");
    let filed = house.file(&talk, &["--marking", "Secret", "--json"]).ok();
    let id = filed.json()["records"][0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    house.run(&["read", &id]).ok();
    let restrict = [
        "restrict",
        &id,
        "--to",
        "Secret",
        "--reason",
        "practice",
        "--because",
        "b",
    ];
    let whole = house.run(&restrict).exits(7).err;
    assert!(
        whole.contains(&format!("record {id} bears this marking")),
        "{whole}"
    );
    let one = house.run(&[&restrict[..], &["--portion", "1"]].concat());
    let one = one.exits(7).err;
    assert!(
        one.contains(&format!("portion 1 of {id} bears this marking")),
        "{one}"
    );
}

#[test]
fn a_gigabyte_in_one_line_is_refused_before_it_is_read() {
    let house = House::open();
    let path = house.path("line.txt");
    // The file is sparse: only its length is there.
    File::create(&path).unwrap().set_len(1 << 30).unwrap();
    let refused = soon(Duration::from_secs(2), || {
        house
            .file(path.to_str().unwrap(), &["--marking", "Secret"])
            .exits(1)
    });
    assert!(refused.err.contains("line.txt"), "{}", refused.err);
    house
        .run(&["file", path.to_str().unwrap(), "--dry-run"])
        .exits(1);
    assert_eq!(house.listed("founder").len(), 0);
}

#[test]
fn hostile_files_are_refused_with_place_and_rule() {
    let house = House::open();
    let volume = include_str!("../../../ingest/tests/vectors/tei/read/everything.xml");
    let nested = format!(
        "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">{}",
        "<div>".repeat(10_000)
    );
    let bomb = "<!DOCTYPE TEI [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">&b;</TEI>";
    let cases: [(&str, Vec<u8>); 6] = [
        ("truncated.xml", volume[..volume.len() / 2].into()),
        ("doubled.xml", volume.repeat(2).into()),
        ("bomb.xml", bomb.into()),
        ("nested.xml", nested.into()),
        ("latin1.txt", b"caf\xe9\n".to_vec()),
        ("empty.txt", Vec::new()),
    ];
    for (name, content) in cases {
        let path = house.write(name, content);
        let refused = house.file(&path, &["--marking", "Secret"]).exits(1);
        assert!(refused.err.contains(name), "{name}: {}", refused.err);
        // What the guard says is what the dry run says.
        let dry = house.run(&["file", &path, "--dry-run"]).exits(1);
        assert!(dry.err.contains(name));
    }
    assert_eq!(house.listed("founder").len(), 0);
}

#[test]
fn errors_name_what_they_are_about() {
    let house = House::open();
    let short = house.run(&["read", "4k7"]).exits(2);
    assert!(short.err.contains("first 4 characters"), "{}", short.err);
    let none = house.run(&["read", "zzzz", "yyyy"]).exits(5);
    assert!(
        none.err.contains("zzzz: ") && none.err.contains("yyyy: "),
        "{}",
        none.err
    );
    // What is in the environment was not typed.
    let unknown = house.run(&["list", "--limitt"]).exits(2);
    assert!(!unknown.err.contains("--room"), "{}", unknown.err);
    house.run(&["tour", "--json"]).exits(2);
    house.run(&["key-holder", "new", "../evil"]).exits(2);
}

#[test]
fn a_filing_says_why() {
    let house = House::open();
    let talk = house.write("talk.txt", "A talk\n\nA: yes.\n");
    house.run(&["file", &talk]).exits(2);
    let mut why = WHY;
    why[1] = "no-such-reason";
    let refused = house
        .run(&[&["file", &talk], &why[..], &["--marking", "Secret"]].concat())
        .exits(2);
    assert!(refused.err.contains("practice"), "the reasons are listed");
    house.file(&talk, &["--marking", "Very Secret"]).exits(2);
    let missing = house
        .file(house.path("missing").to_str().unwrap(), &[])
        .exits(9);
    assert!(!missing.err.contains("os error"), "{}", missing.err);
    // What may have no end is not begun with.
    let fifo = house.path("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    for endless in [fifo.to_str().unwrap(), "/dev/zero"] {
        let refused = house.file(endless, &["--marking", "Secret"]).exits(1);
        assert!(
            refused.err.contains("not a regular file"),
            "{}",
            refused.err
        );
        house.run(&["file", endless, "--dry-run"]).exits(1);
    }
    house.file(house.dir.path().to_str().unwrap(), &[]).exits(1);
    assert_eq!(house.listed("founder").len(), 0);
}
