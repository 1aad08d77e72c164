//! What a marking means for readers, and how a label is written as one.

use super::marking::{Entry, Marking, Part, Token};
use super::{CodeId, Grammar, Means, WordId};
use crate::label::Label;
use crate::limits::NAME_BYTES_MAX;
use crate::name::Name;
use crate::policy::{CategoryKind, Policy};
use std::collections::{BTreeMap, BTreeSet};

impl Marking {
    /// What the marking asks of readers.
    ///
    /// Words that the policy gives no meaning for readers ask nothing. Codes that stand for several nations count as
    /// these. An abridged list (`REL` alone) admits whom the list must begin with, until [`Policy::expand`] fills it in.
    /// Values need not be keyed: [`Policy::validate`] says so before a label is used in a room.
    ///
    /// # Panics
    ///
    /// If `policy` is not the one that it was read by.
    pub fn label(&self, policy: &Policy) -> Label {
        let grammar = self.grammar(policy);
        let head = &grammar.heads[usize::from(self.head)];
        let mark = &head.marks[usize::from(self.mark)];
        let mut label = Label::of_level(policy.level(mark.level).name().clone());
        for means in head.means.iter().chain(&mark.means) {
            label = with(policy, label, means);
        }
        if let Some(owners) = &head.owners
            && let Some(category) = &grammar.list(owners.list).category
        {
            label = label.with_permissive(category.clone(), grammar.names(&self.owners));
        }
        for entry in &self.entries {
            label = grammar.entry_label(policy, label, entry);
        }
        for entry in &self.entries {
            let Some(id) = entry.known() else { continue };
            for means in &grammar.word(id).alone {
                if !label.permissive().contains_key(&means.0) {
                    label = with(policy, label, means);
                }
            }
        }
        for means in &head.alone {
            if !label.permissive().contains_key(&means.0) {
                label = with(policy, label, means);
            }
        }
        label
    }
}

impl Grammar {
    fn entry_label(&self, policy: &Policy, mut label: Label, entry: &Entry) -> Label {
        if let Some(id) = entry.known() {
            let word = self.word(id);
            for means in &word.means {
                label = with(policy, label, means);
            }
            if let Some(list) = word.list
                && let Some(category) = &self.list(list).category
            {
                let codes: Vec<CodeId> = match entry.bare {
                    true => self.list(list).first.into_iter().collect(),
                    false => entry.codes.clone(),
                };
                if !(codes.is_empty() && word.list_optional) {
                    let mut names = self.names(&codes);
                    names.extend(self.list(list).implies.iter().cloned());
                    label = label.with_permissive(category.clone(), names);
                }
            }
        }
        for part in &entry.parts {
            let Token::Known(id) = &part.word else {
                continue;
            };
            let known = self.part(*id);
            for means in &known.means {
                label = with(policy, label, means);
            }
            if let Some(category) = &known.sub_category {
                for sub in &part.subs {
                    let value = format!(
                        "{}{}{sub}",
                        known.written[0],
                        self.slot(entry.slot).sub_before
                    );
                    label = label.with_restrictive(category.clone(), self.value_name(&value));
                }
            }
        }
        if let Some(category) = &self.slot(entry.slot).category {
            let own = entry
                .known()
                .is_some_and(|id| !self.word(id).means.is_empty());
            for value in self.values_of_entry(entry, !own) {
                let value = self.value_name(&value);
                label = label.with_restrictive(category.clone(), value);
            }
        }
        label
    }

    /// The names of a word with parts: `SI`, `SI-G`, `SI-G ABCD`.
    fn values_of_entry(&self, entry: &Entry, itself: bool) -> Vec<String> {
        let slot = self.slot(entry.slot);
        let word = self.word_text(entry);
        let mut values = Vec::new();
        if itself {
            values.push(word.to_owned());
        }
        for part in &entry.parts {
            let part_name = format!("{word}{}{}", slot.part_before, self.part_text(part));
            values.extend(
                part.subs
                    .iter()
                    .map(|sub| format!("{part_name}{}{sub}", slot.sub_before)),
            );
            values.push(part_name);
        }
        values
    }

    /// The name of a value; what is too long for one is cut. A longer pattern than a name has never asks less, only less
    /// exactly.
    fn value_name(&self, value: &str) -> Name {
        let cut = || value.chars().take(NAME_BYTES_MAX / 4).collect::<String>();
        Name::new(value)
            .or_else(|_| Name::new(cut().trim()))
            .unwrap_or_else(|_| Name::new("unnamed").expect("a name"))
    }

