//! One document as a flat tree.
//!
//! Nodes lie in the order of the text, a parent before its children, and each element knows where its subtree
//! ends. So a walk over a subtree is a loop over a slice, and skipping a footnote is a jump: nothing recurses.

use std::borrow::Cow;
use std::ops::Range;

use super::tag::{Name, Tag};
use crate::error::Fault;
use crate::fold::Folded;
use crate::limits::{BLOCK_DEPTH_MAX, NODES_MAX};
use crate::xml::Attribute;

/// A node's position in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

impl NodeId {
    /// The document itself.
    pub(super) const ROOT: Self = Self(0);

    const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Element(Element),
    Text(&'a str),
    Char(char),
    /// The space that stands for a line break, after its element.
    Break,
}

/// What is known of an element from its ancestors, its siblings and its inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) tag: Tag,
    /// The element around it; the root is its own.
    pub(super) parent: NodeId,
    /// After the last node of its subtree.
    end: u32,
    attributes_start: u32,
    attributes_len: u8,
    /// Blocks around it and itself.
    block_depth: u8,
    /// It lies in a footnote.
    pub(super) in_note: bool,
    /// It lies in the list of the subject or of the participants.
    pub(super) in_header_list: bool,
    /// It lies in a table row.
    pub(super) in_row: bool,
    /// A paragraph or a row that is a portion of its own lies in it.
    pub(super) holds_portions: bool,
    /// The label right before it, if it is an item.
    pub(super) label: Option<NodeId>,
}

#[derive(Debug)]
struct Open {
    id: NodeId,
    last_child: Option<NodeId>,
}

/// A document, or the part of one that was read so far.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Content<'a>>,
    attributes: Vec<(Name, Cow<'a, str>)>,
    open: Vec<Open>,
}

