//! The pages of a document, with their running headers and footers (ECMA-376 part 1, sections 17.6 and 17.10).

use std::collections::HashMap;

use super::story::Piece;
use super::{attribute, is_on};
use crate::document::{Block, BlockKind, DocPage};
use crate::error::{Fault, Rule};
use crate::limits::{LINES_MAX, PAGES_MAX};
use crate::xml::Attribute;

/// Which pages of a section a header or a footer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Even,
    Default,
}

impl Which {
    const ALL: [Self; 3] = [Self::First, Self::Even, Self::Default];

    fn of(word: Option<&str>) -> Self {
        match word {
            Some("first") => Self::First,
            Some("even") => Self::Even,
            _ => Self::Default,
        }
    }
}

/// The relations that name the three headers, or footers, of a section; none stands for that of the section before.
pub(super) type Running = [Option<String>; 3];

/// A section of a document.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    pub(super) headers: Running,
    pub(super) footers: Running,
    /// Its first page has a header of its own.
    title_page: bool,
    /// It goes on with the page on which the section before ends.
    continuous: bool,
}

impl Section {
    /// Takes an element of its properties.
    pub(super) fn take(&mut self, local: &str, attributes: &[Attribute<'_>]) {
        let value = attribute(attributes, "val");
        let which = Which::of(attribute(attributes, "type"));
        let id = attribute(attributes, "id").map(str::to_owned);
        match local {
            "headerReference" => self.headers[which as usize] = id,
            "footerReference" => self.footers[which as usize] = id,
            "titlePg" => self.title_page = is_on(value),
            "type" => self.continuous = value == Some("continuous"),
            _ => {}
        }
    }
}

/// Headers and footers by the relation that names them.
pub(super) type Parts = HashMap<String, Vec<Block>>;

/// A page while it is laid out.
#[derive(Debug, Default)]
struct Laid {
    blocks: Vec<Block>,
    /// The section in which it begins, and which page of that it is.
    section: usize,
    of_section: usize,
}

/// Lays out pieces as pages; `notes` follow the text. Lines are numbered through all pages.
///
/// A header that is for pages which the file does not tell of stands on the last page known of its section: other
/// programs than Word do not note where pages ended.
///
/// # Errors
/// There are too many pages or lines.
pub(super) fn lay_out(
    pieces: Vec<Piece>,
    notes: Vec<Block>,
    parts: &Parts,
    even_and_odd: bool,
) -> Result<Vec<DocPage>, Fault> {
    let mut sections: Vec<Section> = Vec::new();
    let mut pages = vec![Laid::default()];
    let mut section_begins = false;
    // Whether a section goes on with a page stands at its end; so where it begins is settled there.
    let mut begun_at = 0;
    for piece in pieces {
        let page_has_text = pages.last().is_some_and(|page| !page.blocks.is_empty());
        match piece {
            Piece::Block(block) => {
                if section_begins {
                    section_begins = false;
                    pages.push(Laid {
                        section: sections.len(),
                        ..Laid::default()
                    });
                    begun_at = pages.len() - 1;
                }
                pages
                    .last_mut()
                    .expect("there is a page")
                    .blocks
                    .push(block);
            }
            // A page that was broken by hand and noted as ended is one.
            Piece::PageBreak if page_has_text && !section_begins => {
                let last = pages.last().expect("there is a page");
                let next = Laid {
                    section: sections.len(),
                    of_section: if last.section == sections.len() {
                        last.of_section + 1
                    } else {
                        0
                    },
                    ..Laid::default()
                };
                pages.push(next);
            }
            Piece::PageBreak => {}
            Piece::Section(section) => {
                if section.continuous && !sections.is_empty() {
                    unite(&mut pages, begun_at);
                }
                sections.push(section);
                section_begins = true;
            }
        }
        if pages.len() > PAGES_MAX {
            return Err(Fault::whole(Rule::Limit {
                what: "pages in one document",
                max: PAGES_MAX,
            }));
        }
    }
    if let Some(last) = pages.last_mut() {
        last.blocks.extend(notes);
    }
    inherit(&mut sections);
    let mut laid = run_heads(pages, &sections, parts, even_and_odd)?;
    number(&mut laid)?;
    Ok(laid)
}

/// Puts the page at `at`, with which a section began, on the page before.
fn unite(pages: &mut Vec<Laid>, at: usize) {
    if at > 0 && at < pages.len() {
        let page = pages.remove(at);
        pages[at - 1].blocks.extend(page.blocks);
    }
}

/// Gives each section the headers and footers that it takes over from the one before.
fn inherit(sections: &mut [Section]) {
    let mut before = Section::default();
    for section in sections {
        for which in Which::ALL {
            let nth = which as usize;
            if section.headers[nth].is_none() {
                section.headers[nth] = before.headers[nth].clone();
            }
            if section.footers[nth].is_none() {
                section.footers[nth] = before.footers[nth].clone();
            }
        }
        before = section.clone();
    }
}

/// Puts headers before and footers after the blocks of each page.
fn run_heads(
    pages: Vec<Laid>,
    sections: &[Section],
    parts: &Parts,
    even_and_odd: bool,
) -> Result<Vec<DocPage>, Fault> {
    let mut done = Vec::with_capacity(pages.len());
    let mut lines = 0;
    let mut due: [bool; 3] = [false; 3];
    let sections_of: Vec<usize> = pages.iter().map(|page| page.section).collect();
    for (nth, page) in pages.into_iter().enumerate() {
        let Some(section) = sections.get(page.section).or(sections.last()) else {
            done.push(DocPage {
                blocks: page.blocks,
            });
            continue;
        };
        if nth == 0 || sections_of[nth - 1] != page.section {
            due = [section.title_page, even_and_odd, true];
        }
        let which = if section.title_page && page.of_section == 0 {
            Which::First
        } else if even_and_odd && nth % 2 == 1 {
            Which::Even
        } else {
            Which::Default
        };
        let last_of_section = sections_of.get(nth + 1) != Some(&page.section);
        let shown: Vec<Which> = Which::ALL
            .into_iter()
            .filter(|&other| other == which || last_of_section && due[other as usize])
            .collect();
        due[which as usize] = false;
        let take = |running: &Running, kind: BlockKind| -> Vec<Block> {
            shown
                .iter()
                .filter_map(|&which| parts.get(running[which as usize].as_ref()?))
                .flatten()
                .map(|block| Block {
                    kind,
                    lines: block.lines.clone(),
                })
                .collect()
        };
        let mut blocks = take(&section.headers, BlockKind::Header);
        let footers = take(&section.footers, BlockKind::Footer);
        lines += blocks
            .iter()
            .chain(&footers)
            .map(|block| block.lines.len())
            .sum::<usize>();
        if lines > LINES_MAX {
            return Err(too_many_lines());
        }
        blocks.extend(page.blocks);
        blocks.extend(footers);
        done.push(DocPage { blocks });
    }
    Ok(done)
}

fn number(pages: &mut [DocPage]) -> Result<(), Fault> {
    let mut next = 0;
    let blocks = pages.iter_mut().flat_map(|page| &mut page.blocks);
    for line in blocks.flat_map(|block| &mut block.lines) {
        next += 1;
        if next > LINES_MAX {
            return Err(too_many_lines());
        }
        line.line = u32::try_from(next).unwrap_or(u32::MAX);
    }
    Ok(())
}

fn too_many_lines() -> Fault {
    Fault::whole(Rule::Limit {
        what: "lines in one document",
        max: LINES_MAX,
    })
}
