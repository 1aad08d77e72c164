//! Keeping: schedules, what falls due, holds, and labels that fall.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/later.rs"]
mod later;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use common::{START, World, house_key};
use later::{letter, said_of};
use loot::{LAYER_KEY, Loot, RECORD_KEY, VALUE};
use proptest::prelude::*;
use small::{house, keys_of, loot as take, reopen_on, thief};
use strongroom_guard::api::*;
use strongroom_guard::{Code, check_offline};
use strongroom_label::{Label, Name, Policy};
use strongroom_record::event::{Act, LoweredBy, StoredEvent};
use strongroom_record::{ApprovalRequestId, EventId, RecordId, Timestamp};
use strongroom_seal::Suite;
use strongroom_vault::Vault;
use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use thief::found;

const DAY: Duration = Duration::from_secs(24 * 3600);

const SCHEDULES: &str = r#"
[[schedule]]
name = "general"
title = "Records that no other schedule names"
keep_years = 7
then = "review"
default = true

[[schedule]]
name = "for-good"
title = "Records that are kept"
permanent = true
then = "transfer"

[[schedule]]
name = "passing"
title = "Copies"
keep_years = 0
then = "destroy"
"#;

const HEADING: &str = "A talk on the quay";
const FIRST: &str = "The first thing that was said there.";
const SECOND: &str = "What the second man answered him.";
const LETTER: &str = "A talk on the quay\n\nThe first thing that was said there.\n\nWhat the second man answered him.";
const ENCLOSED: &str = "The bill of lading.";
const ENCLOSURES: &[later::Enclosure] = &[("bill.txt", ENCLOSED.as_bytes())];
const SAID: &[u8] = b"The voice on the reel.";
const WORDS: [&str; 5] = [HEADING, FIRST, SECOND, ENCLOSED, "The voice on the reel."];

fn policy() -> Policy {
    let small = small::policy();
    Policy::from_toml(&format!("{}{SCHEDULES}", small.source())).unwrap()
}

/// `chief` and `otto` hold up to Secret and more; `alice` reads up to Secret, `olga` what is open.
fn world(seed: u64, suite: Suite) -> World {
    let mut world = World::with_policy(seed, suite, policy());
    world.add_person("otto", &["records-officer", "reader"], "at-most Secret");
    world.add_person("alice", &["reader"], "at-most Secret");
    world.add_person("olga", &["reader"], "Open");
    world.add_person("iris", &["inspector"], "inspectors");
    world.add_person("ward", &["inspector"], "");
    world
}

fn everybody(world: &mut World) {
    for name in ["chief", "otto", "alice", "olga", "iris", "ward"] {
        world.sign_in(name);
    }
}

fn day(days: u32) -> String {
    START.plus(DAY * days).day()
}

fn due_on(days: u32) -> Filing {
    Filing {
        declassify_on: Some(day(days)),
        ..later::marked("a.eml", "Secret")
    }
}

/// Files a letter with an enclosure and a recording, which is open in so many days.
fn filed(world: &World, filing: Filing) -> String {
    let filing = Filing {
        recording: Some(said_of(SAID)),
        ..filing
    };
    let done = letter(world, "otto", &filing, LETTER, ENCLOSURES);
    let record = done.records[0].record.clone();
    world.record("otto", &record, 0, true, SAID);
    record
}

fn lower_due(record: &str) -> Request {
    Request::LowerDue(LowerDue {
        record: record.to_owned(),
        request: None,
    })
}

fn hold(records: &[&str]) -> Request {
    Request::HoldPlace(HoldPlace {
        matter: "The inquiry into the harbour".to_owned(),
        records: records.iter().map(|r| (*r).to_owned()).collect(),
        because: "asked for by its chairman".to_owned(),
        request: None,
    })
}

fn told(world: &World, name: &str, record: &str) -> Vec<HistoryRow> {
    let record = record.to_owned();
    let history: History = world.get(name, Request::History(RecordRef { record }));
    history.events
}

fn whats(world: &World, name: &str, record: &str) -> Vec<String> {
    let rows = told(world, name, record);
    rows.into_iter().map(|row| row.what).collect()
}

/// Words of a record that somebody reads, and whether the files beside them are given out too.
fn reads(world: &World, name: &str, record: &str) -> Option<(Vec<String>, bool)> {
    let query = |original| {
        Request::Read(ReadQuery {
            record: record.to_owned(),
            original,
            ..ReadQuery::default()
        })
    };
    let shown = world.ask(name, &query(false)).ok()?;
    let shown: Shown = serde_json::from_slice(&shown).unwrap();
    let original = world.ask(name, &query(true)).is_ok();
    let piece = |attachment| {
        world
            .ask(name, &later::piece(record, attachment, None, 0))
            .is_ok()
    };
    let files = [original, piece(Some(1)), piece(None)];
    assert!(files.iter().all(|f| *f == files[0]), "{files:?}");
    let words = shown.portions.into_iter().map(|p| p.text).collect();
    Some((words, original))
}

