//! The figures of a year, as an oversight body publishes them.

use std::collections::BTreeMap;

use strongroom_record::event::{Act, ChallengeWords, Look, Outcome, Role};
use strongroom_record::{Day, Timestamp, decode};

use super::Overseer;
use crate::api::{ChallengeFigures, Report, ReportQuery, RequestFigures};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::refusal::Refusal;
use crate::sealing::STATEMENT;
use crate::state::{Challenge, Outcome as Ended};

/// The instants of a year.
#[derive(Debug, Clone, Copy)]
struct Year(Timestamp, Timestamp);

impl Year {
    fn of(year: u16) -> Result<Self, Refusal> {
        let first = Day::new(year, 1, 1).zip(Day::new(year, 12, 31));
        let (first, last) = first.ok_or_else(|| Refusal::invalid("there is no such year"))?;
        Ok(Self(first.begins(), last.ends()))
    }
    fn has(self, at: Timestamp) -> bool {
        self.0 <= at && at < self.1
    }
}

impl Core {
    /// Counts what was done in a year.
    pub(crate) fn report(&self, asking: &Asking, ask: ReportQuery) -> Result<Report, Stop> {
        let year = Year::of(ask.year)?;
        let (places, challenges, requests) = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            let challenges = state.challenges.iter().filter(|c| year.has(c.at));
            let requests = state.approvals.iter().filter(|r| year.has(r.at));
            let mut figures = RequestFigures::default();
            for request in requests {
                figures.asked += 1;
                match request.ended {
                    Some((Ended::Done, _)) => figures.carried_out += 1,
                    Some((Ended::Denied, _)) => figures.denied += 1,
                    Some((Ended::TakenBack | Ended::Void, _)) | None => {}
                }
            }
            let challenges: Vec<Challenge> = challenges.copied().collect();
            (self.places(&state), challenges, figures)
        };
        let permit = self.look(asking, Look::Report, None)?;
        let mut report = Report {
            year: ask.year,
            requests,
            challenges: self.challenge_figures(&permit, asking, &challenges)?,
            looks: self.looks(year)?,
            ..Report::default()
        };
        for place in places {
            let event = self.stored_event(place.event)?;
            if !year.has(event.at) {
                continue;
            }
            let (count, by_reason, by_practice) = match &event.act {
                Act::Filed(_) => (
                    &mut report.placements,
                    &mut report.placements_by_reason,
                    &mut report.placements_by_practice,
                ),
                Act::Restricted { .. } => (
                    &mut report.restrictions,
                    &mut report.restrictions_by_reason,
                    &mut report.restrictions_by_practice,
                ),
                Act::Corrected(_) => {
                    report.corrections += 1;
                    continue;
                }
                Act::Withdrawn(_) => {
                    report.withdrawals += 1;
                    continue;
                }
                _ => continue,
            };
            *count += 1;
            let said = self.said(&permit, asking, &event)?;
            if let Some(statement) = said.statement() {
                *by_reason.entry(statement.reason.clone()).or_default() += 1;
                if let Some(practice) = statement.practice {
                    *by_practice.entry(practice.to_string()).or_default() += 1;
                }
            }
        }
        Ok(report)
    }

    fn challenge_figures(
        &self,
        permit: &Permit,
        asking: &Asking,
        challenges: &[Challenge],
    ) -> Result<ChallengeFigures, Fault> {
        let now = self.now();
        let mut alleged: BTreeMap<String, usize> = BTreeMap::new();
        for challenge in challenges {
            let event = self.stored_event(challenge.event)?;
            let words = self.field_for_inspectors(permit, asking, &event, STATEMENT)?;
            let words = words.ok_or(Fault::Missing("the words of a challenge"))?;
            let words: ChallengeWords = decode(&words)
                .map_err(|_| Fault::Damaged("the words of a challenge have another form"))?;
            if let Some(purpose) = words.alleges {
                *alleged.entry(purpose).or_default() += 1;
            }
        }
        let came = |outcome| {
            let of = challenges.iter().filter_map(|c| c.answered);
            of.filter(|(_, came)| *came == outcome).count()
        };
        Ok(ChallengeFigures {
            received: challenges.len(),
            answered: challenges.iter().filter(|c| c.answered.is_some()).count(),
            upheld: came(Outcome::Upheld),
            partly: came(Outcome::Partly),
            rejected: came(Outcome::Rejected),
            overdue: challenges.iter().filter(|c| c.is_overdue(now)).count(),
            alleged,
        })
    }

    /// How often inspectors looked into the docket in a year.
    fn looks(&self, year: Year) -> Result<usize, Fault> {
        let events: Vec<_> = {
            let state = self.state();
            let trail = self.trail();
            let inspectors = state.people.iter().filter(|p| p.may(Role::Inspector));
            inspectors.flat_map(|p| trail.of_person(p.id)).collect()
        };
        let mut looks = 0;
        for event in events {
            let event = self.stored_event(event)?;
            let look = matches!(event.act, Act::DocketShown { .. });
            looks += usize::from(look && year.has(event.at));
        }
        Ok(looks)
    }
}
