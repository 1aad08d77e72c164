//! The state of a room: a fold over its events in the order of the ledger.
//!
//! Nothing else makes state. Opening a room replays its events; a running room applies each event
//! when it is durable. Both call [`State::apply`], so that what is recovered and what is lived
//! through cannot differ.
//!
//! What cannot happen: a key that no event binds is never in here, and an event that does not fit
//! what was before it (a second founding, an unknown person, a group twice) stops the fold.

mod labels;
mod people;
mod records;
mod trail;

use std::collections::{BTreeMap, HashMap};

use strongroom_label::{AtomName, Label, Policy};
use strongroom_record::event::{Act, AtomBorn, Genesis, StoredEvent};
use strongroom_record::{AtomId, BoxId, EventId, PersonId, RequestId, decode};
use strongroom_seal::atom::{AtomPublic, AtomRole};
use strongroom_seal::digest::Digest;

pub(crate) use labels::{LabelRef, Labels};
pub(crate) use people::{Invitation, People, Person, Standing, label_names};
pub(crate) use records::{Group, RecordState, Records};
pub(crate) use trail::Trail;

/// An event that does not fit the events before it: the store is not what the guard wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {event} does not follow from the events before it: {rule}")]
pub struct Misfit {
    event: EventId,
    rule: &'static str,
}

/// The public keys of the room's atoms, by id and by what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    by_id: BTreeMap<AtomId, AtomPublic>,
    by_role: BTreeMap<AtomRole, AtomId>,
}

impl Atoms {
    /// The atom of an id.
    pub(crate) fn get(&self, id: AtomId) -> Option<&AtomPublic> {
        self.by_id.get(&id)
    }
    /// The present atom for a level, a value, the inspectors or the quorum.
    pub(crate) fn standing_for(&self, role: &AtomRole) -> Option<&AtomPublic> {
        self.by_role.get(role).map(|id| &self.by_id[id])
    }
    /// The present atom for a level or a value.
    pub(crate) fn named(&self, name: &AtomName) -> Option<&AtomPublic> {
        self.standing_for(&AtomRole::Label(name.clone()))
    }
}

/// The box of a label's key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LabelKey {
    pub(crate) id: BoxId,
    /// Digest of the box as it was made.
    pub(crate) digest: Digest,
}

/// What follows from the events of a room.
pub(crate) struct State {
    pub(crate) genesis: Genesis,
    /// Root of the first event: what every wrapped bundle names.
    pub(crate) genesis_root: [u8; 32],
    pub(crate) policy: Policy,
    pub(crate) people: People,
    pub(crate) atoms: Atoms,
    pub(crate) labels: Labels,
    pub(crate) label_keys: BTreeMap<Label, LabelKey>,
    pub(crate) records: Records,
    /// The first events of each change, by who asked and the request id.
    pub(crate) requests: HashMap<(PersonId, RequestId), Vec<EventId>>,
}

impl State {
    /// The state after the founding event.
    pub(crate) fn found(event: &StoredEvent, root: [u8; 32]) -> Result<Self, Misfit> {
        let misfit = |rule| Misfit {
            event: event.id,
            rule,
        };
        let Act::Founded(genesis) = &event.act else {
            return Err(misfit("the first event founds the room"));
        };
        if genesis.room != event.room {
            return Err(misfit("the first event names another room"));
        }
        let policy = Policy::from_toml(&genesis.policy)
            .map_err(|_| misfit("the marking policy in it cannot be read"))?;
        let mut people = People::default();
        people.found(genesis, &policy).map_err(misfit)?;
        Ok(Self {
            genesis: (**genesis).clone(),
            genesis_root: root,
            policy,
            people,
            atoms: Atoms::default(),
            labels: Labels::default(),
            label_keys: BTreeMap::new(),
            records: Records::default(),
            requests: HashMap::new(),
        })
    }

    /// Takes in one more event, which stands at an index of the ledger.
    ///
    /// # Errors
    /// The event does not follow from those before it. The state is then of no use any more.
    pub(crate) fn apply(&mut self, event: &StoredEvent, index: u64) -> Result<(), Misfit> {
        let misfit = |rule| Misfit {
            event: event.id,
            rule,
        };
        if event.room != self.genesis.room {
            return Err(misfit("it belongs to another room"));
        }
        if let (Some(person), Some(request)) = (event.actor, event.request) {
            self.requests
                .entry((person, request))
                .or_default()
                .push(event.id);
        }
        match &event.act {
            Act::Founded(_) => return Err(misfit("a room is founded once")),
            Act::AtomMade(born) => self.atom_made(born).map_err(misfit)?,
            Act::LabelKeyMade {
                key_box,
                label,
                digest,
            } => {
                let digest = decode(digest).map_err(|_| misfit("its digest cannot be read"))?;
                let key = LabelKey {
                    id: *key_box,
                    digest,
                };
                if self.label_keys.insert(label.clone(), key).is_some() {
                    return Err(misfit("the label has a key already"));
                }
            }
            Act::Filed(filed) => {
                self.records
                    .filed(event, index, filed, &mut self.labels, &self.policy)
                    .map_err(misfit)?;
            }
            Act::FrameFiled { record, group, .. } => self
                .records
                .frame_filed(event, index, *record, group, &mut self.labels, &self.policy)
                .map_err(misfit)?,
            Act::Restricted { record, groups, .. } => self
                .records
                .restricted(event, *record, groups, &mut self.labels, &self.policy)
                .map_err(misfit)?,
            Act::Listed { .. }
            | Act::Opened { .. }
            | Act::HistoryShown { .. }
            | Act::Refused { .. } => {}
            _ => self
                .people
                .apply(event, &self.atoms, &self.policy)
                .map_err(misfit)?,
        }
        Ok(())
    }

    fn atom_made(&mut self, born: &AtomBorn) -> Result<(), &'static str> {
        let public: AtomPublic =
            decode(&born.public).map_err(|_| "the atom's public key cannot be read")?;
        let id = public.id;
        if self.atoms.by_id.contains_key(&id) {
            return Err("the atom exists already");
        }
        if self
            .atoms
            .standing_for(&public.name)
            .is_some_and(|before| before.epoch >= public.epoch)
        {
            return Err("the atom's epoch does not follow");
        }
        self.atoms.by_role.insert(public.name.clone(), id);
        self.atoms.by_id.insert(id, public);
        for (person, holding) in &born.holdings {
            self.people
                .hold(*person, id, *holding, &self.atoms, &self.policy)?;
        }
        Ok(())
    }
}
