//! Choices that follow from a seed.

use strongroom_record::Stream;

/// A walk's dice.
pub(crate) struct Dice(Stream);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [77; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(Stream::from_seed(bytes))
    }
    /// A number from 0 to `n` - 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let drawn = u64::from_le_bytes(self.0.bytes());
        usize::try_from(drawn % n as u64).expect("small")
    }
    /// True so many times in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}
