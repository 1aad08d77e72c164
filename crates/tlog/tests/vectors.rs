//! The vectors under `tests/vectors`: formats that must never change.
//!
//! `commitment/` and `proof/` were written by a second implementation,
//! `second.py`, from the module docs. `checkpoint/` holds one sound checkpoint,
//! the keys that believe it, and one file for each way of being unsound.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use strongroom_tlog::checkpoint::{
    LogPublicKeys, LogSigner, NoteError, Origin, OriginError, SignatureKind, SignedCheckpoint,
    UnixSeconds, VerifyError,
};
use strongroom_tlog::commit::{
    BodyRoot, CommandTree, Field, FieldTag, FieldTree, PortionFieldTree, PortionRoot, PortionTree,
    Salt, SignatureCommitment, commit,
};
use strongroom_tlog::entry::{Entry, EntryOpening, EntryRoot};
use strongroom_tlog::tree::{
    ConsistencyProof, InclusionProof, LeafHash, LeafIndex, SizeError, Tree, TreeHead, TreeRoot,
    TreeSize,
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}

/// A vector of `key value` lines.
struct Vector {
    name: String,
    lines: BTreeMap<String, String>,
}

impl Vector {
    fn number<N: TryFrom<u64, Error: std::fmt::Debug>>(&self, key: &str) -> N {
        self.lines[key].parse::<u64>().unwrap().try_into().unwrap()
    }

    fn bytes(&self, key: &str) -> Vec<u8> {
        HEXLOWER.decode(self.lines[key].as_bytes()).unwrap()
    }

    fn digest(&self, key: &str) -> [u8; 32] {
        self.bytes(key).try_into().unwrap()
    }

    fn salt(&self) -> Salt {
        Salt::new(self.digest("salt"))
    }
}

fn vectors(of: &str) -> Vec<Vector> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| line.split_once(' ').unwrap());
        Vector {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            lines: lines.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        }
    };
    fs::read_dir(folder(of)).unwrap().map(read).collect()
}

#[test]
fn commitments_are_those_of_the_second_implementation() {
    let mut kinds = BTreeSet::new();
    for vector in vectors("commitment") {
        let kind = vector.name.trim_end_matches(|c: char| c.is_ascii_digit());
        kinds.insert(kind.to_owned());
        match kind {
            "empty-value" | "short-value" | "long-value" => {
                let tag = FieldTag::new(vector.number("tag"));
                let commitment = commit(tag, &vector.salt(), &vector.bytes("value"));
                assert_eq!(*commitment.as_bytes(), vector.digest("commitment"));
            }
            "signature" | "empty-signature" => {
                let commitment =
                    SignatureCommitment::present(&vector.salt(), &vector.bytes("signature"));
                assert_eq!(*commitment.as_bytes(), vector.digest("commitment"));
            }
            "no-signature" => {
                let commitment = SignatureCommitment::absent(&vector.salt());
                assert_eq!(*commitment.as_bytes(), vector.digest("commitment"));
            }
            "event-of-" => check_event(&vector),
            "roots-of-" => check_roots(&vector),
            other => panic!("no test for the vector {other}"),
        }
    }
    assert_eq!(kinds.len(), 8, "{kinds:?}");
}

fn check_event(vector: &Vector) {
    let fields: Vec<_> = (0..vector.number::<u8>("count"))
        .map(|n| {
            let tag = FieldTag::new(10 + u16::from(n));
            let value = format!("value {n}");
            let commitment = commit(tag, &Salt::new([n; 32]), value.as_bytes());
            Field { tag, commitment }
        })
        .collect();
    let tree = FieldTree::new(&fields).unwrap();
    let portion = PortionFieldTree::new(&fields).unwrap().root();
    let opening = EntryOpening {
        body: tree.body_root(),
        signature: SignatureCommitment::absent(&Salt::new([7; 32])),
    };
    let last = tree.prove(tree.count() - 1).unwrap();
    assert_eq!(*opening.body.as_bytes(), vector.digest("body"));
    assert_eq!(*portion.as_bytes(), vector.digest("portion"));
    assert_eq!(opening.entry().to_bytes().as_slice(), vector.bytes("entry"));
    assert_eq!(
        *opening.entry().leaf_hash().as_bytes(),
        vector.digest("leaf")
    );
    assert_eq!(last.to_bytes(), vector.bytes("proof_of_last"));
}

