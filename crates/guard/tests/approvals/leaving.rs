//! People who leave: nothing is theirs from then on.

use std::sync::Barrier;

use super::*;
use crate::common::{PASSPHRASE, PEER};
use crate::loot::{BUNDLE, HOLDING};
use crate::small::loot;

fn depart(name: &str) -> Request {
    Request::Depart(Depart {
        name: name.to_owned(),
        because: "the posting ended".to_owned(),
        request: None,
    })
}

fn sign_in(name: &str) -> SignIn {
    SignIn {
        name: name.to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    }
}

#[test]
fn access_ends_at_once_and_what_had_been_read_stays_listed() {
    let mut world = room(61);
    let record = filed(&world, 1);
    world.read("otto", &record);
    let before = loot(&world);
    let held = |kind: u8, loot: &crate::loot::Loot| {
        loot.rows.keys().filter(|key| key.kind == kind).count()
    };
    assert_eq!(code(&world, "anna", depart("otto")), Code::NotAllowed);
    let done: DepartDone = world.get("olga", depart("otto"));
    assert!(
        done.asked.is_none() && done.done[0].contains("2 atoms turned"),
        "{done:?}"
    );
    assert_eq!(code(&world, "otto", Request::WhoAmI), Code::NotSignedIn);
    let refused = world.guard().sign_in(&sign_in("otto"), PEER);
    assert_eq!(refused.unwrap_err().code, Code::SignInFailed);
    let after = loot(&world);
    assert_eq!(held(BUNDLE, &after), held(BUNDLE, &before) - 1);
    assert!(
        held(HOLDING, &after) > held(HOLDING, &before) - 2,
        "the others got the next epoch"
    );
    // With his keys and the store as it is now nothing opens.
    let otto = small::keys_of(&world, &before, "otto");
    let mut thief = crate::thief::Thief::new(small::house(&world, &after));
    thief.become_person(&otto);
    let plain = thief.open_all(&after);
    assert!(
        !plain
            .iter()
            .any(|p| crate::thief::contains(p, b"The first thing."))
    );
    let persons: PersonRows = world.get("ben", Request::PersonList);
    let row = persons.persons.iter().find(|p| p.name == "otto").unwrap();
    assert_eq!(row.status, "departed");
    let history: History = world.get("ben", Request::History(RecordRef { record }));
    assert!(
        history
            .events
            .iter()
            .any(|e| e.what == "opened for" && e.who == "otto")
    );
    // Nobody else comes under that name, and nobody clears who has left.
    let invite = Request::PersonInvite(Invite {
        name: "otto".to_owned(),
        roles: vec!["reader".to_owned()],
        request: None,
    });
    assert_eq!(code(&world, "olga", invite), Code::Conflict);
    assert_eq!(code(&world, "olga", clear("otto", "Nodis")), Code::Conflict);
    assert_eq!(code(&world, "olga", depart("otto")), Code::Conflict);
    holds(&mut world);
    let checked = world.ask("chief", &Request::LedgerCheck);
    assert!(checked.is_ok());
    // What is filed from then on is sealed to the next epoch, and everybody else reads it.
    let new = filed(&world, 9);
    assert_eq!(world.read("ben", &new).portions.len(), 3);
}

#[test]
fn what_they_asked_for_is_void_and_what_they_approved_counts_no_more() {
    let mut world = room_with(
        62,
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }]",
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 2 }]",
    );
    world.add_person("quinn", &["records-officer", "reader"], "Open; Secret");
    let (his, other) = (filed(&world, 1), filed(&world, 2));
    let asked = made(&world, "otto", withdraw(&his));
    let agreed = made(&world, "anna", withdraw(&other));
    assert!(!approved(&world, "otto", &agreed).carried_out);
    let _: DepartDone = world.get("chief", depart("otto"));
    assert_eq!(stage(&world, "petra", &asked), "void");
    assert_eq!(code(&world, "petra", approve(&asked)), Code::Conflict);
    // One of two had come from who left: it takes two still.
    assert!(!approved(&world, "petra", &agreed).carried_out);
    holds(&mut world);
    world.sign_in("quinn");
    assert!(approved(&world, "quinn", &agreed).carried_out);
    holds(&mut world);
}

