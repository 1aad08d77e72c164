//! Text PDF: one record.
//!
//! A PDF has no words. It has signs at places, and most say which characters they stand for. [`hayro_interpret`] follows the
//! content of a page and tells signs and places; lines and paragraphs are what print makes of them:
//!
//! | module | subject |
//! | --- | --- |
//! | `shell` | the file from outside: whole, not encrypted, bounded |
//! | `beside` | parts that are drawn, forms, comments, layers, embedded files |
//! | `page` | signs with their places, and what hides them |
//! | `lines` | signs to lines |
//! | `columns` | columns of text that are read one after another |
//! | `blocks` | lines to paragraphs; running headers and footers |
//! | `tables` | lines that are rows of a table |
//! | `hyphens` | words that a line end breaks |
//! | `rule`, `limits` | what is refused, and every bound |
//!
//! What cannot happen here: a page without its text. A page that is a picture, signs without characters, text that nobody sees, a
//! font or a part that is missing: each refuses the file. So a record holds what somebody read who looked at the pages, all of it and no
//! more, but for comments, which say that they are comments.

mod beside;
mod blocks;
mod columns;
mod hyphens;
mod limits;
mod lines;
mod page;
pub(crate) mod rule;
mod shell;
mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::{InterpreterCache, InterpreterSettings, InterpreterWarning};
use strongroom_record::Draft;

use crate::document::Document;
use crate::docx::together;
use crate::error::{Fault, Rule};
use crate::marked::Words;
use crate::memorandum;
use blocks::PrintedPage;
use page::Drawn;
use rule::PdfRule;

/// The record's id: a PDF has no other record to tell it from.
const ID: &str = "pdf";

/// How a PDF begins.
pub(crate) const BEGINNING: &[u8] = b"%PDF-";

/// The share of a page from which on a picture may be the page, and the letters that make it one with a text: a stamp, a
/// header and a number have fewer, a typed page some 2,000.
const PICTURE_SHARE: f64 = 0.5;
const TEXT_MIN_LETTERS: usize = 400;
/// Lines and filled shapes of a page without a letter: from here on they may be letters that were made into shapes.
const SHAPES_MAX: usize = 50;

/// A PDF as a draft.
pub(crate) fn read(bytes: &[u8], words: &Words) -> Result<Draft, Fault> {
    let (document, said) = document(bytes)?;
    let mut draft = memorandum::draft(document, words, ID, 0..bytes.len())?;
    draft.produced = together(draft.produced, said);
    Ok(draft)
}

/// A PDF as pages, paragraphs and lines, and what is to be said of the file.
fn document(bytes: &[u8]) -> Result<(Document, Option<String>), Fault> {
    shell::check(bytes)?;
    // A fault of the library must not end the process that reads: it is the file's.
    catch_unwind(AssertUnwindSafe(|| inside(bytes.to_vec())))
        .unwrap_or_else(|_| Err(Fault::whole(PdfRule::Damaged("its objects cannot be read"))))
}

