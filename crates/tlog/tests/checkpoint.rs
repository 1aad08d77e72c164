//! Checkpoints: both signatures or none, and nothing signed that does not follow.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use signed_note::{Note, StandardVerifier, VerifierList};
use strongroom_tlog::checkpoint::{
    Checkpoint, KeysError, LogPublicKeys, LogSigner, MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError,
    Origin, SignError, SignatureKind, SignedCheckpoint, UnixSeconds, VerifyError,
};
use strongroom_tlog::tree::{LeafHash, Tree, TreeHead};

const NOW: u64 = 1_790_000_000;

fn time(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn signer(name: &str, seed: u8, last: Option<&SignedCheckpoint>) -> LogSigner {
    LogSigner::from_seeds(Origin::new(name).unwrap(), &[seed; 32], &[!seed; 32], last).unwrap()
}

fn tree(n: u64) -> Tree {
    let mut tree = Tree::new();
    for leaf in 0..n {
        tree.append(LeafHash::of(&leaf.to_be_bytes()));
    }
    tree
}

/// Signs the head of `tree` as the next one.
fn sign(signer: &mut LogSigner, tree: &Tree, seconds: u64) -> SignedCheckpoint {
    let head = tree.prove_head(signer.last_signed()).unwrap();
    Checkpoint::sign(signer, &head, time(seconds)).unwrap()
}

/// A checkpoint of 5 entries, with the keys that believe it.
fn good() -> (SignedCheckpoint, LogPublicKeys) {
    let mut signer = signer("example.org/room", 1, None);
    let signed = sign(&mut signer, &tree(5), NOW);
    (signed, signer.public_keys().clone())
}

fn verify(text: &str, keys: &LogPublicKeys) -> Result<Checkpoint, VerifyError> {
    SignedCheckpoint::from_bytes(text.as_bytes())?.verify(keys)
}

/// The text before the empty line, and the signature lines.
fn parts(signed: &SignedCheckpoint) -> (String, Vec<String>) {
    let (text, lines) = signed.as_str().split_once("\n\n").unwrap();
    (text.to_owned(), lines.lines().map(str::to_owned).collect())
}

fn joined(text: &str, lines: &[&str]) -> String {
    format!("{text}\n\n{}\n", lines.join("\n"))
}

#[test]
fn what_was_signed_is_believed() {
    let (signed, keys) = good();
    let checkpoint = signed.verify(&keys).unwrap();
    assert_eq!(checkpoint.origin().as_str(), "example.org/room");
    assert_eq!(checkpoint.head(), &tree(5).head());
    assert_eq!(checkpoint.time(), time(NOW));
    assert_eq!(
        SignedCheckpoint::from_bytes(signed.as_str().as_bytes()),
        Ok(signed)
    );
}

#[test]
fn the_empty_log_can_be_signed() {
    let mut signer = signer("example.org/room", 1, None);
    let signed = sign(&mut signer, &Tree::new(), NOW);
    let checkpoint = signed.verify(signer.public_keys()).unwrap();
    assert_eq!(checkpoint.head(), &TreeHead::EMPTY);
}

#[test]
fn another_implementation_believes_the_ed25519_signature() {
    let (signed, keys) = good();
    let verifier = StandardVerifier::new(&keys.verifier_key(SignatureKind::Ed25519)).unwrap();
    let note = Note::from_bytes(signed.as_str().as_bytes()).unwrap();
    let (verified, others) = note
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!(verified.len(), 1);
    assert_eq!(others.len(), 1, "the ML-DSA-44 line is passed over");
    assert_eq!(others[0].signature().len(), 8 + 2420);
    let read = tlog_tiles::checkpoint::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((read.origin(), read.size()), ("example.org/room", 5));
}

/// The cosignature against tlog-cosignature, assembled here from its text.
#[test]
fn the_ml_dsa_44_signature_is_over_the_cosigned_message() {
    let (signed, keys) = good();
    let (_, lines) = parts(&signed);
    let line = STANDARD
        .decode(lines[1].rsplit(' ').next().unwrap())
        .unwrap();
    let (timestamp, signature) = line[4..].split_at(8);
    let verifier_key = keys.verifier_key(SignatureKind::MlDsa44);
    let typed = STANDARD
        .decode(verifier_key.splitn(3, '+').nth(2).unwrap())
        .unwrap();
    assert_eq!(typed[0], 6);

    let name = b"example.org/room";
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(16);
    message.extend_from_slice(name);
    message.extend_from_slice(timestamp);
    message.push(16);
    message.extend_from_slice(name);
    message.extend_from_slice(&[0; 8]);
    message.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 5]);
    message.extend_from_slice(tree(5).head().root().as_bytes());
    let key =
        aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ML_DSA_44, &typed[1..]);
    key.verify(&message, signature).unwrap();
    assert_eq!(timestamp, NOW.to_be_bytes());
}

