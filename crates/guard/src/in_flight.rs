//! Openings that were decided, and of which the index of the ledger does not know yet: between the two lies the disk.
//!
//! Whoever asks whether a record was read under a restriction counts these in. They are entered while the state is held, in
//! which they were decided; who holds it alone to change it sees every one that was decided before.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_record::RecordId;

/// How many openings of each record are under way.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<BTreeMap<RecordId, usize>>);

/// One opening that is under way, until it is dropped: once its event is noted, or nothing came of it.
#[must_use = "it is under way for as long as this is kept"]
pub(crate) struct UnderWay<'a> {
    all: &'a InFlight,
    record: RecordId,
}

impl InFlight {
    /// An opening begins. The caller holds the state in which it decided that.
    pub(crate) fn begin(&self, record: RecordId) -> UnderWay<'_> {
        *self.counts().entry(record).or_default() += 1;
        UnderWay { all: self, record }
    }
    /// Whether a record is being opened. Whoever holds the state alone asks this before looking at what is noted.
    pub(crate) fn has(&self, record: RecordId) -> bool {
        self.counts().contains_key(&record)
    }
    fn counts(&self) -> MutexGuard<'_, BTreeMap<RecordId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.record) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_opened_until_the_last_opening_ends() {
        let [one, other] = [1, 2].map(|n| RecordId::from_bytes([n; 16]));
        let all = InFlight::default();
        let (first, second) = (all.begin(one), all.begin(one));
        assert!(all.has(one) && !all.has(other));
        drop(first);
        assert!(all.has(one));
        drop(second);
        assert!(!all.has(one) && all.counts().is_empty());
    }
}
