//! What a room takes from outside: time, randomness, and the lowest suite it accepts.

use std::fmt;
use std::sync::Arc;

use strongroom_record::{Clock, Entropy, OsEntropy, SystemClock};
use strongroom_seal::suite::SuiteFloor;

/// The surroundings of a room. A test gives a clock and a seed of its own.
#[derive(Clone)]
pub struct Environment {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// The lowest suite that is accepted.
    pub floor: SuiteFloor,
}

impl Environment {
    /// The machine's clock, the operating system's randomness, and real cryptography only.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            floor: SuiteFloor::default(),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(..)")
    }
}
