//! What others published, against what is read here: facts of C2SP's texts and of a log that anyone can ask.
//!
//! The example checkpoint of tlog-checkpoint bears a real signature under another name: it is the one that
//! Go's checksum database made of its own tree of that size and root.

use super::cosignature::ed25519_message;
use super::note::Note;
use super::verifier::{KeyType, VerifierKey};
use super::{SignedCheckpoint, UnixSeconds, VerifierKeyError};

/// The key of Go's checksum database, as `go` has it built in.
const GO: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// Size and root of the example, as text.
const HEAD: &str = "20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

const ORIGIN: &str = "example.com/behind-the-sofa";

const BY_THE_LOG: &str =
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=";

/// The line of a witness in the example of tlog-cosignature.
const BY_A_WITNESS: &str = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";

/// When that witness signed.
const SIGNED_AT: u64 = 1_679_315_147;

fn example() -> String {
    format!(
        "{ORIGIN}\n{HEAD}\n\u{2014} {ORIGIN} {BY_THE_LOG}\n\u{2014} witness.example.com/w1 {BY_A_WITNESS}\n"
    )
}

#[test]
fn a_key_that_everyone_has_is_read_and_its_id_is_checked() {
    let key = VerifierKey::parse(GO).unwrap();
    assert_eq!(key.key_type(), KeyType::Ed25519Note);
    assert_eq!(key.id, [0x03, 0x3d, 0xe0, 0xae]);
    assert_eq!(key.to_text(), GO);
    let other_id = GO.replacen("033de0ae", "033de0af", 1);
    assert_eq!(
        VerifierKey::parse(&other_id).unwrap_err(),
        VerifierKeyError::WrongKeyId
    );
}

#[test]
fn the_examples_of_checkpoints_are_read() {
    let whole = example();
    let without = whole.split_inclusive('\n').take(5).collect::<String>();
    for (text, lines) in [(without, 1), (whole, 2)] {
        let read = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
        assert_eq!(read.as_str(), text);
        assert_eq!(read.claimed_origin().as_str(), ORIGIN);
        assert_eq!(read.claimed_size().get(), 20_852_163);
        let note = Note::parse(text.as_bytes()).unwrap();
        assert_eq!(note.text, format!("{ORIGIN}\n{HEAD}"));
        assert_eq!(note.lines.len(), lines);
    }
}

#[test]
fn the_signature_of_the_example_holds_over_what_it_was_made_over() {
    let text = example();
    let note = Note::parse(text.as_bytes()).unwrap();
    let line = &note.lines[0];
    let key = VerifierKey::parse(GO).unwrap();
    assert_eq!(line.key_id, key.id);
    let made_over = format!("go.sum database tree\n{HEAD}");
    assert!(key.holds(made_over.as_bytes(), &line.signature));
    // Neither over the name that the example gives it, nor does a name alone make it the key's.
    assert!(!key.holds(note.text.as_bytes(), &line.signature));
    assert!(!line.is_of(&key));
}

#[test]
fn a_cosignature_has_its_time_and_the_message_of_the_specification() {
    let text = example();
    let note = Note::parse(text.as_bytes()).unwrap();
    let line = &note.lines[1];
    assert_eq!(line.name, "witness.example.com/w1");
    assert_eq!(line.key_id, [0x8d, 0x66, 0xcf, 0x3f]);
    assert_eq!(line.signature.len(), KeyType::Ed25519Cosignature.line_len());
    let (time, _) = line.signature.split_first_chunk().unwrap();
    assert_eq!(u64::from_be_bytes(*time), SIGNED_AT);
    let message = ed25519_message(UnixSeconds::new(SIGNED_AT).unwrap(), note.text);
    assert_eq!(
        String::from_utf8(message).unwrap(),
        format!("cosignature/v1\ntime 1679315147\n{ORIGIN}\n{HEAD}")
    );
}

/// A text may hold empty lines: the last one parts it from its signatures. Sixteen of them every reader takes.
#[test]
fn notes_are_read_as_signed_note_has_them() {
    let line = format!("\u{2014} a.example/b {BY_THE_LOG}\n");
    let text = "one\n\ntwo\n\n\nthree\n";
    let note = format!("{text}\n{}", line.repeat(16));
    let read = Note::parse(note.as_bytes()).unwrap();
    assert_eq!(read.text, text);
    assert_eq!(read.lines.len(), 16);
}
