//! The acts of a walk: what is asked, of what, and what the model makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use strongroom_guard::DEFAULT_RULES;
use strongroom_guard::api::*;
use strongroom_record::Timestamp;

use crate::common::{approve, deny, restriction, take_back};
use crate::rules::{
    Answer, Atoms, DAY, End, INSPECTORS, Joined, Person, Record, Restriction, Rules, What,
};
use crate::small;
use crate::walk::{ATOMS, Difference, TICK, Walk, now};

/// How many are invited in one room at most.
const INVITED_MAX: usize = 8;

impl Walk {
    pub(super) fn ask_clear(&mut self, name: &str) -> Result<(), Difference> {
        // Mostly by somebody who may.
        let name = match self.dice.chance(70) {
            true => self.officer(),
            false => name.to_owned(),
        };
        let subject = self.anybody_ever();
        let mut atoms: Atoms = [self.dice.pick(&ATOMS)].into();
        if self.dice.chance(40) {
            atoms.insert(self.dice.pick(&ATOMS));
        }
        if self.dice.chance(10) {
            atoms = [INSPECTORS].into();
        }
        let ask = RequestFor::Clear {
            name: subject.clone(),
            clearance: clearance(&atoms),
        };
        self.asking(&name, "ask-clear", What::Clear(subject, atoms), ask)
    }

    pub(super) fn ask_withdraw(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let ask = RequestFor::Withdraw {
            record: record.clone(),
        };
        self.asking(name, "ask-withdraw", What::Withdraw(record), ask)
    }

    pub(super) fn ask_destroy(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let ask = RequestFor::Destroy {
            record: record.clone(),
        };
        self.asking(name, "ask-destroy", What::Destroy(record), ask)
    }

