//! Asking for what takes more hands.

use std::collections::BTreeSet;

use strongroom_record::approval::{ApprovalAsked, Asked};
use strongroom_record::event::{Act, Role, Statement};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::{ApprovalRequestId, AtomId, Timestamp};

use super::{kinds, policy};
use crate::api::{RequestAsk, RequestFor, RequestMade};
use crate::command::Command;
use crate::due::kept_so;
use crate::fault::Stop;
use crate::filing::checked_statement;
use crate::guard::{Asking, Core};
use crate::laws::Law;
use crate::people::{cleared_for, confirmed_named};
use crate::refusal::{Code, Refusal};
use crate::rules::{Ruled, Rules, Who};
use crate::state::{Person, State};

impl Core {
    /// Asks for something that takes more hands.
    pub(crate) fn request_ask(
        &self,
        asking: &Asking,
        ask: &RequestAsk,
    ) -> Result<RequestMade, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "ask", ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        let asked = self.asked_for(asking, &state, person, &ask.ask, || {
            self.not_done_before(asking, &state, request)
        })?;
        let reason = ask.reason.as_deref();
        let authority = ask.authority.clone();
        let statement = statement(&state, person, &asked, reason, authority, &ask.because)?;
        let mut command = self.command(asking, request);
        let made = self.put_request(asking, &state, &mut command, asked, &statement)?;
        self.enact(&mut state, command, asking.signer())?;
        self.call_for(&state, &made);
        Ok(made)
    }

    /// What is meant, in the view of who asks. That nothing was done for the request before is asked after the right to
    /// ask, and before what there is to be seen.
    fn asked_for(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        ask: &RequestFor,
        new: impl Fn() -> Result<(), Stop>,
    ) -> Result<Asked, Stop> {
        match ask {
            RequestFor::Clear { name, clearance } => {
                by_rule(state, person, Ruled::Clear)?;
                new()?;
                let subject = confirmed_named(state, name)?;
                let atoms: BTreeSet<AtomId> = cleared_for(state, subject, clearance)?
                    .into_iter()
                    .collect();
                Ok(Asked::Clear {
                    person: subject.id,
                    atoms: atoms.into_iter().collect(),
                })
            }
            RequestFor::Destroy { record } => {
                by_rule(state, person, Ruled::Destroy)?;
                new()?;
                let record = self.resolve(state, person, record)?;
                self.may_destroy(state, record)?;
                Ok(Asked::Destroy { record: record.id })
            }
            RequestFor::Withdraw { record } => {
                by_rule(state, person, Ruled::Withdraw)?;
                new()?;
                let record = self.resolve(state, person, record)?;
                Law::RecordStands
                    .ensure(record.withdrawn.is_none())
                    .map_err(|_| Refusal::withdrawn())?;
                Ok(Asked::Withdraw { record: record.id })
            }
            RequestFor::Rules { rules } => {
                by_rule(state, person, Ruled::Rules)?;
                new()?;
                let given = Rules::asked(rules).map_err(|e| {
                    Refusal::new(Code::Unfit, format!("these are no approval rules: {e}"))
                        .hint("`rules show` prints those in force, to begin from")
                })?;
                routes_reach_somebody(state, &given)?;
                Ok(Asked::Rules {
                    rules: rules.clone(),
                })
            }
            RequestFor::Policy { policy } => {
                by_rule(state, person, Ruled::Policy)?;
                new()?;
                policy::checked(state, person, policy)?;
                Ok(Asked::Policy {
                    policy: policy.clone(),
                })
            }
            RequestFor::Acting {
                deputy,
                principal,
                until,
            } => {
                new()?;
                let until = beginning_of(until)?;
                let deputy = confirmed_named(state, deputy)?.id;
                let principal = match principal {
                    Some(name) => confirmed_named(state, name)?.id,
                    None => person.id,
                };
                Law::AskerIsNamed
                    .ensure(principal == person.id || person.may(Role::SecurityOfficer))
                    .map_err(|_| {
                        Refusal::not_allowed(Role::SecurityOfficer.word())
                            .hint("whom somebody stands for asks for it, or a security officer")
                    })?;
                if until <= self.now() {
                    let began = "it would end before it began: it lasts until the day that is named begins, in UTC";
                    return Err(Refusal::invalid(began).hint("name a later day").into());
                }
                Ok(Asked::Acting {
                    deputy,
                    principal,
                    until,
                })
            }
            RequestFor::Lower {
                record,
                to,
                portions,
            } => {
                by_rule(state, person, Ruled::Lower)?;
                new()?;
                self.lower_asked(asking, state, (record, to, portions))
            }
            RequestFor::Undo { record } => {
                by_rule(state, person, Ruled::UndoRestriction)?;
                asking.may(state, Role::RecordsOfficer)?;
                new()?;
                self.undo_asked(state, person, record)
            }
            RequestFor::ReleaseHold { record, hold } => {
                by_rule(state, person, Ruled::ReleaseHold)?;
                new()?;
                self.release_asked(state, person, record, hold.as_deref())
            }
            RequestFor::Schedule {
                record,
                schedule,
                declassify_on,
                downgrade,
            } => {
                by_rule(state, person, Ruled::Schedule)?;
                new()?;
                let record = self.standing(state, person, record)?;
                let said = (schedule.as_deref(), declassify_on.as_deref());
                let seen = record.newest_admitted(&state.labels, &person.bits);
                let seen = seen.iter().map(|g| state.labels.get(g.label).as_ref());
                let (schedule, due) = kept_so(&state.policy, said, downgrade.as_ref(), seen)?;
                Ok(Asked::Schedule {
                    record: record.id,
                    schedule,
                    due,
                })
            }
        }
    }

    /// Puts a request into a command: what is asked for, and why.
    pub(crate) fn put_request(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        asked: Asked,
        statement: &Statement,
    ) -> Result<RequestMade, Stop> {
        let person = asking.active(state)?;
        let now = self.now();
        let same = state
            .approvals
            .waiting(now)
            .into_iter()
            .find(|r| r.asked == asked && state.is_unchanged(r) && state.shows(r, person, now));
        if let Some(same) = same {
            let who = match same.by == person.id {
                true => "you asked".to_owned(),
                false => format!("{} asked", state.people.name_of(Some(same.by))),
            };
            Law::AskedOnce.ensure(false).map_err(|_| {
                Refusal::new(
                    Code::Conflict,
                    format!(
                        "{who} for that already, at {}: request {}",
                        same.at, same.id
                    ),
                )
                .hint(
                    "`requests` shows who may approve it; `withdraw-request` takes one's own back",
                )
            })?;
        }
        state.may_ask(person, &asked, now).map_err(|rule| {
            Refusal::new(
                Code::Conflict,
                format!("this cannot be asked for now: {rule}"),
            )
        })?;
        let (basis, _) = state.basis_for(&asked, person).map_err(|rule| {
            Refusal::new(
                Code::Conflict,
                format!("this cannot be asked for now: {rule}"),
            )
        })?;
        let within = rule_of(state, kinds::ruled(&asked))?.within;
        let id = ApprovalRequestId::random(&mut command.dice);
        let until = now.plus(within);
        let event = command.draw_event_id();
        let mut readers = kinds::readers(state, &asked);
        readers.persons.insert(person.id);
        let sealed = self.seal_reason(asking, state, command, event, &readers, statement)?;
        let act = Act::ApprovalAsked(Box::new(ApprovalAsked {
            request: id,
            asked,
            basis,
            until,
        }));
        command.event_as(event, act, vec![sealed]);
        Ok(RequestMade {
            id: id.to_string(),
            until: until.to_string(),
            receipt: event.to_string(),
        })
    }
}

