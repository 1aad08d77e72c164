//! Real faults, at the real program: a guard that is killed under load, a disk that is full, a store and a
//! ledger folder that are deleted, emptied, moved or made read-only.
//!
//! What must hold after each: the room says on `status` within a second that it is closed, and why; requests end
//! with code 3; nothing that was acknowledged is lost; and where the fault passes, the room opens by itself.
//!
//! `STRONGROOM_KILLS` is the number of kills (5 if it is not set; 300 take some minutes in release), and
//! `STRONGROOM_FULL_MIB` at how many megabytes the disk is full (3; it works up to some hundred).

#[allow(dead_code, reason = "of the house some things are not needed here")]
#[path = "../commands/house.rs"]
mod house;
#[path = "../commands/soon.rs"]
mod soon;

mod full;
mod gone;
mod kills;

use std::time::{Duration, Instant};

use house::{Done, House};
use soon::soon;

/// A closed room says so within this.
const SOON: Duration = Duration::from_secs(1);
/// The guard looks after what it stands on once a second; a loaded machine takes its time.
const PATIENCE: Duration = Duration::from_secs(20);

fn from_env(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |n| n.parse().expect("a number"))
}

/// Waits until something is so, and says after how long.
#[track_caller]
fn until(what: &str, mut so: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

/// The status, which comes soon, whatever it is.
#[track_caller]
fn status(house: &House) -> Done {
    soon(SOON, || house.run(&["status"]))
}

/// The room closes, by itself or by what is asked of it, and says these words.
#[track_caller]
fn closes(house: &House, words: &str) {
    until("the room does not close", || status(house).code == 3);
    let said = status(house).exits(3).out;
    assert!(said.contains("closed: ") && said.contains(words), "{said}");
    let text = house.write("refused.txt", "Refused\n\nIts words.\n");
    let refused = house.file(&text, &["--marking", "Secret"]).exits(3);
    assert!(refused.err.contains(words), "{}", refused.err);
}

/// The room opens by itself.
#[track_caller]
fn opens_again(house: &House) {
    until("the room does not open again", || status(house).code == 0);
}

/// Files a note; the id of its record if that was acknowledged.
fn file(house: &House, name: &str, text: &str) -> Result<String, Done> {
    let path = house.write(name, text);
    let done = house.file(&path, &["--marking", "Secret", "--json"]);
    if done.code != 0 {
        return Err(done);
    }
    let record = done.json()["records"][0]["record"].clone();
    Ok(record.as_str().expect("a record's id").to_owned())
}
