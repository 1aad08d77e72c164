//! Lines with their places, and blocks of lines.

/// A line without its line break, and the offset at which it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) at: usize,
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// What follows the first `skip` bytes.
    pub(super) fn after(self, skip: usize) -> Self {
        Self {
            at: self.at + skip,
            text: &self.text[skip..],
        }
    }

    /// Without white space around it.
    pub(super) fn trimmed(self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        Self {
            at: self.at + start,
            text: self.text.trim(),
        }
    }
}

/// The lines of a text: a line ends at a line feed, a carriage return, or both in this order.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let line = Line {
            at,
            text: &rest[..end],
        };
        let broken = &rest[end..];
        at += end
            + if broken.starts_with("\r\n") {
                2
            } else {
                broken.len().min(1)
            };
        Some(line)
    })
}

/// Rows of lines with blank ones between them.
pub(super) fn blocks<'t>(
    lines: impl Iterator<Item = Line<'t>>,
    is_blank: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Vec<Line<'t>>> {
    let mut lines = lines;
    std::iter::from_fn(move || {
        let first = lines.find(|line| !is_blank(line.text))?;
        let rest = lines.by_ref().take_while(|line| !is_blank(line.text));
        Some(std::iter::once(first).chain(rest).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break() {
        let text = "a\r\nb\rc\n\n d";
        let found: Vec<_> = lines(text).map(|l| (l.at, l.text)).collect();
        assert_eq!(found, [(0, "a"), (3, "b"), (5, "c"), (7, ""), (8, " d")]);
        let found: Vec<usize> = blocks(lines(text), str::is_empty)
            .map(|b| b.len())
            .collect();
        assert_eq!(found, [3, 1]);
    }
}
