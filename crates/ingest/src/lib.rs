//! Hostile source bytes to [`DraftSet`](strongroom_record::DraftSet)s.
//!
//! This crate owns the reading of files that come from outside: whole TEI volumes in the manner of
//! *Foreign Relations of the United States*, plain or gzip-compressed, plain text, Word documents, and
//! captions of recordings. [`read`]
//! is the one way in; [`dry_run::to_json`] shows a draft without filing it.
//!
//! What cannot happen here:
//!
//! * **No repair.** A file that breaks a rule of its format is refused with the line, the column, the
//!   rule and what to do ([`IngestError`]). A record is never filed from a guess at what was meant.
//! * **No panic and no unbounded work on any input.** Nothing recurses over the depth of the input; every
//!   size, count and depth has a named limit, those of [`strongroom_record::limits`] and of `limits`
//!   here. Entities cannot be declared: a document type declaration is refused.
//! * **No made-up value.** What the source does not say is absent: no date, place, level or speaker is
//!   supplied. One exception: a document without an id is called `document-N` after its place in the file.
//! * **No loss.** [`Read::original`] keeps the bytes as they were, and each draft knows its own slice of them.
//! * **No label, no disk, no clock.** A marking is kept as printed. [`marked::check`](fn@marked::check) reads the marks of a
//!   draft against a policy and says what is wrong; giving labels is for others.
//!
//! | module | subject |
//! | --- | --- |
//! | `read` | the way in: size, compression, encoding, format |
//! | [`error`] | what was wrong, where, and what to do |
//! | `xml` | well-formed XML with namespaces, or an error |
//! | `tei` | the documents of a volume |
//! | `plain` | plain text as a document |
//! | `pdf` | text PDF as a document |
//! | `mail` | e-mail with its attachments |
//! | `captions` | WebVTT and SubRip: what is said in a recording, and when |
//! | `docx` | Word documents as documents |
//! | `document` | pages, blocks and lines: what paged formats are taken apart into |
//! | `memorandum` | documents to drafts |
//! | `fold`, `gaps`, `speaker`, `marking`, `date` | what the words themselves tell, in either format |
//! | [`marked`] | banners, portion marks and authority blocks: taken out of the words, and checked |
//! | [`dry_run`] | a draft as a line of JSON |

mod attachment;
mod captions;
mod date;
mod document;
mod docx;
pub mod dry_run;
pub mod error;
mod fold;
mod format;
mod gaps;
mod gzip;
mod limits;
mod mail;
pub mod marked;
mod marking;
mod memorandum;
mod parts;
mod pdf;
mod plain;
mod read;
mod speaker;
mod tei;
mod xml;

pub use error::{CaptionRule, IngestError, MailRule, PdfRule, Place, Rule, WordRule, XmlRule};
pub use format::Format;
pub use read::{Read, Recognised, check_size, read, read_by, recognise};
