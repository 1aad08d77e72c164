//! Backups, restores and recoveries of records with all that came to them: what was withdrawn or restricted after the
//! backup stays so in every version and with all that lies beside it, what is lost is said, and a recovered atom opens
//! versions, attachments and recording as it opens the rest.

#[path = "common/backed.rs"]
mod backed;
mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/holders.rs"]
mod holders;
#[path = "common/later.rs"]
mod later;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::ops::ControlFlow;

use backed::{EVERYBODY, OWN, Room, chain};
use common::{PEER, World, grading};
use data_encoding::BASE64;
use holders::{atom_for, give, officer_asks};
use later::{correction, letter, link, piece, said_of, version, withdraw};
use small::loot as take;
use strongroom_guard::api::*;
use strongroom_guard::{Code, RestoreError, lost_by};
use strongroom_record::keeping::Lost;
use strongroom_seal::Suite;

const FIRST: &str = "A letter\n\nThe first thing.\n\nThe second thing.";
const AGAIN: &str = "A letter\n\nThe first thing.\n\nThe second thing, as it was said.";
const ENCLOSED: &[u8] = b"What was enclosed.";
const SAID: &[u8] = b"What was said, as it was recorded.";
const WORDS: [&[u8]; 4] = [
    b"The second thing.",
    b"as it was said",
    b"What was enclosed.",
    b"What was said, as it was recorded.",
];

/// Files a letter with an enclosure and a recording, and corrects it.
fn corrected(world: &World) -> String {
    let ask = Filing {
        recording: Some(said_of(SAID)),
        ..later::marked("letter.eml", "Secret")
    };
    let done = letter(world, "chief", &ask, FIRST, &[("a.txt", ENCLOSED)]);
    let record = done.records[0].record.clone();
    world.record("chief", &record, 0, true, SAID);
    let again = correction(&record, "Secret");
    letter(world, "chief", &again, AGAIN, &[("a.txt", ENCLOSED)]);
    record
}

/// A backed-up room with such a letter, and a second records officer who reads it.
fn room(seed: u64) -> (Room, String) {
    let mut room = backed::room(seed);
    let roles = ["records-officer", "reader"];
    room.world.add_person("otto", &roles, "at-most Secret");
    let record = corrected(&room.world);
    (room, record)
}

/// Everything that someone gets at of a record: of each version its words, its original and its attachment, and the
/// recording.
fn reached(world: &World, name: &str, record: &str) -> Vec<String> {
    let mut out = Vec::new();
    for n in [1, 2] {
        let read = world.ask(name, &version(record, n));
        let read = read.map(|json| serde_json::from_slice::<Shown>(&json).unwrap());
        out.extend(read.into_iter().flat_map(|s| s.portions).map(|p| p.text));
        let original = Request::Read(ReadQuery {
            record: record.to_owned(),
            original: true,
            version: Some(n),
        });
        if let Ok(json) = world.ask(name, &original) {
            let shown: Shown = serde_json::from_slice(&json).unwrap();
            out.extend(shown.original);
        }
        out.extend(bytes(world, name, piece(record, Some(1), Some(n), 0)));
    }
    out.extend(bytes(world, name, piece(record, None, None, 0)));
    out
}

fn bytes(world: &World, name: &str, ask: Request) -> Option<String> {
    let json = world.ask(name, &ask).ok()?;
    let shown: PieceShown = serde_json::from_slice(&json).unwrap();
    let bytes = BASE64.decode(shown.bytes.as_bytes()).unwrap();
    Some(String::from_utf8(bytes).unwrap())
}

#[track_caller]
fn assert_sound(world: &World) {
    let mut go_on = |_| ControlFlow::Continue(());
    let copy = world
        .guard()
        .check(PEER, OWN, &CheckAsk::default(), &mut go_on)
        .unwrap();
    let checked: Checked = serde_json::from_slice(copy.json()).unwrap();
    assert!(checked.is_sound(), "{checked:#?}");
}

