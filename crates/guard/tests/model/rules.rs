//! Who may do what, said a second time: a few sets and plain sentences about them, written from the promises and the
//! approval rules as they are printed, and not from the code that decides.
//!
//! It knows names and words where the room has keys and ids, and nothing of events, labels that are joined, or digests.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) const DAY: u64 = 24 * 3600 * 1000;
/// How long a request may wait, but for destruction.
const WAITS: u64 = 14 * DAY;
const DESTRUCTION_WAITS: u64 = 30 * DAY;
/// How long a restriction may be undone, and how long the request for that waits.
const UNDONE: u64 = DAY;
/// How long one person may stand for another.
const ACTING: u64 = 90 * DAY;

/// The inspectors' own keys, among what is held.
pub(crate) const INSPECTORS: &str = "inspectors";
const OFFICER: &str = "security-officer";
const RECORDS: &str = "records-officer";
const INSPECTOR: &str = "inspector";
/// What the rules call whom a deputy is to stand for.
const PRINCIPAL: &str = "principal";

/// Those whose leaving takes more than a security officer.
const OVERSEERS: [&str; 3] = [OFFICER, INSPECTOR, "masking-authority"];

pub(crate) type Atoms = BTreeSet<&'static str>;

/// The approval rules that are asked for in a walk: those of the program; the same where a withdrawal takes two records
/// officers; the same with other words in them; and none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Rules {
    #[default]
    Own,
    TwoWithdraw,
    OtherWords,
    None,
}

/// A person of the room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) roles: BTreeSet<&'static str>,
    pub(crate) holds: Atoms,
    pub(crate) left: bool,
}

/// Somebody who has made keys that nobody confirmed.
#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub(crate) by: String,
    pub(crate) role: &'static str,
    pub(crate) fingerprint: String,
}

/// A record: every atom that it takes to read it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) takes: Atoms,
    pub(crate) withdrawn: bool,
    pub(crate) destroyed: bool,
    pub(crate) holds: Vec<String>,
    /// The restriction that came last, if nothing fell since.
    pub(crate) restricted: Option<Restriction>,
    /// How often it was said when it falls.
    pub(crate) scheduled: u32,
    /// Counts what was done to it.
    pub(crate) state: u32,
}

impl Record {
    pub(crate) fn filed(takes: Atoms) -> Self {
        Self {
            takes,
            withdrawn: false,
            destroyed: false,
            holds: Vec::new(),
            restricted: None,
            scheduled: 0,
            state: 0,
        }
    }
}

/// A restriction that may have been a mistake.
#[derive(Debug, Clone)]
pub(crate) struct Restriction {
    pub(crate) by: String,
    pub(crate) at: u64,
    /// What it took to read the record before.
    pub(crate) before: Atoms,
    /// Somebody has read the record since.
    pub(crate) read: bool,
}

/// The levels, the lowest first; what else a marking has is a caption.
const LEVELS: [&str; 3] = ["Open", "Secret", "Top Secret"];

/// Whether one marking is below another: it asks for something less, and for nothing more. A lower level is less.
fn is_below(one: &Atoms, other: &Atoms) -> bool {
    let level = |atom: &&str| LEVELS.iter().position(|level| level == atom);
    let top = |atoms: &Atoms| atoms.iter().filter_map(level).max();
    let levels = |atoms: &Atoms| -> Atoms {
        atoms
            .iter()
            .copied()
            .filter(|a| level(a).is_some())
            .collect()
    };
    let captions = |atoms: &Atoms| -> Atoms {
        atoms
            .iter()
            .copied()
            .filter(|a| level(a).is_none())
            .collect()
    };
    let lower = top(one) < top(other) || levels(one).is_subset(&levels(other));
    one != other && lower && captions(one).is_subset(&captions(other))
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Clear(String, Atoms),
    Withdraw(String),
    Destroy(String),
    /// To a marking.
    Lower(String, Atoms),
    /// That which raised it to this state.
    Undo(String, u32),
    /// A hold on a record.
    Release(String, String),
    /// From when on a record is at the lowest level.
    Schedule(String, u64),
    Rules(Rules),
    /// The marking policy with so many reasons more than it had at first.
    Policy(usize),
    /// Deputy, whom he is to stand for, and until when.
    Acting(String, String, u64),
    Depart(String),
}

