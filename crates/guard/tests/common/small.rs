//! A room of a small policy: few atoms, so that a whole store is soon searched, and real keys soon made.
#![allow(
    dead_code,
    reason = "each test file uses what it needs of the small room"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use strongroom_guard::api::*;
use strongroom_guard::{Code, Guard, OpenError, Token};
use strongroom_label::Policy;
use strongroom_record::RoomId;
use strongroom_record::limits::RECORDING_PIECE_BYTES;
use strongroom_seal::{PersonKeys, Suite};
use strongroom_vault::testing::{FaultDisk, Loss};

use super::common::{PASSPHRASE, PEER, World, house_key};
use super::loot::{House, Loot};
use super::thief::{Thief, unlock};

const POLICY: &str = r#"
name = "small"
handling = ["Priority"]
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[level]]
name = "Secret"
rank = 5
portion = "S"
[[level]]
name = "Top Secret"
rank = 9
portion = "TS"
[[category]]
name = "Caption"
kind = "restrictive"
values = [{ name = "Nodis" }]
[[category]]
name = "Releasable to"
kind = "permissive"
values = [{ name = "Canada" }, { name = "Israel" }, { name = "Australia" }]
[[reason]]
code = "foreign-relations"
description = "Foreign relations."
"#;

pub(crate) fn policy() -> Policy {
    Policy::from_toml(POLICY).unwrap()
}

pub(crate) fn room(seed: u64, suite: Suite) -> World {
    World::with_policy(seed, suite, policy())
}

/// Runs a test on the mock suite and with real cryptography.
pub(crate) fn on_both_suites(test: impl Fn(World)) {
    for (seed, suite) in [(1, Suite::Mock), (2, Suite::Cnsa)] {
        test(room(seed, suite));
    }
}

pub(crate) fn loot(world: &World) -> Loot {
    Loot::of(&world.disk.after_crash(Loss::All))
}

pub(crate) fn house(world: &World, loot: &Loot) -> House {
    House::new(
        house_key(&world.house, world.env.floor),
        world.env.floor,
        loot,
    )
}

thread_local! {
    /// Stretching a passphrase takes long: each person's keys are unlocked once a test.
    static UNLOCKED: RefCell<HashMap<(RoomId, String), Rc<PersonKeys>>> = RefCell::default();
}

/// The private keys of a person.
pub(crate) fn keys_of(world: &World, loot: &Loot, name: &str) -> Rc<PersonKeys> {
    let house = house(world, loot);
    UNLOCKED.with_borrow_mut(|known| {
        let keys = known.entry((house.room, name.to_owned()));
        Rc::clone(keys.or_insert_with(|| Rc::new(unlock(&house, loot, name, PASSPHRASE))))
    })
}

/// A thief of the present store who has the keys of these persons.
pub(crate) fn thief(world: &World, loot: &Loot, persons: &[&str]) -> Thief {
    let mut thief = Thief::new(house(world, loot));
    if let Some(slots) = &world.slots {
        thief.take_slots(&slots.image());
    }
    for name in persons {
        thief.become_person(&keys_of(world, loot, name));
    }
    thief
}

/// Closes the room and opens it on another disk.
pub(crate) fn reopen_on(world: &mut World, disk: FaultDisk) -> Result<(), OpenError> {
    if let Some(guard) = world.guard.take() {
        // A room that was tampered with may not close cleanly; the disk is thrown away in any case.
        let _ = guard.shut();
    }
    world.tokens.clear();
    world.disk = disk;
    let vault = world.vault();
    let house = house_key(&world.house, world.env.floor);
    world.guard = Some(Guard::open(vault, house, world.env.clone())?);
    Ok(())
}

/// What a room shows to some persons: every word that they can get at, without what differs at each
/// reading. Or why it shows nothing.
pub(crate) fn all_shown(
    world: &mut World,
    disk: FaultDisk,
    persons: &[&str],
) -> Result<Vec<String>, String> {
    reopen_on(world, disk).map_err(|e| e.to_string())?;
    let mut words = Vec::new();
    for name in persons {
        let ask = SignIn {
            name: (*name).to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let signed = world.guard().sign_in(&ask, PEER).map_err(|e| e.message)?;
        let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
        let token = Token::presented(&signed.token);
        world.tokens.insert((*name).to_owned(), token);
        let ask = |request: &Request| match world.ask(name, request) {
            Ok(json) => Ok(Some(json)),
            Err(e) if e.code == Code::Closed => Err(e.message),
            Err(_) => Ok(None),
        };
        let listing: Listing = read(ask(&Request::List(ListQuery::default()))?);
        words.push(format!("{name}: {:?}", listing.records));
        for row in listing.records {
            let versions = 1..=row.versions;
            for (version, original) in versions.flat_map(|v| [(v, false), (v, true)]) {
                let query = ReadQuery {
                    record: row.id.clone(),
                    original,
                    version: Some(version),
                };
                let Some(shown) = ask(&Request::Read(query))? else {
                    words.push(format!("{name}: {}: no original", row.id));
                    continue;
                };
                let shown: Shown = read(Some(shown));
                let (head, text) = (&shown.header, &shown.portions);
                words.push(format!("{head:?} {text:?} {:?}", shown.original));
                let (corrected, gone) = (&shown.corrected, &shown.withdrawn);
                words.push(format!(
                    "{corrected:?} {gone:?} {:?} {:?}",
                    shown.grade, shown.links
                ));
                if original {
                    continue;
                }
                for (attachment, n) in beside(&shown) {
                    let piece = ask(&Request::Piece(PieceQuery {
                        record: row.id.clone(),
                        attachment,
                        version: Some(version),
                        piece: n,
                    }))?;
                    words.extend(piece.map(|p| read::<PieceShown>(Some(p)).bytes));
                }
            }
            let history = Request::History(RecordRef { record: row.id });
            let history: History = read(ask(&history)?);
            // Openings are what this very function adds.
            let told = history.events.iter().filter(|e| e.what != "opened for");
            words.extend(told.map(|e| format!("{e:?}")));
        }
    }
    let checked = world.ask(persons[0], &Request::LedgerCheck);
    checked.map_err(|e| e.message)?;
    Ok(words)
}

/// Which files lie beside a version, by its header fields: each attachment, and the pieces of the recording, one at least.
fn beside(shown: &Shown) -> Vec<(Option<usize>, u32)> {
    let field = |name: &str| shown.header.iter().find(|h| h.field == name);
    let attachments = field("attachments").map_or(0, |f| f.value.as_array().map_or(0, Vec::len));
    let recorded = field("recording").map_or(0, |f| f.value["bytes"].as_u64().unwrap_or(0));
    let pieces = recorded.div_ceil(RECORDING_PIECE_BYTES as u64).max(1);
    let pieces = (0..pieces).map(|n| (None, u32::try_from(n).expect("pieces are few")));
    (1..=attachments)
        .map(|n| (Some(n), 0))
        .chain(pieces)
        .collect()
}

fn read<T: DeserializeOwned>(json: Option<Vec<u8>>) -> T {
    serde_json::from_slice(&json.expect("an answer")).unwrap()
}
