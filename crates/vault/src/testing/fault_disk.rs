//! A disk in memory that remembers what was not yet synced.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;
/// What the operating system caches, and forgets after a failed sync, as one, in bytes.
const PAGE: usize = 4096;

/// How a [`FaultDisk`] fails. Each lasts until [`FaultDisk::heal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power is gone: nothing works, and nothing more is written.
    PowerLost,
    /// Reads fail.
    Reads,
    /// Writes fail, those that change the length included.
    Writes,
    /// Syncs fail, and the pages that were to be synced count as clean from then on, as on Linux:
    /// they can still be read, but do not reach the disk unless they are written once more.
    Syncs,
    /// Writes find no space.
    Full,
    /// Writes are refused, as on a file system mounted read-only.
    ReadOnly,
}

/// How much of what was not synced a crash loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// Some: which writes, and which sectors of them, is drawn from the seed. Of two writes to one
    /// sector either may be the one that stays, so that order is lost too.
    Drawn(u64),
}

/// A disk in memory. Clones are the same disk.
///
/// Writes, changes of length and syncs are counted, so that a test can put a fault at each in turn.
#[derive(Clone, Default)]
pub struct FaultDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What reads see.
    seen: Vec<u8>,
    /// What certainly survives a crash.
    durable: Vec<u8>,
    /// What was written since, in order, cut at the bounds of pages.
    unsynced: Vec<Piece>,
    operations: u64,
    planned: Option<(u64, Fault)>,
    present: Option<Fault>,
}

struct Piece {
    offset: usize,
    bytes: Vec<u8>,
    /// A sync of it has failed: a later sync does not write it.
    forgotten: bool,
}

impl Piece {
    fn page(&self) -> usize {
        self.offset / PAGE
    }
}

impl FaultDisk {
    /// An empty disk without a fault.
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds `image`, all of it durable.
    pub fn from_image(image: Vec<u8>) -> Self {
        let disk = Self::new();
        disk.lock().durable = image.clone();
        disk.lock().seen = image;
        disk
    }

    /// What reads see at present.
    pub fn image(&self) -> Vec<u8> {
        self.lock().seen.clone()
    }

    /// How many writes, changes of length and syncs there were, failed ones included.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// From operation number `operation` on (the first is 0) fails with `fault`.
    ///
    /// A [`Fault::Reads`] sets in with the next read after it.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.lock().planned = Some((operation, fault));
    }

    /// Fails with `fault` from now on.
    pub fn fail_now(&self, fault: Fault) {
        self.lock().present = Some(fault);
    }

    /// Whether a fault has set in.
    pub fn is_failing(&self) -> bool {
        self.lock().failing().is_some()
    }

    /// Ends the fault, and forgets one that was planned.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.planned = None;
        state.present = None;
    }

    /// What a machine that crashed now would find on its disk: a new disk, without a fault.
    pub fn after_crash(&self, loss: Loss) -> FaultDisk {
        let state = self.lock();
        let mut draw = match loss {
            Loss::All => Draw::never(),
            Loss::Nothing => Draw::always(),
            Loss::Drawn(seed) => Draw::from_seed(seed),
        };
        let mut image = state.durable.clone();
        if draw.keeps() {
            image.resize(state.seen.len(), 0);
        }
        for piece in &state.unsynced {
            for (sector, bytes) in (0..).zip(piece.bytes.chunks(SECTOR)) {
                if draw.keeps() {
                    put(&mut image, piece.offset + sector * SECTOR, bytes);
                }
            }
        }
        Self::from_image(image)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn failing(&self) -> Option<Fault> {
        let planned = self.planned.filter(|(at, _)| self.operations > *at);
        self.present.or(planned.map(|(_, fault)| fault))
    }

    /// Counts one operation that changes the disk, and fails it if it is to fail.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            Some(Fault::Writes) => Err(io::Error::other("planned failure of a write")),
            Some(Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::ReadOnly) => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            Some(Fault::Reads | Fault::Syncs) | None => Ok(()),
        }
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.seen, offset, bytes);
        let mut rest = bytes;
        let mut offset = offset;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(PAGE - offset % PAGE));
            self.unsynced.push(Piece {
                offset,
                bytes: piece.to_vec(),
                forgotten: false,
            });
            offset += piece.len();
            rest = after;
        }
    }

    fn set_len(&mut self, len: usize) {
        self.seen.resize(len, 0);
        // What lay beyond the end does not come back.
        self.unsynced.retain_mut(|piece| {
            piece.bytes.truncate(len.saturating_sub(piece.offset));
            !piece.bytes.is_empty()
        });
    }

    fn sync(&mut self) {
        let written: BTreeSet<usize> = self
            .unsynced
            .iter()
            .filter(|piece| !piece.forgotten)
            .map(Piece::page)
            .collect();
        self.durable.resize(self.seen.len(), 0);
        for page in &written {
            let bytes = page * PAGE..self.seen.len().min((page + 1) * PAGE);
            self.durable[bytes.clone()].copy_from_slice(&self.seen[bytes]);
        }
        self.unsynced
            .retain(|piece| !written.contains(&piece.page()));
    }

    fn forget(&mut self) {
        for piece in &mut self.unsynced {
            piece.forgotten = true;
        }
    }
}