    pub(super) fn ask_lower(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let to: [(&str, &[&'static str]); 4] = [
            ("Open", &["Open"]),
            ("Secret", &["Secret"]),
            ("Open; Nodis", &["Open", "Nodis"]),
            ("Secret; Nodis", &["Secret", "Nodis"]),
        ];
        let (to, takes) = self.dice.pick(&to);
        let ask = RequestFor::Lower {
            record: record.clone(),
            to: to.to_owned(),
            portions: Vec::new(),
        };
        let what = What::Lower(record, takes.iter().copied().collect());
        self.asking(name, "ask-lower", what, ask)
    }

    /// Mostly of what was restricted, and by who did that.
    pub(super) fn ask_undo(&mut self, name: &str) -> Result<(), Difference> {
        let records = self.model.records.iter();
        let restricted: Vec<(String, String)> = records
            .filter_map(|(id, r)| Some((id.clone(), r.restricted.as_ref()?.by.clone())))
            .filter(|(_, by)| self.model.here().contains(by))
            .collect();
        let (record, name) = match !restricted.is_empty() && self.dice.chance(80) {
            true => self.dice.pick(&restricted),
            false => match self.record() {
                Some(record) => (record, name.to_owned()),
                None => return Ok(()),
            },
        };
        let ask = RequestFor::Undo {
            record: record.clone(),
        };
        let state = self.model.records[&record].state;
        self.asking(&name, "ask-undo", What::Undo(record, state), ask)
    }

    pub(super) fn ask_release(&mut self, name: &str) -> Result<(), Difference> {
        let records = self.model.records.iter();
        let holds: Vec<(String, String)> = records
            .flat_map(|(id, r)| r.holds.iter().map(|hold| (id.clone(), hold.clone())))
            .collect();
        if holds.is_empty() {
            return Ok(());
        }
        let (record, hold) = self.dice.pick(&holds);
        let ask = RequestFor::ReleaseHold {
            record: record.clone(),
            hold: Some(hold.clone()),
        };
        self.asking(name, "ask-release", What::Release(record, hold), ask)
    }

    pub(super) fn ask_schedule(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let years = self.dice.pick(&[1, 2]);
        let on = (self.model.now / (365 * DAY) + years) * 365 * DAY;
        let ask = RequestFor::Schedule {
            record: record.clone(),
            schedule: None,
            declassify_on: Some(Timestamp::from_millis(on).day()),
            downgrade: None,
        };
        self.asking(name, "ask-schedule", What::Schedule(record, on), ask)
    }

    pub(super) fn read(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let expected = self.model.reading(name, &record);
        let read = Request::Read(ReadQuery {
            record: record.clone(),
            ..ReadQuery::default()
        });
        if (self.ask::<Shown>(name, "read", &record, expected, &read)?).is_some() {
            let record = self.model.records.get_mut(&record).expect("a record");
            if let Some(last) = &mut record.restricted {
                last.read = true;
            }
        }
        Ok(())
    }

    pub(super) fn ask_rules(&mut self, name: &str) -> Result<(), Difference> {
        let which = [
            Rules::Own,
            Rules::TwoWithdraw,
            Rules::OtherWords,
            Rules::None,
        ];
        let which = self.dice.pick(&which);
        let ask = RequestFor::Rules {
            rules: text_of(which),
        };
        self.asking(name, "ask-rules", What::Rules(which), ask)
    }

    /// A policy with more reasons than there are; at times with as many, or fewer.
    pub(super) fn ask_policy(&mut self, name: &str) -> Result<(), Difference> {
        let more = (self.model.policy + self.dice.below(4)).saturating_sub(1);
        let reason = |n| format!("[[reason]]\ncode = \"further-{n}\"\ndescription = \"More.\"\n");
        let reasons: String = (0..more).map(reason).collect();
        let ask = RequestFor::Policy {
            policy: format!("{}{reasons}", small::policy().source()),
        };
        self.asking(name, "ask-policy", What::Policy(more), ask)
    }

    pub(super) fn ask_acting(&mut self, name: &str) -> Result<(), Difference> {
        // At times what was asked for before.
        let mut asked = self.model.requests.values().filter(|r| r.end == End::Open);
        let again = asked.find_map(|r| match &r.what {
            What::Acting(deputy, principal, until) => {
                Some((deputy.clone(), principal.clone(), *until))
            }
            _ => None,
        });
        let again = again.filter(|_| self.dice.chance(10));
        let deputy = self.anybody_ever();
        let principal = match self.dice.chance(50) {
            true => name.to_owned(),
            false => self.anybody_ever(),
        };
        // The beginning of a day: today's is over.
        let days = self.dice.pick(&[0, 4, 9, 20, 40, 89, 95]);
        let until = (self.model.now / DAY + days) * DAY;
        let (deputy, principal, until) = again.unwrap_or((deputy, principal, until));
        let ask = RequestFor::Acting {
            deputy: deputy.clone(),
            principal: Some(principal.clone()).filter(|principal| principal != name),
            until: Timestamp::from_millis(until).day(),
        };
        let what = What::Acting(deputy, principal, until);
        self.asking(name, "ask-acting", what, ask)
    }

    fn asking(
        &mut self,
        name: &str,
        act: &'static str,
        what: What,
        ask: RequestFor,
    ) -> Result<(), Difference> {
        let (expected, what) = self.model.may_ask(name, &what);
        let of_record = what.record().is_some();
        let ask = Request::Ask(RequestAsk {
            ask,
            reason: of_record.then(|| "foreign-relations".to_owned()),
            authority: None,
            because: "the talks begin on Monday".to_owned(),
            request: None,
        });
        let about = format!("{what:?}");
        match self.ask::<RequestMade>(name, act, &about, expected, &ask)? {
            Some(made) => self.made(name, made.id, what),
            None => Ok(()),
        }
    }

    /// Something was asked for: those are called who are to decide.
    fn made(&mut self, by: &str, id: String, what: What) -> Result<(), Difference> {
        self.model.asked(id.clone(), by, what);
        let (called, expected) = (self.room.guard().called(), self.model.called_for(&id));
        self.same("called", &called, &expected)
    }

    pub(super) fn depart(&mut self, name: &str) -> Result<(), Difference> {
        let who = match self.dice.chance(30) {
            true => self.officer(),
            false => self.anybody_ever(),
        };
        let what = What::Depart(who.clone());
        let (expected, what) = self.model.may_ask(name, &what);
        let ask = Request::Depart(Depart {
            name: who.clone(),
            because: "goes to another post".to_owned(),
            request: None,
        });
        let at_once = self.model.leaves_at_once(&who);
        let done = self.ask::<DepartDone>(name, "depart", &who, expected, &ask)?;
        let Some(done) = done else { return Ok(()) };
        self.same("left at once", &done.asked.is_none(), &at_once)?;
        match done.asked {
            Some(id) => self.made(name, id, what),
            None => {
                self.model.left(&who);
                Ok(())
            }
        }
    }

    /// Somebody is invited, and makes keys.
    pub(super) fn admit(&mut self, name: &str) -> Result<(), Difference> {
        if self.invited >= INVITED_MAX {
            return Ok(());
        }
        let new = format!("new{}", self.invited);
        let role = self
            .dice
            .pick(&["records-officer", "reader", "inspector", "security-officer"]);
        let expected = match self.model.is(name, "security-officer") {
            true => Answer::Done,
            false => Answer::Refused("role"),
        };
        let invite = Request::PersonInvite(Invite {
            name: new.clone(),
            roles: vec![role.to_owned()],
            request: None,
        });
        if let Some(invited) = self.ask::<Invited>(name, "invite", &new, expected, &invite)? {
            self.invited += 1;
            let fingerprint = self.room.join(&invited.code);
            let joined = Joined {
                by: name.to_owned(),
                role,
                fingerprint,
            };
            self.model.joined.insert(new, joined);
        }
        Ok(())
    }

    pub(super) fn confirm(&mut self, name: &str) -> Result<(), Difference> {
        let names: Vec<String> = self.model.joined.keys().cloned().collect();
        if names.is_empty() {
            return Ok(());
        }
        let new = self.dice.pick(&names);
        let expected = self.model.confirming(name, &new);
        let confirm = Request::PersonConfirm(Confirm {
            name: new.clone(),
            fingerprint: self.model.joined[&new].fingerprint.clone(),
            request: None,
        });
        let done = self.ask::<ClearanceChanged>(name, "confirm", &new, expected, &confirm)?;
        if done.is_some() {
            let joined = self.model.joined.remove(&new).expect("it was there");
            let person = Person {
                roles: [joined.role].into(),
                ..Person::default()
            };
            self.room.sign_in(&new);
            self.model.persons.insert(new, person);
        }
        Ok(())
    }

    pub(super) fn end_acting(&mut self, name: &str) -> Result<(), Difference> {
        let rows = self.model.acting.iter();
        let pairs: Vec<(String, String)> = rows
            .map(|row| (row.deputy.clone(), row.principal.clone()))
            .collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let (deputy, principal) = self.dice.pick(&pairs);
        let expected = self.model.ending(name, &deputy, &principal);
        let end = Request::ActingEnd(ActingEnd {
            deputy: deputy.clone(),
            principal: principal.clone(),
            request: None,
        });
        if (self.ask::<ActingEnded>(name, "end-acting", &deputy, expected, &end)?).is_some() {
            self.model.acting_ended(&deputy, &principal);
        }
        Ok(())
    }

    pub(super) fn hold(&mut self, name: &str) -> Result<(), Difference> {
        let Some(record) = self.record() else {
            return Ok(());
        };
        let expected = self.model.holding(name, &record);
        let place = Request::HoldPlace(HoldPlace {
            matter: "the inquiry".to_owned(),
            records: vec![record.clone()],
            because: "it was asked to see them".to_owned(),
            request: None,
        });
        if let Some(placed) = self.ask::<HoldsPlaced>(name, "hold", &record, expected, &place)? {
            let record = self.model.records.get_mut(&record).expect("a record");
            record.holds.extend(placed.receipts);
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

    /// Half of the time somebody who is to decide on it, if there is one.
    fn decider(&mut self, id: &str, name: &str) -> String {
        let Some(request) = self.model.requests.get(id) else {
            return name.to_owned();
        };
        let mut deciders = self.model.here();
        deciders
            .retain(|name| self.model.knows(name, request) && self.model.may_decide(name, request));
        match !deciders.is_empty() && self.dice.chance(50) {
            true => self.dice.pick(&deciders),
            false => name.to_owned(),
        }
    }

    pub(super) fn approve(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        let name = self.decider(&id, name);
        let expected = self.model.approving(&name, &id);
        let decided = self.ask::<RequestDecided>(&name, "approve", &id, expected, &approve(&id))?;
        if let Some(decided) = decided {
            let carried_out = self.model.approved(&name, &id);
            self.same("carried out", &decided.carried_out, &carried_out)?;
            let request = &self.model.requests[&id];
            let for_another = request
                .agreed
                .last()
                .is_some_and(|(_, whom)| whom.is_some());
            let done = request.what.word();
            if carried_out {
                self.came_up(done);
            }
            if for_another {
                self.came_up("approve for another");
            }
        }
        Ok(())
    }

    pub(super) fn deny(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        let name = self.decider(&id, name);
        let expected = self.model.denying(&name, &id);
        if (self.ask::<RequestDecided>(&name, "deny", &id, expected, &deny(&id))?).is_some() {
            self.model.ended(&id, End::Denied);
        }
        Ok(())
    }

    pub(super) fn take_back(&mut self) -> Result<(), Difference> {
        let id = self.request();
        let own = self.model.requests.get(&id).map(|r| r.by.clone());
        let own = own.filter(|own| self.model.here().contains(own));
        let name = own.filter(|_| self.dice.chance(40));
        let name = name.unwrap_or_else(|| self.anybody());
        let expected = self.model.taking_back(&name, &id);
        let ask = take_back(&id);
        if (self.ask::<RequestDecided>(&name, "take-back", &id, expected, &ask)?).is_some() {
            self.model.ended(&id, End::TakenBack);
        }
        Ok(())
    }

    /// Everybody's list has just the requests that there are for that person, each as far as it has come.
    pub(super) fn list(&mut self, name: &str) -> Result<(), Difference> {
        let expected = self.model.listed(name);
        let ask = Request::Requests(RequestsQuery::default());
        let rows = self.ask::<RequestRows>(name, "list", "", Answer::Done, &ask)?;
        let rows = rows.expect("it is done").requests;
        let shown: BTreeMap<String, (&str, bool)> = rows
            .iter()
            .map(|row| (row.id.clone(), (row.stage.as_str(), row.yours)))
            .collect();
        for (stage, _) in expected.values() {
            self.came_up(stage);
        }
        let differs =
            |(id, row): (&String, &(&str, bool))| (shown.get(id) != Some(row)).then(|| id.clone());
        let other = expected.iter().find_map(differs);
        let more = shown.keys().find(|id| !expected.contains_key(*id)).cloned();
        match other.or(more) {
            Some(id) => Err(format!(
                "{name}'s list has {:?}, and not {:?}: {:?}",
                shown.get(&id),
                expected.get(&id),
                self.model.requests.get(&id)
            )
            .into()),
            None => Ok(()),
        }
    }

    /// One request, ended or not, is shown as far as it has come to whom there is such a request.
    pub(super) fn look(&mut self, name: &str) -> Result<(), Difference> {
        let id = self.request();
        let known = self.model.requests.get(&id);
        let known = known.filter(|request| self.model.knows(name, request));
        let row = known.map(|request| {
            (
                self.model.stage(name, request),
                self.model.may_decide(name, request),
            )
        });
        let expected = row.map_or(Answer::Nothing, |_| Answer::Done);
        let ask = Request::Requests(RequestsQuery {
            id: Some(id.clone()),
        });
        let got = self.ask::<RequestRows>(name, "look", &id, expected, &ask)?;
        let Some((stage, yours)) = row else {
            return Ok(());
        };
        self.came_up(stage);
        let got: Vec<(String, bool)> = got.map_or_else(Vec::new, |rows| {
            let rows = rows.requests.into_iter();
            rows.map(|row| (row.stage, row.yours)).collect()
        });
        self.same("looked at", &got, &vec![(stage.to_owned(), yours)])
    }

    pub(super) fn file(&mut self, name: &str) -> Result<(), Difference> {
        let markings: [(&str, &[&str]); 4] = [
            ("Open", &["Open"]),
            ("Secret", &["Secret"]),
            ("Secret; Nodis", &["Secret", "Nodis"]),
            ("Top Secret; Nodis", &["Top Secret", "Nodis"]),
        ];
        let (marking, takes) = self.dice.pick(&markings);
        let expected = match self.model.is(name, "records-officer") {
            true => Answer::Done,
            false => Answer::Refused("role"),
        };
        self.filed += 1;
        let text = format!("Memorandum {}\n\nThey met and spoke.\n", self.filed);
        let (file, bytes) = ("note.txt", text.as_bytes());
        let got = self
            .room
            .try_file(name, file, bytes, Some(marking), self.filed);
        if let Some(done) = self.compare(name, "file", marking, expected, got)? {
            let record = Record::filed(takes.iter().copied().collect());
            let id = done.records[0].record.clone();
            self.model.records.insert(id, record);
        }
        Ok(())
    }

    pub(super) fn restrict(&mut self, name: &str) -> Result<(), Difference> {
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
        let expected = if !self.model.is(name, "records-officer") {
            Answer::Refused("role")
        } else if self.model.sees(name, &record) && !rises {
            Answer::Refused("nothing new")
        } else {
            Answer::Done
        };
        let ask = restriction(&record, to, &[]);
        if (self.ask::<Restricted>(name, "restrict", &record, expected, &ask)?).is_some() {
            let at = now(&self.room);
            let restricted = self.model.records.get_mut(&record).expect("a record");
            restricted.restricted = Some(Restriction {
                by: name.to_owned(),
                at,
                before: restricted.takes.clone(),
                read: false,
            });
            restricted.takes.extend(more);
            restricted.state += 1;
        }
        Ok(())
    }

    /// What somebody holds is what was granted.
    pub(super) fn who(&mut self, name: &str) -> Result<(), Difference> {
        let got = self.ask::<WhoAmI>(name, "who", "", Answer::Done, &Request::WhoAmI)?;
        let held = got.expect("it is done").clearance;
        let held: Atoms = ATOMS
            .into_iter()
            .filter(|atom| {
                held.iter().any(|word| {
                    word.ends_with(atom) && !(*atom == "Secret" && word.ends_with("Top Secret"))
                })
            })
            .collect();
        let mut expected = self.model.persons[name].holds.clone();
        expected.remove(INSPECTORS);
        self.same("held", &held, &expected)
    }

    /// Days go by; sessions end, and everybody signs in again, and is told how many requests wait for him.
    pub(super) fn wait(&mut self) -> Result<(), Difference> {
        let days = 1 + self.dice.below(6) as u64;
        self.room.clock.advance(Duration::from_millis(days * DAY));
        self.model.now = now(&self.room);
        for name in self.model.here() {
            let signed = self.room.sign_in(&name);
            let told = signed.notices.iter().find(|n| n.contains("`requests`"));
            let told = told.map_or(0, |told| {
                let number = told.split(' ').next().and_then(|n| n.parse().ok());
                number.expect("how many wait")
            });
            let yours = self.model.listed(&name).into_values();
            let yours = yours.filter(|(_, yours)| *yours).count();
            self.same("told at sign-in", &told, &yours)?;
        }
        self.room.clock.advance(Duration::from_millis(TICK));
        Ok(())
    }

    fn record(&mut self) -> Option<String> {
        let records: Vec<String> = self.model.records.keys().cloned().collect();
        (!records.is_empty()).then(|| self.dice.pick(&records))
    }

    /// Somebody who is, or was there.
    fn anybody_ever(&mut self) -> String {
        match self.dice.chance(95) {
            true => self.anybody(),
            false => {
                let names: Vec<String> = self.model.persons.keys().cloned().collect();
                self.dice.pick(&names)
            }
        }
    }

    fn officer(&mut self) -> String {
        let mut officers = self.model.here();
        officers.retain(|name| self.model.is(name, "security-officer"));
        self.dice.pick(&officers)
    }
}

/// A clearance as the policy writes it.
fn clearance(atoms: &Atoms) -> String {
    let (captions, levels): (Vec<&str>, Vec<&str>) = atoms.iter().partition(|a| **a == "Nodis");
    let mut parts = vec![levels.join(", ")];
    parts.extend(captions.iter().map(|c| (*c).to_owned()));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// The text of rules that are asked for.
fn text_of(rules: Rules) -> String {
    let one = "from = [\"records-officer\"], approvals = 1";
    let two = "from = [\"records-officer\"], approvals = 2";
    match rules {
        Rules::Own => DEFAULT_RULES.to_owned(),
        Rules::TwoWithdraw => {
            let (before, after) = DEFAULT_RULES
                .split_once("act = \"withdraw\"")
                .expect("a rule for it");
            format!("{before}act = \"withdraw\"{}", after.replacen(one, two, 1))
        }
        Rules::OtherWords => format!("{DEFAULT_RULES}\n# As they were.\n"),
        Rules::None => "act = \"withdraw\"".to_owned(),
    }
}
