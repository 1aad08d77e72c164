//! Links between records: who may make them, and who sees them.

mod common;

use common::{World, filing};
use strongroom_guard::Code;
use strongroom_guard::api::*;

const CALL: &str = "A call\n\nMR. A: I said that.\n\nMR. B: He agreed.\n";

fn world(seed: u64) -> World {
    let mut world = World::mock(seed);
    world.add_person("anna", &["records-officer", "reader"], "at-most Secret");
    world.add_person("ben", &["reader"], "at-most Secret");
    world.add_person("carl", &["reader"], "at-most Confidential");
    world
}

fn file(world: &World, name: &str, text: &str, marking: &str, seed: u64) -> FiledRow {
    world.file_text(name, text, marking, seed).records[0].clone()
}

fn link(record: &str, to: &str, portion: Option<&str>, kind: &str) -> Request {
    Request::Link(LinkQuery {
        record: record.to_owned(),
        to: to.to_owned(),
        portion: portion.map(str::to_owned),
        kind: kind.to_owned(),
        request: None,
    })
}

fn with_link(kind: &str, to: &str, marking: &str) -> Filing {
    Filing {
        marking: Some(marking.to_owned()),
        link: Some(FiledLink {
            kind: kind.to_owned(),
            to: to.to_owned(),
            portion: None,
        }),
        ..filing("denial.txt")
    }
}

fn told(shown: &Shown) -> Vec<(&str, &str, Option<&str>)> {
    shown
        .links
        .iter()
        .map(|l| (l.what.as_str(), l.record.as_str(), l.portion.as_deref()))
        .collect()
}

#[test]
fn a_denial_is_shown_at_the_portion_to_those_who_see_both_ends() {
    let mut world = world(1);
    let call = file(&world, "anna", CALL, "Confidential", 1).record;
    let denial = file(&world, "anna", "A denial\n\nHe never did.\n", "Secret", 2).record;
    world.read("anna", &call);
    let done: LinkDone = world.get("anna", link(&denial, &call, Some("1"), "denial"));
    assert!(!done.receipt.is_empty());
    for _ in 0..2 {
        let shown = world.read("ben", &call);
        assert_eq!(told(&shown), [("denied-by", denial.as_str(), Some("1"))]);
        assert_eq!(
            told(&world.read("ben", &denial)),
            [("denies", call.as_str(), None)]
        );
        assert!(
            world.read("carl", &call).links.is_empty(),
            "the denial is above"
        );
        world.guard().keep_state().unwrap();
        world.reopen();
        for name in ["chief", "anna", "ben", "carl"] {
            world.sign_in(name);
        }
    }
    let twice = world.refused("anna", {
        world.read("anna", &call);
        link(&denial, &call, Some("1"), "denial")
    });
    assert_eq!(twice.code, Code::Conflict);
    // The portion rises: whoever does not see it sees no link about it, at either end.
    world.read("chief", &call);
    world.restrict("chief", &call, "Top Secret", &["1"]);
    assert!(world.read("ben", &call).links.is_empty());
    assert!(world.read("ben", &denial).links.is_empty());
    assert_eq!(world.read("chief", &call).links.len(), 1);
}

#[test]
fn a_link_stays_with_the_version_that_it_is_about() {
    let world = world(2);
    let call = file(&world, "anna", CALL, "Confidential", 1).record;
    let answer = file(
        &world,
        "anna",
        "An answer\n\nIt is so.\n",
        "Confidential",
        2,
    )
    .record;
    world.read("anna", &call);
    let _: LinkDone = world.get("anna", link(&answer, &call, Some("2"), "response"));
    let filing = Filing {
        marking: Some("Confidential".to_owned()),
        correction: Some(Correcting {
            record: call.clone(),
            listened: vec!["anna".to_owned()],
            changed: "a word".to_owned(),
            produced: "from notes".to_owned(),
        }),
        ..filing("again.txt")
    };
    world
        .file(
            "anna",
            &filing,
            CALL.replace("agreed", "did not").as_bytes(),
        )
        .unwrap();
    let newest = world.read("ben", &call);
    assert_eq!(told(&newest), [("answered-by", answer.as_str(), None)]);
    assert_eq!(newest.links[0].version, Some(1));
    let first: Shown = world.get(
        "ben",
        Request::Read(ReadQuery {
            record: call,
            version: Some(1),
            ..ReadQuery::default()
        }),
    );
    assert_eq!(told(&first), [("answered-by", answer.as_str(), Some("2"))]);
}

