//! Which part belongs to which: content types and relationships (ECMA-376 part 2, sections 6.2.3 and 6.5).

use std::collections::HashMap;

use super::package::Package;
use super::rule::WordRule;
use super::{attribute, each_element};
use crate::error::{Fault, Rule, shortened};

/// What a part says about others.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// The last word of its type: `styles`, `header`.
    pub(super) kind: String,
    /// The part's name; none if what is meant lies outside the package.
    pub(super) part: Option<String>,
}

/// The relationships of one part, by id.
pub(super) type Relations = HashMap<String, Relation>;

/// The relationships of the part `of`, or of the package if that is empty.
///
/// # Errors
/// They are malformed, or lead out of the package.
pub(super) fn read(package: &mut Package<'_>, of: &str) -> Result<Relations, Fault> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let name = match folder {
        "" => format!("_rels/{file}.rels"),
        _ => format!("{folder}/_rels/{file}.rels"),
    };
    let mut relations = Relations::new();
    let Some(text) = package.take_text(&name)? else {
        return Ok(relations);
    };
    each_element(&name, &text, |local, attributes| {
        let (Some(id), Some(kind), Some(target)) = (
            attribute(attributes, "Id"),
            attribute(attributes, "Type"),
            attribute(attributes, "Target"),
        ) else {
            return Ok(());
        };
        if local != "Relationship" {
            return Ok(());
        }
        let external = attribute(attributes, "TargetMode").is_some_and(|mode| mode == "External");
        let part = if external {
            None
        } else {
            Some(resolve(folder, target)?)
        };
        let kind = kind.rsplit('/').next().unwrap_or(kind).to_owned();
        relations.insert(id.to_owned(), Relation { kind, part });
        Ok(())
    })?;
    Ok(relations)
}

/// The name of the part at `target`, seen from `folder`.
fn resolve(folder: &str, target: &str) -> Result<String, Rule> {
    let (from, target) = match target.strip_prefix('/') {
        Some(absolute) => ("", absolute),
        None => (folder, target),
    };
    let mut segments: Vec<&str> = from.split('/').filter(|s| !s.is_empty()).collect();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments
                    .pop()
                    .ok_or_else(|| WordRule::PartName(shortened(target)))?;
            }
            name => segments.push(name),
        }
    }
    Ok(segments.join("/"))
}

/// The content types of a package's parts, in small letters.
#[derive(Debug, Default)]
pub(super) struct ContentTypes {
    by_extension: HashMap<String, String>,
    by_part: HashMap<String, String>,
}

impl ContentTypes {
    /// Reads them; nothing if the package has none, and so is none.
    ///
    /// # Errors
    /// They are malformed.
    pub(super) fn read(package: &mut Package<'_>) -> Result<Option<Self>, Fault> {
        const NAME: &str = "[Content_Types].xml";
        let Some(text) = package.take_text(NAME)? else {
            return Ok(None);
        };
        let mut types = Self::default();
        each_element(NAME, &text, |local, attributes| {
            let Some(media_type) = attribute(attributes, "ContentType") else {
                return Ok(());
            };
            let media_type = media_type.to_ascii_lowercase();
            if local == "Default"
                && let Some(extension) = attribute(attributes, "Extension")
            {
                let extension = extension.to_ascii_lowercase();
                types.by_extension.insert(extension, media_type);
            } else if local == "Override"
                && let Some(part) = attribute(attributes, "PartName")
            {
                let part = part.trim_start_matches('/').to_ascii_lowercase();
                types.by_part.insert(part, media_type);
            }
            Ok(())
        })?;
        Ok(Some(types))
    }

    /// The type of a part.
    pub(super) fn of(&self, part: &str) -> Option<&str> {
        let part = part.to_ascii_lowercase();
        let extension = part.rsplit('.').next().unwrap_or_default();
        self.by_part
            .get(&part)
            .or_else(|| self.by_extension.get(extension))
            .map(String::as_str)
    }

    /// Whether any part is of a type that says that it holds programs.
    pub(super) fn tell_of_macros(&self) -> bool {
        self.by_part
            .values()
            .chain(self.by_extension.values())
            .any(|media_type| {
                media_type.contains("macroenabled") || media_type.contains("vbaproject")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        for (folder, target, due) in [
            ("word", "styles.xml", "word/styles.xml"),
            ("word", "../customXml/item1.xml", "customXml/item1.xml"),
            ("word", "/word/header1.xml", "word/header1.xml"),
            ("", "word/./document.xml", "word/document.xml"),
        ] {
            assert_eq!(resolve(folder, target).unwrap(), due);
        }
        assert!(resolve("word", "../../etc/passwd").is_err());
        assert!(resolve("word", "/../x").is_err());
    }
}
