//! Sealing under a key and to a public key; signing.

use proptest::prelude::*;
use strongroom_record::{RoomId, Stream};
use strongroom_seal::{
    HouseKey, KemPrivate, OpenError, Secret, Signature, SigningKey, Suite, SuiteFloor, VaultKey,
    VerifyError, aead, cover, domain, generate, seal_to, uncover,
};

use crate::laws;

laws![
    every_changed_byte_under_a_key_is_noticed,
    every_changed_byte_to_a_public_key_is_noticed,
    what_is_cut_short_is_refused,
    another_key_domain_or_binding_opens_nothing,
    one_plaintext_sealed_twice_shares_no_bytes,
    the_suite_stands_first_and_the_floor_is_asked_first,
    a_signature_is_for_one_key_domain_and_message,
    every_changed_byte_of_a_signature_is_noticed,
    large_values_are_covered,
];

const WRONG: OpenError = OpenError::WrongKeyOrBinding;
const TEXT: &[u8] = b"The President asked that this be held closely; Mr. Kissinger agreed.";

fn stream() -> Stream {
    Stream::from_seed([7; 32])
}

fn every_changed_byte_under_a_key_is_noticed(suite: Suite) {
    let mut stream = stream();
    let key = Secret::random(&mut stream);
    let sealed = aead::seal(suite, &key, domain::PORTION, b"here", TEXT, &mut stream);
    assert_eq!(sealed.len(), TEXT.len() + aead::OVERHEAD_BYTES);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let opened = aead::open(
                SuiteFloor::at(suite),
                &key,
                domain::PORTION,
                b"here",
                &changed,
            );
            let why = opened.err().expect("a changed object does not open");
            match at {
                0..2 => assert!(matches!(why, OpenError::Suite(_))),
                2..66 => assert_eq!(why, WRONG),
                _ => assert_eq!(why, OpenError::Damaged),
            }
        }
    }
}

fn every_changed_byte_to_a_public_key_is_noticed(suite: Suite) {
    let mut stream = stream();
    let (private, public) = generate(suite, &mut stream);
    let sealed = seal_to(suite, &public, domain::HOLDING, b"to", TEXT, &mut stream).unwrap();
    let open = |bytes: &[u8]| private.open(SuiteFloor::at(suite), domain::HOLDING, b"to", bytes);
    assert!(open(&sealed).is_ok_and(|text| text.expose() == TEXT));
    // Each try costs a decapsulation: of the encapsulated key every fifth byte, of the rest every one.
    let rest = sealed.len() - (32 + TEXT.len() + 16);
    for at in (0..rest).step_by(5).chain(rest..sealed.len()) {
        let mut changed = sealed.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(open(&changed).is_err(), "byte {at}");
    }
}

fn what_is_cut_short_is_refused(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let key = Secret::random(&mut stream);
    let sealed = aead::seal(suite, &key, domain::PORTION, b"", b"short", &mut stream);
    for len in 0..sealed.len() {
        let why = aead::open(floor, &key, domain::PORTION, b"", &sealed[..len]).err();
        let expected = if len < aead::OVERHEAD_BYTES {
            OpenError::TooShort
        } else {
            OpenError::Damaged
        };
        assert_eq!(why, Some(expected), "{len}");
    }
    let longer = [&sealed[..], b"!"].concat();
    assert!(aead::open(floor, &key, domain::PORTION, b"", &longer).is_err());

    let (private, public) = generate(suite, &mut stream);
    let sealed = seal_to(suite, &public, domain::HOLDING, b"", b"", &mut stream).unwrap();
    for len in 0..sealed.len() {
        let why = private
            .open(floor, domain::HOLDING, b"", &sealed[..len])
            .err();
        assert_eq!(why, Some(OpenError::TooShort), "{len}");
    }
    let longer = [&sealed[..], &vec![0; 1 << 20]].concat();
    let why = private.open(floor, domain::HOLDING, b"", &longer).err();
    assert_eq!(why, Some(OpenError::TooLong));
}

