//! Word documents made by hand: what is read of them, and what is refused, whatever the bytes are.

use std::io::{Cursor, Read as _, Write as _};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use strongroom_ingest::{Format, Read, dry_run, read, recognise};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPES: &str = "[Content_Types].xml";
const BODY: &str = "word/document.xml";

/// Made by LibreOffice and by pandoc.
const MADE: [&[u8]; 2] = [
    include_bytes!("vectors/documents/tracked-changes.docx"),
    include_bytes!("vectors/documents/telcon-pandoc.docx"),
];

fn zipped<'p>(parts: impl IntoIterator<Item = (&'p str, Vec<u8>)>) -> Vec<u8> {
    packed(CompressionMethod::Stored, parts)
}

fn packed<'p>(
    method: CompressionMethod,
    parts: impl IntoIterator<Item = (&'p str, Vec<u8>)>,
) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(name, options).expect("a part");
        writer.write_all(&bytes).expect("its bytes");
    }
    writer.finish().expect("a package").into_inner()
}

/// The XML parts of a package.
fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut parts = Vec::new();
    for nth in 0..archive.len() {
        let mut part = archive.by_index(nth).expect("a part");
        let name = part.name().expect("its name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("its bytes");
        if name.ends_with(".xml") || name.ends_with(".rels") {
            parts.push((name, bytes));
        }
    }
    parts
}

fn types(main: &str) -> Vec<u8> {
    format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{main}\"/></Types>"
    )
    .into_bytes()
}

const MAIN: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";

fn relations(of: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut text = String::from(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    );
    for (id, kind, target) in of {
        let mode = if target.contains("://") {
            " TargetMode=\"External\""
        } else {
            ""
        };
        text.push_str(&format!(
            "<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"{mode}/>"
        ));
    }
    (text + "</Relationships>").into_bytes()
}

fn body(inside: &str) -> Vec<u8> {
    format!(
        "<w:document xmlns:w=\"{WORD}\" xmlns:r=\"{OFFICE}\" xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"><w:body>{inside}</w:body></w:document>"
    )
    .into_bytes()
}

/// A package with this body, these relations of the body, and these parts besides.
fn package(inside: &str, related: &[(&str, &str, &str)], more: Vec<(&str, Vec<u8>)>) -> Vec<u8> {
    let mut parts = vec![
        (TYPES, types(MAIN)),
        ("_rels/.rels", relations(&[("r1", "officeDocument", BODY)])),
        (BODY, body(inside)),
        ("word/_rels/document.xml.rels", relations(related)),
    ];
    parts.extend(more);
    zipped(parts)
}

fn document(inside: &str) -> Vec<u8> {
    package(inside, &[], Vec::new())
}

fn deflated(inside: &str) -> Vec<u8> {
    packed(
        CompressionMethod::Deflated,
        [
            (TYPES, types(MAIN)),
            ("_rels/.rels", relations(&[("r1", "officeDocument", BODY)])),
            (BODY, body(inside)),
        ],
    )
}

fn paragraph(words: &str) -> String {
    format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>")
}

/// The portions of a document after its heading.
fn texts(bytes: &[u8]) -> Vec<String> {
    let read = read("d.docx", bytes).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(read.format, Format::Word);
    let draft = &read.drafts.drafts()[0];
    assert_eq!(draft.slice, 0..bytes.len());
    let texts = draft.portions.iter().map(|portion| portion.text.clone());
    texts.skip(1).collect()
}

/// Why a file is refused.
fn refused(bytes: &[u8]) -> String {
    let began = Instant::now();
    let why = match read("d.docx", bytes) {
        Ok(read) => panic!("read: {:?}", read.drafts.drafts()[0].portions.len()),
        Err(why) => why.to_string(),
    };
    assert!(began.elapsed() < Duration::from_secs(60), "{why}");
    assert!(why.starts_with("d.docx: ") && why.len() < 1_000, "{why}");
    why
}

fn refused_for(bytes: &[u8], words: &str) {
    let why = refused(bytes);
    assert!(why.contains(words), "{why}\nis not\n{words}");
}

/// What holds of every file that is read.
fn check(read: &Read<'_>) {
    for draft in read.drafts.drafts() {
        assert!(draft.slice.end <= read.original.len());
        for portion in &draft.portions {
            assert_eq!(portion.text.trim(), portion.text);
            assert!(!portion.text.contains("  ") && !portion.text.contains('\n'));
        }
        assert!(!dry_run::to_json(draft).contains('\n'));
    }
}

