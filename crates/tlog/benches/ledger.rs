//! What the ledger's formats cost, each figure beside what bounds it, measured in
//! the same run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ML_DSA_44, ML_DSA_44_SIGNING};
use aws_lc_rs::signature::{ParsedPublicKey, PqdsaKeyPair};
use strongroom_tlog::checkpoint::{Checkpoint, LogSigner, Origin, SignedCheckpoint, UnixSeconds};
use strongroom_tlog::commit::{Field, FieldTag, FieldTree, Salt, commit};
use strongroom_tlog::entry::{Entry, EntryRoot};
use strongroom_tlog::tile::{CHECKPOINT_PATH, LedgerFiles, cut, superseded};
use strongroom_tlog::tree::{LeafHash, LeafIndex, Tree, TreeSize};
use strongroom_tlog::verify;

const LEAVES: u64 = 1_000_000;

/// The median time of one run of `work`, of nine rounds of `times`.
fn each(times: u32, mut work: impl FnMut(u32)) -> Duration {
    let mut rounds: Vec<_> = (0..9)
        .map(|_| {
            let start = Instant::now();
            for n in 0..times {
                work(n);
            }
            start.elapsed() / times
        })
        .collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn report(what: &str, figure: Duration, bound: &str, limit: Duration) {
    let ratio = figure.as_secs_f64() / limit.as_secs_f64();
    println!("{what:<44} {figure:>12.2?}   {bound:<38} {limit:>12.2?}   {ratio:>6.2}");
}

fn main() {
    let hash = each(1_000_000, |n| {
        let mut data = [0; 64];
        data[..4].copy_from_slice(&n.to_be_bytes());
        black_box(LeafHash::of(black_box(&data)));
    });
    let tree = trees(hash);
    proofs(&tree, hash);
    folders(hash);
    fields(hash);
    checkpoints(&tree);
}

fn trees(hash: Duration) -> Tree {
    let leaves: Vec<_> = (0..LEAVES).map(leaf).collect();
    let mut tree = Tree::new();
    let append = each(1, |_| {
        tree = Tree::with_capacity(leaves.len());
        for leaf in &leaves {
            tree.append(*leaf);
        }
        black_box(tree.head());
    });
    let one = append / u32::try_from(LEAVES).unwrap();
    report(
        "append a leaf, of a million",
        one,
        "one SHA-256 of 65 bytes",
        hash,
    );
    let rate = f64::from(u32::try_from(LEAVES).unwrap()) / append.as_secs_f64();
    println!("    {rate:.0} leaves a second");
    tree
}

fn leaf(n: u64) -> LeafHash {
    entry(n).leaf_hash()
}

fn proofs(tree: &Tree, hash: Duration) {
    let index = |n: u32| LeafIndex::new(u64::from(n) * 7919 % LEAVES);
    let prove = each(20_000, |n| {
        black_box(tree.prove_inclusion(tree.size(), index(n)).unwrap());
    });
    let twenty = hash * 20;
    let bound = "20 SHA-256 of 65 bytes";
    report("prove an entry of a million", prove, bound, twenty);
    let head = tree.head();
    let proof = tree.prove_inclusion(tree.size(), index(5)).unwrap();
    let leaf = tree.leaf(index(5)).unwrap();
    let check = each(20_000, |_| {
        black_box(&proof).verify(&leaf, &head).unwrap();
    });
    report("check that proof", check, bound, twenty);
    let earlier = tree.head_at(TreeSize::new(LEAVES - 1000).unwrap());
    let earlier = earlier.unwrap();
    let prove = each(20_000, |_| {
        black_box(tree.prove_head(&earlier).unwrap());
    });
    report("prove a head from an earlier one", prove, bound, twenty);
}

/// The entries of a folder that is verified.
const FOLDER: u64 = 100_000;

struct Folder(BTreeMap<String, Vec<u8>>);

impl LedgerFiles for Folder {
    fn read(&self, path: &str, _max: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }
}

/// Appending with tiles, and verifying them: from and to memory, so that no disk is
/// measured.
fn folders(hash: Duration) {
    let entries: Vec<_> = (0..FOLDER).map(entry).collect();
    let of = |range: Range<u64>| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        Ok::<_, Infallible>(entries[range].to_vec())
    };
    let size = |n: u64| TreeSize::new(n).unwrap();
    let mut files = BTreeMap::new();
    let mut tree = Tree::new();
    let grow = each(1, |_| {
        files.clear();
        tree = Tree::new();
        // As a room does: groups of a thousand, each with its tiles and bundles.
        for group in entries.chunks(1000) {
            let old = tree.size();
            for entry in group {
                tree.append(entry.leaf_hash());
            }
            for path in superseded(old, tree.size()) {
                files.remove(&path.to_string());
            }
            for file in cut(&tree, old, tree.size(), of) {
                let file = file.unwrap();
                files.insert(file.path.to_string(), file.bytes);
            }
        }
    });
    // For each entry its leaf and one node.
    let raw = hash * 2 * u32::try_from(FOLDER).unwrap();
    let bound = "200,000 SHA-256 of 65 bytes";
    report("append 100,000 entries and cut tiles", grow, bound, raw);

    let origin = Origin::new("example.org/room").unwrap();
    let mut signer = LogSigner::from_seeds(origin, &[1; 32], &[2; 32], None).unwrap();
    let head = tree.prove_head(signer.last_signed()).unwrap();
    let time = UnixSeconds::new(1_790_000_000).unwrap();
    let signed = Checkpoint::sign(&mut signer, &head, time).unwrap();
    let earlier = signed.verify(signer.public_keys()).unwrap();
    assert_eq!(earlier.head().size(), size(FOLDER));
    files.insert(CHECKPOINT_PATH.to_owned(), signed.as_str().into());
    let files = Folder(files);
    let verify = each(1, |_| {
        let earlier = std::slice::from_ref(&earlier);
        let verified = verify::folder(&files, signer.public_keys(), earlier);
        assert!(verified.report.passes());
    });
    report("verify a folder of 100,000 entries", verify, bound, raw);
}

