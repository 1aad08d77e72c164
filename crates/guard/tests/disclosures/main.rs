//! Disclosures: what is brought without an account, taken in by the hour, answered, and never dropped unseen.

mod routes;

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/forge.rs"]
mod forge;
#[path = "../common/loot.rs"]
mod loot;
#[path = "../common/small.rs"]
mod small;
#[path = "../common/thief.rs"]
mod thief;

use std::ops::ControlFlow;
use std::time::Duration;

use common::{PEER, World};
use data_encoding::{BASE64, HEXLOWER};
use loot::{House, Loot};
use small::{house, keys_of, loot as take, reopen_on};
use strongroom_guard::api::*;
use strongroom_guard::limits::{DISCLOSURE_REPLY_MAX_BYTES, DISCLOSURES_COME_BACK};
use strongroom_guard::{Code, Peer, Refusal, disclosed_leaf};
use strongroom_record::disclosure::{
    AnswerKind, BATCH_PLACES, DisclosedContent, DisclosedFile, DisclosurePage, messages,
};
use strongroom_record::event::{Act, FieldTag, Role};
use strongroom_record::{DisclosureId, RoomId, RouteName, Stream, decode, encode};
use strongroom_seal::disclosure::{Brought, page_digest};
use strongroom_seal::{
    AtomPublic, AtomRole, DisclosureCode, DisclosureKeys, SealedMessage, SealedReply, Suite,
};
use strongroom_tlog::tree::{InclusionProof, LeafHash, TreeHead, TreeRoot};
use strongroom_vault::testing::FaultDisk;
use strongroom_vault::{Key, SLOT_BYTES, Spool};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const DISCLOSED: u8 = 16;
const WORDS: &str = "the minister's call was left out of the record";

/// A room with two inspectors, a reader, and a spool of so many slots.
fn room_of(slots: usize, suite: Suite) -> World {
    peopled(small::room(77, suite), slots)
}

fn peopled(mut world: World, slots: usize) -> World {
    world.spool = Some((FaultDisk::new(), slots));
    world.reopen();
    world.sign_in("chief");
    for name in ["ines", "igor"] {
        world.add_person(name, &["inspector"], "");
        world.clear(name, "inspectors");
    }
    world.add_person("rhea", &["reader"], "at-most Secret");
    world.guard().take_disclosures().unwrap();
    world
}

fn room() -> World {
    room_of(64, Suite::Mock)
}

fn next_hour(world: &World) {
    world.clock.advance(HOUR);
    world.guard().take_disclosures().unwrap();
}

/// Someone outside: the code, and what follows from it.
struct Sender {
    keys: DisclosureKeys,
    suite: Suite,
    stream: Stream,
}

fn says(text: &str) -> DisclosedContent {
    DisclosedContent {
        text: text.to_owned(),
        files: Vec::new(),
    }
}

fn of_size(bytes: usize) -> DisclosedContent {
    DisclosedContent {
        text: String::new(),
        files: vec![DisclosedFile {
            name: "a.bin".to_owned(),
            bytes: vec![7; bytes],
        }],
    }
}

fn key_of(world: &World) -> (DisclosureKeyShown, AtomPublic) {
    let copy = world.guard().disclosure_key().unwrap();
    let shown: DisclosureKeyShown = serde_json::from_slice(copy.json()).unwrap();
    let key = decode(&BASE64.decode(shown.key.as_bytes()).unwrap()).unwrap();
    (shown, key)
}

fn room_id(world: &World) -> RoomId {
    world.guard().room()
}

impl Sender {
    fn new(world: &World, seed: u8) -> Self {
        let mut stream = Stream::from_seed([seed; 32]);
        let suite = Suite::from_id(strongroom_seal::SuiteId::new(key_of(world).0.suite)).unwrap();
        let code = DisclosureCode::generate(&mut stream);
        let keys = DisclosureKeys::of(suite, room_id(world), &code);
        Self {
            keys,
            suite,
            stream,
        }
    }
    fn sealed(&mut self, world: &World, number: u32, content: &DisclosedContent) -> Brought {
        self.sealed_by(world, (number, None), content)
    }
    fn sealed_by(
        &mut self,
        world: &World,
        (number, route): (u32, Option<&str>),
        content: &DisclosedContent,
    ) -> Brought {
        let (_, key) = key_of(world);
        let route = route.map(|name| RouteName::new(name).unwrap());
        let message = SealedMessage::seal(
            self.suite,
            room_id(world),
            (&self.keys, number),
            (&key, route.as_ref()),
            content,
            &mut self.stream,
        );
        Brought {
            access: *self.keys.access().expose(),
            message: message.unwrap(),
        }
    }
    fn brings(
        &mut self,
        world: &World,
        number: u32,
        content: &DisclosedContent,
    ) -> Result<DisclosureBrought, Refusal> {
        self.brings_by(world, (number, None), content)
    }
    fn brings_by(
        &mut self,
        world: &World,
        by: (u32, Option<&str>),
        content: &DisclosedContent,
    ) -> Result<DisclosureBrought, Refusal> {
        let brought = self.sealed_by(world, by, content);
        let copy = world.guard().disclose(&encode(&brought))?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }
    fn comes_back(&self, world: &World) -> Result<DisclosedShown, Refusal> {
        let ask = DisclosedQuery {
            access: BASE64.encode(self.keys.access().expose()),
        };
        let copy = world.guard().disclosed(&ask)?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }
    fn id(&self) -> String {
        self.keys.id().to_string()
    }
    fn reads(&self, world: &World, answer: &DisclosedAnswer) -> DisclosedContent {
        let sealed = BASE64
            .decode(answer.sealed.as_ref().unwrap().as_bytes())
            .unwrap();
        let reply: SealedReply = decode(&sealed).unwrap();
        reply
            .open(world.env.floor, room_id(world), &self.keys)
            .unwrap()
    }
}

