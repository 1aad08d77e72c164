//! What is filed under a request id is filed by one at a time.
//!
//! A client that was killed leaves its filing with the guard, which goes on. Whoever asks for the same again waits until
//! that is over, and then finds what it filed: two that looked at once would both find nothing, and both file it.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use strongroom_record::{PersonId, RequestId};

type Asked = (PersonId, RequestId);

/// The filings that have a request id, as long as they are under way.
#[derive(Default)]
pub(crate) struct UnderWay {
    asked: Mutex<BTreeSet<Asked>>,
    over: Condvar,
}

/// One of them.
pub(crate) struct Alone<'a> {
    all: &'a UnderWay,
    asked: Asked,
}

impl UnderWay {
    /// Waits until nobody files under this request id, and has it to oneself from then on.
    pub(crate) fn alone(&self, asked: Asked) -> Alone<'_> {
        let mut all = self.lock();
        while !all.insert(asked) {
            all = self.over.wait(all).unwrap_or_else(PoisonError::into_inner);
        }
        Alone { all: self, asked }
    }
    fn lock(&self) -> MutexGuard<'_, BTreeSet<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.all.lock().remove(&self.asked);
        self.all.over.notify_all();
    }
}
