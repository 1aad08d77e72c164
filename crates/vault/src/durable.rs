//! The redb database in a medium: its format, one group's transaction, and opening it anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    Table, TableDefinition, WriteTransaction,
};

use crate::commit::{Change, Remake};
use crate::medium::Medium;
use crate::opening;
use crate::{CACHE_BYTES, Commit, Key, Lineage, Standing, StoreName, VALUE_BYTES_MAX, VaultError};

/// The rows, by the 25 bytes of their key: the number of the group that wrote it (8 bytes,
/// big-endian), then the value.
pub(crate) const ROWS: TableDefinition<&[u8; Key::BYTES], &[u8]> =
    TableDefinition::new("strongroom.rows");
/// The keys whose rows were deleted and not put again since, and the number of the group that did so.
pub(crate) const TOMBSTONES: TableDefinition<&[u8; Key::BYTES], u64> =
    TableDefinition::new("strongroom.tombstones");
/// The ledger's entries by index: leaf, then event id.
pub(crate) const LEDGER: TableDefinition<u64, &[u8; ENTRY_BYTES]> =
    TableDefinition::new("strongroom.ledger");
/// Numbers about the store itself: [`FORMAT_ROW`], [`GROUPS_ROW`] and [`OPENINGS_ROW`].
const HEADER: TableDefinition<&str, u64> = TableDefinition::new("strongroom.header");

/// Which store it is: one row, or none while nobody has said.
const LINEAGE: TableDefinition<(), &[u8; Lineage::BYTES]> =
    TableDefinition::new("strongroom.lineage");

/// The length of what stands before each value: the number of the group that wrote it.
pub(crate) const GROUP_PREFIX_BYTES: usize = size_of::<u64>();
/// The length of an entry on disk.
pub(crate) const ENTRY_BYTES: usize = Commit::LEAF_BYTES + Commit::EVENT_BYTES;

/// The format of the store: the tables above and what their rows mean.
const FORMAT_ROW: &str = "format";
/// The format that this version writes, and the only one it reads.
///
/// Format 1, of which no room is in use, knew neither groups nor tombstones.
const FORMAT: u64 = 2;
/// How many groups of commits the store has had.
const GROUPS_ROW: &str = "groups";
/// How many times the store was opened.
const OPENINGS_ROW: &str = "openings";

/// The first bytes of every redb file.
const REDB_MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";

/// What is believed of a file that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Nothing: every page is read and its checksum verified first, so that a changed bit is found
    /// now, and redb, which may panic on pages that it did not write, meets none.
    Nothing,
    /// That it holds what this process wrote: it was verified when this process opened it, and has been locked since.
    OwnWriting,
}

/// How a group's transaction failed.
pub(crate) enum WriteFailure {
    /// Before redb began to commit: nothing of it is on the disk.
    Before(VaultError),
    /// While redb committed: all of it may be on the disk, or nothing.
    During(VaultError),
}

/// A database on a medium; absent while it is closed or could not be opened again.
pub(crate) struct Durable {
    pub(crate) medium: Medium,
    database: RwLock<Option<Database>>,
}

impl WriteFailure {
    fn error(self) -> VaultError {
        match self {
            Self::Before(error) | Self::During(error) => error,
        }
    }
}

impl Durable {
    /// Writes an empty store on an empty medium.
    pub(crate) fn create(medium: Medium) -> Result<(Self, Standing), VaultError> {
        let database = guarded(&medium, || {
            let database = opening::builder(CACHE_BYTES)
                .create_with_backend(medium.handle())
                .map_err(|e| VaultError::from_redb(&medium.name, "creating the store", e))?;
            let failed = |e| VaultError::from_redb(&medium.name, "creating the store", e);
            let transaction = begin(&database).map_err(failed)?;
            initialise(&transaction).map_err(failed)?;
            transaction.commit().map_err(|e| failed(e.into()))?;
            Ok(database)
        })?;
        let durable = Self {
            medium,
            database: RwLock::new(Some(database)),
        };
        let standing = durable.standing()?;
        Ok((durable, standing))
    }

