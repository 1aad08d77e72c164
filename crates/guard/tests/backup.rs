//! Backups and restores: what comes back is what there was, to the same head; what is cut, changed, mixed up or
//! given by too few comes back not at all.

#[path = "common/backed.rs"]
mod backed;
mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use backed::*;
use common::{PASSPHRASE, PEER, World, house_key};
use loot::*;
use small::{all_shown, house, loot as take};
use strongroom_guard::api::*;
use strongroom_guard::{Approval, Chain, ChainError, Code, Guard, Peer, RestoreError, restore};
use strongroom_record::decode;
use strongroom_record::event::Act;
use strongroom_record::keeping::{Lost, Restored};
use strongroom_seal::{BackupHeader, SealedBackup};
use strongroom_vault::{Key, Vault};

/// What a forger makes of the event of a restore.
type Change<'a> = &'a dyn Fn(&mut Restored);

#[test]
fn what_is_restored_shows_everyone_what_there_was() {
    let mut room = room(11);
    let backup = room.backup(None);
    let store = take(&room.world);
    let shown = all_shown(&mut room.world, store.disk(), &EVERYBODY).unwrap();
    assert!(shown.iter().any(|w| w.contains("The second thing of 3.")));
    let (disk, restored) = room.restore(&[&backup], Lost::Unknown).unwrap();
    assert!(restored.checked.is_sound());
    assert_eq!(restored.generation, 2);
    assert_eq!(restored.head.size, chain(&[&backup]).unwrap().head().size);
    // Byte for byte what was stored, but for the checkpoint, which is of the log that began, and the kept
    // state, which is made anew from the ledger.
    let back = Loot::of(&disk);
    let checkpoint = Key::new(LOG, [0; 16], 1);
    for (key, row) in &store.rows {
        let made_anew = *key == checkpoint || key.kind == SNAPSHOT;
        assert!(made_anew || back.rows.get(key) == Some(row), "{key:?}");
    }
    let at = usize::try_from(restored.head.size).unwrap();
    assert_eq!(back.entries[..at], store.entries[..at]);
    assert_eq!(
        restored.house.to_text().expose().as_bytes(),
        room.world.house
    );
    let house = house(&room.world, &back);
    let event = forge::event_at(&house, &back, at);
    assert!(matches!(&event.act, Act::Restored(r) if r.generation == 2 && r.lost == Lost::Unknown));
    let shown_again = all_shown(&mut room.world, disk, &EVERYBODY).unwrap();
    assert_eq!(shown_again, shown);
    // The log goes on as another.
    let status = room.world.guard().status();
    assert!(
        status
            .checkpoint
            .starts_with(&format!("strongroom/{}/2\n", status.room)),
        "{}",
        status.checkpoint
    );
    assert!(status.log_keys.contains("/2+"), "{}", status.log_keys);
}

/// An anchor that the room was opened without for a while cannot know what was restricted meanwhile.
#[test]
fn an_anchor_that_was_left_behind_proves_nothing() {
    let mut room = room(12);
    let before = room.anchored();
    let seen = room.world.guard().status().entries;
    let backup = room.backup(None);
    let held = chain(&[&backup]).unwrap().head().size;
    assert!(seen <= held);
    let refused = room.restore_anchored(&[&backup], &before).err();
    assert!(refused.is_some_and(|e| {
        e.to_string()
            .contains("the room went on without this anchor")
    }),);
    // Whoever asks all the same, with an approval of something else, gets nothing either.
    let chain = chain(&[&backup]).unwrap();
    let (keys, approval) = room.given(&chain, &[0, 1], Lost::Unknown).unwrap();
    let approval = approval.with_anchor(before);
    let said = room.restore_with(&[&backup], keys, Some(&approval));
    assert!(matches!(said, Err(RestoreError::NotApproved)));
    // One that saw the backup come to its end goes with it, and even then the log is another.
    let after = room.anchored();
    let (_, restored) = room.restore_anchored(&[&backup], &after).unwrap();
    assert_eq!((restored.generation, restored.restricted), (2, 0));
    // Nobody's word alone says up to where it is lost.
    let until = Lost::Until(chain.head());
    let said = room.restore(&[&backup], until);
    assert!(matches!(said, Err(RestoreError::NotApproved)));
}

