//! The certificate of a destruction: when, who asked and who agreed, why, what was deleted, what can still bring it
//! back, and what remains.
//!
//! It follows from the ledger alone, so that it is the same whenever it is asked for. It is for whoever asked for the
//! destruction, whoever agreed, and the inspectors. For everybody else there is no such record, as for any that one may not
//! know of. Each look at it is an event of the record's history.

use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::{EventId, id};

use crate::api::{BackupHolds, Certificate, RecordRef};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal, echoed};
use crate::state::{Person, RecordState, Request, State};

/// Entries that are looked at from where a backup says that the ledger ended when it was begun, until its event: those that
/// were on their way to the disk.
const BEHIND_MAX: usize = 4_096;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3600 * 1000;

const REMAINS: [&str; 4] = [
    "in the ledger: that it was filed, when and by whom, and what was done to it since, with the ids of its parts and their labels",
    "sealed in the ledger as they were: why it was filed, restricted, graded and destroyed, and its gradings",
    "sealed to the inspectors: the date, place and participants of its header",
    "of a file that held several records: what lies between them, and a digest of the file that its filer alone opens",
];

impl State {
    /// The request for which a record was destroyed, if the ledger still has it.
    fn destroyed_for(&self, record: &RecordState) -> Option<&Request> {
        let by = record.destroyed.as_ref()?.by;
        let mut requests = self.approvals.of_record(record.id);
        requests.find(|r| r.ended.is_some_and(|(_, event)| event == by))
    }

    /// Whether a person may know that a record was destroyed.
    fn shows_destruction(&self, record: &RecordState, person: &Person) -> bool {
        let hand = |request: &Request| {
            request.by == person.id || request.agreed.iter().any(|a| a.person == person.id)
        };
        self.oversees(person) || self.destroyed_for(record).is_some_and(hand)
    }

    /// The destroyed record that somebody names by its id or the beginning of it, within that person's view.
    fn destroyed_named(&self, person: &Person, text: &str) -> Result<&RecordState, Refusal> {
        let prefix = id::normal_prefix(text).map_err(|e| {
            Refusal::invalid(format!("{} does not name a record: {e}", echoed(text)))
        })?;
        let mut found = self.records.in_order().filter(|record| {
            record.destroyed.is_some()
                && record.id.to_string().starts_with(&prefix)
                && self.shows_destruction(record, person)
        });
        let record = found.next().ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                "no destroyed record of this id is in your view",
            )
            .hint("who asked for it, who agreed, and inspectors see what is left of one")
        })?;
        if found.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!("{} is the beginning of several records' ids", echoed(text)),
            )
            .hint("give more of the id"));
        }
        Ok(record)
    }
}

impl Core {
    /// What is left of a record that was destroyed.
    pub(crate) fn certificate(
        &self,
        asking: &Asking,
        ask: &RecordRef,
    ) -> Result<Certificate, Stop> {
        let (certificate, why, submitted) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let record = state.destroyed_named(person, &ask.record)?;
            let request = state.destroyed_for(record);
            let why = request
                .map(|request| self.due_reason(asking, &state, person, request.event))
                .transpose()?;
            let certificate = self.facts(&state, record, request)?;
            let mut command = self.command(asking, None);
            command.event(Act::HistoryShown { record: record.id });
            (certificate, why, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let why = why
            .map(|why| self.reason_shown(&permit, &self.state(), asking.person(), &why))
            .transpose()?;
        Ok(Certificate {
            why: why.flatten(),
            ..certificate
        })
    }

    fn facts(
        &self,
        state: &State,
        record: &RecordState,
        request: Option<&Request>,
    ) -> Result<Certificate, Fault> {
        let gone = record.destroyed.as_ref();
        let gone = gone.ok_or(Fault::Missing("that a record was destroyed"))?;
        let filed = self.stored_event(record.events[0])?;
        let event = self.stored_event(gone.event)?;
        let wiped = gone
            .wiped
            .map(|wiped| self.stored_event(wiped))
            .transpose()?;
        let (values, wraps) = match &event.act {
            Act::Destroyed(destroyed) => (Some(destroyed.values), Some(destroyed.wraps)),
            _ => (None, None),
        };
        let slot = match (&event.act, gone.slot, &wiped) {
            (Act::Restored(_), ..) => "at-restore",
            (_, false, _) => "none",
            (_, true, None) => "due",
            (_, true, Some(_)) => "wiped",
        };
        let name = |person| state.people.name_of(Some(person));
        Ok(Certificate {
            record: record.id.to_string(),
            event: event.id.to_string(),
            filed_at: filed.at.to_string(),
            filed_by: state.people.name_of(filed.actor),
            at: event.at.to_string(),
            asked_by: request.map(|r| name(r.by)),
            asked_at: request.map(|r| r.at.to_string()),
            why: None,
            approved_by: request
                .iter()
                .flat_map(|r| &r.agreed)
                .map(|agreed| name(agreed.person))
                .collect(),
            values,
            wraps,
            slot: slot.to_owned(),
            wiped_at: wiped.map(|wiped| wiped.at.to_string()),
            backups: self.backups_with(state, filed.id, event.id)?,
            backup_days: state.policy.terms().backup_days,
            remains: REMAINS.map(str::to_owned).into(),
        })
    }

    /// The backups that were begun after one event and before another, oldest first.
    fn backups_with(
        &self,
        state: &State,
        filed: EventId,
        gone: EventId,
    ) -> Result<Vec<BackupHolds>, Fault> {
        const PLACE: Fault = Fault::Missing("the place of an event in the ledger");
        let (filed, gone) = {
            let trail = self.trail();
            let place = |event| trail.index_of(event).ok_or(PLACE);
            (place(filed)?, place(gone)?)
        };
        let days = u64::from(state.policy.terms().backup_days);
        let mut backups = Vec::new();
        for made in state.backups.values() {
            // One that was begun before holds only what was before.
            if made.entries > gone {
                continue;
            }
            let (at, event) = self.begun(made.entries, made.backup)?;
            if at < filed || at > gone {
                continue;
            }
            let until = event
                .at
                .plus(std::time::Duration::from_millis(days * DAY_MS));
            let row = BackupHolds {
                backup: made.backup.to_string(),
                at: event.at.to_string(),
                until: until.to_string(),
            };
            backups.push((at, row));
        }
        backups.sort_by_key(|(at, _)| *at);
        Ok(backups.into_iter().map(|(_, row)| row).collect())
    }

    /// The event of a backup that was begun when the ledger had so many entries on the disk, and its place.
    fn begun(
        &self,
        entries: u64,
        backup: strongroom_record::BackupId,
    ) -> Result<(u64, StoredEvent), Fault> {
        let page = self.store.now()?.entries(entries, BEHIND_MAX)?;
        for (at, (_, event)) in (entries..).zip(page) {
            let event = self.stored_event(EventId::from_bytes(event))?;
            if matches!(&event.act, Act::BackedUp(made) if made.backup == backup) {
                return Ok((at, event));
            }
        }
        Err(Fault::Missing("the event of a backup"))
    }
}
