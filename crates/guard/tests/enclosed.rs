//! Attachments and recordings: sealed beside their record, given out to whoever may see all of it, there for nobody else.

mod common;

use std::ops::ControlFlow;

use common::{PEER, World, filing};
use data_encoding::BASE64;
use strongroom_guard::api::*;
use strongroom_guard::{Code, Intake, Refusal};
use strongroom_ingest::{Format, Read};
use strongroom_label::Policy;
use strongroom_record::limits::{
    RECORDING_MAX_BYTES, RECORDING_PIECE_BYTES, RECORDING_PIECES_AT_ONCE_MAX,
};
use strongroom_record::{Draft, DraftAttachment, DraftPortion, DraftSet, PortionKind};
use strongroom_seal::FileDigest;

/// Reads a letter with two enclosures.
struct Letter;

const FIRST: &[u8] = b"The first enclosure, on the price of wheat.";
const SECOND: &[u8] = b"The second enclosure.";
const LETTER: &[u8] = b"A letter. Words. More words.";
const SAID: &[u8] = b"What was said, as it was recorded.";

impl Intake for Letter {
    fn read<'a>(&self, _: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let portion = |kind, text: &str| DraftPortion::new(kind, text.to_owned());
        let attachment = |name: &str, bytes: &[u8]| DraftAttachment {
            name: name.to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: bytes.to_vec(),
        };
        let draft = Draft {
            id: "letter".to_owned(),
            portions: vec![
                portion(PortionKind::Heading, "A letter"),
                portion(PortionKind::Paragraph, "Words."),
                portion(PortionKind::Paragraph, "More words."),
            ],
            slice: 0..bytes.len(),
            attachments: vec![attachment("a.txt", FIRST), attachment("b.txt", SECOND)],
            ..Draft::default()
        };
        Ok(Read {
            original: bytes.into(),
            drafts: DraftSet::new(file.to_owned(), bytes.len(), vec![draft]).unwrap(),
            format: Format::Text,
        })
    }
}

fn said_of(bytes: &[u8]) -> EnclosedFile {
    EnclosedFile {
        name: "talk.ogg".to_owned(),
        media_type: "audio/ogg".to_owned(),
        bytes: bytes.len() as u64,
        sha256: data_encoding::HEXLOWER.encode(&FileDigest::of(bytes)),
    }
}

/// Files the letter, and says what is said of its recording.
fn letter(world: &World, who: &str, marking: &str, recording: Option<EnclosedFile>) -> String {
    let ask = Filing {
        marking: Some(marking.to_owned()),
        recording,
        ..filing("letter.eml")
    };
    let mut on = |_| ControlFlow::Continue(());
    let token = &world.tokens[who];
    let done = world
        .guard()
        .file_read_by(&Letter, token, PEER, &ask, LETTER, &mut on);
    let done: FilingDone = serde_json::from_slice(done.unwrap().json()).unwrap();
    done.records[0].record.clone()
}

fn ask(record: &str, attachment: Option<usize>, piece: u32) -> Request {
    Request::Piece(PieceQuery {
        record: record.to_owned(),
        attachment,
        version: None,
        piece,
    })
}

fn bytes(shown: &PieceShown) -> Vec<u8> {
    BASE64.decode(shown.bytes.as_bytes()).unwrap()
}

fn field<'s>(shown: &'s Shown, name: &str) -> Option<&'s HeaderShown> {
    shown.header.iter().find(|h| h.field == name)
}

fn world(seed: u64) -> World {
    let mut world = World::mock(seed);
    world.add_person("low", &["reader"], "at-most Secret");
    world.add_person(
        "clerk",
        &["records-officer", "reader"],
        "at-most Confidential",
    );
    world.sign_in("low");
    world.sign_in("clerk");
    world
}

#[test]
fn attachments_are_named_and_given_to_who_may_see_all_of_the_record() {
    let mut world = world(1);
    let id = letter(&world, "chief", "Secret", None);
    let shown = world.read("low", &id);
    let named = &field(&shown, "attachments").unwrap().value;
    assert_eq!(named[0]["name"], "a.txt");
    assert_eq!(named[1]["bytes"], SECOND.len());
    let digest = data_encoding::HEXLOWER.encode(&FileDigest::of(FIRST));
    assert_eq!(named[0]["sha256"], digest);
    for (n, what) in [(1, FIRST), (2, SECOND)] {
        let piece: PieceShown = world.get("low", ask(&id, Some(n), 0));
        assert_eq!((bytes(&piece).as_slice(), piece.whole), (what, true));
        assert_eq!(piece.banner, shown.banner);
    }
    for (n, piece) in [(0, 0), (3, 0), (1, 1)] {
        let none = world.refused("low", ask(&id, Some(n), piece));
        assert_eq!(none.code, Code::NotFound);
    }
    // Any part of the record that rises raises them.
    world.read("chief", &id);
    world.restrict("chief", &id, "Top Secret", &["2"]);
    assert_eq!(world.read("low", &id).portions.len(), 2);
    let none = world.refused("low", ask(&id, Some(1), 0));
    assert_eq!(none.code, Code::NotFound);
    world.reopen();
    world.sign_in("chief");
    let piece: PieceShown = world.get("chief", ask(&id, Some(2), 0));
    assert_eq!(bytes(&piece), SECOND);
    let history: History = world.get("chief", Request::History(RecordRef { record: id }));
    assert!(history.events.iter().any(|row| row.what == "filed"));
}

