//! Word documents (DOCX: Office Open XML, ECMA-376): one record.
//!
//! | module | subject |
//! | --- | --- |
//! | `package` | the ZIP file of named parts, unpacked within bounds |
//! | `relations` | which part belongs to which |
//! | `styles`, `numbering` | what headings are, what is hidden, what numbers are printed |
//! | `text` | the XML of a text part, told as stories |
//! | `story` | paragraphs and tables as blocks |
//! | `pages` | blocks as pages, with running headers and footers |
//! | `said` | what is in the file and not plainly in its text |
//!
//! What is taken for the text: what a reader sees who accepts all tracked changes and has everything shown.
//! Insertions are text, deletions are not; hidden text is text; comments follow the text; field codes are left out
//! and their results stay. Deletions, hidden text, comments, pictures, charts and embedded objects are told of in
//! [`Draft::produced`]; the original keeps them all.
//!
//! What cannot happen here: a part outside the package is fetched; a name becomes a path; anything of the document is
//! run; or a document without words is filed.

mod numbering;
mod package;
mod pages;
mod relations;
mod rule;
mod said;
mod story;
mod styles;
mod text;

use strongroom_record::Draft;

use crate::document::{Block, BlockKind, Document};
use crate::error::{Fault, Place, Rule};
use crate::limits::{OFFICE_ELEMENTS_MAX, OFFICE_NAMESPACES_MAX};
use crate::marked::Words;
use crate::memorandum;
use crate::xml::{Attribute, Event, Events};
use numbering::Numbering;
use package::Package;
use relations::{ContentTypes, Relations};
pub use rule::WordRule;
pub(crate) use said::together;
use styles::Styles;
use text::{Entry, Reference, Shared, sign};

/// The record's id: a document has no other record to tell it from.
const ID: &str = "document";

/// A Word document as a draft.
///
/// # Errors
/// The package is damaged, encrypted, a bomb, no Word document, or holds macros; a part is not well-formed; some of
/// the text is not in the file; there is no text; or there is too much of anything.
pub(crate) fn read(bytes: &[u8], words: &Words) -> Result<Draft, Fault> {
    let (document, said) = document(bytes)?;
    if !document.pages.iter().any(|page| has_body(&page.blocks)) {
        return Err(Fault::whole(WordRule::NoText));
    }
    let mut draft = memorandum::draft(document, words, ID, 0..bytes.len())?;
    draft.produced = said::together(draft.produced, said.sentence());
    Ok(draft)
}

fn has_body(blocks: &[Block]) -> bool {
    let running = |block: &Block| matches!(block.kind, BlockKind::Header | BlockKind::Footer);
    blocks.iter().any(|block| !running(block))
}

/// A Word document as pages, blocks and lines, and what is to be said of the file.
fn document(bytes: &[u8]) -> Result<(Document, said::Said), Fault> {
    let mut package = Package::open(bytes)?;
    let Some(types) = ContentTypes::read(&mut package)? else {
        let what = if package.has("mimetype") {
            "an OpenDocument file"
        } else {
            "a ZIP file"
        };
        return Err(Fault::whole(WordRule::NotWord(what)));
    };
    if types.tell_of_macros() {
        return Err(Fault::whole(WordRule::Macros));
    }
    let main = relations::read(&mut package, "")?
        .into_values()
        .find(|relation| relation.kind == "officeDocument")
        .and_then(|relation| relation.part)
        .ok_or_else(|| Fault::whole(WordRule::NotWord("a ZIP file")))?;
    let media_type = types.of(&main).unwrap_or_default();
    if !media_type.contains("wordprocessingml") {
        let what = match media_type {
            t if t.contains("spreadsheetml") => "an Excel workbook",
            t if t.contains("presentationml") => "a PowerPoint presentation",
            _ => "an Office file",
        };
        return Err(Fault::whole(WordRule::NotWord(what)));
    }
    let relations = relations::read(&mut package, &main)?;
    let first = |kind: &str| {
        let mut of_kind: Vec<_> = relations.values().filter(|r| r.kind == kind).collect();
        of_kind.sort_by(|a, b| a.part.cmp(&b.part));
        of_kind
            .into_iter()
            .find_map(|relation| relation.part.clone())
    };
    let mut shared = Shared::default();
    if let Some((name, text)) = taken(&mut package, first("styles"))? {
        shared.styles = Styles::read(&name, &text)?;
    }
    if let Some((name, text)) = taken(&mut package, first("numbering"))? {
        shared.numbering = Numbering::read(&name, &text)?;
    }
    let mut even_and_odd = false;
    if let Some((name, text)) = taken(&mut package, first("settings"))? {
        each_element(&name, &text, |local, attributes| {
            if local == "evenAndOddHeaders" {
                even_and_odd = is_on(attribute(attributes, "val"));
            }
            Ok(())
        })?;
    }
    let body = package
        .take_text(&main)?
        .ok_or_else(|| Fault::whole(WordRule::MissingPart(main.clone())))?;
    let story = text::read(&main, &body, true, &mut shared)?.story;
    drop(body);
    let mut notes = Vec::new();
    for (kind, reference) in [
        ("footnotes", Reference::Footnote),
        ("endnotes", Reference::Endnote),
        ("comments", Reference::Comment),
    ] {
        if let Some((name, text)) = taken(&mut package, first(kind))? {
            let told = text::read(&name, &text, false, &mut shared)?;
            notes.extend(in_order(told.entries, reference, &mut shared));
        }
    }
    let parts = running_parts(&mut package, &relations, &mut shared)?;
    let pages = pages::lay_out(story.into_pieces(), notes, &parts, even_and_odd)?;
    let document = Document {
        pages,
        attachments: Vec::new(),
    };
    Ok((document, shared.said))
}

