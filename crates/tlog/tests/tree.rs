//! The tree against RFC 6962: known answers, the recursive definition, and
//! another implementation; and what altered proofs come to.

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use strongroom_tlog::tree::{
    ConsistencyProof, ForkError, Frontier, InclusionProof, LeafHash, LeafIndex, MAX_PROOF_HASHES,
    MAX_TREE_SIZE, ProofError, ProvenHead, Tree, TreeHead, TreeRoot, TreeSize,
};
use tlog_tiles::tlog::{Hash, check_record};

/// The leaves of Certificate Transparency's own tests.
const CT_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots of the trees of the first 0 to 8 of them.
const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn digest(text: &str) -> [u8; 32] {
    hex(text).try_into().unwrap()
}

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn tree_of(leaves: impl IntoIterator<Item = LeafHash>) -> Tree {
    let mut tree = Tree::new();
    for leaf in leaves {
        tree.append(leaf);
    }
    tree
}

/// A tree of `n` leaves, all different.
fn tree(n: u64) -> Tree {
    tree_of((0..n).map(|leaf| LeafHash::of(&leaf.to_be_bytes())))
}

fn ct_tree() -> Tree {
    tree_of(CT_LEAVES.iter().map(|leaf| LeafHash::of(&hex(leaf))))
}

/// MTH of RFC 6962 §2.1, as it is written there.
fn mth(leaves: &[LeafHash]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf.as_bytes(),
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            let mut hash = Sha256::new();
            hash.update([1]);
            hash.update(mth(&leaves[..k]));
            hash.update(mth(&leaves[k..]));
            hash.finalize().into()
        }
    }
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let tree = ct_tree();
    for (n, root) in (0..).zip(CT_ROOTS) {
        let head = tree.head_at(size(n)).unwrap();
        assert_eq!(head.root().as_bytes().as_slice(), hex(root), "{n} leaves");
    }
    assert_eq!(TreeHead::EMPTY, tree.head_at(size(0)).unwrap());
    assert_eq!(tree.head_at(size(9)), None);
}

#[test]
fn paths_are_those_of_certificate_transparency() {
    let known: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &[CT_ROOTS[2]]),
        (
            1,
            5,
            &[
                CT_ROOTS[1],
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (index, of, path) in known {
        let proof = ct_tree()
            .prove_inclusion(size(of), LeafIndex::new(index))
            .unwrap();
        let path: Vec<_> = path.iter().map(|hash| digest(hash)).collect();
        assert_eq!(proof.path(), path, "leaf {index} of {of}");
    }
}

#[test]
fn consistency_is_that_of_certificate_transparency() {
    let known: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, path) in known {
        let proof = ct_tree().prove_consistency(size(old), size(new)).unwrap();
        let path: Vec<_> = path.iter().map(|hash| digest(hash)).collect();
        assert_eq!(proof.path(), path, "{old} to {new}");
    }
}

#[test]
fn every_entry_of_every_small_tree_is_proved_and_no_other() {
    let tree = tree(70);
    for n in 1..=70 {
        let head = tree.head_at(size(n)).unwrap();
        for index in (0..n).map(LeafIndex::new) {
            let proof = tree.prove_inclusion(size(n), index).unwrap();
            let leaf = tree.leaf(index).unwrap();
            assert_eq!(proof.verify(&leaf, &head), Ok(()));
            assert_eq!(
                InclusionProof::from_bytes(&proof.to_bytes()),
                Ok(proof.clone())
            );
            let neighbour = tree.leaf(LeafIndex::new((index.get() + 1) % 70)).unwrap();
            assert_eq!(proof.verify(&neighbour, &head), Err(ProofError::Mismatch));
            for other in (0..n).filter(|other| *other != index.get()) {
                let moved = InclusionProof::from_parts(
                    size(n),
                    LeafIndex::new(other),
                    proof.path().to_vec(),
                );
                if let Ok(moved) = moved {
                    assert_eq!(moved.verify(&leaf, &head), Err(ProofError::Mismatch));
                }
            }
        }
        assert_eq!(
            tree.prove_inclusion(size(n), LeafIndex::new(n)),
            Err(ProofError::NotInTree { index: n, size: n })
        );
    }
}

