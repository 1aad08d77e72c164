//! What is read here can be read by another process: its drafts have an encoding, which keeps everything and passes
//! every check that an answer has to pass.

use std::fs;
use std::path::{Path, PathBuf};

use strongroom_record::DraftSet;

#[test]
fn the_bundled_volume_comes_through_whole() {
    let name = "frus1969-76v12.xml.gz";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let bytes = fs::read(folder.join(name)).expect("the bundled volume");
    let read = strongroom_ingest::read(name, &bytes).expect("a volume");
    let there = read.drafts.to_bytes();
    let back = DraftSet::from_bytes(&there, name, read.original.len());
    assert_eq!(back, Ok(read.drafts));
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// Every file of every format, as other programs made them.
#[test]
fn whatever_is_read_comes_through_whole() {
    let mut came = 0;
    for folder in [
        "documents",
        "pdf/read",
        "mail/read",
        "captions/read",
        "text/read",
        "tei/read",
    ] {
        for entry in fs::read_dir(vectors().join(folder)).expect("a folder of vectors") {
            let path = entry.expect("a file").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name");
            let bytes = fs::read(&path).expect("a vector");
            let Ok(read) = strongroom_ingest::read(name, &bytes) else {
                continue;
            };
            let back = DraftSet::from_bytes(&read.drafts.to_bytes(), name, read.original.len());
            assert_eq!(back, Ok(read.drafts));
            came += 1;
        }
    }
    assert!(came > 100, "{came} files");
}

/// Names that are empty, long or led by a path, in a message.
#[test]
fn attachments_of_any_name_come_through() {
    let long = "x".repeat(70_000);
    for name in ["", "/", "..", "a\\b/", "\u{85}\u{7f}", &long] {
        let message = format!(
            "From: a@b.c\nMessage-ID: <1@b.c>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\n\
             Content-Type: text/{long}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\nx\n--b--\n"
        );
        let read = strongroom_ingest::read("a.eml", message.as_bytes()).expect("a message");
        assert_eq!(read.drafts.drafts()[0].attachments.len(), 1);
        let back = DraftSet::from_bytes(&read.drafts.to_bytes(), "a.eml", read.original.len());
        assert_eq!(back, Ok(read.drafts), "{name:.20}");
    }
}

/// Texts that are longer than a field may be: a caution stays text, a page of nothing but banners is refused.
#[test]
fn what_is_too_long_for_a_field_is_none() {
    let caution = format!(
        "CAUTION: This is not a verbatim transcript. {}\n",
        "It is not. ".repeat(2_000)
    );
    let banners = "Words.\n\n".to_owned() + &"SECRET//NOFORN\n\nWords.\n\n".repeat(5_000);
    for text in [
        caution.repeat(2),
        caution.replace('\n', "\n\n").repeat(3),
        banners,
    ] {
        let text = format!("Memorandum of Conversation\n\n{text}");
        let Ok(read) = strongroom_ingest::read("a.txt", text.as_bytes()) else {
            continue;
        };
        let back = DraftSet::from_bytes(&read.drafts.to_bytes(), "a.txt", read.original.len());
        assert_eq!(back, Ok(read.drafts));
    }
}
