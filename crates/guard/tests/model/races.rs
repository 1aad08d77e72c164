//! Two at once, by the guard's own door: of what the model allows one after the other, one order came about.
//!
//! Each race is run in a room and tried in two models, one for either order. What both threads were answered, and how far
//! the request has come afterwards, must be what one of the two orders gives: so nothing was done twice, by one hand, or
//! with the approval of somebody who was gone.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use strongroom_guard::api::*;
use strongroom_guard::{Code, Refusal};
use strongroom_record::Clock;
use strongroom_seal::Suite;

use crate::common::{World, approve, deny, take_back};
use crate::rules::{Answer, End, Model, Person, Record, What};
use crate::small;
use crate::walk::TICK;

/// Rounds of each race, in each of which another thread is held up.
const ROUNDS: u64 = 12;

/// What one of the two does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Approve(&'static str),
    Deny(&'static str),
    TakeBack(&'static str),
    /// Has somebody leave, who is no overseer.
    Depart(&'static str, &'static str),
}

impl Act {
    fn by(self) -> &'static str {
        match self {
            Self::Approve(by) | Self::Deny(by) | Self::TakeBack(by) | Self::Depart(by, _) => by,
        }
    }
    fn request(self, id: &str) -> Request {
        match self {
            Self::Approve(_) => approve(id),
            Self::Deny(_) => deny(id),
            Self::TakeBack(_) => take_back(id),
            Self::Depart(_, name) => Request::Depart(Depart {
                name: name.to_owned(),
                because: "goes to another post".to_owned(),
                request: None,
            }),
        }
    }
    /// What the model says of it, and what has become of the request then. Who has left is refused whatever it is.
    fn tried(self, model: &mut Model, id: &str) -> bool {
        if model.persons[self.by()].left {
            return false;
        }
        let answer = match self {
            Self::Approve(by) => model.approving(by, id),
            Self::Deny(by) => model.denying(by, id),
            Self::TakeBack(by) => model.taking_back(by, id),
            Self::Depart(by, name) => model.may_ask(by, &What::Depart(name.to_owned())).0,
        };
        if answer != Answer::Done {
            return false;
        }
        match self {
            Self::Approve(by) => {
                model.approved(by, id);
            }
            Self::Deny(_) => model.ended(id, End::Denied),
            Self::TakeBack(_) => model.ended(id, End::TakenBack),
            Self::Depart(_, name) => model.left(name),
        }
        true
    }
}

/// A room and its model: three records officers who see one record, which one of them asks to have withdrawn; an officer
/// beside `chief`; an inspector with the keys.
fn room(seed: u64, what: fn(String) -> What) -> (World, Model, String) {
    let mut room = small::room(seed, Suite::Mock);
    let mut model = Model::default();
    let cast: [(&str, &'static str, &'static str); 5] = [
        ("anna", "records-officer", "Open"),
        ("otto", "records-officer", "Open"),
        ("olga", "records-officer", "Open"),
        ("ina", "inspector", "inspectors"),
        ("sol", "security-officer", ""),
    ];
    for (name, role, holds) in cast {
        room.add_person(name, &[role], "");
        if !holds.is_empty() {
            room.clear(name, holds);
        }
        let person = Person {
            roles: [role].into(),
            holds: [holds].into_iter().filter(|h| !h.is_empty()).collect(),
            left: false,
        };
        model.persons.insert(name.to_owned(), person);
    }
    let chief = Person {
        roles: ["security-officer", "records-officer", "reader"].into(),
        holds: ["Open", "Secret", "Top Secret", "Nodis", "inspectors"].into(),
        left: false,
    };
    model.persons.insert("chief".to_owned(), chief);
    let filed = room.file_text("anna", "Memorandum\n\nThey met.\n", "Open", 1);
    let record = filed.records[0].record.clone();
    let takes = ["Open"].into();
    model.records.insert(record.clone(), Record::filed(takes));
    let what = what(record.clone());
    let ask = match &what {
        What::Destroy(_) => RequestFor::Destroy { record },
        _ => RequestFor::Withdraw { record },
    };
    let ask = Request::Ask(RequestAsk {
        ask,
        reason: Some("foreign-relations".to_owned()),
        authority: None,
        because: "filed by mistake".to_owned(),
        request: None,
    });
    let made: RequestMade = room.get("anna", ask);
    model.now = room.clock.now().millis();
    model.asked(made.id.clone(), "anna", what);
    (room, model, made.id)
}

