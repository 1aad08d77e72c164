//! Recovering keys: what the key holders give back, to whom, and that it is one thing and no other.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/holders.rs"]
mod holders;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::{BTreeMap, BTreeSet};

use common::{PASSPHRASE, PEER, World};
use data_encoding::BASE64;
use holders::{
    another, answer, atom_for, bring, challenge, give, holder_asks, holders as make, officer_asks,
    person, proof, request, requests, room_id, say, spoiled,
};
use loot::GIVEN;
use small::{house, loot as take, reopen_on, thief};
use strongroom_guard::Code;
use strongroom_guard::api::*;
use strongroom_guard::limits::{CHALLENGE_LASTS, RECOVERY_LASTS, SESSION_LASTS};
use strongroom_guard::recovery::claims::{Claim, Wanted};
use strongroom_record::event::Act;
use strongroom_record::recovery::AskedFor;
use strongroom_record::{Entropy, SeededEntropy, Stream, decode, encode};
use strongroom_seal::{AskedShares, GivenShares, HouseShares, KeyHolder, Suite, SuiteFloor};
use thief::found;

const SECRET: &str = "What is filed as secret.";
const NODIS: &str = "What is filed for the few.";
const ALL: [&str; 2] = [SECRET, NODIS];

/// A room with a record for each of two atoms.
fn room(suite: Suite, count: usize, quorum: u8) -> (World, Vec<KeyHolder>) {
    let holders = make(suite, count);
    // Rooms of one seed have one id, and the keys that a test remembers go by that.
    let seed = if suite == Suite::Mock { 7 } else { 8 };
    let room = holders::room(seed, suite, &holders, quorum);
    for (n, (words, marking)) in (0..).zip([(SECRET, "Secret"), (NODIS, "Open; Nodis")]) {
        room.file_text("chief", &format!("A heading\n\n{words}\n"), marking, n);
    }
    (room, holders)
}

fn both_suites(test: impl Fn(World, Vec<KeyHolder>)) {
    for suite in [Suite::Mock, Suite::Cnsa] {
        let (room, holders) = room(suite, 3, 2);
        test(room, holders);
    }
}

fn read(room: &World, name: &str) -> BTreeSet<&'static str> {
    let rows = room.list(name).records;
    let words: Vec<Vec<u8>> = rows
        .iter()
        .flat_map(|row| room.read(name, &row.id).portions)
        .map(|portion| portion.text.into_bytes())
        .collect();
    found(&words, &ALL)
}

