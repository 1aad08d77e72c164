//! Requests: what was asked for that takes more hands, who agreed, and what came of it.
//!
//! A request lives from its asking until it is carried out, denied or taken back, or until it lapses. What it is about
//! may change meanwhile: then nothing comes of it. Who may ask and whose approvals it takes the room's rules say
//! ([`Rules`]); what holds for every act stands here:
//!
//! * nobody approves what he asked for, and nobody counts twice;
//! * an approval names the digest of the event that asked: it counts for nothing else;
//! * an approver is cleared for what the request is about, as far as its asker was.
//!
//! The guard asks these same functions before it writes an event, so that no room closes on what it wrote itself.
//! What is particular to one kind of request is in `requests::kinds`.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use strongroom_label::Label;
use strongroom_record::approval::{Approval, ApprovalAsked, Asked, REQUEST_DIGEST_BYTES};
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::{
    ApprovalRequestId, AtomId, EventId, PersonId, RecordId, Timestamp, encode,
};
use strongroom_seal::{digest, domain};

use super::places::taken;
use super::{Person, Standing, State};
use crate::laws::Law;
use crate::limits::{DECIDED_LAG_MAX, REQUESTS_WAITING_MAX};
use crate::requests::kinds;
use crate::rules::{ADOPTED, Rule, Ruled, Rules, Who};

type Broken = &'static str;

const NO_RULES: Broken = "it needs approval rules, and none are in force";

/// Somebody's approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) person: PersonId,
    pub(crate) acting_for: Option<PersonId>,
    pub(crate) event: EventId,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Outcome {
    #[n(0)]
    Done,
    #[n(1)]
    Denied,
    #[n(2)]
    TakenBack,
    /// Who asked for it, or whom it is about, has left.
    #[n(3)]
    Void,
}

/// Something asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: ApprovalRequestId,
    /// The event that asked.
    pub(crate) event: EventId,
    pub(crate) by: PersonId,
    pub(crate) at: Timestamp,
    pub(crate) asked: Asked,
    pub(crate) basis: [u8; REQUEST_DIGEST_BYTES],
    pub(crate) until: Timestamp,
    /// Of a request about a record, the labels of what its asker could see of it then. For whom this is not all in view,
    /// there is no such request.
    pub(crate) seen: Vec<Label>,
    pub(crate) agreed: Vec<Agreed>,
    /// What ended it, if something did.
    pub(crate) ended: Option<(Outcome, EventId)>,
}

impl Request {
    /// What each approval names.
    pub(crate) fn digest(&self) -> [u8; REQUEST_DIGEST_BYTES] {
        digest_of(
            self.event,
            &ApprovalAsked {
                request: self.id,
                asked: self.asked.clone(),
                basis: self.basis,
                until: self.until,
            },
        )
    }
    /// Whether it waits at an instant.
    pub(crate) fn waits(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.until
    }
    /// Whether an event of an instant comes in time: what was decided while it waited gets its time a moment later.
    fn waited_for(&self, at: Timestamp) -> bool {
        at < self.until.plus(DECIDED_LAG_MAX)
    }
    /// The events about it after its asking, in the order of the ledger, but for what was done at last and the approval
    /// with which it was.
    pub(crate) fn followed_by(&self) -> impl Iterator<Item = EventId> {
        let done = matches!(self.ended, Some((Outcome::Done, _)));
        let agreed = self.agreed.len().saturating_sub(usize::from(done));
        let ended = self.ended.filter(|_| !done).map(|(_, event)| event);
        self.agreed[..agreed].iter().map(|a| a.event).chain(ended)
    }
}

/// Digest of the event that asked.
pub(crate) fn digest_of(event: EventId, asked: &ApprovalAsked) -> [u8; REQUEST_DIGEST_BYTES] {
    let asked = encode(asked);
    *digest(domain::REQUEST_DIGEST, &[event.as_bytes(), &asked]).as_bytes()
}

/// The requests of a room.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(super) rows: BTreeMap<ApprovalRequestId, Request>,
    /// Those about a record, in the order of the ledger.
    pub(super) of_record: BTreeMap<RecordId, Vec<ApprovalRequestId>>,
    /// Those that did not end; some of them lapsed.
    pub(super) open: BTreeSet<ApprovalRequestId>,
}

