//! A day in a room on a recording machine: what was done, and what was promised when.

use std::collections::BTreeMap;
use std::time::Duration;

use strongroom_guard::api::*;
use strongroom_guard::{Environment, Guard, OpenError, Outside};
use strongroom_label::Policy;
use strongroom_record::Stream;
use strongroom_seal::Suite;
use strongroom_vault::Vault;
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::testing::{Machine, Recording};

use crate::common::{World, filing, house_key, restriction};

/// The device that the store lies on.
pub(crate) const STORE: &str = "store";
/// The device of the ledger's folder.
const FOLDER: &str = "ledger";
/// The device of the anchor.
const OUTSIDE: &str = "outside";

/// Few atoms, so that a room is founded in no time.
const POLICY: &str = r#"
name = "two"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[level]]
name = "Secret"
rank = 5
portion = "S"
[[category]]
name = "Caption"
kind = "restrictive"
values = [{ name = "Nodis" }]
[[reason]]
code = "foreign-relations"
description = "Foreign relations."
"#;

/// What the room answered for, from an instant on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Promise {
    /// The checkpoint of all that was acknowledged.
    pub(crate) checkpoint: String,
    /// The words of each record, and how often they were shown.
    pub(crate) records: BTreeMap<String, Promised>,
}

/// A record that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Promised {
    pub(crate) words: String,
    pub(crate) marking: String,
    pub(crate) shown: usize,
}

/// A day that was lived.
pub(crate) struct Day {
    pub(crate) name: String,
    pub(crate) recording: Recording,
    /// The operation at which the room was open: founding had ended.
    pub(crate) opened_at: u64,
    /// Each with the operation from which on it holds.
    pub(crate) promises: Vec<(u64, Promise)>,
    pub(crate) house: Vec<u8>,
    pub(crate) env: Environment,
}

impl Day {
    /// The promise that was given last before an operation.
    pub(crate) fn promised(&self, operation: u64) -> &Promise {
        let given = self.promises.iter().rfind(|(at, _)| *at <= operation);
        &given.expect("the room was open").1
    }

    /// Everything that a day may bring, in an order that tells a story.
    pub(crate) fn scripted() -> Self {
        let mut life = Life::begin("the scripted day", 1);
        life.tick();
        let one = life.file("a call at dawn", "Open");
        life.read(&one);
        let roles = ["reader", "records-officer"];
        life.world.add_person("ada", &roles, "Secret, Open");
        life.promise();
        let two = life.file("a call at noon", "Secret");
        life.tick();
        life.list();
        life.read(&two);
        life.restrict(&one, "Secret");
        life.read(&one);
        life.tick();
        life.passphrase();
        life.refused();
        life.close_and_open();
        life.read(&two);
        let three = life.file("a call at dusk", "Secret; Nodis");
        life.tick();
        life.correct(&one, "a call at dawn, heard again");
        life.read(&one);
        life.restrict(&two, "Secret; Nodis");
        life.history(&two);
        let four = life.file("a call for another room", "Secret");
        life.withdraw(&four);
        life.receipts();
        life.read(&three);
        life.sign_out();
        life.tick();
        life.close_and_open();
        life.list();
        life.end()
    }

    /// Some of it, as a seed draws it.
    pub(crate) fn random(seed: u64) -> Self {
        let mut life = Life::begin(&format!("random day {seed}"), seed + 2);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut draw = Stream::from_seed(bytes);
        let mut records = Vec::new();
        for n in 0..6 {
            let [what, which] = draw.bytes::<2>();
            let record = (!records.is_empty()).then(|| usize::from(which) % records.len());
            match (what % 12, record) {
                (0..=2, _) | (_, None) => {
                    let marking = ["Open", "Secret", "Secret; Nodis"][usize::from(which) % 3];
                    records.push(life.file(&format!("words {n} of {seed}"), marking));
                }
                (3 | 4, Some(at)) => life.read(&records[at]),
                (5 | 6, Some(at)) => life.restrict(&records[at], "Secret; Nodis"),
                (7, _) => life.list(),
                (8 | 9, _) => life.tick(),
                (10, _) => life.close_and_open(),
                (_, Some(at)) => life.history(&records[at]),
            }
        }
        life.end()
    }
}

/// Opens the room that lies on a machine.
pub(crate) fn open(machine: &Machine, house: &[u8], env: &Environment) -> Result<Guard, OpenError> {
    let vault = Vault::with_backend(machine.disk(STORE)).map_err(strongroom_guard::Fault::from)?;
    let outside = Outside {
        folder: Some(LedgerFolder::over(machine.folder(FOLDER))),
        anchor: Some(HeadFile::over(machine.folder(OUTSIDE), "anchor")),
        witnesses: None,
    };
    Guard::open_with(vault, house_key(house, env.floor), env.clone(), outside)
}

/// A day while it is lived.
struct Life {
    name: String,
    machine: Machine,
    world: World,
    opened_at: u64,
    promises: Vec<(u64, Promise)>,
    now: Promise,
    filed: u64,
}