fn check_roots(vector: &Vector) {
    let roots: Vec<[u8; 32]> = (0..vector.number::<u32>("count"))
        .map(|n| sha256(&n.to_be_bytes()))
        .collect();
    let portions: Vec<_> = roots.iter().copied().map(PortionRoot::from_bytes).collect();
    let portions = PortionTree::new(&portions).unwrap();
    assert_eq!(*portions.root().as_bytes(), vector.digest("portions"));
    assert_eq!(
        portions.prove(0).unwrap().to_bytes(),
        vector.bytes("portion_proof")
    );
    let command: Vec<_> = roots.iter().copied().map(BodyRoot::from_bytes).collect();
    let command = CommandTree::new(&command).unwrap();
    assert_eq!(*command.root().as_bytes(), vector.digest("command"));
    assert_eq!(
        command.prove(0).unwrap().to_bytes(),
        vector.bytes("command_proof")
    );
}

fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(data).into()
}

/// The log of the proof vectors: 300 entries.
fn log() -> Tree {
    let mut tree = Tree::new();
    for n in 0..300_u64 {
        tree.append(log_leaf(n));
    }
    tree
}

fn log_leaf(n: u64) -> LeafHash {
    let root = EntryRoot::from_bytes(sha256(&n.to_be_bytes()));
    Entry { root }.leaf_hash()
}

#[test]
fn proofs_are_those_of_the_second_implementation() {
    let tree = log();
    let size = |n: u64| TreeSize::new(n).unwrap();
    let head = |n: u64, root| TreeHead::new(size(n), TreeRoot::from_bytes(root));
    let (mut inclusions, mut consistencies) = (0, 0);
    for vector in vectors("proof") {
        let bytes = vector.bytes("proof");
        if vector.name.starts_with("inclusion-") {
            let (of, index) = (vector.number("size"), vector.number("index"));
            let proof = InclusionProof::from_bytes(&bytes).unwrap();
            let made = tree.prove_inclusion(size(of), LeafIndex::new(index));
            assert_eq!(made.as_ref(), Ok(&proof), "{}", vector.name);
            let head = head(of, vector.digest("root"));
            assert_eq!(proof.verify(&log_leaf(index), &head), Ok(()));
            inclusions += 1;
        } else {
            let (old, new) = (vector.number("old"), vector.number("new"));
            let proof = ConsistencyProof::from_bytes(&bytes).unwrap();
            let made = tree.prove_consistency(size(old), size(new));
            assert_eq!(made.as_ref(), Ok(&proof), "{}", vector.name);
            let earlier = head(old, vector.digest("old_root"));
            let later = head(new, vector.digest("new_root"));
            assert_eq!(proof.verify(&earlier, &later), Ok(()));
            consistencies += 1;
        }
    }
    assert_eq!((inclusions, consistencies), (7, 8));
}

/// A way of being unsound: its name, what it does to a sound checkpoint, and what
/// is said of it.
struct Fault {
    name: &'static str,
    alter: fn(Sound) -> Vec<u8>,
    error: VerifyError,
}

/// A sound checkpoint in parts, and a later one of the same log.
#[derive(Clone)]
struct Sound {
    text: String,
    ed25519: String,
    ml_dsa_44: String,
    later: [String; 2],
}

impl Sound {
    fn of(checkpoint: &SignedCheckpoint, later: &SignedCheckpoint) -> Self {
        let parts = |signed: &SignedCheckpoint| {
            let (text, lines) = signed.as_str().split_once("\n\n").unwrap();
            let (first, second) = lines.trim_end().split_once('\n').unwrap();
            (text.to_owned(), first.to_owned(), second.to_owned())
        };
        let (text, ed25519, ml_dsa_44) = parts(checkpoint);
        let (_, later_ed25519, later_ml_dsa_44) = parts(later);
        Self {
            text,
            ed25519,
            ml_dsa_44,
            later: [later_ed25519, later_ml_dsa_44],
        }
    }

    fn bytes(self) -> Vec<u8> {
        let lines = [self.ed25519, self.ml_dsa_44];
        Self::joined(&self.text, &lines)
    }

    fn joined(text: &str, lines: &[String]) -> Vec<u8> {
        format!("{text}\n\n{}\n", lines.join("\n")).into_bytes()
    }

    /// With one line of the text replaced.
    fn text_line(mut self, n: usize, line: &str) -> Vec<u8> {
        let mut lines: Vec<_> = self.text.lines().collect();
        lines[n] = line;
        self.text = lines.join("\n");
        self.bytes()
    }

