//! The pieces of a segment: where its entries stand, and a word behind its list.

use super::Reader;
use crate::grammar::WordId;

impl Reader<'_, '_> {
    /// Where the entries of a segment stand, by the sign between them; without white space that belongs to the sign.
    pub(super) fn pieces(&mut self, from: usize, to: usize, sign: &str) -> Vec<(usize, usize)> {
        let text = self.piece(from, to);
        let known = &self.grammar.written[self.form.at()];
        let one = self.word_behind_list(text).is_some();
        if one && !text.split(sign).any(|piece| known.contains_key(piece)) {
            return vec![(from, to)];
        }
        let bare = match sign.trim() {
            "" => sign,
            bare => bare,
        };
        let (ahead, behind) = sign.split_once(bare).unwrap_or_default();
        let mut pieces = Vec::new();
        let mut at = from;
        for piece in text.split(bare) {
            let (mut start, mut stop) = (at, at + piece.len());
            at = stop + bare.len();
            let (first, last) = (start == from, stop == to);
            let tight = !(first || piece.starts_with(behind)) || !(last || piece.ends_with(ahead));
            if tight && !piece.trim().is_empty() {
                self.fault(
                    start,
                    "separator",
                    format!("`{sign}` parts entries of one kind"),
                );
            } else if !tight && !piece.trim().is_empty() {
                start += if first { 0 } else { behind.len() };
                stop -= if last { 0 } else { ahead.len() };
            }
            pieces.push((start, stop));
        }
        pieces
    }

    /// A word that stands behind its list, and how long it is written.
    pub(super) fn word_behind_list(&self, text: &str) -> Option<(WordId, usize)> {
        let grammar = self.grammar;
        let form = self.form.at();
        let words = grammar.slots.iter().flat_map(|slot| &slot.with_lists);
        words.copied().find_map(|id| {
            let written = &*grammar.word(id).written[form];
            let before = text.strip_suffix(written)?.strip_suffix(' ')?;
            let stands = grammar.word(id).list_before && !before.trim().is_empty();
            stands.then_some((id, written.len()))
        })
    }
}