#[test]
fn both_signatures_must_be_there_once() {
    let (signed, keys) = good();
    let (text, lines) = parts(&signed);
    let (ed25519, ml_dsa) = (lines[0].as_str(), lines[1].as_str());
    use SignatureKind::{Ed25519, MlDsa44};
    use VerifyError::{DoubledSignature, MissingSignature};
    for (lines, fault) in [
        (vec![ml_dsa], MissingSignature(Ed25519)),
        (vec![ed25519], MissingSignature(MlDsa44)),
        (vec![ed25519, ed25519], DoubledSignature(Ed25519)),
        (vec![ed25519, ed25519, ml_dsa], DoubledSignature(Ed25519)),
        (vec![ed25519, ml_dsa, ml_dsa], DoubledSignature(MlDsa44)),
    ] {
        assert_eq!(verify(&joined(&text, &lines), &keys), Err(fault));
    }
    assert!(verify(&joined(&text, &[ml_dsa, ed25519]), &keys).is_ok());
}

#[test]
fn signatures_do_not_stand_for_each_other_or_for_another_head() {
    let (signed, keys) = good();
    let (text, lines) = parts(&signed);
    let mut signer = signer("example.org/room", 1, Some(&signed));
    let later = sign(&mut signer, &tree(6), NOW + 1);
    let (later_text, later_lines) = parts(&later);
    let wrong = |kind| Err(VerifyError::WrongSignature(kind));

    let mixed = joined(&text, &[&lines[0], &later_lines[1]]);
    assert_eq!(verify(&mixed, &keys), wrong(SignatureKind::MlDsa44));
    let mixed = joined(&text, &[&later_lines[0], &lines[1]]);
    assert_eq!(verify(&mixed, &keys), wrong(SignatureKind::Ed25519));
    let mixed = joined(&later_text, &[&lines[0], &lines[1]]);
    assert_eq!(verify(&mixed, &keys), wrong(SignatureKind::Ed25519));

    // Each line's signature under the other line's key id.
    let bytes = |line: &str| STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap();
    let (ed25519, ml_dsa) = (bytes(&lines[0]), bytes(&lines[1]));
    let line = |id: &[u8], signature: &[u8]| {
        let both = [id, signature].concat();
        format!("\u{2014} example.org/room {}", STANDARD.encode(both))
    };
    let swapped = joined(
        &text,
        &[
            &line(&ed25519[..4], &ml_dsa[4..]),
            &line(&ml_dsa[..4], &ed25519[4..]),
        ],
    );
    assert_eq!(verify(&swapped, &keys), wrong(SignatureKind::Ed25519));
}

#[test]
fn the_time_is_signed() {
    let (signed, keys) = good();
    let (text, lines) = parts(&signed);
    let mut bytes = STANDARD
        .decode(lines[1].rsplit(' ').next().unwrap())
        .unwrap();
    let with_time = |bytes: &[u8]| {
        let line = format!("\u{2014} example.org/room {}", STANDARD.encode(bytes));
        verify(&joined(&text, &[&lines[0], &line]), &keys)
    };
    assert!(with_time(&bytes).is_ok());
    bytes[11] ^= 1;
    assert_eq!(
        with_time(&bytes),
        Err(VerifyError::WrongSignature(SignatureKind::MlDsa44))
    );
    bytes[4] = 0x80;
    assert!(matches!(with_time(&bytes), Err(VerifyError::NoSuchTime(_))));
}

