//! The text of a cue: voices, tags and character references out, words in.

use super::clock::Clock;
use super::lines::Line;
use super::rule::CaptionRule;
use crate::error::{Fault, shortened};
use crate::fold::Folded;

/// Which tags a format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Those of WebVTT, and its character references.
    WebVtt,
    /// `<b>`, `<i>`, `<u>`, `<s>`, `<font …>`, and the same in braces. A `<` that begins none of them is text.
    SubRip,
}

/// Names of WebVTT's tags. `v` and `lang` have something to say; a time is none.
const VTT_TAGS: [&str; 8] = ["v", "c", "i", "b", "u", "ruby", "rt", "lang"];
/// Names of SubRip's tags.
const SRT_TAGS: [&str; 5] = ["b", "i", "u", "s", "font"];
/// WebVTT's named character references.
const REFERENCES: [(&str, char); 6] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&nbsp;", '\u{a0}'),
    ("&lrm;", '\u{200e}'),
    ("&rlm;", '\u{200f}'),
];

/// Words of one voice on one line.
#[derive(Debug)]
pub(super) struct Words {
    /// Where they begin.
    pub(super) at: usize,
    /// Who speaks, if a voice tag says so.
    pub(super) voice: Option<String>,
    /// White space folded; may be empty.
    pub(super) text: String,
    /// Times of single words stand in it.
    pub(super) timed: bool,
}

impl Markup {
    /// The words of a line. `voice` is who speaks at its beginning, and then at its end.
    pub(super) fn words(
        self,
        line: Line<'_>,
        voice: &mut Option<String>,
    ) -> Result<Vec<Words>, Fault> {
        let mut found = Vec::new();
        let (mut at, mut timed, mut text) = (line.at, false, Folded::default());
        let mut rest = line;
        while let Some(next) = rest.text.find(['<', '&', '{']) {
            text.push_str(&rest.text[..next]);
            rest = rest.after(next);
            if let Some((tag, len)) = self.tag(rest)? {
                match tag {
                    Tag::Voice(name) => {
                        let text = std::mem::take(&mut text).finish();
                        found.push(Words {
                            at,
                            voice: voice.clone(),
                            text,
                            timed,
                        });
                        (at, timed) = (rest.at, false);
                        *voice = name;
                    }
                    Tag::Time => timed = true,
                    Tag::Style => {}
                }
                rest = rest.after(len);
            } else if let Some((c, len)) = self.reference(rest.text) {
                text.push(c);
                rest = rest.after(len);
            } else {
                let sign = &rest.text[..1];
                text.push_str(sign);
                rest = rest.after(1);
            }
        }
        text.push_str(rest.text);
        let text = text.finish();
        found.push(Words {
            at,
            voice: voice.clone(),
            text,
            timed,
        });
        Ok(found)
    }

    /// The tag at the beginning of a text, and its length.
    fn tag(self, rest: Line<'_>) -> Result<Option<(Tag, usize)>, Fault> {
        match self {
            Self::SubRip => Ok(srt_tag(rest.text).map(|len| (Tag::Style, len))),
            Self::WebVtt if !rest.text.starts_with('<') => Ok(None),
            Self::WebVtt => {
                let end = rest
                    .text
                    .find('>')
                    .ok_or_else(|| Fault::at(rest.at, CaptionRule::OpenTag))?;
                let inside = &rest.text[1..end];
                vtt_tag(inside)
                    .map(|tag| Some((tag, end + 1)))
                    .map_err(|rule| Fault::at(rest.at, rule))
            }
        }
    }

    fn reference(self, text: &str) -> Option<(char, usize)> {
        if self == Self::SubRip {
            return None;
        }
        let named = REFERENCES.iter().find(|(name, _)| text.starts_with(name));
        named.map(|&(name, c)| (c, name.len()))
    }
}

enum Tag {
    Voice(Option<String>),
    Time,
    Style,
}

fn vtt_tag(inside: &str) -> Result<Tag, CaptionRule> {
    if inside.starts_with(|c: char| c.is_ascii_digit()) {
        let time = Clock::WebVtt.milliseconds(inside);
        return time.map(|_| Tag::Time).map_err(CaptionRule::Timing);
    }
    let (ends, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let name_len = inside.find(['.', ' ', '\t']).unwrap_or(inside.len());
    let name = &inside[..name_len];
    if !VTT_TAGS.contains(&name) {
        return Err(CaptionRule::Tag(shortened(inside)));
    }
    if name != "v" {
        return Ok(Tag::Style);
    }
    if ends {
        return Ok(Tag::Voice(None));
    }
    let said_by = inside.split_once([' ', '\t']).map_or("", |(_, name)| name);
    let mut name = Folded::default();
    for (nth, word) in Markup::WebVtt.plain(said_by).split(' ').enumerate() {
        if nth > 0 {
            name.space();
        }
        name.push_str(word);
    }
    let name = name.finish();
    if name.is_empty() {
        Err(CaptionRule::NobodySpeaks)
    } else {
        Ok(Tag::Voice(Some(name)))
    }
}

impl Markup {
    /// A text with its character references read.
    fn plain(self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(next) = rest.find('&') {
            out.push_str(&rest[..next]);
            let (c, len) = self.reference(&rest[next..]).unwrap_or(('&', 1));
            out.push(c);
            rest = &rest[next + len..];
        }
        out + rest
    }
}

/// The length of one of SubRip's tags at the beginning of a text.
fn srt_tag(text: &str) -> Option<usize> {
    let close = match text.as_bytes().first()? {
        b'<' => '>',
        b'{' => '}',
        _ => return None,
    };
    let end = text.find(close)?;
    let inside = &text[1..end];
    // `{\an8}` tells where on the screen the words stand.
    let placed = close == '}' && inside.starts_with("\\a");
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let name = name
        .split([' ', '\t'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    (placed || SRT_TAGS.contains(&name.as_str())).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(markup: Markup, text: &str) -> Vec<(Option<String>, String)> {
        let words = markup.words(Line { at: 0, text }, &mut None).unwrap();
        words.into_iter().map(|w| (w.voice, w.text)).collect()
    }

    #[test]
    fn voices_and_tags() {
        let found = words(
            Markup::WebVtt,
            "<v.loud Mary &amp; Ann>Yes, <i>now</i> &lt;go&gt; &x;</v> a <v B>b",
        );
        let due = [
            (None, ""),
            (Some("Mary & Ann"), "Yes, now <go> &x;"),
            (None, "a"),
            (Some("B"), "b"),
        ];
        assert_eq!(
            found,
            due.map(|(v, t)| (v.map(str::to_owned), t.to_owned()))
        );
        let found = words(
            Markup::SubRip,
            r#"{\an8}<font color="red">a</font> < b & <laughs> {x} &amp;"#,
        );
        assert_eq!(found[0].1, "a < b & <laughs> {x} &amp;");
    }

    #[test]
    fn what_is_no_tag() {
        for (text, due) in [
            ("a <b", CaptionRule::OpenTag),
            ("<laughs>", CaptionRule::Tag("laughs".into())),
            ("<v>a", CaptionRule::NobodySpeaks),
            (
                "<00:0>",
                CaptionRule::Timing("a time is written 00:00:00.000 or 00:00.000"),
            ),
        ] {
            let why = Markup::WebVtt
                .words(Line { at: 0, text }, &mut None)
                .unwrap_err();
            assert_eq!(why.rule, due.into(), "{text}");
        }
    }
}
