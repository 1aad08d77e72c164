//! Marked documents: banner lines, portion marks and the authority block, taken out of the words and checked.
//!
//! - `lift` takes the marks out of a document before anything else reads it,
//!   as they are printed and with their places. It goes by shape, and by the words that marking policies bring
//!   ([`Words`]); no policy decides here what a mark means.
//! - [`check`](fn@check) reads the marks of a draft against a policy and finds what is wrong with them.
//!
//! | module | subject |
//! | --- | --- |
//! | `words` | levels, controls and names of lines, out of policies |
//! | `shape` | what a portion mark and a banner look like, and what only looks like one |
//! | `furniture` | banners and page numbers of a page |
//! | `authority` | the lines of an authority block |
//! | `lift` | portions with their marks, and the words that are left |
//! | `due` | on which portions a mark is due |
//! | [`check`](mod@check) | what is wrong |
//!
//! What cannot happen: a word of the document that is lost by taking a mark out of it; a document without marks that
//! comes out another than it went in; a place outside of the document.

mod authority;
pub mod check;
mod due;
mod furniture;
mod lift;
mod shape;
#[cfg(test)]
mod tests;
mod words;

pub use check::{Checked, CheckedPage, CheckedPortion, Day, Finding, check};
pub(crate) use lift::{Lifted, lift, lift_titled};
pub use words::Words;
