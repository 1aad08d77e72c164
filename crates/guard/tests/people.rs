//! Persons: inviting, joining, confirming, clearing, signing in, and what each role may do.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/roles.rs"]
mod roles;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{PASSPHRASE, PEER, World, approve, deny, filing, grant, take_back};
use data_encoding::BASE64;
use small::{house, loot as take};
use strongroom_guard::api::*;
use strongroom_guard::limits::{
    INVITATION_LASTS, SESSION_LASTS, SESSIONS_PER_PERSON_MAX, SLOW_DOWN_FIRST, SLOW_DOWN_MAX,
};
use strongroom_guard::{Code, Peer, Refusal, Token};
use strongroom_record::event::{Act, Role};
use strongroom_record::{RequestId, Stream, encode};
use strongroom_seal::{Bundle, BundleFacts, Passphrase, PersonKeys, Suite};

const OTHER_PASSPHRASE: &str = "zoom zoology zoologist zookeeper zone zombie";

fn room() -> World {
    small::room(11, Suite::Mock)
}

fn invite(name: &str, roles: &[&str]) -> Request {
    Request::PersonInvite(Invite {
        name: name.to_owned(),
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        request: None,
    })
}

fn confirm(name: &str, fingerprint: &str) -> Request {
    Request::PersonConfirm(Confirm {
        name: name.to_owned(),
        fingerprint: fingerprint.to_owned(),
        request: None,
    })
}

fn turn(atom: &str) -> Request {
    Request::AtomTurn(AtomTurn {
        atom: atom.to_owned(),
        request: None,
    })
}

fn recover(name: &str) -> Request {
    Request::Recover(RecoverRequest {
        ask: RecoverAsk::Person {
            name: name.to_owned(),
        },
        request: None,
    })
}

fn sign_in(name: &str, passphrase: &str) -> SignIn {
    SignIn {
        name: name.to_owned(),
        passphrase: passphrase.to_owned(),
    }
}

fn begin(room: &World, code: &str) -> Result<JoinFacts, Refusal> {
    let ask = JoinBegin {
        code: code.to_owned(),
    };
    let copy = room.guard().join_begin(&ask)?;
    Ok(serde_json::from_slice(copy.json()).unwrap())
}

/// The joining side's offer with keys of its own, and a proof that these keys sign.
fn offer(code: &str, facts: &JoinFacts, keys: &PersonKeys, signer: &PersonKeys) -> JoinFinish {
    let room = facts.room.parse().unwrap();
    let about = BundleFacts {
        room,
        person: facts.person.parse().unwrap(),
        name: facts.name.clone(),
        genesis: [0; 32],
    };
    let passphrase = Passphrase::new(PASSPHRASE).unwrap();
    let mut dice = Stream::from_seed([60; 32]);
    let bundle = Bundle::wrap(keys, &about, &passphrase, &mut dice);
    let invitation = facts.invitation.parse().unwrap();
    let proof = signer.prove_possession(room, invitation, &facts.name);
    JoinFinish {
        code: code.to_owned(),
        keys: BASE64.encode(&encode(&keys.public())),
        bundle: BASE64.encode(&encode(&bundle)),
        proof: BASE64.encode(proof.as_bytes()),
    }
}

fn keys(seed: u8) -> PersonKeys {
    PersonKeys::random(Suite::Mock, &mut Stream::from_seed([seed; 32]))
}

fn bytes(refusal: &Refusal) -> Vec<u8> {
    serde_json::to_vec(refusal).unwrap()
}

/// The acts of the ledger, in order.
fn acts(room: &World) -> Vec<Act> {
    let store = take(room);
    let events = forge::events(&house(room, &store), &store);
    events.into_iter().map(|e| e.act).collect()
}

// --- Inviting and joining ---

#[test]
fn the_inspectors_keys_are_granted_to_inspectors_alone() {
    let mut room = room();
    room.add_person("ines", &["inspector"], "");
    room.add_person("rhea", &["reader"], "");
    assert_eq!(
        room.refused("chief", grant("rhea", "inspectors")).code,
        Code::Conflict
    );
    let changed: ClearanceChanged = room.get("chief", grant("ines", "inspectors"));
    assert_eq!((changed.sealed.len(), changed.pending.len()), (1, 0));
    assert_eq!(changed.sealed[0], "inspectors");
    assert_eq!(
        room.refused("chief", grant("ines", " inspectors ")).code,
        Code::Conflict,
        "she holds it already"
    );
    room.reopen();
}

#[test]
fn a_name_that_would_be_taken_for_another_is_not_invited() {
    let mut room = room();
    room.add_person("anna", &["reader"], "");
    let _: Invited = room.get("chief", invite("moritz", &["reader"]));
    for name in ["Anna", "\u{430}nna", "CHIEF", "rnoritz"] {
        let refused = room.refused("chief", invite(name, &["reader"]));
        assert_eq!(refused.code, Code::Conflict, "{name}");
        assert!(refused.message.contains("taken for"), "{refused:?}");
    }
    // The same name again is a new code, and a lapsed invitation keeps no name.
    let again: Invited = room.get("chief", invite("moritz", &["reader"]));
    assert!(again.replaces);
    room.clock.advance(INVITATION_LASTS);
    room.sign_in("chief");
    let _: Invited = room.get("chief", invite("rnoritz", &["reader"]));
}

#[test]
fn who_says_why_somebody_is_cleared_says_it_in_words() {
    let mut room = room();
    room.add_person("rhea", &["reader"], "");
    for because in ["", " \t "] {
        let ask = Request::ClearanceGrant(ClearanceGrant {
            name: "rhea".to_owned(),
            clearance: "Open".to_owned(),
            because: Some(because.to_owned()),
            request: None,
        });
        assert_eq!(room.refused("chief", ask).code, Code::Invalid);
    }
}

