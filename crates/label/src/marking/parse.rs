//! Markings and clearances from text.

use super::NOBODY;
use super::error::{MarkingError, MarkingFault};
use crate::atom::AtomName;
use crate::clearance::Clearance;
use crate::label::Label;
use crate::limits::MARKING_BYTES_MAX;
use crate::name::{Name, escaped, is_hidden};
use crate::policy::{CategoryId, CategoryKind, LevelId, Meaning, Policy, ValueId, fold};
use std::collections::BTreeSet;

impl Policy {
    /// Reads a marking such as `Secret; Nodis`, in any case; see the grammar in the [crate's documentation](crate#markings).
    ///
    /// Reading what [`banner`](Self::banner) or [`marking`](Self::marking) shows gives the label shown, except that a
    /// banner shows the highest level only.
    ///
    /// # Errors
    ///
    /// The first rule broken, and at which character. Never names a value that was not written.
    /// By a policy with a grammar, banner lines and portion marks are read besides; what they cannot say, such as several
    /// levels, is written with semicolons.
    pub fn parse_marking(&self, text: &str) -> Result<Label, MarkingError> {
        match self.reads_banners() {
            true => self.parse_line(text),
            false => self.parse_list(text),
        }
    }

    /// Reads a marking whose parts stand after semicolons.
    pub(super) fn parse_list(&self, text: &str) -> Result<Label, MarkingError> {
        check_text(text)?;
        let (levels, position) = first_piece(text);
        let label = self.read_levels(levels, position)?;
        self.read_parts(label, pieces(text, ';').skip(1))
    }

    /// Reads what a label is to be raised by, and gives `present` raised by it.
    ///
    /// The text is a marking, or the parts of one without a level: `Nodis` leaves the levels as they are. The result
    /// dominates `present`, whatever is written.
    ///
    /// # Errors
    ///
    /// As [`parse_marking`](Self::parse_marking); a text that begins with no level is read as parts.
    pub fn parse_restriction(&self, present: &Label, text: &str) -> Result<Label, MarkingError> {
        check_text(text)?;
        if let Some(added) = self.parse_added(present, text) {
            return added.map(|added| present.join(&added));
        }
        let (levels, position) = first_piece(text);
        match self.read_levels(levels, position) {
            Ok(label) => Ok(present.join(&self.read_parts(label, pieces(text, ';').skip(1))?)),
            Err(_) => {
                // Read apart from the present label first, so that two lists of one category are refused as ever.
                let level = present
                    .levels()
                    .first()
                    .expect("a label has a level")
                    .clone();
                Ok(present.join(&self.read_parts(Label::of_level(level), pieces(text, ';'))?))
            }
        }
    }

    /// Adds the parts of a marking to a label.
    fn read_parts<'a>(
        &self,
        mut label: Label,
        parts: impl Iterator<Item = (&'a str, usize)>,
    ) -> Result<Label, MarkingError> {
        let mut seen = BTreeSet::new();
        for (part, position) in parts {
            for meaning in self.read_part(part, position)? {
                label = self.mark(label, &meaning, part, position, &mut seen)?;
            }
        }
        Ok(label)
    }

    /// Reads a list of levels and values that a person is to hold, such as `at-most Secret, Nodis`.
    ///
    /// # Errors
    ///
    /// The first rule broken, and at which character. Never names a value that was not written.
    pub fn parse_clearance(&self, text: &str) -> Result<Clearance, MarkingError> {
        check_text(text)?;
        let mut clearance = Clearance::default();
        if let Some(line) = self.parse_held_line(text) {
            return Ok(line);
        }
        for (part, position) in pieces(text, ';') {
            for (item, inner) in pieces(part, ',') {
                clearance.extend(self.read_held(item, position + inner - 1)?);
            }
        }
        Ok(clearance)
    }

