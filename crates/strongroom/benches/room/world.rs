//! A real room on a real disk, and sessions in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use strongroom_guard::api::{
    BackupAsk, CheckAsk, Checked, ClearanceGrant, Confirm, EntryIndex, Filing, FilingDone, Invite,
    Invited, JoinBegin, JoinFacts, JoinFinish, Joined, LedgerChecked, ListQuery, Listing,
    ReadQuery, Request, Restrict, SignIn, SignedIn,
};
use strongroom_guard::{Environment, Founding, Guard, Peer, Token, found};
use strongroom_label::Policy;
use strongroom_record::{Entropy, OsEntropy, encode};
use strongroom_seal::{Bundle, BundleFacts, HouseKey, Passphrase, PersonKeys, SealedBackup, Suite};
use strongroom_service::{Listener, serve};
use strongroom_vault::{Commit, Key, Vault};

use crate::figures;

const PASSPHRASE: &str = "abacus abdomen abdominal abide abiding ability";
const SESSIONS: usize = 32;
/// The user that measures: over the socket the operating system tells who it is.
fn peer() -> Peer {
    Peer(rustix::process::getuid().as_raw())
}

/// A room with a founder, 32 sessions of readers, and a clerk who holds nothing.
pub(crate) struct Room {
    guard: Guard,
    house: String,
    chief: Token,
    clerk: Token,
    readers: Vec<Token>,
    folder: tempfile::TempDir,
}

/// The volumes to file.
pub(crate) fn volumes() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = std::env::var_os("STRONGROOM_FRUS_DIR") else {
        let bundled = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../examples/frus1969-76v12.xml.gz"
        );
        return vec![(
            "frus1969-76v12.xml.gz".to_owned(),
            std::fs::read(bundled).expect("the bundled volume"),
        )];
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder of volumes")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.to_string_lossy().ends_with(".xml.gz"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|p| {
            (
                p.file_name()
                    .expect("a file")
                    .to_string_lossy()
                    .into_owned(),
                std::fs::read(&p).expect("readable"),
            )
        })
        .collect()
}

impl Room {
    pub(crate) fn found() -> Self {
        Self::found_in(|path| match path.exists() {
            false => Vault::create(path).expect("a new store"),
            true => Vault::open(path).expect("the store"),
        })
    }