fn set(words: &[&'static str]) -> BTreeSet<&'static str> {
    words.iter().copied().collect()
}

fn acts(room: &World) -> Vec<Act> {
    let store = take(room);
    let events = forge::events(&house(room, &store), &store);
    events.into_iter().map(|e| e.act).collect()
}

/// Everything stored is what the ledger says, and nothing else is stored.
#[track_caller]
fn assert_sound(room: &World) {
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    let copy = room
        .guard()
        .check(PEER, PEER, &CheckAsk::default(), &mut go_on)
        .unwrap();
    let checked: Checked = serde_json::from_slice(copy.json()).unwrap();
    assert!(checked.is_sound(), "{checked:#?}");
}

fn given_rows(room: &World) -> usize {
    take(room).keys(GIVEN).len()
}

fn list(room: &World, name: &str) -> Vec<RecoverRow> {
    room.get::<RecoverList>(name, Request::RecoverList)
        .recoveries
}

// --- An atom for a person ---

#[test]
fn an_atom_is_given_to_one_person_and_opens_that_and_no_other() {
    both_suites(|mut room, holders| {
        room.add_person("alice", &["reader"], "Open");
        let _: AtomTurned = room.get(
            "chief",
            Request::AtomTurn(AtomTurn {
                atom: "Secret".to_owned(),
                request: None,
            }),
        );
        let asked = officer_asks(&room, "chief", atom_for("Secret", "alice"));
        assert_eq!((asked.needed, asked.of), (2, 3));
        assert!(asked.code.is_none());
        let (request, words) = request(&room, &holders[0], &asked.recovery).unwrap();
        let AskedFor::Atom {
            atom,
            person,
            fingerprint,
        } = words.what
        else {
            panic!("{words:?}");
        };
        assert_eq!((atom.as_str(), person.as_str()), ("Secret", "alice"));
        assert_eq!(words.by.as_deref(), Some("chief"));
        let keys = small::keys_of(&room, &take(&room), "alice");
        assert_eq!(fingerprint, keys.public().fingerprint().to_string());
        // Both epochs of it, and nothing else.
        let AskedShares::Atoms(shares) = &request.shares else {
            panic!("shares of atoms");
        };
        assert_eq!(
            shares
                .iter()
                .map(|s| s.facts.subject.epoch)
                .collect::<Vec<_>>(),
            [1, 2]
        );

        let first = give(&room, &holders[0], &asked.recovery);
        assert_eq!((first.waiting.given, first.did), (1, None));
        assert!(read(&room, "alice").is_empty());
        assert_eq!(list(&room, "chief")[0].given, 1);
        let second = give(&room, &holders[2], &asked.recovery);
        assert!(second.did.unwrap().contains("alice holds it"));
        assert_sound(&room);
        // At once, in the session that is open; and by the keys alone.
        assert_eq!(read(&room, "alice"), set(&[SECRET]));
        let store = take(&room);
        let opened = thief(&room, &store, &["alice"]).open_all(&store);
        assert_eq!(found(&opened, &ALL), set(&[SECRET]));
        assert_eq!(given_rows(&room), 0, "what was given is gone");
        assert!(list(&room, "chief").is_empty() && requests(&room, &holders[1]).is_empty());
        // The same from the ledger alone.
        room.reopen();
        room.sign_in("alice");
        assert_eq!(read(&room, "alice"), set(&[SECRET]));
    });
}

#[test]
fn what_was_given_waits_for_the_persons_next_session() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let asked = officer_asks(&room, "chief", atom_for("Nodis", "alice"));
    room.reopen();
    for holder in &holders[..2] {
        let gave = give(&room, holder, &asked.recovery);
        assert!(gave.did.is_none_or(|did| did.contains("next sign-in")));
    }
    // What was given is in the kept state, too, and a check names no row of it as orphaned.
    room.guard().keep_state().unwrap();
    room.reopen();
    assert_eq!(given_rows(&room), 2);
    assert_sound(&room);
    // A thief with disk, house key and the officer's keys finds nothing in what was given; with the keys of who
    // it was given to, just that.
    let store = take(&room);
    let signed = room.sign_in("alice");
    assert!(
        signed.notices.iter().any(|n| n.contains("gave you back")),
        "{signed:?}",
        signed = signed.notices
    );
    assert_eq!(read(&room, "alice"), set(&[NODIS]));
    let alice = small::keys_of(&room, &take(&room), "alice");
    let mut opens = BTreeSet::new();
    let key = house(&room, &store);
    for row in store.keys(GIVEN) {
        let given: Vec<strongroom_seal::GivenShare> = decode(&key.get(&store, row)).unwrap();
        for share in given {
            let taken = share.take(
                room.env.floor,
                room_id(&room),
                asked.recovery.parse().unwrap(),
                &alice.kem,
            );
            assert!(taken.is_ok());
            opens.insert(share.facts.subject.atom);
        }
    }
    assert_eq!(opens.len(), 1, "shares of the one atom that was asked for");
}

#[test]
fn nobody_gives_for_another_or_twice_or_something_else() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let secret = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
    let nodis = officer_asks(&room, "chief", atom_for("Nodis", "alice")).recovery;
    // The same key holder twice counts once.
    for _ in 0..3 {
        assert_eq!(give(&room, &holders[0], &secret).waiting.given, 1);
    }
    assert_eq!(given_rows(&room), 1);
    let code = |answer: &strongroom_seal::ShareAnswer| bring(&room, answer).unwrap_err().code;
    // What was given for one recovery, brought for another.
    let mut moved = answer(&room, &holders[1], &secret);
    moved.giving.recovery = nodis.parse().unwrap();
    assert_eq!(code(&moved), Code::Conflict);
    // Shares of the one with the signature for the other.
    let mut mixed = answer(&room, &holders[1], &nodis);
    mixed.shares = answer(&room, &holders[1], &secret).shares;
    assert_eq!(code(&mixed), Code::Conflict);
    // Another's signature, none of the shares, those of a stranger.
    let mut signed = answer(&room, &holders[1], &secret);
    signed.signature = answer(&room, &holders[2], &secret).signature;
    assert_eq!(code(&signed), Code::Conflict);
    let mut none = answer(&room, &holders[1], &secret);
    none.shares = GivenShares::Atoms(Vec::new());
    assert_eq!(code(&none), Code::Conflict);
    let mut foreign = answer(&room, &holders[1], &secret);
    foreign.holder = another(Suite::Mock, "mallory", 9).card().id();
    assert_eq!(code(&foreign), Code::NotFound);
    for junk in ["", "!", "AAAA", "oQ=="] {
        let junk = HolderRequest::Give(HolderGive {
            answer: junk.to_owned(),
        });
        assert_eq!(
            say::<HolderGave>(&room, &junk).unwrap_err().code,
            Code::Invalid
        );
    }
    assert!(read(&room, "alice").is_empty());
    // After all that, the good ones count.
    give(&room, &holders[1], &secret);
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
}

