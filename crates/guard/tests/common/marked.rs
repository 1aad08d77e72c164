//! A room whose policy reads banner lines, and marked documents for it.
//!
//! Documents are read by an intake of the test's own, so that what is tried here are the labels and not how marks are
//! found in a file: the first line is the banner (or empty), the second the heading, each further one a paragraph; a
//! mark stands before any of them in parentheses.
#![allow(
    dead_code,
    reason = "each test file uses what it needs of the marked room"
)]

use std::borrow::Cow;
use std::ops::ControlFlow;

use strongroom_guard::api::{Filing, FilingDone};
use strongroom_guard::{Intake, Refusal};
use strongroom_ingest::{Format, Read};
use strongroom_label::Policy;
use strongroom_record::{
    Draft, DraftPortion, DraftSet, Place, PortionKind, PrintedLine, PrintedPage,
};
use strongroom_seal::Suite;

use super::common::{PEER, World, filing};

const POLICY: &str = r#"
name = "small-marked"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Unclassified"
rank = 0
portion = "U"
[[level]]
name = "Secret"
rank = 5
portion = "S"
[[level]]
name = "Top Secret"
rank = 9
portion = "TS"
[[category]]
name = "Compartment"
kind = "restrictive"
values = [{ name = "HERON" }]
[[category]]
name = "Releasable to"
kind = "permissive"
values = [{ name = "USA" }, { name = "GBR" }, { name = "NLD" }]
[[reason]]
code = "foreign-relations"
description = "Foreign relations."
[[reason]]
code = "privacy"
description = "Privacy."

[grammar]
between = "//"
[[grammar.head]]
name = "level"
levels = ["Unclassified", "Secret", "Top Secret"]
[[grammar.codes]]
name = "nations"
says = "country code"
values = ["USA", "DEU", "GBR", "NLD"]
[[grammar.list]]
name = "release"
codes = ["nations"]
between = ", "
first = "USA"
least = 2
category = "Releasable to"
[[grammar.slot]]
name = "compartments"
says = "compartment"
entries = "/"
category = "Compartment"
open = { of = "letters", least = 4, most = 8 }
[[grammar.slot]]
name = "release"
says = "dissemination control"
entries = "/"
words = [
  { banner = "NOFORN", portion = "NF", means = ["Releasable to: USA"] },
  { banner = "REL TO", list = "release", bare = "REL" },
]
"#;

/// What a document must bear, beside.
const DOCUMENTS: &str = r#"
[grammar.document]
[[grammar.document.rule]]
rule = "portion-above-banner"
cites = "section 1"
stops = true
[[grammar.document.rule]]
rule = "banner-bottom-missing"
cites = "section 2"
"#;

pub(crate) fn policy() -> Policy {
    Policy::from_toml(POLICY).unwrap_or_else(|e| panic!("{e}"))
}

/// A room that checks documents too.
pub(crate) fn checking_room(seed: u64, suite: Suite) -> World {
    let policy = Policy::from_toml(&format!("{POLICY}{DOCUMENTS}"));
    World::with_policy(seed, suite, policy.unwrap_or_else(|e| panic!("{e}")))
}

pub(crate) fn room(seed: u64, suite: Suite) -> World {
    World::with_policy(seed, suite, policy())
}

/// Reads the documents that this module describes.
pub(crate) struct Lines;

impl Intake for Lines {
    fn read<'a>(&self, _: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let text = std::str::from_utf8(bytes).expect("text");
        let drafts = vec![draft(text)];
        Ok(Read {
            original: Cow::Borrowed(bytes),
            drafts: DraftSet::new(file.to_owned(), bytes.len(), drafts).expect("one slice"),
            format: Format::Text,
        })
    }
}

fn draft(text: &str) -> Draft {
    let mut lines = text.lines();
    let place = Place { line: 1, column: 1 };
    let banner = lines.next().filter(|line| !line.is_empty());
    let top = banner.map(|words| PrintedLine {
        name: String::new(),
        text: words.to_owned(),
        place,
    });
    let portions: Vec<DraftPortion> = lines
        .enumerate()
        .map(|(n, line)| {
            let kind = match n {
                0 => PortionKind::Heading,
                _ => PortionKind::Paragraph,
            };
            let marked = line
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(") "));
            let (mark, words) = marked.map_or((None, line), |(m, w)| (Some(m.to_owned()), w));
            DraftPortion {
                mark,
                ..DraftPortion::new(kind, words.to_owned())
            }
        })
        .collect();
    let mut draft = Draft {
        id: "document-1".to_owned(),
        portions,
        slice: 0..text.len(),
        ..Draft::default()
    };
    draft.marks.pages = vec![PrintedPage {
        place,
        top,
        bottom: None,
        between: Vec::new(),
        portions: Vec::new(),
    }];
    draft
}

pub(crate) fn try_file(
    world: &World,
    name: &str,
    filing: &Filing,
    text: &str,
) -> Result<FilingDone, Refusal> {
    let token = &world.tokens[name];
    let mut go_on = |_| ControlFlow::Continue(());
    let bytes = text.as_bytes();
    let done = world
        .guard()
        .file_read_by(&Lines, token, PEER, filing, bytes, &mut go_on)?;
    Ok(serde_json::from_slice(done.json()).expect("an answer"))
}

/// Files a marked document, and gives the record's id.
pub(crate) fn file(world: &World, name: &str, text: &str) -> String {
    let done = try_file(world, name, &filing("marked.txt"), text);
    let done = done.unwrap_or_else(|e| panic!("{e:?}"));
    done.records[0].record.clone()
}
