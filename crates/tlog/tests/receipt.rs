//! Receipts: an event taken in, shown to somebody who has only the log's keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use strongroom_tlog::checkpoint::{
    Checkpoint, LogPublicKeys, LogSigner, Origin, SignedCheckpoint, UnixSeconds, VerifyError,
};
use strongroom_tlog::commit::{
    Field, FieldTag, FieldTree, Salt, ShownField, SignatureCommitment, TreeError, commit,
};
use strongroom_tlog::entry::{Entry, EntryError, EntryOpening};
use strongroom_tlog::receipt::{MAX_RECEIPT_BYTES, Receipt, ReceiptError};
use strongroom_tlog::tree::{LeafIndex, ProofError, Tree, TreeSize};

/// Event `n` of the test's log: one field and no signature.
fn event(n: u8) -> (FieldTree, EntryOpening, ShownField) {
    let (tag, salt) = (FieldTag::new(1), Salt::new([n; 32]));
    let fields = FieldTree::new(&[Field {
        tag,
        commitment: commit(tag, &salt, &[n]),
    }])
    .unwrap();
    let opening = EntryOpening {
        body: fields.body_root(),
        signature: SignatureCommitment::absent(&salt),
    };
    let shown = ShownField {
        tag,
        salt,
        value: vec![n],
        proof: fields.prove(0).unwrap(),
    };
    (fields, opening, shown)
}

fn log(size: u8) -> (Tree, SignedCheckpoint, LogPublicKeys) {
    let mut tree = Tree::new();
    for n in 0..size {
        tree.append(event(n).1.entry().leaf_hash());
    }
    let origin = Origin::new("example.org/room").unwrap();
    let mut signer = LogSigner::from_seeds(origin, &[1; 32], &[2; 32], None).unwrap();
    let head = tree.prove_head(signer.last_signed()).unwrap();
    let time = UnixSeconds::new(1_790_000_000).unwrap();
    let checkpoint = Checkpoint::sign(&mut signer, &head, time).unwrap();
    (tree, checkpoint, signer.public_keys().clone())
}

fn receipt(size: u8, n: u8) -> (Receipt, LogPublicKeys) {
    let (tree, checkpoint, keys) = log(size);
    let proof = tree
        .prove_inclusion(tree.size(), LeafIndex::new(n.into()))
        .unwrap();
    let receipt = Receipt::new(event(n).1.entry(), proof, checkpoint).unwrap();
    (receipt, keys)
}

fn read(text: &str) -> Result<Receipt, ReceiptError> {
    Receipt::from_bytes(text.as_bytes())
}

#[test]
fn a_receipt_leads_from_the_keys_to_the_field() {
    for (size, n) in [(1, 0), (2, 1), (13, 0), (13, 4), (13, 12)] {
        let (receipt, keys) = receipt(size, n);
        let read = read(&receipt.to_text()).unwrap();
        assert_eq!(read, receipt);
        let accepted = read.verify(&keys).unwrap();
        assert_eq!(accepted.index, LeafIndex::new(n.into()));
        assert_eq!(
            accepted.checkpoint.head().size(),
            TreeSize::new(size.into()).unwrap()
        );

        let (_, opening, shown) = event(n);
        assert_eq!(accepted.read(&opening, &shown), Ok([n].as_slice()));
        let (_, other_opening, other_shown) = event(n + 1);
        assert_eq!(
            accepted.read(&other_opening, &other_shown),
            Err(TreeError::Mismatch)
        );
        assert_eq!(
            accepted.read(&opening, &other_shown),
            Err(TreeError::Mismatch)
        );
    }
}

#[test]
fn an_event_that_was_not_taken_in_has_no_receipt() {
    let (tree, checkpoint, keys) = log(13);
    let proof = tree
        .prove_inclusion(tree.size(), LeafIndex::new(4))
        .unwrap();
    let forged = Receipt::new(event(99).1.entry(), proof, checkpoint).unwrap();
    assert_eq!(
        forged.verify(&keys),
        Err(ReceiptError::Proof(ProofError::Mismatch))
    );
}

