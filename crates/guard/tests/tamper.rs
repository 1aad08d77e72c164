//! What was changed in the store is found and named, and no wrong word is ever shown.
//!
//! Three kinds of hands: one without the house key changes bytes; one with it covers what he puts in
//! place of what was there; and one who has it also rewrites entries and heads of the ledger, whose
//! keys it opens, but signs for nobody.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::{BTreeMap, BTreeSet};

use common::{World, grading, restriction};
use loot::*;
use small::{all_shown, house, keys_of, loot as take, reopen_on};
use strongroom_guard::OpenError;
use strongroom_guard::api::*;
use strongroom_label::Label;
use strongroom_record::event::{Act, CommandRow, Holds, StoredEvent};
use strongroom_record::{BoxId, EventId, PersonId, RecordId, Stream, decode, encode};
use strongroom_seal::{
    AtomPublic, AtomRole, BoxKey, Bundle, Holding, KeyBox, Passphrase, PersonKeys, PersonPublic,
    Purpose, Suite, SuiteId, atom,
};
use strongroom_vault::Key;
use thief::bundle_of;

const EVERYBODY: [&str; 3] = ["chief", "alice", "clerk"];

/// A room with records under a label's key and under a batch key, and one of each restriction.
struct Filled {
    world: World,
    records: Vec<RecordId>,
    /// The store before the restrictions.
    before: Loot,
    store: Loot,
    house: House,
    /// What it shows.
    shown: Vec<String>,
}

fn filled() -> Filled {
    filled_and(|_| {})
}

/// The same with something done at last.
fn filled_and(at_last: impl FnOnce(&World)) -> Filled {
    let mut world = small::room(5, Suite::Mock);
    world.add_person("alice", &["reader"], "at-most Secret");
    world.add_person("clerk", &["records-officer", "reader"], "Open");
    let text = |n| format!("Note {n}\n\nThe first thing of {n}.\n\nThe second thing of {n}.\n");
    let mut records: Vec<RecordId> = Vec::new();
    for (n, filer) in (0..).zip(["chief", "chief", "chief", "clerk", "clerk"]) {
        let filed = world.file_text(filer, &text(n), "Secret", n);
        records.push(filed.records[0].record.parse().unwrap());
    }
    let before = take(&world);
    let id = |n: usize| records[n].to_string();
    world.restrict("chief", &id(0), "Top Secret", &[]);
    world.restrict("chief", &id(0), "Nodis", &[]);
    let _ = world.read("chief", &id(1));
    world.restrict("chief", &id(1), "Top Secret", &["1"]);
    world.restrict("clerk", &id(3), "Top Secret", &[]);
    world.record("chief", &id(2), 0, true, b"What was said of 2.");
    world.record("clerk", &id(3), 0, true, b"What was said of 3.");
    for (n, grade, portions) in [(0, "A1", &[][..]), (1, "B2", &["0"]), (4, "F6", &[])] {
        let _: Graded = world.get("chief", grading(&id(n), grade, portions));
    }
    at_last(&world);
    world.guard().tick();
    let store = take(&world);
    let house = house(&world, &store);
    let shown = all_shown(&mut world, store.disk(), &EVERYBODY).unwrap();
    assert!(shown.iter().any(|w| w.contains("The second thing of 4.")));
    Filled {
        world,
        records,
        before,
        store,
        house,
        shown,
    }
}

impl Filled {
    /// Why the room with a changed store shows nothing. If it shows all that it should, none.
    fn refusal(&mut self, changed: &Loot) -> Option<String> {
        assert!(*changed != self.store, "nothing was changed");
        match all_shown(&mut self.world, changed.disk(), &EVERYBODY) {
            Err(named) => Some(named),
            Ok(shown) => {
                assert_eq!(shown, self.shown, "wrong words were shown");
                None
            }
        }
    }

    fn must_refuse(&mut self, what: &str, changed: &Loot) -> String {
        self.refusal(changed)
            .unwrap_or_else(|| panic!("not noticed: {what}"))
    }

    /// The store changed by one who has the house key must be refused, with these words.
    fn refuses(&mut self, what: &str, words: &str, change: impl FnOnce(&House, &mut Loot)) {
        let mut changed = self.store.clone();
        change(&self.house, &mut changed);
        let named = self.must_refuse(what, &changed);
        assert!(named.contains(words), "{what}: {named}");
    }

