//! Atoms: the key pairs from which need-to-know is made.
//!
//! An atom is one level, or one value of one category, with a key pair for each epoch. Two more key
//! pairs have the same form: the inspectors', and the quorum's, to which is sealed what nobody may
//! read. When a pair is made, its private half is sealed to its first holders ([`Holding`]) and split
//! among the key holders ([`share`](crate::share)), then dropped, which wipes it.

use std::fmt;

use minicbor::{Decode, Encode};
use strongroom_label::AtomName;
use strongroom_record::{AtomId, EventId, HoldingId, PersonId, RoomId, Stream, encode};

use crate::domain;
use crate::error::OpenError;
use crate::kem::{KemPrivate, KemPublic, OtherSuite, seal_to};
use crate::person::PersonKeys;
use crate::secret::Secret;
use crate::suite::{Suite, SuiteFloor};

/// What a key pair stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum AtomRole {
    /// An atom of labels: a level, or a value of a category.
    #[n(0)]
    Label(#[n(0)] AtomName),
    /// The inspectors: notes are sealed to it.
    #[n(1)]
    Inspectors,
    /// The key holders together: what admits nobody is sealed to it.
    #[n(2)]
    Quorum,
}

impl fmt::Display for AtomRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(name) => name.fmt(f),
            Self::Inspectors => f.write_str("the inspectors"),
            Self::Quorum => f.write_str("the key holders' quorum"),
        }
    }
}

/// The public half of an atom in one epoch. Believed only if an event of the ledger binds it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AtomPublic {
    /// Names the atom in all epochs.
    #[n(0)]
    pub id: AtomId,
    /// What it stands for.
    #[n(1)]
    pub name: AtomRole,
    /// Counts the atom's key pairs from 1.
    #[n(2)]
    pub epoch: u32,
    /// The key to seal to.
    #[n(3)]
    pub key: KemPublic,
}

/// The private half of an atom in one epoch.
pub struct AtomPrivate {
    id: AtomId,
    epoch: u32,
    key: KemPrivate,
}

impl AtomPrivate {
    /// A private half that was kept: from a holding, or from key holders' shares.
    pub const fn from_key(id: AtomId, epoch: u32, key: KemPrivate) -> Self {
        Self { id, epoch, key }
    }
    /// Names the atom in all epochs.
    pub const fn id(&self) -> AtomId {
        self.id
    }
    /// The epoch.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }
    /// The private key.
    pub const fn key(&self) -> &KemPrivate {
        &self.key
    }
    /// Whether this is the private half of that public one; takes as long as making the pair.
    #[must_use]
    pub fn belongs_to(&self, public: &AtomPublic) -> bool {
        self.id == public.id && self.epoch == public.epoch && self.key.public() == public.key
    }
}

/// Draws an atom's key pair for an epoch.
pub fn make(
    suite: Suite,
    id: AtomId,
    name: AtomRole,
    epoch: u32,
    stream: &mut Stream,
) -> (AtomPublic, AtomPrivate) {
    let key = KemPrivate::random(suite, stream);
    let public = AtomPublic {
        id,
        name,
        epoch,
        key: key.public(),
    };
    (public, AtomPrivate { id, epoch, key })
}

/// An atom's private half, sealed to one person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Holding {
    /// Names the holding.
    #[n(0)]
    pub id: HoldingId,
    /// The atom.
    #[n(1)]
    pub atom: AtomId,
    /// The epoch of the atom's key pair.
    #[n(2)]
    pub epoch: u32,
    /// To whom it is sealed.
    #[n(3)]
    pub person: PersonId,
    /// The event that allowed it.
    #[n(4)]
    pub event: EventId,
    /// The sealed seed.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// What a holding is sealed for.
#[derive(Encode)]
struct HoldingBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    atom: AtomId,
    #[n(2)]
    epoch: u32,
    #[n(3)]
    person: PersonId,
    #[n(4)]
    holding: HoldingId,
    #[n(5)]
    event: EventId,
}

impl Holding {
    /// Seals an atom's private half to a person, because of an event.
    ///
    /// # Errors
    /// The person's key is of another suite than the atom's.
    pub fn seal(
        room: RoomId,
        atom: &AtomPrivate,
        id: HoldingId,
        (person, key): (PersonId, &KemPublic),
        event: EventId,
        stream: &mut Stream,
    ) -> Result<Self, OtherSuite> {
        let mut holding = Self {
            id,
            atom: atom.id,
            epoch: atom.epoch,
            person,
            event,
            sealed: Vec::new(),
        };
        holding.sealed = seal_to(
            atom.key.suite(),
            key,
            domain::HOLDING,
            &holding.binding(room),
            atom.key.seed().expose(),
            stream,
        )?;
        Ok(holding)
    }

    /// Opens the holding with the person's keys. Whether the key is the atom's is for
    /// [`AtomPrivate::belongs_to`]: who sealed it may have sealed another.
    ///
    /// # Errors
    /// It was sealed to someone else, in another room or for another holding, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        keys: &PersonKeys,
    ) -> Result<AtomPrivate, OpenError> {
        let seed = keys
            .kem
            .open(floor, domain::HOLDING, &self.binding(room), &self.sealed)?;
        let seed = Secret::from_slice(seed.expose()).ok_or(OpenError::Damaged)?;
        Ok(AtomPrivate {
            id: self.atom,
            epoch: self.epoch,
            key: KemPrivate::from_seed(keys.kem.suite(), seed),
        })
    }

    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&HoldingBinding {
            room,
            atom: self.atom,
            epoch: self.epoch,
            person: self.person,
            holding: self.id,
            event: self.event,
        })
    }
}
