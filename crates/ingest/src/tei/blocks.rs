//! The portions of a document's text.

use strongroom_record::PortionKind;
use strongroom_record::limits::PORTION_MAX_BYTES;

use super::tag::Tag;
use super::tree::{NodeId, Tree};
use crate::error::Fault;
use crate::parts::Parts;

/// Adds the blocks of a document in the order of the text, but for its heading, its subject and participants,
/// and its footnotes.
pub(super) fn add(
    tree: &Tree<'_>,
    heading: Option<NodeId>,
    parts: &mut Parts<'_>,
) -> Result<(), Fault> {
    for (id, element) in tree.inside(NodeId::ROOT) {
        if element.in_note || element.in_header_list || element.in_row || heading == Some(id) {
            continue;
        }
        let (kind, text) = match element.tag {
            Tag::Paragraph => (PortionKind::Paragraph, tree.block_text(id)),
            Tag::Head => (PortionKind::Head, tree.block_text(id)),
            Tag::Salute => (PortionKind::Salute, tree.block_text(id)),
            Tag::Signed => (PortionKind::Signed, tree.block_text(id)),
            Tag::Row => (PortionKind::Row, row(tree, id)),
            // Its paragraphs are the portions.
            Tag::Item if element.holds_portions => continue,
            Tag::Item => {
                let label = element.label.map(|label| tree.block_text(label));
                (
                    PortionKind::Item,
                    joined(label.into_iter().chain([tree.block_text(id)]), " "),
                )
            }
            _ => continue,
        };
        parts.push(kind, text)?;
    }
    Ok(())
}

fn row(tree: &Tree<'_>, id: NodeId) -> String {
    let cells = tree
        .inside(id)
        .filter(|(_, e)| e.tag == Tag::Cell)
        .map(|(cell, _)| tree.block_text(cell));
    joined(cells, " | ")
}

/// Texts with `by` between them; empty ones are left out. Stops when they are too long for a portion.
fn joined(texts: impl Iterator<Item = String>, by: &str) -> String {
    let mut whole = String::new();
    for text in texts.filter(|t| !t.is_empty()) {
        if !whole.is_empty() {
            whole.push_str(by);
        }
        whole.push_str(&text);
        if whole.len() > PORTION_MAX_BYTES {
            break;
        }
    }
    whole
}
