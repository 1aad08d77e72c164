//! Who may do what, said a second time: a few sets and plain sentences about them, written from the promises and the
//! approval rules as they are printed, and not from the code that decides.
//!
//! It knows names and words where the room has keys and ids, and nothing of events, labels that are joined, or digests.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) const DAY: u64 = 24 * 3600 * 1000;
/// How long a clearance or a withdrawal may wait.
pub(crate) const WAITS: u64 = 14 * DAY;

pub(crate) type Atoms = BTreeSet<&'static str>;

/// A person of the room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) roles: BTreeSet<&'static str>,
    pub(crate) holds: Atoms,
    /// Holds the inspectors' keys.
    pub(crate) docket: bool,
}

/// A record: every atom that it takes to read it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) takes: Atoms,
    pub(crate) withdrawn: bool,
    /// Counts what was done to it.
    pub(crate) state: u32,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Clear(String, Atoms),
    Withdraw(String),
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Open,
    Done,
    Denied,
    TakenBack,
}

/// Something asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) by: String,
    pub(crate) what: What,
    pub(crate) until: u64,
    pub(crate) agreed: BTreeSet<String>,
    pub(crate) end: End,
    /// The record's state when it was asked for, and what it took to read it then.
    pub(crate) state: u32,
    pub(crate) took: Atoms,
}

/// What somebody gets who asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Done,
    /// Refused, with words that depend on what the asker sees.
    Refused,
    /// Refused as if there were no such thing.
    Nothing,
}

/// The room as the promises describe it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) persons: BTreeMap<String, Person>,
    pub(crate) records: BTreeMap<String, Record>,
    pub(crate) requests: BTreeMap<String, Request>,
}

impl Model {
    pub(crate) fn is(&self, name: &str, role: &str) -> bool {
        self.persons[name].roles.contains(role)
    }
    /// Whether there is such a record for somebody.
    pub(crate) fn sees(&self, name: &str, record: &str) -> bool {
        let record = self.records.get(record);
        record.is_some_and(|r| r.takes.is_subset(&self.persons[name].holds))
    }
    fn oversees(&self, name: &str) -> bool {
        self.is(name, "inspector") && self.persons[name].docket
    }

    /// Whether there is such a request for somebody: for who asked, for those whose approval the rules ask for and who
    /// are cleared for it, and for inspectors. Officers know of every clearance. Nobody hears before of a clearance that
    /// is asked for him. Of a record nobody hears who does not see as much of it as the asker did.
    pub(crate) fn knows(&self, name: &str, request: &Request) -> bool {
        if self.oversees(name) {
            return true;
        }
        match &request.what {
            What::Clear(subject, atoms) => {
                let holds_some = !atoms.is_disjoint(&self.persons[name].holds);
                request.by == name
                    || self.is(name, "security-officer")
                    || (name != subject && holds_some)
            }
            What::Withdraw(record) => {
                let concerned = request.by == name || self.is(name, "records-officer");
                let cleared = request.took.is_subset(&self.persons[name].holds);
                concerned && cleared && self.sees(name, record)
            }
        }
    }

    /// Of a clearance, what is still to be given.
    fn due(&self, request: &Request) -> Atoms {
        match &request.what {
            What::Clear(subject, atoms) => {
                let held = &self.persons[subject].holds;
                atoms.difference(held).copied().collect()
            }
            What::Withdraw(_) => Atoms::new(),
        }
    }

    /// Whether what it is about is as it was.
    fn unchanged(&self, request: &Request) -> bool {
        match &request.what {
            What::Clear(..) => true,
            What::Withdraw(record) => self.records[record].state == request.state,
        }
    }

