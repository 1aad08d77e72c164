//! Marking policies, labels and clearances.
#![forbid(unsafe_code)]

mod atom;
mod cbor;
mod clearance;
mod label;
pub mod limits;
mod lock;
mod name;

pub use atom::AtomName;
pub use clearance::{Clearance, Decision};
pub use label::{CategorySets, Label};
pub use lock::{Lock, LockPart};
pub use name::{Name, NameError};
