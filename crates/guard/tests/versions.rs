//! Corrections: further versions of a record, what changed, and who sees which.

mod common;

use common::{World, filing};
use strongroom_guard::Code;
use strongroom_guard::api::*;

const FIRST: &str = "A call\n\nMR. A: I said that I would do it.\n\nMR. B: He agreed.\n";
const SECOND: &str = "A call\n\nMR. A: I never said that I would do it.\n\nMR. B: He agreed.\n";

fn correction(record: &str) -> Filing {
    Filing {
        unmarked_as: Some("Confidential".to_owned()),
        correction: Some(Correcting {
            record: record.to_owned(),
            listened: vec!["the duty officer".to_owned()],
            changed: "the fourth word".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..filing("again.txt")
    }
}

fn correct(world: &World, name: &str, record: &str, text: &str) -> FilingDone {
    world
        .file(name, &correction(record), text.as_bytes())
        .unwrap()
}

fn version(world: &World, name: &str, record: &str, version: usize) -> Shown {
    let ask = Request::Read(ReadQuery {
        record: record.to_owned(),
        version: Some(version),
        ..ReadQuery::default()
    });
    world.get(name, ask)
}

fn changes(record: &str) -> Request {
    Request::Changes(ChangesQuery {
        record: record.to_owned(),
        version: None,
    })
}

fn texts(shown: &Shown) -> Vec<&str> {
    shown.portions.iter().map(|p| p.text.as_str()).collect()
}

fn world(seed: u64) -> (World, String) {
    let mut world = World::mock(seed);
    world.add_person("anna", &["records-officer", "reader"], "at-most Secret");
    world.add_person("ben", &["reader"], "at-most Secret");
    world.add_person("carl", &["reader"], "at-most Confidential");
    let filed = world.file_text("anna", FIRST, "Secret", 1);
    (world, filed.records[0].record.clone())
}

#[test]
fn a_correction_is_a_version_beside_those_before_it() {
    let (mut world, record) = world(1);
    let done = correct(&world, "anna", &record, SECOND);
    assert_eq!(done.version, Some(2));
    assert_eq!(done.records[0].record, record);
    assert_eq!(
        done.records[0].banner, "SECRET",
        "never below what it corrects"
    );
    for again in 0..2 {
        let newest = world.read("ben", &record);
        assert_eq!((newest.version, newest.versions), (2, 2));
        assert_eq!(texts(&newest)[1], "MR. A: I never said that I would do it.");
        let corrected = newest.corrected.unwrap();
        assert_eq!((corrected.by.as_str(), corrected.partial), ("anna", false));
        let field = newest
            .header
            .iter()
            .find(|h| h.field == "correction")
            .unwrap();
        assert_eq!(field.value["changed"], "the fourth word");
        assert_eq!(field.value["listened"][0], "the duty officer");
        let first = version(&world, "ben", &record, 1);
        assert_eq!((first.version, first.versions), (1, 2));
        assert_eq!(texts(&first)[1], "MR. A: I said that I would do it.");
        assert!(first.corrected.is_none());
        let listed = &world.list("ben").records;
        assert_eq!(
            (listed.len(), listed[0].version, listed[0].versions),
            (1, 2, 2)
        );
        // The same from the ledger, and from a kept state.
        if again == 0 {
            world.guard().keep_state().unwrap();
        }
        world.reopen();
        world.sign_in("ben");
        world.sign_in("anna");
    }
    let refused = world.refused(
        "ben",
        Request::Read(ReadQuery {
            record: record.clone(),
            version: Some(3),
            ..ReadQuery::default()
        }),
    );
    assert_eq!(refused.code, Code::NotFound);
    let history: History = world.get("ben", Request::History(RecordRef { record }));
    let told: Vec<_> = history
        .events
        .iter()
        .map(|e| (e.what.as_str(), e.version))
        .collect();
    assert_eq!(&told[..2], &[("filed", Some(1)), ("corrected", Some(2))]);
    assert!(
        told[2..]
            .iter()
            .all(|(what, v)| *what == "opened for" && v.is_some())
    );
    assert!(history.events[1].statement.is_some());
}

#[test]
fn a_reader_sees_what_changed_word_by_word() {
    let (world, record) = world(2);
    let none = world.refused("ben", changes(&record));
    assert_eq!(none.code, Code::Conflict);
    correct(&world, "anna", &record, SECOND);
    let changed: Changes = world.get("ben", changes(&record));
    assert_eq!(
        (changed.before, changed.version, changed.versions),
        (1, 2, 2)
    );
    let what: Vec<_> = changed.portions.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(what, ["same", "changed", "same"]);
    let words: Vec<_> = changed.portions[1]
        .words
        .iter()
        .map(|w| (w.what.as_str(), w.text.as_str()))
        .collect();
    assert_eq!(
        words,
        [
            ("same", "MR. A: I "),
            ("added", "never "),
            ("same", "said that I would do it.")
        ]
    );
    let fields: Vec<_> = changed.header.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["source", "correction"]);
    // Each version was opened, and numbers mean those of the newer one from now on.
    let history: History = world.get("ben", Request::History(RecordRef { record }));
    let opened: Vec<_> = history
        .events
        .iter()
        .filter(|e| e.what == "opened for")
        .map(|e| e.version)
        .collect();
    assert_eq!(opened, [Some(2), Some(1)]);
}

#[test]
fn words_that_stay_keep_their_label_and_others_bear_the_banner() {
    let (world, record) = world(3);
    world.read("chief", &record);
    world.restrict("chief", &record, "Top Secret", &["2"]);
    // Who sees all of it corrects: what is new bears what it could have come from.
    correct(&world, "chief", &record, SECOND);
    let newest = world.read("chief", &record);
    let marks: Vec<_> = newest.portions.iter().map(|p| p.mark.as_str()).collect();
    assert_eq!(marks, ["(S)", "(TS)", "(TS)"]);
    let seen = world.read("ben", &record);
    assert_eq!((seen.version, seen.versions), (2, 2));
    assert_eq!(texts(&seen), ["A call"]);
    // The header bears the banner, so the reader below does not hear of the correction's words.
    assert!(seen.header.is_empty());
    assert!(seen.corrected.unwrap().partial || seen.portions.len() == 1);
}

#[test]
fn a_corrector_who_sees_a_part_corrects_that_part_and_readers_above_are_told() {
    let (world, record) = world(4);
    world.read("chief", &record);
    world.restrict("chief", &record, "Top Secret", &["2"]);
    let done = correct(
        &world,
        "anna",
        &record,
        "A call\n\nMR. A: I never said that I would do it.\n",
    );
    assert_eq!(done.version, Some(2));
    let below = world.read("anna", &record);
    assert_eq!((below.version, below.versions), (2, 2));
    assert!(!below.corrected.unwrap().partial, "nothing above shows");
    let above = world.read("chief", &record);
    assert!(above.corrected.unwrap().partial);
    assert_eq!(
        texts(&version(&world, "chief", &record, 1))[2],
        "MR. B: He agreed."
    );
}

#[test]
fn a_version_above_a_reader_is_none_for_that_reader() {
    let (world, record) = world(5);
    let filing = Filing {
        marking: Some("Top Secret".to_owned()),
        ..correction(&record)
    };
    let done = world.file("anna", &filing, SECOND.as_bytes()).unwrap();
    assert_eq!(
        (done.version, done.blind.len()),
        (None, 1),
        "filed above oneself"
    );
    for name in ["anna", "ben"] {
        let shown = world.read(name, &record);
        assert_eq!((shown.version, shown.versions), (1, 1));
        assert!(shown.corrected.is_none());
    }
    // A further one from below is the reader's second, and the room's third.
    assert_eq!(correct(&world, "anna", &record, SECOND).version, Some(2));
    let above = world.read("chief", &record);
    assert_eq!((above.version, above.versions), (3, 3));
    // Nor does the receipt tell which it became.
    let receipt: ReceiptShown = world.get(
        "anna",
        Request::Receipt(ReceiptQuery {
            id: Some(
                world
                    .get::<Receipts>("anna", Request::Receipt(ReceiptQuery::default()))
                    .receipts
                    .iter()
                    .rfind(|r| r.what == "corrected")
                    .unwrap()
                    .id
                    .clone(),
            ),
            ..ReceiptQuery::default()
        }),
    );
    let act = receipt.fields.iter().find(|f| f.name == "act").unwrap();
    assert!(act.value.is_none());
}

#[test]
fn restricting_raises_every_version() {
    let (world, record) = world(6);
    correct(&world, "anna", &record, SECOND);
    world.restrict("anna", &record, "Top Secret", &[]);
    world.refused("ben", changes(&record));
    assert_eq!(world.list("ben").records.len(), 0);
    assert_eq!(version(&world, "chief", &record, 1).banner, "TOP SECRET");
}

#[test]
fn a_portion_that_rises_takes_its_words_in_other_versions_with_it() {
    let (world, record) = world(7);
    correct(&world, "anna", &record, SECOND);
    let newest = world.read("anna", &record);
    assert_eq!(
        newest.portions[1].text,
        "MR. A: I never said that I would do it."
    );
    world.restrict("anna", &record, "Top Secret", &["1"]);
    // What took its place there, or stood in its place, rises; what stays word for word in the newer stays there.
    assert_eq!(
        texts(&world.read("ben", &record)),
        ["A call", "MR. B: He agreed."]
    );
    assert_eq!(
        texts(&version(&world, "ben", &record, 1)),
        ["A call", "MR. B: He agreed."]
    );
    assert_eq!(
        version(&world, "chief", &record, 1).portions[1].mark,
        "(TS)"
    );
    // The same from the older one.
    let (world, record) = self::world(8);
    correct(&world, "anna", &record, SECOND);
    version(&world, "anna", &record, 1);
    world.restrict("anna", &record, "Top Secret", &["2"]);
    let newest = world.read("ben", &record);
    assert_eq!(texts(&newest), ["A call"]);
    assert!(newest.header.iter().all(|h| h.field != "correction"));
}

#[test]
fn corrections_are_refused_that_say_too_little_or_hold_too_much() {
    let (world, record) = world(9);
    let try_with = |change: &dyn Fn(&mut Filing), text: &str| {
        let mut filing = correction(&record);
        change(&mut filing);
        world
            .file("anna", &filing, text.as_bytes())
            .unwrap_err()
            .code
    };
    fn said(filing: &mut Filing) -> &mut Correcting {
        filing.correction.as_mut().unwrap()
    }
    assert_eq!(
        try_with(&|f| said(f).listened.clear(), SECOND),
        Code::Invalid
    );
    assert_eq!(
        try_with(&|f| said(f).listened = vec![" ".into()], SECOND),
        Code::Invalid
    );
    assert_eq!(
        try_with(&|f| said(f).changed = " ".into(), SECOND),
        Code::Invalid
    );
    assert_eq!(
        try_with(&|f| said(f).produced.clear(), SECOND),
        Code::Invalid
    );
    assert_eq!(
        try_with(&|f| said(f).changed = "x".repeat(5_000), SECOND),
        Code::Limit
    );
    assert_eq!(
        try_with(&|f| said(f).listened = vec!["x".into(); 65], SECOND),
        Code::Limit
    );
    assert_eq!(
        try_with(&|f| f.reason = "none".into(), SECOND),
        Code::Invalid
    );
    assert_eq!(try_with(&|f| f.unmarked_as = None, SECOND), Code::Unfit);
    assert_eq!(
        try_with(&|f| said(f).record = "zzzz".into(), SECOND),
        Code::NotFound
    );
    assert_eq!(
        world
            .file("ben", &correction(&record), SECOND.as_bytes())
            .unwrap_err()
            .code,
        Code::NotAllowed
    );
    assert_eq!(world.read("ben", &record).versions, 1);
}

#[test]
fn a_correction_is_filed_once_for_a_request_id() {
    let (world, record) = world(10);
    let id = strongroom_record::RequestId::from_bytes([7; 16]).to_string();
    let filing = Filing {
        request: Some(id),
        ..correction(&record)
    };
    let done = world.file("anna", &filing, SECOND.as_bytes()).unwrap();
    let again = world.file("anna", &filing, SECOND.as_bytes()).unwrap_err();
    assert_eq!(again.code, Code::AlreadyDone);
    assert_eq!(again.details, [done.records[0].receipt.clone()]);
    let other = world.file("anna", &filing, FIRST.as_bytes()).unwrap_err();
    assert_eq!(other.code, Code::Conflict);
    assert_eq!(world.read("ben", &record).versions, 2);
}
