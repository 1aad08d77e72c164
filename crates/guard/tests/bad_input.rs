//! Hostile and unfit files: each refused with what is wrong and where, and nothing lost by it.

mod common;

use std::ops::ControlFlow;
use std::sync::OnceLock;

use common::{PEER, World, filing};
use strongroom_guard::Code;
use strongroom_guard::Refusal;
use strongroom_guard::api::*;
use strongroom_guard::limits::FILING_CHUNK_RECORDS;
use strongroom_record::limits::{FILE_MAX_BYTES, STATEMENT_MAX_BYTES};

const VOLUME: &[u8] = include_bytes!("../../../examples/frus1969-76v12.xml.gz");
/// More records than three commits of a filing hold.
const RECORDS: usize = 3 * FILING_CHUNK_RECORDS + 1;

/// The volume, decompressed: the room gives it back, slice by slice, as the frame has the rest.
fn volume() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        use std::io::Read;
        let mut text = String::new();
        flate2::read::GzDecoder::new(VOLUME)
            .read_to_string(&mut text)
            .unwrap();
        text
    })
}

/// The beginning of the volume, cut so that it is whole: some records, marked and unmarked.
fn excerpt() -> String {
    let text = volume();
    let begin = text.find("<div type=\"document\"").unwrap();
    let head = &text[..text[..begin].rfind("<text").unwrap()];
    let mut records = String::new();
    let mut rest = &text[begin..];
    for _ in 0..3 {
        let next = 1 + rest[1..].find("<div type=\"document\"").unwrap();
        let end = rest[..next].rfind("</div>").unwrap() + "</div>".len();
        records.push_str(&rest[..end]);
        rest = &rest[next..];
    }
    format!("{head}<text><body><div>{records}</div></body></text></TEI>")
}

fn tei(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><text><body><div>{body}</div></body></text></TEI>"
    )
}

/// A room with one record, which must be there after whatever was tried.
struct Room {
    world: World,
    record: String,
    entries: u64,
}

impl Room {
    fn new(seed: u64) -> Self {
        let world = World::mock(seed);
        let filed = world.file_text("chief", "A heading\n\nThe first words.\n", "Secret", 1);
        let record = filed.records[0].record.clone();
        let entries = world.guard().status().entries;
        Self {
            world,
            record,
            entries,
        }
    }

    fn refused(&mut self, filing: &Filing, bytes: &[u8]) -> Refusal {
        let Err(refused) = self.world.file("chief", filing, bytes) else {
            panic!("{} was filed", filing.file)
        };
        self.nothing_was_lost();
        refused
    }

    /// The refusal is in the ledger and nothing else; the room reads, files and checks as before.
    fn nothing_was_lost(&mut self) {
        let status = self.world.guard().status();
        assert_eq!(status.state, "open", "{:?}", status.because);
        assert_eq!(
            status.entries,
            self.entries + 1,
            "the refusal and nothing else"
        );
        assert_eq!(self.world.list("chief").readable, 1);
        let shown = self.world.read("chief", &self.record);
        assert_eq!(shown.portions[1].text, "The first words.");
        let _: LedgerChecked = self.world.get("chief", Request::LedgerCheck);
        self.entries = self.world.guard().status().entries;
    }
}

fn xml(name: &str) -> Filing {
    let mut filing = filing(name);
    filing.unmarked_as = Some("Secret".to_owned());
    filing
}

#[test]
fn the_excerpt_files_as_it_is() {
    let world = World::mock(60);
    let done = world
        .file("chief", &xml("v.xml"), excerpt().as_bytes())
        .unwrap();
    assert_eq!(done.records.len(), 3);
    let done = world.file("chief", &xml("deep.xml"), tei(&nested(100)).as_bytes());
    assert!(done.is_ok(), "{done:?}");
}

