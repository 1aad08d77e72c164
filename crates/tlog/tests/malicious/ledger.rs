//! A ledger, what of it is shown to whom, and what a dishonest one can do with its keys.

use std::collections::BTreeMap;
use std::convert::Infallible;

use strongroom_tlog::checkpoint::{
    Checkpoint, Cosigner, LogPublicKeys, LogSigner, Origin, SignedCheckpoint, TrustedLog,
    UnixSeconds,
};
use strongroom_tlog::commit::{Field, FieldTag, FieldTree, Salt, SignatureCommitment, commit};
use strongroom_tlog::entry::{Entry, EntryOpening, EntryRoot};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tile::{CHECKPOINT_PATH, LedgerFiles, cut};
use strongroom_tlog::tree::{
    ConsistencyProof, LeafHash, LeafIndex, ProvenHead, Tree, TreeHead, TreeSize,
};
use strongroom_tlog::verify::{EventField, EventShown};
use strongroom_tlog::witness::{AddCheckpoint, Answer, Remembered, Witness, WitnessMemory};

/// The log that everyone knows.
pub(crate) const LOG: &str = "strongroom/room";
/// The seeds of its two keys.
pub(crate) const SEEDS: [u8; 2] = [1, 2];
/// How many witnesses there are.
pub(crate) const WITNESSES: usize = 3;
/// How many of them must vouch.
pub(crate) const QUORUM: usize = 2;

/// When an old head was signed, the one that was seen before, the newest, and one after.
pub(crate) const THEN: u64 = 1_790_000_000;
pub(crate) const BEFORE: u64 = THEN + 100;
pub(crate) const NOW: u64 = BEFORE + 100;
pub(crate) const LATER: u64 = NOW + 100;

pub(crate) fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

pub(crate) fn origin(name: &str) -> Origin {
    Origin::new(name).unwrap()
}

/// Numbers that follow from a seed: `SplitMix64`.
#[derive(Clone)]
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `range`.
    pub(crate) fn one_of(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }
}

/// The entries of a log, in order.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
}

impl Ledger {
    pub(crate) fn tree(&self) -> Tree {
        let mut tree = Tree::with_capacity(self.entries.len());
        for entry in &self.entries {
            tree.append(entry.leaf_hash());
        }
        tree
    }

    /// The first so many.
    pub(crate) fn first(&self, entries: u64) -> Self {
        let entries = self.entries[..entries as usize].to_vec();
        Self { entries }
    }

    /// The same, with other events from `place` up to `end`.
    pub(crate) fn altered(&self, place: u64, end: u64) -> Self {
        let mut altered = self.clone();
        for entry in &mut altered.entries[place as usize..end as usize] {
            *entry = other(entry);
        }
        altered
    }

    /// All files of the log but its checkpoint.
    pub(crate) fn files(&self, tree: &Tree) -> Folder {
        let files = cut(tree, TreeSize::ZERO, tree.size(), |range| {
            let range = range.start as usize..range.end as usize;
            Ok::<_, Infallible>(self.entries[range].to_vec())
        });
        let files = files.map(|file| {
            let file = file.unwrap();
            (file.path.to_string(), file.bytes)
        });
        Folder(files.collect())
    }
}

/// Another entry, which follows from this one.
fn other(entry: &Entry) -> Entry {
    let root = *LeafHash::of(&entry.to_bytes()).as_bytes();
    Entry {
        root: EntryRoot::from_bytes(root),
    }
}

/// A ledger folder in memory.
#[derive(Clone)]
pub(crate) struct Folder(pub(crate) BTreeMap<String, Vec<u8>>);

impl LedgerFiles for Folder {
    fn read(&self, path: &str, _max: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }
}

/// The keys of a log of this name, with no memory of what it signed.
pub(crate) fn signer(name: &str, seeds: [u8; 2]) -> LogSigner {
    LogSigner::from_seeds(origin(name), &[seeds[0]; 32], &[seeds[1]; 32], None).unwrap()
}

/// Signs any head as the log that everyone knows: its signer has forgotten the others.
pub(crate) fn sign(head: &TreeHead, time: u64) -> SignedCheckpoint {
    sign_as(LOG, SEEDS, head, time)
}

pub(crate) fn sign_as(name: &str, seeds: [u8; 2], head: &TreeHead, time: u64) -> SignedCheckpoint {
    let time = UnixSeconds::new(time).unwrap();
    Checkpoint::sign(&mut signer(name, seeds), &grown(head), time).unwrap()
}

/// Any head, as one that grew from nothing.
pub(crate) fn grown(head: &TreeHead) -> ProvenHead {
    let proof = ConsistencyProof::from_parts(TreeSize::ZERO, head.size(), Vec::new()).unwrap();
    ProvenHead::from_proof(&TreeHead::EMPTY, head, &proof).unwrap()
}

