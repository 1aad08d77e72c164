//! The state of a room: a fold over its events in the order of the ledger.
//!
//! Nothing else makes state. Opening a room replays its events; a running room applies each event
//! when it is durable. Both call [`State::apply`], so that what is recovered and what is lived
//! through cannot differ.
//!
//! What cannot happen: a key that no event binds is never in here, and an event that does not fit
//! what was before it (a second founding, an unknown person, a group twice) stops the fold.

mod acting;
mod atoms;
mod bounds;
mod challenges;
mod departing;
mod destroyed;
mod disclosures;
mod falling;
mod keeping;
pub(crate) mod kept;
mod key_holders;
mod label_keys;
mod labels;
mod links;
mod people;
mod places;
mod policy;
mod practices;
mod records;
mod recoveries;
mod requests;
mod trail;
mod versions;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use strongroom_label::{Label, LabelBits, Policy};
use strongroom_record::approval::Asked;
use strongroom_record::event::{Act, AtomBorn, Genesis, StoredEvent};
use strongroom_record::keeping::BackedUp;
use strongroom_record::{AtomId, BackupId, EventId, PersonId, RequestId, Timestamp, decode};

pub(crate) use acting::{Acting, ActingRows};
pub(crate) use atoms::{Atoms, FIRST_EPOCH, INSPECTORS, QUORUM, atom_word};
pub(crate) use bounds::{is_quorum, openers};
pub(crate) use challenges::{Answering, Challenge, Challenges};
pub(crate) use destroyed::{counts as destroyed_counts, may_be_destroyed};
pub(crate) use disclosures::{
    Disclosure, Disclosures, Message as DisclosedMessage, digest_of_routes, inspectors,
    is_inspector, page as disclosure_page, tree as disclosure_tree,
};
pub(crate) use falling::{Fall, Falling};
pub(crate) use keeping::DueLabel;
pub(crate) use key_holders::KeyHolders;
pub(crate) use label_keys::LabelKeys;
pub(crate) use labels::{LabelRef, Labels};
pub(crate) use links::{Linked, Links, allowed as link_allowed, portion_admitted};
pub(crate) use people::{Invitation, People, Person, Standing, label_names};
pub(crate) use practices::{Practice, Practices};
pub(crate) use records::{Group, RecordState, Records};
pub(crate) use recoveries::{Recoveries, Recovery};
pub(crate) use requests::{Agreed, Outcome, Request, Requests};
pub(crate) use trail::Trail;

use crate::founding::FIRST_LOG;
use crate::restore::LogNow;
use crate::rules::Rules;

/// An event that does not fit the events before it: the store is not what the guard wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {event} does not follow from the events before it: {rule}")]
pub struct Misfit {
    event: EventId,
    rule: &'static str,
}

/// What follows from the events of a room.
pub(crate) struct State {
    pub(crate) genesis: Genesis,
    /// Root of the first event: what every wrapped bundle names.
    pub(crate) genesis_root: [u8; 32],
    pub(crate) policy: Policy,
    pub(crate) people: People,
    pub(crate) atoms: Atoms,
    pub(crate) key_holders: KeyHolders,
    pub(crate) recoveries: Recoveries,
    pub(crate) labels: Labels,
    pub(crate) label_keys: LabelKeys,
    pub(crate) records: Records,
    pub(crate) links: Links,
    /// The approval rules; none in a room that was founded before there were any, until its guard puts some in force.
    pub(crate) rules: Option<Rules>,
    /// What was asked for that takes more hands.
    pub(crate) approvals: Requests,
    pub(crate) practices: Practices,
    pub(crate) challenges: Challenges,
    pub(crate) disclosures: Disclosures,
    /// Who stands for whom.
    pub(crate) acting: ActingRows,
    /// Which log the ledger is.
    pub(crate) log: LogNow,
    /// The backups that were begun.
    pub(crate) backups: BTreeMap<BackupId, BackedUp>,
    /// The first events of each change, by who asked and the request id.
    pub(crate) requests: HashMap<(PersonId, RequestId), Vec<EventId>>,
}

