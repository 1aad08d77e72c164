//! A malicious ledger, and who notices what it does.
//!
//! Every deed of [`deeds`] is done to a world of five observers, and each either sees
//! it, with one exact error, or is shown *not* to see it: then only the others, or
//! nobody, can. The same table stands in `SECURITY.md`, which this compares. The honest
//! twin of every world passes with every observer, so that nothing is noticed by refusing
//! everything.
//!
//! `cargo test -p strongroom-tlog --test malicious -- --nocapture` prints the table and
//! the errors. Sizes lie around the edges of tiles, and are drawn from a seed;
//! `STRONGROOM_MALICIOUS_WORLDS=N` draws N of them (10 if not set).

mod deeds;
mod ledger;
mod observers;
mod table;

use deeds::Deed;
use ledger::{QUORUM, Seeded, World};
use observers::{OBSERVERS, Observer, policy};
use strongroom_tlog::verify::witnesses;
use table::DEEDS;

/// The world of the table.
const SEEN: u64 = 255;
const ENTRIES: u64 = 300;
const SEED: u64 = 1;

/// Sizes around the edges of tiles: seen before, and now.
const EDGES: [(u64, u64); 12] = [
    (3, 5),
    (3, 255),
    (4, 256),
    (5, 257),
    (253, 255),
    (254, 256),
    (255, 257),
    (255, 258),
    (256, 258),
    (257, 300),
    (255, 511),
    (256, 513),
];

fn done(deed: &Deed, honest: &World) -> World {
    let mut world = honest.clone();
    (deed.what)(&mut world);
    world
}

/// A line of the table: the deed, and who notices it.
fn row(deed: &Deed) -> String {
    let marks: Vec<&str> = deed
        .seen_by
        .iter()
        .map(|seen| if seen.is_some() { "notices" } else { "–" })
        .collect();
    format!("| {} | {} |", deed.name, marks.join(" | "))
}

#[test]
fn each_deed_is_seen_by_exactly_those_who_can_see_it() {
    let mut wrong = Vec::new();
    let honest = World::honest(SEEN, ENTRIES, SEED);
    for deed in DEEDS {
        println!("{}", row(deed));
        let world = done(deed, &honest);
        for (observer, expected) in OBSERVERS.into_iter().zip(deed.seen_by) {
            let sees = observer.sees(&world);
            if let Some(said) = &sees {
                println!("    {observer:?}: {said}");
            }
            if sees.as_deref() != expected {
                wrong.push(format!("{} | {observer:?} | {sees:?}", deed.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every deed has been done to a world of each size, and the same observers see it.
fn seen_at(seen: u64, entries: u64, seed: u64) {
    let honest = World::honest(seen, entries, seed);
    for observer in OBSERVERS {
        assert_eq!(
            observer.sees(&honest),
            None,
            "{observer:?} {seen} {entries}"
        );
    }
    for deed in DEEDS {
        let world = done(deed, &honest);
        for (observer, expected) in OBSERVERS.into_iter().zip(deed.seen_by) {
            let sees = observer.sees(&world);
            assert_eq!(
                sees.is_some(),
                expected.is_some(),
                "{}: {observer:?} of {seen} to {entries}, seed {seed}: {sees:?}",
                deed.name
            );
        }
    }
}

#[test]
fn deeds_are_seen_at_the_edges_of_tiles() {
    for (n, (seen, entries)) in EDGES.into_iter().enumerate() {
        seen_at(seen, entries, n as u64);
    }
}

#[test]
fn deeds_are_seen_at_any_size() {
    let worlds = std::env::var("STRONGROOM_MALICIOUS_WORLDS");
    let worlds: u64 = worlds.map_or(10, |n| n.parse().expect("it is a number"));
    for seed in 0..worlds {
        let mut seeded = Seeded(seed);
        let entries = seeded.one_of(5..700);
        let seen = seeded.one_of(3..entries - 1);
        seen_at(seen, entries, seed);
    }
}

#[test]
fn the_honest_twin_passes_with_everyone() {
    let small = [(0, 1), (1, 1), (0, 2), (1, 2), (2, 3)];
    let edges = [1, 255, 256, 257].map(|n| (n, n));
    let grown = [(1, 255), (1, 256), (1, 257), (255, 256), (256, 257)];
    let large = [(256, 65_535), (65_535, 65_536), (65_536, 65_537)];
    for (seen, entries) in [&small[..], &edges, &grown, &large].concat() {
        let world = World::honest(seen, entries, entries);
        for observer in OBSERVERS {
            assert_eq!(observer.sees(&world), None, "{observer:?} {seen} {entries}");
        }
    }
}

/// Where one more level of tiles begins, some deeds once more: the others cost as much and
/// show no more.
#[test]
fn a_fork_is_seen_at_two_levels_of_tiles() {
    for (seen, entries) in [(65_535, 65_537), (65_534, 65_536)] {
        let honest = World::honest(seen, entries, SEED);
        for deed in DEEDS.iter().take(2) {
            let world = done(deed, &honest);
            let sees = OBSERVERS.map(|observer| observer.sees(&world).is_some());
            assert_eq!(sees, deed.seen_by.map(|seen| seen.is_some()));
        }
    }
}

/// For each there is a deed that it alone sees.
#[test]
fn no_observer_makes_another_needless() {
    for (place, observer) in OBSERVERS.iter().enumerate() {
        let alone = DEEDS.iter().any(|deed| {
            deed.seen_by
                .iter()
                .enumerate()
                .all(|(n, seen)| seen.is_some() == (n == place))
        });
        // A witness lends its eyes to whoever asks for a quorum.
        assert!(alone || *observer == Observer::Witness, "{observer:?}");
    }
}

/// Where any one witness is enough, two witnesses who were shown two histories vouch for
/// both: the quorum must be more than half.
#[test]
fn a_quorum_of_one_vouches_for_two_histories() {
    let honest = World::honest(SEEN, ENTRIES, SEED);
    let deed = DEEDS
        .iter()
        .find(|d| d.name == "grows differently for two witnesses");
    let world = done(deed.unwrap(), &honest);
    assert_ne!(
        world.served.checkpoint.claimed_head(),
        world.other.checkpoint.claimed_head()
    );
    for served in [&world.served, &world.other] {
        assert!(witnesses(&served.checkpoint, &policy(&world, 1)).passes());
    }
    assert!(!witnesses(&world.served.checkpoint, &policy(&world, QUORUM)).passes());
    assert!(witnesses(&world.other.checkpoint, &policy(&world, QUORUM)).passes());
}

#[test]
fn the_table_stands_in_the_security_notes() {
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../SECURITY.md");
    let notes = std::fs::read_to_string(notes).unwrap();
    for deed in DEEDS {
        assert!(notes.contains(&row(deed)), "missing: {}", row(deed));
    }
}