#[test]
fn incremental_backups_follow_each_other_and_only_so() {
    let mut room = room(13);
    let full = room.backup(None);
    room.file(10, "chief");
    let id = room.records[2].clone();
    room.world.restrict("chief", &id, "Top Secret", &[]);
    let second = room.backup(Some(&full));
    let id = room.records[3].clone();
    let _ = room.world.read("chief", &id);
    room.world.restrict("chief", &id, "Nodis", &["0", "1"]);
    let third = room.backup(Some(&second));
    assert!(second.len() < full.len() && third.len() < full.len());
    let beside = room.backup(Some(&full));
    let store = take(&room.world);
    let shown = all_shown(&mut room.world, store.disk(), &EVERYBODY).unwrap();
    for links in [vec![&full[..], &second, &third], vec![&full, &beside]] {
        let (disk, _) = room.restore(&links, Lost::Unknown).unwrap();
        let again = all_shown(&mut room.world, disk, &EVERYBODY).unwrap();
        assert_eq!(again, shown);
    }
    // A link is missing, out of order, twice, or of another room.
    let link = |links: &[&[u8]]| chain(links).err();
    assert_eq!(link(&[]), Some(ChainError::Empty));
    assert!(matches!(link(&[&second]), Some(ChainError::NotWhole(..))));
    assert!(matches!(
        link(&[&full, &third]),
        Some(ChainError::Link { .. })
    ));
    assert!(matches!(
        link(&[&full, &third, &second]),
        Some(ChainError::Link { .. })
    ));
    assert!(matches!(
        link(&[&full, &second, &second]),
        Some(ChainError::Link { .. })
    ));
    assert!(matches!(
        link(&[&full, &full]),
        Some(ChainError::Link { .. })
    ));
    let other = self::room(14).backup(None);
    assert!(matches!(
        link(&[&full, &other]),
        Some(ChainError::OtherRoom(_))
    ));
}

#[test]
fn only_a_backup_of_this_store_is_continued() {
    let mut room = room(15);
    let full = room.backup(None);
    let other = self::room(16).backup(None);
    assert_eq!(
        room.try_backup(Some(&other)).unwrap_err().code,
        Code::NotFound
    );
    let ask = BackupAsk {
        base: Some("no id".to_owned()),
    };
    let refused = room.world.guard().backup(PEER, OWN, &ask, &mut Vec::new());
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
    // In the restored room the rows were written anew: what has changed since cannot be told.
    let (disk, _) = room.restore(&[&full], Lost::Unknown).unwrap();
    room.move_to(disk);
    assert_eq!(
        room.try_backup(Some(&full)).unwrap_err().code,
        Code::Conflict
    );
    let again = room.backup(None);
    room.file(20, "chief");
    let more = room.backup(Some(&again));
    let (disk, restored) = room.restore(&[&again, &more], Lost::Unknown).unwrap();
    assert_eq!(restored.generation, 3);
    room.move_to(disk);
    assert_eq!(room.world.list("chief").readable, 5);
}

#[test]
fn only_the_machines_operator_backs_up() {
    let room = room(17);
    let entries = take(&room.world).entries.len();
    let mut out = Vec::new();
    let ask = BackupAsk::default();
    let refused = room
        .world
        .guard()
        .backup(Peer(OWN.0 + 1), OWN, &ask, &mut out);
    assert_eq!(refused.unwrap_err().code, Code::NotAllowed);
    assert!(out.is_empty());
    assert_eq!(take(&room.world).entries.len(), entries);
}

#[test]
fn an_output_that_fails_leaves_the_room_open() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let room = room(18);
    let whole = room.backup(None).len();
    for bytes in [0, 10, whole / 2, whole - 1] {
        let mut out = Full(bytes);
        let guard = room.world.guard();
        let refused = guard.backup(PEER, OWN, &BackupAsk::default(), &mut out);
        assert!(refused.is_err(), "{bytes}");
        assert_eq!(guard.status().state, "open");
    }
    let _ = room.backup(None);
}

#[test]
fn fewer_holders_than_are_needed_give_nothing_back() {
    let room = room(19);
    let backup = room.backup(None);
    let chain = chain(&[&backup]).unwrap();
    for one in 0..3 {
        assert!(room.given(&chain, &[one], Lost::Unknown).is_none());
    }
    for two in [[0, 1], [1, 2]] {
        assert!(room.given(&chain, &two, Lost::Unknown).is_some());
    }
}

