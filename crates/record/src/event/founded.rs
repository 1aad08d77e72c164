//! What a room is made of from its founding on: its parameters, roles, and the keys of its atoms.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::id::{AtomId, HoldingId, PersonId, RoomId, ShareId};

/// What a person of the room may do. Roles are rights to act, never to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Authorises clearances, invites and confirms persons.
    #[n(0)]
    SecurityOfficer,
    /// Files and restricts.
    #[n(1)]
    RecordsOfficer,
    /// Lists and reads what the clearance allows.
    #[n(2)]
    Reader,
    /// Decides on protected names.
    #[n(3)]
    MaskingAuthority,
    /// Oversees: sees that, who and why, never the words.
    #[n(4)]
    Inspector,
    /// Keeps a share.
    #[n(5)]
    KeyHolder,
}

impl Role {
    /// All roles, in the order in which they are listed.
    pub const ALL: [Self; 6] = [
        Self::SecurityOfficer,
        Self::RecordsOfficer,
        Self::Reader,
        Self::MaskingAuthority,
        Self::Inspector,
        Self::KeyHolder,
    ];
    /// The word for the role on the command line and in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SecurityOfficer => "security-officer",
            Self::RecordsOfficer => "records-officer",
            Self::Reader => "reader",
            Self::MaskingAuthority => "masking-authority",
            Self::Inspector => "inspector",
            Self::KeyHolder => "key-holder",
        }
    }
    /// The role that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// An atom's key pair of one epoch coming into being.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AtomBorn {
    /// Id, what it stands for, epoch and public half, as `seal` encodes them.
    #[n(0)]
    pub public: ByteVec,
    /// The first holders: the private half is sealed to each.
    #[n(1)]
    pub holdings: Vec<(PersonId, HoldingId)>,
    /// The recovery shares, each with its salted digest, in the order of the key holders.
    #[n(2)]
    pub shares: Vec<(ShareId, ByteVec)>,
}

/// An atom's private half of one epoch, sealed to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct HoldingMade {
    /// The atom.
    #[n(0)]
    pub atom: AtomId,
    /// The epoch of its key pair.
    #[n(1)]
    pub epoch: u32,
    /// Where it lies.
    #[n(2)]
    pub holding: HoldingId,
}

/// Parameters of a room, fixed by its first event.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Genesis {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The lowest suite that is accepted; also the one that new objects use.
    #[n(1)]
    pub suite: u16,
    /// The marking policy's name.
    #[n(2)]
    pub policy_name: String,
    /// The marking policy, exactly as given.
    #[n(3)]
    pub policy: String,
    /// The founder.
    #[n(4)]
    pub founder: PersonId,
    /// The founder's account name.
    #[n(5)]
    pub founder_name: String,
    /// The founder's public keys, as `seal` encodes them.
    #[n(6)]
    pub founder_keys: ByteVec,
    /// The cards of the key holders, as `seal` encodes them; one card, the recovery sheet's, if none were given.
    #[n(7)]
    pub key_holders: Vec<ByteVec>,
    /// How many key holders are needed to recover.
    #[n(8)]
    pub quorum: u8,
    /// The verifier keys of the ledger, in the text form of signed notes.
    #[n(9)]
    pub log_keys: String,
    /// The founder holds the first atoms; otherwise the key holders alone do.
    #[n(10)]
    pub founder_holds: bool,
    /// Salted digests of the recovery shares of the house key, in the order of the key holders.
    #[n(11)]
    pub house_shares: Vec<ByteVec>,
    /// The approval rules, exactly as given; none in a room that was founded before there were any.
    #[n(12)]
    pub rules: Option<String>,
}
