//! A day in a room on a recording machine: what was done, and what was promised when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strongroom_guard::api::*;
use strongroom_guard::limits::FILING_CHUNK_BYTES;
use strongroom_guard::{Environment, Guard, OpenError, Outside};
use strongroom_label::Policy;
use strongroom_record::Stream;
use strongroom_record::limits::RECORDING_PIECE_BYTES;
use strongroom_seal::Suite;
use strongroom_vault::Vault;
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::testing::{Machine, Recording};

use crate::common::{World, approve, grading, house_key, restriction};
use crate::later;

/// The device that the store lies on.
pub(crate) const STORE: &str = "store";
const SLOTS: &str = "slots";
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
    /// The records that came of each file of a folder, by its path.
    pub(crate) filed: BTreeMap<String, Vec<String>>,
    /// Records whose recording was begun.
    pub(crate) recorded: Vec<String>,
}

/// A record that was acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Promised {
    pub(crate) words: String,
    pub(crate) marking: String,
    pub(crate) shown: usize,
    /// The words of its versions, the first one first.
    pub(crate) versions: Vec<String>,
    /// Links at either end of it.
    pub(crate) links: usize,
    /// It was graded.
    pub(crate) graded: bool,
    /// Pieces of its recording that are in.
    pub(crate) pieces: u32,
    /// Somebody asked for it to be withdrawn: what is left of it is told by its words.
    pub(crate) going: bool,
}

/// A file that is filed with its folder, as often as it takes.
#[derive(Debug, Clone)]
pub(crate) struct Batched {
    pub(crate) ask: Filing,
    pub(crate) bytes: Vec<u8>,
    /// The operation at which it was begun.
    pub(crate) begun_at: u64,
    /// The headings of its records.
    pub(crate) headings: Vec<String>,
}

/// A day that was lived.
pub(crate) struct Day {
    pub(crate) name: String,
    pub(crate) recording: Recording,
    /// The operation at which the room was open: founding had ended.
    pub(crate) opened_at: u64,
    /// Each with the operation from which on it holds.
    pub(crate) promises: Vec<(u64, Promise)>,
    pub(crate) batch: Vec<Batched>,
    /// The recording that every recorded record of the day has.
    pub(crate) said: Vec<u8>,
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
        life.ada();
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
        life.talk("a call that was taped", "Secret");
        life.grade(&two, "B2");
        life.link(&three, "denial", &two);
        life.batch("in/one.txt", "Secret");
        life.close_and_open();
        life.batch("in/two.txt", "Open");
        life.grade(&two, "C3");
        life.withdraw(&four);
        life.keep();
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
        for n in 0..8 {
            let [what, which, more] = draw.bytes::<3>();
            let record = (!records.is_empty()).then(|| usize::from(which) % records.len());
            let marking = ["Open", "Secret", "Secret; Nodis"][usize::from(more) % 3];
            let words = format!("words {n} of {seed}");
            match (what % 20, record) {
                (0..=2, _) | (_, None) => records.push(life.file(&words, marking)),
                (3 | 4, Some(at)) => life.read(&records[at]),
                (5 | 6, Some(at)) => life.restrict(&records[at], "Secret; Nodis"),
                (7, _) => life.list(),
                (8, _) => life.tick(),
                (9, _) => life.close_and_open(),
                (10, Some(at)) => life.history(&records[at]),
                (11 | 12, Some(at)) => life.correct(&records[at], &format!("heard again, {n}")),
                (13, Some(at)) => {
                    let other = usize::from(more) % records.len();
                    let kind = ["denial", "response"][n % 2];
                    life.link(&records[at], kind, &records[other]);
                }
                (14, Some(at)) => life.grade(&records[at], ["A1", "F6"][n % 2]),
                (15, Some(at)) => life.withdraw(&records[at]),
                (16, _) => records.push(life.talk(&words, marking)),
                (17 | 18, _) => life.batch(&format!("in/{n}.txt"), marking),
                _ => life.keep(),
            }
        }
        life.end()
    }

    /// What takes several commits: a recording in pieces, and a volume that is filed with its folder. Crashes are of
    /// interest from then on.
    pub(crate) fn long() -> Self {
        let mut life = Life::begin("the long day", 1_000);
        life.said = (0..RECORDING_PIECE_BYTES + 17)
            .map(|n| (n % 251) as u8)
            .collect();
        life.tick();
        life.opened_at = life.machine.operations();
        life.talk("a long call", "Secret");
        life.volume("in/talks.xml", "Secret");
        life.tick();
        life.end()
    }
}

