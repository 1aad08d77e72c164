//! Nobody alone: random acts by random persons against a simple model of who may do what.
//!
//! The model (`rules`) says a second time, in other terms, what the promises and the printed approval rules say. A walk
//! does random acts in a room and in the model, and compares each answer, each list and each holding. Afterwards the
//! counts of the cases are held to floors, so that a walk that no longer reaches a case fails; and mistakes that are
//! planted in the guard's decisions must each be noticed.
//!
//! `STRONGROOM_MODEL_STEPS` sets the number of steps.

#[path = "../common/mod.rs"]
mod common;
mod dice;
#[path = "../common/forge.rs"]
mod forge;
#[path = "../common/loot.rs"]
mod loot;
mod rules;
#[path = "../common/small.rs"]
mod small;
#[path = "../common/thief.rs"]
mod thief;
mod walk;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rules::Answer;
use walk::{Counts, Walk};

/// Acts in one room, after which another is begun: enough for requests to lapse, few enough for lists to stay short.
const STEPS_A_ROOM: usize = 400;

/// Threads that walk, each in rooms of its own.
const THREADS: usize = 2;

fn steps() -> usize {
    let given = std::env::var("STRONGROOM_MODEL_STEPS").ok();
    given.map_or(100_000, |n| n.parse().expect("a number of steps"))
}

#[test]
fn what_the_room_lets_pass_is_what_the_rules_say() {
    let rooms = steps().div_ceil(STEPS_A_ROOM) as u64;
    let next = AtomicU64::new(0);
    let counts = Mutex::new(Counts::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= rooms {
                        break;
                    }
                    let walked = walk(seed);
                    let mut counts = counts.lock().expect("nobody failed");
                    for (case, n) in walked {
                        *counts.entry(case).or_default() += n;
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().expect("nobody failed");
    for (case, n) in &counts {
        println!("{case:?}: {n}");
    }
    for (case, a_thousand) in FLOORS {
        let n = counts.get(&case).copied().unwrap_or(0);
        let floor = a_thousand * steps() / 100_000;
        assert!(n >= floor, "{case:?} came up {n} times, and should {floor}");
    }
}

/// The acts of one room.
fn walk(seed: u64) -> Counts {
    let mut walk = Walk::begin(seed);
    for n in 0..STEPS_A_ROOM {
        if let Err(difference) = walk.step() {
            panic!("room {seed}, step {n}: {}", difference.0);
        }
    }
    walk.counts
}

/// How often each case comes up in 100,000 steps at least: half of what was seen when this was written.
const FLOORS: [((&str, Answer), usize); 28] = [
    (("approve", Answer::Done), 2423),
    (("approve", Answer::Refused), 3552),
    (("approve", Answer::Nothing), 8001),
    (("ask-clear", Answer::Done), 2755),
    (("ask-clear", Answer::Refused), 9275),
    (("ask-withdraw", Answer::Done), 779),
    (("ask-withdraw", Answer::Refused), 3242),
    (("ask-withdraw", Answer::Nothing), 286),
    (("denied", Answer::Done), 30),
    (("deny", Answer::Done), 436),
    (("deny", Answer::Refused), 659),
    (("deny", Answer::Nothing), 1456),
    (("done", Answer::Done), 274),
    (("file", Answer::Done), 962),
    (("file", Answer::Refused), 1489),
    (("lapsed", Answer::Done), 42),
    (("list", Answer::Done), 3493),
    (("look", Answer::Done), 1079),
    (("look", Answer::Nothing), 1415),
    (("restrict", Answer::Done), 417),
    (("restrict", Answer::Refused), 1306),
    (("take-back", Answer::Done), 635),
    (("take-back", Answer::Refused), 886),
    (("take-back", Answer::Nothing), 1464),
    (("taken-back", Answer::Done), 50),
    (("void", Answer::Done), 177),
    (("waiting", Answer::Done), 3210),
    (("who", Answer::Done), 2021),
];
