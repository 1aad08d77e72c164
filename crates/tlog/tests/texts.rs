//! The vectors of texts: `cosignature/`, `policy/`, `add-checkpoint/`, `receipt/` and
//! `merkle/` under `tests/vectors`.
//!
//! Each folder holds what is sound and one file for each way of being unsound, which
//! was made from it. `merkle/` has proofs in the tree of the eight leaves that RFC
//! 6962's implementations test with; those of its sound files are the published ones
//! (transparency-dev/merkle has the same), the others were derived from them here.
//!
//! `cargo test -p strongroom-tlog --test texts -- --ignored` writes them all anew;
//! signatures are random, so most files change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_tlog::checkpoint::{
    Checkpoint, Cosigner, LogPublicKeys, LogSigner, Origin, SignedCheckpoint, TrustedLog,
    UnixSeconds, WitnessKey,
};
use strongroom_tlog::entry::{Entry, EntryRoot};
use strongroom_tlog::policy::Policy;
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::{
    ConsistencyProof, InclusionProof, LeafHash, LeafIndex, Tree, TreeHead, TreeRoot, TreeSize,
};
use strongroom_tlog::witness::{AddCheckpoint, Answer, Witness, WitnessMemory};

const LOG: &str = "example.org/room";
const NOW: u64 = 1_790_000_000;

/// The leaves, in hexadecimal.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn origin() -> Origin {
    Origin::new(LOG).unwrap()
}

fn entry(n: u8) -> Entry {
    Entry {
        root: EntryRoot::from_bytes([n; 32]),
    }
}

fn log(n: u8) -> Tree {
    let mut tree = Tree::new();
    for n in 0..n {
        tree.append(entry(n).leaf_hash());
    }
    tree
}

fn signer() -> LogSigner {
    LogSigner::from_seeds(origin(), &[1; 32], &[2; 32], None).unwrap()
}

fn cosigner() -> Cosigner {
    Cosigner::from_seeds(
        Origin::new("witness.example/w1").unwrap(),
        &[3; 32],
        &[4; 32],
    )
    .unwrap()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}

/// A way of being unsound: its name, how it is made, and the beginning of the error
/// as it is printed for programmers.
type Fault = (&'static str, fn(&str) -> Vec<u8>, &'static str);

/// A folder of vectors: how it is read, and its ways of being unsound.
struct Format {
    name: &'static str,
    sound: fn() -> String,
    read: fn(&[u8]) -> Result<(), String>,
    faults: Vec<Fault>,
}

fn bytes(text: impl Into<String>) -> Vec<u8> {
    text.into().into_bytes()
}

/// Replaces the first occurrence, which must be there.
fn swap(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(text.contains(from), "{from:?}");
    bytes(text.replacen(from, to, 1))
}

/// A line of the text, by number from 0.
fn line(text: &str, n: usize) -> &str {
    text.lines().nth(n).unwrap()
}

/// Alters the signature on a line.
fn resigned(text: &str, n: usize, alter: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (start, signature) = line(text, n).rsplit_once(' ').unwrap();
    let mut signature = STANDARD.decode(signature).unwrap();
    alter(&mut signature);
    swap(
        text,
        line(text, n),
        &format!("{start} {}", STANDARD.encode(signature)),
    )
}

fn seen(text: &Result<impl Sized, impl std::fmt::Debug>) -> Result<(), String> {
    text.as_ref().map(|_| ()).map_err(|e| format!("{e:?}"))
}

fn formats() -> Vec<Format> {
    vec![cosignature(), policy(), add_checkpoint(), receipt()]
}

fn signed(n: u8) -> SignedCheckpoint {
    let head = log(n).prove_head(&TreeHead::EMPTY).unwrap();
    Checkpoint::sign(&mut signer(), &head, UnixSeconds::new(NOW).unwrap()).unwrap()
}

