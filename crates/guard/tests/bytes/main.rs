//! Every byte of a store's file, turned over one at a time: what opens the room, what checks it, or what lies
//! outside it says so, or the byte is used by nothing, which is shown byte by byte.
//!
//! That a byte is unused means: with it turned over the store opens, and gives to those above it exactly what
//! it gave before, down to the number of the group that wrote each row. What is above knows of the store by
//! that alone. For some of these bytes, and for all of them turned over at once, it is shown at the other
//! end too: the room opens, its check finds nothing, the head of its tree is the same, and so is every word
//! that each reader can get at. And each of them is of a class that redb's format says is unused.
//!
//! * A small room: about 300 of its bytes, or all of them with `STRONGROOM_TAMPER=all` (some minutes in release).
//! * A large room: 100 random bytes of it, or 10,000.
//! * The file cut, and pages of it put back from an older copy; rows exchanged and put back; the ledger's
//!   folder and the anchor.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/files.rs"]
mod files;
#[path = "../common/loot.rs"]
mod loot;
#[path = "../common/small.rs"]
mod small;
#[path = "../common/thief.rs"]
mod thief;

mod layout;
mod outside;
mod overlay;
mod room;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use layout::{Class, Layout};
use overlay::Overlay;
use room::{Closed, Held, Life, Named, Said};

/// Whether the long run was asked for.
pub(crate) fn all() -> bool {
    std::env::var("STRONGROOM_TAMPER").is_ok_and(|which| which == "all")
}

/// Numbers that look drawn, the same in each run.
pub(crate) fn drawn(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Runs something for each number below a bound, on as many threads as there are cores.
pub(crate) fn side_by_side(count: usize, each: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    each(n);
                }
            });
        }
    });
}

/// What became of bytes of one class.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    /// Refused at opening.
    opening: usize,
    /// Opened as a whole store that lacks the last commit, and nothing that a checkpoint covers.
    one_commit: usize,
    /// Used by nothing.
    unused: usize,
}

type Counts = BTreeMap<Class, Count>;

/// A room whose bytes are turned over.
struct Turned {
    room: Closed,
    layout: Layout,
    held: Held,
    said: Said,
    /// Of unused bytes, one in so many is looked at from above too.
    from_above: u64,
    /// Entries at the end of its ledger that no checkpoint covers, in one commit.
    uncovered: u64,
}

impl Turned {
    fn new(room: Closed, from_above: u64) -> Self {
        let sound = || Overlay::over(&room.store);
        let held = Held::of(sound()).unwrap();
        let said = room.said_on(sound()).unwrap();
        Self {
            layout: Layout::of(&room.store),
            held,
            said,
            from_above,
            uncovered: 0,
            room,
        }
    }

    /// Turns over a byte; it must be named, or be of no use.
    fn turn(&self, at: usize, mask: u8, count: &mut Count) {
        let class = self.layout.class(at);
        let disk = || Overlay::flipped(&self.room.store, at, mask);
        match Held::of(disk()) {
            Err(refused) => {
                assert!(!refused.contains("gave up"), "{at} {class:?}: {refused}");
                assert!(!class.is_unused(), "{at} {class:?}: {refused}");
                count.opening += 1;
                return;
            }
            Ok(held) if held == self.held => {
                assert!(!class.is_used(), "not noticed: {at} {class:?}");
                if matches!(class, Class::Format | Class::Flags) {
                    println!("  {class:?}: byte {at} without {mask:#04x} makes no difference");
                }
                count.unused += 1;
            }
            Ok(_) => {
                // A whole store, but another one: that of the commit before.
                assert_eq!(class, Class::Flags, "not noticed: {at}");
                match self.room.said_on(disk()) {
                    Ok(said) if said.is_older_by(self.uncovered, &self.said) => {
                        count.one_commit += 1;
                    }
                    other => panic!("not noticed: {at} {class:?}: {other:?}"),
                }
                return;
            }
        }
        if drawn(at as u64).is_multiple_of(self.from_above) {
            let said = self.room.said_on(disk()).unwrap();
            assert!(said == self.said, "{at} {class:?}: another view");
        }
    }

