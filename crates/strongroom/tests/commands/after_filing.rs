//! What becomes of records after their filing, by commands: a blind filer's correction, and a withdrawal thought better of.

use crate::house::{House, WHY};

const OFFICER: [&str; 2] = ["records-officer", "reader"];

fn record_of(filed: &serde_json::Value) -> (String, String) {
    let row = &filed["records"][0];
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    (text("record"), text("receipt"))
}

/// Who files what is above files again what was wrong, and learns of neither more than the receipts.
#[test]
fn a_blind_filer_corrects_by_filing_a_successor() {
    let mut house = House::open();
    house.person("clerk", &OFFICER, Some("at-most Confidential"));
    house.person("ben", &["reader"], Some("at-most Secret; Nodis"));
    let files = |name: &str, path: &str, more: &[&str]| {
        let marking = ["--marking", "Secret; Nodis", "--json"];
        house.as_(
            name,
            &[&["file", path], &WHY[..], &marking[..], more].concat(),
        )
    };
    let wrong = house.write("wrong.txt", "A call\n\nHe said no.\n");
    let right = house.write("right.txt", "A call\n\nHe said that he knew.\n");
    let (first, receipt) = record_of(&files("clerk", &wrong, &[]).ok().json());
    let (others, _) = record_of(&files("founder", &wrong, &[]).ok().json());

    // There is nothing that the filer could read or correct.
    house.as_("clerk", &["read", &first]).exits(5);
    let correct = [
        "correct",
        &first,
        &right,
        "--listened",
        "clerk",
        "--changed",
        "a word",
        "--produced",
        "from notes",
        "--marking",
        "Secret; Nodis",
    ];
    house
        .as_("clerk", &[&correct[..], &WHY[..]].concat())
        .exits(5);

    // A successor is known by the record's id or by the receipt of its filing; what another filed is nowhere.
    let by_id = files("clerk", &right, &["--successor-of", &first])
        .ok()
        .json();
    let (second, _) = record_of(&by_id);
    let by_receipt = files("clerk", &right, &["--successor-of", &receipt]);
    let (third, _) = record_of(&by_receipt.ok().json());
    let never = "0".repeat(26);
    let refused = |id: &str| {
        let done = files("clerk", &right, &["--successor-of", id]).exits(5);
        done.err.replace(id, "ID")
    };
    assert_eq!(refused(&others), refused(&never));
    assert!(house.listed("clerk").is_empty());

    // Whoever reads them sees which to read.
    let row = |listed: &[serde_json::Value], id: &str| {
        let found = listed.iter().find(|row| row["id"] == id);
        found.unwrap()["superseded_by"].clone()
    };
    for _ in 0..2 {
        let listed = house.listed("ben");
        assert_eq!(listed.len(), 4);
        assert_eq!(row(&listed, &first), serde_json::json!([second, third]));
        assert!(row(&listed, &second).is_null());
        let table = house.as_("ben", &["list"]).ok().out;
        let short = |id: &str| id[..8].to_owned();
        let superseded = format!("(superseded by {}, {})", short(&second), short(&third));
        assert!(table.contains(&superseded), "{table}");
        let old = house.as_("ben", &["read", &first]).ok().out;
        assert!(old.contains(&second) && old.contains(&third), "{old}");
        let new = house.as_("ben", &["read", &second]).ok().out;
        assert!(
            new.contains(&first) && new.contains("He said that he knew."),
            "{new}"
        );
        house.crash();
        house.open_guard();
        house.sign_in("ben").ok();
    }
    house.sign_in("founder").ok();
    house.run(&["check"]).ok();
}

#[test]
fn a_withdrawal_is_taken_back_by_who_asked_for_it() {
    let house = House::open();
    house.person("otto", &OFFICER, Some("at-most Secret"));
    let note = house.write("note.txt", "A note\n\nWords.\n");
    let filed = house.file(&note, &["--marking", "Secret", "--json"]).ok();
    let (record, _) = record_of(&filed.json());
    let why = ["--reason", "foreign-relations", "--because", "a misfiling"];
    let asked = house
        .as_(
            "otto",
            &[&["withdraw", &record, "--json"], &why[..]].concat(),
        )
        .ok()
        .json();
    let id = asked["id"].as_str().unwrap();
    let listed = house.as_("founder", &["requests"]).ok().out;
    assert!(listed.contains("otto") && listed.contains(id), "{listed}");
    let another = house.as_("founder", &["withdraw-request", id]);
    assert!(another.err.contains("otto"), "{}", another.err);
    let done = house.as_("otto", &["withdraw-request", id]).ok();
    assert!(done.out.contains("taken back"), "{}", done.out);
    house.as_("otto", &["withdraw-request", id]).exits(7);
    house.as_("founder", &["approve", id]).exits(7);
    house.as_("founder", &["approve", "0000"]).exits(5);
    let history = house.as_("otto", &["history", &record]).ok().out;
    assert!(
        history.contains("withdrawal asked by otto")
            && history.contains("withdrawal taken back by otto"),
        "{history}"
    );
}