/// A checkpoint that both keys of a witness are to vouch for: lines 4 and 5 are the
/// log's, 6 and 7 the witness'.
fn cosignature() -> Format {
    Format {
        name: "cosignature",
        sound: || {
            let head = log(5).prove_head(&TreeHead::EMPTY).unwrap();
            let time = UnixSeconds::new(NOW).unwrap();
            format!(
                "{}{}",
                signed(5),
                cosigner().cosign(&origin(), &head, time).unwrap()
            )
        },
        read: |vector| {
            let signed = SignedCheckpoint::from_bytes(vector).map_err(|e| format!("{e:?}"))?;
            for key in cosigner().keys() {
                seen(&signed.cosignature(key)).map_err(|e| format!("{} {e}", key.kind()))?;
            }
            Ok(())
        },
        faults: vec![
            (
                "ed25519-missing",
                |s| swap(s, &format!("{}\n", line(s, 6)), ""),
                "Ed25519 Missing",
            ),
            (
                "ml-dsa-44-missing",
                |s| swap(s, &format!("{}\n", line(s, 7)), ""),
                "ML-DSA-44 Missing",
            ),
            (
                "ed25519-altered",
                |s| resigned(s, 6, |b| b[20] ^= 1),
                "Ed25519 Wrong",
            ),
            (
                "ml-dsa-44-altered",
                |s| resigned(s, 7, |b| b[20] ^= 1),
                "ML-DSA-44 Wrong",
            ),
            (
                "ed25519-time-altered",
                |s| resigned(s, 6, |b| b[11] ^= 1),
                "Ed25519 Wrong",
            ),
            (
                "ml-dsa-44-time-altered",
                |s| resigned(s, 7, |b| b[11] ^= 1),
                "ML-DSA-44 Wrong",
            ),
            (
                "ed25519-time-beyond-63-bits",
                |s| resigned(s, 6, |b| b[4] = 0x80),
                "Ed25519 Wrong",
            ),
            (
                "ml-dsa-44-time-beyond-63-bits",
                |s| resigned(s, 7, |b| b[4] = 0x80),
                "ML-DSA-44 Wrong",
            ),
            (
                "ed25519-without-time",
                |s| resigned(s, 6, |b| drop(b.drain(4..12))),
                "Ed25519 Wrong",
            ),
            (
                "ml-dsa-44-without-time",
                |s| resigned(s, 7, |b| drop(b.drain(4..12))),
                "ML-DSA-44 Wrong",
            ),
            (
                "ed25519-lengthened",
                |s| resigned(s, 6, |b| b.push(0)),
                "Ed25519 Wrong",
            ),
            (
                "ml-dsa-44-cut",
                |s| resigned(s, 7, |b| b.truncate(100)),
                "ML-DSA-44 Wrong",
            ),
            (
                "key-ids-swapped",
                |s| {
                    let ids = [6, 7].map(|n| {
                        STANDARD
                            .decode(line(s, n).rsplit(' ').next().unwrap())
                            .unwrap()
                    });
                    let one = resigned(s, 6, |b| b[..4].copy_from_slice(&ids[1][..4]));
                    resigned(&String::from_utf8(one).unwrap(), 7, |b| {
                        b[..4].copy_from_slice(&ids[0][..4])
                    })
                },
                "Ed25519 Wrong",
            ),
            (
                "of-another-size",
                |s| swap(s, "\n5\n", "\n6\n"),
                "Ed25519 Wrong",
            ),
            (
                "of-another-log",
                |s| swap(s, LOG, "example.org/rook"),
                "Ed25519 Wrong",
            ),
            (
                "by-another-name",
                |s| swap(s, "w1 ", "w2 "),
                "Ed25519 Missing",
            ),
            (
                "no-base64",
                |s| swap(s, line(s, 6), "\u{2014} witness.example/w1 *"),
                "Note(BadBase64(3))",
            ),
        ],
    }
}

