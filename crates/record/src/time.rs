//! Instants of the room, and the clock they come from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use minicbor::{Decode, Encode};

/// Milliseconds in a day.
const DAY_MILLIS: u64 = 86_400_000;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] u64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }
    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> u64 {
        self.0
    }
    /// The first instant of a day of the Gregorian calendar, in UTC; none where there is no such day, or before 1970.
    pub fn of_day(year: u16, month: u8, day: u8) -> Option<Self> {
        // Days from the first of March of year 0 to that of this one, and from there on.
        let (y, m) = (u64::from(year), u64::from(month));
        let (y, from_march) = if m > 2 {
            (y, m - 3)
        } else {
            (y.checked_sub(1)?, m + 9)
        };
        let of_year = (153 * from_march + 2) / 5 + u64::from(day).checked_sub(1)?;
        let days = (365 * y + y / 4 - y / 100 + y / 400 + of_year).checked_sub(719_468)?;
        let exists = civil(days) == (u64::from(year), m, u64::from(day));
        exists.then(|| Self(days * DAY_MILLIS))
    }
    /// The day that a text like `2030-12-31` names.
    pub fn parse_day(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let digits =
            |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Self::of_day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
    /// The day that it falls on, in UTC: `2030-12-31`.
    pub fn day(self) -> String {
        let (y, m, d) = civil(self.0 / DAY_MILLIS);
        format!("{y:04}-{m:02}-{d:02}")
    }
    /// The same instant of the same day so many years later; of 29 February where there is none, on 1 March.
    pub fn plus_years(self, years: u16) -> Self {
        let (days, of_day) = (self.0 / DAY_MILLIS, self.0 % DAY_MILLIS);
        let (y, m, d) = civil(days);
        let later = u16::try_from(y + u64::from(years)).ok();
        let day = later.and_then(|year| {
            let (month, day) = (u8::try_from(m).ok()?, u8::try_from(d).ok()?);
            Self::of_day(year, month, day).or_else(|| Self::of_day(year, 3, 1))
        });
        day.map_or(Self(u64::MAX), |day| Self(day.0.saturating_add(of_day)))
    }
    /// This instant moved later by a duration, held at the end of time.
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-05-01T09:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, ms) = (self.0 / DAY_MILLIS, self.0 % DAY_MILLIS);
        let (y, m, d) = civil(days);
        let s = ms / 1000;
        write!(
            f,
            "{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}.{:03}Z",
            s / 3600,
            s / 60 % 60,
            s % 60,
            ms % 1000
        )
    }
}

/// Year, month and day in the proleptic Gregorian calendar of a day counted from 1970-01-01.
///
/// Counts in eras of 400 years that begin on the first of March, so that the leap day ends a year.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_0000_03_01: u64 = 719_468;
    const ERA: u64 = 146_097;
    let shifted = days + DAYS_TO_0000_03_01;
    let (era, of_era) = (shifted / ERA, shifted % ERA);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

/// Where the room takes its time from.
pub trait Clock: Send + Sync {
    /// The present instant. May stand still; the guard never lets recorded time run backwards.
    fn now(&self) -> Timestamp;
    /// Waits. A test's clock may return at once, having moved on by itself.
    fn sleep(&self, how_long: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
    fn sleep(&self, how_long: Duration) {
        std::thread::sleep(how_long);
    }
}

/// A clock that moves only when it is told to, or when someone sleeps on it.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicU64::new(start.0))
    }
    /// Sets the clock.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
    fn sleep(&self, how_long: Duration) {
        self.advance(how_long);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_rfc_3339() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_777_626_000_123, "2026-05-01T09:00:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp(ms).to_string(), text);
        }
    }

    #[test]
    fn the_end_of_time_does_not_wrap() {
        assert_eq!(Timestamp(u64::MAX).plus(Duration::MAX), Timestamp(u64::MAX));
        assert!(!Timestamp(u64::MAX).to_string().is_empty());
    }
}
