//! Bounds of reading a PDF, beside those of its shell.

/// Pages: ten times the longest volume of documents at hand.
pub(super) const PDF_PAGES_MAX: usize = 5_000;

/// Signs of one file, and bytes that they stand for: a page holds some 3,000. A sign takes 100 bytes of memory while its page
/// is read.
pub(super) const SIGNS_MAX: usize = 4 << 20;
const TEXT_MAX_BYTES: usize = 16 << 20;

/// Filled boxes of one page: tables of a thousand coloured cells have as many. Each sign is compared with each.
pub(super) const BOXES_MAX: usize = 1_024;

/// Parts of pages that are drawn (forms, in the words of PDF), each time counted, and how deep they lie in one another.
/// Letterheads and stamps make a few a page.
pub(super) const FORMS_MAX: usize = 50_000;
pub(super) const FORMS_DEPTH_MAX: usize = 16;
/// Bytes of content that are drawn, each time counted.
pub(super) const DRAWN_MAX_BYTES: usize = 256 << 20;

/// Files embedded in one document, and their bytes together.
pub(super) const EMBEDDED_MAX: usize = 256;
/// Depth and nodes of the tree of names in which embedded files stand.
pub(super) const NAMES_DEPTH_MAX: usize = 16;
pub(super) const NAMES_MAX: usize = 4_096;

/// What is left of a file's bounds.
#[derive(Debug)]
pub(super) struct Budget {
    signs: usize,
    text: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self {
            signs: SIGNS_MAX,
            text: TEXT_MAX_BYTES,
        }
    }

    /// Counts a sign that stands for so many bytes; an error tells what there is too much of, and how much there may be.
    pub(super) const fn sign(&mut self, bytes: usize) -> Result<(), (&'static str, usize)> {
        match (self.signs.checked_sub(1), self.text.checked_sub(bytes)) {
            (None, _) => Err(("signs in one PDF", SIGNS_MAX)),
            (_, None) => Err(("bytes of text in one PDF", TEXT_MAX_BYTES)),
            (Some(signs), Some(text)) => {
                (self.signs, self.text) = (signs, text);
                Ok(())
            }
        }
    }
}