#[test]
fn every_small_tree_is_consistent_with_its_beginnings_and_no_other() {
    let tree = tree(40);
    let mut altered = tree_of((0..40_u64).map(|leaf| {
        let data = if leaf == 0 { 99 } else { leaf };
        LeafHash::of(&data.to_be_bytes())
    }));
    altered.append(LeafHash::of(b"one more"));
    for new in 0..=40 {
        for old in 0..=new {
            let earlier = tree.head_at(size(old)).unwrap();
            let head = tree.head_at(size(new)).unwrap();
            let proof = tree.prove_consistency(size(old), size(new)).unwrap();
            // By hashes nothing is proved from the empty tree; as heads of a log it grew from it.
            let by_hashes = old > 0 || new == 0;
            assert_eq!(
                proof.verify(&earlier, &head).is_ok(),
                by_hashes,
                "{old} to {new}"
            );
            assert_eq!(
                ConsistencyProof::from_bytes(&proof.to_bytes()),
                Ok(proof.clone())
            );
            assert!(ProvenHead::from_proof(&earlier, &head, &proof).is_ok());
            if old > 0 {
                let other = altered.head_at(size(old)).unwrap();
                assert_eq!(proof.verify(&other, &head), Err(ProofError::Mismatch));
                assert_eq!(
                    ProvenHead::from_proof(&other, &head, &proof),
                    Err(ForkError {
                        before: old,
                        now: new
                    })
                );
            }
            if new > 0 && old > 0 {
                let other = altered.head_at(size(new)).unwrap();
                assert_eq!(proof.verify(&earlier, &other), Err(ProofError::Mismatch));
            }
        }
        assert!(matches!(
            tree.prove_consistency(size(new + 1), size(new)),
            Err(ProofError::SizesOutOfOrder { .. })
        ));
    }
}

#[test]
fn a_false_empty_head_is_consistent_with_nothing() {
    let false_empty = TreeHead::new(TreeSize::ZERO, TreeRoot::from_bytes([7; 32]));
    let tree = tree(3);
    let proof = tree.prove_consistency(size(0), size(3)).unwrap();
    assert_eq!(
        proof.verify(&false_empty, &tree.head()),
        Err(ProofError::Mismatch)
    );
    assert!(ProvenHead::from_proof(&false_empty, &tree.head(), &proof).is_err());
    let proof = tree.prove_consistency(size(0), size(0)).unwrap();
    assert_eq!(
        proof.verify(&TreeHead::EMPTY, &false_empty),
        Err(ProofError::Mismatch)
    );
    // One size and one root are one tree to a proof; no log can have that one.
    assert_eq!(proof.verify(&false_empty, &false_empty), Ok(()));
    for (earlier, head) in [
        (&TreeHead::EMPTY, &false_empty),
        (&false_empty, &false_empty),
    ] {
        assert!(ProvenHead::from_proof(earlier, head, &proof).is_err());
    }
    assert!(ProvenHead::from_proof(&TreeHead::EMPTY, &TreeHead::EMPTY, &proof).is_ok());
    assert!(tree.prove_head(&false_empty).is_err());
}

#[test]
fn a_head_is_proved_only_after_one_that_the_tree_had() {
    let tree = tree(20);
    for n in 0..=20 {
        let earlier = tree.head_at(size(n)).unwrap();
        let proven = tree.prove_head(&earlier).unwrap();
        assert_eq!((proven.earlier(), proven.head()), (&earlier, &tree.head()));

        let forked = TreeHead::new(size(n), TreeRoot::from_bytes([1; 32]));
        assert_eq!(
            tree.prove_head(&forked),
            Err(ForkError { before: n, now: 20 })
        );
    }
    let longer = TreeHead::new(size(21), *tree.head().root());
    assert_eq!(
        tree.prove_head(&longer),
        Err(ForkError {
            before: 21,
            now: 20
        })
    );
}

#[test]
fn sizes_and_lengths_are_bounded() {
    assert!(TreeSize::new(MAX_TREE_SIZE).is_ok());
    assert!(TreeSize::new(MAX_TREE_SIZE + 1).is_err());
    let too_large = [
        (MAX_TREE_SIZE + 1).to_be_bytes().as_slice(),
        &0_u64.to_be_bytes(),
    ]
    .concat();
    assert!(matches!(
        InclusionProof::from_bytes(&too_large),
        Err(ProofError::Size(_))
    ));
    let path = vec![[0; 32]; MAX_PROOF_HASHES + 1];
    assert_eq!(
        ConsistencyProof::from_parts(size(1), size(2), path.clone()),
        Err(ProofError::BadLength(path.len() * 32))
    );
    let long = [vec![0; 16], path.concat()].concat();
    assert_eq!(
        InclusionProof::from_bytes(&long),
        Err(ProofError::BadLength(long.len()))
    );
    assert_eq!(
        ConsistencyProof::from_bytes(&long),
        Err(ProofError::BadLength(long.len()))
    );
}

