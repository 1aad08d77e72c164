//! Who approves, how often, for how long, of what.

use super::*;
use crate::common::{deny, take_back};

const TWO: (&str, &str) = (
    "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }]",
    "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 2 }]",
);
const BOTH: (&str, &str) = (
    TWO.0,
    "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }, { from = [\"records-officer\", \"reader\"], approvals = 1 }]",
);

#[test]
fn nobody_approves_what_he_asked_for_and_nobody_who_is_not_asked() {
    let mut world = room(1);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    assert_eq!(code(&world, "anna", approve(&id)), Code::NotAllowed);
    for name in ["ben", "carl", "olga"] {
        assert_eq!(code(&world, name, approve(&id)), Code::NotFound, "{name}");
        assert_eq!(code(&world, name, deny(&id)), Code::NotFound, "{name}");
    }
    // An inspector sees that, who and why; the rules do not ask for her.
    assert_eq!(code(&world, "ines", approve(&id)), Code::NotAllowed);
    assert_eq!(stage(&world, "ines", &id), "waiting");
    assert!(approved(&world, "otto", &id).carried_out);
    holds(&mut world);
}

#[test]
fn one_person_twice_is_one_hand() {
    let mut world = room_with(2, TWO.0, TWO.1);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    assert!(!approved(&world, "otto", &id).carried_out);
    for _ in 0..2 {
        assert_eq!(code(&world, "otto", approve(&id)), Code::NotAllowed);
        assert_eq!(code(&world, "anna", approve(&id)), Code::NotAllowed);
        assert_eq!(world.read("ben", &record).portions.len(), 3, "it is there");
        holds(&mut world);
    }
    assert!(approved(&world, "petra", &id).carried_out);
    assert!(world.read("ben", &record).portions.is_empty());
    holds(&mut world);
}

#[test]
fn one_person_counts_for_one_of_several_needs() {
    let world = room_with(3, BOTH.0, BOTH.1);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    // Otto is of both kinds, and counts once; Ben is of the second.
    assert!(!approved(&world, "otto", &id).carried_out);
    assert_eq!(code(&world, "otto", approve(&id)), Code::NotAllowed);
    assert!(approved(&world, "ben", &id).carried_out);
}

#[test]
fn rules_that_ask_for_nobody_found_no_room() {
    for (from, to) in [
        (
            "needs = [{ from = [\"holder\"], approvals = 1 }]",
            "needs = []",
        ),
        (
            "needs = [{ from = [\"holder\"], approvals = 1 }]",
            "needs = [{ from = [\"holder\"], approvals = 0 }]",
        ),
    ] {
        let founding = Founding {
            rules: Some(DEFAULT_RULES.replace(from, to)),
            ..founding(Suite::Mock, small::policy())
        };
        let env = small::room(4, Suite::Mock).env;
        let disk = strongroom_vault::testing::FaultDisk::new();
        let vault = strongroom_vault::Vault::with_backend(disk).unwrap();
        let refused = strongroom_guard::found(vault, founding, &env).err();
        let refused = refused.expect(to).to_string();
        let before = &DEFAULT_RULES[..DEFAULT_RULES.find(from).unwrap()];
        let line = before.lines().count() + 1;
        let named = format!("line {line} of the approval rules");
        assert!(refused.starts_with(&named), "{refused}");
    }
}

#[test]
fn what_lapsed_was_denied_taken_back_or_done_is_over() {
    let mut world = room(5);
    let records: Vec<String> = (0..4).map(|n| filed(&world, n)).collect();
    let ids: Vec<String> = records
        .iter()
        .map(|record| made(&world, "anna", withdraw(record)))
        .collect();
    let _: RequestDecided = world.get("otto", deny(&ids[0]));
    assert_eq!(code(&world, "otto", take_back(&ids[1])), Code::NotAllowed);
    let _: RequestDecided = world.get("anna", take_back(&ids[1]));
    assert!(approved(&world, "otto", &ids[2]).carried_out);
    let why = seen(&world, "anna", &ids[0]).unwrap().denied.unwrap();
    assert_eq!(why.because, "this is not needed");
    world.clock.advance(14 * DAY);
    holds(&mut world);
    for (id, told) in ids.iter().zip(["denied", "taken-back", "done", "lapsed"]) {
        assert_eq!(stage(&world, "otto", id), told);
        for name in ["otto", "petra"] {
            assert_eq!(code(&world, name, approve(id)), Code::Conflict, "{told}");
            assert_eq!(code(&world, name, deny(id)), Code::Conflict, "{told}");
        }
        assert_eq!(
            code(&world, "anna", take_back(id)),
            Code::Conflict,
            "{told}"
        );
    }
    assert_eq!(waiting(&world, "otto"), 0);
    // What lapsed can be asked for anew.
    let again = made(&world, "anna", withdraw(&records[3]));
    assert!(approved(&world, "otto", &again).carried_out);
    holds(&mut world);
}

