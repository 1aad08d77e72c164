//! What makes the room close.
//!
//! A fault is no refusal: nobody asked for something wrong, but the room is not what it must be, or
//! cannot write. The guard closes on it and says why; the words name rules and places, never content.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use strongroom_vault::VaultError;
use strongroom_vault::folder::FolderError;
use strongroom_vault::slots::SlotsError;

use crate::anchor::AnchorError;
use crate::refusal::{Code, Refusal};
use crate::state::Misfit;

/// Why the room closes.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// The store cannot be read or written.
    #[error("{0}")]
    Vault(#[from] VaultError),
    /// The slot file is not the one that the store goes with, or cannot be read or written.
    #[error("{0}")]
    Slots(#[from] SlotsError),
    /// The disk hangs, for so many seconds by now.
    #[error("the disk has not answered for {0} s")]
    Hanging(u64),
    /// A row that the ledger names is not there.
    #[error("the store lacks {0}; it was removed or the store is an older copy")]
    Missing(&'static str),
    /// A row is not what the ledger says.
    #[error("the store is damaged or was altered: {0}")]
    Damaged(&'static str),
    /// An event does not follow from those before it.
    #[error("the ledger is damaged or was altered: {0}")]
    Misfit(#[from] Misfit),
    /// The kept state is not what the ledger says.
    #[error(
        "the store is damaged or was altered: the state kept for opening is not the ledger's: {0}"
    )]
    Kept(&'static str),
    /// What the guard does behind its requests ended on a broken invariant.
    #[error(
        "the guard stopped on an internal error, told on its standard error; start it again and report this"
    )]
    Broken,
    /// The checkpoint could not be signed.
    #[error("the ledger's checkpoint cannot be signed: {0}")]
    Checkpoint(String),
    /// A head of this ledger that was kept outside is not in it.
    #[error("{0}")]
    Behind(#[from] Behind),
    /// The ledger folder cannot be read or written.
    #[error("the ledger cannot be published: {0}")]
    Folder(FolderError),
    /// The anchor cannot be read or written.
    #[error("the anchor cannot be kept: {0}")]
    Anchor(FolderError),
    /// The file that was given as the anchor is not this room's.
    #[error("the file given as the anchor is not this room's anchor: {0}")]
    NotTheAnchor(AnchorError),
    /// What was given as the ledger folder is another's.
    #[error("the ledger folder {0}: it is not this room's, and was left as it is")]
    NotTheFolder(String),
    /// The ledger folder or the anchor does not answer.
    #[error(
        "the ledger folder or the anchor has not answered for {} seconds; the disk it lies on hangs",
        .0.as_secs()
    )]
    Silent(Duration),
    /// Somebody else changes the ledger folder while it is written.
    #[error("the ledger folder is changed by somebody else while it is written")]
    Unsteady,
    /// There is no thread to write outside the store.
    #[error("the machine gives no thread to publish the ledger: {0}")]
    NoThread(Arc<io::Error>),
}

/// The ledger does not contain a head that both its keys have signed: the room is an older copy of
/// itself, or a copy that went on by another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Who had seen the head.
    pub keeper: Keeper,
    /// Entries in the head that was seen.
    pub seen: u64,
    /// Entries that the room has.
    pub entries: u64,
}

/// Who keeps heads of the ledger outside the room's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// A client that showed it.
    Client,
    /// The folder in which the ledger is published.
    Folder,
    /// The file outside the room.
    Anchor,
    /// A witness, by its name.
    Witness(String),
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("a client"),
            Self::Folder => f.write_str("the ledger folder"),
            Self::Anchor => f.write_str("the anchor"),
            Self::Witness(name) => write!(f, "the witness {name}"),
        }
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            keeper,
            seen,
            entries,
        } = self;
        if entries < seen {
            write!(
                f,
                "this room is an older copy: its ledger has {entries} entries, and {keeper} has seen {seen}"
            )
        } else {
            write!(
                f,
                "this room's ledger is not the one that {keeper} has seen: its first {seen} entries are not \
                 those that were signed; it is an older copy that went on, or entries were altered"
            )
        }
    }
}

impl std::error::Error for Behind {}

impl Fault {
    /// Whether waiting and trying again can help: only where a disk failed, and nothing is lost.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Hanging(_) => true,
            Self::Slots(error) => error.may_pass(),
            Self::Vault(error) => !matches!(
                error.cause(),
                VaultError::Damaged { .. }
                    | VaultError::Foreign { .. }
                    | VaultError::Newer { .. }
                    | VaultError::Closed { .. }
                    | VaultError::Stopped { .. }
            ),
            _ => self.is_outside(),
        }
    }
    /// What those who keep the room do about it while no guard runs; none where waiting may be enough.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            _ if self.may_pass() => None,
            Self::Behind(_) => Some(
                "bring back the copy of the room's folder that has all entries; if it is lost, restore the newest backup with `strongroom restore`. Keep what has seen more: it proves what there was",
            ),
            Self::NotTheFolder(_) => Some(
                "move that folder away and find out how it came there; this room's ledger is written anew when it is gone",
            ),
            Self::NotTheAnchor(_) => {
                Some("name this room's anchor, or a file that is not there yet")
            }
            Self::Slots(_) => Some(
                "put the slot file beside the store that was copied or backed up with it; if there is none, restore the newest backup with `strongroom restore`",
            ),
            Self::Broken => Some("start it again and report what it said"),
            _ => Some(
                "see with `strongroom check` what is wrong, and restore the room from a backup with `strongroom restore`",
            ),
        }
    }
    /// Whether the store is whole and can be written, and only what lies outside it cannot.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(
            self,
            Self::Folder(_)
                | Self::Anchor(_)
                | Self::Silent(_)
                | Self::Unsteady
                | Self::NoThread(_)
        )
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let hint = match fault.remedy() {
            None => {
                "the room tries again by itself and reopens when it can write; `strongroom status` tells".to_owned()
            }
            Some(remedy) => format!(
                "nothing is shown or taken, and the room does not reopen by itself; those who keep it end it with `strongroom close`, then {remedy}"
            ),
        };
        Refusal::new(Code::Closed, format!("the room is closed: {fault}")).hint(hint)
    }
}

/// What an act ends with when it does not end well.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Refused; the room goes on.
    Refused(Refusal),
    /// The room closes.
    Fault(Fault),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl<T: Into<Fault>> From<T> for Stop {
    fn from(fault: T) -> Self {
        Self::Fault(fault.into())
    }
}
