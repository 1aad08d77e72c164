//! The docket: what an inspector sees and never sees, placement practices, and that every look is recorded first.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::time::Duration;

use common::{World, approve, filing, restriction};
use strongroom_guard::Code;
use strongroom_guard::api::*;
use strongroom_guard::limits::DOCKET_QUESTIONS_MAX;
use strongroom_record::event::{Act, Look};
use strongroom_seal::Suite;

const VOLUME: &[u8] = include_bytes!("../../../examples/frus1969-76v12.xml.gz");

fn acts(room: &World) -> Vec<Act> {
    let store = small::loot(room);
    let events = forge::events(&small::house(room, &store), &store);
    events.into_iter().map(|e| e.act).collect()
}

/// A room with a records officer cleared for all but the caption, a reader, and an inspector.
fn room() -> World {
    let mut room = small::room(51, Suite::Mock);
    room.add_person("otto", &["records-officer", "reader"], "at-most Top Secret");
    room.add_person("rita", &["reader"], "at-most Secret");
    room.add_person("ines", &["inspector"], "inspectors");
    room
}

fn docket(room: &World, ask: DocketQuery) -> Docket {
    room.get("ines", Request::Docket(ask))
}

fn practice(words: &str, marking: Option<&str>) -> PracticeAdd {
    PracticeAdd {
        words: words.to_owned(),
        authority: "the Secretary".to_owned(),
        marking: marking.map(str::to_owned),
        from: None,
        until: None,
        request: None,
    }
}

fn add(room: &World, name: &str, ask: PracticeAdd) -> PracticeAdded {
    room.get(name, Request::PracticeAdd(ask))
}

// --- Practices ---

#[test]
fn a_practice_is_known_and_cited_by_officers_who_hold_its_label() {
    let room = room();
    let high = add(&room, "chief", practice("Calls go to NODIS at once", None));
    assert_eq!(high.marking, "Top Secret; Nodis", "its words name it");
    let low = add(
        &room,
        "chief",
        practice("Transcripts go to Secret", Some("Secret")),
    );
    let known = |name: &str| -> Vec<String> {
        let rows: PracticeRows = room.get(name, Request::PracticeList);
        rows.practices.into_iter().map(|p| p.words).collect()
    };
    let both = ["Calls go to NODIS at once", "Transcripts go to Secret"];
    assert_eq!(known("chief"), both);
    assert_eq!(known("ines"), both, "inspectors see all of them");
    assert_eq!(known("otto"), both[1..]);
    assert_eq!(
        room.refused("rita", Request::PracticeList).code,
        Code::NotAllowed
    );

    // For an officer who may not know of it, it is as if there were none.
    let cite = |id: &str| {
        let ask = Filing {
            practice: Some(id.to_owned()),
            marking: Some("Secret".to_owned()),
            ..filing("a.txt")
        };
        room.file("otto", &ask, b"Head\n\nText.\n")
    };
    let hidden = cite(&high.practice).unwrap_err();
    let none = cite("00000000000000000000000000").unwrap_err();
    assert_eq!(hidden, none);
    let ending = |id: &str| {
        room.refused(
            "otto",
            Request::PracticeEnd(PracticeEnd {
                practice: id.to_owned(),
                request: None,
            }),
        )
    };
    assert_eq!(ending(&high.practice), ending("00000000000000000000000000"));
    let filed = cite(&low.practice[..8]).unwrap();

    let ask = RecordRef {
        record: filed.records[0].record.clone(),
    };
    let history: History = room.get("chief", Request::History(ask));
    let why = history.events[0].statement.clone().unwrap();
    assert_eq!(why.practice, Some(low.practice));
}

