//! Source files.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use strongroom_ingest::{Format, Read, dry_run, read};
use strongroom_record::limits::{FILE_MAX_BYTES, PORTION_MAX_BYTES, PORTIONS_MAX, RECORDS_MAX};
use strongroom_record::{Draft, DraftSet, PortionKind};

/// Longest input that is packed as well: packing costs more than reading.
const PACKED_MAX_BYTES: usize = 4 << 10;
/// How many times the size of its file the text of all portions may have, as `ingest` promises.
const TEXT_PER_FILE_MAX: usize = 2;

/// A volume, a plain text, or either packed.
///
/// Laws: slices lie in the file and follow one another; every bound holds of what is read; a portion is empty only
/// where a heading is left out; a dry run is one line of JSON; a packed file reads as what was packed; an error names
/// a place within the file.
pub fn ingest(bytes: &[u8]) {
    // What begins with `<` is a volume unless its name says that it is text.
    let marked_up = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
    let names: &[&str] = if marked_up {
        &["file", "file.txt"]
    } else {
        &["file"]
    };
    for name in names {
        match read(name, bytes) {
            Ok(file) => {
                holds(&file);
                packed(name, bytes, &file);
            }
            Err(why) => assert!(why.to_string().contains(name), "{why} names no file"),
        }
    }
}

/// What holds of whatever was read; a confined process could have read it.
pub(crate) fn holds(file: &Read<'_>) {
    let bytes = &file.original[..];
    let drafts = file.drafts.drafts();
    assert!(bytes.len() <= FILE_MAX_BYTES && drafts.len() <= RECORDS_MAX);
    assert!(file.format == Format::Tei || drafts.len() == 1);
    let (mut end, mut text) = (0, 0);
    for draft in drafts {
        assert!(end <= draft.slice.start && draft.slice.start <= draft.slice.end);
        end = draft.slice.end;
        assert!(
            bytes.get(draft.slice.clone()).is_some(),
            "a slice leaves the file"
        );
        draft_holds(draft);
        text += draft.portions.iter().map(|p| p.text.len()).sum::<usize>();
    }
    let answered = DraftSet::from_bytes(&file.drafts.to_bytes(), file.drafts.file(), bytes.len());
    assert_eq!(
        answered.as_ref(),
        Ok(&file.drafts),
        "no answer of a confined process"
    );
    // Word documents and PDFs are packed, and mail may be in characters of fewer bytes.
    assert!(
        matches!(file.format, Format::Word | Format::Pdf | Format::Mail)
            || text <= TEXT_PER_FILE_MAX * bytes.len(),
        "text out of nothing"
    );
}

/// What holds of every draft.
pub(crate) fn draft_holds(draft: &Draft) {
    assert!(draft.portions.len() <= PORTIONS_MAX);
    for portion in &draft.portions {
        assert!(portion.text.len() <= PORTION_MAX_BYTES);
        assert!(portion.kind == PortionKind::Heading || !portion.text.is_empty());
    }
    let line = dry_run::to_json(draft);
    assert!(!line.contains('\n'));
    serde_json::from_str::<serde_json::Value>(&line).expect("a dry run is JSON");
}

fn packed(name: &str, bytes: &[u8], plain: &Read<'_>) {
    if bytes.len() > PACKED_MAX_BYTES || bytes.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::none());
    packer.write_all(bytes).expect("memory takes bytes");
    let packed = packer.finish().expect("memory takes bytes");
    let unpacked = read(name, &packed).expect("a packed file reads as what was packed");
    assert_eq!(unpacked.drafts, plain.drafts);
    assert_eq!(unpacked.original, plain.original);
}
