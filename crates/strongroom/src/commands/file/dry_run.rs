//! `file --dry-run`: what filing would read in a file, and what is wrong with its marks.

use std::fmt::Write as _;
use std::path::Path;

use strongroom_guard::api::FindingShown;
use strongroom_ingest::marked::{Day, check};
use strongroom_label::Policy;
use strongroom_record::Draft;
use strongroom_record::time::{Clock, SystemClock};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure, note};
use crate::screen::{harmless, print};

use super::{finding_told, read};

/// Prints the records of a file, and notes what a policy finds wrong with them.
pub(super) fn run(
    globals: &Globals,
    policy: Option<&Policy>,
    path: &Path,
) -> Result<Exit, Failure> {
    let (name, bytes) = read(path)?;
    let read = crate::intake::read(policy, &name, &bytes)?;
    let mut text = String::new();
    for draft in read.drafts.drafts() {
        if globals.json {
            text += &strongroom_ingest::dry_run::to_json(draft);
            text.push('\n');
        } else {
            text += &line(draft);
        }
    }
    print(&text)?;
    if let Some(policy) = policy {
        for draft in read.drafts.drafts() {
            for finding in found(policy, draft) {
                note(&finding_told(&name, &finding));
            }
        }
    }
    Ok(Exit::Done)
}

/// A record as one line: its id, date, mark and heading.
fn line(draft: &Draft) -> String {
    let heading = draft.portions.first().map_or("", |p| p.text.as_str());
    let date = draft.when.as_ref().map_or("", |w| w.start.as_str());
    let mut mark = match (&draft.mark.level, banner(draft)) {
        (Some(level), _) => level.clone(),
        (None, Some(banner)) => banner,
        (None, None) => "unmarked".to_owned(),
    };
    for caption in &draft.mark.captions {
        write!(mark, "; {caption}").expect("strings take text");
    }
    format!(
        "{}  {}  {}  {}\n",
        harmless(&draft.id),
        harmless(date),
        harmless(&mark),
        harmless(heading)
    )
}

/// The banner of the first page that has one.
fn banner(draft: &Draft) -> Option<String> {
    let mut pages = draft.marks.pages.iter();
    let line = pages.find_map(|page| page.top.as_ref().or(page.bottom.as_ref()));
    line.map(strongroom_record::PrintedLine::words)
}

fn found(policy: &Policy, draft: &Draft) -> Vec<FindingShown> {
    let on = Day::of(SystemClock.now());
    let findings = check(policy, draft, on).findings.into_iter();
    findings
        .map(|finding| FindingShown {
            record: draft.id.clone(),
            line: finding.place.line,
            column: finding.place.column,
            message: finding.message_with_source(),
            rule: finding.rule,
            instead: finding.instead,
            cites: finding.cites,
            stops: finding.stops,
        })
        .collect()
}
