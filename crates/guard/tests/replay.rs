//! What the fold refuses: an act without the signature that is due, whoever put it there, and an act that no
//! signature makes possible. A forger with the house key writes entries that fit; where a rule is to be shown and not a
//! signature, he has the keys of who signs, too.

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

use std::collections::BTreeSet;
use std::rc::Rc;

use common::{PASSPHRASE, World};
use data_encoding::BASE64;
use holders::{
    another, atom_for, challenge, give, holder_asks, holders as make, officer_asks, room_id, say,
};
use loot::{COMMAND, House, Loot};
use small::{house, keys_of, loot as take, reopen_on};
use strongroom_guard::api::*;
use strongroom_guard::limits::{
    DECIDED_LAG_MAX, GRADE_PORTIONS_MAX, INVITATION_LASTS, LIST_MAX, OVERRIDDEN_RULE_MAX_BYTES,
    OVERRIDDEN_RULES_MAX, RECOVERY_LASTS,
};
use strongroom_guard::recovery::claims::{Claim, Wanted};
use strongroom_label::{Label, Name};
use strongroom_record::event::{
    Act, CommandRow, Filed, Genesis, GroupRaised, Holds, Overridden, RecordingFiled, Role,
    StoredEvent,
};
use strongroom_record::limits::FILED_PORTIONS_MAX;
use strongroom_record::recovery::{OpenedFor, Rehearsed};
use strongroom_record::{
    AtomId, CommandId, EventId, GroupId, PersonId, PortionId, RecordId, ShareId, Stream, Timestamp,
    encode,
};
use strongroom_seal::{HOLDERS_MAX, KeyHolder, PersonKeys, Suite};
use strongroom_vault::Key;

const OTHER_PASSPHRASE: &str = "ability abiding abide abdominal abdomen abacus";

/// Who must have signed an act. A new act has to be decided on here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Its actor.
    Person,
    /// The key holder whom it names.
    KeyHolder,
    /// As many key holders as are needed: shown with restores, in `backup.rs`.
    KeyHolders,
    /// Nobody: the checkpoint covers it.
    Nobody,
}

fn due(act: &Act) -> Due {
    match act {
        Act::Founded(_)
        | Act::AtomMade(_)
        | Act::AtomTurned(_)
        | Act::Invited { .. }
        | Act::Confirmed { .. }
        | Act::ClearanceAuthorised { .. }
        | Act::ClearanceSealed { .. }
        | Act::PassphraseChanged
        | Act::LabelKeyMade { .. }
        | Act::Filed(_)
        | Act::FrameFiled { .. }
        | Act::Restricted { .. }
        | Act::Corrected(_)
        | Act::WithdrawalAsked { .. }
        | Act::WithdrawalTakenBack { .. }
        | Act::ApprovalAsked(_)
        | Act::Approved(_)
        | Act::Denied { .. }
        | Act::RequestTakenBack { .. }
        | Act::PolicyChanged(_)
        | Act::ActingBegan(_)
        | Act::ActingEnded { .. }
        | Act::Departed(_)
        | Act::RulesInForce { request: Some(_), .. }
        | Act::Withdrawn(_)
        | Act::Destroyed(_)
        | Act::Linked(_)
        | Act::PracticeAdded(_)
        | Act::PracticeEnded { .. }
        | Act::CustodyStated { .. }
        | Act::Challenged(_)
        | Act::ChallengeAnswered(_)
        | Act::HoldPlaced { .. }
        | Act::HoldReleased { .. }
        | Act::ScheduleSet { .. }
        | Act::Lowered(_)
        | Act::Graded { .. }
        | Act::RecordingFiled(_)
        | Act::Recovered(_)
        // Shown in `disclosures.rs`.
        | Act::DisclosureAnswered(_)
        | Act::RecoveryWithdrawn { .. } => Due::Person,
        Act::RecoveryAsked(asked) if asked.by.is_none() => Due::Person,
        Act::RecoveryAsked(_) | Act::ShareGiven(_) | Act::Rehearsed(_) => Due::KeyHolder,
        Act::Restored(_) => Due::KeyHolders,
        Act::Joined { .. }
        | Act::SignedIn
        | Act::SignInRefused { .. }
        | Act::SignedOut
        | Act::Listed { .. }
        | Act::Opened { .. }
        | Act::HistoryShown { .. }
        | Act::DocketShown { .. }
        | Act::Refused { .. }
        | Act::Checked { .. }
        | Act::StateKept { .. }
        | Act::SlotsWiped { .. }
        | Act::BackedUp(_)
        // Those that a guard came with, and no others.
        | Act::RulesInForce { request: None, .. }
        | Act::Rekeyed(_)
        | Act::KeyHoldersChanged(_)
        | Act::DisclosuresTaken(_)
        | Act::DisclosureShown { .. }
        | Act::OpenedBy { .. } => Due::Nobody,
    }
}

