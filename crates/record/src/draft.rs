//! Drafts: what an intake makes of a file, before names are masked and labels given.
//!
//! A draft holds the file's records in the order of the file. Each knows which bytes of the original
//! are its own, so that the original can be kept as slices, one a record, and a frame of what lies
//! between them: [`DraftSet`] guarantees that slices do not overlap, ascend, and lie within the file.
//!
//! Drafts are never stored. They have an encoding because hostile formats are read in a process of their own, whose
//! answer is believed no more than the file was: [`DraftSet::from_bytes`] checks all that a draft promises.

mod answered;

use std::ops::Range;

use minicbor::{Decode, Encode};

pub use answered::UnfitDrafts;

use crate::portion::PortionKind;
use crate::when::When;

/// A marking as printed in the source, not yet read against a policy.
///
/// It is read twice. `level` and `captions` follow a narrow rule that other readers of the same source follow too, so
/// that the two can be compared; the narrow rule breaks `Nodis/Harvan Plus` off after `Nodis`. Labels come from
/// `phrases`, which leave out nothing that was printed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct PrintedMark {
    /// The level as printed (`Top Secret`), `No classification marking` included; none if nothing is said.
    #[n(0)]
    pub level: Option<String>,
    /// The beginnings of captions, one to four capitalised words after a semicolon, precedence included.
    #[n(1)]
    pub captions: Vec<String>,
    /// Where `level` is none: a level that stands elsewhere than where a marking begins, as after a full stop that
    /// print has lost. It is no marking by itself, and can only raise what a filer assigns.
    #[n(2)]
    pub stray_level: Option<String>,
    /// Everything printed beside the level that belongs to the marking, whole and in its order.
    #[n(3)]
    pub phrases: Vec<Phrase>,
}

/// What is printed beside a level, white space folded. It may name persons, as headings and texts may.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Phrase {
    /// A caption, or several with other signs than semicolons between them: `Nodis/Harvan Plus`.
    #[n(0)]
    Caption(#[n(0)] String),
    /// Words of the editors that run on from a marking: `Repeated to Bonn`, `and Personal`. They are no caption, and may
    /// mention one.
    #[n(1)]
    Account(#[n(0)] String),
}

impl Phrase {
    /// The words as printed.
    pub fn words(&self) -> &str {
        match self {
            Self::Caption(words) | Self::Account(words) => words,
        }
    }
}

/// A portion of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DraftPortion {
    /// What it is.
    #[n(0)]
    pub kind: PortionKind,
    /// Its words, white space folded; never empty, but for a heading the source leaves out.
    #[n(1)]
    pub text: String,
    /// Who speaks, where the text tells: `K`, `Mr. Kissinger`.
    #[n(2)]
    pub speaker: Option<String>,
    /// Withheld passages that the text acknowledges, without brackets.
    #[n(3)]
    pub gaps: Vec<String>,
    /// The portion mark printed before it, without its parentheses, as printed: `S//NF`.
    #[n(4)]
    pub mark: Option<String>,
    /// When in a recording it is spoken.
    #[n(5)]
    pub cue: Option<Cue>,
    /// Where it begins in the file, or in the text that was taken out of it.
    #[n(6)]
    pub place: Option<Place>,
}

impl DraftPortion {
    /// A portion of which no more is known than its words.
    pub fn new(kind: PortionKind, text: String) -> Self {
        Self {
            kind,
            text,
            speaker: None,
            gaps: Vec::new(),
            mark: None,
            cue: None,
            place: None,
        }
    }
}

/// A span of a recording, in milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Cue {
    /// Where it begins.
    #[n(0)]
    pub start_ms: u64,
    /// Where it ends, never before the beginning.
    #[n(1)]
    pub end_ms: u64,
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Place {
    /// The line.
    #[n(0)]
    pub line: u32,
    /// The column.
    #[n(1)]
    pub column: u32,
}

/// What came with a record as a file of its own: an enclosure of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DraftAttachment {
    /// Its name, without a folder.
    #[n(0)]
    pub name: String,
    /// Its media type as declared, in lower case: `application/pdf`.
    #[n(1)]
    pub media_type: String,
    /// Its bytes, decoded.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// The marks that a document bears as a whole, as printed: what its portions bear stands with them.
///
/// Nothing of it is read against a policy here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct PrintedMarks {
    /// The pages, in their order. A document that prints no marks has none.
    #[n(0)]
    pub pages: Vec<PrintedPage>,
    /// The lines of the authority block, in their order: `Classified By`, its words, and where it stands.
    #[n(1)]
    pub authority: Vec<PrintedLine>,
}