/// A checkpoint of the same text with other signature lines.
pub(crate) fn with_lines(signed: &SignedCheckpoint, lines: &[&str]) -> SignedCheckpoint {
    let (text, _) = signed.as_str().split_once("\n\n").unwrap();
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    SignedCheckpoint::from_bytes(format!("{text}\n\n{lines}").as_bytes()).unwrap()
}

/// The signature lines of a checkpoint: of the log Ed25519, then ML-DSA-44, then others.
pub(crate) fn lines(signed: &SignedCheckpoint) -> Vec<&str> {
    signed
        .as_str()
        .split_once("\n\n")
        .unwrap()
        .1
        .lines()
        .collect()
}

/// What a witness remembers.
#[derive(Clone, Default)]
pub(crate) struct Memory(Option<Remembered>);

impl WitnessMemory for Memory {
    type Error = Infallible;

    fn recall(&self, _origin: &Origin) -> Result<Option<Remembered>, Self::Error> {
        Ok(self.0.clone())
    }

    fn persist(&mut self, new: &Remembered) -> Result<(), Self::Error> {
        self.0 = Some(new.clone());
        Ok(())
    }
}

pub(crate) fn cosigner(n: usize) -> Cosigner {
    let n = u8::try_from(n).unwrap();
    let name = origin(&format!("witness.example/w{n}"));
    Cosigner::from_seeds(name, &[10 + n; 32], &[20 + n; 32]).unwrap()
}

/// The honest witness `n`, asked with what it remembers.
pub(crate) fn ask(n: usize, memory: &mut Memory, request: &[u8], time: u64) -> Answer {
    let log = TrustedLog::from(signer(LOG, SEEDS).public_keys());
    let witness = Witness::new(cosigner(n), [log]).unwrap();
    witness
        .answer(memory, request, UnixSeconds::new(time).unwrap())
        .unwrap()
}

/// What a reader is given: a folder with its checkpoint, and the proof from the head
/// that the reader keeps.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) folder: Folder,
    pub(crate) checkpoint: SignedCheckpoint,
    pub(crate) proof: ConsistencyProof,
}

impl Served {
    /// Puts a checkpoint in the place of the one that was there.
    pub(crate) fn put(&mut self, checkpoint: SignedCheckpoint) {
        let bytes = checkpoint.as_str().as_bytes().to_vec();
        self.folder.0.insert(CHECKPOINT_PATH.to_owned(), bytes);
        self.checkpoint = checkpoint;
    }
}

/// A ledger and all who look at it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) seeded: Seeded,
    /// The true ledger.
    pub(crate) ledger: Ledger,
    /// How many entries the head has that readers and witnesses saw before.
    pub(crate) seen: u64,
    /// That head.
    pub(crate) kept: SignedCheckpoint,
    /// What the reader in question is given.
    pub(crate) served: Served,
    /// What another reader is given.
    pub(crate) other: Served,
    /// What the witnesses remember.
    pub(crate) memories: [Memory; WITNESSES],
    /// What the first witness is asked.
    pub(crate) asked: Vec<u8>,
    /// A receipt for the reader's own event, and what is shown of it.
    pub(crate) receipt: Receipt,
    pub(crate) shown: EventShown,
}

impl World {
    /// The honest twin: a ledger that was of `seen` entries and grew to `entries`.
    pub(crate) fn honest(seen: u64, entries: u64, seed: u64) -> Self {
        let mut seeded = Seeded(seed);
        let mut ledger = Ledger {
            entries: (0..entries)
                .map(|_| {
                    let mut root = [0; 32];
                    for chunk in root.chunks_mut(8) {
                        chunk.copy_from_slice(&seeded.next().to_be_bytes());
                    }
                    Entry {
                        root: EntryRoot::from_bytes(root),
                    }
                })
                .collect(),
        };
        // The reader's event is the first, and somebody else's the last.
        for place in [entries - 1, 0] {
            ledger.entries[place as usize] = opening(&event(place)).entry();
        }
        let tree = ledger.tree();
        let kept_head = tree.head_at(size(seen)).unwrap();
        let kept = sign(&kept_head, BEFORE);
        let mut memories: [Memory; WITNESSES] = Default::default();
        let proof = tree.prove_consistency(TreeSize::ZERO, size(seen)).unwrap();
        let request = AddCheckpoint::new(&proof, kept.clone()).unwrap().to_text();
        for (n, memory) in memories.iter_mut().enumerate() {
            let answer = ask(n, memory, request.as_bytes(), BEFORE);
            assert_eq!(answer.status(), 200);
        }
        let proof = tree.prove_consistency(size(seen), size(entries)).unwrap();
        let checkpoint = sign(&tree.head(), NOW);
        let served = Served {
            folder: ledger.files(&tree),
            checkpoint: checkpoint.clone(),
            proof,
        };
        let mut world = Self {
            receipt: receipt_of(&ledger, 0, &checkpoint),
            shown: event(0),
            other: served.clone(),
            served,
            seeded,
            ledger,
            seen,
            kept,
            memories,
            asked: Vec::new(),
        };
        world.give(checkpoint);
        world.other = world.served.clone();
        world
    }

