//! Well-formed XML 1.0 with namespaces, or an error.
//!
//! [`Events`] cuts text into tags and text with `quick-xml` and adds what that leaves to its caller: names,
//! attributes, references, characters, namespaces, one root element, depth, and no document type declaration.
//! What it yields is well-formed so far; that the file as a whole is shows at its end.

mod attributes;
mod chars;
mod events;
mod names;
mod namespaces;

pub(crate) use attributes::Attribute;
pub(crate) use events::{Event, Events};
pub(crate) use namespaces::Space;
