//! Markings as an edited volume prints them beside a record: a level, and captions of every sort.

use super::HANDLING;
use super::error::{MarkingError, MarkingFault};
use crate::label::{CategorySets, Label, narrow};
use crate::name::{Name, escaped};
use crate::policy::{CategoryKind, Meaning, Policy, fold};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Most pieces of one caption that are read; printed ones have up to three.
const PIECES_MAX: usize = 16;

/// Most words of a spelling that is looked for inside other words; the longest of the bundled policy has ten.
const MENTION_WORDS_MAX: usize = 12;

/// What a printed marking means. The printed words themselves are the caller's to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrintedMarking {
    /// The level; `None` where none is printed, or where it is printed that there is none.
    pub level: Option<Name>,
    /// The captions, or pieces of captions, that say how to handle the paper, as printed and in their order.
    pub handling: Vec<String>,
    restrictive: CategorySets,
    permissive: CategorySets,
    informative: CategorySets,
}

/// A printed level or caption that the policy does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnknownCaption {
    /// What stands in the level's place.
    Level(String),
    /// What stands among the captions: the whole caption as printed.
    Caption(String),
}

/// What a caption that the policy does not know is to be treated as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownAs {
    /// As this restrictive value: every reader must hold it.
    Value {
        /// The category.
        category: Name,
        /// The value.
        value: Name,
    },
    /// As a word of handling: it asks nothing of a reader.
    Handling,
}

impl PrintedMarking {
    /// The label, if a level is printed.
    pub fn label(&self) -> Option<Label> {
        self.level
            .clone()
            .map(|level| self.add_to(Label::of_level(level)))
    }

    /// The label with what `unmarked_as` adds where no level is printed: captions printed without a level still count.
    pub fn label_or(&self, unmarked_as: &Label) -> Label {
        self.label()
            .unwrap_or_else(|| self.add_to(unmarked_as.clone()))
    }

    /// Whether a caption printed asks something of readers, whatever the level.
    pub fn has_categories(&self) -> bool {
        !(self.restrictive.is_empty() && self.permissive.is_empty() && self.informative.is_empty())
    }

    fn add_to(&self, mut label: Label) -> Label {
        for (category, values) in &self.restrictive {
            for value in values {
                label = label.with_restrictive(category.clone(), value.clone());
            }
        }
        for (category, values) in &self.permissive {
            label = label.with_permissive(category.clone(), values.clone());
        }
        for (category, values) in &self.informative {
            for value in values {
                label = label.with_informative(category.clone(), value.clone());
            }
        }
        label
    }
}

impl UnknownCaption {
    /// The words as printed.
    pub fn text(&self) -> &str {
        match self {
            Self::Level(text) | Self::Caption(text) => text,
        }
    }
}

impl fmt::Display for UnknownCaption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(text) => write!(f, "the policy has no level `{}`", escaped(text)),
            Self::Caption(text) => write!(f, "the policy knows no caption `{}`", escaped(text)),
        }
    }
}

impl UnknownAs {
    /// Reads `handling`, or the spelling of one restrictive value.
    ///
    /// # Errors
    ///
    /// If it is neither.
    pub fn parse(policy: &Policy, text: &str) -> Result<Self, MarkingError> {
        if fold(text) == HANDLING {
            return Ok(Self::Handling);
        }
        let meanings = policy.read_part(text.trim(), 1)?;
        if let [Meaning::Value(id)] = meanings[..] {
            let value = policy.value(id);
            let category = policy.category(value.category);
            if category.kind == CategoryKind::Restrictive {
                return Ok(Self::Value {
                    category: category.name.clone(),
                    value: value.name.clone(),
                });
            }
        }
        Err(MarkingError {
            position: 1,
            fault: MarkingFault::NotRestrictive {
                text: escaped(text),
            },
        })
    }
}

