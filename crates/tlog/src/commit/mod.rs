//! Salted commitments, and trees over them, so that one value can be shown
//! without the others.
//!
//! This module owns [`Salt`], [`Commitment`], [`SignatureCommitment`] and the
//! four counted trees. It never sees what a value means: a field is a tag and
//! some bytes.
//!
//! What cannot happen: a commitment of one kind cannot stand for another (every
//! hash begins with a domain of its own), two different values cannot give the
//! same input (all that varies in length comes last and its length before it),
//! and a tree cannot be shown shorter than it is (its count is in its root).
//!
//! # What is hashed, byte by byte
//!
//! `H` is SHA-256, `‖` joins bytes, `u16`, `u32`, `u64` are big-endian. A domain
//! is the ASCII text shown, its `\n` a single byte `0A`. No domain is the
//! beginning of another, since `\n` occurs only at the end.
//!
//! ```text
//! value commitment        H("strongroom/value/v1\n" ‖ u16 tag ‖ salt[32] ‖ u64 length ‖ value)
//! signature commitment    H("strongroom/signature/v1\n" ‖ salt[32] ‖ u64 length ‖ signature)
//! absence of a signature  H("strongroom/no-signature/v1\n" ‖ salt[32])
//! ```
//!
//! A counted tree is the Merkle tree of RFC 6962 §2.1 with a domain in each
//! leaf, and a wrap around its root that binds domain and count:
//!
//! ```text
//! leaf hash    H(00 ‖ leaf domain ‖ leaf)
//! node hash    H(01 ‖ left[32] ‖ right[32])
//! root         H(root domain ‖ u32 count ‖ RFC 6962 tree hash[32])
//! ```
//!
//! | tree | leaf domain | leaf | root domain |
//! |---|---|---|---|
//! | [`FieldTree`], the fields of an event | `strongroom/event-field/v1\n` | u16 tag ‖ commitment\[32] | `strongroom/event-body/v1\n` |
//! | [`PortionFieldTree`], the fields of a portion | `strongroom/portion-field/v1\n` | u16 tag ‖ commitment\[32] | `strongroom/portion-body/v1\n` |
//! | [`PortionTree`], the portions of a record | `strongroom/portion/v1\n` | portion root\[32] | `strongroom/portions/v1\n` |
//! | [`CommandTree`], the events of a command | `strongroom/command-event/v1\n` | body root\[32] | `strongroom/command/v1\n` |
//!
//! A proof is the audit path of RFC 6962 §2.1.1, from the leaf's sibling up.
//! Encoded it is `u32 index ‖ u32 count ‖ hash[32]…`, and nothing more.
//!
//! # What a shown field gives away
//!
//! Besides itself: how many fields there are and which place it had. Whoever
//! chooses the fields of an event chooses how much that says.

mod counted;
mod seed;
mod shown;
mod value;

pub use counted::{
    BodyRoot, CommandProof, CommandRoot, CommandTree, CountedProof, CountedTree, Field, FieldProof,
    FieldTag, FieldTree, MAX_LEAVES, PortionFieldProof, PortionFieldTree, PortionProof,
    PortionRoot, PortionTree, PortionsRoot, TreeError, TreeSubject, subject,
};
pub use seed::SaltSeed;
pub use shown::{Shown, ShownField, ShownPortionField};
pub use value::{Commitment, Salt, SignatureCommitment, commit};
