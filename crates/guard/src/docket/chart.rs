//! Placements and restrictions over time, by reason and practice: the figures for a chart.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_record::event::{Act, Look, PracticeWords};
use strongroom_record::{Day, PracticeId, decode};

use super::Overseer;
use super::filter::Span;
use crate::api::{DocketChart, DocketChartQuery, DocketCount};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::sealing::STATEMENT;

/// Characters of a date that name its month.
const MONTH_CHARS: usize = 7;

impl Core {
    /// Counts what was placed and what was restricted, month by month.
    pub(crate) fn docket_chart(
        &self,
        asking: &Asking,
        ask: &DocketChartQuery,
    ) -> Result<DocketChart, Stop> {
        let span = Span::read(ask.from.as_deref(), ask.to.as_deref())?;
        let places = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            self.places(&state)
        };
        let permit = self.look(asking, Look::Chart, None)?;
        let mut counts: BTreeMap<(String, &str, String, Option<PracticeId>), usize> =
            BTreeMap::new();
        for place in places {
            let event = self.stored_event(place.event)?;
            let what = match &event.act {
                Act::Filed(_) => "placed",
                Act::Restricted { .. } => "restricted",
                _ => continue,
            };
            if !span.has(event.at) {
                continue;
            }
            let said = self.said(&permit, asking, &event)?;
            let Some(statement) = said.statement() else {
                continue;
            };
            let mut month = Day::of(event.at).to_string();
            month.truncate(MONTH_CHARS);
            let key = (month, what, statement.reason.clone(), statement.practice);
            *counts.entry(key).or_default() += 1;
        }
        let cited: BTreeSet<PracticeId> = counts.keys().filter_map(|key| key.3).collect();
        let practices = cited.into_iter();
        let practices = practices.map(|id| self.practice_words(&permit, asking, id));
        Ok(DocketChart {
            practices: practices.collect::<Result<_, Fault>>()?,
            counts: counts
                .into_iter()
                .map(|((month, what, reason, practice), count)| DocketCount {
                    month,
                    what: what.to_owned(),
                    reason,
                    practice: practice.map(|id| id.to_string()),
                    count,
                })
                .collect(),
        })
    }

    /// The id of a practice, and its words.
    pub(super) fn practice_words(
        &self,
        permit: &Permit,
        asking: &Asking,
        id: PracticeId,
    ) -> Result<(String, String), Fault> {
        let event = self.state().practices.get(id).map(|p| p.event);
        let event = event.ok_or(Fault::Missing("a practice that a statement cites"))?;
        let event = self.stored_event(event)?;
        let words = self.field_for_inspectors(permit, asking, &event, STATEMENT)?;
        let words = words.ok_or(Fault::Missing("the words of a practice"))?;
        let words: PracticeWords = decode(&words)
            .map_err(|_| Fault::Damaged("the words of a practice have another form"))?;
        Ok((id.to_string(), words.words))
    }
}
