//! What is wrong with the marks of the documents of a file: what stops the filing, unless its filer overrides it with a
//! reason, and what is only said.

use std::collections::BTreeSet;

use strongroom_ingest::marked::{Day, Finding, check};
use strongroom_label::Policy;
use strongroom_record::Draft;
use strongroom_record::event::Overridden;

use super::shortened;
use crate::api::FindingShown;
use crate::refusal::{Code, Refusal};

/// Checks the documents of a file, one by one.
pub(super) struct Checks<'a> {
    policy: &'a Policy,
    on: Day,
    overrides: bool,
    /// Of all that is not refused: what the filer is told.
    found: Vec<FindingShown>,
    /// What stops the filing.
    stops: Vec<String>,
}

impl<'a> Checks<'a> {
    /// Checks by a policy, on a day. What is overridden is told, and stops nothing.
    pub(super) fn new(policy: &'a Policy, on: Day, overrides: bool) -> Self {
        Self {
            policy,
            on,
            overrides,
            found: Vec::new(),
            stops: Vec::new(),
        }
    }

    /// Checks a document that bears marks; gives the rules that its filer overrides.
    pub(super) fn check(&mut self, draft: &Draft) -> Option<Overridden> {
        let mut rules = BTreeSet::new();
        for finding in check(self.policy, draft, self.on).findings {
            if finding.stops {
                rules.insert(finding.rule.clone());
            }
            let shown = shown(draft, finding);
            match (shown.stops, self.overrides) {
                (true, false) => self.stops.push(line(&shown)),
                _ => self.found.push(shown),
            }
        }
        let overridden = self.overrides && !rules.is_empty();
        overridden.then(|| Overridden {
            rules: rules.into_iter().collect(),
        })
    }

    /// What the filer is told.
    ///
    /// # Errors
    /// Something stops the filing, with the list.
    pub(super) fn done(self) -> Result<Vec<FindingShown>, Refusal> {
        if self.stops.is_empty() {
            return Ok(self.found);
        }
        let what = match self.stops.len() {
            1 => "one thing in the file's marks stops its filing".to_owned(),
            n => format!("{n} things in the file's marks stop its filing"),
        };
        Err(
            Refusal::new(Code::Unfit, format!("{what}; nothing was filed"))
                .hint("correct the document, or file it as it is with --override REASON: rules and reason are kept with the filing")
                .details(shortened(self.stops)),
        )
    }
}

fn shown(draft: &Draft, finding: Finding) -> FindingShown {
    FindingShown {
        record: draft.id.clone(),
        line: finding.place.line,
        column: finding.place.column,
        rule: finding.rule,
        message: finding.message,
        instead: finding.instead,
        cites: finding.cites,
        stops: finding.stops,
    }
}

/// A finding as a line of a refusal. Documents with marks have files of their own, so that the line says enough.
fn line(finding: &FindingShown) -> String {
    let instead = finding.instead.as_ref();
    let instead = instead.map_or_else(String::new, |text| format!("; instead: {text}"));
    let cites = match finding.cites.as_str() {
        "" => String::new(),
        cites => format!(" ({cites})"),
    };
    format!(
        "line {}, column {}: {}: {}{instead}{cites}",
        finding.line, finding.column, finding.rule, finding.message
    )
}