#[test]
fn a_proof_cut_anywhere_or_lengthened_is_refused() {
    let tree = tree(13);
    let inclusion = tree
        .prove_inclusion(size(13), LeafIndex::new(4))
        .unwrap()
        .to_bytes();
    let consistency = tree.prove_consistency(size(6), size(13)).unwrap();
    let (earlier, head) = (tree.head_at(size(6)).unwrap(), tree.head());
    let consistency_bytes = consistency.to_bytes();
    for cut in 0..inclusion.len() {
        assert!(InclusionProof::from_bytes(&inclusion[..cut]).is_err());
    }
    for cut in 0..consistency_bytes.len() {
        let read = ConsistencyProof::from_bytes(&consistency_bytes[..cut]);
        assert!(
            read.and_then(|proof| proof.verify(&earlier, &head))
                .is_err()
        );
    }
    for more in [1, 32] {
        let longer = [inclusion.clone(), vec![0; more]].concat();
        assert!(InclusionProof::from_bytes(&longer).is_err());
        let longer = [consistency_bytes.clone(), vec![0; more]].concat();
        let read = ConsistencyProof::from_bytes(&longer);
        assert!(
            read.and_then(|proof| proof.verify(&earlier, &head))
                .is_err()
        );
    }
}

#[test]
fn a_proof_with_any_bit_turned_is_refused() {
    let tree = tree(13);
    let index = LeafIndex::new(4);
    let head = tree.head();
    let earlier = tree.head_at(size(6)).unwrap();
    let inclusion = tree.prove_inclusion(size(13), index).unwrap().to_bytes();
    let consistency = tree.prove_consistency(size(6), size(13)).unwrap();
    let leaf = tree.leaf(index).unwrap();
    for bit in 0..inclusion.len() * 8 {
        let mut bytes = inclusion.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = InclusionProof::from_bytes(&bytes);
        assert!(read.and_then(|proof| proof.verify(&leaf, &head)).is_err());
    }
    let consistency = consistency.to_bytes();
    for bit in 0..consistency.len() * 8 {
        let mut bytes = consistency.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = ConsistencyProof::from_bytes(&bytes);
        assert!(
            read.and_then(|proof| proof.verify(&earlier, &head))
                .is_err()
        );
    }
}

proptest! {
    #[test]
    fn root_is_the_recursive_definition(leaves in prop::collection::vec(any::<[u8; 32]>(), 0..200)) {
        let leaves: Vec<_> = leaves.into_iter().map(LeafHash::from_bytes).collect();
        let tree = tree_of(leaves.iter().copied());
        prop_assert_eq!(*tree.head().root().as_bytes(), mth(&leaves));
        let half = leaves.len() / 2;
        let earlier = tree.head_at(size(half as u64)).unwrap();
        prop_assert_eq!(*earlier.root().as_bytes(), mth(&leaves[..half]));
    }

    #[test]
    fn a_group_appended_to_a_cloned_frontier_gives_the_later_head(
        before in 0_u64..150,
        group in prop::collection::vec(any::<[u8; 32]>(), 0..60),
    ) {
        let mut tree = tree(before);
        let mut ahead = tree.frontier().clone();
        for leaf in &group {
            ahead.append(LeafHash::from_bytes(*leaf));
        }
        prop_assert_eq!(tree.size(), size(before));
        for leaf in &group {
            tree.append(LeafHash::from_bytes(*leaf));
        }
        prop_assert_eq!(ahead.head(), tree.head());
        let kept: Vec<_> = ahead.subtree_roots().collect();
        prop_assert_eq!(&Frontier::resume(&tree.head(), &kept).unwrap(), tree.frontier());
    }

    /// Trees too large to build: any path of the right length leads to some root,
    /// and `tlog_tiles` finds it the same.
    #[test]
    fn large_trees_are_climbed_as_tlog_tiles_does(
        entries in 1..=MAX_TREE_SIZE,
        at in any::<prop::sample::Index>(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), MAX_PROOF_HASHES),
        leaf in any::<[u8; 32]>(),
    ) {
        let index = at.index(usize::try_from(entries).unwrap()) as u64;
        let fitting: Vec<_> = (0..=MAX_PROOF_HASHES)
            .filter_map(|len| {
                let path = hashes[..len].to_vec();
                InclusionProof::from_parts(size(entries), LeafIndex::new(index), path).ok()
            })
            .collect();
        prop_assert_eq!(fitting.len(), 1, "one length fits");
        let path: Vec<_> = fitting[0].path().iter().copied().map(Hash).collect();
        let root = climb(&path, entries, index, Hash(leaf));
        check_record(&path, entries, Hash(root), index, Hash(leaf)).unwrap();
        let head = TreeHead::new(size(entries), TreeRoot::from_bytes(root));
        prop_assert_eq!(fitting[0].verify(&LeafHash::from_bytes(leaf), &head), Ok(()));
    }

    #[test]
    fn hostile_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(proof) = InclusionProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes.clone());
        }
        if let Ok(proof) = ConsistencyProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
        }
    }

    #[test]
    fn hostile_proofs_of_any_sizes_verify_without_panic(
        old in any::<u64>(),
        new in any::<u64>(),
        path in prop::collection::vec(any::<[u8; 32]>(), 0..=MAX_PROOF_HASHES),
    ) {
        let bytes = [&old.to_be_bytes(), new.to_be_bytes().as_slice(), path.as_flattened()].concat();
        if let Ok(proof) = ConsistencyProof::from_bytes(&bytes) {
            let head = |size| TreeHead::new(size, TreeRoot::from_bytes([3; 32]));
            let _ = proof.verify(&head(proof.old()), &head(proof.new_size()));
        }
    }
}