    /// The stored value of a record that holds something.
    fn group(&self, record: usize, holds: Holds) -> [u8; 16] {
        let events = forge::events(&self.house, &self.store);
        let groups = events.into_iter().find_map(|e| match e.act {
            Act::Filed(f) if f.record == self.records[record] => Some(f.groups),
            _ => None,
        });
        let group = groups.unwrap().into_iter().find(|g| g.holds == holds);
        *group.unwrap().id.as_bytes()
    }

    fn find(&self, fits: impl Fn(&Act) -> bool) -> usize {
        forge::find(&self.house, &self.store, |e| fits(&e.act))
    }
}

fn row(kind: u8, id: [u8; 16]) -> Key {
    Key::new(kind, id, 0)
}

#[test]
fn every_byte_of_every_row_is_covered() {
    let room = filled();
    for (key, row) in &room.store.rows {
        if key.kind == ROOM {
            continue;
        }
        let mut changed = row.clone();
        for at in 0..changed.len() {
            changed[at] ^= 1 << (at % 8);
            assert!(room.house.uncover(*key, &changed).is_none(), "{key:?} {at}");
            changed[at] = row[at];
        }
        assert!(room.house.uncover(*key, &changed).is_some());
    }
}

/// Rows that no act of these tests reads: recovery shares, the inspectors' keys to their notes, the
/// digest of a file, which only a retry of its filing reads, and what lies between the records of a
/// file. That they open is for the check of backups to see.
const NOT_READ: [u8; 3] = [SHARE, NOTE_BOX, FILING];

#[test]
fn a_changed_byte_closes_the_room_or_changes_nothing_that_is_shown() {
    // With the state kept, what it stands for is read by the check of the ledger alone.
    let mut room = filled_and(|world| world.guard().keep_state().unwrap());
    let store = room.store.clone();
    let frames: BTreeSet<[u8; 16]> = forge::events(&room.house, &store)
        .into_iter()
        .filter_map(|e| match e.act {
            Act::FrameFiled { group, .. } => Some(*group.id.as_bytes()),
            _ => None,
        })
        .collect();
    let mut tried: BTreeMap<u8, (usize, usize)> = BTreeMap::new();
    for (n, (key, row)) in store.rows.iter().enumerate() {
        let read = !NOT_READ.contains(&key.kind) && !frames.contains(&key.id);
        // A byte of the head, one of the body, one of the tag: others stand for them, as shown above.
        for at in [n % 66, 66 + n % row.len().saturating_sub(66).max(1)] {
            let mut changed = store.clone();
            let bytes = changed.rows.get_mut(key).unwrap();
            let at = at.min(bytes.len() - 1);
            bytes[at] ^= 1 << (n % 8);
            let refused = room.refusal(&changed).is_some();
            // A holding is read when a label asks for its atom.
            assert!(refused == read || key.kind == HOLDING, "{key:?} at {at}");
            let (all, found) = tried.entry(key.kind).or_default();
            *all += 1;
            *found += usize::from(refused);
        }
    }
    assert_eq!(tried.len(), 14, "every kind of row: {tried:?}");
    let unread =
        |(kind, (_, found)): (&u8, &(usize, usize))| NOT_READ.contains(kind) == (*found == 0);
    assert!(tried.iter().all(unread), "tried and found: {tried:?}");
}

#[test]
fn a_row_that_is_gone_is_missed() {
    let mut room = filled();
    let store = room.store.clone();
    let last = Key::new(LOG, [0; 16], 1);
    for kind in [
        ROOM, EVENT, COMMAND, BUNDLE, HOLDING, KEY_BOX, RECORD_KEY, LAYER_KEY, VALUE, LOG,
    ] {
        let keys: Vec<Key> = store
            .keys(kind)
            .into_iter()
            .filter(|k| *k != last)
            .collect();
        // What the first records need is needed by what is shown.
        let missed = keys
            .iter()
            .filter(|key| {
                let mut changed = store.clone();
                changed.rows.remove(key);
                room.refusal(&changed).is_some()
            })
            .count();
        let frames = match kind {
            // The frames of five files, which nothing reads as yet.
            RECORD_KEY | VALUE => 5,
            // Holdings are opened when a label asks for their atom.
            HOLDING => keys.len() - missed,
            _ => 0,
        };
        assert_eq!(missed, keys.len() - frames, "kind {kind}");
        assert!(missed > 0, "kind {kind}");
    }
}

