//! The marking policy from one version to the next.
//!
//! What was in it stays ([`Policy::change_to`]), so every label reads as before. Each level and value that is new gets its
//! key pair in the event that brings it, dealt to the key holders like every other; whoever asked for it holds it first, and
//! has others cleared for it as for anything else.

use strongroom_label::{AtomName, Policy};
use strongroom_record::approval::{Asked, PolicyChanged};
use strongroom_record::event::StoredEvent;
use strongroom_record::recovery::Recover;
use strongroom_record::{Timestamp, decode};
use strongroom_seal::{AtomPublic, AtomRole};

use super::State;
use crate::laws::Law;
use crate::limits::POLICY_ASKED_MAX_BYTES;

type Broken = &'static str;

impl State {
    /// The next version of the policy, if a text is one.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(crate) fn may_change_to(&self, text: &str) -> Result<Policy, Broken> {
        if text.len() > POLICY_ASKED_MAX_BYTES {
            return Err("a marking policy is asked for that is longer than one may be");
        }
        let next =
            Policy::from_toml(text).map_err(|_| "a marking policy is asked for that is none")?;
        Law::PolicyIsOther.ensure(next != self.policy)?;
        Law::PolicyKeepsAll.ensure(self.policy.change_to(&next).is_ok())?;
        Ok(next)
    }

    /// What needs a key in the next version, and has none, in the order of the names.
    pub(crate) fn unkeyed(&self, next: &Policy) -> Vec<AtomName> {
        let has_none = |name: &&AtomName| self.atoms.named(name).is_none();
        next.atoms().iter().filter(has_none).cloned().collect()
    }

    /// Whether the key holders are being replaced: what they give then are the keys there were when it was asked for.
    pub(crate) fn is_dealt_anew(&self, now: Timestamp) -> bool {
        let living = self.recoveries.living(now);
        let replaces = |what: &Recover| matches!(what, Recover::KeyHolders { .. });
        living.into_iter().any(|recovery| replaces(&recovery.what))
    }

    pub(super) fn policy_changed(
        &mut self,
        event: &StoredEvent,
        changed: &PolicyChanged,
    ) -> Result<(), Broken> {
        let next = self.may_change_to(&changed.policy)?;
        let is =
            |asked: &Asked| matches!(asked, Asked::Policy { policy } if *policy == changed.policy);
        let asker = self.carried_out(Some(changed.request), event, is)?.by;
        let unkeyed = self.unkeyed(&next);
        if !unkeyed.is_empty() && self.is_dealt_anew(event.at) {
            return Err("an atom was made while all were being dealt anew");
        }
        let made: Result<Vec<AtomRole>, Broken> = (changed.made.iter())
            .map(|born| {
                let atom: AtomPublic = decode(&born.public)
                    .map_err(|_| "an atom's public key in it cannot be read")?;
                Ok(atom.name)
            })
            .collect();
        if made? != unkeyed.into_iter().map(AtomRole::Label).collect::<Vec<_>>() {
            return Err("atoms were made for something else than what is new in the policy");
        }
        let to_asker = |holders: &[_]| matches!(holders, [(holder, _)] if *holder == asker);
        if !changed.made.iter().all(|born| to_asker(&born.holdings)) {
            return Err("a new atom was sealed to others than who asked for it");
        }
        // Whatever was compiled against the version before is compiled anew.
        self.labels.compile(&next)?;
        self.people.compile(&next)?;
        self.policy = next;
        changed
            .made
            .iter()
            .try_for_each(|born| self.atom_made(born))
    }
}