/// The policy: a log, two keys of a witness, a group.
fn policy() -> Format {
    Format {
        name: "policy",
        sound: || {
            let log = signer().public_keys().to_text();
            let log = log.lines().next().unwrap();
            let [one, two] = cosigner().keys().clone();
            format!(
                "# who vouches\n\n\tlog {log}\nwitness one {one} https://witness.example/\n\
                 witness two  {two}\ngroup both all one two\nquorum both\n"
            )
        },
        read: |vector| seen(&Policy::from_bytes(vector)),
        faults: vec![
            ("empty", |_| Vec::new(), "NoQuorum"),
            ("no-last-newline", |s| bytes(s.trim_end()), "NoLastNewline"),
            ("no-quorum", |s| swap(s, "quorum both\n", ""), "NoQuorum"),
            (
                "second-quorum",
                |s| bytes(format!("{s}quorum none\n")),
                "Line { line: 8, fault: SecondQuorum }",
            ),
            (
                "unknown-quorum",
                |s| swap(s, "quorum both", "quorum Both"),
                "Line { line: 7, fault: UnknownName }",
            ),
            (
                "unknown-word",
                |s| swap(s, "witness one", "Witness one"),
                "Line { line: 4, fault: UnknownWord }",
            ),
            (
                "unknown-member",
                |s| swap(s, "all one two", "all one three"),
                "Line { line: 6, fault: UnknownName }",
            ),
            (
                "none-as-member",
                |s| swap(s, "all one two", "all one none"),
                "Line { line: 6, fault: UnknownName }",
            ),
            (
                "member-twice",
                |s| swap(s, "all one two", "all one one"),
                "Line { line: 6, fault: MemberTwice }",
            ),
            (
                "member-of-itself",
                |s| swap(s, "all one two", "all one both"),
                "Line { line: 6, fault: UnknownName }",
            ),
            (
                "group-of-none",
                |s| swap(s, "all one two", "all"),
                "Line { line: 6, fault: BadThreshold }",
            ),
            (
                "threshold-zero",
                |s| swap(s, "all one two", "0 one two"),
                "Line { line: 6, fault: BadThreshold }",
            ),
            (
                "threshold-too-high",
                |s| swap(s, "all one two", "3 one two"),
                "Line { line: 6, fault: BadThreshold }",
            ),
            (
                "threshold-with-zero-before",
                |s| swap(s, "all one two", "02 one two"),
                "Line { line: 6, fault: BadThreshold }",
            ),
            (
                "name-taken",
                |s| swap(s, "witness two", "witness one"),
                "Line { line: 5, fault: NameTaken }",
            ),
            (
                "named-none",
                |s| swap(s, "group both", "group none"),
                "Line { line: 6, fault: NameTaken }",
            ),
            (
                "key-twice",
                |s| {
                    swap(
                        s,
                        line(s, 4),
                        &format!("witness two {}", cosigner().keys()[0]),
                    )
                },
                "Line { line: 5, fault: SameKey }",
            ),
            (
                "log-twice",
                |s| swap(s, "witness one", &format!("{}\nwitness one", line(s, 2))),
                "Line { line: 4, fault: SameKey }",
            ),
            (
                "key-of-a-log-for-a-witness",
                |s| swap(s, "\tlog ", "witness log "),
                "Line { line: 3, fault: Key(WrongType(1)) }",
            ),
            (
                "key-of-a-witness-for-a-log",
                |s| swap(s, "witness one", "log"),
                "Line { line: 4, fault: Key(WrongType(4)) }",
            ),
            (
                "key-id-altered",
                |s| {
                    let digit = s.split_once("room+").unwrap().1.as_bytes()[0];
                    let other = if digit == b'0' { '1' } else { '0' };
                    let id = format!("room+{}", char::from(digit));
                    swap(s, &id, &format!("room+{other}"))
                },
                "Line { line: 3, fault: Key(WrongKeyId) }",
            ),
            (
                "words-too-many",
                |s| swap(s, "quorum both", "quorum both one"),
                "Line { line: 7, fault: WrongWords }",
            ),
            (
                "words-too-few",
                |s| swap(s, "quorum both", "quorum"),
                "Line { line: 7, fault: WrongWords }",
            ),
            (
                "carriage-returns",
                |s| bytes(s.replace('\n', "\r\n")),
                "Line { line: 1, fault: ControlCharacter(13) }",
            ),
            (
                "line-separator-is-no-space",
                |s| swap(s, "quorum both", "quorum\u{a0}both"),
                "Line { line: 7, fault: UnknownWord }",
            ),
        ],
    }
}