fn document(n: usize) -> String {
    format!(
        "<div type=\"document\" xml:id=\"d{n}\"><head>Heading {n}</head><p>The words of {n}.</p></div>\n"
    )
}

fn nested(depth: usize) -> String {
    let body = format!("{}Words.{}", "<hi>".repeat(depth), "</hi>".repeat(depth));
    format!(
        "<div type=\"document\" xml:id=\"d1\"><head>A heading<note type=\"source\">Source: Files. Secret.</note></head><p>{body}</p></div>"
    )
}

#[test]
fn broken_and_hostile_files_are_refused_with_the_place_and_the_rule() {
    let mut room = Room::new(61);
    let whole = excerpt();
    let mut bad_utf8 = whole.clone().into_bytes();
    let at = whole.find("Memorandum").unwrap();
    bad_utf8[at] = 0xff;
    let entities: String = (1..=9)
        .map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE TEI [<!ENTITY e0 \"lol\">{entities}]>{}",
        tei("&e9;").split_once("?>").unwrap().1
    );
    let outside = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE TEI [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>{}",
        tei("&f;").split_once("?>").unwrap().1
    );
    let cut: Vec<usize> = [1, 2, 3, 4].map(|n| whole.len() * n / 5).into();
    let mut files: Vec<(&str, Vec<u8>, bool)> = cut
        .into_iter()
        .map(|at| ("cut.xml", whole.as_bytes()[..at].to_vec(), true))
        .collect();
    files.extend([
        ("twice.xml", format!("{whole}{whole}").into_bytes(), true),
        ("bomb.xml", bomb.into_bytes(), true),
        ("outside.xml", outside.into_bytes(), true),
        ("deep.xml", tei(&nested(10_000)).into_bytes(), true),
        (
            "deep-and-open.xml",
            tei(&"<div>".repeat(10_000)).into_bytes(),
            true,
        ),
        ("bytes.xml", bad_utf8, true),
        (
            "bytes.txt",
            b"A heading\n\nWords \xc3\x28.\n".to_vec(),
            true,
        ),
        ("cut.xml.gz", VOLUME[..VOLUME.len() / 2].to_vec(), false),
        ("no.xml.gz", b"\x1f\x8b\x08 no gzip".to_vec(), false),
        ("empty.xml", Vec::new(), false),
        ("empty.txt", Vec::new(), false),
        ("blank.txt", b" \n\n \n".to_vec(), false),
        ("none.xml", tei("").into_bytes(), false),
        (
            "other.xml",
            b"<html><body>Words</body></html>".to_vec(),
            false,
        ),
        ("no.xml", b"no xml at all".to_vec(), false),
        ("no.pdf", b"%PDF-1.7 words".to_vec(), false),
        ("nul.txt", b"A heading\n\nWords\0words.\n".to_vec(), true),
    ]);
    for (name, bytes, has_place) in files {
        let refused = room.refused(&xml(name), &bytes);
        assert_eq!(refused.code, Code::Unfit, "{name}: {refused}");
        let message = &refused.message;
        assert!(message.starts_with(name), "{message}");
        assert!(message.ends_with("nothing was filed"), "{message}");
        assert!(message.contains("line ") || !has_place, "{name}: {message}");
        assert!(message.len() < 600, "{message}");
        // An error is kept where the text must not be.
        assert!(!message.contains("Pierre Hotel"), "{message}");
    }
}

#[test]
fn too_large_a_file_is_refused_and_a_small_one_that_unpacks_to_it_as_well() {
    let mut room = Room::new(62);
    let large = vec![b'a'; FILE_MAX_BYTES + 1];
    let refused = room.refused(&xml("large.txt"), &large);
    assert_eq!(refused.code, Code::Unfit, "{refused}");
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&large).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < FILE_MAX_BYTES / 100);
    let refused = room.refused(&xml("large.txt.gz"), &packed);
    assert_eq!(refused.code, Code::Unfit, "{refused}");
    let one_line = vec![b'a'; FILE_MAX_BYTES / 2];
    let refused = room.refused(&xml("line.txt"), &one_line);
    assert_eq!(refused.code, Code::Unfit, "{refused}");
}

