//! What a word looks like that no list has: the open part of a vocabulary.

use super::file::{PatternEntry, Signs};

/// Capital letters, digits or both, of some length, in one word or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    of: Signs,
    least: usize,
    most: usize,
    words: usize,
    values: Vec<Box<str>>,
}

impl Pattern {
    /// The pattern that a policy describes; `None` if nothing could be of it.
    pub(crate) fn new(entry: &PatternEntry) -> Option<Self> {
        let words = usize::from(entry.words.unwrap_or(1));
        let fits = entry.least > 0 && entry.least <= entry.most && words > 0;
        fits.then_some(Self {
            of: entry.of,
            least: usize::from(entry.least),
            most: usize::from(entry.most),
            words,
            values: entry
                .values
                .iter()
                .map(|value| value.as_str().into())
                .collect(),
        })
    }

    /// Whether a text is of this pattern.
    pub(crate) fn fits(&self, text: &str) -> bool {
        if !self.values.is_empty() && !self.values.iter().any(|value| **value == *text) {
            return false;
        }
        let mut words = 0;
        for word in text.split(' ') {
            words += 1;
            let length = (self.least..=self.most).contains(&word.len());
            if !length || words > self.words || !word.bytes().all(|c| self.has(c)) {
                return false;
            }
        }
        true
    }

    fn has(&self, c: u8) -> bool {
        match self.of {
            Signs::Letters => c.is_ascii_uppercase(),
            Signs::Digits => c.is_ascii_digit(),
            Signs::LettersAndDigits => c.is_ascii_uppercase() || c.is_ascii_digit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_letters_or_digits_of_a_length() {
        let entry = |of, least, most, words| PatternEntry {
            of,
            least,
            most,
            words,
            values: Vec::new(),
        };
        let three = Pattern::new(&entry(Signs::LettersAndDigits, 1, 3, None)).expect("a pattern");
        assert!(three.fits("A") && three.fits("1B2"));
        assert!(!three.fits("") && !three.fits("ABCD") && !three.fits("aB") && !three.fits("A B"));
        let two = Pattern::new(&entry(Signs::Letters, 2, 8, Some(2))).expect("a pattern");
        assert!(two.fits("BUTTER POPCORN"));
        assert!(!two.fits("BUTTER  POPCORN") && !two.fits("A BUTTER POPCORN"));
        assert_eq!(Pattern::new(&entry(Signs::Letters, 0, 3, None)), None);
        assert_eq!(Pattern::new(&entry(Signs::Letters, 4, 3, None)), None);
    }
}
