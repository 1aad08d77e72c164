//! A story: the paragraphs and tables of the body, of a header, a note, a comment or a text box, as blocks.
//!
//! What is told here is when something begins and ends; nothing is known of XML. Everything that may lie inside
//! something of its own kind stands on a stack, so nothing recurses.

use super::pages::Section;
use super::styles::Numbered;
use crate::document::{Block, BlockKind, DocLine};

/// What a story is made of.
#[derive(Debug)]
pub(super) enum Piece {
    Block(Block),
    PageBreak,
    /// A section ends here.
    Section(Section),
}

/// A paragraph that has begun.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    /// The lines that have ended.
    lines: Vec<String>,
    /// The line that has not.
    line: String,
    /// What is printed before it: the number of a list.
    pub(super) label: String,
    pub(super) heading: bool,
    pub(super) style: Option<String>,
    pub(super) number: Numbered,
    /// Its words are hidden.
    pub(super) hidden: bool,
    /// Its end was deleted: the next one goes on with it.
    pub(super) joins_next: bool,
    /// It ends a section.
    pub(super) section: Option<Section>,
    /// The page ends after it.
    page_ends: bool,
}

impl Paragraph {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.line.is_empty()
    }

    /// The block of what was said so far; nothing if that is white space.
    fn take_block(&mut self) -> Option<Block> {
        self.end_line();
        let label = std::mem::take(&mut self.label);
        let mut lines = std::mem::take(&mut self.lines);
        lines.retain(|line| !line.chars().all(crate::fold::is_space));
        let first = lines.first_mut()?;
        let item = !label.is_empty();
        if item {
            *first = format!("{label} {first}");
        }
        let kind = if self.heading {
            BlockKind::Heading
        } else if item {
            BlockKind::Item
        } else {
            BlockKind::Paragraph
        };
        let lines = lines.into_iter().map(unplaced).collect();
        Some(Block { kind, lines })
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
    }
}

/// A line whose number is given when the pages are put together.
fn unplaced(text: String) -> DocLine {
    DocLine::new(0, 1, text)
}

/// A table that has begun.
#[derive(Debug, Default)]
struct Table {
    /// The cells of the row that has begun.
    cells: Vec<Vec<Block>>,
    /// A page ended within the row.
    page_ends: bool,
}

/// A story that is being told.
#[derive(Debug, Default)]
pub(super) struct Story {
    pieces: Vec<Piece>,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// A paragraph whose end was deleted.
    joining: Option<Paragraph>,
    /// The text boxes of the page.
    anchored: Vec<Block>,
}

impl Story {
    /// The innermost paragraph that has begun.
    pub(super) fn paragraph(&mut self) -> Option<&mut Paragraph> {
        self.paragraphs.last_mut()
    }

    pub(super) fn begin_paragraph(&mut self) {
        let begun = self.joining.take().unwrap_or_default();
        self.paragraphs.push(begun);
    }

    pub(super) fn end_paragraph(&mut self) {
        let Some(mut paragraph) = self.paragraphs.pop() else {
            return;
        };
        if std::mem::take(&mut paragraph.joins_next) && paragraph.section.is_none() {
            self.joining = Some(paragraph);
            return;
        }
        self.close(paragraph);
    }

    fn close(&mut self, mut paragraph: Paragraph) {
        if let Some(block) = paragraph.take_block() {
            self.add(block);
        }
        if paragraph.page_ends {
            self.end_page();
        }
        if let Some(section) = paragraph.section {
            self.end_section(section);
        }
    }

    /// Adds a block to the innermost cell, or to the story.
    fn add(&mut self, block: Block) {
        match self.tables.last_mut() {
            Some(table) => match table.cells.last_mut() {
                Some(cell) => cell.push(block),
                None => table.cells.push(vec![block]),
            },
            None => self.pieces.push(Piece::Block(block)),
        }
    }

    /// Text in the innermost paragraph; tells whether there is one.
    pub(super) fn push_str(&mut self, text: &str) -> bool {
        match self.paragraph() {
            Some(paragraph) => {
                paragraph.line.push_str(text);
                true
            }
            None => false,
        }
    }

    /// The line ends, and the paragraph goes on.
    pub(super) fn end_line(&mut self) {
        if let Some(paragraph) = self.paragraph() {
            paragraph.end_line();
        }
    }

    /// The page was ended here by hand: what follows in the paragraph is a block of its own on the next page.
    pub(super) fn break_page(&mut self) {
        if self.tables.is_empty()
            && let Some(block) = self.paragraph().and_then(Paragraph::take_block)
        {
            self.pieces.push(Piece::Block(block));
        }
        self.end_page();
    }

    /// The page ended here when it was printed last: a paragraph counts for the page on which it begins.
    pub(super) fn page_was_ended(&mut self) {
        match self.paragraph() {
            Some(paragraph) if !paragraph.is_empty() => paragraph.page_ends = true,
            _ => self.end_page(),
        }
    }

    fn end_page(&mut self) {
        match self.tables.first_mut() {
            Some(table) => table.page_ends = true,
            None => self.part(Piece::PageBreak),
        }
    }

    /// Adds what ends a page, after the text boxes of that page.
    fn part(&mut self, piece: Piece) {
        self.pieces
            .extend(self.anchored.drain(..).map(Piece::Block));
        self.pieces.push(piece);
    }

    pub(super) fn begin_table(&mut self) {
        self.tables.push(Table::default());
    }

