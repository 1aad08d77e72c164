//! A field that is shown: everything someone needs to check one value against a
//! root, and nothing about the other fields.

use super::counted::{TreeSubject, subject};
use super::{CountedProof, Field, FieldTag, Salt, TreeError, commit};

/// One field of an event, opened.
pub type ShownField = Shown<subject::Event>;
/// One field of a portion, opened.
pub type ShownPortionField = Shown<subject::Portion>;

/// A field opened: its tag, salt and value, and the proof of its place.
///
/// Showing it ends the secrecy of this field, and of no other. It prints without
/// its value.
#[derive(Clone)]
pub struct Shown<S: TreeSubject<Leaf = Field>> {
    /// Which field.
    pub tag: FieldTag,
    /// The salt that hid it.
    pub salt: Salt,
    /// The value.
    pub value: Vec<u8>,
    /// Its place among the fields.
    pub proof: CountedProof<S>,
}

impl<S: TreeSubject<Leaf = Field>> Shown<S> {
    /// Checks the value against the root over the fields, and returns it.
    ///
    /// # Errors
    ///
    /// [`TreeError::Mismatch`] when tag, salt, value, place or root is not the
    /// one committed to.
    pub fn verify(&self, root: &S::Root) -> Result<&[u8], TreeError> {
        self.proof.verify(&self.field(), root)?;
        Ok(&self.value)
    }

    /// The leaf that this opens.
    #[must_use]
    pub fn field(&self) -> Field {
        Field {
            tag: self.tag,
            commitment: commit(self.tag, &self.salt, &self.value),
        }
    }
}

impl<S: TreeSubject<Leaf = Field>> std::fmt::Debug for Shown<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown")
            .field("tag", &self.tag)
            .finish_non_exhaustive()
    }
}