#[test]
fn a_recording_comes_in_by_pieces_and_goes_out_by_pieces() {
    let mut world = world(2);
    let all: Vec<u8> = (0..RECORDING_PIECE_BYTES * 2 + 17)
        .map(|n| (n % 251) as u8)
        .collect();
    let id = letter(&world, "chief", "Secret", Some(said_of(&all)));
    let shown = world.read("low", &id);
    assert_eq!(
        field(&shown, "recording").unwrap().value["bytes"],
        all.len()
    );
    assert_eq!(world.refused("low", ask(&id, None, 0)).code, Code::NotFound);

    let (one, rest) = all.split_at(RECORDING_PIECE_BYTES);
    assert_eq!(world.record("chief", &id, 0, false, &[]).pieces, 0);
    let taken = world.record("chief", &id, 0, false, one);
    assert_eq!((taken.pieces, taken.whole), (1, false));
    let refused = |first, last, bytes: &[u8]| {
        let refused = world.try_record("chief", &id, first, last, bytes);
        refused.unwrap_err().code
    };
    assert_eq!(refused(0, true, rest), Code::Conflict, "twice");
    assert_eq!(refused(2, true, rest), Code::Conflict, "a gap");
    assert_eq!(
        refused(1, false, rest),
        Code::Invalid,
        "a short piece in the middle"
    );
    let many = vec![0; RECORDING_PIECE_BYTES * (RECORDING_PIECES_AT_ONCE_MAX + 1)];
    assert_eq!(refused(1, false, &many), Code::Limit);
    let part: PieceShown = world.get("low", ask(&id, None, 0));
    assert_eq!((part.pieces, part.whole), (1, false));

    // The room closes and opens in the middle: what is in is in, and the rest follows.
    world.guard().keep_state().unwrap();
    world.reopen();
    for name in ["chief", "low", "clerk"] {
        world.sign_in(name);
    }
    assert_eq!(world.record("chief", &id, 0, false, &[]).pieces, 1);
    let taken = world.record("chief", &id, 1, true, rest);
    assert_eq!((taken.pieces, taken.whole), (3, true));
    let after = world
        .try_record("chief", &id, 3, true, b"more")
        .unwrap_err();
    assert_eq!(after.code, Code::Conflict);
    world.guard().keep_state().unwrap();
    world.reopen();
    world.sign_in("low");
    let mut got = Vec::new();
    for n in 0..3 {
        let piece: PieceShown = world.get("low", ask(&id, None, n));
        assert_eq!((piece.pieces, piece.whole), (3, true));
        got.extend(bytes(&piece));
    }
    assert_eq!(FileDigest::of(&got), FileDigest::of(&all));
    assert_eq!(world.refused("low", ask(&id, None, 3)).code, Code::NotFound);
}

#[test]
fn only_who_filed_the_record_files_its_recording_and_nobody_learns_of_others() {
    let world = world(3);
    let id = letter(&world, "chief", "Secret", Some(said_of(SAID)));
    let other = world.try_record("clerk", &id, 0, true, SAID).unwrap_err();
    let never = "0".repeat(26);
    let none = world
        .try_record("clerk", &never, 0, true, SAID)
        .unwrap_err();
    assert_eq!(other, none);
    assert_eq!(
        world
            .try_record("low", &id, 0, true, SAID)
            .unwrap_err()
            .code,
        Code::NotAllowed
    );

    // What is filed blind has its recording filed blind; and one that rose meanwhile has none below it.
    let blind = letter(&world, "clerk", "Secret; Nodis", Some(said_of(SAID)));
    world.restrict("chief", &blind, "Top Secret", &[]);
    let taken = world.record("clerk", &blind, 0, true, SAID);
    assert!(taken.whole);
    let receipt: ReceiptShown = world.get(
        "clerk",
        Request::Receipt(ReceiptQuery {
            id: taken.receipt,
            ..ReceiptQuery::default()
        }),
    );
    let act = receipt.fields.iter().find(|f| f.name == "act").unwrap();
    assert_eq!(
        act.value, None,
        "the act names the label that the record has by now"
    );
    let piece: PieceShown = world.get("chief", ask(&blind, None, 0));
    assert_eq!(bytes(&piece), SAID);
    assert!(piece.banner.contains("TOP SECRET"), "{}", piece.banner);
}

