//! Gradings: who may give them, who sees them, which counts, and what a thief gets of them.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use common::{World, filing, grading};
use small::{house, loot as take, on_both_suites};
use strongroom_guard::Code;
use strongroom_guard::api::*;
use strongroom_record::Grading;
use strongroom_record::encode;
use strongroom_record::event::{Act, SealedFor};

const TEXT: &[u8] = b"A talk\n\nThe first thing.\n\nThe second thing.\n";

/// A room with a record of which `alice` does not see portion 1, and `carol` nothing.
fn filled(world: &mut World) -> String {
    world.add_person("alice", &["reader"], "at-most Secret");
    world.add_person("carol", &["reader", "records-officer"], "Open");
    let filed = world
        .try_file("chief", "a.txt", TEXT, Some("Secret"), 1)
        .unwrap();
    let id = filed.records[0].record.clone();
    let _ = world.read("chief", &id);
    world.restrict("chief", &id, "Top Secret", &["1"]);
    let _ = world.read("chief", &id);
    id
}

fn code(grade: Option<&GradeShown>) -> String {
    let of = |judged: &Option<JudgedShown>| judged.as_ref().map_or("-", |j| &j.code).to_owned();
    grade.map_or_else(String::new, |g| of(&g.reliability) + &of(&g.credibility))
}

fn codes(shown: &Shown) -> Vec<String> {
    let portions = shown.portions.iter();
    portions.map(|p| code(p.grade.as_ref())).collect()
}

fn graded(world: &World, id: &str, grade: &str, portions: &[&str]) -> Graded {
    world.get("chief", grading(id, grade, portions))
}

#[test]
fn a_grading_shows_wherever_what_it_grades_shows_and_nowhere_else() {
    on_both_suites(|mut world| {
        let id = filled(&mut world);
        graded(&world, &id, "B2", &["0"]);
        graded(&world, &id, "A1", &["1"]);
        graded(&world, &id, "D4", &[]);
        let (all, part) = (world.read("chief", &id), world.read("alice", &id));
        assert_eq!(codes(&all), ["B2", "A1", ""]);
        assert_eq!(codes(&part), ["B2", ""], "numbered within the view");
        for shown in [&all, &part] {
            assert_eq!(code(shown.grade.as_ref()), "D4");
        }
        for name in ["chief", "alice"] {
            assert_eq!(code(world.list(name).records[0].grade.as_ref()), "D4");
        }
        // Who sees no portion that was graded hears nothing of it.
        let history = |name: &str| -> History {
            let record = id.clone();
            world.get(name, Request::History(RecordRef { record }))
        };
        let rows = |name: &str| -> Vec<(Vec<String>, String)> {
            let graded = history(name)
                .events
                .into_iter()
                .filter(|e| e.what == "graded");
            graded
                .map(|e| (e.portions.clone(), code(e.grade.as_ref())))
                .collect()
        };
        let row = |portions: &[&str], code: &str| {
            let portions = portions.iter().map(|p| (*p).to_owned()).collect();
            (portions, code.to_owned())
        };
        assert_eq!(
            rows("chief"),
            [row(&["0"], "B2"), row(&["1"], "A1"), row(&[], "D4")]
        );
        assert_eq!(rows("alice"), [row(&["0"], "B2"), row(&[], "D4")]);
    });
}

#[test]
fn a_later_grading_counts_and_the_earlier_stands_beside_it() {
    let mut world = small::room(3, strongroom_seal::Suite::Mock);
    let id = filled(&mut world);
    let mut filing = filing("b.txt");
    filing.marking = Some("Secret".to_owned());
    filing.judged = Judgement {
        grade: Some("F6".to_owned()),
        likelihood: Some("probable".to_owned()),
        confidence: Some("low".to_owned()),
    };
    filing.caution = Some("may have been exaggerated or made up".to_owned());
    let filed = world.file("chief", &filing, TEXT).unwrap();
    let as_filed = filed.records[0].record.clone();
    let shown = world.read("alice", &as_filed);
    let grade = shown.grade.as_ref().unwrap();
    let says = |judged: &Option<JudgedShown>| judged.as_ref().unwrap().says.clone();
    assert!(says(&grade.reliability).starts_with("unknown"));
    assert!(says(&grade.credibility).starts_with("unknown"));
    let likelihood = grade.likelihood.as_ref().unwrap();
    assert_eq!(
        (likelihood.term.as_str(), likelihood.percent),
        ("likely", [55, 80])
    );
    assert_eq!(
        (grade.confidence.as_deref(), &grade.by),
        (Some("low"), &None)
    );
    let field = |name: &str| {
        shown
            .header
            .iter()
            .find(|h| h.field == name)
            .map(|h| &h.value)
    };
    assert_eq!(
        field("caution").and_then(|v| v.as_str()),
        Some("may have been exaggerated or made up")
    );
    assert!(field("grade").is_some());
    assert_eq!(code(world.list("alice").records[1].grade.as_ref()), "F6");

    graded(&world, &as_filed, "C3", &[]);
    let second = graded(&world, &as_filed, "B2", &[]);
    assert_eq!(second.grade.by.as_deref(), Some("chief"));
    let shown = world.read("alice", &as_filed);
    assert_eq!(code(shown.grade.as_ref()), "B2");
    assert_eq!(shown.grade.unwrap().at, second.grade.at);
    assert!(shown.header.iter().any(|h| h.field == "grade"), "as filed");
    let history: History = world.get("alice", Request::History(RecordRef { record: as_filed }));
    let graded: Vec<&HistoryRow> = history
        .events
        .iter()
        .filter(|e| e.what == "graded")
        .collect();
    assert_eq!(graded.len(), 2);
    assert!(graded.iter().all(|row| row.who == "chief"));
    // It is the same when the room was closed meanwhile.
    world.reopen();
    world.sign_in("alice");
    assert_eq!(code(world.list("alice").records[1].grade.as_ref()), "B2");
    assert_eq!(code(world.read("alice", &id).grade.as_ref()), "");
}

