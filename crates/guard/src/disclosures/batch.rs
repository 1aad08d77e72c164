//! The leaf of the hour.
//!
//! It takes in what came, and is due when the clock has passed a full hour since the last, and once when the room has been
//! opened: what waits over a closure is in before anything else happens, and whoever opens rooms can watch the socket anyway.
//! There is one leaf however long the room was closed.
//!
//! When the inspectors' key or the routes are others than the last one shows, another is due that shows them, and takes
//! nothing: else whoever turns a key or changes a rule would choose the moment, and learn what came since the full hour.

use std::sync::atomic::Ordering;

use minicbor::bytes::ByteVec;
use strongroom_record::disclosure::{
    BATCH_PLACES, DisclosuresTaken, TakenMessage, messages, place,
};
use strongroom_record::event::Act;
use strongroom_record::route::write_routes;
use strongroom_record::{RouteName, Stream, Timestamp};
use strongroom_seal::disclosure::page_digest;
use strongroom_vault::Spool;

use crate::disclosures::intake::pending;
use crate::fault::{Fault, Stop};
use crate::guard::{Core, Guard};
use crate::kinds;
use crate::limits::DISCLOSURES_EVERY;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::state::{State, digest_of_routes, disclosure_page, inspectors};

/// What a batch is for.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// It takes in what came.
    TakingIn,
    /// It shows which key and which routes hold now, and takes nothing.
    Showing,
}

/// What a batch takes, and by which route it came.
type Come = (TakenMessage, Option<RouteName>);

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
    pub(super) fn take_disclosures(&self) -> Result<(), Stop> {
        let Some(due) = self.batch_due(&self.state()) else {
            return Ok(());
        };
        let _door = self.door.take();
        let mut state = self.state_mut();
        let mut come = Vec::new();
        if let (Some(spool), Due::TakingIn) = (self.spool(), due) {
            // A spool that fails is told to who brings something: the leaf of the hour comes all the same.
            match self
                .tidy(&state, spool)
                .and_then(|()| self.to_be_taken(&state, spool))
            {
                Ok(taken) => come = taken,
                Err(Stop::Refused(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
        let name = format!("disclosures {}", self.ledger().size());
        let mut command = self.command_of_nobody(&name);
        let taken: Vec<TakenMessage> = come.iter().map(|(message, _)| *message).collect();
        let places = place(&taken, &mut command.dice);
        let routes = state.rules.as_ref().map_or(&[][..], Rules::routes);
        let page = inspectors(&state.atoms).and_then(|key| disclosure_page(key, routes, &places));
        let by_place = (!routes.is_empty()).then(|| by_place(&come, &places, &mut command.dice));
        command.event(Act::DisclosuresTaken(Box::new(DisclosuresTaken {
            page: page.map_err(Fault::Missing)?,
            places: places.into(),
            routes: by_place,
        })));
        self.enact(&mut state, command, None)?;
        if let Due::TakingIn = due {
            self.took_in.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn batch_due(&self, state: &State) -> Option<Due> {
        let last = state.disclosures.last();
        let took_in = self.took_in.load(Ordering::Relaxed);
        if !took_in || last.is_none_or(|last| hour(self.now()) != hour(last.at)) {
            return Some(Due::TakingIn);
        }
        (!shows_what_holds(state)).then_some(Due::Showing)
    }

    /// What waits, in an order in which each follows the one before it, as far as a batch takes it. What does not open is
    /// left: it was written by nobody here.
    fn to_be_taken(&self, state: &State, spool: &Spool) -> Result<Vec<Come>, Stop> {
        let mut taken: Vec<Come> = Vec::new();
        for (id, number) in pending(state, spool) {
            let before = taken.iter().filter(|(m, _)| m.disclosure == id).count();
            let follows = number as usize == state.disclosures.taken(id) + before + 1;
            if !follows || taken.len() == BATCH_PLACES {
                continue;
            }
            if let Some(row) = self.disclosed_row(id, number)? {
                let message = TakenMessage {
                    disclosure: id,
                    number,
                    leaf: row.leaf(),
                };
                taken.push((message, row.message.route));
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

/// Whether the last batch shows the key and the routes that are those of now.
pub(super) fn shows_what_holds(state: &State) -> bool {
    let routes = state.rules.as_ref().map_or(&[][..], Rules::routes);
    let key = inspectors(&state.atoms).map(page_digest).ok();
    state
        .disclosures
        .last()
        .is_some_and(|last| key == Some(last.inspectors) && digest_of_routes(routes) == last.routes)
}

/// By which route what is in each place came.
fn by_place(come: &[Come], places: &[u8], dice: &mut Stream) -> ByteVec {
    let mut routes = [None; BATCH_PLACES];
    for (place, taken) in messages(places).expect("the places were written above") {
        let found = come.iter().find(|(message, _)| *message == taken);
        routes[place] = found.and_then(|(_, route)| route.as_ref());
    }
    write_routes(&routes, dice)
}

/// Which hour of the clock an instant is in.
fn hour(at: Timestamp) -> u64 {
    at.millis() / u64::try_from(DISCLOSURES_EVERY.as_millis()).expect("an hour is short")
}
