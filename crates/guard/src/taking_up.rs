//! Taking up a room from its store: its state, its ledger, and who signs its heads.

use strongroom_record::{RoomId, Timestamp, decode};
use strongroom_seal::SuiteId;
use strongroom_tlog::checkpoint::SignedCheckpoint;

use crate::env::Environment;
use crate::fault::Fault;
use crate::founding::log_signer_of;
use crate::kinds;
use crate::ledger::Ledger;
use crate::replay::{Fold, replay};
use crate::snapshot::{self, Kept};
use crate::state::{State, Trail};
use crate::store::Store;
use crate::walk::Pace;

/// What an opening finds.
pub(crate) struct Opened {
    pub(crate) state: State,
    pub(crate) trail: Trail,
    pub(crate) ledger: Ledger,
    /// The instant of the last event or checkpoint.
    pub(crate) last: Timestamp,
    /// The kept state that it began with, which is still to be proved.
    pub(crate) kept: Option<Kept>,
}

/// Takes up a room from its store: from the state kept last, if there is one, or from the first event.
pub(crate) fn take_up(store: &Store, room: RoomId, env: &Environment) -> Result<Opened, Fault> {
    let size = store.vault.size();
    let (fold, kept) = match snapshot::take_up(store, room, env.floor)? {
        Some(mut taken) => {
            let _whole = taken.go_on(store, room, env.floor, size, Pace::Fast)?;
            (taken.fold, Some(taken.kept))
        }
        None => (replay(store, room, env.floor)?, None),
    };
    let Fold {
        state, trail, last, ..
    } = fold;
    let state = state.ok_or(Fault::Missing("the first event"))?;
    check_named(store, &state)?;
    let (ledger, signed_at) = take_up_ledger(store, room, &state)?;
    Ok(Opened {
        state,
        trail,
        ledger,
        last: last.max(signed_at),
        kept,
    })
}

/// The room's own row, which alone lies outside the outer layer, against the first event.
fn check_named(store: &Store, state: &State) -> Result<(), Fault> {
    let named = store.vault.get(kinds::room())?;
    let named = named.ok_or(Fault::Missing("the room's own row"))?;
    let (room, suite): (RoomId, SuiteId) =
        decode(&named).map_err(|_| Fault::Damaged("the room's own row"))?;
    if room != state.genesis.room || suite.number() != state.genesis.suite {
        return Err(Fault::Damaged(
            "the room's own row names another room or another suite than its first event",
        ));
    }
    Ok(())
}

/// The ledger, and when its last checkpoint was signed.
fn take_up_ledger(
    store: &Store,
    room: RoomId,
    state: &State,
) -> Result<(Ledger, Timestamp), Fault> {
    let seeds = store.get(kinds::log_keys(), "the ledger's keys")?;
    let last = store
        .find(kinds::checkpoint())?
        .map(|text| {
            SignedCheckpoint::from_bytes(text.expose())
                .map_err(|_| Fault::Damaged("the last checkpoint"))
        })
        .transpose()?;
    let signer = log_signer_of(room, state.log.generation, seeds.expose(), last.as_ref())?;
    if signer.public_keys().to_text() != state.log.keys {
        return Err(Fault::Damaged(
            "the ledger's keys are not those that its events name",
        ));
    }
    let signed_at = match &last {
        None => 0,
        Some(last) => last
            .verify(signer.public_keys())
            .map_err(|_| Fault::Damaged("the last checkpoint"))?
            .time()
            .get(),
    };
    let signed_at = Timestamp::from_millis(signed_at.saturating_mul(1000));
    Ok((Ledger::follow(&store.vault, signer, last)?, signed_at))
}