    /// A room in vaults of the caller's own.
    pub(crate) fn found_in(vault: impl Fn(&Path) -> Vault) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = folder.path().join("room.redb");
        let env = Environment::real();
        let founding = Founding {
            policy: Policy::builtin("us-state-historical").expect("it is built in"),
            suite: Suite::Cnsa,
            founder: "chief".to_owned(),
            passphrase: Passphrase::new(PASSPHRASE).expect("six words"),
            key_holders: Vec::new(),
            quorum: 1,
            openers: None,
            founder_holds: true,
            rules: None,
        };
        let founded = found(vault(&store), founding, &env).expect("a room");
        let house = founded.house.to_text().expose().to_owned();
        let guard = Guard::open(vault(&store), founded.house, env).expect("it opens");
        let chief = sign_in(&guard, "chief");
        join(&guard, &chief, "clerk", "records-officer", None);
        join(&guard, &chief, "reader", "reader", Some(everything()));
        let clerk = sign_in(&guard, "clerk");
        let readers = (0..SESSIONS).map(|_| sign_in(&guard, "reader")).collect();
        Self {
            guard,
            house,
            chief,
            clerk,
            readers,
            folder,
        }
    }

    /// Lets an inspector in, with the inspectors' keys; gives a session.
    pub(crate) fn inspector(&self) -> Token {
        let keys = Some("inspectors".to_owned());
        join(&self.guard, &self.chief, "inspector", "inspector", keys);
        sign_in(&self.guard, "inspector")
    }
    /// The answer to a request, as JSON.
    pub(crate) fn ask(&self, token: &Token, request: &Request) -> Vec<u8> {
        self.call(token, request)
    }

    fn call(&self, token: &Token, request: &Request) -> Vec<u8> {
        self.guard
            .call(token, peer(), request)
            .unwrap_or_else(|e| panic!("{e:?}"))
            .into_json()
    }

    /// Files a volume; gives the number of its records.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> usize {
        let name = name.trim_end_matches(".gz");
        self.file_as(name, bytes, None).records.len()
    }
    pub(crate) fn file_text(&self, text: &str) {
        self.file_as("note.txt", text.as_bytes(), Some("Secret"));
    }
    /// Fills the room with so many records that have one text, in one file.
    pub(crate) fn fill(&self, records: usize, text: &str) {
        let paragraphs: String = text
            .split("\n\n")
            .filter(|p| !p.is_empty())
            .map(|p| format!("<p>{p}</p>"))
            .collect();
        let documents: String = (0..records)
            .map(|n| {
                format!(
                    "<div type=\"document\" xml:id=\"d{n}\"><head>Note {n}</head>{paragraphs}</div>"
                )
            })
            .collect();
        let tei = format!(
            "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><text><body>{documents}</body></text></TEI>"
        );
        assert_eq!(
            self.file_as("filler.xml", tei.as_bytes(), Some("Secret"))
                .records
                .len(),
            records
        );
    }
    fn file_as(&self, name: &str, bytes: &[u8], marking: Option<&str>) -> FilingDone {
        let filing = Filing {
            file: name.to_owned(),
            reason: "foreign-relations".to_owned(),
            authority: "bench".to_owned(),
            because: "measuring".to_owned(),
            marking: marking.map(str::to_owned),
            unmarked_as: Some("Confidential".to_owned()),
            unknown_as: Some("handling".to_owned()),
            request: None,
            ..Filing::default()
        };
        let done = self
            .guard
            .file(&self.chief, peer(), &filing, bytes, &mut |_| {
                ControlFlow::Continue(())
            });
        serde_json::from_slice(done.unwrap_or_else(|e| panic!("{e:?}")).json()).expect("an answer")
    }

    /// Ids of the first records in the room.
    pub(crate) fn ids(&self, n: usize) -> Vec<String> {
        let answer = self.call(
            &self.chief,
            &Request::List(ListQuery {
                limit: Some(n),
                after: None,
            }),
        );
        let listing: Listing = serde_json::from_slice(&answer).expect("a listing");
        listing.records.into_iter().map(|r| r.id).collect()
    }
    pub(crate) fn list(&self, n: usize) {
        self.call(
            &self.chief,
            &Request::List(ListQuery {
                limit: Some(n),
                after: None,
            }),
        );
    }
    pub(crate) fn read(&self, session: usize, record: &str) {
        let ask = Request::Read(ReadQuery {
            record: record.to_owned(),
            original: false,
            ..ReadQuery::default()
        });
        self.call(&self.readers[session % SESSIONS], &ask);
    }
    /// Has every session read every one of the records.
    pub(crate) fn warm(&self, records: &[String]) {
        std::thread::scope(|scope| {
            for session in 0..SESSIONS {
                scope.spawn(move || records.iter().for_each(|r| self.read(session, r)));
            }
        });
    }
    pub(crate) fn restrict(&self, record: &str, to: &str) {
        self.call(&self.chief, &restriction(record, to));
    }
    pub(crate) fn restrict_blind(&self, record: &str, to: &str) {
        self.call(&self.clerk, &restriction(record, to));
    }
    /// Closes the room and opens it again; gives how long opening takes.
    pub(crate) fn time_to_open(self) -> Duration {
        self.guard.shut().expect("it closes");
        let started = Instant::now();
        let env = Environment::real();
        let house = HouseKey::from_text(env.floor, &self.house)
            .unwrap_or_else(|e| panic!("a house key: {e}"));
        let vault = Vault::open(self.folder.path().join("room.redb")).expect("the store");
        let guard = Guard::open(vault, house, env).expect("it opens");
        let took = started.elapsed();
        guard.shut().expect("it closes");
        took
    }
    /// Has the whole ledger checked; gives the number of its entries.
    pub(crate) fn check_ledger(&self) -> u64 {
        let answer = self.call(&self.chief, &Request::LedgerCheck);
        let checked: LedgerChecked = serde_json::from_slice(&answer).expect("an answer");
        checked.entries
    }
    /// Has everything walked that is stored.
    pub(crate) fn check(&self) -> Checked {
        let mut go_on = |_| ControlFlow::Continue(());
        let answer = self
            .guard
            .check(peer(), peer(), &CheckAsk::default(), &mut go_on);
        let answer = answer.expect("the operator may");
        let checked: Checked = serde_json::from_slice(answer.json()).expect("an answer");
        assert!(checked.is_sound(), "{checked:?}");
        checked
    }
    /// Backs the room up; gives the size, and the backup's id.
    pub(crate) fn back_up(&self, base: Option<&str>, take: impl FnMut(&[u8])) -> (usize, String) {
        let ask = BackupAsk {
            base: base.map(str::to_owned),
        };
        let mut out = Taken {
            size: 0,
            head: Vec::new(),
            take,
        };
        self.guard
            .backup(peer(), peer(), &ask, &mut out)
            .expect("it is taken");
        let floor = Environment::real().floor;
        let read = SealedBackup::read_header(out.head.as_slice(), floor).expect("a backup");
        (out.size, read.header().backup().to_string())
    }
    /// Proves that an entry stands in the ledger.
    pub(crate) fn prove_entry(&self, index: u64) {
        let ask = Request::LedgerProve(EntryIndex { index });
        self.call(&self.chief, &ask);
    }
    pub(crate) fn keep_state(&self) {
        self.guard.keep_state().expect("it is kept");
    }
    pub(crate) fn store_bytes(&self) -> usize {
        let file = self.folder.path().join("room.redb");
        std::fs::metadata(file).expect("the store").len() as usize
    }
    /// Closes the room and opens it twice: from its kept state, and without one.
    pub(crate) fn times_to_open(self) -> Opened {
        self.guard.shut().expect("it closes");
        let path = self.folder.path().join("room.redb");
        let open = |vault| {
            let env = Environment::real();
            let house = HouseKey::from_text(env.floor, &self.house)
                .unwrap_or_else(|e| panic!("a house key: {e}"));
            let (started, cpu) = (Instant::now(), figures::cpu());
            let guard = Guard::open(vault, house, env).expect("it opens");
            (started.elapsed(), figures::cpu() - cpu, guard)
        };
        let (started, cpu) = (Instant::now(), figures::cpu());
        let vault = Vault::open(&path).expect("the store");
        let (store, store_cpu) = (started.elapsed(), figures::cpu() - cpu);
        let (kept, kept_cpu, guard) = open(vault);
        drop(guard);
        let vault = Vault::open(&path).expect("the store");
        // The row that names the kept state.
        let mut forget = Commit::new();
        forget.delete(Key::new(13, [0; 16], 0));
        vault.submit(forget).wait().expect("it is forgotten");
        let (replayed, _, guard) = open(vault);
        drop(guard);
        Opened {
            store,
            store_cpu,
            kept,
            kept_cpu,
            replayed,
        }
    }
    /// Serves the room on its socket from now on.
    pub(crate) fn serve(self) -> Served {
        let socket = self.folder.path().join("guard.sock");
        let listener = Listener::bind(&socket).expect("a socket");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let guard = self.guard;
        let thread = std::thread::spawn(move || {
            serve(guard, listener, async { stopped.await.unwrap_or_default() }).expect("it serves");
        });
        Served {
            socket,
            readers: self.readers,
            stop: Some(stop),
            thread: Some(thread),
            _folder: self.folder,
        }
    }
}