#[test]
fn forms_and_what_is_shown_instead_of_other_things() {
    let inside = paragraph("Heading")
        + "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"x\"><w:t>new</w:t></mc:Choice><mc:Fallback><w:t>old</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>\
           <w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:ddList><w:result w:val=\"1\"/><w:listEntry w:val=\"Secret\"/><w:listEntry w:val=\"Open\"/></w:ddList></w:ffData></w:fldChar></w:r>\
           <w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"><w:ffData><w:checkBox><w:default w:val=\"0\"/><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r></w:p>\
           <w:p><w:fldSimple w:instr=\"DATE\"><w:r><w:t>3 May</w:t></w:r></w:fldSimple><w:r><w:delText>gone</w:delText></w:r></w:p>\
           <w:sdt><w:sdtPr><w:alias w:val=\"no\"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>";
    assert_eq!(
        texts(&document(&inside)),
        ["new", "Open☒", "3 May", "in a control"]
    );
}

#[test]
fn headers_are_those_of_their_pages() {
    let part = |root: &str, words: &str| {
        let inside = paragraph(words);
        format!("<w:{root} xmlns:w=\"{WORD}\">{inside}</w:{root}>").into_bytes()
    };
    let inside = paragraph("Title")
        + "<w:p><w:r><w:t>One.</w:t></w:r><w:r><w:br w:type=\"page\"/></w:r></w:p>"
        + &paragraph("Two.")
        + "<w:sectPr><w:headerReference w:type=\"first\" r:id=\"h1\"/><w:headerReference w:type=\"default\" r:id=\"h2\"/><w:headerReference w:type=\"even\" r:id=\"h3\"/>\
           <w:footerReference w:type=\"default\" r:id=\"f1\"/><w:titlePg/></w:sectPr>";
    let bytes = package(
        &inside,
        &[
            ("h1", "header", "h1.xml"),
            ("h2", "header", "h2.xml"),
            ("h3", "header", "h3.xml"),
            ("f1", "footer", "f1.xml"),
            ("t", "attachedTemplate", "file:///c/Normal.dotm"),
            ("l", "hyperlink", "https://example.org/"),
        ],
        vec![
            ("word/h1.xml", part("hdr", "first header")),
            ("word/h2.xml", part("hdr", "header")),
            ("word/h3.xml", part("hdr", "even header, which is off")),
            ("word/f1.xml", part("ftr", "footer")),
        ],
    );
    assert_eq!(
        texts(&bytes),
        ["first header", "header", "One.", "Two.", "footer"]
    );
}

#[test]
fn what_is_no_word_document_is_said() {
    for (bytes, words) in [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            "encrypted with a password",
        ),
        (b"P".to_vec(), "named as a Word document"),
        (b"plain text".to_vec(), "named as a Word document"),
        (zipped([]), "a ZIP file and no Word document"),
        (
            zipped([("a.txt", b"a".to_vec())]),
            "a ZIP file and no Word document",
        ),
        (
            zipped([(
                "mimetype",
                b"application/vnd.oasis.opendocument.text".to_vec(),
            )]),
            "an OpenDocument file",
        ),
        (
            zipped([
                (
                    TYPES,
                    types(
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    ),
                ),
                ("_rels/.rels", relations(&[("r", "officeDocument", BODY)])),
            ]),
            "an Excel workbook",
        ),
        (
            zipped([
                (
                    TYPES,
                    types("application/vnd.ms-word.document.macroEnabled.main+xml"),
                ),
                ("_rels/.rels", relations(&[("r", "officeDocument", BODY)])),
            ]),
            "holds macros",
        ),
        (
            zipped([
                (TYPES, types(MAIN)),
                ("_rels/.rels", relations(&[("r", "officeDocument", BODY)])),
            ]),
            "the part `word/document.xml` is missing",
        ),
        (document(""), "there is no text"),
        (
            document("<w:p/><w:p><w:r><w:t> </w:t></w:r></w:p>"),
            "there is no text",
        ),
        (document("<w:p/><w:altChunk r:id=\"a\"/>"), "altChunk"),
        (document("<w:p><w:subDoc r:id=\"a\"/></w:p>"), "subDoc"),
        (
            document("<w:r><w:t>astray</w:t></w:r>"),
            "outside a paragraph",
        ),
    ] {
        refused_for(&bytes, words);
    }
    // Read by its content, whatever its name says.
    let bytes = document(&paragraph("a"));
    for name in ["a.txt", "a.pdf", "a", "a.xml"] {
        assert_eq!(recognise(name, &bytes).unwrap().format, Format::Word);
    }
}

