//! Cosignatures: only what a witness signed of this very checkpoint counts.

use strongroom_tlog::checkpoint::{
    AddError, Checkpoint, CosignatureFault, CosignatureKind, Cosigner, LogKey, LogSigner,
    MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, Origin, SignatureKind, SignedCheckpoint, TrustedLog,
    TrustedLogError, UnixSeconds, VerifierKeyError, VerifyError, WitnessKey,
};
use strongroom_tlog::tree::{LeafHash, Tree, TreeHead};

const NOW: u64 = 1_790_000_000;

fn time(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn origin(name: &str) -> Origin {
    Origin::new(name).unwrap()
}

fn tree(n: u64) -> Tree {
    let mut tree = Tree::new();
    for leaf in 0..n {
        tree.append(LeafHash::of(&leaf.to_be_bytes()));
    }
    tree
}

fn log(name: &str) -> LogSigner {
    LogSigner::from_seeds(origin(name), &[1; 32], &[2; 32], None).unwrap()
}

fn checkpoint(name: &str, entries: u64) -> SignedCheckpoint {
    let mut signer = log(name);
    let head = tree(entries).prove_head(&TreeHead::EMPTY).unwrap();
    Checkpoint::sign(&mut signer, &head, time(NOW)).unwrap()
}

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::from_seeds(origin(name), &[seed; 32], &[!seed; 32]).unwrap()
}

fn lines(witness: &Cosigner, log: &str, entries: u64, seconds: u64) -> String {
    let head = tree(entries).prove_head(&TreeHead::EMPTY).unwrap();
    witness.cosign(&origin(log), &head, time(seconds)).unwrap()
}

#[test]
fn both_lines_of_a_witness_are_believed() {
    let signed = checkpoint("example.org/room", 5);
    let witness = witness("witness.example/w1", 9);
    let answer = lines(&witness, "example.org/room", 5, NOW + 1);
    let (cosigned, added) = signed
        .with_cosignatures(answer.as_bytes(), witness.keys())
        .unwrap();
    assert_eq!(added.len(), 2);
    assert_eq!(cosigned.as_str(), format!("{}{answer}", signed.as_str()));
    for (key, added) in witness.keys().iter().zip(&added) {
        assert_eq!(cosigned.cosignature(key).as_ref(), Ok(added));
        assert_eq!(added.witness(), witness.name());
        assert_eq!(added.kind(), key.kind());
        assert_eq!(added.time(), time(NOW + 1));
        assert_eq!(signed.cosignature(key), Err(CosignatureFault::Missing));
    }
    let keys = log("example.org/room").public_keys().clone();
    assert!(cosigned.verify(&keys).is_ok());
}

#[test]
fn a_cosignature_is_of_one_checkpoint_one_log_and_one_time() {
    let signed = checkpoint("example.org/room", 5);
    let witness = witness("witness.example/w1", 9);
    let others = [
        lines(&witness, "example.org/room", 6, NOW),
        lines(&witness, "example.org/another", 5, NOW),
        lines(&witness, "example.org/room", 5, NOW).replace("BqsTuA", "BqsTtA"),
    ];
    for answer in others {
        assert_eq!(
            signed.with_cosignatures(answer.as_bytes(), witness.keys()),
            Err(AddError::Wrong(
                witness.name().clone(),
                CosignatureKind::Ed25519
            ))
        );
        let forged = format!("{}{answer}", signed.as_str());
        let forged = SignedCheckpoint::from_bytes(forged.as_bytes()).unwrap();
        for key in witness.keys() {
            assert_eq!(forged.cosignature(key), Err(CosignatureFault::Wrong));
        }
        assert_eq!(forged.cosignatures(witness.keys()), []);
    }
}