#[test]
fn proof_and_checkpoint_are_of_one_size() {
    let (tree, checkpoint, _) = log(13);
    let twelve = TreeSize::new(12).unwrap();
    let proof = tree.prove_inclusion(twelve, LeafIndex::new(4)).unwrap();
    assert_eq!(
        Receipt::new(event(4).1.entry(), proof, checkpoint),
        Err(ReceiptError::OtherSize {
            proof: twelve,
            checkpoint: tree.size()
        })
    );
}

#[test]
fn every_bit_turned_is_refused() {
    let (receipt, keys) = receipt(5, 2);
    let good = receipt.to_text().into_bytes();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let believed = Receipt::from_bytes(&bytes).and_then(|receipt| receipt.verify(&keys));
        assert!(believed.is_err(), "bit {bit} turned is believed");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (receipt, keys) = receipt(5, 2);
    let good = receipt.to_text();
    for cut in 0..good.len() {
        let read = Receipt::from_bytes(&good.as_bytes()[..cut]);
        assert!(read.and_then(|receipt| receipt.verify(&keys)).is_err());
    }
}

#[test]
fn each_fault_is_named() {
    let (receipt, _) = receipt(5, 2);
    let good = receipt.to_text();
    let lines: Vec<_> = good.lines().collect();
    let replaced = |n: usize, line: &str| {
        let mut lines = lines.clone();
        lines[n] = line;
        lines.join("\n") + "\n"
    };
    let entry = |bytes: &[u8]| format!("extra {}", STANDARD.encode(bytes));
    let mut newer = receipt.entry().to_bytes();
    newer[0] = 2;

    assert_eq!(
        read(&replaced(0, "c2sp.org/tlog-proof@v2")),
        Err(ReceiptError::NotAReceipt)
    );
    assert_eq!(read(&replaced(1, "index 2")), Err(ReceiptError::BadExtra));
    assert_eq!(read(&replaced(1, "extra *")), Err(ReceiptError::BadExtra));
    assert_eq!(
        read(&replaced(1, &entry(&newer))),
        Err(ReceiptError::Entry(EntryError::UnknownVersion(2)))
    );
    assert_eq!(
        read(&replaced(1, &entry(&newer[..32]))),
        Err(ReceiptError::Entry(EntryError::BadLength(32)))
    );
    assert_eq!(read(&replaced(2, "index 02")), Err(ReceiptError::BadIndex));
    assert_eq!(read(&replaced(2, "index -1")), Err(ReceiptError::BadIndex));
    assert_eq!(
        read(&replaced(2, "index 5")),
        Err(ReceiptError::Proof(ProofError::NotInTree {
            index: 5,
            size: 5
        }))
    );
    assert_eq!(read(&replaced(4, "AAAA")), Err(ReceiptError::BadHash(2)));
    let shorter = good.replacen(&format!("{}\n", lines[4]), "", 1);
    assert_eq!(
        read(&shorter),
        Err(ReceiptError::Proof(ProofError::BadLength(64)))
    );
    assert_eq!(
        read(&lines[..5].join("\n")),
        Err(ReceiptError::NoCheckpoint)
    );
    assert!(matches!(
        read(&good.replacen("example.org/room\n5\n", "example.org/room\n05\n", 1)),
        Err(ReceiptError::Checkpoint(VerifyError::BadSize))
    ));
    assert_eq!(
        read(&"x".repeat(MAX_RECEIPT_BYTES + 1)),
        Err(ReceiptError::TooLong(MAX_RECEIPT_BYTES + 1))
    );
    assert_eq!(
        Receipt::from_bytes(&[b'a', 0xff]),
        Err(ReceiptError::NotUtf8(1))
    );
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Receipt::from_bytes(&bytes).is_err());
        prop_assert!(bytes.len() == Entry::LEN || Entry::from_bytes(&bytes).is_err());
    }
}
