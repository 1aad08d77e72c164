//! Who lost a passphrase joins again, with a recovery's code: with other keys, as the same person.
//!
//! The keys that are offered count for nothing until enough key holders have compared their fingerprint with the
//! person and given. The wrapped private halves wait in a place of their own: until then the former ones open the
//! account, if someone finds the passphrase after all.

use strongroom_record::recovery::Recover;
use strongroom_record::{PersonId, RecoveryId, decode};

use crate::guard::Core;
use crate::kinds;
use crate::people::person_of;
use crate::state::{Invitation, State};
use strongroom_vault::Key;

/// Whom a code is for.
pub(crate) enum Invited {
    /// Someone who was not in the room.
    New(Invitation),
    /// A person of the room, by a recovery.
    Again(RecoveryId, PersonId, Invitation),
}

impl Invited {
    pub(crate) fn invitation(&self) -> &Invitation {
        match self {
            Self::New(invitation) | Self::Again(_, _, invitation) => invitation,
        }
    }
    /// The id that the person has or will have.
    pub(crate) fn person(&self) -> PersonId {
        match self {
            Self::New(invitation) => person_of(invitation),
            Self::Again(_, person, _) => *person,
        }
    }
    /// Where the wrapped private keys go.
    pub(crate) fn bundle(&self) -> Key {
        match self {
            Self::New(_) => kinds::bundle(self.person()),
            Self::Again(recovery, ..) => kinds::offered_bundle(*recovery),
        }
    }
}

impl Core {
    /// The invitation of an id, for somebody new or by a recovery.
    pub(crate) fn invited(
        &self,
        state: &State,
        id: strongroom_record::InvitationId,
    ) -> Option<Invited> {
        if let Some(invitation) = state.people.invitation(id) {
            return Some(Invited::New(invitation.clone()));
        }
        let recovery = state.recoveries.invited(id, self.now())?;
        let Recover::Person {
            person, verifier, ..
        } = &recovery.what
        else {
            return None;
        };
        let known = state.people.get(*person)?;
        let invitation = Invitation {
            by: None,
            id,
            name: known.name.clone(),
            roles: known.roles.clone(),
            verifier: decode(verifier).ok()?,
            until: recovery.until,
        };
        Some(Invited::Again(recovery.id, *person, invitation))
    }
}
