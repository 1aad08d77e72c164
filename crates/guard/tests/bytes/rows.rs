//! Rows put in each other's places, and rows put back from an older copy of the store, by somebody who can
//! write the store: one at a time, and all together.

use std::collections::BTreeMap;
use std::sync::Mutex;

use strongroom_vault::testing::FaultDisk;

use crate::loot::{BUNDLE, LOG, Loot, RECORD_KEY, SNAPSHOT};
use crate::room::{Closed, Life, Named};
use crate::side_by_side;

fn loot(room: &Closed) -> Loot {
    Loot::of(&FaultDisk::from_image(room.store.to_vec()))
}

/// What became of changed rows of a kind.
#[derive(Debug, Default)]
struct Count {
    opening: usize,
    check: usize,
    reading: usize,
    same: usize,
}

#[test]
fn rows_in_each_others_places_are_named() {
    let mut life = Life::begin();
    life.go_on();
    let room = life.close();
    let store = loot(&room);
    let keys: Vec<_> = store.rows.keys().copied().collect();
    let pairs: Vec<_> = keys.windows(2).map(|pair| (pair[0], pair[1])).collect();
    side_by_side(pairs.len(), |n| {
        let (a, b) = pairs[n];
        let mut changed = store.clone();
        changed.swap(a, b);
        let said = room.opens_and_is_sound(changed.disk());
        assert!(said.is_err(), "not noticed: {a:?} and {b:?}");
    });
    println!("{} pairs of rows", pairs.len());
}

/// Kinds of which an older row is not named, and why.
///
/// * A person's bundle from before the passphrase was changed: the same keys under the passphrase of then, which
///   opens them again. The event of a change says that there was one and nothing of the passphrase.
/// * The last checkpoint: the room signs another within a second; its tree is compared with heads outside.
/// * A record key from before it was taken over to the label's own key: the same key,
///   wrapped otherwise.
/// * The kept state: an older one is as true as it was, and what came after is read from the ledger.
const NOT_NAMED: [u8; 4] = [LOG, RECORD_KEY, SNAPSHOT, BUNDLE];

#[test]
fn rows_from_an_older_copy_are_named_or_say_the_same() {
    let mut life = Life::begin();
    let older = loot(&life.close());
    life.go_on();
    let room = life.close();
    let store = loot(&room);
    let said = room.said_on(store.disk()).unwrap();
    let keys: Vec<_> = store
        .rows
        .keys()
        .chain(older.rows.keys().filter(|k| !store.rows.contains_key(k)))
        .filter(|key| store.rows.get(key) != older.rows.get(key))
        .copied()
        .collect();
    let counts: Mutex<BTreeMap<u8, Count>> = Mutex::default();
    let put_back = |changed: &mut Loot, key| match older.rows.get(&key) {
        Some(row) => drop(changed.rows.insert(key, row.clone())),
        None => drop(changed.rows.remove(&key)),
    };
    side_by_side(keys.len(), |n| {
        let key = keys[n];
        let mut changed = store.clone();
        put_back(&mut changed, key);
        let outcome = match room.opens_and_is_sound(changed.disk()) {
            Err(named) => Err(named),
            Ok(()) => room.said_on(changed.disk()),
        };
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(key.kind).or_default();
        match outcome {
            Err(Named::Opening(_) | Named::Outside(_)) => count.opening += 1,
            Err(Named::Check(_)) => count.check += 1,
            Err(Named::Reading(_)) => count.reading += 1,
            Ok(seen) => {
                assert!(seen.tells_the_same(&said), "{key:?}: another view");
                assert!(NOT_NAMED.contains(&key.kind), "not noticed: {key:?}");
                count.same += 1;
            }
        }
    });
    let counts = counts.into_inner().unwrap();
    println!("{} rows put back, by kind: {counts:#?}", keys.len());
    for kind in [BUNDLE, RECORD_KEY, LOG] {
        assert!(counts[&kind].same > 0, "{kind}");
    }
    // All rows at once, the ledger staying: what the events name is not there.
    let mut changed = store.clone();
    keys.iter().for_each(|key| put_back(&mut changed, *key));
    assert!(room.opens_and_is_sound(changed.disk()).is_err());
    // The ledger too: a sound room, and an older one.
    match room.opens_and_is_sound(older.disk()) {
        Err(Named::Outside(words)) => assert!(words.contains("an older copy"), "{words}"),
        other => panic!("{other:?}"),
    }
}