#[test]
fn rows_do_not_change_places() {
    let mut room = filled();
    let text = [0, 1, 2, 4].map(|n| room.group(n, Holds::Text));
    let header = room.group(2, Holds::Header);
    let other = room.group(4, Holds::Text);
    // As they lie: the outer layer binds each to its place.
    for kind in [VALUE, RECORD_KEY] {
        room.refuses("moved as it lies", "house key at its place", |_, l| {
            l.swap(row(kind, text[2]), row(kind, other));
        });
    }
    // Covered anew for their new places by one who has the house key.
    room.refuses("values exchanged", "other portions", |h, l| {
        h.swap(l, row(VALUE, text[2]), row(VALUE, other));
    });
    room.refuses(
        "values of one record exchanged",
        "other portions",
        |h, l| {
            h.swap(l, row(VALUE, text[2]), row(VALUE, header));
        },
    );
    room.refuses("record keys exchanged", "", |h, l| {
        h.swap(l, row(RECORD_KEY, text[2]), row(RECORD_KEY, other));
    });
    room.refuses(
        "record keys under one box exchanged",
        "portions were sealed",
        |h, l| {
            h.swap(l, row(RECORD_KEY, text[2]), row(RECORD_KEY, header));
        },
    );
    room.refuses("value and record key exchanged", "", |h, l| {
        h.swap(l, row(RECORD_KEY, text[2]), row(RECORD_KEY, other));
        h.swap(l, row(VALUE, text[2]), row(VALUE, other));
    });
    let layers = [0, 1].map(|n| Key::new(LAYER_KEY, text[0], n));
    room.refuses("keys of layers exchanged", "layer", |h, l| {
        h.swap(l, layers[0], layers[1]);
    });
    let boxes = room.store.keys(KEY_BOX);
    room.refuses("boxes exchanged", "box", |h, l| {
        for pair in boxes.chunks_exact(2) {
            h.swap(l, pair[0], pair[1]);
        }
    });
}

#[test]
fn what_was_put_back_from_before_a_restriction_is_not_shown() {
    let mut room = filled();
    let before = room.before.clone();
    let raised = room.group(0, Holds::Text);
    let parted = room.group(1, Holds::Text);
    let slice = room.group(1, Holds::Original);
    let blind = room.group(3, Holds::Header);
    for (what, group) in [("record", raised), ("original", slice), ("blind", blind)] {
        room.refuses(what, "the one that its restriction left", |h, l| {
            h.replay(l, &before, row(VALUE, group));
        });
        room.refuses(what, "the key of a layer", |h, l| {
            h.replay(l, &before, row(VALUE, group));
            h.replay(l, &before, row(LAYER_KEY, group));
        });
    }
    room.refuses("portion", "other portions", |h, l| {
        h.replay(l, &before, row(VALUE, parted));
    });
    // One of two layers taken off by someone who has the value as it was between the two.
    room.refuses("key of the outer layer", "the key of a layer", |_, l| {
        l.rows.remove(&Key::new(LAYER_KEY, raised, 1));
    });
    // All of the record, as it was: the ledger still says what became of it.
    room.refuses("everything but the ledger", "", |h, l| {
        for kind in [VALUE, LAYER_KEY, RECORD_KEY, KEY_BOX] {
            for key in l.keys(kind) {
                h.replay(l, &before, key);
            }
        }
    });
}