impl State {
    /// The state after the founding event.
    pub(crate) fn found(event: &StoredEvent, root: [u8; 32]) -> Result<Self, Misfit> {
        let misfit = |rule| Misfit {
            event: event.id,
            rule,
        };
        let Act::Founded(genesis) = &event.act else {
            return Err(misfit("the first event founds the room"));
        };
        if genesis.room != event.room {
            return Err(misfit("the first event names another room"));
        }
        let policy = Policy::from_toml(&genesis.policy)
            .map_err(|_| misfit("the marking policy in it cannot be read"))?;
        let rules = genesis.rules.as_deref().map(Rules::kept).transpose();
        let rules = rules.map_err(|_| misfit("the approval rules in it cannot be read"))?;
        let mut people = People::default();
        people.found(genesis, &policy).map_err(misfit)?;
        Ok(Self {
            genesis: (**genesis).clone(),
            genesis_root: root,
            policy,
            people,
            atoms: Atoms::default(),
            key_holders: KeyHolders::found(genesis).map_err(misfit)?,
            recoveries: Recoveries::default(),
            labels: Labels::default(),
            label_keys: LabelKeys::default(),
            records: Records::default(),
            links: Links::default(),
            rules,
            approvals: Requests::default(),
            practices: Practices::default(),
            challenges: Challenges::default(),
            disclosures: Disclosures::default(),
            acting: ActingRows::default(),
            log: LogNow {
                generation: FIRST_LOG,
                keys: genesis.log_keys.clone(),
                restores: Vec::new(),
            },
            backups: BTreeMap::new(),
            requests: HashMap::new(),
        })
    }

    /// Takes in one more event, which stands at an index of the ledger.
    ///
    /// # Errors
    /// The event does not follow from those before it. The state is then of no use any more.
    pub(crate) fn apply(&mut self, event: &StoredEvent, index: u64) -> Result<(), Misfit> {
        let misfit = |rule| Misfit {
            event: event.id,
            rule,
        };
        if event.room != self.genesis.room {
            return Err(misfit("it belongs to another room"));
        }
        bounds::event(event).map_err(misfit)?;
        if let (Some(person), Some(request)) = (event.actor, event.request) {
            self.requests
                .entry((person, request.id))
                .or_default()
                .push(event.id);
        }
        match &event.act {
            Act::Founded(_) => return Err(misfit("a room is founded once")),
            Act::AtomMade(born) => self.atom_made(born).map_err(misfit)?,
            Act::AtomTurned(born) => self.atom_turned(born, event.at).map_err(misfit)?,
            Act::RecoveryAsked(_)
            | Act::ShareGiven(_)
            | Act::Recovered(_)
            | Act::Rekeyed(_)
            | Act::KeyHoldersChanged(_)
            | Act::Rehearsed(_)
            | Act::RecoveryWithdrawn { .. } => self.recovery(event, index).map_err(misfit)?,
            Act::Joined {
                invitation,
                person,
                keys,
            } if self.recoveries.joined(*invitation, event.at).is_some() => {
                self.new_keys(*person, keys).map_err(misfit)?;
                self.offered((*invitation, *person), keys, event.at)
                    .map_err(misfit)?;
            }
            Act::Joined { person, keys, .. } => {
                self.new_keys(*person, keys).map_err(misfit)?;
                self.people
                    .apply(event, &self.atoms, &self.policy)
                    .map_err(misfit)?;
            }
            Act::Confirmed {
                person,
                lone_founder,
                ..
            } => {
                self.admitted(event, *person, *lone_founder)
                    .map_err(misfit)?;
                self.people
                    .apply(event, &self.atoms, &self.policy)
                    .map_err(misfit)?;
            }
            Act::LabelKeyMade {
                key_box,
                label,
                digest,
            } => {
                let digest = decode(digest).map_err(|_| misfit("its digest cannot be read"))?;
                self.of_policy(label).map_err(misfit)?;
                self.label_keys
                    .made(*key_box, label, digest, &self.atoms)
                    .map_err(misfit)?;
            }
            Act::Filed(filed) => {
                self.records
                    .filed(event, index, filed, &mut self.labels, &self.policy)
                    .map_err(misfit)?;
            }
            Act::FrameFiled { record, group, .. } => self
                .records
                .frame_filed(event, index, *record, group, &mut self.labels, &self.policy)
                .map_err(misfit)?,
            Act::Restricted {
                record,
                groups,
                given,
            } => {
                self.of_policy(given).map_err(misfit)?;
                self.records
                    .restricted(event, *record, groups, &mut self.labels, &self.policy)
                    .map_err(misfit)?;
            }
            Act::RecordingFiled(filed) => self
                .records
                .recording_filed(event, filed, &mut self.labels, &self.policy)
                .map_err(misfit)?,
            Act::Graded { record, portions } => self
                .records
                .graded(event, *record, portions)
                .map_err(misfit)?,
            Act::ApprovalAsked(_)
            | Act::Approved(_)
            | Act::Denied { .. }
            | Act::RequestTakenBack { .. }
            | Act::RulesInForce { .. } => self.request(event).map_err(misfit)?,
            Act::ActingBegan(_) | Act::ActingEnded { .. } => self.acting(event).map_err(misfit)?,
            Act::PolicyChanged(changed) => self.policy_changed(event, changed).map_err(misfit)?,
            Act::Departed(departed) => self.departed(event, departed).map_err(misfit)?,
            Act::ClearanceAuthorised { lone_founder, .. } => {
                if self.rules.is_some() && !(*lone_founder && self.alone(event)) {
                    return Err(misfit(
                        "a clearance was authorised by one hand where it takes more",
                    ));
                }
                self.people
                    .apply(event, &self.atoms, &self.policy)
                    .map_err(misfit)?;
            }
            Act::ClearanceSealed {
                person,
                holdings,
                request,
            } => {
                let given: BTreeSet<AtomId> = holdings.iter().map(|made| made.atom).collect();
                let alone = request.is_none() && (self.rules.is_none() || self.alone(event));
                if !alone {
                    self.clearance_carried_out(event, *person, &given, *request)
                        .map_err(misfit)?;
                    self.people.authorise(*person, given).map_err(misfit)?;
                }
                self.people
                    .apply(event, &self.atoms, &self.policy)
                    .map_err(misfit)?;
            }
            Act::Destroyed(destroyed) => {
                self.destroyed(event, destroyed).map_err(misfit)?;
            }
            Act::SlotsWiped { records } => {
                self.records.slots_wiped(event, records).map_err(misfit)?;
            }
            Act::Corrected(_)
            | Act::WithdrawalAsked { .. }
            | Act::WithdrawalTakenBack { .. }
            | Act::Withdrawn(_)
            | Act::HoldPlaced { .. }
            | Act::HoldReleased { .. }
            | Act::ScheduleSet { .. }
            | Act::Lowered(_)
            | Act::Linked(_)
            | Act::PracticeAdded(_)
            | Act::PracticeEnded { .. }
            | Act::Challenged(_)
            | Act::ChallengeAnswered(_) => self.after_filing(event).map_err(misfit)?,
            Act::DisclosuresTaken(_) | Act::DisclosureShown { .. } | Act::DisclosureAnswered(_) => {
                self.disclosed(event).map_err(misfit)?
            }
            Act::Listed { .. }
            | Act::Opened { .. }
            | Act::HistoryShown { .. }
            | Act::DocketShown { .. }
            | Act::CustodyStated { .. }
            | Act::Refused { .. }
            | Act::OpenedBy { .. }
            | Act::Checked { .. }
            | Act::StateKept { .. } => {}
            Act::BackedUp(made) => {
                self.backups.insert(made.backup, made.clone());
            }
            Act::Restored(restored) => {
                self.log
                    .restored(self.genesis.room, restored, index)
                    .map_err(misfit)?;
                for again in &restored.restricted {
                    if let Some(by) = again.destroyed {
                        (self.records)
                            .destroyed_again(event, again.record, by)
                            .map_err(misfit)?;
                        continue;
                    }
                    if let Some(by) = again.withdrawn {
                        self.records
                            .put_away(
                                event,
                                (again.record, by),
                                &again.groups,
                                &mut self.labels,
                                &self.policy,
                            )
                            .map_err(misfit)?;
                        continue;
                    }
                    self.records
                        .restricted(
                            event,
                            again.record,
                            &again.groups,
                            &mut self.labels,
                            &self.policy,
                        )
                        .map_err(misfit)?;
                }
            }
            _ => self
                .people
                .apply(event, &self.atoms, &self.policy)
                .map_err(misfit)?,
        }
        Ok(())
    }

