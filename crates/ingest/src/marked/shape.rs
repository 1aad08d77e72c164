//! What marks look like in a text: the one place that tells a portion mark from other words in parentheses, and a banner
//! from a title in capitals.

use strongroom_record::MarkForm;

use super::due::TITLES;
use super::words::Words;
use crate::fold::{fold, unspaced};

/// Bytes within which parentheses must close to hold a mark: a list of forty codes has some 200.
const MARK_MAX_BYTES: usize = 320;

/// Bytes of words that may stand between the beginning of a portion and its mark: `SUBJECT:`, `Figure 3.`
const LABEL_MAX_BYTES: usize = 80;

/// Bytes of a code of a nation or organisation, as they stand behind controls.
const CODE_MAX_BYTES: usize = 4;

/// Bytes of the level of a mark without parentheses: as portions write it.
const BARE_LEVEL_MAX_BYTES: usize = 3;

/// Characters of a title that bears its mark behind it.
const TITLE_MAX_CHARS: usize = 200;

/// How plainly a text is a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// A mark only beside others: a control alone, a single small letter, a level as an ordinary word.
    Weak,
    /// A single letter, which could be something else where nothing else is marked.
    Plain,
    /// Nothing but a mark looks like it.
    Strong,
}

/// A portion mark within a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes before its parenthesis.
    pub(crate) open: usize,
    /// Bytes before its first character.
    pub(crate) inner: usize,
    /// Bytes before the end of its words.
    pub(crate) inner_end: usize,
    /// Bytes before what follows its parenthesis.
    pub(crate) end: usize,
    pub(crate) form: MarkForm,
    pub(crate) strength: Strength,
    /// It stands behind a label of what it marks: `SUBJECT: (U) …`.
    pub(crate) labelled: bool,
}

/// The mark at the beginning of a text, behind numbers, bullets and a label: `1. a. SUBJECT: (S//NF) …`.
///
/// `series` is the letter in parentheses that numbered the portion before: `(c)` behind `(b)` is a number.
pub(crate) fn mark_before(text: &str, words: &Words, series: Option<char>) -> Option<Found> {
    let mut at = 0;
    // A bullet, a number, a number within it.
    for _ in 0..4 {
        at += leading_space(&text[at..]);
        if !numbers(&text[at..], series)
            && let Some(found) = mark_at(text, at, words)
        {
            return (!is_copyright(text, &found)).then_some(found);
        }
        if let Some(found) = bare_mark_at(text, at, words) {
            return Some(found);
        }
        match number(&text[at..]) {
            Some(bytes) => at += bytes,
            None => break,
        }
    }
    let label_end = text[at..]
        .char_indices()
        .take_while(|(byte, _)| *byte < LABEL_MAX_BYTES)
        .find(|(_, c)| matches!(c, '(' | '[' | '\n'))
        .filter(|(_, c)| *c != '\n')
        .map(|(byte, _)| at + byte)?;
    if !is_label(&text[at..label_end]) {
        return None;
    }
    let found = mark_at(text, label_end, words)?;
    let label = text[at..label_end].trim().trim_end_matches(':').trim_end();
    // A mark with nothing behind it marks what stands before it: `He named the source. (U)`.
    let labels = text[found.end..]
        .lines()
        .next()
        .is_some_and(|rest| !rest.trim().is_empty());
    if !labels && !is_title(label) && !is_caption(label.trim_end_matches('.')) {
        return None;
    }
    // Behind `SUBJECT:` a control alone is a mark that lacks its level.
    let control =
        is_title(label) && !text[found.inner..found.inner_end].contains(char::is_lowercase);
    let labelled = Found {
        labelled: true,
        ..found
    };
    (found.strength > Strength::Weak || control).then_some(labelled)
}

