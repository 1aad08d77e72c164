//! Dates: as a source tags them, and as people write them.

use strongroom_record::{Precision, When};

/// A date that a source tags; `printed` are its words.
///
/// The precision is told from the shape of `start`. What has no shape of a date is kept as tagged, by the year and
/// in doubt.
pub(crate) fn tagged(start: String, end: Option<String>, doubted: bool, printed: String) -> When {
    let shape = Shape::of(&start);
    let uncertain = doubted || shape.is_none() || is_doubted(&printed);
    let shape = shape.unwrap_or(Shape {
        precision: Precision::Year,
        zone_minutes: None,
    });
    When {
        start,
        end,
        precision: shape.precision,
        uncertain,
        zone_minutes: shape.zone_minutes,
        printed,
    }
}

/// Whether the words of a date doubt it: `1969?`, `circa 1969`, `ca. May 1969`.
fn is_doubted(printed: &str) -> bool {
    printed.contains('?')
        || printed
            .split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | ','))
            .any(|word| {
                ["circa", "ca.", "c.", "probably", "approximately"]
                    .iter()
                    .any(|doubt| word.eq_ignore_ascii_case(doubt))
            })
}

/// What the form of an ISO 8601 date tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    precision: Precision,
    zone_minutes: Option<i16>,
}

impl Shape {
    /// The shape of `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or that with `Thh:mm`, seconds and an offset.
    fn of(date: &str) -> Option<Self> {
        let (day, time) = match date.split_once('T') {
            Some((day, time)) => (day, Some(time)),
            None => (date, None),
        };
        let mut fields = day.split('-');
        number(fields.next()?, 4, 0..=9999)?;
        let month = fields.next().map(|m| number(m, 2, 1..=12));
        let date = fields.next().map(|d| number(d, 2, 1..=31));
        if fields.next().is_some() {
            return None;
        }
        let precision = match (month, date, time) {
            (None, None, None) => Precision::Year,
            (Some(Some(_)), None, None) => Precision::Month,
            (Some(Some(_)), Some(Some(_)), None) => Precision::Day,
            (Some(Some(_)), Some(Some(_)), Some(_)) => Precision::Minute,
            _ => return None,
        };
        let zone_minutes = match time {
            Some(time) => zone(time)?,
            None => None,
        };
        Some(Self {
            precision,
            zone_minutes,
        })
    }
}

/// The offset at the end of a time, if the time is one.
fn zone(time: &str) -> Option<Option<i16>> {
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let mut fields = clock.split(':');
    number(fields.next()?, 2, 0..=24)?;
    number(fields.next()?, 2, 0..=59)?;
    if let Some(seconds) = fields.next() {
        let whole = seconds.split('.').next()?;
        number(whole, 2, 0..=60)?;
    }
    if fields.next().is_some() {
        return None;
    }
    match zone {
        "" => Some(None),
        "Z" => Some(Some(0)),
        _ => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let minutes = number(hours, 2, 0..=14)? * 60 + number(minutes, 2, 0..=59)?;
            let minutes = i16::try_from(minutes).ok()?;
            Some(Some(if zone.starts_with('-') {
                -minutes
            } else {
                minutes
            }))
        }
    }
}

fn number(text: &str, digits: usize, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten()?;
    range.contains(&number).then_some(number)
}

/// A date as people write it in the header of a text: `1969-02-14`, `1969-02-14/1969-02-16`, `February 14, 1969`,
/// `14 February 1969, 5:35 p.m.`, `Feb. 1969`, `1969?`; nothing if it is written in another way.
pub(crate) fn written(printed: &str) -> Option<When> {
    let plain = printed.replace(['?', '[', ']', '(', ')'], "");
    if let Some((start, end)) = plain.trim().split_once('/')
        && Shape::of(start).is_some()
        && Shape::of(end).is_some()
    {
        return Some(tagged(
            start.to_owned(),
            Some(end.to_owned()),
            false,
            printed.to_owned(),
        ));
    }
    if Shape::of(plain.trim()).is_some() {
        return Some(tagged(
            plain.trim().to_owned(),
            None,
            false,
            printed.to_owned(),
        ));
    }
    let mut date = WrittenDate::default();
    let spaced = spaced_ranges(&plain);
    let mut words = spaced
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        date.take(word, words.peek().copied())?;
    }
    let (start, end) = date.iso()?;
    Some(tagged(start, end, false, printed.to_owned()))
}

/// A text in which every dash between times is a word: `9:03-9:33` and `9:03 – 9:33`.
fn spaced_ranges(text: &str) -> String {
    text.replace(['–', '—'], "-").replace('-', " - ")
}

/// Offsets from UTC in minutes of the zones that have names of their own (RFC 5322, section 4.3): other letters stand
/// for several zones each.
const ZONES: [(&str, i16); 12] = [
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("gmt", 0),
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
];

