//! A walk: random acts by random persons in a room, each compared with what the rules say of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use strongroom_guard::api::*;
use strongroom_guard::{Code, Refusal};
use strongroom_seal::Suite;

use crate::common::World;
use crate::dice::Dice;
use crate::rules::{Answer, Atoms, DAY, End, Model, Person, Record, What};
use crate::small;

/// The atoms of the small policy that the walk uses, as clearances are written.
const ATOMS: [&str; 4] = ["Open", "Secret", "Top Secret", "Nodis"];

/// Who is in the room: roles, what is held, and whether the inspectors' keys are.
const CAST: [(&str, &[&str], &[&str], bool); 9] = [
    (
        "rita",
        &["records-officer"],
        &["Open", "Secret", "Top Secret", "Nodis"],
        false,
    ),
    ("rex", &["records-officer"], &["Open", "Secret"], false),
    (
        "ralf",
        &["records-officer", "reader"],
        &["Open", "Secret", "Nodis"],
        false,
    ),
    ("ina", &["inspector"], &[], true),
    ("ines", &["inspector"], &["Open"], false),
    ("rea", &["reader"], &["Open", "Secret"], false),
    ("rob", &["reader"], &["Top Secret", "Nodis"], false),
    ("mia", &["masking-authority"], &["Secret"], false),
    ("sol", &["security-officer"], &["Open"], false),
];