/// A room in which everything was done that somebody signs.
struct Room {
    world: World,
    holders: Vec<KeyHolder>,
    store: Loot,
    house: House,
    events: Vec<StoredEvent>,
    /// Ids and keys of `chief`, of `alice`, and of `otto`, a records officer.
    chief: (PersonId, Rc<PersonKeys>),
    alice: (PersonId, Rc<PersonKeys>),
    otto: (PersonId, Rc<PersonKeys>),
}

fn room() -> Room {
    let holders = make(Suite::Mock, 3);
    let mut world = holders::room(31, Suite::Mock, &holders, 2);
    world.add_person("alice", &["reader"], "Open");
    world.add_person("otto", &["records-officer", "reader"], "at-most Secret");
    let mut records = Vec::new();
    for n in 0..3 {
        let text = format!("Note {n}\n\nThe first thing.\n\nThe second thing.\n");
        let filed = world.file_text("chief", &text, "Secret", n);
        records.push(filed.records[0].record.clone());
    }
    let _ = world.read("chief", &records[0]);
    world.record("chief", &records[0], 0, true, b"What was said.");
    world.restrict("chief", &records[0], "Top Secret", &["1"]);
    world.restrict("chief", &records[0], "Nodis", &[]);
    let _ = (world.list("chief"), world.read("chief", &records[1]));
    let _: Graded = world.get("chief", common::grading(&records[1], "B2", &["1"]));
    let correction = Filing {
        marking: Some("Secret".to_owned()),
        correction: Some(Correcting {
            record: records[1].clone(),
            listened: vec!["the duty officer".to_owned()],
            changed: "a word".to_owned(),
            produced: "from the recording".to_owned(),
        }),
        ..common::filing("again.txt")
    };
    world
        .file("chief", &correction, b"Note 1\n\nAnother thing.\n")
        .unwrap();
    let link = |from: &String, kind: &str| LinkQuery {
        record: from.clone(),
        to: records[1].clone(),
        portion: None,
        kind: kind.to_owned(),
        request: None,
    };
    let _: LinkDone = world.get("chief", Request::Link(link(&records[0], "denial")));
    let _: LinkDone = world.get("chief", Request::Link(link(&records[2], "response")));
    let withdraw = WithdrawAsk {
        record: records[2].clone(),
        reason: "foreign-relations".to_owned(),
        authority: None,
        because: "a misfiling".to_owned(),
        request: None,
    };
    let other = WithdrawAsk {
        record: records[1].clone(),
        ..withdraw.clone()
    };
    let asked: RequestMade = world.get("otto", Request::Withdraw(other.clone()));
    let _: RequestDecided = world.get("otto", common::take_back(&asked.id));
    let asked: RequestMade = world.get("otto", Request::Withdraw(other));
    let _: RequestDecided = world.get("chief", common::deny(&asked.id));
    world.withdraw("chief", "otto", Request::Withdraw(withdraw));
    let spare = world.file_text("chief", "Note 9\n\nA thing to go.\n", "Secret", 9);
    world.add_person("ina", &["inspector"], "inspectors");
    common::destroy(&world, &spare.records[0].record, "otto", &["ina", "chief"]);
    world.refused(
        "alice",
        Request::PersonInvite(Invite {
            name: "bob".to_owned(),
            roles: vec!["reader".to_owned()],
            request: None,
        }),
    );
    let _: AtomTurned = world.get(
        "chief",
        Request::AtomTurn(AtomTurn {
            atom: "Secret".to_owned(),
            request: None,
        }),
    );
    let recovery = officer_asks(&world, "chief", atom_for("Nodis", "alice")).recovery;
    let withdraw = RecoverWithdraw {
        recovery,
        request: None,
    };
    let _: RecoverWithdrawn = world.get("chief", Request::RecoverWithdraw(withdraw));
    let asked = officer_asks(&world, "chief", atom_for("Secret", "alice")).recovery;
    give(&world, &holders[0], &asked);
    give(&world, &holders[1], &asked);
    let wanted = Wanted::Atom("Top Secret".to_owned(), "alice".to_owned());
    holder_asks(
        &world,
        &holders[2],
        atom_for("Top Secret", "alice"),
        wanted,
        7,
    )
    .unwrap();
    rehearse(&world, &holders[0]);
    let openers = [holders[0].card().id(), holders[2].card().id()];
    world
        .guard()
        .opened_by(OpenedFor::Opening, &openers)
        .unwrap();

    world.add_person("ines", &["inspector"], "inspectors");
    let practice = PracticeAdd {
        words: "Notes go to Secret".to_owned(),
        authority: "the Secretary".to_owned(),
        marking: Some("Secret".to_owned()),
        from: None,
        until: None,
        request: None,
    };
    let made: PracticeAdded = world.get("chief", Request::PracticeAdd(practice));
    let end = PracticeEnd {
        practice: made.practice,
        request: None,
    };
    let _: PracticeEnded = world.get("chief", Request::PracticeEnd(end));
    let dispute = ChallengeAsk {
        record: Some(records[1].clone()),
        because: "it is widely known".to_owned(),
        receipt: None,
        alleges: None,
        request: None,
    };
    let made: ChallengeMade = world.get("otto", Request::Challenge(dispute));
    let answer = ChallengeAnswer {
        challenge: made.challenge,
        outcome: "rejected".to_owned(),
        because: "it is not".to_owned(),
        request: None,
    };
    let _: ChallengeAnswered = world.get("chief", Request::AnswerChallenge(answer));
    let ask = CustodyQuery {
        from: Some("1969-02-14".to_owned()),
        because: "an inquiry".to_owned(),
        ..CustodyQuery::default()
    };
    let _: CustodyShown = world.get("ines", Request::Custody(ask));

    let before = take(&world);
    let keys = ["chief", "alice", "otto"].map(|name| keys_of(&world, &before, name));
    let change = PassphraseChange {
        old: PASSPHRASE.to_owned(),
        new: OTHER_PASSPHRASE.to_owned(),
        request: None,
    };
    world.ask("alice", &Request::Passphrase(change)).unwrap();
    let store = take(&world);
    let house = house(&world, &store);
    let events = forge::events(&house, &store);
    let actor =
        |fits: fn(&Act) -> bool| events.iter().find(|e| fits(&e.act)).unwrap().actor.unwrap();
    let [chief, alice, otto] = keys;
    Room {
        chief: (actor(|a| matches!(a, Act::Founded(_))), chief),
        alice: (actor(|a| matches!(a, Act::PassphraseChanged)), alice),
        otto: (actor(|a| matches!(a, Act::Withdrawn(_))), otto),
        world,
        holders,
        store,
        house,
        events,
    }
}

