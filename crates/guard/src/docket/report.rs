//! The figures of a year, as an oversight body publishes them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use strongroom_label::Policy;
use strongroom_record::event::{
    Act, ChallengeWords, Filed, Look, LookWords, Outcome, Role, StoredEvent,
};
use strongroom_record::{Day, EventId, Timestamp, decode};

use super::Overseer;
use crate::api::{ChallengeFigures, QuestionPut, Report, ReportQuery, RequestFigures};
use crate::disclosures::disclosure_figures;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::LIST_MAX;
use crate::opening::Permit;
use crate::reading::join;
use crate::refusal::Refusal;
use crate::requests::kinds::ruled;
use crate::sealing::STATEMENT;
use crate::state::{Challenge, Outcome as Ended, Request, State};

/// Years that a report can be of: those that the ledger's clock can tell, in four digits.
const REPORT_YEARS: RangeInclusive<u16> = 1970..=9999;

/// The instants of a year.
#[derive(Debug, Clone, Copy)]
struct Year(Timestamp, Timestamp);

impl Year {
    fn of(year: u16) -> Result<Self, Refusal> {
        let days = Day::new(year, 1, 1).zip(Day::new(year, 12, 31));
        // No clock of a room tells of a time before 1970.
        let (first, last) = days
            .filter(|_| REPORT_YEARS.contains(&year))
            .ok_or_else(|| {
                let (from, to) = (REPORT_YEARS.start(), REPORT_YEARS.end());
                Refusal::invalid(format!("{year} is no year that a room can report on"))
                    .hint(format!("give one from {from} to {to}, in four digits"))
            })?;
        Ok(Self(first.begins(), last.ends()))
    }
    /// What is to be known of the figures of this year, at an instant, in a room that was founded at another.
    fn remark(
        self,
        figures: &Report,
        founded: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<String> {
        let empty = Report {
            year: figures.year,
            held_now: figures.held_now,
            ..Report::default()
        };
        if now < self.0 {
            Some("this year has not begun".to_owned())
        } else if let Some(founded) = founded.filter(|at| self.1 <= *at) {
            Some(format!(
                "the room was founded after this year, on {}",
                Day::of(founded)
            ))
        } else if now < self.1 {
            Some(format!(
                "this year is not over: these are its figures until {now}"
            ))
        } else {
            (*figures == empty).then(|| "nothing was done in this year that is counted".to_owned())
        }
    }
    fn has(self, at: Timestamp) -> bool {
        self.0 <= at && at < self.1
    }
}

impl Core {
    /// Counts what was done in a year.
    pub(crate) fn report(&self, asking: &Asking, ask: ReportQuery) -> Result<Report, Stop> {
        let year = Year::of(ask.year)?;
        let (places, challenges, mut report) = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            let challenges = state.challenges.iter().filter(|c| year.has(c.at));
            let challenges: Vec<Challenge> = challenges.copied().collect();
            let report = self.of_the_state(&state, ask.year, year);
            (self.places(&state), challenges, report)
        };
        let permit = self.look(asking, Look::Report, None)?;
        report.challenges = self.challenge_figures(&permit, asking, &challenges)?;
        self.count_looks(&permit, asking, year, &mut report)?;
        for place in places {
            let event = self.stored_event(place.event)?;
            if year.has(event.at) {
                self.count(&permit, asking, &event, &mut report)?;
            }
        }
        let first = self.trail().at(0);
        let founded = first.map(|id| self.stored_event(id)).transpose()?;
        report.remark = year.remark(&report, founded.map(|event| event.at), self.now());
        Ok(report)
    }

    /// What the state tells without any event.
    fn of_the_state(&self, state: &State, number: u16, year: Year) -> Report {
        let now = self.now();
        let mut report = Report {
            year: number,
            held_now: state
                .records
                .in_order()
                .filter(|r| !r.holds.is_empty())
                .count(),
            disclosures: disclosure_figures(&state.disclosures, state.policy.terms(), now, |at| {
                year.has(at)
            }),
            ..Report::default()
        };
        for request in state.approvals.iter().filter(|r| year.has(r.at)) {
            let act = ruled(&request.asked).word().to_owned();
            count_request(&mut report.requests, request, now);
            count_request(report.requests_by_act.entry(act).or_default(), request, now);
        }
        report
    }

