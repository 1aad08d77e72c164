//! What waits for the key holders, who they are, and taking a request back.

use strongroom_record::RecoveryId;
use strongroom_record::event::{Act, Role};
use strongroom_record::recovery::Recover;

use crate::api::{
    KeyHolderRow, RecoverList, RecoverRow, RecoverStatus, RecoverWithdraw, RecoverWithdrawn,
    ShareFile, ShareRequestQuery,
};
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::recovery::asking::one_holder;
use crate::recovery::giving::{no_such_recovery, not_yet};
use crate::refusal::{Code, Refusal};
use crate::state::{Person, Recovery, State, atom_word};

impl Core {
    /// The recoveries that the asker may know of: an officer of all, others of other keys for themselves. Which atom
    /// somebody may get is not told to that person before: like a clearance that waits.
    pub(crate) fn recover_list(&self, asking: &Asking) -> Result<RecoverList, Stop> {
        let state = self.state();
        let person = asking.active(&state)?;
        Ok(RecoverList {
            recoveries: self.recoveries_known(&state, person),
        })
    }

    /// The rows of the same, for whoever lists what waits.
    pub(crate) fn recoveries_known(&self, state: &State, person: &Person) -> Vec<RecoverRow> {
        let officer = person.may(Role::SecurityOfficer);
        let own = |r: &Recovery| {
            matches!(r.what, Recover::Person { .. }) && r.person() == Some(person.id)
        };
        let known = |r: &&Recovery| officer || own(r);
        let living = state.recoveries.living(self.now());
        let row = |r: &Recovery| RecoverRow {
            recovery: r.id.to_string(),
            what: self.line(state, r),
            by: r.by.clone(),
            given: r.given.len(),
            needed: r.needed,
            waits_for: self.waits_for(state, r),
            until: r.until.to_string(),
        };
        living.into_iter().filter(known).map(row).collect()
    }

    /// What is asked for, in one line.
    pub(crate) fn line(&self, state: &State, recovery: &Recovery) -> String {
        let name = |id| state.people.name_of(Some(id));
        match &recovery.what {
            Recover::Atom { atom, person } => {
                let atom = state.atoms.get(*atom).map(|a| atom_word(&a.name));
                format!("{} for {}", atom.unwrap_or_default(), name(*person))
            }
            Recover::Person { person, .. } => format!("other keys for {}", name(*person)),
            Recover::KeyHolders { cards, quorum, .. } => {
                format!("{} key holders, of whom {quorum} are needed", cards.len())
            }
        }
    }

    fn waits_for(&self, state: &State, recovery: &Recovery) -> String {
        let name = recovery.person().map(|id| state.people.name_of(Some(id)));
        let name = name.unwrap_or_default();
        match &recovery.what {
            Recover::Person { .. } if recovery.offered.is_none() => {
                format!("{name} to join with the code")
            }
            Recover::KeyHolders { .. } if self.desk.recipient(recovery.id).is_none() => {
                "being asked for again: the room was closed meanwhile".to_owned()
            }
            _ if recovery.is_complete() => format!("{name} to sign in"),
            _ => "key holders to give".to_owned(),
        }
    }

    /// Who the key holders are, and when each last rehearsed.
    pub(crate) fn recover_status(&self, asking: &Asking) -> Result<RecoverStatus, Stop> {
        let state = self.state();
        asking.may(&state, Role::SecurityOfficer)?;
        let row = |card: &strongroom_seal::KeyHolderCard| {
            let rehearsal = state.key_holders.rehearsal(card.id());
            KeyHolderRow {
                name: card.name().to_owned(),
                id: card.id().to_string(),
                rehearsed: rehearsal.map(|(at, _)| at.to_string()),
                wrong: rehearsal.map_or(0, |(_, wrong)| wrong),
            }
        };
        Ok(RecoverStatus {
            key_holders: state.key_holders.cards().iter().map(row).collect(),
            needed: usize::from(state.key_holders.quorum()),
        })
    }

    /// The request to a key holder who cannot reach the room.
    pub(crate) fn recover_share_request(
        &self,
        asking: &Asking,
        ask: &ShareRequestQuery,
    ) -> Result<ShareFile, Stop> {
        let state = self.state();
        asking.may(&state, Role::SecurityOfficer)?;
        let id: RecoveryId = ask.recovery.parse().map_err(|_| no_such_recovery())?;
        let recovery = state
            .recoveries
            .get(id, self.now())
            .ok_or_else(no_such_recovery)?;
        let holder = one_holder(&state, &ask.holder)?;
        let request = self.request_to(&state, recovery, holder)?;
        let request = request.ok_or_else(not_yet)?;
        Ok(ShareFile {
            text: request.to_text(),
        })
    }

    /// Takes a recovery back.
    pub(crate) fn recover_withdraw(
        &self,
        asking: &Asking,
        ask: &RecoverWithdraw,
    ) -> Result<RecoverWithdrawn, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "recover-withdraw", ask)?;
        let mut state = self.state_mut();
        asking.may(&state, Role::SecurityOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let id: RecoveryId = ask.recovery.parse().map_err(|_| {
            Refusal::invalid(
                "a recovery's id is 26 letters and digits, as `recover list` prints it",
            )
        })?;
        let recovery = state
            .recoveries
            .get(id, self.now())
            .ok_or_else(no_such_recovery)?;
        if recovery.rekeyed {
            return Err(Refusal::new(
                Code::Conflict,
                "the key holders have bound the new keys already; what is left is for the person to sign in",
            )
            .into());
        }
        let mut command = self.command(asking, request);
        for key in self.rows_of(&state, id) {
            command.delete(key);
        }
        let receipt = command.event(Act::RecoveryWithdrawn { recovery: id });
        self.enact(&mut state, command, asking.signer())?;
        self.desk.forget(id);
        Ok(RecoverWithdrawn {
            recovery: id.to_string(),
            receipt: receipt.to_string(),
        })
    }
}
