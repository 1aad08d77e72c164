//! Portions: the smallest things that are labelled, sealed and shown.
//!
//! A record's text portions are numbered from 0, the heading, in the order of the text; its header
//! fields (date, place, sender …) are portions too, known by name instead of number. The order of a
//! portion travels inside what is sealed: nothing outside tells where a portion stood.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use crate::when::When;

/// What a text portion is, in the words of the TEI elements it may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum PortionKind {
    /// The heading of the record; always the first portion.
    #[n(0)]
    Heading,
    /// A line of the subject.
    #[n(1)]
    Subject,
    /// One participant, or one side's line of them.
    #[n(2)]
    Participant,
    /// A paragraph or a speaker's turn.
    #[n(3)]
    Paragraph,
    /// An item of a list, with the label before it.
    #[n(4)]
    Item,
    /// A row of a table, cells joined by ` | `.
    #[n(5)]
    Row,
    /// An inner heading.
    #[n(6)]
    Head,
    /// A salutation.
    #[n(7)]
    Salute,
    /// A signature.
    #[n(8)]
    Signed,
}

impl PortionKind {
    /// The word that lists and JSON use for this kind.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Heading => "heading",
            Self::Subject => "subject",
            Self::Participant => "participant",
            Self::Paragraph => "p",
            Self::Item => "item",
            Self::Row => "row",
            Self::Head => "head",
            Self::Salute => "salute",
            Self::Signed => "signed",
        }
    }
}

/// The name of a header field that is a portion of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum HeaderField {
    /// Where in its source the record stood: the id and number there.
    #[n(0)]
    Source,
    /// When the conversation took place.
    #[n(1)]
    Date,
    /// Where it took place.
    #[n(2)]
    Place,
    /// Who sent it.
    #[n(3)]
    From,
    /// Whom it was sent to.
    #[n(4)]
    To,
    /// The marking as it was printed, with handling words and what the filer assigned.
    #[n(5)]
    Marking,
}

impl HeaderField {
    /// All header fields in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Source,
        Self::Date,
        Self::Place,
        Self::From,
        Self::To,
        Self::Marking,
    ];

    /// The word by which people and JSON name the field.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Date => "date",
            Self::Place => "place",
            Self::From => "from",
            Self::To => "to",
            Self::Marking => "marking",
        }
    }
}

impl fmt::Display for HeaderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no header field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no header field of that name; they are source, date, place, from, to and marking")]
pub struct NoSuchField;

impl FromStr for HeaderField {
    type Err = NoSuchField;
    fn from_str(word: &str) -> Result<Self, NoSuchField> {
        Self::ALL
            .into_iter()
            .find(|f| f.word() == word)
            .ok_or(NoSuchField)
    }
}

/// What a portion says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Content {
    /// A piece of the text.
    #[n(0)]
    Text(#[n(0)] TextPortion),
    /// Source id and number.
    #[n(1)]
    Source(#[n(0)] SourceRef),
    /// When.
    #[n(2)]
    Date(#[n(0)] When),
    /// Where.
    #[n(3)]
    Place(#[n(0)] String),
    /// Sender, as the source identifies them.
    #[n(4)]
    From(#[n(0)] Vec<String>),
    /// Receivers, as the source identifies them.
    #[n(5)]
    To(#[n(0)] Vec<String>),
    /// The marking as printed.
    #[n(6)]
    Marking(#[n(0)] MarkingNote),
}

impl Content {
    /// The header field this is, or `None` for text.
    pub const fn field(&self) -> Option<HeaderField> {
        match self {
            Self::Text(_) => None,
            Self::Source(_) => Some(HeaderField::Source),
            Self::Date(_) => Some(HeaderField::Date),
            Self::Place(_) => Some(HeaderField::Place),
            Self::From(_) => Some(HeaderField::From),
            Self::To(_) => Some(HeaderField::To),
            Self::Marking(_) => Some(HeaderField::Marking),
        }
    }
}

/// A text portion.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TextPortion {
    /// What it is.
    #[n(0)]
    pub kind: PortionKind,
    /// Its words, white space folded.
    #[n(1)]
    pub text: String,
    /// Who speaks, where the text tells.
    #[n(2)]
    pub speaker: Option<String>,
    /// Passages that its author acknowledges to have withheld: `3 lines not declassified`.
    #[n(3)]
    pub gaps: Vec<String>,
}

/// Where in its source a record stood.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SourceRef {
    /// The file's name, without a folder.
    #[n(0)]
    pub file: String,
    /// The record's id within the file.
    #[n(1)]
    pub id: String,
    /// The number printed before the heading.
    #[n(2)]
    pub number: Option<String>,
}

/// The marking as it was printed, and what the filer made of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MarkingNote {
    /// The level as printed.
    #[n(0)]
    pub level: Option<String>,
    /// What is printed beside the level, whole: captions, precedence, and the editors' words that run on from them.
    #[n(1)]
    pub captions: Vec<String>,
    /// The label was assigned by the filer, not read from the record.
    #[n(2)]
    pub filer_assigned: bool,
}

/// A portion as it is sealed: its place in the record, the salt of its leaf, and what it says.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Portion {
    /// Order within the record; header fields come before the text.
    #[n(0)]
    pub order: u32,
    /// Salt of the portion's leaf in the record's tree; random, sealed with what it covers.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// What it says.
    #[n(2)]
    pub content: Content,
}
