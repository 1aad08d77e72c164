//! What is printed beside a level, whole: captions, and the editors' words that run on from them.
//!
//! A marking is a sentence, and in print its end is not always a full stop: "Secret; Limdis, Repeated to Bonn" goes on
//! with what became of the telegram. Cut too early, a caption is lost and the paper falls into hands it was kept from;
//! cut too late, prose is taken for captions that no policy knows, and whole volumes are refused. So nothing is cut off,
//! and two kinds of phrase are told apart:
//!
//! * A **caption** begins with a capital, a digit or a bracket. It ends at a semicolon, at the end of the sentence, or
//!   where an account begins. Slashes, commas, colons and dashes inside it stay: a policy parts it there.
//! * An **account** begins with a small letter ("and Personal", "with Nodis Attachment"), or with one of the
//!   [verbs of editors](VERBS) and another word ("Repeated to …", "Also sent to …"). A policy need not know its words,
//!   and looks through them for captions that it knows.
//!
//! A sentence ends at a full stop with a space, a capital, a quotation mark or the number of a footnote after it, but not
//! after a single letter ("U.S. Eyes Only") or a known [abbreviation](ABBREVIATIONS). Sentences that follow and are nothing but capitalised
//! words ("Secret. Exdis. Drafted by …") belong to the marking as well.

use strongroom_record::Phrase;

/// Verbs with which editors begin to tell of a paper.
const VERBS: [&str; 18] = [
    "Addressed",
    "Also",
    "Approved",
    "Attached",
    "Cleared",
    "Concurred",
    "Dictated",
    "Drafted",
    "Initialed",
    "Passed",
    "Pouched",
    "Prepared",
    "Received",
    "Relayed",
    "Repeated",
    "Sent",
    "Signed",
    "Transmitted",
];

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 14] = [
    "Col", "Dept", "Dr", "Gen", "Jr", "Lt", "Mr", "Mrs", "No", "Nos", "Sr", "St", "Vol", "pp",
];

/// Small words inside captions: "Eyes Only for the President and Secretary Rusk".
const SMALL: [&str; 3] = ["and", "for", "the"];

/// The one abbreviation that captions have: "U.S. Eyes Only".
const COUNTRY: &str = "U.S.";

/// Words of a caption that is a sentence, or part of one; the longest known has ten.
const TITLE_WORDS_MAX: usize = 12;

/// The phrases at the beginning of a text that follows a level.
pub(super) fn after_level(text: &str) -> Vec<Phrase> {
    let (sentence, rest) = split_sentence(text);
    let mut phrases = Vec::new();
    add(sentence, &mut phrases);
    titles(rest, &mut phrases);
    phrases
}

/// The phrases that sentences at the beginning of a text are, as long as they are nothing but captions.
pub(super) fn titles(mut text: &str, phrases: &mut Vec<Phrase>) {
    loop {
        let (sentence, rest) = split_sentence(text);
        if !is_titled(sentence) {
            break;
        }
        add(sentence, phrases);
        text = rest;
    }
}

/// A text's first sentence without its full stop, and what follows it.
pub(super) fn split_sentence(text: &str) -> (&str, &str) {
    let end = text
        .match_indices('.')
        .map(|(at, _)| at)
        .find(|&at| ends_sentence(&text[..at], &text[at + 1..]));
    match end {
        Some(at) => (
            &text[..at],
            text[at + 1..].trim_start_matches(['”', '"', '’', ' ']),
        ),
        None => (text, ""),
    }
}

/// Whether a full stop between these ends a sentence.
fn ends_sentence(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next();
    let word = word.unwrap_or_default();
    let abbreviated =
        word.chars().nth(1).is_none() && !word.is_empty() || ABBREVIATIONS.contains(&word);
    let begins = after.is_empty()
        || after.starts_with(|c: char| {
            c.is_whitespace() || c.is_uppercase() || matches!(c, '”' | '“' | '"' | '’' | ')')
        });
    let footnote = after.starts_with(|c: char| c.is_ascii_digit())
        && !before.ends_with(|c: char| c.is_ascii_digit());
    (begins || footnote) && !abbreviated
}

/// Whether a sentence consists of capitalised words, with semicolons between some.
pub(super) fn is_titled(sentence: &str) -> bool {
    sentence.split(';').all(|part| {
        let mut words = part.split_whitespace();
        !is_account(part.trim_start())
            && words.clone().count() <= TITLE_WORDS_MAX
            && words.next().is_some_and(is_capitalised)
            && words.all(|word| SMALL.contains(&word) || is_capitalised(word))
    })
}

/// Whether a word begins with a capital and has at least two letters; signs that join words may stand in it.
fn is_capitalised(word: &str) -> bool {
    word == COUNTRY
        || word.starts_with(char::is_uppercase)
            && word.chars().filter(|c| c.is_alphabetic()).nth(1).is_some()
            && word
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '/' | '’' | '\'' | '-' | '–' | '—'))
}

