//! The marking that a source note prints: a level, and captions after it.
//!
//! "Source: National Archives, RG 59. Top Secret; Nodis; Priority. Drafted by …" tells of the level
//! `Top Secret` and the captions `Nodis` and `Priority`. A level counts at the beginning of the note, of a
//! sentence, or after a semicolon; captions follow it after semicolons, each one to four capitalised words.

use strongroom_record::PrintedMark;

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
                };
            }
        }
    }
    PrintedMark::default()
}

/// A marking that stands by itself, in any case: `TOP SECRET; Nodis`. What is none of the levels is kept as printed.
pub(crate) fn stated(marking: &str) -> PrintedMark {
    let mut parts = marking.split(';').map(str::trim).filter(|p| !p.is_empty());
    PrintedMark {
        level: parts.next().map(|printed| {
            LEVELS
                .into_iter()
                .find(|level| level.eq_ignore_ascii_case(printed))
                .unwrap_or(printed)
                .to_owned()
        }),
        captions: parts.map(str::to_owned).collect(),
    }
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
