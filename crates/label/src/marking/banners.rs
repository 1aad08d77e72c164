//! Banner lines and portion marks, in rooms whose policy has a grammar.

use super::check_text;
use super::error::{MarkingError, MarkingFault};
use crate::atom::AtomName;
use crate::clearance::Clearance;
use crate::grammar::{BrokenRule, Form, Marking};
use crate::label::Label;
use crate::policy::{CategoryKind, ForeignName, Policy};
use std::collections::BTreeSet;

impl Policy {
    /// Whether markings are banner lines and portion marks, by a grammar that the policy brings.
    pub fn reads_banners(&self) -> bool {
        self.grammar().is_some()
    }

    /// Reads a banner line: `SECRET//NOFORN`.
    ///
    /// A text that gives a marking keeps every rule. It may spell out what the policy lets a banner spell out;
    /// [`Marking::banner`] is the canonical form.
    ///
    /// # Errors
    ///
    /// The first rule broken from the left, at which character, where the rule stands, and the whole marking written rightly
    /// where it can be told what is meant.
    pub fn parse_banner(&self, text: &str) -> Result<Marking, MarkingError> {
        self.read_form(text, Form::Banner, false)
    }

    /// Reads a portion mark without its parentheses: `S//NF`.
    ///
    /// # Errors
    ///
    /// As [`parse_banner`](Self::parse_banner).
    pub fn parse_portion(&self, text: &str) -> Result<Marking, MarkingError> {
        self.read_form(text, Form::Portion, false)
    }

    /// Reads the mark of a portion that is rolled up, which may bear a word that new markings no longer may.
    ///
    /// # Errors
    ///
    /// As [`parse_banner`](Self::parse_banner).
    pub fn parse_source_portion(&self, text: &str) -> Result<Marking, MarkingError> {
        self.read_form(text, Form::Portion, true)
    }

    fn read_form(&self, text: &str, form: Form, retired: bool) -> Result<Marking, MarkingError> {
        check_text(text)?;
        let Some(grammar) = self.grammar() else {
            return Err(MarkingError {
                position: 1,
                fault: MarkingFault::Grammar(Box::new(BrokenRule {
                    rule: "no-grammar".into(),
                    message: format!(
                        "the policy `{}` has no banner lines: markings are written with semicolons",
                        self.name()
                    ),
                    cites: "".into(),
                    instead: None,
                })),
            });
        };
        grammar.strict(self, text, form, retired)
    }

    /// What a marking asks of readers in a room of this policy.
    ///
    /// Of a permissive list, values without a key are left out: the list gets narrower, and admits nobody whom it did not.
    ///
    /// # Errors
    ///
    /// The first level or restrictive value that the policy keeps no key for. Left out, it would not be asked for.
    pub fn room_label(&self, marking: &Marking) -> Result<Label, ForeignName> {
        let written = marking.label(self);
        let mut label = written.clone();
        for (category, values) in written.permissive() {
            let keyed: BTreeSet<_> = self.values_of(category).cloned().collect();
            label = label.with_permissive(category.clone(), values & &keyed);
        }
        self.validate(&label)?;
        Ok(label)
    }

    /// Reads a banner line or portion mark as a room's label; a list after semicolons where it is neither.
    pub(super) fn parse_line(&self, text: &str) -> Result<Label, MarkingError> {
        let refused = match self.parse_banner(text) {
            Ok(marking) => return self.keyed(&marking),
            Err(refused) => refused,
        };
        let trimmed = text.trim();
        let portion = trimmed
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(trimmed);
        if let Ok(marking) = self.parse_portion(portion)
            && !marking.is_abridged()
        {
            return self.keyed(&marking);
        }
        self.parse_list(text).map_err(|_| refused)
    }

    fn keyed(&self, marking: &Marking) -> Result<Label, MarkingError> {
        self.room_label(marking).map_err(|foreign| MarkingError {
            position: 1,
            fault: MarkingFault::Grammar(Box::new(BrokenRule {
                rule: "not-keyed".into(),
                message: format!("this room keeps no key for it: {foreign}; add the value to the policy that a room is founded with"),
                cites: "".into(),
                instead: None,
            })),
        })
    }

    /// What a restriction adds: a whole marking, or what stands in one after the level. `None` where it is no line.
    pub(super) fn parse_added(
        &self,
        present: &Label,
        text: &str,
    ) -> Option<Result<Label, MarkingError>> {
        let grammar = self.grammar()?;
        if let Ok(label) = self.parse_line(text) {
            return Some(Ok(label));
        }
        let level = self.highest(present)?;
        let between = &grammar.between[0];
        let parts = text.trim().strip_prefix(&**between).unwrap_or(text.trim());
        let whole = self.parse_banner(&format!("{}{between}{parts}", level.banner));
        whole.ok().map(|marking| self.keyed(&marking))
    }

    /// A clearance written as a banner line is: `TOP SECRET//SI/TK//NOFORN` holds that one level.
    pub(super) fn parse_held_line(&self, text: &str) -> Option<Clearance> {
        let grammar = self.grammar()?;
        if !text.contains(&*grammar.between[0]) {
            return None;
        }
        let label = self.parse_line(text).ok()?;
        let levels = label.levels().iter().map(AtomName::level);
        let restrictive = label.restrictive().iter().chain(label.permissive());
        let values = restrictive.flat_map(|(category, values)| {
            values.iter().map(|value| AtomName::value(category, value))
        });
        Some(Clearance::from_atoms(levels.chain(values)))
    }

    /// What a word of the grammar asks a reader to hold, as one item of a list of clearances.
    pub(super) fn atoms_of_word(&self, text: &str) -> Option<Vec<AtomName>> {
        let means = self.grammar()?.meaning_of_word(text)?;
        let atoms: Vec<AtomName> = means
            .iter()
            .filter(|(category, _)| {
                self.find_category(category)
                    .is_some_and(|id| self.category(id).kind() != CategoryKind::Informative)
            })
            .map(|(category, value)| AtomName::value(category, value))
            .filter(|atom| self.atoms().contains(atom))
            .collect();
        (!atoms.is_empty() && self.vocabulary().meaning(text).is_none()).then_some(atoms)
    }

    /// The label's highest level and its values as the grammar writes them; `None` where it has no such marking.
    pub(super) fn written_label(&self, label: &Label, form: Form) -> Option<String> {
        let grammar = self.grammar()?;
        let shown = label.at_level(self.highest(label)?.name());
        let marking = grammar.marking_of(self, &shown)?;
        Some(match form {
            Form::Banner => marking.banner(self),
            Form::Portion => marking.portion(self),
        })
    }
}
