//! What a witness remembers of a log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::checkpoint::{Origin, UnixSeconds, decimal, decode_hash};
use crate::tree::{TreeHead, TreeRoot, TreeSize};

/// The most bytes of a memory: a name and three short lines.
pub const MAX_REMEMBERED_BYTES: usize = 512;

/// The head that a witness cosigned last of a log, and when.
///
/// As text: the name of the log, the size, the root in base64, the time in
/// decimal, a line each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remembered {
    origin: Origin,
    head: TreeHead,
    time: UnixSeconds,
}

impl Remembered {
    pub(super) const fn new(origin: Origin, head: TreeHead, time: UnixSeconds) -> Self {
        Self { origin, head, time }
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What was cosigned.
    #[must_use]
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// When, by the witness' clock.
    #[must_use]
    pub const fn time(&self) -> UnixSeconds {
        self.time
    }

    /// As text, to be kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        let root = STANDARD.encode(self.head.root().as_bytes());
        format!(
            "{}\n{}\n{root}\n{}\n",
            self.origin,
            self.head.size(),
            self.time
        )
    }

    /// Reads [`Remembered::to_text`] back, and only that.
    ///
    /// # Errors
    ///
    /// [`RememberedError`]: it was cut or altered. A witness that goes on without
    /// its memory would vouch for a fork.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RememberedError> {
        if bytes.len() > MAX_REMEMBERED_BYTES {
            return Err(RememberedError);
        }
        Self::read(bytes).ok_or(RememberedError)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let mut lines = text.split('\n');
        let origin = Origin::new(lines.next()?).ok()?;
        let size = TreeSize::new(decimal(lines.next()?)?).ok()?;
        let root = TreeRoot::from_bytes(decode_hash(lines.next()?)?);
        let time = UnixSeconds::new(decimal(lines.next()?)?)?;
        if lines.next().is_some() {
            return None;
        }
        Some(Self::new(origin, TreeHead::new(size, root), time))
    }
}

/// Where a witness keeps what it remembers.
///
/// One that forgets makes the witness vouch for a fork: an absent memory is
/// answered only for a log that was never seen.
pub trait WitnessMemory {
    /// Why it cannot be read or written.
    type Error;

    /// What is remembered of a log; `None` if it was never seen.
    ///
    /// # Errors
    ///
    /// When that cannot be told.
    fn recall(&self, origin: &Origin) -> Result<Option<Remembered>, Self::Error>;

    /// Remembers in place of what was remembered of the same log. When this
    /// returns, it is durable.
    ///
    /// # Errors
    ///
    /// When it may not be durable.
    fn persist(&mut self, new: &Remembered) -> Result<(), Self::Error>;
}

/// The memory of a witness is not what was kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error(
    "what the witness remembers of the log is not what it kept: it was cut or altered. Do not \
     remove it: restore it, or take up a new name and new keys"
)]
pub struct RememberedError;
