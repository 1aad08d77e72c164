//! What is wrong with a file, where, and what to do about it.
//!
//! An error names the file, the place and the rule that was broken. It quotes names of elements, entities and
//! encodings, cut short, and never a sentence of the text: errors are shown and kept where the text must not be.

use std::fmt;

use strongroom_record::limits::{FILE_MAX_BYTES, HEADER_VALUE_MAX_BYTES};

pub use crate::captions::rule::CaptionRule;
pub use crate::docx::WordRule;
pub use crate::mail::rule::MailRule;
pub use crate::pdf::rule::PdfRule;

use crate::document::DocFault;

/// A place in a file, after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, counted from 1 by line feeds.
    pub line: usize,
    /// Column, counted from 1 in characters.
    pub column: usize,
    /// Bytes before it.
    pub byte: usize,
}

impl Place {
    /// The place of a byte offset; an offset inside a character, or in what is no UTF-8, counts what comes before it.
    pub(crate) fn of(bytes: &[u8], byte: usize) -> Self {
        let byte = byte.min(bytes.len());
        let before = &bytes[..byte];
        let line_start = before
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        Self {
            line: 1 + before.iter().filter(|&&b| b == b'\n').count(),
            column: 1 + String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count(),
            byte,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, byte } = self;
        write!(f, "line {line}, column {column} (byte {byte})")
    }
}

/// Finds the lines and columns of offsets that ascend, in one pass over the text.
#[derive(Debug)]
pub(crate) struct PlaceCursor<'t> {
    text: &'t str,
    at: usize,
    place: strongroom_record::Place,
}

impl<'t> PlaceCursor<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            place: strongroom_record::Place { line: 1, column: 1 },
        }
    }

    /// The place of an offset; one that lies before the last is taken for the last.
    pub(crate) fn advance(&mut self, to: usize) -> strongroom_record::Place {
        for c in self.text.get(self.at..to).unwrap_or_default().chars() {
            if c == '\n' {
                self.place.line = self.place.line.saturating_add(1);
                self.place.column = 1;
            } else {
                self.place.column = self.place.column.saturating_add(1);
            }
        }
        self.at = self.at.max(to);
        self.place
    }
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestError {
    file: String,
    place: Option<Place>,
    rule: Rule,
}

impl IngestError {
    pub(crate) fn new(file: &str, place: Option<Place>, rule: Rule) -> Self {
        Self {
            file: shortened(file),
            place,
            rule,
        }
    }
    /// The file's name, without a folder; cut short if it is overlong.
    pub fn file(&self) -> &str {
        &self.file
    }
    /// Where; none if it is the file as a whole.
    pub const fn place(&self) -> Option<Place> {
        self.place
    }
    /// The rule that was broken.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }
}

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}. {}", self.rule, self.rule.remedy())
    }
}

impl std::error::Error for IngestError {}

