//! What is sealed, to whom, and for which place: suites, keys, envelopes and shares.
//!
//! Need-to-know holds here by arithmetic. A label's key follows from one share for each thing that the
//! label asks for, and each share is sealed to the key pair of that thing ([`keybox`]); records,
//! portions and layers hang below it. Nothing in this crate decides who may read: it only makes sure
//! that who lacks a key reads nothing.
//!
//! ```text
//! passphrase ─ Argon2id ─▶ Bundle ─▶ PersonKeys ─ HPKE ─▶ Holding ─▶ AtomPrivate (one for each atom held)
//!                                                                      │ HPKE, one share a part
//!                                                                      ▼
//!                                                        KeyBox ─▶ BoxKey (a label's, a batch's, a layer's)
//!                                                           ┌──────────┼───────────┬─────────────┐
//!                                                           ▼          ▼           ▼             ▼
//!                                                       RecordKey   LayerKey   index key   notes' key
//!                                                           ▼          ▼
//!                                                        portions    stored bytes once more
//! HouseKey ─▶ one outer layer over every stored value
//! KeyHolder ─ M of N ─▶ AtomPrivate, HouseKey, BackupKey
//! ```
//!
//! What cannot happen here:
//!
//! * **No primitive of our own.** AES, SHA-2, HKDF, Ed25519 and ML-DSA are aws-lc's, HPKE is the `hpke`
//!   crate's, Argon2id the `argon2` crate's, Shamir's scheme `blahaj`'s.
//! * **No secret is shown.** Types that hold one have no `Debug`, `Clone` or CBOR encoding, and wipe
//!   themselves ([`secret`]). No error says more than what the stored bytes show ([`OpenError`]).
//! * **No object opens in another place.** Whatever is sealed is bound to where it belongs; bindings are
//!   the deterministic CBOR of a struct, and each purpose has its own [`domain`].
//! * **No object opens under two keys.** Each carries a commitment to its key, checked first.
//! * **No weaker suite slips in.** Every sealed object begins with its suite; what is below the room's
//!   [`SuiteFloor`] is refused before anything is computed.
//! * **No disk, no clock, no dice.** Bytes go in and out; randomness comes in as a [`Stream`]. One
//!   exception: the library hedges ML-DSA signatures with the system's randomness.
//!
//! | module | subject |
//! | --- | --- |
//! | [`suite`] | suites and the floor |
//! | [`domain`], [`mod@digest`] | what each derivation is for; SHA-384 |
//! | [`secret`], [`passphrase`] | secrets in memory; passphrases |
//! | [`aead`], [`kem`], [`sign`] | sealing under a key, sealing to a public key, signing |
//! | [`person`], [`atom`] | persons' keys and bundles; atoms and who holds them |
//! | [`keybox`] | the key of a label, from all its shares |
//! | [`record_key`], [`portion`], [`layer`], [`note`] | what hangs below a box's key |
//! | [`slot`] | one more seal around wrapped keys, which can be destroyed by itself |
//! | [`house`] | the outer layer |
//! | [`holder`], [`share`] | key holders; atoms' shares, sealed to them and given by them |
//! | [`dealt`], [`house_share`] | keys that have no public half, dealt; the house key's shares |
//! | [`giving`] | what a key holder is asked, and answers |
//! | [`disclosure`] | what somebody outside seals to the inspectors, and what comes back; the code of seven words |
//! | [`backup`] | a backup: its header, its key, its chunks as a stream |
//!
//! [`Stream`]: strongroom_record::Stream

pub mod aead;
mod armour;
pub mod atom;
pub mod backup;
mod cnsa;
pub mod dealt;
pub mod digest;
pub mod disclosure;
pub mod domain;
mod error;
pub mod file_digest;
pub mod giving;
pub mod holder;
pub mod house;
pub mod house_share;
pub mod kem;
pub mod keybox;
pub mod layer;
mod locked;
#[cfg(feature = "mock")]
mod mock;
pub mod note;
pub mod passphrase;
pub mod person;
pub mod portion;
mod printed;
mod provider;
mod quorum;
pub mod record_key;
pub mod secret;
pub mod share;
pub mod sign;
pub mod slot;
pub mod suite;

pub use aead::{open, seal};
pub use atom::{AtomPrivate, AtomPublic, AtomRole, Holding};
pub use backup::{
    BackupError, BackupHeader, BackupKey, BackupReader, BackupSecret, BackupShares, BackupWriter,
    LedgerHead, NewBackupKey, SealedBackup,
};
pub use dealt::{DealtKey, KeyCheck, NamedShare};
pub use digest::{Digest, LabelDigest, digest};
pub use disclosure::{DisclosureCode, DisclosureKeys, SealedMessage, SealedReply};
pub use domain::Domain;
pub use error::OpenError;
pub use file_digest::{FILE_DIGEST_BYTES, FileDigest};
pub use giving::{
    AnswerError, AskedShares, GiveError, GivenShares, Giving, ShareAnswer, ShareRequest,
};
pub use holder::{ArmourError, HolderId, KeyHolder, KeyHolderCard, KeyHolderFile, RecoverySheet};
pub use house::{HouseKey, VaultKey, cover, uncover};
pub use house_share::{HousePurpose, HouseSecret, HouseShares};
pub use kem::{KemPrivate, KemPublic, OtherSuite, PublicKeyError, generate, seal_to};
pub use keybox::{BoxKey, KeyBox, MakeBoxError, OpenBoxError, Purpose};
pub use layer::{LayerBinding, LayerKey, add_layer, remove_layer};
pub use note::{NoteBinding, NoteBox, NoteKey, PersonNoteBox, open_note, seal_note};
pub use passphrase::{Passphrase, PassphraseError};
pub use person::{Bundle, BundleFacts, Fingerprint, PersonKeys, PersonPublic, UnlockError};
pub use portion::{PortionBinding, open_portion, seal_portion};
pub use printed::PrintedKeyError;
pub use record_key::{RecordKey, WrapBinding};
pub use secret::{Secret, SecretBytes, SecretText};
pub use share::{
    AtomKey, DealError, GivenShare, HOLDERS_MAX, OpenedShare, Quorum, QuorumError, RecoverError,
    SealedShare, ShareFacts, Subject, deal, recover,
};
pub use sign::{Signature, SigningKey, VerifyError, VerifyingKey};
pub use slot::{SlotBinding, SlotKey};
pub use suite::{Suite, SuiteFloor, SuiteId, SuiteRefused};