fn sound(world: &World) {
    world.guard().tick();
    let vault = Vault::with_backend(world.disk.after_crash(Loss::All)).unwrap();
    let house = house_key(&world.house, world.env.floor);
    let on = &mut |_| ControlFlow::Continue(());
    let checked = check_offline(vault, house, &world.env, &[], None, on).unwrap();
    assert!(checked.is_sound(), "{:?}", checked.findings);
}

#[test]
fn what_fell_due_is_lowered_by_one_who_holds_it_and_all_of_it() {
    for (seed, suite) in [(1, Suite::Mock), (2, Suite::Cnsa)] {
        let mut world = world(seed, suite);
        let record = filed(&world, due_on(10));
        assert_eq!(
            world.refused("otto", lower_due(&record)).code,
            Code::Conflict,
            "it is not due yet"
        );
        assert!(reads(&world, "olga", &record).is_none());
        let rows: DueRows = world.get("otto", Request::Due);
        assert!(rows.due.is_empty());
        world.clock.advance(DAY * 10);
        everybody(&mut world);
        let rows: DueRows = world.get("otto", Request::Due);
        let row = &rows.due[0];
        assert_eq!(
            (row.what.as_str(), row.to.as_deref()),
            ("lower", Some("Open"))
        );
        assert_eq!(row.since, day(10));
        let rows: DueRows = world.get("olga", Request::Due);
        assert!(rows.due.is_empty(), "who cannot read it is told nothing");
        assert_eq!(
            world.refused("olga", lower_due(&record)).code,
            Code::NotAllowed
        );
        let before = take(&world);
        let done: LoweredDone = world.get("otto", lower_due(&record));
        assert_eq!((done.portions > 2, done.files), (true, true));
        assert_eq!(done.banner.as_deref(), Some("OPEN"));
        for _ in 0..2 {
            for name in ["chief", "olga"] {
                let (words, files) = reads(&world, name, &record).expect(name);
                assert_eq!(words, [HEADING, FIRST, SECOND], "{name}");
                assert!(files, "{name}");
            }
            sound(&world);
            assert_eq!(
                world.refused("otto", lower_due(&record)).code,
                Code::Conflict,
                "nothing is left to fall"
            );
            world.guard().keep_state().unwrap();
            world.reopen();
            everybody(&mut world);
        }
        // Nothing of what it was sealed with before is left.
        let after = take(&world);
        for kind in [VALUE, RECORD_KEY] {
            let kept: BTreeSet<_> = after.keys(kind).into_iter().collect();
            let gone = before.keys(kind).into_iter().filter(|k| !kept.contains(k));
            assert_eq!(gone.count(), 2, "header and text, of kind {kind}");
        }
    }
}

/// Who read it before it fell reads on, and sees why it is where it is; who gets it now sees that it fell.
#[test]
fn history_tells_of_what_a_label_was_to_those_who_held_it() {
    let mut world = world(3, Suite::Mock);
    let record = filed(&world, due_on(10));
    let _ = world.read("otto", &record);
    world.restrict("otto", &record, "Secret; Nodis", &["2"]);
    world.clock.advance(DAY * 10);
    everybody(&mut world);
    let _: LoweredDone = world.get("chief", lower_due(&record));
    assert_eq!(reads(&world, "olga", &record).unwrap().0, [HEADING, FIRST]);
    assert_eq!(
        reads(&world, "chief", &record).unwrap().0,
        [HEADING, FIRST, SECOND]
    );
    let changes = |name: &str| -> Vec<HistoryRow> {
        let rows = told(&world, name, &record).into_iter();
        rows.filter(|row| row.what != "opened for").collect()
    };
    let rows = changes("chief");
    let whats: Vec<_> = rows.iter().map(|r| r.what.as_str()).collect();
    assert_eq!(whats, ["filed", "restricted", "lowered"]);
    assert_eq!(rows[2].to.as_deref(), Some("Open"));
    assert!(rows[0].statement.is_some());
    let rows = changes("olga");
    let whats: Vec<_> = rows.iter().map(|r| r.what.as_str()).collect();
    assert_eq!(whats, ["filed", "lowered"]);
    assert!(rows[0].statement.is_none(), "it is sealed under Secret");
    // The first holds of `Nodis` alone: a file beside the words holds these too.
    assert!(!reads(&world, "olga", &record).unwrap().1);
    sound(&world);
}

