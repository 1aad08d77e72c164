//! Disks that hang and disks that are slow, under a service on a real socket: the status answers within a
//! second and says why the room is closed, requests are refused, and the room opens by itself.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_guard::limits::DISK_WAIT_MAX;
use strongroom_guard::{Environment, Founding, Guard, Outside, found};
use strongroom_label::Policy;
use strongroom_record::{ManualClock, SeededEntropy, Timestamp};
use strongroom_seal::{HouseKey, Passphrase, Suite, SuiteFloor};
use strongroom_service::limits::{CALLS_MAX, CHECKS_MAX, DRAIN_WAIT, HEADS_MAX, SIGN_INS_MAX};
use strongroom_service::{Listener, ServeError, serve};
use strongroom_tlog::checkpoint::{Cosigner, Origin};
use strongroom_tlog::policy::Policy as Witnesses;
use strongroom_vault::Vault;
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::testing::{FaultDisk, Machine, soon};
use tokio::sync::oneshot;

const POLICY: &str = r#"
name = "one level"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[reason]]
code = "practice"
description = "Standing practice."
"#;
const PASSPHRASE: &str = "abacus abdomen abdominal abide abiding ability";

/// How soon the status must answer, and whoever is refused.
const SOON: Duration = Duration::from_secs(1);

/// A room that is served.
struct Served {
    disk: FaultDisk,
    socket: PathBuf,
    token: String,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), ServeError>>>,
    _folder: tempfile::TempDir,
}

impl Served {
    fn new(seed: u64) -> Self {
        Self::with(seed, Outside::default())
    }
    fn with(seed: u64, outside: Outside) -> Self {
        let env = Environment {
            clock: Arc::new(ManualClock::new(Timestamp::from_millis(1_777_626_000_000))),
            entropy: Arc::new(SeededEntropy::new(seed)),
            floor: SuiteFloor::at(Suite::Mock),
        };
        let disk = FaultDisk::new();
        let vault = || Vault::with_backend(disk.clone()).unwrap();
        let founding = Founding {
            policy: Policy::from_toml(POLICY).unwrap(),
            suite: Suite::Mock,
            founder: "chief".to_owned(),
            passphrase: Passphrase::new(PASSPHRASE).unwrap(),
            key_holders: Vec::new(),
            quorum: 1,
            founder_holds: true,
            rules: None,
            openers: None,
        };
        let founded = found(vault(), founding, &env).unwrap();
        let house = founded.house.to_text();
        let house = HouseKey::from_text(env.floor, house.expose()).unwrap();
        let guard = Guard::open_with(vault(), house, env, outside).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("guard.sock");
        let listener = Listener::bind(&socket).unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = thread::spawn(move || {
            let stopped = async {
                let _ = stopped.await;
            };
            serve(guard, listener, stopped)
        });
        let mut served = Self {
            disk,
            socket,
            token: String::new(),
            stop: Some(stop),
            serving: Some(serving),
            _folder: folder,
        };
        let ask = json!({ "name": "chief", "passphrase": PASSPHRASE });
        let (code, signed) = served.post("/v1/sign-in", &ask);
        assert_eq!(code, 200, "{signed}");
        served.token = signed["token"].as_str().unwrap().to_owned();
        served
    }
    fn post(&self, address: &str, body: &Value) -> (u16, Value) {
        let token = match self.token.as_str() {
            "" => String::new(),
            token => format!("authorization: Bearer {token}\r\n"),
        };
        let body = body.to_string();
        let head = format!(
            "POST {address} HTTP/1.1\r\nhost: room\r\nconnection: close\r\n{token}content-length: {}\r\n\r\n",
            body.len()
        );
        exchange(&self.socket, &(head + &body))
    }
    /// Lists what the person may read: an act that leaves an event.
    fn list(&self) -> (u16, Value) {
        self.post("/v1/call", &json!({ "op": "list" }))
    }
    /// The status, which must come soon.
    fn status(&self) -> Value {
        let get = "GET /v1/status HTTP/1.1\r\nhost: room\r\nconnection: close\r\n\r\n";
        let (code, status) = soon(SOON, || exchange(&self.socket, get));
        assert_eq!(code, 200);
        status
    }
    fn until(&self, state: &str) {
        let end = Instant::now() + DISK_WAIT_MAX + Duration::from_secs(20);
        while self.status()["state"] != state {
            assert!(Instant::now() < end, "it does not become {state}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take()
            && !matches!(serving.join(), Ok(Ok(())))
            && !thread::panicking()
        {
            panic!("the service did not end well");
        }
    }
}

/// One request and its answer, as JSON.
fn exchange(socket: &Path, request: &str) -> (u16, Value) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    // A backup is no text.
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    (
        code,
        serde_json::from_str(body.trim()).unwrap_or(Value::Null),
    )
}

#[test]
fn a_disk_that_hangs_shows_on_the_status_and_nobody_who_comes_then_waits() {
    let room = Served::new(1);
    assert_eq!(room.list().0, 200);
    thread::scope(|scope| {
        let hanging = room.disk.hang();
        // They came before anyone knew: they wait for the disk, and are answered when it does.
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| room.list())).collect();
        room.until("closed");
        let because = room.status()["because"].as_str().unwrap().to_owned();
        assert!(
            because.contains("the disk has not answered for"),
            "{because}"
        );
        let (code, refused) = soon(SOON, || room.list());
        assert_eq!(code, 503, "{refused}");
        let said = refused.to_string();
        assert!(said.contains("the disk has not answered for"), "{said}");
        hanging.release();
        room.until("open");
        for asked in waiting {
            assert_eq!(asked.join().unwrap().0, 200);
        }
    });
    assert_eq!(room.list().0, 200);
}