/// How often each kind of act had each answer.
pub(crate) type Counts = BTreeMap<(&'static str, Answer), usize>;

/// A room beside its model.
pub(crate) struct Walk {
    room: World,
    model: Model,
    dice: Dice,
    names: Vec<String>,
    filed: u64,
    pub(crate) counts: Counts,
}

/// What the room did is not what the rules say.
pub(crate) struct Difference(pub(crate) String);

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
            holds: ATOMS.into(),
            docket: true,
        };
        model.persons.insert("chief".to_owned(), chief);
        for (name, roles, holds, docket) in CAST {
            room.add_person(name, roles, "");
            let clearances = holds.iter().copied().chain(docket.then_some("inspectors"));
            for clearance in clearances {
                // The second officer is one from the confirmation on.
                if name == "sol" {
                    continue;
                }
                let grant = ClearanceGrant {
                    name: name.to_owned(),
                    clearance: clearance.to_owned(),
                    because: None,
                    request: None,
                };
                let _: serde_json::Value = room.get("chief", Request::ClearanceGrant(grant));
            }
            let holds = if name == "sol" { &[][..] } else { holds };
            let person = Person {
                roles: roles.iter().copied().collect(),
                holds: holds.iter().copied().collect(),
                docket,
            };
            model.persons.insert(name.to_owned(), person);
        }
        let names = model.persons.keys().cloned().collect();
        Self {
            room,
            model,
            dice: Dice::new(seed),
            names,
            filed: 0,
            counts: Counts::new(),
        }
    }

    /// One act.
    pub(crate) fn step(&mut self) -> Result<(), Difference> {
        let name = self.dice.pick(&self.names);
        match self.dice.below(100) {
            0..24 => self.ask_clear(&name),
            24..34 => self.ask_withdraw(&name),
            34..62 => self.approve(&name),
            62..67 => self.deny(&name),
            67..73 => self.take_back(&name),
            73..80 => self.list(&name),
            80..85 => self.look(&name),
            85..90 => self.file(&name),
            90..94 => self.restrict(&name),
            94..98 => self.who(&name),
            _ => {
                self.wait();
                Ok(())
            }
        }
    }

    fn ask<T: DeserializeOwned>(&mut self, name: &str, request: Request) -> Result<T, Refusal> {
        let answer = self.room.ask(name, &request);
        self.model.now = now(&self.room);
        answer.map(|json| serde_json::from_slice(&json).expect("an answer"))
    }

    fn compare<T>(
        &mut self,
        act: &'static str,
        name: &str,
        about: &str,
        expected: Answer,
        got: &Result<T, Refusal>,
    ) -> Result<(), Difference> {
        let answer = match got {
            Ok(_) => Answer::Done,
            Err(e) if e.code == Code::NotFound => Answer::Nothing,
            Err(_) => Answer::Refused,
        };
        *self.counts.entry((act, answer)).or_default() += 1;
        if answer == expected {
            return Ok(());
        }
        let words = got.as_ref().err().map(ToString::to_string);
        let request = self.model.requests.get(about);
        Err(Difference(format!(
            "{name} {act} {about}: {answer:?} and not {expected:?} ({words:?})\n{request:?}\n{:?}",
            self.model.persons[name]
        )))
    }

    fn ask_clear(&mut self, name: &str) -> Result<(), Difference> {
        // Mostly by somebody who may.
        let name = match self.dice.chance(70) {
            true => self.dice.pick(&["chief", "sol"]),
            false => name,
        };
        let subject = self.dice.pick(&self.names);
        let mut atoms: Atoms = [self.dice.pick(&ATOMS)].into();
        if self.dice.chance(40) {
            atoms.insert(self.dice.pick(&ATOMS));
        }
        let words: Vec<&str> = atoms.iter().copied().collect();
        let ask = Request::Ask(RequestAsk {
            ask: RequestFor::Clear {
                name: subject.clone(),
                clearance: clearance(&words),
            },
            reason: None,
            authority: None,
            because: "the work asks for it".to_owned(),
            request: None,
        });
        self.asking(name, "ask-clear", What::Clear(subject, atoms), ask)
    }

    fn ask_withdraw(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let ask = Request::Ask(RequestAsk {
            ask: RequestFor::Withdraw {
                record: record.clone(),
            },
            reason: Some("foreign-relations".to_owned()),
            authority: None,
            because: "filed by mistake".to_owned(),
            request: None,
        });
        self.asking(name, "ask-withdraw", What::Withdraw(record), ask)
    }

    fn asking(
        &mut self,
        name: &str,
        act: &'static str,
        what: What,
        ask: Request,
    ) -> Result<(), Difference> {
        self.model.now = now(&self.room) + 7;
        let (expected, what) = self.model.may_ask(name, &what);
        let got = self.ask::<RequestMade>(name, ask);
        self.compare(act, name, &format!("{what:?}"), expected, &got)?;
        if let Ok(made) = got {
            self.model.asked(made.id, name, what);
        }
        Ok(())
    }

    /// A request: mostly one that waits, at times one that ended, or that nobody made.
    fn request(&mut self) -> String {
        let of = |open: bool| -> Vec<String> {
            let requests = self.model.requests.iter();
            let found = requests.filter(|(_, r)| !open || r.end == End::Open);
            found.map(|(id, _)| id.clone()).collect()
        };
        let ids = of(self.dice.below(100) < 80);
        if ids.is_empty() || self.dice.chance(3) {
            return "aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
        }
        self.dice.pick(&ids)
    }

    fn approve(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        self.model.now = now(&self.room) + 7;
        let expected = self.model.deciding(name, &id);
        let approve = Approve {
            id: id.clone(),
            request: None,
        };
        let got = self.ask::<RequestDecided>(name, Request::Approve(approve));
        self.compare("approve", name, &id, expected, &got)?;
        if let Ok(decided) = got {
            let carried_out = self.model.approved(name, &id);
            if decided.carried_out != carried_out {
                return Err(Difference(format!("{name} approved {id}: {decided:?}")));
            }
        }
        Ok(())
    }

    fn deny(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        self.model.now = now(&self.room) + 7;
        let expected = self.model.deciding(name, &id);
        let deny = Deny {
            id: id.clone(),
            because: "not now".to_owned(),
            request: None,
        };
        let got = self.ask::<RequestDecided>(name, Request::Deny(deny));
        self.compare("deny", name, &id, expected, &got)?;
        if got.is_ok() {
            self.model.ended(&id, End::Denied);
        }
        Ok(())
    }

    fn take_back(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        let own = self.model.requests.get(&id).map(|r| r.by.clone());
        let name = own
            .filter(|_| self.dice.chance(40))
            .unwrap_or_else(|| name.to_owned());
        self.model.now = now(&self.room) + 7;
        let expected = self.model.taking_back(&name, &id);
        let back = RequestTakeBack {
            id: id.clone(),
            request: None,
        };
        let got = self.ask::<RequestDecided>(&name, Request::RequestTakeBack(back));
        self.compare("take-back", &name, &id, expected, &got)?;
        if got.is_ok() {
            self.model.ended(&id, End::TakenBack);
        }
        Ok(())
    }

    /// Everybody's list has just the requests that there are for that person, each as far as it has come.
    fn list(&mut self, name: &str) -> Result<(), Difference> {
        self.model.now = now(&self.room) + 7;
        let expected = self.model.listed(name);
        let got = self.ask::<RequestRows>(name, Request::Requests(RequestsQuery::default()));
        self.compare("list", name, "", Answer::Done, &got)?;
        let rows = got.map_or_else(|_| Vec::new(), |rows| rows.requests);
        let shown: BTreeMap<String, (&str, bool)> = rows
            .iter()
            .map(|row| (row.id.clone(), (row.stage.as_str(), row.yours)))
            .collect();
        for (id, row) in &expected {
            *self.counts.entry((row.0, Answer::Done)).or_default() += 1;
            if shown.get(id) != Some(row) {
                let request = &self.model.requests[id];
                return Err(Difference(format!(
                    "{name}: {:?} and not {row:?}: {request:?}",
                    shown.get(id)
                )));
            }
        }
        match shown.keys().find(|id| !expected.contains_key(*id)) {
            Some(id) => {
                let request = self.model.requests.get(id);
                Err(Difference(format!("{name} sees {id}: {request:?}")))
            }
            None => Ok(()),
        }
    }

    /// One request, ended or not, is shown as far as it has come to whom there is such a request.
    fn look(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        self.model.now = now(&self.room) + 7;
        let known = self.model.requests.get(&id);
        let stage = known
            .filter(|request| self.model.knows(name, request))
            .map(|request| {
                (
                    self.model.stage(name, request),
                    self.model.may_decide(name, request),
                )
            });
        let expected = stage.map_or(Answer::Nothing, |_| Answer::Done);
        let query = RequestsQuery {
            id: Some(id.clone()),
        };
        let got = self.ask::<RequestRows>(name, Request::Requests(query));
        self.compare("look", name, &id, expected, &got)?;
        let Some((stage, yours)) = stage else {
            return Ok(());
        };
        *self.counts.entry((stage, Answer::Done)).or_default() += 1;
        let rows = got.map_or_else(|_| Vec::new(), |rows| rows.requests);
        match &rows[..] {
            [row] if row.stage == stage && row.yours == yours => Ok(()),
            _ => Err(Difference(format!(
                "{name} is shown {rows:?} and not {stage} {yours}"
            ))),
        }
    }

    fn file(&mut self, name: &str) -> Result<(), Difference> {
        let markings: [(&str, &[&str]); 4] = [
            ("Open", &["Open"]),
            ("Secret", &["Secret"]),
            ("Secret; Nodis", &["Secret", "Nodis"]),
            ("Top Secret; Nodis", &["Top Secret", "Nodis"]),
        ];
        let (marking, takes) = self.dice.pick(&markings);
        let expected = match self.model.is(name, "records-officer") {
            true => Answer::Done,
            false => Answer::Refused,
        };
        self.filed += 1;
        let text = format!("Memorandum {}\n\nThey met and spoke.\n", self.filed);
        let (file, bytes) = ("note.txt", text.as_bytes());
        let got = self
            .room
            .try_file(name, file, bytes, Some(marking), self.filed);
        self.compare("file", name, marking, expected, &got)?;
        if let Ok(done) = got {
            let record = Record {
                takes: takes.iter().copied().collect(),
                withdrawn: false,
                state: 0,
            };
            let id = done.records[0].record.clone();
            self.model.records.insert(id, record);
        }
        Ok(())
    }

    fn restrict(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let to: [(&str, &[&str]); 3] = [
            ("Top Secret", &["Top Secret"]),
            ("Open; Nodis", &["Open", "Nodis"]),
            ("Top Secret; Nodis", &["Top Secret", "Nodis"]),
        ];
        let (to, more) = self.dice.pick(&to);
        // A lower level beside a higher one asks for nothing new.
        let has = &self.model.records[&record].takes;
        let high = |atom: &str| ATOMS.iter().position(|a| *a == atom).expect("an atom");
        let top = has.iter().filter(|a| **a != "Nodis").map(|a| high(a)).max();
        let rises = more.iter().any(|atom| {
            !has.contains(atom) && (*atom == "Nodis" || top.is_none_or(|top| high(atom) > top))
        });
        let nothing_new = self.model.sees(name, &record) && !rises;
        let expected = match self.model.is(name, "records-officer") && !nothing_new {
            true => Answer::Done,
            false => Answer::Refused,
        };
        let ask = crate::common::restriction(&record, to, &[]);
        let got = self.ask::<Restricted>(name, ask);
        self.compare("restrict", name, &record, expected, &got)?;
        if got.is_ok() {
            let restricted = self.model.records.get_mut(&record).expect("a record");
            restricted.takes.extend(more);
            restricted.state += 1;
        }
        Ok(())
    }

    /// What somebody holds is what was granted.
    fn who(&mut self, name: &str) -> Result<(), Difference> {
        let got = self.ask::<WhoAmI>(name, Request::WhoAmI);
        self.compare("who", name, "", Answer::Done, &got)?;
        let held = got.map_or_else(|_| Vec::new(), |who| who.clearance);
        let held: Atoms = ATOMS
            .into_iter()
            .filter(|atom| {
                held.iter().any(|word| {
                    word.ends_with(atom) && !(*atom == "Secret" && word.ends_with("Top Secret"))
                })
            })
            .collect();
        if held != self.model.persons[name].holds {
            return Err(Difference(format!("{name} holds {held:?}")));
        }
        Ok(())
    }

    /// Days go by; sessions end, and everybody signs in again.
    fn wait(&mut self) {
        let days = 1 + self.dice.below(6) as u64;
        self.room.clock.advance(Duration::from_millis(days * DAY));
        for name in &self.names {
            self.room.sign_in(name);
        }
        self.model.now = now(&self.room);
    }

    fn record(&mut self) -> Option<String> {
        let records: Vec<String> = self.model.records.keys().cloned().collect();
        (!records.is_empty()).then(|| self.dice.pick(&records))
    }
}

/// A clearance as the policy writes it.
fn clearance(atoms: &[&str]) -> String {
    let (captions, levels): (Vec<&str>, Vec<&str>) = atoms.iter().partition(|a| **a == "Nodis");
    let mut parts = vec![levels.join(", ")];
    parts.extend(captions.iter().map(|c| (*c).to_owned()));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

fn now(room: &World) -> u64 {
    use strongroom_record::Clock;
    room.clock.now().millis()
}
