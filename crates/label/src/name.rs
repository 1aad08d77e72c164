//! The name of a level, a category or a value, as the policy spells it.

use crate::limits::NAME_BYTES_MAX;
use std::fmt;
use std::sync::Arc;

/// The name of a level, a category or one value of a category, exactly as the policy spells it.
///
/// A name is one line of visible text: 1 to [`NAME_BYTES_MAX`] bytes of UTF-8, words parted by single spaces, none of
/// the characters with which markings are put together (`;` `,` `:` `&`), and no control, invisible or
/// direction-changing character. Names compare byte for byte; a policy decides what else is the same name.
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing in it.
    #[error("a name must not be empty: write at least one character")]
    Empty,
    /// It is longer than [`NAME_BYTES_MAX`], or as another spelling than
    /// [`SPELLING_BYTES_MAX`](crate::limits::SPELLING_BYTES_MAX).
    #[error("a name may have {max} bytes and this one has {bytes}: shorten it")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// It has a space before, after, or next to another one, or white space that is no plain space.
    #[error(
        "character {position}: words of a name are parted by one plain space, with none before or after"
    )]
    Spacing {
        /// Which character, counted from 1.
        position: usize,
    },
    /// It has a character that no name may have.
    #[error("character {position} (U+{:04X}) may not stand in a name: leave it out", u32::from(*.character))]
    Character {
        /// Which character, counted from 1.
        position: usize,
        /// The character.
        character: char,
    },
}

impl Name {
    /// Checks `text` and makes it a name.
    ///
    /// # Errors
    ///
    /// Says which rule of [`Name`] the text breaks, and where.
    pub fn new(text: &str) -> Result<Self, NameError> {
        check_line(text, NAME_BYTES_MAX)?;
        for (at, character) in text.chars().enumerate() {
            if is_joiner(character) {
                return Err(NameError::Character {
                    position: at + 1,
                    character,
                });
            }
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether markings are put together with this character, so that no name may contain it.
fn is_joiner(c: char) -> bool {
    matches!(c, ';' | ',' | ':' | '&')
}

/// Whether a character shows nothing, or changes how its neighbours show: two texts that look alike must be alike.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{FFFE}' | '\u{FFFF}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Longest piece of a stranger's text that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// A stranger's text as an error may repeat it: the beginning of it, with whatever does not show written out.
pub(crate) fn escaped(text: &str) -> String {
    escaped_up_to(text, SHOWN_CHARS_MAX)
}

/// As [`escaped`], with at most `chars_max` characters of the text.
pub(crate) fn escaped_up_to(text: &str, chars_max: usize) -> String {
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == chars_max {
            shown.push('…');
            break;
        }
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Checks that a text is one line of at most `max` bytes of visible words; what a [`Name`] and every other spelling have in common.
pub(crate) fn check_line(text: &str, max: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let bytes = text.len();
    if bytes > max {
        return Err(NameError::TooLong { bytes, max });
    }
    let mut after_space = true;
    for (at, character) in text.chars().enumerate() {
        let position = at + 1;
        if is_hidden(character) {
            return Err(NameError::Character {
                position,
                character,
            });
        }
        let space = character.is_whitespace();
        if space && (after_space || character != ' ') {
            return Err(NameError::Spacing { position });
        }
        after_space = space;
    }
    if after_space {
        return Err(NameError::Spacing {
            position: text.chars().count(),
        });
    }
    Ok(())
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_printed_volume_are_names() {
        for text in [
            "Secret",
            "Top Secret",
            "No Distribution Outside Department",
            "Geheim–Streng",
            "極秘",
        ] {
            assert_eq!(Name::new(text).expect(text).as_str(), text);
        }
        assert!(Name::new(&"x".repeat(NAME_BYTES_MAX)).is_ok());
    }

    #[test]
    fn each_rule_is_named_with_its_place() {
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(
            Name::new(&"x".repeat(65)),
            Err(NameError::TooLong { bytes: 65, max: 64 })
        );
        assert_eq!(Name::new(" a"), Err(NameError::Spacing { position: 1 }));
        assert_eq!(Name::new("a "), Err(NameError::Spacing { position: 2 }));
        assert_eq!(Name::new("a  b"), Err(NameError::Spacing { position: 3 }));
        assert_eq!(
            Name::new("a\u{a0}b"),
            Err(NameError::Spacing { position: 2 })
        );
        for c in [
            ';', ',', ':', '&', '\n', '\0', '\u{1b}', '\u{200b}', '\u{202e}', '\u{feff}',
            '\u{fe0f}', '\u{9b}',
        ] {
            let text = format!("é{c}b");
            assert_eq!(
                Name::new(&text),
                Err(NameError::Character {
                    position: 2,
                    character: c
                }),
                "{c:?}"
            );
        }
    }
}
