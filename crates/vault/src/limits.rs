//! Every limit of the vault, and why it is that number.

/// The largest value of one row, in bytes.
///
/// What is larger is cut by the caller into rows that count up. 64 MiB lets a whole volume of
/// transcripts be one row, and keeps the copies that a commit makes of it within a small machine.
pub const VALUE_BYTES_MAX: usize = 64 << 20;

/// The best length for the pieces of a large object, in bytes.
///
/// redb keeps a row in a page whose size is a power of two: a value of 64 KiB would take 128 KiB
/// of disk. This is 64 KiB less the row's key and the page's own fields, with some bytes to spare.
pub const CHUNK_BYTES: usize = (64 << 10) - 64;

/// The most that one commit may hold, in bytes, keys and entries counted.
///
/// A commit is kept in memory until it is durable. Twice the largest value lets a commit replace
/// one such row and say so.
pub const COMMIT_BYTES_MAX: usize = 2 * VALUE_BYTES_MAX;

/// The most puts, deletes and entries together in one commit.
///
/// A restriction may rewrap every record of a large room at once; a million rows are written in some ten
/// seconds, which is as long as others should have to wait.
pub const COMMIT_ITEMS_MAX: usize = 1 << 20;

/// The most commits in one group, that is in one durable transaction.
///
/// More than any number of sessions that one machine serves, so that it does not bind in
/// practice, and few enough for the last waiter to be answered in the same breath.
pub const GROUP_COMMITS_MAX: usize = 1024;

/// The size beyond which no further commit joins a group, in bytes.
///
/// Writing 16 MiB takes tens of milliseconds: beyond that a group no longer gets cheaper, only slower.
pub const GROUP_BYTES_MAX: usize = 16 << 20;

/// The most commits that wait in the queue; a further submitter is made to wait.
///
/// Four groups: enough that the writer never idles, and never more than moments behind.
pub const QUEUE_COMMITS_MAX: usize = 4 * GROUP_COMMITS_MAX;

/// The most bytes that wait in the queue; a further submitter is made to wait.
///
/// An empty queue admits any commit that is itself within [`COMMIT_BYTES_MAX`].
pub const QUEUE_BYTES_MAX: usize = 4 * GROUP_BYTES_MAX;

/// The most ledger entries that one call returns.
///
/// Three megabytes a call: a ledger of millions is read in pages, never whole.
pub const ENTRIES_PAGE_MAX: usize = 1 << 16;

/// The memory that redb may use to cache pages, in bytes.
///
/// A room of ten thousand records with its tree fits; redb's own default of 1 GiB would not suit a
/// machine that does other things too.
pub const CACHE_BYTES: usize = 128 << 20;

/// Pages of slots that are drawn at once.
///
/// A thousand slots for one sync, in 48 KiB; no more than those are left unused by a crash.
pub const DRAWN_PAGES: u64 = 12;

/// Slots of one room.
///
/// Each record takes one, and the file takes 200 MB then; a backup holds their keys in 128 MiB of memory.
pub const SLOTS_MAX: u64 = 1 << 22;

/// Slots that one call reads: eight pages, some twenty kilobytes.
pub const SLOTS_READ_MAX: usize = 680;

const _: () = assert!(VALUE_BYTES_MAX < COMMIT_BYTES_MAX);
const _: () = assert!(GROUP_BYTES_MAX <= QUEUE_BYTES_MAX);
const _: () = assert!(GROUP_COMMITS_MAX <= QUEUE_COMMITS_MAX);
const _: () = assert!(CHUNK_BYTES < VALUE_BYTES_MAX);
