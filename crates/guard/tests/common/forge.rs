//! A forger with the house key: writes events of his own, with the ledger's entries that fit them.
//!
//! The house key opens the ledger's private keys too, so entries and checkpoint are his to write. What he
//! lacks is persons' signatures.
#![allow(dead_code, reason = "each test file uses what it needs of the forger")]

use strongroom_record::event::{Act, CommandRow, StoredEvent};
use strongroom_record::{CommandId, EventId, PersonId, decode, encode};
use strongroom_seal::{Digest, PersonKeys, digest, domain};
use strongroom_tlog::commit::{
    BodyRoot, CommandTree, Commitment, Field, FieldTag, FieldTree, Salt, SaltSeed,
    SignatureCommitment, commit,
};
use strongroom_tlog::entry::EntryOpening;
use strongroom_vault::Key;

use super::loot::{COMMAND, EVENT, House, LOG, Loot, SNAPSHOT};

/// An event of the ledger, by its index.
pub(crate) fn event_at(house: &House, loot: &Loot, index: usize) -> StoredEvent {
    decode(&house.get(loot, event_key(loot.entries[index].1))).unwrap()
}

/// All events in the order of the ledger.
pub(crate) fn events(house: &House, loot: &Loot) -> Vec<StoredEvent> {
    (0..loot.entries.len())
        .map(|index| event_at(house, loot, index))
        .collect()
}

pub(crate) fn event_key(id: [u8; 16]) -> Key {
    Key::new(EVENT, id, 0)
}

/// The index of the first event that fits.
pub(crate) fn find(house: &House, loot: &Loot, fits: impl Fn(&StoredEvent) -> bool) -> usize {
    events(house, loot).iter().position(fits).unwrap()
}

/// Puts an event in the place of another, with the entry that fits it.
pub(crate) fn replace(house: &House, loot: &mut Loot, index: usize, event: &StoredEvent) {
    loot.rows.remove(&event_key(loot.entries[index].1));
    house.put(loot, event_key(*event.id.as_bytes()), &encode(event));
    loot.entries[index] = (leaf(house, loot, event), *event.id.as_bytes());
    strip_checkpoint(loot);
}

/// Adds an event at the end.
pub(crate) fn append(house: &House, loot: &mut Loot, event: &StoredEvent) {
    house.put(loot, event_key(*event.id.as_bytes()), &encode(event));
    let leaf = leaf(house, loot, event);
    loot.entries.push((leaf, *event.id.as_bytes()));
}

/// Signs a command anew with keys of one's own, and mends the entries of its events.
pub(crate) fn sign_again(house: &House, loot: &mut Loot, index: usize, keys: &PersonKeys) {
    let id = event_at(house, loot, index).command.unwrap();
    let key = Key::new(COMMAND, *id.as_bytes(), 0);
    let mut row: CommandRow = decode(&house.get(loot, key)).unwrap();
    let stored = |id: &EventId| decode(&house.get(loot, event_key(*id.as_bytes()))).unwrap();
    let events: Vec<StoredEvent> = row.events.iter().map(stored).collect();
    let bodies: Vec<BodyRoot> = events.iter().map(body).collect();
    let root = CommandTree::new(&bodies).unwrap().root();
    let message = [
        house.room.as_bytes().as_slice(),
        id.as_bytes(),
        root.as_bytes(),
    ]
    .concat();
    let signature = keys.signing.sign(domain::SIGN_COMMAND, &message);
    row.signature = signature.as_bytes().to_vec().into();
    house.put(loot, key, &encode(&row));
    for event in events {
        let at = |e: &([u8; 33], [u8; 16])| e.1 == *event.id.as_bytes();
        let at = loot.entries.iter().position(at).unwrap();
        loot.entries[at].0 = leaf(house, loot, &event);
    }
    strip_checkpoint(loot);
}