#[test]
fn names_of_files_are_bounded() {
    let mut room = Room::new(63);
    for name in [String::new(), "n".repeat(17 << 10)] {
        let refused = room.refused(&xml(&name), b"A heading\n\nWords.\n");
        assert_eq!(refused.code, Code::Unfit, "{refused}");
        assert!(refused.message.len() < 1_000);
    }
}

#[test]
fn an_unmarked_file_is_refused_whole_with_the_list() {
    let mut room = Room::new(64);
    let refused = room.refused(&filing("volume.xml.gz"), VOLUME);
    assert_eq!(refused.code, Code::Unfit);
    assert!(refused.details.len() > 10, "{:?}", refused.details);
    assert!(
        refused
            .message
            .contains(&format!("{} of", refused.details.len()))
    );
    assert!(
        refused.details.iter().all(|d| d.starts_with('d')),
        "each by its id"
    );
    assert!(refused.hint.unwrap().contains("--unmarked-as"));
    let plain = room.refused(&filing("note.txt"), b"A heading\n\nWords.\n");
    assert_eq!(plain.details.len(), 1);
}

#[test]
fn unknown_captions_refuse_the_file_with_the_list_and_can_be_told_what_they_are() {
    let mut room = Room::new(65);
    let odd = excerpt().replacen(">Nodis<", ">Zebra Dance<", 1);
    assert!(odd.contains("Zebra Dance"));
    let refused = room.refused(&xml("odd.xml"), odd.as_bytes());
    assert_eq!(refused.code, Code::Unfit);
    assert_eq!(refused.details.len(), 1);
    assert!(
        refused.details[0].contains("Zebra Dance"),
        "{:?}",
        refused.details
    );
    assert!(refused.hint.unwrap().contains("--unknown-as"));
    let mut wrong = xml("odd.xml");
    wrong.unknown_as = Some("Yak Song".to_owned());
    assert_eq!(room.refused(&wrong, odd.as_bytes()).code, Code::Invalid);
    let mut told = xml("odd.xml");
    told.unknown_as = Some("Eyes Only".to_owned());
    let done = room.world.file("chief", &told, odd.as_bytes()).unwrap();
    assert!(done.records.iter().any(|r| r.banner.contains("EYES ONLY")));
}

#[test]
fn a_filing_says_why_and_in_whose_name() {
    let mut room = Room::new(66);
    let text = b"A heading\n\nWords.\n";
    let mut spoil = |change: fn(&mut Filing)| {
        let mut asked = xml("note.txt");
        change(&mut asked);
        room.refused(&asked, text)
    };
    let unknown = spoil(|f| f.reason = "because I can".to_owned());
    assert_eq!(unknown.code, Code::Invalid);
    assert!(
        unknown
            .details
            .iter()
            .any(|d| d.starts_with("foreign-relations:"))
    );
    for blank in [
        (|f: &mut Filing| f.reason.clear()) as fn(&mut Filing),
        |f| f.authority.clear(),
        |f| f.authority = " \n".to_owned(),
        |f| f.because.clear(),
        |f| f.unmarked_as = Some("Cosmic".to_owned()),
        |f| f.unmarked_as = Some(String::new()),
        |f| f.marking = Some("Nodis".to_owned()),
        |f| f.request = Some("not an id".to_owned()),
    ] {
        assert_eq!(spoil(blank).code, Code::Invalid);
    }
    for long in [
        (|f: &mut Filing| f.because = "b".repeat(STATEMENT_MAX_BYTES + 1)) as fn(&mut Filing),
        |f| f.authority = "a".repeat(STATEMENT_MAX_BYTES + 1),
        |f| f.from_system = Some("s".repeat(STATEMENT_MAX_BYTES + 1)),
        |f| f.already_held_by = vec!["h".repeat(STATEMENT_MAX_BYTES + 1)],
    ] {
        assert_eq!(spoil(long).code, Code::Limit);
    }
}

