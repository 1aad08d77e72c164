//! A disk that hangs: the status answers at once and says so, requests are refused, and when the disk
//! answers the room is open again by itself. And a store file that is deleted, moved or cut under an
//! open room.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::{PASSPHRASE, PEER, World};
use strongroom_guard::api::*;
use strongroom_guard::limits::DISK_WAIT_MAX;
use strongroom_guard::{Code, Guard};
use strongroom_vault::testing::{FaultDisk, soon};
use strongroom_vault::{Commit, Key, StorageBackend, VALUE_BYTES_MAX, Vault};

/// How soon the status must answer, whatever hangs.
const SOON: Duration = Duration::from_secs(1);

/// A disk whose reads, or writes and syncs, do not return while its gate is shut.
#[derive(Clone, Debug)]
struct Gated {
    disk: FaultDisk,
    gate: Arc<(Mutex<Shut>, Condvar)>,
    /// How often something came to the gate while it was shut.
    came: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shut {
    No,
    ToWrites,
    ToAll,
}

impl Gated {
    fn set(&self, shut: Shut) {
        *self.gate.0.lock().unwrap() = shut;
        self.gate.1.notify_all();
    }
    fn pass(&self, reading: bool) {
        let shut = self.gate.0.lock().unwrap();
        if *shut == Shut::ToAll || (*shut == Shut::ToWrites && !reading) {
            self.came.fetch_add(1, Ordering::SeqCst);
        }
        let waits = |shut: &mut Shut| match shut {
            Shut::No => false,
            Shut::ToWrites => !reading,
            Shut::ToAll => true,
        };
        drop(self.gate.1.wait_while(shut, waits).unwrap());
    }
}

impl StorageBackend for Gated {
    fn len(&self) -> std::io::Result<u64> {
        self.disk.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.pass(true);
        self.disk.read(offset, out)
    }
    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.pass(false);
        self.disk.set_len(len)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.pass(false);
        self.disk.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.pass(false);
        self.disk.write(offset, data)
    }
}

/// The room on a disk that can hang.
fn gated() -> (World, Gated) {
    let mut world = World::mock(61);
    world.file_text("chief", "A note\n\nIts words.\n", "Secret", 1);
    let disk = Gated {
        disk: world.disk.clone(),
        gate: Arc::new((Mutex::new(Shut::No), Condvar::new())),
        came: Arc::default(),
    };
    world.guard.take().unwrap().shut().unwrap();
    world.tokens.clear();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let house = common::house_key(&world.house, world.env.floor);
    world.guard = Some(Guard::open(vault, house, world.env.clone()).unwrap());
    world.sign_in("chief");
    (world, disk)
}

/// The status, which must come soon.
fn status(world: &World) -> Status {
    soon(SOON, || world.guard().status())
}

