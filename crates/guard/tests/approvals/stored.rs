//! Whoever edits the store: to add an approval, a role, or rules.
//!
//! The forger has the house key, and so writes entries that fit. Where a rule is to be shown and not a signature, he has
//! the keys of who signs, too.

use std::rc::Rc;

use strongroom_record::approval::{Approval, Asked};
use strongroom_record::event::{Act, CommandRow, Role, StoredEvent};
use strongroom_record::{ApprovalRequestId, CommandId, EventId, PersonId, Timestamp, encode};
use strongroom_seal::PersonKeys;
use strongroom_vault::Key;

use super::*;
use crate::common::deny;
use crate::loot::{COMMAND, House, Loot};
use crate::small::{house, keys_of, loot, reopen_on};

const TWO: (&str, &str) = (
    "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 1 }]",
    "act = \"withdraw\"\nasks = [\"records-officer\"]\nneeds = [{ from = [\"records-officer\"], approvals = 2 }]",
);

/// A store, and what its forger has.
pub(crate) struct Forged {
    world: World,
    store: Loot,
    house: House,
    events: Vec<StoredEvent>,
}

impl Forged {
    pub(crate) fn of(world: World) -> Self {
        let store = loot(&world);
        let house = house(&world, &store);
        let events = forge::events(&house, &store);
        Self {
            world,
            store,
            house,
            events,
        }
    }
    pub(crate) fn keys(&self, name: &str) -> Rc<PersonKeys> {
        keys_of(&self.world, &self.store, name)
    }
    /// The person of a name, and the keys.
    pub(crate) fn person(&self, name: &str) -> (PersonId, Rc<PersonKeys>) {
        let invited = |event: &StoredEvent| match &event.act {
            Act::Invited {
                invitation,
                name: of,
                ..
            } if of == name => Some(*invitation),
            _ => None,
        };
        let invitation = self.events.iter().find_map(invited);
        let id = |event: &StoredEvent| match &event.act {
            Act::Founded(genesis) if genesis.founder_name == name => Some(genesis.founder),
            Act::Joined {
                invitation: of,
                person,
                ..
            } if Some(*of) == invitation => Some(*person),
            _ => None,
        };
        (self.events.iter().find_map(id).unwrap(), self.keys(name))
    }
    pub(crate) fn find(&self, fits: impl Fn(&Act) -> bool) -> usize {
        self.events.iter().position(|e| fits(&e.act)).unwrap()
    }
    /// An act at the end of the ledger, signed by a person.
    pub(crate) fn adding(&self, name: &str, act: Act) -> Loot {
        self.adding_at(name, act, self.events.last().unwrap().at)
    }
    pub(crate) fn adding_at(&self, name: &str, act: Act, at: Timestamp) -> Loot {
        let (person, keys) = self.person(name);
        let like = self.events.iter().rfind(|e| e.command.is_some()).unwrap();
        let mut event = like.clone();
        event.id = EventId::from_bytes([7; 16]);
        event.at = at;
        event.actor = Some(person);
        event.request = None;
        event.command = Some(CommandId::from_bytes([7; 16]));
        if !matches!(act, Act::Denied { .. } | Act::ApprovalAsked(_)) {
            event.sealed.clear();
        }
        event.act = act;
        let row = CommandRow {
            person,
            events: vec![event.id],
            signature: Vec::new().into(),
            salt: [7; 32],
        };
        let mut changed = self.store.clone();
        self.house
            .put(&mut changed, Key::new(COMMAND, [7; 16], 0), &encode(&row));
        forge::append(&self.house, &mut changed, &event);
        let at = changed.entries.len() - 1;
        forge::sign_again(&self.house, &mut changed, at, &keys);
        changed
    }
    /// An event that says something else, signed by who signed it.
    pub(crate) fn changing(
        &self,
        at: usize,
        name: &str,
        change: impl FnOnce(&mut StoredEvent),
    ) -> Loot {
        let mut changed = self.store.clone();
        let mut event = self.events[at].clone();
        change(&mut event);
        forge::replace(&self.house, &mut changed, at, &event);
        forge::sign_again(&self.house, &mut changed, at, &self.keys(name));
        changed
    }
    #[track_caller]
    pub(crate) fn refuses(&mut self, what: &str, words: &str, changed: &Loot) {
        assert!(*changed != self.store, "nothing was changed: {what}");
        let opened = reopen_on(&mut self.world, changed.disk());
        let named = opened
            .err()
            .unwrap_or_else(|| panic!("not noticed: {what}"));
        let named = named.to_string();
        assert!(named.contains(words), "{what}: {named}");
    }
    fn asked(&self, n: usize) -> (usize, strongroom_record::approval::ApprovalAsked) {
        let asked = |(at, event): (usize, &StoredEvent)| match &event.act {
            Act::ApprovalAsked(asked) if asked.asked.record().is_some() => {
                Some((at, (**asked).clone()))
            }
            _ => None,
        };
        self.events
            .iter()
            .enumerate()
            .filter_map(asked)
            .nth(n)
            .unwrap()
    }
    /// The request for something of a kind.
    pub(crate) fn requested(&self, is: impl Fn(&Asked) -> bool) -> ApprovalRequestId {
        let asked = self.events.iter().find_map(|event| match &event.act {
            Act::ApprovalAsked(asked) if is(&asked.asked) => Some(asked.request),
            _ => None,
        });
        asked.unwrap()
    }
    /// The approval that somebody might have given.
    fn approval(&self, n: usize) -> Act {
        let (at, asked) = self.asked(n);
        let asked = (self.events[at].id, asked);
        let digest = strongroom_seal::digest(
            strongroom_seal::domain::REQUEST_DIGEST,
            &[asked.0.as_bytes(), &encode(&asked.1)],
        );
        Act::Approved(Approval {
            request: asked.1.request,
            digest: *digest.as_bytes(),
            acting_for: None,
        })
    }
}