/// What rose after the date was set stays, and neither the keys that open what fell nor any from an old backup open it.
#[test]
fn a_portion_that_was_restricted_apart_stays_closed_to_who_gets_the_rest() {
    for (seed, suite) in [(5, Suite::Mock), (6, Suite::Cnsa)] {
        let mut world = world(seed, suite);
        let record = filed(&world, due_on(10));
        let backup = take(&world);
        let _ = world.read("otto", &record);
        world.restrict("otto", &record, "Secret; Nodis", &["2"]);
        let restricted = take(&world);
        world.clock.advance(DAY * 10);
        everybody(&mut world);
        let mut before = thief(&world, &restricted, &["olga"]);
        let opened = |thief: &mut thief::Thief, loot: &Loot| found(&thief.open_all(loot), &WORDS);
        assert!(opened(&mut before, &restricted).is_empty());
        let done: LoweredDone = world.get("chief", lower_due(&record));
        assert!(!done.files, "a file holds the words that stay, too");
        let after = take(&world);
        let fallen = BTreeSet::from([HEADING, FIRST]);
        // Olga's keys open just what fell. With them, all old rows stay closed: that of the backup, which holds every
        // word under Secret, and that of the restriction.
        let mut olga = thief(&world, &after, &["olga"]);
        assert_eq!(opened(&mut olga, &after), fallen);
        for old in [&backup, &restricted] {
            assert!(opened(&mut olga, old).is_empty());
        }
        // Whoever held Secret has what was open to Secret once, from the backup; the present store gives what fell alone.
        let mut alice = thief(&world, &after, &["alice"]);
        assert!(!opened(&mut alice, &after).contains(SECOND));
    }
}

#[test]
fn a_record_raised_as_a_whole_and_in_parts_falls_by_parts() {
    let mut world = world(7, Suite::Mock);
    let filing = Filing {
        downgrade: Some(Downgrade {
            on: day(5),
            to: "Secret".to_owned(),
        }),
        declassify_on: Some(day(10)),
        ..later::marked("a.eml", "Top Secret")
    };
    let done = letter(&world, "chief", &filing, LETTER, ENCLOSURES);
    let record = done.records[0].record.clone();
    let shown = world.read("chief", &record).keeping.unwrap();
    let due: Vec<_> = shown
        .due
        .iter()
        .map(|d| (d.on.as_str(), d.to.as_str()))
        .collect();
    assert_eq!(
        due,
        [(day(5).as_str(), "Secret"), (day(10).as_str(), "Open")]
    );
    world.clock.advance(DAY * 6);
    everybody(&mut world);
    let done: LoweredDone = world.get("chief", lower_due(&record));
    assert_eq!(done.to, "Secret");
    assert!(world.read("alice", &record).portions.len() == 3);
    assert!(world.ask("olga", &lower_due(&record)).is_err());
    world.clock.advance(DAY * 6);
    everybody(&mut world);
    let done: LoweredDone = world.get("otto", lower_due(&record));
    assert_eq!(done.to, "Open");
    assert_eq!(world.read("olga", &record).portions.len(), 3);
    assert_eq!(
        whats(&world, "alice", &record)[..3],
        ["filed", "opened for", "lowered"]
    );
    sound(&world);
    world.reopen();
    everybody(&mut world);
    assert_eq!(world.read("olga", &record).portions.len(), 3);
}

#[test]
fn a_hold_stops_what_falls_due_and_is_known_to_those_who_know_of_the_record() {
    let mut world = world(9, Suite::Mock);
    let record = filed(&world, due_on(1));
    let other = filed(&world, due_on(1));
    world.clock.advance(DAY * 2);
    everybody(&mut world);
    assert_eq!(
        world.refused("alice", hold(&[&record])).code,
        Code::NotAllowed,
        "a reader places none"
    );
    let placed: HoldsPlaced = world.get("otto", hold(&[&record[..8]]));
    assert_eq!(placed.receipts.len(), 1);
    // An inspector places one by the id alone, whether there is such a record or not.
    let nobody = "00000000000000000000000001";
    let one: HoldsPlaced = world.get("iris", hold(&[&other]));
    let none: HoldsPlaced = world.get("iris", hold(&[nobody]));
    assert_eq!(one.receipts.len(), none.receipts.len());
    assert_eq!(
        world.refused("iris", hold(&[&other[..8]])).code,
        Code::NotFound
    );
    for _ in 0..2 {
        for id in [&record, &other] {
            let refused = world.refused("otto", lower_due(id));
            assert!(refused.message.contains("a hold lies"), "{refused:?}");
        }
        let rows = |name: &str| world.get::<HoldRows>(name, Request::HoldList).holds;
        assert_eq!((rows("otto").len(), rows("alice").len()), (2, 2));
        assert!(rows("olga").is_empty());
        assert_eq!(rows("iris").len(), 2, "of records that there are");
        assert!(rows("iris").iter().all(|row| row.statement.is_some()));
        assert!(rows("ward").is_empty(), "the role alone shows nothing");
        let row = &rows("alice")[0];
        let why = row.statement.as_ref().expect("alice holds the label");
        assert_eq!(why.reason, "The inquiry into the harbour");
        assert_eq!(row.hold, placed.receipts[0]);
        assert_eq!(world.read("alice", &record).keeping.unwrap().holds, 1);
        let rows: DueRows = world.get("alice", Request::Due);
        assert!(rows.due.iter().all(|row| row.held));
        assert!(whats(&world, "alice", &record).contains(&"hold placed".to_owned()));
        world.guard().keep_state().unwrap();
        world.reopen();
        everybody(&mut world);
    }
    sound(&world);
}

