//! The title of a memorandum, and the letterhead above it.

use super::Line;
use crate::fold::fold;

/// Lines within which the title must stand: letterheads have two, and numbers and stamps may stand above them.
const TITLE_LINES_MAX: usize = 12;

/// How memoranda of conversations call themselves, in small letters.
const TITLES: [&str; 12] = [
    "memorandum of conversation",
    "memorandum of a conversation",
    "memorandum of telephone conversation",
    "memorandum of a telephone conversation",
    "memoranda of conversation",
    "memcon",
    "telcon",
    "record of conversation",
    "record of a conversation",
    "record of telephone conversation",
    "record of a telephone conversation",
    "memorandum of meeting",
];

/// Where the title of a memorandum stands among the first lines; nothing if the document is none.
pub(super) fn find(lines: &[Line<'_>]) -> Option<std::ops::Range<usize>> {
    let is_title = |text: &str| {
        let text = fold(text).to_lowercase();
        TITLES.contains(&text.trim_end_matches([':', '.']))
    };
    (0..lines.len().min(TITLE_LINES_MAX)).find_map(|at| {
        if is_title(lines[at].text) {
            return Some(at..at + 1);
        }
        let next = lines.get(at + 1)?;
        let both = format!("{} {}", lines[at].text, next.text);
        is_title(&both).then_some(at..at + 2)
    })
}
