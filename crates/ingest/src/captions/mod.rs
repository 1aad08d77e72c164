//! WebVTT and SubRip (SRT): what is said in a recording, by whom and when. One record a file.
//!
//! | module | subject |
//! | --- | --- |
//! | `lines` | lines with their places, and blocks of lines |
//! | `clock` | times and timing lines |
//! | `vtt`, `srt` | the two formats: blocks to notes and cues |
//! | `words` | the text of a cue: voices, tags, character references |
//! | `turns` | cues to portions: who speaks, and which cues are one sentence |
//! | `rule` | the rules that a file may break |
//!
//! What cannot happen: a cue is never moved, cut or put in order; words are never left out without a rule that says so
//! (`vtt` has the three notes of machines, `turns` the lines that roll up). A file of captions without words is refused.

mod clock;
mod lines;
pub(crate) mod rule;
mod srt;
mod turns;
mod vtt;
mod words;

use strongroom_record::{Cue, Draft};

use crate::error::Fault;
use lines::Line;

pub(crate) use srt::begins_as_srt;
pub(crate) use vtt::begins_as_vtt;

/// The record's id: a file of captions has no other record to tell it from.
const ID: &str = "captions";

/// What the blocks of a file are.
#[derive(Debug)]
enum Block<'t> {
    /// Words that are not spoken.
    Note(Vec<Line<'t>>),
    /// Words and their time.
    Cue {
        /// Where the timing line begins.
        at: usize,
        span: Cue,
        lines: Vec<Line<'t>>,
    },
}

/// A file's heading, where it tells one, and its blocks in their order.
#[derive(Debug)]
struct Captions<'t> {
    heading: Option<Line<'t>>,
    blocks: Vec<Block<'t>>,
}

/// A WebVTT file as a draft.
pub(crate) fn read_vtt(text: &str) -> Result<Draft, Fault> {
    draft(text, vtt::read(text)?, words::Markup::WebVtt)
}

/// A SubRip file as a draft.
pub(crate) fn read_srt(text: &str) -> Result<Draft, Fault> {
    draft(text, srt::read(text)?, words::Markup::SubRip)
}

fn draft(text: &str, captions: Captions<'_>, markup: words::Markup) -> Result<Draft, Fault> {
    Ok(Draft {
        id: ID.to_owned(),
        portions: turns::portions(text, captions, markup)?,
        slice: 0..text.len(),
        ..Draft::default()
    })
}

/// Refuses a cue that begins before one that stands above it.
fn in_order(last_start: &mut u64, at: usize, span: Cue) -> Result<(), Fault> {
    if span.start_ms < *last_start {
        return Err(Fault::at(at, rule::CaptionRule::OutOfOrder));
    }
    *last_start = span.start_ms;
    Ok(())
}
