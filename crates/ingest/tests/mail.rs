//! Hostile messages: an answer in bounded time and memory, whatever they hold.

use std::time::{Duration, Instant};

use strongroom_ingest::{MailRule, Rule, read};

const HEADER: &str = "From: a@b.c\nMessage-ID: <1@b.c>\nMIME-Version: 1.0\n";

fn answer(bytes: &[u8]) -> Result<usize, Rule> {
    let start = Instant::now();
    let answer = read("x.eml", bytes)
        .map(|read| read.drafts.drafts()[0].portions.len())
        .map_err(|why| why.rule().clone());
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
    answer
}

#[track_caller]
fn limited(message: &str, due: &str) {
    match answer(message.as_bytes()) {
        Err(Rule::Limit { what, .. }) => assert_eq!(what, due),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_million_header_lines() {
    let many = format!("{}{}\nbody\n", HEADER, "X-A: b\n".repeat(1_000_000));
    limited(&many, "lines in the header of a message");
    let long = format!("{HEADER}X-A: {}\n\nbody\n", "b".repeat(8 << 20));
    assert_eq!(answer(long.as_bytes()), Ok(2));
}

#[test]
fn parts_in_parts() {
    let nested = |count: usize, kind: &str| {
        let mut message = HEADER.to_owned();
        for nth in 0..count {
            message += &format!("Content-Type: {kind}; boundary=b{nth}\n\n--b{nth}\n");
        }
        message += "\nwords\n";
        for nth in (0..count).rev() {
            message += &format!("--b{nth}--\n");
        }
        message
    };
    assert_eq!(answer(nested(100, "multipart/mixed").as_bytes()), Ok(2));
    limited(&nested(100_000, "multipart/mixed"), "parts in one message");
    let _ = answer(nested(1_000, "multipart/digest").as_bytes());
    let messages = format!(
        "{HEADER}{}words\n",
        "Content-Type: message/rfc822\n\n".repeat(1_000)
    );
    let _ = answer(messages.as_bytes());
    limited(
        &format!(
            "{HEADER}{}words\n",
            "Content-Type: message/rfc822\n\n".repeat(100_000)
        ),
        "parts in one message",
    );
    let many = format!(
        "{HEADER}Content-Type: multipart/mixed; boundary=b\n\n{}--b--\n",
        "--b\n\nx\n".repeat(100_000)
    );
    limited(&many, "parts in one message");
}

#[test]
fn a_large_attachment() {
    let line = "QUFB".repeat(19);
    let base64 = format!("{line}\n").repeat(200_000);
    let message = format!(
        "{HEADER}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: video/mp4; name=../../call.mp4\n\
         Content-Transfer-Encoding: base64\n\n{base64}\n--b--\n"
    );
    let read = read("x.eml", message.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
    let file = &read.drafts.drafts()[0].attachments[0];
    assert_eq!(
        (file.name.as_str(), file.media_type.as_str()),
        ("call.mp4", "video/mp4")
    );
    assert_eq!(file.bytes.len(), 200_000 * 57);
}

#[test]
fn every_prefix_and_change_is_answered() {
    let bytes = include_bytes!("vectors/mail/read/python-attachments.eml");
    let end = bytes.trim_ascii_end().len();
    let body = memchr_of(bytes, b"\r\n\r\n");
    for len in 0..end {
        let answer = answer(&bytes[..len]);
        assert!(answer.is_err() || len < body, "{len} bytes");
    }
    for at in 0..bytes.len() {
        for byte in *b"-\n:;=\" \xff" {
            let mut changed = bytes.to_vec();
            changed[at] = byte;
            let _ = read("x.eml", &changed);
        }
    }
    assert_eq!(
        answer(b"From a@b.c Tue Mar  3 09:00:00 2026\nFrom: a@b.c\n\nx"),
        Err(MailRule::NotMail.into())
    );
}

fn memchr_of(bytes: &[u8], word: &[u8]) -> usize {
    bytes
        .windows(word.len())
        .position(|w| w == word)
        .expect("a body")
}
