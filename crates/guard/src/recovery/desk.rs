//! What a recovery needs that is never stored: challenges to key holders, and the keys that the guard is given to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_record::{RecoveryId, Timestamp};
use strongroom_seal::KemPrivate;

use crate::limits::{CHALLENGE_LASTS, CHALLENGES_MAX};

/// Both, in memory.
#[derive(Default)]
pub(crate) struct Desk {
    challenges: Mutex<VecDeque<([u8; 32], Timestamp)>>,
    recipients: Mutex<BTreeMap<RecoveryId, Arc<KemPrivate>>>,
    count: AtomicU64,
    /// The house key's shares have been given out since they last changed.
    shares_told: AtomicBool,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// The name of the random stream for the next challenge.
    pub(crate) fn next_name(&self) -> Vec<u8> {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        [b"challenge ".as_slice(), &n.to_be_bytes()].concat()
    }
    /// A challenge was given out. Of too many, the oldest is forgotten.
    pub(crate) fn challenged(&self, challenge: [u8; 32], now: Timestamp) {
        let mut challenges = held(&self.challenges);
        if challenges.len() >= CHALLENGES_MAX {
            challenges.pop_front();
        }
        challenges.push_back((challenge, now.plus(CHALLENGE_LASTS)));
    }
    /// Whether a challenge was given out, not long ago, and not answered yet. It is answered now.
    pub(crate) fn answered(&self, challenge: &[u8; 32], now: Timestamp) -> bool {
        let mut challenges = held(&self.challenges);
        challenges.retain(|(_, until)| now < *until);
        let at = challenges.iter().position(|(c, _)| c == challenge);
        at.is_some_and(|at| challenges.remove(at).is_some())
    }

    /// The shares of the house key are others than before.
    pub(crate) fn shares_changed(&self) {
        self.shares_told.store(false, Ordering::Release);
    }
    /// Whether they have changed since this was asked last, or it was never asked.
    pub(crate) fn tell_shares(&self) -> bool {
        !self.shares_told.swap(true, Ordering::AcqRel)
    }

    /// Keeps the private half of a pair that shares are given to.
    pub(crate) fn keep(&self, recovery: RecoveryId, key: KemPrivate) {
        held(&self.recipients).insert(recovery, Arc::new(key));
    }
    /// The private half, unless the room was closed since: it is kept nowhere else.
    pub(crate) fn recipient(&self, recovery: RecoveryId) -> Option<Arc<KemPrivate>> {
        held(&self.recipients).get(&recovery).cloned()
    }
    /// Wipes it.
    pub(crate) fn forget(&self, recovery: RecoveryId) {
        held(&self.recipients).remove(&recovery);
    }
}