#[test]
fn a_share_that_does_not_open_is_named_and_another_key_holder_makes_up_for_it() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let asked = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
    let wrong = spoiled(&room, &holders[0], &asked);
    // Spoiled by somebody on the way, it is not what the key holder signed.
    let mut exchanged = answer(&room, &holders[0], &asked);
    exchanged.shares = wrong.shares.clone();
    assert_eq!(bring(&room, &exchanged).unwrap_err().code, Code::Conflict);
    // By the key holder's own hand, it shows to nobody but who it was given to.
    bring(&room, &wrong).unwrap();
    let words = give(&room, &holders[1], &asked).did.unwrap();
    assert!(
        words.contains("ada") && words.contains("another key holder"),
        "{words}"
    );
    assert!(read(&room, "alice").is_empty());
    let words = give(&room, &holders[2], &asked).did.unwrap();
    assert!(words.contains("alice holds it"), "{words}");
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
}

#[test]
fn a_recovery_lapses_is_withdrawn_and_is_not_asked_for_in_vain() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let refused = |ask: RecoverAsk| {
        let ask = Request::Recover(RecoverRequest { ask, request: None });
        room.refused("chief", ask).code
    };
    assert_eq!(
        refused(atom_for("Open", "alice")),
        Code::Conflict,
        "held already"
    );
    assert_eq!(refused(atom_for("Secret", "nobody")), Code::NotFound);
    assert_eq!(refused(atom_for("Cosmic", "alice")), Code::Invalid);
    assert_eq!(refused(atom_for("quorum", "alice")), Code::NotAllowed);
    assert_eq!(refused(person("nobody")), Code::NotFound);

    let asked = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
    let turn = Request::AtomTurn(AtomTurn {
        atom: "Secret".to_owned(),
        request: None,
    });
    assert_eq!(room.refused("chief", turn.clone()).code, Code::Conflict);
    give(&room, &holders[0], &asked);
    let kept = answer(&room, &holders[1], &asked);
    let withdraw = Request::RecoverWithdraw(RecoverWithdraw {
        recovery: asked.clone(),
        request: None,
    });
    let _: RecoverWithdrawn = room.get("chief", withdraw.clone());
    assert_eq!(room.refused("chief", withdraw).code, Code::NotFound);
    assert_eq!(bring(&room, &kept).unwrap_err().code, Code::NotFound);
    assert_eq!(given_rows(&room), 0);
    assert_sound(&room);
    let _: AtomTurned = room.get("chief", turn);

    let asked = officer_asks(&room, "chief", atom_for("Nodis", "alice")).recovery;
    give(&room, &holders[0], &asked);
    let kept = answer(&room, &holders[1], &asked);
    room.clock.advance(RECOVERY_LASTS);
    assert_eq!(bring(&room, &kept).unwrap_err().code, Code::NotFound);
    room.sign_in("chief");
    assert!(list(&room, "chief").is_empty());
    // Asking for another clears away what lapsed.
    officer_asks(&room, "chief", atom_for("Nodis", "alice"));
    assert_eq!(given_rows(&room), 0);
}

// --- A person ---

#[test]
fn a_founder_who_lost_the_passphrase_reads_again_with_other_keys() {
    both_suites(|mut room, holders| {
        room.add_person("alice", &["reader"], "Secret");
        let old = small::keys_of(&room, &take(&room), "chief");
        // No officer is left: a key holder asks.
        let asked = holder_asks(
            &room,
            &holders[1],
            person("chief"),
            Wanted::Person("chief".to_owned()),
            1,
        )
        .unwrap();
        assert!(
            request(&room, &holders[0], &asked.recovery).is_none(),
            "nobody joined yet"
        );
        let waits = &requests(&room, &holders[0])[0];
        assert!(waits.asked.as_deref().unwrap().contains("chief"));
        let code = asked.code.unwrap();
        let fingerprint = room.join(&code);
        // The code was good once.
        let again = JoinBegin { code };
        assert_eq!(
            room.guard().join_begin(&again).unwrap_err().code,
            Code::NotFound
        );
        // Until enough have given, everything is as before.
        let (_, words) = request(&room, &holders[0], &asked.recovery).unwrap();
        let AskedFor::Person {
            person,
            fingerprint: shown,
            atoms,
        } = words.what
        else {
            panic!("{words:?}");
        };
        assert_eq!((person.as_str(), shown), ("chief", fingerprint));
        assert_eq!(atoms.len(), 8);
        give(&room, &holders[0], &asked.recovery);
        assert_eq!(read(&room, "chief"), set(&ALL));
        assert_sound(&room);
        let gave = give(&room, &holders[1], &asked.recovery);
        assert!(gave.did.unwrap().contains("chief has the new keys"));
        // The sessions of the former keys have ended.
        assert_eq!(
            room.refused("chief", Request::WhoAmI).code,
            Code::NotSignedIn
        );
        assert_eq!(room.list("alice").readable, 1);

        let store = take(&room);
        let mut former = thief(&room, &store, &[]);
        former.become_person(&old);
        assert!(
            found(&former.open_all(&store), &ALL).is_empty(),
            "nothing is sealed to them"
        );
        let signed = room.sign_in("chief");
        assert_eq!(signed.roles.len(), 3);
        assert_eq!(signed.notices.len(), 1, "{:?}", signed.notices);
        assert_eq!(read(&room, "chief"), set(&ALL));
        assert_sound(&room);
        // From the kept state the former keys are known as well.
        room.guard().keep_state().unwrap();
        room.reopen();
        room.sign_in("chief");
        room.file_text("chief", "A heading\n\nMore.\n", "Secret", 9);
        let checked: LedgerChecked = room.get("chief", Request::LedgerCheck);
        assert!(
            checked.entries > 0,
            "what the former keys signed is checked with these"
        );
        room.reopen();
        room.sign_in("chief");
        assert_eq!(read(&room, "chief"), set(&ALL));
        let rekeyed = acts(&room)
            .iter()
            .filter(|a| matches!(a, Act::Rekeyed(_)))
            .count();
        assert_eq!(rekeyed, 1);
    });
}