impl What {
    /// What has been done once it was carried out.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Clear(..) => "cleared",
            Self::Withdraw(_) => "withdrawn",
            Self::Destroy(_) => "destroyed",
            Self::Lower(..) => "lowered",
            Self::Undo(..) => "undone",
            Self::Release(..) => "released",
            Self::Schedule(..) => "scheduled",
            Self::Rules(_) => "rules changed",
            Self::Policy(_) => "policy changed",
            Self::Acting(..) => "a deputy stands",
            Self::Depart(_) => "left by hands",
        }
    }
    pub(crate) fn record(&self) -> Option<&str> {
        match self {
            Self::Withdraw(record)
            | Self::Destroy(record)
            | Self::Lower(record, _)
            | Self::Undo(record, _)
            | Self::Release(record, _)
            | Self::Schedule(record, _) => Some(record),
            _ => None,
        }
    }
    /// Whom it is about, who does not decide on it.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::Clear(person, _) | Self::Depart(person) | Self::Acting(person, ..) => {
                Some(person)
            }
            _ => None,
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Open,
    Done,
    Denied,
    TakenBack,
    /// Who asked, or whom it was about, has left.
    Left,
}

/// A hand: a person, and for whom that person acts.
pub(crate) type Hand = (String, Option<String>);

/// Something asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) by: String,
    pub(crate) what: What,
    at: u64,
    pub(crate) until: u64,
    pub(crate) agreed: Vec<Hand>,
    pub(crate) end: End,
    /// The record's state when it was asked for, how often it had been said when it falls, and what its asker could read
    /// of it took to read.
    state: (u32, u32),
    took: Atoms,
    /// The rules and the policy in force then.
    under: (Rules, usize),
}

/// That somebody stands for somebody else.
#[derive(Debug, Clone)]
pub(crate) struct Acting {
    pub(crate) deputy: String,
    pub(crate) principal: String,
    until: u64,
    ended: Option<u64>,
}

impl Acting {
    fn holds(&self, now: u64) -> bool {
        self.ended.is_none() && now < self.until
    }
    fn held_after(&self, at: u64) -> bool {
        self.until > at && self.ended.is_none_or(|ended| ended > at)
    }
}

/// What somebody gets who asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Done,
    /// Refused, with words that depend on what the asker sees; here the reason in a word or two.
    Refused(&'static str),
    /// Refused as if there were no such thing.
    Nothing,
}

use Answer::{Done, Nothing, Refused};

/// The room as the promises describe it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) persons: BTreeMap<String, Person>,
    pub(crate) joined: BTreeMap<String, Joined>,
    pub(crate) records: BTreeMap<String, Record>,
    pub(crate) requests: BTreeMap<String, Request>,
    pub(crate) acting: Vec<Acting>,
    pub(crate) rules: Rules,
    /// How many reasons more the policy has than at first.
    pub(crate) policy: usize,
}

impl Model {
    pub(crate) fn is(&self, name: &str, role: &str) -> bool {
        self.persons
            .get(name)
            .is_some_and(|p| !p.left && p.roles.contains(role))
    }
    fn is_here(&self, name: &str) -> bool {
        self.persons.get(name).is_some_and(|p| !p.left)
    }
    /// Those who are there.
    pub(crate) fn here(&self) -> Vec<String> {
        let here = self.persons.iter().filter(|(_, p)| !p.left);
        here.map(|(name, _)| name.clone()).collect()
    }
    /// Whether there is such a record for somebody.
    pub(crate) fn sees(&self, name: &str, record: &str) -> bool {
        let record = self.records.get(record).filter(|r| !r.destroyed);
        record.is_some_and(|r| r.takes.is_subset(&self.persons[name].holds))
    }
    fn oversees(&self, name: &str) -> bool {
        self.is(name, INSPECTOR) && self.persons[name].holds.contains(INSPECTORS)
    }
    fn principals(&self, name: &str) -> Vec<String> {
        let rows = self.acting.iter();
        let rows = rows.filter(|row| row.deputy == name && row.holds(self.now));
        rows.map(|row| row.principal.clone()).collect()
    }
    /// Whether two persons are one hand for what began at an instant: they are one, or the one stood for the other since.
    fn one_hand(&self, one: &str, other: &str, since: u64) -> bool {
        let both = |row: &&Acting| {
            (&*row.deputy, &*row.principal) == (one, other)
                || (&*row.deputy, &*row.principal) == (other, one)
        };
        let mut rows = self.acting.iter().filter(both);
        one == other || rows.any(|row| row.held_after(since))
    }
    fn are_one_hand(&self, one: &Hand, other: &Hand, since: u64) -> bool {
        let all = |hand: &Hand| -> Vec<String> {
            [hand.0.clone()].into_iter().chain(hand.1.clone()).collect()
        };
        let others = all(other);
        all(one)
            .iter()
            .any(|a| others.iter().any(|b| self.one_hand(a, b, since)))
    }