#[test]
fn malformed_parts_are_named_with_their_place() {
    let with = |text: &str| {
        zipped([
            (TYPES, types(MAIN)),
            ("_rels/.rels", relations(&[("r1", "officeDocument", BODY)])),
            (BODY, text.as_bytes().to_vec()),
        ])
    };
    refused_for(
        &with("<w:document xmlns:w=\"x\">\n<a"),
        "word/document.xml: line 2, column 1 (byte 25): a tag begins here",
    );
    refused_for(
        &with("<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\">]><a>&a;</a>"),
        "word/document.xml: line 1, column 1 (byte 0): a document type declaration",
    );
    let utf16: Vec<u8> = "\u{feff}<a/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let bytes = zipped([
        (TYPES, types(MAIN)),
        ("_rels/.rels", relations(&[("r1", "officeDocument", BODY)])),
        (BODY, utf16),
    ]);
    refused_for(&bytes, "UTF-16");
}

#[test]
fn names_of_parts_that_lead_astray() {
    for name in [
        "../evil.xml",
        "/etc/passwd",
        "word\\document.xml",
        "a/./b.xml",
    ] {
        let bytes = package(&paragraph("a"), &[], vec![(name, b"x".to_vec())]);
        refused_for(&bytes, "is not the name of a part");
    }
    let bytes = package(
        &paragraph("a"),
        &[("h", "header", "../../h.xml")],
        Vec::new(),
    );
    refused_for(&bytes, "is not the name of a part");
    let twice = package(&paragraph("a"), &[], vec![("word/Document.xml", body("b"))]);
    refused_for(&twice, "two parts named");
    // Of one name to the letter: no writer does that, so a name is changed behind its back.
    let mut twice = package(&paragraph("a"), &[], vec![("word/documenT.xml", body("b"))]);
    for at in 0..twice.len() - BODY.len() {
        if twice[at..].starts_with(b"word/documenT.xml") {
            twice[at + 12] = b't';
        }
    }
    refused(&twice);
}

#[test]
fn what_refers_to_itself() {
    // The body as its own header; a footnote that refers to itself; styles based on each other.
    let bytes = package(
        &paragraph("a"),
        &[("h", "header", "document.xml")],
        Vec::new(),
    );
    refused_for(&bytes, "is missing");
    let notes = format!(
        "<w:footnotes xmlns:w=\"{WORD}\"><w:footnote w:id=\"2\"><w:p><w:r><w:t>note</w:t><w:footnoteReference w:id=\"2\"/></w:r></w:p></w:footnote></w:footnotes>"
    );
    let styles = format!(
        "<w:styles xmlns:w=\"{WORD}\"><w:style w:styleId=\"A\"><w:basedOn w:val=\"B\"/></w:style><w:style w:styleId=\"B\"><w:basedOn w:val=\"A\"/></w:style></w:styles>"
    );
    let bytes = package(
        "<w:p><w:pPr><w:pStyle w:val=\"A\"/></w:pPr><w:r><w:t>a</w:t><w:footnoteReference w:id=\"2\"/></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p>",
        &[
            ("n", "footnotes", "footnotes.xml"),
            ("s", "styles", "styles.xml"),
        ],
        vec![
            ("word/footnotes.xml", notes.into_bytes()),
            ("word/styles.xml", styles.into_bytes()),
        ],
    );
    assert_eq!(texts(&bytes), ["b", "[1] note"]);
}

#[test]
fn bombs() {
    // One part of nothing but spaces.
    let spaces = paragraph(&" ".repeat(8 << 20));
    refused_for(&deflated(&spaces), "far more than any text");
    drop(spaces);
    // Parts within the ratio, and too many bytes.
    let mut noise = 1_u64;
    let mut inside = String::new();
    while inside.len() < 49 << 20 {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        inside.push_str(&format!("<w:p><w:r><w:t>{noise:x}</w:t></w:r></w:p>"));
        inside.push_str(&"<w:p></w:p>".repeat(60));
    }
    refused_for(&deflated(&inside), "more than 50331648 bytes");
    // More entries than a document has.
    let names: Vec<String> = (0..5_000).map(|nth| format!("m/{nth}")).collect();
    let bytes = zipped(names.iter().map(|name| (name.as_str(), Vec::new())));
    refused_for(&bytes, "more than 4096 parts");
}