#[test]
fn what_the_holders_did_not_approve_is_not_restored() {
    let room = room(20);
    let backup = room.backup(None);
    let other = room.backup(None);
    let chain = chain(&[&backup]).unwrap();
    let refused = |keys, approval: &Approval| {
        matches!(
            room.restore_with(&[&backup], keys, Some(approval)),
            Err(RestoreError::NotApproved)
        )
    };
    // They approved of losing less than all that came after.
    let header = &chain.headers()[0];
    let asked = chain.restoring(header.backup(), Lost::Until(chain.head()));
    let (key, dressed) = room.give(header, asked, &[0, 1], Lost::Unknown).unwrap();
    assert!(refused(vec![key], &dressed));
    // They gave it for a rehearsal.
    let asked = chain.rehearsing(header.backup());
    let (key, rehearsal) = room.give(header, asked, &[0, 1], Lost::Unknown).unwrap();
    assert!(refused(vec![key], &rehearsal));
    // They approved another backup.
    let elsewhere = self::chain(&[&other]).unwrap();
    let (_, of_other) = room.given(&elsewhere, &[0, 1], Lost::Unknown).unwrap();
    let (keys, _) = room.given(&chain, &[0, 1], Lost::Unknown).unwrap();
    assert!(refused(keys, &of_other));
}

#[test]
fn a_restore_that_nobody_approved_closes_the_room() {
    let room = room(21);
    let backup = room.backup(None);
    let (disk, _) = room.restore(&[&backup], Lost::Unknown).unwrap();
    let store = Loot::of(&disk);
    let house = house(&room.world, &store);
    let at = forge::find(&house, &store, |e| matches!(e.act, Act::Restored(_)));
    let opened = |change: Change<'_>| {
        let mut forged = store.clone();
        let mut event = forge::event_at(&house, &store, at);
        let Act::Restored(restored) = &mut event.act else {
            unreachable!()
        };
        change(restored);
        forge::replace(&house, &mut forged, at, &event);
        // Without a kept state the ledger is read from its first event on, before anyone is let in.
        forged.rows.retain(|key, _| key.kind != SNAPSHOT);
        let vault = Vault::with_backend(forged.disk()).unwrap();
        let key = house_key(&room.world.house, room.world.env.floor);
        Guard::open(vault, key, room.world.env.clone()).map(|g| g.shut())
    };
    assert!(opened(&|_| {}).is_ok(), "as it was");
    let refused = |change: Change<'_>| opened(change).err().map(|e| e.to_string());
    let cases: [(&str, Change<'_>); 9] = [
        ("one signature", &|r| r.approvals.truncate(1)),
        ("one twice", &|r| r.approvals[1] = r.approvals[0].clone()),
        ("exchanged", &|r| {
            let first = r.approvals[0].by.clone();
            r.approvals[0].by = r.approvals[1].by.clone();
            r.approvals[1].by = first;
        }),
        ("other shares", &|r| {
            r.approvals[0].given = r.approvals[1].given.clone();
        }),
        ("one of nobody beside them", &|r| {
            let mut other = r.approvals[0].clone();
            other.by.holder = [9; 16];
            r.approvals.push(other);
        }),
        ("one more than they are", &|r| {
            r.approvals.push(r.approvals[0].clone());
        }),
        ("another head", &|r| r.head.root[0] ^= 1),
        ("another loss", &|r| r.lost = Lost::Until(r.head)),
        ("another recipient", &|r| {
            let end = r.recipient.len() - 1;
            r.recipient[end] ^= 1;
        }),
    ];
    for (what, change) in cases {
        assert!(
            refused(change).is_some_and(|w| w.contains("did not approve")),
            "{what}"
        );
    }
    assert!(refused(&|r| r.generation = 7).is_some());
    let twice = |r: &mut Restored| {
        let again = strongroom_record::keeping::RestrictedAgain {
            record: strongroom_record::RecordId::from_bytes([1; 16]),
            groups: Vec::new(),
            withdrawn: None,
            destroyed: None,
        };
        r.restricted = vec![again.clone(), again];
    };
    assert!(refused(&twice).is_some_and(|w| w.contains("again twice")));
}

#[test]
fn a_backup_that_was_cut_changed_or_spliced_restores_nothing() {
    let room = room(22);
    let backup = room.backup(None);
    let other = room.backup(None);
    let chain = chain(&[&backup]).unwrap();
    let restored = |bytes: &[u8]| {
        let Ok(part) = SealedBackup::read_header(bytes, FLOOR) else {
            return false;
        };
        let Ok(chain) = Chain::of(vec![part.header().clone()]) else {
            return false;
        };
        let (keys, approval) = room
            .given(&self::chain(&[&backup]).unwrap(), &[0, 1], Lost::Unknown)
            .unwrap();
        let vault = Vault::memory().unwrap();
        let parts = vec![part].into_iter().zip(keys).collect();
        let mut go_on = |_| ControlFlow::Continue(());
        restore(
            vault,
            &chain,
            parts,
            Some(&approval),
            &room.world.env,
            &mut go_on,
        )
        .is_ok()
    };
    assert!(restored(&backup));
    let head = backup.len() - 200;
    for cut in [0, 19, 30, 500, backup.len() / 2, head, backup.len() - 1] {
        assert!(!restored(&backup[..cut]), "cut at {cut}");
    }
    for at in (0..backup.len()).step_by(backup.len() / 60) {
        let mut flipped = backup.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(!restored(&flipped), "flipped at {at}");
    }
    assert!(!restored(&[&backup[..], b"more"].concat()));
    assert!(!restored(&[&backup[..], &other].concat()));
    let half = backup.len() / 2;
    assert!(!restored(&[&backup[..half], &other[half..]].concat()));
    assert_eq!(chain.headers().len(), 1);
}

