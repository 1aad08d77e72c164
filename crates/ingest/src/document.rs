//! Documents as pages, blocks and lines: what every paged format is taken apart into, before anybody asks what the
//! words say.
//!
//! A format's reader makes a [`Document`]. Marks are then taken out of it, and [`memorandum`](crate::memorandum) makes
//! the draft of what is left. So a memorandum reads the same whichever program wrote it down.
//!
//! Lines carry their place: in a text, that of the file; in other formats, that of the text taken out of the file,
//! whose lines are counted through all pages. The words of a line stand as they are, with the tabs and the spaces
//! before and between them, which tell of columns; white space is folded only when portions are made.

use strongroom_record::{DraftAttachment, Place};

use crate::error::Rule;

/// A document, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Document {
    pub(crate) pages: Vec<DocPage>,
    /// What came with it, in its order.
    pub(crate) attachments: Vec<DraftAttachment>,
}

/// A page: everything, where the format knows no pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DocPage {
    /// In the order of reading. Running headers come first and running footers last.
    pub(crate) blocks: Vec<Block>,
}

/// A paragraph, a list item, a row of a table, a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    /// One or more, none of them blank. A row has one line, its cells joined by ` | `.
    pub(crate) lines: Vec<DocLine>,
}

/// What a block is, as far as its format tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "plain text knows paragraphs alone; other formats make the rest"
)]
pub(crate) enum BlockKind {
    /// Printed at the top of every page.
    Header,
    /// Printed at the bottom of every page.
    Footer,
    /// A heading.
    Heading,
    /// A paragraph, and whatever the format says no more about.
    Paragraph,
    /// An item of a list, with its number or sign before it.
    Item,
    /// A row of a table.
    Row,
}

/// A line as it stands, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocLine {
    /// Counted from 1.
    pub(crate) line: u32,
    /// Where `text` begins, counted from 1 in characters.
    pub(crate) column: u32,
    /// The portion mark that stood before the words, without its parentheses: a portion begins here.
    pub(crate) mark: Option<String>,
    pub(crate) text: String,
}

impl DocLine {
    /// A line without a mark.
    pub(crate) const fn new(line: u32, column: u32, text: String) -> Self {
        Self {
            line,
            column,
            mark: None,
            text,
        }
    }

    pub(crate) const fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

/// A rule, and the place in the document at which it is broken.
#[derive(Debug)]
pub(crate) struct DocFault {
    pub(crate) place: Place,
    pub(crate) rule: Rule,
}
