//! Reading a marking: what is meant, and every fault of how it is written.
//!
//! The reader goes once from left to right. A fault does not stop it while it can be told what is meant; what it read is
//! then put in order, so that a repair can be offered. A text without faults is canonical, or spells words out where the
//! policy allows it.

mod entry;
mod head;
mod list;
mod order;
mod pieces;
mod words;

use super::fault::Fault;
use super::marking::{Entry, Form, Marking};
use super::{FactId, Facts, Grammar};
use crate::policy::Policy;
use std::borrow::Cow;
use std::sync::Arc;

/// What was read: a marking, unless it cannot be told what is meant, and the faults of the text.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) marking: Option<Marking>,
    /// By where they stand.
    pub(super) faults: Vec<Fault>,
}

/// A reading under way. Offsets are bytes of `text`.
struct Reader<'g, 't> {
    grammar: &'g Grammar,
    text: &'t str,
    form: Form,
    faults: Vec<Fault>,
    entries: Vec<Entry>,
    /// Where each entry stands.
    places: Vec<usize>,
    /// Where each fact is written.
    facts: Vec<(FactId, usize)>,
    /// Words that are retired may stand.
    retired: bool,
}

impl Grammar {
    /// Reads a text in a form.
    pub(super) fn read(&self, policy: &Policy, text: &str, form: Form, retired: bool) -> Read {
        let upper = match text.bytes().position(|c| c.is_ascii_lowercase()) {
            Some(at) if self.upper => Some((at, text.to_ascii_uppercase())),
            _ => None,
        };
        let (shown, lower): (Cow<'_, str>, _) = match upper {
            Some((at, upper)) => (upper.into(), Some(at)),
            None => (text.into(), None),
        };
        let mut reader = Reader {
            grammar: self,
            text: &shown,
            form,
            faults: Vec::new(),
            entries: Vec::with_capacity(4),
            places: Vec::with_capacity(4),
            facts: Vec::with_capacity(16),
            retired,
        };
        if let Some(at) = lower {
            reader.fault(
                at,
                "case",
                "markings are written in capital letters".to_owned(),
            );
        }
        let marking = reader.marking(policy);
        let mut faults = reader.faults;
        // Where order and meaning fail together, the meaning is what the writer must think about.
        let of_order = |rule: &str| matches!(rule, "order" | "separator");
        faults.sort_by_key(|fault| (fault.at, of_order(&fault.rule)));
        let lost = faults.iter().any(|fault| fault.lost);
        Read {
            marking: marking.filter(|_| !lost),
            faults,
        }
    }
}