/// What the witness remembers when it is asked: the log of three entries.
struct Three;

impl WitnessMemory for Three {
    type Error = ();

    fn recall(&self, _: &Origin) -> Result<Option<strongroom_tlog::witness::Remembered>, ()> {
        let root = STANDARD.encode(log(3).head().root().as_bytes());
        let text = format!("{LOG}\n3\n{root}\n{}\n", NOW - 1);
        Ok(Some(
            strongroom_tlog::witness::Remembered::from_bytes(text.as_bytes()).unwrap(),
        ))
    }

    fn persist(&mut self, _: &strongroom_tlog::witness::Remembered) -> Result<(), ()> {
        Ok(())
    }
}

fn add_checkpoint() -> Format {
    Format {
        name: "add-checkpoint",
        sound: || {
            let proof = log(5).prove_consistency(size(3), size(5)).unwrap();
            AddCheckpoint::new(&proof, signed(5)).unwrap().to_text()
        },
        read: |vector| {
            let logs = [TrustedLog::from(signer().public_keys())];
            let witness = Witness::new(cosigner(), logs).unwrap();
            let now = UnixSeconds::new(NOW).unwrap();
            match witness.answer(&mut Three, vector, now).unwrap() {
                Answer::Cosigned(_) => Ok(()),
                other => Err(format!("{} {}", other.status(), other.body())),
            }
        },
        faults: vec![
            ("empty", |_| Vec::new(), "400 the request has no empty line"),
            (
                "no-old-line",
                |s| swap(s, "old 3\n", ""),
                "400 the first line",
            ),
            (
                "old-with-zero-before",
                |s| swap(s, "old 3", "old 03"),
                "400 the first line",
            ),
            (
                "old-with-two-spaces",
                |s| swap(s, "old 3", "old  3"),
                "400 the first line",
            ),
            (
                "old-above-the-checkpoint",
                |s| swap(s, "old 3", "old 6"),
                "400 the old size 6",
            ),
            (
                "old-beyond-64-bits",
                |s| swap(s, "old 3", "old 18446744073709551616"),
                "400 the first line",
            ),
            (
                "old-unlike-the-witness",
                |s| swap(s, "old 3", "old 4"),
                "409 3\n",
            ),
            ("old-never-seen", |s| swap(s, "old 3", "old 0"), "409 3\n"),
            (
                "hash-cut",
                |s| swap(s, line(s, 1), &line(s, 1)[4..]),
                "400 line 1 of the proof",
            ),
            ("hash-altered", |s| swap(s, line(s, 2), line(s, 1)), "422 "),
            (
                "hash-missing",
                |s| swap(s, &format!("{}\n", line(s, 2)), ""),
                "422 ",
            ),
            (
                "hash-too-many",
                |s| swap(s, line(s, 1), &format!("{0}\n{0}", line(s, 1))),
                "422 ",
            ),
            (
                "hashes-beyond-63",
                |s| swap(s, line(s, 1), &[line(s, 1); 64].join("\n")),
                "400 the proof in the request has more",
            ),
            (
                "no-empty-line",
                |s| bytes(s.replace("\n\n", "\n")),
                "400 the request has no empty line",
            ),
            (
                "carriage-returns",
                |s| bytes(s.replace('\n', "\r\n")),
                "400 the request has no empty line",
            ),
            (
                "not-utf-8",
                |s| [s.as_bytes(), &[0xff]].concat(),
                "400 the request is not UTF-8",
            ),
            (
                "unknown-log",
                |s| swap(s, "\nexample.org/room\n", "\nexample.org/rook\n"),
                "404 ",
            ),
            (
                "signature-stripped",
                |s| {
                    let last = s.lines().last().unwrap();
                    swap(s, &format!("{last}\n"), "")
                },
                "403 the checkpoint has no ML-DSA-44",
            ),
            (
                "signature-altered",
                |s| {
                    let n = s.lines().count() - 2;
                    resigned(s, n, |b| b[20] ^= 1)
                },
                "403 the Ed25519 signature",
            ),
            (
                "root-altered",
                |s| {
                    let root = STANDARD.encode([7; 32]);
                    let old = STANDARD.encode(log(5).head().root().as_bytes());
                    swap(s, &old, &root)
                },
                "403 the Ed25519 signature",
            ),
        ],
    }
}

