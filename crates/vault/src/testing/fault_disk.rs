//! A disk in memory that remembers what was not yet synced.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redb::StorageBackend;

use super::draw::{Draw, SECTOR};
use super::machine::{Device, Hanging, Machine, Sync, power_lost, sync_failed};
use super::recording::Op;
use super::{Fault, Loss};

/// What the operating system caches, and forgets after a failed sync, as one, in bytes.
const PAGE: usize = 4096;

/// Something done on a disk.
#[derive(Clone)]
pub(super) enum DiskOp {
    Write { offset: usize, bytes: Arc<[u8]> },
    SetLen(usize),
    Sync { number: u64 },
    Forget,
}

/// A disk in memory. Clones are the same disk.
///
/// Writes, changes of length and syncs are counted, so that a test can put a fault at each in turn.
#[derive(Clone)]
pub struct FaultDisk {
    device: Arc<Device>,
    state: Arc<Mutex<DiskState>>,
}

/// What a disk holds.
#[derive(Clone, Default)]
pub(super) struct DiskState {
    /// What reads see.
    seen: Vec<u8>,
    /// What certainly survives a crash.
    durable: Vec<u8>,
    /// What was written since, in order, cut at the bounds of pages.
    unsynced: Vec<Piece>,
    /// How much the disk takes, if that is limited.
    room: Option<Room>,
}

/// The most pages that may hold anything, and which do.
#[derive(Clone)]
struct Room {
    pages_max: usize,
    pages: BTreeSet<usize>,
}

