//! Loss of power at every operation of a store, a ledger's folder and a head file together; every sync
//! taken away; every fault at every operation of the folder.

use std::panic::{AssertUnwindSafe, catch_unwind};

use strongroom_vault::folder::{FolderError, HeadFile, LedgerFolder};
use strongroom_vault::testing::{Fault, Loss, Machine};
use strongroom_vault::{Commit, Vault};

/// The sizes at which checkpoints are published: within a tile, at its end, beyond it, two at once.
const SIZES: [u64; 7] = [1, 3, 256, 257, 511, 513, 514];

/// How many draws of what a crash keeps are tried at each operation, besides all and nothing.
const DRAWS: u64 = 6;

fn checkpoint(size: u64) -> Vec<u8> {
    format!("strongroom/test\n{size}\nroot\n").into_bytes()
}

fn size_of(checkpoint: &[u8]) -> u64 {
    let text = std::str::from_utf8(checkpoint).expect("a checkpoint is whole");
    let size = text.lines().nth(1).expect("it has a size");
    assert_eq!(
        checkpoint,
        self::checkpoint(size.parse().unwrap()),
        "and all the rest"
    );
    size.parse().unwrap()
}

/// The names of the tiles that a log of `size` entries has: levels 0 and 1, and bundles.
fn tiles(size: u64) -> Vec<String> {
    let mut paths = Vec::new();
    for (level, count) in [("entries", size), ("0", size), ("1", size / 256)] {
        for index in 0..count / 256 {
            paths.push(format!("tile/{level}/{index:03}"));
        }
        if count % 256 > 0 {
            paths.push(format!("tile/{level}/{:03}.p/{}", count / 256, count % 256));
        }
    }
    paths
}

/// What stands in a file: more than a sector, and known from its name.
fn bytes(path: &str) -> Vec<u8> {
    path.bytes().cycle().take(1200).collect()
}

/// What a publication from one size to the next writes.
fn growth(from: u64, to: u64) -> Vec<(String, Vec<u8>)> {
    let before = tiles(from);
    let new = tiles(to).into_iter().filter(|path| !before.contains(path));
    new.map(|path| (path.clone(), bytes(&path))).collect()
}

/// A machine with a store, a ledger's folder and a head file.
struct World {
    vault: Vault,
    ledger: LedgerFolder,
    head: HeadFile,
}

impl World {
    fn on(machine: &Machine) -> World {
        World {
            vault: Vault::with_backend(machine.disk("store")).expect("a store opens after a crash"),
            ledger: LedgerFolder::over(machine.folder("ledger")),
            head: HeadFile::over(machine.folder("outside"), "head"),
        }
    }

    /// From what is there to `size`: entries, then the head outside, then the folder.
    fn grow(&self, size: u64) {
        let missing = size
            .checked_sub(self.vault.size())
            .expect("the ledger only grows");
        let mut commit = Commit::new();
        for _ in 0..missing {
            commit.entry([7; 33], [8; 16]);
        }
        self.vault.submit(commit).wait().unwrap();
        self.publish(size).unwrap();
        self.head.replace(&checkpoint(size)).unwrap();
    }

    fn publish(&self, size: u64) -> Result<(), FolderError> {
        let there = self.ledger.published()?;
        let from = there.as_deref().map_or(0, size_of);
        self.ledger
            .publish(there.as_deref(), growth(from, size), &checkpoint(size))
    }

    /// Checks that nothing promises what is not there, and that it goes on; `acknowledged` is the size
    /// that was reached. Says what is wrong.
    fn check(&self, acknowledged: u64) -> Result<(), String> {
        let published = self.ledger.published().map_err(|e| e.to_string())?;
        let published = published.as_deref().map_or(0, size_of);
        let head = self.head.read().map_err(|e| e.to_string())?;
        let head = head.as_deref().map_or(0, size_of);
        if published < acknowledged || head < acknowledged {
            return Err(format!(
                "of {acknowledged} only {published} and {head} are left"
            ));
        }
        if head > published || published > self.vault.size() {
            return Err(format!(
                "{head}, {published} and {} run ahead",
                self.vault.size()
            ));
        }
        for path in tiles(published) {
            match self.ledger.read(&path, 4000).map_err(|e| e.to_string())? {
                Some(found) if found == bytes(&path) => {}
                Some(_) => return Err(format!("{path} is torn")),
                None => return Err(format!("{path} of {published} is missing")),
            }
        }
        Ok(())
    }
}

/// A run over all sizes, and how many operations there had been when each was reached.
fn run(machine: &Machine) -> Vec<(u64, u64)> {
    let world = World::on(machine);
    let mut reached = vec![(machine.operations(), 0)];
    for size in SIZES {
        world.grow(size);
        reached.push((machine.operations(), size));
    }
    reached
}

fn reached_by(reached: &[(u64, u64)], operation: u64) -> u64 {
    reached
        .iter()
        .rfind(|(at, _)| *at <= operation)
        .expect("the first")
        .1
}

#[test]
fn loss_of_power_at_every_operation_of_store_folder_and_head() {
    let machine = Machine::recording();
    let reached = run(&machine);
    let recording = machine.recorded();
    let mut replay = recording.replay();
    let mut images = 0;
    for operation in reached[0].0..=recording.operations() {
        replay.to(operation);
        let acknowledged = reached_by(&reached, operation);
        let draws = (0..DRAWS).map(|draw| Loss::Drawn(operation * DRAWS + draw));
        for loss in [Loss::All, Loss::Nothing].into_iter().chain(draws) {
            let after = replay.crash(loss);
            let world = World::on(&after);
            world
                .check(acknowledged)
                .unwrap_or_else(|e| panic!("at {operation} with {loss:?}: {e}"));
            images += 1;

            // It goes on from there, and a second crash takes nothing back.
            if loss == Loss::Drawn(operation * DRAWS) {
                world.ledger.tidy().unwrap();
                world.check(acknowledged).unwrap();
                world.grow(600);
                World::on(&after.after_crash(Loss::All)).check(600).unwrap();
            }
        }
    }
    assert!(images > 1000, "only {images}");
}