#[test]
fn a_code_that_is_mistyped_used_lapsed_or_replaced_is_refused_alike() {
    let mut room = room();
    let code = |room: &World, name: &str| {
        let invited: Invited = room.get("chief", invite(name, &["reader"]));
        invited.code
    };
    let used = code(&room, "used");
    room.join(&used);
    let replaced = code(&room, "again");
    let newer = code(&room, "again");
    let lapsed = code(&room, "late");
    room.clock.advance(INVITATION_LASTS);
    room.sign_in("chief");
    let good = code(&room, "good");
    let mut mistyped = good.clone();
    let at = 40;
    let other = if mistyped.as_bytes()[at] == b'a' {
        "b"
    } else {
        "a"
    };
    mistyped.replace_range(at..=at, other);
    let mut wrong_invitation = good.clone();
    wrong_invitation.replace_range(0..1, if good.starts_with('a') { "b" } else { "a" });

    let refused: BTreeSet<Vec<u8>> = [
        used.as_str(),
        &replaced,
        &newer,
        &lapsed,
        &mistyped,
        &wrong_invitation,
        "",
        "not a code",
        &good[1..],
        &good.repeat(2),
    ]
    .into_iter()
    .flat_map(|code| {
        let begun = begin(&room, code).unwrap_err();
        assert_eq!(begun.code, Code::NotFound, "{code}");
        let facts = begin(&room, &good).unwrap();
        let finish = offer(code, &facts, &keys(1), &keys(1));
        let finished = room.guard().join_finish(&finish).unwrap_err();
        [bytes(&begun), bytes(&finished)]
    })
    .collect();
    assert_eq!(refused.len(), 1, "one answer for all");
    assert!(begin(&room, &good).is_ok());
    let listed: PersonRows = room.get("chief", Request::PersonList);
    let names: Vec<&str> = listed.persons.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        names,
        ["chief", "good", "used"],
        "what lapsed is not listed"
    );
}

#[test]
fn a_replaced_invitation_is_of_no_use_and_the_newer_one_is() {
    let mut room = room();
    let older: Invited = room.get("chief", invite("alice", &["reader"]));
    let newer: Invited = room.get("chief", invite("alice", &["reader", "inspector"]));
    assert_eq!(begin(&room, &older.code).unwrap_err().code, Code::NotFound);
    room.join(&newer.code);
    let again = begin(&room, &newer.code).unwrap_err();
    assert_eq!(again.code, Code::NotFound, "used once");
}

#[test]
fn only_who_holds_the_private_keys_joins_with_them() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    let invited: Invited = room.get("chief", invite("mallory", &["reader"]));
    let facts = begin(&room, &invited.code).unwrap();
    let (mine, alices) = (keys(1), small::keys_of(&room, &take(&room), "alice"));
    let try_with = |finish: &JoinFinish| room.guard().join_finish(finish).unwrap_err();
    // Another's public keys, with a proof by one's own, or a proof for another invitation or name.
    let stolen = offer(&invited.code, &facts, &alices, &mine);
    assert_eq!(try_with(&stolen).code, Code::Invalid);
    for wrong in [
        JoinFacts {
            name: "alice".to_owned(),
            ..facts.clone()
        },
        JoinFacts {
            invitation: facts.person.clone(),
            ..facts.clone()
        },
        JoinFacts {
            room: facts.person.clone(),
            ..facts.clone()
        },
    ] {
        let mut finish = offer(&invited.code, &facts, &mine, &mine);
        finish.proof = offer(&invited.code, &wrong, &mine, &mine).proof;
        assert_eq!(try_with(&finish).code, Code::Invalid);
    }
    // Another's keys even with that person's help: two persons never have the same.
    let shared = offer(&invited.code, &facts, &alices, &alices);
    assert_eq!(try_with(&shared).code, Code::Conflict);
    for spoil in [
        |f: &mut JoinFinish| f.keys = "!".to_owned(),
        |f: &mut JoinFinish| f.keys = BASE64.encode(b"no keys"),
        |f: &mut JoinFinish| f.bundle = "!".to_owned(),
        |f: &mut JoinFinish| f.bundle = BASE64.encode(b"no bundle"),
        |f: &mut JoinFinish| f.proof = "!".to_owned(),
        |f: &mut JoinFinish| f.proof = BASE64.encode(b"no proof"),
        |f: &mut JoinFinish| f.proof.clear(),
        |f: &mut JoinFinish| {
            let real = PersonKeys::random(Suite::Cnsa, &mut Stream::from_seed([9; 32]));
            f.keys = BASE64.encode(&encode(&real.public()));
        },
    ] {
        let mut finish = offer(&invited.code, &facts, &mine, &mine);
        spoil(&mut finish);
        assert_eq!(try_with(&finish).code, Code::Invalid);
    }
    // After all that the invitation is as good as before.
    let good = offer(&invited.code, &facts, &mine, &mine);
    assert!(room.guard().join_finish(&good).is_ok());
}

#[test]
fn a_person_is_there_once() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    for name in ["alice", "chief"] {
        let refused = room.refused("chief", invite(name, &["reader"]));
        assert_eq!(refused.code, Code::Conflict);
        assert!(refused.message.contains("already"));
    }
    let invited: Invited = room.get("chief", invite("bob", &["reader"]));
    let fingerprint = room.join(&invited.code);
    let _: ClearanceChanged = room.get("chief", confirm("bob", &fingerprint));
    let twice = room.refused("chief", confirm("bob", &fingerprint));
    assert_eq!(twice.code, Code::Conflict);
}

#[test]
fn names_and_roles_are_checked_before_anything_is_done() {
    let room = room();
    let before = acts(&room).len();
    let long = "n".repeat(65);
    for name in ["", &long, "a b", "a\u{1b}[31m", "../x", "a\nb"] {
        let refused = room.refused("chief", invite(name, &["reader"]));
        assert_eq!(refused.code, Code::Invalid, "{name:?}");
    }
    for roles in [&[][..], &["king"], &["reader", "Reader"]] {
        let refused = room.refused("chief", invite("alice", roles));
        assert_eq!(refused.code, Code::Invalid, "{roles:?}");
    }
    let after = acts(&room);
    let only_refusals = after[before..]
        .iter()
        .all(|a| matches!(a, Act::Refused { .. }));
    assert!(only_refusals && after.len() == before + 9);
}

// --- Confirming ---