fn rehearse(world: &World, holder: &KeyHolder) {
    let challenge = challenge(world);
    let (sound, wrong) = (9, Vec::new());
    let claim = Claim::Rehearsed {
        challenge,
        sound,
        wrong,
    };
    let done = HolderRehearsed {
        holder: holder.card().id().to_string(),
        challenge: BASE64.encode(&challenge),
        sound,
        wrong: Vec::new(),
        signature: BASE64.encode(claim.sign(holder, room_id(world)).as_bytes()),
    };
    let _: HolderRehearsedDone = say(world, &HolderRequest::Rehearsed(done)).unwrap();
}

impl Room {
    /// Why a changed store does not open.
    fn refusal(&mut self, changed: &Loot) -> Option<String> {
        assert!(*changed != self.store, "nothing was changed");
        let opened = reopen_on(&mut self.world, changed.disk());
        opened.err().map(|e| e.to_string())
    }

    #[track_caller]
    fn refuses(&mut self, what: &str, words: &str, changed: &Loot) {
        let named = self.refusal(changed);
        let named = named.unwrap_or_else(|| panic!("not noticed: {what}"));
        assert!(named.contains(words), "{what}: {named}");
    }

    /// Who did what an event says, and somebody else of the room.
    fn actors(&self, event: &StoredEvent) -> [(PersonId, Rc<PersonKeys>); 2] {
        let [chief, alice, otto] = [&self.chief, &self.alice, &self.otto].map(Clone::clone);
        match event.actor {
            Some(actor) if actor == alice.0 => [alice, chief],
            // Of a withdrawal: whoever asked for it.
            Some(actor) if actor == otto.0 => [otto, chief],
            _ => [chief, alice],
        }
    }

    fn find(&self, fits: impl Fn(&Act) -> bool) -> usize {
        self.events.iter().position(|e| fits(&e.act)).unwrap()
    }

    /// The store with an event that says something else, signed by who did it if it was signed.
    fn with(&self, at: usize, change: impl FnOnce(&mut StoredEvent)) -> Loot {
        let mut changed = self.store.clone();
        let mut event = self.events[at].clone();
        change(&mut event);
        forge::replace(&self.house, &mut changed, at, &event);
        if event.command.is_some() {
            let [(_, keys), _] = self.actors(&event);
            forge::sign_again(&self.house, &mut changed, at, &keys);
        }
        changed
    }
}