/// Adds the phrases of a sentence.
fn add(sentence: &str, phrases: &mut Vec<Phrase>) {
    for part in sentence.split(';') {
        let part = bare(part);
        let account = if is_account(part) {
            Some(0)
        } else {
            part.match_indices([' ', '.'])
                .map(|(at, _)| at + 1)
                .find(|&at| begins_verb(&part[at..]))
        };
        let (caption, account) = part.split_at(account.unwrap_or(part.len()));
        for (words, phrase) in [
            (bare(caption), Phrase::Caption as fn(String) -> Phrase),
            (bare(account), Phrase::Account),
        ] {
            if !words.is_empty() {
                phrases.push(phrase(words.to_owned()));
            }
        }
    }
}

/// A phrase without the signs that part it from its neighbours.
fn bare(phrase: &str) -> &str {
    let parts = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '/' | '.' | '-' | '–' | '—');
    phrase
        .trim_start_matches(|c| parts(c) || matches!(c, ')' | '”' | '"'))
        .trim_end_matches(parts)
}

/// Whether the editors' own words begin here.
fn is_account(text: &str) -> bool {
    begins_small(text) || begins_verb(text)
}

fn begins_verb(text: &str) -> bool {
    VERBS.iter().any(|verb| {
        text.strip_prefix(verb)
            .is_some_and(|after| after.starts_with([' ', ',']))
    })
}

fn begins_small(text: &str) -> bool {
    text.trim_start_matches(['“', '"', '‘', '(', '\''])
        .starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(after: &str, captions: &[&str], accounts: &[&str]) {
        let phrases = after_level(after);
        let of = |wanted: bool| -> Vec<&str> {
            phrases
                .iter()
                .filter(|p| matches!(p, Phrase::Caption(_)) == wanted)
                .map(Phrase::words)
                .collect()
        };
        assert_eq!(of(true), captions, "{after}");
        assert_eq!(of(false), accounts, "{after}");
    }

    #[test]
    fn captions_are_whole() {
        check(
            "; Nodis/Harvan Double Plus. Drafted by X.",
            &["Nodis/Harvan Double Plus"],
            &[],
        );
        check(
            "; Priority, Alpha; Official–Informal. X",
            &["Priority, Alpha", "Official–Informal"],
            &[],
        );
        check(
            "; Literally Eyes Only for the President.",
            &["Literally Eyes Only for the President"],
            &[],
        );
        check(
            "; [handling restriction not declassified]. X",
            &["[handling restriction not declassified]"],
            &[],
        );
        check("; Exdis—Handle as Nodis.", &["Exdis—Handle as Nodis"], &[]);
        check("", &[], &[]);
        check(". Drafted by X; Nodis.", &[], &[]);
        check(";;  ; Nodis", &["Nodis"], &[]);
    }

    #[test]
    fn what_joins_a_caption_to_its_level() {
        check("/Noforn. X", &["Noforn"], &[]);
        check(
            ": Nodis/HARVAN/Double Plus.",
            &["Nodis/HARVAN/Double Plus"],
            &[],
        );
        check(", Restricted Data.", &["Restricted Data"], &[]);
        check("–Eyes Only", &["Eyes Only"], &[]);
        check(" and Personal.", &[], &["and Personal"]);
        check(" with Nodis Attachment.", &[], &["with Nodis Attachment"]);
        check(" Enclosure.", &["Enclosure"], &[]);
    }

    #[test]
    fn where_the_editors_begin_to_tell() {
        check(
            "; Limdis, Repeated to Bonn, London.",
            &["Limdis"],
            &["Repeated to Bonn, London"],
        );
        check(
            "; Priority: Drafted by Yager; cleared by Rice.",
            &["Priority"],
            &["Drafted by Yager", "cleared by Rice"],
        );
        check(
            "; Limit Distribution Received at 8:13 a.m. Repeated.",
            &["Limit Distribution"],
            &["Received at 8:13 a.m. Repeated"],
        );
        check(
            ", Also sent to USCINCEUR.",
            &[],
            &["Also sent to USCINCEUR"],
        );
        check("; Exdis.Sent for information to Athens.", &["Exdis"], &[]);
        check(
            "; for the President's eyes only.",
            &[],
            &["for the President's eyes only"],
        );
        check("; Priority Repeated.", &["Priority Repeated"], &[]);
        check("; Received at 4; Nodis.", &["Nodis"], &["Received at 4"]);
    }

    #[test]
    fn sentences_that_are_captions() {
        check(". Exdis. Drafted by Foster.", &["Exdis"], &[]);
        check(
            "; U.S. Eyes Only. The Committee met.",
            &["U.S. Eyes Only"],
            &[],
        );
        check(
            "; Sensitive. Eyes Only. Outside the System. Sent for action.",
            &["Sensitive", "Eyes Only", "Outside the System"],
            &[],
        );
        check(". Passed to White House. Nodis.", &[], &[]);
        check(". No time indicated. Nodis.", &[], &[]);
        check(". Part III of III.", &[], &[]);
        check(".1 The note. Nodis.", &[], &[]);
        check(
            ". U.S. Officials Only. E.C. Welsh. Nodis",
            &["U.S. Officials Only"],
            &[],
        );
        check(". U. Alexis Johnson. Nodis", &[], &[]);
    }
}