#[test]
fn the_ledger_cannot_be_cut_reordered_or_spliced() {
    let mut room = filled();
    let size = room.store.entries.len();
    let first_filed = room.find(|a| matches!(a, Act::Filed(_)));
    room.refuses("cut at its end", "checkpoint", |_, l| {
        l.entries.truncate(size - 1);
    });
    room.refuses("an event removed", "", |_, l| {
        l.entries.remove(first_filed);
    });
    room.refuses("neighbours exchanged", "", |_, l| {
        l.entries.swap(first_filed, first_filed + 1);
    });
    room.refuses("an event twice", "", |_, l| {
        let entry = l.entries[first_filed];
        l.entries.push(entry);
    });
    room.refuses("an entry for another event", "", |_, l| {
        l.entries[first_filed].1 = l.entries[first_filed + 1].1;
    });
    room.refuses("another root", "committed to", |_, l| {
        l.entries[first_filed].0[7] ^= 1;
    });
    room.refuses("another version", "committed to", |_, l| {
        l.entries[first_filed].0[0] ^= 1;
    });
    let [a, b] = [0, 1].map(|n| forge::event_key(room.store.entries[first_filed + n].1));
    room.refuses("events exchanged", "where another should", |h, l| {
        h.swap(l, a, b);
    });
    // Also where no checkpoint tells of it.
    for (what, at) in [("removed", first_filed), ("removed", 0), ("removed", 1)] {
        room.refuses(what, "", |_, l| {
            l.entries.remove(at);
            forge::strip_checkpoint(l);
        });
    }
}

#[test]
fn a_restriction_cannot_be_cut_off_the_ledger() {
    let mut room = filled();
    let restricted = room.find(|a| matches!(a, Act::Restricted { .. }));
    room.refuses("cut before it", "", |_, l| {
        l.entries.truncate(restricted);
        forge::strip_checkpoint(l);
    });
}

#[test]
fn the_rooms_own_row_is_what_the_ledger_says() {
    let mut room = filled();
    let key = Key::new(ROOM, [0; 16], 0);
    let mut other = room.store.clone();
    let id = strongroom_record::RoomId::from_bytes([9; 16]);
    other.rows.insert(key, encode(&(id, Suite::Mock.id())));
    let named = room.must_refuse("another room's id", &other);
    assert!(named.contains("another room"), "{named}");

    // A suite that is accepted here, but is not the one that the founder signed.
    let mut other = room.store.clone();
    let id = room.house.room;
    other.rows.insert(key, encode(&(id, Suite::Cnsa.id())));
    let named = room.must_refuse("another suite", &other);
    assert!(
        named.contains("another suite than its first event"),
        "{named}"
    );

    other.rows.insert(key, encode(&(id, SuiteId::new(999))));
    assert!(matches!(
        reopen_on(&mut room.world, other.disk()),
        Err(OpenError::Suite)
    ));
    other.rows.remove(&key);
    assert!(matches!(
        reopen_on(&mut room.world, other.disk()),
        Err(OpenError::NoRoom)
    ));
}

#[test]
fn signatures_of_commands_are_checked() {
    let mut room = filled();
    let signed = |room: &Filled, index: usize| {
        let event = forge::event_at(&room.house, &room.store, index);
        row(COMMAND, *event.command.unwrap().as_bytes())
    };
    let of = |room: &Filled, fits: fn(&Act) -> bool| signed(room, room.find(fits));
    let keys = [
        of(&room, |a| matches!(a, Act::Founded(_))),
        of(&room, |a| matches!(a, Act::Confirmed { .. })),
        of(&room, |a| matches!(a, Act::LabelKeyMade { .. })),
        of(&room, |a| matches!(a, Act::Filed(_))),
        of(&room, |a| matches!(a, Act::Restricted { .. })),
    ];
    for key in keys {
        room.refuses("another signature", "committed to", |h, l| {
            let mut row: CommandRow = decode(&h.get(l, key)).unwrap();
            row.signature[40] ^= 1;
            h.put(l, key, &encode(&row));
        });
    }
    room.refuses("exchanged", "committed to", |h, l| {
        h.swap(l, keys[3], keys[4]);
    });
    // With entries that fit: then it is the signature that does not.
    let mine = PersonKeys::random(Suite::Mock, &mut Stream::from_seed([3; 32]));
    for fits in [
        (|a| matches!(a, Act::Founded(_))) as fn(&Act) -> bool,
        |a| matches!(a, Act::Confirmed { .. }),
        |a| matches!(a, Act::LabelKeyMade { .. }),
        |a| matches!(a, Act::Filed(_)),
        |a| matches!(a, Act::Restricted { .. }),
    ] {
        let at = room.find(fits);
        room.refuses("signed by another", "signature does not fit", |h, l| {
            forge::sign_again(h, l, at, &mine);
        });
    }
}

