//! Moments, as checkpoints state them.

/// A moment, in seconds since 1970-01-01 00:00 UTC, at most 2⁶³ − 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// 1970 itself. In a cosignature it makes no statement about time.
    pub const EPOCH: Self = Self(0);
    /// The latest moment that tlog-cosignature can state.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// So many seconds after 1970; `None` beyond [`UnixSeconds::MAX`].
    #[must_use]
    pub const fn new(seconds: u64) -> Option<Self> {
        if seconds > Self::MAX.0 {
            return None;
        }
        Some(Self(seconds))
    }

    /// The seconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Day and time in UTC, for people: `2026-09-21 14:13:20 UTC`.
    #[must_use]
    pub fn to_utc(self) -> String {
        const DAY: u64 = 24 * 60 * 60;
        let (year, month, day) = civil(self.0 / DAY);
        let second = self.0 % DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

impl std::fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Year, month and day of the day that is so many after 1970-01-01. The year is
/// counted from March, so that the day that leap years have comes last, and in eras
/// of 400 years, which all have as many days.
const fn civil(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    // From 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let (era, of_era) = (days / ERA, days % ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carried) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + carried, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        for (seconds, told) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_790_000_000, "2026-09-21 14:13:20 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(UnixSeconds(seconds).to_utc(), told);
        }
        assert!(UnixSeconds::MAX.to_utc().ends_with(" UTC"));
    }
}
