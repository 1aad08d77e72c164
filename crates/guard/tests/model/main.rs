//! Nobody alone: random acts by random persons against a simple model of who may do what.
//!
//! The model (`rules`) says a second time, in other terms, what the promises and the printed approval rules say. A walk
//! (`walk`, `acts`) does random acts in a room and in the model, and compares each answer, each list, each notice and each
//! holding. Afterwards the counts of the cases, each refusal with its reason, are held to floors, so that a walk that no
//! longer reaches a case fails.
//!
//! That it would notice is tried: each law of decisions is forgotten in turn (`forgotten`), in the guard and in the fold
//! at once, and a walk has to find the room doing, or showing, what the model says it does not.
//!
//! What the model allows in one order or the other is all that may come about when two act at once (`races`).
//!
//! `STRONGROOM_MODEL_STEPS` sets the number of steps.

mod acts;
#[path = "../common/mod.rs"]
mod common;
mod dice;
#[path = "../common/forge.rs"]
mod forge;
mod forgotten;
#[path = "../common/loot.rs"]
mod loot;
mod races;
mod rules;
#[path = "../common/small.rs"]
mod small;
#[path = "../common/thief.rs"]
mod thief;
mod walk;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rules::Answer::{self, Done, Nothing, Refused};
use walk::{Counts, Walk};

/// Acts in one room, after which another is begun: enough for requests to lapse, few enough for lists to stay short.
const STEPS_A_ROOM: usize = 400;

/// Threads that walk, each in rooms of its own.
const THREADS: usize = 2;

/// Steps, if the environment asks for no other number; below that the counts are held to no floors.
const ENOUGH: usize = 100_000;

fn steps() -> usize {
    let given = std::env::var("STRONGROOM_MODEL_STEPS").ok();
    given.map_or(ENOUGH, |n| n.parse().expect("a number of steps"))
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
    for ((act, answer), n) in &counts {
        println!("((\"{act}\", {answer:?}), {n}),");
    }
    if steps() < ENOUGH {
        return;
    }
    for (case, enough) in FLOORS {
        let n = counts.get(&case).copied().unwrap_or(0);
        let floor = enough * (steps() / ENOUGH);
        assert!(n >= floor, "{case:?} came up {n} times, and should {floor}");
    }
    let floored = |case: &(&str, Answer)| FLOORS.iter().any(|(floor, _)| floor == case);
    let mut often = counts
        .iter()
        .filter(|(_, n)| **n / (steps() / ENOUGH) >= RARE);
    let without = often.find(|(case, _)| !floored(case));
    assert!(without.is_none(), "{without:?} has no floor");
}

/// The acts of one room.
fn walk(seed: u64) -> Counts {
    let mut walk = Walk::begin(seed);
    for n in 0..STEPS_A_ROOM {
        if let Err(difference) = walk.step() {
            panic!("room {seed}, step {n}: {}", difference.what);
        }
    }
    walk.counts
}

/// A case that comes up as often as this in [`ENOUGH`] steps has a floor.
const RARE: usize = 30;

