//! What keeps a PDF from being read, and the way out.

/// Why a PDF is refused. Pages are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfRule {
    /// The name says PDF; the content says otherwise.
    #[error("the file is named as PDF, but does not begin with `%PDF-`")]
    NotPdf,
    /// The end is missing, or does not lead to the file's table of objects.
    #[error("the PDF is cut off or damaged: {0}")]
    Damaged(&'static str),
    /// It is encrypted, with a password or without one.
    #[error("the PDF is encrypted")]
    Encrypted,
    /// A stream is packed in a way that is not unpacked here.
    #[error("the PDF packs its content in a way that is not read: {0}")]
    Packed(&'static str),
    /// Content includes itself, or far more of it is drawn than any page needs.
    #[error("the PDF draws parts inside one another without end")]
    Recursion,
    /// A page is a picture of a page.
    #[error("page {0} is a picture: it has no text, or next to none")]
    Picture(usize),
    /// A page has text that nobody sees who looks at it.
    #[error("page {page} has hidden text: {how}")]
    Hidden {
        /// The page.
        page: usize,
        /// What hides it.
        how: &'static str,
    },
    /// Parts of the document are layers that are switched off.
    #[error("the PDF has layers that are switched off")]
    Layers,
    /// Signs that stand for no character.
    #[error("page {0} has signs of which the PDF does not tell what characters they are")]
    Unmapped(usize),
    /// A font that cannot be used.
    #[error("page {0} uses a font that cannot be read")]
    Font(usize),
    /// Scripts whose order this reader does not know.
    #[error("page {0} has text that does not run from left to right")]
    Direction(usize),
    /// A form whose entries are not on the page.
    #[error("the PDF is a form, and what was entered is not on its pages")]
    Form,
    /// There is no word in it.
    #[error("the PDF has no text")]
    NoText,
}

impl PdfRule {
    /// What the person who files can do.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Damaged(_) => {
                "Check that it was copied whole; if a viewer shows it, print it to a new PDF"
            }
            Self::NotPdf => {
                "Check that it was copied whole, or give it the extension of what it is"
            }
            Self::Encrypted => "Save it without protection, with whoever may do so, and file that",
            Self::Picture(_) | Self::NoText => "File its text, as someone has read and compared it",
            Self::Hidden { .. } | Self::Layers => {
                "Have it made anew without that text, or with the text where it is seen: what is filed must be what was read"
            }
            Self::Form => "Print it to a new PDF, so that the entries become text",
            Self::Unmapped(_) | Self::Font(_) | Self::Direction(_) => {
                "File the document that it was made from, or its text"
            }
            Self::Packed(_) | Self::Recursion => "Print it to a new PDF with a current program",
        }
    }
}