    /// How far it has come, in the words of the list, for somebody who knows of it.
    pub(crate) fn stage(&self, name: &str, request: &Request) -> &'static str {
        if let What::Clear(subject, atoms) = &request.what {
            let all =
                request.by == name || self.is(name, "security-officer") || self.oversees(name);
            let own = &self.persons[name].holds;
            let given = &self.persons[subject].holds;
            // Who does not know of all of it knows of the atoms that he holds himself.
            if !all && atoms.intersection(own).all(|atom| given.contains(atom)) {
                return "done";
            }
        }
        match request.end {
            End::Done => "done",
            End::Denied => "denied",
            End::TakenBack => "taken-back",
            End::Open if self.now >= request.until => "lapsed",
            End::Open if !self.unchanged(request) => "void",
            End::Open => "waiting",
        }
    }

    /// Whether somebody's approval or denial of a request counts.
    pub(crate) fn may_decide(&self, name: &str, request: &Request) -> bool {
        if self.stage(name, request) != "waiting" || request.by == name {
            return false;
        }
        if request.agreed.contains(name) {
            return false;
        }
        match &request.what {
            What::Clear(subject, _) => {
                subject != name && !self.due(request).is_disjoint(&self.persons[name].holds)
            }
            What::Withdraw(record) => {
                self.is(name, "records-officer")
                    && request.took.is_subset(&self.persons[name].holds)
                    && self.sees(name, record)
            }
        }
    }

    /// The requests of somebody's list.
    pub(crate) fn listed(&self, name: &str) -> BTreeMap<String, (&'static str, bool)> {
        let mine = self.requests.iter().filter(|(_, r)| {
            let open = r.end == End::Open && self.now < r.until;
            open && self.knows(name, r) && matches!(self.stage(name, r), "waiting" | "void")
        });
        let row = |r: &Request| (self.stage(name, r), self.may_decide(name, r));
        mine.map(|(id, r)| (id.clone(), row(r))).collect()
    }

    /// Whether somebody may ask for something, and what is asked for in fact.
    pub(crate) fn may_ask(&self, name: &str, what: &What) -> (Answer, What) {
        let mut what = what.clone();
        match &mut what {
            What::Clear(subject, atoms) => {
                if !self.is(name, "security-officer") {
                    return (Answer::Refused, what);
                }
                let Some(subject) = self.persons.get(subject) else {
                    return (Answer::Refused, what);
                };
                atoms.retain(|atom| !subject.holds.contains(atom));
                if atoms.is_empty() {
                    return (Answer::Refused, what);
                }
            }
            What::Withdraw(record) => {
                if !self.is(name, "records-officer") {
                    return (Answer::Refused, what);
                }
                if !self.sees(name, record) {
                    return (Answer::Nothing, what);
                }
                if self.records[record].withdrawn {
                    return (Answer::Refused, what);
                }
            }
        }
        let same = self.requests.values().any(|r| {
            r.what == what
                && r.end == End::Open
                && self.now < r.until
                && self.unchanged(r)
                && self.knows(name, r)
        });
        let answer = if same { Answer::Refused } else { Answer::Done };
        (answer, what)
    }

    /// It was asked for.
    pub(crate) fn asked(&mut self, id: String, by: &str, what: What) {
        let (state, took) = match &what {
            What::Withdraw(record) => {
                let record = &self.records[record];
                (record.state, record.takes.clone())
            }
            What::Clear(..) => (0, Atoms::new()),
        };
        let request = Request {
            by: by.to_owned(),
            what,
            until: self.now + WAITS,
            agreed: BTreeSet::new(),
            end: End::Open,
            state,
            took,
        };
        self.requests.insert(id, request);
    }

    /// What somebody gets who approves or denies.
    pub(crate) fn deciding(&self, name: &str, id: &str) -> Answer {
        match self.requests.get(id) {
            Some(request) if self.knows(name, request) => {
                if self.may_decide(name, request) {
                    Answer::Done
                } else {
                    Answer::Refused
                }
            }
            _ => Answer::Nothing,
        }
    }

    /// What somebody gets who takes a request back.
    pub(crate) fn taking_back(&self, name: &str, id: &str) -> Answer {
        match self.requests.get(id) {
            Some(request) if self.knows(name, request) => {
                let open = matches!(self.stage(name, request), "waiting" | "void");
                if open && request.by == name {
                    Answer::Done
                } else {
                    Answer::Refused
                }
            }
            _ => Answer::Nothing,
        }
    }

    /// Somebody approved. Says whether it was carried out.
    pub(crate) fn approved(&mut self, name: &str, id: &str) -> bool {
        let request = self.requests[id].clone();
        let own = self.persons[name].holds.clone();
        let due = self.due(&request);
        let (end, carried_out) = match &request.what {
            What::Clear(subject, _) => {
                let given: Atoms = due.intersection(&own).copied().collect();
                let holds = &mut self.persons.get_mut(subject).expect("a person").holds;
                holds.extend(&given);
                let end = if given == due { End::Done } else { End::Open };
                (end, !given.is_empty())
            }
            What::Withdraw(record) => {
                let record = self.records.get_mut(record).expect("a record");
                record.withdrawn = true;
                record.state += 1;
                (End::Done, true)
            }
        };
        let request = self.requests.get_mut(id).expect("a request");
        request.agreed.insert(name.to_owned());
        request.end = end;
        carried_out
    }

    pub(crate) fn ended(&mut self, id: &str, end: End) {
        self.requests.get_mut(id).expect("a request").end = end;
    }
}