/// How often each case comes up in [`ENOUGH`] steps at least: half of what was seen when this was written.
const FLOORS: [((&str, Answer), usize); 130] = [
    (("a deputy stands", Done), 440),
    (("approve", Done), 3309),
    (("approve", Refused("about him")), 78),
    (("approve", Refused("denied")), 103),
    (("approve", Refused("done")), 964),
    (("approve", Refused("hold")), 129),
    (("approve", Refused("lapsed")), 153),
    (("approve", Refused("not asked")), 113),
    (("approve", Refused("not cleared")), 142),
    (("approve", Refused("own")), 380),
    (("approve", Refused("taken-back")), 106),
    (("approve", Refused("twice")), 59),
    (("approve", Refused("void")), 373),
    (("approve", Nothing), 6620),
    (("approve for another", Done), 46),
    (("ask-acting", Done), 651),
    (("ask-acting", Refused("asked already")), 11),
    (("ask-acting", Refused("himself")), 110),
    (("ask-acting", Refused("over")), 116),
    (("ask-acting", Refused("role")), 595),
    (("ask-acting", Refused("too long")), 136),
    (("ask-clear", Done), 1856),
    (("ask-clear", Refused("asked already")), 65),
    (("ask-clear", Refused("held already")), 2651),
    (("ask-clear", Refused("not for him")), 394),
    (("ask-clear", Refused("not there")), 16),
    (("ask-clear", Refused("role")), 1648),
    (("ask-destroy", Done), 323),
    (("ask-destroy", Refused("asked already")), 37),
    (("ask-destroy", Refused("hold")), 123),
    (("ask-destroy", Refused("role")), 1064),
    (("ask-destroy", Nothing), 226),
    (("ask-lower", Done), 138),
    (("ask-lower", Refused("not below")), 128),
    (("ask-lower", Refused("role")), 816),
    (("ask-lower", Refused("withdrawn")), 101),
    (("ask-lower", Nothing), 160),
    (("ask-policy", Done), 104),
    (("ask-policy", Refused("in force")), 99),
    (("ask-policy", Refused("less than there is")), 12),
    (("ask-policy", Refused("role")), 208),
    (("ask-release", Done), 280),
    (("ask-release", Refused("asked already")), 40),
    (("ask-release", Refused("role")), 232),
    (("ask-release", Nothing), 197),
    (("ask-rules", Done), 111),
    (("ask-rules", Refused("asked already")), 7),
    (("ask-rules", Refused("in force")), 59),
    (("ask-rules", Refused("no rules")), 61),
    (("ask-rules", Refused("role")), 375),
    (("ask-schedule", Done), 130),
    (("ask-schedule", Refused("role")), 430),
    (("ask-schedule", Refused("withdrawn")), 58),
    (("ask-schedule", Nothing), 90),
    (("ask-undo", Done), 58),
    (("ask-undo", Refused("asked already")), 26),
    (("ask-undo", Refused("not below")), 7),
    (("ask-undo", Refused("not his")), 158),
    (("ask-undo", Refused("older")), 121),
    (("ask-undo", Refused("read")), 5),
    (("ask-undo", Refused("role")), 480),
    (("ask-undo", Refused("withdrawn")), 243),
    (("ask-undo", Nothing), 631),
    (("ask-withdraw", Done), 377),
    (("ask-withdraw", Refused("asked already")), 45),
    (("ask-withdraw", Refused("role")), 1268),
    (("ask-withdraw", Refused("withdrawn")), 146),
    (("ask-withdraw", Nothing), 269),
    (("cleared", Done), 1533),
    (("confirm", Done), 71),
    (("confirm", Refused("inviter")), 21),
    (("confirm", Refused("role")), 156),
    (("denied", Done), 10),
    (("deny", Done), 352),
    (("deny", Refused("about him")), 6),
    (("deny", Refused("denied")), 13),
    (("deny", Refused("done")), 98),
    (("deny", Refused("lapsed")), 11),
    (("deny", Refused("not asked")), 8),
    (("deny", Refused("not cleared")), 13),
    (("deny", Refused("own")), 29),
    (("deny", Refused("taken-back")), 10),
    (("deny", Refused("void")), 32),
    (("deny", Nothing), 607),
    (("depart", Done), 170),
    (("depart", Refused("last officer")), 16),
    (("depart", Refused("not an officer")), 48),
    (("depart", Refused("role")), 378),
    (("destroyed", Done), 122),
    (("done", Done), 110),
    (("end-acting", Done), 120),
    (("end-acting", Refused("does not stand")), 96),
    (("end-acting", Refused("not there")), 37),
    (("end-acting", Refused("of others")), 355),
    (("file", Done), 763),
    (("file", Refused("role")), 1116),
    (("hold", Done), 421),
    (("hold", Refused("role")), 243),
    (("hold", Nothing), 75),
    (("invite", Done), 112),
    (("invite", Refused("role")), 529),
    (("lapsed", Done), 23),
    (("left by hands", Done), 99),
    (("list", Done), 2316),
    (("look", Done), 563),
    (("look", Nothing), 925),
    (("lowered", Done), 63),
    (("policy changed", Done), 59),
    (("read", Done), 253),
    (("read", Refused("role")), 619),
    (("read", Nothing), 166),
    (("released", Done), 181),
    (("restrict", Done), 378),
    (("restrict", Refused("nothing new")), 159),
    (("restrict", Refused("role")), 842),
    (("rules changed", Done), 58),
    (("scheduled", Done), 82),
    (("take-back", Done), 414),
    (("take-back", Refused("denied")), 13),
    (("take-back", Refused("done")), 154),
    (("take-back", Refused("lapsed")), 36),
    (("take-back", Refused("of another")), 222),
    (("take-back", Refused("taken-back")), 17),
    (("take-back", Nothing), 831),
    (("taken-back", Done), 13),
    (("undone", Done), 20),
    (("void", Done), 392),
    (("waiting", Done), 2651),
    (("who", Done), 1045),
    (("withdrawn", Done), 238),
];
