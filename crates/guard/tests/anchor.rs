//! What stands in an anchor is compared with the room at opening: every field of it, altered by one who has the
//! house key and seals it again, keeps the room closed, but for what only the process knew that wrote it.

mod common;
#[path = "common/files.rs"]
mod files;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use common::{PEER, World, house_key};
use data_encoding::BASE64;
use files::FakeFiles;
use loot::{House, LOG};
use minicbor::{Decode, Encode};
use strongroom_guard::api::BackupAsk;
use strongroom_guard::{Fault, Guard, OpenError, Outside};
use strongroom_label::Label;
use strongroom_record::event::GroupRaised;
use strongroom_record::{BackupId, EventId, RecordId, Stream, decode, encode};
use strongroom_seal::{Suite, VaultKey, house};
use strongroom_vault::folder::HeadFile;
use strongroom_vault::testing::Loss;
use strongroom_vault::{Key, Vault};

const ANCHOR: &str = "anchor";

/// The list of an anchor, as the format's page tells it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Since {
    #[n(0)]
    entries: u64,
    #[n(1)]
    restrictions: Vec<Placed>,
    #[n(2)]
    bytes: u64,
    #[n(3)]
    from: u64,
    #[n(4)]
    backed_up: u64,
    #[n(5)]
    begun: Vec<Begun>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Placed {
    #[n(0)]
    at: u64,
    #[n(1)]
    kept: Kept,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Kept {
    #[n(0)]
    event: EventId,
    #[n(1)]
    record: RecordId,
    #[n(2)]
    groups: Vec<GroupRaised>,
    #[n(3)]
    given: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Begun {
    #[n(0)]
    backup: BackupId,
    #[n(1)]
    holds: u64,
}

impl Since {
    /// The number of bytes that its list takes.
    fn counted(mut self) -> Self {
        self.bytes = self
            .restrictions
            .iter()
            .map(|p| encode(p).len() as u64)
            .sum();
        self
    }
}

struct Stage {
    world: World,
    anchor: FakeFiles,
}

impl Stage {
    fn open(&mut self) -> Result<(), OpenError> {
        let world = &mut self.world;
        world.guard = None;
        world.tokens.clear();
        let vault = Vault::with_backend(world.disk.after_crash(Loss::All)).unwrap();
        let house = house_key(&world.house, world.env.floor);
        let outside = Outside {
            anchor: Some(HeadFile::over(self.anchor.clone(), ANCHOR)),
            ..Outside::default()
        };
        world.guard = Some(Guard::open_with(vault, house, world.env.clone(), outside)?);
        Ok(())
    }

    fn house(&self) -> House {
        small::house(&self.world, &small::loot(&self.world))
    }

    fn since(&self, text: &str) -> Since {
        let line = text.lines().nth(2).unwrap();
        let sealed = line.strip_prefix("restrictions ").unwrap();
        let sealed = BASE64.decode(sealed.as_bytes()).unwrap();
        let bytes = self.house().uncover(Key::new(LOG, [0; 16], 2), &sealed);
        decode(&bytes.unwrap()).unwrap()
    }

    /// The anchor with another list, sealed for its place.
    fn with(&self, text: &str, since: &Since) -> String {
        let house = self.house();
        let place = VaultKey {
            kind: LOG,
            id: [0; 16],
            counter: 2,
        };
        let mut dice = Stream::from_seed([1; 32]);
        let sealed = house::cover(&house.key, house.room, place, &encode(since), &mut dice);
        let old = text.lines().nth(2).unwrap();
        text.replacen(old, &format!("restrictions {}", BASE64.encode(&sealed)), 1)
    }
}

#[test]
fn a_list_that_is_not_the_ledgers_is_not_believed_whoever_sealed_it() {
    let world = small::room(71, Suite::Mock);
    let mut stage = Stage {
        world,
        anchor: FakeFiles::default(),
    };
    // Everything on one disk from now on, with the anchor beside it.
    let disk = stage.world.disk.clone();
    if let Some(guard) = stage.world.guard.take() {
        guard.shut().unwrap();
    }
    let outside = Outside {
        anchor: Some(HeadFile::over(stage.anchor.clone(), ANCHOR)),
        ..Outside::default()
    };
    let key = house_key(&stage.world.house, stage.world.env.floor);
    let vault = Vault::with_backend(disk).unwrap();
    let env = stage.world.env.clone();
    stage.world.guard = Some(Guard::open_with(vault, key, env, outside).unwrap());
    stage.world.sign_in("chief");
    let mut records = Vec::new();
    for n in 0..4 {
        let text = format!("Note {n}\n\nThe first thing of {n}.\n");
        let filed = stage.world.file_text("chief", &text, "Open", n);
        records.push(filed.records[0].record.clone());
    }
    let restrict = |stage: &Stage, n: usize| {
        stage.world.restrict("chief", &records[n], "Secret", &[]);
    };
    let backup = |stage: &Stage| {
        let ask = BackupAsk { base: None };
        let guard = stage.world.guard();
        guard.backup(PEER, PEER, &ask, &mut Vec::new()).unwrap();
    };
    restrict(&stage, 0);
    backup(&stage);
    restrict(&stage, 1);
    backup(&stage);
    restrict(&stage, 2);
    // One that breaks off.
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let ask = BackupAsk { base: None };
    let broken = stage.world.guard().backup(PEER, PEER, &ask, &mut Full);
    assert!(broken.is_err());
    restrict(&stage, 3);
    stage.world.guard().tick();
    let text = String::from_utf8(stage.anchor.all()[ANCHOR].clone()).unwrap();
    let good = stage.since(&text);
    assert_eq!(good.restrictions.len(), 3, "{good:#?}");
    assert!(good.from > 0 && good.backed_up > good.from && good.begun.len() == 1);
    assert_eq!(good.clone().counted(), good);

    type Change = fn(&mut Since);
    let cases: [(&str, &str, Change); 20] = [
        ("more entries", "more entries", |s| s.entries += 1_000),
        ("fewer entries", "stands where none", |s| {
            s.entries = s.from + 1
        }),
        ("one left out", "lacks a restriction", |s| {
            drop(s.restrictions.remove(0))
        }),
        ("the last left out", "lacks a restriction", |s| {
            drop(s.restrictions.pop())
        }),
        ("all left out", "lacks a restriction", |s| {
            s.restrictions.clear()
        }),
        ("one twice", "not the ledger's", |s| {
            s.restrictions.insert(0, s.restrictions[0].clone());
        }),
        ("exchanged", "stands where none", |s| {
            s.restrictions.swap(0, 1)
        }),
        ("at another place", "not the ledger's", |s| {
            s.restrictions[0].at += 1
        }),
        ("before its list", "stands where none", |s| {
            s.restrictions[0].at = s.from - 1
        }),
        ("another event", "not the ledger's", |s| {
            s.restrictions[0].kept.event = EventId::from_bytes([1; 16]);
        }),
        ("another record", "not the ledger's", |s| {
            s.restrictions[0].kept.record = s.restrictions[1].kept.record;
        }),
        ("fewer groups", "not the ledger's", |s| {
            s.restrictions[0].kept.groups.pop();
        }),
        ("a lower label", "not the ledger's", |s| {
            s.restrictions[0].kept.groups[0].label = small::policy().parse_marking("Open").unwrap();
        }),
        ("another label given", "not the ledger's", |s| {
            s.restrictions[0].kept.given = small::policy().parse_marking("Open").unwrap();
        }),
        ("begun later", "stands where none|begins where none", |s| {
            s.from += 1
        }),
        (
            "begun behind a backup that broke off",
            "begins where none|stands where none",
            |s| {
                let holds = s.begun[0].holds;
                s.restrictions.retain(|p| p.at >= holds);
                s.from = holds;
            },
        ),
        ("backed up elsewhere", "names a backup", |s| {
            s.backed_up += 1
        }),
        ("backed up in the future", "names a backup", |s| {
            s.backed_up = s.entries + 1
        }),
        ("another backup begun", "names a backup", |s| {
            s.begun[0].backup = BackupId::from_bytes([1; 16]);
        }),
        ("one begun twice", "one twice", |s| {
            s.begun.push(s.begun[0].clone())
        }),
    ];
    for (what, words, change) in cases {
        let mut since = good.clone();
        change(&mut since);
        let since = since.counted();
        assert_ne!(since, good, "{what}");
        stage
            .anchor
            .put(ANCHOR, stage.with(&text, &since).as_bytes());
        let error = stage.open().expect_err(what);
        assert!(
            matches!(error, OpenError::Fault(Fault::NotTheAnchor(_))),
            "{what}: {error}"
        );
        let told = error.to_string();
        assert!(words.split('|').any(|w| told.contains(w)), "{what}: {told}");
    }
    let mut since = good.clone();
    since.bytes += 1;
    stage
        .anchor
        .put(ANCHOR, stage.with(&text, &since).as_bytes());
    let told = stage.open().expect_err("other bytes").to_string();
    assert!(told.contains("other bytes"), "{told}");
    // Sealed again as it was, it is believed.
    stage
        .anchor
        .put(ANCHOR, stage.with(&text, &good).as_bytes());
    stage.open().unwrap();
}
