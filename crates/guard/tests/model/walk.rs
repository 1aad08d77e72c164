//! A walk: random acts by random persons in a room, each compared with what the rules say of it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use strongroom_guard::api::*;
use strongroom_guard::{Code, Refusal};
use strongroom_record::Clock;
use strongroom_seal::Suite;

use crate::common::World;
use crate::dice::Dice;
use crate::rules::{Answer, INSPECTORS, Model, Person};
use crate::small;

/// The atoms of the small policy that the walk uses, as clearances are written.
pub(crate) const ATOMS: [&str; 4] = ["Open", "Secret", "Top Secret", "Nodis"];

/// Who is in the room: roles, and what is held.
const CAST: [(&str, &[&str], &[&str]); 9] = [
    (
        "rita",
        &["records-officer"],
        &["Open", "Secret", "Top Secret", "Nodis"],
    ),
    ("rex", &["records-officer"], &["Open", "Secret"]),
    (
        "ralf",
        &["records-officer", "reader"],
        &["Open", "Secret", "Nodis"],
    ),
    ("ina", &["inspector"], &[INSPECTORS]),
    ("ines", &["inspector"], &["Open"]),
    ("rea", &["reader"], &["Open", "Secret"]),
    ("rob", &["reader"], &["Top Secret", "Nodis"]),
    ("mia", &["masking-authority"], &["Secret"]),
    ("sol", &["security-officer"], &[]),
];

/// How often each kind of act had each answer; and how often each stage of a request was seen.
pub(crate) type Counts = BTreeMap<(&'static str, Answer), usize>;

/// A room beside its model.
pub(crate) struct Walk {
    pub(super) room: World,
    pub(super) model: Model,
    pub(super) dice: Dice,
    pub(super) filed: u64,
    pub(super) invited: usize,
    pub(crate) counts: Counts,
}

/// What the room did is not what the rules say.
pub(crate) struct Difference {
    pub(crate) what: String,
    /// The room closed, instead of answering: that says nothing of its decisions.
    pub(crate) closed: bool,
}

impl From<String> for Difference {
    fn from(what: String) -> Self {
        let closed = false;
        Self { what, closed }
    }
}

impl Walk {
    /// A room with its people. The last who joins is the second security officer: from then on nobody is alone.
    pub(crate) fn begin(seed: u64) -> Self {
        let mut room = small::room(seed, Suite::Mock);
        let mut model = Model {
            now: now(&room),
            ..Model::default()
        };
        let chief = Person {
            roles: ["security-officer", "records-officer", "reader"].into(),
            holds: ATOMS.into_iter().chain([INSPECTORS]).collect(),
            left: false,
        };
        model.persons.insert("chief".to_owned(), chief);
        for (name, roles, holds) in CAST {
            room.add_person(name, roles, "");
            for clearance in holds {
                room.clear(name, clearance);
            }
            let person = Person {
                roles: roles.iter().copied().collect(),
                holds: holds.iter().copied().collect(),
                left: false,
            };
            model.persons.insert(name.to_owned(), person);
        }
        room.guard().called();
        Self {
            room,
            model,
            dice: Dice::new(seed),
            filed: 0,
            invited: 0,
            counts: Counts::new(),
        }
    }

    /// One act.
    pub(crate) fn step(&mut self) -> Result<(), Difference> {
        let name = self.anybody();
        self.model.now = now(&self.room) + TICK;
        match self.dice.below(240) {
            0..32 => self.ask_clear(&name),
            32..44 => self.ask_withdraw(&name),
            44..54 => self.ask_destroy(&name),
            54..62 => self.ask_lower(&name),
            62..72 => self.ask_undo(&name),
            72..79 => self.ask_release(&name),
            79..83 => self.ask_schedule(&name),
            83..86 => self.ask_rules(&name),
            86..88 => self.ask_policy(&name),
            88..96 => self.ask_acting(&name),
            96..99 => self.depart(&name),
            99..102 => self.admit(&name),
            102..108 => self.confirm(&name),
            108..112 => self.end_acting(&name),
            112..116 => self.hold(&name),
            116..176 => self.approve(&name),
            176..182 => self.deny(&name),
            182..190 => self.take_back(),
            190..201 => self.list(&name),
            201..208 => self.look(&name),
            208..217 => self.file(&name),
            217..225 => self.restrict(&name),
            225..230 => self.who(&name),
            230..236 => self.read(&name),
            _ => self.wait(),
        }
    }

    /// Somebody who is there.
    pub(super) fn anybody(&mut self) -> String {
        let here = self.model.here();
        self.dice.pick(&here)
    }

    /// Asks as somebody: the answer, which is what the rules say of it.
    pub(super) fn ask<T: DeserializeOwned>(
        &mut self,
        name: &str,
        act: &'static str,
        about: &str,
        expected: Answer,
        request: &Request,
    ) -> Result<Option<T>, Difference> {
        let answer = self.room.ask(name, request);
        let got = answer.map(|json| serde_json::from_slice(&json).expect("an answer"));
        self.compare(name, act, about, expected, got)
    }

    /// Compares an answer with what the rules say, and counts it.
    pub(super) fn compare<T>(
        &mut self,
        name: &str,
        act: &'static str,
        about: &str,
        expected: Answer,
        got: Result<T, Refusal>,
    ) -> Result<Option<T>, Difference> {
        let alike = match &got {
            Ok(_) => expected == Answer::Done,
            Err(e) if e.code == Code::Closed => false,
            Err(e) if e.code == Code::NotFound => expected == Answer::Nothing,
            Err(_) => matches!(expected, Answer::Refused(_)),
        };
        if alike {
            *self.counts.entry((act, expected)).or_default() += 1;
            return Ok(got.ok());
        }
        let refusal = got.as_ref().err();
        let words = refusal.map_or_else(|| "done".to_owned(), ToString::to_string);
        Err(Difference {
            what: format!(
                "{name} {act} {about}: {words}, and not {expected:?}\n{:?}\n{:?}\nacting: {:?}",
                self.model.requests.get(about),
                self.model.persons[name],
                self.model.acting,
            ),
            closed: refusal.is_some_and(|e| e.code == Code::Closed),
        })
    }

    /// Counts a case that is more than an act and its answer.
    pub(super) fn came_up(&mut self, case: &'static str) {
        *self.counts.entry((case, Answer::Done)).or_default() += 1;
    }

    /// What else there is to be seen, and what the rules say of it.
    pub(super) fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        got: &T,
        expected: &T,
    ) -> Result<(), Difference> {
        match got == expected {
            true => Ok(()),
            false => Err(format!("{what}: {got:?}, and not {expected:?}").into()),
        }
    }
}

/// How far the clock moves with each thing that is asked.
pub(crate) const TICK: u64 = 7;

pub(super) fn now(room: &World) -> u64 {
    room.clock.now().millis()
}