#[test]
fn a_recovery_sheet_alone_brings_its_founder_back() {
    let mut room = small::room(3, Suite::Mock);
    room.file_text("chief", &format!("A heading\n\n{SECRET}\n"), "Secret", 1);
    let sheet = room.sheet.take().unwrap();
    let wanted = Wanted::Person("chief".to_owned());
    let asked = holder_asks(&room, sheet.holder(), person("chief"), wanted, 1).unwrap();
    room.join(&asked.code.unwrap());
    give(&room, sheet.holder(), &asked.recovery);
    room.sign_in("chief");
    assert_eq!(read(&room, "chief"), set(&[SECRET]));
}

#[test]
fn no_officer_alone_gives_a_person_other_keys() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Secret");
    let asked = officer_asks(&room, "chief", person("alice"));
    room.join(&asked.code.unwrap());
    // Officers confirm those who are new, and no others.
    let fingerprint = "00000-00000-00000-00000-00000";
    let confirm = Request::PersonConfirm(Confirm {
        name: "alice".to_owned(),
        fingerprint: fingerprint.to_owned(),
        request: None,
    });
    assert_eq!(room.refused("chief", confirm).code, Code::Conflict);
    give(&room, &holders[0], &asked.recovery);
    // One key holder is too few: the former keys are still alice's.
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
    let acts = acts(&room);
    assert!(!acts.iter().any(|a| matches!(a, Act::Rekeyed(_))));
    // Taken back, what was offered is gone.
    let withdraw = Request::RecoverWithdraw(RecoverWithdraw {
        recovery: asked.recovery,
        request: None,
    });
    let _: RecoverWithdrawn = room.get("chief", withdraw);
    room.sign_in("alice");
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
}

#[test]
fn where_nobody_holds_anything_the_quorum_clears_the_first() {
    let holders = make(Suite::Mock, 3);
    let mut founding = common::founding(Suite::Mock, small::policy());
    founding.key_holders = holders.iter().map(KeyHolder::card).collect();
    founding.quorum = 2;
    founding.founder_holds = false;
    let mut room = World::founded(7, founding);
    room.add_person("alice", &["reader"], "");
    room.file_text("chief", &format!("A heading\n\n{SECRET}\n"), "Secret", 1);
    let asked = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
    give(&room, &holders[0], &asked);
    give(&room, &holders[1], &asked);
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
    assert!(read(&room, "chief").is_empty());
}

// --- Key holders ---

fn only(present: &[&KeyHolder]) -> Vec<String> {
    present.iter().map(|h| h.card().name().to_owned()).collect()
}

#[test]
fn losing_any_key_holders_that_the_quorum_can_spare_loses_no_record() {
    for (count, quorum) in [(3, 2), (4, 2), (5, 3)] {
        let subsets = (0u32..1 << count).filter(|s| s.count_ones() as u8 == quorum);
        for subset in subsets {
            let (mut room, holders) = room(Suite::Mock, count, quorum);
            let present: Vec<&KeyHolder> = (0..count)
                .filter(|n| subset & (1 << n) != 0)
                .map(|n| &holders[n])
                .collect();
            let wanted = Wanted::Person("chief".to_owned());
            let asked = holder_asks(&room, present[0], person("chief"), wanted, 1).unwrap();
            room.join(&asked.code.unwrap());
            for holder in &present {
                give(&room, holder, &asked.recovery);
            }
            room.sign_in("chief");
            assert_eq!(read(&room, "chief"), set(&ALL), "{:?}", only(&present));
        }
    }
}

