//! Atoms that turn: what was sealed before stays readable, what is sealed after opens with the newest halves
//! alone, and whoever holds an atom holds all epochs of it.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;

use common::World;
use loot::{HOLDING, KEY_BOX, SHARE};
use small::{house, loot as take, on_both_suites, reopen_on, thief};
use strongroom_guard::Code;
use strongroom_guard::api::*;
use strongroom_record::event::Act;
use strongroom_record::{AtomId, decode, encode};
use strongroom_seal::{AtomPublic, AtomRole, KeyBox, Suite};
use thief::found;

const BEFORE: &str = "Words that were filed before the turn.";
const AFTER: &str = "Words that were filed after the turn.";
const BLIND: &str = "Words that were filed blind after the turn.";
const ALL: [&str; 3] = [BEFORE, AFTER, BLIND];

fn turn(atom: &str) -> Request {
    Request::AtomTurn(AtomTurn {
        atom: atom.to_owned(),
        request: None,
    })
}

fn file(room: &World, name: &str, words: &str, marking: &str, seed: u64) -> String {
    let text = format!("A heading\n\n{words}\n");
    let filed = room.file_text(name, &text, marking, seed);
    filed.records[0].record.clone()
}

/// What a reader is shown of all that the reader may read.
fn read(room: &World, name: &str) -> BTreeSet<&'static str> {
    let rows = room.list(name).records;
    let words = rows
        .iter()
        .flat_map(|row| room.read(name, &row.id).portions)
        .map(|portion| portion.text.into_bytes())
        .collect::<Vec<_>>();
    found(&words, &ALL)
}

