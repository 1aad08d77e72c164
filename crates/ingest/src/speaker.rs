//! Who speaks: `K:`, `Mr. Kissinger:`, `The President:` at the beginning of a paragraph.
//!
//! Much else stands before a colon: "Subject:", "Recommendation:", "Dear Mr. President:", a sentence that
//! introduces a quotation. So the form of the words is not enough; a speaker is taken only with evidence:
//!
//! | form | evidence |
//! | --- | --- |
//! | one or two initials: `K` | initials begin two paragraphs of the record |
//! | a title that only persons have, and a name: `Mr. Kissinger` | none needed |
//! | another title and a name: `Secretary Rogers` | the name is that of a person of the record, or the record is a transcript |
//! | `The` and an office: `The President` | none needed |
//! | an office: `President` | it begins two paragraphs |
//! | names alone: `Dobrynin`, `Walt Rostow` | persons of the record; or the record is a transcript and they begin two paragraphs |
//!
//! Persons of a record are those whom its source tags as such, and its participants. A record is a transcript if at
//! least half of its paragraphs, and four, begin like a turn.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use strongroom_record::{DraftPortion, PortionKind};

/// The longest speaker, in bytes: `Vice Minister of Foreign Affairs Ch'iao Kuan-hua` and the like.
const SPEAKER_MAX_BYTES: usize = 60;
/// Words of a speaker.
const WORDS_MAX: usize = 5;
/// Turns that make a transcript, if they are half of the paragraphs.
const TRANSCRIPT_TURNS_MIN: usize = 4;

/// Titles that nothing but a person's name follows.
const PERSONAL: [&str; 23] = [
    "Mr",
    "Mrs",
    "Miss",
    "Ms",
    "Dr",
    "Prof",
    "Professor",
    "Gen",
    "Adm",
    "Col",
    "Lt",
    "Amb",
    "Sen",
    "Gov",
    "Admiral",
    "Colonel",
    "Ambassador",
    "Senator",
    "Congressman",
    "Governor",
    "PM",
    "FM",
    "VM",
];
/// Words of titles that may begin a heading too: "General Comments".
const TITLES: [&str; 25] = [
    "Acting",
    "Assistant",
    "Attorney",
    "Chief",
    "Deputy",
    "Field",
    "Foreign",
    "General",
    "Lieutenant",
    "Major",
    "Marshal",
    "Minister",
    "Prime",
    "Under",
    "Vice",
    "President",
    "Secretary",
    "Chairman",
    "Chancellor",
    "Director",
    "Premier",
    "King",
    "Prince",
    "CIA",
    "VC",
];
/// The last words of offices that stand for a person.
const OFFICES: [&str; 18] = [
    "President",
    "Secretary",
    "Minister",
    "Chairman",
    "Chancellor",
    "Director",
    "Premier",
    "King",
    "Prince",
    "Shah",
    "Emperor",
    "Ambassador",
    "General",
    "Governor",
    "Senator",
    "Interpreter",
    "Translator",
    "Operator",
];
/// Forms of address: with an office they begin a letter.
const ADDRESS: [&str; 3] = ["Mr", "Madam", "Mrs"];
/// Lower-case parts of names.
const PARTICLES: [&str; 14] = [
    "al", "bin", "da", "de", "del", "den", "der", "di", "el", "la", "le", "van", "von", "zu",
];
/// Words that stand before a colon and are nobody, in lower case.
const NOBODY: [&str; 68] = [
    "action",
    "addendum",
    "af",
    "agenda",
    "agreed",
    "annex",
    "answer",
    "approve",
    "approved",
    "attachment",
    "attachments",
    "background",
    "begin",
    "cc",
    "classification",
    "comment",
    "comments",
    "conclusion",
    "conclusions",
    "con",
    "cons",
    "copy",
    "date",
    "decision",
    "disapprove",
    "discussion",
    "distribution",
    "drafted",
    "enclosure",
    "enclosures",
    "end",
    "example",
    "from",
    "fyi",
    "info",
    "issue",
    "issues",
    "location",
    "nb",
    "note",
    "notes",
    "objective",
    "objectives",
    "participants",
    "place",
    "postscript",
    "present",
    "pro",
    "problem",
    "pros",
    "ps",
    "purpose",
    "question",
    "re",
    "recommendation",
    "recommendations",
    "ref",
    "reference",
    "references",
    "source",
    "subj",
    "subject",
    "summary",
    "time",
    "to",
    "uk",
    "un",
    "us",
];