    /// Keys that somebody offers are nobody else's, and were not: two accounts are two persons.
    fn new_keys(&self, person: PersonId, keys: &[u8]) -> Result<(), &'static str> {
        let keys = decode(keys).map_err(|_| "the offered keys cannot be read")?;
        if self.rules.is_some() && self.people.has_keys_of_another(&keys, person) {
            return Err("somebody offers keys that are another person's, or were");
        }
        Ok(())
    }

    /// Whether the actor may confirm a person: somebody else than who invited the person, unless the founder is alone.
    fn admitted(
        &self,
        event: &StoredEvent,
        person: PersonId,
        lone_founder: bool,
    ) -> Result<(), &'static str> {
        if self.rules.is_none() {
            return Ok(());
        }
        let person = self
            .people
            .get(person)
            .ok_or("it confirms an unknown person")?;
        let actor = self.actor(event)?;
        if lone_founder != self.is_lone_founder(actor.id) {
            return Err("it says otherwise whether the founder is alone");
        }
        self.may_admit(actor, person, event.at)
    }

    /// Whether the actor is the founder, and nobody else was a security officer yet: then there is no other hand.
    fn alone(&self, event: &StoredEvent) -> bool {
        event.actor.is_some_and(|actor| self.is_lone_founder(actor))
    }

    /// Whether somebody is the founder, and nobody else was a security officer yet.
    pub(crate) fn is_lone_founder(&self, person: PersonId) -> bool {
        person == self.genesis.founder && self.people.lone_officer(person)
    }

    /// What becomes of a record after its filing. Who may do it follows from what the actor holds at that moment.
    fn after_filing(&mut self, event: &StoredEvent) -> Result<(), &'static str> {
        if let Act::Withdrawn(withdrawn) = &event.act
            && self.rules.is_some()
        {
            let of = withdrawn.record;
            let is = |asked: &Asked| matches!(asked, Asked::Withdraw { record } if *record == of);
            let request = self.carried_out(withdrawn.request, event, is)?;
            let asked = (request.by, request.event);
            return self.records.taken_back(
                event,
                withdrawn,
                asked,
                &mut self.labels,
                &self.policy,
            );
        }
        if matches!(
            event.act,
            Act::Lowered(_) | Act::HoldReleased { .. } | Act::ScheduleSet { .. }
        ) {
            return self.kept(event);
        }
        let actor = event.actor.and_then(|id| self.people.get(id));
        let actor = actor.ok_or("nobody did it")?;
        let who = (actor.id, &actor.bits);
        match &event.act {
            Act::Corrected(filed) => {
                self.records
                    .corrected(event, filed, &mut self.labels, &self.policy, who.1)
            }
            Act::WithdrawalAsked { .. } | Act::WithdrawalTakenBack { .. }
                if self.rules.is_some() =>
            {
                Err("it was asked for in another way than rooms with approval rules have")
            }
            Act::WithdrawalAsked { record } => {
                self.records
                    .withdrawal_asked(event, *record, &self.labels, who)
            }
            Act::WithdrawalTakenBack { record, asked } => {
                self.records
                    .withdrawal_taken_back(event, (*record, *asked), &self.labels, who)
            }
            Act::Withdrawn(withdrawn) => {
                self.records
                    .withdrawn(event, withdrawn, &mut self.labels, &self.policy, who)
            }
            Act::HoldPlaced { record } => {
                self.records
                    .hold_placed(event, *record, &self.labels, actor)
            }
            Act::Linked(link) => {
                links::allowed(link, &self.links, &self.records, &self.labels, who)?;
                self.links.add(Linked {
                    link: *link,
                    event: event.id,
                });
                Ok(())
            }
            Act::PracticeAdded(added) => {
                self.practices
                    .added(event, added, actor, &mut self.labels, &self.policy)
            }
            Act::PracticeEnded { practice } => {
                self.practices.ended(event, *practice, actor, &self.labels)
            }
            Act::Challenged(challenged) => {
                let (records, labels) = (&self.records, &self.labels);
                self.challenges
                    .challenged(event, challenged, actor, records, labels)
            }
            Act::ChallengeAnswered(answered) => self.challenge_answered(event, answered),
            _ => unreachable!("the others are applied elsewhere"),
        }
    }

    /// Whether the policy has every name of a label.
    fn of_policy(&self, label: &Label) -> Result<(), &'static str> {
        let bits = LabelBits::new(&self.policy, label);
        bits.map(drop)
            .map_err(|_| "the policy does not know the label")
    }

    fn atom_made(&mut self, born: &AtomBorn) -> Result<(), &'static str> {
        let id = self.atoms.made(born)?;
        self.key_holders.dealt((id, FIRST_EPOCH), &born.shares)?;
        for (person, holding) in &born.holdings {
            self.people.hold(
                *person,
                id,
                FIRST_EPOCH,
                *holding,
                &self.atoms,
                &self.policy,
            )?;
        }
        Ok(())
    }

    /// Whoever held the atom holds its new epoch too, and nobody else does: so that to hold an atom is to
    /// hold all its epochs.
    fn atom_turned(&mut self, born: &AtomBorn, now: Timestamp) -> Result<(), &'static str> {
        let (id, epoch) = self.atoms.turned(born)?;
        if self.recoveries.names(id, now) {
            return Err("an atom turned while it was being recovered");
        }
        self.key_holders.dealt((id, epoch), &born.shares)?;
        let holders = self.people.holders_of(id);
        let sealed_to: BTreeSet<PersonId> = born.holdings.iter().map(|(to, _)| *to).collect();
        if sealed_to != holders || born.holdings.len() != holders.len() {
            return Err("the atom's new epoch is not sealed to just those who hold it");
        }
        for (person, holding) in &born.holdings {
            self.people
                .hold(*person, id, epoch, *holding, &self.atoms, &self.policy)?;
        }
        Ok(())
    }
}
