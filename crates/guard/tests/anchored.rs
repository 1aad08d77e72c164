//! What an anchor keeps back from a restore, when its list gives something up, and which anchor a restored room opens
//! with.

#[path = "common/backed.rs"]
mod backed;
mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::io;

use backed::*;
use common::PEER;
use strongroom_guard::api::*;
use strongroom_guard::{AnchorError, Fault, OpenError, RestoreError, RestoredRoom};
use strongroom_record::keeping::Lost;
use strongroom_vault::testing::FaultDisk;

/// What a restore from a backup restricts again, as the anchor is now; none if it does not know enough.
fn restricted_again(room: &Room, backups: &[&[u8]], anchor: &[u8]) -> Option<usize> {
    match room.restore_anchored(backups, anchor) {
        Ok((_, restored)) => Some(restored.restricted),
        Err(
            RestoreError::AnchorNotWhole { .. }
            | RestoreError::Anchor(AnchorError::LeftBehind { .. }),
        ) => None,
        Err(other) => panic!("{other}"),
    }
}

fn restrict(room: &Room, record: usize, to: &str) {
    let _ = room.world.read("chief", &room.records[record]);
    room.world.restrict("chief", &room.records[record], to, &[]);
}

/// An output that does something between the first bytes and the rest, and may break off there.
struct Between<'a> {
    out: Vec<u8>,
    then: Option<Box<dyn FnOnce() + 'a>>,
    broken: bool,
}

impl io::Write for Between<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(then) = self.then.take() {
            then();
        }
        if self.broken && !self.out.is_empty() {
            return Err(io::Error::other("the cable is out"));
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn broken_off(room: &Room) {
    let mut out = Between {
        out: Vec::new(),
        then: None,
        broken: true,
    };
    let guard = room.world.guard();
    let refused = guard.backup(PEER, OWN, &BackupAsk::default(), &mut out);
    assert!(refused.is_err());
}

#[test]
fn backups_that_broke_off_take_nothing_from_the_anchor() {
    let mut room = room(61);
    let first = room.backup(None);
    restrict(&room, 2, "Top Secret");
    for _ in 0..3 {
        broken_off(&room);
    }
    restrict(&room, 3, "Top Secret");
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&first], &anchor), Some(2));
    // A whole one takes what the one before it holds: nothing of this.
    let second = room.backup(None);
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&first], &anchor), Some(2));
    broken_off(&room);
    let third = room.backup(None);
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&first], &anchor), None);
    assert_eq!(restricted_again(&room, &[&second], &anchor), Some(0));
    assert_eq!(restricted_again(&room, &[&third], &anchor), Some(0));
}

#[test]
fn a_restriction_between_the_beginning_and_the_end_of_a_backup_stays_with_the_anchor() {
    let mut room = room(62);
    let first = {
        let mut out = Between {
            out: Vec::new(),
            then: Some(Box::new(|| restrict(&room, 2, "Top Secret"))),
            broken: false,
        };
        let guard = room.world.guard();
        guard
            .backup(PEER, OWN, &BackupAsk::default(), &mut out)
            .unwrap();
        let Between { out, .. } = out;
        out
    };
    for expected in [Some(1), Some(1), None] {
        let anchor = room.anchored();
        assert_eq!(restricted_again(&room, &[&first], &anchor), expected);
        let _further = room.backup(None);
    }
}

#[test]
fn an_incremental_backup_counts_as_one_with_what_it_continues() {
    let mut room = room(63);
    let full = room.backup(None);
    restrict(&room, 2, "Top Secret");
    let second = room.backup(Some(&full));
    restrict(&room, 3, "Top Secret");
    let third = room.backup(Some(&second));
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&full], &anchor), None);
    let chain: [&[u8]; 3] = [&full, &second, &third];
    assert_eq!(restricted_again(&room, &chain[..2], &anchor), Some(1));
    assert_eq!(restricted_again(&room, &chain, &anchor), Some(0));
}

#[test]
fn a_crash_before_the_anchor_hears_of_a_backup_loses_nothing() {
    let mut room = room(64);
    let first = room.backup(None);
    restrict(&room, 2, "Top Secret");
    let second = room.backup(None);
    restrict(&room, 3, "Top Secret");
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&first], &anchor), Some(2));
    // The anchor as it is when a backup has come to its end and nothing was signed since.
    let third = room.backup(None);
    let crashed = (room.anchor.copy(), room.world.disk.image());
    let known = crashed.0.all()[ANCHOR].clone();
    assert_eq!(restricted_again(&room, &[&second], &known), Some(1));
    // Of the last one it does not know that it came to its end, so not what was done after it either.
    assert_eq!(restricted_again(&room, &[&third], &known), None);
    drop(room.world.guard.take());
    (room.anchor, room.world.disk) = (crashed.0, FaultDisk::from_image(crashed.1));
    room.reopen();
    // It goes on with a list that is longer than it need be, and the next two backups shorten it.
    restrict(&room, 1, "Top Secret");
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&second], &anchor), Some(2));
    let fourth = room.backup(None);
    let fifth = room.backup(None);
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&second], &anchor), None);
    assert_eq!(restricted_again(&room, &[&third], &anchor), None);
    assert_eq!(restricted_again(&room, &[&fourth], &anchor), Some(0));
    assert_eq!(restricted_again(&room, &[&fifth], &anchor), Some(0));
}