    /// Opens the store on a medium, and proves that it can be written.
    pub(crate) fn open(medium: Medium) -> Result<(Self, Standing), VaultError> {
        let durable = Self {
            medium,
            database: RwLock::new(None),
        };
        let standing = durable.load(Trust::Nothing)?;
        durable.prove()?;
        Ok((durable, standing))
    }

    /// Closes whatever is open and reads the store as the disk now holds it.
    ///
    /// What it says is not settled until [`Durable::prove`] has written after it.
    pub(crate) fn load(&self, trust: Trust) -> Result<Standing, VaultError> {
        {
            let mut slot = self
                .database
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(failed) = slot.take() {
                // It is here because it failed: what closing it reports is known by now.
                let _ = opening::close(&self.medium, failed);
            }
            *slot = Some(self.open_database(trust)?);
        }
        self.standing()
    }

    /// Settles what [`Durable::load`] found: a durable transaction that changes nothing but the
    /// count of openings.
    ///
    /// It rewrites redb's header, so that a header which lay only in the memory of the operating
    /// system is on the disk when this returns, whatever redb itself writes on opening; and it shows
    /// a disk that is full or read-only at once, rather than at the first filing.
    pub(crate) fn prove(&self) -> Result<(), VaultError> {
        let opened = self.transact(|transaction| {
            let mut header = transaction.open_table(HEADER)?;
            let openings = header.get(OPENINGS_ROW)?.map_or(0, |count| count.value());
            header.insert(OPENINGS_ROW, openings.saturating_add(1))?;
            Ok(())
        });
        opened.map_err(WriteFailure::error)
    }

    /// Says durably which store this is, unless that was said before; returns what stands.
    pub(crate) fn begin_lineage(&self, lineage: Lineage) -> Result<Lineage, VaultError> {
        let begun = self.transact(|transaction| {
            let mut table = transaction.open_table(LINEAGE)?;
            let stands = table.get(())?.map(|row| Lineage(*row.value()));
            if stands.is_none() {
                table.insert((), &lineage.0)?;
            }
            Ok(stands.unwrap_or(lineage))
        });
        begun.map_err(WriteFailure::error)
    }

    fn open_database(&self, trust: Trust) -> Result<Database, VaultError> {
        let medium = &self.medium;
        let length = medium.len()?;
        let mut magic = [0; REDB_MAGIC.len()];
        if length < magic.len() as u64 {
            return Err(VaultError::damaged(
                &medium.name,
                format!("the file is {length} bytes long"),
            ));
        }
        medium.read(0, &mut magic)?;
        if magic != REDB_MAGIC {
            return Err(VaultError::Foreign {
                store: medium.name.clone(),
                what: "it does not begin as one does".into(),
            });
        }
        if trust == Trust::Nothing {
            opening::verify(medium)?;
        }
        opening::open(medium)
    }

    /// Reads the header and checks that the ledger has no gap.
    fn standing(&self) -> Result<Standing, VaultError> {
        let name = &self.medium.name;
        self.read("reading the header", |transaction| {
            standing_in(name, &transaction)
        })?
    }

    /// Runs `read` on the committed state, which it may keep.
    pub(crate) fn read<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, VaultError> {
        let slot = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = slot.as_ref() else {
            return Err(VaultError::Closed {
                store: self.medium.name.clone(),
            });
        };
        guarded(&self.medium, || {
            database
                .begin_read()
                .map_err(redb::Error::from)
                .and_then(read)
                .map_err(|error| VaultError::from_redb(&self.medium.name, doing, error))
        })
    }

    /// Writes all of `group`, in order, as one durable transaction. `go_on` hears of each row that is made anew.
    pub(crate) fn write_group(
        &self,
        group: &[Commit],
        before: Standing,
        go_on: &dyn Fn(),
    ) -> Result<Standing, WriteFailure> {
        self.transact(|transaction| stage(transaction, group, before, go_on))
    }

