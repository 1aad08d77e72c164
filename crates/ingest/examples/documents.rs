//! How fast Word documents are read: `cargo run --release -p strongroom-ingest --example documents -- [FILE.docx…]`
//!
//! Prints megabytes of unpacked XML a second on one core for unpacking with `zip`, for that and cutting the body into
//! events with `quick-xml` alone, and for the full reading of the file, the best of several rounds in one run. Without
//! files it makes one of 20,000 paragraphs.

use std::io::{Cursor, Read as _, Write as _};
use std::time::{Duration, Instant};

use quick_xml::events::Event;
use strongroom_ingest::read;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const ROUNDS: usize = 7;
const BODY: &str = "word/document.xml";

fn main() {
    let mut files: Vec<Vec<u8>> = std::env::args()
        .skip(1)
        .map(|path| std::fs::read(path).expect("a readable file"))
        .collect();
    if files.is_empty() {
        files.push(made(20_000));
    }
    let mut bodies = Vec::new();
    let unpacking = best(|| bodies = files.iter().map(|file| body(file)).collect::<Vec<_>>());
    let cutting = best(|| {
        let bodies = files.iter().map(|file| body(file));
        bodies.map(|body| events(&body)).sum::<usize>()
    });
    let mut portions = 0;
    let reading = best(|| {
        portions = files
            .iter()
            .map(|file| {
                let read = read("file.docx", file).unwrap_or_else(|why| panic!("{why}"));
                read.drafts.drafts()[0].portions.len()
            })
            .sum();
    });
    let megabytes = bodies.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    let packed = files.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    println!(
        "{} documents, {packed:.2} MB packed, {megabytes:.2} MB of XML, {portions} portions",
        files.len()
    );
    for (what, took) in [
        ("zip alone", unpacking),
        ("zip and quick-xml alone", cutting),
        ("full reading", reading),
    ] {
        println!("{what:24} {:8.1} MB/s", megabytes / took.as_secs_f64());
    }
}

fn body(file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    ZipArchive::new(Cursor::new(file))
        .expect("a package")
        .by_name(BODY)
        .expect("a body")
        .read_to_end(&mut body)
        .expect("its bytes");
    body
}

fn events(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).expect("UTF-8");
    let mut reader = quick_xml::Reader::from_str(text);
    let mut count = 0;
    while !matches!(reader.read_event().expect("well-formed XML"), Event::Eof) {
        count += 1;
    }
    count
}

/// A document of so many paragraphs, as programs write them.
fn made(paragraphs: usize) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let mut body = format!("<w:document xmlns:w=\"{WORD}\"><w:body>");
    for nth in 0..paragraphs {
        body.push_str(&format!(
            "<w:p><w:pPr><w:pStyle w:val=\"Normal\"/><w:bidi w:val=\"0\"/><w:jc w:val=\"left\"/><w:rPr></w:rPr></w:pPr>\
             <w:r><w:rPr></w:rPr><w:t xml:space=\"preserve\">Secretary Holm: This is turn {nth}, and in it he </w:t></w:r>\
             <w:r><w:rPr><w:b/></w:rPr><w:t>says</w:t></w:r><w:r><w:t xml:space=\"preserve\"> that he cannot wait for the winter, nor for anything else.</w:t></w:r></w:p>"
        ));
    }
    body.push_str("</w:body></w:document>");
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let relations = format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"{BODY}\"/></Relationships>"
    );
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", types),
        ("_rels/.rels", relations),
        (BODY, body),
    ] {
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("a part");
        writer.write_all(text.as_bytes()).expect("its bytes");
    }
    writer.finish().expect("a package").into_inner()
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}
