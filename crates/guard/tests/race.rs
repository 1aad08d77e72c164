//! Threads at once: readings, a restriction, and sign-outs; and a disk that fails under them.
//!
//! The order that counts is the ledger's: what was read stands before what took it away.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use common::{PASSPHRASE, PEER, World, restriction};
use loot::{House, Loot};
use strongroom_guard::api::*;
use strongroom_guard::{Code, Guard, Refusal, Token};
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::{EventId, PortionId, SessionId};
use strongroom_seal::Suite;
use strongroom_vault::testing::{Fault, Loss};

const READERS: usize = 8;
const SESSIONS: usize = 32;
const TEXT: &str = "A heading\n\nWhat stays.\n\nWhat rises.\n\nWhat stays as well.\n";
const RISES: &str = "What rises.";

/// A view that a thread was given.
struct Given {
    copy: EventId,
    portions: Vec<PortionId>,
    saw_what_rises: bool,
}

impl Given {
    fn of(json: &[u8]) -> Self {
        let shown: Shown = serde_json::from_slice(json).unwrap();
        Self {
            copy: shown.copy.parse().unwrap(),
            portions: shown
                .portions
                .iter()
                .map(|p| p.id.parse().unwrap())
                .collect(),
            saw_what_rises: shown.portions.iter().any(|p| p.text == RISES),
        }
    }
}

/// A room with a record, and sessions of readers who may read all of it.
fn room(seed: u64) -> (World, String, Vec<Token>) {
    let mut room = small::room(seed, Suite::Mock);
    let mut tokens = Vec::new();
    for n in 0..READERS {
        let name = format!("reader-{n}");
        room.add_person(&name, &["reader"], "at-most Secret");
        tokens.push(room.tokens[&name].clone());
        for _ in 1..SESSIONS / READERS {
            room.sign_in(&name);
            tokens.push(room.tokens[&name].clone());
        }
    }
    let filed = room.file_text("chief", TEXT, "Secret", 1);
    let id = filed.records[0].record.clone();
    (room, id, tokens)
}

fn read(guard: &Guard, token: &Token, id: &str) -> Result<Given, Refusal> {
    let query = ReadQuery {
        record: id.to_owned(),
        original: false,
        ..ReadQuery::default()
    };
    let copy = guard.call(token, PEER, &Request::Read(query))?;
    Ok(Given::of(copy.json()))
}

/// The durable ledger, as a crash would leave it: events by id, each with its index.
struct Ledger(BTreeMap<EventId, (usize, StoredEvent)>);

impl Ledger {
    fn of(room: &World) -> Self {
        let store = Loot::of(&room.disk.after_crash(Loss::All));
        let house: House = small::house(room, &store);
        let events = forge::events(&house, &store).into_iter().enumerate();
        Self(events.map(|(at, e)| (e.id, (at, e))).collect())
    }

    fn in_order(&self) -> Vec<&StoredEvent> {
        let mut all: Vec<_> = self.0.values().collect();
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, e)| e).collect()
    }

    /// The place of a view's event, which must name what the view showed.
    fn place_of(&self, given: &Given) -> usize {
        let (at, event) = &self.0[&given.copy];
        let Act::Opened { portions, .. } = &event.act else {
            panic!("{:?}", event.act)
        };
        assert!(given.portions.iter().all(|p| portions.contains(p)));
        *at
    }
}