#[test]
fn an_act_that_must_be_signed_is_not_believed_without_a_signature() {
    let mut room = filled();
    for fits in [
        (|a| matches!(a, Act::Confirmed { .. })) as fn(&Act) -> bool,
        |a| matches!(a, Act::ClearanceSealed { .. }),
        |a| matches!(a, Act::LabelKeyMade { .. }),
        |a| matches!(a, Act::Filed(_)),
        |a| matches!(a, Act::Restricted { .. }),
    ] {
        let at = room.find(fits);
        room.refuses("signature removed", "signed", |h, l| {
            let mut event = forge::event_at(h, l, at);
            event.command = None;
            forge::replace(h, l, at, &event);
        });
    }
    // A restriction that the records officer never made, at the end of the ledger.
    let at = room.find(|a| matches!(a, Act::Restricted { .. }));
    let record = room.records[4];
    room.refuses("an act in another's name", "signed", |h, l| {
        let mut event = forge::event_at(h, l, at);
        let Act::Restricted { given, .. } = event.act else {
            unreachable!()
        };
        event.act = Act::Restricted {
            record,
            groups: Vec::new(),
            given,
        };
        event.at = forge::event_at(h, l, l.entries.len() - 1).at;
        event.id = EventId::from_bytes([8; 16]);
        event.command = None;
        event.request = None;
        event.sealed.clear();
        forge::append(h, l, &event);
    });
}

#[test]
fn a_public_key_that_was_swapped_is_refused() {
    let mut room = filled();
    let mut dice = Stream::from_seed([4; 32]);
    let mine = PersonKeys::random(Suite::Mock, &mut dice);
    let public = encode(&mine.public());
    let swap = |event: &mut StoredEvent| match &mut event.act {
        Act::Joined { keys, .. } | Act::Confirmed { keys, .. } => *keys = public.clone().into(),
        Act::Founded(genesis) => genesis.founder_keys = public.clone().into(),
        other => unreachable!("{other:?}"),
    };
    let joined = room.find(|a| matches!(a, Act::Joined { .. }));
    let confirmed = room.find(|a| matches!(a, Act::Confirmed { .. }));
    // In the row alone.
    for at in [0, joined, confirmed] {
        room.refuses("a person's key in its row", "committed to", |h, l| {
            let mut event = forge::event_at(h, l, at);
            swap(&mut event);
            let key = forge::event_key(l.entries[at].1);
            h.put(l, key, &encode(&event));
        });
    }
    // In row and entry: then the officer's signature is missing.
    room.refuses(
        "the key that was offered",
        "not those that were offered",
        |h, l| {
            let mut event = forge::event_at(h, l, joined);
            swap(&mut event);
            forge::replace(h, l, joined, &event);
        },
    );
    room.refuses("the key that was confirmed", "signature", |h, l| {
        for at in [joined, confirmed] {
            let mut event = forge::event_at(h, l, at);
            swap(&mut event);
            forge::replace(h, l, at, &event);
        }
    });
    // An atom's key: what is sealed to it from then on would be the thief's.
    let made = room.find(|a| matches!(a, Act::AtomMade(_)));
    let (forged, _) = atom::make(
        Suite::Mock,
        strongroom_record::AtomId::from_bytes([5; 16]),
        AtomRole::Inspectors,
        2,
        &mut dice,
    );
    for entry_too in [false, true] {
        let words = match entry_too {
            true => "signature does not fit",
            false => "committed to",
        };
        room.refuses("an atom's key", words, |h, l| {
            let mut event = forge::event_at(h, l, made);
            let Act::AtomMade(born) = &mut event.act else {
                unreachable!()
            };
            let mut public: AtomPublic = decode(&born.public).unwrap();
            public.key = forged.key.clone();
            born.public = encode(&public).into();
            if entry_too {
                forge::replace(h, l, made, &event);
            } else {
                h.put(l, forge::event_key(*event.id.as_bytes()), &encode(&event));
            }
        });
    }
    // An atom made later by someone other than the founder.
    room.refuses("an atom of a new epoch", "signed", |h, l| {
        let mut event = forge::event_at(h, l, made);
        let Act::AtomMade(born) = &mut event.act else {
            unreachable!()
        };
        let mut public: AtomPublic = decode(&born.public).unwrap();
        public.id = forged.id;
        public.epoch = 2;
        public.key = forged.key.clone();
        born.public = encode(&public).into();
        born.holdings.clear();
        event.id = EventId::from_bytes([7; 16]);
        event.at = forge::event_at(h, l, l.entries.len() - 1).at;
        event.command = None;
        forge::append(h, l, &event);
    });
}