#[derive(Clone)]
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
    /// An empty disk without a fault, on a machine of its own.
    pub fn new() -> Self {
        Machine::new().disk("disk")
    }

    /// A disk that holds `image`, all of it durable, on a machine of its own.
    pub fn from_image(image: Vec<u8>) -> Self {
        Machine::new().disk_holding("disk", image)
    }

    pub(super) fn of(device: Arc<Device>, state: DiskState) -> Self {
        Self {
            device,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// What reads see at present.
    pub fn image(&self) -> Vec<u8> {
        self.lock().seen.clone()
    }

    /// How many operations the machine has had, failed ones included.
    pub fn operations(&self) -> u64 {
        self.device.operations()
    }

    /// From operation number `operation` of the machine on (the first is 0) this disk fails with `fault`.
    ///
    /// A [`Fault::Reads`] sets in with the next read after it.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.device.fail_at(operation, fault);
    }

    /// This disk fails with `fault` from now on.
    pub fn fail_now(&self, fault: Fault) {
        self.device.fail_now(fault);
    }

    /// Whether a fault has set in, of this disk or of its machine.
    pub fn is_failing(&self) -> bool {
        self.device.failing().is_some()
    }

    /// Ends the disk's faults and the machine's, and forgets those that were planned.
    pub fn heal(&self) {
        self.device.heal();
    }

    /// From now on every call waits, until what is returned is dropped. It is to be held in a variable made
    /// after whatever uses the device, which cannot end before.
    pub fn hang(&self) -> Hanging {
        self.device.hang()
    }

    /// From now on each sync takes so long.
    pub fn slow(&self, each_sync: Duration) {
        self.device.slow(each_sync);
    }

    /// Lets the disk take at most this many bytes, counted in pages of 4 KiB that hold anything: a
    /// file that is made longer takes none of them before it is written. `None` for as many as one likes.
    ///
    /// A write for which there is no room is done as far as there is.
    pub fn limit(&self, bytes: Option<usize>) {
        let mut state = self.lock();
        state.room = bytes.map(|bytes| Room {
            pages_max: bytes / PAGE,
            pages: (0..)
                .zip(state.seen.chunks(PAGE))
                .filter_map(|(page, bytes)| bytes.iter().any(|b| *b != 0).then_some(page))
                .collect(),
        });
    }

    /// What a machine that crashed now would find on this disk: a new one, without a fault.
    pub fn after_crash(&self, loss: Loss) -> FaultDisk {
        Self::from_image(self.lock().after_crash(loss, 0).seen)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, DiskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FaultDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl DiskState {
    pub(super) fn holding(image: Vec<u8>) -> Self {
        Self {
            durable: image.clone(),
            seen: image,
            ..Self::default()
        }
    }

    pub(super) fn apply(&mut self, op: &DiskOp) {
        match op {
            DiskOp::Write { offset, bytes } => self.write(*offset, bytes),
            DiskOp::SetLen(len) => self.set_len(*len),
            DiskOp::Sync { .. } => self.sync(),
            DiskOp::Forget => self.forget(),
        }
    }

    /// What a crash would leave; all of it is durable then.
    pub(super) fn after_crash(&self, loss: Loss, device: usize) -> DiskState {
        let mut draw = Draw::of(loss, device);
        let mut image = self.durable.clone();
        if draw.keeps() {
            image.resize(self.seen.len(), 0);
        }
        for piece in &self.unsynced {
            for (sector, bytes) in (0..).zip(piece.bytes.chunks(SECTOR)) {
                if draw.keeps() {
                    put(&mut image, piece.offset + sector * SECTOR, bytes);
                }
            }
        }
        Self::holding(image)
    }

    /// How many bytes of a write there is room for, from its beginning.
    fn room(&self, offset: usize, len: usize) -> usize {
        let Some(room) = &self.room else {
            return len;
        };
        let mut free = room.pages_max.saturating_sub(room.pages.len());
        let mut end = offset;
        while end < offset + len {
            if !room.pages.contains(&(end / PAGE)) {
                if free == 0 {
                    break;
                }
                free -= 1;
            }
            end = (end / PAGE + 1) * PAGE;
        }
        len.min(end.saturating_sub(offset))
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.seen, offset, bytes);
        let mut rest = bytes;
        let mut offset = offset;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(PAGE - offset % PAGE));
            if let Some(room) = &mut self.room {
                room.pages.insert(offset / PAGE);
            }
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
        if let Some(room) = &mut self.room {
            room.pages.split_off(&len.div_ceil(PAGE));
        }
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
        self.device.pass();
        let state = self.lock();
        match self.device.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            _ => Ok(state.seen.len() as u64),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.device.pass();
        let state = self.lock();
        self.device.look()?;
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| state.seen.get(start..start.checked_add(out.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.device.pass();
        let mut state = self.lock();
        self.device.change()?;
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::StorageFull)?;
        state.set_len(len);
        self.device.record(|| Op::Disk(DiskOp::SetLen(len)));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.device.pass_sync();
        let mut state = self.lock();
        let (op, result) = match self.device.sync()? {
            Sync::DoesNothing => return Ok(()),
            Sync::Done { number } => (DiskOp::Sync { number }, Ok(())),
            Sync::Fails => (DiskOp::Forget, Err(sync_failed())),
        };
        state.apply(&op);
        self.device.record(|| Op::Disk(op));
        result
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.device.pass();
        let mut state = self.lock();
        self.device.change()?;
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        let written = &data[..state.room(offset, data.len())];
        state.write(offset, written);
        self.device.record(|| {
            Op::Disk(DiskOp::Write {
                offset,
                bytes: written.into(),
            })
        });
        if written.len() < data.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
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

fn put(disk: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if disk.len() < end {
        disk.resize(end, 0);
    }
    disk[offset..end].copy_from_slice(bytes);
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

    #[test]
    fn a_limited_disk_takes_what_there_is_room_for() {
        let disk = FaultDisk::new();
        disk.limit(Some(2 * PAGE));
        disk.set_len(10 * PAGE as u64).unwrap();
        disk.write(100, &[1; PAGE]).unwrap();
        disk.write(PAGE as u64, &[2; PAGE]).unwrap();
        let full = disk.write(PAGE as u64 + 100, &[3; PAGE]).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        let image = disk.image();
        assert_eq!((image[2 * PAGE - 1], image[2 * PAGE]), (3, 0));
        disk.set_len(PAGE as u64).unwrap();
        disk.write(PAGE as u64, &[4; PAGE]).unwrap();
        disk.limit(None);
        disk.write(0, &[5; 5 * PAGE]).unwrap();
    }

    #[test]
    fn a_disk_hangs_until_it_is_released() {
        let disk = FaultDisk::new();
        let hanging = disk.hang();
        let writing = std::thread::spawn({
            let disk = disk.clone();
            move || disk.write(0, b"a")
        });
        std::thread::sleep(Duration::from_millis(5));
        assert!(!writing.is_finished() && disk.operations() == 0);
        hanging.release();
        writing.join().unwrap().unwrap();
        disk.slow(Duration::from_millis(5));
        let begun = std::time::Instant::now();
        disk.sync_data().unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(5));
    }

    #[test]
    fn two_disks_of_one_machine_fail_together_or_alone() {
        let machine = Machine::new();
        let (one, other) = (machine.disk("one"), machine.disk("other"));
        one.write(0, b"a").unwrap();
        one.fail_now(Fault::Writes);
        assert!(one.write(0, b"a").is_err());
        other.write(0, b"b").unwrap();
        assert_eq!(machine.operations(), 3);
        one.heal();
        machine.fail_at(3, Fault::PowerLost);
        assert!(!machine.is_failing());
        assert!(other.sync_data().is_err() && one.write(0, b"a").is_err());
        let after = machine.after_crash(Loss::Nothing);
        assert_eq!(after.disk("one").image(), b"a");
        assert_eq!(after.disk("other").image(), b"b");
    }
}
