//! What can go wrong with a store, said to those who run it.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How errors call the store: its path, or what a test's disk is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreName(Arc<str>);

impl StoreName {
    pub(crate) fn of_path(path: &Path) -> Self {
        Self(path.display().to_string().into())
    }

    pub(crate) fn of_backend() -> Self {
        Self("the store in memory".into())
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the vault did not do something, and what to do about it.
///
/// Cheap to clone: one cause answers every commit of a group.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is already something at the path of a new store.
    #[error(
        "{store}: something is already there, and was left as it is. Open it, or choose another place for a new store"
    )]
    Exists {
        /// The store.
        store: StoreName,
    },
    /// There is nothing at the path, or no such folder.
    #[error("{store}: there is no store here. Check the path, or create a store first")]
    Missing {
        /// The store.
        store: StoreName,
    },
    /// The file was deleted, moved or replaced while it was open.
    #[error(
        "{store}: the store's file was deleted, moved or replaced while it was open. Put it back where it was; nothing is taken in until it is there"
    )]
    Moved {
        /// The store.
        store: StoreName,
    },
    /// Another process (or another part of this one) has the store open.
    #[error(
        "{store}: another process has this store open, and only one may. Talk to that one, or stop it first"
    )]
    InUse {
        /// The store.
        store: StoreName,
    },
    /// The file is something else.
    #[error(
        "{store}: this is not a Strongroom store ({what}). It was left as it is; check the path"
    )]
    Foreign {
        /// The store.
        store: StoreName,
        /// What gave it away.
        what: String,
    },
    /// A later version of this software wrote the store.
    #[error(
        "{store}: written in store format {found}, and this version reads only format {known}. Use the version that wrote it, or a later one"
    )]
    Newer {
        /// The store.
        store: StoreName,
        /// The format it says it has.
        found: u64,
        /// The format that this version reads and writes.
        known: u64,
    },
    /// The operating system does not let this account write there.
    #[error(
        "{store}: {doing} was not permitted ({cause}). Check the owner and mode of the file and its folder, and that the disk is not mounted read-only"
    )]
    Denied {
        /// The store.
        store: StoreName,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// The disk, or the account's share of it, is full.
    #[error(
        "{store}: {doing} failed: the disk is full ({cause}). Make room; what was stored before is safe"
    )]
    Full {
        /// The store.
        store: StoreName,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// The disk failed in another way.
    #[error(
        "{store}: {doing} failed ({cause}). Check the disk before going on; what was stored before it failed is kept"
    )]
    Io {
        /// The store.
        store: StoreName,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// The file does not hold what was written to it.
    #[error(
        "{store}: the store is damaged: {what}. Keep the file as it is, and restore a backup beside it"
    )]
    Damaged {
        /// The store.
        store: StoreName,
        /// What was found.
        what: String,
    },
    /// A limit of the vault was exceeded; nothing was stored.
    #[error("{size} {what}, and at most {limit} are allowed; nothing was stored")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many there were.
        size: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The ledger is shorter than where it was to be followed from.
    #[error("the ledger has {size} entries, and was to be followed from entry {from}")]
    Beyond {
        /// The index asked for.
        from: u64,
        /// The entries there are.
        size: u64,
    },
    /// The commit is certainly not stored.
    #[error("nothing was stored: {cause}")]
    NotStored {
        /// What failed.
        cause: Box<VaultError>,
    },
    /// The disk failed so late that the commit may or may not be stored. `Vault::try_recover` says which.
    #[error("whether this was stored will be known when the store can be opened again: {cause}")]
    InDoubt {
        /// What failed.
        cause: Box<VaultError>,
    },
    /// A snapshot from before the store was closed or opened anew.
    #[error(
        "{store}: the store was closed or opened anew since this view of it was taken; take a new one"
    )]
    Stale {
        /// The store.
        store: StoreName,
    },
    /// The vault was closed.
    #[error("{store}: the store has been closed")]
    Closed {
        /// The store.
        store: StoreName,
    },
    /// The writer ended on a broken invariant; its message is on standard error.
    #[error(
        "{store}: the writer stopped on an internal error, so nothing more is stored. What was acknowledged is safe; start the program again and report this"
    )]
    Stopped {
        /// The store.
        store: StoreName,
    },
}

impl VaultError {
    pub(crate) fn from_io(store: &StoreName, doing: &'static str, error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let store = store.clone();
        match error.kind() {
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => Self::Denied {
                store,
                doing,
                cause: Arc::new(error),
            },
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full {
                store,
                doing,
                cause: Arc::new(error),
            },
            Kind::UnexpectedEof => Self::Damaged {
                store,
                what: "the file ends before it should".into(),
            },
            _ => Self::Io {
                store,
                doing,
                cause: Arc::new(error),
            },
        }
    }

    pub(crate) fn from_redb(
        store: &StoreName,
        doing: &'static str,
        error: impl Into<redb::Error>,
    ) -> Self {
        match error.into() {
            redb::Error::Io(error) => Self::from_io(store, doing, error),
            redb::Error::DatabaseClosed => Self::Stale {
                store: store.clone(),
            },
            redb::Error::DatabaseAlreadyOpen => Self::InUse {
                store: store.clone(),
            },
            redb::Error::PreviousIo => Self::from_io(
                store,
                doing,
                io::Error::other("the disk failed before, and the store was not opened anew since"),
            ),
            other => Self::Damaged {
                store: store.clone(),
                what: format!("{doing}: {other}"),
            },
        }
    }

    pub(crate) fn damaged(store: &StoreName, what: impl Into<String>) -> Self {
        Self::Damaged {
            store: store.clone(),
            what: what.into(),
        }
    }

    /// What failed underneath, without the words on what became of the commit.
    pub fn cause(&self) -> &VaultError {
        match self {
            Self::NotStored { cause } | Self::InDoubt { cause } => cause.cause(),
            other => other,
        }
    }

    pub(crate) fn not_stored(self) -> Self {
        Self::NotStored {
            cause: Box::new(self),
        }
    }

    pub(crate) fn in_doubt(self) -> Self {
        Self::InDoubt {
            cause: Box::new(self),
        }
    }
}
