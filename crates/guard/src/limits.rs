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

/// Entries of the docket that are shown at once.
pub const DOCKET_MAX: usize = 1_000;

/// The same where nobody says how many.
pub const DOCKET_DEFAULT: usize = 100;

/// Questions that one inspector puts to the docket within [`DOCKET_QUESTIONS_WITHIN`], of custody and of lists of calls: more
/// than a person can think about, and few enough that trying words one after the other takes days and stands in the ledger.
pub const DOCKET_QUESTIONS_MAX: usize = 60;

/// Calls of one list that is set against the docket: those of a busy switchboard in a year.
pub const RECONCILE_CALLS_MAX: usize = 10_000;

/// Bytes of each text that a question of custody names, a place or a name: it stands in the statement and in the ledger, and
/// names of places that records declare are far shorter.
pub const CUSTODY_WORDS_MAX_BYTES: usize = 1_024;

/// Participants that a question of custody names: those of a large meeting by name.
pub const CUSTODY_PARTICIPANTS_MAX: usize = 64;

/// Entries of each kind that a custody statement names one by one; of more, the number is told.
pub const CUSTODY_NAMED_MAX: usize = 1_000;

/// Looks whether all that is durable is in effect, before a custody statement is given up: for half a second.
pub const CUSTODY_TRIES: usize = 25;

/// See [`DOCKET_QUESTIONS_MAX`].
pub const DOCKET_QUESTIONS_WITHIN: Duration = Duration::from_secs(3600);

/// Challenges of one person that wait for an answer: somebody who reads much and disputes a good part of it.
pub const CHALLENGES_OPEN_MAX: usize = 100;

/// Sealed fields of one event: a filing has its statement and its docket facts.
pub const SEALED_FIELDS_MAX: usize = 2;

/// Bytes of the word for what was refused: a request's name.
pub const REFUSED_WORD_MAX_BYTES: usize = 64;

/// Records in one restriction: one commit, and one event each.
pub const RESTRICT_RECORDS_MAX: usize = 1_000;

/// Portions that one grading names: more than are read before one judges.
pub const GRADE_PORTIONS_MAX: usize = 1_000;

/// Gradings of one record and its portions: each is read when the record is, and few are ever graded twice.
pub const GRADINGS_MAX: usize = 1_024;

/// Rules that one filing overrides: a policy has some dozens.
pub const OVERRIDDEN_RULES_MAX: usize = 256;

/// Bytes of the id of a rule of a marking policy.
pub const OVERRIDDEN_RULE_MAX_BYTES: usize = 64;

/// Receipts in one list.
pub const RECEIPTS_MAX: usize = 10_000;

/// Records that one commit of a filing holds at most: an interrupted filing loses no more work.
pub const FILING_CHUNK_RECORDS: usize = 256;

/// Bytes that a commit of a filing aims at: large beside the fsync it costs, small beside the vault's limit.
pub const FILING_CHUNK_BYTES: usize = 4 << 20;

/// How long a signed checkpoint may lag behind the ledger.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// How long the disk may take for one thing before the room counts as closed: a sound one takes
/// milliseconds, and some hundred for the largest commits.
pub const DISK_WAIT_MAX: Duration = Duration::from_secs(5);

/// Events read at once while the ledger is walked.
pub const WALK_PAGE: usize = 1_024;

/// The same where several threads read and somebody waits: what they hand over, some kilobytes an event, is
/// to be in the cores' caches when it is taken.
pub const WALK_PAGE_FAST: usize = 128;

/// Events on their way from the threads that read them to the one that folds them, in pages for each
/// thread: enough that none waits long, and a few megabytes.
pub const WALK_AHEAD: usize = 2;

/// Threads that read the ledger, and threads that verify its signatures: more than this many cores
/// wait for the one thread that folds.
pub const WALK_THREADS_MAX: usize = 8;

/// Signatures that wait to be verified while a ledger is read.
pub const WALK_SIGNATURES_AHEAD: usize = 256;

/// How long reading the ledger anew behind an opening rests after each page, which takes some ten
/// milliseconds: it never takes a core from those who read.
pub const ANEW_REST: Duration = Duration::from_millis(10);

/// Fewest new entries after which a running room keeps its state: some tenths of a second of folding.
pub const KEEP_EVERY_ENTRIES: u64 = 16_384;

