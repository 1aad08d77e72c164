//! For how long the writer has been at one thing, and readers have waited, told without a lock.

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
        self.go_on();
        AtWork(self)
    }

    /// What is going on gets on: it counts anew from here.
    pub(crate) fn go_on(&self) {
        self.since.store(self.now() + 1, Ordering::Relaxed);
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

/// Readings under way, and when the last of them got on: with several at a time, one that returns shows
/// that the disk answers.
#[derive(Debug)]
pub(crate) struct Readings {
    origin: Instant,
    under_way: AtomicU64,
    /// Nanoseconds from the origin to when one began alone, or returned.
    got_on: AtomicU64,
}

impl Readings {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            under_way: AtomicU64::new(0),
            got_on: AtomicU64::new(0),
        }
    }

    /// Reads; what it takes counts.
    pub(crate) fn during<T>(&self, read: impl FnOnce() -> T) -> T {
        if self.under_way.load(Ordering::Relaxed) == 0 {
            self.got_on.store(self.now(), Ordering::Relaxed);
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let done = read();
        self.got_on.store(self.now(), Ordering::Relaxed);
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        done
    }

    /// For how long readings have been waited for of which none returned.
    pub(crate) fn lasting(&self) -> Option<Duration> {
        if self.under_way.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let got_on = self.got_on.load(Ordering::Relaxed);
        Some(Duration::from_nanos(self.now().saturating_sub(got_on)))
    }

    /// Five centuries fit.
    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
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

    #[test]
    fn what_gets_on_counts_anew() {
        let stall = Stall::new();
        let _at_work = stall.begin();
        std::thread::sleep(Duration::from_millis(2));
        let begun = stall.since.load(Ordering::Relaxed);
        stall.go_on();
        assert!(stall.since.load(Ordering::Relaxed) >= begun + 2_000_000);
    }

    #[test]
    fn readings_last_while_none_returns() {
        let readings = Readings::new();
        assert_eq!(readings.lasting(), None);
        readings.during(|| {
            std::thread::sleep(Duration::from_millis(3));
            assert!(readings.lasting().expect("one waits") >= Duration::from_millis(3));
            readings.during(|| ());
            assert!(readings.lasting().expect("one waits") < Duration::from_secs(3));
        });
        assert_eq!(readings.lasting(), None);
    }
}