#[test]
fn what_is_said_of_a_recording_is_checked() {
    let world = world(4);
    let try_said = |change: &dyn Fn(&mut EnclosedFile)| {
        let mut said = said_of(SAID);
        change(&mut said);
        let ask = Filing {
            marking: Some("Secret".to_owned()),
            recording: Some(said),
            ..filing("a.txt")
        };
        world
            .file("chief", &ask, b"Words.")
            .map(|_| ())
            .map_err(|e| e.code)
    };
    assert_eq!(try_said(&|_| ()), Ok(()));
    for change in [
        &(|s: &mut EnclosedFile| s.name.clear()) as &dyn Fn(&mut EnclosedFile),
        &|s| s.name = "../a".to_owned(),
        &|s| s.name = "a\nb".to_owned(),
        &|s| s.media_type = "Audio/OGG".to_owned(),
        &|s| s.sha256.push('0'),
    ] {
        assert_eq!(try_said(change), Err(Code::Invalid));
    }
    for bytes in [0, RECORDING_MAX_BYTES + 1] {
        assert_eq!(try_said(&|s| s.bytes = bytes), Err(Code::Limit));
    }
    let two = "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><div type=\"document\" xml:id=\"a\"><head>A</head></div>\
               <div type=\"document\" xml:id=\"b\"><head>B</head></div></TEI>";
    let ask = Filing {
        marking: Some("Secret".to_owned()),
        recording: Some(said_of(SAID)),
        ..filing("a.xml")
    };
    let refused = world.file("chief", &ask, two.as_bytes()).unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
}

/// Everything that `low` can ask of a record.
fn asked(world: &World, id: &str) -> Vec<Result<String, Refusal>> {
    let read = |original| {
        Request::Read(ReadQuery {
            record: id.to_owned(),
            original,
            version: None,
        })
    };
    let history = RecordRef {
        record: id.to_owned(),
    };
    let requests = [
        Request::List(ListQuery::default()),
        read(false),
        read(true),
        ask(id, Some(1), 0),
        ask(id, Some(2), 0),
        ask(id, None, 0),
        ask(id, None, 1),
        Request::History(history),
    ];
    let text = |json: Vec<u8>| String::from_utf8(json).unwrap();
    requests
        .iter()
        .map(|r| world.ask("low", r).map(text))
        .collect()
}

/// Two rooms that differ in files beside a record that a reader sees in part, or not at all.
#[test]
fn to_who_may_not_see_all_of_a_record_nothing_lies_beside_it() {
    let play = |recorded: bool, piece: &[u8]| {
        let world = world(5);
        let above = letter(&world, "chief", "Top Secret", Some(said_of(SAID)));
        let part = letter(&world, "chief", "Secret", Some(said_of(SAID)));
        world.read("chief", &part);
        world.restrict("chief", &part, "Top Secret", &["2"]);
        if recorded {
            world.record("chief", &above, 0, true, piece);
            world.record("chief", &part, 0, true, piece);
        }
        (asked(&world, &above), asked(&world, &part))
    };
    let (one, other) = (play(true, SAID), play(true, b"another recording of it"));
    assert_eq!(one, other);
    assert_eq!(one, play(false, b""));
    assert!(one.0[1].is_err() && one.1[1].is_ok() && one.1[3].is_err() && one.1[5].is_err());
}

/// Who has the disk and the house key finds none of their bytes.
#[test]
fn a_thief_finds_nothing_of_them() {
    let world = World::real(6);
    let id = letter(&world, "chief", "Secret", Some(said_of(SAID)));
    world.record("chief", &id, 0, true, SAID);
    let stolen = world.disk.image();
    for words in [FIRST, SECOND, SAID, b"a.txt".as_slice(), b"talk.ogg"] {
        let piece = &words[..words.len().min(12)];
        assert!(
            !stolen.windows(piece.len()).any(|w| w == piece),
            "{piece:?}"
        );
    }
}

fn files_in_history(world: &World, name: &str, record: &str) -> Vec<(String, String)> {
    let record = record.to_owned();
    let history: History = world.get(name, Request::History(RecordRef { record }));
    let given = history.events.iter().filter_map(|row| {
        let file = row.file.clone()?;
        let pieces = row.pieces.map(|(first, last)| format!(" {first}-{last}"));
        Some((row.who.clone(), file + &pieces.unwrap_or_default()))
    });
    given.collect()
}