/// Without an anchor nobody can say what came after the backup, and it is restored only where the key holders approved
/// of losing whatever that was.
#[track_caller]
fn refuses_without_an_anchor(room: &Room, backup: &[u8], anchor: &[u8]) {
    let of = chain(&[backup]).unwrap();
    let known = lost_by(&of, anchor).unwrap();
    let (keys, approval) = room.given(&of, &[0, 2], known).unwrap();
    let refused = room.restore_with(&[backup], keys, Some(&approval));
    assert!(
        refused.is_err(),
        "restored without the anchor that was approved"
    );
}

#[test]
fn what_was_withdrawn_after_the_backup_stays_withdrawn() {
    let (mut room, record) = room(81);
    assert_eq!(reached(&room.world, "alice", &record).len(), 11);
    let backup = room.backup(None);
    let entries = room.world.guard().status().entries;
    // Much else comes after it, and is lost: a grading, a link, a further version.
    let other = room.records[2].clone();
    let _: Graded = room.world.get("chief", grading(&record, "B2", &[]));
    let _: LinkDone = room
        .world
        .get("chief", link(&other, "denial", &record, None));
    let third = correction(&record, "Secret");
    letter(
        &room.world,
        "chief",
        &third,
        "A letter\n\nNone of it.",
        &[("b.txt", ENCLOSED)],
    );
    room.world.sign_in("otto");
    room.world.withdraw("chief", "otto", withdraw(&record));
    let anchor = room.anchored();
    refuses_without_an_anchor(&room, &backup, &anchor);

    // What is lost is said: how far the ledger had come.
    let of = chain(&[&backup]).unwrap();
    match lost_by(&of, &anchor).unwrap() {
        Lost::Until(head) => assert!(head.size > entries + 5, "{head:?}"),
        other => panic!("{other:?}"),
    }
    let (disk, restored) = room.restore_anchored(&[&backup], &anchor).unwrap();
    assert_eq!(restored.restricted, 1);
    room.move_to(disk);
    for _ in 0..2 {
        for name in EVERYBODY {
            assert_eq!(reached(&room.world, name, &record), Vec::<String>::new());
        }
        let shown = room.world.read("alice", &record);
        assert_eq!(
            (shown.versions, shown.grade, shown.links.len()),
            (2, None, 0)
        );
        let gone = shown.withdrawn.expect("a skeleton");
        assert!(gone.by.contains("key holders"), "{gone:?}");
        assert_sound(&room.world);
        // The same from a state that was kept.
        room.world.guard().keep_state().unwrap();
        let disk = room.world.disk.clone();
        room.move_to(disk);
    }
    // Nor by all their keys together.
    let store = take(&room.world);
    let plain = small::thief(&room.world, &store, &EVERYBODY).open_all(&store);
    for words in WORDS {
        assert!(plain.iter().all(|p| !thief::contains(p, words)));
    }
    // Nor can it be gone on with.
    let further = correction(&record, "Secret");
    let refused = room.world.file("chief", &further, AGAIN.as_bytes());
    assert_eq!(refused.unwrap_err().code, Code::Conflict);
    let again = room.backup(None);
    let (disk, _) = room.restore(&[&again], Lost::Unknown).unwrap();
    room.move_to(disk);
    assert!(reached(&room.world, "chief", &record).is_empty());
}

#[test]
fn what_was_restricted_after_the_backup_stays_restricted_in_every_version() {
    // Whole; and a portion of the newest version, which takes its likes in the other with it, and all that lies beside.
    for portions in [&[][..], &["2"]] {
        let (mut room, record) = room(82);
        let before = reached(&room.world, "alice", &record);
        let backup = room.backup(None);
        let _ = room.world.read("chief", &record);
        room.world
            .restrict("chief", &record, "Top Secret", portions);
        let after = reached(&room.world, "alice", &record);
        let kept = if portions.is_empty() { 0 } else { 4 };
        assert_eq!(after.len(), kept, "{after:?}");
        let anchor = room.anchored();
        refuses_without_an_anchor(&room, &backup, &anchor);
        let (disk, restored) = room.restore_anchored(&[&backup], &anchor).unwrap();
        assert_eq!(restored.restricted, 1);
        let (open, _) = room.restore(&[&backup], Lost::Unknown).unwrap();
        room.move_to(open);
        assert_eq!(reached(&room.world, "alice", &record), before, "as it was");

        room.move_to(disk);
        let now = reached(&room.world, "alice", &record);
        assert!(now.iter().all(|words| after.contains(words)), "{now:?}");
        assert_eq!(reached(&room.world, "chief", &record), before);
        let store = take(&room.world);
        let plain = small::thief(&room.world, &store, &["alice"]).open_all(&store);
        for words in &WORDS[1..] {
            assert!(plain.iter().all(|p| !thief::contains(p, words)));
        }
        assert_sound(&room.world);
    }
}

