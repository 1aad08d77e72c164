//! Challenges: that somebody disputes the placing of a record, and what its owner answered.
//!
//! A challenge exists for who made it, for the record's filer, for records officers who may read of the record and so stand in
//! for the filer, and for the inspectors.

use std::collections::BTreeMap;

use strongroom_record::event::{ChallengeAnswered, Challenged, Outcome, Role, StoredEvent};
use strongroom_record::{ChallengeId, EventId, PersonId, RecordId, Timestamp};

use super::labels::Labels;
use super::people::Person;
use super::records::{RecordState, Records};
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

/// Whether a person may answer for a record: its filer, or a records officer who may read of it. Nobody answers himself.
pub(crate) fn may_answer(
    challenge: &Challenge,
    record: &RecordState,
    person: &Person,
    labels: &Labels,
) -> bool {
    let stands_in = person.may(Role::RecordsOfficer) && record.exists_for(labels, &person.bits);
    challenge.by != person.id && (record.filer == Some(person.id) || stands_in)
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

    pub(super) fn answered(
        &mut self,
        event: &StoredEvent,
        answered: &ChallengeAnswered,
        actor: &Person,
        records: &Records,
        labels: &Labels,
    ) -> Result<(), &'static str> {
        let challenge = self.0.get_mut(&answered.challenge);
        let challenge = challenge.ok_or("it answers an unknown challenge")?;
        if challenge.answered.is_some() {
            return Err("the challenge was answered already");
        }
        let record = records.get(challenge.record);
        let record = record.ok_or("it answers for an unknown record")?;
        if record.id != answered.record {
            return Err("it answers for another record than was challenged");
        }
        if !may_answer(challenge, record, actor, labels) {
            return Err("who answered has no right to answer for the record");
        }
        challenge.answered = Some((event.id, answered.outcome));
        Ok(())
    }
}