/// More of each kind than run at once, and none of them gets anywhere.
#[test]
fn the_status_answers_while_store_folder_anchor_and_witness_hang_and_every_lane_is_full() {
    let machine = Machine::new();
    let (folder, anchor) = (machine.folder("ledger"), machine.folder("anchor"));
    // Connections lie in its backlog, and nobody answers them.
    let witness = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = Origin::new("example.org/w").unwrap();
    let key = Cosigner::from_seeds(name, &[1; 32], &[2; 32])
        .unwrap()
        .keys()[1]
        .to_string();
    let address = witness.local_addr().unwrap();
    let policy = format!("witness w {key} http://{address}\nquorum w\n");
    let room = Served::with(
        4,
        Outside {
            folder: Some(LedgerFolder::over(folder.clone())),
            anchor: Some(HeadFile::over(anchor.clone(), "head")),
            witnesses: Some(Witnesses::from_bytes(policy.as_bytes()).unwrap()),
            disclosures: None,
        },
    );
    assert_eq!(room.list().0, 200);
    thread::scope(|scope| {
        let _hanging = [room.disk.hang(), folder.hang(), anchor.hang()];
        let ask = |address: &'static str, body: Value| {
            let room = &room;
            scope.spawn(move || room.post(address, &body));
        };
        for _ in 0..CALLS_MAX + 8 {
            ask("/v1/call", json!({ "op": "list" }));
        }
        for _ in 0..SIGN_INS_MAX + 1 {
            ask("/v1/join-begin", json!({ "code": "0" }));
        }
        for _ in 0..HEADS_MAX + 2 {
            ask("/v1/head", json!({}));
        }
        for _ in 0..CHECKS_MAX + 1 {
            ask("/v1/check", json!({}));
        }
        for _ in 0..2 {
            ask("/v1/backup", json!({}));
        }
        room.until("closed");
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            assert_eq!(room.status()["state"], "closed");
            thread::sleep(Duration::from_millis(20));
        }
    });
    room.until("open");
    assert_eq!(room.list().0, 200);
}

/// Nobody signs in while the disk hangs: whoever runs the guard ends it.
#[test]
fn a_room_on_a_disk_that_hangs_is_ended_by_close() {
    let mut room = Served::new(5);
    thread::scope(|scope| {
        let hanging = room.disk.hang();
        let waiting = scope.spawn(|| room.post("/v1/call", &json!({ "op": "list" })).0);
        room.until("closed");
        assert_eq!(room.post("/v1/close", &Value::Null).0, 200);
        let end = Instant::now() + DRAIN_WAIT + Duration::from_secs(10);
        while room.socket.exists() {
            assert!(Instant::now() < end, "it does not end");
            thread::sleep(Duration::from_millis(20));
        }
        drop(hanging);
        // Its connection ended without an answer.
        let _ = waiting.join();
    });
    let ended = room.serving.take().unwrap().join().unwrap();
    assert!(matches!(ended, Err(ServeError::Hanging)));
}

#[test]
fn a_slow_disk_is_slow_and_no_more() {
    let room = Served::new(2);
    let before = room.status()["entries"].as_u64().unwrap();
    room.disk.slow(Duration::from_millis(300));
    thread::scope(|scope| {
        let asked: Vec<_> = (0..24).map(|_| scope.spawn(|| room.list())).collect();
        while asked.iter().any(|asked| !asked.is_finished()) {
            // Who waits is waiting for a commit that is on its way: nothing is wrong.
            assert_eq!(room.status()["state"], "open");
            thread::sleep(Duration::from_millis(50));
        }
        for asked in asked {
            assert_eq!(asked.join().unwrap().0, 200);
        }
    });
    // The listings, and the hour's leaf of disclosures if it came meanwhile.
    let more = room.status()["entries"].as_u64().unwrap() - before;
    assert!((24..=25).contains(&more), "{more}");
}

/// A disk so slow that each sync takes longer than a room waits: it is closed for as long as that lasts.
#[test]
fn a_disk_that_is_slower_than_the_room_waits_closes_it_for_so_long() {
    let room = Served::new(3);
    room.disk.slow(DISK_WAIT_MAX + Duration::from_secs(2));
    thread::scope(|scope| {
        let asked = scope.spawn(|| room.list());
        room.until("closed");
        let because = room.status()["because"].as_str().unwrap().to_owned();
        assert!(
            because.contains("the disk has not answered for"),
            "{because}"
        );
        room.disk.slow(Duration::ZERO);
        assert_eq!(asked.join().unwrap().0, 200, "it is durable when it is");
        room.until("open");
    });
    assert_eq!(room.list().0, 200);
}
