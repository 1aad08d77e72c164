//! Documents that other programs made, each with its expected record beside it.
//!
//! The record of `vectors/documents/NAME.docx` is `NAME.docx.json`. With `STRONGROOM_EXPECT=write` the records are
//! written anew instead of compared: look at what changed before you keep it.

mod whole;

use std::path::{Path, PathBuf};

use strongroom_ingest::{dry_run, read};
use whole::beside;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/documents")
}

fn documents(extension: &str) -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("a folder of documents")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    documents.sort();
    documents
}

fn check(extension: &str, least: usize) {
    let documents = documents(extension);
    assert!(documents.len() >= least, "{} documents", documents.len());
    let mut wrong = Vec::new();
    for path in documents {
        let name = path.file_name().expect("a file").to_string_lossy();
        let bytes = std::fs::read(&path).expect("a document");
        let read = read(&name, &bytes).unwrap_or_else(|why| panic!("{why}"));
        let draft = &read.drafts.drafts()[0];
        let line = dry_run::to_json(draft);
        let mut value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        for (key, beside) in beside(draft) {
            value[key] = beside;
        }
        let found = serde_json::to_string_pretty(&value).expect("JSON") + "\n";
        let expected = path.with_file_name(format!("{name}.json"));
        if std::env::var("STRONGROOM_EXPECT").is_ok_and(|v| v == "write") {
            std::fs::write(&expected, &found).expect("a record");
        }
        let due = std::fs::read_to_string(&expected).unwrap_or_default();
        if found != due {
            wrong.push(format!("{name}: due {due}\nfound {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn word_documents_give_their_records() {
    check("docx", 16);
}

/// What a record says, whatever format it came in: everything but its places and kinds.
fn said(name: &str) -> serde_json::Value {
    let bytes = std::fs::read(folder().join(name)).expect("a document");
    let read = read(name, &bytes).unwrap_or_else(|why| panic!("{why}"));
    let draft = &read.drafts.drafts()[0];
    let portions: Vec<_> = draft
        .portions
        .iter()
        .map(|portion| (&portion.text, &portion.speaker, &portion.gaps))
        .collect();
    serde_json::json!({
        "portions": portions,
        "when": draft.when.as_ref().map(|when| (&when.start, &when.end)),
        "place": draft.place,
        "drafted": draft.drafted,
        "caution": draft.caution,
        "produced": draft.produced,
    })
}

#[test]
fn the_same_memorandum_says_the_same_in_every_format() {
    for name in ["telcon-tabs", "telcon-columns", "memcon-table"] {
        assert_eq!(
            said(&format!("{name}.docx")),
            said(&format!("{name}.txt")),
            "{name}"
        );
    }
}

#[test]
fn text_pdfs_give_their_records() {
    check("pdf", 8);
}

/// The same memorandum as a Word document, as its PDF and as text: one record but for its id.
#[test]
fn a_memorandum_is_the_same_in_every_format() {
    for name in ["telcon-tabs", "telcon-columns", "memcon-table"] {
        let [word, pdf, text] = ["docx", "pdf", "txt"].map(|extension| {
            let name = format!("{name}.{extension}");
            let bytes = std::fs::read(folder().join(&name)).expect("a document");
            let read = read(&name, &bytes).unwrap_or_else(|why| panic!("{why}"));
            let mut draft = read.drafts.into_drafts().remove(0);
            draft.id = String::new();
            dry_run::to_json(&draft)
        });
        assert_eq!(pdf, word, "{name}");
        assert_eq!(pdf, text, "{name}");
    }
}
