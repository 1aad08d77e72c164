//! Passphrases: drawn from a list of words, or one's own if the policy lets it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
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

/// A passphrase in its normal form: Unicode's form C, trimmed, white space folded, in lower case. So it is the
/// same on a keyboard that types `é` as one character and on one that types a letter and an accent.
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
        let composed = composed(typed);
        // Lower case has at most three times the bytes: the buffer never grows.
        let mut folded = Zeroizing::new(String::with_capacity(3 * composed.len()));
        for word in composed.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.extend(word.chars().flat_map(char::to_lowercase));
        }
        if folded.is_empty() {
            return Err(PassphraseError::Empty);
        }
        // A letter in lower case can take up an accent that it had to stand beside before.
        let mut normal = self::composed(&folded);
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

/// A text in Unicode's normalisation form C.
fn composed(text: &str) -> Zeroizing<String> {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    // Form C has at most three times the bytes (UAX #15): the buffer never grows.
    let mut composed = Zeroizing::new(String::with_capacity(3 * text.len()));
    let written = NFC.normalize_to(text, &mut *composed);
    written.expect("writing to memory does not fail");
    composed
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
    fn the_same_letters_typed_otherwise_are_the_same_passphrase() {
        let normal = |typed: &str| Passphrase::new(typed).unwrap().expose().to_owned();
        // One character; a letter and an accent; capitals of both; the sign that means the letter.
        for (typed, expected) in [
            ("Größe", "gr\u{f6}ße"),
            ("Gro\u{308}ße", "gr\u{f6}ße"),
            ("GRO\u{308}ßE", "gr\u{f6}ße"),
            ("\u{212b}ngström", "\u{e5}ngstr\u{f6}m"),
            ("A\u{30a}ngstro\u{308}m", "\u{e5}ngstr\u{f6}m"),
            // Accents in any order where the order means nothing.
            ("a\u{323}\u{302}", "\u{1ead}"),
            ("a\u{302}\u{323}", "\u{1ead}"),
            // There is no such capital in one character, but the small letter is one.
            ("J\u{30c}", "\u{1f0}"),
            ("\u{1f0}", "\u{1f0}"),
            ("\u{1100}\u{1161}", "\u{ac00}"),
            ("\u{130}", "i\u{307}"),
            ("I\u{307}", "i\u{307}"),
        ] {
            assert_eq!(normal(typed), expected, "{typed}");
            assert_eq!(normal(expected), expected, "{typed} twice");
        }
        // Letters that only look alike stay apart.
        assert_ne!(normal("ﬁne"), normal("fine"));
    }

    #[test]
    fn nothing_and_too_much_are_no_passphrase() {
        assert_eq!(Passphrase::new(" \t ").err(), Some(PassphraseError::Empty));
        assert_eq!(
            Passphrase::new(&"a".repeat(1_025)).err(),
            Some(PassphraseError::TooLong)
        );
        // Letters whose lower case, or whose form C, is longest.
        assert!(Passphrase::new(&"İ".repeat(512)).is_ok());
        let longest = "\u{1d160}".repeat(PASSPHRASE_MAX_BYTES / 4);
        let normal = Passphrase::new(&longest).unwrap();
        assert_eq!(normal.expose().len(), 3 * PASSPHRASE_MAX_BYTES);
    }
}