/// A running room keeps its state when an eighth of its ledger is new, a room that is shut when a
/// sixty-fourth is: what keeping costs grows with the room, and stays in proportion to what it saves.
pub const KEEP_RUNNING_FRACTION: u64 = 8;
/// See [`KEEP_RUNNING_FRACTION`].
pub const KEEP_SHUTTING_FRACTION: u64 = 64;

/// Bytes that a piece of a kept state aims at: below a power of two with what covers it, which is how
/// the store lays out rows, and small enough that several threads share the reading.
pub const KEPT_PIECE_BYTES: usize = (1 << 20) - 512;

/// Pieces of a kept state: with the bytes of each, more than the memory of any machine.
pub const KEPT_PIECES_MAX: usize = 65_536;

/// Ledger positions in one row of a kept state; longer lists go on in a further row.
pub const KEPT_POSITIONS_MAX: usize = 65_536;

/// Bytes of pieces that one commit takes: nobody waits long behind it.
pub const KEPT_COMMIT_BYTES: usize = 4 << 20;

/// Portions or header fields in one restriction.
pub const RESTRICT_PORTIONS_MAX: usize = 10_000;

/// How much two texts are compared: their portions, or the words of a portion, multiplied. A thousand against ten
/// thousand; what is longer is shown as replaced. Comparing so much takes some tenths of a second at worst.
pub const COMPARED_MAX: usize = 10_000_000;

/// Portions that were replaced, multiplied by those that replace them, among which pairs are looked for.
pub const PAIRED_MAX: usize = 10_000;

/// Bytes of text that a restriction or a withdrawal holds at once: what more there is to be sealed is read and written in
/// the course of the commit.
pub const LAYERED_HELD_BYTES: usize = 16 << 20;

/// Bytes that the portions of one record's versions take in the store together, of those that a corrector sees: a
/// restriction of portions takes them apart in one commit.
pub const VERSIONS_MAX_BYTES: usize = 96 << 20;

/// Who listened, of one correction: the people in a room.
pub const LISTENED_MAX: usize = 64;

/// Items of a backup that a restore writes in one commit.
pub const RESTORE_COMMIT_ITEMS: usize = 4_096;

/// Bytes beyond which such a commit takes no further item: large beside the fsync it costs.
pub const RESTORE_COMMIT_BYTES: usize = 4 << 20;

/// Such commits on their way to the disk at once: while one is written the next is opened.
pub const RESTORE_COMMITS_WAITING: usize = 4;

/// Findings of a check that are told one by one; of more, the number is told. A thousand are beyond repair
/// row by row, and fit in an answer.
pub const FINDINGS_MAX: usize = 1_000;

/// Rows that a check judges from one view of the store: a view lives for some milliseconds, so that what
/// is deleted meanwhile frees its space.
pub const CHECK_PIECE_ROWS: usize = 4_096;

/// Bytes beyond which such a piece takes no further row.
pub const CHECK_PIECE_BYTES: usize = 8 << 20;

/// Files of the ledger folder that are compared with the tree at a tick, in rotation: a few hundred kilobytes a second.
pub const FOLDER_LOOKED_AT: usize = 16;

/// The same until all of them were looked at once after an opening: some milliseconds a tick.
pub const FOLDER_LOOKED_AT_FIRST: usize = 1_024;

/// How long a tick waits for the ledger folder and the anchor: many times what a disk takes, and short enough
/// that the checkpoint keeps its rhythm.
pub const OUTSIDE_WAIT: Duration = Duration::from_millis(300);

/// After so long without an answer the ledger folder or the anchor counts as hanging. A slow disk answers sooner.
pub const OUTSIDE_SILENT_AFTER: Duration = Duration::from_secs(5);

/// Bytes of the restrictions that the anchor keeps, encoded: with base 64 they fit the file, some fifty thousand
/// of them. Of more, the older ones are dropped; a restore to which they would matter is refused with that word.
pub const ANCHOR_RESTRICTIONS_MAX_BYTES: usize = 8 << 20;

/// Backups that were begun of which the anchor remembers that it does not know whether they came to their end:
/// no more run at once, and one that is forgotten takes nothing from the list.
pub const ANCHOR_BACKUPS_BEGUN_MAX: usize = 16;

const _: () = assert!(
    ANCHOR_RESTRICTIONS_MAX_BYTES / 3 * 4 + (1 << 20)
        < strongroom_vault::folder::HEAD_FILE_BYTES_MAX
);

