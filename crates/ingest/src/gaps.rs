//! Passages that a text itself says are withheld: `[3 lines not declassified]`.

/// The words that make a bracketed remark a gap.
const MARK: &str = "not declassified";

/// What stands in each pair of brackets that tells of a gap, in the order of the text, without the brackets.
/// Brackets inside brackets: the innermost pair counts.
pub(crate) fn find(text: &str) -> Vec<String> {
    let mut gaps = Vec::new();
    if !text.contains('[') {
        return gaps;
    }
    let mut opened: Option<usize> = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, opened) {
            (b'[', _) => opened = Some(at + 1),
            (b']', Some(start)) => {
                if text[start..at].contains(MARK) {
                    gaps.push(text[start..at].to_owned());
                }
                opened = None;
            }
            _ => {}
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innermost_brackets_count() {
        assert_eq!(
            find("a [3 lines not declassified] b [name not declassified], [sic] ] ["),
            ["3 lines not declassified", "name not declassified"]
        );
        assert_eq!(
            find("[a [1 line not declassified] b not declassified]"),
            ["1 line not declassified"]
        );
        assert!(find("[not declassified").is_empty());
    }
}
