//! The leaf of the hour.
//!
//! It is due when the clock has passed a full hour since the last, when the inspectors' key is another than the last one
//! shows, and in a room that has none yet. What came while the room was closed for a time, or what it was closed for, is
//! taken by the next: there is one leaf however long that was.

use strongroom_record::Timestamp;
use strongroom_record::disclosure::{BATCH_PLACES, DisclosuresTaken, TakenMessage, place};
use strongroom_record::event::Act;
use strongroom_seal::disclosure::page_digest;
use strongroom_vault::Spool;

use crate::disclosures::intake::pending;
use crate::fault::{Fault, Stop};
use crate::guard::{Core, Guard};
use crate::kinds;
use crate::limits::DISCLOSURES_EVERY;
use crate::refusal::Refusal;
use crate::state::{State, disclosure_page, inspectors};

impl Guard {
    /// Takes in what was disclosed, if that is due. To be called at every tick.
    ///
    /// # Errors
    /// The room is closed, or closes.
    pub fn take_disclosures(&self) -> Result<(), Refusal> {
        let core = self.core();
        core.guarded(|| core.take_disclosures())
    }
}

impl Core {
    fn take_disclosures(&self) -> Result<(), Stop> {
        if !self.batch_is_due(&self.state()) {
            return Ok(());
        }
        let _door = self.door.take();
        let mut state = self.state_mut();
        let mut messages = Vec::new();
        if let Some(spool) = self.spool() {
            // A spool that fails is told to who brings something: the leaf of the hour comes all the same.
            match self
                .tidy(&state, spool)
                .and_then(|()| self.to_be_taken(&state, spool))
            {
                Ok(taken) => messages = taken,
                Err(Stop::Refused(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
        let name = format!("disclosures {}", self.ledger().size());
        let mut command = self.command_of_nobody(&name);
        let places = place(&messages, &mut command.dice);
        let page = inspectors(&state.atoms).and_then(|key| disclosure_page(key, &places));
        command.event(Act::DisclosuresTaken(Box::new(DisclosuresTaken {
            page: page.map_err(Fault::Missing)?,
            places: places.into(),
        })));
        self.enact(&mut state, command, None)?;
        Ok(())
    }

    fn batch_is_due(&self, state: &State) -> bool {
        let Some(last) = state.disclosures.last() else {
            return true;
        };
        let key = inspectors(&state.atoms).map(page_digest);
        hour(self.now()) != hour(last.at) || key.ok() != Some(last.inspectors)
    }

    /// What waits, in an order in which each follows the one before it, as far as a batch takes it. What does not open is
    /// left: it was written by nobody here.
    fn to_be_taken(&self, state: &State, spool: &Spool) -> Result<Vec<TakenMessage>, Stop> {
        let mut taken: Vec<TakenMessage> = Vec::new();
        for (id, number) in pending(state, spool) {
            let before = taken.iter().filter(|m| m.disclosure == id).count();
            let follows = number as usize == state.disclosures.taken(id) + before + 1;
            if !follows || taken.len() == BATCH_PLACES {
                continue;
            }
            if let Some(row) = self.disclosed_row(id, number)? {
                taken.push(TakenMessage {
                    disclosure: id,
                    number,
                    leaf: row.leaf(),
                });
            }
        }
        Ok(taken)
    }

    /// Frees the space of what an acknowledgement brought into the store, should the room have ended in between.
    fn tidy(&self, state: &State, spool: &Spool) -> Result<(), Stop> {
        for key in spool.keys() {
            let id = strongroom_record::DisclosureId::from_bytes(key.id);
            let acknowledged = state
                .disclosures
                .get(id)
                .map_or(0, |d| d.acknowledged as u64);
            let in_store = || self.store.vault.get(key).map_err(Fault::from);
            if key.kind == kinds::DISCLOSED && key.counter <= acknowledged && in_store()?.is_some()
            {
                spool.remove(key).map_err(super::spool_fails)?;
            }
        }
        Ok(())
    }
}

/// Which hour of the clock an instant is in.
fn hour(at: Timestamp) -> u64 {
    at.millis() / u64::try_from(DISCLOSURES_EVERY.as_millis()).expect("an hour is short")
}
