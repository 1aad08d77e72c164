//! Approving, denying, and taking back.

use strongroom_record::PersonId;
use strongroom_record::approval::{Approval, Asked};
use strongroom_record::event::{Act, Statement};

use super::ask::checked_words;
use super::kinds::part_given;
use super::reasons::Readers;
use super::view::Stage;
use crate::api::{Approve, Deny, RequestDecided, RequestTakeBack};
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::laws::Law;
use crate::refusal::{Code, Refusal};
use crate::state::{Person, Request, State};

impl Core {
    /// Agrees to a request. The last approval that is needed carries it out.
    pub(crate) fn approve(&self, asking: &Asking, ask: &Approve) -> Result<RequestDecided, Stop> {
        let requested = asking.request(self.room, ask.request.as_deref(), "approve", ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        self.not_done_before(asking, &state, requested)?;
        let (request, acting_for) = self.to_decide(&state, person, &ask.id)?;
        let mut command = self.command(asking, requested);
        let event = command.event(Act::Approved(Approval {
            request: request.id,
            digest: request.digest(),
            acting_for,
        }));
        let mut done = Vec::new();
        if self.is_last(&state, request, (person, acting_for)) {
            done = self.carry_out_request(asking, &state, &mut command, request)?;
        }
        let destroys = matches!(request.asked, Asked::Destroy { .. }) && !done.is_empty();
        let decided = RequestDecided {
            id: request.id.to_string(),
            decided: "approved".to_owned(),
            carried_out: !done.is_empty(),
            done,
            receipt: event.to_string(),
        };
        let leaves = match (&request.asked, decided.carried_out) {
            (Asked::Depart { person }, true) => Some(*person),
            _ => None,
        };
        self.enact(&mut state, command, asking.signer())?;
        if destroys {
            self.wipe_due(&mut state)?;
        }
        if let Some(person) = leaves {
            self.sessions.end_of(person);
        }
        Ok(decided)
    }

    /// Whether something can be carried out once this person has agreed.
    fn is_last(
        &self,
        state: &State,
        request: &Request,
        (person, acting_for): (&Person, Option<PersonId>),
    ) -> bool {
        match &request.asked {
            // Each atom for itself, by somebody who holds it.
            Asked::Clear { .. } => !state.atoms_approved(request, Some(person)).is_empty(),
            _ => state.is_approved(request, Some((person, acting_for))),
        }
    }

    /// Refuses to agree: nothing comes of the request.
    pub(crate) fn deny(&self, asking: &Asking, ask: &Deny) -> Result<RequestDecided, Stop> {
        let requested = asking.request(self.room, ask.request.as_deref(), "deny", ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        self.not_done_before(asking, &state, requested)?;
        checked_words(&ask.because)?;
        let (request, _) = self.to_decide(&state, person, &ask.id)?;
        let statement = Statement {
            reason: String::new(),
            authority: person.name.clone(),
            because: ask.because.clone(),
            from_system: None,
            already_held_by: Vec::new(),
            override_because: None,
            practice: None,
        };
        // Whoever's part of it is given is not told of what others were asked for.
        let now = self.now();
        let waits = |id: &PersonId| {
            let person = state.people.active(*id);
            person.is_some_and(|person| state.stage(request, person, now) == Stage::Waiting)
        };
        let agreed = request.agreed.iter().map(|agreed| agreed.person);
        let agreed = agreed.filter(waits);
        let readers = Readers {
            labels: request.seen.iter().cloned().collect(),
            persons: agreed.chain([request.by, person.id]).collect(),
            ..Readers::default()
        };
        let mut command = self.command(asking, requested);
        let event = command.draw_event_id();
        let sealed = self.seal_reason(asking, &state, &mut command, event, &readers, &statement)?;
        let act = Act::Denied {
            request: request.id,
        };
        command.event_as(event, act, vec![sealed]);
        let decided = RequestDecided {
            id: request.id.to_string(),
            decided: "denied".to_owned(),
            carried_out: false,
            done: part_given(&state, request, person).into_iter().collect(),
            receipt: event.to_string(),
        };
        self.enact(&mut state, command, asking.signer())?;
        Ok(decided)
    }

    /// Takes back what the asker asked for: from now on nothing is done for it. What part of a clearance was given stays.
    pub(crate) fn request_take_back(
        &self,
        asking: &Asking,
        ask: &RequestTakeBack,
    ) -> Result<RequestDecided, Stop> {
        let requested = asking.request(self.room, ask.request.as_deref(), "take-back", ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        self.not_done_before(asking, &state, requested)?;
        #[cfg(feature = "planted-leaks")]
        crate::planted::asked(&state, &ask.id)?;
        let request = state.request_named(person, &ask.id, self.now())?;
        state.ensure_open(request, person, self.now())?;
        Law::TakenBackByAsker
            .ensure(request.by == person.id)
            .map_err(|_| {
                let by = state.people.name_of(Some(request.by));
                Refusal::new(
                    Code::NotAllowed,
                    format!("{by} asked for this; nobody else takes that back"),
                )
                .hint("who may approve it may also `deny` it")
            })?;
        let id = request.id;
        let done = part_given(&state, request, person).into_iter().collect();
        let mut command = self.command(asking, requested);
        let event = command.event(Act::RequestTakenBack { request: id });
        self.enact(&mut state, command, asking.signer())?;
        Ok(RequestDecided {
            id: id.to_string(),
            decided: "taken-back".to_owned(),
            carried_out: false,
            done,
            receipt: event.to_string(),
        })
    }

    /// The request that somebody decides on, and for whom: in view, waiting, and the decision that person's.
    fn to_decide<'s>(
        &self,
        state: &'s State,
        person: &Person,
        text: &str,
    ) -> Result<(&'s Request, Option<PersonId>), Refusal> {
        let now = self.now();
        #[cfg(feature = "planted-leaks")]
        crate::planted::decided(state, text)?;
        let request = state.request_named(person, text, now)?;
        state.ensure_open(request, person, now)?;
        Law::Unchanged
            .ensure(state.is_unchanged(request))
            .map_err(|_| Stage::Void.refusal())?;
        let acting_for = state
            .decides_as(request, person, now)
            .map_err(|law| not_yours(law, request, person))?;
        Ok((request, acting_for))
    }
}

/// Why a decision is not a person's.
fn not_yours(law: Law, request: &Request, person: &Person) -> Refusal {
    let agreed = || request.agreed.iter().any(|a| a.person == person.id);
    let (what, hint) = match law {
        Law::NotOwn if request.by == person.id => (
            "you asked for this; somebody else is to decide".to_owned(),
            "`requests` says whose approvals it takes; `withdraw-request` takes it back",
        ),
        Law::NotTwice if agreed() => (
            "you approved this already; it waits for somebody else".to_owned(),
            "`requests` says whose approvals it takes",
        ),
        Law::NotOwn => (
            "you and who asked for this are one hand, as one of you stands or stood for the other: somebody else is to decide"
                .to_owned(),
            "`requests` says whose approvals it takes; `acting list` shows who stands for whom",
        ),
        law => (
            format!("this is not for you to decide: {}", law.sentence()),
            "`requests` says whose approvals it takes, `rules show` why",
        ),
    };
    Refusal::new(Code::NotAllowed, what).hint(hint)
}
