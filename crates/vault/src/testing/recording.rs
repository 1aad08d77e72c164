//! What was done on a machine, and what a crash at any instant of it would have left.

use super::fault_disk::{DiskOp, DiskState};
use super::folder_state::{FolderOp, FolderState};
use super::{Loss, Machine};

/// What a device holds.
#[derive(Clone)]
pub(super) enum Image {
    Disk(DiskState),
    Folder(FolderState),
}

/// Something done on one device.
#[derive(Clone)]
pub(super) enum Op {
    Disk(DiskOp),
    Folder(FolderOp),
}

impl Op {
    /// The number of the sync that this is, if it is one.
    fn sync(&self) -> Option<u64> {
        match self {
            Self::Disk(DiskOp::Sync { number }) => Some(*number),
            Self::Folder(
                FolderOp::SyncFile { number, .. } | FolderOp::SyncFolder { number, .. },
            ) => Some(*number),
            _ => None,
        }
    }
}

/// An operation with its number.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) operation: u64,
    pub(super) device: usize,
    pub(super) op: Op,
}

/// A run of a [`Machine`], from its first operation on.
pub struct Recording {
    first: Vec<(String, Image)>,
    steps: Vec<Step>,
    operations: u64,
    syncs: u64,
}

impl Recording {
    pub(super) fn new(
        first: Vec<(String, Image)>,
        steps: Vec<Step>,
        operations: u64,
        syncs: u64,
    ) -> Self {
        Self {
            first,
            steps,
            operations,
            syncs,
        }
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// How many of them were syncs.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Which operation sync number `sync` (the first is 0) was, and what it made durable: a device, and in a
    /// folder what of it. `None` if it failed or did nothing.
    pub fn sync(&self, sync: u64) -> Option<(u64, String)> {
        let step = self
            .steps
            .iter()
            .find(|step| step.op.sync() == Some(sync))?;
        let device = &self.first[step.device].0;
        let what = match &step.op {
            Op::Folder(FolderOp::SyncFile { path, .. }) => format!("{device}: file {path}"),
            Op::Folder(FolderOp::SyncFolder { path, .. }) => format!("{device}: names in /{path}"),
            _ => device.clone(),
        };
        Some((step.operation, what))
    }

    /// The run once more, from its beginning.
    pub fn replay(&self) -> Replay<'_> {
        Replay {
            recording: self,
            devices: self.first.clone(),
            next: 0,
            lost: None,
        }
    }

    /// The run once more, as if sync number `sync` (the first is 0) had done nothing.
    pub fn replay_without_sync(&self, sync: u64) -> Replay<'_> {
        Replay {
            lost: Some(sync),
            ..self.replay()
        }
    }
}

/// A [`Recording`] on its way through its operations.
pub struct Replay<'a> {
    recording: &'a Recording,
    devices: Vec<(String, Image)>,
    /// The next step to be done.
    next: usize,
    lost: Option<u64>,
}

impl Replay<'_> {
    /// Goes on to the instant before operation number `operation`. It cannot go back.
    ///
    /// # Panics
    ///
    /// If it is beyond that instant already.
    pub fn to(&mut self, operation: u64) {
        let done = self.recording.steps[..self.next].last();
        assert!(
            done.is_none_or(|step| step.operation < operation),
            "a replay goes forward"
        );
        while let Some(step) = self.recording.steps.get(self.next)
            && step.operation < operation
        {
            self.next += 1;
            if step.op.sync().is_some() && step.op.sync() == self.lost {
                continue;
            }
            match (&mut self.devices[step.device].1, &step.op) {
                (Image::Disk(disk), Op::Disk(op)) => disk.apply(op),
                (Image::Folder(folder), Op::Folder(op)) => folder.apply(op),
                _ => unreachable!("a device does not change its kind"),
            }
        }
    }

    /// What a crash at this instant would have left, on a machine of its own.
    pub fn crash(&self, loss: Loss) -> Machine {
        let devices = self.devices.iter().enumerate();
        Machine::holding(devices.map(|(number, (name, image))| {
            let image = match image {
                Image::Disk(disk) => Image::Disk(disk.after_crash(loss, number)),
                Image::Folder(folder) => Image::Folder(folder.after_crash(loss, number)),
            };
            (name.clone(), image)
        }))
    }
}
