//! Whoever takes the whole store and the house key reads account names and label names, and nothing else.
//!
//! The room is filled with a real volume, read, restricted, and given reasons with words of their own. Then
//! every row of the store is searched for every piece of twelve bytes of everything that was ever said in it.

mod common;
#[path = "common/later.rs"]
mod later;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/marked.rs"]
mod marked;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use common::{World, filing, house_key};
use loot::{EVENT, House, Loot};
use small::loot as take;
use strongroom_guard::api::*;
use strongroom_label::Policy;
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::{decode, encode};
use strongroom_seal::{Suite, SuiteFloor};
use strongroom_vault::Key;
use thief::{Thief, contains};

const VOLUME: &[u8] = include_bytes!("../../../examples/frus1969-76v12.xml.gz");

/// What is said beside the volume: reasons, authorities, holders, systems, and a file of its own.
const SAID: [&str; 21] = [
    "Understanding with the ambassador of 7 March",
    "the Undersecretary for harbours and lighthouses",
    "because the lighthouse keeper is a relative of his",
    "an older registry in the cellar",
    "the widow of the consul in Trieste",
    "the second reason, given when it was raised",
    "by order of the night watch",
    "A heading that stands in no volume",
    // What comes later, and lies beside.
    "the interpreter of the consulate at Smyrna",
    "the harbour was Antwerp, and not Ostend",
    "transcribed from the second of three reels",
    "Words that only the corrected version has",
    "it was meant for the registry at Leith",
    "manifest of the brig Constance.txt",
    "Forty casks of indigo and a cage of finches",
    "second reel of the consul.ogg",
    "THE VOICE OF THE CONSUL AS THE REEL HAS IT",
    "papers from the attic/drawer of the widow/will.txt",
    "What stood in the drawer of the widow",
    "made up by the harbour pilot when he was drunk",
    "A denial by the owner of the brig",
];

/// Of the files beside a letter: what they are called, and what is in them.
const ENCLOSED: [later::Enclosure; 1] = [(SAID[13], SAID[14].as_bytes())];

/// Bytes that a search looks for: any piece of so many bytes, so that no encoding of a text around it hides it.
const WINDOW: usize = 12;

/// Shorter texts (a name, a place) are looked for whole, unless they are too short to mean anything.
const SHORTEST: usize = 6;

/// Everything that must not be found.
#[derive(Default)]
struct Secrets {
    windows: HashSet<[u8; WINDOW]>,
    short: HashMap<[u8; SHORTEST], BTreeSet<String>>,
    /// Which beginnings of three bytes occur: most of a row's bytes are passed over by this alone.
    begins: Vec<bool>,
}

impl Secrets {
    fn of(texts: &BTreeSet<String>, allowed: &[u8]) -> Self {
        let pieces: HashSet<&[u8]> = allowed.windows(WINDOW).collect();
        let mut secrets = Self {
            begins: vec![false; 1 << 24],
            ..Self::default()
        };
        for text in texts {
            if text.len() < WINDOW {
                let begin: Option<[u8; SHORTEST]> = text.as_bytes().first_chunk().copied();
                if let Some(begin) = begin
                    && !contains(allowed, text.as_bytes())
                {
                    secrets.begins[place(&begin)] = true;
                    secrets.short.entry(begin).or_default().insert(text.clone());
                }
                continue;
            }
            for window in text.as_bytes().windows(WINDOW) {
                if !pieces.contains(window) {
                    secrets.begins[place(window)] = true;
                    secrets.windows.insert(window.try_into().unwrap());
                }
            }
        }
        secrets
    }

    /// What of it stands in some bytes.
    fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for at in 0..bytes.len().saturating_sub(SHORTEST - 1) {
            let rest = &bytes[at..];
            if !self.begins[place(rest)] {
                continue;
            }
            if let Some(window) = rest.first_chunk::<WINDOW>()
                && self.windows.contains(window)
            {
                found.insert(String::from_utf8_lossy(window).into_owned());
            }
            let begin = rest.first_chunk::<SHORTEST>().unwrap();
            for text in self.short.get(begin).into_iter().flatten() {
                if rest.starts_with(text.as_bytes()) {
                    found.insert(text.clone());
                }
            }
        }
        found
    }

    fn in_rows(&self, rows: &[Vec<u8>]) -> BTreeSet<String> {
        rows.iter().flat_map(|row| self.in_bytes(row)).collect()
    }
}

fn place(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
}

