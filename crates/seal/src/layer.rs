//! Layers: what restricting puts over stored bytes, unopened.
//!
//! The key of a layer is fresh and is wrapped under the key of a box for the new label. Nobody needs to
//! hold the old label, and a key kept from before opens nothing that is stored after.

use minicbor::Encode;
use strongroom_record::{EventId, GroupId, RoomId, Stream, encode};

use crate::aead;
use crate::digest::LabelDigest;
use crate::domain;
use crate::error::OpenError;
use crate::keybox::BoxKey;
use crate::secret::{Secret, SecretBytes};
use crate::suite::{Suite, SuiteFloor};

/// The key of one layer.
pub struct LayerKey {
    suite: Suite,
    key: Secret<32>,
}

/// Where a layer belongs.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct LayerBinding {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The stored value that it covers.
    #[n(1)]
    pub group: GroupId,
    /// Which layer it is, from 0 for the innermost.
    #[n(2)]
    pub index: u32,
    /// The event that set the label.
    #[n(3)]
    pub event: EventId,
    /// The label that it enforces.
    #[n(4)]
    pub present: LabelDigest,
}

impl LayerKey {
    /// Draws a layer's key.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self {
            suite,
            key: Secret::random(stream),
        }
    }
    /// Wraps the key under a box's key.
    pub fn wrap(&self, under: &BoxKey, binding: &LayerBinding, stream: &mut Stream) -> Vec<u8> {
        aead::seal(
            under.suite(),
            under.key(),
            domain::LAYER_KEY,
            &wrap_binding(under, binding),
            self.key.expose(),
            stream,
        )
    }
    /// Unwraps a layer's key.
    ///
    /// # Errors
    /// It was wrapped under another key or for another layer, or it was changed.
    pub fn unwrap(
        floor: SuiteFloor,
        under: &BoxKey,
        binding: &LayerBinding,
        wrapped: &[u8],
    ) -> Result<Self, OpenError> {
        let binding = wrap_binding(under, binding);
        let key = aead::open(floor, under.key(), domain::LAYER_KEY, &binding, wrapped)?;
        Ok(Self {
            suite: under.suite(),
            key: Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?,
        })
    }
}

fn wrap_binding(under: &BoxKey, binding: &LayerBinding) -> Vec<u8> {
    encode(&(under.id(), binding))
}

/// Seals stored bytes once more.
pub fn add_layer(
    key: &LayerKey,
    binding: &LayerBinding,
    stored: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let binding = encode(binding);
    aead::seal(key.suite, &key.key, domain::LAYER, &binding, stored, stream)
}

/// Takes a layer off. What comes out is still sealed, so it is no secret.
///
/// # Errors
/// The layer was sealed under another key or for another place, or it was changed.
pub fn remove_layer(
    floor: SuiteFloor,
    key: &LayerKey,
    binding: &LayerBinding,
    layered: &[u8],
) -> Result<Vec<u8>, OpenError> {
    aead::open(floor, &key.key, domain::LAYER, &encode(binding), layered).map(SecretBytes::into_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(LayerKey);
}
