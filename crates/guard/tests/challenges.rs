//! Challenges: who may dispute the placing of a record, who must answer, and what others learn of it: nothing.

mod common;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::time::Duration;

use common::World;
use strongroom_guard::api::*;
use strongroom_guard::limits::CHALLENGES_OPEN_MAX;
use strongroom_guard::{Code, Refusal};
use strongroom_seal::Suite;

fn room() -> World {
    let mut room = small::room(61, Suite::Mock);
    room.add_person("otto", &["records-officer", "reader"], "at-most Secret");
    room.add_person("rita", &["reader"], "at-most Secret");
    room.add_person("olga", &["records-officer", "reader"], "Open");
    room.add_person("ines", &["inspector"], "inspectors");
    room
}

fn file(room: &World, name: &str, seed: u64) -> String {
    let filed = room.file_text(name, &format!("Note {seed}\n\nWords.\n"), "Secret", seed);
    filed.records[0].record.clone()
}

fn ask(record: &str, receipt: Option<&str>) -> ChallengeAsk {
    ChallengeAsk {
        record: Some(record.to_owned()),
        because: "this is in the newspapers".to_owned(),
        receipt: receipt.map(str::to_owned),
        alleges: None,
        request: None,
    }
}

fn challenge(room: &World, name: &str, ask: ChallengeAsk) -> ChallengeMade {
    room.get(name, Request::Challenge(ask))
}

fn challenges(room: &World, name: &str) -> Vec<ChallengeRow> {
    let rows: ChallengeRows = room.get(name, Request::Challenges);
    rows.challenges
}

fn answer(challenge: &str, outcome: &str) -> Request {
    Request::AnswerChallenge(ChallengeAnswer {
        challenge: challenge.to_owned(),
        outcome: outcome.to_owned(),
        because: "it names a source".to_owned(),
        request: None,
    })
}

fn refused(room: &World, name: &str, request: Request) -> Refusal {
    room.refused(name, request)
}

#[test]
fn a_reader_challenges_the_owner_answers_and_both_and_the_inspectors_read_why() {
    let room = room();
    let record = file(&room, "otto", 1);
    let made = challenge(&room, "rita", ask(&record[..10], None));
    for name in ["rita", "otto", "ines"] {
        let rows = challenges(&room, name);
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(
            rows[0].because.as_deref(),
            Some("this is in the newspapers"),
            "{name}"
        );
        assert_eq!(
            (rows[0].status.as_str(), rows[0].yours_to_answer),
            ("open", name == "otto")
        );
    }
    assert_eq!(
        refused(&room, "rita", answer(&made.challenge, "upheld")).code,
        Code::NotFound
    );
    assert_eq!(
        refused(&room, "ines", answer(&made.challenge, "upheld")).code,
        Code::NotFound
    );
    assert_eq!(
        refused(&room, "otto", answer(&made.challenge, "maybe")).code,
        Code::Invalid
    );
    let _: ChallengeAnswered = room.get("otto", answer(&made.challenge[..8], "partly"));
    let again = refused(&room, "otto", answer(&made.challenge, "rejected"));
    assert_eq!(again.code, Code::Conflict);
    for name in ["rita", "otto", "ines"] {
        let row = challenges(&room, name).remove(0);
        assert_eq!(
            (row.status.as_str(), row.yours_to_answer),
            ("partly", false)
        );
        let answer = row.answer.unwrap();
        assert_eq!(answer.by, "otto");
        assert_eq!(
            answer.because.as_deref(),
            Some("it names a source"),
            "{name}"
        );
    }
}

