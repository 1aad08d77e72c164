//! A disk for tests, which loses, tears and reorders writes, fills up and fails.
//!
//! For the tests of this crate and of those above it (feature `testing`); a room never runs on it.

mod fault_disk;

pub use fault_disk::{Fault, FaultDisk, Loss};