#[test]
fn a_schedule_is_one_of_the_policys_and_shown_to_readers() {
    let mut world = world(11, Suite::Mock);
    let with = |schedule: Option<&str>| Filing {
        schedule: schedule.map(str::to_owned),
        ..later::marked("a.eml", "Secret")
    };
    let file = |schedule| {
        letter(&world, "otto", &with(schedule), LETTER, &[]).records[0]
            .record
            .clone()
    };
    let (general, good, passing) = (file(None), file(Some("for-good")), file(Some("passing")));
    let shown = |record: &str| world.read("alice", record).keeping.unwrap();
    let year = |years| START.plus_years(years).day();
    assert_eq!(shown(&general).schedule.as_deref(), Some("general"));
    assert_eq!(shown(&general).until, Some(year(7)));
    assert_eq!(
        (shown(&good).until, shown(&good).then.as_deref()),
        (None, Some("transfer"))
    );
    let rows: DueRows = world.get("alice", Request::Due);
    let rows: Vec<_> = rows
        .due
        .iter()
        .map(|r| (&r.record, r.what.as_str()))
        .collect();
    assert_eq!(rows, [(&passing, "destroy")]);
    let listed = world.list("alice").records;
    assert!(listed.iter().all(|row| row.keeping.is_some()));
    let refused = world.file("otto", &with(Some("none-such")), b"A\n\nB\n");
    let refused = refused.unwrap_err();
    assert_eq!((refused.code, refused.details.len()), (Code::Invalid, 3));
    for bad in [
        Filing {
            declassify_on: Some("31 December 2030".to_owned()),
            ..with(None)
        },
        Filing {
            declassify_on: Some("2030-02-30".to_owned()),
            ..with(None)
        },
        Filing {
            declassify_on: Some(day(3)),
            downgrade: Some(Downgrade {
                on: day(3),
                to: "Secret".to_owned(),
            }),
            ..with(None)
        },
    ] {
        let refused = world.file("otto", &bad, b"A\n\nB\n").unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{refused:?}");
    }
    // Today is not past; yesterday is, and says so.
    let past = |days: &str| Filing {
        declassify_on: Some(days.to_owned()),
        ..later::marked("a.txt", "Secret")
    };
    let refused = world
        .file("otto", &past("2026-04-30"), b"A\n\nB\n")
        .unwrap_err();
    assert!(
        refused.message.contains("2026-04-30 is past"),
        "{refused:?}"
    );
    world.file("otto", &past(&day(0)), b"A\n\nB\n").unwrap();
    // Nothing would ever fall to a marking that is not below: that is said, not dropped.
    let aside = |to: &str| Downgrade {
        on: day(3),
        to: to.to_owned(),
    };
    for to in ["Secret", "Top Secret"] {
        let filing = Filing {
            downgrade: Some(aside(to)),
            ..later::marked("a.txt", "Secret")
        };
        let refused = world.file("otto", &filing, b"A\n\nB\n").unwrap_err();
        assert_eq!(refused.code, Code::Unfit, "{refused:?}");
        assert!(refused.message.contains("--downgrade-to"), "{refused:?}");
    }
    world.clock.advance(DAY * 366 * 7);
    everybody(&mut world);
    let rows: DueRows = world.get("alice", Request::Due);
    let rows = rows.due.iter().filter(|row| row.what != "lower");
    assert_eq!(rows.count(), 3);
}

/// What falls due above a reader's view would tell of what is above.
#[test]
fn a_reader_of_a_part_is_told_what_falls_due_of_that_part() {
    let world = world(13, Suite::Mock);
    let record = filed(&world, due_on(10));
    let other = filed(&world, due_on(20));
    for id in [&record, &other] {
        let _ = world.read("otto", id);
        world.restrict("otto", id, "Secret; Nodis", &["2"]);
    }
    let due = |name: &str, id: &str| world.read(name, id).keeping.unwrap().due.len();
    assert_eq!((due("alice", &record), due("chief", &record)), (1, 1));
}

struct Forged {
    world: World,
    store: Loot,
    events: Vec<StoredEvent>,
}

impl Forged {
    /// Why a room does not open whose event was changed, and signed again by its actor.
    fn refuses(&mut self, what: &str, by: &str, at: usize, rule: &str, change: impl Fn(&mut Act)) {
        let house = house(&self.world, &self.store);
        let keys = keys_of(&self.world, &self.store, by);
        let mut loot = self.store.clone();
        let mut event = self.events[at].clone();
        change(&mut event.act);
        forge::replace(&house, &mut loot, at, &event);
        forge::sign_again(&house, &mut loot, at, &keys);
        let refused = reopen_on(&mut self.world, loot.disk())
            .unwrap_err()
            .to_string();
        assert!(refused.contains(rule), "{what}: {refused}");
    }
    fn find(&self, fits: impl Fn(&Act) -> bool) -> usize {
        self.events
            .iter()
            .position(|e| fits(&e.act))
            .expect("such an event")
    }
}