/// Three withdrawals: one that waits with one approval of two, one that was denied, and one that was done.
fn filled() -> Forged {
    let mut world = room_with(91, TWO.0, TWO.1);
    let records: Vec<String> = (0..3).map(|n| filed(&world, n)).collect();
    let ids: Vec<String> = records
        .iter()
        .map(|record| made(&world, "anna", withdraw(record)))
        .collect();
    assert!(!approved(&world, "otto", &ids[0]).carried_out);
    let _: RequestDecided = world.get("otto", deny(&ids[1]));
    assert!(!approved(&world, "otto", &ids[2]).carried_out);
    assert!(approved(&world, "petra", &ids[2]).carried_out);
    world.clock.advance(DAY);
    world.sign_in("ben");
    Forged::of(world)
}

#[test]
fn an_approval_that_was_added_in_the_store_is_refused_at_opening() {
    let mut forged = filled();
    let stranger = forged.keys("ben");
    let mut changed = forged.adding("petra", forged.approval(0));
    let at = changed.entries.len() - 1;
    forge::sign_again(&forged.house, &mut changed, at, &stranger);
    forged.refuses("signed by another", "signature does not fit", &changed);
    forge::unsign(&forged.house, &mut changed, at);
    forged.refuses("unsigned", "signed", &changed);
    for (what, name, n, words) in [
        ("of who asked", "anna", 0, "what he asked for"),
        ("twice", "otto", 0, "approves twice"),
        ("of a reader", "ben", 0, "do not ask for the approval"),
        ("of who is below", "carl", 0, "not cleared"),
        ("of what was denied", "petra", 1, "does not wait"),
        ("of what was done", "chief", 2, "does not wait"),
    ] {
        let changed = forged.adding(name, forged.approval(n));
        forged.refuses(what, words, &changed);
    }
    // What was approved for one request counts for no other.
    let (Act::Approved(one), Act::Approved(other)) = (forged.approval(0), forged.approval(2))
    else {
        unreachable!()
    };
    let mixed = Act::Approved(Approval {
        request: one.request,
        ..other
    });
    let changed = forged.adding("petra", mixed);
    forged.refuses("replayed for another", "of another request", &changed);
    let lapsed = Approval {
        request: ApprovalRequestId::from_bytes([9; 16]),
        ..one
    };
    let changed = forged.adding("petra", Act::Approved(lapsed));
    forged.refuses("of nothing", "does not wait", &changed);
    let for_otto = Approval {
        acting_for: Some(forged.person("chief").0),
        ..one
    };
    let changed = forged.adding("petra", Act::Approved(for_otto));
    forged.refuses("for another", "without standing for him", &changed);
    // What lapsed meanwhile is approved by nobody, whatever the store says of the time.
    let (_, asked) = forged.asked(0);
    let late = forged.adding_at("petra", forged.approval(0), asked.until.plus(2 * DAY));
    forged.refuses("of what lapsed", "has lapsed", &late);
    // The one that might have been, is taken.
    let fits = forged.adding("petra", forged.approval(0));
    assert!(reopen_on(&mut forged.world, fits.disk()).is_ok());
}