#[test]
fn each_act_is_refused_without_the_signature_that_is_due() {
    let mut room = room();
    let stranger = PersonKeys::random(Suite::Mock, &mut Stream::from_seed([3; 32]));
    let mut shown = BTreeSet::new();
    for (at, event) in room.events.clone().iter().enumerate() {
        let (word, due) = (event.act.word(), due(&event.act));
        if !shown.insert((due, word)) {
            continue;
        }
        match due {
            Due::Person => {
                let mut changed = room.store.clone();
                forge::unsign(&room.house, &mut changed, at);
                room.refuses(&format!("{word} without a signature"), "signed", &changed);

                let mut changed = room.store.clone();
                forge::sign_again(&room.house, &mut changed, at, &stranger);
                let words = "signature does not fit";
                room.refuses(&format!("{word} signed by a stranger"), words, &changed);

                // One's own passphrase is anybody's to change.
                if !matches!(event.act, Act::PassphraseChanged) {
                    let [_, (other, keys)] = room.actors(event);
                    let mut changed = room.store.clone();
                    forge::sign_as(&room.house, &mut changed, at, other, &keys);
                    room.refuses(&format!("{word} of somebody else"), "", &changed);
                }
            }
            Due::KeyHolder => {
                for (n, words) in [(0, "no right"), (1, "no right"), (2, "no right")] {
                    let mut event = event.clone();
                    let by = match &mut event.act {
                        Act::RecoveryAsked(asked) => asked.by.as_mut().unwrap(),
                        Act::ShareGiven(given) => &mut given.by,
                        Act::Rehearsed(done) => &mut done.by,
                        other => unreachable!("{other:?}"),
                    };
                    match n {
                        0 => by.signature = vec![0xff, 0xfe].into(),
                        1 => *by.signature.last_mut().unwrap() ^= 1,
                        _ => {
                            let all = room.holders.iter().map(|h| *h.card().id().as_bytes());
                            by.holder = all.into_iter().find(|id| *id != by.holder).unwrap();
                        }
                    }
                    let mut changed = room.store.clone();
                    forge::replace(&room.house, &mut changed, at, &event);
                    room.refuses(&format!("{word}, change {n}"), words, &changed);
                }
            }
            Due::KeyHolders | Due::Nobody => {
                assert!(event.command.is_none(), "{word} is signed by nobody");
            }
        }
    }
    let of = |due| shown.iter().filter(|(d, _)| *d == due).count();
    assert_eq!((of(Due::Person), of(Due::KeyHolder)), (30, 3), "{shown:?}");
    // As it was, the room opens.
    reopen_on(&mut room.world, room.store.disk()).unwrap();
}

#[test]
fn a_signature_that_nothing_asks_for_is_no_place_to_hide_another() {
    let mut room = room();
    let at = room.find(|a| matches!(a, Act::Listed { .. }));
    let mut changed = room.store.clone();
    let mut event = room.events[at].clone();
    let command = CommandId::from_bytes([4; 16]);
    event.command = Some(command);
    let row = CommandRow {
        person: room.chief.0,
        events: vec![event.id],
        signature: b"anything".to_vec().into(),
        salt: [0; 32],
    };
    let key = Key::new(COMMAND, *command.as_bytes(), 0);
    room.house.put(&mut changed, key, &encode(&row));
    forge::replace(&room.house, &mut changed, at, &event);
    room.refuses(
        "a signed listing",
        "no event of it is one that is signed",
        &changed,
    );
}

type Fits = fn(&Act) -> bool;
type Change<'a> = &'a dyn Fn(&mut StoredEvent);

/// What an event of one act is made to say, and the rule that it breaks then.
type Broken<'a> = (&'a str, &'a str, Change<'a>);

fn refuses_all(room: &mut Room, fits: Fits, cases: &[Broken<'_>]) {
    let at = room.find(fits);
    for (what, words, change) in cases {
        let changed = room.with(at, *change);
        room.refuses(what, words, &changed);
    }
}

#[test]
fn what_nobody_can_found_invite_or_clear_is_refused_whoever_signed_it() {
    let mut room = room();
    fn genesis(event: &mut StoredEvent) -> &mut Genesis {
        match &mut event.act {
            Act::Founded(genesis) => genesis,
            other => unreachable!("{other:?}"),
        }
    }
    let holders: Vec<_> = (0..=HOLDERS_MAX as u8)
        .map(|n| encode(&another(Suite::Mock, "one", n).card()).into())
        .collect();
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Founded(_)),
        &[
            ("one of three", "quorum does not fit", &|e| {
                genesis(e).quorum = 1
            }),
            ("none", "quorum does not fit", &|e| genesis(e).quorum = 0),
            ("four of three", "quorum does not fit", &|e| {
                genesis(e).quorum = 4
            }),
            ("too many key holders", "quorum does not fit", &|e| {
                genesis(e).key_holders.clone_from(&holders);
            }),
            ("one key holder twice", "there twice", &|e| {
                let all = &mut genesis(e).key_holders;
                all[1] = all[0].clone();
            }),
            ("another name", "account name", &|e| {
                genesis(e).founder_name = "../chief".to_owned()
            }),
            (
                "another suite",
                "another suite than its first event",
                &|e| {
                    genesis(e).suite = Suite::Cnsa.id().number();
                },
            ),
        ],
    );

    fn invited(event: &mut StoredEvent) -> (&mut String, &mut Vec<Role>, &mut Timestamp) {
        match &mut event.act {
            Act::Invited {
                name, roles, until, ..
            } => (name, roles, until),
            other => unreachable!("{other:?}"),
        }
    }
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Invited { .. }),
        &[
            ("no name", "account name", &|e| invited(e).0.clear()),
            ("a name with a line", "account name", &|e| {
                invited(e).0.push('\n')
            }),
            ("a name too long", "account name", &|e| {
                *invited(e).0 = "a".repeat(65)
            }),
            ("no role", "no role", &|e| invited(e).1.clear()),
            ("a role twice", "no role, or one twice", &|e| {
                invited(e).1.push(Role::Reader)
            }),
            ("good for ever", "longer than any", &|e| {
                let until = e.at.plus(INVITATION_LASTS);
                *invited(e).2 = Timestamp::from_millis(until.millis() + 1);
            }),
        ],
    );
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Confirmed { .. }),
        &[("a role twice", "no role, or one twice", &|e| {
            if let Act::Confirmed { roles, .. } = &mut e.act {
                roles.push(roles[0]);
            }
        })],
    );
    fn atoms(event: &mut StoredEvent) -> &mut Vec<AtomId> {
        match &mut event.act {
            Act::ClearanceAuthorised { atoms, .. } => atoms,
            other => unreachable!("{other:?}"),
        }
    }
    refuses_all(
        &mut room,
        |a| matches!(a, Act::ClearanceAuthorised { .. }),
        &[
            ("an atom twice", "or one twice", &|e| {
                let first = atoms(e)[0];
                atoms(e).push(first);
            }),
            ("an unknown atom", "unknown atom", &|e| {
                atoms(e)[0] = AtomId::from_bytes([1; 16])
            }),
        ],
    );
}