const _: () = assert!(VERSIONS_MAX_BYTES < strongroom_vault::COMMIT_BYTES_MAX / 4 * 3 + 1);

/// How long the key holders may take to give: two weeks, in which people who are away can be reached.
pub const RECOVERY_LASTS: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long after it was decided an act may get its time: between the two lie microseconds, in which a clock may be
/// set forward or a machine sleep. What was decided while a recovery lived does not close the room for that.
pub const DECIDED_LAG_MAX: Duration = Duration::from_secs(24 * 3600);

/// Recoveries that wait at the same time: each costs as much as what is given for it.
pub const RECOVERIES_MAX: usize = 64;

/// How long a challenge to a key holder is good for: some may type a passphrase meanwhile.
pub const CHALLENGE_LASTS: Duration = Duration::from_secs(300);

/// Challenges that are remembered; of more, the oldest is forgotten.
pub const CHALLENGES_MAX: usize = 4_096;

/// Restores that are shown to whoever kept a head of a former log: each bears the signatures of up to 32 key
/// holders, some 150 KB. Who was away for longer is told that older ones are not shown.
pub const RESTORES_SHOWN_MAX: usize = 8;

/// Records that a new one is compared with: the newest of those that the filer may read. Opening so many that the session
/// has not seen takes a fraction of a second, once a session.
pub const RESEMBLING_RECORDS_MAX: usize = 1_000;

/// Records that are pointed out at one filing: more is a list that nobody reads.
pub const RESEMBLING_TOLD_MAX: usize = 100;

/// Bytes of a marking policy that is asked for: the longest that comes with the program has a quarter of it, and every
/// request is kept.
pub const POLICY_ASKED_MAX_BYTES: usize = 256 << 10;

/// Bytes of the approval rules of a room: a rule has some hundreds.
pub const RULES_MAX_BYTES: usize = 64 << 10;

/// Characters of a word of somebody's rules that a message repeats.
pub const RULES_WORD_SHOWN_MAX_CHARS: usize = 64;

/// Approvals that one rule asks for: beyond that many nothing would ever be carried out.
pub const APPROVALS_MAX: usize = 16;

/// Days that a request may wait for its approvals, whatever the rules say: who asked is to remember why.
pub const REQUEST_LASTS_DAYS_MAX: u32 = 90;

/// Requests of one person that wait at the same time: a working list, not a flood for those who approve.
pub const REQUESTS_WAITING_MAX: usize = 256;

/// Atoms in one request: more than any policy at hand has.
pub const REQUEST_ATOMS_MAX: usize = 4_096;

/// Persons to whose own keys the reason of a request is sealed: more officers and inspectors than a room has; the
/// inspectors' key opens it besides.
pub const REQUEST_READERS_MAX: usize = 64;
/// Labels that fall due on one record, one after the other: a policy has a handful of levels to fall through.
pub const DUE_MAX: usize = 16;
/// How long after one batch of disclosures the next is due: all of them at the full hour, be there something or not.
pub const DISCLOSURES_EVERY: Duration = Duration::from_secs(3600);

/// Of the places of a batch, those kept for messages under codes that are known: a flood of new ones keeps out nobody who
/// comes back.
pub const DISCLOSURES_COME_BACK: usize = 8;

/// Which part of the spool only the smallest messages may take, a quarter: a flood of long ones leaves room for a thousand
/// pages.
pub const DISCLOSURES_SMALL_PART: u64 = 4;

/// Bytes of a message, sealed and with what lies around it, that counts as small: it takes one slot.
pub const DISCLOSURE_SMALL_MAX_BYTES: usize = strongroom_vault::SLOT_BYTES;

/// Disclosures in one listing: the newest. So many wait in no room that somebody looks after.
pub const DISCLOSURES_SHOWN_MAX: usize = 1_000;

/// Bytes of a reply, its text and files: with base 64 they fit a request.
pub const DISCLOSURE_REPLY_MAX_BYTES: usize = 512 << 10;

const _: () = assert!(DISCLOSURES_COME_BACK < strongroom_record::disclosure::BATCH_PLACES);

/// Days for which somebody may stand for somebody else at most: then it is asked for again.
pub const ACTING_DAYS_MAX: u32 = 90;

/// How long a restriction may be undone by one other hand: whoever made a mistake notices within a day, or asks for a lowering.
pub const UNDO_WITHIN: Duration = Duration::from_secs(24 * 3600);
