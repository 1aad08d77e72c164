//! The order of what was read: slots, entries, parts. What is out of order or twice is a fault, and is put right.

use super::{Reader, shown};
use crate::grammar::Grammar;
use crate::grammar::file::Sort;
use crate::grammar::marking::{Entry, Part, Token};
use std::cmp::Ordering;

/// Words beginning with a digit first, then by signs.
pub(in crate::grammar) fn numbers_first(one: &str, other: &str) -> Ordering {
    let is_word = |text: &str| !text.starts_with(|c: char| c.is_ascii_digit());
    is_word(one)
        .cmp(&is_word(other))
        .then_with(|| one.cmp(other))
}

impl Grammar {
    /// The order of two entries in a marking.
    pub(in crate::grammar) fn entry_order(&self, one: &Entry, other: &Entry) -> Ordering {
        let slots = one.slot.cmp(&other.slot);
        slots.then_with(|| match self.slot(one.slot).sort {
            Sort::Listed => match (&one.word, &other.word) {
                (Token::Known(one), Token::Known(other)) => one.cmp(other),
                (Token::Known(_), Token::Open(_)) => Ordering::Less,
                (Token::Open(_), Token::Known(_)) => Ordering::Greater,
                (Token::Open(one), Token::Open(other)) => numbers_first(one, other),
            },
            Sort::NumbersFirst => numbers_first(self.word_text(one), self.word_text(other)),
        })
    }

    /// The word of an entry as banners write it.
    pub(in crate::grammar) fn word_text<'a>(&'a self, entry: &'a Entry) -> &'a str {
        match &entry.word {
            Token::Known(id) => &self.word(*id).written[0],
            Token::Open(text) => text,
        }
    }

    pub(in crate::grammar) fn part_text<'a>(&'a self, part: &'a Part) -> &'a str {
        match &part.word {
            Token::Known(id) => &self.part(*id).written[0],
            Token::Open(text) => text,
        }
    }

    /// Puts entries in order, those of one word made one.
    pub(in crate::grammar) fn settle(&self, entries: &mut Vec<Entry>) {
        entries.sort_by(|one, other| self.entry_order(one, other));
        let mut settled: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries.drain(..) {
            match settled.last_mut() {
                Some(last) if last.slot == entry.slot && last.word == entry.word => {
                    self.merge(last, entry)
                }
                _ => settled.push(entry),
            }
        }
        *entries = settled;
    }

    /// Puts the codes of an entry in the order of its list.
    pub(in crate::grammar) fn order_codes(&self, entry: &mut Entry) {
        if let Some(list) = entry.known().and_then(|id| self.word(id).list) {
            let list = self.list(list);
            entry.codes.sort_by(|one, other| {
                self.code_order(list, *one)
                    .cmp(&self.code_order(list, *other))
            });
        }
    }

    /// Adds the codes and parts of one entry to another of the same word.
    fn merge(&self, into: &mut Entry, from: Entry) {
        if let Some(list) = into.known().and_then(|id| self.word(id).list) {
            into.codes.extend(from.codes);
            let list = self.list(list);
            into.codes.sort_by(|one, other| {
                self.code_order(list, *one)
                    .cmp(&self.code_order(list, *other))
            });
            into.codes.dedup();
        }
        into.bare |= from.bare;
        for part in from.parts {
            match into.parts.iter_mut().find(|known| known.word == part.word) {
                Some(known) => {
                    known.subs.extend(part.subs);
                    known.subs.sort_by(|one, other| numbers_first(one, other));
                    known.subs.dedup();
                }
                None => into.parts.push(part),
            }
        }
        into.parts
            .sort_by(|one, other| numbers_first(self.part_text(one), self.part_text(other)));
    }
}