/// The mark at the end of a title, `Talks in Vienna (U)`, or behind the last sentence of a paragraph.
///
/// In other words a letter in parentheses at the end refers to something: what stands there is a mark only where nothing
/// but a mark looks like it.
pub(crate) fn mark_after(text: &str, words: &Words) -> Option<Found> {
    let trimmed = text.trim_end();
    if !trimmed.ends_with(')') {
        return None;
    }
    let open = trimmed.rfind('(')?;
    let before = trimmed[..open].trim();
    let before = &before[number(before).unwrap_or(0)..];
    let found = mark_at(text, open, words).filter(|found| found.end == trimmed.len())?;
    let is_title = trimmed.chars().count() <= TITLE_MAX_CHARS
        && !before.contains(". ")
        && !before.ends_with(['.', ',', ';'])
        && trimmed.lines().count() <= 2;
    let has_ended = before.ends_with(['.', '!', '?', '"', '”']);
    let needed = if is_title || has_ended {
        Strength::Plain
    } else {
        Strength::Strong
    };
    let behind = Found {
        form: MarkForm::After,
        ..found
    };
    (!before.is_empty() && found.strength >= needed).then_some(behind)
}

/// A letter in parentheses with which a text begins, behind which the next one numbers too.
pub(crate) fn series_letter(text: &str) -> Option<char> {
    let mut chars = text.trim_start().chars();
    let (open, letter, close) = (chars.next()?, chars.next()?, chars.next()?);
    (open == '(' && close == ')' && letter.is_ascii_alphabetic()).then_some(letter)
}