#[test]
fn a_request_that_was_altered_voids_its_approvals() {
    let mut forged = filled();
    let (at, _) = forged.asked(2);
    let (_, other) = forged.asked(0);
    let record = other.asked.record().unwrap();
    let changed = forged.changing(at, "anna", |event| {
        if let Act::ApprovalAsked(asked) = &mut event.act {
            asked.asked = Asked::Withdraw { record };
        }
    });
    forged.refuses(
        "of another record",
        "something else than there is",
        &changed,
    );
    let changed = forged.changing(at, "anna", |event| {
        if let Act::ApprovalAsked(asked) = &mut event.act {
            asked.until = event.at;
        }
    });
    forged.refuses("with another end", "of another request", &changed);
    let changed = forged.changing(at, "anna", |event| {
        if let Act::ApprovalAsked(asked) = &mut event.act {
            asked.until = asked.until.plus(DAY);
        }
    });
    forged.refuses("that waits for longer", "longer than its rule", &changed);
    let changed = forged.changing(at, "anna", |event| {
        if let Act::ApprovalAsked(asked) = &mut event.act {
            asked.basis = other.basis;
        }
    });
    forged.refuses("on another basis", "something else than there is", &changed);
    // One approval less, and what was done was done with one hand.
    let approval = forged
        .events
        .iter()
        .rposition(|e| matches!(e.act, Act::Approved(_)));
    let first = forged
        .events
        .iter()
        .enumerate()
        .filter(|(_, e)| matches!(e.act, Act::Approved(_)));
    let first = first.map(|(at, _)| at).nth(1).unwrap();
    assert!(approval > Some(first));
    let changed = forged.changing(first, "otto", |event| event.act = Act::PassphraseChanged);
    forged.refuses("without one of them", "without the approvals", &changed);
    let done = forged.find(|a| matches!(a, Act::Withdrawn(_)));
    for (what, words, request) in [
        ("without a request", "takes more hands", None),
        (
            "for one that waits",
            "not what its request asked for",
            Some(other.request),
        ),
    ] {
        let changed = forged.changing(done, "petra", |event| {
            if let Act::Withdrawn(withdrawn) = &mut event.act {
                withdrawn.request = request;
            }
        });
        forged.refuses(what, words, &changed);
    }
}

#[test]
fn a_role_a_key_or_rules_that_were_added_in_the_store_are_refused() {
    let mut forged = filled();
    let confirmed = forged
        .events
        .iter()
        .rposition(|e| matches!(e.act, Act::Confirmed { .. }));
    let confirmed = confirmed.unwrap();
    let mut changed = forged.store.clone();
    let mut event = forged.events[confirmed].clone();
    if let Act::Confirmed { roles, .. } = &mut event.act {
        roles.push(Role::Inspector);
    }
    forge::replace(&forged.house, &mut changed, confirmed, &event);
    forged.refuses("a role more", "signature does not fit", &changed);
    // Rules that nobody approved, unsigned as the guard's own are, and signed by an officer.
    let weak = DEFAULT_RULES.replace("approvals = 1", "approvals = 2");
    let rules = |request| Act::RulesInForce {
        rules: weak.clone(),
        request,
    };
    let mut changed = forged.adding("chief", rules(None));
    let at = changed.entries.len() - 1;
    forged.refuses("rules of an officer", "nobody approved", &changed);
    forge::unsign(&forged.house, &mut changed, at);
    forged.refuses("rules of nobody", "nobody approved", &changed);
    let (_, asked) = forged.asked(0);
    let changed = forged.adding("otto", rules(Some(asked.request)));
    forged.refuses(
        "rules for a withdrawal",
        "not what its request asked for",
        &changed,
    );
    // A clearance by one hand, with or without the word that the founder is alone.
    let (ben, _) = forged.person("ben");
    for lone_founder in [true, false] {
        let act = Act::ClearanceAuthorised {
            person: ben,
            atoms: Vec::new(),
            lone_founder,
        };
        let changed = forged.adding("chief", act);
        forged.refuses("cleared by one hand", "by one hand", &changed);
    }
    // A person who joins with keys that are another's.
    let joined = forged
        .events
        .iter()
        .rposition(|e| matches!(e.act, Act::Joined { .. }))
        .unwrap();
    let (_, keys) = forged.person("ben");
    let mut changed = forged.store.clone();
    let mut event = forged.events[joined].clone();
    if let Act::Joined { keys: offered, .. } = &mut event.act {
        *offered = encode(&keys.public()).into();
    }
    forge::replace(&forged.house, &mut changed, joined, &event);
    forged.refuses("keys of another", "another person's", &changed);
    // An inspector made to leave by one hand.
    let (ines, _) = forged.person("ines");
    let departed = strongroom_record::approval::Departed {
        person: ines,
        turned: Vec::new(),
        request: None,
    };
    let changed = forged.adding("chief", Act::Departed(Box::new(departed)));
    forged.refuses("an inspector made to leave", "by one hand", &changed);
    // Somebody who stands for somebody without their leave.
    let (otto, _) = forged.person("otto");
    let began = strongroom_record::approval::ActingBegan {
        deputy: otto,
        principal: ben,
        until: forged.events.last().unwrap().at.plus(DAY),
        request: asked.request,
    };
    let changed = forged.adding("otto", Act::ActingBegan(began));
    forged.refuses(
        "a deputy of nobody's choice",
        "not what its request asked for",
        &changed,
    );
}
