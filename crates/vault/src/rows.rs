//! Walking through the rows of a view, one at a time.

use std::sync::Arc;

use redb::{OwnedAccessGuard, OwnedRange};

use crate::durable::{guarded, split_row};
use crate::vault::Shared;
use crate::{Key, VaultError};

type RawRows = OwnedRange<&'static [u8; Key::BYTES], &'static [u8]>;
type RawTombstones = OwnedRange<&'static [u8; Key::BYTES], u64>;
type RawRow<V> = (
    OwnedAccessGuard<&'static [u8; Key::BYTES]>,
    OwnedAccessGuard<V>,
);

/// Rows of a [`Snapshot`](crate::Snapshot) in the order of their keys, from either end, read one at a time.
///
/// After an error it ends.
pub struct Rows {
    rows: Option<RawRows>,
    shared: Arc<Shared>,
}

impl Rows {
    pub(crate) fn new(rows: Option<RawRows>, shared: Arc<Shared>) -> Self {
        Self { rows, shared }
    }

    fn step(
        &mut self,
        step: impl FnOnce(&mut RawRows) -> Option<Result<RawRow<&'static [u8]>, redb::StorageError>>,
    ) -> Option<Result<(Key, Vec<u8>), VaultError>> {
        let rows = self.rows.as_mut()?;
        let row = read(&self.shared, "reading rows", || {
            let (key, row) = match step(rows)? {
                Ok(row) => row,
                Err(error) => return Some(Err(error)),
            };
            let value = split_row(row.value()).map(|(_, value)| value.to_vec());
            Some(Ok((Key::from_bytes(key.value()), value)))
        });
        let row = row.map(|row| {
            let (key, value) = row?;
            Ok((key, value.ok_or_else(|| short_row(&self.shared))?))
        });
        if matches!(row, Some(Err(_))) {
            self.rows = None;
        }
        row
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

/// What changed after a group, as [`Snapshot::changes`](crate::Snapshot::changes) gives it.
///
/// After an error it ends.
pub struct Changes {
    since: u64,
    rows: Option<RawRows>,
    tombstones: Option<RawTombstones>,
    shared: Arc<Shared>,
}

impl Changes {
    pub(crate) fn new(
        since: u64,
        rows: RawRows,
        tombstones: RawTombstones,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            since,
            rows: Some(rows),
            tombstones: Some(tombstones),
            shared,
        }
    }

    /// The next row that was put since. Older ones are passed over without being copied.
    fn next_put(&mut self) -> Option<Result<(Key, Vec<u8>), VaultError>> {
        let rows = self.rows.as_mut()?;
        let row = read(&self.shared, "reading rows", || {
            loop {
                let (key, row) = match rows.next()? {
                    Ok(row) => row,
                    Err(error) => return Some(Err(error)),
                };
                let value = match split_row(row.value()) {
                    Some((group, _)) if group <= self.since => continue,
                    Some((_, value)) => Some(value.to_vec()),
                    None => None,
                };
                return Some(Ok((Key::from_bytes(key.value()), value)));
            }
        });
        row.map(|row| {
            let (key, value) = row?;
            Ok((key, value.ok_or_else(|| short_row(&self.shared))?))
        })
    }

    /// The next key that was deleted since.
    fn next_deleted(&mut self) -> Option<Result<Key, VaultError>> {
        let tombstones = self.tombstones.as_mut()?;
        read(&self.shared, "reading deletions", || {
            loop {
                match tombstones.next()? {
                    Ok((_, group)) if group.value() <= self.since => {}
                    Ok((key, _)) => return Some(Ok(Key::from_bytes(key.value()))),
                    Err(error) => return Some(Err(error)),
                }
            }
        })
    }
}

impl Iterator for Changes {
    type Item = Result<(Key, Option<Vec<u8>>), VaultError>;

    fn next(&mut self) -> Option<Self::Item> {
        let change = match self.next_put() {
            Some(put) => Some(put.map(|(key, value)| (key, Some(value)))),
            None => {
                self.rows = None;
                self.next_deleted().map(|key| Ok((key?, None)))
            }
        };
        if !matches!(change, Some(Ok(_))) {
            (self.rows, self.tombstones) = (None, None);
        }
        change
    }
}

/// One step through a table of redb's, with its failures in our words.
fn read<T>(
    shared: &Shared,
    doing: &'static str,
    step: impl FnOnce() -> Option<Result<T, redb::StorageError>>,
) -> Option<Result<T, VaultError>> {
    shared
        .watched(|durable| {
            let name = &durable.medium.name;
            guarded(&durable.medium, || {
                step()
                    .transpose()
                    .map_err(|error| VaultError::from_redb(name, doing, error))
            })
        })
        .transpose()
}

/// A row without the number of the group that wrote it.
pub(crate) fn short_row(shared: &Shared) -> VaultError {
    shared.damaged("a row is shorter than the number before each value".into())
}
