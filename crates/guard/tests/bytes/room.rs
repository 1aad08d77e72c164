//! A room that was closed in order, and what is said of a changed copy of it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use strongroom_guard::api::*;
use strongroom_guard::{Environment, Guard, OpenError, Outside, Token};
use strongroom_seal::Suite;
use strongroom_tlog::checkpoint::LogPublicKeys;
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::{Entry, Key, Standing, StorageBackend, Vault};

use crate::common::{PASSPHRASE, PEER, World, house_key};
use crate::files::FakeFiles;
use crate::small;

const ANCHOR: &str = "anchor";
const PERSONS: [&str; 3] = ["chief", "alice", "clerk"];

/// A closed room: its store, its ledger's folder and its anchor, and what it says.
pub(crate) struct Closed {
    pub(crate) store: Arc<[u8]>,
    pub(crate) folder: FakeFiles,
    pub(crate) anchor: FakeFiles,
    pub(crate) keys: LogPublicKeys,
    house: Vec<u8>,
    env: Environment,
}

/// A day in a small room, which can be closed at several times.
pub(crate) struct Life {
    world: World,
    folder: FakeFiles,
    anchor: FakeFiles,
}

/// All that a store gives to those above it.
#[derive(PartialEq, Eq)]
pub(crate) struct Held {
    standing: Standing,
    rows: Vec<(Key, Vec<u8>)>,
    /// With what was deleted.
    changes: Vec<(Key, Option<Vec<u8>>)>,
    entries: Vec<Entry>,
}

/// Who said that a room is not what it was, and in which words.
#[derive(Debug)]
#[allow(dead_code, reason = "the words are shown when a test fails")]
pub(crate) enum Named {
    Opening(String),
    /// The ledger's folder or the anchor has seen more.
    Outside(String),
    Check(String),
    /// A person's request, the room having opened and been found sound.
    Reading(String),
}

/// What a room says to all its people, at its opening: the head of its tree, what the check found, and every
/// word that each can get at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    head: (u64, String),
    checked: (u64, u64, u64),
    words: Vec<String>,
}

impl Said {
    /// The same words, and the same head or one that lacks so many entries.
    pub(crate) fn is_older_by(&self, entries: u64, whole: &Self) -> bool {
        self.head.0 + entries == whole.head.0 && self.words == whole.words
    }
    /// The same head and the same words, whatever rows there are.
    pub(crate) fn tells_the_same(&self, other: &Self) -> bool {
        self.head == other.head && self.words == other.words
    }
}