#[test]
fn a_practice_is_cited_from_its_first_day_to_its_last_and_not_after_its_end() {
    let mut room = room();
    let dated = PracticeAdd {
        from: Some("2026-05-03".to_owned()),
        until: Some("2026-05-04".to_owned()),
        ..practice("For two days", Some("Secret"))
    };
    let id = add(&room, "chief", dated.clone()).practice;
    let cite = |room: &World, id: &str| {
        let ask = Filing {
            practice: Some(id.to_owned()),
            marking: Some("Secret".to_owned()),
            ..filing("a.txt")
        };
        room.file("chief", &ask, b"Head\n\nText.\n")
            .map_err(|r| r.code)
    };
    assert_eq!(cite(&room, &id).unwrap_err(), Code::Conflict, "not yet");
    room.clock.advance(Duration::from_secs(2 * 24 * 3600));
    room.sign_in("chief");
    assert!(cite(&room, &id).is_ok());
    room.clock.advance(Duration::from_secs(2 * 24 * 3600));
    room.sign_in("chief");
    assert_eq!(cite(&room, &id).unwrap_err(), Code::Conflict, "no longer");

    let id = add(&room, "chief", practice("Without an end", Some("Secret"))).practice;
    let end = Request::PracticeEnd(PracticeEnd {
        practice: id.clone(),
        request: None,
    });
    let _: PracticeEnded = room.get("chief", end.clone());
    assert_eq!(cite(&room, &id).unwrap_err(), Code::Conflict, "ended");
    assert_eq!(room.refused("chief", end).code, Code::Conflict);

    // The same when the state was taken up from what was kept.
    room.guard().keep_state().unwrap();
    room.reopen();
    room.sign_in("chief");
    assert_eq!(cite(&room, &id).unwrap_err(), Code::Conflict);
    let rows: PracticeRows = room.get("chief", Request::PracticeList);
    let told: Vec<_> = rows
        .practices
        .iter()
        .map(|p| (p.in_use, p.ended.is_some()))
        .collect();
    assert_eq!(told, [(false, false), (false, true)]);
}

#[test]
fn a_practice_that_makes_no_sense_is_refused() {
    let room = room();
    let refused = |ask: PracticeAdd| room.refused("otto", Request::PracticeAdd(ask)).code;
    assert_eq!(refused(practice(" ", None)), Code::Invalid);
    assert_eq!(refused(practice(&"x".repeat(5_000), None)), Code::Limit);
    assert_eq!(refused(practice("x", Some("Cosmic"))), Code::Invalid);
    assert_eq!(
        refused(practice("x", Some("Secret; Nodis"))),
        Code::NotAllowed
    );
    assert_eq!(
        refused(practice("Nodis goes there", None)),
        Code::NotAllowed
    );
    for (from, until) in [
        (Some("2026-05-10"), Some("2026-05-09")),
        (None, Some("2026-04-01")),
        (Some("soon"), None),
        (Some("2026-02-30"), None),
    ] {
        let ask = PracticeAdd {
            from: from.map(str::to_owned),
            until: until.map(str::to_owned),
            ..practice("x", None)
        };
        assert_eq!(refused(ask), Code::Invalid, "{from:?} {until:?}");
    }
    let reader = room.refused("rita", Request::PracticeAdd(practice("x", Some("Open"))));
    assert_eq!(reader.code, Code::NotAllowed);
}

// --- Bulk restriction ---

#[test]
fn what_bears_the_marking_already_is_left_out_of_a_bulk_and_named() {
    let room = room();
    let id = |n: u64, marking: &str| {
        let text = format!("Note {n}\n\nWords.\n");
        let filed = room.file_text("chief", &text, marking, n);
        filed.records[0].record.clone()
    };
    let (low, high, other) = (id(1, "Secret"), id(2, "Top Secret"), id(3, "Secret"));
    let Request::Restrict(one) = restriction(&low, "Top Secret", &[]) else {
        unreachable!()
    };
    let bulk = Restrict {
        records: vec![low.clone(), high.clone(), other.clone()],
        leave_unchanged: true,
        ..one
    };
    let preview = Restrict {
        dry_run: true,
        ..bulk.clone()
    };
    let would: Restricted = room.get("chief", Request::Restrict(preview));
    let done: Restricted = room.get("chief", Request::Restrict(bulk.clone()));
    for told in [&would, &done] {
        let records: Vec<_> = told.records.iter().map(|r| r.record.clone()).collect();
        assert_eq!(records, [low.clone(), other.clone()]);
        assert_eq!(told.unchanged, std::slice::from_ref(&high));
        assert!(told.records.iter().all(|r| r.lose_access == ["rita"]));
    }
    assert_eq!((would.receipts.len(), done.receipts.len()), (0, 2));
    assert_eq!(
        room.refused("chief", Request::Restrict(bulk)).code,
        Code::Conflict
    );
}

