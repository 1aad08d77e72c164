//! The tour: a fresh room, real records, and the main job from end to end.
//!
//! It runs the same program and commands that a user would, each as a process of its own, and prints
//! each with what it answered. Nothing it shows is written down here: ids, counts, views and times
//! come from the commands.

mod desk;
mod stage;
mod story;
mod views;

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::count;
use stage::{Stage, broken};

/// The bundled volume.
const VOLUME: &[u8] = include_bytes!("../../../examples/frus1969-76v12.xml.gz");
const VOLUME_NAME: &str = "frus1969-76v12.xml.gz";

/// The record that is shown: a memorandum of a conversation of 1 April 1969.
const RECORD: &str = "d31";

/// What the tour is told.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where it takes place: a folder that is empty or not there yet [default: a fresh temporary one]
    folder: Option<PathBuf>,
}

impl Args {
    /// Runs the tour.
    pub(crate) fn run(&self, globals: &Globals) -> Result<Exit, Failure> {
        if globals.json {
            return Err(
                Failure::usage("the tour is for people, and is not offered as JSON")
                    .hint("every command that it shows has --json"),
            );
        }
        run(self.folder.clone()).map(|()| Exit::Done)
    }
}

/// Runs the tour in a folder, which must not exist or be empty; in a fresh temporary one if none is given.
///
/// # Errors
/// A command of the tour does not end as it should.
fn run(folder: Option<PathBuf>) -> Result<(), Failure> {
    let mut stage = Stage::set(folder)?;
    found(&mut stage)?;
    people(&mut stage)?;
    let record = file(&mut stage)?;
    raise(&mut stage, &record)?;
    vanish(&mut stage, &record)?;
    account(&mut stage)?;
    survive(&mut stage)?;
    let keys = outside(&mut stage, &record)?;
    stage.heading("The room is closed")?;
    stage.close()?;
    offline(&stage, &keys)?;
    let room = stage.room().to_owned();
    desk::run(&mut stage)?;
    next(&stage, &room)
}

fn found(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("A room is founded")?;
    stage.say("Its founder makes keys under a passphrase of six generated words, and is the first holder of every key in it.")?;
    stage.run_founding(&["init", stage.room(), "--policy", "us-state-historical"])?;
    stage.open_room(&[])?;
    stage.sign_in("registrar")
}

fn people(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("Five people are invited and cleared; two more have office only")?;
    stage.say("Each makes keys on their own side; an officer compares the fingerprint; a clearance is sealed to the keys by someone who holds it.")?;
    let cleared: [(&str, &[&str], &str); 4] = [
        (
            "ben",
            &["reader"],
            "at-most Top Secret; Nodis; Exdis; Sensitive; Eyes Only",
        ),
        ("clara", &["reader"], "at-most Top Secret; Nodis"),
        ("fay", &["reader"], "at-most Confidential"),
        ("emil", &["records-officer", "reader"], "at-most Secret"),
    ];
    for (name, roles, clearance) in cleared {
        stage.person(name, roles)?;
        stage.run("registrar", &["clearance", "grant", name, clearance])?;
    }
    stage.say("A security officer asks, and holds nothing: what olga asks for waits until somebody who holds it approves.")?;
    stage.person("iris", &["inspector"])?;
    stage.person("david", &["reader"])?;
    stage.person("olga", &["security-officer"])?;
    stage.sign_in("olga")?;
    let because = "he prepares the next round of talks";
    let ask = [
        "request",
        "clear",
        "david",
        "at-most Secret",
        "--because",
        because,
    ];
    stage.run("olga", &ask)?;
    let asked = stage.json("registrar", &["requests", "--json"])?;
    let id = text(&asked["requests"][0]["id"]);
    stage.run("registrar", &["requests", id])?;
    stage.run("registrar", &["approve", id])?;
    for name in ["ben", "clara", "david", "emil", "fay", "iris"] {
        stage.sign_in(name)?;
    }
    Ok(())
}