/// Every text that the founder, who holds everything, is shown.
fn everything_said(room: &World) -> BTreeSet<String> {
    let mut said: BTreeSet<String> = SAID.map(str::to_owned).into();
    let mut listing = ListQuery {
        limit: Some(1000),
        after: None,
    };
    loop {
        let page: Listing = room.get("chief", Request::List(listing.clone()));
        for row in &page.records {
            let shown = room.read("chief", &row.id);
            for portion in shown.portions {
                said.extend([portion.text]);
                said.extend(portion.speaker);
                said.extend(portion.gaps);
            }
            for field in shown.header {
                texts_of(&field.value, &mut said);
            }
        }
        listing.after = page.records.last().map(|r| r.id.clone());
        if !page.more {
            return said;
        }
    }
}

fn texts_of(value: &serde_json::Value, out: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => {
            out.insert(text.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|v| texts_of(v, out)),
        serde_json::Value::Object(fields) => fields.values().for_each(|v| texts_of(v, out)),
        _ => {}
    }
}

/// A room in which all was done that the guard can do.
fn filled() -> World {
    let mut room = World::mock(51);
    room.add_person("a-reader-of-little", &["reader"], "at-most Confidential");
    room.add_person("a-reader-of-much", &["reader"], "at-most Top Secret; Nodis");
    room.add_person("an-officer", &["security-officer"], "");
    room.add_person("the-clerk", &["records-officer"], "");
    let mut volume = filing("frus1969-76v12.xml.gz");
    volume.unmarked_as = Some("Confidential".to_owned());
    volume.because = SAID[0].to_owned();
    volume.authority = SAID[1].to_owned();
    volume.from_system = Some(SAID[3].to_owned());
    volume.already_held_by = vec![SAID[4].to_owned()];
    assert_eq!(
        room.file("chief", &volume, VOLUME).unwrap().records.len(),
        229
    );
    let mut note = filing("trieste.txt");
    note.marking = Some("Top Secret; Nodis".to_owned());
    note.because = SAID[2].to_owned();
    let text = format!("{}\n\nSome words more.\n", SAID[7]);
    let blind = room.file("the-clerk", &note, text.as_bytes()).unwrap();

    let listed = room.list("chief").records;
    let restrict = |records: &[String], to: &str, portions: &[&str]| {
        let ask = Restrict {
            records: records.to_vec(),
            to: to.to_owned(),
            portions: portions.iter().map(|p| (*p).to_owned()).collect(),
            reason: "foreign-relations".to_owned(),
            authority: Some(SAID[6].to_owned()),
            because: SAID[5].to_owned(),
            practice: None,
            leave_unchanged: false,
            dry_run: false,
            request: None,
        };
        let _: Restricted = room.get("chief", Request::Restrict(ask));
    };
    let _ = room.read("chief", &listed[30].id);
    restrict(
        &[listed[30].id.clone()],
        "Top Secret; Exdis",
        &["1", "source"],
    );
    restrict(
        &[listed[40].id.clone(), listed[41].id.clone()],
        "Top Secret",
        &[],
    );
    restrict(&[blind.records[0].record.clone()], "Eyes Only", &[]);
    later_on(&mut room);
    for name in ["a-reader-of-little", "a-reader-of-much"] {
        for row in room.list(name).records.iter().take(5) {
            let _ = room.read(name, &row.id);
            let record = row.id.clone();
            let _: History = room.get(name, Request::History(RecordRef { record }));
        }
    }
    // What is refused is recorded too.
    let _ = room.refused("the-clerk", Request::List(ListQuery::default()));
    let mut wrong = filing("a name of a file that tells a story.txt");
    wrong.because = "words of a filing that was refused".to_owned();
    wrong.reason = "no such reason".to_owned();
    assert!(room.file("the-clerk", &wrong, b"x").is_err());
    room.guard().keep_state().unwrap();
    room.guard().tick();
    room
}

