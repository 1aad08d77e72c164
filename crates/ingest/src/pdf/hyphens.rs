//! Words that a line end breaks.
//!
//! A hyphen at the end of a line is the word's own (`long-range`) or the printer's (`nego-tiation`), and a PDF does not tell
//! which. The document's other lines may: where it has the word whole elsewhere, the hyphen is the printer's, and where it has
//! the word with its hyphen, it is the word's. Otherwise it is the printer's in a document that hyphenates: one that shows so
//! elsewhere, or that was made by a program which does so unasked (TeX, roff). In every other it stays. Either way the two
//! parts stand together, without a space.

use std::collections::HashSet;

use crate::document::{Block, DocLine, DocPage};

/// Signs of a break. The soft hyphen is the printer's always.
const SIGNS: [char; 3] = ['-', '\u{2010}', SOFT];
const SOFT: char = '\u{ad}';

/// Brings words together again that lines of one block break.
pub(super) fn join(pages: &mut [DocPage], hyphenates: bool) {
    let words: HashSet<String> = pages
        .iter()
        .flat_map(|page| &page.blocks)
        .flat_map(|block| &block.lines)
        .flat_map(|line| line.text.split_whitespace())
        .map(bare)
        .collect();
    let shown = |block: &Block| {
        let mut pairs = block.lines.windows(2);
        pairs.any(|pair| {
            broken(&pair[0].text, &pair[1].text)
                .is_some_and(|(a, b)| words.contains(&bare(&format!("{a}{b}"))))
        })
    };
    let hyphenates = hyphenates || pages.iter().flat_map(|page| &page.blocks).any(shown);
    for block in pages.iter_mut().flat_map(|page| &mut page.blocks) {
        let lines = std::mem::take(&mut block.lines);
        for mut line in lines {
            if let Some(before) = block.lines.last_mut() {
                rejoin(before, &mut line, &words, hyphenates);
            }
            if !line.text.trim().is_empty() {
                block.lines.push(line);
            }
        }
    }
}

/// Moves the rest of a broken word to the line that it begins on.
fn rejoin(before: &mut DocLine, line: &mut DocLine, words: &HashSet<String>, hyphenates: bool) {
    let Some((begin, rest)) = broken(&before.text, &line.text) else {
        return;
    };
    let sign = before.text.trim_end().chars().next_back().unwrap_or(SOFT);
    let known = |word: String| words.contains(&bare(&word));
    let own = sign != SOFT
        && !known(format!("{begin}{rest}"))
        && (known(format!("{begin}-{rest}")) || !hyphenates || begin.contains('-'));
    let rest = rest.to_owned();
    let kept = before.text.trim_end().len() - if own { 0 } else { sign.len_utf8() };
    before.text.truncate(kept);
    before.text.push_str(&rest);
    let indent = line.text.len() - line.text.trim_start().len();
    let after = line.text[indent + rest.len()..].trim_start();
    line.text = format!("{}{after}", &line.text[..indent]);
}

/// The two parts of a word that a line ends in and the next begins with: letters, before a sign and at the beginning.
fn broken<'l>(before: &'l str, next: &'l str) -> Option<(&'l str, &'l str)> {
    let begin = before.trim_end().strip_suffix(SIGNS)?;
    let begin = begin.rsplit(char::is_whitespace).next()?;
    let rest = next.split_whitespace().next()?;
    let joins = begin.ends_with(char::is_alphabetic) && rest.starts_with(char::is_lowercase);
    joins.then_some((begin, rest))
}

/// A word without what clings to it, in lower case.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;

    fn joined(lines: &[&str], hyphenates: bool) -> Vec<String> {
        let lines = lines
            .iter()
            .map(|text| DocLine::new(1, 1, (*text).to_owned()))
            .collect();
        let blocks = vec![Block {
            kind: BlockKind::Paragraph,
            lines,
        }];
        let mut pages = [DocPage { blocks }];
        join(&mut pages, hyphenates);
        pages[0].blocks[0]
            .lines
            .iter()
            .map(|line| line.text.clone())
            .collect()
    }

    #[test]
    fn the_document_tells_whose_a_hyphen_is() {
        assert_eq!(
            joined(&["a nego-", "  tiation, now"], true),
            ["a negotiation,", "  now"]
        );
        assert_eq!(
            joined(&["a long-", "range plan"], false),
            ["a long-range", "plan"]
        );
        assert_eq!(
            joined(&["long-range, long-", "range"], true),
            ["long-range, long-range"]
        );
        assert_eq!(
            joined(&["treaty, trea-", "ty of rail-", "ways"], false),
            ["treaty, treaty", "of railways"]
        );
        assert_eq!(joined(&["soft\u{ad}", "ly"], false), ["softly"]);
        assert_eq!(
            joined(&["1914-", "18, North-", "South, a -", "b"], true),
            ["1914-", "18, North-", "South, a -", "b"]
        );
    }
}
