//! The documents of a TEI volume in the manner of *Foreign Relations of the United States*.
//!
//! Every `<div type="document">` is a record. Its first child `<head>` is the heading; lists of type `subject` and
//! `participants` are its subject and participants; the first `<dateline>` tells date and place; the note of type
//! `source` (or, if none is typed, the first that begins "Source:") tells the marking; `<persName type="from">` and
//! `"to"` in the head tell sender and receiver. Its portions are the innermost blocks in the order of the text:
//! paragraphs, list items with the label before them, table rows with their cells joined, inner headings,
//! salutations and signatures. Footnotes are left out; a list inside a block is read as items of its own.
//!
//! | module | subject |
//! | --- | --- |
//! | `volume` | finds documents, keeps their slices and ids apart |
//! | `tree` | one document as a flat tree |
//! | `tag` | the elements that matter |
//! | `document` | a tree as a draft |
//! | `blocks` | the portions of the text |

mod blocks;
mod document;
mod tag;
mod tree;
mod volume;

pub(crate) use volume::read;