#[test]
fn a_room_of_another_founder_is_not_taken_for_ones_own() {
    // The forger makes himself the founder and signs all that the founder signed; the others'
    // bundles still name the first event as it was.
    let mut room = filled();
    let mine = PersonKeys::random(Suite::Mock, &mut Stream::from_seed([6; 32]));
    let mut changed = room.store.clone();
    let mut genesis = forge::event_at(&room.house, &changed, 0);
    let Act::Founded(facts) = &mut genesis.act else {
        unreachable!()
    };
    let founder = facts.founder;
    facts.founder_keys = encode(&mine.public()).into();
    forge::replace(&room.house, &mut changed, 0, &genesis);
    let mut commands = BTreeSet::new();
    for (at, event) in forge::events(&room.house, &changed).iter().enumerate() {
        if event.actor == Some(founder)
            && let Some(command) = event.command
            && commands.insert(command)
        {
            forge::sign_again(&room.house, &mut changed, at, &mine);
        }
    }
    reopen_on(&mut room.world, changed.disk()).expect("a ledger without a flaw");
    for name in EVERYBODY {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: common::PASSPHRASE.to_owned(),
        };
        let refused = room.world.guard().sign_in(&ask, common::PEER).unwrap_err();
        assert_eq!(refused.code, strongroom_guard::Code::SignInFailed, "{name}");
    }
}

#[test]
fn a_bundle_of_other_keys_opens_no_session() {
    let mut room = filled();
    let place = bundle_of(&room.house, &room.store, "alice");
    let facts = {
        let bundle: Bundle = decode(&room.house.get(&room.store, place)).unwrap();
        let known = Passphrase::new(common::PASSPHRASE).unwrap();
        bundle.unwrap(room.house.floor, &known).ok().unwrap().1
    };
    let mut dice = Stream::from_seed([8; 32]);
    let mine = PersonKeys::random(Suite::Mock, &mut dice);
    let passphrase = Passphrase::new(common::PASSPHRASE).unwrap();
    let bundle = Bundle::wrap(&mine, &facts, &passphrase, &mut dice);
    room.refuses(
        "one's own keys in her bundle",
        "name or passphrase",
        |h, l| {
            h.put(l, place, &encode(&bundle));
        },
    );
    let chief = bundle_of(&room.house, &room.store, "chief");
    room.refuses(
        "the founder's bundle for hers",
        "name or passphrase",
        |h, l| {
            let other = h.get(l, chief);
            h.put(l, place, &other);
        },
    );
}

#[test]
fn a_holding_of_another_atom_or_person_is_refused() {
    let mut room = filled();
    let of = |room: &Filled, name: &str| {
        let keys = keys_of(&room.world, &room.store, name);
        let mine = |key: &Key| {
            let holding: Holding = decode(&room.house.get(&room.store, *key)).unwrap();
            let room = room.house.room;
            holding
                .open(strongroom_seal::SuiteFloor::at(Suite::Mock), room, &keys)
                .is_ok()
        };
        let all = room.store.keys(HOLDING);
        all.into_iter().filter(mine).collect::<Vec<Key>>()
    };
    let alice = of(&room, "alice");
    assert_eq!(alice.len(), 2, "Open and Secret");
    room.refuses("two of hers exchanged", "holding", |h, l| {
        h.swap(l, alice[0], alice[1]);
    });
    let founders = of(&room, "chief");
    room.refuses("another person's for hers", "holding", |h, l| {
        for (place, other) in alice.iter().zip(&founders) {
            h.swap(l, *place, *other);
        }
    });
    // Someone's own atom, properly sealed to her: what she then seals to others would be his.
    let mut dice = Stream::from_seed([2; 32]);
    room.refuses("a forged atom", "holding", |h, l| {
        for place in &alice {
            let known: Holding = decode(&h.get(l, *place)).unwrap();
            let (_, private) = atom::make(
                Suite::Mock,
                known.atom,
                AtomRole::Quorum,
                known.epoch,
                &mut dice,
            );
            let alice = person_key(h, l, known.person);
            let forged = Holding::seal(
                h.room,
                &private,
                known.id,
                (known.person, alice.kem()),
                known.event,
                &mut dice,
            );
            h.put(l, *place, &encode(&forged.unwrap()));
        }
    });
}

