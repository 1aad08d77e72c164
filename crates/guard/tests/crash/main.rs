//! A crash at every write: whatever the disk then lost, tore or reordered of what was not synced, the room
//! opens again, holds every event that was acknowledged, and showed no text without its event.
//!
//! A day in a room is lived once on a machine that records every write to the store, the ledger's folder and
//! the anchor, and notes what was promised when ([`day`]). Then the machine stops before each of its
//! operations in turn, and the room is opened on what that left ([`after`]).
//!
//! * One scripted day, in which everything happens that this test knows of.
//! * A long one: a recording of several pieces, and a volume of several commits that is filed with its folder. After
//!   each crash both go on, and end with nothing lost and nothing twice.
//! * Random days: `STRONGROOM_CRASH_DAYS` of them (5 if it is not set; a thousand take some minutes in release).
//! * One sync of the store at a time is taken away from the scripted day, and the test must notice: each of them
//!   with `STRONGROOM_CRASH_SYNCS=all`, else one in four.
//!
//! With `STRONGROOM_CRASH_LOSSES=all` everything is looked at after each crash, and each instant is tried with
//! everything unsynced lost, nothing lost, and some of it drawn; else with one of these in turn.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/later.rs"]
mod later;

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
    if all_of_it() {
        return vec![Loss::All, Loss::Nothing, drawn];
    }
    match operation % 4 {
        0 => vec![Loss::All],
        1 => vec![Loss::Nothing],
        _ => vec![drawn],
    }
}

/// Whether everything was asked for.
fn all_of_it() -> bool {
    std::env::var("STRONGROOM_CRASH_LOSSES").is_ok_and(|which| which == "all")
}

/// How much is looked at after one crash in so many, and after the others; in a long run always all.
fn one_in(
    many: u64,
    checked: Checked,
    otherwise: Option<Checked>,
) -> impl Fn(u64) -> Option<Checked> {
    let all = all_of_it();
    move |operation| match all || operation % many == 0 {
        true => Some(checked),
        false => otherwise,
    }
}

/// Crashes a day at each of its operations that is looked at. Gives how many crashes there were.
fn crash_everywhere(day: &Day, checked: impl Fn(u64) -> Option<Checked>) -> u64 {
    let mut replay = day.recording.replay();
    let mut crashes = 0;
    for operation in day.opened_at..=day.recording.operations() {
        let Some(checked) = checked(operation) else {
            continue;
        };
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
    let crashes = crash_everywhere(&day, one_in(4, Checked::Whole, Some(Checked::Shown)));
    println!("{crashes} crashes of the scripted day");
    assert!(crashes > 300, "{crashes}");
    assert!(day.promises.len() > 20, "{}", day.promises.len());
}

#[test]
fn a_recording_and_a_batch_go_on_where_a_crash_left_them() {
    let day = Day::long();
    let crashes = crash_everywhere(&day, one_in(7, Checked::Whole, None));
    println!("{crashes} crashes of the long day");
    assert!(crashes > 20, "{crashes}");
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
                    let done =
                        crash_everywhere(&day, one_in(8, Checked::Whole, Some(Checked::Ledger)));
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
