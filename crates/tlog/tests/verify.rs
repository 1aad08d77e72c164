//! Offline checks: what is sound passes, each fault is named where it is, and what
//! could not be checked is not said to hold.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;
use strongroom_tlog::checkpoint::{
    Checkpoint, Cosigner, LogPublicKeys, LogSigner, MAX_NOTE_BYTES, Origin, SignedCheckpoint,
    UnixSeconds,
};
use strongroom_tlog::commit::{Field, FieldTag, FieldTree, Salt, SignatureCommitment, commit};
use strongroom_tlog::entry::{Entry, EntryOpening, EntryRoot};
use strongroom_tlog::policy::Policy;
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tile::{CHECKPOINT_PATH, LedgerFiles, TilePath, cut, superseded};
use strongroom_tlog::tree::{LeafIndex, Tree, TreeHead, TreeSize};
use strongroom_tlog::verify::{
    Check, EventField, EventShown, MAX_FAILURES, MAX_SHOWN_FIELDS, Report, Standing, Verdict,
    checkpoints, checkpoints_in, event, folder, proven, receipt, witnesses,
};

const NOW: u64 = 1_790_000_000;
const LOG: &str = "example.org/room";

fn time(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn signer() -> LogSigner {
    LogSigner::from_seeds(Origin::new(LOG).unwrap(), &[1; 32], &[2; 32], None).unwrap()
}

fn keys() -> LogPublicKeys {
    signer().public_keys().clone()
}

/// Entry `n` of the log, or from `fork` on of another.
fn entry(n: u64, fork: u64) -> Entry {
    let mut root = [7; 32];
    root[..8].copy_from_slice(&n.to_be_bytes());
    root[31] = u8::from(n >= fork);
    Entry {
        root: EntryRoot::from_bytes(root),
    }
}

fn tree(n: u64, fork: u64) -> Tree {
    let mut tree = Tree::new();
    for n in 0..n {
        tree.append(entry(n, fork).leaf_hash());
    }
    tree
}

fn sign(tree: &Tree, seconds: u64) -> SignedCheckpoint {
    let head = tree.prove_head(&TreeHead::EMPTY).unwrap();
    Checkpoint::sign(&mut signer(), &head, time(seconds)).unwrap()
}

fn believed(entries: u64, fork: u64, seconds: u64) -> Checkpoint {
    sign(&tree(entries, fork), seconds).verify(&keys()).unwrap()
}

#[derive(Clone, Default)]
struct Folder {
    files: BTreeMap<String, Vec<u8>>,
    read: RefCell<Vec<String>>,
}

impl LedgerFiles for Folder {
    fn read(&self, path: &str, _max: usize) -> Result<Option<Vec<u8>>, String> {
        self.read.borrow_mut().push(path.to_owned());
        if path == "tile/0/666" {
            return Err("the disk says no".to_owned());
        }
        Ok(self.files.get(path).cloned())
    }
}

fn folder_of(entries: u64, fork: u64) -> Folder {
    let tree = tree(entries, fork);
    let mut made = Folder::default();
    for file in cut(&tree, TreeSize::ZERO, size(entries), |range| {
        Ok::<_, Infallible>(range.map(|n| entry(n, fork)).collect())
    }) {
        let file = file.unwrap();
        made.files.insert(file.path.to_string(), file.bytes);
    }
    let checkpoint = sign(&tree, NOW).as_str().as_bytes().to_vec();
    made.files.insert(CHECKPOINT_PATH.to_owned(), checkpoint);
    made
}

fn sound(entries: u64) -> Folder {
    folder_of(entries, u64::MAX)
}

fn standing(report: &Report, check: Check) -> Vec<Standing> {
    let of = report
        .findings()
        .iter()
        .filter(|finding| finding.check == check);
    of.map(|finding| finding.standing).collect()
}

fn failures(report: &Report) -> Vec<(Check, String)> {
    report
        .findings()
        .iter()
        .filter(|finding| finding.standing == Standing::Fails)
        .map(|finding| (finding.check, finding.place.clone().unwrap_or_default()))
        .collect()
}

fn says(report: &Report, check: Check, word: &str) -> bool {
    report
        .findings()
        .iter()
        .any(|f| f.check == check && f.standing == Standing::Fails && f.says.contains(word))
}

#[test]
fn sound_folders_pass_at_every_edge() {
    for entries in [
        0, 1, 2, 255, 256, 257, 511, 512, 700, 65_536, 65_537, 66_049,
    ] {
        let verified = folder(&sound(entries), &keys(), &[]);
        let report = &verified.report;
        assert!(report.passes(), "{entries}: {report:?}");
        for check in [Check::Checkpoint, Check::Tiles, Check::Root] {
            assert_eq!(standing(report, check), [Standing::Holds], "{entries}");
        }
        assert_eq!(
            standing(report, Check::Entries),
            [Standing::Holds, Standing::Open]
        );
        assert_eq!(standing(report, Check::Elsewhere), [Standing::Open]);
        let (_, checkpoint) = verified.checkpoint.unwrap();
        assert_eq!(checkpoint.head().size(), size(entries));
    }
}

#[test]
fn every_file_is_read_once_and_none_beside() {
    let folder_ = sound(66_049);
    assert!(folder(&folder_, &keys(), &[]).report.passes());
    let mut read = folder_.read.take();
    read.sort_unstable();
    let there: Vec<_> = folder_.files.keys().cloned().collect();
    assert_eq!(read, there);
}

#[test]
fn a_full_file_stands_in_for_a_partial_one() {
    let mut grown = sound(300);
    grown.files.extend(sound(600).files);
    for path in superseded(size(300), size(600)) {
        assert!(grown.files.remove(&path.to_string()).is_some());
    }
    let old = sound(300).files.remove(CHECKPOINT_PATH).unwrap();
    grown.files.insert(CHECKPOINT_PATH.to_owned(), old);
    // 44 of 256 in place 1 are there only in the full files; the level above kept 1.
    grown.files.insert(
        "tile/1/000.p/1".to_owned(),
        sound(300).files["tile/1/000.p/1"].clone(),
    );
    let report = folder(&grown, &keys(), &[]).report;
    assert!(report.passes(), "{report:?}");
}

#[test]
fn each_missing_file_is_named() {
    let whole = sound(66_049);
    // All above the leaves, and of the many others some.
    let upper = |path: &str| {
        ["tile/1", "tile/2", "check"]
            .iter()
            .any(|of| path.starts_with(of))
    };
    let some = whole.files.keys().enumerate();
    for (_, path) in some.filter(|(n, path)| n % 50 == 0 || upper(path)) {
        let mut missing = whole.clone();
        missing.files.remove(path);
        let report = folder(&missing, &keys(), &[]).report;
        let (check, place) = failures(&report).remove(0);
        assert_eq!(place, *path);
        assert!(!report.passes());
        match check {
            Check::Checkpoint => assert_eq!(standing(&report, Check::Root), []),
            // The tile leads on, and the entries are not said to give what was not read of them.
            Check::Entries => {
                assert_eq!(standing(&report, Check::Root), [Standing::Unsure], "{path}");
                assert_eq!(standing(&report, Check::Tiles), [], "{path}");
            }
            // Tiles are not needed for the root.
            _ => assert_eq!(standing(&report, Check::Root), [Standing::Holds], "{path}"),
        }
        assert!(says(&report, check, "missing"));
    }
}

#[test]
fn each_altered_bit_is_named() {
    let whole = sound(300);
    for (path, bytes) in &whole.files {
        for at in (0..bytes.len()).step_by(37) {
            let mut altered = whole.clone();
            altered.files.get_mut(path).unwrap()[at] ^= 1;
            let report = folder(&altered, &keys(), &[]).report;
            assert!(!report.passes(), "{path} {at}");
            let named = failures(&report);
            if path.starts_with("tile/entries") {
                // A bundle that reads as entries shows in the tile beside it.
                let tile = path.replace("entries", "0");
                assert!(
                    named
                        .iter()
                        .any(|(_, place)| place == path || *place == tile)
                );
            } else {
                assert!(named.iter().any(|(_, place)| place == path), "{path} {at}");
            }
        }
    }
}

#[test]
fn cut_lengthened_and_swapped_files_are_named() {
    let whole = sound(600);
    for path in whole.files.keys() {
        for change in [
            |bytes: &mut Vec<u8>| bytes.clear(),
            |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1),
            |bytes: &mut Vec<u8>| bytes.push(0),
            |bytes: &mut Vec<u8>| bytes.resize(MAX_NOTE_BYTES + 1, b'A'),
        ] {
            let mut altered = whole.clone();
            change(altered.files.get_mut(path).unwrap());
            let report = folder(&altered, &keys(), &[]).report;
            assert_eq!(failures(&report)[0].1, *path);
        }
    }
    for pair in [
        ["tile/entries/000", "tile/entries/001"],
        ["tile/0/000", "tile/0/001"],
    ] {
        let mut swapped = whole.clone();
        let [one, two] = pair.map(|path| whole.files[path].clone());
        swapped.files.insert(pair[0].to_owned(), two);
        swapped.files.insert(pair[1].to_owned(), one);
        assert!(!folder(&swapped, &keys(), &[]).report.passes());
    }
}

