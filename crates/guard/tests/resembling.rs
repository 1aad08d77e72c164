//! What is filed twice, nearly, is pointed out to a filer who may read the first; to nobody else.

mod common;

use common::{World, filing};
use strongroom_guard::api::*;
use strongroom_guard::limits::RESEMBLING_TOLD_MAX;
use strongroom_record::event::Role;

/// A talk of some hundred words, in which those from `n` on are others.
fn talk(of: &str, n: usize) -> String {
    let words = (0..120).map(|at| match at < n {
        true => format!("word{at}"),
        false => format!("{of}{at}"),
    });
    let words: Vec<String> = words.collect();
    let paragraphs: Vec<String> = words
        .chunks(20)
        .map(|p| format!("{}.", p.join(" ")))
        .collect();
    format!("A talk of {of}\n\n{}\n", paragraphs.join("\n\n"))
}

fn file(world: &World, who: &str, marking: &str, text: &str) -> FilingDone {
    let ask = Filing {
        marking: Some(marking.to_owned()),
        ..filing("talk.txt")
    };
    world.file(who, &ask, text.as_bytes()).unwrap()
}

fn world(seed: u64) -> World {
    let mut world = World::mock(seed);
    let both = [Role::RecordsOfficer.word(), Role::Reader.word()];
    world.add_person("low", &both, "at-most Secret");
    world.add_person("blind", &[Role::RecordsOfficer.word()], "at-most Secret");
    world.sign_in("low");
    world.sign_in("blind");
    world
}

#[test]
fn what_is_much_like_what_the_filer_may_read_is_pointed_out() {
    let mut world = world(1);
    let first = file(&world, "chief", "Secret", &talk("first", 120));
    assert!(first.resembling.is_empty());
    let record = &first.records[0].record;
    let near = file(&world, "low", "Secret", &talk("near", 110));
    let [like] = near.resembling.as_slice() else {
        panic!("{near:?}");
    };
    assert_eq!(
        (&like.record, &like.source),
        (record, &near.records[0].source)
    );
    assert!(
        (60..100).contains(&like.like_percent),
        "{}",
        like.like_percent
    );
    // Other words are not alike, and short texts are not compared.
    assert!(
        file(&world, "low", "Secret", &talk("far", 10))
            .resembling
            .is_empty()
    );
    for _ in 0..2 {
        assert!(
            file(&world, "low", "Secret", "A talk\n\nWords.\n")
                .resembling
                .is_empty()
        );
    }
    // Who may read nothing is told nothing.
    assert!(
        file(&world, "blind", "Secret", &talk("near", 110))
            .resembling
            .is_empty()
    );
    // It is a listing, and stands in the ledger before it is told.
    let receipts: Receipts = world.get("low", Request::Receipt(ReceiptQuery::default()));
    assert!(receipts.receipts.iter().any(|r| r.what == "listed"));
    // In another session as well, and from what can be seen by then alone.
    world.reopen();
    world.sign_in("chief");
    world.sign_in("low");
    let again = file(&world, "low", "Secret", &talk("near", 110));
    assert_eq!(again.resembling.len(), 3, "the first and two that are near");
    let seen = |done: &FilingDone| done.resembling.iter().any(|l| &l.record == record);
    assert!(seen(&again));
    world.restrict("chief", record, "Top Secret", &[]);
    assert!(!seen(&file(&world, "low", "Secret", &talk("near", 110))));
}

#[test]
fn the_list_has_an_end() {
    let world = world(2);
    let mut last = 0;
    for _ in 0..RESEMBLING_TOLD_MAX + 3 {
        last = file(&world, "chief", "Secret", &talk("one", 120))
            .resembling
            .len();
    }
    assert_eq!(last, RESEMBLING_TOLD_MAX);
}

/// Two rooms that differ in what lies above a filer.
#[test]
fn what_lies_above_is_like_nothing() {
    let play = |above: &[&str]| {
        let world = world(3);
        let part = file(&world, "chief", "Secret", &talk("part", 60)).records[0]
            .record
            .clone();
        for text in above {
            file(&world, "chief", "Top Secret", text);
        }
        world.read("chief", &part);
        world.restrict("chief", &part, "Top Secret", &["4"]);
        let talks = [talk("near", 115), talk("part", 60)];
        talks.map(|text| {
            let done = file(&world, "low", "Secret", &text);
            serde_json::to_string(&done).unwrap()
        })
    };
    let same = [talk("near", 120), talk("part", 60)];
    let same: Vec<&str> = same.iter().map(String::as_str).collect();
    assert_eq!(
        play(&same),
        play(&["Another talk\n\nWords.\n", "A third\n\nWords.\n"])
    );
}

/// How much is alike follows from the newest version in view, wherever portions above stand in that or in another.
#[test]
fn portions_above_move_nothing_of_what_is_alike() {
    let play = |above: &str| {
        let world = world(4);
        let paragraphs = talk("part", 60);
        let (heading, words) = paragraphs.split_once("\n\n").unwrap();
        let text = format!("{heading}\n\n{above}{words}");
        let part = file(&world, "chief", "Secret", &text).records[0]
            .record
            .clone();
        let shown = world.read("chief", &part);
        let hidden = shown.portions.iter().filter(|p| p.text.contains("above"));
        let hidden: Vec<&str> = hidden.map(|p| p.id.as_str()).collect();
        world.restrict("chief", &part, "Top Secret", &hidden);
        let correction = Filing {
            marking: Some("Secret".to_owned()),
            correction: Some(Correcting {
                record: part,
                listened: vec!["low".to_owned()],
                changed: "all of it".to_owned(),
                produced: "from notes".to_owned(),
            }),
            ..filing("again.txt")
        };
        world
            .file("low", &correction, talk("next", 100).as_bytes())
            .unwrap();
        [talk("next", 100), talk("part", 60)].map(|text| {
            let like = file(&world, "low", "Secret", &text).resembling;
            like.iter().map(|l| l.like_percent).collect::<Vec<_>>()
        })
    };
    let [newest, before] = play("Once above.\n\n");
    assert_eq!((newest.as_slice(), before.len()), ([100].as_slice(), 0));
    let much = "Many above.\n\n".repeat(7);
    assert_eq!([newest, before], play(&much));
}