impl Policy {
    /// Reads a marking as printed beside a record: its level, if any, the captions, and the accounts that run on from
    /// them.
    ///
    /// A caption is looked up whole, then by the pieces that `/`, `,`, `:`, a dash or a bracket part, the longest known
    /// run first, so that `Nodis/Limdis` counts as both; a restrictive value that is a piece of a longer run counts
    /// besides the run. Every piece must be known, or the caption is unknown. What is unknown counts as `unknown_as`,
    /// where that is given, and an unknown level never does.
    ///
    /// An account is prose: "for the President's eyes only", "Repeated to Bonn". No word of it need be known, and every
    /// caption that it mentions counts. So does every one mentioned in a caption that counts as `unknown_as`.
    ///
    /// In all this a longer text never means less than its beginning does: of a phrase that is known in part, each part
    /// counts or the whole is refused.
    ///
    /// # Errors
    ///
    /// Everything that the policy does not know, each once, in the order printed.
    pub fn read_printed(
        &self,
        level: Option<&str>,
        captions: &[&str],
        accounts: &[&str],
        unknown_as: Option<&UnknownAs>,
    ) -> Result<PrintedMarking, Vec<UnknownCaption>> {
        let mut unknown = Vec::new();
        let mut marking = PrintedMarking::default();
        match level.map(|text| (text, self.vocabulary().meaning(text))) {
            None => {}
            Some((_, Some(Meaning::Level(id)))) => {
                marking.level = Some(self.level(*id).name.clone())
            }
            Some((text, _)) if self.vocabulary().is_unmarked(text) => {}
            Some((text, _)) => unknown.push(UnknownCaption::Level(text.to_owned())),
        }
        let mut meanings = Vec::new();
        let mut foreign = Vec::new();
        for caption in captions {
            if let Some(pieces) = self.read_caption(caption) {
                for (text, meaning) in pieces {
                    let several = parts(meaning);
                    if several.iter().any(|part| matches!(part, Meaning::Handling)) {
                        marking.handling.push(text.to_owned());
                    }
                    meanings.extend(several.iter().filter(|part| restricts(part)).cloned());
                }
                continue;
            }
            meanings.extend(self.mentions(caption));
            match unknown_as {
                Some(UnknownAs::Handling) => marking.handling.push((*caption).to_owned()),
                Some(UnknownAs::Value { category, value }) => foreign.push((category, value)),
                None => {
                    let caption = UnknownCaption::Caption((*caption).to_owned());
                    if !unknown.contains(&caption) {
                        unknown.push(caption);
                    }
                }
            }
        }
        for account in accounts {
            meanings.extend(self.mentions(account));
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        [marking.restrictive, marking.permissive, marking.informative] = self.collect(&meanings);
        for (category, value) in foreign {
            marking
                .restrictive
                .entry(category.clone())
                .or_default()
                .insert(value.clone());
        }
        Ok(marking)
    }

    /// The known pieces of a caption with what each means, or `None` if some piece is unknown, a level, or a
    /// value of a permissive category without its category.
    fn read_caption<'a>(&self, caption: &'a str) -> Option<Vec<(&'a str, &Meaning)>> {
        let cuts = pieces(caption);
        if cuts.len() > PIECES_MAX {
            return None;
        }
        let mut read = Vec::new();
        let mut first = 0;
        while first < cuts.len() {
            let (last, text, meaning) = (first..cuts.len()).rev().find_map(|last| {
                let text = caption[cuts[first].start..cuts[last].end].trim();
                Some((last, text, self.vocabulary().meaning(text)?))
            })?;
            if !self.is_caption(meaning) {
                return None;
            }
            read.push((text, meaning));
            if last > first {
                read.extend(cuts[first..=last].iter().filter_map(|cut| {
                    let text = caption[cut.clone()].trim();
                    let meaning = self.vocabulary().meaning(text)?;
                    let held = matches!(meaning, Meaning::Value(id) if self.kind_of(*id) == CategoryKind::Restrictive);
                    held.then_some((text, meaning))
                }));
            }
            first = last + 1;
        }
        Some(read)
    }

