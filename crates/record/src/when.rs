//! Dates as historical records give them.
//!
//! A conversation is dated by what stood on the paper: a day, a month, a year with a question mark,
//! a range, an hour in some city's time, or nothing. [`When`] keeps what was given and how exactly;
//! nothing is made up. Absence of a date is `Option::None` around it.

use std::fmt;

use minicbor::{Decode, Encode};

/// How exactly a date is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Precision {
    /// `1969`
    #[n(0)]
    Year,
    /// `1969-02`
    #[n(1)]
    Month,
    /// `1969-02-14`
    #[n(2)]
    Day,
    /// `1969-02-14T17:35` or finer
    #[n(3)]
    Minute,
}

/// When a conversation took place, as far as its record tells.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct When {
    /// The beginning, ISO 8601 as the source tags it (`1969`, `1969-02`, `1969-02-14`,
    /// `1969-02-14T17:35:00-05:00`).
    #[n(0)]
    pub start: String,
    /// The end of a range, in the same form.
    #[n(1)]
    pub end: Option<String>,
    /// How exactly [`When::start`] is given.
    #[n(2)]
    pub precision: Precision,
    /// The source doubts it: `1969?`, `circa`, or only an earliest and a latest date are known.
    #[n(3)]
    pub uncertain: bool,
    /// The offset from UTC in minutes, where the source gives one.
    #[n(4)]
    pub zone_minutes: Option<i16>,
    /// The words of the source: `February 14, 1969, 5:35 p.m.`
    #[n(5)]
    pub printed: String,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.start)?;
        if let Some(end) = &self.end {
            write!(f, "/{end}")?;
        }
        if self.uncertain {
            f.write_str("?")
        } else {
            Ok(())
        }
    }
}
