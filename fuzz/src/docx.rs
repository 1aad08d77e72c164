//! Word documents.

use std::io::{Cursor, Write as _};

use strongroom_ingest::read;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::ingest::holds;

/// The parts that a document may have, and how the body names them; the body itself comes first.
const PARTS: [(&str, &str); 8] = [
    ("document", "officeDocument"),
    ("styles", "styles"),
    ("numbering", "numbering"),
    ("settings", "settings"),
    ("footnotes", "footnotes"),
    ("endnotes", "endnotes"),
    ("comments", "comments"),
    ("header1", "header"),
];

/// A package; or, if it does not begin as one, the texts of its parts, with zero bytes between them, in a package that
/// is sound.
///
/// Laws: those of what is read of any file; parts that are packed read as parts that are not; an error names the file.
pub fn docx(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        let _ = read_one(bytes);
        return;
    }
    let parts: Vec<&[u8]> = bytes.splitn(PARTS.len(), |&byte| byte == 0).collect();
    let stored = read_one(&package(&parts, CompressionMethod::Stored));
    let packed = read_one(&package(&parts, CompressionMethod::Deflated));
    assert_eq!(stored, packed, "packing makes a difference");
}

/// Reads a document; gives its lines, or why it is refused.
fn read_one(bytes: &[u8]) -> Result<Vec<String>, String> {
    match read("file.docx", bytes) {
        Ok(file) => {
            holds(&file);
            let drafts = file.drafts.drafts();
            Ok(drafts
                .iter()
                .flat_map(|draft| draft.portions.iter().map(|portion| portion.text.clone()))
                .collect())
        }
        Err(why) => {
            let why = why.to_string();
            assert!(why.contains("file.docx"), "{why} names no file");
            Err(why)
        }
    }
}

fn package(parts: &[&[u8]], method: CompressionMethod) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let options = SimpleFileOptions::default().compression_method(method);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        writer.start_file(name, options).expect("a part");
        writer.write_all(bytes).expect("memory takes bytes");
    };
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    add("[Content_Types].xml", types.as_bytes());
    let relation = |nth: usize, (name, kind): (&str, &str), folder: &str| {
        format!(
            "<Relationship Id=\"r{nth}\" Type=\"{OFFICE}/{kind}\" Target=\"{folder}{name}.xml\"/>"
        )
    };
    let begins = format!("<Relationships xmlns=\"{PACKAGE}/relationships\">");
    let root = format!("{begins}{}</Relationships>", relation(0, PARTS[0], "word/"));
    add("_rels/.rels", root.as_bytes());
    let mut of_body = begins;
    for (nth, part) in PARTS.into_iter().enumerate().take(parts.len()).skip(1) {
        of_body.push_str(&relation(nth, part, ""));
    }
    of_body.push_str("</Relationships>");
    add("word/_rels/document.xml.rels", of_body.as_bytes());
    for ((name, _), bytes) in PARTS.into_iter().zip(parts) {
        add(&format!("word/{name}.xml"), bytes);
    }
    writer.finish().expect("a package").into_inner()
}
