//! The malicious ledger of `strongroom-tlog`'s tests against the program: its folders and
//! checkpoints under `verify`, and a guard that is none before the commands of a client.
//!
//! Who notices what is the table of those tests. `verify` and the client must agree with it.

#[path = "../../../tlog/tests/malicious/deeds.rs"]
mod deeds;
#[path = "../../../tlog/tests/malicious/ledger.rs"]
mod ledger;
#[path = "../../../tlog/tests/malicious/table.rs"]
mod table;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Done, House};
use deeds::Deed;
use ledger::{Folder, QUORUM, World};
use table::DEEDS;

// The columns of the table.
const VERIFIER: usize = 0;
const CLIENT: usize = 1;
const QUORUM_OF: usize = 3;
const READERS: usize = 4;

/// What these deeds are done to is shown by a receipt alone.
const OF_RECEIPTS: [&str; 4] = [
    "swaps two receipts",
    "gives an event the proof of another",
    "shows a field of another event",
    "alters a shown field",
];

fn honest() -> World {
    World::honest(255, 300, 1)
}

/// The world after each deed.
fn done() -> Vec<(&'static Deed, World)> {
    let honest = honest();
    let worlds = DEEDS.iter().map(|deed| {
        let mut world = honest.clone();
        (deed.what)(&mut world);
        (deed, world)
    });
    worlds.collect()
}

fn sees(deed: &Deed, who: usize) -> bool {
    deed.seen_by[who].is_some()
}

/// A world as files beside a house, and the program that looks at them.
struct Shown {
    house: House,
    folder: String,
    kept: String,
    keys: String,
    policy: String,
    proof: String,
    receipt: String,
    mine: String,
    theirs: String,
    larger: String,
}