    /// Codes as names of values, groups taken apart.
    fn names(&self, codes: &[CodeId]) -> BTreeSet<Name> {
        let expanded = self.expanded(codes);
        expanded
            .into_iter()
            .map(|id| Name::new(&self.code(id).text).expect("codes were checked as names"))
            .collect()
    }

    /// What a word means, written as either form writes it.
    pub(crate) fn meaning_of_word(&self, text: &str) -> Option<&[Means]> {
        let text = text.to_ascii_uppercase();
        let id = self
            .written
            .iter()
            .find_map(|written| written.get(text.as_str()))?;
        Some(&self.word(*id).means)
    }

    /// The marking that means this label, if the grammar has one: the same label comes of it again.
    pub(crate) fn marking_of(&self, policy: &Policy, label: &Label) -> Option<Marking> {
        if label.levels().len() != 1 {
            return None;
        }
        let level = policy.find_level(label.levels().first()?)?;
        let (head, mark) = self.heads.iter().enumerate().find_map(|(at, head)| {
            let plain =
                head.owners.is_none() && head.means.is_empty() && head.in_form == [true, true];
            let mark = head
                .marks
                .iter()
                .position(|mark| mark.level == level && mark.means.is_empty())?;
            plain.then_some((at, mark))
        })?;
        let mut marking = Marking {
            tag: policy.tag(),
            head: crate::policy::index(head),
            mark: crate::policy::index(mark),
            owners: Vec::new(),
            entries: Vec::new(),
        };
        self.add_values(label, &mut marking);
        self.add_lists(label, &mut marking);
        self.add_words(label, &mut marking);
        self.settle(&mut marking.entries);
        (marking.label(policy) == *label).then_some(marking)
    }

