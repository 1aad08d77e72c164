//! Policies: each fault of a file is named by its line, and no witness counts twice.

use proptest::prelude::*;
use strongroom_tlog::checkpoint::{
    Checkpoint, CosignatureFault, Cosigner, LogSigner, Origin, SignatureKind, SignedCheckpoint,
    UnixSeconds, VerifierKeyError,
};
use strongroom_tlog::policy::{LineFault, MAX_POLICY_BYTES, MAX_POLICY_ITEMS, Policy, PolicyError};
use strongroom_tlog::tree::{LeafHash, Tree, TreeHead};

fn time() -> UnixSeconds {
    UnixSeconds::new(1_790_000_000).unwrap()
}

fn origin(name: &str) -> Origin {
    Origin::new(name).unwrap()
}

fn log(name: &str) -> LogSigner {
    LogSigner::from_seeds(origin(name), &[1; 32], &[2; 32], None).unwrap()
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    tree.append(LeafHash::of(b"one"));
    tree
}

fn witness(n: u8) -> Cosigner {
    Cosigner::from_seeds(origin(&format!("witness.example/{n}")), &[n; 32], &[!n; 32]).unwrap()
}

fn key(n: u8) -> String {
    witness(n).keys()[usize::from(n % 2)].to_string()
}

/// A checkpoint with the cosignatures of these witnesses.
fn cosigned_by(witnesses: &[u8]) -> SignedCheckpoint {
    let head = tree().prove_head(&TreeHead::EMPTY).unwrap();
    let mut signed = Checkpoint::sign(&mut log("example.org/room"), &head, time()).unwrap();
    for n in witnesses {
        let witness = witness(*n);
        let head = tree().prove_head(&TreeHead::EMPTY).unwrap();
        let lines = witness
            .cosign(&origin("example.org/room"), &head, time())
            .unwrap();
        (signed, _) = signed
            .with_cosignatures(lines.as_bytes(), witness.keys())
            .unwrap();
    }
    signed
}