/// What comes to records after their filing, and lies beside them.
fn later_on(room: &mut World) {
    let officer = ["records-officer", "reader"];
    room.add_person("a-second-hand", &officer, "at-most Top Secret; Nodis");
    let ask = Filing {
        recording: Some(EnclosedFile {
            name: SAID[15].to_owned(),
            ..later::said_of(SAID[16].as_bytes())
        }),
        caution: Some(SAID[19].to_owned()),
        ..later::marked("letter.eml", "Top Secret; Nodis")
    };
    let text = format!("{}\n\nSome more words.", SAID[20]);
    let filed = later::letter(room, "chief", &ask, &text, &ENCLOSED);
    let letter = filed.records[0].record.clone();
    room.record("chief", &letter, 0, true, SAID[16].as_bytes());
    let mut again = later::correction(&letter, "Top Secret; Nodis");
    again.correction = Some(Correcting {
        record: letter.clone(),
        listened: vec![SAID[8].to_owned()],
        changed: SAID[9].to_owned(),
        produced: SAID[10].to_owned(),
    });
    let text = format!("{}\n\n{}.", SAID[20], SAID[11]);
    later::letter(room, "chief", &again, &text, &ENCLOSED);
    let drawer = Filing {
        within: Some(SAID[17].to_owned()),
        ..later::marked("will.txt", "Top Secret; Nodis")
    };
    let will = room.file("chief", &drawer, SAID[18].as_bytes()).unwrap();
    let will = &will.records[0].record;
    let _: LinkDone = room.get("chief", later::link(&letter, "denial", will, None));
    let _: Graded = room.get("chief", common::grading(&letter, "B2", &[]));
    let withdraw = Request::Withdraw(WithdrawAsk {
        record: will.clone(),
        reason: "foreign-relations".to_owned(),
        authority: Some(SAID[6].to_owned()),
        because: SAID[12].to_owned(),
        request: None,
    });
    room.withdraw("chief", "a-second-hand", withdraw);
}

/// The names of levels and categories and of their values, a line each.
fn label_names(policy: &Policy) -> String {
    let levels = policy.levels().iter().map(|l| l.name());
    let categories = policy.categories().iter().map(|c| c.name());
    let values = categories.clone().flat_map(|c| policy.values_of(c));
    let names = levels.chain(categories).chain(values);
    names.map(|n| format!("{n}\n")).collect()
}

/// What the thief has, and what he must not find in it.
struct Stolen {
    store: Loot,
    image: Vec<u8>,
    house: Vec<u8>,
    said: BTreeSet<String>,
}

impl Stolen {
    /// Taken once for all tests: filling the room takes longest.
    fn get() -> &'static Self {
        static STOLEN: OnceLock<Stolen> = OnceLock::new();
        STOLEN.get_or_init(|| {
            let room = filled();
            let said = everything_said(&room);
            Self {
                store: take(&room),
                image: room.disk.image(),
                house: room.house.clone(),
                said,
            }
        })
    }

    fn house(&self) -> House {
        let floor = SuiteFloor::at(Suite::Mock);
        House::new(house_key(&self.house, floor), floor, &self.store)
    }

    /// All rows of a store, as the house key lays them open.
    fn read(&self, store: &Loot) -> Vec<Vec<u8>> {
        Thief::new(self.house()).under_the_house_key(store)
    }
}

#[test]
fn the_house_key_reads_account_names_and_label_names_only() {
    let stolen = Stolen::get();
    let (store, mut said) = (&stolen.store, stolen.said.clone());
    said.insert("a name of a file that tells a story.txt".to_owned());
    said.insert("words of a filing that was refused".to_owned());
    said.insert("no such reason".to_owned());
    assert!(said.len() > 4_000, "a whole volume: {}", said.len());
    let policy = Policy::builtin("us-state-historical").unwrap();
    let rows = stolen.read(store);

    // The marking policy is where label names stand, with what they mean, and beside it the approval rules, which say
    // nothing of anybody; who has an account is told.
    let label_names = label_names(&policy);
    let printed = [policy.source(), include_str!("../rules/default.toml")].concat();
    let secrets = Secrets::of(&said, printed.as_bytes());
    assert!(secrets.windows.len() > 500_000);
    assert_eq!(secrets.in_rows(&rows), BTreeSet::new());

    // Beside the first event, which holds the policy, not even the policy's other words, but for the names of schedules:
    // the guard knows without anybody's keys when a record's term is over.
    let first = Key::new(EVENT, store.entries[0].1, 0);
    let mut beside = store.clone();
    beside.rows.remove(&first);
    let rest = stolen.read(&beside);
    let mut more = said.clone();
    more.extend(policy.reasons().iter().map(|r| r.description().to_owned()));
    more.insert("foreign-relations".to_owned());
    let schedules = policy.schedules().iter().map(|s| s.name().to_owned());
    let rules = include_str!("../rules/default.toml").to_owned();
    let named: Vec<String> = schedules.chain([label_names, rules]).collect();
    let stricter = Secrets::of(&more, named.join("\n").as_bytes());
    assert!(stricter.windows.len() > secrets.windows.len());
    assert_eq!(stricter.in_rows(&rest), BTreeSet::new());

    // What may be read is there to be read.
    for name in ["a-reader-of-little", "the-clerk", "Top Secret", "Exdis"] {
        let readable = rest.iter().any(|row| contains(row, name.as_bytes()));
        assert!(readable, "{name}");
    }
    // Keys that open anything lie nowhere under the house key.
    assert!(Thief::new(stolen.house()).open_all(store).is_empty());
}

