//! Clearing by steps, and letting people in.

use super::*;

/// Tries what a security officer alone could do to hold what she does not: nothing of it ends with a key of hers.
#[test]
fn a_security_officer_does_not_clear_himself_in_steps() {
    let mut world = room(21);
    for step in ["Open", "Secret", "Nodis", "inspectors"] {
        let _ = world.ask("olga", &clear("olga", step));
    }
    let rows: RequestRows = world.get("olga", Request::Requests(RequestsQuery::default()));
    assert_eq!(
        rows.requests.len(),
        3,
        "the inspectors' keys are for inspectors"
    );
    for row in &rows.requests {
        assert_eq!(code(&world, "olga", approve(&row.id)), Code::NotAllowed);
    }
    // A second account of her own: she cannot let it in.
    let invited: Invited = world.get(
        "olga",
        Request::PersonInvite(Invite {
            name: "second".to_owned(),
            roles: vec!["security-officer".to_owned(), "reader".to_owned()],
            request: None,
        }),
    );
    let fingerprint = world.join(&invited.code);
    let confirm = || {
        Request::PersonConfirm(Confirm {
            name: "second".to_owned(),
            fingerprint: fingerprint.clone(),
            request: None,
        })
    };
    assert_eq!(code(&world, "olga", confirm()), Code::NotAllowed);
    let other: RequestRows = world.get("chief", Request::Requests(RequestsQuery::default()));
    for row in &other.requests {
        let _: RequestDecided = world.get("chief", common::deny(&row.id));
    }
    let me: WhoAmI = world.get("olga", Request::WhoAmI);
    assert!(me.clearance.is_empty(), "{:?}", me.clearance);
    // Another officer, or an inspector, lets in whom she invited.
    let _: ClearanceChanged = world.get("ines", confirm());
    holds(&mut world);
}

/// The founder was alone once. With a second officer that is over for good, whatever becomes of her.
#[test]
fn the_founder_is_alone_only_until_there_was_another() {
    let mut world = room(22);
    let depart = Request::Depart(Depart {
        name: "olga".to_owned(),
        because: "the posting ended".to_owned(),
        request: None,
    });
    let asked: DepartDone = world.get("chief", depart);
    let id = asked.asked.unwrap();
    assert_eq!(code(&world, "chief", approve(&id)), Code::NotAllowed);
    assert_eq!(code(&world, "olga", approve(&id)), Code::NotAllowed);
    assert!(approved(&world, "ines", &id).carried_out);
    // The founder is the only officer again, and clears nobody alone.
    let granted: ClearanceChanged = world.get("chief", common::grant("ben", "Nodis"));
    assert!(granted.sealed.is_empty());
    assert_eq!(
        code(&world, "chief", approve(&granted.asked.unwrap())),
        Code::NotAllowed
    );
    holds(&mut world);
}

#[test]
fn a_clearance_without_a_reason_is_asked_of_nobody() {
    let world = room(23);
    let grant = Request::ClearanceGrant(ClearanceGrant {
        name: "ben".to_owned(),
        clearance: "Nodis".to_owned(),
        because: None,
        request: None,
    });
    assert_eq!(code(&world, "olga", grant), Code::Invalid);
    assert_eq!(waiting(&world, "chief"), 0);
}

/// A person of the same name in another room is another person, and what was asked there is nothing here.
#[test]
fn what_was_asked_in_another_room_is_nothing_here() {
    let (here, there) = (room(24), room(25));
    let record = filed(&there, 1);
    let id = made(&there, "anna", withdraw(&record));
    assert_eq!(code(&here, "otto", approve(&id)), Code::NotFound);
    let token = &there.tokens["otto"];
    let refused = here.guard().call(token, common::PEER, &approve(&id));
    assert_eq!(refused.unwrap_err().code, Code::NotSignedIn);
}

/// Whoever's part of a clearance is given is told nothing of what became of the rest; who knows of all of it is told what
/// was given.
#[test]
fn a_denial_after_a_part_was_given_is_told_to_who_knows_of_the_rest() {
    let world = room(26);
    let id = made(&world, "olga", clear("carl", "Secret; Nodis"));
    let _: RequestDecided = world.get("ben", approve(&id));
    let of = |name: &str| -> RequestRow {
        let query = RequestsQuery {
            id: Some(id.clone()),
        };
        let rows: RequestRows = world.get(name, Request::Requests(query));
        rows.requests.into_iter().next().unwrap()
    };
    assert_eq!(of("ben").stage, "done");
    let before = format!("{:?}", of("ben"));
    let decided: RequestDecided = world.get("chief", common::deny(&id));
    assert_eq!(decided.done, ["of that carl holds by now: Secret"]);
    assert_eq!(format!("{:?}", of("ben")), before);
    for name in ["olga", "chief"] {
        let row = of(name);
        assert_eq!(row.stage, "denied");
        assert!(row.denied.is_some(), "{name}");
        assert!(row.lines.contains(&decided.done[0]), "{:?}", row.lines);
    }
}