/// The example of the specification, for the witnesses 1 to 6.
fn example() -> String {
    let log = log("example.org/room")
        .public_keys()
        .verifier_key(SignatureKind::Ed25519);
    let mut text = format!("# the example\n\n \t\nlog {log} https://example.org/\n");
    for (name, n) in ["X1", "X2", "X3", "Y1", "Y2", "Y3"].iter().zip(1..) {
        text.push_str(&format!("\twitness  {name} {} \n", key(n)));
    }
    text + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n\
            group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

fn fault(text: &str) -> PolicyError {
    Policy::from_bytes(text.as_bytes()).unwrap_err()
}

#[test]
fn the_example_of_the_specification() {
    let policy = Policy::from_bytes(example().as_bytes()).unwrap();
    assert_eq!(policy.witnesses().count(), 6);
    for (cosigners, passes) in [
        (&[1, 2, 4][..], true),
        (&[1, 3, 5, 6], true),
        (&[1, 4, 5, 6], false),
        (&[1, 2, 3], false),
        (&[], false),
    ] {
        let evaluation = policy.evaluate(&cosigned_by(cosigners));
        assert_eq!(evaluation.passes(), passes, "{cosigners:?}");
        assert!(evaluation.log_signed());
    }
    let evaluation = policy.evaluate(&cosigned_by(&[2, 4]));
    assert_eq!(
        evaluation.witnesses[0].vouches,
        Err(CosignatureFault::Missing)
    );
    assert!(evaluation.witnesses[1].vouches.is_ok());
    let x = &evaluation.groups[0];
    assert_eq!(
        (x.name.as_str(), x.vouching, x.threshold, x.members),
        ("X-witnesses", 1, 2, 3)
    );
}

#[test]
fn a_listed_log_must_have_signed() {
    let other = log("example.org/other")
        .public_keys()
        .verifier_key(SignatureKind::MlDsa44);
    let listed = Policy::from_bytes(format!("log {other}\nquorum none\n").as_bytes()).unwrap();
    let evaluation = listed.evaluate(&cosigned_by(&[]));
    assert!(!evaluation.passes() && evaluation.quorum_vouches());
    let none = Policy::from_bytes(b"quorum none\n").unwrap();
    assert!(none.evaluate(&cosigned_by(&[])).passes());
}

#[test]
fn each_fault_is_named_by_its_line() {
    use LineFault::{
        BadThreshold, ControlCharacter, Key, MemberTwice, NameTaken, SameKey, SecondQuorum,
        TooMany, UnknownName, UnknownWord, WrongWords,
    };
    let (one, two) = (
        format!("witness a {}\n", key(1)),
        format!("witness b {}\n", key(2)),
    );
    let base = format!("{one}{two}");
    let room = log("example.org/room").public_keys().clone();
    let room = room.verifier_key(SignatureKind::Ed25519);
    let cases = [
        ("quorum a\n".to_owned(), 1, UnknownName),
        (format!("{base}quorum c\n"), 3, UnknownName),
        (format!("{base}quorum A\n"), 3, UnknownName),
        (format!("{base}quorum a\nquorum a\n"), 4, SecondQuorum),
        (format!("{base}quorum\n"), 3, WrongWords),
        (format!("{base}quorum a b\n"), 3, WrongWords),
        (format!("{base}group g\n"), 3, WrongWords),
        (format!("{base}group g all\n"), 3, BadThreshold),
        (format!("{base}group g any\n"), 3, BadThreshold),
        (format!("{base}group g 0 a b\n"), 3, BadThreshold),
        (format!("{base}group g 3 a b\n"), 3, BadThreshold),
        (format!("{base}group g 01 a b\n"), 3, BadThreshold),
        (format!("{base}group g +1 a b\n"), 3, BadThreshold),
        (format!("{base}group g most a b\n"), 3, BadThreshold),
        (format!("{base}group g any a a\n"), 3, MemberTwice),
        (
            format!("{base}group g any a\ngroup h any a b\n"),
            4,
            MemberTwice,
        ),
        (format!("{base}group g any none\n"), 3, UnknownName),
        (format!("{base}group g any g\n"), 3, UnknownName),
        (format!("{base}group a any b\n"), 3, NameTaken),
        (format!("{base}group none any b\n"), 3, NameTaken),
        (format!("witness none {}\n", key(1)), 1, NameTaken),
        (format!("{base}witness a {}\n", key(3)), 3, NameTaken),
        (format!("{base}witness c {}\n", key(2)), 3, SameKey),
        (format!("log {room}\nlog {room}\n"), 2, SameKey),
        (
            format!("log {}\n", key(2)),
            1,
            Key(VerifierKeyError::WrongType(4)),
        ),
        (
            format!("witness c {room}\n"),
            1,
            Key(VerifierKeyError::WrongType(1)),
        ),
        (
            format!("witness c {room} https://a https://b\n"),
            1,
            WrongWords,
        ),
        ("log\n".to_owned(), 1, WrongWords),
        (
            "log nothing\n".to_owned(),
            1,
            Key(VerifierKeyError::NotAVerifierKey),
        ),
        ("Quorum none\n".to_owned(), 1, UnknownWord),
        ("quorum none # why\n".to_owned(), 1, WrongWords),
        ("quorum none\r\n".to_owned(), 1, ControlCharacter(11)),
        ("quorum\u{b}none\n".to_owned(), 1, ControlCharacter(6)),
        ("# \u{7f}\n".to_owned(), 1, ControlCharacter(2)),
    ];
    for (text, line, expected) in cases {
        let expected = PolicyError::Line {
            line,
            fault: expected,
        };
        assert_eq!(fault(&text), expected, "{text}");
    }
    assert_eq!(fault(""), PolicyError::NoQuorum);
    assert_eq!(fault(&base), PolicyError::NoQuorum);
    assert_eq!(fault("quorum none"), PolicyError::NoLastNewline);
    assert_eq!(
        fault(&" ".repeat(MAX_POLICY_BYTES + 1)),
        PolicyError::TooLong(MAX_POLICY_BYTES + 1)
    );
    let groups: String = (0..=MAX_POLICY_ITEMS)
        .map(|n| match n {
            0 => format!("{one}group g0 any a\n"),
            n => format!("group g{n} any g{}\n", n - 1),
        })
        .collect();
    let expected = PolicyError::Line {
        line: MAX_POLICY_ITEMS + 2,
        fault: TooMany("groups"),
    };
    assert_eq!(fault(&groups), expected);
}

#[test]
fn names_are_bytes() {
    let mut text = format!("witness K {}\nwitness ", key(1)).into_bytes();
    text.extend_from_slice(&[0xff, 0xfe]);
    text.extend_from_slice(format!(" {}\nwitness \u{212a} {}\nquorum ", key(2), key(3)).as_bytes());
    text.extend_from_slice(&[0xff, 0xfe, b'\n']);
    let policy = Policy::from_bytes(&text).unwrap();
    assert!(policy.evaluate(&cosigned_by(&[2])).passes());
    assert!(!policy.evaluate(&cosigned_by(&[1, 3])).passes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// More cosignatures never undo what fewer met, and a lower threshold asks less.
    #[test]
    fn thresholds_are_monotone(
        threshold in 1_usize..=4, cosigners in prop::collection::btree_set(1_u8..=4, 0..=4),
    ) {
        let members: String = (1..=4).map(|n| format!("witness w{n} {}\n", key(n))).collect();
        let policy = |threshold: usize| {
            let text = format!("{members}group g {threshold} w1 w2 w3 w4\nquorum g\n");
            Policy::from_bytes(text.as_bytes()).unwrap()
        };
        let cosigners: Vec<u8> = cosigners.into_iter().collect();
        let all = cosigned_by(&cosigners);
        prop_assert_eq!(policy(threshold).evaluate(&all).passes(), cosigners.len() >= threshold);
        if let [_, fewer @ ..] = cosigners.as_slice()
            && policy(threshold).evaluate(&cosigned_by(fewer)).passes()
        {
            prop_assert!(policy(threshold).evaluate(&all).passes());
        }
    }

    #[test]
    fn no_file_breaks_the_reader(bytes: Vec<u8>) {
        let _ = Policy::from_bytes(&bytes);
    }
}
