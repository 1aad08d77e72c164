//! Commitments and counted trees: one field shown alone, and nothing else that
//! passes for it.

use proptest::prelude::*;
use strongroom_tlog::commit::{
    BodyRoot, CommandProof, CommandTree, Commitment, Field, FieldProof, FieldTag, FieldTree,
    MAX_LEAVES, PortionFieldTree, PortionProof, PortionRoot, PortionTree, Salt, ShownField,
    ShownPortionField, TreeError, commit,
};

/// The salt of field `n`.
fn salt(n: usize) -> Salt {
    Salt::new([u8::try_from(n % 256).unwrap(); Salt::LEN])
}

fn field(n: usize, value: &[u8]) -> Field {
    let tag = FieldTag::new(u16::try_from(n).unwrap());
    Field {
        tag,
        commitment: commit(tag, &salt(n), value),
    }
}

fn fields(values: &[Vec<u8>]) -> Vec<Field> {
    values
        .iter()
        .enumerate()
        .map(|(n, value)| field(n, value))
        .collect()
}

fn shown(tree: &FieldTree, n: usize, value: &[u8]) -> ShownField {
    ShownField {
        tag: FieldTag::new(u16::try_from(n).unwrap()),
        salt: salt(n),
        value: value.to_vec(),
        proof: tree.prove(u32::try_from(n).unwrap()).unwrap(),
    }
}

proptest! {
    #[test]
    fn each_field_is_shown_alone(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..40)) {
        let tree = FieldTree::new(&fields(&values)).unwrap();
        let root = tree.body_root();
        for (n, value) in values.iter().enumerate() {
            let shown = shown(&tree, n, value);
            prop_assert_eq!(shown.verify(&root), Ok(value.as_slice()));
            let bytes = shown.proof.to_bytes();
            prop_assert!(bytes.len() <= FieldProof::MAX_BYTES);
            prop_assert_eq!(FieldProof::from_bytes(&bytes), Ok(shown.proof));
        }
    }

    #[test]
    fn what_is_not_the_field_is_refused(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..10), 2..20),
        which in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let tree = FieldTree::new(&fields(&values)).unwrap();
        let root = tree.body_root();
        let n = which.index(values.len());
        let good = shown(&tree, n, &values[n]);

        let mut other = good.clone();
        other.value.push(0);
        prop_assert_eq!(other.verify(&root), Err(TreeError::Mismatch));
        let mut other = good.clone();
        other.tag = FieldTag::new(good.tag.get() ^ 1);
        prop_assert_eq!(other.verify(&root), Err(TreeError::Mismatch));
        let mut other = good.clone();
        other.salt = salt(n + 1);
        prop_assert_eq!(other.verify(&root), Err(TreeError::Mismatch));
        let mut other = good.clone();
        other.proof = tree.prove(u32::try_from((n + 1) % values.len()).unwrap()).unwrap();
        prop_assert_eq!(other.verify(&root), Err(TreeError::Mismatch));

        let mut bytes = good.proof.to_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = FieldProof::from_bytes(&bytes);
        prop_assert!(read.and_then(|proof| proof.verify(&good.field(), &root)).is_err());
    }

    #[test]
    fn order_and_count_are_in_the_root(values in prop::collection::vec(any::<[u8; 4]>(), 2..30)) {
        let values: Vec<_> = values.iter().map(|value| value.to_vec()).collect();
        let mut list = fields(&values);
        let root = FieldTree::new(&list).unwrap().root();
        list.swap(0, 1);
        prop_assert_ne!(FieldTree::new(&list).unwrap().root(), root);
        list.swap(0, 1);
        list.pop();
        prop_assert_ne!(FieldTree::new(&list).unwrap().root(), root);
    }

    #[test]
    fn hostile_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        if let Ok(proof) = PortionProof::from_bytes(&bytes) {
            let _ = proof.implied_root(&PortionRoot::from_bytes([0; 32]));
            prop_assert_eq!(proof.to_bytes(), bytes);
        }
    }

    #[test]
    fn hostile_numbers_with_a_path_are_read_or_refused_without_panic(
        index in any::<u32>(),
        count in 0..=MAX_LEAVES + 1,
        path in prop::collection::vec(any::<[u8; 32]>(), 0..25),
    ) {
        let index = index % count.max(1);
        let bytes = [&index.to_be_bytes(), count.to_be_bytes().as_slice(), path.as_flattened()].concat();
        if let Ok(proof) = CommandProof::from_bytes(&bytes) {
            let root = proof.implied_root(&BodyRoot::from_bytes([0; 32]));
            prop_assert_eq!(proof.verify(&BodyRoot::from_bytes([0; 32]), &root), Ok(()));
            prop_assert_eq!(proof.verify(&BodyRoot::from_bytes([1; 32]), &root), Err(TreeError::Mismatch));
        }
    }
}

