//! Changing the marking policy: to a next version of it, in which everything stays that was in it.
//!
//! Whether a text is one is decided by the two texts alone and never by what is in use, so that nobody learns from a refusal
//! which markings records bear. A marking is named to who may know of all of them.

use strongroom_label::Policy;
use strongroom_record::approval::PolicyChanged;
use strongroom_record::event::{Act, AtomBorn, Role};
use strongroom_record::{AtomId, PersonId};
use strongroom_seal::{AtomRole, atom};

use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::guard::Core;
use crate::laws::Law;
use crate::limits::POLICY_ASKED_MAX_BYTES;
use crate::recovery::dealing;
use crate::refusal::{Code, Refusal};
use crate::state::{FIRST_EPOCH, Person, Request, State};

/// Whether a text may be asked for as the next version of the policy.
pub(super) fn checked(state: &State, person: &Person, text: &str) -> Result<Policy, Refusal> {
    if text.len() > POLICY_ASKED_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!(
                "a marking policy that is asked for has at most {POLICY_ASKED_MAX_BYTES} bytes"
            ),
        ));
    }
    let next = Policy::from_toml(text)
        .map_err(|e| Refusal::new(Code::Unfit, format!("this is no marking policy: {e}")))?;
    Law::PolicyIsOther
        .ensure(next != state.policy)
        .map_err(|_| Refusal::new(Code::Conflict, "this policy is in force"))?;
    let Err(loss) = state.policy.change_to(&next) else {
        return Ok(next);
    };
    Law::PolicyKeepsAll.ensure(false).map_err(|_| {
        let hidden = loss.names_a_marking() && !person.may(Role::SecurityOfficer);
        let told = match hidden {
            true => "something that may be marked is in the policy in force, and must stay as it is there: labels may bear it".to_owned(),
            false => loss.to_string(),
        };
        Refusal::new(Code::Unfit, format!("this is no next version of the policy: {told}")).hint(
            "begin from the text of the policy in force: what is in it stays; new markings, spellings, reasons and schedules may come, and terms and years may change",
        )
    })?;
    Ok(next)
}

/// What would be different, line by line.
pub(super) fn told(state: &State, next: &Policy, asker: PersonId) -> Vec<String> {
    let Ok(mut lines) = state.policy.change_to(next) else {
        return Vec::new();
    };
    if lines.is_empty() {
        lines.push("the policy stays as it is; only its comments change".to_owned());
    }
    let unkeyed = state.unkeyed(next);
    if !unkeyed.is_empty() {
        let name = state.people.name_of(Some(asker));
        let words: Vec<String> = unkeyed.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "{name} would be the first to hold, and could have others cleared for: {}",
            words.join("; ")
        ));
    }
    lines
}

impl Core {
    /// Adds to a command that the next version of the policy is in force, with a key pair for whatever is new in it.
    pub(super) fn change_policy(
        &self,
        state: &State,
        command: &mut Command<'_>,
        text: &str,
        request: &Request,
    ) -> Result<Vec<String>, Stop> {
        let next = state
            .may_change_to(text)
            .map_err(|rule| Refusal::new(Code::Conflict, rule))?;
        let asker = state.people.active(request.by);
        let asker = asker.ok_or(Fault::Missing("who asked for a policy"))?;
        let unkeyed = state.unkeyed(&next);
        if !unkeyed.is_empty() && state.is_dealt_anew(self.now()) {
            return Err(Refusal::new(
                Code::Conflict,
                "the key holders are being replaced, and get the keys that there were when that was asked for",
            )
            .hint("`recoveries` shows how far that is; approve this once it is done or withdrawn")
            .into());
        }
        let mut done = told(state, &next, request.by);
        let event = command.draw_event_id();
        let mut made: Vec<AtomBorn> = Vec::with_capacity(unkeyed.len());
        for name in unkeyed {
            let id = AtomId::random(&mut command.dice);
            let role = AtomRole::Label(name);
            let (public, private) =
                atom::make(self.suite, id, role, FIRST_EPOCH, &mut command.dice);
            let among = (state.key_holders.cards(), state.key_holders.quorum());
            let holders = [(asker.id, asker.keys.kem())];
            let pair = (&public, &private);
            let born = dealing::bring_forth(command, self.room, pair, &holders, event, among)
                .map_err(|_| Fault::Damaged("the key holders' cards"))?;
            made.push(born);
        }
        let changed = PolicyChanged {
            policy: text.to_owned(),
            made,
            request: request.id,
        };
        command.event_as(event, Act::PolicyChanged(Box::new(changed)), Vec::new());
        done.insert(
            0,
            "this version of the marking policy is in force".to_owned(),
        );
        Ok(done)
    }
}
