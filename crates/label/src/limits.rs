//! Every limit of this crate, and why it is that number.

/// Longest name of a level, category or value, in bytes of UTF-8.
///
/// The longest caption met in thirty printed volumes has 34 bytes; names are written into banners of one line and into
/// every label on disk, so there is no reason to allow a sentence.
pub const NAME_BYTES_MAX: usize = 64;

/// Longest other spelling of a name, handling word or reading, in bytes of UTF-8.
///
/// Spellings are only compared with what is printed, and some printed captions are a sentence: the longest met in thirty
/// volumes, "Dissemination and Extraction of Information Controlled by Originator", has 68 bytes.
pub const SPELLING_BYTES_MAX: usize = 128;

/// Most levels in one policy, and so in one label.
///
/// A compiled decision keeps the levels in one 64-bit word. National schemes have three to seven.
pub const LEVELS_MAX: usize = 64;

/// Most categories in one policy, and so of one kind in one label.
///
/// A reader must be able to see in a banner what decides: schemes in use have fewer than ten.
pub const CATEGORIES_MAX: usize = 32;

/// Most values of all categories of one policy together, and so in one set of a label.
///
/// A compiled decision keeps them in four 64-bit words. Each restrictive or permissive value costs a key pair.
pub const VALUES_MAX: usize = 256;

/// Most spellings of all names of one policy together, handling words and readings included.
///
/// Every spelling stands in a table in memory; sixteen for each value is more than printed volumes show.
pub const SPELLINGS_MAX: usize = 4096;

/// Longest marking or list of clearances that is read, in bytes.
///
/// A label with every value of a full policy would need 17 KiB; what people write has under a hundred bytes.
pub const MARKING_BYTES_MAX: usize = 32 * 1024;

/// Most heads, slots, words and parts of one grammar together.
///
/// What holds of a marking is a set of bits in four 64-bit words. The largest national register has some eighty.
pub const GRAMMAR_FACTS_MAX: usize = 256;

/// Most codes of nations and organisations of one grammar. ISO 3166 has 249, and alliances are fewer.
pub const GRAMMAR_CODES_MAX: usize = 2048;

/// Most ways of writing a list of codes in one grammar: each word of a register has one or none.
pub const GRAMMAR_LISTS_MAX: usize = 64;

/// Longest policy file, in bytes. The one that is built in has 20 KiB, most of it comments.
pub const POLICY_BYTES_MAX: usize = 1024 * 1024;

/// Most reasons, and most prohibited purposes, of one policy: they are chosen from a printed list.
pub const REASONS_MAX: usize = 256;

/// Longest description of a reason, in bytes: one paragraph.
pub const DESCRIPTION_BYTES_MAX: usize = 1024;

/// Fewest generated words that a policy may ask of a passphrase.
///
/// Six words of a list of 7,776 are 77 bits: with Argon2id in front, beyond a thief's reach. A policy may ask for more.
pub const PASSPHRASE_WORDS_MIN: u8 = 6;

/// Most generated words that a policy may ask of a passphrase: nobody types more without writing them down.
pub const PASSPHRASE_WORDS_MAX: u8 = 24;

/// Fewest characters that a policy may ask of a passphrase of the person's own.
///
/// People choose far worse than a generator does; twenty characters is the least at which a chosen sentence comes near
/// six generated words.
pub const OWN_PASSPHRASE_CHARS_MIN: u16 = 20;

/// Most characters that a policy may ask of a passphrase of the person's own.
pub const OWN_PASSPHRASE_CHARS_MAX: u16 = 256;

/// Longest term of a policy, in days: ten years.
pub const TERM_DAYS_MAX: u16 = 3653;

/// For how many days backups are taken to be kept where a policy does not say: a year.
pub const BACKUP_DAYS: u16 = 365;

/// Within how many days a disclosure is acknowledged where a policy does not say: those of Directive (EU) 2019/1937, article 9.
pub const DISCLOSURE_ACKNOWLEDGE_DAYS: u16 = 7;

/// Within how many days a disclosure is answered, from its acknowledgement on, where a policy does not say: the three months
/// of the same article.
pub const DISCLOSURE_ANSWER_DAYS: u16 = 90;

/// Most schedules of one policy: they are chosen from a printed list.
pub const SCHEDULES_MAX: usize = 256;

/// Longest that a schedule keeps what it does not keep for good, in years: three lifetimes, and a day that calendars have.
pub const KEEP_YEARS_MAX: u16 = 200;

// A label may hold every level and every value of its policy.
const _: () = assert!(GRAMMAR_FACTS_MAX == 4 * u64::BITS as usize);
const _: () = assert!(LEVELS_MAX <= u64::BITS as usize);
const _: () = assert!(VALUES_MAX == 4 * u64::BITS as usize);
const _: () = assert!(MARKING_BYTES_MAX > (LEVELS_MAX + VALUES_MAX) * (NAME_BYTES_MAX + 3));

/// Phrases of one kind that a grammar lists: a document is searched for each.
pub const GRAMMAR_PHRASES_MAX: usize = 64;

/// Bytes of such a phrase.
pub const GRAMMAR_PHRASE_BYTES_MAX: usize = 160;