#[test]
fn the_history_tells_who_was_given_which_file_to_who_may_see_it() {
    let world = world(7);
    let all = vec![7; RECORDING_PIECE_BYTES * 2 + 1];
    let id = letter(&world, "chief", "Secret", Some(said_of(&all)));
    world.record("chief", &id, 0, true, &all);
    let given = |name: &str, ask: Request| {
        let _: PieceShown = world.get(name, ask);
    };
    given("low", ask(&id, Some(2), 0));
    for n in [0, 1, 2, 0] {
        given("low", ask(&id, None, n));
    }
    given("chief", ask(&id, None, 0));
    given("chief", ask(&id, Some(1), 0));
    let original = ReadQuery {
        record: id.clone(),
        original: true,
        ..ReadQuery::default()
    };
    let _: Shown = world.get("chief", Request::Read(original));
    let row = |who: &str, file: &str| (who.to_owned(), file.to_owned());
    let told = [
        row("low", "attachment 2"),
        row("low", "recording 0-2"),
        row("low", "recording 0-0"),
        row("chief", "recording 0-0"),
        row("chief", "attachment 1"),
        row("chief", "original"),
    ];
    assert_eq!(files_in_history(&world, "low", &id), told);
    // What others open above, of a version that is there for them alone, comes between no two rows.
    let above = Filing {
        marking: Some("Top Secret".to_owned()),
        correction: Some(Correcting {
            record: id.clone(),
            listened: vec!["the duty officer".to_owned()],
            changed: "a word".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..filing("letter.txt")
    };
    world.file("chief", &above, LETTER).unwrap();
    given("low", ask(&id, None, 0));
    world.read("chief", &id);
    given("low", ask(&id, None, 1));
    let mut told = told.to_vec();
    told.push(row("low", "recording 0-1"));
    assert_eq!(files_in_history(&world, "low", &id), told);
    // They rise with a part of the record, and what was given of them goes with them.
    world.read("chief", &id);
    world.restrict("chief", &id, "Top Secret; Nodis", &["0"]);
    // Who sees that version sees that it was opened between the two.
    told.truncate(told.len() - 1);
    told.extend(["recording 0-0", "recording 1-1"].map(|file| row("low", file)));
    assert_eq!(files_in_history(&world, "chief", &id), told);
    assert!(files_in_history(&world, "low", &id).is_empty());
}

/// What lies beside each version rises with the record, as the versions do, and the recording with them.
#[test]
fn a_corrected_record_is_restricted_with_all_that_lies_beside_it() {
    let mut world = world(8);
    let id = letter(&world, "chief", "Secret", Some(said_of(SAID)));
    world.record("chief", &id, 0, true, SAID);
    let correction = Filing {
        marking: Some("Secret".to_owned()),
        correction: Some(Correcting {
            record: id.clone(),
            listened: vec!["the duty officer".to_owned()],
            changed: "a word".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..filing("letter.eml")
    };
    let mut on = |_| ControlFlow::Continue(());
    let token = &world.tokens["chief"];
    world
        .guard()
        .file_read_by(&Letter, token, PEER, &correction, LETTER, &mut on)
        .unwrap();
    let files = |world: &World, name: &str| {
        let mut asked = vec![ask(&id, None, 0)];
        for version in [1, 2] {
            asked.push(Request::Piece(PieceQuery {
                record: id.clone(),
                attachment: Some(1),
                version: Some(version),
                piece: 0,
            }));
        }
        let asked = asked.iter().map(|ask| {
            let shown = world.ask(name, ask).map_err(|e| e.code)?;
            let shown: PieceShown = serde_json::from_slice(&shown).unwrap();
            Ok::<_, Code>((bytes(&shown), shown.banner))
        });
        asked.collect::<Vec<_>>()
    };
    let of = |banner: &str| {
        let file = |bytes: &[u8]| Ok((bytes.to_vec(), banner.to_owned()));
        vec![file(SAID), file(FIRST), file(FIRST)]
    };
    assert_eq!(files(&world, "low"), of("SECRET"));
    // A portion of the newer version takes what lies beside both with it, and the whole takes all.
    world.read("chief", &id);
    world.restrict("chief", &id, "Top Secret", &["2"]);
    assert_eq!(files(&world, "low"), vec![Err(Code::NotFound); 3]);
    assert_eq!(files(&world, "chief"), of("TOP SECRET"));
    world.restrict("chief", &id, "Nodis", &[]);
    world.reopen();
    world.sign_in("chief");
    assert_eq!(files(&world, "chief"), of("TOP SECRET; NODIS"));
}
