//! Which elements are TEI's.

use super::attributes::Attribute;
use crate::error::{Fault, XmlRule, shortened};
use crate::limits::NAMESPACES_MAX;

/// The namespace of TEI P5.
const TEI: &str = "http://www.tei-c.org/ns/1.0";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A declaration that is in force for the element at `depth` and inside it.
#[derive(Debug)]
struct Binding<'a> {
    depth: usize,
    /// None for the default namespace.
    prefix: Option<&'a str>,
    tei: bool,
}

/// The declarations in force.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'a> {
    bindings: Vec<Binding<'a>>,
    default_is_tei: bool,
}

impl<'a> Namespaces<'a> {
    /// Enters an element at `depth`; tells whether it is TEI's.
    pub(super) fn enter(
        &mut self,
        depth: usize,
        at: usize,
        prefix: Option<&'a str>,
        attributes: &[Attribute<'a>],
    ) -> Result<bool, Fault> {
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
                    self.is_tei(prefix, attribute.at)?;
                }
            }
        }
        match prefix {
            None => Ok(self.default_is_tei),
            Some("xml") => Ok(false),
            Some(prefix) => self.is_tei(prefix, at),
        }
    }

    /// Leaves the element at `depth`.
    pub(super) fn leave(&mut self, depth: usize) {
        if self.bindings.last().is_none_or(|b| b.depth < depth) {
            return;
        }
        self.bindings.retain(|b| b.depth < depth);
        self.default_is_tei = self
            .bindings
            .iter()
            .rfind(|b| b.prefix.is_none())
            .is_some_and(|b| b.tei);
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
        if self.bindings.len() == NAMESPACES_MAX {
            return Err(Fault::limit(
                declared.at,
                "namespaces declared at one place",
                NAMESPACES_MAX,
            ));
        }
        let tei = name == TEI;
        if prefix.is_none() {
            self.default_is_tei = tei;
        }
        self.bindings.push(Binding { depth, prefix, tei });
        Ok(())
    }

    fn is_tei(&self, prefix: &str, at: usize) -> Result<bool, Fault> {
        self.bindings
            .iter()
            .rfind(|b| b.prefix == Some(prefix))
            .map(|b| b.tei)
            .ok_or_else(|| Fault::at(at, XmlRule::Prefix(shortened(prefix))))
    }
}
