//! The second room of the tour: an office whose papers are marked, and mark themselves on their way in.

use super::stage::{Stage, broken};
use super::{story, text, views};
use crate::outcome::Failure;

/// The examples that it files, with their names.
const WRONG: (&str, &[u8]) = (
    "memcon-wrong.txt",
    include_bytes!("../../../../examples/memcon-wrong.txt"),
);
const WORD: (&str, &[u8]) = (
    "memcon.docx",
    include_bytes!("../../../../examples/memcon.docx"),
);
const CORRECTED: (&str, &[u8]) = (
    "memcon-corrected.txt",
    include_bytes!("../../../../examples/memcon-corrected.txt"),
);
const MESSAGE: (&str, &[u8]) = (
    "message.eml",
    include_bytes!("../../../../examples/message.eml"),
);

/// Why things are filed here.
const WHY: [&str; 6] = [
    "--reason",
    "foreign-relations",
    "--authority",
    "the Director",
    "--because",
    "Norland asked for discretion",
];

/// Founds the room, files a marked memorandum, corrects it, takes a misfiling back, tells a story, and closes.
pub(super) fn run(stage: &mut Stage) -> Result<(), Failure> {
    found(stage)?;
    refuse(stage)?;
    let memorandum = file(stage)?;
    correct(stage, &memorandum)?;
    withdraw(stage)?;
    story::run(stage)?;
    stage.close()
}

fn found(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("Another office marks its papers")?;
    stage.say("Its room has the policy us, which reads banner lines and portion marks. Nora is its second records officer; nils is of an allied nation.")?;
    stage.go_to("desk", "lena");
    stage.run_founding(&["init", stage.room(), "--policy", "us"])?;
    let word = stage.write(WORD.0, WORD.1)?;
    if stage.succeeds(&["file", "--dry-run", &word])? {
        stage.open_room(&[])?;
    } else {
        stage.say("This machine has no Landlock: of the confinement in which Word files are read, the guard is told to do with the rest.")?;
        stage.open_room(&["--without-landlock"])?;
    }
    stage.sign_in("lena")?;
    let cleared: [(&str, &[&str], &str); 2] = [
        (
            "nora",
            &["records-officer", "reader"],
            "at-most Secret; Releasable to: USA",
        ),
        (
            "nils",
            &["reader"],
            "at-most Confidential; Releasable to: NOR",
        ),
    ];
    for (name, roles, clearance) in cleared {
        stage.person(name, roles)?;
        stage.run("lena", &["clearance", "grant", name, clearance])?;
        stage.sign_in(name)?;
    }
    Ok(())
}

fn refuse(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("What is marked wrongly is not filed")?;
    stage.say(
        "Each finding says where, by which rule, and what to write instead; this needs no room:",
    )?;
    let wrong = stage.write(WRONG.0, WRONG.1)?;
    stage.refused_alone(&["marking", "check", &wrong])?;
    stage.say("The room asks the same, and takes the file only if someone overrides it with a reason, which stays in the ledger:")?;
    stage.refused("lena", &[&["file", &wrong], &WHY[..]].concat())
}

/// Files the memorandum and gives its id.
fn file(stage: &mut Stage) -> Result<String, Failure> {
    stage.heading("A marked document files itself")?;
    stage.say("A Word file is read by a process of its own, that can open no other file and no socket. Each portion gets the label of its own mark:")?;
    let word = stage.path(WORD.0);
    stage.run("lena", &[&["file", &word], &WHY[..]].concat())?;
    let listing = stage.json("lena", &["list", "--json"])?;
    let id = text(&listing["records"][0]["id"]).to_owned();
    let mut shown = Vec::new();
    for name in ["lena", "nils"] {
        shown.push((name, stage.json(name, &["read", &id, "--json"])?));
    }
    views::side_by_side(&shown, 0)?;
    Ok(id)
}

fn correct(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("It is corrected")?;
    stage.say("Someone who was there read the draft. The version before stays, and who reads sees which one it is, and what changed of what they may read of both. What is new bears no less than the banner of before: nobody lowers a label alone.")?;
    let corrected = stage.write(CORRECTED.0, CORRECTED.1)?;
    let said = [
        "--listened",
        "Peter Lund",
        "--changed",
        "who spoke of the second draft",
        "--produced",
        "from notes, read by one who was there",
    ];
    let command = [&["correct", record, &corrected], &said[..], &WHY[..]].concat();
    stage.run("nora", &command)?;
    stage.run("nora", &["read", record, "--changes"])
}

fn withdraw(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("A misfiling is taken back")?;
    stage.say("A message comes with its attachment. It bears no marks, so its filer gives one; and it should not be here.")?;
    let message = stage.write(MESSAGE.0, MESSAGE.1)?;
    let marking = ["--marking", "SECRET//NOFORN"];
    stage.run(
        "lena",
        &[&["file", &message], &marking[..], &WHY[..]].concat(),
    )?;
    let listing = stage.json("nora", &["list", "--json"])?;
    let id = listing["records"]
        .as_array()
        .and_then(|all| all.last())
        .map(|row| text(&row["id"]).to_owned())
        .ok_or_else(|| broken("the message is in the listing"))?;
    stage.run("nora", &["read", &id])?;
    let out = stage.path("draft.txt");
    stage.run("nora", &["read", &id, "--attachment", "1", "-o", &out])?;
    stage.say("One records officer asks, another approves it. Nothing of it opens any more, for anyone; that it was there stays to be seen.")?;
    let because = "a private message, filed by mistake";
    let ask = [
        "withdraw",
        &id,
        "--reason",
        "practice",
        "--because",
        because,
    ];
    stage.run("lena", &ask)?;
    let asked = stage.json("nora", &["requests", "--json"])?;
    let request = text(&asked["requests"][0]["id"]).to_owned();
    stage.run("nora", &["approve", &request])?;
    stage.run("lena", &["read", &id])
}