    /// Reads the levels that a marking begins with.
    fn read_levels(&self, text: &str, position: usize) -> Result<Label, MarkingError> {
        let mut label: Option<Label> = None;
        for (piece, inner) in pieces(text, '&') {
            let position = position + inner - 1;
            if piece.is_empty() {
                return Err(MarkingError {
                    position,
                    fault: MarkingFault::Empty,
                });
            }
            let Some(Meaning::Level(id)) = self.vocabulary().meaning(piece) else {
                let fault = MarkingFault::NoLevel {
                    text: escaped(piece),
                    levels: self.level_names(),
                };
                return Err(MarkingError { position, fault });
            };
            let level = self.level(*id).name.clone();
            label = Some(match label {
                None => Label::of_level(level),
                Some(label) => label.with_level(level),
            });
        }
        Ok(label.expect("splitting gives at least one piece"))
    }

    /// Reads one part of a marking; readings are given as what they mean.
    pub(crate) fn read_part(
        &self,
        text: &str,
        position: usize,
    ) -> Result<Vec<Meaning>, MarkingError> {
        if text.is_empty() {
            return Err(MarkingError {
                position,
                fault: MarkingFault::Empty,
            });
        }
        match self.vocabulary().meaning(text) {
            Some(Meaning::Reading(meanings)) => return Ok(meanings.clone()),
            Some(meaning) => return Ok(vec![meaning.clone()]),
            None => {}
        }
        if let Some((before, after)) = text.split_once(':')
            && let Some(category) = self.vocabulary().category(before)
        {
            return self.read_values(category, after, position + before.chars().count() + 1);
        }
        Err(MarkingError {
            position,
            fault: MarkingFault::Unknown {
                text: escaped(text),
            },
        })
    }

    /// Reads the values after a category and its colon.
    fn read_values(
        &self,
        id: CategoryId,
        text: &str,
        position: usize,
    ) -> Result<Vec<Meaning>, MarkingError> {
        let category = self.category(id);
        let permissive = category.kind == CategoryKind::Permissive;
        let mut values = BTreeSet::new();
        for (piece, inner) in pieces(text, ',') {
            let position = position + inner - 1;
            if piece.is_empty() {
                return Err(MarkingError {
                    position,
                    fault: MarkingFault::Empty,
                });
            }
            if fold(piece) == NOBODY {
                if !permissive || fold(text) != NOBODY {
                    return Err(MarkingError {
                        position,
                        fault: MarkingFault::Nobody,
                    });
                }
                return Ok(vec![Meaning::AnyOf(id, BTreeSet::new())]);
            }
            match self.vocabulary().meaning(piece) {
                Some(Meaning::Value(value)) if self.value(*value).category == id => {
                    values.insert(*value);
                }
                _ => {
                    let category = category.name.to_string();
                    let fault = MarkingFault::NotOfCategory {
                        text: escaped(piece),
                        category,
                    };
                    return Err(MarkingError { position, fault });
                }
            }
        }
        if permissive {
            return Ok(vec![Meaning::AnyOf(id, values)]);
        }
        Ok(values.into_iter().map(Meaning::Value).collect())
    }

    /// Adds one part to a label that is being read; `seen` has the permissive categories that stand in it already.
    fn mark(
        &self,
        label: Label,
        meaning: &Meaning,
        text: &str,
        position: usize,
        seen: &mut BTreeSet<CategoryId>,
    ) -> Result<Label, MarkingError> {
        let fault = match meaning {
            Meaning::Value(id) => {
                let value = self.value(*id);
                let category = self.category(value.category);
                let (name, value) = (category.name.clone(), value.name.clone());
                match category.kind {
                    CategoryKind::Restrictive => return Ok(label.with_restrictive(name, value)),
                    CategoryKind::Informative => return Ok(label.with_informative(name, value)),
                    CategoryKind::Permissive => MarkingFault::NeedsCategory {
                        text: escaped(text),
                        category: name.to_string(),
                    },
                }
            }
            Meaning::AnyOf(id, values) => {
                let category = self.category(*id).name.clone();
                if seen.insert(*id) {
                    return Ok(label.with_permissive(category, self.value_names(values)));
                }
                MarkingFault::CategoryTwice {
                    category: category.to_string(),
                }
            }
            Meaning::Level(_) => MarkingFault::SecondLevel {
                text: escaped(text),
            },
            Meaning::Handling => MarkingFault::Handling {
                text: escaped(text),
            },
            Meaning::Reading(_) => unreachable!("`read_part` gives what a reading means"),
        };
        Err(MarkingError { position, fault })
    }

