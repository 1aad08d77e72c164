//! Checkpoints: what the log was at one moment, signed twice.
//!
//! This module owns [`Origin`], [`LogPublicKeys`], [`LogSigner`],
//! [`SignedCheckpoint`] and [`Checkpoint`]; for witnesses [`WitnessKey`],
//! [`Cosigner`] and [`Cosignature`]; and [`TrustedLog`], a log as others know it.
//! It speaks C2SP
//! [signed-note](https://c2sp.org/signed-note),
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) and
//! [tlog-cosignature](https://c2sp.org/tlog-cosignature), and checks nothing about
//! entries: that is [`crate::tree`]'s.
//!
//! What cannot happen: a head is not signed unless it is a
//! [`ProvenHead`](crate::tree::ProvenHead) grown from the very head signed before,
//! nor at an earlier time; a [`Checkpoint`] does not come out of a
//! [`SignedCheckpoint`] unless *both* signatures of the log are there, once each,
//! and hold.
//!
//! # The text
//!
//! ```text
//! example.org/room                                   origin
//! 20852163                                           size, decimal
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=       root, base64
//!                                                    (an empty line)
//! — example.org/room Az3grlgt…                       Ed25519
//! — example.org/room jWbPPwAA…                       ML-DSA-44
//! — witness.example/w1 q83vEjRW…                     others, later
//! ```
//!
//! Each signature line is base64 of `key id[4] ‖ signature`, where the key id is
//! the beginning of `H(name ‖ 0A ‖ type ‖ public key)`.
//!
//! | | type | signature | over |
//! |---|---|---|---|
//! | Ed25519 | `01` | 64 bytes | the text up to the empty line |
//! | ML-DSA-44 | `06` | `u64 time ‖` 2,420 bytes | `"subtree/v1\n\0" ‖ u8 length ‖ name ‖ u64 time ‖ u8 length ‖ origin ‖ u64 0 ‖ u64 size ‖ root[32]` |
//!
//! The ML-DSA-44 line is the cosignature that tlog-checkpoint recommends a log
//! itself sign with; its name is the origin and its context string is empty. It
//! is 44 and not 87 because C2SP defines no other, and a checkpoint that its
//! verifiers cannot read proves nothing outside. Its time is the moment of
//! signing in seconds since 1970, and is the log's own claim.
//!
//! # What witnesses add
//!
//! | | type | signature | over |
//! |---|---|---|---|
//! | Ed25519 | `04` | `u64 time ‖` 64 bytes | `"cosignature/v1\ntime " ‖ decimal time ‖ "\n" ‖` the text up to the empty line |
//! | ML-DSA-44 | `06` | `u64 time ‖` 2,420 bytes | as above, the witness' name as the first |
//!
//! Their time is the witness' clock. A [`Cosignature`] only comes out of checking
//! one, and only lines that were checked are added to a checkpoint.
//!
//! # Where this is stricter than C2SP
//!
//! Extension lines are refused, since the ML-DSA-44 signature would not cover
//! them. Of the log's own two lines each must be there exactly once; in which
//! order does not matter. Lines of other keys are passed over, as signed-note
//! demands, so that witnesses can add theirs; a line that is malformed is an
//! error whoever's it is.

mod cosignature;
mod cosigner;
mod keys;
mod note;
mod origin;
#[cfg(test)]
mod published;
mod signed;
mod signer;
mod time;
mod trusted;
mod verifier;

pub use cosignature::{AddError, Cosignature, CosignatureFault, CosignatureKind, WitnessKey};
pub use cosigner::{CosignError, Cosigner};
pub use keys::{KeysError, LogPublicKeys, SignatureKind};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError};
pub use origin::{Origin, OriginError};
pub use signed::{Checkpoint, SignedCheckpoint, VerifyError};
pub use signer::{LogSigner, SEED_LEN, SignError};
pub use time::UnixSeconds;
pub use trusted::{LogKey, TrustedLog, TrustedLogError};
pub use verifier::{MAX_VERIFIER_KEY_BYTES, VerifierKeyError};

pub(crate) use note::{decimal, decode_hash};