fn receipt() -> Format {
    Format {
        name: "receipt",
        sound: || {
            let proof = log(5).prove_inclusion(size(5), LeafIndex::new(2)).unwrap();
            Receipt::new(entry(2), proof, signed(5)).unwrap().to_text()
        },
        read: |vector| {
            let keys: LogPublicKeys = signer().public_keys().clone();
            seen(&Receipt::from_bytes(vector).and_then(|receipt| receipt.verify(&keys)))
        },
        faults: vec![
            ("empty", |_| Vec::new(), "NoCheckpoint"),
            (
                "not-utf-8",
                |s| [&[0xff], s.as_bytes()].concat(),
                "NotUtf8(0)",
            ),
            ("another-version", |s| swap(s, "@v1", "@v2"), "NotAReceipt"),
            (
                "no-extra",
                |s| swap(s, &format!("{}\n", line(s, 1)), ""),
                "BadExtra",
            ),
            (
                "extra-without-padding",
                |s| swap(s, line(s, 1), "extra AQ"),
                "BadExtra",
            ),
            (
                "extra-of-no-entry",
                |s| swap(s, line(s, 1), "extra AQ=="),
                "Entry(BadLength(1))",
            ),
            (
                "entry-of-another-version",
                |s| swap(s, "extra AQ", "extra Ag"),
                "Entry(UnknownVersion(2))",
            ),
            (
                "another-entry",
                |s| {
                    swap(
                        s,
                        line(s, 1),
                        &format!("extra {}", STANDARD.encode(entry(3).to_bytes())),
                    )
                },
                "Proof(Mismatch)",
            ),
            ("no-index", |s| swap(s, "index 2\n", ""), "BadIndex"),
            (
                "index-with-zero-before",
                |s| swap(s, "index 2", "index 02"),
                "BadIndex",
            ),
            (
                "index-with-sign",
                |s| swap(s, "index 2", "index +2"),
                "BadIndex",
            ),
            (
                "another-index",
                |s| swap(s, "index 2", "index 3"),
                "Proof(Mismatch)",
            ),
            (
                "index-outside",
                |s| swap(s, "index 2", "index 5"),
                "Proof(NotInTree",
            ),
            (
                "hash-cut",
                |s| swap(s, line(s, 3), &line(s, 3)[4..]),
                "BadHash(1)",
            ),
            (
                "hash-missing",
                |s| swap(s, &format!("{}\n", line(s, 3)), ""),
                "Proof(BadLength(64))",
            ),
            (
                "hash-too-many",
                |s| swap(s, line(s, 3), &format!("{0}\n{0}", line(s, 3))),
                "Proof(BadLength(128))",
            ),
            (
                "hashes-swapped",
                |s| {
                    let (one, two) = (line(s, 3), line(s, 4));
                    swap(s, &format!("{one}\n{two}"), &format!("{two}\n{one}"))
                },
                "Proof(Mismatch)",
            ),
            (
                "no-empty-line",
                |s| bytes(s.replacen("\n\n", "\n", 1)),
                "Checkpoint(Note(NoEmptyLine))",
            ),
            (
                "signature-stripped",
                |s| {
                    let last = s.lines().last().unwrap();
                    swap(s, &format!("{last}\n"), "")
                },
                "Checkpoint(MissingSignature(MlDsa44))",
            ),
            (
                "another-root",
                |s| {
                    let old = STANDARD.encode(log(5).head().root().as_bytes());
                    swap(s, &old, &STANDARD.encode([7; 32]))
                },
                "Checkpoint(WrongSignature(Ed25519))",
            ),
            (
                "carriage-returns",
                |s| bytes(s.replace('\n', "\r\n")),
                "NoCheckpoint",
            ),
        ],
    }
}