/// The beginning of a day, as people write it.
fn beginning_of(day: &str) -> Result<Timestamp, Refusal> {
    Timestamp::parse_day(day).ok_or_else(|| {
        Refusal::invalid(format!("{day:?} is no day")).hint("write it as `2026-12-01`, in UTC")
    })
}

/// That each route that is new or other than before leads to an inspector whom it names: else what comes by it would go to
/// every inspector, him included whom it was to go round.
fn routes_reach_somebody(state: &State, given: &Rules) -> Result<(), Refusal> {
    let present = state.rules.as_ref();
    let mut other = given.routes().iter();
    let lost = other.find(|route| {
        let same = present.and_then(|rules| rules.route(&route.name)) == Some(*route);
        !same && state.names_no_inspector(route)
    });
    let Some(route) = lost else { return Ok(()) };
    Err(Refusal::invalid(format!(
        "the route {} names {}, and none of them is an inspector who holds the inspectors' key: what comes by it would go to every inspector",
        route.name.as_str(),
        route.inspectors.join(", ")
    ))
    .hint("name one at least who is (`clearance grant NAME inspectors` gives the key), or leave inspectors out, which says: every inspector"))
}

/// The rule for an act. A room that is open has rules.
pub(super) fn rule_of(state: &State, act: Ruled) -> Result<&crate::rules::Rule, Refusal> {
    state
        .rules()
        .map(|rules| rules.of(act))
        .map_err(|rule| Refusal::new(Code::Conflict, rule))
}