/// A paragraph's beginning that has the form of a speaker.
#[derive(Debug, Clone, Copy)]
struct Candidate<'t> {
    words: &'t str,
    /// Something is said after the colon.
    says: bool,
}

/// What a record tells of those who speak in it.
#[derive(Debug)]
struct Evidence {
    persons: HashSet<String>,
    beginnings: HashMap<String, usize>,
    initials: usize,
    transcript: bool,
}

/// Notes the speaker of each paragraph that has one; `persons` are names that the source tags as persons'.
pub(crate) fn mark(portions: &mut [DraftPortion], persons: impl Iterator<Item = String>) {
    let evidence = Evidence::of(portions, persons);
    mark_by(&evidence, portions);
}

/// The same for portions that are all speech, as those of a recording: they are a transcript, however few begin like a turn.
pub(crate) fn mark_speech(portions: &mut [DraftPortion]) {
    let evidence = Evidence {
        transcript: true,
        ..Evidence::of(portions, std::iter::empty())
    };
    mark_by(&evidence, portions);
}

fn mark_by(evidence: &Evidence, portions: &mut [DraftPortion]) {
    if evidence.beginnings.is_empty() {
        return;
    }
    for portion in portions {
        if portion.kind == PortionKind::Paragraph
            && let Some(candidate) = candidate(&portion.text)
            && evidence.supports(candidate)
        {
            portion.speaker = Some(candidate.words.to_owned());
        }
    }
}

/// Whether a line has the form of a turn: in plain text, turns may follow one another line by line.
pub(crate) fn begins_turn(line: &str) -> bool {
    candidate(line).is_some_and(|c| c.says)
}

impl Evidence {
    fn of(portions: &[DraftPortion], tagged: impl Iterator<Item = String>) -> Self {
        let mut beginnings = HashMap::new();
        let (mut paragraphs, mut turns, mut initials) = (0, 0, 0);
        for portion in portions.iter().filter(|p| p.kind == PortionKind::Paragraph) {
            paragraphs += 1;
            if let Some(candidate) = candidate(&portion.text) {
                *beginnings.entry(candidate.words.to_owned()).or_insert(0) += 1;
                turns += usize::from(candidate.says);
                initials += usize::from(candidate.says && are_initials(candidate.words));
            }
        }
        // Without a candidate nobody asks for the persons.
        let persons = if beginnings.is_empty() {
            HashSet::new()
        } else {
            let participants = portions
                .iter()
                .filter(|p| p.kind == PortionKind::Participant)
                .filter_map(|p| last_name(&p.text));
            let tagged: Vec<String> = tagged.collect();
            tagged
                .iter()
                .flat_map(|name| name.split(' '))
                .filter_map(name_word)
                .chain(participants)
                .map(str::to_owned)
                .collect()
        };
        Self {
            persons,
            beginnings,
            initials,
            transcript: turns >= TRANSCRIPT_TURNS_MIN && turns * 2 >= paragraphs,
        }
    }

    fn supports(&self, candidate: Candidate<'_>) -> bool {
        let Candidate { words, says } = candidate;
        let repeated = self.beginnings.get(words).is_some_and(|&times| times >= 2);
        if are_initials(words) {
            return says && self.initials >= 2;
        }
        let lowered = lowered(words);
        let (article, rest) = match lowered.strip_prefix("The ") {
            Some(rest) => (true, rest),
            None => (false, &*lowered),
        };
        let words: Vec<&str> = rest.split(' ').collect();
        // The last word may be a title and yet a name: "Mr. Field". An office stands for a person by itself.
        let titles = words.iter().take_while(|w| is_title(w)).count();
        let office = titles == words.len() && OFFICES.contains(&words[titles - 1]);
        let (title, name) = words.split_at(if office {
            titles
        } else {
            titles.min(words.len() - 1)
        });
        let is_known = |word: &&str| {
            self.persons.contains(*word) || is_initial(word) || PARTICLES.contains(word)
        };
        let known = name.last().is_some_and(|last| self.persons.contains(*last))
            && name.iter().all(is_known);
        match (title, name) {
            // An office without a name: "The President", "Vice President".
            (_, []) => {
                let address = ADDRESS.contains(&bare(title[0]));
                says && !address && (article || repeated)
            }
            _ if article => says && OFFICES.contains(&rest),
            ([], [office]) if OFFICES.contains(office) => says && repeated,
            ([], _) => says && (known || self.transcript && repeated),
            (title, _) if title.iter().any(|t| PERSONAL.contains(&bare(t))) => says || known,
            _ => known || says && self.transcript,
        }
    }
}

