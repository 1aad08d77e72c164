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
    for ((act, answer), n) in &counts {
        println!("((\"{act}\", {answer:?}), {n}),");
    }
    for (case, a_thousand) in FLOORS {
        let n = counts.get(&case).copied().unwrap_or(0);
        let floor = a_thousand * steps() / 100_000;
        assert!(n >= floor, "{case:?} came up {n} times, and should {floor}");
    }
    let floored = |case: &(&str, Answer)| FLOORS.iter().any(|(floor, _)| floor == case);
    let often = |n: usize| n * 100_000 / steps().max(100_000) >= RARE;
    let mut often = counts.iter().filter(|(_, n)| often(**n));
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

/// A case that comes up as often as this in 100,000 steps has a floor.
const RARE: usize = 30;

/// How often each case comes up in 100,000 steps at least: half of what was seen when this was written.
const FLOORS: [((&str, Answer), usize); 103] = [
    (("a deputy stands", Done), 525),
    (("approve", Done), 3420),
    (("approve", Refused("about him")), 124),
    (("approve", Refused("denied")), 129),
    (("approve", Refused("done")), 1305),
    (("approve", Refused("hold")), 28),
    (("approve", Refused("lapsed")), 112),
    (("approve", Refused("not asked")), 189),
    (("approve", Refused("not cleared")), 129),
    (("approve", Refused("own")), 461),
    (("approve", Refused("taken-back")), 127),
    (("approve", Refused("twice")), 79),
    (("approve", Refused("void")), 287),
    (("approve", Nothing), 7731),
    (("approve for another", Done), 45),
    (("ask-acting", Done), 748),
    (("ask-acting", Refused("asked already")), 13),
    (("ask-acting", Refused("himself")), 146),
    (("ask-acting", Refused("over")), 145),
    (("ask-acting", Refused("role")), 760),
    (("ask-acting", Refused("too long")), 137),
    (("ask-clear", Done), 2076),
    (("ask-clear", Refused("asked already")), 70),
    (("ask-clear", Refused("held already")), 3336),
    (("ask-clear", Refused("not for him")), 494),
    (("ask-clear", Refused("not there")), 23),
    (("ask-clear", Refused("role")), 1970),
    (("ask-destroy", Done), 320),
    (("ask-destroy", Refused("asked already")), 40),
    (("ask-destroy", Refused("hold")), 162),
    (("ask-destroy", Refused("role")), 1235),
    (("ask-destroy", Nothing), 289),
    (("ask-policy", Done), 125),
    (("ask-policy", Refused("asked already")), 6),
    (("ask-policy", Refused("in force")), 101),
    (("ask-policy", Refused("less than there is")), 11),
    (("ask-policy", Refused("role")), 246),
    (("ask-rules", Done), 137),
    (("ask-rules", Refused("asked already")), 9),
    (("ask-rules", Refused("in force")), 75),
    (("ask-rules", Refused("no rules")), 65),
    (("ask-rules", Refused("role")), 463),
    (("ask-withdraw", Done), 427),
    (("ask-withdraw", Refused("asked already")), 48),
    (("ask-withdraw", Refused("role")), 1744),
    (("ask-withdraw", Refused("withdrawn")), 278),
    (("ask-withdraw", Nothing), 388),
    (("cleared", Done), 1730),
    (("confirm", Done), 94),
    (("confirm", Refused("inviter")), 34),
    (("confirm", Refused("role")), 188),
    (("denied", Done), 15),
    (("deny", Done), 368),
    (("deny", Refused("about him")), 16),
    (("deny", Refused("denied")), 14),
    (("deny", Refused("done")), 137),
    (("deny", Refused("lapsed")), 12),
    (("deny", Refused("not asked")), 17),
    (("deny", Refused("not cleared")), 14),
    (("deny", Refused("own")), 54),
    (("deny", Refused("taken-back")), 14),
    (("deny", Refused("twice")), 11),
    (("deny", Refused("void")), 28),
    (("deny", Nothing), 839),
    (("depart", Done), 220),
    (("depart", Refused("last officer")), 33),
    (("depart", Refused("not an officer")), 57),
    (("depart", Refused("role")), 441),
    (("destroyed", Done), 136),
    (("done", Done), 156),
    (("end-acting", Done), 134),
    (("end-acting", Refused("does not stand")), 120),
    (("end-acting", Refused("not there")), 57),
    (("end-acting", Refused("of others")), 433),
    (("file", Done), 759),
    (("file", Refused("role")), 1213),
    (("hold", Done), 362),
    (("hold", Refused("role")), 203),
    (("hold", Nothing), 64),
    (("invite", Done), 141),
    (("invite", Refused("role")), 617),
    (("lapsed", Done), 10),
    (("left by hands", Done), 132),
    (("list", Done), 2754),
    (("look", Done), 642),
    (("look", Nothing), 1088),
    (("policy changed", Done), 68),
    (("restrict", Done), 350),
    (("restrict", Refused("nothing new")), 128),
    (("restrict", Refused("role")), 777),
    (("rules changed", Done), 68),
    (("take-back", Done), 441),
    (("take-back", Refused("denied")), 22),
    (("take-back", Refused("done")), 211),
    (("take-back", Refused("lapsed")), 27),
    (("take-back", Refused("of another")), 251),
    (("take-back", Refused("taken-back")), 23),
    (("take-back", Nothing), 993),
    (("taken-back", Done), 19),
    (("void", Done), 217),
    (("waiting", Done), 2419),
    (("who", Done), 1497),
    (("withdrawn", Done), 294),
];
