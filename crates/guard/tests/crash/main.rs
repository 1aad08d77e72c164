//! A crash at every write: whatever the disk then lost, tore or reordered of what was not synced, the room
//! opens again, holds every event that was acknowledged, and showed no text without its event.
//!
//! A day in a room is lived once on a machine that records every write to the store, the ledger's folder and
//! the anchor, and notes what was promised when ([`day`]). Then the machine stops before each of its
//! operations in turn, and the room is opened on what that left ([`after`]).
//!
//! * One scripted day, in which everything happens that this test knows of.
//! * Random days: `STRONGROOM_CRASH_DAYS` of them (5 if it is not set; a thousand take some minutes in release).
//! * One sync of the store at a time is taken away from the scripted day, and the test must notice: each of them
//!   with `STRONGROOM_CRASH_SYNCS=all`, else one in four.
//!
//! With `STRONGROOM_CRASH_LOSSES=all` each instant is tried with everything unsynced lost, nothing lost, and
//! some of it drawn; else with one of these in turn.

#[path = "../common/mod.rs"]
mod common;

mod after;
mod day;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use after::Checked;
use day::Day;
use strongroom_vault::testing::Loss;

/// Random days where nobody says how many.
const DAYS: u64 = 5;

/// What is lost at an instant.
fn losses(operation: u64) -> Vec<Loss> {
    let drawn = Loss::Drawn(operation ^ 0x5bd1);
    if std::env::var("STRONGROOM_CRASH_LOSSES").is_ok_and(|which| which == "all") {
        return vec![Loss::All, Loss::Nothing, drawn];
    }
    match operation % 4 {
        0 => vec![Loss::All],
        1 => vec![Loss::Nothing],
        _ => vec![drawn],
    }
}

/// Crashes a day at each of its operations. Gives how many crashes there were.
fn crash_everywhere(day: &Day, checked: Checked) -> u64 {
    let mut replay = day.recording.replay();
    let mut crashes = 0;
    for operation in day.opened_at..=day.recording.operations() {
        replay.to(operation);
        for loss in losses(operation) {
            let left = replay.crash(loss);
            if let Err(why) = after::holds(day, operation, &left, checked) {
                panic!(
                    "{}: crash before operation {operation}, {loss:?}: {why}",
                    day.name
                );
            }
            crashes += 1;
        }
    }
    crashes
}

#[test]
fn a_scripted_day_survives_a_crash_at_every_write() {
    let day = Day::scripted();
    let crashes = crash_everywhere(&day, Checked::Whole);
    assert!(crashes > 300, "{crashes}");
    assert!(day.promises.len() > 20, "{}", day.promises.len());
}

#[test]
fn random_days_survive_a_crash_at_every_write() {
    let days = std::env::var("STRONGROOM_CRASH_DAYS")
        .ok()
        .map_or(DAYS, |n| n.parse().expect("a number of days"));
    let (next, crashes) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= days {
                        return;
                    }
                    let day = Day::random(seed);
                    let done = crash_everywhere(&day, Checked::Ledger);
                    crashes.fetch_add(done, Ordering::Relaxed);
                }
            });
        }
    });
    let crashes = crashes.into_inner();
    println!("{crashes} crashes in {days} days");
    assert!(crashes > days * 50, "{crashes}");
}

/// The store's syncs are what acknowledged events rest on: each of them that a promise waited for is missed.
#[test]
fn a_sync_that_does_nothing_is_caught() {
    let day = Day::scripted();
    let every = if std::env::var("STRONGROOM_CRASH_SYNCS").is_ok_and(|which| which == "all") {
        1
    } else {
        4
    };
    let (mut caught, mut of_the_store) = (0, 0);
    for sync in (0..day.recording.syncs()).filter(|sync| sync % every == 0) {
        let Some((at, what)) = day.recording.sync(sync) else {
            continue;
        };
        if what != day::STORE || at < day.opened_at {
            continue;
        }
        of_the_store += 1;
        let mut replay = day.recording.replay_without_sync(sync);
        // Until the next sync of the store has made up for it.
        let until = (sync + 1..day.recording.syncs())
            .filter_map(|next| day.recording.sync(next))
            .find(|(_, what)| what == day::STORE)
            .map_or(day.recording.operations(), |(at, _)| at);
        let missed = (at + 1..=until).any(|operation| {
            replay.to(operation);
            let drawn = (0..4).map(|n| Loss::Drawn(n * 7919 + operation));
            [Loss::All].into_iter().chain(drawn).any(|loss| {
                let left = replay.crash(loss);
                after::holds(&day, operation, &left, Checked::Ledger).is_err()
            })
        });
        caught += u64::from(missed);
    }
    println!("{caught} of {of_the_store} syncs of the store are missed when they do nothing");
    assert!(of_the_store > 10, "{of_the_store}");
    // A commit that promises nothing (a checkpoint, a count of openings) rests on nobody's word.
    assert!(caught * 2 > of_the_store, "{caught} of {of_the_store}");
}
