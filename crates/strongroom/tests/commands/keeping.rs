//! What the machine's operator does: `check`.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use crate::house::House;

#[test]
fn a_room_is_checked_while_it_is_open_and_while_it_is_not() {
    let mut house = House::open();
    let text = house.write("note.txt", "A heading\n\nWords.\n");
    house.file(&text, &["--marking", "Secret"]).ok();
    let said = house.run(&["check"]).ok();
    assert!(
        said.out.contains("Sound: nothing is damaged"),
        "{}",
        said.out
    );
    let open = house.run(&["check", "--json"]).ok().json();
    assert_eq!(open["whole"], true);
    assert!(open["receipt"].is_string() && open["checkpoint"].is_string());
    house.crash();
    let closed = house.run(&["check", "--json"]).ok().json();
    assert!(closed["receipt"].is_null());
    assert!(closed["entries"].as_u64() > open["entries"].as_u64());
    // Whose house key is not where it should be is told what is missing.
    let key = house.room().join("house.key");
    fs::rename(&key, house.path("kept.key")).unwrap();
    assert!(house.run(&["check"]).exits(9).err.contains("--house-key"));
    house.run(&["check", "--house-key", "kept.key"]).ok();
}

#[test]
fn a_store_that_cannot_be_read_is_told_of() {
    let house = House::founded();
    let store = house.room().join("room.redb");
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    // Not the first pages, which say what kind of file it is; then all that hold something.
    let len = fs::metadata(&store).unwrap().len();
    for page in (8_192..len).step_by(4_096) {
        file.write_all_at(&[0xa5; 64], page + 100).unwrap();
    }
    let said = house.run(&["check"]);
    assert!(
        said.code == 9 || said.code == 1,
        "{} {}",
        said.code,
        said.err
    );
    assert!(!(said.out + &said.err).contains("Sound"));
    let nowhere = house.run(&["check", "--room", "nowhere"]);
    assert_eq!(nowhere.exits(5).out, "");
}
