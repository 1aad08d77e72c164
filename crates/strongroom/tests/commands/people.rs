//! Persons, sessions and clearances.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::house::{House, STRONGROOM, names_in};

#[test]
fn an_unknown_person_and_a_wrong_passphrase_answer_alike() {
    let house = House::open();
    house.person("anna", &["reader"], None);
    let wrong = house.write_private("wrong", "not the passphrase");
    let attempt = |name: &str| house.run(&["sign-in", name, "--passphrase-file", &wrong]);
    let (known, unknown) = (attempt("anna").exits(4), attempt("nobody").exits(4));
    assert_eq!(known.err, unknown.err);
    assert_eq!(known.out, unknown.out);
    // Soon the next attempt must wait, for either. How soon depends on how long an attempt takes here: the
    // wait doubles with each.
    let held_up = |name: &str| {
        let held_up = (0..8).map(|_| attempt(name)).find(|tried| tried.code == 8);
        let said = held_up.expect("at last one must wait").err;
        said.replace(|c: char| c.is_ascii_digit(), "")
    };
    assert_eq!(held_up("anna"), held_up("nobody"));
    // And she hears of it when she signs in.
    let signed_in = (0..60)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(600));
            house.sign_in("anna")
        })
        .find(|tried| tried.code == 0)
        .expect("nobody waits longer than half a minute")
        .out;
    assert!(signed_in.contains("note: "), "{signed_in}");
}

#[test]
fn a_person_is_there_once() {
    let house = House::open();
    house.person("anna", &["reader"], None);
    let again = ["person", "invite", "anna", "--role", "reader"];
    let refused = house.as_("founder", &again).exits(7);
    assert!(refused.err.contains("anna already"), "{}", refused.err);
    let listed = house.as_("founder", &["person", "list"]).ok().out;
    assert_eq!(listed.matches("anna").count(), 1);
}

#[test]
fn names_are_bounded() {
    let house = House::open();
    let long = "x".repeat(65);
    for name in [long.as_str(), "../up", "", ".hidden", "a b", "a\u{1b}[2J"] {
        house
            .as_(
                "founder",
                &["person", "invite", "--role", "reader", "--", name],
            )
            .exits(2);
        assert_ne!(house.run(&["whoami", "--as", name]).code, 0);
    }
    assert!(
        house
            .as_("founder", &["person", "list"])
            .ok()
            .out
            .lines()
            .count()
            == 1
    );
}

#[test]
fn an_invitation_is_good_once_and_for_its_room_alone() {
    let house = House::open();
    let invited = house
        .run(&["person", "invite", "anna", "--role", "reader", "--json"])
        .ok()
        .json();
    let code = invited["code"].as_str().unwrap();
    let passphrase = house.passphrase("anna");
    let join = ["join", code, "--passphrase-file", &passphrase];

    // Another room in its place is noticed before any key is made.
    let mut other = House::new();
    other.open_guard();
    let elsewhere = other.run(&join);
    assert_ne!(elsewhere.code, 0);
    assert!(!other.path("anna.passphrase").exists());

    house.run(&["join", "nonsense"]).exits(2);
    house.run(&join).ok();
    house.run(&join).exits(5);
    // Joined is not let in yet.
    house.sign_in("anna").exits(4);
    // A fingerprint that is not hers is refused.
    let other_print = "00000-00000-00000-00000-00000";
    house
        .run(&["person", "confirm", "anna", other_print])
        .exits(7);
}

#[test]
fn a_clearance_without_a_holder_is_pending_until_one_seals_it() {
    let mut house = House::open();
    house.person("anna", &["reader"], None);
    house.person("olga", &["security-officer"], None);
    // Olga authorises what she does not hold.
    let granted = house
        .as_(
            "olga",
            &[
                "clearance",
                "grant",
                "anna",
                "at-most Confidential",
                "--because",
                "for the talks",
                "--json",
            ],
        )
        .ok()
        .json();
    assert_eq!(granted["sealed"].as_array().unwrap().len(), 0);
    assert!(!granted["pending"].as_array().unwrap().is_empty());
    // A security officer is no reader.
    house.as_("olga", &["list"]).exits(6);
    let asked = granted["asked"].as_str().unwrap();
    house.as_("anna", &["approve", asked]).exits(5);
    house.as_("olga", &["approve", asked]).exits(6);
    let row = house.as_("founder", &["requests"]).ok().out;
    assert!(row.contains("for the talks"), "{row}");
    house.as_("founder", &["approve", asked]).ok();
    let shown = house.as_("anna", &["clearance", "show"]).ok().out;
    assert!(shown.contains("Confidential"), "{shown}");

    // All of it is there after the guard was stopped and started.
    house.crash();
    house.open_guard();
    house.as_("anna", &["whoami"]).exits(4);
    house.sign_in("anna").ok();
    let me = house.as_("anna", &["whoami"]).ok().out;
    assert!(me.contains("Confidential"), "{me}");
}

