//! Styles: which paragraphs are headings, which are numbered, which words are hidden.

use std::collections::HashMap;

use super::{attribute, each_element, is_on};
use crate::error::Fault;

/// How many styles one may be based on in a row; Word allows ten.
const BASED_ON_MAX: usize = 16;

/// What a style says, without what it is based on.
#[derive(Debug, Default)]
struct Style {
    based_on: Option<String>,
    heading: Option<bool>,
    number: Option<Numbered>,
    hidden: Option<bool>,
}

/// That a paragraph is numbered: in which list, on which level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) list: Option<String>,
    pub(super) level: Option<usize>,
}

/// The styles of a document, by id.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
}

impl Styles {
    /// Reads the part `name`.
    ///
    /// # Errors
    /// It is not well-formed.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, Fault> {
        let mut styles = Self::default();
        let mut current: Option<String> = None;
        each_element(name, text, |local, attributes| {
            let value = attribute(attributes, "val");
            if local == "style" {
                current = attribute(attributes, "styleId").map(str::to_owned);
                if let Some(id) = &current {
                    styles.by_id.insert(id.clone(), Style::default());
                }
                return Ok(());
            }
            let Some(style) = current.as_ref().and_then(|id| styles.by_id.get_mut(id)) else {
                return Ok(());
            };
            match local {
                "basedOn" => style.based_on = value.map(str::to_owned),
                "name" => {
                    let name = value.unwrap_or_default().to_ascii_lowercase();
                    let heading = name.starts_with("heading ")
                        || matches!(name.as_str(), "title" | "subtitle");
                    style.heading = heading.then_some(true);
                }
                "outlineLvl" => style.heading = Some(is_outline_level(value)),
                "numId" => {
                    style.number.get_or_insert_default().list = value.map(str::to_owned);
                }
                "ilvl" => {
                    style.number.get_or_insert_default().level =
                        value.and_then(|level| level.parse().ok());
                }
                "vanish" => style.hidden = Some(is_on(value)),
                _ => {}
            }
            Ok(())
        })?;
        Ok(styles)
    }

    /// Whether paragraphs of a style are headings.
    pub(super) fn is_heading(&self, id: &str) -> bool {
        self.chain(id).find_map(|style| style.heading) == Some(true)
    }

    /// Whether words of a style are hidden.
    pub(super) fn is_hidden(&self, id: &str) -> bool {
        self.chain(id).find_map(|style| style.hidden) == Some(true)
    }

    /// How paragraphs of a style are numbered.
    pub(super) fn number(&self, id: &str) -> Numbered {
        let of = |style: &Style| style.number.clone();
        let list = self.chain(id).find_map(|s| of(s).and_then(|n| n.list));
        let level = self.chain(id).find_map(|s| of(s).and_then(|n| n.level));
        Numbered { list, level }
    }

    /// A style and what it is based on. Styles that are based on each other in a circle end after a while.
    fn chain(&self, id: &str) -> impl Iterator<Item = &Style> {
        let mut next = self.by_id.get(id);
        std::iter::from_fn(move || {
            let style = next?;
            next = style.based_on.as_ref().and_then(|id| self.by_id.get(id));
            Some(style)
        })
        .take(BASED_ON_MAX)
    }
}

/// Levels of an outline count from 0; 9 is the text itself.
pub(super) fn is_outline_level(value: Option<&str>) -> bool {
    value
        .and_then(|level| level.parse::<u32>().ok())
        .is_some_and(|level| level < 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_based_on_what() {
        let text = r#"<styles xmlns="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
            <style w:styleId="H"><name w:val="heading 1"/><pPr><numPr><numId w:val="3"/></numPr></pPr></style>
            <style w:styleId="Mine"><basedOn w:val="H"/><rPr><vanish/></rPr></style>
            <style w:styleId="Body"><basedOn w:val="Mine"/><outlineLvl w:val="9"/><rPr><vanish w:val="0"/></rPr></style>
            <style w:styleId="A"><basedOn w:val="B"/></style><style w:styleId="B"><basedOn w:val="A"/></style>
            </styles>"#;
        let styles = Styles::read("styles.xml", text).unwrap();
        assert!(styles.is_heading("Mine") && styles.is_hidden("Mine"));
        assert!(!styles.is_heading("Body") && !styles.is_hidden("Body"));
        assert_eq!(styles.number("Body").list.as_deref(), Some("3"));
        assert!(!styles.is_heading("A") && !styles.is_hidden("nobody"));
    }
}
