//! What was checked, as one line of JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Checked;

/// The key under which sources are listed: an array, whatever their number.
const SOURCES: &str = "sources";

#[derive(Serialize)]
struct Object<'a> {
    file: &'a str,
    pages: Vec<Page<'a>>,
    authority: BTreeMap<&'a str, Said>,
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Page<'a> {
    banner: Option<&'a str>,
    portions: Vec<Portion<'a>>,
}

#[derive(Serialize)]
struct Portion<'a> {
    mark: Option<&'a str>,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Line(String),
    List(Vec<String>),
}

#[derive(Serialize)]
struct Found<'a> {
    line: u32,
    column: u32,
    rule: &'a str,
    message: String,
    instead: Option<&'a str>,
}

impl Checked {
    /// One object without a line feed: `file`, `pages`, `authority`, `findings`.
    ///
    /// A finding's message ends in where its rule stands. A line of the authority block that is printed several times has
    /// its words joined with semicolons; `sources` is always an array.
    pub fn to_json(&self, file: &str) -> String {
        let object = Object {
            file,
            pages: self
                .pages
                .iter()
                .map(|page| Page {
                    banner: page.banner.as_deref(),
                    portions: page
                        .portions
                        .iter()
                        .map(|portion| Portion {
                            mark: portion.mark.as_deref(),
                            text: &portion.text,
                        })
                        .collect(),
                })
                .collect(),
            authority: self
                .authority
                .iter()
                .map(|(key, said)| {
                    let said = match key.as_str() {
                        SOURCES => {
                            Said::List(said.iter().filter(|s| !s.is_empty()).cloned().collect())
                        }
                        _ => Said::Line(said.join("; ")),
                    };
                    (key.as_str(), said)
                })
                .collect(),
            findings: self
                .findings
                .iter()
                .map(|finding| Found {
                    line: finding.place.line,
                    column: finding.place.column,
                    rule: &finding.rule,
                    message: finding.message_with_source(),
                    instead: finding.instead.as_deref(),
                })
                .collect(),
        };
        serde_json::to_string(&object).expect("strings, numbers and lists always serialise")
    }
}