/// Whether a person may ask for something of this kind, as far as roles decide that.
pub(crate) fn by_rule(state: &State, person: &Person, act: Ruled) -> Result<(), Refusal> {
    let rule = rule_of(state, act)?;
    let roles: Vec<Role> = rule
        .asks
        .iter()
        .filter_map(|who| match who {
            Who::Role(role) => Some(*role),
            Who::Holder | Who::Author | Who::Principal => None,
        })
        .collect();
    // Who is called otherwise, what is asked for decides.
    let named = roles.len() < rule.asks.len() || roles.iter().any(|role| person.may(*role));
    Law::AskerIsNamed.ensure(named).map_err(|_| {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        Refusal::not_allowed(&words.join(" or "))
    })
}

/// Whether a person may let others in, as far as roles decide that.
pub(crate) fn may_let_in(state: &State, person: &Person) -> Result<(), Refusal> {
    let rule = rule_of(state, Ruled::Admit)?;
    let named = rule.needs.iter().flat_map(|need| &need.from);
    let roles: Vec<Role> = named
        .filter_map(|who| match who {
            Who::Role(role) => Some(*role),
            Who::Holder | Who::Author | Who::Principal => None,
        })
        .collect();
    let named = roles.iter().any(|role| person.may(*role));
    Law::AdmittedByNamed.ensure(named).map_err(|_| {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        Refusal::not_allowed(&words.join(" or "))
    })
}

/// Why something is asked for. About a record, with a reason of the policy; about a person or the room, in words.
pub(crate) fn statement(
    state: &State,
    person: &Person,
    asked: &Asked,
    reason: Option<&str>,
    authority: Option<String>,
    because: &str,
) -> Result<Statement, Refusal> {
    let roles: Vec<&str> = person.roles.iter().map(|role| role.word()).collect();
    let authority = authority.unwrap_or_else(|| match asked.record() {
        Some(_) => format!("records officer {}", person.name),
        None => format!("{} {}", roles.join(", "), person.name),
    });
    let statement = Statement {
        reason: reason.unwrap_or_default().to_owned(),
        authority,
        because: because.to_owned(),
        from_system: None,
        already_held_by: Vec::new(),
        override_because: None,
        practice: None,
    };
    if asked.record().is_some() {
        return checked_statement(&state.policy, statement);
    }
    if reason.is_some() {
        return Err(Refusal::invalid(
            "a reason of the policy goes with a request about a record; say why in words",
        ));
    }
    checked_words(&statement.because)?;
    checked_words(&statement.authority)?;
    Ok(statement)
}

/// Words that say why.
pub(crate) fn checked_words(words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::invalid(
            "say why, in words (--because): who approves is to know",
        ));
    }
    if words.len() > STATEMENT_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!("a statement has at most {STATEMENT_MAX_BYTES} bytes"),
        ));
    }
    Ok(())
}