/// One page as printed: its banners, and its portions with their marks.
///
/// The portions are the document's own, paragraph by paragraph, and not those of the [`Draft`]: a date line that becomes a
/// field there is a line here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PrintedPage {
    /// Where it begins.
    #[n(0)]
    pub place: Place,
    /// The banner at its top.
    #[n(1)]
    pub top: Option<PrintedLine>,
    /// The banner at its bottom.
    #[n(2)]
    pub bottom: Option<PrintedLine>,
    /// Banner lines that stand elsewhere on it.
    #[n(3)]
    pub between: Vec<PrintedLine>,
    /// Its portions, in their order.
    #[n(4)]
    pub portions: Vec<PrintedPortion>,
}

/// A portion as a page prints it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PrintedPortion {
    /// Its mark, without parentheses; the place is that of its first character.
    #[n(0)]
    pub mark: Option<PrintedLine>,
    /// How the mark stands; [`MarkForm::Before`] where there is none.
    #[n(1)]
    pub form: MarkForm,
    /// The words that the mark is for, white space folded.
    #[n(2)]
    pub text: String,
    /// Where the words begin.
    #[n(3)]
    pub place: Place,
    /// Whether a mark is due on it: on a paragraph, a title, an item beside marked ones; not on a letterhead, a date
    /// line, a signature.
    #[n(4)]
    pub due: bool,
}

/// How a portion mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MarkForm {
    /// In parentheses before the words.
    #[n(0)]
    Before,
    /// In parentheses behind the words, as some offices mark titles.
    #[n(1)]
    After,
    /// In square brackets before the words.
    #[n(2)]
    Brackets,
    /// Before the words, with nothing around it.
    #[n(3)]
    Bare,
}

/// A line that says something about the document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PrintedLine {
    /// What it is called where it names itself: `Derived From`. Empty for a banner.
    #[n(0)]
    pub name: String,
    /// Its words, white space folded, but for a line feed where a marking is broken over two lines.
    #[n(1)]
    pub text: String,
    /// Where the words begin.
    #[n(2)]
    pub place: Place,
}

impl PrintedLine {
    /// Its words as one line: where it is broken behind a stroke, no space stands.
    pub fn words(&self) -> String {
        self.text.replace("/\n", "/").replace('\n', " ")
    }
}

/// A record as an intake read it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Draft {
    /// The record's id within its file.
    #[n(0)]
    pub id: String,
    /// The number printed before the heading.
    #[n(1)]
    pub number: Option<String>,
    /// When the conversation took place.
    #[n(2)]
    pub when: Option<When>,
    /// Where.
    #[n(3)]
    pub place: Option<String>,
    /// Sender, as the source identifies them.
    #[n(4)]
    pub from: Vec<String>,
    /// Receivers, as the source identifies them.
    #[n(5)]
    pub to: Vec<String>,
    /// The marking as printed.
    #[n(6)]
    pub mark: PrintedMark,
    /// Heading first, then subject, participants, and the text.
    #[n(7)]
    pub portions: Vec<DraftPortion>,
    /// The bytes of the original that are this record.
    #[n(8)]
    pub slice: Range<usize>,
    /// The banners and the authority block, where the document prints marks.
    #[n(9)]
    pub marks: PrintedMarks,
    /// Who wrote it down: notetaker, drafter.
    #[n(10)]
    pub drafted: Vec<String>,
    /// The document's own caution: that it is not verbatim, that its source may have exaggerated.
    #[n(11)]
    pub caution: Option<String>,
    /// How the text came about, where the document tells: from notes and memory, from a recording.
    #[n(12)]
    pub produced: Option<String>,
    /// What came with it, in its order.
    #[n(13)]
    pub attachments: Vec<DraftAttachment>,
}

impl Draft {
    /// The texts of one kind of portion.
    pub fn texts(&self, kind: PortionKind) -> impl Iterator<Item = &str> {
        self.portions
            .iter()
            .filter(move |p| p.kind == kind)
            .map(|p| p.text.as_str())
    }
}

/// The drafts of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSet {
    file: String,
    drafts: Vec<Draft>,
}

/// A slice that cannot be cut from the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {id}: its bytes {start}..{end} overlap another record or leave the file")]
pub struct SliceError {
    id: String,
    start: usize,
    end: usize,
}

impl DraftSet {
    /// The drafts of a file of `len` bytes.
    ///
    /// # Errors
    /// Slices overlap, do not ascend, or leave the file.
    pub fn new(file: String, len: usize, drafts: Vec<Draft>) -> Result<Self, SliceError> {
        let mut from = 0;
        for d in &drafts {
            if d.slice.start < from || d.slice.end < d.slice.start || d.slice.end > len {
                return Err(SliceError {
                    id: d.id.clone(),
                    start: d.slice.start,
                    end: d.slice.end,
                });
            }
            from = d.slice.end;
        }
        Ok(Self { file, drafts })
    }
    /// The file's name, without a folder.
    pub fn file(&self) -> &str {
        &self.file
    }
    /// The drafts in the order of the file.
    pub fn drafts(&self) -> &[Draft] {
        &self.drafts
    }
    /// Takes the drafts out.
    pub fn into_drafts(self) -> Vec<Draft> {
        self.drafts
    }
}
