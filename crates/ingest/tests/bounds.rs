//! Every bound, at it and beyond it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use strongroom_ingest::{IngestError, Rule, check_size, read};
use strongroom_record::limits::{
    DEPTH_MAX, FILE_MAX_BYTES, PORTION_MAX_BYTES, PORTIONS_MAX, RECORDS_MAX,
};

fn volume(inside: &str) -> Vec<u8> {
    format!("<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">{inside}</TEI>").into_bytes()
}

fn document(inside: &str) -> Vec<u8> {
    volume(&format!(
        "<div type=\"document\" xml:id=\"d1\">{inside}</div>"
    ))
}

fn portions(volume: &[u8]) -> Result<usize, IngestError> {
    read("v.xml", volume).map(|r| r.drafts.drafts().iter().map(|d| d.portions.len()).sum())
}

#[track_caller]
fn limited(result: Result<usize, IngestError>, due: &str, due_max: usize) {
    let why = result.expect_err("beyond a bound");
    let Rule::Limit { what, max } = *why.rule() else {
        panic!("{why}");
    };
    assert_eq!((what, max), (due, due_max));
    assert!(why.place().is_some());
}

#[test]
fn depth() {
    let nested = |n: usize| document(&format!("{}{}", "<a>".repeat(n), "</a>".repeat(n)));
    assert_eq!(portions(&nested(DEPTH_MAX - 2)).expect("at the bound"), 1);
    limited(
        portions(&nested(DEPTH_MAX - 1)),
        "elements inside one another",
        DEPTH_MAX,
    );
    limited(
        portions(&nested(100_000)),
        "elements inside one another",
        DEPTH_MAX,
    );
}

#[test]
fn blocks_in_blocks() {
    let nested = |n: usize| document(&format!("{}x{}", "<p>".repeat(n), "</p>".repeat(n)));
    assert_eq!(portions(&nested(32)).expect("at the bound"), 33);
    limited(
        portions(&nested(33)),
        "blocks of text inside one another",
        32,
    );
}

#[test]
fn records() {
    let documents = |n: usize| {
        let all: String = (0..n)
            .map(|i| format!("<div type='document' xml:id='d{i}'/>"))
            .collect();
        volume(&all)
    };
    assert_eq!(
        portions(&documents(RECORDS_MAX)).expect("at the bound"),
        RECORDS_MAX
    );
    limited(
        portions(&documents(RECORDS_MAX + 1)),
        "documents in one file",
        RECORDS_MAX,
    );
}

#[test]
fn portions_of_a_record() {
    let paragraphs = |n: usize| document(&"<p>x</p>".repeat(n));
    assert_eq!(
        portions(&paragraphs(PORTIONS_MAX - 1)).expect("at the bound"),
        PORTIONS_MAX
    );
    limited(
        portions(&paragraphs(PORTIONS_MAX)),
        "portions in one record",
        PORTIONS_MAX,
    );
}

#[test]
fn bytes_of_a_portion() {
    let long = |n: usize| document(&format!("<p>{}</p>", "x".repeat(n)));
    assert_eq!(portions(&long(PORTION_MAX_BYTES)).expect("at the bound"), 2);
    limited(
        portions(&long(PORTION_MAX_BYTES + 1)),
        "bytes in one portion",
        PORTION_MAX_BYTES,
    );
    let text = format!("Heading\n\n{}", "x".repeat(PORTION_MAX_BYTES + 1));
    let why = read("v.txt", text.as_bytes()).expect_err("beyond the bound");
    assert_eq!(why.place().expect("a place").line, 3);
}

#[test]
fn nodes_of_a_document() {
    limited(
        portions(&document(&"<a/>".repeat(1 << 20))),
        "elements and pieces of text in one document",
        1 << 20,
    );
}

#[test]
fn values_of_a_header_field() {
    let subjects = |n: usize| {
        document(&format!(
            "<list type='subject'>{}</list>",
            "<item>x</item>".repeat(n)
        ))
    };
    assert_eq!(portions(&subjects(4_096)).expect("at the bound"), 4_097);
    limited(
        portions(&subjects(4_097)),
        "values of one header field",
        4_096,
    );
}

/// Text inside many elements that are each read by themselves is not read as often as there are such elements.
#[test]
fn work_does_not_grow_with_depth() {
    let words = "K: words ".repeat(1 << 19);
    for name in ["note", "persName", "dateline", "quote"] {
        let inside = format!(
            "<p>K: a</p>{}{words}{}",
            format!("<{name}>").repeat(250),
            format!("</{name}>").repeat(250)
        );
        assert_eq!(portions(&document(&inside)).expect("a volume"), 2, "{name}");
    }
    let cells = format!(
        "<row>{}{words}{}</row>",
        "<cell>".repeat(31),
        "</cell>".repeat(31)
    );
    limited(
        portions(&document(&cells)),
        "bytes in one portion",
        PORTION_MAX_BYTES,
    );
}

#[test]
fn lines_of_a_text() {
    for end in ["\n", "\u{c}"] {
        let text = format!("a{end}").repeat((1 << 20) + 1);
        let why = read("v.txt", text.as_bytes()).expect_err("beyond the bound");
        assert!(why.to_string().contains("more than 1048576 lines"), "{why}");
    }
}

#[test]
fn sizes_are_refused_before_and_after_reading() {
    assert!(check_size("v.xml", FILE_MAX_BYTES as u64).is_ok());
    let why = check_size("v.xml", 1 << 30).expect_err("a gigabyte");
    assert_eq!(*why.rule(), Rule::FileTooLarge);
    let why = read("line.txt", &vec![b'x'; FILE_MAX_BYTES + 1]).expect_err("a long line");
    assert_eq!(*why.rule(), Rule::FileTooLarge);
}

#[test]
fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..=FILE_MAX_BYTES >> 20 {
        packed.write_all(&block).expect("memory");
    }
    let packed = packed.finish().expect("memory");
    assert!(packed.len() < 4 << 20);
    let why = read("bomb.xml.gz", &packed).expect_err("a bomb");
    assert_eq!(*why.rule(), Rule::FileTooLarge);
}

#[test]
fn names_of_files() {
    for name in ["", "folder/", "C:\\folder\\"] {
        assert_eq!(
            *read(name, b"text").expect_err("no name").rule(),
            Rule::FileName
        );
    }
    let long = "x".repeat(16 * 1024 + 1);
    let why = read(&long, b"text").expect_err("a long name");
    assert_eq!(*why.rule(), Rule::FileName);
    assert!(why.to_string().len() < 1_000);
}