/// Files the volume and gives the id of the record to show.
fn file(stage: &mut Stage) -> Result<String, Failure> {
    stage.heading("A volume of declassified conversations is filed")?;
    let volume = stage.write(VOLUME_NAME, VOLUME)?;
    stage.say("Every record gets the label that was printed on it; those that bear none are filed as Confidential, and say so.")?;
    stage.run(
        "registrar",
        &[
            "file",
            &volume,
            "--reason",
            "foreign-relations",
            "--authority",
            "the Executive Secretary",
            "--because",
            "the private channel is kept where only those who need it read it",
            "--unmarked-as",
            "Confidential",
            "--from-system",
            "the correspondence files",
        ],
    )?;
    stage.say("What each person has in view now:")?;
    for name in ["registrar", "ben", "clara", "david", "fay"] {
        let listing = stage.json(name, &["list", "--limit", "1", "--json"])?;
        stage.say(&format!("  {name:<10} {:>4} records", listing["readable"]))?;
    }
    stage.run("david", &["list", "--limit", "5"])?;
    stage.say("Roles are rights to act, never to words. The officer who cleared david and the inspector read nothing:")?;
    stage.refused("olga", &["list"])?;
    stage.refused("iris", &["list"])?;
    let listing = stage.json("registrar", &["list", "--limit", "1000", "--json"])?;
    let rows = listing["records"]
        .as_array()
        .ok_or_else(|| broken("a listing has records"))?;
    let row = rows
        .iter()
        .find(|r| r["source"] == RECORD)
        .ok_or_else(|| broken("the volume has the record"))?;
    row["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| broken("a record has an id"))
}

fn raise(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("Single paragraphs of one conversation are raised")?;
    let before = stage.json("david", &["read", record, "--json"])?;
    stage.say(&format!(
        "{RECORD} is a talk of the Secretary of State with the Soviet First Deputy Foreign Minister, filed as {}. David reads all {} portions of it.",
        text(&before["banner"]),
        before["portions"].as_array().map_or(0, Vec::len),
    ))?;
    stage.json("registrar", &["read", record, "--json"])?;
    let reason = ["--reason", "foreign-relations"];
    let raise = |stage: &mut Stage, to: &str, portions: &[&str], because: &str| {
        let mut command = vec!["restrict", record, "--to", to];
        portions
            .iter()
            .for_each(|p| command.extend(["--portion", p]));
        command.extend(reason);
        command.extend(["--because", because]);
        stage.run("registrar", &command)
    };
    raise(
        stage,
        "Top Secret; Nodis",
        &["20", "21"],
        "tells what was said of the SS-9 testimony",
    )?;
    stage.json("registrar", &["read", record, "--json"])?;
    raise(
        stage,
        "Top Secret; Sensitive",
        &["23"],
        "repeats what the President said in private",
    )?;
    stage.say("Three people, one record, each through the same command:")?;
    let readers = ["ben", "clara", "david"];
    let mut shown = Vec::new();
    for name in readers {
        shown.push((name, stage.json(name, &["read", record, "--json"])?));
    }
    views::side_by_side(&shown, 13)
}

fn vanish(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("The whole record is restricted")?;
    let because = [
        "--reason",
        "foreign-relations",
        "--because",
        "restricted to the few",
    ];
    let mut dry = vec!["restrict", record, "--to", "Nodis", "--dry-run"];
    dry.extend(because);
    stage.say("Emil, a records officer cleared up to Secret, restricts it to Nodis, which he does not hold himself. First, who would lose access:")?;
    stage.run("emil", &dry)?;
    let mut command = vec!["restrict", record, "--to", "Nodis"];
    command.extend(because);
    stage.run("emil", &command)?;
    stage.say(
        "In David's open session it is gone, at once, and answers like an id that never was:",
    )?;
    stage.refused("david", &["read", record])?;
    stage.refused("david", &["read", "0000000000000000000000000z"])?;
    stage.say("He keeps the receipts of what he read:")?;
    let receipts = stage.json("david", &["receipt", "--json"])?;
    let kept = receipts["receipts"]
        .as_array()
        .map_or(0, |r| r.iter().filter(|r| r["record"] == record).count());
    stage.say(&format!(
        "  david keeps {} that name record {record}",
        count(kept, "receipt")
    ))?;
    stage.say("And those who may still read it see who had read it before. The tour's own readings stand there too, those by the registrar and by the readers side by side: they happened.")?;
    stage.say("Each restriction raised the label of what it names to the join of the old one and the new. \"Top Secret & Secret\" is such a join: where a label names several levels, all of them are needed.")?;
    stage.run("ben", &["history", record])
}

fn account(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("The ledger is checked")?;
    stage.say("Every act stood in it before it took effect: the walk compares each event with its entry, each signature with its signer, and the whole with the signed checkpoint.")?;
    stage.run("registrar", &["ledger", "check"])
}

fn survive(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("Nothing is lost")?;
    stage.say("Everything stored is walked, and backed up, while the room is in use. The backup is sealed to the key holders, here to the recovery sheet: a rehearsal opens it with that, in a scratch store, and proves that the same head comes of it.")?;
    stage.alone(&["check"])?;
    let backup = stage.path("monday.backup");
    stage.alone(&["backup", "make", &backup])?;
    let sheet = stage.sheet();
    stage.alone(&["backup", "rehearse", &backup, "--private", &sheet])
}

/// What david takes out of the room: the ledger's public keys and a receipt. Gives where the keys lie.
fn outside(stage: &mut Stage, record: &str) -> Result<String, Failure> {
    stage.heading("The proof goes outside")?;
    stage.say("David takes the ledger's public keys with him, and the receipt of having read what he may no longer read.")?;
    let keys = stage.keep("ledger.keys", &["ledger", "keys"])?;
    let receipts = stage.json("david", &["receipt", "--json"])?;
    let receipt = receipts["receipts"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["record"] == record))
        .and_then(|one| one["id"].as_str())
        .ok_or_else(|| broken("david has a receipt of the record"))?;
    stage.keep(
        "receipt.json",
        &["receipt", receipt, "--json", "--as", "david"],
    )?;
    Ok(keys)
}

