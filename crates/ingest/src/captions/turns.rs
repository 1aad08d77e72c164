//! Cues to portions: who speaks, and which cues are one sentence.
//!
//! A portion is what one voice says in one cue. A cue that goes on with a sentence of the cue before, by the same speaker and
//! without a pause, is joined to it, and its time too; a cue that begins a sentence stays a portion of its own, so that
//! every sentence is found by its time. Where a name is known it stands before the words, `Name: words`, as in every other
//! format; a name that is not repeated is not supplied.
//!
//! | who speaks | how the file tells |
//! | --- | --- |
//! | `<v Name>` | up to `</v>`, the next voice, or the cue's end |
//! | `Name: words` | by the evidence of `speaker`, in a file that is all speech |
//! | `SPEAKER_01: words`, `[SPEAKER_01]: words`, `Speaker 1: words` | always: programs write it |
//! | `>> words`; two lines or more that begin with a dash | somebody else speaks than before; the sign is left out |

use strongroom_record::{Cue, DraftPortion, PortionKind};

use super::lines::Line;
use super::rule::CaptionRule;
use super::words::{Markup, Words};
use super::{Block, Captions};
use crate::error::{Fault, PlaceCursor};
use crate::fold::fold;
use crate::parts::{Parts, TextBudget};
use crate::speaker;

/// The longest pause within a sentence: captions leave the screen in between, and a speaker who says nothing for longer
/// has stopped.
const PAUSE_MAX_MS: u64 = 3_000;
/// The longest portion of several cues. Transcripts made by machines may lack every full stop, and a passage of half a
/// minute is still found by its time.
const JOINED_MAX_MS: u64 = 30_000;

/// What one voice says in one cue, or several that are one sentence.
#[derive(Debug)]
struct Turn {
    at: usize,
    /// None for a note.
    cue: Option<Cue>,
    speaker: Option<String>,
    /// Without the speaker.
    text: String,
    /// A sign tells that somebody else speaks than before.
    change: bool,
}

/// The portions of a file, the heading first.
pub(super) fn portions(
    text: &str,
    captions: Captions<'_>,
    markup: Markup,
) -> Result<Vec<DraftPortion>, Fault> {
    let mut turns = turns(&captions.blocks, markup)?;
    if turns.iter().all(|turn| turn.cue.is_none()) {
        return Err(Fault::whole(CaptionRule::NoWords));
    }
    name_speakers(&mut turns);
    let mut budget = TextBudget::for_file(text.len());
    let heading = captions.heading;
    let mut parts = Parts::new(heading.map_or(0, |line| line.at), &mut budget);
    parts.push(
        PortionKind::Heading,
        heading.map_or_else(String::new, |line| fold(line.text)),
    )?;
    let mut places = PlaceCursor::new(text);
    for turn in joined(turns) {
        parts.point_to(turn.at);
        let text = match &turn.speaker {
            Some(name) => format!("{name}: {}", turn.text),
            None => turn.text,
        };
        parts.push(PortionKind::Paragraph, text)?;
        if let Some(portion) = parts.last_mut() {
            portion.speaker = turn.speaker;
            portion.cue = turn.cue;
            portion.place = Some(places.advance(turn.at));
        }
    }
    Ok(parts.into_portions())
}

