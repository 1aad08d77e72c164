//! What a marked document must bear beside markings that are right: `[grammar.document]`.
//!
//! Which rules hold, and where each stands, is data; what a rule asks is code of those who check documents. A rule that a
//! policy does not list does not hold for its documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::load::Building;
use crate::limits::{GRAMMAR_PHRASE_BYTES_MAX, GRAMMAR_PHRASES_MAX};
use crate::name::escaped;
use crate::policy::{LevelId, PolicyError, Text};

/// Every rule of documents that can be listed, and what it asks.
pub const DOCUMENT_RULES: [(&str, &str); 23] = [
    ("banner-missing", "every page bears a banner at its top"),
    (
        "banner-bottom-missing",
        "every page bears a banner at its bottom",
    ),
    (
        "banners-differ",
        "the banners at the top and the bottom of a page say the same",
    ),
    (
        "first-page",
        "the first page bears the marking of the whole document",
    ),
    (
        "page-banner",
        "a further page bears the marking of the document or that of its own portions",
    ),
    (
        "portion-above-banner",
        "no portion is above the banner of the document",
    ),
    (
        "portion-above-page-banner",
        "no portion is above the banner of its page",
    ),
    (
        "banner-above-portions",
        "a banner above all portions gives its reason",
    ),
    (
        "banner-not-rolled-up",
        "the banner is what the portions make of it",
    ),
    ("portion-unmarked", "every portion bears a mark"),
    ("portion-mark-behind", "a mark stands before its portion"),
    ("portion-marks-differ", "a portion bears one mark"),
    ("portion-mark-parentheses", "a mark stands in parentheses"),
    (
        "release-list-missing",
        "a mark that stands for the banner's list has one in the banner",
    ),
    (
        "authority-missing",
        "a classified document says who classified it",
    ),
    (
        "authority-line-missing",
        "the authority block has all its lines",
    ),
    (
        "authority-kind",
        "the authority block tells by a line of its own what kind it is",
    ),
    (
        "authority-line-not-carried",
        "the authority block has no line that is not carried",
    ),
    (
        "authority-line-empty",
        "a line of the authority block says something",
    ),
    (
        "authority-value",
        "a line of the authority block says what the policy knows",
    ),
    (
        "authority-not-due",
        "a document that is not classified bears no authority block",
    ),
    ("sources-missing", "several sources are listed"),
    ("declassify-past", "the date of declassification lies ahead"),
];

/// `[grammar.document]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentEntry {
    /// Levels of whose documents every portion bears a mark.
    #[serde(default)]
    portions: Vec<Text>,
    /// So do those of other levels, where the banner says more than a level.
    #[serde(default)]
    portions_where_controlled: bool,
    /// A portion that is not classified and has no word of release may be handled as the banner says.
    #[serde(default)]
    unclassified_as_banner: bool,
    /// What is said where the whole is above all portions, and why.
    #[serde(default)]
    reasons: Vec<Text>,
    /// What is said where a document is classified by what comes with it.
    #[serde(default)]
    transmittals: Vec<Text>,
    /// What else is said of the document's own marking; no portion.
    #[serde(default)]
    statements: Vec<Text>,
    /// Values of a line of the authority block that stand for several sources.
    #[serde(default)]
    several_sources: Vec<Text>,
    /// How a list of sources is headed.
    #[serde(default)]
    source_lists: Vec<Text>,
    /// The rules that hold.
    #[serde(default)]
    rule: Vec<DocumentRuleEntry>,
}

/// `[[grammar.document.rule]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentRuleEntry {
    rule: Text,
    cites: Text,
    /// It stops a filing.
    #[serde(default)]
    stops: bool,
}

