//! The marking that a source note prints: a level, and captions after it.
//!
//! "Source: National Archives, RG 59. Top Secret; Priority; Nodis/Harvan Plus. Drafted by …" tells of the level
//! `Top Secret` and of what stands beside it. A level counts at the beginning of the note, of a sentence, or after a
//! semicolon. What follows is read twice, and [`PrintedMark`] says why: its `captions` are one to four capitalised words
//! after each semicolon until another sign comes, here `Priority` and `Nodis`; its [`phrases`] are everything that
//! belongs to the marking.
//!
//! A note without such a level may still print a marking. Print has lost the full stop in "POL 27 S VIET Top Secret; Eyes
//! Only", and "Tom Johnson's Notes of Meetings. Eyes Only for the President." has captions only. The first gives a
//! *stray level*, which is taken for no marking and can only raise what the filer assigns; both give phrases.

mod phrases;

use strongroom_record::{Phrase, PrintedMark};

use crate::fold::unspaced;
use phrases::{after_level, is_titled, split_sentence, titles};

/// Levels as source notes print them.
const LEVELS: [&str; 7] = [
    "Top Secret",
    "Secret",
    "Confidential",
    "Limited Official Use",
    "Official Use Only",
    "Unclassified",
    "No classification marking",
];

/// Words of one caption.
const CAPTION_WORDS_MAX: usize = 4;

/// The first marking in a folded note; empty if there is none.
pub(crate) fn find(note: &str) -> PrintedMark {
    let starts = std::iter::once(0).chain(
        note.bytes()
            .enumerate()
            .filter(|&(at, byte)| matches!(byte, b'.' | b';') && note[at + 1..].starts_with(' '))
            .map(|(at, _)| at + 2),
    );
    for start in starts {
        let rest = &note[start..];
        if let Some(level) = LEVELS.into_iter().find(|l| rest.starts_with(l)) {
            let after = &rest[level.len()..];
            if ends_a_level(after) {
                return PrintedMark {
                    level: Some(level.to_owned()),
                    captions: captions(after),
                    stray_level: None,
                    phrases: after_level(after.strip_prefix('s').unwrap_or(after)),
                };
            }
        }
    }
    without_level(note)
}

/// What a note prints of a marking that does not begin with a level.
fn without_level(note: &str) -> PrintedMark {
    let mut mark = PrintedMark::default();
    let mut text = note;
    while !text.is_empty() {
        let (sentence, rest) = split_sentence(text);
        if let (None, Some((at, level))) = (&mark.stray_level, stray(text, sentence.len())) {
            let before = text[..at].trim_end_matches(['(', '“', '"', ' ']);
            let before = before.strip_suffix(" and").unwrap_or(before);
            if is_titled(before) {
                mark.phrases.push(Phrase::Caption(before.to_owned()));
            }
            mark.stray_level = Some(level.to_owned());
            mark.phrases.extend(after_level(&text[at + level.len()..]));
        } else if is_titled(sentence) && text.len() == note.len() {
            // Mostly the name of an archive.
            mark.phrases.push(Phrase::Account(sentence.to_owned()));
        } else if !mark.phrases.iter().any(is_caption) {
            titles(text, &mut mark.phrases);
        }
        text = rest;
    }
    mark
}

fn is_caption(phrase: &Phrase) -> bool {
    matches!(phrase, Phrase::Caption(_))
}

/// A level in the midst of the first `len` bytes of a text, with signs around it that part it from prose; and where.
fn stray(text: &str, len: usize) -> Option<(usize, &'static str)> {
    let after_signs = text[..len]
        .char_indices()
        .filter(|&(_, sign)| matches!(sign, ' ' | '(' | '“' | '"'))
        .map(|(at, sign)| at + sign.len_utf8());
    std::iter::once(0).chain(after_signs).find_map(|at| {
        let level = LEVELS.into_iter().find(|l| text[at..].starts_with(l))?;
        let after = &text[at + level.len()..];
        let parted = after.is_empty()
            || after.starts_with([';', '.', ',', ':', '/', ')', '”', '"', '–', '—']);
        parted.then_some((at, level))
    })
}

/// A marking that stands by itself, in any case: `TOP SECRET; Nodis`, `Secret/Noforn`. What is none of the levels is kept
/// as printed. Nobody tells a story here: everything after the level is a caption.
pub(crate) fn stated(marking: &str) -> PrintedMark {
    let marking = unspaced(marking);
    let mut parts = marking.split(';').map(str::trim).filter(|p| !p.is_empty());
    let mut captions = Vec::new();
    let level = parts.next().map(|first| match stated_level(first) {
        Some((level, caption)) => {
            captions.extend((!caption.is_empty()).then(|| caption.to_owned()));
            level.to_owned()
        }
        None => first.to_owned(),
    });
    captions.extend(parts.map(str::to_owned));
    PrintedMark {
        level,
        phrases: captions.iter().cloned().map(Phrase::Caption).collect(),
        captions,
        stray_level: None,
    }
}

/// The level that a text begins with, and what a sign other than a semicolon joins to it.
fn stated_level(text: &str) -> Option<(&'static str, &str)> {
    LEVELS.into_iter().find_map(|level| {
        let head = text.get(..level.len())?;
        let after = &text[head.len()..];
        let signs = [' ', '/', ',', ':', '-', '–', '—'];
        let caption = after.trim_start_matches(signs);
        let parted = after.is_empty() || after.trim_start().starts_with(&signs[1..]);
        (head.eq_ignore_ascii_case(level) && parted).then_some((level, caption))
    })
}

