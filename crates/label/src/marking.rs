//! Markings in and out: how people write a label, and how it is shown to them.
//!
//! The grammar stands in the crate's documentation; every spelling comes from the policy.

mod banners;
mod error;
mod parse;
mod print;
mod printed;

pub use error::{MarkingError, MarkingFault};
pub use printed::{PrintedMarking, UnknownAs, UnknownCaption};

pub(crate) use parse::check_text;

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
