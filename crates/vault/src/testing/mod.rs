//! A machine for tests, whose disks lose, tear and reorder writes, fill up, fail, hang and are slow.
//!
//! For the tests of this crate and of those above it (feature `testing`); a room never runs on it.
//!
//! A [`Machine`] has any number of [`FaultDisk`]s (a store lies on one) and [`FaultFolder`]s (a ledger's
//! folder, or the folder of a head file, lies in one). They share one count of operations, so that an instant
//! of the whole machine has a number: a crash there leaves on each of them what the others' states
//! fit. [`FaultDisk::new`] is a machine with one disk.
//!
//! # Which operations there are
//!
//! On a disk each write, change of length and sync is one; in a folder each making of a folder, writing of a
//! file, sync of a file or folder, renaming and removal. Readings are not counted.
//!
//! # What a crash keeps
//!
//! What was synced, and of the rest all, nothing or some ([`Loss`]). Of a disk, any sectors of any unsynced writes,
//! in any order. Of a folder, any sectors of any unsynced file, and any unsynced changes of names,
//! each alone: a name may be gone from one folder and not be in the other. A real
//! file system with a journal is kinder than that.
//!
//! # How a test uses it
//!
//! To crash at every instant, run once on a machine that records, noting how many operations there were
//! when something was promised, and look at what every crash would have left:
//!
//! ```
//! use strongroom_vault::folder::HeadFile;
//! use strongroom_vault::testing::{Loss, Machine};
//! use strongroom_vault::{Commit, Vault};
//!
//! let machine = Machine::recording();
//! let vault = Vault::with_backend(machine.disk("store"))?;
//! let head = HeadFile::over(machine.folder("outside"), "head");
//! let mut promised = vec![(machine.operations(), 0)];
//! for n in 1..=3u8 {
//!     let mut commit = Commit::new();
//!     commit.entry([n; 33], [n; 16]);
//!     vault.submit(commit).wait()?;
//!     head.replace(&[n])?;
//!     promised.push((machine.operations(), n));
//! }
//!
//! let recording = machine.recorded();
//! let mut replay = recording.replay();
//! for operation in promised[0].0..=recording.operations() {
//!     replay.to(operation);
//!     let (_, acknowledged) = *promised.iter().rfind(|(at, _)| *at <= operation).expect("the first");
//!     for loss in [Loss::All, Loss::Nothing, Loss::Drawn(operation)] {
//!         let after = replay.crash(loss);
//!         let vault = Vault::with_backend(after.disk("store"))?;
//!         let head = HeadFile::over(after.folder("outside"), "head");
//!         let head = head.read()?.map_or(0, |bytes| bytes[0]);
//!         assert!(head >= acknowledged, "a promised head is there");
//!         assert!(u64::from(head) <= vault.size(), "no head is ahead of its store");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To show that such a test can fail, take one sync away: [`Recording::replay_without_sync`] tells what
//! would have been left had it done nothing, for each sync in turn; [`Machine::lose_sync`] does the same while
//! running. To run on after a fault instead, set it with [`Machine::fail_at`], or on one device alone,
//! and end it with `heal`.

mod draw;
mod fault_disk;
mod fault_folder;
mod folder_state;
mod machine;
mod recording;
mod soon;

pub use draw::Loss;
pub use fault_disk::FaultDisk;
pub use fault_folder::FaultFolder;
pub use machine::{Fault, Hanging, Machine};
pub use recording::{Recording, Replay};
pub use soon::soon;