// --- The docket ---

/// Three records, one of them moved in under a practice, restricted, read, corrected and taken back.
fn busy(room: &World) -> (String, [String; 3]) {
    let practice = add(room, "otto", practice("Calls go to Secret", Some("Secret"))).practice;
    let moved = Filing {
        practice: Some(practice.clone()),
        marking: Some("Secret".to_owned()),
        from_system: Some("the old registry".to_owned()),
        already_held_by: vec!["the archive".to_owned()],
        ..filing("call.txt")
    };
    let text = b"Call with the Chancellor\n\nHe said the unsayable thing.\n";
    let first = room.file("otto", &moved, text).unwrap().records[0]
        .record
        .clone();
    let second = room.file_text("chief", "Second heading\n\nMore.\n", "Top Secret", 2);
    let second = second.records[0].record.clone();
    let third = room.file_text("chief", "Third heading\n\nMore still.\n", "Open", 3);
    let third = third.records[0].record.clone();
    let _ = (
        room.read("rita", &first),
        room.read("rita", &first),
        room.read("otto", &first),
    );
    room.restrict("chief", &first, "Nodis", &[]);
    (practice, [first, second, third])
}

#[test]
fn the_docket_says_who_when_why_and_under_what_and_never_the_words() {
    let room = room();
    let (practice, [first, second, _]) = busy(&room);
    let json = room
        .ask("ines", &Request::Docket(DocketQuery::default()))
        .unwrap();
    let text = String::from_utf8(json.clone()).unwrap();
    for words in [
        "Chancellor",
        "unsayable",
        "Second heading",
        "More",
        "Third heading",
    ] {
        assert!(!text.contains(words), "{words}");
    }
    let shown: Docket = serde_json::from_slice(&json).unwrap();
    let acts: Vec<&str> = shown.entries.iter().map(|e| e.act.as_str()).collect();
    assert_eq!(acts, ["filed", "filed", "filed", "restricted"]);
    assert_eq!((shown.more, shown.of), (false, 4));

    let filed = &shown.entries[0];
    assert_eq!(
        (filed.record.as_str(), filed.by.as_str()),
        (first.as_str(), "otto")
    );
    assert_eq!(
        (filed.original.as_str(), filed.present.as_str()),
        ("Secret", "Secret; Nodis")
    );
    let why = filed.statement.as_ref().unwrap();
    assert_eq!(why.practice.as_ref(), Some(&practice));
    assert_eq!(why.from_system.as_deref(), Some("the old registry"));
    assert_eq!(why.already_held_by, ["the archive"]);
    assert_eq!(why.reason, "foreign-relations");
    let readings: Vec<_> = filed
        .readings
        .by
        .iter()
        .map(|r| (r.name.as_str(), r.count))
        .collect();
    assert_eq!(
        (filed.readings.count, readings),
        (3, vec![("otto", 1), ("rita", 2)])
    );

    let restricted = &shown.entries[3];
    assert_eq!(restricted.from.as_deref(), Some("Secret"));
    assert_eq!(restricted.to.as_deref(), Some("Secret; Nodis"));
    let why = restricted.statement.as_ref().unwrap();
    assert_eq!(why.because, "names a channel that is still in use");
    assert_eq!(shown.entries[1].record, second);
}

#[test]
fn each_entry_tells_the_marking_of_its_time_also_after_a_lowering() {
    let mut room = room();
    room.add_person("olaf", &["records-officer", "reader"], "at-most Top Secret");
    let filed = room.file_text("otto", "A note\n\nThe first thing.\n", "Open", 1);
    let record = filed.records[0].record.clone();
    room.restrict("otto", &record, "Top Secret", &[]);
    let asked: RequestMade = room.get(
        "otto",
        Request::Ask(RequestAsk {
            ask: RequestFor::Lower {
                record: record.clone(),
                to: "Secret".to_owned(),
                portions: Vec::new(),
            },
            reason: Some("foreign-relations".to_owned()),
            authority: None,
            because: "it harms nobody any more".to_owned(),
            request: None,
        }),
    );
    let _: RequestDecided = room.get("olaf", approve(&asked.id));
    room.restrict("olaf", &record, "Top Secret", &[]);
    let shown = docket(&room, DocketQuery::default()).entries;
    let moved: Vec<_> = shown
        .iter()
        .filter_map(|e| Some((e.act.as_str(), e.from.as_deref()?, e.to.as_deref()?)))
        .collect();
    assert_eq!(
        moved,
        [
            ("restricted", "Open", "Top Secret & Open"),
            ("lowered", "Top Secret & Open", "Secret"),
            ("restricted", "Secret", "Top Secret & Secret"),
        ]
    );
    assert!(shown.iter().all(|e| e.original == "Open"));
}

