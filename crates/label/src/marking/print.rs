//! Markings and clearances as text.

use super::NOBODY;
use crate::clearance::Clearance;
use crate::label::{CategorySets, Label};
use crate::name::Name;
use crate::policy::{Policy, Value};
use std::collections::BTreeSet;

/// How a label's names are written.
#[derive(Clone, Copy)]
enum Form {
    /// As the policy names them.
    Name,
    /// As a banner shows them.
    Banner,
    /// As a portion mark abbreviates them.
    Portion,
}

impl Policy {
    /// The label as one line above and below a page: `TOP SECRET; NODIS; RELEASABLE TO: ISRAEL, UNITED STATES`.
    ///
    /// Shows the highest level only. Names that the policy does not know come last of their kind, in upper case.
    /// By a policy with a grammar it is a banner line, `TOP SECRET//NOFORN`, if the grammar has one that means this label.
    pub fn banner(&self, label: &Label) -> String {
        if let Some(line) = self.written_label(label, crate::grammar::Form::Banner) {
            return line;
        }
        let level = match self.highest(label) {
            Some(level) => level.banner.clone(),
            None => self
                .levels_in_order(label)
                .map(|level| level.as_str().to_uppercase())
                .collect::<Vec<_>>()
                .join(" & "),
        };
        let mut banner = level;
        for part in self.parts(label, Form::Banner, ", ") {
            banner.push_str("; ");
            banner.push_str(&part);
        }
        banner
    }

    /// The label as a short mark before a portion: `(TS/ND/REL US,ISR)`. Shows the highest level only.
    pub fn portion_mark(&self, label: &Label) -> String {
        if let Some(mark) = self.written_label(label, crate::grammar::Form::Portion) {
            return format!("({mark})");
        }
        let level = match self.highest(label) {
            Some(level) => level.portion.clone(),
            None => self
                .levels_in_order(label)
                .map(|level| level.as_str().to_uppercase())
                .collect::<Vec<_>>()
                .join("&"),
        };
        let mut mark = format!("({level}");
        for part in self.parts(label, Form::Portion, ",") {
            mark.push('/');
            mark.push_str(&part);
        }
        mark.push(')');
        mark
    }

    /// The label in full, as the policy names things: `Top Secret & Secret; Nodis`. Every level is shown, the highest
    /// first. Different labels have different markings, and [`parse_marking`](Self::parse_marking) gives back the label.
    ///
    /// By a policy with a grammar it is the banner line that means exactly this label, if there is one.
    pub fn marking(&self, label: &Label) -> String {
        if label.levels().len() == 1
            && let Some(line) = self.written_label(label, crate::grammar::Form::Banner)
        {
            return line;
        }
        let levels: Vec<&str> = self.levels_in_order(label).map(Name::as_str).collect();
        let mut marking = levels.join(" & ");
        for part in self.parts(label, Form::Name, ", ") {
            marking.push_str("; ");
            marking.push_str(&part);
        }
        marking
    }

    /// A clearance as the list that [`parse_clearance`](Self::parse_clearance) reads: levels from the highest down, then
    /// values in the policy's order. Empty for an empty clearance.
    pub fn clearance_text(&self, clearance: &Clearance) -> String {
        let levels = self
            .ordered_levels(clearance.levels())
            .into_iter()
            .map(Name::to_string);
        let values = self
            .in_order(clearance.values())
            .flat_map(|(category, values)| {
                let permissive = self.find_category(category).is_some_and(|id| {
                    self.category(id).kind == crate::policy::CategoryKind::Permissive
                });
                values.into_iter().map(move |value| match permissive {
                    true => format!("{category}: {value}"),
                    false => value.to_string(),
                })
            });
        levels.chain(values).collect::<Vec<_>>().join(", ")
    }

    fn levels_in_order<'a>(&self, label: &'a Label) -> impl Iterator<Item = &'a Name> {
        self.ordered_levels(label.levels()).into_iter()
    }

    /// Levels from the highest down; those that the policy does not know come first, since nothing says how high.
    fn ordered_levels<'a>(&self, levels: &'a BTreeSet<Name>) -> Vec<&'a Name> {
        let mut levels: Vec<&Name> = levels.iter().collect();
        levels.sort_by_key(|level| {
            std::cmp::Reverse(
                self.find_level(level)
                    .map_or(u16::MAX, |id| u16::from(id.0)),
            )
        });
        levels
    }

    /// What stands after the level: restrictive, then permissive, then informative parts, in the policy's order.
    fn parts(&self, label: &Label, form: Form, between: &str) -> Vec<String> {
        let mut parts = Vec::new();
        for (category, values) in self.in_order(label.restrictive()) {
            parts.extend(
                values
                    .into_iter()
                    .map(|value| self.shown_value(category, value, form)),
            );
        }
        for (category, values) in self.in_order(label.permissive()) {
            let values: Vec<String> = values
                .into_iter()
                .map(|value| self.shown_value(category, value, form))
                .collect();
            let values = match (values.is_empty(), form) {
                (false, _) => values.join(between),
                (true, Form::Name) => NOBODY.to_owned(),
                (true, Form::Banner | Form::Portion) => NOBODY.to_uppercase(),
            };
            let sign = if matches!(form, Form::Portion) {
                " "
            } else {
                ": "
            };
            parts.push(format!(
                "{}{sign}{values}",
                self.shown_category(category, form)
            ));
        }
        for (category, values) in self.in_order(label.informative()) {
            parts.extend(
                values
                    .into_iter()
                    .map(|value| self.shown_value(category, value, form)),
            );
        }
        parts
    }

    /// Categories and their values in the policy's order; names it does not know last.
    fn in_order<'a>(
        &self,
        sets: &'a CategorySets,
    ) -> impl Iterator<Item = (&'a Name, Vec<&'a Name>)> {
        let mut categories: Vec<_> = sets.iter().collect();
        categories.sort_by_key(|(category, _)| {
            self.find_category(category)
                .map_or(u16::MAX, |id| u16::from(id.0))
        });
        categories.into_iter().map(|(category, values)| {
            let mut values: Vec<&Name> = values.iter().collect();
            values.sort_by_key(|value| self.find(category, value).map_or(usize::MAX, |(at, _)| at));
            (category, values)
        })
    }

    /// A value by its category and name, and where it stands in the category.
    fn find(&self, category: &Name, value: &Name) -> Option<(usize, &Value)> {
        let category = self.category(self.find_category(category)?);
        category
            .values
            .iter()
            .map(|id| self.value(*id))
            .enumerate()
            .find(|(_, known)| known.name == *value)
    }

    fn shown_value(&self, category: &Name, value: &Name, form: Form) -> String {
        match (self.find(category, value), form) {
            (_, Form::Name) => value.to_string(),
            (Some((_, known)), Form::Banner) => known.banner.clone(),
            (Some((_, known)), Form::Portion) => known.portion.clone(),
            (None, Form::Banner | Form::Portion) => value.as_str().to_uppercase(),
        }
    }

    fn shown_category(&self, category: &Name, form: Form) -> String {
        match (
            self.find_category(category).map(|id| self.category(id)),
            form,
        ) {
            (_, Form::Name) => category.to_string(),
            (Some(known), Form::Banner) => known.banner.clone(),
            (Some(known), Form::Portion) => known.portion.clone(),
            (None, Form::Banner | Form::Portion) => category.as_str().to_uppercase(),
        }
    }
}
