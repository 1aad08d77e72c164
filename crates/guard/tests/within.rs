//! Files of a folder: each is filed once by each person, whatever was interrupted, and its receipts are the answer to
//! whoever files it again.

mod common;

use std::ops::ControlFlow;

use common::{PEER, World, filing};
use strongroom_guard::api::{Correcting, FiledLink, Filing, FilingDone};
use strongroom_guard::{Code, Refusal};

fn within(path: &str, marking: &str) -> Filing {
    let name = path.rsplit('/').next().unwrap_or(path);
    Filing {
        marking: Some(marking.to_owned()),
        within: Some(path.to_owned()),
        ..filing(name)
    }
}

fn ids(done: &FilingDone) -> Vec<(&str, &str)> {
    let rows = done.records.iter();
    rows.map(|r| (r.record.as_str(), r.receipt.as_str()))
        .collect()
}

#[test]
fn the_same_file_of_a_folder_is_filed_once_by_each() {
    let mut world = World::mock(1);
    world.add_person("kim", &["records-officer", "reader"], "at-most Secret");
    world.sign_in("kim");
    let ask = within("in/a.txt", "Secret");
    let first = world.file("chief", &ask, b"Words.").unwrap();
    assert_eq!((first.records.len(), first.resumed), (1, 0));
    let again = world.file("chief", &ask, b"Words.").unwrap();
    assert!(again.complete);
    assert_eq!((again.resumed, ids(&again)), (1, ids(&first)));
    assert_eq!(again.records[0].banner, first.records[0].banner);
    assert_eq!(again.filing, first.filing);

    // What is said of it later changes nothing: it is in.
    let other = world.file("chief", &within("in/a.txt", "Top Secret"), b"Words.");
    assert_eq!(ids(&other.unwrap()), ids(&first));
    // Another file, another place, another person: each is another filing.
    let mut all = vec![first];
    for (who, path, bytes) in [
        ("chief", "in/a.txt", "Other words."),
        ("chief", "in/b.txt", "Words."),
        ("kim", "in/a.txt", "Words."),
    ] {
        let ask = within(path, "Secret");
        let done = world.file(who, &ask, bytes.as_bytes()).unwrap();
        assert!(all.iter().all(|d| ids(d) != ids(&done)) && done.resumed == 0);
        all.push(done);
    }
    assert_eq!(world.list("chief").readable, 4);
    world.reopen();
    world.sign_in("chief");
    let again = world.file("chief", &ask, b"Words.").unwrap();
    assert_eq!(ids(&again), ids(&all[0]));
}

#[test]
fn what_was_restricted_since_is_told_as_it_was_filed() {
    let mut world = World::mock(2);
    world.add_person("kim", &["records-officer"], "at-most Confidential");
    world.sign_in("kim");
    let ask = within("in/a.txt", "Secret; Nodis");
    let first = world.file("kim", &ask, b"Words.").unwrap();
    assert_eq!(first.blind.len(), 1);
    world.restrict("chief", &first.records[0].record, "Top Secret", &[]);
    let again = world.file("kim", &ask, b"Words.").unwrap();
    assert_eq!(again.records[0].banner, first.records[0].banner);
}

#[test]
fn an_interrupted_file_is_gone_on_with() {
    let world = World::mock(3);
    const RECORDS: usize = 600;
    let documents = (0..RECORDS).map(|n| {
        format!(
            "<div type=\"document\" xml:id=\"d{n}\"><head>{n}. Talk</head><p>Words.</p></div>\n"
        )
    });
    let bytes = format!(
        "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">{}</TEI>",
        documents.collect::<String>()
    );
    let bytes = bytes.as_bytes();
    let ask = Filing {
        unmarked_as: Some("Secret".to_owned()),
        within: Some("in/talks.xml".to_owned()),
        ..filing("talks.xml")
    };
    let file = |ask: &Filing, stop: bool| -> Result<FilingDone, Refusal> {
        let mut on = |_| match stop {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let token = &world.tokens["chief"];
        let done = world.guard().file(token, PEER, ask, bytes, &mut on)?;
        Ok(serde_json::from_slice(done.json()).unwrap())
    };
    let part = file(&ask, true).unwrap();
    assert!(!part.complete && !part.records.is_empty());
    // The rest goes in as the beginning did, or not at all.
    let other = Filing {
        marking: Some("Top Secret".to_owned()),
        ..ask.clone()
    };
    assert_eq!(file(&other, false).unwrap_err().code, Code::Conflict);
    let whole = file(&ask, false).unwrap();
    assert_eq!(
        (whole.records.len(), whole.resumed),
        (RECORDS, part.records.len())
    );
    assert_eq!(ids(&whole)[..part.records.len()], ids(&part)[..]);
    assert_eq!(ids(&file(&ask, false).unwrap()), ids(&whole));
    assert_eq!(world.list("chief").readable, RECORDS);
}

/// A link is made after its record, and a version is known by no frame: a file of a folder that was interrupted between
/// the two would be taken for one that is in.
#[test]
fn what_is_linked_or_corrected_is_filed_by_itself() {
    let world = World::mock(5);
    let first = world.file("chief", &within("in/a.txt", "Secret"), b"Words.");
    let record = first.unwrap().records[0].record.clone();
    let link = Some(FiledLink {
        kind: "denial".to_owned(),
        to: record.clone(),
        portion: None,
    });
    let correction = Some(Correcting {
        record,
        listened: vec!["the duty officer".to_owned()],
        changed: "a word".to_owned(),
        produced: "from notes".to_owned(),
    });
    let ask = || within("in/b.txt", "Secret");
    for ask in [
        Filing { link, ..ask() },
        Filing {
            correction,
            ..ask()
        },
    ] {
        let refused = world.file("chief", &ask, b"Other words.").unwrap_err();
        assert_eq!(refused.code, Code::Invalid);
        assert!(refused.hint.unwrap().contains("by itself"));
    }
    assert_eq!(world.list("chief").readable, 1);
}

#[test]
fn a_path_has_its_bound() {
    let world = World::mock(4);
    let long = format!("in/{}", "x".repeat(16 << 10));
    let refused = world.file("chief", &within(&long, "Secret"), b"Words.");
    assert_eq!(refused.unwrap_err().code, Code::Limit);
}