#[test]
fn incremental_backups_bring_back_versions_and_what_lies_beside_them() {
    let (mut room, record) = room(83);
    let full = room.backup(None);
    let ask = Filing {
        recording: Some(said_of(SAID)),
        ..later::marked("talk.txt", "Secret")
    };
    let done = letter(&room.world, "chief", &ask, FIRST, &[("a.txt", ENCLOSED)]);
    let talk = done.records[0].record.clone();
    let second = room.backup(Some(&full));
    room.world.record("chief", &talk, 0, true, SAID);
    letter(
        &room.world,
        "chief",
        &correction(&talk, "Secret"),
        AGAIN,
        &[("a.txt", ENCLOSED)],
    );
    let _: Graded = room.world.get("chief", grading(&talk, "B2", &[]));
    let _: LinkDone = room
        .world
        .get("chief", link(&talk, "response", &record, None));
    let third = room.backup(Some(&second));
    let shown = |world: &World| {
        let read = world.read("alice", &talk);
        (
            reached(world, "alice", &talk),
            format!("{:?} {:?}", read.grade, read.links),
        )
    };
    let before = shown(&room.world);
    assert_eq!(before.0.len(), 11);
    let (disk, _) = room
        .restore(&[&full, &second, &third], Lost::Unknown)
        .unwrap();
    // Of one that lacks the last the recording has not begun, and goes on.
    let (part, _) = room.restore(&[&full, &second], Lost::Unknown).unwrap();
    room.move_to(disk);
    assert_eq!(shown(&room.world), before);
    assert_sound(&room.world);
    room.move_to(part);
    assert_eq!(room.world.record("chief", &talk, 0, false, &[]).pieces, 0);
    room.world.record("chief", &talk, 0, true, SAID);
    let said = bytes(&room.world, "alice", piece(&talk, None, None, 0));
    assert_eq!(said.unwrap().as_bytes(), SAID);
    assert_sound(&room.world);
    let refused: Result<_, RestoreError> = room.restore_anchored(&[&full], b"no anchor");
    assert!(refused.is_err());
}

#[test]
fn a_recovered_atom_opens_versions_attachments_and_recordings() {
    let holders = holders::holders(Suite::Mock, 3);
    let mut world = holders::room(84, Suite::Mock, &holders, 2);
    world.add_person("alice", &["reader"], "Open");
    let record = corrected(&world);
    assert!(reached(&world, "alice", &record).is_empty());
    let _: AtomTurned = world.get(
        "chief",
        Request::AtomTurn(AtomTurn {
            atom: "Secret".to_owned(),
            request: None,
        }),
    );
    let asked = officer_asks(&world, "chief", atom_for("Secret", "alice")).recovery;
    give(&world, &holders[0], &asked);
    give(&world, &holders[2], &asked);
    let all = reached(&world, "alice", &record);
    assert_eq!(all, reached(&world, "chief", &record));
    assert_eq!(all.len(), 11, "{all:?}");
    world.reopen();
    world.sign_in("alice");
    assert_eq!(reached(&world, "alice", &record), all);
    // By the keys alone, too.
    let store = take(&world);
    let plain = small::thief(&world, &store, &["alice"]).open_all(&store);
    for words in WORDS {
        assert!(plain.iter().any(|p| thief::contains(p, words)));
    }
    assert_sound(&world);
}