    /// Reads one item of a list of clearances.
    fn read_held(&self, text: &str, position: usize) -> Result<Vec<AtomName>, MarkingError> {
        if text.is_empty() {
            return Err(MarkingError {
                position,
                fault: MarkingFault::Empty,
            });
        }
        if let Some(level) = after_at_most(text) {
            let Some(Meaning::Level(LevelId(top))) = self.vocabulary().meaning(level) else {
                let fault = MarkingFault::AtMost {
                    text: escaped(level),
                    levels: self.level_names(),
                };
                return Err(MarkingError { position, fault });
            };
            return Ok(self.levels()[..=usize::from(*top)]
                .iter()
                .map(|level| AtomName::level(&level.name))
                .collect());
        }
        if let Some(atoms) = self.atoms_of_word(text) {
            return Ok(atoms);
        }
        let not_held = || MarkingError {
            position,
            fault: MarkingFault::NotHeld {
                text: escaped(text),
            },
        };
        if matches!(self.vocabulary().meaning(text), Some(Meaning::Reading(_))) {
            return Err(not_held());
        }
        let mut atoms = Vec::new();
        for meaning in self.read_part(text, position)? {
            match meaning {
                Meaning::Level(id) => atoms.push(AtomName::level(&self.level(id).name)),
                Meaning::Value(id) => atoms.push(self.atom(id).ok_or_else(not_held)?),
                Meaning::AnyOf(_, ids) if !ids.is_empty() => {
                    atoms.extend(ids.into_iter().filter_map(|id| self.atom(id)))
                }
                Meaning::AnyOf(..) | Meaning::Handling | Meaning::Reading(_) => {
                    return Err(not_held());
                }
            }
        }
        Ok(atoms)
    }

    /// The atom of a value, if its category asks for one.
    fn atom(&self, id: ValueId) -> Option<AtomName> {
        let value = self.value(id);
        let category = self.category(value.category);
        (category.kind != CategoryKind::Informative)
            .then(|| AtomName::value(&category.name, &value.name))
    }

    pub(super) fn value_names(&self, ids: &BTreeSet<ValueId>) -> BTreeSet<Name> {
        ids.iter().map(|id| self.value(*id).name.clone()).collect()
    }

    /// The names of the levels as an error lists them.
    fn level_names(&self) -> String {
        let names: Vec<&str> = self
            .levels()
            .iter()
            .map(|level| level.name.as_str())
            .collect();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("{} or {last}", others.join(", "))
            }
            _ => names.concat(),
        }
    }
}

/// What stands after `at-most`, in any case and with any dash or a space between the words.
pub(super) fn after_at_most(text: &str) -> Option<&str> {
    let (first, rest) = first_word(text);
    match fold(first).as_str() {
        "at-most" => Some(rest),
        "at" => {
            let (second, rest) = first_word(rest);
            (fold(second) == "most").then_some(rest)
        }
        _ => None,
    }
}

/// The first word of a text, and the rest without the white space between.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

/// Refuses what no marking may have anywhere: too much of it, and characters that do not show.
pub(crate) fn check_text(text: &str) -> Result<(), MarkingError> {
    if text.len() > MARKING_BYTES_MAX {
        return Err(MarkingError {
            position: 1,
            fault: MarkingFault::TooLong { bytes: text.len() },
        });
    }
    match text.chars().enumerate().find(|(_, c)| is_hidden(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(MarkingError {
            position: at + 1,
            fault: MarkingFault::Hidden(c),
        }),
    }
}

/// What stands before the first semicolon, and the character at which it begins.
fn first_piece(text: &str) -> (&str, usize) {
    pieces(text, ';')
        .next()
        .expect("splitting gives at least one piece")
}

/// Splits a text, gives each piece without the white space around it, and the character at which it begins, from 1.
pub(super) fn pieces(text: &str, sign: char) -> impl Iterator<Item = (&str, usize)> {
    let mut before = 0;
    text.split(sign).map(move |piece| {
        let blank = piece.chars().take_while(|c| c.is_whitespace()).count();
        let position = before + blank + 1;
        before += piece.chars().count() + 1;
        (piece.trim(), position)
    })
}
