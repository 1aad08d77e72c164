//! Finds the documents of a volume.

use std::collections::HashSet;

use strongroom_record::Draft;
use strongroom_record::limits::{HEADER_VALUE_MAX_BYTES, RECORDS_MAX};

use super::document;
use super::tag::Tag;
use super::tree::Tree;
use crate::error::{Fault, Rule, shortened};
use crate::limits::NAMESPACES_MAX;
use crate::parts::TextBudget;
use crate::xml::{Attribute, Event, Events, Space};

/// The document that is being read.
struct Current {
    id: String,
    at: usize,
}

/// The documents of a volume as drafts.
///
/// # Errors
/// The text is not well-formed, is no TEI, or breaks a rule of [`Rule`].
pub(crate) fn read(text: &str) -> Result<Vec<Draft>, Fault> {
    let mut events = Events::new(text, NAMESPACES_MAX)?;
    let mut drafts = Vec::new();
    let mut ids = HashSet::new();
    let mut budget = TextBudget::for_file(text.len());
    let mut tree = Tree::default();
    let mut current: Option<Current> = None;
    let mut rooted = false;
    while let Some(event) = events.next()? {
        match event {
            Event::Start { local, space, at } => {
                let tei = space == Space::Tei;
                if !rooted && !tei {
                    return Err(Fault::at(at, Rule::NotTei(shortened(local))));
                }
                rooted = true;
                let tag = if tei { Tag::of(local) } else { Tag::Other };
                let document = tei && local == "div" && is_document(events.attributes());
                if document {
                    if current.is_some() {
                        return Err(Fault::at(at, Rule::NestedDocument));
                    }
                    if drafts.len() == RECORDS_MAX {
                        return Err(Fault::limit(at, "documents in one file", RECORDS_MAX));
                    }
                    let id = id(events.attributes(), drafts.len() + 1, at)?;
                    if !ids.insert(id.clone()) {
                        return Err(Fault::at(at, Rule::DuplicateId(shortened(&id))));
                    }
                    current = Some(Current { id, at });
                }
                if current.is_some() {
                    tree.begin(tag, events.attributes(), at)?;
                }
            }
            Event::End { end } => {
                if let Some(Current { id, at }) = current.take() {
                    if tree.end(at)? {
                        drafts.push(document::draft(&tree, id, at..end, &mut budget)?);
                        tree.clear();
                    } else {
                        current = Some(Current { id, at });
                    }
                }
            }
            Event::Text(piece) => {
                if let Some(document) = &current {
                    tree.text(piece, document.at)?;
                }
            }
            Event::Char(c) => {
                if let Some(document) = &current {
                    tree.char(c, document.at)?;
                }
            }
        }
    }
    if drafts.is_empty() {
        return Err(Fault::whole(Rule::NoDocuments));
    }
    Ok(drafts)
}

fn is_document(attributes: &[Attribute<'_>]) -> bool {
    attributes
        .iter()
        .any(|a| a.name == "type" && a.value == "document")
}

/// The id of a document; its place in the file if it has none.
fn id(attributes: &[Attribute<'_>], nth: usize, at: usize) -> Result<String, Fault> {
    let given = attributes
        .iter()
        .find(|a| a.name == "xml:id")
        .map(|a| a.value.trim())
        .filter(|id| !id.is_empty());
    match given {
        Some(id) if id.len() > HEADER_VALUE_MAX_BYTES => Err(Fault::limit(
            at,
            "bytes in a header value",
            HEADER_VALUE_MAX_BYTES,
        )),
        Some(id) => Ok(id.to_owned()),
        None => Ok(format!("document-{nth}")),
    }
}