#[test]
fn readings_stand_before_what_takes_them_away() {
    let (room, id, tokens) = room(21);
    let guard = room.guard();
    let chief = &room.tokens["chief"];
    let ask = |request: &Request| guard.call(chief, PEER, request).map(|_| ());
    let rounds = AtomicUsize::new(0);
    let wait_for = |more: usize| {
        let until = rounds.load(Ordering::SeqCst) + more;
        while rounds.load(Ordering::SeqCst) < until {
            thread::yield_now();
        }
    };
    let signed_out: Vec<AtomicBool> = tokens.iter().map(|_| AtomicBool::new(false)).collect();
    let given: Vec<(Vec<Given>, Code)> = thread::scope(|scope| {
        let reading = |n: usize| {
            let (tokens, id, rounds, out) = (&tokens, &id, &rounds, &signed_out);
            scope.spawn(move || {
                let mut given = Vec::new();
                loop {
                    let known_out = out[n].load(Ordering::SeqCst);
                    let answer = read(guard, &tokens[n], id);
                    rounds.fetch_add(1, Ordering::SeqCst);
                    match answer {
                        Ok(view) => {
                            assert!(!known_out, "a token worked after its sign-out");
                            given.push(view);
                        }
                        Err(refused) => return (given, refused.code),
                    }
                }
            })
        };
        let threads: Vec<_> = (0..tokens.len()).map(reading).collect();
        wait_for(2 * SESSIONS);
        read(guard, chief, &id).unwrap();
        ask(&restriction(&id, "Top Secret", &["2"])).unwrap();
        wait_for(2 * SESSIONS);
        for n in (0..tokens.len()).step_by(2) {
            guard.call(&tokens[n], PEER, &Request::SignOut).unwrap();
            signed_out[n].store(true, Ordering::SeqCst);
        }
        wait_for(SESSIONS);
        ask(&restriction(&id, "Top Secret", &[])).unwrap();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });

    let ledger = Ledger::of(&room);
    let order = ledger.in_order();
    let rises: Vec<usize> = order
        .iter()
        .enumerate()
        .filter(|(_, e)| matches!(e.act, Act::Restricted { .. }))
        .map(|(at, _)| at)
        .collect();
    let [portion_rises, record_rises] = rises[..] else {
        panic!("{rises:?}")
    };
    let Act::Restricted { groups, .. } = &order[portion_rises].act else {
        unreachable!()
    };
    let raised: Vec<PortionId> = groups.iter().flat_map(|g| g.portions.clone()).collect();
    assert_eq!(raised.len(), 1);

    let chiefs = order[0].actor;
    let mut out: BTreeMap<SessionId, usize> = BTreeMap::new();
    for (at, event) in order.iter().enumerate() {
        let session = event.session;
        match &event.act {
            Act::SignedOut => {
                out.insert(session.unwrap(), at);
            }
            Act::Opened { portions, .. } if event.actor != chiefs => {
                assert!(at < record_rises, "opened after the record had risen");
                let high = portions.iter().any(|p| raised.contains(p));
                assert!(!high || at < portion_rises, "opened after it had risen");
                assert!(
                    !out.contains_key(&session.unwrap()),
                    "opened after sign-out"
                );
            }
            _ => {}
        }
    }
    assert_eq!(out.len(), SESSIONS / 2);
    let mut both = [0, 0];
    for (n, (views, end)) in given.iter().enumerate() {
        // Those signed out find their session gone, the others the record.
        let expected = [Code::NotSignedIn, Code::NotFound][n % 2];
        assert_eq!(*end, expected, "session {n}");
        for view in views {
            let at = ledger.place_of(view);
            assert_eq!(
                view.saw_what_rises,
                at < portion_rises,
                "text and ledger agree"
            );
            both[usize::from(view.saw_what_rises)] += 1;
        }
    }
    assert!(
        both[0] >= SESSIONS && both[1] >= SESSIONS,
        "both were tried: {both:?}"
    );
    // Who is still signed in has a receipt for each view.
    let mine = Request::Receipt(ReceiptQuery::default());
    let receipts = guard.call(&tokens[1], PEER, &mine).unwrap();
    let receipts: Receipts = serde_json::from_slice(receipts.json()).unwrap();
    for view in &given[1].0 {
        let copy = view.copy.to_string();
        assert!(
            receipts
                .receipts
                .iter()
                .any(|r| r.id == copy && r.what == "opened")
        );
    }
    let checked: LedgerChecked = room.get("chief", Request::LedgerCheck);
    assert_eq!(checked.entries, order.len() as u64);
}