fn inside(bytes: Vec<u8>) -> Result<(Document, Option<String>), Fault> {
    let pdf = Pdf::new(bytes).map_err(|why| {
        Fault::whole(match why {
            LoadPdfError::Decryption(_) => PdfRule::Encrypted,
            LoadPdfError::Invalid => PdfRule::Damaged("its objects cannot be read"),
        })
    })?;
    let catalog = pdf
        .xref()
        .get::<Dict<'_>>(pdf.xref().root_id())
        .ok_or_else(|| Fault::whole(PdfRule::Damaged("its catalog is missing")))?;
    beside::check_catalog(&catalog).map_err(Fault::whole)?;
    let pages = pdf.pages();
    let due = catalog
        .get::<Dict<'_>>("Pages")
        .and_then(|pages| pages.get::<i32>("Count"));
    if due.and_then(|due| usize::try_from(due).ok()) != Some(pages.len()) {
        return Err(Fault::whole(PdfRule::Damaged("pages are missing")));
    }
    if pages.len() > limits::PDF_PAGES_MAX {
        let (what, max) = ("pages in one PDF", limits::PDF_PAGES_MAX);
        return Err(Fault::whole(Rule::Limit { what, max }));
    }

    let unreadable = Arc::new(AtomicBool::new(false));
    let settings = settings(&unreadable);
    let cache = InterpreterCache::new();
    let (mut walk, mut budget) = (beside::Walk::new(), limits::Budget::new());
    let mut files = beside::Files::new();
    let (mut printed, mut comments, mut pictures) =
        (Vec::with_capacity(pages.len()), Vec::new(), 0);
    for (number, page) in (1..).zip(pages.iter()) {
        walk.page(number, page).map_err(Fault::whole)?;
        comments.extend(beside::comments(number, page, &mut files)?);
        let drawn = page::draw(page, &cache, settings.clone(), &mut budget);
        if unreadable.load(Ordering::Relaxed) {
            return Err(Fault::whole(PdfRule::Font(number)));
        }
        check(number, &drawn)?;
        pictures += drawn.pictures;
        let lines = lines::lines(number, drawn.signs).map_err(Fault::whole)?;
        printed.push(PrintedPage {
            lines,
            height: drawn.height,
        });
    }
    if printed.iter().all(|page| page.lines.is_empty()) {
        return Err(Fault::whole(PdfRule::NoText));
    }
    files.add_named(&catalog)?;
    let said = said(comments.len(), pictures);
    let document = Document {
        pages: blocks::pages(printed, comments, hyphenates(&pdf)),
        attachments: files.found,
    };
    Ok((document, said))
}

/// What of the file a reader of the record would not see, or not as part of the text.
fn said(comments: usize, pictures: usize) -> Option<String> {
    let told = [
        (comments, "comment", "after the text"),
        (pictures, "picture", "left out"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, fate)| {
            format!("{count} {what}{} {fate}", if count == 1 { "" } else { "s" })
        })
        .collect();
    (!told.is_empty()).then(|| format!("Taken from a PDF: {}.", told.join("; ")))
}

/// Notes a font that cannot be used. Fonts and character maps that a PDF may leave out are built in; none is looked for.
fn settings(unreadable: &Arc<AtomicBool>) -> InterpreterSettings {
    let unreadable = Arc::clone(unreadable);
    InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::UnsupportedFont) {
                unreadable.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    }
}

/// Refuses a page of which something would be lost, or more be read than is seen.
fn check(number: usize, drawn: &Drawn) -> Result<(), Fault> {
    if let Some((what, max)) = drawn.beyond {
        return Err(Fault::whole(Rule::Limit { what, max }));
    }
    if drawn.vertical {
        return Err(Fault::whole(PdfRule::Direction(number)));
    }
    let mut letters = 0;
    let mut hidden = None;
    for sign in &drawn.signs {
        let says = sign.says();
        match sign.hidden {
            Some(how) if says => hidden = Some(how),
            None if says => letters += 1,
            _ => {}
        }
    }
    let pictured = drawn.picture >= PICTURE_SHARE && letters < TEXT_MIN_LETTERS;
    let wordless = letters == 0 && (drawn.picture > 0.0 || drawn.shapes > SHAPES_MAX);
    if pictured || wordless {
        return Err(Fault::whole(PdfRule::Picture(number)));
    }
    match hidden {
        Some(how) => Err(Fault::whole(PdfRule::Hidden { page: number, how })),
        None => Ok(()),
    }
}

/// Whether it was made by a program that breaks words unasked.
fn hyphenates(pdf: &Pdf) -> bool {
    let made_by = pdf.metadata();
    [&made_by.producer, &made_by.creator]
        .into_iter()
        .flatten()
        .any(|program| {
            let program = String::from_utf8_lossy(program).to_ascii_lowercase();
            ["tex", "roff"].iter().any(|name| program.contains(name))
        })
}
