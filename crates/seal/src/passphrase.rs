//! Passphrases: drawn from a list of words, or one's own if the policy lets it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use strongroom_record::Stream;
use zeroize::Zeroizing;

use crate::secret::SecretText;

/// Words of a generated passphrase: 77 bits, each guess of which costs a run of Argon2id.
pub const GENERATED_WORDS: usize = 6;

/// Words in the list: one for each throw of five dice.
pub const LIST_WORDS: usize = 7_776;

/// Longest passphrase that is taken; far more than anyone types.
pub const PASSPHRASE_MAX_BYTES: usize = 1_024;

/// The list, ascending. Where it comes from and its licence are told in `words/README.md`.
static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let words: Vec<_> = include_str!("words/eff_large.txt").lines().collect();
    assert_eq!(words.len(), LIST_WORDS, "the word list is complete");
    words
});

/// A passphrase in its normal form: trimmed, white space folded, in lower case.
pub struct Passphrase(SecretText);

/// Text that is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Nothing but white space.
    #[error("the passphrase is empty")]
    Empty,
    /// Longer than any that is taken.
    #[error("the passphrase is longer than {PASSPHRASE_MAX_BYTES} bytes")]
    TooLong,
}

impl Passphrase {
    /// Brings what was typed into normal form.
    ///
    /// # Errors
    /// It is empty or too long.
    pub fn new(typed: &str) -> Result<Self, PassphraseError> {
        if typed.len() > PASSPHRASE_MAX_BYTES {
            return Err(PassphraseError::TooLong);
        }
        // Lower case has at most three times the bytes: the buffer never grows.
        let mut normal = Zeroizing::new(String::with_capacity(3 * typed.len()));
        for word in typed.split_whitespace() {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.extend(word.chars().flat_map(char::to_lowercase));
        }
        if normal.is_empty() {
            return Err(PassphraseError::Empty);
        }
        Ok(Self(SecretText::from_string(std::mem::take(&mut *normal))))
    }

    /// Draws a passphrase of different words from the list.
    pub fn generate(words: usize, stream: &mut Stream) -> Self {
        let longest = WORDS.iter().map(|w| w.len()).max().unwrap_or(0);
        let mut text = String::with_capacity(words * (longest + 1));
        let mut drawn = Zeroizing::new(Vec::with_capacity(words));
        while drawn.len() < words {
            let at = draw_below_list(stream);
            if drawn.contains(&at) {
                continue;
            }
            if !drawn.is_empty() {
                text.push(' ');
            }
            text.push_str(WORDS[usize::from(at)]);
            drawn.push(at);
        }
        Self(SecretText::from_string(text))
    }

    /// Whether it may guard a person's keys: it consists of words of the list, at least `words` of them
    /// different, or has at least as many characters as the policy asks of one's own.
    #[must_use]
    pub fn meets_floor(&self, words: usize, own_chars: usize) -> bool {
        let mut different = BTreeSet::new();
        let all_listed = self.expose().split(' ').all(|word| {
            different.insert(word);
            WORDS.binary_search(&word).is_ok()
        });
        if all_listed && different.len() >= words {
            return true;
        }
        own_chars > 0 && self.expose().chars().count() >= own_chars
    }

    /// The normal form, to show once to whom it was generated for.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A place in the list, each as likely: what lies beyond a multiple of its length is drawn again.
fn draw_below_list(stream: &mut Stream) -> u16 {
    const LIST: u16 = LIST_WORDS as u16;
    const BOUND: u16 = u16::MAX / LIST * LIST;
    loop {
        let drawn = u16::from_le_bytes(stream.bytes());
        if drawn < BOUND {
            return drawn % LIST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(Passphrase);

    #[test]
    fn the_list_is_sorted_and_each_word_is_in_normal_form() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        for word in WORDS.iter() {
            assert_eq!(Passphrase::new(word).unwrap().expose(), *word);
        }
    }

    #[test]
    fn generated_ones_meet_the_floor_and_read_back() {
        let mut stream = Stream::from_seed([1; 32]);
        for _ in 0..100 {
            let made = Passphrase::generate(GENERATED_WORDS, &mut stream);
            assert!(made.meets_floor(GENERATED_WORDS, 0));
            assert!(!made.meets_floor(GENERATED_WORDS + 1, 0));
            let typed = format!("  {}\t", made.expose().to_uppercase().replace(' ', "\n "));
            assert_eq!(Passphrase::new(&typed).unwrap().expose(), made.expose());
        }
    }

    #[test]
    fn every_word_can_be_drawn_and_nothing_beyond() {
        let mut stream = Stream::from_seed([2; 32]);
        let mut seen = vec![false; LIST_WORDS];
        (0..200_000).for_each(|_| seen[usize::from(draw_below_list(&mut stream))] = true);
        assert!(seen.iter().all(|s| *s));
    }

    #[test]
    fn ones_own_passes_by_length_alone_and_repeated_words_do_not_count() {
        let floor = |text: &str, chars| Passphrase::new(text).unwrap().meets_floor(6, chars);
        assert!(!floor("zoom zoom zoom zoom zoom zoom", 0));
        assert!(!floor("abacus abdomen abdominal abide abiding xyzzy", 0));
        assert!(floor("abacus abdomen abdominal abide abiding ability", 0));
        assert!(floor("Größe und Übermaß", 17));
        assert!(!floor("Größe und Übermaß", 18));
    }

    #[test]
    fn nothing_and_too_much_are_no_passphrase() {
        assert_eq!(Passphrase::new(" \t ").err(), Some(PassphraseError::Empty));
        assert_eq!(
            Passphrase::new(&"a".repeat(1_025)).err(),
            Some(PassphraseError::TooLong)
        );
        // The one letter whose lower case is longest.
        assert!(Passphrase::new(&"İ".repeat(512)).is_ok());
    }
}
