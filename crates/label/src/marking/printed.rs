//! Markings as an edited volume prints them beside a record: a level, and captions of every sort.

use super::HANDLING;
use super::error::{MarkingError, MarkingFault};
use crate::label::{CategorySets, Label, narrow};
use crate::name::{Name, escaped};
use crate::policy::{CategoryKind, Meaning, Policy, fold};
use std::collections::BTreeMap;
use std::fmt;

/// Most pieces of one caption that are read; printed ones have up to three.
const PIECES_MAX: usize = 16;

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
    /// Reads a marking as printed beside a record: its level, if any, and what follows the level.
    ///
    /// A caption is looked up whole, then by the pieces that `/`, `,` or a dash part, the longest known run first, so
    /// that `Nodis/Limdis` counts as both. Every piece must be known, or the caption is unknown. What is unknown counts
    /// as `unknown_as`, where that is given; an unknown level never does.
    ///
    /// # Errors
    ///
    /// Everything that the policy does not know, each once, in the order printed.
    pub fn read_printed(
        &self,
        level: Option<&str>,
        captions: &[&str],
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
            match (self.read_caption(caption), unknown_as) {
                (Some(pieces), _) => {
                    for (text, meaning) in pieces {
                        match meaning {
                            Meaning::Handling => marking.handling.push(text.to_owned()),
                            Meaning::Reading(several) => {
                                let (handling, rest): (Vec<_>, Vec<_>) = several
                                    .iter()
                                    .partition(|meaning| matches!(meaning, Meaning::Handling));
                                if !handling.is_empty() {
                                    marking.handling.push(text.to_owned());
                                }
                                meanings.extend(rest.into_iter().cloned());
                            }
                            other => meanings.push(other.clone()),
                        }
                    }
                }
                (None, Some(UnknownAs::Handling)) => marking.handling.push((*caption).to_owned()),
                (None, Some(UnknownAs::Value { category, value })) => {
                    foreign.push((category, value))
                }
                (None, None) => {
                    let caption = UnknownCaption::Caption((*caption).to_owned());
                    if !unknown.contains(&caption) {
                        unknown.push(caption);
                    }
                }
            }
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
        let mut starts = vec![0];
        let mut ends = Vec::new();
        for (at, sign) in caption
            .char_indices()
            .filter(|(_, c)| matches!(c, '/' | ',' | '–' | '—'))
        {
            ends.push(at);
            starts.push(at + sign.len_utf8());
        }
        ends.push(caption.len());
        if starts.len() > PIECES_MAX {
            return None;
        }
        let mut pieces = Vec::new();
        let mut first = 0;
        while first < starts.len() {
            let (last, text, meaning) = (first..ends.len()).rev().find_map(|last| {
                let text = caption[starts[first]..ends[last]].trim();
                Some((last, text, self.vocabulary().meaning(text)?))
            })?;
            match meaning {
                Meaning::Level(_) => return None,
                Meaning::Value(id) if self.kind_of(*id) == CategoryKind::Permissive => return None,
                _ => {}
            }
            pieces.push((text, meaning));
            first = last + 1;
        }
        Some(pieces)
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
