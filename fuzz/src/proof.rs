//! Proofs, against one small tree.

use std::sync::LazyLock;

use strongroom_tlog::commit::{CommandProof, FieldProof, PortionFieldProof, PortionProof};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::tree::{
    ConsistencyProof, InclusionProof, LeafHash, ProvenHead, Tree, TreeHead,
};

/// Entries of the tree: every shape of path up to seven hashes.
const LEAVES: u8 = 100;

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::new();
    for n in 0..LEAVES {
        tree.append(LeafHash::of(&[n]));
    }
    tree
});

/// The tree that proofs are tried on.
pub fn tree() -> &'static Tree {
    &TREE
}

/// Encoded proofs of all kinds, and entries.
///
/// Laws: bytes come back as they were; a path is as long as its place asks for; of all proofs only the tree's own
/// verifies against its heads.
pub fn proof(bytes: &[u8]) {
    if let Ok(proof) = InclusionProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
        let (index, size) = (proof.index().get(), proof.size().get());
        assert_eq!(proof.path().len(), siblings(index, size));
        inclusion_holds(&proof);
    }
    if let Ok(proof) = ConsistencyProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
        consistency_holds(&proof);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(proof) = ConsistencyProof::from_text(text)
    {
        assert_eq!(proof.to_text(), text);
        consistency_holds(&proof);
    }
    macro_rules! counted {
        ($($proof:ty),*) => {$(
            if let Ok(proof) = <$proof>::from_bytes(bytes) {
                assert_eq!(proof.to_bytes(), bytes);
                assert!(bytes.len() <= <$proof>::MAX_BYTES);
                assert!(proof.index() < proof.count());
            }
        )*};
    }
    counted!(FieldProof, PortionFieldProof, PortionProof, CommandProof);
    if let Ok(entry) = Entry::from_bytes(bytes) {
        assert_eq!(entry.to_bytes(), bytes);
    }
}

/// How many siblings lie on the way from a leaf to the root: the definition of RFC 9162, section 2.1.3.1.
fn siblings(index: u64, size: u64) -> usize {
    let (mut index, mut size, mut count) = (index, size, 0);
    while size > 1 {
        let left = 1 << (size - 1).ilog2();
        if index < left {
            size = left;
        } else {
            index -= left;
            size -= left;
        }
        count += 1;
    }
    count
}

fn head(size: strongroom_tlog::tree::TreeSize) -> Option<TreeHead> {
    TREE.head_at(size)
}

fn inclusion_holds(proof: &InclusionProof) {
    let (Some(head), Some(leaf)) = (head(proof.size()), TREE.leaf(proof.index())) else {
        return;
    };
    let own = TREE.prove_inclusion(proof.size(), proof.index());
    let own = own.expect("it has that leaf");
    assert_eq!(proof.verify(&leaf, &head).is_ok(), *proof == own);
}

fn consistency_holds(proof: &ConsistencyProof) {
    let (Some(old), Some(new)) = (head(proof.old()), head(proof.new_size())) else {
        return;
    };
    let own = TREE.prove_consistency(proof.old(), proof.new_size());
    let own = own.expect("it had that size");
    let proved = ProvenHead::from_proof(&old, &new, proof).is_ok();
    assert_eq!(proved, *proof == own);
    // From the empty tree a proof by itself shows nothing; that it is where every log began is a rule of heads.
    let shows = old.size() == new.size() || old != TreeHead::EMPTY;
    assert_eq!(proof.verify(&old, &new).is_ok(), *proof == own && shows);
}
