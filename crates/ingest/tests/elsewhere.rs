//! Files that other programs made, each with the record that is read from it.
//!
//! `vectors/FORMAT/read/NAME` is read as what `NAME.jsonl` beside it says, a line of JSON for each record; `README.md`
//! there tells which program made which file. With `STRONGROOM_WRITE_VECTORS=1` the expected lines are written anew: look
//! at the difference before it is committed.

mod whole;

use std::path::{Path, PathBuf};

use strongroom_ingest::{Format, Read, dry_run, read};
use strongroom_record::Draft;
use whole::beside;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of vectors")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e != "jsonl" && e != "md" && e != "txt")
        })
        .collect();
    files.sort();
    files
}

/// A record as one line: its dry run, and what it has beside.
fn whole_line(draft: &Draft) -> String {
    let line = dry_run::to_json(draft);
    let beside = beside(draft);
    match (line.strip_suffix('}'), beside.is_empty()) {
        (Some(open), false) => {
            let more = serde_json::to_string(&beside).expect("JSON");
            format!("{open},{}", &more[1..])
        }
        _ => line,
    }
}

/// There are forty files and more that programs made, some of every format. Those that were made by hand, in a program's
/// layout or to show everything, are not counted.
#[test]
fn forty_files_of_other_programs() {
    let by_hand = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.contains("-layout") || name.contains("everything.")
    };
    let mut all = 0;
    for (folder, endings, least) in [
        ("documents", &["docx"][..], 16),
        ("documents", &["pdf"], 9),
        ("pdf/read", &["pdf"], 12),
        ("captions/read", &["vtt", "srt"], 5),
        ("mail/read", &["eml"], 6),
    ] {
        let of_ending = |path: &&PathBuf| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| endings.contains(&ending))
        };
        let files = files(folder);
        let made = files.iter().filter(of_ending).filter(|path| !by_hand(path));
        let made = made.count();
        assert!(made >= least, "{folder}: {made} of {endings:?}");
        all += made;
    }
    assert!(all >= 40, "{all}");
}

/// Compares every file of a folder with what is due, and gives each to `more`.
fn check(folder: &str, least: usize, more: impl Fn(&str, &Read<'_>)) {
    let files = files(folder);
    assert!(files.len() >= least, "{folder}: {} files", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(&path).expect("a vector");
        let found = match read(&name, &bytes) {
            Ok(read) => {
                more(&name, &read);
                let lines = read.drafts.drafts().iter().map(whole_line);
                lines.collect::<Vec<_>>().join("\n")
            }
            Err(why) => why.to_string(),
        };
        let due = path.with_file_name(format!("{name}.jsonl"));
        if std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some() {
            std::fs::write(&due, format!("{found}\n")).expect("a writable folder");
        }
        let due = std::fs::read_to_string(&due).unwrap_or_default();
        if found != due.trim_end() {
            wrong.push(format!("{name}\ndue:   {}\nfound: {found}", due.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn captions() {
    check("captions/read", 9, |name, read| {
        let format = if name.ends_with(".srt") {
            Format::Srt
        } else {
            Format::WebVtt
        };
        assert_eq!(read.format, format, "{name}");
        let [draft] = read.drafts.drafts() else {
            panic!("{name}: more than one record")
        };
        assert_eq!(draft.slice.end, read.original.len());
        let cues: Vec<_> = draft.portions.iter().filter_map(|p| p.cue).collect();
        assert!(cues.is_sorted_by_key(|cue| cue.start_ms), "{name}");
    });
}

#[test]
fn pdf() {
    check("pdf/read", 12, |name, read| {
        assert_eq!(read.format, Format::Pdf, "{name}");
        let [draft] = read.drafts.drafts() else {
            panic!("{name}: more than one record")
        };
        assert_eq!(draft.slice, 0..read.original.len());
        assert!(draft.portions.iter().all(|portion| portion.place.is_some()));
        let files: Vec<_> = draft
            .attachments
            .iter()
            .map(|a| (a.name.as_str(), a.media_type.as_str(), a.bytes.as_slice()))
            .collect();
        let due: &[(&str, &str, &[u8])] = match name {
            "attachment-qpdf.pdf" => &[("protocol.txt", "text/plain", b"The protocol.\n")],
            _ => &[],
        };
        assert_eq!(files, due, "{name}");
    });
}

/// The same memorandum, printed by seven programs: one record, but for their apostrophes and the hyphen that TeX breaks at.
#[test]
fn a_memorandum_is_the_same_whichever_program_printed_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/pdf/read");
    let text = std::fs::read(folder.join("memo.txt")).expect("the memorandum as text");
    let draft = |name: &str, bytes: &[u8]| {
        let read = read(name, bytes).unwrap_or_else(|why| panic!("{why}"));
        let mut draft = read.drafts.into_drafts().remove(0);
        draft.id = String::new();
        dry_run::to_json(&draft)
            .replace('’', "'")
            .replace("longrange", "long-range")
    };
    let due = draft("memo.txt", &text);
    let mut programs = 0;
    for path in files("pdf/read") {
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        if !name.starts_with("memo-") {
            continue;
        }
        programs += 1;
        let found = draft(&name, &std::fs::read(&path).expect("a vector"));
        assert_eq!(found, due, "{name}");
    }
    assert_eq!(programs, 7);
}

#[test]
fn mail() {
    check("mail/read", 9, |name, read| {
        assert_eq!(read.format, Format::Mail, "{name}");
        let [draft] = read.drafts.drafts() else {
            panic!("{name}: more than one record")
        };
        let found: Vec<_> = draft
            .attachments
            .iter()
            .map(|a| (a.name.as_str(), a.media_type.as_str(), a.bytes.len()))
            .collect();
        let due: &[(&str, &str, usize)] = match name {
            "python-attachments.eml" => &[
                ("Protokoll für Ann.pdf", "application/pdf", 15),
                ("list.csv", "text/csv", 10),
                ("message-3.eml", "message/rfc822", 314),
            ],
            "python-marked-subject.eml" => &[("berths.csv", "text/csv", 19)],
            "python-alternative-related.eml" => &[("logo.png", "image/png", 8)],
            "gmail-layout-signed.eml" => &[("signature.asc", "application/pgp-signature", 70)],
            "swaks-attachment.eml" => &[("@protocol.txt", "application/octet-stream", 14)],
            _ => &[],
        };
        assert_eq!(found, due, "{name}");
    });
}
