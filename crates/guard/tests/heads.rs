//! Heads of the ledger that are kept outside: what the guard tells of its newest, proves of any entry, and
//! does when it is shown a head that its ledger lacks.

mod common;

use common::World;
use strongroom_guard::api::*;
use strongroom_guard::{Code, Refusal};
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::ConsistencyProof;
use strongroom_vault::testing::FaultDisk;

fn room() -> World {
    World::mock(31)
}

fn head(room: &World, known: Option<&str>) -> Result<HeadShown, Refusal> {
    let ask = HeadQuery {
        known: known.map(str::to_owned),
    };
    let copy = room.guard().head(&ask)?;
    Ok(serde_json::from_slice(copy.json()).unwrap())
}

fn believed(keys: &LogPublicKeys, text: &str) -> Checkpoint {
    let signed = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
    signed.verify(keys).unwrap()
}

#[test]
fn the_newest_head_goes_on_from_every_earlier_one() {
    let room = room();
    let keys = room.guard().log_keys();
    let mut seen = vec![head(&room, None).unwrap().checkpoint];
    for _ in 0..5 {
        let _ = room.list("chief");
        for known in &seen {
            let shown = head(&room, Some(known)).unwrap();
            let (old, new) = (believed(&keys, known), believed(&keys, &shown.checkpoint));
            assert!(old.head().size() < new.head().size());
            let proof = ConsistencyProof::from_text(&shown.consistency.unwrap()).unwrap();
            proof.verify(old.head(), new.head()).unwrap();
        }
        seen.push(head(&room, None).unwrap().checkpoint);
    }
    // The same head again: nothing has come since, and it is not signed twice.
    let last = seen.last().unwrap();
    assert_eq!(&head(&room, Some(last)).unwrap().checkpoint, last);
}

#[test]
fn every_entry_is_proved_to_any_session_and_no_other_is() {
    let room = room();
    let keys = room.guard().log_keys();
    let size = room.guard().status().entries;
    for index in 0..size {
        let ask = Request::LedgerProve(EntryIndex { index });
        let proved: LedgerProved = room.get("chief", ask);
        let receipt = Receipt::from_bytes(proved.proof.as_bytes()).unwrap();
        let accepted = receipt.verify(&keys).unwrap();
        assert_eq!(accepted.index.get(), index);
    }
    for index in [size + 100, u64::MAX] {
        let refused = room.refused("chief", Request::LedgerProve(EntryIndex { index }));
        assert_eq!(refused.code, Code::NotFound, "{index}");
    }
    for (from, to) in [(2, 1), (0, u64::MAX), (u64::MAX, u64::MAX), (1, size + 100)] {
        let refused = room.refused("chief", Request::LedgerConsistency(LogSizes { from, to }));
        assert_eq!(refused.code, Code::NotFound, "{from} to {to}");
    }
    for (from, to) in [(0, 0), (0, size), (size, size), (1, size - 1)] {
        let proved: LedgerConsistent =
            room.get("chief", Request::LedgerConsistency(LogSizes { from, to }));
        let proof = ConsistencyProof::from_text(&proved.proof).unwrap();
        assert_eq!((proof.old().get(), proof.new_size().get()), (from, to));
    }
}

#[test]
fn what_is_no_head_of_this_ledger_is_refused_and_closes_nothing() {
    let room = room();
    let own = head(&room, None).unwrap().checkpoint;
    let other = head(&World::mock(32), None).unwrap().checkpoint;
    let stripped: String = own
        .split_inclusive('\n')
        .enumerate()
        .filter(|(line, _)| *line != 5)
        .map(|(_, line)| line)
        .collect();
    let mut larger = own.clone();
    let size = room.guard().status().entries.to_string();
    larger = larger.replacen(&format!("\n{size}\n"), &format!("\n{size}0\n"), 1);
    assert_ne!(larger, own);
    for known in ["", "nonsense", &other, &stripped, &larger, &own[1..]] {
        let refused = head(&room, Some(known)).unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{known}: {refused}");
    }
    assert!(head(&room, Some(&own)).is_ok());
    assert_eq!(room.guard().status().state, "open");
}

#[test]
fn a_head_that_an_older_copy_lacks_closes_it_for_good() {
    let mut room = room();
    room.guard.take().unwrap().shut().unwrap();
    let older = room.disk.image();
    room.reopen();
    room.sign_in("chief");
    let _ = room.list("chief");
    let seen = head(&room, None).unwrap().checkpoint;
    room.guard.take().unwrap().shut().unwrap();

    // The copy is whole in itself: nothing but the head tells that it is old.
    room.disk = FaultDisk::from_image(older);
    room.reopen();
    assert_eq!(room.guard().status().state, "open");
    let refused = head(&room, Some(&seen)).unwrap_err();
    assert_eq!(refused.code, Code::Closed);
    assert!(refused.message.contains("an older copy"), "{refused}");
    assert!(refused.message.contains("a client has seen"), "{refused}");
    for _ in 0..3 {
        room.guard().tick();
        let status = room.guard().status();
        assert_eq!(status.state, "closed");
        assert!(status.because.unwrap().contains("an older copy"));
    }
    assert_eq!(head(&room, None).unwrap_err().code, Code::Closed);
}

#[test]
fn a_head_of_a_copy_that_went_on_by_another_way_closes_it() {
    let mut room = room();
    room.guard.take().unwrap().shut().unwrap();
    let copy = room.disk.image();
    room.reopen();
    room.sign_in("chief");
    let seen = head(&room, None).unwrap().checkpoint;
    room.guard.take().unwrap().shut().unwrap();

    room.disk = FaultDisk::from_image(copy);
    room.env.entropy = std::sync::Arc::new(strongroom_record::SeededEntropy::new(77));
    room.reopen();
    room.sign_in("chief");
    let _ = room.list("chief");
    let refused = head(&room, Some(&seen)).unwrap_err();
    assert_eq!(refused.code, Code::Closed);
    assert!(
        refused
            .message
            .contains("not the one that a client has seen"),
        "{refused}"
    );
}