    /// One durable transaction of what `stage` does.
    fn transact<T>(
        &self,
        stage: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, WriteFailure> {
        let name = &self.medium.name;
        let slot = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = slot.as_ref() else {
            return Err(WriteFailure::Before(VaultError::Closed {
                store: name.clone(),
            }));
        };
        let (transaction, staged) = guarded(&self.medium, || {
            let failed = |e| VaultError::from_redb(name, "writing", e);
            let transaction = begin(database).map_err(failed)?;
            let staged = stage(&transaction).map_err(failed)?;
            Ok((transaction, staged))
        })
        .map_err(WriteFailure::Before)?;
        guarded(&self.medium, || {
            transaction
                .commit()
                .map_err(|e| VaultError::from_redb(name, "making a commit durable", e))
        })
        .map_err(WriteFailure::During)?;
        Ok(staged)
    }

    /// Closes the database, telling what redb finds amiss in doing so, and gives up the lock.
    pub(crate) fn close(&self) -> Result<(), VaultError> {
        let mut slot = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let closed = slot
            .take()
            .map_or(Ok(()), |database| opening::close(&self.medium, database));
        closed.and(self.medium.release())
    }
}

/// Where the store stood at the commit that `transaction` sees; checks that the ledger has no gap.
pub(crate) fn standing_in(
    name: &StoreName,
    transaction: &ReadTransaction,
) -> Result<Result<Standing, VaultError>, redb::Error> {
    let header = match transaction.open_table(HEADER) {
        Err(redb::TableError::TableDoesNotExist(_)) => {
            return Ok(Err(VaultError::Foreign {
                store: name.clone(),
                what: "it is a redb file, but has no header of ours".into(),
            }));
        }
        other => other?,
    };
    let row = |row: &str| {
        header
            .get(row)
            .map(|value| value.map(|value| value.value()))
    };
    match row(FORMAT_ROW)? {
        Some(FORMAT) => {}
        Some(found) if found > FORMAT => {
            return Ok(Err(VaultError::Newer {
                store: name.clone(),
                found,
                known: FORMAT,
            }));
        }
        _ => {
            let what = "its header names no known format";
            return Ok(Err(VaultError::damaged(name, what)));
        }
    }
    let Some(groups) = row(GROUPS_ROW)? else {
        let what = "its header has no count of transactions";
        return Ok(Err(VaultError::damaged(name, what)));
    };
    transaction.open_table(ROWS)?;
    transaction.open_table(TOMBSTONES)?;
    let lineage = transaction.open_table(LINEAGE)?.get(())?;
    let ledger = transaction.open_table(LEDGER)?;
    let entries = ledger.len()?;
    let last = ledger.last()?.map(|(index, _)| index.value());
    if last != entries.checked_sub(1) {
        let what = format!("its ledger has {entries} entries, the last being {last:?}");
        return Ok(Err(VaultError::damaged(name, what)));
    }
    Ok(Ok(Standing {
        lineage: lineage.map(|row| Lineage(*row.value())),
        entries,
        groups,
    }))
}

/// A write transaction whose commit is durable and two-phase: see the crate's docs.
fn begin(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

fn initialise(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(ROWS)?;
    transaction.open_table(TOMBSTONES)?;
    transaction.open_table(LINEAGE)?;
    transaction.open_table(LEDGER)?;
    let mut header = transaction.open_table(HEADER)?;
    header.insert(FORMAT_ROW, FORMAT)?;
    header.insert(GROUPS_ROW, 0)?;
    header.insert(OPENINGS_ROW, 1)?;
    Ok(())
}

fn stage(
    transaction: &WriteTransaction,
    group: &[Commit],
    before: Standing,
    go_on: &dyn Fn(),
) -> Result<Standing, redb::Error> {
    let mut rows = transaction.open_table(ROWS)?;
    let mut tombstones = transaction.open_table(TOMBSTONES)?;
    let mut ledger = transaction.open_table(LEDGER)?;
    let mut header = transaction.open_table(HEADER)?;
    let mut after = Standing {
        groups: before.groups + 1,
        ..before
    };
    for commit in group {
        for (key, change) in commit.changes() {
            let key = key.to_bytes();
            match change {
                Change::Remake(remake) => {
                    make_anew(&mut rows, &key, after.groups, remake)?;
                    go_on();
                }
                Change::Put(value) => {
                    put(&mut rows, &key, after.groups, value)?;
                    if !tombstones.is_empty()? {
                        tombstones.remove(&key)?;
                    }
                }
                // What was never there, or is gone already, leaves no further trace.
                Change::Delete if rows.remove(&key)?.is_none() => {}
                Change::Delete => drop(tombstones.insert(&key, after.groups)?),
            }
        }
        for (leaf, event) in commit.entries() {
            let mut entry = [0; ENTRY_BYTES];
            entry[..Commit::LEAF_BYTES].copy_from_slice(leaf);
            entry[Commit::LEAF_BYTES..].copy_from_slice(event);
            append(&mut ledger, after.entries, &entry)?;
            after.entries += 1;
        }
    }
    header.insert(GROUPS_ROW, after.groups)?;
    Ok(after)
}

/// Writes the value of a row behind the number of its group, with one copy.
fn put(
    rows: &mut Table<'_, &'static [u8; Key::BYTES], &'static [u8]>,
    key: &[u8; Key::BYTES],
    group: u64,
    value: &[u8],
) -> Result<(), redb::Error> {
    let mut row = rows.insert_reserve(key, GROUP_PREFIX_BYTES + value.len())?;
    let (prefix, rest) = row.as_mut().split_at_mut(GROUP_PREFIX_BYTES);
    prefix.copy_from_slice(&group.to_be_bytes());
    rest.copy_from_slice(value);
    Ok(())
}

/// Makes the value of a row anew from the one that is there.
fn make_anew(
    rows: &mut Table<'_, &'static [u8; Key::BYTES], &'static [u8]>,
    key: &[u8; Key::BYTES],
    group: u64,
    remake: &Remake,
) -> Result<(), redb::Error> {
    let made = match rows.get(key)? {
        Some(row) => split_row(row.value()).and_then(|(_, value)| remake(value)),
        None => None,
    };
    match made.filter(|made| made.len() <= VALUE_BYTES_MAX) {
        Some(made) => put(rows, key, group, &made),
        // The transaction is not committed, so what was there stays.
        None => Err(redb::Error::Corrupted(
            "a row that was to be made anew is missing, or is not what it should be".to_owned(),
        )),
    }
}

/// The group and the value in a stored row; absent if it is too short to have a group.
pub(crate) fn split_row(row: &[u8]) -> Option<(u64, &[u8])> {
    row.split_first_chunk()
        .map(|(group, value)| (u64::from_be_bytes(*group), value))
}

fn append(
    ledger: &mut Table<'_, u64, &'static [u8; ENTRY_BYTES]>,
    index: u64,
    entry: &[u8; ENTRY_BYTES],
) -> Result<(), redb::Error> {
    match ledger.insert(index, entry)? {
        None => Ok(()),
        // The transaction is not committed, so what was there stays.
        Some(_) => Err(redb::Error::Corrupted(format!(
            "entry {index} of the ledger is there already"
        ))),
    }
}

/// Runs what calls redb, and turns a panic in it into an error that says so.
///
/// redb answers accidental damage with an error once the file was verified (`tests/damage.rs` sees
/// no panic), but a file forged with fitting checksums may still make it panic.
pub(crate) fn guarded<T>(
    medium: &Medium,
    call: impl FnOnce() -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|said| said.to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".into());
        Err(VaultError::damaged(
            &medium.name,
            format!("the storage engine gave up ({said})"),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    #[test]
    fn a_panic_of_the_engine_is_an_error_that_says_so() {
        let medium = Medium::of_backend(InMemoryBackend::new());
        let caught = guarded::<()>(&medium, || panic!("planned"));
        let said = caught.unwrap_err().to_string();
        assert!(
            said.contains("damaged") && said.contains("planned"),
            "{said}"
        );
    }
}
