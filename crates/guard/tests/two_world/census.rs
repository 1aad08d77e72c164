//! How often each kind of case occurred. A generator that never reaches something shows here.

use std::collections::BTreeMap;
use std::fmt;

/// Counts of cases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Census(BTreeMap<String, usize>);

impl Census {
    pub(crate) fn tally(&mut self, case: impl Into<String>) {
        *self.0.entry(case.into()).or_default() += 1;
    }
    pub(crate) fn add(&mut self, other: Self) {
        for (case, n) in other.0 {
            *self.0.entry(case).or_default() += n;
        }
    }
    /// How often cases occurred whose name begins so.
    pub(crate) fn of(&self, beginning: &str) -> usize {
        self.0
            .iter()
            .filter(|(case, _)| case.starts_with(beginning))
            .map(|(_, n)| n)
            .sum()
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|(case, n)| writeln!(f, "{n:>8}  {case}"))
    }
}