fn entry(n: u64) -> Entry {
    let mut root = [0; 32];
    root[..8].copy_from_slice(&n.to_be_bytes());
    let root = EntryRoot::from_bytes(root);
    Entry { root }
}

fn fields(hash: Duration) {
    let salts: Vec<_> = (0..16).map(|n| Salt::new([n; 32])).collect();
    let body = each(20_000, |_| {
        let fields: Vec<_> = (0..)
            .map(FieldTag::new)
            .zip(&salts)
            .map(|(tag, salt)| Field {
                tag,
                commitment: commit(tag, salt, b"a value of thirty-two characters"),
            })
            .collect();
        black_box(FieldTree::new(&fields).unwrap().body_root());
    });
    // A commitment, a leaf and a node for each field.
    report(
        "an event of 16 fields",
        body,
        "48 SHA-256 of 65 bytes",
        hash * 48,
    );
}

fn checkpoints(tree: &Tree) {
    let message = [7; 100];
    let ed25519 = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    let ml_dsa = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, &[2; 32]).unwrap();
    let mut signature = vec![0; ML_DSA_44_SIGNING.signature_len()];
    let raw_sign = each(500, |_| {
        black_box(ed25519.sign(&message));
        ml_dsa.sign(&message, &mut signature).unwrap();
    });
    let ed25519_key = ParsedPublicKey::new(&ED25519, ed25519.public_key().as_ref()).unwrap();
    let ml_dsa_key = ParsedPublicKey::new(&ML_DSA_44, ml_dsa.public_key().as_ref()).unwrap();
    let ed25519_signature = ed25519.sign(&message);
    let raw_verify = each(500, |_| {
        ed25519_key
            .verify_sig(&message, ed25519_signature.as_ref())
            .unwrap();
        ml_dsa_key.verify_sig(&message, &signature).unwrap();
    });

    let origin = Origin::new("example.org/room").unwrap();
    let mut signer = LogSigner::from_seeds(origin, &[1; 32], &[2; 32], None).unwrap();
    let time = UnixSeconds::new(1_790_000_000).unwrap();
    let mut signed = None;
    let sign = each(500, |_| {
        let head = tree.prove_head(signer.last_signed()).unwrap();
        signed = Some(Checkpoint::sign(&mut signer, &head, time).unwrap());
    });
    report(
        "prove and sign a checkpoint",
        sign,
        "both signatures alone",
        raw_sign,
    );
    let text = signed.unwrap().as_str().to_owned();
    let read = each(500, |_| {
        black_box(SignedCheckpoint::from_bytes(text.as_bytes()).unwrap());
    });
    report(
        "read a checkpoint",
        read,
        "both verifications alone",
        raw_verify,
    );
    let verify = each(500, |_| {
        let signed = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
        black_box(signed.verify(signer.public_keys()).unwrap());
    });
    report(
        "read and verify a checkpoint",
        verify,
        "both verifications alone",
        raw_verify,
    );
}
