//! A list of calls: CSV as RFC 4180 has it, with a first line of names.
//!
//! Call logs come from switchboards, with many columns and slips. Columns that are of no use here are passed over, and named once.
//! What is wrong is refused with line, column and the way out: a quote that is not closed would swallow the calls that follow it,
//! and a call that is not read would look like one that nobody made.

use std::path::Path;

use strongroom_guard::api::CallListed;
use strongroom_guard::limits::RECONCILE_CALLS_MAX;
use strongroom_record::Day;
use strongroom_record::limits::{HEADER_VALUE_MAX_BYTES, HEADER_VALUES_MAX};
use strongroom_service::limits::CALL_MAX_BYTES;

use crate::outcome::Failure;

/// Bytes of a list: of the most calls, with columns that are of no use here.
pub(super) const CALLS_FILE_MAX_BYTES: usize = 16 << 20;

/// Bytes of the calls, as they are asked about: the rest is for what is asked besides.
const CALLS_ASKED_MAX_BYTES: usize = CALL_MAX_BYTES - (64 << 10);

/// The columns that are used.
const COLUMNS: [&str; 4] = ["date", "time", "with", "place"];

/// Another word for `with`.
const PARTICIPANTS: &str = "participants";

/// What is said of columns and of fields, at most so much: a name of a column is a word.
const SHOWN_MAX_CHARS: usize = 40;

/// Columns that are named as not used; of more, how many they are.
const UNUSED_NAMED_MAX: usize = 8;

/// A list that was read.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) calls: Vec<CallListed>,
    /// Which columns are used, where others are not.
    pub(super) note: Option<String>,
}

/// Reads a list.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Calls, Failure> {
    let said = |(line, column, why, out): Fault| {
        let column = column.map_or_else(String::new, |column| format!(", column {column}"));
        Failure::unfit(format!("{}, line {line}{column}: {why}", path.display())).hint(out)
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    quotes(bytes).map_err(said)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut lines = Lines::of(bytes);
    let mut columns: Option<Columns> = None;
    let mut calls = Vec::new();
    for record in reader.byte_records() {
        // Bytes in memory are read without fail, and the width of a line is ours to look at.
        let record = record.map_err(|e| Failure::unfit(format!("{}: {e}", path.display())))?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        let record = csv::StringRecord::from_byte_record(record).map_err(|_| {
            said((
                line,
                None,
                "it is no text in UTF-8".to_owned(),
                "save the list as CSV in UTF-8",
            ))
        })?;
        match &columns {
            None => columns = Some(Columns::of(line, &record).map_err(said)?),
            Some(columns) => calls.push(columns.call(line, &record).map_err(said)?),
        }
    }
    if calls.is_empty() {
        let empty = format!("{}: it lists no call", path.display());
        return Err(Failure::unfit(empty).hint(WANTED));
    }
    let asked = serde_json::to_vec(&calls).map_or(usize::MAX, |json| json.len());
    if calls.len() > RECONCILE_CALLS_MAX || asked > CALLS_ASKED_MAX_BYTES {
        return Err(Failure::unfit(format!(
            "{}: it lists {} calls in {asked} bytes; at most {RECONCILE_CALLS_MAX} calls in {CALLS_ASKED_MAX_BYTES} bytes are compared at once",
            path.display(),
            calls.len()
        ))
        .hint(SPLIT));
    }
    Ok(Calls {
        calls,
        note: columns.and_then(|columns| columns.note),
    })
}

/// What a list should be.
const WANTED: &str = "the first line names the columns: date, and if you have them time, with (or participants) and place, with commas between; \
                      each line below is a call";

/// What is done with a list that is too long.
pub(super) const SPLIT: &str = "split the list, by months say, and reconcile each part: records without a call are listed for the days from its first call \
                     to its last";

/// Line, column, what is wrong, and the way out.
type Fault = (usize, Option<&'static str>, String, &'static str);

/// Which column stands where.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
    note: Option<String>,
}

