//! The name of a log.

use thiserror::Error;

/// The name of a log: the first line of its checkpoints and the key name of its
/// signatures. By custom a URL without scheme, such as `example.org/room`.
///
/// Not empty, at most [`Origin::MAX_BYTES`], without white space, control
/// characters or `+`, as signed-note asks of key names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin(String);

impl Origin {
    /// The longest name: its length is one byte in what ML-DSA-44 signs.
    pub const MAX_BYTES: usize = u8::MAX as usize;

    /// Takes a name.
    ///
    /// # Errors
    ///
    /// [`OriginError`] says which rule it breaks.
    pub fn new(name: &str) -> Result<Self, OriginError> {
        if name.is_empty() {
            return Err(OriginError::Empty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(OriginError::TooLong(name.len()));
        }
        match name.chars().find(|c| !may_occur(*c)) {
            Some(bad) => Err(OriginError::BadCharacter(bad)),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a character may occur in a key name.
fn may_occur(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || c == '+')
}

/// Why a name is not that of a log or key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum OriginError {
    /// It is empty.
    #[error("the name of a log or witness is empty; give one such as example.org/room")]
    Empty,
    /// It is longer than [`Origin::MAX_BYTES`].
    #[error("the name of a log or witness is {0} bytes long; at most {max} are allowed", max = Origin::MAX_BYTES)]
    TooLong(usize),
    /// It holds a character that key names may not.
    #[error(
        "the name of a log or witness holds {0:?}; white space, control characters and '+' are \
         not allowed"
    )]
    BadCharacter(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_refuses_what_is_none() {
        assert!(Origin::new("example.org/room").is_ok());
        assert!(Origin::new(&"é".repeat(127)).is_ok());
        assert_eq!(Origin::new(""), Err(OriginError::Empty));
        assert_eq!(
            Origin::new(&"é".repeat(128)),
            Err(OriginError::TooLong(256))
        );
        for bad in [' ', '+', '\n', '\t', '\0', '\u{7f}', '\u{85}', '\u{2003}'] {
            assert_eq!(
                Origin::new(&format!("a{bad}b")),
                Err(OriginError::BadCharacter(bad))
            );
        }
    }
}