/// The rule that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// There is nothing in the file.
    #[error("the file is empty")]
    Empty,
    /// The file's name is missing or longer than a header value may be.
    #[error("the file's name is empty or has more than {HEADER_VALUE_MAX_BYTES} bytes")]
    FileName,
    /// The file, decompressed, has more than [`FILE_MAX_BYTES`].
    #[error("the file has more than {FILE_MAX_BYTES} bytes, decompressed")]
    FileTooLarge,
    /// The compressed file is damaged or cut off.
    #[error("the gzip file cannot be decompressed: {0}")]
    BrokenGzip(String),
    /// Bytes that are no UTF-8.
    #[error("these bytes are not UTF-8")]
    NotUtf8,
    /// The file says that it is in an encoding other than UTF-8.
    #[error("the file is encoded as {0}, and only UTF-8 is read")]
    OtherEncoding(String),
    /// The content is in a format that is not read.
    #[error("the file is {0}, which is not read")]
    UnknownFormat(&'static str),
    /// The name says XML; the content says otherwise.
    #[error("the file is named as XML, but does not begin with `<`")]
    NotXml,
    /// XML that is not well-formed, or uses what is not read.
    #[error("{0}")]
    Xml(#[from] XmlRule),
    /// WebVTT or SubRip that breaks its rules.
    #[error("{0}")]
    Captions(#[from] CaptionRule),
    /// E-mail that is damaged, encrypted or empty.
    #[error("{0}")]
    Mail(#[from] MailRule),
    /// A PDF that is damaged, or of which something would be lost.
    #[error("{0}")]
    Pdf(#[from] PdfRule),
    /// XML whose root is not in the TEI namespace.
    #[error("the root element `{0}` is not in the TEI namespace (http://www.tei-c.org/ns/1.0)")]
    NotTei(String),
    /// A TEI file without a `<div type="document">`.
    #[error("the volume holds no <div type=\"document\">")]
    NoDocuments,
    /// A document inside another: the inner one's marking would be lost in the outer's.
    #[error("a <div type=\"document\"> lies inside another")]
    NestedDocument,
    /// Two documents of one id: a receipt could not tell them apart.
    #[error("the id `{0}` belongs to an earlier document of the same file")]
    DuplicateId(String),
    /// A Word document that cannot be read.
    #[error("{0}")]
    Word(#[from] WordRule),
    /// Something within a file that holds parts of its own, or the text that was taken out of it.
    #[error("{part}: {}{rule}", .place.map(|at| format!("{at}: ")).unwrap_or_default())]
    Within {
        /// The part's name, or `its text`.
        part: String,
        /// Where in the part.
        place: Option<Place>,
        /// The rule that is broken there.
        rule: Box<Rule>,
    },
    /// A named bound was passed.
    #[error("more than {max} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: usize,
    },
}

impl Rule {
    /// What the person who files can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Within { rule, .. } => rule.remedy(),
            Self::Empty => "Check that it was copied whole",
            Self::FileName => "Rename it",
            Self::FileTooLarge => "Split it into smaller files",
            Self::Limit { .. } => "Split the file, or ask the source for a simpler one",
            Self::BrokenGzip(_) => "Check that it was copied whole, or decompress it first",
            Self::NotUtf8 | Self::OtherEncoding(_) => "Convert it to UTF-8",
            Self::UnknownFormat(_) | Self::NotXml => {
                "File it as text in UTF-8, a Word document (.docx), a PDF with text, a message (.eml), captions (.vtt, .srt) or a TEI volume (.xml)"
            }
            Self::Xml(rule) => rule.remedy(),
            Self::Captions(rule) => rule.remedy(),
            Self::Word(rule) => rule.remedy(),
            Self::Pdf(rule) => rule.remedy(),
            Self::Mail(rule) => rule.remedy(),
            Self::NotTei(_) | Self::NoDocuments => {
                "File a TEI volume whose documents are <div type=\"document\">"
            }
            Self::NestedDocument => {
                "Ask the source for a version in which documents follow one another"
            }
            Self::DuplicateId(_) => {
                "Check that the file does not hold the same pages twice, or give each document its own xml:id"
            }
        }
    }
}

/// The rule of XML that a file breaks (Extensible Markup Language 1.0, fifth edition, and Namespaces in XML 1.0).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlRule {
    /// Markup that the file ends in.
    #[error("{0} begins here and does not end")]
    Unclosed(&'static str),
    /// A `<!` that begins neither a comment nor a section.
    #[error("`<!` begins nothing here")]
    Bang,
    /// An `&` that begins no reference.
    #[error("`&` begins no reference: a bare ampersand is written `&amp;`")]
    Ampersand,
    /// Two hyphens in a comment.
    #[error("`--` may not stand in a comment")]
    CommentHyphens,
    /// Something else that the cutting of markup refuses.
    #[error("malformed markup: {0}")]
    Markup(String),
    /// The file ends inside an element.
    #[error("the file ends inside <{name}>, which was opened on line {line}")]
    Truncated {
        /// The innermost open element.
        name: String,
        /// The line on which it was opened.
        line: usize,
    },
    /// An end tag that closes something other than the innermost open element.
    #[error("</{found}> found where </{open}> was due, opened on line {line}")]
    WrongEnd {
        /// The innermost open element.
        open: String,
        /// The line on which it was opened.
        line: usize,
        /// What the end tag says.
        found: String,
    },
    /// An end tag where nothing is open.
    #[error("</{0}> closes nothing")]
    StrayEnd(String),
    /// Another root element after the first: two files in one.
    #[error("a second root element, <{0}>: the file holds more than one document")]
    SecondRoot(String),
    /// A second XML declaration after the root element: two files in one.
    #[error("a second XML declaration: the file holds more than one document")]
    SecondDeclaration,
    /// Text, a reference or a CDATA section outside the root element.
    #[error("text outside the root element")]
    OutsideRoot,
    /// Nothing but comments and white space.
    #[error("there is no element in the file")]
    NoRoot,
    /// An element, attribute, prefix or target whose name is none.
    #[error("`{0}` is not a name")]
    Name(String),
    /// An attribute without a quoted value, or without white space before it.
    #[error("an attribute is malformed: {0}")]
    Attribute(&'static str),
    /// The same attribute twice in one tag.
    #[error("the attribute `{0}` is given twice")]
    DuplicateAttribute(String),
    /// A prefix that is not bound to a namespace, or bound against the rules.
    #[error("the namespace prefix `{0}` is not declared, or declared against the rules")]
    Prefix(String),
    /// A reference to an entity that XML does not predefine.
    #[error(
        "the entity `&{0};` is unknown: only lt, gt, amp, apos, quot and character numbers are read"
    )]
    Entity(String),
    /// A character that XML does not allow, literally or by number.
    #[error("a character that XML does not allow")]
    Character,
    /// `]]>` in text.
    #[error("`]]>` may not stand in text")]
    SectionEnd,
    /// An XML declaration that is misplaced or not one.
    #[error("the XML declaration is malformed or not at the very beginning")]
    Declaration,
    /// A version other than 1.0.
    #[error("XML version {0} is not read")]
    Version(String),
    /// A document type declaration.
    #[error(
        "a document type declaration (<!DOCTYPE>) is not read: it could declare entities without bound"
    )]
    Doctype,
}