    /// Entries with parts, from the values of their category.
    fn add_values(&self, label: &Label, marking: &mut Marking) {
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(values) = slot
                .category
                .as_ref()
                .and_then(|category| label.restrictive().get(category))
            else {
                continue;
            };
            for value in values {
                if let Some(entry) = self.entry_of_value(crate::policy::index(at), value.as_str()) {
                    marking.entries.push(entry);
                }
            }
        }
        self.settle(&mut marking.entries);
    }

    /// The entry that a value names: a word, a word with a part, or that with a part of its own.
    fn entry_of_value(&self, slot: u8, value: &str) -> Option<Entry> {
        let of = self.slot(slot);
        let (word, rest) = match self.written[0]
            .get(value)
            .filter(|id| self.word(**id).slot == slot)
        {
            Some(id) => (Token::Known(*id), None),
            None => {
                let (word, rest) = value
                    .split_once(&*of.part_before)
                    .map_or((value, None), |(word, rest)| (word, Some(rest)));
                match self.written[0]
                    .get(word)
                    .filter(|id| self.word(**id).slot == slot)
                {
                    Some(id) => (Token::Known(*id), rest),
                    None => (
                        Token::Open(
                            of.open
                                .as_ref()
                                .filter(|open| open.fits(word))
                                .map(|_| word)?
                                .into(),
                        ),
                        rest,
                    ),
                }
            }
        };
        let parts = match rest {
            None => Vec::new(),
            Some(rest) => {
                let listed = match &word {
                    Token::Known(id) => &self.word(*id).parts[..],
                    Token::Open(_) => &[],
                };
                let named = |text: &str| {
                    listed
                        .iter()
                        .copied()
                        .find(|id| *self.part(*id).written[0] == *text)
                };
                let (part, sub) = match named(rest) {
                    Some(_) => (rest, None),
                    None => rest
                        .split_once(&*of.sub_before)
                        .map_or((rest, None), |(part, sub)| (part, Some(sub))),
                };
                let token = named(part).map_or_else(|| Token::Open(part.into()), Token::Known);
                vec![Part {
                    word: token,
                    subs: sub.into_iter().map(Into::into).collect(),
                }]
            }
        };
        Some(Entry {
            slot,
            word,
            codes: Vec::new(),
            parts,
            bare: false,
        })
    }

    /// Words with lists, from permissive categories.
    fn add_lists(&self, label: &Label, marking: &mut Marking) {
        for (category, values) in label.permissive() {
            let implied = |value: &Name| {
                self.lists.iter().any(|list| {
                    list.category.as_ref() == Some(category) && list.implies.contains(value)
                })
            };
            let values: BTreeSet<&Name> = values.iter().filter(|value| !implied(value)).collect();
            let codes: Option<Vec<CodeId>> = values
                .iter()
                .map(|value| self.code_by_text.get(value.as_str()).copied())
                .collect();
            let Some(codes) =
                codes.filter(|codes| !(codes.is_empty() && self.admits_alone(category)))
            else {
                continue;
            };
            let word = self.words.iter().position(|word| {
                word.list
                    .is_some_and(|list| self.list(list).category.as_ref() == Some(category))
            });
            let Some(word) = word.and_then(|at| u16::try_from(at).ok()).map(WordId) else {
                continue;
            };
            let list = self.list(self.word(word).list.expect("a word with a list"));
            let alone = list.first.filter(|first| codes == [*first]);
            if alone.is_some() {
                let only: Vec<Means> = values
                    .iter()
                    .map(|value| (category.clone(), Name::clone(value)))
                    .collect();
                let says_it = self.words.iter().position(|word| word.means == only);
                if let Some(id) = says_it.and_then(|at| u16::try_from(at).ok()).map(WordId) {
                    marking.entries.push(Entry::of_word(self, id));
                    continue;
                }
            }
            let mut entry = Entry::of_word(self, word);
            entry.codes = codes;
            entry.codes.sort_by(|one, other| {
                self.code_order(list, *one)
                    .cmp(&self.code_order(list, *other))
            });
            marking.entries.push(entry);
        }
    }

    /// Whether a head says by itself whom a permissive category admits.
    fn admits_alone(&self, category: &Name) -> bool {
        let mut alone = self.heads.iter().flat_map(|head| &head.alone);
        alone.any(|(of, _)| of == category)
    }

    /// The listed parts of a word that mean values of the label.
    fn parts_said(&self, label: &Label, id: WordId) -> Vec<Part> {
        let word = self.word(id);
        let values = |category: &Name| label.restrictive().get(category).into_iter().flatten();
        let sign = &*self.slot(word.slot).sub_before;
        let mut parts = Vec::new();
        for part_id in &word.parts {
            let part = self.part(*part_id);
            let before = format!("{}{sign}", part.written[0]);
            let subs: Vec<Box<str>> = part
                .sub_category
                .iter()
                .flat_map(values)
                .filter_map(|value| value.as_str().strip_prefix(&before))
                .map(Into::into)
                .collect();
            let said = !part.means.is_empty()
                && part
                    .means
                    .iter()
                    .all(|(category, value)| values(category).any(|known| known == value));
            if said || !subs.is_empty() {
                parts.push(Part {
                    word: Token::Known(*part_id),
                    subs,
                });
            }
        }
        parts
    }

    /// Words that mean values of the label, the strongest of each.
    fn add_words(&self, label: &Label, marking: &mut Marking) {
        let mut left: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
        for (category, values) in label.restrictive().iter().chain(label.informative()) {
            left.entry(category).or_default().extend(values);
        }
        let said = |(category, value): &Means| {
            left.get(category)
                .is_some_and(|values| values.contains(value))
        };
        let fitting: Vec<usize> = (0..self.words.len())
            .filter(|at| {
                let word = &self.words[*at];
                let own = self.slot(word.slot).category.is_some();
                !own && word
                    .list
                    .is_none_or(|list| self.list(list).category.is_none())
                    && !word.means.is_empty()
                    && word.means.iter().all(said)
            })
            .collect();
        for at in &fitting {
            let word = &self.words[*at];
            let beaten = fitting.iter().any(|other| {
                let other = &self.words[*other];
                other.means.len() > word.means.len()
                    && word.means.iter().all(|means| other.means.contains(means))
            });
            let id = u16::try_from(*at).map(WordId);
            if let (false, Ok(id)) = (beaten, id) {
                let mut entry = Entry::of_word(self, id);
                entry.parts = self.parts_said(label, id);
                marking.entries.push(entry);
            }
        }
    }
}

/// A label with one more meaning.
fn with(policy: &Policy, label: Label, (category, value): &Means) -> Label {
    let kind = policy
        .find_category(category)
        .map(|id| policy.category(id).kind());
    let (category, value) = (category.clone(), value.clone());
    match kind.expect("the categories of a grammar were checked") {
        CategoryKind::Restrictive => label.with_restrictive(category, value),
        CategoryKind::Permissive => label.with_permissive(category, BTreeSet::from([value])),
        CategoryKind::Informative => label.with_informative(category, value),
    }
}
