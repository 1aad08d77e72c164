//! What printed marks mean, and the faults in them.

use std::collections::HashMap;

use strongroom_label::{Form, Label, Marking, Policy};
use strongroom_record::{Place, PrintedLine, PrintedPage};

use super::{Checking, Finding};

/// A marking as it is meant.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    pub(super) marking: Marking,
    pub(super) label: Label,
    pub(super) rank: u16,
}

/// The markings of a document, page by page.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) pages: Vec<ReadPage>,
}

/// The markings of a page; none where it prints none, or where it cannot be told what is meant.
#[derive(Debug, Default)]
pub(super) struct ReadPage {
    pub(super) top: Option<Meant>,
    pub(super) bottom: Option<Meant>,
    /// One for each portion.
    pub(super) portions: Vec<Option<Meant>>,
}

impl ReadPage {
    /// What the page's banner means.
    pub(super) fn banner(&self) -> Option<&Meant> {
        self.top.as_ref().or(self.bottom.as_ref())
    }
}

impl Read {
    /// The marking of the whole document: the banner of its first page.
    pub(super) fn overall(&self) -> Option<&Meant> {
        self.pages.first().and_then(ReadPage::banner)
    }
    /// Whether every banner and every mark that is printed is understood.
    pub(super) fn is_understood(&self, pages: &[PrintedPage]) -> bool {
        pages.iter().zip(&self.pages).all(|(page, meant)| {
            let portions = page.portions.iter().zip(&meant.portions);
            page.top.is_some() == meant.top.is_some()
                && page.bottom.is_some() == meant.bottom.is_some()
                && portions
                    .into_iter()
                    .all(|(p, m)| p.mark.is_some() == m.is_some())
        })
    }
}

/// A fault in a text: its character, and the finding at a place still to be given.
#[derive(Debug, Clone)]
struct Fault {
    character: usize,
    finding: Finding,
}

/// A text that was read.
#[derive(Debug, Clone)]
struct Parsed {
    meant: Option<Meant>,
    fault: Option<Fault>,
}

/// Reads markings, each text once.
pub(super) struct Reading<'a> {
    policy: &'a Policy,
    parsed: HashMap<(Form, String), Parsed>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        Self {
            policy,
            parsed: HashMap::new(),
        }
    }

    /// What a printed text means in one form, and what is wrong with it.
    fn parse(&mut self, form: Form, text: &str) -> &Parsed {
        let key = (form, text.to_owned());
        let policy = self.policy;
        self.parsed
            .entry(key)
            .or_insert_with(|| parse(policy, form, text))
    }
}

fn parse(policy: &Policy, form: Form, text: &str) -> Parsed {
    let read = |text: &str| match form {
        Form::Banner => policy.parse_banner(text),
        Form::Portion => policy.parse_portion(text),
    };
    match read(text) {
        Ok(marking) => Parsed {
            meant: Some(meant(policy, marking)),
            fault: None,
        },
        Err(error) => {
            // What was meant, where that can be told, counts for everything else.
            let instead = error.instead();
            let means = instead.and_then(|right| read(right).ok());
            Parsed {
                meant: means.map(|marking| meant(policy, marking)),
                fault: Some(Fault {
                    character: error.position.saturating_sub(1),
                    finding: Finding {
                        place: Place { line: 1, column: 1 },
                        rule: error.rule().to_owned(),
                        message: error.message(),
                        cites: error.cites().to_owned(),
                        instead: instead.map(|right| match form {
                            Form::Banner => right.to_owned(),
                            Form::Portion => format!("({right})"),
                        }),
                        stops: true,
                    },
                }),
            }
        }
    }
}

/// What a marking means for comparing it with others.
pub(super) fn meant(policy: &Policy, marking: Marking) -> Meant {
    Meant {
        label: marking.label(policy),
        rank: marking.level(policy).rank(),
        marking,
    }
}

impl Checking<'_> {
    /// Reads every marking of a document, and notes what is wrong with each.
    pub(super) fn markings(&mut self, pages: &[PrintedPage]) -> Read {
        let mut read = Read::default();
        for page in pages {
            read.pages.push(ReadPage {
                top: page
                    .top
                    .as_ref()
                    .and_then(|line| self.marking(Form::Banner, line)),
                bottom: page
                    .bottom
                    .as_ref()
                    .and_then(|line| self.marking(Form::Banner, line)),
                portions: page
                    .portions
                    .iter()
                    .map(|portion| self.marking(Form::Portion, portion.mark.as_ref()?))
                    .collect(),
            });
        }
        self.fill_in(pages, &mut read);
        read
    }

    fn marking(&mut self, form: Form, line: &PrintedLine) -> Option<Meant> {
        let text = line.words();
        let parsed = self.reading.parse(form, &text);
        if let Some(fault) = &parsed.fault {
            self.findings.push(Finding {
                place: place_in(line, fault.character),
                ..fault.finding.clone()
            });
        }
        parsed.meant.clone()
    }

    /// Gives marks that stand for the banner's own list that list.
    fn fill_in(&mut self, pages: &[PrintedPage], read: &mut Read) {
        let overall = read.overall().cloned();
        let policy = self.policy;
        let stands_for = |marking: &Marking| marking.is_abridged() || marking.omits_owners(policy);
        for (page, meant) in pages.iter().zip(&mut read.pages) {
            let banner = meant.banner().cloned();
            for (portion, means) in page.portions.iter().zip(&mut meant.portions) {
                let Some(abridged) = means.as_ref().filter(|m| stands_for(&m.marking)) else {
                    continue;
                };
                let filled = [&overall, &banner]
                    .into_iter()
                    .flatten()
                    .map(|banner| self.policy.expand(&abridged.marking, &banner.marking))
                    .find(|filled| !stands_for(filled));
                if filled.is_none()
                    && let Some(mark) = &portion.mark
                {
                    let message = format!(
                        "({}) stands for the list of the banner, and the banner has none",
                        mark.words()
                    );
                    let instead = "the list itself in the mark, or in the banner".to_owned();
                    self.find("release-list-missing", mark.place, message, Some(instead));
                }
                *means = filled.map(|marking| super::reading::meant(self.policy, marking));
            }
        }
    }
}

/// The place of a character of a printed text, which may be broken over two lines.
fn place_in(line: &PrintedLine, character: usize) -> Place {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut before = character;
    for (nth, segment) in line.text.split('\n').enumerate() {
        let long = segment.chars().count();
        if before < long || !line.text.contains('\n') {
            let before = before.min(long.saturating_sub(1));
            return Place {
                line: line.place.line.saturating_add(count(nth)),
                column: if nth == 0 {
                    line.place.column.saturating_add(count(before))
                } else {
                    count(before + 1)
                },
            };
        }
        before = before.saturating_sub(long);
    }
    line.place
}
