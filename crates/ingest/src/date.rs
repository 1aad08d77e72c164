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
    let mut words = plain
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        date.take(word, words.peek().copied())?;
    }
    let start = date.iso()?;
    Some(tagged(start, None, false, printed.to_owned()))
}

/// The parts of a written date that were recognised so far.
#[derive(Debug, Default)]
struct WrittenDate {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    /// Hour and minute.
    time: Option<(u32, u32)>,
}

impl WrittenDate {
    /// Takes the next word; nothing if it does not belong to a date.
    fn take(&mut self, word: &str, next: Option<&str>) -> Option<()> {
        let bare = word.trim_end_matches('.').to_ascii_lowercase();
        if let Some(month) = month(&bare) {
            return self.month.replace(month).is_none().then_some(());
        }
        if let Some((hour, minute)) = bare.split_once(':') {
            let hour = hour.parse::<u32>().ok().filter(|h| *h <= 24)?;
            let minute = number(minute, 2, 0..=59)?;
            let hour = match next.map(half_of_day) {
                Some(Some(half)) if (1..=12).contains(&hour) => hour % 12 + half,
                _ => hour,
            };
            return self.time.replace((hour, minute)).is_none().then_some(());
        }
        if half_of_day(word).is_some() && self.time.is_some()
            || ["circa", "ca", "c", "probably", "about", "on", "at"].contains(&bare.as_str())
            || weekday(&bare)
        {
            return Some(());
        }
        if let Some(year) = number(&bare, 4, 1000..=2999) {
            return self.year.replace(year).is_none().then_some(());
        }
        let day = bare.parse().ok().filter(|d| (1..=31).contains(d))?;
        self.day.replace(day).is_none().then_some(())
    }

    fn iso(&self) -> Option<String> {
        let year = self.year?;
        Some(match (self.month, self.day, self.time) {
            (None, None, None) => format!("{year:04}"),
            (Some(m), None, None) => format!("{year:04}-{m:02}"),
            (Some(m), Some(d), None) => format!("{year:04}-{m:02}-{d:02}"),
            (Some(m), Some(d), Some((h, min))) => {
                format!("{year:04}-{m:02}-{d:02}T{h:02}:{min:02}:00")
            }
            _ => return None,
        })
    }
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