fn set(words: &[&'static str]) -> BTreeSet<&'static str> {
    words.iter().copied().collect()
}

/// The epochs of the label keys of the room, in the order in which they were made.
fn label_key_epochs(room: &World, atom: AtomId) -> Vec<u32> {
    let store = take(room);
    let house = house(room, &store);
    let boxes = forge::events(&house, &store)
        .into_iter()
        .filter_map(|event| match event.act {
            Act::LabelKeyMade { key_box, .. } => Some(key_box),
            _ => None,
        });
    boxes
        .flat_map(|id| {
            let key = strongroom_vault::Key::new(KEY_BOX, *id.as_bytes(), 0);
            let key_box: KeyBox = decode(&house.get(&store, key)).unwrap();
            let epochs: Vec<_> = key_box.atoms().filter(|(id, _)| *id == atom).collect();
            epochs.into_iter().map(|(_, epoch)| epoch)
        })
        .collect()
}

fn atom_named(room: &World, word: &str) -> AtomPublic {
    let store = take(room);
    let events = forge::events(&house(room, &store), &store);
    let born = events.into_iter().filter_map(|e| match e.act {
        Act::AtomMade(born) | Act::AtomTurned(born) => {
            Some(decode::<AtomPublic>(&born.public).unwrap())
        }
        _ => None,
    });
    born.filter(|a| matches!(&a.name, AtomRole::Label(name) if name.to_string() == word))
        .last()
        .unwrap()
}

#[test]
fn records_of_before_and_after_a_turn_are_read_by_old_readers_and_new() {
    on_both_suites(|mut room| {
        room.add_person("clerk", &["records-officer", "reader"], "Open");
        room.add_person("old", &["reader"], "at-most Secret");
        file(&room, "chief", BEFORE, "Secret", 1);
        assert_eq!(read(&room, "old"), set(&[BEFORE]));
        let rows = take(&room);
        let (holdings, shares) = (rows.keys(HOLDING).len(), rows.keys(SHARE).len());

        let turned: AtomTurned = room.get("chief", turn("Secret"));
        assert_eq!((turned.atom.as_str(), turned.epoch), ("Secret", 2));
        assert_eq!(turned.holders, 2, "the founder and the old reader");
        let rows = take(&room);
        assert_eq!(rows.keys(HOLDING).len(), holdings + 2);
        assert_eq!(rows.keys(SHARE).len(), shares + 1);

        file(&room, "chief", AFTER, "Secret", 2);
        file(&room, "clerk", BLIND, "Secret", 3);
        room.add_person("new", &["reader"], "at-most Secret");
        for name in ["chief", "old", "new"] {
            assert_eq!(read(&room, name), set(&ALL), "{name}");
        }
        assert!(read(&room, "clerk").is_empty());
        // The same after the room was closed, from the ledger alone.
        room.reopen();
        for name in ["new", "old", "chief"] {
            room.sign_in(name);
            assert_eq!(read(&room, name), set(&ALL), "{name}, reopened");
        }
        let checked: LedgerChecked = room.get("chief", Request::LedgerCheck);
        assert!(checked.entries > 0);
    });
}

#[test]
fn a_half_that_got_out_before_a_turn_opens_nothing_that_is_sealed_after() {
    on_both_suites(|mut room| {
        room.add_person("clerk", &["records-officer", "reader"], "Open");
        file(&room, "chief", BEFORE, "Secret", 1);
        let before = take(&room);
        let mut chief = thief(&room, &before, &["chief"]);
        let _ = chief.open_all(&before);
        // Someone has the atoms as they were, and all later stores: but nobody's own keys.
        let mut leaked = thief(&room, &before, &[]);
        leaked.atoms = std::mem::take(&mut chief.atoms);
        assert_eq!(found(&leaked.open_all(&before), &ALL), set(&[BEFORE]));

        let _: AtomTurned = room.get("chief", turn("Secret"));
        file(&room, "chief", AFTER, "Secret", 2);
        file(&room, "clerk", BLIND, "Secret", 3);
        let raised = file(&room, "chief", "What rises.", "Open", 4);
        room.restrict("chief", &raised, "Secret", &[]);
        let after = take(&room);
        assert_eq!(found(&leaked.open_all(&after), &ALL), set(&[BEFORE]));
        let opened = leaked.open_all(&after);
        assert!(found(&opened, &["What rises."]).is_empty());
        // What is opened is taken over to the key of the newest epoch: text, and slice of the original.
        assert_eq!(read(&room, "chief"), set(&ALL));
        for row in room.list("chief").records {
            let original = ReadQuery {
                record: row.id,
                original: true,
                ..ReadQuery::default()
            };
            let _: Shown = room.get("chief", Request::Read(original));
        }
        let mut fresh = thief(&room, &after, &[]);
        fresh.atoms = std::mem::take(&mut leaked.atoms);
        assert_eq!(found(&fresh.open_all(&take(&room)), &ALL), set(&[]));
        let mut chief = thief(&room, &after, &["chief"]);
        assert_eq!(found(&chief.open_all(&take(&room)), &ALL), set(&ALL));
    });
}

#[test]
fn a_label_key_is_made_anew_at_the_next_use_and_not_before() {
    let room = small::room(3, Suite::Mock);
    let secret = atom_named(&room, "Secret").id;
    file(&room, "chief", BEFORE, "Secret", 1);
    file(&room, "chief", BEFORE, "Secret; Nodis", 2);
    assert_eq!(label_key_epochs(&room, secret), [1, 1]);
    for _ in 0..2 {
        let _: AtomTurned = room.get("chief", turn("Secret"));
    }
    assert_eq!(label_key_epochs(&room, secret), [1, 1]);
    file(&room, "chief", AFTER, "Secret", 3);
    file(&room, "chief", AFTER, "Secret", 4);
    assert_eq!(label_key_epochs(&room, secret), [1, 1, 3]);
    // Another atom of a label counts as well; one that it does not have does not.
    let _: AtomTurned = room.get("chief", turn("Nodis"));
    file(&room, "chief", AFTER, "Secret", 5);
    assert_eq!(label_key_epochs(&room, secret), [1, 1, 3]);
    file(&room, "chief", AFTER, "Secret; Nodis", 6);
    assert_eq!(label_key_epochs(&room, secret), [1, 1, 3, 3]);
    assert_eq!(read(&room, "chief"), set(&[BEFORE, AFTER]));
}

#[test]
fn every_kind_of_atom_turns_and_no_other_name_does() {
    let room = small::room(3, Suite::Mock);
    for (atom, word) in [
        ("Open", "Open"),
        ("Nodis", "Caption:Nodis"),
        ("Caption:Nodis", "Caption:Nodis"),
        ("Releasable to: Canada", "Releasable to:Canada"),
        ("inspectors", "inspectors"),
        ("quorum", "quorum"),
    ] {
        let turned: AtomTurned = room.get("chief", turn(atom));
        assert_eq!(turned.atom, word, "{atom}");
        // Nobody holds the quorum's.
        assert_eq!(turned.holders, usize::from(word != "quorum"));
    }
    for atom in ["", "Cosmic", "at-most Secret", "Secret; Nodis", "Quorum"] {
        assert_eq!(
            room.refused("chief", turn(atom)).code,
            Code::Invalid,
            "{atom:?}"
        );
    }
    // What nobody may read is sealed to the quorum's newest half, and still opens to nobody.
    let id = file(&room, "chief", AFTER, "Secret; Releasable to: Israel", 3);
    room.restrict("chief", &id, "Releasable to: Canada", &[]);
    assert_eq!(room.list("chief").readable, 0);
}

#[test]
fn officers_see_all_atoms_and_others_those_they_hold() {
    let mut room = small::room(3, Suite::Mock);
    room.add_person("officer", &["security-officer"], "");
    room.add_person("alice", &["reader"], "at-most Secret");
    let _: AtomTurned = room.get("officer", turn("Nodis"));
    let list = |name: &str| -> Vec<(String, u32, bool)> {
        let rows: AtomRows = room.get(name, Request::AtomList);
        rows.atoms
            .into_iter()
            .map(|a| (a.atom, a.epoch, a.held))
            .collect()
    };
    let row = |atom: &str, epoch, held| (atom.to_owned(), epoch, held);
    assert_eq!(
        list("alice"),
        [row("Open", 1, true), row("Secret", 1, true)]
    );
    let officers = list("officer");
    assert_eq!(officers.len(), 9);
    assert!(officers.contains(&row("Caption:Nodis", 2, false)));
    assert_eq!(officers[8], row("quorum", 1, false));
    assert!(list("chief").contains(&row("Caption:Nodis", 2, true)));
}

#[test]
fn a_clearance_that_waited_while_its_atom_turned_is_sealed_whole() {
    let mut room = small::room(3, Suite::Mock);
    room.add_person("officer", &["security-officer"], "");
    room.add_person("alice", &["reader"], "");
    file(&room, "chief", BEFORE, "Secret", 1);
    let changed: ClearanceChanged = room.get("officer", common::grant("alice", "Secret"));
    assert_eq!(changed.pending, ["Secret"]);
    let turned: AtomTurned = room.get("officer", turn("Secret"));
    assert_eq!(turned.holders, 1, "who waits for it does not hold it");
    file(&room, "chief", AFTER, "Secret", 2);
    let asked = changed.asked.unwrap();
    let _: RequestDecided = room.get("chief", common::approve(&asked));
    assert_eq!(read(&room, "alice"), set(&[BEFORE, AFTER]));
}

#[test]
fn a_turn_that_leaves_a_holder_out_or_was_signed_by_no_officer_closes_the_room() {
    let mut room = small::room(3, Suite::Mock);
    room.add_person("alice", &["reader"], "at-most Secret");
    let _: AtomTurned = room.get("chief", turn("Secret"));
    let store = take(&room);
    let key = house(&room, &store);
    let at = forge::find(&key, &store, |e| matches!(e.act, Act::AtomTurned(_)));
    type Change = fn(&mut strongroom_record::event::AtomBorn);
    let changes: [(Change, &str); 5] = [
        (|b| b.holdings.truncate(1), "just those who hold it"),
        (|b| b.holdings[1] = b.holdings[0], "just those who hold it"),
        (|b| b.shares.clear(), "one share for each key holder"),
        (
            |b| {
                let mut public: AtomPublic = decode(&b.public).unwrap();
                public.epoch = 3;
                b.public = encode(&public).into();
            },
            "epoch does not follow",
        ),
        (
            |b| {
                let mut public: AtomPublic = decode(&b.public).unwrap();
                public.name = AtomRole::Quorum;
                b.public = encode(&public).into();
            },
            "something else",
        ),
    ];
    let officer = small::keys_of(&room, &store, "chief");
    for (change, words) in changes {
        let mut changed = store.clone();
        let mut event = forge::event_at(&key, &store, at);
        let Act::AtomTurned(born) = &mut event.act else {
            unreachable!()
        };
        change(born);
        forge::replace(&key, &mut changed, at, &event);
        // With the signature of before it does not fit; signed by the officer, the fold refuses it.
        let unsigned = reopen_on(&mut room, changed.disk())
            .unwrap_err()
            .to_string();
        assert!(unsigned.contains("signature"), "{unsigned}");
        forge::sign_again(&key, &mut changed, at, &officer);
        let refused = reopen_on(&mut room, changed.disk())
            .unwrap_err()
            .to_string();
        assert!(refused.contains(words), "{refused}");
    }
    // Signed by a reader in the reader's own name.
    let mut changed = store.clone();
    let mut event = forge::event_at(&key, &store, at);
    let alice = forge::events(&key, &store)
        .into_iter()
        .find_map(|e| match e.act {
            Act::Joined { person, .. } => Some(person),
            _ => None,
        });
    event.actor = alice;
    forge::replace(&key, &mut changed, at, &event);
    let command = event.command.unwrap();
    let row = strongroom_vault::Key::new(loot::COMMAND, *command.as_bytes(), 0);
    let mut signed: strongroom_record::event::CommandRow = decode(&key.get(&changed, row)).unwrap();
    signed.person = alice.unwrap();
    key.put(&mut changed, row, &encode(&signed));
    let keys = small::keys_of(&room, &store, "alice");
    forge::sign_again(&key, &mut changed, at, &keys);
    let refused = reopen_on(&mut room, changed.disk())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no right"), "{refused}");
}
