//! From the items of backups to rows and entries of an empty store.

use std::io::{self, Read};

use strongroom_record::BackupId;
use strongroom_seal::{BackupError, BackupKey, HouseKey, SealedBackup, SuiteFloor};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::tree::{Frontier, LeafHash};
use strongroom_vault::slots::{SLOT_KEY_BYTES, SLOTS_MAX};
use strongroom_vault::{Commit, Pending, Vault};
use zeroize::Zeroizing;

use super::{OnRestore, RestoreError, RestoreProgress};
use crate::backup::Range;
use crate::backup::content::{Item, ItemReader};
use crate::limits::{RESTORE_COMMIT_BYTES, RESTORE_COMMIT_ITEMS, RESTORE_COMMITS_WAITING};

/// What goes with a store that was filled.
pub(super) struct Written {
    pub(super) house: HouseKey,
    /// The keys of the slots, if there are any.
    pub(super) slots: Option<Zeroizing<Vec<u8>>>,
}

/// A store being filled.
pub(super) struct Writing<'a> {
    vault: &'a Vault,
    commit: Commit,
    items: usize,
    pending: Vec<Pending>,
    tree: Frontier,
    house: Option<HouseKey>,
    /// Keys of the slots, of the part that was read last; none of a room without a slot file.
    slots: Option<Zeroizing<Vec<u8>>>,
    bytes: u64,
}

impl<'a> Writing<'a> {
    pub(super) fn new(vault: &'a Vault) -> Self {
        Self {
            vault,
            commit: Commit::new(),
            items: 0,
            pending: Vec::new(),
            tree: Frontier::new(),
            house: None,
            slots: None,
            bytes: 0,
        }
    }

    pub(super) fn part<R: Read>(
        &mut self,
        sealed: SealedBackup<R>,
        key: &BackupKey,
        range: &Range,
        floor: SuiteFloor,
        progress: OnRestore<'_>,
    ) -> Result<(), RestoreError> {
        let header = sealed.header().clone();
        let id = header.backup();
        let opened = sealed.open(key).map_err(|e| RestoreError::Backup(id, e))?;
        let mut items = ItemReader::new(opened);
        let mut next = range.from;
        self.slots = None;
        loop {
            match items.next().map_err(|e| of_content(id, e))? {
                Item::House(text) => self.house(id, text.expose(), floor)?,
                Item::Slots(keys) => {
                    let slots = self.slots.get_or_insert_default();
                    if slots.len() + keys.len() > SLOTS_MAX as usize * SLOT_KEY_BYTES {
                        return Err(RestoreError::Slots(id));
                    }
                    slots.extend_from_slice(keys.expose());
                }
                Item::Row(key, bytes) => {
                    self.bytes += bytes.len() as u64;
                    self.commit.put(key, bytes);
                }
                Item::Deleted(key) => {
                    self.commit.delete(key);
                }
                Item::Entries(first, entries) => {
                    if first != next {
                        return Err(RestoreError::Entries(id));
                    }
                    next += entries.len() as u64;
                    self.entries(id, first, &entries)?;
                }
                Item::End => break,
            }
            self.items += 1;
            if self.items >= RESTORE_COMMIT_ITEMS || self.commit.bytes() >= RESTORE_COMMIT_BYTES {
                self.send()?;
                if progress(RestoreProgress::Written(self.bytes)).is_break() {
                    return Err(RestoreError::Stopped);
                }
            }
        }
        self.settle()?;
        let head = self.tree.head();
        if next != header.head.size
            || head.size().get() != header.head.size
            || *head.root().as_bytes() != header.head.root
        {
            return Err(RestoreError::Head(id));
        }
        Ok(())
    }

    fn house(&mut self, id: BackupId, text: &[u8], floor: SuiteFloor) -> Result<(), RestoreError> {
        let wrong = || {
            of_content(
                id,
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the house key in it cannot be read",
                ),
            )
        };
        let text = std::str::from_utf8(text).map_err(|_| wrong())?;
        self.house = Some(HouseKey::from_text(floor, text).map_err(|_| wrong())?);
        Ok(())
    }

    /// Appends entries; those that the backup before this one has too must be the same.
    fn entries(
        &mut self,
        id: BackupId,
        first: u64,
        entries: &[([u8; Entry::LEN], [u8; 16])],
    ) -> Result<(), RestoreError> {
        let size = self.tree.size().get();
        let known = usize::try_from(size.saturating_sub(first)).unwrap_or(usize::MAX);
        let (again, new) = entries.split_at(known.min(entries.len()));
        if !again.is_empty() {
            self.settle()?;
            if self.vault.entries(first, again.len())? != again {
                return Err(RestoreError::Entries(id));
            }
        }
        for (leaf, event) in new {
            self.commit.entry(*leaf, *event);
            self.tree.append(LeafHash::of(leaf));
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), RestoreError> {
        self.items = 0;
        self.pending
            .push(self.vault.submit(std::mem::take(&mut self.commit)));
        if self.pending.len() >= RESTORE_COMMITS_WAITING {
            self.pending.remove(0).wait()?;
        }
        Ok(())
    }

    /// Waits until all that was sent is on the disk.
    fn settle(&mut self) -> Result<(), RestoreError> {
        self.send()?;
        for pending in self.pending.drain(..) {
            pending.wait()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Written, RestoreError> {
        self.settle()?;
        let house = self.house.expect("every backup begins with the house key");
        let slots = self.slots;
        Ok(Written { house, slots })
    }
}

/// A [`BackupError`] comes through reading inside an error of its own.
fn of_content(id: BackupId, error: io::Error) -> RestoreError {
    match error.downcast::<BackupError>() {
        Ok(error) => RestoreError::Backup(id, error),
        Err(error) => RestoreError::Content(id, error),
    }
}
