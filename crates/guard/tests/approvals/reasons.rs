//! Why something was asked for: for whom it opens, and what becomes of rows that were changed.

use std::ops::ControlFlow;

use strongroom_guard::{OpenError, check_offline};
use strongroom_vault::{Key, Vault};

use super::*;
use crate::common::house_key;
use crate::loot::{Loot, NOTE_FOR};
use crate::small::{loot, reopen_on};
use crate::thief::contains;

const WHY: [&str; 3] = [
    "the porter found it in the wrong tray",
    "she takes over the desk for the talks",
    "two hands were too few at the embassy",
];

/// A withdrawal, a clearance and other rules, asked for and waiting.
fn asked() -> World {
    let mut world = room(72);
    let record = filed(&world, 1);
    let rules = format!("{DEFAULT_RULES}# more\n");
    let (name, clearance) = ("olga".to_owned(), "Nodis".to_owned());
    for (by, what, reason, because) in [
        (
            "anna",
            RequestFor::Withdraw { record },
            Some("foreign-relations"),
            WHY[0],
        ),
        ("olga", RequestFor::Clear { name, clearance }, None, WHY[1]),
        ("chief", RequestFor::Rules { rules }, None, WHY[2]),
    ] {
        let ask = Request::Ask(RequestAsk {
            ask: what,
            reason: reason.map(str::to_owned),
            authority: None,
            because: because.to_owned(),
            request: None,
        });
        made(&world, by, ask);
    }
    world.guard().tick();
    world.sign_in("chief");
    world
}

/// Which of the reasons somebody reads with everything stored, the house key, and the keys of these persons.
fn opened(world: &World, store: &Loot, persons: &[&str]) -> Vec<usize> {
    let plain = small::thief(world, store, persons).open_all(store);
    let reads = |why: &&str| plain.iter().any(|p| contains(p, why.as_bytes()));
    let found = WHY.iter().enumerate().filter(|(_, why)| reads(why));
    found.map(|(n, _)| n).collect()
}

#[test]
fn a_reason_opens_for_those_whom_it_names_and_for_no_thief() {
    let world = asked();
    let store = loot(&world);
    assert!(!store.keys(NOTE_FOR).is_empty());
    assert_eq!(
        opened(&world, &store, &[]),
        [0; 0],
        "with the house key none"
    );
    // Nothing of it lies in clear, under the house key or on the disk.
    let rows = thief::Thief::new(small::house(&world, &store)).under_the_house_key(&store);
    for why in WHY {
        assert!(!rows.iter().any(|row| contains(row, why.as_bytes())));
        assert!(!contains(&world.disk.image(), why.as_bytes()));
    }
    for (name, reads) in [
        // About the record to whoever reads it; of a person to the officers and to who holds what would be given.
        ("ben", &[0][..]),
        ("otto", &[0]),
        ("carl", &[]),
        // Who asks, though she holds nothing; and of rules the officers and the inspectors.
        ("olga", &[1, 2]),
        ("ines", &[0, 1, 2]),
        ("chief", &[0, 1, 2]),
    ] {
        assert_eq!(opened(&world, &store, &[name]), reads, "{name}");
    }
}

fn go_on(_: CheckProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn checked(world: &World, store: &Loot) -> Result<Checked, OpenError> {
    let vault = Vault::with_backend(store.disk()).unwrap();
    let house = house_key(&world.house, world.env.floor);
    check_offline(vault, house, &world.env, &[], None, &mut go_on)
}

/// What is read of the requests in a room on a store: every reason that somebody is shown, or that the room closed.
fn shown(world: &mut World, store: &Loot) -> Option<Vec<String>> {
    reopen_on(world, store.disk()).ok()?;
    let mut all = Vec::new();
    for name in ["chief", "olga", "ines", "anna", "ben"] {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: common::PASSPHRASE.to_owned(),
        };
        let signed = world.guard().sign_in(&ask, common::PEER).ok()?;
        let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
        let token = strongroom_guard::Token::presented(&signed.token);
        let query = Request::Requests(RequestsQuery::default());
        let rows = world.guard().call(&token, common::PEER, &query).ok()?;
        let rows: RequestRows = serde_json::from_slice(rows.json()).unwrap();
        let why = rows.requests.iter().filter_map(|row| row.why.as_ref());
        all.extend(why.map(|why| format!("{name}: {}", why.because)));
    }
    Some(all)
}

#[test]
fn a_changed_row_of_a_reason_is_named_and_shows_no_other_words() {
    let mut world = asked();
    let store = loot(&world);
    let keys: Vec<Key> = store.keys(NOTE_FOR);
    assert_eq!(keys.len(), 7);
    assert!(checked(&world, &store).unwrap().is_sound());
    let right = shown(&mut world, &store).unwrap();
    assert!(right.len() > 8, "{right:?}");
    let house = small::house(&world, &store);
    let (mut closed, mut tried) = (0, 0);
    for (n, key) in keys.iter().enumerate() {
        let other = keys[(n + 1) % keys.len()];
        let mut flipped = store.clone();
        let row = flipped.rows.get_mut(key).unwrap();
        let at = n * 7 % row.len();
        row[at] ^= 1 << (n % 8);
        let mut gone = store.clone();
        gone.rows.remove(key);
        let mut exchanged = store.clone();
        house.swap(&mut exchanged, *key, other);
        for (what, changed) in [
            ("flipped", flipped),
            ("gone", gone),
            ("exchanged", exchanged),
        ] {
            let found = checked(&world, &changed).unwrap();
            assert!(!found.is_sound(), "{what}: {key:?}");
            tried += 1;
            match shown(&mut world, &changed) {
                None => closed += 1,
                // Of a row that none of these reads, or words that are not shown: never other ones.
                Some(words) => assert!(words.iter().all(|said| right.contains(said)), "{what}"),
            }
        }
    }
    println!("{tried} changed rows; {closed} closed the room to one of its readers");
    assert!(closed > tried / 3, "{closed} of {tried}");
}
