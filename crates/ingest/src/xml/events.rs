//! Tags and text of a well-formed file, one after the other.

use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::Event as Cut;
use quick_xml::reader::Reader;
use strongroom_record::limits::DEPTH_MAX;

use super::attributes::{self, Attribute};
use super::chars::{self, is_space, referred};
use super::names;
use super::namespaces::{Namespaces, Space};
use crate::error::{Fault, Place, XmlRule, shortened};

/// Something that stands in the file. Comments, processing instructions and the XML declaration are checked
/// and left out.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// An element begins; its attributes are [`Events::attributes`] until the next event.
    Start {
        /// Its name without a prefix.
        local: &'a str,
        /// The vocabulary it is of.
        space: Space,
        /// The offset of its `<`.
        at: usize,
    },
    /// The innermost open element ends.
    End {
        /// The offset after its end tag.
        end: usize,
    },
    /// Text within the root element, without references.
    Text(&'a str),
    /// A character that was written as a reference.
    Char(char),
}

/// An element that has begun.
#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    at: usize,
}

/// The events of a text.
pub(crate) struct Events<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    open: Vec<Open<'a>>,
    attributes: Vec<Attribute<'a>>,
    namespaces: Namespaces<'a>,
    /// `]]>` occurs somewhere: text must be searched for it.
    has_section_end: bool,
    /// The last start tag was `<a/>`: its end is due.
    empty: bool,
    /// A root element has begun.
    rooted: bool,
}