/// Some of these, by a dice: a given number of them, all different.
fn some<T: Copy>(dice: &mut Stream, mut of: Vec<T>, count: usize) -> Vec<T> {
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let [byte] = dice.bytes::<1>();
        drawn.push(of.remove(usize::from(byte) % of.len()));
    }
    drawn
}

#[test]
fn losing_any_passphrases_and_the_key_holders_that_can_be_spared_loses_no_record() {
    const PERSONS: [(&str, &str); 3] = [
        ("alice", "Secret"),
        ("bob", "Open; Nodis"),
        ("clerk", "Open"),
    ];
    for round in 0..16u64 {
        let mut dice = SeededEntropy::new(round).stream(b"losses");
        let [kind, persons, records] = dice.bytes::<3>().map(usize::from);
        let (count, quorum) = [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3)][kind % 5];
        let (mut room, holders) = room(Suite::Mock, count, quorum);
        for (name, clearance) in PERSONS {
            room.add_person(name, &["reader"], clearance);
        }
        for n in 0..records as u64 % 4 {
            let marking = ["Open", "Secret", "Open; Nodis"][n as usize % 3];
            room.file_text(
                "chief",
                &format!("A heading\n\nMore {n}.\n"),
                marking,
                20 + n,
            );
        }
        let everybody = ["chief", "alice", "bob", "clerk"];
        let seen = |room: &World| {
            everybody.map(|name| {
                let rows = room.list(name).records.into_iter();
                let read = rows.map(|row| (row.id.clone(), room.read(name, &row.id)));
                read.map(|(id, record)| {
                    let words = record.portions.into_iter().map(|p| p.text);
                    (id, words.collect::<Vec<_>>())
                })
                .collect::<BTreeMap<_, _>>()
            })
        };
        let before = seen(&room);
        let lost = some(&mut dice, everybody.to_vec(), 1 + persons % 4);
        let left = some(&mut dice, (0..count).collect(), usize::from(quorum));
        let present: Vec<&KeyHolder> = left.iter().map(|at| &holders[*at]).collect();
        for (n, name) in (1..).zip(&lost) {
            let wanted = Wanted::Person((*name).to_owned());
            let asked = holder_asks(&room, present[0], person(name), wanted, n).unwrap();
            room.join(&asked.code.unwrap());
            for holder in &present {
                give(&room, holder, &asked.recovery);
            }
            room.sign_in(name);
        }
        let case = format!(
            "{count} key holders, {quorum} needed, {:?} left; lost: {lost:?}",
            only(&present)
        );
        assert_eq!(seen(&room), before, "{case}");
        assert_sound(&room);
    }
}

#[test]
fn a_key_holder_is_replaced_and_the_former_shares_are_gone() {
    both_suites(|mut room, holders| {
        room.add_person("alice", &["reader"], "Open");
        let new = another(holders[0].suite(), "fay", 50);
        let ask = RecoverAsk::KeyHolder {
            old: "bo".to_owned(),
            card: new.card().to_text(),
        };
        let before = take(&room);
        let pending = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
        give(&room, &holders[0], &pending);
        let asked = officer_asks(&room, "chief", ask).recovery;
        let (_, words) = request(&room, &holders[0], &asked).unwrap();
        let AskedFor::KeyHolders {
            holders: named,
            quorum,
        } = words.what
        else {
            panic!("{words:?}");
        };
        assert_eq!(quorum, 2);
        let names: Vec<&str> = named.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(names, ["ada", "fay", "cyd"]);
        give(&room, &holders[0], &asked);
        assert!(give(&room, &holders[2], &asked).did.is_some());

        // None of the shares of before is in the store, and each of the new ones is.
        let after = take(&room);
        let shares = |l: &loot::Loot| -> BTreeSet<_> { l.keys(loot::SHARE).into_iter().collect() };
        let stay: Vec<_> = shares(&before)
            .intersection(&shares(&after))
            .copied()
            .collect();
        assert_eq!(
            stay.len(),
            1,
            "but the row of the house key's, which is another now"
        );
        assert_eq!(shares(&before).len(), shares(&after).len());
        assert_eq!(given_rows(&room), 0);
        assert_sound(&room);
        room.guard().keep_state().unwrap();
        // What was asked of the former ones is asked for again.
        assert!(list(&room, "chief").is_empty());
        room.reopen();
        room.sign_in("chief");
        room.sign_in("alice");
        let refused =
            say::<HolderRequests>(&room, &HolderRequest::Requests(proof(&room, &holders[1])));
        assert_eq!(refused.unwrap_err().code, Code::SignInFailed);
        let asked = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
        give(&room, &new, &asked);
        give(&room, &holders[2], &asked);
        assert_eq!(read(&room, "alice"), set(&[SECRET]));
        // The house key is split among the new ones, too.
        let file = HouseShares::from_text(&room.guard().house_shares().unwrap()).unwrap();
        assert!(file.are_of(&common::house_key(&room.house, room.env.floor)));
        let opened: Vec<_> = [&new, &holders[0]]
            .map(|h| {
                let share = file.share_of(h.card().id()).unwrap();
                share.open(room.env.floor, room_id(&room), h).unwrap()
            })
            .into();
        assert!(file.recover(&opened).is_ok());
        assert!(file.share_of(holders[1].card().id()).is_none());
    });
}