/// What no signature makes possible.
#[test]
fn the_fold_refuses_what_falls_without_being_due_under_a_hold_or_to_no_lower_label() {
    let mut world = world(15, Suite::Mock);
    let record = filed(&world, due_on(1));
    let _: Graded = world.get("otto", common::grading(&record, "B2", &[]));
    let _ = world.read("otto", &record);
    world.restrict("otto", &record, "Secret; Nodis", &["2"]);
    world.clock.advance(DAY * 2);
    everybody(&mut world);
    let _: LoweredDone = world.get("otto", lower_due(&record));
    world.guard().tick();
    let store = take(&world);
    let events = forge::events(&house(&world, &store), &store);
    let mut room = Forged {
        world,
        store,
        events,
    };
    let lowered = room.find(|a| matches!(a, Act::Lowered(_)));
    let filed = room.find(|a| matches!(a, Act::Filed(_)));
    let restricted = room.find(|a| matches!(a, Act::Restricted { .. }));
    let graded = room.find(|a| matches!(a, Act::Graded { .. }));
    let id: RecordId = record.parse().unwrap();
    let secret = Label::of_level(Name::new("Secret").unwrap());
    let not_due = "did not fall due";
    let other = "something else than what is to fall";
    type Change<'a> = &'a dyn Fn(&mut strongroom_record::event::Lowered);
    let parted = match &room.events[restricted].act {
        Act::Restricted { groups, .. } => groups.iter().find(|g| g.from != g.to).unwrap().to,
        other => unreachable!("{other:?}"),
    };
    let all: [(&str, &str, Change<'_>); 8] = [
        ("by a request that nobody made", "does not wait", &|l| {
            l.by = LoweredBy::Request(ApprovalRequestId::from_bytes([7; 16]));
        }),
        ("by another event", not_due, &|l| {
            l.by = LoweredBy::Due(EventId::from_bytes([7; 16]));
        }),
        ("to no lower label", other, &|l| {
            l.groups[0].label = secret.clone();
        }),
        ("what was restricted since", other, &|l| {
            l.groups[0].from = parted
        }),
        ("nothing", "nothing of a record falls", &|l| {
            l.groups.clear()
        }),
        ("a group twice", "twice", &|l| {
            let again = l.groups[0].clone();
            l.groups.push(again);
        }),
        ("a portion of another group", other, &|l| {
            let foreign = l.groups[1].portions[0];
            l.groups[0].portions.push(foreign);
        }),
        (
            "words as the value that they are",
            "into another group",
            &|l| {
                l.groups[0].to = l.groups[0].from;
            },
        ),
    ];
    for (what, rule, change) in all {
        room.refuses(what, "otto", lowered, rule, |act| match act {
            Act::Lowered(l) => change(l),
            other => unreachable!("{other:?}"),
        });
    }
    room.refuses(
        "before it is due",
        "otto",
        filed,
        not_due,
        |act| match act {
            Act::Filed(f) => {
                let due = &mut f.keeping.as_mut().unwrap().due[0];
                due.on = Timestamp::from_millis(u64::MAX);
            }
            other => unreachable!("{other:?}"),
        },
    );
    room.refuses("under a hold", "otto", graded, "a hold lies", |act| {
        *act = Act::HoldPlaced { record: id };
    });
    room.refuses(
        "a schedule of no policy",
        "otto",
        filed,
        "schedule",
        |act| match act {
            Act::Filed(f) => f.keeping.as_mut().unwrap().schedule = Some("x".to_owned()),
            other => unreachable!("{other:?}"),
        },
    );
    // Whoever does not hold the present label, or is no records officer, lowers nothing.
    let ids: Vec<_> = room
        .events
        .iter()
        .filter_map(|e| match &e.act {
            Act::Joined { person, .. } => Some(*person),
            _ => None,
        })
        .collect();
    for (n, name) in [(1, "alice"), (3, "iris")] {
        let house = house(&room.world, &room.store);
        let keys = keys_of(&room.world, &room.store, name);
        let mut loot = room.store.clone();
        forge::sign_as(&house, &mut loot, lowered, ids[n], &keys);
        let refused = reopen_on(&mut room.world, loot.disk())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("no right"), "{name}: {refused}");
    }
}

