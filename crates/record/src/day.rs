//! Days of the calendar, also before 1970: what conversations are dated by, and what people write for a term.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::time::Timestamp;
use crate::when::When;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no date; write it as 2026-05-01")]
pub struct NoDay(String);

impl Day {
    /// The day of an instant, in UTC.
    pub fn of(at: Timestamp) -> Self {
        let days = at.millis() / 86_400_000;
        Self(i32::try_from(days).unwrap_or(i32::MAX))
    }
    /// A day of the calendar; none if it has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let last = last_of(year, month)?;
        if year == 0 || day == 0 || day > last {
            return None;
        }
        // Years that begin in March, so that the leap day ends one.
        let (y, m) = (i32::from(year), i32::from(month));
        let shifted = if m <= 2 { y - 1 } else { y };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * ((m + 9) % 12) + 2) / 5 + i32::from(day) - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Some(Self(era * 146_097 + days - 719_468))
    }
    /// The instant at which it begins, in UTC; the first instant of all for a day before 1970.
    pub fn begins(self) -> Timestamp {
        let days = u64::try_from(self.0).unwrap_or(0);
        Timestamp::from_millis(days * 86_400_000)
    }
    /// The instant at which the next begins.
    pub fn ends(self) -> Timestamp {
        self.begins().plus(DAY)
    }
    /// How many days from another to this one.
    pub const fn since(self, other: Self) -> i32 {
        self.0.saturating_sub(other.0)
    }
    /// The day before it.
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
    /// The day after it.
    pub const fn after(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The days that a date as records give it may stand for: of `1969-02` all of that month. None where it cannot be read.
    pub fn within(date: &str) -> Option<RangeInclusive<Self>> {
        let date = date.split('T').next()?;
        let mut parts = date.split('-');
        let year: u16 = number(parts.next()?, 4)?;
        let month = parts.next().map(|m| number::<u8>(m, 2));
        let day = parts.next().map(|d| number::<u8>(d, 2));
        if parts.next().is_some() {
            return None;
        }
        Some(match (month, day) {
            (None, _) => Self::new(year, 1, 1)?..=Self::new(year, 12, 31)?,
            (Some(month), None) => {
                let month = month?;
                Self::new(year, month, 1)?..=Self::new(year, month, last_of(year, month)?)?
            }
            (Some(month), Some(day)) => {
                let day = Self::new(year, month?, day?)?;
                day..=day
            }
        })
    }

    /// The days on which a conversation may have taken place, as its record dates it.
    pub fn of_conversation(when: &When) -> Option<RangeInclusive<Self>> {
        let first = Self::within(&when.start)?;
        let last = match &when.end {
            Some(end) => *Self::within(end)?.end(),
            None => *first.end(),
        };
        (*first.start() <= last).then(|| *first.start()..=last)
    }
}

fn number<T: FromStr>(text: &str, digits: usize) -> Option<T> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// The last day of a month.
const fn last_of(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

impl FromStr for Day {
    type Err = NoDay;
    fn from_str(text: &str) -> Result<Self, NoDay> {
        let whole = || {
            let days = Self::within(text)?;
            (text.len() == 10 && days.start() == days.end()).then(|| *days.start())
        };
        whole().ok_or_else(|| NoDay(text.to_owned()))
    }
}

/// `1969-02-14`
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shifted = i64::from(self.0) + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = year + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_three_centuries_reads_back_and_follows_the_one_before() {
        let mut day: Day = "1800-01-01".parse().unwrap();
        let last: Day = "2100-12-31".parse().unwrap();
        while day < last {
            let next = day.after();
            assert_eq!(next.to_string().parse::<Day>().unwrap(), next);
            assert_eq!((next.since(day), next.before()), (1, day));
            day = next;
        }
        assert_eq!(day.to_string(), "2100-12-31");
    }

    #[test]
    fn days_and_instants_agree() {
        let at = Timestamp::from_millis(1_777_626_000_123);
        let day = Day::of(at);
        assert_eq!(day.to_string(), "2026-05-01");
        assert!(day.begins() <= at && at < day.ends());
        let before: Day = "1969-02-14".parse().unwrap();
        assert_eq!(before.begins(), Timestamp::from_millis(0));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in [
            "",
            "1969",
            "1969-02",
            "1969-02-29",
            "1969-13-01",
            "1969-2-14",
            "1969-02-14T10:00",
            "0000-01-01",
            "1969-02-14-1",
            "+969-02-14",
            "1969-00-10",
            "1969-04-31",
        ] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
        assert!("2000-02-29".parse::<Day>().is_ok());
    }

    #[test]
    fn dates_of_records_stand_for_all_days_that_they_may_mean() {
        let within =
            |date: &str| Day::within(date).map(|d| (d.start().to_string(), d.end().to_string()));
        let days = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(within("1969"), days("1969-01-01", "1969-12-31"));
        assert_eq!(within("1972-02"), days("1972-02-01", "1972-02-29"));
        assert_eq!(
            within("1969-02-14T17:35:00-05:00"),
            days("1969-02-14", "1969-02-14")
        );
        for bad in ["", "19", "1969-", "1969-1", "circa 1969", "1969-02-14-15"] {
            assert_eq!(within(bad), None, "{bad}");
        }
    }
}
