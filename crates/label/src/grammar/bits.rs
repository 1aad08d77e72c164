//! Sets of facts of a marking, as bits.

use super::FactId;

/// Which facts hold of a marking. A grammar has at most 256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts([u64; 4]);

impl Facts {
    pub(crate) fn insert(&mut self, FactId(at): FactId) {
        self.0[usize::from(at) / 64] |= 1 << (at % 64);
    }

    pub(crate) fn has(self, FactId(at): FactId) -> bool {
        self.0[usize::from(at) / 64] & 1 << (at % 64) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        (0..4).any(|word| self.0[word] & other.0[word] != 0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }
}
