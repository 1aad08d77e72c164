//! The ledger's formats: what a room puts into its log, and all that anyone needs
//! to check it offline.
//!
//! The crate imports nothing else of Strongroom, so that an auditor can build it
//! alone. It sees no disk, no clock and no source of randomness: bytes, times and
//! salts are passed in. Cryptography is AWS-LC's and SHA-256 RustCrypto's; the
//! mathematics of the tree is that of `tlog_tiles`.
//!
//! | module | owns |
//! |---|---|
//! | [`commit`] | salted commitments to the fields of an event, and proofs of one field, portion or event among many |
//! | [`entry`] | the 33 bytes that stand in the log for an event |
//! | [`tree`] | the append-only Merkle tree, inclusion and consistency proofs |
//! | [`checkpoint`] | a head of the tree, signed twice as a C2SP note; what witnesses sign under it |
//! | [`tile`] | the log as a folder of tiles and entry bundles |
//! | [`witness`] | remembering a head elsewhere, and vouching for what grew from it |
//! | [`policy`] | which logs and how many witnesses are believed |
//! | [`receipt`] | entry, place, proof and checkpoint in one file |
//! | [`verify`] | offline checks of folders, receipts, shown fields and heads, with what was left open |
//!
//! # From an event to a receipt, and back
//!
//! ```
//! use strongroom_tlog::checkpoint::{Checkpoint, LogSigner, Origin, UnixSeconds};
//! use strongroom_tlog::commit::{
//!     Field, FieldTag, FieldTree, Salt, ShownField, SignatureCommitment, commit,
//! };
//! use strongroom_tlog::entry::EntryOpening;
//! use strongroom_tlog::receipt::Receipt;
//! use strongroom_tlog::tree::Tree;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // An event of two fields, each under a salt of its own (here not a random one).
//! let (act, reason) = (FieldTag::new(1), FieldTag::new(2));
//! let (act_salt, reason_salt) = (Salt::new([1; 32]), Salt::new([2; 32]));
//! let fields = FieldTree::new(&[
//!     Field { tag: act, commitment: commit(act, &act_salt, b"restrict") },
//!     Field { tag: reason, commitment: commit(reason, &reason_salt, b"a name in it") },
//! ])?;
//! let opening = EntryOpening {
//!     body: fields.body_root(),
//!     signature: SignatureCommitment::absent(&Salt::new([3; 32])),
//! };
//!
//! // The room takes it in and signs.
//! let mut tree = Tree::new();
//! let index = tree.append(opening.entry().leaf_hash());
//! let mut signer = LogSigner::from_seeds(
//!     Origin::new("example.org/room")?, &[4; 32], &[5; 32], None,
//! )?;
//! let head = tree.prove_head(signer.last_signed())?;
//! let checkpoint = Checkpoint::sign(&mut signer, &head, UnixSeconds::new(1_790_000_000).unwrap())?;
//! let proof = tree.prove_inclusion(tree.size(), index)?;
//! let receipt = Receipt::new(opening.entry(), proof, checkpoint)?;
//!
//! // Somebody outside has the log's keys, the receipt, and one field shown.
//! let shown = ShownField { tag: act, salt: act_salt, value: b"restrict".to_vec(), proof: fields.prove(0)? };
//! let keys = signer.public_keys();
//! let accepted = Receipt::from_bytes(receipt.to_text().as_bytes())?.verify(keys)?;
//! assert_eq!(accepted.read(&opening, &shown)?, b"restrict");
//! # Ok(())
//! # }
//! ```

pub mod checkpoint;
pub mod commit;
mod digest;
pub mod entry;
pub mod policy;
pub mod receipt;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod witness;

pub use digest::DIGEST_LEN;