/// What lies in the store from before a label fell, put back by who has the house key, is not shown.
#[test]
fn what_was_put_back_from_before_a_lowering_is_not_shown() {
    let mut world = world(17, Suite::Mock);
    let record = filed(&world, due_on(1));
    world.clock.advance(DAY * 2);
    everybody(&mut world);
    world.guard().tick();
    let before = take(&world);
    let _: LoweredDone = world.get("otto", lower_due(&record));
    world.guard().tick();
    let after = take(&world);
    let house = house(&world, &after);
    let mut tried = 0;
    for kind in [VALUE, RECORD_KEY, LAYER_KEY] {
        for key in after.keys(kind) {
            let Some(old) = before.rows.get(&key) else {
                continue;
            };
            if house.uncover(key, old) == house.uncover(key, &after.rows[&key]) {
                continue;
            }
            let mut loot = after.clone();
            house.replay(&mut loot, &before, key);
            reopen_on(&mut world, loot.disk()).unwrap();
            world.sign_in("chief");
            let query = |original| {
                Request::Read(ReadQuery {
                    record: record.clone(),
                    original,
                    ..ReadQuery::default()
                })
            };
            let all = [
                query(false),
                query(true),
                later::piece(&record, Some(1), None, 0),
                later::piece(&record, None, None, 0),
            ];
            let shown = all.iter().all(|ask| world.ask("chief", ask).is_ok());
            assert!(!shown, "{key:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 3, "the keys of original, attachment and recording");
}

fn request(ask: RequestFor) -> Request {
    Request::Ask(RequestAsk {
        ask,
        reason: Some("foreign-relations".to_owned()),
        authority: None,
        because: "it harms nobody any more".to_owned(),
        request: None,
    })
}

fn lower(record: &str, to: &str, portions: &[&str]) -> Request {
    request(RequestFor::Lower {
        record: record.to_owned(),
        to: to.to_owned(),
        portions: portions.iter().map(|p| (*p).to_owned()).collect(),
    })
}

fn undo(record: &str) -> Request {
    request(RequestFor::Undo {
        record: record.to_owned(),
    })
}

fn release(record: &str) -> Request {
    request(RequestFor::ReleaseHold {
        record: record.to_owned(),
        hold: None,
    })
}

fn approve(made: &RequestMade) -> Request {
    Request::Approve(Approve {
        id: made.id.clone(),
        request: None,
    })
}

fn shown(world: &World, name: &str, made: &RequestMade) -> Vec<String> {
    let rows: RequestRows = world.get(
        name,
        Request::Requests(RequestsQuery {
            id: Some(made.id.clone()),
        }),
    );
    rows.requests[0].lines.clone()
}

#[test]
fn a_record_is_lowered_by_two_who_may_read_it_and_a_hold_stops_it() {
    for (seed, suite) in [(31, Suite::Mock), (32, Suite::Cnsa)] {
        let mut world = world(seed, suite);
        world.add_person("carl", &["records-officer", "reader"], "Open");
        let record = filed(&world, later::marked("a.eml", "Secret"));
        assert_eq!(
            world.refused("alice", lower(&record, "Open", &[])).code,
            Code::NotAllowed
        );
        assert_eq!(
            world
                .refused("otto", lower(&record, "Top Secret", &[]))
                .code,
            Code::Conflict,
            "nothing would fall"
        );
        let made: RequestMade = world.get("otto", lower(&record, "Open", &[]));
        assert!(world.ask("otto", &approve(&made)).is_err(), "his own");
        assert!(world.ask("carl", &approve(&made)).is_err(), "not cleared");
        let lines = shown(&world, "chief", &made);
        assert!(lines[0].ends_with("would be lowered to Open"), "{lines:?}");
        assert!(
            lines.iter().any(|l| l.starts_with("it would open to")
                && l.contains("olga")
                && !l.contains("alice")),
            "{lines:?}"
        );
        let _: HoldsPlaced = world.get("iris", hold(&[&record]));
        let refused = world.refused("chief", approve(&made));
        assert!(refused.message.contains("a hold lies"), "{refused:?}");
        assert!(reads(&world, "olga", &record).is_none());
        // The hold goes by two hands as well; he who asks does not release it.
        let free: RequestMade = world.get("otto", release(&record));
        assert!(world.ask("otto", &approve(&free)).is_err());
        let done: RequestDecided = world.get("iris", approve(&free));
        assert!(done.carried_out);
        let done: RequestDecided = world.get("chief", approve(&made));
        assert!(done.carried_out, "{:?}", done.done);
        for _ in 0..2 {
            let (words, files) = reads(&world, "olga", &record).unwrap();
            assert_eq!(words, [HEADING, FIRST, SECOND]);
            assert!(files, "they fall with the record");
            assert!(
                world
                    .get::<HoldRows>("iris", Request::HoldList)
                    .holds
                    .is_empty()
            );
            let told = whats(&world, "olga", &record);
            for what in ["filed", "hold placed", "hold released", "lowered"] {
                assert!(told.contains(&what.to_owned()), "{what}: {told:?}");
            }
            assert!(world.ask("chief", &approve(&made)).is_err(), "it is done");
            sound(&world);
            world.guard().keep_state().unwrap();
            world.reopen();
            everybody(&mut world);
        }
    }
}

#[test]
fn portions_are_lowered_alone_and_a_whole_record_leaves_those_that_were_restricted_apart() {
    let mut world = world(33, Suite::Mock);
    let record = filed(&world, later::marked("a.eml", "Secret"));
    let backup = take(&world);
    let _ = world.read("otto", &record);
    let made: RequestMade = world.get("otto", lower(&record, "Open", &["1"]));
    let _: RequestDecided = world.get("chief", approve(&made));
    assert_eq!(
        reads(&world, "olga", &record).unwrap(),
        (vec![FIRST.to_owned()], false)
    );
    let after = take(&world);
    let mut olga = thief(&world, &after, &["olga"]);
    assert_eq!(
        found(&olga.open_all(&after), &WORDS),
        BTreeSet::from([FIRST])
    );
    assert!(found(&olga.open_all(&backup), &WORDS).is_empty());
    let other = filed(&world, later::marked("a.eml", "Secret"));
    let _ = world.read("otto", &other);
    world.restrict("otto", &other, "Secret; Nodis", &["2"]);
    world.add_person(
        "ben",
        &["records-officer", "reader"],
        "at-most Secret; Nodis",
    );
    let made: RequestMade = world.get("chief", lower(&other, "Open", &[]));
    assert!(
        world.ask("otto", &approve(&made)).is_err(),
        "he does not see all that the asker saw"
    );
    let _: RequestDecided = world.get("ben", approve(&made));
    let fallen = vec![HEADING.to_owned(), FIRST.to_owned()];
    assert_eq!(reads(&world, "olga", &other).unwrap(), (fallen, false));
    let _ = world.read("chief", &other);
    let made: RequestMade = world.get("chief", lower(&other, "Secret", &["2"]));
    let _: RequestDecided = world.get("ben", approve(&made));
    assert_eq!(
        reads(&world, "alice", &other).unwrap().0,
        [HEADING, FIRST, SECOND]
    );
    world.reopen();
    everybody(&mut world);
    sound(&world);
}

#[test]
fn a_restriction_is_undone_within_a_day_if_nobody_has_read_under_it() {
    let mut world = world(35, Suite::Mock);
    world.add_person("ben", &["records-officer", "reader"], "at-most Top Secret");
    world.add_person("dora", &["records-officer", "reader"], "at-most Top Secret");
    let filings = [(); 3].map(|()| filed(&world, later::marked("a.eml", "Secret")));
    let [one, two, three] = &filings;
    for record in &filings {
        world.restrict("ben", record, "Top Secret", &[]);
        assert!(reads(&world, "alice", record).is_none());
    }
    assert_eq!(
        world.refused("dora", undo(one)).code,
        Code::Conflict,
        "it is not hers"
    );
    let made: RequestMade = world.get("ben", undo(one));
    let done: RequestDecided = world.get("dora", approve(&made));
    assert!(done.carried_out);
    let (words, files) = reads(&world, "alice", one).unwrap();
    assert_eq!((words.len(), files), (3, true));
    // Read by somebody before the second hand came, and before it was asked for.
    let made: RequestMade = world.get("ben", undo(two));
    let _ = world.read("dora", two);
    let refused = world.refused("dora", approve(&made));
    assert!(refused.message.contains("has read"), "{refused:?}");
    assert!(world.refused("ben", undo(two)).message.contains("has read"));
    // A day is over.
    let made: RequestMade = world.get("ben", undo(three));
    world.clock.advance(DAY);
    for name in ["ben", "dora", "alice"] {
        world.sign_in(name);
    }
    assert!(world.ask("dora", &approve(&made)).is_err());
    assert_eq!(world.refused("ben", undo(three)).code, Code::Conflict);
    assert!(reads(&world, "alice", three).is_none());
    // As one other asks, it is lowered all the same.
    let made: RequestMade = world.get("ben", lower(three, "Secret", &[]));
    let _: RequestDecided = world.get("dora", approve(&made));
    assert!(reads(&world, "alice", three).is_some());
    world.reopen();
    everybody(&mut world);
    sound(&world);
}

#[test]
fn a_schedule_is_set_by_two_and_what_falls_due_by_it_falls() {
    let mut world = world(37, Suite::Mock);
    let record = filed(&world, later::marked("a.eml", "Secret"));
    let ask = |schedule: Option<&str>, on: Option<String>| {
        request(RequestFor::Schedule {
            record: record.clone(),
            schedule: schedule.map(str::to_owned),
            declassify_on: on,
            downgrade: None,
        })
    };
    assert_eq!(world.refused("otto", ask(None, None)).code, Code::Invalid);
    assert_eq!(
        world.refused("otto", ask(Some("none-such"), None)).code,
        Code::Invalid
    );
    let aside = request(RequestFor::Schedule {
        record: record.clone(),
        schedule: None,
        declassify_on: None,
        downgrade: Some(Downgrade {
            on: day(3),
            to: "Secret".to_owned(),
        }),
    });
    assert_eq!(world.refused("otto", aside).code, Code::Invalid);
    // The day of an event that has come may be past.
    let made: RequestMade = world.get("otto", ask(Some("for-good"), Some("2026-04-30".to_owned())));
    let before = world.read("alice", &record).keeping.unwrap();
    let _: RequestDecided = world.get("chief", approve(&made));
    let after = world.read("alice", &record).keeping.unwrap();
    assert_eq!(before.schedule.as_deref(), Some("general"));
    assert_eq!(after.schedule.as_deref(), Some("for-good"));
    assert_eq!(after.due.len(), 1);
    let done: LoweredDone = world.get("otto", lower_due(&record));
    assert!(done.files);
    assert!(reads(&world, "olga", &record).is_some());
    assert!(whats(&world, "alice", &record).contains(&"schedule set".to_owned()));
    world.reopen();
    everybody(&mut world);
    sound(&world);
}

/// Whoever does not know of a record learns nothing by asking about it.
#[test]
fn requests_over_what_is_above_are_answered_as_over_what_is_not_there() {
    let mut world = world(39, Suite::Mock);
    world.add_person("carl", &["records-officer", "reader"], "Open");
    let record = filed(&world, later::marked("a.eml", "Secret"));
    let _: HoldsPlaced = world.get("otto", hold(&[&record]));
    let nobody = "00000000000000000000000001";
    let asks: [fn(&str) -> Request; 4] = [
        |r| lower(r, "Open", &[]),
        undo,
        release,
        |r| {
            request(RequestFor::Schedule {
                record: r.to_owned(),
                schedule: Some("for-good".to_owned()),
                declassify_on: None,
                downgrade: None,
            })
        },
    ];
    for ask in asks {
        let there = world.refused("carl", ask(&record));
        let not = world.refused("carl", ask(nobody));
        assert_eq!(format!("{there:?}"), format!("{not:?}"));
    }
    let made: RequestMade = world.get("otto", release(&record));
    let rows: RequestRows = world.get("carl", Request::Requests(RequestsQuery::default()));
    assert!(rows.requests.is_empty());
    let there = world.refused("carl", approve(&made));
    let not = world.refused(
        "carl",
        Request::Approve(Approve {
            id: nobody.to_owned(),
            request: None,
        }),
    );
    assert_eq!(format!("{there:?}"), format!("{not:?}"));
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u32),
    Restrict,
    RestrictPart,
    Hold,
    Lower,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..6u32).prop_map(Step::Wait),
        1 => Just(Step::Restrict),
        2 => Just(Step::RestrictPart),
        1 => Just(Step::Hold),
        4 => Just(Step::Lower),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Nothing falls that is not due, or under a hold, or that rose since; and all else does.
    #[test]
    fn a_label_falls_when_it_is_due_and_nothing_forbids_it(
        due in 1..12u32,
        steps in proptest::collection::vec(step(), 1..8),
    ) {
        let mut world = World::with_policy(19, Suite::Mock, policy());
        let record = letter(&world, "chief", &due_on(due), LETTER, &[]).records[0].record.clone();
        let (mut days, mut held, mut whole, mut part, mut fallen) = (0, false, false, false, false);
        for step in steps {
            match step {
                Step::Wait(more) => {
                    days += more;
                    world.clock.advance(DAY * more);
                    world.sign_in("chief");
                }
                Step::Restrict => {
                    whole = world.ask("chief", &common::restriction(&record, "Top Secret", &[])).is_ok() || whole;
                }
                Step::RestrictPart => {
                    let _ = world.read("chief", &record);
                    part = world.ask("chief", &common::restriction(&record, "Nodis", &["2"])).is_ok() || part;
                }
                Step::Hold => {
                    let _: HoldsPlaced = world.get("chief", hold(&[&record]));
                    held = true;
                }
                Step::Lower => {
                    let lowered = world.ask("chief", &lower_due(&record));
                    let expected = days >= due && !held && !whole && !fallen;
                    prop_assert_eq!(lowered.is_ok(), expected, "{:?}", lowered.err());
                    fallen |= expected;
                }
            }
            let shown = world.read("chief", &record);
            let open = |n: usize| shown.portions[n].mark == "(O)";
            prop_assert_eq!(open(1), fallen && !whole);
            prop_assert!(!part || !open(2));
        }
    }
}

/// A crash at any instant leaves a record as it was, or as it is then.
#[test]
fn a_crash_leaves_all_of_a_lowering_or_nothing() {
    let mut world = world(21, Suite::Mock);
    let record = filed(&world, due_on(1));
    let _ = world.read("otto", &record);
    world.restrict("otto", &record, "Secret; Nodis", &["2"]);
    world.clock.advance(DAY * 2);
    everybody(&mut world);
    world.guard().tick();
    let before = world.disk.image();
    let mut seen = BTreeSet::new();
    for writes in 0..40u64 {
        let disk = FaultDisk::from_image(before.clone());
        reopen_on(&mut world, disk.clone()).unwrap();
        everybody(&mut world);
        disk.fail_at(disk.operations() + writes, Fault::PowerLost);
        let done = world.ask("otto", &lower_due(&record)).is_ok();
        let after = disk.after_crash(Loss::All);
        reopen_on(&mut world, after).unwrap();
        everybody(&mut world);
        let olga = reads(&world, "olga", &record).map(|(words, _)| words);
        match &olga {
            None => assert!(!done, "what was told was lost"),
            Some(words) => assert_eq!(*words, [HEADING, FIRST]),
        }
        let chief = reads(&world, "chief", &record).unwrap().0;
        assert_eq!(chief, [HEADING, FIRST, SECOND]);
        sound(&world);
        seen.insert(olga.is_some());
    }
    assert_eq!(seen.len(), 2, "both were met");
}