#[test]
fn every_sync_that_is_taken_away_is_noticed() {
    let machine = Machine::recording();
    let world = World::on(&machine);
    let syncs_before = machine.syncs();
    let mut reached = vec![(machine.operations(), 0)];
    for size in [1, 257] {
        world.grow(size);
        reached.push((machine.operations(), size));
    }
    let recording = machine.recorded();
    let mut needless = Vec::new();
    for sync in syncs_before..recording.syncs() {
        let (at, what) = recording.sync(sync).expect("none has failed");
        let mut replay = recording.replay_without_sync(sync);
        let noticed = (at + 1..=recording.operations()).any(|operation| {
            replay.to(operation);
            let acknowledged = reached_by(&reached, operation);
            let draws = (0..16).map(|draw| Loss::Drawn(operation * 16 + draw));
            [Loss::All].into_iter().chain(draws).any(|loss| {
                let after = replay.crash(loss);
                // A store, or a checkpoint, that is not even one ends its check by a panic.
                let checked =
                    catch_unwind(AssertUnwindSafe(|| World::on(&after).check(acknowledged)));
                !matches!(checked, Ok(Ok(())))
            })
        });
        if !noticed {
            needless.push((sync, what));
        }
    }
    assert!(
        needless.is_empty(),
        "of {}: {needless:?}",
        recording.syncs()
    );
    assert!(recording.syncs() - syncs_before > 30);
}

#[test]
fn a_fault_at_every_operation_leaves_a_folder_that_goes_on() {
    for fault in [
        Fault::Writes,
        Fault::Syncs,
        Fault::Full,
        Fault::ReadOnly,
        Fault::Reads,
        Fault::PowerLost,
    ] {
        for at in 0.. {
            let machine = Machine::new();
            let folder = machine.folder("ledger");
            let ledger = LedgerFolder::over(folder.clone());
            folder.fail_at(at, fault);
            let mut failed = 0;
            let mut reached = 0;
            for size in SIZES {
                let publish = || {
                    let there = ledger.published()?;
                    let from = there.as_deref().map_or(0, size_of);
                    ledger.publish(there.as_deref(), growth(from, size), &checkpoint(size))
                };
                if let Err(error) = publish() {
                    failed += 1;
                    let said = error.to_string();
                    let word = match fault {
                        Fault::Full => "the disk is full",
                        Fault::ReadOnly => "not permitted",
                        _ => "planned",
                    };
                    assert!(said.contains(word), "{said}");
                    assert!(
                        publish().is_err() || fault == Fault::Reads,
                        "until it is healed"
                    );
                    folder.heal();
                    publish().unwrap();
                }
                reached = size;
                let after = machine.after_crash(Loss::All).folder("ledger");
                let after = LedgerFolder::over(after);
                assert_eq!(size_of(&after.published().unwrap().unwrap()), size);
                for path in tiles(size) {
                    let found = after.read(&path, 4000).unwrap();
                    assert!(
                        found == Some(bytes(&path)),
                        "{path} of {size}, {fault:?} at {at}"
                    );
                }
            }
            assert_eq!(reached, SIZES[SIZES.len() - 1]);
            if failed == 0 {
                assert!(at > 40, "{fault:?} set in only {at} times");
                break;
            }
        }
    }
}

#[test]
fn a_folder_without_room_takes_what_fits_and_goes_on_when_there_is_room() {
    let whole: usize = tiles(514).iter().map(|path| bytes(path).len()).sum();
    for limit in (0..whole + 4000).step_by(600) {
        let machine = Machine::new();
        let folder = machine.folder("ledger");
        folder.limit(Some(limit));
        let ledger = LedgerFolder::over(folder.clone());
        let Err(error) = ledger.publish(None, growth(0, 514), &checkpoint(514)) else {
            assert!(limit >= whole);
            continue;
        };
        assert!(matches!(error, FolderError::Full { .. }), "{error}");
        assert_eq!(ledger.published().unwrap(), None);
        folder.limit(None);
        ledger
            .publish(None, growth(0, 514), &checkpoint(514))
            .unwrap();
        assert_eq!(size_of(&ledger.published().unwrap().unwrap()), 514);
    }
}

#[test]
fn a_folder_that_was_emptied_is_noticed() {
    let machine = Machine::new();
    let folder = machine.folder("ledger");
    let ledger = LedgerFolder::over(folder.clone());
    ledger
        .publish(None, growth(0, 300), &checkpoint(300))
        .unwrap();
    folder.empty();
    let next = ledger.publish(Some(&checkpoint(300)), growth(300, 301), &checkpoint(301));
    assert!(matches!(next, Err(FolderError::Changed { .. })), "{next:?}");
    ledger
        .publish(None, growth(0, 301), &checkpoint(301))
        .unwrap();
    let after = LedgerFolder::over(machine.after_crash(Loss::All).folder("ledger"));
    for path in tiles(301) {
        assert!(after.read(&path, 4000).unwrap().is_some(), "{path}");
    }
}
