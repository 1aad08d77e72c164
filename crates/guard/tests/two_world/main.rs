//! Promise 2, tried: nothing shows from above.
//!
//! From one seed two worlds are made that differ only above what a reader is cleared for: other
//! records there, others' clearances, restrictions, readings, refusals, and around the words that
//! the reader may see of a record, other words. Whatever the reader asks, in whatever form, must get
//! the same bytes in both. `answer` says what may differ, and why.
//!
//! | module | subject |
//! | --- | --- |
//! | `cast` | the people, and the room that both worlds begin as |
//! | `script`, `generate`, `above`, `part`, `seen`, `reader`, `oversight`, `twins`, `dice` | what happens |
//! | `wording`, `book`, `pair` | making it happen in two rooms in lockstep |
//! | `answer` | when two answers are the same |
//! | `census`, `cases` | how often each kind of case occurred |
//! | `portions` | the same of marked documents, whose portions bear labels of their own |
//! | `run` | many pairs, and the shortest script that tells two worlds apart |
//!
//! `STRONGROOM_TWO_WORLD_PAIRS=N` plays N pairs instead of the usual number.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/marked.rs"]
mod marked;

mod above;
mod answer;
mod book;
mod cases;
mod cast;
mod census;
mod dice;
mod generate;
mod oversight;
mod pair;
mod part;
mod portions;
mod reader;
mod run;
mod script;
mod seen;
mod twins;
mod wording;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use strongroom_guard::planted::{Leak, plant};

use cast::Founded;
use census::Census;
use run::{Make, on_every_core};
use twins::Twins;

/// Pairs on the mock suite, if the environment asks for no other number.
const PAIRS: u64 = 300;

/// Pairs on the real suite: each costs some seconds of passphrase stretching and HPKE.
const REAL_PAIRS: u64 = 4;

/// Pairs within which a planted leak must be caught: as many as are played without one.
const CAUGHT_WITHIN: u64 = PAIRS;

/// What must have occurred so many times in [`PAIRS`] pairs, or the generator has gone blind.
const FLOORS: [(&str, usize); 107] = [
    ("apart: answer one above: done", 3),
    ("apart: approve withdrawing one above", 30),
    ("apart: challenge one above", 100),
    ("apart: attachment of one", 5),
    ("apart: correct above one below: done", 30),
    ("apart: file a denial of one below: done", 5),
    ("apart: file a successor of one below: done", 12),
    ("apart: file above: done", 100),
    ("apart: filed below and raised at once", 50),
    ("apart: grant: done", 100),
    ("apart: grade one above in one world: done", 20),
    ("apart: grade portions of one seen in part: done", 20),
    ("apart: history of", 20),
    ("apart: link one above", 20),
    ("apart: link one below to one seen in part: done", 20),
    ("apart: list", 20),
    ("apart: practice above: done", 30),
    ("apart: read one above", 20),
    ("apart: record beside one above", 20),
    ("apart: restrict one above", 20),
    ("apart: restrict portions of one seen in part: done", 30),
    ("apart: sign in as", 20),
    ("apart: take back withdrawing one above", 8),
    ("apart: tick", 10),
    ("apart: withdraw one above", 40),
    (
        "compared: attachment of one above in one world: not-found",
        300,
    ),
    ("compared: attachment of one below: done", 50),
    ("compared: attachment of one seen in part: not-found", 100),
    ("compared: answer one above", 2),
    ("compared: ask to destroy one above", 10),
    ("compared: ask to undo a restriction of one above", 10),
    (
        "compared: challenge one above in both worlds: not-found",
        80,
    ),
    ("compared: challenge one above in one world: not-found", 80),
    ("compared: challenge one below: done", 3),
    ("compared: challenge one seen in part: done", 300),
    ("compared: challenge with a reading", 10),
    ("compared: challenges: done", 500),
    ("compared: changes of one below: done", 10),
    ("compared: changes of one above", 10),
    ("compared: correct one below: done", 20),
    ("compared: correct one seen in part: done", 4),
    ("compared: file above: done", 50),
    ("compared: file below: done", 80),
    // A request id that was used for another act; a filing that is sent again is answered as before.
    ("compared: file below: conflict", 1),
    ("compared: grade one below: done", 10),
    ("compared: grade one above", 20),
    ("compared: grade one seen in part: done", 10),
    ("compared: grade portions of one seen in part: done", 1),
    ("compared: history of one above", 300),
    ("compared: history of one below: done", 300),
    ("compared: history of one seen in part: done", 300),
    ("compared: link one above", 5),
    ("compared: list limited after one above", 200),
    ("compared: list limited after one below: done", 100),
    ("compared: piece of one above in one world: not-found", 300),
    ("compared: piece of one below: done", 5),
    ("compared: practices: done", 300),
    ("compared: practice: done", 4),
    ("compared: read beginning of one below: done", 50),
    ("compared: read beginning of one above", 5),
    ("compared: read malformed", 10),
    ("compared: read nothing: not-found", 10),
    ("compared: read one above in both worlds: not-found", 300),
    ("compared: read one above in one world: not-found", 300),
    ("compared: read one seen in part: done", 300),
    (
        "compared: read original of one seen in part: not-found",
        100,
    ),
    ("compared: record beside one above", 30),
    ("compared: record beside one below: done", 20),
    ("compared: restrict one above in both worlds: done", 10),
    ("compared: restrict one above in one world: done", 5),
    ("compared: restrict one below: done", 15),
    ("compared: restrict one seen in part: done", 15),
    ("compared: restrict nothing: done", 15),
    ("compared: restrict portions of one seen in part: done", 1),
    (
        "compared: restrict portions of one seen in part: not-found",
        5,
    ),
    ("compared: sign in as low rightly: done", 300),
    (
        "compared: take back withdrawing one above in one world: not-found",
        300,
    ),
    (
        "compared: take back withdrawing one seen in part: not-found",
        100,
    ),
    ("compared: version of one above", 10),
    ("compared: version of one below: done", 5),
    ("compared: withdraw one below: done", 3),
    ("compared: requests: done", 200),
    ("seen: a record of which the rest differs is filed", 300),
    ("seen: … with another number of portions", 200),
    ("seen: somebody is called", 20),
    ("seen: … in the middle", 200),
    ("seen: a volume whose later records differ is filed", 100),
    ("shown: a challenge", 100),
    ("shown: a challenge that is overdue", 40),
    ("shown: a filing that is like a record", 40),
    ("shown: a filing that was in before", 40),
    ("shown: a history with a file given out", 10),
    ("shown: a history with a grading", 20),
    ("shown: a listing with a successor", 15),
    ("shown: a notice of a challenge", 4),
    ("shown: a piece of a recording", 5),
    ("shown: a practice", 40),
    ("shown: a preview that names someone", 200),
    ("shown: a reading with a grading", 20),
    ("shown: a receipt of what was corrected", 15),
    ("shown: a receipt of what was restricted", 10),
    ("shown: a record in two versions", 30),
    ("shown: a record with a link", 25),
    ("shown: a withdrawal that waits", 50),
    ("shown: an answer", 5),
    ("shown: the words of an attachment", 80),
    ("shown: what is left of a record", 5),
];

