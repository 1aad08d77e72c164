//! Need-to-know is by key: what a store opens to whoever has it whole, with the house key, and some
//! persons' keys besides. Each is tried on the mock suite and with real cryptography.
//!
//! The [thief](thief::Thief) tries every key it can get at on everything that is stored. That it would
//! find what can be found is shown beside each case in which it must find nothing.

mod common;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;

use common::{World, restriction};
use small::{loot, on_both_suites, thief};
use strongroom_guard::api::Request;
use strongroom_seal::{AtomRole, Suite};
use thief::found;

const HEADING: &str = "Memorandum about the harbour works";
const FIRST: &str = "The first paragraph tells of dredging.";
const SECOND: &str = "The second one names the engineer.";
const THIRD: &str = "The third one says who pays for it.";
const FOURTH: &str = "The fourth one is what nobody may know.";
const ALL: [&str; 5] = [HEADING, FIRST, SECOND, THIRD, FOURTH];

fn note() -> String {
    ALL.join("\n\n")
}

fn set<'a>(texts: &[&'a str]) -> BTreeSet<&'a str> {
    texts.iter().copied().collect()
}

/// What persons' keys together open of the room's store as it is.
fn opened_by(room: &World, persons: &[&str]) -> BTreeSet<&'static str> {
    let loot = loot(room);
    found(&thief(room, &loot, persons).open_all(&loot), &ALL)
}

fn file(room: &World, name: &str, marking: &str, seed: u64) -> String {
    let filed = room.file_text(name, &note(), marking, seed);
    filed.records[0].record.clone()
}

#[test]
fn a_reader_of_the_lowest_portion_opens_no_higher_one() {
    on_both_suites(|mut room| {
        room.add_person("low", &["reader"], "at-most Secret");
        room.add_person("high", &["reader"], "at-most Top Secret");
        room.add_person("nodis", &["reader"], "at-most Secret; Nodis");
        room.add_person("all", &["reader"], "at-most Top Secret; Nodis");
        let id = file(&room, "chief", "Secret", 7);
        assert_eq!(opened_by(&room, &["low"]), set(&ALL), "before it rises");
        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Top Secret", &["2"]);
        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Nodis", &["3"]);
        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Top Secret; Nodis", &["4"]);

        assert_eq!(opened_by(&room, &["low"]), set(&[HEADING, FIRST]));
        assert_eq!(opened_by(&room, &["high"]), set(&[HEADING, FIRST, SECOND]));
        assert_eq!(opened_by(&room, &["nodis"]), set(&[HEADING, FIRST, THIRD]));
        assert_eq!(opened_by(&room, &["all"]), set(&ALL));
        assert_eq!(opened_by(&room, &["chief"]), set(&ALL));
        assert_eq!(opened_by(&room, &[]), set(&[]));
    });
}

#[test]
fn one_of_two_atoms_opens_nothing_and_both_open_it_in_whose_hands_ever() {
    on_both_suites(|mut room| {
        room.add_person("level", &["reader"], "Secret");
        room.add_person("value", &["reader"], "Nodis");
        room.add_person("both", &["reader"], "Secret; Nodis");
        file(&room, "chief", "Secret; Nodis", 7);
        assert_eq!(opened_by(&room, &["level"]), set(&[]));
        assert_eq!(opened_by(&room, &["value"]), set(&[]));
        assert_eq!(opened_by(&room, &["both"]), set(&ALL));
        // The limit of this promise, which SECURITY.md states: who together hold all atoms can collude.
        assert_eq!(opened_by(&room, &["level", "value"]), set(&ALL));
    });
}

