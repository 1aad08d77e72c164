//! What is different between two versions of a text, for people: portion by portion, and word by word within those
//! that changed.
//!
//! What comes out follows from the two texts alone, not from how long it took to compare them: beyond a bound, which is
//! one of size, texts are shown as taken out and put in whole. Nothing here knows of labels: what goes in is what a
//! reader may see of both versions.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::api::WordsChanged;
use crate::limits::{COMPARED_MAX, PAIRED_MAX};

/// A portion of the version before, or of this one, or of both, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Both have it, word for word.
    Same(usize, usize),
    /// Both have it, with other words.
    Changed(usize, usize, Vec<WordsChanged>),
    /// The version before has it alone.
    Removed(usize),
    /// This version has it alone.
    Added(usize),
}

/// Of the words of two portions so many must be the same, in hundredths, for the one to have become the other.
const ALIKE_PERCENT: usize = 50;

/// What changed from one list of portions to another. `T` is what makes a portion the same; `words` gives its text.
pub(crate) fn changes<T: Eq + std::hash::Hash + Ord>(
    before: &[T],
    after: &[T],
    words: impl Fn(&T) -> &str,
) -> Vec<Change> {
    let mut out = Vec::new();
    for op in aligned(before, after) {
        match op {
            Aligned::Same(b, a) => out.extend(b.zip(a).map(|(b, a)| Change::Same(b, a))),
            Aligned::Replaced(b, a) => {
                pair((before, b), (after, a), &words, &mut out);
            }
        }
    }
    out
}

/// Runs of two lists: the same in both, or others.
enum Aligned {
    Same(Range<usize>, Range<usize>),
    Replaced(Range<usize>, Range<usize>),
}

fn aligned<T: Eq + std::hash::Hash + Ord>(before: &[T], after: &[T]) -> Vec<Aligned> {
    let prefix = before.iter().zip(after).take_while(|(b, a)| b == a).count();
    let tail = |list: &[T]| list.len() - prefix;
    let suffix = before[prefix..]
        .iter()
        .rev()
        .zip(after[prefix..].iter().rev())
        .take_while(|(b, a)| b == a)
        .count()
        .min(tail(before))
        .min(tail(after));
    let (b, a) = (prefix..before.len() - suffix, prefix..after.len() - suffix);
    let mut out = vec![Aligned::Same(0..prefix, 0..prefix)];
    if b.len().saturating_mul(a.len()) > COMPARED_MAX {
        out.push(Aligned::Replaced(b.clone(), a.clone()));
    } else {
        let ops = capture_diff_slices(Algorithm::Myers, &before[b.clone()], &after[a.clone()]);
        out.extend(ops.iter().map(|op| {
            let shifted = |range: Range<usize>| range.start + prefix..range.end + prefix;
            let (b, a) = (shifted(op.old_range()), shifted(op.new_range()));
            match op {
                DiffOp::Equal { .. } => Aligned::Same(b, a),
                _ => Aligned::Replaced(b, a),
            }
        }));
    }
    out.push(Aligned::Same(b.end..before.len(), a.end..after.len()));
    out
}

/// Finds, among portions that were replaced, those that became one another: pairs in the order of both that have most
/// words in common, all in all.
fn pair<T>(
    (before, b): (&[T], Range<usize>),
    (after, a): (&[T], Range<usize>),
    words: &impl Fn(&T) -> &str,
    out: &mut Vec<Change>,
) {
    let (rows, columns) = (b.len(), a.len());
    if rows.saturating_mul(columns) > PAIRED_MAX {
        out.extend(b.map(Change::Removed));
        out.extend(a.map(Change::Added));
        return;
    }
    let bags_before: Vec<Bag<'_>> = before[b.clone()]
        .iter()
        .map(|t| Bag::of(words(t)))
        .collect();
    let bags_after: Vec<Bag<'_>> = after[a.clone()].iter().map(|t| Bag::of(words(t))).collect();
    // What pairs from here on have in common at best: `best[r][c]` for the portions from r and from c on.
    let mut best = vec![vec![0_usize; columns + 1]; rows + 1];
    let mut alike = vec![vec![None; columns]; rows];
    for r in (0..rows).rev() {
        for c in (0..columns).rev() {
            alike[r][c] = bags_before[r].alike(&bags_after[c]);
            let paired = alike[r][c].map_or(0, |common| common + best[r + 1][c + 1]);
            best[r][c] = paired.max(best[r + 1][c]).max(best[r][c + 1]);
        }
    }
    let (mut r, mut c) = (0, 0);
    while r < rows || c < columns {
        let here = (r < rows && c < columns).then(|| alike[r][c]).flatten();
        if let Some(common) = here
            && best[r][c] == common + best[r + 1][c + 1]
        {
            let (at_b, at_a) = (b.start + r, a.start + c);
            let words = words_changed(words(&before[at_b]), words(&after[at_a]));
            out.push(Change::Changed(at_b, at_a, words));
            (r, c) = (r + 1, c + 1);
        } else if r < rows && best[r][c] == best[r + 1][c] {
            out.push(Change::Removed(b.start + r));
            r += 1;
        } else {
            out.push(Change::Added(a.start + c));
            c += 1;
        }
    }
}