#[test]
fn another_set_of_key_holders_takes_over_and_a_closed_room_asks_again() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    let five: Vec<KeyHolder> = (60..65).map(|n| another(Suite::Mock, "new", n)).collect();
    let cards: Vec<String> = five.iter().map(|h| h.card().to_text()).collect();
    let ask = RecoverAsk::KeyHolders {
        cards: cards.clone(),
        quorum: 3,
    };
    let asked = officer_asks(&room, "chief", ask.clone()).recovery;
    give(&room, &holders[0], &asked);
    // The key that the guard is given to was in memory alone.
    room.reopen();
    room.sign_in("chief");
    assert!(
        list(&room, "chief")[0]
            .waits_for
            .contains("asked for again")
    );
    assert!(request(&room, &holders[1], &asked).is_none());
    let withdraw = Request::RecoverWithdraw(RecoverWithdraw {
        recovery: asked,
        request: None,
    });
    let _: RecoverWithdrawn = room.get("chief", withdraw);
    // A key holder may ask as well.
    let wanted = Wanted::key_holders(&five.iter().map(KeyHolder::card).collect::<Vec<_>>(), 3);
    let asked = holder_asks(&room, &holders[2], ask, wanted, 5)
        .unwrap()
        .recovery;
    give(&room, &holders[1], &asked);
    // A wrong share is seen at once, since the guard itself is given it.
    let wrong = bring(&room, &spoiled(&room, &holders[0], &asked)).unwrap_err();
    assert!(
        wrong.message.contains("this key holder keeps"),
        "{}",
        wrong.message
    );
    give(&room, &holders[2], &asked);
    let status: RecoverStatus = room.get("chief", Request::RecoverStatus);
    assert_eq!((status.key_holders.len(), status.needed), (5, 3));
    for (cards, quorum) in [(&cards[..3], 1), (&cards[..2], 3), (&cards[..0], 1)] {
        let ask = RecoverAsk::KeyHolders {
            cards: cards.to_vec(),
            quorum,
        };
        let ask = Request::Recover(RecoverRequest { ask, request: None });
        assert_eq!(room.refused("chief", ask).code, Code::Invalid);
    }
}