impl Reader<'_, '_> {
    /// Notes every entry that stands where the grammar does not put it.
    pub(super) fn put_in_order(&mut self) {
        let grammar = self.grammar;
        let form = self.form;
        let entries = std::mem::take(&mut self.entries);
        let mut settled = true;
        for nth in 1..entries.len() {
            let (before, entry, at) = (&entries[nth - 1], &entries[nth], self.places[nth]);
            let twice = entries[..nth]
                .iter()
                .any(|other| other.slot == entry.slot && other.word == entry.word);
            let order = grammar.entry_order(before, entry);
            if !twice && order == Ordering::Less {
                if before.slot == entry.slot {
                    self.parted(before, entry, at);
                }
                continue;
            }
            settled = false;
            let (text, other) = (
                grammar.entry_text(entry, form),
                grammar.entry_text(before, form),
            );
            let (text, other) = (shown(&text), shown(&other));
            if twice {
                self.fault(at, "duplicate", format!("`{text}` is written already"));
            } else if before.slot == entry.slot {
                self.fault(at, "order", format!("`{text}` stands before `{other}`"));
            } else {
                let (one, says) = (
                    &grammar.slot(entry.slot).says,
                    &grammar.slot(before.slot).says,
                );
                self.fault(
                    at,
                    "order",
                    format!("`{text}` ({one}) stands before every entry of the kind of `{other}` ({says})"),
                );
            }
        }
        self.entries = entries;
        if !settled {
            grammar.settle(&mut self.entries);
        }
        let mut count = 0;
        let mut slot = None;
        for nth in 0..self.entries.len() {
            let of = self.entries[nth].slot;
            count = if slot == Some(of) { count + 1 } else { 1 };
            slot = Some(of);
            if count > grammar.slot(of).most {
                let at = self.places.get(nth).copied().unwrap_or_default();
                let (most, says) = (grammar.slot(of).most, &grammar.slot(of).says);
                self.lost(
                    at,
                    "too-many",
                    format!("at most {most} {says} stands in a marking"),
                );
            }
        }
    }

    /// Entries of one slot are parted by its own sign, not by that of slots.
    fn parted(&mut self, before: &Entry, entry: &Entry, at: usize) {
        let form = self.form.at();
        let slot = self.grammar.slot(entry.slot);
        let between = &*self.grammar.between[form];
        if *slot.before[form] != *between || *slot.entries[form] == *between {
            return;
        }
        if self.text[..at].ends_with(between) && !slot.entries[form].ends_with(between) {
            let (one, other) = (
                self.grammar.entry_text(before, self.form),
                &slot.entries[form],
            );
            let message = format!(
                "`{other}` parts this from `{}`: both are of one kind ({})",
                shown(&one),
                slot.says
            );
            self.fault(at, "separator", message);
        }
    }

    /// Parts of one entry, ascending and each once.
    pub(super) fn parts_in_order(&mut self, mut parts: Vec<Part>, places: &[usize]) -> Vec<Part> {
        let grammar = self.grammar;
        let mut settled = true;
        for nth in 1..parts.len() {
            let (before, part) = (
                grammar.part_text(&parts[nth - 1]),
                grammar.part_text(&parts[nth]),
            );
            if parts[..nth]
                .iter()
                .any(|other| other.word == parts[nth].word)
            {
                self.fault(
                    places[nth],
                    "duplicate",
                    format!("`{}` is written already", shown(part)),
                );
                settled = false;
            } else if numbers_first(before, part) == Ordering::Greater {
                self.fault(
                    places[nth],
                    "order",
                    format!("`{}` stands before `{}`", shown(part), shown(before)),
                );
                settled = false;
            }
        }
        if !settled {
            parts.sort_by(|one, other| {
                numbers_first(grammar.part_text(one), grammar.part_text(other))
            });
            let mut merged: Vec<Part> = Vec::new();
            for part in parts {
                match merged.last_mut() {
                    Some(last) if last.word == part.word => {
                        last.subs.extend(part.subs);
                        last.subs.sort_by(|one, other| numbers_first(one, other));
                        last.subs.dedup();
                    }
                    _ => merged.push(part),
                }
            }
            return merged;
        }
        parts
    }

    /// Parts of a part, ascending and each once.
    pub(super) fn subs_in_order(
        &mut self,
        mut subs: Vec<Box<str>>,
        places: &[usize],
    ) -> Vec<Box<str>> {
        for nth in 1..subs.len() {
            if subs[..nth].contains(&subs[nth]) {
                self.fault(
                    places[nth],
                    "duplicate",
                    format!("`{}` is written already", shown(&subs[nth])),
                );
            } else if numbers_first(&subs[nth - 1], &subs[nth]) == Ordering::Greater {
                let message = format!(
                    "`{}` stands before `{}`",
                    shown(&subs[nth]),
                    shown(&subs[nth - 1])
                );
                self.fault(places[nth], "order", message);
            }
        }
        subs.sort_by(|one, other| numbers_first(one, other));
        subs.dedup();
        subs
    }
}