/// The turns of every block in their order; none is empty.
fn turns(blocks: &[Block<'_>], markup: Markup) -> Result<Vec<Turn>, Fault> {
    let mut turns = Vec::new();
    let mut shown = Shown::default();
    for block in blocks {
        match block {
            Block::Note(lines) => turns.push(Turn {
                at: lines[0].at,
                cue: None,
                speaker: None,
                text: fold(&lines.iter().map(|l| l.text).collect::<Vec<_>>().join(" ")),
                change: true,
            }),
            Block::Cue { at, span, lines } => {
                let words = said(lines, markup)?;
                let lines = shown.without_rolled_up(*span, words);
                turns.extend(by_voice(*at, *span, lines));
            }
        }
    }
    turns.retain(|turn| !turn.text.is_empty());
    Ok(turns)
}

/// The words of a cue's lines, line by line.
fn said(lines: &[Line<'_>], markup: Markup) -> Result<Vec<Vec<Words>>, Fault> {
    let mut voice = None;
    lines
        .iter()
        .map(|line| markup.words(*line, &mut voice))
        .collect()
}

/// What the screen shows, in files whose lines roll up: the generated captions of YouTube give times to single words,
/// and each cue begins with the line that the cue before it ended with. Such a line was not said again.
#[derive(Debug, Default)]
struct Shown {
    times_words: bool,
    until: u64,
    last_line: String,
}

impl Shown {
    fn without_rolled_up(&mut self, span: Cue, mut lines: Vec<Vec<Words>>) -> Vec<Vec<Words>> {
        let text = |line: &[Words]| {
            line.iter()
                .map(|w| w.text.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let timed = |line: &[Words]| line.iter().any(|words| words.timed);
        lines.retain(|line| !text(line).trim().is_empty());
        self.times_words |= lines.iter().any(|line| timed(line));
        let last_line = lines.last().map(|line| text(line));
        let rolls = self.times_words && self.until == span.start_ms;
        if rolls
            && lines
                .first()
                .is_some_and(|l| !timed(l) && text(l) == self.last_line)
        {
            lines.remove(0);
        }
        self.until = span.end_ms;
        if let Some(last_line) = last_line {
            self.last_line = last_line;
        }
        lines
    }
}

/// The words of a cue, as turns: one for each voice.
fn by_voice(at: usize, span: Cue, lines: Vec<Vec<Words>>) -> Vec<Turn> {
    let dashed = |line: &[Words]| {
        let first = line.iter().find(|w| !w.text.is_empty());
        first.is_some_and(|w| w.text.starts_with(['-', '–', '—']))
    };
    let dialogue = lines.iter().filter(|line| dashed(line)).count() >= 2;
    let mut turns: Vec<Turn> = Vec::new();
    // A sign was read, and not yet what is said after it.
    let mut change = false;
    for line in lines {
        let mut begins = dialogue && dashed(&line);
        change |= begins;
        for words in line.into_iter().filter(|words| !words.text.is_empty()) {
            let mut text = words.text.as_str();
            if std::mem::take(&mut begins) {
                text = text.trim_start_matches(['-', '–', '—']).trim_start();
            }
            if text.starts_with(">>") {
                (text, change) = (text.trim_start_matches('>').trim_start(), true);
            }
            if text.is_empty() {
                continue;
            }
            let change = std::mem::take(&mut change);
            match turns.last_mut() {
                Some(last) if !change && last.speaker == words.voice => {
                    last.text.push(' ');
                    last.text.push_str(text);
                }
                _ => turns.push(Turn {
                    at: if turns.is_empty() { at } else { words.at },
                    cue: Some(span),
                    speaker: words.voice,
                    text: text.to_owned(),
                    change,
                }),
            }
        }
    }
    turns
}

/// Takes the speaker out of the words of turns that name one in print.
fn name_speakers(turns: &mut [Turn]) {
    let unnamed = |turn: &&mut Turn| turn.speaker.is_none() && turn.cue.is_some();
    let mut portions: Vec<DraftPortion> = turns
        .iter_mut()
        .filter(unnamed)
        .map(|turn| DraftPortion::new(PortionKind::Paragraph, turn.text.clone()))
        .collect();
    speaker::mark_speech(&mut portions);
    for (turn, portion) in turns.iter_mut().filter(unnamed).zip(portions) {
        let name = by_machine(&turn.text)
            .map(str::to_owned)
            .or(portion.speaker);
        // A speaker within quotation marks is no beginning of the words.
        let rest = name.as_ref().and_then(|name| {
            let rest = turn.text.strip_prefix(name.as_str())?.strip_prefix(':')?;
            Some(rest.trim_start().to_owned())
        });
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            (turn.speaker, turn.text) = (name, rest);
        } else {
            turn.change |= speaker::begins_turn(&turn.text);
        }
    }
}

/// `SPEAKER_01`, `[SPEAKER_01]`, `Speaker 1`: what programs call those whom they cannot name.
fn by_machine(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    let inside = name
        .strip_prefix('[')
        .and_then(|n| n.strip_suffix(']'))
        .unwrap_or(name);
    let (word, number) = (inside.get(..7)?, inside.get(7..)?);
    let number = number.strip_prefix(['_', ' '])?;
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (word.eq_ignore_ascii_case("speaker") && numbered).then_some(name)
}

/// Joins each turn that goes on with the sentence of the one before.
fn joined(turns: Vec<Turn>) -> Vec<Turn> {
    let mut out: Vec<Turn> = Vec::with_capacity(turns.len());
    for turn in turns {
        match out.last_mut() {
            Some(last) if goes_on(last, &turn) => {
                last.text.push(' ');
                last.text.push_str(&turn.text);
                if let (Some(all), Some(cue)) = (&mut last.cue, turn.cue) {
                    all.end_ms = all.end_ms.max(cue.end_ms);
                }
            }
            _ => out.push(turn),
        }
    }
    out
}

fn goes_on(last: &Turn, turn: &Turn) -> bool {
    let (Some(before), Some(cue)) = (last.cue, turn.cue) else {
        return false;
    };
    // Two voices at one time are two.
    let follows = cue.start_ms >= before.end_ms
        && cue.start_ms - before.end_ms <= PAUSE_MAX_MS
        && cue.end_ms - before.start_ms <= JOINED_MAX_MS;
    let same = turn.speaker.is_none() || turn.speaker == last.speaker;
    follows && same && !turn.change && !ends_sentence(&last.text)
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '’', '\'', '»', ')', ']', '♪', ' '])
        .ends_with(['.', '?', '!', '…', '。', '？', '！'])
        || text.ends_with(['♪', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start, speaker, text of each portion but the heading.
    fn read(vtt: &str) -> Vec<(u64, Option<String>, String)> {
        let draft = super::super::read_vtt(vtt).unwrap();
        draft.portions[1..]
            .iter()
            .map(|p| {
                (
                    p.cue.map_or(0, |c| c.start_ms),
                    p.speaker.clone(),
                    p.text.clone(),
                )
            })
            .collect()
    }

    fn check(vtt: &str, due: &[(u64, Option<&str>, &str)]) {
        let found = read(vtt);
        let found: Vec<_> = found
            .iter()
            .map(|(ms, s, t)| (*ms, s.as_deref(), t.as_str()))
            .collect();
        assert_eq!(found, due);
    }

    #[test]
    fn sentences_run_on_and_stay_apart() {
        check(
            "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann>We went\nto the\n\n00:02.000 --> 00:04.000\n<v Ann>sea.\n\n\
             00:04.000 --> 00:05.000\n<v Ann>Then home.\n\n00:05.000 --> 00:06.000\n<v Ben>And\n\n00:10.000 --> 00:11.000\n<v Ben>so?",
            &[
                (0, Some("Ann"), "Ann: We went to the sea."),
                (4_000, Some("Ann"), "Ann: Then home."),
                (5_000, Some("Ben"), "Ben: And"),
                (10_000, Some("Ben"), "Ben: so?"),
            ],
        );
    }

    #[test]
    fn printed_names_signs_and_notes() {
        check(
            "WEBVTT\n\nNOTE confidence: 0.9\n\nNOTE Checked by ear.\n\n00:00.000 --> 00:02.000\nANN LEE: We went\n\n\
             00:02.000 --> 00:04.000\nANN LEE: home.\n\n00:04.000 --> 00:05.000\n- Who?\n- We.\n\n\
             00:05.000 --> 00:06.000\n&gt;&gt; SPEAKER_01: I\n\n00:06.000 --> 00:07.000\ndid.\n\n00:08.000 --> 00:09.000\nNote this: no.",
            &[
                (0, None, "Checked by ear."),
                (0, Some("ANN LEE"), "ANN LEE: We went home."),
                (4_000, None, "Who?"),
                (4_000, None, "We."),
                (5_000, Some("SPEAKER_01"), "SPEAKER_01: I did."),
                (8_000, None, "Note this: no."),
            ],
        );
    }

    #[test]
    fn lines_that_roll_up_are_said_once() {
        check(
            "WEBVTT\nKind: captions\nLanguage: en\n\n00:00.000 --> 00:02.000 align:start position:0%\n \nhello<00:00:00.500><c> there</c>\n\n\
             00:02.000 --> 00:02.010 align:start position:0%\nhello there\n \n\n00:02.010 --> 00:04.000 align:start position:0%\nhello there\nyes<00:00:03.000><c> yes</c>\n\n\
             00:04.000 --> 00:05.000\nyes yes\nno<00:00:04.500><c> no.</c>",
            &[(0, None, "hello there yes yes no no.")],
        );
        let twice = "WEBVTT\n\n00:00.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:04.000\nNo.";
        check(twice, &[(0, None, "No."), (2_000, None, "No.")]);
    }

    #[test]
    fn a_file_without_words() {
        let why = super::super::read_vtt("WEBVTT\n\nNOTE a note").unwrap_err();
        assert_eq!(why.rule, CaptionRule::NoWords.into());
    }
}
