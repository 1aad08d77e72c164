//! The way in: size, compression, encoding, format; then the reader of that format.

use std::borrow::Cow;

use strongroom_record::limits::{FILE_MAX_BYTES, HEADER_VALUE_MAX_BYTES};
use strongroom_record::{Draft, DraftSet};

use crate::error::{Fault, IngestError, Rule};
use crate::format::{self, Format};
use crate::marked::Words;
use crate::{captions, docx, gzip, mail, pdf, plain, tei};

/// The byte order mark that some programs put before UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<'a> {
    /// The bytes of the file, decompressed; the drafts' slices are cut from these.
    pub original: Cow<'a, [u8]>,
    /// Its records.
    pub drafts: DraftSet,
    /// What it was read as.
    pub format: Format,
}

/// Refuses a file by its length on disk, before anything of it is in memory.
///
/// # Errors
/// It is longer than [`FILE_MAX_BYTES`].
pub fn check_size(file_name: &str, bytes: u64) -> Result<(), IngestError> {
    if bytes > FILE_MAX_BYTES as u64 {
        return Err(IngestError::new(
            base_name(file_name),
            None,
            Rule::FileTooLarge,
        ));
    }
    Ok(())
}

/// Reads a file: `bytes` as they are on disk, plain or gzip-compressed. Of `file_name` the last part is kept.
///
/// Takes memory for the decompressed file, its drafts (less than twice the file), and the tree of one document.
///
/// # Errors
/// The first rule that the file breaks, with its place; see [`Rule`].
pub fn read<'a>(file_name: &str, bytes: &'a [u8]) -> Result<Read<'a>, IngestError> {
    read_by(Words::builtin(), file_name, bytes)
}

/// The same, where marks are known by these words: [`Words::with`] gives those of a policy of one's own.
///
/// # Errors
/// As [`read`].
pub fn read_by<'a>(
    words: &Words,
    file_name: &str,
    bytes: &'a [u8],
) -> Result<Read<'a>, IngestError> {
    let Recognised {
        file,
        original,
        format,
    } = recognise(file_name, bytes)?;
    let drafts = drafts(words, format, &original).map_err(|fault| fault.of(&file, &original))?;
    let drafts = DraftSet::new(file, original.len(), drafts)
        .expect("documents follow one another within the file");
    Ok(Read {
        original,
        drafts,
        format,
    })
}

/// A file of which no more is known than what it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised<'a> {
    /// The file's name, without a folder.
    pub file: String,
    /// The bytes of the file, decompressed.
    pub original: Cow<'a, [u8]>,
    /// What it is to be read as.
    pub format: Format,
}

/// Tells what a file is in, without reading it: for who decides where it is read
/// ([`Format::is_confined`]).
///
/// # Errors
/// It is too large, has no name, is in no format that is read, or is empty.
pub fn recognise<'a>(file_name: &str, bytes: &'a [u8]) -> Result<Recognised<'a>, IngestError> {
    let file = base_name(file_name);
    check_size(file, bytes.len() as u64)?;
    let whole = |fault: Fault| IngestError::new(file, None, fault.rule);
    if file.is_empty() || file.len() > HEADER_VALUE_MAX_BYTES {
        return Err(whole(Fault::whole(Rule::FileName)));
    }
    let original: Cow<'a, [u8]> = if gzip::is_gzip(bytes) {
        Cow::Owned(gzip::decompress(bytes).map_err(whole)?)
    } else {
        Cow::Borrowed(bytes)
    };
    let format = format_of(file, &original).map_err(|fault| fault.of(file, &original))?;
    Ok(Recognised {
        file: file.to_owned(),
        original,
        format,
    })
}

fn format_of(file: &str, bytes: &[u8]) -> Result<Format, Fault> {
    if let Some(format) = format::packed(bytes)? {
        return Ok(format);
    }
    if mail::begins_as_mail(file, bytes)? {
        return Ok(Format::Mail);
    }
    format::refuse_foreign(bytes)?;
    let (_, text) = text(bytes)?;
    if text.trim().is_empty() {
        return Err(Fault::whole(Rule::Empty));
    }
    format::detect(file, text)
}

/// The text of a file that is text, and how many bytes of a mark stand before it.
fn text(bytes: &[u8]) -> Result<(usize, &str), Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|fault| Fault::at(fault.valid_up_to(), Rule::NotUtf8))?;
    Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK.len(), rest),
        None => (0, text),
    })
}

fn drafts(words: &Words, format: Format, bytes: &[u8]) -> Result<Vec<Draft>, Fault> {
    let one = |draft: Draft| vec![draft];
    match format {
        Format::Word => return docx::read(bytes, words).map(one),
        Format::Pdf => return pdf::read(bytes, words).map(one),
        Format::Mail => return mail::read(bytes, words).map(one),
        Format::Tei | Format::Text | Format::WebVtt | Format::Srt => {}
    }
    let (base, text) = text(bytes)?;
    let read = match format {
        Format::Tei => tei::read(text),
        Format::WebVtt => captions::read_vtt(text).map(one),
        Format::Srt => captions::read_srt(text).map(one),
        _ => plain::read(text, words).map(one),
    };
    let mut drafts = read.map_err(|fault| Fault {
        at: fault.at.map(|at| at + base),
        ..fault
    })?;
    for draft in &mut drafts {
        draft.slice.start += base;
        draft.slice.end += base;
    }
    Ok(drafts)
}

/// The last part of a path, whichever way its folders are written.
fn base_name(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}