fn rows(world: &World, name: &str) -> DisclosureRows {
    world.get(name, Request::Disclosures)
}

fn read(id: &str, number: u32, answer: bool) -> Request {
    Request::DisclosureRead(DisclosureReadQuery {
        disclosure: id.to_owned(),
        number,
        answer,
    })
}

fn acknowledge(id: &str) -> Request {
    Request::DisclosureAcknowledge(DisclosureAcknowledge {
        disclosure: id.to_owned(),
        request: None,
    })
}

fn reply(id: &str, text: &str) -> Request {
    Request::DisclosureReply(DisclosureReply {
        disclosure: id.to_owned(),
        text: text.to_owned(),
        files: Vec::new(),
        request: None,
    })
}

fn sign_in_all(world: &mut World) {
    for name in ["chief", "ines", "igor", "rhea"] {
        world.sign_in(name);
    }
}

/// What a proof of intake shows, checked as somebody outside does.
#[track_caller]
fn proves(proof: &DisclosureProof) {
    let batch = &proof.batch;
    assert_eq!(batch.what, "disclosures-taken");
    let field = |tag: FieldTag| batch.fields.iter().find(|f| f.tag == tag as u16).unwrap();
    assert!(
        field(FieldTag::Act).value.is_none(),
        "what else came is closed"
    );
    let page = field(FieldTag::Portions).value.as_ref().unwrap();
    let page: DisclosurePage = decode(&HEXLOWER.decode(page.as_bytes()).unwrap()).unwrap();
    let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
    let leaf = disclosed_leaf(
        hex(&proof.salt).try_into().unwrap(),
        hex(&proof.digest).try_into().unwrap(),
    );
    let path = InclusionProof::from_bytes(&BASE64.decode(proof.path.as_bytes()).unwrap()).unwrap();
    let head = TreeHead::new(path.size(), TreeRoot::from_bytes(page.root));
    path.verify(&LeafHash::of(&leaf), &head).unwrap();
}

fn checked(world: &World) -> Checked {
    let own = Peer(0);
    let mut go_on = |_| ControlFlow::Continue(());
    let ask = CheckAsk::default();
    let copy = world.guard().check(own, own, &ask, &mut go_on).unwrap();
    serde_json::from_slice(copy.json()).unwrap()
}

#[test]
fn a_disclosure_is_taken_in_by_the_hour_acknowledged_read_and_answered_both_ways() {
    for suite in [Suite::Mock, Suite::Cnsa] {
        let mut world = room_of(64, suite);
        let mut sender = Sender::new(&world, 1);
        let brought = sender.brings(&world, 1, &says(WORDS)).unwrap();
        assert_eq!(brought.number, 1);
        let waits = sender.comes_back(&world).unwrap();
        assert_eq!(
            (waits.messages.len(), waits.messages[0].at.is_none()),
            (1, true)
        );
        assert!(
            rows(&world, "ines").disclosures.is_empty(),
            "not before the hour"
        );

        next_hour(&world);
        let taken = sender.comes_back(&world).unwrap();
        let proof = taken.messages[0].proof.as_ref().unwrap();
        assert_eq!(proof.digest, brought.digest);
        proves(proof);
        let listed = rows(&world, "ines");
        assert_eq!(listed.disclosures.len(), 1);
        let row = &listed.disclosures[0];
        assert_eq!(
            (row.id.as_str(), row.messages, row.acknowledged),
            (&*sender.id(), 1, 0)
        );
        assert_eq!(row.owed.as_deref(), Some("acknowledge"));
        let opened: DisclosureOpened = world.get("igor", read(&sender.id()[..6], 1, false));
        assert_eq!(opened.text, WORDS);

        let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
        assert_eq!(
            world.refused("igor", acknowledge(&sender.id())).code,
            Code::Conflict
        );
        assert_eq!(
            world.raw_rows(DISCLOSED).len(),
            1,
            "it lies in the store now"
        );
        world.reopen();
        sign_in_all(&mut world);
        let opened: DisclosureOpened = world.get("igor", read(&sender.id(), 1, false));
        assert_eq!(opened.text, WORDS);

        let _: DisclosureDone = world.get("igor", reply(&sender.id(), "Which call?"));
        let answered = sender.comes_back(&world).unwrap();
        assert!(answered.messages[0].acknowledged);
        assert_eq!(answered.answers.len(), 2);
        assert!(
            answered.answers[0].sealed.is_none(),
            "an acknowledgement has no words"
        );
        assert_eq!(
            sender.reads(&world, &answered.answers[1]).text,
            "Which call?"
        );
        let copy: DisclosureOpened = world.get("ines", read(&sender.id(), 2, true));
        assert_eq!(copy.text, "Which call?");

        // After months, in a room that was opened anew from its kept state.
        world.guard().keep_state().unwrap();
        world.clock.advance(100 * DAY);
        world.reopen();
        sign_in_all(&mut world);
        world.guard().take_disclosures().unwrap();
        sender
            .brings(&world, 2, &says("That of the third of May."))
            .unwrap();
        next_hour(&world);
        proves(
            sender.comes_back(&world).unwrap().messages[1]
                .proof
                .as_ref()
                .unwrap(),
        );
        let _: DisclosureDone = world.get("ines", reply(&sender.id(), "Thank you."));
        let last = sender.comes_back(&world).unwrap();
        assert_eq!(
            sender.reads(&world, last.answers.last().unwrap()).text,
            "Thank you."
        );
        assert!(last.messages.iter().all(|m| m.acknowledged));
        assert_eq!(checked(&world).missing, 0);
        assert_eq!(rows(&world, "ines").disclosures[0].owed, None);
    }
}

