//! Random streams.
//!
//! Every action draws from a [`Stream`] of its own, named by the id that its client chose for it.
//! In a real room a stream begins with 32 bytes of the operating system. In a test it begins with a
//! seed and that name, so that what one action draws never depends on what others did before it:
//! two rooms that differ in one action draw the same bytes in all others.

use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use zeroize::Zeroize;

/// A stream of random bytes for one action; ChaCha20, never shown.
pub struct Stream(ChaCha20Rng);

impl Stream {
    /// A stream that begins with a seed, which is wiped.
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let stream = Self(ChaCha20Rng::from_seed(seed));
        seed.zeroize();
        stream
    }
    /// The next bytes, as an array.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
    /// Fills a buffer with the next bytes.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }
    /// A stream of its own for a part of the action, so that the parts can run side by side
    /// and one part's draws do not move another's.
    pub fn fork(&mut self) -> Stream {
        Stream::from_seed(self.bytes())
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(..)")
    }
}

/// Where random streams come from.
pub trait Entropy: Send + Sync {
    /// A new stream for the action that `name` names.
    fn stream(&self, name: &[u8]) -> Stream;
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// If the operating system gives no randomness: nothing can be sealed without it.
    fn stream(&self, _name: &[u8]) -> Stream {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).expect("the operating system gives randomness");
        Stream::from_seed(seed)
    }
}

/// Streams that follow from a seed and the action's name: for tests and for two-world runs only.
#[derive(Debug, Clone, Copy)]
pub struct SeededEntropy(u64);

impl SeededEntropy {
    /// All streams of one test world.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl Entropy for SeededEntropy {
    fn stream(&self, name: &[u8]) -> Stream {
        // FNV-1a spreads the names over seeds well enough for a test; nothing here guards a secret.
        let spread = |basis: u64| {
            name.iter().fold(basis ^ self.0, |h, b| {
                (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        };
        let mut seed = [0; 32];
        for (i, chunk) in seed.chunks_mut(8).enumerate() {
            chunk
                .copy_from_slice(&spread(0xcbf2_9ce4_8422_2325 ^ ((i as u64) << 56)).to_le_bytes());
        }
        seed[..8]
            .iter_mut()
            .zip(self.0.to_le_bytes())
            .for_each(|(s, b)| *s ^= b);
        Stream::from_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seeded_stream_depends_on_seed_and_name_alone() {
        let a: [u8; 16] = SeededEntropy::new(1).stream(b"x").bytes();
        let _ = SeededEntropy::new(1).stream(b"other").bytes::<16>();
        assert_eq!(a, SeededEntropy::new(1).stream(b"x").bytes::<16>());
        assert_ne!(a, SeededEntropy::new(2).stream(b"x").bytes::<16>());
        assert_ne!(a, SeededEntropy::new(1).stream(b"y").bytes::<16>());
    }

    #[test]
    fn the_systems_streams_differ() {
        assert_ne!(
            OsEntropy.stream(b"x").bytes::<16>(),
            OsEntropy.stream(b"x").bytes::<16>()
        );
    }

    #[test]
    fn a_fork_leaves_its_parent_in_a_known_place() {
        let mut a = Stream::from_seed([7; 32]);
        let mut b = Stream::from_seed([7; 32]);
        let mut fork = a.fork();
        let _ = b.fork();
        let _ = fork.bytes::<64>();
        assert_eq!(a.bytes::<16>(), b.bytes::<16>());
    }
}
