//! Hostile files of each confined format: of each there is a clear error of the reader's own, out of bounded memory, and a
//! guard that is handed them goes on to the next file.
//!
//! The bound is on the address space of the process that reads, which is never less than the memory it takes: a reader that
//! needed more would not have had its say. With `STRONGROOM_MEASURE=1` the least bound that is enough is printed for each, to
//! 8 MiB.
//!
//! The processes are this program's own image, as in a room: so it has no test harness, and a main of its own.

mod files;
#[path = "../room/mod.rs"]
mod room;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use strongroom_guard::{Code, Intake as _, Refusal};
use strongroom_label::Policy;
use strongroom_record::DraftSet;
use strongroom_service::confined::{Bounds, Confined, parse_confined};

/// The argument by which this program is a reader.
const READER: &str = "parse-confined";

/// Time in which a hostile file is refused, on a machine that does much else.
const SOON: Duration = Duration::from_secs(30);

/// A hostile file, the address space within which it is refused, and what is said of it.
struct Hostile {
    name: &'static str,
    bytes: fn() -> Vec<u8>,
    mebibytes: u64,
    said: &'static str,
}

const HOSTILE: &[Hostile] = &[
    hostile(
        "bomb.docx",
        files::zip_bomb,
        SMALL,
        "far more than any text",
    ),
    hostile(
        "lies.docx",
        files::zip_bomb_that_lies,
        LARGE,
        "is damaged or cut off",
    ),
    hostile(
        "much.docx",
        files::zip_of_too_much,
        LARGE,
        "more than 50331648 bytes",
    ),
    hostile(
        "tables.docx",
        files::nested_tables,
        SMALL,
        "more than 256 elements inside one another",
    ),
    hostile(
        "circle.docx",
        files::circle_of_relations,
        SMALL,
        "is missing in the file",
    ),
    hostile(
        "zip.docx",
        files::other_package,
        SMALL,
        "is a ZIP file and no Word document",
    ),
    hostile(
        "million.pdf",
        files::million_objects,
        LARGE,
        "more than 200000 objects",
    ),
    hostile(
        "inside.pdf",
        files::million_objects_inside,
        SMALL,
        "more than 200000 objects",
    ),
    hostile(
        "bomb.pdf",
        files::pdf_bomb,
        SMALL,
        "more than 268435456 bytes in a PDF, unpacked",
    ),
    hostile(
        "pages.pdf",
        files::circle_of_pages,
        SMALL,
        "pages are missing",
    ),
    hostile(
        "tables.pdf",
        files::circle_of_tables,
        SMALL,
        "pages are missing",
    ),
    hostile(
        "objects.pdf",
        files::circle_of_objects,
        SMALL,
        "pages are missing",
    ),
    hostile(
        "length.pdf",
        files::circle_of_lengths,
        SMALL,
        "cut off or damaged",
    ),
    hostile(
        "nested.eml",
        files::message_in_message,
        SMALL,
        "more than 1024 parts in one message",
    ),
    // A wrong extension: what it is in is told by its content.
    hostile(
        "pdf.docx",
        files::circle_of_pages,
        SMALL,
        "the PDF is cut off or damaged",
    ),
    hostile("docx.eml", files::zip_bomb, SMALL, "far more than any text"),
    hostile(
        "docx.pdf",
        files::nested_tables,
        SMALL,
        "more than 256 elements inside one another",
    ),
];

/// Mebibytes in which a reader has room beside itself; and those of one that unpacks all that may be unpacked.
const SMALL: u64 = 64;
const LARGE: u64 = 160;

const fn hostile(
    name: &'static str,
    bytes: fn() -> Vec<u8>,
    mebibytes: u64,
    said: &'static str,
) -> Hostile {
    Hostile {
        name,
        bytes,
        mebibytes,
        said,
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(READER) {
        let mebibytes = arguments.next().and_then(|text| text.parse().ok());
        return parse_confined(&bounds(mebibytes.expect("a bound")), &|asked| {
            honest(asked.file, asked.bytes)
        });
    }
    let tests: [(&str, fn()); 3] = [
        (
            "each is refused by its reader, out of bounded memory",
            refused_in_bounds,
        ),
        ("prefixes of whole files are refused", prefixes_are_refused),
        ("a guard goes on, and files nothing of them", guard_goes_on),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

fn bounds(mebibytes: u64) -> Bounds {
    Bounds {
        bytes: mebibytes << 20,
        ..Bounds::default()
    }
}

fn confined(mebibytes: u64) -> Confined {
    Confined::new(
        bounds(mebibytes),
        vec![READER.into(), mebibytes.to_string().into()],
    )
}

fn policy() -> Policy {
    Policy::builtin("us").expect("it is built in")
}

fn honest(file: &str, bytes: &[u8]) -> Result<DraftSet, String> {
    let read = strongroom_ingest::read(file, bytes).map_err(|e| e.to_string())?;
    Ok(read.drafts)
}

fn refusal(name: &str, bytes: &[u8], mebibytes: u64) -> Refusal {
    let began = Instant::now();
    let Err(refused) = confined(mebibytes).read(&policy(), name, bytes) else {
        panic!("{name} is read")
    };
    assert!(began.elapsed() < SOON, "{name}: {:?}", began.elapsed());
    assert_eq!(refused.code, Code::Unfit, "{name}");
    refused
}

fn refused_in_bounds() {
    let measured = std::env::var_os("STRONGROOM_MEASURE").is_some();
    for each in HOSTILE {
        let bytes = (each.bytes)();
        let said = refusal(each.name, &bytes, each.mebibytes).message;
        assert!(said.starts_with(each.name), "{said}");
        assert!(said.contains(each.said), "{}: {said}", each.name);
        if measured {
            let is_enough = |bound: &u64| {
                refusal(each.name, &bytes, *bound)
                    .message
                    .contains(each.said)
            };
            let least = (8..=each.mebibytes).step_by(8).find(is_enough);
            println!("{}: {} bytes, {least:?} MiB", each.name, bytes.len());
        }
    }
}

/// Of every byte of a whole file there is a test beside each reader; here some go through a process each.
fn prefixes_are_refused() {
    let whole: [(&str, &[u8]); 3] = [
        (
            "a.docx",
            include_bytes!("../../../ingest/tests/vectors/documents/hidden-text.docx"),
        ),
        (
            "a.pdf",
            include_bytes!("../../../ingest/tests/vectors/pdf/read/memo-fpdf2.pdf"),
        ),
        (
            "a.eml",
            include_bytes!("../../../ingest/tests/vectors/mail/read/python-attachments.eml"),
        ),
    ];
    for (name, bytes) in whole {
        confined(SMALL)
            .read(&policy(), name, bytes)
            .expect("it is whole");
        for len in (0..bytes.len()).step_by(bytes.len() / 16) {
            let said = refusal(name, &bytes[..len], SMALL).message;
            assert!(said.starts_with(name), "{len} bytes: {said}");
        }
    }
}

fn guard_goes_on() {
    let room = room::Room::new();
    let intake = confined(LARGE);
    for (nth, each) in (1..).zip(HOSTILE) {
        let refused = room.file(&intake, each.name, &(each.bytes)()).unwrap_err();
        assert!(refused.message.contains(each.said), "{refused}");
        room.file(&intake, "good.txt", b"A heading\n\nWords.\n")
            .unwrap();
        assert_eq!(room.readable(), nth);
    }
}