    /// The approvals that something takes, all of them: for each, whose. Of a clearance, whoever holds what would be given.
    fn needs(&self, what: &What) -> Vec<Vec<&'static str>> {
        match what {
            What::Clear(..) => Vec::new(),
            What::Withdraw(_) if self.rules == Rules::TwoWithdraw => {
                vec![vec![RECORDS], vec![RECORDS]]
            }
            What::Withdraw(_) | What::Lower(..) | What::Undo(..) => vec![vec![RECORDS]],
            What::Release(..) => vec![vec![INSPECTOR, OFFICER]],
            What::Schedule(..) => vec![vec![RECORDS, INSPECTOR]],
            What::Destroy(_) => vec![vec![RECORDS], vec![INSPECTOR]],
            What::Rules(_) => vec![vec![OFFICER], vec![INSPECTOR]],
            What::Policy(_) => vec![vec![OFFICER], vec![RECORDS]],
            What::Acting(..) => vec![vec![PRINCIPAL, OFFICER]],
            What::Depart(_) => vec![vec![INSPECTOR, OFFICER]],
        }
    }

    /// What the rules call a person, with regard to something.
    fn called(&self, name: &str, what: &What) -> BTreeSet<&'static str> {
        let mut called = self.persons[name].roles.clone();
        if matches!(what, What::Acting(_, principal, _) if principal == name) {
            called.insert(PRINCIPAL);
        }
        called
    }

    fn is_named(&self, name: &str, what: &What) -> bool {
        match what {
            What::Clear(_, atoms) => !atoms.is_disjoint(&self.persons[name].holds),
            _ => {
                let called = self.called(name, what);
                let mut needs = self.needs(what).into_iter().flatten();
                needs.any(|who| called.contains(who))
            }
        }
    }

    /// How many of the approvals that it takes these hands make up, each one of them.
    fn seated(&self, what: &What, hands: &[Hand]) -> usize {
        let called: Vec<_> = hands
            .iter()
            .filter(|(name, _)| self.is_here(name))
            .map(|(name, for_whom)| {
                let whom = for_whom.as_ref().filter(|whom| self.is_here(whom));
                self.called(whom.unwrap_or(name), what)
            })
            .collect();
        fn most(places: &[Vec<&str>], hands: &[BTreeSet<&str>]) -> usize {
            let Some((place, places)) = places.split_first() else {
                return 0;
            };
            let mut best = most(places, hands);
            for at in 0..hands.len() {
                if place.iter().any(|who| hands[at].contains(who)) {
                    let mut others = hands.to_vec();
                    others.remove(at);
                    best = best.max(1 + most(places, &others));
                }
            }
            best
        }
        most(&self.needs(what), &called)
    }

    /// Whether there is such a request for somebody: for who asked, for those whose approval the rules ask for and who
    /// are cleared for it or stand for such, and for inspectors. Officers know of every clearance. Nobody hears before
    /// of a clearance that is asked for him. Of a record nobody hears who does not see as much of it as the asker did.
    pub(crate) fn knows(&self, name: &str, request: &Request) -> bool {
        if self.oversees(name) {
            return true;
        }
        let own = request.by == name;
        let named = || {
            let mut hands = self.principals(name).into_iter().chain([name.to_owned()]);
            hands.any(|name| self.is_here(&name) && self.is_named(&name, &request.what))
        };
        if let What::Clear(subject, _) = &request.what {
            return own
                || self.is(name, OFFICER)
                || (name != subject && self.is_cleared(name, request) && named());
        }
        (own || named()) && self.is_cleared(name, request)
    }

    /// Whether somebody is cleared for what a request is about.
    fn is_cleared(&self, name: &str, request: &Request) -> bool {
        let holds = &self.persons[name].holds;
        match &request.what {
            What::Clear(_, atoms) => !atoms.is_disjoint(holds),
            What::Withdraw(record)
            | What::Lower(record, _)
            | What::Undo(record, _)
            | What::Schedule(record, _) => request.took.is_subset(holds) && self.sees(name, record),
            // These open nothing: inspectors agree who see that, who and why.
            What::Destroy(record) | What::Release(record, _) => {
                self.oversees(name) || (request.took.is_subset(holds) && self.sees(name, record))
            }
            What::Rules(_) | What::Policy(_) | What::Acting(..) | What::Depart(_) => true,
        }
    }

    /// Of a clearance, what is still to be given.
    fn due(&self, request: &Request) -> Atoms {
        match &request.what {
            What::Clear(subject, atoms) => {
                let held = &self.persons[subject].holds;
                atoms.difference(held).copied().collect()
            }
            _ => Atoms::new(),
        }
    }

    /// Whether what it is about is as it was.
    fn unchanged(&self, request: &Request) -> bool {
        match &request.what {
            What::Rules(_) => self.rules == request.under.0,
            What::Policy(_) => self.policy == request.under.1,
            What::Release(record, hold) => self.records[record].holds.contains(hold),
            What::Schedule(record, _) => {
                let record = &self.records[record];
                (record.state, record.scheduled) == request.state
            }
            what => what
                .record()
                .is_none_or(|record| self.records[record].state == request.state.0),
        }
    }

    /// Whether something may still come of it.
    fn is_open(&self, request: &Request) -> bool {
        request.end == End::Open && self.now < request.until
    }

    /// How far it has come, in the words of the list, for somebody who knows of it.
    pub(crate) fn stage(&self, name: &str, request: &Request) -> &'static str {
        if let What::Clear(subject, atoms) = &request.what {
            let all = request.by == name || self.is(name, OFFICER) || self.oversees(name);
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
            End::Left => "void",
            End::Open if self.now >= request.until => "lapsed",
            End::Open if !self.unchanged(request) => "void",
            End::Open => "waiting",
        }
    }

    /// Whether somebody's approval or denial of a request that waits counts, given for himself or for another.
    fn counts(&self, hand: &Hand, request: &Request) -> Result<(), &'static str> {
        if self.are_one_hand(hand, &(request.by.clone(), None), request.at) {
            return Err("own");
        }
        let is = |subject: &str| self.are_one_hand(hand, &(subject.to_owned(), None), request.at);
        if request.what.subject().is_some_and(is) {
            return Err("about him");
        }
        let mut agreed = request.agreed.iter();
        if agreed.any(|other| self.are_one_hand(hand, other, request.at)) {
            return Err("twice");
        }
        if !self.is_cleared(&hand.0, request) {
            return Err("not cleared");
        }
        let counts = match &request.what {
            What::Clear(..) => !self.due(request).is_disjoint(&self.persons[&hand.0].holds),
            what => {
                let with: Vec<Hand> = [&request.agreed[..], std::slice::from_ref(hand)].concat();
                self.seated(what, &with) > self.seated(what, &request.agreed)
            }
        };
        counts.then_some(()).ok_or("not asked")
    }

    /// As whom somebody would decide on a request: as himself, or else for one whom he stands for.
    fn decides_as(&self, name: &str, request: &Request) -> Result<Hand, &'static str> {
        let own = (name.to_owned(), None);
        let Err(why) = self.counts(&own, request) else {
            return Ok(own);
        };
        let principals = self.principals(name).into_iter();
        let mut hands = principals.map(|principal| (name.to_owned(), Some(principal)));
        hands
            .find(|hand| {
                let here = hand.1.as_ref().is_some_and(|whom| self.is_here(whom));
                here && self.counts(hand, request).is_ok()
            })
            .ok_or(why)
    }

    /// Whether somebody is to decide on a request.
    pub(crate) fn may_decide(&self, name: &str, request: &Request) -> bool {
        self.stage(name, request) == "waiting" && self.decides_as(name, request).is_ok()
    }

    /// The requests of somebody's list.
    pub(crate) fn listed(&self, name: &str) -> BTreeMap<String, (&'static str, bool)> {
        let mine = self.requests.iter().filter(|(_, r)| {
            self.is_open(r)
                && self.knows(name, r)
                && matches!(self.stage(name, r), "waiting" | "void")
        });
        let row = |r: &Request| (self.stage(name, r), self.may_decide(name, r));
        mine.map(|(id, r)| (id.clone(), row(r))).collect()
    }

    /// For whom a request waits that was just made.
    pub(crate) fn called_for(&self, id: &str) -> BTreeSet<String> {
        let request = &self.requests[id];
        let decides =
            |name: &String| self.knows(name, request) && self.decides_as(name, request).is_ok();
        self.here().into_iter().filter(decides).collect()
    }

    /// Whether somebody may ask for something, and what is asked for in fact.
    pub(crate) fn may_ask(&self, name: &str, what: &What) -> (Answer, What) {
        let mut what = what.clone();
        let answer = self.askable(name, &mut what);
        let same = self
            .requests
            .values()
            .any(|r| r.what == what && self.is_open(r) && self.unchanged(r) && self.knows(name, r));
        let answer = match answer {
            Ok(()) if same => Refused("asked already"),
            Ok(()) => Done,
            Err(answer) => answer,
        };
        (answer, what)
    }

    fn askable(&self, name: &str, what: &mut What) -> Result<(), Answer> {
        let asks: &[&str] = match what {
            What::Clear(..) => &[OFFICER],
            What::Withdraw(_)
            | What::Destroy(_)
            | What::Lower(..)
            | What::Undo(..)
            | What::Schedule(..) => &[RECORDS],
            What::Release(..) => &[RECORDS, OFFICER, INSPECTOR],
            What::Rules(_) | What::Depart(_) => &[OFFICER, INSPECTOR],
            What::Policy(_) => &[OFFICER, RECORDS],
            What::Acting(_, principal, _) if principal == name => &[],
            What::Acting(..) => &[OFFICER],
        };
        let or = |holds: bool, why| holds.then_some(()).ok_or(Refused(why));
        or(
            asks.is_empty() || asks.iter().any(|role| self.is(name, role)),
            "role",
        )?;
        match what {
            What::Clear(subject, atoms) => {
                or(self.is_here(subject), "not there")?;
                let office = !atoms.contains(INSPECTORS) || self.is(subject, INSPECTOR);
                or(office, "not for him")?;
                let subject = &self.persons[subject];
                atoms.retain(|atom| !subject.holds.contains(atom));
                or(!atoms.is_empty(), "held already")
            }
            What::Withdraw(record) => {
                self.sees(name, record).then_some(()).ok_or(Nothing)?;
                or(!self.records[record].withdrawn, "withdrawn")
            }
            What::Destroy(record) => {
                self.sees(name, record).then_some(()).ok_or(Nothing)?;
                or(self.records[record].holds.is_empty(), "hold")
            }
            What::Lower(record, to) => {
                self.sees(name, record).then_some(()).ok_or(Nothing)?;
                let record = &self.records[record];
                or(!record.withdrawn, "withdrawn")?;
                or(is_below(to, &record.takes), "not below")
            }
            What::Undo(record, _) => {
                self.sees(name, record).then_some(()).ok_or(Nothing)?;
                let record = &self.records[record];
                or(!record.withdrawn, "withdrawn")?;
                let last = record.restricted.as_ref().filter(|last| last.by == name);
                let last = last.ok_or(Refused("not his"))?;
                or(is_below(&last.before, &record.takes), "not below")?;
                self.undone_still(record)
            }
            What::Release(record, hold) => {
                let known = self.sees(name, record) || self.oversees(name);
                let lies = self.records[record].holds.contains(hold);
                (known && lies).then_some(()).ok_or(Nothing)
            }
            What::Schedule(record, _) => {
                self.sees(name, record).then_some(()).ok_or(Nothing)?;
                or(!self.records[record].withdrawn, "withdrawn")
            }
            What::Rules(rules) => {
                or(*rules != Rules::None, "no rules")?;
                or(*rules != self.rules, "in force")
            }
            What::Policy(more) => {
                or(*more != self.policy, "in force")?;
                or(*more > self.policy, "less than there is")
            }
            What::Acting(deputy, principal, until) => {
                or(self.is_here(deputy) && self.is_here(principal), "not there")?;
                or(deputy != principal, "himself")?;
                or(*until > self.now, "over")?;
                or(*until <= self.now + ACTING, "too long")
            }
            What::Depart(person) => {
                or(self.is_here(person), "not there")?;
                or(!self.is_last_officer(person), "last officer")?;
                or(
                    !self.leaves_at_once(person) || self.is(name, OFFICER),
                    "not an officer",
                )
            }
        }
    }

    /// Whether the last restriction of a record is one of the last day, under which nobody has read.
    fn undone_still(&self, record: &Record) -> Result<(), Answer> {
        match &record.restricted {
            Some(last) if self.now >= last.at + UNDONE => Err(Refused("older")),
            Some(last) if last.read => Err(Refused("read")),
            Some(_) => Ok(()),
            None => Err(Refused("older")),
        }
    }

    fn is_last_officer(&self, name: &str) -> bool {
        let others = self.persons.keys().filter(|other| *other != name);
        !others.into_iter().any(|other| self.is(other, OFFICER))
    }

    /// Whether a security officer alone has this person leave.
    pub(crate) fn leaves_at_once(&self, name: &str) -> bool {
        !OVERSEERS.iter().any(|role| self.is(name, role))
    }

    /// It was asked for.
    pub(crate) fn asked(&mut self, id: String, by: &str, what: What) {
        let record = what.record().map(|record| &self.records[record]);
        let sees = what.record().is_some_and(|record| self.sees(by, record));
        let (state, took) = record.map_or_else(Default::default, |r| {
            let took = if sees { r.takes.clone() } else { Atoms::new() };
            ((r.state, r.scheduled), took)
        });
        let waits = match what {
            What::Destroy(_) => DESTRUCTION_WAITS,
            What::Undo(..) => UNDONE,
            _ => WAITS,
        };
        let request = Request {
            by: by.to_owned(),
            what,
            at: self.now,
            until: self.now + waits,
            agreed: Vec::new(),
            end: End::Open,
            state,
            took,
            under: (self.rules, self.policy),
        };
        self.requests.insert(id, request);
    }

    /// What somebody gets who denies.
    pub(crate) fn denying(&self, name: &str, id: &str) -> Answer {
        match self.requests.get(id) {
            Some(request) if self.knows(name, request) => match self.stage(name, request) {
                "waiting" => match self.decides_as(name, request) {
                    Ok(_) => Done,
                    Err(why) => Refused(why),
                },
                stage => Refused(stage),
            },
            _ => Nothing,
        }
    }

    /// What somebody gets who approves: the same, but that the last approval does what is asked for, and waits where that
    /// cannot be done now.
    pub(crate) fn approving(&self, name: &str, id: &str) -> Answer {
        let answer = self.denying(name, id);
        if answer != Done || !self.is_last(name, id) {
            return answer;
        }
        match &self.requests[id].what {
            What::Destroy(record) | What::Lower(record, _) | What::Undo(record, _)
                if !self.records[record].holds.is_empty() =>
            {
                Refused("hold")
            }
            What::Undo(record, _) => {
                let still = self.undone_still(&self.records[record]);
                still.map_or_else(|refused| refused, |()| Done)
            }
            What::Depart(person) if self.is_last_officer(person) => Refused("last officer"),
            _ => Done,
        }
    }

    /// Whether it has all its approvals with that of somebody who may give one.
    fn is_last(&self, name: &str, id: &str) -> bool {
        let request = &self.requests[id];
        let hand = self.decides_as(name, request).expect("it counts");
        let with = [&request.agreed[..], &[hand]].concat();
        match &request.what {
            What::Clear(..) => true,
            what => self.seated(what, &with) == self.needs(what).len(),
        }
    }

    /// What somebody gets who takes a request back.
    pub(crate) fn taking_back(&self, name: &str, id: &str) -> Answer {
        match self.requests.get(id) {
            Some(request) if self.knows(name, request) => {
                let stage = self.stage(name, request);
                if !self.is_open(request) || !matches!(stage, "waiting" | "void") {
                    Refused(stage)
                } else if request.by != name {
                    Refused("of another")
                } else {
                    Done
                }
            }
            _ => Nothing,
        }
    }

    /// Somebody approved. Says whether it was carried out.
    pub(crate) fn approved(&mut self, name: &str, id: &str) -> bool {
        let last = self.is_last(name, id);
        let request = self.requests[id].clone();
        let hand = self.decides_as(name, &request).expect("it counts");
        let due = self.due(&request);
        let known = self.requests.get_mut(id).expect("a request");
        known.agreed.push(hand);
        if !last {
            return false;
        }
        let mut end = End::Done;
        let record = request.what.record().map(str::to_owned);
        if let Some(record) = record.and_then(|id| self.records.get_mut(&id)) {
            match &request.what {
                What::Withdraw(_) => record.withdrawn = true,
                What::Destroy(_) => record.destroyed = true,
                What::Lower(_, to) => {
                    record.takes = to.clone();
                    record.restricted = None;
                }
                What::Undo(..) => {
                    let last = record.restricted.take().expect("it stands");
                    record.takes = last.before;
                }
                What::Release(_, hold) => record.holds.retain(|h| h != hold),
                What::Schedule(..) => record.scheduled += 1,
                _ => unreachable!("it is about a record"),
            }
            if !matches!(request.what, What::Release(..) | What::Schedule(..)) {
                record.state += 1;
            }
        }
        match &request.what {
            What::Clear(subject, _) => {
                let own = &self.persons[name].holds;
                let given: Atoms = due.intersection(own).copied().collect();
                if given != due {
                    end = End::Open;
                }
                let holds = &mut self.persons.get_mut(subject).expect("a person").holds;
                holds.extend(given);
            }
            What::Rules(rules) => self.rules = *rules,
            What::Policy(more) => self.policy = *more,
            What::Acting(deputy, principal, until) => self.acting.push(Acting {
                deputy: deputy.clone(),
                principal: principal.clone(),
                until: *until,
                ended: None,
            }),
            What::Withdraw(_)
            | What::Destroy(_)
            | What::Lower(..)
            | What::Undo(..)
            | What::Release(..)
            | What::Schedule(..)
            | What::Depart(_) => {}
        }
        self.ended(id, end);
        if let What::Depart(person) = &request.what {
            self.left(person);
        }
        true
    }

    pub(crate) fn ended(&mut self, id: &str, end: End) {
        self.requests.get_mut(id).expect("a request").end = end;
    }

    /// Somebody left: nothing is his any more, nobody stands for him, and nothing comes of what he asked for.
    pub(crate) fn left(&mut self, name: &str) {
        let person = self.persons.get_mut(name).expect("a person");
        person.left = true;
        person.holds.clear();
        for row in &mut self.acting {
            if (row.deputy == name || row.principal == name) && row.ended.is_none() {
                row.ended = Some(self.now);
            }
        }
        for request in self.requests.values_mut() {
            let his = request.by == name || request.what.subject() == Some(name);
            if his && request.end == End::Open && self.now < request.until {
                request.end = End::Left;
            }
        }
    }

    /// What somebody gets who confirms a person's keys.
    pub(crate) fn confirming(&self, name: &str, joined: &str) -> Answer {
        if !self.is(name, OFFICER) && !self.is(name, INSPECTOR) {
            return Refused("role");
        }
        match self.one_hand(name, &self.joined[joined].by, self.now) {
            true => Refused("inviter"),
            false => Done,
        }
    }

    /// What somebody gets who ends that one stands for another.
    pub(crate) fn ending(&self, name: &str, deputy: &str, principal: &str) -> Answer {
        if !self.is_here(deputy) || !self.is_here(principal) {
            return Refused("not there");
        }
        if name != deputy && name != principal && !self.is(name, OFFICER) {
            return Refused("of others");
        }
        let mut rows = self.acting.iter().filter(|row| row.holds(self.now));
        match rows.any(|row| row.deputy == deputy && row.principal == principal) {
            true => Done,
            false => Refused("does not stand"),
        }
    }

    /// It ended.
    pub(crate) fn acting_ended(&mut self, deputy: &str, principal: &str) {
        for row in &mut self.acting {
            let is = row.deputy == deputy && row.principal == principal;
            if is && row.ended.is_none() {
                row.ended = Some(self.now);
            }
        }
    }

    /// What somebody gets who reads a record.
    pub(crate) fn reading(&self, name: &str, record: &str) -> Answer {
        if !self.is(name, "reader") {
            return Refused("role");
        }
        if !self.sees(name, record) {
            return Nothing;
        }
        Done
    }

    /// What somebody gets who places a hold on a record by its id.
    pub(crate) fn holding(&self, name: &str, record: &str) -> Answer {
        if self.is(name, OFFICER) || self.is(name, INSPECTOR) {
            return Done;
        }
        if !self.is(name, RECORDS) {
            return Refused("role");
        }
        match self.sees(name, record) {
            true => Done,
            false => Nothing,
        }
    }
}