#[test]
fn what_nobody_can_correct_withdraw_or_link_is_refused_whoever_signed_it() {
    let mut room = room();
    fn corrected(event: &mut StoredEvent) -> &mut Filed {
        match &mut event.act {
            Act::Corrected(filed) => filed,
            other => unreachable!("{other:?}"),
        }
    }
    let lowest = |label: &mut strongroom_label::Label| {
        let name = strongroom_label::Name::new("Open").unwrap();
        *label = strongroom_label::Label::of_level(name);
    };
    let of_another = room
        .events
        .iter()
        .find_map(|e| match &e.act {
            Act::Filed(filed) => Some(filed.record),
            _ => None,
        })
        .unwrap();
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Corrected(_)),
        &[
            ("a version skipped", "not the version behind", &|e| {
                corrected(e).version = 3
            }),
            ("a version again", "not the version behind", &|e| {
                corrected(e).version = 1
            }),
            ("of no record", "cannot know of", &|e| {
                corrected(e).record = strongroom_record::RecordId::from_bytes([1; 16])
            }),
            ("a lower label", "cannot lower", &|e| {
                corrected(e)
                    .groups
                    .iter_mut()
                    .for_each(|g| lowest(&mut g.label))
            }),
            ("a part of it lower", "cannot lower", &|e| {
                lowest(&mut corrected(e).groups[1].label)
            }),
            ("an empty group", "is empty", &|e| {
                corrected(e).groups[1].portions.clear()
            }),
            ("a group twice", "exists already", &|e| {
                let id = corrected(e).groups[0].id;
                corrected(e).groups[1].id = id;
            }),
        ],
    );
    // Nor of a record that its corrector may not read, though a records officer.
    let at = room.find(|a| matches!(a, Act::Corrected(_)));
    let mut event = room.events[at].clone();
    corrected(&mut event).record = of_another;
    let mut changed = room.store.clone();
    forge::replace(&room.house, &mut changed, at, &event);
    let (otto, keys) = room.otto.clone();
    forge::sign_as(&room.house, &mut changed, at, otto, &keys);
    room.refuses("a correction from below", "cannot know of", &changed);

    fn withdrawn(event: &mut StoredEvent) -> &mut strongroom_record::event::Withdrawn {
        match &mut event.act {
            Act::Withdrawn(withdrawn) => withdrawn,
            other => unreachable!("{other:?}"),
        }
    }
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Withdrawn(_)),
        &[
            ("nobody asked for", "another event", &|e| {
                withdrawn(e).asked = EventId::from_bytes([1; 16])
            }),
            ("of a part", "all of a record", &|e| {
                drop(withdrawn(e).groups.pop())
            }),
            ("of a part twice", "rises twice", &|e| {
                let first = withdrawn(e).groups[0].clone();
                withdrawn(e).groups[1] = first;
            }),
            ("with a lower label", "under its label", &|e| {
                lowest(&mut withdrawn(e).groups[0].label)
            }),
            ("into another group", "whole group", &|e| {
                withdrawn(e).groups[0].to = GroupId::from_bytes([1; 16])
            }),
        ],
    );
    let at = room.find(|a| matches!(a, Act::Withdrawn(_)));
    let mut changed = room.store.clone();
    let (chief, keys) = room.chief.clone();
    forge::sign_as(&room.house, &mut changed, at, chief, &keys);
    room.refuses(
        "a withdrawal by its asker",
        "approves what he asked",
        &changed,
    );

    fn linked(event: &mut StoredEvent) -> &mut strongroom_record::event::Link {
        match &mut event.act {
            Act::Linked(link) => link,
            other => unreachable!("{other:?}"),
        }
    }
    let first =
        linked(&mut room.events[room.find(|a| matches!(a, Act::Linked(_)))].clone()).to_owned();
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Linked(_)),
        &[
            ("to itself", "to itself", &|e| linked(e).to = linked(e).from),
            ("to nothing", "not there", &|e| {
                linked(e).to = strongroom_record::RecordId::from_bytes([1; 16])
            }),
            ("to a portion of another", "no right", &|e| {
                linked(e).to_portion = Some(PortionId::from_bytes([1; 16]))
            }),
        ],
    );
    let second = room
        .events
        .iter()
        .rposition(|e| matches!(e.act, Act::Linked(_)))
        .unwrap();
    let changed = room.with(second, |e| *linked(e) = first);
    room.refuses("a link again", "exists already", &changed);
    let changed = room.with(second, |e| {
        linked(e).kind = strongroom_record::event::LinkKind::Successor;
        linked(e).to_portion = Some(PortionId::from_bytes([1; 16]));
    });
    room.refuses("a successor of a portion", "no right", &changed);
}

