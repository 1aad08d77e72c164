//! Witnesses as processes of their own: what they refuse, what they remember, and a room that asks them.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_tlog::checkpoint::{LogSigner, Origin, SignedCheckpoint, UnixSeconds};
use strongroom_tlog::policy::Policy;
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::{LeafHash, Tree, TreeSize};
use strongroom_tlog::witness::{AddCheckpoint, checkpoint_path};

use crate::heads::{copy, put_back};
use crate::house::House;

const SOON: Duration = Duration::from_secs(60);

/// A witness that runs.
struct Running {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    address: String,
    policy: String,
}

impl Running {
    /// Runs a witness in a folder of the house, for the logs of a file.
    fn start(house: &House, folder: &str, keys: &str) -> Self {
        let mut child = house
            .command(&["witness", folder, "--listen", "127.0.0.1:0", "--log", keys])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split("http://").nth(1).unwrap();
        let address = address.split(',').next().unwrap().to_owned();
        assert!(
            first.starts_with("# ") && first.contains(" for 1 log."),
            "{first}"
        );
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let policy: Vec<String> = lines.take(3).map(Result::unwrap).collect();
        let policy = [vec![first], policy].concat();
        Self {
            child,
            log,
            address,
            policy: policy.join("\n") + "\n",
        }
    }
    /// The next line that it writes on standard error.
    fn next_line(&mut self) -> String {
        self.log.next().unwrap().unwrap()
    }
    fn send(&self, head: &str, body: &str) -> (u16, String) {
        send(&self.address, head, body)
    }
    fn add(&self, request: &str) -> (u16, String) {
        self.send("POST /add-checkpoint", request)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(address: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{head} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// A log of the test's own, which can say whatever it likes.
struct Log {
    tree: Tree,
    name: &'static str,
}

impl Log {
    fn new(name: &'static str, leaves: &[&str]) -> Self {
        let mut tree = Tree::new();
        for leaf in leaves {
            tree.append(LeafHash::of(leaf.as_bytes()));
        }
        Self { tree, name }
    }
    fn signer(&self) -> LogSigner {
        let origin = Origin::new(self.name).unwrap();
        LogSigner::from_seeds(origin, &[8; 32], &[9; 32], None).unwrap()
    }
    fn keys(&self) -> String {
        self.signer().public_keys().to_text()
    }
    fn checkpoint(&self) -> SignedCheckpoint {
        let mut signer = self.signer();
        let head = self.tree.prove_head(signer.last_signed()).unwrap();
        signer.sign(&head, UnixSeconds::new(1).unwrap()).unwrap()
    }
    fn request(&self, old: u64) -> String {
        let old = TreeSize::new(old).unwrap();
        let proof = self.tree.prove_consistency(old, self.tree.size()).unwrap();
        AddCheckpoint::new(&proof, self.checkpoint())
            .unwrap()
            .to_text()
    }
}

#[test]
fn a_witness_vouches_for_growth_alone_and_remembers_across_a_crash() {
    let house = House::empty();
    let three = Log::new("example.org/log", &["a", "b", "c"]);
    let keys = house.write("keys", three.keys());
    let mut witness = Running::start(&house, "w", &keys);
    let (status, lines) = witness.add(&three.request(0));
    assert_eq!((status, lines.lines().count()), (200, 2), "{lines}");
    let said = witness.next_line();
    assert!(
        said.starts_with("strongroom: vouched for example.org/log, 3 entries at "),
        "{said}"
    );

    // Unknown, stripped, forged, stale, forked, backwards, malformed.
    let unknown = Log::new("example.org/other", &["a"]);
    assert_eq!(witness.add(&unknown.request(0)).0, 404);
    let five = Log::new("example.org/log", &["a", "b", "c", "d", "e"]);
    let good = five.request(3);
    for signature in good.lines().rev().take(2) {
        let stripped = good.replace(&format!("{signature}\n"), "");
        assert_eq!(witness.add(&stripped).0, 403, "{signature:.60}");
    }
    assert_eq!(witness.add(&good.replacen("\n5\n", "\n6\n", 1)).0, 403);
    for old in [0, 2, 4] {
        let (status, size) = witness.add(&five.request(old));
        assert_eq!((status, size.as_str()), (409, "3\n"), "{old}");
    }
    let forked = Log::new("example.org/log", &["a", "b", "x", "d", "e"]);
    assert_eq!(witness.add(&forked.request(3)).0, 422);
    // Of all these only what the log itself signed is written down.
    let said = witness.next_line();
    assert!(
        said.starts_with("strongroom: did not vouch for example.org/log, 5 entries: "),
        "{said}"
    );
    let same_size = Log::new("example.org/log", &["a", "b", "x"]);
    assert_eq!(witness.add(&same_size.request(3)).0, 409);
    let smaller = Log::new("example.org/log", &["a", "b"]);
    assert_eq!(witness.add(&smaller.request(1)).0, 409);
    for malformed in ["", "old 3\n", "nonsense", &"x".repeat(10_000)] {
        assert_eq!(witness.add(malformed).0, 400, "{malformed:.20}");
    }
    assert_eq!(witness.add(&"x".repeat(400_000)).0, 400);
    assert_eq!(witness.send("GET /add-checkpoint", "").0, 405);
    assert_eq!(witness.send("GET /logs/zz/checkpoint", "").0, 404);

    // It is shown what it vouched for, with its cosignatures; after a crash, too.
    let path = format!(
        "GET {}",
        checkpoint_path(&Origin::new("example.org/log").unwrap())
    );
    let (status, shown) = witness.send(&path, "");
    assert_eq!(status, 200);
    assert!(shown.ends_with(&lines));
    let policy = format!("{}quorum {}\n", witness.policy, group(&witness.policy));
    let policy = Policy::from_bytes(policy.as_bytes()).unwrap();
    let seen = SignedCheckpoint::from_bytes(shown.as_bytes()).unwrap();
    assert!(policy.evaluate(&seen).passes());
    drop(witness);
    let witness = Running::start(&house, "w", &keys);
    assert_eq!(witness.add(&five.request(0)), (409, "3\n".to_owned()));
    assert_eq!(witness.add(&five.request(3)).0, 200);
    // Its memory cut: it vouches for nothing.
    let logs = house.path("w/logs");
    for entry in fs::read_dir(&logs).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "head") {
            fs::write(&path, "example.org/log\n").unwrap();
        }
    }
    let six = Log::new("example.org/log", &["a", "b", "c", "d", "e", "f"]);
    assert_eq!(witness.add(&six.request(5)).0, 500);
    // Gone altogether: what it shows stands for it.
    for entry in fs::read_dir(&logs).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "head") {
            fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(witness.add(&six.request(0)), (409, "5\n".to_owned()));
    // One witness a folder.
    let second = ["witness", "w", "--listen", "127.0.0.1:0", "--log", &keys];
    house.run(&second).exits(7);
}

fn group(policy: &str) -> &str {
    policy.lines().last().unwrap().split(' ').nth(1).unwrap()
}

#[test]
fn of_two_that_go_on_by_two_ways_at_once_one_wins() {
    let house = House::empty();
    let one = Log::new("example.org/log", &["a"]);
    let keys = house.write("keys", one.keys());
    let witness = Running::start(&house, "w", &keys);
    assert_eq!(witness.add(&one.request(0)).0, 200);
    let leaves = ["b", "c", "d", "e", "f", "g", "h", "i"];
    let ways: Vec<_> = leaves
        .map(|leaf| Log::new("example.org/log", &["a", leaf]).request(1))
        .into();
    let asking: Vec<_> = ways
        .into_iter()
        .map(|request| {
            let address = witness.address.clone();
            thread::spawn(move || send(&address, "POST /add-checkpoint", &request).0)
        })
        .collect();
    let mut answers: Vec<u16> = asking.into_iter().map(|a| a.join().unwrap()).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
}

/// Waits until the status says something.
fn until(house: &House, what: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let began = Instant::now();
    loop {
        let done = house.run(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_str(&done.out).unwrap_or_default();
        if what(&status) {
            return status;
        }
        assert!(began.elapsed() < SOON, "{status}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn witnessed(status: &serde_json::Value) -> bool {
    status["outside"]["witnessed"] == status["entries"]
}

#[test]
fn a_room_is_vouched_for_and_its_older_copy_is_found_by_a_witness_alone() {
    let mut house = House::open();
    let keys = house.write("keys", house.run(&["ledger", "keys"]).ok().out);
    house.run(&["close"]).ok();
    house.ended();
    let witnesses = ["w1", "w2"].map(|folder| Running::start(&house, folder, &keys));
    let groups = witnesses.each_ref().map(|w| group(&w.policy).to_owned());
    let policy = format!(
        "{}{}group both all {}\nquorum both\n",
        witnesses[0].policy,
        witnesses[1].policy,
        groups.join(" ")
    );
    let file = house.write("policy", &policy);
    let policy = Policy::from_bytes(policy.as_bytes()).unwrap();

    house.open_guard_with(&["--witnesses", &file]);
    house.sign_in("founder").ok();
    until(&house, witnessed);
    let text = house.run(&["status"]).ok().out;
    assert!(text.contains("vouched for as the policy asks"), "{text}");
    // In the folder, in the store (so after a restart), and in receipts.
    let in_folder = || {
        let bytes = fs::read(house.room().join("ledger/checkpoint")).unwrap();
        policy
            .evaluate(&SignedCheckpoint::from_bytes(&bytes).unwrap())
            .passes()
    };
    let began = Instant::now();
    while !in_folder() {
        assert!(began.elapsed() < SOON);
        thread::sleep(Duration::from_millis(50));
    }
    let listed = house.run(&["receipt", "--json"]).ok().json();
    let id = listed["receipts"][0]["id"].as_str().unwrap();
    let proof = house.run(&["receipt", id, "--proof"]).ok().out;
    let receipt = Receipt::from_bytes(proof.as_bytes()).unwrap();
    assert!(policy.evaluate(receipt.checkpoint()).passes());
    house.run(&["close"]).ok();
    house.ended();
    copy(&house.room(), &house.path("older"));

    // It goes on, and the witnesses with it.
    house.open_guard_with(&["--witnesses", &file]);
    house.sign_in("founder").ok();
    house.run(&["list"]).ok();
    until(&house, witnessed);
    house.run(&["close"]).ok();
    house.ended();

    // Store and folder are put back, and this account has forgotten what it saw.
    put_back(&house, "older");
    fs::remove_dir_all(house.path("state")).unwrap();
    house.open_guard_with(&["--witnesses", &file]);
    let status = until(&house, |status| status["state"] == "closed");
    let because = status["because"].as_str().unwrap();
    assert!(because.contains("an older copy"), "{because}");
    assert!(
        because.contains("the witness strongroom-witness/"),
        "{because}"
    );
}

#[test]
fn a_witness_that_is_not_there_shows_and_closes_nothing() {
    let mut house = House::open();
    let keys = house.write("keys", house.run(&["ledger", "keys"]).ok().out);
    let witness = Running::start(&house, "w", &keys);
    let policy = format!("{}quorum {}\n", witness.policy, group(&witness.policy));
    drop(witness);
    house.run(&["close"]).ok();
    house.ended();
    let file = house.write("policy", &policy);
    house.open_guard_with(&["--witnesses", &file]);
    let status = until(&house, |status| {
        status["outside"]["witnesses"][0]["trouble"].is_string()
    });
    assert_eq!(status["state"], "open");
    assert!(status["outside"]["witnessed"].is_null());
    house.sign_in("founder").ok();
    house.run(&["list"]).ok();
    let text = house.run(&["status"]).ok().out;
    assert!(text.contains("cannot be reached"), "{text}");

    let nonsense = house.write("nonsense", "quorum nobody\n");
    house.run(&["open", "--witnesses", &nonsense]).exits(1);
}

#[test]
fn a_witness_takes_no_folder_in_which_something_else_lies() {
    let house = House::founded();
    let keys = house.write("keys", Log::new("example.org/log", &[]).keys());
    let room = house.room();
    let before = crate::house::names_in(&room);
    let within = room.join("w");
    for folder in [&room, &within, &room.join("ledger")] {
        let folder = folder.to_str().unwrap();
        let args = ["witness", folder, "--listen", "127.0.0.1:0", "--log", &keys];
        let refused = house.run(&args).exits(7);
        assert!(refused.err.contains("a room's folder"), "{}", refused.err);
        assert!(refused.err.contains("another machine"), "{}", refused.err);
    }
    assert_eq!(crate::house::names_in(&room), before);
    fs::create_dir(house.path("notes")).unwrap();
    house.write("notes/diary", "");
    let args = [
        "witness",
        "notes",
        "--listen",
        "127.0.0.1:0",
        "--log",
        &keys,
    ];
    let refused = house.run(&args).exits(7);
    assert!(refused.err.contains("something else"), "{}", refused.err);
    // What is no file of a log's keys is told as any other file that is not what is wanted.
    for file in [
        house.write("no-keys", "words\n"),
        room.display().to_string(),
    ] {
        house
            .run(&["witness", "w", "--listen", "127.0.0.1:0", "--log", &file])
            .exits(1);
    }
}