#[test]
fn keys_are_believed_once_an_officer_compared_their_fingerprint() {
    let mut room = room();
    let invited: Invited = room.get("chief", invite("alice", &["reader"]));
    let fingerprint = room.join(&invited.code);
    let refused = room.guard().sign_in(&sign_in("alice", PASSPHRASE), PEER);
    assert_eq!(refused.unwrap_err().code, Code::SignInFailed);
    room.clock.advance(SLOW_DOWN_FIRST);
    let cleared = room.refused("chief", grant("alice", "Secret"));
    assert_eq!(
        cleared.code,
        Code::Conflict,
        "nothing is sealed to keys that nobody confirmed"
    );

    let mut wrong = fingerprint.clone();
    wrong.replace_range(0..1, if wrong.starts_with('0') { "1" } else { "0" });
    let refused = room.refused("chief", confirm("alice", &wrong));
    assert_eq!(refused.code, Code::Conflict);
    let others = keys(1).public().fingerprint().to_string();
    assert_eq!(
        room.refused("chief", confirm("alice", &others)).code,
        Code::Conflict
    );
    assert_eq!(
        room.refused("chief", confirm("alice", "xyz")).code,
        Code::Invalid
    );
    assert_eq!(
        room.refused("chief", confirm("nobody", &fingerprint)).code,
        Code::NotFound
    );

    let spoken = fingerprint.to_uppercase().replace('-', " ");
    let _: ClearanceChanged = room.get("chief", confirm("alice", &spoken));
    room.sign_in("alice");
}

#[test]
fn nobody_confirms_himself() {
    let mut room = room();
    let invited: Invited = room.get("chief", invite("officer", &["security-officer"]));
    let fingerprint = room.join(&invited.code);
    // Unconfirmed there is no session to do it in; confirmed there is nothing left to confirm.
    let refused = room.guard().sign_in(&sign_in("officer", PASSPHRASE), PEER);
    assert_eq!(refused.unwrap_err().code, Code::SignInFailed);
    room.clock.advance(SLOW_DOWN_FIRST);
    let _: ClearanceChanged = room.get("chief", confirm("officer", &fingerprint));
    room.sign_in("officer");
    let refused = room.refused("officer", confirm("officer", &fingerprint));
    assert_eq!(refused.code, Code::Conflict);
    let founders = keys(1).public().fingerprint().to_string();
    let refused = room.refused("chief", confirm("chief", &founders));
    assert_eq!(refused.code, Code::Conflict);
}

#[test]
fn events_say_lone_founder_until_a_second_officer_is_confirmed() {
    let mut room = room();
    room.add_person("alice", &["reader"], "Secret");
    room.add_person("officer", &["security-officer"], "");
    room.add_person("bob", &["reader"], "Secret");
    let flags: Vec<(&str, bool)> = acts(&room)
        .into_iter()
        .filter_map(|act| match act {
            Act::Confirmed { lone_founder, .. } => Some(("confirmed", lone_founder)),
            Act::ClearanceAuthorised { lone_founder, .. } => Some(("cleared", lone_founder)),
            _ => None,
        })
        .collect();
    assert_eq!(
        flags,
        [
            ("confirmed", true),
            ("cleared", true),
            ("confirmed", true),
            ("confirmed", false),
        ]
    );
    // From then on others approve: nobody authorises alone any more.
    let asked = acts(&room)
        .iter()
        .filter(|act| matches!(act, Act::ApprovalAsked(_)))
        .count();
    assert_eq!(asked, 1);
}

// --- Clearing ---

#[test]
fn a_clearance_takes_an_officer_and_a_holder_and_is_shown_to_those_alone() {
    let mut room = room();
    room.add_person("officer", &["security-officer"], "");
    room.add_person("alice", &["reader"], "Open");
    room.add_person("bob", &["reader"], "Secret");
    let changed: ClearanceChanged = room.get("officer", grant("alice", "Secret; Nodis"));
    assert_eq!(changed.pending, ["Secret", "Caption:Nodis"]);
    let shown = |room: &World, by: &str| -> ClearanceShown {
        let of = PersonName {
            name: Some("alice".to_owned()),
        };
        room.get(by, Request::ClearanceShow(of))
    };
    let to_officer = shown(&room, "officer");
    assert_eq!(to_officer.held, ["Open"]);
    assert_eq!(to_officer.pending, ["Secret", "Caption:Nodis"]);
    // Bob holds Secret, and is no officer: he sees what he could seal. Alice sees what she holds.
    assert_eq!(shown(&room, "bob").pending, ["Secret"]);
    assert!(shown(&room, "bob").held.is_empty());
    assert_eq!(shown(&room, "alice").held, ["Open"]);
    assert!(shown(&room, "alice").pending.is_empty());

    let asked = changed.asked.unwrap();
    let seen = |by: &str| -> RequestRow {
        let id = Some(asked.clone());
        let rows: RequestRows = room.get(by, Request::Requests(RequestsQuery { id }));
        rows.requests.into_iter().next().unwrap()
    };
    assert_eq!(seen("bob").lines, ["alice would hold: Secret"]);
    assert_eq!(
        seen("officer").lines,
        ["alice would hold: Secret; Caption:Nodis"]
    );
    let why = seen("bob").why.unwrap();
    assert_eq!(why.because, "for the work on the talks");
    assert_eq!(
        room.refused("officer", approve(&asked)).code,
        Code::NotAllowed
    );
    let sealed: RequestDecided = room.get("bob", approve(&asked));
    assert_eq!(sealed.done, ["alice holds from now on: Secret"]);
    // As far as he sees it is done; Nodis waits for somebody who holds it.
    assert_eq!(seen("bob").stage, "done");
    assert_eq!(seen("officer").stage, "waiting");
    assert_eq!(room.refused("bob", approve(&asked)).code, Code::Conflict);
    assert_eq!(room.refused("alice", approve(&asked)).code, Code::NotFound);
    assert_eq!(shown(&room, "officer").pending, ["Caption:Nodis"]);
    let _: RequestDecided = room.get("chief", approve(&asked));
    assert_eq!(
        shown(&room, "officer").held,
        ["Open", "Secret", "Caption:Nodis"]
    );
    for (asked, code) in [
        ("Open", Code::Conflict),
        ("Cosmic", Code::Invalid),
        ("", Code::Invalid),
    ] {
        assert_eq!(
            room.refused("officer", grant("alice", asked)).code,
            code,
            "{asked:?}"
        );
    }
    assert_eq!(
        room.refused("officer", grant("nobody", "Open")).code,
        Code::NotFound
    );
}