#[test]
fn a_rehearsal_opens_every_share_and_stands_in_the_ledger() {
    let (room, holders) = room(Suite::Mock, 3, 2);
    let shares = |by: &KeyHolder| -> HolderShares {
        say(&room, &HolderRequest::Shares(proof(&room, by))).unwrap()
    };
    let all = shares(&holders[0]);
    // Nine atoms and the house key.
    assert_eq!((all.shares.len(), all.missing.len()), (10, 0));
    assert_eq!(all.of.last().unwrap(), "the house key");
    for (share, digest) in all.shares.iter().zip(&all.digests) {
        let share: AskedShares = decode(&BASE64.decode(share.as_bytes()).unwrap()).unwrap();
        let committed = decode(&BASE64.decode(digest.as_bytes()).unwrap()).unwrap();
        let floor = SuiteFloor::at(Suite::Mock);
        let opens = match &share {
            AskedShares::Atoms(s) => {
                s[0].facts.digest == committed
                    && s[0].open(floor, room_id(&room), &holders[0]).is_ok()
            }
            AskedShares::House(s) => {
                s[0].facts.digest == committed
                    && s[0].open(floor, room_id(&room), &holders[0]).is_ok()
            }
            AskedShares::Backup(_) => false,
        };
        assert!(opens);
    }
    let says =
        |holder: &KeyHolder, challenge: [u8; 32], sound, wrong: Vec<strongroom_record::ShareId>| {
            let claim = Claim::Rehearsed {
                challenge,
                sound,
                wrong: wrong.clone(),
            };
            HolderRequest::Rehearsed(HolderRehearsed {
                holder: holder.card().id().to_string(),
                challenge: BASE64.encode(&challenge),
                sound,
                wrong: wrong.iter().map(ToString::to_string).collect(),
                signature: BASE64.encode(claim.sign(holder, room_id(&room)).as_bytes()),
            })
        };
    let mine: [u8; 32] = BASE64
        .decode(all.challenge.as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    let done: HolderRehearsedDone = say(&room, &says(&holders[0], mine, 10, Vec::new())).unwrap();
    assert_eq!((done.sound, done.kept, done.missing), (10, 10, 0));
    // A challenge is good once.
    let again = say::<HolderRehearsedDone>(&room, &says(&holders[0], mine, 10, Vec::new()));
    assert_eq!(again.unwrap_err().code, Code::SignInFailed);
    let wrong = strongroom_record::ShareId::random(&mut Stream::from_seed([3; 32]));
    let bad = says(&holders[1], challenge(&room), 9, vec![wrong]);
    let _: HolderRehearsedDone = say(&room, &bad).unwrap();
    let status: RecoverStatus = room.get("chief", Request::RecoverStatus);
    let rows: Vec<(bool, usize)> = status
        .key_holders
        .iter()
        .map(|row| (row.rehearsed.is_some(), row.wrong))
        .collect();
    assert_eq!(rows, [(true, 0), (true, 1), (false, 0)]);
    let more = says(&holders[2], challenge(&room), 11, Vec::new());
    assert_eq!(
        say::<HolderRehearsedDone>(&room, &more).unwrap_err().code,
        Code::Invalid
    );
}

// --- Who may ask ---

#[test]
fn requests_are_told_to_who_signs_the_rooms_challenge_and_to_nobody_else() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    officer_asks(&room, "chief", atom_for("Nodis", "alice"));
    let ask = |proof| {
        say::<HolderRequests>(&room, &HolderRequest::Requests(proof)).map(|r| r.requests.len())
    };
    let good = proof(&room, &holders[0]);
    assert_eq!(ask(good.clone()).unwrap(), 1);
    let stranger = another(Suite::Mock, "ada", 90);
    let lapsed = proof(&room, &holders[0]);
    let mut others = proof(&room, &holders[0]);
    others.holder = holders[1].card().id().to_string();
    let mut rehearsal = proof(&room, &holders[0]);
    let challenge = BASE64.decode(rehearsal.challenge.as_bytes()).unwrap();
    let claim = Claim::Rehearsed {
        challenge: challenge.try_into().unwrap(),
        sound: 0,
        wrong: Vec::new(),
    };
    rehearsal.signature = BASE64.encode(claim.sign(&holders[0], room_id(&room)).as_bytes());
    let mut made_up = proof(&room, &holders[0]);
    let own = Claim::Present { challenge: [7; 32] };
    made_up.challenge = BASE64.encode(&[7; 32]);
    made_up.signature = BASE64.encode(own.sign(&holders[0], room_id(&room)).as_bytes());
    room.clock.advance(CHALLENGE_LASTS);
    let mut words = BTreeSet::new();
    for wrong in [
        good,
        lapsed,
        others,
        rehearsal,
        made_up,
        proof(&room, &stranger),
    ] {
        let refused = ask(wrong).unwrap_err();
        assert_eq!(refused.code, Code::SignInFailed);
        words.insert(serde_json::to_vec(&refused).unwrap());
    }
    assert_eq!(words.len(), 1, "one answer for all");
    // Readers see that other keys are asked for them. Which atom they may get, they are told when they hold it.
    room.add_person("bob", &["reader"], "Open");
    officer_asks(&room, "chief", person("bob"));
    assert!(list(&room, "alice").is_empty());
    assert_eq!(list(&room, "bob").len(), 1);
    assert_eq!(list(&room, "chief").len(), 2);
}

#[test]
fn what_a_key_holder_asks_is_signed_for_just_that_and_counts_once() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let wanted = |atom: &str, name: &str| Wanted::Atom(atom.to_owned(), name.to_owned());
    let refused =
        |by: &KeyHolder, ask, what| holder_asks(&room, by, ask, what, 1).err().map(|e| e.code);
    let ask = atom_for("Secret", "alice");
    for what in [
        wanted("Open", "alice"),
        wanted("Secret", "chief"),
        Wanted::Person("alice".to_owned()),
    ] {
        assert_eq!(
            refused(&holders[0], ask.clone(), what),
            Some(Code::SignInFailed)
        );
    }
    let stranger = another(Suite::Mock, "ada", 90);
    assert_eq!(
        refused(&stranger, ask.clone(), wanted("Secret", "alice")),
        Some(Code::SignInFailed)
    );
    assert_eq!(
        refused(&holders[0], ask.clone(), wanted("Secret", "alice")),
        None
    );
    assert_eq!(
        refused(&holders[0], ask, wanted("Secret", "alice")),
        Some(Code::AlreadyDone)
    );
    assert_eq!(list(&room, "chief")[0].by, "ada");
}