#[test]
fn a_filing_that_is_stopped_midway_leaves_whole_records_only() {
    let mut world = World::mock(67);
    let documents: String = (0..RECORDS).map(document).collect();
    let file = tei(&documents);
    for stop_after in [1, 2] {
        let before = world.list("chief").readable;
        let mut heard = Vec::new();
        let copy = world
            .guard()
            .file(
                &world.tokens["chief"],
                PEER,
                &xml("many.xml"),
                file.as_bytes(),
                &mut |progress| {
                    heard.push(progress.filed);
                    assert_eq!(progress.of, RECORDS);
                    if heard.len() == stop_after {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            )
            .unwrap();
        let done: FilingDone = serde_json::from_slice(copy.json()).unwrap();
        assert!(!done.complete);
        assert!(
            (1..RECORDS).contains(&done.records.len()),
            "{}",
            done.records.len()
        );
        assert_eq!(*heard.last().unwrap(), done.records.len());
        assert_eq!(world.list("chief").readable, before + done.records.len());
        // Each of them is whole, its slice of the original included, and stands where it stood.
        for filed in done.records.iter().rev().take(5) {
            let query = ReadQuery {
                record: filed.record.clone(),
                original: true,
                ..ReadQuery::default()
            };
            let shown: Shown = world.get("chief", Request::Read(query));
            let slice = data_encoding::BASE64.decode(shown.original.unwrap().as_bytes());
            let slice = String::from_utf8(slice.unwrap()).unwrap();
            assert!(slice.contains(&format!("xml:id=\"{}\"", filed.source)));
            assert!(file.contains(&slice));
        }
        let _: LedgerChecked = world.get("chief", Request::LedgerCheck);
    }
    // What a crash leaves is no less whole; and the file goes in when it is filed again.
    let readable = world.list("chief").readable;
    world.disk = world.disk.after_crash(strongroom_vault::testing::Loss::All);
    world.reopen();
    world.sign_in("chief");
    assert_eq!(world.list("chief").readable, readable);
    let done = world
        .file("chief", &xml("many.xml"), file.as_bytes())
        .unwrap();
    assert!(done.complete);
    assert_eq!(world.list("chief").readable, readable + RECORDS);
    let _: LedgerChecked = world.get("chief", Request::LedgerCheck);
}

#[test]
fn malformed_requests_are_refused_and_change_nothing() {
    let room = Room::new(68);
    let world = &room.world;
    let restrict = |change: fn(&mut Restrict)| {
        let Request::Restrict(mut ask) = common::restriction(&room.record, "Top Secret", &[])
        else {
            unreachable!()
        };
        change(&mut ask);
        world.refused("chief", Request::Restrict(ask))
    };
    for (change, code) in [
        (
            (|a| a.reason = "whim".to_owned()) as fn(&mut Restrict),
            Code::Invalid,
        ),
        (|a| a.because = "  ".to_owned(), Code::Invalid),
        (|a| a.authority = Some(String::new()), Code::Invalid),
        (
            |a| a.because = "b".repeat(STATEMENT_MAX_BYTES + 1),
            Code::Limit,
        ),
        (|a| a.to = "Cosmic".to_owned(), Code::Invalid),
        (|a| a.to = String::new(), Code::Invalid),
        (|a| a.to = "Secret".to_owned(), Code::Conflict),
        (|a| a.records.clear(), Code::Invalid),
        (|a| a.records = vec![a.records[0].clone(); 2], Code::Invalid),
        (
            |a| a.records = vec![a.records[0].clone(); 1_001],
            Code::Invalid,
        ),
        (|a| a.records = vec!["?".to_owned()], Code::Invalid),
        (|a| a.records = vec!["zzzzzz".to_owned()], Code::NotFound),
        (|a| a.portions = vec!["7".to_owned()], Code::Conflict),
        (|a| a.portions = vec!["colour".to_owned()], Code::NotFound),
        (|a| a.portions = vec!["-1".to_owned()], Code::NotFound),
        (
            |a| a.portions = vec!["99999999999999999999".to_owned()],
            Code::NotFound,
        ),
        (|a| a.portions = vec!["0".to_owned(); 10_001], Code::Invalid),
        (|a| a.request = Some("x".to_owned()), Code::Invalid),
    ] {
        let refused = restrict(change);
        assert_eq!(refused.code, code, "{refused}");
    }
    for limit in [0, 1_001, usize::MAX] {
        let query = ListQuery {
            limit: Some(limit),
            after: None,
        };
        assert_eq!(
            world.refused("chief", Request::List(query)).code,
            Code::Invalid
        );
    }
    let mut room = room;
    room.entries = room.world.guard().status().entries - 1;
    room.nothing_was_lost();
}

/// A volume of so many small records.
fn notes(records: usize) -> String {
    let documents: String = (0..records)
        .map(|n| format!("<div type=\"document\" xml:id=\"d{n}\"><head>{n}. Note</head><p>Text {n}.</p></div>"))
        .collect();
    format!(
        "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><text><body>{documents}</body></text></TEI>"
    )
}

#[test]
fn an_interrupted_filing_goes_on_under_its_request_id() {
    let mut room = World::mock(31);
    let tei = notes(1_000);
    let mut filing = filing("notes.xml");
    filing.unmarked_as = Some("Secret".to_owned());
    filing.request = Some("0123456789abcdefghjkmnpqrs".to_owned());
    let stop = &mut |_| std::ops::ControlFlow::Break(());
    let copy = room
        .guard()
        .file(&room.tokens["chief"], PEER, &filing, tei.as_bytes(), stop)
        .unwrap();
    let first: FilingDone = serde_json::from_slice(copy.json()).unwrap();
    let (stopped, in_room) = (first.records.len(), room.list("chief").readable);
    assert!(!first.complete && first.resumed == 0 && stopped < 1_000 && stopped == in_room);

    // Another file, or other options, is not this filing.
    let other = room
        .file("chief", &filing, notes(999).as_bytes())
        .unwrap_err();
    assert_eq!(other.code, Code::Conflict);
    let mut lower = filing.clone();
    lower.unmarked_as = Some("Unclassified".to_owned());
    assert_eq!(
        room.file("chief", &lower, tei.as_bytes()).unwrap_err().code,
        Code::Conflict
    );
    assert_eq!(room.list("chief").readable, stopped);

    room.reopen();
    room.sign_in("chief");
    let rest = room.file("chief", &filing, tei.as_bytes()).unwrap();
    assert!(rest.complete);
    assert_eq!(
        (rest.resumed, rest.records.len(), &rest.filing),
        (stopped, 1_000, &first.filing)
    );
    let ids = |done: &FilingDone| {
        done.records
            .iter()
            .map(|r| (r.source.clone(), r.record.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&rest)[..stopped], ids(&first)[..]);
    let shown: std::collections::BTreeSet<_> = ids(&rest).into_iter().map(|(_, id)| id).collect();
    assert_eq!((shown.len(), room.list("chief").readable), (1_000, 1_000));
    assert_eq!(
        room.read("chief", &rest.records[999].record).portions[1].text,
        "Text 999."
    );

    // A retry of what is complete answers the same and files nothing.
    let again = room.file("chief", &filing, tei.as_bytes()).unwrap();
    assert_eq!(
        (ids(&again), again.complete, again.resumed),
        (ids(&rest), true, 1_000)
    );
    assert_eq!(room.list("chief").readable, 1_000);
    let _: LedgerChecked = room.get("chief", Request::LedgerCheck);
}
