//! A folder filed as a batch: in one order, each file once whatever was interrupted, what failed with its reason.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::house::{Done, House, WHY};

/// Files of the folder: some seconds' work, each a commit of its own.
const FILES: usize = 30;

fn folder(house: &House) -> String {
    fs::create_dir_all(house.path("in/later")).unwrap();
    for n in 0..FILES {
        let folder = if n % 3 == 0 { "in/later/" } else { "in/" };
        house.write(
            &format!("{folder}{n:02}.txt"),
            format!("Talk {n}\n\nWords.\n"),
        );
    }
    house.path("in").to_str().unwrap().to_owned()
}

fn options<'a>(folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["file", folder], &WHY[..], more].concat()
}

/// The last line of what a batch prints for programs.
fn told(done: &Done) -> Value {
    serde_json::from_str(done.out.lines().last().unwrap()).unwrap()
}

#[test]
fn what_fails_is_listed_and_the_rest_is_filed() {
    let house = House::open();
    let folder = folder(&house);
    house.write("in/.hidden.txt", "Hidden\n\nWords.\n");
    house.write("in/07.xml", "no XML");
    house.write("in/empty.txt", "");
    house.write("in/unmarked.txt", "Talk\n\nWords.\n");
    symlink("07.xml", house.path("in/link")).unwrap();
    let once = house.run(&options(&folder, &["--unmarked-as", "Secret", "--json"]));
    let once = once.exits(1);
    let batch = &told(&once)["batch"];
    assert_eq!(batch["filed"], FILES + 1, "{batch}");
    assert_eq!(batch["failed"].as_array().unwrap().len(), 2, "{batch}");
    for (at, name) in [(0, "in/07.xml"), (1, "in/empty.txt")] {
        let failed = &batch["failed"][at];
        assert!(failed["file"].as_str().unwrap().ends_with(name), "{batch}");
        assert!(!failed["reason"].as_str().unwrap().is_empty());
        assert!(once.err.contains(name), "{}", once.err);
    }
    let left: Vec<_> = batch["left_out"].as_array().unwrap().iter().collect();
    assert_eq!((&left[0]["reason"], left.len()), (&"hidden".into(), 2));
    // The order is that of names, folders among them.
    let names: Vec<String> = house.listed("founder").iter().map(heading).collect();
    let mut order: Vec<String> = (0..FILES)
        .filter(|n| n % 3 != 0)
        .chain((0..FILES).filter(|n| n % 3 == 0))
        .map(|n| format!("Talk {n}"))
        .collect();
    order.push("Talk".to_owned());
    assert_eq!(names, order);

    // Once more, with what was bad made good, and said otherwise: what is in stays as it is.
    house.write("in/empty.txt", "Talk of nothing\n\nWords.\n");
    fs::remove_file(house.path("in/07.xml")).unwrap();
    let again = house
        .run(&options(&folder, &["--marking", "Top Secret", "--json"]))
        .ok();
    let batch = &told(&again)["batch"];
    assert_eq!(
        (&batch["filed"], &batch["before"]),
        (&1.into(), &(FILES + 1).into())
    );
    assert_eq!(house.listed("founder").len(), FILES + 2);
    house
        .run(&options(
            &folder,
            &["--marking", "Secret", "--request", "x"],
        ))
        .exits(2);
    let id = "0".repeat(26);
    for link in ["--denies", "--responds-to", "--successor-of"] {
        house
            .run(&options(&folder, &["--marking", "Secret", link, &id]))
            .exits(2);
    }
}