/// A part that holds text, with its name.
fn taken(
    package: &mut Package<'_>,
    name: Option<String>,
) -> Result<Option<(String, String)>, Fault> {
    let Some(name) = name else { return Ok(None) };
    match package.take_text(&name)? {
        Some(text) => Ok(Some((name, text))),
        None => Err(Fault::whole(WordRule::MissingPart(name))),
    }
}

/// All headers and footers of a document.
fn running_parts(
    package: &mut Package<'_>,
    relations: &Relations,
    shared: &mut Shared,
) -> Result<pages::Parts, Fault> {
    let mut parts = pages::Parts::new();
    for (id, relation) in relations {
        if !matches!(relation.kind.as_str(), "header" | "footer") {
            continue;
        }
        let Some((name, text)) = taken(package, relation.part.clone())? else {
            continue;
        };
        let story = text::read(&name, &text, false, shared)?.story;
        parts.insert(id.clone(), story.into_blocks());
    }
    Ok(parts)
}

/// Notes in the order in which the text refers to them, with the sign that it has there; then those to which it does
/// not refer. A comment has its author before it.
fn in_order(mut entries: Vec<Entry>, kind: Reference, shared: &mut Shared) -> Vec<Block> {
    entries.sort_by_cached_key(|entry| {
        let place = shared.references.place(kind, &entry.id);
        place.unwrap_or(usize::MAX)
    });
    let mut blocks = Vec::new();
    for (nth, entry) in (1..).zip(entries) {
        let referred = shared.references.place(kind, &entry.id).is_some();
        let before = match kind {
            Reference::Comment if entry.author.is_empty() => "Comment:".to_owned(),
            Reference::Comment => format!("Comment, {}:", entry.author),
            _ if referred => sign(kind, nth),
            _ => String::new(),
        };
        let mut of_entry = entry.story.into_blocks();
        if let Some(first) = of_entry
            .first_mut()
            .and_then(|block| block.lines.first_mut())
        {
            first.text = format!("{before} {}", first.text.trim_start());
            shared.said.comments += usize::from(kind == Reference::Comment);
        }
        blocks.extend(of_entry);
    }
    blocks
}

/// Reads a part that holds no text, element by element.
fn each_element(
    name: &str,
    text: &str,
    mut element: impl FnMut(&str, &[Attribute<'_>]) -> Result<(), Rule>,
) -> Result<(), Fault> {
    let in_part = |fault| within(name, text, fault);
    let mut events = Events::new(text, OFFICE_NAMESPACES_MAX).map_err(in_part)?;
    let mut count = 0;
    while let Some(event) = events.next().map_err(in_part)? {
        if let Event::Start { local, at, .. } = event {
            count += 1;
            if count > OFFICE_ELEMENTS_MAX {
                let what = "elements in a part that holds no text";
                return Err(in_part(Fault::limit(at, what, OFFICE_ELEMENTS_MAX)));
            }
            element(local, events.attributes()).map_err(|rule| in_part(Fault::at(at, rule)))?;
        }
    }
    Ok(())
}

/// Names the part, and the place in it, where a rule is broken.
fn within(part: &str, text: &str, fault: Fault) -> Fault {
    Fault::whole(Rule::Within {
        part: crate::error::shortened(part),
        place: fault.at.map(|at| Place::of(text.as_bytes(), at)),
        rule: Box::new(fault.rule),
    })
}

/// The value of the attribute of this name, whatever its prefix.
fn attribute<'e>(attributes: &'e [Attribute<'_>], local: &str) -> Option<&'e str> {
    let is_it = |name: &str| {
        name.strip_suffix(local)
            .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(':') && prefix != "xmlns:")
    };
    let found = attributes.iter().find(|attribute| is_it(attribute.name));
    found.map(|attribute| attribute.value.as_ref())
}

/// Whether a property that is on or off is on (ECMA-376 part 1, section 17.17.4): it is, if it stands there without
/// a value.
fn is_on(value: Option<&str>) -> bool {
    !matches!(value, Some("0" | "false" | "off"))
}
