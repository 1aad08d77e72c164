//! Backups that follow each other, and what key holders are asked for them.

use strongroom_record::keeping::{Head, Lost};
use strongroom_record::recovery::{Asked, AskedFor};
use strongroom_record::{BackupId, RoomId, decode};
use strongroom_seal::BackupHeader;

use crate::backup::Range;

/// Why backups do not make a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// None was given.
    #[error("no backup was given")]
    Empty,
    /// The first one continues another.
    #[error(
        "backup {0} holds only what changed since backup {1}; the whole one that it goes back to comes first"
    )]
    NotWhole(BackupId, BackupId),
    /// One does not continue the one before it.
    #[error("backup {backup} does not continue backup {before}, which comes before it here{}", continues(.base))]
    Link {
        /// The backup.
        backup: BackupId,
        /// The one before it.
        before: BackupId,
        /// What it continues.
        base: Option<BackupId>,
    },
    /// They are not of one room.
    #[error("backup {0} is of another room than the one before it")]
    OtherRoom(BackupId),
    /// They are not of one store, or do not join.
    #[error(
        "backup {0} was taken from another store than the one before it, or does not join it: the room was restored in between"
    )]
    OtherStore(BackupId),
    /// Its header cannot be understood.
    #[error("backup {0} is of another version: which part of the store it holds cannot be read")]
    Range(BackupId),
}

impl ChainError {
    /// The backup that does not belong where it stands.
    pub fn backup(&self) -> Option<BackupId> {
        match self {
            Self::Empty => None,
            Self::NotWhole(backup, _)
            | Self::Link { backup, .. }
            | Self::OtherRoom(backup)
            | Self::OtherStore(backup)
            | Self::Range(backup) => Some(*backup),
        }
    }
}

fn continues(base: &Option<BackupId>) -> String {
    match base {
        Some(base) => format!("; it continues backup {base}"),
        None => "; it is a whole one, which stands first".to_owned(),
    }
}

/// Backups that follow each other: a whole one, and incremental ones in their order.
#[derive(Debug, Clone)]
pub struct Chain {
    headers: Vec<BackupHeader>,
    pub(super) ranges: Vec<Range>,
}

impl Chain {
    /// The chain that these headers make, as far as headers tell: what lies under them is seen when it is read.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn of(headers: Vec<BackupHeader>) -> Result<Self, ChainError> {
        let first = headers.first().ok_or(ChainError::Empty)?;
        if let Some(base) = first.base {
            return Err(ChainError::NotWhole(first.backup(), base));
        }
        let ranges: Vec<Range> = headers
            .iter()
            .map(|h| decode(&h.range).map_err(|_| ChainError::Range(h.backup())))
            .collect::<Result<_, _>>()?;
        for (pair, range) in headers.windows(2).zip(ranges.windows(2)) {
            let ([before, next], [held, holds]) = (pair, range) else {
                unreachable!("windows of two");
            };
            if next.room() != before.room() {
                return Err(ChainError::OtherRoom(next.backup()));
            }
            if next.base != Some(before.backup()) {
                return Err(ChainError::Link {
                    backup: next.backup(),
                    before: before.backup(),
                    base: next.base,
                });
            }
            if holds.lineage != held.lineage
                || holds.since > held.until
                || holds.from > before.head.size
            {
                return Err(ChainError::OtherStore(next.backup()));
            }
        }
        Ok(Self { headers, ranges })
    }
    /// The room.
    pub fn room(&self) -> RoomId {
        self.last().room()
    }
    /// The head to which it restores.
    pub fn head(&self) -> Head {
        let head = self.last().head;
        Head {
            size: head.size,
            root: head.root,
        }
    }
    /// The last backup of it.
    pub fn backup(&self) -> BackupId {
        self.last().backup()
    }
    /// The headers, in order.
    pub fn headers(&self) -> &[BackupHeader] {
        &self.headers
    }
    pub(super) fn last(&self) -> &BackupHeader {
        self.headers.last().expect("a chain has a backup")
    }
    /// What key holders are asked for one backup of the chain, when the room is to be restored.
    pub fn restoring(&self, backup: BackupId, lost: Lost) -> Asked {
        restore_asked(backup, &self.head(), &lost)
    }
    /// What they are asked when it is only to be proved that it restores.
    pub fn rehearsing(&self, backup: BackupId) -> Asked {
        asked(
            backup,
            "rehearse: prove that it restores, and keep nothing".to_owned(),
        )
    }
}

/// What key holders are asked when a room is to be restored from a backup: to which head, and what is lost.
pub fn restore_asked(backup: BackupId, head: &Head, lost: &Lost) -> Asked {
    asked(backup, restoring_words(head, lost))
}

fn asked(backup: BackupId, doing: String) -> Asked {
    Asked {
        what: AskedFor::Backup { backup, doing },
        by: None,
        until: None,
    }
}

/// What is shown to the key holders who approve a restore, and signed by them.
fn restoring_words(head: &Head, lost: &Lost) -> String {
    let named = |head: &Head| {
        let root = data_encoding::HEXLOWER.encode(&head.root);
        format!("{} entries, root {root}", head.size)
    };
    let to = named(head);
    match lost {
        Lost::Until(until) => format!(
            "restore to the head of {to}; what came after it is lost, up to the head of {}",
            named(until)
        ),
        Lost::Unknown => format!(
            "restore to the head of {to}; what came after it, restrictions included, is lost, and nobody knows how much"
        ),
    }
}
