//! What the devices of one machine have in common: a count of operations, and how they fail.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::fault_disk::DiskState;
use super::folder_state::FolderState;
use super::recording::{Image, Op, Recording, Step};
use super::{FaultDisk, FaultFolder, Loss};

/// How a device, or all of a machine, fails. Each lasts until it is healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power is gone: nothing works, and nothing more is written.
    PowerLost,
    /// Reads fail.
    Reads,
    /// Writes fail, and all else that changes anything.
    Writes,
    /// Syncs fail, and what was to be synced counts as clean from then on, as on Linux: it can still be
    /// read, but does not reach the disk unless it is written once more. Changes of names do reach it
    /// with a later sync: a file system that cannot write those stops writing altogether.
    Syncs,
    /// Writes find no space.
    Full,
    /// Writes are refused, as on a file system mounted read-only.
    ReadOnly,
}

/// Devices that lose power together. Clones are the same machine.
#[derive(Clone, Default)]
pub struct Machine {
    core: Arc<Core>,
    devices: Arc<Mutex<Vec<(String, Kind)>>>,
}

/// What each device knows of its machine. The devices are not in it: they would keep themselves alive.
#[derive(Default)]
struct Core(Mutex<State>);

#[derive(Default)]
struct State {
    operations: u64,
    syncs: u64,
    /// The sync that is to do nothing.
    lost_sync: Option<u64>,
    faults: Faults,
    /// What was done since the beginning, if that is to be remembered.
    steps: Option<Vec<Step>>,
    /// What each device held when it came to this machine.
    first: Vec<(String, Image)>,
}

#[derive(Clone)]
enum Kind {
    Disk(FaultDisk),
    Folder(FaultFolder),
}

#[derive(Default)]
struct Faults {
    planned: Option<(u64, Fault)>,
    present: Option<Fault>,
}

impl Faults {
    /// The fault that holds once this many operations have begun.
    fn at(&self, operations: u64) -> Option<Fault> {
        let planned = self.planned.filter(|(at, _)| operations > *at);
        self.present.or(planned.map(|(_, fault)| fault))
    }
}

impl Machine {
    /// A machine without devices and without a fault.
    pub fn new() -> Self {
        Self::default()
    }

    /// A machine that remembers what is done on it, for [`Machine::recorded`].
    pub fn recording() -> Self {
        let machine = Self::default();
        machine.core.lock().steps = Some(Vec::new());
        machine
    }

    /// The disk of this name: an empty one if there is none yet.
    ///
    /// # Panics
    ///
    /// If there is a folder of that name.
    pub fn disk(&self, name: &str) -> FaultDisk {
        self.disk_holding(name, Vec::new())
    }

    /// The disk of this name: one that holds `image`, all of it durable, if there is none yet.
    ///
    /// # Panics
    ///
    /// If there is a folder of that name.
    pub fn disk_holding(&self, name: &str, image: Vec<u8>) -> FaultDisk {
        match self.device(name, || Image::Disk(DiskState::holding(image))) {
            Kind::Disk(disk) => disk,
            Kind::Folder(_) => panic!("{name} is a folder"),
        }
    }

    /// The folder of this name: an empty one if there is none yet.
    ///
    /// # Panics
    ///
    /// If there is a disk of that name.
    pub fn folder(&self, name: &str) -> FaultFolder {
        match self.device(name, || Image::Folder(FolderState::default())) {
            Kind::Folder(folder) => folder,
            Kind::Disk(_) => panic!("{name} is a disk"),
        }
    }

    /// How many operations there were, on all devices, failed ones included.
    pub fn operations(&self) -> u64 {
        self.core.lock().operations
    }

    /// How many of them were syncs.
    pub fn syncs(&self) -> u64 {
        self.core.lock().syncs
    }

    /// From operation number `operation` on (the first is 0) all devices fail with `fault`.
    ///
    /// A [`Fault::Reads`] sets in with the next read after it.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.core.lock().faults.planned = Some((operation, fault));
    }

    /// All devices fail with `fault` from now on.
    pub fn fail_now(&self, fault: Fault) {
        self.core.lock().faults.present = Some(fault);
    }

    /// Whether a fault of the whole machine has set in.
    pub fn is_failing(&self) -> bool {
        let state = self.core.lock();
        state.faults.at(state.operations).is_some()
    }

    /// Ends the fault of the whole machine, and forgets one that was planned.
    pub fn heal(&self) {
        self.core.lock().heal();
    }

    /// Sync number `sync` (the first is 0) claims to have been done, and does nothing.
    ///
    /// For showing that a test would notice a sync that is missing.
    pub fn lose_sync(&self, sync: u64) {
        self.core.lock().lost_sync = Some(sync);
    }

    /// What would be found if the whole machine crashed now: a new one, with the same devices, without a fault.
    pub fn after_crash(&self, loss: Loss) -> Machine {
        let devices = self.devices();
        let images = devices.iter().enumerate().map(|(number, (name, kind))| {
            let image = match kind {
                Kind::Disk(disk) => Image::Disk(disk.lock().after_crash(loss, number)),
                Kind::Folder(folder) => Image::Folder(folder.lock().after_crash(loss, number)),
            };
            (name.clone(), image)
        });
        Self::holding(images)
    }

    /// What was done until now.
    ///
    /// # Panics
    ///
    /// If the machine does not record.
    pub fn recorded(&self) -> Recording {
        let state = self.core.lock();
        let steps = state.steps.clone().expect("the machine records");
        Recording::new(state.first.clone(), steps, state.operations, state.syncs)
    }

    pub(super) fn holding(images: impl IntoIterator<Item = (String, Image)>) -> Self {
        let machine = Self::new();
        for (name, image) in images {
            machine.device(&name, || image);
        }
        machine
    }

    fn device(&self, name: &str, image: impl FnOnce() -> Image) -> Kind {
        let mut devices = self.devices();
        if let Some((_, kind)) = devices.iter().find(|(other, _)| other == name) {
            return kind.clone();
        }
        let image = image();
        let device = Device::new(self.core.clone(), devices.len());
        let mut state = self.core.lock();
        if state.steps.is_some() {
            state.first.push((name.to_owned(), image.clone()));
        }
        let kind = match image {
            Image::Disk(disk) => Kind::Disk(FaultDisk::of(device, disk)),
            Image::Folder(folder) => Kind::Folder(FaultFolder::of(device, name, folder)),
        };
        devices.push((name.to_owned(), kind.clone()));
        kind
    }

    fn devices(&self) -> MutexGuard<'_, Vec<(String, Kind)>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn heal(&mut self) {
        self.faults = Faults::default();
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let devices = self.devices();
        let names = devices.iter().map(|(name, _)| name);
        f.debug_struct("Machine")
            .field("devices", &names.collect::<Vec<_>>())
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}

