//! Record keys: one for each label that occurs in a record, wrapped under that label's key.

use minicbor::Encode;
use strongroom_record::{BoxId, EventId, GroupId, RecordId, RoomId, Stream, encode};

use crate::aead;
use crate::digest::LabelDigest;
use crate::domain;
use crate::error::OpenError;
use crate::keybox::BoxKey;
use crate::secret::Secret;
use crate::suite::{Suite, SuiteFloor};

/// The key of one record's portions that were filed under one label.
pub struct RecordKey {
    suite: Suite,
    key: Secret<32>,
}

/// Where a wrapped record key belongs: it opens nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct WrapBinding {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The group of portions as it was filed.
    #[n(2)]
    pub group: GroupId,
    /// The label under which the portions were filed.
    #[n(3)]
    pub filing: LabelDigest,
    /// The label that the portions have now.
    #[n(4)]
    pub present: LabelDigest,
    /// The event that set the present label.
    #[n(5)]
    pub event: EventId,
    /// The box under whose key it is wrapped.
    #[n(6)]
    pub key_box: BoxId,
}

impl RecordKey {
    /// Draws a record key.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self {
            suite,
            key: Secret::random(stream),
        }
    }
    /// Wraps the key under a box's key.
    ///
    /// # Panics
    /// If the binding names another box than the key's.
    pub fn wrap(&self, under: &BoxKey, binding: &WrapBinding, stream: &mut Stream) -> Vec<u8> {
        assert_eq!(
            under.id(),
            binding.key_box,
            "a wrap binds the box of its key"
        );
        aead::seal(
            under.suite(),
            under.key(),
            domain::RECORD_KEY,
            &encode(binding),
            self.key.expose(),
            stream,
        )
    }
    /// Unwraps a record key.
    ///
    /// # Errors
    /// It was wrapped under another key or for another place, or it was changed.
    pub fn unwrap(
        floor: SuiteFloor,
        under: &BoxKey,
        binding: &WrapBinding,
        wrapped: &[u8],
    ) -> Result<Self, OpenError> {
        if under.id() != binding.key_box {
            return Err(OpenError::WrongKeyOrBinding);
        }
        let key = aead::open(
            floor,
            under.key(),
            domain::RECORD_KEY,
            &encode(binding),
            wrapped,
        )?;
        Ok(Self {
            suite: under.suite(),
            key: Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?,
        })
    }
    /// The suite under which portions are sealed.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    pub(crate) const fn key(&self) -> &Secret<32> {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(RecordKey, BoxKey);
}
