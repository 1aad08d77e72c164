//! Characters that XML allows, and references to them.

use crate::error::{Fault, XmlRule, shortened};

/// White space between markup (production 3, `S`).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Characters that may occur (production 2, `Char`).
const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Refuses characters that may not occur.
pub(super) fn check(text: &str) -> Result<(), Fault> {
    let forbidden = |byte: &u8| *byte < b' ' && !is_space(*byte);
    let control = || text.bytes().position(|byte| forbidden(&byte));
    // Counting is done many bytes at a time, looking for the first is not.
    let controls = text.as_bytes().iter().filter(|b| forbidden(b)).count();
    let wrong = (controls > 0)
        .then(control)
        .flatten()
        .or_else(|| text.find('\u{fffe}'))
        .or_else(|| text.find('\u{ffff}'));
    match wrong {
        Some(at) => Err(Fault::at(at, XmlRule::Character)),
        None => Ok(()),
    }
}

/// The character that a reference stands for; `name` is what stands between `&` and `;`, at offset `at`.
pub(super) fn referred(name: &str, at: usize) -> Result<char, Fault> {
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let Some(number) = name.strip_prefix('#') else {
                return Err(Fault::at(at, XmlRule::Entity(shortened(name))));
            };
            let (digits, radix) = match number.strip_prefix('x') {
                Some(digits) => (digits, 16),
                None => (number, 10),
            };
            Some(digits)
                // `from_str_radix` takes a sign, a reference does not.
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
                .and_then(|digits| u32::from_str_radix(digits, radix).ok())
                .and_then(char::from_u32)
                .filter(|c| is_char(*c))
                .ok_or_else(|| Fault::at(at, XmlRule::Character))?
        }
    };
    Ok(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (name, c) in [
            ("amp", '&'),
            ("#65", 'A'),
            ("#x2003", '\u{2003}'),
            ("#x10FFFF", '\u{10ffff}'),
        ] {
            assert_eq!(referred(name, 0).unwrap(), c);
        }
        for name in [
            "#0",
            "#x",
            "#",
            "#+65",
            "#xD800",
            "#xFFFE",
            "#x110000",
            "#99999999999",
            "#6F",
            "nbsp",
            "",
        ] {
            assert!(referred(name, 0).is_err(), "{name}");
        }
    }

    #[test]
    fn forbidden_characters_are_found() {
        assert!(check("a\tb\r\n\u{85}").is_ok());
        assert_eq!(check("ab\u{1}").unwrap_err().at, Some(2));
        assert_eq!(check("é\u{ffff}").unwrap_err().at, Some(2));
    }
}
