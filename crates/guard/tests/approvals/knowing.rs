//! For whom a request is not, there is none.

use super::*;
use crate::common::{deny, take_back};

/// Who may not know of it gets for its id, in every way of naming it, the very answer that an id gets which never was.
#[test]
fn a_request_that_is_not_for_somebody_is_refused_as_one_that_never_was() {
    let world = room(81);
    let record = filed(&world, 1);
    let about = made(&world, "anna", withdraw(&record));
    let of = made(&world, "olga", clear("ben", "Nodis"));
    let never = "0123456789abcdefghjkmnpqrs";
    for (name, id) in [
        ("carl", &about),
        ("ben", &about),
        ("olga", &about),
        ("anna", &of),
        ("ben", &of),
    ] {
        for as_named in [id.clone(), id[..8].to_owned(), id.to_uppercase()] {
            for (one, none) in [
                (approve(&as_named), approve(never)),
                (deny(&as_named), deny(never)),
                (take_back(&as_named), take_back(never)),
            ] {
                assert_eq!(
                    world.refused(name, one),
                    world.refused(name, none),
                    "{name}"
                );
            }
            assert!(seen(&world, name, &as_named).is_none(), "{name}");
        }
        assert_eq!(
            waiting(&world, name),
            usize::from(name == "anna" || name == "olga")
        );
    }
    // The inspector sees that, who and why, and no marking.
    let row = seen(&world, "ines", &about).unwrap();
    assert_eq!(
        (row.by.as_str(), row.why.unwrap().because.as_str()),
        ("anna", "the work asks for it")
    );
    assert!(row.banner.is_none());
}

#[test]
fn whoever_holds_some_of_the_atoms_sees_as_much() {
    let mut world = room(82);
    world.add_person("dora", &["reader"], "");
    let some = made(&world, "olga", clear("dora", "Open; Secret; Nodis"));
    let row = seen(&world, "ben", &some).unwrap();
    assert_eq!(row.lines, ["dora would hold: Open; Secret"]);
    assert_eq!(row.why.unwrap().because, "the work asks for it");
    let done = approved(&world, "ben", &some);
    assert_eq!(done.done, ["dora holds from now on: Open; Secret"]);
    let row = seen(&world, "ben", &some).unwrap();
    assert_eq!(row.stage, "done");
    assert_eq!(row.agreed.len(), 1);
    // Another who approves what he does not know of is not told to him.
    assert_eq!(
        approved(&world, "chief", &some).done,
        ["dora holds from now on: Caption:Nodis"]
    );
    assert_eq!(seen(&world, "ben", &some).unwrap().agreed.len(), 1);
    assert_eq!(seen(&world, "olga", &some).unwrap().agreed.len(), 2);
    holds(&mut world);
}

#[test]
fn those_who_decide_are_told_at_sign_in_and_whoever_runs_the_room_by_name() {
    let mut world = room(83);
    let _ = world.guard().called();
    let record = filed(&world, 1);
    let told = |world: &mut World, name: &str| world.sign_in(name).notices.join("; ");
    assert_eq!(told(&mut world, "otto"), "");
    made(&world, "anna", withdraw(&record));
    let called: Vec<String> = world.guard().called().into_iter().collect();
    assert_eq!(
        called,
        ["chief", "otto", "petra"],
        "not who asked, is below, or reads"
    );
    assert!(world.guard().called().is_empty());
    assert_eq!(
        told(&mut world, "otto"),
        "1 request waits for you: `requests`"
    );
    made(&world, "anna", withdraw(&filed(&world, 2)));
    assert_eq!(
        told(&mut world, "petra"),
        "2 requests wait for you: `requests`"
    );
    for name in ["anna", "ben", "carl", "olga", "ines"] {
        assert_eq!(told(&mut world, name), "", "{name}");
    }
}
