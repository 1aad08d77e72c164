//! From `[grammar]` of a policy to a [`Grammar`]: every name resolved, every spelling with one meaning in each form.

mod codes;

use super::file::{
    CodesEntry, GrammarFile, HeadEntry, ListEntry, OnlyIn, OwnersEntry, PartEntry, PatternEntry,
    SlotEntry, Sort, WordEntry,
};
use super::pattern::Pattern;
use super::{
    Code, CodeId, CodeKind, CodeList, FactId, Facts, Grammar, Head, HeadMark, ListId, Means,
    Owners, PartId, PartWord, Slot, Word, WordId,
};
use crate::limits::{GRAMMAR_FACTS_MAX, GRAMMAR_LISTS_MAX};
use crate::name::{Name, escaped};
use crate::policy::{LevelId, Loader, Policy, PolicyError, PolicyRule, Text};
use std::collections::HashMap;
use std::sync::Arc;

/// What is built, and the names met on the way.
pub(super) struct Building<'a> {
    pub(super) loader: &'a Loader<'a>,
    pub(super) policy: &'a Policy,
    pub(super) grammar: Grammar,
    facts: HashMap<String, FactId>,
    kinds: HashMap<String, u8>,
    lists: HashMap<String, ListId>,
}

/// Reads and checks a grammar. What follows uses what is read before: lists have codes, words have lists, rules have words.
pub(crate) fn load(
    loader: &Loader<'_>,
    policy: &Policy,
    file: GrammarFile,
) -> Result<Grammar, PolicyError> {
    let between: Box<str> = file.between.get_ref().as_str().into();
    if between.is_empty() {
        return Err(loader.refuse(
            &file.between,
            said("`between` is empty: write what parts a marking"),
        ));
    }
    let portion_between = file
        .portion_between
        .as_ref()
        .map_or_else(|| between.clone(), |text| text.get_ref().as_str().into());
    let cites = file
        .cites
        .into_iter()
        .map(|(rule, text)| (rule, Arc::from(text.into_inner())))
        .collect();
    let mut building = Building {
        loader,
        policy,
        grammar: Grammar {
            between: [between, portion_between],
            upper: false,
            cites,
            heads: Vec::new(),
            codes: Vec::new(),
            kinds: Vec::new(),
            code_by_text: HashMap::new(),
            code_also: HashMap::new(),
            lists: Vec::new(),
            slots: Vec::new(),
            words: Vec::new(),
            parts: Vec::new(),
            written: [HashMap::new(), HashMap::new()],
            bare: HashMap::new(),
            also: HashMap::new(),
            fact_names: Vec::new(),
            rules: Vec::new(),
            rollup: None,
            authority: None,
            document: None,
        },
        facts: HashMap::new(),
        kinds: HashMap::new(),
        lists: HashMap::new(),
    };
    for entry in &file.codes {
        building.codes(entry)?;
    }
    for entry in &file.codes {
        building.expansions(entry)?;
    }
    for entry in &file.list {
        building.list(entry)?;
    }
    for entry in &file.head {
        building.head(entry)?;
    }
    for entry in &file.slot {
        building.slot(entry)?;
    }
    building.short_lists(&file.slot)?;
    building.grammar.upper = building.grammar.is_upper();
    for entry in &file.rule {
        let rule = building.rule(entry)?;
        building.grammar.rules.push(rule);
    }
    if let Some(entry) = &file.rollup {
        building.grammar.rollup = Some(building.rollup(entry)?);
    }
    if let Some(entry) = &file.authority {
        building.grammar.authority = Some(building.authority(entry)?);
    }
    if let Some(entry) = &file.document {
        building.grammar.document = Some(building.document(entry)?);
    }
    Ok(building.grammar)
}

/// A fault of a grammar, in words.
pub(super) fn said(what: impl Into<String>) -> PolicyRule {
    PolicyRule::Grammar(what.into())
}