/// The root of a path by the recursive definition of RFC 6962 §2.1.1.
fn climb(path: &[Hash], entries: u64, index: u64, leaf: Hash) -> [u8; 32] {
    let Some((last, rest)) = path.split_last() else {
        return leaf.0;
    };
    let k = entries.next_power_of_two() / 2;
    let node = |left: [u8; 32], right: [u8; 32]| {
        let mut hash = Sha256::new();
        hash.update([1]);
        hash.update(left);
        hash.update(right);
        hash.finalize().into()
    };
    if index < k {
        node(climb(rest, k, index, leaf), last.0)
    } else {
        node(last.0, climb(rest, entries - k, index - k, leaf))
    }
}

#[test]
fn a_consistency_proof_as_text_has_one_form() {
    let tree = tree(13);
    let proof = tree.prove_consistency(size(6), size(13)).unwrap();
    let text = proof.to_text();
    assert!(text.starts_with("old 6\nnew 13\n"));
    assert_eq!(ConsistencyProof::from_text(&text), Ok(proof));
    for trivial in [(0, 5), (5, 5), (0, 0)] {
        let (old, new) = (size(trivial.0), size(trivial.1));
        let proof = tree.prove_consistency(old, new).unwrap();
        assert_eq!(ConsistencyProof::from_text(&proof.to_text()), Ok(proof));
    }
    let lines: Vec<&str> = text.lines().collect();
    let hash = lines[2];
    let read = ConsistencyProof::from_text;
    assert_eq!(read(text.trim_end()), Err(ProofError::NotEnded));
    assert_eq!(read(""), Err(ProofError::NotEnded));
    assert_eq!(read("new 13\n"), Err(ProofError::NoSize("old")));
    assert_eq!(read("old 6\n"), Err(ProofError::NoSize("new")));
    assert_eq!(read("old 06\nnew 13\n"), Err(ProofError::BadLine(1)));
    assert_eq!(read("old 6\nnew x\n"), Err(ProofError::BadLine(2)));
    let broken = format!("old 6\nnew 13\n{hash}\n\n");
    assert_eq!(read(&broken), Err(ProofError::BadLine(4)));
    let loose = format!("old 6\nnew 13\n{}\n", hash.trim_end_matches('='));
    assert_eq!(read(&loose), Err(ProofError::BadLine(3)));
    let backwards = ProofError::SizesOutOfOrder { old: 13, new: 6 };
    assert_eq!(read("old 13\nnew 6\n"), Err(backwards));
    let long = format!("{text}{}", format!("{hash}\n").repeat(100));
    assert_eq!(read(&long), Err(ProofError::BadLength(long.len())));
    assert!(matches!(
        read(&format!("old 0\nnew 13\n{hash}\n")),
        Err(ProofError::BadLength(_))
    ));
}
