//! The witness: what it answers to whom, and that it remembers before it signs.

use proptest::prelude::*;
use strongroom_tlog::checkpoint::{
    Checkpoint, Cosigner, LogSigner, Origin, SignedCheckpoint, TrustedLog, UnixSeconds,
};
use strongroom_tlog::tree::{LeafHash, Tree, TreeHead, TreeSize};
use strongroom_tlog::witness::{
    AddCheckpoint, Answer, AnswerError, Decision, MAX_REQUEST_BYTES, Remembered, RememberedError,
    RequestError, Witness, WitnessConfigError, WitnessFault, WitnessMemory,
};

const NOW: u64 = 1_790_000_000;
const LOG: &str = "example.org/room";

fn time(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn origin(name: &str) -> Origin {
    Origin::new(name).unwrap()
}

/// The log's tree, or from `fork` on another.
fn tree(n: u64, fork: u64) -> Tree {
    let mut tree = Tree::new();
    for leaf in 0..n {
        let data = [leaf, u64::from(leaf >= fork)].map(u64::to_be_bytes);
        tree.append(LeafHash::of(data.as_flattened()));
    }
    tree
}

fn log(name: &str) -> LogSigner {
    LogSigner::from_seeds(origin(name), &[1; 32], &[2; 32], None).unwrap()
}

fn checkpoint(name: &str, tree: &Tree) -> SignedCheckpoint {
    let head = tree.prove_head(&TreeHead::EMPTY).unwrap();
    Checkpoint::sign(&mut log(name), &head, time(NOW)).unwrap()
}

fn request(old: u64, tree: &Tree) -> AddCheckpoint {
    let proof = tree.prove_consistency(size(old), tree.size()).unwrap();
    AddCheckpoint::new(&proof, checkpoint(LOG, tree)).unwrap()
}

fn witness() -> Witness {
    let cosigner = Cosigner::from_seeds(origin("witness.example/w1"), &[3; 32], &[4; 32]).unwrap();
    Witness::new(cosigner, [TrustedLog::from(log(LOG).public_keys())]).unwrap()
}

/// A memory that can fail, and counts what it kept.
#[derive(Default)]
struct Memory {
    kept: Option<Remembered>,
    persisted: usize,
    broken: bool,
}

impl WitnessMemory for Memory {
    type Error = &'static str;

    fn recall(&self, origin: &Origin) -> Result<Option<Remembered>, Self::Error> {
        assert_eq!(origin.as_str(), LOG, "only watched logs are looked up");
        Ok(self.kept.clone())
    }

    fn persist(&mut self, new: &Remembered) -> Result<(), Self::Error> {
        if self.broken {
            return Err("the disk");
        }
        self.kept = Some(new.clone());
        self.persisted += 1;
        Ok(())
    }
}

fn ask(memory: &mut Memory, request: &AddCheckpoint, now: u64) -> Answer {
    witness()
        .answer(memory, request.to_text().as_bytes(), time(now))
        .unwrap()
}

/// A memory of the log at this size.
fn seen(entries: u64) -> Memory {
    let mut memory = Memory::default();
    let answer = ask(&mut memory, &request(0, &tree(entries, u64::MAX)), NOW);
    assert_eq!(answer.status(), 200);
    memory
}

#[test]
fn a_log_that_grows_is_vouched_for_step_by_step() {
    let mut memory = Memory::default();
    let mut old = 0;
    for (n, new) in [0, 1, 5, 5, 300].into_iter().enumerate() {
        let tree = tree(new, u64::MAX);
        let now = NOW + n as u64;
        let Answer::Cosigned(lines) = ask(&mut memory, &request(old, &tree), now) else {
            panic!("{old} to {new}");
        };
        let keys = witness().cosigner().keys().clone();
        let (_, added) = checkpoint(LOG, &tree)
            .with_cosignatures(lines.as_bytes(), &keys)
            .unwrap();
        assert_eq!(added.len(), 2);
        assert!(added.iter().all(|line| line.time() == time(now)));
        let kept = memory.kept.clone().unwrap();
        assert_eq!((kept.head(), kept.time()), (&tree.head(), time(now)));
        assert_eq!(memory.persisted, n + 1);
        old = new;
    }
}

#[test]
fn each_refusal_has_its_status_and_changes_nothing() {
    let honest = |n| tree(n, u64::MAX);
    let other = checkpoint("example.org/another", &honest(9));
    let unsigned = {
        let proof = honest(9).prove_consistency(size(5), size(9)).unwrap();
        let signed = checkpoint(LOG, &honest(9));
        let stripped: String = signed
            .as_str()
            .lines()
            .take(5)
            .map(|l| format!("{l}\n"))
            .collect();
        let stripped = SignedCheckpoint::from_bytes(stripped.as_bytes()).unwrap();
        AddCheckpoint::new(&proof, stripped).unwrap().to_text()
    };
    let text = |old: u64, lines: &str, tree: &Tree| {
        format!("old {old}\n{lines}\n{}", checkpoint(LOG, tree))
    };
    let proof = request(5, &honest(9)).to_text();
    let cases = [
        ("unknown log", format!("old 5\n\n{other}"), 404),
        ("stripped signature", unsigned, 403),
        ("old above new", text(10, "", &honest(9)), 400),
        (
            "old unlike what was seen",
            request(4, &honest(9)).to_text(),
            409,
        ),
        (
            "old above what was seen",
            request(6, &honest(9)).to_text(),
            409,
        ),
        ("never seen", request(0, &honest(9)).to_text(), 409),
        (
            "another root at the size",
            request(5, &tree(5, 2)).to_text(),
            409,
        ),
        ("a fork", request(5, &tree(9, 2)).to_text(), 422),
        ("no proof", text(5, "", &honest(9)), 422),
        (
            "a proof too many",
            text(
                5,
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                &honest(5),
            ),
            422,
        ),
        ("malformed", proof.replacen("old 5", "old 05", 1), 400),
        ("empty", String::new(), 400),
    ];
    for (name, body, status) in cases {
        let mut memory = seen(5);
        let before = memory.kept.clone();
        let answer = witness()
            .answer(&mut memory, body.as_bytes(), time(NOW))
            .unwrap();
        assert_eq!(answer.status(), status, "{name}: {answer:?}");
        assert_eq!((memory.kept, memory.persisted), (before, 1), "{name}");
        assert_eq!(
            Answer::read(status, answer.body().as_bytes())
                .unwrap()
                .status(),
            status
        );
        if status == 409 {
            assert_eq!(answer.body(), "5\n");
            assert_eq!(answer.content_type(), "text/x.tlog.size");
        }
    }
}

#[test]
fn nothing_is_signed_that_is_not_kept() {
    let mut memory = Memory {
        broken: true,
        ..Memory::default()
    };
    let asked = request(0, &tree(5, u64::MAX)).to_text();
    assert_eq!(
        witness().answer(&mut memory, asked.as_bytes(), time(NOW)),
        Err(WitnessFault::Memory("the disk"))
    );
    memory.broken = false;
    let witness = witness();
    let decided = witness
        .decide(&mut memory, &request(0, &tree(5, u64::MAX)), time(NOW))
        .unwrap();
    let Decision::Vouch(pending) = decided else {
        panic!("it grew from nothing");
    };
    assert_eq!(pending.new_state().head(), &tree(5, u64::MAX).head());
    drop(pending);
    assert!(memory.kept.is_none());
}

#[test]
fn a_clock_set_back_vouches_for_nothing() {
    let mut memory = seen(5);
    let asked = request(5, &tree(9, u64::MAX)).to_text();
    assert_eq!(
        witness().answer(&mut memory, asked.as_bytes(), time(NOW - 1)),
        Err(WitnessFault::TimeRanBackwards {
            now: time(NOW - 1),
            last: time(NOW)
        })
    );
}

#[test]
fn one_log_is_given_once() {
    let cosigner = Cosigner::from_seeds(origin("witness.example/w1"), &[3; 32], &[4; 32]).unwrap();
    let log = TrustedLog::from(log(LOG).public_keys());
    assert_eq!(
        Witness::new(cosigner, [log.clone(), log]).err(),
        Some(WitnessConfigError(origin(LOG)))
    );
}

#[test]
fn a_request_reads_back_and_each_fault_is_named() {
    let asked = request(5, &tree(9, u64::MAX));
    let text = asked.to_text();
    assert_eq!(AddCheckpoint::from_bytes(text.as_bytes()), Ok(asked));
    let hash = text.lines().nth(1).unwrap();
    let many = format!("{hash}\n").repeat(64);
    let bad = [
        (text.replacen("old 5", "old", 1), RequestError::BadOld),
        (text.replacen("old 5", "Old 5", 1), RequestError::BadOld),
        (text.replacen("old 5", "old +5", 1), RequestError::BadOld),
        (text.replacen("old 5", "old  5", 1), RequestError::BadOld),
        (text.replacen("old 5\n", "", 1), RequestError::BadOld),
        (
            text.replacen("old 5\n", "\nold 5\n", 1),
            RequestError::BadOld,
        ),
        (text.replacen(hash, &hash[1..], 1), RequestError::BadHash(1)),
        (text.replacen('\n', "\r\n", 2), RequestError::BadOld),
        (text.replace("\n\n", "\n"), RequestError::NoCheckpoint),
        (
            text.replacen("old 5\n", &format!("old 5\n{many}"), 1),
            RequestError::TooManyHashes,
        ),
        (
            "a".repeat(MAX_REQUEST_BYTES + 1),
            RequestError::TooLong(MAX_REQUEST_BYTES + 1),
        ),
    ];
    for (text, fault) in bad {
        assert_eq!(AddCheckpoint::from_bytes(text.as_bytes()), Err(fault));
    }
    assert_eq!(
        AddCheckpoint::from_bytes(&[0xff]),
        Err(RequestError::NotUtf8(0))
    );
    let huge = text.replacen("old 5", &format!("old {}", u64::MAX), 1);
    assert!(matches!(
        AddCheckpoint::from_bytes(huge.as_bytes()),
        Err(RequestError::Size(_))
    ));
    let proof = tree(9, u64::MAX)
        .prove_consistency(size(4), size(8))
        .unwrap();
    assert!(matches!(
        AddCheckpoint::new(&proof, checkpoint(LOG, &tree(9, u64::MAX))),
        Err(RequestError::OtherSize { .. })
    ));
}

#[test]
fn a_memory_reads_back_and_nothing_else_does() {
    let kept = seen(5).kept.unwrap();
    let text = kept.to_text();
    assert_eq!(Remembered::from_bytes(text.as_bytes()).as_ref(), Ok(&kept));
    assert_eq!(kept.origin().as_str(), LOG);
    for cut in 0..text.len() {
        assert_eq!(
            Remembered::from_bytes(&text.as_bytes()[..cut]),
            Err(RememberedError)
        );
    }
    assert_eq!(
        Remembered::from_bytes(format!("{text}\n").as_bytes()),
        Err(RememberedError)
    );
}

#[test]
fn answers_that_the_protocol_has_not_are_refused() {
    let unknown = Answer::read(500, b"oh\x1b[2Jno\n").unwrap_err();
    assert_eq!(unknown, AnswerError::UnknownStatus(500, "oh [2Jno".into()));
    assert_eq!(Answer::read(409, b"5"), Err(AnswerError::BadSize));
    assert_eq!(Answer::read(409, b"05\n"), Err(AnswerError::BadSize));
    assert_eq!(Answer::read(200, &[0xff]), Err(AnswerError::NotUtf8));
    assert_eq!(
        Answer::read(404, "é".repeat(500).as_bytes()),
        Ok(Answer::UnknownLog("é".repeat(200)))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked in whatever order, the heads vouched for are one history.
    #[test]
    fn a_witness_never_vouches_for_two_histories(
        asked in prop::collection::vec((0_u64..12, 0_u64..12, prop_oneof![Just(u64::MAX), 0_u64..12]), 1..12),
    ) {
        let mut memory = Memory::default();
        let mut vouched: Vec<Tree> = Vec::new();
        for (old, new, fork) in asked {
            let tree = tree(new, fork);
            if old > new {
                continue;
            }
            if ask(&mut memory, &request(old, &tree), NOW).status() == 200 {
                for before in &vouched {
                    prop_assert_eq!(tree.head_at(before.size()), Some(before.head()));
                }
                vouched.push(tree);
            }
        }
    }

    #[test]
    fn no_request_breaks_the_witness(body: Vec<u8>) {
        let answer = witness().answer(&mut Memory::default(), &body, time(NOW)).unwrap();
        prop_assert_eq!(answer.status(), 400);
    }
}
