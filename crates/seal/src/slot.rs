//! Slots: one further layer around every wrapped key of a record, under a key that can be destroyed by itself.
//!
//! A wrapped record key or layer key opens for who holds its label. It lies within one seal more, under the key of
//! the record's *slot*: 32 bytes in a file of their own, which are overwritten in place when the record is destroyed.
//! The slot's key alone opens nothing but that seal; without it, nobody's keys open anything of the record, from whatever copy
//! of the store.

use minicbor::Encode;
use strongroom_record::{GroupId, RoomId, Stream, encode};

use crate::aead;
use crate::domain;
use crate::error::OpenError;
use crate::secret::{Secret, SecretBytes};
use crate::suite::{Suite, SuiteFloor};

/// The key of one slot.
pub struct SlotKey {
    suite: Suite,
    key: Secret<32>,
}

/// Which wrapped key it is that lies under a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
pub struct SlotBinding {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The number of the slot.
    #[n(1)]
    pub slot: u64,
    /// The group whose key it is.
    #[n(2)]
    pub group: GroupId,
    /// Of a layer's key, which layer it is; none for a record key.
    #[n(3)]
    pub layer: Option<u32>,
}

impl SlotKey {
    /// The key that a slot holds.
    pub fn new(suite: Suite, key: &[u8; 32]) -> Self {
        Self {
            suite,
            key: Secret::fill_with(|out| out.copy_from_slice(key)),
        }
    }

    /// Seals a wrapped key under the slot.
    pub fn cover(&self, binding: &SlotBinding, wrapped: &[u8], stream: &mut Stream) -> Vec<u8> {
        let binding = encode(binding);
        aead::seal(
            self.suite,
            &self.key,
            domain::SLOT,
            &binding,
            wrapped,
            stream,
        )
    }

    /// Takes a wrapped key out from under the slot. What comes out is still wrapped, so it is no secret.
    ///
    /// # Errors
    /// It was sealed under another slot or for another place, or it was changed.
    pub fn uncover(
        &self,
        floor: SuiteFloor,
        binding: &SlotBinding,
        covered: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        aead::open(floor, &self.key, domain::SLOT, &encode(binding), covered)
            .map(SecretBytes::into_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(SlotKey);
}
