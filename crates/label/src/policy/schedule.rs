//! Schedules: how long records are kept, and what then becomes of them.
//!
//! A record is under one schedule at a time. Nothing follows from a schedule by itself: that a term has run out is
//! shown to those who may see the record, and what is then done takes as many hands as ever.

use super::error::{PolicyError, PolicyRule};
use super::file::ScheduleEntry;
use super::load::Loader;
use super::rules::is_code;
use crate::limits::{KEEP_YEARS_MAX, SCHEDULES_MAX};
use crate::name::Name;
use std::collections::HashMap;

/// How long records of a kind are kept, and what then becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    name: Name,
    title: String,
    keep: Keep,
    then: Then,
    cites: Option<String>,
    default: bool,
}

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many years from its filing.
    Years(u16),
    /// For good.
    Permanent,
}

/// What becomes of a record when its term has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// It is destroyed.
    Destroy,
    /// It goes to an archive.
    Transfer,
    /// Somebody looks at it and says what.
    Review,
}

impl Then {
    /// The word for it in policies and listings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Transfer => "transfer",
            Self::Review => "review",
        }
    }
}

impl Schedule {
    /// The name by which it is given.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
    /// Which records it is for, for people.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// How long they are kept.
    pub fn keep(&self) -> Keep {
        self.keep
    }
    /// What becomes of them then.
    pub fn then(&self) -> Then {
        self.then
    }
    /// The rule it rests on, where the policy cites one.
    pub fn cites(&self) -> Option<&str> {
        self.cites.as_deref()
    }
    /// Whether records are under it for which nobody said another.
    pub fn is_default(&self) -> bool {
        self.default
    }
}

impl Loader<'_> {
    pub(super) fn schedules(
        &self,
        entries: Vec<ScheduleEntry>,
    ) -> Result<Vec<Schedule>, PolicyError> {
        let mut schedules: Vec<Schedule> = Vec::new();
        let mut earlier = HashMap::new();
        let first = entries.first().map(|entry| entry.name.clone());
        for entry in entries {
            if schedules.len() == SCHEDULES_MAX {
                return Err(self.refuse(&entry.name, PolicyRule::TooManySchedules));
            }
            let name = self.name(&entry.name)?;
            if !is_code(name.as_str()) {
                let code = name.to_string();
                return Err(self.refuse(&entry.name, PolicyRule::Code { code }));
            }
            if let Some(at) = earlier.insert(name.clone(), entry.name.span().start) {
                let (text, first) = (name.to_string(), self.line(at));
                return Err(self.refuse(&entry.name, PolicyRule::SaidTwice { text, first }));
            }
            let keep = match (&entry.keep_years, entry.permanent) {
                (None, true) if entry.then != Then::Destroy => Keep::Permanent,
                (Some(years), false) if *years.get_ref() <= KEEP_YEARS_MAX => {
                    Keep::Years(*years.get_ref())
                }
                _ => return Err(self.refuse(&entry.name, PolicyRule::Keep)),
            };
            if entry.default && schedules.iter().any(Schedule::is_default) {
                return Err(self.refuse(&entry.name, PolicyRule::DefaultSchedule));
            }
            schedules.push(Schedule {
                name,
                title: self.sentence(entry.title)?,
                keep,
                then: entry.then,
                cites: entry.cites.map(|cites| self.sentence(cites)).transpose()?,
                default: entry.default,
            });
        }
        match first {
            Some(first) if !schedules.iter().any(Schedule::is_default) => {
                Err(self.refuse(&first, PolicyRule::DefaultSchedule))
            }
            _ => Ok(schedules),
        }
    }
}