impl Life {
    /// Records under a label's key and under a batch key, two restrictions, the state kept.
    pub(crate) fn begin() -> Self {
        let mut life = Self {
            world: small::room(5, Suite::Mock),
            folder: FakeFiles::default(),
            anchor: FakeFiles::default(),
        };
        life.open();
        let world = &mut life.world;
        world.sign_in("chief");
        world.add_person("alice", &["reader"], "at-most Secret");
        world.add_person("clerk", &["records-officer", "reader"], "Open");
        let mut records = Vec::new();
        for (n, filer) in (0..).zip(["chief", "chief", "chief", "clerk", "clerk"]) {
            let text = format!("Note {n}\n\nThe first thing of {n}.\n\nThe second thing of {n}.\n");
            let filed = world.file_text(filer, &text, "Secret", n);
            records.push(filed.records[0].record.clone());
        }
        world.restrict("chief", &records[0], "Top Secret", &[]);
        world.restrict("chief", &records[0], "Nodis", &[]);
        let _ = world.read("chief", &records[1]);
        world.guard().keep_state().unwrap();
        life
    }
    /// What changes rows that are there: a further restriction, a portion parted, a label key taken over, a
    /// passphrase changed (and changed back), the kept state.
    pub(crate) fn go_on(&mut self) {
        self.open();
        self.sign_in();
        let other = "ability abiding abide abdominal abdomen abacus".to_owned();
        let usual = PASSPHRASE.to_owned();
        for (old, new) in [(usual.clone(), other.clone()), (other, usual)] {
            let request = None;
            let change = Request::Passphrase(PassphraseChange { old, new, request });
            self.world.ask("alice", &change).unwrap();
        }
        let world = &self.world;
        let ids: Vec<String> = world
            .list("chief")
            .records
            .into_iter()
            .map(|r| r.id)
            .collect();
        for id in &ids {
            let shown = format!("{:?}", world.read("chief", id));
            if shown.contains("Note 1") {
                world.restrict("chief", id, "Top Secret", &["1"]);
            }
            if shown.contains("Note 3") {
                world.restrict("chief", id, "Top Secret", &[]);
            }
        }
        world.guard().keep_state().unwrap();
    }
    /// Notes of these numbers more. Gives the number behind the last.
    pub(crate) fn file_notes(&mut self, notes: std::ops::Range<u64>) -> u64 {
        self.open();
        self.sign_in();
        let dull = "It was a long talk of which little is to be told. ".repeat(30);
        let end = notes.end;
        for n in notes {
            let text = format!("Talk {n}\n\n{dull}\n\nIts end was the {n}th.\n");
            self.world.file_text("chief", &text, "Secret", 1_000 + n);
        }
        end
    }
    /// Copies everything as it is while the room is open, so many entries (none, or one) after the last
    /// checkpoint.
    pub(crate) fn crash(&mut self, uncovered: u64) -> Closed {
        if self.world.guard.is_none() {
            self.open();
        }
        self.sign_in();
        self.world.guard().tick();
        for _ in 0..uncovered {
            let _ = self.world.list("chief");
        }
        self.copy_with(self.world.disk.image())
    }
    fn copy_with(&self, store: Vec<u8>) -> Closed {
        Closed {
            store: store.into(),
            folder: self.folder.copy(),
            anchor: self.anchor.copy(),
            keys: self.world.guard().log_keys(),
            house: self.world.house.clone(),
            env: self.world.env.clone(),
        }
    }
    fn sign_in(&mut self) {
        for name in PERSONS {
            self.world.sign_in(name);
        }
    }
    fn open(&mut self) {
        if self.world.guard.is_some() {
            // It is to be opened with what lies outside the store.
            let guard = self.world.guard.take().unwrap();
            guard.shut().unwrap();
        }
        self.world.tokens.clear();
        let vault = Vault::with_backend(self.world.disk.clone()).unwrap();
        let guard = Guard::open_with(
            vault,
            house_key(&self.world.house, self.world.env.floor),
            self.world.env.clone(),
            outside(&self.folder, &self.anchor),
        );
        self.world.guard = Some(guard.unwrap());
    }
    /// Closes the room, and copies everything.
    pub(crate) fn close(&mut self) -> Closed {
        let guard = self.world.guard.take().unwrap();
        let keys = guard.log_keys();
        guard.shut().unwrap();
        Closed {
            store: self.world.disk.image().into(),
            folder: self.folder.copy(),
            anchor: self.anchor.copy(),
            keys,
            house: self.world.house.clone(),
            env: self.world.env.clone(),
        }
    }
}

fn outside(folder: &FakeFiles, anchor: &FakeFiles) -> Outside {
    Outside {
        folder: Some(LedgerFolder::over(folder.clone())),
        anchor: Some(HeadFile::over(anchor.clone(), ANCHOR)),
        ..Outside::default()
    }
}

impl Held {
    /// Everything of a store that opens.
    pub(crate) fn of(disk: impl StorageBackend) -> Result<Self, String> {
        let read = || {
            let vault = Vault::with_backend(disk)?;
            let snapshot = vault.snapshot()?;
            let mut entries: Vec<Entry> = Vec::new();
            loop {
                let page = snapshot.entries(entries.len() as u64, 1 << 10)?;
                if page.is_empty() {
                    break;
                }
                entries.extend(page);
            }
            Ok::<_, strongroom_vault::VaultError>(Self {
                standing: snapshot.standing()?,
                rows: snapshot.all()?.collect::<Result<_, _>>()?,
                changes: snapshot.changes(0)?.collect::<Result<_, _>>()?,
                entries,
            })
        };
        read().map_err(|e| e.to_string())
    }
}

impl Closed {
    /// What a room says whose store lies on this disk.
    pub(crate) fn said_on(&self, disk: impl StorageBackend) -> Result<Said, Named> {
        self.said(disk, &self.folder.copy(), &self.anchor.copy())
    }
    /// Opens the room on a changed store, or with a changed folder or anchor, has it checked, and asks for
    /// all that its people may see.
    pub(crate) fn said(
        &self,
        disk: impl StorageBackend,
        folder: &FakeFiles,
        anchor: &FakeFiles,
    ) -> Result<Said, Named> {
        let guard = self.open(disk, folder, anchor)?;
        let head = guard.head(&HeadQuery::default()).map_err(by_reading)?;
        let head: HeadShown = serde_json::from_slice(head.json()).unwrap();
        let mut lines = head.checkpoint.lines().skip(1);
        let size = lines.next().unwrap().parse().unwrap();
        let root = lines.next().unwrap().to_owned();
        settled(&guard)?;
        let checked = checked(&guard)?;
        let words = everything_shown(&guard).map_err(Named::Reading)?;
        settled(&guard)?;
        Ok(Said {
            head: (size, root),
            checked,
            words,
        })
    }