impl Requests {
    pub(crate) fn get(&self, id: ApprovalRequestId) -> Option<&Request> {
        self.rows.get(&id)
    }
    /// In no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Request> {
        self.rows.values()
    }
    /// Those that wait, the oldest first.
    pub(crate) fn waiting(&self, now: Timestamp) -> Vec<&Request> {
        let open = self.open.iter().map(|id| &self.rows[id]);
        let mut waiting: Vec<_> = open.filter(|r| r.waits(now)).collect();
        waiting.sort_by_key(|r| (r.at, r.id));
        waiting
    }
    /// Those about a record.
    pub(crate) fn of_record(&self, record: RecordId) -> impl Iterator<Item = &Request> {
        let ids = self.of_record.get(&record).into_iter().flatten();
        ids.map(|id| &self.rows[id])
    }
    pub(super) fn add(&mut self, request: Request) {
        if let Some(record) = request.asked.record() {
            self.of_record.entry(record).or_default().push(request.id);
        }
        if request.ended.is_none() {
            self.open.insert(request.id);
        }
        self.rows.insert(request.id, request);
    }
    pub(super) fn void(&mut self, id: ApprovalRequestId, event: EventId) {
        self.end(id, Outcome::Void, event);
    }
    fn end(&mut self, id: ApprovalRequestId, outcome: Outcome, event: EventId) {
        self.open.remove(&id);
        let request = self.rows.get_mut(&id).expect("it was looked up");
        request.ended = Some((outcome, event));
    }
}

impl State {
    /// The rules in force.
    pub(crate) fn rules(&self) -> Result<&Rules, Broken> {
        self.rules.as_ref().ok_or(NO_RULES)
    }

    fn rule_of(&self, asked: &Asked) -> Result<&Rule, Broken> {
        Ok(self.rules()?.of(kinds::ruled(asked)))
    }

    /// Whether two who act, each perhaps for somebody else, are one hand for a request.
    fn are_one_hand(
        &self,
        request: &Request,
        (one, for_whom): (PersonId, Option<PersonId>),
        (other, for_other): (PersonId, Option<PersonId>),
    ) -> bool {
        let hands = |person, acting_for: Option<PersonId>| acting_for.into_iter().chain([person]);
        hands(one, for_whom)
            .any(|a| hands(other, for_other).any(|b| self.is_one_hand(a, b, request.at)))
    }

