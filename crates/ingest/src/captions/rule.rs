//! The rules of WebVTT (W3C, 4 April 2019) and of SubRip as its programs write it that a file may break.

/// The rule of WebVTT or SubRip that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionRule {
    /// The name says WebVTT; the content says otherwise.
    #[error("the file is named as WebVTT, but does not begin with `WEBVTT`")]
    NotWebVtt,
    /// The first line of a WebVTT file is followed by something other than a blank line or its header.
    #[error("a time may not stand in the header: a blank line is missing before the first cue")]
    TimeInHeader,
    /// A block that is neither a cue nor anything else that WebVTT has.
    #[error("this block is no cue (it has no line with `-->`), note, style or region")]
    NoCue,
    /// A SubRip block that does not begin with a number and a timing line.
    #[error("a number and then a line with `-->` are due here")]
    NoNumber,
    /// A style or region after the first cue.
    #[error("styles and regions may only stand before the first cue")]
    LateStyle,
    /// A timing line that is malformed.
    #[error("a timing is malformed: {0}")]
    Timing(&'static str),
    /// A cue that ends before it begins.
    #[error("the cue ends before it begins")]
    EndsBefore,
    /// A cue that begins before an earlier one.
    #[error("the cue begins before the one above it")]
    OutOfOrder,
    /// An arrow in the text of a cue.
    #[error("`-->` may not stand in a cue's text: a blank line is missing before the next cue")]
    Arrow,
    /// A `<` whose tag does not end.
    #[error("`<` begins a tag that does not end")]
    OpenTag,
    /// A tag that the format does not have.
    #[error("`<{0}>` is no tag of this format")]
    Tag(String),
    /// A voice without a name.
    #[error("`<v>` names nobody")]
    NobodySpeaks,
    /// No cue has words.
    #[error("the file holds no words")]
    NoWords,
}

impl CaptionRule {
    /// What the person who files can do.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::NotWebVtt => {
                "Check that it was copied whole, or give it the extension of what it is"
            }
            Self::OpenTag | Self::Tag(_) => "Write a `<` that is text as `&lt;`",
            Self::NoWords => "File the recording's text, not its timing alone",
            _ => "Ask the source for well-formed captions; nothing is repaired here",
        }
    }
}
