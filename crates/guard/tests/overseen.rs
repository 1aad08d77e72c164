//! What practices, challenges, answers, holds and lowerings store: each row of it changed, taken out or put in another's
//! place is found, or shows in nothing. No inspector, officer or reader is ever shown a wrong word of it.

mod common;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use common::{PASSPHRASE, PEER, World, approve};
use loot::{House, LOG, Loot};
use small::{house, loot as take, reopen_on};
use strongroom_guard::api::*;
use strongroom_guard::{Peer, Token};
use strongroom_seal::Suite;
use strongroom_vault::Key;
use strongroom_vault::testing::FaultDisk;

const WORDS: [&str; 4] = [
    "Papers of the desk go here",
    "this is in the newspapers",
    "it names a source",
    "the inquiry needs it",
];

/// Before the acts of oversight and after them.
struct Overseen {
    world: World,
    before: Loot,
    store: Loot,
    house: House,
    shown: Vec<String>,
}

fn overseen() -> Overseen {
    let mut world = small::room(67, Suite::Mock);
    for name in ["otto", "olaf"] {
        world.add_person(name, &["records-officer", "reader"], "at-most Top Secret");
    }
    world.add_person("rita", &["reader"], "at-most Secret");
    world.add_person("ines", &["inspector"], "inspectors");
    let filed = |seed| {
        let text = format!("Note {seed}\n\nThe words of {seed}.\n");
        world.file_text("otto", &text, "Secret", seed).records[0]
            .record
            .clone()
    };
    let records: Vec<String> = (1..4).map(filed).collect();
    world.restrict("otto", &records[0], "Top Secret", &[]);
    let before = take(&world);
    let practice = PracticeAdd {
        words: WORDS[0].to_owned(),
        authority: "the Minister".to_owned(),
        marking: Some("Secret".to_owned()),
        from: None,
        until: None,
        request: None,
    };
    let _: PracticeAdded = world.get("otto", Request::PracticeAdd(practice));
    for record in &records[1..] {
        let ask = ChallengeAsk {
            record: Some(record.clone()),
            because: WORDS[1].to_owned(),
            receipt: None,
            alleges: None,
            request: None,
        };
        let made: ChallengeMade = world.get("rita", Request::Challenge(ask));
        let answer = ChallengeAnswer {
            challenge: made.challenge,
            outcome: "rejected".to_owned(),
            because: WORDS[2].to_owned(),
            request: None,
        };
        let _: ChallengeAnswered = world.get("otto", Request::AnswerChallenge(answer));
        let hold = HoldPlace {
            matter: "inquiry 7".to_owned(),
            records: vec![record.clone()],
            because: WORDS[3].to_owned(),
            request: None,
        };
        let _: HoldsPlaced = world.get("ines", Request::HoldPlace(hold));
    }
    let asked: RequestMade = world.get(
        "otto",
        Request::Ask(RequestAsk {
            ask: RequestFor::Lower {
                record: records[0].clone(),
                to: "Secret".to_owned(),
                portions: Vec::new(),
            },
            reason: Some("foreign-relations".to_owned()),
            authority: None,
            because: "it harms nobody any more".to_owned(),
            request: None,
        }),
    );
    let _: RequestDecided = world.get("olaf", approve(&asked.id));
    world.guard().tick();
    let store = take(&world);
    let house = house(&world, &store);
    let shown = shown(&mut world, store.disk()).unwrap();
    for words in WORDS.into_iter().chain(["The words of 1."]) {
        assert!(shown.iter().any(|text| text.contains(words)), "{words}");
    }
    Overseen {
        world,
        before,
        store,
        house,
        shown,
    }
}

