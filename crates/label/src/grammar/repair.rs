//! What to write instead of a marking that breaks rules.

use super::fault::BrokenRule;
use super::marking::{Entry, Form, Marking};
use super::{CodeId, Grammar, WordId};
use crate::marking::{MarkingError, MarkingFault};
use crate::policy::Policy;

/// Most rules that a repair keeps one after the other: one more would hide what was written.
const REPAIRS_MAX: usize = 8;

/// Least signs of a word that a nearly equal one is looked for, and most: shorter ones are near too many.
const NEAR_SIGNS: std::ops::RangeInclusive<usize> = 4..=24;

impl Grammar {
    /// The marking changed so that it keeps every rule of a form; `None` if that cannot be told.
    pub(super) fn repaired(&self, mut marking: Marking, form: Form) -> Option<Marking> {
        for _ in 0..REPAIRS_MAX {
            self.replace_short_lists(&mut marking);
            let facts = self.facts_of(&marking);
            let Some(broken) = self.broken(&marking, facts, form).into_iter().next() else {
                return Some(marking);
            };
            let rule = &self.rules[broken.rule];
            let before = marking.clone();
            let mut codes: Vec<CodeId> = Vec::new();
            let mut bare = false;
            marking.entries.retain(|entry| {
                let word = entry
                    .known()
                    .is_some_and(|id| rule.drop.has(self.word(id).fact));
                let dropped = word || rule.drop.has(self.slot(entry.slot).fact);
                if dropped {
                    codes.extend(&entry.codes);
                    bare |= entry.bare;
                }
                !dropped
            });
            for id in &rule.add {
                self.add_word(&mut marking, *id, &codes);
                let added = marking
                    .entries
                    .iter_mut()
                    .find(|entry| entry.known() == Some(*id));
                if let Some(entry) =
                    added.filter(|_| bare && self.word(*id).bare.is_some() && codes.is_empty())
                {
                    entry.bare = true;
                    entry.codes.clear();
                }
            }
            self.settle(&mut marking.entries);
            if marking == before {
                return None;
            }
        }
        None
    }

    /// Adds a word; if it has a list, with these codes and the owners.
    pub(super) fn add_word(&self, marking: &mut Marking, id: WordId, codes: &[CodeId]) {
        let word = self.word(id);
        let mut entry = Entry::of_word(self, id);
        if let Some(list) = word.list.filter(|_| !word.list_optional) {
            let list = self.list(list);
            entry.codes.extend(list.first);
            let owners = codes.iter().chain(&marking.owners).copied();
            let owners = owners.filter(|id| self.code_order(list, *id).is_some());
            entry.codes.extend(owners);
            entry.codes.sort_by(|one, other| {
                self.code_order(list, *one)
                    .cmp(&self.code_order(list, *other))
            });
            entry.codes.dedup();
        }
        marking.entries.push(entry);
        self.settle(&mut marking.entries);
    }

    /// Words whose list is too short give way to the word that says the same.
    fn replace_short_lists(&self, marking: &mut Marking) {
        let mut short = Vec::new();
        marking.entries.retain(|entry| {
            let Some(id) = entry.known() else { return true };
            let word = self.word(id);
            let Some(list) = word.list else { return true };
            let none = word.list_optional && entry.codes.is_empty();
            let fits = entry.bare || none || entry.codes.len() >= self.list(list).least;
            if !fits {
                short.push(word.too_few);
            }
            fits
        });
        for id in short.into_iter().flatten() {
            self.add_word(marking, id, &[]);
        }
    }

    /// The word that a text nearly is, in this form or else in the other: what is a slip in one form is no word of its own
    /// in the other.
    pub(super) fn nearest(&self, text: &str, form: Form) -> Option<WordId> {
        let forms = [form.at(), 1 - form.at()];
        forms
            .into_iter()
            .find_map(|form| self.nearest_in(form, text))
    }

    /// The word of a form that a text nearly is: one sign left out, added, changed, or two exchanged, and no other word as near.
    fn nearest_in(&self, form: usize, text: &str) -> Option<WordId> {
        if !text.is_ascii() || !NEAR_SIGNS.contains(&text.len()) {
            return None;
        }
        let known = &self.written[form];
        let mut near = known
            .iter()
            .filter(|(word, _)| NEAR_SIGNS.contains(&word.len()) && is_near(text, word));
        let (_, id) = near.next()?;
        near.all(|(_, other)| other == id).then_some(*id)
    }
}