#[test]
fn lines_of_strangers_are_passed_over_and_older_ones_replaced() {
    let signed = checkpoint("example.org/room", 5);
    let known = witness("witness.example/w1", 9);
    let stranger = witness("witness.example/w2", 10);
    let first = lines(&known, "example.org/room", 5, NOW);
    let (once, _) = signed
        .with_cosignatures(first.as_bytes(), known.keys())
        .unwrap();
    let later = format!(
        "{}{}",
        lines(&stranger, "example.org/room", 5, NOW),
        lines(&known, "example.org/room", 5, NOW + 60)
    );
    let (twice, added) = once
        .with_cosignatures(later.as_bytes(), known.keys())
        .unwrap();
    assert_eq!(added.len(), 2);
    assert_eq!(
        twice.as_str().lines().count(),
        once.as_str().lines().count()
    );
    for key in known.keys() {
        assert_eq!(twice.cosignature(key).unwrap().time(), time(NOW + 60));
    }
    assert_eq!(
        once.with_cosignatures(later.as_bytes(), &[]),
        Err(AddError::NoneKnown)
    );
    // Of two lines by one key the later counts, in whichever order they stand.
    let doubled = format!("{}{first}", twice.as_str());
    let doubled = SignedCheckpoint::from_bytes(doubled.as_bytes()).unwrap();
    for key in known.keys() {
        assert_eq!(doubled.cosignature(key).unwrap().time(), time(NOW + 60));
    }
}

#[test]
fn an_answer_that_is_no_lines_is_refused() {
    let signed = checkpoint("example.org/room", 5);
    let witness = witness("witness.example/w1", 9);
    let add = |answer: &[u8]| {
        signed
            .with_cosignatures(answer, witness.keys())
            .unwrap_err()
    };
    let good = lines(&witness, "example.org/room", 5, NOW);
    assert_eq!(add(b""), AddError::Note(NoteError::NoLastNewline));
    assert_eq!(add(b"\n"), AddError::Note(NoteError::NotASignatureLine(1)));
    assert_eq!(
        add(good.trim_end().as_bytes()),
        AddError::Note(NoteError::NoLastNewline)
    );
    assert_eq!(
        add(format!("{good}\n").as_bytes()),
        AddError::Note(NoteError::NotASignatureLine(3))
    );
    assert_eq!(
        add(good.replace('\n', "\r\n").as_bytes()),
        AddError::Note(NoteError::ControlCharacter(good.find('\n').unwrap()))
    );
    assert_eq!(add(&[0xff, b'\n']), AddError::Note(NoteError::NotUtf8(0)));
    let many = good.repeat(MAX_SIGNATURES);
    assert_eq!(
        add(many.as_bytes()),
        AddError::Note(NoteError::TooManySignatures(2 * MAX_SIGNATURES))
    );
}

#[test]
fn a_full_checkpoint_takes_no_more() {
    let mut signed = checkpoint("example.org/room", 5);
    for n in 0..15 {
        let witness = witness(&format!("witness.example/{n}"), n);
        let answer = lines(&witness, "example.org/room", 5, NOW);
        let (more, _) = signed
            .with_cosignatures(answer.as_bytes(), witness.keys())
            .unwrap();
        signed = more;
    }
    let one_more = witness("witness.example/more", 99);
    let answer = lines(&one_more, "example.org/room", 5, NOW);
    assert_eq!(
        signed.with_cosignatures(answer.as_bytes(), one_more.keys()),
        Err(AddError::Note(NoteError::TooManySignatures(34)))
    );
}

/// As many witnesses as there may be, each with the longest name and the longer kind of signature, fit; and a
/// note of exactly the most bytes is read, with lines of keys that nobody here knows.
#[test]
fn the_longest_checkpoint_is_read_and_nothing_longer() {
    let keys = log("example.org/room").public_keys().clone();
    let mut signed = checkpoint("example.org/room", 5);
    for n in 0..30 {
        let name = format!("witness.example/{n:02}{}", "w".repeat(255 - 18));
        let witness = witness(&name, n);
        let answer = lines(&witness, "example.org/room", 5, NOW);
        let longer_kind = answer.split_inclusive('\n').nth(1).unwrap();
        let (more, _) = signed
            .with_cosignatures(longer_kind.as_bytes(), witness.keys())
            .unwrap();
        signed = more;
    }
    assert_eq!(signed.as_str().lines().count(), 4 + MAX_SIGNATURES);
    assert!(signed.as_str().len() > 100_000);
    assert!(signed.verify(&keys).is_ok());

    let known = checkpoint("example.org/room", 5);
    let room = MAX_NOTE_BYTES - known.as_str().len();
    let most = [known.as_str(), &strangers(room)].concat();
    assert_eq!(most.len(), MAX_NOTE_BYTES);
    let read = SignedCheckpoint::from_bytes(most.as_bytes()).unwrap();
    assert!(read.verify(&keys).is_ok());
    assert_eq!(read.as_str(), most);
    let more = [known.as_str(), &strangers(room + 1)].concat();
    assert_eq!(
        SignedCheckpoint::from_bytes(more.as_bytes()).unwrap_err(),
        NoteError::TooLong(MAX_NOTE_BYTES + 1).into()
    );
}

