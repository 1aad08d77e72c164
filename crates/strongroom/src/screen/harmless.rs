//! Text that runs no terminal and hides nothing: whatever steers a display is shown instead of obeyed.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character steers what displays it: controls of either set, marks and overrides of writing
/// direction, separators of lines, invisible spaces and tags.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every character that steers a display made visible; a tab becomes a space.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            // Unicode has a picture for each of these.
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).expect("a picture")),
            '\u{7f}' => out.push('␡'),
            c if steers(c) => write!(out, "‹U+{:04X}›", u32::from(c)).expect("strings take text"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Text of several lines, each of them made harmless.
pub(crate) fn harmless_lines(text: &str) -> String {
    text.split('\n')
        .map(|line| harmless(line.strip_suffix('\r').unwrap_or(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same JSON value in characters that steer nothing: those that do can only stand within strings,
/// where JSON has escapes for them.
pub(crate) fn json_for_terminal(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("strings take text");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_are_shown_and_not_obeyed() {
        assert_eq!(harmless("plain — text: é 漢"), "plain — text: é 漢");
        assert_eq!(harmless("\u{1b}[2Jgone\u{7}"), "␛[2Jgone␇");
        assert_eq!(harmless("a\u{9b}31mb"), "a‹U+009B›31mb");
        assert_eq!(harmless("\u{202e}drawkcab"), "‹U+202E›drawkcab");
        assert_eq!(harmless("a\tb\r\nc"), "a b␍␊c");
        assert_eq!(harmless_lines("a\r\nb\u{8}"), "a\nb␈");
    }

    #[test]
    fn no_character_that_steers_is_left() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            assert!(!harmless(&text).chars().any(steers), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn json_on_a_terminal_is_the_same_value() {
        let value = serde_json::json!({ "k": "a\u{9b}\u{202e}\u{e0041}\u{7f}b\u{1b}" });
        let shown = json_for_terminal(&value.to_string());
        assert!(!shown.chars().any(steers));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }
}