/// Whether a text goes on with the letter after `series`.
fn numbers(text: &str, series: Option<char>) -> bool {
    series.is_some_and(|before| {
        series_letter(text).is_some_and(|letter| letter as u32 == before as u32 + 1)
    })
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The bytes of a bullet or number with which a text begins, the space behind it included.
pub(crate) fn number(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if matches!(
        first,
        '•' | '●' | '▪' | '■' | '◦' | '‣' | '·' | '–' | '—' | '-' | '*' | '|' | '>'
    ) {
        let rest = &text[first.len_utf8()..];
        return rest
            .starts_with(|c: char| c.is_whitespace() || c == '(')
            .then(|| first.len_utf8() + leading_space(rest));
    }
    // A hollow bullet as typewriters have it.
    if let Some(rest) = text.strip_prefix('o')
        && rest.starts_with([' ', '\t'])
        && rest.trim_start().starts_with('(')
    {
        return Some(1 + leading_space(rest));
    }
    // A footnote: `[1]`.
    if let Some((note, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && (1..=3).contains(&note.len())
        && note.bytes().all(|b| b.is_ascii_digit())
    {
        return Some(note.len() + 2 + leading_space(rest));
    }
    if let Some(bytes) = times(text) {
        return Some(bytes);
    }
    let (inner, opened) = match text.strip_prefix('(') {
        Some(rest) => (rest, 1),
        None => (text, 0),
    };
    let bytes = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .unwrap_or(inner.len());
    let body = inner[..bytes].trim_end_matches('.');
    let is_number = !body.is_empty()
        && body.split('.').all(|part| {
            let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
            let letter = part.len() == 1 && part.bytes().all(|b| b.is_ascii_alphabetic());
            let roman = part.len() <= 6 && part.chars().all(|c| "ivxlcIVXLC".contains(c));
            !part.is_empty() && (digits || letter || roman)
        });
    if !is_number {
        return None;
    }
    let rest = &inner[bytes..];
    let (closed, rest) = match rest.strip_prefix(')') {
        Some(rest) => (1, rest),
        None => (0, rest),
    };
    let ended =
        closed == 1 || bytes > body.len() || body.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let spaced = rest.starts_with(|c: char| c.is_whitespace() || c == '(');
    (opened == closed || opened == 0)
        .then_some(opened + bytes + closed + leading_space(rest))
        .filter(|_| ended && spaced)
}

/// The bytes of the hours with which a line of an agenda begins, before its mark: `0930 - 1030  (S) …`.
fn times(text: &str) -> Option<usize> {
    /// Bytes of two times of day and a dash.
    const TIMES_MAX_BYTES: usize = 24;
    let open = text.find('(').filter(|bytes| *bytes <= TIMES_MAX_BYTES)?;
    let hours = text[..open].trim_end();
    let digits = hours.bytes().filter(u8::is_ascii_digit).count();
    let is_times = hours.starts_with(|c: char| c.is_ascii_digit())
        && hours.len() < open
        && (3..=8).contains(&digits)
        && hours
            .chars()
            .all(|c| c.is_ascii_digit() || ":.-–— apmAPMhH".contains(c));
    is_times.then_some(open)
}

/// Whether the words before a mark are a label of what it marks.
fn is_label(text: &str) -> bool {
    let label = text.trim();
    let begins = label.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let few = label.split_whitespace().count() <= 6;
    begins
        && few
        && !label.contains([')', ']'])
        && (label.ends_with([':', '.', '—', '–', '-']) || is_caption(label) || is_title(label))
}

/// `SUBJECT`, as in `SUBJECT (U): …`.
fn is_title(label: &str) -> bool {
    TITLES.contains(&label.to_lowercase().as_str())
}

/// `Figure 3`, `Table 2-1`.
fn is_caption(label: &str) -> bool {
    const CAPTIONS: [&str; 14] = [
        "figure",
        "fig",
        "table",
        "chart",
        "map",
        "photo",
        "graphic",
        "image",
        "annex",
        "appendix",
        "tab",
        "enclosure",
        "attachment",
        "exhibit",
    ];
    let mut parts = label.split_whitespace();
    let Some(first) = parts.next() else {
        return false;
    };
    let word = first.trim_end_matches('.').to_lowercase();
    CAPTIONS.contains(&word.as_str()) && parts.count() <= 1
}

/// A mark whose parenthesis stands at byte `open`.
fn mark_at(text: &str, open: usize, words: &Words) -> Option<Found> {
    let rest = &text[open..];
    let (close, form) = match rest.chars().next()? {
        '(' => (')', MarkForm::Before),
        '[' => (']', MarkForm::Brackets),
        _ => return None,
    };
    let end = rest
        .char_indices()
        .skip(1)
        .take_while(|(byte, c)| *byte < MARK_MAX_BYTES && !matches!(c, '(' | '['))
        .find(|(_, c)| *c == close)?
        .0;
    let raw = &rest[1..end];
    let inner = raw.trim();
    let strength = strength(inner, words)?;
    if form == MarkForm::Brackets && strength < Strength::Strong {
        return None;
    }
    // `(S)mith`: the words would run on without a space.
    if strength < Strength::Strong && rest[end + 1..].starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let inner_at = open + 1 + leading_space(raw);
    Some(Found {
        open,
        inner: inner_at,
        inner_end: inner_at + inner.len(),
        end: open + end + 1,
        form,
        strength,
        labelled: false,
    })
}

/// A mark without parentheses before the words of a portion: `S//NF The envoy said …`. A level and known controls in one
/// word, and words in small letters behind it: what stands alone on its line is a banner.
fn bare_mark_at(text: &str, open: usize, words: &Words) -> Option<Found> {
    let rest = text.get(open..)?;
    let bytes = rest.find(char::is_whitespace)?;
    let mark = &rest[..bytes];
    let (level, controls) = mark.split_once("//")?;
    let is_mark = words.level_at(level) == Some(level.len())
        && level.len() <= BARE_LEVEL_MAX_BYTES
        && controls
            .split('/')
            .filter(|control| !control.is_empty())
            .all(|control| words.is_control(control));
    let line = rest[bytes..].trim_start().lines().next()?;
    let has_words = line.split_whitespace().any(|word| {
        word.len() > 1
            && word
                .chars()
                .all(|c| c.is_lowercase() || c.is_ascii_punctuation())
    });
    (is_mark && has_words).then_some(Found {
        open,
        inner: open,
        inner_end: open + bytes,
        end: open + bytes,
        form: MarkForm::Bare,
        strength: Strength::Plain,
        labelled: false,
    })
}

/// How plainly words in parentheses are a mark; none if they are none.
fn strength(inner: &str, words: &Words) -> Option<Strength> {
    let folded = fold(inner);
    let is_sign = |c: char| c.is_ascii_alphanumeric() || " ,/&:.'+-–—;_#|".contains(c);
    if folded.is_empty() || !folded.chars().all(is_sign) {
        return None;
    }
    let upper = folded.to_uppercase();
    let capitals = upper == folded;
    let level = words.level_at(&upper);
    if upper.contains("//") {
        let first = upper.split("//").next().unwrap_or_default();
        let short = first.len() <= 40 && !first.contains(':') || level.is_some();
        return short.then_some(Strength::Strong);
    }
    // A level, and an upright stroke behind it: `(SC | PROJECT HERON)`.
    if let Some(bytes) = level
        && upper[bytes..].trim_start().starts_with('|')
    {
        return Some(if capitals {
            Strength::Strong
        } else {
            Strength::Weak
        });
    }
    if let Some(bytes) = level {
        let rest = upper[bytes..].trim_start_matches(['/', ' ', ',', '-', ';', '–', '—']);
        return if rest.is_empty() {
            Some(match (capitals, bytes) {
                (true, 1) => Strength::Plain,
                (true, _) => Strength::Strong,
                (false, _) => Strength::Weak,
            })
        } else {
            let known = rest
                .split(['/', ',', ';'])
                .all(|part| words.is_control(part.trim()))
                || rest.split(['/', ',', ';', ' ']).all(|part| {
                    part.is_empty()
                        || words.is_control(part)
                        || words.level_at(part) == Some(part.len())
                });
            known.then_some(if capitals {
                Strength::Strong
            } else {
                Strength::Weak
            })
        };
    }
    (capitals && words.is_control(upper.split(['/', ',']).next().unwrap_or_default().trim()))
        .then_some(Strength::Weak)
}

/// `(C) 1999 Somebody. All rights reserved.`
fn is_copyright(text: &str, found: &Found) -> bool {
    if !text[found.inner..found.inner_end].eq_ignore_ascii_case("c") {
        return false;
    }
    let line = text[found.end..]
        .lines()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    line.trim_start().starts_with("copyright") || line.contains("rights reserved")
}

/// A banner within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BannerFound {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) strength: Strength,
}

/// The banner that a line is: without a page's number beside it, and without `Classification:` before it.
pub(crate) fn banner(line: &str, words: &Words) -> Option<BannerFound> {
    let mut start = leading_space(line);
    let mut end = line.trim_end().len();
    if start >= end {
        return None;
    }
    let mut named = false;
    if let Some(bytes) = naming(&line[start..end]) {
        start += bytes;
        named = true;
    }
    if bare_mark_at(line, start, words).is_some() {
        return None;
    }
    let (from, to) = without_page_number(&line[start..end]);
    (start, end) = (start + from, start + to);
    let text = &line[start..end];
    if text.is_empty() || text.len() > MARK_MAX_BYTES {
        return None;
    }
    let spelled = unspaced(text);
    let bare = spelled
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(&spelled);
    let mut strength = strength(bare, words)?;
    let upper = fold(bare).to_uppercase();
    let capitals = upper == fold(bare);
    // What begins with no level is a banner only by its strokes, and in capitals.
    let level = words.level_at(&upper);
    if level.is_none() && !(capitals && upper.contains("//")) {
        return None;
    }
    // `Secret//Noforn` is one in the wrong case; a sentence that has strokes is none.
    if !capitals && upper.contains("//") {
        let known = upper.split("//").all(|part| {
            words.level_at(part.trim()) == Some(part.trim().len())
                || part.split('/').all(|p| words.is_control(p.trim()))
        });
        // Behind a control stand codes, which are short.
        let said = upper
            .split("//")
            .skip(1)
            .flat_map(|part| part.split(['/', ' ', ',']));
        let words_said = said.filter(|word| word.len() > CODE_MAX_BYTES && !words.is_control(word));
        if !known || words_said.count() > 0 && bare.ends_with(['.', ':', ';', '!', '?']) {
            return None;
        }
    }
    // A single letter alone on a line is no banner that anybody would print.
    if upper.len() == 1 {
        return None;
    }
    if named && !upper.contains("//") {
        strength = Strength::Weak;
    }
    Some(BannerFound {
        start,
        end,
        strength,
    })
}

/// Whether a line is in capitals and could be a banner of words that no policy knows.
pub(crate) fn may_be_banner(line: &str) -> bool {
    let text = line.trim();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1
        && text.len() <= LABEL_MAX_BYTES
        && !text.chars().any(char::is_lowercase)
        && !text.ends_with(['.', ':', '?', '!'])
}

/// The bytes of what names a banner before it: `Classification:`.
fn naming(text: &str) -> Option<usize> {
    let colon = text.find(':')?;
    let name = text[..colon].trim().to_lowercase();
    let named = matches!(
        name.as_str(),
        "classification"
            | "overall classification"
            | "document classification"
            | "security classification"
            | "marking"
    );
    named.then(|| colon + 1 + leading_space(&text[colon + 1..]))
}

/// The span of a text that is left without a page's number before or behind it.
fn without_page_number(text: &str) -> (usize, usize) {
    let gaps = |c: char| c == '\t' || c == '|';
    let (mut start, mut end) = (0, text.len());
    // What stands two spaces, a tab or a stroke apart.
    if let Some((at, wide)) = text
        .rmatch_indices("  ")
        .map(|(at, s)| (at, s.len()))
        .chain(text.rmatch_indices(gaps).map(|(at, s)| (at, s.len())))
        .max()
        && is_page_number(&text[at + wide..])
    {
        end = text[..at]
            .trim_end_matches(|c: char| c.is_whitespace() || c == '|')
            .len();
    }
    if let Some(at) = [text.find("  "), text.find(gaps)]
        .into_iter()
        .flatten()
        .min()
        && at < end
        && is_page_number(&text[..at])
    {
        let rest = text[at..end].trim_start_matches(|c: char| c.is_whitespace() || c == '|');
        start = end - rest.len();
    }
    // `Page 1 of 3 SECRET`, `SECRET Page 1`.
    let lower = text[start..end].to_lowercase();
    if lower.len() == end - start
        && let Some(at) = lower.rfind(" page ")
        && is_page_number(&lower[at..])
    {
        end = start + lower[..at].trim_end().len();
    }
    (start, end)
}

/// A line that is drawn, not written: `=====`.
pub(crate) fn is_drawn(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() >= 3 && text.chars().all(|c| "-=_*~#─━═".contains(c))
}

/// `3`, `- 3 -`, `Page 3 of 5`, `3/5`, `p. 3`.
pub(crate) fn is_page_number(text: &str) -> bool {
    let lower = text
        .trim()
        .trim_matches(['-', '–', '—', '|', '[', ']'])
        .trim()
        .to_lowercase();
    let rest = lower
        .strip_prefix("page")
        .or_else(|| lower.strip_prefix("pg."))
        .or_else(|| lower.strip_prefix("p."))
        .unwrap_or(&lower)
        .trim();
    let mut parts = rest
        .split(|c: char| c == '/' || c.is_whitespace())
        .filter(|p| !p.is_empty());
    let number = |part: &str| {
        part.len() <= 5 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
            || part.len() <= 5 && part.chars().all(|c| "ivxl".contains(c)) && !part.is_empty()
    };
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(one), None, None, None) => number(one),
        (Some(one), Some(all), None, None) => number(one) && number(all),
        (Some(one), Some("of"), Some(all), None) => number(one) && number(all),
        _ => false,
    }
}
