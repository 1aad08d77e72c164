//! The XML of a text part (body, header, notes, comments) told as stories.
//!
//! Each open element stands on a stack as what is due at its end; most stand for nothing and only pass their inside
//! on. Text counts within the elements that hold it (`w:t`, and `t` of formulas and drawings), so that codes of
//! fields and deleted words, which lie in elements of their own, never do.

use std::collections::HashMap;

use super::numbering::{Numbering, printed};
use super::pages::Section;
use super::rule::WordRule;
use super::said::Said;
use super::story::{Paragraph, Story};
use super::styles::{Styles, is_outline_level};
use super::{attribute, is_on, within};
use crate::error::{Fault, Rule};
use crate::limits::OFFICE_NAMESPACES_MAX;
use crate::xml::{Attribute, Event, Events, Space};

/// An open element: what is due at its end, and what it is to its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Nothing to itself: its children stand where it stands.
    Plain,
    Paragraph,
    ParagraphProperties,
    NumberProperties,
    /// Properties of the sign that ends a paragraph.
    EndProperties,
    Run,
    RunProperties,
    /// Text counts.
    Text,
    /// A paragraph in a shape of a drawing.
    DrawnLine,
    Table,
    Row,
    TextBox,
    /// A footnote, an endnote, a comment.
    Entry,
    /// Alternatives, of which the first is taken.
    Alternatives {
        taken: bool,
        in_run: bool,
    },
    /// A list in a form, and what was chosen of it.
    Chosen {
        nth: usize,
        seen: usize,
    },
    /// A box in a form.
    CheckBox {
        on: bool,
    },
    Section,
}

/// A footnote, an endnote or a comment.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    /// Who wrote a comment.
    pub(super) author: String,
    pub(super) story: Story,
}

/// What refers to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reference {
    Footnote,
    Endnote,
    Comment,
}

/// The entries that are referred to, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct References {
    order: HashMap<(Reference, String), usize>,
    footnotes: usize,
    endnotes: usize,
}

impl References {
    /// Where an entry was first referred to, counted from 0.
    pub(super) fn place(&self, kind: Reference, id: &str) -> Option<usize> {
        self.order.get(&(kind, id.to_owned())).copied()
    }

    /// Refers to an entry; gives the sign that is printed there.
    fn refer(&mut self, kind: Reference, id: &str) -> String {
        let count = match kind {
            Reference::Footnote => &mut self.footnotes,
            Reference::Endnote => &mut self.endnotes,
            Reference::Comment => &mut 0,
        };
        let next = self.order.len();
        let mut new = false;
        self.order.entry((kind, id.to_owned())).or_insert_with(|| {
            new = true;
            next
        });
        if new {
            *count += 1;
        }
        sign(kind, *count)
    }
}

/// The sign of the nth note: `[2]`, `[ii]`.
pub(super) fn sign(kind: Reference, nth: usize) -> String {
    let nth = u32::try_from(nth).unwrap_or(u32::MAX);
    match kind {
        Reference::Footnote => format!("[{nth}]"),
        Reference::Endnote => format!("[{}]", printed(nth, "lowerRoman")),
        Reference::Comment => String::new(),
    }
}

/// What is known of a document besides the part that is read.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) styles: Styles,
    pub(super) numbering: Numbering,
    pub(super) references: References,
    pub(super) said: Said,
}

/// What a part tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) story: Story,
    pub(super) entries: Vec<Entry>,
}

/// Reads the part `name`; `main` is the body, whose references to notes count.
///
/// # Errors
/// It is not well-formed; text stands where none may; or some of its text is elsewhere or in another format.
pub(super) fn read(name: &str, text: &str, main: bool, shared: &mut Shared) -> Result<Told, Fault> {
    let in_part = |fault| within(name, text, fault);
    let mut events = Events::new(text, OFFICE_NAMESPACES_MAX).map_err(in_part)?;
    let mut walk = Walk {
        shared,
        main,
        open: Vec::new(),
        stories: vec![Story::default()],
        entries: Vec::new(),
        run_hidden: false,
        section: Section::default(),
    };
    let mut here = 0;
    while let Some(event) = events.next().map_err(in_part)? {
        let done = match event {
            Event::Start { local, space, at } => {
                here = at;
                match walk.start(space, local, events.attributes()) {
                    Ok(Some(open)) => {
                        walk.open.push(open);
                        Ok(())
                    }
                    Ok(None) => {
                        skip(&mut events).map_err(in_part)?;
                        Ok(())
                    }
                    Err(rule) => Err(rule),
                }
            }
            Event::End { .. } => {
                walk.end();
                Ok(())
            }
            Event::Text(words) => walk.words(words),
            Event::Char(c) => walk.words(c.encode_utf8(&mut [0; 4])),
        };
        done.map_err(|rule| in_part(Fault::at(here, rule)))?;
    }
    let story = walk.stories.pop().unwrap_or_default();
    let entries = walk.entries;
    Ok(Told { story, entries })
}