/// What lay sealed to who left is gone from the store. The atoms turned, so that a key kept from before opens nothing that is
/// filed after; whoever stays opens both.
#[test]
fn wraps_are_deleted_and_epochs_turned_so_that_old_keys_open_nothing_new() {
    let mut world = room(64);
    let old = filed(&world, 1);
    let before = loot(&world);
    let mut thief = small::thief(&world, &before, &["otto"]);
    let opens = |thief: &mut crate::thief::Thief, loot: &crate::loot::Loot, words: &[u8]| {
        let plain = thief.open_all(loot);
        plain.iter().any(|p| crate::thief::contains(p, words))
    };
    assert!(
        opens(&mut thief, &before, b"The first thing."),
        "he could read it"
    );
    let _: DepartDone = world.get("olga", depart("otto"));
    let text = "Later\n\nAfterwards.\n";
    let new = world.file_text("anna", text, "Secret", 2).records[0]
        .record
        .clone();
    let after = loot(&world);
    let rows = |loot: &crate::loot::Loot, kind: u8| -> std::collections::BTreeSet<_> {
        let keys = loot.rows.keys().filter(|key| key.kind == kind);
        keys.copied().collect()
    };
    let deleted = rows(&before, HOLDING)
        .difference(&rows(&after, HOLDING))
        .count();
    assert_eq!(deleted, 2, "one for each atom that he held");
    // All his keys, and all that was stored before he left, and what is stored now.
    assert!(!opens(&mut thief, &after, b"Afterwards."));
    assert_eq!(world.read("ben", &new).portions.len(), 2);
    assert_eq!(world.read("ben", &old).portions.len(), 3);
    holds(&mut world);
}

/// Whatever waited for who left can be decided by others, or by others who are let in: officers cannot all leave.
#[test]
fn nothing_waits_for_who_left_alone() {
    let mut world = room(65);
    // Otto alone was called beside Petra; Ines was the only inspector, and of Nodis the chief is the only holder.
    let record = filed(&world, 1);
    let waits = made(&world, "anna", withdraw(&record));
    let rules = ask(
        RequestFor::Rules {
            rules: format!("{DEFAULT_RULES}# new\n"),
        },
        None,
    );
    let of_inspectors = made(&world, "chief", rules);
    let of_holder = made(&world, "olga", clear("ben", "Nodis"));
    let _: DepartDone = world.get("olga", depart("otto"));
    let leaves: DepartDone = world.get("olga", depart("ines"));
    assert!(approved(&world, "chief", &leaves.asked.unwrap()).carried_out);
    assert!(approved(&world, "petra", &waits).carried_out);
    world.add_person("iris", &["inspector", "reader"], "");
    assert!(!approved(&world, "olga", &of_inspectors).carried_out);
    assert!(approved(&world, "iris", &of_inspectors).carried_out);
    // The founder leaves as well. Nobody holds Nodis then, and the key holders give it to somebody.
    let leaves: DepartDone = world.get("olga", depart("chief"));
    let decided = approved(&world, "iris", &leaves.asked.unwrap());
    assert!(
        decided
            .done
            .iter()
            .any(|line| line.contains("the key holders recover them")),
        "{decided:?}"
    );
    let row = seen(&world, "olga", &of_holder).unwrap();
    assert!(!row.yours && row.stage == "waiting");
    let recover = crate::holders::atom_for("Nodis", "ben");
    assert!(
        world
            .ask(
                "olga",
                &Request::Recover(RecoverRequest {
                    ask: recover,
                    request: None
                })
            )
            .is_ok()
    );
    world.sign_in("olga");
    world.guard().keep_state().unwrap();
    world.reopen();
}

#[test]
fn officers_and_inspectors_leave_by_two_hands_and_the_last_officer_stays() {
    let mut world = room(63);
    let asked: DepartDone = world.get("ines", depart("olga"));
    let id = asked.asked.unwrap();
    for (name, refused) in [("ines", Code::NotAllowed), ("olga", Code::NotAllowed)] {
        assert_eq!(code(&world, name, approve(&id)), refused, "{name}");
    }
    assert!(approved(&world, "chief", &id).carried_out);
    assert_eq!(code(&world, "olga", Request::WhoAmI), Code::NotSignedIn);
    assert_eq!(code(&world, "ines", depart("chief")), Code::Conflict);
    holds(&mut world);
}

/// Approvals race with departures. Whichever comes first, the ledger is one that the fold takes.
#[test]
fn an_approval_that_races_with_a_departure_comes_before_it_or_not_at_all() {
    for round in 0..12 {
        let world = room(100 + round);
        let id = made(&world, "anna", withdraw(&filed(&world, 1)));
        let start = Barrier::new(2);
        let told = std::thread::scope(|scope| {
            let racing = scope.spawn(|| {
                start.wait();
                world.ask("otto", &approve(&id))
            });
            start.wait();
            if round % 2 == 0 {
                std::thread::sleep(std::time::Duration::from_millis(round / 2));
            }
            world.ask("olga", &depart("otto")).unwrap();
            racing.join().unwrap()
        });
        let stands = stage(&world, "anna", &id);
        match told {
            Ok(_) => assert_eq!(stands, "done"),
            Err(e) => {
                assert_eq!(e.code, Code::NotSignedIn);
                assert_eq!(stands, "waiting");
            }
        }
        assert_eq!(code(&world, "otto", approve(&id)), Code::NotSignedIn);
        let mut world = world;
        holds(&mut world);
        assert_eq!(stage(&world, "anna", &id), stands);
    }
}
