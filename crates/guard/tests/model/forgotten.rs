//! A room that forgets one of its laws is found out.
//!
//! What has to be noticed is the room's decision: that it does or shows what the model says it does not. A room that closes
//! instead, or a walk that breaks down, has noticed nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use strongroom_guard::planted::{Law, forget};

use crate::walk::Walk;
use crate::{STEPS_A_ROOM, THREADS};

/// Rooms within which a forgotten law must be noticed.
const ROOMS: u64 = 25;

/// Rooms that no other test of this file walks through.
const SEEDS: u64 = 1_000_000;

#[test]
fn a_law_that_is_forgotten_is_noticed() {
    assert!(Law::ALL.len() >= 20);
    let next = AtomicUsize::new(0);
    let unnoticed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(law) = Law::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = noticed(*law) {
                        let mut unnoticed = unnoticed.lock().expect("nobody failed");
                        unnoticed.push(format!("{law:?}: {why}"));
                    }
                }
            });
        }
    });
    let unnoticed = unnoticed.into_inner().expect("nobody failed");
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

/// Walks through rooms that forget a law until one of them does what the model says it does not.
fn noticed(law: Law) -> Result<(), String> {
    for room in 0..ROOMS {
        let mut walk = Walk::begin(SEEDS + room);
        forget(Some(law));
        let found = (0..STEPS_A_ROOM).find_map(|n| Some((n, walk.step().err()?)));
        forget(None);
        let Some((n, difference)) = found else {
            continue;
        };
        let steps = usize::try_from(room).expect("few") * STEPS_A_ROOM + n + 1;
        if difference.closed {
            return Err(format!("the room closed: {}", difference.what));
        }
        let first = difference.what.lines().next().unwrap_or_default();
        println!("{law:?}: after {steps} steps: {first}");
        return Ok(());
    }
    Err(format!(
        "nothing came of it in {} steps",
        usize::try_from(ROOMS).expect("few") * STEPS_A_ROOM
    ))
}