impl StorageBackend for FaultDisk {
    fn len(&self) -> io::Result<u64> {
        let state = self.lock();
        match state.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            _ => Ok(state.seen.len() as u64),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.lock();
        match state.failing() {
            Some(Fault::PowerLost) => return Err(power_lost()),
            Some(Fault::Reads) => return Err(io::Error::other("planned failure of a read")),
            _ => {}
        }
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| state.seen.get(start..start.checked_add(out.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::StorageFull)?;
        state.set_len(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.operations += 1;
        match state.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            Some(Fault::Syncs) => {
                state.forget();
                Err(io::Error::other("planned failure of a sync"))
            }
            _ => {
                state.sync();
                Ok(())
            }
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        state.write(offset, data);
        Ok(())
    }
}

impl std::fmt::Debug for FaultDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultDisk")
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}

fn power_lost() -> io::Error {
    io::Error::other("planned loss of power")
}

fn put(disk: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if disk.len() < end {
        disk.resize(end, 0);
    }
    disk[offset..end].copy_from_slice(bytes);
}

/// Decides, write by write, what a crash keeps.
struct Draw {
    state: u64,
    /// Of 256.
    chance: u64,
}

impl Draw {
    fn never() -> Self {
        Self {
            state: 0,
            chance: 0,
        }
    }

    fn always() -> Self {
        Self {
            state: 0,
            chance: 256,
        }
    }

    /// A seed also decides how much is kept: hardly anything, half, or nearly all.
    fn from_seed(seed: u64) -> Self {
        let chance = [16, 128, 240, 252][(seed % 4) as usize];
        Self {
            state: seed,
            chance,
        }
    }

    /// SplitMix64, by G. Steele, D. Lea and C. Flood ("Fast splittable pseudorandom number
    /// generators", 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn keeps(&mut self) -> bool {
        self.next() % 256 < self.chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(disk: &FaultDisk, loss: Loss) -> Vec<u8> {
        disk.after_crash(loss).image()
    }

    #[test]
    fn only_what_was_synced_survives_for_certain() {
        let disk = FaultDisk::new();
        disk.write(0, &[1; 600]).unwrap();
        assert!(after(&disk, Loss::All).is_empty());
        assert_eq!(after(&disk, Loss::Nothing), [1; 600]);
        disk.sync_data().unwrap();
        assert_eq!(after(&disk, Loss::All), [1; 600]);
        disk.write(0, &[2; 600]).unwrap();
        assert_eq!(disk.image(), [2; 600]);
        assert_eq!(after(&disk, Loss::All), [1; 600]);
    }

    #[test]
    fn crashes_tear_at_sectors_and_lose_order() {
        let disk = FaultDisk::new();
        disk.write(0, &[0; 2 * SECTOR]).unwrap();
        disk.sync_data().unwrap();
        disk.write(0, &[1; 2 * SECTOR]).unwrap();
        disk.write(0, &[2; 2 * SECTOR]).unwrap();
        let seen: BTreeSet<(u8, u8)> = (0..400)
            .map(|seed| {
                let image = after(&disk, Loss::Drawn(seed));
                let (first, second) = image.split_at(SECTOR);
                assert!(first.iter().all(|b| *b == first[0]));
                assert!(second.iter().all(|b| *b == second[0]));
                (first[0], second[0])
            })
            .collect();
        assert_eq!(seen.len(), 9, "every version of each sector: {seen:?}");
    }

    #[test]
    fn a_failed_sync_forgets_pages_until_they_are_written_again() {
        let disk = FaultDisk::new();
        disk.write(0, &[1; PAGE]).unwrap();
        disk.write(PAGE as u64, &[1; PAGE]).unwrap();
        disk.fail_now(Fault::Syncs);
        disk.sync_data().unwrap_err();
        disk.heal();
        disk.sync_data().unwrap();
        assert_eq!(disk.image(), [1; 2 * PAGE], "readers still see it");
        assert_eq!(after(&disk, Loss::All), [0; 2 * PAGE]);
        disk.write(5, &[2]).unwrap();
        disk.sync_data().unwrap();
        let image = after(&disk, Loss::All);
        assert_eq!((image[0], image[5], image[PAGE]), (1, 2, 0));
    }

    #[test]
    fn faults_set_in_at_their_operation_and_end_with_healing() {
        let disk = FaultDisk::new();
        disk.fail_at(2, Fault::Full);
        disk.write(0, b"a").unwrap();
        disk.set_len(10).unwrap();
        assert!(!disk.is_failing());
        let full = disk.write(1, b"b").unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        disk.sync_data().unwrap();
        disk.heal();
        disk.write(1, b"b").unwrap();
        disk.fail_now(Fault::PowerLost);
        assert!(disk.len().is_err() && disk.read(0, &mut [0]).is_err());
    }
}