impl<'a> Events<'a> {
    /// Begins to read a text, which has no byte order mark, and in which up to `namespaces_max` namespaces are
    /// declared at one place.
    ///
    /// # Errors
    /// It holds characters that XML does not allow.
    pub(crate) fn new(text: &'a str, namespaces_max: usize) -> Result<Self, Fault> {
        chars::check(text)?;
        if text.starts_with('\u{feff}') {
            return Err(Fault::at(0, XmlRule::OutsideRoot));
        }
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        // Ends are matched here, to tell where the open element began.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Ok(Self {
            text,
            reader,
            open: Vec::new(),
            attributes: Vec::new(),
            namespaces: Namespaces::new(namespaces_max),
            has_section_end: text.contains("]]>"),
            empty: false,
            rooted: false,
        })
    }

    /// The attributes of the element that began last.
    pub(crate) fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// The next event, or nothing at the end of a whole file.
    ///
    /// # Errors
    /// The file is not well-formed up to here.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, Fault> {
        if self.empty {
            self.empty = false;
            let end = self.position();
            self.close();
            return Ok(Some(Event::End { end }));
        }
        loop {
            let at = self.position();
            let cut = match self.reader.read_event() {
                Ok(cut) => cut,
                Err(fault) => return Err(self.syntax(&fault)),
            };
            let end = self.position();
            match cut {
                Cut::Start(_) => return self.start(at, end - 1).map(Some),
                Cut::Empty(_) => {
                    self.empty = true;
                    return self.start(at, end - 2).map(Some);
                }
                Cut::End(tag) => {
                    self.end(at, tag.name().as_ref())?;
                    return Ok(Some(Event::End { end }));
                }
                Cut::Text(_) => {
                    if let Some(text) = self.text(at, end)? {
                        return Ok(Some(Event::Text(text)));
                    }
                }
                Cut::CData(_) | Cut::GeneralRef(_) if self.open.is_empty() => {
                    return Err(Fault::at(at, XmlRule::OutsideRoot));
                }
                Cut::CData(_) => {
                    let inner = at + "<![CDATA[".len()..end - "]]>".len();
                    return Ok(Some(Event::Text(&self.text[inner])));
                }
                Cut::GeneralRef(_) => {
                    return referred(&self.text[at + 1..end - 1], at).map(|c| Some(Event::Char(c)));
                }
                Cut::Comment(_) => self.comment(at, end)?,
                Cut::PI(pi) => {
                    let target = pi.target();
                    if !names::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
                        return Err(Fault::at(at, XmlRule::Name(shortened(target))));
                    }
                }
                Cut::Decl(_) => self.declaration(at, end)?,
                Cut::DocType(_) => return Err(Fault::at(at, XmlRule::Doctype)),
                Cut::Eof => return self.finish().map(|()| None),
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).expect("an offset within a slice fits usize")
    }

    /// A start tag whose inside is `at + 1 .. inner_end`.
    fn start(&mut self, at: usize, inner_end: usize) -> Result<Event<'a>, Fault> {
        let inner = &self.text[at + 1..inner_end];
        let name_len = inner.bytes().position(is_space).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(name_len);
        let Some((prefix, local)) = names::split(name) else {
            return Err(Fault::at(at, XmlRule::Name(shortened(name))));
        };
        if self.open.is_empty() {
            if self.rooted {
                return Err(Fault::at(at, XmlRule::SecondRoot(shortened(name))));
            }
            self.rooted = true;
        }
        if self.open.len() == DEPTH_MAX {
            return Err(Fault::limit(at, "elements inside one another", DEPTH_MAX));
        }
        attributes::scan(rest, at + 1 + name_len, &mut self.attributes)?;
        self.open.push(Open { name, at });
        let space = self
            .namespaces
            .enter(self.open.len(), at, prefix, &self.attributes)?;
        Ok(Event::Start { local, space, at })
    }

    fn end(&mut self, at: usize, name: &str) -> Result<(), Fault> {
        let Some(open) = self.open.last() else {
            return Err(Fault::at(at, XmlRule::StrayEnd(shortened(name))));
        };
        if open.name != name {
            return Err(Fault::at(
                at,
                XmlRule::WrongEnd {
                    open: shortened(open.name),
                    line: Place::of(self.text.as_bytes(), open.at).line,
                    found: shortened(name),
                },
            ));
        }
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        self.namespaces.leave(self.open.len());
        self.open.pop();
    }

    /// Text at `at..end`; nothing if it is white space outside the root element.
    fn text(&self, at: usize, end: usize) -> Result<Option<&'a str>, Fault> {
        let text = &self.text[at..end];
        if self.open.is_empty() {
            return match text.bytes().position(|b| !is_space(b)) {
                Some(here) => Err(Fault::at(at + here, XmlRule::OutsideRoot)),
                None => Ok(None),
            };
        }
        if self.has_section_end
            && let Some(here) = text.find("]]>")
        {
            return Err(Fault::at(at + here, XmlRule::SectionEnd));
        }
        Ok(Some(text))
    }

    /// Checks the XML declaration at `at..end` (production 23).
    fn declaration(&mut self, at: usize, end: usize) -> Result<(), Fault> {
        let wrong = || Fault::at(at, XmlRule::Declaration);
        if self.rooted && self.open.is_empty() {
            return Err(Fault::at(at, XmlRule::SecondDeclaration));
        }
        if at != 0 {
            return Err(wrong());
        }
        let inner = &self.text["<?xml".len()..end - "?>".len()];
        attributes::scan(inner, "<?xml".len(), &mut self.attributes)?;
        let mut rest = self.attributes.as_slice();
        let mut take = |name: &str| match rest.split_first() {
            Some((first, after)) if first.name == name => {
                rest = after;
                Some(first.value.as_ref())
            }
            _ => None,
        };
        let version = take("version").ok_or_else(wrong)?;
        let encoding = take("encoding");
        let standalone = take("standalone");
        if version != "1.0" {
            return Err(Fault::at(at, XmlRule::Version(shortened(version))));
        }
        if let Some(encoding) = encoding
            && !["utf-8", "us-ascii"].contains(&encoding.to_ascii_lowercase().as_str())
        {
            return Err(Fault::at(
                at,
                crate::error::Rule::OtherEncoding(shortened(encoding)),
            ));
        }
        if !rest.is_empty() || !matches!(standalone, None | Some("yes" | "no")) {
            return Err(wrong());
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), Fault> {
        if let Some(open) = self.open.last() {
            return Err(Fault::at(
                self.text.len(),
                XmlRule::Truncated {
                    name: shortened(open.name),
                    line: Place::of(self.text.as_bytes(), open.at).line,
                },
            ));
        }
        if !self.rooted {
            return Err(Fault::whole(XmlRule::NoRoot));
        }
        Ok(())
    }

    /// Checks the comment at `at..end` (production 15).
    fn comment(&self, at: usize, end: usize) -> Result<(), Fault> {
        let start = at + "<!--".len();
        let inner = &self.text[start..end - "-->".len()];
        let hyphens = inner
            .find("--")
            .or_else(|| inner.ends_with('-').then(|| inner.len() - 1));
        match hyphens {
            Some(here) => Err(Fault::at(start + here, XmlRule::CommentHyphens)),
            None => Ok(()),
        }
    }

    /// What `quick-xml` refuses, in words of ours.
    fn syntax(&self, fault: &quick_xml::Error) -> Fault {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(self.text.len());
        let rule = match fault {
            quick_xml::Error::Syntax(why) => match why {
                SyntaxError::InvalidBangMarkup => XmlRule::Bang,
                SyntaxError::UnclosedPI => XmlRule::Unclosed("a processing instruction"),
                SyntaxError::UnclosedXmlDecl => XmlRule::Unclosed("an XML declaration"),
                SyntaxError::UnclosedComment => XmlRule::Unclosed("a comment"),
                SyntaxError::UnclosedDoctype => XmlRule::Unclosed("a document type declaration"),
                SyntaxError::UnclosedCData => XmlRule::Unclosed("a CDATA section"),
                SyntaxError::UnclosedTag
                | SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue => XmlRule::Unclosed("a tag"),
            },
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => XmlRule::Ampersand,
            other => XmlRule::Markup(shortened(&other.to_string())),
        };
        Fault::at(at, rule)
    }
}