#[test]
fn a_wrong_code_and_one_that_never_was_are_the_same() {
    let world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    let never = Sender::new(&world, 2).comes_back(&world).unwrap_err();
    // Who knows the id, as inspectors do, and not the code.
    let ask = DisclosedQuery {
        access: BASE64.encode(&[sender.keys.id().as_bytes().as_slice(), &[0; 16]].concat()),
    };
    let wrong = world.guard().disclosed(&ask).unwrap_err();
    assert_eq!(never, wrong);
    assert_eq!(never.code, Code::NotFound);
    for access in ["", "AA==", "not base 64"] {
        let ask = DisclosedQuery {
            access: access.to_owned(),
        };
        assert_eq!(
            world.guard().disclosed(&ask).unwrap_err().code,
            Code::Invalid
        );
    }
}

#[test]
fn what_is_no_sealed_message_or_does_not_follow_is_refused_and_kept_nowhere() {
    let world = room();
    let mut sender = Sender::new(&world, 1);
    let good = sender.sealed(&world, 1, &says(WORDS));
    let bytes = encode(&good);
    let refuses = |what: &str, bytes: &[u8], code: Code| {
        assert_eq!(
            world.guard().disclose(bytes).unwrap_err().code,
            code,
            "{what}"
        );
    };
    refuses("nothing", &[], Code::Invalid);
    refuses("cut", &bytes[..bytes.len() - 1], Code::Invalid);
    refuses("longer", &[&bytes[..], &[0]].concat(), Code::Invalid);
    let mut other = decode::<Brought>(&bytes).unwrap();
    other.access = [7; 32];
    refuses("another's access", &encode(&other), Code::Invalid);
    let mut other = decode::<Brought>(&bytes).unwrap();
    other.message.number = 0;
    refuses("no number", &encode(&other), Code::Invalid);
    let mut other = decode::<Brought>(&bytes).unwrap();
    other.message.reply = None;
    refuses("no key to answer to", &encode(&other), Code::Invalid);
    let mut other = decode::<Brought>(&bytes).unwrap();
    other.message.epoch += 1;
    refuses("another epoch", &encode(&other), Code::Conflict);
    let second = encode(&sender.sealed(&world, 2, &says(WORDS)));
    refuses("the second first", &second, Code::Conflict);
    world.guard().disclose(&bytes).unwrap();
    refuses("the first twice", &bytes, Code::Conflict);
    world.guard().disclose(&second).unwrap();
    next_hour(&world);
    assert_eq!(rows(&world, "ines").disclosures[0].messages, 2);
    refuses("the second twice", &second, Code::Conflict);
}

#[test]
fn a_message_that_its_sender_sealed_otherwise_is_told_and_shows_nothing() {
    let world = room();
    let mut sender = Sender::new(&world, 1);
    let mut brought = sender.sealed(&world, 1, &says(WORDS));
    let mut bytes = encode(&brought.message);
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    brought.message = decode(&bytes).unwrap();
    world.guard().disclose(&encode(&brought)).unwrap();
    next_hour(&world);
    let refused = world.refused("ines", read(&sender.id(), 1, false));
    assert_eq!(refused.code, Code::Unfit);
    let _: DisclosureDone = world.get("ines", reply(&sender.id(), "It cannot be read."));
}

