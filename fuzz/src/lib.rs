//! What must hold of every decoder, whatever bytes it is given.
//!
//! Each function takes bytes that a hostile disk, peer or person may have chosen and gives them to all decoders of one
//! subject. It panics where a law is broken; that a decoder itself panics, hangs or asks for memory without bound is
//! for the fuzzer to notice. The targets under `targets/` only hand the bytes over, so that a law can be run without
//! a fuzzer, and a crash turned into a test, by calling a function.
//!
//! | function | decoders | laws |
//! | --- | --- | --- |
//! | [`record`] | the strict codec with events, commands, portions, statements, labels | what is read is written back as the same bytes; whatever can be held can be written and read |
//! | [`seal`] | key boxes, holdings, shares and what is asked and given of them, bundles, keys, signatures, cards, headers of backups | the same; texts made of them read back |
//! | [`disclosure`] | what somebody outside sends to the inspectors: messages, answers, padding, batches, codes | as for [`record`]; padding has one form |
//! | [`opening`] | layers, covers, holdings and backups, under known keys | nothing opens but what was sealed |
//! | [`printed`] | cards, key files, sheets, fingerprints, ids, passphrases, names | what is read prints and reads again |
//! | [`label`] | markings, clearances, restrictions, printed captions | what is read prints and reads again; a restriction never lowers |
//! | [`marking`] | banner lines and portion marks of the built-in policies | what is read prints and reads again; what is to be written instead is right; a banner asks what its portions ask |
//! | [`policy`] | marking policies | each name of a policy that is taken reads back as itself |
//! | [`checkpoint`] | signed notes, verifier keys, origins | text comes back as it was; no head verifies but the signed one |
//! | [`receipt`] | receipts | text comes back as it was; none is believed that was not given |
//! | [`proof`] | inclusion, consistency, field and portion proofs, entries | bytes come back; no proof holds in a tree but the tree's own |
//! | [`tile`] | names of tiles, bundles of entries | a name has one form; bytes come back |
//! | [`witness`] | requests, answers, memory and keys of witnesses, policies | text comes back; a witness vouches for no head but the signed one |
//! | [`ingest`] | volumes, plain text, gzip | slices lie in the file and in order; bounds; gzip makes no difference |
//! | [`marked`] | banners, portion marks and authority blocks of a text; the checking of them | places lie in the text, a mark stands where it is said to; checking twice says the same |
//! | [`docx`] | Word documents, as packages and as parts in a sound package | as for [`ingest`]; however a package is packed makes no difference |
//! | [`pdf`], [`mail`] | PDFs, and content in a sound PDF; messages | as for [`ingest`] |
//! | [`answer`] | drafts, as the process answers that reads hostile formats | as for [`record`] and [`marked`]; a record's label dominates its portions' |
//! | [`captions`] | WebVTT and SubRip | as for [`ingest`]; cues are in order and end after they begin |
//! | [`request`] | requests and answers of the API | what is read is written and read again as the same |
//! | [`guard`] | rows that only the guard reads, pieces of the kept state, invitation codes, account names | as for [`record`] and [`printed`] |

#![forbid(unsafe_code)]

mod answer;
mod codec;
mod disclosure;
mod docx;
mod guard;
mod ingest;
mod intake;
mod label;
mod marked;
mod marking;
mod opening;
mod policy;
mod printed;
mod proof;
mod receipt;
mod record;
mod request;
mod seal;
pub mod signed;
mod tile;
mod witness;

pub use answer::{ASKED, answer};
pub use disclosure::disclosure;
pub use docx::docx;
pub use guard::guard;
pub use ingest::ingest;
pub use intake::{captions, mail, pdf};
pub use label::label;
pub use marked::marked;
pub use marking::marking;
pub use opening::{opening, sealed};
pub use policy::policy;
pub use printed::printed;
pub use proof::{proof, tree};
pub use receipt::{checkpoint, receipt};
pub use record::record;
pub use request::request;
pub use seal::seal;
pub use tile::tile;
pub use witness::{witness, witness_keys};
