//! A page of the docket.

use strongroom_record::event::{Act, Look};
use strongroom_record::{Day, RecordId, Timestamp};

use super::Overseer;
use super::entries::{Entry, Known, KnownRecords, Place, label_at, label_now, shown};
use super::filter::{Filter, place_of};
use crate::api::{Docket, DocketChallenge, DocketEntry, DocketQuery};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::{DOCKET_DEFAULT, DOCKET_MAX};
use crate::opening::Permit;
use crate::reading::marking_shown;
use crate::refusal::Refusal;
use crate::state::State;

impl Core {
    /// A page of what the docket has, of that which is asked for.
    pub(crate) fn docket(&self, asking: &Asking, ask: &DocketQuery) -> Result<Docket, Stop> {
        let limit = ask.limit.unwrap_or(DOCKET_DEFAULT);
        if limit == 0 || limit > DOCKET_MAX {
            return Err(Refusal::invalid(format!(
                "a page of the docket has between 1 and {DOCKET_MAX} entries"
            ))
            .into());
        }
        let (filter, places) = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            let filter = Filter::read(&state, ask)?;
            let mut places = self.places(&state);
            if ask.newest_first {
                places.reverse();
            }
            (filter, places)
        };
        let first = match &ask.after {
            Some(text) => place_of(&places, text)? + 1,
            None => 0,
        };
        let permit = self.look(asking, Look::Docket, None)?;
        let mut known = KnownRecords::new();
        let mut entries = Vec::new();
        let mut more = false;
        for place in places[first..].iter().filter(|p| filter.place(p)) {
            let Some((entry, of_record)) =
                self.wanted(&permit, asking, &filter, *place, &mut known)?
            else {
                continue;
            };
            if entries.len() == limit {
                more = true;
                break;
            }
            entries.push(self.docket_entry(&entry, &of_record)?);
        }
        Ok(Docket {
            entries,
            more,
            of: places.len(),
        })
    }

    /// An entry, if it is asked for.
    fn wanted(
        &self,
        permit: &Permit,
        asking: &Asking,
        filter: &Filter,
        place: Place,
        known: &mut KnownRecords,
    ) -> Result<Option<(Entry, std::sync::Arc<Known>)>, Fault> {
        let event = self.stored_event(place.event)?;
        if !filter.event(&event) {
            return Ok(None);
        }
        let of_record = self.known(permit, asking, place.record, known)?;
        let meant = {
            let state = self.state();
            let record = state.records.get(place.record);
            let present = record.and_then(|r| label_now(&state, r));
            filter.record(&state.policy, &of_record, present.as_ref())
        };
        if !meant {
            return Ok(None);
        }
        let entry = self.entry(permit, asking, place, event)?;
        Ok(filter.entry(&entry).then_some((entry, of_record)))
    }

    fn docket_entry(&self, entry: &Entry, known: &Known) -> Result<DocketEntry, Fault> {
        let readings = self.readings(entry.place.record)?;
        let state = self.state();
        let record = state.records.get(entry.place.record);
        let record = record.ok_or(Fault::Missing("a record that the docket lists"))?;
        let mark = |label| marking_shown(&state.policy, &label);
        let (mut from, mut to) = (None, None);
        if matches!(
            entry.event.act,
            Act::Restricted { .. } | Act::Restored(_) | Act::Lowered(_)
        ) {
            let trail = self.trail();
            let at = |index| label_at(&state, record, index, |event| trail.index_of(event));
            from = entry.place.index.checked_sub(1).and_then(at).map(mark);
            to = at(entry.place.index).map(mark);
        }
        let filed_on = Day::of(known.filed_at);
        Ok(DocketEntry {
            entry: entry.event.id.to_string(),
            act: entry.event.act.word().to_owned(),
            record: entry.place.record.to_string(),
            at: entry.event.at.to_string(),
            by: state.people.name_of(entry.event.actor),
            original: mark(known.original.clone()),
            present: label_now(&state, record).map(mark).unwrap_or_default(),
            from,
            to,
            statement: entry.said.statement().map(shown),
            conversation: known.conversation.clone(),
            filed_at: known.filed_at.to_string(),
            days_until_filed: known.days.map(|(_, last)| filed_on.since(last)),
            readings,
            withdrawn: record.withdrawn.is_some(),
            destroyed: record.destroyed.is_some(),
            challenges: challenges(&state, record.id, self.now()),
        })
    }
}

/// The challenges of a record, as the docket tells of them.
fn challenges(state: &State, record: RecordId, now: Timestamp) -> Vec<DocketChallenge> {
    let of = state.challenges.of_record(record).into_iter();
    of.map(|challenge| DocketChallenge {
        challenge: challenge.id.to_string(),
        at: challenge.at.to_string(),
        status: challenge.status(now).to_owned(),
    })
    .collect()
}