#[test]
fn there_is_one_leaf_an_hour_of_one_size_whether_something_came_or_not() {
    let world = [room(), room()];
    for (n, world) in world.iter().enumerate() {
        if n == 0 {
            for seed in 1..=5 {
                let mut sender = Sender::new(world, seed);
                sender.brings(world, 1, &says(WORDS)).unwrap();
                sender.brings(world, 2, &says("And more.")).unwrap();
            }
        }
        for _ in 0..3 {
            next_hour(world);
            // Often within an hour makes no other leaf.
            world.guard().take_disclosures().unwrap();
            world.clock.advance(Duration::from_secs(60));
            world.guard().take_disclosures().unwrap();
        }
        world.clock.advance(100 * DAY);
        world.guard().take_disclosures().unwrap();
    }
    let stores = world.each_ref().map(take);
    assert_eq!(stores[0].entries.len(), stores[1].entries.len());
    let lengths = |n: usize| {
        let house = house(&world[n], &stores[n]);
        let events = forge::events(&house, &stores[n]);
        let batches = events
            .iter()
            .filter(|e| matches!(e.act, Act::DisclosuresTaken(_)));
        batches.map(|e| encode(e).len()).collect::<Vec<_>>()
    };
    assert_eq!(lengths(0), lengths(1));
    assert_eq!(lengths(0).len(), 5);
    // The same rows, of the same sizes, and the same answers to who is no inspector.
    let shape = |loot: &Loot| {
        loot.rows
            .iter()
            .map(|(k, v)| (k.kind, v.len()))
            .collect::<Vec<_>>()
    };
    let sorted = |mut shape: Vec<(u8, usize)>| {
        shape.sort_unstable();
        shape
    };
    assert_eq!(sorted(shape(&stores[0])), sorted(shape(&stores[1])));
    for name in ["chief", "rhea"] {
        for request in [
            Request::List(ListQuery::default()),
            Request::WhoAmI,
            Request::PersonList,
            Request::Disclosures,
            read("abcd", 1, false),
            acknowledge("abcd"),
        ] {
            assert_eq!(world[0].ask(name, &request), world[1].ask(name, &request));
        }
    }
    let status = world.each_ref().map(|w| w.guard().status().entries);
    assert_eq!(status[0], status[1]);
}

#[test]
fn a_turn_of_the_inspectors_key_is_shown_at_once_and_what_was_sealed_before_is_refused() {
    let world = room();
    let mut sender = Sender::new(&world, 1);
    let before = sender.sealed(&world, 1, &says(WORDS));
    let mut waiting = Sender::new(&world, 2);
    waiting.brings(&world, 1, &says(WORDS)).unwrap();
    let turn = AtomTurn {
        atom: "inspectors".to_owned(),
        request: None,
    };
    let _: AtomTurned = world.get("chief", Request::AtomTurn(turn));
    assert_eq!(
        world.guard().disclose(&encode(&before)).unwrap_err().code,
        Code::Conflict
    );
    world.guard().take_disclosures().unwrap();
    let (shown, key) = key_of(&world);
    assert_eq!(key.epoch, 2);
    let field = |f: &&FieldShown| f.tag == FieldTag::Portions as u16;
    let page = shown.proof.fields.iter().find(field).unwrap();
    let page = HEXLOWER
        .decode(page.value.as_ref().unwrap().as_bytes())
        .unwrap();
    let page: DisclosurePage = decode(&page).unwrap();
    assert_eq!(page.inspectors.as_slice(), page_digest(&key).as_bytes());
    // Whoever turns the key does not choose the moment at which what waits is shown.
    assert!(rows(&world, "ines").disclosures.is_empty());
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    for who in [&sender, &waiting] {
        let opened: DisclosureOpened = world.get("ines", read(&who.id(), 1, false));
        assert_eq!(opened.text, WORDS);
    }
}

#[test]
fn what_waits_is_taken_in_once_when_the_room_is_opened() {
    let mut world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    world.guard().take_disclosures().unwrap();
    assert!(
        rows(&world, "ines").disclosures.is_empty(),
        "not before the hour"
    );
    world.reopen();
    world.sign_in("ines");
    let size = || world.guard().status().entries;
    let before = size();
    world.guard().take_disclosures().unwrap();
    assert_eq!(size(), before + 1);
    assert_eq!(rows(&world, "ines").disclosures.len(), 1);
    let before = size();
    world.guard().take_disclosures().unwrap();
    assert_eq!(size(), before, "once");
}