fn another_key_domain_or_binding_opens_nothing(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let key = Secret::random(&mut stream);
    let other = Secret::random(&mut stream);
    let sealed = aead::seal(suite, &key, domain::PORTION, b"here", TEXT, &mut stream);
    let open = |key, domain, binding: &[u8]| aead::open(floor, key, domain, binding, &sealed).err();
    assert_eq!(open(&key, domain::PORTION, b"here"), None);
    assert_eq!(open(&other, domain::PORTION, b"here"), Some(WRONG));
    assert_eq!(open(&key, domain::LAYER, b"here"), Some(WRONG));
    assert_eq!(open(&key, domain::PORTION, b"there"), Some(WRONG));
    assert_eq!(open(&key, domain::PORTION, b""), Some(WRONG));

    let (private, public) = generate(suite, &mut stream);
    let other = KemPrivate::random(suite, &mut stream);
    let sealed = seal_to(suite, &public, domain::HOLDING, b"to", TEXT, &mut stream).unwrap();
    let open = |key: &KemPrivate, domain, binding| key.open(floor, domain, binding, &sealed).err();
    assert_eq!(open(&private, domain::HOLDING, b"to"), None);
    assert_eq!(open(&other, domain::HOLDING, b"to"), Some(WRONG));
    assert_eq!(open(&private, domain::SHARE, b"to"), Some(WRONG));
    assert_eq!(open(&private, domain::HOLDING, b"of"), Some(WRONG));
}

fn one_plaintext_sealed_twice_shares_no_bytes(suite: Suite) {
    let mut stream = stream();
    let key = Secret::random(&mut stream);
    let (_, public) = generate(suite, &mut stream);
    let text = [0; 256];
    let mut twice = Vec::new();
    for _ in 0..2 {
        twice.push([
            aead::seal(suite, &key, domain::PORTION, b"", &text, &mut stream),
            seal_to(suite, &public, domain::HOLDING, b"", &text, &mut stream).unwrap(),
        ]);
    }
    for (a, b) in twice[0].iter().zip(&twice[1]) {
        assert_eq!(a.len(), b.len());
        assert!(!a[2..].windows(8).any(|w| b.windows(8).any(|v| v == w)));
    }
}

fn the_suite_stands_first_and_the_floor_is_asked_first(suite: Suite) {
    let mut stream = stream();
    let key = Secret::random(&mut stream);
    let (private, public) = generate(suite, &mut stream);
    let under_key = aead::seal(suite, &key, domain::PORTION, b"", TEXT, &mut stream);
    let to_public = seal_to(suite, &public, domain::HOLDING, b"", TEXT, &mut stream).unwrap();
    let signed = SigningKey::random(suite, &mut stream).sign(domain::SIGN_COMMAND, b"m");
    for object in [
        &under_key,
        &to_public,
        &public.as_bytes().to_vec(),
        &signed.as_bytes().to_vec(),
    ] {
        assert_eq!(object[..2], suite.id().to_bytes());
    }
    if suite == Suite::Mock {
        let opened = aead::open(SuiteFloor::CNSA, &key, domain::PORTION, b"", &under_key);
        assert!(matches!(opened.err(), Some(OpenError::Suite(_))));
        let opened = private.open(SuiteFloor::CNSA, domain::HOLDING, b"", &to_public);
        assert!(matches!(opened.err(), Some(OpenError::Suite(_))));
    }
}

fn a_signature_is_for_one_key_domain_and_message(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let key = SigningKey::random(suite, &mut stream);
    let other = SigningKey::random(suite, &mut stream);
    let signature = key.sign(domain::SIGN_COMMAND, b"roots");
    let check = |key: &SigningKey, floor, domain, message: &[u8]| {
        key.verifying().verify(floor, domain, message, &signature)
    };
    assert_eq!(check(&key, floor, domain::SIGN_COMMAND, b"roots"), Ok(()));
    let wrong = Err(VerifyError::Wrong);
    assert_eq!(check(&other, floor, domain::SIGN_COMMAND, b"roots"), wrong);
    assert_eq!(check(&key, floor, domain::SIGN_POSSESSION, b"roots"), wrong);
    assert_eq!(check(&key, floor, domain::SIGN_COMMAND, b"root"), wrong);
    assert_eq!(check(&key, floor, domain::SIGN_COMMAND, b""), wrong);
    if suite == Suite::Mock {
        let refused = check(&key, SuiteFloor::CNSA, domain::SIGN_COMMAND, b"roots");
        assert!(matches!(refused, Err(VerifyError::Suite(_))));
        let real = SigningKey::random(Suite::Cnsa, &mut stream);
        let refused = check(&real, floor, domain::SIGN_COMMAND, b"roots");
        assert!(matches!(refused, Err(VerifyError::OtherSuite { .. })));
    }
    let seeds = key.seeds().map(|s| Secret::from_bytes(*s.expose()));
    let [first, second] = seeds;
    let again = SigningKey::from_seeds(suite, first, second);
    assert_eq!(again.verifying(), key.verifying());
}

