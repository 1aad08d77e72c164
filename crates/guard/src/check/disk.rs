//! Whether the disk holds what the store answers, some of which may lie in memory alone.

use std::ops::ControlFlow;

use strongroom_vault::{PagesRead, VaultError};

use super::{Ended, OnCheck, Walk};
use crate::api::CheckProgress;

/// What progress counts as a page, in bytes: redb's smallest.
const PAGE_BYTES: u64 = 4096;

impl Walk<'_> {
    /// Reads every page from the disk. Before all else: what follows reads all rows, and pushes out of
    /// memory what may be whole only there.
    pub(super) fn disk(&mut self, progress: OnCheck<'_>) -> Result<(), Ended> {
        let found = self.findings.count();
        let mut pages = 0;
        let mut tell = |read: PagesRead| {
            pages = read.of / PAGE_BYTES;
            progress(CheckProgress {
                done: read.bytes / PAGE_BYTES,
                of: pages,
                bytes: read.bytes,
                findings: found,
            })
        };
        let verified = self.place.store.vault.verify_pages(&mut tell);
        self.pages = pages;
        match verified {
            Ok(ControlFlow::Continue(())) => Ok(()),
            Ok(ControlFlow::Break(())) => Err(Ended::Stopped),
            Err(gone @ (VaultError::Closed { .. } | VaultError::Stopped { .. })) => {
                Err(Ended::Unreadable(gone))
            }
            Err(VaultError::Damaged { what, .. }) => {
                self.findings.disk(&what);
                Ok(())
            }
            Err(VaultError::Io { doing, cause, .. }) => {
                self.findings.disk(&format!("{doing} failed: {cause}"));
                Ok(())
            }
            Err(other) => {
                self.findings.disk(&other.to_string());
                Ok(())
            }
        }
    }
}