/// Whether a text is a word misspelt by one sign, or written with other signs between its words: `TOPSECRET`.
pub(super) fn is_nearly(text: &str, word: &str) -> bool {
    let long = NEAR_SIGNS.contains(&text.len()) && NEAR_SIGNS.contains(&word.len());
    let letters =
        |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
    long && text.is_ascii() && (is_near(text, word) || letters(text) == letters(word))
}

/// Whether one edit makes one text of the other.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    match one.len().cmp(&other.len()) {
        std::cmp::Ordering::Equal => {
            let changed = one.is_empty() || one[1..] == other[1..];
            changed
                || one.len() > 1
                    && one[0] == other[1]
                    && one[1] == other[0]
                    && one[2..] == other[2..]
        }
        std::cmp::Ordering::Less => one == &other[1..],
        std::cmp::Ordering::Greater => &one[1..] == other,
    }
}

impl Grammar {
    /// A marking without any fault, or the first fault with what to write instead.
    pub(crate) fn strict(
        &self,
        policy: &Policy,
        text: &str,
        form: Form,
        retired: bool,
    ) -> Result<Marking, MarkingError> {
        let read = self.read(policy, text, form, retired);
        let Some(fault) = read.faults.into_iter().next() else {
            let marking = read.marking.expect("what was not read has a fault");
            return match self.unlike(&marking, text, form) {
                None => Ok(marking),
                Some(error) => Err(error),
            };
        };
        let repaired = read
            .marking
            .and_then(|marking| self.repaired(marking, form));
        // Nothing is advised that would be refused in its turn.
        let is_right = |text: &String| {
            let read = self.read(policy, text, form, false);
            let right = read.marking.filter(|_| read.faults.is_empty());
            right.is_some_and(|marking| self.unlike(&marking, text, form).is_none())
        };
        let instead = repaired
            .map(|marking| self.written(&marking, form))
            .filter(is_right);
        let broken = BrokenRule {
            rule: fault.rule,
            message: fault.message,
            cites: fault.cites,
            instead,
        };
        Err(MarkingError {
            position: text[..fault.at].chars().count() + 1,
            fault: MarkingFault::Grammar(Box::new(broken)),
        })
    }
}

impl Grammar {
    /// Where a text without faults is still not as its marking is written, words spelled out aside.
    ///
    /// The reader finds what people write wrongly. This finds the rest, so that no two texts are one marking.
    fn unlike(&self, marking: &Marking, text: &str, form: Form) -> Option<MarkingError> {
        let written = self.written(marking, form);
        let spelled = || form == Form::Banner && self.titles().any(|title| text.contains(title));
        if written == text || spelled() {
            return None;
        }
        let same = text
            .chars()
            .zip(written.chars())
            .take_while(|(a, b)| a == b);
        Some(MarkingError {
            position: same.count() + 1,
            fault: MarkingFault::Grammar(Box::new(BrokenRule {
                rule: "canonical".into(),
                message: "this is not how the marking is written".to_owned(),
                cites: self.citation("canonical"),
                instead: Some(written),
            })),
        })
    }

    /// What banners may spell out.
    fn titles(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|word| &word.title);
        let parts = self.parts.iter().map(|part| &part.title);
        let slots = self.slots.iter().map(|slot| &slot.begins_title);
        words
            .chain(parts)
            .chain(slots)
            .flatten()
            .map(|title| &**title)
    }
}

impl Policy {
    /// What is meant by a text that is a marking with faults, written rightly; `None` where that cannot be told.
    ///
    /// For showing beside findings. It is never taken for the marking: what nobody wrote, nobody decided.
    pub fn read_marking_lenient(&self, text: &str, form: Form) -> Option<Marking> {
        let grammar = self.grammar()?;
        crate::marking::check_text(text).ok()?;
        grammar.repaired(grammar.read(self, text, form, false).marking?, form)
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn one_edit_is_near_and_two_are_not() {
        for (one, other) in [
            ("NOFRN", "NOFORN"),
            ("NOFROM", "NOFRON"),
            ("NOFRON", "NOFORN"),
            ("NOFORNN", "NOFORN"),
            ("ORCAN", "ORCON"),
        ] {
            assert!(is_near(one, other), "{one} {other}");
        }
        for (one, other) in [("NOFF", "NOFORN"), ("ABCD", "ORCON"), ("OCRNO", "ORCON")] {
            assert!(!is_near(one, other), "{one} {other}");
        }
    }
}
