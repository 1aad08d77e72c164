//! What can go wrong with a slot file, said to those who run it.

use std::io;
use std::sync::Arc;

use crate::StoreName;

/// Why the slot file is not there, is not the one, or did not do what it should.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SlotsError {
    /// It is not where it should be.
    #[error(
        "{place}: the slot file is missing, and without it nothing that was filed since there is one can be read. Put the file back that belongs to this copy of the store; it goes wherever the store goes"
    )]
    Missing {
        /// The place.
        place: StoreName,
    },
    /// Something else is there.
    #[error(
        "{place}: this is not a slot file. It was left as it is; move it away, and put this room's own there"
    )]
    Foreign {
        /// The place.
        place: StoreName,
    },
    /// It is another room's.
    #[error(
        "{place}: this is the slot file of another room. It was left as it is; put this room's own there"
    )]
    OtherRoom {
        /// The place.
        place: StoreName,
    },
    /// It is one that this room had before it was restored, or another copy's.
    #[error(
        "{place}: this is a slot file of this room, but not the one that this store goes with: it is from before a restore, or from another copy. Put the one there that was copied with this store"
    )]
    Other {
        /// The place.
        place: StoreName,
    },
    /// A later version of this software wrote it.
    #[error(
        "{place}: written in slot format {found}, and this version reads only format {known}. Use the version that wrote it, or a later one"
    )]
    Newer {
        /// The place.
        place: StoreName,
        /// The format that it says it has.
        found: u16,
        /// The format that this version reads and writes.
        known: u16,
    },
    /// It ends before slots that are in use.
    #[error(
        "{place}: the slot file holds fewer slots than this store uses: it was cut, or is an older copy. Put the one there that was copied with this store"
    )]
    Short {
        /// The place.
        place: StoreName,
    },
    /// It was deleted, moved or replaced while it was open.
    #[error(
        "{place}: the slot file was deleted, moved, cut or replaced while it was open. Put it back where it was; nothing is taken in until it is there"
    )]
    Moved {
        /// The place.
        place: StoreName,
    },
    /// It does not hold what was written to it.
    #[error(
        "{place}: the slot file is damaged: {what}. Keep the file as it is, and restore a backup beside it"
    )]
    Damaged {
        /// The place.
        place: StoreName,
        /// What was found.
        what: &'static str,
    },
    /// There are as many slots as there may be.
    #[error(
        "{place}: all {limit} slots of this room are in use, and each record takes one. File in a room of its own from now on"
    )]
    Full {
        /// The place.
        place: StoreName,
        /// How many there may be.
        limit: u64,
    },
    /// The disk failed.
    #[error(
        "{place}: {doing} failed ({cause}). Check the disk, its space, and the file's owner and mode"
    )]
    Io {
        /// The place.
        place: StoreName,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
}

impl SlotsError {
    pub(super) fn from_io(place: &StoreName, doing: &'static str, error: io::Error) -> Self {
        Self::Io {
            place: place.clone(),
            doing,
            cause: Arc::new(error),
        }
    }

    pub(super) fn damaged(place: &StoreName, what: &'static str) -> Self {
        Self::Damaged {
            place: place.clone(),
            what,
        }
    }

    /// Whether waiting and trying again can help.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Moved { .. })
    }
}