// --- Signing in ---

#[test]
fn unknown_wrong_and_unconfirmed_are_answered_alike_slowed_alike_and_recorded() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    let invited: Invited = room.get("chief", invite("waiting", &["reader"]));
    let fingerprint = room.join(&invited.code);
    let before = acts(&room).len();
    let start = room.clock.clone();
    let mut transcripts = Vec::new();
    let cases = [
        ("nobody", PASSPHRASE),
        ("alice", OTHER_PASSPHRASE),
        ("waiting", PASSPHRASE),
    ];
    for (name, passphrase) in cases {
        let mut transcript = Vec::new();
        let mut wait = SLOW_DOWN_FIRST;
        for _ in 0..9 {
            let attempt = || {
                let ask = sign_in(name, passphrase);
                room.guard().sign_in(&ask, PEER).unwrap_err()
            };
            let refused = attempt();
            assert_eq!(refused.code, Code::SignInFailed, "{name}");
            transcript.push(bytes(&refused));
            let hasty = attempt();
            assert_eq!(hasty.code, Code::SlowDown, "{name}");
            transcript.push(bytes(&hasty));
            start.advance(wait - Duration::from_millis(1));
            assert_eq!(
                attempt().code,
                Code::SlowDown,
                "{name}: not a moment before"
            );
            start.advance(Duration::from_millis(1));
            wait = (wait * 2).min(SLOW_DOWN_MAX);
        }
        assert_eq!(wait, SLOW_DOWN_MAX);
        transcripts.push(transcript);
    }
    assert!(transcripts.iter().all(|t| *t == transcripts[0]));
    // Each refusal that cost an attempt is an event, with the account if there is one of that name.
    let recorded: Vec<bool> = acts(&room)[before..]
        .iter()
        .map(|act| match act {
            Act::SignInRefused { person } => person.is_some(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(recorded[..9], [false; 9]);
    assert_eq!(recorded[9..], [true; 18]);

    let _: ClearanceChanged = room.get("chief", confirm("waiting", &fingerprint));
    for name in ["alice", "waiting"] {
        let told = room.sign_in(name).notices;
        assert!(told.len() == 1 && told[0].contains("9 times"), "{told:?}");
        assert!(room.sign_in(name).notices.is_empty(), "told once");
    }
}

#[test]
fn guesses_side_by_side_are_slowed_like_one_after_another() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    let before = acts(&room).len();
    let guard = room.guard();
    let codes: Vec<Code> = std::thread::scope(|scope| {
        let guess = |_| {
            scope.spawn(|| {
                let ask = sign_in("alice", OTHER_PASSPHRASE);
                guard.sign_in(&ask, PEER).unwrap_err().code
            })
        };
        let guesses: Vec<_> = (0..16).map(guess).collect();
        guesses.into_iter().map(|g| g.join().unwrap()).collect()
    });
    let answered = codes.iter().filter(|c| **c == Code::SignInFailed).count();
    assert_eq!(answered, 1, "{codes:?}");
    assert_eq!(acts(&room).len(), before + 1);
}

#[test]
fn a_passphrase_is_changed_by_who_knows_it_and_meets_the_floor() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    let change = |old: &str, new: &str| {
        Request::Passphrase(PassphraseChange {
            old: old.to_owned(),
            new: new.to_owned(),
            request: None,
        })
    };
    for weak in [
        "",
        "secret",
        "zoom zoom zoom zoom zoom zoom",
        "zoom zoology zone",
    ] {
        let refused = room.refused("alice", change(PASSPHRASE, weak));
        assert_eq!(refused.code, Code::Invalid, "{weak:?}");
        assert!(!refused.message.contains("zoom"));
    }
    let wrong = room.refused("alice", change(OTHER_PASSPHRASE, OTHER_PASSPHRASE));
    assert_eq!(wrong.code, Code::SignInFailed);
    let hasty = room.refused("alice", change(PASSPHRASE, OTHER_PASSPHRASE));
    assert_eq!(hasty.code, Code::SlowDown);
    room.clock.advance(SLOW_DOWN_FIRST);
    room.sign_in("alice");
    let _: () = room.get("alice", change(PASSPHRASE, OTHER_PASSPHRASE));
    // Whoever has an older copy of the bundle needs the older passphrase; the room takes the new one.
    let old = room.guard().sign_in(&sign_in("alice", PASSPHRASE), PEER);
    assert_eq!(old.unwrap_err().code, Code::SignInFailed);
    room.clock.advance(SLOW_DOWN_FIRST);
    let new = room
        .guard()
        .sign_in(&sign_in("alice", OTHER_PASSPHRASE), PEER);
    assert!(new.is_ok());
}

#[test]
fn a_session_ends_after_a_working_day_or_when_its_owner_says_so() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    room.sign_in("alice");
    let me: WhoAmI = room.get("alice", Request::WhoAmI);
    assert_eq!(me.name, "alice");
    assert_eq!(SESSION_LASTS, Duration::from_secs(12 * 3600));
    room.clock.advance(SESSION_LASTS - Duration::from_secs(1));
    let _: WhoAmI = room.get("alice", Request::WhoAmI);
    room.clock.advance(Duration::from_secs(1));
    let ended = room.refused("alice", Request::WhoAmI);
    assert_eq!(ended.code, Code::NotSignedIn);

    room.sign_in("alice");
    let _: () = room.get("alice", Request::SignOut);
    let out = room.refused("alice", Request::WhoAmI);
    assert_eq!(bytes(&out), bytes(&ended));
    assert_eq!(
        bytes(&room.refused("alice", Request::SignOut)),
        bytes(&ended)
    );
    // Another account of the machine, and tokens that never were.
    room.sign_in("alice");
    let token = room.tokens["alice"].clone();
    for (token, peer) in [
        (token.clone(), Peer(1001)),
        (token, Peer(0)),
        (Token::presented(""), PEER),
        (Token::presented(&"0".repeat(64)), PEER),
    ] {
        let refused = room
            .guard()
            .call(&token, peer, &Request::WhoAmI)
            .unwrap_err();
        assert_eq!(bytes(&refused), bytes(&ended));
        let mut go_on = |_| std::ops::ControlFlow::Continue(());
        let refused = room
            .guard()
            .file(&token, peer, &filing("a.txt"), b"x", &mut go_on)
            .unwrap_err();
        assert_eq!(bytes(&refused), bytes(&ended));
    }
    let _: WhoAmI = room.get("alice", Request::WhoAmI);
    // A room that was closed knows no session of before.
    let kept = room.tokens.clone();
    room.reopen();
    room.tokens = kept;
    assert_eq!(
        bytes(&room.refused("alice", Request::WhoAmI)),
        bytes(&ended)
    );
}

