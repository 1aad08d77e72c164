//! Bytes from strangers: whatever they are, they are read as what they are or refused, and nothing panics.
//!
//! Objects of the mock suite, whose keys are short: a change then often hits structure. More cases:
//! `PROPTEST_CASES=100000 cargo test -p strongroom-seal --test hostile`.

use std::sync::OnceLock;

use minicbor::{Decode, Encode};
use proptest::prelude::*;
use strongroom_record::{AtomId, BackupId, RecoveryId, RoomId, Stream, decode, encode};
use strongroom_seal::{
    AskedShares, AtomRole, BackupHeader, BackupShares, GivenShare, HouseKey, HousePurpose,
    HouseShares, KeyHolder, KeyHolderCard, KeyHolderFile, LedgerHead, SealedBackup, SealedShare,
    ShareAnswer, ShareRequest, Suite, SuiteFloor, atom, deal, generate,
};

/// One of each.
struct Samples {
    card: Vec<u8>,
    sealed: Vec<u8>,
    given: Vec<u8>,
    house: Vec<u8>,
    request: Vec<u8>,
    answer: Vec<u8>,
    header: Vec<u8>,
}

fn samples() -> &'static Samples {
    static MADE: OnceLock<Samples> = OnceLock::new();
    MADE.get_or_init(|| {
        let suite = Suite::Mock;
        let floor = SuiteFloor::at(suite);
        let mut stream = Stream::from_seed([5; 32]);
        let room = RoomId::random(&mut stream);
        let holders: Vec<KeyHolder> = ["Ada", "Bo"]
            .map(|name| KeyHolder::random(suite, name, &mut stream).unwrap())
            .into();
        let cards: Vec<KeyHolderCard> = holders.iter().map(KeyHolder::card).collect();
        let id = AtomId::random(&mut stream);
        let (_, private) = atom::make(suite, id, AtomRole::Quorum, 1, &mut stream);
        let shares = deal(room, &private, 2, &cards, &mut stream).unwrap();
        let recovery = RecoveryId::random(&mut stream);
        let (_, public) = generate(suite, &mut stream);
        let opened = shares[0].open(floor, room, &holders[0]).unwrap();
        let given = opened.give(room, recovery, &public, &mut stream).unwrap();
        let house = HouseKey::random(suite, &mut stream);
        let purpose = HousePurpose::Opening;
        let house = HouseShares::of_house(room, &house, purpose, 2, &cards, &mut stream).unwrap();
        let request = ShareRequest {
            room,
            recovery,
            asked: b"this".to_vec().into(),
            recipient: public,
            holder: cards[0].id(),
            shares: AskedShares::Atoms(vec![shares[0].clone()]),
        };
        let answer = request.answer(floor, &holders[0], &mut stream).unwrap();
        let id = BackupId::random(&mut stream);
        let (key, _) = BackupShares::of_backup(suite, room, id, 2, &cards, &mut stream).unwrap();
        let header = BackupHeader {
            shares: key,
            base: Some(BackupId::random(&mut stream)),
            head: LedgerHead {
                size: 3,
                root: [3; 32],
            },
            range: b"range".to_vec().into(),
        };
        Samples {
            card: encode(&cards[0]),
            sealed: encode(&shares[0]),
            given: encode(&given),
            house: encode(&house),
            request: encode(&request),
            answer: encode(&answer),
            header: encode(&header),
        }
    })
}

/// What decodes is what those bytes say, and nothing else says it.
fn one_encoding<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes) {
        assert_eq!(encode(&value), bytes);
    }
}

fn every_decoder(bytes: &[u8]) {
    one_encoding::<KeyHolderCard>(bytes);
    one_encoding::<KeyHolderFile>(bytes);
    one_encoding::<SealedShare>(bytes);
    one_encoding::<GivenShare>(bytes);
    one_encoding::<HouseShares>(bytes);
    one_encoding::<ShareRequest>(bytes);
    one_encoding::<ShareAnswer>(bytes);
    one_encoding::<BackupHeader>(bytes);
    let stream = SealedBackup::read_header(bytes, SuiteFloor::at(Suite::Mock));
    if let Ok(sealed) = stream {
        assert!(bytes.starts_with(b"strongroom backup 1\n"));
        assert!(sealed.header().range.len() <= bytes.len());
    }
}

fn every_text(text: &str) {
    let _ = KeyHolderCard::from_text(text);
    let _ = KeyHolderFile::from_text(text);
    let _ = HouseShares::from_text(text);
    let _ = ShareRequest::from_text(text);
    let _ = ShareAnswer::from_text(text);
}

#[test]
fn the_samples_are_what_they_should_be() {
    let s = samples();
    assert!(decode::<KeyHolderCard>(&s.card).is_ok());
    assert!(decode::<SealedShare>(&s.sealed).is_ok());
    assert!(decode::<GivenShare>(&s.given).is_ok());
    assert!(decode::<HouseShares>(&s.house).is_ok());
    assert!(decode::<ShareRequest>(&s.request).is_ok());
    assert!(decode::<ShareAnswer>(&s.answer).is_ok());
    assert!(decode::<BackupHeader>(&s.header).is_ok());
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        every_decoder(&bytes);
        every_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn true_objects_changed(
        which in 0..7usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let s = samples();
        let all = [&s.card, &s.sealed, &s.given, &s.house, &s.request, &s.answer, &s.header];
        let mut bytes = all[which].clone();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        every_decoder(&bytes);
        let len = u32::try_from(bytes.len()).expect("short").to_be_bytes();
        every_decoder(&[&b"strongroom backup 1\n"[..], &len, &bytes].concat());
    }

    #[test]
    fn true_texts_changed(at in any::<prop::sample::Index>(), to in any::<char>()) {
        let text = decode::<HouseShares>(&samples().house).expect("a sample").to_text();
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        chars[at] = to;
        let changed: String = chars.into_iter().collect();
        every_text(&changed);
        // Remarks and line ends aside, nothing that was changed reads as something else.
        if let Ok(read) = HouseShares::from_text(&changed) {
            prop_assert_eq!(read.to_text(), text);
        }
    }
}
