//! One vector for each way of being malformed, with the error that it gives.
//!
//! `tests/vectors/FORMAT/NAME-OF-FAULT` is the object; `FORMAT/errors.txt` holds a line `NAME-OF-FAULT: error`
//! for each. `STRONGROOM_WRITE_VECTORS=1 cargo test -p strongroom-seal --test malformed` makes them anew
//! from the true objects beside them, which bear the name `good`. They are of the mock suite, which is small;
//! those of the real one, whose keys, signatures and tags have other lengths, lie under `cnsa/`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use strongroom_record::{BackupId, RecoveryId, RoomId, Stream, decode, encode};
use strongroom_seal::backup::CHUNK_BYTES;
use strongroom_seal::{
    AskedShares, BackupHeader, BackupShares, BackupWriter, HouseKey, HousePurpose, HouseShares,
    KeyHolder, KeyHolderCard, LedgerHead, SealedBackup, SealedShare, ShareAnswer, ShareRequest,
    Suite, SuiteFloor, generate,
};

const SUITES: [Suite; 2] = [Suite::Mock, Suite::Cnsa];

struct Room {
    suite: Suite,
    room: RoomId,
    holders: [KeyHolder; 2],
    stream: Stream,
}

fn room(suite: Suite) -> Room {
    let mut stream = Stream::from_seed([0x6d; 32]);
    let room = RoomId::random(&mut stream);
    let holders =
        ["Ada", "Bo"].map(|name| KeyHolder::random(suite, name, &mut stream).expect("a name"));
    Room {
        suite,
        room,
        holders,
        stream,
    }
}

impl Room {
    fn cards(&self) -> [KeyHolderCard; 2] {
        self.holders.each_ref().map(KeyHolder::card)
    }
    fn house_shares(&mut self) -> HouseShares {
        let key = HouseKey::random(self.suite, &mut self.stream);
        let (cards, purpose) = (self.cards(), HousePurpose::Opening);
        HouseShares::of_house(self.room, &key, purpose, 2, &cards, &mut self.stream)
            .expect("a quorum")
    }
    fn request(&mut self) -> ShareRequest {
        let id = self.cards()[0].id();
        let shares = self.house_shares();
        let (_, recipient) = generate(self.suite, &mut self.stream);
        ShareRequest {
            room: self.room,
            recovery: RecoveryId::random(&mut self.stream),
            asked: b"open the room".to_vec().into(),
            recipient,
            holder: id,
            shares: AskedShares::House(vec![shares.share_of(id).expect("Ada's").clone()]),
        }
    }
}

type Read_ = fn(Suite, &[u8]) -> Result<(), String>;

/// Compares the vectors of a format with what is read of them, or writes them.
fn check(suite: Suite, format: &str, good: &[u8], faults: &[(&str, Vec<u8>)], read: Read_) {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    if suite == Suite::Cnsa {
        folder.push("cnsa");
    }
    folder.push(format);
    let read = |bytes: &[u8]| read(suite, bytes);
    if std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some() {
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::write(folder.join("good"), good).expect("a vector can be written");
        let mut errors = String::new();
        for (name, bytes) in faults {
            fs::write(folder.join(name), bytes).expect("a vector can be written");
            let error = read(bytes).expect_err(name);
            errors.push_str(&format!("{name}: {error}\n"));
        }
        fs::write(folder.join("errors.txt"), errors).expect("a vector can be written");
    }
    let load = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(read(&load("good")), Ok(()), "{format}");
    let errors = String::from_utf8(load("errors.txt")).expect("text");
    let errors: BTreeMap<&str, &str> = errors
        .lines()
        .map(|line| line.split_once(": ").expect("a line is `name: error`"))
        .collect();
    assert_eq!(
        errors.len(),
        faults.len(),
        "{format}: a fault without its vector"
    );
    for (name, error) in errors {
        assert_eq!(read(&load(name)), Err(error.to_owned()), "{format}: {name}");
    }
}

#[test]
fn cards() {
    SUITES.into_iter().for_each(cards_of);
}

fn cards_of(suite: Suite) {
    let room = room(suite);
    let text = room.cards()[0].to_text();
    let other = room.cards()[1].to_text();
    let line = |text: &str| text.lines().nth(3).expect("base 64").to_owned();
    let sum = |text: &str| {
        let found = text.lines().find(|l| l.starts_with('='));
        found.expect("a checksum").to_owned()
    };
    let faults = [
        ("empty", String::new()),
        ("no-begin", text.replacen("BEGIN", "BEGUN", 1)),
        (
            "no-end",
            text[..text.find("-----END").expect("an end")].to_owned(),
        ),
        ("not-base64", text.replacen(&line(&text), "%%%%", 1)),
        ("changed", text.replacen(&line(&text), &line(&other), 1)),
        ("no-checksum", text.replacen(&sum(&text), "", 1)),
        (
            "anothers-checksum",
            text.replacen(&sum(&text), &sum(&other), 1),
        ),
        (
            "line-after-checksum",
            text.replacen("-----END", "AAAA\n-----END", 1),
        ),
    ]
    .map(|(name, text)| (name, text.into_bytes()));
    check(suite, "card", text.as_bytes(), &faults, |_, bytes| {
        let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
        let read = KeyHolderCard::from_text(text);
        read.map(drop).map_err(|e| e.to_string())
    });
}

#[test]
fn house_shares() {
    SUITES.into_iter().for_each(house_shares_of);
}