impl Shown {
    fn new(world: &World) -> Self {
        let house = House::empty();
        let write = |name: &str, folder: &Folder| {
            for (path, bytes) in &folder.0 {
                let path = house.path(name).join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            house.path(name).to_str().unwrap().to_owned()
        };
        let (served, other) = (&world.served, &world.other);
        let folder = write("served", &served.folder);
        let others = write("other", &other.folder);
        let mine_is_larger = served.checkpoint.claimed_size() > other.checkpoint.claimed_size();
        Self {
            larger: if mine_is_larger {
                folder.clone()
            } else {
                others
            },
            folder,
            kept: house.write("kept", world.kept.as_str()),
            keys: house.write("keys", world.keys().to_text()),
            policy: house.write("policy", world.policy_text(QUORUM)),
            proof: house.write("proof", served.proof.to_text()),
            receipt: house.write("receipt", world.receipt.to_text()),
            mine: house.write("mine", served.checkpoint.as_str()),
            theirs: house.write("theirs", other.checkpoint.as_str()),
            house,
        }
    }

    fn verify(&self, args: &[&str]) -> Done {
        let keys = ["--keys", &self.keys];
        self.house.run(&[&["verify"], args, &keys].concat())
    }

    /// Folder; head that was kept, by proof; folder by a policy; what two readers have.
    fn verified(&self) -> [(&'static str, Done); 4] {
        let policy = ["ledger", &self.folder, "--policy", &self.policy];
        let heads = ["checkpoints", &self.kept, &self.mine];
        let readers = ["checkpoints", &self.theirs, &self.mine];
        [
            ("folder", self.verify(&["ledger", &self.folder])),
            (
                "kept",
                self.verify(&[&heads[..], &["--proof", &self.proof]].concat()),
            ),
            ("policy", self.verify(&policy)),
            (
                "readers",
                self.verify(&[&readers[..], &["--ledger", &self.larger]].concat()),
            ),
        ]
    }
}

/// What a report of failures says, without the width of its lines.
fn words(done: &Done) -> String {
    done.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn verify_sees_what_the_table_says() {
    for (name, done) in Shown::new(&honest()).verified() {
        assert!(done.ok().out.contains("verified: "), "{name}");
    }
    for (deed, world) in done() {
        if OF_RECEIPTS.contains(&deed.name) {
            continue;
        }
        let expected = [
            sees(deed, VERIFIER),
            sees(deed, CLIENT),
            sees(deed, VERIFIER) || sees(deed, QUORUM_OF),
            sees(deed, READERS),
        ];
        for ((name, done), expected) in Shown::new(&world).verified().into_iter().zip(expected) {
            let said = format!("{}, {name}:\n{}\n{}", deed.name, done.out, done.err);
            assert_eq!(done.code, i32::from(expected), "{said}");
            assert_eq!(done.out.contains("NOT verified"), expected, "{said}");
            // The verifier's error is the one of the table, word for word.
            if name == "folder"
                && let Some(error) = deed.seen_by[VERIFIER]
            {
                let (_, error) = error.split_once(' ').unwrap();
                assert!(words(&done).contains(error), "{said}");
            }
        }
    }
}

#[test]
fn verify_sees_a_receipt_with_the_proof_of_another() {
    let sound = Shown::new(&honest());
    sound.verify(&["receipt", &sound.receipt]).ok();
    for (deed, world) in done() {
        if deed.name == "gives an event the proof of another" {
            let shown = Shown::new(&world);
            let done = shown.verify(&["receipt", &shown.receipt]).exits(1);
            assert!(words(&done).contains("not in this tree"), "{}", done.out);
        }
    }
}

/// Something that answers on a room's socket as a guard does, and remembers what it was
/// asked.
pub(crate) struct FalseGuard {
    asked: Arc<Mutex<Vec<String>>>,
    ended: Option<JoinHandle<()>>,
    socket: std::path::PathBuf,
}

impl FalseGuard {
    fn new(house: &House, status: Value, head: Value) -> Self {
        Self::answering(house, vec![("/v1/status", status), ("/v1/head", head)])
    }

    /// One that has these answers, by their addresses.
    pub(crate) fn answering(house: &House, answers: Vec<(&'static str, Value)>) -> Self {
        let socket = house.socket();
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let ended = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(address) = address_of(&stream) else {
                    return;
                };
                let known = answers.iter().find(|(at, _)| *at == address);
                let answer = known.map_or(&Value::Null, |(_, answer)| answer);
                heard.lock().unwrap().push(address);
                answer_with(&mut stream, answer);
            }
        });
        Self {
            asked,
            ended: Some(ended),
            socket,
        }
    }

    /// Whether anything was asked but how the room is and what its head is.
    fn was_believed(&self) -> bool {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .any(|address| address != "/v1/status" && address != "/v1/head")
    }
}

impl Drop for FalseGuard {
    fn drop(&mut self) {
        // An empty connection ends it.
        drop(UnixStream::connect(&self.socket));
        let ended = self.ended.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// The address of a request, whose body is read; none of an empty connection.
fn address_of(stream: &UnixStream) -> Option<String> {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let address = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(address)
}

fn answer_with(stream: &mut UnixStream, answer: &Value) {
    let (status, body) = if answer.is_null() {
        let refusal = json!({"code": "not-found", "message": "it is a false guard"});
        ("404 Not Found", refusal.to_string())
    } else {
        ("200 OK", answer.to_string())
    };
    // Whoever asked may be gone.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}

/// A house whose founder is signed in, whose guard is gone, and whose account keeps the
/// head that the world's client keeps.
struct Visitor {
    house: House,
    room: String,
    head: std::path::PathBuf,
}

impl Visitor {
    fn new() -> Self {
        let mut house = House::open();
        let room = house.room_id();
        house.crash();
        let folder = house.path("state").join("strongroom/heads");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .unwrap();
        let head = folder.join(&room);
        Self { house, room, head }
    }

    /// Whether a guard that shows this world, and says this of itself, is asked for
    /// anything; and how the command ended.
    fn visits(&self, world: &World, because: Option<&str>, log_keys: &str) -> (bool, Done) {
        self.visits_to(&["list"], world, because, log_keys)
    }

    /// The same with another command.
    fn visits_to(
        &self,
        command: &[&str],
        world: &World,
        because: Option<&str>,
        log_keys: &str,
    ) -> (bool, Done) {
        let known = format!("{}\n{}", world.keys().to_text(), world.kept);
        let path = self.head.to_str().unwrap();
        let _ = fs::remove_file(path);
        self.house.write_private(path, &known);
        let mut status = json!({
            "room": self.room,
            "state": if because.is_some() { "closed" } else { "open" },
            "policy": "us-state-historical",
            "entries": 300,
            "checkpoint": world.served.checkpoint.as_str(),
            "log_keys": log_keys,
        });
        if let Some(because) = because {
            status["because"] = because.into();
        }
        let head = json!({
            "checkpoint": world.served.checkpoint.as_str(),
            "consistency": world.served.proof.to_text(),
        });
        let guard = FalseGuard::new(&self.house, status, head);
        let done = self.house.run(command);
        (guard.was_believed(), done)
    }

    fn kept(&self) -> String {
        fs::read_to_string(&self.head).unwrap()
    }
}

#[test]
fn the_client_asks_nothing_of_a_guard_whose_ledger_does_not_go_on() {
    let visitor = Visitor::new();
    let honest = honest();
    let keys = honest.keys().to_text();
    let (believed, done) = visitor.visits(&honest, None, &keys);
    assert!(believed, "{}", done.err);
    assert!(visitor.kept().ends_with(honest.served.checkpoint.as_str()));

    for (deed, world) in done_to_heads() {
        let (believed, done) = visitor.visits(&world, None, &keys);
        let seen = sees(deed, CLIENT);
        assert_eq!(believed, !seen, "{}: {}", deed.name, done.err);
        if seen {
            assert_eq!(done.code, 10, "{}: {}", deed.name, done.err);
            assert!(
                visitor.kept().ends_with(world.kept.as_str()),
                "{}",
                deed.name
            );
        } else {
            let newest = world.served.checkpoint.as_str();
            assert!(visitor.kept().ends_with(newest), "{}", deed.name);
        }
    }
}

fn done_to_heads() -> Vec<(&'static Deed, World)> {
    let mut all = done();
    all.retain(|(deed, _)| !OF_RECEIPTS.contains(&deed.name));
    all
}

#[test]
fn a_guard_that_says_it_is_closed_or_has_other_keys_is_told_nothing() {
    let visitor = Visitor::new();
    let honest = honest();
    let keys = honest.keys().to_text();
    let (believed, done) = visitor.visits(&honest, Some("the disk is full"), &keys);
    assert!(!believed, "a room that is closed proves nothing");
    let done = done.exits(3);
    assert!(done.err.contains("the disk is full"), "{}", done.err);

    let others = ledger::signer(ledger::LOG, [7, 8]);
    let (believed, done) = visitor.visits(&honest, None, &others.public_keys().to_text());
    assert!(!believed, "{}", done.err);
    let done = done.exits(10);
    assert!(done.err.contains("other keys"), "{}", done.err);

    // A passphrase goes to none of them.
    let passphrase = visitor.house.passphrase("founder");
    let sign_in = ["sign-in", "founder", "--passphrase-file", &passphrase];
    let (believed, done) = visitor.visits_to(&sign_in, &honest, None, &keys);
    assert!(believed, "{}", done.err);
    let (believed, done) = visitor.visits_to(&sign_in, &honest, Some("the disk is full"), &keys);
    assert!(!believed && done.code == 3, "{}", done.err);
    let mut forked = honest.clone();
    deeds::forks_below_what_was_seen(&mut forked);
    let (believed, done) = visitor.visits_to(&sign_in, &forked, None, &keys);
    assert!(!believed && done.code == 10, "{}", done.err);
}
