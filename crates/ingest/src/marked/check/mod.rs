//! Checking a marked document against a policy: each thing that is wrong is a finding, with its place, the rule, where the
//! rule stands and what to write instead.
//!
//! Markings are read by the policy's grammar; what else a document must bear is asked here, and only where the policy
//! lists the rule ([`DocumentRules`]) and says where it stands. No level and no word of a
//! marking stands in this code.
//!
//! | module | asks |
//! | --- | --- |
//! | `reading` | what each printed mark means; the faults in it |
//! | `pages` | banners: there, alike, in their order |
//! | `portions` | marks: there, in their place, within the banner |
//! | `rolled` | whether the banner is what the portions make of it |
//! | `block` | the authority block and its dates |
//!
//! `json` says it all in one line.

mod block;
mod json;
mod pages;
mod portions;
mod reading;
mod rolled;

use std::collections::BTreeMap;

use strongroom_label::{DocumentRules, Policy};
use strongroom_record::{Draft, Place, PrintedLine, PrintedPage};

use reading::Reading;

/// A day.
pub use block::Day;
pub(crate) use block::key;

/// What was checked, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The pages, in their order.
    pub pages: Vec<CheckedPage>,
    /// The lines of the authority block by key (`declassify_on`), each as often as it is printed.
    pub authority: BTreeMap<String, Vec<String>>,
    /// What is wrong, in the order of the document.
    pub findings: Vec<Finding>,
}

/// A page as printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPage {
    /// Its banner, the one at its top where there are two.
    pub banner: Option<String>,
    /// Its portions.
    pub portions: Vec<CheckedPortion>,
}

/// A portion as printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPortion {
    /// Its mark, without parentheses.
    pub mark: Option<String>,
    /// Its words, white space folded.
    pub text: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: in the file, or in the text that was taken out of it.
    pub place: Place,
    /// The rule's short name.
    pub rule: String,
    /// What is wrong, and what it means.
    pub message: String,
    /// Where the rule stands.
    pub cites: String,
    /// What to write; none where it cannot be told.
    pub instead: Option<String>,
    /// Whether it stops a filing.
    pub stops: bool,
}

impl Finding {
    /// The message, and where the rule stands.
    pub fn message_with_source(&self) -> String {
        if self.cites.is_empty() {
            self.message.clone()
        } else {
            format!("{} ({})", self.message, self.cites)
        }
    }
}

impl Checked {
    /// Whether something is wrong that stops a filing.
    pub fn stops(&self) -> bool {
        self.findings.iter().any(|finding| finding.stops)
    }
}

/// Reads the marks of a draft by a policy, and says what is wrong with them on a day.
///
/// The day counts where a date must lie ahead; where the document says when it was made, dates are counted from then. A
/// policy without a grammar knows nothing of banners: nothing is found then.
pub fn check(policy: &Policy, draft: &Draft, on: Day) -> Checked {
    let authority = block::by_key(policy, &draft.marks.authority);
    let pages = shown(draft);
    let mut findings = Vec::new();
    if let Some(rules) = policy.document() {
        let mut checking = Checking {
            policy,
            rules,
            draft,
            on,
            reading: Reading::new(policy),
            findings: &mut findings,
        };
        checking.all();
    }
    findings.sort_by_key(|finding: &Finding| (finding.place, finding.rule.clone()));
    findings.dedup();
    Checked {
        pages,
        authority,
        findings,
    }
}

/// The pages as they are shown: of a document without marks, one page of its portions.
fn shown(draft: &Draft) -> Vec<CheckedPage> {
    if draft.marks.pages.is_empty() {
        let portions = draft
            .portions
            .iter()
            .filter(|portion| !portion.text.is_empty())
            .map(|portion| CheckedPortion {
                mark: portion.mark.clone(),
                text: portion.text.clone(),
            })
            .collect();
        return vec![CheckedPage {
            banner: None,
            portions,
        }];
    }
    draft
        .marks
        .pages
        .iter()
        .map(|page| CheckedPage {
            banner: page
                .top
                .as_ref()
                .or(page.bottom.as_ref())
                .map(PrintedLine::words),
            portions: page
                .portions
                .iter()
                .map(|portion| CheckedPortion {
                    mark: portion.mark.as_ref().map(PrintedLine::words),
                    text: portion.text.clone(),
                })
                .collect(),
        })
        .collect()
}

/// A document while it is checked.
struct Checking<'a> {
    policy: &'a Policy,
    rules: &'a DocumentRules,
    draft: &'a Draft,
    on: Day,
    reading: Reading<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Checking<'_> {
    fn all(&mut self) {
        let pages: &[PrintedPage] = &self.draft.marks.pages;
        let read = self.markings(pages);
        self.banners(pages, &read);
        self.portions(pages, &read);
        self.rolled_up(pages, &read);
        self.block(&read);
    }

    /// Notes a finding, if the policy lists the rule.
    fn find(
        &mut self,
        rule: &str,
        place: Place,
        message: impl Into<String>,
        instead: Option<String>,
    ) {
        if let Some(listed) = self.rules.rule(rule) {
            self.findings.push(Finding {
                place,
                rule: rule.to_owned(),
                message: message.into(),
                cites: listed.cites.to_string(),
                instead,
                stops: listed.stops,
            });
        }
    }
}