/// Each by a process of its own, as the program starts it.
#[test]
fn hostile_files_fail_by_themselves() {
    let house = House::open();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ingest/tests/vectors");
    let vector = |name: &str| fs::read(vectors.join(name)).unwrap();
    let document = vector("documents/notes.docx");
    let page = vector("pdf/read/memo-fpdf2.pdf");
    fs::create_dir_all(house.path("in")).unwrap();
    let million = million_objects();
    let message = vector("mail/read/python-attachments.eml");
    let files: [(&str, &[u8]); 9] = [
        ("a-cut.docx", &document[..document.len() / 2]),
        ("b-named.docx", b"No document of that kind.\n"),
        ("c-cut.pdf", &page[..page.len() - 10]),
        ("d-objects.pdf", &million),
        ("e-picture.docx", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("f-good.docx", &document),
        ("g-good.pdf", &page),
        ("h-good.eml", &message),
        ("i-page.txt", &page),
    ];
    for (name, bytes) in files {
        house.write(&format!("in/{name}"), bytes);
    }
    let folder = house.path("in").to_str().unwrap().to_owned();
    let done = house.run(&options(&folder, &["--marking", "Secret", "--json"]));
    let done = done.exits(1);
    let batch = &told(&done)["batch"];
    assert_eq!(batch["filed"], 4, "{batch}");
    let failed = batch["failed"].as_array().unwrap();
    for (failed, (name, words)) in failed.iter().zip([
        ("a-cut.docx", "damaged or cut off"),
        ("b-named.docx", "named as a Word document"),
        ("c-cut.pdf", "cut off or damaged"),
        ("d-objects.pdf", "more than 200000 objects"),
        ("e-picture.docx", "binary"),
    ]) {
        assert!(failed["file"].as_str().unwrap().ends_with(name), "{batch}");
        let reason = failed["reason"].as_str().unwrap();
        assert!(reason.contains(words), "{name}: {reason}");
    }
    assert_eq!(failed.len(), 5, "{batch}");
    assert_eq!(house.listed("founder").len(), 4);
}

/// A PDF that has nothing but objects.
fn million_objects() -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n".to_vec();
    for n in 1..=1_000_000 {
        pdf.extend(format!("{n} 0 obj null endobj\n").bytes());
    }
    let at = pdf.len();
    pdf.extend(format!("xref\n0 1\ntrailer <<>>\nstartxref\n{at}\n%%EOF\n").bytes());
    pdf
}

fn heading(row: &Value) -> String {
    row["heading"].as_str().unwrap().to_owned()
}

/// Begins to file a folder, and waits until some of it is in.
fn begin(house: &House, folder: &str, files: usize) -> (Child, BufReader<ChildStdout>) {
    let mut filing = house
        .command(&options(folder, &["--marking", "Secret"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(filing.stdout.take().unwrap());
    let mut text = String::new();
    while text.matches("filed; filing").count() < files {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
    }
    (filing, out)
}

#[test]
fn kill_9_in_the_middle_and_every_file_is_filed_once() {
    let mut house = House::open();
    let folder = folder(&house);
    // The guard dies, then the client, then both go on; then the user has enough for a moment.
    let (filing, mut out) = begin(&house, &folder, 3);
    house.crash();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let done = Done::from(filing.wait_with_output().unwrap()).exits(3);
    assert!(done.err.contains("not begun: "), "{}", done.err);
    assert!(done.err.contains("files what is missing"), "{}", done.err);
    house.open_guard();
    house.sign_in("founder").ok();
    let (mut filing, _out) = begin(&house, &folder, 3);
    filing.kill().unwrap();
    filing.wait().unwrap();
    let (filing, mut out) = begin(&house, &folder, 3);
    kill_process(Pid::from_child(&filing), Signal::INT).unwrap();
    out.read_to_string(&mut rest).unwrap();
    let done = Done::from(filing.wait_with_output().unwrap()).exits(130);
    assert!(done.err.contains("not begun"), "{}", done.err);

    let end = house
        .run(&options(&folder, &["--marking", "Secret", "--json"]))
        .ok();
    let batch = &told(&end)["batch"];
    let whole = batch["filed"].as_u64().unwrap() + batch["before"].as_u64().unwrap();
    assert_eq!(whole, FILES as u64);
    assert!(batch["before"].as_u64().unwrap() >= 9, "{batch}");
    let mut names: Vec<String> = house.listed("founder").iter().map(heading).collect();
    assert_eq!(names.len(), FILES);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), FILES);
    house.run(&["check"]).ok();
}
