//! Every bound of records and events, with its reason.

/// Longest encoded value that is read: a record's portions of one label, with room to spare, yet
/// small beside the memory of any machine that runs a room.
pub const ENCODED_MAX_BYTES: usize = 64 << 20;

/// Longest file that is filed in one piece, unpacked. The longest volume at hand has 5 MB; the guard
/// holds the file in memory while it works on it, and keeps a slice of it as one stored value.
pub const FILE_MAX_BYTES: usize = 48 << 20;

/// Records in one file: thirty times the longest volume.
pub const RECORDS_MAX: usize = 20_000;

/// Portions in one record: the longest at hand has some 700.
pub const PORTIONS_MAX: usize = 65_536;

/// Portions that a record has beside those of its source: source, date, place, from, to, marking, drafted, caution,
/// produced, authority, attachments, recording, grade and correction, each at most once.
pub const HEADER_PORTIONS_MAX: usize = 14;

/// Portions of a record as it is filed.
pub const FILED_PORTIONS_MAX: usize = PORTIONS_MAX + HEADER_PORTIONS_MAX;

/// Bytes of text in one portion: the longest paragraph at hand has 15 KB; a plain text without line breaks has one.
pub const PORTION_MAX_BYTES: usize = 4 << 20;

/// Depth of elements in a marked-up source. Real volumes nest less than thirty deep.
pub const DEPTH_MAX: usize = 256;

/// Bytes of a header value such as a place, a name or a caption.
pub const HEADER_VALUE_MAX_BYTES: usize = 16 << 10;

/// Values of one repeated header field (participants, captions).
pub const HEADER_VALUES_MAX: usize = 4_096;

/// Files that come with one record: the letters at hand have less than ten enclosures.
pub const ATTACHMENTS_MAX: usize = 256;

/// Bytes of an attachment's name: what a file system takes.
pub const ATTACHMENT_NAME_MAX_BYTES: usize = 255;

/// Bytes of a media type: two names of 127 and what stands between them (RFC 6838, section 4.2).
pub const MEDIA_TYPE_MAX_BYTES: usize = 255;

/// Bytes of a piece of a recording, but for the last: one stored value, small beside the longest file.
pub const RECORDING_PIECE_BYTES: usize = 4 << 20;

/// Pieces of a recording.
pub const RECORDING_PIECES_MAX: u32 = 256;

/// Bytes of a recording: some forty hours of speech as telephones carry it, or half an hour of video. It is taken and given
/// piece by piece, and a restriction seals it once more piece by piece.
pub const RECORDING_MAX_BYTES: u64 = RECORDING_PIECES_MAX as u64 * RECORDING_PIECE_BYTES as u64;

/// Pieces of a recording that are taken at once.
pub const RECORDING_PIECES_AT_ONCE_MAX: usize = 4;

/// Bytes of an account name: it stands in lists and on a terminal line.
pub const ACCOUNT_NAME_MAX_BYTES: usize = 64;

/// Bytes of a reason's free text, an authority, or another sentence that goes with an act.
pub const STATEMENT_MAX_BYTES: usize = 4 << 10;

const _: () = assert!(FILE_MAX_BYTES < ENCODED_MAX_BYTES);
const _: () = assert!(PORTION_MAX_BYTES < ENCODED_MAX_BYTES);
const _: () = assert!(STATEMENT_MAX_BYTES < HEADER_VALUE_MAX_BYTES);