/// How long opening takes.
pub(crate) struct Opened {
    /// The store, every page of it verified.
    pub(crate) store: Duration,
    pub(crate) store_cpu: Duration,
    /// The room on it, from its kept state.
    pub(crate) kept: Duration,
    pub(crate) kept_cpu: Duration,
    /// The room on it, from its first event.
    pub(crate) replayed: Duration,
}

/// A room reached through its socket.
pub(crate) struct Served {
    socket: PathBuf,
    readers: Vec<Token>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Served {
    /// A connection of a session's own.
    pub(crate) fn connect(&self, session: usize) -> Connection {
        let stream = UnixStream::connect(&self.socket).expect("it listens");
        Connection {
            stream: BufReader::new(stream),
            token: self.readers[session % SESSIONS].text().to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|s| s.send(()));
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// One kept-alive connection, over which requests go one after the other.
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    token: String,
}

impl Connection {
    pub(crate) fn read(&mut self, record: &str) {
        let body = serde_json::to_string(&Request::Read(ReadQuery {
            record: record.to_owned(),
            original: false,
            ..ReadQuery::default()
        }))
        .expect("JSON");
        let head = format!(
            "POST /v1/call HTTP/1.1\r\nHost: room\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all((head + &body).as_bytes())
            .expect("it takes requests");
        let mut length = 0;
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("it answers");
        assert!(line.contains(" 200 "), "{line}");
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("it answers");
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut answer = vec![0; length];
        self.stream
            .read_exact(&mut answer)
            .expect("the whole answer");
        assert!(answer.starts_with(b"{"));
    }
}

fn restriction(record: &str, to: &str) -> Request {
    Request::Restrict(Restrict {
        records: vec![record.to_owned()],
        to: to.to_owned(),
        portions: Vec::new(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "measuring".to_owned(),
        practice: None,
        leave_unchanged: false,
        dry_run: false,
        request: None,
    })
}

/// A clearance for every level and value of the policy.
fn everything() -> String {
    let policy = Policy::builtin("us-state-historical").expect("it is built in");
    let all = strongroom_label::Clearance::from_atoms(policy.atoms().iter().cloned());
    policy.clearance_text(&all)
}

fn sign_in(guard: &Guard, name: &str) -> Token {
    let ask = SignIn {
        name: name.to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let signed: SignedIn =
        serde_json::from_slice(guard.sign_in(&ask, peer()).expect("signed in").json())
            .expect("an answer");
    Token::presented(&signed.token)
}

fn join(guard: &Guard, chief: &Token, name: &str, role: &str, clearance: Option<String>) {
    let call = |request: Request| {
        guard
            .call(chief, peer(), &request)
            .unwrap_or_else(|e| panic!("{e:?}"))
            .into_json()
    };
    let invite = Invite {
        name: name.to_owned(),
        roles: vec![role.to_owned()],
        request: None,
    };
    let invited: Invited =
        serde_json::from_slice(&call(Request::PersonInvite(invite))).expect("an answer");
    let begun = guard
        .join_begin(&JoinBegin {
            code: invited.code.clone(),
        })
        .expect("a good code");
    let facts: JoinFacts = serde_json::from_slice(begun.json()).expect("an answer");
    let mut dice = OsEntropy.stream(b"join");
    let keys = PersonKeys::random(Suite::Cnsa, &mut dice);
    let room = facts.room.parse().expect("an id");
    let mut genesis = [0; 32];
    genesis.copy_from_slice(
        &data_encoding::HEXLOWER
            .decode(facts.genesis.as_bytes())
            .expect("hexadecimal"),
    );
    let bundle_facts = BundleFacts {
        room,
        person: facts.person.parse().expect("an id"),
        name: name.to_owned(),
        genesis,
    };
    let bundle = Bundle::wrap(
        &keys,
        &bundle_facts,
        &Passphrase::new(PASSPHRASE).expect("six words"),
        &mut dice,
    );
    let proof = keys.prove_possession(room, facts.invitation.parse().expect("an id"), name);
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let finish = JoinFinish {
        code: invited.code,
        keys: base64(&encode(&keys.public())),
        bundle: base64(&encode(&bundle)),
        proof: base64(proof.as_bytes()),
    };
    let joined: Joined =
        serde_json::from_slice(guard.join_finish(&finish).expect("it joins").json())
            .expect("an answer");
    let confirm = Confirm {
        name: name.to_owned(),
        fingerprint: joined.fingerprint,
        request: None,
    };
    call(Request::PersonConfirm(confirm));
    if let Some(clearance) = clearance {
        call(Request::ClearanceGrant(ClearanceGrant {
            name: name.to_owned(),
            clearance,
            because: None,
            request: None,
        }));
    }
}

/// Counts what is written, and keeps its head.
struct Taken<F> {
    size: usize,
    head: Vec<u8>,
    take: F,
}

impl<F: FnMut(&[u8])> std::io::Write for Taken<F> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        const HEAD_MAX: usize = 256 << 10;
        let left = HEAD_MAX.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(left)]);
        self.size += bytes.len();
        (self.take)(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