#[test]
fn the_docket_is_for_inspectors_with_the_inspectors_keys() {
    let mut room = room();
    busy(&room);
    room.add_person("role-only", &["inspector"], "at-most Top Secret");
    let without = room.refused("role-only", Request::Docket(DocketQuery::default()));
    assert_eq!(without.code, Code::NotAllowed);
    assert!(without.message.contains("keys"));
    // The founder holds the keys and not the role.
    for name in ["chief", "otto", "rita"] {
        let refused = room.refused(name, Request::Docket(DocketQuery::default()));
        assert_eq!(refused.code, Code::NotAllowed);
        let refused = room.refused(name, Request::DocketChart(DocketChartQuery::default()));
        assert_eq!(refused.code, Code::NotAllowed);
    }
    // And an inspector reads nothing.
    let listed = room.refused("ines", Request::List(ListQuery::default()));
    assert_eq!(listed.code, Code::NotAllowed);
}

#[test]
fn every_look_is_an_event() {
    let room = room();
    busy(&room);
    let before = acts(&room).len();
    docket(&room, DocketQuery::default());
    let _: DocketChart = room.get("ines", Request::DocketChart(DocketChartQuery::default()));
    let _: PracticeRows = room.get("ines", Request::PracticeList);
    let looks: Vec<Look> = acts(&room)[before..]
        .iter()
        .map(|act| match act {
            Act::DocketShown { look } => *look,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(looks, [Look::Docket, Look::Chart, Look::Practices]);
}

#[test]
fn the_docket_is_asked_for_parts_and_page_by_page() {
    let room = room();
    let (practice, [first, ..]) = busy(&room);
    let acts = |ask: DocketQuery| -> Vec<String> {
        docket(&room, ask)
            .entries
            .into_iter()
            .map(|e| e.act)
            .collect()
    };
    let all = DocketQuery::default;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        acts(DocketQuery {
            act: some("restricted"),
            ..all()
        }),
        ["restricted"]
    );
    assert_eq!(
        acts(DocketQuery {
            record: Some(first[..10].to_owned()),
            ..all()
        }),
        ["filed", "restricted"]
    );
    assert_eq!(
        acts(DocketQuery {
            by: some("otto"),
            ..all()
        }),
        ["filed"]
    );
    assert_eq!(
        acts(DocketQuery {
            practice: Some(practice),
            ..all()
        }),
        ["filed"]
    );
    assert_eq!(
        acts(DocketQuery {
            marking: some("Nodis"),
            ..all()
        })
        .len(),
        2
    );
    assert_eq!(
        acts(DocketQuery {
            marking: some("Top Secret"),
            ..all()
        })
        .len(),
        1
    );
    assert_eq!(
        acts(DocketQuery {
            reason: some("foreign-relations"),
            ..all()
        })
        .len(),
        4
    );
    assert_eq!(
        acts(DocketQuery {
            from: some("2026-05-01"),
            to: some("2026-05-01"),
            ..all()
        })
        .len(),
        4
    );
    assert!(
        acts(DocketQuery {
            from: some("2026-05-02"),
            ..all()
        })
        .is_empty()
    );
    assert!(
        acts(DocketQuery {
            conversation_from: some("1900-01-01"),
            ..all()
        })
        .is_empty(),
        "none is dated"
    );

    let whole = docket(&room, all());
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = docket(
            &room,
            DocketQuery {
                limit: Some(3),
                after: after.clone(),
                ..all()
            },
        );
        paged.extend(page.entries.iter().map(|e| e.entry.clone()));
        assert_eq!(page.more, paged.len() < whole.entries.len());
        if !page.more {
            break;
        }
        after = paged.last().cloned();
    }
    let ids: Vec<_> = whole.entries.iter().map(|e| e.entry.clone()).collect();
    assert_eq!(paged, ids);
    let mut newest = docket(
        &room,
        DocketQuery {
            newest_first: true,
            ..all()
        },
    )
    .entries;
    newest.reverse();
    assert_eq!(newest.into_iter().map(|e| e.entry).collect::<Vec<_>>(), ids);

    let refused = |ask: DocketQuery| room.refused("ines", Request::Docket(ask)).code;
    for limit in [0, 1_001, usize::MAX] {
        assert_eq!(
            refused(DocketQuery {
                limit: Some(limit),
                ..all()
            }),
            Code::Invalid
        );
    }
    assert_eq!(
        refused(DocketQuery {
            act: some("opened"),
            ..all()
        }),
        Code::Invalid
    );
    assert_eq!(
        refused(DocketQuery {
            reason: some("because"),
            ..all()
        }),
        Code::Invalid
    );
    assert_eq!(
        refused(DocketQuery {
            marking: some("Cosmic"),
            ..all()
        }),
        Code::Invalid
    );
    assert_eq!(
        refused(DocketQuery {
            from: some("1969-02-30"),
            ..all()
        }),
        Code::Invalid
    );
    assert_eq!(
        refused(DocketQuery {
            from: some("2026-05-02"),
            to: some("2026-05-01"),
            ..all()
        }),
        Code::Invalid
    );
    assert_eq!(
        refused(DocketQuery {
            by: some("nobody"),
            ..all()
        }),
        Code::NotFound
    );
    assert_eq!(
        refused(DocketQuery {
            record: some("00000000"),
            ..all()
        }),
        Code::NotFound
    );
    assert_eq!(
        refused(DocketQuery {
            after: some("00000000"),
            ..all()
        }),
        Code::NotFound
    );
}