#[test]
fn too_much_of_anything() {
    let nested = "<w:tbl><w:tr><w:tc>".repeat(10_000)
        + &paragraph("deep")
        + &"</w:tc></w:tr></w:tbl>".repeat(10_000);
    refused_for(
        &document(&nested),
        "more than 256 elements inside one another",
    );
    let boxes = "<w:p><w:r><w:txbxContent>".repeat(10_000);
    refused_for(
        &document(&boxes),
        "more than 256 elements inside one another",
    );
    let pages =
        (paragraph("page") + "<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>").repeat(30_000);
    refused_for(&document(&pages), "more than 20000 pages");
    let lines = format!(
        "<w:p><w:r>{}</w:r></w:p>",
        "<w:t>a</w:t><w:br/>".repeat(1_100_000)
    );
    refused_for(&document(&lines), "more than 1048576 lines");
    let portions = paragraph("a").repeat(70_000);
    refused_for(&document(&portions), "more than 65536 portions");
    let styles = format!(
        "<w:styles xmlns:w=\"{WORD}\">{}</w:styles>",
        "<w:style w:styleId=\"a\"/>".repeat(300_000)
    );
    let bytes = package(
        &paragraph("a"),
        &[("s", "styles", "styles.xml")],
        vec![("word/styles.xml", styles.into_bytes())],
    );
    refused_for(&bytes, "more than 262144 elements");
    // Within the limits: forty tables in one another.
    let nested = "<w:tbl><w:tr><w:tc>".repeat(40)
        + &paragraph("deep")
        + &"</w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>".repeat(40);
    assert_eq!(texts(&document(&(paragraph("a") + &nested))), ["deep"]);
}

#[test]
fn every_prefix_of_a_document_is_refused() {
    for made in MADE {
        for len in 0..made.len() {
            let why = read("d.docx", &made[..len])
                .expect_err("a prefix")
                .to_string();
            assert!(why.starts_with("d.docx: "), "{len} bytes: {why}");
        }
        check(&read("d.docx", made).expect("a document"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_bytes_are_refused_or_read(which in 0..MADE.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = MADE[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = read("d.docx", &bytes) {
            check(&read);
        }
    }

    /// Tags of real parts, left out, doubled and exchanged.
    #[test]
    fn changed_tags_are_refused_or_read(which in 0..MADE.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3), 1..6)) {
        let mut parts = unzipped(MADE[which]);
        for (at, other, how) in changes {
            let nth = at.index(parts.len());
            let text = String::from_utf8_lossy(&parts[nth].1).into_owned();
            let mut tags: Vec<&str> = text.split_inclusive('>').collect();
            if tags.is_empty() {
                continue;
            }
            let (from, to) = (at.index(tags.len()), other.index(tags.len()));
            match how {
                0 => { tags.remove(from); }
                1 => tags.insert(to, tags[from]),
                _ => tags.swap(from, to),
            }
            parts[nth].1 = tags.concat().into_bytes();
        }
        let bytes = zipped(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())));
        if let Ok(read) = read("d.docx", &bytes) {
            check(&read);
        }
    }

    #[test]
    fn whatever_elements_stand_in_a_body(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        // Opened as they come, and closed in the right order.
        let mut inside = String::new();
        let mut open: Vec<&str> = Vec::new();
        for piece in pieces {
            match PIECES[piece] {
                "/" => if let Some(name) = open.pop() {
                    inside.push_str(&format!("</{name}>"));
                },
                empty if empty.ends_with('/') => inside.push_str(&format!("<{empty}>")),
                "words" => inside.push_str("words"),
                name => {
                    open.push(name.split(' ').next().expect("a name"));
                    inside.push_str(&format!("<{name}>"));
                }
            }
        }
        for name in open.iter().rev() {
            inside.push_str(&format!("</{name}>"));
        }
        if let Ok(read) = read("d.docx", &document(&(paragraph("H") + &inside))) {
            check(&read);
        }
    }
}

const PIECES: [&str; 32] = [
    "/",
    "/",
    "/",
    "/",
    "/",
    "words",
    "w:p",
    "w:p",
    "w:r",
    "w:r",
    "w:t",
    "w:t",
    "w:tbl",
    "w:tr",
    "w:tc",
    "w:pPr",
    "w:rPr",
    "w:numPr",
    "w:sectPr",
    "w:txbxContent",
    "w:footnote w:id=\"1\"",
    "w:ins",
    "w:del",
    "mc:AlternateContent",
    "mc:Choice",
    "mc:Fallback",
    "w:ddList",
    "w:tab/",
    "w:br/",
    "w:br w:type=\"page\"/",
    "w:lastRenderedPageBreak/",
    "w:del/",
];