#[test]
fn what_nobody_can_file_or_restrict_is_refused_whoever_signed_it() {
    let mut room = room();
    fn filed(event: &mut StoredEvent) -> &mut Filed {
        match &mut event.act {
            Act::Filed(filed) => filed,
            other => unreachable!("{other:?}"),
        }
    }
    let first = room.find(|a| matches!(a, Act::Filed(_)));
    let taken = filed(&mut room.events[first].clone()).groups[0].id;
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Filed(_)),
        &[
            ("a second version", "first version", &|e| {
                filed(e).version = 2
            }),
            ("one portion more", "another number", &|e| {
                filed(e).tree.count += 1
            }),
            ("one portion fewer", "another number", &|e| {
                filed(e).tree.count -= 1
            }),
            ("an empty group", "is empty", &|e| {
                filed(e).groups[1].portions.clear()
            }),
            ("no portion", "no portion", &|e| {
                drop(filed(e).groups.drain(..2))
            }),
            ("too many portions", "more than a record may have", &|e| {
                let id = |n: u32| {
                    let mut bytes = [0; 16];
                    bytes[..4].copy_from_slice(&n.to_be_bytes());
                    PortionId::from_bytes(bytes)
                };
                filed(e).groups[1].portions = (0..=FILED_PORTIONS_MAX as u32).map(id).collect();
            }),
            ("a portion twice", "in two places", &|e| {
                let portions = &mut filed(e).groups[1].portions;
                portions[1] = portions[0];
            }),
            ("a portion and the original", "in two places", &|e| {
                let portion = filed(e).groups[0].portions[0];
                filed(e).groups[2].portions[0] = portion;
            }),
            ("an original in two pieces", "one piece", &|e| {
                filed(e).groups[2]
                    .portions
                    .push(PortionId::from_bytes([1; 16]));
            }),
            ("two originals", "several originals", &|e| {
                let mut other = filed(e).groups[2].clone();
                other.id = GroupId::from_bytes([1; 16]);
                filed(e).groups.push(other);
            }),
            ("a group twice", "exists already", &|e| {
                let id = filed(e).groups[0].id;
                filed(e).groups[1].id = id;
            }),
            ("a third sealed field", "more sealed fields", &|e| {
                e.sealed.push(e.sealed[0].clone());
            }),
        ],
    );
    let later = room
        .events
        .iter()
        .rposition(|e| matches!(e.act, Act::Filed(_)))
        .unwrap();
    let changed = room.with(later, |e| filed(e).groups[0].id = taken);
    room.refuses("a group of another record", "exists already", &changed);
    refuses_all(
        &mut room,
        |a| matches!(a, Act::FrameFiled { .. }),
        &[
            ("a frame in two pieces", "one piece", &|e| {
                if let Act::FrameFiled { group, .. } = &mut e.act {
                    group.portions.push(PortionId::from_bytes([1; 16]));
                }
            }),
            ("a frame's id", "exists already", &|e| {
                if let Act::FrameFiled { group, .. } = &mut e.act {
                    group.id = taken;
                }
            }),
        ],
    );

    fn raised(event: &mut StoredEvent) -> &mut GroupRaised {
        match &mut event.act {
            Act::Restricted { groups, .. } => groups.iter_mut().find(|g| g.from != g.to).unwrap(),
            other => unreachable!("{other:?}"),
        }
    }
    let stays = filed(&mut room.events[first].clone()).groups[1]
        .portions
        .clone();
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Restricted { .. }),
        &[
            ("a portion twice", "rises twice", &|e| {
                let portion = raised(e).portions[0];
                raised(e).portions.push(portion);
            }),
            ("all portions into another", "rise as the group", &|e| {
                raised(e).portions.clone_from(&stays);
            }),
            ("none into another", "a whole group rises as itself", &|e| {
                raised(e).portions.clear()
            }),
            ("some as the group", "a whole group rises as itself", &|e| {
                raised(e).to = raised(e).from
            }),
            ("into another group", "exists already", &|e| {
                raised(e).to = taken
            }),
            ("a portion of none", "not in the group", &|e| {
                raised(e).portions[0] = PortionId::from_bytes([1; 16]);
            }),
            ("a group twice", "rises twice", &|e| {
                if let Act::Restricted { groups, .. } = &mut e.act {
                    groups.push(groups[0].clone());
                }
            }),
            ("to a label of no policy", "policy does not know", &|e| {
                if let Act::Restricted { given, .. } = &mut e.act {
                    *given = Label::of_level(Name::new("Higher").unwrap());
                }
            }),
        ],
    );
}

