//! The head of a marking: how it begins, its level, whose it is.

use super::Reader;
use crate::grammar::file::Side;
use crate::grammar::repair::is_nearly;
use crate::grammar::{CodeId, Head, HeadMark};

/// A head, which of its words for levels, its owners, and where what follows begins.
pub(super) type ReadHead = (u8, u8, Vec<CodeId>, usize);

/// A head that fits: which, its word, where owners stand, where the level stands, where what follows begins.
struct Fit {
    head: usize,
    mark: usize,
    owners: Option<(usize, usize)>,
    level_at: usize,
    next: usize,
    /// The word is written as in the other form.
    foreign: bool,
}

impl Reader<'_, '_> {
    /// Reads the head between two bytes.
    pub(super) fn head(&mut self, from: usize, end: usize) -> Option<ReadHead> {
        let fit = self
            .fit(from, end, false)
            .or_else(|| self.fit(from, end, true))
            .or_else(|| self.fit_loosely(from, end))
            .or_else(|| self.fit_nearly(from, end));
        let Some(fit) = fit else {
            self.no_level(from, end);
            return None;
        };
        let grammar = self.grammar;
        let head = &grammar.heads[fit.head];
        let mark = &head.marks[fit.mark];
        let form = self.form.at();
        if fit.foreign {
            let message = format!(
                "`{}` is how {} write it, and {} write `{}`",
                mark.written[1 - form],
                FORMS[1 - form],
                FORMS[form],
                mark.written[form]
            );
            self.fault(fit.level_at, "form", message);
        }
        if !head.in_form[form] {
            let message = format!("only {} begin like this", FORMS[1 - form]);
            self.fault(from, "form", message);
        }
        let owners = match (&head.owners, fit.owners) {
            (Some(owners), Some((from, to))) => {
                let (codes, _) = self.codes(owners.list, from, to);
                codes
            }
            (Some(owners), None) if !(owners.portion_may_omit && form == 1) => {
                let message = "whose it is stands here: codes follow the level".to_owned();
                self.lost(fit.next, "owners", message);
                Vec::new()
            }
            _ => Vec::new(),
        };
        self.facts.push((head.fact, from));
        let (head, mark) = (
            crate::policy::index(fit.head),
            crate::policy::index(fit.mark),
        );
        Some((head, mark, owners, fit.next))
    }

    /// The head that fits best: the one that begins with most, then the longest word.
    fn fit(&self, from: usize, end: usize, foreign: bool) -> Option<Fit> {
        let form = self.form.at();
        let mut best: Option<((usize, bool, usize), Fit)> = None;
        for (at, head) in self.grammar.heads.iter().enumerate() {
            let begins = &*head.begins[form];
            if !self.text[from..end].starts_with(begins) {
                continue;
            }
            let Some(fit) = self.fit_head(at, head, from + begins.len(), end, foreign) else {
                continue;
            };
            // In its own form a head comes before one of the other form.
            let written = usize::from(foreign) ^ form;
            let length = head.marks[fit.mark].written[written].len();
            let weight = (begins.len(), head.in_form[form], length);
            if best.as_ref().is_none_or(|(other, _)| weight > *other) {
                best = Some((weight, fit));
            }
        }
        best.map(|(_, fit)| fit)
    }

    /// A level behind which neither a separator nor the end stands, but no letter either.
    fn fit_loosely(&self, from: usize, end: usize) -> Option<Fit> {
        let form = self.form.at();
        let rest = &self.text[from..end];
        let (at, head) = self
            .grammar
            .heads
            .iter()
            .enumerate()
            .find(|(_, head)| head.begins[form].is_empty())?;
        let ends = |word: &str| {
            let behind = rest
                .strip_prefix(word)
                .and_then(|after| after.chars().next());
            behind.is_some_and(|sign| !sign.is_alphanumeric())
        };
        let marks = head.marks.iter().enumerate();
        let fitting = marks.filter(|(_, mark)| ends(&mark.written[form]));
        let (mark, known) = fitting.max_by_key(|(_, mark)| mark.written[form].len())?;
        Some(Fit {
            head: at,
            mark,
            owners: None,
            level_at: from,
            next: from + known.written[form].len(),
            foreign: false,
        })
    }

