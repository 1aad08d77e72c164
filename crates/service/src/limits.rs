//! Every bound of the service, with its reason.

use std::time::Duration;

use strongroom_record::limits::{
    FILE_MAX_BYTES, RECORDING_PIECE_BYTES, RECORDING_PIECES_AT_ONCE_MAX,
};
use strongroom_tlog::checkpoint::MAX_NOTE_BYTES;

/// Open connections: below the 1,024 files that a process may commonly have open, with room for the store's.
pub const CONNECTIONS_MAX: usize = 512;

/// Open connections of one account of the machine: no account alone keeps the others out.
pub const CONNECTIONS_PER_USER_MAX: usize = 256;

/// Bytes of a request's line and headers. Ours have some two hundred.
pub const HEAD_MAX_BYTES: usize = 16 << 10;

/// Headers of a request.
pub const HEADERS_MAX: usize = 32;

/// How long a request's line and headers may take, and how long a connection may rest between requests.
pub const HEAD_WAIT: Duration = Duration::from_secs(10);

/// How long the body of a small request may take.
pub const BODY_WAIT: Duration = Duration::from_secs(10);

/// How long the next bytes of a file may take.
pub const FILE_PAUSE_MAX: Duration = Duration::from_secs(10);

/// How long a whole file may take to arrive: the longest one at a megabyte in six seconds.
pub const FILE_WAIT: Duration = Duration::from_secs(300);

/// How long a peer may take to read what waits for it.
pub const WRITE_PAUSE_MAX: Duration = Duration::from_secs(30);

/// Bytes of a sign-in or of the beginning of a joining: a name and a passphrase, each bounded far below.
pub const SMALL_MAX_BYTES: usize = 8 << 10;

/// Bytes of a question for the newest head: the longest checkpoint, and what JSON adds: its escapes of the ends
/// of lines and of what may stand in names.
pub const HEAD_QUERY_MAX_BYTES: usize = MAX_NOTE_BYTES + (16 << 10);

/// How often a room that ends looks whether all has ended that works on it: nobody notices.
pub const ENDING_LOOK: Duration = Duration::from_millis(10);

/// How often it is looked whether the room has closed or opened by itself: soon enough for who watches it run.
pub const WATCH_EVERY: Duration = Duration::from_millis(250);

/// Bytes of what a check is asked with: a head that the asker has seen, and one of an anchor.
pub const CHECK_ASK_MAX_BYTES: usize = 2 * HEAD_QUERY_MAX_BYTES;

/// Bytes of the end of a joining: public keys, wrapped keys and a proof, together some 20 KB in base 64.
pub const JOIN_MAX_BYTES: usize = 64 << 10;

/// Bytes of what a key holder gives: some 3 KB in base 64 for each epoch of each atom. A policy of a hundred
/// atoms, each turned ten times, takes half of it.
pub const GIVE_MAX_BYTES: usize = 8 << 20;

/// Bytes of a request within a session: a restriction of ten thousand portions by id has some 300 KB.
pub const CALL_MAX_BYTES: usize = 1 << 20;

/// Bytes of the first line of a filing: statements of 4 KB each and a list of who holds copies.
pub const FILING_LINE_MAX_BYTES: usize = 64 << 10;

/// Bytes of a filing's body: its first line and the longest file.
pub const FILING_MAX_BYTES: usize = FILING_LINE_MAX_BYTES + FILE_MAX_BYTES;

/// Bytes of the next pieces of a recording, and of the line before them.
pub const RECORDING_ASK_MAX_BYTES: usize =
    SMALL_MAX_BYTES + RECORDING_PIECES_AT_ONCE_MAX * RECORDING_PIECE_BYTES;

/// Requests of sessions that run at once. They wait for the disk most of the time and share its commits,
/// so that more of them cost threads and little else.
pub const CALLS_MAX: usize = 64;

/// Sign-ins and joinings that run at once: some more than the guard stretches passphrases for.
pub const SIGN_INS_MAX: usize = 8;

/// Filings at once: each holds a file, its drafts and what is sealed of them, some 200 MB for the longest.
pub const FILINGS_MAX: usize = 2;

/// Memory of a process that reads a hostile format, address space that is never touched included: the longest file,
/// what it unpacks to, its drafts and their encoding. One runs for each filing.
pub const PARSE_MEMORY_MAX: u64 = 1 << 30;

/// Time of a processor that reading a hostile format may take: the longest file at a megabyte a second.
pub const PARSE_CPU_MAX: Duration = Duration::from_secs(50);

/// How long it may take altogether: a busy machine has it wait for its turns.
pub const PARSE_WAIT: Duration = Duration::from_secs(90);

/// How often it is looked whether a process has ended that has answered.
pub const PARSE_LOOK: Duration = Duration::from_millis(10);

/// Disclosures that are taken in, or come back for, at once: a flood of them takes no turn of those who are signed in,
/// and no more memory than four of the longest. Each has [`BODY_WAIT`] to arrive.
pub const DISCLOSURES_MAX: usize = 4;

/// Bytes of a disclosed message, as its sender's side sealed it.
pub const DISCLOSURE_MAX_BYTES: usize = strongroom_guard::BROUGHT_MAX_BYTES;

/// Questions for the newest head at once: each verifies two signatures, and may sign twice.
pub const HEADS_MAX: usize = 4;

/// Checks at once: one takes both cores of a small machine as it is.
pub const CHECKS_MAX: usize = 1;

/// Backups at once: each holds a view of the store, whose freed space is kept for it.
pub const BACKUPS_MAX: usize = 1;

/// How long a request waits for its turn before it is refused.
pub const TURN_WAIT: Duration = Duration::from_secs(30);

/// How often a request that waits for its turn looks whether the room is still open.
pub const TURN_LOOK: Duration = Duration::from_millis(250);

/// How long requests may take to end when the room shuts; filings stop at their next commit.
pub const DRAIN_WAIT: Duration = Duration::from_secs(20);

/// How long accepting rests when the machine has no file handle left for a connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections that the kernel keeps waiting for us.
pub const BACKLOG: u32 = 128;

/// Threads that wait for the guard: one for each request that may run, one for the checkpoint.
pub const THREADS_MAX: usize = CALLS_MAX
    + SIGN_INS_MAX
    + FILINGS_MAX
    + HEADS_MAX
    + CHECKS_MAX
    + BACKUPS_MAX
    + DISCLOSURES_MAX
    + 1;

/// How often a room asks each of its witnesses to vouch for its newest checkpoint, if that is another.
pub const WITNESS_EVERY: Duration = Duration::from_secs(2);

/// How long a witness may take to answer.
pub const WITNESS_WAIT: Duration = Duration::from_secs(10);

/// Connections that a witness serves at once; more wait for one to end.
pub const WITNESS_CONNECTIONS_MAX: usize = 64;

/// How long a connection to a witness lives: some requests. Whoever holds one gives it up in time.
pub const WITNESS_LIFE_MAX: Duration = Duration::from_secs(60);

const _: () = assert!(CONNECTIONS_PER_USER_MAX < CONNECTIONS_MAX);
const _: () = assert!(FILING_LINE_MAX_BYTES < FILE_MAX_BYTES);