    /// Opens the room, and has it checked; nobody signs in.
    pub(crate) fn opens_and_is_sound(&self, disk: impl StorageBackend) -> Result<(), Named> {
        self.opens_and_is_sound_with(disk, &self.folder.copy(), &self.anchor.copy())
    }
    /// The same with a changed folder or anchor, which the guard writes to when it has time.
    pub(crate) fn opens_and_is_sound_with(
        &self,
        disk: impl StorageBackend,
        folder: &FakeFiles,
        anchor: &FakeFiles,
    ) -> Result<(), Named> {
        let guard = self.open(disk, folder, anchor)?;
        // What is damaged outside the store is written anew, and a check names it until it is.
        settled(&guard)?;
        checked(&guard)?;
        settled(&guard)
    }

    fn open(
        &self,
        disk: impl StorageBackend,
        folder: &FakeFiles,
        anchor: &FakeFiles,
    ) -> Result<Guard, Named> {
        let vault = Vault::with_backend(disk).map_err(|e| Named::Opening(e.to_string()))?;
        let house = house_key(&self.house, self.env.floor);
        let guard = Guard::open_with(vault, house, self.env.clone(), outside(folder, anchor))
            .map_err(|e| match e {
                OpenError::Fault(fault) if fault.to_string().contains("an older copy:") => {
                    Named::Outside(fault.to_string())
                }
                other => Named::Opening(other.to_string()),
            })?;
        match guard.status().because {
            Some(because) => Err(Named::Opening(because)),
            None => Ok(guard),
        }
    }
}

/// Lets the room bring up what lies outside the store; says why if that closes it.
fn settled(guard: &Guard) -> Result<(), Named> {
    // It is written, and compared, by a thread that a tick waits for only so long.
    for _ in 0..4 {
        guard.tick();
        thread::sleep(Duration::from_millis(1));
    }
    match guard.status().because {
        Some(because) => Err(Named::Opening(because)),
        None => Ok(()),
    }
}

fn checked(guard: &Guard) -> Result<(u64, u64, u64), Named> {
    let copy = guard
        .check(PEER, PEER, &CheckAsk::default(), &mut |_| {
            ControlFlow::Continue(())
        })
        .map_err(by_reading)?;
    let checked: Checked = serde_json::from_slice(copy.json()).unwrap();
    if !checked.is_sound() || !checked.not_checked.is_empty() {
        let findings = format!("{:?} {:?}", checked.findings, checked.not_checked);
        return Err(Named::Check(findings));
    }
    Ok((checked.entries, checked.rows, checked.bytes))
}

fn by_reading(refusal: strongroom_guard::Refusal) -> Named {
    Named::Reading(refusal.message)
}

/// Every word that each person can get at.
fn everything_shown(guard: &Guard) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    for name in PERSONS {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let signed = guard.sign_in(&ask, PEER).map_err(|e| e.message)?;
        let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
        let token = Token::presented(&signed.token);
        let ask = |request: Request| {
            let copy = guard.call(&token, PEER, &request);
            copy.map(|c| c.json().to_vec()).map_err(|e| e.message)
        };
        let listing: Listing =
            serde_json::from_slice(&ask(Request::List(ListQuery::default()))?).unwrap();
        words.push(format!("{name}: {:?}", listing.records));
        for row in listing.records {
            for original in [false, true] {
                let record = row.id.clone();
                // That there is no original for this reader is told by a refusal.
                let shown = match ask(Request::Read(ReadQuery {
                    record,
                    original,
                    ..ReadQuery::default()
                })) {
                    Err(_) if original && guard.is_open().is_ok() => continue,
                    shown => shown?,
                };
                let shown: Shown = serde_json::from_slice(&shown).unwrap();
                words.push(format!(
                    "{:?} {:?} {:?}",
                    shown.header, shown.portions, shown.original
                ));
            }
            let told = ask(Request::History(RecordRef { record: row.id }))?;
            let told: History = serde_json::from_slice(&told).unwrap();
            // Openings are what this very function adds.
            let told = told.events.iter().filter(|e| e.what != "opened for");
            words.extend(told.map(|e| format!("{e:?}")));
        }
        if name == PERSONS[0] {
            ask(Request::LedgerCheck)?;
        }
    }
    Ok(words)
}
