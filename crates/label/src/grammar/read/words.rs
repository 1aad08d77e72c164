//! Words that something follows: a list of codes, or parts.

use super::Reader;
use super::entry::Known;

impl Reader<'_, '_> {
    /// A word that a list may follow, and how long it is written.
    pub(super) fn word_with_list(&self, text: &str) -> Option<(Known, usize)> {
        let grammar = self.grammar;
        let form = self.form.at();
        for id in grammar.slots.iter().flat_map(|slot| &slot.with_lists) {
            let word = grammar.word(*id);
            if word.list_before {
                continue;
            }
            let own = [
                Some(&word.written[form]),
                word.title.as_ref().filter(|_| form == 0),
            ];
            let other = [
                Some(&word.written[1 - form]),
                word.title.as_ref().filter(|_| form == 1),
                word.bare.as_ref(),
            ];
            for (nth, written) in own.into_iter().chain(other).enumerate() {
                let Some(written) = written else { continue };
                let follows = |rest: &str| rest.starts_with([' ', ',', ':']);
                if !written.is_empty() && text.strip_prefix(&**written).is_some_and(follows) {
                    let known = if nth < 2 {
                        Known::Word(*id)
                    } else {
                        Known::Meant(*id)
                    };
                    return Some((known, written.len()));
                }
            }
        }
        None
    }

    /// A word that parts may follow, and how long it is written.
    pub(super) fn word_with_parts(&self, text: &str, hint: Option<u8>) -> Option<(Known, usize)> {
        let grammar = self.grammar;
        let form = self.form.at();
        for (sign, of) in self.part_signs(hint) {
            for (length, _) in text.match_indices(sign) {
                let word = &text[..length];
                let own = grammar.written[form].get(word).map(|id| Known::Word(*id));
                let other = || {
                    grammar.written[1 - form]
                        .get(word)
                        .or_else(|| grammar.also.get(word))
                        .map(|id| Known::Meant(*id))
                };
                if let Some(known) = own.or_else(other) {
                    let (Known::Word(id) | Known::Meant(id)) = known;
                    let has = grammar.word(id).has_parts
                        && of.is_none_or(|of| of == grammar.word(id).slot);
                    if has {
                        return Some((known, length));
                    }
                }
            }
        }
        None
    }

    /// The signs that part words and parts, those of the slot that is read first.
    pub(super) fn part_signs(&self, hint: Option<u8>) -> impl Iterator<Item = (&str, Option<u8>)> {
        let own = hint.map(|hint| (&*self.grammar.slot(hint).part_before, None));
        let slots = self.grammar.slots.iter().enumerate();
        own.into_iter().chain(
            slots
                .filter(|(_, slot)| slot.has_parts)
                .map(|(at, slot)| (&*slot.part_before, Some(crate::policy::index(at)))),
        )
    }
}
