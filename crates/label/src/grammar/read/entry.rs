//! Entries: words with their lists and parts.

use super::head::FORMS;
use super::{Reader, shown};
use crate::grammar::marking::{Entry, Part, Token};
use crate::grammar::pattern::Pattern;
use crate::grammar::repair::is_nearly;
use crate::grammar::{PartId, WordId};

/// What an entry was read as.
pub(super) enum Known {
    /// A word of the form that is read.
    Word(WordId),
    /// A word of the other form, or a spelling that is recognised only.
    Meant(WordId),
}

impl<'g> Reader<'g, '_> {
    /// The entries of one segment.
    pub(super) fn entries_of(&mut self, from: usize, to: usize) {
        let grammar = self.grammar;
        let form = self.form.at();
        let (start, stop) = self.trimmed(from, to);
        let text = self.piece(start, stop);
        if text.is_empty() {
            self.fault(
                from,
                "empty",
                "nothing stands behind this separator".to_owned(),
            );
            return;
        }
        let begun = grammar.slots.iter().enumerate().find_map(|(at, slot)| {
            if slot.begins.is_empty() || slot.before[form] != grammar.between[form] {
                return None;
            }
            let title = slot.begins_title.as_deref().filter(|_| form == 0);
            let length = [Some(&*slot.begins), title]
                .into_iter()
                .flatten()
                .find(|begins| text.starts_with(*begins))?
                .len();
            Some((crate::policy::index(at), length))
        });
        let (slot, skipped) = match begun {
            Some((slot, length)) => (Some(slot), length),
            None => (None, 0),
        };
        let sign = match slot {
            Some(slot) => &*grammar.slot(slot).entries[form],
            None => self.sign_of(text),
        };
        let mut hint = slot;
        let lean = match self.piece(start + skipped, stop).contains(sign.trim()) {
            true if slot.is_none() => self.leaning(self.piece(start + skipped, stop), sign.trim()),
            _ => None,
        };
        for (from, to) in self.pieces(start + skipped, stop, sign) {
            let (from, to) = self.trimmed(from, to);
            if from == to {
                self.fault(
                    from,
                    "empty",
                    format!("nothing stands beside this `{}`", sign.trim()),
                );
                continue;
            }
            let mut from = from;
            // What stands once before the first entry is sometimes written before each.
            if let Some(slot) = slot.filter(|_| from > start + skipped) {
                let begins = &*grammar.slot(slot).begins;
                if self.piece(from, to).starts_with(begins) {
                    let message = format!("`{begins}` is written once, before the first");
                    self.fault(from, "begins-twice", message);
                    from += begins.len();
                }
            }
            if let Some(entry) = self.entry(from, to, hint, lean) {
                let of = entry.slot;
                self.beside(hint, of, from);
                hint.get_or_insert(of);
                self.keep(entry, if from == start + skipped { start } else { from });
            }
        }
    }

    /// Entries of different slots do not share a segment.
    fn beside(&mut self, hint: Option<u8>, of: u8, at: usize) {
        let Some(hint) = hint.filter(|hint| *hint != of) else {
            return;
        };
        let grammar = self.grammar;
        let (one, other) = (&grammar.slot(of).says, &grammar.slot(hint).says);
        let between = &grammar.between[self.form.at()];
        let message =
            format!("entries of two kinds stand together ({other}, {one}): `{between}` parts them");
        self.fault(at, "separator", message);
    }

    /// The sign between the entries of a segment, as its first entry's slot has it.
    fn sign_of(&self, text: &str) -> &'g str {
        let form = self.form.at();
        let grammar = self.grammar;
        let between = &grammar.between[form];
        let of_between = || {
            grammar
                .slots
                .iter()
                .filter(|slot| slot.before[form] == *between)
        };
        let known = of_between().find(|slot| {
            let first = text.split(slot.entries[form].trim()).next().unwrap_or(text);
            self.grammar.written[form]
                .get(first.trim())
                .is_some_and(|id| {
                    self.grammar.slot(self.grammar.word(*id).slot).entries[form]
                        == slot.entries[form]
                })
        });
        known
            .or_else(|| of_between().next())
            .map_or("/", |slot| &slot.entries[form])
    }

    /// A slot that has a separator of its own: the longest of its words that stands there, or what its pattern allows.
    pub(super) fn attached(&mut self, at: usize, before: &str, end: usize) -> usize {
        let grammar = self.grammar;
        let form = self.form.at();
        let from = at + before.len();
        let rest = self.piece(from, end);
        let of_it = |id: &WordId| *grammar.slot(grammar.word(*id).slot).before[form] == *before;
        let longest = grammar.written[form]
            .iter()
            .filter(|(_, id)| of_it(id))
            .filter(|(text, id)| {
                rest.strip_prefix(&***text).is_some_and(|after| {
                    self.is_boundary(after)
                        || after.starts_with(&*grammar.slot(grammar.word(**id).slot).entries[form])
                })
            })
            .max_by_key(|(text, _)| text.len())
            .map(|(text, id)| (text.len(), *id));
        if let Some((length, id)) = longest.filter(|(_, id)| grammar.word(*id).list.is_none()) {
            self.keep(Entry::of_word(grammar, id), from);
            let next = from + length;
            let sign = &*grammar.slot(grammar.word(id).slot).entries[form];
            // Several entries of one slot.
            if sign != before
                && self.piece(next, end).starts_with(sign)
                && !self.piece(next, end).starts_with(&*grammar.between[form])
            {
                return self.attached_more(next + sign.len(), end, grammar.word(id).slot);
            }
            return next;
        }
        let listed = self.word_with_list(rest).map(|(known, _)| match known {
            Known::Word(id) | Known::Meant(id) => id,
        });
        let of_it = listed.filter(of_it).or(longest.map(|(_, id)| id));
        let slot = of_it.map_or_else(
            || {
                let mut slots = grammar.slots.iter();
                let first = slots.position(|slot| *slot.before[form] == *before);
                crate::policy::index(first.unwrap_or_default())
            },
            |id| grammar.word(id).slot,
        );
        self.attached_more(from, end, slot)
    }

    /// What follows in an attached slot up to the next separator, parted by the slot's sign.
    fn attached_more(&mut self, from: usize, end: usize, slot: u8) -> usize {
        let form = self.form.at();
        let to = self.segment_end(from, end).max(from);
        let has_list = !self.grammar.slot(slot).with_lists.is_empty();
        let of = self.grammar.slot(slot);
        // A slot that is nothing but a list: its one word is its separator.
        if let [word] = of.with_lists[..]
            && self.grammar.word(word).written[form].is_empty()
        {
            let list = self.grammar.word(word).list.expect("a word with a list");
            let (codes, _) = self.codes(list, from, to);
            let mut entry = Entry::of_word(self.grammar, word);
            entry.codes = codes;
            self.keep(entry, from);
            return to;
        }
        let sign = self.grammar.slot(slot).entries[form].clone();
        let mut at = from;
        let whole = self.piece(from, to);
        let pieces: Vec<&str> = if has_list {
            vec![whole]
        } else {
            whole.split(&*sign).collect()
        };
        for piece in pieces {
            let (start, stop) = self.trimmed(at, at + piece.len());
            at += piece.len() + sign.len();
            if start == stop {
                self.fault(
                    start,
                    "empty",
                    "nothing stands behind this separator".to_owned(),
                );
            } else if let Some(entry) = self.entry(start, stop, Some(slot), None) {
                self.keep(entry, start);
            }
        }
        to
    }

    /// Keeps an entry and notes what it says.
    fn keep(&mut self, entry: Entry, at: usize) {
        let grammar = self.grammar;
        grammar.facts_of_entry(&entry, |fact| self.facts.push((fact, at)));
        self.entries.push(entry);
        self.places.push(at);
    }

    /// One entry; `None`, with a fault, where it is none.
    fn entry(
        &mut self,
        from: usize,
        to: usize,
        hint: Option<u8>,
        lean: Option<u8>,
    ) -> Option<Entry> {
        let grammar = self.grammar;
        let form = self.form.at();
        let text = self.piece(from, to);
        if form == 1
            && let Some(id) = grammar.bare.get(text).copied()
        {
            let mut entry = Entry::of_word(grammar, id);
            entry.bare = true;
            return Some(entry);
        }
        if let Some(id) = grammar.written[form].get(text).copied() {
            return Some(self.of_word(Known::Word(id), from, from + text.len(), to));
        }
        if form == 0
            && let Some(id) = grammar.bare.get(text).copied()
        {
            let written = &grammar.word(id).written[0];
            let message = format!(
                "`{text}` alone stands in portion marks, for the banner's own list: a banner has `{written}` and the list"
            );
            self.lost(from, "form", message);
            return None;
        }
        if let Some((id, length)) = self.word_behind_list(text) {
            let mut entry = Entry::of_word(grammar, id);
            let list = grammar.word(id).list.expect("a word behind a list has one");
            (entry.codes, _) = self.codes(list, from, to - length - 1);
            return Some(entry);
        }
        if let Some((known, length)) = self.word_with_list(text) {
            return Some(self.of_word(known, from, from + length, to));
        }
        if let Some((known, length)) = self.word_with_parts(text, hint) {
            return Some(self.of_word(known, from, from + length, to));
        }
        if let Some(slot) = hint.filter(|slot| grammar.slot(*slot).open.is_some())
            && let Some(entry) = self.open_entry(slot, from, to)
        {
            return Some(entry);
        }
        let meant = grammar.written[1 - form]
            .get(text)
            .or_else(|| grammar.also.get(text))
            .copied();
        if let Some(id) = meant {
            return Some(self.of_word(Known::Meant(id), from, to, to));
        }
        if let (Some(last), true) = (self.entries.last(), grammar.code_by_text.contains_key(text))
            && let Some(list) = last.known().and_then(|id| grammar.word(id).list)
        {
            let message = format!(
                "`{text}` stands apart from the list before it: codes are parted by `{}`",
                grammar.list(list).between
            );
            // What the list lacked is here.
            let place = self.places.last().copied().unwrap_or_default();
            self.faults
                .retain(|fault| *fault.rule != *"list-least" || fault.at < place);
            self.fault(from, "list-separator", message);
            let (codes, _) = self.codes_loosely(from, to);
            if let Some(last) = self.entries.last_mut() {
                last.codes.extend(codes);
                last.codes.sort_by(|one, other| {
                    grammar
                        .code_order(grammar.list(list), *one)
                        .cmp(&grammar.code_order(grammar.list(list), *other))
                });
                last.codes.dedup();
            }
            return None;
        }
        if hint.is_none()
            && grammar.nearest(text, self.form).is_none()
            && let Some(entry) = self.open_anywhere(from, to, lean)
        {
            return Some(entry);
        }
        self.unknown(from, to, hint)
    }

    /// A code by itself, known to be one.
    fn codes_loosely(&self, from: usize, to: usize) -> (Vec<crate::grammar::CodeId>, bool) {
        let code = self.grammar.code_by_text.get(self.piece(from, to)).copied();
        (code.into_iter().collect(), true)
    }

    /// A known word with what follows it.
    fn of_word(&mut self, known: Known, from: usize, behind: usize, to: usize) -> Entry {
        let grammar = self.grammar;
        let form = self.form.at();
        let id = match known {
            Known::Word(id) => id,
            Known::Meant(id) => {
                let word = grammar.word(id);
                let text = self.piece(from, behind);
                let message =
                    match *word.written[1 - form] == *text || word.title.as_deref() == Some(text) {
                        true => format!(
                            "`{text}` is how {} write it, and {} write `{}`",
                            FORMS[1 - form],
                            FORMS[form],
                            word.written[form]
                        ),
                        false => format!("`{}` is written `{}`", shown(text), word.written[form]),
                    };
                self.fault(from, "form", message);
                id
            }
        };
        let word = grammar.word(id);
        let mut entry = Entry::of_word(grammar, id);
        match word.list {
            Some(list) if behind < to => {
                let rest = self.piece(behind, to);
                let gap = if rest.starts_with(' ') { 1 } else { 0 };
                if gap == 0 {
                    self.fault(
                        behind,
                        "list-separator",
                        format!(
                            "one space stands between `{}` and its list",
                            word.written[form]
                        ),
                    );
                }
                let skip = rest.len() - rest.trim_start_matches([' ', ',', ':']).len();
                let from = if gap == 1 {
                    behind + 1
                } else {
                    behind + skip.max(1)
                };
                (entry.codes, _) = self.codes(list, from, to);
            }
            Some(list) if !word.list_optional => {
                let says = &grammar.slot(word.slot).says;
                let message = format!(
                    "`{}` ({says}) has a list, and none follows",
                    word.written[form]
                );
                self.fault(from, "list-least", message);
                if let (None, Some(fault)) = (word.too_few, self.faults.last_mut()) {
                    fault.lost = true;
                }
                entry.codes.extend(grammar.list(list).first);
            }
            _ => {}
        }
        if word.has_parts {
            entry.parts = self.parts(Some(id), entry.slot, behind, to);
        }
        if word.needs_part && behind == to {
            let message = format!(
                "`{}` stands with a part of it only, as in `{}{}…`",
                word.written[form],
                word.written[form],
                grammar.slot(word.slot).part_before
            );
            self.lost(from, "needs-part", message);
        }
        entry
    }

    /// An entry that no list has, of a slot that allows such.
    fn open_entry(&mut self, slot: u8, from: usize, to: usize) -> Option<Entry> {
        let of = self.grammar.slot(slot);
        let pattern = of.open.as_ref()?;
        let text = self.piece(from, to);
        let length = match of.open_parts {
            Some(_) => text.find(&*of.part_before).unwrap_or(text.len()),
            None => text.len(),
        };
        // What is a word of either form is that word, whatever it looks like.
        let word = &text[..length];
        let listed = |form: usize| self.grammar.written[form].contains_key(word);
        if !pattern.fits(word) || listed(0) || listed(1) {
            return None;
        }
        let parts = self.parts(None, slot, from + length, to);
        Some(Entry {
            slot,
            word: Token::Open(text[..length].into()),
            codes: Vec::new(),
            parts,
            bare: false,
        })
    }

    /// An entry that no list has, where nothing before it says of which slot it is: of a slot whose pattern it fits, if it
    /// may stand alone there, has a part, or stands beside a listed entry.
    fn open_anywhere(&mut self, from: usize, to: usize, lean: Option<u8>) -> Option<Entry> {
        let form = self.form.at();
        let grammar = self.grammar;
        let text = self.piece(from, to);
        let open = grammar.slots.iter().enumerate().filter(|(at, slot)| {
            let shown = slot.open_alone
                || text.contains(&*slot.part_before)
                || lean.is_some_and(|lean| usize::from(lean) == *at);
            shown
                && slot.begins.is_empty()
                && slot.open.is_some()
                && slot.before[form] == grammar.between[form]
        });
        for (slot, _) in open {
            if let Some(entry) = self.open_entry(crate::policy::index(slot), from, to) {
                return Some(entry);
            }
        }
        None
    }

    /// The slot of the first listed entry among pieces.
    fn leaning(&self, text: &str, sign: &str) -> Option<u8> {
        let grammar = self.grammar;
        let written = &grammar.written[self.form.at()];
        text.split(sign).find_map(|piece| {
            let piece = piece.trim();
            let id = written.get(piece).copied().or_else(|| {
                match self.word_with_parts(piece, None)?.0 {
                    Known::Word(id) | Known::Meant(id) => Some(id),
                }
            })?;
            Some(grammar.word(id).slot)
        })
    }

    /// The parts behind a word, each behind its sign.
    fn parts(&mut self, word: Option<WordId>, slot: u8, from: usize, to: usize) -> Vec<Part> {
        let grammar = self.grammar;
        let sign = &*grammar.slot(slot).part_before;
        let mut parts: Vec<Part> = Vec::new();
        let mut places = Vec::new();
        let text = self.piece(from, to);
        let Some(text) = text.strip_prefix(sign) else {
            if !text.is_empty() {
                self.lost(
                    from,
                    "unknown",
                    format!("`{}` is nothing that stands here", shown(text)),
                );
            }
            return parts;
        };
        let mut at = from + sign.len();
        for piece in text.split(sign) {
            if let Some(part) = self.part(word, slot, at, at + piece.len()) {
                parts.push(part);
                places.push(at);
            }
            at += piece.len() + sign.len();
        }
        self.parts_in_order(parts, &places)
    }

    /// One part with its own parts.
    fn part(&mut self, word: Option<WordId>, slot: u8, from: usize, to: usize) -> Option<Part> {
        let grammar = self.grammar;
        let form = self.form.at();
        let sub_sign = &*grammar.slot(slot).sub_before;
        let text = self.piece(from, to);
        if text.is_empty() {
            self.fault(
                from,
                "empty",
                "nothing stands behind this separator".to_owned(),
            );
            return None;
        }
        let known = word.and_then(|id| self.known_part(id, text, sub_sign));
        let (token, length, subs): (_, usize, Option<&Pattern>) = match known {
            Some((id, length, right)) => {
                if !right {
                    let part = grammar.part(id);
                    self.fault(
                        from,
                        "form",
                        format!("{} write `{}` here", FORMS[form], part.written[form]),
                    );
                }
                (Token::Known(id), length, grammar.part(id).subs.as_ref())
            }
            None => {
                let pattern = match word {
                    Some(id) => grammar.word(id).open_parts.as_ref(),
                    None => grammar.slot(slot).open_parts.as_ref(),
                };
                let length = text.find(sub_sign).unwrap_or(text.len());
                if !pattern.is_some_and(|pattern| pattern.fits(&text[..length])) {
                    let says = &grammar.slot(slot).says;
                    let message = format!(
                        "`{}` is no part of this entry ({says})",
                        shown(&text[..length])
                    );
                    self.lost(from, "unknown", message);
                    return None;
                }
                (
                    Token::Open(text[..length].into()),
                    length,
                    grammar.slot(slot).open_subs.as_ref(),
                )
            }
        };
        let subs = self.subs(subs, sub_sign, from + length, to);
        if let Token::Known(id) = &token
            && grammar.part(*id).needs_sub
            && from + length == to
        {
            self.lost(
                from,
                "needs-part",
                format!(
                    "`{}` stands with a part of it only",
                    grammar.part(*id).written[form]
                ),
            );
        }
        Some(Part { word: token, subs })
    }

    /// A listed part at the beginning of a text, how long it is written, and whether as this form writes it.
    fn known_part(
        &self,
        word: WordId,
        text: &str,
        sub_sign: &str,
    ) -> Option<(PartId, usize, bool)> {
        let form = self.form.at();
        let ends = |written: &str| {
            text.strip_prefix(written)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(sub_sign))
        };
        let mut best: Option<(PartId, usize, bool)> = None;
        for id in &self.grammar.word(word).parts {
            let part = self.grammar.part(*id);
            let title = part.title.as_deref();
            let spelled = [
                (Some(&*part.written[form]), true),
                (title.filter(|_| form == 0), true),
                (Some(&*part.written[1 - form]), false),
                (title.filter(|_| form == 1), false),
            ];
            let fitting = spelled.into_iter().find_map(|(written, right)| {
                written
                    .filter(|written| ends(written))
                    .map(|written| (*id, written.len(), right))
            });
            if let Some(fit) = fitting
                && best.is_none_or(|(_, length, _)| fit.1 > length)
            {
                best = Some(fit);
            }
        }
        best
    }

    /// The parts of a part, each behind its sign.
    fn subs(
        &mut self,
        pattern: Option<&Pattern>,
        sign: &str,
        from: usize,
        to: usize,
    ) -> Vec<Box<str>> {
        let mut subs: Vec<Box<str>> = Vec::new();
        let text = self.piece(from, to);
        let Some(text) = text.strip_prefix(sign) else {
            return subs;
        };
        let mut at = from + sign.len();
        let mut places = Vec::new();
        for piece in text.split(sign) {
            if piece.is_empty() {
                self.fault(
                    at,
                    "spacing",
                    "nothing stands between these separators".to_owned(),
                );
            } else if pattern.is_some_and(|pattern| pattern.fits(piece)) {
                subs.push(piece.into());
                places.push(at);
            } else {
                self.lost(
                    at,
                    "unknown",
                    format!("`{}` is nothing that stands here", shown(piece)),
                );
            }
            at += piece.len() + sign.len();
        }
        self.subs_in_order(subs, &places)
    }

    /// Where it stands what a slot's entries are.
    fn slot_citation(&self, hint: Option<u8>) -> std::sync::Arc<str> {
        let own = hint.and_then(|hint| self.grammar.slot(hint).cites.clone());
        own.unwrap_or_else(|| self.grammar.citation("unknown"))
    }

    /// Says that an entry is unknown; gives what was probably meant, if it is nearly a word.
    fn unknown(&mut self, from: usize, to: usize, hint: Option<u8>) -> Option<Entry> {
        let text = self.piece(from, to);
        let says = hint.map_or("marking", |hint| &self.grammar.slot(hint).says);
        let cites = self.slot_citation(hint);
        match self.grammar.nearest(text, self.form) {
            Some(id) => {
                let [banner, portion] = &self.grammar.word(id).written;
                let word = match is_nearly(text, portion) {
                    true => portion,
                    false => banner,
                };
                let message = format!(
                    "`{}` is no {says} of this policy; `{word}` is near it",
                    shown(text)
                );
                self.fault_of(from, "unknown", message, cites);
                let entry = Entry::of_word(self.grammar, id);
                let complete =
                    self.grammar.word(id).list.is_none() && !self.grammar.word(id).needs_part;
                complete.then_some(entry).or_else(|| {
                    self.faults.last_mut()?.lost = true;
                    None
                })
            }
            None => {
                self.fault_of(
                    from,
                    "unknown",
                    format!("`{}` is no {says} of this policy", shown(text)),
                    cites,
                );
                self.faults.last_mut()?.lost = true;
                None
            }
        }
    }
}
