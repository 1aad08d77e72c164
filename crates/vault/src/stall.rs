//! For how long the writer has been at one thing, told without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When the writer began what it is doing, for those who must not wait for it to ask.
///
/// A system call on a disk that hangs does not return, so nothing that it holds can be waited for:
/// this is one number, and reading it takes no lock. It measures a span and is no time of day.
#[derive(Debug)]
pub(crate) struct Stall {
    origin: Instant,
    /// Nanoseconds from the origin to the beginning, and 1 more; 0 while it waits for work.
    since: AtomicU64,
}

impl Stall {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            since: AtomicU64::new(0),
        }
    }

    /// Something begins; it ends when what is returned is dropped.
    pub(crate) fn begin(&self) -> AtWork<'_> {
        self.since.store(self.now() + 1, Ordering::Relaxed);
        AtWork(self)
    }

    /// For how long it has been going on, if anything is.
    pub(crate) fn lasting(&self) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_nanos(self.now().saturating_sub(since)))
    }

    /// Five centuries fit.
    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX - 1)
    }
}

/// Something that the writer is at.
pub(crate) struct AtWork<'a>(&'a Stall);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.since.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lasts_from_the_beginning_to_the_end() {
        let stall = Stall::new();
        assert_eq!(stall.lasting(), None);
        let at_work = stall.begin();
        let first = stall.lasting().expect("it has begun");
        std::thread::sleep(Duration::from_millis(2));
        assert!(stall.lasting().expect("it goes on") >= first + Duration::from_millis(2));
        drop(at_work);
        assert_eq!(stall.lasting(), None);
    }
}
