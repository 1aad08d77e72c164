//! Markings that fall: by two hands, on a day, and not while a hold lies on the record.

use super::house::{Done, House, WHY};

const ASKED: [&str; 4] = ["--reason", "practice", "--because", "the talks are over"];

fn asked(house: &House, name: &str, ask: &[&str]) -> String {
    let ask = [&["request"], ask, &ASKED[..], &["--json"]].concat();
    let made = house.as_(name, &ask).ok().json();
    made["id"].as_str().unwrap().to_owned()
}

fn approve(house: &House, name: &str, id: &str) -> Done {
    house.as_(name, &["approve", id]).ok()
}

#[test]
fn a_record_falls_by_two_hands_and_on_the_day_of_an_event_and_not_under_a_hold() {
    let house = House::open();
    house.person(
        "otto",
        &["records-officer", "reader"],
        Some("at-most Secret"),
    );
    house.person("rhea", &["reader"], Some("at-most Confidential"));
    let note = house.write("note.txt", "A talk\n\nWhat was said.\n");
    let secret = ["--marking", "Secret"];
    let past = ["--declassify-on", "2020-01-01"];
    let refused = house.file(&note, &[&secret[..], &past].concat()).exits(2);
    assert!(
        refused.err.contains("2020-01-01 is past"),
        "{}",
        refused.err
    );
    let aside = ["--downgrade-on", "2099-01-01", "--downgrade-to", "Secret"];
    let refused = house.file(&note, &[&secret[..], &aside].concat()).exits(1);
    assert!(refused.err.contains("--downgrade-to"), "{}", refused.err);
    let filed = house.file(&note, &[&secret[..], &["--json"]].concat()).ok();
    let record = filed.json()["records"][0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let reads = |name: &str| house.as_(name, &["read", &record]).code == 0;

    let lower = asked(
        &house,
        "founder",
        &["lower", &record, "--to", "Confidential"],
    );
    assert!(!reads("rhea"));
    approve(&house, "otto", &lower);
    assert!(reads("rhea"));

    // The event that the record waited for has come: its day may be past, and two hands say so.
    let due = asked(
        &house,
        "founder",
        &[&["schedule", &record][..], &past].concat(),
    );
    approve(&house, "otto", &due);
    let listed = house.as_("founder", &["due"]).ok().out;
    assert!(listed.contains(&record), "{listed}");
    let hold = [
        "hold",
        "place",
        "an inquiry",
        &record,
        "--because",
        "its chairman asked",
    ];
    house.as_("founder", &hold).ok();
    let held = house.as_("otto", &["lower-due", &record]).exits(7);
    assert!(
        held.err.contains("a hold lies on this record"),
        "{}",
        held.err
    );
    let release = asked(&house, "otto", &["release-hold", &record]);
    approve(&house, "founder", &release);
    house.as_("otto", &["lower-due", &record]).ok();
    let shown = house.as_("rhea", &["read", &record, "--json"]).ok().json();
    assert!(
        shown["banner"]
            .as_str()
            .unwrap()
            .starts_with("UNCLASSIFIED"),
        "{shown}"
    );

    // A mistaken restriction, which nobody has read under.
    let raise = [&["restrict", &record, "--to", "Secret"][..], &WHY].concat();
    house.as_("founder", &raise).ok();
    assert!(!reads("rhea"));
    let undo = asked(&house, "founder", &["undo", &record]);
    approve(&house, "otto", &undo);
    assert!(reads("rhea"));
}