#[test]
fn disclosures_are_for_inspectors_who_hold_the_key() {
    let mut world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    world.add_person("ivan", &["inspector"], "");
    for role in Role::ALL {
        world.add_person(role.word(), &[role.word()], "");
    }
    let names = Role::ALL.map(Role::word);
    for name in names.into_iter().chain(["chief", "ivan"]) {
        for request in [
            Request::Disclosures,
            read(&sender.id(), 1, false),
            read(&sender.id(), 1, true),
            acknowledge(&sender.id()),
            reply(&sender.id(), "Who are you?"),
        ] {
            let refused = world.refused(name, request.clone());
            assert_eq!(refused.code, Code::NotAllowed, "{name} {request:?}");
        }
    }
    // And each of them is an event.
    let _ = rows(&world, "ines");
    let _: DisclosureOpened = world.get("ines", read(&sender.id(), 1, false));
    let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
    let store = take(&world);
    let house = house(&world, &store);
    let acts: Vec<Act> = forge::events(&house, &store)
        .into_iter()
        .map(|e| e.act)
        .collect();
    let id: DisclosureId = sender.keys.id();
    assert!(acts.ends_with(&[
        Act::DisclosureShown {
            disclosures: vec![id],
            opened: false
        },
        Act::DisclosureShown {
            disclosures: vec![id],
            opened: true
        },
        Act::DisclosureAnswered(strongroom_record::disclosure::DisclosureAnswered {
            disclosure: id,
            number: 1,
            kind: AnswerKind::Acknowledged,
            digest: None,
        }),
    ]));
}

#[test]
fn what_is_dropped_after_it_was_taken_in_is_named_to_everyone_who_may_know() {
    let mut world = room();
    let mut sender = Sender::new(&world, 1);
    let mut kept = Sender::new(&world, 2);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    kept.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    let sound = checked(&world);
    assert_eq!((sound.missing, sound.damaged, sound.orphaned), (0, 0, 0));
    assert!(sound.not_checked.is_empty(), "{:?}", sound.not_checked);
    // Somebody with the disk takes one out of the spool.
    let (disk, slots) = world.spool.clone().unwrap();
    world.guard.take().unwrap().shut().unwrap();
    let key = Key::new(DISCLOSED, *sender.keys.id().as_bytes(), 1);
    Spool::on(disk.clone(), slots).unwrap().remove(key).unwrap();
    world.reopen();
    sign_in_all(&mut world);
    for name in ["ines", "igor"] {
        let listed = rows(&world, name);
        let row = |s: &Sender| listed.disclosures.iter().find(|r| r.id == s.id()).unwrap();
        assert_eq!(row(&sender).lost, [1]);
        assert!(row(&kept).lost.is_empty());
    }
    assert_eq!(
        world.refused("ines", read(&sender.id(), 1, false)).code,
        Code::NotFound
    );
    assert!(sender.comes_back(&world).unwrap().messages[0].lost);
    let found = checked(&world);
    assert_eq!((found.missing, found.damaged), (1, 0));
    // An acknowledgement makes it no less lost.
    let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
    assert_eq!(
        rows(&world, "igor")
            .disclosures
            .iter()
            .filter(|r| !r.lost.is_empty())
            .count(),
        1
    );
    assert_eq!(checked(&world).missing, 1);
    // So with one that is changed where it lies.
    let covered = {
        let spool = Spool::on(disk.clone(), slots).unwrap();
        let key = Key::new(DISCLOSED, *kept.keys.id().as_bytes(), 1);
        let covered = spool.get(key).unwrap().unwrap();
        spool.remove(key).unwrap();
        let mut changed = covered.clone();
        *changed.last_mut().unwrap() ^= 1;
        spool.put(key, &changed, 0).unwrap();
        covered
    };
    assert!(!covered.is_empty());
    world.reopen();
    sign_in_all(&mut world);
    assert_eq!(
        world.refused("ines", read(&kept.id(), 1, false)).code,
        Code::NotFound
    );
    let found = checked(&world);
    assert_eq!((found.missing, found.damaged), (1, 1));
}

