//! A marked document: a label for each portion, and who sees what of it.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/marked.rs"]
mod marked;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::rc::Rc;

use common::{PASSPHRASE, World, filing, house_key, restriction};
use loot::{House, Loot};
use strongroom_guard::Code;
use strongroom_guard::api::*;
use strongroom_record::event::{Act, Filed, Holds};
use strongroom_seal::Suite;
use strongroom_vault::testing::Loss;
use thief::{Thief, contains};

const TEXT: &str = "\
SECRET//NOFORN
(U) A talk with the minister
(U) What all may read.
(S//NF) What only our own may read.
(S//REL TO USA, GBR) What friends may read too.
What bears no mark.
";

/// The people of the room, each with what is held.
const PEOPLE: [(&str, &str); 4] = [
    ("low", "Unclassified"),
    ("friend", "at-most Secret; Releasable to: GBR"),
    ("own", "at-most Secret; Releasable to: USA"),
    ("plain", "at-most Top Secret"),
];

fn room(seed: u64, suite: Suite) -> World {
    let mut world = marked::room(seed, suite);
    for (name, clearance) in PEOPLE {
        world.add_person(name, &["reader", "records-officer"], clearance);
    }
    world
}

fn on_both_suites(test: impl Fn(World)) {
    for (seed, suite) in [(1, Suite::Mock), (2, Suite::Cnsa)] {
        test(room(seed, suite));
    }
}

/// The words that someone sees of a record, with the marks before them.
fn words(world: &World, name: &str, record: &str) -> Vec<String> {
    let portions = world.read(name, record).portions.into_iter();
    let line = |p: PortionShown| format!("{} {} {}", p.n, p.mark, p.text);
    portions.map(line).collect()
}

#[test]
fn each_reader_sees_the_portions_that_the_clearance_admits_to() {
    on_both_suites(|world| {
        let id = marked::file(&world, "own", TEXT);
        assert_eq!(
            words(&world, "low", &id),
            ["0 (U) A talk with the minister", "1 (U) What all may read."]
        );
        assert_eq!(
            words(&world, "friend", &id),
            [
                "0 (U) A talk with the minister",
                "1 (U) What all may read.",
                "2 (S//REL TO USA, GBR) What friends may read too.",
            ]
        );
        assert_eq!(words(&world, "own", &id).len(), 5);
        assert_eq!(words(&world, "plain", &id), words(&world, "low", &id));
        let banner = |name: &str| world.read(name, &id).banner;
        assert_eq!(banner("low"), "UNCLASSIFIED");
        assert_eq!(banner("friend"), "SECRET//REL TO USA, GBR");
        assert_eq!(banner("own"), "SECRET//NOFORN");
        // Header fields bear the label of the whole; the heading bears its own mark.
        for (name, sees) in [("low", false), ("friend", false), ("own", true)] {
            let shown = world.read(name, &id);
            assert_eq!(!shown.header.is_empty(), sees, "{name}");
            let listing = world.list(name);
            let row = &listing.records[0];
            assert_eq!(row.source.is_some(), sees, "{name}");
            assert_eq!(row.heading.as_deref(), Some("A talk with the minister"));
            assert_eq!(row.banner, shown.banner);
            assert_eq!(listing.banner.as_deref(), Some(shown.banner.as_str()));
        }
        // The original is all of it.
        let original = |name: &str| {
            let record = id.clone();
            let ask = ReadQuery {
                record,
                original: true,
                ..ReadQuery::default()
            };
            world.ask(name, &Request::Read(ask)).map_err(|e| e.code)
        };
        assert!(original("own").is_ok());
        for name in ["low", "friend", "plain"] {
            assert_eq!(original(name), Err(Code::NotFound), "{name}");
        }
        // What was printed stays with the portion, and with the record.
        let shown = world.read("own", &id);
        let printed = shown.portions.iter().map(|p| p.printed_mark.as_deref());
        let printed: Vec<_> = printed.collect();
        let marks = ["U", "U", "S//NF", "S//REL TO USA, GBR"].map(Some);
        assert_eq!(printed[..4], marks);
        assert_eq!(printed[4], None);
        let marking = shown.header.iter().find(|h| h.field == "marking").unwrap();
        assert_eq!(marking.value["level"], "SECRET//NOFORN");
    });
}

#[test]
fn a_heading_that_is_not_seen_leaves_a_row_of_what_is() {
    let world = room(3, Suite::Mock);
    let text = "SECRET\n(S) The hidden heading\n(U) What all may read.\n";
    let id = marked::file(&world, "own", text);
    let row = world.list("low").records.remove(0);
    assert_eq!((row.id.as_str(), row.heading), (id.as_str(), None));
    assert_eq!(row.marking, "UNCLASSIFIED");
    assert_eq!(words(&world, "low", &id), ["0 (U) What all may read."]);
    let history: History = world.get("low", Request::History(RecordRef { record: id.clone() }));
    assert_eq!(history.events[0].what, "filed");
    assert!(
        history.events[0].statement.is_none(),
        "it is about the whole"
    );
    let history: History = world.get("own", Request::History(RecordRef { record: id }));
    assert!(history.events[0].statement.is_some());
}

#[test]
fn a_portion_is_raised_with_the_original_and_the_others_stay() {
    on_both_suites(|world| {
        let id = marked::file(&world, "own", TEXT);
        let _ = world.read("own", &id);
        world.restrict("own", &id, "TOP SECRET//HERON", &["1", "3"]);
        assert_eq!(
            words(&world, "low", &id),
            ["0 (U) A talk with the minister"]
        );
        assert_eq!(words(&world, "friend", &id), words(&world, "low", &id));
        assert_eq!(words(&world, "own", &id).len(), 3);
        let record = id.clone();
        let ask = ReadQuery {
            record,
            original: true,
            ..ReadQuery::default()
        };
        let refused = world.refused("own", Request::Read(ask));
        assert_eq!(refused.code, Code::NotFound);
        assert_eq!(words(&world, "chief", &id).len(), 5);
        // Numbers mean those of the view.
        let numbered = world.ask("low", &restriction(&id, "SECRET", &["1"]));
        assert_eq!(numbered.unwrap_err().code, Code::NotFound);
        // Who sees only some of it restricts the whole by its id.
        world.restrict("low", &id, "TOP SECRET//HERON", &[]);
        for name in ["low", "friend", "own"] {
            let ask = ReadQuery {
                record: id.clone(),
                original: false,
                ..ReadQuery::default()
            };
            let refused = world.refused(name, Request::Read(ask));
            assert_eq!(refused.code, Code::NotFound, "{name}");
        }
        assert_eq!(words(&world, "chief", &id).len(), 5);
    });
}

#[test]
fn who_does_not_hold_a_label_files_under_it_blind() {
    on_both_suites(|mut world| {
        let done = marked::try_file(&world, "low", &filing("marked.txt"), TEXT).unwrap();
        let blind: BTreeSet<&str> = done.blind.iter().map(String::as_str).collect();
        assert!(blind.contains("SECRET//REL TO USA, GBR"), "{blind:?}");
        assert!(!blind.contains("UNCLASSIFIED"), "{blind:?}");
        let id = done.records[0].record.clone();
        assert_eq!(words(&world, "low", &id).len(), 2);
        assert_eq!(words(&world, "own", &id).len(), 5);
        // Once opened the keys are the labels' own, and the same is read.
        assert_eq!(words(&world, "friend", &id).len(), 3);
        world.reopen();
        world.sign_in("own");
        assert_eq!(words(&world, "own", &id).len(), 5);
    });
}

#[test]
fn what_the_room_has_no_keys_for_is_refused_or_left_out() {
    let world = room(4, Suite::Mock);
    let file = |text: &str| marked::try_file(&world, "own", &filing("marked.txt"), text);
    let refused = file("SECRET//EGRET\nA talk\n(U) Words.\n").unwrap_err();
    assert_eq!(refused.code, Code::Unfit);
    assert!(refused.details[0].contains("EGRET"), "{refused:?}");
    assert!(refused.hint.unwrap().contains("copy of its policy"));
    // Nations that the room does not list: fewer may read.
    let done = file("SECRET//REL TO USA, DEU, GBR\nA talk\n(S//REL) Words.\n").unwrap();
    assert_eq!(done.left_out, ["Releasable to: DEU"]);
    let banner = world.read("friend", &done.records[0].record).banner;
    assert_eq!(banner, "SECRET//REL TO USA, GBR");
    // A document without marks is labelled as ever.
    let refused = file("\nA talk\nWords.\n").unwrap_err();
    assert!(refused.message.contains("no classification"));
    // A banner that nobody can read.
    let refused = file("//// 7\nA talk\n(U) Words.\n").unwrap_err();
    assert!(refused.message.contains("cannot be read"), "{refused:?}");
    let mut given = filing("marked.txt");
    given.marking = Some("TOP SECRET".to_owned());
    let done = marked::try_file(&world, "own", &given, "//// 7\nA talk\n(U) Words.\n").unwrap();
    assert_eq!(words(&world, "plain", &done.records[0].record).len(), 2);
}

/// The groups of the last filing.
fn filed(house: &House, loot: &Loot) -> Filed {
    let mut events = forge::events(house, loot).into_iter().rev();
    let filed = events.find_map(|e| match e.act {
        Act::Filed(filed) => Some(filed),
        _ => None,
    });
    filed.unwrap()
}

#[test]
fn there_is_one_group_a_label_and_a_thief_opens_those_of_his_own() {
    on_both_suites(|world| {
        let _ = marked::file(&world, "chief", TEXT);
        let store = Loot::of(&world.disk.after_crash(Loss::All));
        let open_house = || {
            let key = house_key(&world.house, world.env.floor);
            House::new(key, world.env.floor, &store)
        };
        let house = open_house();
        let filed = filed(&house, &store);
        let policy = marked::policy();
        let groups: Vec<(Holds, String)> = filed
            .groups
            .iter()
            .map(|g| (g.holds, policy.marking(&g.label)))
            .collect();
        let labels: BTreeSet<&(Holds, String)> = groups.iter().collect();
        assert_eq!(labels.len(), groups.len(), "one group a label: {groups:?}");
        let of = |holds| groups.iter().filter(|(h, _)| *h == holds).count();
        assert_eq!(
            (of(Holds::Header), of(Holds::Text), of(Holds::Original)),
            (2, 3, 1),
            "{groups:?}"
        );
        for (name, sees, not) in [
            ("low", "What all may read.", "What friends may read too."),
            (
                "friend",
                "What friends may read too.",
                "What only our own may read.",
            ),
            ("plain", "What all may read.", "What friends may read too."),
            ("own", "What only our own may read.", "no such words"),
        ] {
            let mut thief = Thief::new(open_house());
            let keys = thief::unlock(&house, &store, name, PASSPHRASE);
            thief.become_person(&Rc::new(keys));
            let opened = thief.open_all(&store);
            let has = |words: &str| opened.iter().any(|b| contains(b, words.as_bytes()));
            assert!(has(sees), "{name}");
            assert!(!has(not), "{name}");
        }
    });
}

/// As a file bears it: the marks are found in the text.
const ABOVE: &str = "SECRET//NOFORN\n\nA talk\n\n(U) What all may read.\n\n\
                     (TS//NF) What is above the banner.\n\nSECRET//NOFORN\n";

#[test]
fn what_is_wrong_with_marks_stops_a_filing_unless_it_is_overridden_with_a_reason() {
    let mut world = marked::checking_room(6, Suite::Mock);
    for (name, clearance) in PEOPLE {
        world.add_person(name, &["reader", "records-officer"], clearance);
    }
    let entries = world.guard().status().entries;
    let refused = world.file("own", &filing("a.txt"), ABOVE.as_bytes());
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, Code::Unfit);
    assert!(
        refused.message.ends_with("nothing was filed"),
        "{refused:?}"
    );
    assert!(refused.hint.unwrap().contains("--override"));
    let [line] = &refused.details[..] else {
        panic!("{:?}", refused.details)
    };
    for part in ["line 7, column 2", "portion-above-banner", "section 1"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert_eq!(world.guard().status().entries, entries + 1, "the refusal");

    let mut over = filing("a.txt");
    over.override_because = Some(" ".to_owned());
    let blank = world.file("own", &over, ABOVE.as_bytes()).unwrap_err();
    assert_eq!(blank.code, Code::Invalid);
    over.override_because = Some("the banner is a misprint of 1994".to_owned());
    let done = world.file("chief", &over, ABOVE.as_bytes()).unwrap();
    let rules: Vec<&str> = done.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["portion-above-banner"]);
    let id = &done.records[0].record;
    // Nothing is lower than it is marked: the whole is as high as the portion.
    assert_eq!(world.read("chief", id).banner, "TOP SECRET//NOFORN");
    assert_eq!(
        words(&world, "own", id),
        ["0 (S//NF) A talk", "1 (U) What all may read."]
    );
    let history = |name: &str| -> HistoryRow {
        let record = id.clone();
        let history: History = world.get(name, Request::History(RecordRef { record }));
        history
            .events
            .into_iter()
            .find(|e| e.what == "filed")
            .unwrap()
    };
    let filed = history("chief");
    assert_eq!(filed.overrode, ["portion-above-banner"]);
    assert_eq!(
        filed.statement.unwrap().override_because.as_deref(),
        Some("the banner is a misprint of 1994")
    );
    let filed = history("own");
    assert!(filed.overrode.is_empty() && filed.statement.is_none());

    // What is lighter is said, and what is right leaves no reason behind.
    let light = "SECRET//NOFORN\n\n(U) A talk\n\n(S//NF) Words.\n";
    let done = world.file("own", &over, light.as_bytes()).unwrap();
    let found: Vec<(&str, bool)> = done
        .findings
        .iter()
        .map(|f| (f.rule.as_str(), f.stops))
        .collect();
    assert_eq!(found, [("banner-bottom-missing", false)]);
    let record = done.records[0].record.clone();
    let history: History = world.get("own", Request::History(RecordRef { record }));
    let filed = &history.events[0];
    assert!(filed.overrode.is_empty());
    assert!(filed.statement.as_ref().unwrap().override_because.is_none());
}