#[test]
fn any_one_value_of_a_permissive_category_will_do_and_none_will_not() {
    on_both_suites(|mut room| {
        room.add_person("canada", &["reader"], "Secret; Releasable to: Canada");
        room.add_person("israel", &["reader"], "Secret; Releasable to: Israel");
        room.add_person("other", &["reader"], "Secret; Releasable to: Australia");
        room.add_person("none", &["reader"], "Secret");
        room.add_person("value", &["reader"], "Releasable to: Canada");
        let id = file(&room, "chief", "Secret; Releasable to: Canada, Israel", 7);
        for (name, opens) in [
            ("canada", true),
            ("israel", true),
            ("other", false),
            ("none", false),
            ("value", false),
        ] {
            let expected = if opens { set(&ALL) } else { set(&[]) };
            assert_eq!(opened_by(&room, &[name]), expected, "{name}");
            assert_eq!(room.list(name).readable, usize::from(opens), "{name}");
        }
        // Joined with another list, only the nations on both remain; with none left, nobody reads.
        room.restrict("chief", &id, "Releasable to: Israel, Australia", &[]);
        assert_eq!(opened_by(&room, &["canada", "other"]), set(&[]));
        assert_eq!(opened_by(&room, &["israel"]), set(&ALL));
        room.restrict("chief", &id, "Releasable to: Canada", &[]);
        assert_eq!(opened_by(&room, &["canada", "israel", "other"]), set(&[]));
        assert_eq!(opened_by(&room, &["chief"]), set(&[]));
        assert_eq!(room.list("chief").readable, 0);
    });
}

#[test]
fn a_blind_filer_who_keeps_every_byte_opens_nothing_of_others_and_nothing_of_his_own() {
    on_both_suites(|mut room| {
        room.add_person("clerk", &["records-officer", "reader"], "Open");
        let mut kept = Vec::new();
        for round in 0..3 {
            let filed = room.file_text("clerk", &note(), "Top Secret; Nodis", 10 + round);
            assert_eq!(filed.blind, ["Top Secret; Nodis"]);
            kept.push(loot(&room));
            file(&room, "chief", "Top Secret; Nodis", 20 + round);
            kept.push(loot(&room));
        }
        let mut clerk = thief(&room, &kept[0], &["clerk"]);
        let mut chief = thief(&room, &kept[0], &["chief"]);
        // Twice over all of it: keys that came out of a later store are tried on the earlier ones too.
        for store in kept.iter().chain(&kept) {
            assert_eq!(found(&clerk.open_all(store), &ALL), set(&[]));
            assert_eq!(found(&chief.open_all(store), &ALL), set(&ALL));
        }
        // His keys do open what lies within his clearance.
        file(&room, "clerk", "Open", 30);
        assert_eq!(opened_by(&room, &["clerk"]), set(&ALL));
    });
}

#[test]
fn what_was_restricted_opens_with_no_key_that_a_former_reader_kept() {
    on_both_suites(|mut room| {
        room.add_person("former", &["reader"], "at-most Secret");
        room.add_person("still", &["reader"], "at-most Top Secret");
        let whole = file(&room, "chief", "Secret", 7);
        let _ = room.read("former", &whole);
        let before = loot(&room);
        let mut former = thief(&room, &before, &["former"]);
        assert_eq!(found(&former.open_all(&before), &ALL), set(&ALL));
        let keys = former.key_counts();
        assert!(
            keys.values()
                .zip(keys.keys())
                .all(|(n, kind)| *n > 0 || *kind == "layers"),
            "{keys:?}"
        );

        room.restrict("chief", &whole, "Top Secret", &[]);
        let after = loot(&room);
        assert_eq!(found(&former.open_all(&after), &ALL), set(&[]));
        assert_eq!(opened_by(&room, &["still"]), set(&ALL));
        // What he copied while he was cleared is beyond recall: the promise is about what is stored after.
        assert_eq!(found(&former.open_all(&before), &ALL), set(&ALL));
    });
}

#[test]
fn a_raised_portion_does_not_open_with_kept_keys_nor_does_its_slice_of_the_original() {
    on_both_suites(|mut room| {
        room.add_person("former", &["reader"], "at-most Secret");
        let id = file(&room, "chief", "Secret", 7);
        let before = loot(&room);
        let mut former = thief(&room, &before, &["former"]);
        assert_eq!(found(&former.open_all(&before), &ALL), set(&ALL));

        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Top Secret", &["2", "4"]);
        let stays = set(&[HEADING, FIRST, THIRD]);
        let after = loot(&room);
        let opened = former.open_all(&after);
        assert_eq!(found(&opened, &ALL), stays);
        // The slice holds what stays as well, side by side: it did not open at all.
        let together = format!("{HEADING}\n\n{FIRST}");
        let slice = [together.as_str()];
        assert_eq!(found(&opened, &slice), set(&[]));
        let all = thief(&room, &after, &["chief"]).open_all(&after);
        assert_eq!(found(&all, &slice), set(&slice));

        // A second rise goes around the first, and around what had stayed.
        let mut held_once = thief(&room, &after, &["former"]);
        let _ = held_once.open_all(&after);
        room.restrict("chief", &id, "Top Secret; Nodis", &[]);
        let later = loot(&room);
        assert_eq!(found(&held_once.open_all(&later), &ALL), set(&[]));
        assert_eq!(found(&former.open_all(&later), &ALL), set(&[]));
        assert_eq!(opened_by(&room, &["chief"]), set(&ALL));
    });
}

