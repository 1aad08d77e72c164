//! Deputies and those whom they stand for are one hand.

use super::*;

fn acting(principal: &str, deputy: &str, until: &str) -> Request {
    ask(
        RequestFor::Acting {
            deputy: deputy.to_owned(),
            principal: Some(principal.to_owned()),
            until: until.to_owned(),
        },
        None,
    )
}

/// Until when: tests begin on 1 May 2026.
const UNTIL: &str = "2026-05-20";

fn stands(world: &World, principal: &str, deputy: &str) {
    let id = made(world, principal, acting(principal, deputy, UNTIL));
    assert_eq!(code(world, principal, approve(&id)), Code::NotAllowed);
    assert_ne!(code(world, deputy, approve(&id)), Code::Conflict);
    assert!(approved(world, "olga", &id).carried_out);
}

#[test]
fn a_deputy_decides_with_the_roles_of_the_other_and_his_own_keys() {
    let mut world = room(41);
    let record = filed(&world, 1);
    stands(&world, "otto", "ben");
    for (name, told) in [
        ("ben", "you stand for otto"),
        ("otto", "ben stands for you"),
    ] {
        let notices = world.sign_in(name).notices;
        let told = format!("{told} until {UNTIL}: `acting list`");
        assert!(notices.contains(&told), "{notices:?}");
    }
    let id = made(&world, "anna", withdraw(&record));
    assert!(seen(&world, "ben", &id).unwrap().yours);
    assert!(approved(&world, "ben", &id).carried_out);
    let row = seen(&world, "anna", &id).unwrap();
    assert_eq!(row.agreed[0].by, "ben");
    assert_eq!(row.agreed[0].acting_for.as_deref(), Some("otto"));
    // Who is not cleared decides for nobody.
    let secret = filed(&world, 2);
    let id = made(&world, "anna", withdraw(&secret));
    stands(&world, "petra", "carl");
    assert_eq!(code(&world, "carl", approve(&id)), Code::NotFound);
    holds(&mut world);
}

#[test]
fn the_two_are_one_hand_whichever_of_them_asked_or_approved() {
    let mut world = room_with(
        42,
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }]",
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 2 }]",
    );
    stands(&world, "otto", "ben");
    // The principal approved: his deputy does not.
    let first = made(&world, "anna", withdraw(&filed(&world, 1)));
    assert!(!approved(&world, "otto", &first).carried_out);
    assert_eq!(code(&world, "ben", approve(&first)), Code::NotAllowed);
    // The deputy did: the principal does not.
    let second = made(&world, "anna", withdraw(&filed(&world, 2)));
    assert!(!approved(&world, "ben", &second).carried_out);
    assert_eq!(code(&world, "otto", approve(&second)), Code::NotAllowed);
    // The principal asked: his deputy does not approve.
    let third = made(&world, "otto", withdraw(&filed(&world, 3)));
    let refused = world.refused("ben", approve(&third));
    assert_eq!(refused.code, Code::NotAllowed);
    assert!(refused.message.contains("one hand"), "{refused:?}");
    // What lived while the one stood for the other stays so when that has ended.
    let end = Request::ActingEnd(ActingEnd {
        deputy: "ben".to_owned(),
        principal: "otto".to_owned(),
        request: None,
    });
    assert_eq!(code(&world, "anna", end.clone()), Code::NotAllowed);
    let _: ActingEnded = world.get("otto", end);
    assert_eq!(code(&world, "ben", approve(&first)), Code::NotFound);
    assert_eq!(code(&world, "otto", approve(&second)), Code::NotAllowed);
    assert!(approved(&world, "petra", &second).carried_out);
    holds(&mut world);
}

/// Who stands for two is one hand with each, and they are one with each other where he acted for either.
#[test]
fn a_deputy_of_two_is_one_hand_with_both() {
    let mut world = room_with(
        44,
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }]",
        "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 2 }]",
    );
    stands(&world, "otto", "ben");
    stands(&world, "petra", "ben");
    let id = made(&world, "anna", withdraw(&filed(&world, 1)));
    assert!(!approved(&world, "ben", &id).carried_out);
    for name in ["ben", "otto", "petra"] {
        assert_eq!(code(&world, name, approve(&id)), Code::NotAllowed, "{name}");
    }
    // What the one asked for, he does not approve for the other.
    let asked = made(&world, "otto", withdraw(&filed(&world, 2)));
    assert_eq!(code(&world, "ben", approve(&asked)), Code::NotAllowed);
    assert!(!approved(&world, "anna", &asked).carried_out);
    assert!(approved(&world, "petra", &asked).carried_out);
    assert!(approved(&world, "chief", &id).carried_out);
    holds(&mut world);
}

#[test]
fn a_deputy_is_one_for_a_time_and_takes_another_hand() {
    let mut world = room(43);
    for (name, request, refused) in [
        ("otto", acting("petra", "ben", UNTIL), Code::NotAllowed),
        ("otto", acting("otto", "otto", UNTIL), Code::Conflict),
        ("otto", acting("otto", "ben", "2026-04-01"), Code::Invalid),
        ("otto", acting("otto", "ben", "2027-04-01"), Code::Conflict),
        ("otto", acting("otto", "ben", "soon"), Code::Invalid),
        ("otto", acting("otto", "nobody", UNTIL), Code::NotFound),
    ] {
        assert_eq!(code(&world, name, request.clone()), refused, "{request:?}");
    }
    stands(&world, "otto", "ben");
    let rows: ActingRows = world.get("carl", Request::ActingList);
    assert_eq!(
        (rows.acting.len(), rows.acting[0].deputy.as_str()),
        (1, "ben")
    );
    world.clock.advance(20 * DAY);
    holds(&mut world);
    let rows: ActingRows = world.get("carl", Request::ActingList);
    assert!(rows.acting.is_empty());
    let id = made(&world, "anna", withdraw(&filed(&world, 1)));
    assert_eq!(code(&world, "ben", approve(&id)), Code::NotFound);
    holds(&mut world);
}