impl Columns {
    fn of(line: usize, names: &csv::StringRecord) -> Result<Self, Fault> {
        let mut places = [None; COLUMNS.len()];
        let mut unused = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let plain = name.to_ascii_lowercase();
            let plain = if plain == PARTICIPANTS {
                "with"
            } else {
                &plain
            };
            let Some(column) = COLUMNS.iter().position(|column| *column == plain) else {
                unused.push(format!("{:?}", shown(name)));
                continue;
            };
            if places[column].replace(at).is_some() {
                return Err((
                    line,
                    Some(COLUMNS[column]),
                    "two columns are this one".to_owned(),
                    "take one of them out, or give it another name (with and participants are one)",
                ));
            }
        }
        if places[0].is_none() {
            let whole = names.iter().collect::<Vec<_>>().join(",");
            let has_date = |separator: char| {
                let mut names = whole.split(separator).map(str::trim);
                names.any(|name| name.trim_matches('"').eq_ignore_ascii_case("date"))
            };
            let others = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
            if let Some((_, separators)) = others.into_iter().find(|(c, _)| has_date(*c)) {
                return Err((
                    line,
                    None,
                    format!("{separators} stand between the columns, and commas are wanted"),
                    "save the list as CSV with commas; semicolons stand between the names of those who took part",
                ));
            }
            return Err((line, None, "no column is called date".to_owned(), WANTED));
        }
        Ok(Self {
            note: told(&places, &unused),
            places,
            width: names.len(),
        })
    }

    fn call(&self, line: usize, record: &csv::StringRecord) -> Result<CallListed, Fault> {
        if record.len() != self.width {
            return Err((
                line,
                None,
                format!(
                    "it has {} fields, and the first line names {} columns",
                    record.len(),
                    self.width
                ),
                "put quotes around a field with a comma in it, and a comma for each field that is empty",
            ));
        }
        let field = |column: usize| {
            let said = self.places[column].and_then(|at| record.get(at));
            let said = said.unwrap_or_default();
            if said.len() > HEADER_VALUE_MAX_BYTES {
                return Err((
                    line,
                    Some(COLUMNS[column]),
                    format!(
                        "it has {} bytes, and may have {HEADER_VALUE_MAX_BYTES}",
                        said.len()
                    ),
                    "shorten it; where lines of the list ran together, look for a quote that is missing",
                ));
            }
            Ok(said)
        };
        let [date, time, with, place] = [field(0)?, field(1)?, field(2)?, field(3)?];
        if date.parse::<Day>().is_err() {
            return Err((
                line,
                Some(COLUMNS[0]),
                format!("{:?} is no day", shown(date)),
                "write it as 2026-05-01, a day that the calendar has",
            ));
        }
        if !time.is_empty() && !is_time(time) {
            return Err((
                line,
                Some(COLUMNS[1]),
                format!("{:?} is no time of a day", shown(time)),
                "write it as 17:35, 17:35:20 or 5:35 pm, or leave it empty",
            ));
        }
        let names = with.split(';').map(str::trim).filter(|n| !n.is_empty());
        let participants: Vec<String> = names.map(str::to_owned).collect();
        if participants.len() > HEADER_VALUES_MAX {
            return Err((
                line,
                Some(COLUMNS[2]),
                format!(
                    "it names {} who took part, and may name {HEADER_VALUES_MAX}",
                    participants.len()
                ),
                "leave out some of them: one who is declared is enough for a match in doubt",
            ));
        }
        Ok(CallListed {
            line,
            date: date.to_owned(),
            time: Some(time).filter(|t| !t.is_empty()).map(str::to_owned),
            participants,
            place: Some(place).filter(|p| !p.is_empty()).map(str::to_owned),
        })
    }
}

/// Which columns are used and which are not, if some are not.
fn told(places: &[Option<usize>], unused: &[String]) -> Option<String> {
    if unused.is_empty() {
        return None;
    }
    let used = COLUMNS.iter().zip(places).filter(|(_, at)| at.is_some());
    let used: Vec<&str> = used.map(|(name, _)| *name).collect();
    let named = unused[..unused.len().min(UNUSED_NAMED_MAX)].join(", ");
    let more = match unused.len().saturating_sub(UNUSED_NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "of the list {} used, and not {named}{more}",
        match used.as_slice() {
            [one] => format!("the column {one} is"),
            several => format!("the columns {} are", several.join(", ")),
        }
    ))
}