    pub(crate) fn keys(&self) -> LogPublicKeys {
        signer(LOG, SEEDS).public_keys().clone()
    }

    pub(crate) fn entries(&self) -> u64 {
        self.ledger.entries.len() as u64
    }

    /// What readers ask for: so many of the three witnesses, and the log itself.
    pub(crate) fn policy_text(&self, quorum: usize) -> String {
        let mut text: String = self
            .keys()
            .to_text()
            .lines()
            .map(|key| format!("log {key}\n"))
            .collect();
        let mut names = String::new();
        for n in 0..WITNESSES {
            // One kind of key each, so that both kinds are looked at.
            text += &format!("witness w{n} {}\n", cosigner(n).keys()[n % 2]);
            names += &format!(" w{n}");
        }
        text += &format!("group some {quorum}{names}\nquorum some\n");
        text
    }

    /// A place of `range`, by the seed.
    pub(crate) fn place(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.seeded.one_of(range)
    }

    /// Gives the reader another ledger under this checkpoint, with the best proof
    /// that there is from the head the reader keeps.
    pub(crate) fn serve(&mut self, ledger: &Ledger, checkpoint: SignedCheckpoint) {
        let tree = ledger.tree();
        self.served.folder = ledger.files(&tree);
        self.served.proof = best_proof(&tree, self.seen);
        self.give(checkpoint);
    }

    /// Gives the reader this checkpoint over the folder and with the proof that are
    /// there, cosigned by those witnesses who do. The first is asked again later.
    pub(crate) fn give(&mut self, checkpoint: SignedCheckpoint) {
        self.asked = request(&self.served.proof, &checkpoint);
        let all: Vec<usize> = (0..WITNESSES).collect();
        let cosigned = self.cosigned(checkpoint, &all);
        self.served.put(cosigned);
    }

    /// The checkpoint with the cosignatures of those of these witnesses who vouch for
    /// it. They remember nothing of it.
    pub(crate) fn cosigned(
        &self,
        mut checkpoint: SignedCheckpoint,
        by: &[usize],
    ) -> SignedCheckpoint {
        for n in by {
            let mut memory = self.memories[*n].clone();
            if let Answer::Cosigned(lines) = ask(*n, &mut memory, &self.asked, NOW) {
                let keys = cosigner(*n).keys().clone();
                (checkpoint, _) = checkpoint
                    .with_cosignatures(lines.as_bytes(), &keys)
                    .unwrap();
            }
        }
        checkpoint
    }

    /// These witnesses see, and remember, the true newest head.
    pub(crate) fn witnessed(&mut self, by: &[usize]) {
        let request = request(&self.other.proof, &self.other.checkpoint);
        for n in by {
            let answer = ask(*n, &mut self.memories[*n], &request, NOW);
            assert_eq!(answer.status(), 200);
        }
    }
}

/// The proof that a log shows to whoever saw `seen` entries; from its own size where it
/// has fewer.
pub(crate) fn best_proof(tree: &Tree, seen: u64) -> ConsistencyProof {
    let from = size(seen).min(tree.size());
    tree.prove_consistency(from, tree.size()).unwrap()
}

/// A request to a witness, whether proof and checkpoint fit or not.
pub(crate) fn request(proof: &ConsistencyProof, checkpoint: &SignedCheckpoint) -> Vec<u8> {
    let proof = ConsistencyProof::from_parts(
        proof.old(),
        checkpoint.claimed_size(),
        proof.path().to_vec(),
    );
    let asked = AddCheckpoint::new(&proof.unwrap(), checkpoint.clone());
    asked.unwrap().to_text().into_bytes()
}

/// The event at a place, of three fields, the last closed.
pub(crate) fn event(place: u64) -> EventShown {
    let fields = (1..=3).map(|n| {
        let value = format!("field {n} of the event at {place}").into_bytes();
        let (tag, salt) = (FieldTag::new(n), Salt::new([n as u8; 32]));
        EventField {
            tag,
            commitment: commit(tag, &salt, &value),
            opened: (n < 3).then_some((salt, value)),
        }
    });
    EventShown {
        fields: fields.collect(),
        signature: SignatureCommitment::absent(&Salt::new([9; 32])),
    }
}

fn opening(shown: &EventShown) -> EntryOpening {
    let fields: Vec<Field> = shown
        .fields
        .iter()
        .map(|field| Field {
            tag: field.tag,
            commitment: field.commitment,
        })
        .collect();
    EntryOpening {
        body: FieldTree::new(&fields).unwrap().body_root(),
        signature: shown.signature,
    }
}

/// The receipt for the event at a place.
pub(crate) fn receipt_of(ledger: &Ledger, place: u64, checkpoint: &SignedCheckpoint) -> Receipt {
    let tree = ledger.tree();
    let proof = tree
        .prove_inclusion(tree.size(), LeafIndex::new(place))
        .unwrap();
    let entry = ledger.entries[place as usize];
    Receipt::new(entry, proof, checkpoint.clone()).unwrap()
}