#[test]
fn restricting_works_while_no_reader_is_signed_in() {
    on_both_suites(|mut room| {
        room.add_person("clerk", &["records-officer", "reader"], "Open");
        room.add_person("former", &["reader"], "at-most Secret");
        let id = file(&room, "chief", "Secret", 7);
        let before = loot(&room);
        let mut former = thief(&room, &before, &["former"]);
        let _ = former.open_all(&before);
        // All sessions end; only the clerk comes back, who cannot read the record.
        room.reopen();
        room.sign_in("clerk");
        assert_eq!(room.list("clerk").readable, 0);
        room.restrict("clerk", &id, "Top Secret; Nodis", &[]);
        let after = loot(&room);
        assert_eq!(found(&former.open_all(&after), &ALL), set(&[]));
        assert_eq!(opened_by(&room, &["former", "clerk"]), set(&[]));
        assert_eq!(opened_by(&room, &["chief"]), set(&ALL));
        room.sign_in("chief");
        assert_eq!(room.read("chief", &id).portions.len(), ALL.len());
    });
}

#[test]
fn office_opens_no_portion() {
    on_both_suites(|mut room| {
        room.add_person("officer", &["security-officer"], "");
        room.add_person("inspector", &["inspector"], "");
        room.add_person("holder", &["key-holder"], "");
        room.add_person("masker", &["masking-authority"], "");
        let id = file(&room, "chief", "Secret", 7);
        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Top Secret", &["2"]);
        let everyone = ["officer", "inspector", "holder", "masker"];
        assert_eq!(opened_by(&room, &everyone), set(&[]));
        for name in everyone {
            let refused = room.refused(name, Request::List(Default::default()));
            assert_eq!(refused.code, strongroom_guard::Code::NotAllowed, "{name}");
        }
        // An officer clears others, and gains nothing by it: it waits for who holds the atoms.
        let grant = common::grant("officer", "at-most Top Secret; Nodis");
        let _ = room.ask("officer", &grant);
        assert_eq!(opened_by(&room, &["officer"]), set(&[]));
    });
}

#[test]
fn the_inspectors_key_opens_the_docket_and_no_portion() {
    on_both_suites(|room| {
        let id = file(&room, "chief", "Secret", 7);
        let _ = room.read("chief", &id);
        room.restrict("chief", &id, "Top Secret", &["2"]);
        let store = loot(&room);
        let mut inspector = thief(&room, &store, &["chief"]);
        let _ = inspector.open_all(&store);
        let theirs = |(role, _): &(AtomRole, _)| *role == AtomRole::Inspectors;
        let at = inspector.atoms.iter().position(theirs).unwrap();
        let key = inspector.atoms.swap_remove(at);
        let mut inspector = thief(&room, &store, &[]);
        inspector.atoms.push(key);
        let opened = inspector.open_all(&store);
        assert_eq!(found(&opened, &ALL), set(&[]));
        let why = [
            "kept with the talks it belongs to",
            "names a channel that is still in use",
            "the Executive Secretary",
        ];
        assert_eq!(found(&opened, &why), set(&why));
        assert_eq!(
            found(&thief(&room, &store, &[]).open_all(&store), &why),
            set(&[])
        );
    });
}

#[test]
fn a_reason_opens_to_who_sees_what_rose_and_not_to_others() {
    let mut room = small::room(3, Suite::Mock);
    room.add_person("low", &["reader"], "at-most Secret");
    room.add_person("high", &["reader"], "at-most Top Secret");
    let id = file(&room, "chief", "Secret", 7);
    let _ = room.read("chief", &id);
    let _ = room
        .ask("chief", &restriction(&id, "Top Secret", &["2"]))
        .unwrap();
    let store = loot(&room);
    let why = ["names a channel that is still in use"];
    let reasons = |name| found(&thief(&room, &store, &[name]).open_all(&store), &why);
    assert_eq!(reasons("low"), set(&[]));
    assert_eq!(reasons("high"), set(&why));
}
