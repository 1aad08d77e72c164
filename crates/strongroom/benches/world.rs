//! A real room on a real disk, and sessions in it.

use std::ops::ControlFlow;
use std::sync::Arc;

use strongroom_guard::api::{
    ClearanceGrant, Confirm, Filing, FilingDone, Invite, Invited, JoinBegin, JoinFacts, JoinFinish,
    Joined, ListQuery, Listing, ReadQuery, Request, Restrict, SignIn, SignedIn,
};
use strongroom_guard::{Environment, Founding, Guard, Peer, Token, found};
use strongroom_label::Policy;
use strongroom_record::{Entropy, OsEntropy, encode};
use strongroom_seal::{Bundle, BundleFacts, Passphrase, PersonKeys, Suite, SuiteFloor};
use strongroom_vault::Vault;

const PASSPHRASE: &str = "abacus abdomen abdominal abide abiding ability";
const SESSIONS: usize = 32;
const PEER: Peer = Peer(0);

/// A room with a founder, 32 sessions of readers, and a clerk who holds nothing.
pub(crate) struct Room {
    guard: Arc<Guard>,
    chief: Token,
    clerk: Token,
    readers: Vec<Token>,
    _folder: tempfile::TempDir,
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
        let folder = tempfile::tempdir().expect("a temporary folder");
        let vault = Vault::create(folder.path().join("room.redb")).expect("a new store");
        let env = Environment::real();
        let founding = Founding {
            policy: Policy::builtin("us-state-historical").expect("it is built in"),
            suite: Suite::Cnsa,
            founder: "chief".to_owned(),
            passphrase: Passphrase::new(PASSPHRASE).expect("six words"),
            key_holders: Vec::new(),
            quorum: 1,
            founder_holds: true,
        };
        let founded = found(vault, founding, &env).expect("a room");
        let vault = Vault::open(folder.path().join("room.redb")).expect("the store");
        let guard = Arc::new(Guard::open(vault, founded.house, env).expect("it opens"));
        let chief = sign_in(&guard, "chief");
        join(&guard, &chief, "clerk", "records-officer", None);
        join(&guard, &chief, "reader", "reader", Some(everything()));
        let clerk = sign_in(&guard, "clerk");
        let readers = (0..SESSIONS).map(|_| sign_in(&guard, "reader")).collect();
        Self {
            guard,
            chief,
            clerk,
            readers,
            _folder: folder,
        }
    }

    fn call(&self, token: &Token, request: &Request) -> Vec<u8> {
        self.guard
            .call(token, PEER, request)
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
            from_system: None,
            already_held_by: Vec::new(),
            request: None,
        };
        let done = self
            .guard
            .file(&self.chief, PEER, &filing, bytes, &mut |_| {
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
    /// Serves the room on a socket.
    pub(crate) fn serve(&self) -> super::world::Socket<'_> {
        Socket { room: self }
    }
}

/// A room reached through its socket.
pub(crate) struct Socket<'a> {
    room: &'a Room,
}

impl Socket<'_> {
    pub(crate) fn read(&self, session: usize, record: &str) {
        self.room.read(session, record);
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
        serde_json::from_slice(guard.sign_in(&ask, PEER).expect("signed in").json())
            .expect("an answer");
    Token::presented(&signed.token)
}

fn join(guard: &Guard, chief: &Token, name: &str, role: &str, clearance: Option<String>) {
    let call = |request: Request| {
        guard
            .call(chief, PEER, &request)
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
            request: None,
        }));
    }
    let _ = SuiteFloor::CNSA;
}
