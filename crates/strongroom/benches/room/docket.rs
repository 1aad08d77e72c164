//! Looking into the docket of a whole room, beside opening as many notes as it opens and nothing else.

use std::time::{Duration, Instant};

use strongroom_guard::api::{
    CallListed, CustodyQuery, CustodyShown, Docket, DocketChartQuery, DocketQuery, ReconcileQuery,
    Reconciled, Report, ReportQuery, Request,
};
use strongroom_record::{CommandId, EventId, OsEntropy, PersonId, RoomId};
use strongroom_seal::note::{NoteBinding, PersonNoteBox, open_note, seal_note};
use strongroom_seal::{PersonKeys, Suite, SuiteFloor};

use crate::figures::Figures;
use crate::world::{Room, volumes};

/// Entries of a page, as many as one may ask for.
const PAGE: usize = 1_000;
/// Bytes of a note: about what a filing says to the inspectors.
const NOTE_BYTES: usize = 400;
/// The calls of a list.
const CALLS: usize = 200;
const AIM: &str = "aim: 2 s";

pub(crate) fn docket(out: &mut Figures) {
    let room = Room::found();
    let records: usize = volumes()
        .iter()
        .map(|(name, bytes)| room.file(name, bytes))
        .sum();
    let inspector = room.inspector();
    out.line(&format!("the docket of {records} records"));
    let raw = notes(records);
    let beside = "opening as many notes, in memory";
    let mut bytes = 0;
    for which in ["first in a session", "again"] {
        let (took, (entries, size)) = timed(|| whole(&room, &inspector));
        assert!(entries >= records, "every filing stands in it");
        let what = format!("the whole docket, {which}");
        out.row(&what, took, beside, raw, AIM);
        bytes = size;
    }
    let (took, page) = timed(|| page(&room, &inspector, None, 50));
    out.row("a page of 50", took, beside, notes(50), "");
    out.line(&format!(
        "as JSON {:.1} MB, {} bytes an entry",
        bytes as f64 / 1e6,
        bytes / page.of
    ));
    let (took, _) = timed(|| {
        let ask = Request::DocketChart(DocketChartQuery::default());
        room.ask(&inspector, &ask)
    });
    out.row("the figures of a chart", took, beside, raw, AIM);
    let (took, told) = timed(|| custody(&room, &inspector));
    assert!(told.opened >= records);
    out.row(
        &format!(
            "custody, {} fit, {} silent",
            told.found.len(),
            told.silent.len()
        ),
        took,
        beside,
        raw,
        AIM,
    );
    let (took, told) = timed(|| reconcile(&room, &inspector));
    out.row(
        &format!(
            "reconciling {CALLS} calls, {} without a record",
            told.without_record.len()
        ),
        took,
        beside,
        raw,
        AIM,
    );
    let (took, told) = timed(|| report(&room, &inspector));
    assert_eq!(told.placements, records);
    out.row("the figures of a year", took, beside, raw, AIM);
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let made = work();
    (started.elapsed(), made)
}

/// Every page; gives the entries and their bytes as JSON.
fn whole(room: &Room, inspector: &strongroom_guard::Token) -> (usize, usize) {
    let (mut entries, mut bytes, mut after) = (0, 0, None);
    loop {
        let ask = Request::Docket(DocketQuery {
            limit: Some(PAGE),
            after,
            ..DocketQuery::default()
        });
        let json = room.ask(inspector, &ask);
        let page: Docket = serde_json::from_slice(&json).expect("a page");
        entries += page.entries.len();
        bytes += json.len();
        after = page.entries.last().map(|e| e.entry.clone());
        if !page.more {
            return (entries, bytes);
        }
    }
}

fn page(
    room: &Room,
    inspector: &strongroom_guard::Token,
    after: Option<String>,
    limit: usize,
) -> Docket {
    let ask = Request::Docket(DocketQuery {
        limit: Some(limit),
        after,
        ..DocketQuery::default()
    });
    serde_json::from_slice(&room.ask(inspector, &ask)).expect("a page")
}

fn custody(room: &Room, inspector: &strongroom_guard::Token) -> CustodyShown {
    let day = Some("1969-02-14".to_owned());
    let ask = Request::Custody(CustodyQuery {
        from: day.clone(),
        to: day,
        place: None,
        participants: Vec::new(),
        because: "measuring".to_owned(),
    });
    serde_json::from_slice(&room.ask(inspector, &ask)).expect("a statement")
}

fn reconcile(room: &Room, inspector: &strongroom_guard::Token) -> Reconciled {
    let calls = (0..CALLS).map(|n| CallListed {
        line: n + 2,
        date: format!("19{:02}-{:02}-{:02}", 52 + n % 28, 1 + n % 12, 1 + n % 28),
        time: None,
        participants: vec!["Kissinger".to_owned()],
        place: None,
    });
    let ask = Request::Reconcile(ReconcileQuery {
        calls: calls.collect(),
        because: "measuring".to_owned(),
    });
    serde_json::from_slice(&room.ask(inspector, &ask)).expect("an answer")
}

fn report(room: &Room, inspector: &strongroom_guard::Token) -> Report {
    let now = strongroom_guard::Environment::real()
        .clock
        .now()
        .to_string();
    let year = now[..4].parse().expect("a year");
    let ask = Request::Report(ReportQuery { year });
    serde_json::from_slice(&room.ask(inspector, &ask)).expect("figures")
}

/// Opening so many notes under one key that is there already.
fn notes(count: usize) -> Duration {
    use strongroom_record::Entropy as _;
    let mut dice = OsEntropy.stream(b"notes");
    let keys = PersonKeys::random(Suite::Cnsa, &mut dice);
    let floor = SuiteFloor::at(Suite::Cnsa);
    let (room, command) = (RoomId::random(&mut dice), CommandId::random(&mut dice));
    let to = (PersonId::random(&mut dice), keys.public().kem().clone());
    let (_, key) = PersonNoteBox::make(Suite::Cnsa, room, command, (to.0, &to.1), &mut dice)
        .expect("one suite");
    let binding = NoteBinding {
        room,
        event: EventId::random(&mut dice),
        field: 64,
    };
    let sealed = seal_note(&key, &binding, &[7; NOTE_BYTES], &mut dice);
    let started = Instant::now();
    for _ in 0..count {
        let opened = open_note(floor, &key, &binding, &sealed).expect("it opens");
        std::hint::black_box(opened.expose());
    }
    started.elapsed()
}