    /// Counts what was done to a record.
    fn count(
        &self,
        permit: &Permit,
        asking: &Asking,
        event: &StoredEvent,
        report: &mut Report,
    ) -> Result<(), Fault> {
        let (count, by_reason, by_practice) = match &event.act {
            Act::Filed(filed) => {
                if let Some(level) = highest_level(&self.state().policy, filed) {
                    *report.placements_by_level.entry(level).or_default() += 1;
                }
                (
                    &mut report.placements,
                    &mut report.placements_by_reason,
                    &mut report.placements_by_practice,
                )
            }
            Act::Restricted { .. } => (
                &mut report.restrictions,
                &mut report.restrictions_by_reason,
                &mut report.restrictions_by_practice,
            ),
            other => {
                let count = match other.word() {
                    "corrected" => &mut report.corrections,
                    "withdrawn" => &mut report.withdrawals,
                    "destroyed" => &mut report.destructions,
                    "lowered" => &mut report.lowerings,
                    "hold-placed" => &mut report.holds_placed,
                    "hold-released" => &mut report.holds_released,
                    _ => return Ok(()),
                };
                *count += 1;
                return Ok(());
            }
        };
        *count += 1;
        let said = self.said(permit, asking, event)?;
        if let Some(statement) = said.statement() {
            *by_reason.entry(statement.reason.clone()).or_default() += 1;
            if let Some(practice) = statement.practice {
                *by_practice.entry(practice.to_string()).or_default() += 1;
            }
        }
        Ok(())
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

    /// How often inspectors looked into the docket in a year, and what they asked it about meetings: whoever fishes there
    /// does so before the eyes of the others. Also of those who have left.
    fn count_looks(
        &self,
        permit: &Permit,
        asking: &Asking,
        year: Year,
        report: &mut Report,
    ) -> Result<(), Fault> {
        let events: Vec<EventId> = {
            let state = self.state();
            let trail = self.trail();
            let inspectors = state.people.iter();
            let inspectors = inspectors.filter(|p| p.roles.contains(&Role::Inspector));
            inspectors.flat_map(|p| trail.of_person(p.id)).collect()
        };
        let mut questions = Vec::new();
        for event in events {
            let event = self.stored_event(event)?;
            if !matches!(event.act, Act::DocketShown { .. }) || !year.has(event.at) {
                continue;
            }
            let by = self.state().people.name_of(event.actor);
            report.looks += 1;
            *report.looks_by.entry(by.clone()).or_default() += 1;
            if let Some(words) = self.field_for_inspectors(permit, asking, &event, STATEMENT)? {
                let words: LookWords = decode(&words)
                    .map_err(|_| Fault::Damaged("the words of a question have another form"))?;
                questions.push((
                    event.at,
                    QuestionPut {
                        by,
                        at: event.at.to_string(),
                        asked: words.asked,
                        because: words.because,
                    },
                ));
            }
        }
        questions.sort_by_key(|(at, _)| *at);
        let newest = questions.len().saturating_sub(LIST_MAX);
        let newest = questions.drain(newest..).map(|(_, question)| question);
        report.questions = newest.collect();
        Ok(())
    }
}

/// The highest level under which a record was filed.
fn highest_level(policy: &Policy, filed: &Filed) -> Option<String> {
    let words = filed.groups.iter().filter(|g| g.holds.portions());
    let label = join(words.map(|g| &g.label))?;
    let levels = policy.levels().iter().rev();
    let mut levels = levels.filter(|level| label.levels().contains(level.name()));
    levels.next().map(|level| level.name().to_string())
}

fn count_request(figures: &mut RequestFigures, request: &Request, now: Timestamp) {
    figures.asked += 1;
    let became = match request.ended {
        Some((Ended::Done, _)) => &mut figures.carried_out,
        Some((Ended::Denied, _)) => &mut figures.denied,
        Some((Ended::TakenBack, _)) => &mut figures.taken_back,
        Some((Ended::Void, _)) => &mut figures.void,
        None if request.waits(now) => &mut figures.waiting,
        None => &mut figures.expired,
    };
    *became += 1;
}