#[test]
fn lines_of_witnesses_are_passed_over() {
    let (signed, keys) = good();
    let (text, lines) = parts(&signed);
    let witness = format!("\u{2014} witness.example/w1 {}", STANDARD.encode([7; 76]));
    let cosigned = joined(&text, &[&lines[0], &witness, &lines[1]]);
    assert_eq!(
        verify(&cosigned, &keys).unwrap(),
        signed.verify(&keys).unwrap()
    );
}

#[test]
fn another_log_is_not_believed() {
    let (signed, keys) = good();
    let other_key = signer("example.org/room", 2, None);
    assert_eq!(
        signed.verify(other_key.public_keys()),
        Err(VerifyError::MissingSignature(SignatureKind::Ed25519))
    );
    let other_name = signer("example.org/other", 1, None);
    assert!(matches!(
        signed.verify(other_name.public_keys()),
        Err(VerifyError::OtherLog { .. })
    ));
    assert!(signed.verify(&keys).is_ok());
}

#[test]
fn every_bit_turned_is_refused() {
    let (signed, keys) = good();
    let good = signed.as_str().as_bytes();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = SignedCheckpoint::from_bytes(&bytes);
        let believed = read.and_then(|signed| signed.verify(&keys));
        assert!(believed.is_err(), "bit {bit} turned is believed");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (signed, keys) = good();
    let good = signed.as_str().as_bytes();
    for cut in 0..good.len() {
        let read = SignedCheckpoint::from_bytes(&good[..cut]);
        assert!(read.and_then(|signed| signed.verify(&keys)).is_err());
    }
}

#[test]
fn sizes_are_bounded() {
    let (signed, keys) = good();
    let (text, lines) = parts(&signed);
    let witness = format!("\u{2014} w {}", STANDARD.encode([7; 76]));
    let with = |witnesses: usize| {
        let mut all: Vec<&str> = lines.iter().map(String::as_str).collect();
        all.extend(std::iter::repeat_n(witness.as_str(), witnesses));
        verify(&joined(&text, &all), &keys)
    };
    assert!(with(MAX_SIGNATURES - 2).is_ok());
    assert_eq!(
        with(MAX_SIGNATURES - 1),
        Err(VerifyError::Note(NoteError::TooManySignatures(
            MAX_SIGNATURES + 1
        )))
    );
    let long = "a".repeat(MAX_NOTE_BYTES + 1);
    assert_eq!(
        verify(&long, &keys),
        Err(VerifyError::Note(NoteError::TooLong(MAX_NOTE_BYTES + 1)))
    );
    assert!(UnixSeconds::new(i64::MAX as u64).is_some());
    assert!(UnixSeconds::new(i64::MAX as u64 + 1).is_none());
}

#[test]
fn only_what_grew_from_the_last_head_is_signed() {
    let mut signer = signer("example.org/room", 1, None);
    let first = sign(&mut signer, &tree(5), NOW);

    // Proved against an older head than the one signed last.
    let stale = tree(9).prove_head(&TreeHead::EMPTY).unwrap();
    assert!(matches!(
        Checkpoint::sign(&mut signer, &stale, time(NOW)),
        Err(SignError::Fork(fork)) if (fork.before, fork.now) == (5, 9)
    ));
    // A fork: another tree, which cannot even be proved.
    let mut fork = Tree::new();
    for _ in 0..7 {
        fork.append(LeafHash::of(b"other"));
    }
    assert!(fork.prove_head(signer.last_signed()).is_err());
    // A rollback.
    assert!(tree(4).prove_head(signer.last_signed()).is_err());
    // A refusal changes nothing.
    assert_eq!(signer.last_signed(), &tree(5).head());

    // The signer taken up again goes on from where it was.
    let mut again = self::signer("example.org/room", 1, Some(&first));
    assert_eq!(again.last_signed(), &tree(5).head());
    let second = sign(&mut again, &tree(8), NOW + 2);
    assert!(second.verify(signer.public_keys()).is_ok());
    let same_head_again = sign(&mut again, &tree(8), NOW + 3);
    assert_eq!(
        same_head_again.verify(signer.public_keys()).unwrap().head(),
        &tree(8).head()
    );
}

