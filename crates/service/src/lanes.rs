//! How many requests of a kind run at once.
//!
//! A request that waits for the guard holds a thread. Each kind has a number of its own, so that a crowd
//! before one door does not close the others: sign-ins do not hold up readers. The status takes no turn. While the
//! room is closed nobody waits: those who wait are told why.

use std::pin::pin;
use std::sync::Arc;

use strongroom_guard::{Code, Guard, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::limits::{
    BACKUPS_MAX, CALLS_MAX, CHECKS_MAX, DISCLOSURES_MAX, FILINGS_MAX, HEADS_MAX, SIGN_INS_MAX,
    TURN_LOOK, TURN_WAIT,
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

    /// Waits for a place, first come first served, while the room is open.
    pub(crate) async fn turn(&self, guard: &Guard) -> Result<Turn, Refusal> {
        self.turn_while(|| guard.is_open()).await
    }

    /// The same for what is done in a closed room too.
    pub(crate) async fn turn_also_when_closed(&self) -> Result<Turn, Refusal> {
        self.turn_while(|| Ok(())).await
    }

    async fn turn_while(&self, open: impl Fn() -> Result<(), Refusal>) -> Result<Turn, Refusal> {
        open()?;
        let mut acquiring = pin!(Arc::clone(&self.0).acquire_owned());
        let until = Instant::now() + TURN_WAIT;
        while Instant::now() < until {
            match timeout(TURN_LOOK, acquiring.as_mut()).await {
                Ok(permit) => return Ok(Turn(permit.expect("lanes are never closed"))),
                Err(_) => open()?,
            }
        }
        Err(Refusal::new(
            Code::Limit,
            "too many others ask for the same at this moment",
        )
        .hint("nothing was done; try again"))
    }
}

/// The lanes of a room.
#[derive(Clone)]
pub(crate) struct Lanes {
    pub(crate) calls: Lane,
    pub(crate) sign_ins: Lane,
    pub(crate) filings: Lane,
    pub(crate) heads: Lane,
    pub(crate) checks: Lane,
    pub(crate) backups: Lane,
    pub(crate) disclosures: Lane,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            calls: Lane::of(CALLS_MAX),
            sign_ins: Lane::of(SIGN_INS_MAX),
            filings: Lane::of(FILINGS_MAX),
            heads: Lane::of(HEADS_MAX),
            checks: Lane::of(CHECKS_MAX),
            backups: Lane::of(BACKUPS_MAX),
            disclosures: Lane::of(DISCLOSURES_MAX),
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

/// What is dropped in a panic ends the process: for threads that no lane leads to.
pub(crate) fn end_on_panic() -> impl Drop {
    EndsOnPanic
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