/// Has two do something at once. Gives which of the two was let, as it came about.
fn race(room: &World, id: &str, acts: [Act; 2], held_up: u64) -> [bool; 2] {
    let start = Barrier::new(2);
    let run = |n: usize| {
        let act = acts[n];
        start.wait();
        // Now one of them comes first, now the other.
        for _ in 0..if n as u64 == held_up % 2 {
            held_up * 40
        } else {
            0
        } {
            std::hint::spin_loop();
        }
        let refused = |e: Refusal| {
            assert_ne!(e.code, Code::Closed, "{e:?}");
            e
        };
        room.ask(act.by(), &act.request(id))
            .map_err(refused)
            .is_ok()
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        let one = run(0);
        [one, other.join().expect("it ends")]
    })
}

/// Runs a race, after some acts and so many milliseconds before the request lapses, or at once; and holds what came about to the two orders in which the model may do it.
fn one_order_came_about(what: fn(String) -> What, acts: [Act; 2], first: &[Act], left: u64) {
    for round in 0..ROUNDS {
        let (mut room, mut model, id) = room(round, what);
        for act in first {
            room.ask(act.by(), &act.request(&id)).expect("it may");
            assert!(act.tried(&mut model, &id));
        }
        if left > 0 {
            let until = model.requests[&id].until;
            let waits = until - room.clock.now().millis() - left;
            room.clock.advance(Duration::from_millis(waits));
            for name in model.here() {
                room.sign_in(&name);
            }
        }
        let before = room.clock.now().millis();
        let let_pass = race(&room, &id, acts, round);
        let after = room.clock.now().millis();
        let mut orders = Vec::new();
        for [one, other] in [[0, 1], [1, 0]] {
            // The clock moves with each act, and may have moved for both before one is decided on.
            for (at, then) in [
                (before + TICK, before + TICK),
                (before + TICK, after),
                (after, after),
            ] {
                let mut tried = model.clone();
                let mut passes = [false; 2];
                tried.now = at;
                passes[one] = acts[one].tried(&mut tried, &id);
                tried.now = then;
                passes[other] = acts[other].tried(&mut tried, &id);
                orders.push((passes, tried.stage("ina", &tried.requests[&id]).to_owned()));
            }
        }
        // Opened again, the room has folded the same ledger.
        for again in [false, true] {
            if again {
                room.reopen();
                room.sign_in("ina");
            }
            let ask = Request::Requests(RequestsQuery {
                id: Some(id.clone()),
            });
            let rows: RequestRows = room.get("ina", ask);
            let came = (let_pass, rows.requests[0].stage.clone());
            assert!(
                orders.contains(&came),
                "round {round}: {acts:?} gave {came:?}, and not one of {orders:?}"
            );
        }
    }
}

#[test]
fn of_two_approvals_where_one_is_asked_one_is_let() {
    let acts = [Act::Approve("otto"), Act::Approve("olga")];
    one_order_came_about(What::Withdraw, acts, &[], 0);
}

#[test]
fn two_approvals_that_are_both_needed_are_both_let() {
    let acts = [Act::Approve("otto"), Act::Approve("ina")];
    one_order_came_about(What::Destroy, acts, &[], 0);
}

#[test]
fn one_person_at_once_in_two_places_is_one_hand() {
    let acts = [Act::Approve("otto"), Act::Approve("otto")];
    one_order_came_about(What::Destroy, acts, &[], 0);
}

#[test]
fn an_approval_comes_before_a_departure_or_not_at_all() {
    let acts = [Act::Approve("otto"), Act::Depart("chief", "otto")];
    one_order_came_about(What::Withdraw, acts, &[], 0);
}

#[test]
fn the_last_approval_does_not_count_with_that_of_somebody_who_is_leaving() {
    let acts = [Act::Approve("ina"), Act::Depart("chief", "otto")];
    one_order_came_about(What::Destroy, acts, &[Act::Approve("otto")], 0);
}

#[test]
fn what_is_asked_for_by_somebody_who_is_leaving_is_done_before_or_not_at_all() {
    let acts = [Act::Approve("otto"), Act::Depart("chief", "anna")];
    one_order_came_about(What::Withdraw, acts, &[], 0);
}

#[test]
fn an_approval_and_a_denial_end_in_one_of_them() {
    let acts = [Act::Approve("otto"), Act::Deny("olga")];
    one_order_came_about(What::Withdraw, acts, &[], 0);
}

#[test]
fn an_approval_and_its_taking_back_end_in_one_of_them() {
    let acts = [Act::Approve("otto"), Act::TakeBack("anna")];
    one_order_came_about(What::Withdraw, acts, &[], 0);
}

#[test]
fn approvals_at_the_instant_of_expiry_are_in_time_or_too_late() {
    // One is in time and the other is not, or neither; or both are.
    for left in [TICK + 1, 2 * TICK + 1] {
        let acts = [Act::Approve("otto"), Act::Approve("ina")];
        one_order_came_about(What::Destroy, acts, &[], left);
    }
}
