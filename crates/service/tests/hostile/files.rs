//! Hostile files, as someone would make them who wants a reader to run out of memory, of time or of stack.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A Word document of a body and further parts. A relation is told by the part that has it, its kind and where it leads.
fn word(inside: &str, related: &[(&str, &str, &str)], more: &[(&str, String)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        writer.start_file(name, options).expect("a part");
        writer.write_all(text.as_bytes()).expect("memory");
    };
    let main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    add(
        "[Content_Types].xml",
        &format!(
            "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" ContentType=\"{main}\"/></Types>"
        ),
    );
    let relations = |of: &[(&str, &str, &str)]| {
        let each = of.iter().enumerate().map(|(nth, (_, kind, target))| {
            format!("<Relationship Id=\"r{nth}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
        });
        let each: String = each.collect();
        format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{each}</Relationships>")
    };
    add(
        "_rels/.rels",
        &relations(&[("", "officeDocument", "word/document.xml")]),
    );
    for part in ["document", "footnotes", "header1"] {
        let of: Vec<_> = related
            .iter()
            .copied()
            .filter(|(by, ..)| *by == part)
            .collect();
        add(&format!("word/_rels/{part}.xml.rels"), &relations(&of));
    }
    add("word/document.xml", &body(inside));
    for (name, text) in more {
        add(name, text);
    }
    writer.finish().expect("a package").into_inner()
}

fn body(inside: &str) -> String {
    format!(
        "<w:document xmlns:w=\"{WORD}\" xmlns:r=\"{OFFICE}\"><w:body>{inside}</w:body></w:document>"
    )
}

fn paragraph(words: &str) -> String {
    format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>")
}

/// A part of nothing but spaces.
pub(crate) fn zip_bomb() -> Vec<u8> {
    word(&paragraph(&" ".repeat(64 << 20)), &[], &[])
}

/// The same, and the directory says that it is short.
pub(crate) fn zip_bomb_that_lies() -> Vec<u8> {
    let inside = paragraph(&" ".repeat(64 << 20));
    let mut bytes = word(&inside, &[], &[]);
    // The length unpacked stands in the part's own header and in the directory: an even smaller one is claimed.
    let len = u32::try_from(body(&inside).len()).expect("it is short of 4 GiB");
    let (honest, claimed) = (len.to_le_bytes(), 100_u32.to_le_bytes());
    let places: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..].starts_with(&honest))
        .collect();
    assert!(!places.is_empty(), "the length stands in the package");
    for at in places {
        bytes[at..at + claimed.len()].copy_from_slice(&claimed);
    }
    bytes
}

/// Parts that are packed no more tightly than text is, and too many bytes.
pub(crate) fn zip_of_too_much() -> Vec<u8> {
    let mut noise = 1_u64;
    let mut inside = String::new();
    while inside.len() < 49 << 20 {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        inside.push_str(&paragraph(&format!("{noise:x}")));
        inside.push_str(&"<w:p></w:p>".repeat(60));
    }
    word(&inside, &[], &[])
}

pub(crate) fn nested_tables() -> Vec<u8> {
    const TABLES: usize = 10_000;
    let nested = "<w:tbl><w:tr><w:tc>".repeat(TABLES)
        + &paragraph("deep")
        + &"</w:tc></w:tr></w:tbl>".repeat(TABLES);
    word(&nested, &[], &[])
}

/// The body has footnotes, which have the body for a header; a header has itself.
pub(crate) fn circle_of_relations() -> Vec<u8> {
    let notes = format!(
        "<w:footnotes xmlns:w=\"{WORD}\" xmlns:r=\"{OFFICE}\"><w:footnote w:id=\"2\"><w:p><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p></w:footnote></w:footnotes>"
    );
    let header = format!(
        "<w:hdr xmlns:w=\"{WORD}\" xmlns:r=\"{OFFICE}\">{}</w:hdr>",
        paragraph("h")
    );
    let section = "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"r1\"/><w:headerReference w:type=\"first\" r:id=\"r2\"/></w:sectPr>";
    word(
        &(paragraph("a") + section),
        &[
            ("document", "footnotes", "footnotes.xml"),
            ("document", "header", "header1.xml"),
            ("document", "header", "document.xml"),
            ("footnotes", "header", "document.xml"),
            ("header1", "header", "header1.xml"),
        ],
        &[("word/footnotes.xml", notes), ("word/header1.xml", header)],
    )
}

/// A ZIP file that is no document.
pub(crate) fn other_package() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file("readme.txt", SimpleFileOptions::default())
        .expect("a part");
    writer.write_all(b"words").expect("memory");
    writer.finish().expect("a package").into_inner()
}

/// A PDF of these objects, the first of which is its catalog; `more` stands in its trailer.
fn pdf(objects: &[Vec<u8>], more: impl FnOnce(usize) -> String) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (nth, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{nth} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let at = out.len();
    out.extend(table.bytes());
    let (size, more) = (objects.len() + 1, more(at));
    out.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R {more} >>\nstartxref\n{at}\n%%EOF\n").bytes(),
    );
    out
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< /Length {} {dictionary} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// A page of a few words: catalog, pages, page, font, content.
fn page() -> Vec<Vec<u8>> {
    vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
        stream("", b"BT /F1 12 Tf 72 700 Td (Hello there) Tj ET"),
    ]
}

pub(crate) fn million_objects() -> Vec<u8> {
    let mut objects = page();
    objects.resize(1_000_000, b"null".to_vec());
    pdf(&objects, |_| String::new())
}

/// A stream that says it holds a million objects.
pub(crate) fn million_objects_inside() -> Vec<u8> {
    let mut objects = page();
    objects.push(stream("/Type /ObjStm /N 1000000 /First 0", b" "));
    pdf(&objects, |_| String::new())
}

/// Content that unpacks to a gigabyte of spaces.
pub(crate) fn pdf_bomb() -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    let spaces = vec![b' '; 1 << 20];
    (0..1_024).for_each(|_| packed.write_all(&spaces).expect("memory"));
    let mut objects = page();
    objects[4] = stream("/Filter /FlateDecode", &packed.finish().expect("memory"));
    pdf(&objects, |_| String::new())
}

/// A tree of pages whose branch is its root.
pub(crate) fn circle_of_pages() -> Vec<u8> {
    let mut objects = page();
    objects[1] = b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 2 >>".to_vec();
    pdf(&objects, |_| String::new())
}

/// A table of objects that was there before itself.
pub(crate) fn circle_of_tables() -> Vec<u8> {
    let mut objects = page();
    // An object that the first table does not have must be looked for in the one before.
    objects[1] = b"<< /Type /Pages /Kids [3 0 R 99 0 R] /Count 2 >>".to_vec();
    pdf(&objects, |at| format!("/Prev {at}"))
}

/// Objects that are one another.
pub(crate) fn circle_of_objects() -> Vec<u8> {
    let mut objects = page();
    objects[1] = b"6 0 R".to_vec();
    objects.push(b"2 0 R".to_vec());
    pdf(&objects, |_| String::new())
}

/// A stream whose length is the stream.
pub(crate) fn circle_of_lengths() -> Vec<u8> {
    let mut objects = page();
    objects[4] = b"<< /Length 5 0 R /Filter /FlateDecode >>\nstream\nBT ET\nendstream".to_vec();
    pdf(&objects, |_| String::new())
}

pub(crate) fn message_in_message() -> Vec<u8> {
    let nested = "Content-Type: message/rfc822\n\n".repeat(100_000);
    format!("From: a@b.c\nMessage-ID: <1@b.c>\nMIME-Version: 1.0\n{nested}words\n").into_bytes()
}