/// Whether a level may end before `after`: "Secretary Rogers addressed …" tells of no level. (The plural
/// "No classification markings" does.)
fn ends_a_level(after: &str) -> bool {
    let after = after.strip_prefix('s').unwrap_or(after);
    !after.starts_with(char::is_alphabetic)
}

/// The captions at the beginning of a text that follows a level.
fn captions(mut rest: &str) -> Vec<String> {
    let mut captions = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.strip_prefix(' ').unwrap_or(after);
        let mut end = 0;
        for nth in 0..CAPTION_WORDS_MAX {
            let next = if nth == 0 {
                Some(after)
            } else {
                after[end..].strip_prefix(' ')
            };
            let Some(len) = next.map(capitalised) else {
                break;
            };
            if len == 0 {
                break;
            }
            end += len + usize::from(nth > 0);
        }
        if end == 0 {
            break;
        }
        captions.push(after[..end].to_owned());
        rest = &after[end..];
    }
    captions
}

/// The length of a word of a capital and at least one more letter; 0 if the text does not begin with one.
fn capitalised(text: &str) -> usize {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters >= 2 && text.as_bytes()[0].is_ascii_uppercase() {
        letters
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(note: &str, level: Option<&str>, captions: &[&str]) {
        let mark = find(note);
        assert_eq!(mark.level.as_deref(), level, "{note}");
        assert_eq!(mark.captions, captions, "{note}");
    }

    #[test]
    fn markings_as_printed() {
        check(
            "Source: RG 59. Top Secret; Nodis;Eyes Only. Drafted by X.",
            Some("Top Secret"),
            &["Nodis", "Eyes Only"],
        );
        check(
            "Secret; Nodis/Harvan Plus. Received.",
            Some("Secret"),
            &["Nodis"],
        );
        check("Files; Secret; A b", Some("Secret"), &[]);
        check(
            "Source: X. No classification markings.",
            Some("No classification marking"),
            &[],
        );
        check(
            "Source: X. Secret; One Two Three Four Five; Six",
            Some("Secret"),
            &["One Two Three Four"],
        );
        check("Source: X. Confidential", Some("Confidential"), &[]);
        check("Source: Secret", None, &[]);
    }

    fn phrases(mark: &PrintedMark) -> Vec<&str> {
        mark.phrases.iter().map(Phrase::words).collect()
    }

    #[test]
    fn phrases_are_whole() {
        let mark = find("Source: RG 59. Secret; Priority, Alpha; Nodis/Harvan Plus. Drafted by X.");
        assert_eq!(mark.captions, ["Priority"]);
        assert_eq!(phrases(&mark), ["Priority, Alpha", "Nodis/Harvan Plus"]);
        let mark = find("Source: X. No classification markings. Eyes Only. It was sent.");
        assert_eq!(phrases(&mark), ["Eyes Only"]);
    }

    #[test]
    fn markings_without_a_level_where_one_begins() {
        let without = |note: &str, stray: Option<&str>, due: &[&str]| {
            let mark = find(note);
            assert_eq!(
                (mark.level.as_deref(), &mark.captions[..]),
                (None, &[][..]),
                "{note}"
            );
            assert_eq!(mark.stray_level.as_deref(), stray, "{note}");
            assert_eq!(phrases(&mark), due, "{note}");
        };
        without(
            "Source: Files, POL 27 S VIET Top Secret; Limdis. Repeated to X.",
            Some("Top Secret"),
            &["Limdis"],
        );
        without(
            "Source: Papers. Personal and Secret; Nodis.",
            Some("Secret"),
            &["Personal", "Nodis"],
        );
        without(
            "Source: Files. Geheim (Secret); Exdis.",
            Some("Secret"),
            &["Geheim", "Exdis"],
        );
        without(
            "Source: Files. It reads: “Secret/Sensitive.” The end.",
            Some("Secret"),
            &["Sensitive"],
        );
        without(
            "Source: Notes. Eyes Only for the President. The meeting began.",
            None,
            &["Eyes Only for the President"],
        );
        without(
            "Source: Memos, Vol. III. Eyes Only; Sensitive. A note by Mr. Borg.",
            None,
            &["Eyes Only", "Sensitive"],
        );
        without(
            "Source: Bulletin. The Secretary of Defense spoke.",
            None,
            &[],
        );
        without(
            "INR–NIE Files. Eyes Only.",
            None,
            &["INR–NIE Files", "Eyes Only"],
        );
        without(
            "Source: “Cutoff.” Secret; Noforn. The text.",
            Some("Secret"),
            &["Noforn"],
        );
        without("", None, &[]);
    }

    #[test]
    fn stated_markings() {
        let check = |text: &str, level: Option<&str>, captions: &[&str]| {
            let mark = stated(text);
            assert_eq!(mark.level.as_deref(), level, "{text}");
            assert_eq!(mark.captions, captions, "{text}");
            assert_eq!(phrases(&mark), captions, "{text}");
        };
        check(
            "TOP SECRET; Nodis/Harvan",
            Some("Top Secret"),
            &["Nodis/Harvan"],
        );
        check(
            "secret/noforn; priority",
            Some("Secret"),
            &["noforn", "priority"],
        );
        check("Secret – Eyes Only", Some("Secret"), &["Eyes Only"]);
        check("Secretary; X", Some("Secretary"), &["X"]);
        check("Cosmic", Some("Cosmic"), &[]);
        check("Secret: ", Some("Secret"), &[]);
        check(" ; ", None, &[]);
    }

    #[test]
    fn a_secretary_is_no_secret() {
        check(
            "Department of State Bulletin, pp. 1-2. Secretary Rogers addressed the club.",
            None,
            &[],
        );
        check(
            "X. Secretary’s Memoranda. Confidential; Nodis.",
            Some("Confidential"),
            &["Nodis"],
        );
    }
}