impl XmlRule {
    const fn remedy(&self) -> &'static str {
        match self {
            Self::Truncated { .. } | Self::Unclosed(_) | Self::NoRoot => {
                "Check that it was copied whole"
            }
            Self::SecondRoot(_) | Self::SecondDeclaration | Self::OutsideRoot => {
                "Split it into one file for each root element"
            }
            Self::Doctype | Self::Entity(_) => {
                "Have the source write entities out as characters and leave the declaration away"
            }
            Self::Version(_) => "Have the source write XML 1.0",
            _ => "Ask the source for well-formed XML; nothing is repaired here",
        }
    }
}

/// A rule and the offset at which it is broken, before the file's name is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: Option<usize>,
    pub(crate) rule: Rule,
}

impl Fault {
    pub(crate) fn at(at: usize, rule: impl Into<Rule>) -> Self {
        Self {
            at: Some(at),
            rule: rule.into(),
        }
    }
    pub(crate) fn whole(rule: impl Into<Rule>) -> Self {
        Self {
            at: None,
            rule: rule.into(),
        }
    }
    /// The error of a file, the place counted out in its bytes.
    pub(crate) fn of(self, file: &str, bytes: &[u8]) -> IngestError {
        let place = self.at.map(|at| Place::of(bytes, at));
        IngestError::new(file, place, self.rule)
    }
    pub(crate) const fn limit(at: usize, what: &'static str, max: usize) -> Self {
        Self {
            at: Some(at),
            rule: Rule::Limit { what, max },
        }
    }
}

/// What breaks a rule in a text that was taken out of a file is told by the place in that text.
impl From<DocFault> for Fault {
    fn from(fault: DocFault) -> Self {
        let (line, column) = (fault.place.line, fault.place.column);
        Self::whole(Rule::Within {
            part: format!("its text, line {line}, column {column}"),
            place: None,
            rule: Box::new(fault.rule),
        })
    }
}

/// A name from the file for an error: at most 64 characters, controls made visible.
pub(crate) fn shortened(name: &str) -> String {
    const SHOWN_MAX: usize = 64;
    let mut shown: String = name
        .chars()
        .take(SHOWN_MAX)
        .flat_map(|c| {
            let visible = !c.is_control();
            visible
                .then_some(c)
                .into_iter()
                .chain((!visible).then(|| c.escape_default()).into_iter().flatten())
        })
        .collect();
    if name.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let bytes = "ab\n“c”d".as_bytes();
        let at = bytes.iter().position(|&b| b == b'd').unwrap();
        let place = Place::of(bytes, at);
        assert_eq!((place.line, place.column), (2, 4));
        assert_eq!(
            Place::of(bytes, 0),
            Place {
                line: 1,
                column: 1,
                byte: 0
            }
        );
        assert_eq!(Place::of(bytes, 999).byte, bytes.len());
    }

    #[test]
    fn names_are_cut_and_harmless() {
        assert_eq!(shortened("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(shortened(&"x".repeat(100)).chars().count(), 65);
    }
}