    /// What restricts readers, or tells them something, among the spellings that stand in a text: the longest at each
    /// word of it, and of each of its pieces.
    fn mentions(&self, text: &str) -> Vec<Meaning> {
        let mut found = Vec::new();
        for piece in std::iter::once(0..text.len()).chain(pieces(text)) {
            let text = &text[piece];
            let words = words(text);
            let mut first = 0;
            while first < words.len() {
                let most = (first + MENTION_WORDS_MAX).min(words.len());
                let known = (first..most).rev().find_map(|last| {
                    let spelling = &text[words[first].start..words[last].end];
                    let meaning = self.vocabulary().meaning(spelling)?;
                    self.is_caption(meaning).then_some((last, meaning))
                });
                if let Some((_, meaning)) = known {
                    let parts = parts(meaning).iter();
                    found.extend(parts.filter(|part| restricts(part)).cloned());
                }
                first = known.map_or(first, |(last, _)| last) + 1;
            }
        }
        found
    }

    /// Whether something may stand as a caption: a level may not, nor a nation without its category.
    fn is_caption(&self, meaning: &Meaning) -> bool {
        match meaning {
            Meaning::Level(_) => false,
            Meaning::Value(id) => self.kind_of(*id) != CategoryKind::Permissive,
            Meaning::AnyOf(..) | Meaning::Handling | Meaning::Reading(_) => true,
        }
    }

    /// Sorts what captions mean into the kinds of categories; the caller has taken levels, handling and readings out.
    fn collect(&self, meanings: &[Meaning]) -> [CategorySets; 3] {
        let mut sets = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
        let [restrictive, permissive, informative] = &mut sets;
        for meaning in meanings {
            match meaning {
                Meaning::Value(id) => {
                    let value = self.value(*id);
                    let category = self.category(value.category);
                    let of_kind: &mut CategorySets = match category.kind {
                        CategoryKind::Restrictive => restrictive,
                        CategoryKind::Permissive => permissive,
                        CategoryKind::Informative => informative,
                    };
                    of_kind
                        .entry(category.name.clone())
                        .or_default()
                        .insert(value.name.clone());
                }
                Meaning::AnyOf(id, values) => {
                    narrow(
                        permissive,
                        &self.category(*id).name,
                        &self.value_names(values),
                    );
                }
                Meaning::Level(_) | Meaning::Handling | Meaning::Reading(_) => {
                    unreachable!("levels, handling and readings are no categories")
                }
            }
        }
        sets
    }
}

/// What a spelling stands for, one by one.
fn parts(meaning: &Meaning) -> &[Meaning] {
    match meaning {
        Meaning::Reading(several) => several,
        one => std::slice::from_ref(one),
    }
}

/// Whether something belongs into a label.
fn restricts(meaning: &Meaning) -> bool {
    matches!(meaning, Meaning::Value(_) | Meaning::AnyOf(..))
}

/// Where the pieces of a caption stand, empty ones left out; the caption itself, if it has no other.
fn pieces(caption: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, sign) in caption.char_indices() {
        let after = at + sign.len_utf8();
        match sign {
            '/' | ',' | ':' | '–' | '—' | '(' | ')' => {
                pieces.push(start..at);
                start = after;
            }
            // What is withheld is spelled with its brackets.
            '[' => {
                pieces.push(start..at);
                start = at;
            }
            ']' => {
                pieces.push(start..after);
                start = after;
            }
            _ => {}
        }
    }
    pieces.push(start..caption.len());
    pieces.retain(|piece| !caption[piece.clone()].trim().is_empty());
    if pieces.is_empty() {
        pieces.push(0..caption.len());
    }
    pieces
}

/// Where the words of a text stand: runs of letters and digits.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, sign) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let after = at + sign.len_utf8();
        match words.last_mut() {
            Some(word) if word.end == at => word.end = after,
            _ => words.push(at..after),
        }
    }
    words
}
