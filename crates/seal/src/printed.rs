//! The form in which a 32-byte key is printed, kept in a file or typed in again.
//!
//! A line that says what it is, then the suite, the key and a checksum in Crockford's base 32, four
//! lines of four groups. Lines that begin with `#` are for people. Reading forgives capitals, `o` for
//! `0`, `i` and `l` for `1`, and any spacing.

use crate::digest::digest;
use crate::domain;
use crate::secret::{Secret, SecretBytes, SecretText};
use crate::suite::{SUITE_BYTES, Suite, SuiteFloor, SuiteId, SuiteRefused};

/// Bytes of the checksum: an error in typing passes once in 2^48.
const CHECKSUM_BYTES: usize = 6;
const BYTES: usize = SUITE_BYTES + 32 + CHECKSUM_BYTES;
/// The 40 bytes are 64 characters of five bits, without a remainder.
const CHARS: usize = BYTES * 8 / 5;
const GROUP_CHARS: usize = 4;
const GROUPS_IN_LINE: usize = 4;
const _: () = assert!(CHARS * 5 == BYTES * 8 && CHARS.is_multiple_of(GROUP_CHARS * GROUPS_IN_LINE));

/// Longest text that is read: a key with its header and a page of remarks.
const TEXT_MAX_BYTES: usize = 16 << 10;

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is not a printed key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintedKeyError {
    /// Far longer than a key.
    #[error("the text is longer than {TEXT_MAX_BYTES} bytes, so it is no printed key")]
    TooLong,
    /// It does not begin with the line that says what it is.
    #[error("the first line is not `{0}`: this is another file, or its first line is lost")]
    Header(&'static str),
    /// A character that the form does not use.
    #[error("line {line} has the character {found:?}, which printed keys do not use")]
    Character {
        /// The line, counted from 1.
        line: usize,
        /// The character.
        found: char,
    },
    /// Too few or too many characters.
    #[error("the key has {0} characters and should have {CHARS}: a part is missing or doubled")]
    Length(usize),
    /// The checksum does not match.
    #[error("the checksum does not match: a character is mistyped")]
    Checksum,
    /// Of a suite that the room refuses.
    #[error(transparent)]
    Suite(#[from] SuiteRefused),
}

fn checksum(header: &str, body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let full = digest(domain::CHECKSUM, &[header.as_bytes(), body]);
    let mut out = [0; CHECKSUM_BYTES];
    out.copy_from_slice(&full.as_bytes()[..CHECKSUM_BYTES]);
    out
}

/// The five bits at a place, the first five being place 0.
fn five_bits(bytes: &[u8], place: usize) -> u8 {
    (0..5).fold(0, |value, bit| {
        let at = place * 5 + bit;
        (value << 1) | (bytes[at / 8] >> (7 - at % 8) & 1)
    })
}

/// Prints the first `chars` groups of five bits.
pub(crate) fn base32(bytes: &[u8], chars: usize) -> impl Iterator<Item = char> + '_ {
    (0..chars).map(|place| char::from(ALPHABET[usize::from(five_bits(bytes, place))]))
}

/// The value of a character that stands for five bits, reading errors forgiven.
pub(crate) fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    let found = ALPHABET.iter().position(|&a| char::from(a) == c);
    found.and_then(|p| u8::try_from(p).ok())
}

/// Prints a key under a header, with remarks for people.
pub(crate) fn print(
    header: &'static str,
    remarks: &[&str],
    suite: Suite,
    key: &Secret<32>,
) -> SecretText {
    let mut bytes = SecretBytes::from_vec(vec![0; BYTES]);
    let (body, sum) = bytes.expose_mut().split_at_mut(SUITE_BYTES + 32);
    body[..SUITE_BYTES].copy_from_slice(&suite.id().to_bytes());
    body[SUITE_BYTES..].copy_from_slice(key.expose());
    sum.copy_from_slice(&checksum(header, body));

    let remark_bytes: usize = remarks.iter().map(|r| r.len() + 3).sum();
    let mut text = String::with_capacity(header.len() + remark_bytes + 2 * CHARS);
    text.push_str(header);
    text.push('\n');
    for remark in remarks {
        text.extend(["# ", remark, "\n"]);
    }
    for (at, c) in base32(bytes.expose(), CHARS).enumerate() {
        text.push(c);
        let next = at + 1;
        if next % (GROUP_CHARS * GROUPS_IN_LINE) == 0 {
            text.push('\n');
        } else if next % GROUP_CHARS == 0 {
            text.push('-');
        }
    }
    SecretText::from_string(text)
}