#[test]
fn a_changed_passphrase_is_the_one_that_counts() {
    let house = House::open();
    let old = house.passphrase("founder");
    let new = house.path("new.passphrase");
    let new = new.to_str().unwrap();
    let change = [
        "passphrase",
        "--passphrase-file",
        &old,
        "--new-passphrase-file",
        new,
    ];
    // The present one is no new one.
    let same = [&change[..4], &[&old]].concat();
    let refused = house.run(&same).exits(2);
    assert!(
        refused.err.contains("is the present one"),
        "{}",
        refused.err
    );
    // What the guard refuses leaves no new passphrase that opens nothing.
    let wrong = house.write_private("wrong", "not the passphrase");
    house
        .run(&[&["passphrase", "--passphrase-file", &wrong], &change[3..]].concat())
        .exits(4);
    assert!(!house.path("new.passphrase").exists());
    std::thread::sleep(std::time::Duration::from_millis(600));
    house.run(&change).ok();
    assert_eq!(
        fs::metadata(new).unwrap().permissions().mode() & 0o777,
        0o600
    );
    house.run(&["sign-out"]).ok();
    house.run(&["whoami"]).exits(4);
    house.sign_in("founder").exits(4);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    house
        .run(&["sign-in", "founder", "--passphrase-file", new])
        .ok();
}

#[test]
fn several_sessions_want_a_name() {
    let house = House::open();
    house.person("anna", &["reader"], None);
    let asked = house.run(&["whoami"]).exits(2);
    assert!(asked.err.contains("anna, founder"), "{}", asked.err);
    assert!(
        house
            .as_("anna", &["whoami"])
            .ok()
            .out
            .starts_with("anna\n")
    );
    house.as_("anna", &["sign-out"]).ok();
    assert!(house.run(&["whoami"]).ok().out.starts_with("founder\n"));
}

#[test]
fn tokens_are_private_and_good_for_one_account_of_the_machine() {
    let house = House::open();
    let run = house.path("run").join("strongroom");
    let room = run.join(&names_in(&run)[0]);
    let token = room.join("founder.token");
    for (path, mode) in [(&run, 0o700), (&room, 0o700), (&token, 0o600)] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            mode
        );
    }
    // A token that others could have read is not used.
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    house.run(&["whoami"]).exits(9);
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    house.run(&["whoami"]).ok();
    // A folder for tokens that others can enter is not used either.
    fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
    house.run(&["whoami"]).exits(9);
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();

    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: that another account cannot use the token is not tried here");
        return;
    }
    // The same token in the hands of another account opens nothing.
    const OTHER: u32 = 65_534;
    let theirs = house.path("theirs");
    let stolen = theirs.join("strongroom").join(room.file_name().unwrap());
    fs::create_dir_all(&stolen).unwrap();
    fs::copy(&token, stolen.join("founder.token")).unwrap();
    for path in [&theirs, &theirs.join("strongroom"), &stolen] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        chown(path, Some(OTHER), None).unwrap();
    }
    chown(stolen.join("founder.token"), Some(OTHER), None).unwrap();
    let program = house.path("strongroom");
    fs::copy(STRONGROOM, &program).unwrap();
    for path in [house.dir.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let other = || {
        let mut command = Command::new(&program);
        command
            .args(["whoami", "--as", "founder"])
            .env("STRONGROOM_ROOM", house.room())
            .env("XDG_RUNTIME_DIR", &theirs)
            .env("XDG_STATE_HOME", &theirs)
            .uid(OTHER);
        command.output().unwrap().status.code()
    };
    // The room's folder lets nobody else near the socket; once it does, the token is refused.
    assert_eq!(other(), Some(6));
    fs::set_permissions(house.room(), fs::Permissions::from_mode(0o711)).unwrap();
    assert_eq!(other(), Some(4));
    house.run(&["whoami"]).ok();
}
