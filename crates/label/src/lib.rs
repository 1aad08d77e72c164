//! What a portion is marked with, who may read it, and how two markings combine.
//!
//! - A [`Policy`] is the vocabulary in use: levels, categories, spellings, reasons and terms. It is data, read from TOML;
//!   no level and no codeword is known to the code.
//! - A [`Label`] is what a portion bears. Labels [`join`](Label::join) to the least label as strict as both, and one
//!   [`dominates`](Label::dominates) another when it holds all that the other holds: a partial order with least upper
//!   bounds.
//! - A [`Clearance`] is what a person holds. It [`permits`](Clearance::permits) a label or does not, and can say which part
//!   decided.
//! - A [`Lock`] is the formula of a label's key, over [atoms](AtomName): the same condition, for those who build keys.
//! - [`LabelBits`] and [`ClearanceBits`] make the same decision in a few nanoseconds.
//!
//! ```
//! use strongroom_label::Policy;
//!
//! let policy = Policy::builtin("us-state-historical").expect("it is built in");
//! let paragraph = policy.parse_marking("Secret; Nodis")?;
//! let heading = policy.parse_marking("Confidential")?;
//! let record = paragraph.join(&heading);
//! assert_eq!(policy.banner(&record), "SECRET; NODIS");
//! assert_eq!(policy.marking(&record), "Secret & Confidential; Nodis");
//!
//! let reader = policy.parse_clearance("at-most Secret")?;
//! assert!(reader.permits(&heading));
//! assert!(!reader.permits(&record));
//! # Ok::<(), strongroom_label::MarkingError>(())
//! ```
//!
//! # Markings
//!
//! A marking is a level, then parts, each after a semicolon:
//!
//! ```text
//! marking  = levels *( ";" part )
//! levels   = level *( "&" level )            several only where labels were joined
//! part     = spelling                        of a restrictive or informative value, or of a reading
//!          | category ":" "nobody"           a permissive category that admits nobody
//!          | category ":" value *( "," value )
//! ```
//!
//! Case, runs of white space and kinds of dash make no difference. Every spelling comes from the policy. A clearance is
//! a list of atoms, each after a comma or semicolon; `at-most LEVEL` stands for that level and all below.
//!
//! # Laws
//!
//! Each is a property test in `tests/laws.rs`. Write `a ⊔ b` for the join, and `a ≥ b` for "a dominates b".
//!
//! - Joining is associative, commutative and idempotent; `a ≥ b` exactly when `a ⊔ b = a`.
//! - If a clearance permits `a` and `a ≥ b`, it permits `b`.
//! - So whoever is permitted `a ⊔ b` is permitted `a` and `b`. The reverse holds with one condition: for each permissive
//!   category that both name, the clearance holds a value that both name. (One who holds only Israel reads
//!   what is for Israel or Canada, and what is for Israel or Jordan, and their join. One who holds Canada and Jordan
//!   reads both and not the join.)
//! - A clearance permits a label exactly when the atoms it holds open the label's lock.
//!
//! # What cannot happen
//!
//! A label without a level. A join that asks less than either side. A permissive category that falls away by joining. Two
//! encodings of one label, clearance or atom. A spelling with two meanings. A panic from hostile text or bytes. An error
//! that names a codeword nobody wrote.
#![forbid(unsafe_code)]

mod atom;
mod bits;
mod cbor;
mod clearance;
mod grammar;
mod label;
pub mod limits;
mod lock;
mod marking;
mod name;
mod policy;
mod toml_fault;

pub use atom::AtomName;
pub use bits::{ClearanceBits, LabelBits};
pub use clearance::{Clearance, Decision};
pub use grammar::{
    AuthorityBlock, AuthorityLine, AuthorityRules, AuthorityValue, BrokenRule, DOCUMENT_RULES,
    DocumentRule, DocumentRules, Form, Judged, Marking, MarkingPart, MarkingWords, PortionMark,
    RollUp, RollUpFacts, RowUsed, Unmarked,
};
pub use label::{CategorySets, Label};
pub use lock::{Lock, LockPart};
pub use marking::{MarkingError, MarkingFault, PrintedMarking, UnknownAs, UnknownCaption};
pub use name::{Name, NameError};
pub use policy::{
    Category, CategoryKind, ForeignName, Keep, Level, PassphraseFloor, Policy, PolicyError,
    PolicyLoss, PolicyRule, Reason, Schedule, Terms, Then,
};
pub use toml_fault::toml_fault;
