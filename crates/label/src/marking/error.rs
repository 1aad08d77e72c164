//! Why a text is no marking, or no list of clearances.

use crate::grammar::BrokenRule;
use crate::limits::MARKING_BYTES_MAX;

/// Why a text is no marking, or no list of clearances: where, which rule, and what to write.
///
/// It repeats what was written and names levels and categories, but no value of a category that was not written: those
/// may be codewords that the writer is not to know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {fault}")]
pub struct MarkingError {
    /// The character at which the part in question begins, counted from 1.
    pub position: usize,
    /// The rule that it breaks.
    pub fault: MarkingFault,
}

impl MarkingError {
    /// The rule's short name. Rules that need no policy have one too.
    pub fn rule(&self) -> &str {
        match &self.fault {
            MarkingFault::Grammar(broken) => &broken.rule,
            MarkingFault::TooLong { .. } => "too-long",
            MarkingFault::Hidden(_) => "hidden",
            MarkingFault::Empty => "empty",
            MarkingFault::NoLevel { .. } => "level-first",
            MarkingFault::SecondLevel { .. } => "second-level",
            MarkingFault::Unknown { .. } => "unknown",
            MarkingFault::NotOfCategory { .. } | MarkingFault::NeedsCategory { .. } => "category",
            MarkingFault::CategoryTwice { .. } => "duplicate",
            MarkingFault::Nobody => "nobody",
            MarkingFault::Handling { .. } => "handling",
            MarkingFault::AtMost { .. } => "at-most",
            MarkingFault::NotHeld { .. } => "not-held",
            MarkingFault::NotRestrictive { .. } => "not-restrictive",
        }
    }

    /// What is wrong, and what it means, without what to write instead where that is known apart.
    pub fn message(&self) -> String {
        match &self.fault {
            MarkingFault::Grammar(broken) => broken.message.clone(),
            fault => fault.to_string(),
        }
    }

    /// The whole marking, written rightly, where it can be told what is meant.
    pub fn instead(&self) -> Option<&str> {
        match &self.fault {
            MarkingFault::Grammar(broken) => broken.instead.as_deref(),
            _ => None,
        }
    }

    /// Where the rule stands; empty where the policy does not say.
    pub fn cites(&self) -> &str {
        match &self.fault {
            MarkingFault::Grammar(broken) => &broken.cites,
            _ => "",
        }
    }
}

/// The rules of markings and of lists of clearances.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkingFault {
    /// At most [`MARKING_BYTES_MAX`] bytes.
    #[error("this has {bytes} bytes and {MARKING_BYTES_MAX} are read: write one marking")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// Only what shows.
    #[error("U+{:04X} shows nothing or changes how its neighbours show: leave it out", u32::from(*.0))]
    Hidden(char),
    /// Something stands before, between and after the signs.
    #[error("nothing is written here: write a name, or leave the sign before or after it out")]
    Empty,
    /// A marking begins with a level.
    #[error("`{text}` is no level, and a marking begins with one: write {levels}")]
    NoLevel {
        /// What was written.
        text: String,
        /// The levels of the policy.
        levels: String,
    },
    /// A marking has one level.
    #[error(
        "`{text}` is a second level: write the higher one only, or both before the first semicolon with `&` between"
    )]
    SecondLevel {
        /// What was written.
        text: String,
    },
    /// Only spellings of the policy.
    #[error(
        "the policy does not know `{text}`: write it as the policy spells it, each mark after a semicolon"
    )]
    Unknown {
        /// What was written.
        text: String,
    },
    /// After a category and colon stand values of that category.
    #[error(
        "`{text}` is no value of `{category}`: write one that is, or write it as a mark of its own"
    )]
    NotOfCategory {
        /// What was written.
        text: String,
        /// The category before the colon.
        category: String,
    },
    /// Values of a permissive category stand together after its name.
    #[error(
        "`{text}` is one of the values of `{category}` of which a reader needs any: write `{category}: {text}`"
    )]
    NeedsCategory {
        /// What was written.
        text: String,
        /// Its category.
        category: String,
    },
    /// A permissive category stands once, since two lists of it could mean either or both.
    #[error("`{category}` stands twice: write all its values after one colon")]
    CategoryTwice {
        /// The category.
        category: String,
    },
    /// `nobody` stands alone, and only in permissive categories.
    #[error(
        "`nobody` stands alone, after a category of which a reader needs any value: write values, or only `nobody`"
    )]
    Nobody,
    /// Handling is no part of a label.
    #[error(
        "`{text}` says how to handle a paper, not who may read it: leave it out of the marking"
    )]
    Handling {
        /// What was written.
        text: String,
    },
    /// `at-most` stands before a level.
    #[error("`{text}` is no level: after `at-most` write {levels}")]
    AtMost {
        /// What was written.
        text: String,
        /// The levels of the policy.
        levels: String,
    },
    /// A clearance is made of levels and values that are asked for.
    #[error(
        "`{text}` is nothing that a person holds: write levels, and values that readers must hold"
    )]
    NotHeld {
        /// What was written.
        text: String,
    },
    /// A rule of the policy's grammar.
    #[error("{0}")]
    Grammar(Box<BrokenRule>),
    /// Unknown captions are treated as one restrictive value, or as handling.
    #[error(
        "`{text}` is no single value that every reader must hold: write such a value, or `handling`"
    )]
    NotRestrictive {
        /// What was written.
        text: String,
    },
}
