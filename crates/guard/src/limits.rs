//! Every bound of the guard, with its reason.

use std::time::Duration;

/// How long a session lasts: a working day. Keys lie in memory no longer.
pub const SESSION_LASTS: Duration = Duration::from_secs(12 * 3600);

/// How long an invitation is good for: a week, in which its code can be brought by hand.
pub const INVITATION_LASTS: Duration = Duration::from_secs(7 * 24 * 3600);

/// Open sessions: each holds some kilobytes of keys. Thousands of readers fit; a flood does not.
pub const SESSIONS_MAX: usize = 10_000;

/// Open sessions of one person: devices and scripts, not a leak of tokens.
pub const SESSIONS_PER_PERSON_MAX: usize = 32;

/// Sign-ins that stretch a passphrase at the same time: each takes 64 MiB and a core for 0.15 s.
pub const STRETCHING_MAX: usize = 4;

/// The wait after the first refused sign-in; it doubles with each further one.
pub const SLOW_DOWN_FIRST: Duration = Duration::from_millis(500);

/// The longest wait after refused sign-ins: long enough to make guessing hopeless, short enough
/// that nobody can lock another out for more than a moment.
pub const SLOW_DOWN_MAX: Duration = Duration::from_secs(30);

/// Names whose refused sign-ins are remembered, known and unknown alike; the oldest is forgotten first.
pub const SLOW_DOWN_NAMES_MAX: usize = 4_096;

/// Records in one listing.
pub const LIST_MAX: usize = 1_000;

/// Records in a listing that does not say how many.
pub const LIST_DEFAULT: usize = 100;

/// Records in one restriction: one commit, and one event each.
pub const RESTRICT_RECORDS_MAX: usize = 1_000;

/// Receipts in one list.
pub const RECEIPTS_MAX: usize = 10_000;

/// Records that one commit of a filing holds at most: an interrupted filing loses no more work.
pub const FILING_CHUNK_RECORDS: usize = 256;

/// Bytes that a commit of a filing aims at: large beside the fsync it costs, small beside the vault's limit.
pub const FILING_CHUNK_BYTES: usize = 4 << 20;

/// How long a signed checkpoint may lag behind the ledger.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// Events read at once while the ledger is walked.
pub const WALK_PAGE: usize = 1_024;

/// Portions or header fields in one restriction.
pub const RESTRICT_PORTIONS_MAX: usize = 10_000;

/// Findings of a check that are told one by one; of more, the number is told. A thousand are beyond repair
/// row by row, and fit in an answer.
pub const FINDINGS_MAX: usize = 1_000;

/// Rows that a check judges from one view of the store: a view lives for some milliseconds, so that what
/// is deleted meanwhile frees its space.
pub const CHECK_PIECE_ROWS: usize = 4_096;

/// Bytes beyond which such a piece takes no further row.
pub const CHECK_PIECE_BYTES: usize = 8 << 20;