/// A judgement of a version that is corrected later is not one of what it was before, nor the other way round unsaid.
#[test]
fn a_grading_of_the_whole_stands_with_the_version_that_it_was_made_of() {
    on_both_suites(|world| {
        let filed = world.file_text("chief", "A talk\n\nThe thing.\n", "Secret", 1);
        let id = filed.records[0].record.clone();
        let version = |n: usize| -> (String, Option<usize>) {
            let ask = Request::Read(ReadQuery {
                record: id.clone(),
                original: false,
                version: Some(n),
            });
            let shown: Shown = world.get("chief", ask);
            let of = shown.grade.as_ref().and_then(|g| g.of_version);
            (code(shown.grade.as_ref()), of)
        };
        graded(&world, &id, "B2", &[]);
        assert_eq!(version(1), ("B2".to_owned(), None));
        let _ = world.read("chief", &id);
        let again = Filing {
            marking: Some("Secret".to_owned()),
            correction: Some(Correcting {
                record: id.clone(),
                listened: vec!["the duty officer".to_owned()],
                changed: "a word".to_owned(),
                produced: "from the recording".to_owned(),
            }),
            ..filing("again.txt")
        };
        world
            .file("chief", &again, b"A talk\n\nAnother thing.\n")
            .unwrap();
        assert_eq!(version(1), ("B2".to_owned(), None));
        assert_eq!(
            version(2),
            ("B2".to_owned(), Some(1)),
            "it is said of which it is"
        );
        graded(&world, &id, "D4", &[]);
        assert_eq!(
            version(1),
            ("B2".to_owned(), None),
            "what was judged later is not of it"
        );
        assert_eq!(version(2), ("D4".to_owned(), None));
    });
}

#[test]
fn who_cannot_read_a_record_grades_nothing_and_learns_nothing() {
    let mut world = small::room(4, strongroom_seal::Suite::Mock);
    let id = filled(&mut world);
    let refused = world.refused("carol", grading(&id, "B2", &[]));
    let nothing = "0".repeat(26);
    let of_nothing = world.refused("carol", grading(&nothing, "B2", &[]));
    assert_eq!(
        (refused.code, &refused.message, &refused.hint),
        (of_nothing.code, &of_nothing.message, &of_nothing.hint)
    );
    assert_eq!(refused.code, Code::NotFound);
    assert_eq!(
        world.refused("alice", grading(&id, "B2", &[])).code,
        Code::NotAllowed
    );
    let wrong = |grade: Option<&str>, likelihood: Option<&str>, confidence: Option<&str>| {
        let text = |t: Option<&str>| t.map(str::to_owned);
        let ask = Grade {
            record: id.clone(),
            portions: Vec::new(),
            judged: Judgement {
                grade: text(grade),
                likelihood: text(likelihood),
                confidence: text(confidence),
            },
            request: None,
        };
        world.refused("chief", Request::Grade(ask))
    };
    for refused in [
        wrong(None, None, None),
        wrong(Some("Z9"), None, None),
        wrong(Some("B2"), Some("perhaps"), None),
        wrong(None, None, Some("total")),
    ] {
        assert_eq!(refused.code, Code::Invalid, "{refused:?}");
    }
    let refused = world.refused("chief", grading(&id, "B2", &["7"]));
    assert_eq!(refused.code, Code::NotFound);
}

/// What the house key opens of a grading tells that there is one, and under which labels; never what it says.
#[test]
fn a_grading_is_sealed_under_the_labels_of_what_it_grades() {
    on_both_suites(|mut world| {
        let id = filled(&mut world);
        graded(&world, &id, "B2", &["0", "1"]);
        let store = take(&world);
        let house = house(&world, &store);
        let at = forge::find(&house, &store, |e| matches!(e.act, Act::Graded { .. }));
        let event = forge::event_at(&house, &store, at);
        let labels: Vec<String> = event.sealed[0]
            .copies
            .iter()
            .map(|copy| match &copy.readable {
                SealedFor::Label(_, label) => small::policy().marking(label),
                SealedFor::Inspectors(_) => "the inspectors".to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(labels, ["Secret", "Top Secret & Secret"]);
        let words = encode(&Grading {
            source: Some("B2".parse().unwrap()),
            likelihood: None,
            confidence: None,
        });
        let copies = event.sealed[0].copies.iter();
        for sealed in copies.map(|copy| copy.sealed.as_slice()) {
            assert!(!sealed.windows(words.len()).any(|w| w == words));
        }
    });
}