impl Building<'_> {
    pub(super) fn refuse(&self, text: &Text, what: impl Into<String>) -> PolicyError {
        self.loader.refuse(text, said(what))
    }

    /// Gives a fact its name.
    fn fact(&mut self, name: &str, at: &Text) -> Result<FactId, PolicyError> {
        let next = self.grammar.fact_names.len();
        if next == GRAMMAR_FACTS_MAX {
            let what =
                format!("a grammar may name {GRAMMAR_FACTS_MAX} heads, slots, words and parts");
            return Err(self.refuse(at, what));
        }
        let id = FactId(crate::policy::index(next));
        if self.facts.insert(name.to_owned(), id).is_some() {
            return Err(self.refuse(at, format!("`{}` is named twice", escaped(name))));
        }
        self.grammar.fact_names.push(name.into());
        Ok(id)
    }

    /// The fact of this name.
    pub(super) fn find_fact(&self, text: &Text) -> Result<FactId, PolicyError> {
        self.facts.get(text.get_ref()).copied().ok_or_else(|| {
            let name = escaped(text.get_ref());
            self.refuse(
                text,
                format!(
                    "nothing is called `{name}`: write a word as banners write it, a part behind its word, a slot or a head"
                ),
            )
        })
    }

    pub(super) fn find_facts(&self, texts: &[Text]) -> Result<Facts, PolicyError> {
        let mut facts = Facts::default();
        for text in texts {
            facts.insert(self.find_fact(text)?);
        }
        Ok(facts)
    }

    pub(super) fn find_word(&self, text: &Text) -> Result<WordId, PolicyError> {
        let fact = self.find_fact(text)?;
        self.grammar.word_of(fact).ok_or_else(|| {
            self.refuse(
                text,
                format!("`{}` is no word of a slot", escaped(text.get_ref())),
            )
        })
    }

    pub(super) fn find_level(&self, text: &Text) -> Result<LevelId, PolicyError> {
        let name = self.loader.name(text)?;
        self.policy.find_level(&name).ok_or_else(|| {
            self.refuse(
                text,
                format!("the policy has no level `{name}`: write its name as in its [[level]]"),
            )
        })
    }

    /// `Category: Value`, of a category of the policy.
    fn means(&self, texts: &[Text]) -> Result<Vec<Means>, PolicyError> {
        texts
            .iter()
            .map(|text| {
                let (category, value) = text.get_ref().split_once(':').ok_or_else(|| {
                    self.refuse(
                        text,
                        "write `Category: Value`, with a category of this policy",
                    )
                })?;
                let category = self.category(category.trim(), text)?;
                let value = Name::new(value.trim())
                    .map_err(|fault| self.refuse(text, format!("the value: {fault}")))?;
                Ok((category, value))
            })
            .collect()
    }

    fn category(&self, name: &str, at: &Text) -> Result<Name, PolicyError> {
        let known = Name::new(name)
            .ok()
            .filter(|name| self.policy.find_category(name).is_some());
        known.ok_or_else(|| {
            self.refuse(
                at,
                format!(
                    "the policy has no category `{}`: add a [[category]] of that name",
                    escaped(name)
                ),
            )
        })
    }

    fn list(&mut self, entry: &ListEntry) -> Result<(), PolicyError> {
        let id = self.grammar.lists.len();
        if id == GRAMMAR_LISTS_MAX {
            return Err(self.refuse(
                &entry.name,
                format!("a grammar may have {GRAMMAR_LISTS_MAX} lists"),
            ));
        }
        let kinds = entry.codes.iter().map(|text| {
            self.kinds.get(text.get_ref()).copied().ok_or_else(|| {
                self.refuse(
                    text,
                    format!(
                        "no codes are called `{}`: add a [[grammar.codes]]",
                        escaped(text.get_ref())
                    ),
                )
            })
        });
        if entry.between.is_empty() {
            return Err(self.refuse(
                &entry.name,
                "`between` is empty: write what parts its codes",
            ));
        }
        let list = CodeList {
            kinds: kinds.collect::<Result<_, _>>()?,
            between: entry.between.as_str().into(),
            first: entry
                .first
                .as_ref()
                .map(|text| self.find_code(text))
                .transpose()?,
            has: entry
                .has
                .as_ref()
                .map(|text| self.find_code(text))
                .transpose()?,
            never: entry
                .never
                .iter()
                .map(|text| self.find_code(text))
                .collect::<Result<_, _>>()?,
            implies: entry
                .implies
                .iter()
                .map(|text| self.loader.name(text))
                .collect::<Result<_, _>>()?,
            least: usize::from(entry.least.unwrap_or(1)),
            most: usize::from(entry.most.unwrap_or(u16::MAX)),
            category: entry
                .category
                .as_ref()
                .map(|text| self.category(text.get_ref(), text))
                .transpose()?,
            cites: entry
                .cites
                .as_ref()
                .map(|text| text.get_ref().as_str().into()),
        };
        self.grammar.lists.push(list);
        let id = ListId(crate::policy::index(id));
        match self.lists.insert(entry.name.get_ref().clone(), id) {
            None => Ok(()),
            Some(_) => Err(self.refuse(&entry.name, "a list of this name is there already")),
        }
    }

    fn find_list(&self, text: &Text) -> Result<ListId, PolicyError> {
        self.lists.get(text.get_ref()).copied().ok_or_else(|| {
            self.refuse(
                text,
                format!(
                    "no list is called `{}`: add a [[grammar.list]]",
                    escaped(text.get_ref())
                ),
            )
        })
    }

    fn head(&mut self, entry: &HeadEntry) -> Result<(), PolicyError> {
        let fact = self.fact(entry.name.get_ref(), &entry.name)?;
        let begins: Box<str> = entry.begins.as_deref().unwrap_or_default().into();
        let portion_begins = entry
            .portion_begins
            .as_deref()
            .map_or_else(|| begins.clone(), Into::into);
        let owners = match &entry.owners {
            None => None,
            Some(OwnersEntry {
                list,
                at,
                portion_may_omit,
            }) => Some(Owners {
                list: self.find_list(list)?,
                at: *at,
                portion_may_omit: *portion_may_omit,
            }),
        };
        let mut marks = Vec::new();
        for text in &entry.levels {
            let id = self.find_level(text)?;
            let level = self.policy.level(id);
            marks.push(HeadMark {
                written: [level.banner.as_str().into(), level.portion.as_str().into()],
                level: id,
                means: Vec::new(),
            });
        }
        for mark in &entry.marks {
            let portion = mark.portion.as_ref().unwrap_or(&mark.banner);
            marks.push(HeadMark {
                written: [
                    mark.banner.get_ref().as_str().into(),
                    portion.get_ref().as_str().into(),
                ],
                level: self.find_level(&mark.level)?,
                means: self.means(&mark.means)?,
            });
        }
        if marks.is_empty() || marks.len() > usize::from(u8::MAX) {
            return Err(self.refuse(
                &entry.name,
                "a head has 1 to 255 levels or marks: list some",
            ));
        }
        for form in 0..2 {
            for (nth, mark) in marks.iter().enumerate() {
                let again = marks[..nth]
                    .iter()
                    .any(|other| other.written[form] == mark.written[form]);
                if again || mark.written[form].is_empty() {
                    let what = format!(
                        "`{}` stands for two levels in this head, or for none",
                        mark.written[form]
                    );
                    return Err(self.refuse(&entry.name, what));
                }
            }
        }
        let means = self.means(&entry.means)?;
        let alone = self.means(&entry.alone)?;
        self.grammar.heads.push(Head {
            begins: [begins, portion_begins],
            in_form: [
                entry.only != Some(OnlyIn::Portion),
                entry.only != Some(OnlyIn::Banner),
            ],
            marks,
            owners,
            means,
            alone,
            fact,
        });
        Ok(())
    }

    fn pattern(
        &self,
        entry: Option<&PatternEntry>,
        at: &Text,
    ) -> Result<Option<Pattern>, PolicyError> {
        entry
            .map(|entry| {
                Pattern::new(entry).ok_or_else(|| {
                    self.refuse(
                        at,
                        "nothing is of this pattern: `least` is 1 or more, `most` not less",
                    )
                })
            })
            .transpose()
    }

    fn slot(&mut self, entry: &SlotEntry) -> Result<(), PolicyError> {
        let fact = self.fact(entry.name.get_ref(), &entry.name)?;
        let pair = |banner: Option<&String>,
                    portion: Option<&String>,
                    default: &[Box<str>; 2]|
         -> [Box<str>; 2] {
            let first = banner.map_or_else(|| default[0].clone(), |text| text.as_str().into());
            let second = portion
                .or(banner)
                .map_or_else(|| default[1].clone(), |text| text.as_str().into());
            [first, second]
        };
        let id = crate::policy::index(self.grammar.slots.len());
        let slot = Slot {
            name: entry.name.get_ref().as_str().into(),
            says: entry.says.as_str().into(),
            cites: entry
                .cites
                .as_ref()
                .map(|text| text.get_ref().as_str().into()),
            before: pair(
                entry.before.as_ref(),
                entry.portion_before.as_ref(),
                &self.grammar.between,
            ),
            entries: pair(
                entry.entries.as_ref(),
                entry.portion_entries.as_ref(),
                &["/".into(), "/".into()],
            ),
            begins: entry.begins.as_deref().unwrap_or_default().into(),
            begins_title: entry.begins_title.as_deref().map(Into::into),
            sort: entry.sort.unwrap_or(Sort::Listed),
            category: entry
                .category
                .as_ref()
                .map(|text| self.category(text.get_ref(), text))
                .transpose()?,
            open: self.pattern(entry.open.as_ref(), &entry.name)?,
            open_alone: entry.open_alone.unwrap_or(true),
            has_parts: entry.open_parts.is_some()
                || entry.words.iter().any(|word| !word.parts.is_empty()),
            open_parts: self.pattern(entry.open_parts.as_ref(), &entry.name)?,
            open_subs: self.pattern(entry.open_subs.as_ref(), &entry.name)?,
            part_before: entry.part_before.as_deref().unwrap_or("-").into(),
            sub_before: entry.sub_before.as_deref().unwrap_or(" ").into(),
            most: usize::from(entry.most.unwrap_or(u16::MAX)),
            fact,
            with_lists: Vec::new(),
        };
        let empty = [
            &slot.before[0],
            &slot.before[1],
            &slot.entries[0],
            &slot.entries[1],
            &slot.part_before,
            &slot.sub_before,
        ];
        if empty.into_iter().any(|sign| sign.is_empty()) {
            return Err(self.refuse(
                &entry.name,
                "a separator of this slot is empty: write the sign, or leave the key out",
            ));
        }
        self.grammar.slots.push(slot);
        for word in &entry.words {
            self.word(id, entry, word)?;
        }
        Ok(())
    }

    fn word(&mut self, slot: u8, of: &SlotEntry, entry: &WordEntry) -> Result<(), PolicyError> {
        let banner = entry.banner.get_ref().as_str();
        let portion = entry
            .portion
            .as_ref()
            .unwrap_or(&entry.banner)
            .get_ref()
            .as_str();
        let fact = self.fact(banner, &entry.banner)?;
        let id = WordId(
            u16::try_from(self.grammar.words.len()).expect("there are fewer words than facts"),
        );
        let list = entry
            .list
            .as_ref()
            .map(|text| self.find_list(text))
            .transpose()?;
        let open_parts = match (&entry.open_parts, entry.listed_only) {
            (_, true) => None,
            (Some(own), false) => self.pattern(Some(own), &entry.banner)?,
            (None, false) => self.grammar.slot(slot).open_parts.clone(),
        };
        let mut parts = Vec::new();
        for part in &entry.parts {
            parts.push(self.part(slot, banner, part)?);
        }
        let sign = self.grammar.slot(slot).part_before.clone();
        let open_fact = match &open_parts {
            Some(_) => Some(self.fact(&format!("{banner}{sign}*"), &entry.banner)?),
            None => None,
        };
        let alone_fact = match entry.list_optional {
            true => Some(self.fact(&format!("{banner} alone"), &entry.banner)?),
            false => None,
        };
        let word = Word {
            slot,
            written: [banner.into(), portion.into()],
            title: entry
                .title
                .as_ref()
                .map(|text| text.get_ref().as_str().into()),
            bare: entry
                .bare
                .as_ref()
                .map(|text| text.get_ref().as_str().into()),
            list,
            list_before: entry.list_before,
            list_optional: entry.list_optional,
            means: self.means(&entry.means)?,
            alone: self.means(&entry.alone)?,
            too_few: None,
            has_parts: open_parts.is_some() || !parts.is_empty(),
            parts,
            open_parts,
            needs_part: entry.needs_part,
            fact,
            open_fact,
            alone_fact,
        };
        if word.needs_part && !word.has_parts {
            return Err(self.refuse(
                &entry.banner,
                "it stands with a part only, and may have none: list parts, or say which are open",
            ));
        }
        if of.category.is_none() && word.open_parts.is_some() {
            return Err(self.refuse(
                &of.name,
                "its words have open parts: say whose values they are with `category`",
            ));
        }
        self.claim(0, banner, id, &entry.banner)?;
        self.claim(1, portion, id, &entry.banner)?;
        if let Some(title) = &entry.title
            && title.get_ref() != banner
        {
            self.claim(0, title.get_ref(), id, title)?;
        }
        if let Some(bare) = &entry.bare {
            self.grammar.bare.insert(bare.get_ref().as_str().into(), id);
        }
        for text in &entry.also {
            self.grammar
                .also
                .insert(text.get_ref().to_uppercase().into(), id);
        }
        if list.is_some() {
            self.grammar.slots[usize::from(slot)].with_lists.push(id);
        }
        self.grammar.words.push(word);
        Ok(())
    }

    /// The words that stand in for lists that are too short, once every word is known.
    fn short_lists(&mut self, slots: &[SlotEntry]) -> Result<(), PolicyError> {
        for entry in slots.iter().flat_map(|slot| &slot.words) {
            if let Some(text) = &entry.too_few {
                let (WordId(of), instead) = (self.find_word(&entry.banner)?, self.find_word(text)?);
                self.grammar.words[usize::from(of)].too_few = Some(instead);
            }
        }
        Ok(())
    }

    /// Keeps what one form writes to one word.
    fn claim(&mut self, form: usize, text: &str, id: WordId, at: &Text) -> Result<(), PolicyError> {
        if text.is_empty() {
            return Err(self.refuse(at, "a word is empty: write it, or leave the key out"));
        }
        match self.grammar.written[form].insert(text.into(), id) {
            None => Ok(()),
            Some(_) => Err(self.refuse(
                at,
                format!("`{}` has a meaning in this form already", escaped(text)),
            )),
        }
    }

    fn part(&mut self, slot: u8, word: &str, entry: &PartEntry) -> Result<PartId, PolicyError> {
        let banner = entry.banner.get_ref().as_str();
        let portion = entry
            .portion
            .as_ref()
            .unwrap_or(&entry.banner)
            .get_ref()
            .as_str();
        let name = format!("{word}{}{banner}", self.grammar.slot(slot).part_before);
        let fact = self.fact(&name, &entry.banner)?;
        let sub_fact = self.fact(&format!("{name} *"), &entry.banner)?;
        let subs = match (&entry.subs, entry.no_subs) {
            (_, true) => None,
            (Some(own), false) => self.pattern(Some(own), &entry.banner)?,
            (None, false) => self.grammar.slot(slot).open_subs.clone(),
        };
        let id = PartId(
            u16::try_from(self.grammar.parts.len()).expect("there are fewer parts than facts"),
        );
        self.grammar.parts.push(PartWord {
            written: [banner.into(), portion.into()],
            title: entry
                .title
                .as_ref()
                .map(|text| text.get_ref().as_str().into()),
            needs_sub: entry.needs_sub && subs.is_some(),
            subs,
            means: self.means(&entry.means)?,
            sub_category: entry
                .sub_category
                .as_ref()
                .map(|text| self.category(text.get_ref(), text))
                .transpose()?,
            fact,
            sub_fact,
        });
        Ok(id)
    }
}

impl Grammar {
    /// Whether all that it writes is without small letters.
    fn is_upper(&self) -> bool {
        let heads = self.heads.iter().flat_map(|head| {
            let marks = head.marks.iter().flat_map(|mark| &mark.written);
            head.begins.iter().chain(marks)
        });
        let words = self.words.iter().flat_map(|word| &word.written);
        let slots = self
            .slots
            .iter()
            .flat_map(|slot| slot.before.iter().chain(&slot.entries));
        let texts = heads.chain(words).chain(slots).map(|text| &**text);
        let codes = self.codes.iter().map(|code| &*code.text);
        !texts
            .chain(codes)
            .any(|text| text.contains(|c: char| c.is_ascii_lowercase()))
    }
}
