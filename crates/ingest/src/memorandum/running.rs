//! Running headers and footers: what a document prints on every page is kept once.

use std::collections::HashSet;

use strongroom_record::Place;

use crate::document::{BlockKind, DocPage};
use crate::fold::Folded;

/// The texts of running headers and footers, each once, with the place of its first occurrence.
#[derive(Debug, Default)]
pub(super) struct Running {
    pub(super) headers: Vec<(Place, String)>,
    pub(super) footers: Vec<(Place, String)>,
}

impl Running {
    /// Bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        let all = self.headers.iter().chain(&self.footers);
        all.map(|(_, text)| text.len()).sum()
    }
}

/// The running headers and footers of a document; bare page numbers are left out.
pub(super) fn of(pages: &[DocPage]) -> Running {
    let mut running = Running::default();
    let mut seen = HashSet::new();
    for block in pages.iter().flat_map(|page| &page.blocks) {
        let texts = match block.kind {
            BlockKind::Header => &mut running.headers,
            BlockKind::Footer => &mut running.footers,
            _ => continue,
        };
        let mut folded = Folded::default();
        for line in &block.lines {
            folded.push_str(&line.text);
            folded.space();
        }
        let text = folded.finish();
        if let Some(first) = block.lines.first()
            && !is_page_number(&text)
            && seen.insert((block.kind == BlockKind::Header, text.clone()))
        {
            texts.push((first.place(), text));
        }
    }
    running
}

/// `3`, `- 3 -`, `Page 3`, `Page 3 of 12`, `3/12`.
fn is_page_number(text: &str) -> bool {
    let mut numbers = 0;
    let words = text.split([' ', '/']);
    for (nth, word) in words.enumerate() {
        let is_number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        numbers += usize::from(is_number);
        let belongs = is_number
            || nth == 0 && word.eq_ignore_ascii_case("page")
            || numbers == 1 && word == "of"
            || matches!(word, "-" | "–" | "—");
        if !belongs {
            return false;
        }
    }
    (1..=2).contains(&numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers() {
        for number in ["3", "- 3 -", "Page 3", "page 3 of 12", "3/12", "3 of 12"] {
            assert!(is_page_number(number), "{number}");
        }
        for words in [
            "",
            "-",
            "Page",
            "1 2 3",
            "Page 3 of the file",
            "of 3",
            "3rd",
            "Annex 3",
        ] {
            assert!(!is_page_number(words), "{words}");
        }
    }
}