#[test]
fn nothing_shows_from_above() {
    let pairs = match std::env::var("STRONGROOM_TWO_WORLD_PAIRS") {
        Ok(n) => n.parse().expect("STRONGROOM_TWO_WORLD_PAIRS is a number"),
        Err(_) => PAIRS,
    };
    let began = Instant::now();
    let census = mock().play_all(0..pairs);
    let took = began.elapsed().as_secs_f64();
    let per_second = pairs as f64 / took;
    println!("{census}\n{pairs} pairs on the mock suite in {took:.1} s, {per_second:.1} a second");
    check_floors(&census, pairs);
}

#[test]
fn nor_with_real_cryptography() {
    let make = Make {
        founded: Founded::real(),
        twins: None,
        slots: 16,
    };
    let census = make.play_all(0..REAL_PAIRS);
    println!("{census}\n{REAL_PAIRS} pairs on the real suite");
    assert!(census.of("compared: read one seen in part: done") > 0);
    assert!(census.of("compared: read one above") > 0);
}

#[test]
fn every_planted_leak_is_caught() {
    let make = mock();
    let next = AtomicUsize::new(0);
    // What shows of marked documents alone is planted in `portions`.
    let leaks: Vec<Leak> = Leak::ALL
        .into_iter()
        .filter(|leak| *leak != Leak::OverrodeOfWhole)
        .collect();
    let table = Mutex::new(vec![None; leaks.len()]);
    on_every_core(|| {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(leak) = leaks.get(n) else { break };
            plant(Some(*leak));
            let caught = (0..CAUGHT_WITHIN).find(|seed| {
                let script = make.script(*seed);
                let play = || pair::play(&script, make.founded, &mut Census::default());
                // Some break what is asserted of each answer, or the room itself; without them nothing does.
                catch_unwind(AssertUnwindSafe(play)).map_or(true, |played| played.is_err())
            });
            plant(None);
            table.lock().expect("no panic beside")[n] = caught.map(|seed| seed + 1);
        }
    });
    let table = table.into_inner().expect("no panic");
    println!("planted leak           caught by pair");
    for (leak, pairs) in leaks.iter().zip(&table) {
        let pairs = pairs.map_or("not at all".to_owned(), |n| n.to_string());
        println!("{:<22} {pairs}", format!("{leak:?}"));
    }
    assert!(
        table.iter().all(Option::is_some),
        "a planted leak was not caught"
    );
}

/// No manifest of the workspace but this crate's names the switch, and here it is for tests alone.
#[test]
fn leaks_can_be_planted_in_this_crates_tests_alone() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut manifests = 0;
    for folder in std::fs::read_dir(crates).expect("the folder of crates") {
        let manifest = folder.expect("an entry").path().join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&manifest) else {
            continue;
        };
        manifests += 1;
        let (shipped, for_tests) = text.split_once("[dev-dependencies]").unwrap_or((&text, ""));
        let uses = |text: &str| text.matches("planted-leaks").count();
        if manifest.parent().is_some_and(|p| p.ends_with("guard")) {
            assert!(shipped.contains("planted-leaks = []") && uses(shipped) == 1);
            assert_eq!(uses(for_tests), 1);
        } else {
            assert_eq!(uses(&text), 0, "{}", manifest.display());
        }
    }
    assert!(
        manifests > 5,
        "the crates of the workspace are where they were"
    );
}

fn mock() -> Make {
    Make {
        founded: Founded::mock(),
        twins: Some(Twins::of_mock()),
        slots: 40,
    }
}

fn check_floors(census: &Census, pairs: u64) {
    let due = |floor: usize| (floor as u64 * pairs / PAIRS) as usize;
    let low: Vec<String> = FLOORS
        .iter()
        .filter(|(case, floor)| census.of(case) < due(*floor))
        .map(|(case, floor)| format!("{case}: {} of {}", census.of(case), due(*floor)))
        .collect();
    assert!(
        low.is_empty(),
        "cases that hardly occurred:\n{}",
        low.join("\n")
    );
}
