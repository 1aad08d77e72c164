//! Withdrawals: two persons, nothing destroyed, nothing opens, a skeleton stays.

mod common;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use common::{World, approve, deny, filing, take_back};
use strongroom_guard::Code;
use strongroom_guard::api::*;

const NOTE: &str = "A note\n\nThe first thing.\n\nThe second thing.\n";

fn world(seed: u64) -> (World, String) {
    let mut world = World::mock(seed);
    world.add_person("anna", &["records-officer", "reader"], "at-most Secret");
    world.add_person("otto", &["records-officer", "reader"], "at-most Secret");
    world.add_person("ben", &["reader"], "at-most Secret");
    world.add_person(
        "carl",
        &["records-officer", "reader"],
        "at-most Confidential",
    );
    let record = world.file_text("anna", NOTE, "Secret", 1).records[0]
        .record
        .clone();
    (world, record)
}

fn ask(record: &str) -> Request {
    Request::Withdraw(WithdrawAsk {
        record: record.to_owned(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "it was meant for another room".to_owned(),
        request: None,
    })
}

fn waiting(world: &World, name: &str) -> Vec<RequestRow> {
    world
        .get::<RequestRows>(name, Request::Requests(RequestsQuery::default()))
        .requests
}

fn code_of(world: &World, name: &str, id: &str) -> Code {
    world.refused(name, approve(id)).code
}

fn names(world: &mut World) {
    for name in ["chief", "anna", "otto", "ben", "carl"] {
        world.sign_in(name);
    }
}

#[test]
fn a_withdrawal_takes_two_and_leaves_a_skeleton() {
    let (mut world, record) = world(1);
    assert_eq!(
        world.refused("otto", approve(&record)).code,
        Code::NotFound,
        "nobody asked"
    );
    let asked: RequestMade = world.get("anna", ask(&record));
    let approve = || approve(&asked.id);
    assert_eq!(
        world.refused("otto", ask(&record)).code,
        Code::Conflict,
        "asked already"
    );
    assert_eq!(
        world.refused("anna", approve()).code,
        Code::NotAllowed,
        "the asker"
    );
    assert_eq!(
        world.refused("ben", approve()).code,
        Code::NotFound,
        "no officer"
    );
    assert_eq!(
        world.refused("carl", approve()).code,
        Code::NotFound,
        "above"
    );
    assert!(waiting(&world, "carl").is_empty());
    let rows = waiting(&world, "otto");
    assert_eq!((rows.len(), rows[0].by.as_str()), (1, "anna"));
    assert_eq!(
        rows[0].why.as_ref().unwrap().because,
        "it was meant for another room"
    );
    assert_eq!(
        world.read("ben", &record).portions.len(),
        3,
        "it is open till then"
    );
    world.guard().keep_state().unwrap();
    world.reopen();
    names(&mut world);
    let done: RequestDecided = world.get("otto", approve());
    assert!(done.carried_out);
    assert!(waiting(&world, "otto").is_empty());
    for _ in 0..2 {
        let shown = world.read("ben", &record);
        assert!(shown.header.is_empty() && shown.portions.is_empty());
        assert_eq!(shown.banner, "SECRET");
        let gone = shown.withdrawn.unwrap();
        assert_eq!((gone.filed_by.as_str(), gone.by.as_str()), ("anna", "otto"));
        assert_eq!(gone.asked_by.as_deref(), Some("anna"));
        assert_eq!(gone.why.unwrap().because, "it was meant for another room");
        let listed = world.list("ben").records;
        assert!(listed[0].withdrawn && listed[0].heading.is_none());
        let history: History = world.get(
            "ben",
            Request::History(RecordRef {
                record: record.clone(),
            }),
        );
        let told: Vec<_> = history.events.iter().map(|e| e.what.as_str()).collect();
        assert_eq!(
            told,
            ["filed", "withdrawal asked", "opened for", "withdrawn"]
        );
        assert!(
            world.list("carl").records.is_empty(),
            "who could not read it sees nothing"
        );
        assert_eq!(
            world
                .refused(
                    "carl",
                    Request::Read(ReadQuery {
                        record: record.clone(),
                        ..ReadQuery::default()
                    })
                )
                .code,
            Code::NotFound
        );
        world.guard().keep_state().unwrap();
        world.reopen();
        names(&mut world);
    }
    for again in [ask(&record), approve()] {
        assert_eq!(world.refused("otto", again).code, Code::Conflict);
    }
    let original = world.refused(
        "ben",
        Request::Read(ReadQuery {
            record: record.clone(),
            original: true,
            ..ReadQuery::default()
        }),
    );
    assert_eq!(original.code, Code::NotFound);
    let corrected = Filing {
        marking: Some("Secret".to_owned()),
        correction: Some(Correcting {
            record: record.clone(),
            listened: vec!["anna".to_owned()],
            changed: "a word".to_owned(),
            produced: "from notes".to_owned(),
        }),
        ..filing("again.txt")
    };
    assert_eq!(
        world
            .file("anna", &corrected, NOTE.as_bytes())
            .unwrap_err()
            .code,
        Code::Conflict
    );
    let changes = Request::Changes(ChangesQuery {
        record: record.clone(),
        version: None,
    });
    assert_eq!(world.refused("ben", changes).code, Code::Conflict);
    assert_eq!(
        world
            .refused("anna", common::grading(&record, "B2", &[]))
            .code,
        Code::NotFound
    );
    assert_eq!(
        world
            .refused("anna", common::restriction(&record, "Top Secret", &["1"]))
            .code,
        Code::Conflict
    );
    // All of it can still be restricted: then the skeleton shows to fewer.
    world.restrict("anna", &record, "Top Secret", &[]);
    assert!(world.list("ben").records.is_empty());
    assert!(world.list("chief").records[0].withdrawn);
    let history: History = world.get("chief", Request::History(RecordRef { record }));
    assert_eq!(history.events.last().unwrap().what, "restricted");
}

#[test]
fn every_version_is_withdrawn_and_what_is_above_the_two_as_well() {
    let (world, record) = world(2);
    world.read("chief", &record);
    world.restrict("chief", &record, "Top Secret", &["2"]);
    let corrected = Filing {
        marking: Some("Secret".to_owned()),
        correction: Some(Correcting {
            record: record.clone(),
            listened: vec!["anna".to_owned()],
            changed: "a word".to_owned(),
            produced: "from notes".to_owned(),
        }),
        ..filing("again.txt")
    };
    world.file("anna", &corrected, NOTE.as_bytes()).unwrap();
    world.withdraw("anna", "otto", ask(&record));
    for version in [1, 2] {
        let shown: Shown = world.get(
            "chief",
            Request::Read(ReadQuery {
                record: record.clone(),
                version: Some(version),
                ..ReadQuery::default()
            }),
        );
        assert!(shown.portions.is_empty() && shown.withdrawn.is_some());
    }
}

/// Whoever takes the store with the house key and the keys of everybody opens nothing of what was withdrawn.
#[test]
fn everybodys_keys_together_open_nothing_of_it() {
    let (world, record) = world(3);
    let opened = |world: &World| {
        let store = small::loot(world);
        let floor = strongroom_seal::SuiteFloor::at(strongroom_seal::Suite::Mock);
        let house = loot::House::new(common::house_key(&world.house, floor), floor, &store);
        let everybody =
            ["chief", "anna", "otto", "ben"].map(|name| small::keys_of(world, &store, name));
        let mut thief = thief::Thief::new(house);
        everybody.iter().for_each(|keys| thief.become_person(keys));
        thief.open_all(&store)
    };
    let holds =
        |plain: &[Vec<u8>], words: &str| plain.iter().any(|p| thief::contains(p, words.as_bytes()));
    assert!(holds(&opened(&world), "The second thing."));
    world.withdraw("anna", "otto", ask(&record));
    let plain = opened(&world);
    assert!(!holds(&plain, "The second thing.") && !holds(&plain, "The first thing."));
    assert!(
        holds(&plain, "it was meant for another room"),
        "what is left says why"
    );
}

#[test]
fn what_was_asked_for_is_taken_back_by_who_asked() {
    let (mut world, record) = world(4);
    let code = |name: &str, request| world.refused(name, request).code;
    assert_eq!(
        code("anna", take_back(&record)),
        Code::NotFound,
        "nobody asked"
    );
    let asked: RequestMade = world.get("anna", ask(&record));
    let asked = asked.id;
    assert_eq!(code("otto", take_back(&asked)), Code::NotAllowed, "another");
    assert_eq!(code("ben", take_back(&asked)), Code::NotFound, "no officer");
    assert_eq!(code("carl", take_back(&asked)), Code::NotFound, "above");
    let done: RequestDecided = world.get("anna", take_back(&asked));
    assert!(done.decided == "taken-back" && !done.carried_out);
    for _ in 0..2 {
        assert!(waiting(&world, "otto").is_empty());
        assert_eq!(world.refused("otto", approve(&asked)).code, Code::Conflict);
        assert_eq!(world.read("ben", &record).portions.len(), 3);
        world.guard().keep_state().unwrap();
        world.reopen();
        names(&mut world);
    }
    // Somebody may ask for it anew, and both asks stand in the history.
    let again: RequestMade = world.get("otto", ask(&record));
    let denied: RequestDecided = world.get("anna", deny(&again.id));
    assert!(!denied.carried_out);
    assert_eq!(code_of(&world, "anna", &again.id), Code::Conflict);
    world.withdraw("otto", "anna", ask(&record));
    let asked = RecordRef { record };
    let history: History = world.get("ben", Request::History(asked));
    let told = history.events.iter().filter(|e| e.what != "opened for");
    let told: Vec<_> = told
        .map(|e| (e.what.as_str(), e.who.as_str(), e.statement.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            ("filed", "anna", true),
            ("withdrawal asked", "anna", true),
            ("withdrawal taken back", "anna", false),
            ("withdrawal asked", "otto", true),
            ("withdrawal denied", "anna", true),
            ("withdrawal asked", "otto", true),
            ("withdrawn", "anna", false),
        ]
    );
}

/// Whoever filed blind files the recording as if nothing had happened, and it goes where the rest lies.
#[test]
fn who_filed_blind_is_not_told_of_a_withdrawal() {
    let said = b"What was said, as it was recorded.";
    let play = |withdrawn: bool| {
        let (world, _) = world(5);
        let blind = world.file_text("carl", NOTE, "Secret", 9).records[0]
            .record
            .clone();
        if withdrawn {
            world.withdraw("anna", "otto", ask(&blind));
        }
        let before = world.try_record("carl", &blind, 0, false, b"");
        let taken = world.try_record("carl", &blind, 0, true, said);
        let after = world.try_record("carl", &blind, 1, true, said);
        ((before, taken, after), world)
    };
    let (told, world) = play(true);
    assert_eq!(told, play(false).0);
    assert!(told.1.unwrap().whole);
    let store = small::loot(&world);
    let floor = strongroom_seal::SuiteFloor::at(strongroom_seal::Suite::Mock);
    let house = loot::House::new(common::house_key(&world.house, floor), floor, &store);
    let mut thief = thief::Thief::new(house);
    for name in ["chief", "anna", "otto", "ben"] {
        thief.become_person(&small::keys_of(&world, &store, name));
    }
    let opened = thief.open_all(&store);
    assert!(!opened.iter().any(|p| thief::contains(p, said)));
    // Who sees what is left of it is told instead.
    let (world, record) = crate::world(6);
    world.withdraw("otto", "chief", ask(&record));
    let refused = world.try_record("anna", &record, 0, true, said);
    assert_eq!(refused.unwrap_err().code, Code::Conflict);
}
