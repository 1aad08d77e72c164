//! What the ledger says of keeping the room: that it was backed up, and restored.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::event::GroupRaised;
use crate::id::{BackupId, EventId, RecordId, RecoveryId};
use crate::recovery::HolderSigned;

/// The head of the ledger: how many entries, and the root of the tree over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// Entries.
    #[n(0)]
    pub size: u64,
    /// The root.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// A backup was begun. The backup holds this event; an incremental one that continues it begins with what
/// came after `entries` and `groups`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BackedUp {
    /// The backup.
    #[n(0)]
    pub backup: BackupId,
    /// The backup that it continues; none if it stands alone.
    #[n(1)]
    pub base: Option<BackupId>,
    /// Entries of the ledger before this event.
    #[n(2)]
    pub entries: u64,
    /// Which store it was taken from.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub lineage: [u8; 16],
    /// Groups of commits that the store had had before this event.
    #[n(4)]
    pub groups: u64,
}

/// What a restore lost of the ledger. That nothing came after a backup cannot be proved: even its end is
/// recorded behind what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Lost {
    /// What lies between the backup's head and this one, which was kept outside.
    #[n(1)]
    Until(#[n(0)] Head),
    /// It is not known: no head was kept outside.
    #[n(2)]
    Unknown,
}

/// The room was restored from a backup, with the approval of the key holders.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Restored {
    /// The backup; of a chain, the last.
    #[n(0)]
    pub backup: BackupId,
    /// Its head: the ledger goes on behind it.
    #[n(1)]
    pub head: Head,
    /// What was lost.
    #[n(2)]
    pub lost: Lost,
    /// Counts the logs of the room from 1: another one begins where entries may have been lost.
    #[n(3)]
    pub generation: u32,
    /// The verifier keys of the log from then on, in the text form of signed notes.
    #[n(4)]
    pub log_keys: String,
    /// Names the gathering in which the key holders gave.
    #[n(5)]
    pub recovery: RecoveryId,
    /// What they were asked, as it was shown to them; it says backup, head and loss.
    #[n(6)]
    pub asked: ByteVec,
    /// The public key that they gave to, as `seal` encodes it.
    #[n(7)]
    pub recipient: ByteVec,
    /// Who gave.
    #[n(8)]
    pub approvals: Vec<Approved>,
    /// What rose again, or was destroyed again, because an anchor knew of what the backup did not hold.
    #[n(9)]
    pub restricted: Vec<RestrictedAgain>,
}

/// A key holder's approval of a restore: the last backup's key was given for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Approved {
    /// Digest of what was given, as `seal` encodes it.
    #[n(0)]
    pub given: ByteVec,
    /// Who gave, and the signature over room, gathering, what was asked, the recipient and `given`.
    #[n(1)]
    pub by: HolderSigned,
}

/// A record whose label rose again at a restore. Nobody read it for that: whole groups rise.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RestrictedAgain {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// What rises, each group by one layer.
    #[n(1)]
    pub groups: Vec<GroupRaised>,
    /// The record was withdrawn after the backup, by this event: it is again, and the layers are the quorum's.
    #[n(2)]
    pub withdrawn: Option<EventId>,
    /// The record was destroyed after the backup, by this event: it is again, and nothing of it rises.
    #[n(3)]
    pub destroyed: Option<EventId>,
}
