//! Reading the ledger from its first entry on, believing nothing that is not borne out.
//!
//! For every entry the event's fields must give the root that the entry has. Events that file, restrict, or bind keys
//! or rights must moreover bear the signature of someone whom the events before them entitle: the
//! founder for the first events, a security officer for confirmations and clearances, a holder for
//! what is sealed, a maker for a label's key. A key that was swapped in the store therefore either
//! breaks a root, or lacks a signature.

use std::collections::HashMap;

use strongroom_record::event::{Act, CommandRow, EVENT_VERSION, Role, StoredEvent};
use strongroom_record::{CommandId, EventId, PersonId, RoomId, Timestamp};
use strongroom_seal::{PersonPublic, Signature, SuiteFloor, domain};
use strongroom_tlog::commit::CommandTree;

use crate::command::{body_root, command_message, entry_of};
use crate::fault::Fault;
use crate::kinds;
use crate::limits::WALK_PAGE;
use crate::state::{State, Trail};
use crate::store::Store;

/// What a ledger amounts to.
pub(crate) struct Replayed {
    pub(crate) state: State,
    pub(crate) trail: Trail,
    /// The instant of the last event.
    pub(crate) last: Timestamp,
}

/// Folds the whole ledger.
pub(crate) fn replay(store: &Store, room: RoomId, floor: SuiteFloor) -> Result<Replayed, Fault> {
    let mut state: Option<State> = None;
    let mut trail = Trail::default();
    let mut last = Timestamp::from_millis(0);
    let mut walk = Walk::new(store, room, floor);
    walk.each(store.vault.size(), |walk, event, command, _leaf, index| {
        if event.at < last {
            return Err(Fault::Damaged("time runs backwards in the ledger"));
        }
        last = event.at;
        match &mut state {
            None => {
                let root = *body_root(event).as_bytes();
                let founded = State::found(event, root)?;
                walk.check_signature(event, command, founder_keys(&founded)?)?;
                state = Some(founded);
            }
            Some(state) => {
                check_authority(walk, state, event, command)?;
                state.apply(event, index)?;
            }
        }
        trail.note(event, index);
        Ok(())
    })?;
    let state = state.ok_or(Fault::Missing("the first event"))?;
    Ok(Replayed { state, trail, last })
}

fn founder_keys(state: &State) -> Result<&PersonPublic, Fault> {
    state
        .people
        .get(state.genesis.founder)
        .map(|p| &p.keys)
        .ok_or(Fault::Damaged("the founder"))
}

/// Whether an act is never done without a person's signature: all that others rely on.
/// What the rest brings about (readings, sessions, refusals) the checkpoint alone covers.
pub(crate) const fn must_be_signed(act: &Act) -> bool {
    match act {
        Act::Founded(_)
        | Act::AtomMade(_)
        | Act::AtomTurned(_)
        | Act::Invited { .. }
        | Act::Confirmed { .. }
        | Act::ClearanceAuthorised { .. }
        | Act::ClearanceSealed { .. }
        | Act::PassphraseChanged
        | Act::LabelKeyMade { .. }
        | Act::Filed(_)
        | Act::FrameFiled { .. }
        | Act::Restricted { .. } => true,
        Act::Joined { .. }
        | Act::SignedIn
        | Act::SignInRefused { .. }
        | Act::SignedOut
        | Act::Listed { .. }
        | Act::Opened { .. }
        | Act::HistoryShown { .. }
        | Act::Refused { .. }
        | Act::Checked { .. } => false,
    }
}

/// Whether an event that binds keys or rights is signed by someone entitled to it.
fn check_authority(
    walk: &mut Walk<'_>,
    state: &State,
    event: &StoredEvent,
    command: Option<&CommandRow>,
) -> Result<(), Fault> {
    let actor = event.actor.and_then(|id| state.people.get(id));
    let unentitled = Fault::Damaged("an event is signed by someone who had no right to it");
    let entitled = match &event.act {
        Act::Founded(_) => return Ok(()),
        Act::AtomMade(_) => event.actor == Some(state.genesis.founder),
        Act::Invited { .. }
        | Act::Confirmed { .. }
        | Act::ClearanceAuthorised { .. }
        | Act::AtomTurned(_) => actor.is_some_and(|p| p.may(Role::SecurityOfficer)),
        Act::ClearanceSealed { holdings, .. } => actor.is_some_and(|p| {
            holdings
                .iter()
                .all(|made| p.holdings.contains_key(&made.atom))
        }),
        Act::LabelKeyMade { label, .. } => actor.is_some_and(|p| p.clearance.permits(label)),
        Act::Filed(_) | Act::FrameFiled { .. } | Act::Restricted { .. } => {
            actor.is_some_and(|p| p.may(Role::RecordsOfficer))
        }
        // Nothing that others rely on follows from these; the checkpoint alone covers them.
        _ => return Ok(()),
    };
    match actor {
        Some(actor) if entitled => walk.check_signature(event, command, &actor.keys),
        _ => Err(unentitled),
    }
}