#[test]
fn what_nobody_can_override_or_grade_is_refused_whoever_signed_it() {
    let mut room = room();
    fn overridden(event: &mut StoredEvent, rules: &[&str]) {
        if let Act::Filed(filed) = &mut event.act {
            let rules = rules.iter().map(|r| (*r).to_owned()).collect();
            filed.overridden = Some(Overridden { rules });
        }
    }
    let words = "that a filing overrides";
    let long = "x".repeat(OVERRIDDEN_RULE_MAX_BYTES + 1);
    let many: Vec<String> = (0..=OVERRIDDEN_RULES_MAX)
        .map(|n| format!("{n:04}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Filed(_)),
        &[
            ("no rule", words, &|e| overridden(e, &[])),
            ("a rule twice", words, &|e| overridden(e, &["a", "a"])),
            ("rules out of order", words, &|e| overridden(e, &["b", "a"])),
            ("a long rule", words, &|e| overridden(e, &[&long])),
            ("too many rules", words, &|e| overridden(e, &many)),
        ],
    );

    let pieces = |e: &mut StoredEvent, change: &dyn Fn(&mut RecordingFiled)| match &mut e.act {
        Act::RecordingFiled(filed) => change(filed),
        other => unreachable!("{other:?}"),
    };
    refuses_all(
        &mut room,
        |a| matches!(a, Act::RecordingFiled(_)),
        &[
            ("pieces left out", "do not follow", &|e| {
                pieces(e, &|f| f.first = 1)
            }),
            ("no piece", "no piece of a recording", &|e| {
                pieces(e, &|f| f.groups.clear())
            }),
            ("too many", "than any may have", &|e| {
                pieces(e, &|f| f.first = u32::MAX)
            }),
            ("what is none", "no recording", &|e| {
                pieces(e, &|f| f.groups[0].holds = Holds::Attachment);
            }),
            ("two in one", "is one value", &|e| {
                pieces(e, &|f| {
                    f.groups[0].portions.push(PortionId::from_bytes([9; 16]))
                });
            }),
            ("of another record", "unknown record", &|e| {
                pieces(e, &|f| f.record = RecordId::from_bytes([1; 16]));
            }),
        ],
    );
    let filed = |e: &mut StoredEvent, change: &dyn Fn(&mut Filed)| match &mut e.act {
        Act::Filed(filed) => change(filed),
        other => unreachable!("{other:?}"),
    };
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Filed(_)),
        &[("a recording with its record", "after its record", &|e| {
            filed(e, &|f| {
                f.groups
                    .iter_mut()
                    .filter(|g| g.holds == Holds::Original)
                    .for_each(|g| g.holds = Holds::Recording);
            });
        })],
    );

    fn portions(event: &mut StoredEvent) -> &mut Vec<PortionId> {
        match &mut event.act {
            Act::Graded { portions, .. } => portions,
            other => unreachable!("{other:?}"),
        }
    }
    let record = |id: RecordId| {
        move |e: &mut StoredEvent| {
            if let Act::Graded { record, .. } = &mut e.act {
                *record = id;
            }
        }
    };
    let unknown = record(RecordId::from_bytes([1; 16]));
    let frame = room.events.iter().find_map(|e| match e.act {
        Act::FrameFiled { record, .. } => Some(record),
        _ => None,
    });
    let frame = record(frame.unwrap());
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Graded { .. }),
        &[
            ("a portion twice", "one of them twice", &|e| {
                let first = portions(e)[0];
                portions(e).push(first);
            }),
            ("too many portions", "than one grading may", &|e| {
                let mut stream = Stream::from_seed([1; 32]);
                *portions(e) = (0..=GRADE_PORTIONS_MAX)
                    .map(|_| PortionId::random(&mut stream))
                    .collect();
            }),
            ("a portion of none", "does not have", &|e| {
                portions(e)[0] = PortionId::from_bytes([1; 16]);
            }),
            ("no such record", "unknown record", &unknown),
            ("a frame", "unknown record", &frame),
            ("without words", "one sealed field", &|e| e.sealed.clear()),
            ("with two fields", "one sealed field", &|e| {
                e.sealed.push(e.sealed[0].clone());
            }),
        ],
    );
}