#[test]
fn links_are_refused_alike_for_what_is_hidden_and_what_is_nowhere() {
    let mut world = world(3);
    world.add_person("dora", &["records-officer"], "at-most Confidential");
    let call = file(&world, "anna", CALL, "Confidential", 1).record;
    let hidden = file(&world, "anna", CALL, "Secret", 2).record;
    let nowhere = "0".repeat(26);
    let answers: Vec<_> = [&hidden, &nowhere]
        .into_iter()
        .flat_map(|id| {
            let to = world.refused("dora", link(&call, id, None, "denial"));
            let from = world.refused("dora", link(id, &call, None, "denial"));
            let filed = world
                .file("dora", &with_link("denial", id, "Secret"), b"No\n\nNo.\n")
                .unwrap_err();
            let after = world
                .file(
                    "dora",
                    &with_link("successor", id, "Secret"),
                    b"No\n\nNo.\n",
                )
                .unwrap_err();
            [to, from, filed, after]
        })
        .map(|refusal| serde_json::to_string(&refusal).unwrap())
        .collect();
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:#?}");
    let own = world.refused("dora", link(&call, &call, None, "denial"));
    assert_eq!(own.code, Code::Conflict);
    assert_eq!(
        world
            .refused("dora", link(&call, &call, None, "praise"))
            .code,
        Code::Invalid
    );
    assert_eq!(
        world
            .refused("dora", link(&call, &call, None, "successor"))
            .code,
        Code::Invalid
    );
    assert_eq!(
        world
            .refused("ben", link(&call, &hidden, None, "denial"))
            .code,
        Code::NotAllowed
    );
    assert_eq!(world.list("chief").records.len(), 2, "nothing was filed");
}

#[test]
fn a_blind_filer_files_a_successor_by_id_or_receipt_and_learns_nothing() {
    let mut world = world(4);
    world.add_person("dora", &["records-officer", "reader"], "Unclassified");
    let own = file(&world, "dora", CALL, "Secret", 1);
    let others = file(&world, "anna", CALL, "Secret", 2);
    let done = world
        .file(
            "dora",
            &with_link("successor", &own.record, "Secret"),
            CALL.as_bytes(),
        )
        .unwrap();
    let next = &done.records[0];
    assert!(done.link.is_some());
    assert_eq!(
        told(&world.read("ben", &own.record)),
        [("succeeded-by", next.record.as_str(), None)]
    );
    assert_eq!(
        told(&world.read("ben", &next.record)),
        [("succeeds", own.record.as_str(), None)]
    );
    let by_receipt = world
        .file(
            "dora",
            &with_link("successor", &own.receipt, "Secret"),
            CALL.as_bytes(),
        )
        .unwrap();
    assert_eq!(world.read("ben", &own.record).links.len(), 2);
    assert!(by_receipt.link.is_some());
    for id in [
        &others.record,
        &others.receipt,
        &own.record[..20].to_owned(),
    ] {
        let refused = world
            .file(
                "dora",
                &with_link("successor", id, "Secret"),
                CALL.as_bytes(),
            )
            .unwrap_err();
        assert_eq!(refused.code, Code::NotFound, "{id}");
    }
    assert!(world.list("dora").records.is_empty());
    let listed = world.list("ben").records;
    let first = listed.iter().find(|row| row.id == own.record).unwrap();
    let instead = [&next.record, &by_receipt.records[0].record];
    assert_eq!(first.superseded_by.iter().collect::<Vec<_>>(), instead);
    // A successor that a reader may not see supersedes nothing for that reader.
    world.restrict("chief", &next.record, "Top Secret", &[]);
    let listed = world.list("ben").records;
    let first = listed.iter().find(|row| row.id == own.record).unwrap();
    assert_eq!(first.superseded_by.iter().collect::<Vec<_>>(), instead[1..]);
}

#[test]
fn a_retry_of_a_linked_filing_links_once() {
    let world = world(5);
    let call = file(&world, "anna", CALL, "Confidential", 1).record;
    let ask = Filing {
        request: Some(strongroom_record::RequestId::from_bytes([9; 16]).to_string()),
        ..with_link("denial", &call, "Confidential")
    };
    let text = b"A denial\n\nHe never did.\n";
    let done = world.file("anna", &ask, text).unwrap();
    let again = world.file("anna", &ask, text).unwrap();
    assert_eq!(again.resumed, 1);
    assert_eq!(again.link, done.link);
    assert_eq!(world.read("ben", &call).links.len(), 1);
    let several = Filing {
        link: ask.link.clone(),
        unmarked_as: Some("Secret".to_owned()),
        ..filing("frus1969-76v12.xml.gz")
    };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let volume = std::fs::read(folder.join("frus1969-76v12.xml.gz")).unwrap();
    assert_eq!(
        world.file("anna", &several, &volume).unwrap_err().code,
        Code::Unfit
    );
}