/// What a marked document must bear.
#[derive(Debug)]
pub struct DocumentRules {
    portions: Vec<LevelId>,
    portions_where_controlled: bool,
    unclassified_as_banner: bool,
    reasons: Vec<String>,
    transmittals: Vec<String>,
    statements: Vec<String>,
    several_sources: Vec<String>,
    source_lists: Vec<String>,
    rules: BTreeMap<Box<str>, DocumentRule>,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRule {
    /// Where it stands.
    pub cites: Arc<str>,
    /// Whether breaking it stops a filing.
    pub stops: bool,
}

impl DocumentRules {
    /// The rule of this name (one of [`DOCUMENT_RULES`]), if it holds.
    pub fn rule(&self, name: &str) -> Option<&DocumentRule> {
        self.rules.get(name)
    }
    /// Whether every portion bears a mark, of a document whose banner has this level and, `controlled`, says more.
    pub(crate) fn portions_due(&self, level: LevelId, controlled: bool) -> bool {
        self.portions.contains(&level) || controlled && self.portions_where_controlled
    }
    /// Whether a portion that is not classified, and has no word of release, may be handled as the banner says.
    pub fn unclassified_as_banner(&self) -> bool {
        self.unclassified_as_banner
    }
    /// Whether a text, in small letters, gives a reason for a banner above all portions.
    pub fn gives_reason(&self, lower: &str) -> bool {
        self.reasons
            .iter()
            .any(|phrase| lower.contains(phrase.as_str()))
    }
    /// Whether a text, in small letters, says that the document is classified by what comes with it.
    pub fn transmits(&self, lower: &str) -> bool {
        self.transmittals
            .iter()
            .any(|phrase| lower.contains(phrase.as_str()))
    }
    /// Whether a value, in small letters, stands for several sources.
    pub fn is_several_sources(&self, lower: &str) -> bool {
        self.several_sources
            .iter()
            .any(|phrase| lower.starts_with(phrase.as_str()))
    }
    /// Whether a text, in small letters, heads a list of sources or says where it is.
    pub fn is_source_list(&self, lower: &str) -> bool {
        self.source_lists
            .iter()
            .any(|phrase| lower.contains(phrase.as_str()))
    }
    /// Phrases, in small letters, of what is said of a document's own marking.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.reasons
            .iter()
            .chain(&self.transmittals)
            .chain(&self.statements)
            .map(String::as_str)
    }
}

impl Building<'_> {
    /// Checks what a document must bear.
    pub(super) fn document(&self, entry: &DocumentEntry) -> Result<DocumentRules, PolicyError> {
        let mut rules = BTreeMap::new();
        for listed in &entry.rule {
            let name = listed.rule.get_ref().as_str();
            if !DOCUMENT_RULES.iter().any(|(known, _)| *known == name) {
                let known: Vec<&str> = DOCUMENT_RULES.iter().map(|(known, _)| *known).collect();
                let what = format!(
                    "there is no rule of documents called `{}`: write one of {}",
                    escaped(name),
                    known.join(", ")
                );
                return Err(self.refuse(&listed.rule, what));
            }
            let rule = DocumentRule {
                cites: listed.cites.get_ref().as_str().into(),
                stops: listed.stops,
            };
            if rules.insert(name.into(), rule).is_some() {
                return Err(self.refuse(&listed.rule, format!("`{name}` is listed twice")));
            }
        }
        Ok(DocumentRules {
            portions: entry
                .portions
                .iter()
                .map(|level| self.find_level(level))
                .collect::<Result<_, _>>()?,
            portions_where_controlled: entry.portions_where_controlled,
            unclassified_as_banner: entry.unclassified_as_banner,
            reasons: self.phrases(&entry.reasons)?,
            transmittals: self.phrases(&entry.transmittals)?,
            statements: self.phrases(&entry.statements)?,
            several_sources: self.phrases(&entry.several_sources)?,
            source_lists: self.phrases(&entry.source_lists)?,
            rules,
        })
    }

    fn phrases(&self, texts: &[Text]) -> Result<Vec<String>, PolicyError> {
        if texts.len() > GRAMMAR_PHRASES_MAX {
            let what = format!("there may be {GRAMMAR_PHRASES_MAX} phrases of one kind");
            return Err(self.refuse(&texts[GRAMMAR_PHRASES_MAX], what));
        }
        texts
            .iter()
            .map(|text| {
                let phrase = text.get_ref().to_lowercase();
                if phrase.trim().is_empty() || phrase.len() > GRAMMAR_PHRASE_BYTES_MAX {
                    let what = format!("a phrase has 1 to {GRAMMAR_PHRASE_BYTES_MAX} bytes");
                    return Err(self.refuse(text, what));
                }
                Ok(phrase)
            })
            .collect()
    }
}