#[test]
fn lists_that_nobody_signs_are_bounded_too() {
    let mut room = room();
    fn listed(event: &mut StoredEvent) -> &mut Vec<RecordId> {
        match &mut event.act {
            Act::Listed { records } => records,
            other => unreachable!("{other:?}"),
        }
    }
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Listed { .. }),
        &[
            ("a record twice", "one of them twice", &|e| {
                let first = listed(e)[0];
                listed(e).push(first);
            }),
            ("too many records", "more records than one can", &|e| {
                let mut stream = Stream::from_seed([1; 32]);
                *listed(e) = (0..=LIST_MAX)
                    .map(|_| RecordId::random(&mut stream))
                    .collect();
            }),
        ],
    );
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Opened { .. }),
        &[("a portion twice", "one of them twice", &|e| {
            if let Act::Opened { portions, .. } = &mut e.act {
                portions.push(portions[0]);
            }
        })],
    );
    refuses_all(
        &mut room,
        |a| matches!(a, Act::Refused { .. }),
        &[("a long word", "too long", &|e| {
            e.act = Act::Refused {
                asked: "x".repeat(65),
            };
        })],
    );
    fn openers(event: &mut StoredEvent) -> &mut Vec<minicbor::bytes::ByteVec> {
        match &mut event.act {
            Act::OpenedBy { holders, .. } => holders,
            other => unreachable!("{other:?}"),
        }
    }
    refuses_all(
        &mut room,
        |a| matches!(a, Act::OpenedBy { .. }),
        &[
            ("by nobody", "one key holder at least", &|e| {
                openers(e).clear()
            }),
            ("by one twice", "by each once", &|e| {
                let first = openers(e)[0].clone();
                openers(e).push(first);
            }),
            ("by too many", "as many as there may be", &|e| {
                *openers(e) = (0..=HOLDERS_MAX as u8)
                    .map(|n| vec![n; 16].into())
                    .collect();
            }),
            ("by an id that is none", "another length", &|e| {
                openers(e)[0] = vec![1; 15].into()
            }),
        ],
    );
    refuses_all(
        &mut room,
        |a| matches!(a, Act::RecoveryAsked(asked) if asked.by.is_none()),
        &[("for longer", "longer than any", &|e| {
            let until = e.at.plus(RECOVERY_LASTS);
            if let Act::RecoveryAsked(asked) = &mut e.act {
                asked.until = Timestamp::from_millis(until.millis() + 1);
            }
        })],
    );
    // A rehearsal is signed by its key holder, who here says what cannot be.
    let signs = |done: &mut Rehearsed| {
        let claim = Claim::Rehearsed {
            challenge: done.challenge,
            sound: done.sound,
            wrong: done.wrong.clone(),
        };
        let signature = claim.sign(&room.holders[0], room.house.room);
        done.by.signature = signature.as_bytes().to_vec().into();
    };
    let at = room.find(|a| matches!(a, Act::Rehearsed(_)));
    let cases: [(&str, u32, Vec<ShareId>); 3] = [
        ("more than all", 1_000, Vec::new()),
        ("one wrong twice", 1, vec![ShareId::from_bytes([1; 16]); 2]),
        (
            "as many as there are numbers",
            u32::MAX,
            vec![ShareId::from_bytes([1; 16])],
        ),
    ];
    let changed = cases.map(|(what, sound, wrong)| {
        let changed = room.with(at, |e| {
            let Act::Rehearsed(done) = &mut e.act else {
                unreachable!()
            };
            (done.sound, done.wrong) = (sound, wrong);
            signs(done);
        });
        (what, changed)
    });
    for (what, changed) in changed {
        room.refuses(what, "more shares than he keeps", &changed);
    }
}

#[test]
fn what_was_decided_in_time_counts_though_it_was_written_a_moment_later() {
    let mut room = room();
    let asked = room.find(|a| matches!(a, Act::RecoveryAsked(_)));
    let withdrawn = room.find(|a| matches!(a, Act::RecoveryWithdrawn { .. }));
    let written = room.events[withdrawn].at.millis();
    let lapsing = |room: &Room, until: u64| {
        room.with(asked, |e| {
            if let Act::RecoveryAsked(asked) = &mut e.act {
                asked.until = Timestamp::from_millis(until);
            }
        })
    };
    let lag = u64::try_from(DECIDED_LAG_MAX.as_millis()).unwrap();
    let changed = lapsing(&room, written - lag);
    room.refuses("long lapsed", "does not live", &changed);
    let changed = lapsing(&room, written);
    assert_eq!(room.refusal(&changed), None);
}

#[test]
fn no_more_recoveries_wait_than_may_at_the_same_time() {
    let mut room = room();
    let asked = room.find(|a| matches!(a, Act::RecoveryAsked(asked) if asked.by.is_some()));
    let last = room.events.last().unwrap().at;
    let mut changed = room.store.clone();
    for n in 0..strongroom_guard::limits::RECOVERIES_MAX as u8 {
        let mut event = room.events[asked].clone();
        let Act::RecoveryAsked(ask) = &mut event.act else {
            unreachable!()
        };
        let recovery = strongroom_record::RecoveryId::from_bytes([n; 16]);
        let what = Wanted::Atom("Top Secret".to_owned(), "alice".to_owned());
        let signature = Claim::Asks { recovery, what }.sign(&room.holders[2], room.house.room);
        ask.recovery = recovery;
        ask.by.as_mut().unwrap().signature = signature.as_bytes().to_vec().into();
        event.id = EventId::from_bytes([n; 16]);
        event.at = last;
        forge::append(&room.house, &mut changed, &event);
    }
    room.refuses("one too many", "more recoveries wait", &changed);
    // One fewer is not too many.
    changed.entries.pop();
    forge::strip_checkpoint(&mut changed);
    assert_eq!(room.refusal(&changed), None);
}
