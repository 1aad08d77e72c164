//! Laying text out in columns. A character counts as one column.

/// Columns that a text takes.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// So many of something.
pub(crate) fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// The text in at most so many columns; what is cut off shows as an ellipsis.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(columns.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// The text filled up with spaces to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width_of(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The lines of a paragraph in at most so many columns, broken between words; a longer word is broken inside.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while word.len() > columns {
            lines.push(word.drain(..columns).collect());
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += word.len();
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// The items of a list, with commas between, in lines of at most so many columns: broken between items; a
/// longer item is broken like a paragraph.
pub(crate) fn wrap_items(items: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let comma = if n + 1 < items.len() { "," } else { "" };
        let item = format!("{item}{comma}");
        match lines.last_mut() {
            Some(line) if width_of(line) + 1 + width_of(&item) <= columns => {
                line.push(' ');
                line.push_str(&item);
            }
            _ => lines.extend(wrap(&item, columns)),
        }
    }
    lines
}

/// The lines of a text, each wrapped to so many columns; what goes on keeps its line's indentation.
pub(crate) fn wrap_lines(text: &str, columns: usize) -> Vec<String> {
    let wrapped = text.lines().flat_map(|line| {
        let words = line.trim_start_matches(' ');
        let indent = line.len() - words.len();
        wrap(words, columns.saturating_sub(indent))
            .into_iter()
            .map(move |part| format!("{}{part}", " ".repeat(indent)))
    });
    wrapped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("é é", 3), ["é é"]);
    }

    #[test]
    fn lists_are_broken_between_items() {
        let items = ["Eyes Only", "Top Secret", "Exdis"].map(str::to_owned);
        assert_eq!(wrap_items(&items, 20), ["Eyes Only,", "Top Secret, Exdis"]);
        assert_eq!(wrap_items(&items, 100), ["Eyes Only, Top Secret, Exdis"]);
        assert_eq!(
            wrap_items(&items, 4),
            ["Eyes", "Only", ",", "Top", "Secr", "et,", "Exdi", "s"]
        );
        assert!(wrap_items(&[], 10).is_empty());
    }

    #[test]
    fn what_goes_on_keeps_its_indentation() {
        assert_eq!(wrap_lines("a\n  b cc ddd\n", 6), ["a", "  b cc", "  ddd"]);
    }

    #[test]
    fn what_is_cut_off_shows() {
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdefg", 6), "abcde…");
        assert_eq!(pad("é", 3), "é  ");
    }
}