#[test]
fn who_once_read_it_challenges_with_the_reading_and_who_never_did_is_told_nothing() {
    let room = room();
    let filed = room.file_text("otto", "Note 1\n\nWords.\n", "Secret", 1);
    let (record, filing) = (filed.records[0].record.clone(), &filed.records[0].receipt);
    let reading = room.read("rita", &record).copy;
    room.restrict("chief", &record, "Nodis", &[]);
    // Neither olga, who never held its label, nor otto, who filed it and never read it, has read it.
    let nothing = refused(
        &room,
        "olga",
        Request::Challenge(ask("00000000000000000000000000", None)),
    );
    for (name, receipt) in [
        ("olga", None),
        ("olga", Some(reading.as_str())),
        ("otto", None),
    ] {
        let told = refused(&room, name, Request::Challenge(ask(&record, receipt)));
        assert_eq!(told, nothing, "{name}");
    }
    let other = refused(
        &room,
        "rita",
        Request::Challenge(ask(&record, Some("00000000"))),
    );
    assert_eq!(other, nothing);
    // The receipt names the record: nothing else is needed, and only a receipt of a reading is one.
    let by_receipt = |receipt: &str| ChallengeAsk {
        record: None,
        ..ask("", Some(receipt))
    };
    let made = challenge(&room, "rita", by_receipt(&reading));
    let once = refused(
        &room,
        "rita",
        Request::Challenge(ask(&record, Some(&reading))),
    );
    assert_eq!(once.code, Code::Conflict);
    assert!(once.message.contains(&made.challenge), "{once:?}");
    for (name, receipt, code) in [
        ("rita", made.receipt.as_str(), Code::Invalid),
        ("rita", "00000000", Code::NotFound),
        ("olga", reading.as_str(), Code::NotFound),
        ("otto", filing.as_str(), Code::Invalid),
    ] {
        let told = refused(&room, name, Request::Challenge(by_receipt(receipt)));
        assert_eq!(told.code, code, "{name} {told:?}");
    }
    let neither = ChallengeAsk {
        record: None,
        ..ask("", None)
    };
    assert_eq!(
        refused(&room, "rita", Request::Challenge(neither)).code,
        Code::Invalid
    );
    assert!(challenges(&room, "olga").is_empty());
    // Its filer can read it no more, and answers for it.
    let own = challenges(&room, "otto");
    assert!(own.iter().all(|c| c.yours_to_answer && c.because.is_some()));
    let _: ChallengeAnswered = room.get("otto", answer(&made.challenge, "upheld"));
    // Once it is answered another may follow. Without the receipt's id the room finds the reading.
    challenge(&room, "rita", ask(&record, None));
    assert_eq!(challenges(&room, "rita").len(), 2);
    // So does another officer who reads it.
    let rest = challenges(&room, "chief");
    let open = rest
        .iter()
        .find(|c| c.yours_to_answer)
        .unwrap()
        .challenge
        .clone();
    let _: ChallengeAnswered = room.get("chief", answer(&open, "rejected"));
    let hidden = refused(&room, "olga", answer(&open, "rejected"));
    let none = refused(
        &room,
        "olga",
        answer("00000000000000000000000000", "rejected"),
    );
    assert_eq!(hidden, none);
}

#[test]
fn what_is_overdue_is_told_to_its_owner_and_to_inspectors_and_counted() {
    let mut room = room();
    let record = file(&room, "otto", 1);
    let first = challenge(&room, "rita", ask(&record, None));
    challenge(&room, "chief", ask(&record, None));
    let _: ChallengeAnswered = room.get("otto", answer(&first.challenge, "upheld"));
    let told = |room: &mut World, name: &str| room.sign_in(name).notices.join("\n");
    assert!(
        told(&mut room, "otto")
            .contains("1 challenge of what you filed to be answered, 0 of them overdue")
    );
    assert!(!told(&mut room, "ines").contains("overdue"));
    room.guard().keep_state().unwrap();
    room.reopen();
    room.clock.advance(Duration::from_secs(60 * 24 * 3_600));
    assert!(
        told(&mut room, "otto")
            .contains("1 challenge of what you filed to be answered, 1 of them overdue")
    );
    assert!(told(&mut room, "ines").contains("1 challenge overdue"));
    assert!(!told(&mut room, "olga").contains("challenge"));
    assert!(!told(&mut room, "rita").contains("challenge"));
    let report: Report = room.get("ines", Request::Report(ReportQuery { year: 2026 }));
    assert_eq!((report.placements, report.restrictions), (1, 0));
    let challenges = &report.challenges;
    assert_eq!(
        (
            challenges.received,
            challenges.answered,
            challenges.upheld,
            challenges.overdue
        ),
        (2, 1, 1, 1)
    );
    assert_eq!(report.looks, 1, "this one");
    let other: Report = room.get("ines", Request::Report(ReportQuery { year: 2025 }));
    assert_eq!((other.placements, other.challenges.received), (0, 0));
    // What a year without figures is, is said; and what is no year is refused.
    let remark = |year| {
        let report: Report = room.get("ines", Request::Report(ReportQuery { year }));
        report.remark.unwrap_or_default()
    };
    assert!(remark(2025).contains("founded after this year, on 2026-"));
    assert!(remark(2026).contains("is not over"));
    assert!(remark(2027).contains("has not begun"));
    for year in [0, 1, 1969, 10_000, u16::MAX] {
        let refused = refused(&room, "ines", Request::Report(ReportQuery { year }));
        assert_eq!(refused.code, Code::Invalid);
        assert!(refused.hint.unwrap().contains("1970"));
    }
    let docket: Docket = room.get("ines", Request::Docket(DocketQuery::default()));
    let status: Vec<&str> = docket.entries[0]
        .challenges
        .iter()
        .map(|c| c.status.as_str())
        .collect();
    assert_eq!(status, ["upheld", "overdue"]);
}