#[test]
fn without_the_house_key_not_even_names_are_read() {
    let stolen = Stolen::get();
    let raw: Vec<Vec<u8>> = stolen.store.rows.values().cloned().collect();
    let mut names: BTreeSet<String> = stolen.said.clone();
    names.extend(["a-reader-of-little", "the-clerk", "us-state-historical"].map(str::to_owned));
    let policy = Policy::builtin("us-state-historical").unwrap();
    names.extend(label_names(&policy).lines().map(str::to_owned));
    let secrets = Secrets::of(&names, b"");
    assert_eq!(secrets.in_rows(&raw), BTreeSet::new());
    // The disk as it lies there, freed pages and all.
    assert_eq!(secrets.in_bytes(&stolen.image), BTreeSet::new());
}

#[test]
fn the_search_finds_what_is_there() {
    let stolen = Stolen::get();
    let (mut store, house) = (stolen.store.clone(), stolen.house());
    let said: BTreeSet<String> = SAID.map(str::to_owned).into();
    let policy = Policy::builtin("us-state-historical").unwrap();
    let secrets = Secrets::of(&said, policy.source().as_bytes());
    assert!(secrets.in_rows(&stolen.read(&store)).is_empty());
    // Sentences that stood in an event in clear, as they would if a reason, or the name of a file, were not sealed.
    let key = Key::new(EVENT, store.entries[200].1, 0);
    for said in SAID {
        let mut event: StoredEvent = decode(&house.get(&store, key)).unwrap();
        event.act = Act::Refused {
            asked: said.to_owned(),
        };
        house.put(&mut store, key, &encode(&event));
        let found = secrets.in_rows(&stolen.read(&store));
        assert!(found.len() > said.len() / 2, "{said}");
        assert!(found.iter().all(|piece| said.contains(piece)), "{said}");
    }
    // A piece of one on the disk.
    let mut image = stolen.image.clone();
    assert!(secrets.in_bytes(&image).is_empty());
    let at = image.len() / 2;
    image[at..at + WINDOW].copy_from_slice(&SAID[4].as_bytes()[3..][..WINDOW]);
    assert_eq!(secrets.in_bytes(&image).len(), 1);
}

/// In a room that reads marks: the words of marked portions, and why a rule was overridden. Which rule it was, whoever
/// has the house key may know.
#[test]
fn why_a_rule_was_overridden_is_not_read() {
    const WHY: &str = "the draughtsman went ashore at Malta";
    const TEXT: &str =
        "SECRET//NOFORN\n\n(U) A talk at the mole\n\n(TS//NF) What the pilot swore to.\n";
    let mut room = marked::checking_room(52, Suite::Mock);
    let ask = Filing {
        override_because: Some(WHY.to_owned()),
        ..filing("talk at the mole.txt")
    };
    room.file("chief", &ask, TEXT.as_bytes()).unwrap();
    room.guard().tick();
    let said = [
        WHY,
        "talk at the mole.txt",
        "A talk at the mole",
        "What the pilot swore to.",
    ];
    let secrets = Secrets::of(&said.map(str::to_owned).into(), b"");
    let store = take(&room);
    let rows = Thief::new(small::house(&room, &store)).under_the_house_key(&store);
    assert_eq!(secrets.in_rows(&rows), BTreeSet::new());
    assert_eq!(secrets.in_bytes(&room.disk.image()), BTreeSet::new());
    let readable = |words: &str| rows.iter().any(|row| contains(row, words.as_bytes()));
    assert!(readable("portion-above-banner"));
    // Whoever holds the label reads them all, so that they were there to be found.
    room.sign_in("chief");
    let keys = small::thief(&room, &store, &["chief"]).open_all(&store);
    assert!(secrets.in_rows(&keys).len() > WHY.len());
}
