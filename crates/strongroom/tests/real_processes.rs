//! Real processes: readers, a restriction and a sign-out racing, and a guard that is killed under them.
//! Whatever text came out has its event in the ledger, and nothing came out of what was out of view.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const READERS: usize = 32;
/// Rounds of kill -9.
const KILLS: usize = 3;
/// For a guard to open a room, and for readers to be shown something.
const PATIENCE: Duration = Duration::from_secs(60);
const RAISED: &str = "The raised paragraph names the channel.";
const NOTE: &str = "Memorandum for the files\n\nThe first paragraph is for all.\n\nThe raised paragraph names the channel.\n";

struct Stage {
    folder: tempfile::TempDir,
    guard: Option<Child>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        let stage = Self {
            folder,
            guard: None,
        };
        let sheet = stage.path("sheet");
        let room = stage.path("room");
        let pass = stage.pass("chief");
        stage.ok(&[
            "init",
            &room,
            "--policy",
            "us-state-historical",
            "--founder",
            "chief",
            "--passphrase-file",
            &pass,
            "--recovery-sheet",
            &sheet,
        ]);
        stage
    }
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }
    fn pass(&self, name: &str) -> String {
        self.path(&format!("pass-{name}"))
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.path().join("run"))
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .env("STRONGROOM_ROOM", self.folder.path().join("room"))
            .stdin(Stdio::null());
        command
    }
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
    fn ok(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.ok(arguments)).unwrap()
    }
    fn open(&mut self) {
        let child = self
            .command(&["open"])
            .arg(self.path("room"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.guard = Some(child.unwrap());
        let started = Instant::now();
        while !self.run(&["status"]).status.success() {
            assert!(
                started.elapsed() < PATIENCE,
                "the guard does not open the room"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
    /// kill -9.
    fn kill(&mut self) {
        let mut guard = self.guard.take().unwrap();
        guard.kill().unwrap();
        guard.wait().unwrap();
    }
    fn sign_in(&self, name: &str) {
        self.ok(&["sign-in", name, "--passphrase-file", &self.pass(name)]);
    }
    fn person(&self, name: &str, clearance: &str) {
        let invited = self.json(&[
            "person", "invite", name, "--role", "reader", "--json", "--as", "chief",
        ]);
        let code = invited["code"].as_str().unwrap();
        let joined = self.json(&[
            "join",
            code,
            "--passphrase-file",
            &self.pass(name),
            "--json",
        ]);
        let fingerprint = joined["fingerprint"].as_str().unwrap();
        self.ok(&["person", "confirm", name, fingerprint, "--as", "chief"]);
        self.ok(&["clearance", "grant", name, clearance, "--as", "chief"]);
        self.sign_in(name);
    }
    fn file(&self) -> String {
        let note = self.path("note.txt");
        fs::write(&note, NOTE).unwrap();
        let done = self.json(&[
            "file",
            &note,
            "--marking",
            "Secret",
            "--reason",
            "foreign-relations",
            "--authority",
            "the chief",
            "--because",
            "a test",
            "--json",
            "--as",
            "chief",
        ]);
        done["records"][0]["record"].as_str().unwrap().to_owned()
    }
    /// The copy ids of a person's own receipts.
    fn receipts(&self, name: &str) -> BTreeSet<String> {
        let receipts = self.json(&["receipt", "--json", "--as", name]);
        receipts["receipts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}

/// What a reader was shown: the number of the copy, and whether the raised words were in it.
#[derive(Debug)]
struct Seen {
    copy: String,
    raised: bool,
}

fn read(stage: &Stage, name: &str, record: &str) -> Option<Seen> {
    let output = stage.run(&["read", record, "--json", "--as", name]);
    let view: Value = serde_json::from_slice(&output.stdout).ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(Seen {
        copy: view["copy"].as_str()?.to_owned(),
        raised: text.contains(RAISED),
    })
}

fn read_until(
    stage: &Stage,
    name: &str,
    record: &str,
    stop: &AtomicBool,
    readings: &AtomicUsize,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        seen.extend(read(stage, name, record).inspect(|_| {
            readings.fetch_add(1, Ordering::Relaxed);
        }));
    }
    seen
}

/// Waits until so many readings were shown: a busy machine takes its time for the first.
fn wait_for(readings: &AtomicUsize, many: usize) {
    let begun = Instant::now();
    while readings.load(Ordering::Relaxed) < many {
        assert!(begun.elapsed() < PATIENCE, "nobody is shown anything");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn thirty_two_readers_a_restriction_and_a_sign_out() {
    let mut stage = Stage::new();
    stage.open();
    stage.sign_in("chief");
    stage.person("high", "at-most Top Secret; Nodis");
    stage.person("low", "at-most Secret");
    stage.person("leaver", "at-most Secret");
    let record = stage.file();
    let first = stage.json(&["read", &record, "--json", "--as", "chief"]);
    let raised = first["portions"][2]["id"].as_str().unwrap().to_owned();
    assert_eq!(first["portions"][2]["text"], RAISED);

    let stop = AtomicBool::new(false);
    let names = ["high", "low", "leaver"];
    let readings = AtomicUsize::new(0);
    let seen: Vec<(&str, Vec<Seen>)> = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|n| {
                let name = names[n % names.len()];
                let (stage, record) = (&stage, &record);
                let (stop, readings) = (&stop, &readings);
                (
                    name,
                    scope.spawn(move || read_until(stage, name, record, stop, readings)),
                )
            })
            .collect();
        wait_for(&readings, READERS + names.len());
        stage.ok(&[
            "restrict",
            &record,
            "--to",
            "Top Secret; Nodis",
            "--portion",
            &raised,
            "--reason",
            "foreign-relations",
            "--because",
            "a test",
            "--as",
            "chief",
        ]);
        // From here on no new reading of the uncleared has the raised words.
        let after = read(&stage, "low", &record).unwrap();
        assert!(!after.raised);
        stage.ok(&["sign-out", "--as", "leaver"]);
        assert!(
            read(&stage, "leaver", &record).is_none(),
            "a session that ended reads nothing"
        );
        thread::sleep(Duration::from_millis(400));
        stop.store(true, Ordering::Relaxed);
        readers
            .into_iter()
            .map(|(name, reader)| (name, reader.join().unwrap()))
            .collect()
    });

    stage.sign_in("leaver");
    let mut counted = 0;
    for name in names {
        let receipts = stage.receipts(name);
        for copy in seen.iter().filter(|(n, _)| *n == name).flat_map(|(_, s)| s) {
            assert!(
                receipts.contains(&copy.copy),
                "{name} was shown {} without an event",
                copy.copy
            );
            counted += 1;
        }
    }
    let low_before = seen
        .iter()
        .filter(|(n, _)| *n != "high")
        .flat_map(|(_, s)| s)
        .filter(|s| s.raised)
        .count();
    let high_after = seen
        .iter()
        .filter(|(n, _)| *n == "high")
        .flat_map(|(_, s)| s)
        .all(|s| s.raised);
    println!("{counted} readings, {low_before} by the uncleared before the restriction");
    assert!(counted > READERS && low_before > 0 && high_after);

    // In the order of the ledger nothing raised was opened for the uncleared after the restriction.
    let history = stage.json(&["history", &record, "--json", "--as", "chief"]);
    let events = history["events"].as_array().unwrap();
    let restricted = events
        .iter()
        .position(|e| e["what"] == "restricted")
        .unwrap();
    for event in &events[restricted..] {
        if event["who"] == "low" || event["who"] == "leaver" {
            let portions = event["portions"].as_array().unwrap();
            assert!(!portions.iter().any(|p| p == "2"), "{event}");
        }
    }
    stage.ok(&["close", "--as", "chief"]);
}

#[test]
fn a_killed_guard_showed_nothing_without_its_event_and_lost_no_event() {
    let mut stage = Stage::new();
    stage.open();
    stage.sign_in("chief");
    stage.person("reader", "at-most Secret");
    let record = stage.file();
    let mut shown: Vec<Seen> = Vec::new();
    for _ in 0..KILLS {
        let (stop, readings) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut guard = stage.guard.take().unwrap();
        let seen = thread::scope(|scope| {
            let readers: Vec<_> = (0..READERS)
                .map(|_| scope.spawn(|| read_until(&stage, "reader", &record, &stop, &readings)))
                .collect();
            wait_for(&readings, READERS);
            guard.kill().unwrap();
            guard.wait().unwrap();
            stop.store(true, Ordering::Relaxed);
            readers
                .into_iter()
                .flat_map(|r| r.join().unwrap())
                .collect::<Vec<_>>()
        });
        assert!(seen.len() >= READERS, "{} readings", seen.len());
        shown.extend(seen);
        stage.open();
        stage.sign_in("reader");
        let receipts = stage.receipts("reader");
        for copy in &shown {
            assert!(
                receipts.contains(&copy.copy),
                "{} was shown without an event",
                copy.copy
            );
        }
    }
    stage.sign_in("chief");
    stage.ok(&["ledger", "check", "--as", "chief"]);
    stage.kill();
}
