//! Whatever the bytes are: an error or drafts, never a panic, and drafts keep their promises.

use proptest::prelude::*;
use strongroom_ingest::{Read, dry_run, read};
use strongroom_record::PortionKind;

const VOLUME: &[u8] = include_bytes!("vectors/tei/read/everything.xml");
const TEXT: &[u8] = include_bytes!("vectors/text/read/call.txt");
const CAPTIONS: &[u8] = include_bytes!("vectors/captions/read/everything.vtt");
const SUBTITLES: &[u8] = include_bytes!("vectors/captions/read/pysrt-windows.srt");

/// What holds of every file that is read.
fn check(read: &Read<'_>) {
    let mut from = 0;
    for draft in read.drafts.drafts() {
        assert!(draft.slice.start >= from && draft.slice.end <= read.original.len());
        from = draft.slice.end;
        assert_eq!(draft.portions[0].kind, PortionKind::Heading);
        for portion in &draft.portions[1..] {
            assert_ne!(portion.kind, PortionKind::Heading);
            assert!(!portion.text.is_empty());
        }
        for portion in &draft.portions {
            assert_eq!(portion.text.trim(), portion.text);
            assert!(!portion.text.contains("  ") && !portion.text.contains('\n'));
            if let Some(speaker) = &portion.speaker {
                assert!(portion.text.contains(&format!("{speaker}:")));
            }
            for gap in &portion.gaps {
                assert!(portion.text.contains(&format!("[{gap}]")));
            }
        }
        assert!(!dry_run::to_json(draft).contains('\n'));
    }
}

fn try_read(name: &str, bytes: &[u8]) -> bool {
    match read(name, bytes) {
        Ok(read) => {
            check(&read);
            true
        }
        Err(why) => {
            let words = why.to_string();
            assert!(words.starts_with(name) && words.len() < 1_000, "{words}");
            assert!(why.place().is_none_or(|p| p.line >= 1 && p.column >= 1));
            false
        }
    }
}

#[test]
fn every_prefix_of_a_volume_is_refused() {
    let end = VOLUME.len() - VOLUME.iter().rev().position(|&b| b == b'>').expect("a tag");
    for len in 0..end {
        assert!(!try_read("v.xml", &VOLUME[..len]), "{len} bytes");
    }
    assert!(try_read("v.xml", VOLUME));
}

#[test]
fn every_prefix_of_a_text_is_read_or_refused() {
    for len in 0..=TEXT.len() {
        try_read("t.txt", &TEXT[..len]);
    }
}

#[test]
fn every_prefix_and_change_of_captions_is_read_or_refused() {
    for (name, bytes) in [("c.vtt", CAPTIONS), ("c.srt", SUBTITLES)] {
        for len in 0..=bytes.len() {
            try_read(name, &bytes[..len]);
        }
        for at in 0..bytes.len() {
            for byte in *b"<>&:-\n 0{[,\xff" {
                let mut changed = bytes.to_vec();
                changed[at] = byte;
                try_read(name, &changed);
            }
        }
    }
}

#[test]
fn every_byte_changed_is_read_or_refused() {
    for at in 0..VOLUME.len() {
        for byte in [
            b'<', b'>', b'&', b'"', b'\'', b'/', b' ', b'!', b'?', b']', 0, 0x80, 0xff,
        ] {
            let mut changed = VOLUME.to_vec();
            changed[at] = byte;
            try_read("v.xml", &changed);
        }
    }
}

/// Pieces that mean something to a parser.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<p>",
        "</p>",
        "<p/>",
        "<list type='subject'>",
        "<list>",
        "</list>",
        "<item>",
        "</item>",
        "<label>",
        "</label>",
        "<head>",
        "</head>",
        "<note type='source'>",
        "<note>",
        "</note>",
        "<row>",
        "</row>",
        "<cell>",
        "</cell>",
        "<div type='document' xml:id='a'>",
        "<div type='document'>",
        "</div>",
        "<lb/>",
        "<dateline>",
        "</dateline>",
        "<date when='1969'>",
        "<date notAfter='x'>",
        "</date>",
        "<persName type='from' corresp='#a'>",
        "</persName>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE",
        "&amp;",
        "&#x41;",
        "&",
        ";",
        "xmlns='u'",
        "K: a",
        "[1 line not declassified]",
        "Source: x. Secret; Nodis",
        "\u{a0}",
        "\u{feff}",
        " ",
        "“",
        "Mr. Ké: b",
        "\r\n",
    ])
}

/// Pieces that mean something in captions.
fn caption_piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "00:01.000",
        "00:00:02,000",
        "99999:59:59.999",
        " --> ",
        "-->",
        "NOTE ",
        "STYLE",
        "REGION",
        "<v Ann>",
        "</v>",
        "<v ",
        "<c.x>",
        "<00:01.500>",
        "&lt;",
        "&",
        "<",
        ">",
        "- ",
        ">> ",
        "ANN: ",
        "MR. HALE: ",
        "[SPEAKER_00]: ",
        "[1 line not declassified]",
        "1",
        "é",
        "\u{feff}",
        " ",
        "a.",
        "a",
        "position:10%",
        "X1:4",
        "{\\an8}",
    ])
}

proptest! {
    #[test]
    fn any_captions(pieces in prop::collection::vec(caption_piece(), 0..60)) {
        let inside = pieces.concat();
        try_read("x.vtt", format!("WEBVTT\n\n{inside}").as_bytes());
        try_read("x.srt", format!("1\n00:00:01,000 --> 00:00:02,000\n{inside}").as_bytes());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        try_read("x", &bytes);
        try_read("x.xml.gz", &[&[0x1f, 0x8b][..], &bytes].concat());
    }

    #[test]
    fn any_mixture_of_markup(pieces in prop::collection::vec(piece(), 0..60)) {
        let inside = pieces.concat();
        try_read("x.xml", inside.as_bytes());
        try_read("x.txt", inside.as_bytes());
        let volume = format!("<TEI xmlns='http://www.tei-c.org/ns/1.0'><div type='document' xml:id='d'>{inside}</div></TEI>");
        try_read("x.xml", volume.as_bytes());
    }

    #[test]
    fn any_splice(start in 0..VOLUME.len(), len in 0..200_usize, to in 0..VOLUME.len(), cut in 0..50_usize) {
        let mut spliced = VOLUME[..to].to_vec();
        spliced.extend_from_slice(&VOLUME[start..(start + len).min(VOLUME.len())]);
        spliced.extend_from_slice(&VOLUME[(to + cut).min(VOLUME.len())..]);
        try_read("x.xml", &spliced);
    }

    #[test]
    fn any_text(text in "\\PC{0,40}(\n(Subject|Date|Place|Participants|K|Mr. A|From): ?\\PC{0,20}){0,6}\n\n\\PC{0,80}") {
        try_read("x.txt", text.as_bytes());
    }
}
