//! Which vocabulary an element belongs to.

use super::attributes::Attribute;
use crate::error::{Fault, XmlRule, shortened};

/// The vocabularies that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// TEI P5.
    Tei,
    /// Text of an Office document (ECMA-376 part 1, section 17; `w`).
    Word,
    /// Drawings (section 20.1; `a`): their shapes may hold text.
    Drawing,
    /// Formulas (section 22.1; `m`).
    Math,
    /// Office objects of old (part 4, `o`): embedded ones among them.
    Office,
    /// Charts and diagrams in a drawing.
    Chart,
    /// Alternatives of which a reader takes one (part 3; `mc`).
    Compatibility,
    /// None of these.
    Other,
}

impl Space {
    /// The vocabulary of a namespace; the second names are those of the strict form of Office documents.
    fn of(name: &str) -> Self {
        match name {
            "http://www.tei-c.org/ns/1.0" => Self::Tei,
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
            | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Self::Word,
            "http://schemas.openxmlformats.org/drawingml/2006/main"
            | "http://purl.oclc.org/ooxml/drawingml/main" => Self::Drawing,
            "http://schemas.openxmlformats.org/officeDocument/2006/math"
            | "http://purl.oclc.org/ooxml/officeDocument/math" => Self::Math,
            "urn:schemas-microsoft-com:office:office" => Self::Office,
            "http://schemas.openxmlformats.org/drawingml/2006/chart"
            | "http://schemas.openxmlformats.org/drawingml/2006/diagram"
            | "http://purl.oclc.org/ooxml/drawingml/chart"
            | "http://purl.oclc.org/ooxml/drawingml/diagram" => Self::Chart,
            "http://schemas.openxmlformats.org/markup-compatibility/2006" => Self::Compatibility,
            _ => Self::Other,
        }
    }
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A declaration that is in force for the element at `depth` and inside it.
#[derive(Debug)]
struct Binding<'a> {
    depth: usize,
    /// None for the default namespace.
    prefix: Option<&'a str>,
    space: Space,
}

/// The declarations in force.
#[derive(Debug)]
pub(super) struct Namespaces<'a> {
    bindings: Vec<Binding<'a>>,
    /// How many there may be.
    max: usize,
    default: Space,
}

impl<'a> Namespaces<'a> {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            bindings: Vec::new(),
            max,
            default: Space::Other,
        }
    }

    /// Enters an element at `depth`; tells its vocabulary.
    pub(super) fn enter(
        &mut self,
        depth: usize,
        at: usize,
        prefix: Option<&'a str>,
        attributes: &[Attribute<'a>],
    ) -> Result<Space, Fault> {
        for attribute in attributes {
            if attribute.name == "xmlns" {
                self.bind(depth, None, attribute)?;
            } else if attribute.prefix == Some("xmlns") {
                self.bind(depth, Some(&attribute.name["xmlns:".len()..]), attribute)?;
            }
        }
        for attribute in attributes {
            match attribute.prefix {
                None | Some("xml" | "xmlns") => {}
                Some(prefix) => {
                    self.space(prefix, attribute.at)?;
                }
            }
        }
        match prefix {
            None => Ok(self.default),
            Some("xml") => Ok(Space::Other),
            Some(prefix) => self.space(prefix, at),
        }
    }

    /// Leaves the element at `depth`.
    pub(super) fn leave(&mut self, depth: usize) {
        if self.bindings.last().is_none_or(|b| b.depth < depth) {
            return;
        }
        self.bindings.retain(|b| b.depth < depth);
        self.default = self
            .bindings
            .iter()
            .rfind(|b| b.prefix.is_none())
            .map_or(Space::Other, |b| b.space);
    }

    /// Declares a prefix (sections 2 and 3 of Namespaces in XML 1.0: what may not be declared).
    fn bind(
        &mut self,
        depth: usize,
        prefix: Option<&'a str>,
        declared: &Attribute<'a>,
    ) -> Result<(), Fault> {
        let name = declared.value.as_ref();
        let allowed = match prefix {
            Some("xml") => name == XML,
            Some("xmlns") => false,
            Some(_) => !name.is_empty() && name != XML && name != XMLNS,
            None => name != XML && name != XMLNS,
        };
        if !allowed {
            return Err(Fault::at(
                declared.at,
                XmlRule::Prefix(shortened(prefix.unwrap_or("xmlns"))),
            ));
        }
        if self.bindings.len() == self.max {
            return Err(Fault::limit(
                declared.at,
                "namespaces declared at one place",
                self.max,
            ));
        }
        let space = Space::of(name);
        if prefix.is_none() {
            self.default = space;
        }
        self.bindings.push(Binding {
            depth,
            prefix,
            space,
        });
        Ok(())
    }

    fn space(&self, prefix: &str, at: usize) -> Result<Space, Fault> {
        self.bindings
            .iter()
            .rfind(|b| b.prefix == Some(prefix))
            .map(|b| b.space)
            .ok_or_else(|| Fault::at(at, XmlRule::Prefix(shortened(prefix))))
    }
}