#[test]
fn who_has_a_backup_and_the_house_key_reads_nothing_in_it() {
    let room = room(23);
    let backup = room.backup(None);
    let store = take(&room.world);
    let house = house(&room.world, &store);
    let found = |needle: &[u8]| backup.windows(needle.len()).any(|w| w == needle);
    assert!(!found(b"strongroom house key") && !found(b"The second thing"));
    for (key, row) in store.rows.iter().filter(|(key, _)| key.kind != ROOM) {
        assert!(!found(&row[..row.len().min(64)]), "{key:?} lies open");
        let bytes = house.uncover(*key, row).unwrap();
        if bytes.len() >= 32 {
            assert!(!found(&bytes[..32]), "{key:?} lies open");
        }
    }
    // Its key is in nothing that the room stores: every share in it is sealed to its holder.
    let header = header(&backup);
    for key in store.rows.keys() {
        let row = house.uncover(*key, &store.rows[key]).unwrap_or_default();
        assert!(decode::<BackupHeader>(&row).is_err());
    }
    assert_eq!(header.shares.shares().len(), 3);
}

#[test]
fn a_backup_of_a_room_in_use_is_of_one_instant() {
    let mut room = room(24);
    let done = AtomicBool::new(false);
    let (world, flag) = (&room.world, &done);
    let mut backups: Vec<Vec<u8>> = Vec::new();
    thread::scope(|scope| {
        let filer = scope.spawn(move || {
            let mut n = 100;
            while !flag.load(Ordering::Relaxed) {
                n += 1;
                let filed = world.file_text("chief", &format!("Note {n}\n\nWords.\n"), "Secret", n);
                let id = &filed.records[0].record;
                let _ = world.read("chief", id);
                world.restrict("chief", id, "Top Secret", &["1"]);
            }
        });
        for n in 0..6 {
            let base = backups.last().filter(|_| n % 3 != 0);
            let base = base.map(|b| header(b).backup().to_string());
            let mut out = Vec::new();
            // What fails is seen below: the filer is to be told to end in any case.
            if world
                .guard()
                .backup(PEER, OWN, &BackupAsk { base }, &mut out)
                .is_ok()
            {
                backups.push(out);
            }
        }
        done.store(true, Ordering::Relaxed);
        filer.join().unwrap();
    });
    assert_eq!(backups.len(), 6);
    for links in [&backups[..1], &backups[..3], &backups[3..]] {
        let links: Vec<&[u8]> = links.iter().map(Vec::as_slice).collect();
        let (disk, restored) = room.restore(&links, Lost::Unknown).unwrap();
        assert!(restored.checked.is_sound());
        let shown = all_shown(&mut room.world, disk, &EVERYBODY).unwrap();
        assert!(shown.iter().any(|w| w.contains("The second thing of 3.")));
    }
}

