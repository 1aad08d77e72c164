//! Requests: everything that takes more hands than one, by one mechanism.
//!
//! ```text
//! ask ─▶ ApprovalAsked ─▶ approve ─▶ Approved ─┬▶ more are needed: it waits
//!                                              └▶ the last: carried out, in the same command and session
//! ```
//!
//! Who may ask and whose approvals it takes are the room's rules (`rules`); what holds for every request is in
//! `state::requests`, which both the fold and these functions ask; what is particular to one kind is in [`kinds`], and
//! what is done in `carry_out`.
//!
//! For whom a request is not, there is none: not its id, not its number, not a refusal of its own. It is for its asker
//! and for those whose approval the rules ask for, as long as they are cleared for what it is about; and for
//! inspectors, who see that, who and why.

mod acting;
mod ask;
mod carry_out;
mod decide;
mod depart;
mod keep;
pub(crate) mod kinds;
mod list;
mod policy;
mod reasons;
mod view;

pub(crate) use ask::{by_rule, checked_words, may_let_in, statement};
pub(crate) use list::to_decide;
pub(crate) use reasons::{DueReason, Readers};
use std::collections::BTreeSet;
use std::sync::PoisonError;

use strongroom_record::event::Act;

use crate::api::RequestMade;
use crate::fault::Fault;
use crate::guard::{Core, Guard};
use crate::refusal::{Code, Refusal};
use crate::rules::DEFAULT;
use crate::state::{Person, State};

impl Core {
    /// A room that was founded before there were approval rules gets those of this program, once, before anything else
    /// is done in it.
    pub(crate) fn adopt_rules(&self) -> Result<(), Fault> {
        if self.state().rules.is_some() {
            return Ok(());
        }
        let mut state = self.state_mut();
        if state.rules.is_some() {
            return Ok(());
        }
        let mut command = self.command_of_nobody("approval rules");
        command.event(Act::RulesInForce {
            rules: DEFAULT.to_owned(),
            request: None,
        });
        self.enact(&mut state, command, None)
    }
}

impl Core {
    /// Notes for whom a request waits that was just made, for whoever runs the room to tell them.
    pub(crate) fn call_for(&self, state: &State, made: &RequestMade) {
        let request = made.id.parse().ok().and_then(|id| state.approvals.get(id));
        let Some(request) = request else {
            return;
        };
        let now = self.now();
        let decides = |p: &&Person| {
            let decides = state.shows(request, p, now) && state.decides_as(request, p, now).is_ok();
            #[cfg(feature = "planted-leaks")]
            let decides = decides || crate::planted::called(state, request, p);
            decides
        };
        let names = state.people.iter().filter(decides).map(|p| p.name.clone());
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        called.extend(names);
    }
}

impl Guard {
    /// The account names for whom a request came to wait since this was asked last. Nothing is told of what waits.
    pub fn called(&self) -> BTreeSet<String> {
        let called = &self.core().called;
        std::mem::take(&mut *called.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The one answer for every request that is not in the asker's view, whatever the cause.
fn no_such_request() -> Refusal {
    Refusal::new(Code::NotFound, "there is no such request in your view")
        .hint("`requests` lists those that wait and that you may know of")
}