// --- The ledger ---

#[test]
fn events_of_recoveries_that_no_key_holder_signed_close_the_room() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let asked = officer_asks(&room, "chief", person("alice"));
    room.join(&asked.code.unwrap());
    give(&room, &holders[0], &asked.recovery);
    give(&room, &holders[1], &asked.recovery);
    room.sign_in("alice");
    let store = take(&room);
    let key = house(&room, &store);
    let mut refuses =
        |what: &str, words: &str, fits: fn(&Act) -> bool, change: &dyn Fn(&mut Act)| {
            let mut changed = store.clone();
            let at = forge::find(&key, &store, |e| fits(&e.act));
            let mut event = forge::event_at(&key, &store, at);
            change(&mut event.act);
            forge::replace(&key, &mut changed, at, &event);
            let refused = reopen_on(&mut room, changed.disk())
                .unwrap_err()
                .to_string();
            assert!(refused.contains(words), "{what}: {refused}");
        };
    let gave = |a: &Act| matches!(a, Act::ShareGiven(_));
    refuses("another signature", "no right", gave, &|act| {
        if let Act::ShareGiven(given) = act {
            let mut bytes = given.by.signature.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            given.by.signature = bytes.into();
        }
    });
    // What one gave is not exchanged for what somebody else put there.
    refuses("other shares", "no right", gave, &|act| {
        if let Act::ShareGiven(given) = act {
            let other = strongroom_seal::digest(strongroom_seal::domain::GIVEN_DIGEST, &[b"other"]);
            given.given = encode(&other).into();
        }
    });
    refuses("another's name", "no right", gave, &|act| {
        if let Act::ShareGiven(given) = act {
            given.by.holder = *holders[2].card().id().as_bytes();
        }
    });
    let rekeyed = |a: &Act| matches!(a, Act::Rekeyed(_));
    refuses("other keys", "did not agree", rekeyed, &|act| {
        if let Act::Rekeyed(r) = act {
            let keys =
                strongroom_seal::PersonKeys::random(Suite::Mock, &mut Stream::from_seed([1; 32]));
            r.keys = encode(&keys.public()).into();
        }
    });
    // A key bound before enough have given.
    let mut changed = store.clone();
    let at = forge::find(&key, &store, |e| matches!(&e.act, Act::ShareGiven(_)));
    let event = forge::event_at(&key, &store, forge::find(&key, &store, |e| rekeyed(&e.act)));
    forge::replace(&key, &mut changed, at, &event);
    assert!(reopen_on(&mut room, changed.disk()).is_err());
    // What key holders gave, changed in the store, is noticed when it is collected.
    reopen_on(&mut room, store.disk()).unwrap();
    room.sign_in("alice");
}

#[test]
fn what_was_given_and_is_changed_or_gone_closes_the_room_for_who_collects_it() {
    let (mut room, holders) = room(Suite::Mock, 3, 2);
    room.add_person("alice", &["reader"], "Open");
    let asked = officer_asks(&room, "chief", atom_for("Secret", "alice")).recovery;
    room.clock.advance(SESSION_LASTS);
    give(&room, &holders[0], &asked);
    give(&room, &holders[1], &asked);
    let store = take(&room);
    let key = house(&room, &store);
    let rows = store.keys(GIVEN);
    assert_eq!(rows.len(), 2);
    type Change<'a> = &'a dyn Fn(&mut loot::Loot);
    let changes: [(Change<'_>, &str); 3] = [
        (&|l| drop(l.rows.remove(&rows[0])), "what a key holder gave"),
        (&|l| key.swap(l, rows[0], rows[1]), "not what the ledger"),
        (
            &|l| {
                let row = l.rows.get_mut(&rows[0]).unwrap();
                *row.last_mut().unwrap() ^= 1;
            },
            "house key at its place",
        ),
    ];
    for (change, words) in changes {
        let mut changed = store.clone();
        change(&mut changed);
        reopen_on(&mut room, changed.disk()).unwrap();
        let ask = SignIn {
            name: "alice".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let refused = room.guard().sign_in(&ask, PEER).unwrap_err();
        assert_eq!(refused.code, Code::Closed);
        assert!(refused.message.contains(words), "{}", refused.message);
    }
    reopen_on(&mut room, store.disk()).unwrap();
    room.sign_in("alice");
    assert_eq!(read(&room, "alice"), set(&[SECRET]));
}
