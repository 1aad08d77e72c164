//! A whole room in a test: a clock, a seed, a disk in memory, and people who sign in.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses what it needs of the common room"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use strongroom_guard::api::*;
use strongroom_guard::{Environment, Founding, Guard, Outside, Peer, Refusal, Token, found};
use strongroom_label::Policy;
use strongroom_record::{ManualClock, RequestId, SeededEntropy, Stream, Timestamp, encode};
use strongroom_seal::{
    Bundle, BundleFacts, HouseKey, KeyHolderCard, Passphrase, PersonKeys, RecoverySheet, Suite,
    SuiteFloor, SuiteId,
};
use strongroom_vault::testing::FaultDisk;
use strongroom_vault::{Spool, Vault};

/// The passphrase of everybody in tests: six words of the list.
pub const PASSPHRASE: &str = "abacus abdomen abdominal abide abiding ability";

/// The user id that everybody in a test connects from.
pub const PEER: Peer = Peer(1000);

/// When tests begin.
pub const START: Timestamp = Timestamp::from_millis(1_777_626_000_000);

/// A room under test.
pub struct World {
    pub guard: Option<Guard>,
    pub clock: Arc<ManualClock>,
    pub disk: FaultDisk,
    /// Where the slot file lies; none for a room as it was before there were slots.
    pub slots: Option<FaultDisk>,
    pub env: Environment,
    pub house: Vec<u8>,
    pub tokens: BTreeMap<String, Token>,
    /// Security officers beside `chief` who were let in.
    pub officers: Vec<String>,
    /// Where disclosures are taken in, and how many slots there are; none by default.
    pub spool: Option<(FaultDisk, usize)>,
    /// Printed where there are no key holders.
    pub sheet: Option<RecoverySheet>,
    dice: Stream,
}

pub fn house_key(text: &[u8], floor: SuiteFloor) -> HouseKey {
    HouseKey::from_text(floor, std::str::from_utf8(text).unwrap())
        .unwrap_or_else(|e| panic!("a house key: {e}"))
}

impl World {
    /// A room on the mock suite, with a founder `chief` who holds every atom.
    pub fn mock(seed: u64) -> Self {
        Self::new(seed, Suite::Mock)
    }
    /// The same with real cryptography.
    pub fn real(seed: u64) -> Self {
        Self::new(seed, Suite::Cnsa)
    }

    pub fn new(seed: u64, suite: Suite) -> Self {
        let policy = Policy::builtin("us-state-historical").unwrap();
        Self::with_policy(seed, suite, policy)
    }
    /// A room of any policy: one with few atoms is small.
    pub fn with_policy(seed: u64, suite: Suite, policy: Policy) -> Self {
        Self::founded(seed, founding(suite, policy))
    }
    /// The same whose keys are split among key holders.
    pub fn with_key_holders(
        seed: u64,
        suite: Suite,
        policy: Policy,
        key_holders: Vec<KeyHolderCard>,
        quorum: u8,
    ) -> Self {
        let founding = Founding {
            key_holders,
            quorum,
            ..founding(suite, policy)
        };
        Self::founded(seed, founding)
    }
    /// A room as its founder decided.
    pub fn founded(seed: u64, founding: Founding) -> Self {
        let mut world = Self::found_on(FaultDisk::new(), seed, founding);
        world.reopen();
        world.sign_in("chief");
        world
    }
    /// A room that was founded on a disk of the test's own, and is not open yet.
    pub fn founded_on(disk: FaultDisk, seed: u64, suite: Suite, policy: Policy) -> Self {
        Self::found_on(disk, seed, founding(suite, policy))
    }
    fn found_on(disk: FaultDisk, seed: u64, founding: Founding) -> Self {
        let suite = founding.suite;
        let clock = Arc::new(ManualClock::new(START));
        let env = Environment {
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            floor: SuiteFloor::at(suite),
        };
        let founded = found(Vault::with_backend(disk.clone()).unwrap(), founding, &env).unwrap();
        let house = founded.house.to_text().expose().as_bytes().to_vec();
        Self {
            guard: None,
            clock,
            disk,
            slots: None,
            env,
            house,
            tokens: BTreeMap::new(),
            officers: Vec::new(),
            spool: None,
            sheet: founded.recovery_sheet,
            dice: Stream::from_seed([seed as u8; 32]),
        }
    }

