//! Why a sealed object did not open.

use crate::suite::SuiteRefused;

/// Why a sealed object did not open. Says no more than what its stored bytes already show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Fewer bytes than any sealed object of this kind has.
    #[error("sealed object is cut short")]
    TooShort,
    /// More bytes than any sealed object of this kind has.
    #[error("sealed object is longer than any that is made")]
    TooLong,
    /// Its suite is unknown or below the floor.
    #[error(transparent)]
    Suite(#[from] SuiteRefused),
    /// The key commitment does not match: another key, another place, another suite, or changed bytes.
    #[error("sealed object does not open with this key in this place")]
    WrongKeyOrBinding,
    /// The key and the place are right and the content is not what was sealed.
    #[error("sealed object is damaged: its content was changed after sealing")]
    Damaged,
}