/// A walk over the entries of the ledger, each with its event and the command that signed it.
pub(crate) struct Walk<'a> {
    store: &'a Store,
    room: RoomId,
    floor: SuiteFloor,
    commands: HashMap<CommandId, CommandRow>,
    verified: HashMap<CommandId, PersonId>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(store: &'a Store, room: RoomId, floor: SuiteFloor) -> Self {
        Self {
            store,
            room,
            floor,
            commands: HashMap::new(),
            verified: HashMap::new(),
        }
    }

    /// Visits the first `size` entries in order. Before the visit, the event's version, room, id and root
    /// have been compared with the entry.
    pub(crate) fn each(
        &mut self,
        size: u64,
        mut visit: impl FnMut(
            &mut Self,
            &StoredEvent,
            Option<&CommandRow>,
            &[u8; 33],
            u64,
        ) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut index = 0;
        while index < size {
            let page = self.store.vault.entries(index, WALK_PAGE)?;
            if page.is_empty() {
                return Err(Fault::Missing("entries of the ledger"));
            }
            for (leaf, id) in page {
                if index >= size {
                    break;
                }
                let event: StoredEvent = self.store.row(
                    kinds::event(EventId::from_bytes(id)),
                    "an event of the ledger",
                )?;
                let command = self.command_of(&event)?;
                if event.version != EVENT_VERSION
                    || event.room != self.room
                    || *event.id.as_bytes() != id
                {
                    return Err(Fault::Damaged("an event stands where another should"));
                }
                if entry_of(&event, command.as_ref()).to_bytes() != leaf {
                    return Err(Fault::Damaged(
                        "an event is not the one that the ledger committed to",
                    ));
                }
                visit(self, &event, command.as_ref(), &leaf, index)?;
                index += 1;
            }
        }
        Ok(())
    }

    fn command_of(&mut self, event: &StoredEvent) -> Result<Option<CommandRow>, Fault> {
        let Some(id) = event.command else {
            return Ok(None);
        };
        if let Some(known) = self.commands.get(&id) {
            return Ok(Some(known.clone()));
        }
        let row: CommandRow = self
            .store
            .row(kinds::command(id), "the signature of a command")?;
        // Events of a command stand together: those before are not asked for again.
        self.commands.clear();
        self.commands.insert(id, row.clone());
        Ok(Some(row))
    }

    /// Whether the event is one of those that its command's signature is over, and the signature is
    /// that of `keys`.
    pub(crate) fn check_signature(
        &mut self,
        event: &StoredEvent,
        command: Option<&CommandRow>,
        keys: &PersonPublic,
    ) -> Result<(), Fault> {
        let unsigned = Fault::Damaged("an event that must be signed is not");
        let (Some(row), Some(id)) = (command, event.command) else {
            return Err(unsigned);
        };
        if !row.events.contains(&event.id) || Some(row.person) != event.actor {
            return Err(unsigned);
        }
        if self.verified.get(&id) == Some(&row.person) {
            return Ok(());
        }
        let mut bodies = Vec::with_capacity(row.events.len());
        for signed in &row.events {
            let event: StoredEvent = self
                .store
                .row(kinds::event(*signed), "an event of a signed command")?;
            bodies.push(body_root(&event));
        }
        let tree = CommandTree::new(&bodies)
            .map_err(|_| Fault::Damaged("a signed command without events"))?;
        let message = command_message(self.room, id, tree.root().as_bytes());
        let wrong = || Fault::Damaged("a person's signature does not fit the events it is for");
        let signature = Signature::from_bytes(&row.signature).map_err(|_| wrong())?;
        keys.verifying()
            .verify(self.floor, domain::SIGN_COMMAND, &message, &signature)
            .map_err(|_| wrong())?;
        self.verified.insert(id, row.person);
        Ok(())
    }
}
