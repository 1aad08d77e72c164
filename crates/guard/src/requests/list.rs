//! Showing requests, each as far as the one who looks may see it, and the rules.

use strongroom_record::event::{Act, Role};
use strongroom_record::{EventId, RecordId, Timestamp};

use super::kinds;
use super::reasons::DueReason;
use super::view::Stage;
use crate::api::{AgreedShown, PolicyShown, RequestRow, RequestRows, RequestsQuery, RulesShown};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::LIST_MAX;
use crate::opening::Permit;
use crate::reading::join;
use crate::rules::Rule;
use crate::state::{Outcome, Person, Request, State};

/// A request as a listing found it.
struct Found {
    row: RequestRow,
    why: DueReason,
    denied: Option<DueReason>,
}

impl Core {
    /// Lists the requests that wait, or shows one.
    pub(crate) fn requests_show(
        &self,
        asking: &Asking,
        ask: &RequestsQuery,
    ) -> Result<RequestRows, Stop> {
        let (found, recoveries, submitted) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let now = self.now();
            let requests = match &ask.id {
                Some(id) => vec![state.request_named(person, id, now)?],
                None => waiting_for(&state, person, now),
            };
            // What the key holders decide waits beside them.
            let recoveries = match ask.id {
                Some(_) => Vec::new(),
                None => self.recoveries_known(&state, person),
            };
            let mut found = Vec::new();
            let mut records: Vec<RecordId> = Vec::new();
            for request in requests.into_iter().take(LIST_MAX) {
                found.push(self.find_request(asking, &state, person, request, now)?);
                let record = request.asked.record();
                records.extend(record.filter(|record| !records.contains(record)));
            }
            let mut command = self.command(asking, None);
            command.event(Act::Listed { records });
            (found, recoveries, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let state = self.state();
        let row = |found: Found| -> Result<RequestRow, Fault> {
            let denied = found.denied.as_ref();
            let denied = denied
                .map(|due| self.reason_shown(&permit, &state, asking.person(), due))
                .transpose()?;
            Ok(RequestRow {
                why: self.reason_shown(&permit, &state, asking.person(), &found.why)?,
                denied: denied.flatten(),
                ..found.row
            })
        };
        let requests = found.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(RequestRows {
            requests,
            recoveries,
        })
    }

    fn find_request(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        request: &Request,
        now: Timestamp,
    ) -> Result<Found, Stop> {
        let stage = state.stage(request, person, now);
        let agreed = |(by, acting_for, event): (_, Option<_>, EventId)| -> Result<_, Fault> {
            Ok(AgreedShown {
                by: state.people.name_of(Some(by)),
                acting_for: acting_for.map(|id| state.people.name_of(Some(id))),
                at: self.stored_event(event)?.at.to_string(),
            })
        };
        let agreed = kinds::agreed_shown(state, request, person)
            .into_iter()
            .map(|a| agreed((a.person, a.acting_for, a.event)))
            .collect::<Result<_, _>>()?;
        // To whoever's part of it is given it is done, whatever others did about the rest.
        let denied = match request.ended {
            Some((Outcome::Denied, event)) if stage == Stage::Ended(Outcome::Denied) => Some(event),
            _ => None,
        };
        let record = request.asked.record();
        let cleared = state.may_know(request, person);
        let seen = record
            .and_then(|id| state.records.get(id))
            .filter(|_| cleared);
        let banner = seen.and_then(|record| {
            let groups = record.admitted(&state.labels, &person.bits);
            let label = join(groups.map(|g| state.labels.get(g.label).as_ref()));
            label.map(|label| state.policy.banner(&label))
        });
        let rule = super::ask::rule_of(state, kinds::ruled(&request.asked))?;
        let row = RequestRow {
            id: request.id.to_string(),
            what: kinds::ruled(&request.asked).word().to_owned(),
            lines: kinds::shown(state, request, person),
            record: record.map(|id| id.to_string()),
            banner,
            by: state.people.name_of(Some(request.by)),
            at: request.at.to_string(),
            until: request.until.to_string(),
            stage: stage.word().to_owned(),
            yours: stage == Stage::Waiting && state.decides_as(request, person, now).is_ok(),
            agreed,
            needs: needs(rule),
            why: None,
            denied: None,
        };
        Ok(Found {
            row,
            why: self.due_reason(asking, state, person, request.event)?,
            denied: denied
                .map(|event| self.due_reason(asking, state, person, event))
                .transpose()?,
        })
    }

    /// The approval rules in force.
    pub(crate) fn rules_show(&self, asking: &Asking) -> Result<RulesShown, Stop> {
        let state = self.state();
        asking.active(&state)?;
        let rules = state.rules.as_ref().map(|rules| rules.text().to_owned());
        let (needed, of) = (state.key_holders.quorum(), state.key_holders.cards().len());
        let quorum = format!("{needed} of {of} key holders");
        Ok(RulesShown {
            rules: rules.unwrap_or_default(),
            key_holders: vec![
                format!("recover: {quorum}, whoever asks; each gives with `key-holder give`"),
                format!(
                    "restore: {quorum}, as they were at the backup; each gives with `key-holder give`, before the room is open"
                ),
            ],
        })
    }

    /// The marking policy in force. It names every value there is, so it is for those who clear for them.
    pub(crate) fn policy_show(&self, asking: &Asking) -> Result<PolicyShown, Stop> {
        let state = self.state();
        asking.may(&state, Role::SecurityOfficer)?;
        Ok(PolicyShown {
            policy: state.policy.source().to_owned(),
        })
    }
}

/// The requests that wait and that somebody may know of, the oldest first.
fn waiting_for<'s>(state: &'s State, person: &Person, now: Timestamp) -> Vec<&'s Request> {
    let waiting = state.approvals.waiting(now).into_iter();
    let shows = |request: &&Request| {
        let shows = state.shows(request, person, now);
        #[cfg(feature = "planted-leaks")]
        let shows = shows || crate::planted::waiting();
        shows
    };
    waiting
        .filter(shows)
        .filter(|request| {
            matches!(
                state.stage(request, person, now),
                Stage::Waiting | Stage::Void
            )
        })
        .collect()
}

/// How many requests wait for somebody to decide on them.
pub(crate) fn to_decide(state: &State, person: &Person, now: Timestamp) -> usize {
    let waiting = waiting_for(state, person, now).into_iter();
    let waiting = waiting.filter(|r| state.stage(r, person, now) == Stage::Waiting);
    let decides = |r: &&Request| state.decides_as(r, person, now).is_ok();
    waiting.filter(decides).count()
}

/// Whose approvals a rule asks for, in words.
fn needs(rule: &Rule) -> Vec<String> {
    let need = |need: &crate::rules::Need| {
        let from: Vec<&str> = need.from.iter().map(|who| who.word()).collect();
        format!("{} from {}", need.approvals, from.join(" or "))
    };
    rule.needs.iter().map(need).collect()
}