    /// A level that is misspelt by one sign, or written with other signs between its words; none if two are as near.
    fn fit_nearly(&mut self, from: usize, end: usize) -> Option<Fit> {
        let form = self.form.at();
        let to = self.segment_end(from, end);
        let whole = self.text;
        let text = whole[from..to].trim_end();
        let grammar = self.grammar;
        let mut found = None;
        let heads = grammar.heads.iter().enumerate();
        for (at, head) in heads.filter(|(_, head)| head.begins[form].is_empty()) {
            let marks = head.marks.iter().enumerate();
            let of_text = |mark: &HeadMark| is_nearly(text, &mark.written[form]);
            for (mark, known) in marks.filter(|(_, mark)| of_text(mark)) {
                if found.replace((at, mark, known)).is_some() {
                    return None;
                }
            }
        }
        let (head, mark, known) = found?;
        let message = format!(
            "`{}` is no level; `{}` is near it",
            super::shown(text),
            known.written[form]
        );
        self.fault(from, "level-first", message);
        Some(Fit {
            head,
            mark,
            owners: None,
            level_at: from,
            next: from + text.len(),
            foreign: false,
        })
    }

    fn fit_head(
        &self,
        at: usize,
        head: &Head,
        from: usize,
        end: usize,
        foreign: bool,
    ) -> Option<Fit> {
        let form = self.form.at();
        let written = if foreign { 1 - form } else { form };
        let to = self.segment_end(from, end);
        let segment = self.text[from..to].trim_end();
        let longest = |fits: &dyn Fn(&str) -> bool| {
            let marks = head.marks.iter().enumerate();
            let fitting = marks.filter(|(_, mark)| fits(&mark.written[written]));
            fitting
                .max_by_key(|(_, mark)| mark.written[written].len())
                .map(|(nth, _)| nth)
        };
        let length = |mark: usize| head.marks[mark].written[written].len();
        let fit = |mark, owners, level_at, next| Fit {
            head: at,
            mark,
            owners,
            level_at,
            next,
            foreign,
        };
        match &head.owners {
            None => {
                let rest = &self.text[from..end];
                let mark = longest(&|word| {
                    rest.strip_prefix(word)
                        .is_some_and(|after| self.is_boundary(after))
                })?;
                Some(fit(mark, None, from, from + length(mark)))
            }
            Some(owners) if owners.at == Side::After => {
                let mark = longest(&|word| {
                    segment
                        .strip_prefix(word)
                        .is_some_and(|after| after.is_empty() || after.starts_with(' '))
                })?;
                let behind = from + length(mark);
                let codes = (behind + 1, from + segment.len());
                match codes.0 < codes.1 {
                    true => Some(fit(mark, Some(codes), from, from + segment.len())),
                    // Said where the head is taken.
                    false => Some(fit(mark, None, from, behind)),
                }
            }
            Some(_) => {
                let mark = longest(&|word| {
                    segment
                        .strip_suffix(word)
                        .is_some_and(|before| before.ends_with(' ') && !before.trim().is_empty())
                })?;
                let level_at = from + segment.len() - length(mark);
                Some(fit(
                    mark,
                    Some((from, level_at - 1)),
                    level_at,
                    from + segment.len(),
                ))
            }
        }
    }

    /// Whether a word may end before this text: at the end, at white space, or at a separator.
    pub(super) fn is_boundary(&self, after: &str) -> bool {
        let form = self.form.at();
        let grammar = self.grammar;
        let sign = grammar.between[form].trim().chars().next();
        after.is_empty()
            || after.starts_with(&*grammar.between[form])
            || after.starts_with(char::is_whitespace) && self.is_end_or_sign(after.trim_start())
            || sign.is_some_and(|sign| after.starts_with(sign))
            || grammar
                .slots
                .iter()
                .any(|slot| after.starts_with(&*slot.before[form]))
    }

    fn is_end_or_sign(&self, after: &str) -> bool {
        after.is_empty() || after.starts_with(self.grammar.between[self.form.at()].trim())
    }

    /// Says that no level of the policy stands where one must.
    fn no_level(&mut self, from: usize, end: usize) {
        let form = self.form.at();
        let to = self.segment_end(from, end).max(from);
        let text = self.piece(from, to);
        let levels: Vec<&str> = self.grammar.heads[0]
            .marks
            .iter()
            .map(|mark| &*mark.written[form])
            .collect();
        let levels = levels.join(", ");
        let message = match text.trim().is_empty() {
            true => format!("no level stands here: a marking begins with one of {levels}"),
            false => format!(
                "`{}` is no level: a marking begins with one of {levels}",
                super::shown(text.trim())
            ),
        };
        self.lost(from, "level-first", message);
    }
}

/// The two forms as messages name them.
pub(super) const FORMS: [&str; 2] = ["banners", "portion marks"];