fn until(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + DISK_WAIT_MAX + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_room_on_a_hanging_disk_says_so_and_opens_again() {
    let (world, disk) = gated();
    let world = &world;
    disk.set(Shut::ToWrites);
    thread::scope(|scope| {
        let listing = || world.ask("chief", &Request::List(ListQuery::default()));
        // Many wait for the disk, one with the state's lock to itself; so does the checkpoint.
        let waiting: Vec<_> = (0..40).map(|_| scope.spawn(listing)).collect();
        let filing =
            scope.spawn(|| world.file_text("chief", "Another\n\nIts words.\n", "Secret", 2));
        let ticking = scope.spawn(|| world.guard().tick());
        thread::sleep(Duration::from_millis(200));
        assert_eq!(status(world).state, "open");
        until("it does not close", || status(world).state == "closed");
        let because = status(world).because.unwrap();
        assert!(
            because.starts_with("the disk has not answered for "),
            "{because}"
        );
        // Whoever comes now is refused at once, in the same words.
        let refused = soon(SOON, listing).unwrap_err();
        assert_eq!(refused.code, Code::Closed);
        assert!(refused.message.contains("the disk has not answered for "));
        let ask = SignIn {
            name: "chief".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        assert_eq!(
            world.guard().sign_in(&ask, PEER).unwrap_err().code,
            Code::Closed
        );
        assert!(world.guard().is_open().is_err());
        // The disk answers: those who waited are, and the room is open without anyone's doing.
        disk.set(Shut::No);
        until("it does not open", || status(world).state == "open");
        for asked in waiting {
            asked.join().unwrap().unwrap();
        }
        assert!(filing.join().unwrap().complete);
        ticking.join().unwrap();
    });
    assert_eq!(world.list("chief").records.len(), 2);
}

/// Opening reads, and nobody writes: the room that hangs while it opens shows that by its vault alone.
#[test]
fn readings_that_hang_show_too() {
    let (mut world, disk) = gated();
    let image = FaultDisk::from_image(world.disk.image());
    drop(world.guard.take());
    let fresh = Gated {
        disk: image,
        ..disk
    };
    let vault = Vault::with_backend(fresh.clone()).unwrap();
    assert_eq!(vault.stalled(), None);
    // Longer than what a vault keeps in memory, so that it is read from the disk whatever opening has read.
    let long = Key::new(u8::MAX, [1; 16], 0);
    let mut commit = Commit::new();
    commit.put(long, vec![7; VALUE_BYTES_MAX]);
    vault.submit(commit).wait().unwrap();
    until("the writer rests", || vault.stalled().is_none());
    fresh.set(Shut::ToAll);
    thread::scope(|scope| {
        let read = || vault.get(long).unwrap().map(|value| value.len());
        let reading = scope.spawn(read);
        let hangs = |waited: Duration| waited > Duration::from_millis(200);
        until("no reading hangs", || vault.stalled().is_some_and(hangs));
        fresh.set(Shut::No);
        assert_eq!(reading.join().unwrap(), Some(VALUE_BYTES_MAX));
    });
    assert_eq!(vault.stalled(), None);
}

/// A room in a file, as a service has it.
struct InAFile {
    guard: Guard,
    path: std::path::PathBuf,
    folder: tempfile::TempDir,
}

fn in_a_file() -> InAFile {
    let world = World::mock(62);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.redb");
    std::fs::write(&path, world.disk.image()).unwrap();
    let house = common::house_key(&world.house, world.env.floor);
    let guard = Guard::open(Vault::open(&path).unwrap(), house, world.env.clone()).unwrap();
    guard.tick();
    assert_eq!(guard.status().state, "open");
    InAFile {
        guard,
        path,
        folder,
    }
}

#[test]
fn a_store_that_is_moved_away_closes_the_room_until_it_is_back() {
    let room = in_a_file();
    let away = room.folder.path().join("away.redb");
    std::fs::rename(&room.path, &away).unwrap();
    room.guard.tick();
    let because = room.guard.status().because.unwrap();
    assert!(because.contains("deleted, moved or replaced"), "{because}");
    // A copy in its place is not it.
    std::fs::copy(&away, &room.path).unwrap();
    room.guard.tick();
    assert_eq!(room.guard.status().state, "closed");
    std::fs::rename(&away, &room.path).unwrap();
    room.guard.tick();
    assert_eq!(room.guard.status().because, None);
}

#[test]
fn a_store_that_is_emptied_closes_the_room_for_good() {
    let room = in_a_file();
    let whole = std::fs::read(&room.path).unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&room.path)
        .unwrap();
    file.set_len(0).unwrap();
    room.guard.tick();
    let because = room.guard.status().because.unwrap();
    assert!(because.contains("bytes long"), "{because}");
    // What was put back behind its back is not looked at.
    std::fs::write(&room.path, whole).unwrap();
    room.guard.tick();
    assert_eq!(room.guard.status().state, "closed");
}

/// Between the decision that somebody may read and the disk's answer, somebody else approves that the restriction be undone.
#[test]
fn an_opening_that_is_under_way_counts_as_read() {
    let (mut world, disk) = gated();
    for name in ["ben", "dora"] {
        let roles = ["records-officer", "reader"];
        world.add_person(name, &roles, "at-most Top Secret");
    }
    let filed = world.file_text("chief", "Another\n\nIts words.\n", "Secret", 2);
    let record = filed.records[0].record.clone();
    world.restrict("ben", &record, "Top Secret", &[]);
    let made: RequestMade = world.get(
        "ben",
        Request::Ask(RequestAsk {
            ask: RequestFor::Undo {
                record: record.clone(),
            },
            reason: Some("foreign-relations".to_owned()),
            authority: None,
            because: "it was meant for another record".to_owned(),
            request: None,
        }),
    );
    let world = &world;
    let before = disk.came.load(Ordering::SeqCst);
    disk.set(Shut::ToWrites);
    thread::scope(|scope| {
        let reading = scope.spawn(|| world.read("ben", &record));
        until("the opening does not come to the disk", || {
            disk.came.load(Ordering::SeqCst) > before
        });
        let undoing = scope.spawn(|| world.ask("dora", &common::approve(&made.id)));
        thread::sleep(Duration::from_millis(300));
        disk.set(Shut::No);
        assert!(!reading.join().unwrap().portions.is_empty());
        let Err(refused) = undoing.join().unwrap() else {
            panic!("it was being read");
        };
        assert!(refused.message.contains("has read"), "{refused:?}");
    });
    assert!(!world.read("dora", &record).portions.is_empty());
}