#[test]
fn a_log_that_re_signs_other_entries_is_named() {
    // Both of one log, each well signed; entries of the one under the head of the other.
    let mut mixed = folder_of(600, 100);
    let checkpoint = sound(600).files.remove(CHECKPOINT_PATH).unwrap();
    mixed.files.insert(CHECKPOINT_PATH.to_owned(), checkpoint);
    let report = folder(&mixed, &keys(), &[]).report;
    assert_eq!(standing(&report, Check::Root), [Standing::Fails]);
    assert_eq!(standing(&report, Check::Tiles), [Standing::Holds]);
}

#[test]
fn a_claim_of_any_size_ends() {
    let mut liar = sound(3);
    let head = TreeHead::new(size(1 << 62), *tree(3, u64::MAX).head().root());
    let proof = strongroom_tlog::tree::ConsistencyProof::from_parts(
        TreeSize::ZERO,
        head.size(),
        Vec::new(),
    )
    .unwrap();
    let head =
        strongroom_tlog::tree::ProvenHead::from_proof(&TreeHead::EMPTY, &head, &proof).unwrap();
    let signed = Checkpoint::sign(&mut signer(), &head, time(NOW)).unwrap();
    liar.files.insert(
        CHECKPOINT_PATH.to_owned(),
        signed.as_str().as_bytes().to_vec(),
    );
    let report = folder(&liar, &keys(), &[]).report;
    assert!(!report.passes());
    let failed = report.count(Standing::Fails);
    assert!(
        (MAX_FAILURES..MAX_FAILURES + 2).contains(&failed),
        "{failed}"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let whole = sound(171_000);
    let report = folder(&whole, &keys(), &[]).report;
    assert_eq!(failures(&report), [(Check::Tiles, "tile/0/666".to_owned())]);
    assert!(says(&report, Check::Tiles, "the disk says no"));
}

#[test]
fn heads_seen_before_are_compared() {
    let now = sound(600);
    let honest = [0, 1, 256, 300, 600].map(|n| believed(n, u64::MAX, NOW));
    let report = folder(&now, &keys(), &honest).report;
    assert_eq!(standing(&report, Check::Consistency), [Standing::Holds; 5]);

    let forked = believed(300, 100, NOW);
    let report = folder(&now, &keys(), &[forked]).report;
    assert!(says(&report, Check::Consistency, "fork"));

    let ahead = believed(601, u64::MAX, NOW);
    let report = folder(&now, &keys(), &[ahead]).report;
    assert!(says(&report, Check::Consistency, "rewind"));

    // With entries altered nothing can be said of an earlier head.
    let mut altered = now.clone();
    altered.files.get_mut("tile/entries/000").unwrap()[40] ^= 1;
    let report = folder(&altered, &keys(), &[believed(300, u64::MAX, NOW)]).report;
    assert_eq!(standing(&report, Check::Consistency), [Standing::Unsure]);
}

#[test]
fn a_stripped_signature_or_another_log_is_an_error() {
    let mut stripped = sound(3);
    let text = String::from_utf8(stripped.files[CHECKPOINT_PATH].clone()).unwrap();
    for kept in [4, 5] {
        let text: Vec<&str> = text
            .lines()
            .enumerate()
            .filter(|(n, _)| *n != kept)
            .map(|(_, l)| l)
            .collect();
        let text = format!("{}\n", text.join("\n"));
        stripped
            .files
            .insert(CHECKPOINT_PATH.to_owned(), text.into_bytes());
        let verified = folder(&stripped, &keys(), &[]);
        assert!(
            verified.checkpoint.is_none() && says(&verified.report, Check::Checkpoint, "stripped")
        );
        assert_eq!(
            standing(&verified.report, Check::Entries),
            [Standing::Unsure]
        );
    }
    let other = LogSigner::from_seeds(
        Origin::new("example.org/other").unwrap(),
        &[1; 32],
        &[2; 32],
        None,
    );
    let report = folder(&sound(3), other.unwrap().public_keys(), &[]).report;
    assert!(says(&report, Check::Checkpoint, "example.org/room"));
}

#[test]
fn two_checkpoints_are_compared() {
    let log = tree(9, u64::MAX);
    let (five, nine) = (sign(&tree(5, u64::MAX), NOW), sign(&log, NOW + 1));
    let proof = log.prove_consistency(size(5), size(9)).unwrap();
    let wrong = log.prove_consistency(size(4), size(9)).unwrap();

    let report = checkpoints(&five, &nine, &keys(), Some(&proof));
    assert!(report.passes());
    assert_eq!(
        checkpoints(&nine, &five, &keys(), Some(&proof)).count(Standing::Holds),
        3
    );
    let report = checkpoints(&five, &nine, &keys(), None);
    assert_eq!(standing(&report, Check::Consistency), [Standing::Unsure]);
    assert_eq!(report.verdict(), Verdict::Undecided);
    assert!(!report.passes());
    assert!(checkpoints(&five, &five, &keys(), None).passes());
    let empty = sign(&Tree::new(), NOW);
    assert!(checkpoints(&empty, &nine, &keys(), None).passes());
    assert!(checkpoints(&nine, &empty, &keys(), None).passes());
    assert!(checkpoints_in(&five, &nine, &keys(), &sound(9)).passes());
    let mut missing = sound(9);
    missing.files.remove("tile/entries/000.p/9").unwrap();
    let report = checkpoints_in(&five, &nine, &keys(), &missing);
    assert_eq!(report.verdict(), Verdict::Wrong);
    assert!(!checkpoints(&five, &nine, &keys(), Some(&wrong)).passes());

    let forked = sign(&tree(9, 2), NOW + 1);
    assert!(says(
        &checkpoints(&nine, &forked, &keys(), None),
        Check::Consistency,
        "fork"
    ));
    let proof_of_fork = tree(9, 2).prove_consistency(size(5), size(9)).unwrap();
    let report = checkpoints(&five, &forked, &keys(), Some(&proof_of_fork));
    assert!(says(&report, Check::Consistency, "fork"));
    let rewound = sign(&tree(5, u64::MAX), NOW + 60);
    assert!(says(
        &checkpoints(&nine, &rewound, &keys(), None),
        Check::Consistency,
        "rewind"
    ));

    let stripped: String = five
        .as_str()
        .lines()
        .take(5)
        .map(|l| format!("{l}\n"))
        .collect();
    let stripped = SignedCheckpoint::from_bytes(stripped.as_bytes()).unwrap();
    let report = checkpoints(&stripped, &nine, &keys(), Some(&proof));
    assert!(says(&report, Check::Checkpoint, "the first: "));
    assert_eq!(standing(&report, Check::Consistency), [Standing::Unsure]);
}

/// An event of three fields, the last closed, in a log of others.
fn shown() -> (Receipt, EventShown) {
    let fields: Vec<EventField> = (1..=3)
        .map(|n| {
            let (tag, salt, value) = (FieldTag::new(n), Salt::new([9; 32]), vec![n as u8; 4]);
            EventField {
                tag,
                commitment: commit(tag, &salt, &value),
                opened: (n < 3).then_some((salt, value)),
            }
        })
        .collect();
    let leaves: Vec<Field> = fields
        .iter()
        .map(
            |EventField {
                 tag, commitment, ..
             }| Field {
                tag: *tag,
                commitment: *commitment,
            },
        )
        .collect();
    let signature = SignatureCommitment::absent(&Salt::new([3; 32]));
    let body = FieldTree::new(&leaves).unwrap().body_root();
    let entry = EntryOpening { body, signature }.entry();
    let mut log = tree(5, u64::MAX);
    log.append(entry.leaf_hash());
    log.append(last_entry().leaf_hash());
    let proof = log.prove_inclusion(size(7), LeafIndex::new(5)).unwrap();
    let receipt = Receipt::new(entry, proof, sign(&log, NOW)).unwrap();
    (receipt, EventShown { fields, signature })
}

fn last_entry() -> Entry {
    entry(99, 0)
}

#[test]
fn a_receipt_and_what_it_shows_are_checked() {
    let (made, shown_event) = shown();
    let (mut report, accepted) = receipt(&made, &keys());
    let accepted = accepted.unwrap();
    report.extend(event(&accepted, &shown_event));
    assert!(report.passes(), "{report:?}");
    assert_eq!(
        standing(&report, Check::Fields),
        [Standing::Holds, Standing::Open, Standing::Open]
    );
    assert!(!format!("{shown_event:?}").contains("[1, 1, 1, 1]"));
    let tags = |shown: &EventShown| -> Vec<u16> {
        let proven = proven(&accepted, shown);
        proven.iter().map(|field| field.tag.get()).collect()
    };
    assert_eq!(tags(&shown_event), [1, 2]);
    let mut one_wrong = shown_event.clone();
    one_wrong.fields[0].opened.as_mut().unwrap().1[0] ^= 1;
    assert_eq!(tags(&one_wrong), [2]);
    let mut of_another = shown_event.clone();
    of_another.fields[2].commitment = of_another.fields[1].commitment;
    assert_eq!(tags(&of_another), []);

    type Change = fn(&mut EventShown);
    let changes: [(Change, &str); 7] = [
        (
            |e| e.fields[0].opened.as_mut().unwrap().1[0] ^= 1,
            "field 1",
        ),
        (
            |e| e.fields[1].opened.as_mut().unwrap().0 = Salt::new([8; 32]),
            "field 2",
        ),
        (|e| e.fields[1].tag = FieldTag::new(7), "field 2"),
        (
            |e| e.fields[2].commitment = commit(FieldTag::new(3), &Salt::new([1; 32]), b""),
            "",
        ),
        (|e| drop(e.fields.pop()), ""),
        (|e| e.fields.swap(0, 1), ""),
        (
            |e| e.signature = SignatureCommitment::absent(&Salt::new([4; 32])),
            "",
        ),
    ];
    for (change, place) in changes {
        let (_, mut altered) = shown();
        change(&mut altered);
        let report = event(&accepted, &altered);
        assert!(!report.passes());
        assert!(failures(&report)[0].1.starts_with(place));
    }
    let none = EventShown {
        fields: Vec::new(),
        signature: shown_event.signature,
    };
    assert!(!event(&accepted, &none).passes());
    let field = || EventField {
        tag: FieldTag::new(1),
        commitment: commit(FieldTag::new(1), &Salt::new([1; 32]), b""),
        opened: None,
    };
    let many = EventShown {
        fields: (0..=MAX_SHOWN_FIELDS).map(|_| field()).collect(),
        signature: shown_event.signature,
    };
    assert!(says(&event(&accepted, &many), Check::Fields, "4097"));
}

#[test]
fn a_receipt_that_is_not_believed_vouches_for_nothing() {
    let (made, _) = shown();
    let altered = made.to_text().replacen("index 5", "index 4", 1);
    let altered = Receipt::from_bytes(altered.as_bytes()).unwrap();
    let (report, accepted) = receipt(&altered, &keys());
    assert!(accepted.is_none() && says(&report, Check::Inclusion, "proof"));
    let text = made.to_text();
    let last = text.trim_end().rfind('\n').unwrap();
    let stripped = Receipt::from_bytes(&text.as_bytes()[..=last]).unwrap();
    let (report, accepted) = receipt(&stripped, &keys());
    assert!(accepted.is_none() && says(&report, Check::Checkpoint, "ML-DSA-44"));
    assert_eq!(standing(&report, Check::Inclusion), [Standing::Unsure]);
}

#[test]
fn witnesses_are_told_one_by_one() {
    let witness =
        Cosigner::from_seeds(Origin::new("w.example").unwrap(), &[5; 32], &[6; 32]).unwrap();
    let text = format!(
        "witness a {}\nwitness b {}\ngroup both all a b\nquorum both\n",
        witness.keys()[0],
        witness.keys()[1]
    );
    let policy = Policy::from_bytes(text.as_bytes()).unwrap();
    let signed = sign(&tree(5, u64::MAX), NOW);
    assert!(says(
        &witnesses(&signed, &policy),
        Check::Witnesses,
        "quorum"
    ));
    let head = tree(5, u64::MAX).prove_head(&TreeHead::EMPTY).unwrap();
    let lines = witness
        .cosign(&Origin::new(LOG).unwrap(), &head, time(NOW))
        .unwrap();
    let (signed, _) = signed
        .with_cosignatures(lines.as_bytes(), witness.keys())
        .unwrap();
    let report = witnesses(&signed, &policy);
    assert!(report.passes());
    assert_eq!(standing(&report, Check::Witnesses), [Standing::Holds; 4]);
    let one = format!("witness a {}\nquorum none\n", witness.keys()[0]);
    let one = Policy::from_bytes(one.as_bytes()).unwrap();
    assert!(witnesses(&sign(&tree(5, u64::MAX), NOW), &one).passes());
    let moved = format!("{}{lines}", sign(&tree(6, u64::MAX), NOW));
    let moved = SignedCheckpoint::from_bytes(moved.as_bytes()).unwrap();
    assert!(says(
        &witnesses(&moved, &one),
        Check::Witnesses,
        "another checkpoint"
    ));
    let none = Policy::from_bytes(b"quorum none\n").unwrap();
    assert!(witnesses(&signed, &none).passes());
    let other = Policy::from_bytes(
        format!(
            "log {}\nquorum none\n",
            LogSigner::from_seeds(Origin::new("o").unwrap(), &[1; 32], &[2; 32], None)
                .unwrap()
                .public_keys()
                .to_text()
                .lines()
                .next()
                .unwrap()
        )
        .as_bytes(),
    )
    .unwrap();
    assert!(says(
        &witnesses(&signed, &other),
        Check::Witnesses,
        "no log"
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any change of any file but to itself is found.
    #[test]
    fn no_change_passes(entries in 1_u64..800, file: prop::sample::Index, at: prop::sample::Index, bit in 0_u8..8) {
        let mut altered = sound(entries);
        let path = altered.files.keys().nth(file.index(altered.files.len())).unwrap().clone();
        let bytes = altered.files.get_mut(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(TilePath::parse(&path).is_ok() || path == CHECKPOINT_PATH);
        prop_assert!(!folder(&altered, &keys(), &[]).report.passes(), "{} {}", path, at);
    }

    #[test]
    fn nothing_breaks_the_verifier(files in prop::collection::btree_map(
        prop_oneof![Just("tile/0/000.p/3"), Just("tile/entries/000.p/3"), Just("checkpoint")],
        prop::collection::vec(any::<u8>(), 0..200), 0..3)) {
        let mut broken = sound(3);
        broken.files.extend(files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)));
        let _ = folder(&broken, &keys(), &[]);
    }
}
