//! Times: `01:02:03.004`, and lines that give a cue's two.

use strongroom_record::Cue;

use super::lines::Line;
use super::rule::CaptionRule;
use crate::error::Fault;

/// How a format writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// `01:02:03.004`, `02:03.004`.
    WebVtt,
    /// `01:02:03,004`; some programs write the full stop.
    SubRip,
}

/// What stands between the two times of a cue.
pub(super) const ARROW: &str = "-->";
/// Digits of the hours: a recording of 99,999 hours lasts eleven years.
const HOUR_DIGITS_MAX: usize = 5;

impl Clock {
    /// The times of a timing line, and what follows them.
    pub(super) fn timing<'t>(self, line: Line<'t>) -> Result<(Cue, Line<'t>), Fault> {
        let fault = |at, rule| Err(Fault::at(at, rule));
        let Some((start, rest)) = line.text.split_once(ARROW) else {
            return fault(
                line.at,
                CaptionRule::Timing("`-->` is due between two times"),
            );
        };
        let start = Line {
            at: line.at,
            text: start,
        }
        .trimmed();
        let rest = line.after(line.text.len() - rest.len());
        let rest = rest.after(rest.text.len() - rest.text.trim_start().len());
        let end_len = rest.text.find([' ', '\t']).unwrap_or(rest.text.len());
        let end = Line {
            at: rest.at,
            text: &rest.text[..end_len],
        };
        let span = Cue {
            start_ms: self.time(start)?,
            end_ms: self.time(end)?,
        };
        if span.end_ms < span.start_ms {
            return fault(end.at, CaptionRule::EndsBefore);
        }
        Ok((span, rest.after(end_len).trimmed()))
    }

    fn time(self, time: Line<'_>) -> Result<u64, Fault> {
        self.milliseconds(time.text)
            .map_err(|why| Fault::at(time.at, CaptionRule::Timing(why)))
    }

    /// A time in milliseconds.
    pub(super) fn milliseconds(self, time: &str) -> Result<u64, &'static str> {
        let marks: &[char] = match self {
            Self::WebVtt => &['.'],
            Self::SubRip => &[',', '.'],
        };
        let (clock, fraction) = time.rsplit_once(marks).ok_or(match self {
            Self::WebVtt => "a time is written 00:00:00.000 or 00:00.000",
            Self::SubRip => "a time is written 00:00:00,000",
        })?;
        let fraction = digits(fraction, 3..=3).ok_or("three digits of milliseconds are due")?;
        let parts: Vec<&str> = clock.split(':').collect();
        let (hours, minutes, seconds) = match (self, parts.as_slice()) {
            (_, &[h, m, s]) => (h, m, s),
            (Self::WebVtt, &[m, s]) => ("00", m, s),
            _ => return Err("hours, minutes and seconds are due, with colons between them"),
        };
        let hours_min = if self == Self::WebVtt { 2 } else { 1 };
        let hours = digits(hours, hours_min..=HOUR_DIGITS_MAX).ok_or("the hours are malformed")?;
        let sixty = |part| digits(part, 2..=2).filter(|&value| value < 60);
        let minutes = sixty(minutes).ok_or("the minutes are two digits, 00 to 59")?;
        let seconds = sixty(seconds).ok_or("the seconds are two digits, 00 to 59")?;
        Ok(((hours * 60 + minutes) * 60 + seconds) * 1_000 + fraction)
    }
}

/// A number of so many ASCII digits, few enough not to overflow.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<u64> {
    (count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        use Clock::{SubRip, WebVtt};
        for (clock, time, due) in [
            (WebVtt, "00:00.000", Some(0)),
            (WebVtt, "01:02:03.004", Some(3_723_004)),
            (WebVtt, "99999:59:59.999", Some(359_999_999_999)),
            (WebVtt, "1:02:03.004", None),
            (WebVtt, "00:60.000", None),
            (WebVtt, "00:00:00,000", None),
            (WebVtt, "00:00.00", None),
            (WebVtt, "00:+1.000", None),
            (WebVtt, "100000:00:00.000", None),
            (SubRip, "1:02:03,004", Some(3_723_004)),
            (SubRip, "00:00:03.004", Some(3_004)),
            (SubRip, "00:03,004", None),
            (SubRip, "", None),
        ] {
            assert_eq!(clock.milliseconds(time).ok(), due, "{time}");
        }
    }
}