/// Hours and minutes, perhaps seconds, of 24 hours or of twelve with am or pm.
fn is_time(text: &str) -> bool {
    let plain = text.to_ascii_lowercase().replace('.', "");
    let half = ["am", "pm"]
        .iter()
        .find_map(|half| plain.strip_suffix(half));
    let clock = half.unwrap_or(&plain).trim_end();
    let number = |text: &str, most: u8| {
        let digits =
            !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits && text.parse::<u8>().is_ok_and(|n| n <= most)
    };
    let mut parts = clock.split(':');
    let hour = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let fits = match half {
        Some(_) => number(hour, 12) && !hour.trim_start_matches('0').is_empty(),
        None => number(hour, 23),
    };
    fits && (1..=2).contains(&rest.len()) && rest.iter().all(|p| p.len() == 2 && number(p, 59))
}

/// That every quote that opens a field closes it, by the rules of RFC 4180.
fn quotes(bytes: &[u8]) -> Result<(), Fault> {
    let missing = |line: usize, why: &str| {
        (
            line,
            None,
            why.to_owned(),
            "close the quote; a quote within a field is written twice, as in \"Henry \"\"Hank\"\" Allen\"",
        )
    };
    let mut line = 1;
    let mut opened = None;
    let mut begins = true;
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        line += usize::from(*byte == b'\n');
        match (opened, byte) {
            (None, b'"') if begins => opened = Some(line),
            (None, _) => {}
            (Some(_), b'"') if rest.peek() == Some(&&b'"') => {
                rest.next();
            }
            (Some(from), b'"') => {
                if !matches!(rest.peek(), None | Some(b',' | b'\r' | b'\n')) {
                    let why = format!(
                        "the quote that opens a field here is closed on line {line} in the midst of words"
                    );
                    return Err(missing(from, &why));
                }
                opened = None;
            }
            (Some(_), _) => {}
        }
        begins = opened.is_none() && matches!(byte, b',' | b'\r' | b'\n');
    }
    match opened {
        Some(from) => Err(missing(from, "a quote opens here and is not closed")),
        None => Ok(()),
    }
}