/// One device's place on its machine, and its own faults.
pub(super) struct Device {
    core: Arc<Core>,
    number: usize,
    condition: Mutex<Condition>,
    released: Condvar,
}

#[derive(Default)]
struct Condition {
    faults: Faults,
    hanging: bool,
    slowness: Duration,
}

impl Device {
    fn new(core: Arc<Core>, number: usize) -> Arc<Self> {
        Arc::new(Self {
            core,
            number,
            condition: Mutex::default(),
            released: Condvar::new(),
        })
    }

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn operations(&self) -> u64 {
        self.core.lock().operations
    }

    pub(super) fn fail_at(&self, operation: u64, fault: Fault) {
        self.condition().faults.planned = Some((operation, fault));
    }

    pub(super) fn fail_now(&self, fault: Fault) {
        self.condition().faults.present = Some(fault);
    }

    pub(super) fn hang(self: &Arc<Self>) -> Hanging {
        self.condition().hanging = true;
        Hanging(self.clone())
    }

    fn release(&self) {
        self.condition().hanging = false;
        self.released.notify_all();
    }

    pub(super) fn slow(&self, slowness: Duration) {
        self.condition().slowness = slowness;
    }

    pub(super) fn heal(&self) {
        self.condition().faults = Faults::default();
        self.core.lock().heal();
    }

    /// Waits while the device hangs. To be called before the device's state is locked, so that a test
    /// can look at it meanwhile.
    pub(super) fn pass(&self) {
        let mut condition = self.condition();
        while condition.hanging {
            condition = self
                .released
                .wait(condition)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`Device::pass`], and takes as long as a sync does here.
    pub(super) fn pass_sync(&self) {
        self.pass();
        let slowness = self.condition().slowness;
        if !slowness.is_zero() {
            thread::sleep(slowness);
        }
    }

    pub(super) fn failing(&self) -> Option<Fault> {
        let state = self.core.lock();
        let own = self.condition().faults.at(state.operations);
        own.or(state.faults.at(state.operations))
    }

    /// Fails what only looks, if it is to fail.
    pub(super) fn look(&self) -> io::Result<()> {
        match self.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            Some(Fault::Reads) => Err(io::Error::other("planned failure of a read")),
            _ => Ok(()),
        }
    }

    /// Counts one operation that changes something, and fails it if it is to fail.
    pub(super) fn change(&self) -> io::Result<()> {
        self.core.lock().operations += 1;
        match self.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            Some(Fault::Writes) => Err(io::Error::other("planned failure of a write")),
            Some(Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::ReadOnly) => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            Some(Fault::Reads | Fault::Syncs) | None => Ok(()),
        }
    }

    /// Counts one sync; says what becomes of it.
    pub(super) fn sync(&self) -> io::Result<Sync> {
        let (number, lost) = {
            let mut state = self.core.lock();
            state.operations += 1;
            state.syncs += 1;
            let number = state.syncs - 1;
            (number, state.lost_sync == Some(number))
        };
        match self.failing() {
            Some(Fault::PowerLost) => Err(power_lost()),
            Some(Fault::Syncs) => Ok(Sync::Fails),
            _ if lost => Ok(Sync::DoesNothing),
            _ => Ok(Sync::Done { number }),
        }
    }

    /// Remembers what was just done, if that is wanted. To be called while the device's state is locked.
    pub(super) fn record(&self, op: impl FnOnce() -> Op) {
        let mut state = self.core.lock();
        let operation = state.operations - 1;
        if let Some(steps) = &mut state.steps {
            steps.push(Step {
                operation,
                device: self.number,
                op: op(),
            });
        }
    }
}

/// A device that hangs, until this is dropped: a test that fails ends too, though what waits on the
/// device cannot be ended otherwise.
#[must_use = "it hangs no longer than this lives"]
pub struct Hanging(Arc<Device>);

impl Hanging {
    /// Lets go on what waits.
    pub fn release(self) {}
}

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// What becomes of a sync.
pub(super) enum Sync {
    Done { number: u64 },
    DoesNothing,
    Fails,
}

pub(super) fn power_lost() -> io::Error {
    io::Error::other("planned loss of power")
}

pub(super) fn sync_failed() -> io::Error {
    io::Error::other("planned failure of a sync")
}