impl Life {
    fn begin(name: &str, seed: u64) -> Self {
        let machine = Machine::recording();
        let policy = Policy::from_toml(POLICY).unwrap();
        let world = World::founded_on(machine.disk(STORE), seed, Suite::Mock, policy);
        let opened_at = machine.operations();
        let mut life = Self {
            name: name.to_owned(),
            machine,
            world,
            opened_at,
            promises: vec![(opened_at, Promise::default())],
            now: Promise::default(),
            filed: 0,
        };
        life.open();
        life
    }
    fn open(&mut self) {
        let guard = open(&self.machine, &self.world.house, &self.world.env).unwrap();
        self.world.guard = Some(guard);
        self.world.sign_in("chief");
        self.promise();
    }
    /// Notes that all which was answered until now is promised.
    fn promise(&mut self) {
        self.now.checkpoint = self.world.guard().status().checkpoint;
        self.promises
            .push((self.machine.operations(), self.now.clone()));
    }
    fn end(mut self) -> Day {
        self.world.guard.take().unwrap().shut().unwrap();
        Day {
            name: self.name,
            recording: self.machine.recorded(),
            opened_at: self.opened_at,
            promises: self.promises,
            house: self.world.house,
            env: self.world.env,
        }
    }

    fn tick(&mut self) {
        self.world.clock.advance(Duration::from_secs(1));
        self.world.guard().tick();
        self.promise();
    }
    fn close_and_open(&mut self) {
        self.world.guard.take().unwrap().shut().unwrap();
        self.world.tokens.clear();
        self.open();
    }
    fn file(&mut self, words: &str, marking: &str) -> String {
        self.filed += 1;
        let done = self.world.file_text("chief", words, marking, self.filed);
        let record = done.records[0].record.clone();
        let promised = Promised {
            words: words.to_owned(),
            marking: marking.to_owned(),
            shown: 0,
        };
        self.now.records.insert(record.clone(), promised);
        self.promise();
        record
    }
    fn correct(&mut self, record: &str, words: &str) {
        let filing = Filing {
            marking: Some("Open".to_owned()),
            correction: Some(Correcting {
                record: record.to_owned(),
                listened: vec!["the duty officer".to_owned()],
                changed: "a word".to_owned(),
                produced: "from the recording".to_owned(),
            }),
            ..filing("again.txt")
        };
        let promised = self.now.records.get_mut(record).unwrap();
        self.world.file("chief", &filing, words.as_bytes()).unwrap();
        promised.words = words.to_owned();
        self.promise();
    }
    /// One asks, another does it.
    fn withdraw(&mut self, record: &str) {
        let ask = WithdrawAsk {
            record: record.to_owned(),
            reason: "foreign-relations".to_owned(),
            authority: None,
            because: "it was meant for another room".to_owned(),
            request: None,
        };
        let _: WithdrawDone = self.world.get("chief", Request::Withdraw(ask));
        self.promise();
        self.world.sign_in("ada");
        // While it is being done the words may be there or gone; that the record is known is promised.
        self.now.records.get_mut(record).unwrap().words = record.to_owned();
        self.promise();
        let approve = WithdrawApprove {
            record: record.to_owned(),
            request: None,
        };
        let _: WithdrawDone = self.world.get("ada", Request::WithdrawApprove(approve));
        self.now.records.get_mut(record).unwrap().words = "withdrawn: Some".to_owned();
        self.promise();
    }
    fn read(&mut self, record: &str) {
        let shown = self.world.read("chief", record);
        let promised = self.now.records.get_mut(record).unwrap();
        assert!(format!("{shown:?}").contains(&promised.words));
        promised.shown += 1;
        self.promise();
    }
    fn list(&mut self) {
        let _ = self.world.list("chief");
        self.promise();
    }
    fn history(&mut self, record: &str) {
        let record = record.to_owned();
        let _: History = self
            .world
            .get("chief", Request::History(RecordRef { record }));
        self.promise();
    }
    fn receipts(&mut self) {
        let ask = Request::Receipt(ReceiptQuery::default());
        let _: Receipts = self.world.get("chief", ask);
        self.promise();
    }
    fn restrict(&mut self, record: &str, to: &str) {
        let ask = restriction(record, to, &[]);
        // One that raises nothing is refused, and that is an event too.
        if self.world.ask("chief", &ask).is_ok() {
            self.now.records.get_mut(record).unwrap().marking = to.to_owned();
        }
        self.promise();
    }
    fn refused(&mut self) {
        let record = "0".repeat(26);
        let _ = self.world.refused(
            "ada",
            Request::Read(ReadQuery {
                record,
                original: false,
                ..Default::default()
            }),
        );
        self.promise();
    }
    fn passphrase(&mut self) {
        let old = crate::common::PASSPHRASE.to_owned();
        let new = "ability abiding abide abdominal abdomen abacus".to_owned();
        for (old, new) in [(old.clone(), new.clone()), (new, old)] {
            let change = PassphraseChange {
                old,
                new,
                request: None,
            };
            self.world
                .ask("chief", &Request::Passphrase(change))
                .unwrap();
        }
        self.promise();
    }
    fn sign_out(&mut self) {
        self.world.ask("chief", &Request::SignOut).unwrap();
        self.promise();
    }
}