#[test]
fn no_text_without_its_event_when_the_disk_fails() {
    for (seed, fault) in [
        (31, Fault::Syncs),
        (32, Fault::Writes),
        (33, Fault::PowerLost),
    ] {
        let (mut room, id, tokens) = room(seed);
        let guard = room.guard();
        let views = AtomicUsize::new(0);
        let given: Vec<(Vec<Given>, Refusal)> = thread::scope(|scope| {
            let reading = |token| {
                let (views, id) = (&views, &id);
                scope.spawn(move || {
                    let mut given = Vec::new();
                    loop {
                        match read(guard, token, id) {
                            Ok(view) => given.push(view),
                            Err(refused) => return (given, refused),
                        }
                        views.fetch_add(1, Ordering::SeqCst);
                    }
                })
            };
            let threads: Vec<_> = tokens.iter().map(reading).collect();
            while views.load(Ordering::SeqCst) < 3 * SESSIONS {
                thread::yield_now();
            }
            room.disk.fail_now(fault);
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(given.iter().all(|(_, end)| end.code == Code::Closed));
        assert_eq!(guard.status().state, "closed");
        // What the disk holds for certain has the event of every view that anyone was given.
        let ledger = Ledger::of(&room);
        let seen: usize = given.iter().map(|(views, _)| views.len()).sum();
        assert!(seen >= 3 * SESSIONS);
        for view in given.iter().flat_map(|(views, _)| views) {
            ledger.place_of(view);
        }
        // While the disk fails nobody gets in; when it works again the room reopens by itself.
        guard.tick();
        assert_eq!(guard.status().state, "closed");
        room.disk.heal();
        guard.tick();
        assert_eq!(guard.status().state, "open", "{:?}", guard.status().because);
        assert!(read(guard, &tokens[0], &id).unwrap().saw_what_rises);
        let checked: LedgerChecked = room.get("chief", Request::LedgerCheck);
        assert!(checked.entries as usize >= ledger.0.len());
        room.sign_in("chief");
    }
}

#[test]
fn people_come_and_go_while_others_file_and_read() {
    let (room, id, tokens) = room(41);
    let guard = room.guard();
    let signing_in = SignIn {
        name: "reader-0".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    thread::scope(|scope| {
        for token in &tokens[4..12] {
            let id = &id;
            scope.spawn(move || {
                for _ in 0..8 {
                    read(guard, token, id).unwrap();
                    guard
                        .call(token, PEER, &Request::List(ListQuery::default()))
                        .unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let signed = guard.sign_in(&signing_in, PEER).unwrap();
                    let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
                    let token = Token::presented(&signed.token);
                    guard.call(&token, PEER, &Request::SignOut).unwrap();
                    let after = guard.call(&token, PEER, &Request::WhoAmI).unwrap_err();
                    assert_eq!(after.code, Code::NotSignedIn);
                }
            });
        }
        for n in 0..4 {
            let room = &room;
            scope.spawn(move || {
                room.file_text("chief", TEXT, "Secret", 100 + n);
            });
        }
    });
    assert_eq!(room.list("chief").readable, 5);
    let _: LedgerChecked = room.get("chief", Request::LedgerCheck);
}

/// A client that was killed and the next that asks again: what the first asked for may still be under way.
#[test]
fn what_is_asked_for_twice_at_once_is_filed_once() {
    const ROUNDS: u64 = 16;
    let (room, ..) = room(43);
    for n in 0..ROUNDS {
        let once = thread::scope(|scope| {
            let file = || room.file_text("chief", TEXT, "Secret", 500 + n);
            let both = [scope.spawn(file), scope.spawn(file)];
            both.map(|done| done.join().unwrap().records[0].record.clone())
        });
        assert_eq!(once[0], once[1], "both are told of the one record");
    }
    assert_eq!(room.list("chief").readable, 1 + ROUNDS as usize);
}