/// A time of day as written, and which half of the day was said with it.
#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: u32,
    minute: u32,
    /// The hours that the half adds.
    half: Option<u32>,
}

impl Clock {
    /// Minutes since midnight, in a half of the day where one is known.
    fn minutes(self, half: Option<u32>) -> u32 {
        let hour = match half {
            Some(half) if (1..=12).contains(&self.hour) => self.hour % 12 + half,
            _ => self.hour,
        };
        hour * 60 + self.minute
    }
}

/// The parts of a written date that were recognised so far.
#[derive(Debug, Default)]
struct WrittenDate {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    start: Option<Clock>,
    end: Option<Clock>,
    /// A dash came last: another time is due.
    ranging: bool,
    zone: Option<i16>,
}

impl WrittenDate {
    /// Takes the next word; nothing if it does not belong to a date.
    fn take(&mut self, word: &str, next: Option<&str>) -> Option<()> {
        let bare = word.trim_end_matches('.').to_ascii_lowercase();
        if bare == "-" || bare == "to" {
            let due = self.start.is_some() && self.end.is_none() && !self.ranging;
            self.ranging = true;
            return due.then_some(());
        }
        if let Some(clock) = clock(&bare, next) {
            return self.at(clock);
        }
        if self.ranging {
            return None;
        }
        if let Some(month) = month(&bare) {
            return self.month.replace(month).is_none().then_some(());
        }
        if half_of_day(word).is_some() && self.start.is_some()
            || ["circa", "ca", "c", "probably", "about", "on", "at"].contains(&bare.as_str())
            || weekday(&bare)
        {
            return Some(());
        }
        if self.start.is_some() {
            if let Some((_, offset)) = ZONES.iter().find(|(zone, _)| *zone == bare) {
                return self.zone.replace(*offset).is_none().then_some(());
            }
            if ["local", "time", "hours", "hrs"].contains(&bare.as_str()) {
                return Some(());
            }
        }
        if let Some(year) = number(&bare, 4, 1000..=2999) {
            return self.year.replace(year).is_none().then_some(());
        }
        let day = bare.parse().ok().filter(|d| (1..=31).contains(d))?;
        self.day.replace(day).is_none().then_some(())
    }

    fn at(&mut self, clock: Clock) -> Option<()> {
        let place = if std::mem::take(&mut self.ranging) {
            &mut self.end
        } else {
            &mut self.start
        };
        place.replace(clock).is_none().then_some(())
    }

    /// The beginning and, of a range of times, the end.
    fn iso(&self) -> Option<(String, Option<String>)> {
        let year = self.year?;
        if self.ranging {
            return None;
        }
        let day = match (self.month, self.day, self.start) {
            (None, None, None) => return Some((format!("{year:04}"), None)),
            (Some(m), None, None) => return Some((format!("{year:04}-{m:02}"), None)),
            (Some(m), Some(d), _) => format!("{year:04}-{m:02}-{d:02}"),
            _ => return None,
        };
        let Some(start) = self.start else {
            return Some((day, None));
        };
        let zone = self.zone.map_or_else(String::new, offset);
        let at = |minutes: u32| format!("{day}T{:02}:{:02}:00{zone}", minutes / 60, minutes % 60);
        let Some(end) = self.end else {
            return Some((at(start.minutes(start.half)), None));
        };
        // "9:03 - 9:33 a.m.": the half is said once, and is the other one if the time would run backwards.
        let until = end.minutes(end.half);
        let mut from = start.minutes(start.half.or(end.half));
        if start.half.is_none() && from > until {
            from = start.minutes(end.half.map(|half| 12 - half));
        }
        // What ends before it begins ends on another day, which is not said.
        Some((at(from), (from <= until).then(|| at(until))))
    }
}

/// An offset as ISO 8601 has it.
fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A time of day: `5:35`, `17:35`, and `5` or `5pm` where a half of the day follows.
fn clock(word: &str, next: Option<&str>) -> Option<Clock> {
    let (figures, attached) = match word.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => (&word[..at], half_of_day(&word[at..])),
        None => (word, None),
    };
    if attached.is_none() && figures.len() < word.len() {
        return None;
    }
    let half = attached.or_else(|| next.and_then(half_of_day));
    let (hour, minute) = match figures.split_once(':') {
        Some((hour, minute)) => (
            hour.parse::<u32>().ok().filter(|h| *h <= 24)?,
            number(minute, 2, 0..=59)?,
        ),
        // "1430 hours"
        None if figures.len() == 4 && next.is_some_and(|next| ["hours", "hrs"].contains(&next)) => {
            (
                number(&figures[..2], 2, 0..=24)?,
                number(&figures[2..], 2, 0..=59)?,
            )
        }
        None => {
            half?;
            (figures.parse().ok().filter(|h| (1..=12).contains(h))?, 0)
        }
    };
    Some(Clock { hour, minute, half })
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| {
            word.len() >= 3 && name.starts_with(word) || word == "sept" && *name == "september"
        })
        .map(|(nth, _)| nth)
}

