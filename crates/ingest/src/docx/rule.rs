//! What a Word document breaks.

/// The rule that a Word document breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordRule {
    /// It needs a password, or is one of before 2007.
    #[error(
        "the file is a Word document that is encrypted with a password, or one of before 2007 (.doc)"
    )]
    Encrypted,
    /// The name says Word document; the content says otherwise.
    #[error("the file is named as a Word document (.docx), and is none, or is cut off")]
    Named,
    /// A ZIP file that is no Word document.
    #[error("the file is {0} and no Word document")]
    NotWord(&'static str),
    /// A package that cannot be unpacked.
    #[error("the file begins as a Word document does, and is damaged or cut off: {0}")]
    Broken(String),
    /// A part whose name would lead out of its package, or is none.
    #[error("`{0}` is not the name of a part of the file")]
    PartName(String),
    /// Two parts of one name: programs differ in which they show.
    #[error("the file holds two parts named `{0}`")]
    PartTwice(String),
    /// A part that others refer to and that is not there.
    #[error("the part `{0}` is missing in the file")]
    MissingPart(String),
    /// A part that is packed more tightly than any text.
    #[error("the part `{0}` of the file would unpack to far more than any text does")]
    Bomb(String),
    /// A document that holds programs.
    #[error("the document holds macros")]
    Macros,
    /// Text that a document takes from elsewhere.
    #[error("some of the document's text is {0} and not in the document itself")]
    Elsewhere(&'static str),
    /// Text outside a paragraph.
    #[error("text stands outside a paragraph")]
    OutsideParagraph,
    /// A document without words.
    #[error("there is no text in the document: pictures alone, or nothing")]
    NoText,
}

impl WordRule {
    /// What the person who files can do.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Encrypted => {
                "Open it, with its password if it has one, and save it as .docx without one"
            }
            Self::Named | Self::NotWord(_) => {
                "Check that it was copied whole, or save it as .docx or as text"
            }
            Self::Broken(_)
            | Self::PartName(_)
            | Self::PartTwice(_)
            | Self::MissingPart(_)
            | Self::Bomb(_)
            | Self::OutsideParagraph => {
                "Check that it was copied whole, or open it in the program that made it and save it again"
            }
            Self::Macros => "Save it as a Word document without macros (.docx)",
            Self::Elsewhere(_) => {
                "Open it in Word, take the text into the document, and save it again"
            }
            Self::NoText => {
                "Have the words in its pictures recognised, and file the text that comes of it"
            }
        }
    }
}