#[test]
fn a_flood_fills_the_spool_and_the_hour_and_nothing_else() {
    // 16 MiB, of which a quarter is for short messages.
    let world = room_of(1024, Suite::Mock);
    let before = take(&world).rows.len();
    let mut regular = Sender::new(&world, 200);
    regular.brings(&world, 1, &says(WORDS)).unwrap();
    // Long ones, until no more fit.
    let mut long = 0;
    let refused = loop {
        let mut sender = Sender::new(&world, 100 + long);
        match sender.brings(&world, 1, &of_size(3 << 20)) {
            Ok(_) => long += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(long, 2, "4 MiB each, and a quarter stays free");
    assert_eq!(refused.code, Code::Limit);
    assert!(refused.message.contains("full"), "{refused}");
    // Short ones still find room, as many as an hour takes.
    let mut short = 0;
    let refused = loop {
        let mut sender = Sender::new(&world, short);
        match sender.brings(&world, 1, &says(WORDS)) {
            Ok(_) => short += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(
        usize::from(short + long) + 1,
        BATCH_PLACES - DISCLOSURES_COME_BACK
    );
    assert_eq!(refused.code, Code::Limit);
    assert!(refused.message.contains("this hour"), "{refused}");
    // Who comes back finds a place all the same.
    for number in 0..DISCLOSURES_COME_BACK {
        regular
            .brings(&world, number as u32 + 2, &says("More."))
            .unwrap();
    }
    assert_eq!(
        regular.brings(&world, 10, &says("More.")).unwrap_err().code,
        Code::Limit
    );
    assert_eq!(
        take(&world).rows.len(),
        before,
        "the store has not grown by a row"
    );
    assert!(world.guard().is_open().is_ok());
    world.file_text("chief", "A heading\n\nWords.\n", "Secret", 1);
    next_hour(&world);
    assert_eq!(
        rows(&world, "ines").disclosures.len(),
        BATCH_PLACES - DISCLOSURES_COME_BACK
    );
    // The next hour takes others, and space comes back with each acknowledgement.
    Sender::new(&world, 250)
        .brings(&world, 1, &says(WORDS))
        .unwrap();
    assert_eq!(
        Sender::new(&world, 251)
            .brings(&world, 1, &of_size(3 << 20))
            .unwrap_err()
            .code,
        Code::Limit
    );
    let _: DisclosureDone = world.get("ines", acknowledge(&Sender::new(&world, 100).id()));
    Sender::new(&world, 251)
        .brings(&world, 1, &of_size(3 << 20))
        .unwrap();
}

#[test]
fn a_room_without_space_set_aside_takes_nothing_and_stays_open() {
    let mut world = room();
    world.spool = None;
    world.reopen();
    sign_in_all(&mut world);
    let refused = Sender::new(&world, 1)
        .brings(&world, 1, &says(WORDS))
        .unwrap_err();
    assert_eq!(refused.code, Code::Limit);
    next_hour(&world);
    assert!(rows(&world, "ines").disclosures.is_empty());
}

#[test]
fn a_spool_whose_disk_fails_refuses_and_the_room_stays_open() {
    use strongroom_vault::testing::Fault;
    let mut world = room();
    let disk = world.spool.clone().unwrap().0;
    // One waits already: the leaf of the hour comes all the same, without it.
    Sender::new(&world, 2)
        .brings(&world, 1, &says(WORDS))
        .unwrap();
    disk.fail_now(Fault::Syncs);
    let refused = Sender::new(&world, 1)
        .brings(&world, 1, &says(WORDS))
        .unwrap_err();
    assert_eq!(refused.code, Code::Limit);
    assert!(refused.message.contains("disk"), "{refused}");
    assert!(world.guard().is_open().is_ok());
    world.file_text("chief", "A heading\n\nWords.\n", "Secret", 1);
    let before = take(&world).entries.len();
    next_hour(&world);
    assert_eq!(take(&world).entries.len(), before + 1);
    disk.heal();
    world.reopen();
    sign_in_all(&mut world);
    next_hour(&world);
    assert_eq!(rows(&world, "ines").disclosures.len(), 1);
    Sender::new(&world, 1)
        .brings(&world, 1, &says(WORDS))
        .unwrap();
}

#[test]
fn what_lies_stored_has_the_length_of_its_step() {
    let world = room_of(256, Suite::Mock);
    let mut lengths = Vec::new();
    for (seed, bytes) in (1..).zip([1, 100, 3_000, 5_000, 7_000, 100_000]) {
        let mut sender = Sender::new(&world, seed);
        let brought = sender.sealed(&world, 1, &of_size(bytes));
        lengths.push(encode(&brought).len());
    }
    assert_eq!(lengths[0], lengths[1]);
    assert_eq!(lengths[1], lengths[2]);
    assert_eq!(lengths[3], lengths[4]);
    assert!(lengths[2] < lengths[3] && lengths[4] < lengths[5]);
    assert!(lengths[0] < SLOT_BYTES);
}

#[test]
fn whoever_has_the_disk_the_house_key_and_every_readers_keys_reads_nothing() {
    let mut world = room_of(64, Suite::Cnsa);
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    let _: DisclosureDone = world.get("ines", reply(&sender.id(), "A secret question."));
    sender.brings(&world, 2, &says(WORDS)).unwrap();
    next_hour(&world);
    let store = take(&world);
    let house = house(&world, &store);
    let (disk, slots) = world.spool.clone().unwrap();
    let image = disk.image();
    let found =
        |bytes: &[u8], words: &str| bytes.windows(words.len()).any(|w| w == words.as_bytes());
    for words in [WORDS, "A secret question."] {
        assert!(!found(&image, words));
        for (key, covered) in &store.rows {
            let bytes = house.uncover(*key, covered).unwrap_or_default();
            assert!(!found(&bytes, words) && !found(covered, words), "{key:?}");
        }
    }
    // Nor with every atom that a reader holds: the inspectors' own is not among them.
    world.guard.take().unwrap().shut().unwrap();
    let spool = Spool::on(disk, slots).unwrap();
    let key = spool.keys()[0];
    let row = house
        .uncover(key, &spool.get(key).unwrap().unwrap())
        .unwrap();
    assert!(!found(&row, WORDS));
    let mut thief = small::thief(&world, &store, &["rhea"]);
    let opened = thief.open_all(&store);
    assert!(!thief.atoms.is_empty());
    assert!(
        thief
            .atoms
            .iter()
            .all(|(role, _)| *role != AtomRole::Inspectors)
    );
    assert!(
        opened
            .iter()
            .all(|bytes| !found(bytes, "A secret question."))
    );
}

#[test]
fn nothing_of_who_brought_it_is_kept() {
    let world = room();
    let before = take(&world);
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    let _ = sender.comes_back(&world).unwrap();
    let after = take(&world);
    assert_eq!(before.rows.len(), after.rows.len());
    assert_eq!(before.entries, after.entries);
    next_hour(&world);
    let store = take(&world);
    let house = house(&world, &store);
    let event = forge::events(&house, &store).pop().unwrap();
    assert!(matches!(event.act, Act::DisclosuresTaken(_)));
    assert_eq!(
        (event.actor, event.session, event.request),
        (None, None, None)
    );
    let _ = PEER;
}

#[test]
fn overdue_is_told_at_sign_in_and_in_the_list_by_the_terms_of_the_policy() {
    let mut world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    let late = |world: &mut World| {
        let told = world
            .sign_in("igor")
            .notices
            .iter()
            .any(|n| n.contains("overdue"));
        assert_eq!(rows(world, "ines").disclosures[0].overdue, told);
        assert!(
            !world
                .sign_in("rhea")
                .notices
                .iter()
                .any(|n| n.contains("overdue"))
        );
        told
    };
    let wait = |world: &mut World, days: u32| {
        world.clock.advance(days * DAY);
        sign_in_all(world);
    };
    wait(&mut world, 6);
    assert!(!late(&mut world));
    wait(&mut world, 2);
    assert!(late(&mut world));
    let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
    assert!(!late(&mut world));
    assert_eq!(
        rows(&world, "ines").disclosures[0].owed.as_deref(),
        Some("answer")
    );
    wait(&mut world, 89);
    assert!(!late(&mut world));
    wait(&mut world, 2);
    assert!(late(&mut world));
    let _: DisclosureDone = world.get("ines", reply(&sender.id(), "It was looked into."));
    assert!(!late(&mut world));
    wait(&mut world, 400);
    assert!(!late(&mut world));
}

#[test]
fn an_acknowledgement_that_the_room_did_not_outlive_frees_its_space_later() {
    let mut world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    let (disk, slots) = world.spool.clone().unwrap();
    let before = FaultDisk::from_image(disk.image());
    let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
    // As if the process had ended after the commit: the spool is as it was.
    world.spool = Some((before.clone(), slots));
    world.reopen();
    sign_in_all(&mut world);
    let opened: DisclosureOpened = world.get("ines", read(&sender.id(), 1, false));
    assert_eq!(opened.text, WORDS);
    assert_eq!(checked(&world).missing, 0);
    next_hour(&world);
    world.guard.take().unwrap().shut().unwrap();
    assert!(Spool::on(before, slots).unwrap().keys().is_empty());
}

#[test]
fn a_reply_is_bounded_and_says_something() {
    let world = room();
    let mut sender = Sender::new(&world, 1);
    sender.brings(&world, 1, &says(WORDS)).unwrap();
    next_hour(&world);
    assert_eq!(
        world.refused("ines", reply(&sender.id(), " ")).code,
        Code::Invalid
    );
    let long = "x".repeat(DISCLOSURE_REPLY_MAX_BYTES + 1);
    assert_eq!(
        world.refused("ines", reply(&sender.id(), &long)).code,
        Code::Limit
    );
    assert_eq!(
        world.refused("ines", reply("abcd", "Words.")).code,
        Code::NotFound
    );
    assert_eq!(
        world.refused("ines", read(&sender.id(), 2, false)).code,
        Code::NotFound
    );
    assert_eq!(
        world.refused("ines", read(&sender.id(), 0, false)).code,
        Code::NotFound
    );
    assert_eq!(
        world.refused("ines", read(&sender.id(), 1, true)).code,
        Code::NotFound
    );
}

// --- A forger with the house key ---

struct Forged {
    world: World,
    store: Loot,
    house: House,
}

/// A room in which something was taken in, acknowledged and answered.
fn forged() -> Forged {
    forged_in(room(), None)
}

fn forged_in(world: World, route: Option<&str>) -> Forged {
    let mut sender = Sender::new(&world, 1);
    sender.brings_by(&world, (1, route), &says(WORDS)).unwrap();
    next_hour(&world);
    let _ = rows(&world, "ines");
    let _: DisclosureDone = world.get("ines", acknowledge(&sender.id()));
    let _: DisclosureDone = world.get("ines", reply(&sender.id(), "Words."));
    sender.brings(&world, 2, &says(WORDS)).unwrap();
    next_hour(&world);
    let store = take(&world);
    let house = house(&world, &store);
    Forged {
        world,
        store,
        house,
    }
}

impl Forged {
    #[track_caller]
    fn refuses(
        &mut self,
        what: &str,
        fits: fn(&Act) -> bool,
        change: impl FnOnce(&mut strongroom_record::event::StoredEvent),
    ) {
        let events = forge::events(&self.house, &self.store);
        let at = events.iter().rposition(|e| fits(&e.act)).unwrap();
        let mut event = events[at].clone();
        change(&mut event);
        assert_ne!(event, events[at], "{what}");
        let mut changed = self.store.clone();
        forge::replace(&self.house, &mut changed, at, &event);
        if event.command.is_some() {
            let ines = keys_of(&self.world, &self.store, "ines");
            forge::sign_again(&self.house, &mut changed, at, &ines);
        }
        assert!(
            reopen_on(&mut self.world, changed.disk()).is_err(),
            "not noticed: {what}"
        );
    }
}

fn is_batch(act: &Act) -> bool {
    matches!(act, Act::DisclosuresTaken(_))
}
fn is_answer(act: &Act) -> bool {
    matches!(act, Act::DisclosureAnswered(_))
}
fn is_shown(act: &Act) -> bool {
    matches!(act, Act::DisclosureShown { .. })
}

fn batch(
    event: &mut strongroom_record::event::StoredEvent,
) -> &mut strongroom_record::disclosure::DisclosuresTaken {
    match &mut event.act {
        Act::DisclosuresTaken(taken) => taken,
        _ => unreachable!(),
    }
}

#[test]
fn what_the_guard_would_never_write_closes_the_room() {
    let mut room = forged();
    let chief = forge::events(&room.house, &room.store)[0].actor;
    room.refuses("another root", is_batch, |e| batch(e).page.root[0] ^= 1);
    room.refuses("another key", is_batch, |e| {
        let page = &mut batch(e).page;
        let mut key = page.inspectors.to_vec();
        key[0] ^= 1;
        page.inspectors = key.into();
    });
    room.refuses("a place less", is_batch, |e| {
        let places = batch(e).places.to_vec();
        batch(e).places = places[1..].to_vec().into();
    });
    room.refuses("a message that was dropped from its place", is_batch, |e| {
        let mut places = batch(e).places.to_vec();
        let (at, _) = messages(&places).unwrap()[0];
        places[at * 53 + 52] ^= 1;
        batch(e).places = places.into();
    });
    room.refuses("a number that does not follow", is_batch, |e| {
        let mut places = batch(e).places.to_vec();
        let (at, _) = messages(&places).unwrap()[0];
        places[at * 53 + 20] += 1;
        batch(e).places = places.into();
    });
    room.refuses("a batch that somebody took", is_batch, |e| e.actor = chief);
    room.refuses("shown to no inspector", is_shown, |e| e.actor = chief);
    room.refuses("shown twice", is_shown, |e| {
        let Act::DisclosureShown { disclosures, .. } = &mut e.act else {
            unreachable!()
        };
        let twice = disclosures.repeat(2);
        *disclosures = twice;
    });
    let answer =
        |e: &mut strongroom_record::event::StoredEvent,
         change: fn(&mut strongroom_record::disclosure::DisclosureAnswered)| {
            let Act::DisclosureAnswered(answered) = &mut e.act else {
                unreachable!()
            };
            change(answered);
        };
    room.refuses("an answer to nothing", is_answer, |e| {
        answer(e, |a| a.disclosure = DisclosureId::from_bytes([9; 16]));
    });
    room.refuses("an answer out of order", is_answer, |e| {
        answer(e, |a| a.number += 1)
    });
    room.refuses("a reply without words", is_answer, |e| {
        answer(e, |a| a.digest = None)
    });
    room.refuses("acknowledged twice", is_answer, |e| {
        answer(e, |a| (a.kind, a.digest) = (AnswerKind::Acknowledged, None));
    });
}

#[test]
fn an_answer_is_signed_by_an_inspector() {
    let mut room = forged();
    let events = forge::events(&room.house, &room.store);
    let at = events.iter().rposition(|e| is_answer(&e.act)).unwrap();
    let mut unsigned = room.store.clone();
    forge::unsign(&room.house, &mut unsigned, at);
    assert!(reopen_on(&mut room.world, unsigned.disk()).is_err());
    let mut anothers = room.store.clone();
    let rhea = keys_of(&room.world, &room.store, "rhea");
    forge::sign_again(&room.house, &mut anothers, at, &rhea);
    assert!(reopen_on(&mut room.world, anothers.disk()).is_err());
}

#[test]
fn a_reply_that_was_exchanged_is_not_given_out_and_is_found() {
    const REPLY: u8 = 17;
    let mut room = forged();
    let mut changed = room.store.clone();
    let key = changed.keys(REPLY)[0];
    let mut bytes = room.house.get(&changed, key);
    *bytes.last_mut().unwrap() ^= 1;
    room.house.put(&mut changed, key, &bytes);
    reopen_on(&mut room.world, changed.disk()).unwrap();
    assert_eq!(checked(&room.world).damaged, 1);
}
