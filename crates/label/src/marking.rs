//! Markings in and out: how people write a label, and how it is shown to them.
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

mod error;
mod parse;
mod print;
mod printed;

pub use error::{MarkingError, MarkingFault};
pub use printed::{PrintedMarking, UnknownAs, UnknownCaption};

use crate::policy::fold;

/// Written in place of values where a permissive category admits nobody.
pub(crate) const NOBODY: &str = "nobody";
/// Written for [`UnknownAs::Handling`].
pub(crate) const HANDLING: &str = "handling";

/// Whether markings, lists of clearances or options read this text for themselves, so that no policy may spell it.
pub(crate) fn is_reserved(text: &str) -> bool {
    let folded = fold(text);
    folded == NOBODY || folded == HANDLING || parse::after_at_most(text).is_some()
}
