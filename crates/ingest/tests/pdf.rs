//! Hostile PDFs: an error in bounded time and memory, whatever they hold.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use strongroom_ingest::{PdfRule, Rule, read};

/// A file of these objects, the first of which is the catalog.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
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
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    out
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< /Length {} {dictionary} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// One page with this content, and further objects from the sixth on.
fn page(content: Vec<u8>, page: &str, resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R {page} \
             /Resources << /Font << /F1 4 0 R >> {resources} >> >>"
        )
        .into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
        content,
    ];
    objects.extend_from_slice(more);
    file(&objects)
}

const HELLO: &str = "BT /F1 12 Tf 72 700 Td (Hello there) Tj ET ";

fn said(content: &str) -> Vec<u8> {
    stream("", format!("{HELLO}{content}").as_bytes())
}

fn packed(data: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    data.for_each(|piece| packed.write_all(&piece).expect("memory"));
    packed.finish().expect("memory")
}

/// What is said of a file, within a time that a slow machine keeps as well.
fn answer(bytes: &[u8]) -> Result<usize, Rule> {
    let start = Instant::now();
    let answer = read("x.pdf", bytes)
        .map(|read| read.drafts.drafts()[0].portions.len())
        .map_err(|why| why.rule().clone());
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
    answer
}

#[track_caller]
fn limited(bytes: &[u8], due: &str) {
    match answer(bytes) {
        Err(Rule::Limit { what, .. }) => assert_eq!(what, due),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plain_page_is_read() {
    assert_eq!(answer(&page(said(""), "", "", &[])), Ok(1));
}

#[test]
fn what_unpacks_to_too_much() {
    let spaces = || (0..300).map(|_| vec![b' '; 1 << 20]);
    let bomb = stream("/Filter /FlateDecode", &packed(spaces()));
    limited(&page(bomb.clone(), "", "", &[]), "bytes in a PDF, unpacked");
    // Nobody refers to it: it is found all the same.
    limited(&page(said(""), "", "", &[bomb]), "bytes in a PDF, unpacked");
    // Behind a comment, under another name, and inside another packing.
    let mut hidden = b"<< /Length 1 /Filter [/#46lateDecode] >> % a comment\n".to_vec();
    hidden.extend(b"stream\n");
    hidden.extend(packed(spaces()));
    limited(
        &page(said(""), "", "", &[hidden]),
        "bytes in a PDF, unpacked",
    );
    let twice = packed(std::iter::once(packed(spaces())));
    let twice = stream("/Filter [/FlateDecode /FlateDecode]", &twice);
    assert!(matches!(
        answer(&page(twice, "", "", &[])),
        Err(Rule::Pdf(PdfRule::Packed(_)))
    ));
}

#[test]
fn a_million_objects() {
    let objects = vec![b"null".to_vec(); 1_000_000];
    limited(&file(&objects), "objects in one PDF");
    let inside = stream("/Type /ObjStm /N 1000000 /First 0", b" ");
    limited(&page(said(""), "", "", &[inside]), "objects in one PDF");
}

#[test]
fn parts_that_draw_parts() {
    // Twenty parts of which each draws the next ten times.
    let parts: Vec<Vec<u8>> = (0..20)
        .map(|nth| {
            let own = format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {} 0 R >> >>", nth + 7);
            stream(&own, "/X Do ".repeat(10).as_bytes())
        })
        .collect();
    let drawn = page(said("/X Do"), "", "/XObject << /X 6 0 R >>", &parts);
    assert_eq!(answer(&drawn), Err(PdfRule::Recursion.into()));
    // One that draws itself, and draws with the page's own names.
    let itself = stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", b"/X Do");
    let drawn = page(said("/X Do"), "", "/XObject << /X 6 0 R >>", &[itself]);
    assert_eq!(answer(&drawn), Err(PdfRule::Recursion.into()));
}

#[test]
fn circles_and_depths() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(500_000), close.repeat(500_000));
    for content in [
        deep("[", "] TJ"),
        format!("/P {} BDC", deep("<</a ", ">>")),
        format!("{} Tj", deep("(", ")")),
        "q ".repeat(1_000_000),
        "BT ".repeat(1_000_000),
        "0 0 9 9 re W n ".repeat(200_000),
    ] {
        let _ = answer(&page(said(&content), "", "", &[]));
    }
    let _ = answer(&page(
        said(""),
        &format!("/Annots {}", deep("[", "]")),
        "",
        &[],
    ));
    // A tree of names whose branches lead back to it.
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 6 0 R >> >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
        said(""),
        b"<< /Kids [6 0 R 6 0 R] >>".to_vec(),
    ];
    assert!(matches!(answer(&file(&objects)), Err(Rule::Pdf(_))));
    objects[1] = b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>".to_vec();
    assert!(matches!(
        answer(&file(&objects)),
        Err(Rule::Pdf(PdfRule::Damaged(_)))
    ));
}

#[test]
fn many_signs_and_boxes() {
    let line = format!("BT /F1 12 Tf 72 700 Td ({}) Tj ET ", "a".repeat(1_000));
    let signs = stream(
        "/Filter /FlateDecode",
        &packed((0..5_000).map(|_| line.clone().into_bytes())),
    );
    // Most stand outside the page, or are too many: either is said.
    assert!(answer(&page(signs, "", "", &[])).is_err());
    limited(
        &page(said(&"9 9 90 90 re f ".repeat(2_000)), "", "", &[]),
        "filled boxes on one page of a PDF",
    );
}

#[test]
fn every_prefix_is_refused_and_every_change_answered() {
    let bytes = include_bytes!("vectors/pdf/read/memo-fpdf2.pdf");
    let end = bytes.trim_ascii_end().len();
    for len in 0..end {
        assert!(read("x.pdf", &bytes[..len]).is_err(), "{len} bytes");
    }
    let plain = page(said(""), "", "", &[]);
    for at in 0..plain.len() {
        for byte in *b"<>[]()/0 9%\n\xff\0R" {
            let mut changed = plain.clone();
            changed[at] = byte;
            let _ = read("x.pdf", &changed);
        }
    }
}
