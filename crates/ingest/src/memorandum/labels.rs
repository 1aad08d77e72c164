//! The labels of a memorandum's header: `SUBJECT:`, `DATE, TIME AND PLACE:`, `Notetaker(s):`.

use crate::fold::fold;

/// What a label says follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Subject,
    Participants,
    /// One or more of date, time and place.
    When {
        date: bool,
        time: bool,
        place: bool,
    },
    /// Who wrote it down.
    Drafted,
    /// Who interpreted: a participant, who keeps the word.
    Interpreter,
    /// Copies, clearances, references: it stays text.
    Other,
    /// Some words in capitals: a label that offices have, or a speaker.
    Capitals,
}

/// The longest label, in bytes.
const LABEL_MAX_BYTES: usize = 40;

/// Labels by their words in small letters.
const LABELS: [(&str, Label); 18] = [
    ("subject", Label::Subject),
    ("subjects", Label::Subject),
    ("subj", Label::Subject),
    ("re", Label::Subject),
    ("participants", Label::Participants),
    ("participant", Label::Participants),
    ("present", Label::Participants),
    ("attendees", Label::Participants),
    ("notetaker", Label::Drafted),
    ("notetakers", Label::Drafted),
    ("note taker", Label::Drafted),
    ("note takers", Label::Drafted),
    ("drafter", Label::Drafted),
    ("drafted by", Label::Drafted),
    ("prepared by", Label::Drafted),
    ("notes by", Label::Drafted),
    ("interpreter", Label::Interpreter),
    ("interpreters", Label::Interpreter),
];

/// Labels of what stays text, where they are not in capitals.
const OTHERS: [&str; 12] = [
    "approved by",
    "cc",
    "classification",
    "cleared by",
    "copies",
    "copies to",
    "copy to",
    "distribution",
    "languages",
    "ref",
    "reference",
    "references",
];

/// A line of a header, cut at its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labelled<'t> {
    pub(super) label: Label,
    /// The label as printed.
    pub(super) printed: &'t str,
    /// What follows it on its line.
    pub(super) value: &'t str,
}

/// A line that begins with a label: up to a colon, or alone in the first column.
pub(super) fn of(line: &str) -> Option<Labelled<'_>> {
    let (printed, value) = match line.split_once(':') {
        Some((printed, value)) if printed.trim().len() <= LABEL_MAX_BYTES => (printed, value),
        _ => return in_column(line),
    };
    // "PARTICIPANTS   Notetaker: X": the first column counts.
    if let Some(found) = in_column(printed) {
        let value = &line[line.len() - value.len() - 1 - found.value.len()..];
        return Some(Labelled { value, ..found });
    }
    let label = known(printed)?;
    let value = value.strip_prefix(" |").unwrap_or(value);
    Some(Labelled {
        label,
        printed: printed.trim(),
        value,
    })
}

/// A label in capitals without a colon, and what stands in the next column.
fn in_column(line: &str) -> Option<Labelled<'_>> {
    let (printed, value) = columns(line)?;
    if printed.chars().any(char::is_lowercase) {
        return None;
    }
    let label = known(printed).filter(|label| *label != Label::Capitals)?;
    Some(Labelled {
        label,
        printed,
        value,
    })
}

/// The first column of a line and the rest, where a tab, two spaces or the border of a cell part them.
pub(super) fn columns(line: &str) -> Option<(&str, &str)> {
    let cut = ["\t", "  ", " | "]
        .into_iter()
        .filter_map(|by| line.find(by));
    let at = cut.min()?;
    let (first, rest) = line.split_at(at);
    let rest = rest.strip_prefix(" | ").unwrap_or(rest);
    (!first.trim().is_empty()).then_some((first.trim_end(), rest))
}

/// What a label means; nothing if it is none.
fn known(printed: &str) -> Option<Label> {
    let printed = fold(printed);
    let words = printed.to_lowercase().replace("(s)", "");
    let words = words.trim();
    if let Some((_, label)) = LABELS.iter().find(|(known, _)| *known == words) {
        return Some(*label);
    }
    if let Some(when) = when(words) {
        return Some(when);
    }
    let capitals =
        printed.chars().any(char::is_uppercase) && !printed.chars().any(char::is_lowercase);
    if OTHERS.contains(&words) {
        return Some(Label::Other);
    }
    let warns = words.starts_with("caution") || words.starts_with("source");
    (capitals && !warns && words.len() > 2).then_some(Label::Capitals)
}

/// `date`, `date and time`, `date/time`, `date, time and place`, in any order; nothing if another word is there.
pub(super) fn when(words: &str) -> Option<Label> {
    let (mut date, mut time, mut place) = (false, false, false);
    for word in words.split(|c: char| !c.is_alphanumeric()) {
        match word.to_lowercase().as_str() {
            "" | "and" => {}
            "date" => date = true,
            "time" => time = true,
            "place" | "location" => place = true,
            _ => return None,
        }
    }
    (date || time || place).then_some(Label::When { date, time, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        let all = Label::When {
            date: true,
            time: true,
            place: true,
        };
        for (line, label, value) in [
            ("SUBJECT:\tTalks", Label::Subject, "Talks"),
            ("Subject: | Talks", Label::Subject, "Talks"),
            (
                "SUBJECT     Talks: the end",
                Label::Subject,
                "Talks: the end",
            ),
            (
                "PARTICIPANTS   Notetaker: X",
                Label::Participants,
                "Notetaker: X",
            ),
            ("Note Taker(s): A", Label::Drafted, "A"),
            ("DATE, TIME AND PLACE: x", all, "x"),
            ("Date/Time/Location: x", all, "x"),
            ("COPIES TO: S/S", Label::Other, "S/S"),
            ("Copies to: S/S", Label::Other, "S/S"),
            ("ROUTING NO. 7: S/S", Label::Capitals, "S/S"),
        ] {
            let found = of(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.label, found.value.trim()), (label, value), "{line}");
        }
        for line in [
            "The President: Yes.",
            "CAUTION: A memorandum",
            "Talks",
            "K: Yes.",
            "Secretary Holm: 3:00 p.m.",
            "THE PRESIDENT   said",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
