//! The CBOR of names, atoms, labels and clearances: what is written reads back, and nothing else reads.

mod common;

use common::{clearances, labels, name, odd_policy};
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use std::fmt::Debug;
use std::path::Path;
use strongroom_label::limits::{CATEGORIES_MAX, LEVELS_MAX, NAME_BYTES_MAX};
use strongroom_label::{AtomName, Clearance, Label, Name};

/// Encodes a value, checks that it reads back, and gives the bytes.
fn round_trip<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(value: &T) -> Vec<u8> {
    let bytes = minicbor::to_vec(value).expect("within the limits");
    assert_eq!(&minicbor::decode::<T>(&bytes).expect("reads back"), value);
    bytes
}

/// Decodes the whole of `bytes`; whatever is accepted must be exactly what encoding it gives.
fn strict<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value: T = decoder.decode().ok()?;
    assert_eq!(
        minicbor::to_vec(&value).expect("what was read can be written"),
        bytes[..decoder.position()]
    );
    (decoder.position() == bytes.len()).then_some(value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn labels_and_clearances_read_back(
        (label, other, clearance) in { let p = odd_policy(); (labels(&p, 3), labels(&p, 3), clearances(&p)) },
    ) {
        let bytes = round_trip(&label);
        prop_assert_eq!(bytes == round_trip(&other), label == other);
        round_trip(&clearance);
        for atom in clearance.atoms() {
            round_trip(&atom);
            prop_assert_eq!(atom.to_string().parse::<AtomName>(), Ok(atom));
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_is_another_value(
        label in labels(&odd_policy(), 3),
        at in any::<prop::sample::Index>(),
        flip in 1..=255u8,
    ) {
        let mut bytes = minicbor::to_vec(&label).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Some(other) = strict::<Label>(&bytes) {
            prop_assert_ne!(other, label);
        }
    }

    #[test]
    fn a_truncated_label_is_refused(label in labels(&odd_policy(), 3), at in any::<prop::sample::Index>()) {
        let bytes = minicbor::to_vec(&label).unwrap();
        prop_assert!(minicbor::decode::<Label>(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = strict::<Label>(&bytes);
        let _ = strict::<Clearance>(&bytes);
        let _ = strict::<AtomName>(&bytes);
        let _ = strict::<Name>(&bytes);
    }
}

/// Reads a vector: hexadecimal digits, `#` comments to the end of a line.
fn vector(path: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(path).expect("a vector");
    let digits: Vec<u8> = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or("").bytes())
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let byte = |pair: &[u8]| {
        u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("two digits")
    };
    digits.chunks(2).map(byte).collect()
}

#[test]
fn each_fault_of_an_encoded_label_is_refused() {
    let mut counted = [0, 0];
    for entry in
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/label")).unwrap()
    {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read = minicbor::decode::<Label>(&vector(&path));
        let is_good = file.starts_with("good-");
        assert_eq!(read.is_ok(), is_good, "{file}: {read:?}");
        counted[usize::from(is_good)] += 1;
    }
    assert!(counted[0] >= 18 && counted[1] >= 2, "{counted:?}");
}

/// The bytes of a label stay what they are: stored rooms hold them.
#[test]
fn the_encoding_of_a_label_is_fixed() {
    let label = Label::of_level(name("Secret"))
        .with_restrictive(name("Caption"), name("Nodis"))
        .with_permissive(name("For"), [name("X")].into())
        .with_informative(name("Note"), name("N"));
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/vectors/label/good-every-kind.hex"
    );
    assert_eq!(minicbor::to_vec(&label).unwrap(), vector(Path::new(path)));
}

#[test]
fn what_is_beyond_a_limit_is_not_written() {
    let many = |count: usize| {
        (1..count).fold(Label::of_level(name("L0")), |l, n| {
            l.with_level(name(&format!("L{n}")))
        })
    };
    round_trip(&many(LEVELS_MAX));
    assert!(minicbor::to_vec(many(LEVELS_MAX + 1)).is_err());
    let wide = |count: usize| {
        (0..count).fold(Label::of_level(name("L")), |l, n| {
            l.with_restrictive(name(&format!("C{n}")), name("V"))
        })
    };
    round_trip(&wide(CATEGORIES_MAX));
    assert!(minicbor::to_vec(wide(CATEGORIES_MAX + 1)).is_err());
    round_trip(&name(&"é".repeat(NAME_BYTES_MAX / 2)));
}

#[test]
fn a_claim_of_great_length_costs_nothing() {
    // An array that says it has 2^63 entries, in each place where an array stands.
    let endless = [0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0];
    assert!(minicbor::decode::<Label>(&endless).is_err());
    assert!(minicbor::decode::<Clearance>(&endless).is_err());
    assert!(minicbor::decode::<AtomName>(&endless).is_err());
    assert!(minicbor::decode::<Label>(&[&[0x84][..], &endless].concat()).is_err());
    assert!(
        minicbor::decode::<Label>(&[&[0x84, 0x81, 0x61, b'L'][..], &endless].concat()).is_err()
    );
    // A text that says it has 2^63 bytes.
    assert!(minicbor::decode::<Name>(&[0x7b, 0x80, 0, 0, 0, 0, 0, 0, 0]).is_err());
}
