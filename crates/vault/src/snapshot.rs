//! Reading: one consistent view of the committed state.

use std::ops::RangeInclusive;
use std::sync::Arc;

use redb::{OwnedAccessGuard, OwnedRange, ReadOnlyTable, ReadableTableMetadata};

use crate::durable::{ENTRY_BYTES, LEDGER, ROWS, guarded};
use crate::vault::Shared;
use crate::{Commit, ENTRIES_PAGE_MAX, Entry, Key, VaultError};

/// The store as of one commit, however much is written meanwhile.
///
/// The space of what is deleted or replaced is kept for it: let it go when done. Once the vault is
/// closed, or opened anew after a failure, it answers [`VaultError::Stale`].
pub struct Snapshot {
    rows: ReadOnlyTable<&'static [u8; Key::BYTES], &'static [u8]>,
    ledger: ReadOnlyTable<u64, &'static [u8; ENTRY_BYTES]>,
    size: u64,
    shared: Arc<Shared>,
}

impl Snapshot {
    pub(crate) fn of(shared: &Arc<Shared>) -> Result<Self, VaultError> {
        shared.watched(|durable| {
            let (rows, ledger, size) = durable.read("reading", |transaction| {
                let ledger = transaction.open_table(LEDGER)?;
                let size = ledger.len()?;
                Ok((transaction.open_table(ROWS)?, ledger, size))
            })?;
            Ok(Self {
                rows,
                ledger,
                size,
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
        self.redb("reading a row", || {
            let value = self.rows.get_owned(&key.to_bytes())?;
            Ok(value.map(|value| value.value().to_vec()))
        })
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
        Ok(Rows {
            rows,
            shared: self.shared.clone(),
        })
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

/// Rows of a [`Snapshot`] in the order of their keys, from either end, read one at a time.
///
/// After an error it ends.
pub struct Rows {
    rows: Option<OwnedRange<&'static [u8; Key::BYTES], &'static [u8]>>,
    shared: Arc<Shared>,
}

type RawRow = (
    OwnedAccessGuard<&'static [u8; Key::BYTES]>,
    OwnedAccessGuard<&'static [u8]>,
);

impl Rows {
    fn step(
        &mut self,
        step: impl FnOnce(
            &mut OwnedRange<&'static [u8; Key::BYTES], &'static [u8]>,
        ) -> Option<Result<RawRow, redb::StorageError>>,
    ) -> Option<Result<(Key, Vec<u8>), VaultError>> {
        let rows = self.rows.as_mut()?;
        let row = self.shared.watched(|durable| {
            guarded(&durable.medium, || match step(rows) {
                None => Ok(None),
                Some(Ok((key, value))) => {
                    Ok(Some((Key::from_bytes(key.value()), value.value().to_vec())))
                }
                Some(Err(error)) => Err(VaultError::from_redb(
                    &durable.medium.name,
                    "reading rows",
                    error,
                )),
            })
        });
        if row.is_err() {
            self.rows = None;
        }
        row.transpose()
    }
}

impl Iterator for Rows {
    type Item = Result<(Key, Vec<u8>), VaultError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(|rows| rows.next())
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(|rows| rows.next_back())
    }
}

fn split(row: &[u8; ENTRY_BYTES]) -> Entry {
    let mut leaf = [0; Commit::LEAF_BYTES];
    let mut event = [0; Commit::EVENT_BYTES];
    leaf.copy_from_slice(&row[..Commit::LEAF_BYTES]);
    event.copy_from_slice(&row[Commit::LEAF_BYTES..]);
    (leaf, event)
}
