//! Founding, key holders, and what becomes of secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::house::{House, names_in};

#[test]
fn a_room_is_founded_for_its_account_alone() {
    let house = House::empty();
    let said = house.init(&["--founder", "frieda"]).ok().out;
    assert!(said.contains("frieda is its only security officer"));
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(house.room()), 0o700);
    for private in [
        house.room().join("house.key"),
        house.room().join("room.redb"),
        house.path("sheet"),
        house.path("founder.passphrase"),
    ] {
        assert_eq!(mode(private), 0o600);
    }
    // The passphrase is in its file, and was not printed besides.
    let passphrase = fs::read_to_string(house.passphrase("founder")).unwrap();
    assert_eq!(passphrase.split_whitespace().count(), 6);
    assert!(!said.contains(passphrase.trim()));
    // Neither was the sheet.
    let sheet = fs::read_to_string(house.path("sheet")).unwrap();
    assert!(!said.contains(sheet.lines().last().unwrap()));
}

#[test]
fn secrets_without_a_file_are_shown_once() {
    let house = House::empty();
    let said = house
        .run(&["init", "--policy", "us-state-historical"])
        .ok()
        .out;
    assert!(said.contains("Your passphrase, shown this once:"));
    assert!(said.contains("The recovery sheet, shown this once."));
    assert_eq!(
        names_in(&house.room()),
        ["house.key", "house.recovery", "room.redb"]
    );
    // In JSON they are not.
    let house = House::empty();
    house
        .run(&["init", "--policy", "us-state-historical", "--json"])
        .exits(2);
    assert!(!house.room().exists());
}

#[test]
fn key_holders_make_cards_before_the_room() {
    let house = House::empty();
    for name in ["Ada", "Ben", "Cleo"] {
        let passphrase = house.passphrase(name);
        house
            .run(&["key-holder", "new", name, "--passphrase-file", &passphrase])
            .ok();
    }
    let mode = fs::metadata(house.path("Ada.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let passphrase = house.passphrase("founder");
    let init = |more: &[&str]| {
        let fixed = [
            "init",
            "--policy",
            "us-state-historical",
            "--passphrase-file",
            &passphrase,
        ];
        house.run(&[&fixed, more].concat())
    };
    let cards = ["--key-holder", "Ada.card", "Ben.card", "Cleo.card"];
    init(&cards).exits(2);
    assert!(!house.room().exists(), "no quorum, no room");
    init(&[&cards[..], &["--quorum", "4"]].concat()).exits(2);
    assert!(!house.room().exists(), "a quorum that there cannot be");
    // A passphrase that was generated for a room that did not come about is not left behind.
    assert!(!house.path("founder.passphrase").exists());
    let card = fs::read_to_string(house.path("Ada.card")).unwrap();
    house.write("forged.card", card.replace("name: Ada", "name: Eve"));
    let forged = init(&["--key-holder", "forged.card", "Ben.card", "--quorum", "2"]).exits(1);
    assert!(forged.err.contains("was changed"), "{}", forged.err);
    init(&["--key-holder", "Ada.card", "Ada.card", "--quorum", "2"]).exits(2);
    assert!(!house.room().exists(), "a card twice");
    init(&["--first-holder", "none"]).exits(2);
    assert!(!house.room().exists(), "nobody would hold anything");
    let said = init(&[&cards[..], &["--quorum", "2", "--first-holder", "none"]].concat()).ok();
    assert!(said.out.contains("Recovery takes 2 of the 3 key holders."));
    assert!(
        said.out
            .contains("WARNING: nobody holds a level or category")
    );
    for name in ["Ada", "Ben", "Cleo"] {
        let card = fs::read_to_string(house.path(&format!("{name}.card"))).unwrap();
        let id = card.lines().find_map(|l| l.strip_prefix("# id: ")).unwrap();
        assert!(said.out.contains(id), "the founder compares {name}'s id");
    }
    // A key holder's files are not overwritten.
    house
        .run(&[
            "key-holder",
            "new",
            "Ada",
            "--passphrase-file",
            &house.passphrase("Ada"),
        ])
        .exits(7);
}

#[test]
fn a_weak_passphrase_of_ones_own_is_refused() {
    let house = House::empty();
    let file = house.write("founder.passphrase", "letmein");
    // First of all nobody else may read it.
    let refused = house.init(&[]).exits(9);
    let remedy = format!("chmod 600 {file}");
    assert!(refused.err.contains(&remedy), "{}", refused.err);
    house.write_private("founder.passphrase", "letmein");
    let refused = house.init(&[]).exits(2);
    assert!(refused.err.contains("weaker than the room's policy allows"));
    assert!(!refused.err.contains("letmein"));
    assert!(!house.room().exists());
}

#[test]
fn a_house_key_can_lie_elsewhere_and_is_believed_only_if_private() {
    let mut house = House::empty();
    let key = house.path("elsewhere.key");
    let key_path = key.to_str().unwrap();
    let said = house.init(&["--house-key", key_path]).ok().out;
    let next = format!("--house-key {key_path}\n");
    assert!(said.contains(&next), "{said}");
    assert_eq!(names_in(&house.room()), ["house.recovery", "room.redb"]);
    let refused = house.run(&["open"]).exits(9);
    assert!(refused.err.contains("--house-key FILE"), "{}", refused.err);
    fs::copy(&key, house.room().join("house.key")).unwrap();
    fs::set_permissions(
        house.room().join("house.key"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let refused = house.run(&["open"]).exits(9);
    assert!(refused.err.contains("can be read by others"));
    fs::set_permissions(
        house.room().join("house.key"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    house.open_guard();
}

#[test]
fn another_rooms_house_key_opens_nothing() {
    let (house, other) = (House::founded(), House::new());
    fs::copy(
        other.room().join("house.key"),
        house.room().join("house.key"),
    )
    .unwrap();
    let refused = house.run(&["open"]).exits(9);
    assert!(
        refused.err.contains("another room's key"),
        "{}",
        refused.err
    );
    let garbled = house.write("garbled", "no key at all");
    fs::set_permissions(&garbled, fs::Permissions::from_mode(0o600)).unwrap();
    house.run(&["open", "--house-key", &garbled]).exits(9);
}