    /// With the Ed25519 line replaced.
    fn first_line(mut self, line: &str) -> Vec<u8> {
        line.clone_into(&mut self.ed25519);
        self.bytes()
    }

    /// With the bytes of a signature line altered.
    fn altered(line: &str, alter: impl FnOnce(&mut Vec<u8>)) -> String {
        let (start, signature) = line.rsplit_once(' ').unwrap();
        let mut bytes = STANDARD.decode(signature).unwrap();
        alter(&mut bytes);
        format!("{start} {}", STANDARD.encode(bytes))
    }
}

fn faults() -> Vec<Fault> {
    use SignatureKind::{Ed25519, MlDsa44};
    use VerifyError as V;
    let fault = |name, error, alter| Fault { name, alter, error };
    let note = VerifyError::Note;
    vec![
        // The note.
        fault("empty", note(NoteError::NoEmptyLine), |_| Vec::new()),
        fault("not-utf-8", note(NoteError::NotUtf8(3)), |s| {
            let mut bytes = s.bytes();
            bytes[3] = 0xff;
            bytes
        }),
        fault(
            "carriage-returns",
            note(NoteError::ControlCharacter(16)),
            |s| {
                String::from_utf8(s.bytes())
                    .unwrap()
                    .replace('\n', "\r\n")
                    .into_bytes()
            },
        ),
        fault("no-empty-line", note(NoteError::NoEmptyLine), |s| {
            String::from_utf8(s.bytes())
                .unwrap()
                .replace("\n\n", "\n")
                .into_bytes()
        }),
        fault("no-last-newline", note(NoteError::NoLastNewline), |s| {
            let mut bytes = s.bytes();
            bytes.pop();
            bytes
        }),
        fault("no-signatures", note(NoteError::NoLastNewline), |s| {
            format!("{}\n\n", s.text).into_bytes()
        }),
        fault(
            "too-many-signatures",
            note(NoteError::TooManySignatures(33)),
            |s| {
                let witness = "\u{2014} w qqqqqqo=".to_owned();
                let lines = [vec![s.ed25519, s.ml_dsa_44], vec![witness; 31]].concat();
                Sound::joined(&s.text, &lines)
            },
        ),
        // A signature line.
        fault(
            "hyphen-for-dash",
            note(NoteError::NotASignatureLine(1)),
            |s| {
                let line = s.ed25519.replace('\u{2014}', "-");
                s.first_line(&line)
            },
        ),
        fault("no-key-name", note(NoteError::NoKeyName(1)), |s| {
            let line = s.ed25519.replace("example.org/room ", "");
            s.first_line(&line)
        }),
        fault(
            "empty-key-name",
            note(NoteError::BadKeyName {
                line: 1,
                fault: OriginError::Empty,
            }),
            |s| {
                let line = s.ed25519.replace("example.org/room", "");
                s.first_line(&line)
            },
        ),
        fault(
            "plus-in-key-name",
            note(NoteError::BadKeyName {
                line: 1,
                fault: OriginError::BadCharacter('+'),
            }),
            |s| {
                let line = s.ed25519.replace("example.org/room", "example.org+room");
                s.first_line(&line)
            },
        ),
        fault("space-at-line-end", note(NoteError::BadBase64(1)), |s| {
            let line = s.ed25519.clone() + " ";
            s.first_line(&line)
        }),
        fault(
            "base64-without-padding",
            note(NoteError::BadBase64(1)),
            |s| {
                let line = s.ed25519.trim_end_matches('=').to_owned();
                s.first_line(&line)
            },
        ),
        fault(
            "base64-with-loose-bits",
            note(NoteError::BadBase64(1)),
            |s| {
                let (start, last) = s
                    .ed25519
                    .trim_end_matches('=')
                    .split_at(s.ed25519.trim_end_matches('=').len() - 1);
                let padding = &s.ed25519[start.len() + 1..];
                let loose = char::from(last.as_bytes()[0] + 1);
                let line = format!("{start}{loose}{padding}");
                s.first_line(&line)
            },
        ),
        fault("key-id-alone", note(NoteError::NoSignature(1)), |s| {
            let line = Sound::altered(&s.ed25519, |bytes| bytes.truncate(4));
            s.first_line(&line)
        }),
        // The text.
        fault("missing-root", V::MissingLine, |mut s| {
            s.text = s.text.lines().take(2).collect::<Vec<_>>().join("\n");
            s.bytes()
        }),
        fault("extension-line", V::ExtensionLine, |mut s| {
            s.text += "\nextension";
            s.bytes()
        }),
        fault("empty-line-in-text", V::ExtensionLine, |mut s| {
            s.text += "\n\nextension";
            s.bytes()
        }),
        fault("empty-origin", V::BadOrigin(OriginError::Empty), |s| {
            s.text_line(0, "")
        }),
        fault(
            "space-in-origin",
            V::BadOrigin(OriginError::BadCharacter(' ')),
            |s| s.text_line(0, "example.org room"),
        ),
        fault(
            "origin-too-long",
            V::BadOrigin(OriginError::TooLong(256)),
            |s| s.text_line(0, &"n".repeat(256)),
        ),
        fault("size-with-zero-before", V::BadSize, |s| {
            s.text_line(1, "05")
        }),
        fault("size-with-sign", V::BadSize, |s| s.text_line(1, "+5")),
        fault("size-in-hex", V::BadSize, |s| s.text_line(1, "0x5")),
        fault("size-empty", V::BadSize, |s| s.text_line(1, "")),
        fault("size-beyond-64-bits", V::BadSize, |s| {
            s.text_line(1, "18446744073709551616")
        }),
        fault("size-too-large", V::Size(SizeError((1 << 62) + 1)), |s| {
            s.text_line(1, "4611686018427387905")
        }),
        fault("root-too-short", V::BadRoot, |s| {
            s.text_line(2, &STANDARD.encode([0; 31]))
        }),
        fault("root-too-long", V::BadRoot, |s| {
            s.text_line(2, &STANDARD.encode([0; 33]))
        }),
        fault("root-in-hex", V::BadRoot, |s| {
            s.text_line(2, &"0".repeat(64))
        }),
        fault("root-with-loose-bits", V::BadRoot, |s| {
            s.text_line(2, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=")
        }),
        fault("empty-log-with-another-root", V::BadRoot, |s| {
            s.text_line(1, "0")
        }),
        // What is signed.
        fault(
            "another-origin",
            V::OtherLog {
                named: Origin::new("example.org/other").unwrap(),
                expected: Origin::new("example.org/room").unwrap(),
            },
            |s| s.text_line(0, "example.org/other"),
        ),
        fault("another-size", V::WrongSignature(Ed25519), |s| {
            s.text_line(1, "6")
        }),
        fault("another-root", V::WrongSignature(Ed25519), |s| {
            s.text_line(2, &STANDARD.encode([0; 32]))
        }),
        // The signatures.
        fault("without-ed25519", V::MissingSignature(Ed25519), |s| {
            Sound::joined(&s.text, &[s.ml_dsa_44])
        }),
        fault("without-ml-dsa-44", V::MissingSignature(MlDsa44), |s| {
            Sound::joined(&s.text, &[s.ed25519])
        }),
        fault("ed25519-doubled", V::DoubledSignature(Ed25519), |s| {
            Sound::joined(&s.text, &[s.ed25519.clone(), s.ed25519, s.ml_dsa_44])
        }),
        fault("ml-dsa-44-doubled", V::DoubledSignature(MlDsa44), |s| {
            Sound::joined(&s.text, &[s.ed25519, s.ml_dsa_44.clone(), s.ml_dsa_44])
        }),
        fault(
            "ed25519-by-another-name",
            V::MissingSignature(Ed25519),
            |s| {
                let line = s.ed25519.replace("example.org/room", "example.org/other");
                s.first_line(&line)
            },
        ),
        fault(
            "ed25519-by-another-key",
            V::MissingSignature(Ed25519),
            |s| {
                let line = Sound::altered(&s.ed25519, |bytes| bytes[0] ^= 1);
                s.first_line(&line)
            },
        ),
        fault("ed25519-of-a-later-head", V::WrongSignature(Ed25519), |s| {
            let line = s.later[0].clone();
            s.first_line(&line)
        }),
        fault(
            "ml-dsa-44-of-a-later-head",
            V::WrongSignature(MlDsa44),
            |mut s| {
                s.ml_dsa_44 = s.later[1].clone();
                s.bytes()
            },
        ),
        fault("ed25519-altered", V::WrongSignature(Ed25519), |s| {
            let line = Sound::altered(&s.ed25519, |bytes| bytes[67] ^= 1);
            s.first_line(&line)
        }),
        fault("ed25519-cut", V::WrongSignature(Ed25519), |s| {
            let line = Sound::altered(&s.ed25519, |bytes| bytes.truncate(67));
            s.first_line(&line)
        }),
        fault("ed25519-lengthened", V::WrongSignature(Ed25519), |s| {
            let line = Sound::altered(&s.ed25519, |bytes| bytes.push(0));
            s.first_line(&line)
        }),
        fault("ml-dsa-44-altered", V::WrongSignature(MlDsa44), |mut s| {
            s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes[2431] ^= 1);
            s.bytes()
        }),
        fault("ml-dsa-44-cut", V::WrongSignature(MlDsa44), |mut s| {
            s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes.truncate(2431));
            s.bytes()
        }),
        fault(
            "ml-dsa-44-without-signature",
            V::WrongSignature(MlDsa44),
            |mut s| {
                s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes.truncate(11));
                s.bytes()
            },
        ),
        fault(
            "ml-dsa-44-lengthened",
            V::WrongSignature(MlDsa44),
            |mut s| {
                s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes.push(0));
                s.bytes()
            },
        ),
        fault("time-altered", V::WrongSignature(MlDsa44), |mut s| {
            s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes[11] ^= 1);
            s.bytes()
        }),
        fault(
            "time-beyond-63-bits",
            V::NoSuchTime((1 << 63) | 1_790_000_000),
            |mut s| {
                s.ml_dsa_44 = Sound::altered(&s.ml_dsa_44, |bytes| bytes[4] = 0x80);
                s.bytes()
            },
        ),
    ]
}

