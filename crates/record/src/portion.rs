//! Portions: the smallest things that are labelled, sealed and shown.
//!
//! A record's text portions are numbered from 0, the heading, in the order of the text; its header
//! fields (date, place, sender …) are portions too, known by name instead of number. The order of a
//! portion travels inside what is sealed: nothing outside tells where a portion stood.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use crate::draft::Cue;
use crate::grading::Grading;
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
    /// Who wrote it down: notetaker, drafter.
    #[n(6)]
    Drafted,
    /// The source's own caution about what it says.
    #[n(7)]
    Caution,
    /// How the text came about.
    #[n(8)]
    Produced,
    /// The authority block, as printed.
    #[n(9)]
    Authority,
    /// What came with it as files of their own.
    #[n(11)]
    Attachments,
    /// The recording that it is the transcript of.
    #[n(12)]
    Recording,
    /// How the record as a whole was graded when it was filed.
    #[n(13)]
    Grade,
    /// Of a further version: who listened, what changed, how the text was produced.
    #[n(10)]
    Correction,
}

impl HeaderField {
    /// All header fields in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::Source,
        Self::Date,
        Self::Place,
        Self::From,
        Self::To,
        Self::Drafted,
        Self::Produced,
        Self::Marking,
        Self::Authority,
        Self::Caution,
        Self::Attachments,
        Self::Recording,
        Self::Grade,
        Self::Correction,
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
            Self::Drafted => "drafted",
            Self::Caution => "caution",
            Self::Produced => "produced",
            Self::Authority => "authority",
            Self::Attachments => "attachments",
            Self::Recording => "recording",
            Self::Grade => "grade",
            Self::Correction => "correction",
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
#[error("no header field of that name; they are {NAMES}", NAMES = HeaderField::ALL.map(HeaderField::word).join(", "))]
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
    /// Who wrote it down.
    #[n(7)]
    Drafted(#[n(0)] Vec<String>),
    /// The source's own caution: that it is not verbatim, that it may have been exaggerated.
    #[n(8)]
    Caution(#[n(0)] String),
    /// How the text came about.
    #[n(9)]
    Produced(#[n(0)] String),
    /// The authority block, as printed.
    #[n(10)]
    Authority(#[n(0)] Vec<AuthorityLine>),
    /// What came with it as files of their own, in their order. The bytes of each are a value of their own.
    #[n(12)]
    Attachments(#[n(0)] Vec<Enclosed>),
    /// The recording that it is the transcript of. Its bytes are values of their own, and may come after the record.
    #[n(13)]
    Recording(#[n(0)] Enclosed),
    /// How the record as a whole was graded when it was filed.
    #[n(14)]
    Grade(#[n(0)] Grading),
    /// What a further version corrects.
    #[n(11)]
    Correction(#[n(0)] Correction),
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
            Self::Drafted(_) => Some(HeaderField::Drafted),
            Self::Caution(_) => Some(HeaderField::Caution),
            Self::Produced(_) => Some(HeaderField::Produced),
            Self::Authority(_) => Some(HeaderField::Authority),
            Self::Attachments(_) => Some(HeaderField::Attachments),
            Self::Recording(_) => Some(HeaderField::Recording),
            Self::Grade(_) => Some(HeaderField::Grade),
            Self::Correction(_) => Some(HeaderField::Correction),
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
    /// The portion mark as printed, without its parentheses: `S//NF`. What the label is made from, and not the label.
    #[n(4)]
    pub mark: Option<String>,
    /// When in a recording it is spoken.
    #[n(5)]
    pub cue: Option<Cue>,
}

impl TextPortion {
    /// A portion of which no more is known than its words.
    pub fn new(kind: PortionKind, text: String) -> Self {
        Self {
            kind,
            text,
            speaker: None,
            gaps: Vec::new(),
            mark: None,
            cue: None,
        }
    }
}

/// A file that lies beside a record: what it is, not what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Enclosed {
    /// Its name, without a folder.
    #[n(0)]
    pub name: String,
    /// Its media type, in lower case: `application/pdf`.
    #[n(1)]
    pub media_type: String,
    /// How many bytes it has.
    #[n(2)]
    pub bytes: u64,
    /// Their SHA-256, which anyone can compute of the file.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

/// A line of an authority block, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AuthorityLine {
    /// What it is called: `Derived From`.
    #[n(0)]
    pub name: String,
    /// Its words.
    #[n(1)]
    pub text: String,
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
    /// What is printed beside the level, whole: captions, precedence, and the editors' words that run on from them. Of a
    /// document with banner lines: those, as printed, each once.
    #[n(1)]
    pub captions: Vec<String>,
    /// The label was assigned by the filer, not read from the record.
    #[n(2)]
    pub filer_assigned: bool,
}

/// How a further version of a record came about.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Correction {
    /// Who listened to the recording, or was there and read the draft.
    #[n(0)]
    pub listened: Vec<String>,
    /// What is different now, in words.
    #[n(1)]
    pub changed: String,
    /// How the text was produced: from a recording, from notes, from memory.
    #[n(2)]
    pub produced: String,
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