    pub(super) fn end_table(&mut self) {
        self.end_row();
        self.tables.pop();
    }

    pub(super) fn begin_cell(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.cells.push(Vec::new());
        }
    }

    /// A row ends: one block, its cells parted by ` | `. A row of one cell is no more than its paragraphs: programs
    /// put frames around text in this way.
    pub(super) fn end_row(&mut self) {
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        let mut cells = std::mem::take(&mut table.cells);
        let page_ends = std::mem::take(&mut table.page_ends);
        let inner = self.tables.len() > 1;
        if cells.len() == 1 {
            let cell = cells.swap_remove(0);
            self.within_parent(|story| cell.into_iter().for_each(|block| story.add(block)));
        } else {
            cells.retain(|cell| !cell.is_empty());
            let mut lines: Vec<DocLine> = Vec::new();
            for (nth, cell) in cells.into_iter().enumerate() {
                let mut of_cell = cell.into_iter().flat_map(|block| block.lines);
                if nth > 0
                    && let (Some(last), Some(first)) = (lines.last_mut(), of_cell.next())
                {
                    last.text = format!("{} | {}", last.text.trim_end(), first.text.trim_start());
                }
                lines.extend(of_cell);
            }
            if !lines.is_empty() {
                let kind = BlockKind::Row;
                self.within_parent(|story| story.add(Block { kind, lines }));
            }
        }
        if page_ends {
            let table = if inner { self.tables.first_mut() } else { None };
            match table {
                Some(outermost) => outermost.page_ends = true,
                None => self.part(Piece::PageBreak),
            }
        }
    }

    /// Does something as if the innermost table were not there.
    fn within_parent(&mut self, act: impl FnOnce(&mut Self)) {
        let table = self.tables.pop();
        act(self);
        self.tables.extend(table);
    }

    /// A text box has ended: it has no place in the text but a page, so its blocks follow the text of the page.
    pub(super) fn anchor(&mut self, text_box: Self) {
        self.anchored.extend(text_box.into_blocks());
    }

    pub(super) fn end_section(&mut self, section: Section) {
        self.part(Piece::Section(section));
    }

    /// What was told.
    pub(super) fn into_pieces(mut self) -> Vec<Piece> {
        while !self.tables.is_empty() {
            self.end_table();
        }
        if let Some(paragraph) = self.joining.take() {
            self.close(paragraph);
        }
        self.pieces
            .extend(self.anchored.drain(..).map(Piece::Block));
        self.pieces
    }

    /// What was told, without pages.
    pub(super) fn into_blocks(self) -> Vec<Block> {
        let pieces = self.into_pieces().into_iter();
        pieces
            .filter_map(|piece| match piece {
                Piece::Block(block) => Some(block),
                Piece::PageBreak | Piece::Section(_) => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(story: &mut Story, words: &str) {
        story.begin_paragraph();
        assert!(story.push_str(words));
        story.end_paragraph();
    }

    fn texts(story: Story) -> Vec<(BlockKind, String)> {
        let blocks = story.into_blocks().into_iter();
        blocks
            .map(|block| {
                let lines: Vec<_> = block.lines.into_iter().map(|line| line.text).collect();
                (block.kind, lines.join("/"))
            })
            .collect()
    }

    #[test]
    fn tables_in_tables() {
        let mut story = Story::default();
        story.begin_table();
        story.begin_cell();
        say(&mut story, "a");
        story.begin_cell();
        say(&mut story, " ");
        story.begin_cell();
        story.begin_table();
        for row in [["b", "c"], ["d", "e"]] {
            for cell in row {
                story.begin_cell();
                say(&mut story, cell);
            }
            story.end_row();
        }
        story.end_table();
        say(&mut story, "f");
        story.end_row();
        story.begin_cell();
        say(&mut story, "g");
        say(&mut story, "h");
        story.end_row();
        story.end_table();
        let due = [
            (BlockKind::Row, "a | b | c/d | e/f"),
            (BlockKind::Paragraph, "g"),
            (BlockKind::Paragraph, "h"),
        ];
        assert_eq!(
            texts(story),
            due.map(|(kind, text)| (kind, text.to_owned()))
        );
    }

    #[test]
    fn a_deleted_end_joins_paragraphs() {
        let mut story = Story::default();
        story.begin_paragraph();
        story.push_str("one ");
        story.paragraph().unwrap().joins_next = true;
        story.end_paragraph();
        say(&mut story, "two");
        story.begin_paragraph();
        story.push_str("last");
        story.paragraph().unwrap().joins_next = true;
        story.end_paragraph();
        let due = [
            (BlockKind::Paragraph, "one two"),
            (BlockKind::Paragraph, "last"),
        ];
        assert_eq!(
            texts(story),
            due.map(|(kind, text)| (kind, text.to_owned()))
        );
    }

    #[test]
    fn pages_end_where_they_were_ended() {
        let mut story = Story::default();
        story.begin_paragraph();
        story.page_was_ended();
        story.push_str("a");
        story.page_was_ended();
        story.push_str("b");
        story.end_paragraph();
        story.begin_paragraph();
        story.push_str("c");
        story.break_page();
        story.push_str("d");
        story.end_paragraph();
        let found: String = story
            .into_pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Block(block) => block.lines[0].text.clone(),
                Piece::PageBreak => "|".to_owned(),
                Piece::Section(_) => "§".to_owned(),
            })
            .collect();
        assert_eq!(found, "|ab|c|d");
    }
}
