//! Markings as text: one way for each form.

use super::file::Side;
use super::marking::{Entry, Form, Marking, Token};
use super::{CodeId, Grammar, ListId};
use crate::policy::Policy;

/// Written in place of the codes of a list that no code is left in. Nobody may write it.
pub(super) const NOBODY: &str = "NOBODY";

impl Marking {
    /// The marking as a line above and below a page: `SECRET//NOFORN`.
    ///
    /// # Panics
    ///
    /// If `policy` is not the one that it was read by.
    pub fn banner(&self, policy: &Policy) -> String {
        self.grammar(policy).written(self, Form::Banner)
    }

    /// The marking as a portion bears it, without parentheses: `S//NF`.
    ///
    /// # Panics
    ///
    /// If `policy` is not the one that it was read by.
    pub fn portion(&self, policy: &Policy) -> String {
        self.grammar(policy).written(self, Form::Portion)
    }
}

impl Grammar {
    /// The one way in which a marking is written in a form.
    pub(super) fn written(&self, marking: &Marking, form: Form) -> String {
        let at = form.at();
        let head = &self.heads[usize::from(marking.head)];
        let mut out = String::with_capacity(64);
        out.push_str(&head.begins[at]);
        let mark = &head.marks[usize::from(marking.mark)].written[at];
        match &head.owners {
            Some(owners) if !marking.owners.is_empty() => {
                let mut text = String::new();
                self.push_codes(&mut text, owners.list, &marking.owners);
                match owners.at {
                    Side::Before => out.extend([&text, " ", mark]),
                    Side::After => out.extend([mark, " ", &text]),
                }
            }
            _ => out.push_str(mark),
        }
        let mut slot = None;
        for entry in &marking.entries {
            let same = slot == Some(entry.slot);
            slot = Some(entry.slot);
            let of = self.slot(entry.slot);
            if same {
                out.push_str(&of.entries[at]);
            } else {
                out.push_str(&of.before[at]);
                out.push_str(&of.begins);
            }
            self.push_entry(&mut out, entry, form);
        }
        out
    }

    /// One entry as it stands in a marking by itself.
    pub(super) fn entry_text(&self, entry: &Entry, form: Form) -> String {
        let mut out = self.slot(entry.slot).begins.to_string();
        self.push_entry(&mut out, entry, form);
        out
    }

    fn push_entry(&self, out: &mut String, entry: &Entry, form: Form) {
        let at = form.at();
        let slot = self.slot(entry.slot);
        match &entry.word {
            Token::Open(text) => out.push_str(text),
            Token::Known(id) => {
                let word = self.word(*id);
                let list = word
                    .list
                    .filter(|_| !(entry.bare || (entry.codes.is_empty() && word.list_optional)));
                if let Some(list) = list.filter(|_| word.list_before) {
                    self.push_codes(out, list, &entry.codes);
                    out.push(' ');
                }
                match &word.bare {
                    Some(bare) if entry.bare => out.push_str(bare),
                    _ => out.push_str(&word.written[at]),
                }
                match list {
                    Some(list) if !word.list_before => {
                        out.push(' ');
                        self.push_codes(out, list, &entry.codes);
                    }
                    _ => {}
                }
            }
        }
        for part in &entry.parts {
            out.push_str(&slot.part_before);
            match &part.word {
                Token::Known(id) => out.push_str(&self.part(*id).written[at]),
                Token::Open(text) => out.push_str(text),
            }
            for sub in &part.subs {
                out.push_str(&slot.sub_before);
                out.push_str(sub);
            }
        }
    }

    fn push_codes(&self, out: &mut String, list: ListId, codes: &[CodeId]) {
        if codes.is_empty() {
            out.push_str(NOBODY);
        }
        for (nth, id) in codes.iter().enumerate() {
            if nth > 0 {
                out.push_str(&self.list(list).between);
            }
            out.push_str(&self.code(*id).text);
        }
    }
}