/// Makes a command another person's, who signs it.
pub(crate) fn sign_as(
    house: &House,
    loot: &mut Loot,
    index: usize,
    person: PersonId,
    keys: &PersonKeys,
) {
    let id = event_at(house, loot, index).command.unwrap();
    let key = Key::new(COMMAND, *id.as_bytes(), 0);
    let mut row: CommandRow = decode(&house.get(loot, key)).unwrap();
    row.person = person;
    house.put(loot, key, &encode(&row));
    for at in of_command(house, loot, id) {
        let mut event = event_at(house, loot, at);
        event.actor = Some(person);
        house.put(loot, event_key(*event.id.as_bytes()), &encode(&event));
    }
    sign_again(house, loot, index, keys);
}

/// Takes the signature from all events of a command.
pub(crate) fn unsign(house: &House, loot: &mut Loot, index: usize) {
    let id = event_at(house, loot, index).command.unwrap();
    for at in of_command(house, loot, id) {
        let mut event = event_at(house, loot, at);
        event.command = None;
        replace(house, loot, at, &event);
    }
}

fn of_command(house: &House, loot: &Loot, id: CommandId) -> Vec<usize> {
    let events = events(house, loot).into_iter().enumerate();
    let of_it = events.filter(|(_, event)| event.command == Some(id));
    of_it.map(|(at, _)| at).collect()
}

/// The row that names a kept state: its event, its place, and version, entries, ledger and pieces.
#[derive(minicbor::Encode, minicbor::Decode)]
struct Named {
    #[n(0)]
    event: EventId,
    #[n(1)]
    place: u8,
    #[n(2)]
    kept: Kept,
}

#[derive(minicbor::Encode, minicbor::Decode)]
struct Kept {
    #[n(0)]
    version: u8,
    #[n(1)]
    entries: u64,
    #[n(2)]
    ledger: Digest,
    #[n(3)]
    pieces: Vec<Digest>,
}

/// Changes the pieces of the kept state, and its row, its event and the event's entry so that all fit.
pub(crate) fn kept_state(
    house: &House,
    loot: &mut Loot,
    event: usize,
    change: impl Fn(&[u8]) -> Vec<u8>,
) {
    let row = Key::new(SNAPSHOT, [0; 16], 0);
    let mut named: Named = decode(&house.get(loot, row)).unwrap();
    for (n, piece) in named.kept.pieces.iter_mut().enumerate() {
        let key = Key::new(SNAPSHOT, [named.place; 16], n as u64);
        let changed = change(&house.get(loot, key));
        *piece = digest(domain::KEPT_PIECE, &[&changed]);
        house.put(loot, key, &changed);
    }
    house.put(loot, row, &encode(&named));
    let mut forged = event_at(house, loot, event);
    assert_eq!(forged.id, named.event);
    let over_all = digest(domain::KEPT_STATE, &[&encode(&named.kept)]);
    forged.act = Act::StateKept {
        entries: named.kept.entries,
        digest: encode(&over_all).into(),
    };
    replace(house, loot, event, &forged);
}

/// Without a checkpoint, no head says that the ledger was another.
pub(crate) fn strip_checkpoint(loot: &mut Loot) {
    loot.rows.remove(&Key::new(LOG, [0; 16], 1));
}

fn leaf(house: &House, loot: &Loot, event: &StoredEvent) -> [u8; 33] {
    let signature = match event.command {
        None => SignatureCommitment::absent(&SaltSeed::new(event.seed).salt(FieldTag::new(0))),
        Some(id) => {
            let row = house.get(loot, Key::new(COMMAND, *id.as_bytes(), 0));
            let row: CommandRow = decode(&row).unwrap();
            SignatureCommitment::present(&Salt::new(row.salt), &row.signature)
        }
    };
    let body = body(event);
    EntryOpening { body, signature }.entry().to_bytes()
}

fn body(event: &StoredEvent) -> BodyRoot {
    let seed = SaltSeed::new(event.seed);
    let clear = event.fields().into_iter().map(|(tag, value)| {
        let tag = FieldTag::new(tag as u16);
        let commitment = commit(tag, &seed.salt(tag), &value);
        Field { tag, commitment }
    });
    let sealed = (64..).zip(&event.sealed).map(|(tag, field)| Field {
        tag: FieldTag::new(tag),
        commitment: Commitment::from_bytes(field.commitment),
    });
    let fields: Vec<Field> = clear.chain(sealed).collect();
    FieldTree::new(&fields).unwrap().root()
}