impl<'a> Tree<'a> {
    /// Forgets a document, but not the memory it took.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.attributes.clear();
        self.open.clear();
    }

    /// Begins an element at offset `at`.
    pub(super) fn begin(
        &mut self,
        tag: Tag,
        attributes: &[Attribute<'a>],
        at: usize,
    ) -> Result<(), Fault> {
        let id = self.next_id(at)?;
        let mut element = Element {
            tag,
            parent: id,
            end: 0,
            attributes_start: u32::try_from(self.attributes.len())
                .expect("at most ATTRIBUTES_MAX a node"),
            attributes_len: 0,
            block_depth: u8::from(tag.is_block()),
            in_note: false,
            in_header_list: false,
            in_row: false,
            holds_portions: false,
            label: None,
        };
        if let Some(open) = self.open.last_mut() {
            let parent_id = open.id;
            let before = open.last_child.replace(id);
            let parent = self.element(parent_id);
            element.parent = parent_id;
            element.block_depth += parent.block_depth;
            element.in_note = parent.in_note || parent.tag == Tag::Note;
            element.in_header_list = parent.in_header_list || self.is_header_list(parent_id);
            element.in_row = parent.in_row || parent.tag == Tag::Row;
            element.label =
                before.filter(|&b| tag == Tag::Item && self.element(b).tag == Tag::Label);
        }
        if usize::from(element.block_depth) > BLOCK_DEPTH_MAX {
            return Err(Fault::limit(
                at,
                "blocks of text inside one another",
                BLOCK_DEPTH_MAX,
            ));
        }
        if tag.has_attributes() {
            for attribute in attributes {
                if let Some(name) = Name::of(attribute.name) {
                    self.attributes.push((name, attribute.value.clone()));
                    element.attributes_len += 1;
                }
            }
        }
        if matches!(tag, Tag::Paragraph | Tag::Row) && !element.in_note && !element.in_header_list {
            for open in &self.open {
                if let Content::Element(around) = &mut self.nodes[open.id.index()] {
                    around.holds_portions = true;
                }
            }
        }
        self.nodes.push(Content::Element(element));
        self.open.push(Open {
            id,
            last_child: None,
        });
        Ok(())
    }

    /// Ends the innermost open element; tells whether it was the document.
    pub(super) fn end(&mut self, at: usize) -> Result<bool, Fault> {
        let open = self
            .open
            .pop()
            .expect("ends match beginnings in well-formed XML");
        let end = self.next_id(at)?.0;
        if let Content::Element(element) = &mut self.nodes[open.id.index()] {
            element.end = end;
            if element.tag == Tag::LineBreak {
                self.nodes.push(Content::Break);
            }
        }
        Ok(self.open.is_empty())
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &'a str, at: usize) -> Result<(), Fault> {
        self.next_id(at)?;
        self.nodes.push(Content::Text(text));
        Ok(())
    }

    /// Adds a character.
    pub(super) fn char(&mut self, c: char, at: usize) -> Result<(), Fault> {
        self.next_id(at)?;
        self.nodes.push(Content::Char(c));
        Ok(())
    }

    fn next_id(&self, at: usize) -> Result<NodeId, Fault> {
        if self.nodes.len() >= NODES_MAX {
            return Err(Fault::limit(
                at,
                "elements and pieces of text in one document",
                NODES_MAX,
            ));
        }
        Ok(NodeId(
            u32::try_from(self.nodes.len()).expect("NODES_MAX fits u32"),
        ))
    }

    /// The element at a position that is one.
    pub(super) fn element(&self, id: NodeId) -> &Element {
        match &self.nodes[id.index()] {
            Content::Element(element) => element,
            _ => unreachable!("a NodeId is handed out for elements only"),
        }
    }

    /// An attribute's value, if it is given and not empty.
    pub(super) fn attribute(&self, id: NodeId, name: Name) -> Option<&str> {
        let element = self.element(id);
        let start = element.attributes_start as usize;
        self.attributes[start..start + usize::from(element.attributes_len)]
            .iter()
            .find(|(n, value)| *n == name && !value.is_empty())
            .map(|(_, value)| value.as_ref())
    }

    /// Whether an element is the list of the subject or of the participants.
    fn is_header_list(&self, id: NodeId) -> bool {
        self.element(id).tag == Tag::List
            && matches!(
                self.attribute(id, Name::Type),
                Some("subject" | "participants")
            )
    }

    /// The elements inside an element, in the order of the text.
    pub(super) fn inside(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Element)> {
        self.nodes[self.range(id)]
            .iter()
            .zip(id.0 + 1..)
            .filter_map(|(node, at)| match node {
                Content::Element(element) => Some((NodeId(at), element)),
                _ => None,
            })
    }

    /// The text of a block: without footnotes and lists in it, line breaks as spaces, white space folded.
    pub(super) fn block_text(&self, id: NodeId) -> String {
        let mut text = Folded::default();
        let Range { start: mut at, end } = self.range(id);
        while at < end {
            let node = &self.nodes[at];
            at += 1;
            match node {
                Content::Element(inner) if matches!(inner.tag, Tag::Note | Tag::List) => {
                    at = inner.end as usize;
                }
                Content::Element(_) => {}
                Content::Text(piece) => text.push_str(piece),
                Content::Char(c) => text.push(*c),
                Content::Break => text.space(),
            }
        }
        text.finish()
    }

    /// All text of an element, white space folded.
    pub(super) fn whole_text(&self, id: NodeId) -> String {
        let mut text = Folded::default();
        for node in &self.nodes[self.range(id)] {
            match node {
                Content::Text(piece) => text.push_str(piece),
                Content::Char(c) => text.push(*c),
                Content::Element(_) | Content::Break => {}
            }
        }
        text.finish()
    }

    /// The beginning of an element's text, white space folded: what some `max` bytes of it give. Notes and names may
    /// enclose one another, and reading each whole would repeat work.
    pub(super) fn opening(&self, id: NodeId, max: usize) -> String {
        let mut text = Folded::default();
        let mut left = max;
        for node in &self.nodes[self.range(id)] {
            match node {
                Content::Text(piece) => {
                    let len = piece.len().min(left);
                    let end = (0..=len).rev().find(|&end| piece.is_char_boundary(end));
                    text.push_str(&piece[..end.unwrap_or(0)]);
                    left -= len;
                }
                Content::Char(c) => {
                    text.push(*c);
                    left = left.saturating_sub(c.len_utf8());
                }
                Content::Element(_) | Content::Break => left = left.saturating_sub(1),
            }
            if left == 0 {
                break;
            }
        }
        text.finish()
    }

    fn range(&self, id: NodeId) -> Range<usize> {
        id.index() + 1..self.element(id).end as usize
    }
}