fn read_vector(name: &str) -> Vec<u8> {
    let path = folder("checkpoint").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn keys() -> LogPublicKeys {
    LogPublicKeys::from_text(&String::from_utf8(read_vector("keys")).unwrap()).unwrap()
}

#[test]
fn the_sound_checkpoint_is_believed() {
    let sound = SignedCheckpoint::from_bytes(&read_vector("sound")).unwrap();
    let checkpoint = sound.verify(&keys()).unwrap();
    assert_eq!(
        checkpoint.head(),
        &log().head_at(TreeSize::new(5).unwrap()).unwrap()
    );
    assert_eq!(checkpoint.time().get(), 1_790_000_000);
    let cosigned = SignedCheckpoint::from_bytes(&read_vector("sound-with-a-witness")).unwrap();
    assert_eq!(cosigned.verify(&keys()), Ok(checkpoint));
}

#[test]
fn each_unsound_checkpoint_is_refused_for_what_it_is() {
    let keys = keys();
    for fault in faults() {
        let read = SignedCheckpoint::from_bytes(&read_vector(fault.name));
        let believed = read.and_then(|signed| signed.verify(&keys));
        assert_eq!(believed, Err(fault.error), "{}", fault.name);
    }
}

#[test]
fn there_is_no_vector_without_its_test() {
    let named = faults().into_iter().map(|fault| fault.name.to_owned());
    let mut expected: BTreeSet<String> = named.collect();
    assert_eq!(expected.len(), faults().len(), "no name twice");
    expected.extend(["keys", "sound", "sound-with-a-witness"].map(str::to_owned));
    let found: BTreeSet<String> = fs::read_dir(folder("checkpoint"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected);
}

/// Writes `checkpoint/` anew. Signatures are random, so every file changes.
#[test]
#[ignore = "writes the vectors of checkpoint/"]
fn write_checkpoint_vectors() {
    let tree = log();
    let origin = Origin::new("example.org/room").unwrap();
    let mut signer = LogSigner::from_seeds(origin, &[1; 32], &[2; 32], None).unwrap();
    let mut sign = |entries: u64, seconds: u64| {
        let mut small = Tree::new();
        for n in 0..entries {
            small.append(tree.leaf(LeafIndex::new(n)).unwrap());
        }
        let head = small.prove_head(signer.last_signed()).unwrap();
        signer
            .sign(&head, UnixSeconds::new(seconds).unwrap())
            .unwrap()
    };
    let sound = sign(5, 1_790_000_000);
    let later = sign(6, 1_790_000_001);
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder("checkpoint").join(name), bytes).unwrap();

    let witness = format!("\u{2014} witness.example/w1 {}\n", STANDARD.encode([7; 76]));
    write("keys", signer.public_keys().to_text().as_bytes());
    write("sound", sound.as_str().as_bytes());
    write(
        "sound-with-a-witness",
        (sound.as_str().to_owned() + &witness).as_bytes(),
    );
    for fault in faults() {
        write(fault.name, &(fault.alter)(Sound::of(&sound, &later)));
    }
}