/// The words of a text, each with how often it occurs.
struct Bag<'a> {
    words: BTreeMap<&'a str, usize>,
    count: usize,
}

impl<'a> Bag<'a> {
    fn of(text: &'a str) -> Self {
        let (mut words, mut count) = (BTreeMap::new(), 0);
        for word in text.split_whitespace() {
            *words.entry(word).or_insert(0) += 1;
            count += 1;
        }
        Self { words, count }
    }
    /// How many words two have in common, if these are enough for one to have become the other.
    fn alike(&self, other: &Self) -> Option<usize> {
        let in_both = |(word, count): (&&str, &usize)| {
            other
                .words
                .get(*word)
                .map_or(0, |there| (*there).min(*count))
        };
        let common: usize = self.words.iter().map(in_both).sum();
        let enough = 2 * common * 100 >= ALIKE_PERCENT * (self.count + other.count);
        (common > 0 && enough).then_some(common)
    }
}

/// What changed from one text to another, word by word.
fn words_changed(before: &str, after: &str) -> Vec<WordsChanged> {
    let (b, a) = (pieces(before), pieces(after));
    let mut out: Vec<WordsChanged> = Vec::new();
    let mut add = |what: &str, words: &[&str]| {
        if words.is_empty() {
            return;
        }
        match out.last_mut() {
            Some(last) if last.what == what => last.text.extend(words.iter().copied()),
            _ => out.push(WordsChanged {
                what: what.to_owned(),
                text: words.concat(),
            }),
        }
    };
    for op in aligned(&b, &a) {
        match op {
            Aligned::Same(_, range) => add("same", &a[range]),
            Aligned::Replaced(old, new) => {
                add("removed", &b[old]);
                add("added", &a[new]);
            }
        }
    }
    out
}

/// Words, each with the white space behind it.
fn pieces(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(before: &[&str], after: &[&str]) -> Vec<Change> {
        changes(before, after, |t| t)
    }

    fn marked(words: &[WordsChanged]) -> String {
        let mark = |w: &WordsChanged| match w.what.as_str() {
            "same" => w.text.clone(),
            "added" => format!("+[{}]", w.text),
            _ => format!("-[{}]", w.text),
        };
        words.iter().map(mark).collect()
    }

    #[test]
    fn a_portion_that_got_other_words_is_paired_and_shown_word_by_word() {
        let changed = of(
            &["The heading", "I said that I would do it.", "He agreed."],
            &[
                "The heading",
                "I never said that I would do it.",
                "A new thing.",
                "He agreed.",
            ],
        );
        let [
            Change::Same(0, 0),
            Change::Changed(1, 1, words),
            Change::Added(2),
            Change::Same(2, 3),
        ] = changed.as_slice()
        else {
            panic!("{changed:?}");
        };
        assert_eq!(marked(words), "I +[never ]said that I would do it.");
    }

    #[test]
    fn what_has_nothing_in_common_is_taken_out_and_put_in() {
        assert_eq!(
            of(&["one two three"], &["four five six"]),
            [Change::Removed(0), Change::Added(0)]
        );
        assert_eq!(of(&[], &[]), []);
        assert_eq!(
            of(&["", "a"], &["a"]),
            [Change::Removed(0), Change::Same(1, 0)]
        );
    }

    #[test]
    fn texts_beyond_the_bounds_are_shown_whole() {
        let many =
            |from: usize| -> Vec<String> { (from..from + 400).map(|n| format!("w{n}")).collect() };
        let (before, after) = (many(0), many(1_000));
        let changed = changes(&before, &after, String::as_str);
        assert_eq!(changed.len(), 800);
        assert!(
            changed[..400]
                .iter()
                .all(|c| matches!(c, Change::Removed(_)))
        );
        let long =
            |from: usize| -> String { (from..from + 6_000).map(|n| format!("w{n} ")).collect() };
        let words = words_changed(
            &format!("same {}", long(0)),
            &format!("same {}", long(9_000)),
        );
        assert_eq!(words.len(), 3);
    }

    proptest! {
        /// Taking what is the same and what was removed gives the version before; what is the same and what was
        /// added, this one: portions and words alike.
        #[test]
        fn both_versions_follow_from_the_changes(
            before in proptest::collection::vec("([a-c] ?){0,6}", 0..12),
            after in proptest::collection::vec("([a-c] ?){0,6}", 0..12),
        ) {
            let (mut old, mut new) = (Vec::new(), Vec::new());
            for change in changes(&before, &after, String::as_str) {
                match change {
                    Change::Same(b, a) => {
                        prop_assert_eq!(&before[b], &after[a]);
                        old.push(before[b].clone());
                        new.push(after[a].clone());
                    }
                    Change::Changed(b, a, words) => {
                        let without = |what: &str| -> String {
                            words.iter().filter(|w| w.what != what).map(|w| w.text.as_str()).collect()
                        };
                        prop_assert_eq!(&without("added"), &before[b]);
                        prop_assert_eq!(&without("removed"), &after[a]);
                        old.push(before[b].clone());
                        new.push(after[a].clone());
                    }
                    Change::Removed(b) => old.push(before[b].clone()),
                    Change::Added(a) => new.push(after[a].clone()),
                }
            }
            prop_assert_eq!(old, before);
            prop_assert_eq!(new, after);
        }
    }
}
