//! How many requests of a kind run at once.
//!
//! A request that waits for the guard holds a thread. Each kind has a number of its own, so that a crowd
//! before one door does not close the others: sign-ins do not hold up readers, and the status answers always.

use std::sync::Arc;

use strongroom_guard::{Code, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::limits::{
    CALLS_MAX, CHECKS_MAX, FILINGS_MAX, HEADS_MAX, SIGN_INS_MAX, STATUSES_MAX, TURN_WAIT,
};

/// Requests of one kind.
#[derive(Clone)]
pub(crate) struct Lane(Arc<Semaphore>);

/// A place in a lane, until it is dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Lane {
    fn of(width: usize) -> Self {
        Self(Arc::new(Semaphore::new(width)))
    }

    /// Waits for a place, first come first served.
    pub(crate) async fn turn(&self) -> Result<Turn, Refusal> {
        match timeout(TURN_WAIT, Arc::clone(&self.0).acquire_owned()).await {
            Ok(permit) => Ok(Turn(permit.expect("lanes are never closed"))),
            Err(_) => Err(Refusal::new(
                Code::Limit,
                "too many others ask for the same at this moment",
            )
            .hint("nothing was done; try again")),
        }
    }
}

/// The lanes of a room.
#[derive(Clone)]
pub(crate) struct Lanes {
    pub(crate) calls: Lane,
    pub(crate) sign_ins: Lane,
    pub(crate) filings: Lane,
    pub(crate) statuses: Lane,
    pub(crate) heads: Lane,
    pub(crate) checks: Lane,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            calls: Lane::of(CALLS_MAX),
            sign_ins: Lane::of(SIGN_INS_MAX),
            filings: Lane::of(FILINGS_MAX),
            statuses: Lane::of(STATUSES_MAX),
            heads: Lane::of(HEADS_MAX),
            checks: Lane::of(CHECKS_MAX),
        }
    }
}

/// Ends the process when it is dropped in a panic.
struct EndsOnPanic;

impl Drop for EndsOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// Runs work of the guard on a thread of its own. A panic in it is a broken invariant, and ends the process.
/// The work goes on, and keeps its turn, when the client goes away meanwhile.
pub(crate) async fn work<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let running = tokio::task::spawn_blocking(move || {
        let _ends = EndsOnPanic;
        let done = work();
        drop(turn);
        done
    });
    running
        .await
        .expect("a panic below has ended the process, and nobody cancels")
}
