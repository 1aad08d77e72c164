//! Challenges: that somebody disputes the placing of a record, and what its owner answered.
//!
//! A challenge exists for who made it, for the record's filer and who stands for him, for records officers who may read of the
//! record and so stand in for the filer, and for the inspectors. So none waits for one person alone: not while the filer is
//! away, and not when he has left.

use std::collections::BTreeMap;

use strongroom_record::event::{ChallengeAnswered, Challenged, Outcome, Role, StoredEvent};
use strongroom_record::{ChallengeId, EventId, PersonId, RecordId, Timestamp};

use super::State;
use super::labels::Labels;
use super::people::Person;
use super::records::Records;
use crate::limits::CHALLENGES_OPEN_MAX;

/// A challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) id: ChallengeId,
    /// The event that has its words.
    pub(crate) event: EventId,
    pub(crate) record: RecordId,
    pub(crate) by: PersonId,
    pub(crate) at: Timestamp,
    /// By when it must be answered.
    pub(crate) until: Timestamp,
    /// The event that answered it, and what came of it.
    pub(crate) answered: Option<(EventId, Outcome)>,
}

impl Challenge {
    /// Whether it waits for an answer longer than it should.
    pub(crate) fn is_overdue(&self, now: Timestamp) -> bool {
        self.answered.is_none() && self.until <= now
    }
    /// What has become of it, in a word.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.answered {
            Some((_, outcome)) => outcome.word(),
            None if self.is_overdue(now) => "overdue",
            None => "open",
        }
    }
}

/// In whose right somebody answers a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answering {
    /// For whom, where a deputy answers.
    pub(crate) acting_for: Option<PersonId>,
    /// As the record's filer, and not as an officer who stands in.
    pub(crate) as_filer: bool,
}

impl State {
    /// In whose right a person may answer a challenge at an instant; none if the person may not: the record's filer; or a
    /// records officer, or for one of these a deputy, where who answers may read of the record. Nobody answers himself, and a
    /// deputy is one hand with whom he stands for.
    pub(crate) fn answering(
        &self,
        challenge: &Challenge,
        person: &Person,
        at: Timestamp,
    ) -> Option<Answering> {
        let principals = self.principals_of(person.id).map(Some);
        let mut rights = std::iter::once(None).chain(principals);
        rights.find_map(|acting_for| self.answering_for(challenge, person, acting_for, at))
    }

    fn answering_for(
        &self,
        challenge: &Challenge,
        person: &Person,
        acting_for: Option<PersonId>,
        at: Timestamp,
    ) -> Option<Answering> {
        let record = self.records.get(challenge.record)?;
        let owner = match acting_for {
            Some(principal) if self.stands_for(person.id, principal, at) => {
                self.people.active(principal)?
            }
            Some(_) => return None,
            None => person,
        };
        let own = |hand: PersonId| self.is_one_hand(hand, challenge.by, challenge.at);
        if own(person.id) || own(owner.id) {
            return None;
        }
        let reads = record.exists_for(&self.labels, &person.bits);
        // Who filed a record knows of it, read or not; a deputy knows of what he may read.
        let as_filer = record.filer == Some(owner.id) && (acting_for.is_none() || reads);
        let stands_in = owner.may(Role::RecordsOfficer) && reads;
        (as_filer || stands_in).then_some(Answering {
            acting_for,
            as_filer,
        })
    }

    pub(super) fn challenge_answered(
        &mut self,
        event: &StoredEvent,
        answered: &ChallengeAnswered,
    ) -> Result<(), &'static str> {
        let challenge = self.challenges.0.get(&answered.challenge);
        let challenge = challenge.ok_or("it answers an unknown challenge")?;
        if challenge.answered.is_some() {
            return Err("the challenge was answered already");
        }
        if challenge.record != answered.record {
            return Err("it answers for another record than was challenged");
        }
        let actor = self.actor(event)?;
        if self
            .answering_for(challenge, actor, answered.acting_for, event.at)
            .is_none()
        {
            return Err("who answered has no right to answer for the record");
        }
        let challenge = self.challenges.0.get_mut(&answered.challenge);
        challenge.expect("just found").answered = Some((event.id, answered.outcome));
        Ok(())
    }
}

/// The challenges of the room.
#[derive(Debug, Default)]
pub(crate) struct Challenges(pub(super) BTreeMap<ChallengeId, Challenge>);

impl Challenges {
    /// In the order of their ids, which means nothing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Challenge> {
        self.0.values()
    }
    /// Those of a record, in the order in which they were made.
    pub(crate) fn of_record(&self, record: RecordId) -> Vec<&Challenge> {
        let mut of: Vec<&Challenge> = self.iter().filter(|c| c.record == record).collect();
        of.sort_by_key(|c| (c.at, c.id));
        of
    }
    /// The one of a person on a record that waits for an answer.
    pub(crate) fn open_on(&self, record: RecordId, person: PersonId) -> Option<&Challenge> {
        let mut open = self.iter().filter(|c| c.answered.is_none());
        open.find(|c| c.record == record && c.by == person)
    }
    /// How many of a person's wait for an answer.
    pub(crate) fn open_of(&self, person: PersonId) -> usize {
        let open = self.iter().filter(|c| c.answered.is_none());
        open.filter(|c| c.by == person).count()
    }

    pub(super) fn challenged(
        &mut self,
        event: &StoredEvent,
        challenged: &Challenged,
        actor: &Person,
        records: &Records,
        labels: &Labels,
    ) -> Result<(), &'static str> {
        let record = records.get(challenged.record).filter(|r| !r.frame);
        let record = record.ok_or("it challenges an unknown record")?;
        if self.0.contains_key(&challenged.challenge) {
            return Err("the challenge exists already");
        }
        if challenged.reading.is_none() && !record.exists_for(labels, &actor.bits) {
            return Err("it challenges a record that its maker neither reads nor has read");
        }
        if challenged.until <= event.at {
            return Err("a challenge must be answered before it is made");
        }
        if self.open_of(actor.id) >= CHALLENGES_OPEN_MAX {
            return Err("one person has more challenges open than one may");
        }
        let challenge = Challenge {
            id: challenged.challenge,
            event: event.id,
            record: record.id,
            by: actor.id,
            at: event.at,
            until: challenged.until,
            answered: None,
        };
        self.0.insert(challenged.challenge, challenge);
        Ok(())
    }
}