/// What is shown of all that to those who may know of it. Or why nothing is.
fn shown(world: &mut World, disk: FaultDisk) -> Result<Vec<String>, String> {
    reopen_on(world, disk).map_err(|e| e.to_string())?;
    let mut words = Vec::new();
    for (name, requests) in [
        (
            "ines",
            &[
                Request::Challenges,
                Request::HoldList,
                Request::PracticeList,
            ][..],
        ),
        (
            "otto",
            &[
                Request::Challenges,
                Request::HoldList,
                Request::PracticeList,
            ],
        ),
        (
            "rita",
            &[Request::Challenges, Request::List(ListQuery::default())],
        ),
    ] {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let signed = world.guard().sign_in(&ask, PEER).map_err(|e| e.message)?;
        let signed: SignedIn = serde_json::from_slice(signed.json()).unwrap();
        let token = Token::presented(&signed.token);
        world.tokens.insert(name.to_owned(), token);
        for request in requests {
            let json = world.ask(name, request).map_err(|e| e.message)?;
            words.push(format!("{name}: {}", String::from_utf8(json).unwrap()));
        }
    }
    let docket = Request::Docket(DocketQuery::default());
    let json = world.ask("ines", &docket).map_err(|e| e.message)?;
    words.push(String::from_utf8(json).unwrap());
    let listing = world.ask("rita", &Request::List(ListQuery::default()));
    let listing: Listing = serde_json::from_slice(&listing.map_err(|e| e.message)?).unwrap();
    for row in listing.records {
        let query = ReadQuery {
            record: row.id,
            original: false,
            version: None,
        };
        let json = world
            .ask("rita", &Request::Read(query))
            .map_err(|e| e.message)?;
        let shown: Shown = serde_json::from_slice(&json).unwrap();
        words.push(format!("{:?} {:?}", shown.header, shown.portions));
    }
    Ok(words)
}

impl Overseen {
    /// The rows that the acts brought, but for checkpoints: one that is not the newest is `tamper.rs`'s.
    fn brought(&self) -> Vec<Key> {
        let there = |key: &&Key| key.kind != LOG && !self.before.rows.contains_key(key);
        self.store.rows.keys().filter(there).copied().collect()
    }

    /// Whether the room refuses a changed store. If it shows anything, it is what it should, and the check of all that is
    /// stored names what is wrong.
    fn refuses(&mut self, what: &str, changed: &Loot) -> bool {
        assert!(*changed != self.store, "{what}: nothing was changed");
        match shown(&mut self.world, changed.disk()) {
            Err(_) => true,
            Ok(shown) => {
                assert_eq!(shown, self.shown, "{what}: wrong words were shown");
                let mut go_on = |_| ControlFlow::Continue(());
                let (own, ask) = (Peer(0), CheckAsk::default());
                let copy = self
                    .world
                    .guard()
                    .check(own, own, &ask, &mut go_on)
                    .unwrap();
                let checked: Checked = serde_json::from_slice(copy.json()).unwrap();
                assert!(checked.missing + checked.damaged > 0, "{what}: {checked:?}");
                false
            }
        }
    }
}

#[test]
fn no_row_of_oversight_is_changed_taken_out_or_exchanged_unseen() {
    let mut room = overseen();
    let brought = room.brought();
    let mut found: BTreeMap<u8, [usize; 2]> = BTreeMap::new();
    let mut note = |key: &Key, refused: bool| {
        let [all, seen] = found.entry(key.kind).or_default();
        *all += 1;
        *seen += usize::from(refused);
    };
    for (n, key) in brought.iter().enumerate() {
        let mut changed = room.store.clone();
        let bytes = changed.rows.get_mut(key).unwrap();
        let at = 66.min(bytes.len() - 1);
        bytes[at] ^= 1 << (n % 8);
        note(key, room.refuses(&format!("{key:?} flipped"), &changed));
        let mut changed = room.store.clone();
        changed.rows.remove(key);
        note(key, room.refuses(&format!("{key:?} taken out"), &changed));
        // Whoever has the house key covers another's row for this place.
        let other = brought.iter().find(|o| o.kind == key.kind && *o != key);
        if let Some(other) = other {
            let mut changed = room.store.clone();
            room.house.swap(&mut changed, *key, *other);
            note(key, room.refuses(&format!("{key:?} exchanged"), &changed));
        }
    }
    assert!(found.len() >= 4, "{found:?}");
    let (all, seen) = found
        .values()
        .fold((0, 0), |sum, [all, seen]| (sum.0 + all, sum.1 + seen));
    assert!(
        seen * 4 > all * 3,
        "most of it is read by what is shown: {found:?}"
    );
}