#[test]
fn one_person_has_so_many_sessions_and_no_more() {
    let mut room = room();
    room.add_person("alice", &["reader"], "");
    for _ in 1..SESSIONS_PER_PERSON_MAX {
        room.sign_in("alice");
    }
    let ask = sign_in("alice", PASSPHRASE);
    assert_eq!(
        room.guard().sign_in(&ask, PEER).unwrap_err().code,
        Code::Limit
    );
    let _: () = room.get("alice", Request::SignOut);
    room.sign_in("alice");
    room.clock.advance(SESSION_LASTS);
    room.sign_in("alice");
}

// --- Retries ---

#[test]
fn a_request_that_is_sent_again_is_not_carried_out_again() {
    let mut room = room();
    room.add_person("officer", &["security-officer", "records-officer"], "");
    room.add_person("alice", &["reader"], "");
    room.add_person("bob", &["reader"], "");
    let invited: Invited = room.get("officer", invite("carol", &["reader"]));
    let fingerprint = room.join(&invited.code);
    let id = room
        .file_text("chief", "A heading\n\nWords.\n", "Secret", 1)
        .records[0]
        .record
        .clone();
    room.clear("officer", "Secret");

    let mut n = 0;
    let mut fresh = || {
        n += 1;
        Some(RequestId::random(&mut Stream::from_seed([n; 32])).to_string())
    };
    let mut restrict = common::restriction(&id, "Nodis", &[]);
    let another = |seed: u64| {
        let text = format!("Note {seed}\n\nWords.\n");
        let filed = room.file_text("chief", &text, "Secret", seed);
        filed.records[0].record.clone()
    };
    let (linked, taken, gone, kept) = (another(11), another(12), another(13), another(14));
    let kept: RequestMade = room.get("chief", withdraw(&kept));
    let gone: RequestMade = room.get("officer", withdraw(&gone));
    let refused: RequestMade = room.get("officer", withdraw(&another(15)));
    let mut requests = vec![
        Request::Link(LinkQuery {
            record: linked,
            to: id.clone(),
            portion: None,
            kind: "denial".to_owned(),
            request: None,
        }),
        withdraw(&taken),
        approve(&gone.id),
        deny(&refused.id),
        take_back(&kept.id),
        invite("dora", &["reader"]),
        confirm("carol", &fingerprint),
        grant("bob", "Secret"),
        turn("Nodis"),
        Request::Passphrase(PassphraseChange {
            old: PASSPHRASE.to_owned(),
            new: OTHER_PASSPHRASE.to_owned(),
            request: None,
        }),
        common::grading(&id, "B2", &[]),
        std::mem::replace(&mut restrict, Request::WhoAmI),
    ];
    let mut used = Vec::new();
    for request in &mut requests {
        *id_of(request) = fresh();
        let answer = room
            .ask("chief", request)
            .unwrap_or_else(|e| panic!("{request:?}: {e}"));
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let before = acts(&room).len();
        let again = room.ask("chief", request).unwrap_err();
        assert_eq!(again.code, Code::AlreadyDone, "{request:?}");
        assert!(!again.details.is_empty());
        if let Some(receipt) = answer.get("receipt") {
            assert_eq!(again.details[0], receipt.as_str().unwrap(), "{request:?}");
        }
        for receipt in &again.details {
            let _: ReceiptShown = room.get(
                "chief",
                Request::Receipt(ReceiptQuery {
                    id: Some(receipt.clone()),
                    ..ReceiptQuery::default()
                }),
            );
        }
        let after = acts(&room);
        assert_eq!(after.len(), before + 1);
        assert!(matches!(after.last(), Some(Act::Refused { .. })));
        let refused = room.refused("chief", otherwise(request));
        assert_eq!(refused.code, Code::Conflict, "{request:?}");
        assert!(refused.details.is_empty());
        used.push(id_of(request).clone());
    }
    // Nor does an id that was used for one kind of request do for another.
    used.rotate_left(1);
    for (request, id) in requests.iter().zip(&used) {
        let mut other = request.clone();
        id_of(&mut other).clone_from(id);
        assert_eq!(room.refused("chief", other).code, Code::Conflict);
    }
    let first = room.try_file("chief", "a.txt", b"Head\n\nText.\n", Some("Secret"), 70);
    let again = room.try_file("chief", "a.txt", b"Head\n\nText.\n", Some("Secret"), 70);
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!(again.records[0].receipt, first.records[0].receipt);
    assert_eq!(
        (first.resumed, again.resumed),
        (0, 1),
        "nothing was filed again"
    );
    for told in [
        |f: &mut Filing| f.authority = "the Legal Adviser".to_owned(),
        |f: &mut Filing| f.because = "asked for by the embassy".to_owned(),
        |f: &mut Filing| f.from_system = Some("the old registry".to_owned()),
        |f: &mut Filing| f.already_held_by = vec!["the archive".to_owned()],
        |f: &mut Filing| f.unmarked_as = Some("Secret".to_owned()),
        |f: &mut Filing| f.caution = Some("may have been made up".to_owned()),
        |f: &mut Filing| f.judged.grade = Some("B2".to_owned()),
    ] {
        let mut filing = common::filing("a.txt");
        filing.marking = Some("Secret".to_owned());
        filing.request = filed_as(70);
        told(&mut filing);
        let refused = room.file("chief", &filing, b"Head\n\nText.\n");
        assert_eq!(refused.unwrap_err().code, Code::Conflict, "{filing:?}");
    }
    // A filing's id is not another act's, and the other way round.
    let mut restrict = requests.last().unwrap().clone();
    let of_restriction = std::mem::replace(id_of(&mut restrict), filed_as(70));
    assert_eq!(room.refused("chief", restrict).code, Code::Conflict);
    let mut filing = common::filing("a.txt");
    filing.marking = Some("Secret".to_owned());
    filing.request = of_restriction;
    let refused = room.file("chief", &filing, b"Head\n\nText.\n");
    assert_eq!(refused.unwrap_err().code, Code::Conflict);
    // Another person's request of the same id is another request.
    assert!(
        room.try_file("officer", "a.txt", b"Head\n\nText.\n", Some("Secret"), 70)
            .is_ok()
    );
    // It is remembered when the room was closed meanwhile.
    room.reopen();
    let signed = room
        .guard()
        .sign_in(&sign_in("chief", OTHER_PASSPHRASE), PEER)
        .unwrap();
    let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
    room.tokens
        .insert("chief".to_owned(), Token::presented(&signed.token));
    for request in &requests {
        let again = room.ask("chief", request).unwrap_err();
        assert_eq!(again.code, Code::AlreadyDone, "{request:?}");
    }
    let malformed = Request::PersonInvite(Invite {
        name: "eve".to_owned(),
        roles: vec!["reader".to_owned()],
        request: Some("0".to_owned()),
    });
    assert_eq!(room.refused("chief", malformed).code, Code::Invalid);
}

