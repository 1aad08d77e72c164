//! What can go wrong with a folder of files, said to those who run it.

use std::io;
use std::sync::Arc;

/// Why a file outside the store was not written or read, and what to do about it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// There is no such folder.
    #[error(
        "{folder}: there is no such folder. Check the path, and that the disk it names is there"
    )]
    Missing {
        /// The folder.
        folder: String,
    },
    /// The operating system does not let this account read or write there.
    #[error(
        "{folder}: {doing} was not permitted ({cause}). Check the owner and mode of the folder, and that the disk is not mounted read-only"
    )]
    Denied {
        /// The folder.
        folder: String,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// The disk, or the account's share of it, is full.
    #[error(
        "{folder}: {doing} failed: the disk is full ({cause}). Make room; what was there before is whole"
    )]
    Full {
        /// The folder.
        folder: String,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// The disk failed in another way.
    #[error("{folder}: {doing} failed ({cause}). Check the disk; what was there before is whole")]
    Io {
        /// The folder.
        folder: String,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        cause: Arc<io::Error>,
    },
    /// Something in the place of a file or folder is neither.
    #[error(
        "{folder}: {doing} met a link, or something else that is no plain file or folder, and left it alone. Remove it: nothing in this folder is a link"
    )]
    Foreign {
        /// The folder.
        folder: String,
        /// What was being done.
        doing: &'static str,
    },
    /// A file is larger than anything that was written there.
    #[error("{folder}: {path} has more than {limit} bytes, so it is not what was written there")]
    TooLarge {
        /// The folder.
        folder: String,
        /// The file.
        path: String,
        /// The most that was to be read, in bytes.
        limit: usize,
    },
    /// The published checkpoint is not the one that this publication goes on from.
    #[error(
        "{folder}: the checkpoint here is not the one that was published last; the folder was changed, emptied or put back from another time"
    )]
    Changed {
        /// The folder.
        folder: String,
    },
    /// A path that does not belong into a ledger folder.
    #[error("{path:?} is no path in a ledger folder: {rule}")]
    Name {
        /// The path, cut if it is long.
        path: String,
        /// What it breaks.
        rule: &'static str,
    },
}

impl FolderError {
    pub(crate) fn from_io(folder: String, doing: &'static str, error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            return Self::Foreign { folder, doing };
        }
        match error.kind() {
            Kind::NotFound => Self::Missing { folder },
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => Self::Denied {
                folder,
                doing,
                cause: Arc::new(error),
            },
            Kind::StorageFull | Kind::QuotaExceeded => Self::Full {
                folder,
                doing,
                cause: Arc::new(error),
            },
            Kind::NotADirectory | Kind::IsADirectory | Kind::AlreadyExists | Kind::InvalidData => {
                Self::Foreign { folder, doing }
            }
            _ => Self::Io {
                folder,
                doing,
                cause: Arc::new(error),
            },
        }
    }
}
