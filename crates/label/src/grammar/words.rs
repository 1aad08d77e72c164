//! The words of a policy's markings, for those who look for markings among other words.

use std::collections::BTreeSet;

use super::{Form, Marking};
use crate::policy::Policy;

/// Words of markings, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkingWords {
    /// Levels, in banners and in portion marks.
    pub levels: BTreeSet<String>,
    /// Everything else, spellings that are refused among them.
    pub controls: BTreeSet<String>,
}

impl Policy {
    /// The words of this policy's markings.
    pub fn marking_words(&self) -> MarkingWords {
        let mut words = MarkingWords::default();
        for level in self.levels() {
            words.levels.insert(level.name().to_string());
        }
        let Some(grammar) = self.grammar() else {
            return words;
        };
        for head in &grammar.heads {
            for mark in &head.marks {
                let written = || mark.written.iter().map(ToString::to_string);
                words.levels.extend(written());
                // What stands before the level, where that is a word: `UK SECRET`.
                let begun = head.begins.iter().zip(written());
                words.levels.extend(
                    begun
                        .filter(|(begins, _)| begins.starts_with(char::is_alphanumeric))
                        .map(|(begins, level)| format!("{begins}{level}")),
                );
            }
        }
        let written = grammar.written.iter().flat_map(|form| form.keys());
        let spelled = written
            .chain(grammar.bare.keys())
            .chain(grammar.also.keys());
        words.controls.extend(spelled.map(ToString::to_string));
        words
    }

    /// What portion marks write for levels, the highest first, as documents of this policy begin most often.
    pub fn portion_levels(&self) -> Vec<&str> {
        let Some(head) = self.grammar().and_then(|grammar| grammar.heads.first()) else {
            return Vec::new();
        };
        let mut marks: Vec<_> = head.marks.iter().collect();
        marks.sort_by_key(|mark| std::cmp::Reverse(self.level(mark.level).rank()));
        marks
            .iter()
            .map(|mark| &*mark.written[Form::Portion.at()])
            .collect()
    }

    /// What a document must bear beside markings that are right, if the policy says so.
    pub fn document(&self) -> Option<&super::DocumentRules> {
        self.grammar()?.document.as_ref()
    }

    /// Whether every portion bears a mark, of a document with this banner.
    ///
    /// # Panics
    /// If the banner was read by another policy.
    pub fn portions_due(&self, banner: &Marking) -> bool {
        let grammar = banner.grammar(self);
        self.document().is_some_and(|rules| {
            rules.portions_due(banner.level_id(grammar), !banner.entries.is_empty())
        })
    }
}