fn person_key(house: &House, loot: &Loot, person: PersonId) -> PersonPublic {
    let keys = forge::events(house, loot)
        .into_iter()
        .find_map(|e| match e.act {
            Act::Joined {
                person: p, keys, ..
            } if p == person => Some(keys),
            _ => None,
        });
    decode(&keys.unwrap()).unwrap()
}

/// A box that anyone with the house key can make: it takes public keys alone, and its maker keeps the key.
fn own_box(house: &House, loot: &Loot, id: BoxId, label: Label) -> (KeyBox, BoxKey) {
    let atoms: Vec<AtomPublic> = forge::events(house, loot)
        .iter()
        .filter_map(|e| match &e.act {
            Act::AtomMade(born) => Some(decode(&born.public).unwrap()),
            _ => None,
        })
        .collect();
    let role = |role: AtomRole| atoms.iter().find(move |a| a.name == role);
    let mut dice = Stream::from_seed([1; 32]);
    let made = KeyBox::make(
        Suite::Mock,
        house.room,
        id,
        label,
        Purpose::LabelKey,
        |name| role(AtomRole::Label(name.clone())),
        role(AtomRole::Quorum).unwrap(),
        &mut dice,
    );
    made.unwrap()
}

/// The box of the label's key that was made first.
fn label_box(room: &Filled) -> (BoxId, Label) {
    let at = room.find(|a| matches!(a, Act::LabelKeyMade { .. }));
    match forge::event_at(&room.house, &room.store, at).act {
        Act::LabelKeyMade { key_box, label, .. } => (key_box, label),
        _ => unreachable!(),
    }
}

#[test]
fn nothing_is_filed_under_a_box_that_someone_put_in_the_place_of_a_labels() {
    let mut room = filled();
    let (id, label) = label_box(&room);
    let policy = small::policy();
    let lower = policy.parse_marking("Open").unwrap();
    let higher = policy.parse_marking("Top Secret").unwrap();
    for label in [label, lower, higher] {
        let mut changed = room.store.clone();
        let (forged, _) = own_box(&room.house, &changed, id, label.clone());
        room.house
            .put(&mut changed, row(KEY_BOX, *id.as_bytes()), &encode(&forged));
        // Nothing was read yet: the first act is to file under the label.
        reopen_on(&mut room.world, changed.disk()).unwrap();
        room.world.sign_in("chief");
        let filed = room.world.try_file(
            "chief",
            "new.txt",
            b"A new note\n\nNew words.\n",
            Some("Secret"),
            99,
        );
        let refused = filed.expect_err("filed under a forged box");
        assert_eq!(refused.code, strongroom_guard::Code::Closed, "{label:?}");
        assert!(refused.message.contains("box"), "{}", refused.message);
        let named = room.must_refuse("a forged box", &changed);
        assert!(named.contains("box"), "{named}");
    }
}

#[test]
fn an_older_checkpoint_or_none_is_taken_and_a_newer_one_is_not() {
    // The head is the ledger's own word about itself. That it was cut together with its head is found
    // against heads kept outside the room.
    let mut room = filled();
    let key = Key::new(LOG, [0; 16], 1);
    let mut stripped = room.store.clone();
    forge::strip_checkpoint(&mut stripped);
    assert_eq!(room.refusal(&stripped), None);
    room.refuses("garbage for a checkpoint", "checkpoint", |h, l| {
        h.put(l, key, b"no checkpoint\n");
    });
    // A room with the same keys that went on further signed a head that this one has not reached.
    reopen_on(&mut room.world, room.store.disk()).unwrap();
    room.world.sign_in("chief");
    let _ = room.world.list("chief");
    room.world.guard().tick();
    let ahead = take(&room.world);
    assert_ne!(ahead.rows[&key], room.store.rows[&key]);
    room.refuses("a head of the future", "checkpoint", |_, l| {
        l.rows.insert(key, ahead.rows[&key].clone());
    });
    let mut behind = ahead.clone();
    behind.rows.insert(key, room.store.rows[&key].clone());
    assert_eq!(room.refusal(&behind), None);
}

