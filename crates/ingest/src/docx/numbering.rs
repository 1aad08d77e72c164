//! Numbers of lists, as the program would print them (ECMA-376 part 1, section 17.9).

use std::collections::{HashMap, HashSet};

use super::{attribute, each_element};
use crate::error::Fault;

/// Levels of a list (section 17.9.6).
const LEVELS: usize = 9;

/// The sign that is written for every bullet: fonts of symbols have their own, outside Unicode.
const BULLET: &str = "•";

#[derive(Debug, Clone, Default)]
struct Level {
    start: Option<u32>,
    format: String,
    /// `%1.%2)`: percent signs stand before the level whose number is meant, counted from 1.
    text: String,
}

type Levels = [Level; LEVELS];

/// A list as it is used: a definition, and with which numbers some levels begin instead.
#[derive(Debug, Default)]
struct Used {
    definition: String,
    starts: [Option<u32>; LEVELS],
}

/// The lists of a document, and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    definitions: HashMap<String, Levels>,
    used: HashMap<String, Used>,
    counts: HashMap<String, [Option<u32>; LEVELS]>,
    /// Lists that have begun with numbers of their own.
    begun: HashSet<(String, usize)>,
}

impl Numbering {
    /// Reads the part `name`.
    ///
    /// # Errors
    /// It is not well-formed.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, Fault> {
        let mut numbering = Self::default();
        let (mut definition, mut used) = (None::<String>, None::<String>);
        let mut level = 0;
        let mut overriding = false;
        each_element(name, text, |local, attributes| {
            let value = attribute(attributes, "val");
            let number = |name| {
                let number = attribute(attributes, name)?.parse::<usize>().ok()?;
                (number < LEVELS).then_some(number)
            };
            match local {
                "abstractNum" => {
                    let id = attribute(attributes, "abstractNumId").unwrap_or_default();
                    numbering
                        .definitions
                        .insert(id.to_owned(), Levels::default());
                    definition = Some(id.to_owned());
                }
                "num" => {
                    let id = attribute(attributes, "numId").unwrap_or_default();
                    numbering.used.insert(id.to_owned(), Used::default());
                    (definition, used) = (None, Some(id.to_owned()));
                }
                "lvlOverride" => {
                    level = number("ilvl").unwrap_or(LEVELS);
                    overriding = true;
                }
                "lvl" => level = number("ilvl").unwrap_or(LEVELS),
                _ => {}
            }
            if let Some(id) = &definition
                && let Some(levels) = numbering.definitions.get_mut(id)
                && let Some(level) = levels.get_mut(level)
            {
                match local {
                    "start" => level.start = value.and_then(|v| v.parse().ok()),
                    "numFmt" => level.format = value.unwrap_or_default().to_owned(),
                    "lvlText" => level.text = value.unwrap_or_default().to_owned(),
                    _ => {}
                }
            } else if let Some(used) = used.as_ref().and_then(|id| numbering.used.get_mut(id)) {
                match local {
                    "abstractNumId" => used.definition = value.unwrap_or_default().to_owned(),
                    "startOverride" if overriding => {
                        if let Some(start) = used.starts.get_mut(level) {
                            *start = value.and_then(|v| v.parse().ok());
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(numbering)
    }

    /// Counts a paragraph of the list `id` on `level`, and gives what is printed before it; nothing if nothing is.
    pub(super) fn next(&mut self, id: &str, level: usize) -> String {
        let Some(used) = self.used.get(id) else {
            return String::new();
        };
        let Some(levels) = self.definitions.get(&used.definition) else {
            return String::new();
        };
        if level >= LEVELS {
            return String::new();
        }
        let counts = self.counts.entry(used.definition.clone()).or_default();
        let first = levels[level].start.unwrap_or(1);
        counts[level] = Some(match used.starts[level] {
            Some(start) if self.begun.insert((id.to_owned(), level)) => start,
            _ => counts[level].map_or(first, |count| count.saturating_add(1)),
        });
        for deeper in &mut counts[level + 1..] {
            *deeper = None;
        }
        if levels[level].format == "bullet" {
            return BULLET.to_owned();
        }
        let mut label = String::new();
        let mut rest = levels[level].text.as_str();
        while let Some(at) = rest.find('%') {
            label.push_str(&rest[..at]);
            let digit = rest[at + 1..].chars().next().and_then(|c| c.to_digit(10));
            match digit.map(|d| d as usize) {
                Some(nth @ 1..=LEVELS) => {
                    let count = counts[nth - 1].or(levels[nth - 1].start).unwrap_or(1);
                    label.push_str(&printed(count, &levels[nth - 1].format));
                    rest = &rest[at + 2..];
                }
                _ => {
                    label.push('%');
                    rest = &rest[at + 1..];
                }
            }
        }
        label.push_str(rest);
        label
    }
}

/// A number in a format (section 17.18.59); formats of other scripts are written in figures.
pub(super) fn printed(number: u32, format: &str) -> String {
    match format {
        "none" => String::new(),
        "lowerLetter" => letters(number, b'a'),
        "upperLetter" => letters(number, b'A'),
        "lowerRoman" => roman(number),
        "upperRoman" => roman(number).to_ascii_uppercase(),
        "decimalZero" => format!("{number:02}"),
        _ => number.to_string(),
    }
}

/// a … z, aa, bb …: the letter is repeated.
fn letters(number: u32, first: u8) -> String {
    /// Beyond, a figure is shorter.
    const TIMES_MAX: u32 = 8;
    let Some(nth) = number.checked_sub(1).filter(|nth| nth / 26 < TIMES_MAX) else {
        return number.to_string();
    };
    let letter = char::from(first + (nth % 26) as u8);
    (0..=nth / 26).map(|_| letter).collect()
}

fn roman(number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    if !(1..4000).contains(&number) {
        return number.to_string();
    }
    let mut left = number;
    let mut printed = String::new();
    for (worth, sign) in SIGNS {
        while left >= worth {
            printed.push_str(sign);
            left -= worth;
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed() {
        for (number, format, due) in [
            (3, "decimal", "3"),
            (3, "decimalZero", "03"),
            (1, "lowerLetter", "a"),
            (28, "upperLetter", "BB"),
            (0, "upperLetter", "0"),
            (4_000_000_000, "lowerLetter", "4000000000"),
            (1994, "upperRoman", "MCMXCIV"),
            (4, "lowerRoman", "iv"),
            (5000, "lowerRoman", "5000"),
            (7, "none", ""),
        ] {
            assert_eq!(printed(number, format), due, "{number} {format}");
        }
    }

    #[test]
    fn lists_count() {
        let text = r#"<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
            <w:abstractNum w:abstractNumId="7">
              <w:lvl w:ilvl="0"><w:start w:val="2"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
              <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2) 5%"/></w:lvl>
              <w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0B7;"/></w:lvl>
            </w:abstractNum>
            <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
            <w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
            <w:num w:numId="3"><w:abstractNumId w:val="nowhere"/></w:num>
            </w:numbering>"#;
        let mut lists = Numbering::read("numbering.xml", text).unwrap();
        let found: Vec<String> = [
            ("1", 0),
            ("1", 1),
            ("1", 1),
            ("1", 2),
            ("1", 0),
            ("1", 1),
            ("2", 0),
            ("2", 0),
            ("3", 0),
            ("4", 0),
            ("1", 9),
        ]
        .into_iter()
        .map(|(id, level)| lists.next(id, level))
        .collect();
        assert_eq!(
            found,
            [
                "2.", "2.a) 5%", "2.b) 5%", "•", "3.", "3.a) 5%", "1.", "2.", "", "", ""
            ]
        );
    }
}