#[test]
fn a_target_that_changed_voids_what_was_asked() {
    let mut world = room(6);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    world.read("otto", &record);
    world.restrict("otto", &record, "Nodis", &["2"]);
    // Anna and Otto hold no Nodis: what they see of it is another record now.
    assert_eq!(stage(&world, "anna", &id), "void");
    assert_eq!(code(&world, "otto", approve(&id)), Code::Conflict);
    let again = made(&world, "anna", withdraw(&record));
    // What happens above is nothing that they could tell, and voids nothing.
    world.read("chief", &record);
    world.restrict("chief", &record, "Top Secret", &["2"]);
    assert_eq!(stage(&world, "anna", &again), "waiting");
    assert!(approved(&world, "otto", &again).carried_out);
    holds(&mut world);
}

/// What was approved by one of two before the target changed counts neither for it nor for what is asked anew.
#[test]
fn what_was_half_approved_is_void_once_its_target_changed() {
    let mut world = room_with(9, TWO.0, TWO.1);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    assert!(!approved(&world, "otto", &id).carried_out);
    world.read("petra", &record);
    world.restrict("petra", &record, "Nodis", &["2"]);
    assert_eq!(code(&world, "petra", approve(&id)), Code::Conflict);
    let again = made(&world, "anna", withdraw(&record));
    assert_ne!(again, id);
    assert!(!approved(&world, "petra", &again).carried_out);
    holds(&mut world);
    assert!(approved(&world, "otto", &again).carried_out);
    holds(&mut world);
}

#[test]
fn who_is_cleared_for_less_than_the_asker_saw_does_not_approve() {
    let mut world = room(7);
    // A record of which carl sees some, and anna more.
    let record = world.file_text("anna", NOTE, "Open", 1).records[0]
        .record
        .clone();
    world.read("anna", &record);
    world.restrict("anna", &record, "Secret", &["2"]);
    assert!(world.list("carl").records.len() == 1);
    let id = made(&world, "anna", withdraw(&record));
    assert_eq!(code(&world, "carl", approve(&id)), Code::NotFound);
    assert_eq!(waiting(&world, "carl"), 0);
    // What carl asks for, anybody of them decides: none of them sees less than he.
    let low = made(&world, "carl", withdraw(&record));
    assert_ne!(low, id);
    assert_eq!(code(&world, "carl", approve(&low)), Code::NotAllowed);
    assert!(approved(&world, "otto", &low).carried_out);
    holds(&mut world);
}

#[test]
fn rules_change_by_two_who_are_not_who_asked() {
    let mut world = room(8);
    let text = DEFAULT_RULES.replace(TWO.0, TWO.1);
    let rules = |text: &str| {
        ask(
            RequestFor::Rules {
                rules: text.to_owned(),
            },
            None,
        )
    };
    assert_eq!(code(&world, "anna", rules(&text)), Code::NotAllowed);
    assert_eq!(code(&world, "chief", rules("nonsense")), Code::Unfit);
    assert_eq!(code(&world, "chief", rules(DEFAULT_RULES)), Code::Conflict);
    let id = made(&world, "chief", rules(&text));
    let lines = seen(&world, "ines", &id).unwrap().lines;
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("withdraw, then: ") && l.contains("2 from records-officer")),
        "{lines:?}"
    );
    assert_eq!(code(&world, "chief", approve(&id)), Code::NotAllowed);
    assert!(!approved(&world, "ines", &id).carried_out);
    assert_eq!(code(&world, "ines", approve(&id)), Code::NotAllowed);
    let other = made(&world, "chief", rules(&format!("{text}# twice\n")));
    assert!(approved(&world, "olga", &id).carried_out);
    let shown: RulesShown = world.get("ben", Request::RulesShow);
    assert_eq!(shown.rules, text);
    assert_eq!(
        stage(&world, "ines", &other),
        "void",
        "the rules are others now"
    );
    holds(&mut world);
    let shown: RulesShown = world.get("ben", Request::RulesShow);
    assert_eq!(shown.rules, text);
    let record = filed(&world, 1);
    let id = made(&world, "anna", withdraw(&record));
    assert!(!approved(&world, "otto", &id).carried_out);
    assert!(approved(&world, "petra", &id).carried_out);
    holds(&mut world);
}