    /// Turns over the bytes at these places, and says what became of them.
    fn turn_all(&self, places: &[(usize, u8)]) -> Counts {
        const TOGETHER: usize = 64;
        let counts = std::sync::Mutex::new(Counts::new());
        let (began, done) = (Instant::now(), AtomicUsize::new(0));
        side_by_side(places.len().div_ceil(TOGETHER), |piece| {
            let from = piece * TOGETHER;
            let mut own = Counts::new();
            for (at, mask) in &places[from..(from + TOGETHER).min(places.len())] {
                let count = own.entry(self.layout.class(*at)).or_default();
                self.turn(*at, *mask, count);
            }
            let mut counts = counts.lock().unwrap();
            for (class, own) in own {
                let count = counts.entry(class).or_default();
                count.opening += own.opening;
                count.one_commit += own.one_commit;
                count.unused += own.unused;
            }
            let done = done.fetch_add(TOGETHER, Ordering::Relaxed);
            if done % (TOGETHER << 10) == 0 && done > 0 {
                let rate = done as f64 / began.elapsed().as_secs_f64();
                println!("{done} of {} bytes, {rate:.0} a second", places.len());
            }
        });
        let took = began.elapsed().as_secs_f64();
        let counts = counts.into_inner().unwrap();
        println!(
            "{} bytes of a store of {} in {took:.1} s",
            places.len(),
            self.layout.len
        );
        for (class, count) in &counts {
            println!("  {class:?}: {count:?}");
        }
        counts
    }
}

#[test]
fn every_byte_of_a_small_store_is_named_or_unused() {
    let mut life = Life::begin();
    life.go_on();
    let room = life.close();
    let len = room.store.len();
    let every = all();
    let turned = Turned::new(room, if every { 16 } else { 10 });
    let mut places: Vec<(usize, u8)> = Vec::new();
    if every {
        places.extend((0..len).map(|at| (at, 1 << (at % 8))));
        // Of the first bytes each bit: what stands there is not covered by a checksum.
        places.extend((0..64).flat_map(|at| (0..8).map(move |bit| (at, 1 << bit))));
    } else {
        places.extend((0..40).map(|n| (n, 1 << (n % 8))));
        places.extend((0..60).map(|n| ((drawn(n) % 512) as usize, 1 << (n % 8))));
        places.extend((0..200).map(|n| ((drawn(n) as usize) % len, 1 << (n % 8))));
        places.push((9, 1));
    }
    let counts = turned.turn_all(&places);
    for used in [Class::Slot, Class::Tree] {
        assert_eq!(counts[&used].unused, 0);
        assert!(counts[&used].opening > 0);
    }
    // All that is unused, at once.
    let mut other = turned.room.store.to_vec();
    for (at, byte) in other.iter_mut().enumerate() {
        if turned.layout.class(at).is_unused() {
            *byte = !*byte;
        }
    }
    let other: Arc<[u8]> = other.into();
    let held = Held::of(Overlay::over(&other)).unwrap();
    assert!(held == turned.held);
    let said = turned.room.said_on(Overlay::over(&other)).unwrap();
    assert!(said == turned.said, "another view");
}

#[test]
fn random_bytes_of_a_large_store_are_named_or_unused() {
    let (notes, flips) = if all() { (3_000, 10_000) } else { (60, 100) };
    let mut life = Life::begin();
    let mut filed = life.file_notes(0..notes);
    let mut room = life.close();
    // A file grows by doubling, and one that just grew is mostly free pages: then few flips would be of anything.
    while Layout::of(&room.store).used() * 5 < room.store.len() * 2 {
        filed = life.file_notes(filed..filed + notes / 6);
        room = life.close();
    }
    let len = room.store.len();
    let turned = Turned::new(room, if all() { 100 } else { 10 });
    let places: Vec<(usize, u8)> = (0..flips)
        .map(|n| {
            let bit = 1 << (drawn(n ^ 0xb17) % 8);
            ((drawn(n ^ 0x1a46e) as usize) % len, bit)
        })
        .collect();
    let counts = turned.turn_all(&places);
    assert!(counts[&Class::Tree].opening > flips as usize / 4);
}