/// The request id of [`World::try_file`].
fn filed_as(seed: u64) -> Option<String> {
    let mut seeded = [0; 32];
    seeded[..8].copy_from_slice(&seed.to_le_bytes());
    Some(RequestId::random(&mut Stream::from_seed(seeded)).to_string())
}

fn withdraw(record: &str) -> Request {
    Request::Withdraw(WithdrawAsk {
        record: record.to_owned(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "a misfiling".to_owned(),
        request: None,
    })
}

/// The act of the approval rules that something asked for is under.
fn asked_word(ask: &RequestFor) -> String {
    let what = serde_json::to_value(ask).unwrap()["what"].clone();
    match what.as_str().unwrap() {
        "undo" => "undo-restriction".to_owned(),
        word => word.to_owned(),
    }
}

/// Asking for something, with a reason where it is about a record.
fn asking(ask: RequestFor) -> Request {
    let reason = !matches!(
        ask,
        RequestFor::Clear { .. }
            | RequestFor::Acting { .. }
            | RequestFor::Rules { .. }
            | RequestFor::Policy { .. }
    );
    Request::Ask(RequestAsk {
        ask,
        reason: reason.then(|| "foreign-relations".to_owned()),
        authority: None,
        because: "it was meant for another room".to_owned(),
        request: None,
    })
}

fn correction(record: &str) -> Correcting {
    Correcting {
        record: record.to_owned(),
        listened: vec!["the duty officer".to_owned()],
        changed: "a word".to_owned(),
        produced: "from the recording".to_owned(),
    }
}

/// Where a change has its request id.
fn id_of(request: &mut Request) -> &mut Option<String> {
    match request {
        Request::PersonInvite(a) => &mut a.request,
        Request::PersonConfirm(a) => &mut a.request,
        Request::ClearanceGrant(a) => &mut a.request,
        Request::AtomTurn(a) => &mut a.request,
        Request::Passphrase(a) => &mut a.request,
        Request::Restrict(a) => &mut a.request,
        Request::Link(a) => &mut a.request,
        Request::Withdraw(a) => &mut a.request,
        Request::Approve(a) => &mut a.request,
        Request::Deny(a) => &mut a.request,
        Request::RequestTakeBack(a) => &mut a.request,
        Request::Grade(a) => &mut a.request,
        Request::LowerDue(a) => &mut a.request,
        Request::HoldPlace(a) => &mut a.request,
        other => unreachable!("{other:?}"),
    }
}

/// Another request of the same kind, with the same id.
fn otherwise(request: &Request) -> Request {
    let mut other = request.clone();
    match &mut other {
        Request::PersonInvite(a) => a.name = "erin".to_owned(),
        Request::PersonConfirm(a) => a.name = "dora".to_owned(),
        Request::ClearanceGrant(a) => a.clearance = "Confidential".to_owned(),
        Request::AtomTurn(a) => a.atom = "Secret".to_owned(),
        Request::Passphrase(a) => a.new.push('x'),
        Request::Restrict(a) => a.because.push_str(", and more"),
        Request::Link(a) => a.kind = "response".to_owned(),
        Request::Withdraw(a) => a.because.push_str(", and more"),
        Request::Approve(a) => a.id.truncate(20),
        Request::Deny(a) => a.because.push_str(", and more"),
        Request::RequestTakeBack(a) => a.id.truncate(20),
        Request::Grade(a) => a.judged.grade = Some("C3".to_owned()),
        Request::LowerDue(a) => a.record.truncate(20),
        Request::HoldPlace(a) => a.because.push_str(", and more"),
        other => unreachable!("{other:?}"),
    }
    other
}

// --- Roles ---

/// Tries in each role whatever there is to do; what was found is compared with `golden/roles.txt`.
#[test]
fn each_role_may_do_what_the_table_says_and_nothing_else() {
    let mut room = room();
    room.add_person("officer", &["security-officer"], "");
    let id = room
        .file_text("chief", "A heading\n\nWords.\n", "Secret", 1)
        .records[0]
        .record
        .clone();
    let recorded = id.clone();
    room.record("chief", &recorded, 0, true, b"What was said.");
    let mut tried = roles::Tried::default();
    for (round, role) in (0_u64..).zip(Role::ALL) {
        let name = role.word();
        // Each has the same clearance: what differs is the role alone.
        room.add_person(name, &[name], "Open; Secret");
        // The keys come with the role, to whoever has it.
        if role == Role::Inspector {
            room.clear(name, "inspectors");
        }
        let joining = format!("joining-{name}");
        let invited: Invited = room.get("chief", invite(&joining, &["reader"]));
        let fingerprint = room.join(&invited.code);
        let joined = format!("joined-{name}");
        room.add_person(&joined, &["reader"], "");
        let waiting = format!("waiting-{name}");
        room.add_person(&waiting, &["reader"], "");
        let cleared: ClearanceChanged = room.get("officer", grant(&waiting, "Secret"));
        let asked: RecoverAsked = room.get("officer", recover(&joined));
        let for_joined = asked.recovery;
        room.join(&asked.code.unwrap());
        let restrict = match common::restriction(&id, "Nodis", &[]) {
            Request::Restrict(ask) => Request::Restrict(Restrict {
                dry_run: true,
                ..ask
            }),
            _ => unreachable!(),
        };
        let query = ReadQuery {
            record: id.clone(),
            ..ReadQuery::default()
        };
        // What takes two versions, two records or two persons, once for each role.
        let mut seed = 300 + 100 * round;
        let mut another = || {
            seed += 1;
            let text = format!("Note {seed}\n\nWords.\n");
            let filed = room.file_text("chief", &text, "Secret", seed);
            filed.records[0].record.clone()
        };
        let (corrected, linked, taken, waits) = (another(), another(), another(), another());
        let to_lower = another();
        let of_old = Filing {
            declassify_on: Some(common::START.day()),
            marking: Some("Secret".to_owned()),
            ..common::filing("old.txt")
        };
        let due = room.file("chief", &of_old, b"Old\n\nWords.\n").unwrap();
        let due = due.records[0].record.clone();
        let correcting = Filing {
            marking: Some("Secret".to_owned()),
            correction: Some(correction(&corrected)),
            ..common::filing("a.txt")
        };
        room.file("chief", &correcting, b"Head\n\nText.\n").unwrap();
        let withdrawal: RequestMade = room.get("chief", withdraw(&waits));
        let denied: RequestMade = room.get("chief", withdraw(&another()));
        let (asked_of, for_good, destroyed) = (another(), another(), another());
        let raised = another();
        let (held, released) = (another(), another());
        let (lowered, kept) = (another(), another());
        let mut open = || {
            seed += 1;
            let text = format!("Open note {seed}\n\nWords.\n");
            let filed = room.file_text("chief", &text, "Open", seed);
            filed.records[0].record.clone()
        };
        let (undone, mistaken) = (open(), open());
        let _: Restricted = room.get("chief", common::restriction(&mistaken, "Secret", &[]));
        let hold = HoldPlace {
            matter: "an inquiry".to_owned(),
            records: vec![held.clone(), released.clone()],
            because: "asked for".to_owned(),
            request: None,
        };
        let _: HoldsPlaced = room.get("chief", Request::HoldPlace(hold));
        let by_chief = |ask: RequestFor| -> String {
            let made: RequestMade = room.get("chief", asking(ask));
            made.id
        };
        let lower_it = by_chief(RequestFor::Lower {
            record: lowered,
            to: "Open".to_owned(),
            portions: Vec::new(),
        });
        let keep_it = by_chief(RequestFor::Schedule {
            record: kept,
            schedule: None,
            declassify_on: Some("2040-01-01".to_owned()),
            downgrade: None,
        });
        let undo_it = by_chief(RequestFor::Undo { record: mistaken });
        let release_it = by_chief(RequestFor::ReleaseHold {
            record: released,
            hold: None,
        });
        let leaving = format!("leaving-{name}");
        room.add_person(&leaving, &["reader"], "Secret");
        let deputy = format!("deputy-{name}");
        room.add_person(&deputy, &["reader"], "");
        let acting = asking(RequestFor::Acting {
            deputy: deputy.clone(),
            principal: None,
            until: "2026-06-01".to_owned(),
        });
        let acting: RequestMade = room.get("chief", acting);
        let _: RequestDecided = room.get("officer", approve(&acting.id));
        let destruction = asking(RequestFor::Destroy { record: destroyed });
        let destruction: RequestMade = room.get("chief", destruction);
        let others = format!("{}# for {name}\n", strongroom_guard::DEFAULT_RULES);
        let rules: RequestMade = room.get("chief", asking(RequestFor::Rules { rules: others }));
        let next = format!("{}# for {name}\n", small::policy().source());
        let policy: RequestMade = room.get("chief", asking(RequestFor::Policy { policy: next }));
        let stands = asking(RequestFor::Acting {
            deputy: deputy.clone(),
            principal: Some(waiting.clone()),
            until: "2026-06-01".to_owned(),
        });
        let stands: RequestMade = room.get("chief", stands);
        let overseeing = format!("overseeing-{name}");
        room.add_person(&overseeing, &["inspector"], "");
        let watching = format!("watching-{name}");
        room.add_person(&watching, &["inspector"], "");
        let leaves: DepartDone = room.get(
            "officer",
            Request::Depart(Depart {
                name: overseeing,
                because: "the posting ended".to_owned(),
                request: None,
            }),
        );
        let leaves = RequestMade {
            id: leaves.asked.unwrap(),
            until: String::new(),
            receipt: leaves.receipt,
        };
        let link = LinkQuery {
            record: linked,
            to: corrected.clone(),
            portion: None,
            kind: "denial".to_owned(),
            request: None,
        };
        let history = RecordRef { record: id.clone() };
        let practice = PracticeAdd {
            words: "Calls go to Secret".to_owned(),
            authority: "the Secretary".to_owned(),
            marking: Some("Secret".to_owned()),
            from: None,
            until: None,
            request: None,
        };
        let ended: PracticeAdded = room.get("chief", Request::PracticeAdd(practice.clone()));
        let ended = ended.practice;
        let change = PassphraseChange {
            old: PASSPHRASE.to_owned(),
            new: OTHER_PASSPHRASE.to_owned(),
            request: None,
        };
        let requests = [
            Request::WhoAmI,
            Request::Passphrase(change),
            invite(&format!("new-{name}"), &["reader"]),
            confirm(&joining, &fingerprint),
            Request::PersonList,
            grant(&waiting, "Nodis"),
            asking(RequestFor::Clear {
                name: waiting.clone(),
                clearance: "Open".to_owned(),
            }),
            Request::ClearanceShow(PersonName::default()),
            Request::List(ListQuery::default()),
            Request::Read(query),
            Request::Piece(PieceQuery {
                record: recorded.clone(),
                attachment: None,
                version: None,
                piece: 0,
            }),
            restrict,
            common::restriction(&raised, "Nodis", &[]),
            common::restriction(&undone, "Secret", &[]),
            asking(RequestFor::Undo { record: undone }),
            asking(RequestFor::ReleaseHold {
                record: held,
                hold: None,
            }),
            common::grading(&id, "F6", &[]),
            Request::Changes(ChangesQuery {
                record: corrected.clone(),
                version: None,
            }),
            Request::Link(link),
            withdraw(&taken),
            asking(RequestFor::Withdraw { record: asked_of }),
            asking(RequestFor::Destroy { record: for_good }),
            asking(RequestFor::Lower {
                record: to_lower.clone(),
                to: "Open".to_owned(),
                portions: Vec::new(),
            }),
            asking(RequestFor::Schedule {
                record: to_lower,
                schedule: None,
                declassify_on: Some("2040-01-01".to_owned()),
                downgrade: None,
            }),
            Request::Requests(RequestsQuery::default()),
            Request::RulesShow,
            Request::PolicyShow,
            Request::PracticeAdd(practice),
            Request::PracticeEnd(PracticeEnd {
                practice: ended,
                request: None,
            }),
            Request::PracticeList,
            Request::Docket(DocketQuery::default()),
            Request::DocketChart(DocketChartQuery::default()),
            asking(RequestFor::Rules {
                rules: format!(
                    "{}# as {name} wants them\n",
                    strongroom_guard::DEFAULT_RULES
                ),
            }),
            asking(RequestFor::Policy {
                policy: format!("{}# as {name} wants it\n", small::policy().source()),
            }),
            asking(RequestFor::Acting {
                deputy: waiting.clone(),
                principal: Some("chief".to_owned()),
                until: "2026-06-01".to_owned(),
            }),
            Request::ActingList,
            Request::ActingEnd(ActingEnd {
                deputy: deputy.clone(),
                principal: "chief".to_owned(),
                request: None,
            }),
            Request::Depart(Depart {
                name: leaving,
                because: "the posting ended".to_owned(),
                request: None,
            }),
            Request::Custody(CustodyQuery {
                from: Some("1969-02-14".to_owned()),
                because: "an inquiry".to_owned(),
                ..CustodyQuery::default()
            }),
            Request::Reconcile(ReconcileQuery {
                calls: vec![CallListed {
                    line: 2,
                    date: "1969-02-14".to_owned(),
                    time: None,
                    participants: Vec::new(),
                    place: None,
                }],
                because: "an inquiry".to_owned(),
            }),
            Request::Report(ReportQuery { year: 2026 }),
            Request::Challenge(ChallengeAsk {
                record: Some(id.clone()),
                because: "it is widely known".to_owned(),
                receipt: None,
                alleges: None,
                request: None,
            }),
            Request::Challenges,
            Request::History(history),
            Request::Due,
            Request::LowerDue(LowerDue {
                record: due,
                request: None,
            }),
            Request::HoldPlace(HoldPlace {
                matter: "an inquiry".to_owned(),
                records: vec![id.clone()],
                because: "asked for".to_owned(),
                request: None,
            }),
            Request::HoldList,
            Request::Disclosures,
            Request::Receipt(ReceiptQuery::default()),
            Request::LedgerCheck,
            Request::LedgerProve(EntryIndex { index: 0 }),
            Request::LedgerConsistency(LogSizes { from: 1, to: 2 }),
            Request::AtomList,
            turn("Nodis"),
            Request::RecoverList,
            Request::RecoverStatus,
            recover(&waiting),
            Request::RecoverShareRequest(ShareRequestQuery {
                recovery: for_joined.clone(),
                holder: "recovery sheet".to_owned(),
            }),
            Request::RecoverWithdraw(RecoverWithdraw {
                recovery: for_joined.clone(),
                request: None,
            }),
            Request::Close,
        ];
        for request in &requests {
            let may = match room.ask(name, request) {
                Ok(_) => true,
                Err(refused) => {
                    assert_eq!(
                        refused.code,
                        Code::NotAllowed,
                        "{name}: {request:?}: {refused}"
                    );
                    let last = acts(&room).pop().unwrap();
                    let word = request.word();
                    assert!(matches!(last, Act::Refused { asked } if asked == word));
                    false
                }
            };
            match request {
                Request::Ask(ask) => tried.asking(&asked_word(&ask.ask), role, may),
                _ => tried.command(request.word(), role, may),
            }
            match request {
                Request::PersonInvite(_) => tried.asking("admit", role, may),
                Request::PersonConfirm(_) => tried.approving("admit", role, may),
                _ => {}
            }
        }
        let may = |request: Request| match room.ask(name, &request) {
            Ok(_) => true,
            Err(refused) => {
                let none = [Code::NotAllowed, Code::NotFound];
                assert!(
                    none.contains(&refused.code),
                    "{name}: {request:?}: {refused}"
                );
                false
            }
        };
        // Of somebody whom others approve the leaving of; of everybody else a security officer says so alone.
        let depart = Request::Depart(Depart {
            name: watching,
            because: "the posting ended".to_owned(),
            request: None,
        });
        tried.asking("depart", role, may(depart));
        let clearance = cleared.asked.unwrap();
        // Of what another asked for.
        let taken_back = may(take_back(&clearance));
        tried.command("request-take-back", role, taken_back);
        let certificate = may(Request::Destroyed(RecordRef { record: id.clone() }));
        tried.command("destroyed", role, certificate);
        for (word, id) in [
            // Each holds what would be given.
            ("clear", &clearance),
            ("withdraw", &withdrawal.id),
            ("destroy", &destruction.id),
            ("lower", &lower_it),
            ("schedule", &keep_it),
            ("undo-restriction", &undo_it),
            ("release-hold", &release_it),
            ("rules", &rules.id),
            ("policy", &policy.id),
            ("acting", &stands.id),
            ("depart", &leaves.id),
        ] {
            tried.approving(word, role, may(approve(id)));
        }
        assert_eq!(
            may(deny(&denied.id)),
            role == Role::RecordsOfficer,
            "who may approve may deny"
        );
        let filed = room.try_file(name, "a.txt", b"Head\n\nText.\n", Some("Secret"), 200);
        tried.command("file", role, filed.is_ok());
        let further = room.file(name, &correcting, b"Head\n\nTexts.\n");
        tried.command("file-correction", role, further.is_ok());
        let _: () = room.get(name, Request::SignOut);
    }
    let store = take(&room);
    tried.compare(&forge::events(&house(&room, &store), &store));
}