#[test]
fn what_makes_no_sense_and_what_is_too_much_is_refused() {
    let room = room();
    let record = file(&room, "otto", 1);
    let blank = ChallengeAsk {
        because: " ".to_owned(),
        ..ask(&record, None)
    };
    assert_eq!(
        refused(&room, "rita", Request::Challenge(blank)).code,
        Code::Invalid
    );
    let unknown = ChallengeAsk {
        alleges: Some("boredom".to_owned()),
        ..ask(&record, None)
    };
    assert_eq!(
        refused(&room, "rita", Request::Challenge(unknown)).code,
        Code::Invalid
    );
    assert_eq!(
        refused(&room, "ines", Request::Challenge(ask(&record, None))).code,
        Code::NotAllowed
    );
    challenge(&room, "rita", ask(&record, None));
    for seed in 2..=CHALLENGES_OPEN_MAX as u64 {
        let other = file(&room, "otto", seed);
        challenge(&room, "rita", ask(&other, None));
    }
    let another = file(&room, "otto", 1_000);
    assert_eq!(
        refused(&room, "rita", Request::Challenge(ask(&another, None))).code,
        Code::Limit
    );
    assert_eq!(challenges(&room, "rita").len(), CHALLENGES_OPEN_MAX);
}

#[test]
fn a_forbidden_purpose_that_is_alleged_is_named_as_the_policy_has_it_and_counted() {
    let mut room = World::mock(62);
    room.add_person("ines", &["inspector"], "inspectors");
    room.add_person("rita", &["reader"], "at-most Secret");
    for (seed, purpose) in (1..).zip(["unlawfulness", "error", "embarrassment"]) {
        let record = file(&room, "chief", seed);
        let ask = ChallengeAsk {
            alleges: Some(purpose.to_owned()),
            ..ask(&record, None)
        };
        challenge(&room, "rita", ask);
    }
    let report: Report = room.get("ines", Request::Report(ReportQuery { year: 2026 }));
    let alleged: Vec<(String, usize)> = report.challenges.alleged.into_iter().collect();
    assert_eq!(
        alleged,
        [
            ("conceal-violation".to_owned(), 2),
            ("embarrassment".to_owned(), 1)
        ]
    );
}

// --- Owners who are away, and who have left ---

fn acting(room: &World, principal: &str, deputy: &str) {
    let ask = Request::Ask(RequestAsk {
        ask: RequestFor::Acting {
            deputy: deputy.to_owned(),
            principal: Some(principal.to_owned()),
            until: "2026-05-20".to_owned(),
        },
        reason: None,
        authority: None,
        because: "on leave".to_owned(),
        request: None,
    });
    let made: RequestMade = room.get(principal, ask);
    let approve = Request::Approve(Approve {
        id: made.id,
        request: None,
    });
    let decided: RequestDecided = room.get("chief", approve);
    assert!(decided.carried_out);
}

