//! Marking policies, labels and clearances.
#![forbid(unsafe_code)]

mod atom;
mod bits;
mod cbor;
mod clearance;
mod label;
pub mod limits;
mod lock;
mod marking;
mod name;
mod policy;

pub use atom::AtomName;
pub use bits::{ClearanceBits, LabelBits};
pub use clearance::{Clearance, Decision};
pub use label::{CategorySets, Label};
pub use lock::{Lock, LockPart};
pub use marking::{MarkingError, MarkingFault, PrintedMarking, UnknownAs, UnknownCaption};
pub use name::{Name, NameError};
pub use policy::{
    Category, CategoryKind, ForeignName, Level, PassphraseFloor, Policy, PolicyError, PolicyRule,
    Reason, Terms,
};