/// Reads a printed key.
pub(crate) fn parse(
    header: &'static str,
    floor: SuiteFloor,
    text: &str,
) -> Result<(Suite, Secret<32>), PrintedKeyError> {
    if text.len() > TEXT_MAX_BYTES {
        return Err(PrintedKeyError::TooLong);
    }
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    if lines.next().is_none_or(|(_, line)| line != header) {
        return Err(PrintedKeyError::Header(header));
    }
    let mut bytes = SecretBytes::from_vec(vec![0; BYTES]);
    let mut count = 0;
    for (line, text) in lines {
        for found in text.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
            let value = value_of(found).ok_or(PrintedKeyError::Character { line, found })?;
            if count < CHARS {
                for bit in 0..5 {
                    let at = count * 5 + bit;
                    bytes.expose_mut()[at / 8] |= (value >> (4 - bit) & 1) << (7 - at % 8);
                }
            }
            count += 1;
        }
    }
    if count != CHARS {
        return Err(PrintedKeyError::Length(count));
    }
    let (body, sum) = bytes.expose().split_at(SUITE_BYTES + 32);
    if checksum(header, body) != sum {
        return Err(PrintedKeyError::Checksum);
    }
    let suite = floor.admit(SuiteId::new(u16::from_be_bytes([body[0], body[1]])))?;
    let key = Secret::from_slice(&body[SUITE_BYTES..]).expect("32 bytes");
    Ok((suite, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "strongroom test key 1";

    fn read(text: &str) -> Result<(Suite, Secret<32>), PrintedKeyError> {
        parse(HEADER, SuiteFloor::CNSA, text)
    }

    fn sample() -> String {
        let key = Secret::from_bytes(std::array::from_fn(|i| i as u8 * 7));
        let text = print(HEADER, &["Keep it apart."], Suite::Cnsa, &key);
        text.expose().to_owned()
    }

    #[test]
    fn reads_what_it_prints_and_forgives_reading_errors() {
        let text = sample();
        let (suite, key) = read(&text).unwrap();
        assert_eq!(suite, Suite::Cnsa);
        assert!(
            key.expose()
                .iter()
                .enumerate()
                .all(|(i, b)| *b == i as u8 * 7)
        );
        let (head, body) = text.split_once('\n').unwrap();
        let body = body.lines().skip(1).collect::<String>();
        let sloppy = body
            .to_uppercase()
            .replace('0', "o")
            .replace('1', "L")
            .replace('-', " ");
        assert!(read(&format!("\n{head}\n\n{sloppy}")).is_ok());
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = sample();
        let start = text.rfind("apart.\n").unwrap() + 7;
        for (at, old) in text
            .char_indices()
            .filter(|(at, c)| *at >= start && c.is_alphanumeric())
        {
            let new = if old == 'a' { 'b' } else { 'a' };
            let mut changed = text.clone();
            changed.replace_range(at..=at, &new.to_string());
            assert_eq!(
                read(&changed).err(),
                Some(PrintedKeyError::Checksum),
                "{at}"
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let text = sample();
        assert_eq!(read("").err(), Some(PrintedKeyError::Header(HEADER)));
        assert_eq!(
            read("strongroom house key 1").err(),
            Some(PrintedKeyError::Header(HEADER))
        );
        assert_eq!(read(HEADER).err(), Some(PrintedKeyError::Length(0)));
        assert_eq!(
            read(&format!("{text}0")).err(),
            Some(PrintedKeyError::Length(65))
        );
        assert_eq!(
            read(&format!("{text}\nu")).err(),
            Some(PrintedKeyError::Character {
                line: 8,
                found: 'u'
            })
        );
        assert_eq!(
            read(&"#".repeat(20_000)).err(),
            Some(PrintedKeyError::TooLong)
        );
        let mock = print(HEADER, &[], Suite::Mock, &Secret::from_bytes([0; 32]));
        assert_eq!(
            read(mock.expose()).err(),
            Some(PrintedKeyError::Suite(SuiteRefused(Suite::Mock.id())))
        );
    }
}