#[test]
fn a_deputy_answers_for_the_owner_and_neither_of_two_that_are_one_hand_for_himself() {
    let mut room = room();
    room.add_person("dora", &["reader"], "at-most Secret");
    room.add_person("dina", &["reader"], "Open");
    let record = file(&room, "otto", 1);
    let early = challenge(&room, "rita", ask(&record, None));
    let nothing = refused(&room, "dora", answer(&early.challenge, "upheld"));
    assert_eq!(nothing.code, Code::NotFound);
    assert!(challenges(&room, "dora").is_empty());
    acting(&room, "otto", "dora");
    acting(&room, "otto", "dina");
    let another = file(&room, "otto", 2);
    let later = challenge(&room, "rita", ask(&another, None));
    let told = room.sign_in("dora").notices.join("\n");
    assert!(
        told.contains(
            "2 challenges of what those filed for whom you stand to be answered, 0 of them overdue"
        ),
        "{told}"
    );
    // To stand for somebody is to know of no more records than before.
    let told = room.sign_in("dina").notices.join("\n");
    assert!(!told.contains("challenge"), "{told}");
    assert!(challenges(&room, "dina").is_empty());
    assert_eq!(
        refused(&room, "dina", answer(&later.challenge, "upheld")),
        nothing
    );
    let rows = challenges(&room, "dora");
    let read: Vec<(bool, bool)> = rows
        .iter()
        .map(|row| (row.yours_to_answer, row.because.is_some()))
        .collect();
    assert_eq!(read, [(true, true), (true, true)]);
    let _: ChallengeAnswered = room.get("dora", answer(&later.challenge, "rejected"));
    for name in ["rita", "otto", "ines"] {
        let rows = challenges(&room, name);
        let given = rows[1].answer.as_ref().unwrap();
        assert_eq!(
            (given.by.as_str(), given.acting_for.as_deref()),
            ("dora", Some("otto"))
        );
        assert!(given.because.is_some(), "{name}");
    }
    // Who challenged does not have it answered by a deputy of his own, nor as the deputy of the owner.
    room.add_person("olaf", &["records-officer", "reader"], "at-most Secret");
    acting(&room, "rita", "olaf");
    assert_eq!(
        refused(&room, "olaf", answer(&early.challenge, "upheld")),
        nothing
    );
    // The state taken up from what was kept says the same, and so does the whole ledger.
    room.guard().keep_state().unwrap();
    room.reopen();
    for name in ["otto", "dora"] {
        room.sign_in(name);
        assert_eq!(challenges(&room, name).len(), 2, "{name}");
    }
    room.clock.advance(Duration::from_secs(20 * 24 * 3_600));
    room.sign_in("dora");
    assert!(challenges(&room, "dora").is_empty(), "her time is over");
    assert_eq!(
        refused(&room, "dora", answer(&early.challenge, "upheld")),
        nothing
    );
    room.sign_in("otto");
    let _: ChallengeAnswered = room.get("otto", answer(&early.challenge, "upheld"));
}

#[test]
fn nothing_waits_for_an_owner_who_has_left() {
    let mut room = room();
    room.add_person("olaf", &["records-officer", "reader"], "at-most Secret");
    let record = file(&room, "otto", 1);
    let made = challenge(&room, "rita", ask(&record, None));
    assert!(
        !room
            .sign_in("olaf")
            .notices
            .join("\n")
            .contains("challenged")
    );
    let depart = Request::Depart(Depart {
        name: "otto".to_owned(),
        because: "retired".to_owned(),
        request: None,
    });
    let _: DepartDone = room.get("chief", depart);
    room.clock.advance(Duration::from_secs(60 * 24 * 3_600));
    let told = room.sign_in("olaf").notices.join("\n");
    assert!(
        told.contains(
            "1 challenge of what those filed who have left to be answered, 1 of them overdue"
        ),
        "{told}"
    );
    // Olga reads nothing of it: she is told nothing.
    assert!(
        !room
            .sign_in("olga")
            .notices
            .join("\n")
            .contains("challenge")
    );
    assert!(
        room.sign_in("ines")
            .notices
            .join("\n")
            .contains("1 challenge overdue")
    );
    let _: ChallengeAnswered = room.get("olaf", answer(&made.challenge, "upheld"));
    room.sign_in("rita");
    let row = challenges(&room, "rita").remove(0);
    assert_eq!(row.answer.unwrap().by, "olaf");
}

/// Destroying a record does not bury what is said against its placing.
#[test]
fn a_record_is_not_destroyed_while_a_challenge_of_it_waits() {
    let mut room = room();
    room.add_person("petra", &["records-officer", "reader"], "at-most Secret");
    let record = file(&room, "otto", 21);
    let _ = room.read("rita", &record);
    let asked: RequestMade = room.get("otto", common::to_destroy(&record));
    let made = challenge(&room, "rita", ask(&record, None));
    let approve = || {
        Request::Approve(Approve {
            id: asked.id.clone(),
            request: None,
        })
    };
    let _: RequestDecided = room.get("petra", approve());
    let waits = refused(&room, "ines", approve());
    assert!(
        waits.message.contains("a challenge of this record waits"),
        "{waits:?}"
    );
    let again = refused(&room, "chief", common::to_destroy(&record));
    assert_eq!(again.code, Code::Conflict, "{again:?}");
    let _: ChallengeAnswered = room.get("otto", answer(&made.challenge, "rejected"));
    let done: RequestDecided = room.get("ines", approve());
    assert!(done.carried_out);
}