/// Lines by keys that nobody knows, of so many bytes together.
fn strangers(bytes: usize) -> String {
    const LINES: usize = 30;
    let mut lines = String::new();
    for n in 0..LINES {
        let room = bytes - lines.len();
        let length = if n + 1 == LINES { room } else { bytes / LINES };
        // The name takes up what base64, in fours, leaves.
        let start = "\u{2014} stranger";
        let fours = (length - start.len() - 2) / 4 - 1;
        let name = length - start.len() - 2 - fours * 4;
        lines += &format!("{start}{} {}\n", "x".repeat(name), "AAAA".repeat(fours));
    }
    lines
}

#[test]
fn keys_of_witnesses_read_back_and_keys_of_logs_are_none() {
    let witness = witness("witness.example/w1", 9);
    for key in witness.keys() {
        assert_eq!(WitnessKey::parse(&key.to_string()).as_ref(), Ok(key));
    }
    let keys = log("example.org/room").public_keys().clone();
    assert_eq!(
        WitnessKey::parse(&keys.verifier_key(SignatureKind::Ed25519)),
        Err(VerifierKeyError::WrongType(1))
    );
    assert_eq!(
        LogKey::parse(&witness.keys()[0].to_string()),
        Err(VerifierKeyError::WrongType(4))
    );
    let text = witness.keys()[0].to_string();
    let (name, rest) = text.split_once('+').unwrap();
    for (bad, fault) in [
        (String::new(), VerifierKeyError::NotAVerifierKey),
        (name.to_owned(), VerifierKeyError::NotAVerifierKey),
        (format!("other+{rest}"), VerifierKeyError::WrongKeyId),
        (format!("{text}\n"), VerifierKeyError::NotAVerifierKey),
        (text.to_uppercase(), VerifierKeyError::NotAVerifierKey),
        ("a".repeat(2049), VerifierKeyError::TooLong(2049)),
        (
            format!("{name}+00000000+AgAA"),
            VerifierKeyError::WrongType(2),
        ),
        (format!("{name}+00000000+BAAA"), VerifierKeyError::NotAKey),
        (
            format!("{name}+00000000+"),
            VerifierKeyError::NotAVerifierKey,
        ),
    ] {
        assert_eq!(WitnessKey::parse(&bad), Err(fault), "{bad}");
    }
}

#[test]
fn a_log_may_have_one_key_and_every_key_given_must_have_signed() {
    let signed = checkpoint("example.org/room", 5);
    let keys = log("example.org/room").public_keys().clone();
    let both = TrustedLog::from(&keys);
    assert_eq!(TrustedLog::from_text(&keys.to_text()).as_ref(), Ok(&both));
    assert_eq!(both.to_text(), keys.to_text());
    let (head, at) = both.verify(&signed).unwrap();
    assert_eq!((head, at), (tree(5).head(), Some(time(NOW))));

    let ed25519 = keys.verifier_key(SignatureKind::Ed25519);
    let one = TrustedLog::from_text(&ed25519).unwrap();
    let stripped: String = signed
        .as_str()
        .lines()
        .take(5)
        .map(|line| format!("{line}\n"))
        .collect();
    let stripped = SignedCheckpoint::from_bytes(stripped.as_bytes()).unwrap();
    assert_eq!(one.verify(&stripped), Ok((tree(5).head(), None)));
    assert_eq!(
        both.verify(&stripped),
        Err(VerifyError::MissingSignature(SignatureKind::MlDsa44))
    );

    let other = log("example.org/other").public_keys().clone();
    assert!(matches!(
        TrustedLog::from(&other).verify(&signed),
        Err(VerifyError::OtherLog { .. })
    ));
    assert_eq!(TrustedLog::from_text(""), Err(TrustedLogError::NoKey));
    assert_eq!(
        TrustedLog::from_text(&format!("{ed25519}\n{ed25519}\n")),
        Err(TrustedLogError::TwoOfAKind)
    );
    let mixed = format!(
        "{ed25519}\n{}\n",
        other.verifier_key(SignatureKind::MlDsa44)
    );
    assert_eq!(
        TrustedLog::from_text(&mixed),
        Err(TrustedLogError::TwoNames)
    );
}
