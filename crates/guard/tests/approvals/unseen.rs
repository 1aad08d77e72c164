//! What a records officer does between two inspections: nothing of it goes unseen, and the end of it takes an inspector.

use super::*;
use crate::common::{restriction, to_destroy};

fn docket(world: &World, name: &str, record: &str) -> Vec<DocketEntry> {
    let ask = DocketQuery {
        record: Some(record.to_owned()),
        ..DocketQuery::default()
    };
    world.get::<Docket>(name, Request::Docket(ask)).entries
}

#[test]
fn what_is_filed_restricted_and_destroyed_between_two_inspections_stands_in_the_docket() {
    let mut world = room(71);
    world.give_slots();
    world.add_person("iris", &["inspector"], "inspectors");
    let before = world.get::<Docket>("iris", Request::Docket(DocketQuery::default()));
    let record = filed(&world, 1);
    let _: Restricted = world.get("anna", restriction(&record, "Top Secret; Nodis", &[]));
    // She put it out of her own reach: nobody destroys what he cannot know of.
    assert_eq!(code(&world, "anna", to_destroy(&record)), Code::NotFound);
    let id = made(&world, "chief", to_destroy(&record));
    for name in ["chief", "anna", "otto", "petra"] {
        assert!(world.ask(name, &approve(&id)).is_err(), "{name}");
    }
    // However many officers, none of them is an inspector.
    let second = filed(&world, 2);
    let id = made(&world, "anna", to_destroy(&second));
    assert!(!approved(&world, "otto", &id).carried_out);
    for name in ["anna", "otto", "petra", "chief"] {
        assert_eq!(code(&world, name, approve(&id)), Code::NotAllowed, "{name}");
    }
    assert!(approved(&world, "ines", &id).carried_out);
    // The next inspector finds all of it: that, who and why.
    let after = world.get::<Docket>("iris", Request::Docket(DocketQuery::default()));
    assert!(after.of > before.of);
    let told = |entries: Vec<DocketEntry>| -> Vec<(String, String, bool)> {
        let why = |e: &DocketEntry| e.statement.as_ref().is_some_and(|s| !s.because.is_empty());
        entries
            .iter()
            .map(|e| (e.act.clone(), e.by.clone(), why(e)))
            .collect()
    };
    let first = told(docket(&world, "iris", &record));
    for act in ["filed", "restricted"] {
        assert!(
            first.contains(&(act.to_owned(), "anna".to_owned(), true)),
            "{first:?}"
        );
    }
    let gone = docket(&world, "iris", &second);
    assert!(gone.iter().all(|entry| entry.destroyed), "{gone:?}");
    let gone = told(gone);
    assert!(
        gone.contains(&("filed".to_owned(), "anna".to_owned(), true)),
        "{gone:?}"
    );
    assert!(gone.iter().any(|(act, ..)| act == "destroyed"), "{gone:?}");
    holds(&mut world);
}