fn weekday(word: &str) -> bool {
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    .contains(&word)
}

/// The hours that `a.m.` or `p.m.` add.
fn half_of_day(word: &str) -> Option<u32> {
    match word.replace('.', "").to_ascii_lowercase().as_str() {
        "am" => Some(0),
        "pm" => Some(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (date, precision, zone_minutes) in [
            ("1969", Precision::Year, None),
            ("1969-02", Precision::Month, None),
            ("1969-02-14", Precision::Day, None),
            ("1969-02-14T17:35", Precision::Minute, None),
            ("1969-02-14T17:35:00Z", Precision::Minute, Some(0)),
            ("1969-02-14T17:35:00.5-05:00", Precision::Minute, Some(-300)),
            ("1969-02-14T17:35:00+05:30", Precision::Minute, Some(330)),
        ] {
            let when = tagged(date.to_owned(), None, false, String::new());
            assert_eq!(
                (when.precision, when.zone_minutes, when.uncertain),
                (precision, zone_minutes, false),
                "{date}"
            );
        }
        for odd in [
            "",
            "69",
            "1969-2-14",
            "1969-13",
            "1969-02-14T",
            "1969-02-14T1:00",
            "1969-02-14-1",
            "1969T10:00",
            "--02-14",
            "1969-02-14T10:00+x",
        ] {
            let when = tagged(odd.to_owned(), None, false, String::new());
            assert!(when.uncertain, "{odd}");
            assert_eq!(when.start, odd);
        }
    }

    #[test]
    fn doubt() {
        for printed in ["1969?", "circa 1969", "[ca. May 1969]"] {
            assert!(
                tagged("1969".to_owned(), None, false, printed.to_owned()).uncertain,
                "{printed}"
            );
        }
        assert!(
            !tagged(
                "1969".to_owned(),
                None,
                false,
                "Washington, D.C., 1969".to_owned()
            )
            .uncertain
        );
    }

    #[test]
    fn written_dates() {
        for (printed, start, uncertain) in [
            ("1969-02-14", "1969-02-14", false),
            ("February 14, 1969", "1969-02-14", false),
            ("14 Feb. 1969", "1969-02-14", false),
            (
                "Friday, February 14, 1969, 5:35 p.m.",
                "1969-02-14T17:35:00",
                false,
            ),
            ("February 14, 1969 12:05 am", "1969-02-14T00:05:00", false),
            ("Sept 1969", "1969-09", false),
            ("1969?", "1969", true),
            ("circa May 1969", "1969-05", true),
        ] {
            let when = written(printed).unwrap();
            assert_eq!(
                (when.start.as_str(), when.uncertain),
                (start, uncertain),
                "{printed}"
            );
            assert_eq!(when.printed, printed);
        }
        for (printed, start, end) in [
            (
                "July 25, 2019, 9:03 - 9:33 a.m. EDT",
                "2019-07-25T09:03:00-04:00",
                Some("2019-07-25T09:33:00-04:00"),
            ),
            (
                "June 12, 1996, 11:50–12:10 p.m.",
                "1996-06-12T11:50:00",
                Some("1996-06-12T12:10:00"),
            ),
            (
                "12 June 1996, 2 p.m. to 3:25pm local time",
                "1996-06-12T14:00:00",
                Some("1996-06-12T15:25:00"),
            ),
            (
                "May 1, 1990, 11:30 p.m. - 12:15 a.m.",
                "1990-05-01T23:30:00",
                None,
            ),
            (
                "1 May 1990, 1430 hours GMT",
                "1990-05-01T14:30:00+00:00",
                None,
            ),
            ("1 May 1990, 14:30 BST", "", None),
            ("May 1, 1990, 9:00 -", "", None),
            ("May 1-3, 1990", "", None),
        ] {
            let when = written(printed);
            assert_eq!(
                when.as_ref().map_or("", |w| w.start.as_str()),
                start,
                "{printed}"
            );
            assert_eq!(when.and_then(|w| w.end).as_deref(), end, "{printed}");
        }
        assert_eq!(
            written("1969-02-14/1969-02-16").unwrap().end.as_deref(),
            Some("1969-02-16")
        );
        for none in [
            "",
            "undated",
            "February",
            "tomorrow 1969",
            "1969 1970",
            "February 14",
            "5:35 p.m.",
            "99",
        ] {
            assert_eq!(written(none), None, "{none}");
        }
    }
}
