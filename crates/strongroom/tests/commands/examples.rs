//! The files of `examples/`, used as README.md and the pages of `docs` say.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::house::{House, WHY};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let path = path.join(name).canonicalize().unwrap();
    path.to_str().unwrap().to_owned()
}

/// The one record that is read in an example.
fn dry(house: &House, name: &str) -> Value {
    house
        .run(&["file", &example(name), "--dry-run", "--json"])
        .ok()
        .json()
}

#[test]
fn a_marked_memorandum_is_right_in_text_and_in_word_and_reads_the_same() {
    let house = House::empty();
    for name in ["memcon.txt", "memcon.docx", "memcon-corrected.txt"] {
        let checked = house.run(&["marking", "check", &example(name)]).ok();
        let said = "nothing is wrong: SECRET//NOFORN, 1 page, ";
        assert!(checked.out.contains(said), "{}", checked.out);
    }
    let (text, mut word) = (dry(&house, "memcon.txt"), dry(&house, "memcon.docx"));
    assert_eq!(word["id"].take(), "document");
    word["id"] = text["id"].clone();
    assert_eq!(word, text);
    assert_eq!(
        text["participants"][1],
        "United States: Ruth Amsel, Desk Officer (notetaker)"
    );
    assert_eq!(text["date"], "2025-05-06T10:30:00-04:00");
    assert_eq!(text["place"], "The Secretary's Office");
    assert_eq!(text["portions"][6]["speaker"], "Secretary Hale");
}

#[test]
fn a_wrongly_marked_one_is_told_what_to_write() {
    let house = House::empty();
    let check = ["marking", "check", &example("memcon-wrong.txt"), "--json"];
    let checked = house.run(&check).exits(1).json();
    let found: Vec<_> = checked["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let text = |key: &str| f[key].as_str().unwrap().to_owned();
            (f["line"].clone(), text("rule"), text("instead"))
        })
        .collect();
    let due = |line: u64, rule: &str, instead: &str| {
        (Value::from(line), rule.to_owned(), instead.to_owned())
    };
    assert_eq!(
        found,
        [
            due(9, "portion-above-banner", "TOP SECRET//NOFORN"),
            due(11, "noforn-alone", "(S//NF)"),
            due(15, "declassify-obsolete", "20490105"),
        ]
    );
}

#[test]
fn a_transcript_has_its_times_and_a_message_its_attachment() {
    let house = House::open();
    let filed = |name: &str| {
        let more = ["--marking", "Secret", "--json"];
        let done = house.file(&example(name), &more).ok().json();
        done["records"][0]["record"].as_str().unwrap().to_owned()
    };
    let page = house.run(&["read", &filed("call.vtt")]).ok().out;
    for line in [
        "2 (S)  0:02  Duty Officer: Mr. Secretary, Ambassador Nygaard is on the line.\n",
        "4 (S)  0:12  Secretary Hale: Will the second draft have its majority?\n",
    ] {
        assert!(page.contains(line), "{page}");
    }
    let message = filed("message.eml");
    let page = house.run(&["read", &message]).ok().out;
    assert!(
        page.contains("attachments 1. draft.txt (text/plain, "),
        "{page}"
    );
    let out = house.path("draft.txt");
    let out = out.to_str().unwrap();
    house
        .run(&["read", &message, "--attachment", "1", "-o", out])
        .ok();
    let written = fs::read_to_string(out).unwrap();
    assert!(written.starts_with("Talk with Norland"), "{written}");
}

#[test]
fn a_policy_of_ones_own_reads_what_it_lists_and_founds_a_room() {
    let mut house = House::empty();
    let policy = example("house.toml");
    let parse =
        |policy: &str, marking: &str| house.run(&["marking", "parse", "--policy", policy, marking]);
    parse(&policy, "CONFIDENTIAL | PILOTS ONLY").ok();
    parse("corporate", "CONFIDENTIAL | PILOTS ONLY").exits(1);
    // What it changes of the policy that it was made from is said.
    let built_in = house.run(&["marking", "policy", "corporate"]).ok().out;
    let own = fs::read_to_string(&policy).unwrap();
    assert!(own.matches("ours").count() + own.matches("Ours").count() > 6);
    assert_ne!(own, built_in);

    let check = ["marking", "check", "--policy", &policy];
    let minutes = example("minutes.txt");
    house.run(&[&check[..], &[&minutes]].concat()).ok();
    house.init_by(&policy, &[]).ok();
    house.open_guard();
    house.sign_in("founder").ok();
    house.person("anna", &["reader"], Some("at-most Confidential"));
    let filed = house.file(&minutes, &["--json"]).ok().json();
    let id = filed["records"][0]["record"].as_str().unwrap();
    let page = house.as_("anna", &["read", id]).ok().out;
    assert!(page.starts_with(" CONFIDENTIAL \n"), "{page}");
    assert!(
        page.contains("three weeks late") && !page.contains("buyer") && !page.contains("watch"),
        "{page}"
    );
}

#[test]
fn the_tour_ends_and_shows_what_it_tells_of() {
    let house = House::empty();
    let shown = house.run(&["tour", "tour"]).ok();
    assert_eq!(shown.err, "");
    for words in [
        "229 records filed",
        "portion-above-banner",
        "instead: TOP SECRET//NOFORN",
        "3 things in the file's marks stop its filing",
        "CONFIDENTIAL//REL TO USA, NOR",
        "version 2 of 2, compared with version 1",
        "{+Ambassador Nygaard: +}",
        "attachments 1. draft.txt",
        "is withdrawn: nothing of it opens any more",
        "What to try next",
    ] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    // Both rooms are left as they are to be gone on with.
    for room in ["tour/room", "tour/desk"] {
        house.run(&["--room", room, "status"]).exits(3);
    }
}

#[test]
fn a_correction_answers_for_its_marks_as_a_filing_does() {
    let mut house = House::empty();
    house.init_by("us", &[]).ok();
    house.open_guard();
    house.sign_in("founder").ok();
    let filed = house.file(&example("memcon.txt"), &["--json"]).ok().json();
    let id = filed["records"][0]["record"].as_str().unwrap();
    let wrong = example("memcon-wrong.txt");
    let correct = |more: &[&str]| {
        let said = ["--listened", "A", "--changed", "B", "--produced", "C"];
        let command = [&["correct", id, &wrong], &said[..], &WHY[..], more].concat();
        house.as_("founder", &command)
    };
    let refused = correct(&[]).exits(1);
    assert!(refused.err.contains("--override"), "{}", refused.err);
    correct(&["--override", "a training paper"]).ok();
    let page = house.run(&["read", id]).ok().out;
    assert!(page.contains("\nversion 2 of 2, corrected "), "{page}");
    let changes = house.run(&["read", id, "--changes"]).ok().out;
    assert!(
        changes.contains("- source: text in memcon.txt\n+ source: text in memcon-wrong.txt\n"),
        "{changes}"
    );
    let history = house.run(&["history", id]).ok().out;
    assert!(history.contains("a training paper"), "{history}");
}

#[test]
fn a_dash_is_no_file() {
    let house = House::open();
    let refused = house.file("-", &["--marking", "Secret"]).exits(1);
    assert!(refused.err.contains("to a file first"), "{}", refused.err);
    let filed = house.file(&example("message.eml"), &["--marking", "Secret", "--json"]);
    let filed = filed.ok().json();
    let id = filed["records"][0]["record"].as_str().unwrap();
    house
        .run(&["read", id, "--attachment", "1", "-o", "-"])
        .exits(2);
    assert!(!house.path("-").exists());
}
