//! Files that are refused, one for each way of being malformed, and what is said about each.
//!
//! `vectors/FORMAT/refused/NAME` is refused with exactly the words of `NAME.error`. With `STRONGROOM_WRITE_VECTORS=1` the
//! words are written anew: look at the difference before it is committed.

use std::path::{Path, PathBuf};

use strongroom_ingest::read;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of vectors")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files
}

fn check(folder: &str, least: usize) {
    let (errors, vectors): (Vec<_>, Vec<_>) = files(folder)
        .into_iter()
        .partition(|path| path.extension().is_some_and(|e| e == "error"));
    assert!(
        vectors.len() >= least,
        "{folder}: {} vectors",
        vectors.len()
    );
    let write = std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some();
    assert!(
        write || errors.len() == vectors.len(),
        "{folder}: one error for each vector"
    );
    let mut wrong = Vec::new();
    for vector in vectors {
        let name = vector
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let error = vector.with_file_name(format!("{name}.error"));
        let found = match read(&name, &std::fs::read(&vector).expect("a vector")) {
            Ok(read) => format!("{name} was read: {} records", read.drafts.drafts().len()),
            Err(why) => why.to_string(),
        };
        if write {
            std::fs::write(&error, format!("{found}\n")).expect("a writable folder");
        }
        let due = std::fs::read_to_string(&error).expect("its error");
        if found != due.trim_end() {
            wrong.push(format!("due:   {}\nfound: {found}", due.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn malformed_volumes_are_refused() {
    check("tei/refused", 71);
}

#[test]
fn malformed_texts_are_refused() {
    check("text/refused", 10);
}

#[test]
fn malformed_captions_are_refused() {
    check("captions/refused", 20);
}

#[test]
fn pdfs_of_which_something_would_be_lost_are_refused() {
    check("pdf/refused", 30);
}

#[test]
fn mail_that_is_encrypted_damaged_or_empty_is_refused() {
    check("mail/refused", 12);
}
