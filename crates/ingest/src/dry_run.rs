//! A draft as a line of JSON, to look at before filing and to compare with other readers.

use serde::Serialize;
use strongroom_record::{Draft, PortionKind};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    number: Option<&'a str>,
    heading: &'a str,
    subject: Vec<&'a str>,
    participants: Vec<&'a str>,
    date: Option<&'a str>,
    date_end: Option<&'a str>,
    place: Option<&'a str>,
    level: Option<&'a str>,
    captions: &'a [String],
    from: &'a [String],
    to: &'a [String],
    portions: Vec<Portion<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    drafted: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    caution: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    produced: Option<&'a str>,
}

#[derive(Serialize)]
struct Portion<'a> {
    n: usize,
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    gaps: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    cue: Option<Span>,
}

/// A cue's times.
#[derive(Serialize)]
struct Span {
    start_ms: u64,
    end_ms: u64,
}

/// A draft as one line of JSON, without a line feed at its end.
///
/// Keys, in this order: `id`, `number`, `heading`, `subject`, `participants`, `date`, `date_end`, `place`, `level`,
/// `captions`, `from`, `to`, `portions`; what is absent is `null` or an empty list. A portion has `n` (0 is the
/// heading), `kind`, `text`, and `speaker`, `gaps` and `cue` (when in a recording, in milliseconds) where there are any. Characters outside ASCII stand as they are.
pub fn to_json(draft: &Draft) -> String {
    let line = Line {
        id: &draft.id,
        number: draft.number.as_deref(),
        heading: draft.texts(PortionKind::Heading).next().unwrap_or_default(),
        subject: draft.texts(PortionKind::Subject).collect(),
        participants: draft.texts(PortionKind::Participant).collect(),
        date: draft.when.as_ref().map(|when| when.start.as_str()),
        date_end: draft.when.as_ref().and_then(|when| when.end.as_deref()),
        place: draft.place.as_deref(),
        level: draft.mark.level.as_deref(),
        captions: &draft.mark.captions,
        from: &draft.from,
        to: &draft.to,
        portions: draft
            .portions
            .iter()
            .enumerate()
            .map(|(n, portion)| Portion {
                n,
                kind: portion.kind.word(),
                text: &portion.text,
                speaker: portion.speaker.as_deref(),
                gaps: &portion.gaps,
                cue: portion.cue.map(|cue| Span {
                    start_ms: cue.start_ms,
                    end_ms: cue.end_ms,
                }),
            })
            .collect(),
        drafted: &draft.drafted,
        caution: draft.caution.as_deref(),
        produced: draft.produced.as_deref(),
    };
    serde_json::to_string(&line).expect("strings, numbers and lists always serialise")
}