impl<'t> Reader<'_, 't> {
    fn fault(&mut self, at: usize, rule: &str, message: String) {
        let cites = self.grammar.citation(rule);
        self.fault_of(at, rule, message, cites);
    }

    /// A fault of what a slot or list has a citation of its own for.
    fn fault_of(&mut self, at: usize, rule: &str, message: String, cites: Arc<str>) {
        self.faults.push(Fault {
            at,
            rule: rule.into(),
            message,
            cites,
            lost: false,
        });
    }

    /// A fault behind which it cannot be told what is meant.
    fn lost(&mut self, at: usize, rule: &str, message: String) {
        self.fault(at, rule, message);
        if let Some(fault) = self.faults.last_mut() {
            fault.lost = true;
        }
    }

    /// The whole text. `None` where the head cannot be read.
    fn marking(&mut self, policy: &Policy) -> Option<Marking> {
        let trimmed = self.text.trim();
        let start = self.text.len() - self.text.trim_start().len();
        if trimmed.is_empty() {
            self.lost(
                0,
                "empty",
                "nothing is written here: a marking begins with a level".to_owned(),
            );
            return None;
        }
        if start > 0 {
            self.fault(
                0,
                "spacing",
                "white space stands before the marking".to_owned(),
            );
        }
        let end = start + trimmed.len();
        if end < self.text.len() {
            self.fault(
                end,
                "spacing",
                "white space stands behind the marking".to_owned(),
            );
        }
        let (head, mark, owners, mut at) = self.head(start, end)?;
        while at < end {
            at = self.segment(at, end);
        }
        self.put_in_order();
        let marking = Marking {
            tag: policy.tag(),
            head,
            mark,
            owners,
            entries: std::mem::take(&mut self.entries),
        };
        self.ask_rules(&marking);
        Some(marking)
    }

    /// What goes with what, each fault at the word that offends.
    fn ask_rules(&mut self, marking: &Marking) {
        let mut facts = Facts::default();
        for (fact, _) in &self.facts {
            facts.insert(*fact);
        }
        for broken in self.grammar.broken(marking, facts, self.form) {
            let rule = &self.grammar.rules[broken.rule];
            if rule.retired && self.retired {
                continue;
            }
            let first = |facts: Facts| {
                let named = self.facts.iter().filter(|(fact, _)| facts.has(*fact));
                named.map(|(_, at)| *at).min().unwrap_or(0)
            };
            // Of two that exclude each other, the second is one too many.
            let place = first(broken.at).max(first(broken.beside));
            self.faults.push(Fault {
                at: place,
                rule: rule.rule.clone(),
                message: rule.says.to_string(),
                cites: rule.cites.clone(),
                lost: false,
            });
        }
    }

    /// One separator and what stands behind it, up to the next; gives where that begins.
    fn segment(&mut self, at: usize, end: usize) -> usize {
        let grammar = self.grammar;
        let form = self.form.at();
        let rest = &self.text[at..end];
        let own = grammar
            .slots
            .iter()
            .map(|slot| &*slot.before[form])
            .filter(|before| *before != &*grammar.between[form] && rest.starts_with(*before))
            .max_by_key(|before| before.len());
        let between = &*grammar.between[form];
        match own {
            Some(before) if !rest.starts_with(between) || before.len() > between.len() => {
                self.attached(at, before, end)
            }
            _ if rest.starts_with(between) => {
                let from = at + between.len();
                let to = self.segment_end(from, end);
                self.entries_of(from, to);
                to
            }
            _ => {
                // Something else than a separator: white space around one, or half of one.
                let sign = between.trim();
                let blank = rest.len() - rest.trim_start().len();
                if blank > 0 && rest.trim_start().starts_with(sign) {
                    self.fault(at, "spacing", format!("white space stands before `{sign}`"));
                    let from = at + blank + sign.len();
                    let to = self.segment_end(from, end);
                    self.entries_of(from, to);
                    return to;
                }
                let half = sign
                    .chars()
                    .next()
                    .filter(|c| rest.trim_start().starts_with(*c));
                match half {
                    Some(half) => {
                        let message = format!("categories of a marking are parted by `{between}`");
                        self.fault(at + blank, "separator", message);
                        let from = at + blank + half.len_utf8();
                        let to = self.segment_end(from, end);
                        self.entries_of(from, to);
                        to
                    }
                    None => {
                        let sign = rest.trim_start_matches(char::is_alphanumeric);
                        let skipped = rest.len()
                            - rest
                                .trim_start_matches(|c: char| !c.is_alphanumeric())
                                .len();
                        let message = format!("categories of a marking are parted by `{between}`");
                        if sign.len() < rest.len() || skipped == rest.len() {
                            self.lost(at, "separator", message);
                            return end;
                        }
                        self.fault(at, "separator", message);
                        let from = at + skipped;
                        let to = self.segment_end(from, end);
                        self.entries_of(from, to);
                        to
                    }
                }
            }
        }
    }

    /// Where what begins at `from` ends: at the next separator of any kind that stands apart.
    fn segment_end(&self, from: usize, end: usize) -> usize {
        let grammar = self.grammar;
        let form = self.form.at();
        let rest = &self.text[from..end];
        let between = grammar.between[form].trim();
        let mut found = rest.find(if between.is_empty() {
            &*grammar.between[form]
        } else {
            between
        });
        if !grammar.between[form].starts_with(between) {
            // The separator has white space before it, which belongs to it.
            found = rest.find(&*grammar.between[form]).or(found);
        }
        for slot in &grammar.slots {
            let before = &*slot.before[form];
            if before.len() > 1 && before != &*grammar.between[form] {
                found = match (found, rest.find(before)) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
        }
        found.map_or(end, |length| from + length)
    }

    /// Where a piece begins and ends without white space around it; white space is a fault.
    fn trimmed(&mut self, from: usize, to: usize) -> (usize, usize) {
        let piece = &self.text[from..to];
        let start = from + (piece.len() - piece.trim_start().len());
        let stop = start + piece.trim().len();
        if start > from && start < to {
            self.fault(from, "spacing", "no white space stands here".to_owned());
        }
        if stop < to && start < to {
            self.fault(stop, "spacing", "no white space stands here".to_owned());
        }
        (start, stop.max(start))
    }

    fn piece(&self, from: usize, to: usize) -> &'t str {
        &self.text[from..to]
    }
}

/// A stranger's text as a message repeats it.
pub(super) fn shown(text: &str) -> String {
    crate::name::escaped(text)
}