fn every_changed_byte_of_a_signature_is_noticed(suite: Suite) {
    let key = SigningKey::random(suite, &mut stream());
    let signature = key.sign(domain::SIGN_COMMAND, b"roots");
    let bytes = signature.as_bytes();
    // Every byte of the first and of the ends of the second; the middle in steps, since each costs a
    // verification.
    for at in (0..200)
        .chain((200..bytes.len()).step_by(37))
        .chain([bytes.len() - 1])
    {
        let Some(byte) = bytes.get(at) else { continue };
        let mut changed = bytes.to_vec();
        changed[at] = byte ^ (1 << (at % 8));
        let refused = Signature::from_bytes(&changed).map_or(true, |changed| {
            key.verifying()
                .verify(
                    SuiteFloor::at(suite),
                    domain::SIGN_COMMAND,
                    b"roots",
                    &changed,
                )
                .is_err()
        });
        assert!(refused, "byte {at}");
    }
}

fn large_values_are_covered(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let key = HouseKey::random(suite, &mut stream);
    let room = RoomId::random(&mut stream);
    let at = VaultKey {
        kind: 1,
        id: [2; 16],
        counter: 3,
    };
    for len in [0, 1, 65_535, 65_536, 5 << 20] {
        let value: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        let mut covered = cover(&key, room, at, &value, &mut stream);
        let open = |covered: &[u8]| uncover(floor, &key, room, at, covered).map(|v| v == value);
        assert_eq!(open(&covered), Ok(true));
        if let Some(last) = covered.last_mut() {
            *last ^= 0x80;
        }
        assert_eq!(open(&covered), Err(OpenError::Damaged));
    }
}

fn any_suite() -> impl Strategy<Value = Suite> {
    prop::sample::select(vec![Suite::Mock, Suite::Cnsa])
}

proptest! {
    /// What is sealed opens again, and nothing of it shows.
    #[test]
    fn what_is_sealed_opens_again_and_nothing_shows(
        suite in any_suite(),
        seed in any::<[u8; 32]>(),
        text in prop::collection::vec(any::<u8>(), 0..600),
        binding in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut stream = Stream::from_seed(seed);
        let key = Secret::random(&mut stream);
        let sealed = aead::seal(suite, &key, domain::PORTION, &binding, &text, &mut stream);
        prop_assert_eq!(sealed.len(), text.len() + aead::OVERHEAD_BYTES);
        let shows = text.windows(8).any(|w| sealed.windows(8).any(|s| s == w));
        prop_assert!(!shows);
        let opened = aead::open(SuiteFloor::at(suite), &key, domain::PORTION, &binding, &sealed);
        prop_assert!(opened.is_ok_and(|o| o.expose() == text.as_slice()));
    }

    /// Hostile bytes are refused, never worse.
    #[test]
    fn any_bytes_are_refused(
        suite in any_suite(),
        mut bytes in prop::collection::vec(any::<u8>(), 0..4_096),
        claim in any::<bool>(),
    ) {
        if claim && bytes.len() >= 2 {
            bytes[..2].copy_from_slice(&suite.id().to_bytes());
        }
        let mut stream = Stream::from_seed([1; 32]);
        let floor = SuiteFloor::at(suite);
        let key = Secret::random(&mut stream);
        prop_assert!(aead::open(floor, &key, domain::PORTION, b"", &bytes).is_err());
        let private = KemPrivate::random(suite, &mut stream);
        prop_assert!(private.open(floor, domain::HOLDING, b"", &bytes).is_err());
        let _ = strongroom_seal::KemPublic::from_bytes(&bytes);
        let _ = strongroom_seal::VerifyingKey::from_bytes(&bytes);
        let _ = Signature::from_bytes(&bytes);
    }
}