#[test]
fn a_rehearsal_proves_as_much_and_writes_no_event() {
    let room = room(25);
    let backup = room.backup(None);
    let chain = chain(&[&backup]).unwrap();
    let header = &chain.headers()[0];
    let asked = chain.rehearsing(header.backup());
    let (key, _) = room.give(header, asked, &[1, 2], Lost::Unknown).unwrap();
    let (disk, rehearsed) = room.restore_with(&[&backup], vec![key], None).unwrap();
    assert!(rehearsed.checked.is_sound());
    let back = Loot::of(&disk);
    let house = house(&room.world, &back);
    let events = forge::events(&house, &back);
    assert!(!events.iter().any(|e| matches!(e.act, Act::Restored(_))));
    let ask = SignIn {
        name: "alice".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    assert!(room.world.guard().sign_in(&ask, PEER).is_ok());
}

/// The words of records that a person reads, by what the first line of each says.
fn words(world: &World, name: &str) -> Vec<String> {
    let records = world.list(name).records;
    let read = |id: &String| world.read(name, id);
    let shown = records.iter().map(|row| read(&row.id));
    shown
        .flat_map(|s| s.portions.into_iter().map(|p| p.text))
        .collect()
}

#[test]
fn what_was_restricted_after_the_backup_stays_restricted_where_an_anchor_knows_it() {
    let mut room = room(31);
    let backup = room.backup(None);
    let before = words(&room.world, "alice");
    for hidden in ["The first thing of 2.", "The second thing of 3."] {
        assert!(before.iter().any(|w| w == hidden), "{before:?}");
    }
    // A whole record; one portion of another, by someone who reads it; twice; one that is filed after.
    let id = room.records[2].clone();
    room.world.restrict("clerk", &id, "Top Secret", &[]);
    let id = room.records[3].clone();
    let _ = room.world.read("chief", &id);
    room.world.restrict("chief", &id, "Nodis", &["2"]);
    let _ = room.world.read("chief", &id);
    room.world.restrict("chief", &id, "Top Secret", &["2"]);
    room.file(40, "chief");
    let id = room.records.last().unwrap().clone();
    room.world.restrict("chief", &id, "Top Secret", &[]);
    let after = words(&room.world, "alice");
    let anchor = room.anchored();
    let (disk, restored) = room.restore_anchored(&[&backup], &anchor).unwrap();
    assert_eq!((restored.generation, restored.restricted), (2, 2));
    // Without the anchor all of it would be back.
    let (open, _) = room.restore(&[&backup], Lost::Unknown).unwrap();
    room.move_to(open);
    assert_eq!(words(&room.world, "alice"), before);
    room.move_to(disk);
    let now = words(&room.world, "alice");
    assert!(now.iter().all(|w| after.contains(w)), "{now:?}");
    assert!(
        !now.iter()
            .any(|w| w == "The second thing of 3." || w.ends_with("thing of 2."))
    );
    // Who holds what it rose to reads it all, and its history says what happened.
    let chief = words(&room.world, "chief");
    for shown in &before {
        assert!(chief.contains(shown), "{shown}");
    }
    let record = room.records[2].clone();
    let history: History = room
        .world
        .get("chief", Request::History(RecordRef { record }));
    assert!(history.events.iter().any(|e| e.what == "restricted"));
    let mut go_on = |_| ControlFlow::Continue(());
    let checked = room
        .world
        .guard()
        .check(PEER, OWN, &CheckAsk::default(), &mut go_on)
        .unwrap();
    let checked: Checked = serde_json::from_slice(checked.json()).unwrap();
    assert!(checked.is_sound(), "{checked:#?}");
    // And so it is after the next backup and restore.
    let again = room.backup(None);
    let (disk, _) = room.restore(&[&again], Lost::Unknown).unwrap();
    room.move_to(disk);
    assert_eq!(words(&room.world, "alice"), now);
}

#[test]
fn an_anchor_that_does_not_know_everything_since_is_not_enough() {
    let mut room = room(32);
    let first = room.backup(None);
    let id = room.records[2].clone();
    room.world.restrict("chief", &id, "Top Secret", &[]);
    // One further backup, which may have broken off, takes nothing from the one before it.
    let second = room.backup(None);
    let anchor = room.anchored();
    let (_, restored) = room.restore_anchored(&[&first], &anchor).unwrap();
    assert_eq!(restored.restricted, 1);
    let _third = room.backup(None);
    let anchor = room.anchored();
    let refused = room.restore_anchored(&[&first], &anchor);
    assert!(matches!(refused, Err(RestoreError::AnchorNotWhole { .. })));
    assert!(room.restore_anchored(&[&second], &anchor).is_ok());
    // Another room's, a changed one, and one whose head the holders were not told.
    let mut other = self::room(33);
    let foreign = other.anchored();
    let refused = room.restore_anchored(&[&second], &foreign);
    assert!(matches!(refused, Err(RestoreError::Anchor(_))));
    for at in (0..anchor.len()).step_by(anchor.len() / 40) {
        let mut flipped = anchor.clone();
        flipped[at] ^= 1;
        assert!(
            room.restore_anchored(&[&second], &flipped).is_err(),
            "flipped at {at}"
        );
    }
    let chain = chain(&[&second]).unwrap();
    let (keys, approval) = room.given(&chain, &[0, 1], Lost::Unknown).unwrap();
    let approval = approval.with_anchor(anchor);
    let refused = room.restore_with(&[&second], keys, Some(&approval));
    assert!(matches!(refused, Err(RestoreError::NotApproved)));
}
