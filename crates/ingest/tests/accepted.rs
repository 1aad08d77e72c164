//! Volumes that are read, and what is read from them.

use std::path::{Path, PathBuf};

use strongroom_ingest::{Format, dry_run, read};
use strongroom_record::Precision;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("a file of the repository")
}

const VOLUME: &str = "../../examples/frus1969-76v12.xml.gz";

#[test]
fn the_bundled_volume_has_its_speakers_and_gaps() {
    let bytes = file(VOLUME);
    let read = read("frus1969-76v12.xml.gz", &bytes).expect("the volume");
    assert_eq!(read.format, Format::Tei);
    let portions = || read.drafts.drafts().iter().flat_map(|d| &d.portions);
    let spoken = |name: &str| {
        portions()
            .filter(|p| p.speaker.as_deref() == Some(name))
            .count()
    };
    assert_eq!(
        (
            spoken("K"),
            spoken("D"),
            spoken("Percy"),
            spoken("Dobrynin")
        ),
        (84, 63, 15, 14)
    );
    assert_eq!(
        (spoken("Comment"), spoken("Recommendation"), spoken("Henry")),
        (0, 0, 0)
    );
    assert_eq!(portions().filter(|p| p.speaker.is_some()).count(), 232);
    assert!(portions().any(|p| p.gaps.iter().any(|g| g.ends_with("not declassified"))));
}

/// What `everything.xml` holds is equal to what another reader made of it; its lines are kept beside it.
#[test]
fn everything_that_is_read() {
    let bytes = file("tests/vectors/tei/read/everything.xml");
    let read = read("some/folder/everything.xml", &bytes).expect("a volume");
    let lines: Vec<String> = read.drafts.drafts().iter().map(dry_run::to_json).collect();
    let due = String::from_utf8(file("tests/vectors/tei/read/everything.jsonl")).expect("text");
    assert_eq!(lines, due.lines().collect::<Vec<_>>());
    assert_eq!(read.drafts.file(), "everything.xml");

    let slices: Vec<&str> = read
        .drafts
        .drafts()
        .iter()
        .map(|d| std::str::from_utf8(&read.original[d.slice.clone()]).expect("UTF-8"))
        .collect();
    assert!(slices[0].starts_with("<div xmlns=") && slices[0].ends_with("</div>"));
    assert_eq!(slices[1], "<t:div type=\"document\" xml:id=\"d2\"/>");
    assert!(
        slices[2].starts_with("<t:div type=\"document\" xml:id=\"d2a\">")
            && slices[2].ends_with("</t:div>")
    );

    let whens: Vec<_> = read
        .drafts
        .drafts()
        .iter()
        .map(|d| d.when.clone())
        .collect();
    let when = whens[0].as_ref().expect("a date");
    assert!(when.uncertain);
    assert_eq!(when.precision, Precision::Month);
    assert_eq!(when.printed, "February or March 1969, late");
    let when = whens[2].as_ref().expect("a date");
    assert!(!when.uncertain);
    assert_eq!(
        (when.precision, when.zone_minutes),
        (Precision::Minute, Some(-300))
    );
}

#[test]
fn plain_and_compressed_are_the_same() {
    let compressed = file(VOLUME);
    let from_compressed = read("v.xml.gz", &compressed).expect("the volume");
    let from_plain = read("v.xml.gz", &from_compressed.original).expect("the volume");
    assert_eq!(from_plain, from_compressed);
}

#[test]
fn a_document_without_an_id_is_called_by_its_place() {
    let volume = br#"<TEI xmlns="http://www.tei-c.org/ns/1.0"><div type="document" xml:id=" a "/><div type="document"/></TEI>"#;
    let read = read("v.xml", volume).expect("a volume");
    let ids: Vec<&str> = read.drafts.drafts().iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids, ["a", "document-2"]);
}

#[test]
fn a_text_is_one_record() {
    let bytes = file("tests/vectors/text/read/call.txt");
    let read = read("call.txt", &bytes).expect("a text");
    assert_eq!(read.format, Format::Text);
    assert_eq!(read.drafts.drafts().len(), 1);
    assert_eq!(read.drafts.drafts()[0].slice, 0..bytes.len());
    let due = String::from_utf8(file("tests/vectors/text/read/call.jsonl")).expect("text");
    assert_eq!(dry_run::to_json(&read.drafts.drafts()[0]), due.trim_end());
}