/// Opens the room that lies on a machine.
pub(crate) fn open(machine: &Machine, house: &[u8], env: &Environment) -> Result<Guard, OpenError> {
    let vault = Vault::with_backends(machine.disk(STORE), machine.disk(SLOTS))
        .map_err(strongroom_guard::Fault::from)?;
    let outside = Outside {
        folder: Some(LedgerFolder::over(machine.folder(FOLDER))),
        anchor: Some(HeadFile::over(machine.folder(OUTSIDE), "anchor")),
        witnesses: None,
        disclosures: None,
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
    batch: Vec<Batched>,
    said: Vec<u8>,
    /// Who was added.
    known: BTreeSet<&'static str>,
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
            batch: Vec::new(),
            said: b"What was said, as it was recorded.".to_vec(),
            known: BTreeSet::new(),
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
            batch: self.batch,
            said: self.said,
            house: self.world.house,
            env: self.world.env,
        }
    }

    fn ada(&mut self) {
        let roles = ["reader", "records-officer"];
        self.world.add_person("ada", &roles, "Secret, Open");
        self.known.insert("ada");
        self.promise();
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
        self.filed(&done, words, marking)
    }
    /// Notes that the one record of a filing is promised.
    fn filed(&mut self, done: &FilingDone, words: &str, marking: &str) -> String {
        let record = done.records[0].record.clone();
        let promised = Promised {
            words: words.to_owned(),
            marking: marking.to_owned(),
            versions: vec![words.to_owned()],
            ..Promised::default()
        };
        self.now.records.insert(record.clone(), promised);
        self.promise();
        record
    }
    fn promised(&mut self, record: &str) -> &mut Promised {
        self.now.records.get_mut(record).expect("it was filed")
    }
    /// The newest version says what the one before it said, and more.
    fn correct(&mut self, record: &str, more: &str) {
        if self.promised(record).going {
            return;
        }
        let words = format!("{}, {more}", self.promised(record).words);
        let ask = later::correction(record, "Open");
        self.world.file("chief", &ask, words.as_bytes()).unwrap();
        let promised = self.promised(record);
        promised.versions.push(words.clone());
        promised.words = words;
        self.promise();
    }
    /// One asks, another does it, who may not be able to see the record any more.
    fn withdraw(&mut self, record: &str) {
        let Ok(made) = self.world.ask("chief", &later::withdraw(record)) else {
            self.promise();
            return;
        };
        let made: RequestMade = serde_json::from_slice(&made).unwrap();
        self.promise();
        if !self.known.contains("ada") {
            self.ada();
        }
        self.world.sign_in("ada");
        // While it is being done the words may be there or gone; that the record is known is promised.
        let promised = self.promised(record);
        promised.going = true;
        let words = std::mem::replace(&mut promised.words, record.to_owned());
        self.promise();
        let promised = match self.world.ask("ada", &approve(&made.id)) {
            Ok(_) => "withdrawn: Some".to_owned(),
            Err(_) => words,
        };
        self.promised(record).words = promised;
        self.promise();
    }
    /// A record whose recording comes after it, by as many pieces as it takes.
    fn talk(&mut self, words: &str, marking: &str) -> String {
        self.filed += 1;
        let ask = Filing {
            recording: Some(later::said_of(&self.said)),
            ..later::marked("talk.txt", marking)
        };
        let done = self.world.file("chief", &ask, words.as_bytes()).unwrap();
        self.now.recorded.push(done.records[0].record.clone());
        let record = self.filed(&done, words, marking);
        let pieces = self.said.chunks(RECORDING_PIECE_BYTES).count();
        for n in 0..pieces {
            let from = n * RECORDING_PIECE_BYTES;
            let until = self.said.len().min(from + RECORDING_PIECE_BYTES);
            let (first, last) = (u32::try_from(n).unwrap(), n + 1 == pieces);
            let bytes = &self.said[from..until];
            self.world.record("chief", &record, first, last, bytes);
            self.promised(&record).pieces = first + 1;
            self.promise();
        }
        record
    }
    /// What is said of it twice, or of itself, or of what is no more, is refused, and that is an event too.
    fn link(&mut self, from: &str, kind: &str, to: &str) {
        if self
            .world
            .ask("chief", &later::link(from, kind, to, None))
            .is_ok()
        {
            self.promised(from).links += 1;
            self.promised(to).links += 1;
        }
        self.promise();
    }
    fn grade(&mut self, record: &str, grade: &str) {
        let ask = grading(record, grade, &[]);
        if self.world.ask("chief", &ask).is_ok() {
            self.promised(record).graded = true;
        }
        self.promise();
    }
    fn keep(&mut self) {
        self.world.guard().keep_state().unwrap();
        self.promise();
    }
    /// A file of one record, of a folder.
    fn batch(&mut self, path: &str, marking: &str) {
        let heading = format!("The file {path}");
        let bytes = format!("{heading}\n\nIts words.\n").into_bytes();
        self.file_within(path, marking, bytes, vec![heading]);
    }
    /// A file that takes several commits: its second record alone has as many bytes as one aims at.
    fn volume(&mut self, path: &str, marking: &str) {
        let headings: Vec<String> = (0..3).map(|n| format!("Talk {n}")).collect();
        let comment = format!("<!--{}-->", " ".repeat(1 << 10));
        let long = comment.repeat(FILING_CHUNK_BYTES >> 10);
        let documents = headings.iter().enumerate().map(|(n, heading)| {
            let long = if n == 1 { &long } else { "" };
            format!("<div type=\"document\" xml:id=\"d{n}\"><head>{heading}</head><p>Words.</p>{long}</div>\n")
        });
        let documents: String = documents.collect();
        let tei = format!("<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">{documents}</TEI>");
        self.file_within(path, marking, tei.into_bytes(), headings);
    }
    fn file_within(&mut self, path: &str, marking: &str, bytes: Vec<u8>, headings: Vec<String>) {
        let name = path.rsplit('/').next().unwrap();
        let ask = Filing {
            within: Some(path.to_owned()),
            ..later::marked(name, marking)
        };
        let begun_at = self.machine.operations();
        let done = self.world.file("chief", &ask, &bytes).unwrap();
        assert!(done.complete && done.records.len() == headings.len());
        let ids = done.records.into_iter().map(|r| r.record).collect();
        self.now.filed.insert(path.to_owned(), ids);
        self.batch.push(Batched {
            ask,
            bytes,
            begun_at,
            headings,
        });
        self.promise();
    }
    fn read(&mut self, record: &str) {
        let shown = self.world.read("chief", record);
        let promised = self.now.records.get_mut(record).unwrap();
        // That what is left of a withdrawn record was shown is an event, and no opening.
        let opened = shown.withdrawn.is_none();
        let shown = format!("{shown:?}");
        assert!(
            shown.contains(&promised.words),
            "{} in {shown}",
            promised.words
        );
        promised.shown += usize::from(opened);
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
