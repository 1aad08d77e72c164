//! What came of checking.

use std::fmt;

/// After so many failures a check ends: whoever sees them knows enough, and a
/// folder of which nothing is left would otherwise be named file by file.
pub const MAX_FAILURES: usize = 64;

/// What came of one check.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// It was checked and is so.
    Holds,
    /// It was checked and is not so.
    Fails,
    /// It was asked for and could not be checked with what was given, and why. Nothing is said to be
    /// wrong, and the question is not answered.
    Unsure,
    /// It lies beyond what was asked for, and was not checked: what would tell.
    Open,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Unsure => "unsure",
            Self::Open => "open",
        })
    }
}

/// What was checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// A checkpoint: its form, its log, both signatures.
    Checkpoint,
    /// Entries: that they are there and well-formed.
    Entries,
    /// Tiles: that they are what the entries give.
    Tiles,
    /// The root: that the entries give what was signed.
    Root,
    /// That an entry stands in the log.
    Inclusion,
    /// Fields shown of an event.
    Fields,
    /// That one head grew from another.
    Consistency,
    /// Cosignatures of witnesses.
    Witnesses,
    /// What lies outside: that everyone was told the same.
    Elsewhere,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Checkpoint => "checkpoint",
            Self::Entries => "entries",
            Self::Tiles => "tiles",
            Self::Root => "root",
            Self::Inclusion => "inclusion",
            Self::Fields => "fields",
            Self::Consistency => "consistency",
            Self::Witnesses => "witnesses",
            Self::Elsewhere => "elsewhere",
        })
    }
}

/// What a report comes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// All that was asked for was checked and holds.
    Verified,
    /// Nothing is wrong, and something that was asked for could not be checked.
    Undecided,
    /// Something fails.
    Wrong,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Verified => "verified",
            Self::Undecided => "undecided",
            Self::Wrong => "wrong",
        })
    }
}

/// One line of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// What came of it.
    pub standing: Standing,
    /// The file, entry or field it is about, where it is about one.
    pub place: Option<String>,
    /// What that means, for people.
    pub says: String,
}

/// What was checked, what failed, and what was left open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// The lines, in the order of checking.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What it comes to. What was left open is for the reader to weigh.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.count(Standing::Fails) > 0 {
            Verdict::Wrong
        } else if self.count(Standing::Holds) == 0 || self.count(Standing::Unsure) > 0 {
            Verdict::Undecided
        } else {
            Verdict::Verified
        }
    }

    /// Whether all that was asked for was checked and holds.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.verdict() == Verdict::Verified
    }

    /// How many lines stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.standing == standing)
            .count()
    }

    /// Takes in a line of a check that is made elsewhere.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes in the lines of another.
    pub fn extend(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    /// Takes in the lines of another, which are about one of several things: each says which, unless it
    /// names its place itself.
    pub fn extend_about(&mut self, place: &str, other: Self) {
        self.findings
            .extend(other.findings.into_iter().map(|finding| Finding {
                place: finding.place.or_else(|| Some(place.to_owned())),
                ..finding
            }));
    }

    pub(super) fn holds(&mut self, check: Check, says: impl Into<String>) {
        self.say(check, Standing::Holds, None, says.into());
    }

    pub(super) fn fails(&mut self, check: Check, says: impl fmt::Display) {
        self.say(check, Standing::Fails, None, says.to_string());
    }

    pub(super) fn fails_at(
        &mut self,
        check: Check,
        place: impl fmt::Display,
        says: impl fmt::Display,
    ) {
        self.say(
            check,
            Standing::Fails,
            Some(place.to_string()),
            says.to_string(),
        );
    }

    pub(super) fn unsure(&mut self, check: Check, says: impl Into<String>) {
        self.say(check, Standing::Unsure, None, says.into());
    }

    pub(super) fn open(&mut self, check: Check, says: impl Into<String>) {
        self.say(check, Standing::Open, None, says.into());
    }

    /// Takes back that a check could not be made: it is made in another way now.
    pub(super) fn settle(&mut self, check: Check) {
        self.findings
            .retain(|finding| finding.check != check || finding.standing != Standing::Unsure);
    }

    /// Whether so much failed that no more is looked for.
    pub(super) fn is_full(&self) -> bool {
        self.count(Standing::Fails) >= MAX_FAILURES
    }

    fn say(&mut self, check: Check, standing: Standing, place: Option<String>, says: String) {
        self.push(Finding {
            check,
            standing,
            place,
            says,
        });
    }
}
