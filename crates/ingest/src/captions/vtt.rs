//! WebVTT: the signature and its header, then notes, styles, regions and cues.
//!
//! Left out of the record: styles, regions, a cue's id and settings (where on the screen it stands), the header lines
//! that name the kind and language of the track, and the notes that machines write about their own work (`MACHINE`).
//! Every other note is kept as a paragraph at its place: somebody wrote it.

use super::clock::{ARROW, Clock};
use super::lines::{Line, blocks, lines};
use super::rule::CaptionRule;
use super::{Block, Captions, in_order};
use crate::error::Fault;

const SIGNATURE: &str = "WEBVTT";

/// Beginnings of header lines and notes that say nothing of what was said, in lower case. Those of notes are written
/// by Microsoft Teams.
const MACHINE: [&str; 7] = [
    "kind:",
    "language:",
    "x-timestamp-map=",
    "duration:",
    "confidence:",
    "recognizability:",
    "region:",
];

/// Whether a text begins as a WebVTT file must.
pub(crate) fn begins_as_vtt(text: &str) -> bool {
    text.strip_prefix(SIGNATURE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// The blocks of a file that begins as it must.
pub(super) fn read(text: &str) -> Result<Captions<'_>, Fault> {
    let mut blocks = blocks(lines(text), str::is_empty);
    let header = blocks.next().unwrap_or_default();
    let (heading, mut found) = read_header(&header)?;
    let (mut last_start, mut cues) = (0, false);
    for block in blocks {
        let first = block[0];
        if first.text.contains(ARROW) || block.get(1).is_some_and(|l| l.text.contains(ARROW)) {
            cues = true;
            found.push(cue(&block, &mut last_start)?);
        } else if let Some(note) = named(first, "NOTE") {
            let lines: Vec<Line<'_>> = std::iter::once(note)
                .chain(block.into_iter().skip(1))
                .collect();
            if !is_machines(lines.iter().find(|l| !l.text.trim().is_empty())) {
                found.push(Block::Note(lines));
            }
        } else if ["STYLE", "REGION"].contains(&first.text.trim_end()) {
            if cues {
                return Err(Fault::at(first.at, CaptionRule::LateStyle));
            }
        } else {
            return Err(Fault::at(first.at, CaptionRule::NoCue));
        }
    }
    Ok(Captions {
        heading,
        blocks: found,
    })
}

/// The heading, and the header lines that are kept as notes.
fn read_header<'t>(header: &[Line<'t>]) -> Result<(Option<Line<'t>>, Vec<Block<'t>>), Fault> {
    let Some((first, rest)) = header.split_first() else {
        return Ok((None, Vec::new()));
    };
    let title = first.after(SIGNATURE.len()).trimmed();
    let title =
        title.after(title.text.len() - title.text.trim_start_matches(['-', '–', ' ']).len());
    let mut heading = Some(title).filter(|title| !title.text.is_empty());
    let mut notes = Vec::new();
    for &line in rest {
        if line.text.contains(ARROW) {
            return Err(Fault::at(line.at, CaptionRule::TimeInHeader));
        }
        let titled = line
            .text
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case("title:"));
        if titled && heading.is_none() {
            heading = Some(line.after(6).trimmed());
        } else if !is_machines(Some(&line)) {
            notes.push(Block::Note(vec![line]));
        }
    }
    Ok((heading, notes))
}

/// What follows the word that begins a block.
fn named<'t>(line: Line<'t>, word: &str) -> Option<Line<'t>> {
    let rest = line.text.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| line.after(word.len()))
}

fn is_machines(line: Option<&Line<'_>>) -> bool {
    let words = line.map_or_else(String::new, |line| line.text.trim().to_ascii_lowercase());
    words.is_empty() || MACHINE.iter().any(|name| words.starts_with(name))
}

fn cue<'t>(block: &[Line<'t>], last_start: &mut u64) -> Result<Block<'t>, Fault> {
    // A line before the timing is the cue's id.
    let nth = usize::from(!block[0].text.contains(ARROW));
    let timing = block[nth];
    let (span, settings) = Clock::WebVtt.timing(timing)?;
    for setting in settings.text.split([' ', '\t']).filter(|s| !s.is_empty()) {
        let named = setting.split_once(':').is_some_and(|(name, value)| {
            !name.is_empty() && !value.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())
        });
        if !named {
            let why = "a setting after it is written name:value";
            return Err(Fault::at(settings.at, CaptionRule::Timing(why)));
        }
    }
    in_order(last_start, timing.at, span)?;
    let lines = block[nth + 1..].to_vec();
    match lines.iter().find(|line| line.text.contains(ARROW)) {
        Some(line) => Err(Fault::at(line.at, CaptionRule::Arrow)),
        None => Ok(Block::Cue {
            at: timing.at,
            span,
            lines,
        }),
    }
}