/// The beginning of a text that has the form of a speaker: up to a colon, a few words that begin like names.
fn candidate(text: &str) -> Option<Candidate<'_>> {
    let text = text.strip_prefix(['“', '"', '‘', '\'']).unwrap_or(text);
    let colon = text
        .bytes()
        .take(SPEAKER_MAX_BYTES + 1)
        .position(|b| b == b':')?;
    let (words, after) = (&text[..colon], &text[colon + 1..]);
    if !(after.is_empty() || after.starts_with(' ')) {
        return None;
    }
    let mut count = 0;
    for (nth, word) in words.split(' ').enumerate() {
        count += 1;
        let named = begins_name(word) || nth > 0 && PARTICLES.contains(&word);
        if !named || NOBODY.contains(&word.to_lowercase().as_str()) {
            return None;
        }
    }
    (count <= WORDS_MAX).then_some(Candidate {
        words,
        says: !after.trim().is_empty(),
    })
}

/// Whether a word may be part of a speaker's name or title: a capital, then letters, apostrophes, hyphens; a full
/// stop after a title or an initial.
fn begins_name(word: &str) -> bool {
    let stem = bare(word);
    let mut chars = stem.chars();
    let stopped = stem.len() < word.len();
    chars.next().is_some_and(char::is_uppercase)
        && chars.all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '‘' | '-' | '–'))
        && (!stopped || is_initial(word) || PERSONAL.contains(&&*lowered(stem)))
}

/// Words in capitals as they are written otherwise: `THE PRESIDENT`, `MR. HALE`. Titles that are capitals stay.
fn lowered(words: &str) -> Cow<'_, str> {
    if words.len() <= 2 && !PERSONAL.iter().any(|t| t.eq_ignore_ascii_case(words))
        || words.chars().any(char::is_lowercase)
    {
        return Cow::Borrowed(words);
    }
    let mut out = String::with_capacity(words.len());
    for (nth, word) in words.split(' ').enumerate() {
        if nth > 0 {
            out.push(' ');
        }
        if PERSONAL.contains(&bare(word)) || TITLES.contains(&word) {
            out.push_str(word);
            continue;
        }
        let mut within = false;
        for c in word.chars() {
            if within {
                out.extend(c.to_lowercase());
            } else {
                out.push(c);
            }
            within = c.is_alphabetic();
        }
    }
    Cow::Owned(out)
}

fn bare(word: &str) -> &str {
    word.strip_suffix('.').unwrap_or(word)
}

/// Whether a word is a title that stands before a name.
pub(crate) fn is_title(word: &str) -> bool {
    PERSONAL.contains(&bare(word)) || TITLES.contains(&word)
}

/// Whether a word is an office that stands for a person.
pub(crate) fn is_office(word: &str) -> bool {
    OFFICES.contains(&word)
}

/// `H.` or `H`, within a name.
fn is_initial(word: &str) -> bool {
    let mut chars = bare(word).chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
}

/// `K`, `HK`, `H.K.`: the whole of a speaker.
fn are_initials(words: &str) -> bool {
    (1..=2).contains(&words.len())
        && words.bytes().all(|b| b.is_ascii_uppercase())
        && !PERSONAL.contains(&words)
}

/// A word of a person's name, without what clings to it; nothing for titles and particles.
fn name_word(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let word = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word);
    (word.chars().nth(1).is_some()
        && begins_name(word)
        && !is_title(word)
        && !OFFICES.contains(&word))
    .then_some(word)
}