    /// Closes the room, if it is open, and opens it again from its disk.
    pub fn reopen(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.shut().unwrap();
        }
        self.tokens.clear();
        let vault = self.vault();
        let house = house_key(&self.house, self.env.floor);
        let spool = self.spool.as_ref();
        let outside = Outside {
            disclosures: spool.map(|(disk, slots)| Spool::on(disk.clone(), *slots).unwrap()),
            ..Outside::default()
        };
        let opened = Guard::open_with(vault, house, self.env.clone(), outside);
        self.guard = Some(opened.unwrap());
    }

    /// The vault that the room lies in.
    pub fn vault(&self) -> Vault {
        match &self.slots {
            None => Vault::with_backend(self.disk.clone()).unwrap(),
            Some(slots) => Vault::with_backends(self.disk.clone(), slots.clone()).unwrap(),
        }
    }

    /// Gives the room a disk for a slot file, and opens it anew; everybody signs in again.
    pub fn give_slots(&mut self) {
        self.slots = Some(FaultDisk::new());
        self.again();
    }

    /// Closes the room and opens it again; everybody who was signed in signs in again.
    pub fn again(&mut self) {
        let names: Vec<String> = self.tokens.keys().cloned().collect();
        self.reopen();
        for name in names {
            self.sign_in(&name);
        }
    }

    /// The stored rows of a kind, as they lie in the vault, of a copy of the disk as it is now.
    pub fn raw_rows(&self, kind: u8) -> Vec<(strongroom_vault::Key, Vec<u8>)> {
        let copy = FaultDisk::from_image(self.disk.image());
        let vault = Vault::with_backend(copy).unwrap();
        vault.scan(kind).unwrap().map(|row| row.unwrap()).collect()
    }

    pub fn guard(&self) -> &Guard {
        self.guard.as_ref().unwrap()
    }

    pub fn sign_in(&mut self, name: &str) -> SignedIn {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let copy = self.guard().sign_in(&ask, PEER).unwrap();
        let signed: SignedIn = serde_json::from_slice(copy.json()).unwrap();
        self.tokens
            .insert(name.to_owned(), Token::presented(&signed.token));
        signed
    }

    /// Asks as someone who is signed in, and gives the bytes of the answer.
    pub fn ask(&self, name: &str, request: &Request) -> Result<Vec<u8>, Refusal> {
        self.clock.advance(Duration::from_millis(7));
        self.guard()
            .call(&self.tokens[name], PEER, request)
            .map(|copy| copy.json().to_vec())
    }
    /// The same, read as what it should be.
    pub fn get<T: DeserializeOwned>(&self, name: &str, request: Request) -> T {
        let json = self
            .ask(name, &request)
            .unwrap_or_else(|e| panic!("{request:?}: {e:?}"));
        serde_json::from_slice(&json).unwrap()
    }
    pub fn refused(&self, name: &str, request: Request) -> Refusal {
        self.ask(name, &request).expect_err("should be refused")
    }

    /// Invites, joins, confirms, and signs in a person.
    pub fn add_person(&mut self, name: &str, roles: &[&str], clearance: &str) {
        let invited: Invited = self.get(
            "chief",
            Request::PersonInvite(Invite {
                name: name.to_owned(),
                roles: roles.iter().map(|r| (*r).to_owned()).collect(),
                request: None,
            }),
        );
        let fingerprint = self.join(&invited.code);
        // Once there is another officer, somebody else than the inviter confirms.
        let officer = self.officers.first().cloned();
        let officer = officer.unwrap_or_else(|| "chief".to_owned());
        if !self.tokens.contains_key(&officer) {
            self.sign_in(&officer);
        }
        let _: ClearanceChanged = self.get(
            &officer,
            Request::PersonConfirm(Confirm {
                name: name.to_owned(),
                fingerprint,
                request: None,
            }),
        );
        if !clearance.is_empty() {
            self.clear(name, clearance);
        }
        self.sign_in(name);
        if roles.contains(&"security-officer") {
            self.officers.push(name.to_owned());
        }
    }

    /// Clears a person for what `chief` holds: alone, as long as there is no other officer.
    pub fn clear(&self, name: &str, clearance: &str) {
        let asker = self.officers.first().map_or("chief", String::as_str);
        let granted: ClearanceChanged = self.get(asker, grant(name, clearance));
        if let Some(asked) = granted.asked {
            let decided: RequestDecided = self.get("chief", approve(&asked));
            assert!(decided.carried_out);
        }
    }

    /// The request about a record that waits in somebody's view.
    pub fn request_about(&self, name: &str, record: &str) -> Option<String> {
        let rows: RequestRows = self.get(name, Request::Requests(RequestsQuery::default()));
        let about = |row: &RequestRow| row.record.as_deref() == Some(record);
        rows.requests.into_iter().find(about).map(|row| row.id)
    }

    /// Asks for a record to be withdrawn, and has somebody else approve it.
    pub fn withdraw(&self, asker: &str, approver: &str, ask: Request) -> RequestDecided {
        let made: RequestMade = self.get(asker, ask);
        self.get(approver, approve(&made.id))
    }

    /// The joining side: makes keys, and offers their public halves. Gives the fingerprint.
    pub fn join(&mut self, code: &str) -> String {
        let copy = self
            .guard()
            .join_begin(&JoinBegin {
                code: code.to_owned(),
            })
            .unwrap();
        let facts: JoinFacts = serde_json::from_slice(copy.json()).unwrap();
        let suite = Suite::from_id(SuiteId::new(facts.suite)).unwrap();
        let keys = PersonKeys::random(suite, &mut self.dice);
        let room = facts.room.parse().unwrap();
        let mut genesis = [0; 32];
        genesis.copy_from_slice(
            &data_encoding::HEXLOWER
                .decode(facts.genesis.as_bytes())
                .unwrap(),
        );
        let bundle_facts = BundleFacts {
            room,
            person: facts.person.parse().unwrap(),
            name: facts.name.clone(),
            genesis,
        };
        let passphrase = Passphrase::new(PASSPHRASE).unwrap();
        let bundle = Bundle::wrap(&keys, &bundle_facts, &passphrase, &mut self.dice);
        let proof = keys.prove_possession(room, facts.invitation.parse().unwrap(), &facts.name);
        let finish = JoinFinish {
            code: code.to_owned(),
            keys: BASE64.encode(&encode(&keys.public())),
            bundle: BASE64.encode(&encode(&bundle)),
            proof: BASE64.encode(proof.as_bytes()),
        };
        let copy = self.guard().join_finish(&finish).unwrap();
        let joined: Joined = serde_json::from_slice(copy.json()).unwrap();
        assert_eq!(joined.fingerprint, keys.public().fingerprint().to_string());
        joined.fingerprint
    }

    /// Files a plain text, with a request id drawn from the given seed.
    pub fn file_text(&self, name: &str, text: &str, marking: &str, seed: u64) -> FilingDone {
        self.try_file(name, "note.txt", text.as_bytes(), Some(marking), seed)
            .unwrap()
    }

    pub fn try_file(
        &self,
        name: &str,
        file: &str,
        bytes: &[u8],
        marking: Option<&str>,
        seed: u64,
    ) -> Result<FilingDone, Refusal> {
        let mut stream = Stream::from_seed([0; 32]);
        let mut filing = filing(file);
        filing.marking = marking.map(str::to_owned);
        stream.fill(&mut [0; 8]);
        let mut seeded = [0; 32];
        seeded[..8].copy_from_slice(&seed.to_le_bytes());
        filing.request = Some(RequestId::random(&mut Stream::from_seed(seeded)).to_string());
        self.file(name, &filing, bytes)
    }

    pub fn file(&self, name: &str, filing: &Filing, bytes: &[u8]) -> Result<FilingDone, Refusal> {
        self.clock.advance(Duration::from_millis(7));
        let copy = self
            .guard()
            .file(&self.tokens[name], PEER, filing, bytes, &mut |_| {
                ControlFlow::Continue(())
            })?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }

    /// Files pieces of a recording.
    pub fn try_record(
        &self,
        name: &str,
        record: &str,
        first: u32,
        last: bool,
        bytes: &[u8],
    ) -> Result<RecordingTaken, Refusal> {
        let ask = RecordingAsk {
            record: record.to_owned(),
            first,
            last,
        };
        let token = &self.tokens[name];
        let taken = self.guard().recording(token, PEER, &ask, bytes)?;
        Ok(serde_json::from_slice(taken.json()).unwrap())
    }
    pub fn record(
        &self,
        name: &str,
        record: &str,
        first: u32,
        last: bool,
        bytes: &[u8],
    ) -> RecordingTaken {
        self.try_record(name, record, first, last, bytes).unwrap()
    }
    pub fn list(&self, name: &str) -> Listing {
        self.get(name, Request::List(ListQuery::default()))
    }
    pub fn read(&self, name: &str, record: &str) -> Shown {
        self.get(
            name,
            Request::Read(ReadQuery {
                record: record.to_owned(),
                ..ReadQuery::default()
            }),
        )
    }
    pub fn restrict(&self, name: &str, record: &str, to: &str, portions: &[&str]) -> Restricted {
        self.get(name, restriction(record, to, portions))
    }
}