    /// Whether somebody may confirm a person: by the rules, and not who invited the person, unless nobody else could.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub(crate) fn may_admit(
        &self,
        actor: &Person,
        person: &Person,
        now: Timestamp,
    ) -> Result<(), Broken> {
        if self.is_lone_founder(actor.id) {
            return Ok(());
        }
        let rule = self.rules()?.of(Ruled::Admit);
        let called = |who: &Who| matches!(who, Who::Role(role) if actor.may(*role));
        let named = rule.needs.iter().all(|need| need.from.iter().any(called));
        Law::AdmittedByNamed.ensure(named)?;
        let inviter = person.invited_by;
        let one = |other: PersonId| self.is_one_hand(actor.id, other, now);
        let another = !inviter.is_some_and(one) && !one(person.id);
        Law::AdmittedByAnother.ensure(another)?;
        Ok(())
    }

    /// What rules call a person, with regard to something asked for: who is not confirmed, or has left, nothing.
    fn called(&self, asked: &Asked, person: &Person) -> BTreeSet<Who> {
        if !Law::ApproverIsThere.met(person.standing == Standing::Active) {
            return BTreeSet::new();
        }
        let roles = person.roles.iter().copied().map(Who::Role);
        roles.chain(kinds::special(self, asked, person)).collect()
    }

    /// Whether a list of a rule names a person, with regard to a request.
    pub(crate) fn is_called(
        &self,
        request: &Request,
        person: &Person,
        whom: &BTreeSet<Who>,
    ) -> bool {
        !whom.is_disjoint(&self.called(&request.asked, person))
    }

    /// Whether somebody may ask for something now.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub(crate) fn may_ask(
        &self,
        asker: &Person,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<(), Broken> {
        let rule = self.rule_of(asked)?;
        let named = !rule.asks.is_disjoint(&self.called(asked, asker));
        Law::AskerIsNamed.ensure(named)?;
        kinds::may_be_asked(self, asked, asker, now)?;
        let open = self.requests_open_by(asker.id, now);
        if open >= REQUESTS_WAITING_MAX {
            return Err("more requests of one person wait than may");
        }
        Ok(())
    }

    /// How many requests of a person wait.
    pub(crate) fn requests_open_by(&self, person: PersonId, now: Timestamp) -> usize {
        let waiting = self.approvals.waiting(now);
        waiting.iter().filter(|r| r.by == person).count()
    }

    /// What is asked for, as an event says it: its basis, and what of a record its asker sees.
    pub(crate) fn basis_for(
        &self,
        asked: &Asked,
        asker: &Person,
    ) -> Result<([u8; REQUEST_DIGEST_BYTES], Vec<Label>), Broken> {
        let seen = kinds::seen(self, asked, asker);
        let basis = kinds::basis(self, asked, &seen)?;
        Ok((basis, seen))
    }

    /// Whether what a request is about is still as it was when it was asked for.
    pub(crate) fn is_unchanged(&self, request: &Request) -> bool {
        kinds::basis(self, &request.asked, &request.seen) == Ok(request.basis)
    }

    /// Whether somebody may approve or deny a request that waits.
    ///
    /// # Errors
    /// The law that forbids it.
    pub(crate) fn may_decide(
        &self,
        request: &Request,
        person: &Person,
        acting_for: Option<PersonId>,
        at: Timestamp,
    ) -> Result<(), Law> {
        let rule = self.rule_of(&request.asked);
        let rule = rule.map_err(|_| Law::ApproverCounts)?;
        let stands = acting_for.is_none_or(|whom| self.stands_for(person.id, whom, at));
        Law::DeputyStands.ensure(stands)?;
        let is_hand_of = |other: PersonId, for_other: Option<PersonId>| {
            self.are_one_hand(request, (person.id, acting_for), (other, for_other))
        };
        Law::NotOwn.ensure(!is_hand_of(request.by, None))?;
        let subject = request.asked.subject().filter(|_| rule.not_subject);
        Law::NotSubject.ensure(!subject.is_some_and(|subject| is_hand_of(subject, None)))?;
        let twice = |a: &Agreed| is_hand_of(a.person, a.acting_for);
        Law::NotTwice.ensure(!request.agreed.iter().any(twice))?;
        Law::ApproverIsCleared.ensure(self.may_know(request, person))?;
        let counts = match &request.asked {
            Asked::Clear { .. } => !self.due_atoms(request, Some(person)).is_empty(),
            _ => {
                let with = self.places_taken(request, rule, Some((person, acting_for)));
                with > self.places_taken(request, rule, None)
            }
        };
        Law::ApproverCounts.ensure(counts)
    }

    /// Whether somebody may deny a request: by himself, or for somebody whom he stands for.
    ///
    /// # Errors
    /// The law that forbids it.
    pub(crate) fn may_deny(
        &self,
        request: &Request,
        person: &Person,
        at: Timestamp,
    ) -> Result<(), Law> {
        let own = self.may_decide(request, person, None, at);
        let principals: Vec<PersonId> = self.principals_of(person.id).collect();
        let for_another = |principal: &PersonId| {
            self.may_decide(request, person, Some(*principal), at)
                .is_ok()
        };
        match own {
            Err(_) if principals.iter().any(for_another) => Ok(()),
            own => own,
        }
    }

    /// Whether a request is for the eyes of a person who decides on such: who is cleared for all of it that its asker saw,
    /// or holds some of the atoms that it would give.
    pub(crate) fn may_know(&self, request: &Request, person: &Person) -> bool {
        Law::ApproverIsCleared.met(kinds::is_cleared(self, request, person))
    }

    /// Of the atoms that a request would give, those that the person does not hold yet; with an approver, only those that
    /// the approver holds.
    pub(crate) fn due_atoms(&self, request: &Request, approver: Option<&Person>) -> Vec<AtomId> {
        let Asked::Clear { person, atoms } = &request.asked else {
            return Vec::new();
        };
        let subject = self.people.get(*person);
        let due = |atom: &&AtomId| {
            let held = |p: &Person| p.holdings.contains_key(atom);
            subject.is_some_and(|p| !held(p)) && approver.is_none_or(held)
        };
        atoms.iter().filter(due).copied().collect()
    }

    /// The approvals that were given, with their persons.
    fn given<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Iterator<Item = (&'a Person, Option<PersonId>)> {
        let person = |a: &Agreed| Some((self.people.get(a.person)?, a.acting_for));
        request.agreed.iter().filter_map(person)
    }

    /// How many approvals a request takes.
    pub(crate) fn approvals_needed(&self, request: &Request) -> usize {
        let rule = self.rule_of(&request.asked);
        rule.map_or(usize::MAX, |rule| {
            rule.needs.iter().map(|need| need.approvals).sum()
        })
    }

    /// The atoms that may be given once one more person has agreed who holds them: each was approved by as many of its
    /// holders as the rule asks for.
    pub(crate) fn atoms_approved(&self, request: &Request, new: Option<&Person>) -> Vec<AtomId> {
        let needed = self.approvals_needed(request);
        let enough = |atom: &AtomId| {
            let by = self.given(request).map(|(p, _)| p).chain(new);
            by.filter(|p| p.holdings.contains_key(atom)).count() >= needed
        };
        let due = self.due_atoms(request, None).into_iter();
        due.filter(enough).collect()
    }

    /// Whether a request has all approvals that it takes, with one more.
    pub(crate) fn is_approved(
        &self,
        request: &Request,
        new: Option<(&Person, Option<PersonId>)>,
    ) -> bool {
        let Ok(rule) = self.rule_of(&request.asked) else {
            return false;
        };
        Law::Enough.met(self.places_taken(request, rule, new) == self.approvals_needed(request))
    }

    /// How many of the approvals that a rule asks for there are, each person counting for one.
    fn places_taken(
        &self,
        request: &Request,
        rule: &Rule,
        new: Option<(&Person, Option<PersonId>)>,
    ) -> usize {
        let called = |(person, acting_for): (&Person, Option<PersonId>)| {
            let for_whom = acting_for.and_then(|id| self.people.active(id));
            self.called(&request.asked, for_whom.unwrap_or(person))
        };
        let persons: Vec<BTreeSet<Who>> = self.given(request).chain(new).map(called).collect();
        taken(&rule.needs, &persons)
    }

    /// The request that an act was carried out for: it has all its approvals, one of them the actor's, and is not done.
    /// From here on it is.
    ///
    /// # Errors
    /// The rule that the act breaks.
    pub(super) fn carried_out(
        &mut self,
        id: Option<ApprovalRequestId>,
        event: &StoredEvent,
        is: impl Fn(&Asked) -> bool,
    ) -> Result<Request, Broken> {
        let request = self.approved_for(id, event, &is)?.clone();
        if !self.is_approved(&request, None) {
            return Err(Law::Enough.sentence());
        }
        self.approvals.end(request.id, Outcome::Done, event.id);
        Ok(request)
    }

    /// The request that an act names, of this kind, which waits and which the actor approved.
    fn approved_for(
        &self,
        id: Option<ApprovalRequestId>,
        event: &StoredEvent,
        is: &impl Fn(&Asked) -> bool,
    ) -> Result<&Request, Broken> {
        let id = id.ok_or("it was done without a request, and takes more hands than one")?;
        let request = self.waiting(id, event)?;
        if !is(&request.asked) {
            return Err("it is not what its request asked for");
        }
        if !request.agreed.iter().any(|a| Some(a.person) == event.actor) {
            return Err("it was done by somebody who did not approve it");
        }
        Ok(request)
    }

    /// Atoms are sealed to a person because a request was approved.
    pub(super) fn clearance_carried_out(
        &mut self,
        event: &StoredEvent,
        to: PersonId,
        given: &BTreeSet<AtomId>,
        request: Option<ApprovalRequestId>,
    ) -> Result<(), Broken> {
        let is = |asked: &Asked| matches!(asked, Asked::Clear { person, .. } if *person == to);
        let request = self.approved_for(request, event, &is)?;
        let approved: BTreeSet<AtomId> = self.atoms_approved(request, None).into_iter().collect();
        if given.is_empty() || !given.is_subset(&approved) {
            return Err("atoms were given without the approvals that it takes");
        }
        let due = self.due_atoms(request, None);
        let id = request.id;
        if due.iter().all(|atom| given.contains(atom)) {
            self.approvals.end(id, Outcome::Done, event.id);
        }
        Ok(())
    }

    /// Takes in an event about requests and rules.
    pub(super) fn request(&mut self, event: &StoredEvent) -> Result<(), Broken> {
        match &event.act {
            Act::RulesInForce { rules, request } => self.rules_in_force(event, rules, *request),
            Act::ApprovalAsked(asked) => self.asked(event, asked),
            Act::Approved(approval) => self.agreed(event, approval),
            Act::Denied { request } => {
                let (request, person) = self.decided(event, *request)?;
                // A deputy may deny as well, for whomever he stands for.
                self.may_deny(request, person, event.at)?;
                let id = request.id;
                self.approvals.end(id, Outcome::Denied, event.id);
                Ok(())
            }
            Act::RequestTakenBack { request } => {
                let request = self.waiting(*request, event)?;
                Law::TakenBackByAsker.ensure(Some(request.by) == event.actor)?;
                let id = request.id;
                self.approvals.end(id, Outcome::TakenBack, event.id);
                Ok(())
            }
            _ => unreachable!("the others are applied elsewhere"),
        }
    }

    /// The rules that were asked for; or those that a guard puts into force by itself, where none are: those that it came
    /// with.
    fn rules_in_force(
        &mut self,
        event: &StoredEvent,
        rules: &str,
        request: Option<ApprovalRequestId>,
    ) -> Result<(), Broken> {
        if request.is_some() {
            self.carried_out(
                request,
                event,
                |asked| matches!(asked, Asked::Rules { rules: asked } if asked == rules),
            )?;
        } else if self.rules.is_some() || event.actor.is_some() || !ADOPTED.contains(&rules) {
            return Err("rules came into force that nobody approved");
        }
        let rules = Rules::kept(rules).map_err(|_| "the approval rules cannot be read")?;
        self.rules = Some(rules);
        Ok(())
    }

    pub(super) fn actor(&self, event: &StoredEvent) -> Result<&Person, Broken> {
        let actor = event.actor.and_then(|id| self.people.active(id));
        actor.ok_or("nobody did it who may")
    }

    fn asked(&mut self, event: &StoredEvent, asked: &ApprovalAsked) -> Result<(), Broken> {
        let asker = self.actor(event)?;
        if self.approvals.get(asked.request).is_some() {
            return Err("a request of this id exists already");
        }
        let within = self.rule_of(&asked.asked)?.within;
        if asked.until > event.at.plus(within) {
            return Err("a request waits for longer than its rule lets it");
        }
        self.may_ask(asker, &asked.asked, event.at)?;
        let (basis, seen) = self.basis_for(&asked.asked, asker)?;
        if basis != asked.basis {
            return Err("a request is about something else than there is");
        }
        self.approvals.add(Request {
            id: asked.request,
            event: event.id,
            by: asker.id,
            at: event.at,
            asked: asked.asked.clone(),
            basis,
            until: asked.until,
            seen,
            agreed: Vec::new(),
            ended: None,
        });
        let lapsed = |r: &Request| !r.waited_for(event.at);
        let rows = &self.approvals.rows;
        self.approvals.open.retain(|id| !lapsed(&rows[id]));
        Ok(())
    }

    /// A request that waits, and who decides on it.
    fn decided(
        &self,
        event: &StoredEvent,
        id: ApprovalRequestId,
    ) -> Result<(&Request, &Person), Broken> {
        Ok((self.waiting(id, event)?, self.actor(event)?))
    }

    /// A request that waits at an event.
    fn waiting(&self, id: ApprovalRequestId, event: &StoredEvent) -> Result<&Request, Broken> {
        let request = self.approvals.get(id).ok_or(Law::Waits)?;
        Law::Waits.ensure(request.ended.is_none())?;
        Law::InTime.ensure(request.waited_for(event.at))?;
        Ok(request)
    }

    fn agreed(&mut self, event: &StoredEvent, approval: &Approval) -> Result<(), Broken> {
        let (request, person) = self.decided(event, approval.request)?;
        if approval.digest != request.digest() {
            return Err("an approval is of another request than the one it names");
        }
        Law::Unchanged.ensure(self.is_unchanged(request))?;
        self.may_decide(request, person, approval.acting_for, event.at)?;
        let agreed = Agreed {
            person: person.id,
            acting_for: approval.acting_for,
            event: event.id,
        };
        let request = self.approvals.rows.get_mut(&approval.request);
        request.expect("it was looked up").agreed.push(agreed);
        Ok(())
    }
}