fn house_shares_of(suite: Suite) {
    let mut room = room(suite);
    let good = encode(&room.house_shares());
    let twin = |from: &[u8], find: &[u8], to: &[u8]| {
        let at = from.windows(find.len()).position(|w| w == find);
        let at = at.expect("it is there");
        [&from[..at], to, &from[at + find.len()..]].concat()
    };
    let [ada, bo] = room.cards().map(|c| c.id());
    // Behind the room's id: a number of one byte, or of two with a head.
    let mut unknown_suite = good.clone();
    unknown_suite[if suite == Suite::Mock { 20 } else { 18 }] ^= 3;
    let faults = [
        ("cut", good[..good.len() - 1].to_vec()),
        ("bytes-behind", [&good[..], &[0]].concat()),
        (
            "one-holder-twice",
            twin(&good, bo.as_bytes(), ada.as_bytes()),
        ),
        ("no-such-quorum", twin(&good, &[0x82, 2, 2], &[0x82, 3, 2])),
        ("another-quorum", twin(&good, &[0x82, 2, 2], &[0x82, 1, 2])),
        ("name-breaks-a-line", twin(&good, b"Ada", b"A\na")),
        ("unknown-suite", unknown_suite),
    ];
    check(suite, "house-shares", &good, &faults, |_, bytes| {
        let read = decode::<HouseShares>(bytes);
        read.map(drop).map_err(|e| e.to_string())
    });
}

#[test]
fn given_shares() {
    SUITES.into_iter().for_each(given_shares_of);
}

fn given_shares_of(suite: Suite) {
    let mut room = room(suite);
    let request = room.request();
    let floor = SuiteFloor::at(suite);
    let answer = request
        .answer(floor, &room.holders[0], &mut room.stream)
        .expect("Ada's own");
    let good = encode(&answer);
    let id = room.cards()[0].id();
    let at = good.windows(16).rposition(|w| w == id.as_bytes());
    let at = at.expect("the share names its holder");
    let mut index = good.clone();
    // Before the holder's id: its head, the quorum's three bytes, the index.
    index[at - 5] = 9;
    let mut signature = good.clone();
    let last = signature.len() - 1;
    signature.truncate(last);
    let faults = [
        ("cut", signature),
        ("bytes-behind", [&good[..], &[0]].concat()),
        ("index-beyond-the-quorum", index),
        ("another-object", encode(&request)),
    ];
    check(suite, "share-answer", &good, &faults, |_, bytes| {
        let read = decode::<ShareAnswer>(bytes);
        read.map(drop).map_err(|e| e.to_string())
    });
    // A share alone is held to the same.
    let AskedShares::House(shares) = &request.shares else {
        panic!("shares of the house key");
    };
    assert!(decode::<SealedShare>(&encode(&shares[0])).is_err());
}

#[test]
fn backups() {
    SUITES.into_iter().for_each(backups_of);
}

fn backups_of(suite: Suite) {
    let mut room = room(suite);
    let id = BackupId::random(&mut room.stream);
    let cards = room.cards();
    let make = |content: &[u8], room: &mut Room| {
        let (shares, key) =
            BackupShares::of_backup(suite, room.room, id, 2, &cards, &mut room.stream)
                .expect("a quorum");
        let header = BackupHeader {
            shares,
            base: None,
            head: LedgerHead {
                size: 3,
                root: [3; 32],
            },
            range: b"range".to_vec().into(),
        };
        let mut writer = BackupWriter::begin(Vec::new(), &header, key).expect("memory");
        std::io::Write::write_all(&mut writer, content).expect("memory");
        let (bytes, _) = writer.finish().expect("memory");
        (header, bytes)
    };
    let (header, good) = make(b"few words", &mut room);
    let (_, other) = make(b"few words", &mut room);
    let body = 24 + encode(&header).len();
    let put = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let full = (CHUNK_BYTES as u32 + 1).to_be_bytes();
    let last = good.len() - 1;
    let own_base = BackupHeader {
        base: Some(id),
        ..header.clone()
    };
    let own_base = encode(&own_base);
    let own_base_len = u32::try_from(own_base.len()).expect("short").to_be_bytes();
    let faults = [
        ("empty", Vec::new()),
        ("another-magic", put(18, b"2")),
        ("header-too-long", put(20, &[0xff])),
        ("cut-in-the-header", good[..100].to_vec()),
        (
            "header-of-another-base",
            [&good[..20], &own_base_len, &own_base, &good[body..]].concat(),
        ),
        ("another-head", put(body - 41, &[4])),
        ("flag-that-is-none", put(body, &[2])),
        ("not-last", put(body, &[0])),
        ("length-beyond-a-chunk", put(body + 1, &full)),
        ("cut-in-a-chunk-head", good[..body + 3].to_vec()),
        ("cut-in-a-chunk", good[..last].to_vec()),
        ("changed-content", put(body + 5, &[good[body + 5] ^ 1])),
        ("changed-tag", put(last, &[good[last] ^ 1])),
        (
            "another-backups-chunk",
            [&good[..body], &other[body..]].concat(),
        ),
        ("bytes-behind", [&good[..], &[0]].concat()),
        ("chunk-twice", [&good[..], &good[body..]].concat()),
    ];
    check(suite, "backup", &good, &faults, |suite, bytes| {
        let room = self::room(suite);
        let floor = SuiteFloor::at(suite);
        let text = |e: strongroom_seal::BackupError| e.to_string();
        let sealed = SealedBackup::read_header(bytes, floor).map_err(text)?;
        let dealt = &sealed.header().shares;
        let opened = room.holders.each_ref().map(|holder| {
            let share = dealt.share_of(holder.card().id()).expect("a share");
            share.open(floor, room.room, holder).expect("it opens")
        });
        let key = dealt.recover(&opened).map_err(|e| e.to_string())?;
        let mut reader = sealed.open(&key).map_err(text)?;
        let mut out = Vec::new();
        reader.read_to_end(&mut out).map_err(|e| e.to_string())?;
        assert_eq!(out, b"few words");
        Ok(())
    });
}
