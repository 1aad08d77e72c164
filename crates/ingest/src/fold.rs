//! Folding of white space: one space between words, none at the ends.
//!
//! White space is what Unicode gives the property `White_Space`, and the four separators U+001C to U+001F,
//! which cannot occur in XML but in plain text.

use std::borrow::Cow;

/// Whether a character is folded.
pub(crate) const fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// A text that folds as it grows.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    text: String,
}

impl Folded {
    /// Adds a piece; a word may continue from one piece to the next.
    pub(crate) fn push_str(&mut self, piece: &str) {
        let bytes = piece.as_bytes();
        let (mut word, mut at) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_graphic() {
                at += 1;
                continue;
            }
            // One space between two words, by far the most frequent, stays as it is.
            if byte == b' ' && at > word && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic) {
                at += 2;
                continue;
            }
            let Some(c) = piece[at..].chars().next() else {
                break;
            };
            let next = at + c.len_utf8();
            if is_space(c) {
                self.text.push_str(&piece[word..at]);
                self.space();
                word = next;
            }
            at = next;
        }
        self.text.push_str(&piece[word..]);
    }

    /// Adds a character.
    pub(crate) fn push(&mut self, c: char) {
        if is_space(c) {
            self.space();
        } else {
            self.text.push(c);
        }
    }

    /// Adds white space.
    pub(crate) fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// The folded text.
    pub(crate) fn finish(mut self) -> String {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        self.text
    }
}

/// A text folded in one go.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = Folded::default();
    folded.push_str(text);
    folded.finish()
}

/// A text with its spaced capitals joined, as telegrams print their captions: `T O P  S E C R E T` is `TOP SECRET`. Words
/// of spaced letters are parted by wider spaces.
pub(crate) fn unspaced(text: &str) -> Cow<'_, str> {
    /// Letters from which on they spell a word, and nobody's initials.
    const LETTERS_MIN: usize = 4;
    let single = |word: &str| word.len() == 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    let trimmed = text.trim();
    let (mut letters, mut end) = (0, 0);
    for piece in trimmed.split_inclusive(char::is_whitespace) {
        let word = piece.trim();
        if !(word.is_empty() || single(word)) {
            break;
        }
        letters += usize::from(!word.is_empty());
        end += piece.len();
    }
    if letters < LETTERS_MIN {
        return Cow::Borrowed(text);
    }
    let (spaced, rest) = trimmed.split_at(end);
    let words = spaced.trim().split("  ");
    let words: Vec<String> = words
        .map(|word| word.split_whitespace().collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    Cow::Owned(format!("{} {rest}", words.join(" ")).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_space_folds() {
        assert_eq!(
            fold("\u{a0} a\t\r\nb\u{2003}c\u{85}d\u{1f}e\u{3000}"),
            "a b c d e"
        );
        assert_eq!(fold("\u{200b}a\u{feff}"), "\u{200b}a\u{feff}");
        assert_eq!(fold(" \n "), "");
    }

    #[test]
    fn pieces_join() {
        let mut folded = Folded::default();
        folded.push_str("Kis");
        folded.push_str("singer ");
        folded.push_str(" said");
        folded.push('\u{2003}');
        folded.push('—');
        folded.space();
        assert_eq!(folded.finish(), "Kissinger said —");
    }

    #[test]
    fn spaced_capitals_are_words() {
        for (text, joined) in [
            ("S E C R E T", "SECRET"),
            ("T O P  S E C R E T", "TOP SECRET"),
            ("  S E C R E T  VIENNA 001234", "SECRET VIENNA 001234"),
            ("J. F. K. spoke", "J. F. K. spoke"),
            ("A B C", "A B C"),
            ("", ""),
        ] {
            assert_eq!(unspaced(text), joined, "{text}");
        }
    }
}