#[test]
fn a_release_proves_portions_of_a_record() {
    let portions: Vec<_> = (0..5)
        .map(|n| PortionFieldTree::new(&[field(n, b"text"), field(n + 10, b"label")]).unwrap())
        .collect();
    let roots: Vec<_> = portions.iter().map(PortionFieldTree::root).collect();
    let record = PortionTree::new(&roots).unwrap();

    let place = record.prove(3).unwrap();
    assert_eq!((place.index(), place.count()), (3, 5));
    assert_eq!(place.verify(&roots[3], &record.root()), Ok(()));
    let text = ShownPortionField {
        tag: FieldTag::new(3),
        salt: salt(3),
        value: b"text".to_vec(),
        proof: portions[3].prove(0).unwrap(),
    };
    assert_eq!(text.verify(&roots[3]), Ok(b"text".as_slice()));
    assert_eq!(text.verify(&roots[2]), Err(TreeError::Mismatch));

    // Four portions cannot be passed off as the whole record.
    let fewer = PortionTree::new(&roots[..4]).unwrap();
    let place = fewer.prove(3).unwrap();
    assert_eq!(
        place.verify(&roots[3], &record.root()),
        Err(TreeError::Mismatch)
    );
}

#[test]
fn a_command_is_signed_once_for_all_its_events() {
    let bodies: Vec<_> = (0..6_u8).map(|n| BodyRoot::from_bytes([n; 32])).collect();
    let command = CommandTree::new(&bodies).unwrap();
    for (n, body) in (0..).zip(&bodies) {
        let proof = command.prove(n).unwrap();
        assert_eq!(proof.verify(body, &command.root()), Ok(()));
        let other = BodyRoot::from_bytes([9; 32]);
        assert_eq!(
            proof.verify(&other, &command.root()),
            Err(TreeError::Mismatch)
        );
    }
}

#[test]
fn trees_of_different_subjects_never_meet() {
    let list = [field(1, b"a"), field(2, b"b")];
    let event = *FieldTree::new(&list).unwrap().root().as_bytes();
    let portion = *PortionFieldTree::new(&list).unwrap().root().as_bytes();
    assert_ne!(event, portion);

    let bytes = [[1; 32], [2; 32]];
    let portions = *PortionTree::new(&bytes.map(PortionRoot::from_bytes))
        .unwrap()
        .root()
        .as_bytes();
    let command = *CommandTree::new(&bytes.map(BodyRoot::from_bytes))
        .unwrap()
        .root()
        .as_bytes();
    assert_ne!(portions, command);
}

#[test]
fn a_proof_cut_anywhere_or_lengthened_is_refused() {
    let values: Vec<_> = (0..11_u8).map(|n| vec![n]).collect();
    let tree = FieldTree::new(&fields(&values)).unwrap();
    for index in 0..11 {
        let bytes = tree.prove(index).unwrap().to_bytes();
        for cut in 0..bytes.len() {
            assert!(matches!(
                FieldProof::from_bytes(&bytes[..cut]),
                Err(TreeError::BadProofLength { actual, .. }) if actual == cut
            ));
        }
        for more in [1, 32] {
            let longer = [bytes.clone(), vec![0; more]].concat();
            assert!(matches!(
                FieldProof::from_bytes(&longer),
                Err(TreeError::BadProofLength { .. })
            ));
        }
    }
}

#[test]
fn counts_and_places_are_bounded() {
    assert!(matches!(FieldTree::new(&[]), Err(TreeError::Empty)));
    let one = Field {
        tag: FieldTag::new(0),
        commitment: Commitment::from_bytes([0; 32]),
    };
    let full = vec![one; MAX_LEAVES as usize + 1];
    assert!(matches!(
        FieldTree::new(&full),
        Err(TreeError::TooManyLeaves(n)) if n == u64::from(MAX_LEAVES) + 1
    ));
    let full = FieldTree::new(&full[1..]).unwrap();
    let deepest = full.prove(MAX_LEAVES - 1).unwrap();
    assert_eq!(deepest.to_bytes().len(), FieldProof::MAX_BYTES);
    assert_eq!(deepest.verify(&one, &full.root()), Ok(()));
    assert_eq!(
        full.prove(MAX_LEAVES),
        Err(TreeError::NoSuchLeaf {
            index: MAX_LEAVES,
            count: MAX_LEAVES
        })
    );

    let head = |index: u32, count: u32| [index.to_be_bytes(), count.to_be_bytes()].concat();
    assert_eq!(FieldProof::from_bytes(&head(0, 0)), Err(TreeError::Empty));
    assert_eq!(
        FieldProof::from_bytes(&head(0, u32::MAX)),
        Err(TreeError::TooManyLeaves(u32::MAX.into()))
    );
    assert_eq!(
        FieldProof::from_bytes(&head(1, 1)),
        Err(TreeError::NoSuchLeaf { index: 1, count: 1 })
    );
}

#[test]
fn a_shown_field_prints_without_its_value() {
    let tree = FieldTree::new(&[field(0, b"secret")]).unwrap();
    let printed = format!("{:?}", shown(&tree, 0, b"secret"));
    assert!(
        !printed.contains("secret") && !printed.contains("115"),
        "{printed}"
    );
}