/// The last name of a participant: `Senator Charles H. Percy, Illinois`.
fn last_name(participant: &str) -> Option<&str> {
    let person = participant.split([',', '(', ';', '—']).next()?.trim();
    person.rsplit(' ').next().and_then(name_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speakers(
        participants: &[&str],
        persons: &[&str],
        paragraphs: &[&str],
    ) -> Vec<Option<String>> {
        let portion = |kind, text: &&str| DraftPortion::new(kind, (*text).to_owned());
        let mut portions: Vec<_> = participants
            .iter()
            .map(|t| portion(PortionKind::Participant, t))
            .chain(
                paragraphs
                    .iter()
                    .map(|t| portion(PortionKind::Paragraph, t)),
            )
            .collect();
        mark(&mut portions, persons.iter().map(|p| (*p).to_owned()));
        portions
            .into_iter()
            .skip(participants.len())
            .map(|p| p.speaker)
            .collect()
    }

    fn check(persons: &[&str], paragraphs: &[(&str, Option<&str>)]) {
        let texts: Vec<&str> = paragraphs.iter().map(|(text, _)| *text).collect();
        for ((text, due), found) in paragraphs.iter().zip(speakers(&[], persons, &texts)) {
            assert_eq!(found.as_deref(), *due, "{text}");
        }
    }

    #[test]
    fn turns() {
        check(
            &["Kissinger", "Henry A. Kissinger", "Rostow", "Ch'iao"],
            &[
                ("K: Yes.", Some("K")),
                ("“D: No.", Some("D")),
                ("Mr. Unknown: Yes.", Some("Mr. Unknown")),
                ("Dr. Kissinger: Yes.", Some("Dr. Kissinger")),
                ("VM Ch'iao: Yes.", Some("VM Ch'iao")),
                ("MR. UNKNOWN: Yes.", Some("MR. UNKNOWN")),
                ("THE PRESIDENT: Yes.", Some("THE PRESIDENT")),
                ("VM CH'IAO: Yes.", Some("VM CH'IAO")),
                ("SECRETARY ROSTOW: Yes.", Some("SECRETARY ROSTOW")),
                ("The President: Yes.", Some("The President")),
                ("The Vice President: Yes.", Some("The Vice President")),
                ("Kissinger: Yes.", Some("Kissinger")),
                ("Walt Rostow: Yes.", None),
                ("Secretary Rostow:", Some("Secretary Rostow")),
                ("One, two.", None),
                ("Three.", None),
                ("Four.", None),
                ("Five.", None),
                ("Six.", None),
                ("Seven.", None),
                ("Eight.", None),
                ("Nine.", None),
                ("Ten.", None),
            ],
        );
    }

    #[test]
    fn not_turns() {
        check(
            &["Henry Kissinger", "Walter", "Bruce"],
            &[
                ("Subject: Soviet Union", None),
                ("Comment: He left.", None),
                ("Dear Mr. President: I write.", None),
                ("Mr. President: I write.", None),
                ("DEAR WALTER: I write.", None),
                ("Henry:", None),
                ("General Comments: He left.", None),
                ("Recommended Action: Leave.", None),
                ("Bruce Diaries: Lot 64", None),
                ("The National Security Council: met.", None),
                ("Dobrynin called me at 3:30 p.m.", None),
                ("He said: leave.", None),
                ("Air Force: 23 squadrons", None),
                ("1. Political: none", None),
                ("Para 7: none", None),
                ("K: only once.", None),
                ("11:30 a.m.", None),
                ("", None),
                (": x", None),
                ("“: x", None),
            ],
        );
    }

    #[test]
    fn transcripts_and_participants() {
        let found = speakers(
            &[],
            &[],
            &[
                "Duff: a",
                "Umba: b",
                "Duff: c",
                "Umba: d",
                "Summary: e",
                "Weather: f",
            ],
        );
        let due = [
            Some("Duff"),
            Some("Umba"),
            Some("Duff"),
            Some("Umba"),
            None,
            None,
        ];
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), due);
        let found = speakers(
            &["Senator Charles H. Percy, Illinois"],
            &[],
            &["Percy: a", "Canal: b", "c"],
        );
        assert_eq!(found[0].as_deref(), Some("Percy"));
        assert_eq!(found[1], None);
    }
}