/// Clearing a person, with a reason.
pub fn grant(name: &str, clearance: &str) -> Request {
    Request::ClearanceGrant(ClearanceGrant {
        name: name.to_owned(),
        clearance: clearance.to_owned(),
        because: Some("for the work on the talks".to_owned()),
        request: None,
    })
}

/// Approving a request.
pub fn approve(id: &str) -> Request {
    Request::Approve(Approve {
        id: id.to_owned(),
        request: None,
    })
}

/// Denying a request.
pub fn deny(id: &str) -> Request {
    Request::Deny(Deny {
        id: id.to_owned(),
        because: "this is not needed".to_owned(),
        request: None,
    })
}

/// Taking a request back.
pub fn take_back(id: &str) -> Request {
    Request::RequestTakeBack(RequestTakeBack {
        id: id.to_owned(),
        request: None,
    })
}

/// A founding by `chief`, who holds every atom, without key holders.
pub fn founding(suite: Suite, policy: Policy) -> Founding {
    Founding {
        policy,
        suite,
        founder: "chief".to_owned(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        key_holders: Vec::new(),
        quorum: 1,
        openers: None,
        founder_holds: true,
        rules: None,
    }
}

/// A filing with a reason.
pub fn filing(file: &str) -> Filing {
    Filing {
        file: file.to_owned(),
        reason: "foreign-relations".to_owned(),
        authority: "the Executive Secretary".to_owned(),
        because: "kept with the talks it belongs to".to_owned(),
        ..Filing::default()
    }
}

/// A grading of a record, or of portions of it.
pub fn grading(record: &str, grade: &str, portions: &[&str]) -> Request {
    Request::Grade(Grade {
        record: record.to_owned(),
        portions: portions.iter().map(|p| (*p).to_owned()).collect(),
        judged: Judgement {
            grade: Some(grade.to_owned()),
            ..Judgement::default()
        },
        request: None,
    })
}

/// A restriction with a reason.
pub fn restriction(record: &str, to: &str, portions: &[&str]) -> Request {
    Request::Restrict(Restrict {
        records: vec![record.to_owned()],
        to: to.to_owned(),
        portions: portions.iter().map(|p| (*p).to_owned()).collect(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "names a channel that is still in use".to_owned(),
        practice: None,
        leave_unchanged: false,
        dry_run: false,
        request: None,
    })
}

/// Asks for a record to be destroyed.
pub fn to_destroy(record: &str) -> Request {
    Request::Ask(RequestAsk {
        ask: RequestFor::Destroy {
            record: record.to_owned(),
        },
        reason: Some("foreign-relations".to_owned()),
        authority: None,
        because: "its term is over".to_owned(),
        request: None,
    })
}

/// Has a record destroyed: one asks, the others approve. Gives the id of the request.
pub fn destroy(world: &World, record: &str, asker: &str, approvers: &[&str]) -> String {
    let made: RequestMade = world.get(asker, to_destroy(record));
    let mut done = false;
    for name in approvers {
        let decided: RequestDecided = world.get(name, approve(&made.id));
        done = decided.carried_out;
    }
    assert!(done, "the last approval carries it out");
    made.id
}
