//! Which format a file is in: told by its content, with the name's extension where the content leaves it open.

use crate::error::{CaptionRule, Fault, PdfRule, Rule, WordRule};
use crate::{captions, pdf};

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A TEI volume: every `<div type="document">` is a record.
    Tei,
    /// Plain text: one record.
    Text,
    /// A PDF with text: one record.
    Pdf,
    /// E-mail: one record.
    Mail,
    /// WebVTT captions: one record.
    WebVtt,
    /// SubRip captions: one record.
    Srt,
    /// A Word document (DOCX): one record.
    Word,
}

impl Format {
    /// Whether the guard has it read in a process of its own, which can do nothing but read: so for formats whose
    /// readers are large, not ours, or unpack what they read.
    pub const fn is_confined(self) -> bool {
        match self {
            Self::Tei | Self::Text | Self::WebVtt | Self::Srt => false,
            Self::Word | Self::Pdf | Self::Mail => true,
        }
    }
}

/// Beginnings of files that are often handed in by mistake.
const FOREIGN: [(&[u8], &str); 4] = [
    (b"{\\rtf", "a Rich Text file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
];

/// Beginnings of ZIP files, of which Word documents are some: with an entry, and without.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The beginning of Office documents of before 2007, and of encrypted ones.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";

/// Byte order marks of encodings other than UTF-8; the longer ones first.
const OTHER_ENCODINGS: [(&[u8], &str); 4] = [
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
];

/// The format of what is no text, by its beginning; nothing if it may be text.
pub(crate) fn packed(bytes: &[u8]) -> Result<Option<Format>, Fault> {
    if bytes.starts_with(OLE) {
        return Err(Fault::whole(WordRule::Encrypted));
    }
    if bytes.starts_with(pdf::BEGINNING) {
        return Ok(Some(Format::Pdf));
    }
    let zip = ZIP.iter().any(|magic| bytes.starts_with(magic));
    Ok(zip.then_some(Format::Word))
}

/// Refuses what is evidently neither text nor XML.
pub(crate) fn refuse_foreign(bytes: &[u8]) -> Result<(), Fault> {
    if let Some((_, name)) = OTHER_ENCODINGS
        .iter()
        .find(|(mark, _)| bytes.starts_with(mark))
    {
        return Err(Fault::whole(Rule::OtherEncoding((*name).to_owned())));
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Fault::whole(Rule::UnknownFormat(what)));
    }
    if bytes.contains(&0) {
        let at = bytes.iter().position(|&b| b == 0).unwrap_or(0);
        return Err(Fault::at(
            at,
            Rule::UnknownFormat("binary (it holds zero bytes)"),
        ));
    }
    Ok(())
}

/// The format of a text.
///
/// What begins as WebVTT or SubRip is that whatever its name. What begins with `<?xml` or `<TEI` is a volume whatever its
/// name; what begins with `<` is one unless it is named as text; the rest is plain text unless its name says otherwise.
pub(crate) fn detect(file: &str, text: &str) -> Result<Format, Fault> {
    let name = file.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if captions::begins_as_vtt(text) {
        return Ok(Format::WebVtt);
    }
    if captions::begins_as_srt(text) {
        return Ok(Format::Srt);
    }
    let (named_xml, named_text) = match extension {
        "docx" => return Err(Fault::whole(WordRule::Named)),
        "pdf" => return Err(Fault::whole(PdfRule::NotPdf)),
        "vtt" => return Err(Fault::whole(CaptionRule::NotWebVtt)),
        "srt" => return Ok(Format::Srt),
        "xml" | "tei" => (true, false),
        "txt" | "text" => (false, true),
        _ => (false, false),
    };
    let start = text.trim_start();
    if !start.starts_with('<') {
        return if named_xml {
            Err(Fault::whole(Rule::NotXml))
        } else {
            Ok(Format::Text)
        };
    }
    let evident = start.starts_with("<?xml") || start.starts_with("<TEI");
    if named_text && !evident {
        Ok(Format::Text)
    } else {
        Ok(Format::Tei)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_or_read_by_others_code_is_confined() {
        for confined in [Format::Word, Format::Pdf, Format::Mail] {
            assert!(confined.is_confined(), "{confined:?}");
        }
        for own in [Format::Tei, Format::Text, Format::WebVtt, Format::Srt] {
            assert!(!own.is_confined(), "{own:?}");
        }
    }

    #[test]
    fn content_decides_and_the_name_helps() {
        for (file, text, format) in [
            ("a.xml", " <TEI/>", Format::Tei),
            ("a", "<TEI/>", Format::Tei),
            ("a.txt", "<TEI/>", Format::Tei),
            ("a.txt", "<Smith> hello", Format::Text),
            ("a", "<Smith> hello", Format::Tei),
            ("a.md", "hello", Format::Text),
            ("a.txt", "WEBVTT", Format::WebVtt),
            ("a.vtt", "WEBVTT - a", Format::WebVtt),
            ("a", "WEBVTTS", Format::Text),
            ("a", "\n1\n00:00:01,000 --> 00:00:02,000\na", Format::Srt),
            ("a.txt", "1\n2 --> 3", Format::Text),
        ] {
            assert_eq!(detect(file, text).unwrap(), format, "{file}");
        }
        assert_eq!(detect("A.XML.GZ", "hello").unwrap_err().rule, Rule::NotXml);
        for (file, text) in [("a.vtt", "hello"), ("a.vtt", "<TEI/>")] {
            assert!(matches!(
                detect(file, text).unwrap_err().rule,
                Rule::Captions(_)
            ));
        }
    }
}
