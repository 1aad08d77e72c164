//! One log, its keys and the one head that it signed: the sound checkpoint among the vectors of `tlog`.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::entry::{Entry, EntryRoot};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::{LeafIndex, Tree};

/// The keys, as text.
pub const KEYS: &str = include_str!("../../crates/tlog/tests/vectors/checkpoint/keys");
/// The checkpoint, as it was signed.
pub const SOUND: &[u8] = include_bytes!("../../crates/tlog/tests/vectors/checkpoint/sound");

/// The keys.
pub static LOG: LazyLock<LogPublicKeys> =
    LazyLock::new(|| LogPublicKeys::from_text(KEYS).expect("the vector's keys"));
/// What was signed.
pub static HEAD: LazyLock<Checkpoint> =
    LazyLock::new(|| signed().verify(&LOG).expect("it is sound"));

/// The checkpoint, not believed.
pub fn signed() -> SignedCheckpoint {
    SignedCheckpoint::from_bytes(SOUND).expect("the vector")
}

/// The entry of the log at an index: what the vectors' log is made of.
pub fn entry(index: u64) -> Entry {
    let digest: [u8; 32] = Sha256::digest(index.to_be_bytes()).into();
    let root = EntryRoot::from_bytes(digest);
    Entry { root }
}

/// The receipts of all entries of the head.
pub fn receipts() -> Vec<Receipt> {
    let size = HEAD.head().size();
    let mut tree = Tree::new();
    for index in 0..size.get() {
        tree.append(entry(index).leaf_hash());
    }
    assert_eq!(tree.head(), *HEAD.head());
    let receipt = |index| {
        let proof = tree.prove_inclusion(size, LeafIndex::new(index));
        Receipt::new(entry(index), proof.expect("it is in the tree"), signed())
    };
    let all = (0..size.get()).map(receipt).collect::<Result<_, _>>();
    all.expect("of one size")
}
