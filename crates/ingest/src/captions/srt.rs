//! SubRip: blocks of a number, a timing line and words. Nobody has specified it; this is what its programs write.
//!
//! Numbers need not ascend: editors leave gaps. Coordinates after the times (`X1:40 X2:600 …`) are left out.

use super::clock::{ARROW, Clock};
use super::lines::{Line, blocks, lines};
use super::rule::CaptionRule;
use super::{Block, Captions, in_order};
use crate::error::Fault;

/// Whether a text begins with a number on a line and a timing on the next.
pub(crate) fn begins_as_srt(text: &str) -> bool {
    let first = blocks(lines(text), is_blank).next().unwrap_or_default();
    matches!(first.as_slice(), [number, timing, ..]
        if is_number(number.text) && Clock::SubRip.timing(*timing).is_ok())
}

/// The blocks of a file.
pub(super) fn read(text: &str) -> Result<Captions<'_>, Fault> {
    let mut last_start = 0;
    let blocks: Result<_, _> = blocks(lines(text), is_blank)
        .map(|block| cue(&block, &mut last_start))
        .collect();
    Ok(Captions {
        heading: None,
        blocks: blocks?,
    })
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

fn cue<'t>(block: &[Line<'t>], last_start: &mut u64) -> Result<Block<'t>, Fault> {
    let (&[number, timing], lines) = block
        .split_first_chunk::<2>()
        .filter(|([number, timing], _)| is_number(number.text) && timing.text.contains(ARROW))
        .ok_or_else(|| Fault::at(block[0].at, CaptionRule::NoNumber))?;
    let (span, rest) = Clock::SubRip.timing(timing)?;
    let placed = |word: &str| {
        let value = ["X1:", "X2:", "Y1:", "Y2:"]
            .iter()
            .find_map(|name| word.strip_prefix(name));
        value.is_some_and(is_number)
    };
    if !rest.text.split_whitespace().all(placed) {
        let why = "nothing but coordinates may follow the times";
        return Err(Fault::at(rest.at, CaptionRule::Timing(why)));
    }
    in_order(last_start, timing.at, span)?;
    match lines.iter().find(|line| line.text.contains(ARROW)) {
        Some(line) => Err(Fault::at(line.at, CaptionRule::Arrow)),
        None => Ok(Block::Cue {
            at: number.at,
            span,
            lines: lines.to_vec(),
        }),
    }
}