/// What anyone checks with the public keys alone, and no guard runs.
fn offline(stage: &Stage, keys: &str) -> Result<(), Failure> {
    stage.heading("Anyone checks it, with public keys alone")?;
    let receipt = stage.path("receipt.json");
    stage.alone(&["verify", "receipt", &receipt, "--keys", keys])?;
    let ledger = format!("{}/ledger", stage.room());
    stage.alone(&["verify", "ledger", &ledger, "--keys", keys])
}

fn next(stage: &Stage, room: &str) -> Result<(), Failure> {
    stage.heading("What to try next")?;
    stage.suggest(&[
        (
            &["open", room],
            "the rooms are closed now; this opens the first, in a terminal of its own",
        ),
        (
            &[
                "--room",
                room,
                "sign-in",
                "ben",
                "--passphrase-file",
                &stage.passphrase_file("ben"),
            ],
            "",
        ),
        (
            &["--room", room, "list", "--as", "ben"],
            "then `read ID`, with the first letters of an id",
        ),
        (
            &[
                "--room",
                room,
                "sign-in",
                "david",
                "--passphrase-file",
                &stage.passphrase_file("david"),
            ],
            "",
        ),
        (
            &["--room", room, "list", "--as", "david"],
            "the same command, and less",
        ),
        (
            &[
                "--room",
                room,
                "sign-in",
                "registrar",
                "--passphrase-file",
                &stage.passphrase_file("registrar"),
            ],
            "",
        ),
        (
            &["--room", room, "close", "--as", "registrar"],
            "has the guard end; or Ctrl-C where it runs",
        ),
    ])?;
    stage.say("README.md goes on from here; docs/cli.md has every command.")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