/// What says which of the two roots is in force, in a store that was left by a crash: the one bit that can make
/// it whole and older, by one commit. A checkpoint is a commit of its own, after the entries that it covers:
/// so what is undone is a checkpoint, which is signed anew, or entries that none covers as yet. Nobody was
/// given a receipt for those.
#[test]
fn a_store_left_by_a_crash_lacks_nothing_that_a_checkpoint_covers_whichever_root_is_in_force() {
    let mut life = Life::begin();
    let places: Vec<(usize, u8)> = (0..320)
        .flat_map(|at| (0..8).map(move |bit| (at, 1 << bit)))
        .collect();
    for uncovered in [0, 1] {
        let mut turned = Turned::new(life.crash(uncovered), 100);
        turned.uncovered = uncovered;
        let counts = turned.turn_all(&places);
        assert_eq!(counts[&Class::Flags].one_commit, 1);
    }
}

/// Cut anywhere, the store is refused; or what was cut held nothing.
#[test]
fn a_file_that_was_cut_is_named() {
    let mut life = Life::begin();
    let turned = Turned::new(life.close(), 1);
    let len = turned.layout.len;
    let step = if all() { 1 } else { 37 };
    let pages = (1..len / 4096).step_by(step).map(|page| page * 4096);
    let cuts: Vec<usize> = pages
        .flat_map(|at| [at - 1, at, at + 1, at + 511])
        .chain([0, 1, 9, 320])
        .filter(|at| *at < len)
        .collect();
    let (refused, unused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    side_by_side(cuts.len(), |n| {
        let cut = || Overlay::cut(&turned.room.store, cuts[n]);
        if cuts[n] == 0 {
            // An empty disk is no store: where a file is empty it is refused, which its own test shows.
            return;
        }
        match Held::of(cut()) {
            Err(_) => drop(refused.fetch_add(1, Ordering::Relaxed)),
            Ok(held) => {
                let gone = (cuts[n]..len).all(|at| turned.layout.class(at) == Class::FreePage);
                assert!(gone && held == turned.held, "cut to {}", cuts[n]);
                unused.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("cut {len} bytes short: {refused:?} refused, {unused:?} lost nothing");
    assert!(refused.into_inner() > cuts.len() / 2);
}

/// Pages of the file as they were before, one at a time and all together.
#[test]
fn pages_from_an_older_copy_are_named() {
    let mut life = Life::begin();
    let older = life.close();
    life.go_on();
    let turned = Turned::new(life.close(), 1);
    let store = &turned.room.store;
    let pages = older.store.len().min(store.len()) / 4096;
    let put_back = |pages: std::ops::Range<usize>| {
        let mut mixed = store.to_vec();
        let bytes = pages.start * 4096..pages.end * 4096;
        mixed[bytes.clone()].copy_from_slice(&older.store[bytes]);
        let mixed: Arc<[u8]> = mixed.into();
        mixed
    };
    let (refused, unused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    side_by_side(pages, |page| {
        let mixed = put_back(page..page + 1);
        if mixed == *store {
            return;
        }
        match Held::of(Overlay::over(&mixed)) {
            Err(_) => drop(refused.fetch_add(1, Ordering::Relaxed)),
            Ok(held) => {
                let classes = (page * 4096..(page + 1) * 4096)
                    .filter(|at| mixed[*at] != store[*at])
                    .all(|at| turned.layout.class(at).is_unused());
                assert!(classes && held == turned.held, "page {page}");
                unused.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("pages put back: {refused:?} refused, {unused:?} of no tree");
    assert!(refused.into_inner() > 3);
    // Halves of the file.
    for half in [0..pages / 2, pages / 2..pages, 1..pages] {
        let mixed = put_back(half.clone());
        let held = Held::of(Overlay::over(&mixed));
        assert!(held.is_err(), "{half:?}");
    }
    // The whole file is a sound store, which the folder and the anchor each have seen more than.
    let room = &turned.room;
    let disk = || Overlay::over(&older.store);
    let behind = |by: &str, said: Result<Said, Named>| match said {
        Err(Named::Outside(words)) => assert!(words.contains(by), "{words}"),
        other => panic!("an older copy was opened: {other:?}"),
    };
    let by_folder = room.said(disk(), &room.folder.copy(), &older.anchor.copy());
    behind("the ledger folder", by_folder);
    let by_anchor = room.said(disk(), &older.folder.copy(), &room.anchor.copy());
    behind("the anchor", by_anchor);
    // Folder and anchor put back with it: nothing here knows better, but clients and witnesses do.
    let all_of_it = room.said(disk(), &older.folder.copy(), &older.anchor.copy());
    assert!(all_of_it.is_ok(), "{all_of_it:?}");
}
