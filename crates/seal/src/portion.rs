//! Sealing portions.
//!
//! The key of a portion follows from the record key of the label it was *filed* under, a fresh salt and
//! its binding: that derivation is the one that [`aead`] makes for every seal, so a portion costs one.
//! A portion keeps this seal when its label rises; layers then lie over it.

use minicbor::Encode;
use strongroom_record::{PortionId, RecordId, RoomId, Stream, encode};

use crate::aead;
use crate::digest::LabelDigest;
use crate::domain;
use crate::error::OpenError;
use crate::record_key::RecordKey;
use crate::secret::SecretBytes;
use crate::suite::{Suite, SuiteFloor};

/// Where a sealed portion belongs. Its suite is bound by the seal itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct PortionBinding {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The version of the record, from 1.
    #[n(2)]
    pub version: u32,
    /// The portion.
    #[n(3)]
    pub portion: PortionId,
    /// The label under which it was filed.
    #[n(4)]
    pub filing: LabelDigest,
}

/// Seals a portion.
///
/// # Panics
/// If the key is of another suite.
pub fn seal_portion(
    suite: Suite,
    key: &RecordKey,
    binding: &PortionBinding,
    plaintext: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    assert_eq!(
        suite,
        key.suite(),
        "a portion is sealed under its record key's suite"
    );
    let binding = encode(binding);
    aead::seal(
        suite,
        key.key(),
        domain::PORTION,
        &binding,
        plaintext,
        stream,
    )
}

/// Opens a portion.
///
/// # Errors
/// It was sealed under another key or for another place, or it was changed.
pub fn open_portion(
    floor: SuiteFloor,
    key: &RecordKey,
    binding: &PortionBinding,
    sealed: &[u8],
) -> Result<SecretBytes, OpenError> {
    aead::open(floor, key.key(), domain::PORTION, &encode(binding), sealed)
}