/// On which line of a file a byte stands, for bytes that ascend.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
        }
    }
    /// The line of the first byte from one on that does not end a line.
    fn at(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(here) = self.bytes.get(self.at) {
            if self.at >= byte && !matches!(here, b'\r' | b'\n') {
                break;
            }
            self.line += usize::from(*here == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// As much of a text as a message repeats.
fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(SHOWN_MAX_CHARS).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> Result<Calls, String> {
        let said = |f: Failure| {
            let said = f.said().unwrap();
            assert!(said.hint.is_some(), "{}", said.message);
            said.message.clone()
        };
        read(Path::new("calls.csv"), text.as_bytes()).map_err(said)
    }

    #[test]
    fn a_list_of_calls_is_read_as_rfc_4180_has_it() {
        let text = "date,time,with,place\r\n1969-02-14,17:35,\"Dobrynin; \"\"Kissinger, Henry\"\"\",\"The White\r\nHouse\"\r\n1969-02-15,,,\r\n";
        let calls = list(text).unwrap().calls;
        assert_eq!((calls[0].line, calls[1].line), (2, 4));
        assert_eq!(calls[0].participants, ["Dobrynin", "\"Kissinger, Henry\""]);
        assert_eq!(calls[0].place.as_deref(), Some("The White\r\nHouse"));
        assert!(calls[1].participants.is_empty() && calls[1].time.is_none());
        let other = list("\u{feff}Participants,DATE\nBrandt,1969-02-14").unwrap();
        assert_eq!(other.calls[0].participants, ["Brandt"]);
        assert_eq!(other.note, None);
    }

    #[test]
    fn columns_of_a_switchboard_that_are_of_no_use_are_passed_over_and_named() {
        let read = list("id,date,line,with,seconds\n7,1969-02-14,3,Brandt,60\n").unwrap();
        assert_eq!(read.calls[0].participants, ["Brandt"]);
        assert_eq!(
            read.note.as_deref(),
            Some(
                "of the list the columns date, with are used, and not \"id\", \"line\", \"seconds\""
            )
        );
        let many: String = (0..20).map(|n| format!(",c{n}")).collect();
        let read = list(&format!("date{many}\n1969-02-14{}\n", ",x".repeat(20))).unwrap();
        assert!(read.note.unwrap().ends_with("\"c7\" and 12 more"));
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        let long = format!("date,place\n1969-02-14,{}\n", "x".repeat(20_000));
        let many = format!("date\n{}", "1969-02-14\n".repeat(10_001));
        let wide = format!(
            "date,place\n{}",
            format!("1969-02-14,{}\n", "x".repeat(9_000)).repeat(200)
        );
        for (text, says) in [
            (
                "date\n1969-02-14\n14.2.1969\n",
                "line 3, column date: \"14.2.1969\" is no day",
            ),
            ("date\n1969-02-30\n", "line 2, column date"),
            ("when\n1969-02-14\n", "line 1: no column is called date"),
            (
                "Date;with\n1969-02-14;Brandt\n",
                "line 1: semicolons stand between the columns",
            ),
            ("\"date\";\"with\"\n1969-02-14;Brandt\n", "line 1: "),
            ("with\tdate\nBrandt\t1969-02-14\n", "line 1: tabs"),
            (
                "date,with,participants\n1969-02-14,a,b\n",
                "line 1, column with: two columns",
            ),
            (
                "date,with\n1969-02-14\n",
                "line 2: it has 1 fields, and the first line names 2",
            ),
            (
                "date,with\n1969-02-14,Brandt, Willy\n",
                "line 2: it has 3 fields",
            ),
            (
                "date,time\n1969-02-14,9:05\n1969-02-15,25:99\n",
                "line 3, column time: \"25:99\" is no time",
            ),
            // The quote swallows what follows, to the end or to the next quote.
            (
                "date,with\n1969-02-14,\"Brandt\n1969-02-15,Nixon\n",
                "line 2: a quote opens here",
            ),
            (
                "date,with\n1969-02-14,\"Brandt\n1969-02-15,\"Nixon\"\n",
                "line 2: the quote that opens a field here is closed on line 3",
            ),
            (&long, "line 2, column place: it has 20000 bytes"),
            (&many, "it lists 10001 calls"),
            (&wide, "it lists 200 calls in "),
            ("date\n", "no call"),
            ("", "no call"),
        ] {
            let refused = list(text).unwrap_err();
            let text: String = text.chars().take(60).collect();
            assert!(refused.contains(says), "{text:?}: {refused}");
        }
        let latin = read(Path::new("calls.csv"), b"date,with\n1969-02-14,M\xfcller\n").unwrap_err();
        let latin = latin.said().unwrap();
        assert_eq!(latin.message, "calls.csv, line 2: it is no text in UTF-8");
    }

    #[test]
    fn times_are_of_a_day() {
        for good in [
            "0:00",
            "09:05",
            "23:59:59",
            "5:35 pm",
            "5:35 P.M.",
            "12:00am",
        ] {
            assert!(is_time(good), "{good}");
        }
        for bad in [
            "24:00",
            "25:99",
            "17:60",
            "1735",
            "17",
            "17:5",
            "0:10 pm",
            "13:00 pm",
            "a:00",
            "+1:00",
            "1:00:00:00",
            "pm",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    proptest! {
        /// What a writer of CSV writes is read as it was, whatever stands in it, and never taken for an open quote.
        #[test]
        fn what_is_written_is_read(places in prop::collection::vec("[a,\"; \r\nü]{0,12}", 1..6)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["date", "place"]).unwrap();
            for place in &places {
                writer.write_record(["1969-02-14", place]).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<String> = list(&text).unwrap().calls.into_iter().map(|c| c.place.unwrap_or_default()).collect();
            let places: Vec<String> = places.iter().map(|p| p.trim().to_owned()).collect();
            prop_assert_eq!(read, places);
        }

        /// Whatever stands in a file, it is read or refused.
        #[test]
        fn whatever_stands_there_is_read_or_refused(text in "(date|with|time|[,\"\n;\r]|1969-02-1[0-9]|[a-z]){0,40}") {
            let _ = list(&text);
        }
    }
}
