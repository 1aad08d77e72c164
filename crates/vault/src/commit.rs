//! What is submitted, and what comes back.

use std::sync::Arc;

use crate::{COMMIT_BYTES_MAX, COMMIT_ITEMS_MAX, Key, VALUE_BYTES_MAX, VaultError};

/// One row of the ledger: the leaf of the log, and the id of the event it commits to.
pub type Entry = ([u8; Commit::LEAF_BYTES], [u8; Commit::EVENT_BYTES]);

/// Makes the value of a row anew from the one that is stored; none where that is not what it should be.
pub type Remake = Arc<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// What becomes of one row.
#[derive(Clone)]
pub(crate) enum Change {
    Put(Vec<u8>),
    Remake(Remake),
    Delete,
}

/// Changes that become durable together or not at all.
///
/// They take effect in the order in which they were added; of two puts for one key the
/// later stands. Entries get the next indices of the ledger, in the order in which they were
/// added.
///
/// `Debug` shows counts, never contents.
#[derive(Default, Clone)]
pub struct Commit {
    changes: Vec<(Key, Change)>,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Commit {
    /// The length of a leaf: a version and a root.
    pub const LEAF_BYTES: usize = 33;
    /// The length of an event id.
    pub const EVENT_BYTES: usize = 16;

    /// A commit that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the row of `key` to `value`, whether or not there was one.
    pub fn put(&mut self, key: Key, value: Vec<u8>) -> &mut Self {
        self.bytes = self.bytes.saturating_add(Key::BYTES + value.len());
        self.changes.push((key, Change::Put(value)));
        self
    }

    /// Makes the row of `key` anew from its value, while the commit is written: once, on the writer's thread.
    ///
    /// Neither value counts against [`COMMIT_BYTES_MAX`], for each is let go before the next is made: so
    /// any number of large rows change together, in the memory of one. If the row is not there, or what is there
    /// cannot be made anew, the store is damaged, and nothing of the commit's group is stored.
    pub fn remake(&mut self, key: Key, remake: Remake) -> &mut Self {
        self.bytes = self.bytes.saturating_add(Key::BYTES);
        self.changes.push((key, Change::Remake(remake)));
        self
    }

    /// Removes the row of `key`, if there is one.
    pub fn delete(&mut self, key: Key) -> &mut Self {
        self.bytes = self.bytes.saturating_add(Key::BYTES);
        self.changes.push((key, Change::Delete));
        self
    }

    /// Appends an entry to the ledger.
    pub fn entry(
        &mut self,
        leaf: [u8; Self::LEAF_BYTES],
        event: [u8; Self::EVENT_BYTES],
    ) -> &mut Self {
        self.bytes = self
            .bytes
            .saturating_add(Self::LEAF_BYTES + Self::EVENT_BYTES);
        self.entries.push((leaf, event));
        self
    }

    /// Whether it changes nothing. An empty commit is still answered only once all before it are durable.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.entries.is_empty()
    }

    /// What it counts against the limits, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn changes(&self) -> &[(Key, Change)] {
        &self.changes
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Refuses what exceeds a limit, naming it.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        let too_large = |what, size, limit| Err(VaultError::TooLarge { what, size, limit });
        let items = self.changes.len() + self.entries.len();
        if items > COMMIT_ITEMS_MAX {
            return too_large("changes and entries in one commit", items, COMMIT_ITEMS_MAX);
        }
        let values = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Put(value) => Some(value),
            Change::Remake(_) | Change::Delete => None,
        });
        if let Some(value) = values.into_iter().find(|v| v.len() > VALUE_BYTES_MAX) {
            return too_large("bytes in one value", value.len(), VALUE_BYTES_MAX);
        }
        if self.bytes > COMMIT_BYTES_MAX {
            return too_large("bytes in one commit", self.bytes, COMMIT_BYTES_MAX);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commit")
            .field("changes", &self.changes.len())
            .field("entries", &self.entries.len())
            .field("bytes", &self.bytes)
            .finish()
    }
}

/// Where a commit's entries lie in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The index of the first entry; without entries, the ledger's size at that point.
    pub first: u64,
    /// How many entries the commit had.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_checked_and_named() {
        let refusal = |commit: &Commit| commit.check().unwrap_err().to_string();
        let key = Key::new(1, [1; 16], 0);

        let mut largest = Commit::new();
        largest.put(key, vec![0; VALUE_BYTES_MAX]);
        largest.check().expect("the largest value is allowed");
        largest.put(key, vec![0; VALUE_BYTES_MAX]);
        assert!(refusal(&largest).contains("bytes in one commit"));

        let mut value = Commit::new();
        value.put(key, vec![0; VALUE_BYTES_MAX + 1]);
        assert!(refusal(&value).contains("bytes in one value"));

        let mut items = Commit::new();
        for counter in 0..=COMMIT_ITEMS_MAX as u64 {
            items.delete(Key { counter, ..key });
        }
        assert!(refusal(&items).contains("changes and entries"));
    }

    #[test]
    fn debug_shows_no_contents() {
        let mut commit = Commit::new();
        commit.put(Key::new(1, [1; 16], 0), b"secret".to_vec());
        let shown = format!("{commit:?}");
        assert_eq!(shown, "Commit { changes: 1, entries: 0, bytes: 31 }");
    }
}