#[test]
fn time_does_not_run_backwards() {
    let mut signer = signer("example.org/room", 1, None);
    let first = sign(&mut signer, &tree(5), NOW);
    for signer in [
        &mut signer,
        &mut self::signer("example.org/room", 1, Some(&first)),
    ] {
        let head = tree(6).prove_head(signer.last_signed()).unwrap();
        assert_eq!(
            Checkpoint::sign(signer, &head, time(NOW - 1)),
            Err(SignError::TimeRanBackwards {
                now: time(NOW - 1),
                last: time(NOW)
            })
        );
        assert!(Checkpoint::sign(signer, &head, time(NOW)).is_ok());
    }
}

#[test]
fn a_signer_goes_on_only_from_its_own_checkpoint() {
    let (signed, _) = good();
    for (name, seed) in [("example.org/room", 2), ("example.org/other", 1)] {
        let origin = Origin::new(name).unwrap();
        let taken_up = LogSigner::from_seeds(origin, &[seed; 32], &[!seed; 32], Some(&signed));
        assert!(matches!(taken_up.err(), Some(SignError::LastCheckpoint(_))));
    }
}

#[test]
fn the_keys_are_text_that_reads_back() {
    let (_, keys) = good();
    let text = keys.to_text();
    assert!(text.len() <= LogPublicKeys::MAX_TEXT_BYTES);
    assert_eq!(LogPublicKeys::from_text(&text), Ok(keys));
    // The longest name still fits.
    let longest = signer(&"n".repeat(Origin::MAX_BYTES), 1, None);
    let text = longest.public_keys().to_text();
    assert!(LogPublicKeys::from_text(&text).is_ok());
}

#[test]
fn keys_that_are_altered_are_refused() {
    use SignatureKind::{Ed25519, MlDsa44};
    let (_, keys) = good();
    let text = keys.to_text();
    let lines: Vec<_> = text.lines().collect();
    let other = signer("example.org/other", 1, None).public_keys().to_text();
    let other_ml_dsa = other.lines().nth(1).unwrap();
    let upper = lines[0].replace('+', "+A");
    let cases = [
        (String::new(), KeysError::NotTwoLines),
        (lines[0].to_owned(), KeysError::NotTwoLines),
        (format!("{}\n", lines[0]), KeysError::NotTwoLines),
        (text.trim_end().to_owned(), KeysError::NotTwoLines),
        (format!("{text}\n"), KeysError::NotTwoLines),
        (
            format!("{}\n{}\n", lines[1], lines[0]),
            KeysError::WrongType(Ed25519),
        ),
        (
            format!("{}\n{}\n", lines[0], lines[0]),
            KeysError::WrongType(MlDsa44),
        ),
        (
            format!("{}\n{other_ml_dsa}\n", lines[0]),
            KeysError::TwoNames,
        ),
        (
            format!("{upper}\n{}\n", lines[1]),
            KeysError::NotAVerifierKey(Ed25519),
        ),
        (
            format!("example.org/room\n{}\n", lines[1]),
            KeysError::NotAVerifierKey(Ed25519),
        ),
        (
            text.replacen("example.org/room", "example.org/rooms", 1),
            KeysError::WrongKeyId(Ed25519),
        ),
        (
            "x".repeat(LogPublicKeys::MAX_TEXT_BYTES + 1),
            KeysError::TooLong(LogPublicKeys::MAX_TEXT_BYTES + 1),
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(LogPublicKeys::from_text(&text), Err(fault), "{text}");
    }
    // Any bit turned: not a key, another id, or another name.
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(altered) = String::from_utf8(bytes) {
            assert!(LogPublicKeys::from_text(&altered).is_err(), "bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = SignedCheckpoint::from_bytes(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert!(LogPublicKeys::from_text(text).is_err());
        }
    }

    #[test]
    fn hostile_lines_are_refused_without_panic(
        text in "[a-z0-9=+/ \n\u{2014}]{0,80}",
        lines in "(\u{2014} [a-z+ ]{0,5} [A-Za-z0-9+/=]{0,20}\n){0,4}",
    ) {
        let (_, keys) = good_keys();
        let _ = verify(&format!("{text}\n\n{lines}"), keys);
    }
}

fn good_keys() -> &'static (SignedCheckpoint, LogPublicKeys) {
    static GOOD: std::sync::OnceLock<(SignedCheckpoint, LogPublicKeys)> =
        std::sync::OnceLock::new();
    GOOD.get_or_init(good)
}