#[test]
fn the_chart_counts_by_month_reason_and_practice() {
    let mut room = room();
    let (practice, _) = busy(&room);
    room.clock.advance(Duration::from_secs(40 * 24 * 3600));
    for name in ["chief", "ines"] {
        room.sign_in(name);
    }
    room.file_text("chief", "Later\n\nMore.\n", "Open", 9);
    let chart: DocketChart = room.get("ines", Request::DocketChart(DocketChartQuery::default()));
    let told: Vec<_> = chart
        .counts
        .iter()
        .map(|c| {
            (
                c.month.as_str(),
                c.what.as_str(),
                c.practice.is_some(),
                c.count,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2026-05", "placed", false, 2),
            ("2026-05", "placed", true, 1),
            ("2026-05", "restricted", false, 1),
            ("2026-06", "placed", false, 1),
        ]
    );
    assert_eq!(
        chart.practices,
        [(practice, "Calls go to Secret".to_owned())]
    );
    let june = DocketChartQuery {
        from: Some("2026-06-01".to_owned()),
        to: None,
    };
    let june: DocketChart = room.get("ines", Request::DocketChart(june));
    assert_eq!(june.counts.len(), 1);
}

/// Of a real volume the docket has dates, places and participants, and no heading, no subject and no line of text.
#[test]
fn of_a_real_volume_the_docket_has_no_title_and_no_text() {
    let mut room = World::mock(52);
    room.add_person("ines", &["inspector"], "inspectors");
    let ask = Filing {
        unmarked_as: Some("Confidential".to_owned()),
        unknown_as: Some("handling".to_owned()),
        ..filing("frus1969-76v12.xml.gz")
    };
    let filed = room.file("chief", &ask, VOLUME).unwrap();
    let mut shown = String::new();
    let mut after = None;
    let mut dated = 0;
    let mut declared: Vec<String> = Vec::new();
    loop {
        let ask = DocketQuery {
            limit: Some(100),
            after: after.clone(),
            ..DocketQuery::default()
        };
        let json = room.ask("ines", &Request::Docket(ask)).unwrap();
        let page: Docket = serde_json::from_slice(&json).unwrap();
        shown.push_str(std::str::from_utf8(&json).unwrap());
        dated += page
            .entries
            .iter()
            .filter(|e| e.conversation.date.is_some())
            .count();
        let told = page.entries.iter().map(|e| &e.conversation);
        declared.extend(told.clone().flat_map(|c| c.participants.iter().cloned()));
        declared.extend(told.filter_map(|c| c.place.clone()));
        after = page.entries.last().map(|e| e.entry.clone());
        if !page.more {
            break;
        }
    }
    assert_eq!(filed.records.len(), 229);
    assert!(dated > 200, "{dated} are dated");
    let mut checked = 0;
    for row in &filed.records {
        let read = room.read("chief", &row.record);
        // Participants stand in the docket by right, wherever else their names stand by themselves.
        let by_right = |text: &str| declared.iter().any(|d| d.contains(text));
        let words = read.portions.iter().filter(|p| !by_right(&p.text));
        for portion in words.filter(|p| p.text.chars().count() >= 24) {
            let json = serde_json::to_string(&portion.text).unwrap();
            let text = json.trim_matches('"');
            assert!(
                !shown.contains(text),
                "{}: {} {text}",
                row.record,
                portion.kind
            );
            checked += 1;
        }
    }
    assert!(checked > 2_000, "{checked} texts were looked for");
}

// --- Custody and reconciling ---

const MEMCON: &str = "MEMORANDUM OF CONVERSATION\n\nDATE: February 14, 1969\nPLACE: The White House\nPARTICIPANTS:\nHenry A. Kissinger\nAnatoly Dobrynin\n\nThey spoke of the strait.\n";

fn custody(room: &World, name: &str, ask: CustodyQuery) -> Result<CustodyShown, Code> {
    let answer = room.ask(name, &Request::Custody(ask));
    answer
        .map(|json| serde_json::from_slice(&json).unwrap())
        .map_err(|refusal| refusal.code)
}

fn meeting(date: Option<&str>, participants: &[&str]) -> CustodyQuery {
    CustodyQuery {
        from: date.map(str::to_owned),
        to: date.map(str::to_owned),
        place: None,
        participants: participants.iter().map(|p| (*p).to_owned()).collect(),
        because: "an inquiry asks".to_owned(),
    }
}

/// The days on which the records of a volume are dated, with their places in it.
fn volume_room() -> (World, Docket) {
    let mut room = World::mock(53);
    room.add_person("ines", &["inspector"], "inspectors");
    let ask = Filing {
        unmarked_as: Some("Confidential".to_owned()),
        unknown_as: Some("handling".to_owned()),
        ..filing("frus1969-76v12.xml.gz")
    };
    room.file("chief", &ask, VOLUME).unwrap();
    let all = DocketQuery {
        limit: Some(1_000),
        ..DocketQuery::default()
    };
    let shown = docket(&room, all);
    (room, shown)
}

#[test]
fn custody_names_what_declares_the_meeting_and_what_is_silent_and_says_what_none_means() {
    let (room, shown) = volume_room();
    let whole = |date: &str| date.len() == 10;
    let dated: Vec<&str> = shown
        .entries
        .iter()
        .filter_map(|e| e.conversation.date.as_deref())
        .collect();
    let day = dated.iter().find(|d| whole(d)).unwrap();
    let undated = shown
        .entries
        .iter()
        .filter(|e| e.conversation.date.is_none());
    let undated = undated.count();
    let told = custody(&room, "ines", meeting(Some(day), &[])).unwrap();
    assert_eq!(
        (told.opened, told.silent.len()),
        (shown.entries.len(), undated)
    );
    assert!(!told.found.is_empty());
    assert!(
        told.found
            .iter()
            .any(|e| e.conversation.date.as_deref() == Some(*day))
    );
    assert!(
        told.statement
            .contains("these entries declare such a meeting")
    );

    let none = custody(&room, "ines", meeting(Some("1801-01-01"), &[])).unwrap();
    assert!(none.found.is_empty());
    assert_eq!(none.silent.len(), undated);
    assert!(none.statement.contains("none declares such a meeting"));
    assert!(
        none.statement
            .contains(&format!("opened {}", shown.entries.len()))
    );
    for entry in &none.silent {
        assert!(
            none.statement.contains(&entry.entry),
            "those without a date are named"
        );
    }

    let named = shown
        .entries
        .iter()
        .find(|e| !e.conversation.participants.is_empty());
    if let Some(named) = named {
        let who = named.conversation.participants[0].to_uppercase();
        let told = custody(&room, "ines", meeting(None, &[&who])).unwrap();
        assert!(told.found.iter().any(|e| e.record == named.record));
    }
}

#[test]
fn a_question_says_what_for_is_recorded_first_and_asked_so_often_and_no_more() {
    let room = room();
    room.try_file("chief", "memcon.txt", MEMCON.as_bytes(), Some("Secret"), 1)
        .unwrap();
    let before = acts(&room).len();
    assert!(custody(&room, "ines", meeting(Some("1969-02-14"), &[])).is_ok());
    let did = acts(&room);
    assert!(matches!(
        did[before],
        Act::DocketShown {
            look: Look::Custody
        }
    ));
    assert!(matches!(did[before + 1], Act::CustodyStated { .. }));
    let blank = CustodyQuery {
        because: "  ".to_owned(),
        ..meeting(Some("1969-02-14"), &[])
    };
    assert_eq!(custody(&room, "ines", blank).unwrap_err(), Code::Invalid);
    assert_eq!(
        custody(&room, "ines", meeting(None, &[])).unwrap_err(),
        Code::Invalid
    );
    for name in ["chief", "otto", "rita"] {
        let refused = custody(&room, name, meeting(Some("1969-02-14"), &[]));
        assert_eq!(refused.unwrap_err(), Code::NotAllowed);
    }
    // Words are fished for only so fast, and what is not of the docket is never found.
    let mut answered = 1;
    loop {
        match custody(&room, "ines", meeting(None, &["strait"])) {
            Ok(told) => {
                assert!(
                    told.found.is_empty(),
                    "a word of the text is no participant"
                );
                answered += 1;
            }
            Err(code) => {
                assert_eq!(code, Code::SlowDown);
                break;
            }
        }
    }
    assert_eq!(answered, DOCKET_QUESTIONS_MAX);
    let calls = ReconcileQuery {
        calls: vec![CallListed {
            line: 2,
            date: "1969-02-14".to_owned(),
            time: None,
            participants: Vec::new(),
            place: None,
        }],
        because: "an inquiry asks".to_owned(),
    };
    let refused = room.refused("ines", Request::Reconcile(calls.clone()));
    assert_eq!(refused.code, Code::SlowDown);
    room.clock.advance(Duration::from_secs(3_600));
    let _: Reconciled = room.get("ines", Request::Reconcile(calls));
}

#[test]
fn a_list_of_calls_is_set_against_a_real_volume() {
    let (room, shown) = volume_room();
    let dated = shown
        .entries
        .iter()
        .filter_map(|e| e.conversation.date.clone());
    let mut days: Vec<String> = dated.filter(|d| d.len() == 10).collect();
    days.sort();
    let alone = days.chunk_by(|a, b| a == b).find(|c| c.len() == 1).unwrap()[0].clone();
    let call = |line: usize, date: &str| CallListed {
        line,
        date: date.to_owned(),
        time: None,
        participants: Vec::new(),
        place: None,
    };
    let ask = ReconcileQuery {
        calls: vec![
            call(2, &alone),
            call(3, "1801-01-01"),
            call(4, "1999-12-31"),
        ],
        because: "an inquiry asks".to_owned(),
    };
    let told: Reconciled = room.get("ines", Request::Reconcile(ask));
    assert_eq!(told.opened, shown.entries.len());
    let missing: Vec<usize> = told.without_record.iter().map(|c| c.line).collect();
    assert_eq!(missing, [3, 4]);
    assert_eq!(told.matched + told.doubtful.len(), 1);
    assert!(!told.without_call.is_empty());
}

/// An inspector who fishes: a word at a time, as a place and as a participant, of what the docket never shows.
#[test]
fn words_are_fished_for_in_vain_slowly_and_before_the_eyes_of_the_others() {
    const TALK: &str = "ORCHID TALKS\n\nSUBJECT: Tanker route\nDATE: February 14, 1969\nPLACE: The White House\nPARTICIPANTS:\nHenry A. Kissinger\nAnatoly Dobrynin\n\nThey spoke of the strait and of Umbra.\n";
    const WORDS: [&str; 8] = [
        "orchid", "talks", "tanker", "route", "spoke", "strait", "umbra", "Secret",
    ];
    let mut room = room();
    room.add_person("ivo", &["inspector"], "inspectors");
    room.try_file("chief", "talk.txt", TALK.as_bytes(), Some("Secret"), 1)
        .unwrap();
    let facts: Docket = docket(&room, DocketQuery::default());
    let facts = &facts.entries[0].conversation;
    assert_eq!(facts.place.as_deref(), Some("The White House"));
    let mut asked = 0;
    let ask = |asked: &mut usize, place: Option<&str>, who: &[&str]| {
        *asked += 1;
        let question = CustodyQuery {
            place: place.map(str::to_owned),
            because: format!("fishing {asked}"),
            ..meeting(None, who)
        };
        let answer = room.ask("ines", &Request::Custody(question));
        answer.map(|json| (serde_json::from_slice(&json).unwrap(), json))
    };
    let shows_none_but = |json: &[u8], word: &str| {
        let text = String::from_utf8(json.to_vec()).unwrap().to_lowercase();
        for other in WORDS.iter().filter(|w| !w.eq_ignore_ascii_case(word)) {
            assert!(
                !text.contains(&other.to_lowercase()),
                "{word} showed {other}"
            );
        }
    };
    for word in WORDS {
        for (place, who) in [(Some(word), &[][..]), (None, &[word][..])] {
            let (told, json): (CustodyShown, _) = ask(&mut asked, place, who).unwrap();
            assert!(told.found.is_empty() && told.silent.is_empty(), "{word}");
            assert!(told.statement.contains("none declares such a meeting"));
            shows_none_but(&json, word);
        }
        let day = CallListed {
            line: 2,
            date: "1969-02-14".to_owned(),
            time: None,
            participants: vec![word.to_owned()],
            place: Some(word.to_owned()),
        };
        asked += 1;
        let calls = Request::Reconcile(ReconcileQuery {
            calls: vec![day],
            because: format!("fishing {asked}"),
        });
        let json = room.ask("ines", &calls).unwrap();
        let told: Reconciled = serde_json::from_slice(&json).unwrap();
        assert_eq!((told.matched, told.without_record.len()), (0, 1));
        shows_none_but(&json, word);
    }
    // What the docket does show is found, so the words above were sought where they would be.
    for (place, who) in [(Some("white"), &[][..]), (None, &["dobrynin"][..])] {
        let (told, _): (CustodyShown, _) = ask(&mut asked, place, who).unwrap();
        assert_eq!(told.found.len(), 1);
    }
    while asked < DOCKET_QUESTIONS_MAX {
        ask(&mut asked, None, &["strait"]).unwrap();
    }
    let refused = ask(&mut asked, None, &["strait"]).unwrap_err();
    assert_eq!(refused.code, Code::SlowDown);
    let hint = refused.hint.unwrap();
    assert!(hint.contains("you may ask again at 2026-05-01T"), "{hint}");

    // Another inspector sees how often and what for, and so does a later holder of the keys: it stands in the ledger.
    let asked = asked - 1;
    let report: Report = room.get("ivo", Request::Report(ReportQuery { year: 2026 }));
    assert_eq!(report.questions.len(), asked);
    for (n, question) in report.questions.iter().enumerate() {
        assert_eq!(
            (question.by.as_str(), question.because.as_str()),
            ("ines", format!("fishing {}", n + 1).as_str())
        );
    }
    assert!(report.questions[0].asked.contains("place \"orchid\""));
    let looks = acts(&room);
    let looks = looks.iter().filter(|act| {
        matches!(
            act,
            Act::DocketShown {
                look: Look::Custody | Look::Reconcile
            }
        )
    });
    assert_eq!(looks.count(), asked);
    let again: Report = room.get("ines", Request::Report(ReportQuery { year: 2025 }));
    assert!(again.questions.is_empty() && again.looks_by.is_empty());
    assert_eq!(
        report.looks_by["ines"],
        asked + 1,
        "and one look at the docket"
    );
}
