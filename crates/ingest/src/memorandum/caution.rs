//! A document's caution against itself: that it is no verbatim record, that its source may have exaggerated.

use strongroom_record::limits::HEADER_VALUE_MAX_BYTES;
use strongroom_record::{DraftPortion, PortionKind};

use crate::speaker;

/// How a caution begins, in small letters.
const BEGINNINGS: [&str; 4] = [
    "caution:",
    "caution —",
    "source caution:",
    "source’s caution:",
];
/// What it warns of; one of these must stand in it.
const WARNINGS: [&str; 8] = [
    "verbatim",
    "recollection",
    "exaggerat",
    "embellish",
    "made up",
    "fabricat",
    "may not be accurate",
    "reliab",
];
/// What tells how a text came about.
const PRODUCED: [&str; 6] = [
    "recollection",
    "from notes",
    "from memory",
    "from a recording",
    "notes of",
    "was prepared",
];

/// The cautions among the portions, taken out of them, and how the text came about as they tell it.
pub(super) fn take(portions: &mut Vec<DraftPortion>) -> (Option<String>, Option<String>) {
    let mut caution = String::new();
    portions.retain(|portion| {
        // One that is longer than a field may be stays in the text.
        let fits = caution.len() + portion.text.len() < HEADER_VALUE_MAX_BYTES;
        let taken = fits && portion.kind == PortionKind::Paragraph && is_caution(&portion.text);
        if taken {
            if !caution.is_empty() {
                caution.push(' ');
            }
            caution.push_str(&portion.text);
        }
        !taken
    });
    if caution.is_empty() {
        return (None, None);
    }
    let produced: Vec<&str> = sentences(&caution).filter(|s| says(s, &PRODUCED)).collect();
    let produced = (!produced.is_empty()).then(|| produced.join(" "));
    (Some(caution), produced)
}

/// Whether a portion is a caution.
fn is_caution(text: &str) -> bool {
    /// Of a long paragraph the beginning tells.
    const LOOKED_AT: usize = 2_000;
    let begins = BEGINNINGS.iter().any(|beginning| {
        let same = |begin: &str| begin.to_lowercase() == *beginning;
        text.get(..beginning.len()).is_some_and(same)
    });
    begins && says(&text.chars().take(LOOKED_AT).collect::<String>(), &WARNINGS)
}

fn says(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// The sentences of a text: up to a full stop, not that of a title or an initial, and a space before a capital.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .match_indices(". ")
            .map(|(at, _)| at + 1)
            .find(|&at| {
                let last = rest[..at - 1].rsplit(' ').next().unwrap_or_default();
                let abbreviated = speaker::is_title(last) || last.chars().count() < 2;
                !abbreviated && rest[at..].trim_start().starts_with(char::is_uppercase)
            })
            .unwrap_or(rest.len());
        let (sentence, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cautions_are_taken() {
        let paragraph = |text: &str| DraftPortion::new(PortionKind::Paragraph, text.to_owned());
        let mut portions = vec![
            paragraph("K: Caution is the word."),
            paragraph(
                "CAUTION: This is not a verbatim transcript. It was prepared from notes by Mr. Lund and others. Words may be wrong.",
            ),
            paragraph("Caution: wet floor"),
        ];
        let (caution, produced) = take(&mut portions);
        assert!(caution.unwrap().starts_with("CAUTION: This"));
        assert_eq!(
            produced.unwrap(),
            "It was prepared from notes by Mr. Lund and others."
        );
        assert_eq!(portions.len(), 2);
        assert_eq!(take(&mut portions), (None, None));
    }
}
