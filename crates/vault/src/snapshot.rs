//! Reading: one consistent view of the committed state.

use std::ops::RangeInclusive;
use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata};

use crate::durable::{ENTRY_BYTES, LEDGER, ROWS, TOMBSTONES, guarded, split_row, standing_in};
use crate::rows::{Changes, Rows, short_row};
use crate::vault::Shared;
use crate::{Commit, ENTRIES_PAGE_MAX, Entry, Key, Standing, VaultError};

/// The store as of one commit, however much is written meanwhile.
///
/// The space of what is deleted or replaced is kept for it: let it go when done. Once the vault is
/// closed, or opened anew after a failure, it answers [`VaultError::Stale`].
pub struct Snapshot {
    rows: ReadOnlyTable<&'static [u8; Key::BYTES], &'static [u8]>,
    ledger: ReadOnlyTable<u64, &'static [u8; ENTRY_BYTES]>,
    size: u64,
    /// For what is read seldom: opening a table costs more than reading a row of it.
    transaction: ReadTransaction,
    shared: Arc<Shared>,
}

impl Snapshot {
    pub(crate) fn of(shared: &Arc<Shared>) -> Result<Self, VaultError> {
        shared.watched(|durable| {
            let (rows, ledger, size, transaction) = durable.read("reading", |transaction| {
                let ledger = transaction.open_table(LEDGER)?;
                let size = ledger.len()?;
                Ok((transaction.open_table(ROWS)?, ledger, size, transaction))
            })?;
            Ok(Self {
                rows,
                ledger,
                size,
                transaction,
                shared: shared.clone(),
            })
        })
    }

    /// The value of `key`, if it has one.
    ///
    /// # Errors
    ///
    /// When the disk fails or the store is damaged; the vault then counts as failed.
    pub fn get(&self, key: Key) -> Result<Option<Vec<u8>>, VaultError> {
        let value = self.redb("reading a row", || {
            let Some(row) = self.rows.get_owned(&key.to_bytes())? else {
                return Ok(None);
            };
            Ok(Some(
                split_row(row.value()).map(|(_, value)| value.to_vec()),
            ))
        })?;
        match value {
            Some(None) => Err(short_row(&self.shared)),
            found => Ok(found.flatten()),
        }
    }

    /// Where the store stands as of this view.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn standing(&self) -> Result<Standing, VaultError> {
        let name = &self.shared.durable.medium.name;
        self.redb("reading the header", || {
            standing_in(name, &self.transaction)
        })?
    }

    /// Every row of every kind, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn all(&self) -> Result<Rows, VaultError> {
        self.range(Key::FIRST..=Key::LAST)
    }

    /// What was put or deleted after group number `since` ([`Standing::groups`] of an earlier view
    /// of the same lineage), as it stands in this view: each key once, first the rows in the order
    /// of their keys, with their values, then the keys deleted, in order, with `None`.
    ///
    /// Put into the earlier view's rows, they give this view's. A key that was put and deleted again
    /// since may be among those deleted. From 0 it is everything. The whole store is walked, however
    /// little has changed: at the price of reading it, a gigabyte in a second or less.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn changes(&self, since: u64) -> Result<Changes, VaultError> {
        let rows = self.redb("reading rows", || {
            Ok(self.rows.range_owned::<&[u8; Key::BYTES]>(..)?)
        })?;
        let tombstones = self.redb("reading deletions", || {
            Ok(self
                .transaction
                .open_table(TOMBSTONES)?
                .range_owned::<&[u8; Key::BYTES]>(..)?)
        })?;
        Ok(Changes::new(since, rows, tombstones, self.shared.clone()))
    }

    /// All rows of one kind, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn scan(&self, kind: u8) -> Result<Rows, VaultError> {
        self.range(Key::all_of_kind(kind))
    }

    /// All rows of one kind and id, by counter.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn scan_id(&self, kind: u8, id: [u8; 16]) -> Result<Rows, VaultError> {
        self.range(Key::all_of_id(kind, id))
    }

    /// All rows from one key to another, both included, in order.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn range(&self, keys: RangeInclusive<Key>) -> Result<Rows, VaultError> {
        let (start, end) = (keys.start().to_bytes(), keys.end().to_bytes());
        let rows = self.redb("reading rows", || {
            // redb takes an inverted range for a mistake; here it is merely empty.
            if start > end {
                return Ok(None);
            }
            Ok(Some(
                self.rows.range_owned::<&[u8; Key::BYTES]>(&start..=&end)?,
            ))
        })?;
        Ok(Rows::new(rows, self.shared.clone()))
    }

    /// Ledger entries by index, from `from` on: at most `max` and at most [`ENTRIES_PAGE_MAX`], none beyond the end.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::get`].
    pub fn entries(&self, from: u64, max: usize) -> Result<Vec<Entry>, VaultError> {
        let count = self
            .size
            .saturating_sub(from)
            .min(max.min(ENTRIES_PAGE_MAX) as u64);
        if count == 0 {
            return Ok(Vec::new());
        }
        let entries = self.redb("reading the ledger", || {
            self.ledger
                .range_owned(from..from + count)?
                .map(|row| Ok(split(row?.1.value())))
                .collect::<Result<Vec<Entry>, redb::Error>>()
        })?;
        if entries.len() as u64 != count {
            let what = format!(
                "of its ledger's entries {from} to {}, some are missing",
                from + count - 1
            );
            return Err(self.shared.damaged(what));
        }
        Ok(entries)
    }

    /// The number of ledger entries in this view.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn redb<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce() -> Result<T, redb::Error>,
    ) -> Result<T, VaultError> {
        self.shared.watched(|durable| {
            guarded(&durable.medium, || {
                read().map_err(|error| VaultError::from_redb(&durable.medium.name, doing, error))
            })
        })
    }
}

fn split(row: &[u8; ENTRY_BYTES]) -> Entry {
    let mut leaf = [0; Commit::LEAF_BYTES];
    let mut event = [0; Commit::EVENT_BYTES];
    leaf.copy_from_slice(&row[..Commit::LEAF_BYTES]);
    event.copy_from_slice(&row[Commit::LEAF_BYTES..]);
    (leaf, event)
}
