//! Why a text is no marking policy.

use crate::limits::{
    CATEGORIES_MAX, DESCRIPTION_BYTES_MAX, KEEP_YEARS_MAX, LEVELS_MAX, OWN_PASSPHRASE_CHARS_MAX,
    OWN_PASSPHRASE_CHARS_MIN, PASSPHRASE_WORDS_MAX, PASSPHRASE_WORDS_MIN, POLICY_BYTES_MAX,
    REASONS_MAX, SCHEDULES_MAX, SPELLINGS_MAX, TERM_DAYS_MAX, VALUES_MAX,
};
use crate::marking::MarkingError;
use crate::name::NameError;

/// Why a text is no marking policy: which line, which rule, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {rule}")]
pub struct PolicyError {
    /// The line, counted from 1.
    pub line: usize,
    /// The rule it breaks.
    pub rule: PolicyRule,
}

/// The rules of a marking policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRule {
    /// A policy is at most [`POLICY_BYTES_MAX`] bytes.
    #[error(
        "a policy may have {POLICY_BYTES_MAX} bytes and this one has {bytes}: it is probably another file"
    )]
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
    },
    /// A policy is TOML with known keys and kinds of values.
    #[error("{0}")]
    Toml(String),
    /// Names and spellings keep the rules of [`Name`](crate::Name); a spelling may have a colon besides.
    #[error("`{text}`: {fault}")]
    Text {
        /// The text.
        text: String,
        /// What is wrong with it.
        fault: NameError,
    },
    /// Every spelling means one thing.
    #[error(
        "`{text}` has a meaning already, on line {first}: give each spelling once, case and kind of dash aside"
    )]
    SaidTwice {
        /// The spelling.
        text: String,
        /// Where it stands first.
        first: usize,
    },
    /// A spelling does not look like a category and its values.
    #[error(
        "`{text}` would read as a value of the category before its colon: choose another spelling"
    )]
    LooksLikeCategory {
        /// The spelling.
        text: String,
    },
    /// Some words have a meaning in every marking.
    #[error("`{text}` has a meaning of its own in every marking: choose another spelling")]
    Reserved {
        /// The word.
        text: String,
    },
    /// There is at least one level.
    #[error("a policy has at least one level: write a [[level]] with name and rank")]
    NoLevel,
    /// Levels have different ranks.
    #[error(
        "rank {rank} is that of `{other}` already: give each level a rank of its own, higher for stricter"
    )]
    RankTwice {
        /// The rank.
        rank: u16,
        /// The level that has it.
        other: String,
    },
    /// Portion marks are told apart by their abbreviations.
    #[error(
        "the portion mark `{text}` is that of `{other}` already: give each level and value one of its own"
    )]
    PortionTwice {
        /// The abbreviation.
        text: String,
        /// Whose it is.
        other: String,
    },
    /// A category has at least one value.
    #[error(
        "the category `{category}` has no value: list some under `values`, or leave the category out"
    )]
    NoValue {
        /// The category.
        category: String,
    },
    /// At most [`LEVELS_MAX`] levels.
    #[error("a policy may have {LEVELS_MAX} levels: leave out the ones nobody uses")]
    TooManyLevels,
    /// At most [`CATEGORIES_MAX`] categories.
    #[error("a policy may have {CATEGORIES_MAX} categories: make some of them values of one")]
    TooManyCategories,
    /// At most [`VALUES_MAX`] values of all categories.
    #[error(
        "a policy may have {VALUES_MAX} values of all categories together: make some of them spellings of one"
    )]
    TooManyValues,
    /// At most [`SPELLINGS_MAX`] spellings.
    #[error("a policy may have {SPELLINGS_MAX} spellings together: leave out the rare ones")]
    TooManySpellings,
    /// At most [`REASONS_MAX`] reasons, and as many prohibited purposes.
    #[error(
        "a policy may have {REASONS_MAX} reasons, and as many prohibited purposes: people choose from a list"
    )]
    TooManyReasons,
    /// A reading says what its printed forms mean.
    #[error("a [[reading]] has at least one printed form and one meaning: fill both lists")]
    EmptyReading,
    /// What a reading means is written as in a marking.
    #[error("what this reading means cannot be read; {0}")]
    Reading(MarkingError),
    /// A reading adds categories, never a level.
    #[error("a [[reading]] names no level: the level is printed apart")]
    ReadingOfLevel,
    /// A reading gives values of a permissive category together.
    #[error(
        "this is a value of which a reader needs any: write its category and a colon before it, as in a marking"
    )]
    ReadingOfBareValue,
    /// The code of a reason is lower-case words with hyphens.
    #[error(
        "`{code}` is no code: write lower-case letters, digits and single hyphens, beginning with a letter"
    )]
    Code {
        /// What was written.
        code: String,
    },
    /// A description is one short paragraph.
    #[error(
        "a description has 1 to {DESCRIPTION_BYTES_MAX} bytes and no control characters: write a sentence"
    )]
    Description,
    /// The floor of generated words is sensible.
    #[error(
        "a passphrase has {PASSPHRASE_WORDS_MIN} to {PASSPHRASE_WORDS_MAX} generated words: write such a number"
    )]
    PassphraseWords,
    /// The floor of a passphrase of one's own is sensible.
    #[error(
        "a passphrase of one's own has {OWN_PASSPHRASE_CHARS_MIN} to {OWN_PASSPHRASE_CHARS_MAX} characters: write \
         such a number, or leave `own_chars` out to allow generated ones only"
    )]
    PassphraseChars,
    /// The grammar of banners and portion marks says what it means, with names that are there.
    #[error("the grammar: {0}")]
    Grammar(String),
    /// At most [`SCHEDULES_MAX`] schedules.
    #[error("a policy may have {SCHEDULES_MAX} schedules: people choose from a list")]
    TooManySchedules,
    /// A schedule says how long, in one way, and nothing that is kept for good is destroyed.
    #[error(
        "a schedule has either `keep_years`, 0 to {KEEP_YEARS_MAX}, or `permanent = true`, and then no `then = \"destroy\"`"
    )]
    Keep,
    /// One schedule is that of records for which nobody said another.
    #[error("of the schedules of a policy exactly one has `default = true`: write it at one")]
    DefaultSchedule,
    /// A term is a sensible number of days.
    #[error("a term is 1 to {TERM_DAYS_MAX} days: write such a number")]
    Term,
}