#[test]
fn an_anchor_that_is_new_knows_every_restriction_of_the_ledger() {
    let mut room = room(65);
    let first = room.backup(None);
    restrict(&room, 2, "Top Secret");
    let _second = room.backup(None);
    let _third = room.backup(None);
    room.world.guard.take().unwrap().shut().unwrap();
    room.anchor.forget(|_| false);
    room.reopen();
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&first], &anchor), Some(1));
}

fn head_line(room: &Room) -> String {
    let checkpoint = room.world.guard().status().checkpoint;
    checkpoint.lines().next().unwrap().to_owned()
}

/// Goes on in a restored room with the anchor that there is.
fn open_on(room: &mut Room, disk: FaultDisk) -> Result<(), OpenError> {
    if let Some(guard) = room.world.guard.take() {
        guard.shut().unwrap();
    }
    room.world.disk = disk;
    room.try_reopen()
}

#[test]
fn a_restored_room_opens_with_the_anchor_of_its_restore_and_with_no_other() {
    let mut room = room(66);
    let backup = room.backup(None);
    restrict(&room, 2, "Top Secret");
    let anchor = room.anchored();
    let (disk, _) = room.restore_anchored(&[&backup], &anchor).unwrap();
    let (unknown, _) = room.restore(&[&backup], Lost::Unknown).unwrap();
    drop(room.world.guard.take());
    // Nobody who approved losing what came after was told of what this anchor has seen.
    room.anchor.put(ANCHOR, &anchor);
    let refused = open_on(&mut room, unknown).unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::Fault(Fault::NotTheAnchor(AnchorError::Unlost { .. }))
        ),
        "{refused}"
    );
    assert_eq!(room.anchor.all()[ANCHOR], anchor, "it is left as it was");
    // The one that the restore names gives way, and the list is that of the new log.
    open_on(&mut room, disk).unwrap();
    assert!(head_line(&room).ends_with("/2"));
    let of_second_log = room.anchored();
    assert_ne!(of_second_log, anchor);
    let text = String::from_utf8_lossy(&of_second_log).into_owned();
    assert!(text.contains("/2\n"), "{text}");
    let again = room.backup(None);
    let anchor = room.anchored();
    assert_eq!(restricted_again(&room, &[&again], &anchor), Some(0));
}

#[test]
fn an_anchor_that_saw_no_more_than_was_restored_gives_way() {
    let mut room = room(67);
    let early = room.anchored();
    let backup = room.backup(None);
    restrict(&room, 2, "Top Secret");
    let (disk, _) = room.restore(&[&backup], Lost::Unknown).unwrap();
    drop(room.world.guard.take());
    room.anchor.put(ANCHOR, &early);
    open_on(&mut room, disk).unwrap();
    assert!(head_line(&room).ends_with("/2"));
}

#[test]
fn a_room_from_before_a_restore_does_not_open_with_the_anchor_from_after_it() {
    let mut room = room(68);
    let backup = room.backup(None);
    let anchor = room.anchored();
    let before = room.world.disk.image();
    let (disk, _) = room.restore_anchored(&[&backup], &anchor).unwrap();
    drop(room.world.guard.take());
    open_on(&mut room, disk).unwrap();
    let _of_second_log = room.anchored();
    drop(room.world.guard.take());
    let refused = open_on(&mut room, FaultDisk::from_image(before)).unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::Fault(Fault::NotTheAnchor(AnchorError::Later { generation: 2 }))
        ),
        "{refused}"
    );
}

#[test]
fn a_second_restore_from_the_same_backup_begins_a_log_of_a_name_of_its_own() {
    let mut room = room(69);
    let backup = room.backup(None);
    let anchor = room.anchored();
    let (disk, first) = room.restore_anchored(&[&backup], &anchor).unwrap();
    drop(room.world.guard.take());
    open_on(&mut room, disk).unwrap();
    restrict(&room, 2, "Top Secret");
    // It is lost too, and the backup knows nothing of the log that it began.
    let anchor = room.anchored();
    let (disk, second): (_, RestoredRoom) = room.restore_anchored(&[&backup], &anchor).unwrap();
    assert_eq!((first.generation, second.generation), (2, 3));
    assert_eq!(second.restricted, 1);
    drop(room.world.guard.take());
    open_on(&mut room, disk).unwrap();
    assert!(head_line(&room).ends_with("/3"));
}