/// Reads past the end of the element that has just begun.
fn skip(events: &mut Events<'_>) -> Result<(), Fault> {
    let mut depth = 1;
    while depth > 0 {
        match events.next()? {
            Some(Event::Start { .. }) => depth += 1,
            Some(Event::End { .. }) => depth -= 1,
            Some(Event::Text(_) | Event::Char(_)) => {}
            None => break,
        }
    }
    Ok(())
}

/// A part while it is read.
struct Walk<'s> {
    shared: &'s mut Shared,
    main: bool,
    open: Vec<Open>,
    /// The part's story, and those of open text boxes and entries.
    stories: Vec<Story>,
    entries: Vec<Entry>,
    /// The words of the open run are hidden, and it was not said yet.
    run_hidden: bool,
    section: Section,
}

impl Walk<'_> {
    /// An element begins; nothing if all of its inside is to be passed over.
    fn start(
        &mut self,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
    ) -> Result<Option<Open>, Rule> {
        let parent = self.open.last().copied().unwrap_or(Open::Plain);
        Ok(match (space, local) {
            (Space::Word, _) => return self.word(parent, local, attributes),
            (Space::Compatibility, "AlternateContent") => Some(Open::Alternatives {
                taken: false,
                in_run: parent == Open::Run,
            }),
            (Space::Compatibility, "Choice" | "Fallback") => match self.open.last_mut() {
                Some(Open::Alternatives { taken: true, .. }) => None,
                Some(Open::Alternatives { taken, in_run }) => {
                    *taken = true;
                    Some(if *in_run { Open::Run } else { Open::Plain })
                }
                _ => Some(Open::Plain),
            },
            (Space::Math | Space::Drawing, "t") => Some(Open::Text),
            (Space::Drawing, "p") => Some(Open::DrawnLine),
            (Space::Drawing, "blip") | (Space::Other, "imagedata") => {
                self.shared.said.pictures += 1;
                Some(Open::Plain)
            }
            (Space::Chart, "chart" | "relIds") => {
                self.shared.said.charts += 1;
                Some(Open::Plain)
            }
            (Space::Office, "OLEObject") => {
                self.shared.said.objects += 1;
                Some(Open::Plain)
            }
            _ => Some(Open::Plain),
        })
    }

    /// An element of the text's own vocabulary begins.
    fn word(
        &mut self,
        parent: Open,
        local: &str,
        attributes: &[Attribute<'_>],
    ) -> Result<Option<Open>, Rule> {
        let value = attribute(attributes, "val");
        match parent {
            Open::Run => {
                if let Some(open) = self.in_run(local, attributes)? {
                    return Ok(Some(open));
                }
            }
            Open::RunProperties => {
                self.run_hidden |= match local {
                    "vanish" => is_on(value),
                    "rStyle" => value.is_some_and(|id| self.shared.styles.is_hidden(id)),
                    _ => false,
                };
                return Ok(None);
            }
            Open::EndProperties => {
                if matches!(local, "del" | "moveFrom")
                    && let Some(paragraph) = self.paragraph()
                {
                    paragraph.joins_next = true;
                }
                return Ok(None);
            }
            Open::ParagraphProperties if !matches!(local, "numPr" | "rPr" | "sectPr") => {
                self.paragraph_property(local, value);
                return Ok(None);
            }
            Open::NumberProperties => {
                if let Some(paragraph) = self.paragraph() {
                    match local {
                        "numId" => paragraph.number.list = value.map(str::to_owned),
                        "ilvl" => paragraph.number.level = value.and_then(|v| v.parse().ok()),
                        _ => {}
                    }
                }
                return Ok(None);
            }
            Open::Section => {
                self.section.take(local, attributes);
                return Ok(None);
            }
            _ => {}
        }
        if self.in_form(local, value)? {
            return Ok(None);
        }
        Ok(match local {
            "p" => {
                self.story().begin_paragraph();
                Some(Open::Paragraph)
            }
            "pPr" => Some(Open::ParagraphProperties),
            "numPr" => Some(Open::NumberProperties),
            "rPr" if parent == Open::ParagraphProperties => Some(Open::EndProperties),
            "rPr" => Some(Open::RunProperties),
            "r" => {
                self.run_hidden = self.paragraph().is_some_and(|paragraph| paragraph.hidden);
                Some(Open::Run)
            }
            "tbl" => {
                self.story().begin_table();
                Some(Open::Table)
            }
            "tr" => Some(Open::Row),
            "tc" => {
                self.story().begin_cell();
                Some(Open::Plain)
            }
            "ins" | "moveTo" => {
                self.shared.said.insertions += 1;
                Some(Open::Plain)
            }
            "del" | "moveFrom" => {
                self.shared.said.deletions += 1;
                None
            }
            "txbxContent" => {
                self.stories.push(Story::default());
                Some(Open::TextBox)
            }
            "footnote" | "endnote" | "comment" => {
                // Separators are lines that are drawn, and have a type.
                if attribute(attributes, "type").is_some_and(|kind| kind != "normal") {
                    return Ok(None);
                }
                self.stories.push(Story::default());
                let named = |name| attribute(attributes, name).unwrap_or_default().to_owned();
                self.entries.push(Entry {
                    id: named("id"),
                    author: named("author"),
                    story: Story::default(),
                });
                Some(Open::Entry)
            }
            "sectPr" => {
                self.section = Section::default();
                Some(Open::Section)
            }
            "ddList" => Some(Open::Chosen { nth: 0, seen: 0 }),
            "checkBox" => Some(Open::CheckBox { on: false }),
            "control" => {
                self.shared.said.objects += 1;
                Some(Open::Plain)
            }
            "altChunk" => {
                return Err(WordRule::Elsewhere("a file of another format (altChunk)").into());
            }
            "subDoc" => return Err(WordRule::Elsewhere("another document (subDoc)").into()),
            "sdtPr" | "sdtEndPr" => None,
            // What was before a tracked change of form.
            changed if changed.ends_with("Change") => None,
            _ => Some(Open::Plain),
        })
    }

    /// An element within a run; nothing if it is no more there than elsewhere.
    fn in_run(&mut self, local: &str, attributes: &[Attribute<'_>]) -> Result<Option<Open>, Rule> {
        let is = |name, due| attribute(attributes, name) == Some(due);
        match local {
            "t" => return Ok(Some(Open::Text)),
            "tab" | "ptab" => self.say("\t")?,
            "br" if is("type", "page") => self.story().break_page(),
            "br" | "cr" => self.story().end_line(),
            "lastRenderedPageBreak" => self.story().page_was_ended(),
            "noBreakHyphen" => self.say("-")?,
            // It is printed where a line ends, and is no part of the word.
            "softHyphen" => {}
            "sym" => {
                let code =
                    attribute(attributes, "char").and_then(|hex| u32::from_str_radix(hex, 16).ok());
                let c = match code {
                    // The bullet of the font Symbol, which the fonts of Unicode have elsewhere.
                    Some(0xf0b7) => '•',
                    Some(code) => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                    None => char::REPLACEMENT_CHARACTER,
                };
                self.say(c.encode_utf8(&mut [0; 4]))?;
            }
            "footnoteReference" | "endnoteReference" | "commentReference" => {
                let kind = match local {
                    "footnoteReference" => Reference::Footnote,
                    "endnoteReference" => Reference::Endnote,
                    _ => Reference::Comment,
                };
                if self.main {
                    let id = attribute(attributes, "id").unwrap_or_default();
                    let sign = self.shared.references.refer(kind, id);
                    if !attribute(attributes, "customMarkFollows").is_some_and(|v| is_on(Some(v))) {
                        self.say(&sign)?;
                    }
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(Open::Plain))
    }

    /// What is set in a form field; tells whether it was that.
    fn in_form(&mut self, local: &str, value: Option<&str>) -> Result<bool, Rule> {
        let entry = match self.open.last_mut() {
            Some(Open::Chosen { nth, seen }) => match local {
                "result" => {
                    *nth = value.and_then(|v| v.parse().ok()).unwrap_or(0);
                    None
                }
                "listEntry" => {
                    *seen += 1;
                    (*seen == *nth + 1).then_some(value.unwrap_or_default())
                }
                _ => None,
            },
            Some(Open::CheckBox { on }) => {
                if matches!(local, "default" | "checked") {
                    *on = is_on(value);
                }
                None
            }
            _ => return Ok(false),
        };
        if let Some(words) = entry {
            self.say(words)?;
        }
        Ok(true)
    }

    fn paragraph_property(&mut self, local: &str, value: Option<&str>) {
        let heading = match local {
            "pStyle" => value.is_some_and(|id| self.shared.styles.is_heading(id)),
            "outlineLvl" => is_outline_level(value),
            _ => false,
        };
        let hidden = local == "pStyle" && value.is_some_and(|id| self.shared.styles.is_hidden(id));
        if local == "pageBreakBefore" && is_on(value) {
            self.story().page_was_ended();
        }
        if let Some(paragraph) = self.paragraph() {
            paragraph.heading |= heading;
            paragraph.hidden |= hidden;
            if local == "pStyle" {
                paragraph.style = value.map(str::to_owned);
            }
        }
    }

    /// The innermost open element ends.
    fn end(&mut self) {
        match self.open.pop().unwrap_or(Open::Plain) {
            Open::Paragraph => self.story().end_paragraph(),
            Open::ParagraphProperties => self.number(),
            Open::Table => self.story().end_table(),
            Open::Row => self.story().end_row(),
            Open::DrawnLine => self.story().end_line(),
            Open::TextBox => {
                let text_box = self.stories.pop().unwrap_or_default();
                self.story().anchor(text_box);
            }
            Open::Entry => {
                let story = self.stories.pop().unwrap_or_default();
                if let Some(entry) = self.entries.last_mut() {
                    entry.story = story;
                }
            }
            Open::CheckBox { on } => {
                self.story().push_str(if on { "☒" } else { "☐" });
            }
            Open::Section => {
                let section = std::mem::take(&mut self.section);
                match self.paragraph() {
                    Some(paragraph) => paragraph.section = Some(section),
                    None => self.story().end_section(section),
                }
            }
            _ => {}
        }
    }

    /// Gives the innermost paragraph the number that is printed before it.
    fn number(&mut self) {
        let Some(story) = self.stories.last_mut() else {
            return;
        };
        let Some(paragraph) = story.paragraph() else {
            return;
        };
        let styled = match &paragraph.style {
            Some(id) => self.shared.styles.number(id),
            None => Default::default(),
        };
        let list = paragraph.number.list.take().or(styled.list);
        let level = paragraph.number.level.or(styled.level).unwrap_or(0);
        if let Some(list) = list {
            paragraph.label = self.shared.numbering.next(&list, level);
        }
    }

    fn words(&mut self, words: &str) -> Result<(), Rule> {
        /// Where a line may be broken, or text that is not broken: neither is a letter.
        const SOFT_HYPHEN: char = '\u{ad}';
        if self.open.last() != Some(&Open::Text) {
            return Ok(());
        }
        if words.contains([SOFT_HYPHEN, '\n', '\r']) {
            let words = words.replace(SOFT_HYPHEN, "").replace(['\n', '\r'], " ");
            self.say(&words)
        } else {
            self.say(words)
        }
    }

    fn say(&mut self, words: &str) -> Result<(), Rule> {
        if words.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.run_hidden) {
            self.shared.said.hidden += 1;
        }
        if self.story().push_str(words) {
            Ok(())
        } else {
            Err(WordRule::OutsideParagraph.into())
        }
    }

    fn story(&mut self) -> &mut Story {
        self.stories
            .last_mut()
            .expect("the part's own story never ends")
    }

    fn paragraph(&mut self) -> Option<&mut Paragraph> {
        self.stories.last_mut().and_then(Story::paragraph)
    }
}
