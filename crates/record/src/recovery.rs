//! What the ledger says of recovering keys: who asked the key holders for what, who gave, and what came of it.
//!
//! A recovery is asked once, under a [`RecoveryId`], by a security officer or by a key holder. Each key holder
//! who gives signs for this recovery alone. When as many have given as are needed, it brings about one thing: the
//! person holds the atoms that were asked for, or has other keys, or the atoms are split among other key holders.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::event::HoldingMade;
use crate::id::{AtomId, BackupId, InvitationId, PersonId, RecoveryId, ShareId};
use crate::time::Timestamp;

/// Bytes of a key holder's id.
pub const HOLDER_ID_BYTES: usize = 16;

/// What a key holder signed, with the key of the card that the ledger binds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HolderSigned {
    /// The key holder's id, which follows from the card.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub holder: [u8; HOLDER_ID_BYTES],
    /// The signature, as `seal` encodes it.
    #[n(1)]
    pub signature: ByteVec,
}

/// What is to be recovered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Recover {
    /// An atom for a person, in all its epochs: given to the person's keys.
    #[n(0)]
    Atom {
        /// The atom.
        #[n(0)]
        atom: AtomId,
        /// Who will hold it.
        #[n(1)]
        person: PersonId,
    },
    /// A person who lost the passphrase: whoever has the code joins once more, with other keys, and gets what
    /// the person held.
    #[n(1)]
    Person {
        /// The person.
        #[n(0)]
        person: PersonId,
        /// Names the one-time code.
        #[n(1)]
        invitation: InvitationId,
        /// Digest of the code's secret, as `seal` encodes it.
        #[n(2)]
        verifier: ByteVec,
    },
    /// Other key holders, or another quorum: every atom is split anew.
    #[n(2)]
    KeyHolders {
        /// The cards from then on, as `seal` encodes them.
        #[n(0)]
        cards: Vec<ByteVec>,
        /// How many of them are needed from then on.
        #[n(1)]
        quorum: u8,
        /// The public key that the guard made for this one recovery, as `seal` encodes it.
        #[n(2)]
        recipient: ByteVec,
    },
}

/// The key holders are asked to give.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecoveryAsked {
    /// The recovery. A key holder who asks chooses it, and signs it.
    #[n(0)]
    pub recovery: RecoveryId,
    /// What is asked for.
    #[n(1)]
    pub what: Recover,
    /// When it lapses.
    #[n(2)]
    pub until: Timestamp,
    /// The key holder who asks; none where a security officer does, who signs the command.
    #[n(3)]
    pub by: Option<HolderSigned>,
}

/// A key holder gave.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ShareGiven {
    /// For which recovery.
    #[n(0)]
    pub recovery: RecoveryId,
    /// Digest of what was given, as `seal` encodes it.
    #[n(1)]
    pub given: ByteVec,
    /// Who gave, and the signature over the recovery, what was asked, its recipient and `given`.
    #[n(2)]
    pub by: HolderSigned,
}

/// A person got what was recovered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Recovered {
    /// The recovery.
    #[n(0)]
    pub recovery: RecoveryId,
    /// Every epoch of every atom that was asked for and that the person did not come to hold meanwhile.
    #[n(1)]
    pub holdings: Vec<HoldingMade>,
}

/// The key holders bound other keys to a person. What was sealed to the former ones is held no more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Rekeyed {
    /// The recovery.
    #[n(0)]
    pub recovery: RecoveryId,
    /// The person.
    #[n(1)]
    pub person: PersonId,
    /// The public keys once more, so that this event binds them.
    #[n(2)]
    pub keys: ByteVec,
}

/// The shares of one epoch of an atom, each with its salted digest, in the order of the key holders.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AtomDealt {
    /// The atom.
    #[n(0)]
    pub atom: AtomId,
    /// The epoch.
    #[n(1)]
    pub epoch: u32,
    /// The shares.
    #[n(2)]
    pub shares: Vec<(ShareId, ByteVec)>,
}

/// Every atom was split anew, among the key holders that the recovery named.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeyHoldersChanged {
    /// The recovery.
    #[n(0)]
    pub recovery: RecoveryId,
    /// The new shares of every epoch of every atom.
    #[n(1)]
    pub atoms: Vec<AtomDealt>,
    /// Salted digests of the new recovery shares of the house key, in the order of the key holders.
    #[n(2)]
    pub house: Vec<ByteVec>,
}

/// A key holder opened every share that is kept, and gave none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Rehearsed {
    /// How many shares were opened and agree with what the ledger committed to.
    #[n(0)]
    pub sound: u32,
    /// The others.
    #[n(1)]
    pub wrong: Vec<ShareId>,
    /// The challenge that the key holder answered.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub challenge: [u8; 32],
    /// Who, and the signature over all of it.
    #[n(3)]
    pub by: HolderSigned,
}

/// What several key holders opened the room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum OpenedFor {
    /// To open it, with opening shares.
    #[n(0)]
    Opening,
    /// To recover its house key, with recovery shares.
    #[n(1)]
    HouseKey,
}

/// A key holder as others name one: the name on the card, and the id that follows from its keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HolderNamed {
    /// The name. It proves nothing.
    #[n(0)]
    pub name: String,
    /// The id, as it is read out.
    #[n(1)]
    pub id: String,
}

/// What key holders are asked for, in the words in which it is shown to them. They sign its digest: what was
/// given for one thing counts for no other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Asked {
    /// What for.
    #[n(0)]
    pub what: AskedFor,
    /// Who asks: an account name, or the name of a key holder. Nobody where a machine's operator does.
    #[n(1)]
    pub by: Option<String>,
    /// When it lapses.
    #[n(2)]
    pub until: Option<Timestamp>,
}

/// What shares are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum AskedFor {
    /// An atom for a person.
    #[n(0)]
    Atom {
        /// The atom, as commands take it.
        #[n(0)]
        atom: String,
        /// The account name.
        #[n(1)]
        person: String,
        /// Fingerprint of the person's keys, to which the atom is given.
        #[n(2)]
        fingerprint: String,
    },
    /// All that a person held, for other keys of that person.
    #[n(1)]
    Person {
        /// The account name.
        #[n(0)]
        person: String,
        /// Fingerprint of the other keys, which the person reads out.
        #[n(1)]
        fingerprint: String,
        /// The atoms.
        #[n(2)]
        atoms: Vec<String>,
    },
    /// Everything, for splitting it among other key holders.
    #[n(2)]
    KeyHolders {
        /// Those from then on.
        #[n(0)]
        holders: Vec<HolderNamed>,
        /// How many of them are needed from then on.
        #[n(1)]
        quorum: u8,
    },
    /// The house key, for opening the room.
    #[n(3)]
    OpenRoom,
    /// The house key, because its file was lost.
    #[n(4)]
    HouseKey,
    /// A backup's key.
    #[n(5)]
    Backup {
        /// The backup.
        #[n(0)]
        backup: BackupId,
        /// What is done with it, in words: `restore …`, `rehearse …`.
        #[n(1)]
        doing: String,
    },
}