#[test]
fn what_is_sound_is_taken_and_each_fault_is_named() {
    for format in formats() {
        let read = |name: &str| {
            let path = folder(format.name).join(name);
            fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        assert_eq!((format.read)(&read("sound")), Ok(()), "{}", format.name);
        for (name, _, expected) in &format.faults {
            let error = (format.read)(&read(name)).expect_err(name);
            assert!(
                error.starts_with(expected),
                "{}/{name}: {error}",
                format.name
            );
        }
        let mut expected: Vec<_> = format.faults.iter().map(|(name, ..)| *name).collect();
        expected.push("sound");
        expected.sort_unstable();
        let mut found: Vec<_> = fs::read_dir(folder(format.name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, expected, "no vector without its test");
    }
}

#[test]
#[ignore = "writes the vectors"]
fn write_vectors() {
    for format in formats() {
        let folder = folder(format.name);
        fs::create_dir_all(&folder).unwrap();
        let sound = (format.sound)();
        fs::write(folder.join("sound"), &sound).unwrap();
        for (name, make, _) in &format.faults {
            fs::write(folder.join(name), make(&sound)).unwrap();
        }
    }
    let folder = folder("merkle");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in merkle() {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn eight() -> Tree {
    let mut tree = Tree::new();
    for leaf in LEAVES {
        tree.append(LeafHash::of(leaf));
    }
    tree
}

/// A proof as its lines: what it is of, the roots or root and leaf, the hashes.
#[derive(Clone)]
struct Lines {
    numbers: [u64; 2],
    hashes: [[u8; 32]; 2],
    path: Vec<[u8; 32]>,
}

impl Lines {
    fn to_text(&self) -> String {
        let mut text = format!("{} {}\n", self.numbers[0], self.numbers[1]);
        for hash in self.hashes.iter().chain(&self.path) {
            text += &format!("{}\n", STANDARD.encode(hash));
        }
        text
    }

    fn of(text: &str) -> Self {
        let mut lines = text.lines();
        let numbers = lines.next().unwrap().split(' ').map(|n| n.parse().unwrap());
        let hashes: Vec<[u8; 32]> = lines
            .map(|line| STANDARD.decode(line).unwrap().try_into().unwrap())
            .collect();
        Self {
            numbers: numbers.collect::<Vec<_>>().try_into().unwrap(),
            hashes: [hashes[0], hashes[1]],
            path: hashes[2..].to_vec(),
        }
    }

    /// Place and size; leaf hash and root.
    fn inclusion_holds(&self) -> bool {
        let [index, entries] = self.numbers;
        let [leaf, root] = self.hashes;
        let head = TreeHead::new(size(entries), TreeRoot::from_bytes(root));
        InclusionProof::from_parts(size(entries), LeafIndex::new(index), self.path.clone())
            .is_ok_and(|proof| proof.verify(&LeafHash::from_bytes(leaf), &head).is_ok())
    }

    /// Two sizes and two roots.
    fn consistency_holds(&self) -> bool {
        let [old, new] = self.numbers;
        let head =
            |n: usize| TreeHead::new(size(self.numbers[n]), TreeRoot::from_bytes(self.hashes[n]));
        ConsistencyProof::from_parts(size(old), size(new), self.path.clone())
            .is_ok_and(|proof| proof.verify(&head(0), &head(1)).is_ok())
    }
}

/// All vectors of `merkle/`: of each sound proof, one for each way of altering it.
fn merkle() -> BTreeMap<String, String> {
    let tree = eight();
    let root = |n: u64| *tree.head_at(size(n)).unwrap().root().as_bytes();
    let leaf = |n: u64| *tree.leaf(LeafIndex::new(n)).unwrap().as_bytes();
    let mut sound = Vec::new();
    for (index, entries) in [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5)] {
        let proof = tree
            .prove_inclusion(size(entries), LeafIndex::new(index))
            .unwrap();
        sound.push((
            "inclusion",
            Lines {
                numbers: [index, entries],
                hashes: [leaf(index), root(entries)],
                path: proof.path().to_vec(),
            },
        ));
    }
    for (old, new) in [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7)] {
        let proof = tree.prove_consistency(size(old), size(new)).unwrap();
        sound.push((
            "consistency",
            Lines {
                numbers: [old, new],
                hashes: [root(old), root(new)],
                path: proof.path().to_vec(),
            },
        ));
    }
    let mut all = BTreeMap::new();
    // RFC 9162 has an empty proof fail: from the empty tree there is none.
    let from_nothing = Lines {
        numbers: [0, 5],
        hashes: [root(0), root(5)],
        path: Vec::new(),
    };
    all.insert(
        "consistency-0-5-from-nothing".to_owned(),
        from_nothing.to_text(),
    );
    for (kind, lines) in sound {
        let [a, b] = lines.numbers;
        let name = format!("{kind}-{a}-{b}");
        for (fault, altered) in altered(kind, &lines) {
            all.insert(format!("{name}-{fault}"), altered.to_text());
        }
        all.insert(name, lines.to_text());
    }
    all
}

fn altered(kind: &str, sound: &Lines) -> Vec<(String, Lines)> {
    let mut all = Vec::new();
    let mut add = |name: &str, alter: &dyn Fn(&mut Lines)| {
        let mut altered = sound.clone();
        alter(&mut altered);
        all.push((name.to_owned(), altered));
    };
    add("hash-before", &|l| l.path.insert(0, [0; 32]));
    add("hash-after", &|l| l.path.push([0; 32]));
    add("root-before", &|l| l.path.insert(0, l.hashes[1]));
    add("root-after", &|l| l.path.push(l.hashes[1]));
    add("empty-root", &|l| {
        l.hashes[1] = *TreeHead::EMPTY.root().as_bytes()
    });
    add("another-root", &|l| l.hashes[1][0] ^= 1);
    add("another-first-hash", &|l| l.hashes[0][31] ^= 1);
    if kind == "inclusion" {
        add("place-after", &|l| l.numbers[0] += 1);
        add("place-outside", &|l| l.numbers[0] = l.numbers[1]);
        add("size-doubled", &|l| l.numbers[1] *= 2);
    } else {
        add("sizes-out-of-order", &|l| {
            l.numbers = [l.numbers[1] + 1, l.numbers[0]]
        });
    }
    for n in 0..sound.path.len() {
        add(&format!("hash-{n}-altered"), &|l| l.path[n][16] ^= 4);
        add(&format!("hash-{n}-missing"), &|l| {
            l.path.retain(|hash| *hash != sound.path[n])
        });
    }
    all
}

#[test]
fn merkle_proofs_hold_if_they_are_sound() {
    let vectors = merkle();
    let found = fs::read_dir(folder("merkle")).unwrap().count();
    assert_eq!(found, vectors.len(), "no vector without its test");
    for (name, made) in &vectors {
        let text = fs::read_to_string(folder("merkle").join(name)).unwrap();
        assert_eq!(text, *made, "{name}");
        let lines = Lines::of(&text);
        let holds = if name.starts_with("inclusion") {
            lines.inclusion_holds()
        } else {
            lines.consistency_holds()
        };
        let sound = name.split('-').count() == 3;
        assert_eq!(holds, sound, "{name}");
    }
}

#[test]
fn the_published_proof_from_one_to_eight() {
    let proof = eight().prove_consistency(size(1), size(8)).unwrap();
    let text: Vec<_> = proof
        .path()
        .iter()
        .map(|hash| STANDARD.encode(hash))
        .collect();
    assert_eq!(
        text,
        [
            "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
            "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
            "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
        ]
    );
}

/// The example request and answer of C2SP's tlog-witness are read; their keys are not
/// published, so nobody is believed.
#[test]
fn the_examples_of_the_specification_are_read() {
    let request = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let read = AddCheckpoint::from_bytes(request.as_bytes()).unwrap();
    assert_eq!(read.old(), size(20_852_014));
    assert_eq!(read.checkpoint().claimed_size(), size(20_852_163));
    assert_eq!(read.to_text(), request);
    let answer = "\u{2014} witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n";
    let keys: [WitnessKey; 2] = cosigner().keys().clone();
    let added = read
        .checkpoint()
        .with_cosignatures(answer.as_bytes(), &keys);
    assert_eq!(added, Err(strongroom_tlog::checkpoint::AddError::NoneKnown));
}