#[test]
fn a_room_that_closed_on_what_it_found_stays_closed_and_says_why() {
    let mut room = filled();
    let text = room.group(2, Holds::Text);
    let mut changed = room.store.clone();
    changed.rows.remove(&row(VALUE, text));
    reopen_on(&mut room.world, changed.disk()).unwrap();
    room.world.sign_in("alice");
    let id = room.records[2].to_string();
    let read = Request::Read(ReadQuery {
        record: id.clone(),
        original: false,
        ..ReadQuery::default()
    });
    let refused = room.world.refused("alice", read.clone());
    assert_eq!(refused.code, strongroom_guard::Code::Closed);
    assert!(refused.message.contains("lacks a stored value"));
    let status = room.world.guard().status();
    assert_eq!(status.state, "closed");
    assert!(status.because.unwrap().contains("lacks a stored value"));
    room.world.guard().tick();
    for request in [read, restriction(&id, "Top Secret", &[]), Request::WhoAmI] {
        let refused = room.world.refused("alice", request);
        assert_eq!(refused.code, strongroom_guard::Code::Closed);
    }
}

#[test]
fn words_of_ones_own_are_not_shown_in_the_place_of_what_was_filed() {
    use strongroom_record::portion::{Content, TextPortion};
    use strongroom_record::{Portion, PortionKind};
    const FORGED: &str = "What the forger would have it say.";
    use strongroom_seal::{
        LabelDigest, PortionBinding, RecordKey, WrapBinding, domain, seal_portion,
    };
    let mut room = filled();
    let mut changed = room.store.clone();
    let filed = forge::events(&room.house, &changed)
        .into_iter()
        .find_map(|e| match e.act {
            Act::Filed(f) if f.record == room.records[4] => Some((e.id, f)),
            _ => None,
        });
    let (event, filed) = filed.unwrap();
    // A box, record keys and portions, made of public keys and what the house key opens.
    let mut dice = Stream::from_seed([12; 32]);
    let house = &room.house;
    let (id, label) = (filed.groups[0].key_box, filed.groups[0].label.clone());
    let (forged, under) = own_box(house, &changed, id, label.clone());
    house.put(&mut changed, row(KEY_BOX, *id.as_bytes()), &encode(&forged));
    let filing = LabelDigest::of(&label);
    for group in &filed.groups {
        let key = RecordKey::random(Suite::Mock, &mut dice);
        let wrap = WrapBinding {
            room: house.room,
            record: filed.record,
            group: group.id,
            filing,
            present: filing,
            event,
            key_box: id,
        };
        let portions = (10u32..).zip(&group.portions).map(|(order, portion)| {
            let words = Portion {
                order,
                salt: [0; 32],
                content: Content::Text(TextPortion::new(PortionKind::Paragraph, FORGED.to_owned())),
            };
            let binding = PortionBinding {
                room: house.room,
                record: filed.record,
                version: 1,
                portion: *portion,
                filing,
            };
            let sealed = seal_portion(Suite::Mock, &key, &binding, &encode(&words), &mut dice);
            (*portion, sealed.into())
        });
        let value = thief::SealedPortions(portions.collect());
        let digest = |bytes: &[u8]| strongroom_seal::digest(domain::SEALED_DIGEST, &[bytes]);
        let seals = value.0.iter().map(|(id, bytes)| (*id, digest(bytes)));
        let seals = seals.collect();
        let wrapped = thief::GroupKey {
            key_box: id,
            slot: None,
            wrapped: key.wrap(&under, &wrap, &mut dice).into(),
            seals,
        };
        let group = *group.id.as_bytes();
        house.put(&mut changed, row(RECORD_KEY, group), &encode(&wrapped));
        house.put(&mut changed, row(VALUE, group), &encode(&value));
    }
    reopen_on(&mut room.world, changed.disk()).unwrap();
    room.world.sign_in("alice");
    let query = ReadQuery {
        record: filed.record.to_string(),
        original: false,
        ..ReadQuery::default()
    };
    let refused = room.world.refused("alice", Request::Read(query));
    assert_eq!(refused.code, strongroom_guard::Code::Closed);
}
