//! Portion marks: there, in their place and form, and within the banners.

use strongroom_record::{MarkForm, PrintedPage};

use super::Checking;
use super::reading::{Meant, Read};

impl Checking<'_> {
    /// Finds what is wrong with the marks of portions as such.
    pub(super) fn portions(&mut self, pages: &[PrintedPage], read: &Read) {
        for (page, meant) in pages.iter().zip(&read.pages) {
            for (portion, means) in page.portions.iter().zip(&meant.portions) {
                let Some(mark) = &portion.mark else {
                    continue;
                };
                let right = means
                    .as_ref()
                    .map_or_else(|| mark.words(), |m| m.marking.portion(self.policy));
                match portion.form {
                    MarkForm::Before => {
                        if let Some(other) = self.other_mark(&portion.text, &right) {
                            let message = format!(
                                "the portion bears ({right}) before its words and ({other}) within or behind them"
                            );
                            let instead = "one mark, before the words; what bears another is a portion of its own".to_owned();
                            self.find("portion-marks-differ", mark.place, message, Some(instead));
                        }
                    }
                    MarkForm::After => {
                        let message = "the mark stands behind its portion: whoever reads it learns too late what it is";
                        let instead = format!("({right}) before the words");
                        self.find("portion-mark-behind", mark.place, message, Some(instead));
                    }
                    MarkForm::Brackets | MarkForm::Bare => {
                        let message = match portion.form {
                            MarkForm::Brackets => "the mark stands in brackets",
                            _ => "the mark stands without parentheses, as if it were a word",
                        };
                        self.find(
                            "portion-mark-parentheses",
                            mark.place,
                            message,
                            Some(format!("({right})")),
                        );
                    }
                }
            }
        }
        self.unmarked(pages, read);
        self.above(pages, read);
    }

    /// A mark behind the last sentence of a portion, or behind a label in it, other than the one before it.
    fn other_mark(&self, text: &str, right: &str) -> Option<String> {
        text.match_indices('(').find_map(|(open, _)| {
            let (inner, rest) = text[open + 1..].split_once(')')?;
            let words = text[..open].trim_end();
            let stands_as_mark = words.ends_with(':')
                || rest.is_empty() && words.ends_with(['.', '!', '?', '"', '”']);
            if !stands_as_mark {
                return None;
            }
            let other = self.policy.parse_portion(inner).ok()?;
            let other = other.portion(self.policy);
            (other != right).then_some(other)
        })
    }

    /// Portions on which a mark is due.
    fn unmarked(&mut self, pages: &[PrintedPage], read: &Read) {
        if !self.marks_are_due(read) {
            return;
        }
        let all = || pages.iter().flat_map(|page| &page.portions);
        let any_marked = all().any(|portion| portion.mark.is_some());
        let forms: Vec<String> = self
            .policy
            .portion_levels()
            .iter()
            .map(|portion| format!("({portion})"))
            .collect();
        let instead = format!(
            "its mark before it: {}, with its controls",
            forms.join(", ")
        );
        if !any_marked {
            let due = all().find(|p| p.due).or_else(|| all().next());
            if let Some(first) = due {
                let message = "no portion of the document bears a mark";
                self.find("portion-unmarked", first.place, message, Some(instead));
            }
            return;
        }
        let due: Vec<_> = all()
            .filter(|p| p.due && p.mark.is_none())
            .map(|p| p.place)
            .collect();
        for place in due {
            let message = "the portion bears no mark, so nobody can tell how it is classified";
            self.find("portion-unmarked", place, message, Some(instead.clone()));
        }
    }

    /// Whether each portion bears a mark by the banner, or without one by the highest mark.
    fn marks_are_due(&self, read: &Read) -> bool {
        let due = |meant: &Meant| self.policy.portions_due(&meant.marking);
        read.pages.iter().filter_map(|page| page.banner()).any(due)
            || read.overall().is_none()
                && read
                    .pages
                    .iter()
                    .flat_map(|page| &page.portions)
                    .flatten()
                    .any(due)
    }

    /// Portions above the banner of the document or of their page.
    fn above(&mut self, pages: &[PrintedPage], read: &Read) {
        let overall = read.overall().cloned();
        for (nth, (page, meant)) in pages.iter().zip(&read.pages).enumerate() {
            let own = meant.banner();
            for (portion, means) in page.portions.iter().zip(&meant.portions) {
                let (Some(mark), Some(means)) = (&portion.mark, means) else {
                    continue;
                };
                let (rule, banner, whose) = match (&overall, own) {
                    (Some(overall), _) if !overall.covers(means) => {
                        ("portion-above-banner", overall, "the document".to_owned())
                    }
                    (_, Some(own)) if !own.covers(means) => (
                        "portion-above-page-banner",
                        own,
                        format!("page {}", nth + 1),
                    ),
                    _ => continue,
                };
                let banner_text = banner.marking.banner(self.policy);
                let why = if means.rank > banner.rank {
                    "in its level"
                } else {
                    "in its controls"
                };
                let instead = match rule {
                    "portion-above-banner" => {
                        self.roll_up(read).map(|r| r.banner.banner(self.policy))
                    }
                    _ => self.roll_up_of(&[banner, means]),
                };
                let message = format!(
                    "({}) is above the banner of {whose}, `{banner_text}`, {why}: write the banner anew, or the mark",
                    mark.words(),
                );
                self.find(rule, mark.place, message, instead);
            }
        }
    }
}
